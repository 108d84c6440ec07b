//! `conflict.*`: values that were overwritten by somebody who had not seen them.

use std::collections::HashMap;

use heph_protocol::envelope::to_map;
use heph_protocol::response::{ConflictList, Done};
use heph_protocol::types::Conflict;
use heph_protocol::{ErrorCode, WireError};
use jiff::Timestamp;
use tokio::sync::oneshot;

use super::answer::{Answering, Asking, closed};
use super::writer::Job;
use crate::actors::store_handle::SyncJob;
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::node::register;
use crate::domain::settings;
use crate::domain::sync::is_a_loss;
use crate::domain::task::own::FieldValue;
use crate::domain::value::Value;
use crate::domain::verbs::Command;
use crate::rpc::{Asked, Renderer, store_error};
use crate::store::{ConflictRow, Database, StoreError};

/// How long they are listed.
const KEPT_MS: i64 = 90 * 86_400_000;

/// The most that are listed; more are looked through.
const LISTED: usize = 200;
const LOOKED_AT: u32 = 5_000;

/// Letters of the hash that names one.
const ID: usize = 10;

impl Answering {
    /// Lists those whose loss a person would notice.
    pub(super) async fn conflicts(&self, now: &Now) -> Result<Vec<u8>, WireError> {
        let rows = self.lost(now).await?;
        let mut others = HashMap::new();
        let named = rows
            .iter()
            .flat_map(|(row, kept)| [Some(row.node), id_of(&row.lost), id_of(kept)].into_iter().flatten());
        self.know(&mut others, named.collect(), now).await?;
        let own = self.device;
        let mut circles = self.circles(now).await?;
        let conflicts: Vec<Conflict> = self.rendered(now, &others, |renderer| {
            let shown = rows.iter().take(LISTED.saturating_sub(circles.len())).map(|(row, kept)| Conflict {
                id: conflict_id(row),
                node: renderer.node_ref(row.node),
                field: if row.node == NodeId::SETTINGS {
                    row.name.clone()
                } else {
                    field(&row.name, renderer)
                },
                lost: value(row, &row.lost, renderer),
                kept: value(row, kept, renderer),
                is_own: row.lost_device == Some(own),
                at: Timestamp::from_millisecond(row.at_ms).map(|at| at.to_string()).unwrap_or_default(),
                circle: Vec::new(),
            });
            shown.collect()
        });
        circles.extend(conflicts);
        Ok(to_map(&ConflictList { conflicts: circles }))
    }

    /// Writes the value that lost, as a change of one's own.
    pub(super) async fn restore_conflict(&self, id: &str, asking: Asking) -> Result<Vec<u8>, WireError> {
        if let Some(command) = self.circle_command(id, true).await? {
            return self.mutate(Asked::from(command), asking).await;
        }
        let (row, _) = self.one(id, &asking.now).await?;
        let command = Command::Restore { node: row.node, name: row.name, value: row.lost };
        self.mutate(Asked::from(command), asking).await
    }

    /// Hides one, or all; a dependency that closes a circle is taken away.
    pub(super) async fn dismiss_conflict(&self, id: &str, asking: Asking) -> Result<Vec<u8>, WireError> {
        let now = &asking.now.clone();
        let rows = match id {
            "" => {
                let rows = self.lost(now).await?;
                self.drop_circles(asking).await?;
                rows
            }
            id => {
                if let Some(command) = self.circle_command(id, false).await? {
                    self.mutate(Asked::from(command), asking).await?;
                    return Ok(to_map(&Done {}));
                }
                vec![self.one(id, now).await?]
            }
        };
        let keys = rows.into_iter().map(|(row, _)| (row.node, row.name.into_boxed_str(), row.lost_by));
        let (reply, answer) = oneshot::channel();
        let job = Job::Sync(Box::new(SyncJob::Dismiss(keys.collect(), reply)));
        self.jobs.upgrade().ok_or_else(closed)?.send(job).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())??;
        Ok(to_map(&Done {}))
    }

    async fn one(&self, id: &str, now: &Now) -> Result<(ConflictRow, Value), WireError> {
        let meant = id.to_lowercase();
        let rows = self.lost(now).await?;
        let mut meant =
            rows.into_iter().filter(|(row, _)| !meant.is_empty() && conflict_id(row).starts_with(&meant));
        match (meant.next(), meant.next()) {
            (Some(row), None) => Ok(row),
            (None, _) => Err(WireError::new(ErrorCode::NotFound, format!("there is no conflict {id}"))
                .hint("heph conflicts lists them")),
            (Some(_), Some(_)) => {
                Err(WireError::new(ErrorCode::Ambiguous, format!("several conflicts begin with {id}"))
                    .hint("heph conflicts lists them"))
            }
        }
    }

    async fn lost(&self, now: &Now) -> Result<Vec<(ConflictRow, Value)>, WireError> {
        lost_values(&self.db, now.ms()).await.map_err(|error| store_error(&error))
    }
}

/// Those that are listed at an instant in Unix milliseconds, each with the value that stands.
pub(super) async fn lost_values(db: &Database, now_ms: i64) -> Result<Vec<(ConflictRow, Value)>, StoreError> {
    let rows = db.conflicts(now_ms - KEPT_MS, LOOKED_AT).await?;
    let ids: Vec<NodeId> = rows.iter().map(|row| row.node).collect();
    let nodes = db.nodes(&ids).await?;
    let kept = |row: &ConflictRow| {
        nodes.get(&row.node).map(|node| node.registers.value(&row.name).clone()).unwrap_or_default()
    };
    let rows = rows.into_iter().map(|row| (kept(&row), row));
    let rows = rows.filter(|(kept, row)| is_a_loss(&row.name, &row.lost, kept));
    Ok(rows.map(|(kept, row)| (row, kept)).collect())
}

fn conflict_id(row: &ConflictRow) -> String {
    named_by(&[row.node.as_bytes(), row.lost_by.as_bytes(), row.name.as_bytes()])
}

/// Names a conflict by what it is about.
pub(super) fn named_by(parts: &[&[u8]]) -> String {
    let mut hasher = blake3::Hasher::new();
    parts.iter().for_each(|part| _ = hasher.update(part));
    hasher.finalize().to_hex().chars().take(ID).collect()
}

fn id_of(value: &Value) -> Option<NodeId> {
    value.as_bytes().and_then(|bytes| NodeId::from_slice(bytes).ok())
}

/// A register as people know it.
fn field(name: &str, renderer: &Renderer<'_>) -> String {
    let prefixes = [
        (register::TAG, "tag "),
        (register::ALIAS, "alias "),
        (register::FIELD, ""),
        (register::REMIND, "reminder "),
    ];
    for (prefix, word) in prefixes {
        if let Some(rest) = name.strip_prefix(prefix) {
            return format!("{word}{rest}");
        }
    }
    if let Some(id) = name.strip_prefix(register::DEPENDS_ON).and_then(|id| id.parse().ok()) {
        return format!("depends on {}", renderer.node_ref(id).title);
    }
    name.replace('_', " ")
}

/// A value of a conflict as people know it.
fn value(row: &ConflictRow, value: &Value, renderer: &Renderer<'_>) -> Option<String> {
    match row.node {
        NodeId::SETTINGS => settings::show(&row.name, value),
        _ if row.name.starts_with(register::FIELD) && !value.is_nil() => {
            FieldValue::from_value(value).map(|own| own.text()).or_else(|| text(value, renderer))
        }
        _ => text(value, renderer),
    }
}

/// A value as people know it; nothing for one that is not set.
fn text(value: &Value, renderer: &Renderer<'_>) -> Option<String> {
    match value {
        Value::Nil => None,
        Value::Bool(is) => Some(if *is { "yes" } else { "no" }.to_owned()),
        Value::Int(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Text(text) => Some(text.clone()),
        Value::Bytes(_) => id_of(value).map(|id| renderer.node_ref(id).title),
        Value::List(values) => values.first().and_then(|first| text(first, renderer)),
    }
}
