//! Actors: transport only. A handler takes a message apart, asks what to do, and applies the answer.
//!
//! Awaited messages form a DAG: sessions ask sync and the store, sync asks the store, the store asks nobody. News travels the other way through
//! `watch` channels that hold only the newest value.

pub mod hub;
pub mod lifecycle;
pub mod listener;
pub mod metrics;
pub mod scheduler;
pub mod session;
pub mod store;
pub mod store_handle;
pub mod sync;
pub mod updater;
