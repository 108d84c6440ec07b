//! What a command came to, kept with its transaction so that a repeat is answered alike.

use crate::domain::id::{GroupId, NodeId};
use crate::domain::page::RevisionToken;
use crate::domain::value::Value;

/// Something undo left as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedEdit {
    /// The node.
    pub node: NodeId,
    /// The register, or `text`.
    pub field: String,
    /// Why.
    pub reason: String,
}

/// What a command came to. Nodes are named, not copied: whoever answers shows them as they are then.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Nodes that changed; at most [`Outcome::MOST_NODES`] are kept.
    pub changed: Vec<NodeId>,
    /// How many changed in all.
    pub count: u64,
    /// Nodes that were as asked already.
    pub unchanged: Vec<NodeId>,
    /// Tasks that nothing blocks any more.
    pub unblocked: Vec<NodeId>,
    /// What was understood of a line: start, end, text, field, meaning.
    pub recognised: Vec<(u32, u32, String, String, String)>,
    /// Things to know.
    pub notes: Vec<String>,
    /// The group that undo takes; for undo and redo, the group they took.
    pub group: Option<GroupId>,
    /// What undo left.
    pub skipped: Vec<SkippedEdit>,
    /// What the undone group had done.
    pub summary: String,
    /// Which text it left in the first of the nodes that changed: the base of the client's next save, whatever was
    /// written since.
    pub text: Option<RevisionToken>,
    /// What was typed, when that is not the text it left because it was merged: the client's next save may be made of it.
    pub typed: Option<String>,
    /// Nodes in which links were rewritten, with how many; at most [`Outcome::MOST_NODES`] are kept.
    pub rewritten: Vec<(NodeId, u32)>,
    /// How many links were rewritten in all.
    pub links: u64,
    /// Counts of an import: created, updated, unchanged.
    pub imported: [u64; 3],
}

/// A stored outcome cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed outcome")]
pub struct MalformedOutcome;

impl Outcome {
    /// The most nodes of a kind an outcome names.
    pub const MOST_NODES: usize = 256;

    /// The most things to know it keeps: as many as an import batch has items.
    pub const MOST_NOTES: usize = 1_000;

    /// An outcome in which these nodes changed.
    pub fn changed(nodes: Vec<NodeId>) -> Self {
        Self { count: nodes.len() as u64, changed: nodes, ..Self::default() }
    }

    /// Cuts long lists to what is kept.
    pub fn bound(&mut self) {
        for nodes in [&mut self.changed, &mut self.unchanged, &mut self.unblocked] {
            nodes.truncate(Self::MOST_NODES);
        }
        self.notes.truncate(Self::MOST_NOTES);
        self.rewritten.truncate(Self::MOST_NODES);
        self.skipped.truncate(Self::MOST_NODES);
    }

    /// The stored form: a list that later versions may lengthen.
    pub fn encode(&self) -> Vec<u8> {
        let texts = |texts: &[String]| Value::List(texts.iter().map(|text| text.as_str().into()).collect());
        let recognised = self.recognised.iter().map(|(start, end, text, field, meaning)| {
            let place = [Value::Int((*start).into()), Value::Int((*end).into())];
            Value::List(place.into_iter().chain([text, field, meaning].map(|t| t.as_str().into())).collect())
        });
        let skipped = self.skipped.iter().map(|skip| {
            Value::List(vec![skip.node.into(), skip.field.as_str().into(), skip.reason.as_str().into()])
        });
        let mut out = Vec::new();
        Value::List(vec![
            ids(&self.changed),
            Value::Int(self.count as i64),
            ids(&self.unchanged),
            ids(&self.unblocked),
            Value::List(recognised.collect()),
            texts(&self.notes),
            self.group.map_or(Value::Nil, |group| Value::Bytes(group.as_bytes().to_vec())),
            Value::List(skipped.collect()),
            self.summary.as_str().into(),
            Value::List(self.imported.iter().map(|&count| Value::Int(count as i64)).collect()),
            self.text.map_or(Value::Nil, |token| token.to_string().into()),
            Value::List(
                self.rewritten
                    .iter()
                    .flat_map(|&(node, links)| [node.into(), Value::Int(links.into())])
                    .collect(),
            ),
            Value::Int(self.links as i64),
            self.typed.as_deref().map_or(Value::Nil, Value::from),
        ])
        .encode(&mut out);
        out
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// [`MalformedOutcome`]
    pub fn decode(mut bytes: &[u8]) -> Result<Self, MalformedOutcome> {
        let list = Value::decode(&mut bytes).map_err(|_| MalformedOutcome)?;
        let [
            changed,
            count,
            unchanged,
            unblocked,
            recognised,
            notes,
            group,
            skipped,
            summary,
            imported,
            added @ ..,
        ] = list.as_list()
        else {
            return Err(MalformedOutcome);
        };
        let number = |value: &Value| value.as_int().and_then(|n| u64::try_from(n).ok());
        let text = |value: &Value| value.as_text().map(str::to_owned);
        let mut counts = [0; 3];
        for (count, value) in counts.iter_mut().zip(imported.as_list()) {
            *count = number(value).ok_or(MalformedOutcome)?;
        }
        let read = || -> Option<Self> {
            Some(Self {
                changed: read_ids(changed)?,
                count: number(count)?,
                unchanged: read_ids(unchanged)?,
                unblocked: read_ids(unblocked)?,
                recognised: recognised.as_list().iter().map(read_recognised).collect::<Option<_>>()?,
                notes: notes.as_list().iter().map(text).collect::<Option<_>>()?,
                group: group.as_bytes().and_then(|bytes| GroupId::from_slice(bytes).ok()),
                skipped: skipped.as_list().iter().map(read_skipped).collect::<Option<_>>()?,
                summary: text(summary)?,
                imported: counts,
                text: added.first().and_then(Value::as_text).and_then(|token| token.parse().ok()),
                rewritten: added.get(1).map(read_rewritten).unwrap_or_default(),
                links: added.get(2).and_then(number).unwrap_or_default(),
                typed: added.get(3).and_then(text),
            })
        };
        read().ok_or(MalformedOutcome)
    }
}

fn ids(nodes: &[NodeId]) -> Value {
    Value::List(nodes.iter().map(|&id| id.into()).collect())
}

fn read_ids(value: &Value) -> Option<Vec<NodeId>> {
    value.as_list().iter().map(read_id).collect()
}

fn read_id(value: &Value) -> Option<NodeId> {
    NodeId::from_slice(value.as_bytes()?).ok()
}

fn read_recognised(value: &Value) -> Option<(u32, u32, String, String, String)> {
    let [start, end, text, field, meaning] = value.as_list() else { return None };
    let place = |value: &Value| u32::try_from(value.as_int()?).ok();
    let text_of = |value: &Value| value.as_text().map(str::to_owned);
    Some((place(start)?, place(end)?, text_of(text)?, text_of(field)?, text_of(meaning)?))
}

fn read_rewritten(value: &Value) -> Vec<(NodeId, u32)> {
    let pairs = value.as_list().as_chunks::<2>().0.iter();
    pairs.filter_map(|[node, links]| Some((read_id(node)?, u32::try_from(links.as_int()?).ok()?))).collect()
}

fn read_skipped(value: &Value) -> Option<SkippedEdit> {
    let [node, field, reason] = value.as_list() else { return None };
    Some(SkippedEdit {
        node: read_id(node)?,
        field: field.as_text()?.to_owned(),
        reason: reason.as_text()?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_comes_back() {
        let outcome = Outcome {
            unchanged: vec![NodeId::home()],
            unblocked: vec![NodeId::derived("x")],
            recognised: vec![(0, 3, "fri".into(), "due".into(), "Fri 2026-11-27".into())],
            notes: vec!["made project “Home”".into()],
            group: Some(GroupId::from_bytes([3; 16])),
            skipped: vec![SkippedEdit {
                node: NodeId::home(),
                field: "due".into(),
                reason: "changed since".into(),
            }],
            summary: "done".into(),
            imported: [1, 2, 3],
            rewritten: vec![(NodeId::home(), 2), (NodeId::derived("x"), 1)],
            links: 3,
            text: Some(RevisionToken { rev: 12, hash: [0, 1, 2, 254] }),
            ..Outcome::changed(vec![NodeId::home()])
        };
        assert_eq!(Outcome::decode(&outcome.encode()), Ok(outcome));
        assert_eq!(Outcome::decode(b"\xc0"), Err(MalformedOutcome));
    }
}
