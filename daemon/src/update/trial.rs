//! Whether a daemon does what it is there for: it greets, and reads from its store.

use std::path::Path;
use std::time::Duration;

use heph_protocol::envelope::{Message, Meta, from_map, to_params};
use heph_protocol::frame::{HEADER, encode, payload_len};
use heph_protocol::request::{DaemonStatus, Hello, Method, TaskNext};
use heph_protocol::{response, version};
use serde::Serialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::time::timeout;

/// How long greeting and reading may take.
const DEADLINE: Duration = Duration::from_secs(60);

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// The best of the open tasks, which needs the store and what is made of it.
    Tasks,
    /// The figures of a hub, which has no tasks.
    Figures,
}

/// A daemon does not do what it is there for.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// It is not there, or ends in mid-sentence.
    #[error("its socket fails: {0}")]
    Socket(#[from] std::io::Error),
    /// It does not answer.
    #[error("it does not answer within {} s", DEADLINE.as_secs())]
    Silent,
    /// It answers with an error, or not as a daemon does.
    #[error("{method} fails: {reason}")]
    Answer {
        /// What it was asked.
        method: &'static str,
        /// What it said.
        reason: String,
    },
}

/// Greets the daemon at a socket and reads from its store; answers what it says of itself.
///
/// # Errors
/// [`TrialError`]
pub async fn try_out(socket: &Path, read: Read) -> Result<response::Hello, TrialError> {
    timeout(DEADLINE, converse(socket, read)).await.unwrap_or(Err(TrialError::Silent))
}

async fn converse(socket: &Path, read: Read) -> Result<response::Hello, TrialError> {
    let mut stream = UnixStream::connect(socket).await?;
    let hello = Hello {
        protocol: version::PROTOCOL,
        client: "hephd".to_owned(),
        client_version: env!("CARGO_PKG_VERSION").to_owned(),
        zone: None,
    };
    let greeted: response::Hello = ask(&mut stream, 1, &hello).await?;
    match read {
        Read::Tasks => {
            let next = TaskNext { limit: Some(1), ..TaskNext::default() };
            let _: response::TaskNext = ask(&mut stream, 2, &next).await?;
        }
        Read::Figures => {
            let _: response::DaemonStatus = ask(&mut stream, 2, &DaemonStatus::default()).await?;
        }
    }
    Ok(greeted)
}

async fn ask<M, R>(stream: &mut UnixStream, id: u32, request: &M) -> Result<R, TrialError>
where
    M: Method + Serialize,
    R: serde::de::DeserializeOwned,
{
    let failed = |reason: String| TrialError::Answer { method: M::NAME, reason };
    let params = to_params(request, &Meta::default());
    let payload = Message::Request { id, method: M::NAME.to_owned(), params }.encode();
    stream.write_all(&encode(&payload).map_err(|error| failed(error.to_string()))?).await?;
    loop {
        let mut header = [0; HEADER];
        stream.read_exact(&mut header).await?;
        let length = payload_len(header).map_err(|error| failed(error.to_string()))?;
        let mut payload = vec![0; length];
        stream.read_exact(&mut payload).await?;
        match Message::decode(&payload).map_err(|error| failed(error.to_string()))? {
            Message::Reply { id: answered, result } if answered == id => {
                let map = result.map_err(|error| failed(error.message))?;
                return from_map(&map).map_err(|error| failed(error.message));
            }
            Message::Reply { result: Err(error), .. } => return Err(failed(error.message)),
            Message::Reply { .. } | Message::Event { .. } | Message::Request { .. } => {}
        }
    }
}
