//! A clock that jumps, and a store that is put back: nothing is lost, nothing changes its order.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use heph_client::{Client, ClientError, Options};
use heph_protocol::request::{
    JournalCapture, JournalOpen, NodeHistory, NodeShow, StoreBackup, StoreBackupRead, StoreCheck,
    StoreRestoreBegin, StoreRestoreCommit, StoreRestoreWrite, TaskAdd, TaskList, TaskModify, Undo,
};
use hephd::config::Config;
use hephd::environment::{Environment, FixedClock};
use hephd::system::Daemon;

use crate::support::{Dice, Peer, eventually};

/// A year back, before 1970, far ahead, and back again.
const TIMES: [&str; 8] = [
    "2026-11-23T09:00:00Z",
    "2025-11-23T09:00:00Z",
    "2025-11-23T09:00:00Z",
    "2026-11-24T09:00:00Z",
    "1969-06-01T00:00:00Z",
    "2099-01-01T00:00:00Z",
    "2026-11-24T09:00:01Z",
    "2026-11-25T09:00:00Z",
];

#[test]
fn a_clock_that_jumps_loses_and_reorders_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(FixedClock::new(TIMES[0].parse().unwrap()));
    let start = || {
        let environment = Environment { clock: clock.clone(), ..Environment::system() };
        Daemon::start(Config::in_folder(folder.path()), environment).unwrap()
    };
    let mut daemon = start();
    let mut peer = Peer::greeted(daemon.socket());
    let mut dice = Dice::new(4);
    let add = TaskAdd { line: "Title 0".to_owned(), ..TaskAdd::default() };
    let task = peer.change(&add, &dice.mutation_id()).unwrap().task.id;
    let title = |peer: &mut Peer| {
        let shown = peer.call(&NodeShow { reference: task.clone() }).unwrap();
        shown.task.unwrap().title
    };
    let capture = |line: &str| JournalCapture { line: line.to_owned(), date: "2026-01-01".to_owned() };
    for (n, time) in TIMES.iter().enumerate().skip(1) {
        clock.set(time.parse().unwrap());
        // Every other time the clock has jumped while no daemon ran.
        if n % 2 == 0 {
            daemon.stop().unwrap();
            daemon = start();
            peer = Peer::greeted(daemon.socket());
        }
        let changes = vec![format!("title:\"Title {n}\"")];
        let modify = TaskModify { references: vec![task.clone()], changes, ..TaskModify::default() };
        peer.change(&modify, &dice.mutation_id()).unwrap();
        assert_eq!(title(&mut peer), format!("Title {n}"), "the newest write counts at {time}");
        peer.change(&capture(&format!("line {n}")), &dice.mutation_id()).unwrap();
        assert_eq!(peer.call(&StoreCheck {}).unwrap().problems, Vec::<String>::new());
    }
    let journal = peer.call(&JournalOpen { date: "2026-01-01".to_owned() }).unwrap().open.text;
    let lines: String = (1..TIMES.len()).map(|n| format!("- line {n}\n")).collect();
    assert_eq!(journal, format!("# 2026-01-01\n{lines}"));
    let history = peer.call(&NodeHistory { reference: task.clone(), ..NodeHistory::default() }).unwrap();
    let revisions: Vec<u64> = history.entries.iter().map(|entry| entry.rev.parse().unwrap()).collect();
    assert!(revisions.is_sorted_by(|newer, older| newer > older), "{revisions:?}");
    // Undo goes back the way that was come, capture and title in turn.
    for n in (1..TIMES.len()).rev() {
        for _ in 0..2 {
            let undone = peer.change(&Undo::default(), &dice.mutation_id()).unwrap();
            assert_eq!(undone.skipped, []);
        }
        assert_eq!(title(&mut peer), format!("Title {}", n - 1));
    }
    daemon.stop().unwrap();
    let daemon = start();
    let mut peer = Peer::greeted(daemon.socket());
    assert_eq!(title(&mut peer), "Title 0");
    assert_eq!(peer.call(&StoreCheck {}).unwrap().problems, Vec::<String>::new());
}

fn client(socket: &Path) -> Client {
    let socket = socket.to_owned();
    Client::new(Options { socket, client: "restore".to_owned(), version: "1".to_owned(), zone: None })
}

fn titles(client: &mut Client) -> Vec<String> {
    let mut list = TaskList { limit: Some(1_000), ..TaskList::default() };
    let mut titles = Vec::new();
    loop {
        let found = client.call(&list).unwrap();
        titles.extend(found.tasks.into_iter().map(|task| task.title));
        let Some(page) = found.next_page else { break };
        list.page = Some(page);
    }
    titles.sort();
    titles
}

fn add(client: &mut Client, line: &str) -> Result<(), ClientError> {
    client.call(&TaskAdd { line: line.to_owned(), literal: true, ..TaskAdd::default() }).map(drop)
}

/// A copy of the store as it is while others write.
fn backup(client: &mut Client) -> Vec<u8> {
    let ready = client.call(&StoreBackup {}).unwrap();
    let mut copy = Vec::new();
    loop {
        let asked = StoreBackupRead { id: ready.id.clone(), offset: copy.len() as u64 };
        let part = client.call(&asked).unwrap().bytes;
        if part.is_empty() {
            assert_eq!(copy.len() as u64, ready.bytes);
            return copy;
        }
        copy.extend(part);
    }
}

/// Gives the place where the store from before is kept.
fn restore(client: &mut Client, copy: &[u8]) -> String {
    const PIECE: usize = 1 << 20;
    let place = client.call(&StoreRestoreBegin { bytes: copy.len() as u64 }).unwrap().id;
    for (n, bytes) in copy.chunks(PIECE).enumerate() {
        let (id, offset) = (place.clone(), (n * PIECE) as u64);
        client.call(&StoreRestoreWrite { id, offset, bytes: bytes.to_vec() }).unwrap();
    }
    client.call(&StoreRestoreCommit { id: place }).unwrap().kept_as
}

#[test]
fn a_restore_under_a_writer_keeps_what_was_and_the_writer_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(Config::in_folder(folder.path()), Environment::system()).unwrap();
    let socket = daemon.socket().to_owned();
    let mut owner = client(&socket);
    for n in 0..50 {
        add(&mut owner, &format!("before {n}")).unwrap();
    }
    let (is_backed_up, is_over) = (AtomicBool::new(false), AtomicBool::new(false));
    let (copy, was, kept_as, (early, late)) = std::thread::scope(|scope| {
        // What the writer was told is written: before the backup was there, and in all.
        let writer = scope.spawn(|| {
            let mut writer = client(&socket);
            let (mut early, mut late) = (Vec::new(), Vec::new());
            for n in 0.. {
                let title = format!("meanwhile {n}");
                match add(&mut writer, &title) {
                    Ok(()) if is_backed_up.load(Ordering::SeqCst) => late.push(title),
                    Ok(()) => early.push(title),
                    Err(ClientError::OutcomeUnknown | ClientError::Closed) => {}
                    Err(ClientError::NotRunning { .. } | ClientError::StaleSocket { .. }) => {}
                    Err(ClientError::Daemon(error)) if error.is_retryable() => {}
                    Err(error) => panic!("{title}: {error}"),
                }
                if is_over.load(Ordering::SeqCst) {
                    break;
                }
            }
            (early, late)
        });
        eventually("the writer has begun", || titles(&mut owner).len() > 60);
        let copy = backup(&mut owner);
        is_backed_up.store(true, Ordering::SeqCst);
        let written = titles(&mut owner).len();
        eventually("the writer has gone on", || titles(&mut owner).len() > written + 10);
        let was = owner.hello().unwrap().clone();
        let kept_as = restore(&mut owner, &copy);
        eventually("the daemon is back on the restored store", || {
            client(&socket).hello().is_ok_and(|hello| hello.device != was.device)
        });
        is_over.store(true, Ordering::SeqCst);
        (copy, was, kept_as, writer.join().unwrap())
    });
    assert!(!copy.is_empty() && !early.is_empty() && !late.is_empty());
    // A healed client: the same store under a new device.
    let restored = titles(&mut owner);
    let hello = owner.hello().unwrap();
    assert_eq!(hello.store_id, was.store_id);
    assert_ne!(hello.device, was.device);
    assert_eq!(restored.iter().filter(|title| title.starts_with("before ")).count(), 50);
    assert!(owner.call(&StoreCheck {}).unwrap().problems.is_empty());
    add(&mut owner, "after").unwrap();
    assert!(titles(&mut owner).contains(&"after".to_owned()));

    // All that was acknowledged is in the store of now or in the one that is kept.
    let mut config = Config::in_folder(folder.path());
    (config.db, config.socket) = (kept_as.into(), folder.path().join("kept.sock"));
    let kept = Daemon::start(config, Environment::system()).unwrap();
    let mut kept_client = client(kept.socket());
    let kept_titles = titles(&mut kept_client);
    assert!(kept_client.call(&StoreCheck {}).unwrap().problems.is_empty());
    for title in early.iter().chain(&late) {
        let times =
            [&kept_titles, &restored].map(|titles| titles.iter().filter(|other| *other == title).count());
        assert!(times.iter().all(|times| *times <= 1) && times != [0, 0], "{title}: {times:?}");
    }
}
