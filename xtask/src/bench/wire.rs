//! A connection that sends and receives frames and nothing else, so that what is timed is the daemon.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use heph_protocol::envelope::{self, Meta};
use heph_protocol::request::{Hello, Kind, Method};
use heph_protocol::version::PROTOCOL;
use heph_protocol::{Message, frame};

/// An open connection that said hello.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: UnixStream,
}

impl Wire {
    /// Connects and says hello.
    pub(crate) fn open(socket: &Path) -> anyhow::Result<Self> {
        let stream = UnixStream::connect(socket).context("cannot connect to hephd")?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let mut wire = Self { stream };
        let hello = Hello { protocol: PROTOCOL, client: "bench".into(), ..Hello::default() };
        wire.call(&hello)?;
        Ok(wire)
    }

    /// Sends a request and returns its reply's result, still encoded.
    pub(crate) fn call<M: Method>(&mut self, request: &M) -> anyhow::Result<Vec<u8>> {
        self.exchange(&encoded(request)?)
    }

    /// Sends a framed request and returns its reply's result, still encoded.
    pub(crate) fn exchange(&mut self, framed: &[u8]) -> anyhow::Result<Vec<u8>> {
        self.send(framed)?;
        self.reply()
    }

    /// Sends a framed request.
    pub(crate) fn send(&mut self, framed: &[u8]) -> anyhow::Result<()> {
        self.stream.write_all(framed).context("hephd does not read")
    }

    /// Waits for a reply and returns its result, still encoded.
    pub(crate) fn reply(&mut self) -> anyhow::Result<Vec<u8>> {
        let payload = self.receive()?;
        match Message::decode(&payload)? {
            Message::Reply { result: Ok(result), .. } => Ok(result),
            Message::Reply { result: Err(error), .. } => bail!("hephd refused: {error}"),
            _ => bail!("hephd sent something else than a reply"),
        }
    }

    /// Sends a framed request and waits for a frame, without a look into it.
    pub(crate) fn ping(&mut self, framed: &[u8]) -> anyhow::Result<()> {
        self.send(framed)?;
        self.receive().map(drop)
    }

    /// Waits as long as bulk work may take.
    pub(crate) fn patient(&self) -> anyhow::Result<()> {
        Ok(self.stream.set_read_timeout(Some(Duration::from_secs(600)))?)
    }

    /// The bare stream, for those who misbehave.
    pub(crate) fn stream(&mut self) -> &mut UnixStream {
        &mut self.stream
    }

    /// The same, to wait on.
    pub(crate) fn as_stream(&self) -> &UnixStream {
        &self.stream
    }

    fn receive(&mut self) -> anyhow::Result<Vec<u8>> {
        let mut header = [0; frame::HEADER];
        self.stream.read_exact(&mut header).context("hephd closed the connection")?;
        let mut payload = vec![0; frame::payload_len(header)?];
        self.stream.read_exact(&mut payload).context("hephd closed the connection")?;
        Ok(payload)
    }
}

/// A request as it goes over the socket; a mutation under a fresh id.
pub(crate) fn encoded<M: Method>(request: &M) -> anyhow::Result<Vec<u8>> {
    let mutation_id = (M::KIND == Kind::Mutation).then(heph_client::mutation_id);
    let meta = Meta { mutation_id, ..Meta::default() };
    let message =
        Message::Request { id: 1, method: M::NAME.into(), params: envelope::to_params(request, &meta) };
    Ok(frame::encode(&message.encode())?)
}
