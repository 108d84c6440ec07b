//! The login of a store at its hub: whom the tokens are of, where they are kept, when they are renewed.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use heph_protocol::hub::Hello;

use super::credentials::{Credentials, CredentialsError};
use super::hub_token;
use crate::config::SpokeConfig;
use crate::environment::Environment;
use crate::oidc::device::{DeviceCode, DeviceLogin, LoginError, RefreshError};
use crate::oidc::provider::discover;
use crate::oidc::tokens::Tokens;
use crate::oidc::transport::Transport;

/// Least time between two tries to renew tokens that are still good, when the issuer cannot be asked.
const RENEWAL_PAUSE_MS: i64 = 30 * 1_000;

/// Why there is no token to ask the hub with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoLogin {
    /// A person has to log in.
    #[error("{0}")]
    Needed(String),
    /// The issuer cannot be asked now.
    #[error("{0}")]
    Away(String),
    /// The settings do not go together with the hub.
    #[error("{0}")]
    Settings(String),
    /// A hub without an issuer has another token than this file.
    #[error("the hub has no issuer, and its token is not the one in {}", .0.display())]
    WrongToken(PathBuf),
}

/// A token to ask the hub with.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Bearer {
    /// The token.
    pub token: String,
    /// When to ask for another, if that is known: Unix milliseconds.
    pub renew_at_ms: Option<i64>,
}

/// The token is a secret.
impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bearer").field("renew_at_ms", &self.renew_at_ms).finish_non_exhaustive()
    }
}

/// Who is logged in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Who {
    /// The issuer, as far as it is known; none for a hub with a token in a file.
    pub issuer: Option<String>,
    /// As whom the store logs in.
    pub client_id: String,
    /// Whether there are tokens, or nobody has to log in.
    pub is_logged_in: bool,
    /// When the token for the hub ends; it is renewed before.
    pub expires_ms: Option<i64>,
}

/// How a store proves to its hub whose it is.
pub struct Login {
    db: PathBuf,
    config: SpokeConfig,
    transport: Transport,
    environment: Environment,
    /// The issuer: by what the hub last said; before that by the store, which once joined, or by the settings.
    issuer: Option<String>,
    /// What the hub last said of itself.
    hello: Option<Hello>,
    tokens: Option<Tokens>,
    /// Whether the tokens have still to be written: the disk was full, say.
    is_unsaved: bool,
    /// When a renewal of tokens that are still good last failed.
    failed_ms: Option<i64>,
    device_login: Option<Arc<DeviceLogin>>,
}

impl Login {
    /// Nobody yet.
    pub fn new(db: PathBuf, config: SpokeConfig, transport: Transport, environment: Environment) -> Self {
        Self {
            db,
            issuer: config.issuer.clone(),
            config,
            transport,
            environment,
            hello: None,
            tokens: None,
            is_unsaved: false,
            failed_ms: None,
            device_login: None,
        }
    }

    /// Recalls who is logged in before the hub is met. `joined` is the issuer of the account that the store joined.
    pub async fn recall(&mut self, joined: Option<String>) {
        if self.hello.is_none() {
            self.issuer = joined.or_else(|| self.config.issuer.clone()).filter(|issuer| !issuer.is_empty());
        }
        if self.tokens.is_none() && self.issuer.is_some() {
            // What is wrong is said when the tokens are needed.
            self.tokens = self.load().await.ok().flatten();
        }
    }

    /// Takes in what the hub says of itself.
    ///
    /// # Errors
    /// [`NoLogin::Settings`] when it trusts another issuer than the settings name.
    pub fn meet(&mut self, hello: Hello) -> Result<(), NoLogin> {
        if let (Some(configured), Some(theirs)) = (&self.config.issuer, &hello.issuer)
            && configured != theirs
        {
            return Err(NoLogin::Settings(format!(
                "the hub trusts the issuer {theirs} and --oidc-issuer names {configured}; they have to be the same"
            )));
        }
        if self.config.issuer.is_some() && hello.issuer.is_none() {
            return Err(NoLogin::Settings(
                "the hub has no issuer and --oidc-issuer names one; take it out with --unset oidc-issuer"
                    .to_owned(),
            ));
        }
        if self.issuer != hello.issuer {
            (self.tokens, self.is_unsaved, self.failed_ms) = (None, false, None);
        }
        let resource = self.hello.as_ref().map(|known| &known.resource);
        if self.issuer != hello.issuer || resource != Some(&hello.resource) {
            self.device_login = None;
        }
        self.issuer.clone_from(&hello.issuer);
        self.hello = Some(hello);
        Ok(())
    }

    /// Whether the hub was met, so that a login can go on without it.
    pub fn has_met(&self) -> bool {
        self.hello.is_some()
    }

    /// The issuer, as far as it is known; none for a hub with a token in a file.
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// Who is logged in.
    pub fn who(&self) -> Who {
        let audience = self.audience();
        let tokens = self.tokens.as_ref().filter(|_| self.issuer.is_some());
        Who {
            issuer: self.issuer.clone(),
            client_id: self.config.client_id.clone(),
            is_logged_in: tokens.is_some() || (self.has_met() && self.issuer.is_none()),
            expires_ms: tokens.and_then(|tokens| tokens.bearer_expires_ms(&audience)),
        }
    }

    fn audience(&self) -> String {
        self.hello.as_ref().and_then(|hello| hello.audience.clone()).unwrap_or_default()
    }

    /// The token to ask the hub with, renewed if that is due, or if it is the one that was `refused`.
    ///
    /// # Errors
    /// [`NoLogin`]
    pub async fn bearer(&mut self, refused: Option<&str>) -> Result<Bearer, NoLogin> {
        if !self.has_met() {
            return Err(NoLogin::Away("the hub was not met yet".to_owned()));
        }
        if self.issuer.is_none() {
            let (token, file) = hub_token::read(&self.db, &self.config)?;
            return match refused == Some(token.as_str()) {
                true => Err(NoLogin::WrongToken(file)),
                false => Ok(Bearer { token, renew_at_ms: None }),
            };
        }
        self.save().await?;
        if self.tokens.is_none() {
            self.tokens = self.load().await?;
        }
        let Some(tokens) = self.tokens.clone() else {
            return Err(NoLogin::Needed("nobody is logged in at the hub".to_owned()));
        };
        let (audience, now) = (self.audience(), self.now_ms());
        // Who asks a second time may have been told of a token that was renewed meanwhile.
        let was_refused = refused == Some(tokens.bearer(&audience));
        let end = tokens.bearer_expires_ms(&audience);
        let is_good = !was_refused && end.is_none_or(|end| now < end);
        let at_hand = |renew_at_ms| Bearer { token: tokens.bearer(&audience).to_owned(), renew_at_ms };
        if is_good && tokens.refresh_token.is_none() {
            return Ok(at_hand(end));
        }
        if !was_refused && !tokens.refresh_due(&audience, now) {
            return Ok(at_hand(tokens.refresh_at_ms(&audience)));
        }
        if let Some(failed) = self.failed_ms.filter(|_| is_good)
            && (0..RENEWAL_PAUSE_MS).contains(&now.saturating_sub(failed))
        {
            return Ok(at_hand(Some(failed.saturating_add(RENEWAL_PAUSE_MS))));
        }
        match self.refresh(&tokens).await {
            Ok(renewed) if was_refused && renewed.bearer(&audience) == tokens.bearer(&audience) => {
                Err(NoLogin::Needed(format!(
                    "the issuer gives no token for the audience {audience} when the login is renewed"
                )))
            }
            Ok(renewed) => Ok(Bearer {
                token: renewed.bearer(&audience).to_owned(),
                renew_at_ms: renewed.refresh_at_ms(&audience),
            }),
            // What is at hand is still good for a while.
            Err(NoLogin::Away(reason)) if is_good && !self.is_unsaved => {
                tracing::info!(%reason, "the login is renewed later");
                self.failed_ms = Some(now);
                Ok(at_hand(Some(now.saturating_add(RENEWAL_PAUSE_MS))))
            }
            Err(error) => Err(error),
        }
    }

    async fn refresh(&mut self, tokens: &Tokens) -> Result<Tokens, NoLogin> {
        let login = self.device_login().await?;
        match login.refresh(tokens).await {
            Ok(renewed) => {
                self.keep(renewed.clone()).await?;
                Ok(renewed)
            }
            Err(RefreshError::Revoked) => {
                if let Err(error) = self.forget().await {
                    tracing::warn!(%error, "the tokens of the login could not be removed");
                }
                Err(NoLogin::Needed(
                    "the login has ended; what is typed here is kept and sent after the next".to_owned(),
                ))
            }
            Err(RefreshError::Unavailable(reason)) => {
                // Its endpoints may be others by now.
                self.device_login = None;
                Err(NoLogin::Away(reason))
            }
        }
    }

    /// Begins a login: a code for the person, and what waits for it.
    ///
    /// # Errors
    /// [`NoLogin`]
    pub async fn begin(&mut self) -> Result<(DeviceCode, Arc<DeviceLogin>), NoLogin> {
        if self.hello.as_ref().is_some_and(|hello| hello.issuer.is_none()) {
            return Err(NoLogin::Settings(
                "this hub has no issuer: it lets in who can read its token file, and nobody logs in"
                    .to_owned(),
            ));
        }
        let login = self.device_login().await?;
        let code = login.begin().await.map_err(not_begun)?;
        Ok((code, login))
    }

    /// Keeps the tokens of a login, on disk before they are used. Those that cannot be written are not lost: they are
    /// written before the next use.
    ///
    /// # Errors
    /// [`NoLogin::Away`] when they cannot be written.
    pub async fn keep(&mut self, tokens: Tokens) -> Result<(), NoLogin> {
        (self.tokens, self.is_unsaved, self.failed_ms) = (Some(tokens), true, None);
        self.save().await
    }

    async fn save(&mut self) -> Result<(), NoLogin> {
        let Some(tokens) = self.tokens.clone().filter(|_| self.is_unsaved) else { return Ok(()) };
        self.with_credentials(move |credentials| credentials.save(&tokens)).await.map_err(away)?;
        self.is_unsaved = false;
        Ok(())
    }

    /// Ends the login: the issuer is told, as far as it can be, and the tokens are forgotten. Answers what could not be
    /// done, in sentences.
    pub async fn end(&mut self) -> Option<String> {
        self.issuer.as_ref()?;
        let tokens = match self.tokens.take() {
            Some(tokens) => Ok(Some(tokens)),
            None => self.load().await,
        };
        let told = match tokens {
            Ok(Some(tokens)) => self.revoke(&tokens).await,
            Ok(None) => Ok(()),
            Err(error) => Err(error.to_string()),
        };
        let told = told.err().map(|reason| format!("the issuer was not told: {reason}"));
        let forgotten =
            self.forget().await.err().map(|reason| format!("not all is forgotten here: {reason}"));
        let undone: Vec<String> = told.into_iter().chain(forgotten).collect();
        (!undone.is_empty()).then(|| undone.join("; "))
    }

    async fn revoke(&mut self, tokens: &Tokens) -> Result<(), String> {
        let login = self.device_login().await.map_err(|error| error.to_string())?;
        login.revoke(tokens).await.map(drop)
    }

    async fn forget(&mut self) -> Result<(), String> {
        (self.tokens, self.is_unsaved, self.failed_ms) = (None, false, None);
        self.with_credentials(|credentials| credentials.forget()).await.map_err(|error| error.to_string())
    }

    async fn load(&self) -> Result<Option<Tokens>, NoLogin> {
        self.with_credentials(|credentials| credentials.load()).await.map_err(|error| match error {
            NotKept::Credentials(error) => NoLogin::Needed(error.to_string()),
            error => away(error),
        })
    }

    /// Does something with the place for the tokens, which may take seconds, on a thread that may wait.
    async fn with_credentials<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Credentials) -> Result<T, CredentialsError> + Send + 'static,
    ) -> Result<T, NotKept> {
        let issuer = self.issuer().unwrap_or_default();
        let keyring = self.environment.keyring.clone();
        let credentials = Credentials::new(&self.db, issuer, &self.config.client_id, keyring)?;
        Ok(tokio::task::spawn_blocking(move || work(&credentials)).await??)
    }

    fn now_ms(&self) -> i64 {
        self.environment.clock.now().as_millisecond()
    }

    async fn device_login(&mut self) -> Result<Arc<DeviceLogin>, NoLogin> {
        if let Some(login) = &self.device_login {
            return Ok(Arc::clone(login));
        }
        let issuer = self.issuer.clone().unwrap_or_default();
        let resource = self.hello.as_ref().and_then(|hello| hello.resource.clone());
        let provider =
            discover(&self.transport, &issuer).await.map_err(|error| match error.is_retryable() {
                true => NoLogin::Away(error.to_string()),
                false => NoLogin::Settings(error.to_string()),
            })?;
        let (transport, clock) = (self.transport.clone(), Arc::clone(&self.environment.clock));
        let login = DeviceLogin::new(transport, provider, &self.config.client_id, resource.as_deref(), clock)
            .map_err(not_begun)?;
        Ok(Arc::clone(self.device_login.insert(Arc::new(login))))
    }
}

/// Why the place for the tokens cannot be used.
#[derive(Debug, thiserror::Error)]
enum NotKept {
    #[error("the store's folder is not known: {0}")]
    Folder(#[from] std::io::Error),
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    #[error("the tokens cannot be reached: {0}")]
    Thread(#[from] tokio::task::JoinError),
}

fn away(error: NotKept) -> NoLogin {
    NoLogin::Away(error.to_string())
}

fn not_begun(error: LoginError) -> NoLogin {
    match error {
        LoginError::Unavailable(_) => NoLogin::Away(error.to_string()),
        _ => NoLogin::Settings(error.to_string()),
    }
}

#[cfg(test)]
#[path = "login_tests.rs"]
mod tests;
