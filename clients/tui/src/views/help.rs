//! The keys, made of the keymap.

use crate::frame::{Line, Role};
use crate::keymap::Keymap;
use crate::text::column;

/// What else is good to know.
const NOTES: &[&str] = &[
    "Done, defer, project, priority, tags and trash are for all that is marked; one undo takes all of it back.",
    "While you type: enter sends, esc leaves and keeps what you typed (up brings it back), tab completes.",
    "The mouse selects, a second click opens; with Shift held it selects text as usual.",
    "Your own keys and colours: the table [tui] of the configuration file, see the how-to. The middle column has the names that [tui.keys] takes.",
];

/// Columns of the keys.
const KEYS: usize = 16;

/// Columns of the names.
const NAMES: usize = 15;

/// The lines of the help.
pub(super) fn lines(keymap: &Keymap, columns: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut group = "";
    for (entry, keys) in keymap.entries() {
        if entry.group != group {
            if !group.is_empty() {
                lines.push(Line::new());
            }
            group = entry.group;
            lines.push(Line::new().with(Role::Heading, group));
        }
        let keys = if keys.is_empty() { "–".to_owned() } else { keys };
        let room = columns.saturating_sub(KEYS + NAMES + 3);
        for (at, part) in crate::text::wrap(entry.help, room).iter().enumerate() {
            let (keys, name) = if at == 0 { (keys.as_str(), entry.name) } else { ("", "") };
            let line = Line::new().plain("  ").with(Role::Key, column(keys, KEYS));
            lines.push(line.with(Role::Dim, column(name, NAMES)).plain(part));
        }
    }
    for note in NOTES {
        lines.push(Line::new());
        lines.extend(
            crate::text::wrap(note, columns.saturating_sub(2))
                .into_iter()
                .map(|line| Line::new().with(Role::Dim, line)),
        );
    }
    lines
}
