//! When the search index is brought up to date: behind the writes, when they rest, or when somebody searches.

use std::collections::VecDeque;
use std::time::Duration;

use heph_protocol::WireError;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

use super::writer::Job;
use crate::rpc::store_error;
use crate::store::StoreError;

/// How long nothing has to be written before what was written is indexed.
const REST: Duration = Duration::from_millis(500);

/// What is to be done about the index.
pub(super) struct Indexing {
    /// When the next step is due; none while the index has all of the log.
    at: Option<Instant>,
    /// Those who wait for the index.
    asked: Vec<oneshot::Sender<Result<(), WireError>>>,
}

impl Indexing {
    /// What the last run of the daemon left is indexed first.
    pub(super) fn begin() -> Self {
        Self { at: Some(Instant::now() + REST), asked: Vec::new() }
    }

    /// Takes those who ask for the index out of what waits, and leaves the rest.
    pub(super) fn take_asked(&mut self, jobs: impl Iterator<Item = Job>) -> VecDeque<Job> {
        let mut others = VecDeque::new();
        for job in jobs {
            match job {
                Job::Index(reply) => self.asked.push(reply),
                other => others.push_back(other),
            }
        }
        others
    }

    /// Whether somebody waits for the index.
    pub(super) fn is_asked(&self) -> bool {
        !self.asked.is_empty()
    }

    /// Something was written: it is indexed once the writing rests.
    pub(super) fn put_off(&mut self) {
        self.at = Some(Instant::now() + REST);
    }

    /// Waits until a step is due; for ever when none is, so that an idle daemon sleeps.
    pub(super) async fn due(&self) {
        match self.at {
            Some(_) if self.is_asked() => {}
            Some(at) => sleep_until(at).await,
            None => std::future::pending().await,
        }
    }

    /// Notes what a step came to: whether there is more to do.
    pub(super) fn done(&mut self, step: Result<bool, StoreError>) {
        let answer = match step {
            Ok(true) => {
                self.at = Some(Instant::now());
                return;
            }
            Ok(false) => Ok(()),
            Err(error) => {
                tracing::warn!(%error, "the search index cannot be brought up to date");
                Err(store_error(&error))
            }
        };
        self.at = None;
        for waiting in self.asked.drain(..) {
            let _ = waiting.send(answer.clone());
        }
    }
}
