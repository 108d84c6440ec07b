//! `settings.list`, `view.list`, `field.list`: what is set for all machines.

use std::collections::HashMap;

use heph_protocol::WireError;
use heph_protocol::envelope::to_map;
use heph_protocol::response::{FieldList, SettingsList, ViewList};
use heph_protocol::types::{OwnField as WireField, SavedView as WireView, SyncedSetting};

use super::answer::Answering;
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::node::Node;
use crate::domain::settings::{SettingRow, rows};
use crate::domain::task::own::{FieldKind, OwnField};
use crate::domain::task::saved_view::SavedView;
use crate::domain::verbs::check_view;
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

    /// Every saved view.
    pub(super) async fn views(&self, now: &Now) -> Vec<u8> {
        let vocabulary = self.model.borrow().open.settings().vocabulary.clone();
        let mut views = Vec::new();
        for (name, view) in &vocabulary.views {
            let problem = match check_view(view, &vocabulary) {
                Err(refusal) => Some(refusal.message),
                Ok(()) => self.usable(&view.filter, now).await.err().map(|error| error.message),
            };
            views.push(shown(name, view.clone(), problem));
        }
        to_map(&ViewList { views })
    }

    /// Every declared field, with how many tasks have a value of it.
    pub(super) async fn fields(&self, now: &Now) -> Result<Vec<u8>, WireError> {
        let fields = self.model.borrow().open.settings().vocabulary.fields.clone();
        let all = self.filter("status.any: or trashed", now)?;
        let tasks = self.all_matching(&all, &[], now).await?;
        let shown = |field: &OwnField| {
            let values = || tasks.iter().filter_map(|task| task.field(&field.name));
            WireField {
                name: field.name.to_string(),
                kind: field.kind.word().to_owned(),
                choices: match &field.kind {
                    FieldKind::Choice(choices) => choices.iter().map(|choice| choice.to_string()).collect(),
                    _ => Vec::new(),
                },
                label: field.label.as_deref().map(Into::into),
                tasks: values().count() as u64,
                unfit: values().filter(|value| field.fit(value).is_none()).count() as u64,
            }
        };
        Ok(to_map(&FieldList { fields: fields.iter().map(shown).collect() }))
    }

    /// The settings as the store has them.
    async fn settings_node(&self) -> Result<Node, WireError> {
        let mut nodes: HashMap<NodeId, Node> =
            self.db.nodes(&[NodeId::SETTINGS]).await.map_err(|error| store_error(&error))?;
        Ok(nodes.remove(&NodeId::SETTINGS).unwrap_or_else(|| Node::new(NodeId::SETTINGS)))
    }
}

fn shown(name: &str, view: SavedView, problem: Option<String>) -> WireView {
    WireView {
        name: name.to_owned(),
        filter: view.filter.into(),
        sort: view.sort.map(Into::into),
        columns: view.columns.map(Into::into),
        group: view.group.map(Into::into),
        problem,
    }
}
