//! Reads frames off a connection, one at a time, as fast as the session takes them.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use heph_protocol::frame::{self, FrameTooLong, HEADER};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// A frame over this many bytes takes one of the few places for large ones.
pub(super) const LARGE_FRAME: usize = 1 << 20;

/// The payload of one frame.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct Received {
    /// The payload.
    pub(super) payload: Vec<u8>,
    /// What it holds while it is worked on.
    pub(super) ticket: Ticket,
}

/// What a request holds while it is in flight.
#[derive(Debug)]
pub(super) struct Ticket {
    /// Its place among the session's requests, kept until the reply is written.
    pub(super) slot: OwnedSemaphorePermit,
    /// Its place among the daemon's large frames, kept until it is answered.
    pub(super) large: Option<OwnedSemaphorePermit>,
}

/// Why reading ended.
#[derive(Debug)]
pub(super) enum ReadEnd {
    /// The client closed its side.
    Closed,
    /// A frame is too long to read.
    TooLong(FrameTooLong),
    /// A frame was begun and not finished in time.
    Stalled,
    /// The connection broke.
    Broken(io::Error),
    /// The session is gone.
    Abandoned,
}

impl From<io::Error> for ReadEnd {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::Closed } else { Self::Broken(error) }
    }
}

/// Reads until the connection ends. Not a byte is read while all slots are taken: that is the back-pressure.
///
/// `deadline` is for the rest of a frame once its first byte is there, and for a large one's wait for its place.
pub(super) async fn run(
    half: impl AsyncRead + Unpin,
    slots: Arc<Semaphore>,
    large_frames: Arc<Semaphore>,
    deadline: Duration,
    session: Recipient<Received>,
) -> ReadEnd {
    let mut input = BufReader::new(half);
    loop {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return ReadEnd::Abandoned };
        let (payload, large) = match next_frame(&mut input, &large_frames, deadline).await {
            Ok(frame) => frame,
            Err(end) => return end,
        };
        if session.send(Received { payload, ticket: Ticket { slot, large } }).await.is_err() {
            return ReadEnd::Abandoned;
        }
    }
}

async fn next_frame(
    input: &mut BufReader<impl AsyncRead + Unpin>,
    large_frames: &Arc<Semaphore>,
    deadline: Duration,
) -> Result<(Vec<u8>, Option<OwnedSemaphorePermit>), ReadEnd> {
    if input.fill_buf().await?.is_empty() {
        return Err(ReadEnd::Closed);
    }
    timeout(deadline, read_frame(input, large_frames)).await.unwrap_or(Err(ReadEnd::Stalled))
}

async fn read_frame(
    input: &mut BufReader<impl AsyncRead + Unpin>,
    large_frames: &Arc<Semaphore>,
) -> Result<(Vec<u8>, Option<OwnedSemaphorePermit>), ReadEnd> {
    let mut header = [0; HEADER];
    input.read_exact(&mut header).await?;
    let length = frame::payload_len(header).map_err(ReadEnd::TooLong)?;
    let large = if length > LARGE_FRAME {
        Some(Arc::clone(large_frames).acquire_owned().await.map_err(|_| ReadEnd::Abandoned)?)
    } else {
        None
    };
    // Grows with what arrives: a header alone does not take the memory it announces.
    let mut payload = Vec::with_capacity(length.min(8 << 10));
    input.take(length as u64).read_to_end(&mut payload).await?;
    if payload.len() < length {
        return Err(ReadEnd::Closed);
    }
    Ok((payload, large))
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn a_frame_that_does_not_end_is_given_up() {
        let (mut client, server) = tokio::io::duplex(64);
        client.write_all(&[0, 0, 0, 9, 1, 2]).await.unwrap();
        let end = next_frame(&mut BufReader::new(server), &Arc::new(Semaphore::new(1)), SHORT).await;
        assert!(matches!(end, Err(ReadEnd::Stalled)));
    }

    #[tokio::test]
    async fn a_frame_cut_short_is_no_frame() {
        let input: &[u8] = &[0, 0, 0, 9, 1, 2];
        let end = next_frame(&mut BufReader::new(input), &Arc::new(Semaphore::new(1)), LONG).await;
        assert!(matches!(end, Err(ReadEnd::Closed)));
    }

    #[tokio::test]
    async fn a_length_over_the_cap_is_refused_before_a_byte_is_read() {
        let input: &[u8] = &[0xff, 0xff, 0xff, 0xff, 1, 2];
        let end = next_frame(&mut BufReader::new(input), &Arc::new(Semaphore::new(1)), LONG).await;
        assert!(matches!(end, Err(ReadEnd::TooLong(FrameTooLong { announced: 0xffff_ffff }))));
    }

    #[tokio::test]
    async fn a_large_frame_takes_a_place_and_waits_for_one() {
        let payload = vec![7; LARGE_FRAME + 1];
        let framed = frame::encode(&payload).unwrap();
        let places = Arc::new(Semaphore::new(1));
        let (read, place) = next_frame(&mut BufReader::new(framed.as_slice()), &places, LONG).await.unwrap();
        assert_eq!(read, payload);
        assert!(place.is_some());
        let waiting = next_frame(&mut BufReader::new(framed.as_slice()), &places, SHORT).await;
        assert!(matches!(waiting, Err(ReadEnd::Stalled)));
        let small = frame::encode(&[1]).unwrap();
        let (_, none) = next_frame(&mut BufReader::new(small.as_slice()), &places, LONG).await.unwrap();
        assert!(none.is_none());
    }
}
