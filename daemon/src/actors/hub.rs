//! The Hub actor: owns the hub's HTTP server and its store.
//!
//! Transport only: what a request may do is in `hub`, what enters a log in `domain::sync::hub`.

mod no_store;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use actix_web::dev::{Server, ServerHandle};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tracing::{error, info, warn};

pub use self::no_store::NoStore;
use super::lifecycle::{FatalOnPanic, StopHandle, StopReason};
use crate::config::HubConfig;
use crate::environment::Environment;
use crate::hub::auth::{LoopbackToken, VerifyToken};
use crate::hub::tls::{Certificate, TlsError};
use crate::hub::{Hub, HubSetup, Pace, serve, serve_metrics};
use crate::store::StoreError;
use crate::store::hub::{HubStore, HubWriter};

/// What a hub is started with.
pub struct HubOptions {
    /// The database file.
    pub db: PathBuf,
    /// Its settings.
    pub config: HubConfig,
    /// Tells who somebody is, where there is an issuer.
    pub verifier: Option<Arc<dyn VerifyToken>>,
    /// What an account may hold, in bytes.
    pub quota: u64,
    /// How often a device may ask.
    pub pace: Pace,
    /// Time and randomness.
    pub environment: Environment,
    /// Stops the daemon after a fault.
    pub stop: StopHandle,
}

/// A hub cannot start.
#[derive(Debug, thiserror::Error)]
pub enum HubStartError {
    /// Its address cannot be had.
    #[error("the hub cannot listen on {address}: {source}; choose another address with --http-addr")]
    Address {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The file of its token cannot be used.
    #[error("the token in {} cannot be used: {source}", path.display())]
    Token {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Its certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Its store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It has an issuer that nothing here can ask.
    #[error("oidc_issuer is not in this version of hephd; take it out, or upgrade hephd")]
    Issuer,
}

/// A hub that serves.
#[derive(Debug, Clone)]
pub struct HubHandle {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where it tells its figures, if it does.
    pub metrics: Option<SocketAddr>,
    /// Its store.
    pub store: HubStore,
    actor: Addr<HubActor>,
}

impl HubHandle {
    /// Ends what is in flight, writes what was taken, and closes; `false` when that took too long.
    pub async fn shutdown(&self, deadline: Duration) -> bool {
        matches!(timeout(2 * deadline, self.actor.send(StopHub { deadline })).await, Ok(Ok(())))
    }
}

/// Takes no more requests, ends those in flight, closes the store, and stops the actor.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct StopHub {
    /// How long the requests and the store may take, each.
    pub deadline: Duration,
}

/// Owns the server and the store.
struct HubActor {
    hub: Arc<Hub>,
    store: HubStore,
    server: ServerHandle,
    metrics: Option<ServerHandle>,
    writer: Option<JoinHandle<()>>,
    _fatal: FatalOnPanic,
}

impl Actor for HubActor {
    type Context = Context<Self>;
}

/// Opens the store, binds the address, and serves.
///
/// # Errors
/// [`HubStartError`]; nothing serves then.
pub async fn start(options: HubOptions) -> Result<HubHandle, HubStartError> {
    let HubOptions { db, config, verifier, quota, pace, environment, stop } = options;
    let tls = config.tls.as_ref().map(|files| Certificate::read(files)?.into_config()).transpose()?;
    let (listener, address) = bind(config.http_addr)?;
    let metrics = config.metrics_addr.map(bind).transpose()?;
    let verifier = match (verifier, &config.issuer) {
        (Some(verifier), _) => verifier,
        (None, Some(_)) => return Err(HubStartError::Issuer),
        (None, None) => loopback_token(&db, address, &environment)?,
    };
    warn_of_plain_http(&config, address);
    let (store, writer) = HubStore::open(&db, &environment, quota).await?;
    let is_plain = tls.is_none();
    let hub = Arc::new(Hub::new(HubSetup { store: store.clone(), config, verifier, environment, pace }));
    let metrics_address = metrics.as_ref().map(|(_, address)| *address);
    let served = serve(listener, tls, Arc::clone(&hub)).and_then(|server| {
        let metrics = metrics.map(|(listener, _)| serve_metrics(listener, Arc::clone(&hub)));
        Ok((server, metrics.transpose()?))
    });
    let (server, metrics) = match served {
        Ok(servers) => servers,
        Err(source) => {
            store.close().await;
            return Err(HubStartError::Address { address, source });
        }
    };
    let handle = server.handle();
    let metrics_handle = metrics.as_ref().map(Server::handle);
    let writer = run_writer(writer, stop.clone());
    run_server(server, Arc::clone(&hub), stop.clone());
    if let Some(metrics) = metrics {
        run_server(metrics, Arc::clone(&hub), stop.clone());
    }
    let fatal = FatalOnPanic::new("hub", stop);
    let actor = HubActor {
        hub,
        store: store.clone(),
        server: handle,
        metrics: metrics_handle,
        writer: Some(writer),
        _fatal: fatal,
    }
    .start();
    info!(%address, tls = !is_plain, db = %db.display(), "the hub serves");
    Ok(HubHandle { address, metrics: metrics_address, store, actor })
}

/// A hub's store without a server: for a version that has still to be confirmed.
pub struct QuietHub {
    /// Its store.
    pub store: HubStore,
    writer: JoinHandle<()>,
}

impl QuietHub {
    /// Opens the store, which may migrate it.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn open(
        db: &std::path::Path,
        environment: &Environment,
        quota: u64,
        stop: StopHandle,
    ) -> Result<Self, StoreError> {
        let (store, writer) = HubStore::open(db, environment, quota).await?;
        Ok(Self { store, writer: run_writer(writer, stop) })
    }

    /// Closes it.
    pub async fn close(self, deadline: Duration) {
        self.store.finish_writing();
        if timeout(deadline, self.writer).await.is_err() {
            error!("the hub's writer did not finish in time");
        }
        self.store.close().await;
    }
}

fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), HubStartError> {
    let failed = |source| HubStartError::Address { address, source };
    let listener = TcpListener::bind(address).map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

fn loopback_token(
    db: &std::path::Path,
    address: SocketAddr,
    environment: &Environment,
) -> Result<Arc<dyn VerifyToken>, HubStartError> {
    let path = LoopbackToken::file_beside(db, address.port());
    match LoopbackToken::in_file(&path, environment) {
        Ok(token) => Ok(Arc::new(token)),
        Err(source) => Err(HubStartError::Token { path, source }),
    }
}

/// Plain HTTP is for this machine, a private network, or a proxy that speaks TLS.
fn warn_of_plain_http(config: &HubConfig, address: SocketAddr) {
    if config.tls.is_none() && !crate::http::is_private(address.ip()) {
        warn!(%address, "the hub serves plain HTTP on a public address; add --tls-cert and --tls-key, or a TLS proxy");
    }
}

fn run_writer(writer: HubWriter, stop: StopHandle) -> JoinHandle<()> {
    let guard = FatalOnPanic::new("hub writer", stop);
    actix_rt::spawn(async move {
        let _guard = guard;
        writer.run().await;
    })
}

/// Runs the server until it is stopped; one that ends by itself stops the daemon.
fn run_server(server: Server, hub: Arc<Hub>, stop: StopHandle) {
    let guard = FatalOnPanic::new("hub server", stop.clone());
    actix_rt::spawn(async move {
        let _guard = guard;
        let ended = server.await;
        if !hub.is_closing() {
            error!(?ended, "the hub's server ended; the daemon stops");
            stop.stop(StopReason::Fatal);
        }
    });
}

impl Handler<StopHub> for HubActor {
    type Result = AtomicResponse<Self, ()>; // requests end, then the writer, then the readers close

    fn handle(&mut self, StopHub { deadline }: StopHub, _: &mut Context<Self>) -> Self::Result {
        self.hub.close();
        let (server, store, writer) = (self.server.clone(), self.store.clone(), self.writer.take());
        let metrics = self.metrics.take();
        let closing = async move {
            if timeout(deadline, server.stop(true)).await.is_err() {
                warn!("some requests were cut off; their spokes ask again");
            }
            // Until here it tells that the hub is not ready any more.
            if let Some(metrics) = metrics {
                metrics.stop(false).await;
            }
            store.finish_writing();
            if let Some(writer) = writer
                && timeout(deadline, writer).await.is_err()
            {
                error!("the hub's writer did not finish in time");
            }
            store.close().await;
        };
        AtomicResponse::new(Box::pin(closing.into_actor(self).map(|(), _, context| context.stop())))
    }
}
