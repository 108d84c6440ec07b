//! Events: news the daemon sends to those who subscribed.

use serde::{Deserialize, Serialize};

use crate::envelope::{Message, from_map, to_map};
use crate::error::WireError;
use crate::types::{NodeRef, SyncState};

/// The most node ids a `changed` event names.
pub const MAX_CHANGED: usize = 256;

/// What `subscribe` may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// [`Changed`].
    Changed,
    /// [`Sync`].
    Sync,
    /// [`Reminder`].
    Reminders,
}

/// The store has a new revision.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Changed {
    /// The newest revision.
    pub revision: String,
    /// Ids of what changed since the last event of this session; empty with `many` when over 256.
    pub nodes: Vec<String>,
    /// More changed than is listed: reread what is shown.
    pub many: bool,
}

/// Sync is at something else.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Sync {
    /// What it is at.
    pub state: SyncState,
    /// Why nothing moves, in a sentence, if nothing does.
    pub problem: Option<String>,
}

/// A reminder fired on this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Reminder {
    /// The task.
    pub task: NodeRef,
    /// The instant it was set for; earlier than now when the machine slept.
    pub at: String,
    /// What else there is to say: when the task is due.
    pub detail: String,
}

/// How far a long request is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Progress {
    /// The request's id.
    pub id: u32,
    /// Steps done.
    pub done: u64,
    /// Steps in all, 0 if not known.
    pub total: u64,
    /// What is done at the moment, in words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// The daemon is going away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ShuttingDown {
    /// Whether it comes back by itself at once.
    pub restarting: bool,
}

/// An event, typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// `changed`
    Changed(Changed),
    /// `sync`
    Sync(Sync),
    /// `reminder`
    Reminder(Reminder),
    /// `progress`
    Progress(Progress),
    /// `shutting_down`
    ShuttingDown(ShuttingDown),
}

impl Event {
    /// Wraps the event for the wire.
    pub fn to_message(&self) -> Message {
        let (method, params) = match self {
            Self::Changed(event) => ("changed", to_map(event)),
            Self::Sync(event) => ("sync", to_map(event)),
            Self::Reminder(event) => ("reminder", to_map(event)),
            Self::Progress(event) => ("progress", to_map(event)),
            Self::ShuttingDown(event) => ("shutting_down", to_map(event)),
        };
        Message::Event { method: method.to_owned(), params }
    }

    /// Reads an event; `None` for one this version does not know.
    ///
    /// # Errors
    /// `invalid` when a known event's fields cannot be read.
    pub fn from_message(method: &str, params: &[u8]) -> Result<Option<Self>, WireError> {
        Ok(Some(match method {
            "changed" => Self::Changed(from_map(params)?),
            "sync" => Self::Sync(from_map(params)?),
            "reminder" => Self::Reminder(from_map(params)?),
            "progress" => Self::Progress(from_map(params)?),
            "shutting_down" => Self::ShuttingDown(from_map(params)?),
            _ => return Ok(None),
        }))
    }
}
