//! Self-update, decided: which release is taken, what is done next, what a start finds and does about it.
//!
//! A round goes from [`Phase::Polling`] to [`Phase::Swapped`] in the running version; the new version confirms itself, or
//! the [`boot`](boot()) guard puts the old one back. What a crash leaves is described by the [`Ledger`] alone, and every
//! list of [`steps`](SwapStep) is safe to be cut off after any of them.

mod boot;
mod ledger;
mod release;
mod schedule;
#[cfg(test)]
mod simulation;
mod swap;

pub use boot::{Boot, MOST_STARTS, boot};
pub use ledger::{Attempt, Failure, Ledger, MOST_FAILURES, Phase, StoreBefore};
pub use release::{Choice, Offered, OfferedFile, Rules, choose};
pub use schedule::{DEFAULT_INTERVAL, MIN_INTERVAL, Poll, first_poll, next_poll};
pub use swap::{Program, ReturnStep, SwapStep, return_steps, swap_steps};
