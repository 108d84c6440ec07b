//! What each verb does to the store: pure decisions over a view of it.
//!
//! A [`Command`] is decided against a [`View`] (what was read of the store, and what earlier commands of the batch
//! made of it) and the read model. The answer is a list of [`Edit`]s, or [`Stop::Need`] when the view lacks something:
//! whoever holds the store reads it and asks again. Deciding changes nothing.

mod add;
mod attach;
mod boxes;
pub(crate) mod capture;
mod circle;
mod fields;
mod form;
mod import;
mod import_pages;
mod modify;
mod outcome;
mod pages;
mod parts;
mod project;
mod promote;
mod record;
mod recurring;
mod refusal;
mod rename;
mod resolve;
mod restore;
mod settings;
mod time;
mod transition;
mod trash;
mod undo;
pub(crate) mod view;
mod waiting;

#[cfg(test)]
mod tests;

pub use attach::{NewAttachment, no_such as no_such_file};
pub use boxes::{anchored, source_of};
pub(crate) use circle::register_of;
pub use form::render as render_form;
pub use import::ImportItem;
pub use outcome::{MalformedOutcome, Outcome, SkippedEdit};
pub use pages::{HOME_KEY, home_page, journal_template, journal_text, template_path};
pub use parts::Place;
pub use promote::SeenLine;
pub use record::{Recorded, Stamper, record};
pub use refusal::{Need, Refusal, RefusalKind, Stop};
pub use resolve::{Found, resolve};
pub use settings::SettingChange;
pub(crate) use settings::{NONE as NO_CONTEXT, check_context, check_view, no_such};
pub use time::TimeChange;
pub use view::{AppliedSave, GroupLog, GroupTxn, View, writes_title};

use std::collections::HashSet;

use super::date::Now;
use super::id::{GroupId, MutationId, NodeId};
use super::import::ImportedPage;
use super::page::{FactDelta, RevisionRef, RevisionToken};
use super::short_id::ShortIds;
use super::task::open_tasks::{Edge, OpenTasks};
use super::task::own::OwnFields;
use super::value::Value;

/// How a status is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// Finish.
    Done,
    /// Begin.
    Start,
    /// Stop doing, unfinished.
    Stop,
    /// Give up.
    Cancel,
    /// Open again.
    Reopen,
    /// Leave this occurrence out.
    Skip,
}

/// Which occurrences of a recurring task a change of its dates is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scope {
    /// Nothing was said: the current one.
    #[default]
    Usual,
    /// The current one.
    This,
    /// The current one and all that follow.
    Series,
}

/// What becomes of the open children of a task that is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Children {
    /// Refuse while there are any.
    Refuse,
    /// Close them too.
    Close,
    /// Leave them open.
    Leave,
}

/// What a context gives a new task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextDefaults {
    /// The context's name.
    pub name: String,
    /// Tokens of quick-add.
    pub tokens: String,
}

/// One thing a client asks to be changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Adds a task from a quick-add line.
    AddTask {
        /// The line as typed.
        line: String,
        /// Take it as the title, tokens and all.
        literal: bool,
        /// The body.
        body: Option<String>,
        /// What the context it is added in gives it.
        context: Option<ContextDefaults>,
    },
    /// Changes statuses.
    Transition {
        /// The tasks.
        references: Vec<String>,
        /// How.
        to: Transition,
        /// What becomes of open children.
        children: Children,
    },
    /// Changes fields.
    Modify {
        /// The tasks.
        references: Vec<String>,
        /// The changes as typed.
        changes: Vec<String>,
        /// Which occurrences of recurring ones are meant.
        scope: Scope,
    },
    /// Hides tasks until a date.
    Defer {
        /// The tasks.
        references: Vec<String>,
        /// A date word, empty to take the deferral away.
        until: String,
    },
    /// Pins tasks for today.
    Pin {
        /// The tasks.
        references: Vec<String>,
        /// Or takes the pin away.
        pinned: bool,
    },
    /// Adds a line to a task's log.
    Log {
        /// The task.
        reference: String,
        /// The line.
        text: String,
    },
    /// Saves an edited form of a task.
    SaveForm {
        /// The task.
        id: NodeId,
        /// The form as it was given out.
        base: String,
        /// The form as edited.
        text: String,
    },
    /// Puts nodes into the trash, or takes them out.
    Trash {
        /// The nodes.
        references: Vec<String>,
        /// Into it.
        trashed: bool,
    },
    /// Writes a value that was overwritten by somebody who had not seen it.
    Restore {
        /// The node.
        node: NodeId,
        /// The register.
        name: String,
        /// The value.
        value: Value,
    },
    /// Notes past work on a task.
    AddTime {
        /// The task.
        reference: String,
        /// How long (`45m`).
        length: String,
        /// When it began, a date word with a time; without one it ended just now.
        from: Option<String>,
    },
    /// Changes a clock interval of a task.
    EditTime {
        /// The task.
        reference: String,
        /// The interval, by its code or the beginning of it.
        interval: String,
        /// How.
        change: TimeChange,
    },
    /// Takes a clock interval of a task away.
    DeleteTime {
        /// The task.
        reference: String,
        /// The interval, by its code or the beginning of it.
        interval: String,
    },
    /// Makes tasks wait for somebody.
    Wait {
        /// The tasks.
        references: Vec<String>,
        /// For whom; empty leaves it as it is.
        whom: String,
        /// A date word, when to ask again; empty takes it away.
        follow_up: Option<String>,
    },
    /// Notes that tasks and projects were looked at today.
    Reviewed {
        /// The tasks and projects.
        references: Vec<String>,
    },
    /// Adds parts to a task.
    Sub {
        /// The task.
        reference: String,
        /// A quick-add line for each.
        lines: Vec<String>,
    },
    /// Puts a task elsewhere among its likes.
    Move {
        /// The task.
        reference: String,
        /// Where.
        to: Place,
    },
    /// Copies a task with its open parts.
    Duplicate {
        /// The task.
        reference: String,
    },
    /// Settles circles of dependencies or parents by hand.
    SettleCircles {
        /// Links that do not count since they close a circle.
        edges: Vec<Edge>,
        /// Make them count, and take the newest others of their circles away; otherwise they are taken away.
        keep: bool,
    },
    /// Makes a page.
    NewPage {
        /// Folder and title.
        path: String,
        /// Its text.
        text: String,
        /// Page of the folder of templates to begin with.
        template: Option<String>,
    },
    /// Gives a text of an earlier revision back.
    Revert {
        /// The page or task.
        reference: String,
        /// The revision.
        rev: RevisionRef,
    },
    /// Makes a task of a line.
    Promote(SeenLine),
    /// Saves a text over its base.
    SavePage {
        /// The node.
        id: NodeId,
        /// Key of a journal that may not be there yet.
        key: Option<String>,
        /// The base.
        base: RevisionToken,
        /// Earlier saves of the same buffer whose answers were not seen: the newest applied one is the base.
        after: Vec<MutationId>,
        /// The text.
        text: String,
    },
    /// Gives a page another title or folder, or a folder another name, and rewrites the links.
    Rename {
        /// The page, or a folder with `/` at its end.
        reference: String,
        /// The new title, with its folder before the last `/`.
        to: String,
    },
    /// Appends a line to a journal.
    Capture {
        /// The line.
        line: String,
        /// A date word, empty for today.
        date: String,
    },
    /// Records a file whose bytes are kept.
    Attach(NewAttachment),
    /// Takes the record of a file away.
    Detach {
        /// The page or task.
        reference: String,
        /// The file's name.
        name: String,
    },
    /// Undoes a group.
    Undo {
        /// The last one if absent.
        group: Option<GroupId>,
    },
    /// Redoes what was undone last.
    Redo,
    /// Changes what is set for all machines.
    Settings(SettingChange),
    /// Takes in files as pages.
    ImportPages {
        /// The files.
        pages: Vec<ImportedPage>,
    },
    /// Takes in another program's tasks.
    Import {
        /// The tasks.
        items: Vec<ImportItem>,
    },
}

impl Command {
    /// Whether deciding it asks what only a commit makes known (who depends on whom, what was undone), so that it must
    /// not share a batch with changes before it.
    pub fn needs_what_is_committed(&self) -> bool {
        match self {
            Self::Transition { .. }
            | Self::SettleCircles { .. }
            | Self::Sub { .. }
            | Self::Move { .. }
            | Self::Duplicate { .. }
            | Self::Rename { .. }
            | Self::Undo { .. }
            | Self::Redo => true,
            // Which revision its client's last one made is known by the log.
            Self::SavePage { after, .. } => !after.is_empty(),
            _ => false,
        }
    }

    /// Whether deciding it may read anything at all: a line without a key names no project and no other task.
    pub fn may_need_something(&self) -> bool {
        !matches!(self, Self::AddTask { line, context: None, .. } if !line.contains(':'))
    }

    /// Whether its answer tells the revision of the text it made, from which the client goes on.
    pub fn is_about_a_text(&self) -> bool {
        matches!(
            self,
            Self::NewPage { .. }
                | Self::SavePage { .. }
                | Self::Capture { .. }
                | Self::Revert { .. }
                | Self::Promote(_)
                | Self::Attach(_)
        )
    }
}

/// What deciding may look at.
#[derive(Debug)]
pub struct Context<'a> {
    /// When and where.
    pub now: &'a Now,
    /// What was read of the store.
    pub view: &'a View,
    /// The open tasks as of the last commit.
    pub open: &'a OpenTasks,
    /// All short ids as of the last commit.
    pub short_ids: &'a ShortIds,
    /// What `@last` means.
    pub last: Option<NodeId>,
    /// Ids for new nodes, unused ones.
    pub fresh: FreshIds,
}

/// A source of new ids: the time and a seed that makes them unlike any other.
#[derive(Debug, Clone, Copy)]
pub struct FreshIds {
    /// Unix milliseconds.
    pub ms: u64,
    /// Random bytes of this change.
    pub seed: [u8; 10],
}

impl FreshIds {
    /// The `n`th id of this change.
    pub fn nth(&self, n: u16) -> NodeId {
        let mut random = self.seed;
        for (byte, with) in random[8..].iter_mut().zip(n.to_be_bytes()) {
            *byte ^= with;
        }
        NodeId::v7(self.ms, random)
    }

    /// Whether an id is one of this change's own.
    fn made(&self, id: NodeId) -> bool {
        id.as_bytes()[..14] == self.nth(0).as_bytes()[..14]
    }
}

/// One change of one node.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// Writes registers; those that have the value already are left alone.
    Set {
        /// The node.
        node: NodeId,
        /// Names and values.
        registers: Vec<(Box<str>, Value)>,
    },
    /// Gives it another text.
    Text {
        /// The node.
        node: NodeId,
        /// The whole text.
        text: String,
    },
    /// Gives it a text that a rule made of its own, and nobody typed: a link rewritten, a box ticked.
    Derived {
        /// The node.
        node: NodeId,
        /// The whole text.
        text: String,
        /// How the facts of the text change with it, where the rule knows; otherwise the text is read for them.
        facts: Option<FactDelta>,
    },
}

impl Edit {
    /// Writes one register.
    pub fn set(node: NodeId, name: impl Into<Box<str>>, value: impl Into<Value>) -> Self {
        Self::Set { node, registers: vec![(name.into(), value.into())] }
    }

    /// The node it changes.
    pub fn node(&self) -> NodeId {
        match self {
            Self::Set { node, .. } | Self::Text { node, .. } | Self::Derived { node, .. } => *node,
        }
    }
}

impl<'a> Context<'a> {
    /// Fields the user declared.
    fn own(&self) -> &'a OwnFields {
        &self.open.settings().vocabulary.fields
    }
}

impl Context<'_> {
    /// Sees to it that all that is edited was read: to what was not, an edit would be the first one, and all that the
    /// node has would be lost.
    fn require_edited(&self, edits: &[Edit]) -> Result<(), Need> {
        let known: Vec<NodeId> = edits.iter().map(Edit::node).filter(|id| !self.fresh.made(*id)).collect();
        let nodes = self.view.nodes(&known)?;
        let there: HashSet<NodeId> = nodes.into_iter().flatten().map(|node| node.id).collect();
        let texts = edits.iter().filter_map(|edit| match edit {
            Edit::Text { node, .. } | Edit::Derived { node, .. } if there.contains(node) => Some(*node),
            _ => None,
        });
        let unread: Vec<NodeId> = texts.filter(|id| self.view.text(*id).is_err()).collect();
        if unread.is_empty() { Ok(()) } else { Err(Need::Texts(unread)) }
    }
}

/// How a decision stands to undo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// No undo step: a save, an import.
    None,
    /// What a verb did.
    Do,
    /// The undoing of a group.
    Undo(GroupId),
    /// The undoing of an undo.
    Redo(GroupId),
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The edits; none when everything is as asked already.
    pub edits: Vec<Edit>,
    /// What the client is told.
    pub outcome: Outcome,
    /// How it stands to undo.
    pub step: Step,
    /// What was done, in words.
    pub label: String,
}

impl Decision {
    fn verb(label: impl Into<String>, edits: Vec<Edit>, outcome: Outcome) -> Self {
        Self { edits, outcome, step: Step::Do, label: label.into() }
    }
}

/// Decides a command.
///
/// # Errors
/// [`Stop::Need`] when the view lacks something, [`Stop::Refused`] when a rule forbids it.
pub fn decide(command: &Command, context: &Context<'_>) -> Result<Decision, Stop> {
    let mut decision = decide_alone(command, context)?;
    context.clock(command, &mut decision)?;
    context.write_boxes(&mut decision)?;
    context.require_edited(&decision.edits)?;
    Ok(decision)
}

fn decide_alone(command: &Command, context: &Context<'_>) -> Result<Decision, Stop> {
    match command {
        Command::AddTask { line, literal, body, context: within } => {
            add::add(context, line, *literal, body.as_deref(), within.as_ref())
        }
        Command::Transition { references, to, children } => {
            transition::transition(context, references, *to, *children)
        }
        Command::Modify { references, changes, scope } => {
            modify::modify(context, references, changes, *scope)
        }
        Command::Defer { references, until } => modify::defer(context, references, until),
        Command::Pin { references, pinned } => modify::pin(context, references, *pinned),
        Command::Log { reference, text } => modify::log(context, reference, text),
        Command::SaveForm { id, base, text } => form::save(context, *id, base, text),
        Command::Trash { references, trashed } => trash::trash(context, references, *trashed),
        Command::Restore { node, name, value } => restore::restore(context, *node, name, value),
        Command::AddTime { reference, length, from } => {
            time::add(context, reference, length, from.as_deref())
        }
        Command::EditTime { reference, interval, change } => time::edit(context, reference, interval, change),
        Command::DeleteTime { reference, interval } => time::delete(context, reference, interval),
        Command::Wait { references, whom, follow_up } => {
            waiting::wait(context, references, whom, follow_up.as_deref())
        }
        Command::Reviewed { references } => waiting::reviewed(context, references),
        Command::Sub { reference, lines } => parts::sub(context, reference, lines),
        Command::Move { reference, to } => parts::put(context, reference, to),
        Command::Duplicate { reference } => parts::duplicate(context, reference),
        Command::SettleCircles { edges, keep } => circle::settle(context, edges, *keep),
        Command::NewPage { path, text, template } => pages::new(context, path, text, template.as_deref()),
        Command::Revert { reference, rev } => pages::revert(context, reference, *rev),
        Command::Promote(seen) => promote::promote(context, seen),
        Command::SavePage { id, key, base, after, text } => {
            pages::save(context, *id, key.as_deref(), *base, after, text)
        }
        Command::Rename { reference, to } => rename::rename(context, reference, to),
        Command::Capture { line, date } => capture::capture(context, line, date),
        Command::Attach(new) => attach::attach(context, new),
        Command::Detach { reference, name } => attach::detach(context, reference, name),
        Command::Undo { group } => undo::undo(context, *group),
        Command::Redo => undo::redo(context),
        Command::Settings(change) => settings::change(context, change),
        Command::ImportPages { pages } => import_pages::import(context, pages),
        Command::Import { items } => import::import(context, items),
    }
}
