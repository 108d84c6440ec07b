//! Why a call failed.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use heph_protocol::request::{Kind, METHODS};
use heph_protocol::{ErrorCode, WireError};

use crate::address::default_socket;

/// Why a call failed, after everything the protocol allows was tried.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// There is no socket: no daemon runs.
    #[error("hephd is not running: there is no socket at {}", socket.display())]
    NotRunning {
        /// Where a socket was looked for.
        socket: PathBuf,
    },
    /// There is a socket, and nobody behind it: the daemon was killed.
    #[error("hephd is not running: nobody answers at the stale socket {}", socket.display())]
    StaleSocket {
        /// The socket that was left behind.
        socket: PathBuf,
    },
    /// No answer came in time. What a mutation did is not known.
    #[error("hephd did not answer `{method}` within {} s", after.as_secs_f32())]
    Timeout {
        /// The method that was called.
        method: &'static str,
        /// How long was waited.
        after: Duration,
    },
    /// The reply to a mutation was lost, and whether it was applied could not be learnt.
    #[error("reconnected — re-run the action if it didn't take effect")]
    OutcomeUnknown,
    /// The socket dropped, and dropped again where sending again is allowed.
    #[error("hephd closed the connection before it answered")]
    Closed,
    /// The daemon's own error, untouched.
    #[error(transparent)]
    Daemon(WireError),
    /// What arrived, or what was to be sent, breaks the protocol.
    #[error("{0}")]
    Protocol(String),
    /// The socket cannot be used.
    #[error("the socket cannot be used: {0}")]
    Io(#[from] io::Error),
}

impl ClientError {
    /// What happened, in one sentence.
    pub fn message(&self) -> String {
        self.to_string()
    }

    /// What to do next, if there is something.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotRunning { socket } => Some(format!("start it: {}", start_command(socket))),
            Self::StaleSocket { socket } => {
                Some(format!("start it, it clears the socket by itself: {}", start_command(socket)))
            }
            Self::Timeout { method, .. } if changes_something(method) => {
                Some("it may still take effect: look before you run it again".to_owned())
            }
            Self::Timeout { .. } | Self::Closed => {
                Some("see what the daemon is doing: heph doctor".to_owned())
            }
            Self::OutcomeUnknown => Some("if it took effect twice: heph undo".to_owned()),
            Self::Daemon(error) => error.hint.clone(),
            Self::Protocol(_) => {
                Some("client and daemon may be of different versions: heph doctor".to_owned())
            }
            Self::Io(_) => None,
        }
    }

    /// The daemon's code, for an error of the daemon.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Daemon(error) => Some(error.code),
            _ => None,
        }
    }
}

/// The command that starts a daemon on a socket; the service always uses the default one.
fn start_command(socket: &Path) -> String {
    if socket == default_socket() {
        "heph daemon start".to_owned()
    } else {
        format!("hephd --mode local --socket {}", socket.display())
    }
}

fn changes_something(method: &str) -> bool {
    METHODS.iter().any(|known| known.name == method && known.kind != Kind::Read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_daemon_and_a_stale_socket_are_told_apart() {
        let socket = PathBuf::from("/run/h.sock");
        let missing = ClientError::NotRunning { socket: socket.clone() };
        assert_eq!(missing.message(), "hephd is not running: there is no socket at /run/h.sock");
        assert_eq!(missing.hint().unwrap(), "start it: hephd --mode local --socket /run/h.sock");
        let stale = ClientError::StaleSocket { socket };
        assert_eq!(stale.message(), "hephd is not running: nobody answers at the stale socket /run/h.sock");
        assert!(stale.hint().unwrap().ends_with("hephd --mode local --socket /run/h.sock"));
    }

    #[test]
    fn the_default_socket_is_served_by_the_service() {
        let hint = ClientError::NotRunning { socket: default_socket() }.hint().unwrap();
        assert_eq!(hint, "start it: heph daemon start");
    }

    #[test]
    fn a_late_mutation_is_not_simply_run_again() {
        let late = |method| ClientError::Timeout { method, after: Duration::from_secs(10) };
        assert_eq!(late("task.add").message(), "hephd did not answer `task.add` within 10 s");
        assert!(late("task.add").hint().unwrap().contains("look before you run it again"));
        assert!(late("task.next").hint().unwrap().contains("heph doctor"));
    }

    #[test]
    fn the_daemons_words_pass_untouched() {
        let error = WireError::new(ErrorCode::NotFound, "there is no task `x`").hint("try heph list");
        let passed = ClientError::Daemon(error);
        assert_eq!(passed.message(), "there is no task `x`");
        assert_eq!(passed.hint().unwrap(), "try heph list");
        assert_eq!(passed.code(), Some(ErrorCode::NotFound));
    }
}
