//! What comes back from the daemon, the editor and programs.

use heph_protocol::ErrorCode;
use heph_protocol::request::{Children, PageSave, TaskFormSave, Transition};
use heph_protocol::response::{NodesChanged, PageSaved, TasksChanged, Undone};
use heph_protocol::types::{NodeKind, OpenPage};
use heph_terminal::when;

use super::commands::transition;
use super::{
    Body, Confirm, Edit, Edited, Effect, Layer, Model, Place, PromptKind, Purpose, Row, Source, Target, Verb,
    ViewId, Want,
};
use crate::call::{Problem, Reply};

impl Model {
    pub(super) fn answered(&mut self, purpose: Purpose, answer: Result<Reply, Problem>) -> Vec<Effect> {
        match purpose {
            Purpose::Rows { place, generation, want } => self.rows_arrived(place, generation, want, answer),
            Purpose::SyncStatus => {
                if let Ok(Reply::SyncNow(status) | Reply::SyncStatus(status)) = answer {
                    self.sync_status = Some(*status);
                }
            }
            Purpose::Today => {
                if let Ok(Reply::JournalOpen(opened)) = answer {
                    self.today = (!opened.open.exists).then_some(opened.open.page);
                }
            }
            Purpose::Layer(number) => self.layer_arrived(number, answer),
            Purpose::Links => match (answer, self.targets().into_iter().next()) {
                (Ok(Reply::PageLinks(found)), Some(of)) if of.id == found.node.id => {
                    self.choose_link(of, found.links, &[]);
                }
                (Err(problem), _) => self.complain(&problem),
                _ => {}
            },
            Purpose::Echo(number) => self.echoed(number, answer),
            Purpose::Submit(number) => return self.submitted(number, answer),
            Purpose::Change(done) => match answer {
                Ok(reply) => self.changed(done, reply),
                Err(problem) => self.complain(&problem),
            },
            Purpose::Finish(targets) => match answer {
                Ok(reply) => self.changed("done", reply),
                Err(problem) if asks_for_parts(&problem) => {
                    self.prompt(PromptKind::Confirm(Confirm::Parts(targets, Children::Close)));
                }
                Err(problem) => self.complain(&problem),
            },
            Purpose::UndoSteps => self.undo_steps_arrived(answer),
            Purpose::Fetch(edit) => return self.fetched(edit, answer),
            Purpose::Save(edit, file) => return self.saved(edit, file, answer),
        }
        Vec::new()
    }

    fn rows_arrived(&mut self, place: Place, generation: u64, want: Want, answer: Result<Reply, Problem>) {
        if self.list_at(place, generation).is_none() {
            return;
        }
        let reply = match answer {
            Ok(reply) => reply,
            Err(problem) => {
                let list = self.list_at(place, generation);
                if list.as_ref().is_some_and(|list| list.is_marking()) {
                    self.complain(&problem);
                }
                if let Some(list) = self.list_at(place, generation) {
                    let is_late = problem.is_late;
                    list.fail(problem);
                    if is_late {
                        list.expire();
                    }
                }
                return;
            }
        };
        let mut total = None;
        let (rows, next) = match reply {
            Reply::TaskNext(next) => {
                total = Some(next.available);
                self.applied = next.context;
                (next.tasks.into_iter().map(Row::task).collect(), None)
            }
            Reply::TaskList(list) => {
                self.applied = list.context;
                (list.tasks.into_iter().map(Row::task).collect(), list.next_page)
            }
            Reply::PageList(list) => {
                let mut rows: Vec<Row> = Vec::with_capacity(list.pages.len() + 1);
                if let (Place::View(ViewId::Journal), Some(today)) = (place, &self.today)
                    && self.is_beginning(ViewId::Journal, want)
                {
                    rows.push(Row::unwritten(today));
                }
                rows.extend(list.pages.into_iter().map(Row::page));
                (rows, list.next_page)
            }
            Reply::Agenda(agenda) => {
                self.applied.clone_from(&agenda.context);
                self.agenda.first = agenda.days.first().map(|day| day.date.clone());
                (Row::agenda(*agenda), None)
            }
            Reply::Search(found) => {
                if found.behind {
                    self.tell("what was written last is still being indexed");
                }
                (found.hits.into_iter().map(Row::hit).collect(), found.next_page)
            }
            Reply::PageBacklinks(found) => {
                let mut rows: Vec<Row> = found.backlinks.into_iter().map(Row::backlink).collect();
                // A line that links twice is one row.
                rows.dedup_by(|row, before| row.key == before.key);
                (rows, found.next_page)
            }
            Reply::PageLinks(found) => {
                let urls = self.urls_of(&found.node.id).into_iter().map(Row::url);
                (Row::links(found.links).into_iter().chain(urls).collect(), None)
            }
            Reply::ConflictList(found) => (self.sync_rows(found.conflicts), None),
            _ => return,
        };
        if let Some(list) = self.list_at(place, generation) {
            list.take(want, rows, next);
            list.total = total.or(list.total);
        }
    }

    /// The view Sync: how it stands, and below what was overwritten.
    fn sync_rows(&self, conflicts: Vec<heph_protocol::types::Conflict>) -> Vec<Row> {
        let mut rows: Vec<Row> = self.sync_status.as_ref().map(crate::views::sync_notes).unwrap_or_default();
        if !conflicts.is_empty() {
            rows.push(Row::note(""));
            rows.push(Row::heading("Overwritten unseen"));
            rows.extend(conflicts.into_iter().map(Row::conflict));
        }
        rows
    }

    fn layer_arrived(&mut self, number: u64, answer: Result<Reply, Problem>) {
        let Some(layer) = self.layers.iter_mut().find(|layer| layer.number == number) else { return };
        layer.asking = false;
        match answer {
            Ok(Reply::NodeShow(shown)) => {
                if let Source::Node(target) = &mut layer.source {
                    *target = shown.task.as_ref().map_or_else(|| Target::from(&shown.node), Target::from);
                }
                show(layer, Body::Node(shown));
            }
            Ok(Reply::TaskWhy(why)) => show(layer, Body::Why(why)),
            Ok(Reply::JournalOpen(opened)) => self.journal_arrived(number, opened.open),
            Ok(_) => {}
            Err(problem) if problem.code == Some(ErrorCode::NotFound) => {
                self.layers.retain(|layer| layer.number != number);
                self.complain(&problem);
            }
            Err(problem) => {
                // What is shown stays; without anything to show it says why.
                if matches!(layer.body, Body::Waiting) {
                    show(layer, Body::Text(problem.sentence()));
                }
                self.complain(&problem);
            }
        }
    }

    /// A journal that is there is read like any page.
    fn journal_arrived(&mut self, number: u64, open: OpenPage) {
        let Some(layer) = self.layers.iter_mut().find(|layer| layer.number == number) else { return };
        if open.exists {
            layer.source = Source::Node(Target::from(&open.page));
            layer.stale = true;
            return;
        }
        let key = self.keymap.key_of(crate::keymap::Command::Edit).unwrap_or_default();
        let day = when::day(&open.page.title);
        show(layer, Body::Text(format!("{day}\n\nNothing is written yet: {key} opens your editor.")));
    }

    /// What came of a line that was sent off.
    fn submitted(&mut self, number: u64, answer: Result<Reply, Problem>) -> Vec<Effect> {
        let waits = self.prompt.as_ref().is_some_and(|prompt| prompt.number == number);
        match answer {
            Err(problem) => match self.prompt.as_mut().filter(|_| waits) {
                Some(prompt) => {
                    prompt.pending = false;
                    prompt.refused = Some(prompt.in_its_words(&problem.sentence()));
                }
                None => self.complain(&problem),
            },
            Ok(reply) => {
                let prompt = if waits { self.prompt.take() } else { None };
                self.note_step(&reply);
                match reply {
                    Reply::TaskAdd(added) => {
                        let mut said = format!("added {}  {}", added.task.short, added.task.title);
                        added.notes.iter().for_each(|note| said.push_str(&format!(" · {note}")));
                        if let Some(context) = &added.hidden_by {
                            said.push_str(&format!(" · the context {context} hides it"));
                        }
                        self.tell(said);
                    }
                    Reply::PageNew(made) => {
                        self.tell(format!("made {}  {}", made.page.short, made.page.title));
                        let target = Target::from(&made.page);
                        let id = target.id.clone();
                        self.push(Source::Node(target));
                        let edit = Edit { id: id.clone(), ..Edit::default() };
                        return self.fetch(edit, heph_protocol::request::PageOpen { reference: id }.into());
                    }
                    Reply::Agenda(_) | Reply::JournalOpen(_) => {
                        if let Some(prompt) = prompt {
                            self.show_date(prompt.field.text().trim().to_owned());
                        }
                    }
                    reply => self.changed("changed", reply),
                }
            }
        }
        Vec::new()
    }

    /// Tells what a change did.
    fn changed(&mut self, done: &'static str, reply: Reply) {
        if matches!(reply, Reply::TaskTransition(_) | Reply::TaskModify(_) | Reply::NodeDelete(_))
            && let Some(list) = self.current_list()
        {
            // What was marked for this is not marked for the next.
            list.marks.clear();
        }
        self.note_step(&reply);
        let said = match reply {
            Reply::TaskTransition(changed) | Reply::TaskModify(changed) | Reply::TaskFormSave(changed) => {
                tasks_said(done, &changed)
            }
            Reply::NodeDelete(changed) => nodes_said(done, &changed),
            Reply::Undo(undone) | Reply::Redo(undone) => undone_said(done, &undone),
            Reply::PageSave(saved) => page_said(&saved),
            Reply::SyncNow(status) => {
                let said = status.problem.clone().unwrap_or_else(|| done.to_owned());
                self.sync_status = Some(*status);
                self.list_mut(ViewId::Sync).expire();
                said
            }
            _ => done.to_owned(),
        };
        self.tell(said);
    }

    /// A text for the editor came.
    fn fetched(&mut self, edit: Edit, answer: Result<Reply, Problem>) -> Vec<Effect> {
        let edit = match answer {
            Ok(Reply::TaskForm(form)) => {
                Edit { title: form.task.title, text: form.text, base: form.base, id: form.task.id, ..edit }
            }
            Ok(Reply::PageOpen(opened) | Reply::JournalOpen(opened)) => {
                let OpenPage { page, key, text, rev, exists } = opened.open;
                let key = key.filter(|_| !exists);
                Edit { id: page.id, title: page.title, text, base: rev, key, ..Edit::default() }
            }
            Ok(_) => return Vec::new(),
            Err(problem) => {
                self.complain(&problem);
                return Vec::new();
            }
        };
        vec![Effect::Edit(edit)]
    }

    /// The editor was closed.
    pub(super) fn edited(&mut self, edit: Edit, edited: Edited) -> Vec<Effect> {
        match edited {
            Edited::Unchanged => self.tell("no change"),
            Edited::Failed(problem, None) => self.complain(&problem),
            Edited::Failed(problem, Some(file)) => self.keep_unsaved(edit, file, problem),
            Edited::Changed(text, file) => {
                self.tell("saving …");
                let call = match edit.form {
                    true => TaskFormSave { id: edit.id.clone(), base: edit.base.clone(), text }.into(),
                    false => PageSave {
                        id: edit.id.clone(),
                        key: edit.key.clone(),
                        base_rev: edit.base.clone(),
                        after: Vec::new(),
                        text,
                    }
                    .into(),
                };
                return vec![Effect::Call(Purpose::Save(edit, file), Box::new(call))];
            }
        }
        Vec::new()
    }

    /// What came of a save. A text that was not saved stays in its file.
    fn saved(&mut self, edit: Edit, file: std::path::PathBuf, answer: Result<Reply, Problem>) -> Vec<Effect> {
        match answer {
            Ok(reply) => {
                self.changed("changed", reply);
                vec![Effect::Forget(file)]
            }
            Err(mut problem) => {
                let kept = format!("your text of “{}” is kept in {}", edit.title, file.display());
                problem.hint = Some(match problem.hint {
                    Some(hint) => format!("{kept}; {hint}"),
                    None => kept,
                });
                self.keep_unsaved(edit, file, problem);
                Vec::new()
            }
        }
    }

    /// Shows why a text is not saved, above all else: it is opened again from there, out of the same file.
    fn keep_unsaved(&mut self, edit: Edit, file: std::path::PathBuf, problem: Problem) {
        // A notice is gone with the next key; what has to be found again is not.
        let key = self.keymap.key_of(crate::keymap::Command::Edit).unwrap_or_default();
        let said = problem.sentence().replace("; ", "\n");
        self.push(Source::Unsaved(Box::new(Edit { kept: Some(file), ..edit })));
        if let Some(layer) = self.layers.last_mut() {
            layer.stale = false;
            show(layer, Body::Text(format!("{said}\n\n{key} opens it again.")));
        }
        self.complain(&problem);
    }

    /// A verb of the command line ended.
    pub(super) fn ran(&mut self, verb: Verb, output: Result<String, Problem>) {
        let text = match output {
            Ok(text) => text,
            Err(problem) => return self.complain(&problem),
        };
        if self.ask_for_verb(&verb, &text) {
            return;
        }
        let Verb { line, .. } = verb;
        let text = text.trim_end();
        match text.lines().count() {
            0 => self.tell(format!("heph {line}: done")),
            1 => self.tell(text),
            _ => {
                self.push(Source::Output(line));
                if let Some(layer) = self.layers.last_mut() {
                    layer.stale = false;
                    show(layer, Body::Text(text.to_owned()));
                }
            }
        }
    }
}

/// Gives a layer what it shows; its lines are made when they are.
fn show(layer: &mut Layer, body: Body) {
    layer.body = body;
    layer.width = 0;
}

/// Whether a task was not finished because parts of it are open.
fn asks_for_parts(problem: &Problem) -> bool {
    problem.code == Some(ErrorCode::Refused)
        && problem.hint.as_ref().is_some_and(|hint| hint.contains("--with-children"))
}

fn tasks_said(done: &str, changed: &TasksChanged) -> String {
    let mut said = match (changed.tasks.as_slice(), changed.count) {
        ([task], 1) => format!("{done} {}  {}", task.short, task.title),
        (_, 0) if changed.nodes.is_empty() => "it already is so".to_owned(),
        (_, count) => format!("{done} {count} tasks"),
    };
    for task in &changed.unblocked {
        said.push_str(&format!(" · {} “{}” is free now", task.short, task.title));
    }
    changed.notes.iter().for_each(|note| said.push_str(&format!(" · {note}")));
    said
}

fn nodes_said(done: &str, changed: &NodesChanged) -> String {
    match changed.nodes.as_slice() {
        [] => "it already is so".to_owned(),
        [node] => format!("{done}: {}  {}", node.short, node.title),
        several => {
            let are_tasks = several.iter().all(|node| node.kind == NodeKind::Task);
            format!("{done}: {} {}", several.len(), if are_tasks { "tasks" } else { "pages and tasks" })
        }
    }
}

fn undone_said(done: &str, undone: &Undone) -> String {
    let mut said = format!("{done}: {}", undone.summary);
    for skipped in &undone.skipped {
        said.push_str(&format!(" · {} of “{}” stays: {}", skipped.field, skipped.node.title, skipped.reason));
    }
    said
}

fn page_said(saved: &PageSaved) -> String {
    let mut said = format!("saved {}  {}", saved.page.short, saved.page.title);
    if saved.text.is_some() {
        said.push_str(" · merged with what was written meanwhile");
    }
    saved.notes.iter().for_each(|note| said.push_str(&format!(" · {note}")));
    said
}

/// The effect that finishes tasks, and asks about their parts if that is refused.
pub(super) fn finish(targets: Vec<Target>) -> Effect {
    match transition(&targets, Transition::Done, Children::Refuse) {
        Effect::Call(_, call) => Effect::Call(Purpose::Finish(targets), call),
        other => other,
    }
}
