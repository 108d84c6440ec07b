//! A rule of repetition: the part of RFC 5545 that speaks of days and longer, with short months filled.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Weekday};

/// The most occurrences a rule may count: a counted rule is walked from its beginning.
pub const MAX_COUNT: u32 = 10_000;

/// The longest interval, in units of the frequency.
pub const MAX_INTERVAL: u16 = 9_999;

/// The most values of one part.
const MAX_VALUES: usize = 400;

/// What the interval counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    /// Days.
    Daily,
    /// Weeks.
    Weekly,
    /// Months.
    Monthly,
    /// Years.
    Yearly,
}

impl Frequency {
    const WORDS: [(&str, Self); 4] = [
        ("DAILY", Self::Daily),
        ("WEEKLY", Self::Weekly),
        ("MONTHLY", Self::Monthly),
        ("YEARLY", Self::Yearly),
    ];

    /// Its name in a rule.
    fn word(self) -> &'static str {
        Self::WORDS.into_iter().find(|(_, own)| *own == self).map_or("", |(word, _)| word)
    }
}

/// A weekday, every one or the `nth` of the month or year (from its end when negative).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeekdayNum {
    /// 0 for every one.
    pub nth: i8,
    /// The weekday.
    pub day: Weekday,
}

impl WeekdayNum {
    /// Every such weekday.
    pub const fn every(day: Weekday) -> Self {
        Self { nth: 0, day }
    }
}

/// A rule, without the date it starts from.
///
/// Its text form is an RRULE: `FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH`. What a rule leaves open (`FREQ=MONTHLY` says no day)
/// is taken from the date it starts from, see [`Rule::filled`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What the interval counts.
    pub frequency: Frequency,
    /// Every how many.
    pub interval: u16,
    /// After how many it ends.
    pub count: Option<u32>,
    /// The last day it may fall on.
    pub until: Option<Date>,
    /// Months, from 1.
    pub by_month: Vec<i8>,
    /// Weeks of the year, from its end when negative.
    pub by_week_no: Vec<i8>,
    /// Days of the year, from its end when negative.
    pub by_year_day: Vec<i16>,
    /// Days of the month, from its end when negative.
    pub by_month_day: Vec<i8>,
    /// Weekdays.
    pub by_day: Vec<WeekdayNum>,
    /// Which of the days a period has, from its end when negative.
    pub by_set_pos: Vec<i16>,
    /// First day of the week.
    pub week_start: Weekday,
}

/// A text is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadRule(pub String);

impl Rule {
    /// Every `interval` of a frequency, nothing else said.
    pub const fn every(interval: u16, frequency: Frequency) -> Self {
        Self {
            frequency,
            interval,
            count: None,
            until: None,
            by_month: Vec::new(),
            by_week_no: Vec::new(),
            by_year_day: Vec::new(),
            by_month_day: Vec::new(),
            by_day: Vec::new(),
            by_set_pos: Vec::new(),
            week_start: Weekday::Monday,
        }
    }

    /// The rule with what it leaves open taken from the date it starts from.
    ///
    /// A month that lacks the day has its last one instead, and the next long month has the day again: for the 31st
    /// that is `BYMONTHDAY=28,29,30,31;BYSETPOS=-1`, which RFC 5545 can say and other programs understand. (By the RFC a
    /// rule without a day passes short months over.)
    pub fn filled(&self, start: Date) -> Self {
        let mut rule = self.clone();
        let says_a_day = !rule.by_day.is_empty()
            || !rule.by_month_day.is_empty()
            || !rule.by_year_day.is_empty()
            || !rule.by_week_no.is_empty();
        if says_a_day {
            return rule;
        }
        match rule.frequency {
            Frequency::Daily => {}
            Frequency::Weekly => rule.by_day = vec![WeekdayNum::every(start.weekday())],
            Frequency::Monthly => rule.fill_month_day(start.day(), 28),
            Frequency::Yearly => {
                if rule.by_month.is_empty() {
                    rule.by_month = vec![start.month()];
                }
                match rule.by_month[..] {
                    [month] => rule.fill_month_day(start.day(), days_of(month)),
                    // Of several months a year, BYSETPOS would choose one: they stay as the RFC has them.
                    _ => rule.by_month_day = vec![start.day()],
                }
            }
        }
        rule
    }

    fn fill_month_day(&mut self, day: i8, shortest: i8) {
        if day <= shortest || !self.by_set_pos.is_empty() {
            self.by_month_day = vec![day];
        } else {
            self.set_clamped_day(day, shortest);
        }
    }

    /// Falls on a day of the month, or on the last one of a month that lacks it.
    pub(super) fn set_clamped_day(&mut self, day: i8, shortest: i8) {
        self.by_month_day = (shortest..=day).collect();
        self.by_set_pos = vec![-1];
    }

    /// The day of the month that [`Rule::set_clamped_day`] wrote down, if it did.
    pub(super) fn clamped_day(&self) -> Option<i8> {
        let (&first, &last) = (self.by_month_day.first()?, self.by_month_day.last()?);
        let is_run = first == 28 && self.by_month_day.iter().copied().eq(first..=last);
        (is_run && self.by_month_day.len() > 1 && self.by_set_pos == [-1] && self.by_day.is_empty())
            .then_some(last)
    }

    /// Checks what the single parts cannot know of each other (RFC 5545, 3.3.10).
    fn checked(self) -> Result<Self, BadRule> {
        let bad = |message: &str| Err(BadRule(message.to_owned()));
        let is_numbered = self.by_day.iter().any(|day| day.nth != 0);
        if self.count.is_some() && self.until.is_some() {
            return bad("COUNT and UNTIL exclude each other");
        }
        if is_numbered && !matches!(self.frequency, Frequency::Monthly | Frequency::Yearly) {
            return bad("a numbered weekday (`1MO`) needs FREQ=MONTHLY or YEARLY");
        }
        if is_numbered && !self.by_week_no.is_empty() {
            return bad("a numbered weekday (`1MO`) and BYWEEKNO exclude each other");
        }
        if !self.by_week_no.is_empty() && self.frequency != Frequency::Yearly {
            return bad("BYWEEKNO needs FREQ=YEARLY");
        }
        if !self.by_year_day.is_empty() && self.frequency != Frequency::Yearly {
            return bad("BYYEARDAY needs FREQ=YEARLY");
        }
        if !self.by_month_day.is_empty() && self.frequency == Frequency::Weekly {
            return bad("BYMONTHDAY does not go with FREQ=WEEKLY");
        }
        let days = self.by_day.len() + self.by_month_day.len() + self.by_year_day.len();
        let others = days + self.by_month.len() + self.by_week_no.len();
        if !self.by_set_pos.is_empty() && others == 0 {
            return bad("BYSETPOS needs another BY part to choose from");
        }
        Ok(self)
    }
}

/// Days of a month, the fewest it can have.
const fn days_of(month: i8) -> i8 {
    match month {
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Monday),
    ("TU", Weekday::Tuesday),
    ("WE", Weekday::Wednesday),
    ("TH", Weekday::Thursday),
    ("FR", Weekday::Friday),
    ("SA", Weekday::Saturday),
    ("SU", Weekday::Sunday),
];

fn weekday_code(day: Weekday) -> &'static str {
    WEEKDAYS.into_iter().find(|(_, own)| *own == day).map_or("", |(code, _)| code)
}

fn weekday_of_code(code: &str) -> Option<Weekday> {
    WEEKDAYS.into_iter().find(|(own, _)| *own == code).map(|(_, day)| day)
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FREQ={}", self.frequency.word())?;
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        list(f, "BYMONTH", &self.by_month)?;
        list(f, "BYWEEKNO", &self.by_week_no)?;
        list(f, "BYYEARDAY", &self.by_year_day)?;
        list(f, "BYMONTHDAY", &self.by_month_day)?;
        list(f, "BYDAY", &self.by_day)?;
        list(f, "BYSETPOS", &self.by_set_pos)?;
        if self.week_start != Weekday::Monday {
            write!(f, ";WKST={}", weekday_code(self.week_start))?;
        }
        if let Some(count) = self.count {
            write!(f, ";COUNT={count}")?;
        }
        if let Some(until) = self.until {
            write!(f, ";UNTIL={}", until.strftime("%Y%m%d"))?;
        }
        Ok(())
    }
}

impl fmt::Display for WeekdayNum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nth != 0 {
            write!(f, "{}", self.nth)?;
        }
        f.write_str(weekday_code(self.day))
    }
}

fn list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, name: &str, values: &[T]) -> fmt::Result {
    for (place, value) in values.iter().enumerate() {
        match place {
            0 => write!(f, ";{name}={value}")?,
            _ => write!(f, ",{value}")?,
        }
    }
    Ok(())
}

impl FromStr for Rule {
    type Err = BadRule;

    /// Reads an RRULE, with or without `RRULE:` before it. Values of lists come out sorted and once.
    fn from_str(text: &str) -> Result<Self, BadRule> {
        let upper = text.trim().to_ascii_uppercase();
        let body = upper.strip_prefix("RRULE:").unwrap_or(&upper);
        let mut rule = None;
        let mut seen = Vec::new();
        for part in body.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| BadRule(format!("`{part}` is no part of a rule; write `NAME=value`")))?;
            if seen.contains(&name) {
                return Err(BadRule(format!("{name} is given twice")));
            }
            seen.push(name);
            if name == "FREQ" {
                rule = Some(Self::every(1, frequency(value)?));
            }
        }
        let mut rule = rule.ok_or_else(|| BadRule("FREQ is missing".to_owned()))?;
        for part in body.split(';').filter(|part| !part.is_empty()) {
            if let Some((name, value)) = part.split_once('=') {
                rule.set(name, value)?;
            }
        }
        rule.checked()
    }
}

fn frequency(value: &str) -> Result<Frequency, BadRule> {
    let found = Frequency::WORDS.into_iter().find(|(word, _)| *word == value);
    found.map(|(_, frequency)| frequency).ok_or_else(|| {
        BadRule(match value {
            "SECONDLY" | "MINUTELY" | "HOURLY" => format!("FREQ={value}: a task repeats by days or longer"),
            _ => format!("FREQ={value} is unknown; DAILY, WEEKLY, MONTHLY and YEARLY are"),
        })
    })
}

impl Rule {
    fn set(&mut self, name: &str, value: &str) -> Result<(), BadRule> {
        let bad = || BadRule(format!("`{value}` is no value of {name}"));
        match name {
            "FREQ" => {}
            "INTERVAL" => {
                self.interval = in_range(value, 1, i64::from(MAX_INTERVAL)).ok_or_else(bad)? as u16;
            }
            "COUNT" => {
                self.count = Some(in_range(value, 1, i64::from(MAX_COUNT)).ok_or_else(bad)? as u32);
            }
            "UNTIL" => self.until = Some(until(value).ok_or_else(bad)?),
            "WKST" => self.week_start = weekday_of_code(value).ok_or_else(bad)?,
            "BYMONTH" => self.by_month = numbers(value, 1, 12).ok_or_else(bad)?,
            "BYMONTHDAY" => self.by_month_day = signed(value, 31).ok_or_else(bad)?,
            "BYYEARDAY" => self.by_year_day = signed(value, 366).ok_or_else(bad)?,
            "BYWEEKNO" => self.by_week_no = signed(value, 53).ok_or_else(bad)?,
            "BYSETPOS" => self.by_set_pos = signed(value, 366).ok_or_else(bad)?,
            "BYDAY" => self.by_day = weekdays(value).ok_or_else(bad)?,
            "BYHOUR" | "BYMINUTE" | "BYSECOND" => {
                return Err(BadRule(format!("{name}: the time of day is that of the task's date")));
            }
            _ => return Err(BadRule(format!("{name} is no part of a rule"))),
        }
        Ok(())
    }
}

/// A whole number of few digits within bounds.
fn in_range(text: &str, least: i64, most: i64) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_number = (1..=6).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = if is_number { text.parse().ok()? } else { return None };
    (least..=most).contains(&number).then_some(number)
}

fn numbers<T: TryFrom<i64> + Ord>(text: &str, least: i64, most: i64) -> Option<Vec<T>> {
    let mut values = text
        .split(',')
        .take(MAX_VALUES)
        .map(|value| T::try_from(in_range(value, least, most)?).ok())
        .collect::<Option<Vec<T>>>()?;
    values.sort_unstable();
    values.dedup();
    Some(values)
}

/// Numbers from 1, or from the end when negative.
fn signed<T: TryFrom<i64> + Ord + Default>(text: &str, most: i64) -> Option<Vec<T>> {
    let values: Vec<T> = numbers(text, -most, most)?;
    (!values.contains(&T::default())).then_some(values)
}

fn weekdays(text: &str) -> Option<Vec<WeekdayNum>> {
    let mut days = text
        .split(',')
        .take(MAX_VALUES)
        .map(|value| {
            let (nth, code) = value.split_at_checked(value.len().checked_sub(2)?)?;
            let nth = match nth {
                "" => 0,
                // `0MO` is nothing.
                nth => i8::try_from(in_range(nth, -53, 53)?).ok().filter(|nth| *nth != 0)?,
            };
            Some(WeekdayNum { nth, day: weekday_of_code(code)? })
        })
        .collect::<Option<Vec<_>>>()?;
    days.sort_by_key(|day| (day.nth, day.day.to_monday_zero_offset()));
    days.dedup();
    Some(days)
}

/// The day of `20261231` or `20261231T235959Z`: tasks repeat by days.
fn until(text: &str) -> Option<Date> {
    let (day, time) = text.split_once('T').unwrap_or((text, "000000"));
    let time = time.strip_suffix('Z').unwrap_or(time);
    let is_time = time.len() == 6 && time.bytes().all(|byte| byte.is_ascii_digit());
    let is_day = day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit());
    if !is_time || !is_day {
        return None;
    }
    Date::new(day[..4].parse().ok()?, day[4..6].parse().ok()?, day[6..].parse().ok()?).ok()
}
