//! Long answers: handed over piece by piece, counted until the last is, and given up when nobody reads them.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::sleep;

use super::memory::Held;
use super::presence::ReadPlace;

/// Bytes of a piece: as many as the server writes at once. It asks for the next when they are gone.
const PIECE: usize = 32 << 10;

/// A body with what it takes of the hub.
#[derive(Debug)]
struct Unread {
    bytes: Bytes,
    _held: Held,
    _place: ReadPlace,
}

/// A body that a client may take its time to read, but no longer than a deadline: the rest is dropped then, and the
/// connection ends when the client goes on.
#[derive(Debug)]
pub(super) struct SlowBody {
    length: u64,
    /// Gone once the last piece is handed over, or the time is up.
    unread: Rc<RefCell<Option<Unread>>>,
    is_whole: bool,
    watch: JoinHandle<()>,
}

impl SlowBody {
    pub(super) fn new(bytes: Vec<u8>, held: Held, place: ReadPlace, deadline: Duration) -> Self {
        let length = bytes.len() as u64;
        let unread = Unread { bytes: Bytes::from(bytes), _held: held, _place: place };
        let unread = Rc::new(RefCell::new(Some(unread)));
        let watched = Rc::clone(&unread);
        let watch = spawn_local(async move {
            sleep(deadline).await;
            if watched.borrow_mut().take().is_some() {
                tracing::info!("an answer was not read in time");
            }
        });
        Self { length, unread, is_whole: length == 0, watch }
    }
}

impl Drop for SlowBody {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

impl MessageBody for SlowBody {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.length)
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, io::Error>>> {
        let this = self.get_mut();
        let mut place = this.unread.borrow_mut();
        let Some(unread) = place.as_mut() else {
            let too_late = || io::Error::new(io::ErrorKind::TimedOut, "the answer was not read in time");
            return Poll::Ready((!this.is_whole).then(|| Err(too_late())));
        };
        let piece = unread.bytes.split_to(unread.bytes.len().min(PIECE));
        if unread.bytes.is_empty() {
            *place = None;
            this.is_whole = true;
        }
        Poll::Ready(Some(Ok(piece)))
    }
}
