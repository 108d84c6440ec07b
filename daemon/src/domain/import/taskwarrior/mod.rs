//! Taskwarrior's JSON, one object a task (Taskwarrior's "JSON format" and what its exports hold in practice).
//!
//! `wait` becomes the defer date, `scheduled` the planned one, `until` the expiry. A template
//! becomes a series. What has no place here (user-defined attributes, a value that cannot be read) is kept under its own
//! name. `id` and `urgency` are derived by
//! Taskwarrior and left out.

mod attributes;
mod date;
mod own;
mod project;
mod recur;
#[cfg(test)]
mod tests;

pub use own::take_own_fields;

use std::collections::BTreeSet;

use serde_json::Value;

use self::attributes::Attributes;
use self::date::Edge;
use super::{ImportProblem, ImportedTask, LogNote};
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::page::{MAX_TITLE, check_title};
use crate::domain::task::Status;
use crate::domain::task::tag::parse_tag;

/// What Taskwarrior works out itself and ignores on import.
const DERIVED: [&str; 2] = ["id", "urgency"];

/// Annotations of one second are moved apart by this much, in milliseconds.
const APART: i64 = 1_000;

/// Reads one task.
///
/// # Errors
/// [`ImportProblem`] for text that is no JSON object, or one without a description or with an unknown status or a
/// malformed uuid. Anything else that is wrong with it becomes a note.
pub fn map(item_json: &str, now: &Now) -> Result<ImportedTask, ImportProblem> {
    let mut attributes = Attributes::parse(item_json, now)?;
    for name in DERIVED {
        attributes.drop(name);
    }
    let description = attributes.text("description").unwrap_or_default();
    let entry = attributes.text("entry");
    let key = key(&mut attributes, &description, entry.as_deref())?;
    let problem = |message: String| ImportProblem { item: key.clone(), message };

    let title = one_line(&description);
    let is_cut = title.chars().nth(MAX_TITLE).is_some();
    let cut: String = title.chars().take(MAX_TITLE).collect();
    let Ok(title) = check_title(&cut, false) else {
        return Err(problem("has no description; give it one in Taskwarrior".to_owned()));
    };
    if is_cut {
        attributes.note("its description is too long for a title; all of it stands in the log".to_owned());
    } else if description.trim().contains(char::is_control) {
        attributes
            .note("its description had line breaks or control characters; they became spaces".to_owned());
    }
    let created = entry.and_then(|text| attributes.instant("entry", &text));
    let modified = attributes.instant_of("modified").or_else(|| attributes.instant_of("modification"));
    let [due, planned, defer] = [("due", Edge::End), ("scheduled", Edge::Start), ("wait", Edge::Start)]
        .map(|(name, edge)| attributes.when(name, edge));
    let mut dates = [due, planned, defer, None];
    let series = recur::series(&mut attributes, &dates, now);
    let recurrence = match series {
        Some(series) => {
            dates = series.dates;
            attributes.keep_taken("until");
            Some(series.recurrence)
        }
        None => {
            dates[3] = attributes.when("until", Edge::End);
            None
        }
    };
    let [due, planned, defer, expires] = dates;
    let state = state(&mut attributes, created, modified, recurrence.is_some()).map_err(problem)?;
    let mut log = Log::new(created.or(modified).unwrap_or_else(|| now.ms()));
    if is_cut {
        log.add(None, &description);
    }
    annotations(&mut attributes, &mut log);

    Ok(ImportedTask {
        title,
        status: state.status,
        status_at: state.at,
        trashed: state.trashed,
        created,
        modified,
        priority: priority(&mut attributes),
        due,
        planned,
        defer,
        expires,
        recurrence,
        project: project(&mut attributes),
        tags: tags(&mut attributes),
        depends_on: depends_on(&mut attributes),
        log: log.notes,
        notes: attributes.take_notes(),
        own: Vec::new(),
        ext: attributes.into_rest(),
        key,
    })
}

/// The uuid, or one made of what the task says, so that importing it twice makes it once.
fn key(
    attributes: &mut Attributes<'_>,
    description: &str,
    entry: Option<&str>,
) -> Result<String, ImportProblem> {
    let Some(uuid) = attributes.text("uuid") else {
        attributes.note("has no uuid; one was derived from its description and entry".to_owned());
        let content = format!("taskwarrior:{}:{description}", entry.unwrap_or_default());
        return Ok(NodeId::derived(&content).to_string());
    };
    read_uuid(&uuid).ok_or_else(|| ImportProblem {
        item: uuid.clone(),
        message: "its uuid is malformed; it has to be 8-4-4-4-12 hexadecimal digits".to_owned(),
    })
}

/// What Taskwarrior's status, start and end come to.
struct State {
    status: Status,
    at: Option<i64>,
    trashed: bool,
}

fn state(
    attributes: &mut Attributes<'_>,
    created: Option<i64>,
    modified: Option<i64>,
    is_series: bool,
) -> Result<State, String> {
    let word = attributes.text("status").unwrap_or_else(|| "pending".to_owned());
    let open = |attributes: &mut Attributes<'_>, trashed| match attributes.instant_of("start") {
        Some(start) => State { status: Status::Doing, at: Some(start), trashed },
        None => State { status: Status::Todo, at: created, trashed },
    };
    match word.as_str() {
        // Old files say `waiting` of what is pending with a wait date.
        "pending" | "waiting" => Ok(open(attributes, false)),
        // Its `end` stays in ext: when something was deleted is not a field of ours.
        "deleted" => Ok(open(attributes, true)),
        "completed" => {
            let end = attributes.instant_of("end");
            Ok(State { status: Status::Done, at: end.or(modified).or(created), trashed: false })
        }
        "recurring" if is_series => {
            attributes.keep("status", Value::from("recurring"));
            Ok(State { status: Status::Todo, at: created, trashed: false })
        }
        "recurring" => {
            attributes.keep("status", Value::from("recurring"));
            attributes.note(
                "is the template of recurring tasks; kept as someday, its rule kept as it is".to_owned(),
            );
            Ok(State { status: Status::Someday, at: created, trashed: false })
        }
        _ => Err(format!(
            "has the unknown status \"{word}\"; expected pending, completed, deleted, waiting or recurring"
        )),
    }
}

fn priority(attributes: &mut Attributes<'_>) -> Option<u8> {
    let letter = attributes.text("priority")?;
    match letter.as_str() {
        "H" => Some(1),
        "M" => Some(2),
        "L" => Some(3),
        _ => {
            attributes.note(format!("priority \"{letter}\" is none of H, M, L; kept as it is"));
            attributes.keep("priority", Value::from(letter));
            None
        }
    }
}

fn project(attributes: &mut Attributes<'_>) -> Option<String> {
    let name = attributes.text("project")?;
    let project = project::path(&name);
    if project.is_altered {
        match &project.path {
            Some(path) => attributes.note(format!("project \"{name}\" became \"{path}\"")),
            None => {
                attributes.note(format!("project \"{name}\" cannot be the title of a page; kept as it is"))
            }
        }
        attributes.keep("project", Value::from(name));
    }
    project.path
}

fn tags(attributes: &mut Attributes<'_>) -> Vec<String> {
    let tags: Vec<String> = match attributes.take("tags") {
        None => return Vec::new(),
        Some(Value::String(joined)) => joined.split([',', ' ']).map(str::to_owned).collect(),
        Some(Value::Array(values)) if values.iter().all(Value::is_string) => {
            values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Some(other) => {
            attributes.keep_unread("tags", other);
            return Vec::new();
        }
    };
    let (mut read, mut others) = (Vec::new(), Vec::new());
    for tag in tags {
        match parse_tag(tag.trim()) {
            Some(tag) => read.push(tag),
            None if tag.trim().is_empty() => {}
            None => others.push(Value::from(tag)),
        }
    }
    if !others.is_empty() {
        attributes.keep_unread("tags", Value::Array(others));
    }
    each_once(read)
}

/// Reads the three shapes exports have: an array, uuids joined by commas, and an array inside a text.
fn depends_on(attributes: &mut Attributes<'_>) -> Vec<String> {
    let Some(value) = attributes.take("depends") else { return Vec::new() };
    let listed: Option<Vec<String>> = match &value {
        Value::Array(values) => values.iter().map(|value| value.as_str().map(str::to_owned)).collect(),
        Value::String(text) if text.trim_start().starts_with('[') => serde_json::from_str(text).ok(),
        Value::String(text) => Some(text.split(',').map(|uuid| uuid.trim().to_owned()).collect()),
        _ => None,
    };
    match listed.and_then(|listed| listed.iter().map(|uuid| read_uuid(uuid)).collect::<Option<Vec<_>>>()) {
        Some(uuids) => each_once(uuids),
        None => {
            attributes.keep_unread("depends", value);
            Vec::new()
        }
    }
}

/// Notes at times of their own.
struct Log {
    /// The time of what has none.
    undated: i64,
    taken: BTreeSet<i64>,
    notes: Vec<LogNote>,
}

impl Log {
    fn new(undated: i64) -> Self {
        Self { undated, taken: BTreeSet::new(), notes: Vec::new() }
    }

    fn add(&mut self, at: Option<i64>, text: &str) {
        let mut at = at.unwrap_or(self.undated);
        while !self.taken.insert(at) {
            at += APART;
        }
        self.notes.push(LogNote { at, text: text.to_owned() });
    }
}

fn annotations(attributes: &mut Attributes<'_>, log: &mut Log) {
    let annotations = match attributes.take("annotations") {
        None => return,
        Some(Value::Array(annotations)) => annotations,
        Some(other) => return attributes.keep_unread("annotations", other),
    };
    let mut unread = Vec::new();
    for annotation in annotations {
        let Some(text) = annotation.get("description").and_then(Value::as_str) else {
            unread.push(annotation);
            continue;
        };
        let entry = annotation.get("entry").and_then(Value::as_str);
        let at = entry.and_then(|entry| attributes.instant("annotations", entry));
        if at.is_none() {
            attributes.note("an annotation has no time; it got the task's".to_owned());
        }
        log.add(at, text);
    }
    if !unread.is_empty() {
        attributes.keep_unread("annotations", Value::Array(unread));
    }
}

/// A uuid in the form Taskwarrior writes, in lower case.
fn read_uuid(text: &str) -> Option<String> {
    let uuid = text.parse::<NodeId>().ok()?.to_string();
    uuid.eq_ignore_ascii_case(text).then_some(uuid)
}

/// A text with every line break and control character a space, and none around it.
fn one_line(text: &str) -> String {
    text.replace("\r\n", " ").replace(char::is_control, " ").trim().to_owned()
}

fn each_once(texts: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    texts.into_iter().filter(|text| seen.insert(text.clone())).collect()
}
