//! The real binary in mode server: its token, its socket, kills and stops.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use heph_protocol::ErrorCode;
use heph_protocol::hub::{Account, Ops, Push, PushReply, Verdict};
use heph_protocol::request::{DaemonStatus, TaskNext};

use crate::support::hub::{Answer, Spoke, id, set};
use crate::support::{Hephd, PROGRAM, Peer};

fn start(folder: &Path) -> Hephd {
    let mut command = Command::new(PROGRAM);
    command.args(["--mode", "server", "--http-addr", "127.0.0.1:0"]);
    Hephd::start_by(command, folder, &folder.join("heph.db"))
}

/// The port of the hub that was started last, as its log tells.
fn port(daemon: &Hephd) -> u16 {
    let log = daemon.log();
    let line = log.lines().rev().find(|line| line.contains("the hub serves")).unwrap();
    let address = line.split("address=127.0.0.1:").nth(1).unwrap();
    address.split_whitespace().next().unwrap().parse().unwrap()
}

fn spoke(folder: &Path, port: u16) -> Spoke {
    let file = folder.join(format!("hub-{port}.token"));
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let token = std::fs::read_to_string(file).unwrap();
    Spoke { device: Some(id(1)), ..Spoke::new(format!("http://127.0.0.1:{port}"), token.trim()) }
}

#[tokio::test]
async fn what_was_acknowledged_survives_kills_and_leaves_no_gap() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    for round in 0..6u64 {
        let daemon = start(folder.path());
        let spoke = spoke(folder.path(), port(&daemon));
        spoke.register().await;
        let account: Account = spoke.get("/v1/account").await.value();
        assert!(account.head >= acknowledged);
        // Several at once, so that the kill comes among them.
        let mut pushes = tokio::task::JoinSet::new();
        for n in 0..12 {
            let spoke = spoke.clone();
            let first = 1 + round * 1_000 + n * 20;
            let push =
                Push { device: id(1), epoch: account.epoch, ops: (first..first + 9).map(set).collect() };
            let body = rmp_serde::to_vec_named(&push).unwrap();
            let request = spoke.request(reqwest::Method::POST, "/v1/push");
            let request = request.header("content-type", "application/msgpack").body(body);
            pushes.spawn(async move {
                let response = request.send().await.ok()?;
                rmp_serde::from_slice::<PushReply>(&zstd_or_plain(response).await?).ok()
            });
        }
        let mut answered = 0;
        let mut daemon = Some(daemon);
        while let Some(reply) = pushes.join_next().await {
            for (_, verdict) in reply.unwrap().into_iter().flat_map(|reply| reply.results) {
                let Verdict::Ok(seq) = verdict else { panic!("{verdict:?}") };
                acknowledged = acknowledged.max(seq);
            }
            answered += 1;
            if answered == 3 {
                daemon.take().unwrap().kill();
            }
        }
    }
    let daemon = start(folder.path());
    let spoke = spoke(folder.path(), port(&daemon));
    let ops: Ops = spoke.get("/v1/ops").await.value();
    assert!(ops.head >= acknowledged && acknowledged >= 6 * 27, "{} {acknowledged}", ops.head);
    let places: Vec<u64> = ops.ops.iter().map(|op| op.seq).collect();
    assert_eq!(places, (1..=ops.head).collect::<Vec<_>>());
    let again: Vec<_> =
        ops.ops.iter().take(50).map(|op| set(u64::from_be_bytes(op.body[..].try_into().unwrap()))).collect();
    let expected: Vec<_> = (1..=50).map(Verdict::Dup).collect();
    assert_eq!(spoke.push(again).await, expected);
    daemon.stop();
}

async fn zstd_or_plain(response: reqwest::Response) -> Option<Vec<u8>> {
    let is_zstd = response.headers().contains_key("content-encoding");
    let bytes = response.bytes().await.ok()?;
    if is_zstd { zstd::stream::decode_all(&bytes[..]).ok() } else { Some(bytes.to_vec()) }
}

#[tokio::test]
async fn a_hub_of_this_machine_wants_its_token_and_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let daemon = start(folder.path());
    let port = port(&daemon);
    let spoke = spoke(folder.path(), port);
    let account: Account = spoke.get("/v1/account").await.value();
    assert_eq!((account.head, account.subject.as_str()), (0, ""));
    for token in ["", "0", &"0".repeat(64)] {
        let other = Spoke { token: Some(token.to_owned()), ..spoke.clone() };
        assert_eq!(other.get("/v1/account").await.status, 401);
    }
    for host in ["evil.example", "127.0.0.1.evil.example"] {
        for path in ["/v1/account", "/v1/hello"] {
            let request = spoke.request(reqwest::Method::GET, path).header("host", host);
            assert_eq!(Answer::of(request).await.refusal(), (403, "host".to_owned()));
        }
    }
    let named = Spoke { base: format!("http://localhost:{port}"), ..spoke.clone() };
    assert_eq!(named.get("/v1/account").await.status, 200);
    assert!(!daemon.log().contains(spoke.token.as_deref().unwrap()));
    daemon.stop();
}

#[test]
fn the_socket_of_a_hub_has_no_tasks() {
    let folder = tempfile::tempdir().unwrap();
    let daemon = start(folder.path());
    let mut peer = Peer::greeted(&daemon.socket());
    let status = peer.call(&DaemonStatus {}).unwrap();
    assert_eq!((status.mode.as_str(), status.nodes), ("server", 0));
    assert_eq!(status.db, folder.path().join("hub.db").display().to_string());
    assert!(status.settings.iter().any(|setting| setting.name == "http_addr"));
    let error = peer.call(&TaskNext::default()).unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        (ErrorCode::Unsupported, "this hub holds no personal store")
    );
    assert!(!folder.path().join("heph.db").exists());
    let mode = folder.path().join("hub.db").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let second = Command::new(PROGRAM)
        .env_clear()
        .env("HOME", folder.path())
        .args(["--mode", "server", "--http-addr", "127.0.0.1:0", "--log", "-", "--db"])
        .arg(folder.path().join("heph.db"))
        .arg("--socket")
        .arg(folder.path().join("other.sock"))
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(75));
    daemon.stop();
}

#[test]
fn a_hub_for_others_needs_an_issuer() {
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(PROGRAM)
        .env_clear()
        .env("HOME", home.path())
        .args(["--mode", "server", "--http-addr", "0.0.0.0:0"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(78));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("add --oidc-issuer, or listen on 127.0.0.1"), "{said}");
}
