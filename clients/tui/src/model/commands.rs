//! What keys and the mouse ask for, outside of what is typed.

use heph_protocol::request::{
    Children, JournalOpen, PageLinks, PageOpen, Redo, SyncNow, TaskForm, TaskTransition, Transition,
};
use heph_protocol::types::{Link as PageLink, LinkState, NodeKind};

use super::verbs::ASKED_ABOVE;
use super::{
    Body, Confirm, Content, Edit, Effect, Layer, Link, Model, Mouse, Prompt, PromptKind, Purpose, Row,
    Source, Target, ViewId,
};
use crate::call::Call;
use crate::key::Key;
use crate::keymap::Command;

/// Layers that may lie on one another.
const MOST_LAYERS: usize = 64;

/// Rows the wheel turns by.
const WHEEL: isize = 3;

impl Model {
    pub(super) fn key(&mut self, key: Key) -> Vec<Effect> {
        if self.prompt.is_some() {
            return self.prompt_key(key);
        }
        if key == Key::ctrl('c') {
            return vec![Effect::Quit];
        }
        let Some(command) = self.keymap.command(key) else {
            let help = self.keymap.key_of(Command::Help).unwrap_or_else(|| "the reference".into());
            self.tell(format!("`{key}` does nothing here; {help} lists the keys"));
            return Vec::new();
        };
        self.notice = None;
        match command {
            Command::Done
            | Command::StartStop
            | Command::Schedule
            | Command::Project
            | Command::Priority
            | Command::Tags => {
                let count = self.targets().iter().filter(|target| target.kind == NodeKind::Task).count();
                if count > ASKED_ABOVE {
                    self.prompt(PromptKind::Confirm(Confirm::Many(command, count)));
                    return Vec::new();
                }
            }
            _ => {}
        }
        self.act(command)
    }

    /// Does what a command says.
    pub(super) fn act(&mut self, command: Command) -> Vec<Effect> {
        match command {
            Command::View(view) => self.show(view),
            Command::NextView => self.show(self.view.beside(true)),
            Command::PreviousView => self.show(self.view.beside(false)),
            Command::Down => self.step(1),
            Command::Up => self.step(-1),
            Command::HalfDown => self.step(self.height().div_ceil(2).cast_signed()),
            Command::HalfUp => self.step(-(self.height().div_ceil(2).cast_signed())),
            Command::Top => self.jump(false),
            Command::Bottom => self.jump(true),
            Command::Open => return self.open(),
            Command::Back if self.running.is_some() => return vec![Effect::StopRun],
            Command::Back => self.back(),
            Command::Quit => return self.quit(),
            Command::Add => self.prompt(PromptKind::Add),
            Command::Done => return self.toggle_done(),
            Command::StartStop => return self.start_or_stop(),
            Command::Edit => return self.edit(),
            Command::Schedule => self.prompt_tasks(PromptKind::Schedule),
            Command::Project => self.prompt_tasks(PromptKind::Project),
            Command::Priority => self.prompt_tasks(PromptKind::Priority),
            Command::Tags => self.prompt_tasks(PromptKind::Tags),
            Command::Mark => self.on_list(super::List::toggle_mark),
            Command::MarkAll => self.mark_all(),
            Command::Trash => self.trash(),
            Command::Undo => return self.undo(),
            Command::Redo => return vec![change("redone", Redo {})],
            Command::Fuzzy => self.prompt(PromptKind::Fuzzy),
            Command::Filter => self.filter_prompt(),
            Command::CommandLine => self.prompt(PromptKind::Command),
            Command::Follow => return self.follow(),
            Command::Backlinks => self.over_target(Source::Backlinks),
            Command::Why => self.why(),
            Command::CopyId => return self.copy_id(),
            Command::NewPage => self.new_page(),
            Command::Earlier => return self.move_days(-1),
            Command::Later => return self.move_days(1),
            Command::Today => self.go_to_today(),
            Command::Span => self.toggle_span(),
            Command::Refresh => return self.refresh(),
            Command::Help => self.push(Source::Help),
            Command::Redraw => return vec![Effect::Redraw],
            Command::Suspend => return vec![Effect::Suspend],
        }
        Vec::new()
    }

    pub(super) fn mouse(&mut self, mouse: Mouse, column: u16, line: u16) -> Vec<Effect> {
        match mouse {
            Mouse::WheelUp => self.step(-WHEEL),
            Mouse::WheelDown => self.step(WHEEL),
            Mouse::Press if self.prompt.is_some() => {}
            Mouse::Press if line == 0 => {
                if let Some(view) = crate::views::tab_at(usize::from(column), usize::from(self.size.0)) {
                    self.show(view);
                }
            }
            Mouse::Press => {
                let first = 2 + u16::from(self.has_bar());
                let Some(line) = line.checked_sub(first) else { return Vec::new() };
                let line = usize::from(line);
                if line < self.height()
                    && let Some(list) = self.current_list()
                    && list.select_at(line) == Some(true)
                {
                    return self.open();
                }
            }
        }
        Vec::new()
    }

    /// Shows a view. What was open above the other goes.
    pub(super) fn show(&mut self, view: ViewId) {
        if self.view != view {
            // What is marked where nobody looks is nobody's wish any more.
            let left = self.list_mut(self.view);
            left.stop_marking();
            left.marks.clear();
        }
        let asks_again = self.view == view && self.layers.is_empty();
        self.view = view;
        self.layers.clear();
        if view == ViewId::Search && (asks_again || self.filter(view).is_empty()) {
            self.prompt(PromptKind::Search);
        }
    }

    fn on_list(&mut self, change: impl FnOnce(&mut super::List)) {
        if let Some(list) = self.current_list() {
            change(list);
        }
    }

    pub(super) fn step(&mut self, by: isize) {
        let height = self.height();
        match self.layers.last_mut() {
            Some(layer) if !layer.is_list() => layer.scroll(by, height),
            _ => self.on_list(|list| list.step(by)),
        }
    }

    fn jump(&mut self, down: bool) {
        let height = self.height();
        match self.layers.last_mut() {
            Some(layer) if !layer.is_list() => {
                layer.top = if down { layer.lines.len().saturating_sub(height) } else { 0 };
            }
            _ => self.on_list(|list| if down { list.go_bottom() } else { list.go_top() }),
        }
    }

    /// Opens what is selected. A link that leads out of heph is copied.
    pub(super) fn open(&mut self) -> Vec<Effect> {
        let Some(row) = self.current_list().and_then(|list| list.selected().cloned()) else {
            return Vec::new();
        };
        match (row.content, row.target) {
            (Content::Unwritten(_), _) => self.push(Source::Journal(String::new())),
            (Content::Link(link), None) => {
                let key = self.keymap.key_of(Command::NewPage).unwrap_or_default();
                self.tell(format!("there is no page “{}” yet; {key} makes one", link.target));
            }
            (Content::Url(url), _) => return self.copy(url),
            (_, Some(target)) => self.push(Source::Node(target)),
            (_, None) => {}
        }
        Vec::new()
    }

    fn copy(&mut self, text: String) -> Vec<Effect> {
        self.tell(format!("copied {text}"));
        vec![Effect::Copy(text)]
    }

    /// The links that lead out of heph, of a node that is open to be read.
    pub(super) fn urls_of(&self, id: &str) -> Vec<String> {
        let open = self.layers.iter().rev().find_map(|layer| match &layer.body {
            Body::Node(shown) if shown.node.id == id => Some(shown),
            _ => None,
        });
        open.map(|shown| super::urls::urls(&shown.text)).unwrap_or_default()
    }

    /// Lays something above what is shown.
    pub(super) fn push(&mut self, source: Source) {
        if self.layers.last().is_some_and(|layer| layer.source == source) {
            return;
        }
        if self.layers.len() == MOST_LAYERS {
            self.layers.remove(0);
        }
        let number = self.number();
        self.layers.push(Layer::new(number, source));
    }

    fn over_target(&mut self, source: impl FnOnce(Target) -> Source) {
        match self.targets().into_iter().next() {
            Some(target) => self.push(source(target)),
            None => self.tell("nothing is selected"),
        }
    }

    /// One level back: the fuzzy filter, the marks, the layer.
    fn back(&mut self) {
        if let Some(layer) = self.layers.last_mut()
            && layer.found.take().is_some()
        {
            return;
        }
        if let Some(list) = self.current_list() {
            if list.stop_marking() {
                return self.tell("no more are marked");
            }
            if list.fuzzy.is_some() {
                return list.set_fuzzy(None);
            }
            if !list.marks.is_empty() {
                return list.marks.clear();
            }
        }
        if self.layers.pop().is_none() {
            let key = self.keymap.key_of(Command::Quit).unwrap_or_default();
            self.tell(format!("{key} ends the program"));
        }
    }

    /// Ends the layer, or the program.
    fn quit(&mut self) -> Vec<Effect> {
        if self.layers.pop().is_some() { Vec::new() } else { vec![Effect::Quit] }
    }

    /// Opens a line to type in.
    pub(super) fn prompt(&mut self, kind: PromptKind) {
        let number = self.number();
        let mut prompt = Prompt::new(number, kind);
        match prompt.kind {
            PromptKind::Filter | PromptKind::Search => prompt.field.set(self.filter(self.view)),
            PromptKind::Fuzzy => {
                let text = match self.layers.last() {
                    Some(Layer { body: Body::Rows(list), .. }) => {
                        list.fuzzy.as_ref().map(|fuzzy| &fuzzy.text)
                    }
                    Some(layer) => layer.found.as_ref().map(|(text, _)| text),
                    None => self.list(self.view).fuzzy.as_ref().map(|fuzzy| &fuzzy.text),
                };
                prompt.field.set(text.cloned().unwrap_or_default());
            }
            _ => {}
        }
        self.command_at = None;
        self.prompt = Some(prompt);
        self.typed_on();
    }

    /// The tasks an action is for; says so if there are none.
    fn tasks(&mut self) -> Option<Vec<Target>> {
        let tasks: Vec<Target> =
            self.targets().into_iter().filter(|target| target.kind == NodeKind::Task).collect();
        if tasks.is_empty() {
            self.tell_no_target("select a task first");
            return None;
        }
        Some(tasks)
    }

    /// Says why there is nothing to act on.
    fn tell_no_target(&mut self, otherwise: &'static str) {
        let hidden = self.current_list().map_or(0, |list| list.hidden_marks());
        let key = self.keymap.key_of(Command::Back).unwrap_or_default();
        match hidden {
            0 => self.tell(otherwise),
            count => self.tell(format!("the {count} that are marked are not shown; {key} shows all again")),
        }
    }

    fn prompt_tasks(&mut self, kind: impl FnOnce(Vec<Target>) -> PromptKind) {
        if let Some(tasks) = self.tasks() {
            self.prompt(kind(tasks));
        }
    }

    fn filter_prompt(&mut self) {
        let kind = match (self.layers.is_empty(), self.view) {
            (false, _) => PromptKind::Fuzzy,
            (true, ViewId::Agenda) => PromptKind::Date,
            (true, ViewId::Search) => PromptKind::Search,
            (true, ViewId::Next | ViewId::Tasks | ViewId::Pages) => PromptKind::Filter,
            (true, ViewId::Journal) => PromptKind::Date,
            (true, ViewId::Sync) => PromptKind::Fuzzy,
        };
        self.prompt(kind);
    }

    fn toggle_done(&mut self) -> Vec<Effect> {
        let Some(tasks) = self.tasks() else { return Vec::new() };
        if tasks.iter().all(|task| task.closed) {
            return vec![transition(&tasks, Transition::Reopen, Children::Refuse)];
        }
        let open: Vec<Target> = tasks.into_iter().filter(|task| !task.closed).collect();
        vec![super::answers::finish(open)]
    }

    fn start_or_stop(&mut self) -> Vec<Effect> {
        let Some(tasks) = self.tasks() else { return Vec::new() };
        let to = if tasks.iter().all(|task| task.doing) { Transition::Stop } else { Transition::Start };
        vec![transition(&tasks, to, Children::Refuse)]
    }

    /// Marks all rows, once all of them are read; they are read on from [`Model::update`].
    fn mark_all(&mut self) {
        if let Some(list) = self.current_list()
            && !list.stop_marking()
        {
            list.begin_marking();
        }
    }

    pub(super) fn finish_marking(&mut self) {
        match self.current_list().and_then(super::List::finish_marking) {
            None | Some((0, false)) => {}
            Some((count, false)) => self.tell(format!("{count} are marked")),
            Some((count, true)) => self.tell(format!("{count} are marked; there are more, which are not")),
        }
    }

    fn trash(&mut self) {
        let targets = self.targets();
        match targets.is_empty() {
            true => self.tell_no_target("nothing is selected"),
            false => self.prompt(PromptKind::Confirm(Confirm::Trash(targets))),
        }
    }

    /// Asks for the text of what is selected; the editor opens when it is there.
    fn edit(&mut self) -> Vec<Effect> {
        if let Link::Away(problem) = &self.link {
            let problem = problem.clone();
            self.complain(&problem);
            return Vec::new();
        }
        if let Some(Layer { source: Source::Unsaved(edit), .. }) = self.layers.last() {
            let edit = (**edit).clone();
            self.layers.pop();
            return vec![Effect::Edit(edit)];
        }
        if let Some(Layer { source: Source::Journal(date), .. }) = self.layers.last() {
            return self.fetch(Edit::default(), JournalOpen { date: date.clone() }.into());
        }
        let row = self.current_list().and_then(|list| list.selected().cloned());
        if let Some(Row { content: Content::Unwritten(_), .. }) = row {
            return self.fetch(Edit::default(), JournalOpen { date: String::new() }.into());
        }
        match self.targets().as_slice() {
            [] => self.tell("nothing is selected"),
            [target] if target.kind == NodeKind::Task => {
                let edit = Edit { form: true, id: target.id.clone(), ..Edit::default() };
                return self.fetch(edit, TaskForm { reference: target.id.clone() }.into());
            }
            [target] => {
                let edit = Edit { id: target.id.clone(), ..Edit::default() };
                return self.fetch(edit, PageOpen { reference: target.id.clone() }.into());
            }
            _ => self.tell("one at a time is edited; esc takes the marks away"),
        }
        Vec::new()
    }

    pub(super) fn fetch(&mut self, edit: Edit, call: Call) -> Vec<Effect> {
        vec![Effect::Call(Purpose::Fetch(edit), Box::new(call))]
    }

    fn follow(&mut self) -> Vec<Effect> {
        if let Some(Layer { body: Body::Node(shown), source, .. }) = self.layers.last() {
            let (links, source) = (shown.links.clone(), source.clone());
            self.follow_of(links, &source);
            return Vec::new();
        }
        if let Some(Layer { source: Source::Links(_) | Source::Backlinks(_), .. }) = self.layers.last() {
            return self.open();
        }
        match self.targets().into_iter().next() {
            Some(target) => {
                let call = PageLinks { reference: target.id, text: None };
                vec![Effect::Call(Purpose::Links, Box::new(call.into()))]
            }
            None => {
                self.tell("nothing is selected");
                Vec::new()
            }
        }
    }

    fn follow_of(&mut self, links: Vec<PageLink>, source: &Source) {
        if let Source::Node(target) = source {
            let urls = self.urls_of(&target.id);
            self.choose_link(target.clone(), links, &urls);
        }
    }

    /// Follows the only link there is, or lets one be chosen.
    pub(super) fn choose_link(&mut self, of: Target, links: Vec<PageLink>, urls: &[String]) {
        let links: Vec<PageLink> = links.into_iter().filter(|link| !link.target.is_empty()).collect();
        match links.as_slice() {
            [] if urls.is_empty() => self.tell("no link leads on from here"),
            _ if !urls.is_empty() => self.push(Source::Links(of)),
            [PageLink { state: LinkState::Resolved, to: Some(to), .. }] => {
                let target = Target::from(to);
                self.push(Source::Node(target));
            }
            _ => self.push(Source::Links(of)),
        }
    }

    fn why(&mut self) {
        match self.tasks().and_then(|tasks| tasks.into_iter().next()) {
            Some(task) => self.push(Source::Why(task)),
            None => self.tell("select a task first"),
        }
    }

    fn copy_id(&mut self) -> Vec<Effect> {
        let row = self.current_list().and_then(|list| list.selected().cloned());
        if let Some(Row { content: Content::Url(url), .. }) = row {
            return self.copy(url);
        }
        let ids: Vec<String> = self.targets().into_iter().map(|target| target.short).collect();
        if ids.is_empty() {
            self.tell("nothing is selected");
            return Vec::new();
        }
        self.copy(ids.join(" "))
    }

    /// Asks for the title of a new page; on a link that leads nowhere it is there already.
    fn new_page(&mut self) {
        let row = self.current_list().and_then(|list| list.selected().cloned());
        self.prompt(PromptKind::NewPage);
        if let Some(Row { content: Content::Link(link), target: None, .. }) = row
            && let Some(prompt) = &mut self.prompt
        {
            prompt.field.set(link.target);
        }
    }

    fn refresh(&mut self) -> Vec<Effect> {
        self.expire(|_| true);
        if self.view == ViewId::Sync && self.layers.is_empty() {
            self.tell("syncing …");
            return vec![Effect::Call(Purpose::Change(super::SYNCED), Box::new(SyncNow {}.into()))];
        }
        Vec::new()
    }
}

/// A change that is told of when it is done.
pub(super) fn change(done: &'static str, call: impl Into<Call>) -> Effect {
    Effect::Call(Purpose::Change(done), Box::new(call.into()))
}

/// A change of a task's status.
pub(super) fn transition(tasks: &[Target], to: Transition, children: Children) -> Effect {
    let done = match to {
        Transition::Done => "done",
        Transition::Start => "started",
        Transition::Stop => "stopped",
        Transition::Cancel => "cancelled",
        Transition::Reopen => "reopened",
        Transition::Skip => "skipped",
    };
    let references = ids(tasks);
    change(done, TaskTransition { references, to, children })
}

/// Ids of targets.
pub(super) fn ids(targets: &[Target]) -> Vec<String> {
    targets.iter().map(|target| target.id.clone()).collect()
}
