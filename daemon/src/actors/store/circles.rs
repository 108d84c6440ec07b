//! Dependencies and parents that go round in a circle: the model is told when each was written, and `heph conflicts` lists those
//! that do not count.

use std::cell::RefCell;
use std::collections::HashMap;

use heph_protocol::types::{Conflict, NodeRef};
use heph_protocol::{ErrorCode, WireError};
use jiff::Timestamp;

use super::answer::{Answering, Asking, closed};
use super::conflicts::named_by;
use super::model::ReadModel;
use crate::domain::change::Stamp;
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::node::Node;
use crate::domain::task::open_tasks::{Edge, Link};
use crate::domain::verbs::{Command, register_of};
use crate::rpc::{Asked, Renderer, store_error};
use crate::store::Database;

/// Finds which dependencies and parents do not count, if that has to be found anew. While the store cannot be read all count.
pub(super) async fn settle(db: &Database, model: &RefCell<ReadModel>) {
    let unsettled = model.borrow().open.unsettled();
    let Some(tasks) = unsettled else { return };
    match db.nodes(&tasks).await {
        Ok(nodes) => model.borrow_mut().open.settle(|edge| stamp(&nodes, edge)),
        Err(error) => tracing::warn!(%error, "tasks that hang on each other stay so for now"),
    }
}

fn stamp(nodes: &HashMap<NodeId, Node>, edge: Edge) -> Stamp {
    let register = nodes.get(&edge.from).and_then(|node| node.registers.register(&register_of(edge)));
    register.map_or(Stamp::LEAST, |register| register.stamp)
}

/// A link that does not count.
struct Ignored {
    id: String,
    edge: Edge,
    stamp: Stamp,
    /// From the one that has the link back to itself.
    circle: Vec<NodeId>,
}

impl Answering {
    /// Links that do not count, as conflicts.
    pub(super) async fn circles(&self, now: &Now) -> Result<Vec<Conflict>, WireError> {
        let ignored = self.ignored().await?;
        let mut others = HashMap::new();
        self.know(&mut others, ignored.iter().flat_map(|one| one.circle.clone()).collect(), now).await?;
        let own = self.device;
        Ok(self.rendered(now, &others, |renderer| {
            ignored.iter().map(|one| shown(one, one.stamp.device == own, renderer)).collect()
        }))
    }

    /// The command that settles one by hand, if a conflict of that name is one: `keep` makes the link count,
    /// otherwise it is taken away.
    pub(super) async fn circle_command(&self, id: &str, keep: bool) -> Result<Option<Command>, WireError> {
        let meant = id.to_lowercase();
        let mut found = self.ignored().await?;
        found.retain(|one| !meant.is_empty() && one.id.starts_with(&meant));
        match found.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(Command::SettleCircles { edges: vec![one.edge], keep })),
            _ => Err(WireError::new(ErrorCode::Ambiguous, format!("several conflicts begin with {id}"))
                .hint("heph conflicts lists them")),
        }
    }

    /// Takes all links away that do not count.
    pub(super) async fn drop_circles(&self, asking: Asking) -> Result<(), WireError> {
        let edges: Vec<_> = self.model.borrow().open.ignored_links().collect();
        if edges.is_empty() {
            return Ok(());
        }
        self.mutate(Asked::from(Command::SettleCircles { edges, keep: false }), asking).await.map(drop)
    }

    async fn ignored(&self) -> Result<Vec<Ignored>, WireError> {
        let edges: Vec<_> = self.model.borrow().open.ignored_links().collect();
        if edges.is_empty() {
            return Ok(Vec::new());
        }
        let from: Vec<NodeId> = edges.iter().map(|edge| edge.from).collect();
        let nodes = self.db.nodes(&from).await.map_err(|error| store_error(&error))?;
        let model = self.model.try_borrow().map_err(|_| closed())?;
        let mut ignored: Vec<Ignored> = edges
            .into_iter()
            .map(|edge: Edge| {
                let (kind, back): (&[u8], _) = match edge.link {
                    Link::WaitsFor => (b"circle", model.open.way(edge.to, edge.from)),
                    Link::PartOf => (b"circle of parents", model.open.way_up(edge.to, edge.from)),
                };
                let mut circle = vec![edge.from];
                circle.extend(back.unwrap_or_else(|| vec![edge.to, edge.from]));
                let id = named_by(&[kind, edge.from.as_bytes(), edge.to.as_bytes()]);
                Ignored { id, edge, stamp: stamp(&nodes, edge), circle }
            })
            .collect();
        ignored.sort_by_key(|one| std::cmp::Reverse(one.stamp));
        Ok(ignored)
    }
}

fn shown(ignored: &Ignored, is_own: bool, renderer: &Renderer<'_>) -> Conflict {
    let circle: Vec<NodeRef> = renderer.node_refs(&ignored.circle);
    let words: Vec<String> = circle.iter().map(|node| format!("“{}” ({})", node.title, node.short)).collect();
    let at = i64::try_from(ignored.stamp.tick.ms).unwrap_or_default();
    let (field, joint) = match ignored.edge.link {
        Link::WaitsFor => ("depends on", " after "),
        Link::PartOf => ("part of", " in "),
    };
    Conflict {
        id: ignored.id.clone(),
        node: renderer.node_ref(ignored.edge.from),
        field: field.into(),
        lost: Some(renderer.node_ref(ignored.edge.to).title),
        kept: Some(format!("ignored, it closes a circle: {}", words.join(joint))),
        is_own,
        at: Timestamp::from_millisecond(at).map(|at| at.to_string()).unwrap_or_default(),
        circle,
    }
}
