//! What of an account's log a snapshot keeps: the log, shortened, so that whoever joins folds it in as any other.
//!
//! Everything but texts stays: which values lost unseen is told by all who wrote a register. Of the texts of a page stay
//! the newest, and those by which it is told whether the page was edited after somebody threw it away, and when it was
//! changed last; each as a whole text.

use super::Arrived;
use super::replay::text_after;
use crate::domain::change::{Body, Operation};
use crate::domain::id::NodeId;
use crate::domain::node::made_at;

/// How the parts of a snapshot are written that this version makes and reads.
pub const FORMAT: u32 = 1;

/// A text of a page.
#[derive(Debug, Clone)]
struct Made {
    arrived: Arrived,
    text: String,
    derived: bool,
}

impl Made {
    /// The operation, with the whole text.
    fn whole(self) -> Arrived {
        let body = Body::TextFull { text: self.text, derived: self.derived };
        Arrived { kind: body.kind(), body: body.encode(), ..self.arrived }
    }
}

/// The texts of a page that stay.
#[derive(Debug, Default)]
struct Texts {
    newest: Option<Made>,
    /// The newest that somebody typed.
    edit: Option<Made>,
    /// The newest that somebody typed on another device than that.
    other: Option<Made>,
    /// The one that was made last by the clocks, and when.
    latest: Option<(u64, Made)>,
}

impl Texts {
    fn take(&mut self, made: Made) {
        let at = made_at(made.arrived.id, Some(made.arrived.received_at));
        if self.latest.as_ref().is_none_or(|(latest, _)| at > *latest) {
            self.latest = Some((at, made.clone()));
        }
        if !made.derived {
            let before = self.edit.replace(made.clone());
            if before.as_ref().is_some_and(|before| before.arrived.device != made.arrived.device) {
                self.other = before;
            }
        }
        self.newest = Some(made);
    }

    fn into_log(self) -> Vec<Arrived> {
        let latest = self.latest.map(|(_, made)| made);
        let kept = [self.newest, self.edit, self.other, latest].into_iter().flatten();
        let mut kept: Vec<Arrived> = kept.map(Made::whole).collect();
        kept.sort_unstable_by_key(|arrived| arrived.seq);
        kept.dedup_by_key(|arrived| arrived.seq);
        kept
    }
}

/// Shortens the log of one entity, which is in its order and whole. `genesis` is the text it begins with. A log with a
/// text that does not fit stays as it is.
pub fn shorten(genesis: &str, log: Vec<Arrived>) -> Vec<Arrived> {
    let (mut texts, mut text) = (Texts::default(), genesis.to_owned());
    for arrived in log.iter().filter(|arrived| arrived.kind.is_text()) {
        let Ok(body) = Body::decode(arrived.kind, &arrived.body) else { return log };
        let derived = !is_edit(arrived, &body);
        let Some(after) = text_after(&text, body) else { return log };
        texts.take(Made { arrived: arrived.clone(), text: after.clone(), derived });
        text = after;
    }
    let mut kept: Vec<Arrived> = log.into_iter().filter(|arrived| !arrived.kind.is_text()).collect();
    kept.extend(texts.into_log());
    kept.sort_unstable_by_key(|arrived| arrived.seq);
    kept
}

fn is_edit(arrived: &Arrived, body: &Body) -> bool {
    let (id, device, entity) = (arrived.id, arrived.device, arrived.entity);
    Operation { id, device, entity, body: body.clone() }.is_edit()
}

/// Adds to the rest of a snapshot, which has the log up to `seq`, the texts that were on their way from here and that
/// the hub took before it: each with its place and when it was taken. Without it what was sent would be merged with
/// itself.
pub fn with_accepted(mut log: Vec<Arrived>, accepted: Vec<Arrived>, seq: u64) -> Vec<Arrived> {
    for own in accepted.into_iter().filter(|own| own.seq <= seq) {
        let at = log.partition_point(|arrived| arrived.seq < own.seq);
        if log.get(at).is_none_or(|there| there.seq != own.seq) {
            log.insert(at, own);
        }
    }
    log
}

/// The entities of a log, each with its part of it, in the order in which they come first.
pub fn by_entity(log: impl IntoIterator<Item = Arrived>) -> Vec<(NodeId, Vec<Arrived>)> {
    let mut places = std::collections::HashMap::new();
    let mut entities: Vec<(NodeId, Vec<Arrived>)> = Vec::new();
    for arrived in log {
        let at = *places.entry(arrived.entity).or_insert(entities.len());
        if at == entities.len() {
            entities.push((arrived.entity, Vec::new()));
        }
        entities[at].1.push(arrived);
    }
    entities
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::change::{Kind, diff_splices, text_hash};
    use crate::domain::id::{DeviceId, OpId};

    fn arrived(seq: u64, device: u8, body: &Body) -> Arrived {
        Arrived {
            seq,
            received_at: 1_000_000 + seq,
            cursor: seq - 1,
            id: OpId::v7(1_000_000 + seq, [seq as u8; 10]),
            device: DeviceId::from_bytes([device; 16]),
            entity: NodeId::from_bytes([7; 16]),
            kind: body.kind(),
            body: body.encode(),
        }
    }

    fn text(seq: u64, device: u8, before: &str, after: &str, derived: bool) -> Arrived {
        let body = Body::Text { splices: diff_splices(before, after), hash: text_hash(after), derived };
        arrived(seq, device, &body)
    }

    fn texts(log: &[Arrived]) -> Vec<(u64, String)> {
        let text = |arrived: &Arrived| match Body::decode(arrived.kind, &arrived.body).unwrap() {
            Body::TextFull { text, .. } => (arrived.seq, text),
            body => panic!("{body:?}"),
        };
        log.iter().map(text).collect()
    }

    #[test]
    fn of_many_texts_the_newest_and_the_newest_edits_of_two_devices_stay_whole() {
        let log = vec![
            text(1, 1, "", "a", false),
            text(2, 2, "a", "ab", false),
            text(3, 1, "ab", "abc", false),
            text(4, 1, "abc", "abcd", false),
            text(5, 3, "abcd", "abcde", true),
        ];
        let kept = shorten("", log);
        assert_eq!(texts(&kept), [(2, "ab".into()), (4, "abcd".into()), (5, "abcde".into())]);
    }

    #[test]
    fn a_text_that_was_made_later_by_its_clock_stays() {
        let late = Arrived { id: OpId::v7(1_050_000, [9; 10]), ..text(1, 1, "", "a", false) };
        let log = vec![late, text(2, 1, "a", "ab", false), text(3, 1, "ab", "abc", false)];
        assert_eq!(texts(&shorten("", log)), [(1, "a".into()), (3, "abc".into())]);
    }

    #[test]
    fn what_does_not_fit_stays_as_it_is() {
        let log = vec![text(1, 1, "", "a", false), text(2, 1, "x", "xyz", false)];
        assert_eq!(shorten("", log.clone()), log);
        let unread = vec![Arrived { kind: Kind::TEXT, body: vec![0xc1], ..log[0].clone() }];
        assert_eq!(shorten("", unread.clone()), unread);
    }

    #[test]
    fn only_what_the_hub_took_before_the_snapshot_is_counted_as_taken() {
        let log = vec![text(2, 1, "", "a", false), text(6, 1, "a", "b", false)];
        let own = |seq| Arrived { body: Vec::new(), ..text(seq, 4, "", "", false) };
        let both = with_accepted(log, vec![own(7), own(6), own(4)], 6);
        assert_eq!(both.iter().map(|arrived| arrived.seq).collect::<Vec<_>>(), [2, 4, 6]);
        assert_eq!(by_entity(both).len(), 1);
    }
}
