//! The language, asked about one task.

mod laws;
mod lists;
mod messages;
mod terms;

use jiff::tz::TimeZone;

use super::*;
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::short_id::{Code, parse_prefix};
use crate::domain::task::{Status, Task};

/// Monday 2026-11-23, 10:00 in Berlin.
fn now() -> Now {
    Now::new("2026-11-23T09:00:00Z".parse().unwrap(), TimeZone::get("Europe/Berlin").unwrap())
}

const PARENT: NodeId = NodeId::from_bytes([4; 16]);
const PROJECT: NodeId = NodeId::from_bytes([9; 16]);

/// What a tag `so-blocked` and the like say; every body reads "Ask for Straße 7".
struct Said {
    now: Now,
    terms: Vec<TextTerm>,
}

impl Said {
    fn says(task: &Task, what: &str) -> bool {
        task.tags.iter().any(|tag| tag.strip_prefix("so-") == Some(what))
    }
}

impl Facts for Said {
    fn now(&self) -> &Now {
        &self.now
    }

    fn project_path(&self, project: NodeId) -> Option<&str> {
        (project == PROJECT).then_some("Home/Kitchen")
    }

    fn area_path(&self, project: NodeId) -> Option<&str> {
        (project == PROJECT).then_some("Life")
    }

    fn title(&self, task: NodeId) -> Option<&str> {
        (task == PARENT).then_some("Above")
    }

    fn is_on_hold(&self, task: &Task) -> bool {
        Self::says(task, "on-hold")
    }

    fn is_blocked(&self, task: &Task) -> bool {
        Self::says(task, "blocked")
    }

    fn is_blocking(&self, task: &Task) -> bool {
        Self::says(task, "blocking")
    }

    fn is_available(&self, task: &Task) -> bool {
        Self::says(task, "available")
    }

    fn is_deferred(&self, task: &Task) -> bool {
        Self::says(task, "deferred")
    }

    fn has_open_children(&self, task: &Task) -> bool {
        Self::says(task, "parent")
    }

    fn is_under(&self, task: &Task, ancestor: NodeId) -> bool {
        task.parent == Some(ancestor)
    }

    fn short_id_matches(&self, task: &Task, prefix: &str) -> bool {
        parse_prefix(prefix).is_some_and(|codes| codes.contains(&Code::of(task.id)))
    }

    fn score(&self, task: &Task) -> Option<f64> {
        task.is_open().then_some(8.5)
    }

    fn next_place(&self, task: &Task) -> Option<[i64; 3]> {
        let gated = i64::from(!self.is_available(task));
        self.score(task).map(|score| [gated, (score * -1000.0) as i64, 0])
    }

    fn is_found(&self, lookup: usize, task: &Task) -> bool {
        match self.terms.get(lookup) {
            Some(term) => term.is_in("Ask for Straße 7"),
            None => Self::says(task, "linking"),
        }
    }
}

fn bind(text: &str) -> BoundFilter {
    let node = |reference: &str| (reference == "4444").then_some(PARENT);
    parse(text, &Vocabulary::NONE)
        .and_then(|filter| filter.bind(&now(), &node))
        .unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

fn matches(text: &str, task: &Task) -> bool {
    let filter = bind(text);
    let said = Said { now: now(), terms: filter.text_terms().to_vec() };
    filter.matches(task, &said)
}

fn ms(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

/// An open task with everything set.
fn task() -> Task {
    let mut task = Task::new(NodeId::from_bytes([1; 16]), "Call the Bank about 10:30");
    task.tags = ["home/kitchen", "phone", "so-available", "so-blocking"].map(Into::into).to_vec();
    task.priority = Some(2);
    task.due = Some("2026-11-27T17:00:00[Europe/Berlin]".parse().unwrap());
    task.planned = Some("2026-11-23".parse().unwrap());
    task.estimate_minutes = Some(45);
    task.lead_days = Some(3);
    task.project = Some(PROJECT);
    task.parent = Some(PARENT);
    task.depends_on = vec![PARENT];
    task.waiting_on = Some("Bob Smith".into());
    task.created = ms("2026-11-20T23:30:00Z");
    task.modified = ms("2026-11-23T08:00:00Z");
    task.has_body = true;
    task
}

/// An open task with nothing set.
fn bare() -> Task {
    let mut task = Task::new(NodeId::from_bytes([2; 16]), "Bare");
    task.created = ms("2026-01-01T00:00:00Z");
    task.modified = task.created;
    task
}

fn closed(status: Status) -> Task {
    Task { status, status_at: ms("2026-11-22T12:00:00Z"), ..task() }
}

fn check(task: &Task, yes: &[&str], no: &[&str]) {
    for text in yes {
        assert!(matches(text, task), "{text}");
        assert!(text.is_empty() || !matches(&format!("not ({text})"), task), "not {text}");
    }
    for text in no {
        assert!(!matches(text, task), "{text}");
        assert!(matches(&format!("-({text})"), task), "not {text}");
    }
}
