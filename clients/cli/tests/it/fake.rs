//! A daemon that answers as a test tells it to, over a real socket.

use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::{Arc, Mutex};

use heph_protocol::envelope::to_map;
use heph_protocol::frame::{self, FrameDecoder};
use heph_protocol::response::Hello;
use heph_protocol::types::{NodeKind, NodeRef, Task};
use heph_protocol::version::PROTOCOL;
use heph_protocol::{ErrorCode, Event, Message, Request, WireError};
use serde::Serialize;

use crate::harness::{Home, Ran};

/// What the daemon answers: an encoded reply or an error.
pub(crate) type Answer = Result<Vec<u8>, WireError>;

/// A reply, encoded.
pub(crate) fn reply(reply: &impl Serialize) -> Answer {
    Ok(to_map(reply))
}

/// An error.
pub(crate) fn refuse(code: ErrorCode, message: &str) -> Answer {
    Err(WireError::new(code, message))
}

/// A daemon at the default socket of a home.
pub(crate) struct Fake {
    pub(crate) home: Home,
    heard: Arc<Mutex<Vec<Request>>>,
}

impl Fake {
    /// Starts one. It greets by itself; all else `answer` decides.
    pub(crate) fn new(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::with_news(Vec::new(), answer)
    }

    /// One that tells these events to whoever subscribes, and then closes that connection.
    pub(crate) fn with_news(
        news: Vec<Event>,
        answer: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let home = Home::new();
        let listener = UnixListener::bind(home.socket()).unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (answer, news, log) = (Arc::new(answer), Arc::new(news), Arc::clone(&heard));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, news, log) = (Arc::clone(&answer), Arc::clone(&news), Arc::clone(&log));
                let Ok(stream) = stream else { return };
                std::thread::spawn(move || serve(stream, &*answer, &news, &log));
            }
        });
        Self { home, heard }
    }

    /// One that must not be asked anything but what is read.
    pub(crate) fn silent() -> Self {
        Self::new(|request| refuse(ErrorCode::Internal, &format!("unexpected {}", request.name())))
    }

    /// Runs `heph` against it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.home.run(arguments)
    }

    /// What it was asked, the greeting aside.
    pub(crate) fn heard(&self) -> Vec<Request> {
        self.heard.lock().unwrap().clone()
    }

    /// What it was asked last.
    #[track_caller]
    pub(crate) fn last(&self) -> Request {
        self.heard().pop().expect("the daemon was asked something")
    }
}

fn serve(
    mut stream: UnixStream,
    answer: &dyn Fn(&Request) -> Answer,
    news: &[Event],
    heard: &Mutex<Vec<Request>>,
) {
    let mut frames = FrameDecoder::default();
    let mut buffer = vec![0; 1 << 16];
    loop {
        while let Ok(Some(payload)) = frames.next_payload() {
            let Ok(Message::Request { id, method, params }) = Message::decode(&payload) else { return };
            let result = match Request::decode(&method, &params) {
                Ok(Request::Hello(_)) => reply(&hello()),
                Ok(request) => {
                    heard.lock().unwrap().push(request.clone());
                    answer(&request)
                }
                Err(error) => Err(error),
            };
            let mut messages = vec![Message::Reply { id, result }];
            let subscribed = method == "subscribe" && !news.is_empty();
            if subscribed {
                messages.extend(news.iter().map(Event::to_message));
            }
            let bytes: Vec<u8> =
                messages.iter().flat_map(|message| frame::encode(&message.encode()).unwrap()).collect();
            if stream.write_all(&bytes).is_err() || subscribed {
                return;
            }
        }
        match stream.read(&mut buffer) {
            Ok(read) if read > 0 => frames.push(&buffer[..read]),
            _ => return,
        }
    }
}

fn hello() -> Hello {
    Hello {
        protocol: PROTOCOL,
        server_version: "0.1.0".into(),
        store_id: "1".into(),
        db: "/somewhere/heph.db".into(),
        ready: true,
        ..Hello::default()
    }
}

/// A task with an id and a title.
pub(crate) fn task(short: &str, title: &str) -> Task {
    Task {
        id: format!("0190f3a2-6f1e-7c3a-8b1d-000000000{short}"),
        short: short.into(),
        title: title.into(),
        created: "2026-11-20T09:30:00Z".into(),
        modified: "2026-11-21T10:00:00Z".into(),
        ..Task::default()
    }
}

/// A task, named.
pub(crate) fn node(short: &str, title: &str) -> NodeRef {
    NodeRef {
        id: task(short, title).id,
        short: short.into(),
        title: title.into(),
        kind: NodeKind::Task,
        ..NodeRef::default()
    }
}
