use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::{FutureExt as _, join_all};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::environment::FixedClock;
use crate::oidc::testing::{Issuer, Key, State, unsigned};

const NOW: i64 = 1_795_000_000;

struct Hub {
    issuer: Issuer,
    clock: Arc<FixedClock>,
    verifier: TokenVerifier,
}

impl Hub {
    async fn start(keys: &[&Key]) -> Self {
        let issuer = Issuer::start(keys).await;
        let url = issuer.url.clone();
        Self::of(issuer, url)
    }

    fn of(issuer: Issuer, configured: String) -> Self {
        let clock = Arc::new(FixedClock::new(Timestamp::from_second(NOW).unwrap()));
        let http = crate::http::client(None).unwrap();
        let verifier =
            TokenVerifier::new(configured, "heph".into(), http, Arc::clone(&clock) as Arc<dyn Clock>);
        Self { issuer, clock, verifier }
    }

    /// Seconds after the beginning.
    fn at(&self, seconds: i64) {
        self.clock.set(Timestamp::from_second(NOW + seconds).unwrap());
    }

    /// Claims of a token that ends in a day.
    fn claims(&self) -> Value {
        json!({"iss": self.issuer.url, "aud": "heph", "sub": "ann", "iat": NOW, "exp": NOW + 86_400})
    }

    fn claims_with(&self, name: &str, value: Value) -> Value {
        let mut claims = self.claims();
        claims[name] = value;
        claims
    }

    async fn verify(&self, token: &str) -> Result<Login, TokenError> {
        let result = self.verifier.verify(token).await;
        if let Err(error) = &result {
            let error = format!("{error} {error:?}");
            let quoted = token.split('.').any(|part| part.len() > 8 && error.contains(part));
            assert!(!quoted, "{error}");
        }
        result
    }

    async fn refusal(&self, token: &str) -> String {
        match self.verify(token).await {
            Err(TokenError::Invalid(reason)) => reason,
            other => panic!("it was not refused: {other:?}"),
        }
    }
}

const UNKNOWN_KEY: &str = "the token's key is not one of the issuer's";
const BAD_SIGNATURE: &str = "the token's signature is not the issuer's";

#[tokio::test]
async fn a_login_is_read_from_the_token() {
    let key = Key::new("a", "ES256");
    let hub = Hub::start(&[&key]).await;
    let mut claims = hub.claims_with("auth_time", json!(NOW - 5));
    claims["aud"] = json!(["mail", "heph"]);
    let login = hub.verify(&key.token(&claims)).await.unwrap();
    assert_eq!(
        login,
        Login {
            issuer: hub.issuer.url.clone(),
            subject: "ann".into(),
            authenticated_ms: Some((NOW - 5) * 1_000),
            issued_ms: Some(NOW * 1_000),
            expires_ms: Some((NOW + 86_400) * 1_000),
        }
    );
    let login = hub.verify(&key.token(&hub.claims())).await.unwrap();
    assert_eq!(login.authenticated_ms, Some(NOW * 1_000));
    assert_eq!(hub.issuer.fetches(), 1);
}

#[tokio::test]
async fn every_algorithm_of_the_list_is_verified() {
    let keys = [
        Key::new("rsa", "RS256"),
        Key::new("p256", "ES256"),
        Key::new("p384", "ES384"),
        Key::new("ed", "EdDSA"),
    ];
    let hub = Hub::start(&keys.each_ref()).await;
    let [rsa, p256, p384, ed] = &keys;
    for (key, id, alg) in [
        (rsa, "rsa", "RS256"),
        (rsa, "rsa", "RS384"),
        (rsa, "rsa", "RS512"),
        (rsa, "rsa", "PS256"),
        (p256, "p256", "ES256"),
        (p384, "p384", "ES384"),
        (ed, "ed", "EdDSA"),
    ] {
        let token = key.token_with(&json!({"alg": alg, "kid": id, "typ": "at+jwt"}), &hub.claims());
        assert_eq!(hub.verify(&token).await.map(|login| login.subject).as_deref(), Ok("ann"), "{alg}");
        // Without a name every key that fits is tried.
        let token = key.token_with(&json!({"alg": alg}), &hub.claims());
        assert!(hub.verify(&token).await.is_ok(), "{alg}");
        // One bit of the claims is another.
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let (header, _) = signed.split_once('.').unwrap();
        let other = URL_SAFE_NO_PAD.encode(hub.claims_with("sub", json!("bob")).to_string());
        let forged = format!("{header}.{other}.{signature}");
        assert_eq!(hub.refusal(&forged).await, UNKNOWN_KEY, "{alg}");
    }
    for alg in ["PS384", "none", "None", "", "HS256", "HS384", "HS512", "ES256K", "RSA-OAEP", "rs256"] {
        let token = rsa.token_with(&json!({"alg": alg, "kid": "rsa"}), &hub.claims());
        assert_eq!(hub.refusal(&token).await, "the token's algorithm is not accepted", "{alg}");
    }
}

#[tokio::test]
async fn claims_decide() {
    let key = Key::new("a", "ES256");
    let hub = Hub::start(&[&key]).await;
    let url = hub.issuer.url.clone();
    let subject = "the token names no subject of 1 to 255 bytes";
    let cases = [
        ("iss", json!(url.trim_end_matches('/')), Err("the token is of another issuer")),
        ("iss", json!(url.to_uppercase()), Err("the token is of another issuer")),
        ("iss", Value::Null, Err("the token is of another issuer")),
        ("iss", json!(["a"]), Err("the token's claims cannot be read")),
        ("aud", json!("Heph"), Err("the token is for another audience")),
        ("aud", json!(["mail"]), Err("the token is for another audience")),
        ("aud", Value::Null, Err("the token is for another audience")),
        ("aud", json!({"heph": true}), Err("the token is for another audience")),
        ("exp", json!(NOW - 59), Ok(())),
        ("exp", json!(NOW - 60), Err("the token has expired")),
        ("exp", json!(NOW - 61), Err("the token has expired")),
        ("exp", json!(-1e300), Err("the token has expired")),
        ("exp", json!(1e300), Ok(())),
        ("exp", Value::Null, Err("the token has no end (`exp`)")),
        ("exp", json!("tomorrow"), Err("the token's claims cannot be read")),
        ("nbf", json!(NOW + 59), Ok(())),
        ("nbf", json!(NOW + 60), Ok(())),
        ("nbf", json!(NOW + 61), Err("the token is not valid yet")),
        ("sub", Value::Null, Err(subject)),
        ("sub", json!(""), Err(subject)),
        ("sub", json!(7), Err("the token's claims cannot be read")),
        ("sub", json!("a".repeat(255)), Ok(())),
        ("sub", json!("a".repeat(256)), Err(subject)),
        ("other", json!({"nested": [1, 2]}), Ok(())),
    ];
    for (name, value, expected) in cases {
        let result = hub.verify(&key.token(&hub.claims_with(name, value.clone()))).await.map(drop);
        assert_eq!(
            result,
            expected.map_err(|reason: &str| TokenError::Invalid(reason.into())),
            "{name} {value}"
        );
    }
}

#[tokio::test]
async fn headers_decide() {
    let key = Key::new("a", "ES256");
    let hub = Hub::start(&[&key]).await;
    let refusal = |header: Value| {
        let token = key.token_with(&header, &hub.claims());
        async { hub.refusal(&{ token }).await }
    };
    let critical = refusal(json!({"alg": "ES256", "kid": "a", "crit": ["b64"], "b64": false})).await;
    assert_eq!(critical, "the token has critical extensions, and none is known");
    let logout = refusal(json!({"alg": "ES256", "kid": "a", "typ": "logout+jwt"})).await;
    assert_eq!(logout, "the token is neither an access token nor an ID token");
    for token in ["", ".", "..", "opaque", &"a".repeat(16 * 1024 + 1)] {
        hub.refusal(token).await;
    }
    let unsigned = format!("{}.", unsigned(&json!({"alg": "ES256", "kid": "a"}), &hub.claims()));
    assert_eq!(hub.refusal(&unsigned).await, BAD_SIGNATURE);
}

/// A name of a key is compared and nothing else; keys and addresses in the header are not looked at.
#[tokio::test]
async fn a_token_brings_no_key_of_its_own() {
    let (key, other) = (Key::new("a", "ES256"), Key::new("a", "ES256"));
    let hub = Hub::start(&[&key]).await;
    let attacker = Issuer::start(&[&other]).await;
    let jku = format!("{}jwks", attacker.url);
    let header = json!({"alg": "ES256", "kid": "a", "jwk": other.jwk(), "jku": jku, "x5u": jku});
    assert_eq!(hub.refusal(&other.token_with(&header, &hub.claims())).await, BAD_SIGNATURE);
    for kid in ["../../../../dev/null", "/etc/passwd", "a' OR '1'='1", &jku, "", "A", "a\0", "\u{202e}a"] {
        let header = json!({"alg": "ES256", "kid": kid});
        assert_eq!(hub.refusal(&key.token_with(&header, &hub.claims())).await, UNKNOWN_KEY, "{kid}");
    }
    assert_eq!(attacker.fetches(), 0);
}

/// The classic: a public key is no secret, so whoever knows it could sign by HMAC.
#[tokio::test]
async fn a_public_key_is_no_shared_secret() {
    let key = Key::new("a", "RS256");
    let hub = Hub::start(&[&key]).await;
    let signed = unsigned(&json!({"alg": "HS256", "kid": "a"}), &hub.claims());
    let jwk = key.jwk();
    let modulus = URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap();
    for secret in [jwk.to_string().into_bytes(), modulus, Vec::new()] {
        let secret = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &secret);
        let signature = URL_SAFE_NO_PAD.encode(ring::hmac::sign(&secret, signed.as_bytes()));
        assert_eq!(
            hub.refusal(&format!("{signed}.{signature}")).await,
            "the token's algorithm is not accepted"
        );
    }
    // And under an algorithm that is accepted the key's own kind decides.
    for alg in ["ES256", "EdDSA"] {
        let token = key.token_with(&json!({"alg": alg, "kid": "a"}), &hub.claims());
        assert_eq!(hub.refusal(&token).await, BAD_SIGNATURE);
    }
}

#[tokio::test]
async fn a_key_is_used_for_what_it_is_for() {
    let key = Key::new("a", "RS256");
    let hub = Hub::start(&[&key]).await;
    let with = |name: &str, value: Value| {
        let mut jwk = key.jwk();
        jwk[name] = value;
        jwk
    };
    let token = key.token(&hub.claims());
    let mut seconds = 0;
    for (jwk, expected) in [
        (with("use", json!("sig")), true),
        (with("use", json!("enc")), false),
        (with("alg", json!("RS256")), true),
        (with("alg", json!("PS256")), false),
        (with("key_ops", json!(["verify"])), true),
    ] {
        hub.issuer.publish(vec![jwk.clone()]);
        seconds += 601;
        hub.at(seconds);
        let result = hub.verify(&token).await;
        assert_eq!(result.is_ok(), expected, "{jwk} {result:?}");
    }
}

#[tokio::test]
async fn another_issuer_may_have_the_same_subject() {
    let (ours, theirs) = (Key::new("a", "ES256"), Key::new("b", "ES256"));
    let hub = Hub::start(&[&ours]).await;
    let other = Hub::start(&[&theirs]).await;
    let token = theirs.token(&other.claims());
    assert!(other.verify(&token).await.is_ok());
    assert_eq!(hub.refusal(&token).await, "the token is of another issuer");
    // It cost no fetch.
    assert_eq!(hub.issuer.fetches(), 0);
    assert_eq!(hub.refusal(&theirs.token(&hub.claims())).await, UNKNOWN_KEY);
}

#[tokio::test]
async fn an_unknown_key_is_looked_for_once_a_minute() {
    let (key, stranger) = (Key::new("a", "ES256"), Key::new("b", "ES256"));
    let hub = Hub::start(&[&key]).await;
    assert!(hub.verify(&key.token(&hub.claims())).await.is_ok());
    let unknown = stranger.token(&hub.claims());
    for (seconds, fetches) in [(1, 2), (2, 2), (59, 2), (60, 2), (61, 3), (62, 3), (122, 4)] {
        hub.at(seconds);
        assert_eq!(hub.refusal(&unknown).await, UNKNOWN_KEY);
        assert_eq!(hub.issuer.fetches(), fetches, "after {seconds} s");
    }
}

#[tokio::test]
async fn a_new_key_is_found_at_once_and_an_old_one_forgotten() {
    let (old, new) = (Key::new("a", "ES256"), Key::new("b", "EdDSA"));
    let hub = Hub::start(&[&old]).await;
    assert!(hub.verify(&old.token(&hub.claims())).await.is_ok());
    hub.at(30);
    hub.issuer.publish(vec![new.jwk()]);
    // Known keys are used for ten minutes.
    assert!(hub.verify(&old.token(&hub.claims())).await.is_ok());
    assert!(hub.verify(&new.token(&hub.claims())).await.is_ok());
    assert_eq!(hub.refusal(&old.token(&hub.claims())).await, UNKNOWN_KEY);
}

#[tokio::test]
async fn keys_are_fetched_again_after_ten_minutes() {
    let key = Key::new("a", "ES256");
    let hub = Hub::start(&[&key]).await;
    let token = key.token(&hub.claims());
    for (seconds, fetches) in [(0, 1), (599, 1), (600, 2), (601, 2), (1_200, 3), (-500, 4)] {
        hub.at(seconds);
        assert!(hub.verify(&token).await.is_ok());
        assert_eq!(hub.issuer.fetches(), fetches, "after {seconds} s");
    }
}

#[tokio::test]
async fn many_requests_make_one_fetch() {
    let (key, stranger) = (Key::new("a", "ES256"), Key::new("b", "ES256"));
    let hub = Hub::start(&[&key]).await;
    let (token, unknown) = (key.token(&hub.claims()), stranger.token(&hub.claims()));
    let results = join_all((0..200).map(|_| hub.verify(&token))).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(hub.issuer.fetches(), 1);
    let results = join_all((0..200).map(|_| hub.verify(&unknown))).await;
    assert!(results.iter().all(|result| matches!(result, Err(TokenError::Invalid(_)))));
    assert_eq!(hub.issuer.fetches(), 2);
}

#[tokio::test]
async fn cached_keys_serve_while_the_issuer_is_down() {
    let (key, stranger) = (Key::new("a", "ES256"), Key::new("b", "ES256"));
    let hub = Hub::start(&[&key]).await;
    let (token, unknown) = (key.token(&hub.claims()), stranger.token(&hub.claims()));
    assert!(hub.verify(&token).await.is_ok());
    hub.issuer.set(State::Down);
    for seconds in [601, 3_600, 7_200] {
        hub.at(seconds);
        assert!(hub.verify(&token).await.is_ok());
        // It may be a key that is new: nobody can say now.
        assert!(matches!(hub.verify(&unknown).await, Err(TokenError::Unavailable(_))));
    }
    hub.issuer.set(State::Up);
    hub.at(7_300);
    assert!(hub.verify(&token).await.is_ok());
    assert_eq!(hub.refusal(&unknown).await, UNKNOWN_KEY);
}

#[tokio::test]
async fn a_silent_issuer_holds_nobody_up_whose_key_is_known() {
    let key = Key::new("a", "ES256");
    let hub = Hub::start(&[&key]).await;
    let token = key.token(&hub.claims());
    assert!(hub.verify(&token).await.is_ok());
    hub.issuer.set(State::Silent);
    hub.at(601);
    let began = Instant::now();
    let timed = || async {
        hub.verify(&token).await.unwrap();
        began.elapsed()
    };
    let times = join_all((0..50).map(|_| timed())).await;
    // Who began the fetch gives it three seconds; the others do not wait for it.
    assert_eq!(times.iter().filter(|took| **took > Duration::from_secs(2)).count(), 1, "{times:?}");
    assert!(times.iter().all(|took| *took < Duration::from_secs(8)), "{times:?}");
}

/// The fetch goes on without the request that began it.
#[tokio::test]
async fn a_dropped_request_does_not_spoil_the_fetch() {
    let key = Key::new("a", "ES256");
    let hub = Hub::start(&[&key]).await;
    let token = key.token(&hub.claims());
    // Begun, and dropped before it can end.
    assert!(hub.verify(&token).now_or_never().is_none());
    assert!(hub.verify(&token).await.is_ok());
    assert_eq!(hub.issuer.fetches(), 1);
}

#[tokio::test]
async fn without_any_keys_nothing_is_known() {
    let key = Key::new("a", "ES256");
    let hub = Hub::start(&[&key]).await;
    let token = key.token(&hub.claims());
    hub.issuer.set(State::Down);
    let error = hub.verify(&token).await.unwrap_err();
    assert!(error.to_string().contains("503"), "{error}");
    hub.issuer.set(State::Up);
    hub.at(4);
    assert!(matches!(hub.verify(&token).await, Err(TokenError::Unavailable(_))));
    hub.at(5);
    assert!(hub.verify(&token).await.is_ok());
}

#[tokio::test]
async fn a_slash_too_few_is_named() {
    let key = Key::new("a", "ES256");
    let issuer = Issuer::start(&[&key]).await;
    let configured = issuer.url.trim_end_matches('/').to_owned();
    let hub = Hub::of(issuer, configured.clone());
    let error = hub.verify(&key.token(&hub.claims_with("iss", json!(configured)))).await.unwrap_err();
    assert!(matches!(error, TokenError::Unavailable(_)));
    assert!(error.to_string().contains("differ only by the slash at the end"), "{error}");
}
