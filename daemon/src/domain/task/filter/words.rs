//! The words behind `is:`.

use std::ops::Range;

use super::FilterError;
use super::expression::{DateField, Expression, Field, Name, Relation, Statuses, Test, Word};
use super::grammar::{Parser, Unbound};
use super::value::typed;
use crate::domain::suggest::nearest;
use crate::domain::task::Status;

/// Every word, and what it says.
pub(super) const IS_WORDS: [(&str, &str); 25] = [
    ("open", "neither done nor cancelled"),
    ("closed", "done or cancelled"),
    ("todo", "not begun"),
    ("doing", "being done"),
    ("started", "being done"),
    ("waiting", "waiting for somebody"),
    ("someday", "kept for some day"),
    ("done", "finished"),
    ("cancelled", "given up"),
    ("today", "what to look at today: due or planned by today, or pinned"),
    ("week", "the same by the end of this week"),
    ("overdue", "its due date is past"),
    ("available", "next shows it"),
    ("blocked", "an open task has to be finished first"),
    ("blocking", "an open task waits for it"),
    ("deferred", "hidden until a date that has not come"),
    ("expired", "its time is over"),
    ("on-hold", "its project rests"),
    ("recurring", "it repeats"),
    ("parent", "open tasks are part of it"),
    ("project", "it belongs to a project"),
    ("inbox", "not sorted in yet: no project, parent, due, planned or defer date"),
    ("stale", "not begun, and untouched for 90 days"),
    ("pinned", "on top of next for today"),
    ("trashed", "in the trash"),
];

impl Parser<'_> {
    /// What a word behind `is:` asks.
    pub(super) fn is_word(&self, text: &str, bytes: &Range<usize>) -> Result<Unbound, FilterError> {
        let status = |set| Expression::Test(Test::Status(set));
        let is = |word| Expression::Test(Test::Is(word));
        let by = |field, day: &str| {
            Expression::Test(Test::Date { field, relation: Relation::UpTo, date: typed(day, bytes) })
        };
        // What to look at by a day; what was to be done before it is still to be looked at.
        let to_look_at = |day: &str| {
            Expression::Any(vec![by(DateField::Due, day), by(DateField::Planned, day), is(Word::Pinned)])
        };
        let named =
            |word: &str, means| Expression::Named(Name { key: "is", word: word.into() }, Box::new(means));
        let word = text.to_lowercase();
        Ok(match word.as_str() {
            "open" => status(Statuses::OPEN),
            "closed" => status(Statuses::CLOSED),
            "started" => status(Statuses::of(&[Status::Doing])),
            "overdue" => is(Word::Overdue),
            "available" => is(Word::Available),
            "blocked" => is(Word::Blocked),
            "blocking" => is(Word::Blocking),
            "deferred" => is(Word::Deferred),
            "expired" => is(Word::Expired),
            "on-hold" | "on_hold" => is(Word::OnHold),
            "parent" => is(Word::Parent),
            "pinned" => is(Word::Pinned),
            "trashed" => is(Word::Trashed),
            "recurring" => is(Word::Recurring),
            "inbox" => is(Word::Inbox),
            "project" => named("project", Expression::Test(Test::Has(Field::Project))),
            "today" => named("today", to_look_at("today")),
            "week" => named("week", to_look_at("eow")),
            "stale" => named(
                "stale",
                Expression::All(vec![
                    status(Statuses::of(&[Status::Todo])),
                    by(DateField::Modified, "today-90d"),
                ]),
            ),
            _ => match Status::from_word(&word) {
                Some(own) => status(Statuses::of(&[own])),
                None => {
                    let words = IS_WORDS.map(|(word, _)| word);
                    let hint = nearest(&word, words).map_or_else(
                        || format!("write one of {}", words.join(", ")),
                        |near| format!("did you mean `{near}`?"),
                    );
                    let message = format!("unknown word `{text}` behind `is:`");
                    return Err(self.error(bytes.clone(), message, hint));
                }
            },
        })
    }
}
