//! Files attached to pages, through the socket and on the disk.

use std::path::{Path, PathBuf};

use heph_client::{Client, ClientError, Options};
use heph_protocol::ErrorCode;
use heph_protocol::request::{
    AttachmentBegin, AttachmentCommit, AttachmentDelete, AttachmentList, AttachmentRead, AttachmentWrite,
    NodeShow, PageExport, PageLint, PageNew, PageOpen, PageUnresolved, StoreCheck, Undo,
};
use heph_protocol::response::Attached;
use hephd::config::Config;
use hephd::environment::Environment;
use hephd::system::{Daemon, check};

/// A daemon of this process with one page, and who attaches to it.
struct Desk {
    daemon: Daemon,
    client: Client,
    folder: tempfile::TempDir,
}

impl Desk {
    fn new(limit: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { attachment_limit: limit, ..Config::in_folder(folder.path()) };
        let environment = Environment::fixed("2026-11-23T09:00:00Z".parse().unwrap(), 1);
        let daemon = Daemon::start(config, environment).unwrap();
        let options = Options {
            socket: daemon.socket().to_owned(),
            client: "test".to_owned(),
            version: "0".to_owned(),
            zone: Some("UTC".to_owned()),
        };
        let mut client = Client::new(options);
        let page = PageNew { title: "Page".into(), text: "text".into(), ..PageNew::default() };
        client.call(&page).unwrap();
        Self { daemon, client, folder }
    }

    fn begin(&mut self, name: &str, bytes: u64) -> Result<String, ClientError> {
        let begin = AttachmentBegin { reference: "Page".into(), key: None, name: name.into(), bytes };
        self.client.call(&begin).map(|ready| ready.id)
    }

    fn write(&mut self, id: &str, offset: u64, bytes: &[u8]) -> Result<(), ClientError> {
        let write = AttachmentWrite { id: id.into(), offset, bytes: bytes.to_vec() };
        self.client.call(&write).map(drop)
    }

    fn commit(&mut self, id: &str) -> Result<Attached, ClientError> {
        self.client.call(&AttachmentCommit { id: id.into(), insert: true })
    }

    fn attach(&mut self, name: &str, bytes: &[u8]) -> Attached {
        let id = self.begin(name, bytes.len() as u64).unwrap();
        for (piece, bytes) in bytes.chunks(1 << 20).enumerate() {
            self.write(&id, (piece << 20) as u64, bytes).unwrap();
        }
        self.commit(&id).unwrap()
    }

    fn read(&mut self, name: &str) -> Result<Vec<u8>, ClientError> {
        let mut whole = Vec::new();
        loop {
            let offset = whole.len() as u64;
            let read = AttachmentRead { reference: "Page".into(), name: name.into(), offset };
            let part = self.client.call(&read)?;
            if part.bytes.is_empty() {
                assert_eq!(part.total, whole.len() as u64);
                return Ok(whole);
            }
            whole.extend(part.bytes);
        }
    }

    fn problems(&mut self) -> Vec<String> {
        self.client.call(&StoreCheck {}).unwrap().problems
    }

    fn blob(&self, hash: &str) -> PathBuf {
        self.folder.path().join("blobs").join(&hash[..2]).join(&hash[2..4]).join(hash)
    }
}

fn code<T: std::fmt::Debug>(result: Result<T, ClientError>) -> Option<ErrorCode> {
    result.unwrap_err().code()
}

#[test]
fn a_file_goes_in_and_out_in_pieces_and_can_be_undone() {
    let mut desk = Desk::new(50 << 20);
    let bytes: Vec<u8> = (0..(2_u32 << 20) + 5).map(|n| (n % 251) as u8).collect();
    let attached = desk.attach("a b.png", &bytes);
    assert_eq!((attached.link.as_str(), attached.attachment.bytes), ("![[a b.png]]", bytes.len() as u64));
    assert_eq!(attached.attachment.hash, blake3::hash(&bytes).to_hex().to_string());
    assert!(desk.blob(&attached.attachment.hash).is_file());
    assert!(desk.read("A B.png").unwrap() == bytes);
    let open = desk.client.call(&PageOpen { reference: "Page".into() }).unwrap().open;
    assert_eq!((open.text.as_str(), open.rev), ("text\n![[a b.png]]\n", attached.rev));
    let shown = desk.client.call(&NodeShow { reference: "Page".into() }).unwrap();
    let recorded = std::slice::from_ref(&attached.attachment);
    assert_eq!(shown.attachments, recorded);
    assert!(shown.links[0].attachment, "no page answers to it, and it is no fault");
    let lint = PageLint { reference: Some("Page".into()), ..PageLint::default() };
    assert_eq!(desk.client.call(&lint).unwrap().findings, []);
    assert_eq!(desk.client.call(&PageUnresolved::default()).unwrap().targets, []);
    let exported = desk.client.call(&PageExport { page: None }).unwrap().pages;
    assert_eq!(exported[0].attachments, recorded);
    assert_eq!(desk.problems(), Vec::<String>::new());

    let other = desk.attach("a b.png", b"other");
    assert_eq!(other.attachment.name, "a b 2.png");
    let delete = AttachmentDelete { reference: "Page".into(), name: "a b 2.png".into() };
    desk.client.call(&delete).unwrap();
    for _ in 0..3 {
        desk.client.call(&Undo { group: None }).unwrap();
    }
    let list = AttachmentList { reference: "Page".into() };
    assert_eq!(desk.client.call(&list).unwrap().attachments, []);
    assert_eq!(desk.client.call(&lint).unwrap().findings, [], "what is shown was undone as well");
}

#[test]
fn what_does_not_come_as_announced_is_refused() {
    let mut desk = Desk::new(10);
    let error = desk.begin("a.bin", 11).unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::Refused));
    assert!(
        error.to_string().contains("a.bin has 11 bytes; a file to attach can have 10 bytes at most"),
        "{error}"
    );
    for name in ["", "../x", "a/b", ".x", "a]]", "a\u{0}b"] {
        assert_eq!(code(desk.begin(name, 1)), Some(ErrorCode::Invalid), "{name}");
    }
    let id = desk.begin("a.bin", 4).unwrap();
    desk.write(&id, 0, b"ab").unwrap();
    assert_eq!(code(desk.write(&id, 1, b"b")), Some(ErrorCode::Internal), "a piece twice");
    assert_eq!(code(desk.write(&id, 2, b"cde")), Some(ErrorCode::Invalid), "more than announced");
    assert_eq!(code(desk.commit(&id)), Some(ErrorCode::Invalid), "less than announced");
    desk.write(&id, 2, b"cd").unwrap();
    desk.commit(&id).unwrap();
    assert_eq!(code(desk.commit(&id)), Some(ErrorCode::NotFound), "it is through");
    assert_eq!(code(desk.write("nothing", 0, b"")), Some(ErrorCode::NotFound));
    let empty = desk.begin("empty", 0).unwrap();
    assert_eq!(desk.commit(&empty).unwrap().attachment.bytes, 0);
    assert_eq!(desk.read("empty").unwrap(), b"");
    let backup = desk.client.call(&heph_protocol::request::StoreBackup {}).unwrap().id;
    assert_eq!(code(desk.commit(&backup)), Some(ErrorCode::NotFound), "a backup is no file to attach");
}

#[test]
fn a_check_names_files_that_are_missing_or_damaged() {
    let mut desk = Desk::new(1 << 20);
    let damaged = desk.attach("damaged.bin", b"one").attachment;
    let missing = desk.attach("missing.bin", b"two").attachment;
    std::fs::write(desk.blob(&damaged.hash), b"onE").unwrap();
    std::fs::remove_file(desk.blob(&missing.hash)).unwrap();
    let expected = [
        "the file damaged.bin of “Page” is damaged; attach it again",
        "the file missing.bin of “Page” is missing; attach it again",
    ];
    assert_eq!(desk.problems(), expected);
    let error = desk.read("missing.bin").unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::NotFound));
    assert!(error.to_string().starts_with("missing.bin is not on this machine"), "{error}");

    desk.attach("damaged.bin", b"one");
    desk.attach("missing.bin", b"two");
    assert_eq!(desk.problems(), Vec::<String>::new(), "attached again they are whole");
    std::fs::remove_file(desk.blob(&missing.hash)).unwrap();
    let Desk { daemon, folder, client } = desk;
    drop(client);
    daemon.stop().unwrap();
    let soundness = check(&folder.path().join("heph.db"), &Environment::system(), true).unwrap();
    assert!(soundness.to_string().contains("missing.bin of “Page” is missing"), "{soundness}");
}

/// What a kill leaves of a file on its way is gone after the next start; what was answered is there.
#[test]
fn a_daemon_that_is_started_again_has_all_that_was_answered_and_nothing_else() {
    let mut desk = Desk::new(1 << 20);
    desk.attach("kept.bin", b"kept");
    let half = desk.begin("half.bin", 4).unwrap();
    desk.write(&half, 0, b"ha").unwrap();
    let left: Vec<PathBuf> = of_transfers(desk.folder.path());
    assert_eq!(left.len(), 1);
    let Desk { daemon, folder, client } = desk;
    drop(client);
    let bytes = std::fs::read(&left[0]).unwrap();
    daemon.stop().unwrap();
    std::fs::write(&left[0], bytes).unwrap(); // as a kill would have left it
    let daemon = Daemon::start(Config::in_folder(folder.path()), Environment::system()).unwrap();
    assert_eq!(of_transfers(folder.path()), Vec::<PathBuf>::new());
    let options = Options {
        socket: daemon.socket().to_owned(),
        client: "test".to_owned(),
        version: "0".to_owned(),
        zone: None,
    };
    let mut desk = Desk { daemon, client: Client::new(options), folder };
    assert_eq!(desk.read("kept.bin").unwrap(), b"kept");
    assert_eq!(desk.problems(), Vec::<String>::new());
}

fn of_transfers(folder: &Path) -> Vec<PathBuf> {
    let entries = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.to_string_lossy().contains("attached-")).collect()
}
