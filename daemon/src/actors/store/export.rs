//! `page.export`: pages with their texts.

use std::collections::HashMap;

use heph_protocol::WireError;
use heph_protocol::envelope::to_map;
use heph_protocol::request;
use heph_protocol::response::PagesExported;
use heph_protocol::types::ExportedPage;

use super::answer::Answering;
use super::list::node_place;
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::rpc::{attachments, store_error};

/// Pages read at a time.
const STEP: u32 = 64;

/// Bytes of text after which a reply is full.
const FULL: usize = 1 << 20;

impl Answering {
    /// Pages in order of their ids, as many as fit.
    pub(super) async fn export(&self, asked: &request::PageExport, now: &Now) -> Result<Vec<u8>, WireError> {
        let mut after = asked.page.as_deref().map(node_place).transpose()?;
        let (mut pages, mut bytes) = (Vec::new(), 0);
        let next_page = 'full: loop {
            let nodes = self.db.pages_by_id(after, STEP).await.map_err(|error| store_error(&error))?;
            let is_last = nodes.len() < STEP as usize;
            let ids: Vec<NodeId> = nodes.iter().map(|node| node.id).collect();
            let mut texts = self.db.texts(&ids).await.map_err(|error| store_error(&error))?;
            for node in nodes {
                if bytes >= FULL {
                    break 'full after;
                }
                after = Some(node.id);
                let stored = texts.remove(&node.id).unwrap_or_else(|| node.genesis());
                let text = self.with_boxes(node.id, stored).await?;
                bytes += text.len();
                let page = self.rendered(now, &HashMap::new(), |renderer| renderer.page(&node));
                pages.push(ExportedPage { page, text, attachments: attachments(&node) });
            }
            if is_last {
                break None;
            }
        };
        Ok(to_map(&PagesExported { pages, next_page: next_page.map(|id| id.to_string()) }))
    }
}
