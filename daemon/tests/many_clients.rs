//! 64 clients at once, and among them some that misbehave: the others get right answers, and commits are shared.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use heph_protocol::request::{
    DaemonStatus, JournalCapture, JournalOpen, MutationOutcome, NodeShow, PageNew, PageOpen, StoreCheck,
    TaskAdd, TaskList, TaskNext,
};
use heph_protocol::{ErrorCode, Meta};

use crate::support::{Dice, Hephd, Peer, assert_sound, eventually_within, with_id};

const CLIENTS: usize = 64;
const ROUNDS: usize = 8;

/// What the daemon may ever hold, in bytes: a reply of 16 MiB per client that does not read, and room for itself.
const MOST_MEMORY: u64 = 256 << 20;

fn add(line: String) -> TaskAdd {
    TaskAdd { line, literal: true, ..TaskAdd::default() }
}

/// Every open task's title with how often it is there.
fn titles(peer: &mut Peer) -> BTreeMap<String, usize> {
    let mut list = TaskList { limit: Some(1_000), ..TaskList::default() };
    let mut titles = BTreeMap::new();
    loop {
        let found = peer.call(&list).unwrap();
        for task in found.tasks {
            *titles.entry(task.title).or_default() += 1;
        }
        let Some(page) = found.next_page else { return titles };
        list.page = Some(page);
    }
}

/// How many commits the write-ahead log holds: a commit's last frame says how large the database then is
/// (sqlite.org/fileformat2.html, "The Write-Ahead Log").
fn commits(wal: &Path) -> usize {
    const HEADER: usize = 32;
    const FRAME_HEADER: usize = 24;
    let bytes = std::fs::read(wal).unwrap();
    let page = u32::from_be_bytes(bytes[8..12].try_into().unwrap()) as usize;
    let salt = &bytes[16..24];
    bytes[HEADER..]
        .chunks_exact(FRAME_HEADER + page)
        .take_while(|frame| &frame[8..16] == salt)
        .filter(|frame| frame[4..8] != [0; 4])
        .count()
}

/// Writes and reads; every answer has to be right.
fn behave(socket: &Path, number: usize) {
    let mut peer = Peer::greeted(socket);
    let mut dice = Dice::new(100 + number as u64);
    for round in 0..ROUNDS {
        let title = format!("c{number}r{round}");
        let added = peer.change(&add(title.clone()), &dice.mutation_id()).unwrap();
        assert_eq!(added.task.title, title);
        let shown = peer.call(&NodeShow { reference: added.task.id.clone() }).unwrap();
        assert_eq!(shown.task.unwrap().title, title, "what was acknowledged is read");
        let date = "2026-01-01".to_owned();
        peer.change(&JournalCapture { line: title.clone(), date: date.clone() }, &dice.mutation_id())
            .unwrap();
        let journal = peer.call(&JournalOpen { date }).unwrap().open.text;
        assert!(journal.lines().any(|line| line == format!("- {title}")));
        assert!(peer.call(&TaskNext { limit: Some(1_000), ..TaskNext::default() }).unwrap().available > 0);
        // A change that was given up before it came is not made.
        let burnt = dice.mutation_id();
        assert!(!peer.call(&MutationOutcome { id: burnt.clone() }).unwrap().applied);
        let error = peer.change(&add(format!("burnt {title}")), &burnt).unwrap_err();
        assert_eq!(error.code, ErrorCode::Refused);
    }
}

/// Sends what is no frame, and frames of what is no message, until the others are done.
fn send_garbage(socket: &Path, is_over: &AtomicBool) {
    let mut dice = Dice::new(7);
    while !is_over.load(Ordering::SeqCst) {
        let mut bytes: Vec<u8> = (0..1 + dice.below(300)).map(|_| dice.below(256) as u8).collect();
        if dice.below(2) == 0 {
            bytes = heph_protocol::frame::encode(&bytes).unwrap();
        }
        let peer = if dice.below(2) == 0 { Peer::connect(socket) } else { Peer::greeted(socket) };
        // The daemon may have hung up in the middle of it.
        let _ = (&peer.sender()).write_all(&bytes);
        peer.finish();
    }
}

#[test]
fn clients_that_misbehave_harm_no_other_and_commits_are_shared() {
    let folder = tempfile::tempdir().unwrap();
    let daemon = Hephd::start(folder.path());
    let socket = daemon.socket();
    let mut owner = Peer::greeted(&socket);
    let text = "long lines of a long page\n".repeat(40_000);
    let page = owner
        .change(
            &PageNew { title: "Long".to_owned(), text, ..PageNew::default() },
            &Dice::new(8).mutation_id(),
        )
        .unwrap();

    // One asks for 32 MiB and never reads them; one sends half a frame and no more.
    let mut deaf = Peer::greeted(&socket);
    let open = PageOpen { reference: page.page.id };
    let asked: Vec<u8> = (0..32).flat_map(|_| deaf.frame(&open, &Meta::default()).1).collect();
    deaf.send_bytes(&asked);
    let mut halting = Peer::greeted(&socket);
    let (_, whole) = halting.frame(&add("half".to_owned()), &with_id(&Dice::new(9).mutation_id()));
    whole[..whole.len() / 2].iter().for_each(|byte| halting.send_bytes(&[*byte]));

    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| send_garbage(&socket, &is_over));
        let socket = &socket;
        let others: Vec<_> = (0..CLIENTS).map(|number| scope.spawn(move || behave(socket, number))).collect();
        let finished: Vec<_> = others.into_iter().map(|client| client.join()).collect();
        is_over.store(true, Ordering::SeqCst);
        finished.into_iter().for_each(|client| client.unwrap());
    });

    let titles_there = titles(&mut owner);
    assert_eq!(titles_there.len(), CLIENTS * ROUNDS);
    assert!(titles_there.values().all(|times| *times == 1));
    let writes = 1 + 2 * CLIENTS * ROUNDS;
    let status = owner.call(&DaemonStatus {}).unwrap();
    assert_eq!(status.revision, writes.to_string(), "every change has its own revision");
    let burns = CLIENTS * ROUNDS;
    let commits = commits(&folder.path().join("heph.db-wal"));
    // Each burnt id is a commit of its own.
    assert!(commits > 0 && commits < burns + writes / 2, "{commits} commits of {writes} changes");
    if let Some(peak) = daemon.peak_memory() {
        assert!(peak < MOST_MEMORY, "the daemon held {} MiB", peak >> 20);
    }
    assert_eq!(owner.call(&StoreCheck {}).unwrap().problems, Vec::<String>::new());
    drop((deaf, halting));
    daemon.stop();
    assert_sound(folder.path());
}

#[test]
fn a_stop_in_the_middle_answers_or_drops() {
    let folder = tempfile::tempdir().unwrap();
    let daemon = Hephd::start(folder.path());
    let socket = daemon.socket();
    let (all_there, written) = (Barrier::new(17), AtomicUsize::new(0));
    // Titles with whether they were acknowledged; a client ends with the first that was not.
    let sent: Vec<(String, bool)> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..16)
            .map(|number| {
                let (socket, all_there, written) = (&socket, &all_there, &written);
                scope.spawn(move || {
                    let mut peer = Peer::greeted(socket);
                    let mut dice = Dice::new(200 + number);
                    let mut sent = Vec::new();
                    all_there.wait();
                    for n in 0.. {
                        let title = format!("s{number}n{n}");
                        let answer = peer.try_call(&add(title.clone()), &with_id(&dice.mutation_id()));
                        let is_acknowledged = match answer {
                            Ok(Ok(_)) => true,
                            Ok(Err(error)) => {
                                assert!(error.is_retryable(), "{error}");
                                false
                            }
                            Err(_) => false,
                        };
                        sent.push((title, is_acknowledged));
                        written.fetch_add(1, Ordering::SeqCst);
                        if !is_acknowledged {
                            break;
                        }
                    }
                    sent
                })
            })
            .collect();
        all_there.wait();
        let enough = || written.load(Ordering::SeqCst) > 200;
        eventually_within(Duration::from_secs(60), "the clients write", enough);
        daemon.stop();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    assert_sound(folder.path());
    let daemon = Hephd::start(folder.path());
    let there = titles(&mut Peer::greeted(&daemon.socket()));
    for (title, is_acknowledged) in &sent {
        let times = there.get(title).copied().unwrap_or_default();
        assert!(if *is_acknowledged { times == 1 } else { times <= 1 }, "{title} is there {times} times");
    }
    daemon.stop();
}
