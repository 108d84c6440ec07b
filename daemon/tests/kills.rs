//! `kill -9` at random moments under clients that write: what was acknowledged is there, once.
//!
//! Every write carries a token of its own. A client whose reply was lost gives up, repeats under the same mutation id,
//! or asks for the outcome; two more clients leave that to heph-client. In the end each token is counted.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use heph_client::{Client, ClientError, Options};
use heph_protocol::envelope::from_map;
use heph_protocol::request::{
    JournalCapture, JournalOpen, Method, MutationOutcome, NodeShow, PageNew, PageOpen, PageSave, TaskAdd,
    TaskList, TaskLog, TaskModify, Undo,
};
use heph_protocol::{ErrorCode, WireError};

use crate::support::{Dice, Hephd, Peer, assert_sound, eventually_within, with_id};

/// Clients that heal by hand, and by heph-client.
const BY_HAND: usize = 6;
const BY_CLIENT: usize = 2;

/// The journal all of them write into.
const JOURNAL: &str = "2026-01-01";

#[test]
fn what_was_acknowledged_survives_kills_and_nothing_is_there_twice() {
    let kills = if std::env::var_os("HEPH_LONG").is_some() { 200 } else { 20 };
    let folder = tempfile::tempdir().unwrap();
    let course = Arc::new(Course::default());
    let socket = folder.path().join("hephd.sock");
    let writers: Vec<_> = (0..BY_HAND + BY_CLIENT)
        .map(|number| {
            let (course, socket) = (Arc::clone(&course), socket.clone());
            std::thread::spawn(move || match number {
                ..BY_HAND => Writer::new(number, socket, course).run(),
                _ => write_by_client(number, socket, &course),
            })
        })
        .collect();
    let mut dice = Dice::new(0);
    for kill in 0..kills {
        let daemon = Hephd::start(folder.path());
        course.daemon_is_there();
        let target = course.sent() + 1 + dice.below(60);
        eventually_within(Duration::from_secs(60), "the clients write", || course.sent() >= target);
        // Another moment within a write each time.
        (0..dice.below(20_000)).for_each(|_| std::hint::spin_loop());
        daemon.kill();
        if kill % 10 == 0 {
            assert_sound(folder.path());
        }
    }
    let daemon = Hephd::start(folder.path());
    course.finish();
    let books: Vec<Book> = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
    let lost: usize = books.iter().map(|book| book.lost).sum();
    assert!(lost > 0, "no kill came between a write and its reply");
    let mut peer = Peer::greeted(&daemon.socket());
    let titles = titles(&mut peer);
    for book in &books {
        book.compare(&titles, &mut peer);
    }
    daemon.stop();
    assert_sound(folder.path());
}

/// How far the test is, as its clients see it.
#[derive(Default)]
struct Course {
    /// Daemons so far, and whether there will be no other.
    state: Mutex<(usize, bool)>,
    news: Condvar,
    sent: AtomicUsize,
}

impl Course {
    fn daemon_is_there(&self) {
        self.state.lock().unwrap().0 += 1;
        self.news.notify_all();
    }

    fn finish(&self) {
        let mut state = self.state.lock().unwrap();
        *state = (state.0 + 1, true);
        self.news.notify_all();
    }

    fn is_finished(&self) -> bool {
        self.state.lock().unwrap().1
    }

    fn daemons(&self) -> usize {
        self.state.lock().unwrap().0
    }

    /// Waits for another daemon than the `seen`th.
    fn wait_for_another(&self, seen: usize) {
        let state = self.state.lock().unwrap();
        drop(self.news.wait_while(state, |state| state.0 == seen).unwrap());
    }

    fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }

    fn count_sent(&self) {
        self.sent.fetch_add(1, Ordering::SeqCst);
    }
}

/// What became of a write, as its client knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Applied,
    NotApplied,
    Unknown,
}

/// Where a token is to be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Title,
    Journal,
    Page,
    Log,
    Tag,
}

/// What one client wrote.
#[derive(Default)]
struct Book {
    entries: Vec<(String, Place, Fate)>,
    task: String,
    page: String,
    /// Titles the task was given, in order.
    titles: Vec<(String, Fate)>,
    /// Writes whose first reply did not come.
    lost: usize,
}

impl Book {
    fn enter(&mut self, token: String, place: Place, fate: Fate) {
        self.entries.push((token, place, fate));
    }

    /// Compares what is in the store with what the client was told.
    fn compare(&self, titles: &HashMap<String, usize>, peer: &mut Peer) {
        let journal = peer.call(&JournalOpen { date: JOURNAL.to_owned() }).unwrap().open.text;
        let mut page = String::new();
        let (mut log, mut tags) = (Vec::new(), Vec::new());
        if !self.task.is_empty() {
            page = peer.call(&PageOpen { reference: self.page.clone() }).unwrap().open.text;
            let shown = peer.call(&NodeShow { reference: self.task.clone() }).unwrap();
            log.extend(shown.log.into_iter().map(|line| line.text));
            let task = shown.task.unwrap();
            self.compare_title(&task.title);
            tags = task.tags;
        }
        let times = |place: &Place, token: &str| match place {
            Place::Title => titles.get(token).copied().unwrap_or_default(),
            Place::Journal => lines(&journal, token),
            Place::Page => lines(&page, token),
            Place::Log => log.iter().filter(|line| *line == token).count(),
            Place::Tag => tags.iter().filter(|tag| *tag == token).count(),
        };
        for (token, place, fate) in &self.entries {
            let found = times(place, token);
            let is_right = match fate {
                Fate::Applied => found == 1,
                Fate::NotApplied => found == 0,
                Fate::Unknown => found <= 1,
            };
            assert!(is_right, "{token} ({place:?}, {fate:?}) is there {found} times");
        }
    }

    /// The title is the last one that was acknowledged, or one after it of which nobody knows.
    fn compare_title(&self, title: &str) {
        let applied = self.titles.iter().rposition(|(_, fate)| *fate == Fate::Applied).unwrap();
        let mut possible = self.titles[applied..].iter().filter(|(_, fate)| *fate != Fate::NotApplied);
        assert!(possible.any(|(possible, _)| possible == title), "{title} after {:?}", self.titles);
    }
}

fn lines(text: &str, token: &str) -> usize {
    let item = format!("- {token}");
    text.lines().filter(|line| *line == item).count()
}

/// Every task's title with how many tasks have it, those in the trash among them.
fn titles(peer: &mut Peer) -> HashMap<String, usize> {
    let mut titles = HashMap::new();
    for filter in ["", "is:trashed"] {
        let mut list = TaskList { filter: filter.to_owned(), limit: Some(1_000), ..TaskList::default() };
        loop {
            let found = peer.call(&list).unwrap();
            for task in found.tasks {
                *titles.entry(task.title).or_default() += 1;
            }
            let Some(page) = found.next_page else { break };
            list.page = Some(page);
        }
    }
    titles
}

/// What a client made of a write.
enum Sent<R> {
    Applied(R),
    NotApplied,
    /// Given up, with its mutation id.
    Unknown(String),
}

impl<R> Sent<R> {
    fn fate(&self) -> Fate {
        match self {
            Self::Applied(_) => Fate::Applied,
            Self::NotApplied => Fate::NotApplied,
            Self::Unknown(_) => Fate::Unknown,
        }
    }
}

/// A client that heals by hand, in every way the protocol has.
struct Writer {
    number: usize,
    dice: Dice,
    socket: PathBuf,
    course: Arc<Course>,
    peer: Option<Peer>,
    book: Book,
    count: usize,
    text: String,
    rev: String,
    /// Saves whose fate is not known.
    after: Vec<String>,
}

impl Writer {
    fn new(number: usize, socket: PathBuf, course: Arc<Course>) -> Self {
        let dice = Dice::new(1 + number as u64);
        let (peer, book, text, rev, after) = Default::default();
        Self { number, dice, socket, course, peer, book, count: 0, text, rev, after }
    }

    fn run(mut self) -> Book {
        let line = self.token();
        let task = self.settle(&TaskAdd { line: line.clone(), literal: true, ..TaskAdd::default() });
        self.book.task = task.task.id;
        self.book.titles.push((line, Fate::Applied));
        let title = format!("Page of {}", self.number);
        let page = self.settle(&PageNew { title, ..PageNew::default() });
        (self.book.page, self.rev) = (page.page.id, page.rev);
        while !self.course.is_finished() {
            let token = self.token();
            match self.dice.below(7) {
                0 => self.add(token),
                1 => self.capture(token),
                2 | 3 => self.save(token),
                4 => self.log(token),
                5 => self.tag_and_undo(token),
                _ => self.rename(token),
            }
        }
        self.book
    }

    fn token(&mut self) -> String {
        self.count += 1;
        format!("w{}n{}", self.number, self.count)
    }

    fn add(&mut self, token: String) {
        let sent = self.send(&TaskAdd { line: token.clone(), literal: true, ..TaskAdd::default() });
        if let Sent::Applied(added) = &sent {
            assert_eq!(added.task.title, token);
        }
        self.book.enter(token, Place::Title, sent.fate());
    }

    fn capture(&mut self, token: String) {
        let sent = self.send(&JournalCapture { line: token.clone(), date: JOURNAL.to_owned() });
        self.book.enter(token, Place::Journal, sent.fate());
    }

    /// Saves the page as an editor does that does not wait for answers it may never get.
    fn save(&mut self, token: String) {
        let text = format!("{}- {token}\n", self.text);
        let (id, base_rev, after) = (self.book.page.clone(), self.rev.clone(), self.after.clone());
        let sent = self.send(&PageSave { id, key: None, base_rev, after, text: text.clone() });
        let fate = sent.fate();
        match sent {
            Sent::Applied(saved) => {
                (self.text, self.rev) = (text, saved.rev);
                self.after.clear();
            }
            // The buffer has it, and so the next save.
            Sent::Unknown(mutation) => {
                self.text = text;
                self.after.push(mutation);
            }
            Sent::NotApplied => {}
        }
        self.book.enter(token, Place::Page, fate);
    }

    fn log(&mut self, token: String) {
        let sent = self.send(&TaskLog { reference: self.book.task.clone(), text: token.clone() });
        self.book.enter(token, Place::Log, sent.fate());
    }

    fn tag_and_undo(&mut self, token: String) {
        let mut fate = Fate::Unknown;
        if let Sent::Applied(changed) = self.modify(format!("+{token}")) {
            fate = Fate::Applied;
            if self.dice.below(2) == 0 {
                fate = match self.send(&Undo { group: changed.group }).fate() {
                    Fate::Applied => Fate::NotApplied,
                    Fate::NotApplied => Fate::Applied,
                    Fate::Unknown => Fate::Unknown,
                };
            }
        }
        self.book.enter(token, Place::Tag, fate);
    }

    fn rename(&mut self, token: String) {
        let sent = self.modify(format!("title:{token}"));
        self.book.titles.push((token, sent.fate()));
    }

    fn modify(&mut self, change: String) -> Sent<heph_protocol::response::TasksChanged> {
        let references = vec![self.book.task.clone()];
        self.send(&TaskModify { references, changes: vec![change], ..TaskModify::default() })
    }

    /// Repeats under one id until there is an answer.
    fn settle<M: Method>(&mut self, request: &M) -> M::Reply {
        let id = self.dice.mutation_id();
        loop {
            if let Some(answer) = self.attempt(request, &id) {
                return answer.unwrap();
            }
        }
    }

    fn send<M: Method>(&mut self, request: &M) -> Sent<M::Reply> {
        let id = self.dice.mutation_id();
        if let Some(answer) = self.attempt(request, &id) {
            return Sent::Applied(answer.unwrap());
        }
        self.book.lost += 1;
        let mut has_asked = false;
        loop {
            match self.dice.below(3) {
                0 => return Sent::Unknown(id),
                1 => match self.attempt(request, &id) {
                    Some(Ok(reply)) => return Sent::Applied(reply),
                    // The answer to the question was lost as well.
                    Some(Err(error)) if has_asked && error.code == ErrorCode::Refused => {
                        return Sent::NotApplied;
                    }
                    Some(Err(error)) => panic!("{error}"),
                    None => {}
                },
                _ => {
                    has_asked = true;
                    let question = MutationOutcome { id: id.clone() };
                    let Some(outcome) = self.attempt(&question, &id) else { continue };
                    let outcome = outcome.unwrap();
                    if outcome.applied {
                        return Sent::Applied(from_map(&outcome.reply).unwrap());
                    }
                    // Burnt: what is still on its way would be refused.
                    if let Some(late) = self.attempt(request, &id) {
                        let late: WireError = late.map(drop).unwrap_err();
                        assert_eq!(late.code, ErrorCode::Refused, "{late}");
                    }
                    return Sent::NotApplied;
                }
            }
        }
    }

    /// Sends once; `None` when the daemon was killed before it answered.
    fn attempt<M: Method>(&mut self, request: &M, id: &str) -> Option<Result<M::Reply, WireError>> {
        let peer = match &mut self.peer {
            Some(peer) => peer,
            None => self.peer.insert(connected(&self.socket, &self.course)),
        };
        self.course.count_sent();
        let answer = peer.try_call(request, &with_id(id));
        if answer.is_err() {
            self.peer = None;
        }
        answer.ok()
    }
}

/// Connects to the daemon of now or the next one.
fn connected(socket: &Path, course: &Course) -> Peer {
    loop {
        let seen = course.daemons();
        match Peer::try_greeted(socket) {
            Ok(peer) => return peer,
            Err(_) => course.wait_for_another(seen),
        }
    }
}

/// Writes and lets heph-client heal.
fn write_by_client(number: usize, socket: PathBuf, course: &Course) -> Book {
    let mut book = Book::default();
    let options =
        Options { socket, client: "kills".to_owned(), version: "1".to_owned(), zone: Some("UTC".to_owned()) };
    let mut client = Client::new(options);
    let mut dice = Dice::new(1 + number as u64);
    for count in 0.. {
        if course.is_finished() {
            break;
        }
        let seen = course.daemons();
        course.count_sent();
        let token = format!("w{number}n{count}");
        let (place, done) = if dice.below(2) == 0 {
            let add = TaskAdd { line: token.clone(), literal: true, ..TaskAdd::default() };
            (Place::Title, client.call(&add).map(drop))
        } else {
            let capture = JournalCapture { line: token.clone(), date: JOURNAL.to_owned() };
            (Place::Journal, client.call(&capture).map(drop))
        };
        let fate = match done {
            Ok(()) => Fate::Applied,
            Err(ClientError::NotRunning { .. } | ClientError::StaleSocket { .. }) => {
                course.wait_for_another(seen);
                Fate::Unknown
            }
            Err(ClientError::OutcomeUnknown | ClientError::Closed | ClientError::Timeout { .. }) => {
                book.lost += 1;
                Fate::Unknown
            }
            Err(error) => panic!("{token}: {error}"),
        };
        book.enter(token, place, fate);
    }
    book
}
