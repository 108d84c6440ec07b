//! A made-up issuer for tests: a small HTTP server, and keys that sign what an issuer would, or should not.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair};
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What a server says to a path and a body: a status and JSON. `None` leaves the request without an answer.
type Answer = dyn Fn(&str, &str) -> Option<(u16, String)> + Send + Sync;

/// Serves on this machine until the runtime ends; its address without a slash at the end.
pub(crate) async fn serve(
    answer: impl Fn(&str, &str) -> Option<(u16, String)> + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answer: Arc<Answer> = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answer = Arc::clone(&answer);
            tokio::spawn(async move { reply(stream, &*answer).await });
        }
    });
    format!("http://{address}")
}

async fn reply(mut stream: TcpStream, answer: &Answer) -> Option<()> {
    let mut request = String::new();
    let (head, length) = loop {
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
        request.push_str(std::str::from_utf8(&buffer[..count]).ok()?);
        let Some((head, _)) = request.split_once("\r\n\r\n") else { continue };
        let header = |line: &str| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok();
        let length: usize = head.lines().find_map(header).unwrap_or(0);
        if request.len() >= head.len() + 4 + length {
            break (head.len(), length);
        }
    };
    let path = request.split(' ').nth(1)?;
    let Some((status, body)) = answer(path, &request[head + 4..head + 4 + length]) else {
        std::future::pending::<()>().await;
        return None;
    };
    let answer = format!(
        "HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(answer.as_bytes()).await.ok()
}

/// How an issuer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Up,
    Down,
    Silent,
}

/// An issuer with a path and a slash at the end.
pub(super) struct Issuer {
    /// Its name.
    pub(super) url: String,
    inner: Arc<Inner>,
}

struct Inner {
    keys: Mutex<Vec<Value>>,
    state: Mutex<State>,
    fetches: AtomicUsize,
}

impl Issuer {
    pub(super) async fn start(keys: &[&Key]) -> Self {
        let inner = Arc::new(Inner {
            keys: Mutex::new(keys.iter().map(|key| key.jwk()).collect()),
            state: Mutex::new(State::Up),
            fetches: AtomicUsize::new(0),
        });
        let own_url = Arc::new(Mutex::new(String::new()));
        let (served, name) = (Arc::clone(&inner), Arc::clone(&own_url));
        let base = serve(move |path, _| served.answer(path, &name.lock().unwrap())).await;
        let url = format!("{base}/application/o/heph/");
        own_url.lock().unwrap().clone_from(&url);
        Self { url, inner }
    }

    /// Publishes other keys.
    pub(super) fn publish(&self, keys: Vec<Value>) {
        *self.inner.keys.lock().unwrap() = keys;
    }

    pub(super) fn set(&self, state: State) {
        *self.inner.state.lock().unwrap() = state;
    }

    /// How often its keys were fetched.
    pub(super) fn fetches(&self) -> usize {
        self.inner.fetches.load(Ordering::SeqCst)
    }
}

impl Inner {
    fn answer(&self, path: &str, url: &str) -> Option<(u16, String)> {
        match (*self.state.lock().unwrap(), path) {
            (State::Down, _) => Some((503, String::new())),
            (State::Silent, _) => None,
            (State::Up, "/application/o/heph/.well-known/openid-configuration") => {
                Some((200, json!({"issuer": url, "jwks_uri": format!("{url}jwks")}).to_string()))
            }
            (State::Up, "/application/o/heph/jwks") => {
                self.fetches.fetch_add(1, Ordering::SeqCst);
                Some((200, json!({"keys": *self.keys.lock().unwrap()}).to_string()))
            }
            _ => Some((404, String::new())),
        }
    }
}

/// A key pair with its name.
pub(super) struct Key {
    id: String,
    alg: &'static str,
    pair: Pair,
}

enum Pair {
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

impl Key {
    /// Makes a key that signs by an algorithm.
    pub(super) fn new(id: &str, alg: &'static str) -> Self {
        let pair = match alg {
            "ES256" => Pair::P256(ec(&signature::ECDSA_P256_SHA256_FIXED_SIGNING)),
            "ES384" => Pair::P384(ec(&signature::ECDSA_P384_SHA384_FIXED_SIGNING)),
            "EdDSA" => {
                let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
                Pair::Ed25519(Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap())
            }
            _ => {
                let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap();
                Pair::Rsa(RsaKeyPair::from_der(key.to_pkcs1_der().unwrap().as_bytes()).unwrap())
            }
        };
        Self { id: id.to_owned(), alg, pair }
    }

    /// The public key (RFC 7517), without `use` and `alg`.
    pub(super) fn jwk(&self) -> Value {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let ec = |curve: &str, pair: &EcdsaKeyPair| {
            // An uncompressed point: 4, then x and y (SEC 1, 2.3.3).
            let (x, y) = pair.public_key().as_ref()[1..].split_at(pair.public_key().as_ref().len() / 2);
            json!({"kty": "EC", "crv": curve, "kid": self.id, "x": encode(x), "y": encode(y)})
        };
        match &self.pair {
            Pair::P256(pair) => ec("P-256", pair),
            Pair::P384(pair) => ec("P-384", pair),
            Pair::Ed25519(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "kid": self.id, "x": encode(pair.public_key().as_ref())})
            }
            Pair::Rsa(pair) => {
                let public = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({"kty": "RSA", "kid": self.id, "n": encode(&public.n), "e": encode(&public.e)})
            }
        }
    }

    /// A token with our `kid` and `alg`.
    pub(super) fn token(&self, claims: &Value) -> String {
        self.token_with(&json!({"alg": self.alg, "kid": self.id, "typ": "JWT"}), claims)
    }

    /// A token with a header of one's own; the signature is by its `alg` as far as the key can.
    pub(super) fn token_with(&self, header: &Value, claims: &Value) -> String {
        let signed = unsigned(header, claims);
        let signature = self.sign(header["alg"].as_str().unwrap_or_default(), signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn sign(&self, alg: &str, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::P256(pair) | Pair::P384(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let encoding: &dyn signature::RsaEncoding = match alg {
                    "RS384" => &signature::RSA_PKCS1_SHA384,
                    "RS512" => &signature::RSA_PKCS1_SHA512,
                    "PS256" => &signature::RSA_PSS_SHA256,
                    "PS384" => &signature::RSA_PSS_SHA384,
                    _ => &signature::RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(encoding, &random, message, &mut signature).unwrap();
                signature
            }
        }
    }
}

fn ec(algorithm: &'static signature::EcdsaSigningAlgorithm) -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap()
}

/// Header and claims, as they are signed.
pub(super) fn unsigned(header: &Value, claims: &Value) -> String {
    let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    format!("{header}.{claims}")
}
