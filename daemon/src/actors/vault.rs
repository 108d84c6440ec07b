//! The Vault actor: keeps a folder of Markdown files and the pages the same.
//!
//! Transport only: what is done is planned in `domain::vault`, how files are handled stands in `vault`. One task
//! ([`driver`]) works in rounds; what it is at is told through a `watch` channel. It awaits the Store and nobody else.

mod driver;
mod giving;
mod standing;
mod taking;

use std::path::PathBuf;
use std::time::Duration;

use actix::prelude::*;
use heph_protocol::envelope::to_map;
use heph_protocol::response::VaultStatus;
use heph_protocol::{ErrorCode, Request, WireError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use self::driver::{Command, Driver, Order};
use self::standing::Standing;
use super::lifecycle::{FatalOnPanic, StopHandle};
use super::store_handle::StoreHandle;
use crate::environment::Environment;

/// Commands that wait for the driver at most.
const WAITING: usize = 8;

/// What the mirror is started with.
pub struct VaultOptions {
    /// The store.
    pub store: StoreHandle,
    /// The folder.
    pub folder: PathBuf,
    /// Time.
    pub environment: Environment,
    /// Stops the daemon after a fault.
    pub stop: StopHandle,
}

/// Asks the mirror for something; answers the encoded result map.
#[derive(Debug, Message)]
#[rtype(result = "Result<Vec<u8>, WireError>")]
pub struct VaultCall(pub Request);

/// Ends the task and stops the actor.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct StopVault;

/// The async face of the mirror.
#[derive(Clone)]
pub struct VaultHandle {
    to: Recipient<VaultCall>,
    stop: Recipient<StopVault>,
}

impl VaultHandle {
    /// Carries out a request of a client.
    ///
    /// # Errors
    /// What the mirror answers.
    pub async fn call(&self, request: Request) -> Result<Vec<u8>, WireError> {
        self.to.send(VaultCall(request)).await.unwrap_or_else(|_| Err(gone()))
    }

    /// Ends it; `false` when that took too long. A file that is being written is written whole or not at all.
    pub async fn shutdown(&self, deadline: Duration) -> bool {
        matches!(tokio::time::timeout(deadline, self.stop.send(StopVault)).await, Ok(Ok(())))
    }
}

/// What a daemon answers that mirrors nothing.
///
/// # Errors
/// `refused` for all but the question how it is.
pub fn without_vault(request: &Request) -> Result<Vec<u8>, WireError> {
    match request {
        Request::VaultStatus(_) => Ok(to_map(&VaultStatus::default())),
        _ => Err(WireError::new(ErrorCode::Refused, "no folder mirrors the pages")
            .hint("heph daemon restart --vault <folder> names one")),
    }
}

struct VaultActor {
    folder: PathBuf,
    commands: mpsc::Sender<Command>,
    standing: watch::Receiver<Standing>,
    ends: CancellationToken,
    driver: Option<tokio::task::JoinHandle<()>>,
    _fatal: FatalOnPanic,
}

impl Actor for VaultActor {
    type Context = Context<Self>;
}

/// Starts to keep a folder and the pages the same.
pub fn start(options: VaultOptions) -> VaultHandle {
    let VaultOptions { store, folder, environment, stop } = options;
    let (commands, queue) = mpsc::channel(WAITING);
    let (standing_tx, standing) = watch::channel(Standing::default());
    let ends = CancellationToken::new();
    let driver = Driver::new(store, folder.clone(), environment, standing_tx);
    let (guard, ended) = (FatalOnPanic::new("vault driver", stop.clone()), ends.clone());
    let driver = actix_rt::spawn(async move {
        let _guard = guard;
        tokio::select! {
            () = driver.run(queue) => {}
            () = ended.cancelled() => {}
        }
    });
    let fatal = FatalOnPanic::new("vault", stop);
    let actor = VaultActor { folder, commands, standing, ends, driver: Some(driver), _fatal: fatal };
    let address = actor.start();
    VaultHandle { to: address.clone().recipient(), stop: address.recipient() }
}

impl Handler<VaultCall> for VaultActor {
    type Result = ResponseFuture<Result<Vec<u8>, WireError>>; // runs beside other messages

    fn handle(&mut self, VaultCall(request): VaultCall, _: &mut Context<Self>) -> Self::Result {
        let (folder, standing) = (self.folder.clone(), self.standing.clone());
        let status = move || to_map(&standing.borrow().to_wire(&folder));
        let order = match request {
            Request::VaultPause(_) => Order::Pause,
            Request::VaultResume(asked) => Order::Resume(asked.missing),
            Request::VaultAdopt(_) => Order::Adopt,
            _ => return Box::pin(async move { Ok(status()) }),
        };
        let (reply, answer) = oneshot::channel();
        let sent = self.commands.try_send(Command { order, reply }).map_err(|_| {
            WireError::new(ErrorCode::Busy, "the mirror has too much to do").hint("try again in a moment")
        });
        Box::pin(async move {
            sent?;
            answer.await.map_err(|_| gone())??;
            Ok(status())
        })
    }
}

impl Handler<StopVault> for VaultActor {
    type Result = AtomicResponse<Self, ()>; // the task ends first

    fn handle(&mut self, _: StopVault, _: &mut Context<Self>) -> Self::Result {
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
    WireError::new(ErrorCode::Internal, "the mirror does not answer")
        .hint("see the log; heph doctor names it")
}
