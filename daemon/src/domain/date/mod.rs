//! Dates as people mean them: a civil day, or a local time in a zone; nothing else.

mod clock;
mod describe;
mod names;
mod now;
mod period;
mod plain;
mod step;
mod when;
mod words;

pub(crate) use clock::parse_time as parse_clock;
pub use describe::describe;
pub(crate) use names::{day_of_month, month, ordinal, weekday};
pub use now::Now;
pub(crate) use plain::is_plain_language;
use step::Step;
pub(crate) use when::days_between;
pub use when::{NotADate, When};
pub use words::{DateError, DateWord, parse_date};

#[cfg(test)]
mod words_tests;
