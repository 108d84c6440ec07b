//! Which date of a series comes next, from its rule and the occurrences recorded.
//!
//! Pure in the recorded occurrences as a set: whatever order two machines learn of them in, they find one next date.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::dates::Dates;
use super::rule::Rule;

/// How the next date is found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// Every date of the rule, one after the other, missed ones too.
    Fixed,
    /// The first date of the rule after the last one done: missed ones are dropped.
    #[default]
    Catchup,
    /// An interval after the last one was done.
    After,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Fixed, Self::Catchup, Self::After];

    /// Its word, in registers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Catchup => "catchup",
            Self::After => "after",
        }
    }

    /// The mode of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.word() == word)
    }

    /// The word a phrase of it begins with.
    pub const fn every(self) -> &'static str {
        match self {
            Self::Fixed => "every+",
            Self::Catchup => "every",
            Self::After => "every!",
        }
    }
}

/// What became of an occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OccurrenceState {
    /// It was done.
    Done,
    /// It was left out.
    Skipped,
}

impl OccurrenceState {
    /// Its word, in registers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Skipped => "skipped",
        }
    }

    /// The state of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Done, Self::Skipped].into_iter().find(|state| state.word() == word)
    }
}

/// An occurrence that was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// What became of it.
    pub state: OccurrenceState,
    /// When that was recorded, in Unix milliseconds.
    pub at: i64,
    /// The day it was recorded on, where the user was: the same on every machine, whatever its zone.
    pub on: Date,
}

/// Occurrences by their nominal dates: the dates the rule gave, wherever they were moved to.
pub type Occurrences = BTreeMap<Date, Occurrence>;

/// The nominal date that comes next; `None` when the rule has none left.
///
/// Occurrences before the anchor belong to an earlier rule and do not count. The date is always later than every
/// recorded one, except in [`Mode::Fixed`], which gives the earliest that is not recorded.
pub fn next(rule: &Rule, anchor: Date, mode: Mode, recorded: &Occurrences) -> Option<Date> {
    let recorded = || recorded.range(anchor..);
    match (mode, recorded().next_back()) {
        (_, None) => first(rule, anchor),
        (Mode::Fixed, _) => {
            let mut done = recorded().map(|(date, _)| *date).peekable();
            Dates::new(rule, anchor).find(|date| {
                while done.next_if(|recorded| recorded < date).is_some() {}
                done.next_if_eq(date).is_none()
            })
        }
        (Mode::Catchup, Some((&latest, _))) => {
            let after = recorded().filter_map(|(_, occurrence)| handled_until(occurrence)).max();
            let from = after.max(Some(latest)).and_then(|day| day.tomorrow().ok())?;
            Dates::new(rule, anchor).from(from).next()
        }
        (Mode::After, Some((&latest, _))) => {
            let is_over = rule.count.is_some_and(|count| recorded().count() as u64 >= u64::from(count));
            let base = recorded().map(|(nominal, occurrence)| base_of(*nominal, occurrence)).max();
            base.filter(|_| !is_over).and_then(|base| after(rule, base, latest))
        }
    }
}

/// The dates of a rule from the date it starts from.
pub fn dates(rule: &Rule, start: Date) -> impl Iterator<Item = Date> {
    Dates::new(rule, start)
}

/// How many dates a rule has from its anchor to before another day.
pub fn dates_before(rule: &Rule, anchor: Date, before: Date) -> usize {
    Dates::new(rule, anchor).take_while(|date| *date < before).count()
}

/// The first date of a rule on or after a day.
pub fn first(rule: &Rule, from: Date) -> Option<Date> {
    Dates::new(rule, from).next()
}

/// The last day whose occurrences a record deals with, beside its own: what was done today is done for today, what was
/// skipped today leaves today's own occurrence.
fn handled_until(occurrence: &Occurrence) -> Option<Date> {
    match occurrence.state {
        OccurrenceState::Done => Some(occurrence.on),
        OccurrenceState::Skipped => occurrence.on.yesterday().ok(),
    }
}

/// The day the interval counts from: when it was done, or for a skipped one its own date unless that was past.
fn base_of(nominal: Date, occurrence: &Occurrence) -> Date {
    match occurrence.state {
        OccurrenceState::Done => occurrence.on,
        OccurrenceState::Skipped => occurrence.on.max(nominal),
    }
}

/// The first date an interval after `base` that is later than the latest nominal one.
fn after(rule: &Rule, base: Date, latest: Date) -> Option<Date> {
    // How many there are was counted by the caller: here each one starts the rule anew.
    let uncounted = Rule { count: None, ..rule.clone() };
    let from = base.max(latest).tomorrow().ok()?;
    Dates::new(&uncounted, base).from(from).next()
}
