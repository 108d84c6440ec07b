//! Looks after the login: one question at a time, so that no refresh token is used twice.

use std::sync::Arc;
use std::time::Duration;

use heph_protocol::hub::Hello;
use tokio::sync::{Notify, mpsc, oneshot, watch};

use crate::oidc::device::{DeviceCode, DeviceLogin, LoginError};
use crate::oidc::tokens::Tokens;
use crate::sync::hub::HubError;
use crate::sync::login::{Bearer, Login, NoLogin, Who};
use crate::sync::way::Way;

/// What became of a login, by its number.
type Grant = (u64, Result<Tokens, LoginError>);

/// What the desk is asked.
pub(super) enum Ask {
    /// Recalls who is logged in, by the issuer of the account that the store joined.
    Recall(Option<String>, oneshot::Sender<()>),
    /// Takes in what the hub says of itself.
    Meet(Hello, oneshot::Sender<Result<(), NoLogin>>),
    /// A token to ask the hub with, and the one that it refused.
    Bearer(Option<String>, oneshot::Sender<Result<Bearer, NoLogin>>),
    /// Begins a login.
    Begin(oneshot::Sender<Result<Begun, NoLogin>>),
    /// Waits for the login that was begun.
    Wait(oneshot::Sender<Result<(), LoginError>>),
    /// Ends the login; answers what could not be done.
    End(oneshot::Sender<Option<String>>),
}

/// A login that waits for the person.
#[derive(Debug, Clone)]
pub(super) struct Begun {
    pub(super) user_code: String,
    pub(super) verification_uri: String,
    pub(super) verification_uri_complete: Option<String>,
    pub(super) expires_ms: i64,
    pub(super) issuer: String,
}

/// A login that waits for the person.
struct Pending {
    /// Which one it is: what comes of those before does not count.
    number: u64,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The one who looks after the login.
pub(super) struct Desk {
    login: Login,
    hub: Way,
    /// Tells who is logged in; nothing before that was recalled.
    who: watch::Sender<Option<Who>>,
    /// Tells the driver that the login is another.
    changed: Arc<Notify>,
    waiting: Vec<oneshot::Sender<Result<(), LoginError>>>,
    begun: u64,
    pending: Option<Pending>,
    outcome: Option<Result<(), LoginError>>,
}

impl Desk {
    pub(super) fn new(login: Login, hub: Way, who: watch::Sender<Option<Who>>, changed: Arc<Notify>) -> Self {
        Self { login, hub, who, changed, waiting: Vec::new(), begun: 0, pending: None, outcome: None }
    }

    /// Answers until nobody asks any more.
    pub(super) async fn run(mut self, mut asked: mpsc::Receiver<Ask>) {
        let (granted, mut grants) = mpsc::channel(1);
        loop {
            tokio::select! {
                ask = asked.recv() => match ask {
                    Some(ask) => self.answer(ask, &granted).await,
                    None => return,
                },
                Some((number, tokens)) = grants.recv() => self.granted(number, tokens).await,
            }
        }
    }

    /// Answers, once all can see who is logged in now.
    async fn answer(&mut self, ask: Ask, granted: &mpsc::Sender<Grant>) {
        match ask {
            Ask::Recall(issuer, reply) => {
                self.login.recall(issuer).await;
                self.reply(reply, ());
            }
            Ask::Meet(hello, reply) => {
                let met = self.login.meet(hello);
                self.reply(reply, met);
            }
            Ask::Bearer(refused, reply) => {
                let bearer = self.login.bearer(refused.as_deref()).await;
                self.reply(reply, bearer);
            }
            Ask::Begin(reply) => {
                let begun = self.begin(granted).await;
                self.reply(reply, begun);
            }
            Ask::Wait(reply) => self.wait(reply),
            Ask::End(reply) => {
                self.give_up();
                let undone = self.login.end().await;
                self.changed.notify_one();
                self.reply(reply, undone);
            }
        }
    }

    fn reply<T>(&self, reply: oneshot::Sender<T>, answer: T) {
        self.tell();
        // Who asked may have gone.
        let _ = reply.send(answer);
    }

    fn tell(&self) {
        let who = self.login.who();
        self.who.send_if_modified(|known| {
            let is_news = known.as_ref() != Some(&who);
            *known = Some(who);
            is_news
        });
    }

    async fn begin(&mut self, granted: &mpsc::Sender<Grant>) -> Result<Begun, NoLogin> {
        match self.hub.hello().await {
            Ok(hello) => self.login.meet(hello)?,
            // What it said before will do.
            Err(HubError::Away { .. }) if self.login.has_met() => {}
            Err(HubError::Away { reason, .. }) => return Err(NoLogin::Away(reason)),
            Err(error) => return Err(NoLogin::Settings(error.to_string())),
        }
        let (code, login) = self.login.begin().await?;
        let begun = Begun {
            user_code: code.user_code.clone(),
            verification_uri: code.verification_uri.clone(),
            verification_uri_complete: code.verification_uri_complete.clone(),
            expires_ms: code.expires_ms,
            issuer: self.login.issuer().unwrap_or_default().to_owned(),
        };
        self.give_up();
        self.begun += 1;
        let number = self.begun;
        let task = actix_rt::spawn(await_grant(number, login, code, granted.clone()));
        self.pending = Some(Pending { number, task });
        Ok(begun)
    }

    /// Gives up the login that was begun, if there is one.
    fn give_up(&mut self) {
        (self.pending, self.outcome) = (None, None);
        self.release(&Err(LoginError::Expired));
    }

    fn release(&mut self, outcome: &Result<(), LoginError>) {
        for waiting in self.waiting.drain(..) {
            let _ = waiting.send(outcome.clone());
        }
    }

    fn wait(&mut self, reply: oneshot::Sender<Result<(), LoginError>>) {
        match &self.outcome {
            Some(outcome) => drop(reply.send(outcome.clone())),
            None if self.pending.is_none() => drop(reply.send(Err(LoginError::Expired))),
            None => {
                self.waiting.retain(|waiting| !waiting.is_closed());
                self.waiting.push(reply);
            }
        }
    }

    async fn granted(&mut self, number: u64, tokens: Result<Tokens, LoginError>) {
        if self.pending.as_ref().is_none_or(|pending| pending.number != number) {
            return;
        }
        self.pending = None;
        let outcome = match tokens {
            Ok(tokens) => {
                self.login.keep(tokens).await.map_err(|error| LoginError::NotKept(error.to_string()))
            }
            Err(error) => Err(error),
        };
        self.tell();
        self.changed.notify_one();
        self.release(&outcome);
        self.outcome = Some(outcome);
    }
}

async fn await_grant(number: u64, login: Arc<DeviceLogin>, code: DeviceCode, granted: mpsc::Sender<Grant>) {
    let tokens = login.granted(&code, |pause: Duration| tokio::time::sleep(pause)).await;
    // Nobody listens once sync has ended.
    let _ = granted.send((number, tokens)).await;
}

/// Asks the desk something.
pub(super) async fn ask<T>(
    desk: &mpsc::Sender<Ask>,
    question: impl FnOnce(oneshot::Sender<T>) -> Ask,
) -> Option<T> {
    let (reply, answer) = oneshot::channel();
    desk.send(question(reply)).await.ok()?;
    answer.await.ok()
}
