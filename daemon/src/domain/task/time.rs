//! Time that was worked: clock intervals, and their sums.
//!
//! An interval is a register of its own on the task, named by an id, so that two machines that both clocked keep both.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Span, Timestamp};

use super::Status;
use crate::domain::date::{Now, When};
use crate::domain::id::NodeId;
use crate::domain::node::{Node, register};
use crate::domain::value::Value;

/// Letters by which people name an interval of a task.
const CODE: usize = 6;

/// A stretch of work. Instants are Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// Its id, unique within its task.
    pub id: NodeId,
    /// When it began.
    pub start: i64,
    /// When it ended; `None` while the clock runs.
    pub end: Option<i64>,
}

impl Interval {
    /// How people name it, beside its task.
    pub fn code(&self) -> String {
        blake3::hash(self.id.as_bytes()).to_hex().chars().take(CODE).collect()
    }

    /// The name of its register.
    pub fn register(&self) -> String {
        format!("{}{}", register::TIME, self.id)
    }

    /// The value of its register.
    pub fn value(&self) -> Value {
        Value::List(vec![self.start.into(), self.end.map_or(Value::Nil, Value::Int)])
    }

    /// Its end on a task: a clock that runs on one that is not being done stopped when the status was set.
    pub fn end_on(&self, node: &Node, now_ms: i64) -> i64 {
        let (status, at, _) = node.status();
        let stopped = if status == Status::Doing { now_ms } else { at };
        self.end.unwrap_or(stopped).max(self.start)
    }
}

/// The intervals of a task, oldest first.
pub fn intervals(node: &Node) -> Vec<Interval> {
    let read = |(id, value): (&str, &Value)| match value.as_list() {
        [start, end, ..] => {
            Some(Interval { id: id.parse().ok()?, start: start.as_int()?, end: end.as_int() })
        }
        _ => None,
    };
    let mut intervals: Vec<Interval> = node.registers.with_prefix(register::TIME).filter_map(read).collect();
    intervals.sort_by_key(|interval| (interval.start, interval.id));
    intervals
}

/// The stretches within two instants in which a task was worked on. Where intervals overlap, as when two machines
/// clocked, the time counts once.
pub fn worked(node: &Node, from: i64, to: i64, now_ms: i64) -> Vec<(i64, i64)> {
    let mut stretches: Vec<(i64, i64)> = Vec::new();
    for interval in intervals(node) {
        let (start, end) = (interval.start.max(from), interval.end_on(node, now_ms).min(to));
        match stretches.last_mut() {
            _ if start >= end => {}
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => stretches.push((start, end)),
        }
    }
    stretches
}

/// Milliseconds of stretches.
pub fn sum(stretches: &[(i64, i64)]) -> i64 {
    stretches.iter().map(|(start, end)| end - start).sum()
}

/// Adds stretches to the days they lie on, where the user is. In milliseconds.
pub fn add_to_days(days: &mut BTreeMap<Date, i64>, stretches: &[(i64, i64)], now: &Now) {
    for &(mut start, end) in stretches {
        while start < end {
            let Ok(at) = Timestamp::from_millisecond(start) else { break };
            let date = at.to_zoned_datetime(now.zone.clone()).date();
            let tomorrow = date.checked_add(Span::new().days(1)).ok().map(When::Day);
            let midnight = tomorrow.map(|day| day.starts(now).as_millisecond());
            // A day that has no end is the calendar's last.
            let until = midnight.filter(|midnight| *midnight > start).unwrap_or(end).min(end);
            *days.entry(date).or_default() += until - start;
            start = until;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::change::Stamp;
    use crate::domain::node::status_value;

    fn node(intervals: &[(u8, i64, Option<i64>)], status: Status, at: i64) -> Node {
        let mut node = Node::new(NodeId::from_bytes([9; 16]));
        for &(id, start, end) in intervals {
            let interval = Interval { id: NodeId::from_bytes([id; 16]), start, end };
            node.registers.write(&interval.register(), interval.value(), Stamp::LEAST);
        }
        node.registers.write(register::STATUS, status_value(status, at, None), Stamp::LEAST);
        node
    }

    #[test]
    fn time_of_two_machines_counts_once() {
        let node = node(&[(1, 100, Some(200)), (2, 150, Some(300)), (3, 400, None)], Status::Doing, 400);
        assert_eq!(worked(&node, 0, 1_000, 450), [(100, 300), (400, 450)]);
        assert_eq!(worked(&node, 120, 410, 450), [(120, 300), (400, 410)]);
        assert_eq!(sum(&worked(&node, 0, 1_000, 450)), 250);
    }

    #[test]
    fn a_clock_nobody_stopped_ended_with_the_work() {
        let forgotten = node(&[(1, 100, None)], Status::Done, 180);
        assert_eq!(worked(&forgotten, 0, 1_000, 900), [(100, 180)]);
        let odd = node(&[(1, 100, None), (2, 50, Some(20))], Status::Done, 80);
        assert_eq!(worked(&odd, 0, 1_000, 900), []);
    }

    #[test]
    fn a_night_belongs_to_two_days() {
        let ms = |text: &str| text.parse::<Timestamp>().unwrap().as_millisecond();
        let mut days = BTreeMap::new();
        let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
        let now = Now::new("2026-11-26T12:00:00Z".parse().unwrap(), zone);
        add_to_days(&mut days, &[(ms("2026-11-25T22:30:00Z"), ms("2026-11-26T00:30:00Z"))], &now);
        let shown: Vec<_> = days.iter().map(|(day, ms)| (day.to_string(), ms / 60_000)).collect();
        assert_eq!(shown, [("2026-11-25".to_owned(), 30), ("2026-11-26".to_owned(), 90)]);
    }
}
