//! What can be done, by which key. Help and the reference page are made of this table.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use crate::key::Key;
use crate::model::ViewId;

/// Something a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// Shows a view.
    View(ViewId),
    /// Shows the view to the right.
    NextView,
    /// Shows the view to the left.
    PreviousView,
    /// One down.
    Down,
    /// One up.
    Up,
    /// To the first.
    Top,
    /// To the last.
    Bottom,
    /// Half a screen down.
    HalfDown,
    /// Half a screen up.
    HalfUp,
    /// Opens what is selected.
    Open,
    /// One level back.
    Back,
    /// Ends the program.
    Quit,
    /// Adds a task.
    Add,
    /// Finishes, or opens again.
    Done,
    /// Begins, or stops.
    StartStop,
    /// Opens the editor.
    Edit,
    /// Sets when.
    Schedule,
    /// Sets the project.
    Project,
    /// Sets the priority.
    Priority,
    /// Adds and takes tags.
    Tags,
    /// Marks a row.
    Mark,
    /// Marks all rows, or none.
    MarkAll,
    /// Puts into the trash.
    Trash,
    /// Undoes.
    Undo,
    /// Redoes.
    Redo,
    /// Filters what is shown.
    Fuzzy,
    /// Asks the daemon for other rows.
    Filter,
    /// Runs a verb of the command line.
    CommandLine,
    /// Follows a link.
    Follow,
    /// Lists what links here.
    Backlinks,
    /// Tells why it stands here.
    Why,
    /// Copies the id.
    CopyId,
    /// Makes a page.
    NewPage,
    /// Earlier days.
    Earlier,
    /// Later days.
    Later,
    /// Today.
    Today,
    /// A day, or its week.
    Span,
    /// Reads again.
    Refresh,
    /// Shows the keys.
    Help,
    /// Paints the screen anew.
    Redraw,
    /// Gives the terminal back for a while.
    Suspend,
}

/// A command with its name, its keys unless they are set otherwise, and what it does.
#[derive(Debug)]
pub struct Entry {
    /// What it is.
    pub command: Command,
    /// What it is called in the configuration file.
    pub name: &'static str,
    keys: &'static [&'static str],
    /// What it does.
    pub help: &'static str,
    /// The heading under which it stands.
    pub group: &'static str,
}

const fn entry(
    group: &'static str,
    command: Command,
    name: &'static str,
    keys: &'static [&'static str],
    help: &'static str,
) -> Entry {
    Entry { command, name, keys, help, group }
}

/// All commands, in the order of the help.
pub const COMMANDS: &[Entry] = &[
    entry("Views", Command::View(ViewId::Next), "next", &["1"], "what to do next"),
    entry("Views", Command::View(ViewId::Agenda), "agenda", &["2"], "what a day or week brings"),
    entry("Views", Command::View(ViewId::Tasks), "tasks", &["3"], "tasks by a filter"),
    entry("Views", Command::View(ViewId::Journal), "journal", &["4"], "the journal"),
    entry("Views", Command::View(ViewId::Pages), "pages", &["5"], "pages"),
    entry("Views", Command::View(ViewId::Search), "search", &["6"], "search all of them"),
    entry("Views", Command::View(ViewId::Sync), "sync", &["7"], "how sync stands"),
    entry("Views", Command::NextView, "next-view", &["tab", "]"], "the next view"),
    entry("Views", Command::PreviousView, "previous-view", &["shift-tab", "["], "the view before"),
    entry("Moving", Command::Down, "down", &["j", "down"], "one down"),
    entry("Moving", Command::Up, "up", &["k", "up"], "one up"),
    entry("Moving", Command::Top, "top", &["g", "home"], "to the first"),
    entry("Moving", Command::Bottom, "bottom", &["G", "end"], "to the last"),
    entry("Moving", Command::HalfDown, "half-down", &["ctrl-d", "pagedown"], "half a screen down"),
    entry("Moving", Command::HalfUp, "half-up", &["ctrl-u", "pageup"], "half a screen up"),
    entry("Moving", Command::Open, "open", &["enter"], "open it"),
    entry("Moving", Command::Back, "back", &["esc"], "one level back"),
    entry("Tasks", Command::Add, "add", &["a"], "add a task"),
    entry("Tasks", Command::Done, "done", &["d", "space"], "finish it; a finished one is opened again"),
    entry("Tasks", Command::StartStop, "start-stop", &["S"], "begin it, or stop doing it"),
    entry("Tasks", Command::Edit, "edit", &["e"], "edit it in your editor"),
    entry("Tasks", Command::Schedule, "schedule", &["s"], "defer it, or set due:, plan: …"),
    entry("Tasks", Command::Project, "project", &["p"], "set its project"),
    entry("Tasks", Command::Priority, "priority", &["P"], "set its priority"),
    entry("Tasks", Command::Tags, "tags", &["t"], "add tags and take them away"),
    entry("Tasks", Command::Mark, "mark", &["v"], "mark it; what follows is for all that are marked"),
    entry("Tasks", Command::MarkAll, "mark-all", &["V"], "mark all rows, or none"),
    entry("Tasks", Command::Trash, "trash", &["x"], "put it into the trash; asks first"),
    entry("Tasks", Command::Why, "why", &["w"], "why it stands where it stands"),
    entry("Tasks", Command::Undo, "undo", &["u"], "undo the last change"),
    entry("Tasks", Command::Redo, "redo", &["U"], "redo what was undone"),
    entry("Pages", Command::Follow, "follow", &["o"], "follow a link of it"),
    entry("Pages", Command::Backlinks, "backlinks", &["b"], "what links to it"),
    entry("Pages", Command::NewPage, "new-page", &["n"], "make a page"),
    entry("Finding", Command::Fuzzy, "fuzzy", &["/"], "filter what is shown as you type"),
    entry("Finding", Command::Filter, "filter", &["f"], "another filter, day or search"),
    entry("Finding", Command::Earlier, "earlier", &["h", "left"], "earlier days"),
    entry("Finding", Command::Later, "later", &["l", "right"], "later days"),
    entry("Finding", Command::Today, "today", &["."], "back to today"),
    entry("Finding", Command::Span, "span", &["W"], "a day, or its week"),
    entry("Program", Command::CommandLine, "command", &[":"], "run a verb of the command line"),
    entry("Program", Command::CopyId, "copy-id", &["y"], "copy its id"),
    entry("Program", Command::Refresh, "refresh", &["r"], "read again; in Sync, sync now"),
    entry("Program", Command::Help, "help", &["?"], "this help"),
    entry("Program", Command::Redraw, "redraw", &["ctrl-l"], "paint the screen anew"),
    entry("Program", Command::Suspend, "suspend", &["ctrl-z"], "back to the shell for a while; fg returns"),
    entry("Program", Command::Quit, "quit", &["q", "ctrl-c"], "one level back, or end; ctrl-c always ends"),
];

/// The name of a command in the configuration file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct CommandName(usize);

impl TryFrom<String> for CommandName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let known = COMMANDS.iter().position(|entry| entry.name == name);
        known.map(Self).ok_or_else(|| format!("there is no command `{name}`: `heph-tui --keys` lists them"))
    }
}

/// Which key does what.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(try_from = "BTreeMap<CommandName, Vec<Key>>")]
pub struct Keymap {
    by_key: HashMap<Key, Command>,
    /// The keys of each command, in the order of [`COMMANDS`].
    keys: Vec<Vec<Key>>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self::try_from(BTreeMap::new()).expect("no two commands have the same key unless somebody sets it so")
    }
}

impl TryFrom<BTreeMap<CommandName, Vec<Key>>> for Keymap {
    type Error = String;

    /// The usual keys, but for those that are set. A key that is set for one command is taken from another.
    fn try_from(mut set: BTreeMap<CommandName, Vec<Key>>) -> Result<Self, String> {
        let mut chosen: HashMap<Key, usize> = HashMap::new();
        for (CommandName(at), keys) in &set {
            for key in keys {
                if let Some(other) = chosen.insert(*key, *at).filter(|other| other != at) {
                    let [one, two] = [other, *at].map(|at| COMMANDS[at].name);
                    return Err(format!("`{key}` is set for `{one}` and for `{two}`"));
                }
            }
        }
        let quit = COMMANDS.iter().position(|entry| entry.command == Command::Quit);
        if let Some(other) = chosen.get(&Key::ctrl('c')).filter(|at| Some(**at) != quit) {
            return Err(format!(
                "`ctrl-c` always ends the program: `{}` needs another key",
                COMMANDS[*other].name
            ));
        }
        if quit.is_some_and(|quit| set.get(&CommandName(quit)).is_some_and(Vec::is_empty)) {
            return Err("`quit` has to have a key".to_owned());
        }
        let keys: Vec<Vec<Key>> = COMMANDS
            .iter()
            .enumerate()
            .map(|(at, entry)| set.remove(&CommandName(at)).unwrap_or_else(|| usual(entry, &chosen)))
            .collect();
        let by_key = COMMANDS
            .iter()
            .zip(&keys)
            .flat_map(|(entry, keys)| keys.iter().map(|key| (*key, entry.command)))
            .collect();
        Ok(Self { by_key, keys })
    }
}

impl Keymap {
    /// What a key does.
    pub fn command(&self, key: Key) -> Option<Command> {
        self.by_key.get(&key).copied()
    }

    /// The first key of a command, as it is written; none if it has none.
    pub fn key_of(&self, command: Command) -> Option<String> {
        let at = COMMANDS.iter().position(|entry| entry.command == command)?;
        self.keys[at].first().map(Key::to_string)
    }

    /// All commands with their keys, as they are written.
    pub fn entries(&self) -> impl Iterator<Item = (&'static Entry, String)> {
        COMMANDS
            .iter()
            .zip(&self.keys)
            .map(|(entry, keys)| (entry, keys.iter().map(Key::to_string).collect::<Vec<_>>().join(" ")))
    }

    /// The table as the reference page has it.
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        let mut group = "";
        for (entry, keys) in self.entries() {
            if entry.group != group {
                group = entry.group;
                let _ = write!(text, "\n## {group}\n\n| key | command | what it does |\n|---|---|---|\n");
            }
            let keys: Vec<String> = keys.split(' ').map(|key| format!("`{key}`")).collect();
            let _ = writeln!(text, "| {} | `{}` | {} |", keys.join(" "), entry.name, entry.help);
        }
        text.trim_start().to_owned()
    }
}

/// The usual keys of a command, but for those that were given to another.
fn usual(entry: &Entry, chosen: &HashMap<Key, usize>) -> Vec<Key> {
    let keys = entry.keys.iter().map(|text| text.parse().expect("the table names keys that exist"));
    keys.filter(|key| !chosen.contains_key(key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_usual_key_is_given_twice() {
        let mut seen = HashMap::new();
        for entry in COMMANDS {
            for key in entry.keys {
                assert_eq!(seen.insert(*key, entry.name), None, "{key}");
            }
        }
        let names: std::collections::HashSet<_> = COMMANDS.iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), COMMANDS.len());
    }

    #[test]
    fn keys_can_be_set_and_are_taken_from_who_had_them() {
        let set = |keys: &[(&str, &[&str])]| {
            let named = |(name, keys): &(&str, &[&str])| {
                let keys = keys.iter().map(|key| key.parse().unwrap()).collect();
                (CommandName::try_from((*name).to_owned()).unwrap(), keys)
            };
            Keymap::try_from(keys.iter().map(named).collect::<BTreeMap<_, _>>())
        };
        let keymap = set(&[("down", &["n", "ctrl-n"])]).unwrap();
        assert_eq!(keymap.command(Key::char('n')), Some(Command::Down));
        assert_eq!(keymap.command(Key::char('j')), None);
        assert_eq!(keymap.key_of(Command::NewPage), None);
        assert_eq!(keymap.key_of(Command::Down).as_deref(), Some("n"));
        let error = set(&[("down", &["n"]), ("up", &["n"])]).unwrap_err();
        assert_eq!(error, "`n` is set for `down` and for `up`");
        assert_eq!(set(&[("quit", &[])]).unwrap_err(), "`quit` has to have a key");
        assert!(set(&[("down", &["ctrl-c"])]).unwrap_err().starts_with("`ctrl-c` always ends the program"));
        assert!(set(&[("quit", &["Q"])]).is_ok());
    }
}
