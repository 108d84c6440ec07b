//! Composition root: takes the locks, opens the store, starts the actors, and stops them in order.

mod check;
mod daemon;
mod error;
mod trial;

use std::convert::Infallible;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::Addr;
use sd_notify::NotifyState;
use tokio::net::UnixListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;
use tracing::{error, info, warn};

pub use self::check::{Soundness, check, check_all};
pub use self::daemon::Daemon;
pub use self::error::StartError;
use crate::actors::hub::{self, HubHandle, HubOptions, NoStore};
use crate::actors::lifecycle::{StopHandle, StopReason};
use crate::actors::listener::lock::Lock;
use crate::actors::listener::socket::{self, Socket};
use crate::actors::listener::{Bound, Listener, StopListening, place};
use crate::actors::scheduler::{self, SchedulerHandle, SchedulerOptions, SystemAlarm};
use crate::actors::session::{About, Helpers, Service};
use crate::actors::store::StoreOptions;
use crate::actors::store_handle::StoreHandle;
use crate::actors::sync::{self, SyncHandle, SyncHub, SyncOptions};
use crate::actors::updater::{self, UpdaterHandle, UpdaterOptions};
use crate::config::{Config, HubConfig};
use crate::environment::Environment;
use crate::hub::Pace;
use crate::hub::auth::VerifyToken;
use crate::oidc::verifier::TokenVerifier;
use crate::store::hub::DEFAULT_QUOTA;
use crate::update::guard::Trial;

/// How long the listener may take to stop.
const LISTENER_DEADLINE: Duration = Duration::from_secs(1);

/// How long the sessions may take to finish what is in flight; longer than one gives itself.
const SESSIONS_DEADLINE: Duration = Duration::from_secs(5);

/// How long the hub may take to end its requests, and then to close its store.
const HUB_DEADLINE: Duration = Duration::from_secs(6);

/// How long the store may take to write what it took and to close.
const STORE_DEADLINE: Duration = Duration::from_secs(10);

/// How much more time the service manager is asked for at once while the store is opened.
const MORE_TIME: Duration = Duration::from_secs(30);

/// Opens the store that options name; the daemon's own, or a probe in a test.
pub trait OpenStore: AsyncFn(StoreOptions) -> Result<StoreHandle, StartError> {}

impl<F> OpenStore for F where F: AsyncFn(StoreOptions) -> Result<StoreHandle, StartError> {}

/// Opens the daemon's own store.
///
/// # Errors
/// [`StartError`] when it cannot be opened.
pub async fn open_store(options: StoreOptions) -> Result<StoreHandle, StartError> {
    Ok(crate::actors::store::start(options).await?)
}

/// Serves until a signal or a fault, in a runtime of its own; first on trial, where that is asked for. Blocks the thread.
///
/// # Errors
/// [`StartError`] when the daemon cannot start or, after a restart on another store, not start again; or when it does not
/// pass its trial.
pub fn serve(
    config: &Config,
    environment: &Environment,
    open_store: &impl OpenStore,
    trial: Option<&Trial>,
) -> Result<StopReason, StartError> {
    let stop = StopHandle::new();
    let listening = stop.clone();
    actix_rt::System::new().block_on(async {
        let signals = actix_rt::spawn(stop_on_signals(listening));
        let served = async {
            if let Some(trial) = trial {
                let reason = trial::run(config, environment, &stop, open_store, trial).await?;
                if reason != StopReason::Restart || !stop.rearm() {
                    return Ok(stop.reason().unwrap_or(reason));
                }
            }
            run_again(config, environment, &stop, open_store, Rc::new(|| {})).await
        };
        let served = served.await;
        signals.abort();
        served
    })
}

/// Runs, and again on a restart, until there is a reason to end.
async fn run_again(
    config: &Config,
    environment: &Environment,
    stop: &StopHandle,
    open_store: &impl OpenStore,
    ready: Rc<dyn Fn()>,
) -> Result<StopReason, StartError> {
    loop {
        let reason = run(config, environment, stop, open_store, Rc::clone(&ready)).await?;
        if reason != StopReason::Restart || !stop.rearm() {
            return Ok(stop.reason().unwrap_or(reason));
        }
        info!("starting again");
    }
}

/// Runs once, from the locks to the closed store. `ready` is called when a client's `hello` is told so.
///
/// # Errors
/// [`StartError`] when the daemon cannot start; what had been opened is closed again.
pub async fn run(
    config: &Config,
    environment: &Environment,
    stop: &StopHandle,
    open_store: &impl OpenStore,
    ready: Rc<dyn Fn()>,
) -> Result<StopReason, StartError> {
    let (_store_locks, socket_lock) = lock(config)?;
    let opened = tokio::select! {
        opened = open(config, environment, stop, open_store) => opened?,
        reason = stop.stopped() => return Ok(reason),
        never = ask_for_time() => match never {},
    };
    let Opened { store, sync, scheduler, hub } = opened;
    let updater = updater::start(UpdaterOptions {
        config: config.clone(),
        arguments: std::env::args_os().skip(1).collect(),
        environment: environment.clone(),
        stop: stop.clone(),
    });
    let helpers = Helpers {
        sync: sync.clone(),
        scheduler: scheduler.clone(),
        hub: hub.as_ref().map(|hub| hub.store.clone()),
        updater: Some(updater.clone()),
    };
    let (service, listener) = match start(config, stop, &store, helpers, socket_lock).await {
        Ok(started) => started,
        Err(error) => {
            close_updater(&updater).await;
            close_sync(sync.as_ref()).await;
            close_scheduler(scheduler.as_ref()).await;
            close_hub(hub.as_ref()).await;
            store.shutdown(STORE_DEADLINE).await;
            return Err(error);
        }
    };
    let readiness = actix_rt::spawn(announce(store.clone(), ready));
    info!(socket = %config.socket.display(), db = %config.main_db().display(), pid = std::process::id(), "serving");
    let reason = tokio::select! {
        reason = stop.stopped() => reason,
        () = feed_watchdog(&store) => StopReason::Fatal,
    };
    readiness.abort();
    stop_serving(reason, &listener, &service).await;
    close_updater(&updater).await;
    close_sync(sync.as_ref()).await;
    close_scheduler(scheduler.as_ref()).await;
    close_hub(hub.as_ref()).await;
    if !store.shutdown(STORE_DEADLINE).await {
        error!("the store did not close in time");
    }
    info!("stopped");
    Ok(stop.reason().unwrap_or(reason))
}

/// Takes the locks: the stores', then the socket's.
fn lock(config: &Config) -> Result<(Vec<Lock>, Lock), StartError> {
    prepare_folders(config)?;
    let stores = [Some(config.main_db()), config.owners_db()].into_iter().flatten();
    let stores = stores.map(|db| Lock::acquire(&db)).collect::<Result<_, _>>()?;
    Ok((stores, Lock::acquire(&config.socket)?))
}

/// What is open while the daemon runs.
struct Opened {
    store: StoreHandle,
    sync: Option<SyncHandle>,
    scheduler: Option<SchedulerHandle>,
    hub: Option<HubHandle>,
}

/// A personal store, and what works on it by itself.
type Personal = (StoreHandle, Option<SyncHandle>, SchedulerHandle);

/// Opens the personal store, or the hub and what answers in a personal store's place.
async fn open(
    config: &Config,
    environment: &Environment,
    stop: &StopHandle,
    open_store: &impl OpenStore,
) -> Result<Opened, StartError> {
    let Some(hub) = &config.hub else {
        let elsewhere = config.spoke.clone().map(SyncHub::Elsewhere);
        let (store, sync, scheduler) =
            open_personal(config, environment, stop, open_store, elsewhere).await?;
        return Ok(Opened { store, sync, scheduler: Some(scheduler), hub: None });
    };
    let options = HubOptions {
        db: config.main_db(),
        config: hub.clone(),
        verifier: verifier(hub, environment)?,
        quota: DEFAULT_QUOTA,
        pace: Pace::default(),
        environment: environment.clone(),
        stop: stop.clone(),
    };
    let hub_handle = hub::start(options).await?;
    let Some(owner) = &hub.owner else {
        let store = NoStore::start(hub_handle.store.clone(), stop.clone());
        return Ok(Opened { store, sync: None, scheduler: None, hub: Some(hub_handle) });
    };
    let here =
        SyncHub::Here { store: hub_handle.store.clone(), issuer: hub.issuer.clone(), owner: owner.clone() };
    match open_personal(config, environment, stop, open_store, Some(here)).await {
        Ok((store, sync, scheduler)) => {
            Ok(Opened { store, sync, scheduler: Some(scheduler), hub: Some(hub_handle) })
        }
        Err(error) => {
            close_hub(Some(&hub_handle)).await;
            Err(error)
        }
    }
}

/// Opens a personal store, starts to fire its reminders, and to keep it and its hub the same where it has one.
async fn open_personal(
    config: &Config,
    environment: &Environment,
    stop: &StopHandle,
    open_store: &impl OpenStore,
    hub: Option<SyncHub>,
) -> Result<Personal, StartError> {
    let options = StoreOptions {
        db: config.db.clone(),
        attachment_limit: config.attachment_limit,
        environment: environment.clone(),
        stop: stop.clone(),
    };
    let store = open_store(options).await?;
    match start_sync(config, environment, stop, &store, hub).await {
        Ok(sync) => {
            let scheduler = scheduler::start(SchedulerOptions {
                store: store.clone(),
                alarm: Box::new(SystemAlarm),
                zone: jiff::tz::TimeZone::system,
                environment: environment.clone(),
                stop: stop.clone(),
            });
            Ok((store, sync, scheduler))
        }
        Err(error) => {
            store.shutdown(STORE_DEADLINE).await;
            Err(error)
        }
    }
}

/// Starts to keep the store and its hub the same, where there is a hub.
async fn start_sync(
    config: &Config,
    environment: &Environment,
    stop: &StopHandle,
    store: &StoreHandle,
    hub: Option<SyncHub>,
) -> Result<Option<SyncHandle>, StartError> {
    let Some(hub) = hub else { return Ok(None) };
    let options = SyncOptions {
        store: store.clone(),
        db: config.db.clone(),
        hub,
        environment: environment.clone(),
        stop: stop.clone(),
    };
    Ok(Some(sync::start(options).await?))
}

/// What tells whose a token is: the issuer's keys. Nothing on a hub without an issuer.
fn verifier(hub: &HubConfig, environment: &Environment) -> Result<Option<Arc<dyn VerifyToken>>, StartError> {
    let Some(issuer) = hub.issuer.clone() else { return Ok(None) };
    let audience = hub.audience.clone();
    let http = crate::http::client(None).map_err(StartError::Http)?;
    Ok(Some(Arc::new(TokenVerifier::new(issuer, audience, http, Arc::clone(&environment.clock)))))
}

/// Makes the folders, and checks what can be checked before anything is opened.
fn prepare_folders(config: &Config) -> Result<(), StartError> {
    socket::check_length(&config.socket)?;
    for file in [&config.db, &config.socket] {
        place::prepare_folder_of(file)?;
    }
    if let Some(folder) = &config.own_folder
        && let Err(error) = place::make_private(folder)
    {
        warn!(folder = %folder.display(), %error, "the folder could not be made private");
    }
    Ok(())
}

async fn start(
    config: &Config,
    stop: &StopHandle,
    store: &StoreHandle,
    helpers: Helpers,
    lock: Lock,
) -> Result<(Arc<Service>, Addr<Listener>), StartError> {
    let is_on_trial = helpers.updater.is_none();
    let identity = store.describe().await.map_err(|error| StartError::store(error, 70))?;
    let about = About {
        mode: config.mode.name().to_owned(),
        socket: config.socket.clone(),
        log: config.log_file().map(ToOwned::to_owned),
        settings: config.settings.clone(),
        deadlines: config.deadlines,
        is_on_trial,
    };
    let (socket, listener) = Socket::bind(&config.socket)?;
    let listener = UnixListener::from_std(listener).map_err(StartError::Runtime)?;
    let service = Arc::new(Service::new(store.clone(), helpers, identity, about, stop.clone()));
    let bound = Bound { listener, socket, lock };
    Ok((Arc::clone(&service), Listener::serve(bound, service, stop.clone())))
}

/// Tells the service manager, and who else wants to know, once the store takes writes.
async fn announce(store: StoreHandle, ready: Rc<dyn Fn()>) {
    if store.until_ready().await {
        notify(NotifyState::Ready);
        ready();
    }
}

/// Asks the service manager for more time as long as the store is opened: a migration copies it first.
async fn ask_for_time() -> Infallible {
    loop {
        notify(NotifyState::ExtendTimeoutUsec(MORE_TIME.as_micros() as u32));
        tokio::time::sleep(MORE_TIME / 3).await;
    }
}

/// Tells the service manager that the daemon lives, after the store has answered; returns when it does not answer.
async fn feed_watchdog(store: &StoreHandle) {
    let Some(period) = sd_notify::watchdog_enabled() else { return std::future::pending().await };
    loop {
        if timeout(period, store.describe()).await.is_ok_and(|facts| facts.is_ok()) {
            notify(NotifyState::Watchdog);
        } else {
            error!("the store does not answer; the daemon stops");
            return;
        }
        tokio::time::sleep(period / 3).await;
    }
}

fn notify(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        warn!(%error, "the service manager could not be told");
    }
}

async fn close_updater(updater: &UpdaterHandle) {
    if !updater.shutdown(LISTENER_DEADLINE).await {
        error!("the updater did not stop in time");
    }
}

async fn close_sync(sync: Option<&SyncHandle>) {
    if let Some(sync) = sync
        && !sync.shutdown(LISTENER_DEADLINE).await
    {
        error!("sync did not stop in time");
    }
}

async fn close_scheduler(scheduler: Option<&SchedulerHandle>) {
    if let Some(scheduler) = scheduler
        && !scheduler.shutdown(LISTENER_DEADLINE).await
    {
        error!("the scheduler did not stop in time");
    }
}

async fn close_hub(hub: Option<&HubHandle>) {
    if let Some(hub) = hub
        && !hub.shutdown(HUB_DEADLINE).await
    {
        error!("the hub did not close in time");
    }
}

/// Stops what comes first: no new connections, then the sessions. Each has its deadline.
async fn stop_serving(reason: StopReason, listener: &Addr<Listener>, service: &Service) {
    info!(?reason, "stopping");
    if reason != StopReason::Restart {
        notify(NotifyState::Stopping);
    }
    if !matches!(timeout(LISTENER_DEADLINE, listener.send(StopListening)).await, Ok(Ok(()))) {
        error!("the listener did not stop in time");
    }
    if timeout(SESSIONS_DEADLINE, service.close()).await.is_err() {
        warn!("some requests were cut off; their clients learn the outcome when they connect again");
    }
}

/// Stops the daemon on SIGTERM, SIGINT or SIGHUP.
async fn stop_on_signals(stop: StopHandle) {
    let listen = |kind| signal(kind).map_err(|error| error!(%error, "a signal cannot be listened to"));
    let (Ok(mut terminate), Ok(mut interrupt), Ok(mut hang_up)) =
        (listen(SignalKind::terminate()), listen(SignalKind::interrupt()), listen(SignalKind::hangup()))
    else {
        // The signals keep their default, which ends the process at once; acknowledged writes survive that.
        return;
    };
    loop {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hang_up.recv() => {}
        }
        stop.stop(StopReason::Signal);
    }
}
