//! What a client is told when it is made.

use std::path::PathBuf;
use std::time::Duration;

/// Whom to call, and who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The daemon's socket.
    pub socket: PathBuf,
    /// Name of the program (`heph`, `heph-tui`), for the daemon's log.
    pub client: String,
    /// Its version.
    pub version: String,
    /// IANA zone the user lives in now; the daemon's own if absent.
    pub zone: Option<String>,
}

/// How long a client waits, and for what. The protocol sets these; tests shorten them.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For the reply of a read, retries and all.
    pub read: Duration,
    /// For the reply of a mutation.
    pub mutation: Duration,
    /// For the next sign of life of a bulk request.
    pub silence: Duration,
    /// For a daemon to come back, when nothing depends on it but this call.
    pub reconnect: Duration,
    /// For the outcome of a mutation whose reply was lost.
    pub outcome: Duration,
    /// Between retries, at least.
    pub shortest_pause: Duration,
    /// Between retries, at most.
    pub longest_pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            read: Duration::from_secs(5),
            mutation: Duration::from_secs(10),
            silence: Duration::from_secs(60),
            reconnect: Duration::from_secs(2),
            outcome: Duration::from_secs(10),
            shortest_pause: Duration::from_millis(20),
            longest_pause: Duration::from_millis(640),
        }
    }
}
