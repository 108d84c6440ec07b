//! Stores that agree through a hub in memory: the real writer on real databases.

use std::collections::BTreeMap;

use tokio::sync::oneshot;

use super::writer::Job;
use super::writer_tests::{Bench, add, capture, modify};
use crate::actors::store_handle::{Folded, Joined, Offers, Reply, SyncJob, Told};
use crate::domain::change::text_hash;
use crate::domain::id::{DeviceId, NodeId};
use crate::domain::node::{Node, register};
use crate::domain::page::RevisionToken;
use crate::domain::settings::Settings;
use crate::domain::sync::hub::{Offered, Verdict};
use crate::domain::sync::memory_hub::Hub;
use crate::domain::task::open_tasks::{Edge, Link};
use crate::domain::verbs::{Children, Command, Transition};
use crate::store::{SyncState, check};

/// What every clock here shows.
const NOW: u64 = 1_795_424_400_000;

/// Pushes, and tells what a spoke has to be told of.
fn push(hub: &mut Hub, device: DeviceId, offers: &[Offered]) -> Vec<Told> {
    let verdicts = hub.push(device, offers, NOW);
    let told = offers.iter().zip(verdicts).filter_map(|(offered, (op, verdict))| match verdict {
        Verdict::Accepted(_) | Verdict::Duplicate(_) => None,
        Verdict::Stale(_) => Some(Told::Stale { node: offered.stream }),
        Verdict::Bad(reason) => {
            Some(Told::Refused { op, node: offered.stream, reason: reason.code().into() })
        }
    });
    told.collect()
}

impl Bench {
    async fn ask<T>(&self, job: impl FnOnce(Reply<T>) -> SyncJob) -> T {
        let (reply, answer) = oneshot::channel();
        assert!(self.jobs.try_send(Job::Sync(Box::new(job(reply)))).is_ok());
        answer.await.unwrap().unwrap()
    }

    async fn joined(seed: u8) -> Self {
        let bench = Self::seeded(seed.into()).await;
        bench.join().await;
        bench
    }

    async fn join(&self) {
        let (issuer, subject) = ("https://idp.example/".to_owned(), "ada".to_owned());
        let joined = Joined { issuer, subject, epoch: 1, device: self.device };
        self.ask(|reply| SyncJob::Join(joined, reply)).await;
    }

    async fn state(&self) -> SyncState {
        self.ask(SyncJob::State).await.unwrap()
    }

    async fn pull(&self, hub: &Hub) -> Folded {
        let mut folded = Folded::default();
        loop {
            let cursor = self.state().await.cursor;
            let page = hub.ops(cursor, 7);
            if page.is_empty() {
                return folded;
            }
            folded = self.ask(|reply| SyncJob::Fold(page, reply)).await;
        }
    }

    async fn push(&self, hub: &mut Hub) -> usize {
        let limit = Offers { operations: 5, bytes: 1 << 20 };
        let offers = self.ask(|reply| SyncJob::Offer(limit, reply)).await;
        let count = offers.len();
        let told = push(hub, self.device, &offers);
        self.ask(|reply| SyncJob::Told(told, reply)).await;
        count
    }

    async fn sync(&self, hub: &mut Hub) {
        for _ in 0..200 {
            self.pull(hub).await;
            if self.push(hub).await == 0 {
                return;
            }
        }
        panic!("there is always more to send");
    }

    /// All nodes with their working texts.
    async fn all(&self) -> BTreeMap<NodeId, (Node, Option<String>)> {
        let ids: Vec<NodeId> = self.db.load_codes().await.unwrap().into_iter().map(|(_, id)| id).collect();
        let (nodes, mut texts) = (self.db.nodes(&ids).await.unwrap(), self.db.texts(&ids).await.unwrap());
        let all = nodes.into_iter().map(|(id, mut node)| {
            // Which local revision made a text, and how many did, is each store's own.
            (node.text.rev, node.text.revisions) = (0, 0);
            (id, (node, texts.remove(&id)))
        });
        all.collect()
    }

    async fn sound(&self) {
        assert_eq!(check(&self.db).await.unwrap().problems, Vec::<String>::new());
    }

    async fn save(&self, id: NodeId, text: &str) {
        let node = self.db.nodes(&[id]).await.unwrap().remove(&id).unwrap();
        let base = RevisionToken::new(node.text.rev, text_hash(&self.text(id).await));
        let command = Command::SavePage { id, key: None, base, after: Vec::new(), text: text.into() };
        self.run(command).await.unwrap();
    }
}

async fn agree(benches: &[Bench], hub: &mut Hub) {
    for _ in 0..2 {
        for bench in benches {
            bench.sync(hub).await;
        }
    }
    let expected = benches[0].all().await;
    for bench in benches {
        assert_eq!(bench.all().await, expected);
        bench.sound().await;
        assert_eq!(bench.db.sync_counts().await.unwrap().unsent, 0);
    }
}

async fn three() -> Vec<Bench> {
    let mut benches = Vec::new();
    for n in 1..=3 {
        benches.push(Bench::joined(n).await);
    }
    benches
}

#[actix_rt::test]
async fn stores_that_were_apart_come_to_the_same() {
    let (mut hub, benches) = (Hub::default(), three().await);
    for (bench, n) in benches.iter().zip(1..) {
        for line in 0..12 {
            bench.add(&format!("task {n} {line} +x p2")).await;
        }
        bench.run(capture(&format!("written on machine {n}"))).await.unwrap();
        let page = Command::NewPage { path: "Garden".into(), text: format!("from {n}\n"), template: None };
        bench.run(page).await.unwrap();
    }
    agree(&benches, &mut hub).await;
    let texts: Vec<String> = benches[0].all().await.into_values().filter_map(|(_, text)| text).collect();
    for n in 1..=3 {
        assert!(texts.iter().any(|text| text.contains(&format!("written on machine {n}"))), "{texts:?}");
        assert!(texts.iter().any(|text| text.contains(&format!("from {n}"))), "{texts:?}");
    }
    assert_eq!(texts.len(), 2, "one journal and one page: {texts:?}");
}

#[actix_rt::test]
async fn two_hundred_saves_travel_as_one_and_a_page_typed_on_both_keeps_both() {
    let (mut hub, benches) = (Hub::default(), three().await);
    let page = Command::NewPage { path: "P".into(), text: "one\ntwo\nthree\n".into(), template: None };
    let id = benches[0].run(page).await.unwrap().applied.outcome.changed[0];
    agree(&benches, &mut hub).await;
    let before = hub.log.len();
    for n in 0..200 {
        benches[0].save(id, &format!("one {n}\ntwo\nthree\n")).await;
    }
    benches[1].save(id, "one\ntwo\nthree\nfour\n").await;
    benches[0].sync(&mut hub).await;
    assert_eq!(hub.log.len(), before + 1);
    benches[1].sync(&mut hub).await;
    benches[1].sound().await;
    // What is typed while the merge is on its way to the hub.
    benches[0].save(id, "zero\none 199\ntwo\nthree\n").await;
    agree(&benches, &mut hub).await;
    assert_eq!(benches[2].text(id).await, "zero\none 199\ntwo\nthree\nfour\n");
    let history = benches[0].db.text_history(id, None, 1_000).await.unwrap();
    assert!(history.len() > 200, "every working text is kept");
    for (txn, _) in history.iter().step_by(40) {
        assert!(benches[0].db.text_at(id, txn.rev).await.unwrap().is_some());
    }
}

#[actix_rt::test]
async fn what_lost_unseen_is_listed_everywhere_until_somebody_who_saw_it_writes_again() {
    let (mut hub, benches) = (Hub::default(), three().await);
    let id = benches[0].add("Call").await;
    agree(&benches, &mut hub).await;
    benches[0].run(modify(id, "p1")).await.unwrap();
    benches[1].run(modify(id, "p3")).await.unwrap();
    agree(&benches, &mut hub).await;
    for bench in &benches {
        let lost = bench.db.conflicts(0, 10).await.unwrap();
        assert_eq!(lost.iter().map(|lost| &*lost.name).collect::<Vec<_>>(), [register::PRIORITY]);
    }
    benches[2].run(modify(id, "p2")).await.unwrap();
    agree(&benches, &mut hub).await;
    for bench in &benches {
        assert_eq!(bench.db.conflicts(0, 10).await.unwrap(), []);
    }
}

#[actix_rt::test]
async fn an_edit_that_the_trashing_had_not_seen_keeps_the_task() {
    let (mut hub, benches) = (Hub::default(), three().await);
    let (kept, gone) = (benches[0].add("kept").await, benches[0].add("gone").await);
    agree(&benches, &mut hub).await;
    for id in [kept, gone] {
        let trash = Command::Trash { references: vec![id.to_string()], trashed: true };
        benches[0].run(trash).await.unwrap();
    }
    benches[1].run(modify(kept, "p1")).await.unwrap();
    agree(&benches, &mut hub).await;
    for bench in &benches {
        let all = bench.all().await;
        assert_eq!((all[&kept].0.is_trashed(), all[&gone].0.is_trashed()), (false, true));
    }
}

#[actix_rt::test]
async fn what_the_hub_refuses_is_parked_and_the_rest_goes_on() {
    let (mut hub, bench) = (Hub::default(), Bench::joined(1).await);
    let first = bench.add("first").await;
    bench.run(add("second")).await.unwrap();
    let limit = Offers { operations: 9, bytes: 1 << 20 };
    let offers = bench.ask(|reply| SyncJob::Offer(limit, reply)).await;
    let refused = Told::Refused { op: offers[0].id, node: first, reason: "too_large".into() };
    bench.ask(|reply| SyncJob::Told(vec![refused], reply)).await;
    bench.sync(&mut hub).await;
    assert_eq!(hub.log.len(), offers.len() - 1);
    let counts = bench.db.sync_counts().await.unwrap();
    assert_eq!((counts.unsent, counts.parked), (1, 1));
    assert_eq!(bench.ask(SyncJob::Retry).await, 1);
    bench.sync(&mut hub).await;
    assert_eq!(bench.db.sync_counts().await.unwrap().unsent, 0);
    bench.sound().await;
}

#[actix_rt::test]
async fn what_is_discarded_is_as_the_hub_has_it() {
    let (mut hub, benches) = (Hub::default(), three().await);
    let id = benches[0].add("Call p1").await;
    let page = Command::NewPage { path: "P".into(), text: "one\n".into(), template: None };
    let page = benches[0].run(page).await.unwrap().applied.outcome.changed[0];
    agree(&benches, &mut hub).await;
    let before = benches[0].all().await;
    benches[0].run(modify(id, "p3")).await.unwrap();
    benches[0].save(page, "one\ntwo\n").await;
    let limit = Offers { operations: 9, bytes: 1 << 20 };
    let offers = benches[0].ask(|reply| SyncJob::Offer(limit, reply)).await;
    let refuse =
        |offer: Offered| Told::Refused { op: offer.id, node: offer.stream, reason: "too_large".into() };
    let told = offers.into_iter().map(refuse).collect();
    benches[0].ask(|reply| SyncJob::Told(told, reply)).await;
    assert_eq!(benches[0].ask(SyncJob::Discard).await, 2);
    benches[0].sound().await;
    assert_eq!(benches[0].push(&mut hub).await, 0);
    assert_eq!(benches[0].text(page).await, "one\n");
    let now = benches[0].all().await;
    assert_eq!(now[&id], before[&id]);
    assert!(benches[0].db.text_history(page, None, 9).await.unwrap().len() >= 3);
}

#[actix_rt::test]
async fn a_clock_a_year_off_wins_no_argument() {
    const YEAR: i64 = 365 * 86_400_000;
    for off in [YEAR, -YEAR] {
        let (mut hub, benches) = (Hub::default(), three().await);
        let id = benches[0].add("Call").await;
        agree(&benches, &mut hub).await;
        benches[0].run(modify(id, "p1")).await.unwrap();
        benches[0].ask(|reply| SyncJob::Clock(off, reply)).await;
        benches[0].sound().await;
        benches[0].run(modify(id, "due:2026-12-01")).await.unwrap();
        benches[1].run(modify(id, "p3")).await.unwrap();
        agree(&benches, &mut hub).await;
        benches[2].run(modify(id, "p2")).await.unwrap();
        agree(&benches, &mut hub).await;
        let task = benches[1].all().await[&id].0.task().unwrap();
        assert_eq!(task.priority, Some(2));
    }
}

#[actix_rt::test]
async fn a_store_with_data_joins_one_with_data() {
    let (mut hub, first, second) = (Hub::default(), Bench::seeded(1).await, Bench::seeded(2).await);
    for bench in [&first, &second] {
        bench.run(capture("before joining")).await.unwrap();
        bench.run(add("Water the plants +home")).await.unwrap();
        bench.run(capture("and once more")).await.unwrap();
    }
    let done = second.add("Old").await;
    let to = Transition::Done;
    let references = vec![done.to_string()];
    second.run(Command::Transition { references, to, children: Children::Refuse }).await.unwrap();
    first.join().await;
    second.join().await;
    agree(&[first, second], &mut hub).await;
}

#[actix_rt::test]
async fn operations_that_do_not_fit_are_put_aside_and_stop_nothing() {
    let (mut hub, benches) = (Hub::default(), three().await);
    let page = Command::NewPage { path: "P".into(), text: "one\n".into(), template: None };
    let page = benches[0].run(page).await.unwrap().applied.outcome.changed[0];
    agree(&benches, &mut hub).await;
    let text = hub.log.iter().find(|arrived| arrived.kind.is_text()).unwrap().clone();
    let mut bad = Vec::new();
    for (n, body) in [b"\x00".to_vec(), vec![0xc1; 40], Vec::new()].into_iter().enumerate() {
        let id = crate::domain::id::OpId::from_bytes([200 + n as u8; 16]);
        bad.push(Offered {
            id,
            stream: page,
            kind: crate::domain::change::Kind::SET,
            base: None,
            cursor: 0,
            body,
        });
    }
    let splice = crate::domain::change::Splice { at: 900, delete: 4, insert: "x".into() };
    let past = crate::domain::change::Body::Text { splices: vec![splice], hash: [7; 16], derived: false };
    bad.push(Offered {
        id: crate::domain::id::OpId::from_bytes([210; 16]),
        stream: page,
        kind: past.kind(),
        base: Some(text.seq),
        cursor: 0,
        body: past.encode(),
    });
    assert!(push(&mut hub, DeviceId::from_bytes([9; 16]), &bad).is_empty());
    benches[1].add("after it").await;
    benches[1].sync(&mut hub).await;
    benches[0].pull(&hub).await;
    benches[0].sound().await;
    assert_eq!(benches[0].db.sync_counts().await.unwrap().unfit, 4);
    assert_eq!(benches[0].text(page).await, "one\n");
    // The page stays editable, and is not pushed onto a chain that does not hold.
    benches[0].save(page, "one\ntwo\n").await;
    assert_eq!(benches[0].push(&mut hub).await, 0);
}

/// Edits a node on the first machine, lets the hub take that unnoticed, and throws the node away on the second, which
/// has seen it.
async fn edited_then_trashed(benches: &[Bench], hub: &mut Hub, id: NodeId) {
    let limit = Offers { operations: 9, bytes: 1 << 20 };
    let offers = benches[0].ask(|reply| SyncJob::Offer(limit, reply)).await;
    push(hub, benches[0].device, &offers);
    benches[1].sync(hub).await;
    let trash = Command::Trash { references: vec![id.to_string()], trashed: true };
    benches[1].run(trash).await.unwrap();
    benches[1].sync(hub).await;
    // The acknowledgement and the trashing come together.
    benches[0].pull(hub).await;
    benches[0].sound().await;
    assert!(benches[0].all().await[&id].0.is_trashed());
    agree(benches, hub).await;
}

#[actix_rt::test]
async fn an_edit_that_was_seen_though_its_acknowledgement_was_not_does_not_rescue() {
    let (mut hub, benches) = (Hub::default(), three().await);
    let id = benches[0].add("Call").await;
    let page = Command::NewPage { path: "P".into(), text: "one\n".into(), template: None };
    let page = benches[0].run(page).await.unwrap().applied.outcome.changed[0];
    agree(&benches, &mut hub).await;
    benches[0].run(modify(id, "p1")).await.unwrap();
    edited_then_trashed(&benches, &mut hub, id).await;
    benches[0].save(page, "one\ntwo\n").await;
    edited_then_trashed(&benches, &mut hub, page).await;
}

#[actix_rt::test]
async fn a_parked_text_that_is_overtaken_is_parked_no_more() {
    let (mut hub, benches) = (Hub::default(), three().await);
    let page = Command::NewPage { path: "P".into(), text: "one\n".into(), template: None };
    let page = benches[0].run(page).await.unwrap().applied.outcome.changed[0];
    agree(&benches, &mut hub).await;
    benches[0].save(page, "one\ntwo\n").await;
    let limit = Offers { operations: 9, bytes: 1 << 20 };
    let offers = benches[0].ask(|reply| SyncJob::Offer(limit, reply)).await;
    let told = Told::Refused { op: offers[0].id, node: page, reason: "too_large".into() };
    benches[0].ask(|reply| SyncJob::Told(vec![told], reply)).await;
    benches[1].save(page, "zero\none\n").await;
    benches[1].sync(&mut hub).await;
    agree(&benches, &mut hub).await;
    assert_eq!(benches[0].db.sync_counts().await.unwrap().parked, 0);
    assert_eq!(benches[2].text(page).await, "zero\none\ntwo\n");
}

#[actix_rt::test]
async fn a_page_renamed_on_both_is_found_by_either_name() {
    let (mut hub, benches) = (Hub::default(), three().await);
    let page = Command::NewPage { path: "P".into(), text: "one\n".into(), template: None };
    let id = benches[0].run(page).await.unwrap().applied.outcome.changed[0];
    agree(&benches, &mut hub).await;
    for (bench, name) in benches.iter().zip(["P of the first", "P of the second"]) {
        let rename = Command::Rename { reference: "P".into(), to: name.into() };
        bench.run(rename).await.unwrap();
    }
    agree(&benches, &mut hub).await;
    let node = benches[2].all().await[&id].0.clone();
    let keys: Vec<String> = node.title_hits("").map(|hit| hit.title_key).collect();
    assert_eq!(keys.len(), 3, "{keys:?}");
    assert!(["p", "p of the first", "p of the second"].iter().all(|key| keys.iter().any(|k| k == key)));
}

/// Records the current occurrence of a recurring task.
async fn deal_with(bench: &Bench, id: NodeId, to: Transition) {
    let references = vec![id.to_string()];
    bench.run(Command::Transition { references, to, children: Children::Refuse }).await.unwrap();
}

/// The due date a machine shows.
async fn due_at(bench: &Bench, id: NodeId) -> String {
    bench.all().await[&id].0.task().unwrap().due.unwrap().to_string()
}

#[actix_rt::test]
async fn occurrences_completed_apart_give_one_next_date() {
    for (every, expected) in [("every", "2026-11-26"), ("every+", "2026-11-26"), ("every!", "2026-11-26")] {
        let (mut hub, benches) = (Hub::default(), three().await);
        let id = benches[0].add(&format!("Water {every} day")).await;
        let body = Command::AddTask {
            line: format!("Tidy {every} day"),
            literal: false,
            body: Some("- [x] bins\n- [x] glass\n".into()),
            context: None,
        };
        let tidy = benches[0].run(body).await.unwrap().applied.outcome.changed[0];
        agree(&benches, &mut hub).await;
        // The same occurrence on two machines; the next one too on the second; skipped on the third.
        deal_with(&benches[0], id, Transition::Done).await;
        for _ in 0..3 {
            deal_with(&benches[1], id, Transition::Done).await;
        }
        deal_with(&benches[2], id, Transition::Skip).await;
        for bench in &benches {
            deal_with(bench, tidy, Transition::Done).await;
        }
        agree(&benches, &mut hub).await;
        for bench in &benches {
            let all = bench.all().await;
            assert_eq!(due_at(bench, id).await, expected, "{every}");
            assert_eq!(all[&id].0.occurrences().len(), 3, "{every}");
            assert_eq!(due_at(bench, tidy).await, "2026-11-24", "{every}");
            assert_eq!(all[&tidy].1.as_deref(), Some("- [ ] bins\n- [ ] glass\n"), "{every}");
        }
        // Done or skipped: that is told; when it was done is not.
        let lost = benches[0].db.conflicts(0, 10).await.unwrap();
        assert!(lost.iter().all(|lost| lost.name.starts_with(register::OCCURRENCE)), "{lost:?}");
        // A rule changed on one machine while the other completes: one next date all the same.
        benches[0].run(modify(id, "every!:3d")).await.unwrap();
        deal_with(&benches[1], id, Transition::Done).await;
        agree(&benches, &mut hub).await;
        let due = due_at(&benches[0], id).await;
        for bench in &benches {
            assert_eq!(due_at(bench, id).await, due);
        }
    }
}

/// The dependencies a store ignores.
fn ignored(bench: &Bench) -> Vec<(NodeId, NodeId)> {
    bench.model.borrow().open.ignored().collect()
}

#[actix_rt::test]
async fn a_circle_that_a_merge_makes_is_opened_alike_on_all_machines() {
    let (mut hub, benches) = (Hub::default(), three().await);
    let (a, b, c) = (benches[0].add("a").await, benches[0].add("b").await, benches[0].add("c").await);
    agree(&benches, &mut hub).await;
    benches[0].run(modify(a, &format!("dep:{b}"))).await.unwrap();
    benches[0].run(modify(b, &format!("dep:{c}"))).await.unwrap();
    // Its clock shows the same, and it has written less: its stamp is told apart by its counter and its device.
    benches[1].run(modify(c, &format!("dep:{a}"))).await.unwrap();
    agree(&benches, &mut hub).await;
    let nodes = benches[0].db.nodes(&[a, b, c]).await.unwrap();
    let stamp = |&(task, on): &(NodeId, NodeId)| {
        nodes[&task].registers.register(&format!("{}{on}", register::DEPENDS_ON)).unwrap().stamp
    };
    let newest = [(a, b), (b, c), (c, a)].into_iter().max_by_key(stamp).unwrap();
    for bench in &benches {
        assert_eq!(ignored(bench), [newest]);
        assert_eq!(bench.model.borrow().open.blockers(newest.0), []);
    }
    // A store that is opened anew ignores the same.
    let model = std::cell::RefCell::new(super::model::ReadModel::new(0));
    let db = &benches[2].db;
    let (tasks, codes) = (db.load_open_tasks().await.unwrap(), db.load_codes().await.unwrap());
    model.borrow_mut().load(tasks, &[], codes, Settings::default());
    super::circles::settle(db, &model).await;
    assert_eq!(model.borrow().open.ignored().collect::<Vec<_>>(), [newest]);

    // To keep it takes the newest other one of the circle away, everywhere; undo brings the circle back.
    let edge = Edge { link: Link::WaitsFor, from: newest.0, to: newest.1 };
    let keep = Command::SettleCircles { edges: vec![edge], keep: true };
    benches[2].run(keep.clone()).await.unwrap();
    agree(&benches, &mut hub).await;
    for bench in &benches {
        assert_eq!(ignored(bench), []);
        assert_eq!(bench.model.borrow().open.blockers(newest.0), [newest.1]);
    }
    assert_eq!(benches[2].run(keep).await.unwrap_err().code, heph_protocol::ErrorCode::Refused);
    benches[2].run(Command::Undo { group: None }).await.unwrap();
    agree(&benches, &mut hub).await;
    assert_eq!(ignored(&benches[0]).len(), 1);

    // To dismiss it takes the ignored one away.
    let edges = ignored_links(&benches[1]);
    benches[1].run(Command::SettleCircles { edges, keep: false }).await.unwrap();
    agree(&benches, &mut hub).await;
    for bench in &benches {
        assert_eq!(ignored(bench), []);
    }
}

fn ignored_links(bench: &Bench) -> Vec<Edge> {
    bench.model.borrow().open.ignored_links().collect()
}

#[actix_rt::test]
async fn tasks_that_a_merge_makes_part_of_each_other_are_opened_alike_on_all_machines() {
    let (mut hub, benches) = (Hub::default(), three().await);
    let (a, b, c) = (benches[0].add("a").await, benches[0].add("b").await, benches[0].add("c").await);
    agree(&benches, &mut hub).await;
    benches[0].run(modify(a, &format!("parent:{b}"))).await.unwrap();
    benches[1].run(modify(b, &format!("parent:{c}"))).await.unwrap();
    benches[1].run(modify(c, &format!("parent:{a}"))).await.unwrap();
    agree(&benches, &mut hub).await;
    let nodes = benches[0].db.nodes(&[a, b, c]).await.unwrap();
    let stamp =
        |&(task, _): &(NodeId, NodeId)| nodes[&task].registers.register(register::PARENT).unwrap().stamp;
    let newest = [(a, b), (b, c), (c, a)].into_iter().max_by_key(stamp).unwrap();
    let edge = Edge { link: Link::PartOf, from: newest.0, to: newest.1 };
    let now = benches[0].now.clone();
    for bench in &benches {
        assert_eq!(ignored_links(bench), [edge]);
        let mut model = bench.model.borrow_mut();
        assert!(!model.open.children(newest.1).contains(&newest.0));
        // One of them has no open part, and so can be done.
        assert_eq!(model.open.next(&now, None, 9).ids.len(), 1);
    }
    // A store that is opened anew ignores the same.
    let model = std::cell::RefCell::new(super::model::ReadModel::new(0));
    let db = &benches[2].db;
    let (tasks, codes) = (db.load_open_tasks().await.unwrap(), db.load_codes().await.unwrap());
    model.borrow_mut().load(tasks, &[], codes, Default::default());
    super::circles::settle(db, &model).await;
    assert_eq!(model.borrow().open.ignored_links().collect::<Vec<_>>(), [edge]);

    // To keep it takes the newest other one of the circle away, everywhere; undo brings the circle back.
    let keep = Command::SettleCircles { edges: vec![edge], keep: true };
    benches[2].run(keep.clone()).await.unwrap();
    agree(&benches, &mut hub).await;
    for bench in &benches {
        assert_eq!(ignored_links(bench), []);
        assert_eq!(bench.model.borrow().open.children(newest.1), [newest.0]);
    }
    assert_eq!(benches[2].run(keep).await.unwrap_err().code, heph_protocol::ErrorCode::Refused);
    benches[2].run(Command::Undo { group: None }).await.unwrap();
    agree(&benches, &mut hub).await;
    assert_eq!(ignored_links(&benches[0]).len(), 1);

    // To dismiss it takes the ignored one away; a new part can be added below what was a circle.
    let edges = ignored_links(&benches[1]);
    benches[1].run(Command::SettleCircles { edges, keep: false }).await.unwrap();
    agree(&benches, &mut hub).await;
    for bench in &benches {
        assert_eq!(ignored_links(bench), []);
    }
}
