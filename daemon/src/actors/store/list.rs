//! `task.next`, `task.list`, `task.why`.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use heph_protocol::envelope::to_map;
use heph_protocol::request;
use heph_protocol::response::{TaskList, TaskNext, TaskWhy};
use heph_protocol::types::{GateReason, ScoreTerm, Task as WireTask, TaskGroup};
use heph_protocol::{ErrorCode, WireError};

use super::answer::Answering;
use super::contexts::Within;
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::node::Node;
use crate::domain::task::Task;
use crate::domain::task::filter::{BoundFilter, Sort, SortPlace};
use crate::domain::task::open_tasks::{Cursor, Grouped, Matching, Selection, grouped};
use crate::rpc::{sort_of, store_error};
use crate::store::{ClosedQuery, ClosedTask};

/// The most rows of one reply.
const MAX_ROWS: u32 = 1_000;

/// How many closed tasks are read at once.
const CLOSED_CHUNK: u32 = 4_000;

/// A limit as asked, within bounds.
pub(super) fn rows(limit: Option<u32>, default: u32) -> usize {
    limit.unwrap_or(default).clamp(1, MAX_ROWS) as usize
}

impl Answering {
    /// What is available, best first.
    pub(super) async fn next(&self, asked: &request::TaskNext, now: &Now) -> Result<Vec<u8>, WireError> {
        let limit = rows(asked.limit, 20);
        let within = self.within(asked.context.as_deref(), now).await?;
        let filter = self.narrowed(&asked.filter, within.as_ref(), now)?;
        let found = self.looked_up(filter.as_ref(), now).await?;
        let next = {
            let matching = filter.as_ref().map(|filter| Matching { filter, found: &found });
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
        let within = self.within(asked.context.as_deref(), now).await?;
        let context = within.as_ref().map(Within::applied);
        let filter = match self.narrowed(&asked.filter, within.as_ref(), now)? {
            Some(filter) => filter,
            None => self.filter("", now)?,
        };
        let sort = {
            let model = self.model.borrow();
            sort_of(asked.sort.as_deref(), asked.group.as_deref(), &model.open.settings().vocabulary.fields)?
        };
        let scope = filter.scope();
        let page = asked.page.as_deref();
        let (tasks, next_page, groups) = match (scope.open, scope.closed, scope.trashed) {
            (_, false, false) => {
                let selected = self.list_open(&filter, sort.as_ref(), page, limit, now).await?;
                let tasks = self.shown_open(&selected.ids, now).await?;
                return Ok(to_map(&TaskList {
                    tasks,
                    groups: shown_groups(&selected.groups),
                    next_page: selected.next.map(|cursor| cursor.to_string()),
                    context,
                }));
            }
            (false, true, false) | (false, false, true) if sort.is_none() => {
                let (tasks, next_page) = self.list_newest(&filter, page, limit, now).await?;
                (tasks, next_page, Vec::new())
            }
            _ => self.list_all(&filter, sort.as_ref(), page, limit, now).await?,
        };
        let others = self.named_by(&tasks, now).await?;
        Ok(self.rendered(now, &others, |renderer| {
            let tasks = tasks.iter().map(|task| renderer.task(task)).collect();
            to_map(&TaskList { tasks, groups: shown_groups(&groups), next_page, context })
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
        if after.as_ref().is_some_and(|after| !after.is_of(sort)) {
            return Err(bad_page());
        }
        let found = self.looked_up(Some(filter), now).await?;
        let matching = Matching { filter, found: &found };
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
        let found = self.looked_up(Some(filter), now).await?;
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
            let view = model.open.view(now, &found);
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
    ) -> Result<(Vec<Task>, Option<String>, Vec<Grouped>), WireError> {
        let found = self.looked_up(Some(filter), now).await?;
        let mut tasks = self.all_matching(filter, &found, now).await?;
        let Some(sort) = sort else {
            tasks.sort_by_key(|task| (Reverse(task.status_at), task.id));
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
            return Ok((tasks, next, Vec::new()));
        };
        let after = page.map(|page| page.parse::<Cursor>().map_err(|_| bad_page())).transpose()?;
        if after.as_ref().is_some_and(|after| !after.is_of(Some(sort))) {
            return Err(bad_page());
        }
        let model = self.model.borrow();
        let view = model.open.view(now, &found);
        let placing = sort.placing(now);
        let mut placed: Vec<(SortPlace, Task)> =
            tasks.into_iter().map(|task| (placing.place(&task, &view), task)).collect();
        let mut counts = HashMap::new();
        for group in placed.iter().filter_map(|(place, _)| place.group()) {
            *counts.entry(group.clone()).or_default() += 1;
        }
        if let Some(after) = after.as_ref().and_then(Cursor::place) {
            placed.retain(|(place, _)| place > after);
        }
        placed.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        let next = cut(&mut placed, limit).map(|(place, _)| Cursor::after_sort(place.clone()).to_string());
        let groups = grouped(placed.iter().map(|(place, _)| place), &counts);
        Ok((placed.into_iter().map(|(_, task)| task).collect(), next, groups))
    }

    /// Every task that matches, in no order.
    pub(super) async fn all_matching(
        &self,
        filter: &BoundFilter,
        found: &[HashSet<NodeId>],
        now: &Now,
    ) -> Result<Vec<Task>, WireError> {
        let scope = filter.scope();
        let mut tasks: Vec<Task> = Vec::new();
        if scope.open {
            let model = self.model.borrow();
            let view = model.open.view(now, found);
            tasks.extend(model.open.iter().filter(|task| filter.matches(task, &view)).cloned());
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
                let view = model.open.view(now, found);
                let read = closed.into_iter().map(|closed| closed.task);
                tasks.extend(read.filter(|task| filter.matches(task, &view)));
                if is_last {
                    break;
                }
            }
        }
        Ok(tasks)
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
}

impl Answering {
    /// The gate of an open task that does not stand in the context.
    async fn outside(
        &self,
        asked: Option<&str>,
        task: &Task,
        now: &Now,
    ) -> Result<Option<GateReason>, WireError> {
        let Some(within) = self.within(asked, now).await? else { return Ok(None) };
        let found = self.looked_up(Some(&within.filter), now).await?;
        let is_in = within.filter.matches(task, &self.model.borrow().open.view(now, &found));
        let detail = || {
            let name = within.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
            format!("out of context{name}: {}", within.applied().filter)
        };
        Ok((!is_in).then(|| gate("context", detail())))
    }
}

fn shown_groups(groups: &[Grouped]) -> Vec<TaskGroup> {
    let shown = groups.iter().map(|grouped| TaskGroup {
        name: grouped.group.name().to_owned(),
        tasks: grouped.shown as u64,
        count: grouped.count as u64,
    });
    shown.collect()
}

fn closed_place(page: &str) -> Result<(i64, NodeId), WireError> {
    let read = || {
        let (at, id) = page.split_once('.')?;
        Some((at.parse().ok()?, id.parse().ok()?))
    };
    read().ok_or_else(bad_page)
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
