//! A filter whose dates and nodes are resolved: ready to be asked about tasks.

use std::cmp::Ordering;
use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::Date;

use super::expression::{DateField, Expression, Field, NumberField, ProjectTest, Relation, Test, Word};
use super::text::{TextTerm, fold};
use super::{Facts, Scope, explain};
use crate::domain::date::{Now, When, days_between};
use crate::domain::id::NodeId;
use crate::domain::task::{Status, Task};

/// A filter with its dates resolved for one moment and zone.
#[derive(Debug, Clone)]
pub struct BoundFilter {
    text: Box<str>,
    expression: Expression<Moment, NodeRef>,
    terms: Vec<TextTerm>,
    links: Vec<LinkTarget>,
    scope: Scope,
    /// The user's day, which costs a look at the zone to find.
    today: Date,
}

/// A date of a filter, with what comparing needs.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    pub(super) when: When,
    /// The day, if it is a whole one.
    day: Option<Date>,
    /// Its first instant for the user.
    start: Timestamp,
    /// The first instant after it; of a time the same as `start`.
    end: Timestamp,
}

/// A node of a filter and the text that named it.
#[derive(Debug, Clone)]
pub(super) struct NodeRef {
    pub(super) id: NodeId,
    pub(super) text: Box<str>,
}

/// What a filter asks links to, as typed: a page or a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkTarget {
    /// The reference, as one names a page or task elsewhere.
    pub reference: String,
    /// First Unicode scalar of its place in the filter, from 0.
    pub start: usize,
    /// One past its last.
    pub end: usize,
}

impl LinkTarget {
    /// `[[Page#Heading|text]]` means the page: who links to a part of it links to it.
    pub(super) fn new(typed: &str, place: Range<usize>) -> Self {
        let inside = typed.strip_prefix("[[").and_then(|typed| typed.strip_suffix("]]"));
        let reference = match inside {
            Some(inside) => format!("[[{}]]", inside.split(['|', '#']).next().unwrap_or_default().trim()),
            None => typed.to_owned(),
        };
        Self { reference, start: place.start, end: place.end }
    }

    /// The same so many characters later in a text.
    fn later(self, by: usize) -> Self {
        Self { start: self.start + by, end: self.end + by, ..self }
    }
}

impl Moment {
    pub(super) fn new(when: When, now: &Now) -> Self {
        let day = match when {
            When::Day(date) => Some(date),
            When::Time { .. } => None,
        };
        Self { day, start: when.starts(now), end: when.ends(now), when }
    }

    /// Where an instant stands: before, in, or after it.
    fn place_of(&self, instant: Timestamp) -> Ordering {
        match self.day {
            Some(_) if instant < self.start => Ordering::Less,
            Some(_) if instant < self.end => Ordering::Equal,
            Some(_) => Ordering::Greater,
            None => instant.cmp(&self.start),
        }
    }

    /// Where a date stands; a whole day against a time by its end, since that is when it is past.
    pub(super) fn place_of_date(&self, date: &When, now: &Now) -> Ordering {
        match (date, self.day) {
            (When::Day(date), Some(day)) => date.cmp(&day),
            (When::Day(_), None) if date.ends(now) <= self.start => Ordering::Less,
            (When::Day(_), None) => Ordering::Greater,
            (When::Time { .. }, _) => self.place_of(date.instant()),
        }
    }
}

impl BoundFilter {
    pub(super) fn new(
        text: Box<str>,
        expression: Expression<Moment, NodeRef>,
        terms: Vec<TextTerm>,
        links: Vec<LinkTarget>,
        now: &Now,
    ) -> Self {
        let scope = super::scope::scope(&expression);
        Self { text, expression, terms, links, scope, today: now.today() }
    }

    /// The filter that holds where this one and another one of the same moment hold.
    #[must_use]
    pub fn and(mut self, mut other: Self) -> Self {
        other.expression.move_lookups(self.terms.len(), self.links.len());
        self.terms.append(&mut other.terms);
        // The texts stand behind each other, so that a place is one in both.
        let before = self.text.chars().count() + 1;
        self.links.extend(other.links.into_iter().map(|link| link.later(before)));
        self.text = format!("{} {}", self.text, other.text).into();
        self.expression = Expression::All(vec![self.expression, other.expression]);
        self.scope = super::scope::scope(&self.expression);
        self
    }

    /// Whether a task matches. One outside the [scope](Self::scope) does not.
    pub fn matches(&self, task: &Task, facts: &dyn Facts) -> bool {
        self.scope.has(task) && self.holds(&self.expression, task, facts)
    }

    /// The filter as typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The lists its matches can stand in.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The texts it looks for in bodies; their indexes are the `lookup` of [`Facts::is_found`].
    pub fn text_terms(&self) -> &[TextTerm] {
        &self.terms
    }

    /// What it asks links to; who links there has to be looked up for each, and is given behind the
    /// [texts](Self::text_terms).
    pub fn link_targets(&self) -> &[LinkTarget] {
        &self.links
    }

    /// A tag every match has, or has one below (`home` for a match with `home/kitchen`).
    pub fn required_tag(&self) -> Option<&str> {
        self.expression.conjuncts().into_iter().find_map(|test| match test {
            Test::Tag { tag, .. } => Some(&**tag),
            _ => None,
        })
    }

    /// A test every match's project meets.
    pub fn required_project(&self) -> Option<&ProjectTest> {
        self.expression.conjuncts().into_iter().find_map(|test| match test {
            Test::Project(project) => Some(project),
            _ => None,
        })
    }

    /// Tells how it was understood, with its dates resolved.
    pub fn explain(&self, now: &Now) -> String {
        explain::Explaining { terms: &self.terms, links: &self.links, now }.expression(&self.expression)
    }

    fn holds(&self, expression: &Expression<Moment, NodeRef>, task: &Task, facts: &dyn Facts) -> bool {
        match expression {
            Expression::All(parts) => parts.iter().all(|part| self.holds(part, task, facts)),
            Expression::Any(parts) => parts.iter().any(|part| self.holds(part, task, facts)),
            Expression::Not(part) => !self.holds(part, task, facts),
            Expression::Named(_, part) => self.holds(part, task, facts),
            Expression::Test(test) => self.test(test, task, facts),
        }
    }

    fn test(&self, test: &Test<Moment, NodeRef>, task: &Task, facts: &dyn Facts) -> bool {
        match test {
            Test::Has(field) => has(*field, task, facts),
            Test::Tag { tag, subtree } => task.tags.iter().any(|own| is_tag(own, tag, *subtree)),
            Test::TagHas(text) => task.tags.iter().any(|own| fold(own).contains(&**text)),
            Test::Project(wanted) => {
                task.project.and_then(|id| facts.project_path(id)).is_some_and(|path| wanted.is_met_by(path))
            }
            Test::Area(wanted) => {
                task.project.and_then(|id| facts.area_path(id)).is_some_and(|path| wanted.is_met_by(path))
            }
            Test::Status(set) => set.has(task.status),
            Test::Is(word) => self.is(*word, task, facts),
            Test::Date { field, relation, date } => {
                place(*field, task, date, facts.now()).is_some_and(|place| relation.holds(place))
            }
            Test::Number { field, relation, value } => self
                .number(*field, *relation, task, facts)
                .and_then(|own| own.partial_cmp(value))
                .is_some_and(|ordering| relation.holds(ordering)),
            Test::Text { term, title } => self.terms.get(*term).is_some_and(|wanted| {
                *title && wanted.is_in(&task.title) || task.has_body && facts.is_found(*term, task)
            }),
            Test::Links(target) => facts.is_found(self.terms.len() + target, task),
            Test::Title(wanted) => wanted.is_in(&task.title),
            Test::Waiting(wanted) => task.waiting_on.as_deref().is_some_and(|whom| wanted.is_in(whom)),
            Test::Id(prefix) => {
                facts.short_id_matches(task, prefix) || prefix.parse() == Ok::<NodeId, _>(task.id)
            }
            Test::Under(node) => facts.is_under(task, node.id),
            Test::Parent(node) => task.parent == Some(node.id),
            Test::DependsOn(node) => task.depends_on.contains(&node.id),
            Test::Own(own) => own.holds(task, facts.now()),
        }
    }

    /// A task's number. An unset priority ranks as 4 but is not equal to it.
    fn number(&self, field: NumberField, relation: Relation, task: &Task, facts: &dyn Facts) -> Option<f64> {
        match field {
            NumberField::Priority if relation == Relation::Equal => task.priority.map(f64::from),
            NumberField::Priority => Some(f64::from(task.priority.unwrap_or(4))),
            NumberField::Lead => task.lead_days.map(f64::from),
            NumberField::Estimate => task.estimate_minutes.map(f64::from),
            NumberField::Score => facts.score(task),
            NumberField::Age => {
                let made = Timestamp::from_millisecond(task.created).ok()?;
                let made = facts.now().zone.to_datetime(made).date();
                Some(f64::from(days_between(made, self.today).max(0)))
            }
        }
    }

    fn is(&self, word: Word, task: &Task, facts: &dyn Facts) -> bool {
        match word {
            Word::Overdue => {
                task.status.is_open()
                    && task.due.as_ref().is_some_and(|due| is_past(due, self.today, facts.now()))
            }
            Word::Available => facts.is_available(task),
            Word::Blocked => facts.is_blocked(task),
            Word::Blocking => facts.is_blocking(task),
            Word::Deferred => facts.is_deferred(task),
            Word::Parent => facts.has_open_children(task),
            Word::Recurring => task.repeats.is_some(),
            Word::Pinned => task.pinned_on == Some(self.today),
            Word::Trashed => task.trashed,
            Word::Inbox => task.is_in_inbox(),
            Word::OnHold => facts.is_on_hold(task),
            Word::Expired => {
                task.status.is_open()
                    && task.expires.as_ref().is_some_and(|when| is_past(when, self.today, facts.now()))
            }
        }
    }
}

fn is_past(when: &When, today: Date, now: &Now) -> bool {
    match when {
        When::Day(date) => *date < today,
        When::Time { .. } => when.is_past(now),
    }
}

fn is_tag(own: &str, wanted: &str, subtree: bool) -> bool {
    own.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || subtree && rest.starts_with('/'))
}

fn has(field: Field, task: &Task, facts: &dyn Facts) -> bool {
    match field {
        Field::Date(field) => date(field, task).is_some(),
        Field::Number(NumberField::Priority) => task.priority.is_some(),
        Field::Number(NumberField::Lead) => task.lead_days.is_some(),
        Field::Number(NumberField::Estimate) => task.estimate_minutes.is_some(),
        Field::Number(NumberField::Score) => facts.score(task).is_some(),
        Field::Number(NumberField::Age) => true,
        Field::Project => task.project.is_some(),
        Field::Area => task.project.is_some_and(|id| facts.area_path(id).is_some()),
        Field::Repeats => task.repeats.is_some(),
        Field::Reminders => !task.reminders.is_empty(),
        Field::Parent => task.parent.is_some(),
        Field::DependsOn => !task.depends_on.is_empty(),
        Field::Tags => !task.tags.is_empty(),
        Field::Body => task.has_body,
        Field::Waiting => task.waiting_on.is_some(),
    }
}

enum DateValue<'a> {
    When(&'a When),
    Day(Date),
    /// Unix milliseconds.
    Instant(i64),
}

fn date(field: DateField, task: &Task) -> Option<DateValue<'_>> {
    let when = match field {
        DateField::Due => &task.due,
        DateField::Planned => &task.planned,
        DateField::Defer => &task.defer,
        DateField::Expires => &task.expires,
        DateField::FollowUp => &task.follow_up,
        DateField::Created => return Some(DateValue::Instant(task.created)),
        DateField::Modified => return Some(DateValue::Instant(task.modified)),
        DateField::Reviewed => return task.reviewed.map(DateValue::Day),
        DateField::Started => {
            return (task.status == Status::Doing).then_some(DateValue::Instant(task.status_at));
        }
        DateField::Closed => return (!task.status.is_open()).then_some(DateValue::Instant(task.status_at)),
    };
    when.as_ref().map(DateValue::When)
}

/// Where a task's date stands to a moment; `None` when it has none.
fn place(field: DateField, task: &Task, moment: &Moment, now: &Now) -> Option<Ordering> {
    match date(field, task)? {
        DateValue::When(when) => Some(moment.place_of_date(when, now)),
        DateValue::Day(day) => Some(moment.place_of_date(&When::Day(day), now)),
        DateValue::Instant(ms) => {
            Timestamp::from_millisecond(ms).ok().map(|instant| moment.place_of(instant))
        }
    }
}
