//! How the daemon stops: who may ask for it, and what a panic in an essential actor does.

use std::sync::Arc;

use tokio::sync::watch;

/// Why the daemon stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// Somebody asked for it: a signal, or the owner of an in-process daemon.
    Signal,
    /// It comes back at once in the same process, on a store that was swapped under it.
    Restart,
    /// A new version is in place and is to start: in a new process by the service manager, or as this one.
    Update,
    /// Something essential broke; the service manager starts a new process.
    Fatal,
}

impl StopReason {
    /// The process's exit code: 0, or 70 after a fault (`EX_SOFTWARE`).
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Signal | Self::Restart | Self::Update => 0,
            Self::Fatal => 70,
        }
    }

    /// Whether the daemon comes back by itself.
    pub fn comes_back(self) -> bool {
        matches!(self, Self::Restart | Self::Update)
    }

    /// What outranks what.
    fn rank(self) -> u8 {
        match self {
            Self::Restart => 0,
            Self::Update => 1,
            Self::Signal => 2,
            Self::Fatal => 3,
        }
    }
}

/// Asks the daemon to stop, and tells who waits for it. Clones share one state.
#[derive(Debug, Clone)]
pub struct StopHandle {
    reason: Arc<watch::Sender<Option<StopReason>>>,
}

impl Default for StopHandle {
    fn default() -> Self {
        Self::new()
    }
}

impl StopHandle {
    /// Makes a handle nobody has used.
    pub fn new() -> Self {
        Self { reason: Arc::new(watch::Sender::new(None)) }
    }

    /// Asks to stop. A fault outranks a signal, that an update, and that a restart.
    pub fn stop(&self, reason: StopReason) {
        self.reason.send_if_modified(|current| {
            let is_news = current.is_none_or(|current| reason.rank() > current.rank());
            if is_news {
                *current = Some(reason);
            }
            is_news
        });
    }

    /// The reason, once somebody asked to stop.
    pub fn reason(&self) -> Option<StopReason> {
        *self.reason.borrow()
    }

    /// Waits until somebody asks to stop.
    pub async fn stopped(&self) -> StopReason {
        let mut reason = self.reason.subscribe();
        let stopped = reason.wait_for(Option::is_some).await.expect("this handle keeps the sender alive");
        stopped.expect("waited for some reason")
    }

    /// Forgets a restart that is about to be carried out; `false` when there is a reason to end instead.
    pub fn rearm(&self) -> bool {
        self.reason.send_if_modified(|current| {
            let is_restart = *current == Some(StopReason::Restart);
            if is_restart {
                *current = None;
            }
            is_restart
        })
    }
}

/// Held by everything the daemon cannot live without; stops the daemon when it is dropped by a panic.
///
/// actix lets a panicked actor vanish in silence and the program run on without it.
#[derive(Debug)]
pub struct FatalOnPanic {
    name: &'static str,
    stop: StopHandle,
}

impl FatalOnPanic {
    /// Guards the actor or task of this name.
    pub fn new(name: &'static str, stop: StopHandle) -> Self {
        Self { name, stop }
    }
}

impl Drop for FatalOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!(actor = self.name, "panicked; the daemon stops");
            self.stop.stop(StopReason::Fatal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_outranks_a_signal_and_a_signal_a_restart() {
        let stop = StopHandle::new();
        assert_eq!(stop.reason(), None);
        stop.stop(StopReason::Restart);
        stop.stop(StopReason::Update);
        assert_eq!(stop.reason(), Some(StopReason::Update));
        stop.stop(StopReason::Signal);
        assert_eq!(stop.reason(), Some(StopReason::Signal));
        stop.stop(StopReason::Restart);
        assert_eq!(stop.reason(), Some(StopReason::Signal));
        stop.stop(StopReason::Fatal);
        stop.stop(StopReason::Signal);
        assert_eq!(stop.reason(), Some(StopReason::Fatal));
        assert_eq!(stop.reason().map(StopReason::exit_code), Some(70));
    }

    #[test]
    fn only_a_restart_is_forgotten() {
        let stop = StopHandle::new();
        stop.stop(StopReason::Restart);
        assert!(stop.rearm());
        assert_eq!(stop.reason(), None);
        stop.stop(StopReason::Signal);
        assert!(!stop.rearm());
        assert_eq!(stop.reason(), Some(StopReason::Signal));
    }

    #[actix::test]
    async fn a_panic_in_an_actors_task_stops_the_daemon_with_70() {
        let stop = StopHandle::new();
        let guard = FatalOnPanic::new("probe", stop.clone());
        let task = actix_rt::spawn(async move {
            let _guard = guard;
            tokio::task::yield_now().await;
            panic!("as the test wants it");
        });
        assert_eq!(stop.stopped().await, StopReason::Fatal);
        assert!(task.await.is_err());
    }

    #[test]
    fn an_orderly_end_stops_nothing() {
        let stop = StopHandle::new();
        drop(FatalOnPanic::new("probe", stop.clone()));
        assert_eq!(stop.reason(), None);
    }
}
