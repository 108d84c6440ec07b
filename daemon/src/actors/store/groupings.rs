//! `tag.list`, `project.list`: what tasks and pages are kept under.

use std::collections::{BTreeMap, HashMap};

use heph_protocol::WireError;
use heph_protocol::envelope::to_map;
use heph_protocol::request;
use heph_protocol::response::{ProjectList, TagList};
use heph_protocol::types::{ProjectSummary, TagCount};

use super::answer::Answering;
use crate::domain::date::Now;
use crate::domain::node::register;
use crate::domain::page::title_key;
use crate::domain::task::tag::parse_tag;
use crate::rpc::store_error;

/// The status of a project that has none yet.
const ACTIVE: &str = "active";

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
        let projects = self.rendered(now, &others, |renderer| {
            let view = renderer.open.view(now, &[]);
            let summary = |node: &crate::domain::node::Node| {
                let status = node.registers.value(register::STATUS).as_list();
                let mut summary = ProjectSummary {
                    node: renderer.node_ref(node.id),
                    status: status.first().and_then(|word| word.as_text()).unwrap_or(ACTIVE).to_owned(),
                    ..ProjectSummary::default()
                };
                for task in
                    renderer.open.project_tasks(node.id).iter().filter_map(|id| renderer.open.get(*id))
                {
                    let facts = view.facts(task);
                    summary.open += 1;
                    summary.available += u64::from(facts.available);
                    summary.overdue += u64::from(facts.overdue);
                }
                summary
            };
            nodes.iter().map(summary).collect()
        });
        Ok(to_map(&ProjectList { projects }))
    }
}
