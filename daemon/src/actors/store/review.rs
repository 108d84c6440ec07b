//! `review.list`: what is to be looked at, from memory.

use heph_protocol::WireError;
use heph_protocol::envelope::to_map;
use heph_protocol::request;
use heph_protocol::response::ReviewList;
use heph_protocol::types::{ReviewSection, ReviewStep};

use super::answer::Answering;
use super::contexts::Within;
use super::groupings::summary;
use super::list::rows;
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::task::filter::BoundFilter;
use crate::domain::task::open_tasks::{OpenTasks, View};
use crate::domain::task::review::{Section, Step, steps};

impl Answering {
    /// What is still to be looked at today.
    pub(super) async fn review(&self, asked: &request::ReviewList, now: &Now) -> Result<Vec<u8>, WireError> {
        let limit = rows(asked.limit, 200);
        let within = self.within(asked.context.as_deref(), now).await?;
        let found = self.looked_up(within.as_ref().map(|within| &within.filter), now).await?;
        let mut steps = steps(&self.model.borrow().open, now);
        if let Some(within) = &within {
            let model = self.model.borrow();
            let view = model.open.view(now, &found);
            steps.retain(|step| is_within(step.node, &within.filter, &model.open, &view));
        }
        let total = steps.len() as u64;
        steps.truncate(limit);
        let named = self.rendered(now, &Default::default(), |renderer| {
            let tasks = steps.iter().filter_map(|step| renderer.open.get(step.node));
            let areas = steps.iter().filter_map(|step| renderer.open.project(step.node)?.area);
            renderer
                .unknown(tasks)
                .into_iter()
                .chain(areas.filter(|id| !renderer.knows(*id)))
                .collect::<Vec<_>>()
        });
        let others = self.read_unknown(&named).await?;
        let steps = self.rendered(now, &others, |renderer| {
            let view = renderer.open.view(now, &[]);
            let shown = |step: &Step| ReviewStep {
                section: section(step.section),
                task: renderer.open.get(step.node).map(|task| renderer.task(task)),
                project: renderer.open.project(step.node).map(|project| summary(project, renderer, &view)),
            };
            steps.iter().map(shown).collect()
        });
        Ok(to_map(&ReviewList { steps, total, context: within.as_ref().map(Within::applied) }))
    }
}

/// Whether a task stands in a context, or a project: one that has none of the project's tasks is told by its path, as
/// far as the context says one.
fn is_within(node: NodeId, filter: &BoundFilter, open: &OpenTasks, view: &View<'_>) -> bool {
    if let Some(task) = open.get(node) {
        return filter.matches(task, view);
    }
    let is_named = || {
        let path = open.project(node).map_or("", |project| &project.path);
        filter.required_project().map(|test| test.is_met_by(path))
    };
    match open.project_parts(node)[..] {
        [] => is_named().unwrap_or(true),
        ref tasks => tasks.iter().any(|task| filter.matches(task, view)) || is_named().unwrap_or(false),
    }
}

fn section(section: Section) -> ReviewSection {
    match section {
        Section::Inbox => ReviewSection::Inbox,
        Section::Overdue => ReviewSection::Overdue,
        Section::FollowUp => ReviewSection::FollowUp,
        Section::Expired => ReviewSection::Expired,
        Section::Stale => ReviewSection::Stale,
        Section::Someday => ReviewSection::Someday,
        Section::ProjectDue => ReviewSection::ProjectDue,
        Section::ProjectStuck => ReviewSection::ProjectStuck,
    }
}
