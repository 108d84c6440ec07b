//! How a change is recorded: operations on entities, last-writer registers, text splices, the hybrid clock.
//!
//! The log of operations is the truth; a node is the fold of its operations ([`super::node::Node::apply`]).

mod clock;
mod operation;
mod registers;
mod splice;

pub use clock::{Clock, MAX_AHEAD_MS, Stamp, Tick};
pub use operation::{Body, Kind, MalformedOperation, Operation, TextHash, is_derived, text_hash};
pub use registers::{Register, Registers};
pub use splice::{BadSplice, Splice, apply_splices, diff_splices};

/// The longest text of a page or task body, in bytes.
pub const MAX_TEXT: usize = 4 << 20;

/// The longest encoded operation body, in bytes.
pub const MAX_BODY: usize = 5 << 20;

/// Every so many revisions of a text one is kept whole.
pub const KEYFRAME_EVERY: u64 = 64;
