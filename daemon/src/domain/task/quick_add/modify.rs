//! Changes of a task that is there, in the words of quick-add.

use std::ops::Range;

use super::key::Purpose;
use super::line::Line;
use super::reader::Reader;
use super::title::{check_line, finish_title};
use super::value::Context;
use super::{Change, ParseError};
use crate::domain::date::{DateWord, Now, parse_date};
use crate::domain::task::Task;
use crate::domain::task::own::OwnFields;

/// Reads changes: the tokens of quick-add, and `-tag`, an empty value (unset), `p0`, `title:`, `status:`.
///
/// `due:+3d` counts from the date the task has. Other words are its new title, but a lone date is not, nor is a slip
/// of a key. Places in errors are those in the words joined by single spaces.
///
/// # Errors
/// [`ParseError`] when a value makes no sense or a field is set twice.
pub fn parse_changes(
    words: &[String],
    current: Option<&Task>,
    now: &Now,
    own: &OwnFields,
) -> Result<Vec<Change>, ParseError> {
    let line = Line::of_arguments(words, own);
    check_line(line.text())?;
    let mut reader = Reader::new(Context { line: &line, now, purpose: Purpose::Modify, current, own });
    reader.read_repeat()?;
    reader.read_tokens()?;
    reader.read_late_tokens_after(|_| Ok(()))?;
    let title = reader.title();
    let mut changes = std::mem::take(&mut reader.changes);
    if title.is_empty() {
        check_given_title(&mut changes, line.text())?;
        return Ok(changes);
    }
    if let Some((word, key)) = &reader.near_miss {
        let message = format!("`{}` is no change", line.word(*word));
        let hint = format!("did you mean `{key}:`? for a new title, write `title:` before it");
        return Err(ParseError::at(line.text(), line.bytes(*word), message, hint));
    }
    let place = place_of_title(&line, &reader);
    if matches!(parse_date(&title, now, &|_| None), Ok(DateWord::When(_) | DateWord::Someday)) {
        let message = format!("`{title}` is a date, but which one is not said");
        let hint = format!("write `due:{title}`, or `title:{title}` for a new title");
        return Err(ParseError::at(line.text(), place, message, hint));
    }
    if is_like_a_priority(&title) {
        let message = format!("`{title}` is no priority");
        let hint = format!("write p1, p2, p3 or p4, or `title:{title}` for a new title");
        return Err(ParseError::at(line.text(), place, message, hint));
    }
    let has_title = changes.iter().any(|change| matches!(change, Change::Title(_)));
    if !has_title && title.split_whitespace().all(is_like_a_tag) {
        let message = format!("`{title}` is no tag");
        let hint = format!("a tag has a letter: `+home`, `-home`; write `title:{title}` for a new title");
        return Err(ParseError::at(line.text(), place, message, hint));
    }
    let title = finish_title(&title, line.text())?;
    // `title:Call Bob` without quotes: the words behind it belong to it.
    match changes.iter_mut().find_map(|change| match change {
        Change::Title(begin) => Some(begin),
        _ => None,
    }) {
        Some(begin) => *begin = finish_title(&format!("{begin} {title}"), line.text())?,
        None => changes.push(Change::Title(title)),
    }
    Ok(changes)
}

/// Whether words are a slip for a priority, as `p9` or `p0`.
fn is_like_a_priority(title: &str) -> bool {
    let digits = title.strip_prefix(['p', 'P']).unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a word is a slip for a tag, as `+2026`, `-5` or `!!`: it begins as one, or is nothing but signs.
fn is_like_a_tag(word: &str) -> bool {
    word.starts_with(['+', '-']) || word.chars().all(|c| c.is_ascii_punctuation())
}

fn check_given_title(changes: &mut [Change], line: &str) -> Result<(), ParseError> {
    for change in changes {
        if let Change::Title(title) = change {
            *title = finish_title(title, line)?;
        }
    }
    Ok(())
}

fn place_of_title(line: &Line, reader: &Reader<'_>) -> Range<usize> {
    let first = reader.free.iter().position(|&free| free).unwrap_or(0);
    let last = reader.free.iter().rposition(|&free| free).unwrap_or(first);
    line.bytes(first).start..line.bytes(last).end
}
