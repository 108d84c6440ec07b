//! The wire between heph's clients and `hephd`, and nothing else.
//!
//! One frame ([`frame`]) holds one MessagePack value in an MessagePack-RPC shaped envelope ([`envelope`]):
//! a request, a reply or an event. The typed requests stand in [`request`], their replies in [`response`],
//! what both speak of in [`types`]. What a spoke and its hub say to each other stands in [`hub`]. Nothing here does IO, knows a task's rules, or depends on another crate of ours.
//!
//! Compatibility: fields may be added (readers ignore unknown ones, absent ones have defaults); anything else raises
//! [`version::PROTOCOL`].

mod choice;
pub mod envelope;
pub mod error;
pub mod event;
pub mod frame;
pub mod hub;
mod method;
mod outline;
pub mod request;
pub mod response;
pub mod types;
pub mod version;

pub use envelope::{Message, Meta};
pub use error::{ErrorCode, WireError};
pub use event::Event;
pub use outline::MAX_VALUES;
pub use request::{Kind, Method, Request};
