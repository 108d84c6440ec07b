//! The keys of an issuer, kept for a while: fetched once however many ask, served on while the issuer is down.
//!
//! The lock is held for moments only. A fetch runs as a task of its own, so it ends well even if the request that
//! began it is dropped, and who has keys at hand never waits for another's fetch.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::key_set::KeySet;
use super::provider::discover;
use super::transport::Transport;
use crate::environment::Clock;

/// How long keys are used before they are fetched again.
const FRESH_MS: i64 = 10 * 60 * 1_000;

/// Least time between two fetches of the same reason: keys grown old, a key that is not known.
const PAUSE_MS: i64 = 60 * 1_000;

/// Least time between two fetches while there are no keys at all.
const FIRST_PAUSE_MS: i64 = 5 * 1_000;

/// How long a fetch may take.
const FETCH: Duration = Duration::from_secs(20);

/// How long a request waits for keys it cannot do without.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long the request that began the fetch waits, if old keys would do.
const COURTESY: Duration = Duration::from_secs(3);

/// The keys of one issuer. Cheap to clone.
#[derive(Clone)]
pub(super) struct KeyCache(Arc<Inner>);

struct Inner {
    issuer: String,
    transport: Transport,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    keys: Option<Arc<KeySet>>,
    fetched_ms: i64,
    /// When keys were last fetched because of their age.
    renewed_ms: Option<i64>,
    /// When keys were last fetched for one that is not known.
    sought_ms: Option<i64>,
    /// Why the last fetch failed, if it did.
    failure: Option<String>,
    /// The fetch under way; closed when it has ended.
    flight: Option<watch::Receiver<()>>,
}

/// Why keys are fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    Age,
    UnknownKey,
}

/// A fetch to wait for.
struct Flight {
    ended: watch::Receiver<()>,
    is_ours: bool,
}

impl Flight {
    /// Waits for its end, which is the closing of its channel, but not for ever.
    async fn wait(mut self, patience: Duration) {
        let _ = timeout(patience, self.ended.changed()).await;
    }
}

impl KeyCache {
    pub(super) fn new(issuer: String, transport: Transport, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner { issuer, transport, clock, state: Mutex::default() }))
    }

    /// The keys now; why there are none otherwise.
    pub(super) async fn keys(&self) -> Result<Arc<KeySet>, String> {
        let (cached, is_fresh) = self.cached();
        match cached {
            Some(keys) if is_fresh => Ok(keys),
            Some(old) => {
                if let Some(flight) = self.fetch(Reason::Age).filter(|flight| flight.is_ours) {
                    flight.wait(COURTESY).await;
                }
                Ok(self.cached().0.unwrap_or(old))
            }
            None => {
                if let Some(flight) = self.fetch(Reason::Age) {
                    flight.wait(PATIENCE).await;
                }
                self.cached().0.ok_or_else(|| self.failure())
            }
        }
    }

    /// Keys newer than those that lack one; `None` if the issuer has none newer or was asked a moment ago.
    ///
    /// The error says why the issuer could not be asked.
    pub(super) async fn newer(&self, than: &Arc<KeySet>) -> Result<Option<Arc<KeySet>>, String> {
        let newer = || self.cached().0.filter(|keys| !Arc::ptr_eq(keys, than));
        if let Some(keys) = newer() {
            return Ok(Some(keys));
        }
        if let Some(flight) = self.fetch(Reason::UnknownKey) {
            flight.wait(PATIENCE).await;
        }
        let failure = self.state().failure.clone();
        match (newer(), failure) {
            (Some(keys), _) => Ok(Some(keys)),
            (None, Some(failure)) => Err(failure),
            (None, None) => Ok(None),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_ms(&self) -> i64 {
        self.0.clock.now().as_millisecond()
    }

    fn cached(&self) -> (Option<Arc<KeySet>>, bool) {
        let now = self.now_ms();
        let state = self.state();
        (state.keys.clone(), is_within(FRESH_MS, state.fetched_ms, now))
    }

    fn failure(&self) -> String {
        self.state().failure.clone().unwrap_or_else(|| "it has not answered yet".to_owned())
    }

    /// Joins the fetch under way, or begins one if the last is long enough ago.
    fn fetch(&self, reason: Reason) -> Option<Flight> {
        let now = self.now_ms();
        let mut state = self.state();
        if let Some(ended) = state.flight.as_ref().filter(|ended| ended.has_changed().is_ok()) {
            return Some(Flight { ended: ended.clone(), is_ours: false });
        }
        let pause = if state.keys.is_some() { PAUSE_MS } else { FIRST_PAUSE_MS };
        let last = match reason {
            Reason::Age => &mut state.renewed_ms,
            Reason::UnknownKey => &mut state.sought_ms,
        };
        if last.is_some_and(|last| is_within(pause, last, now)) {
            return None;
        }
        *last = Some(now);
        let (landing, ended) = watch::channel(());
        state.flight = Some(ended.clone());
        drop(state);
        let cache = self.clone();
        tokio::spawn(async move {
            cache.fetch_now().await;
            drop(landing);
        });
        Some(Flight { ended, is_ours: true })
    }

    async fn fetch_now(&self) {
        let Inner { issuer, transport, .. } = &*self.0;
        let fetched = timeout(FETCH, read_keys(issuer, transport)).await;
        let now = self.now_ms();
        let mut state = self.state();
        match fetched.unwrap_or_else(|_| Err("it took too long".to_owned())) {
            Ok(keys) => {
                state.keys = Some(Arc::new(keys));
                state.fetched_ms = now;
                state.failure = None;
            }
            Err(failure) => {
                tracing::warn!(%issuer, failure, "the keys of the issuer cannot be fetched");
                state.failure = Some(failure);
            }
        }
    }
}

async fn read_keys(issuer: &str, transport: &Transport) -> Result<KeySet, String> {
    let provider = discover(transport, issuer).await.map_err(|error| error.to_string())?;
    let document = transport.document(provider.keys.as_str()).await;
    let document = document.map_err(|error| format!("the keys of `{issuer}` cannot be had: {error}"))?;
    KeySet::read(&document).map_err(|reason| format!("the issuer `{issuer}` cannot be used: {reason}"))
}

/// Whether an instant is less than a while ago; one that is yet to come, by a clock set back, is not.
fn is_within(while_ms: i64, then: i64, now: i64) -> bool {
    (0..while_ms).contains(&now.saturating_sub(then))
}
