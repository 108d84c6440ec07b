//! Stores that sync through a hub with logins of a real provider.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use heph_protocol::ErrorCode;
use heph_protocol::request::{AuthLogin, AuthWait, SyncCheck, SyncDevices};
use heph_protocol::types::SyncState;
use hephd::hub::auth::{TokenError, Verified, VerifyToken};
use hephd::oidc::device::RefreshError;
use hephd::oidc::verifier::TokenVerifier;
use hephd::sync::credentials::Credentials;
use reqwest::Method;

use super::browser::Choice;
use super::machines::{Machine, block_on, hub, hub_at, log_in_all, provider, until};
use crate::support::hub::TestHub;

/// How often the logins of a person were renewed.
fn renewals(person: &str) -> u64 {
    provider(Method::GET, &format!("/refreshed?person={person}")).parse().unwrap()
}

#[test]
fn after_a_login_sync_begins_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let hub = hub(folder.path());
    let (mut one, mut two) = (Machine::new(&hub, "jwt"), Machine::new(&hub, "jwt"));
    one.add("typed before the login");
    let status = one.sync();
    assert_eq!(status.state, SyncState::AuthRequired, "{status:?}");
    assert_eq!(status.hint.as_deref(), Some("heph auth login"));
    let who = one.who();
    assert_eq!((who.logged_in, who.issuer, who.subject), (false, Some(super::issuer()), None));
    assert!(who.problem.is_some());
    log_in_all("carol", &mut [&mut one, &mut two]);
    let who = one.who();
    assert_eq!((who.logged_in, who.subject.as_deref(), who.problem), (true, Some("carol"), None));
    assert!(who.expires_at.is_some());
    two.until_titles(&["typed before the login"]);
    one.add("and after it");
    two.until_titles(&["and after it", "typed before the login"]);
    assert_eq!(two.call(&SyncDevices {}).devices.len(), 2);
    let steps = two.call(&SyncCheck {}).steps;
    assert!(steps.iter().all(|step| step.ok), "{steps:?}");
    // Tokens are the owner's alone.
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(one.token_files()[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn two_accounts_on_a_hub_see_nothing_of_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let hub = hub(folder.path());
    let (mut dora, mut emil) = (Machine::new(&hub, "jwt"), Machine::new(&hub, "jwt"));
    dora.add("of dora");
    emil.add("of emil");
    dora.answer("dora", Choice::Approve);
    emil.answer("emil", Choice::Approve);
    for machine in [&mut dora, &mut emil] {
        machine.call(&AuthWait {});
        machine.until_idle();
        assert_eq!(machine.call(&SyncDevices {}).devices.len(), 1);
    }
    assert_eq!((dora.sync().head, emil.sync().head), (dora.status().cursor, emil.status().cursor));
    assert_eq!((dora.titles(), emil.titles()), (vec!["of dora".to_owned()], vec!["of emil".to_owned()]));
    // A store does not go over to another person.
    emil.log_out();
    emil.add("still of emil");
    emil.log_in("dora");
    let status = emil.until_state(SyncState::Paused);
    let problem = status.problem.unwrap();
    assert!(problem.contains("emil") && problem.contains("dora"), "{problem}");
    assert_eq!(dora.sync().state, SyncState::Idle);
    assert_eq!((dora.titles(), status.unsent > 0), (vec!["of dora".to_owned()], true));
    emil.log_in("emil");
    emil.until_idle();
}

#[test]
fn a_login_that_fails_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let hub = hub(folder.path());
    let mut machine = Machine::new(&hub, "hasty");
    machine.add("first");
    // A code that nobody approves lives a second.
    machine.call(&AuthLogin {});
    let error = machine.refusal(&AuthWait {});
    assert_eq!(error.code, ErrorCode::Unauthenticated);
    assert!(error.message.contains("expired"), "{error}");
    machine.config.spoke.as_mut().unwrap().client_id = "jwt".to_owned();
    machine.restart();
    machine.answer("fay", Choice::Deny);
    let error = machine.refusal(&AuthWait {});
    assert_eq!(error.code, ErrorCode::Unauthenticated);
    assert!(error.message.contains("denied"), "{error}");
    machine.add("second");
    let status = machine.sync();
    assert_eq!((status.state, machine.who().logged_in), (SyncState::AuthRequired, false));
    assert!(machine.token_files().is_empty());
    let mut other = Machine::new(&hub, "jwt");
    log_in_all("fay", &mut [&mut machine, &mut other]);
    other.until_titles(&["first", "second"]);
}

#[test]
fn a_login_is_renewed_by_itself_and_outlives_the_daemon() {
    let folder = tempfile::tempdir().unwrap();
    let hub = hub(folder.path());
    let (mut short, mut long) = (Machine::new(&hub, "short"), Machine::new(&hub, "jwt"));
    log_in_all("gus", &mut [&mut short, &mut long]);
    let begun = renewals("gus");
    let mut token = short.kept("refresh_token").unwrap();
    let mut titles = Vec::new();
    for n in 0..3 {
        token = short.until_another("refresh_token", &token);
        until("news arrive as events", || short.status().live.as_deref() == Some("events"));
        let title = format!("task {n}");
        long.add(&title);
        titles.push(title);
        short.until_titles(&titles.iter().map(String::as_str).collect::<Vec<_>>());
        let (status, who) = (short.status(), short.who());
        assert_eq!((status.problem, who.problem, who.logged_in), (None, None, true));
    }
    // Each token was used once, and not more often than needed.
    let renewed = renewals("gus") - begun;
    assert!((3..=5).contains(&renewed), "renewed {renewed} times");
    short.restart();
    let who = short.who();
    assert_eq!((who.logged_in, who.subject.as_deref()), (true, Some("gus")));
    short.add("after the restart");
    short.until_idle();
    let token = short.kept("refresh_token").unwrap();
    short.until_another("refresh_token", &token);
    assert_eq!(short.sync().state, SyncState::Idle);
    long.until_titles(&["after the restart", "task 0", "task 1", "task 2"]);
}

#[test]
fn a_login_that_is_ended_at_the_provider_is_said_and_what_waits_is_sent_after_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let hub = hub(folder.path());
    let mut machine = Machine::new(&hub, "short");
    machine.log_in("hal");
    machine.until_idle();
    provider(Method::POST, "/end?person=hal");
    let status = machine.until_state(SyncState::AuthRequired);
    assert!(status.problem.unwrap().contains("the login has ended"));
    assert_eq!(status.hint.as_deref(), Some("heph auth login"));
    let who = machine.who();
    assert!(!who.logged_in && who.problem.is_some(), "{who:?}");
    assert!(machine.token_files().is_empty());
    machine.add("typed meanwhile");
    assert!(machine.status().unsent > 0);
    let mut other = Machine::new(&hub, "jwt");
    log_in_all("hal", &mut [&mut machine, &mut other]);
    other.until_titles(&["typed meanwhile"]);
}

#[test]
fn spokes_follow_when_the_provider_changes_its_keys() {
    let folder = tempfile::tempdir().unwrap();
    let hub = hub(folder.path());
    let (mut short, mut long) = (Machine::new(&hub, "short"), Machine::new(&hub, "jwt"));
    log_in_all("ida", &mut [&mut short, &mut long]);
    let (of_short, of_long) = (short.kept("access_token").unwrap(), long.kept("access_token").unwrap());
    provider(Method::POST, "/rotate");
    // The first token with the new key makes the hub look for it, and the old key is gone.
    short.until_another("access_token", &of_short);
    short.add("with the new key");
    short.until_idle();
    long.add("with the old key");
    long.until_another("access_token", &of_long);
    long.until_titles(&["with the new key", "with the old key"]);
    short.until_titles(&["with the new key", "with the old key"]);
    long.until_idle();
}

#[test]
fn settings_that_name_another_issuer_than_the_hub_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let hub = hub(folder.path());
    let issuer = super::issuer();
    let configured = issuer.trim_end_matches('/');
    let mut machine = Machine::with(&hub, "jwt", Some(configured.to_owned()));
    machine.add("typed all the same");
    let status = machine.sync();
    assert_eq!(status.state, SyncState::Paused);
    let problem = status.problem.unwrap();
    assert!(problem.contains(&format!("--oidc-issuer names {configured};")), "{problem}");
    assert!(problem.contains(&format!("trusts the issuer {issuer} ")), "{problem}");
    let error = machine.refusal(&AuthLogin {});
    assert_eq!((error.code, error.message), (ErrorCode::Refused, problem));
    machine.config.spoke.as_mut().unwrap().issuer = Some(issuer);
    machine.restart();
    assert_eq!(machine.sync().state, SyncState::AuthRequired);
}

#[test]
fn with_opaque_access_tokens_the_id_token_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let hub = hub(folder.path());
    let (mut one, mut two) = (Machine::new(&hub, "heph"), Machine::new(&hub, "heph"));
    one.add("opaque");
    log_in_all("jan", &mut [&mut one, &mut two]);
    assert!(!one.kept("access_token").unwrap().contains('.'));
    two.until_titles(&["opaque"]);
    two.add("both ways");
    one.until_titles(&["both ways", "opaque"]);
}

#[test]
fn a_logout_leaves_the_store_and_no_token() {
    let folder = tempfile::tempdir().unwrap();
    let hub = hub(folder.path());
    let mut machine = Machine::new(&hub, "jwt");
    machine.add("stays");
    machine.log_in("kim");
    machine.until_idle();
    let place = Credentials::new(&machine.config.db, &super::issuer(), "jwt", None).unwrap();
    let tokens = place.load().unwrap().unwrap();
    let who = machine.log_out();
    assert_eq!((who.logged_in, who.subject, who.issuer), (false, None, Some(super::issuer())));
    assert!(machine.token_files().is_empty());
    let refused = block_on(async { super::login_as("jwt", None).await.refresh(&tokens).await });
    assert_eq!(refused, Err(RefreshError::Revoked));
    let status = machine.until_state(SyncState::AuthRequired);
    assert_eq!(status.problem.as_deref(), Some("nobody is logged in at the hub"));
    machine.add("goes on");
    assert_eq!(machine.titles(), ["goes on", "stays"]);
    machine.restart();
    assert!(!machine.who().logged_in);
    // Once more is well too.
    assert!(machine.log_out().problem.is_none_or(|problem| problem.starts_with("nobody")));
}

/// Takes no token while it is told so, and counts.
struct Moody {
    inner: TokenVerifier,
    refuses: AtomicBool,
    refused: AtomicUsize,
}

impl VerifyToken for Moody {
    fn verify<'a>(&'a self, token: &'a str) -> Verified<'a> {
        if self.refuses.load(Ordering::SeqCst) {
            self.refused.fetch_add(1, Ordering::SeqCst);
            return Box::pin(std::future::ready(Err(TokenError::Invalid("not today".to_owned()))));
        }
        Box::pin(self.inner.verify(token))
    }
}

#[test]
fn a_hub_that_takes_no_token_is_not_asked_all_the_time() {
    let folder = tempfile::tempdir().unwrap();
    let inner = super::verifier("heph");
    let moody = Arc::new(Moody { inner, refuses: AtomicBool::new(false), refused: AtomicUsize::new(0) });
    let verifier: Arc<dyn VerifyToken> = moody.clone();
    let hub = TestHub::start_with(folder.path(), |options| {
        options.config.issuer = Some(super::issuer());
        options.verifier = Some(verifier);
    });
    let mut machine = Machine::new(&hub, "jwt");
    machine.log_in("mia");
    machine.until_idle();
    let begun = renewals("mia");
    moody.refuses.store(true, Ordering::SeqCst);
    machine.add("kept");
    let status = machine.until_state(SyncState::AuthRequired);
    assert!(status.problem.unwrap().contains("not today"));
    // Once with the token at hand, once with a new one.
    let refused = moody.refused.load(Ordering::SeqCst);
    assert!((2..=3).contains(&refused), "asked {refused} times");
    assert_eq!(renewals("mia") - begun, 1);
    let who = machine.who();
    assert!(who.logged_in && who.problem.unwrap().contains("not today"));
    moody.refuses.store(false, Ordering::SeqCst);
    assert_eq!(machine.sync().state, SyncState::Idle);
    assert_eq!((machine.status().unsent, renewals("mia") - begun), (0, 1));
}

#[test]
fn a_hub_that_is_away_is_waited_for_and_the_login_is_known_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let hub = hub(folder.path());
    let address = hub.address;
    let mut machine = Machine::new(&hub, "jwt");
    let mut late = Machine::new(&hub, "jwt");
    machine.log_in("leo");
    machine.until_idle();
    late.until_state(SyncState::AuthRequired);
    hub.stop();
    // One that knows the hub's issuer logs in without it.
    late.log_in("leo");
    late.until_state(SyncState::Backoff);
    // One that was started anew knows who is logged in, and begins no login: the hub says what it needs.
    machine.restart();
    machine.add("while it is away");
    let status = machine.until_state(SyncState::Backoff);
    assert_eq!(status.account.as_deref(), Some("leo"));
    let who = machine.who();
    assert_eq!((who.logged_in, who.subject.as_deref()), (true, Some("leo")));
    assert_eq!(machine.refusal(&AuthLogin {}).code, ErrorCode::Busy);
    let _hub = hub_at(folder.path(), address);
    machine.until_idle();
    late.until_idle();
    late.until_titles(&["while it is away"]);
}
