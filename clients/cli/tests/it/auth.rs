//! `heph auth`: the login, shown and waited for.

use heph_protocol::response::{AuthStatus, LoginBegun};
use heph_protocol::{ErrorCode, Request, WireError};

use crate::fake::{Answer, Fake, refuse, reply};

fn alice() -> AuthStatus {
    AuthStatus {
        logged_in: true,
        issuer: Some("https://idp.example/o/heph/".into()),
        client_id: Some("heph".into()),
        subject: Some("alice\u{1b}[2J".into()),
        expires_at: Some("2026-11-23T19:00:00Z".into()),
        problem: None,
    }
}

/// A daemon that says this of who is logged in, and answers so when a login is waited for.
fn with_login(status: AuthStatus, waited: impl Fn() -> Answer + Send + Sync + 'static) -> Fake {
    Fake::new(move |request| match request {
        Request::AuthLogin(_) => reply(&LoginBegun {
            user_code: "WDJB-MJHT".into(),
            verification_uri: "https://idp.example/device".into(),
            verification_uri_complete: Some("https://idp.example/device?code=WDJB-MJHT".into()),
            expires_at: "2026-11-23T18:15:00Z".into(),
            issuer: "https://idp.example/o/heph/".into(),
        }),
        Request::AuthWait(_) => waited(),
        Request::AuthStatus(_) => reply(&status),
        Request::AuthLogout(_) => reply(&AuthStatus { logged_in: false, ..status.clone() }),
        other => refuse(ErrorCode::Internal, other.name()),
    })
}

fn names(fake: &Fake) -> Vec<&'static str> {
    fake.heard().iter().map(Request::name).collect()
}

#[test]
fn a_login_shows_the_code_and_waits() {
    let fake = with_login(alice(), || reply(&alice()));
    insta::assert_snapshot!(fake.run(&["auth", "login"]), @r"
    open   https://idp.example/device
    enter  WDJB-MJHT
    or     https://idp.example/device?code=WDJB-MJHT
    logged in as alice[2J at https://idp.example/o/heph/
    --- stderr
    any browser will do, on another machine too, until 2026-11-23 18:15
    the token counts until 2026-11-23 19:00, and is renewed by itself
    sync begins now: heph sync tells how it stands
    --- exit 0
    ");
    assert_eq!(names(&fake), ["auth.login", "auth.wait"]);
    let ran = fake.run(&["auth", "login", "--json"]);
    insta::assert_snapshot!(ran.stderr, @"hint: open https://idp.example/device?code=WDJB-MJHT and enter WDJB-MJHT");
    assert_eq!(ran.json()["auth"]["logged_in"], true);
}

#[test]
fn nobody_has_to_wait() {
    let fake = with_login(alice(), || refuse(ErrorCode::Internal, "nobody waits"));
    insta::assert_snapshot!(fake.run(&["auth", "login", "--no-wait"]), @r"
    open   https://idp.example/device
    enter  WDJB-MJHT
    or     https://idp.example/device?code=WDJB-MJHT
    --- stderr
    any browser will do, on another machine too, until 2026-11-23 18:15
    heph auth status tells whether it was granted
    --- exit 0
    ");
    assert_eq!(names(&fake), ["auth.login"]);
    let json = fake.run(&["auth", "login", "--no-wait", "--json"]).json();
    assert_eq!((&json["schema"], &json["login"]["user_code"]), (&1.into(), &"WDJB-MJHT".into()));
}

#[test]
fn a_login_that_is_not_granted_is_77() {
    let denied = || {
        Err(WireError::new(ErrorCode::Unauthenticated, "the login was denied")
            .hint("try again: heph auth login"))
    };
    insta::assert_snapshot!(with_login(alice(), denied).run(&["auth", "login", "-q"]), @r"
    open   https://idp.example/device
    enter  WDJB-MJHT
    or     https://idp.example/device?code=WDJB-MJHT
    --- stderr
    error: the login was denied
    hint: try again: heph auth login
    --- exit 77
    ");
    let late = || {
        reply(&AuthStatus {
            problem: Some("the code was not entered in time".into()),
            ..AuthStatus::default()
        })
    };
    insta::assert_snapshot!(with_login(alice(), late).run(&["auth", "login", "--json"]), @r#"
    --- stderr
    hint: open https://idp.example/device?code=WDJB-MJHT and enter WDJB-MJHT
    {"error":{"code":"unauthenticated","message":"the code was not entered in time","hint":"try again: heph auth login"}}
    --- exit 77
    "#);
}

#[test]
fn the_status_says_who_is_logged_in() {
    let shown = |status: AuthStatus| with_login(status, || reply(&alice())).run(&["auth", "status"]);
    insta::assert_snapshot!(shown(alice()), @r"
    logged in as alice[2J at https://idp.example/o/heph/
    --- stderr
    the token counts until 2026-11-23 19:00, and is renewed by itself
    --- exit 0
    ");
    insta::assert_snapshot!(shown(AuthStatus::default()), @r"
    not logged in
    --- stderr
    hint: log in with: heph auth login
    --- exit 77
    ");
    let revoked = AuthStatus {
        logged_in: false,
        problem: Some("the identity provider ended the login".into()),
        ..alice()
    };
    insta::assert_snapshot!(shown(revoked.clone()), @r"
    not logged in: the identity provider ended the login
    --- stderr
    hint: log in with: heph auth login
    --- exit 77
    ");
    insta::assert_snapshot!(shown(AuthStatus { logged_in: true, ..AuthStatus::default() }), @r"
    this hub needs no login
    --- exit 0
    ");
    let ran = with_login(revoked, || reply(&alice())).run(&["auth", "status", "--json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (77, ""));
    assert_eq!(ran.json()["auth"]["subject"], "alice\u{1b}[2J");
}

#[test]
fn a_logout_asks_nothing_and_leaves_the_store() {
    let fake = with_login(alice(), || reply(&alice()));
    insta::assert_snapshot!(fake.run(&["auth", "logout"]), @r"
    logged out
    --- stderr
    the store stays as it is, and what is written now waits for the next login
    --- exit 0
    ");
    assert_eq!(fake.run(&["auth", "logout", "--json"]).json()["auth"]["logged_in"], false);
}
