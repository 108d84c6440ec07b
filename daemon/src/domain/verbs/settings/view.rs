//! `heph view save`: filters that have a name, and how their tasks are shown.

use super::{Written, check_filter, filter_refusal, refusal};
use crate::domain::settings::{parse_name, register};
use crate::domain::task::filter::{Grouping, Sort, Vocabulary};
use crate::domain::task::saved_view::SavedView;
use crate::domain::verbs::Context;
use crate::domain::verbs::refusal::{Refusal, Stop};

/// Most columns of a view.
const MOST_COLUMNS: usize = 40;

/// Keeps a view whose filter can be read, also with all views that it takes in.
pub(super) fn keep(context: &Context<'_>, name: &str, view: &SavedView) -> Result<Written, Stop> {
    let named = parse_name("view", name).map_err(|error| refusal(name, error))?;
    let mut vocabulary = context.open.settings().vocabulary.clone();
    let has_filter = |view: &SavedView| !view.filter.trim().is_empty();
    if !has_filter(view) && vocabulary.views.get(named.as_str()).is_some_and(has_filter) {
        let message = format!("view {named} has a filter, and none is given");
        let hint = format!("say the filter as well, or take the view away first: heph view delete {named}");
        return Err(Refusal::refused(message).hint(hint).into());
    }
    vocabulary.views.insert(named.as_str().into(), view.clone());
    check_filter(&view.filter, &vocabulary)?;
    if let Some(sort) = view.sort.as_deref() {
        Sort::parse(sort, &vocabulary.fields).map_err(|error| filter_refusal(sort, error))?;
    }
    if let Some(group) = view.group.as_deref() {
        Grouping::parse(group).map_err(|error| filter_refusal(group, error))?;
    }
    if let Some(columns) = view.columns.as_deref() {
        check_columns(columns)?;
    }
    let words = Some(view.words()).filter(|words| !words.is_empty());
    let summary = format!("view {named}: {}", words.as_deref().unwrap_or("all open tasks"));
    let register = format!("{}{named}", register::VIEW);
    let notes = broken(&context.open.settings().vocabulary, &vocabulary);
    Ok(Written { notes, ..Written::new(register, view.to_value(), summary) })
}

/// Which other views cannot be used any more, and could before.
pub(super) fn broken(before: &Vocabulary, after: &Vocabulary) -> Vec<String> {
    let can = |filter: &str, vocabulary| check_filter(filter, vocabulary).is_ok();
    let views = after.views.iter().filter(|(_, view)| can(&view.filter, before) && !can(&view.filter, after));
    views.map(|(name, _)| format!("view {name} cannot be used any more")).collect()
}

/// Names of columns are the clients' own; here they only have to be names.
fn check_columns(names: &str) -> Result<(), Refusal> {
    let all: Vec<&str> = names.split(',').map(str::trim).collect();
    let is_name = |name: &&str| {
        !name.is_empty()
            && name.len() <= MOST_COLUMNS
            && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    if all.len() <= MOST_COLUMNS && all.iter().all(is_name) {
        return Ok(());
    }
    let hint = "names, comma-separated, as heph list --columns takes them";
    Err(Refusal::invalid(names, format!("`{names}` are no names of columns")).hint(hint))
}
