//! Changes that wait together share a commit; what they see of each other, and when they are answered.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use heph_protocol::{ErrorCode, WireError};
use jiff::tz::TimeZone;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use super::writer::{Change, Job, WriterTask, Written};
use crate::actors::store::model::ReadModel;
use crate::domain::change::text_hash;
use crate::domain::date::Now;
use crate::domain::id::{DeviceId, MutationId, NodeId};
use crate::domain::page::{Journal, RevisionToken};
use crate::domain::verbs::{Children, Command, Scope, Transition};
use crate::environment::Environment;
use crate::store::{self, Database};

type Answer = oneshot::Receiver<Result<Written, WireError>>;

/// A writer on a store of its own. It runs only while a test waits, so that jobs sent in between are one batch.
pub(super) struct Bench {
    pub(super) jobs: mpsc::Sender<Job>,
    pub(super) db: Database,
    pub(super) device: DeviceId,
    pub(super) model: Rc<RefCell<ReadModel>>,
    pub(super) now: Now,
    _folder: tempfile::TempDir,
    _loaded: watch::Sender<bool>,
}

impl Bench {
    pub(super) async fn new() -> Self {
        Self::seeded(1).await
    }

    /// One whose ids are drawn from a seed.
    pub(super) async fn seeded(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let now = Now::new("2026-11-23T09:00:00Z".parse().unwrap(), TimeZone::UTC);
        let environment = Environment::fixed(now.instant, seed);
        let (db, writer, identity) = store::open(&folder.path().join("heph.db"), &environment).await.unwrap();
        let model = Rc::new(RefCell::new(ReadModel::new(identity.revision)));
        let (jobs, queue) = mpsc::channel(64);
        let (loaded, is_loaded) = watch::channel(true);
        let device = identity.device;
        let task = WriterTask {
            jobs: queue,
            db: db.clone(),
            writer,
            identity,
            model: Rc::clone(&model),
            environment,
            revision: watch::channel(0).0,
            reminders: watch::channel(0).0,
            burnt: Default::default(),
            fired: Default::default(),
            sync: None,
            has_conflicts: false,
        };
        actix_rt::spawn(task.run(is_loaded));
        Self { jobs, db, device, model, now, _folder: folder, _loaded: loaded }
    }

    fn send_as(&self, mutation: Option<u8>, command: Command) -> Answer {
        let (reply, answer) = oneshot::channel();
        let change = Change {
            method: "task.modify",
            command,
            dry_run: false,
            mutation: mutation.map(|n| MutationId::from_bytes([n; 16])),
            now: self.now.clone(),
            reply,
            span: tracing::Span::none(),
            permit: Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap(),
        };
        assert!(self.jobs.try_send(Job::Change(Box::new(change))).is_ok());
        answer
    }

    fn send(&self, command: Command) -> Answer {
        self.send_as(None, command)
    }

    pub(super) async fn run(&self, command: Command) -> Result<Written, WireError> {
        self.send(command).await.unwrap()
    }

    /// Adds a task and tells its id.
    pub(super) async fn add(&self, line: &str) -> NodeId {
        self.run(add(line)).await.unwrap().applied.outcome.changed[0]
    }

    pub(super) async fn text(&self, id: NodeId) -> String {
        self.db.texts(&[id]).await.unwrap().remove(&id).unwrap_or_default()
    }
}

pub(super) fn add(line: &str) -> Command {
    Command::AddTask { line: line.into(), literal: false, body: None, context: None }
}

pub(super) fn modify(id: NodeId, change: &str) -> Command {
    Command::Modify { references: vec![id.to_string()], changes: vec![change.into()], scope: Scope::Usual }
}

fn save(id: NodeId, base: RevisionToken, after: &[u8], text: &str) -> Command {
    let after = after.iter().map(|&n| MutationId::from_bytes([n; 16])).collect();
    Command::SavePage { id, key: None, base, after, text: text.into() }
}

pub(super) fn capture(line: &str) -> Command {
    Command::Capture { line: line.into(), date: String::new() }
}

#[actix_rt::test]
async fn nothing_is_answered_before_what_it_rests_on_is_on_disk() {
    let bench = Bench::new().await;
    let id = bench.add("x").await;
    let rev = bench.model.borrow().revision();
    let first = bench.send(modify(id, "p1"));
    let as_asked_already = bench.send(modify(id, "p1"));
    let refused = bench.send(Command::NewPage { path: "P".into(), text: String::new(), template: None });
    let refused_too = bench.send(Command::NewPage { path: "P".into(), text: String::new(), template: None });
    let answer = as_asked_already.await.unwrap().unwrap();
    assert_eq!(answer.applied.outcome.unchanged, [id]);
    assert_eq!(bench.db.nodes(&[id]).await.unwrap()[&id].task().unwrap().priority, Some(1));
    assert!(bench.model.borrow().revision() > rev, "the change it rests on is committed");
    first.await.unwrap().unwrap();
    refused.await.unwrap().unwrap();
    assert_eq!(refused_too.await.unwrap().unwrap_err().code, ErrorCode::Refused);
}

#[actix_rt::test]
async fn a_mutation_twice_in_a_batch_has_one_answer() {
    let bench = Bench::new().await;
    let id = bench.add("x").await;
    let first = bench.send_as(Some(7), modify(id, "p1"));
    let again = bench.send_as(Some(7), modify(id, "p1"));
    for answer in [first, again] {
        let outcome = answer.await.unwrap().unwrap().applied.outcome;
        assert_eq!((outcome.changed, outcome.unchanged), (vec![id], vec![]));
    }
    let (first, again) = (bench.send_as(Some(8), add("y")), bench.send_as(Some(8), add("y")));
    let changed = |answer: Result<Written, WireError>| answer.unwrap().applied.outcome.changed;
    assert_eq!(changed(first.await.unwrap()), changed(again.await.unwrap()));
    assert_eq!(bench.model.borrow().open.len(), 2);
}

#[actix_rt::test]
async fn unanswered_saves_of_one_buffer_follow_each_other() {
    let bench = Bench::new().await;
    let new = Command::NewPage { path: "P".into(), text: "one\n".into(), template: None };
    let id = bench.run(new).await.unwrap().applied.outcome.changed[0];
    let rev = bench.model.borrow().revision();
    let base = RevisionToken::new(rev, text_hash("one\n"));
    let answers = [
        bench.send_as(Some(1), save(id, base, &[], "one\ntwo\n")),
        bench.send_as(Some(2), save(id, base, &[1], "one\ntwo\nthree\n")),
        bench.send_as(Some(3), save(id, base, &[1, 2], "two\nthree\n")),
    ];
    for answer in answers {
        answer.await.unwrap().unwrap();
    }
    assert_eq!(bench.text(id).await, "two\nthree\n");
    let stale = [
        bench.send(save(id, base, &[], "one\nmine\n")),
        bench.send(save(id, base, &[3], "two\nthree\nall\n")),
    ];
    for answer in stale {
        answer.await.unwrap().unwrap();
    }
    assert_eq!(bench.text(id).await, "two\nthree\nmine\nall\n", "what others saved meanwhile is merged");
}

#[actix_rt::test]
async fn a_save_behind_one_that_was_merged_is_made_of_what_was_typed() {
    let bench = Bench::new().await;
    let new = Command::NewPage { path: "P".into(), text: "first\n".into(), template: None };
    let id = bench.run(new).await.unwrap().applied.outcome.changed[0];
    let base = RevisionToken::new(bench.model.borrow().revision(), text_hash("first\n"));
    bench.run(save(id, base, &[], "first\nOTHER LINE\n")).await.unwrap();
    let first = bench.send_as(Some(1), save(id, base, &[], "first\nmine one\n"));
    assert_eq!(first.await.unwrap().unwrap().applied.outcome.summary, "first\nOTHER LINE\nmine one\n");
    let next = bench.send_as(Some(2), save(id, base, &[1], "first\nmine one\nmine two\n"));
    next.await.unwrap().unwrap();
    assert_eq!(bench.text(id).await, "first\nOTHER LINE\nmine one\nmine two\n");
}

#[actix_rt::test]
async fn changes_of_a_batch_see_each_other() {
    let bench = Bench::new().await;
    let id = bench.add("x").await;
    let mut answers: Vec<Answer> = (0..5).map(|n| bench.send(capture(&format!("line {n}")))).collect();
    answers.extend((0..3).map(|n| bench.send(add(&format!("task {n} proj:Home/New")))));
    answers.push(bench.send(add("later")));
    answers.push(bench.send(modify(id, "title:renamed")));
    for answer in answers {
        answer.await.unwrap().unwrap();
    }
    let journal = Journal::from_title("2026-11-23").unwrap().id();
    assert_eq!(bench.text(journal).await, "# 2026-11-23\n- line 0\n- line 1\n- line 2\n- line 3\n- line 4\n");
    let model = bench.model.borrow();
    assert_eq!(model.open.projects().count(), 1);
    assert_eq!(&*model.open.get(id).unwrap().title, "renamed");
}

#[actix_rt::test]
async fn a_title_of_the_same_batch_is_found() {
    let bench = Bench::new().await;
    let added = bench.send(add("paint the fence"));
    let by_title = |change: &str| Command::Modify {
        references: vec!["paint the fence".into()],
        changes: vec![change.into()],
        scope: Scope::Usual,
    };
    let (modified, done) = (
        bench.send(by_title("p1")),
        bench.send(Command::Transition {
            references: vec!["paint the fence".into()],
            to: Transition::Done,
            children: Children::Refuse,
        }),
    );
    let id = added.await.unwrap().unwrap().applied.outcome.changed[0];
    assert_eq!(modified.await.unwrap().unwrap().applied.outcome.changed, [id]);
    assert_eq!(done.await.unwrap().unwrap().applied.outcome.changed, [id]);
}

#[actix_rt::test]
async fn a_circle_is_not_made_by_two_changes_of_a_batch() {
    let bench = Bench::new().await;
    let (a, b) = (bench.add("a").await, bench.add("b").await);
    let first = bench.send(modify(a, &format!("dep:{b}")));
    let second = bench.send(modify(b, &format!("dep:{a}")));
    first.await.unwrap().unwrap();
    assert_eq!(second.await.unwrap().unwrap_err().code, ErrorCode::Refused);
}

#[actix_rt::test]
async fn candidates_have_titles() {
    let bench = Bench::new().await;
    for path in ["A/Ideas", "B/Ideas"] {
        bench.run(Command::NewPage { path: path.into(), text: String::new(), template: None }).await.unwrap();
    }
    let error = bench.run(add("x proj:Ideas")).await.unwrap_err();
    let candidates = error.data.unwrap().candidates;
    let shown: Vec<_> = candidates.iter().map(|node| (node.folder.as_deref(), &*node.title)).collect();
    assert_eq!(shown.len(), 2);
    assert!(shown.contains(&(Some("A"), "Ideas")) && shown.contains(&(Some("B"), "Ideas")), "{shown:?}");
}
