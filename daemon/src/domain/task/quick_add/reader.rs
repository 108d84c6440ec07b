//! Reads a line: tokens first, then dates in plain language; the rest is the title.

use std::borrow::Cow;
use std::ops::Range;

use super::key::{DateKey, Key, Miss, Pair, Purpose, Token, token};
use super::line::{Line, WordKind};
use super::own::OwnPair;
use super::recurrence::Found;
use super::title::{check_line, finish_title};
use super::value::Context;
use super::{Change, ParseError, recurrence, trailing};
use crate::domain::date::{DateWord, Now, When, describe, parse_date};
use crate::domain::task::Status;
use crate::domain::task::own::OwnFields;
use crate::domain::task::span::scalars;

/// The field a phrase of repetition sets.
const EVERY: &str = "every";

/// A line that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuickAdd {
    /// The title: what was not recognised.
    pub title: String,
    /// What else the task has.
    pub changes: Vec<Change>,
    /// The pieces that were recognised, in the order of the line.
    pub recognised: Vec<Recognised>,
    /// What the person may want to know: nothing was refused, but something may not be as meant.
    pub notes: Vec<String>,
}

/// A piece of a line that was recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// First Unicode scalar of the piece in the line, from 0.
    pub start: usize,
    /// One past its last.
    pub end: usize,
    /// The piece as typed.
    pub text: String,
    /// The field it sets.
    pub field: Cow<'static, str>,
    /// What it was understood as.
    pub meaning: String,
}

/// Reads a quick-add line. A `literal` one is the title as it stands.
///
/// # Errors
/// [`ParseError`] when a token's value makes no sense, a field is set twice, or no title is left.
pub fn parse(line: &str, literal: bool, now: &Now, own: &OwnFields) -> Result<QuickAdd, ParseError> {
    check_line(line)?;
    if line.trim().is_empty() {
        return Err(ParseError::at(line, 0..line.len(), "the task has no title", "write what is to be done"));
    }
    if literal {
        let title = finish_title(line, line)?;
        return Ok(QuickAdd { title, changes: Vec::new(), recognised: Vec::new(), notes: Vec::new() });
    }
    let line = Line::new(line);
    let mut reader = Reader::new(Context { line: &line, now, purpose: Purpose::Add, current: None, own });
    let is_settled = reader.read_repeat()?;
    reader.read_tokens()?;
    reader.read_late_tokens_after(|reader| {
        reader.read_braces();
        if is_settled {
            reader.read_trailing_date();
        }
        Ok(())
    })?;
    if !reader.free.contains(&true) {
        let hint = "add words beside the tokens, or take the line as it is with --literal";
        return Err(ParseError::at(line.text(), 0..line.text().len(), "no word is left for the title", hint));
    }
    let title = finish_title(&reader.title(), line.text())?;
    Ok(reader.into_quick_add(title))
}

/// A line while it is read.
pub(super) struct Reader<'a> {
    context: Context<'a>,
    /// Which words are still the title's.
    pub(super) free: Vec<bool>,
    pub(super) changes: Vec<Change>,
    recognised: Vec<Recognised>,
    notes: Vec<String>,
    /// Single-valued fields that are set already.
    fields: Vec<Cow<'static, str>>,
    /// Tokens that count from dates other tokens may set.
    late: Vec<(usize, Pair)>,
    /// The first word that nearly was a token.
    pub(super) near_miss: Option<(usize, String)>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(context: Context<'a>) -> Self {
        Self {
            free: vec![true; context.line.len()],
            context,
            changes: Vec::new(),
            recognised: Vec::new(),
            notes: Vec::new(),
            fields: Vec::new(),
            late: Vec::new(),
            near_miss: None,
        }
    }

    /// What was understood, with a title.
    pub(super) fn into_quick_add(self, title: String) -> QuickAdd {
        let Self { changes, mut recognised, notes, .. } = self;
        recognised.sort_by_key(|piece| piece.start);
        QuickAdd { title, changes, recognised, notes }
    }

    /// Reads every token, except those that count from other dates, which are only taken out of the title.
    pub(super) fn read_tokens(&mut self) -> Result<(), ParseError> {
        let line = self.context.line;
        for word in 0..line.len() {
            // A date may have gone on over this word.
            if !self.free[word] {
                continue;
            }
            match token(line, word, self.context.purpose, self.context.own) {
                Ok(None) => {}
                Ok(Some(token)) => self.read_token(word, token)?,
                Err(Miss::Near { typed, key }) => {
                    self.notes.push(format!("`{typed}:` stays in the title; did you mean `{key}:`?"));
                    self.near_miss.get_or_insert((word, key));
                }
                Err(Miss::Empty { key }) => {
                    self.notes.push(format!("`{key}:` has no value and stays in the title"));
                }
            }
        }
        Ok(())
    }

    /// Does something, then reads the tokens that count from other dates.
    pub(super) fn read_late_tokens_after(
        &mut self,
        before: impl FnOnce(&mut Self) -> Result<(), ParseError>,
    ) -> Result<(), ParseError> {
        before(self)?;
        for (word, pair) in std::mem::take(&mut self.late) {
            self.read_pair(word, &pair)?;
        }
        Ok(())
    }

    fn read_token(&mut self, word: usize, token: Token) -> Result<(), ParseError> {
        self.free[word] = false;
        match token {
            Token::Tag(tag) => {
                self.recognise(word..word + 1, "tag", tag.clone());
                self.changes.push(Change::Tag(tag));
            }
            Token::Untag(tag) => {
                self.recognise(word..word + 1, "tag", format!("no {tag}"));
                self.changes.push(Change::Untag(tag));
            }
            Token::Priority(priority) => {
                self.claim("priority", word)?;
                let meaning = priority.map_or_else(|| "none".to_owned(), |priority| format!("p{priority}"));
                self.recognise(word..word + 1, "priority", meaning);
                self.changes.push(Change::Priority(priority));
            }
            Token::Own(pair) => self.read_own(word, &pair)?,
            Token::Pair(pair) => {
                if self.counts_from_a_field(&pair) {
                    self.late.push((word, pair));
                } else {
                    self.read_pair(word, &pair)?;
                }
            }
        }
        Ok(())
    }

    fn counts_from_a_field(&self, pair: &Pair) -> bool {
        let value = self.context.line.text()[pair.value.clone()].to_lowercase();
        let fields = ["due", "plan", "defer", "expires", "follow"];
        matches!(pair.key, Key::Date(_)) && fields.iter().any(|field| value.starts_with(field))
    }

    fn read_pair(&mut self, word: usize, pair: &Pair) -> Result<(), ParseError> {
        let Key::Date(key) = pair.key else {
            if pair.key != Key::DependsOn {
                self.claim(pair.key.field(), word)?;
            }
            let (changes, meaning) = self.context.read(pair.key, &pair.value)?;
            self.recognise(word..word + 1, pair.key.field(), meaning);
            self.changes.extend(changes);
            return Ok(());
        };
        let following = if pair.quoted { word + 1..word + 1 } else { word + 1..self.context.line.len() };
        let is_free = |next: usize| self.is_title(next);
        let read =
            self.context.read_date(key, &pair.value, following, is_free, &|name| self.own_date(name))?;
        let field = read.field.unwrap_or(key.field());
        if key != DateKey::Remind {
            self.claim(field, word)?;
        }
        self.free[word..read.end].fill(false);
        self.recognise(word..read.end, field, read.meaning);
        self.changes.extend(read.changes);
        Ok(())
    }

    /// Whether a word is the title's as far as is known: nobody took it, and it is no token.
    fn is_title(&self, word: usize) -> bool {
        let Context { line, purpose, own, .. } = self.context;
        self.free[word] && matches!(token(line, word, purpose, own), Ok(None))
    }

    fn read_own(&mut self, word: usize, pair: &OwnPair) -> Result<(), ParseError> {
        let following = if pair.quoted { word + 1..word + 1 } else { word + 1..self.context.line.len() };
        let read = self.context.read_own(pair, following, |next| self.is_title(next))?;
        self.claim(pair.field.name.to_string(), word)?;
        self.free[word..read.end].fill(false);
        self.recognise(word..read.end, pair.field.name.to_string(), read.meaning);
        self.changes.push(read.change);
        Ok(())
    }

    /// A date of the task: as this line sets it, else as it is.
    fn own_date(&self, name: &str) -> Option<When> {
        let set = self.changes.iter().rev().find_map(|change| match (change, name) {
            (Change::Due(when), "due")
            | (Change::Planned(when), "planned")
            | (Change::Defer(when), "defer")
            | (Change::Expires(when), "expires")
            | (Change::FollowUp(when), "follow_up") => Some(when.clone()),
            _ => None,
        });
        set.unwrap_or_else(|| {
            let task = self.context.current?;
            match name {
                "due" => task.due.clone(),
                "planned" => task.planned.clone(),
                "defer" => task.defer.clone(),
                "expires" => task.expires.clone(),
                "follow_up" => task.follow_up.clone(),
                _ => None,
            }
        })
    }

    /// Reads dates in braces. Braces without a date are the title's.
    fn read_braces(&mut self) {
        let line = self.context.line;
        for word in (0..line.len()).filter(|&word| line.kind(word) == WordKind::Braced) {
            let leaves_a_title = self.free.iter().enumerate().any(|(other, &free)| free && other != word);
            let inner = line.word(word).trim_start_matches('{').trim_end_matches('}');
            match parse_date(inner, self.context.now, &|name| self.own_date(name)) {
                Ok(date) if leaves_a_title && date != DateWord::None => self.take_date(word..word + 1, date),
                Ok(_) => {}
                Err(error) => self.notes.push(format!("{error}; `{}` stays in the title", line.word(word))),
            }
        }
    }

    /// Reads a phrase of repetition. Gives whether it is certain that there is no other: what may be one is not taken for
    /// a date.
    pub(super) fn read_repeat(&mut self) -> Result<bool, ParseError> {
        let Context { line, now, purpose, .. } = self.context;
        let is_free = |word: usize| self.is_title(word);
        match recurrence::find(line, now, purpose, is_free)? {
            None => Ok(true),
            Some(Found::Phrase { words, change, meaning }) => {
                self.fields.push(EVERY.into());
                self.free[words.clone()].fill(false);
                self.recognise(words, EVERY, meaning);
                self.changes.push(change);
                Ok(true)
            }
            Some(Found::Doubtful(words, reason)) => {
                let phrase: String = line.text()[self.bytes_of(&words)].chars().take(40).collect();
                self.notes.push(format!("{reason}; `{phrase}` stays in the title"));
                Ok(false)
            }
        }
    }

    /// Reads a date at the end of the free words, unless the line has its date already.
    fn read_trailing_date(&mut self) {
        let line = self.context.line;
        if let Some(found) = trailing::find(line, &self.free, self.context.now) {
            self.take_date(found.words, found.date);
        }
    }

    /// Sets what a date in plain language means, if the line does not set it already.
    fn take_date(&mut self, words: Range<usize>, date: DateWord) {
        let (field, change, meaning) = match date {
            DateWord::When(when) => {
                let meaning = describe(&when, self.context.now);
                ("due", Change::Due(Some(when)), meaning)
            }
            DateWord::Someday => ("status", Change::Status(Status::Someday), "someday".to_owned()),
            DateWord::None => return,
        };
        if self.fields.iter().any(|set| set == field)
            || self.late.iter().any(|(_, pair)| pair.key.field() == field)
        {
            let bytes = self.bytes_of(&words);
            self.notes.push(format!(
                "{field} is set already; `{}` stays in the title",
                &self.context.line.text()[bytes]
            ));
            return;
        }
        self.fields.push(field.into());
        self.free[words.clone()].fill(false);
        self.recognise(words, field, meaning);
        self.changes.push(change);
    }

    /// Marks a single-valued field as set.
    fn claim(&mut self, field: impl Into<Cow<'static, str>>, word: usize) -> Result<(), ParseError> {
        let field = field.into();
        if self.fields.contains(&field) {
            let bytes = self.context.line.bytes(word);
            let message = format!("{field} is given twice");
            return Err(ParseError::at(self.context.line.text(), bytes, message, "leave one of them out"));
        }
        self.fields.push(field);
        Ok(())
    }

    fn recognise(&mut self, words: Range<usize>, field: impl Into<Cow<'static, str>>, meaning: String) {
        let field = field.into();
        let text = self.context.line.text();
        let bytes = self.bytes_of(&words);
        let Range { start, end } = scalars(text, &bytes);
        self.recognised.push(Recognised { start, end, text: text[bytes].to_owned(), field, meaning });
    }

    fn bytes_of(&self, words: &Range<usize>) -> Range<usize> {
        self.context.line.bytes(words.start).start..self.context.line.bytes(words.end - 1).end
    }

    /// The free words as they stand, with one space where something was taken out.
    pub(super) fn title(&self) -> String {
        let line = self.context.line;
        let mut title = String::new();
        let mut word = 0;
        while let Some(first) = (word..line.len()).find(|&word| self.free[word]) {
            let end = (first..line.len()).find(|&word| !self.free[word]).unwrap_or(line.len());
            if !title.is_empty() {
                title.push(' ');
            }
            title.push_str(&line.text()[self.bytes_of(&(first..end))]);
            word = end;
        }
        title
    }
}
