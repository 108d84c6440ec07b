//! `heph attach`, `heph attachment delete`: files that belong to a page.

use super::add::checked_text;
use super::pages::page_to_be;
use super::refusal::{Refusal, RefusalKind, Stop};
use super::{Context, Decision, Edit, Outcome};
use crate::domain::id::NodeId;
use crate::domain::node::{Node, attachment as register_of, register};
use crate::domain::page::{Attachment, BlobHash, Journal, check_file_name, embed, numbered};
use crate::domain::value::Value;

/// The most files of one page.
const MOST: usize = 1_000;

/// A file whose bytes are kept by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttachment {
    /// The page or task it is for.
    pub node: NodeId,
    /// Key of a page that may not be there yet.
    pub key: Option<String>,
    /// The name it is to have.
    pub name: String,
    /// What is in it.
    pub hash: BlobHash,
    /// Its size.
    pub bytes: u64,
    /// Whether to show it at the end of the text.
    pub insert: bool,
}

/// Records a file. Another one of the same name leaves it a number behind its name; the same one again changes nothing.
pub(super) fn attach(context: &Context<'_>, new: &NewAttachment) -> Result<Decision, Stop> {
    let id = new.node;
    let name = check_file_name(&new.name).map_err(|error| Refusal::invalid(&new.name, error.to_string()))?;
    let mut edits = Vec::new();
    let node = context.view.node(id)?.filter(|node| node.exists());
    let (title, text) = match node {
        Some(node) => {
            if node.is_trashed() {
                edits.push(Edit::set(id, register::TRASHED, Value::Nil));
            }
            let text = if new.insert { context.view.text(id)?.to_owned() } else { String::new() };
            (node.title().to_owned(), text)
        }
        None => {
            let (made, title) = page_to_be(context, id, new.key.as_deref())?;
            edits.push(made);
            let text = match new.key.as_deref().and_then(Journal::from_key) {
                Some(journal) => context.new_journal_text(journal)?,
                None => String::new(),
            };
            // A page that is made begins with its text, whether the file is shown in it or not.
            if !new.insert && !text.is_empty() {
                edits.push(Edit::Text { node: id, text: text.clone() });
            }
            (title, text)
        }
    };
    let (name, is_there) = free_name(node, &name, new.hash)?;
    if !is_there {
        let added = context.now.ms();
        let attachment = Attachment { name: name.clone(), hash: new.hash, bytes: new.bytes, added };
        edits.push(Edit::set(id, register_of(&name), attachment.value()));
    }
    let shown = embed(&name);
    if new.insert && !text.contains(&shown) {
        edits.push(Edit::Text { node: id, text: checked_text(&with_embed(text, &shown))? });
    }
    let mut outcome = Outcome { summary: name.clone(), ..Outcome::changed(vec![id]) };
    if edits.is_empty() {
        (outcome.changed, outcome.unchanged, outcome.count) = (Vec::new(), vec![id], 0);
    }
    Ok(Decision::verb(format!("attach {name} to “{title}”"), edits, outcome))
}

/// The name a file gets, and whether the page has that very file under it.
fn free_name(node: Option<&Node>, name: &str, hash: BlobHash) -> Result<(String, bool), Refusal> {
    let Some(node) = node else { return Ok((name.to_owned(), false)) };
    if node.attachments().count() >= MOST {
        let message = format!("“{}” has {MOST} files already", node.title());
        return Err(Refusal::refused(message).hint("attach it to another page"));
    }
    let mut number = 1;
    let mut tried = name.to_owned();
    loop {
        match node.attachment(&tried) {
            None => return Ok((tried, false)),
            Some(same) if same.hash == hash => return Ok((same.name, true)),
            Some(_) => {
                number += 1;
                tried = numbered(name, number);
            }
        }
    }
}

/// The text with the file shown on a line of its own behind it.
fn with_embed(mut text: String, shown: &str) -> String {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(shown);
    text.push('\n');
    text
}

/// Takes the record of a file away; its bytes stay, so that this can be undone.
pub(super) fn detach(context: &Context<'_>, reference: &str, name: &str) -> Result<Decision, Stop> {
    let node = context.find_one(reference)?;
    let Some(attachment) = node.attachment(name) else { return Err(no_such(node.title(), name).into()) };
    let edits = vec![Edit::set(node.id, register_of(name), Value::Nil)];
    let label = format!("take {} from “{}”", attachment.name, node.title());
    Ok(Decision::verb(label, edits, Outcome::changed(vec![node.id])))
}

/// A page has no file of that name.
pub fn no_such(title: &str, name: &str) -> Refusal {
    Refusal::new(RefusalKind::NotFound, format!("“{title}” has no file “{name}”"))
        .hint("heph attachment list <page> shows those it has")
}
