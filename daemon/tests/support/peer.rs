//! A client of bare frames: it pipelines, stalls and sends garbage as a test wants it.

use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use heph_protocol::envelope::{Message, Meta, from_map, to_params};
use heph_protocol::frame::{self, FrameDecoder};
use heph_protocol::request::{Hello, Method};
use heph_protocol::{WireError, version};
use serde::de::DeserializeOwned;

pub(crate) struct Peer {
    stream: UnixStream,
    decoder: FrameDecoder,
    last_id: u32,
}

impl Peer {
    /// Connects and says nothing.
    pub(crate) fn connect(socket: &Path) -> Self {
        Self::try_connect(socket).unwrap()
    }

    fn try_connect(socket: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        Ok(Self { stream, decoder: FrameDecoder::default(), last_id: 0 })
    }

    /// Connects and says hello from Paris.
    pub(crate) fn greeted(socket: &Path) -> Self {
        Self::try_greeted(socket).unwrap()
    }

    /// The same, of a daemon that may be away.
    pub(crate) fn try_greeted(socket: &Path) -> io::Result<Self> {
        let mut peer = Self::try_connect(socket)?;
        peer.try_call(&hello(), &Meta::default())?.unwrap();
        Ok(peer)
    }

    /// The frame of a request, and its id.
    pub(crate) fn frame<M: Method>(&mut self, request: &M, meta: &Meta) -> (u32, Vec<u8>) {
        self.last_id += 1;
        let params = to_params(request, meta);
        let message = Message::Request { id: self.last_id, method: M::NAME.to_owned(), params };
        (self.last_id, frame::encode(&message.encode()).unwrap())
    }

    /// Sends a request and waits for nothing.
    pub(crate) fn send<M: Method>(&mut self, request: &M) -> u32 {
        let (id, framed) = self.frame(request, &Meta::default());
        self.send_bytes(&framed);
        id
    }

    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// The connection's other end of writing, for a thread that writes while this one reads.
    pub(crate) fn sender(&self) -> UnixStream {
        self.stream.try_clone().unwrap()
    }

    /// Sends a request and reads its reply; nothing else may come before it.
    pub(crate) fn call<M: Method>(&mut self, request: &M) -> Result<M::Reply, WireError> {
        self.call_with(request, &Meta::default())
    }

    pub(crate) fn call_with<M: Method>(&mut self, request: &M, meta: &Meta) -> Result<M::Reply, WireError> {
        let (id, framed) = self.frame(request, meta);
        self.send_bytes(&framed);
        let (answered, result) = self.reply();
        assert_eq!(answered, id);
        result.map(|map| from_map(&map).unwrap())
    }

    /// The same, of a daemon that may be killed meanwhile.
    pub(crate) fn try_call<M: Method>(
        &mut self,
        request: &M,
        meta: &Meta,
    ) -> io::Result<Result<M::Reply, WireError>> {
        let (id, framed) = self.frame(request, meta);
        self.stream.write_all(&framed)?;
        match self.try_read()? {
            Some(Message::Reply { id: answered, result }) => {
                assert_eq!(answered, id);
                Ok(result.map(|map| from_map(&map).unwrap()))
            }
            Some(other) => panic!("expected a reply, got {other:?}"),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Changes something, under a mutation id.
    pub(crate) fn change<M: Method>(
        &mut self,
        request: &M,
        mutation_id: &str,
    ) -> Result<M::Reply, WireError> {
        self.call_with(request, &with_id(mutation_id))
    }

    /// Reads a reply.
    pub(crate) fn reply(&mut self) -> (u32, Result<Vec<u8>, WireError>) {
        match self.read() {
            Some(Message::Reply { id, result }) => (id, result),
            other => panic!("expected a reply, got {other:?}"),
        }
    }

    /// Reads an event of this name.
    pub(crate) fn event<E: DeserializeOwned>(&mut self, name: &str) -> E {
        match self.read() {
            Some(Message::Event { method, params }) if method == name => from_map(&params).unwrap(),
            other => panic!("expected {name}, got {other:?}"),
        }
    }

    /// Reads a message; `None` when the daemon has closed the connection.
    pub(crate) fn read(&mut self) -> Option<Message> {
        self.try_read().unwrap_or_else(|error| panic!("nothing to read: {error}"))
    }

    fn try_read(&mut self) -> io::Result<Option<Message>> {
        let mut bytes = [0; 64 << 10];
        loop {
            if let Some(payload) = self.decoder.next_payload().unwrap() {
                return Ok(Some(Message::decode(&payload).unwrap()));
            }
            match self.stream.read(&mut bytes) {
                Ok(0) => return Ok(None),
                Ok(read) => self.decoder.push(&bytes[..read]),
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }

    /// Says that nothing more will be sent.
    pub(crate) fn finish(&self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
    }
}

/// What a mutation carries beside its own fields.
pub(crate) fn with_id(mutation_id: &str) -> Meta {
    Meta { mutation_id: Some(mutation_id.to_owned()), zone: None }
}

pub(crate) fn hello() -> Hello {
    Hello {
        protocol: version::PROTOCOL,
        client: "peer".to_owned(),
        client_version: "1".to_owned(),
        zone: Some("Europe/Paris".to_owned()),
    }
}
