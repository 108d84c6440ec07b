//! A version on trial: it opens its stores and its socket, answers reads, asks itself what a client asks, and is confirmed.
//!
//! Nothing else starts: no HTTP, no sync, no reminders. So nothing is lost when it is taken back.

use std::path::Path;

use tracing::{error, info};

use super::{
    HUB_DEADLINE, Helpers, OpenStore, STORE_DEADLINE, StartError, StopReason, ask_for_time, lock, start,
    stop_serving,
};
use crate::actors::hub::{NoStore, QuietHub};
use crate::actors::lifecycle::StopHandle;
use crate::actors::store::StoreOptions;
use crate::actors::store_handle::StoreHandle;
use crate::config::{Config, Mode};
use crate::environment::Environment;
use crate::store::hub::DEFAULT_QUOTA;
use crate::update::guard::Trial;
use crate::update::trial::{Read, try_out};

/// Runs until the version is confirmed, which ends with [`StopReason::Restart`], or there is another reason to end.
///
/// # Errors
/// [`StartError`] when the version does not do what it is there for.
pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    stop: &StopHandle,
    open_store: &impl OpenStore,
    trial: &Trial,
) -> Result<StopReason, StartError> {
    let (_store_locks, socket_lock) = lock(config)?;
    info!(version = env!("CARGO_PKG_VERSION"), "on trial after an update");
    let (store, hub) = tokio::select! {
        opened = open(config, environment, stop, open_store) => opened?,
        reason = stop.stopped() => return Ok(reason),
        never = ask_for_time() => match never {},
    };
    let tried = match start(config, stop, &store, Helpers::default(), socket_lock).await {
        Ok((service, listener)) => {
            let tried = tokio::select! {
                tried = confirm(&config.socket, config.mode, trial) => tried,
                reason = stop.stopped() => Ok(reason),
                never = ask_for_time() => match never {},
            };
            if tried.is_ok() {
                // Clients hear that the daemon comes back at once.
                stop.stop(StopReason::Restart);
            }
            stop_serving(StopReason::Restart, &listener, &service).await;
            tried
        }
        Err(error) => Err(error),
    };
    if let Some(hub) = hub {
        hub.close(HUB_DEADLINE).await;
    }
    if !store.shutdown(STORE_DEADLINE).await {
        error!("the store did not close in time");
    }
    tried
}

async fn open(
    config: &Config,
    environment: &Environment,
    stop: &StopHandle,
    open_store: &impl OpenStore,
) -> Result<(StoreHandle, Option<QuietHub>), StartError> {
    let personal = |db| {
        open_store(StoreOptions {
            db,
            attachment_limit: config.attachment_limit,
            environment: environment.clone(),
            stop: stop.clone(),
        })
    };
    if config.mode == Mode::Local {
        return Ok((personal(config.db.clone()).await?, None));
    }
    let hub = QuietHub::open(&config.main_db(), environment, DEFAULT_QUOTA, stop.clone()).await?;
    let store = match config.owners_db() {
        Some(db) => personal(db).await?,
        None => NoStore::start(hub.store.clone(), stop.clone()),
    };
    Ok((store, Some(hub)))
}

/// Asks what a client asks, and notes that the version is good.
async fn confirm(socket: &Path, mode: Mode, trial: &Trial) -> Result<StopReason, StartError> {
    let read = if mode == Mode::Local { Read::Tasks } else { Read::Figures };
    try_out(socket, read).await.map_err(|error| StartError::Trial(error.to_string()))?;
    trial.confirm().map_err(|error| StartError::Trial(error.to_string()))?;
    info!(version = env!("CARGO_PKG_VERSION"), "the update is confirmed");
    Ok(StopReason::Restart)
}
