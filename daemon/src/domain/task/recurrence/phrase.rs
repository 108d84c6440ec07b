//! Phrases of repetition: what stands behind `every`.
//!
//! `5 days`, `weekday`, `2 weeks on mon,thu`, `3rd friday`, `month on last`, `last workday`, `year on feb 29`; behind it
//! `at 9:00`, `from fri`, `until 24 dec`, `x10`. A word it does not know is an error that names it; never a guess.

use jiff::civil::{Date, Time, Weekday};

use super::rule::{BadRule, Frequency, MAX_COUNT, MAX_INTERVAL, Rule, WeekdayNum};
use crate::domain::date::{DateWord, Now, day_of_month, month, ordinal, parse_clock, parse_date, weekday};

/// Most words of a date behind `until` and `from`: `27 nov 2027`.
const MOST_DATE_WORDS: usize = 3;

/// Monday to Friday.
const WORKDAYS: [Weekday; 5] =
    [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];

/// A phrase that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    /// The rule.
    pub rule: Rule,
    /// The time of day it names.
    pub at: Option<Time>,
    /// The day it may begin on.
    pub from: Option<Date>,
}

/// A text is no phrase of repetition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PhraseError {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: &'static str,
    /// The word at fault, in lower case.
    pub word: Option<String>,
    /// Whether it is a phrase all the same, so that no part of it is meant instead.
    pub is_phrase: bool,
}

const HINT: &str =
    "write it as `every 2 weeks on mon,thu`, `every 3rd friday`, `every month on last` or an RRULE";

impl PhraseError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: HINT, word: None, is_phrase: false }
    }

    /// Nothing says how often.
    pub(crate) fn missing() -> Self {
        Self::new("how often is missing behind `every`")
    }

    /// It was understood, but cannot be.
    fn impossible(self) -> Self {
        Self { is_phrase: true, ..self }
    }

    fn at(word: &str, message: impl Into<String>) -> Self {
        Self { word: Some(word.to_owned()), ..Self::new(message) }
    }
}

impl From<BadRule> for PhraseError {
    fn from(BadRule(message): BadRule) -> Self {
        Self::new(message)
    }
}

/// Reads what stands behind `every`, or an RRULE.
///
/// # Errors
/// [`PhraseError`] naming what is not understood, or saying that the rule never falls on a day.
pub fn parse_phrase(text: &str, now: &Now) -> Result<Phrase, PhraseError> {
    let text = text.trim().to_lowercase();
    let phrase = if text.starts_with("rrule:") || text.starts_with("freq=") {
        Phrase { rule: text.parse()?, at: None, from: None }
    } else {
        read(&text, now)?
    };
    let start = phrase.from.unwrap_or_else(|| now.today());
    if super::series::first(&phrase.rule, start).is_none() {
        return Err(PhraseError::new("it never falls on a day").impossible());
    }
    Ok(phrase)
}

fn read(text: &str, now: &Now) -> Result<Phrase, PhraseError> {
    let words: Vec<&str> = text.split([' ', '\t', ',']).filter(|word| !word.is_empty()).collect();
    let mut words = Words { rest: &words };
    let mut rule = words.rule()?;
    let (mut at, mut from) = (None, None);
    while let Some(word) = words.take() {
        let twice = |is_set: bool| match is_set {
            true => Err(PhraseError::at(word, format!("`{word}` is given twice")).impossible()),
            false => Ok(()),
        };
        match word {
            "at" => {
                twice(at.is_some())?;
                let time = words.take().unwrap_or_default();
                at = Some(parse_clock(time).ok_or_else(|| unknown(time, "a time", "at"))?);
            }
            "until" | "till" => {
                twice(rule.until.is_some())?;
                rule.until = Some(words.date(word, now)?);
            }
            "from" | "starting" => {
                twice(from.is_some())?;
                from = Some(words.date(word, now)?);
            }
            _ => {
                if let Some(time) = parse_clock(word) {
                    twice(at.is_some())?;
                    at = Some(time);
                } else if let Some(count) = words.count(word) {
                    twice(rule.count.is_some())?;
                    rule.count = Some(count?);
                } else {
                    return Err(PhraseError::at(word, format!("`{word}` is not understood behind `every`")));
                }
            }
        }
    }
    if rule.count.is_some() && rule.until.is_some() {
        return Err(PhraseError::new("it ends twice: after a number of times and on a day").impossible());
    }
    if rule.frequency == Frequency::Weekly && rule.interval > 1 {
        rule.week_start = now.week_start;
    }
    Ok(Phrase { rule, at, from })
}

fn unknown(word: &str, what: &str, behind: &str) -> PhraseError {
    if word.is_empty() {
        return PhraseError::at(behind, format!("{what} is missing behind `{behind}`"));
    }
    PhraseError::at(word, format!("`{word}` is not {what}"))
}

/// The words that are not read yet.
struct Words<'a> {
    rest: &'a [&'a str],
}

/// A day of the month, from its end when negative, or the nth of something in it.
enum Place {
    Day(i8),
    Weekday(WeekdayNum),
    Workday(i16),
}

impl<'a> Words<'a> {
    fn peek(&self) -> &'a str {
        self.rest.first().copied().unwrap_or_default()
    }

    fn take(&mut self) -> Option<&'a str> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    /// Takes the next word if it is one of these.
    fn take_if(&mut self, any: &[&str]) -> bool {
        let is_so = any.contains(&self.peek());
        if is_so {
            self.take();
        }
        is_so
    }

    fn rule(&mut self) -> Result<Rule, PhraseError> {
        if self.rest.is_empty() {
            return Err(PhraseError::missing());
        }
        if let Some(rule) = self.yearly_date()? {
            return Ok(rule);
        }
        let first = self.peek();
        if let Some((interval, unit)) = compact(first) {
            self.take();
            return self.of_unit(interval?, unit, first);
        }
        let counted = match first {
            "other" => Some(2),
            _ if first.bytes().all(|byte| byte.is_ascii_digit()) => Some(interval(first)?),
            _ => None,
        };
        if let Some(interval) = counted {
            self.take();
            return self.counted(interval, first);
        }
        if let Some(days) = self.weekdays() {
            return Ok(weekly(1, days));
        }
        if let Some(places) = self.places(false)? {
            return self.in_month(1, places);
        }
        self.take();
        self.of_unit(1, first, first)
    }

    /// What stands behind a number or `other`.
    fn counted(&mut self, interval: u16, first: &str) -> Result<Rule, PhraseError> {
        let unit = self.peek();
        if let Some(days) = self.weekdays().filter(|_| first == "other") {
            return Ok(weekly(interval, days));
        }
        self.take();
        match unit {
            "" => Err(PhraseError::at(first, format!("`{first}` of what is missing, as in `{first} days`"))),
            _ => self.of_unit(interval, unit, unit),
        }
    }

    fn of_unit(&mut self, interval: u16, unit: &str, word: &str) -> Result<Rule, PhraseError> {
        let longer = |times: u16| {
            interval.checked_mul(times).filter(|months| *months <= MAX_INTERVAL).ok_or_else(|| too_long(word))
        };
        match unit {
            "d" | "day" | "days" | "daily" => Ok(Rule::every(interval, Frequency::Daily)),
            "w" | "wk" | "wks" | "week" | "weeks" | "weekly" => self.weeks(interval),
            "mo" | "mos" | "month" | "months" | "monthly" => self.months(interval),
            "q" | "quarter" | "quarters" | "quarterly" => self.months(longer(3)?),
            "y" | "yr" | "yrs" | "year" | "years" | "yearly" | "annually" => self.years(interval),
            "weekday" | "weekdays" | "workday" | "workdays" if interval == 1 => {
                Ok(weekly(1, WORKDAYS.map(WeekdayNum::every).to_vec()))
            }
            "weekend" | "weekends" if interval == 1 => {
                let days = [Weekday::Saturday, Weekday::Sunday];
                Ok(weekly(1, days.map(WeekdayNum::every).to_vec()))
            }
            "m" => Err(PhraseError::at(word, "`m` may mean months or minutes: write `mo`")),
            _ => Err(PhraseError::at(word, format!("`{word}` is no unit of repetition"))),
        }
    }

    fn weeks(&mut self, interval: u16) -> Result<Rule, PhraseError> {
        if !self.take_if(&["on"]) {
            return Ok(Rule::every(interval, Frequency::Weekly));
        }
        if self.take_if(&["weekdays", "workdays"]) {
            return Ok(weekly(interval, WORKDAYS.map(WeekdayNum::every).to_vec()));
        }
        let days = self.weekdays().ok_or_else(|| unknown(self.peek(), "a weekday", "on"))?;
        Ok(weekly(interval, days))
    }

    fn months(&mut self, interval: u16) -> Result<Rule, PhraseError> {
        if !self.take_if(&["on"]) {
            return Ok(Rule::every(interval, Frequency::Monthly));
        }
        match self.places(true)? {
            Some(places) => self.in_month(interval, places),
            None => Err(unknown(self.peek(), "a day of a month", "on")),
        }
    }

    fn years(&mut self, interval: u16) -> Result<Rule, PhraseError> {
        if !self.take_if(&["on"]) {
            return Ok(Rule::every(interval, Frequency::Yearly));
        }
        if let Some(rule) = self.yearly_date()? {
            return Ok(Rule { interval, ..rule });
        }
        match self.places(false)? {
            Some(places) => {
                let rule = self.in_month(interval, places)?;
                if rule.frequency == Frequency::Yearly {
                    return Ok(rule);
                }
                Err(PhraseError::new("the month is missing, as in `year on the 4th thu of nov`"))
            }
            None => Err(unknown(self.peek(), "a day of a year", "on")),
        }
    }

    /// `feb 29`, `29 feb`, `jan 27th`.
    fn yearly_date(&mut self) -> Result<Option<Rule>, PhraseError> {
        let [first, second, rest @ ..] = self.rest else { return Ok(None) };
        let day = |word: &str| day_of_month(word).or_else(|| ordinal(word));
        let (month, day) = match (month(first), day(second), day(first), month(second)) {
            (Some(month), Some(day), ..) | (_, _, Some(day), Some(month)) => (month, day),
            _ => return Ok(None),
        };
        // 2024 is a leap year: the days a month can have.
        if Date::new(2024, month, day).is_err() {
            return Err(PhraseError::at(first, format!("there is no date `{first} {second}`")));
        }
        self.rest = rest;
        let mut rule = Rule { by_month: vec![month], ..Rule::every(1, Frequency::Yearly) };
        match (month, day) {
            (2, 29) => rule.set_clamped_day(29, 28),
            _ => rule.by_month_day = vec![day],
        }
        Ok(Some(rule))
    }

    /// A list of weekdays.
    fn weekdays(&mut self) -> Option<Vec<WeekdayNum>> {
        let mut days: Vec<Weekday> = Vec::new();
        let mut rest = self.rest;
        while let Some(day) = rest.first().and_then(|word| weekday_of(word)) {
            days.push(day);
            rest = &rest[1..];
            if let ["and" | "&", next, ..] = rest
                && weekday_of(next).is_some()
            {
                rest = &rest[1..];
            }
        }
        if days.is_empty() {
            return None;
        }
        self.rest = rest;
        days.sort_by_key(|day| day.to_monday_zero_offset());
        days.dedup();
        Some(days.into_iter().map(WeekdayNum::every).collect())
    }

    /// A list of places in a month: `15th`, `last`, `1st, 3rd friday`, `last workday`. Plain numbers are days where a
    /// place is asked for.
    fn places(&mut self, numbers: bool) -> Result<Option<Vec<Place>>, PhraseError> {
        let (mut places, mut open) = (Vec::new(), Vec::new());
        loop {
            self.take_if(&["the"]);
            let word = self.peek();
            let Some(nth) = nth(word).or_else(|| day_of_month(word).filter(|_| numbers)) else { break };
            self.take();
            open.push((word, nth));
            let what = self.peek();
            if weekday_of(what).is_some() || ["workday", "weekday", "day"].contains(&what) {
                self.take();
                // `1st and 3rd mon`: the weekday is that of all before it.
                for (word, nth) in open.drain(..) {
                    places.push(place(nth, word, what)?);
                }
            }
            self.take_if(&["and", "&"]);
        }
        places.extend(open.into_iter().map(|(_, nth)| Place::Day(nth)));
        Ok((!places.is_empty()).then_some(places))
    }

    /// The rule of places in a month: of every one, or of the one that is named.
    fn in_month(&mut self, interval: u16, places: Vec<Place>) -> Result<Rule, PhraseError> {
        let mut rule = Rule::every(interval, Frequency::Monthly);
        let mixed = || PhraseError::new("days, weekdays and workdays cannot be mixed");
        let is_one = places.len() == 1;
        for place in places {
            match place {
                Place::Day(day) if rule.by_day.is_empty() => {
                    match day {
                        29..=31 if is_one => rule.set_clamped_day(day, 28),
                        31 => rule.by_month_day.push(-1),
                        _ => rule.by_month_day.push(day),
                    };
                }
                Place::Weekday(day) if rule.by_month_day.is_empty() && rule.by_set_pos.is_empty() => {
                    rule.by_day.push(day);
                }
                Place::Workday(nth)
                    if rule.by_month_day.is_empty()
                        && rule.by_day.is_empty() == rule.by_set_pos.is_empty() =>
                {
                    rule.by_day = WORKDAYS.map(WeekdayNum::every).to_vec();
                    rule.by_set_pos.push(nth);
                }
                _ => return Err(mixed()),
            }
        }
        rule.by_month_day.sort_unstable();
        rule.by_month_day.dedup();
        rule.by_set_pos.sort_unstable();
        rule.by_set_pos.dedup();
        rule.by_day.sort_by_key(|day| (day.nth, day.day.to_monday_zero_offset()));
        rule.by_day.dedup();
        self.of_a_month(rule)
    }

    /// `of the month`, `of nov`.
    fn of_a_month(&mut self, mut rule: Rule) -> Result<Rule, PhraseError> {
        if !self.take_if(&["of"]) {
            return Ok(rule);
        }
        self.take_if(&["the", "each", "every"]);
        let word = self.take().unwrap_or_default();
        if word == "month" {
            return Ok(rule);
        }
        let month = month(word).ok_or_else(|| unknown(word, "a month", "of"))?;
        (rule.frequency, rule.by_month) = (Frequency::Yearly, vec![month]);
        Ok(rule)
    }

    /// `x10`, `10 times`.
    fn count(&mut self, word: &str) -> Option<Result<u32, PhraseError>> {
        let digits = match word.strip_prefix('x') {
            Some(digits) => digits,
            None if self.take_if(&["times", "time"]) => word,
            None => return None,
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let count = digits.parse().ok().filter(|count| (1..=MAX_COUNT).contains(count));
        let message = || format!("a task repeats 1 to {MAX_COUNT} times, not {digits}");
        Some(count.ok_or_else(|| PhraseError::at(word, message()).impossible()))
    }

    /// The longest date the next words make.
    fn date(&mut self, behind: &str, now: &Now) -> Result<Date, PhraseError> {
        self.take_if(&["on"]);
        for count in (1..=MOST_DATE_WORDS.min(self.rest.len())).rev() {
            if let Ok(DateWord::When(when)) = parse_date(&self.rest[..count].join(" "), now, &|_| None) {
                self.rest = &self.rest[count..];
                return Ok(when.local_date(now));
            }
        }
        Err(unknown(self.peek(), "a date", behind))
    }
}

/// The nth of what a word names.
fn place(nth: i8, word: &str, what: &str) -> Result<Place, PhraseError> {
    let (place, most) = match weekday_of(what) {
        Some(day) => (Place::Weekday(WeekdayNum { nth, day }), 5),
        None if what == "day" => return Ok(Place::Day(nth)),
        None => (Place::Workday(nth.into()), 23),
    };
    if nth > most {
        return Err(PhraseError::at(word, format!("no month has a {word} {what}")));
    }
    Ok(place)
}

fn weekly(interval: u16, by_day: Vec<WeekdayNum>) -> Rule {
    Rule { by_day, ..Rule::every(interval, Frequency::Weekly) }
}

/// A weekday, also as a plural.
fn weekday_of(word: &str) -> Option<Weekday> {
    weekday(word).or_else(|| weekday(word.strip_suffix('s')?).filter(|_| word.len() > 5))
}

/// An ordinal in digits or words; `last` counts from the end.
fn nth(word: &str) -> Option<i8> {
    Some(match word {
        "first" => 1,
        "second" => 2,
        "third" => 3,
        "fourth" => 4,
        "fifth" => 5,
        "last" => -1,
        _ => ordinal(word)?,
    })
}

fn interval(digits: &str) -> Result<u16, PhraseError> {
    let interval = digits.parse().ok().filter(|interval| (1..=MAX_INTERVAL).contains(interval));
    interval.ok_or_else(|| too_long(digits))
}

fn too_long(word: &str) -> PhraseError {
    PhraseError::at(word, format!("an interval is 1 to {MAX_INTERVAL}, not {word}"))
}

/// `2w`, `10d`.
fn compact(word: &str) -> Option<(Result<u16, PhraseError>, &str)> {
    let digits = word.find(|c: char| !c.is_ascii_digit()).filter(|digits| *digits > 0)?;
    let (count, unit) = word.split_at(digits);
    const UNITS: [&str; 19] = [
        "d", "day", "days", "w", "wk", "wks", "week", "weeks", "mo", "mos", "month", "months", "q", "y",
        "yr", "yrs", "year", "years", "m",
    ];
    let is_unit = UNITS.contains(&unit);
    is_unit.then(|| (interval(count), unit))
}
