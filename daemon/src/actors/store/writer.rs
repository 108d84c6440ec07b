//! The writer task: takes what waits, decides each change in order, commits them as one, then answers.
//!
//! Nothing is answered before it is on disk. A failed commit leaves no trace: its changes are decided anew, one by one
//! when a constraint was hit (a mutation id that was applied before).

use std::cell::RefCell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use heph_protocol::{ErrorCode, WireError};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};
use tokio::time::{Instant, interval_at};
use tracing::{Instrument as _, Span};

use super::indexing::Indexing;
use super::model::ReadModel;
use super::reading::read;
use crate::actors::store_handle::SyncJob;
use crate::domain::change::{Body, Clock};
use crate::domain::date::Now;
use crate::domain::id::{GroupId, MutationId, NodeId};
use crate::domain::node::{Node, NodeKind};
use crate::domain::page::RevisionToken;
use crate::domain::sync::Trace;
use crate::domain::task::reminder::Coming;
use crate::domain::verbs::{
    Command, Context, Decision, Edit, FreshIds, Need, Outcome, Recorded, Refusal, RefusalKind, Stamper, Step,
    Stop, View, decide, record,
};
use crate::environment::Environment;
use crate::rpc::{Applied, refusal_error, store_error};
use crate::store::{
    Batch, Database, Identity, OpRecord, Recorded as RecordedOutcome, Role, StoreError, SyncState, TxnRecord,
    Writer,
};

/// The most changes of one commit; an import batch is a commit of its own size.
pub(super) const MAX_BATCH: usize = 256;

/// The most operations one commit gathers before it is written.
const MAX_BATCH_OPS: usize = 4_096;

/// The most bytes of text one commit gathers before it is written.
const MAX_BATCH_TEXT: usize = 16 << 20;

/// How often a change may ask for more before it is decided. Each asks for all it knows of at once, so a few dozen are
/// many; a rule that goes on asking must not stop all writing.
const MOST_NEEDS: usize = 10_000;

/// How long the outcome of a mutation is kept for a client that asks again.
const KEEP_OUTCOMES: Duration = Duration::from_secs(30 * 24 * 3600);

/// When the store is tidied first, and then how often.
const FIRST_UPKEEP: Duration = Duration::from_secs(600);
const UPKEEP_EVERY: Duration = Duration::from_secs(24 * 3600);

/// A change that waits for the writer.
pub(super) struct Change {
    pub(super) method: &'static str,
    pub(super) command: Command,
    pub(super) dry_run: bool,
    pub(super) mutation: Option<MutationId>,
    pub(super) now: Now,
    pub(super) reply: oneshot::Sender<Result<Written, WireError>>,
    pub(super) span: Span,
    pub(super) permit: OwnedSemaphorePermit,
}

/// What was written, with the nodes it is about.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) applied: Applied,
    pub(super) nodes: HashMap<NodeId, Node>,
}

/// What the writer is asked.
pub(super) enum Job {
    /// To make a change.
    Change(Box<Change>),
    /// To bring the search index up to date, and to say when it is.
    Index(oneshot::Sender<Result<(), WireError>>),
    /// To do something for sync.
    Sync(Box<SyncJob>),
    /// To tell what became of a mutation; one that was not applied is burnt.
    Outcome(MutationId, oneshot::Sender<Result<Option<Written>, WireError>>),
}

/// The one that writes.
pub(super) struct WriterTask {
    pub(super) jobs: mpsc::Receiver<Job>,
    pub(super) db: Database,
    pub(super) writer: Writer,
    pub(super) identity: Identity,
    pub(super) model: Rc<RefCell<ReadModel>>,
    pub(super) environment: Environment,
    pub(super) revision: watch::Sender<u64>,
    /// [`OpenTasks::reminders_version`](crate::domain::task::open_tasks::OpenTasks::reminders_version), as news.
    pub(super) reminders: watch::Sender<u64>,
    pub(super) burnt: HashSet<MutationId>,
    /// Reminders that fired, as far back as they would fire again.
    pub(super) fired: HashSet<Coming>,
    /// How the store stands to its hub.
    pub(super) sync: Option<SyncState>,
    /// Whether values may be listed that lost.
    pub(super) has_conflicts: bool,
}

/// A change that is decided and waits for its commit.
struct Decided {
    change: Box<Change>,
    outcome: Outcome,
}

/// What became of a decision.
enum Taken {
    /// Its operations are gathered.
    ToWrite(Box<Outcome>),
    /// Everything is as asked already, or it was only to be told.
    AsItWas(Box<Written>),
}

/// What one commit will hold.
#[derive(Default)]
struct Gathered {
    view: View,
    batch: Batch,
    decided: Vec<Decided>,
    text_bytes: usize,
}

impl Gathered {
    fn has(&self, mutation: MutationId) -> bool {
        self.decided.iter().any(|decided| decided.change.mutation == Some(mutation))
    }

    fn is_full(&self) -> bool {
        self.batch.ops.len() >= MAX_BATCH_OPS || self.text_bytes >= MAX_BATCH_TEXT
    }
}

impl WriterTask {
    /// Works until all senders are gone, then closes the connection.
    pub(super) async fn run(mut self, mut loaded: watch::Receiver<bool>) {
        if loaded.wait_for(|loaded| *loaded).await.is_err() {
            return;
        }
        let mut waiting = Vec::with_capacity(MAX_BATCH);
        let mut indexing = Indexing::begin();
        let mut upkeep = interval_at(Instant::now() + FIRST_UPKEEP, UPKEEP_EVERY);
        loop {
            tokio::select! {
                biased;
                taken = self.jobs.recv_many(&mut waiting, MAX_BATCH) => match taken {
                    0 => break,
                    _ => {
                        let jobs = indexing.take_asked(waiting.drain(..));
                        if !jobs.is_empty() {
                            self.work(jobs).await;
                            indexing.put_off();
                        }
                        // Who searches waits for the index; under steady writing it has to get its turn.
                        if indexing.is_asked() {
                            self.index_step(&mut indexing).await;
                        }
                    }
                },
                () = indexing.due() => self.index_step(&mut indexing).await,
                _ = upkeep.tick() => self.keep_up().await,
            }
            if let Err(error) = self.writer.checkpoint_when_due(!self.jobs.is_empty()).await {
                tracing::warn!(%error, "the write-ahead log could not be copied into the store; it is tried again");
            }
        }
        if let Err(error) = self.writer.close().await {
            tracing::error!(%error, "the store was not closed cleanly");
        }
    }

    /// Forgets outcomes nobody asks for any more and lets SQLite tidy its statistics and its log.
    async fn keep_up(&mut self) {
        let before = self.environment.clock.now().as_millisecond() - KEEP_OUTCOMES.as_millis() as i64;
        let kept_up = async {
            let forgotten = self.writer.forget_outcomes(before).await?;
            self.writer.optimize().await?;
            self.writer.checkpoint().await?;
            self.burnt = self.db.burnt().await?;
            self.forget_reminders(self.environment.clock.now().as_millisecond()).await?;
            Ok::<_, StoreError>(forgotten)
        };
        match kept_up.await {
            Ok(forgotten) => tracing::debug!(forgotten, "the store was tidied"),
            Err(error) => tracing::warn!(%error, "the store could not be tidied; it is tried again tomorrow"),
        }
    }

    /// Indexes a little more, and answers those who wait for the index once it has all.
    async fn index_step(&mut self, indexing: &mut Indexing) {
        let step = async {
            match self.db.due_documents().await? {
                Some(due) => self.writer.index(&due).await.map(|()| true),
                None => Ok(false),
            }
        };
        indexing.done(step.await);
    }

    async fn work(&mut self, mut jobs: VecDeque<Job>) {
        let mut gathered = Gathered::default();
        if jobs.iter().filter(|job| matches!(job, Job::Change(_))).count() > 1 {
            self.prefetch(&mut gathered.view, &jobs).await;
        }
        while let Some(job) = jobs.pop_front() {
            match job {
                Job::Outcome(mutation, reply) => {
                    self.commit(std::mem::take(&mut gathered)).await;
                    let answer = self.outcome(mutation).await;
                    let _ = reply.send(answer);
                }
                Job::Sync(job) => {
                    self.commit(std::mem::take(&mut gathered)).await;
                    self.sync(*job).await;
                }
                // Taken out before; see `Indexing::take_asked`.
                Job::Index(_) => {}
                Job::Change(change) => {
                    let alone = change.command.needs_what_is_committed() || change.dry_run;
                    let is_repeat = change.mutation.is_some_and(|id| gathered.has(id));
                    if gathered.is_full() || is_repeat || (alone && gathered.view.is_changed()) {
                        self.commit(std::mem::take(&mut gathered)).await;
                    }
                    let span = change.span.clone();
                    self.gather(&mut gathered, change).instrument(span).await;
                }
            }
        }
        self.commit(gathered).await;
    }

    /// Asks each change once what it needs, and reads it all at once.
    async fn prefetch(&self, view: &mut View, jobs: &VecDeque<Job>) {
        let (mut nodes, mut titles) = (Vec::new(), Vec::new());
        for job in jobs {
            let Job::Change(change) = job else { continue };
            if !change.command.may_need_something() {
                continue;
            }
            match self.decide(view, change) {
                Err(Stop::Need(Need::Nodes(more))) => nodes.extend(more),
                Err(Stop::Need(Need::Titles(more))) => titles.extend(more),
                _ => {}
            }
        }
        for need in [Need::Nodes(nodes), Need::Titles(titles)] {
            let is_empty = matches!(&need, Need::Nodes(ids) if ids.is_empty())
                || matches!(&need, Need::Titles(typed) if typed.is_empty());
            if is_empty {
                continue;
            }
            if let Err(error) = read(&self.db, view, need).await {
                tracing::warn!(%error, "reading ahead failed; each change reads for itself");
            }
        }
    }

    fn decide(&self, view: &View, change: &Change) -> Result<Decision, Stop> {
        let mut seed = [0; 10];
        self.environment.entropy.fill(&mut seed);
        let model = self.model.borrow();
        let context = Context {
            now: &change.now,
            view,
            open: &model.open,
            short_ids: &model.short_ids,
            last: model.last,
            fresh: FreshIds { ms: u64::try_from(change.now.ms()).unwrap_or_default(), seed },
        };
        decide(&change.command, &context)
    }

    /// Decides a change, reading what it needs.
    async fn attempt(
        &self,
        view: &mut View,
        change: &Change,
    ) -> Result<Result<Decision, Refusal>, StoreError> {
        for _ in 0..MOST_NEEDS {
            match self.decide(view, change) {
                Ok(decision) => return Ok(Ok(decision)),
                Err(Stop::Refused(refusal)) => return Ok(Err(refusal)),
                Err(Stop::Need(need)) => read(&self.db, view, need).await?,
            }
        }
        Err(StoreError::Corrupt(format!("{} asks for more and more", change.method)))
    }

    /// Decides a change and puts it into what is gathered, or answers it when there is nothing to write.
    async fn gather(&mut self, gathered: &mut Gathered, change: Box<Change>) {
        if change.mutation.is_some_and(|id| self.burnt.contains(&id)) {
            return answer(change, Err(burnt_error()));
        }
        let attempt = match self.attempt(&mut gathered.view, &change).await {
            Ok(attempt) => attempt,
            Err(error) => return answer(change, Err(store_error(&error))),
        };
        let nothing_to_write = match attempt.map(|decision| self.take(gathered, &change, decision)) {
            Ok(Taken::ToWrite(outcome)) => {
                return gathered.decided.push(Decided { change, outcome: *outcome });
            }
            Ok(Taken::AsItWas(written)) => Ok(written),
            Err(refusal) => Err(refusal),
        };
        if !gathered.decided.is_empty() {
            // It was decided on changes that are not on disk yet, and which may have to be known by what the log says
            // of their mutations. They are written first, then it is decided anew.
            Box::pin(self.commit(std::mem::take(gathered))).await;
            return Box::pin(self.gather(gathered, change)).await;
        }
        let first = self.first_outcome(&change).await;
        let now = match (first, nothing_to_write) {
            (Some(first), _) => first,
            (None, Ok(written)) => Ok(*written),
            (None, Err(refusal)) => Err(self.refused(refusal).await),
        };
        answer(change, now);
    }

    /// Makes operations of a decision and puts them into what is gathered.
    fn take(&mut self, gathered: &mut Gathered, change: &Change, decision: Decision) -> Taken {
        let rev = self.identity.revision + 1;
        let now_ms = change.now.ms();
        let mut clock = Clock::after(self.identity.clock);
        let entropy = self.environment.entropy.clone();
        let mut random = || {
            let mut bytes = [0; 10];
            entropy.fill(&mut bytes);
            bytes
        };
        let mut stamper = Stamper {
            device: self.identity.device,
            clock: &mut clock,
            wall_ms: self.stamp_ms(now_ms),
            random: &mut random,
        };
        let Decision { edits, mut outcome, step, label } = decision;
        let bytes = text_bytes(&edits);
        let recorded = record(&mut gathered.view, edits, rev, &mut stamper);
        outcome.bound();
        if change.command.is_about_a_text() {
            outcome.text = text_made(&gathered.view, &outcome);
        }
        if change.dry_run || recorded.is_empty() {
            let written = written(&gathered.view, change.method, outcome);
            if change.dry_run {
                gathered.view = View::default();
            }
            return Taken::AsItWas(Box::new(written));
        }
        let group = Some(GroupId::v7(u64::try_from(now_ms).unwrap_or_default(), random()));
        let (role, group, undoes) = match step {
            Step::None => (Role::Do, None, None),
            Step::Do => (Role::Do, group, None),
            Step::Undo(undone) => (Role::Undo, group, Some(undone)),
            Step::Redo(undone) => (Role::Redo, group, Some(undone)),
        };
        if step == Step::Do {
            outcome.group = group;
        }
        gathered.view.forget_undo();
        gathered.text_bytes += bytes;
        self.identity.revision = rev;
        self.identity.clock = clock.last();
        gathered.batch.txns.push(TxnRecord {
            rev,
            mutation_id: change.mutation,
            group,
            role,
            undoes,
            wall_ms: now_ms,
            label,
            outcome: stored(change.method, &outcome),
        });
        let trace = Trace { cursor: self.cursor(), ..Trace::default() };
        if self.has_conflicts {
            let written = recorded.iter().flat_map(written_registers);
            gathered.batch.sync.written.extend(written);
        }
        let ops = recorded.into_iter().zip(0..);
        gathered.batch.ops.extend(ops.map(|(recorded, index)| op_record(recorded, rev, index, trace)));
        Taken::ToWrite(Box::new(outcome))
    }

    /// Writes what is gathered, takes it into the model and answers.
    async fn commit(&mut self, mut gathered: Gathered) {
        if gathered.decided.is_empty() {
            return;
        }
        gathered.batch.texts =
            gathered.view.changed_texts().map(|(id, text)| (id, text.to_owned())).collect();
        gathered.batch.facts = gathered.view.changed_facts();
        gathered.batch.nodes = gathered.view.take_changed_nodes();
        gathered.batch.clock = self.identity.clock;
        match self.writer.commit(&gathered.batch).await {
            Ok(()) => {
                gathered.view.put_back(std::mem::take(&mut gathered.batch.nodes));
                self.committed(gathered).await;
            }
            Err(error) => self.failed(gathered, error).await,
        }
    }

    async fn committed(&mut self, mut gathered: Gathered) {
        // What an editor saves, or an import brings, is not what a person did last.
        let is_deed = |decided: &&Decided| decided.outcome.group.is_some();
        let deeds = gathered.decided.iter().rev().filter(is_deed);
        if let Some(touched) = deeds.filter_map(|decided| told_of(&decided.outcome)).next() {
            self.model.borrow_mut().last = Some(touched);
        }
        self.publish(&gathered.view).await;
        for Decided { change, outcome } in gathered.decided.drain(..) {
            let written = written(&gathered.view, change.method, outcome);
            answer(change, Ok(written));
        }
        // Freeing all of a large batch takes as long as a tenth of its commit: SQLite is at the next one meanwhile.
        actix_rt::spawn(async move { drop(gathered) });
    }

    /// Nothing was written: a change that hit a constraint was perhaps applied before, the others are tried again.
    async fn failed(&mut self, gathered: Gathered, error: StoreError) {
        let count = gathered.decided.len() as u64;
        self.identity.revision -= count;
        if !error.is_constraint() {
            for Decided { change, .. } in gathered.decided {
                answer(change, Err(store_error(&error)));
            }
            return;
        }
        for Decided { change, .. } in gathered.decided {
            if count == 1 {
                let first = self.first_outcome(&change).await;
                answer(change, first.unwrap_or_else(|| Err(store_error(&error))));
                return;
            }
            let mut alone = Gathered::default();
            self.gather(&mut alone, change).await;
            Box::pin(self.commit(alone)).await;
        }
    }

    /// The answer a mutation had when it was applied, if it was.
    async fn first_outcome(&self, change: &Change) -> Option<Result<Written, WireError>> {
        match self.db.outcome(change.mutation?).await {
            Ok(Some(RecordedOutcome::Applied { outcome, .. })) => Some(self.replayed(&outcome).await),
            Ok(_) => None,
            Err(error) => Some(Err(store_error(&error))),
        }
    }

    /// What became of a mutation; one that was not applied is burnt, so that it cannot be applied later.
    async fn outcome(&mut self, mutation: MutationId) -> Result<Option<Written>, WireError> {
        match self.db.outcome(mutation).await {
            Ok(Some(RecordedOutcome::Applied { outcome, .. })) => {
                return self.replayed(&outcome).await.map(Some);
            }
            Ok(Some(RecordedOutcome::Burnt)) => return Ok(None),
            Ok(None) => {}
            Err(error) => return Err(store_error(&error)),
        }
        let at = self.environment.clock.now().as_millisecond();
        let batch = Batch { burnt: vec![(mutation, at)], clock: self.identity.clock, ..Batch::default() };
        self.writer.commit(&batch).await.map_err(|error| store_error(&error))?;
        self.burnt.insert(mutation);
        Ok(None)
    }

    async fn replayed(&self, stored: &[u8]) -> Result<Written, WireError> {
        let applied = unstored(stored).ok_or_else(|| {
            tracing::error!("a stored outcome cannot be read");
            WireError::new(ErrorCode::Internal, "the first answer of this mutation cannot be read")
        })?;
        let ids: Vec<NodeId> =
            applied.outcome.changed.iter().chain(&applied.outcome.unchanged).copied().collect();
        let nodes = self.db.nodes(&ids).await.map_err(|error| store_error(&error))?;
        Ok(Written { applied, nodes })
    }

    /// A refusal as its client sees it; candidates are named as the store has them.
    async fn refused(&self, refusal: Refusal) -> WireError {
        let RefusalKind::Ambiguous(ids) = &refusal.kind else { return refusal_error(refusal, Vec::new()) };
        let named = match self.db.nodes(ids).await {
            Ok(named) => named,
            Err(error) => return store_error(&error),
        };
        let candidates = super::answer::candidates(&self.model.borrow(), &named, ids);
        refusal_error(refusal, candidates)
    }
}

/// Sends the answer; the admission slot is freed with it. A client that has gone does not matter.
fn answer(change: Box<Change>, answer: Result<Written, WireError>) {
    let Change { reply, permit, .. } = *change;
    let _ = reply.send(answer);
    drop(permit);
}

/// Which text the change made of the node that it is about, which a later change of the same commit may overwrite.
fn text_made(view: &View, outcome: &Outcome) -> Option<RevisionToken> {
    let changed = || outcome.changed.iter().filter_map(|id| view.node(*id).ok().flatten());
    let node = changed().find(|node| node.kind() != NodeKind::Task).or_else(|| changed().next())?;
    Some(RevisionToken::new(node.text.rev, node.text.hash))
}

/// The registers that an operation writes.
fn written_registers(recorded: &Recorded) -> Vec<(NodeId, Box<str>)> {
    let entity = recorded.operation.entity;
    match &recorded.operation.body {
        Body::Set { registers, .. } => registers.iter().map(|(name, _)| (entity, name.clone())).collect(),
        _ => Vec::new(),
    }
}

fn text_bytes(edits: &[Edit]) -> usize {
    let bytes = |edit: &Edit| match edit {
        Edit::Text { text, .. } | Edit::Derived { text, .. } => text.len(),
        Edit::Set { .. } => 0,
    };
    edits.iter().map(bytes).sum()
}

fn written(view: &View, method: &str, outcome: Outcome) -> Written {
    let ids = outcome.changed.iter().chain(&outcome.unchanged).copied();
    let nodes = ids.filter_map(|id| Some((id, view.node(id).ok()??.clone()))).collect();
    Written { applied: Applied { method: method.to_owned(), outcome }, nodes }
}

pub(super) fn op_record(recorded: Recorded, rev: u64, index: u32, trace: Trace) -> OpRecord {
    let Recorded { operation, before, creates } = recorded;
    OpRecord { rev, index, operation, before, creates, trace }
}

fn burnt_error() -> WireError {
    WireError::new(ErrorCode::Refused, "this change was given up by its client and was not made")
        .hint("run it again if it is still wanted")
}

/// An outcome with the method it answers.
fn stored(method: &str, outcome: &Outcome) -> Vec<u8> {
    let mut stored = Vec::new();
    crate::domain::value::Value::from(method).encode(&mut stored);
    stored.extend(outcome.encode());
    stored
}

/// The node that a stored outcome was about.
pub(super) fn touched(stored: &[u8]) -> Option<NodeId> {
    told_of(&unstored(stored)?.outcome)
}

/// The node that `@last` means after this; the settings are none that can be named.
fn told_of(outcome: &Outcome) -> Option<NodeId> {
    outcome.changed.first().copied().filter(|id| *id != NodeId::SETTINGS)
}

/// What was typed in the save that a stored outcome is of, if it was merged.
pub(super) fn typed(stored: &[u8]) -> Option<String> {
    unstored(stored)?.outcome.typed
}

fn unstored(mut stored: &[u8]) -> Option<Applied> {
    let method = crate::domain::value::decode_text(&mut stored).ok()?;
    Some(Applied { method, outcome: Outcome::decode(stored).ok()? })
}
