//! Lists come in pages: as many rows as a person wants, or all of them for a program.

use serde::Serialize;

use crate::output::Outcome;
use crate::output::stream::Stream;
use crate::session::Session;

/// The most rows the daemon gives at once.
const PAGE: u32 = 1_000;

/// How many rows are wanted in all; `None` for all there are.
pub(crate) fn wanted(session: &Session) -> Option<u32> {
    let limit = &session.config.limit;
    (limit.origin == "flag" || session.out.look.terminal).then_some(limit.value)
}

/// A page as the daemon gave it: rows, and the token of the next one.
pub(crate) type Page<T> = (Vec<T>, Option<String>);

/// Fetches pages, with the limit and token for each, and shows them, until there are enough rows or no more.
/// Tells whether there are more.
pub(crate) fn pages<T>(
    session: &mut Session,
    mut fetch: impl FnMut(&mut Session, u32, Option<String>) -> Outcome<Page<T>>,
    mut show: impl FnMut(&mut Session, &[T]) -> Outcome,
) -> Outcome<bool> {
    let mut left = wanted(session);
    let mut token = None;
    loop {
        let before = token.clone();
        let (rows, next) = fetch(session, left.map_or(PAGE, |left| left.min(PAGE)), token)?;
        show(session, &rows)?;
        left = left.map(|left| left.saturating_sub(u32::try_from(rows.len()).unwrap_or(u32::MAX)));
        token = next;
        // A page may be empty and go on behind what was looked through; one that stays where it is would go on for ever.
        if token.is_none() || left == Some(0) || (rows.is_empty() && token == before) {
            return Ok(token.is_some());
        }
    }
}

/// Prints a whole list page by page, and says so when it is empty.
pub(crate) fn list<T: Serialize>(
    session: &mut Session,
    mut stream: Stream<'_, T>,
    nothing: &str,
    fetch: impl FnMut(&mut Session, u32, Option<String>) -> Outcome<Page<T>>,
) -> Outcome {
    session.out.page();
    let more = pages(session, fetch, |session, rows| stream.push(&mut session.out, rows))?;
    let shown = stream.count();
    stream.end(&mut session.out, &[])?;
    if shown == 0 && !session.out.is_json() {
        session.out.note(nothing);
    }
    tell_more(session, more, shown);
    Ok(())
}

/// Says on a terminal that there is more than was shown.
pub(crate) fn tell_more(session: &mut Session, more: bool, shown: u64) {
    if more && session.out.look.terminal {
        session.out.note(&format!("{shown} shown, there are more: --limit N"));
    }
}
