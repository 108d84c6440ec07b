//! `settings.list`: what is set for all machines.

use std::collections::HashMap;

use heph_protocol::WireError;
use heph_protocol::envelope::to_map;
use heph_protocol::response::SettingsList;
use heph_protocol::types::SyncedSetting;

use super::answer::Answering;
use crate::domain::id::NodeId;
use crate::domain::node::Node;
use crate::domain::settings::{SettingRow, rows};
use crate::rpc::{store_error, time};

impl Answering {
    /// Every setting, with who set it.
    pub(super) async fn settings(&self) -> Result<Vec<u8>, WireError> {
        let node = self.settings_node().await?;
        let shown = |row: SettingRow| SyncedSetting {
            key: row.key,
            value: row.value,
            default: row.default,
            meaning: row.meaning,
            changed: row.set.map(|stamp| time(i64::try_from(stamp.tick.ms).unwrap_or_default())),
            is_own: row.set.is_some_and(|stamp| stamp.device == self.device),
        };
        Ok(to_map(&SettingsList { settings: rows(&node.registers).into_iter().map(shown).collect() }))
    }

    /// The settings as the store has them.
    async fn settings_node(&self) -> Result<Node, WireError> {
        let mut nodes: HashMap<NodeId, Node> =
            self.db.nodes(&[NodeId::SETTINGS]).await.map_err(|error| store_error(&error))?;
        Ok(nodes.remove(&NodeId::SETTINGS).unwrap_or_else(|| Node::new(NodeId::SETTINGS)))
    }
}
