//! The hub's HTTP server: routes, who may ask, and how much.
//!
//! Handlers take a request apart, ask [`crate::store::hub`], and answer. What enters a log is decided in
//! `domain::sync::hub`; nothing here reads the body of an operation, and neither tokens nor bodies are logged.

pub mod auth;
mod blob;
mod body;
mod caller;
mod memory;
mod metrics;
mod presence;
mod range;
mod refusal;
mod reply;
mod routes;
mod server;
mod state;
pub mod tls;
mod unread;
pub(crate) mod wire;

pub use presence::Pace;
pub use server::{serve, serve_metrics};
pub use state::{Hub, HubSetup};
