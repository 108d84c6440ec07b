//! Recurring tasks: an occurrence is done or skipped, one is moved, a series begins, moves or ends.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::fields::Fields;
use super::refusal::{Need, Refusal, Stop};
use super::{Context, Edit, Scope};
use crate::domain::date::{When, days_between, describe};
use crate::domain::node::{Node, moved_name, occurrence_value, register, status_value};
use crate::domain::page::unticked;
use crate::domain::task::Status;
use crate::domain::task::quick_add::{Change, Repeat};
use crate::domain::task::recurrence::{
    Mode, Moved, Occurrence, OccurrenceState, Recurrence, Repeats, Rule, ShownDates, TaskDate, dates_before,
    describe_rule, first, on_day,
};
use crate::domain::value::Value;

/// An occurrence that is dealt with: what is written, and what there is to say.
pub(super) struct Completed {
    pub(super) edits: Vec<Edit>,
    /// The nominal date that comes next, if one does.
    pub(super) next: Option<Date>,
    pub(super) note: String,
}

/// The open task's recurrence, if it has an occurrence to deal with.
pub(super) fn current_of(node: &Node) -> Option<(Repeats, Date)> {
    let repeats = node.repeats().filter(|_| node.status().0.is_open())?;
    repeats.current.map(|current| (repeats, current))
}

impl Context<'_> {
    /// Records the current occurrence. The task is open again, its boxes are empty; or it is done when none is left.
    pub(super) fn complete(
        &self,
        node: &Node,
        (repeats, nominal): (&Repeats, Date),
        state: OccurrenceState,
    ) -> Result<Completed, Need> {
        let occurrence = Occurrence { state, at: self.now.ms(), on: self.now.today() };
        let mut recorded = node.occurrences();
        recorded.insert(nominal, occurrence);
        let next = repeats.recurrence.current(&recorded);
        let mut registers =
            vec![(format!("{}{nominal}", register::OCCURRENCE).into(), occurrence_value(occurrence))];
        let status = if next.is_some() { Status::Todo } else { Status::Done };
        if node.status().0 != status {
            registers.push((register::STATUS.into(), status_value(status, self.now.ms(), None)));
        }
        let mut edits = vec![Edit::Set { node: node.id, registers }];
        edits.extend(self.emptied_boxes(node)?);
        let note = match next {
            Some(next) => {
                let when = node.date_at(&repeats.recurrence, next);
                format!("“{}” comes again {}", node.title(), describe(&when, self.now))
            }
            None => format!("“{}” comes no more: that was the last one", node.title()),
        };
        Ok(Completed { edits, next, note })
    }

    /// The body with its boxes empty, if any was ticked. Boxes of other tasks and code stay as they are.
    fn emptied_boxes(&self, node: &Node) -> Result<Option<Edit>, Need> {
        if node.text.is_empty {
            return Ok(None);
        }
        let text = self.view.text(node.id)?;
        let emptied = unticked(text);
        Ok((emptied != text).then_some(Edit::Derived { node: node.id, text: emptied, facts: None }))
    }
}

/// The register that a closed task whose series has come to its end gets back when it is opened again: its last
/// occurrence, not recorded.
pub(super) fn last_unrecorded(node: &Node) -> Option<(Box<str>, Value)> {
    let repeats = node.repeats().filter(|repeats| repeats.current.is_none())?;
    let recorded = node.occurrences();
    let (last, _) = recorded.range(repeats.recurrence.anchor..).next_back()?;
    Some((format!("{}{last}", register::OCCURRENCE).into(), Value::Nil))
}

/// The date a change sets, and to what.
fn date_change(change: &Change) -> Option<(TaskDate, Option<&When>)> {
    match change {
        Change::Due(when) => Some((TaskDate::Due, when.as_ref())),
        Change::Planned(when) => Some((TaskDate::Planned, when.as_ref())),
        Change::Defer(when) => Some((TaskDate::Defer, when.as_ref())),
        Change::Expires(when) => Some((TaskDate::Expires, when.as_ref())),
        _ => None,
    }
}

/// The dates as they are shown.
fn shown(node: &Node) -> ShownDates {
    node.task().map(|task| [task.due, task.planned, task.defer, task.expires]).unwrap_or_default()
}

fn of(dates: &ShownDates, date: TaskDate) -> Option<&When> {
    dates[date as usize].as_ref()
}

/// A date so many days later.
fn shifted(when: &When, days: i32) -> Option<When> {
    Some(on_day(when, when.date().checked_add(days.days()).ok()?))
}

/// A typed date with the time of day that the task has: a standup moved to Friday is at half past nine there.
fn at_its_time(node: &Node, date: TaskDate, when: &When) -> When {
    match (when, of(&shown(node), date)) {
        (When::Day(day), Some(own @ When::Time { .. })) => on_day(own, *day),
        _ => when.clone(),
    }
}

/// Dates that are typed, and those that follow them.
type Typed<'a> = Vec<(TaskDate, Option<&'a When>)>;

impl Fields {
    /// Translates typed changes of a task that repeats, or begins or ceases to, or neither. A node without registers is
    /// one that is being made.
    pub(super) fn change(
        &mut self,
        context: &Context<'_>,
        node: &Node,
        changes: &[Change],
        scope: Scope,
    ) -> Result<(), Stop> {
        let repeat = changes.iter().rev().find_map(|change| match change {
            Change::Repeat(repeat) => Some(repeat.as_ref()),
            _ => None,
        });
        let repeats = node.repeats();
        let timed: Vec<_> = changes
            .iter()
            .filter_map(date_change)
            .map(|(date, when)| {
                let goes_on = repeats.is_some() && !matches!(repeat, Some(None));
                (date, when.map(|when| if goes_on { at_its_time(node, date, when) } else { when.clone() }))
            })
            .collect();
        let typed: Typed<'_> = timed.iter().map(|(date, when)| (*date, when.as_ref())).collect();
        if scope != Scope::Usual && repeat.is_none() {
            check_scope(node, repeats.as_ref(), &typed)?;
        }
        let is_plain = repeats.is_none() && !matches!(repeat, Some(Some(_)));
        let own = changes.iter().filter(|change| match change {
            Change::Repeat(_) => false,
            change => is_plain || date_change(change).is_none(),
        });
        self.add(context, node.id, &own.cloned().collect::<Vec<_>>())?;
        match (repeat, repeats) {
            (Some(Some(repeat)), repeats) => self.begin_series(context, node, (repeat, repeats), &typed),
            (Some(None), Some(_)) => {
                self.end_series(node, &typed);
                Ok(())
            }
            (None, Some(_)) if typed.is_empty() => Ok(()),
            (None, Some(repeats)) if scope == Scope::Series => self.move_series(node, repeats, &typed),
            (None, Some(repeats)) => self.move_occurrence(node, &repeats, &typed, scope),
            (Some(None) | None, None) => Ok(()),
        }
    }

    fn begin_series(
        &mut self,
        context: &Context<'_>,
        node: &Node,
        (repeat, before): (&Repeat, Option<Repeats>),
        typed: &Typed<'_>,
    ) -> Result<(), Stop> {
        let mut dates = shown(node);
        for (date, when) in typed {
            dates[*date as usize] = when.cloned();
        }
        let has = |date: &TaskDate| of(&dates, *date).is_some();
        let basis = before
            .map(|repeats| repeats.recurrence.basis)
            .filter(has)
            .or_else(|| TaskDate::ALL.into_iter().find(|date| date.can_be_basis() && has(date)))
            .unwrap_or(TaskDate::Due);
        let start = start_of(context, repeat, of(&dates, basis));
        let anchor = first(&repeat.rule, start).ok_or_else(|| {
            let words = describe_rule(&repeat.rule, repeat.mode);
            Refusal::refused(format!("“{words}” has no day from {start} on"))
                .hint("say when it begins, or when it ends")
        })?;
        let own = of(&dates, basis).cloned();
        if let Some(own) = own.as_ref().filter(|own| own.date() != anchor) {
            let (own, first) = (When::Day(own.date()), When::Day(anchor));
            let (own, first) = (describe(&own, context.now), describe(&first, context.now));
            self.notes.push(format!("begins {first}: {own} is no day of it"));
        }
        if own.is_none() {
            self.notes.push(format!("begins {}", describe(&When::Day(anchor), context.now)));
        }
        let delta = own.as_ref().map_or(0, |own| days_between(own.date(), anchor));
        for date in TaskDate::ALL {
            dates[date as usize] = of(&dates, date).and_then(|when| shifted(when, delta));
        }
        dates[basis as usize] = Some(match (repeat.at, &own) {
            (Some(at), _) => When::Time { at: anchor.to_datetime(at), zone: context.now.zone_name().into() },
            (None, Some(own)) => on_day(own, anchor),
            (None, None) => When::Day(anchor),
        });
        self.write_series(
            node,
            Recurrence::new(repeat.rule.clone(), repeat.mode, basis, anchor, &dates),
            &dates,
        );
        Ok(())
    }

    /// Writes a series that begins at its anchor. Nothing is recorded of it yet.
    fn write_series(&mut self, node: &Node, recurrence: Recurrence, dates: &ShownDates) {
        for date in TaskDate::ALL {
            self.set(date.word(), of(dates, date).map(ToString::to_string));
        }
        let anchor = recurrence.anchor.to_string();
        for prefix in [register::OCCURRENCE, register::MOVED] {
            // Nominal dates are written so that they sort as texts.
            let later = node.registers.with_prefix(prefix).filter(|(date, _)| **date >= *anchor);
            for (date, _) in later {
                self.set(format!("{prefix}{date}"), Value::Nil);
            }
        }
        self.set(register::RECURRENCE, recurrence.to_value());
    }

    /// The task is as it stands, once.
    fn end_series(&mut self, node: &Node, typed: &Typed<'_>) {
        let mut dates = shown(node);
        for (date, when) in typed {
            dates[*date as usize] = when.cloned();
        }
        for date in TaskDate::ALL {
            self.set(date.word(), of(&dates, date).map(ToString::to_string));
        }
        self.set(register::RECURRENCE, Value::Nil);
    }

    /// Gives one occurrence other dates.
    fn move_occurrence(
        &mut self,
        node: &Node,
        repeats: &Repeats,
        typed: &Typed<'_>,
        scope: Scope,
    ) -> Result<(), Stop> {
        let basis = repeats.recurrence.basis;
        let current = repeats.current.ok_or_else(|| comes_no_more(node))?;
        for (date, when) in typed {
            if *date == basis && when.is_none() {
                return Err(without_basis(node, basis).into());
            }
            self.set(moved_name(current, *date, basis), Moved::value(*when));
        }
        if scope == Scope::Usual {
            self.notes
                .push("only this occurrence was moved; with --series those that follow move too".to_owned());
        }
        Ok(())
    }

    /// Gives all occurrences from the current one on other dates.
    fn move_series(&mut self, node: &Node, repeats: Repeats, typed: &Typed<'_>) -> Result<(), Stop> {
        let Repeats { recurrence, current } = repeats;
        let current = current.ok_or_else(|| comes_no_more(node))?;
        let basis = recurrence.basis;
        let mut dates = shown(node);
        let was = of(&dates, basis).map_or(current, When::date);
        let anchor = match typed.iter().rev().find(|(date, _)| *date == basis) {
            Some((_, None)) => return Err(without_basis(node, basis).into()),
            Some((_, Some(when))) => when.date(),
            // The others alone: the rule stays where it is, and what is typed counts from its date.
            None => return self.move_others(node, recurrence, current, (was, typed)),
        };
        let rule = Rule { count: left_of(&recurrence, node, current), ..recurrence.rule.clone() };
        if first(&rule, anchor) != Some(anchor) {
            let words = recurrence.words();
            return Err(Refusal::refused(format!("{anchor} is no day of “{words}”"))
                .hint("say the rule as well, as in `heph mod 7k3 due:tue every:tue`")
                .into());
        }
        let delta = days_between(was, anchor);
        for date in TaskDate::ALL {
            dates[date as usize] = match typed.iter().rev().find(|(typed, _)| *typed == date) {
                Some((_, when)) => when.cloned(),
                None => of(&dates, date).and_then(|when| shifted(when, delta)),
            };
        }
        self.write_series(node, Recurrence::new(rule, recurrence.mode, basis, anchor, &dates), &dates);
        Ok(())
    }

    /// Gives all occurrences another date beside the one they repeat by.
    fn move_others(
        &mut self,
        node: &Node,
        mut recurrence: Recurrence,
        current: Date,
        (was, typed): (Date, &Typed<'_>),
    ) -> Result<(), Stop> {
        for (date, when) in typed {
            recurrence.offsets.retain(|(other, _)| other != date);
            recurrence.offsets.extend(when.map(|when| (*date, days_between(was, when.date()))));
            let at_anchor = when.and_then(|when| shifted(when, days_between(was, recurrence.anchor)));
            self.set(date.word(), at_anchor.map(|when| when.to_string()));
            let moved = moved_name(current, *date, recurrence.basis);
            if !node.registers.value(&moved).is_nil() {
                self.set(moved, Value::Nil);
            }
        }
        self.set(register::RECURRENCE, recurrence.to_value());
        Ok(())
    }
}

/// The day a series may begin on. A time of day that is past today begins tomorrow.
fn start_of(context: &Context<'_>, repeat: &Repeat, own: Option<&When>) -> Date {
    let today = context.now.today();
    let given = own.map(When::date).max(repeat.from);
    given.unwrap_or_else(|| {
        let is_past = |at| {
            let at = today.to_datetime(at);
            When::Time { at, zone: context.now.zone_name().into() }.is_past(context.now)
        };
        match repeat.at {
            Some(at) if is_past(at) => today.tomorrow().unwrap_or(today),
            _ => today,
        }
    })
}

/// How many occurrences a counted rule has left, the current one included.
fn left_of(recurrence: &Recurrence, node: &Node, current: Date) -> Option<u32> {
    let count = recurrence.rule.count?;
    let used = match recurrence.mode {
        Mode::After => node.occurrences().range(recurrence.anchor..).count(),
        Mode::Fixed | Mode::Catchup => dates_before(&recurrence.rule, recurrence.anchor, current),
    };
    Some(count.saturating_sub(u32::try_from(used).unwrap_or(u32::MAX)).max(1))
}

fn check_scope(node: &Node, repeats: Option<&Repeats>, typed: &Typed<'_>) -> Result<(), Refusal> {
    if repeats.is_none() {
        return Err(does_not_repeat(node));
    }
    if typed.is_empty() {
        return Err(Refusal::refused("--this and --series move dates, and none is named")
            .hint("heph mod 7k3 --this due:fri"));
    }
    Ok(())
}

/// Says that a task does not repeat.
pub(super) fn does_not_repeat(node: &Node) -> Refusal {
    Refusal::refused(format!("“{}” does not repeat", node.title()))
        .hint("`heph mod <id> every:week` makes it repeat, `heph cancel` gives it up")
}

fn comes_no_more(node: &Node) -> Refusal {
    Refusal::refused(format!("“{}” has no occurrence left", node.title()))
        .hint("`every:…` begins a new series, `heph done` closes it")
}

fn without_basis(node: &Node, basis: TaskDate) -> Refusal {
    Refusal::refused(format!("“{}” repeats by its {} date", node.title(), basis.word()))
        .hint("`every:` takes the repetition away first")
}
