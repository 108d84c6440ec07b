//! A task's recurrence as its register has it, and the dates it gives an occurrence.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::rule::Rule;
use super::series::{Mode, Occurrences, next};
use super::words::describe_rule;
use crate::domain::date::{When, days_between};
use crate::domain::value::Value;

/// A date of a task that moves with its occurrences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskDate {
    /// When it has to be finished.
    Due,
    /// When one means to do it.
    Planned,
    /// Not before.
    Defer,
    /// Out of `next` from then on.
    Expires,
}

impl TaskDate {
    /// Every date, in the order in which one is chosen to repeat by.
    pub const ALL: [Self; 4] = [Self::Due, Self::Planned, Self::Defer, Self::Expires];

    /// Its word: the name of its register.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Planned => "planned",
            Self::Defer => "defer",
            Self::Expires => "expires",
        }
    }

    /// The date of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|date| date.word() == word)
    }

    /// Whether a task can repeat by it.
    pub const fn can_be_basis(self) -> bool {
        !matches!(self, Self::Expires)
    }
}

/// The date one occurrence was given instead of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// To this one.
    To(When),
    /// It has none.
    Away,
}

/// How a task repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    /// The rule.
    pub rule: Rule,
    /// The first nominal date.
    pub anchor: Date,
    /// The date that follows the rule.
    pub basis: TaskDate,
    /// How the next one is found.
    pub mode: Mode,
    /// The other dates, in days from that one.
    pub offsets: Vec<(TaskDate, i32)>,
}

/// The recurrence of a task and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeats {
    /// How it repeats.
    pub recurrence: Recurrence,
    /// The nominal date that is next; `None` when the rule has none left.
    pub current: Option<Date>,
}

/// The dates of an occurrence, in the order of [`TaskDate::ALL`].
pub type Dates = [Option<When>; 4];

impl Recurrence {
    /// Reads the register; `None` for one that is not set or makes no sense.
    pub fn from_value(value: &Value) -> Option<Self> {
        let [rule, anchor, basis, mode, offsets @ ..] = value.as_list() else { return None };
        let pairs = offsets.as_chunks::<2>().0.iter();
        let offsets = pairs.filter_map(|[date, days]| {
            Some((TaskDate::from_word(date.as_text()?)?, i32::try_from(days.as_int()?).ok()?))
        });
        Some(Self {
            rule: rule.as_text()?.parse().ok()?,
            anchor: anchor.as_text()?.parse().ok()?,
            basis: TaskDate::from_word(basis.as_text()?).filter(|date| date.can_be_basis())?,
            mode: Mode::from_word(mode.as_text()?)?,
            offsets: offsets.collect(),
        })
    }

    /// The register's value: `[rule, anchor, basis, mode, date, days, date, days …]`.
    pub fn to_value(&self) -> Value {
        let mut list = vec![
            Value::from(self.rule.to_string()),
            self.anchor.to_string().into(),
            self.basis.word().into(),
            self.mode.word().into(),
        ];
        for (date, days) in &self.offsets {
            list.extend([date.word().into(), Value::Int((*days).into())]);
        }
        Value::List(list)
    }

    /// Makes one of dates as they are at the first occurrence.
    pub fn new(rule: Rule, mode: Mode, basis: TaskDate, anchor: Date, dates: &Dates) -> Self {
        let others = TaskDate::ALL.into_iter().zip(dates).filter(|(date, _)| *date != basis);
        let offsets =
            others.filter_map(|(date, when)| Some((date, days_between(anchor, when.as_ref()?.date()))));
        Self { offsets: offsets.collect(), rule, anchor, basis, mode }
    }

    /// The nominal date that comes next.
    pub fn current(&self, recorded: &Occurrences) -> Option<Date> {
        next(&self.rule, self.anchor, self.mode, recorded)
    }

    /// It in words: `every 2 weeks on mon, thu`.
    pub fn words(&self) -> String {
        describe_rule(&self.rule, self.mode)
    }

    /// The dates of the occurrence of a nominal date. `template` gives the dates of the task's registers, of which the
    /// time of day and the zone count; `moved` what this occurrence was given instead.
    pub fn dates(
        &self,
        nominal: Date,
        template: impl Fn(TaskDate) -> Option<When>,
        moved: impl Fn(TaskDate) -> Option<Moved>,
    ) -> Dates {
        let own = |date: TaskDate, day: Date| template(date).map(|when| on_day(&when, day));
        let basis = match moved(self.basis) {
            Some(Moved::To(when)) => when,
            _ => own(self.basis, nominal).unwrap_or(When::Day(nominal)),
        };
        let day = basis.date();
        TaskDate::ALL.map(|date| {
            if date == self.basis {
                return Some(basis.clone());
            }
            match moved(date) {
                Some(Moved::To(when)) => Some(when),
                Some(Moved::Away) => None,
                None => {
                    let (_, days) = self.offsets.iter().find(|(other, _)| *other == date)?;
                    own(date, day.checked_add(days.days()).ok()?)
                }
            }
        })
    }
}

/// A date on another day: a time of day stays what the clock on the wall says.
pub fn on_day(when: &When, day: Date) -> When {
    match when {
        When::Day(_) => When::Day(day),
        When::Time { at, zone } => When::Time { at: day.to_datetime(at.time()), zone: zone.clone() },
    }
}

impl Moved {
    /// Reads a register of a moved occurrence.
    pub fn from_value(value: &Value) -> Option<Self> {
        match value.as_text()? {
            "" => Some(Self::Away),
            text => text.parse().ok().map(Self::To),
        }
    }

    /// The register's value for a date it is moved to, or for none.
    pub fn value(when: Option<&When>) -> Value {
        when.map_or_else(String::new, ToString::to_string).into()
    }
}
