//! The hub's writer: takes what waits, decides on all of it at once, commits, then answers.

use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::SqliteConnection;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::time::{Instant, interval_at, sleep_until};

use super::error::HubError;
use super::floor::{Tended, tend};
use super::news::News;
use super::plan::{Advance, Offer, Plan};
use super::push::{read_known, write_plan};
use super::record::{AccountId, Pushed};
use super::seen::{Seen, Sign};
use super::snapshots::{self, Step};
use super::{control, open};
use crate::domain::id::DeviceId;
use crate::environment::Environment;
use crate::store::{StoreError, Writer};

/// Jobs that may wait for the writer.
pub(super) const QUEUE: usize = 256;

/// The most jobs of one turn, and so the most pushes of one commit.
const MAX_BATCH: usize = 64;

/// How often signs of life are written when nobody pushes.
const SIGNS_EVERY: Duration = Duration::from_secs(60);

/// How often what is not needed any more is given up.
const TEND_EVERY: Duration = Duration::from_secs(3_600);

/// How long pushes have the writer for themselves between two pieces of that.
const TEND_AGAIN: Duration = Duration::from_millis(200);

/// A commit that takes longer is named in the log.
const SLOW: Duration = Duration::from_millis(100);

/// Where an answer goes.
pub(super) type Reply<T> = oneshot::Sender<Result<T, HubError>>;

/// What the writer is asked.
pub(super) enum Job {
    /// To decide on operations, and write those that enter.
    Push { offer: Offer, reply: Reply<Pushed>, memory: Option<OwnedSemaphorePermit> },
    /// To find or make an account.
    Account { iss: String, sub: String, reply: Reply<AccountId> },
    /// To make a device known.
    Register { account: AccountId, device: DeviceId, name: String, login_ms: Option<i64>, reply: Reply<()> },
    /// To lock a device out.
    Revoke { account: AccountId, device: DeviceId, reply: Reply<bool> },
    /// To take a step of a snapshot.
    Snapshot {
        account: AccountId,
        device: DeviceId,
        step: Step,
        reply: Reply<()>,
        memory: Option<OwnedSemaphorePermit>,
    },
    /// To give up a piece of what is not needed any more.
    Tend { reply: Reply<Tended> },
}

/// The one that writes.
pub struct HubWriter {
    pub(super) jobs: mpsc::Receiver<Job>,
    pub(super) writer: Writer,
    pub(super) news: Arc<News>,
    pub(super) seen: Arc<Seen>,
    pub(super) environment: Environment,
    pub(super) quota: u64,
}

impl HubWriter {
    /// Works until all handles are gone or the store is closed, then closes the connection.
    pub async fn run(mut self) {
        let mut waiting = Vec::with_capacity(MAX_BATCH);
        let mut signs = interval_at(Instant::now() + SIGNS_EVERY, SIGNS_EVERY);
        let mut tend_at = Instant::now() + SIGNS_EVERY;
        loop {
            tokio::select! {
                biased;
                taken = self.jobs.recv_many(&mut waiting, MAX_BATCH) => match taken {
                    0 => break,
                    _ => self.work(std::mem::take(&mut waiting)).await,
                },
                _ = signs.tick() => self.push(Vec::new()).await,
                () = sleep_until(tend_at) => {
                    let more = self.tend().await.is_ok_and(|tended| tended.more);
                    tend_at = Instant::now() + if more { TEND_AGAIN } else { TEND_EVERY };
                }
            }
            if let Err(error) = self.writer.checkpoint_when_due().await {
                tracing::warn!(%error, "the write-ahead log could not be copied into the hub's database; it is tried again");
            }
        }
        self.push(Vec::new()).await;
        if let Err(error) = self.writer.close().await {
            tracing::error!(%error, "the hub's database was not closed cleanly");
        }
    }

    async fn work(&mut self, jobs: Vec<Job>) {
        let mut pushes = Vec::new();
        for job in jobs {
            // Nobody learns of an answer, so who asked may go: the work is done all the same.
            match job {
                Job::Push { offer, reply, memory } => pushes.push((offer, reply, memory)),
                Job::Account { iss, sub, reply } => drop(reply.send(self.account(&iss, &sub).await)),
                Job::Register { account, device, name, login_ms, reply } => {
                    drop(reply.send(self.register(account, device, &name, login_ms).await));
                }
                Job::Revoke { account, device, reply } => {
                    drop(reply.send(self.revoke(account, device).await))
                }
                Job::Snapshot { account, device, step, reply, memory } => {
                    drop(reply.send(self.snapshot(account, device, &step).await));
                    drop(memory);
                }
                Job::Tend { reply } => drop(reply.send(self.tend().await)),
            }
        }
        if !pushes.is_empty() {
            self.push(pushes).await;
        }
    }

    /// Decides on pushes and commits them, with the signs of life that were gathered.
    async fn push(&mut self, pushes: Vec<(Offer, Reply<Pushed>, Option<OwnedSemaphorePermit>)>) {
        let signs = self.seen.take();
        if pushes.is_empty() && signs.is_empty() {
            return;
        }
        let mut offers = Vec::with_capacity(pushes.len());
        let mut replies = Vec::with_capacity(pushes.len());
        for (offer, reply, memory) in pushes {
            offers.push(offer);
            replies.push((reply, memory));
        }
        match self.commit(&offers, &signs).await {
            Ok((answers, advances)) => {
                for Advance { account, epoch, head, .. } in advances {
                    self.news.tell(account, epoch, head);
                }
                for ((reply, _), answer) in replies.into_iter().zip(answers) {
                    let _ = reply.send(answer);
                }
            }
            Err(error) => {
                tracing::error!(%error, pushes = replies.len(), "pushes could not be written");
                // What was gathered is not lost with the commit.
                signs.into_iter().for_each(|sign| self.seen.note(sign));
                let error = HubError::from(error);
                for (reply, _) in replies {
                    let _ = reply.send(Err(error.clone()));
                }
            }
        }
    }

    async fn commit(
        &mut self,
        offers: &[Offer],
        signs: &[Sign],
    ) -> Result<(Vec<Result<Pushed, HubError>>, Vec<Advance>), StoreError> {
        let (now, started) = (self.now(), Instant::now());
        let mut connection = self.writer.take().await?;
        let committed = commit(&mut connection, offers, signs, now).await;
        let (entries, answers, advances) = self.writer.put_back(connection, committed).await?;
        self.writer.wrote(entries);
        if started.elapsed() > SLOW {
            let ms = started.elapsed().as_millis() as u64;
            tracing::info!(ms, pushes = offers.len(), entries, "a commit of the hub was slow");
        }
        Ok((answers, advances))
    }

    async fn account(&mut self, iss: &str, sub: &str) -> Result<AccountId, HubError> {
        let quota = i64::try_from(self.quota).unwrap_or(i64::MAX);
        let epoch = open::epoch_now(&self.environment);
        let mut connection = self.writer.take().await?;
        let made = control::account(&mut connection, iss, sub, epoch, quota).await;
        Ok(self.writer.put_back(connection, made).await?)
    }

    async fn register(
        &mut self,
        account: AccountId,
        device: DeviceId,
        name: &str,
        login_ms: Option<i64>,
    ) -> Result<(), HubError> {
        let now = self.now();
        let mut connection = self.writer.take().await?;
        let registered = control::register(&mut connection, account, device, name, login_ms, now).await;
        self.writer.put_back(connection, registered).await?
    }

    async fn revoke(&mut self, account: AccountId, device: DeviceId) -> Result<bool, HubError> {
        let now = self.now();
        let mut connection = self.writer.take().await?;
        let revoked = control::revoke(&mut connection, account, device, now).await;
        let was_there = self.writer.put_back(connection, revoked).await?;
        if was_there {
            self.news.tell_revoked(account);
        }
        Ok(was_there)
    }

    async fn snapshot(&mut self, account: AccountId, device: DeviceId, step: &Step) -> Result<(), HubError> {
        let now = self.now();
        let mut connection = self.writer.take().await?;
        let done = snapshots::step(&mut connection, account, device, step, now).await;
        self.writer.put_back(connection, done).await?
    }

    async fn tend(&mut self) -> Result<Tended, HubError> {
        let now = self.now();
        let mut connection = self.writer.take().await?;
        let tended = tend(&mut connection, now).await;
        let tended = self.writer.put_back(connection, tended).await;
        match &tended {
            Ok(Tended { operations: 0, uploads: 0, .. }) => {}
            Ok(tended) => tracing::info!(?tended, "snapshots have what is given up here"),
            Err(error) => tracing::warn!(%error, "what is not needed any more could not be given up"),
        }
        Ok(tended?)
    }

    fn now(&self) -> i64 {
        self.environment.clock.now().as_millisecond()
    }
}

/// Reads before it writes: nobody else writes, so what was read holds, and the transaction is as short as it can be.
async fn commit(
    connection: &mut SqliteConnection,
    offers: &[Offer],
    signs: &[Sign],
    now: i64,
) -> Result<(usize, Vec<Result<Pushed, HubError>>, Vec<Advance>), StoreError> {
    let known = if offers.is_empty() { Default::default() } else { read_known(connection, offers).await? };
    let plan = Plan::of(known, offers, now);
    write_plan(connection, &plan, signs).await?;
    Ok((plan.entries.len(), plan.answers, plan.accounts))
}
