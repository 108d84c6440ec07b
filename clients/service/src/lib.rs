//! hephd as a service of the user's own service manager: systemd on Linux, launchd on macOS.
//!
//! Pure are what a service runs ([`flags`]), how its file says so (`systemd/unit.rs`, `launchd/plist.rs`) and what the
//! manager's answers mean (`systemd/state.rs`, `launchd/print.rs`). [`Manager`] runs the manager's own programs through a
//! [`Runner`]; [`Service`] joins both to what a person asks for. A client never starts a daemon by itself: only what is
//! here does, and only when it is asked to.

mod error;
pub mod flags;
mod hephd;
mod launchd;
mod logs;
mod manager;
mod place;
mod planning;
mod probe;
mod runner;
mod service;
mod status;
mod systemd;
mod waiting;

pub use error::ServiceError;
pub use hephd::{Hephd, Settings};
pub use launchd::Launchd;
pub use logs::{Follow, last_lines};
pub use manager::{Activity, Command, Installed, Manager, Plan, Rendered, State};
pub use place::Place;
pub use probe::{Probe, probe};
pub use runner::{Answer, Runner, SystemRunner};
pub use service::{Report, Service, Step, Uninstalled, Wish};
pub use status::{FileState, Problem, Status};
pub use systemd::Systemd;
