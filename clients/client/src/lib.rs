//! The way from any surface to `hephd`: connect, call, heal, subscribe.
//!
//! Blocking and free of an async runtime, so that a command line tool starts in about a millisecond. A [`Client`]
//! connects at its first call and keeps to the protocol's rules when the socket drops: what may be sent again is
//! sent again, what became of a mutation is asked for, and nothing is ever applied twice. What to do after a failure
//! is decided in `recovery`, without IO; `connection` moves bytes; `client` joins the two.
//!
//! A client never opens the store, and never starts a daemon: it says how to start one.

mod address;
pub mod backoff;
mod client;
mod connection;
mod error;
mod mutation_id;
mod news;
mod options;
mod pace;
mod recovery;

pub use address::{default_socket, socket_from};
pub use client::{Client, Posted};
pub use error::ClientError;
pub use mutation_id::mutation_id;
pub use options::{Options, Patience};
