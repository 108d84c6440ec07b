//! `heph view save`: filters that have a name, and how their tasks are shown.

use super::usable::{broken, check_view};
use super::{Written, refusal};
use crate::domain::settings::{parse_name, register};
use crate::domain::task::filter::Vocabulary;
use crate::domain::task::saved_view::SavedView;
use crate::domain::verbs::Context;
use crate::domain::verbs::refusal::{Refusal, Stop};

/// Keeps a view whose filter can be read, also with all views that it takes in.
pub(super) fn keep(context: &Context<'_>, name: &str, view: &SavedView) -> Result<Written, Stop> {
    let named = parse_name("view", name).map_err(|error| refusal(name, error))?;
    let settings = context.open.settings();
    let has_filter = |view: &SavedView| !view.filter.trim().is_empty();
    if !has_filter(view) && settings.vocabulary.views.get(named.as_str()).is_some_and(has_filter) {
        let message = format!("view {named} has a filter, and none is given");
        let hint = format!("say the filter as well, or take the view away first: heph view delete {named}");
        return Err(Refusal::refused(message).hint(hint).into());
    }
    let add = |language: &mut Vocabulary| _ = language.views.insert(named.as_str().into(), view.clone());
    let mut after = settings.vocabulary.clone();
    add(&mut after);
    check_view(view, &after)?;
    let words = Some(view.words()).filter(|words| !words.is_empty());
    let summary = format!("view {named}: {}", words.as_deref().unwrap_or("all open tasks"));
    let register = format!("{}{named}", register::VIEW);
    let notes = broken(settings, context.now, add);
    Ok(Written { notes, ..Written::new(register, view.to_value(), summary) })
}
