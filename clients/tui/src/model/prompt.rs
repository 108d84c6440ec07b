//! A line that is being typed.

use heph_protocol::request::Children;
use heph_protocol::types::{NodeKind, Recognised};
use unicode_segmentation::UnicodeSegmentation as _;

use super::row::Target;
use super::verbs::Verb;
use crate::key::{Code, Key};
use crate::keymap::Command;

/// Longest line that is taken, in bytes.
const LONGEST: usize = 16 << 10;

/// What is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromptKind {
    /// A quick-add line.
    Add,
    /// A filter of tasks, or a part of titles of pages.
    Filter,
    /// A date of the agenda.
    Date,
    /// A search.
    Search,
    /// The fuzzy filter.
    Fuzzy,
    /// A verb of the command line.
    Command,
    /// When something is to be done.
    Schedule(Vec<Target>),
    /// A project.
    Project(Vec<Target>),
    /// A priority: one key.
    Priority(Vec<Target>),
    /// Tags.
    Tags(Vec<Target>),
    /// The title of a page.
    NewPage,
    /// Yes or no.
    Confirm(Confirm),
}

/// What is asked before it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirm {
    /// Into the trash.
    Trash(Vec<Target>),
    /// Finish together with the open parts.
    Parts(Vec<Target>, Children),
    /// What a key does, to very many.
    Many(Command, usize),
    /// A verb of the command line, with the question.
    Verb(String, Verb),
}

/// A line that is typed, and what is said of it.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// Counts up with every prompt.
    pub number: u64,
    /// What is typed.
    pub kind: PromptKind,
    /// The line.
    pub field: Field,
    /// What is understood of it.
    pub echo: Echo,
    /// Why it was refused.
    pub refused: Option<String>,
    /// Whether it was sent off and is not answered yet.
    pub pending: bool,
    /// The text that the daemon is being asked about, while it is.
    pub asked: Option<String>,
    /// The text the echo is about.
    pub answered: Option<String>,
}

/// What is understood of a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Echo {
    /// The pieces that are understood.
    pub pieces: Vec<Recognised>,
    /// It in words.
    pub words: String,
    /// Whether it is not understood, and the words say why.
    pub is_problem: bool,
    /// What could stand there.
    pub candidates: Vec<String>,
    /// Whether more could.
    pub chosen: Option<usize>,
}

impl Prompt {
    /// A prompt with nothing typed.
    pub fn new(number: u64, kind: PromptKind) -> Self {
        Self {
            number,
            kind,
            field: Field::default(),
            echo: Echo::default(),
            refused: None,
            pending: false,
            asked: None,
            answered: None,
        }
    }

    /// What stands before the line.
    pub fn label(&self) -> String {
        let whose = |targets: &[Target]| match targets {
            [one] => one.title.clone(),
            several => format!("{} tasks", several.len()),
        };
        match &self.kind {
            PromptKind::Add => "add".into(),
            PromptKind::Filter => "filter".into(),
            PromptKind::Date => "day".into(),
            PromptKind::Search => "search".into(),
            PromptKind::Fuzzy => "/".into(),
            PromptKind::Command => ":".into(),
            PromptKind::Schedule(targets) => format!("defer “{}” until", whose(targets)),
            PromptKind::Project(targets) => format!("project of “{}”", whose(targets)),
            PromptKind::Priority(targets) => format!("priority of “{}”: 1 2 3 4, 0 for none", whose(targets)),
            PromptKind::Tags(targets) => format!("tags of “{}”", whose(targets)),
            PromptKind::NewPage => "new page".into(),
            PromptKind::Confirm(Confirm::Trash(targets)) => match targets.as_slice() {
                [one] => format!("put “{}” into the trash? y/N", one.title),
                several if several.iter().all(|target| target.kind == NodeKind::Task) => {
                    format!("put {} tasks into the trash? y/N", several.len())
                }
                several => format!("put {} pages and tasks into the trash? y/N", several.len()),
            },
            PromptKind::Confirm(Confirm::Parts(targets, _)) => {
                format!("“{}” has open parts: finish them too? y/N", whose(targets))
            }
            PromptKind::Confirm(Confirm::Many(command, count)) => {
                let does = match command {
                    Command::Done => "finish",
                    Command::StartStop => "start or stop",
                    Command::Schedule => "set dates of",
                    Command::Project => "set the project of",
                    Command::Priority => "set the priority of",
                    _ => "change tags of",
                };
                format!("{does} {count} tasks? y/N")
            }
            PromptKind::Confirm(Confirm::Verb(question, _)) => format!("{question} y/N"),
        }
    }

    /// Under which name what was typed is remembered.
    pub fn memory(&self) -> Option<&'static str> {
        Some(match self.kind {
            PromptKind::Add => "add",
            PromptKind::Filter => "filter",
            PromptKind::Search => "search",
            PromptKind::Command => "command",
            PromptKind::NewPage => "page",
            PromptKind::Schedule(_) => "schedule",
            PromptKind::Project(_) => "project",
            PromptKind::Tags(_) => "tags",
            _ => return None,
        })
    }

    /// What the daemon says of it, in the words that were typed.
    pub(super) fn in_its_words(&self, said: &str) -> String {
        match self.kind {
            PromptKind::Schedule(_) => super::typed::as_typed(said, self.field.text()),
            _ => said.to_owned(),
        }
    }

    /// Whether one key answers it.
    pub fn is_key(&self) -> bool {
        matches!(self.kind, PromptKind::Priority(_) | PromptKind::Confirm(_))
    }
}

/// A line of text with a place in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Field {
    text: String,
    /// Byte before which the next character goes; always between graphemes.
    at: usize,
}

impl Field {
    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What stands before the cursor, and what behind it.
    pub fn halves(&self) -> (&str, &str) {
        self.text.split_at(self.at)
    }

    /// Sets the text, the cursor at its end.
    pub fn set(&mut self, text: impl Into<String>) {
        self.text = text.into();
        self.at = self.text.len();
    }

    /// Puts a text in at the cursor; line breaks become spaces, other control characters go.
    pub fn insert(&mut self, text: &str) {
        let clean: String = text
            .chars()
            .map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c })
            .filter(|c| !c.is_control())
            .collect();
        if self.text.len() + clean.len() <= LONGEST {
            self.text.insert_str(self.at, &clean);
            self.at += clean.len();
            // A mark joins the character before it.
            while !self.is_between() {
                self.at += 1;
            }
        }
    }

    fn is_between(&self) -> bool {
        self.at >= self.text.len() || self.text.grapheme_indices(true).any(|(at, _)| at == self.at)
    }

    fn before(&self) -> usize {
        self.text[..self.at].grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn behind(&self) -> usize {
        self.text[self.at..].graphemes(true).next().map_or(self.at, |grapheme| self.at + grapheme.len())
    }

    fn word_before(&self) -> usize {
        let text = self.text[..self.at].trim_end();
        text.rfind(' ').map_or(0, |space| space + 1)
    }

    /// Edits the line by a key; tells whether the key meant something here.
    pub fn edit(&mut self, key: Key) -> bool {
        match (key.ctrl, key.alt, key.code) {
            (false, false, Code::Char(c)) => self.insert(c.encode_utf8(&mut [0; 4])),
            (_, _, Code::Left) | (true, _, Code::Char('b')) => self.at = self.before(),
            (_, _, Code::Right) | (true, _, Code::Char('f')) => self.at = self.behind(),
            (_, _, Code::Home) | (true, _, Code::Char('a')) => self.at = 0,
            (_, _, Code::End) | (true, _, Code::Char('e')) => self.at = self.text.len(),
            (false, false, Code::Backspace) | (true, _, Code::Char('h')) => self.cut(self.before(), self.at),
            (_, _, Code::Delete) | (true, _, Code::Char('d')) => self.cut(self.at, self.behind()),
            (true, _, Code::Char('w')) | (_, true, Code::Backspace) => self.cut(self.word_before(), self.at),
            (true, _, Code::Char('u')) => self.cut(0, self.at),
            (true, _, Code::Char('k')) => self.cut(self.at, self.text.len()),
            _ => return false,
        }
        true
    }

    fn cut(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.at = from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Field {
        let mut field = Field::default();
        text.chars().for_each(|c| assert!(field.edit(Key::char(c))));
        field
    }

    #[test]
    fn a_line_is_edited_by_graphemes() {
        let mut field = typed("añ👩‍👧x");
        field.edit(Key::plain(Code::Left));
        field.edit(Key::plain(Code::Backspace));
        assert_eq!(field.halves(), ("añ", "x"));
        field.edit(Key::plain(Code::Home));
        field.edit(Key::plain(Code::Delete));
        assert_eq!(field.text(), "ñx");
    }

    #[test]
    fn words_and_halves_are_cut() {
        let mut field = typed("call the bank ");
        field.edit(Key::ctrl('w'));
        assert_eq!(field.text(), "call the ");
        field.edit(Key::ctrl('a'));
        field.edit(Key::plain(Code::Right));
        field.edit(Key::ctrl('k'));
        assert_eq!(field.text(), "c");
        assert!(!field.edit(Key::ctrl('x')));
    }

    #[test]
    fn what_is_pasted_is_one_line() {
        let mut field = Field::default();
        field.insert("two\nlines\u{1b}[31m\tand");
        assert_eq!(field.text(), "two lines[31m and");
        field.insert(&"x".repeat(LONGEST));
        assert_eq!(field.text(), "two lines[31m and", "nothing grows without end");
    }
}
