//! Whether views and contexts can be used, and which ones a change of the language breaks.

use super::{check_filter, filter_refusal};
use crate::domain::date::Now;
use crate::domain::settings::{SavedContext, Settings};
use crate::domain::task::filter::{Grouping, Sort, Vocabulary};
use crate::domain::task::quick_add::parse_defaults;
use crate::domain::task::saved_view::SavedView;
use crate::domain::verbs::fields::parse_refusal;
use crate::domain::verbs::refusal::Refusal;

/// Longest name of a column.
const LONGEST_COLUMN: usize = 40;

/// Most columns of a view.
const MOST_COLUMNS: usize = 40;

/// Checks everything of a view that does not need the store.
///
/// # Errors
/// [`Refusal`] that says what of it cannot be used.
pub(crate) fn check_view(view: &SavedView, vocabulary: &Vocabulary) -> Result<(), Refusal> {
    check_filter(&view.filter, vocabulary)?;
    if let Some(sort) = view.sort.as_deref() {
        Sort::parse(sort, &vocabulary.fields).map_err(|error| filter_refusal(sort, error))?;
    }
    if let Some(group) = view.group.as_deref() {
        Grouping::parse(group).map_err(|error| filter_refusal(group, error))?;
    }
    view.columns.as_deref().map_or(Ok(()), check_columns)
}

/// Checks everything of a context that does not need the store.
///
/// # Errors
/// [`Refusal`] that says what of it cannot be used.
pub(crate) fn check_context(
    context: &SavedContext,
    vocabulary: &Vocabulary,
    now: &Now,
) -> Result<(), Refusal> {
    check_filter(&context.filter, vocabulary)?;
    let defaults = context.defaults();
    let read = parse_defaults(&defaults, now, &vocabulary.fields);
    read.map(drop).map_err(|error| parse_refusal(&defaults, error))
}

/// Which views and contexts cannot be used any more once the language has changed, in sentences.
pub(super) fn broken(settings: &Settings, now: &Now, change: impl FnOnce(&mut Vocabulary)) -> Vec<String> {
    let before = &settings.vocabulary;
    let mut after = before.clone();
    change(&mut after);
    let views = after.views.iter().filter(|(name, view)| {
        check_view(view, &after).is_err()
            && before.views.get(*name).is_some_and(|view| check_view(view, before).is_ok())
    });
    let contexts = settings.contexts.iter().filter(|(_, context)| {
        check_context(context, &after, now).is_err() && check_context(context, before, now).is_ok()
    });
    let views = views.map(|(name, _)| ("view", name));
    let contexts = contexts.map(|(name, _)| ("context", name));
    views.chain(contexts).map(|(what, name)| format!("{what} {name} cannot be used any more")).collect()
}

/// Names of columns are the clients' own; here they only have to be names.
fn check_columns(names: &str) -> Result<(), Refusal> {
    let all: Vec<&str> = names.split(',').map(str::trim).collect();
    let is_name = |name: &&str| {
        !name.is_empty()
            && name.len() <= LONGEST_COLUMN
            && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    if all.len() <= MOST_COLUMNS && all.iter().all(is_name) {
        return Ok(());
    }
    let hint = "names, comma-separated, as heph list --columns takes them";
    Err(Refusal::invalid(names, format!("`{names}` are no names of columns")).hint(hint))
}
