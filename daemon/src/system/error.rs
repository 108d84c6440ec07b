//! Why the daemon could not start.

use std::error::Error;
use std::io;

use crate::actors::hub::HubStartError;
use crate::actors::listener::lock::LockError;
use crate::actors::listener::place::PlaceError;
use crate::actors::listener::socket::SocketError;
use crate::actors::sync::SyncStartError;
use crate::config::EXIT_CONFIG;
use crate::http::ClientError;
use crate::store::StoreError;

/// Why the daemon could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A folder cannot be used.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// A lock is another's.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The socket cannot be opened.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// The store cannot be opened.
    #[error("{source}")]
    Store {
        /// Why.
        source: Box<dyn Error + Send + Sync>,
        /// The exit code that goes with it.
        exit_code: u8,
    },
    /// The hub cannot serve.
    #[error(transparent)]
    Hub(HubStartError),
    /// The store cannot sync.
    #[error(transparent)]
    Sync(#[from] SyncStartError),
    /// No requests can be made.
    #[error(transparent)]
    Http(#[from] ClientError),
    /// A version on trial does not do what it is there for.
    #[error(
        "this version does not pass its trial: {0}; it is started again, and at the third start the one before is put back"
    )]
    Trial(String),
    /// The runtime lacks something.
    #[error("the runtime cannot be used: {0}; see the log")]
    Runtime(io::Error),
}

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> Self {
        let exit_code = match error {
            StoreError::Newer { .. } | StoreError::NotAStore => EXIT_CONFIG,
            ref error if error.is_retryable() => 75,
            _ => 70,
        };
        Self::store(error, exit_code)
    }
}

impl From<HubStartError> for StartError {
    fn from(error: HubStartError) -> Self {
        match error {
            HubStartError::Store(error) => error.into(),
            error => Self::Hub(error),
        }
    }
}

impl StartError {
    /// Wraps what opening the store brought; 78 keeps the service manager from trying again.
    pub fn store(source: impl Into<Box<dyn Error + Send + Sync>>, exit_code: u8) -> Self {
        Self::Store { source: source.into(), exit_code }
    }

    /// The process's exit code: 78 when trying again cannot help, 75 when it may, else 70.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Place(PlaceError::Network { .. })
            | Self::Socket(SocketError::PathTooLong { .. } | SocketError::NotASocket { .. }) => EXIT_CONFIG,
            Self::Http(ClientError::Certificates { .. })
            | Self::Sync(SyncStartError::Http(ClientError::Certificates { .. }) | SyncStartError::Url(_)) => {
                EXIT_CONFIG
            }
            Self::Hub(HubStartError::Tls(_) | HubStartError::Issuer | HubStartError::Token { .. }) => {
                EXIT_CONFIG
            }
            // The address may be another's for a moment only.
            Self::Hub(HubStartError::Address { .. }) => 75,
            Self::Hub(HubStartError::Store(_)) => 70,
            Self::Lock(LockError::Held { .. }) | Self::Socket(SocketError::Answered { .. }) => 75,
            Self::Place(_)
            | Self::Lock(_)
            | Self::Socket(_)
            | Self::Http(_)
            | Self::Sync(_)
            | Self::Trial(_)
            | Self::Runtime(_) => 70,
            Self::Store { exit_code, .. } => *exit_code,
        }
    }
}
