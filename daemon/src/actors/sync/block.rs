//! Why sync cannot go on, and what a person can do about it.

use std::time::Duration;

use heph_protocol::WireError;
use heph_protocol::types::SyncState;

use crate::sync::hub::HubError;
use crate::sync::login::NoLogin;

/// How long a person may take before what waits for one is tried again by itself.
pub(super) const PATIENCE: Duration = Duration::from_secs(600);

/// When a login that was renewed and yet is not taken is tried again: a hub looks for new keys of the issuer at most
/// once a minute.
const NEW_KEYS: Duration = Duration::from_secs(65);

/// Why a round ended early.
#[derive(Debug)]
pub(super) enum Block {
    /// It is tried again by itself.
    Away { reason: String, retry_after: Option<Duration> },
    /// A person has to log in. `again` is when it is tried without that.
    Login { problem: String, again: Duration },
    /// One side has to be upgraded.
    Upgrade(String),
    /// The hub takes no more; what others send can still be read.
    Full(String),
    /// A person has to decide.
    Person { problem: String, hint: String },
}

impl Block {
    /// What a person is told: the state, what is wrong, what to do.
    pub(super) fn told(self) -> (SyncState, String, Option<String>) {
        match self {
            Self::Away { reason, .. } => (SyncState::Backoff, reason, None),
            Self::Login { problem, .. } => {
                (SyncState::AuthRequired, problem, Some("heph auth login".to_owned()))
            }
            Self::Upgrade(problem) => (SyncState::UpgradeRequired, problem, None),
            Self::Full(problem) => {
                let hint = "whoever runs the hub can give the account more room; reading goes on";
                (SyncState::Paused, problem, Some(hint.to_owned()))
            }
            Self::Person { problem, hint } => (SyncState::Paused, problem, Some(hint)),
        }
    }
}

pub(super) fn away(reason: &str) -> Block {
    Block::Away { reason: reason.to_owned(), retry_after: None }
}

pub(super) fn closing() -> Block {
    away("sync is closing")
}

fn login(problem: String) -> Block {
    Block::Login { problem, again: PATIENCE }
}

pub(super) fn in_store(error: WireError) -> Block {
    Block::Away { reason: error.message, retry_after: None }
}

pub(super) fn of_login(error: NoLogin) -> Block {
    let problem = error.to_string();
    match error {
        NoLogin::Needed(problem) => login(problem),
        NoLogin::Away(reason) => Block::Away { reason, retry_after: None },
        NoLogin::Settings(problem) => {
            Block::Person { problem, hint: "heph doctor tries the whole way".to_owned() }
        }
        NoLogin::WrongToken(_) => Block::Person {
            problem,
            hint: "the hub keeps it beside its database, as hub-<port>.token; name a copy for you alone: \
                   heph daemon restart --hub-token-file FILE"
                .to_owned(),
        },
    }
}

/// What a hub says before anything else. A store that has joined knows that a hub was there: something on the way answers
/// in its place, and goes away again.
pub(super) fn of_hello(error: HubError, has_joined: bool) -> Block {
    match error {
        HubError::NotOurs(_) if !has_joined => Block::Person {
            problem: error.to_string(),
            hint: "look whether the address is right: heph daemon restart --hub-url URL".to_owned(),
        },
        error => of_hub(error),
    }
}

pub(super) fn of_hub(error: HubError) -> Block {
    let problem = error.to_string();
    match error {
        HubError::Away { reason, retry_after } => Block::Away { reason, retry_after },
        HubError::Unauthorized(_) => Block::Login { problem, again: NEW_KEYS },
        HubError::LoginTooOld(said) => {
            login(format!("this device is new to the account, and the hub says: {said}"))
        }
        HubError::UnknownDevice => login("the hub does not know this device any more".to_owned()),
        HubError::Revoked => Block::Person {
            problem,
            hint:
                "what is here stays; to come back as another device: heph store backup FILE, then heph store \
                   restore FILE, then heph auth login"
                    .to_owned(),
        },
        HubError::Epoch(_) => Block::Person {
            problem: "the hub was restored from a backup".to_owned(),
            hint: "nothing here is lost; this version of heph cannot go on with such a hub".to_owned(),
        },
        HubError::Upgrade(problem) => Block::Upgrade(problem),
        HubError::Full(_) => Block::Full(problem),
        HubError::NotOurs(_) => Block::Away {
            reason: format!("{problem}; a network that wants a login first, or a proxy?"),
            retry_after: None,
        },
        HubError::Refused(_) | HubError::Absent => {
            Block::Person { problem, hint: "heph doctor tries the whole way".to_owned() }
        }
    }
}
