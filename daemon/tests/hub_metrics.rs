//! The figures of a hub: on an address of their own, and nobody is named in them.

use heph_protocol::hub::Push;
use reqwest::StatusCode;

use crate::support::hub::{Answer, Spoke, TestHub, id, set};

#[tokio::test]
async fn figures_are_told_on_their_own_address_and_name_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start_with(folder.path(), |options| {
        options.config.metrics_addr = Some("127.0.0.1:0".parse().unwrap());
    });
    let ann = hub.spoke("ann-the-secret-name", 1).await;
    ann.push(vec![set(1), set(2)]).await;
    let wrong = Push { device: id(1), epoch: 1, ops: Vec::new() };
    assert_eq!(ann.post("/v1/push", &wrong).await.status, StatusCode::CONFLICT);
    assert_eq!(ann.get("/metrics").await.status, StatusCode::NOT_FOUND, "not where spokes ask");
    let watcher = Spoke { token: None, ..Spoke::new(format!("http://{}", hub.metrics.unwrap()), "") };
    for path in ["/healthz", "/readyz"] {
        assert_eq!(watcher.get(path).await.body, b"ok\n", "{path}");
    }
    assert_eq!(watcher.get("/v1/hello").await.status, StatusCode::NOT_FOUND, "nothing else is there");
    let answer: Answer = watcher.get("/metrics").await;
    assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
    let text = String::from_utf8(answer.body).unwrap();
    for line in [
        "heph_hub_ready 1",
        "heph_hub_accounts 1",
        "heph_hub_devices 1",
        "heph_hub_operations 2",
        "heph_hub_requests_total{method=\"POST\",route=\"/v1/push\",status=\"200\"} 1",
        "heph_hub_requests_total{method=\"POST\",route=\"/v1/push\",status=\"409\"} 1",
    ] {
        assert!(text.lines().any(|told| told == line), "{line}\n{text}");
    }
    assert!(!text.contains("secret"), "{text}");
}
