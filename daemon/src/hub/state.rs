//! What all requests to one hub share.

use std::fmt;
use std::sync::Arc;

use heph_protocol::hub::{
    Hello, Limits, MAX_OP_BYTES, MAX_PAGE_OPS, MAX_PUSH_BYTES, MAX_PUSH_OPS, MAX_WAIT_S, PROTO, SNAPSHOTS,
};
use tokio_util::sync::CancellationToken;

use super::auth::VerifyToken;
use super::memory::Memory;
use super::presence::{Pace, Presences};
use crate::config::HubConfig;
use crate::environment::Environment;
use crate::store::hub::HubStore;

/// What a hub is made of.
pub struct HubSetup {
    /// Its store.
    pub store: HubStore,
    /// Its settings.
    pub config: HubConfig,
    /// Tells who somebody is.
    pub verifier: Arc<dyn VerifyToken>,
    /// The clock.
    pub environment: Environment,
    /// How often a device may ask.
    pub pace: Pace,
}

/// What all requests share.
pub struct Hub {
    pub(super) store: HubStore,
    pub(super) config: HubConfig,
    pub(super) verifier: Arc<dyn VerifyToken>,
    pub(super) environment: Environment,
    pub(super) presences: Presences,
    pub(super) memory: Memory,
    pub(super) closing: CancellationToken,
}

impl Hub {
    /// Makes a hub.
    pub fn new(setup: HubSetup) -> Self {
        Self {
            store: setup.store,
            config: setup.config,
            verifier: setup.verifier,
            environment: setup.environment,
            presences: Presences::new(setup.pace),
            memory: Memory::new(),
            closing: CancellationToken::new(),
        }
    }

    /// Ends event streams and long polls.
    pub fn close(&self) {
        self.closing.cancel();
    }

    /// Whether it was told to end.
    pub fn is_closing(&self) -> bool {
        self.closing.is_cancelled()
    }

    /// Whether it serves this machine alone.
    pub(super) fn is_loopback(&self) -> bool {
        self.config.issuer.is_none()
    }

    /// Its clock, in Unix milliseconds.
    pub(super) fn now_ms(&self) -> i64 {
        self.environment.clock.now().as_millisecond()
    }

    pub(super) fn hello(&self) -> Hello {
        let is_loopback = self.is_loopback();
        Hello {
            proto: [PROTO, PROTO],
            server_version: env!("CARGO_PKG_VERSION").to_owned(),
            server_ms: self.now_ms(),
            issuer: self.config.issuer.clone(),
            audience: (!is_loopback).then(|| self.config.audience.clone()),
            client_id: (!is_loopback).then(|| self.config.client_id.clone()),
            resource: self.config.resource().map(str::to_owned),
            limits: Limits {
                push_ops: MAX_PUSH_OPS as u32,
                push_bytes: MAX_PUSH_BYTES as u32,
                op_bytes: MAX_OP_BYTES as u32,
                page_ops: MAX_PAGE_OPS,
                wait_s: MAX_WAIT_S,
            },
            features: vec![SNAPSHOTS.to_owned()],
        }
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("config", &self.config).finish_non_exhaustive()
    }
}
