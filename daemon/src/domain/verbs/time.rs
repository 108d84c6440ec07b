//! Clock intervals: what starting and stopping makes of them, and `heph time add`, `edit`, `delete`.

use super::fields::date_refusal;
use super::modify::each;
use super::refusal::{Need, Refusal, Stop};
use super::{Command, Context, Decision, Edit};
use crate::domain::date::{DateWord, When, parse_date};
use crate::domain::node::{Node, NodeKind, register};
use crate::domain::task::Status;
use crate::domain::task::amount::parse_minutes;
use crate::domain::task::time::{Interval, intervals};
use crate::domain::value::Value;

/// Milliseconds of a minute.
const MINUTE: i64 = 60_000;

/// The longest interval, in milliseconds: a year.
const LONGEST: i64 = 366 * 24 * 60 * MINUTE;

/// How an interval is changed; what is not said stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TimeChange {
    /// When it began, a date word with a time.
    pub from: Option<String>,
    /// When it ended, a date word with a time.
    pub to: Option<String>,
    /// How long it was (`45m`), instead of an end.
    pub length: Option<String>,
}

impl Context<'_> {
    /// Starts and stops the clocks of tasks whose status these edits change.
    pub(super) fn clock(&self, command: &Command, decision: &mut Decision) -> Result<(), Need> {
        if matches!(command, Command::Undo { .. } | Command::Redo | Command::Import { .. }) {
            return Ok(());
        }
        let sets_status = |edit: &&mut Edit| match edit {
            Edit::Set { node, registers } => {
                !self.fresh.made(*node) && registers.iter().any(|(name, _)| &**name == register::STATUS)
            }
            _ => false,
        };
        let ids: Vec<_> = decision.edits.iter_mut().filter(sets_status).map(|edit| edit.node()).collect();
        let nodes = self.view.nodes(&ids)?;
        for (edit, node) in decision.edits.iter_mut().filter(sets_status).zip(nodes) {
            let Some(node) = node.filter(|node| node.kind() == NodeKind::Task) else { continue };
            if let Edit::Set { registers, .. } = edit {
                self.clock_one(node, registers);
            }
        }
        Ok(())
    }

    fn clock_one(&self, node: &Node, registers: &mut Vec<(Box<str>, Value)>) {
        let written = registers.iter().find(|(name, _)| &**name == register::STATUS);
        let word = written.and_then(|(_, value)| value.as_list().first()).and_then(Value::as_text);
        let (was, _, _) = node.status();
        let is = word.and_then(Status::from_word).unwrap_or_default();
        let now = self.now.ms();
        if is == Status::Doing {
            if was != Status::Doing {
                let interval = Interval { id: self.fresh.nth(u16::MAX), start: now, end: None };
                registers.push((interval.register().into(), interval.value()));
            }
            return;
        }
        for interval in intervals(node).into_iter().filter(|interval| interval.end.is_none()) {
            let stopped = Interval { end: Some(interval.end_on(node, now)), ..interval };
            registers.push((stopped.register().into(), stopped.value()));
        }
    }

    /// The instant of a word, which has to be past.
    fn past(&self, word: &str) -> Result<i64, Stop> {
        let read =
            |word: &str| parse_date(word, self.now, &|_| None).map_err(|error| date_refusal(word, error));
        let instant = |read: DateWord| match read {
            DateWord::When(when @ When::Time { .. }) => Some(when.instant().as_millisecond()),
            _ => None,
        };
        let no_time = || {
            Refusal::invalid(word, format!("`{word}` says no time of day"))
                .hint("for example 9:30, or “yesterday 14:00”")
        };
        let at = instant(read(word)?).ok_or_else(no_time)?;
        if at <= self.now.ms() {
            return Ok(at);
        }
        // A time alone is that of today, even where dates to come would take the next one.
        let today = read(&format!("today {word}")).ok().and_then(instant).filter(|at| *at <= self.now.ms());
        today.ok_or_else(|| {
            Refusal::invalid(word, format!("`{word}` is still to come"))
                .hint("only past work is noted")
                .into()
        })
    }
}

/// Notes work of some length: from an instant on, or up to now.
pub(super) fn add(
    context: &Context<'_>,
    reference: &str,
    length: &str,
    from: Option<&str>,
) -> Result<Decision, Stop> {
    let length = minutes(length)?;
    let start = match from {
        Some(word) => context.past(word)?,
        None => context.now.ms() - length,
    };
    let end = checked(context, start, start + length)?;
    each(context, &[reference.to_owned()], "time", |_, fields| {
        let interval = Interval { id: context.fresh.nth(0), start, end: Some(end) };
        fields.set(interval.register(), interval.value());
        Ok(())
    })
}

/// Changes an interval.
pub(super) fn edit(
    context: &Context<'_>,
    reference: &str,
    code: &str,
    change: &TimeChange,
) -> Result<Decision, Stop> {
    let TimeChange { from, to, length } = change;
    if from.is_none() && to.is_none() && length.is_none() {
        return Err(Refusal::invalid("", "nothing to change")
            .hint("--from, --to or a length such as 45m")
            .into());
    }
    each(context, &[reference.to_owned()], "time", |node, fields| {
        let interval = find(context, node, code)?;
        let start = from.as_deref().map_or(Ok(interval.start), |word| context.past(word))?;
        let end = match (to, length) {
            (Some(_), Some(_)) => {
                return Err(Refusal::invalid("", "an end and a length cannot both be given").into());
            }
            (Some(word), None) => Some(context.past(word)?),
            (None, Some(length)) => Some(start + minutes(length)?),
            (None, None) => interval.end,
        };
        let end = end.map(|end| checked(context, start, end)).transpose()?;
        let changed = Interval { start, end, ..interval };
        fields.set(changed.register(), changed.value());
        Ok(())
    })
}

/// Takes an interval away.
pub(super) fn delete(context: &Context<'_>, reference: &str, code: &str) -> Result<Decision, Stop> {
    each(context, &[reference.to_owned()], "time", |node, fields| {
        fields.set(find(context, node, code)?.register(), Value::Nil);
        Ok(())
    })
}

fn find(context: &Context<'_>, node: &Node, code: &str) -> Result<Interval, Stop> {
    let code = code.trim().to_lowercase();
    let all = intervals(node);
    let meant: Vec<&Interval> =
        all.iter().filter(|interval| !code.is_empty() && interval.code().starts_with(&code)).collect();
    let hint = format!("heph time show {} lists them", context.short_ids.show(node.id));
    match meant[..] {
        [interval] => Ok(*interval),
        [] => {
            let message = format!("“{}” has no interval {code}", node.title());
            Err(Refusal { message, hint: Some(hint), ..Refusal::not_found(&code) }.into())
        }
        _ => Err(Refusal::refused(format!("several intervals begin with {code}")).hint(hint).into()),
    }
}

fn minutes(text: &str) -> Result<i64, Stop> {
    match parse_minutes(text).filter(|minutes| *minutes > 0) {
        Some(minutes) => Ok(i64::from(minutes) * MINUTE),
        None => {
            let refusal = Refusal::invalid(text, format!("`{text}` is no amount of work"));
            Err(refusal.hint("write 30m or 1h30m").into())
        }
    }
}

/// The end of an interval, if such a one can be.
fn checked(context: &Context<'_>, start: i64, end: i64) -> Result<i64, Stop> {
    if end <= start {
        return Err(Refusal::refused("it would end before it begins").into());
    }
    if end > context.now.ms() {
        return Err(Refusal::refused("it would end in the future").hint("only past work is noted").into());
    }
    if end - start > LONGEST {
        return Err(Refusal::refused("it would be longer than a year").into());
    }
    Ok(end)
}
