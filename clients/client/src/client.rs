//! The client: calls that heal as far as the protocol allows, and events.

use std::io::{self, ErrorKind};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, Instant};

use heph_protocol::envelope::{from_reply, to_params};
use heph_protocol::event::{Progress, Topic};
use heph_protocol::request::{self, Kind, Method};
use heph_protocol::response::{self, Subscribed};
use heph_protocol::{Event, Meta, version};

use crate::backoff::Backoff;
use crate::connection::{Broken, Connection};
use crate::error::ClientError;
use crate::mutation_id::mutation_id;
use crate::options::{Options, Patience};
use crate::pace::Pace;
use crate::recovery::{Failure, Follow, Learnt, Next, Tally, after_failure, after_question};

/// A connection to `hephd` that comes back by itself.
///
/// Connects at the first call. One request is in flight at a time, but for those that are [posted](Self::post).
#[derive(Debug)]
pub struct Client {
    options: Options,
    patience: Patience,
    connection: Option<Connection>,
}

/// A request that was sent and whose reply is still to be taken.
#[derive(Debug)]
pub struct Posted<M> {
    id: u32,
    /// Of the connection it was sent on.
    mark: Arc<()>,
    method: PhantomData<M>,
}

/// One attempt of a call on a connection that stands.
type Attempt<'a> = dyn FnMut(&mut Connection, &Meta, &mut Pace) -> Result<Vec<u8>, Broken> + 'a;

impl Client {
    /// Makes a client; nothing is connected yet.
    pub fn new(options: Options) -> Self {
        Self::with_patience(options, Patience::default())
    }

    /// Makes a client with other deadlines than the protocol's, for tests.
    #[doc(hidden)]
    pub fn with_patience(options: Options, patience: Patience) -> Self {
        Self { options, patience, connection: None }
    }

    /// Calls a method and waits for its reply; a mutation gets its id here.
    ///
    /// # Errors
    /// Any [`ClientError`]; all that the protocol allows was tried before.
    pub fn call<M: Method>(&mut self, request: &M) -> Result<M::Reply, ClientError> {
        self.call_with_progress(request, &mut |_| {})
    }

    /// Calls a method, and tells how far it is while it works.
    ///
    /// # Errors
    /// Any [`ClientError`]; all that the protocol allows was tried before.
    pub fn call_with_progress<M: Method>(
        &mut self,
        request: &M,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<M::Reply, ClientError> {
        let reply = self.perform(M::NAME, M::KIND, &mut |connection, meta, pace| {
            connection.exchange(M::NAME, to_params(request, meta), pace, on_progress)
        })?;
        read_reply::<M>(&reply)
    }

    /// Sends a bulk request and does not wait: [`Client::reply_to`] does, so that the daemon has the next one when it
    /// is through with this. Requests are worked on in the order they were sent.
    ///
    /// # Errors
    /// Any [`ClientError`]. Nothing is tried again, so the first request of several is better [called](Self::call).
    pub fn post<M: Method>(&mut self, request: &M) -> Result<Posted<M>, ClientError> {
        let pace = Pace::of(M::KIND, &self.patience);
        let mut connection = self.take_connection(Tally::default(), pace.deadline())?;
        let params = to_params(request, &fresh_meta(M::KIND));
        match connection.post(M::NAME, params, pace.deadline()) {
            Ok(id) => {
                let mark = Arc::clone(connection.mark());
                self.connection = Some(connection);
                Ok(Posted { id, mark, method: PhantomData })
            }
            Err(broken) => Err(self.broken(connection, broken, M::NAME, &pace)),
        }
    }

    /// Waits for the reply to a request that was sent.
    ///
    /// # Errors
    /// Any [`ClientError`]; [`ClientError::Closed`] when the socket dropped since. Whether the request was applied is
    /// open then.
    pub fn reply_to<M: Method>(&mut self, posted: Posted<M>) -> Result<M::Reply, ClientError> {
        let is_of = |connection: &Connection| Arc::ptr_eq(connection.mark(), &posted.mark);
        let mut connection = self.connection.take_if(|own| is_of(own)).ok_or(ClientError::Closed)?;
        let mut pace = Pace::of(M::KIND, &self.patience);
        match connection.reply_to(posted.id, &mut pace, &mut |_| {}) {
            Ok(reply) => {
                self.connection = Some(connection);
                read_reply::<M>(&reply)
            }
            Err(broken) => Err(self.broken(connection, broken, M::NAME, &pace)),
        }
    }

    /// What a call ends with that is not tried again. Anything but a plain refusal ends the connection.
    fn broken(
        &mut self,
        connection: Connection,
        broken: Broken,
        method: &'static str,
        pace: &Pace,
    ) -> ClientError {
        self.connection = broken.leaves_connection().then_some(connection);
        judge(broken, method, pace).map_or_else(|error| error, |(_, error)| error)
    }

    /// Tells who answers, connecting if need be.
    ///
    /// # Errors
    /// Any [`ClientError`] of connecting and of the daemon's refusal.
    pub fn hello(&mut self) -> Result<&response::Hello, ClientError> {
        if self.connection.as_ref().and_then(Connection::hello).is_none() {
            self.perform(request::Hello::NAME, Kind::Read, &mut |connection, _, pace| {
                connection.greet(pace.deadline()).map(|()| Vec::new())
            })?;
        }
        self.connection.as_ref().and_then(Connection::hello).ok_or(ClientError::Closed)
    }

    /// Asks for events on this connection; [`Client::next_event`] waits for them.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub fn subscribe(&mut self, topics: Vec<Topic>) -> Result<Subscribed, ClientError> {
        let subscribed = self.call(&request::Subscribe { topics })?;
        if let Some(connection) = &mut self.connection {
            connection.set_subscribed();
        }
        Ok(subscribed)
    }

    /// Waits for the next event; `None` when the time is over. Without a timeout it waits for ever.
    ///
    /// Changes that arrive while nobody waits are merged into one.
    ///
    /// # Errors
    /// [`ClientError::Closed`] when the socket dropped since [`Client::subscribe`], also while another call healed it:
    /// subscribe again and read again what is shown. [`ClientError::Protocol`] when something unreadable came.
    pub fn next_event(&mut self, timeout: Option<Duration>) -> Result<Option<Event>, ClientError> {
        let Some(connection) = self.connection.as_mut().filter(|connection| connection.is_subscribed())
        else {
            return Err(ClientError::Closed);
        };
        let broken = match connection.next_event(timeout.map(|timeout| Instant::now() + timeout)) {
            Ok(event) => return Ok(Some(event)),
            Err(Broken::Late) => return Ok(None),
            Err(broken) => broken,
        };
        self.connection = None;
        Err(match broken {
            Broken::Unreadable(what) => ClientError::Protocol(what),
            Broken::Refused(error) | Broken::TurnedAway(error) => ClientError::Daemon(error),
            Broken::TooLong(_) | Broken::WriteFailed | Broken::Lost | Broken::Late => ClientError::Closed,
        })
    }

    /// Makes attempts until there is a reply or `recovery` gives up.
    fn perform(
        &mut self,
        method: &'static str,
        kind: Kind,
        attempt: &mut Attempt<'_>,
    ) -> Result<Vec<u8>, ClientError> {
        let mut pauses = self.pauses();
        let mut tally = Tally::default();
        let mut meta = fresh_meta(kind);
        let mut pace = Pace::of(kind, &self.patience);
        loop {
            let mut connection = self.take_connection(tally, pace.deadline())?;
            pace.sign_of_life();
            let broken = match attempt(&mut connection, &meta, &mut pace) {
                Ok(reply) => {
                    self.connection = Some(connection);
                    return Ok(reply);
                }
                Err(broken) => broken,
            };
            let store = connection.hello().map(|hello| hello.store_id.clone());
            // Anything but a plain refusal ends the connection, and ends it now: what follows may take a while.
            self.connection = broken.leaves_connection().then_some(connection);
            let (failure, error) = judge(broken, method, &pace)?;
            tally.count(failure);
            match after_failure(kind, failure, tally) {
                Next::SendAgain => {}
                Next::PauseAndSendAgain if pause(&mut pauses, pace.deadline()) => {}
                Next::AskOutcome => {
                    let id = meta.mutation_id.as_deref().unwrap_or_default();
                    if let Some(reply) = self.learn_outcome(id, store.as_deref(), tally)? {
                        return Ok(reply);
                    }
                    meta = fresh_meta(kind);
                    pace = Pace::of(kind, &self.patience);
                }
                Next::PauseAndSendAgain | Next::GiveUp => return Err(error),
            }
        }
    }

    /// Asks what became of a mutation: its reply if it was applied, `None` if it is to be sent under a new id.
    fn learn_outcome(
        &mut self,
        id: &str,
        store: Option<&str>,
        tally: Tally,
    ) -> Result<Option<Vec<u8>>, ClientError> {
        let deadline = Instant::now() + self.patience.outcome;
        let mut pauses = self.pauses();
        loop {
            match after_question(self.ask_outcome(id, store, deadline), tally) {
                Follow::TakeReply(reply) => return Ok(Some(reply)),
                Follow::SendUnderNewId => return Ok(None),
                Follow::AskAgain if pause(&mut pauses, deadline) => {}
                Follow::GiveUpNotApplied => return Err(ClientError::Closed),
                Follow::AskAgain | Follow::GiveUpUnknown => return Err(ClientError::OutcomeUnknown),
            }
        }
    }

    /// Asks once, on the connection that stands or a fresh one, after hello said whose store it is.
    ///
    /// Where the socket dropped before the first hello was answered, no store is known to compare with, and the one
    /// that answers counts as the same.
    fn ask_outcome(&mut self, id: &str, store: Option<&str>, deadline: Instant) -> Learnt {
        let connection = match self.connection.take() {
            Some(connection) => Ok(connection),
            None => self.connect(),
        };
        let Ok(mut connection) = connection else { return Learnt::NothingYet };
        if let Err(broken) = connection.greet(deadline) {
            return learnt_from(&broken);
        }
        if store.is_some_and(|store| connection.hello().is_some_and(|hello| hello.store_id != store)) {
            self.connection = Some(connection);
            return Learnt::OtherStore;
        }
        let question = request::MutationOutcome { id: id.to_owned() };
        // The question needs no id of its own: asking twice changes nothing more.
        let params = to_params(&question, &Meta::default());
        let mut pace = Pace::until(deadline);
        let reply = match connection.exchange(request::MutationOutcome::NAME, params, &mut pace, &mut |_| {})
        {
            Ok(reply) => reply,
            Err(broken) => {
                if matches!(broken, Broken::Refused(_)) {
                    self.connection = Some(connection);
                }
                return learnt_from(&broken);
            }
        };
        self.connection = Some(connection);
        match from_reply::<response::MutationOutcome>(&reply) {
            Ok(response::MutationOutcome { applied: true, reply }) => Learnt::Applied(reply),
            Ok(response::MutationOutcome { applied: false, .. }) => Learnt::NotApplied,
            Err(_) => Learnt::Nothing,
        }
    }

    /// The connection that stands, or a fresh one.
    ///
    /// The first attempt of a call takes the daemon as it is; a repeat gives it some time to come back.
    fn take_connection(&mut self, tally: Tally, deadline: Instant) -> Result<Connection, ClientError> {
        if let Some(connection) = self.connection.take() {
            return Ok(connection);
        }
        let until = deadline.min(Instant::now() + self.patience.reconnect);
        let mut pauses = self.pauses();
        loop {
            match self.connect() {
                Err(ClientError::NotRunning { .. } | ClientError::StaleSocket { .. })
                    if tally != Tally::default() && pause(&mut pauses, until) => {}
                result => return result,
            }
        }
    }

    fn connect(&self) -> Result<Connection, ClientError> {
        let greeting = request::Hello {
            protocol: version::PROTOCOL,
            client: self.options.client.clone(),
            client_version: self.options.version.clone(),
            zone: self.options.zone.clone(),
        };
        let socket = &self.options.socket;
        Connection::open(socket, greeting).map_err(|error| match error.kind() {
            ErrorKind::NotFound => ClientError::NotRunning { socket: socket.clone() },
            ErrorKind::ConnectionRefused => ClientError::StaleSocket { socket: socket.clone() },
            ErrorKind::InvalidInput => ClientError::Io(io::Error::new(
                ErrorKind::InvalidInput,
                format!("{} is too long for a socket, choose a shorter path with --socket", socket.display()),
            )),
            kind => ClientError::Io(io::Error::new(kind, format!("{}: {error}", socket.display()))),
        })
    }

    fn pauses(&self) -> Backoff {
        // Without random numbers the pauses have no jitter between clients, which is no reason to fail.
        let seed = getrandom::u64().unwrap_or_default();
        Backoff::between(self.patience.shortest_pause, self.patience.longest_pause, seed)
    }
}

fn read_reply<M: Method>(reply: &[u8]) -> Result<M::Reply, ClientError> {
    from_reply(reply).map_err(|error| {
        ClientError::Protocol(format!("the answer of hephd to `{}` cannot be read: {error}", M::NAME))
    })
}

/// What a request carries beside its own fields.
fn fresh_meta(kind: Kind) -> Meta {
    Meta { mutation_id: (kind == Kind::Mutation).then(mutation_id), zone: None }
}

/// Sorts what happened into what may heal, with the error if it does not, and what cannot.
fn judge(broken: Broken, method: &'static str, pace: &Pace) -> Result<(Failure, ClientError), ClientError> {
    match broken {
        Broken::TooLong(error) => Err(ClientError::Protocol(error.to_string())),
        Broken::Late => Err(ClientError::Timeout { method, after: pace.allowed() }),
        Broken::WriteFailed => Ok((Failure::WriteFailed, ClientError::Closed)),
        Broken::Lost => Ok((Failure::ReplyLost, ClientError::Closed)),
        Broken::Unreadable(what) => Ok((Failure::Unreadable, ClientError::Protocol(what))),
        Broken::Refused(error) | Broken::TurnedAway(error) if error.is_retryable() => {
            Ok((Failure::Busy, ClientError::Daemon(error)))
        }
        Broken::Refused(error) | Broken::TurnedAway(error) => Err(ClientError::Daemon(error)),
    }
}

/// What is learnt from a question that was not answered.
fn learnt_from(broken: &Broken) -> Learnt {
    match broken {
        Broken::WriteFailed | Broken::Lost | Broken::Late => Learnt::NothingYet,
        Broken::Refused(error) | Broken::TurnedAway(error) if error.is_retryable() => Learnt::NothingYet,
        Broken::TooLong(_) | Broken::Unreadable(_) | Broken::Refused(_) | Broken::TurnedAway(_) => {
            Learnt::Nothing
        }
    }
}

/// Pauses, unless the pause would last past the deadline.
fn pause(pauses: &mut Backoff, deadline: Instant) -> bool {
    let pause = pauses.next_pause();
    let in_time = Instant::now() + pause < deadline;
    if in_time {
        std::thread::sleep(pause);
    }
    in_time
}
