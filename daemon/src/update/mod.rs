//! Self-update, done: finds a release, builds or fetches it, tries it, puts it in place, and puts the old one back.
//!
//! What is done next is decided in [`crate::domain::update`]; nothing here decides which release is taken or what a start
//! does about an update it finds.

pub mod asset;
pub mod build;
pub mod forge;
pub mod guard;
pub mod installation;
pub mod ledger_file;
pub mod program;
pub mod round;
pub mod staging;
pub mod swap;
mod transport;
pub mod trial;
pub mod verify;
