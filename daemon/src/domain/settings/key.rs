//! The keys of settings that have one value: what they are called, which values they take, what they change.

use jiff::civil::Weekday;

use super::Settings;
use crate::domain::date::weekday;
use crate::domain::decimal::{parse_decimal, show_decimal};
use crate::domain::suggest::nearest;
use crate::domain::task::rank::Weights;
use crate::domain::task::tag::parse_tag;
use crate::domain::value::Value;

/// Begins the key of a weight.
const WEIGHT: &str = "weight:";

/// Begins the key of a tag's weight; the rest is the tag.
pub(super) const TAG_WEIGHT: &str = "weight:tag:";

/// First day of the week.
const WEEK_START: &str = "week_start";

/// Most a weight may be, either way, in thousandths.
const MOST_WEIGHT: i64 = 100_000;

/// Most a tag may weigh, either way, in thousandths.
const MOST_TAG_WEIGHT: i64 = 10_000;

/// Most days of a horizon.
const MOST_DAYS: i32 = 3_650;

/// A weight: its name, where it stands, what it is.
type Weight = (&'static str, fn(&mut Weights) -> &mut i64, &'static str);

/// Weights, in the order of the terms.
const WEIGHTS: [Weight; 12] = [
    ("pin", |weights| &mut weights.pin, "pinned on today"),
    ("doing", |weights| &mut weights.doing, "begun"),
    ("planned", |weights| &mut weights.planned, "its planned date has come"),
    ("p1", |weights| &mut weights.priority[0], "priority 1"),
    ("p2", |weights| &mut weights.priority[1], "priority 2"),
    ("p3", |weights| &mut weights.priority[2], "priority 3"),
    ("p4", |weights| &mut weights.priority[3], "priority 4, or none"),
    ("unblocks", |weights| &mut weights.unblocks_each, "each open task that waits for it"),
    ("unblocks_most", |weights| &mut weights.unblocks_most, "most that those count together"),
    ("due", |weights| &mut weights.due, "due today"),
    ("overdue", |weights| &mut weights.overdue, "what being overdue adds in the long run"),
    ("age", |weights| &mut weights.age, "age at its most"),
];

/// Days: their name, where they stand, the fewest there may be, what they are.
type Days = (&'static str, fn(&mut Weights) -> &mut i32, i32, &'static str);

/// Stretches of days that weights depend on.
const DAYS: [Days; 2] = [
    ("horizon", |weights| &mut weights.due_horizon_days, 0, "days ahead from which a due date counts"),
    ("age_days", |weights| &mut weights.age_days, 1, "days after which age counts no more"),
];

/// A key, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// A weight, by its place in the table.
    Weight(usize),
    /// A stretch of days that weights depend on, by its place in the table.
    Days(usize),
    /// What a tag weighs.
    TagWeight(String),
    /// First day of the week.
    WeekStart,
}

/// A key or value that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SettingError {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: String,
}

impl SettingError {
    pub(super) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }
}

impl Key {
    /// Every key with a name of its own, which those of tags have not.
    pub fn fixed() -> impl Iterator<Item = Self> {
        let weights = (0..WEIGHTS.len()).map(Self::Weight);
        weights.chain((0..DAYS.len()).map(Self::Days)).chain([Self::WeekStart])
    }

    /// Reads a key.
    ///
    /// # Errors
    /// [`SettingError`] with the key that was perhaps meant.
    pub fn parse(text: &str) -> Result<Self, SettingError> {
        if let Some(tag) = text.strip_prefix(TAG_WEIGHT) {
            let tag = parse_tag(tag)
                .ok_or_else(|| SettingError::new(format!("`{tag}` is no tag"), "write `weight:tag:home`"))?;
            return Ok(Self::TagWeight(tag));
        }
        let name = text.replace('-', "_");
        Self::fixed().find(|key| key.name() == name).ok_or_else(|| unknown(text, &name))
    }

    /// Its name, which is that of its register.
    pub fn name(&self) -> String {
        match self {
            Self::Weight(place) => format!("{WEIGHT}{}", WEIGHTS[*place].0),
            Self::Days(place) => format!("{WEIGHT}{}", DAYS[*place].0),
            Self::TagWeight(tag) => format!("{TAG_WEIGHT}{tag}"),
            Self::WeekStart => WEEK_START.to_owned(),
        }
    }

    /// What it is, in words.
    pub fn meaning(&self) -> String {
        match self {
            Self::Weight(place) => WEIGHTS[*place].2.to_owned(),
            Self::Days(place) => DAYS[*place].3.to_owned(),
            Self::TagWeight(tag) => format!("tag {tag}"),
            Self::WeekStart => "first day of the week".to_owned(),
        }
    }

    /// Its value as text where nothing is set.
    pub fn default_value(&self) -> String {
        self.value_in(&Settings::default())
    }

    /// Its value as text.
    pub fn value_in(&self, settings: &Settings) -> String {
        let mut weights = settings.weights.clone();
        match self {
            Self::Weight(place) => show_decimal(*WEIGHTS[*place].1(&mut weights)),
            Self::Days(place) => DAYS[*place].1(&mut weights).to_string(),
            Self::TagWeight(tag) => show_decimal(weights.tag_points(tag)),
            Self::WeekStart => day_word(settings.week_start).to_owned(),
        }
    }

    /// Reads a value as typed; gives what the register holds.
    ///
    /// # Errors
    /// [`SettingError`] for a value it does not take.
    pub fn read(&self, text: &str) -> Result<Value, SettingError> {
        let text = text.trim();
        let read = match self {
            Self::Weight(_) => decimal(text, MOST_WEIGHT),
            Self::TagWeight(_) => decimal(text, MOST_TAG_WEIGHT),
            Self::Days(place) => {
                let fewest = DAYS[*place].2;
                let days: Option<i32> = text.trim_end_matches('d').parse().ok();
                days.filter(|days| (fewest..=MOST_DAYS).contains(days)).map(|days| days.to_string())
            }
            Self::WeekStart => weekday(&text.to_lowercase()).map(|day| day_word(day).to_owned()),
        };
        let hint = || match self {
            Self::Weight(_) => "a number from -100 to 100, with three decimal places at most".to_owned(),
            Self::TagWeight(_) => "a number from -10 to 10, with three decimal places at most".to_owned(),
            Self::Days(place) => format!("whole days, from {} to {MOST_DAYS}", DAYS[*place].2),
            Self::WeekStart => "a weekday, such as monday or sunday".to_owned(),
        };
        read.map(Value::from)
            .ok_or_else(|| SettingError::new(format!("`{text}` is no value of {}", self.name()), hint()))
    }

    /// Sets what a register says, if it can be read.
    pub(super) fn apply(&self, value: &Value, settings: &mut Settings) {
        let Some(text) = value.as_text().filter(|text| self.read(text).is_ok()) else { return };
        let weights = &mut settings.weights;
        match self {
            Self::Weight(place) => *WEIGHTS[*place].1(weights) = parse_decimal(text).unwrap_or_default(),
            Self::TagWeight(tag) => {
                let points = parse_decimal(text).unwrap_or_default();
                weights.tags.insert(tag.as_str().into(), points);
            }
            Self::Days(place) => *DAYS[*place].1(weights) = text.parse().unwrap_or_default(),
            Self::WeekStart => settings.week_start = weekday(text).unwrap_or(Weekday::Monday),
        }
    }
}

/// A decimal number that is small enough, as it is stored.
fn decimal(text: &str, most: i64) -> Option<String> {
    parse_decimal(text).filter(|milli| milli.abs() <= most).map(show_decimal)
}

fn unknown(typed: &str, name: &str) -> SettingError {
    let made_by =
        [("context:", "heph context set"), ("view:", "heph view save"), ("field:", "heph field add")];
    if let Some((_, verb)) = made_by.iter().find(|(prefix, _)| typed.starts_with(prefix)) {
        return SettingError::new(format!("`{typed}` is set by a verb of its own"), format!("{verb} --help"));
    }
    let names: Vec<String> = Key::fixed().map(|key| key.name()).collect();
    // Nothing is near to nothing.
    let with_prefix = if name.is_empty() { String::new() } else { format!("{WEIGHT}{name}") };
    let near = nearest(name, names.iter().map(String::as_str))
        .or_else(|| nearest(&with_prefix, names.iter().map(String::as_str)))
        .map_or_else(
            || "heph config show lists the settings; a tag weighs by `weight:tag:home`".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
    SettingError::new(format!("there is no setting `{typed}`"), near)
}

/// A weekday's name.
fn day_word(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "monday",
        Weekday::Tuesday => "tuesday",
        Weekday::Wednesday => "wednesday",
        Weekday::Thursday => "thursday",
        Weekday::Friday => "friday",
        Weekday::Saturday => "saturday",
        Weekday::Sunday => "sunday",
    }
}
