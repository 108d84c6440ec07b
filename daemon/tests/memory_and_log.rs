//! What is in memory, what is in the rows and what is in the log say the same after anything that was done.

use std::collections::BTreeMap;
use std::sync::Arc;

use heph_protocol::envelope::Meta;
use heph_protocol::request::{
    Children, Complete, Completion, DaemonStatus, ImportBatch, JournalCapture, JournalOpen, Method,
    NodeDelete, NodeRestore, NodeShow, PageList, PageNew, PageOpen, PageSave, Redo, StoreCheck, TaskAdd,
    TaskDefer, TaskList, TaskLog, TaskModify, TaskNext, TaskPin, TaskTransition, TaskWhy, Transition, Undo,
};
use heph_protocol::types::{NodeRef, Page, Task};
use heph_protocol::{ErrorCode, WireError, response};
use hephd::config::Config;
use hephd::environment::{Environment, FixedClock, SeededEntropy};
use hephd::system::Daemon;
use proptest::prelude::*;

use crate::support::{Dice, Peer, with_id};

/// Lines to add; `@` stands for a task that is there.
const LINES: [&str; 10] = [
    "Buy milk +errand p1",
    "Call the bank due:2026-11-25 +phone",
    "Write the report proj:Work.report est:2h due:2026-12-01 lead:7",
    "Paint the wall proj:Home parent:@",
    "Ask for the price dep:@ p2",
    "Think about it defer:2026-12-24",
    "Old offer expires:2026-11-01",
    "Plan the week plan:tomorrow +errand",
    "Review of the report proj:Work.report dep:@ dep:@",
    "Wait for the answer follow-up:fri",
];

/// Changes of a task.
const CHANGES: [&str; 14] = [
    "+errand",
    "-errand",
    "p1",
    "p:",
    "due:tomorrow",
    "due:",
    "proj:Home",
    "proj:",
    "dep:@",
    "parent:@",
    "parent:",
    "title:Another title",
    "status:someday",
    "defer:2026-11-30 est:15m",
];

const FILTERS: [&str; 6] =
    ["", "is:trashed", "status:done or status:cancelled", "+errand", "is:blocked", "proj:Work"];

/// Something a client asks; numbers choose among what there is.
#[derive(Debug, Clone)]
enum Step {
    Add(usize, usize, bool),
    Modify(usize, usize, usize),
    Transition(usize, usize, usize),
    Defer(usize, bool),
    Pin(usize, bool),
    Log(usize),
    Delete(usize),
    Restore(usize),
    Undo,
    UndoGroup(usize),
    Redo,
    Import(Vec<(usize, usize)>),
    Capture(usize),
    NewPage(usize),
    Save(usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let task = 0..64_usize;
    prop_oneof![
        4 => (0..LINES.len(), task.clone(), any::<bool>()).prop_map(|(line, of, body)| Step::Add(line, of, body)),
        5 => (task.clone(), 0..CHANGES.len(), task.clone()).prop_map(|(on, change, of)| Step::Modify(on, change, of)),
        4 => (task.clone(), 0..5_usize, 0..3_usize).prop_map(|(on, to, children)| Step::Transition(on, to, children)),
        1 => (task.clone(), any::<bool>()).prop_map(|(on, set)| Step::Defer(on, set)),
        1 => (task.clone(), any::<bool>()).prop_map(|(on, set)| Step::Pin(on, set)),
        1 => task.clone().prop_map(Step::Log),
        2 => task.clone().prop_map(Step::Delete),
        2 => task.clone().prop_map(Step::Restore),
        4 => Just(Step::Undo),
        1 => task.clone().prop_map(Step::UndoGroup),
        3 => Just(Step::Redo),
        1 => prop::collection::vec((0..6_usize, 0..4_usize), 1..5).prop_map(Step::Import),
        1 => (0..3_usize).prop_map(Step::Capture),
        1 => (0..4_usize).prop_map(Step::NewPage),
        2 => (task, 0..4_usize).prop_map(|(on, text)| Step::Save(on, text)),
    ]
}

/// A client that remembers what it has heard of.
struct Caller {
    peer: Peer,
    dice: Dice,
    nodes: Vec<String>,
    groups: Vec<String>,
}

impl Caller {
    fn node(&self, which: usize) -> String {
        match self.nodes.len() {
            0 => "@last".to_owned(),
            there => self.nodes[which % there].clone(),
        }
    }

    /// Asks; what a rule forbids is as good an answer as any, a fault is not.
    fn ask<M: Method>(&mut self, request: &M) -> Option<M::Reply> {
        let id = self.dice.mutation_id();
        let answer = self.peer.call_with(request, &with_id(&id));
        if let Err(error) = &answer {
            let is_fault =
                matches!(error.code, ErrorCode::Internal | ErrorCode::Busy | ErrorCode::Unsupported);
            assert!(!is_fault, "{request:?}: {error:?}");
        } else {
            // A repeat is answered, and changes nothing.
            let again = self.peer.call_with(request, &with_id(&id));
            assert!(again.is_ok(), "{request:?} again: {again:?}");
        }
        answer.ok()
    }

    fn heard_of(&mut self, nodes: impl IntoIterator<Item = String>) {
        for node in nodes {
            if !self.nodes.contains(&node) {
                self.nodes.push(node);
            }
        }
    }

    fn changed(&mut self, reply: Option<response::TasksChanged>) {
        let Some(reply) = reply else { return };
        self.groups.extend(reply.group);
        self.heard_of(reply.tasks.into_iter().map(|task| task.id));
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Add(line, of, body) => {
                let line = LINES[*line].replace('@', &self.node(*of));
                let body = body.then(|| "a body\n".to_owned());
                let added = self.ask(&TaskAdd { line, body, ..TaskAdd::default() });
                self.heard_of(added.into_iter().map(|added| added.task.id));
            }
            Step::Modify(on, change, of) => {
                let changes = vec![CHANGES[*change].replace('@', &self.node(*of))];
                let references = vec![self.node(*on)];
                let reply = self.ask(&TaskModify { references, changes, ..TaskModify::default() });
                self.changed(reply);
            }
            Step::Transition(on, to, children) => {
                use Transition::{Cancel, Done, Reopen, Start, Stop};
                let reply = self.ask(&TaskTransition {
                    references: vec![self.node(*on)],
                    to: [Done, Start, Stop, Cancel, Reopen][*to],
                    children: [Children::Refuse, Children::Close, Children::Leave][*children],
                });
                self.changed(reply);
            }
            Step::Defer(on, set) => {
                let until = if *set { "2026-12-05" } else { "" }.to_owned();
                let reply = self.ask(&TaskDefer { references: vec![self.node(*on)], until });
                self.changed(reply);
            }
            Step::Pin(on, pinned) => {
                let reply = self.ask(&TaskPin { references: vec![self.node(*on)], pinned: *pinned });
                self.changed(reply);
            }
            Step::Log(on) => {
                let reply = self.ask(&TaskLog { reference: self.node(*on), text: "asked".to_owned() });
                self.changed(reply);
            }
            Step::Delete(on) => {
                let reply = self.ask(&NodeDelete { references: vec![self.node(*on)] });
                self.groups.extend(reply.and_then(|reply| reply.group));
            }
            Step::Restore(on) => {
                let reply = self.ask(&NodeRestore { references: vec![self.node(*on)] });
                self.groups.extend(reply.and_then(|reply| reply.group));
            }
            Step::Undo => drop(self.ask(&Undo { group: None })),
            Step::UndoGroup(which) => {
                if let Some(group) = self.groups.get(which % self.groups.len().max(1)).cloned() {
                    self.ask(&Undo { group: Some(group) });
                }
            }
            Step::Redo => drop(self.ask(&Redo {})),
            Step::Import(items) => {
                let items = items.iter().map(|&(item, form)| taskwarrior(item, form)).collect();
                self.ask(&ImportBatch { source: "taskwarrior".to_owned(), items, dry_run: false });
            }
            Step::Capture(day) => {
                let date = format!("2026-11-{:02}", 20 + day);
                let reply = self.ask(&JournalCapture { line: "seen".to_owned(), date });
                self.heard_of(reply.into_iter().map(|saved| saved.page.id));
            }
            Step::NewPage(which) => {
                let title = ["Home", "Garden/Beds", "Garden/Trees", "Ideas"][*which].to_owned();
                let reply = self.ask(&PageNew { title, text: "first\n".to_owned(), ..PageNew::default() });
                self.heard_of(reply.into_iter().map(|saved| saved.page.id));
            }
            Step::Save(on, text) => self.save(*on, *text),
        }
    }

    fn save(&mut self, on: usize, text: usize) {
        let Ok(opened) = self.peer.call(&PageOpen { reference: self.node(on) }) else { return };
        let text = ["", "a\nb\nc\n", "a\nB\nc\nd\n", "something else altogether\n"][text].to_owned();
        let open = opened.open;
        let (id, base_rev) = (open.page.id, open.rev);
        self.ask(&PageSave { id, key: open.key, base_rev, text, ..PageSave::default() });
    }
}

/// One of a few tasks as Taskwarrior writes them, in one of a few states.
fn taskwarrior(item: usize, form: usize) -> String {
    let uuid = |n: usize| format!("00000000-0000-4000-8000-{n:012}");
    let rest = [
        r#""status":"pending","project":"Work.report","tags":["errand"]"#.to_owned(),
        r#""status":"completed","end":"20261101T080000Z""#.to_owned(),
        format!(r#""status":"pending","due":"20261130T080000Z","depends":["{}"]"#, uuid((item + 1) % 6)),
        r#""status":"deleted","end":"20261101T080000Z","priority":"H","estimate":"30""#.to_owned(),
    ];
    format!(
        r#"{{"uuid":"{}","description":"Imported {item}","entry":"20261001T080000Z",{}}}"#,
        uuid(item),
        rest[form]
    )
}

/// All that can be asked of a store and is answered from memory, from rows or from both.
struct Seen {
    revision: String,
    counts: (u64, u64),
    next: (Vec<Task>, u64),
    lists: Vec<Vec<Task>>,
    whys: Vec<response::TaskWhy>,
    shown: BTreeMap<String, Result<response::NodeShown, WireError>>,
    last: Result<NodeRef, WireError>,
    pages: Vec<Page>,
    completions: Vec<response::Candidates>,
    journal: response::PageOpened,
}

impl Seen {
    fn look(peer: &mut Peer, nodes: &[String]) -> Self {
        let next = peer.call(&TaskNext { limit: Some(1_000), ..TaskNext::default() }).unwrap();
        let status = peer.call(&DaemonStatus {}).unwrap();
        let mut lists: Vec<Vec<Task>> = FILTERS.map(|filter| listed(peer, filter, None)).into();
        lists.push(listed(peer, "", Some("due,title")));
        let whys = next.tasks.iter().map(|task| TaskWhy { reference: task.id.clone(), ..TaskWhy::default() });
        let what = [Completion::Tasks, Completion::Pages, Completion::Tags, Completion::Projects];
        Self {
            revision: status.revision,
            counts: (status.open_tasks, status.nodes),
            whys: whys.map(|why| peer.call(&why).unwrap()).collect(),
            next: (next.tasks, next.available),
            lists,
            shown: nodes
                .iter()
                .map(|id| (id.clone(), peer.call(&NodeShow { reference: id.clone() })))
                .collect(),
            last: peer.call(&NodeShow { reference: "@last".to_owned() }).map(|shown| shown.node),
            pages: peer.call(&PageList { limit: Some(1_000), ..PageList::default() }).unwrap().pages,
            completions: what
                .map(|what| peer.call(&Complete { what, ..Complete::default() }).unwrap())
                .into(),
            journal: peer.call(&JournalOpen { date: "2026-11-20".to_owned() }).unwrap(),
        }
    }
}

impl Seen {
    /// One thing at a time: the whole would say what is wrong on many screens.
    fn compare(&self, after: &Self) -> Result<(), TestCaseError> {
        prop_assert_eq!((&self.revision, self.counts), (&after.revision, after.counts));
        prop_assert_eq!(&self.last, &after.last);
        prop_assert_eq!(&self.next, &after.next);
        prop_assert_eq!(&self.lists, &after.lists);
        prop_assert_eq!(&self.whys, &after.whys);
        prop_assert_eq!(&self.shown, &after.shown);
        prop_assert_eq!(&self.pages, &after.pages);
        prop_assert_eq!(&self.completions, &after.completions);
        prop_assert_eq!(&self.journal, &after.journal);
        Ok(())
    }
}

fn listed(peer: &mut Peer, filter: &str, sort: Option<&str>) -> Vec<Task> {
    let mut list = TaskList {
        filter: filter.to_owned(),
        sort: sort.map(str::to_owned),
        // Short pages, so that the tokens are tried too.
        limit: Some(7),
        page: None,
        ..TaskList::default()
    };
    let mut tasks = Vec::new();
    loop {
        let found = peer.call(&list).unwrap();
        tasks.extend(found.tasks);
        match found.next_page {
            Some(page) => list.page = Some(page),
            None => return tasks,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if std::env::var_os("HEPH_LONG").is_some() { 200 } else { 16 },
        failure_persistence: None,
        max_shrink_iters: 400,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_restarted_daemon_knows_what_the_one_before_knew(steps in prop::collection::vec(step(), 1..80)) {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::new("2026-11-23T09:00:00Z".parse().unwrap()));
        let start = |seed| {
            let entropy = Arc::new(SeededEntropy::new(seed));
            let environment = Environment { clock: clock.clone(), entropy, keyring: None, notifier: None };
            Daemon::start(Config::in_folder(folder.path()), environment).unwrap()
        };
        let daemon = start(1);
        let peer = Peer::greeted(daemon.socket());
        let mut caller = Caller { peer, dice: Dice::new(3), nodes: Vec::new(), groups: Vec::new() };
        for (place, step) in steps.iter().enumerate() {
            let ms = 1_795_424_400_000 + 61_000 * place as i64;
            clock.set(jiff::Timestamp::from_millisecond(ms).unwrap());
            caller.take(step);
        }
        let Caller { mut peer, nodes, .. } = caller;
        let before = Seen::look(&mut peer, &nodes);
        let checked = peer.call_with(&StoreCheck {}, &Meta::default()).unwrap();
        prop_assert_eq!(checked.problems, Vec::<String>::new());
        daemon.stop().unwrap();
        let daemon = start(2);
        let after = Seen::look(&mut Peer::greeted(daemon.socket()), &nodes);
        before.compare(&after)?;
    }
}
