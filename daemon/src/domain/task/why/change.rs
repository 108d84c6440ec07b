//! The nearest moment at which a task's place changes by itself.

use jiff::civil::Date;
use jiff::{Span, Timestamp};

use super::words;
use crate::domain::date::When;
use crate::domain::task::Task;
use crate::domain::task::rank::{Around, Weights};
use crate::domain::task::today::Today;

/// A change to come.
struct Change {
    at: Timestamp,
    when: When,
    what: String,
}

/// Tells the nearest change, several of one moment together; `None` when time alone changes nothing but the age.
pub(super) fn nearest(task: &Task, around: &Around, weights: &Weights, today: &Today<'_>) -> Option<String> {
    let changes = changes(task, around, weights, today);
    let first = changes.iter().min_by_key(|change| change.at)?;
    let what: Vec<&str> =
        changes.iter().filter(|change| change.at == first.at).map(|change| change.what.as_str()).collect();
    Some(format!("{}: {}", words::when(&first.when, today), what.join(", ")))
}

/// The day from which the lead of a task shows it.
pub(super) fn lead_begins(task: &Task, today: &Today<'_>) -> Option<Date> {
    let due = task.due.as_ref()?.local_date(today.now);
    due.checked_sub(Span::new().try_days(task.lead_days?).ok()?).ok()
}

fn changes(task: &Task, around: &Around, weights: &Weights, today: &Today<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut add = |when: When, what: String| changes.push(Change { at: when.starts(today.now), when, what });
    let tomorrow = today.date.tomorrow().ok();

    if let Some(defer) = task.defer.as_ref().filter(|defer| !today.has_come(defer)) {
        add(defer.clone(), "deferral ends".to_owned());
    }
    if let Some(begins) = lead_begins(task, today).filter(|begins| *begins > today.date) {
        add(When::Day(begins), "its lead begins".to_owned());
    }
    if let Some(over) =
        task.expires.as_ref().filter(|expires| !today.is_past(expires)).and_then(first_moment_over)
    {
        add(over, "expires".to_owned());
    }
    if let Some(tomorrow) = tomorrow.filter(|_| task.pinned_on == Some(today.date)) {
        add(When::Day(tomorrow), falls("pin", weights.pin));
    }
    if let Some(planned) = task.planned.as_ref().filter(|planned| today.days_to(planned) > 0) {
        add(When::Day(planned.local_date(today.now)), rises("planned", weights.planned));
    }
    if let Some((date, points)) = next_rise_of_due(around, weights, today) {
        add(When::Day(date), rises("due", points));
    }
    changes
}

/// The first moment at which an expiry date is over.
fn first_moment_over(expires: &When) -> Option<When> {
    match expires {
        When::Day(date) => date.tomorrow().ok().map(When::Day),
        When::Time { .. } => Some(expires.clone()),
    }
}

/// The next day on which the due term is another, and by how much.
fn next_rise_of_due(around: &Around, weights: &Weights, today: &Today<'_>) -> Option<(Date, i64)> {
    let days = around.deadline.days_from(today.date)?;
    // The horizon itself still has no points.
    let next = (days - 1).min(weights.due_horizon_days.max(1) - 1);
    let rise = weights.due_points(next) - weights.due_points(days);
    let date = today.date.checked_add(Span::new().try_days(days - next).ok()?).ok()?;
    (rise != 0).then_some((date, rise))
}

fn rises(term: &str, by: i64) -> String {
    let verb = if by < 0 { "falls" } else { "rises" };
    format!("{term} {verb} by {}", words::points(by))
}

fn falls(term: &str, by: i64) -> String {
    rises(term, -by)
}
