//! `tag.list`, `project.list`: what tasks and pages are kept under.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use heph_protocol::WireError;
use heph_protocol::envelope::to_map;
use heph_protocol::request;
use heph_protocol::response::{ProjectList, TagList};
use heph_protocol::types::{ProjectSummary, TagCount};

use super::answer::Answering;
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::node::Node;
use crate::domain::page::title_key;
use crate::domain::task::Project;
use crate::domain::task::open_tasks::View;
use crate::domain::task::tag::parse_tag;
use crate::rpc::{Renderer, store_error};

impl Answering {
    /// Tags with how many open tasks and pages have them.
    pub(super) async fn tags(&self, asked: &request::TagList) -> Result<Vec<u8>, WireError> {
        let under = asked.under.trim().trim_start_matches(['#', '+']);
        let under = parse_tag(under).unwrap_or_else(|| title_key(under));
        let is_under = |tag: &str| {
            under.is_empty()
                || tag
                    .strip_prefix(under.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let mut tags: BTreeMap<String, TagCount> = BTreeMap::new();
        let count = |tags: &mut BTreeMap<String, TagCount>, tag: &str, tasks: u64, pages: u64| {
            let count = tags.entry(tag.to_owned()).or_default();
            count.tag = tag.to_owned();
            count.tasks += tasks;
            count.pages += pages;
        };
        for (tag, pages) in self.db.page_tags(&under).await.map_err(|error| store_error(&error))? {
            count(&mut tags, &tag, 0, pages);
        }
        let model = self.model.borrow();
        for (tag, tasks) in model.open.tags().filter(|(tag, _)| is_under(tag)) {
            count(&mut tags, tag, tasks as u64, 0);
        }
        Ok(to_map(&TagList { tags: tags.into_values().collect() }))
    }

    /// Projects and areas with their open tasks.
    pub(super) async fn projects(&self, now: &Now) -> Result<Vec<u8>, WireError> {
        let nodes = self.db.load_projects().await.map_err(|error| store_error(&error))?;
        let mut nodes: Vec<_> = nodes.into_iter().filter(|node| !node.is_trashed()).collect();
        nodes.sort_by_cached_key(|node| (title_key(&node.path()), node.id));
        let others: HashMap<_, _> = nodes.iter().map(|node| (node.id, node.clone())).collect();
        let mut others = others;
        self.know(&mut others, areas(&nodes), now).await?;
        let projects = self.rendered(now, &others, |renderer| {
            let view = renderer.open.view(now, &[]);
            nodes.iter().map(|node| summary(&Project::of(node), renderer, &view)).collect()
        });
        Ok(to_map(&ProjectList { projects }))
    }
}

/// The areas that nodes belong to.
pub(super) fn areas(nodes: &[Node]) -> Vec<NodeId> {
    nodes.iter().filter_map(|node| Project::of(node).area).collect()
}

/// A project with its tasks in figures.
pub(super) fn summary(project: &Project, renderer: &Renderer<'_>, view: &View<'_>) -> ProjectSummary {
    let mut summary = ProjectSummary {
        node: renderer.node_ref(project.id),
        status: project.status.word().to_owned(),
        outcome: project.outcome.as_deref().map(Into::into),
        area: project.area.map(|id| renderer.node_ref(id)),
        sequential: project.sequential,
        review_days: project.review_days,
        reviewed: project.reviewed.map(|day| day.to_string()),
        review_due: project.is_review_due(renderer.now),
        weight: Some(project.weight).filter(|points| *points != 0),
        ..ProjectSummary::default()
    };
    let mut next = None;
    for task in renderer.open.project_tasks(project.id).iter().filter_map(|id| renderer.open.get(*id)) {
        let facts = view.facts(task);
        summary.open += 1;
        summary.available += u64::from(facts.available);
        summary.overdue += u64::from(facts.overdue);
        if facts.available {
            next = next.max(Some((facts.score_milli, Reverse(task.id))));
        }
    }
    summary.next = next.map(|(_, Reverse(id))| renderer.node_ref(id));
    summary.stuck = !project.is_area && !project.on_hold && summary.available == 0;
    summary
}
