//! Writes frames to a connection, and bounds what waits to be written.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use heph_protocol::envelope::{CONNECTION_ID, Message};
use heph_protocol::{ErrorCode, Event, WireError, frame};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::timeout;

/// The most frames that wait: a reply for each request in flight, an event, last words, and some to spare.
const QUEUE: usize = 64;

/// The most bytes that wait, in units of [`UNIT`].
const ROOM: usize = (16 << 20) / UNIT;

/// Bytes of one permit of room.
const UNIT: usize = 1 << 10;

/// Why writing ended.
#[derive(Debug)]
pub(super) enum WriteEnd {
    /// All is written and nothing more will come.
    Drained,
    /// The client does not read.
    Slow,
    /// The connection broke.
    Broken(io::Error),
}

/// A frame and what it holds until it is written.
#[derive(Debug)]
struct Outgoing {
    framed: Vec<u8>,
    _room: OwnedSemaphorePermit,
    _held: Option<OwnedSemaphorePermit>,
}

/// Where frames go to be written. The writer ends when the last clone is dropped and all is written.
#[derive(Debug, Clone)]
pub(super) struct Outbox {
    queue: mpsc::Sender<Outgoing>,
    room: Arc<Semaphore>,
}

/// The other end of an [`Outbox`].
#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Receiver<Outgoing>,
}

/// Makes both ends.
pub(super) fn outbox() -> (Outbox, Writer) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    (Outbox { queue: sender, room: Arc::new(Semaphore::new(ROOM)) }, Writer { queue: receiver })
}

impl Outbox {
    /// Puts a reply into the queue; it keeps its slot until it is written.
    ///
    /// Waits while 16 MiB are unsent. A connection that ended swallows it: its client learns nothing more here.
    pub(super) async fn reply(
        &self,
        id: u32,
        result: Result<Vec<u8>, WireError>,
        slot: OwnedSemaphorePermit,
    ) {
        self.send(&Message::Reply { id, result }, Some(slot)).await;
    }

    /// Puts an event into the queue; it keeps the session's place for events until it is written.
    pub(super) async fn event(&self, event: &Event, place: OwnedSemaphorePermit) {
        self.send(&event.to_message(), Some(place)).await;
    }

    /// Puts a message nobody waits for into the queue, if there is room at once.
    pub(super) fn offer(&self, message: &Message) {
        let framed = framed(message);
        if let Ok(room) = Arc::clone(&self.room).try_acquire_many_owned(units(&framed)) {
            // A full queue or an ended writer: the client is gone or does not read, and would not hear it.
            let _ = self.queue.try_send(Outgoing { framed, _room: room, _held: None });
        }
    }

    async fn send(&self, message: &Message, held: Option<OwnedSemaphorePermit>) {
        let framed = framed(message);
        let Ok(room) = Arc::clone(&self.room).acquire_many_owned(units(&framed)).await else { return };
        let _ = self.queue.send(Outgoing { framed, _room: room, _held: held }).await;
    }
}

impl Writer {
    /// Writes until nothing more can come, the client takes longer than the deadline to read a frame, or the
    /// connection breaks.
    pub(super) async fn run(mut self, mut half: impl AsyncWrite + Unpin, deadline: Duration) -> WriteEnd {
        while let Some(outgoing) = self.queue.recv().await {
            match timeout(deadline, half.write_all(&outgoing.framed)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return WriteEnd::Broken(error),
                Err(_) => return WriteEnd::Slow,
            }
        }
        WriteEnd::Drained
    }
}

/// An error that concerns the connection itself.
pub(super) fn connection_error(error: WireError) -> Message {
    Message::Reply { id: CONNECTION_ID, result: Err(error) }
}

/// Frames a message; a reply over the limit becomes an error reply.
pub(in crate::actors) fn framed(message: &Message) -> Vec<u8> {
    frame::encode(&message.encode()).unwrap_or_else(|too_long| {
        let id = if let Message::Reply { id, .. } = message { *id } else { CONNECTION_ID };
        let error = WireError::new(
            ErrorCode::Internal,
            format!("the reply of {} bytes is too long to send", too_long.announced),
        )
        .hint("ask for fewer at once");
        frame::encode(&Message::Reply { id, result: Err(error) }.encode()).expect("an error reply is short")
    })
}

fn units(framed: &[u8]) -> u32 {
    u32::try_from(framed.len().div_ceil(UNIT).min(ROOM)).expect("the room is counted in thousands")
}

#[cfg(test)]
mod tests {
    use heph_protocol::event::Changed;
    use heph_protocol::frame::MAX_PAYLOAD;
    use tokio::io::AsyncReadExt as _;

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(60);

    async fn permit(of: &Arc<Semaphore>) -> OwnedSemaphorePermit {
        Arc::clone(of).acquire_owned().await.unwrap()
    }

    #[tokio::test]
    async fn all_that_waits_is_written_before_the_writer_ends() {
        let (outbox, writer) = outbox();
        let slots = Arc::new(Semaphore::new(2));
        outbox.reply(1, Ok(vec![0x80]), permit(&slots).await).await;
        outbox.event(&Event::Changed(Changed::default()), permit(&slots).await).await;
        outbox.offer(&connection_error(WireError::new(ErrorCode::Busy, "bye")));
        assert_eq!(slots.available_permits(), 0);
        drop(outbox);
        let mut written = Vec::new();
        assert!(matches!(writer.run(&mut written, LONG).await, WriteEnd::Drained));
        assert_eq!(slots.available_permits(), 2);
        let mut decoder = frame::FrameDecoder::default();
        decoder.push(&written);
        let mut kinds = Vec::new();
        while let Some(payload) = decoder.next_payload().unwrap() {
            kinds.push(Message::decode(&payload).unwrap());
        }
        assert!(matches!(
            kinds.as_slice(),
            [
                Message::Reply { id: 1, .. },
                Message::Event { .. },
                Message::Reply { id: CONNECTION_ID, result: Err(_) }
            ]
        ));
    }

    #[tokio::test]
    async fn a_client_that_does_not_read_is_given_up() {
        let (outbox, writer) = outbox();
        let slots = Arc::new(Semaphore::new(1));
        let (_client, server) = tokio::io::duplex(16);
        outbox.reply(1, Ok(vec![0xc0; 100]), permit(&slots).await).await;
        assert!(matches!(writer.run(server, SHORT).await, WriteEnd::Slow));
    }

    #[tokio::test]
    async fn a_reply_that_finds_no_room_waits_for_the_client_to_read() {
        const LONG_REPLY: usize = 12 << 20;
        let (outbox, writer) = outbox();
        let slots = Arc::new(Semaphore::new(2));
        outbox.reply(1, Ok(vec![0xc0; LONG_REPLY]), permit(&slots).await).await;
        let mut second = Box::pin(outbox.reply(2, Ok(vec![0xc0; LONG_REPLY]), permit(&slots).await));
        assert!(timeout(SHORT, &mut second).await.is_err());
        let (mut client, server) = tokio::io::duplex(1 << 16);
        let writing = tokio::spawn(writer.run(server, LONG));
        let reading = tokio::spawn(async move {
            let mut read = Vec::new();
            client.read_to_end(&mut read).await.map(|_| read.len())
        });
        second.await;
        drop(outbox);
        assert!(matches!(writing.await.unwrap(), WriteEnd::Drained));
        assert!(reading.await.unwrap().unwrap() > 2 * LONG_REPLY);
    }

    #[test]
    fn a_reply_over_the_limit_becomes_an_error() {
        let long = Message::Reply { id: 9, result: Ok(vec![0xc0; MAX_PAYLOAD]) };
        let framed = framed(&long);
        let reply = Message::decode(&framed[4..]).unwrap();
        let Message::Reply { id: 9, result: Err(error) } = reply else { panic!("{reply:?}") };
        assert_eq!(error.code, ErrorCode::Internal);
    }
}
