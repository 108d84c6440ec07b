//! `heph page new`, `page revert`, and saves from any editor.

use jiff::civil::Time;

use super::add::checked_text;
use super::refusal::{Need, Refusal, RefusalKind, Stop};
use super::{AppliedSave, Context, Decision, Edit, Outcome, Step};
use crate::domain::change::text_hash;
use crate::domain::id::{MutationId, NodeId};
use crate::domain::merge::merge3;
use crate::domain::node::{Node, NodeKind, register};
use crate::domain::page::{
    Journal, RevisionRef, RevisionToken, TEMPLATES, TemplateTime, check_title, render_template, split_path,
};
use crate::domain::value::Value;

/// The key of the page everything begins at.
pub const HOME_KEY: &str = "page:home";

/// Its title while nobody gave it another.
const HOME: &str = "Home";

/// Makes a page.
pub(super) fn new(
    context: &Context<'_>,
    path: &str,
    text: &str,
    template: Option<&str>,
) -> Result<Decision, Stop> {
    if let Some(hit) = context.view.pages_titled(path)?.iter().find(|hit| hit.is_at(path)) {
        let hint = format!("heph edit {}", context.short_ids.show(hit.id));
        return Err(Refusal::refused(format!("there is a page “{path}” already")).hint(hint).into());
    }
    let text = match template {
        Some(template) => filled_template(context, path, template)? + text,
        None => text.to_owned(),
    };
    let text = checked_text(&text)?;
    let (id, edit) = context.new_page(path, NodeKind::Page, &[])?;
    let mut edits = vec![edit];
    // A text that is not as it was sent is told, so that an editor can show it.
    let told = if template.is_some() { text.clone() } else { String::new() };
    let outcome = Outcome { summary: told, ..Outcome::changed(vec![id]) };
    if !text.is_empty() {
        edits.push(Edit::Text { node: id, text });
    }
    Ok(Decision::verb(format!("page new “{path}”"), edits, outcome))
}

/// Where a template of a name stands.
pub fn template_path(name: &str) -> String {
    let name = name.trim().trim_start_matches("[[").trim_end_matches("]]");
    match name.split_once('/') {
        Some((folder, _)) if folder.trim().eq_ignore_ascii_case(TEMPLATES) => name.to_owned(),
        _ => format!("{TEMPLATES}/{name}"),
    }
}

fn filled_template(context: &Context<'_>, path: &str, name: &str) -> Result<String, Stop> {
    let template = template_path(name);
    let hits = context.view.pages_titled(&template)?;
    let Some(hit) = hits.iter().find(|hit| hit.is_at(&template)) else {
        return Err(Refusal::new(RefusalKind::NotFound, format!("there is no template “{name}”"))
            .hint(format!("heph page list {TEMPLATES} shows them; a template is a page in that folder"))
            .into());
    };
    let at = context.now.local().datetime();
    let (_, title) = split_path(path);
    let title = check_title(title, true).map_err(|error| Refusal::invalid(path, error.to_string()))?;
    let at = TemplateTime { date: at.date(), time: at.time() };
    Ok(render_template(context.view.text(hit.id)?, &title, at))
}

/// Gives a node the text of an earlier revision.
pub(super) fn revert(context: &Context<'_>, reference: &str, rev: RevisionRef) -> Result<Decision, Stop> {
    let node = context.find_one(reference)?;
    let text = match context.view.text_at(node.id, rev.rev)? {
        Some(text) if rev.rev <= node.text.rev && rev.fits(text) => text.to_owned(),
        _ => {
            let id = context.short_ids.show(node.id);
            let message = format!("“{}” has no revision {}", node.title(), rev.rev);
            let hint = format!("heph page history {id} shows them");
            return Err(Refusal::new(RefusalKind::NotFound, message).hint(hint).into());
        }
    };
    let is_same = context.view.text(node.id)? == text;
    let mut edits = vec![Edit::Text { node: node.id, text }];
    if node.is_trashed() {
        edits.push(Edit::set(node.id, register::TRASHED, Value::Nil));
    }
    let outcome = match is_same {
        true => Outcome { unchanged: vec![node.id], ..Outcome::default() },
        false => Outcome::changed(vec![node.id]),
    };
    Ok(Decision::verb(format!("revert “{}” to {}", node.title(), rev.rev), edits, outcome))
}

/// Saves a text that was made of its base. What others made of the base meanwhile is merged with it. A save brings a node
/// out of the trash: what was typed is never hidden. Boxes that were ticked change the statuses of their tasks.
pub(super) fn save(
    context: &Context<'_>,
    id: NodeId,
    key: Option<&str>,
    base: RevisionToken,
    after: &[MutationId],
    text: &str,
) -> Result<Decision, Stop> {
    let text = checked_text(text)?;
    let mut edits = Vec::new();
    let mut outcome = Outcome::changed(vec![id]);
    let node = context.view.node(id)?.filter(|node| node.exists());
    let title = match node {
        Some(node) => {
            let shown = context.shown_text(id, context.view.text(id)?)?;
            if shown != text {
                let Base { text: base, theirs } = base_text(context, node, shown, base, after)?;
                let merged = merge3(&base, &theirs, &text);
                // What comes of two ticks is one tick.
                let mut ticks = context.ticks(id, &theirs, &merged)?;
                context.moved_here(id, &merged, &mut ticks)?;
                let merged = ticks.shown(merged);
                edits.extend(ticks.edits);
                outcome.changed.extend(ticks.changed);
                outcome.notes = ticks.notes;
                if merged != text {
                    outcome.summary.clone_from(&merged);
                    outcome.typed = Some(text);
                }
                edits.push(Edit::Text { node: id, text: checked_text(&merged)? });
            }
            if node.is_trashed() {
                edits.push(Edit::set(id, register::TRASHED, Value::Nil));
                outcome.notes.push("it was in the trash, and is back".to_owned());
            }
            node.title().to_owned()
        }
        None => {
            let (made, title) = page_to_be(context, id, key)?;
            edits.extend([made, Edit::Text { node: id, text }]);
            title
        }
    };
    outcome.count = outcome.changed.len() as u64;
    Ok(Decision { edits, outcome, step: Step::None, label: format!("save “{title}”") })
}

/// What a saved text is merged over.
struct Base {
    /// The text that it was made from, as its client had it.
    text: String,
    /// The text that stands now, as that client would have it.
    theirs: String,
}

/// The text the client's was made from, as it was shown there; a conflict if the page never had such a text.
fn base_text(
    context: &Context<'_>,
    node: &Node,
    shown: String,
    base: RevisionToken,
    after: &[MutationId],
) -> Result<Base, Stop> {
    let stored = context.view.text(node.id)?;
    let newest = context.view.newest_applied(after)?;
    // What the client saved last it knows as it typed it, what it opened as it was shown.
    let token = |text: &str| RevisionToken::new(node.text.rev, text_hash(text));
    let at = |rev| context.view.text_or_genesis_at(node.id, rev);
    let as_typed = |text: String| Base { text, theirs: stored.to_owned() };
    match newest.filter(|save| save.rev > base.rev) {
        // The client goes on from what it typed, until it has taken in what came of it.
        Some(AppliedSave { typed: Some(typed), .. }) => return Ok(as_typed(typed.clone())),
        Some(save) if node.text.rev == save.rev => return Ok(as_typed(stored.to_owned())),
        Some(save) => return Ok(as_typed(at(save.rev)?)),
        None if base == token(&shown) => return Ok(Base { text: shown.clone(), theirs: shown }),
        None if base == token(stored) => return Ok(as_typed(stored.to_owned())),
        None if base.rev <= node.text.rev => {
            let earlier = at(base.rev)?;
            let is_base = |text: &str| base == RevisionToken::new(base.rev, text_hash(text));
            if is_base(&earlier) {
                return Ok(as_typed(earlier));
            }
            // A journal nobody had written yet was shown with its template.
            if base.rev == 0
                && let Some(journal) = Journal::from_title(node.title())
            {
                let begun = context.new_journal_text(journal)?;
                if is_base(&begun) {
                    return Ok(as_typed(begun));
                }
            }
            // Boxes of tasks were shown as their tasks stood.
            let as_shown = context.shown_text(node.id, &earlier)?;
            if is_base(&as_shown) {
                return Ok(Base { text: as_shown, theirs: shown });
            }
        }
        None => {}
    }
    let message = format!("“{}” never had the text that yours was made from", node.title());
    let refusal = Refusal::new(RefusalKind::Conflict, message);
    Err(refusal.hint("open the page again and put your text in").into())
}

/// The edit that makes the page of a key that is not there yet, and its title.
pub(super) fn page_to_be(
    context: &Context<'_>,
    id: NodeId,
    key: Option<&str>,
) -> Result<(Edit, String), Refusal> {
    match key.and_then(Journal::from_key) {
        Some(journal) if journal.id() == id => Ok((create_journal(context, journal), journal.title())),
        None if key == Some(HOME_KEY) && id == NodeId::home() => Ok((create_home(context), HOME.to_owned())),
        _ => Err(Refusal::not_found(&id.to_string())),
    }
}

/// The edit that makes a journal.
pub(super) fn create_journal(context: &Context<'_>, journal: Journal) -> Edit {
    create(context, journal.id(), &journal.key(), NodeKind::Journal, &journal.title())
}

/// The edit that makes the home page.
fn create_home(context: &Context<'_>) -> Edit {
    create(context, NodeId::home(), HOME_KEY, NodeKind::Page, HOME)
}

/// The edit that makes a page of a kind.
pub(super) fn create(context: &Context<'_>, id: NodeId, key: &str, kind: NodeKind, title: &str) -> Edit {
    let registers = [
        (register::KEY, Value::from(key)),
        (register::KIND, kind.word().into()),
        (register::TITLE, title.into()),
        (register::CREATED, context.now.ms().into()),
    ];
    Edit::Set {
        node: id,
        registers: registers.into_iter().map(|(name, value)| (name.into(), value)).collect(),
    }
}

/// The home page before anybody wrote it: its key, title and text.
pub fn home_page() -> (&'static str, &'static str, String) {
    (HOME_KEY, HOME, String::new())
}

/// Where the template of a journal stands.
pub fn journal_template(journal: Journal) -> String {
    let name = match journal {
        Journal::Day(_) => "Journal",
        Journal::Week { .. } => "Week",
    };
    format!("{TEMPLATES}/{name}")
}

/// The text a new journal begins with: its first line, and its template filled in for its date alone, so that two
/// machines that begin it have the same. A template with a heading of its own brings that instead.
pub fn journal_text(journal: Journal, template: Option<&str>) -> String {
    let genesis = journal.genesis();
    let Some(template) = template.filter(|template| !template.trim().is_empty()) else { return genesis };
    let at = TemplateTime { date: journal.first_day(), time: Time::midnight() };
    let filled = render_template(template, &journal.title(), at);
    if filled.starts_with("# ") || filled.starts_with("---") {
        filled
    } else {
        format!("{genesis}\n{filled}")
    }
}

impl Context<'_> {
    /// The text a new journal begins with.
    pub(super) fn new_journal_text(&self, journal: Journal) -> Result<String, Need> {
        let path = journal_template(journal);
        let hits = self.view.pages_titled(&path)?;
        let template = match hits.iter().find(|hit| hit.is_at(&path)) {
            Some(hit) => Some(self.view.text(hit.id)?),
            None => None,
        };
        Ok(journal_text(journal, template))
    }
}
