//! The service under a real systemd, each test in a namespace, a home folder and with a user manager of its own.
//!
//! `cargo xtask test --only service` runs these: they need a built `heph` and `hephd` (`HEPH_PROGRAMS`) and root, and
//! systemd has to be installed; those in [`pasted`] need an OpenID Provider too (`HEPH_GLEWLWYD_ISSUER`). Elsewhere they
//! are left out by name, and never counted as passed.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod arguments;
mod home;
mod install;
mod life;
mod pasted;
mod plists;
mod shell;
mod trouble;
mod units;
mod update;
