//! How the daemon stops and starts again.

use std::os::unix::net::UnixStream;
use std::sync::atomic::Ordering;

use heph_protocol::envelope::from_map;
use heph_protocol::event::{ShuttingDown, Topic};
use heph_protocol::request::{Subscribe, TaskWhy};
use heph_protocol::{ErrorCode, response};
use hephd::actors::lifecycle::StopReason;
use hephd::config::Config;
use hephd::environment::Environment;
use hephd::system::{Daemon, StartError};

use crate::support::{Peer, Served, eventually};

fn why(reference: &str) -> TaskWhy {
    TaskWhy { reference: reference.to_owned(), ..TaskWhy::default() }
}

#[test]
fn it_stops_in_order_and_answers_what_is_in_flight() {
    let served = Served::start();
    let socket = served.daemon.socket().to_owned();
    let mut idle = Peer::greeted(&socket);
    let mut peer = Peer::greeted(&socket);
    peer.call(&Subscribe { topics: vec![Topic::Changed] }).unwrap();
    served.probe.hold(true);
    peer.send(&why("in flight"));
    eventually("the request is worked on", || served.probe.begun() == 1);
    served.daemon.stop_handle().stop(StopReason::Signal);
    let farewell: ShuttingDown = peer.event("shutting_down");
    assert!(!farewell.restarting);
    // The listener went first: nobody new gets in while the others finish.
    assert!(UnixStream::connect(&socket).is_err());
    assert!(!socket.exists());
    assert_eq!(idle.read(), None);
    served.probe.hold(false);
    let (_, result) = peer.reply();
    let reply: response::TaskWhy = from_map(&result.unwrap()).unwrap();
    assert_eq!(reply.task.title, "in flight");
    assert_eq!(peer.read(), None);
    assert_eq!(served.daemon.stop().unwrap(), StopReason::Signal);
    assert_eq!(served.probe.answered_at_close.load(Ordering::SeqCst), 1);
}

#[test]
fn a_restart_comes_back_on_the_same_socket() {
    let served = Served::start();
    let mut peer = Peer::greeted(served.daemon.socket());
    peer.call(&Subscribe { topics: vec![Topic::Changed] }).unwrap();
    served.daemon.stop_handle().stop(StopReason::Restart);
    let farewell: ShuttingDown = peer.event("shutting_down");
    assert!(farewell.restarting);
    assert_eq!(peer.read(), None);
    eventually("the daemon is back", || UnixStream::connect(served.daemon.socket()).is_ok());
    assert_eq!(Peer::greeted(served.daemon.socket()).call(&why("x")).unwrap().task.title, "x");
    assert_eq!(served.probe.opened.load(Ordering::SeqCst), 2);
    assert_eq!(served.daemon.stop().unwrap(), StopReason::Signal);
}

#[test]
fn a_panic_in_the_store_stops_the_daemon() {
    let served = Served::start();
    let mut peer = Peer::greeted(served.daemon.socket());
    let error = peer.call(&why("panic")).unwrap_err();
    assert_eq!(error.code, ErrorCode::Internal);
    assert_eq!(peer.read(), None);
    assert_eq!(served.daemon.stop().unwrap(), StopReason::Fatal);
}

#[test]
fn a_store_that_cannot_be_opened_is_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::in_folder(folder.path());
    let socket = config.socket.clone();
    let newer = async |_| Err(StartError::store("its format is newer than this hephd", 78));
    let error = Daemon::start_with(config, Environment::system(), newer).unwrap_err();
    assert_eq!(error.to_string(), "its format is newer than this hephd");
    assert_eq!(error.exit_code(), 78);
    assert!(!socket.exists());
}
