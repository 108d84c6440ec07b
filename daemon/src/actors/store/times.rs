//! `time.list`: what was worked, summed up.

use std::collections::{BTreeMap, HashMap};

use heph_protocol::envelope::to_map;
use heph_protocol::request::{self, TimeBy};
use heph_protocol::response::TimeList;
use heph_protocol::types::{TimeInterval, TimeRow};
use heph_protocol::{ErrorCode, WireError};
use jiff::Timestamp;

use super::answer::Answering;
use crate::domain::date::{DateWord, Now, When, parse_date};
use crate::domain::id::NodeId;
use crate::domain::node::{Node, NodeKind};
use crate::domain::task::time::{Interval, add_to_days, intervals, sum, worked};
use crate::domain::verbs::Refusal;
use crate::rpc::{Renderer, refusal_error, store_error, time};

/// The most rows, and the most intervals, of one reply.
const MAX_ROWS: usize = 1_000;

/// How much earlier than the first instant asked for a task may have been changed last, by another machine's clock.
const CLOCKS_OFF_MS: i64 = 2 * 86_400_000;

/// A task and the stretches in which it was worked on.
struct Worked<'n> {
    node: &'n Node,
    stretches: Vec<(i64, i64)>,
}

impl Answering {
    /// Sums of what was worked, and the intervals of a task.
    pub(super) async fn times(&self, asked: &request::TimeList, now: &Now) -> Result<Vec<u8>, WireError> {
        let of = match &asked.reference {
            Some(reference) => Some(self.find(reference, now).await?),
            None => None,
        };
        let (from, to) = range(asked, of.is_some(), now)?;
        let mut nodes = self
            .db
            .clocked_tasks(from.saturating_sub(CLOCKS_OFF_MS))
            .await
            .map_err(|error| store_error(&error))?;
        if let Some(of) = &of {
            let is_of = |node: &Node| {
                let project = node.task().and_then(|task| task.project);
                node.id == of.id || project == Some(of.id)
            };
            nodes.retain(is_of);
        }
        let named = nodes.iter().filter_map(|node| node.task()?.project).collect();
        let mut others: HashMap<NodeId, Node> = nodes.iter().map(|node| (node.id, node.clone())).collect();
        self.know(&mut others, named, now).await?;
        let worked: Vec<Worked<'_>> = nodes
            .iter()
            .map(|node| Worked { node, stretches: worked(node, from, to, now.ms()) })
            .filter(|worked| !worked.stretches.is_empty())
            .collect();
        Ok(self.rendered(now, &others, |renderer| {
            let mut rows = rows(&worked, asked.by, now, renderer);
            rows.truncate(MAX_ROWS);
            let is_one = of.as_ref().is_some_and(|node| node.kind() == NodeKind::Task);
            let listed = nodes.first().filter(|_| is_one).map(|node| listed(node, from, to, now));
            to_map(&TimeList {
                from: time(from),
                to: time(to),
                rows,
                total_seconds: seconds(worked.iter().map(|worked| sum(&worked.stretches)).sum()),
                intervals: listed.unwrap_or_default(),
            })
        }))
    }
}

/// The instants asked for: without any, the whole of a task's time, or else this week.
fn range(asked: &request::TimeList, is_of_one: bool, now: &Now) -> Result<(i64, i64), WireError> {
    let from = match asked.from.trim() {
        "" if is_of_one => i64::MIN / 2,
        "" => instant("sow", now)?,
        word => instant(word, now)?,
    };
    let to = match asked.to.trim() {
        "" => now.ms(),
        word => instant(word, now)?.min(now.ms()),
    };
    if from >= to {
        return Err(WireError::new(ErrorCode::Invalid, "the end is before the beginning"));
    }
    Ok((from, to))
}

/// Where a date begins.
fn instant(word: &str, now: &Now) -> Result<i64, WireError> {
    let refusal = match parse_date(word, now, &|_| None) {
        Ok(DateWord::When(when)) => {
            return Ok(match when {
                When::Day(_) => when.starts(now).as_millisecond(),
                When::Time { .. } => when.instant().as_millisecond(),
            });
        }
        Ok(DateWord::None | DateWord::Someday) => Refusal::invalid(word, format!("`{word}` is no date")),
        Err(error) => Refusal { hint: error.hint, ..Refusal::invalid(word, error.message) },
    };
    Err(refusal_error(refusal, Vec::new()))
}

fn rows(worked: &[Worked<'_>], by: TimeBy, now: &Now, renderer: &Renderer<'_>) -> Vec<TimeRow> {
    let project = |node: &Node| node.task().and_then(|task| task.project);
    match by {
        TimeBy::Day => {
            let mut days = BTreeMap::new();
            worked.iter().for_each(|one| add_to_days(&mut days, &one.stretches, now));
            let row = |(day, ms): (jiff::civil::Date, i64)| TimeRow {
                day: Some(day.to_string()),
                seconds: seconds(ms),
                ..TimeRow::default()
            };
            days.into_iter().map(row).collect()
        }
        TimeBy::Task => {
            let row = |one: &Worked<'_>| TimeRow {
                task: Some(renderer.node_ref(one.node.id)),
                project: project(one.node).map(|id| renderer.node_ref(id)),
                seconds: seconds(sum(&one.stretches)),
                ..TimeRow::default()
            };
            sorted(worked.iter().map(row).collect())
        }
        TimeBy::Project => {
            let mut projects: BTreeMap<Option<NodeId>, i64> = BTreeMap::new();
            for one in worked {
                *projects.entry(project(one.node)).or_default() += sum(&one.stretches);
            }
            let row = |(project, ms): (Option<NodeId>, i64)| TimeRow {
                project: project.map(|id| renderer.node_ref(id)),
                seconds: seconds(ms),
                ..TimeRow::default()
            };
            sorted(projects.into_iter().map(row).collect())
        }
    }
}

/// The most first.
fn sorted(mut rows: Vec<TimeRow>) -> Vec<TimeRow> {
    rows.sort_by_key(|row| std::cmp::Reverse(row.seconds));
    rows
}

fn listed(node: &Node, from: i64, to: i64, now: &Now) -> Vec<TimeInterval> {
    let is_within = |interval: &Interval| interval.start < to && interval.end_on(node, now.ms()) >= from;
    let shown = |interval: Interval| TimeInterval {
        id: interval.code(),
        from: instant_text(interval.start),
        to: interval.end.map(instant_text),
        seconds: seconds(interval.end_on(node, now.ms()) - interval.start),
    };
    let mut listed: Vec<TimeInterval> = intervals(node).into_iter().filter(is_within).map(shown).collect();
    let skip = listed.len().saturating_sub(MAX_ROWS);
    listed.split_off(skip)
}

fn instant_text(ms: i64) -> String {
    Timestamp::from_second(ms.div_euclid(1_000)).map(|at| at.to_string()).unwrap_or_default()
}

fn seconds(ms: i64) -> u64 {
    u64::try_from(ms / 1_000).unwrap_or_default()
}
