//! Logins at a real OpenID Provider, from the code on the screen to what the hub believes.
//!
//! `cargo xtask test --only oidc` runs these: it fetches npm's `oidc-provider`, starts `provider.mjs` and names its
//! issuer in `HEPH_OIDC_ISSUER`. One after the other, since all share the provider's keys. Those at a second provider
//! are in [`glewlwyd`].

use std::sync::Arc;
use std::time::Duration;

use hephd::environment::{Clock, SystemClock};
use hephd::oidc::device::{DeviceCode, DeviceLogin, LoginError, RefreshError, Revocation};
use hephd::oidc::provider::{DiscoveryError, discover};
use hephd::oidc::tokens::Tokens;
use hephd::oidc::transport::Transport;
use hephd::oidc::verifier::{TokenError, TokenVerifier};
use hephd::sync::credentials::Credentials;

use browser::{Browser, Choice};

mod browser;
mod glewlwyd;
mod machines;
mod syncing;

/// The hub's address, which the spoke asks a token for.
const RESOURCE: &str = "https://hub.example/";

fn issuer() -> String {
    std::env::var("HEPH_OIDC_ISSUER").expect("HEPH_OIDC_ISSUER: see `cargo xtask test --only oidc`")
}

fn client() -> reqwest::Client {
    hephd::http::client(None).unwrap()
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

async fn login_as(client_id: &str, resource: Option<&str>) -> DeviceLogin {
    let transport = Transport::new(client());
    let provider = discover(&transport, &issuer()).await.unwrap();
    DeviceLogin::new(transport, provider, client_id, resource, clock()).unwrap()
}

fn verifier(audience: &str) -> TokenVerifier {
    TokenVerifier::new(issuer(), audience.to_owned(), client(), clock())
}

/// Waits as the issuer wants, but quicker: nobody types here.
async fn granted(login: &DeviceLogin, code: &DeviceCode) -> Result<Tokens, LoginError> {
    login.granted(code, |_| tokio::time::sleep(Duration::from_millis(100))).await
}

async fn answer(code: &DeviceCode, person: &str, choice: Choice) -> String {
    let address = code.verification_uri_complete.as_deref().unwrap();
    assert!(address.contains(&code.user_code), "{address}");
    Browser::new(client()).answer(address, person, choice).await
}

/// The whole of a login, the person being quick.
async fn tokens(login: &DeviceLogin, person: &str) -> Tokens {
    let code = login.begin().await.unwrap();
    let (tokens, page) = tokio::join!(granted(login, &code), answer(&code, person, Choice::Approve));
    assert!(page.contains("Sign-in Success"), "{page}");
    tokens.unwrap()
}

async fn rotate_keys() {
    let url = reqwest::Url::parse(&issuer()).unwrap().join("/rotate").unwrap();
    assert_eq!(client().post(url).send().await.unwrap().status(), 204);
}

#[tokio::test]
async fn the_issuer_has_a_path_and_a_slash() {
    let transport = Transport::new(client());
    let issuer = issuer();
    let provider = discover(&transport, &issuer).await.unwrap();
    assert!(issuer.ends_with("/application/o/heph/"));
    assert_eq!(provider.issuer, issuer);
    let without = issuer.trim_end_matches('/');
    let error = discover(&transport, without).await.unwrap_err();
    assert!(matches!(error, DiscoveryError::Mismatch { .. }));
    assert!(error.to_string().ends_with(&format!("configure `{issuer}`, with it")), "{error}");
}

#[tokio::test]
async fn an_access_token_that_is_a_jwt_is_sent_to_the_hub() {
    let login = login_as("heph", Some(RESOURCE)).await;
    let tokens = tokens(&login, "ann").await;
    assert_eq!(tokens.bearer("heph"), tokens.access_token);
    let who = verifier("heph").verify(tokens.bearer("heph")).await.unwrap();
    assert_eq!((who.issuer, who.subject.as_str()), (issuer(), "ann"));
    let now = clock().now().as_millisecond();
    assert!((now - 60_000..=now).contains(&who.authenticated_ms.unwrap()), "{:?}", who.authenticated_ms);
    assert!(who.expires_ms.unwrap().abs_diff(tokens.expires_ms.unwrap()) <= 5_000);
    let due = tokens.refresh_at_ms("heph").unwrap() - tokens.received_ms;
    assert!((470_000..=480_000).contains(&due), "{due}");
    let error = verifier("mail").verify(&tokens.access_token).await.unwrap_err();
    assert_eq!(error, TokenError::Invalid("the token is for another audience".into()));
}

#[tokio::test]
async fn with_an_opaque_access_token_the_id_token_is_sent() {
    let login = login_as("heph", None).await;
    let tokens = tokens(&login, "bob").await;
    assert_eq!(tokens.access_token.matches('.').count(), 0, "it is a JWT");
    assert_eq!(Some(tokens.bearer("heph")), tokens.id_token.as_deref());
    let hub = verifier("heph");
    assert_eq!(hub.verify(tokens.bearer("heph")).await.unwrap().subject, "bob");
    assert!(matches!(hub.verify(&tokens.access_token).await, Err(TokenError::Invalid(_))));
    let renewed = login.refresh(&Tokens { id_token: None, ..tokens }).await.unwrap();
    assert_eq!(hub.verify(renewed.bearer("heph")).await.unwrap().subject, "bob");
}

#[tokio::test]
async fn a_person_may_say_no() {
    let login = login_as("heph", Some(RESOURCE)).await;
    let code = login.begin().await.unwrap();
    let (result, page) = tokio::join!(granted(&login, &code), answer(&code, "ann", Choice::Deny));
    assert_eq!(result, Err(LoginError::Denied), "{page}");
}

#[tokio::test]
async fn a_code_nobody_approves_expires() {
    let login = login_as("hasty", Some(RESOURCE)).await;
    let code = login.begin().await.unwrap();
    assert_eq!(granted(&login, &code).await, Err(LoginError::Expired));
    // Begun anew it is another code.
    assert_ne!(login.begin().await.unwrap().user_code, code.user_code);
}

#[tokio::test]
async fn a_client_the_issuer_does_not_know_is_refused_in_words() {
    for (client_id, expected) in [
        ("stranger", "invalid_client"),
        ("no-device", "invalid_request urn:ietf:params:oauth:grant-type:device_code"),
    ] {
        let error = login_as(client_id, None).await.begin().await.unwrap_err();
        assert!(matches!(&error, LoginError::Refused(words) if words.starts_with(expected)), "{error}");
    }
}

/// Each renewal gives another refresh token, on disk before it is used; who comes with an old one ends the login.
#[tokio::test]
async fn refresh_tokens_rotate_and_a_used_one_ends_the_login() {
    let folder = tempfile::tempdir().unwrap();
    let place = Credentials::new(&folder.path().join("heph.db"), &issuer(), "heph", None).unwrap();
    let login = login_as("heph", Some(RESOURCE)).await;
    let first = tokens(&login, "ann").await;
    place.save(&first).unwrap();
    let logged_in = verifier("heph").verify(first.bearer("heph")).await.unwrap().authenticated_ms;
    for _ in 0..3 {
        let before = place.load().unwrap().unwrap();
        let after = login.refresh(&before).await.unwrap();
        place.save(&after).unwrap();
        assert_ne!(after.refresh_token, before.refresh_token);
        let who = verifier("heph").verify(after.bearer("heph")).await.unwrap();
        assert_eq!(who.subject, "ann");
        // Renewed is not logged in anew.
        assert_eq!(who.authenticated_ms, logged_in);
    }
    assert_eq!(login.refresh(&first).await, Err(RefreshError::Revoked));
    let last = place.load().unwrap().unwrap();
    assert_eq!(login.refresh(&last).await, Err(RefreshError::Revoked));
}

/// Every kind of key in turn, and never an old one.
#[tokio::test]
async fn the_hub_follows_when_the_issuer_changes_its_keys() {
    let login = login_as("heph", Some(RESOURCE)).await;
    let mut tokens = tokens(&login, "ann").await;
    for _ in 0..4 {
        let hub = verifier("heph");
        assert!(hub.verify(tokens.bearer("heph")).await.is_ok());
        rotate_keys().await;
        // Until it has reason to look again.
        assert!(hub.verify(tokens.bearer("heph")).await.is_ok());
        let renewed = login.refresh(&tokens).await.unwrap();
        assert!(hub.verify(renewed.bearer("heph")).await.is_ok());
        assert!(hub.verify(renewed.id_token.as_deref().unwrap()).await.is_ok());
        let error = hub.verify(tokens.bearer("heph")).await.unwrap_err();
        assert_eq!(error, TokenError::Invalid("the token's key is not one of the issuer's".into()));
        tokens = renewed;
    }
}

#[tokio::test]
async fn a_logout_ends_the_login_at_the_issuer() {
    let folder = tempfile::tempdir().unwrap();
    let place = Credentials::new(&folder.path().join("heph.db"), &issuer(), "heph", None).unwrap();
    let login = login_as("heph", Some(RESOURCE)).await;
    let tokens = tokens(&login, "ann").await;
    place.save(&tokens).unwrap();
    for _ in 0..2 {
        assert_eq!(login.revoke(&tokens).await, Ok(Revocation::Done));
    }
    place.forget().unwrap();
    assert_eq!(place.load().unwrap(), None);
    assert_eq!(login.refresh(&tokens).await, Err(RefreshError::Revoked));
}
