//! Looks after the login: one question at a time, so that no refresh token is used twice.

use std::sync::Arc;
use std::time::Duration;

use heph_protocol::hub::Hello;
use tokio::sync::{mpsc, oneshot};

use super::Command;
use crate::oidc::device::{DeviceCode, DeviceLogin, LoginError};
use crate::oidc::tokens::Tokens;
use crate::sync::login::{Login, NoLogin};
use crate::sync::way::Way;

/// What the desk is asked.
pub(super) enum Ask {
    /// Takes in what the hub says of itself.
    Meet(Hello, oneshot::Sender<Result<(), NoLogin>>),
    /// A token to ask the hub with; `true` if the one before was refused.
    Bearer(bool, oneshot::Sender<Result<String, NoLogin>>),
    /// Begins a login.
    Begin(oneshot::Sender<Result<Begun, NoLogin>>),
    /// Waits for the login that was begun.
    Wait(oneshot::Sender<Result<(), LoginError>>),
    /// What became of it.
    Granted(Result<Tokens, LoginError>),
    /// Who is logged in.
    Who(oneshot::Sender<Who>),
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

/// Who is logged in.
#[derive(Debug, Clone, Default)]
pub(super) struct Who {
    pub(super) issuer: Option<String>,
    pub(super) client_id: String,
    pub(super) is_logged_in: bool,
    pub(super) expires_ms: Option<i64>,
}

/// The one who looks after the login.
pub(super) struct Desk {
    login: Login,
    hub: Way,
    driver: mpsc::Sender<Command>,
    waiting: Vec<oneshot::Sender<Result<(), LoginError>>>,
    pending: Option<tokio::task::JoinHandle<()>>,
    outcome: Option<Result<(), LoginError>>,
}

impl Desk {
    pub(super) fn new(login: Login, hub: Way, driver: mpsc::Sender<Command>) -> Self {
        Self { login, hub, driver, waiting: Vec::new(), pending: None, outcome: None }
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
                Some(ask) = grants.recv() => self.answer(ask, &granted).await,
            }
        }
    }

    async fn answer(&mut self, ask: Ask, granted: &mpsc::Sender<Ask>) {
        match ask {
            Ask::Meet(hello, reply) => drop(reply.send(self.login.meet(hello))),
            Ask::Bearer(was_refused, reply) => drop(reply.send(self.login.bearer(was_refused).await)),
            Ask::Begin(reply) => drop(reply.send(self.begin(granted).await)),
            Ask::Wait(reply) => self.wait(reply),
            Ask::Granted(tokens) => self.granted(tokens).await,
            Ask::Who(reply) => drop(reply.send(self.who().await)),
            Ask::End(reply) => {
                let undone = self.login.end().await;
                let _ = self.driver.send(Command::Login).await;
                let _ = reply.send(undone);
            }
        }
    }

    async fn begin(&mut self, granted: &mpsc::Sender<Ask>) -> Result<Begun, NoLogin> {
        if self.login.issuer().is_none() {
            let hello = self.hub.hello().await.map_err(|error| NoLogin::Away(error.to_string()))?;
            self.login.meet(hello)?;
        }
        let (code, login) = self.login.begin().await?;
        let begun = Begun {
            user_code: code.user_code.clone(),
            verification_uri: code.verification_uri.clone(),
            verification_uri_complete: code.verification_uri_complete.clone(),
            expires_ms: code.expires_ms,
            issuer: self.login.issuer().unwrap_or_default().to_owned(),
        };
        if let Some(before) = self.pending.take() {
            before.abort();
        }
        self.outcome = None;
        self.pending = Some(actix_rt::spawn(await_grant(login, code, granted.clone())));
        Ok(begun)
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

    async fn granted(&mut self, tokens: Result<Tokens, LoginError>) {
        self.pending = None;
        let outcome = match tokens {
            Ok(tokens) => {
                self.login.keep(tokens).await.map_err(|error| LoginError::Unavailable(error.to_string()))
            }
            Err(error) => Err(error),
        };
        for waiting in self.waiting.drain(..) {
            let _ = waiting.send(outcome.clone());
        }
        if outcome.is_ok() {
            let _ = self.driver.send(Command::Login).await;
        }
        self.outcome = Some(outcome);
    }

    async fn who(&mut self) -> Who {
        let (issuer, client_id) = (self.login.issuer().map(str::to_owned), self.login.client_id().to_owned());
        let tokens = self.login.tokens().await;
        Who {
            issuer,
            client_id,
            is_logged_in: tokens.is_some(),
            expires_ms: tokens.and_then(|tokens| tokens.expires_ms),
        }
    }
}

async fn await_grant(login: Arc<DeviceLogin>, code: DeviceCode, granted: mpsc::Sender<Ask>) {
    let tokens = login.granted(&code, |pause: Duration| tokio::time::sleep(pause)).await;
    let _ = granted.send(Ask::Granted(tokens)).await;
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
