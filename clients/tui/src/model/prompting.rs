//! What is typed: what each key does to the line, what the daemon is asked about it, what it is sent off as.
//!
//! The daemon says what it understands of a line while it is typed. It is asked about the next text only when it has
//! answered about the one before, so that fast typing asks no more than can be answered.

use heph_protocol::request::{
    Agenda, Complete, Completion, FilterExplain, JournalOpen, NodeDelete, PageNew, Scope, Search, TaskAdd,
    TaskModify, Transition,
};
use heph_protocol::response::TasksChanged;
use heph_protocol::types::Task;
use heph_terminal::node::understood;
use heph_terminal::when;

use super::commands::{change, ids, transition};
use super::list::CHUNK;
use super::{Confirm, Echo, Effect, Model, Prompt, PromptKind, Purpose, Source, Target, ViewId, typed};
use crate::call::{Call, Problem, Reply};
use crate::key::{Code, Key};
use crate::keymap::Command;

/// Candidates that are asked for.
const CANDIDATES: u32 = 20;

impl Model {
    pub(super) fn paste(&mut self, text: &str) -> Vec<Effect> {
        match &mut self.prompt {
            Some(prompt) if !prompt.is_key() && !prompt.pending => {
                prompt.field.insert(text);
                self.typed_on();
            }
            Some(_) => {}
            None => self.tell("pasted text is taken where something is typed: press a to add a task"),
        }
        Vec::new()
    }

    pub(super) fn prompt_key(&mut self, key: Key) -> Vec<Effect> {
        let Some(prompt) = &mut self.prompt else { return Vec::new() };
        self.notice = None;
        if self.keymap.command(key) == Some(Command::Redraw) && key.ctrl {
            return vec![Effect::Redraw];
        }
        let leaves = key == Key::plain(Code::Esc) || key == Key::ctrl('c') || key == Key::ctrl('g');
        if leaves {
            self.leave_prompt();
            return Vec::new();
        }
        if prompt.is_key() {
            return self.answer_key(key);
        }
        if prompt.pending {
            return Vec::new();
        }
        match key.code {
            Code::Enter => return self.submit(),
            Code::Tab => self.complete(),
            Code::Up | Code::Down if prompt.kind == PromptKind::Fuzzy => {
                self.step(if key.code == Code::Up { -1 } else { 1 });
            }
            Code::Up | Code::Down => self.recall(key.code == Code::Up),
            _ => {
                if prompt.field.edit(key) {
                    self.typed_on();
                }
            }
        }
        Vec::new()
    }

    /// What was typed is kept, for when the same is typed again.
    fn leave_prompt(&mut self) {
        let Some(prompt) = self.prompt.take() else { return };
        if let Some(name) = prompt.memory()
            && !prompt.field.text().trim().is_empty()
            && prompt.field.text() != self.filter(self.view)
        {
            self.drafts.insert(name, prompt.field.text().to_owned());
            self.tell("kept what you typed: the up arrow brings it back there");
        }
        if prompt.kind == PromptKind::Fuzzy {
            self.set_fuzzy(None);
        }
    }

    fn set_fuzzy(&mut self, text: Option<String>) {
        match self.layers.last_mut() {
            Some(layer) => match layer.list() {
                Some(list) => list.set_fuzzy(text),
                None => layer.find(text),
            },
            None => self.list_mut(self.view).set_fuzzy(text),
        }
    }

    /// The line changed.
    pub(super) fn typed_on(&mut self) {
        let Some(prompt) = &mut self.prompt else { return };
        prompt.refused = None;
        prompt.echo.chosen = None;
        if prompt.kind == PromptKind::Fuzzy {
            let text = prompt.field.text().to_owned();
            self.set_fuzzy(Some(text).filter(|text| !text.is_empty()));
        }
    }

    /// A key that answers by itself.
    fn answer_key(&mut self, key: Key) -> Vec<Effect> {
        let Some(prompt) = self.prompt.take() else { return Vec::new() };
        match (prompt.kind, key.code) {
            (PromptKind::Confirm(Confirm::Trash(targets)), Code::Char('y' | 'Y')) => {
                vec![change("in the trash", NodeDelete { references: ids(&targets) })]
            }
            (PromptKind::Confirm(Confirm::Parts(targets, children)), Code::Char('y' | 'Y')) => {
                vec![transition(&targets, Transition::Done, children)]
            }
            (PromptKind::Confirm(Confirm::Many(command, _)), Code::Char('y' | 'Y')) => self.act(command),
            (PromptKind::Confirm(Confirm::Verb(_, verb)), Code::Char('y' | 'Y')) => self.start(verb),
            (PromptKind::Confirm(_), _) => {
                self.tell("nothing was changed");
                Vec::new()
            }
            (PromptKind::Priority(targets), Code::Char(digit @ '1'..='4')) => {
                vec![modify(&targets, vec![format!("p{digit}")])]
            }
            (PromptKind::Priority(targets), Code::Char('0' | '-')) => {
                vec![modify(&targets, vec!["p:".to_owned()])]
            }
            (kind, _) => {
                let refused = Some(format!("`{key}` is no priority: 1, 2, 3 or 4 is one, 0 takes it away"));
                self.prompt = Some(Prompt { refused, ..Prompt::new(prompt.number, kind) });
                Vec::new()
            }
        }
    }

    /// The line that was typed before, or the one behind it.
    fn recall(&mut self, earlier: bool) {
        let Some(prompt) = &mut self.prompt else { return };
        if prompt.kind != PromptKind::Command {
            if let Some(text) = prompt.memory().and_then(|name| self.drafts.remove(name)) {
                prompt.field.set(text);
                self.typed_on();
            }
            return;
        }
        let last = self.commands.len();
        let at = match (self.command_at, earlier) {
            (None, true) => last.checked_sub(1),
            (Some(at), true) => Some(at.saturating_sub(1)),
            (Some(at), false) if at + 1 < last => Some(at + 1),
            _ => None,
        };
        self.command_at = at;
        prompt.field.set(at.and_then(|at| self.commands.get(at)).cloned().unwrap_or_default());
    }

    /// Puts the next candidate in.
    fn complete(&mut self) {
        let Some(prompt) = &mut self.prompt else { return };
        let count = prompt.echo.candidates.len();
        if count == 0 {
            return;
        }
        let next = prompt.echo.chosen.map_or(0, |at| (at + 1) % count);
        let Some(candidate) = prompt.echo.candidates.get(next).cloned() else { return };
        prompt.field.set(candidate.clone());
        prompt.echo.chosen = Some(next);
        // Nothing new to ask: the candidates stay those of what was typed.
        prompt.answered = Some(candidate);
    }

    /// What to ask about the line now, if something.
    pub(super) fn ask_echo(&mut self) -> Option<Effect> {
        let prompt = self.prompt.as_mut()?;
        let text = prompt.field.text().to_owned();
        if prompt.asked.is_some() || prompt.pending || prompt.answered.as_deref() == Some(&text) {
            return None;
        }
        if prompt.kind == PromptKind::Command {
            let words = self.implied(&text).unwrap_or_default();
            let prompt = self.prompt.as_mut()?;
            prompt.echo = Echo { words, ..Echo::default() };
            prompt.answered = Some(text);
            return None;
        }
        let mut call = match echo_call(&prompt.kind, &text, self.view) {
            Ok(Some(call)) => call,
            Ok(None) => {
                prompt.echo = Echo::default();
                prompt.answered = Some(text);
                return None;
            }
            Err(words) => {
                prompt.echo = Echo { words, is_problem: true, ..Echo::default() };
                prompt.answered = Some(text);
                return None;
            }
        };
        if let Call::TaskAdd(add) = &mut call {
            add.context.clone_from(&self.context);
        }
        prompt.asked = Some(text);
        Some(Effect::Call(Purpose::Echo(prompt.number), Box::new(call)))
    }

    /// Takes in what is understood of the line.
    pub(super) fn echoed(&mut self, number: u64, answer: Result<Reply, Problem>) {
        let Some(prompt) = self.prompt.as_mut().filter(|prompt| prompt.number == number) else { return };
        let asked = prompt.asked.take();
        let search = asked.clone().filter(|_| prompt.kind == PromptKind::Search);
        match answer {
            Ok(Reply::Search(found)) => {
                prompt.answered = asked;
                if let Some(query) = search {
                    self.found(query, *found);
                }
            }
            Ok(reply) => {
                prompt.answered = asked;
                prompt.echo = Echo { chosen: None, ..echo_of(&prompt.kind, reply) };
            }
            // Asked again when the daemon is back.
            Err(problem) if problem.is_away => prompt.asked = None,
            Err(problem) => {
                prompt.answered = asked;
                let words = prompt.in_its_words(&problem.sentence());
                prompt.echo = Echo { words, is_problem: true, ..Echo::default() };
            }
        }
    }

    /// Sends the line off. It stays there until it is known that it arrived.
    fn submit(&mut self) -> Vec<Effect> {
        let Some(prompt) = &mut self.prompt else { return Vec::new() };
        let text = prompt.field.text().trim().to_owned();
        let call: Call = match prompt.kind.clone() {
            PromptKind::Add if text.is_empty() => return self.dismiss(),
            PromptKind::Add => {
                TaskAdd { line: text, context: self.context.clone(), ..TaskAdd::default() }.into()
            }
            PromptKind::NewPage if text.is_empty() => return self.dismiss(),
            PromptKind::NewPage => PageNew { title: text, ..PageNew::default() }.into(),
            PromptKind::Tags(_) if text.is_empty() => return self.dismiss(),
            PromptKind::Schedule(targets) => return self.submit_changes(&targets, typed::dates(&text)),
            PromptKind::Project(targets) => return self.submit_changes(&targets, typed::project(&text)),
            PromptKind::Tags(targets) => return self.submit_changes(&targets, typed::tags(&text)),
            PromptKind::Fuzzy => return self.dismiss(),
            PromptKind::Filter | PromptKind::Search => return self.set_filter(text),
            PromptKind::Date if self.view == ViewId::Agenda => {
                let (span, context) = (self.agenda.span, self.context.clone());
                Agenda { span, date: text, filter: String::new(), context }.into()
            }
            PromptKind::Date => JournalOpen { date: text }.into(),
            PromptKind::Command => return self.run(text),
            PromptKind::Priority(_) | PromptKind::Confirm(_) => return Vec::new(),
        };
        self.send(call)
    }

    /// Sends off changes of tasks. What the prompt is not for stays in the line, with the reason.
    fn submit_changes(&mut self, targets: &[Target], changes: Result<Vec<String>, String>) -> Vec<Effect> {
        match (changes, &mut self.prompt) {
            (Ok(changes), _) => {
                self.send(TaskModify { references: ids(targets), changes, ..TaskModify::default() }.into())
            }
            (Err(reason), Some(prompt)) => {
                prompt.refused = Some(reason);
                Vec::new()
            }
            (Err(_), None) => Vec::new(),
        }
    }

    fn send(&mut self, call: Call) -> Vec<Effect> {
        let Some(prompt) = &mut self.prompt else { return Vec::new() };
        prompt.pending = true;
        prompt.refused = None;
        vec![Effect::Call(Purpose::Submit(prompt.number), Box::new(call))]
    }

    fn dismiss(&mut self) -> Vec<Effect> {
        self.prompt = None;
        Vec::new()
    }

    /// Shows other rows. What is not understood stays in the line.
    fn set_filter(&mut self, text: String) -> Vec<Effect> {
        let view = self.view;
        if let Some(prompt) = &mut self.prompt
            && prompt.echo.is_problem
            && prompt.answered.as_deref() == Some(prompt.field.text())
            && view != ViewId::Pages
        {
            prompt.refused = Some(prompt.echo.words.clone());
            return Vec::new();
        }
        self.prompt = None;
        if self.filter(view) != text || view != ViewId::Search {
            self.filters[view.place()] = text;
            self.begin_anew(view);
        }
        Vec::new()
    }

    /// Shows other days, now that their date is known to be one.
    pub(super) fn show_date(&mut self, text: String) {
        if self.view == ViewId::Agenda {
            self.show_days(text);
        } else {
            self.push(Source::Journal(text));
        }
    }

    /// Takes in what a search found while it is typed.
    pub(super) fn found(&mut self, query: String, found: heph_protocol::response::SearchFound) {
        let list = self.list_mut(ViewId::Search);
        list.reset();
        // As if it had been asked for as a list: so it goes on from there.
        list.ask(1);
        let rows = found.hits.into_iter().map(super::Row::hit).collect();
        list.take(super::Want::First, rows, found.next_page);
        self.filters[ViewId::Search.place()] = query;
    }
}

/// What the daemon is asked while a line is typed, or why it could not be sent off.
fn echo_call(kind: &PromptKind, text: &str, view: ViewId) -> Result<Option<Call>, String> {
    let text = text.trim();
    let modify = |targets: &[Target], changes| {
        let references = ids(targets);
        Call::from(TaskModify { references, filter: None, changes, scope: Scope::Usual, dry_run: true })
    };
    match kind {
        PromptKind::Project(_) => {
            typed::project(text)?;
            let prefix = text.to_owned();
            return Ok(Some(Complete { what: Completion::Projects, prefix, limit: Some(CANDIDATES) }.into()));
        }
        _ if text.is_empty() => return Ok(None),
        _ => {}
    }
    Ok(Some(match kind {
        PromptKind::Add => TaskAdd { line: text.to_owned(), dry_run: true, ..TaskAdd::default() }.into(),
        PromptKind::Filter if view != ViewId::Pages => FilterExplain { filter: text.to_owned() }.into(),
        PromptKind::Search => Search { query: text.to_owned(), limit: Some(CHUNK), page: None }.into(),
        PromptKind::Schedule(targets) => modify(targets, typed::dates(text)?),
        PromptKind::Tags(targets) => modify(targets, typed::tags(text)?),
        _ => return Ok(None),
    }))
}

/// What was understood, in words.
fn echo_of(kind: &PromptKind, reply: Reply) -> Echo {
    let words = |words: String| Echo { words, ..Echo::default() };
    match (kind, reply) {
        (_, Reply::TaskAdd(added)) => {
            // A long title is cut at the edge and hides nothing.
            let mut said: Vec<String> = added.recognised.iter().map(understood).collect();
            said.extend(added.notes.iter().cloned());
            said.push(format!("“{}”", added.task.title));
            Echo { words: said.join(" · "), pieces: added.recognised, ..Echo::default() }
        }
        (_, Reply::FilterExplain(explained)) => words(explained.parse),
        (PromptKind::Schedule(_), Reply::TaskModify(changed)) => words(dates_of(&changed)),
        (_, Reply::TaskModify(changed)) => {
            let first = changed.tasks.first();
            let tags = first.map(|task| match task.tags.is_empty() {
                true => "no tag".to_owned(),
                false => heph_terminal::node::tags(task),
            });
            let title = first.map(|task| format!("“{}”", task.title));
            words(tags.into_iter().chain(changed.notes).chain(title).collect::<Vec<_>>().join(" · "))
        }
        (_, Reply::Complete(found)) => {
            let candidates: Vec<String> =
                found.candidates.into_iter().map(|candidate| candidate.value).collect();
            let words = match candidates.as_slice() {
                [] => "a project of this name will be made".to_owned(),
                several => format!("tab: {}", several.join(", ")),
            };
            Echo { words, candidates, ..Echo::default() }
        }
        _ => Echo::default(),
    }
}

/// The dates that the first of the tasks would have.
fn dates_of(changed: &TasksChanged) -> String {
    let Some(task) = changed.tasks.first() else { return "nothing would change".to_owned() };
    let Task { due, planned, defer, expires, follow_up, .. } = task;
    let dates = [
        ("defer", defer),
        ("planned", planned),
        ("due", due),
        ("expires", expires),
        ("follow up", follow_up),
    ];
    let dates =
        dates.iter().filter_map(|(name, date)| Some(format!("{name} {}", when::date(date.as_ref()?))));
    // It begins with the word `every`.
    let repeats = task.repeats.iter().cloned();
    let said: Vec<String> = dates.chain(repeats).chain(changed.notes.iter().cloned()).collect();
    if said.is_empty() { "no date".to_owned() } else { said.join(" · ") }
}

/// A change of fields of tasks.
pub(super) fn modify(targets: &[Target], changes: Vec<String>) -> Effect {
    change("changed", TaskModify { references: ids(targets), changes, ..TaskModify::default() })
}
