//! `heph edit` of a task: its fields as lines, a line `---`, its body.
//!
//! A save compares the edited form with the one that was given out and changes only what differs, so two people (or
//! machines) who edit different fields do not undo each other.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::add::checked_text;
use super::fields::{Fields, parse_refusal};
use super::modify::label;
use super::refusal::{Refusal, Stop};
use super::{Context, Decision, Edit, Outcome, Scope};
use crate::domain::date::When;
use crate::domain::id::NodeId;
use crate::domain::merge::merge3;
use crate::domain::node::{Node, register, status_value};
use crate::domain::task::Status;
use crate::domain::task::own::{FieldValue, OwnField, OwnFields};
use crate::domain::task::quick_add::{Change, ParseError, Repeat, parse_changes, read_repeat};
use crate::domain::task::recurrence::Mode;
use crate::domain::task::reminder::Reminder;

/// The line between fields and body.
const RULE: &str = "---";

/// Fields in the order of the form, with the token `mod` takes for them; those without are handled here.
const FIELDS: [(&str, Option<&str>); 17] = [
    ("title", None),
    ("status", None),
    ("waiting on", None),
    ("follow up", Some("follow-up")),
    ("priority", None),
    ("due", Some("due")),
    ("planned", Some("plan")),
    ("defer", Some("defer")),
    ("expires", Some("expires")),
    ("repeats", None),
    ("remind", None),
    ("lead", Some("lead")),
    ("estimate", Some("est")),
    ("project", Some("proj")),
    ("parent", Some("parent")),
    ("tags", None),
    ("depends on", None),
];

/// Renders a task as a form. `project`, `parent` and `depends_on` come as the user would type them.
pub fn render(
    node: &Node,
    own: &OwnFields,
    project: &str,
    parent: &str,
    depends_on: &[String],
    body: &str,
) -> String {
    let Some(task) = node.task() else { return String::new() };
    let when = |when: &Option<When>| when.as_ref().map(typed_date).unwrap_or_default();
    let values = [
        task.title.to_string(),
        task.status.word().to_owned(),
        task.waiting_on.as_deref().unwrap_or_default().to_owned(),
        when(&task.follow_up),
        task.priority.map(|priority| format!("p{priority}")).unwrap_or_default(),
        when(&task.due),
        when(&task.planned),
        when(&task.defer),
        when(&task.expires),
        task.repeats.as_ref().map(|repeats| repeats.recurrence.words()).unwrap_or_default(),
        task.reminders.iter().map(typed_reminder).collect::<Vec<_>>().join(", "),
        task.lead_days.map(|days| format!("{days}d")).unwrap_or_default(),
        task.estimate_minutes.map(|minutes| format!("{minutes}m")).unwrap_or_default(),
        project.to_owned(),
        parent.to_owned(),
        task.tags.join(" "),
        depends_on.join(" "),
    ];
    let mut form = String::new();
    for ((name, _), value) in FIELDS.iter().zip(values) {
        let _ = writeln!(form, "{name}: {value}");
    }
    for field in own.iter() {
        let value = task.field(&field.name).map(FieldValue::text).unwrap_or_default();
        let _ = writeln!(form, "{}: {value}", field.name);
    }
    let _ = writeln!(form, "{RULE}");
    form.push_str(body);
    form
}

/// A date as the date words take it; the zone of a time is the user's unless it is named.
fn typed_date(when: &When) -> String {
    match when {
        When::Day(date) => date.to_string(),
        When::Time { at, .. } => format!("{} {}", at.date(), at.time().strftime("%H:%M")),
    }
}

/// A reminder as `remind:` takes it: `due-1h`, `2026-11-27 17:00`.
fn typed_reminder(reminder: &Reminder) -> String {
    match reminder {
        Reminder::At(when) => typed_date(when),
        Reminder::From(..) => reminder.typed_form(),
    }
}

/// Saves an edited form. A body that others wrote on meanwhile is merged, as that of a page is.
pub(super) fn save(context: &Context<'_>, id: NodeId, base: &str, text: &str) -> Result<Decision, Stop> {
    let nodes = context.find_tasks(&[id.to_string()])?;
    let Some(node) = nodes.first() else { return Err(Refusal::not_found(&id.to_string()).into()) };
    let own = context.own();
    let (base, new) = (Form::parse(base, own)?, Form::parse(text, own)?);
    let (mut fields, mut changes) = (Fields::default(), Vec::new());
    for (name, token) in FIELDS {
        let (was, is) = (base.value(name), new.value(name));
        if was != is {
            changes.extend(change(context, node, &mut fields, (name, token), (was, is))?);
        }
    }
    for field in own.iter() {
        let is = new.value(&field.name);
        if base.value(&field.name) != is {
            changes.push(Change::Own(field.name.clone(), own_value(field, is, context)?));
        }
    }
    fields.change(context, node, &changes, Scope::Usual)?;
    fields.warn_of_dates(context, |name| node.registers.value(name).as_text()?.parse().ok());
    let mut edits = fields.before;
    if !fields.registers.is_empty() {
        edits.push(Edit::Set { node: id, registers: fields.registers });
    }
    if base.body != new.body {
        let merged = merge3(base.body, context.view.text(id)?, new.body);
        if merged != new.body {
            fields.notes.push("the text was merged with what was written meanwhile".to_owned());
        }
        edits.push(Edit::Text { node: id, text: checked_text(&merged)? });
    }
    let (changed, unchanged) = if edits.is_empty() { (vec![], vec![id]) } else { (vec![id], vec![]) };
    let label = label("edit", &nodes, &changed);
    Ok(Decision::verb(label, edits, Outcome { unchanged, notes: fields.notes, ..Outcome::changed(changed) }))
}

fn change(
    context: &Context<'_>,
    node: &Node,
    fields: &mut Fields,
    (name, token): (&str, Option<&str>),
    (was, is): (&str, &str),
) -> Result<Vec<Change>, Stop> {
    Ok(match (name, token) {
        (_, Some(token)) => typed(context, node, (name, token), is)?,
        ("remind", _) => reminders(context, node, was, is)?,
        ("title", _) => vec![Change::Title(is.to_owned())],
        ("priority", _) => vec![Change::Priority(priority(is)?)],
        ("tags", _) => words_changed(was, is, |tag| Change::Tag(tag.into()), |tag| Change::Untag(tag.into())),
        ("depends on", _) => {
            words_changed(was, is, |id| Change::DependsOn(id.into()), |id| Change::NotDependsOn(id.into()))
        }
        ("repeats", _) => vec![Change::Repeat(repeat(is, context)?)],
        _ => {
            let (status, at, waiting_on) = status(context, node, fields, name, is)?;
            fields.set(register::STATUS, status_value(status, at, waiting_on.as_deref()));
            Vec::new()
        }
    })
}

/// What `mod` makes of a field's value.
fn typed(
    context: &Context<'_>,
    node: &Node,
    (name, token): (&str, &str),
    is: &str,
) -> Result<Vec<Change>, Refusal> {
    let typed = if is.contains(' ') { format!("{token}:\"{is}\"") } else { format!("{token}:{is}") };
    parse_changes(std::slice::from_ref(&typed), node.task().as_ref(), context.now, context.own())
        .map_err(|error| in_line(name, is, typed.chars().count(), error))
}

/// Reminders that are gone from the line, and those that are new in it.
fn reminders(context: &Context<'_>, node: &Node, was: &str, is: &str) -> Result<Vec<Change>, Refusal> {
    let listed = |line: &str| -> Vec<String> {
        line.split(',').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect()
    };
    let (was, is) = (listed(was), listed(is));
    let own = node.task().map(|task| task.reminders).unwrap_or_default();
    let is_gone = |one: &Reminder| {
        let typed = typed_reminder(one);
        was.contains(&typed) && !is.contains(&typed)
    };
    let mut changes: Vec<Change> = own.into_iter().filter(is_gone).map(Change::NoReminder).collect();
    for one in is.iter().filter(|one| !was.contains(one)) {
        changes.extend(typed(context, node, ("remind", "remind"), one)?);
    }
    Ok(changes)
}

/// A value of a field of the user's; an empty one takes it away.
fn own_value(field: &OwnField, is: &str, context: &Context<'_>) -> Result<Option<FieldValue>, Refusal> {
    if is.is_empty() {
        return Ok(None);
    }
    let line = format!("{}: {is}", field.name);
    let read = field.read(is, context.now);
    read.map(Some).map_err(|error| Refusal::invalid(&line, error.message).hint(error.hint))
}

/// How a task repeats, in the words of a line: `every! 5 days`.
fn repeat(is: &str, context: &Context<'_>) -> Result<Option<Repeat>, Refusal> {
    if is.is_empty() {
        return Ok(None);
    }
    let (sign, phrase) = is.split_once(' ').unwrap_or((is, ""));
    let mode = Mode::ALL.into_iter().find(|mode| mode.every() == sign);
    let mode = mode.ok_or_else(|| {
        Refusal::invalid(is, format!("“{is}” is no repetition"))
            .hint("write it as `every 2 weeks on mon, thu`")
    })?;
    let repeat = read_repeat(phrase, mode, context.now);
    repeat.map(Some).map_err(|error| Refusal::invalid(is, error.message).hint(error.hint))
}

/// Moves the place of an error in `due:fri`, of `typed` characters, to where it stands in the form's line `due: fri`.
fn in_line(name: &str, is: &str, typed: usize, error: ParseError) -> Refusal {
    let line = format!("{name}: {is}");
    let (value, all) = (name.chars().count() + 2, line.chars().count());
    // What stands before the value as it was typed: the token, its colon, perhaps a quote, which then closes as well.
    let quote = usize::from(is.contains(' '));
    let before = typed.saturating_sub(is.chars().count() + quote);
    let moved = |place: usize| (place.saturating_sub(before) + value).min(all);
    parse_refusal(&line, ParseError { start: moved(error.start), end: moved(error.end), ..error })
}

fn priority(text: &str) -> Result<Option<u8>, Refusal> {
    match text.strip_prefix('p').unwrap_or(text) {
        "" => Ok(None),
        digit => match digit.parse() {
            Ok(priority @ 1..=4) => Ok(Some(priority)),
            _ => Err(Refusal::invalid(text, format!("“{text}” is no priority")).hint("p1, p2, p3 or p4")),
        },
    }
}

/// The status register after a change of the fields `status` or `waiting on`, on top of an earlier one of this form.
fn status(
    context: &Context<'_>,
    node: &Node,
    fields: &Fields,
    name: &str,
    text: &str,
) -> Result<(Status, i64, Option<String>), Refusal> {
    let (was, was_at, was_waiting_on) = node.status();
    let set = fields
        .registers
        .iter()
        .find(|(name, _)| &**name == register::STATUS)
        .map(|(_, value)| value.as_list());
    let status_now = set.and_then(|list| Status::from_word(list.first()?.as_text()?)).unwrap_or(was);
    if name == "waiting on" {
        let at = if status_now == was { was_at } else { context.now.ms() };
        return Ok((status_now, at, Some(text.to_owned()).filter(|text| !text.is_empty())));
    }
    let status = Status::from_word(text).ok_or_else(|| {
        let words: Vec<_> = Status::ALL.iter().map(|status| status.word()).collect();
        Refusal::invalid(text, format!("“{text}” is no status")).hint(words.join(", "))
    })?;
    let waiting_on = was_waiting_on.filter(|_| status == Status::Waiting);
    Ok((status, context.now.ms(), waiting_on.map(str::to_owned)))
}

fn words_changed(was: &str, is: &str, add: fn(&str) -> Change, remove: fn(&str) -> Change) -> Vec<Change> {
    let (was, is): (Vec<&str>, Vec<&str>) = (list(was), list(is));
    let gone = was.iter().filter(|word| !is.contains(word)).map(|word| remove(word));
    let come = is.iter().filter(|word| !was.contains(word)).map(|word| add(word));
    gone.chain(come).collect()
}

fn list(words: &str) -> Vec<&str> {
    words.split([' ', ',']).map(|word| word.trim_start_matches('+')).filter(|word| !word.is_empty()).collect()
}

/// A form, read.
struct Form<'a> {
    values: BTreeMap<&'a str, &'a str>,
    body: &'a str,
}

impl<'a> Form<'a> {
    /// Reads a form; a field that is missing is empty, a field nobody knows is an error that names it.
    fn parse(text: &'a str, own: &OwnFields) -> Result<Self, Refusal> {
        let mut values = BTreeMap::new();
        let mut rest = text;
        while let Some((line, behind)) = rest.split_once('\n').or((!rest.is_empty()).then_some((rest, ""))) {
            rest = behind;
            let line = line.trim_end_matches('\r');
            if line == RULE {
                return Ok(Self { values, body: rest });
            }
            if line.trim().is_empty() {
                continue;
            }
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            let name = name.trim();
            if !FIELDS.iter().any(|(known, _)| *known == name) && own.get(name).is_none() {
                let names: Vec<_> = FIELDS.iter().map(|(name, _)| *name).chain(own.names()).collect();
                return Err(
                    Refusal::invalid(line, format!("“{name}” is no field of a task")).hint(names.join(", "))
                );
            }
            values.insert(name, value.trim());
        }
        Ok(Self { values, body: "" })
    }

    fn value(&self, name: &str) -> &'a str {
        self.values.get(name).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_it_is_written() {
        let form =
            Form::parse("title: Call: the bank\ndue:\ntags: a b\n---\nbody\n---\nmore", &OwnFields::NONE)
                .unwrap();
        assert_eq!(form.value("title"), "Call: the bank");
        assert_eq!(form.value("due"), "");
        assert_eq!(form.body, "body\n---\nmore");
        assert!(Form::parse("colour: red\n---\n", &OwnFields::NONE).is_err());
        assert_eq!(Form::parse("title: x", &OwnFields::NONE).unwrap().body, "");
    }

    #[test]
    fn lists_change_word_by_word() {
        let changes =
            words_changed("a b", "+b c", |tag| Change::Tag(tag.into()), |tag| Change::Untag(tag.into()));
        assert_eq!(changes, [Change::Untag("a".into()), Change::Tag("c".into())]);
    }
}
