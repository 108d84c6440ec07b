//! The socket and its locks: who may connect, and who may serve.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;

use heph_protocol::ErrorCode;
use heph_protocol::envelope::CONNECTION_ID;
use heph_protocol::request::DaemonStatus;
use hephd::actors::listener::lock::LockError;
use hephd::actors::session::MAX_SESSIONS;
use hephd::config::Config;
use hephd::environment::Environment;
use hephd::system::{Daemon, StartError};

use crate::support::{Peer, Probe, Served, eventually};

#[test]
fn the_257th_connection_is_turned_away() {
    let served = Served::start();
    let mut peers: Vec<_> = (0..MAX_SESSIONS).map(|_| Peer::greeted(served.daemon.socket())).collect();
    let mut late = Peer::connect(served.daemon.socket());
    let (id, result) = late.reply();
    let error = result.unwrap_err();
    assert_eq!((id, error.code), (CONNECTION_ID, ErrorCode::Busy));
    assert!(error.is_retryable());
    assert_eq!(late.read(), None);
    peers.truncate(MAX_SESSIONS - 1);
    eventually("a place is free", || {
        peers[0].call(&DaemonStatus {}).unwrap().sessions == MAX_SESSIONS as u32 - 1
    });
    Peer::greeted(served.daemon.socket());
}

#[test]
fn a_second_daemon_on_the_store_is_told_who_has_it() {
    let served = Served::start();
    let mut config = Config::in_folder(served.folder.path());
    config.socket = served.folder.path().join("other.sock");
    let probe = Probe::new();
    let error = Daemon::start_with(config, Environment::system(), probe.opener()).unwrap_err();
    let db = served.folder.path().join("heph.db");
    assert_eq!(
        error.to_string(),
        format!("another hephd (process {}) has {} open; stop it first", std::process::id(), db.display())
    );
    assert_eq!(error.exit_code(), 75);
    assert_eq!(probe.opened.load(std::sync::atomic::Ordering::SeqCst), 0);
    Peer::greeted(served.daemon.socket());
}

#[test]
fn a_second_daemon_on_the_socket_is_refused_before_it_opens_its_store() {
    let served = Served::start();
    let mut config = Config::in_folder(served.folder.path());
    config.db = served.folder.path().join("other.db");
    let probe = Probe::new();
    let error = Daemon::start_with(config, Environment::system(), probe.opener()).unwrap_err();
    assert!(
        matches!(&error, StartError::Lock(LockError::Held { guarded, .. }) if guarded.ends_with("hephd.sock"))
    );
    assert_eq!(probe.opened.load(std::sync::atomic::Ordering::SeqCst), 0);
    Peer::greeted(served.daemon.socket());
}

#[test]
fn a_stale_socket_is_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::in_folder(folder.path());
    drop(UnixListener::bind(&config.socket).unwrap());
    std::fs::write(folder.path().join("hephd.sock.lock"), "4194304\n").unwrap();
    let daemon = Daemon::start_with(config, Environment::system(), Probe::new().opener()).unwrap();
    Peer::greeted(daemon.socket());
}

#[test]
fn a_start_that_fails_closes_the_store_again() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::in_folder(folder.path());
    std::fs::write(&config.socket, "mine").unwrap();
    let probe = Probe::new();
    let error = Daemon::start_with(config, Environment::system(), probe.opener()).unwrap_err();
    assert!(
        error.to_string().ends_with("is not a socket; move it away or choose another path with --socket")
    );
    assert_eq!(error.exit_code(), 78);
    assert_eq!(probe.answered_at_close.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[test]
fn what_the_daemon_makes_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::in_folder(&folder.path().join("share/heph"));
    let daemon = Daemon::start_with(config, Environment::system(), Probe::new().opener()).unwrap();
    let mode = |name: &str| folder.path().join(name).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("share"), mode("share/heph")), (0o700, 0o700));
    assert_eq!(mode("share/heph/hephd.sock"), 0o600);
    assert_eq!((mode("share/heph/heph.db.lock"), mode("share/heph/hephd.sock.lock")), (0o600, 0o600));
    drop(daemon);
}
