//! A daemon that does as it is told: one script a connection, on a real socket in a folder of its own.

use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use heph_client::{Client, Options, Patience};
use heph_protocol::envelope::{from_map, to_map};
use heph_protocol::frame::{self, FrameDecoder};
use heph_protocol::request::Request;
use heph_protocol::response::{Hello, MutationOutcome, TaskAdded};
use heph_protocol::{ErrorCode, Event, Message, Meta, WireError};
use serde::Serialize;
use tempfile::TempDir;

/// The store all daemons serve, unless a test is about another one.
pub(crate) const STORE: &str = "store-1";

/// What one connection does; it is closed at the end.
pub(crate) type Script = Box<dyn FnOnce(&mut Peer) + Send>;

/// Boxes a script.
pub(crate) fn script(run: impl FnOnce(&mut Peer) + Send + 'static) -> Script {
    Box::new(run)
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) id: u32,
    pub(crate) request: Request,
    pub(crate) mutation_id: Option<String>,
}

/// The daemon's end of a connection.
pub(crate) struct Peer {
    pub(crate) stream: UnixStream,
    decoder: FrameDecoder,
    asked: Vec<Asked>,
}

impl Peer {
    /// Speaks over a connection.
    pub(crate) fn over(stream: UnixStream) -> Self {
        Self { stream, decoder: FrameDecoder::default(), asked: Vec::new() }
    }

    /// Reads the next request; the client must send one.
    pub(crate) fn request(&mut self) -> Asked {
        loop {
            if let Some(asked) = self.arrived() {
                return asked;
            }
            assert_ne!(self.read_some(), 0, "the client hung up where the script expects a request");
        }
    }

    /// The next request, if it was read already.
    pub(crate) fn arrived(&mut self) -> Option<Asked> {
        let payload = self.decoder.next_payload().unwrap()?;
        let asked = understood(&payload);
        self.asked.push(asked.clone());
        Some(asked)
    }

    /// Reads what is there, up to some kilobytes; 0 when the client hung up.
    pub(crate) fn read_some(&mut self) -> usize {
        let mut chunk = [0; 8192];
        let count = match self.stream.read(&mut chunk) {
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => 0,
            Err(error) => panic!("{error}"),
        };
        self.decoder.push(&chunk[..count]);
        count
    }

    /// Answers hello, which must come next.
    pub(crate) fn greet(&mut self, store: &str) {
        let hello = self.request();
        assert!(matches!(hello.request, Request::Hello(_)), "{hello:?}");
        self.reply(hello.id, &Hello { protocol: 1, store_id: store.into(), ready: true, ..Hello::default() });
    }

    /// Greets as [`STORE`], then reads a request.
    pub(crate) fn greet_and_read(&mut self) -> Asked {
        self.greet(STORE);
        self.request()
    }

    /// Answers a request.
    pub(crate) fn reply<T: Serialize>(&mut self, id: u32, result: &T) {
        self.message(&Message::Reply { id, result: Ok(to_map(result)) });
    }

    /// Answers the question for the outcome of a mutation, which must come next.
    pub(crate) fn tell_outcome(&mut self, outcome: &MutationOutcome) -> String {
        let asked = self.request();
        let Request::MutationOutcome(question) = asked.request else { panic!("{asked:?}") };
        self.reply(asked.id, outcome);
        question.id
    }

    /// Refuses a request.
    pub(crate) fn refuse(&mut self, id: u32, error: WireError) {
        self.message(&Message::Reply { id, result: Err(error) });
    }

    /// Sends an event.
    pub(crate) fn event(&mut self, event: &Event) {
        self.message(&event.to_message());
    }

    /// Sends a message.
    pub(crate) fn message(&mut self, message: &Message) {
        self.raw(&frame::encode(&message.encode()).unwrap());
    }

    /// Sends bytes as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Sends the first half of a reply's frame.
    pub(crate) fn half_a_reply<T: Serialize>(&mut self, id: u32, result: &T) {
        let framed = frame::encode(&Message::Reply { id, result: Ok(to_map(result)) }.encode()).unwrap();
        self.raw(&framed[..framed.len() / 2]);
    }

    /// Takes one byte of what the client wrote, so that it was written whole and never read.
    pub(crate) fn see_bytes_arrive(&mut self) {
        self.stream.read_exact(&mut [0]).unwrap();
    }

    /// Stays open until the client hangs up; whatever else it sends is recorded.
    pub(crate) fn stay(&mut self) {
        while self.read_some() != 0 {}
        while self.arrived().is_some() {}
    }
}

fn understood(payload: &[u8]) -> Asked {
    let Message::Request { id, method, params } = Message::decode(payload).unwrap() else {
        panic!("the client sent something else than a request")
    };
    let meta: Meta = from_map(&params).unwrap();
    Asked { id, request: Request::decode(&method, &params).unwrap(), mutation_id: meta.mutation_id }
}

/// A running fake.
pub(crate) struct FakeDaemon {
    folder: TempDir,
    thread: JoinHandle<Vec<Asked>>,
    ended: mpsc::Receiver<()>,
}

impl FakeDaemon {
    /// Starts a daemon whose connections follow the scripts in turn; then it stops, its socket left behind.
    pub(crate) fn start(scripts: Vec<Script>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(socket_in(folder.path())).unwrap();
        let (end, ended) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let mut asked = Vec::new();
            for script in scripts {
                let (stream, _) = listener.accept().unwrap();
                let mut peer = Peer::over(stream);
                script(&mut peer);
                asked.append(&mut peer.asked);
                drop(peer);
                // Nobody has to listen.
                let _ = end.send(());
            }
            asked
        });
        Self { folder, thread, ended }
    }

    /// Where it listens.
    pub(crate) fn socket(&self) -> PathBuf {
        socket_in(self.folder.path())
    }

    /// Waits until the next script is through and its connection closed.
    pub(crate) fn wait_for_end_of_connection(&self) {
        self.ended.recv_timeout(Duration::from_secs(20)).unwrap();
    }

    /// A client of it that is soon out of patience where waiting is of no use.
    pub(crate) fn client(&self) -> Client {
        client_of(self.socket(), patience())
    }

    /// Waits for the scripts, all of which must have run, and tells what was asked, hello aside.
    pub(crate) fn finish(self, client: Client) -> Vec<Asked> {
        drop(client);
        // Wakes a daemon that waits for a client which will not come: its script then fails the test.
        let _ = UnixStream::connect(self.socket());
        let mut asked = match self.thread.join() {
            Ok(asked) => asked,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        asked.retain(|asked| !matches!(asked.request, Request::Hello(_)));
        asked
    }
}

fn socket_in(folder: &Path) -> PathBuf {
    folder.join("hephd.sock")
}

/// Deadlines far beyond any test, pauses of next to nothing.
pub(crate) fn patience() -> Patience {
    Patience {
        read: Duration::from_secs(20),
        mutation: Duration::from_secs(20),
        silence: Duration::from_secs(20),
        reconnect: Duration::from_secs(20),
        outcome: Duration::from_secs(20),
        shortest_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(4),
    }
}

/// A time that is soon over, for tests that wait for it.
pub(crate) const SHORT: Duration = Duration::from_millis(150);

/// A client of a socket.
pub(crate) fn client_of(socket: PathBuf, patience: Patience) -> Client {
    let options = Options { socket, client: "test".into(), version: "0".into(), zone: Some("UTC".into()) };
    Client::with_patience(options, patience)
}

/// The names of the methods asked for.
pub(crate) fn names(asked: &[Asked]) -> Vec<&'static str> {
    asked.iter().map(|asked| asked.request.name()).collect()
}

/// The mutation that the tests send.
pub(crate) fn add() -> heph_protocol::request::TaskAdd {
    heph_protocol::request::TaskAdd { line: "Feed the cat".into(), ..Default::default() }
}

/// The read that the tests send.
pub(crate) fn next() -> heph_protocol::request::TaskNext {
    heph_protocol::request::TaskNext::default()
}

/// A reply that is told from others by its note.
pub(crate) fn added(note: &str) -> TaskAdded {
    TaskAdded { notes: vec![note.into()], ..TaskAdded::default() }
}

/// A daemon with too much to do.
pub(crate) fn busy() -> WireError {
    WireError::new(ErrorCode::Busy, "1,024 requests wait already")
}
