//! Recurrence: rules, the phrases that say them, the occurrences recorded, and the date that follows from both.
//!
//! Nothing is made ahead: a recurring task is one task, whose dates are worked out from its rule and from what was
//! recorded of each nominal date. Two machines that complete the same occurrence write the same register, and from the
//! same registers find the same next date.

mod dates;
mod phrase;
mod rule;
mod series;
mod shown;
mod words;

pub use phrase::{Phrase, PhraseError, parse_phrase};
pub use rule::{BadRule, Frequency, MAX_COUNT, MAX_INTERVAL, Rule, WeekdayNum};
pub use series::{Mode, Occurrence, OccurrenceState, Occurrences, dates, dates_before, first, next};
pub use shown::{Dates as ShownDates, Moved, Recurrence, Repeats, TaskDate, on_day};
pub use words::describe_rule;

#[cfg(test)]
mod tests;
