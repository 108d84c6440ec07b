//! The spoke's side of sync.

pub mod credentials;
