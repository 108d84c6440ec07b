//! `heph capture`: a line at the end of a journal.

use super::add::checked_text;
use super::fields::date_refusal;
use super::pages::create_journal;
use super::refusal::{Refusal, Stop};
use super::{Context, Decision, Edit, Outcome};
use crate::domain::date::{DateWord, Now, parse_date};
use crate::domain::node::register;
use crate::domain::page::Journal;
use crate::domain::value::Value;

/// Appends a line as a list item to the journal of a day.
pub(super) fn capture(context: &Context<'_>, line: &str, date: &str) -> Result<Decision, Stop> {
    let line = line.trim();
    if line.is_empty() {
        return Err(Refusal::invalid("", "nothing to capture").hint("heph capture \"a line\"").into());
    }
    let journal = journal_of(date, context.now)?;
    let id = journal.id();
    let mut edits = Vec::new();
    let text = match context.view.node(id)?.filter(|node| node.exists()) {
        Some(node) => {
            if node.is_trashed() {
                edits.push(Edit::set(id, register::TRASHED, Value::Nil));
            }
            context.view.text(id)?.to_owned()
        }
        None => {
            edits.push(create_journal(context, journal));
            context.new_journal_text(journal)?
        }
    };
    edits.push(Edit::Text { node: id, text: checked_text(&appended(text, line))? });
    Ok(Decision::verb(format!("capture into {}", journal.title()), edits, Outcome::changed(vec![id])))
}

/// Further lines of what is captured are indented under the first. What is a list item is one already.
fn appended(mut text: String, line: &str) -> String {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    let mut lines = line.lines();
    if !line.starts_with("- ") {
        text.push_str("- ");
    }
    text.push_str(lines.next().unwrap_or_default());
    text.push('\n');
    for more in lines {
        if !more.trim().is_empty() {
            text.push_str("  ");
            text.push_str(more);
        }
        text.push('\n');
    }
    text
}

/// The journal of a date word, a week, `+1` or `-3` days from today; of today for an empty word.
///
/// # Errors
/// A refusal that names the word.
pub(crate) fn journal_of(word: &str, now: &Now) -> Result<Journal, Refusal> {
    let word = word.trim();
    if word.is_empty() {
        return Ok(Journal::Day(now.today()));
    }
    if let Some(journal) = Journal::from_title(word) {
        return Ok(journal);
    }
    let days = word.strip_prefix('+').unwrap_or(word).parse::<i32>();
    let is_offset = word.starts_with(['+', '-']);
    if let (true, Ok(days)) = (is_offset, days) {
        let day = now.today().checked_add(jiff::Span::new().days(days.clamp(-3_000_000, 3_000_000)));
        return day.map(Journal::Day).map_err(|_| Refusal::invalid(word, "that day is out of range"));
    }
    match parse_date(word, now, &|_| None) {
        Ok(DateWord::When(when)) => Ok(Journal::Day(when.local_date(now))),
        Ok(_) => Err(Refusal::invalid(word, format!("“{word}” is not a day"))),
        Err(error) => Err(date_refusal(word, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_items() {
        assert_eq!(appended("# d\n".into(), "one"), "# d\n- one\n");
        assert_eq!(appended("# d".into(), "one\ntwo\n\nthree"), "# d\n- one\n  two\n\n  three\n");
        assert_eq!(appended(String::new(), "one"), "- one\n");
        assert_eq!(appended(String::new(), "- [ ] one"), "- [ ] one\n");
        assert_eq!(appended(String::new(), "-1 degrees"), "- -1 degrees\n");
    }
}
