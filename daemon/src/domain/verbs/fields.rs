//! From typed changes to registers; finds or makes the projects they name.

use std::collections::HashSet;

use super::refusal::{Need, Refusal, RefusalKind, Stop};
use super::resolve::best_pages;
use super::{Context, Edit, HOME_KEY};
use crate::domain::date::{DateError, When};
use crate::domain::id::NodeId;
use crate::domain::node::{NodeKind, dependency, register, status_value};
use crate::domain::page::{
    BadTitle, Journal, TitleHit, check_folder, check_title, is_home, page_key, split_path,
};
use crate::domain::task::Task;
use crate::domain::task::open_tasks::way;
use crate::domain::task::own::FieldValue;
use crate::domain::task::quick_add::{Change, ParseError};
use crate::domain::task::reminder::Reminder;
use crate::domain::value::Value;

/// Registers of one task, edits of other nodes that go before, and things to know.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) registers: Vec<(Box<str>, Value)>,
    pub(super) before: Vec<Edit>,
    pub(super) notes: Vec<String>,
}

impl Fields {
    pub(super) fn set(&mut self, name: impl Into<Box<str>>, value: impl Into<Value>) {
        let name = name.into();
        self.registers.retain(|(other, _)| *other != name);
        self.registers.push((name, value.into()));
    }

    fn set_when(&mut self, name: &str, when: Option<&When>) {
        self.set(name, when.map(ToString::to_string));
    }

    /// Translates typed changes for the task `task`.
    pub(super) fn add(
        &mut self,
        context: &Context<'_>,
        task: NodeId,
        changes: &[Change],
    ) -> Result<(), Stop> {
        context.prefetch(changes)?;
        for change in changes {
            match change {
                Change::Title(title) => self.set(register::TITLE, title_of(title)?),
                Change::Tag(tag) => self.set(format!("{}{tag}", register::TAG), true),
                Change::Untag(tag) => self.set(format!("{}{tag}", register::TAG), Value::Nil),
                Change::Priority(priority) => self.set(register::PRIORITY, priority.map(i64::from)),
                Change::Due(when) => self.set_when(register::DUE, when.as_ref()),
                Change::Planned(when) => self.set_when(register::PLANNED, when.as_ref()),
                Change::Defer(when) => self.set_when(register::DEFER, when.as_ref()),
                Change::Expires(when) => self.set_when(register::EXPIRES, when.as_ref()),
                Change::FollowUp(when) => self.set_when(register::FOLLOW_UP, when.as_ref()),
                Change::Remind(reminder) => self.remind(context, reminder),
                Change::NoReminder(reminder) => {
                    self.set(format!("{}{reminder}", register::REMIND), Value::Nil)
                }
                Change::Lead(days) => self.set(register::LEAD, days.map(i64::from)),
                Change::Estimate(minutes) => self.set(register::ESTIMATE, minutes.map(i64::from)),
                Change::Project(path) => self.project(context, path.as_deref())?,
                Change::Parent(parent) => self.parent(context, task, parent.as_deref())?,
                Change::DependsOn(reference) => self.depends_on(context, task, reference, true)?,
                Change::NotDependsOn(reference) => self.depends_on(context, task, reference, false)?,
                // Whoever calls sees to how a task repeats: that is about several of its fields.
                Change::Repeat(_) => {}
                Change::Own(name, value) => {
                    let value = value.as_ref().map(FieldValue::to_value);
                    self.set(format!("{}{name}", register::FIELD), value);
                }
                Change::Status(status) => {
                    self.set(register::STATUS, status_value(*status, context.now.ms(), None))
                }
            }
        }
        Ok(())
    }

    /// Notes dates that do not fit each other, as they will be.
    pub(super) fn warn_of_dates(&mut self, context: &Context<'_>, before: impl Fn(&str) -> Option<When>) {
        let after = |name: &str| match self.registers.iter().find(|(register, _)| &**register == name) {
            Some((_, value)) => value.as_text().and_then(|text| text.parse().ok()),
            None => before(name),
        };
        let due: Option<When> = after(register::DUE);
        let mut notes = Vec::new();
        for (name, what) in [(register::DEFER, "deferred until"), (register::PLANNED, "planned for a day")] {
            if let (Some(due), Some(later)) = (&due, after(name))
                && later.starts(context.now) >= due.ends(context.now)
            {
                notes.push(format!("{what} after it is due"));
            }
        }
        if let (Some(due), Some(expires)) = (&due, after(register::EXPIRES))
            && expires.ends(context.now) < due.ends(context.now)
        {
            notes.push("expires before it is due".to_owned());
        }
        self.notes.extend(notes);
    }

    fn remind(&mut self, context: &Context<'_>, reminder: &Reminder) {
        if let Reminder::At(_) = reminder
            && let Some(at) = reminder.instant(&Task::new(context.fresh.nth(0), ""), context.now)
            && at <= context.now.instant
        {
            self.notes.push("that reminder is past already".to_owned());
        }
        self.set(format!("{}{reminder}", register::REMIND), true);
    }

    fn project(&mut self, context: &Context<'_>, path: Option<&str>) -> Result<(), Stop> {
        let Some(path) = path else {
            self.set(register::PROJECT, Value::Nil);
            return Ok(());
        };
        let (id, edit) = context.project(path)?;
        if let Some(edit) = edit {
            if matches!(&edit, Edit::Set { registers, .. } if registers.len() > 1) {
                self.notes.push(format!("made project “{path}”"));
            }
            self.before.push(edit);
        }
        self.set(register::PROJECT, id);
        Ok(())
    }

    fn parent(&mut self, context: &Context<'_>, task: NodeId, parent: Option<&str>) -> Result<(), Stop> {
        let Some(reference) = parent else {
            self.set(register::PARENT, Value::Nil);
            return Ok(());
        };
        let parent = context.one_task(reference)?;
        let mut above = Some(parent);
        let mut steps = 0;
        let mut seen = HashSet::new();
        // A merge can have made a circle of parents above.
        while let Some(id) = above.filter(|id| seen.insert(*id)) {
            if id == task || steps > 1_000 {
                return Err(Refusal::refused("a task cannot be part of itself or of its own part").into());
            }
            steps += 1;
            above = context.view.node(id)?.and_then(|node| node.task()?.parent);
        }
        self.set(register::PARENT, parent);
        Ok(())
    }

    fn depends_on(
        &mut self,
        context: &Context<'_>,
        task: NodeId,
        reference: &str,
        on: bool,
    ) -> Result<(), Stop> {
        let other = context.one_task(reference)?;
        if on && let Some(way) = way(other, task, |id| waits_for(context, id)) {
            return Err(closes_circle(context, task, &way).into());
        }
        // What is waited for is the occurrence that is current now, not the end of the series.
        let occurrence = context.view.node(other)?.and_then(|node| node.repeats()?.current);
        let value = occurrence.map_or(Value::Bool(true), |date| date.to_string().into());
        self.set(dependency(other), if on { value } else { Value::Nil });
        Ok(())
    }
}

/// What an open task waits for, as this batch leaves it. Those of other occurrences count too: their turn comes.
fn waits_for(context: &Context<'_>, task: NodeId) -> Vec<NodeId> {
    match context.view.changed_node(task) {
        Some(changed) => changed.task().map(|task| task.depends_on).unwrap_or_default(),
        None => context.open.get(task).map(|task| task.depends_on.clone()).unwrap_or_default(),
    }
}

/// A dependency that would close a circle: `way` leads from what the task is to wait for back to the task.
fn closes_circle(context: &Context<'_>, task: NodeId, way: &[NodeId]) -> Refusal {
    if way.len() < 2 {
        return Refusal::refused("a task cannot depend on itself");
    }
    let named = |&id: &NodeId| {
        let changed = context.view.changed_node(id).map(|node| node.title().to_owned());
        let title = changed.or_else(|| context.open.get(id).map(|task| task.title.to_string()));
        format!("“{}” ({})", title.unwrap_or_default(), context.short_ids.show(id))
    };
    let circle: Vec<String> = std::iter::once(&task).chain(way).map(named).collect();
    let (last, on) = (way[way.len() - 2], way[way.len() - 1]);
    let hint = format!(
        "heph dep {} after {} --remove opens the circle",
        context.short_ids.show(last),
        context.short_ids.show(on)
    );
    Refusal::refused(format!("that closes a circle: {}", circle.join(" after "))).hint(hint)
}

/// A page as a project, and the edit that makes it one.
fn as_project(path: &str, hit: &TitleHit) -> Result<(NodeId, Option<Edit>), Refusal> {
    match hit.kind {
        NodeKind::Project | NodeKind::Area => Ok((hit.id, None)),
        NodeKind::Page => Ok((hit.id, Some(Edit::set(hit.id, register::KIND, NodeKind::Project.word())))),
        NodeKind::Journal | NodeKind::Task | NodeKind::Settings => {
            Err(Refusal::refused(format!("“{path}” is a {} and cannot be a project", hit.kind.word()))
                .hint("name the project otherwise"))
        }
    }
}

fn title_of(title: &str) -> Result<String, Refusal> {
    check_title(title, false).map_err(|error| Refusal::invalid(title, error.to_string()))
}

/// A refusal that points at the place in what was typed.
pub(super) fn parse_refusal(text: &str, error: ParseError) -> Refusal {
    let kind = RefusalKind::Invalid { text: text.to_owned(), start: error.start, end: error.end };
    Refusal { kind, message: error.message, hint: error.hint }
}

/// A refusal of a text that should be a date.
pub(super) fn date_refusal(text: &str, error: DateError) -> Refusal {
    Refusal { hint: error.hint, ..Refusal::invalid(text, error.message) }
}

impl Context<'_> {
    fn one_task(&self, reference: &str) -> Result<NodeId, Stop> {
        let tasks = self.find_tasks(&[reference.to_owned()])?;
        tasks.first().map(|node| node.id).ok_or_else(|| Refusal::not_found(reference).into())
    }

    /// Asks for all titles that changes name at once.
    fn prefetch(&self, changes: &[Change]) -> Result<(), Stop> {
        let missing: Vec<String> = changes
            .iter()
            .filter_map(|change| match change {
                Change::Project(Some(path)) => self.view.pages_titled(path).is_err().then(|| path.clone()),
                _ => None,
            })
            .collect();
        if missing.is_empty() { Ok(()) } else { Err(Need::Titles(missing).into()) }
    }

    /// The project of a path, and the edit that makes it, or makes a project of the page that is there.
    pub(super) fn project(&self, path: &str) -> Result<(NodeId, Option<Edit>), Stop> {
        let hits = best_pages(path, self.view.pages_titled(path)?);
        match &hits[..] {
            [] => self.new_page(path, NodeKind::Project, &[]).map(|(id, edit)| (id, Some(edit))),
            [hit] => Ok(as_project(path, hit)?),
            several => Err(Refusal::ambiguous(path, several.iter().map(|hit| hit.id).collect()).into()),
        }
    }

    /// The project of a path where nobody can be asked which one is meant: of several the one in exactly that folder,
    /// made if need be.
    pub(super) fn project_unasked(&self, path: &str) -> Result<(NodeId, Option<Edit>), Stop> {
        let hits = best_pages(path, self.view.pages_titled(path)?);
        match hits.iter().filter(|hit| hits.len() == 1 || hit.is_at(path)).min_by_key(|hit| hit.id) {
            Some(hit) => Ok(as_project(path, hit)?),
            None => self.new_page(path, NodeKind::Project, &[]).map(|(id, edit)| (id, Some(edit))),
        }
    }

    /// The edit that makes a page of a path nobody has.
    pub(super) fn new_page(
        &self,
        path: &str,
        kind: NodeKind,
        more: &[(&str, Value)],
    ) -> Result<(NodeId, Edit), Stop> {
        let (folder, title) = split_path(path);
        let invalid = |error: BadTitle| Refusal::invalid(path, error.to_string());
        let (folder, title) =
            (check_folder(folder).map_err(invalid)?, check_title(title, true).map_err(invalid)?);
        if Journal::from_title(&title).is_some() {
            let hint = format!("heph today {title}");
            return Err(Refusal::refused(format!("“{title}” is a journal")).hint(hint).into());
        }
        // The page everything begins at has an id of its own, however it is made.
        let is_home = kind == NodeKind::Page && is_home(&folder, &title);
        let key = if is_home { HOME_KEY.to_owned() } else { page_key(&folder, &title) };
        let derived = NodeId::derived(&key);
        let taken = self.view.node(derived)?.is_some();
        let id = if taken { self.fresh.nth(1) } else { derived };
        let mut registers: Vec<(Box<str>, Value)> = Vec::new();
        if !taken {
            registers.push((register::KEY.into(), key.into()));
        }
        registers.push((register::KIND.into(), kind.word().into()));
        registers.push((register::TITLE.into(), title.into()));
        registers.push((register::CREATED.into(), self.now.ms().into()));
        if !folder.is_empty() {
            registers.push((register::FOLDER.into(), folder.into()));
        }
        registers.extend(more.iter().map(|(name, value)| ((*name).into(), value.clone())));
        Ok((id, Edit::Set { node: id, registers }))
    }
}
