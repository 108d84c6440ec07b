//! Phrases of repetition in a line: `every 2 weeks`, `every! 5 days`, `every+ month on last`, `every:week`, `RRULE:…`.

use std::ops::Range;

use super::change::Repeat;
use super::key::Purpose;
use super::line::{Line, WordKind};
use super::{Change, ParseError};
use crate::domain::date::{Now, month, weekday};
use crate::domain::task::recurrence::{Mode, PhraseError, describe_rule, parse_phrase};

/// Most words of a phrase: `2 weeks on mon, thu at 9:00 from 1 dec until 24 dec`.
const MOST_WORDS: usize = 16;

/// What a phrase of repetition in a line comes to.
#[derive(Debug)]
pub(super) enum Found {
    /// It was understood.
    Phrase {
        /// Its words.
        words: Range<usize>,
        change: Change,
        meaning: String,
    },
    /// It looks like one, and is none: these words stay in the title, for this reason.
    Doubtful(Range<usize>, String),
}

/// How a phrase begins.
struct Begin {
    mode: Mode,
    /// Where its text begins in the line.
    at: usize,
    /// Whether it was marked as one, so that it can be nothing else.
    marked: bool,
    /// Whether its text stands in quotes, so that nothing behind them belongs to it.
    quoted: bool,
}

/// Finds the first phrase among the free words of a line.
///
/// # Errors
/// [`ParseError`] for one that is marked (`every!`, `every:`, `RRULE:`) and not understood.
pub(super) fn find(
    line: &Line,
    now: &Now,
    purpose: Purpose,
    is_free: impl Fn(usize) -> bool,
) -> Result<Option<Found>, ParseError> {
    let mut doubtful = None;
    for word in (0..line.len()).filter(|&word| is_free(word)) {
        if line.kind(word) == WordKind::Plain && is_empty_key(line.word(word)) {
            return Ok(Some(empty(word, purpose)));
        }
        let Some(begin) = begins(line, word) else { continue };
        let more = (word + 1..line.len())
            .take_while(|&next| !begin.quoted && is_free(next) && line.kind(next) == WordKind::Plain);
        let end = word + 1 + more.take(MOST_WORDS).count();
        match longest(line, &begin, word..end, now) {
            Ok(found) => return Ok(Some(found)),
            Err(error) if begin.marked => {
                return Err(at_word(line, begin.at..line.bytes(end - 1).end, error));
            }
            Err(error) if is_like_a_phrase(line, word + 1, end) => {
                doubtful.get_or_insert(Found::Doubtful(word..end, error.message));
            }
            // `Thank every guest` says nothing of repetition.
            Err(_) => {}
        }
    }
    Ok(doubtful)
}

/// The longest phrase that begins at the first of these words.
fn longest(line: &Line, begin: &Begin, words: Range<usize>, now: &Now) -> Result<Found, PhraseError> {
    let mut error = None;
    for end in (words.start + 1..=words.end).rev() {
        let last = line.bytes(end - 1).end - usize::from(begin.quoted);
        let text = line.text().get(begin.at..last).unwrap_or_default();
        match read_repeat(text, begin.mode, now) {
            Ok(repeat) => {
                let meaning = describe_repeat(&repeat);
                let change = Change::Repeat(Some(repeat));
                return Ok(Found::Phrase { words: words.start..end, change, meaning });
            }
            Err(found) if found.is_phrase => return Err(found),
            // The longest reading has the word at fault; a shorter one lacks what it needs.
            Err(found) => drop(error.get_or_insert(found)),
        }
    }
    Err(error.unwrap_or_else(PhraseError::missing))
}

/// Reads what stands behind `every`, in the mode its sign says.
///
/// # Errors
/// [`PhraseError`]
pub fn read_repeat(text: &str, mode: Mode, now: &Now) -> Result<Repeat, PhraseError> {
    let phrase = parse_phrase(text, now)?;
    Ok(Repeat { rule: phrase.rule, mode, at: phrase.at, from: phrase.from })
}

/// A repetition in words.
pub(super) fn describe_repeat(repeat: &Repeat) -> String {
    let mut words = describe_rule(&repeat.rule, repeat.mode);
    if let Some(from) = repeat.from {
        words.push_str(&format!(" from {from}"));
    }
    if let Some(at) = repeat.at {
        words.push_str(&format!(" at {}", at.strftime("%H:%M")));
    }
    words
}

/// The signs behind `every` with what they mean.
const SIGNS: [(&str, Mode); 3] = [("every!", Mode::After), ("every+", Mode::Fixed), ("every", Mode::Catchup)];

/// Whether a word is `every:` without its value.
fn is_empty_key(word: &str) -> bool {
    let name = word.strip_suffix(':').map(str::to_ascii_lowercase);
    name.is_some_and(|name| SIGNS.iter().any(|(sign, _)| *sign == name))
}

/// What `every:` without a value means: it takes the repetition away, if there can be one.
fn empty(word: usize, purpose: Purpose) -> Found {
    match purpose {
        Purpose::Modify => {
            Found::Phrase { words: word..word + 1, change: Change::Repeat(None), meaning: "none".to_owned() }
        }
        Purpose::Add => Found::Doubtful(word..word + 1, "how often is missing behind `every:`".to_owned()),
    }
}

fn begins(line: &Line, word: usize) -> Option<Begin> {
    if line.kind(word) != WordKind::Plain {
        return None;
    }
    let (text, bytes) = (line.word(word).to_ascii_lowercase(), line.bytes(word));
    if text.starts_with("rrule:") {
        return Some(Begin { mode: Mode::default(), at: bytes.start, marked: true, quoted: false });
    }
    let (name, value) =
        text.split_once(':').map_or((text.as_str(), None), |(name, value)| (name, Some(value)));
    let (_, mode) = SIGNS.into_iter().find(|(sign, _)| *sign == name)?;
    match value {
        Some(value) => {
            let quoted = value.starts_with('"') && value.len() > 1 && value.ends_with('"');
            let at = bytes.end - value.len() + usize::from(quoted);
            Some(Begin { mode, at, marked: true, quoted })
        }
        None if word + 1 < line.len() => {
            Some(Begin { mode, at: bytes.end, marked: mode != Mode::Catchup, quoted: false })
        }
        None => None,
    }
}

/// Whether what stands behind a bare `every` begins as a phrase does, so that somebody may have meant one.
fn is_like_a_phrase(line: &Line, word: usize, end: usize) -> bool {
    const UNITS: [&str; 10] =
        ["other", "last", "day", "week", "month", "quarter", "year", "weekday", "workday", "weekend"];
    if word >= end {
        return false;
    }
    let text = line.word(word).to_lowercase();
    let text = text.trim_end_matches([',', '.']);
    UNITS.contains(&text)
        || text.starts_with(|c: char| c.is_ascii_digit())
        || weekday(text).is_some()
        || month(text).is_some()
}

/// Points at the word at fault within the place of a phrase, or at all of it.
fn at_word(line: &Line, place: Range<usize>, error: PhraseError) -> ParseError {
    let text = line.text();
    let within = text.get(place.clone()).unwrap_or_default();
    let start = within.len() - within.trim_start().len();
    let found = error.word.as_deref().and_then(|word| {
        // As long as the text: only ASCII letters change.
        within.to_ascii_lowercase().find(word).map(|at| place.start + at..place.start + at + word.len())
    });
    ParseError::at(text, found.unwrap_or(place.start + start..place.end), error.message, error.hint)
}
