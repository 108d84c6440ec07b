//! `heph store`: copies to files and back.

use std::os::unix::fs::PermissionsExt as _;

use heph_protocol::response::{BackupPart, BackupReady, Done, RestoreReady, Restored};
use heph_protocol::{ErrorCode, Request};

use crate::fake::{Fake, refuse, reply};

/// A daemon whose copy has so many bytes, given in pieces of 100, and that says it has `told`.
fn with_store(bytes: usize, told: u64) -> Fake {
    let copy: Vec<u8> = (0..bytes).map(|at| (at % 251) as u8).collect();
    Fake::new(move |request| match request {
        Request::StoreBackup(_) => reply(&BackupReady { id: "b".into(), bytes: told }),
        Request::StoreBackupRead(read) => {
            let from = (read.offset as usize).min(copy.len());
            let to = (from + 100).min(copy.len());
            reply(&BackupPart { bytes: copy[from..to].to_vec() })
        }
        Request::StoreRestoreBegin(_) => reply(&RestoreReady { id: "r".into() }),
        Request::StoreRestoreWrite(_) => reply(&Done {}),
        Request::StoreRestoreCommit(_) => reply(&Restored { kept_as: "/data/heph.db.before".into() }),
        other => refuse(ErrorCode::Internal, other.name()),
    })
}

#[test]
fn a_backup_is_a_private_file_with_every_byte() {
    let fake = with_store(1_234, 1_234);
    insta::assert_snapshot!(fake.run(&["store", "backup", "copy.db"]), @r"
    wrote copy.db (1.2 KiB)
    --- exit 0
    ");
    let path = fake.home.path().join("copy.db");
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(bytes, (0..1_234).map(|at| (at % 251) as u8).collect::<Vec<_>>());
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    insta::assert_snapshot!(fake.run(&["store", "backup", "copy.db"]), @r"
    --- stderr
    error: replace copy.db: nobody can be asked here
    hint: add --yes to do it without asking
    --- exit 5
    ");
    assert_eq!(fake.run(&["store", "backup", "copy.db", "--yes"]).code, 0);
}

#[test]
fn a_copy_that_is_cut_short_is_not_kept() {
    let fake = with_store(150, 200);
    insta::assert_snapshot!(fake.run(&["store", "backup", "copy.db"]), @r"
    --- stderr
    error: the copy has 150 bytes instead of 200
    hint: nothing was written; try again
    --- exit 70
    ");
    let left: Vec<_> =
        std::fs::read_dir(fake.home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, [".local"]);
}

#[test]
fn a_restore_sends_every_byte_in_order_and_asks_first() {
    let fake = with_store(0, 0);
    let bytes = vec![b'x'; (1 << 20) + 5];
    fake.home.file("copy.db", std::str::from_utf8(&bytes).unwrap());
    assert_eq!(fake.run(&["store", "restore", "copy.db"]).code, 5);
    assert!(fake.heard().is_empty());
    insta::assert_snapshot!(fake.run(&["store", "restore", "copy.db", "--yes"]), @r"
    restored copy.db
    the store from before is kept as /data/heph.db.before
    --- exit 0
    ");
    let mut next = 0;
    for request in fake.heard() {
        match request {
            Request::StoreRestoreBegin(begin) => assert_eq!(begin.bytes, bytes.len() as u64),
            Request::StoreRestoreWrite(write) => {
                assert_eq!(write.offset, next);
                next += write.bytes.len() as u64;
            }
            Request::StoreRestoreCommit(_) => assert_eq!(next, bytes.len() as u64),
            Request::Subscribe(_) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(fake.run(&["store", "restore", "missing.db", "--yes"]).code, 1);
}
