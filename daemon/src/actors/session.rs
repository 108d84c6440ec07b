//! Session actor: one connection. Frames in and out, subscriptions, what is in flight.
//!
//! Transport only: what a message means is decided by the dialogue, what a request does by the store. A session holds
//! no fatal guard: when it breaks, only its connection ends.

mod administering;
mod dialogue;
mod events;
mod fetching;
mod reader;
mod service;
mod writer;

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::prelude::*;
use heph_protocol::envelope::{Message as Wire, to_map};
use heph_protocol::error::ErrorData;
use heph_protocol::event::{Progress, ShuttingDown, Topic};
use heph_protocol::{ErrorCode, Event, Kind, WireError, response};
use jiff::tz::TimeZone;
use tokio::net::UnixStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tracing::{debug, warn};

use self::dialogue::{Dialogue, Step};
use self::reader::{ReadEnd, Received, Ticket};
pub use self::service::{About, Helpers, MAX_SESSIONS, Service};
pub(super) use self::writer::framed;
use self::writer::{Outbox, WriteEnd, connection_error};
use super::store_handle::CallContext;
use super::updater::{Standing, UpdaterHandle};
use crate::config::Deadlines;

/// The most requests of one connection that are worked on at once; the next one is not read.
pub const MAX_IN_FLIGHT: usize = 32;

/// How often the client of a long request hears that it is still worked on.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);

/// How often it hears of news at most.
const BETWEEN_NEWS: Duration = Duration::from_millis(200);

/// What takes longer is named in the log.
const SLOW: Duration = Duration::from_millis(100);

/// One connection.
pub struct Session {
    service: Arc<Service>,
    dialogue: Dialogue,
    /// The connection until the reader and the writer have it.
    stream: Option<UnixStream>,
    /// Where replies go; `None` once the session only waits for what is in flight.
    outbox: Option<Outbox>,
    reading: Option<SpawnHandle>,
    events: Option<SpawnHandle>,
    _place: OwnedSemaphorePermit,
}

impl Session {
    /// Serves a connection that was given a place.
    pub fn serve(service: Arc<Service>, stream: UnixStream, place: OwnedSemaphorePermit) {
        Self {
            service,
            dialogue: Dialogue::new(TimeZone::system()),
            stream: Some(stream),
            outbox: None,
            reading: None,
            events: None,
            _place: place,
        }
        .start();
    }

    fn connect(&mut self, stream: UnixStream, ctx: &mut Context<Self>) {
        let Deadlines { frame, write, .. } = self.service.deadlines;
        let (incoming, outgoing) = stream.into_split();
        let (outbox, writer) = writer::outbox();
        self.outbox = Some(outbox);
        ctx.spawn(writer.run(outgoing, write).into_actor(self).map(|end, _, ctx| {
            match end {
                WriteEnd::Drained => {}
                WriteEnd::Slow => warn!("a client does not read; its connection is closed"),
                WriteEnd::Broken(error) => debug!(%error, "a connection broke"),
            }
            ctx.stop();
        }));
        let slots = Arc::new(Semaphore::new(MAX_IN_FLIGHT));
        let large_frames = Arc::clone(&self.service.large_frames);
        let reading = reader::run(incoming, slots, large_frames, frame, ctx.address().recipient());
        let reading = reading.into_actor(self).map(|end, session, ctx| session.read_ended(end, ctx));
        self.reading = Some(ctx.spawn(reading));
    }

    fn read_ended(&mut self, end: ReadEnd, ctx: &mut Context<Self>) {
        let error = match end {
            ReadEnd::Closed | ReadEnd::Abandoned => return self.drain(None, ctx),
            ReadEnd::Broken(error) => {
                debug!(%error, "a connection broke");
                return ctx.stop();
            }
            ReadEnd::TooLong(error) => {
                WireError::new(ErrorCode::Invalid, error.to_string()).hint("send less in one request")
            }
            ReadEnd::Stalled => WireError::new(ErrorCode::Invalid, "a frame was not finished in time")
                .hint("connect again and send whole frames"),
        };
        self.drain(Some(&connection_error(error)), ctx);
    }

    /// Reads no more, says the last words, and ends when what is in flight is answered and written.
    fn drain(&mut self, last_words: Option<&Wire>, ctx: &mut Context<Self>) {
        for task in [self.reading.take(), self.events.take()].into_iter().flatten() {
            ctx.cancel_future(task);
        }
        // Requests in flight have clones; with the last of them the writer ends, and with it the actor.
        let Some(outbox) = self.outbox.take() else { return };
        if let Some(message) = last_words {
            outbox.offer(message);
        }
        ctx.run_later(self.service.deadlines.drain, |_, ctx| ctx.stop());
    }

    fn shut_down(&mut self, ctx: &mut Context<Self>) {
        let restarting = self.service.is_restarting();
        let farewell = Event::ShuttingDown(ShuttingDown { restarting }).to_message();
        let is_subscriber = self.events.is_some();
        self.drain(is_subscriber.then_some(&farewell), ctx);
    }

    fn subscribe(
        &mut self,
        topics: &[Topic],
        outbox: &Outbox,
        ctx: &mut Context<Self>,
    ) -> response::Subscribed {
        if let Some(before) = self.events.take() {
            ctx.cancel_future(before);
        }
        let mut news = self.service.store.revision();
        let revision = *news.borrow_and_update();
        let changes = topics
            .contains(&Topic::Changed)
            .then(|| events::run(self.service.store.clone(), outbox.clone(), news, revision));
        let sync = self.service.helpers.sync.as_ref().filter(|_| topics.contains(&Topic::Sync));
        let sync = sync.map(|sync| events::sync(outbox.clone(), sync.standing()));
        let reminders =
            self.service.helpers.scheduler.as_ref().filter(|_| topics.contains(&Topic::Reminders));
        let reminders = reminders.map(|scheduler| events::reminders(outbox.clone(), scheduler.fired()));
        if changes.is_some() || sync.is_some() || reminders.is_some() {
            let events = async move {
                tokio::join!(both(changes), both(sync), both(reminders));
            };
            self.events = Some(ctx.spawn(events.into_actor(self)));
        }
        response::Subscribed { revision: revision.to_string() }
    }

    /// Answers a request in a future of its own, which holds its ticket and its way out.
    fn answer(
        &self,
        id: u32,
        ticket: Ticket,
        outbox: Outbox,
        work: impl Future<Output = Result<Vec<u8>, WireError>> + 'static,
        ctx: &mut Context<Self>,
    ) {
        let reply = async move {
            let result = work.await;
            let Ticket { slot, large } = ticket;
            drop(large);
            outbox.reply(id, result, slot).await;
        };
        ctx.spawn(reply.into_actor(self));
    }
}

impl Actor for Session {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let Some(stream) = self.stream.take() else { return ctx.stop() };
        self.connect(stream, ctx);
        ctx.run_later(self.service.deadlines.handshake, |session, ctx| {
            if !session.dialogue.is_greeted() {
                let error =
                    WireError::new(ErrorCode::Invalid, "no `hello` came in time").hint("connect again");
                session.drain(Some(&connection_error(error)), ctx);
            }
        });
        let closing = self.service.closing.clone();
        let closing = async move { closing.cancelled().await };
        ctx.spawn(closing.into_actor(self).map(|(), session, ctx| session.shut_down(ctx)));
    }
}

impl Handler<Received> for Session {
    type Result = ();

    fn handle(&mut self, Received { payload, ticket }: Received, ctx: &mut Self::Context) {
        let Some(outbox) = self.outbox.clone() else { return };
        let step = self.dialogue.receive(&payload);
        drop(payload);
        let service = Arc::clone(&self.service);
        match step {
            Step::Ignore => {}
            Step::Refuse { id, error } => self.answer(id, ticket, outbox, async { Err(error) }, ctx),
            Step::HangUp { id, error } => {
                drop(outbox);
                self.drain(Some(&Wire::Reply { id, result: Err(error) }), ctx);
            }
            Step::Greet { id } => {
                let hello = timed(&service, "hello", || to_map(&service.hello()));
                self.answer(id, ticket, outbox, async { Ok(hello) }, ctx);
            }
            Step::Subscribe { id, topics } => {
                let subscribed =
                    timed(&service, "subscribe", || to_map(&self.subscribe(&topics, &outbox, ctx)));
                self.answer(id, ticket, outbox, async { Ok(subscribed) }, ctx);
            }
            Step::Status { id } => self.answer(id, ticket, outbox, status(service), ctx),
            Step::Ask { id, request, zone, mutation_id } => {
                let request_id = service.next_request_id();
                let client = self.dialogue.client().to_owned();
                let context = CallContext { request_id, zone, mutation_id, client };
                let is_long = request.kind() == Kind::Bulk;
                let updater = service.helpers.updater.as_ref().filter(|_| is_about_update(&request));
                let news = updater.map(UpdaterHandle::standing);
                let work = ask(service, request, context);
                if is_long {
                    let beating = with_signs_of_life(work, id, outbox.clone(), news);
                    self.answer(id, ticket, outbox, beating, ctx);
                } else {
                    self.answer(id, ticket, outbox, work, ctx);
                }
            }
        }
    }
}

/// Does what needs no waiting, and counts it.
fn timed<T>(service: &Service, method: &'static str, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let done = work();
    service.metrics.record(method, started.elapsed());
    done
}

/// Runs what there is to run.
async fn both(events: Option<impl Future<Output = ()>>) {
    if let Some(events) = events {
        events.await;
    }
}

/// Whether a request is for sync and not for the store.
fn is_about_sync(request: &heph_protocol::Request) -> bool {
    let name = request.name();
    name.starts_with("sync.") || name.starts_with("auth.")
}

/// Whether a request is for the updater.
fn is_about_update(request: &heph_protocol::Request) -> bool {
    request.name().starts_with("update.")
}

/// What a version answers that has still to be confirmed: it can be taken back as long as it writes nothing.
fn on_trial() -> WireError {
    WireError::new(ErrorCode::Busy, "hephd was updated and is not confirmed yet")
        .hint("try again in a moment")
}

/// What a daemon answers that has no hub.
fn without_hub(request: &heph_protocol::Request) -> Result<Vec<u8>, WireError> {
    match request {
        heph_protocol::Request::SyncStatus(_) => Ok(to_map(&response::SyncStatus::default())),
        heph_protocol::Request::SyncCheck(_) => Ok(to_map(&response::SyncChecked::default())),
        heph_protocol::Request::AuthStatus(_) => {
            let problem = Some("this store has no hub, so there is nowhere to log in".to_owned());
            Ok(to_map(&response::AuthStatus { problem, ..response::AuthStatus::default() }))
        }
        _ => Err(WireError::new(ErrorCode::Refused, "this store has no hub")
            .hint("heph daemon restart --hub-url https://… gives it one")),
    }
}

async fn status(service: Arc<Service>) -> Result<Vec<u8>, WireError> {
    let started = Instant::now();
    let facts = service.store.describe().await?;
    service.metrics.record("daemon.status", started.elapsed());
    Ok(to_map(&service.status(&facts)))
}

/// Tells the client every few seconds that its long request is still worked on: it waits for nothing longer. Where there is
/// news of the work, that is told.
async fn with_signs_of_life(
    work: impl Future<Output = Result<Vec<u8>, WireError>>,
    id: u32,
    outbox: Outbox,
    mut news: Option<watch::Receiver<Standing>>,
) -> Result<Vec<u8>, WireError> {
    let mut work = std::pin::pin!(work);
    loop {
        let changed = async {
            match &mut news {
                Some(news) => news.changed().await,
                None => std::future::pending().await,
            }
        };
        let is_over = tokio::select! {
            result = &mut work => return result,
            () = sleep(SIGN_OF_LIFE) => false,
            changed = changed => changed.is_err(),
        };
        let note = news.as_mut().map(|news| news.borrow_and_update().detail.clone()).unwrap_or_default();
        if is_over {
            news = None;
        }
        outbox.offer(&Event::Progress(Progress { id, note, ..Progress::default() }).to_message());
        // A build says more than anybody reads.
        if let Ok(result) = timeout(BETWEEN_NEWS, &mut work).await {
            return result;
        }
    }
}

/// Lets who knows answer.
async fn answer(
    service: &Service,
    request: heph_protocol::Request,
    context: CallContext,
) -> Result<Vec<u8>, WireError> {
    if service.is_on_trial() && request.kind() != Kind::Read {
        return Err(on_trial());
    }
    let Helpers { sync, updater, hub, .. } = &service.helpers;
    if request.name().starts_with("hub.") {
        return administering::answer(hub.as_ref(), request).await;
    }
    match (is_about_sync(&request), is_about_update(&request), sync, updater) {
        (true, _, Some(sync), _) => sync.call(request).await,
        (true, _, None, _) => without_hub(&request),
        (_, true, _, Some(updater)) => updater.call(request).await,
        (_, true, _, None) => Err(on_trial()),
        (_, _, Some(sync), _) if matches!(request, heph_protocol::Request::AttachmentRead(_)) => {
            fetching::read(&service.store, sync, request, context).await
        }
        _ => service.store.call(request, context).await,
    }
}

/// Has a request answered, measures it, and names in the log what was slow or failed.
async fn ask(
    service: Arc<Service>,
    request: heph_protocol::Request,
    context: CallContext,
) -> Result<Vec<u8>, WireError> {
    let (method, kind, request_id) = (request.name(), request.kind(), context.request_id);
    let started = Instant::now();
    let mut result = answer(&service, request, context).await;
    let elapsed = started.elapsed();
    service.metrics.record(method, elapsed);
    let elapsed_ms = elapsed.as_millis() as u64;
    if elapsed > SLOW && kind != Kind::Bulk {
        warn!(request_id, method, elapsed_ms, "slow operation");
    } else {
        debug!(request_id, method, elapsed_ms, is_ok = result.is_ok(), "answered");
    }
    if let Err(error) = &mut result
        && error.code == ErrorCode::Internal
    {
        warn!(request_id, method, message = error.message, "request failed");
        error.data.get_or_insert_with(ErrorData::default).request_id = Some(request_id.to_string());
    }
    result
}
