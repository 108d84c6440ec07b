//! The daemon's errors: words, places, candidates, exit codes; the store that is not the one meant.

use heph_protocol::error::{ErrorData, Span};
use heph_protocol::response::TaskNext;
use heph_protocol::{ErrorCode, WireError};

use crate::fake::{Fake, node, reply};

#[test]
fn every_code_leaves_with_its_own_exit_code() {
    for (code, exit) in [
        (ErrorCode::NotFound, 3),
        (ErrorCode::Ambiguous, 4),
        (ErrorCode::Invalid, 2),
        (ErrorCode::Conflict, 6),
        (ErrorCode::Refused, 5),
        (ErrorCode::Unauthenticated, 77),
        (ErrorCode::Unsupported, 78),
        (ErrorCode::Internal, 70),
    ] {
        let fake = Fake::new(move |_| Err(WireError::new(code, "it cannot be").hint("try another")));
        let ran = fake.run(&["show", "7k3"]);
        assert_eq!(
            (ran.code, ran.stderr.as_str()),
            (exit, "error: it cannot be\nhint: try another\n"),
            "{code:?}"
        );
    }
}

#[test]
fn a_filter_error_points_at_its_place() {
    let fake = Fake::new(|_| {
        let span = Span { text: "+home dew:fri".into(), start: 6, end: 9 };
        let data = ErrorData { span: Some(span), ..ErrorData::default() };
        Err(WireError::new(ErrorCode::Invalid, "there is no key `dew`")
            .hint("did you mean `due`?")
            .data(data))
    });
    insta::assert_snapshot!(fake.run(&["list", "+home", "dew:fri"]), @r"
    --- stderr
    error: there is no key `dew`
      +home dew:fri
            ^^^
    hint: did you mean `due`?
    --- exit 2
    ");
}

#[test]
fn an_ambiguous_reference_lists_its_candidates() {
    let fake = Fake::new(|_| {
        let candidates = vec![node("7k3f", "Call the bank"), node("7k3q", "Call\u{1b}]0;gone\u{7} Bob")];
        let data = ErrorData { candidates, ..ErrorData::default() };
        Err(WireError::new(ErrorCode::Ambiguous, "2 nodes begin with `7k3`").data(data))
    });
    insta::assert_snapshot!(fake.run(&["show", "7k3"]), @r"
    --- stderr
    error: 2 nodes begin with `7k3`
      7k3f  Call the bank
      7k3q  Call]0;gone Bob
    --- exit 4
    ");
    let json: serde_json::Value = serde_json::from_str(&fake.run(&["show", "7k3", "--json"]).stderr).unwrap();
    assert_eq!(json["error"]["candidates"][1]["short"], "7k3q");
}

#[test]
fn another_store_than_the_one_named_is_warned_of() {
    let mut fake = Fake::new(|_| reply(&TaskNext::default()));
    fake.home.set("HEPH_DB", "/elsewhere/heph.db");
    insta::assert_snapshot!(fake.run(&["next"]), @r"
    --- stderr
    warning: HEPH_DB is /elsewhere/heph.db, but the daemon serves /somewhere/heph.db
    nothing to do next: heph add … adds a task, heph list shows what is held back
    --- exit 0
    ");
    fake.home.set("HEPH_DB", "/somewhere/heph.db");
    assert!(!fake.run(&["next"]).stderr.contains("warning"));
}
