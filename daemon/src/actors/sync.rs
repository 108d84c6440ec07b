//! The Sync actor: keeps a store and its hub the same.
//!
//! Transport only: what comes of operations is decided in `domain::sync` and done by the Store actor, how a hub is asked
//! stands in `sync`. One task drives ([`driver`]), one hears the hub's news ([`live`]), one looks after the login
//! ([`desk`]); what they are at is told through a `watch` channel.

mod block;
mod check;
mod courier;
mod desk;
mod driver;
mod live;
mod standing;
mod talk;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use heph_protocol::{Request, WireError};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use self::courier::{Carrying, Courier, Wanted};
use self::desk::Desk;
use self::driver::Driver;
pub use self::standing::Standing;
use self::talk::Talk;
use super::lifecycle::{FatalOnPanic, StopHandle};
use super::store_handle::StoreHandle;
use crate::config::SpokeConfig;
use crate::domain::id::DeviceId;
use crate::domain::page::BlobHash;
use crate::environment::Environment;
use crate::http::{ClientError, client};
use crate::oidc::transport::Transport;
use crate::store::Blobs;
use crate::store::hub::HubStore;
use crate::sync::hub::HttpHub;
use crate::sync::login::Login;
use crate::sync::own::OwnHub;
use crate::sync::way::Way;

/// Commands that wait for the driver at most.
const WAITING: usize = 64;

/// How long who asks for a file waits for it; less than a client does.
const FETCHING: Duration = Duration::from_secs(3);

/// What sync is started with.
pub struct SyncOptions {
    /// The store.
    pub store: StoreHandle,
    /// Its file, beside which tokens may lie.
    pub db: PathBuf,
    /// The hub.
    pub hub: SyncHub,
    /// Time and randomness.
    pub environment: Environment,
    /// Stops the daemon after a fault.
    pub stop: StopHandle,
}

/// The hub a store syncs with.
pub enum SyncHub {
    /// One somewhere.
    Elsewhere(SpokeConfig),
    /// The one in this daemon.
    Here {
        /// Its store.
        store: HubStore,
        /// Its issuer.
        issuer: Option<String>,
        /// The subject whose account the store's is.
        owner: String,
    },
}

/// Why there is no sync.
#[derive(Debug, thiserror::Error)]
pub enum SyncStartError {
    /// No requests can be made.
    #[error(transparent)]
    Http(#[from] ClientError),
    /// The hub's address is none.
    #[error("{0}; see --hub-url")]
    Url(String),
    /// The store does not answer.
    #[error("the store does not answer: {0}")]
    Store(String),
}

/// Asks sync for something; answers the encoded result map.
#[derive(Debug, Message)]
#[rtype(result = "Result<Vec<u8>, WireError>")]
pub struct SyncCall(pub Request);

/// Asks for a file whose bytes are not on this machine.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "Fetched")]
pub struct FetchFile {
    /// Its hash.
    pub hash: BlobHash,
    /// Its size.
    pub bytes: u64,
}

/// What became of a file that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, MessageResponse)]
pub enum Fetched {
    /// It is here now.
    Here,
    /// It is on its way.
    Coming,
    /// It comes later, and why.
    Later(String),
}

/// Ends the tasks and stops the actor.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct StopSync;

/// The async face of sync.
#[derive(Clone)]
pub struct SyncHandle {
    to: Recipient<SyncCall>,
    fetch: Recipient<FetchFile>,
    stop: Recipient<StopSync>,
    standing: watch::Receiver<Standing>,
}

impl SyncHandle {
    /// Carries out a request of a client.
    ///
    /// # Errors
    /// What sync answers.
    pub async fn call(&self, request: Request) -> Result<Vec<u8>, WireError> {
        match self.to.send(SyncCall(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(talk::gone()),
        }
    }

    /// Fetches a file, now or as soon as it can be had.
    pub async fn fetch(&self, file: FetchFile) -> Fetched {
        self.fetch.send(file).await.unwrap_or_else(|_| Fetched::Later("sync has ended".to_owned()))
    }

    /// What sync is at, as news.
    pub fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.clone()
    }

    /// Ends sync; `false` when that took too long. What was under way is taken up at the next start.
    pub async fn shutdown(&self, deadline: Duration) -> bool {
        matches!(tokio::time::timeout(deadline, self.stop.send(StopSync)).await, Ok(Ok(())))
    }
}

/// What the driver is told.
#[derive(Debug)]
pub(super) enum Command {
    /// To sync now, and to say when both agree or why not.
    Now(watch::Sender<Answers>),
    /// To join though both sides have something.
    Join(watch::Sender<Answers>),
}

/// How what was commanded goes on.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// How often the hub has answered meanwhile.
    pub(super) answers: u64,
    /// Whether it is over.
    pub(super) is_done: bool,
}

struct SyncActor {
    talk: Talk,
    courier: mpsc::Sender<Wanted>,
    ends: CancellationToken,
    _fatal: FatalOnPanic,
}

impl Actor for SyncActor {
    type Context = Context<Self>;
}

/// Starts to keep a store and its hub the same.
///
/// # Errors
/// [`SyncStartError`]
pub async fn start(options: SyncOptions) -> Result<SyncHandle, SyncStartError> {
    let SyncOptions { store, db, hub, environment, stop } = options;
    let facts = store.describe().await.map_err(|error| SyncStartError::Store(error.message))?;
    let (hub, config, transport) = way(hub, facts.device, &environment)?;
    let blobs = Blobs::beside(&db);
    let login = Login::new(db, config.clone(), transport, environment.clone());
    let (standing_tx, standing) = watch::channel(Standing::begin(&config.url));
    let (commands, to_driver) = mpsc::channel(WAITING);
    let (to_desk, asked) = mpsc::channel(WAITING);
    let (who_tx, who) = watch::channel(None);
    let (to_courier, wanted) = mpsc::channel(WAITING);
    let (carrying_tx, carrying) = watch::channel(Carrying::default());
    let changed = Arc::new(Notify::new());
    let ends = CancellationToken::new();
    let desk = Desk::new(login, hub.clone(), who_tx, Arc::clone(&changed));
    let talk = Talk {
        hub: hub.clone(),
        store: store.clone(),
        desk: to_desk.clone(),
        driver: commands,
        standing: standing.clone(),
        carrying,
        who,
        device: facts.device,
        url: config.url,
    };
    let courier =
        Courier::new(hub.clone(), store.clone(), to_desk.clone(), blobs, standing.clone(), carrying_tx);
    let driver = Driver::new(hub, store, to_desk, environment, standing_tx, facts.device, changed);
    spawn("sync driver", &stop, &ends, driver.run(to_driver));
    spawn("sync desk", &stop, &ends, desk.run(asked));
    spawn("sync courier", &stop, &ends, courier.run(wanted));
    let address =
        SyncActor { talk, courier: to_courier, ends, _fatal: FatalOnPanic::new("sync", stop) }.start();
    let (to, fetch) = (address.clone().recipient(), address.clone().recipient());
    Ok(SyncHandle { to, fetch, stop: address.recipient(), standing })
}

/// The way to a hub, and what logging in there needs.
fn way(
    hub: SyncHub,
    device: DeviceId,
    environment: &Environment,
) -> Result<(Way, SpokeConfig, Transport), SyncStartError> {
    match hub {
        SyncHub::Elsewhere(config) => {
            let http = client(config.ca.as_deref())?;
            let hub = HttpHub::new(http.clone(), &config.url, device).map_err(SyncStartError::Url)?;
            Ok((Way::Http(hub), config, Transport::new(http)))
        }
        SyncHub::Here { store, issuer, owner } => {
            let config = SpokeConfig {
                url: "this machine".to_owned(),
                ca: None,
                issuer: issuer.clone(),
                client_id: String::new(),
                token_file: None,
            };
            let hub = OwnHub::new(store, issuer, &owner, device, environment.clone());
            Ok((Way::Own(hub), config, Transport::new(client(None)?)))
        }
    }
}

fn spawn(
    name: &'static str,
    stop: &StopHandle,
    ends: &CancellationToken,
    work: impl Future<Output = ()> + 'static,
) {
    let (guard, ends) = (FatalOnPanic::new(name, stop.clone()), ends.clone());
    actix_rt::spawn(async move {
        let _guard = guard;
        tokio::select! {
            () = work => {}
            () = ends.cancelled() => {}
        }
    });
}

impl Handler<SyncCall> for SyncActor {
    type Result = ResponseFuture<Result<Vec<u8>, WireError>>; // runs beside other messages

    fn handle(&mut self, SyncCall(request): SyncCall, _: &mut Context<Self>) -> Self::Result {
        let talk = self.talk.clone();
        Box::pin(async move { talk.answer(request).await })
    }
}

impl Handler<FetchFile> for SyncActor {
    type Result = ResponseFuture<Fetched>; // runs beside other messages

    fn handle(&mut self, FetchFile { hash, bytes }: FetchFile, _: &mut Context<Self>) -> Self::Result {
        let (talk, courier) = (self.talk.clone(), self.courier.clone());
        Box::pin(async move {
            let (here, is_here) = oneshot::channel();
            if courier.send(Wanted { hash, bytes, here }).await.is_err() {
                return Fetched::Later("sync has ended".to_owned());
            }
            talk.fetched(is_here).await
        })
    }
}

impl Handler<StopSync> for SyncActor {
    type Result = ();

    fn handle(&mut self, _: StopSync, ctx: &mut Context<Self>) {
        self.ends.cancel();
        ctx.stop();
    }
}
