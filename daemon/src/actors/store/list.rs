//! `task.next`, `task.list`, `task.why`, completions.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use heph_protocol::envelope::to_map;
use heph_protocol::request;
use heph_protocol::response::{Candidate, Candidates, TaskList, TaskNext, TaskWhy};
use heph_protocol::types::{GateReason, ScoreTerm, Task as WireTask};
use heph_protocol::{ErrorCode, WireError};

use super::answer::Answering;
use super::contexts::Within;
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::node::Node;
use crate::domain::task::Task;
use crate::domain::task::filter::{BoundFilter, Sort};
use crate::domain::task::open_tasks::{Cursor, Matching, Selection};
use crate::rpc::{sort_of, store_error};
use crate::store::{ClosedQuery, ClosedTask, PageQuery};

/// The most rows of one reply.
const MAX_ROWS: u32 = 1_000;

/// How many closed tasks are read at once.
const CLOSED_CHUNK: u32 = 4_000;

/// The most tasks one filter may change.
const MAX_BULK: usize = 100_000;

/// A limit as asked, within bounds.
pub(super) fn rows(limit: Option<u32>, default: u32) -> usize {
    limit.unwrap_or(default).clamp(1, MAX_ROWS) as usize
}

impl Answering {
    /// What is available, best first.
    pub(super) async fn next(&self, asked: &request::TaskNext, now: &Now) -> Result<Vec<u8>, WireError> {
        let limit = rows(asked.limit, 20);
        let within = self.within(asked.context.as_deref(), now)?;
        let filter = self.narrowed(&asked.filter, within.as_ref(), now)?;
        let bodies = self.bodies(filter.as_ref()).await?;
        let next = {
            let matching = filter.as_ref().map(|filter| Matching { filter, bodies: &bodies });
            self.model.borrow_mut().open.next(now, matching, limit)
        };
        let tasks = self.shown_open(&next.ids, now).await?;
        let context = within.as_ref().map(Within::applied);
        Ok(to_map(&TaskNext { tasks, available: next.available as u64, context }))
    }

    /// Shows open tasks where they stand in the model: a copy would have to be ranked anew.
    pub(super) async fn shown_open(&self, ids: &[NodeId], now: &Now) -> Result<Vec<WireTask>, WireError> {
        let none = HashMap::new();
        let unknown = self.rendered(now, &none, |renderer| {
            renderer.unknown(ids.iter().filter_map(|id| renderer.open.get(*id)))
        });
        let others = self.read_unknown(&unknown).await?;
        Ok(self.rendered(now, &others, |renderer| {
            ids.iter().filter_map(|id| renderer.open.get(*id)).map(|task| renderer.task(task)).collect()
        }))
    }

    /// Tasks that match a filter, a page at a time.
    pub(super) async fn list(&self, asked: &request::TaskList, now: &Now) -> Result<Vec<u8>, WireError> {
        let limit = rows(asked.limit, 50);
        let within = self.within(asked.context.as_deref(), now)?;
        let context = within.as_ref().map(Within::applied);
        let filter = match self.narrowed(&asked.filter, within.as_ref(), now)? {
            Some(filter) => filter,
            None => self.filter("", now)?,
        };
        let sort = {
            let model = self.model.borrow();
            sort_of(asked.sort.as_deref(), &model.open.settings().vocabulary.fields)?
        };
        let scope = filter.scope();
        let page = asked.page.as_deref();
        let (tasks, next_page) = match (scope.open, scope.closed, scope.trashed) {
            (_, false, false) => {
                let found = self.list_open(&filter, sort.as_ref(), page, limit, now).await?;
                let tasks = self.shown_open(&found.ids, now).await?;
                return Ok(to_map(&TaskList {
                    tasks,
                    next_page: found.next.map(|cursor| cursor.to_string()),
                    context,
                }));
            }
            (false, true, false) | (false, false, true) if sort.is_none() => {
                self.list_newest(&filter, page, limit, now).await?
            }
            _ => self.list_all(&filter, sort.as_ref(), page, limit, now).await?,
        };
        let others = self.named_by(&tasks, now).await?;
        Ok(self.rendered(now, &others, |renderer| {
            let tasks = tasks.iter().map(|task| renderer.task(task)).collect();
            to_map(&TaskList { tasks, next_page, context })
        }))
    }

    async fn list_open(
        &self,
        filter: &BoundFilter,
        sort: Option<&Sort>,
        page: Option<&str>,
        limit: usize,
        now: &Now,
    ) -> Result<Selection, WireError> {
        let after = page.map(|page| page.parse::<Cursor>().map_err(|_| bad_page())).transpose()?;
        let bodies = self.bodies(Some(filter)).await?;
        let matching = Matching { filter, bodies: &bodies };
        Ok(self.model.borrow_mut().open.select(now, matching, sort, after.as_ref(), limit))
    }

    /// Closed tasks alone, or deleted ones, newest first: they are read in that order until the page is full.
    async fn list_newest(
        &self,
        filter: &BoundFilter,
        page: Option<&str>,
        limit: usize,
        now: &Now,
    ) -> Result<(Vec<Task>, Option<String>), WireError> {
        let trashed = filter.scope().trashed;
        let bodies = self.bodies(Some(filter)).await?;
        let (mut tasks, mut last) = (Vec::new(), None);
        let mut query = ClosedQuery {
            trashed,
            after: page.map(closed_place).transpose()?,
            limit: 64,
            ..ClosedQuery::default()
        };
        loop {
            let closed = self.db.closed_tasks(&query).await.map_err(|error| store_error(&error))?;
            let is_last = closed.len() < query.limit as usize;
            query.after = closed.last().map(ClosedTask::place);
            query.limit = (query.limit * 2).min(CLOSED_CHUNK);
            let model = self.model.borrow();
            let view = model.open.view(now, &bodies);
            for closed in closed.into_iter().filter(|closed| filter.matches(&closed.task, &view)) {
                if tasks.len() == limit {
                    return Ok((tasks, last));
                }
                let (at, id) = closed.place();
                last = Some(format!("{at}.{id}"));
                tasks.push(closed.task);
            }
            if is_last {
                return Ok((tasks, None));
            }
        }
    }

    /// Open, closed and deleted tasks together. They are found and sorted whole for each page, since closed tasks
    /// stand in no index of the filter's; a page goes on behind the task the one before ended with.
    async fn list_all(
        &self,
        filter: &BoundFilter,
        sort: Option<&Sort>,
        page: Option<&str>,
        limit: usize,
        now: &Now,
    ) -> Result<(Vec<Task>, Option<String>), WireError> {
        let bodies = self.bodies(Some(filter)).await?;
        let mut tasks = self.all_matching(filter, &bodies, now).await?;
        let model = self.model.borrow();
        let view = model.open.view(now, &bodies);
        match sort {
            Some(sort) => tasks.sort_by(|a, b| sort.compare(a, b, &view)),
            None => tasks.sort_by_key(|task| (Reverse(task.status_at), task.id)),
        }
        let start = match page {
            None => 0,
            Some(page) => {
                let last: NodeId = page.parse().map_err(|_| bad_page())?;
                tasks.iter().position(|task| task.id == last).map_or(0, |place| place + 1)
            }
        };
        let more = tasks.len() > start + limit;
        let tasks: Vec<Task> = tasks.into_iter().skip(start).take(limit).collect();
        let next = tasks.last().filter(|_| more).map(|task| task.id.to_string());
        Ok((tasks, next))
    }

    /// Every task that matches, in no order.
    pub(super) async fn all_matching(
        &self,
        filter: &BoundFilter,
        bodies: &[HashSet<NodeId>],
        now: &Now,
    ) -> Result<Vec<Task>, WireError> {
        let scope = filter.scope();
        let mut found: Vec<Task> = Vec::new();
        if scope.open {
            let model = self.model.borrow();
            let view = model.open.view(now, bodies);
            found.extend(model.open.iter().filter(|task| filter.matches(task, &view)).cloned());
        }
        for trashed in [false, true] {
            if !(if trashed { scope.trashed } else { scope.closed }) {
                continue;
            }
            let mut query = ClosedQuery { trashed, limit: CLOSED_CHUNK, ..ClosedQuery::default() };
            loop {
                let closed = self.db.closed_tasks(&query).await.map_err(|error| store_error(&error))?;
                let is_last = closed.len() < CLOSED_CHUNK as usize;
                query.after = closed.last().map(ClosedTask::place);
                let model = self.model.borrow();
                let view = model.open.view(now, bodies);
                let tasks = closed.into_iter().map(|closed| closed.task);
                found.extend(tasks.filter(|task| filter.matches(task, &view)));
                if is_last {
                    break;
                }
            }
        }
        Ok(found)
    }

    /// Ids of every task a filter matches, for a change of all of them.
    pub(super) async fn matching(&self, filter: &str, now: &Now) -> Result<Vec<NodeId>, WireError> {
        if filter.trim().is_empty() {
            return Err(WireError::new(ErrorCode::Invalid, "an empty filter would change every task")
                .hint("name the tasks, or a filter such as proj:Home"));
        }
        let filter = self.filter(filter, now)?;
        let bodies = self.bodies(Some(&filter)).await?;
        let mut ids: Vec<NodeId> =
            self.all_matching(&filter, &bodies, now).await?.iter().map(|task| task.id).collect();
        ids.sort_unstable();
        if ids.len() > MAX_BULK {
            return Err(WireError::new(
                ErrorCode::Refused,
                format!("{} tasks are too many at once", ids.len()),
            )
            .hint("narrow the filter"));
        }
        Ok(ids)
    }

    /// For each text term of a filter, the tasks whose body has it.
    pub(super) async fn bodies(
        &self,
        filter: Option<&BoundFilter>,
    ) -> Result<Vec<HashSet<NodeId>>, WireError> {
        let Some(filter) = filter.filter(|filter| !filter.text_terms().is_empty()) else {
            return Ok(Vec::new());
        };
        let mut hits = vec![HashSet::new(); filter.text_terms().len()];
        let each = &mut |id: NodeId, body: &str| {
            for (term, hits) in filter.text_terms().iter().zip(&mut hits) {
                if term.is_in(body) {
                    hits.insert(id);
                }
            }
        };
        let scope = filter.scope();
        self.db
            .task_bodies(scope.closed || scope.trashed, each)
            .await
            .map_err(|error| store_error(&error))?;
        Ok(hits)
    }

    /// Nodes that tasks name and the model does not know.
    async fn named_by(&self, tasks: &[Task], now: &Now) -> Result<HashMap<NodeId, Node>, WireError> {
        let none = HashMap::new();
        let unknown = self.rendered(now, &none, |renderer| renderer.unknown(tasks.iter()));
        self.read_unknown(&unknown).await
    }

    /// Reads nodes that have to be named; asks nothing when there are none.
    pub(super) async fn read_unknown(&self, unknown: &[NodeId]) -> Result<HashMap<NodeId, Node>, WireError> {
        if unknown.is_empty() {
            return Ok(HashMap::new());
        }
        self.db.nodes(unknown).await.map_err(|error| store_error(&error))
    }

    /// Why a task stands where it stands.
    pub(super) async fn why(&self, asked: &request::TaskWhy, now: &Now) -> Result<Vec<u8>, WireError> {
        let node = self.find(&asked.reference, now).await?;
        let task = node.task().ok_or_else(|| not_a_task(&node))?;
        let outside = self.outside(asked.context.as_deref(), &task, now).await?;
        let others = self.named_by(std::slice::from_ref(&task), now).await?;
        let why = self.model.borrow_mut().open.why(node.id, now);
        let shown = self.rendered(now, &others, |renderer| renderer.task(&task));
        let points = |milli: i64| milli as f64 / 1000.0;
        let reply = match why {
            Some(why) => TaskWhy {
                task: shown,
                place: why.place.filter(|_| outside.is_none()).map(|place| place as u64),
                gate: why
                    .gate
                    .into_iter()
                    .map(|reason| gate(reason.name, reason.detail))
                    .chain(outside)
                    .collect(),
                terms: why
                    .terms
                    .into_iter()
                    .map(|term| ScoreTerm {
                        name: term.name.into(),
                        input: term.input,
                        points: points(term.milli),
                        weight: term.weight,
                    })
                    .collect(),
                score: points(why.total),
                changes: why.changes,
            },
            None => {
                let detail = if task.trashed {
                    "it is in the trash".into()
                } else {
                    format!("it is {}", task.status.word())
                };
                TaskWhy { task: shown, gate: vec![gate("closed", detail)], ..TaskWhy::default() }
            }
        };
        Ok(to_map(&reply))
    }

    /// The gate of an open task that does not stand in the context.
    async fn outside(
        &self,
        asked: Option<&str>,
        task: &Task,
        now: &Now,
    ) -> Result<Option<GateReason>, WireError> {
        let Some(within) = self.within(asked, now)? else { return Ok(None) };
        let bodies = self.bodies(Some(&within.filter)).await?;
        let is_in = within.filter.matches(task, &self.model.borrow().open.view(now, &bodies));
        let detail = || {
            let name = within.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
            format!("out of context{name}: {}", within.applied().filter)
        };
        Ok((!is_in).then(|| gate("context", detail())))
    }

    /// Completions from what is in memory, and page titles from the store.
    pub(super) async fn complete(&self, asked: &request::Complete) -> Result<Vec<u8>, WireError> {
        let limit = rows(asked.limit, 50);
        let prefix = crate::domain::page::title_key(&asked.prefix);
        let candidates: Vec<Candidate> = match asked.what {
            request::Completion::Tasks => self.complete_tasks(&prefix, limit),
            request::Completion::Tags => {
                let model = self.model.borrow();
                let tags = model.open.tags().filter(|(tag, _)| tag.starts_with(&prefix)).take(limit);
                tags.map(|(tag, count)| Candidate { value: tag.to_owned(), label: format!("{count} open") })
                    .collect()
            }
            request::Completion::Projects => {
                let model = self.model.borrow();
                let is_match = |path: &str| crate::domain::page::title_key(path).contains(&prefix);
                // One in the trash may have the path of another.
                let mut open: BTreeMap<&str, usize> = BTreeMap::new();
                for project in model.open.projects().filter(|project| is_match(&project.path)) {
                    *open.entry(&project.path).or_default() += model.open.project_tasks(project.id).len();
                }
                let shown = open.into_iter().take(limit);
                shown
                    .map(|(path, open)| Candidate { value: path.to_owned(), label: format!("{open} open") })
                    .collect()
            }
            request::Completion::Pages => {
                let query = PageQuery {
                    text: Some(prefix),
                    titles_only: true,
                    limit: limit as u32,
                    ..PageQuery::default()
                };
                let pages = self.db.pages(query).await.map_err(|error| store_error(&error))?;
                pages
                    .iter()
                    .map(|page| Candidate { value: page.path(), label: page.kind().word().to_owned() })
                    .collect()
            }
        };
        Ok(to_map(&Candidates { candidates }))
    }

    fn complete_tasks(&self, prefix: &str, limit: usize) -> Vec<Candidate> {
        let model = self.model.borrow();
        let found: Vec<&Task> = if prefix.is_empty() {
            newest(model.open.iter().collect(), limit)
        } else {
            let matching = model.short_ids.matches(prefix, usize::MAX).into_iter();
            matching.filter_map(|id| model.open.get(id)).take(limit).collect()
        };
        let shown =
            |task: &Task| Candidate { value: model.short_ids.show(task.id), label: task.title.to_string() };
        found.into_iter().map(shown).collect()
    }
}

fn closed_place(page: &str) -> Result<(i64, NodeId), WireError> {
    let read = || {
        let (at, id) = page.split_once('.')?;
        Some((at.parse().ok()?, id.parse().ok()?))
    };
    read().ok_or_else(bad_page)
}

/// The tasks that were made last, newest first, at most `limit`; the rest is not sorted.
fn newest(mut tasks: Vec<&Task>, limit: usize) -> Vec<&Task> {
    let newest_first = |task: &&Task| Reverse((task.created, task.id));
    if limit < tasks.len() {
        tasks.select_nth_unstable_by_key(limit, newest_first);
        tasks.truncate(limit);
    }
    tasks.sort_unstable_by_key(newest_first);
    tasks
}

/// The node is no task.
pub(super) fn not_a_task(node: &Node) -> WireError {
    let message = format!("“{}” is a {}, not a task", node.title(), node.kind().word());
    WireError::new(ErrorCode::Refused, message)
}

/// Leaves as many rows as are shown; the last of them if there are more, behind which the next page begins.
pub(super) fn cut<T>(rows: &mut Vec<T>, limit: usize) -> Option<&T> {
    let more = rows.len() > limit;
    rows.truncate(limit);
    rows.last().filter(|_| more)
}

/// Reads the token of a page of a list that is in order of ids.
pub(super) fn node_place(page: &str) -> Result<NodeId, WireError> {
    page.parse().map_err(|_| bad_page())
}

/// The token of a page is of no list, or of another one.
pub(super) fn bad_page() -> WireError {
    WireError::new(ErrorCode::Invalid, "`page` is no token of this list").hint("ask for the list without it")
}

fn gate(name: &str, detail: String) -> GateReason {
    GateReason { name: name.to_owned(), detail }
}
