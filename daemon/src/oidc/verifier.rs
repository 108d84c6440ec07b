//! Whose token it is: what the hub checks before it serves a request (RFC 7519, RFC 9068, OpenID Connect Core 1.0).

use std::fmt;
use std::sync::Arc;

use super::jwt::{Claims, Jwt};
use super::key_cache::KeyCache;
use super::key_set::Signature;
use super::transport::Transport;
use crate::environment::Clock;

/// How far the clocks of hub and issuer may differ.
const LEEWAY_MS: i64 = 60 * 1_000;

/// Most bytes of a subject (OpenID Connect Core 1.0, 2).
const MAX_SUBJECT: usize = 255;

/// A person who showed a token: the account is the issuer and the subject together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Who vouches for the person.
    pub issuer: String,
    /// The person, by the name the issuer never gives to another.
    pub subject: String,
    /// When the person logged in (`auth_time`); when the token was made, if it does not say.
    pub authenticated_ms: Option<i64>,
    /// When the token was made.
    pub issued_ms: Option<i64>,
    /// When the token ends.
    pub expires_ms: Option<i64>,
}

/// Why nobody is let in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The token is not good, and why. It is never quoted.
    #[error("{0}")]
    Invalid(String),
    /// The issuer's keys cannot be had, so nothing is known of the token; try again later.
    #[error("the token cannot be checked now: {0}")]
    Unavailable(String),
}

fn invalid(reason: &str) -> TokenError {
    TokenError::Invalid(reason.to_owned())
}

/// Verifies tokens of one issuer for one audience.
pub struct TokenVerifier {
    issuer: String,
    audience: String,
    keys: KeyCache,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for TokenVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { issuer, audience, .. } = self;
        f.debug_struct("TokenVerifier")
            .field("issuer", issuer)
            .field("audience", audience)
            .finish_non_exhaustive()
    }
}

impl TokenVerifier {
    /// Verifies for an issuer, by its exact name, and an audience. Nothing is fetched before the first token.
    pub fn new(issuer: String, audience: String, http: reqwest::Client, clock: Arc<dyn Clock>) -> Self {
        let keys = KeyCache::new(issuer.clone(), Transport::new(http), Arc::clone(&clock));
        Self { issuer, audience, keys, clock }
    }

    /// Says whose token it is: an access token or an ID token, signed by the issuer, for our audience, valid now.
    ///
    /// # Errors
    /// [`TokenError`]. Within a tokio runtime only, as a fetch of keys is a task of its own.
    pub async fn verify(&self, token: &str) -> Result<Login, TokenError> {
        let jwt = Jwt::read(token).map_err(invalid)?;
        let header = &jwt.header;
        let algorithm = header.algorithm().ok_or_else(|| invalid("the token's algorithm is not accepted"))?;
        if header.crit.is_some() {
            return Err(invalid("the token has critical extensions, and none is known"));
        }
        if !header.is_login() {
            return Err(invalid("the token is neither an access token nor an ID token"));
        }
        // Before the signature, so that a token of another issuer costs no fetch of keys.
        let login = self.login(&jwt.claims)?;
        let keys = self.keys.keys().await.map_err(TokenError::Unavailable)?;
        let mut signature = keys.verify(&jwt, &algorithm);
        if signature == Signature::UnknownKey
            && let Some(keys) = self.keys.newer(&keys).await.map_err(TokenError::Unavailable)?
        {
            signature = keys.verify(&jwt, &algorithm);
        }
        match signature {
            Signature::Good => Ok(login),
            Signature::Bad => Err(invalid("the token's signature is not the issuer's")),
            Signature::UnknownKey => Err(invalid("the token's key is not one of the issuer's")),
        }
    }

    /// What the claims say, if they are to be believed.
    fn login(&self, claims: &Claims) -> Result<Login, TokenError> {
        if claims.iss.as_deref() != Some(&self.issuer) {
            return Err(invalid("the token is of another issuer"));
        }
        if !claims.is_for(&self.audience) {
            return Err(invalid("the token is for another audience"));
        }
        let now = self.clock.now().as_millisecond();
        let expires_ms = claims.expires_ms().ok_or_else(|| invalid("the token has no end (`exp`)"))?;
        if now >= expires_ms.saturating_add(LEEWAY_MS) {
            return Err(invalid("the token has expired"));
        }
        if claims.begins_ms().is_some_and(|begins| now < begins.saturating_sub(LEEWAY_MS)) {
            return Err(invalid("the token is not valid yet"));
        }
        let subject = claims.sub.as_deref().unwrap_or_default();
        if subject.is_empty() || subject.len() > MAX_SUBJECT {
            return Err(invalid("the token names no subject of 1 to 255 bytes"));
        }
        Ok(Login {
            issuer: self.issuer.clone(),
            subject: subject.to_owned(),
            authenticated_ms: claims.authenticated_ms(),
            issued_ms: claims.issued_ms(),
            expires_ms: Some(expires_ms),
        })
    }
}

#[cfg(test)]
#[path = "verifier_tests.rs"]
mod tests;
