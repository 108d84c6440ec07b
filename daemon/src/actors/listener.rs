//! Listener actor: owns the socket and its lock, and gives each connection a session.

pub mod lock;
pub mod place;
pub mod socket;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use heph_protocol::envelope::{CONNECTION_ID, Message as Wire};
use heph_protocol::{ErrorCode, WireError};
use tokio::net::{UnixListener, UnixStream};
use tracing::{debug, warn};

use self::lock::Lock;
use self::socket::Socket;
use super::lifecycle::{FatalOnPanic, StopHandle};
use super::session::{MAX_SESSIONS, Service, Session, framed};

/// Shortest wait after a failed accept; doubled each time up to [`MAX_BACKOFF`].
const MIN_BACKOFF: Duration = Duration::from_millis(50);

/// Longest wait after a failed accept.
const MAX_BACKOFF: Duration = Duration::from_secs(1);

/// Takes no more connections, and removes the socket.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct StopListening;

/// The socket, bound, with what keeps others off it.
#[derive(Debug)]
pub struct Bound {
    /// Takes the connections.
    pub listener: UnixListener,
    /// The socket's file. Dropped, and so removed, before the lock.
    pub socket: Socket,
    /// The lock of the socket.
    pub lock: Lock,
}

/// Accepts connections.
pub struct Listener {
    service: Arc<Service>,
    /// The listener until the accept loop has it.
    listener: Option<UnixListener>,
    /// What keeps others off the socket; given up at the end of listening, the file before the lock.
    hold: Option<(Socket, Lock)>,
    stop: StopHandle,
    _fatal: FatalOnPanic,
}

impl Listener {
    /// Starts to accept connections.
    pub fn serve(bound: Bound, service: Arc<Service>, stop: StopHandle) -> Addr<Self> {
        let Bound { listener, socket, lock } = bound;
        let fatal = FatalOnPanic::new("listener", stop.clone());
        Self { service, listener: Some(listener), hold: Some((socket, lock)), stop, _fatal: fatal }.start()
    }
}

impl Actor for Listener {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        if let Some(listener) = self.listener.take() {
            let fatal = FatalOnPanic::new("listener", self.stop.clone());
            ctx.spawn(accept(listener, Arc::clone(&self.service), fatal).into_actor(self));
        }
    }
}

impl Handler<StopListening> for Listener {
    type Result = ();

    fn handle(&mut self, _: StopListening, ctx: &mut Self::Context) {
        self.hold = None;
        ctx.stop();
    }
}

/// Accepts until it is dropped. What goes wrong with one connection, or with descriptors running out, passes.
async fn accept(listener: UnixListener, service: Arc<Service>, _fatal: FatalOnPanic) {
    let mut backoff = MIN_BACKOFF;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                backoff = MIN_BACKOFF;
                admit(stream, &service);
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                warn!(%error, wait_ms = backoff.as_millis() as u64, "a connection could not be accepted");
                tokio::time::sleep(backoff).await;
                backoff = (backoff * 2).min(MAX_BACKOFF);
            }
        }
    }
}

/// Serves a connection of the same user if there is a place; else says why not and closes it.
fn admit(stream: UnixStream, service: &Arc<Service>) {
    match check_peer(&stream) {
        Ok(()) => {}
        Err(error) => return turn_away(&stream, error),
    }
    match service.admit() {
        Some(place) => Session::serve(Arc::clone(service), stream, place),
        None => turn_away(&stream, full()),
    }
}

fn check_peer(stream: &UnixStream) -> Result<(), WireError> {
    let ours = rustix::process::geteuid().as_raw();
    match stream.peer_cred() {
        Ok(peer) if peer.uid() == ours => Ok(()),
        Ok(peer) => {
            warn!(uid = peer.uid(), "a connection of another user was refused");
            Err(WireError::new(ErrorCode::Refused, "this socket is another user's")
                .hint("start your own hephd"))
        }
        Err(error) => {
            warn!(%error, "a connection of an unknown user was refused");
            Err(WireError::new(ErrorCode::Refused, "the system does not tell who connects")
                .hint("connect again"))
        }
    }
}

fn full() -> WireError {
    WireError::new(
        ErrorCode::Busy,
        format!("{MAX_SESSIONS} clients are connected, which is all there is room for"),
    )
    .hint("close some and try again")
}

fn turn_away(stream: &UnixStream, error: WireError) {
    debug!(message = error.message, "a connection was turned away");
    let farewell = framed(&Wire::Reply { id: CONNECTION_ID, result: Err(error) });
    // The buffer of a new socket takes a short frame at once; if it does not, the closed socket says enough.
    let _ = stream.try_write(&farewell);
}
