//! The same at glewlwyd, which has other habits: what is discovered, logged in and verified there.
//!
//! Its access tokens are JWTs for the resource that was asked for, and for its scopes otherwise; a renewal gives no ID
//! token; a refresh token that is not good is refused without a word. `cargo xtask test --only oidc` takes it out of
//! Debian's package, sets it up and names its issuer in `HEPH_GLEWLWYD_ISSUER`; `xtask/src/glewlwyd.rs` tells what there
//! is.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use heph_protocol::request::{AuthLogin, AuthWait, SyncCheck};
use heph_protocol::types::SyncState;
use hephd::oidc::device::{DeviceCode, DeviceLogin, LoginError, RefreshError, Revocation};
use hephd::oidc::provider::{DiscoveryError, discover};
use hephd::oidc::tokens::Tokens;
use hephd::oidc::transport::Transport;
use hephd::oidc::verifier::{TokenError, TokenVerifier};
use serde_json::{Value, json};

use super::machines::{Machine, block_on};
use super::{RESOURCE, client, clock, granted};
use crate::support::hub::TestHub;

/// What is asked for at a login.
const SCOPES: &str = "openid profile offline_access";

const OTHER_AUDIENCE: &str = "the token is for another audience";

fn issuer() -> String {
    std::env::var("HEPH_GLEWLWYD_ISSUER").expect("HEPH_GLEWLWYD_ISSUER: see `cargo xtask test --only oidc`")
}

/// The issuer whose tokens live eight seconds, and whose refresh tokens are good once.
fn brief() -> String {
    reqwest::Url::parse(&issuer()).unwrap().join("brief").unwrap().into()
}

async fn login_at(issuer: &str, client_id: &str, resource: Option<&str>) -> DeviceLogin {
    let transport = Transport::new(client());
    let provider = discover(&transport, issuer).await.unwrap();
    DeviceLogin::new(transport, provider, client_id, resource, clock()).unwrap()
}

fn verifier(issuer: &str, audience: &str) -> TokenVerifier {
    TokenVerifier::new(issuer.to_owned(), audience.to_owned(), client(), clock())
}

async fn refusal(verifier: &TokenVerifier, token: &str) -> String {
    match verifier.verify(token).await {
        Err(TokenError::Invalid(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

/// A person logs in, grants what is asked for, and approves the code: what the page behind its address does.
async fn approve(address: &str, person: &str) {
    let address = reqwest::Url::parse(address).unwrap();
    let url = |path: &str| address.join(path).unwrap();
    let credentials = json!({"username": person, "password": person}).to_string();
    let as_json = |request: reqwest::RequestBuilder, body: String| {
        request.header("content-type", "application/json").body(body)
    };
    let session = as_json(client().post(url("/api/auth/")), credentials).send().await.unwrap();
    assert_eq!(session.status(), 200);
    let cookie = session.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let grant = client().put(url("/api/auth/grant/heph/")).header("cookie", &cookie);
    let grant = as_json(grant, json!({"scope": SCOPES}).to_string()).send().await.unwrap();
    assert_eq!(grant.status(), 200);
    let mut approved = address.clone();
    approved.query_pairs_mut().append_key_only("g_continue");
    let answer = client().get(approved).header("cookie", &cookie).send().await.unwrap();
    let next = answer.headers()["location"].to_str().unwrap();
    assert!(next.ends_with("prompt=deviceComplete"), "{next}");
}

/// The whole of a login.
async fn tokens(login: &DeviceLogin, person: &str) -> Tokens {
    let code: DeviceCode = login.begin().await.unwrap();
    let address = code.verification_uri_complete.as_deref().unwrap();
    assert!(address.contains(&code.user_code), "{address}");
    let (tokens, ()) = tokio::join!(granted(login, &code), approve(address, person));
    tokens.unwrap()
}

/// What stands in a token, believed or not.
fn parts(token: &str) -> [Value; 2] {
    let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    [(); 2].map(|()| serde_json::from_slice(&parts.next().unwrap()).unwrap())
}

/// The token with a claim changed and its signature left.
fn tampered(token: &str, claim: &str, value: &str) -> String {
    let [header, mut claims] = parts(token);
    claims[claim] = value.into();
    let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    format!("{header}.{claims}.{}", token.rsplit_once('.').unwrap().1)
}

#[tokio::test]
async fn the_issuer_has_a_path_and_no_slash() {
    let transport = Transport::new(client());
    for issuer in [issuer(), brief()] {
        let provider = discover(&transport, &issuer).await.unwrap();
        assert_eq!(provider.issuer, issuer);
        assert!(provider.keys.as_str().starts_with(&issuer), "{}", provider.keys);
        let error = discover(&transport, &format!("{issuer}/")).await.unwrap_err();
        assert!(matches!(error, DiscoveryError::Mismatch { .. }));
        assert!(error.to_string().ends_with(&format!("configure `{issuer}`, without it")), "{error}");
    }
    let none = discover(&transport, &format!("{}none", issuer())).await.unwrap_err();
    assert!(none.is_retryable() && none.to_string().contains("404"), "{none}");
}

#[tokio::test]
async fn its_keys_of_both_kinds_verify_its_id_tokens_and_nothing_else_does() {
    for (issuer, other, algorithm) in [(issuer(), brief(), "ES256"), (brief(), issuer(), "RS256")] {
        let login = login_at(&issuer, "heph", None).await;
        let tokens = tokens(&login, "ann").await;
        let token = tokens.id_token.clone().unwrap();
        assert_eq!(parts(&token)[0]["alg"], algorithm);
        assert_eq!(tokens.bearer("heph"), token);
        let hub = verifier(&issuer, "heph");
        let who = hub.verify(&token).await.unwrap();
        assert_eq!((&who.issuer, who.subject.as_str()), (&issuer, parts(&token)[1]["sub"].as_str().unwrap()));
        let now = clock().now().as_millisecond();
        assert!((now - 60_000..=now).contains(&who.authenticated_ms.unwrap()), "{who:?}");
        assert_eq!(refusal(&verifier(&issuer, "mail"), &token).await, OTHER_AUDIENCE);
        assert_eq!(refusal(&verifier(&other, "heph"), &token).await, "the token is of another issuer");
        let forged = tampered(&token, "sub", "bob");
        assert_eq!(refusal(&hub, &forged).await, "the token's signature is not the issuer's");
        let elsewhere = tampered(&token, "iss", &other);
        let reason = refusal(&verifier(&other, "heph"), &elsewhere).await;
        assert_eq!(reason, "the token's key is not one of the issuer's");
        // What is no login is none, whoever made it.
        for token in [tokens.refresh_token.as_deref().unwrap(), "", "e30.e30.e30"] {
            refusal(&hub, token).await;
        }
    }
}

/// Without a resource its access tokens are for its scopes.
#[tokio::test]
async fn an_access_token_for_nobody_in_particular_is_not_sent() {
    let issuer = issuer();
    let login = login_at(&issuer, "heph", None).await;
    let tokens = tokens(&login, "bob").await;
    let [header, claims] = parts(&tokens.access_token);
    assert_eq!((&header["typ"], &claims["aud"]), (&json!("at+jwt"), &json!("openid")));
    assert_eq!(refusal(&verifier(&issuer, "heph"), &tokens.access_token).await, OTHER_AUDIENCE);
    // Its kind is one that is believed; it is the audience that decides.
    assert!(verifier(&issuer, "openid").verify(&tokens.access_token).await.is_ok());
    // A renewal gives no other ID token: what is sent ends when it ends.
    let renewed = login.refresh(&tokens).await.unwrap();
    assert_ne!(renewed.access_token, tokens.access_token);
    assert_eq!(renewed.bearer("heph"), tokens.bearer("heph"));
    assert_eq!(login.revoke(&tokens).await, Ok(Revocation::NotOffered));
}

#[tokio::test]
async fn an_access_token_for_the_hub_is_sent_and_renewed() {
    let issuer = issuer();
    let login = login_at(&issuer, "heph", Some(RESOURCE)).await;
    let mut tokens = tokens(&login, "carol").await;
    let hub = verifier(&issuer, RESOURCE);
    let who = hub.verify(&tokens.access_token).await.unwrap();
    for _ in 0..2 {
        assert_eq!(tokens.bearer(RESOURCE), tokens.access_token);
        assert_eq!(hub.verify(tokens.bearer(RESOURCE)).await.unwrap().subject, who.subject);
        assert_eq!(refusal(&verifier(&issuer, "heph"), tokens.bearer(RESOURCE)).await, OTHER_AUDIENCE);
        let forged = tampered(tokens.bearer(RESOURCE), "sub", "bob");
        assert_eq!(refusal(&hub, &forged).await, "the token's signature is not the issuer's");
        let due = tokens.refresh_at_ms(RESOURCE).unwrap() - tokens.received_ms;
        assert_eq!(due, 2_880_000);
        tokens = login.refresh(&tokens).await.unwrap();
    }
}

#[tokio::test]
async fn a_login_that_is_refused_is_refused_in_words() {
    for (client_id, resource, expected) in [
        ("stranger", None, "unauthorized_client"),
        ("heph", Some("https://other.example/"), "invalid_target Invalid Resource"),
    ] {
        let error = login_at(&issuer(), client_id, resource).await.begin().await.unwrap_err();
        assert_eq!(error, LoginError::Refused(expected.to_owned()));
    }
}

/// Refused with 400 and nothing, which is not to be taken for an issuer that is away.
#[tokio::test]
async fn refresh_tokens_rotate_and_a_used_one_ends_the_login() {
    let login = login_at(&brief(), "heph", Some(RESOURCE)).await;
    let first = tokens(&login, "dora").await;
    let second = login.refresh(&first).await.unwrap();
    assert_ne!(second.refresh_token, first.refresh_token);
    assert_eq!(login.refresh(&first).await, Err(RefreshError::Revoked));
    let unknown = Tokens { refresh_token: Some("a".repeat(64)), ..first };
    assert_eq!(login.refresh(&unknown).await, Err(RefreshError::Revoked));
}

/// A hub whose audience is an address has its machines ask for a token for it.
#[test]
fn machines_sync_and_renew_their_logins() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start_with(folder.path(), |options| {
        options.config.issuer = Some(brief());
        options.config.audience = RESOURCE.to_owned();
        options.verifier = Some(Arc::new(verifier(&brief(), RESOURCE)));
    });
    let (mut one, mut two) = (Machine::new(&hub, "heph"), Machine::new(&hub, "heph"));
    one.add("typed before the login");
    assert_eq!(one.sync().state, SyncState::AuthRequired);
    for machine in [&mut one, &mut two] {
        let begun = machine.call(&AuthLogin {});
        block_on(approve(begun.verification_uri_complete.as_deref().unwrap(), "emil"));
        assert!(machine.call(&AuthWait {}).logged_in);
        machine.until_idle();
    }
    two.until_titles(&["typed before the login"]);
    let mut token = one.kept("access_token").unwrap();
    for _ in 0..2 {
        token = one.until_another("access_token", &token);
    }
    one.add("after two renewals");
    two.until_titles(&["after two renewals", "typed before the login"]);
    let steps = one.call(&SyncCheck {}).steps;
    assert!(steps.iter().all(|step| step.ok), "{steps:?}");
    // Somebody else used the refresh token, and the machine is refused without a word.
    let stolen = Tokens {
        access_token: String::new(),
        id_token: None,
        refresh_token: two.kept("refresh_token"),
        received_ms: 0,
        expires_ms: None,
    };
    block_on(async { login_at(&brief(), "heph", Some(RESOURCE)).await.refresh(&stolen).await }).unwrap();
    two.add("typed meanwhile");
    let status = two.until_state(SyncState::AuthRequired);
    assert!(status.problem.unwrap().contains("the login has ended"));
    assert!(two.token_files().is_empty());
}
