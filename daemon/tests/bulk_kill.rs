//! `kill -9` in the middle of a change of 10,000 tasks: all of them are changed, or none.

use std::time::{Duration, Instant};

use heph_protocol::request::{BulkAction, ImportBatch, TaskBulk, TaskList, TaskModify, Undo};

use crate::support::{Dice, Hephd, Peer, assert_sound, with_id};

const TASKS: usize = 10_000;

/// Tasks to change, in batches as an import brings them.
fn fill(peer: &mut Peer, dice: &mut Dice) {
    for batch in 0..TASKS / 1_000 {
        let item = |n: usize| {
            format!(
                r#"{{"uuid":"00000000-0000-4000-8000-{:012}","description":"Task {n}","status":"pending","entry":"20261101T080000Z"}}"#,
                batch * 1_000 + n
            )
        };
        let items = (0..1_000).map(item).collect();
        let batch = ImportBatch { source: "taskwarrior".into(), items, dry_run: false };
        let reply = peer.change(&batch, &dice.mutation_id()).unwrap();
        assert_eq!(reply.created, 1_000);
    }
}

/// How many tasks match.
fn count(peer: &mut Peer, filter: &str) -> usize {
    let mut list = TaskList { filter: filter.to_owned(), limit: Some(1_000), ..TaskList::default() };
    let mut count = 0;
    loop {
        let found = peer.call(&list).unwrap();
        count += found.tasks.len();
        list.page = found.next_page;
        if list.page.is_none() {
            return count;
        }
    }
}

#[test]
fn a_change_of_ten_thousand_is_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let mut daemon = Hephd::start(folder.path());
    let mut peer = Peer::greeted(&daemon.socket());
    let mut dice = Dice::new(3);
    fill(&mut peer, &mut dice);
    // How long it takes when nobody kills it; and undo takes it back at once.
    let begun = Instant::now();
    let change =
        TaskModify { filter: Some("is:todo".into()), changes: vec!["p1".into()], ..TaskModify::default() };
    assert_eq!(peer.change(&change, &dice.mutation_id()).unwrap().count, TASKS as u64);
    let takes = begun.elapsed();
    assert_eq!(count(&mut peer, "p1"), TASKS);
    peer.change(&Undo::default(), &dice.mutation_id()).unwrap();
    assert_eq!(count(&mut peer, "p1"), 0);
    let mut was_changed = 0;
    for round in 0..6 {
        let socket = daemon.socket();
        let (change, id) = (change.clone(), dice.mutation_id());
        let asking = std::thread::spawn(move || {
            // The daemon may be gone before the hello, or the reply is lost with it, or not.
            if let Ok(mut peer) = Peer::try_greeted(&socket) {
                let _ = peer.try_call(&change, &with_id(&id));
            }
        });
        // Another moment within the change each time.
        let moment = takes.mul_f64(dice.below(1_200) as f64 / 1_000.0);
        let until = Instant::now() + moment + Duration::from_millis(5);
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        daemon.kill();
        asking.join().unwrap();
        daemon = Hephd::start(folder.path());
        peer = Peer::greeted(&daemon.socket());
        match count(&mut peer, "p1") {
            0 => {}
            TASKS => {
                was_changed += 1;
                peer.change(&Undo::default(), &dice.mutation_id()).unwrap();
            }
            some => panic!("{some} of {TASKS} are changed in round {round}"),
        }
    }
    // The same for what other verbs do.
    let done = TaskBulk { filter: "is:todo".into(), action: BulkAction::Done, ..TaskBulk::default() };
    assert_eq!(peer.change(&done, &dice.mutation_id()).unwrap().count, TASKS as u64);
    assert_eq!(count(&mut peer, "is:done"), TASKS);
    peer.change(&Undo::default(), &dice.mutation_id()).unwrap();
    assert_eq!(count(&mut peer, "is:todo"), TASKS);
    assert!(was_changed < 6, "no kill came within a change");
    daemon.stop();
    assert_sound(folder.path());
}
