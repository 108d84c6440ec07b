//! Lists, histories and references of a real store over its socket.

use heph_client::{Client, Options};
use heph_protocol::ErrorCode;
use heph_protocol::request::{
    Complete, Completion, NodeDelete, NodeShow, PageNew, TaskAdd, TaskList, TaskModify, TaskTransition,
    Transition,
};
use hephd::config::Config;
use hephd::environment::Environment;
use hephd::system::Daemon;

/// A daemon of this process, and who talks to it.
struct Talk {
    daemon: Daemon,
    client: Client,
    folder: tempfile::TempDir,
}

impl Talk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (daemon, client) = started(&folder);
        Self { daemon, client, folder }
    }

    fn again(self) -> Self {
        let Self { daemon, folder, .. } = self;
        daemon.stop().unwrap();
        let (daemon, client) = started(&folder);
        Self { daemon, client, folder }
    }

    fn add(&mut self, line: &str, body: &str) -> String {
        let add = TaskAdd {
            line: line.to_owned(),
            body: Some(body.to_owned()).filter(|body| !body.is_empty()),
            ..TaskAdd::default()
        };
        self.client.call(&add).unwrap().task.id
    }

    fn close(&mut self, id: &str) {
        let done = TaskTransition {
            references: vec![id.to_owned()],
            to: Transition::Done,
            ..TaskTransition::default()
        };
        self.client.call(&done).unwrap();
    }

    /// The titles of every page of a list, and how long each page was.
    fn listed(&mut self, filter: &str, sort: Option<&str>) -> (Vec<String>, Vec<usize>) {
        let mut list = TaskList {
            filter: filter.to_owned(),
            sort: sort.map(str::to_owned),
            limit: Some(3),
            ..TaskList::default()
        };
        let (mut titles, mut pages) = (Vec::new(), Vec::new());
        loop {
            let reply = self.client.call(&list).unwrap();
            pages.push(reply.tasks.len());
            titles.extend(reply.tasks.into_iter().map(|task| task.title));
            list.page = reply.next_page;
            if list.page.is_none() {
                return (titles, pages);
            }
        }
    }
}

fn started(folder: &tempfile::TempDir) -> (Daemon, Client) {
    let environment = Environment::fixed("2026-11-23T09:00:00Z".parse().unwrap(), 1);
    let daemon = Daemon::start(Config::in_folder(folder.path()), environment).unwrap();
    let options = Options {
        socket: daemon.socket().to_owned(),
        client: "test".to_owned(),
        version: "0".to_owned(),
        zone: Some("UTC".to_owned()),
    };
    (daemon, Client::new(options))
}

#[test]
fn closed_and_deleted_tasks_are_listed_page_by_page() {
    let mut talk = Talk::new();
    for n in 0..8 {
        let id = talk.add(&format!("task {n} +t{}", n % 2), "");
        if n < 7 {
            talk.close(&id);
        }
        if n < 1 {
            talk.client.call(&NodeDelete { references: vec![id] }).unwrap();
        }
    }
    let sorted = |(mut titles, pages): (Vec<String>, Vec<usize>)| {
        titles.sort_unstable();
        (titles.join(" "), pages)
    };
    let closed = "task 1 task 2 task 3 task 4 task 5 task 6".to_owned();
    assert_eq!(sorted(talk.listed("status:done", None)), (closed.clone(), vec![3, 3]));
    assert_eq!(sorted(talk.listed("status:done", Some("title"))), (closed, vec![3, 3]));
    assert_eq!(sorted(talk.listed("status:done +t0", None)), ("task 2 task 4 task 6".to_owned(), vec![3]));
    assert_eq!(sorted(talk.listed("is:trashed", None)), ("task 0".to_owned(), vec![1]));
    for page in ["nonsense", "1.", ".x", "99999999999999999999.x"] {
        let list = TaskList { filter: "status:done".into(), page: Some(page.into()), ..TaskList::default() };
        let error = talk.client.call(&list).unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::Invalid), "{page}: {error}");
    }
}

/// A group that goes on over pages comes with each, and its count is that of the whole list.
#[test]
fn groups_go_on_over_pages() {
    let mut talk = Talk::new();
    for n in 0..7 {
        let id = talk.add(&format!("task {n} +t{}", n % 2), "");
        if n == 6 {
            talk.close(&id);
        }
    }
    talk.add("bare", "");
    let mut grouped = |filter: &str, sort: Option<&str>, limit| {
        let mut list = TaskList {
            filter: filter.to_owned(),
            sort: sort.map(str::to_owned),
            group: Some("tag".to_owned()),
            limit: Some(limit),
            ..TaskList::default()
        };
        let mut seen = Vec::new();
        loop {
            let reply = talk.client.call(&list).unwrap();
            let groups: Vec<String> = reply
                .groups
                .iter()
                .map(|group| format!("{} {}/{}", group.name, group.tasks, group.count))
                .collect();
            assert_eq!(reply.groups.iter().map(|group| group.tasks).sum::<u64>(), reply.tasks.len() as u64);
            seen.push(groups.join(", "));
            list.page = reply.next_page;
            if list.page.is_none() {
                return seen;
            }
        }
    };
    assert_eq!(grouped("", Some("title"), 4), ["+t0 3/3, +t1 1/3", "+t1 2/3, no tag 1/1"]);
    assert_eq!(grouped("", None, 100), ["+t0 3/3, +t1 3/3, no tag 1/1"]);
    assert_eq!(
        grouped("status.any:", Some("created-"), 3),
        ["+t0 3/4", "+t0 1/4, +t1 2/3", "+t1 1/3, no tag 1/1"]
    );
    assert_eq!(grouped("is:closed", None, 3), ["+t0 1/1"]);
    let other = TaskList { page: Some("00".into()), group: Some("tag".into()), ..TaskList::default() };
    assert_eq!(talk.client.call(&other).unwrap_err().code(), Some(ErrorCode::Invalid));
    let first = TaskList { sort: Some("due,title".into()), limit: Some(1), ..TaskList::default() };
    let page = talk.client.call(&first).unwrap().next_page;
    let mixed = TaskList { sort: Some("due".into()), page, ..TaskList::default() };
    assert_eq!(talk.client.call(&mixed).unwrap_err().code(), Some(ErrorCode::Invalid));
}

#[test]
fn a_text_is_found_in_the_body_of_a_closed_task() {
    let mut talk = Talk::new();
    for title in ["open", "closed"] {
        let id = talk.add(title, "there is a needle in it");
        if title == "closed" {
            talk.close(&id);
        }
    }
    assert_eq!(talk.listed("needle", None).0, ["open"]);
    assert_eq!(talk.listed("needle status:done", None).0, ["closed"]);
}

#[test]
fn the_last_task_is_the_last_one_after_a_restart_too() {
    let mut talk = Talk::new();
    let id = talk.add("x proj:New", "a body");
    let last = |talk: &mut Talk| talk.client.call(&NodeShow { reference: "@last".into() }).unwrap().node.id;
    assert_eq!(last(&mut talk), id);
    let mut talk = talk.again();
    assert_eq!(last(&mut talk), id);
}

#[test]
fn a_change_says_what_it_is_of() {
    let mut talk = Talk::new();
    let id = talk.add("x", "");
    let nothing = TaskModify { changes: vec!["p1".into()], ..TaskModify::default() };
    assert_eq!(talk.client.call(&nothing).unwrap_err().code(), Some(ErrorCode::Invalid));
    let both = TaskModify { references: vec![id.clone()], filter: Some("is:open".into()), ..nothing.clone() };
    assert_eq!(talk.client.call(&both).unwrap_err().code(), Some(ErrorCode::Invalid));
    let many = TaskModify { references: vec![id; 10_001], ..nothing };
    assert_eq!(talk.client.call(&many).unwrap_err().code(), Some(ErrorCode::Refused));
}

#[test]
fn pages_are_completed_by_their_titles() {
    let mut talk = Talk::new();
    for (title, text) in [("Zoo", "elephants"), ("Elephants", "zoo")] {
        talk.client.call(&PageNew { title: title.into(), text: text.into(), ..PageNew::default() }).unwrap();
    }
    let complete = Complete { what: Completion::Pages, prefix: "zo".into(), limit: None };
    let candidates = talk.client.call(&complete).unwrap().candidates;
    assert_eq!(candidates.into_iter().map(|candidate| candidate.value).collect::<Vec<_>>(), ["Zoo"]);
}
