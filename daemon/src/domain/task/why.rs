//! `heph why`: a task's gate and score in words, and when they change by themselves.

mod change;
mod words;

use super::gate::Gate;
use super::rank::{Around, Score, Weights};
use super::today::Today;
use super::{Status, Task};
use crate::domain::decimal::show_decimal;

/// Why a task stands where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// What keeps it out of `next`; empty when it is available.
    pub gate: Vec<Reason>,
    /// The terms of its score that have an input.
    pub terms: Vec<Term>,
    /// The score, in thousandths of a point.
    pub total: i64,
    /// Its place among the available tasks, from 1; `None` when it is not one of them.
    pub place: Option<usize>,
    /// The nearest moment at which this changes by itself, age aside, and what changes.
    pub changes: Option<String>,
}

/// Something that keeps a task out of `next`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The gate.
    pub name: &'static str,
    /// The reason in words.
    pub detail: String,
}

/// A term of a score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Its name.
    pub name: &'static str,
    /// Its input in words.
    pub input: String,
    /// Its points, in thousandths.
    pub milli: i64,
    /// What it weighs by the settings, in words.
    pub weight: String,
}

/// What a task's surroundings are called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names<'a> {
    /// Titles of the open tasks it depends on.
    pub blockers: Vec<&'a str>,
    /// Title of its project.
    pub project: Option<&'a str>,
    /// Title of the first task of its project, if that goes in sequence.
    pub first: Option<&'a str>,
    /// Title of the task whose due date is its deadline, if that is another one.
    pub deadline_of: Option<&'a str>,
}

impl Why {
    /// Explains an open task; its place is the caller's to fill in.
    pub fn of(task: &Task, around: &Around, names: &Names<'_>, weights: &Weights, today: &Today<'_>) -> Self {
        let score = Score::of(task, around, weights, today);
        let reason =
            |gate: Gate| Reason { name: gate.name(), detail: detail(gate, task, around, names, today) };
        Self {
            gate: Gate::all_of(task, around, today).into_iter().map(reason).collect(),
            terms: terms(task, around, names, weights, &score, today),
            total: score.total(),
            place: None,
            changes: change::nearest(task, around, weights, today),
        }
    }
}

fn detail(gate: Gate, task: &Task, around: &Around, names: &Names<'_>, today: &Today<'_>) -> String {
    let when = |when: &Option<_>| when.as_ref().map_or_else(String::new, |when| words::when(when, today));
    match gate {
        Gate::Deferred => format!("deferred until {}", when(&task.defer)),
        Gate::Lead => {
            let lead = words::count(task.lead_days.unwrap_or(0).into(), "day");
            let from = change::lead_begins(task, today).map(|date| words::day(date, today));
            format!("shows {lead} before it is due, from {}", from.unwrap_or_default())
        }
        Gate::Blocked => format!("blocked by {}", words::titles(&names.blockers)),
        Gate::Waiting => match &task.waiting_on {
            Some(whom) => format!("waiting for {whom}"),
            None => "waiting".to_owned(),
        },
        Gate::Someday => "kept for some day".to_owned(),
        Gate::OnHold => format!("project {} is not active", words::titles(names.project.as_slice())),
        Gate::Sequential => {
            let project = words::titles(names.project.as_slice());
            format!("{} comes first in project {project}", words::titles(names.first.as_slice()))
        }
        Gate::Parent => format!("has {}", words::count(around.children.into(), "open child")),
        Gate::Expired => format!("expired: {}", when(&task.expires)),
    }
}

fn terms(
    task: &Task,
    around: &Around,
    names: &Names<'_>,
    weights: &Weights,
    score: &Score,
    today: &Today<'_>,
) -> Vec<Term> {
    let mut terms = Vec::new();
    let mut add =
        |name, milli, input: String, weight: String| terms.push(Term { name, input, milli, weight });
    let shown = show_decimal;
    if score.pin != 0 {
        add("pin", score.pin, "pinned on today".to_owned(), shown(weights.pin));
    }
    if task.status == Status::Doing {
        add("doing", score.doing, "begun".to_owned(), shown(weights.doing));
    }
    if let Some(planned) = &task.planned {
        let input = format!("planned for {}", words::when(planned, today));
        add("planned", score.planned, input, format!("{} once it has come", shown(weights.planned)));
    }
    if let Some(priority) = task.priority {
        let weight = shown(weights.priority_points(task.priority));
        add("priority", score.priority, format!("priority {priority}"), weight);
    }
    if around.dependents > 0 {
        let dependents = words::count(around.dependents.into(), "open task");
        let (each, most) = (shown(weights.unblocks_each), shown(weights.unblocks_most));
        add(
            "unblocks",
            score.unblocks,
            format!("blocks {dependents}"),
            format!("{each} each, at most {most}"),
        );
    }
    if let Some(days) = around.deadline.days_from(today.date) {
        let due = words::due(days);
        let input = match names.deadline_of {
            Some(title) => format!("blocks {}, {due}", words::titles(&[title])),
            None => due,
        };
        add("due", score.due, input, words::due_weight(weights, days));
    }
    let age = words::count(today.days_since(task.created).into(), "day");
    let weight = format!("{} after {}", shown(weights.age), words::count(weights.age_days.into(), "day"));
    add("age", score.age, format!("{age} old"), weight);
    if around.project_weight != 0 {
        let project = words::titles(names.project.as_slice());
        add("project", score.project, format!("project {project}"), around.project_weight.to_string());
    }
    for tag in &task.tags {
        let points = weights.tag_points(tag);
        if points != 0 {
            add("tag", points, format!("tag {tag}"), shown(points));
        }
    }
    terms
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::domain::date::Now;
    use crate::domain::id::NodeId;
    use crate::domain::task::Deadline;

    fn why(change: impl FnOnce(&mut Task, &mut Around, &mut Names<'_>)) -> Why {
        let now = Now::new("2026-11-23T09:00:00Z".parse().unwrap(), TimeZone::get("Europe/Berlin").unwrap());
        let mut task = Task::new(NodeId::from_bytes([1; 16]), "Paint the fence");
        task.created = now.ms() - 12 * 24 * 60 * 60 * 1_000;
        let (mut around, mut names) = (Around::default(), Names::default());
        change(&mut task, &mut around, &mut names);
        if around.deadline.is_none() {
            around.deadline = Deadline::of(task.due.as_ref(), &now);
        }
        Why::of(&task, &around, &names, &Weights::default(), &Today::of(&now))
    }

    fn lines(why: &Why) -> Vec<String> {
        let gate = why.gate.iter().map(|reason| format!("{}: {}", reason.name, reason.detail));
        let terms = why.terms.iter().map(|term| format!("{} {} {}", term.milli, term.name, term.input));
        gate.chain(terms).chain(why.changes.clone()).collect()
    }

    #[test]
    fn every_term_tells_its_input() {
        let why = why(|task, around, names| {
            task.pinned_on = Some("2026-11-23".parse().unwrap());
            task.status = Status::Doing;
            task.planned = Some("2026-11-22".parse().unwrap());
            task.priority = Some(2);
            task.due = Some("2026-11-26".parse().unwrap());
            around.dependents = 2;
            around.project_weight = 3;
            names.project = Some("Garden");
        });
        insta::assert_snapshot!(lines(&why).join("\n"), @r#"
        15000 pin pinned on today
        4000 doing begun
        5000 planned planned for yesterday
        4000 priority priority 2
        4000 unblocks blocks 2 open tasks
        7071 due due in 3 days
        66 age 12 days old
        3000 project project "Garden"
        tomorrow: pin falls by 15, due rises by 0.6
        "#);
        assert_eq!(why.total, why.terms.iter().map(|term| term.milli).sum::<i64>());
    }

    #[test]
    fn every_gate_tells_its_reason() {
        let why = why(|task, around, names| {
            task.defer = Some("2026-11-30".parse().unwrap());
            task.due = Some("2026-12-20".parse().unwrap());
            task.lead_days = Some(5);
            task.status = Status::Waiting;
            task.waiting_on = Some("Bob".into());
            task.expires = Some("2026-11-20T17:00:00[Europe/Berlin]".parse().unwrap());
            (around.blockers, around.children, around.on_hold) = (4, 1, true);
            names.blockers = vec!["Buy paint", "Ask Ann", "Sand it", "Wait for sun"];
            names.project = Some("Garden");
        });
        insta::assert_snapshot!(lines(&why).join("\n"), @r#"
        deferred: deferred until Mon 2026-11-30
        lead: shows 5 days before it is due, from Tue 2026-12-15
        blocked: blocked by "Buy paint", "Ask Ann", "Sand it" and 1 more
        waiting: waiting for Bob
        on_hold: project "Garden" is not active
        parent: has 1 open child
        expired: expired: Fri 2026-11-20 17:00
        0 due due in 27 days
        66 age 12 days old
        Mon 2026-11-30: deferral ends
        "#);
    }

    #[test]
    fn an_inherited_deadline_names_its_task() {
        let why = why(|_, around, names| {
            let now = Now::new(jiff::Timestamp::UNIX_EPOCH, TimeZone::UTC);
            around.deadline = Deadline::of(Some(&"2026-11-22".parse().unwrap()), &now);
            around.dependents = 1;
            names.deadline_of = Some("Sell the house");
        });
        insta::assert_snapshot!(lines(&why).join("\n"), @r#"
        2000 unblocks blocks 1 open task
        9283 due blocks "Sell the house", due 1 day ago
        66 age 12 days old
        tomorrow: due rises by 0.3
        "#);
    }

    #[test]
    fn a_plain_task_does_not_change_by_itself() {
        assert_eq!(why(|_, _, _| {}).changes, None);
    }
}
