//! `hephd`: the daemon that owns a person's store and serves it on a unix socket.
//!
//! [`domain`] holds the rules and does no IO.

pub mod actors;
pub mod config;
pub mod desktop;
pub mod domain;
pub mod environment;
pub mod http;
pub mod hub;
pub mod logging;
pub mod oidc;
pub mod rpc;
pub mod store;
pub mod sync;
pub mod system;
pub mod update;
