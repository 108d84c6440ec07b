//! What is opened above a view: a node to read, an answer, a list to choose from.

use heph_protocol::response::{NodeShown, TaskWhy};

use super::action::Edit;
use super::list::List;
use super::row::Target;
use crate::frame::Line;

/// What a layer shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A node, to read.
    Node(Target),
    /// The journal of a day, by its date word.
    Journal(String),
    /// Why a task stands where it stands.
    Why(Target),
    /// What links to a node.
    Backlinks(Target),
    /// The links of a node.
    Links(Target),
    /// What a verb printed.
    Output(String),
    /// Why a text was not saved; it is opened again from here.
    Unsaved(Box<Edit>),
    /// The keys.
    Help,
}

/// What came, to be shown.
#[derive(Debug)]
pub enum Body {
    /// Nothing yet.
    Waiting,
    /// A node.
    Node(Box<NodeShown>),
    /// Why a task stands where it stands.
    Why(Box<TaskWhy>),
    /// A text as it is.
    Text(String),
    /// The keys.
    Help,
    /// Rows.
    Rows(Box<List>),
}

/// A layer.
#[derive(Debug)]
pub struct Layer {
    /// Names it.
    pub number: u64,
    /// What it shows.
    pub source: Source,
    /// What came.
    pub body: Body,
    /// The uppermost line on the screen.
    pub top: usize,
    /// Its lines at a width, made once.
    pub lines: Vec<Line>,
    /// The width they were made for.
    pub width: u16,
    /// Whether it is being asked for.
    pub asking: bool,
    /// Whether it may be out of date.
    pub stale: bool,
    /// The lines that match the fuzzy filter, if there is one, by the text typed.
    pub found: Option<(String, Vec<usize>)>,
}

impl Layer {
    /// A layer of which nothing came yet.
    pub fn new(number: u64, source: Source) -> Self {
        let body = match source {
            Source::Backlinks(_) | Source::Links(_) => Body::Rows(Box::default()),
            Source::Help => Body::Help,
            _ => Body::Waiting,
        };
        Self {
            number,
            source,
            body,
            top: 0,
            lines: Vec::new(),
            width: 0,
            asking: false,
            stale: true,
            found: None,
        }
    }

    /// What stands above it.
    pub fn title(&self) -> String {
        match &self.source {
            Source::Node(target) => target.title.clone(),
            Source::Journal(date) if date.is_empty() => "Today".into(),
            Source::Journal(date) => date.clone(),
            Source::Why(target) => format!("Why “{}” stands where it stands", target.title),
            Source::Backlinks(target) => format!("What links to “{}”", target.title),
            Source::Links(target) => format!("Links of “{}”", target.title),
            Source::Output(line) => format!("heph {line}"),
            Source::Unsaved(edit) => format!("Not saved: {}", edit.title),
            Source::Help => "Keys".into(),
        }
    }

    /// What an action is for.
    pub fn targets(&self) -> Vec<Target> {
        match (&self.body, &self.source) {
            (Body::Rows(list), _) => list.targets(),
            (Body::Node(shown), _) => {
                let task = shown.task.as_ref().map(Target::from);
                vec![task.unwrap_or_else(|| Target::from(&shown.node))]
            }
            (_, Source::Node(target) | Source::Why(target)) => vec![target.clone()],
            _ => Vec::new(),
        }
    }

    /// The list, if it is one.
    pub fn list(&mut self) -> Option<&mut List> {
        match &mut self.body {
            Body::Rows(list) => Some(list),
            _ => None,
        }
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        matches!(self.body, Body::Rows(_))
    }

    /// Moves the text by so many lines, on a screen of so many.
    pub fn scroll(&mut self, by: isize, height: usize) {
        self.top = self.top.saturating_add_signed(by).min(self.lines.len().saturating_sub(height));
    }

    /// Marks the lines that hold what is typed, and goes to the first from here on.
    pub fn find(&mut self, text: Option<String>) {
        self.found = text.filter(|text| !text.is_empty()).map(|text| {
            let wanted = text.to_lowercase();
            let holds = |line: &Line| line.text().to_lowercase().contains(&wanted);
            let matches: Vec<usize> = (0..self.lines.len()).filter(|at| holds(&self.lines[*at])).collect();
            if let Some(first) = matches.iter().find(|at| **at >= self.top).or(matches.first()) {
                self.top = *first;
            }
            (text, matches)
        });
    }
}
