//! The Updater actor: keeps heph up to date.
//!
//! Transport only: what is done next is decided in `domain::update`, how it is done stands in `update`. One task
//! ([`driver`]) looks and updates; what it is at is told through a `watch` channel.

mod driver;
mod standing;

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use heph_protocol::envelope::to_map;
use heph_protocol::{ErrorCode, Request, WireError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use self::driver::{Command, Driver, Task};
pub use self::standing::Standing;
use super::lifecycle::{FatalOnPanic, StopHandle};
use crate::config::Config;
use crate::environment::Environment;
use crate::update::guard::running_version;
use crate::update::round::Round;

/// Commands that wait for the driver at most.
const WAITING: usize = 8;

/// What the updater is started with.
pub struct UpdaterOptions {
    /// The settings of the daemon.
    pub config: Config,
    /// The arguments it was started with.
    pub arguments: Vec<OsString>,
    /// Time and randomness.
    pub environment: Environment,
    /// Stops the daemon for the new version, or after a fault.
    pub stop: StopHandle,
}

/// Asks the updater for something; answers the encoded result map.
#[derive(Debug, Message)]
#[rtype(result = "Result<Vec<u8>, WireError>")]
pub struct UpdateCall(pub Request);

/// Ends the task and stops the actor.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct StopUpdater;

/// The async face of the updater.
#[derive(Clone)]
pub struct UpdaterHandle {
    to: Recipient<UpdateCall>,
    stop: Recipient<StopUpdater>,
    standing: watch::Receiver<Standing>,
}

impl UpdaterHandle {
    /// Carries out a request of a client.
    ///
    /// # Errors
    /// What the updater answers; `busy` while an update is under way.
    pub async fn call(&self, request: Request) -> Result<Vec<u8>, WireError> {
        self.to.send(UpdateCall(request)).await.unwrap_or_else(|_| Err(gone()))
    }

    /// What it is at, as news.
    pub fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.clone()
    }

    /// Ends it; `false` when that took too long. A build under way is ended with it.
    pub async fn shutdown(&self, deadline: Duration) -> bool {
        matches!(tokio::time::timeout(deadline, self.stop.send(StopUpdater)).await, Ok(Ok(())))
    }
}

struct UpdaterActor {
    config: Arc<Config>,
    round: Round,
    commands: mpsc::Sender<Command>,
    standing: watch::Receiver<Standing>,
    ends: CancellationToken,
    driver: Option<tokio::task::JoinHandle<()>>,
    _fatal: FatalOnPanic,
}

impl Actor for UpdaterActor {
    type Context = Context<Self>;
}

/// Starts to keep heph up to date: by itself where the settings say so, else when somebody asks.
pub fn start(options: UpdaterOptions) -> UpdaterHandle {
    let UpdaterOptions { config, arguments, environment, stop } = options;
    let config = Arc::new(config);
    let round = Round::new(Arc::clone(&config), arguments, running_version());
    let (commands, queue) = mpsc::channel(WAITING);
    let ends = CancellationToken::new();
    let (standing_tx, standing) = watch::channel(Standing::of(&round.ledger()));
    let driver = Driver {
        config: Arc::clone(&config),
        round: round.clone(),
        standing: standing_tx,
        environment,
        stop: stop.clone(),
    };
    let guard = FatalOnPanic::new("updater driver", stop.clone());
    let ended = ends.clone();
    let driver = actix_rt::spawn(async move {
        let _guard = guard;
        driver.run(queue, ended).await;
    });
    let fatal = FatalOnPanic::new("updater", stop);
    let told = standing.clone();
    let actor = UpdaterActor { config, round, commands, standing, ends, driver: Some(driver), _fatal: fatal };
    let address = actor.start();
    UpdaterHandle { to: address.clone().recipient(), stop: address.recipient(), standing: told }
}

impl Handler<UpdateCall> for UpdaterActor {
    type Result = ResponseFuture<Result<Vec<u8>, WireError>>; // runs beside other messages

    fn handle(&mut self, UpdateCall(request): UpdateCall, _: &mut Context<Self>) -> Self::Result {
        let (config, round, standing) = (Arc::clone(&self.config), self.round.clone(), self.standing.clone());
        let status = move || {
            let standing = standing.borrow().clone();
            to_map(&standing.to_wire(&config, &round))
        };
        let asked = match request {
            Request::UpdateCheck(_) => self.command(Task::Look),
            Request::UpdateRun(_) => self.command(Task::Update),
            _ => return Box::pin(async move { Ok(status()) }),
        };
        Box::pin(async move {
            asked?.await.map_err(|_| gone())??;
            Ok(status())
        })
    }
}

/// Where the answer to a command comes from.
type Answer = oneshot::Receiver<Result<(), WireError>>;

impl UpdaterActor {
    /// Gives the driver something to do, unless it has.
    fn command(&self, task: Task) -> Result<Answer, WireError> {
        let busy = || {
            WireError::new(ErrorCode::Busy, "an update is under way")
                .hint("heph daemon status tells how far it is")
        };
        if self.standing.borrow().is_busy() {
            return Err(busy());
        }
        let (reply, answer) = oneshot::channel();
        self.commands.try_send(Command { task, reply }).map_err(|_| busy())?;
        Ok(answer)
    }
}

impl Handler<StopUpdater> for UpdaterActor {
    type Result = AtomicResponse<Self, ()>; // a build ends with its task

    fn handle(&mut self, _: StopUpdater, _: &mut Context<Self>) -> Self::Result {
        self.ends.cancel();
        let driver = self.driver.take();
        let ending = async move {
            if let Some(driver) = driver {
                // How it ended is in the log.
                let _ = driver.await;
            }
        };
        AtomicResponse::new(Box::pin(ending.into_actor(self).map(|(), _, context| context.stop())))
    }
}

fn gone() -> WireError {
    WireError::new(ErrorCode::Internal, "the updater does not answer")
        .hint("see the log; heph doctor names it")
}
