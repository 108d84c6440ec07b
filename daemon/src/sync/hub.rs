//! Asks a hub over HTTP: each call once, within its deadline, its reply within limits.

use std::io::Read as _;
use std::time::Duration;

use heph_protocol::hub::{
    Account, CONTENT_ENCODING, CONTENT_TYPE, DEVICE_HEADER, Device, Devices, Hello, Id, MAX_PAGE_OPS, Ops,
    PROTO, PROTO_HEADER, Problem, Push, PushReply, RegisterDevice, Verdict,
};
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING as ENCODING, CONTENT_TYPE as TYPE, RETRY_AFTER,
};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::wire;
use crate::domain::id::{DeviceId, OpId};
use crate::domain::sync::Arrived;
use crate::domain::sync::hub::Offered;

/// The longest reply, as it comes and as it is inflated. A page of the log ends at 8 MiB of bodies.
const MAX_REPLY: usize = 24 << 20;

/// What is said of a hub at a public address without TLS.
pub const OPENLY: &str = "what goes to the hub can be read by others on the way: it is plain HTTP to an address that may be public; \
    give the hub a certificate and use https://";

/// Most characters of what a hub says of a refusal.
const MAX_WORDS: usize = 300;

/// A request is compressed from here on; a hub refuses what grows to more than so many times its size.
const COMPRESS_FROM: usize = 512;
const MAX_RATIO: usize = 40;

/// How hard it is compressed: the quickest level that is worth it.
const LEVEL: i32 = 1;

/// Why a call did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HubError {
    /// The hub cannot be reached, or cannot do it now.
    #[error("{reason}")]
    Away {
        /// Why.
        reason: String,
        /// When it wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// The token does not count any more.
    #[error("the hub does not take the login: {0}")]
    Unauthorized(String),
    /// Registering needs a login of a moment ago.
    #[error("{0}")]
    LoginTooOld(String),
    /// The hub does not know this device.
    #[error("the hub does not know this device")]
    UnknownDevice,
    /// Somebody locked this device out.
    #[error("this device was locked out of the account")]
    Revoked,
    /// The account has another epoch: the hub was restored from a backup.
    #[error("the account has epoch {0}")]
    Epoch(u64),
    /// The two speak different versions of the API.
    #[error("{0}")]
    Upgrade(String),
    /// The account is full.
    #[error("{0}")]
    Full(String),
    /// What answers is no hub: a wrong address, or a proxy or a portal on the way.
    #[error("what answers at the hub's address is no hub of heph: {0}")]
    NotOurs(String),
    /// It has not got what it was asked for.
    #[error("the hub has not got it")]
    Absent,
    /// It refuses for good.
    #[error("{0}")]
    Refused(String),
}

/// A page of the account's log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The account's epoch.
    pub epoch: u64,
    /// The newest place.
    pub head: u64,
    /// The hub's clock, Unix milliseconds.
    pub server_ms: i64,
    /// The operations.
    pub ops: Vec<Arrived>,
    /// Whether there are more.
    pub more: bool,
}

/// What the hub said of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// The newest place.
    pub head: u64,
    /// When the first of those that got a place was taken, Unix milliseconds; each other one a millisecond after the last.
    pub received_at: u64,
    /// What became of each.
    pub verdicts: Vec<(OpId, Verdict)>,
}

impl Pushed {
    /// What the log goes on with after a push, if all of it was taken at the very next places: nothing else needs to be
    /// read then.
    pub fn next_in_log(&self, cursor: u64, device: DeviceId, offers: Vec<Offered>) -> Option<Vec<Arrived>> {
        if self.received_at == 0 || self.verdicts.len() != offers.len() {
            return None;
        }
        let next =
            offers.into_iter().zip(&self.verdicts).zip(cursor + 1..).map(|((offer, (op, verdict)), seq)| {
                let after = seq - cursor - 1;
                (offer.id == *op && *verdict == Verdict::Ok(seq)).then(|| Arrived {
                    seq,
                    received_at: self.received_at + after,
                    cursor: offer.cursor,
                    id: offer.id,
                    device,
                    entity: offer.stream,
                    kind: offer.kind,
                    body: Vec::new(),
                })
            });
        next.collect()
    }
}

/// A hub over HTTP. Cheap to clone.
#[derive(Debug, Clone)]
pub struct HttpHub {
    http: Client,
    base: Url,
    device: DeviceId,
}

impl HttpHub {
    /// The hub at an address, asked by a device.
    ///
    /// # Errors
    /// A sentence when the address is none.
    pub fn new(http: Client, url: &str, device: DeviceId) -> Result<Self, String> {
        let mut base = Url::parse(url).map_err(|error| format!("`{url}` is no address: {error}"))?;
        // The API stands below the address, also where that has a path of its own.
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        if crate::http::is_open(&base) {
            tracing::warn!(host = base.host_str(), "{OPENLY}");
        }
        Ok(Self { http, base, device })
    }

    /// What hub this is.
    ///
    /// # Errors
    /// [`HubError`]
    pub async fn hello(&self) -> Result<Hello, HubError> {
        let request = self.request(Method::GET, "v1/hello", None)?;
        let hello: Hello = read(send(request).await?).await?;
        let [least, most] = hello.proto;
        if (least..=most).contains(&PROTO) {
            return Ok(hello);
        }
        let older = if most < PROTO { "the hub" } else { "hephd on this machine" };
        Err(HubError::Upgrade(format!(
            "this hephd speaks version {PROTO} of the API and the hub {least} to {most}; upgrade {older}"
        )))
    }

    /// The account of a login.
    ///
    /// # Errors
    /// [`HubError`]
    pub async fn account(&self, bearer: &str) -> Result<Account, HubError> {
        read(send(self.request(Method::GET, "v1/account", Some(bearer))?).await?).await
    }

    /// Makes this device known.
    ///
    /// # Errors
    /// [`HubError::LoginTooOld`] when the person did not log in just now.
    pub async fn register(&self, bearer: &str, name: &str) -> Result<(), HubError> {
        let device = RegisterDevice { device: Id::new(*self.device.as_bytes()), name: name.to_owned() };
        let request = self.request(Method::POST, "v1/devices", Some(bearer))?;
        read::<Device>(send(with_body(request, &device)?).await?).await.map(drop)
    }

    /// The devices of the account.
    ///
    /// # Errors
    /// [`HubError`]
    pub async fn devices(&self, bearer: &str) -> Result<Devices, HubError> {
        read(send(self.request(Method::GET, "v1/devices", Some(bearer))?).await?).await
    }

    /// Locks a device out.
    ///
    /// # Errors
    /// [`HubError`]
    pub async fn revoke(&self, bearer: &str, device: DeviceId) -> Result<(), HubError> {
        let path = format!("v1/devices/{device}");
        send(self.request(Method::DELETE, &path, Some(bearer))?).await.map(drop)
    }

    /// Offers operations.
    ///
    /// # Errors
    /// [`HubError`]; what became of the operations is unknown then, and they may be offered again as they are.
    pub async fn push(&self, bearer: &str, epoch: u64, ops: Vec<Offered>) -> Result<Pushed, HubError> {
        let device = Id::new(*self.device.as_bytes());
        let push = Push { device, epoch, ops: ops.into_iter().map(wire::offered).collect() };
        let request = self.request(Method::POST, "v1/push", Some(bearer))?;
        let reply: PushReply = read(send(with_body(request, &push)?).await?).await?;
        let PushReply { head, received_at, results, .. } = reply;
        let received_at = u64::try_from(received_at).unwrap_or_default();
        Ok(Pushed { head, received_at, verdicts: wire::verdicts(results) })
    }

    /// A page of the log after a place; an empty one is waited for as long as `wait` says. Bodies of what this device
    /// sent are left out if it has them: `brief`.
    ///
    /// # Errors
    /// [`HubError`]
    pub async fn ops(&self, bearer: &str, after: u64, wait: Duration, brief: bool) -> Result<Page, HubError> {
        let wait = wait.as_secs();
        let path = format!("v1/ops?after={after}&limit={MAX_PAGE_OPS}&wait={wait}&brief={}", u8::from(brief));
        self.page(bearer, &path).await
    }

    /// A page of the log, for a device that is not the account's yet and could be made known now.
    ///
    /// # Errors
    /// [`HubError::LoginTooOld`] when it could not.
    pub async fn peek(&self, bearer: &str, after: u64) -> Result<Page, HubError> {
        self.page(bearer, &format!("v1/ops?after={after}&limit={MAX_PAGE_OPS}&peek=1")).await
    }

    async fn page(&self, bearer: &str, path: &str) -> Result<Page, HubError> {
        let request = self.request(Method::GET, path, Some(bearer))?;
        let page: Ops = read(send(request).await?).await?;
        let Ops { epoch, head, server_ms, ops, more, .. } = page;
        let more = more && !ops.is_empty();
        Ok(Page { epoch, head, server_ms, ops: ops.into_iter().map(wire::arrived).collect(), more })
    }

    /// Opens the stream of events.
    ///
    /// # Errors
    /// [`HubError`]
    pub async fn events(&self, bearer: &str) -> Result<Response, HubError> {
        const A_DAY: Duration = Duration::from_secs(25 * 3600);
        let request = self.request(Method::GET, "v1/events", Some(bearer))?;
        let response = send(request.header(ACCEPT, "text/event-stream").timeout(A_DAY)).await?;
        let media = response.headers().get(TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
        match media.starts_with("text/event-stream") {
            true => Ok(response),
            false => Err(HubError::NotOurs(format!("it answers {} with something else", response.status()))),
        }
    }

    pub(super) fn request(
        &self,
        method: Method,
        path: &str,
        bearer: Option<&str>,
    ) -> Result<RequestBuilder, HubError> {
        let url = self.base.join(path).map_err(|error| HubError::Refused(error.to_string()))?;
        let request = self
            .http
            .request(method, url)
            .header(PROTO_HEADER, PROTO)
            .header(DEVICE_HEADER, self.device.to_string())
            .header(ACCEPT_ENCODING, CONTENT_ENCODING);
        Ok(match bearer {
            Some(bearer) => request.bearer_auth(bearer),
            None => request,
        })
    }
}

pub(super) fn with_body(request: RequestBuilder, body: &impl Serialize) -> Result<RequestBuilder, HubError> {
    let bytes = rmp_serde::to_vec_named(body).map_err(|error| HubError::Refused(error.to_string()))?;
    let request = request.header(TYPE, CONTENT_TYPE);
    if bytes.len() >= COMPRESS_FROM
        && let Ok(short) = zstd::bulk::compress(&bytes, LEVEL)
        && bytes.len() / short.len().max(1) < MAX_RATIO
        && short.len() < bytes.len()
    {
        return Ok(request.header(ENCODING, CONTENT_ENCODING).body(short));
    }
    Ok(request.body(bytes))
}

pub(super) async fn send(request: RequestBuilder) -> Result<Response, HubError> {
    let response = request.send().await.map_err(|error| away(&error))?;
    if response.status().is_success() {
        return Ok(response);
    }
    Err(refused(response).await)
}

fn away(error: &reqwest::Error) -> HubError {
    let reason = if error.is_timeout() {
        "the hub does not answer in time".to_owned()
    } else {
        format!("the hub cannot be reached: {}", crate::http::causes(error))
    };
    HubError::Away { reason, retry_after: None }
}

async fn refused(response: Response) -> HubError {
    let status = response.status();
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let retry_after = retry_after.map(Duration::from_secs);
    let is_ours = is_ours(&response);
    let problem: Problem =
        if is_ours { read(response).await.unwrap_or_default() } else { Problem::default() };
    let said: String = problem.message.chars().filter(|c| !c.is_control()).take(MAX_WORDS).collect();
    let said = if said.is_empty() { format!("the hub answers {status}") } else { said };
    match (status, problem.code.as_str()) {
        (StatusCode::UNAUTHORIZED, _) if is_ours => HubError::Unauthorized(said),
        (StatusCode::FORBIDDEN, "device_revoked") => HubError::Revoked,
        (StatusCode::FORBIDDEN, "login_too_old") => HubError::LoginTooOld(said),
        (StatusCode::FORBIDDEN, "forbidden") => HubError::UnknownDevice,
        (StatusCode::NOT_FOUND, "not_found") => HubError::Absent,
        (StatusCode::CONFLICT, "epoch") => HubError::Epoch(problem.epoch.unwrap_or_default()),
        (StatusCode::UPGRADE_REQUIRED, _) if is_ours => HubError::Upgrade(said),
        (StatusCode::INSUFFICIENT_STORAGE, _) if is_ours => HubError::Full(said),
        (StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT, _) => {
            HubError::Away { reason: said, retry_after }
        }
        _ if status.is_server_error() => HubError::Away { reason: said, retry_after },
        _ if !is_ours => HubError::NotOurs(said),
        _ => HubError::Refused(said),
    }
}

pub(super) async fn read<T: DeserializeOwned>(response: Response) -> Result<T, HubError> {
    if !is_ours(&response) {
        return Err(HubError::NotOurs(format!("it answers {} with something else", response.status())));
    }
    let is_compressed = response.headers().get(ENCODING).is_some_and(|coding| coding == CONTENT_ENCODING);
    let bytes = crate::http::body(response, MAX_REPLY).await.map_err(|error| HubError::Away {
        reason: format!("the reply of the hub was cut off: {error}"),
        retry_after: None,
    })?;
    let bytes = if is_compressed { inflate(&bytes)? } else { bytes };
    rmp_serde::from_slice(&bytes)
        .map_err(|error| HubError::NotOurs(format!("its answer cannot be read ({error})")))
}

/// Whether an answer is of the media type of a hub.
fn is_ours(response: &Response) -> bool {
    response.headers().get(TYPE).is_some_and(|media| media == CONTENT_TYPE)
}

fn inflate(bytes: &[u8]) -> Result<Vec<u8>, HubError> {
    let unreadable = |_| HubError::Refused("the reply of the hub cannot be inflated".to_owned());
    let decoder = zstd::stream::read::Decoder::with_buffer(bytes).map_err(unreadable)?;
    let mut out = Vec::new();
    let read = decoder.take(MAX_REPLY as u64 + 1).read_to_end(&mut out).map_err(unreadable)?;
    if read > MAX_REPLY {
        return Err(HubError::Refused("the reply of the hub is too long".to_owned()));
    }
    Ok(out)
}
