//! What waits, in threads of its own: calls to the daemon, its news, programs.
//!
//! Nothing here decides. Calls come through a bounded channel and are answered as actions through the [`Inbox`]; news
//! is merged there, so that a screen that is away for a while (an editor runs) holds up nobody and nothing grows.

use std::collections::BTreeSet;
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use heph_client::backoff::Backoff;
use heph_client::{Client, ClientError, Options};
use heph_protocol::Event;
use heph_protocol::event::{MAX_CHANGED, Topic};

use crate::call::{Call, Problem};
use crate::model::{Action, Purpose};

/// Calls and answers that may wait.
const QUEUE: usize = 256;

/// The most that is shown of what a program prints.
const MAX_OUTPUT: u64 = 4 << 20;

/// News that wait to be taken, the newest of each kind.
#[derive(Debug, Default)]
struct News {
    link: Option<Action>,
    nodes: BTreeSet<String>,
    many: bool,
    sync: Option<Action>,
    reminder: Option<Action>,
}

/// Where actions arrive for the screen; a byte on the socket wakes it.
#[derive(Debug, Clone)]
pub(crate) struct Inbox {
    answers: SyncSender<Action>,
    news: Arc<Mutex<News>>,
    wake: Arc<UnixStream>,
}

/// The screen's end of the inbox.
#[derive(Debug)]
pub(crate) struct Outlet {
    answers: Receiver<Action>,
    news: Arc<Mutex<News>>,
    /// Readable when there is something.
    pub(crate) wake: UnixStream,
}

/// Makes both ends.
///
/// # Errors
/// When the system gives no socket.
pub(crate) fn inbox() -> io::Result<(Inbox, Outlet)> {
    let (reader, writer) = UnixStream::pair()?;
    reader.set_nonblocking(true)?;
    writer.set_nonblocking(true)?;
    let (sender, receiver) = sync_channel(QUEUE);
    let news = Arc::new(Mutex::new(News::default()));
    let inbox = Inbox { answers: sender, news: Arc::clone(&news), wake: Arc::new(writer) };
    Ok((inbox, Outlet { answers: receiver, news, wake: reader }))
}

impl Inbox {
    /// Puts an answer in; waits while too many wait. Tells whether somebody is there to take it.
    pub(crate) fn put(&self, action: Action) -> bool {
        let taken = self.answers.send(action).is_ok();
        self.ring();
        taken
    }

    fn tell(&self, change: impl FnOnce(&mut News)) {
        change(&mut lock(&self.news));
        self.ring();
    }

    fn ring(&self) {
        // A full socket is one that wakes already.
        let _ = (&*self.wake).write(&[1]);
    }
}

impl Outlet {
    /// All that arrived.
    pub(crate) fn take(&mut self) -> Vec<Action> {
        let mut bytes = [0; 256];
        while matches!(self.wake.read(&mut bytes), Ok(read) if read == bytes.len()) {}
        let mut actions = Vec::new();
        {
            let mut news = lock(&self.news);
            actions.extend(news.link.take());
            if news.many || !news.nodes.is_empty() {
                let nodes = std::mem::take(&mut news.nodes);
                actions.push(Action::Changed { nodes, many: std::mem::take(&mut news.many) });
            }
            actions.extend(news.sync.take());
            actions.extend(news.reminder.take());
        }
        actions.extend(self.answers.try_iter());
        actions
    }
}

/// The threads.
#[derive(Debug)]
pub(crate) struct Worker {
    calls: SyncSender<(Purpose, Call)>,
    long: SyncSender<(Purpose, Call)>,
    inbox: Inbox,
    socket: PathBuf,
    running: Running,
}

/// The program that runs, so that it can be stopped.
type Running = Arc<Mutex<Option<Child>>>;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Worker {
    /// Starts them.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(options: Options, inbox: Inbox) -> io::Result<Self> {
        let socket = options.socket.clone();
        let calls = caller("calls", options.clone(), inbox.clone())?;
        let long = caller("long calls", options.clone(), inbox.clone())?;
        let news = inbox.clone();
        thread::Builder::new().name("news".into()).spawn(move || listen(options, &news))?;
        Ok(Self { calls, long, inbox, socket, running: Running::default() })
    }

    /// Hands a call on; the problem if too many wait.
    pub(crate) fn call(&self, purpose: Purpose, call: Call) -> Option<Action> {
        let queue = if call.is_long() { &self.long } else { &self.calls };
        match queue.try_send((purpose, call)) {
            Ok(()) => None,
            Err(TrySendError::Full((purpose, _)) | TrySendError::Disconnected((purpose, _))) => {
                let problem = Problem::new("too much waits for hephd: try again in a moment");
                Some(Action::Answered(purpose, Err(problem)))
            }
        }
    }

    /// Runs `heph` with these words and shows what it prints.
    pub(crate) fn verb(&self, words: Vec<String>, columns: u16) {
        let (inbox, socket, running) = (self.inbox.clone(), self.socket.clone(), Arc::clone(&self.running));
        let named = words.join(" ");
        let ran = thread::Builder::new().name("verb".into()).spawn(move || {
            let output = run_heph(&words, &socket, columns, &running);
            inbox.put(Action::Ran { line: words.join(" "), output });
        });
        if let Err(error) = ran {
            let output = Err(Problem::new(format!("no thread to run it in: {error}")));
            self.inbox.put(Action::Ran { line: named, output });
        }
    }
}

impl Worker {
    /// Stops the program that runs, if one does.
    pub(crate) fn stop_verb(&self) {
        if let Some(child) = lock(&self.running).as_mut() {
            // One that ended by itself needs no end.
            let _ = child.kill();
        }
    }
}

/// A thread that makes calls, one after the other.
fn caller(name: &str, options: Options, inbox: Inbox) -> io::Result<SyncSender<(Purpose, Call)>> {
    let (sender, receiver) = sync_channel::<(Purpose, Call)>(QUEUE);
    thread::Builder::new().name(name.to_owned()).spawn(move || {
        let mut client = Client::new(options);
        for (purpose, call) in receiver {
            let answer = call.send(&mut client).map_err(|error| Problem::from(&error));
            if !inbox.put(Action::Answered(purpose, answer)) {
                return;
            }
        }
    })?;
    Ok(sender)
}

/// Subscribes and passes news on, for ever; a daemon that is away is tried again after growing pauses.
fn listen(options: Options, inbox: &Inbox) {
    let mut client = Client::new(options);
    let mut pauses = Backoff::new(getrandom::u64().unwrap_or_default());
    loop {
        let Gone { error, was_there } = follow(&mut client, inbox, &mut pauses);
        // A socket that drops is tried once more before anybody is told: a daemon that restarts is back by then, and
        // of one that does not it is known how to start it.
        if !was_there {
            let problem = Problem::from(&error);
            inbox.tell(|news| news.link = Some(Action::Away(problem)));
        }
        thread::sleep(pauses.next_pause());
    }
}

/// Why no news comes any more.
struct Gone {
    error: ClientError,
    /// Whether there was a daemon.
    was_there: bool,
}

/// Passes news on until the socket drops.
fn follow(client: &mut Client, inbox: &Inbox, pauses: &mut Backoff) -> Gone {
    let subscribed = client.subscribe(vec![Topic::Changed, Topic::Sync, Topic::Reminders]);
    let hello = subscribed.and_then(|_| client.hello().cloned());
    let hello = match hello {
        Ok(hello) => hello,
        Err(error) => return Gone { error, was_there: false },
    };
    pauses.reset();
    inbox.tell(|news| news.link = Some(Action::Connected { db: hello.db, store: hello.store_id }));
    loop {
        match client.next_event(None) {
            Ok(Some(Event::Changed(changed))) => inbox.tell(|news| {
                news.nodes.extend(changed.nodes);
                news.many |= changed.many || news.nodes.len() > MAX_CHANGED;
                if news.many {
                    news.nodes.clear();
                }
            }),
            Ok(Some(Event::Sync(sync))) => inbox.tell(|news| news.sync = Some(Action::Sync(sync))),
            Ok(Some(Event::Reminder(reminder))) => {
                inbox.tell(|news| news.reminder = Some(Action::Reminder(reminder)));
            }
            Ok(_) => {}
            Err(error) => return Gone { error, was_there: true },
        }
    }
}

/// The `heph` beside this program, or the one that PATH has.
pub(crate) fn heph() -> PathBuf {
    let beside = std::env::current_exe().ok().map(|program| program.with_file_name("heph"));
    beside.filter(|heph| heph.is_file()).unwrap_or_else(|| PathBuf::from("heph"))
}

fn run_heph(words: &[String], socket: &PathBuf, columns: u16, running: &Running) -> Result<String, Problem> {
    let (reader, writer) = io::pipe().map_err(|error| Problem::new(format!("no pipe: {error}")))?;
    let second = writer.try_clone().map_err(|error| Problem::new(format!("no pipe: {error}")))?;
    let mut command = Command::new(heph());
    command
        .args(words)
        .env("HEPH_SOCKET", socket)
        .env("NO_COLOR", "1")
        .env("COLUMNS", columns.to_string())
        .env("PAGER", "")
        .stdin(Stdio::null())
        .stdout(writer)
        .stderr(second);
    let child = command.spawn().map_err(|error| {
        let mut problem = Problem::new(format!("cannot run {}: {error}", heph().display()));
        problem.hint = Some("put heph beside heph-tui, or on your PATH".to_owned());
        problem
    })?;
    // The ends of the pipe that the command still holds would keep the reading from ending.
    drop(command);
    let mut bytes = Vec::new();
    *lock(running) = Some(child);
    let read = reader.take(MAX_OUTPUT).read_to_end(&mut bytes);
    let child = lock(running).take();
    let status = match child {
        Some(mut child) => {
            // It would wait for ever to say the rest.
            if bytes.len() as u64 == MAX_OUTPUT {
                let _ = child.kill();
            }
            child.wait().map_err(|error| Problem::new(format!("lost sight of heph: {error}")))?.code()
        }
        None => None,
    };
    read.map_err(|error| Problem::new(format!("cannot read what heph says: {error}")))?;
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    match status {
        Some(0) => {}
        Some(code) => text.push_str(&format!("\n[exit {code}]\n")),
        None if bytes.len() as u64 == MAX_OUTPUT => text.push_str("\n[it says more than is shown]\n"),
        None => text.push_str("\n[it was stopped]\n"),
    }
    Ok(text)
}
