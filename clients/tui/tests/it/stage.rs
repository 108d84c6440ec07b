//! A real daemon in this process, and the application on a puppet of a terminal.
//!
//! What the model wants is done at once, so that nothing has to be waited for: calls are made, and a change of the
//! store is told as the daemon would tell it. What a process is needed for is only noted.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use cursive::backends::puppet;
use cursive::backends::puppet::observed::{ObservedPieceInterface as _, ObservedScreen};
use cursive::event::Event;
use cursive::{Cursive, CursiveRunner, Vec2};
use heph_client::{Client, Options};
use heph_protocol::request::{JournalCapture, PageNew, Span};
use heph_tui::call::{Call, Problem};
use heph_tui::key::{Code, Key};
use heph_tui::keymap::Keymap;
use heph_tui::model::{Action, Effect, Model, Purpose, ViewId};
use heph_tui::paint::{App, Shared, lock, screen};
use heph_tui::theme::{Theme, ThemeName};
use hephd::config::{Config, Flags};
use hephd::environment::{Environment, FixedClock, SeededEntropy};
use hephd::system::Daemon;

/// A daemon on a store of its own. It is Monday, 2026-11-23, 18:00 UTC.
pub(crate) struct Hephd {
    pub(crate) folder: tempfile::TempDir,
    clock: Arc<FixedClock>,
    entropy: Arc<SeededEntropy>,
    daemon: Option<Daemon>,
}

impl Hephd {
    pub(crate) fn new() -> Self {
        let mut hephd = Self {
            folder: tempfile::tempdir().unwrap(),
            clock: Arc::new(FixedClock::new("2026-11-23T18:00:00Z".parse().unwrap())),
            entropy: Arc::new(SeededEntropy::new(7)),
            daemon: None,
        };
        hephd.start();
        hephd
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("s")
    }

    pub(crate) fn start(&mut self) {
        let flags = Flags {
            db: Some(self.folder.path().join("heph.db")),
            socket: Some(self.socket()),
            log: Some("-".into()),
            ..Flags::default()
        };
        let config = Config::load(&flags, |_| None).unwrap();
        let (clock, entropy) = (self.clock.clone(), self.entropy.clone());
        let environment = Environment { clock, entropy, keyring: None, notifier: None };
        self.daemon = Some(Daemon::start(config, environment).unwrap());
    }

    pub(crate) fn stop(&mut self) {
        self.daemon = None;
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(Options {
            socket: self.socket(),
            client: "heph-tui".into(),
            version: "0".into(),
            zone: Some("UTC".into()),
        })
    }
}

/// The application with a daemon behind it.
pub(crate) struct Stage {
    pub(crate) hephd: Hephd,
    pub(crate) client: Client,
    shared: Shared,
    runner: CursiveRunner<Cursive>,
    keys: Sender,
    screens: Receiver,
    /// What was wanted that needs a process or the terminal.
    pub(crate) done: Vec<Effect>,
}

type Sender = cursive::reexports::crossbeam_channel::Sender<Option<Event>>;
type Receiver = cursive::reexports::crossbeam_channel::Receiver<ObservedScreen>;

impl Stage {
    /// On a terminal of 80 columns and 16 lines.
    pub(crate) fn new() -> Self {
        Self::sized(80, 16)
    }

    pub(crate) fn sized(columns: usize, lines: usize) -> Self {
        let hephd = Hephd::new();
        let client = hephd.client();
        let model = Model::new(Keymap::default(), ViewId::Next, Span::Day, String::new());
        let theme = Theme::new(ThemeName::Terminal, &Default::default(), true);
        let shared = Shared::new(App { model, wanted: Vec::new(), theme }.into());
        let backend = puppet::Backend::init(Some(Vec2::new(columns, lines)));
        let (keys, screens) = (backend.input(), backend.stream());
        let runner = screen(&shared).into_runner(backend);
        let mut stage = Self { hephd, client, shared, runner, keys, screens, done: Vec::new() };
        stage.runner.refresh();
        stage.connect();
        stage
    }

    pub(crate) fn connect(&mut self) {
        let hello = self.client.hello().unwrap().clone();
        self.act(Action::Connected { db: hello.db, store: hello.store_id });
    }

    /// Lets something happen, and does what is wanted then.
    pub(crate) fn act(&mut self, action: Action) {
        lock(&self.shared).update(action);
        self.settle();
    }

    /// Does what is wanted until nothing is.
    fn settle(&mut self) {
        loop {
            let wanted = std::mem::take(&mut lock(&self.shared).wanted);
            if wanted.is_empty() {
                return;
            }
            for effect in wanted {
                let Effect::Call(purpose, call) = effect else {
                    self.done.push(effect);
                    continue;
                };
                let answer = call.send(&mut self.client).map_err(|error| Problem::from(&error));
                let changes = answer.is_ok() && is_change(&purpose, &call);
                lock(&self.shared).update(Action::Answered(purpose, answer));
                if changes {
                    lock(&self.shared).update(Action::Changed { nodes: BTreeSet::new(), many: true });
                }
            }
        }
    }

    /// Presses keys, named as in the configuration file.
    pub(crate) fn press(&mut self, keys: &str) {
        for name in keys.split(' ') {
            self.key(name.parse().unwrap());
        }
    }

    /// Types a text.
    pub(crate) fn type_text(&mut self, text: &str) {
        text.chars().for_each(|c| self.key(Key::char(c)));
    }

    fn key(&mut self, key: Key) {
        self.event(event(key));
    }

    pub(crate) fn event(&mut self, event: Event) {
        self.keys.send(Some(event)).unwrap();
        self.runner.process_events();
        self.settle();
    }

    /// What is seen.
    pub(crate) fn seen(&mut self) -> String {
        self.runner.refresh();
        let screen = self.screens.try_iter().last().unwrap();
        screen.as_strings().iter().map(|line| line.trim_end().to_owned() + "\n").collect()
    }

    /// Looks at the model.
    pub(crate) fn model<T>(&self, look: impl FnOnce(&Model) -> T) -> T {
        look(&lock(&self.shared).model)
    }

    /// Changes the model as its settings would.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Model)) {
        change(&mut lock(&self.shared).model);
    }

    /// The notice.
    pub(crate) fn told(&self) -> String {
        self.model(|model| model.notice.as_ref().map(|notice| notice.text.clone()).unwrap_or_default())
    }

    /// The title of what is selected.
    pub(crate) fn selected(&self) -> String {
        self.model(|model| {
            let row = model.list(model.view).selected().and_then(|row| row.target.clone());
            row.map(|target| target.title).unwrap_or_default()
        })
    }

    /// Titles of the rows that are shown.
    pub(crate) fn titles(&self) -> Vec<String> {
        self.model(|model| {
            let list = model.list(model.view);
            (0..list.len())
                .filter_map(|place| Some(list.row(place)?.target.as_ref()?.title.clone()))
                .collect()
        })
    }

    /// Adds a task behind the application's back.
    pub(crate) fn add(&mut self, line: &str) -> String {
        let request = heph_protocol::request::TaskAdd { line: line.into(), ..Default::default() };
        self.client.call(&request).unwrap().task.id
    }

    /// Makes a page behind its back.
    pub(crate) fn page(&mut self, title: &str, text: &str) -> String {
        let request = PageNew { title: title.into(), text: text.into(), ..Default::default() };
        self.client.call(&request).unwrap().page.id
    }

    /// Writes a line into today's journal behind its back.
    pub(crate) fn capture(&mut self, line: &str) {
        self.client.call(&JournalCapture { line: line.into(), date: String::new() }).unwrap();
    }

    /// Tells that the store changed.
    pub(crate) fn news(&mut self) {
        self.act(Action::Changed { nodes: BTreeSet::new(), many: true });
    }
}

fn is_change(purpose: &Purpose, call: &Call) -> bool {
    let is_change =
        matches!(purpose, Purpose::Submit(_) | Purpose::Change(_) | Purpose::Finish(_) | Purpose::Save(..));
    is_change && !matches!(call, Call::SyncNow(_))
}

/// A key as the screen library has it.
pub(crate) fn event(key: Key) -> Event {
    use cursive::event::Key as Pressed;
    let named = match key.code {
        Code::Char(c) if key.ctrl => return Event::CtrlChar(c),
        Code::Char(c) => return Event::Char(c),
        Code::Enter => Pressed::Enter,
        Code::Esc => Pressed::Esc,
        Code::Tab => Pressed::Tab,
        Code::Backspace => Pressed::Backspace,
        Code::Up => Pressed::Up,
        Code::Down => Pressed::Down,
        Code::Home => Pressed::Home,
        Code::End => Pressed::End,
        other => panic!("{other:?} is not pressed in tests"),
    };
    if key.shift { Event::Shift(named) } else { Event::Key(named) }
}
