//! `heph field add`: fields of the user's own.

use super::{Written, refusal, usable};
use crate::domain::settings::{parse_name, register};
use crate::domain::suggest::nearest;
use crate::domain::task::filter::{self, Sort};
use crate::domain::task::own::{FieldKind, MAX_CHOICES, OwnField, OwnFields};
use crate::domain::task::quick_add;
use crate::domain::verbs::Context;
use crate::domain::verbs::refusal::{Refusal, Stop};

/// The longest label and the longest choice, in characters.
const LONGEST: usize = 60;

/// How choices are written.
const CHOICES: &str = "words with commas between them: small,medium,large";

/// Names that mean something where fields are shown or asked, beside the keys of filters, quick-add and sorts.
const RESERVED: [&str; 42] = [
    "and",
    "or",
    "not",
    "view",
    "context",
    "field",
    "fields",
    "id",
    "short",
    "mark",
    "tags",
    "repeats",
    "every",
    "remind",
    "reminders",
    "kind",
    "area",
    "outcome",
    "review",
    "reviewed",
    "sequential",
    "weight",
    "text",
    "all",
    "depends-on",
    "depends_on",
    "flags",
    "full-id",
    "full_id",
    "started",
    "waiting",
    "lead",
    "p1",
    "p2",
    "p3",
    "p4",
    "trashed",
    "http",
    "https",
    "mailto",
    "file",
    "ftp",
];

/// Declares a field.
pub(super) fn declare(
    context: &Context<'_>,
    name: &str,
    kind: &str,
    choices: &[String],
    label: Option<&str>,
) -> Result<Written, Stop> {
    let named = parse_name("field", name).map_err(|error| refusal(name, error))?;
    if is_taken(&named) {
        let message = format!("`{named}:` means something already");
        return Err(Refusal::invalid(name, message)
            .hint(format!("name it otherwise, as `own_{named}`"))
            .into());
    }
    let field =
        OwnField { name: named.as_str().into(), kind: read_kind(kind, choices)?, label: read_label(label)? };
    let is_unfit = |value| field.fit(value).is_none();
    let unfit =
        context.open.iter().filter_map(|task| task.field(&field.name)).filter(|value| is_unfit(value));
    let mut notes = match unfit.count() {
        0 => Vec::new(),
        1 => vec!["the value of 1 open task does not fit: it is shown, and filters as none".to_owned()],
        count => {
            vec![format!("the values of {count} open tasks do not fit: they are shown, and filter as none")]
        }
    };
    let summary = format!("field {named}: {}", field.words());
    let value = field.to_value();
    notes.extend(usable::broken(context.open.settings(), context.now, |language| {
        language.fields.insert(field);
    }));
    let register = format!("{}{named}", register::FIELD);
    Ok(Written { notes, ..Written::new(register, value, summary) })
}

/// What becomes of the values of a field that is declared no more.
pub(super) fn left_behind(context: &Context<'_>, name: &str) -> Vec<String> {
    let count = context.open.iter().filter(|task| task.field(name).is_some()).count();
    let of = match count {
        0 => return Vec::new(),
        1 => "1 open task keeps its value".to_owned(),
        count => format!("{count} open tasks keep their values"),
    };
    vec![format!("{of}, to be seen again when the field is declared again")]
}

/// Whether a name is one of the language's.
fn is_taken(name: &str) -> bool {
    filter::is_key(name)
        || quick_add::is_key(name)
        || Sort::parse(name, &OwnFields::NONE).is_ok()
        || RESERVED.contains(&name)
}

fn read_kind(kind: &str, choices: &[String]) -> Result<FieldKind, Refusal> {
    let word = kind.trim().to_lowercase();
    let plain = match word.as_str() {
        "string" => FieldKind::Text,
        "number" => FieldKind::Number,
        "date" => FieldKind::Date,
        "duration" => FieldKind::Duration,
        "choice" if choices.is_empty() => {
            return Err(Refusal::invalid(kind, "a choice needs its choices").hint(CHOICES));
        }
        "choice" => return read_choices(choices).map(FieldKind::Choice),
        _ => {
            let hint = nearest(&word, FieldKind::WORDS)
                .map_or_else(|| FieldKind::WORDS.join(", "), |near| format!("did you mean `{near}`?"));
            return Err(Refusal::invalid(kind, format!("`{kind}` is no kind of field")).hint(hint));
        }
    };
    if choices.is_empty() {
        return Ok(plain);
    }
    let message = format!("a {word} has no choices");
    Err(Refusal::invalid(&choices.join(","), message).hint("heph field add size choice small,medium,large"))
}

fn read_choices(choices: &[String]) -> Result<Vec<Box<str>>, Refusal> {
    let read: Vec<&str> = choices.iter().flat_map(|choices| choices.split(',')).map(str::trim).collect();
    let typed = choices.join(",");
    let is_word = |choice: &&str| {
        !choice.is_empty()
            && choice.chars().count() <= LONGEST
            && choice.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'))
    };
    let mut folded: Vec<String> = read.iter().map(|choice| choice.to_lowercase()).collect();
    folded.sort_unstable();
    folded.dedup();
    let message = match read.len() {
        count if count > MAX_CHOICES => format!("{count} choices are too many: {MAX_CHOICES} at most"),
        count if folded.len() < count => "one choice stands twice".to_owned(),
        _ if !read.iter().all(is_word) => format!("`{typed}` are no choices"),
        _ => return Ok(read.into_iter().map(Into::into).collect()),
    };
    Err(Refusal::invalid(&typed, message).hint(CHOICES))
}

fn read_label(label: Option<&str>) -> Result<Option<Box<str>>, Refusal> {
    let Some(label) = label.map(str::trim).filter(|label| !label.is_empty()) else { return Ok(None) };
    if label.chars().count() > LONGEST || label.contains(char::is_control) {
        return Err(Refusal::invalid(label, format!("a label is one line of {LONGEST} characters at most")));
    }
    Ok(Some(label.into()))
}
