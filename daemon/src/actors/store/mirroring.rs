//! What the store does for the mirror: tells pages with their texts, and takes in what was found in files.

use std::collections::BTreeSet;

use heph_protocol::WireError;

use super::answer::Answering;
use crate::actors::store_handle::{MirrorPages, VaultJob, WhichPages};
use crate::domain::change::text_hash;
use crate::domain::id::NodeId;
use crate::domain::node::{Node, NodeKind};
use crate::domain::vault::Page;
use crate::domain::verbs::source_of;
use crate::rpc::store_error;

/// Pages read at a time.
const STEP: u32 = 64;

/// Bytes of text after which an answer is full.
const FULL: usize = 4 << 20;

impl Answering {
    /// Does one job, beside the writer.
    pub(super) async fn mirror(&self, job: VaultJob) {
        let mut loaded = self.loaded.clone();
        if loaded.wait_for(|loaded| *loaded).await.is_err() {
            return;
        }
        // Whoever asked may have gone.
        match job {
            VaultJob::Pages(WhichPages::After(after), reply) => {
                drop(reply.send(self.mirror_all(after).await));
            }
            VaultJob::Pages(WhichPages::These(ids), reply) => {
                drop(reply.send(self.mirror_these(ids).await));
            }
            VaultJob::Change(command, permit, reply) => {
                let written = self.write_of("mirror", *command, permit).await;
                drop(reply.send(written.map(|written| written.applied.outcome.changed)));
            }
            VaultJob::Files(reply) => {
                drop(reply.send(self.db.mirror_files().await.map_err(|error| store_error(&error))));
            }
            VaultJob::Versions(ids, reply) => {
                let versions = self.db.mirror_versions(&ids).await;
                drop(reply.send(versions.map_err(|error| store_error(&error))));
            }
            VaultJob::Setting(name, reply) => {
                let value = self.db.local_setting(name).await;
                drop(reply.send(value.map_err(|error| store_error(&error))));
            }
        }
    }

    /// Pages in order of their ids, as many as fit.
    async fn mirror_all(&self, after: Option<NodeId>) -> Result<MirrorPages, WireError> {
        let (mut told, mut bytes) = (MirrorPages { next: after, ..MirrorPages::default() }, 0);
        loop {
            let nodes = self.db.pages_by_id(told.next, STEP).await.map_err(|error| store_error(&error))?;
            let is_last = nodes.len() < STEP as usize;
            told.next = nodes.last().map_or(told.next, |node| Some(node.id));
            bytes += self.tell_pages(nodes, &mut told).await?;
            if is_last {
                told.next = None;
                return Ok(told);
            }
            if bytes >= FULL {
                return Ok(told);
            }
        }
    }

    /// These pages, and those that tasks among them were promoted from.
    async fn mirror_these(&self, ids: Vec<NodeId>) -> Result<MirrorPages, WireError> {
        let nodes = self.db.nodes(&ids).await.map_err(|error| store_error(&error))?;
        let sources: BTreeSet<NodeId> = nodes
            .values()
            .filter(|node| node.kind() == NodeKind::Task)
            .filter_map(|task| source_of(task).map(|(page, _)| page))
            .filter(|page| !nodes.contains_key(page))
            .collect();
        let sources: Vec<NodeId> = sources.into_iter().collect();
        let more = self.db.nodes(&sources).await.map_err(|error| store_error(&error))?;
        let (pages, others): (Vec<Node>, Vec<Node>) =
            nodes.into_values().chain(more.into_values()).partition(is_mirrored);
        let mut told = MirrorPages::default();
        let known: BTreeSet<NodeId> = pages.iter().chain(&others).map(|node| node.id).collect();
        told.gone = others.iter().map(|node| node.id).collect();
        told.gone.extend(ids.into_iter().filter(|id| !known.contains(id)));
        self.tell_pages(pages, &mut told).await?;
        Ok(told)
    }

    /// Adds pages with their texts; answers how many bytes that is.
    async fn tell_pages(&self, nodes: Vec<Node>, told: &mut MirrorPages) -> Result<usize, WireError> {
        let ids: Vec<NodeId> = nodes.iter().map(|node| node.id).collect();
        let mut texts = self.db.texts(&ids).await.map_err(|error| store_error(&error))?;
        let mut bytes = 0;
        for node in nodes.into_iter().filter(is_mirrored) {
            let stored = texts.remove(&node.id).unwrap_or_else(|| node.genesis());
            let text = self.with_boxes(node.id, stored).await?;
            bytes += text.len();
            let page = Page {
                folder: node.folder().to_owned(),
                title: node.title().to_owned(),
                is_journal: node.kind() == NodeKind::Journal,
                short: self.model.borrow().short_ids.show(node.id),
                text: text_hash(&text),
            };
            told.pages.push((node.id, page, text));
        }
        Ok(bytes)
    }
}

/// Whether a node has a file.
fn is_mirrored(node: &Node) -> bool {
    let is_page = !matches!(node.kind(), NodeKind::Task | NodeKind::Settings);
    is_page && node.exists() && !node.is_trashed()
}
