//! Searching over the socket: what was just written is found, also by a daemon that was killed while it indexed.

use std::path::Path;

use heph_client::{Client, Options};
use heph_protocol::ErrorCode;
use heph_protocol::request::{ImportBatch, NodeDelete, PageNew, Search, StoreCheck, TaskAdd};

use crate::support::Hephd;

fn client(daemon: &Hephd) -> Client {
    Client::new(Options { socket: daemon.socket(), client: "test".into(), version: "0".into(), zone: None })
}

fn found(client: &mut Client, query: &str) -> Vec<String> {
    let search = Search { query: query.to_owned(), limit: Some(200), page: None };
    client.call(&search).unwrap().hits.into_iter().map(|hit| hit.node.title).collect()
}

fn import(client: &mut Client, pages: std::ops::Range<usize>) {
    let item =
        |at| serde_json::json!({"path": format!("Page {at}.md"), "text": format!("common word{at}\n")});
    let items = pages.map(|at| item(at).to_string()).collect();
    let batch = ImportBatch { source: "obsidian".to_owned(), items, dry_run: false };
    client.call(&batch).unwrap();
}

fn start(folder: &Path) -> (Hephd, Client) {
    let daemon = Hephd::start(folder);
    let client = client(&daemon);
    (daemon, client)
}

#[test]
fn what_was_just_written_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let (_daemon, mut client) = start(folder.path());
    for turn in 0..20 {
        let (title, text) = (format!("Turn {turn}"), format!("needle{turn} in the hay"));
        client.call(&PageNew { title: title.clone(), text, ..PageNew::default() }).unwrap();
        assert_eq!(found(&mut client, &format!("needle{turn}")), [title]);
    }
    let line = "Buy hay +farm".to_owned();
    let task = client.call(&TaskAdd { line, ..TaskAdd::default() }).unwrap().task.id;
    assert_eq!(found(&mut client, "task: hay tag:farm"), ["Buy hay"]);
    client.call(&NodeDelete { references: vec![task] }).unwrap();
    assert_eq!(found(&mut client, "task: hay"), [""; 0]);

    let page = |client: &mut Client, query: &str, page: Option<String>| {
        let search = Search { query: query.to_owned(), limit: Some(7), page };
        client.call(&search)
    };
    let first = page(&mut client, "hay", None).unwrap();
    let second = page(&mut client, "hay", first.next_page.clone()).unwrap();
    let third = page(&mut client, "hay", second.next_page.clone()).unwrap();
    let mut titles: Vec<_> =
        [&first, &second, &third].iter().flat_map(|part| &part.hits).map(|hit| &hit.node.title).collect();
    titles.sort_unstable();
    titles.dedup();
    assert_eq!((titles.len(), &third.next_page), (20, &None));
    let error = page(&mut client, "other", first.next_page).unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::Invalid));
    let error = page(&mut client, "(hay", None).unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::Invalid));
}

#[test]
fn a_daemon_killed_while_it_indexes_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (mut daemon, mut client) = start(folder.path());
    for round in 0..4 {
        import(&mut client, round * 250..(round + 1) * 250);
        // Some of it is indexed, most is not, when it dies.
        assert_eq!(found(&mut client, &format!("word{}", round * 250)).len(), 1);
        import(&mut client, round * 250 + 1_000..round * 250 + 1_200);
        daemon.kill();
        (daemon, client) = start(folder.path());
    }
    assert_eq!(found(&mut client, "word1799"), ["Page 1799"]);
    assert_eq!(found(&mut client, "word0"), ["Page 0"]);
    assert_eq!(found(&mut client, "common").len(), 200);
    assert_eq!(client.call(&StoreCheck {}).unwrap().problems, [""; 0]);
    daemon.stop();
}
