//! What sync is at.

use heph_protocol::types::SyncState;

/// How news of the hub arrives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Live {
    /// Not at all: the hub is asked from time to time.
    #[default]
    Timer,
    /// As a stream of events.
    Events,
    /// By requests that wait for something.
    Poll,
}

impl Live {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Timer => "timer",
            Self::Events => "events",
            Self::Poll => "poll",
        }
    }
}

/// What sync is at, and why nothing moves if nothing does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The state.
    pub state: SyncState,
    /// Why nothing moves.
    pub problem: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// Whether the account is full: reading goes on then.
    pub is_full: bool,
    /// When it is tried again, Unix milliseconds.
    pub retry_at_ms: Option<i64>,
    /// How news arrives.
    pub live: Live,
    /// Whose account it is.
    pub subject: Option<String>,
    /// How far the account's log goes, as far as is known.
    pub head: u64,
    /// The hub's address.
    pub hub: String,
}

impl Standing {
    /// Before anything was tried.
    pub fn begin(hub: &str) -> Self {
        Self { state: SyncState::Pulling, hub: hub.to_owned(), ..Self::default() }
    }

    /// Whether it waits for a person or for the hub.
    pub fn is_stuck(&self) -> bool {
        !matches!(self.state, SyncState::Idle | SyncState::Pulling | SyncState::Pushing)
    }
}
