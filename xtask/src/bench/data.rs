//! Generated tasks in Taskwarrior's shape; the same size gives the same tasks, but for the days they are due.

use jiff::{ToSpan as _, ZonedDateTime};
use serde_json::{Value, json};

/// Numbers that look random and are the same every time (splitmix64).
#[derive(Debug)]
pub(crate) struct Numbers(u64);

impl Numbers {
    /// Numbers that begin at a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below a bound.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn one_of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len() as u64) as usize]
    }
}

const VERBS: &[&str] = &["Call", "Write", "Mend", "Buy", "Book", "Sort", "Read", "Plan", "Clean", "Ask"];
const THINGS: &[&str] = &[
    "the plumber",
    "a letter",
    "the shed roof",
    "oat milk",
    "the train",
    "old photographs",
    "chapter three",
];
const ENDS: &[&str] =
    &["before the winter", "with Maria", "at the market", "in the evening", "once more", "by bicycle"];
/// Tags, from common to rare.
pub(crate) const TAGS: &[&str] =
    &["errand", "phone", "mail", "garden", "money", "reading", "travel", "writing"];
/// Projects.
pub(crate) const PROJECTS: &[&str] = &[
    "Home",
    "Home.Money",
    "Home.Shed",
    "Garden",
    "Talks",
    "Lisbon",
    "Work",
    "Work.Hiring",
    "Choir",
    "Bicycle",
];

/// So many open tasks: one in three with a due day, one in twenty waiting for another.
pub(crate) fn tasks(count: usize) -> Vec<Value> {
    let mut numbers = Numbers(20_261_123);
    let now = ZonedDateTime::now();
    let ids: Vec<String> = (0..count).map(|_| uuid(&mut numbers)).collect();
    let stamp = |at: &ZonedDateTime| {
        at.with_time_zone(jiff::tz::TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string()
    };
    (0..count)
        .map(|at| {
            let entry = now.saturating_sub((numbers.below(700 * 24) as i64 + 1).hours());
            let (verb, thing, end) = (numbers.one_of(VERBS), numbers.one_of(THINGS), numbers.one_of(ENDS));
            let mut task = json!({
                "uuid": ids[at],
                "description": format!("{verb} {thing} {end} {at}"),
                "status": "pending",
                "entry": stamp(&entry),
                "modified": stamp(&entry),
            });
            if numbers.below(3) > 0 {
                task["project"] = numbers.one_of(PROJECTS).into();
            }
            let tags: Vec<&str> = TAGS.iter().copied().filter(|_| numbers.below(6) == 0).collect();
            if !tags.is_empty() {
                task["tags"] = tags.into();
            }
            if numbers.below(4) == 0 {
                task["priority"] = numbers.one_of(&["H", "M", "L"]).into();
            }
            if numbers.below(3) == 0 {
                let due = now.saturating_add((numbers.below(360) as i64 - 60).days());
                task["due"] = stamp(&due).into();
            }
            // Only on an earlier one: no cycles.
            if at > 0 && numbers.below(20) == 0 {
                task["depends"] = json!([ids[numbers.below(at as u64) as usize]]);
            }
            task
        })
        .collect()
}

/// A version 4 UUID.
fn uuid(numbers: &mut Numbers) -> String {
    let (high, low) = (numbers.next(), numbers.next());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        0x8000 | (low >> 50),
        low & 0xffff_ffff_ffff
    )
}

/// Writes tasks as `task export` does: one a line, in an array.
pub(crate) fn export(tasks: &[Value]) -> String {
    let lines: Vec<String> = tasks.iter().map(Value::to_string).collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_same_size_gives_the_same_tasks() {
        let titles =
            |tasks: Vec<Value>| tasks.iter().map(|task| task["description"].to_string()).collect::<Vec<_>>();
        assert_eq!(titles(tasks(50)), titles(tasks(50)));
    }

    #[test]
    fn ids_are_unique_and_dependencies_point_back() {
        let tasks = tasks(2_000);
        let mut seen = HashSet::new();
        for task in &tasks {
            for id in task.get("depends").and_then(Value::as_array).into_iter().flatten() {
                assert!(seen.contains(id.as_str().unwrap()), "{task}");
            }
            let id = task["uuid"].as_str().unwrap();
            assert!(id.len() == 36 && seen.insert(id), "{id}");
        }
        let export: Vec<Value> = serde_json::from_str(&export(&tasks)).unwrap();
        assert_eq!(export, tasks);
    }
}
