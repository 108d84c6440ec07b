//! Changes that share a commit: each is answered as if it were alone, and only with what is on disk.

use heph_protocol::envelope::from_map;
use heph_protocol::request::{JournalCapture, JournalOpen, PageSave};
use heph_protocol::response;
use heph_protocol::types::OpenPage;
use hephd::config::Config;
use hephd::environment::Environment;
use hephd::system::Daemon;

use crate::support::{Dice, Peer, with_id};

fn started(folder: &tempfile::TempDir) -> Daemon {
    Daemon::start(Config::in_folder(folder.path()), Environment::system()).unwrap()
}

/// A save is answered with the revision it made, not with that of a capture behind it in the same commit: who took
/// that for the base of the next save would write over the captured line.
#[test]
fn a_save_is_answered_with_its_own_revision() {
    let folder = tempfile::tempdir().unwrap();
    let daemon = started(&folder);
    let mut peer = Peer::greeted(daemon.socket());
    let mut dice = Dice::new(1);
    let days: Vec<String> = (1..=28).map(|day| format!("2031-02-{day:02}")).collect();
    let opened: Vec<_> =
        days.iter().map(|day| peer.call(&JournalOpen { date: day.clone() }).unwrap().open).collect();
    let save = |open: &OpenPage, base_rev: &str, text: &str| PageSave {
        id: open.page.id.clone(),
        key: open.key.clone(),
        base_rev: base_rev.to_owned(),
        text: text.to_owned(),
        ..PageSave::default()
    };
    let mut bytes = Vec::new();
    let mut saves = Vec::new();
    for (open, day) in opened.iter().zip(&days).take(16) {
        let id = dice.mutation_id();
        let (asked, framed) = peer.frame(&save(open, &open.rev, "edited\n"), &with_id(&id));
        saves.push((asked, id));
        bytes.extend(framed);
        let capture = JournalCapture { line: "captured".to_owned(), date: day.clone() };
        bytes.extend(peer.frame(&capture, &with_id(&dice.mutation_id())).1);
    }
    peer.send_bytes(&bytes);
    let answers: std::collections::HashMap<u32, Vec<u8>> =
        (0..2 * saves.len()).map(|_| peer.reply()).map(|(id, result)| (id, result.unwrap())).collect();
    for ((asked, id), open) in saves.iter().zip(&opened) {
        let saved: response::PageSaved = from_map(&answers[asked]).unwrap();
        let again = peer.change(&save(open, &open.rev, "edited\n"), id).unwrap();
        assert_eq!(again.rev, saved.rev, "a repeat is answered as the first time");
        let id = dice.mutation_id();
        let merged = peer.change(&save(open, &saved.rev, "edited again\n"), &id).unwrap();
        assert_eq!(merged.text.as_deref(), Some("edited again\n- captured\n"));
        let repeated = peer.change(&save(open, &saved.rev, "edited again\n"), &id).unwrap();
        assert_eq!(repeated.text, merged.text, "a repeat has the merged text too");
        let now = peer.call(&JournalOpen { date: open.page.title.clone() }).unwrap().open;
        assert_eq!(now.text, "edited again\n- captured\n");
        peer.change(&save(open, &now.rev, "read and edited\n"), &dice.mutation_id()).unwrap();
    }
}
