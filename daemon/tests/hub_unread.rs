//! Clients that ask for pages and do not read them: what lies there is counted, bounded, and dropped in time.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::join_all;
use heph_protocol::hub::{Account, DEVICE_HEADER, NewOp, Verdict};
use reqwest::header::RETRY_AFTER;
use serde_bytes::ByteBuf;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::hub::{Spoke, TestHub, hex, id, set};

/// Asks until something is so; fails the test after a while.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let asking = async { while !is_so().await {} };
    assert!(tokio::time::timeout(Duration::from_secs(20), asking).await.is_ok(), "not in time: {what}");
}

/// Asks for the log and reads no more than the beginning of the answer.
async fn ask(address: SocketAddr, device: u8, query: &str) -> (TcpStream, String) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(address).await.unwrap();
    let request = format!(
        "GET /v1/ops?{query} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer ann\r\nheph-device: {}\r\n\r\n",
        hex(id(device))
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut begin = [0; 12];
    stream.read_exact(&mut begin).await.unwrap();
    (stream, String::from_utf8_lossy(&begin[9..]).into_owned())
}

/// A hub with a page of 8 MiB, and devices 1 to `devices`.
async fn hub(folder: &std::path::Path, deadline: Duration, devices: u8) -> (TestHub, Vec<Spoke>) {
    let hub = TestHub::start_with(folder, |options| options.pace.body_deadline = deadline);
    let mut spokes = Vec::new();
    for device in 1..=devices {
        spokes.push(hub.spoke("ann", device).await);
    }
    for n in 1..=2 {
        let body = ByteBuf::from(vec![n as u8; 4 << 20]);
        assert_eq!(spokes[0].push(vec![NewOp { body, ..set(n) }]).await, [Verdict::Ok(n)]);
    }
    (hub, spokes)
}

#[tokio::test]
async fn pages_that_nobody_reads_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let (hub, spokes) = hub(folder.path(), Duration::from_secs(60), 6).await;
    let mut unread = Vec::new();
    let mut busy = 0;
    for device in 1..=6 {
        for _ in 0..4 {
            let (stream, status) = ask(hub.address, device, "after=0").await;
            assert!(["200", "503"].contains(&status.as_str()), "{status}");
            busy += usize::from(status == "503");
            unread.push(stream);
        }
    }
    // 128 MiB hold fifteen pages of a little more than 8 MiB.
    assert!((9..=12).contains(&busy), "{busy}");
    // Without compression, which would make a short answer of it.
    let request = spokes[5].client.get(format!("{}/v1/ops?after=0", spokes[5].base)).bearer_auth("ann");
    let refused = request.header(DEVICE_HEADER, hex(id(6))).send().await.unwrap();
    assert_eq!((refused.status().as_u16(), refused.headers()[RETRY_AFTER].to_str().unwrap()), (503, "2"));
    let one_too_many = spokes[0].get("/v1/ops?after=2").await;
    assert_eq!(one_too_many.refusal(), (429, "reads".to_owned()));
    // What is short is answered all the same, and what is read makes room.
    let account: Account = spokes[0].get("/v1/account").await.value();
    assert_eq!(account.head, 2);
    drop(unread);
    until("the room comes back", async || spokes[0].get("/v1/ops?after=0").await.status.is_success()).await;
}

#[tokio::test]
async fn who_does_not_read_in_time_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let (hub, spokes) = hub(folder.path(), Duration::from_secs(2), 1).await;
    let mut unread = Vec::new();
    for _ in 0..4 {
        let (stream, status) = ask(hub.address, 1, "after=0").await;
        assert_eq!(status, "200");
        unread.push(stream);
    }
    assert_eq!(spokes[0].get("/v1/ops?after=2").await.refusal(), (429, "reads".to_owned()));
    until("all four places are free", async || {
        let asked = [(); 4].map(|()| spokes[0].get("/v1/ops?after=2&wait=1"));
        join_all(asked).await.iter().all(|answer| answer.status.is_success())
    })
    .await;
    assert!(spokes[0].get("/v1/ops?after=0").await.status.is_success());
    for mut stream in unread {
        let mut rest = Vec::new();
        let read =
            tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut rest)).await.unwrap();
        assert!(read.is_err() || rest.len() < 8 << 20, "the page came whole: {}", rest.len());
    }
}

#[tokio::test]
async fn requests_that_wait_are_counted_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let (hub, spokes) = hub(folder.path(), Duration::from_secs(60), 2).await;
    let wait = |spoke: Spoke| {
        tokio::spawn(async move {
            loop {
                let answer = spoke.get("/v1/ops?after=2&wait=20").await;
                // The question below may have had the last place.
                if answer.status != 429 {
                    return answer;
                }
            }
        })
    };
    let waiting: Vec<_> = (0..4).map(|_| wait(spokes[0].clone())).collect();
    until("they are counted", async || spokes[0].get("/v1/ops?after=2").await.status == 429).await;
    spokes[1].push(vec![set(3)]).await;
    for waited in waiting {
        assert!(waited.await.unwrap().status.is_success());
    }
    assert!(spokes[0].get("/v1/ops?after=2").await.status.is_success());
    drop(hub);
}
