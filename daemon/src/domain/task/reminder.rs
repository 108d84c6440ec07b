//! Reminders: at an instant, or some time from a date of the task.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Time;
use jiff::{Span, Timestamp};

use super::Task;
use super::amount::parse_minutes_of_any_length;
use crate::domain::date::{Now, When};
use crate::domain::id::NodeId;

/// The time of day at which a whole day reminds.
const MORNING: Time = Time::constant(9, 0, 0, 0);

/// How long after its instant a reminder still counts as missed, in milliseconds: a week.
pub const MISSED_FOR_MS: i64 = 7 * 86_400_000;

/// The date of a task that a reminder counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Anchor {
    /// When it has to be finished.
    Due,
    /// When one means to do it.
    Planned,
    /// Not before.
    Defer,
}

impl Anchor {
    const fn word(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Planned => "planned",
            Self::Defer => "defer",
        }
    }

    fn date(self, task: &Task) -> Option<&When> {
        match self {
            Self::Due => task.due.as_ref(),
            Self::Planned => task.planned.as_ref(),
            Self::Defer => task.defer.as_ref(),
        }
    }
}

/// When somebody wants to be told of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reminder {
    /// At an instant, or on the morning of a day.
    At(When),
    /// So many minutes after a date of the task; before it when negative.
    From(Anchor, i32),
}

/// A text is no reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a reminder")]
pub struct NotAReminder;

impl Reminder {
    /// Reads `due`, `due-1h`, `plan+30m`, `defer-1d12h` as people write it; `None` for anything else.
    pub fn typed(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        let words = [
            ("due", Anchor::Due),
            ("planned", Anchor::Planned),
            ("plan", Anchor::Planned),
            ("defer", Anchor::Defer),
        ];
        let (rest, anchor) =
            words.into_iter().find_map(|(word, anchor)| Some((text.strip_prefix(word)?, anchor)))?;
        let minutes = match rest.split_at_checked(1) {
            None => 0,
            Some(("-", length)) => -parse_minutes_of_any_length(length)?,
            Some(("+", length)) => parse_minutes_of_any_length(length)?,
            Some(_) => return None,
        };
        Some(Self::From(anchor, minutes))
    }

    /// The instant on a task; `None` while the task has no such date. A whole day counts from nine in the morning.
    pub fn instant(&self, task: &Task, now: &Now) -> Option<Timestamp> {
        let (date, minutes) = match self {
            Self::At(when) => (when, 0),
            Self::From(anchor, minutes) => (anchor.date(task)?, *minutes),
        };
        let base = match date {
            When::Day(day) => {
                let morning = day.to_datetime(MORNING);
                now.zone.to_ambiguous_zoned_datetime(morning).compatible().ok()?
            }
            When::Time { .. } => date.instant().to_zoned_datetime(now.zone.clone()),
        };
        // Days are those of the calendar, so that a day before nine o'clock is nine o'clock.
        let days = Span::new().try_days(i64::from(minutes / 1_440)).ok()?;
        let rest = Span::new().try_minutes(i64::from(minutes % 1_440)).ok()?;
        Some(base.checked_add(days).ok()?.checked_add(rest).ok()?.timestamp())
    }

    /// As [`typed`](Self::typed) reads one that counts from a date; the stored form of one at an instant.
    pub fn typed_form(&self) -> String {
        match self {
            Self::From(anchor, 0) => anchor.word().to_owned(),
            Self::From(anchor, minutes) => {
                let sign = if *minutes < 0 { '-' } else { '+' };
                format!("{}{sign}{}", anchor.word(), length(minutes.unsigned_abs()))
            }
            Self::At(_) => self.to_string(),
        }
    }

    /// In words: `Fri 2026-11-27 17:00`, `1h before due`.
    pub fn describe(&self, now: &Now) -> String {
        match self {
            Self::At(when) => crate::domain::date::describe(when, now),
            Self::From(anchor, 0) => format!("when {} comes", anchor.word()),
            Self::From(anchor, minutes) => {
                let side = if *minutes < 0 { "before" } else { "after" };
                format!("{} {side} {}", length(minutes.unsigned_abs()), anchor.word())
            }
        }
    }
}

/// Minutes in the largest units: `1d12h`, `30m`.
fn length(minutes: u32) -> String {
    let parts = [(minutes / 1_440, "d"), (minutes / 60 % 24, "h"), (minutes % 60, "m")];
    parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count}{unit}")).collect()
}

impl fmt::Display for Reminder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(when) => write!(f, "{when}"),
            Self::From(anchor, minutes) => write!(f, "{}{minutes:+}", anchor.word()),
        }
    }
}

impl FromStr for Reminder {
    type Err = NotAReminder;

    fn from_str(text: &str) -> Result<Self, NotAReminder> {
        for anchor in [Anchor::Due, Anchor::Planned, Anchor::Defer] {
            if let Some(minutes) = text.strip_prefix(anchor.word()) {
                return Ok(Self::From(anchor, minutes.parse().map_err(|_| NotAReminder)?));
            }
        }
        text.parse().map(Self::At).map_err(|_| NotAReminder)
    }
}

/// A reminder of a task with its instant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Coming {
    /// The instant, Unix milliseconds.
    pub at: i64,
    /// The task.
    pub task: NodeId,
    /// The reminder, as its register is named.
    pub reminder: String,
}

/// What is to be told now, and when there is more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Reminders to fire, oldest first.
    pub fire: Vec<Coming>,
    /// The next instant, Unix milliseconds.
    pub next: Option<i64>,
}

/// Decides which reminders fire: those whose instant has come, at most a week ago, and that did not fire yet.
pub fn plan(coming: Vec<Coming>, has_fired: impl Fn(&Coming) -> bool, now_ms: i64) -> Plan {
    let next = coming.iter().map(|one| one.at).filter(|at| *at > now_ms).min();
    let is_due = |one: &Coming| one.at <= now_ms && one.at > now_ms - MISSED_FOR_MS && !has_fired(one);
    let mut fire: Vec<Coming> = coming.into_iter().filter(is_due).collect();
    fire.sort_unstable();
    Plan { fire, next }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    fn now() -> Now {
        Now::new("2026-11-23T09:00:00Z".parse().unwrap(), TimeZone::get("Europe/Berlin").unwrap())
    }

    #[test]
    fn reminders_are_read_and_come_back() {
        for (typed, canonical, words) in [
            ("due", "due+0", "when due comes"),
            ("due-1h", "due-60", "1h before due"),
            ("plan+30m", "planned+30", "30m after planned"),
            ("DEFER-1d12h", "defer-2160", "1d12h before defer"),
        ] {
            let reminder = Reminder::typed(typed).unwrap();
            assert_eq!(reminder.to_string(), canonical);
            assert_eq!(canonical.parse(), Ok(reminder.clone()));
            assert_eq!(reminder.describe(&now()), words);
        }
        for text in ["", "1h", "due1h", "due-", "due-often", "dues"] {
            assert_eq!(Reminder::typed(text), None, "{text}");
        }
        let at: Reminder = "2026-11-27T17:00:00[Europe/Berlin]".parse().unwrap();
        assert!(matches!(at, Reminder::At(_)));
        assert_eq!("due-x".parse::<Reminder>(), Err(NotAReminder));
    }

    #[test]
    fn instants_follow_the_dates() {
        let mut task = Task::new(NodeId::from_bytes([1; 16]), "x");
        let at = |task: &Task, typed: &str| {
            Reminder::typed(typed).unwrap().instant(task, &now()).map(|at| at.to_string())
        };
        assert_eq!(at(&task, "due"), None);
        task.due = Some("2026-11-27".parse().unwrap());
        assert_eq!(at(&task, "due").as_deref(), Some("2026-11-27T08:00:00Z"));
        assert_eq!(at(&task, "due-1d").as_deref(), Some("2026-11-26T08:00:00Z"));
        task.due = Some("2026-11-27T17:00:00[Europe/Berlin]".parse().unwrap());
        assert_eq!(at(&task, "due-1h").as_deref(), Some("2026-11-27T15:00:00Z"));
        // The clock goes back in between.
        task.due = Some("2026-10-25T09:00:00[Europe/Berlin]".parse().unwrap());
        assert_eq!(at(&task, "due-1d").as_deref(), Some("2026-10-24T07:00:00Z"));
        task.due = Some("9999-12-31".parse().unwrap());
        assert_eq!(at(&task, "due+90w"), None);
    }

    #[test]
    fn missed_ones_fire_once_and_old_ones_never() {
        let one = |n: u8, at: i64| Coming { at, task: NodeId::from_bytes([n; 16]), reminder: "due+0".into() };
        let week = MISSED_FOR_MS;
        let all = vec![one(1, week - 10), one(2, week + 5), one(3, week + 9), one(4, 0), one(5, week)];
        let plan = plan(all, |coming| coming.task.as_bytes()[0] == 5, week);
        assert_eq!(plan, Plan { fire: vec![one(1, week - 10)], next: Some(week + 5) });
    }
}
