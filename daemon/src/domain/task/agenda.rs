//! What the days bring: tasks by the dates they have, each day's timed ones first.

use jiff::Span;
use jiff::civil::{Date, Time};

use super::{Status, Task};
use crate::domain::date::{Now, When};
use crate::domain::id::NodeId;

/// Days behind the last one shown within which deadlines are told.
const UPCOMING_DAYS: i64 = 14;

/// Why a task stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Occasion {
    /// It has to be finished.
    Due,
    /// One means to do it.
    Planned,
    /// Its answer is to be asked for.
    FollowUp,
    /// It comes back: it was deferred until then.
    Begins,
    /// It is of no use afterwards.
    Expires,
}

/// A task on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The task.
    pub task: NodeId,
    /// Why it stands here.
    pub occasion: Occasion,
    /// The day, where the user is.
    pub date: Date,
    /// The time, where the user is; `None` for the whole day.
    pub time: Option<Time>,
}

/// What some days bring.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agenda {
    /// Deadlines that are past, oldest first.
    pub overdue: Vec<Entry>,
    /// Plans of days before the first one that came to nothing, oldest first.
    pub slipped: Vec<Entry>,
    /// What stands on the days asked for: by day, timed before whole-day, by time, by occasion.
    pub entries: Vec<Entry>,
    /// Deadlines of the two weeks behind the last day, earliest first.
    pub upcoming: Vec<Entry>,
}

/// The days of a week or one day: the first and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub from: Date,
    /// How many.
    pub count: u8,
}

impl Days {
    /// One day.
    pub fn day(date: Date) -> Self {
        Self { from: date, count: 1 }
    }

    /// The week a day stands in, which begins as the user's weeks do.
    pub fn week(date: Date, now: &Now) -> Self {
        let into = date.weekday().since(now.week_start);
        let from = date.checked_sub(Span::new().days(i64::from(into))).unwrap_or(date);
        Self { from, count: 7 }
    }

    /// Every day.
    pub fn each(&self) -> impl Iterator<Item = Date> {
        let from = self.from;
        (0..i64::from(self.count)).filter_map(move |days| from.checked_add(Span::new().days(days)).ok())
    }

    /// The last.
    pub fn to(&self) -> Date {
        self.each().last().unwrap_or(self.from)
    }
}

impl Agenda {
    /// Sorts open tasks onto days.
    pub fn of<'t>(tasks: impl Iterator<Item = &'t Task>, days: Days, now: &Now) -> Self {
        let mut agenda = Self::default();
        let (from, to, today) = (days.from, days.to(), now.today());
        let soon = to.checked_add(Span::new().days(UPCOMING_DAYS)).unwrap_or(Date::MAX);
        for task in tasks {
            for (occasion, when) in occasions(task) {
                let entry = entry(task.id, occasion, when, now);
                let has_today = (from..=to).contains(&today);
                if occasion == Occasion::Due && when.is_past(now) {
                    agenda.overdue.push(entry);
                } else if (from..=to).contains(&entry.date) {
                    agenda.entries.push(entry);
                } else if occasion == Occasion::Due && has_today && (to..=soon).contains(&entry.date) {
                    agenda.upcoming.push(entry);
                } else if occasion == Occasion::Planned && has_today && entry.date < from {
                    agenda.slipped.push(entry);
                }
            }
        }
        for list in [&mut agenda.overdue, &mut agenda.slipped, &mut agenda.entries, &mut agenda.upcoming] {
            list.sort_by_key(|entry| {
                (entry.date, entry.time.is_none(), entry.time, entry.occasion, entry.task)
            });
        }
        agenda
    }
}

/// The dates by which an open task stands on a day. A plan for the very day it is due says nothing more.
fn occasions(task: &Task) -> impl Iterator<Item = (Occasion, &When)> {
    let planned = task.planned.as_ref().filter(|planned| Some(*planned) != task.due.as_ref());
    let is_someday = task.status == Status::Someday;
    [
        (Occasion::Due, task.due.as_ref()),
        (Occasion::Planned, planned.filter(|_| !is_someday)),
        (Occasion::FollowUp, task.follow_up.as_ref().filter(|_| task.status == Status::Waiting)),
        (Occasion::Begins, task.defer.as_ref().filter(|_| !is_someday)),
        (Occasion::Expires, task.expires.as_ref()),
    ]
    .into_iter()
    .filter_map(|(occasion, when)| Some((occasion, when?)))
}

fn entry(task: NodeId, occasion: Occasion, when: &When, now: &Now) -> Entry {
    match when {
        When::Day(date) => Entry { task, occasion, date: *date, time: None },
        When::Time { .. } => {
            let local = when.instant().to_zoned_datetime(now.zone.clone());
            Entry { task, occasion, date: local.date(), time: Some(local.time()) }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    fn id(n: u8) -> NodeId {
        NodeId::from_bytes([n; 16])
    }

    fn task(n: u8, change: impl FnOnce(&mut Task)) -> Task {
        let mut task = Task::new(id(n), &format!("Task {n}"));
        change(&mut task);
        task
    }

    fn on(text: &str) -> Option<When> {
        Some(text.parse().unwrap())
    }

    fn shown(tasks: &[Task], days: Days, now: &Now) -> String {
        let agenda = Agenda::of(tasks.iter(), days, now);
        let mut lines = Vec::new();
        let lists = [
            ("overdue", agenda.overdue),
            ("slipped", agenda.slipped),
            ("on", agenda.entries),
            ("upcoming", agenda.upcoming),
        ];
        for (name, list) in lists {
            lines.extend(list.iter().map(|entry| {
                let time = entry.time.map(|time| format!(" {time}")).unwrap_or_default();
                format!("{name} {}{time} {:?} {}", entry.date, entry.occasion, entry.task.as_bytes()[0])
            }));
        }
        lines.join("\n")
    }

    #[test]
    fn a_day_and_a_week() {
        // A Wednesday.
        let now = Now::new("2026-11-25T09:00:00Z".parse().unwrap(), TimeZone::get("Europe/Berlin").unwrap());
        let tasks = [
            task(1, |task| task.due = on("2026-11-24")),
            task(2, |task| task.due = on("2026-11-25")),
            task(3, |task| task.due = on("2026-11-25T17:00:00[Europe/Berlin]")),
            // Half past nine in the morning there: later today here.
            task(4, |task| task.due = on("2026-11-25T09:30:00[America/New_York]")),
            task(5, |task| (task.planned, task.due) = (on("2026-11-20"), on("2026-11-29"))),
            task(6, |task| (task.planned, task.due) = (on("2026-11-25"), on("2026-11-25"))),
            task(7, |task| (task.follow_up, task.status) = (on("2026-11-26"), Status::Waiting)),
            task(8, |task| (task.follow_up, task.defer) = (on("2026-11-26"), on("2026-11-27"))),
            task(9, |task| (task.planned, task.status) = (on("2026-11-25"), Status::Someday)),
            task(10, |task| (task.due, task.expires) = (on("2026-12-09"), on("2026-11-28"))),
            task(11, |task| task.due = on("2026-12-30")),
            task(12, |task| task.due = on("2026-11-25T08:00:00[Europe/Berlin]")),
        ];
        insta::assert_snapshot!(shown(&tasks, Days::day(now.today()), &now), @"
        overdue 2026-11-24 Due 1
        overdue 2026-11-25 08:00:00 Due 12
        slipped 2026-11-20 Planned 5
        on 2026-11-25 15:30:00 Due 4
        on 2026-11-25 17:00:00 Due 3
        on 2026-11-25 Due 2
        on 2026-11-25 Due 6
        upcoming 2026-11-29 Due 5
        upcoming 2026-12-09 Due 10
        ");
        insta::assert_snapshot!(shown(&tasks, Days::week(now.today(), &now), &now), @"
        overdue 2026-11-24 Due 1
        overdue 2026-11-25 08:00:00 Due 12
        slipped 2026-11-20 Planned 5
        on 2026-11-25 15:30:00 Due 4
        on 2026-11-25 17:00:00 Due 3
        on 2026-11-25 Due 2
        on 2026-11-25 Due 6
        on 2026-11-26 FollowUp 7
        on 2026-11-27 Begins 8
        on 2026-11-28 Expires 10
        on 2026-11-29 Due 5
        upcoming 2026-12-09 Due 10
        ");
        let next_week = Days::week("2026-12-02".parse().unwrap(), &now);
        insta::assert_snapshot!(shown(&tasks, next_week, &now), @"
        overdue 2026-11-24 Due 1
        overdue 2026-11-25 08:00:00 Due 12
        ");
    }

    #[test]
    fn a_week_begins_as_the_users_do() {
        let mut now = Now::new("2026-11-25T09:00:00Z".parse().unwrap(), TimeZone::UTC);
        let week = |now: &Now, day: &str| {
            let days = Days::week(day.parse().unwrap(), now);
            (days.from.to_string(), days.to().to_string())
        };
        assert_eq!(week(&now, "2026-11-29"), ("2026-11-23".into(), "2026-11-29".into()));
        now.week_start = jiff::civil::Weekday::Sunday;
        assert_eq!(week(&now, "2026-11-29"), ("2026-11-29".into(), "2026-12-05".into()));
    }
}
