//! Reads what deciding or resolving asks for, set-wise, into a view.

use std::collections::HashMap;

use super::writer::typed;
use crate::domain::id::NodeId;
use crate::domain::page::{LinkSource, TitleHit, TypedPath, name_title};
use crate::domain::verbs::{AppliedSave, GroupLog, GroupTxn, Need, Recorded, View};
use crate::store::{Database, GroupRecord, LinkQuery, Recorded as RecordedOutcome, Role, StoreError};

/// Reads what is needed.
pub(super) async fn read(db: &Database, view: &mut View, need: Need) -> Result<(), StoreError> {
    match need {
        Need::Nodes(ids) => {
            let mut nodes = db.nodes(&ids).await?;
            for id in ids {
                view.put_node(id, nodes.remove(&id));
            }
        }
        Need::Texts(ids) => read_texts(db, view, ids).await?,
        Need::TextsAt(places) => {
            for (id, rev) in places {
                view.put_text_at(id, rev, db.text_at(id, rev).await?);
            }
        }
        Need::Titles(typed) => read_titles(db, view, &typed).await?,
        Need::LinksTo(title_keys) => read_links(db, view, title_keys).await?,
        Need::PagesIn(folder) => view.put_pages_in(&folder, db.pages_in(&folder).await?),
        Need::Group(id) => view.put_group(id, db.group(id).await?.map(group_log)),
        Need::Undoable => view.put_undoable(db.last_undoable(2).await?),
        Need::Redoable => view.put_redoable(db.last_redoable().await?),
        Need::MadeByUndo(ids) => {
            let made = db.made_by_undo(&ids).await?;
            for id in ids {
                view.put_made_by_undo(id, made.contains(&id));
            }
        }
        Need::Applied(ids) => {
            let outcomes = db.outcomes(&ids).await?;
            for id in ids {
                let applied = match outcomes.get(&id) {
                    Some(RecordedOutcome::Applied { rev, outcome }) => {
                        Some(AppliedSave { rev: *rev, typed: typed(outcome) })
                    }
                    Some(RecordedOutcome::Burnt) | None => None,
                };
                view.put_applied(id, applied);
            }
        }
    }
    Ok(())
}

async fn read_texts(db: &Database, view: &mut View, ids: Vec<NodeId>) -> Result<(), StoreError> {
    let unread: Vec<NodeId> = ids.iter().copied().filter(|id| view.node(*id).is_err()).collect();
    if !unread.is_empty() {
        let mut nodes = db.nodes(&unread).await?;
        for id in unread {
            view.put_node(id, nodes.remove(&id));
        }
    }
    let mut texts = db.texts(&ids).await?;
    for id in ids {
        view.put_text(id, texts.remove(&id));
    }
    Ok(())
}

async fn read_titles(db: &Database, view: &mut View, typed: &[String]) -> Result<(), StoreError> {
    let paths: Vec<TypedPath> = typed.iter().map(|typed| TypedPath::new(typed)).collect();
    let mut keys: Vec<String> = paths.iter().flat_map(TypedPath::title_keys).map(str::to_owned).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut hits: HashMap<String, Vec<TitleHit>> = HashMap::new();
    for hit in db.by_title(&keys).await? {
        hits.entry(hit.title_key.clone()).or_default().push(hit);
    }
    for key in keys {
        let found = hits.remove(&key).unwrap_or_default();
        view.put_titles(&key, found);
    }
    Ok(())
}

async fn read_links(db: &Database, view: &mut View, title_keys: Vec<String>) -> Result<(), StoreError> {
    let query = LinkQuery { titles: title_keys, ..LinkQuery::default() };
    let mut sources: HashMap<String, Vec<LinkSource>> = HashMap::new();
    for source in db.link_sources(&query).await? {
        sources.entry(name_title(&source.name).to_owned()).or_default().push(source);
    }
    for key in query.titles {
        let found = sources.remove(&key).unwrap_or_default();
        view.put_links_to(&key, found);
    }
    Ok(())
}

fn group_log(record: GroupRecord) -> GroupLog {
    let mut operations = record.ops.into_iter().peekable();
    let label = record.txns.first().map(|txn| txn.label.clone()).unwrap_or_default();
    let is_undo = record.txns.first().is_some_and(|txn| txn.role == Role::Undo);
    let txns = record.txns.iter().map(|txn| {
        let mut of_txn = Vec::new();
        while let Some(op) = operations.next_if(|op| op.rev == txn.rev) {
            of_txn.push(Recorded { operation: op.operation, before: op.before, creates: op.creates });
        }
        GroupTxn { rev: txn.rev, operations: of_txn }
    });
    let txns = txns.collect();
    GroupLog { label, is_undo, txns, lost: record.lost }
}
