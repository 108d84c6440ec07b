//! `heph config set`: what the user sets for all machines.

mod field;
mod usable;
mod view;

pub(crate) use usable::{check_context, check_view};

use super::refusal::{Refusal, RefusalKind, Stop};
use super::{Context, Decision, Edit, Outcome};
use crate::domain::id::NodeId;
use crate::domain::settings::{Key, SavedContext, SettingError, parse_name, register, show};
use crate::domain::suggest::nearest;
use crate::domain::task::filter::{self, FilterError, Vocabulary};
use crate::domain::task::saved_view::SavedView;
use crate::domain::value::Value;

/// Says that there is no context.
pub(crate) const NONE: &str = "none";

/// A change of the settings, as asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingChange {
    /// Gives a key a value.
    Set {
        /// The key.
        key: String,
        /// The value, as typed.
        value: String,
    },
    /// Gives a key its default back.
    Unset {
        /// The key.
        key: String,
    },
    /// Keeps a context.
    Context {
        /// Its name.
        name: String,
        /// Its filter.
        filter: String,
        /// Tokens of a new task; without them those of the filter, where it is nothing but tags and a project.
        new_task: Option<String>,
    },
    /// Takes a context away.
    NoContext {
        /// Its name.
        name: String,
    },
    /// Keeps a view.
    View {
        /// Its name.
        name: String,
        /// The view.
        view: SavedView,
    },
    /// Takes a view away.
    NoView {
        /// Its name.
        name: String,
    },
    /// Declares a field.
    Field {
        /// Its name.
        name: String,
        /// What it holds, in a word.
        kind: String,
        /// The choices of a choice.
        choices: Vec<String>,
        /// What people see instead of the name.
        label: Option<String>,
    },
    /// Takes the declaration of a field away.
    NoField {
        /// Its name.
        name: String,
    },
}

/// A register of the settings with the value it gets, and what is said of it.
struct Written {
    name: String,
    value: Value,
    summary: String,
    notes: Vec<String>,
}

impl Written {
    fn new(name: String, value: Value, summary: String) -> Self {
        Self { name, value, summary, notes: Vec::new() }
    }
}

/// Changes one setting.
pub(super) fn change(context: &Context<'_>, change: &SettingChange) -> Result<Decision, Stop> {
    let written = match change {
        SettingChange::Set { key, value } => set(key, value)?,
        SettingChange::Unset { key } => unset(context, key)?,
        SettingChange::Context { name, filter, new_task } => {
            keep_context(context, name, filter, new_task.as_deref())?
        }
        SettingChange::NoContext { name } => take_away(context, "context", register::CONTEXT, name)?,
        SettingChange::View { name, view } => view::keep(context, name, view)?,
        SettingChange::NoView { name } => {
            let mut written = take_away(context, "view", register::VIEW, name)?;
            written.notes = notes_of_absence(context, &written.name);
            written
        }
        SettingChange::Field { name, kind, choices, label } => {
            field::declare(context, name, kind, choices, label.as_deref())?
        }
        SettingChange::NoField { name } => {
            let mut written = take_away(context, "field", register::FIELD, name)?;
            written.notes = notes_of_absence(context, &written.name);
            written
        }
    };
    let edit = Edit::set(NodeId::SETTINGS, written.name, written.value);
    let outcome = Outcome { summary: written.summary.clone(), notes: written.notes, ..Outcome::default() };
    Ok(Decision::verb(written.summary, vec![edit], outcome))
}

fn set(key: &str, value: &str) -> Result<Written, Stop> {
    let known = Key::parse(key).map_err(|error| refusal(key, error))?;
    let value = known.read(value).map_err(|error| refusal(value, error))?;
    let shown = show(&known.name(), &value).unwrap_or_default();
    Ok(Written::new(known.name(), value, format!("set {} to {shown}", known.name())))
}

/// Whatever is set can be unset; a key that never was is one of those there are.
fn unset(context: &Context<'_>, key: &str) -> Result<Written, Stop> {
    let node = context.view.node(NodeId::SETTINGS)?;
    if node.is_some_and(|node| !node.registers.value(key).is_nil()) {
        let notes = notes_of_absence(context, key);
        let written = Written::new(key.to_owned(), Value::Nil, format!("unset {key}"));
        return Ok(Written { notes, ..written });
    }
    let known = Key::parse(key).map_err(|error| refusal(key, error))?;
    Ok(Written::new(known.name(), Value::Nil, format!("unset {}", known.name())))
}

/// What is said when a register of the settings is taken away.
fn notes_of_absence(context: &Context<'_>, register: &str) -> Vec<String> {
    let settings = context.open.settings();
    if let Some(name) = register.strip_prefix(register::VIEW) {
        return usable::broken(settings, context.now, |language| _ = language.views.remove(name));
    }
    let Some(name) = register.strip_prefix(register::FIELD) else { return Vec::new() };
    let mut notes = field::left_behind(context, name);
    notes.extend(usable::broken(settings, context.now, |language| {
        language.fields.remove(name);
    }));
    notes
}

fn keep_context(
    context: &Context<'_>,
    name: &str,
    filter: &str,
    new_task: Option<&str>,
) -> Result<Written, Stop> {
    let named = parse_name("context", name).map_err(|error| refusal(name, error))?;
    if named == NONE {
        return Err(Refusal::invalid(name, "`none` says that there is no context")
            .hint("name it otherwise")
            .into());
    }
    let filter = filter.trim();
    if filter.is_empty() {
        let hint = format!("heph context set {named} proj:Work/ --new '+work proj:Work'");
        return Err(Refusal::invalid("", "a context without a filter would be all tasks").hint(hint).into());
    }
    let saved = SavedContext { filter: filter.into(), new_task: new_task.map(|tokens| tokens.trim().into()) };
    check_context(&saved, &context.open.settings().vocabulary, context.now)?;
    let defaults = saved.defaults();
    let note = match (&saved.new_task, defaults.as_str()) {
        (None, "") => {
            "a task added in it gets nothing from it: --new '+tag proj:Home' says what it gets".to_owned()
        }
        (_, "") => "a task added in it gets nothing from it".to_owned(),
        (Some(_), tokens) => format!("a task added in it gets {tokens}"),
        (None, tokens) => {
            format!("a task added in it gets {tokens}, as its filter says; --new '…' changes that")
        }
    };
    let summary = format!("context {named}: {}", saved.words());
    let name = format!("{}{named}", register::CONTEXT);
    Ok(Written { notes: vec![note], ..Written::new(name, saved.to_value(), summary) })
}

/// Takes something away that has a name.
fn take_away(context: &Context<'_>, what: &str, prefix: &str, name: &str) -> Result<Written, Stop> {
    let node = context.view.node(NodeId::SETTINGS)?;
    let named = parse_name(what, name).map_err(|error| refusal(name, error))?;
    let register = format!("{prefix}{named}");
    let is_there = node.is_some_and(|node| !node.registers.value(&register).is_nil());
    if !is_there {
        let names =
            node.into_iter().flat_map(|node| node.registers.with_prefix(prefix).map(|(name, _)| name));
        return Err(no_such(what, &named, names).into());
    }
    Ok(Written::new(register, Value::Nil, format!("delete {what} {named}")))
}

/// There is nothing of that name.
pub(crate) fn no_such<'a>(what: &str, name: &str, names: impl Iterator<Item = &'a str>) -> Refusal {
    let names: Vec<&str> = names.collect();
    let hint = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean {near}?"),
        None if names.is_empty() => format!("heph {what} --help says how to make one"),
        None => format!("there {} {}", if names.len() == 1 { "is" } else { "are" }, names.join(", ")),
    };
    Refusal::new(RefusalKind::NotFound, format!("there is no {what} “{name}”")).hint(hint)
}

/// Refuses a filter that cannot be read.
fn check_filter(text: &str, vocabulary: &Vocabulary) -> Result<(), Refusal> {
    filter::parse(text, vocabulary).map(drop).map_err(|error| filter_refusal(text, error))
}

/// A refusal that points at the place in a filter.
fn filter_refusal(text: &str, error: FilterError) -> Refusal {
    let kind = RefusalKind::Invalid { text: text.to_owned(), start: error.start, end: error.end };
    Refusal { kind, message: error.message, hint: error.hint }
}

fn refusal(text: &str, error: SettingError) -> Refusal {
    Refusal::invalid(text, error.message).hint(error.hint)
}
