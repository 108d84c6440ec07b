//! A hub inside the test, and a spoke that speaks HTTP with it and can misbehave.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::{Arc, Once, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use heph_protocol::hub::{
    CONTENT_ENCODING, CONTENT_TYPE, DEVICE_HEADER, Id, NewOp, PROTO_HEADER, Problem, Push, PushReply,
    RegisterDevice, Verdict,
};
use hephd::actors::hub::{HubOptions, start};
use hephd::actors::lifecycle::StopHandle;
use hephd::config::{HubConfig, TlsFiles};
use hephd::environment::Environment;
use hephd::hub::Pace;
use hephd::hub::auth::{Login, TokenError, Verified, VerifyToken};
use hephd::store::hub::DEFAULT_QUOTA;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING as ENCODING, CONTENT_TYPE as TYPE, HeaderMap};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_bytes::ByteBuf;

/// The issuer of the test's tokens.
pub(crate) const ISSUER: &str = "https://idp.test/";

/// A token is the name of a person, and after `/` what is special about it.
struct TestTokens;

impl VerifyToken for TestTokens {
    fn verify<'a>(&'a self, token: &'a str) -> Verified<'a> {
        let now = Environment::system().clock.now().as_millisecond();
        let (name, special) = token.split_once('/').unwrap_or((token, ""));
        let login = Login {
            issuer: ISSUER.to_owned(),
            subject: name.to_owned(),
            authenticated_ms: Some(if special == "week" { now - 7 * 86_400_000 } else { now }),
            issued_ms: Some(if special == "old" { now - 600_001 } else { now }),
            expires_ms: (special == "short").then_some(now + 300),
        };
        let verified = match special {
            "bad" => Err(TokenError::Invalid("the token is not signed".to_owned())),
            "down" => Err(TokenError::Unavailable("the issuer does not answer".to_owned())),
            _ => Ok(login),
        };
        Box::pin(std::future::ready(verified))
    }
}

/// A hub on a thread of its own; dropping it stops it in order.
pub(crate) struct TestHub {
    pub(crate) address: SocketAddr,
    pub(crate) metrics: Option<SocketAddr>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl TestHub {
    pub(crate) fn start(folder: &Path) -> Self {
        Self::start_with(folder, |_| {})
    }

    /// Starts a hub with a database in a folder.
    pub(crate) fn start_with(folder: &Path, change: impl FnOnce(&mut HubOptions)) -> Self {
        let many = NonZeroU32::new(1_000_000).unwrap();
        let mut options = HubOptions {
            db: folder.join("hub.db"),
            config: HubConfig {
                http_addr: "127.0.0.1:0".parse().unwrap(),
                metrics_addr: None,
                issuer: Some(ISSUER.to_owned()),
                audience: "heph".to_owned(),
                client_id: "heph".to_owned(),
                tls: None,
                owner: None,
            },
            verifier: Some(Arc::new(TestTokens)),
            quota: DEFAULT_QUOTA,
            pace: Pace { per_second: many, burst: many, ..Pace::default() },
            environment: Environment::system(),
            stop: StopHandle::new(),
        };
        change(&mut options);
        let (started, is_started) = mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let thread = std::thread::spawn(move || {
            actix_rt::System::new().block_on(async {
                let hub = start(options).await.unwrap();
                started.send((hub.address, hub.metrics)).unwrap();
                let _ = stopped.await;
                assert!(hub.shutdown(Duration::from_secs(10)).await, "the hub did not close in time");
            });
        });
        let (address, metrics) = is_started.recv().unwrap();
        Self { address, metrics, stop: Some(stop), thread: Some(thread) }
    }

    /// With a certificate of these files.
    pub(crate) fn start_tls(folder: &Path, files: TlsFiles) -> Self {
        Self::start_with(folder, |options| options.config.tls = Some(files))
    }

    /// A person without a device.
    pub(crate) fn person(&self, token: &str) -> Spoke {
        Spoke::new(format!("http://{}", self.address), token)
    }

    /// A registered device of a person.
    pub(crate) async fn spoke(&self, token: &str, device: u8) -> Spoke {
        let spoke = Spoke { device: Some(id(device)), ..self.person(token) };
        assert_eq!(spoke.register().await.status, StatusCode::CREATED);
        spoke
    }

    /// Stops it in order, and waits until it has.
    pub(crate) fn stop(self) {
        drop(self);
    }
}

impl Drop for TestHub {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            ended.unwrap().unwrap();
        }
    }
}

pub(crate) fn id(n: u8) -> Id {
    Id::new([n; 16])
}

/// An id of a number.
pub(crate) fn id_of(n: u64) -> Id {
    let mut bytes = [1; 16];
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    Id::new(bytes)
}

/// Registers of stream 1, under an id of its own.
pub(crate) fn set(n: u64) -> NewOp {
    NewOp { id: id_of(n), stream: id(1), kind: 3, body: ByteBuf::from(n.to_be_bytes()), ..NewOp::default() }
}

/// A text of a stream.
pub(crate) fn text(n: u64, stream: u8, base: u64) -> NewOp {
    NewOp { base: Some(base), cursor: base, kind: 1, stream: id(stream), ..set(n) }
}

/// What the hub answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.unwrap().to_vec();
        let is_zstd = headers.get(ENCODING).is_some_and(|coding| coding == CONTENT_ENCODING);
        let body = if is_zstd { zstd::stream::decode_all(body.as_slice()).unwrap() } else { body };
        Self { status, headers, body }
    }

    /// The value of an answer that is none of the errors.
    pub(crate) fn value<T: DeserializeOwned>(&self) -> T {
        assert!(self.status.is_success(), "{}: {}", self.status, String::from_utf8_lossy(&self.body));
        rmp_serde::from_slice(&self.body).unwrap()
    }

    /// The status and the problem's code.
    pub(crate) fn refusal(&self) -> (u16, String) {
        let problem = self.problem();
        (self.status.as_u16(), problem.code)
    }

    pub(crate) fn problem(&self) -> Problem {
        assert!(!self.status.is_success(), "{}", self.status);
        rmp_serde::from_slice(&self.body).unwrap()
    }
}

/// A client of a hub.
#[derive(Debug, Clone)]
pub(crate) struct Spoke {
    pub(crate) base: String,
    pub(crate) client: reqwest::Client,
    pub(crate) token: Option<String>,
    pub(crate) device: Option<Id>,
}

/// reqwest is built without a provider of cryptography.
pub(crate) fn provide_cryptography() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| rustls::crypto::ring::default_provider().install_default().unwrap());
}

impl Spoke {
    pub(crate) fn new(base: String, token: &str) -> Self {
        provide_cryptography();
        let client = reqwest::Client::builder().timeout(Duration::from_secs(60)).build().unwrap();
        Self { base, client, token: Some(token.to_owned()), device: None }
    }

    /// A request with all headers a good spoke sends.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        request = request.header(PROTO_HEADER, "1").header(ACCEPT_ENCODING, CONTENT_ENCODING);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(device) = self.device {
            request = request.header(DEVICE_HEADER, hex(device));
        }
        request
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, value: &impl Serialize) -> Answer {
        self.post_bytes(path, rmp_serde::to_vec_named(value).unwrap()).await
    }

    /// Posts an uncompressed body.
    pub(crate) async fn post_bytes(&self, path: &str, body: impl Into<Vec<u8>>) -> Answer {
        Answer::of(self.request(Method::POST, path).header(TYPE, CONTENT_TYPE).body(body.into())).await
    }

    /// Posts a body that is said to be of a coding.
    pub(crate) async fn post_coded(&self, path: &str, coding: &str, body: Vec<u8>) -> Answer {
        let request = self.request(Method::POST, path).header(TYPE, CONTENT_TYPE).header(ENCODING, coding);
        Answer::of(request.body(body)).await
    }

    pub(crate) async fn register(&self) -> Answer {
        let device = self.device.unwrap();
        self.post("/v1/devices", &RegisterDevice { device, name: "laptop".to_owned() }).await
    }

    pub(crate) async fn epoch(&self) -> u64 {
        self.get("/v1/account").await.value::<heph_protocol::hub::Account>().epoch
    }

    /// Offers operations in the account's epoch.
    pub(crate) async fn offer(&self, ops: Vec<NewOp>) -> Answer {
        let push = Push { device: self.device.unwrap(), epoch: self.epoch().await, ops };
        self.post("/v1/push", &push).await
    }

    /// Offers operations, and tells their verdicts.
    pub(crate) async fn push(&self, ops: Vec<NewOp>) -> Vec<Verdict> {
        let ids: Vec<Id> = ops.iter().map(|op| op.id).collect();
        let reply: PushReply = self.offer(ops).await.value();
        assert_eq!(reply.results.iter().map(|(id, _)| *id).collect::<Vec<_>>(), ids);
        reply.results.into_iter().map(|(_, verdict)| verdict).collect()
    }
}

pub(crate) fn hex(id: Id) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}
