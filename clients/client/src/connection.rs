//! One connection: frames out, frames in, and what arrived beside the reply that is waited for.
//!
//! It retries nothing: a [`Broken`] says what happened, and the client decides.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use heph_protocol::envelope::{CONNECTION_ID, from_reply, to_map};
use heph_protocol::event::Progress;
use heph_protocol::frame::{self, FrameDecoder};
use heph_protocol::request::{Hello as SayHello, Method as _};
use heph_protocol::response::Hello;
use heph_protocol::{Event, Message, WireError};

use crate::news::News;
use crate::pace::Pace;

/// Bytes read at once.
const CHUNK: usize = 32 << 10;

/// How long the last words of a daemon that closed the socket are waited for; they are there, or never come.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// Why an exchange did not end with a result.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The request is too long for a frame, and was not sent.
    TooLong(frame::FrameTooLong),
    /// The request could not be written whole.
    WriteFailed,
    /// The socket dropped before the reply.
    Lost,
    /// The deadline passed.
    Late,
    /// What arrived is no message of this protocol.
    Unreadable(String),
    /// The daemon answered with an error.
    Refused(WireError),
    /// The daemon refused hello or the connection as such.
    TurnedAway(WireError),
}

impl Broken {
    /// Whether the connection can be used on.
    pub(crate) fn leaves_connection(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::TooLong(_))
    }
}

/// What arrived, hello and news already put where they belong.
enum Arrived {
    Reply(u32, Answer),
    Progress(Progress),
    Else,
}

/// What a request was answered.
type Answer = Result<Vec<u8>, WireError>;

/// A connection to the daemon.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: UnixStream,
    decoder: FrameDecoder,
    chunk: Box<[u8]>,
    last_id: u32,
    greeting: Option<SayHello>,
    hello_id: Option<u32>,
    hello: Option<Hello>,
    news: News,
    subscribed: bool,
    /// Requests that were sent and whose reply nobody has taken yet, with the reply if it came.
    awaited: Vec<(u32, Option<Answer>)>,
    mark: Arc<()>,
}

impl Connection {
    /// Connects; the greeting goes out with the first request.
    pub(crate) fn open(socket: &Path, greeting: SayHello) -> io::Result<Self> {
        Ok(Self {
            stream: UnixStream::connect(socket)?,
            decoder: FrameDecoder::default(),
            chunk: vec![0; CHUNK].into_boxed_slice(),
            last_id: CONNECTION_ID,
            greeting: Some(greeting),
            hello_id: None,
            hello: None,
            news: News::default(),
            subscribed: false,
            awaited: Vec::new(),
            mark: Arc::default(),
        })
    }

    /// Who answered hello, as soon as it was.
    pub(crate) fn hello(&self) -> Option<&Hello> {
        self.hello.as_ref()
    }

    /// Tells this connection from all others.
    pub(crate) fn mark(&self) -> &Arc<()> {
        &self.mark
    }

    /// Whether events come on this connection.
    pub(crate) fn is_subscribed(&self) -> bool {
        self.subscribed
    }

    /// Notes that events come from now on.
    pub(crate) fn set_subscribed(&mut self) {
        self.subscribed = true;
    }

    /// Sends a request, behind the greeting if that was not sent yet, and waits for its reply.
    pub(crate) fn exchange(
        &mut self,
        method: &str,
        params: Vec<u8>,
        pace: &mut Pace,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Vec<u8>, Broken> {
        let id = self.post(method, params, pace.deadline())?;
        self.reply_to(id, pace, on_progress)
    }

    /// Sends a request whose reply is waited for later; its id.
    pub(crate) fn post(&mut self, method: &str, params: Vec<u8>, deadline: Instant) -> Result<u32, Broken> {
        // Framed before the greeting is taken: a request that is too long must not take it along.
        let (id, request) = self.request(method, params)?;
        let mut frames = self.take_greeting()?;
        frames.extend_from_slice(&request);
        self.send(&frames, deadline)?;
        self.awaited.push((id, None));
        Ok(id)
    }

    /// Waits for the reply to a request that was sent; those to others that are waited for are kept.
    pub(crate) fn reply_to(
        &mut self,
        id: u32,
        pace: &mut Pace,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Vec<u8>, Broken> {
        let place = self.awaited.iter().position(|(awaited, _)| *awaited == id);
        let early = place.and_then(|place| self.awaited.swap_remove(place).1);
        let result = match early {
            Some(result) => result,
            None => self.arrived_for(id, pace, on_progress)?,
        };
        result.map_err(|error| self.cause_of(error, pace.deadline()))
    }

    fn arrived_for(
        &mut self,
        id: u32,
        pace: &mut Pace,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Answer, Broken> {
        loop {
            match self.arrive(Some(pace.deadline()))? {
                Arrived::Reply(answered, result) if answered == id => return Ok(result),
                Arrived::Progress(progress) if progress.id == id => {
                    on_progress(progress);
                    pace.sign_of_life();
                }
                Arrived::Reply(answered, result) => {
                    if let Some((_, early)) = self.awaited.iter_mut().find(|(id, _)| *id == answered) {
                        *early = Some(result);
                        pace.sign_of_life();
                    }
                }
                // Replies to requests that were given up, and progress of them.
                Arrived::Progress(_) | Arrived::Else => {}
            }
        }
    }

    /// Why a request was refused: a refused hello, whose answer may come behind, is the cause of all that follow it.
    fn cause_of(&mut self, error: WireError, deadline: Instant) -> Broken {
        while self.hello_id.is_some() {
            match self.arrive(Some(deadline)) {
                Ok(_) => {}
                Err(refusal @ Broken::TurnedAway(_)) => return refusal,
                Err(_) => break,
            }
        }
        Broken::Refused(error)
    }

    /// Says hello, unless that was done, and waits for the answer.
    pub(crate) fn greet(&mut self, deadline: Instant) -> Result<(), Broken> {
        let frames = self.take_greeting()?;
        self.send(&frames, deadline)?;
        while self.hello.is_none() {
            self.arrive(Some(deadline))?;
        }
        Ok(())
    }

    /// Waits for an event; without a deadline for ever.
    pub(crate) fn next_event(&mut self, deadline: Option<Instant>) -> Result<Event, Broken> {
        loop {
            if let Some(event) = self.news.take() {
                return Ok(event);
            }
            self.arrive(deadline)?;
        }
    }

    /// The framed greeting the first time, nothing afterwards.
    fn take_greeting(&mut self) -> Result<Vec<u8>, Broken> {
        let Some(greeting) = self.greeting.take() else { return Ok(Vec::new()) };
        let (id, framed) = self.request(SayHello::NAME, to_map(&greeting))?;
        self.hello_id = Some(id);
        Ok(framed)
    }

    /// Frames a request under the next id.
    fn request(&mut self, method: &str, params: Vec<u8>) -> Result<(u32, Vec<u8>), Broken> {
        self.last_id = self.last_id.checked_add(1).unwrap_or(CONNECTION_ID + 1);
        let request = Message::Request { id: self.last_id, method: method.to_owned(), params };
        let framed = frame::encode(&request.encode()).map_err(Broken::TooLong)?;
        Ok((self.last_id, framed))
    }

    fn send(&mut self, mut frames: &[u8], deadline: Instant) -> Result<(), Broken> {
        while !frames.is_empty() {
            self.stream.set_write_timeout(Some(time_to(deadline)?)).map_err(|_| Broken::WriteFailed)?;
            match self.stream.write(frames) {
                Ok(0) => return Err(self.last_words()),
                Ok(written) => frames = frames.get(written..).unwrap_or_default(),
                Err(error) => match error.kind() {
                    ErrorKind::Interrupted | ErrorKind::WouldBlock | ErrorKind::TimedOut => {}
                    _ => return Err(self.last_words()),
                },
            }
        }
        Ok(())
    }

    /// What a daemon said before it closed the socket without reading: why it does not want this connection.
    fn last_words(&mut self) -> Broken {
        let deadline = Instant::now() + LAST_WORDS;
        loop {
            match self.arrive(Some(deadline)) {
                Ok(_) => {}
                Err(refusal @ Broken::TurnedAway(_)) => return refusal,
                Err(_) => return Broken::WriteFailed,
            }
        }
    }

    /// Takes in the next message.
    fn arrive(&mut self, deadline: Option<Instant>) -> Result<Arrived, Broken> {
        match self.receive(deadline)? {
            Message::Reply { id, result } if self.hello_id == Some(id) => {
                self.hello_id = None;
                let hello = result.map_err(Broken::TurnedAway)?;
                self.hello = Some(from_reply(&hello).map_err(unreadable)?);
                Ok(Arrived::Else)
            }
            Message::Reply { id: CONNECTION_ID, result: Err(error) } => Err(Broken::TurnedAway(error)),
            Message::Reply { id, result } => Ok(Arrived::Reply(id, result)),
            Message::Event { method, params } => {
                match Event::from_message(&method, &params).map_err(|error| unreadable(error.message))? {
                    Some(Event::Progress(progress)) => return Ok(Arrived::Progress(progress)),
                    Some(event) => self.news.add(event),
                    // An event of a newer daemon.
                    None => {}
                }
                Ok(Arrived::Else)
            }
            Message::Request { method, .. } => Err(unreadable(format_args!("a request `{method}`"))),
        }
    }

    /// Reads until a whole message is there.
    fn receive(&mut self, deadline: Option<Instant>) -> Result<Message, Broken> {
        loop {
            if let Some(payload) = self.decoder.next_payload().map_err(unreadable)? {
                return Message::decode(&payload).map_err(unreadable);
            }
            let wait = deadline.map(time_to).transpose()?;
            self.stream.set_read_timeout(wait).map_err(|_| Broken::Lost)?;
            match self.stream.read(&mut self.chunk) {
                Ok(0) => return Err(Broken::Lost),
                Ok(count) => self.decoder.push(self.chunk.get(..count).unwrap_or_default()),
                Err(error) => match error.kind() {
                    ErrorKind::Interrupted | ErrorKind::WouldBlock | ErrorKind::TimedOut => {}
                    _ => return Err(Broken::Lost),
                },
            }
        }
    }
}

fn unreadable(what: impl std::fmt::Display) -> Broken {
    Broken::Unreadable(format!("hephd sent something that is not of this protocol: {what}"))
}

/// The time left, which a socket takes as a timeout only when it is not zero.
fn time_to(deadline: Instant) -> Result<Duration, Broken> {
    deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()).ok_or(Broken::Late)
}
