//! The spoke's login: the device grant (RFC 8628), renewal of tokens (RFC 6749, 6) and their revocation (RFC 7009).

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use oauth2::basic::{
    BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse,
    BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::http::header::CONTENT_TYPE;
use oauth2::http::{Request, StatusCode};
use oauth2::url::form_urlencoded;
use oauth2::{
    ClientId, DeviceCodeErrorResponseType, EmptyExtraDeviceAuthorizationFields, EndpointNotSet, EndpointSet,
    ExtraTokenFields, HttpResponse, RefreshToken, RequestTokenError, Scope,
    StandardDeviceAuthorizationResponse, StandardRevocableToken, StandardTokenResponse, TokenResponse as _,
};
use serde::{Deserialize, Serialize};

use super::provider::Provider;
use super::tokens::Tokens;
use super::transport::{Transport, TransportError};
use crate::environment::Clock;

/// What is asked for: who the person is, and a way to renew it without asking the person again.
const SCOPES: [&str; 3] = ["openid", "profile", "offline_access"];

/// Longest wait for a person to approve, whatever the issuer allows.
const LONGEST_GRANT: Duration = Duration::from_secs(60 * 60);

/// Between two questions whether the person has approved, whatever the issuer asks for.
const INTERVAL: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// Longest life of a token that is counted with.
const LONGEST_LIFE: u64 = 10 * 366 * 24 * 60 * 60;

/// Most bytes of a code for people, and of what an issuer says of an error.
const MAX_WORDS: usize = 200;

/// The login of one client at one issuer.
pub struct DeviceLogin {
    transport: Transport,
    provider: Provider,
    oauth: OAuthClient,
    client_id: String,
    resource: Option<String>,
    clock: Arc<dyn Clock>,
}

type TokenReply = StandardTokenResponse<IdTokenField, BasicTokenType>;

type OAuthClient = oauth2::Client<
    BasicErrorResponse,
    TokenReply,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// The member that OpenID Connect adds to a reply with tokens.
#[derive(Deserialize, Serialize)]
struct IdTokenField {
    id_token: Option<String>,
}

impl ExtraTokenFields for IdTokenField {}

impl fmt::Debug for IdTokenField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdTokenField").finish_non_exhaustive()
    }
}

/// What a person types, or opens, in a browser to approve this device.
pub struct DeviceCode {
    /// The code to type.
    pub user_code: String,
    /// Where to type it.
    pub verification_uri: String,
    /// An address that has the code in it, if the issuer gives one.
    pub verification_uri_complete: Option<String>,
    /// When the code ends.
    pub expires_ms: i64,
    /// Seconds between two questions whether it was approved.
    pub interval_s: u64,
    reply: StandardDeviceAuthorizationResponse,
}

impl fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCode")
            .field("verification_uri", &self.verification_uri)
            .field("expires_ms", &self.expires_ms)
            .field("interval_s", &self.interval_s)
            .finish_non_exhaustive()
    }
}

/// Why there is no login.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// The issuer has no device grant.
    #[error("the issuer `{0}` offers no device grant (RFC 8628); switch it on there for this client")]
    NoDeviceGrant(String),
    /// The person said no.
    #[error("the login was denied in the browser")]
    Denied,
    /// Nobody approved in time.
    #[error("the code has expired; begin again")]
    Expired,
    /// The issuer will not have this client; the words are its own.
    #[error("the issuer refuses the login: {0}")]
    Refused(String),
    /// The issuer cannot be asked now.
    #[error("the issuer cannot be asked: {0}")]
    Unavailable(String),
    /// The tokens came, and cannot be kept.
    #[error("{0}")]
    NotKept(String),
}

/// Why there are no new tokens.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    /// The login is over: it was revoked, it ended, or a token was used twice. The person must log in again.
    #[error("the login has ended; log in again with `heph auth login`")]
    Revoked,
    /// Not now; the tokens at hand stay as good as they were.
    #[error("the issuer cannot renew the login: {0}")]
    Unavailable(String),
}

/// What became of a revocation that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// The issuer knows.
    Done,
    /// The issuer has no endpoint for it: the tokens are only forgotten here.
    NotOffered,
}

impl DeviceLogin {
    /// A client of an issuer. `resource` is the hub's address, if its hello gives one to ask for (RFC 8707).
    ///
    /// # Errors
    /// [`LoginError::NoDeviceGrant`] when the issuer names no device authorization endpoint or no token endpoint.
    pub fn new(
        transport: Transport,
        provider: Provider,
        client_id: &str,
        resource: Option<&str>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, LoginError> {
        let (Some(device), Some(token)) = (provider.device.clone(), provider.token.clone()) else {
            return Err(LoginError::NoDeviceGrant(provider.issuer));
        };
        let oauth = oauth2::Client::new(ClientId::new(client_id.to_owned()))
            .set_device_authorization_url(device)
            .set_token_uri(token);
        let (client_id, resource) = (client_id.to_owned(), resource.map(str::to_owned));
        Ok(Self { transport, provider, oauth, client_id, resource, clock })
    }

    /// Begins a login: asks for a code that the person approves in a browser.
    ///
    /// # Errors
    /// `Refused` and `Unavailable`.
    pub async fn begin(&self) -> Result<DeviceCode, LoginError> {
        let mut request = self.oauth.exchange_device_code();
        request = request.add_scopes(SCOPES.map(|scope| Scope::new(scope.to_owned())));
        if let Some(resource) = &self.resource {
            request = request.add_extra_param("resource", resource);
        }
        let reply = request.request_async::<_, EmptyExtraDeviceAuthorizationFields>(&self.transport).await;
        self.device_code(reply.map_err(refused)?)
    }

    fn device_code(&self, reply: StandardDeviceAuthorizationResponse) -> Result<DeviceCode, LoginError> {
        let user_code = reply.user_code().secret().clone();
        if user_code.is_empty() || user_code.len() > MAX_WORDS || user_code.chars().any(char::is_control) {
            return Err(LoginError::Refused("its code cannot be shown".into()));
        }
        let life = reply.expires_in().min(LONGEST_GRANT).as_millis();
        Ok(DeviceCode {
            user_code,
            verification_uri: reply.verification_uri().to_string(),
            verification_uri_complete: reply.verification_uri_complete().map(|uri| uri.secret().clone()),
            expires_ms: self.now_ms().saturating_add(i64::try_from(life).unwrap_or(i64::MAX)),
            interval_s: reply.interval().clamp(INTERVAL.0, INTERVAL.1).as_secs(),
            reply,
        })
    }

    /// Waits until the person has approved a code, asking as often as the issuer allows. Dropping the future gives up.
    ///
    /// `sleep` is how it waits between two questions. An issuer that cannot be reached meanwhile is asked again.
    ///
    /// # Errors
    /// [`LoginError`]; `Expired` at the latest when the code ends by our clock.
    pub async fn granted<S, F>(&self, code: &DeviceCode, sleep: S) -> Result<Tokens, LoginError>
    where
        S: Fn(Duration) -> F,
        F: Future<Output = ()>,
    {
        let left = u64::try_from(code.expires_ms.saturating_sub(self.now_ms())).unwrap_or(0);
        let clock = Arc::clone(&self.clock);
        let mut request = self.oauth.exchange_device_access_token(&code.reply);
        if let Some(resource) = &self.resource {
            request = request.add_extra_param("resource", resource);
        }
        let reply = request
            .set_time_fn(move || system_time(clock.now().as_millisecond()).into())
            .request_async(
                &self.transport,
                |interval| sleep(interval.clamp(INTERVAL.0, INTERVAL.1)),
                Some(Duration::from_millis(left)),
            )
            .await;
        match reply {
            Ok(reply) => Ok(self.tokens(reply, None)),
            Err(RequestTokenError::ServerResponse(error)) => Err(match error.error() {
                DeviceCodeErrorResponseType::AccessDenied => LoginError::Denied,
                DeviceCodeErrorResponseType::ExpiredToken => LoginError::Expired,
                error => LoginError::Refused(words(error.as_ref())),
            }),
            Err(error) => Err(LoginError::Unavailable(unanswered(&error))),
        }
    }

    /// Renews the tokens of a login. The caller writes what comes back to disk before it uses any of it, and renews
    /// one at a time: an issuer may end a login whose refresh token is used twice.
    ///
    /// # Errors
    /// [`RefreshError`]; `Revoked` also when there is no refresh token.
    pub async fn refresh(&self, tokens: &Tokens) -> Result<Tokens, RefreshError> {
        let refresh_token = RefreshToken::new(tokens.refresh_token.clone().ok_or(RefreshError::Revoked)?);
        let mut request = self.oauth.exchange_refresh_token(&refresh_token);
        if let Some(resource) = &self.resource {
            request = request.add_extra_param("resource", resource);
        }
        let send = async |request| Ok::<_, TransportError>(in_words(self.transport.send(request).await?));
        match request.request_async(&|request| Box::pin(send(request))).await {
            Ok(reply) => Ok(self.tokens(reply, Some(tokens))),
            Err(RequestTokenError::ServerResponse(error)) => Err(match error.error() {
                BasicErrorResponseType::InvalidGrant => RefreshError::Revoked,
                error => RefreshError::Unavailable(words(error.as_ref())),
            }),
            Err(error) => Err(RefreshError::Unavailable(unanswered(&error))),
        }
    }

    /// Tells the issuer to forget a login. Revoking a token that is not good any more succeeds (RFC 7009, 2.2).
    ///
    /// # Errors
    /// A sentence, when the issuer cannot be asked or refuses.
    pub async fn revoke(&self, tokens: &Tokens) -> Result<Revocation, String> {
        let Some(endpoint) = &self.provider.revocation else {
            return Ok(Revocation::NotOffered);
        };
        let (hint, token) = match &tokens.refresh_token {
            Some(token) => ("refresh_token", token),
            None => ("access_token", &tokens.access_token),
        };
        // Not by the library, which refuses the plain HTTP of an issuer on this machine.
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("client_id", self.client_id.as_str()),
                ("token", token),
                ("token_type_hint", hint),
            ])
            .finish();
        let request =
            Request::post(endpoint.as_str()).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = request.body(form.into_bytes()).map_err(|error| error.to_string())?;
        let reply = self.transport.send(request).await.map_err(|error| error.to_string())?;
        match reply.status() {
            StatusCode::OK => Ok(Revocation::Done),
            status => Err(format!("the issuer answered {}", status.as_u16())),
        }
    }

    fn now_ms(&self) -> i64 {
        self.clock.now().as_millisecond()
    }

    /// What a reply gives; what it does not give anew stays as it was.
    fn tokens(&self, reply: TokenReply, before: Option<&Tokens>) -> Tokens {
        let received_ms = self.now_ms();
        let life_ms = |life: Duration| life.as_secs().min(LONGEST_LIFE) as i64 * 1_000;
        let refresh_token = reply.refresh_token().map(|token| token.secret().clone());
        let id_token = reply.extra_fields().id_token.clone();
        Tokens {
            access_token: reply.access_token().secret().clone(),
            id_token: id_token.or_else(|| before?.id_token.clone()),
            refresh_token: refresh_token.or_else(|| before?.refresh_token.clone()),
            received_ms,
            expires_ms: reply.expires_in().map(|life| received_ms.saturating_add(life_ms(life))),
        }
    }
}

/// A refusal to renew, with the word that belongs to it where an issuer gives none: glewlwyd answers a token it does not
/// take any more with 400 and nothing. What RFC 6749, 5.2 has 400 for beside is a fault of the request, and that is the
/// same which succeeded before.
fn in_words(mut reply: HttpResponse) -> HttpResponse {
    if reply.status() == StatusCode::BAD_REQUEST && reply.body().is_empty() {
        *reply.body_mut() = br#"{"error":"invalid_grant"}"#.to_vec();
    }
    reply
}

/// The errors of a request that holds no secret, in the issuer's own words.
fn refused(error: RequestTokenError<TransportError, BasicErrorResponse>) -> LoginError {
    match error {
        RequestTokenError::ServerResponse(error) => {
            let description = error.error_description().map_or("", String::as_str);
            LoginError::Refused(words(&format!("{} {description}", error.error().as_ref())))
        }
        error => LoginError::Unavailable(unanswered(&error)),
    }
}

/// Why there is no answer. A reply that cannot be read is not quoted: it may hold tokens.
fn unanswered<T>(error: &RequestTokenError<TransportError, T>) -> String
where
    T: oauth2::ErrorResponse + 'static,
{
    match error {
        RequestTokenError::Request(error) => error.to_string(),
        _ => "its reply cannot be read".to_owned(),
    }
}

/// An instant as the library wants it.
fn system_time(ms: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

/// Words of an issuer, fit to be shown.
fn words(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(MAX_WORDS).collect()
}

#[cfg(test)]
#[path = "device_tests.rs"]
mod tests;
