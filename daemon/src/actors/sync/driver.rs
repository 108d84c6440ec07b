//! Drives sync: pulls, pushes, waits. Everything that has to survive is in the store; this may end anywhere.

mod join;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use heph_protocol::hub::{Account, MAX_PUSH_BYTES, MAX_PUSH_OPS, Verdict};
use heph_protocol::types::SyncState;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::block::{Block, PATIENCE, away, closing, in_store, of_hello, of_hub, of_login};
use super::desk::{Ask, ask};
use super::live::{Heard, listen};
use super::standing::{Live, Standing};
use super::{Answers, Command};
use crate::actors::store_handle::{Offers, StoreHandle, SyncJob, Told};
use crate::domain::id::{DeviceId, NodeId, OpId};
use crate::domain::sync::Arrived;
use crate::domain::sync::hub::Offered;
use crate::domain::sync::plan::{Backoff, poll_pause};
use crate::environment::Environment;
use crate::store::SyncState as StoreState;
use crate::sync::hub::{HubError, Page};
use crate::sync::login::Bearer;
use crate::sync::way::Way;

/// How often a push is made anew because pages had newer texts, before it waits a little.
const MOST_STALE: u32 = 50;

/// How often something is sent that the log then does not show, before it waits a little.
const MOST_IDLE: u32 = 3;

/// Instants a hub's clock can show, Unix milliseconds: of the years 2020 to 2100.
const BELIEVED_MS: std::ops::Range<i64> = 1_577_836_800_000..4_102_444_800_000;

/// Least time between two looks whether the login is to be renewed.
const LEAST_REST: Duration = Duration::from_millis(500);

/// How long the hub may not know that something was read: what was sent is not read back, and of the last page the hub
/// learns with the next.
const CONFIRM_AFTER: Duration = Duration::from_secs(5);

/// Least time between two notes that both have the same, when nothing was sent or read.
const AGREED_EVERY_MS: i64 = 600_000;

/// What a connection to the hub knows.
struct Session {
    bearer: Bearer,
    epoch: u64,
    heard: watch::Receiver<Heard>,
    listening: JoinHandle<()>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

pub(super) struct Driver {
    hub: Way,
    store: StoreHandle,
    desk: mpsc::Sender<Ask>,
    environment: Environment,
    standing: watch::Sender<Standing>,
    device: DeviceId,
    /// Tells that the login is another.
    changed: Arc<Notify>,
    session: Option<Session>,
    backoff: Backoff,
    may_join: bool,
    /// The hub does not know this device, though it did.
    must_register: bool,
    agreed_ms: i64,
    confirmed: Confirmed,
    waiting: Vec<watch::Sender<Answers>>,
}

impl Driver {
    pub(super) fn new(
        hub: Way,
        store: StoreHandle,
        desk: mpsc::Sender<Ask>,
        environment: Environment,
        standing: watch::Sender<Standing>,
        device: DeviceId,
        changed: Arc<Notify>,
    ) -> Self {
        Self {
            hub,
            store,
            desk,
            environment,
            standing,
            device,
            changed,
            session: None,
            backoff: Backoff::default(),
            may_join: false,
            must_register: false,
            agreed_ms: 0,
            confirmed: Confirmed::default(),
            waiting: Vec::new(),
        }
    }

    /// Works until nobody commands any more.
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        if !self.store.until_ready().await {
            return;
        }
        self.recall().await;
        let mut revision = self.store.revision();
        loop {
            let _ = revision.borrow_and_update();
            let pause = match self.round().await {
                Ok(()) => self.rest(),
                Err(block) => self.blocked(block),
            };
            self.tell_who_waits();
            let is_idle = self.standing.borrow().state == SyncState::Idle;
            let pause = sleep(pause);
            tokio::pin!(pause);
            loop {
                let session = self.session.as_mut().map(|session| &mut session.heard);
                tokio::select! {
                    () = &mut pause => break,
                    command = commands.recv() => match command {
                        Some(command) => { self.take(command); break }
                        None => return,
                    },
                    changed = revision.changed(), if is_idle => match changed {
                        Ok(()) => break,
                        Err(_) => return,
                    },
                    () = heard(session) => if self.hear() { break },
                    () = self.changed.notified() => {
                        (self.backoff, self.session) = (Backoff::default(), None);
                        if self.standing.borrow().state == SyncState::AuthRequired {
                            self.works(SyncState::Pulling);
                        }
                        // Whoever it is now has not been asked.
                        self.may_join = false;
                        break;
                    }
                }
            }
        }
    }

    /// Tells whose account it was before the hub is met, so that this is known while the hub is away.
    async fn recall(&self) {
        let state = self.store.sync(SyncJob::State).await.ok().flatten();
        if let Some(state) = &state {
            self.note(|standing| standing.subject = Some(state.subject.clone()));
        }
        let issuer = state.map(|state| state.issuer);
        // Without an answer sync is closing.
        let _ = ask(&self.desk, |reply| Ask::Recall(issuer, reply)).await;
    }

    /// Takes in what was heard; `true` when there is something to do.
    fn hear(&mut self) -> bool {
        let Some(session) = &mut self.session else { return false };
        let heard = *session.heard.borrow_and_update();
        let before = self.standing.borrow().clone();
        // Without a stream nobody tells what comes, so it is asked for.
        let is_deaf = before.live == Live::Events && heard.live != Live::Events;
        let is_behind = heard.head > before.head;
        if heard.epoch != 0 && heard.epoch != session.epoch {
            // It was restored, or is another one: it is met anew.
            self.session = None;
            return true;
        }
        self.note(|standing| {
            standing.live = heard.live;
            standing.head = standing.head.max(heard.head);
        });
        if heard.is_revoked {
            self.session = None;
            return true;
        }
        is_behind || is_deaf
    }

    fn take(&mut self, command: Command) {
        self.backoff = Backoff::default();
        match command {
            Command::Now(reply) => self.waiting.push(reply),
            Command::Join(reply) => {
                self.may_join = true;
                self.waiting.push(reply);
            }
        }
    }

    fn tell_who_waits(&mut self) {
        for waiting in self.waiting.drain(..) {
            waiting.send_modify(|heard| heard.is_done = true);
        }
    }

    fn note(&self, change: impl FnOnce(&mut Standing)) {
        self.standing.send_if_modified(|standing| {
            let before = standing.clone();
            change(standing);
            *standing != before
        });
    }

    /// Tells what is tried. What was wrong before stays told until the hub has answered.
    fn tries(&self, state: SyncState) {
        self.note(|standing| {
            standing.retry_at_ms = None;
            if !standing.is_stuck() {
                standing.state = state;
            }
        });
    }

    /// Tells what goes well.
    fn works(&self, state: SyncState) {
        self.note(|standing| {
            standing.state = state;
            (standing.problem, standing.hint, standing.retry_at_ms) = (None, None, None);
            standing.is_full = false;
        });
    }

    /// Tells who waits that the hub has answered.
    fn answered(&self) {
        for waiting in &self.waiting {
            waiting.send_modify(|heard| heard.answers += 1);
        }
    }

    fn rest(&mut self) -> Duration {
        self.backoff = Backoff::default();
        self.works(SyncState::Idle);
        let rest = if self.hears() { PATIENCE } else { poll_pause(self.dice()) };
        let renewal = self.session.as_ref().and_then(|session| session.bearer.renew_at_ms);
        let renewal = renewal.map(|at| u64::try_from(at.saturating_sub(self.now_ms())).unwrap_or_default());
        let rest = self.confirmed.due_in().map_or(rest, |due| rest.min(due));
        renewal.map_or(rest, |ms| rest.min(Duration::from_millis(ms).max(LEAST_REST)))
    }

    fn blocked(&mut self, block: Block) -> Duration {
        let still_reads = matches!(block, Block::Full(_));
        if !still_reads {
            self.session = None;
        }
        let pause = match &block {
            Block::Away { reason, retry_after } => {
                let pause = self.backoff.next(*retry_after, self.dice());
                tracing::info!(%reason, ms = pause.as_millis() as u64, "sync is tried again");
                pause
            }
            Block::Login { again, .. } => *again,
            Block::Upgrade(_) | Block::Full(_) | Block::Person { .. } => PATIENCE,
        };
        let (state, problem, hint) = block.told();
        let is_away = state == SyncState::Backoff;
        self.may_join &= is_away;
        let retry_at = self.now_ms().saturating_add(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX));
        self.note(|standing| {
            (standing.state, standing.problem, standing.hint) = (state, Some(problem), hint);
            standing.retry_at_ms = Some(retry_at);
            standing.is_full = still_reads;
            if !still_reads {
                standing.live = Live::Timer;
            }
        });
        pause
    }

    fn now_ms(&self) -> i64 {
        self.environment.clock.now().as_millisecond()
    }

    fn dice(&self) -> u64 {
        let mut bytes = [0; 8];
        self.environment.entropy.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// Pulls and pushes until both have the same.
    async fn round(&mut self) -> Result<(), Block> {
        let mut state = self.connect().await?;
        let before = state.cursor;
        let mut sent = 0;
        let (mut stale_rounds, mut idle_rounds) = (0, 0);
        loop {
            let is_told = !self.confirmed.is_due(state.cursor);
            if state.cursor < self.standing.borrow().head || !self.hears() || !is_told {
                self.tries(SyncState::Pulling);
                state = self.pull(state).await?;
            }
            let limit = Offers { operations: MAX_PUSH_OPS, bytes: MAX_PUSH_BYTES };
            let offers = self.store.sync(|reply| SyncJob::Offer(limit, reply)).await.map_err(in_store)?;
            if offers.is_empty() {
                break;
            }
            self.tries(SyncState::Pushing);
            sent += offers.len();
            let read = state.cursor;
            let Sent { is_stale, is_told, next } = self.push(&state, offers).await?;
            state = self.acknowledge(state, next).await?;
            idle_rounds = if state.cursor == read && !is_told { idle_rounds + 1 } else { 0 };
            if idle_rounds >= MOST_IDLE {
                return Err(away("the hub takes what is sent, and its log does not show it"));
            }
            stale_rounds += u32::from(is_stale);
            if stale_rounds > 1 {
                // Somebody types on the same page: leave each other some room.
                sleep(Duration::from_millis(50 + self.dice() % 200)).await;
            }
            if stale_rounds > MOST_STALE {
                return Err(away("pages change faster than they can be sent"));
            }
        }
        self.confirmed.has_read(state.cursor);
        let now = self.now_ms();
        if sent > 0 || state.cursor != before || now - self.agreed_ms > AGREED_EVERY_MS {
            self.agreed_ms = now;
            self.store.sync(SyncJob::Agreed).await.map_err(in_store)?;
        }
        Ok(())
    }

    /// Whether news arrives by itself, so that the head is known without asking.
    fn hears(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.heard.borrow().live == Live::Events)
    }

    /// Sees to it that the hub is known, the login good, the device registered and the account the store's own.
    async fn connect(&mut self) -> Result<StoreState, Block> {
        let state = self.store.sync(SyncJob::State).await.map_err(in_store)?;
        if let (Some(session), Some(state)) = (&self.session, &state) {
            let at_hand = session.bearer.token.clone();
            let bearer = self.bearer(None).await?;
            if bearer.token != at_hand {
                self.renew(bearer);
            } else if let Some(session) = &mut self.session {
                session.bearer = bearer;
            }
            return Ok(state.clone());
        }
        self.tries(SyncState::Pulling);
        let hello = self.hub.hello().await.map_err(|error| of_hello(error, state.is_some()))?;
        self.answered();
        let issuer = hello.issuer.clone().unwrap_or_default();
        if self.hub.needs_login() {
            let met = ask(&self.desk, |reply| Ask::Meet(hello, reply)).await.ok_or_else(closing)?;
            met.map_err(of_login)?;
        }
        let (bearer, account) = self.log_in().await?;
        self.answered();
        let state = self.join(state, &issuer, &account, &bearer.token).await?;
        self.see_clock(account.server_ms).await?;
        self.works(SyncState::Pulling);
        self.note(|standing| {
            standing.subject = Some(account.subject.clone());
            standing.head = account.head;
        });
        let (news, heard) = watch::channel(Heard { head: account.head, ..Heard::default() });
        let listening = actix_rt::spawn(listen(self.hub.clone(), bearer.token.clone(), state.cursor, news));
        self.session = Some(Session { bearer, epoch: account.epoch, heard, listening });
        Ok(state)
    }

    async fn log_in(&mut self) -> Result<(Bearer, Account), Block> {
        let bearer = self.bearer(None).await?;
        match self.hub.account(&bearer.token).await {
            Ok(account) => Ok((bearer, account)),
            Err(HubError::Unauthorized(_)) => {
                let bearer = self.bearer(Some(bearer.token)).await?;
                let account = self.hub.account(&bearer.token).await.map_err(of_hub)?;
                Ok((bearer, account))
            }
            Err(error) => Err(of_hub(error)),
        }
    }

    async fn bearer(&self, refused: Option<String>) -> Result<Bearer, Block> {
        if !self.hub.needs_login() {
            return Ok(Bearer::default());
        }
        let bearer = ask(&self.desk, |reply| Ask::Bearer(refused, reply)).await.ok_or_else(closing)?;
        bearer.map_err(of_login)
    }

    /// Takes in the hub's clock; one that cannot be right is not believed.
    async fn see_clock(&self, server_ms: i64) -> Result<(), Block> {
        if !BELIEVED_MS.contains(&server_ms) {
            tracing::warn!(server_ms, "the hub's clock cannot be right; it is not heeded");
            return Ok(());
        }
        let shift = server_ms.saturating_sub(self.now_ms());
        self.store.sync(|reply| SyncJob::Clock(shift, reply)).await.map_err(in_store)
    }

    /// Reads the log to its end.
    async fn pull(&mut self, mut state: StoreState) -> Result<StoreState, Block> {
        let mut brief = true;
        loop {
            let page = self.page(state.cursor, brief).await?;
            let Page { epoch, head, server_ms, ops, more } = page;
            if epoch != state.epoch {
                self.session = None;
                return Err(of_hub(HubError::Epoch(epoch)));
            }
            self.note(|standing| standing.head = head);
            if ops.is_empty() {
                return Ok(state);
            }
            self.see_clock(server_ms).await?;
            let folded = self.store.sync(|reply| SyncJob::Fold(ops, reply)).await.map_err(in_store)?;
            if folded.upgrade.is_some() {
                return Err(Block::Upgrade(
                    "a later version of heph has changed something that this one does not understand; upgrade hephd"
                        .to_owned(),
                ));
            }
            if folded.lacks_body && brief {
                (brief, state.cursor) = (false, folded.cursor);
                continue;
            }
            brief = true;
            if folded.cursor <= state.cursor {
                return Err(away("the hub's log does not go on where it was read to"));
            }
            if folded.unfit > 0 {
                tracing::warn!(count = folded.unfit, "changes of others do not fit; heph doctor names them");
            }
            state.cursor = folded.cursor;
            if !more && state.cursor >= head {
                return Ok(state);
            }
        }
    }

    /// A page of the log; in full where this device does not know an operation of its own.
    async fn page(&mut self, cursor: u64, brief: bool) -> Result<Page, Block> {
        let page = self.asked(async |hub, bearer, _| hub.ops(bearer, cursor, brief).await).await?;
        self.confirmed.told(cursor);
        let is_next = page.ops.iter().zip(cursor + 1..).all(|(op, seq)| op.seq == seq && seq <= page.head);
        if !is_next {
            return Err(away("the hub's log does not go on where it was read to"));
        }
        let own: Vec<OpId> = (page.ops.iter())
            .filter(|op| op.device == self.device && op.body.is_empty())
            .map(|op| op.id)
            .collect();
        if !brief
            || own.is_empty()
            || self.store.sync(|reply| SyncJob::Knows(own, reply)).await.map_err(in_store)?
        {
            return Ok(page);
        }
        self.asked(async |hub, bearer, _| hub.ops(bearer, cursor, false).await).await
    }

    /// Sends operations.
    async fn push(&mut self, state: &StoreState, offers: Vec<Offered>) -> Result<Sent, Block> {
        let epoch = state.epoch;
        let pushed = self.asked(async |hub, bearer, _| hub.push(bearer, epoch, offers.clone()).await).await?;
        self.works(SyncState::Pushing);
        let nodes: HashMap<OpId, NodeId> = offers.iter().map(|offer| (offer.id, offer.stream)).collect();
        let told: Vec<Told> = (pushed.verdicts.iter())
            .filter_map(|(op, verdict)| {
                let (op, node) = (*op, *nodes.get(op)?);
                match verdict {
                    Verdict::Stale(_) => Some(Told::Stale { node }),
                    Verdict::Bad(reason) => Some(Told::Refused { op, node, reason: reason.clone() }),
                    Verdict::Ok(_) | Verdict::Dup(_) => None,
                }
            })
            .collect();
        let is_stale = told.iter().any(|told| matches!(told, Told::Stale { .. }));
        let is_told = !told.is_empty();
        if is_told {
            self.store.sync(|reply| SyncJob::Told(told, reply)).await.map_err(in_store)?;
        }
        self.note(|standing| standing.head = pushed.head.max(standing.head));
        let next = pushed.next_in_log(state.cursor, self.device, offers);
        Ok(Sent { is_stale, is_told, next })
    }

    /// Folds in what the log is known to go on with, or reads it.
    async fn acknowledge(
        &mut self,
        mut state: StoreState,
        next: Option<Vec<Arrived>>,
    ) -> Result<StoreState, Block> {
        let Some(next) = next else { return self.pull(state).await };
        let folded = self.store.sync(|reply| SyncJob::Fold(next, reply)).await.map_err(in_store)?;
        state.cursor = folded.cursor;
        if folded.lacks_body { self.pull(state).await } else { Ok(state) }
    }

    /// Asks the hub with the token at hand, and once more with a new one if it is not taken.
    async fn asked<T>(
        &mut self,
        call: impl AsyncFn(&Way, &str, u64) -> Result<T, HubError>,
    ) -> Result<T, Block> {
        let Some(session) = &self.session else { return Err(closing()) };
        match call(&self.hub, &session.bearer.token, session.epoch).await {
            Err(HubError::Unauthorized(_)) => {}
            Err(HubError::UnknownDevice) => {
                // The hub was made anew; it is told of this device again.
                self.must_register = true;
                return Err(away("the hub does not know this device any more"));
            }
            answer => {
                self.answered();
                return answer.map_err(of_hub);
            }
        }
        let refused = session.bearer.token.clone();
        let bearer = self.bearer(Some(refused)).await?;
        self.renew(bearer);
        let Some(session) = &self.session else { return Err(closing()) };
        call(&self.hub, &session.bearer.token, session.epoch).await.map_err(of_hub)
    }

    /// Goes on with another token, and listens with it.
    fn renew(&mut self, bearer: Bearer) {
        let Some(session) = &mut self.session else { return };
        let head = self.standing.borrow().head;
        let (news, heard) = watch::channel(Heard { head, ..Heard::default() });
        session.listening.abort();
        session.listening = actix_rt::spawn(listen(self.hub.clone(), bearer.token.clone(), head, news));
        (session.heard, session.bearer) = (heard, bearer);
        tracing::debug!("the login was renewed");
    }
}

/// How far the hub knows that this device has read.
#[derive(Debug, Default)]
struct Confirmed {
    cursor: u64,
    /// When it is told of more.
    due: Option<Instant>,
}

impl Confirmed {
    /// The hub was told.
    fn told(&mut self, cursor: u64) {
        *self = Self { cursor, due: None };
    }

    fn has_read(&mut self, cursor: u64) {
        if cursor != self.cursor && self.due.is_none() {
            self.due = Some(Instant::now() + CONFIRM_AFTER);
        }
    }

    fn is_due(&self, cursor: u64) -> bool {
        cursor != self.cursor && self.due_in().is_some_and(|due| due.is_zero())
    }

    fn due_in(&self) -> Option<Duration> {
        self.due.map(|due| due.saturating_duration_since(Instant::now()))
    }
}

/// What came of a push.
struct Sent {
    /// Some page has a newer text.
    is_stale: bool,
    /// There was something to note.
    is_told: bool,
    /// What the log goes on with, where nobody else wrote in between.
    next: Option<Vec<Arrived>>,
}

async fn heard(session: Option<&mut watch::Receiver<Heard>>) {
    match session {
        Some(heard) => {
            if heard.changed().await.is_err() {
                std::future::pending().await
            }
        }
        None => std::future::pending().await,
    }
}
