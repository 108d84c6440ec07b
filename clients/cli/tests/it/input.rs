//! `heph import taskwarrior`: batches, reports, broken files.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use heph_protocol::response::Imported;
use heph_protocol::types::{ImportProblem, KeptField};
use heph_protocol::{ErrorCode, Request};

use crate::fake::{Fake, refuse, reply};

fn importing() -> Fake {
    Fake::new(|request| match request {
        Request::ImportBatch(batch) => reply(&Imported {
            created: batch.items.len() as u64,
            kept: vec![KeptField { name: "estimate".into(), count: 2 }],
            problems: batch
                .items
                .iter()
                .filter(|item| item.contains("odd"))
                .map(|_| ImportProblem {
                    item: "u1".into(),
                    message: "has no title; called `untitled`".into(),
                })
                .collect(),
            ..Imported::default()
        }),
        other => refuse(ErrorCode::Internal, other.name()),
    })
}

fn batches(fake: &Fake) -> Vec<usize> {
    let length = |request: &Request| match request {
        Request::ImportBatch(batch) => batch.items.len(),
        other => panic!("{other:?}"),
    };
    fake.heard().iter().map(length).collect()
}

#[test]
fn a_file_is_streamed_in_batches_and_the_reports_are_summed() {
    let fake = importing();
    let items: Vec<String> =
        (0..2_500).map(|number| format!("{{\"description\":\"Task {number}\"}}")).collect();
    fake.home.file("export.json", &format!("[\n{}\n]\n", items.join(",\n")));
    insta::assert_snapshot!(fake.run(&["import", "taskwarrior", "export.json"]), @r"
    imported 2500 items: 2500 created, 0 updated, 0 unchanged
    kept as they are: estimate (6)
    --- exit 0
    ");
    assert_eq!(batches(&fake), [1_000, 1_000, 500]);
    match &fake.heard()[2] {
        Request::ImportBatch(batch) => assert_eq!(batch.items.last(), items.last()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_batch_the_daemon_had_no_time_for_comes_again_with_all_behind_it() {
    let busy = AtomicBool::new(true);
    let fake = Fake::new(move |request| match request {
        Request::ImportBatch(batch) if batch.items[0].contains("1000") && busy.swap(false, Relaxed) => {
            refuse(ErrorCode::Busy, "too many changes wait to be written")
        }
        Request::ImportBatch(batch) => {
            reply(&Imported { created: batch.items.len() as u64, ..Imported::default() })
        }
        other => refuse(ErrorCode::Internal, other.name()),
    });
    fake.home
        .file("export.json", &(0..5_000).map(|number| format!("{{\"a\":{number}}}\n")).collect::<String>());
    insta::assert_snapshot!(fake.run(&["import", "taskwarrior", "export.json"]), @r"
    imported 5000 items: 5000 created, 0 updated, 0 unchanged
    --- exit 0
    ");
    let begins = |request: &Request| match request {
        Request::ImportBatch(batch) => batch.items[0].clone(),
        other => panic!("{other:?}"),
    };
    let expected = [0, 1000, 2000, 3000, 4000, 1000, 2000, 3000, 4000].map(|at| format!("{{\"a\":{at}}}"));
    assert_eq!(fake.heard().iter().map(begins).collect::<Vec<_>>(), expected);
}

#[test]
fn a_batch_is_no_larger_than_a_mebibyte() {
    let fake = importing();
    let large = format!("{{\"description\":\"{}\"}}\n", "x".repeat(600 << 10));
    assert_eq!(fake.home.run_with_input(&["import", "taskwarrior", "-"], &large.repeat(3)).code, 0);
    assert_eq!(batches(&fake), [1, 1, 1]);
}

#[test]
fn a_dry_run_and_problems_are_told() {
    let fake = importing();
    let ran =
        fake.home.run_with_input(&["import", "taskwarrior", "-", "--dry-run"], "{\"odd\":1}\n{\"a\":2}\n");
    insta::assert_snapshot!(ran, @r"
    would import 2 items: 2 created, 0 updated, 0 unchanged
    kept as they are: estimate (2)
    --- stderr
    warning: u1: has no title; called `untitled`
    --- exit 0
    ");
    assert!(
        matches!(fake.last(), Request::ImportBatch(batch) if batch.dry_run && batch.source == "taskwarrior")
    );
    let document = fake.home.run_with_input(&["import", "taskwarrior", "-", "--json"], "{}").json();
    assert_eq!((&document["import"]["created"], &document["items"]), (&1.into(), &1.into()));
}

#[test]
fn what_was_left_out_is_counted_and_a_lost_daemon_is_no_fault_of_the_file() {
    let fake = Fake::new(|request| match request {
        Request::ImportBatch(batch) if batch.items.len() == 1_000 => {
            reply(&Imported { created: 999, ..Imported::default() })
        }
        _ => refuse(ErrorCode::Internal, "the store failed"),
    });
    fake.home.file("export.json", &"{\"a\":1}\n".repeat(1_000));
    insta::assert_snapshot!(fake.run(&["import", "taskwarrior", "export.json"]), @r"
    imported 1000 items: 999 created, 0 updated, 0 unchanged, 1 left out
    --- exit 0
    ");
    fake.home.file("longer.json", &"{\"a\":1}\n".repeat(1_001));
    insta::assert_snapshot!(fake.run(&["import", "taskwarrior", "longer.json"]), @r"
    --- stderr
    error: the store failed
    hint: 1000 items taken in for certain; run it again: what is there already is left alone
    --- exit 70
    ");
}

#[test]
fn a_broken_file_says_what_was_taken_in_before() {
    let fake = importing();
    let items = "{\"a\":1},".repeat(1_200);
    fake.home.file("cut.json", &format!("[{items}"));
    insta::assert_snapshot!(fake.run(&["import", "taskwarrior", "cut.json"]), @r"
    --- stderr
    error: the file is not JSON: EOF while parsing a value at line 1 column 9601
    hint: 1000 items taken in; correct the file and run it again; `task export` writes what is expected
    --- exit 2
    ");
    fake.home.file("none.json", "uuid,description\n");
    insta::assert_snapshot!(fake.run(&["import", "taskwarrior", "none.json"]), @r"
    --- stderr
    error: the file is not JSON: expected value at line 1 column 1
    hint: `task export` writes what is expected
    --- exit 2
    ");
    insta::assert_snapshot!(fake.run(&["import", "taskwarrior", "missing.json"]), @r"
    --- stderr
    error: cannot open missing.json: no such file or directory
    --- exit 1
    ");
}
