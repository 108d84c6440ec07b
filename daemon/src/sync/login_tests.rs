use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::*;
use crate::environment::{Clock as _, FixedClock};
use crate::oidc::testing::serve;
use crate::sync::keyring::{Keyring, KeyringError};

/// An access token for the hub.
fn access(n: usize) -> String {
    let [header, claims] = [json!({"alg": "ES256"}), json!({"aud": "heph", "n": n})]
        .map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    format!("{header}.{claims}.c2lnbmF0dXJl")
}

/// An issuer that renews any login for 600 s, and counts.
#[derive(Default)]
struct Issuer {
    url: Mutex<String>,
    renewals: AtomicUsize,
    is_down: Mutex<bool>,
}

impl Issuer {
    async fn start() -> Arc<Self> {
        let issuer = Arc::new(Self::default());
        let served = Arc::clone(&issuer);
        let url = serve(move |path, _| Some(served.answer(path))).await;
        issuer.url.lock().unwrap().clone_from(&url);
        issuer
    }

    fn answer(&self, path: &str) -> (u16, String) {
        let url = self.url.lock().unwrap().clone();
        if path.ends_with("openid-configuration") {
            let document = json!({"issuer": url, "jwks_uri": format!("{url}/jwks"), "token_endpoint":
                format!("{url}/token"), "device_authorization_endpoint": format!("{url}/device")});
            return (200, document.to_string());
        }
        let n = self.renewals.fetch_add(1, Ordering::SeqCst) + 1;
        if *self.is_down.lock().unwrap() {
            return (503, String::new());
        }
        let reply = json!({"access_token": access(n), "token_type": "Bearer", "expires_in": 600,
            "refresh_token": format!("refresh-{n}")});
        (200, reply.to_string())
    }

    fn renewals(&self) -> usize {
        self.renewals.load(Ordering::SeqCst)
    }
}

struct Fixture {
    issuer: Arc<Issuer>,
    clock: Arc<FixedClock>,
    login: Login,
}

impl Fixture {
    async fn new(db: &Path, keyring: Option<Arc<dyn Keyring>>) -> Self {
        let issuer = Issuer::start().await;
        let clock = Arc::new(FixedClock::new(Timestamp::from_second(1_795_000_000).unwrap()));
        let environment = Environment { clock: clock.clone(), keyring, ..Environment::system() };
        let config = SpokeConfig {
            url: "http://127.0.0.1:1".to_owned(),
            ca: None,
            issuer: None,
            client_id: "heph".to_owned(),
            token_file: None,
        };
        let transport = Transport::new(crate::http::client(None).unwrap());
        let mut login = Login::new(db.to_owned(), config, transport, environment);
        let url = issuer.url.lock().unwrap().clone();
        let hello = Hello { issuer: Some(url), audience: Some("heph".to_owned()), ..Hello::default() };
        login.meet(hello).unwrap();
        Self { issuer, clock, login }
    }

    /// Tokens of a login just now, for 600 s.
    fn tokens(&self) -> Tokens {
        let received_ms = self.clock.now().as_millisecond();
        Tokens {
            access_token: access(0),
            id_token: None,
            refresh_token: Some("refresh-0".to_owned()),
            received_ms,
            expires_ms: Some(received_ms + 600_000),
        }
    }

    fn wait(&self, seconds: i64) {
        self.clock.set(self.clock.now() + SignedDuration::from_secs(seconds));
    }

    async fn token(&mut self, refused: Option<&str>) -> Result<String, NoLogin> {
        self.login.bearer(refused).await.map(|bearer| bearer.token)
    }
}

#[tokio::test]
async fn a_token_that_was_refused_is_renewed_once_however_many_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = Fixture::new(&folder.path().join("heph.db"), None).await;
    fixture.login.keep(fixture.tokens()).await.unwrap();
    let first = fixture.token(None).await.unwrap();
    assert_eq!((&first, fixture.issuer.renewals()), (&access(0), 0));
    for _ in 0..3 {
        assert_eq!(fixture.token(Some(&first)).await, Ok(access(1)));
    }
    assert_eq!(fixture.issuer.renewals(), 1);
    // On disk before it is used.
    let url = fixture.issuer.url.lock().unwrap().clone();
    let place = Credentials::new(&folder.path().join("heph.db"), &url, "heph", None).unwrap();
    assert_eq!(place.load().unwrap().unwrap().refresh_token.as_deref(), Some("refresh-1"));
}

#[tokio::test]
async fn an_issuer_that_is_down_is_not_asked_all_the_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = Fixture::new(&folder.path().join("heph.db"), None).await;
    fixture.login.keep(fixture.tokens()).await.unwrap();
    *fixture.issuer.is_down.lock().unwrap() = true;
    fixture.wait(500);
    for _ in 0..5 {
        let bearer = fixture.login.bearer(None).await.unwrap();
        let now = fixture.clock.now().as_millisecond();
        assert_eq!((bearer.token, bearer.renew_at_ms), (access(0), Some(now + RENEWAL_PAUSE_MS)));
    }
    assert_eq!(fixture.issuer.renewals(), 1);
    fixture.wait(31);
    assert_eq!(fixture.token(None).await, Ok(access(0)));
    assert_eq!(fixture.issuer.renewals(), 2);
    // What has ended is of no use.
    fixture.wait(70);
    assert!(matches!(fixture.token(None).await, Err(NoLogin::Away(_))));
    assert!(fixture.login.who().is_logged_in);
    *fixture.issuer.is_down.lock().unwrap() = false;
    assert_eq!(fixture.token(None).await, Ok(access(4)));
}

#[tokio::test]
async fn renewed_tokens_that_cannot_be_written_are_neither_used_nor_lost() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own");
    std::fs::create_dir(&own).unwrap();
    let mut fixture = Fixture::new(&own.join("heph.db"), None).await;
    fixture.login.keep(fixture.tokens()).await.unwrap();
    std::fs::remove_dir_all(&own).unwrap();
    fixture.wait(500);
    for _ in 0..2 {
        assert!(matches!(fixture.token(None).await, Err(NoLogin::Away(_))));
    }
    std::fs::create_dir(&own).unwrap();
    assert_eq!(fixture.token(None).await, Ok(access(1)));
    assert_eq!((fixture.issuer.renewals(), own.read_dir().unwrap().count()), (1, 1));
}

#[tokio::test]
async fn without_a_refresh_token_the_login_lasts_as_long_as_its_token() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = Fixture::new(&folder.path().join("heph.db"), None).await;
    let tokens = Tokens { refresh_token: None, ..fixture.tokens() };
    fixture.login.keep(tokens).await.unwrap();
    fixture.wait(599);
    assert_eq!(fixture.token(None).await, Ok(access(0)));
    fixture.wait(1);
    assert!(matches!(fixture.token(None).await, Err(NoLogin::Needed(_))));
    assert!(!fixture.login.who().is_logged_in);
}

/// A keyring in memory.
#[derive(Default)]
struct InMemory(Mutex<HashMap<String, Vec<u8>>>);

impl Keyring for InMemory {
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, KeyringError> {
        Ok(self.0.lock().unwrap().get(name).cloned())
    }

    fn write(&self, name: &str, secret: &[u8]) -> Result<(), KeyringError> {
        self.0.lock().unwrap().insert(name.to_owned(), secret.to_owned());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), KeyringError> {
        self.0.lock().unwrap().remove(name);
        Ok(())
    }
}

#[tokio::test]
async fn tokens_are_kept_in_the_keyring_of_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let keyring = Arc::new(InMemory::default());
    let mut fixture = Fixture::new(&folder.path().join("heph.db"), Some(keyring.clone())).await;
    fixture.login.keep(fixture.tokens()).await.unwrap();
    assert_eq!((keyring.0.lock().unwrap().len(), folder.path().read_dir().unwrap().count()), (1, 0));
    // Recalled by the account that the store joined, before the hub is met.
    let Login { db, config, transport, environment, issuer, .. } = fixture.login;
    let mut login = Login::new(db, config, transport, environment);
    assert!(!login.who().is_logged_in);
    login.recall(issuer).await;
    assert!(login.who().is_logged_in);
    assert_eq!(login.end().await, None, "an issuer without revocation has nothing to be told");
    assert!(keyring.0.lock().unwrap().is_empty());
}
