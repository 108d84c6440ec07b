//! All that is known and shown, as a value. What happens is an [`Action`]; what is to be done about it an [`Effect`].
//!
//! No IO, no clock, no screen. `commands` does what keys ask for, `prompting` what is typed, `answers` what comes back,
//! `load` says what is to be asked for what is shown.

mod action;
mod answers;
mod commands;
mod days;
mod layer;
mod list;
mod load;
mod prompt;
mod prompting;
mod row;
mod silence;
mod typed;
mod undoing;
mod urls;
mod verbs;
mod view;

use std::collections::HashMap;

use heph_protocol::event::Sync;
use heph_protocol::request::Span;
use heph_protocol::response::SyncStatus;
use heph_protocol::types::{AppliedContext, Page};

pub use self::action::{Action, Edit, Edited, Effect, Mouse, Place, Purpose};
pub use self::layer::{Body, Layer, Source};
pub use self::list::{Asked, List, Want};
pub use self::prompt::{Confirm, Echo, Field, Prompt, PromptKind};
pub use self::row::{Content, Dated, Row, Target};
pub use self::silence::Silence;
pub use self::verbs::Verb;
pub use self::view::ViewId;
use crate::call::Problem;
use crate::keymap::Keymap;

/// Lines beside the rows: the views, a title, a message, the keys.
const FRAME: u16 = 4;

/// The smallest terminal that something can be shown on.
pub const SMALLEST: (u16, u16) = (60, 15);

/// What a sync that was asked for is called when it is done.
const SYNCED: &str = "synced";

/// Lines of `:` that are remembered.
const REMEMBERED: usize = 100;

/// Whether a daemon answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// Not known yet.
    Unknown,
    /// One does.
    Up,
    /// None does, and why.
    Away(Problem),
}

/// What is told in the line above the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// It in words.
    pub text: String,
    /// Whether something went wrong.
    pub is_problem: bool,
}

/// What the agenda shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgendaState {
    /// A day, or its week.
    pub span: Span,
    /// The date word asked for; empty for today.
    pub date: String,
    /// The first day that is shown, once that is known.
    pub first: Option<String>,
}

/// All that is known and shown.
#[derive(Debug)]
pub struct Model {
    /// Which key does what.
    pub keymap: Keymap,
    /// The view that is shown.
    pub view: ViewId,
    lists: [List; 7],
    /// What is open above the view, the uppermost last.
    pub layers: Vec<Layer>,
    /// What is being typed.
    pub prompt: Option<Prompt>,
    /// What is told.
    pub notice: Option<Notice>,
    /// Whether a daemon answers.
    pub link: Link,
    /// The store it answered for.
    store: Option<String>,
    /// What sync is at.
    pub sync: Option<Sync>,
    /// How it stands, as the view Sync tells it.
    pub sync_status: Option<SyncStatus>,
    /// What the agenda shows.
    pub agenda: AgendaState,
    /// The filters of Next, Tasks and Pages, and the search.
    filters: [String; 7],
    /// The context to ask in, a name or a filter, empty for none; without it the one this machine is in.
    pub context: Option<String>,
    /// The context that what is shown stays within.
    pub applied: Option<AppliedContext>,
    /// How many tasks Next is asked for.
    next_limit: u32,
    /// Today's journal while it is not written.
    today: Option<Page>,
    /// What was typed and not sent, by what it was for.
    drafts: HashMap<&'static str, String>,
    /// Lines of `:`, the newest last.
    commands: Vec<String>,
    command_at: Option<usize>,
    /// The node whose text was saved here last, while nothing came after that undo would undo.
    saved: Option<Target>,
    /// The verb that runs.
    pub running: Option<Verb>,
    /// Columns and lines.
    pub size: (u16, u16),
    counter: u64,
    /// Calls that are not answered yet.
    waiting: usize,
    /// How long none was.
    pub silence: Silence,
}

impl Model {
    /// A model that knows nothing yet.
    pub fn new(keymap: Keymap, view: ViewId, span: Span, filter: String) -> Self {
        let mut filters: [String; 7] = Default::default();
        filters[ViewId::Tasks.place()] = filter;
        Self {
            keymap,
            view,
            lists: Default::default(),
            layers: Vec::new(),
            prompt: None,
            notice: None,
            link: Link::Unknown,
            store: None,
            sync: None,
            sync_status: None,
            agenda: AgendaState { span, ..AgendaState::default() },
            filters,
            context: None,
            applied: None,
            next_limit: list::CHUNK,
            today: None,
            drafts: HashMap::new(),
            commands: Vec::new(),
            command_at: None,
            saved: None,
            running: None,
            size: (80, 24),
            counter: 0,
            waiting: 0,
            silence: Silence::None,
        }
    }

    /// Takes in what happened, and says what is to be done.
    pub fn update(&mut self, action: Action) -> Vec<Effect> {
        self.note_silence(&action);
        let mut effects = match action {
            Action::Key(key) => self.key(key),
            Action::Paste(text) => self.paste(&text),
            Action::Mouse(mouse, column, line) => self.mouse(mouse, column, line),
            Action::Resize(columns, lines) => {
                self.size = (columns, lines);
                Vec::new()
            }
            Action::Connected { store, .. } => self.connected(store),
            Action::Away(problem) => {
                self.link = Link::Away(problem);
                Vec::new()
            }
            Action::Changed { nodes, many } => {
                self.expire(|id| many || nodes.contains(id));
                Vec::new()
            }
            Action::Sync(sync) => {
                self.sync = Some(sync);
                self.list_mut(ViewId::Sync).expire();
                Vec::new()
            }
            Action::Reminder(reminder) => {
                let detail =
                    if reminder.detail.is_empty() { String::new() } else { format!(", {}", reminder.detail) };
                self.tell(format!("reminder: {}{detail}", reminder.task.title));
                Vec::new()
            }
            Action::Answered(purpose, answer) => self.answered(purpose, answer),
            Action::Edited(edit, edited) => self.edited(edit, edited),
            Action::Ran { line, output } => {
                let words = Vec::new();
                let verb = self.running.take().unwrap_or(Verb { line, words });
                self.ran(verb, output);
                Vec::new()
            }
            Action::Silence(_) => Vec::new(),
            Action::NewDay => {
                self.expire(|_| true);
                Vec::new()
            }
        };
        self.settle();
        effects.extend(self.ask());
        self.finish_marking();
        self.count_calls(&effects);
        effects
    }

    /// Says something in the line above the keys.
    pub(crate) fn tell(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { text: text.into(), is_problem: false });
    }

    /// Says what went wrong.
    pub(crate) fn complain(&mut self, problem: &Problem) {
        self.notice = Some(Notice { text: problem.sentence(), is_problem: true });
    }

    /// The list of a view.
    pub fn list(&self, view: ViewId) -> &List {
        &self.lists[view.place()]
    }

    pub(crate) fn list_mut(&mut self, view: ViewId) -> &mut List {
        &mut self.lists[view.place()]
    }

    /// The filter of a view, or its search.
    pub fn filter(&self, view: ViewId) -> &str {
        &self.filters[view.place()]
    }

    /// The layer on top.
    pub fn layer(&self) -> Option<&Layer> {
        self.layers.last()
    }

    /// The list that keys move in: of the layer on top, or of the view.
    pub(crate) fn current_list(&mut self) -> Option<&mut List> {
        match self.layers.last_mut() {
            Some(layer) => layer.list(),
            None => Some(&mut self.lists[self.view.place()]),
        }
    }

    /// What an action is for.
    pub fn targets(&self) -> Vec<Target> {
        match self.layers.last() {
            Some(layer) => layer.targets(),
            None => self.list(self.view).targets(),
        }
    }

    /// Lines for rows or text.
    pub fn height(&self) -> usize {
        let bar = u16::from(self.has_bar());
        usize::from(self.size.1.saturating_sub(FRAME + bar)).max(1)
    }

    /// A number nobody has yet.
    pub(crate) fn number(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// What would be lost if the program ended now.
    pub fn typed(&self) -> Option<&str> {
        self.prompt.as_ref().map(|prompt| prompt.field.text()).filter(|text| !text.is_empty())
    }

    fn connected(&mut self, store: String) -> Vec<Effect> {
        let came_back = matches!(self.link, Link::Away(_));
        self.link = Link::Up;
        let other = self.store.as_ref().is_some_and(|known| *known != store);
        if other {
            // Ids of another store mean nothing here.
            self.lists.iter_mut().for_each(List::reset);
            self.layers.clear();
            self.tell("hephd serves another store now");
        } else if came_back && self.notice.is_none() {
            self.tell("hephd is back");
        }
        self.store = Some(store);
        self.expire(|_| true);
        if let Some(prompt) = &mut self.prompt {
            prompt.asked = None;
        }
        Vec::new()
    }

    /// Notes that nodes may have changed.
    fn expire(&mut self, changed: impl Fn(&str) -> bool) {
        self.lists.iter_mut().for_each(List::expire);
        for layer in &mut self.layers {
            match (&mut layer.body, &layer.source) {
                (Body::Rows(list), _) => list.expire(),
                (_, Source::Node(target) | Source::Why(target)) => layer.stale |= changed(&target.id),
                (_, Source::Journal(_)) => layer.stale = true,
                _ => {}
            }
        }
    }

    /// Brings what is selected into sight, and makes lines for the width there is.
    fn settle(&mut self) {
        let height = self.height();
        let width = self.size.0;
        if let Some(list) = self.current_list() {
            list.settle(height);
        }
        let Some(layer) = self.layers.last_mut() else { return };
        if layer.width != width {
            layer.lines = crate::views::lines(&layer.body, &self.keymap, usize::from(width));
            layer.width = width;
            if let Some((text, _)) = layer.found.take() {
                let top = layer.top;
                layer.find(Some(text));
                layer.top = top;
            }
        }
        layer.top = layer.top.min(layer.lines.len().saturating_sub(height));
    }
}
