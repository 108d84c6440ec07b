//! The login of a store at its hub: whom the tokens are of, where they are kept, when they are renewed.

use std::path::PathBuf;
use std::sync::Arc;

use heph_protocol::hub::Hello;

use super::credentials::Credentials;
use super::keyring::SystemKeyring;
use crate::config::SpokeConfig;
use crate::environment::Clock;
use crate::oidc::device::{DeviceCode, DeviceLogin, LoginError, RefreshError};
use crate::oidc::provider::discover;
use crate::oidc::tokens::Tokens;
use crate::oidc::transport::Transport;

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
}

/// How a store proves to its hub whose it is.
pub struct Login {
    db: PathBuf,
    config: SpokeConfig,
    transport: Transport,
    clock: Arc<dyn Clock>,
    /// What the hub last said of its issuer.
    hello: Option<Hello>,
    tokens: Option<Tokens>,
    device_login: Option<Arc<DeviceLogin>>,
}

impl Login {
    /// Nobody yet.
    pub fn new(db: PathBuf, config: SpokeConfig, transport: Transport, clock: Arc<dyn Clock>) -> Self {
        Self { db, config, transport, clock, hello: None, tokens: None, device_login: None }
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
        if self.hello.as_ref().is_some_and(|known| known.issuer != hello.issuer) {
            self.tokens = None;
            self.device_login = None;
        }
        self.hello = Some(hello);
        Ok(())
    }

    /// The issuer, once the hub was met; none for a hub with a token in a file.
    pub fn issuer(&self) -> Option<&str> {
        self.hello.as_ref()?.issuer.as_deref()
    }

    /// As whom the store logs in.
    pub fn client_id(&self) -> &str {
        &self.config.client_id
    }

    /// The token to ask the hub with, renewed if that is due, or if it `was_refused`.
    ///
    /// # Errors
    /// [`NoLogin`]
    pub async fn bearer(&mut self, was_refused: bool) -> Result<String, NoLogin> {
        let Some(hello) = &self.hello else {
            return Err(NoLogin::Away("the hub was not met yet".to_owned()));
        };
        if hello.issuer.is_none() {
            return self.token_of_file();
        }
        let audience = hello.audience.clone().unwrap_or_default();
        if self.tokens.is_none() {
            self.tokens = self.load().await?;
        }
        let Some(tokens) = self.tokens.clone() else {
            return Err(NoLogin::Needed("nobody is logged in at the hub".to_owned()));
        };
        let now = self.clock.now().as_millisecond();
        if !was_refused && !tokens.refresh_due(&audience, now) {
            return Ok(tokens.bearer(&audience).to_owned());
        }
        match self.refresh(&tokens).await {
            Ok(renewed) => Ok(renewed.bearer(&audience).to_owned()),
            // What is at hand is still good for a while.
            Err(NoLogin::Away(_))
                if !was_refused && tokens.bearer_expires_ms(&audience).is_none_or(|end| now < end) =>
            {
                Ok(tokens.bearer(&audience).to_owned())
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
                self.forget().await;
                Err(NoLogin::Needed("the login has ended".to_owned()))
            }
            Err(RefreshError::Unavailable(reason)) => Err(NoLogin::Away(reason)),
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

    /// Keeps the tokens of a login, on disk before they are used.
    ///
    /// # Errors
    /// [`NoLogin::Away`] when they cannot be kept.
    pub async fn keep(&mut self, tokens: Tokens) -> Result<(), NoLogin> {
        let (credentials, kept) = (self.credentials()?, tokens.clone());
        let saved = tokio::task::spawn_blocking(move || credentials.save(&kept)).await;
        match saved {
            Ok(Ok(())) => {
                self.tokens = Some(tokens);
                Ok(())
            }
            Ok(Err(error)) => Err(NoLogin::Away(error.to_string())),
            Err(error) => Err(NoLogin::Away(error.to_string())),
        }
    }

    /// Ends the login: the issuer is told, as far as it can be, and the tokens are forgotten. Answers what could not be
    /// done.
    pub async fn end(&mut self) -> Option<String> {
        let tokens = match self.tokens.take() {
            Some(tokens) => Some(tokens),
            None => self.load().await.ok().flatten(),
        };
        let revoked = match (tokens, self.device_login().await) {
            (Some(tokens), Ok(login)) => login.revoke(&tokens).await.err(),
            (Some(_), Err(error)) => Some(error.to_string()),
            (None, _) => None,
        };
        self.forget().await;
        revoked
    }

    /// The tokens at hand.
    pub async fn tokens(&mut self) -> Option<&Tokens> {
        if self.tokens.is_none() && self.issuer().is_some() {
            self.tokens = self.load().await.ok().flatten();
        }
        self.tokens.as_ref()
    }

    async fn forget(&mut self) {
        self.tokens = None;
        let Ok(credentials) = self.credentials() else { return };
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || credentials.forget()).await {
            tracing::warn!(%error, "the tokens of the login could not be removed");
        }
    }

    async fn load(&self) -> Result<Option<Tokens>, NoLogin> {
        let credentials = self.credentials()?;
        match tokio::task::spawn_blocking(move || credentials.load()).await {
            Ok(Ok(tokens)) => Ok(tokens),
            Ok(Err(error)) => Err(NoLogin::Needed(error.to_string())),
            Err(error) => Err(NoLogin::Away(error.to_string())),
        }
    }

    fn credentials(&self) -> Result<Credentials, NoLogin> {
        let issuer = self.issuer().unwrap_or_default();
        let keyring = Arc::new(SystemKeyring::default());
        Credentials::new(&self.db, issuer, &self.config.client_id, Some(keyring))
            .map_err(|error| NoLogin::Away(error.to_string()))
    }

    async fn device_login(&mut self) -> Result<Arc<DeviceLogin>, NoLogin> {
        if let Some(login) = &self.device_login {
            return Ok(Arc::clone(login));
        }
        let hello = self.hello.clone().unwrap_or_default();
        let issuer = hello.issuer.unwrap_or_default();
        let provider =
            discover(&self.transport, &issuer).await.map_err(|error| match error.is_retryable() {
                true => NoLogin::Away(error.to_string()),
                false => NoLogin::Settings(error.to_string()),
            })?;
        let (transport, clock) = (self.transport.clone(), Arc::clone(&self.clock));
        let login =
            DeviceLogin::new(transport, provider, &self.config.client_id, hello.resource.as_deref(), clock)
                .map_err(not_begun)?;
        Ok(Arc::clone(self.device_login.insert(Arc::new(login))))
    }

    /// The token of a hub of this machine, from a file of the same person.
    fn token_of_file(&self) -> Result<String, NoLogin> {
        let places = self.token_files();
        for path in &places {
            if let Ok(token) = std::fs::read_to_string(path) {
                return Ok(token.trim().to_owned());
            }
        }
        let places: Vec<String> = places.iter().map(|path| path.display().to_string()).collect();
        Err(NoLogin::Settings(format!(
            "the hub has no issuer, and its token is in none of {}; name the file with --hub-token-file",
            places.join(", ")
        )))
    }

    fn token_files(&self) -> Vec<PathBuf> {
        if let Some(path) = &self.config.token_file {
            return vec![path.clone()];
        }
        let port = reqwest::Url::parse(&self.config.url).ok().and_then(|url| url.port_or_known_default());
        let name = format!("hub-{}.token", port.unwrap_or_default());
        let own = self.db.with_file_name(&name);
        let default = std::env::home_dir().map(|home| home.join(".local/share/heph").join(&name));
        let mut places = vec![own];
        places.extend(default.filter(|default| *default != places[0]));
        places
    }
}

fn not_begun(error: LoginError) -> NoLogin {
    match error {
        LoginError::Unavailable(_) => NoLogin::Away(error.to_string()),
        _ => NoLogin::Settings(error.to_string()),
    }
}
