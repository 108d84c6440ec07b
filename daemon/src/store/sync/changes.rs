//! What a commit writes of sync.

use sqlx::error::BoxDynError;
use sqlx::sqlite::SqliteArguments;

use crate::domain::id::{DeviceId, NodeId, OpId};
use crate::domain::sync::pull::{Acknowledged, Carried, Unfit};
use crate::domain::sync::{Conflict, Head, HeadText, Outgoing};
use crate::store::node_row::bind_id;
use crate::store::statement::{Load, Table};

/// How this store stands to its hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncState {
    /// Issuer of the login whose account it is.
    pub issuer: String,
    /// Subject of that login.
    pub subject: String,
    /// Epoch of the account, when it was read last.
    pub epoch: u64,
    /// How far the account's log is read.
    pub cursor: u64,
    /// The device id that the hub knows.
    pub device: Option<DeviceId>,
    /// How far the hub's clock is ahead of this one, in milliseconds, where that matters.
    pub shift_ms: i64,
    /// Own operations up to this revision may be at the hub.
    pub sent_rev: u64,
    /// When the two were last known to agree, Unix milliseconds; 0 for never.
    pub synced_at: i64,
}

/// What a commit writes of sync.
#[derive(Debug, Clone, Default)]
pub struct SyncChanges {
    /// How the store stands to its hub.
    pub state: Option<SyncState>,
    /// Own operations the hub has.
    pub acknowledged: Vec<Acknowledged>,
    /// Working texts that are sent.
    pub carried: Vec<Carried>,
    /// The newest texts at the hub.
    pub heads: Vec<(NodeId, Head)>,
    /// Texts that go out.
    pub outgoing: Vec<Outgoing>,
    /// Pages whose text is no longer on its way.
    pub settled: Vec<NodeId>,
    /// Values that lost unseen, with when that was found.
    pub conflicts: Vec<(Conflict, i64)>,
    /// Those that were, and are seen now.
    pub resolved: Vec<(NodeId, Box<str>, OpId)>,
    /// Registers that were written here, where everything listed is seen.
    pub written: Vec<(NodeId, Box<str>)>,
    /// Those that a person does not want to see any more.
    pub dismissed: Vec<(NodeId, Box<str>, OpId)>,
    /// What could not be folded in.
    pub unfit: Vec<Unfit>,
    /// Own operations that the hub refuses: operation, node, why, when.
    pub parked: Vec<(OpId, NodeId, String, i64)>,
    /// Those that are to be tried again.
    pub unparked: Vec<OpId>,
    /// Own operations that are given up.
    pub discarded: Vec<OpId>,
    /// Operations that are stamped anew: id and body.
    pub restamped: Vec<(OpId, Vec<u8>)>,
}

impl SyncChanges {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.state.is_none()
            && self.acknowledged.is_empty()
            && self.carried.is_empty()
            && self.heads.is_empty()
            && self.outgoing.is_empty()
            && self.settled.is_empty()
            && self.conflicts.is_empty()
            && self.resolved.is_empty()
            && self.written.is_empty()
            && self.dismissed.is_empty()
            && self.unfit.is_empty()
            && self.parked.is_empty()
            && self.unparked.is_empty()
            && self.discarded.is_empty()
            && self.restamped.is_empty()
    }
}

const STATE: Table = Table {
    head: "INSERT OR REPLACE INTO sync (one, issuer, subject, epoch, cursor, device, shift_ms, sent_rev, synced_at)",
    columns: 9,
    tail: "",
};

const ACKNOWLEDGED: Table = Table {
    head: "WITH came (id, seq, at) AS (",
    columns: 3,
    tail: ") UPDATE op SET hub_seq = came.seq, received_at = came.at FROM came WHERE op.op_id = came.id",
};

const CARRIED: Table = Table {
    head: "WITH went (node, rev, by) AS (",
    columns: 3,
    tail: ") UPDATE op SET carried_by = went.by FROM went WHERE op.ent = went.node AND op.rev <= went.rev \
           AND op.hub_seq IS NULL AND op.carried_by IS NULL AND op.place = 0 AND op.kind < 3",
};

const HEAD: Table = Table {
    head: "INSERT OR REPLACE INTO head (node, seq, revisions, rev, body, broken)",
    columns: 6,
    tail: "",
};

const OUTGOING: Table = Table {
    head: "INSERT OR REPLACE INTO outgoing (node, op_id, base, rev, cursor, kind, body, target)",
    columns: 8,
    tail: "",
};

/// What the hub refused of a text that is not on its way any more is of no interest.
const SUPERSEDED: Table = Table {
    head: "DELETE FROM parked WHERE op_id IN (SELECT op_id FROM outgoing WHERE node IN (",
    columns: 1,
    tail: "))",
};

const SETTLED: Table = Table { head: "DELETE FROM outgoing WHERE node IN (", columns: 1, tail: ")" };

const CONFLICT: Table = Table {
    head: "INSERT INTO conflict (node, name, lost_by, won_by, lost, at_ms, dismissed)",
    columns: 7,
    tail: "ON CONFLICT (node, name, lost_by) DO UPDATE SET won_by = excluded.won_by",
};

const RESOLVED: Table =
    Table { head: "DELETE FROM conflict WHERE (node, name, lost_by) IN (", columns: 3, tail: ")" };

const WRITTEN: Table = Table { head: "DELETE FROM conflict WHERE (node, name) IN (", columns: 2, tail: ")" };

const DISMISSED: Table = Table {
    head: "UPDATE conflict SET dismissed = 1 WHERE (node, name, lost_by) IN (",
    columns: 3,
    tail: ")",
};

const UNFIT: Table = Table {
    head: "INSERT OR REPLACE INTO unfit (seq, op_id, device, ent, kind, cursor, received_at, body, reason)",
    columns: 9,
    tail: "",
};

const PARKED: Table =
    Table { head: "INSERT OR REPLACE INTO parked (op_id, node, reason, at_ms)", columns: 4, tail: "" };

const UNPARKED: Table = Table { head: "DELETE FROM parked WHERE op_id IN (", columns: 1, tail: ")" };

const DISCARDED: Table =
    Table { head: "UPDATE op SET carried_by = zeroblob(16) WHERE op_id IN (", columns: 1, tail: ")" };

const RESTAMPED: Table = Table {
    head: "WITH anew (id, body) AS (",
    columns: 2,
    tail: ") UPDATE op SET body = anew.body FROM anew WHERE op.op_id = anew.id",
};

/// The statements, in three phases: what rests on what goes, what goes, and what comes.
pub(in crate::store) fn loads(changes: &SyncChanges) -> [Vec<Load<'_>>; 3] {
    let state = changes.state.as_slice();
    let first = vec![Load::new(&SUPERSEDED, &changes.settled, bind_id)];
    let gone = vec![
        Load::new(&RESOLVED, &changes.resolved, bind_key),
        Load::new(&WRITTEN, &changes.written, |(node, name), arguments| {
            use sqlx::Arguments as _;
            arguments.add(node.as_bytes().as_slice())?;
            arguments.add(&**name)
        }),
        Load::new(&SETTLED, &changes.settled, bind_id),
        Load::new(&UNPARKED, &changes.unparked, bind_op_id),
        Load::new(&ACKNOWLEDGED, &changes.acknowledged, bind_acknowledged),
        Load::new(&CARRIED, &changes.carried, bind_carried),
        Load::new(&DISCARDED, &changes.discarded, bind_op_id),
        Load::new(&RESTAMPED, &changes.restamped, |(id, body), arguments| {
            use sqlx::Arguments as _;
            arguments.add(id.as_bytes().as_slice())?;
            arguments.add(body.as_slice())
        }),
    ];
    let come = vec![
        Load::new(&STATE, state, bind_state),
        Load::new(&HEAD, &changes.heads, bind_head),
        Load::new(&OUTGOING, &changes.outgoing, bind_outgoing),
        Load::new(&CONFLICT, &changes.conflicts, bind_conflict),
        Load::new(&DISMISSED, &changes.dismissed, bind_key),
        Load::new(&UNFIT, &changes.unfit, bind_unfit),
        Load::new(&PARKED, &changes.parked, bind_parked),
    ];
    [first, gone, come]
}

fn bind_op_id(id: &OpId, arguments: &mut SqliteArguments) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    arguments.add(id.as_bytes().as_slice())
}

fn bind_state(state: &SyncState, arguments: &mut SqliteArguments) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    arguments.add(1_i64)?;
    arguments.add(state.issuer.as_str())?;
    arguments.add(state.subject.as_str())?;
    arguments.add(state.epoch as i64)?;
    arguments.add(state.cursor as i64)?;
    arguments.add(state.device.map(|id| id.as_bytes().to_vec()))?;
    arguments.add(state.shift_ms)?;
    arguments.add(state.sent_rev as i64)?;
    arguments.add(state.synced_at)
}

fn bind_acknowledged(came: &Acknowledged, arguments: &mut SqliteArguments) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    arguments.add(came.op.as_bytes().as_slice())?;
    arguments.add(came.seq as i64)?;
    arguments.add(came.received_at as i64)
}

fn bind_carried(carried: &Carried, arguments: &mut SqliteArguments) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    arguments.add(carried.node.as_bytes().as_slice())?;
    arguments.add(carried.rev as i64)?;
    arguments.add(carried.by.as_bytes().as_slice())
}

fn bind_head((node, head): &(NodeId, Head), arguments: &mut SqliteArguments) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    let (rev, body) = match &head.text {
        HeadText::Revision(0) => (None, None),
        HeadText::Revision(rev) => (Some(*rev as i64), None),
        HeadText::Apart(text) => (None, Some(text.as_str())),
    };
    arguments.add(node.as_bytes().as_slice())?;
    arguments.add(head.seq as i64)?;
    arguments.add(head.revisions as i64)?;
    arguments.add(rev)?;
    arguments.add(body)?;
    arguments.add(head.is_broken)
}

fn bind_outgoing(outgoing: &Outgoing, arguments: &mut SqliteArguments) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    arguments.add(outgoing.node.as_bytes().as_slice())?;
    arguments.add(outgoing.id.as_bytes().as_slice())?;
    arguments.add(outgoing.base as i64)?;
    arguments.add(outgoing.rev as i64)?;
    arguments.add(outgoing.cursor as i64)?;
    arguments.add(i64::from(outgoing.kind.0))?;
    arguments.add(outgoing.body.as_slice())?;
    arguments.add(outgoing.target.as_str())
}

fn bind_conflict(
    (conflict, at): &(Conflict, i64),
    arguments: &mut SqliteArguments,
) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    let mut lost = Vec::new();
    conflict.lost.encode(&mut lost);
    arguments.add(conflict.node.as_bytes().as_slice())?;
    arguments.add(&*conflict.name)?;
    arguments.add(conflict.lost_by.as_bytes().as_slice())?;
    arguments.add(conflict.won_by.as_bytes().as_slice())?;
    arguments.add(lost)?;
    arguments.add(*at)?;
    arguments.add(false)
}

fn bind_key(
    (node, name, lost_by): &(NodeId, Box<str>, OpId),
    arguments: &mut SqliteArguments,
) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    arguments.add(node.as_bytes().as_slice())?;
    arguments.add(&**name)?;
    arguments.add(lost_by.as_bytes().as_slice())
}

fn bind_unfit(unfit: &Unfit, arguments: &mut SqliteArguments) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    let arrived = &unfit.arrived;
    arguments.add(arrived.seq as i64)?;
    arguments.add(arrived.id.as_bytes().as_slice())?;
    arguments.add(arrived.device.as_bytes().as_slice())?;
    arguments.add(arrived.entity.as_bytes().as_slice())?;
    arguments.add(i64::from(arrived.kind.0))?;
    arguments.add(arrived.cursor as i64)?;
    arguments.add(arrived.received_at as i64)?;
    arguments.add(arrived.body.as_slice())?;
    arguments.add(unfit.reason)
}

fn bind_parked(
    (id, node, reason, at): &(OpId, NodeId, String, i64),
    arguments: &mut SqliteArguments,
) -> Result<(), BoxDynError> {
    use sqlx::Arguments as _;
    arguments.add(id.as_bytes().as_slice())?;
    arguments.add(node.as_bytes().as_slice())?;
    arguments.add(reason.as_str())?;
    arguments.add(*at)
}
