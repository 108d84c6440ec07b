//! The spoke's side of sync.

pub mod credentials;
pub mod keyring;
mod token_file;
