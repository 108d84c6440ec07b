//! The Store actor: the only owner of the database, its one writer and the read model.
//!
//! Transport only: what a change means is decided in `domain`, how it is written in `store`, how it is shown in `rpc`.

mod agenda;
mod answer;
mod attaching;
mod bulk;
mod circles;
mod completing;
mod conflicts;
mod contexts;
mod discarding;
mod export;
mod filtering;
mod groupings;
mod indexing;
mod links;
mod lint;
mod list;
mod model;
mod pages;
mod reading;
mod reminding;
mod resolving;
mod review;
mod revisions;
mod search;
mod settings;
mod show;
mod syncing;
#[cfg(test)]
mod syncing_tests;
mod times;
mod transfer;
mod typing;
mod writer;
#[cfg(test)]
mod writer_tests;

use std::cell::RefCell;

use std::path::PathBuf;
use std::rc::Rc;

use actix::prelude::*;
use heph_protocol::WireError;
use heph_protocol::event::Changed;
use tokio::sync::{mpsc, watch};
use tracing::Instrument as _;

use self::answer::Answering;
use self::model::ReadModel;
use self::transfer::Transfers;
use self::writer::{Job, WriterTask};
use super::lifecycle::{FatalOnPanic, StopHandle, StopReason};
use super::store_handle::{
    Call, ChangedSince, DescribeStore, MAX_STORE_REQUESTS, Shutdown, StoreFacts, StoreHandle,
    StoreRecipients, SyncJob,
};
use crate::domain::id::NodeId;
use crate::domain::settings::Settings;
use crate::environment::Environment;
use crate::store::{self, Database, Identity, StoreError};

/// What the Store actor is started with.
#[derive(Debug)]
pub struct StoreOptions {
    /// The database file.
    pub db: PathBuf,
    /// The most bytes of a file to attach.
    pub attachment_limit: u64,
    /// Time and randomness.
    pub environment: Environment,
    /// Stops the daemon after a fault, and restarts it on a restored store.
    pub stop: StopHandle,
}

/// Owns the database.
struct StoreActor {
    answering: Rc<Answering>,
    identity: Identity,
    db: Database,
    /// Gone once the actor shuts down, which lets the writer finish.
    jobs: Option<mpsc::Sender<Job>>,
    writer: Option<tokio::task::JoinHandle<()>>,
    _fatal: FatalOnPanic,
}

impl Actor for StoreActor {
    type Context = Context<Self>;
}

/// Opens the store and starts its actor. Readiness does not wait for the read model; what needs it does.
///
/// # Errors
/// [`StoreError`] when the store cannot be opened.
pub async fn start(options: StoreOptions) -> Result<StoreHandle, StoreError> {
    store::finish_restore(&options.db)?;
    let (db, writer, identity) = store::open(&options.db, &options.environment).await?;
    let model = Rc::new(RefCell::new(ReadModel::new(identity.revision)));
    let (loaded, is_loaded) = watch::channel(false);
    let (revision, newest) = watch::channel(identity.revision);
    let (reminders, newest_reminders) = watch::channel(0);
    let (jobs, queue) = mpsc::channel(MAX_STORE_REQUESTS);
    let task = WriterTask {
        jobs: queue,
        db: db.clone(),
        writer,
        identity,
        model: Rc::clone(&model),
        environment: options.environment.clone(),
        revision,
        reminders,
        burnt: db.burnt().await?,
        fired: db.fired_reminders().await?,
        sync: db.sync_state().await?,
        has_conflicts: db.has_conflicts().await?,
    };
    let guard = FatalOnPanic::new("store writer", options.stop.clone());
    let writer = actix_rt::spawn({
        let is_loaded = is_loaded.clone();
        async move {
            let _guard = guard;
            task.run(is_loaded).await;
        }
    });
    let loading = load(db.clone(), Rc::clone(&model), loaded, options.stop.clone());
    actix_rt::spawn(loading.instrument(tracing::info_span!("load")));
    let answering = Answering {
        db: db.clone(),
        device: identity.device,
        model,
        environment: options.environment,
        loaded: is_loaded,
        jobs: jobs.downgrade(),
        transfers: Transfers::new(options.db),
        attachment_limit: options.attachment_limit,
        stop: options.stop.clone(),
    };
    let actor = StoreActor {
        answering: Rc::new(answering),
        identity,
        db,
        jobs: Some(jobs),
        writer: Some(writer),
        _fatal: FatalOnPanic::new("store", options.stop),
    };
    let address = actor.start();
    let recipients = StoreRecipients {
        call: address.clone().recipient(),
        changed: address.clone().recipient(),
        describe: address.clone().recipient(),
        sync: address.clone().recipient(),
        shutdown: address.recipient(),
    };
    let (_ready, is_ready) = watch::channel(true);
    Ok(StoreHandle::new(recipients, newest, newest_reminders, is_ready))
}

/// Loads the read model; a store whose rows cannot be read stops the daemon.
async fn load(db: Database, model: Rc<RefCell<ReadModel>>, loaded: watch::Sender<bool>, stop: StopHandle) {
    let _guard = FatalOnPanic::new("store loading", stop.clone());
    let started = std::time::Instant::now();
    let read = async {
        let tasks = db.load_open_tasks().await?;
        let projects = db.load_projects().await?;
        let codes = db.load_codes().await?;
        let settings = db.nodes(&[NodeId::SETTINGS]).await?;
        let settings = settings.get(&NodeId::SETTINGS).map(|node| Settings::of(&node.registers));
        let active = db.local_setting(store::ACTIVE_CONTEXT).await?;
        let last = db.last_outcome().await?.as_deref().and_then(writer::touched);
        Ok::<_, StoreError>((tasks, projects, codes, settings.unwrap_or_default(), active, last))
    };
    match read.await {
        Ok((tasks, projects, codes, settings, active, last)) => {
            model.borrow_mut().load(tasks, &projects, codes, settings);
            circles::settle(&db, &model).await;
            let mut model = model.borrow_mut();
            model.last = last;
            model.active_context = active;
            tracing::debug!(
                open = model.open.len(),
                ms = started.elapsed().as_millis() as u64,
                "read model loaded"
            );
            let _ = loaded.send(true);
        }
        Err(error) => {
            tracing::error!(%error, "the read model cannot be loaded; stop hephd and run: hephd check");
            stop.stop(StopReason::Fatal);
        }
    }
}

impl Handler<Call> for StoreActor {
    type Result = ResponseFuture<Result<Vec<u8>, WireError>>; // runs beside other messages

    fn handle(&mut self, call: Call, _: &mut Context<Self>) -> Self::Result {
        let answering = Rc::clone(&self.answering);
        let span = call.span.clone();
        Box::pin(async move { answering.call(call).await }.instrument(span))
    }
}

impl Handler<ChangedSince> for StoreActor {
    type Result = MessageResult<ChangedSince>;

    fn handle(&mut self, ChangedSince(revision): ChangedSince, _: &mut Context<Self>) -> Self::Result {
        let changed: Changed = self.answering.model.borrow().changed_since(revision);
        MessageResult(changed)
    }
}

impl Handler<SyncJob> for StoreActor {
    type Result = ();

    fn handle(&mut self, job: SyncJob, _: &mut Context<Self>) -> Self::Result {
        // A full queue, or a store that closes, drops the job and with it where its answer goes: sync tries again.
        if let Some(jobs) = &self.jobs
            && jobs.try_send(Job::Sync(Box::new(job))).is_err()
        {
            tracing::warn!("the store has too much to do for sync; it tries again");
        }
    }
}

impl Handler<DescribeStore> for StoreActor {
    type Result = StoreFacts;

    fn handle(&mut self, _: DescribeStore, _: &mut Context<Self>) -> Self::Result {
        let model = self.answering.model.borrow();
        let queued = self.jobs.as_ref().map_or(0, |jobs| jobs.max_capacity() - jobs.capacity());
        StoreFacts {
            store_id: self.identity.store_id,
            device: self.identity.device,
            db: self.db.path().to_owned(),
            revision: model.revision(),
            open_tasks: model.open.len() as u64,
            nodes: model.short_ids.len() as u64,
            queued_writes: u32::try_from(queued).unwrap_or(u32::MAX),
            db_bytes: self.db.bytes(),
        }
    }
}

impl Handler<Shutdown> for StoreActor {
    type Result = AtomicResponse<Self, ()>; // the writer finishes what it took, then the pools close

    fn handle(&mut self, shutdown: Shutdown, _: &mut Context<Self>) -> Self::Result {
        self.jobs = None;
        let (writer, db) = (self.writer.take(), self.db.clone());
        let closing = async move {
            if let Some(writer) = writer
                && tokio::time::timeout(shutdown.deadline, writer).await.is_err()
            {
                tracing::error!("the writer did not finish in time");
            }
            db.close().await;
        };
        AtomicResponse::new(Box::pin(closing.into_actor(self).map(|(), _, context| context.stop())))
    }
}
