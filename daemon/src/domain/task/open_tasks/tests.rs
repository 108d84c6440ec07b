//! The model against itself loaded afresh, against a plain reading of the design, and by hand.

mod select;

use std::collections::HashSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::domain::change::{Stamp, Tick};
use crate::domain::date::When;
use crate::domain::id::{DeviceId, OpId};
use crate::domain::task::Status;
use crate::domain::task::gate::Gate;
use crate::domain::task::rank::Score;

fn id(n: u8) -> NodeId {
    NodeId::from_bytes([n; 16])
}

fn project(n: u8, on_hold: bool, weight: i32) -> Project {
    Project { on_hold, weight, ..Project::new(id(100 + n), &format!("Home/Project {n}")) }
}

fn at(instant: &str, zone: &str) -> Now {
    Now::new(instant.parse().unwrap(), TimeZone::get(zone).unwrap())
}

fn monday() -> Now {
    at("2026-11-23T09:00:00Z", "Europe/Berlin")
}

fn task(n: u8, change: impl FnOnce(&mut Task)) -> Task {
    let mut task = Task::new(id(n), &format!("Task {n}"));
    task.created = monday().ms();
    change(&mut task);
    task
}

fn model(tasks: impl IntoIterator<Item = Task>) -> OpenTasks {
    let mut model = OpenTasks::new(Weights::default());
    model.load(tasks.into_iter().collect(), Vec::new());
    model
}

fn next(model: &mut OpenTasks, now: &Now) -> Vec<NodeId> {
    let next = model.next(now, None, usize::MAX);
    assert_eq!(next.available, next.ids.len());
    next.ids
}

fn day(text: &str) -> Option<When> {
    Some(text.parse().unwrap())
}

/// What the design says, without any cache: tasks in order, the gated ones behind.
fn by_the_book(tasks: &[Task], projects: &[Project], now: &Now) -> Vec<(NodeId, bool, i64)> {
    let today = Today::of(now);
    let open: Vec<&Task> = tasks.iter().filter(|task| task.is_open()).collect();
    let ignored = ignored_by_the_book(&open);
    let parents = parents_by_the_book(&open);
    let depends = |task: &Task, on: &Task| {
        task.id != on.id && task.depends_on.contains(&on.id) && !ignored.contains(&(task.id, on.id))
    };
    let mut deadlines: Vec<_> =
        open.iter().map(|task| super::super::Deadline::of(task.due.as_ref(), now)).collect();
    // As often as there are tasks is enough for every path.
    for _ in &open {
        for (blocker, task) in open.iter().enumerate() {
            for (dependent, other) in open.iter().enumerate() {
                if depends(other, task) {
                    deadlines[blocker] = deadlines[blocker].min(deadlines[dependent]);
                }
            }
        }
    }
    let mut rows: Vec<_> = open
        .iter()
        .zip(&deadlines)
        .map(|(task, deadline)| {
            let project = projects.iter().find(|project| Some(project.id) == task.project);
            let count = |relation: &dyn Fn(&Task) -> bool| {
                u32::try_from(open.iter().filter(|other| relation(other)).count()).unwrap()
            };
            let around = super::super::rank::Around {
                blockers: count(&|other| depends(task, other)),
                dependents: count(&|other| depends(other, task)),
                children: count(&|other| parents.contains(&(other.id, task.id))),
                on_hold: project.is_some_and(|project| project.on_hold),
                is_behind: project.is_some_and(|project| is_behind(task, project, &open, &parents)),
                project_weight: project.map_or(0, |project| project.weight),
                deadline: *deadline,
            };
            let score = Score::of(task, &around, &weights(), &today).total();
            let gated = !Gate::all_of(task, &around, &today).is_empty();
            let rank = task.rank.as_deref().map_or((1, ""), |rank| (0, rank));
            let priority = task.priority.unwrap_or(4);
            ((gated, -score, *deadline, priority, rank, task.created, task.id), (task.id, gated, score))
        })
        .collect();
    rows.sort();
    rows.into_iter().map(|(_, row)| row).collect()
}

/// Whether a task of a sequential project stands behind its first one.
fn is_behind(task: &Task, project: &Project, open: &[&Task], parents: &[(NodeId, NodeId)]) -> bool {
    let above = |task: &Task| -> Option<&Task> {
        let parent = open.iter().find(|other| parents.contains(&(task.id, other.id)))?;
        (parent.project == task.project).then_some(parent)
    };
    let mut root = task;
    for _ in open {
        root = above(root).unwrap_or(root);
    }
    let roots = open.iter().filter(|task| task.project == Some(project.id) && above(task).is_none());
    let first = roots.min_by_key(|task| (task.rank.is_none(), task.rank.clone(), task.created, task.id));
    project.sequential && above(root).is_none() && first.is_some_and(|first| first.id != root.id)
}

/// The dependencies that close a circle with older ones.
fn ignored_by_the_book(open: &[&Task]) -> Vec<(NodeId, NodeId)> {
    let edges = open.iter().flat_map(|task| task.depends_on.iter().map(move |on| (task.id, *on)));
    counting_and_ignored(open, edges).1
}

/// The parents that close no circle with older ones; those that are not open too.
fn parents_by_the_book(open: &[&Task]) -> Vec<(NodeId, NodeId)> {
    let edges = || open.iter().filter_map(|task| Some((task.id, task.parent?)));
    let ignored = counting_and_ignored(open, edges()).1;
    edges().filter(|edge| edge.0 != edge.1 && !ignored.contains(edge)).collect()
}

/// From whom to whom.
type Links = Vec<(NodeId, NodeId)>;

/// Of some links those that close no circle with older ones, and those that do.
fn counting_and_ignored(open: &[&Task], edges: impl Iterator<Item = (NodeId, NodeId)>) -> (Links, Links) {
    let is_open = |id: &NodeId| open.iter().any(|task| task.id == *id);
    let mut edges: Vec<_> = edges.filter(|(task, on)| task != on && is_open(on)).collect();
    edges.sort_by_key(|&(task, on)| stamp(task, on));
    let (mut counting, mut ignored) = (Vec::<(NodeId, NodeId)>::new(), Vec::new());
    for (task, on) in edges {
        let mut reached = vec![on];
        // As often as there are edges is enough for every path.
        for _ in &counting {
            let more = counting.iter().filter(|edge| reached.contains(&edge.0)).map(|edge| edge.1);
            reached = reached.iter().copied().chain(more.collect::<Vec<_>>()).collect();
            reached.sort_unstable();
            reached.dedup();
        }
        if reached.contains(&task) { ignored.push((task, on)) } else { counting.push((task, on)) }
    }
    ignored.sort_unstable();
    (counting, ignored)
}

/// When a dependency was written; in no order that ids have.
fn stamp(task: NodeId, on: NodeId) -> Stamp {
    let [one, other] = [task, on].map(|id| u64::from(id.as_bytes()[0]));
    let tick = Tick { ms: one.wrapping_mul(0x9e37_79b9).wrapping_add(other * 31) % 97, counter: 0 };
    Stamp { tick, device: DeviceId::from_bytes(*task.as_bytes()), op: OpId::from_bytes(*on.as_bytes()) }
}

fn settle(model: &mut OpenTasks) {
    if model.unsettled().is_some() {
        model.settle(|edge| stamp(edge.from, edge.to));
    }
}

fn weights() -> Weights {
    let mut weights = Weights::default();
    weights.tags.insert("t1".into(), 1_500);
    weights
}

#[derive(Debug, Clone)]
enum Step {
    Put(Box<Task>),
    Remove(u8),
    PutProject(Project),
    RemoveProject(u8),
    Ask(Box<Now>),
}

fn whens() -> impl Strategy<Value = Option<When>> {
    let days = (-20..20_i64).prop_map(|days| {
        When::Day(Date::constant(2026, 11, 23).saturating_add(jiff::Span::new().days(days)))
    });
    let times = (-2..3_i64, 0..24_i8, prop_oneof![Just("Europe/Berlin"), Just("America/New_York")]).prop_map(
        |(days, hour, zone)| {
            let date = Date::constant(2026, 11, 23).saturating_add(jiff::Span::new().days(days));
            When::Time { at: date.at(hour, 0, 0, 0), zone: zone.into() }
        },
    );
    prop_oneof![3 => Just(None), 2 => days.prop_map(Some), 1 => times.prop_map(Some)]
}

fn tasks() -> impl Strategy<Value = Task> {
    let own = (0..12_u8, prop::sample::select(&Status::ALL[..]), prop::option::of(1..=4_u8), 0..3_i64);
    let dates = (whens(), whens(), whens(), whens(), prop::option::of(0..10_u32));
    let others = (
        prop::collection::hash_set(0..12_u8, 0..3),
        prop::option::of(0..12_u8),
        prop::option::of(0..3_u8),
        prop::collection::btree_set(0..3_u8, 0..3),
        prop::option::of(prop_oneof![Just("a"), Just("b")]),
    );
    (own, dates, others, prop::bool::weighted(0.1), prop::bool::weighted(0.1)).prop_map(
        |((n, status, priority, age), dates, others, trashed, pinned)| {
            task(n, |task| {
                task.status = status;
                task.priority = priority;
                task.created = monday().ms() - age * 86_400_000;
                (task.due, task.planned, task.defer, task.expires, task.lead_days) = dates;
                let (depends_on, parent, project, tags, rank) = others;
                task.depends_on = depends_on.into_iter().map(id).collect();
                task.parent = parent.map(id);
                task.project = project.map(|n| id(100 + n));
                task.tags = tags.into_iter().map(|n| format!("t{n}").into()).collect();
                task.rank = rank.map(Into::into);
                let remind = task.rank.as_ref().and_then(|_| Reminder::typed("due-1h"));
                task.reminders = remind.into_iter().collect();
                task.trashed = trashed;
                task.pinned_on = pinned.then_some(Date::constant(2026, 11, 23));
            })
        },
    )
}

fn nows() -> impl Strategy<Value = Now> {
    let zones =
        prop_oneof![4 => Just("Europe/Berlin"), 1 => Just("America/New_York"), 1 => Just("Asia/Tokyo")];
    (-30..40_i64, zones).prop_map(|(hours, zone)| {
        let mut now = at("2026-11-23T09:00:00Z", zone);
        now.instant += jiff::SignedDuration::from_hours(hours);
        now
    })
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => tasks().prop_map(|task| Step::Put(Box::new(task))),
        1 => (0..12_u8).prop_map(Step::Remove),
        1 => (0..3_u8, any::<bool>(), any::<bool>(), -5..5_i32).prop_map(|(n, on_hold, sequential, weight)| {
            Step::PutProject(Project { sequential, ..project(n, on_hold, weight) })
        }),
        1 => (0..3_u8).prop_map(Step::RemoveProject),
        4 => nows().prop_map(|now| Step::Ask(Box::new(now))),
    ]
}

/// Does a step that writes, in the model and in plain lists.
fn take(step: Step, kept: &mut OpenTasks, tasks: &mut Vec<Task>, projects: &mut Vec<Project>) {
    match step {
        Step::Put(task) => {
            tasks.retain(|other| other.id != task.id);
            tasks.push((*task).clone());
            kept.put(*task);
        }
        Step::Remove(n) => {
            tasks.retain(|other| other.id != id(n));
            kept.remove(id(n));
        }
        Step::PutProject(project) => {
            projects.retain(|other| other.id != project.id);
            projects.push(project.clone());
            kept.put_project(project);
        }
        Step::RemoveProject(n) => {
            projects.retain(|other| other.id != id(100 + n));
            kept.remove_project(id(100 + n));
        }
        Step::Ask(_) => {}
    }
    settle(kept);
}

/// Asks the kept model, a fresh one, and the book the same.
fn check(kept: &mut OpenTasks, tasks: &[Task], projects: &[Project], now: &Now) -> Result<(), TestCaseError> {
    let mut fresh = OpenTasks::new(weights());
    fresh.load(tasks.to_vec(), projects.to_vec());
    settle(&mut fresh);
    let open: Vec<&Task> = tasks.iter().filter(|task| task.is_open()).collect();
    prop_assert_eq!(kept.ignored().collect::<Vec<_>>(), ignored_by_the_book(&open));
    prop_assert_eq!(kept.ignored_links().collect::<Vec<_>>(), fresh.ignored_links().collect::<Vec<_>>());
    prop_assert_eq!(kept.len(), fresh.len());
    let reminders = |model: &OpenTasks| {
        let mut reminders = model.reminders(now);
        reminders.sort_unstable();
        reminders
    };
    prop_assert_eq!(reminders(kept), reminders(&fresh));
    prop_assert_eq!(kept.tags().collect::<Vec<_>>(), fresh.tags().collect::<Vec<_>>());
    for task in tasks {
        prop_assert_eq!(kept.get(task.id), fresh.get(task.id));
        prop_assert_eq!(kept.blockers(task.id), fresh.blockers(task.id));
        prop_assert_eq!(kept.dependents(task.id), fresh.dependents(task.id));
        prop_assert_eq!(kept.children(task.id), fresh.children(task.id));
        // Neither has an order of this moment yet, so both work the facts out.
        let unordered = fresh.facts(task, now);
        prop_assert_eq!(kept.next(now, None, 5), fresh.next(now, None, 5));
        prop_assert_eq!(&kept.facts(task, now), &unordered);
        prop_assert_eq!(fresh.facts(task, now), unordered);
        prop_assert_eq!(kept.why(task.id, now), fresh.why(task.id, now));
    }
    let book = by_the_book(tasks, projects, now);
    let available: Vec<NodeId> = book.iter().filter(|row| !row.1).map(|row| row.0).collect();
    prop_assert_eq!(next(kept, now), available);
    for (position, (id, gated, score)) in book.into_iter().enumerate() {
        let why = kept.why(id, now).unwrap();
        prop_assert_eq!(why.total, score);
        prop_assert_eq!(why.place, (!gated).then_some(position + 1));
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_kept_model_equals_a_fresh_one(steps in prop::collection::vec(steps(), 1..60), last in nows()) {
        let mut kept = OpenTasks::new(weights());
        let (mut tasks, mut projects) = (Vec::<Task>::new(), Vec::<Project>::new());
        for step in steps {
            match step {
                Step::Ask(now) => check(&mut kept, &tasks, &projects, &now)?,
                write => take(write, &mut kept, &mut tasks, &mut projects),
            }
        }
        check(&mut kept, &tasks, &projects, &last)?;
    }
}

#[test]
fn due_today_outranks_due_next_week() {
    let today = task(1, |task| task.due = day("2026-11-23"));
    let next_week = task(2, |task| (task.due, task.priority) = (day("2026-11-30"), Some(2)));
    // 9 against 4.5 + 4.
    assert_eq!(next(&mut model([today, next_week]), &monday()), [id(1), id(2)]);
}

#[test]
fn a_blocker_inherits_the_deadline_through_a_chain() {
    let first = task(1, |_| {});
    let second = task(2, |task| task.depends_on = vec![id(1)]);
    let third = task(3, |task| (task.depends_on, task.due) = (vec![id(2)], day("2026-11-23")));
    let other = task(4, |task| task.priority = Some(1));
    let mut model = model([first, second, third, other]);
    // Unblocks one, and is in effect due today: 2 + 9 against 6.
    assert_eq!(next(&mut model, &monday()), [id(1), id(4)]);

    let why = model.why(id(1), &monday()).unwrap();
    assert_eq!(why.total, 11_000);
    assert_eq!(why.terms[1].input, "blocks \"Task 3\", due today");

    model.put(task(1, |task| task.status = Status::Done));
    assert_eq!(next(&mut model, &monday()), [id(2), id(4)]);
    model.put(task(3, |task| task.depends_on = vec![id(2)]));
    assert_eq!(next(&mut model, &monday()), [id(4), id(2)]);
}

#[test]
fn an_edge_to_what_is_not_open_does_not_block() {
    let mut model = model([task(1, |task| task.depends_on = vec![id(2), id(9)])]);
    assert_eq!(next(&mut model, &monday()), [id(1)]);
    model.put(task(2, |_| {}));
    assert_eq!(next(&mut model, &monday()), [id(2)]);
    assert_eq!(model.blockers(id(1)), [id(2)]);
    model.put(task(2, |task| task.trashed = true));
    assert_eq!(next(&mut model, &monday()), [id(1)]);
}

#[test]
fn members_of_a_cycle_are_blocked_and_nothing_hangs() {
    let ring = |n: u8, on: u8| task(n, |task| task.depends_on = vec![id(on)]);
    let mut due = ring(3, 1);
    due.due = day("2026-11-25");
    let mut model = model([ring(1, 2), ring(2, 3), due, task(4, |task| task.parent = Some(id(4)))]);
    assert_eq!(next(&mut model, &monday()), [id(4)]);
    assert_eq!(model.why(id(1), &monday()).unwrap().gate[0].name, "blocked");
    // Every member passes the deadline on.
    for n in 1..=3 {
        let due = model.why(id(n), &monday()).unwrap().terms.into_iter().find(|term| term.name == "due");
        assert_eq!(due.unwrap().milli, 7_714, "task {n}");
    }
    model.remove(id(2));
    assert_eq!(next(&mut model, &monday()), [id(1), id(4)]);
    // A task that waits for itself waits for nothing.
    model.put(ring(1, 1));
    assert_eq!(next(&mut model, &monday()), [id(1), id(4)]);
}

#[test]
fn a_parent_waits_for_its_open_children() {
    let child = |status: Status| task(2, |task| (task.parent, task.status) = (Some(id(1)), status));
    let mut model = model([task(1, |task| task.priority = Some(1)), child(Status::Someday)]);
    assert_eq!(next(&mut model, &monday()), []);
    assert_eq!(model.children(id(1)), [id(2)]);
    model.put(child(Status::Todo));
    assert_eq!(next(&mut model, &monday()), [id(2)]);
    model.put(child(Status::Done));
    assert_eq!(next(&mut model, &monday()), [id(1)]);
}

#[test]
fn a_resting_project_holds_its_tasks() {
    let in_project = |n: u8| task(n, |task| task.project = Some(id(100)));
    let mut model = model([in_project(1), in_project(2), task(3, |_| {})]);
    assert_eq!(model.project_tasks(id(100)), [id(1), id(2)]);
    assert_eq!(next(&mut model, &monday()), [id(1), id(2), id(3)]);
    model.put_project(project(0, true, 0));
    assert_eq!(next(&mut model, &monday()), [id(3)]);
    assert_eq!(model.why(id(1), &monday()).unwrap().gate[0].detail, "project \"Project 0\" is not active");
    model.put_project(project(0, false, -1));
    assert_eq!(next(&mut model, &monday()), [id(3), id(1), id(2)]);
    model.remove_project(id(100));
    assert_eq!(next(&mut model, &monday()), [id(1), id(2), id(3)]);
}

#[test]
fn times_within_the_day_pass_the_gate_either_way() {
    let deferred = task(1, |task| task.defer = day("2026-11-23T12:00:00[Europe/Berlin]"));
    let expiring = task(2, |task| task.expires = day("2026-11-23T14:00:00[Europe/Berlin]"));
    let mut model = model([deferred, expiring]);
    let at_hour = |hour: u8| at(&format!("2026-11-23T{hour:02}:00:00+01:00"), "Europe/Berlin");
    assert_eq!(next(&mut model, &at_hour(10)), [id(2)]);
    assert_eq!(next(&mut model, &at_hour(12)), [id(1), id(2)]);
    assert_eq!(next(&mut model, &at_hour(15)), [id(1)]);
    // The clock went back.
    assert_eq!(next(&mut model, &at_hour(11)), [id(2)]);
    assert_eq!(next(&mut model, &at("2026-11-24T00:00:00+01:00", "Europe/Berlin")), [id(1)]);
}

#[test]
fn the_day_is_the_users() {
    let mut model = model([task(1, |task| task.defer = day("2026-11-24"))]);
    // 23:30 in Berlin is the 24th in Tokyo.
    assert_eq!(next(&mut model, &at("2026-11-23T22:30:00Z", "Europe/Berlin")), []);
    assert_eq!(next(&mut model, &at("2026-11-23T22:30:00Z", "Asia/Tokyo")), [id(1)]);
    for zone in ["UTC", "America/New_York", "Asia/Kolkata", "Europe/Paris", "Europe/Berlin"] {
        assert_eq!(
            next(&mut model, &at("2026-11-23T22:30:00Z", zone)),
            if zone == "Asia/Kolkata" { vec![id(1)] } else { vec![] }
        );
    }
    assert_eq!(model.orders.len(), ORDERS_KEPT);
}

#[test]
fn ties_go_by_deadline_priority_rank_age_and_id() {
    let far = |n: u8, due: &str| task(n, |task| task.due = day(due));
    let ranked = |n: u8, rank: &str| task(n, |task| task.rank = Some(rank.into()));
    let older = task(3, |task| task.created -= 1);
    let mut model = model([
        task(2, |_| {}),
        task(1, |_| {}),
        older,
        ranked(8, "a1"),
        ranked(9, "a0"),
        far(6, "2027-03-01"),
        far(7, "2027-02-01T09:00:00[Europe/Berlin]"),
        task(5, |task| task.priority = Some(4)),
    ]);
    assert_eq!(next(&mut model, &monday()), [7, 6, 9, 8, 3, 1, 2, 5].map(id));
}

#[test]
fn facts_of_closed_tasks_hold_nothing_back() {
    let done = task(1, |task| (task.status, task.due) = (Status::Done, day("2026-11-20")));
    let model = model([task(2, |task| task.depends_on = vec![id(1)])]);
    let facts = model.facts(&done, &monday());
    assert_eq!(facts, TaskFacts { due_in_days: Some(-3), ..TaskFacts::default() });
}

#[test]
fn facts_of_open_tasks_by_hand() {
    let late = task(1, |task| {
        task.due = day("2026-11-22");
        task.lead_days = Some(1);
        task.modified = monday().ms() - 90 * 86_400_000;
        task.created = monday().ms();
    });
    let blocked = task(2, |task| {
        task.depends_on = vec![id(1)];
        task.due = day("2026-11-23");
        task.expires = day("2026-11-22");
        task.modified = monday().ms();
    });
    let model = model([late.clone(), blocked.clone()]);
    let facts = model.facts(&late, &monday());
    assert!(facts.available && facts.overdue && facts.blocking && facts.stale);
    assert!(!facts.blocked && !facts.deferred && !facts.due_today && !facts.parent && !facts.on_hold);
    assert_eq!((facts.score_milli, facts.due_in_days), (Some(9_283 + 2_000), Some(-1)));
    let facts = model.facts(&blocked, &monday());
    assert!(facts.blocked && facts.due_today && facts.expired);
    assert!(!facts.available && !facts.overdue && !facts.stale);
}

#[test]
fn tags_are_counted() {
    let tagged =
        |n: u8, tags: &[&str]| task(n, |task| task.tags = tags.iter().map(|&tag| tag.into()).collect());
    let mut model = model([tagged(1, &["home", "home/kitchen"]), tagged(2, &["home"])]);
    assert_eq!(model.tags().collect::<Vec<_>>(), [("home", 2), ("home/kitchen", 1)]);
    model.put(tagged(1, &["work"]));
    assert_eq!(model.tags().collect::<Vec<_>>(), [("home", 1), ("work", 1)]);
}

#[test]
fn long_chains_end() {
    let chain = (0..=5_000_u32).map(|n| {
        let mut task = Task::new(NodeId::from_bytes(u128::from(n).to_be_bytes()), "link");
        task.depends_on =
            n.checked_sub(1).map(|n| NodeId::from_bytes(u128::from(n).to_be_bytes())).into_iter().collect();
        task.due = Some(When::Day(
            Date::constant(2026, 12, 1).saturating_add(jiff::Span::new().days(i64::from(n) % 60)),
        ));
        task
    });
    let mut model = model(chain);
    let now = monday();
    let first = model.next(&now, None, 5);
    assert_eq!((first.ids.len(), first.available), (1, 1));
    let ids: HashSet<NodeId> = (0..5)
        .map(|_| {
            let first = model.next(&now, None, 1).ids[0];
            model.remove(first);
            first
        })
        .collect();
    assert_eq!(ids.len(), 5);
}
