//! What new tasks get in a context: tokens without a title.

use super::key::Purpose;
use super::line::Line;
use super::reader::Reader;
use super::title::check_line;
use super::value::Context;
use super::{ParseError, QuickAdd};
use crate::domain::date::Now;
use crate::domain::task::own::OwnFields;

/// Reads the tokens of a context; the title of the answer is empty.
///
/// # Errors
/// [`ParseError`] for a word that is no token, and for a value that makes no sense.
pub fn parse_defaults(tokens: &str, now: &Now, own: &OwnFields) -> Result<QuickAdd, ParseError> {
    check_line(tokens)?;
    let line = Line::new(tokens);
    let mut reader = Reader::new(Context { line: &line, now, purpose: Purpose::Add, current: None, own });
    reader.read_tokens()?;
    reader.read_late_tokens_after(|_| Ok(()))?;
    if let Some(word) = reader.free.iter().position(|&free| free) {
        let message = format!("`{}` is no token of a new task", line.word(word));
        let hint = "write tokens as in heph add: +tag proj:Home p1 est:30m";
        return Err(ParseError::at(line.text(), line.bytes(word), message, hint));
    }
    Ok(reader.into_quick_add(String::new()))
}
