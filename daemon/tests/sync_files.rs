//! Files through a hub: attached on one machine, fetched on the other when somebody reads them.

use std::path::PathBuf;

use heph_client::ClientError;
use heph_protocol::ErrorCode;
use heph_protocol::request::{
    AttachmentBegin, AttachmentCommit, AttachmentList, AttachmentRead, AttachmentWrite, PageNew, SyncStatus,
    TaskAdd,
};

use crate::support::eventually;
use crate::support::hub::TestHub;
use crate::sync::{Machine, again, hub, token};

/// Longer than one piece of the protocol.
fn picture() -> Vec<u8> {
    (0..(1_u32 << 20) + 77).map(|n| (n % 253) as u8).collect()
}

impl Machine {
    fn page(&mut self) {
        let page = PageNew { title: "Page".into(), text: "text\n".into(), ..PageNew::default() };
        self.client.call(&page).unwrap();
    }

    fn attach(&mut self, name: &str, bytes: &[u8]) -> String {
        let begin = AttachmentBegin {
            reference: "Page".into(),
            key: None,
            name: name.into(),
            bytes: bytes.len() as u64,
        };
        let id = self.client.call(&begin).unwrap().id;
        for (piece, bytes) in bytes.chunks(1 << 20).enumerate() {
            let offset = (piece << 20) as u64;
            self.client.call(&AttachmentWrite { id: id.clone(), offset, bytes: bytes.to_vec() }).unwrap();
        }
        self.client.call(&AttachmentCommit { id, insert: true }).unwrap().attachment.hash
    }

    fn read_file(&mut self, name: &str) -> Result<Vec<u8>, ClientError> {
        let mut whole = Vec::new();
        loop {
            let offset = whole.len() as u64;
            let part =
                self.client.call(&AttachmentRead { reference: "Page".into(), name: name.into(), offset })?;
            if part.bytes.is_empty() {
                return Ok(whole);
            }
            whole.extend(part.bytes);
        }
    }

    /// Waits until it has the record of a file.
    fn knows(&mut self, name: &str) {
        eventually("the record arrives", || {
            let list = self.client.call(&AttachmentList { reference: "Page".into() });
            list.is_ok_and(|list| list.attachments.iter().any(|file| file.name == name))
        });
    }

    /// Waits until the hub has all files of this machine.
    fn sends_files(&mut self) {
        eventually("the files are at the hub", || self.files() == (0, 0, None));
    }

    /// How many files wait to be sent, and to be fetched, and why.
    fn files(&mut self) -> (u64, u64, Option<String>) {
        let status = self.client.call(&SyncStatus {}).unwrap();
        (status.files_unsent, status.files_wanted, status.files_problem)
    }

    fn blob(&self, hash: &str) -> PathBuf {
        self.folder.path().join("blobs").join(&hash[..2]).join(&hash[2..4]).join(hash)
    }
}

fn at_hub(folder: &tempfile::TempDir, hash: &str) -> PathBuf {
    folder.path().join("hub-blobs/1").join(&hash[..2]).join(&hash[2..4]).join(hash)
}

#[test]
fn a_file_is_fetched_when_it_is_read_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let hub = hub(folder.path());
    let token = token(folder.path(), &hub);
    let (mut one, mut two) = (Machine::new(&hub, &token), Machine::new(&hub, &token));
    one.page();
    let hash = one.attach("a.png", &picture());
    eventually("the file is at the hub", || at_hub(&folder, &hash).is_file());
    one.sends_files();
    two.knows("a.png");
    assert!(!two.blob(&hash).exists(), "nobody has asked for it");
    assert!(two.read_file("a.png").unwrap() == picture());
    assert!(two.blob(&hash).is_file());
    // It is not sent back, nor sent twice.
    assert_eq!(two.files(), (0, 0, None));
    one.attach("the same.png", &picture());
    two.knows("the same.png");
    assert!(two.read_file("the same.png").unwrap() == picture());
}

#[test]
fn a_file_asked_for_while_the_hub_is_away_comes_when_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let running = hub(folder.path());
    let (token, address) = (token(folder.path(), &running), running.address);
    let (mut one, mut two) = (Machine::new(&running, &token), Machine::new(&running, &token));
    one.page();
    let first = one.attach("first.png", &picture());
    one.sends_files();
    eventually("the file is at the hub", || at_hub(&folder, &first).is_file());
    two.knows("first.png");
    running.stop();
    two.sync();
    let error = two.read_file("first.png").unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::NotFound));
    assert!(error.to_string().contains("not on this machine yet; it will be fetched"), "{error}");
    // What is attached meanwhile waits, and a restart forgets neither.
    let second = one.attach("second.png", b"second");
    one.restart();
    two.restart();
    let _again = again(folder.path(), address);
    one.sync();
    two.sync();
    eventually("what was asked for comes by itself", || two.blob(&first).is_file());
    eventually("what was attached meanwhile is sent", || at_hub(&folder, &second).is_file());
    two.knows("second.png");
    assert_eq!(two.read_file("second.png").unwrap(), b"second");
}

#[test]
fn a_full_account_is_told_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start_with(folder.path(), |options| {
        options.config.issuer = None;
        options.verifier = None;
        options.quota = 100_000;
    });
    let token = token(folder.path(), &hub);
    let (mut one, mut two) = (Machine::new(&hub, &token), Machine::new(&hub, &token));
    one.page();
    let hash = one.attach("large.png", &picture());
    eventually("it is told", || one.files().2.is_some_and(|problem| problem.contains("no room")));
    assert_eq!(one.files().0, 1);
    one.client.call(&TaskAdd { line: "Call".into(), ..TaskAdd::default() }).unwrap();
    two.knows("large.png");
    let list = heph_protocol::request::TaskList::default();
    eventually("the rest goes on", || two.client.call(&list).unwrap().tasks.len() == 1);
    let small = one.attach("small.png", b"small");
    eventually("what fits is sent", || at_hub(&folder, &small).is_file());
    assert!(!at_hub(&folder, &hash).exists());
    let error = two.read_file("large.png").unwrap_err();
    assert!(error.to_string().contains("it will be fetched"), "{error}");
    assert!(one.read_file("large.png").unwrap() == picture(), "it stays where it is");
}

/// A kill leaves half a file on either side; what is there is gone on with, and what is wrong is fetched anew.
#[test]
fn what_a_kill_left_half_way_is_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let hub = hub(folder.path());
    let token = token(folder.path(), &hub);
    let (mut one, mut two) = (Machine::new(&hub, &token), Machine::new(&hub, &token));
    one.page();
    let (right, wrong) = (picture(), picture().into_iter().rev().collect::<Vec<u8>>());
    let hashes = [one.attach("right.png", &right), one.attach("wrong.png", &wrong)];
    one.sends_files();
    eventually("they are at the hub", || hashes.iter().all(|hash| at_hub(&folder, hash).is_file()));
    two.knows("wrong.png");
    let fetching = two.folder.path().join("blobs/fetching");
    std::fs::create_dir_all(&fetching).unwrap();
    std::fs::write(fetching.join(&hashes[0]), &right[..500_000]).unwrap();
    std::fs::write(fetching.join(&hashes[1]), &right[..500_000]).unwrap();
    assert!(two.read_file("right.png").unwrap() == right);
    assert!(two.read_file("wrong.png").is_err(), "what came does not fit what was there");
    assert!(!fetching.join(&hashes[1]).exists());
    assert!(two.read_file("wrong.png").unwrap() == wrong, "asked again, it is fetched anew");
}
