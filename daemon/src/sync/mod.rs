//! The spoke's side of sync: how a hub is asked, and how a person is logged in there.

pub mod credentials;
pub mod events;
mod files;
pub mod hub;
mod hub_token;
pub mod keyring;
pub mod login;
pub mod own;
mod token_file;
pub mod way;
mod wire;
