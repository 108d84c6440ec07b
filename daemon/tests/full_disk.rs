//! A full disk: the write fails with a clear error, reads go on, and with room the same daemon writes again.

use std::collections::BTreeMap;
use std::io::Write as _;

use heph_protocol::request::{NodeShow, StoreBackup, StoreCheck, TaskAdd, TaskList, TaskModify, TaskNext};
use heph_protocol::{ErrorCode, Meta, WireError};

use crate::support::{Dice, Hephd, PROGRAM, Peer, SmallDisk, assert_sound_by, with_id};

/// Room for a store and some hundred writes.
const DISK: u64 = 4 << 20;

fn add(title: &str, body_bytes: usize) -> TaskAdd {
    let body = (body_bytes > 0).then(|| "x".repeat(body_bytes));
    TaskAdd { line: title.to_owned(), literal: true, body, ..TaskAdd::default() }
}

fn assert_full(error: &WireError) {
    assert_eq!(
        (error.code, error.message.as_str()),
        (ErrorCode::Busy, "the disk is full; nothing was written")
    );
    assert!(error.hint.is_some());
}

/// Writes until the disk is full, and gives the write that failed with its mutation id.
fn write_until_full(
    peer: &mut Peer,
    dice: &mut Dice,
    acknowledged: &mut BTreeMap<String, String>,
) -> (TaskAdd, String) {
    for _ in 0..10_000 {
        let (request, id) = (add(&format!("task {}", acknowledged.len()), 2_000), dice.mutation_id());
        match peer.change(&request, &id) {
            Ok(added) => drop(acknowledged.insert(request.line, added.task.id)),
            Err(error) => {
                assert_full(&error);
                return (request, id);
            }
        }
    }
    panic!("the disk of {DISK} bytes is never full");
}

/// All that was acknowledged is there, once, and nothing else.
fn assert_there(peer: &mut Peer, acknowledged: &BTreeMap<String, String>) {
    let mut list = TaskList { limit: Some(1_000), ..TaskList::default() };
    let mut found = Vec::new();
    loop {
        let page = peer.call(&list).unwrap();
        found.extend(page.tasks.into_iter().map(|task| (task.title, task.id)));
        let Some(next) = page.next_page else { break };
        list.page = Some(next);
    }
    found.sort();
    assert!(found.iter().map(|(title, id)| (title, id)).eq(acknowledged), "{} tasks", found.len());
}

#[test]
fn a_full_disk_fails_writes_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let mount_point = folder.path().join("disk");
    std::fs::create_dir(&mount_point).unwrap();
    let disk = match SmallDisk::mount(&mount_point, DISK) {
        Ok(disk) => disk,
        Err(reason) => {
            let skipped = "skipped: a_full_disk_fails_writes_and_nothing_else: no disk can be mounted here";
            writeln!(std::io::stderr(), "{skipped}: {reason}").unwrap();
            return;
        }
    };
    let db = mount_point.join("heph.db");
    let start = || Hephd::start_by(disk.command(PROGRAM), folder.path(), &db);
    let (mut dice, mut acknowledged) = (Dice::new(2), BTreeMap::new());
    let daemon = start();
    let mut peer = Peer::greeted(&daemon.socket());
    for n in 0..20 {
        let request = add(&format!("early {n}"), 0);
        let added = peer.change(&request, &dice.mutation_id()).unwrap();
        acknowledged.insert(request.line, added.task.id);
    }
    disk.fill(300 << 10);
    let (failed, failed_id) = write_until_full(&mut peer, &mut dice, &mut acknowledged);
    assert!(acknowledged.len() > 20, "there was some room");

    // Reads go on, on more connections than were open before.
    let ids: Vec<String> = acknowledged.values().cloned().collect();
    for id in &ids {
        let (asked, framed) = peer.frame(&NodeShow { reference: id.clone() }, &Meta::default());
        peer.send_bytes(&framed);
        assert_eq!(peer.reply().0, asked);
    }
    assert_eq!(peer.call(&TaskNext::default()).unwrap().available as usize, acknowledged.len());
    assert_there(&mut peer, &acknowledged);
    let error = peer.call(&StoreBackup {}).unwrap_err();
    assert_eq!(error.code, ErrorCode::Refused);
    assert!(error.message.starts_with("a backup needs "), "{error}");

    // A change that would change nothing beside a failed one is not acknowledged on its word.
    let target = ids[0].clone();
    let mut bytes = Vec::new();
    let mut pairs = Vec::new();
    for n in 0..16 {
        let changes = vec![format!("title:early0-{n}-{}", "y".repeat(4_000))];
        let modify = TaskModify { references: vec![target.clone()], changes, ..TaskModify::default() };
        let asked = [(); 2].map(|()| {
            let (asked, framed) = peer.frame(&modify, &with_id(&dice.mutation_id()));
            bytes.extend(framed);
            asked
        });
        pairs.push(asked);
    }
    let sender = peer.sender();
    std::thread::scope(|scope| {
        scope.spawn(|| (&sender).write_all(&bytes).unwrap());
        for _ in 0..2 * pairs.len() {
            let (_, result) = peer.reply();
            assert_full(&result.map(drop).unwrap_err());
        }
    });
    assert_there(&mut peer, &acknowledged);

    // With room, the same daemon goes on; what failed was not written, and is written once.
    disk.free();
    let added = peer.change(&failed, &failed_id).unwrap();
    assert_eq!(peer.change(&failed, &failed_id).unwrap().task.id, added.task.id);
    acknowledged.insert(failed.line, added.task.id);
    assert_there(&mut peer, &acknowledged);
    assert_eq!(peer.call(&StoreCheck {}).unwrap().problems, Vec::<String>::new());

    // A kill on a full disk loses nothing either, and the next daemon reads at least.
    disk.fill(100 << 10);
    write_until_full(&mut peer, &mut dice, &mut acknowledged);
    daemon.kill();
    let daemon = start();
    let mut peer = Peer::greeted(&daemon.socket());
    assert_there(&mut peer, &acknowledged);
    write_until_full(&mut peer, &mut dice, &mut acknowledged);
    disk.free();
    let last = peer.change(&add("last", 5_000), &dice.mutation_id()).unwrap();
    acknowledged.insert("last".to_owned(), last.task.id);
    assert_there(&mut peer, &acknowledged);
    daemon.stop();
    assert_sound_by(disk.command(PROGRAM), folder.path(), &db);
}
