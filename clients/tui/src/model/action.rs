//! What happens to the model, and what it wants done.

use std::collections::BTreeSet;
use std::path::PathBuf;

use heph_protocol::event::{Reminder, Sync};

use super::list::Want;
use super::row::Target;
use super::silence::Silence;
use super::view::ViewId;
use crate::call::{Call, Problem, Reply};
use crate::key::Key;

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Action {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The mouse did something, at a column and a line.
    Mouse(Mouse, u16, u16),
    /// The terminal has another size: columns and lines.
    Resize(u16, u16),
    /// A daemon answers.
    Connected {
        /// Path of its store.
        db: String,
        /// Id of its store.
        store: String,
    },
    /// No daemon answers.
    Away(Problem),
    /// Nodes changed.
    Changed {
        /// Their ids.
        nodes: BTreeSet<String>,
        /// Whether there are more than are named.
        many: bool,
    },
    /// Sync is at something else.
    Sync(Sync),
    /// A reminder fired.
    Reminder(Reminder),
    /// A call was answered.
    Answered(Purpose, Result<Reply, Problem>),
    /// The editor was closed.
    Edited(Edit, Edited),
    /// A verb of the command line ended.
    Ran {
        /// What was run.
        line: String,
        /// What it printed.
        output: Result<String, Problem>,
    },
    /// No call was answered for a while.
    Silence(Silence),
    /// A new day began: what is said of days is said anew.
    NewDay,
}

/// What a mouse does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mouse {
    /// The left button went down.
    Press,
    /// The wheel turned up.
    WheelUp,
    /// The wheel turned down.
    WheelDown,
}

/// Where rows are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a view.
    View(ViewId),
    /// In a layer above the views, by its number.
    Layer(u64),
}

/// Why something was asked, so that the answer finds its way.
#[derive(Debug, Clone, PartialEq)]
pub enum Purpose {
    /// Rows of a list.
    Rows {
        /// Where.
        place: Place,
        /// Of which generation of the list.
        generation: u64,
        /// Which of them.
        want: Want,
    },
    /// How sync stands, above its conflicts.
    SyncStatus,
    /// Today's journal, above the others.
    Today,
    /// What a layer shows, by its number.
    Layer(u64),
    /// Links to choose one of.
    Links,
    /// What is understood of what is being typed, by the prompt's number.
    Echo(u64),
    /// What the prompt was for, by its number.
    Submit(u64),
    /// A change, and what it is called when it is done.
    Change(&'static str),
    /// The end of tasks, which is refused while parts of them are open.
    Finish(Vec<Target>),
    /// What undo would undo, said before it does: a text that was saved is not it.
    UndoSteps,
    /// A text for the editor.
    Fetch(Edit),
    /// A text from the editor.
    Save(Edit, PathBuf),
}

/// What is edited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edit {
    /// The node's id; empty until it is known.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The text as the store has it.
    pub text: String,
    /// The file in which another text waits that could not be saved.
    pub kept: Option<PathBuf>,
    /// Revision token or base of the save.
    pub base: String,
    /// Key of a journal that may not be there yet.
    pub key: Option<String>,
    /// Whether it is the form of a task.
    pub form: bool,
}

/// What came of the editor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edited {
    /// Nothing was changed.
    Unchanged,
    /// Another text, which also stands in a file until it is saved.
    Changed(String, PathBuf),
    /// The editor failed. What was typed stands in a file, if something was.
    Failed(Problem, Option<PathBuf>),
}

/// What the model wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Ask the daemon.
    Call(Purpose, Box<Call>),
    /// Open the editor on a text.
    Edit(Edit),
    /// Remove the file of a text that was saved.
    Forget(PathBuf),
    /// Run a verb of the command line.
    Run(Vec<String>),
    /// Stop the verb that runs.
    StopRun,
    /// Paint the whole screen anew.
    Redraw,
    /// Put a text on the clipboard.
    Copy(String),
    /// Give the terminal back until the shell says `fg`.
    Suspend,
    /// End.
    Quit,
}
