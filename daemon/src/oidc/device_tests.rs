use std::sync::Mutex;

use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::environment::FixedClock;
use crate::oidc::provider::discover;
use crate::oidc::testing::serve;

const NOW: i64 = 1_795_000_000;

/// A login at an issuer that gives these answers, one after the other (null: with nothing in it); its requests, and the
/// clock.
async fn login(
    answers: Vec<(u16, serde_json::Value)>,
) -> (DeviceLogin, Arc<Mutex<Vec<String>>>, Arc<FixedClock>) {
    let requests: Arc<Mutex<Vec<String>>> = Arc::default();
    let (asked, url) = (Arc::clone(&requests), Arc::new(Mutex::new(String::new())));
    let (own, answers) = (Arc::clone(&url), Mutex::new(answers.into_iter()));
    let base = serve(move |path, body| {
        if path.ends_with("openid-configuration") {
            let url = own.lock().unwrap().clone();
            let document = json!({"issuer": url, "jwks_uri": format!("{url}/jwks"), "token_endpoint":
                format!("{url}/token"), "device_authorization_endpoint": format!("{url}/device")});
            return Some((200, document.to_string()));
        }
        asked.lock().unwrap().push(format!("{path} {body}"));
        let (status, answer) = answers.lock().unwrap().next()?;
        Some((status, if answer.is_null() { String::new() } else { answer.to_string() }))
    })
    .await;
    url.lock().unwrap().clone_from(&base);
    let clock = Arc::new(FixedClock::new(Timestamp::from_second(NOW).unwrap()));
    let transport = Transport::new(crate::http::client(None).unwrap());
    let provider = discover(&transport, &base).await.unwrap();
    let shared = Arc::clone(&clock) as Arc<dyn Clock>;
    let login = DeviceLogin::new(transport, provider, "heph", Some("https://hub.example/"), shared).unwrap();
    (login, requests, clock)
}

fn code(interval: u64) -> (u16, serde_json::Value) {
    let uri = "https://idp.example/device";
    let code = json!({"device_code": "secret", "user_code": "ABCD", "verification_uri": uri, "expires_in": 600,
        "interval": interval});
    (200, code)
}

fn tokens() -> (u16, serde_json::Value) {
    let reply = json!({"access_token": "access", "token_type": "Bearer", "expires_in": 300, "id_token": "id",
        "refresh_token": "refresh"});
    (200, reply)
}

fn error(code: &str) -> (u16, serde_json::Value) {
    (400, json!({"error": code, "error_description": "in words"}))
}

/// Waits for a grant without waiting: how long it would have waited each time.
async fn granted(login: &DeviceLogin, code: &DeviceCode) -> (Result<Tokens, LoginError>, Vec<u64>) {
    let waits = Mutex::new(Vec::new());
    let result = login
        .granted(code, |wait| {
            waits.lock().unwrap().push(wait.as_secs());
            std::future::ready(())
        })
        .await;
    (result, waits.into_inner().unwrap())
}

#[tokio::test]
async fn a_grant_is_waited_for_at_the_issuers_pace() {
    let pending = || error("authorization_pending");
    let busy = (503, json!({}));
    let answers = vec![code(3), pending(), error("slow_down"), pending(), busy, pending(), tokens()];
    let (login, requests, _) = login(answers).await;
    let code = login.begin().await.unwrap();
    assert_eq!((code.user_code.as_str(), code.interval_s), ("ABCD", 3));
    assert_eq!(code.expires_ms, (NOW + 600) * 1_000);
    let (result, waits) = granted(&login, &code).await;
    let tokens = result.unwrap();
    assert_eq!(waits, [3, 8, 8, 10, 10]);
    assert_eq!((tokens.access_token.as_str(), tokens.id_token.as_deref()), ("access", Some("id")));
    assert_eq!(tokens.expires_ms, Some((NOW + 300) * 1_000));
    let requests = requests.lock().unwrap();
    assert_eq!(
        requests[0],
        "/device scope=openid+profile+offline_access&client_id=heph&resource=https%3A%2F%2Fhub.example%2F"
    );
    assert!(
        requests[1].contains("device_code=secret") && requests[1].contains("resource="),
        "{}",
        requests[1]
    );
    assert!(!format!("{code:?} {tokens:?}").contains("secret"));
}

#[tokio::test]
async fn a_grant_ends_badly_in_its_own_words() {
    for (answer, expected) in [
        (error("access_denied"), LoginError::Denied),
        (error("expired_token"), LoginError::Expired),
        (error("invalid_client"), LoginError::Refused("invalid_client".into())),
        ((200, json!({"access_token": 7})), LoginError::Unavailable("its reply cannot be read".into())),
    ] {
        let (login, _, _) = login(vec![code(1), answer]).await;
        let code = login.begin().await.unwrap();
        assert_eq!(granted(&login, &code).await.0, Err(expected));
    }
}

#[tokio::test]
async fn a_code_ends_by_our_clock_too() {
    let (login, _, clock) = login(vec![code(0), (503, json!({})), error("authorization_pending")]).await;
    let code = login.begin().await.unwrap();
    assert_eq!(code.interval_s, 1);
    let result = login.granted(&code, |_| {
        let later = clock.now().as_second() + 400;
        clock.set(Timestamp::from_second(later).unwrap());
        std::future::ready(())
    });
    assert_eq!(result.await, Err(LoginError::Expired));
}

#[tokio::test]
async fn what_an_issuer_says_is_shown_with_care() {
    let (refusing, _, _) =
        login(vec![(400, json!({"error": "invalid_scope", "error_description": "no\u{1b}[2J"}))]).await;
    assert_eq!(refusing.begin().await.unwrap_err(), LoginError::Refused("invalid_scope no[2J".into()));
    let (mut hostile, uri) = (code(1), "https://idp.example/device");
    hostile.1["user_code"] = json!("\u{1b}[2J");
    let (login, _, _) = login(vec![hostile, (200, json!({"verification_uri": uri}))]).await;
    assert_eq!(login.begin().await.unwrap_err(), LoginError::Refused("its code cannot be shown".into()));
    assert_eq!(login.begin().await.unwrap_err(), LoginError::Unavailable("its reply cannot be read".into()));
}

#[tokio::test]
async fn a_renewal_keeps_what_it_does_not_give_anew() {
    let reply = json!({"access_token": "second", "token_type": "bearer"});
    let answers =
        vec![(200, reply), tokens(), error("invalid_grant"), error("invalid_client"), (502, json!({}))];
    let (login, requests, _) = login(answers).await;
    let first = Tokens {
        access_token: "first".into(),
        id_token: Some("id".into()),
        refresh_token: Some("old".into()),
        received_ms: 0,
        expires_ms: Some(1),
    };
    let second = login.refresh(&first).await.unwrap();
    let expected =
        Tokens { access_token: "second".into(), received_ms: NOW * 1_000, expires_ms: None, ..first };
    assert_eq!(second, expected);
    assert_eq!(login.refresh(&second).await.unwrap().refresh_token.as_deref(), Some("refresh"));
    assert_eq!(login.refresh(&second).await, Err(RefreshError::Revoked));
    assert_eq!(login.refresh(&second).await, Err(RefreshError::Unavailable("invalid_client".into())));
    assert!(matches!(login.refresh(&second).await, Err(RefreshError::Unavailable(_))));
    let none = Tokens { refresh_token: None, ..second.clone() };
    assert_eq!(login.refresh(&none).await, Err(RefreshError::Revoked));
    assert!(requests.lock().unwrap()[0].contains("refresh_token=old"));
    assert_eq!(login.revoke(&second).await, Ok(Revocation::NotOffered));
}

/// As glewlwyd does it.
#[tokio::test]
async fn a_renewal_that_is_refused_without_a_word_ends_the_login() {
    let answers = vec![(400, json!(null)), (404, json!(null)), (400, json!({})), (403, json!(null))];
    let (login, _, _) = login(answers).await;
    let tokens = Tokens {
        access_token: "access".into(),
        id_token: None,
        refresh_token: Some("refresh".into()),
        received_ms: 0,
        expires_ms: None,
    };
    assert_eq!(login.refresh(&tokens).await, Err(RefreshError::Revoked));
    for _ in 0..3 {
        let unread = RefreshError::Unavailable("its reply cannot be read".into());
        assert_eq!(login.refresh(&tokens).await, Err(unread));
    }
}
