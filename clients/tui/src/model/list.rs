//! A list: a window of rows out of a list of any length, with a selection that stays where it is by name.
//!
//! The daemon gives rows in chunks, each with the token of the next. The tokens are kept, and of the rows only the
//! chunks around the selection: a list of a hundred thousand tasks costs no more than one of a thousand.

mod marking;

use std::collections::{BTreeMap, VecDeque};

use super::row::{Row, Target};
use crate::call::Problem;
use crate::fuzzy;

/// Rows asked for at once.
pub(crate) const CHUNK: u32 = 200;

/// The most rows the daemon gives at once.
const MOST: u32 = 1_000;

/// Rows that are kept, about.
const WINDOW: usize = 1_000;

/// Rows around the selection that are kept, whatever else goes: more than two screens, so that none is asked for again.
const AROUND: usize = 400;

/// Which rows are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// The beginning, in place of all there is.
    First,
    /// The chunk behind those that are there.
    After,
    /// The chunk before them.
    Before,
    /// Those that are there, once more.
    Again,
}

/// A chunk to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Which one.
    pub want: Want,
    /// The token it begins with.
    pub token: Option<String>,
    /// How many rows.
    pub limit: u32,
}

/// Rows that are read again while the old ones are shown.
#[derive(Debug, Default)]
struct Renewed {
    rows: Vec<Row>,
    chunks: VecDeque<usize>,
}

/// A filter that is typed, and the rows it leaves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fuzzy {
    /// What was typed.
    pub text: String,
    /// Places of the rows that match.
    pub matches: Vec<usize>,
}

/// A list.
#[derive(Debug, Default)]
pub struct List {
    rows: Vec<Row>,
    /// How many rows each loaded chunk has.
    chunks: VecDeque<usize>,
    /// The number of the first of them.
    first_chunk: usize,
    /// The token with which each chunk that is known begins.
    starts: Vec<Option<String>>,
    /// How many rows each chunk had when it was seen last.
    lengths: Vec<usize>,
    /// The place of the selection among the rows that are shown.
    cursor: usize,
    /// The place of the uppermost row on the screen.
    top: usize,
    /// What is marked, by id.
    pub marks: BTreeMap<String, Target>,
    /// The fuzzy filter, if there is one.
    pub fuzzy: Option<Fuzzy>,
    /// Counts up with every new list, so that late answers to the old one are not taken.
    pub generation: u64,
    asking: Option<Want>,
    renewed: Renewed,
    /// Whether what is shown may be out of date.
    stale: bool,
    loaded: bool,
    /// Whether the end is being looked for.
    seeks_end: bool,
    /// Whether rows are read to be marked.
    marking: bool,
    /// Why rows could not be had.
    pub problem: Option<Problem>,
    /// How many rows there are in all, if the daemon says.
    pub total: Option<u64>,
}

impl List {
    /// Begins anew: other rows than those that are shown come.
    pub fn reset(&mut self) {
        *self = Self { generation: self.generation + 1, ..Self::default() };
    }

    /// Notes that rows may have changed.
    pub fn expire(&mut self) {
        self.stale = true;
        self.problem = None;
    }

    /// Whether anything was answered yet.
    pub fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// Whether there are rows behind the loaded ones.
    pub fn has_more(&self) -> bool {
        self.after().is_some()
    }

    /// Whether the end is being looked for.
    pub fn is_seeking(&self) -> bool {
        self.seeks_end
    }

    /// Whether the first of the rows that are read again are there already.
    pub fn is_renewing_further(&self) -> bool {
        !self.renewed.chunks.is_empty()
    }

    /// Rows before the loaded ones.
    pub fn rows_before(&self) -> usize {
        self.lengths.iter().take(self.first_chunk).sum()
    }

    /// The number of the selected row, and how many there are as far as is known; rows that only tell do not count.
    pub fn numbers(&self) -> (usize, usize) {
        let before = self.rows_before();
        let countable = |row: &&Row| !row.key.is_empty();
        let here = (0..=self.cursor).filter_map(|place| self.row(place)).filter(countable).count();
        (before + here, before + self.rows.iter().filter(countable).count())
    }

    /// The rows that are loaded.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// How many rows are shown.
    pub fn len(&self) -> usize {
        self.fuzzy.as_ref().map_or(self.rows.len(), |fuzzy| fuzzy.matches.len())
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A row by its place among those shown.
    pub fn row(&self, place: usize) -> Option<&Row> {
        match &self.fuzzy {
            Some(fuzzy) => self.rows.get(*fuzzy.matches.get(place)?),
            None => self.rows.get(place),
        }
    }

    /// The place of the selection.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// The place of the uppermost row.
    pub fn top(&self) -> usize {
        self.top
    }

    /// The row that is selected.
    pub fn selected(&self) -> Option<&Row> {
        self.row(self.cursor).filter(|row| {
            row.target.is_some() || matches!(row.content, super::Content::Link(_) | super::Content::Url(_))
        })
    }

    /// Moves the selection by so many rows, and on over rows that cannot be selected.
    pub fn step(&mut self, by: isize) {
        self.seeks_end = false;
        let last = self.len().saturating_sub(1);
        let wanted = self.cursor.saturating_add_signed(by).min(last);
        let down: Vec<usize> = (wanted..=last).collect();
        let up = (0..wanted).rev();
        let selectable = |place: &usize| self.is_selectable(*place);
        let found = if by >= 0 {
            down.into_iter().find(selectable).or_else(|| up.into_iter().find(selectable))
        } else {
            (0..=wanted).rev().find(selectable).or_else(|| down.into_iter().find(selectable))
        };
        // Above the first of a section its heading comes into sight too.
        if by < 0 && found == Some(self.first_selectable()) {
            self.top = 0;
        }
        self.cursor = found.unwrap_or(wanted);
    }

    fn first_selectable(&self) -> usize {
        (0..self.len()).find(|place| self.is_selectable(*place)).unwrap_or(0)
    }

    fn is_selectable(&self, place: usize) -> bool {
        self.row(place).is_some_and(|row| !row.key.is_empty())
    }

    /// Goes to the first row.
    pub fn go_top(&mut self) {
        if self.first_chunk > 0 {
            // The rows before are read from their beginning.
            self.generation += 1;
            self.loaded = false;
            self.asking = None;
        }
        self.seeks_end = false;
        (self.top, self.cursor) = (0, 0);
        self.cursor = self.first_selectable();
    }

    /// Goes to the last row, reading on until it is there.
    pub fn go_bottom(&mut self) {
        self.cursor = self.len().saturating_sub(1);
        self.step(0);
        self.seeks_end = self.has_more() && self.fuzzy.is_none() && !self.marking;
    }

    /// Selects a row by its place on the screen, the uppermost first; tells whether it was selected already.
    pub fn select_at(&mut self, line: usize) -> Option<bool> {
        let place = self.top + line;
        self.is_selectable(place).then(|| std::mem::replace(&mut self.cursor, place) == place)
    }

    /// Brings the selection into sight on a screen of so many rows.
    pub fn settle(&mut self, height: usize) {
        let height = height.max(1);
        self.cursor = self.cursor.min(self.len().saturating_sub(1));
        self.top = self.top.min(self.cursor).max((self.cursor + 1).saturating_sub(height));
        self.top = self.top.min(self.len().saturating_sub(height));
    }

    /// Sets the fuzzy filter; none for all rows.
    pub fn set_fuzzy(&mut self, text: Option<String>) {
        let selected = self.row(self.cursor).map(|row| row.key.clone());
        self.fuzzy = text.map(|text| Fuzzy { matches: fuzzy::matches(&text, &self.rows), text });
        self.select(selected.as_deref());
        (self.seeks_end, self.top) = (false, 0);
        self.trim();
    }

    /// Selects a row by its key; tells whether it is there.
    pub fn select_key(&mut self, key: &str) -> bool {
        let found = (0..self.len()).find(|place| self.row(*place).is_some_and(|row| row.key == key));
        self.cursor = found.unwrap_or(self.cursor);
        found.is_some()
    }

    fn select(&mut self, key: Option<&str>) {
        let found = key
            .and_then(|key| (0..self.len()).find(|place| self.row(*place).is_some_and(|row| row.key == key)));
        self.cursor = found.unwrap_or(self.cursor).min(self.len().saturating_sub(1));
        if !self.is_selectable(self.cursor) {
            self.step(0);
        }
    }

    fn after(&self) -> Option<&Option<String>> {
        self.starts.get(self.first_chunk + self.chunks.len())
    }

    /// What to ask for now, on a screen of so many rows. It counts as asked for from then on.
    pub fn ask(&mut self, height: usize) -> Option<Asked> {
        if self.asking.is_some() || self.problem.is_some() {
            return None;
        }
        let renews = self.stale || !self.renewed.chunks.is_empty();
        let mut limit = CHUNK;
        let (want, token) = if !self.loaded {
            (Want::First, None)
        } else if renews {
            if self.stale {
                (self.renewed, self.stale) = (Renewed::default(), false);
            }
            let number = self.renewed.chunks.len();
            // As many as there were, or what is selected may not be among them.
            limit = self
                .chunks
                .get(number)
                .map_or(CHUNK, |length| MOST.min(CHUNK.max(u32::try_from(*length).unwrap_or(MOST))));
            (Want::Again, self.starts.get(self.first_chunk + number)?.clone())
        } else if self.wants_more(height) {
            limit = if self.seeks_end || self.is_gathering() { MOST } else { CHUNK };
            (Want::After, self.after()?.clone())
        } else if self.wants_those_before(height) {
            let before = self.lengths.get(self.first_chunk - 1).copied().unwrap_or_default();
            limit = MOST.min(CHUNK.max(u32::try_from(before).unwrap_or(MOST)));
            (Want::Before, self.starts.get(self.first_chunk - 1)?.clone())
        } else {
            return None;
        };
        if want == Want::First {
            self.stale = false;
        }
        self.asking = Some(want);
        Some(Asked { want, token, limit })
    }

    fn wants_more(&self, height: usize) -> bool {
        let is_near = || self.fuzzy.is_none() && self.cursor + 2 * height >= self.rows.len();
        // Who looks through all of them begins with the first.
        let gathers = self.is_gathering() && self.first_chunk == 0;
        self.has_more() && (gathers || self.seeks_end || is_near())
    }

    fn wants_those_before(&self, height: usize) -> bool {
        let is_near = || self.fuzzy.is_none() && self.cursor < 2 * height;
        self.first_chunk > 0 && (self.is_gathering() || is_near())
    }

    /// Notes why rows could not be had. They are asked for again when something changes.
    pub fn fail(&mut self, problem: Problem) {
        self.asking = None;
        self.renewed = Renewed::default();
        (self.seeks_end, self.marking) = (false, false);
        // What could not be renewed is still out of date.
        self.stale = true;
        self.problem = Some(problem);
    }

    /// Takes rows that were asked for, with the token of those behind them.
    pub fn take(&mut self, want: Want, rows: Vec<Row>, next: Option<String>) {
        if self.asking.take() != Some(want) {
            return;
        }
        self.problem = None;
        match want {
            Want::First => self.begin(rows, next),
            Want::After => self.append(rows, next),
            Want::Before => self.prepend(rows),
            Want::Again => self.renew(rows, next),
        }
    }

    fn begin(&mut self, rows: Vec<Row>, next: Option<String>) {
        let selected = self.row(self.cursor).map(|row| row.key.clone());
        self.starts = vec![None];
        self.lengths = vec![rows.len()];
        self.chunks = VecDeque::from([rows.len()]);
        self.first_chunk = 0;
        self.starts.extend(next.map(Some));
        self.rows = rows;
        self.loaded = true;
        self.refilter();
        self.select(selected.as_deref());
    }

    fn append(&mut self, rows: Vec<Row>, next: Option<String>) {
        let number = self.first_chunk + self.chunks.len();
        self.chunks.push_back(rows.len());
        self.note(number, rows.len(), next);
        let at_end = self.seeks_end;
        self.rows.extend(rows);
        self.refilter();
        self.trim_before();
        if at_end {
            self.go_bottom();
        }
    }

    /// Lets rows go that are far from the selection. Those that are looked through stay.
    fn trim(&mut self) {
        self.trim_before();
        self.trim_behind();
    }

    fn trim_before(&mut self) {
        while let Some(&length) = self.chunks.front()
            && self.fuzzy.is_none()
            && !self.marking
            && self.rows.len() > WINDOW
            && self.cursor >= length + AROUND
        {
            self.chunks.pop_front();
            self.rows.drain(..length);
            self.first_chunk += 1;
            self.cursor = self.cursor.saturating_sub(length);
            self.top = self.top.saturating_sub(length);
        }
    }

    fn trim_behind(&mut self) {
        while let Some(&length) = self.chunks.back()
            && self.fuzzy.is_none()
            && !self.marking
            && self.rows.len() > WINDOW
            && self.cursor + AROUND < self.rows.len() - length
        {
            self.chunks.pop_back();
            self.rows.truncate(self.rows.len() - length);
        }
    }

    fn prepend(&mut self, rows: Vec<Row>) {
        let length = rows.len();
        self.first_chunk = self.first_chunk.saturating_sub(1);
        self.chunks.push_front(length);
        if let Some(known) = self.lengths.get_mut(self.first_chunk) {
            *known = length;
        }
        if self.fuzzy.is_some() {
            let selected = self.row(self.cursor).map(|row| row.key.clone());
            self.rows.splice(0..0, rows);
            self.refilter();
            self.select(selected.as_deref());
            return;
        }
        self.rows.splice(0..0, rows);
        self.cursor += length;
        self.top += length;
        self.trim_behind();
    }

    fn renew(&mut self, rows: Vec<Row>, next: Option<String>) {
        let number = self.first_chunk + self.renewed.chunks.len();
        self.renewed.chunks.push_back(rows.len());
        self.renewed.rows.extend(rows);
        let goes_on = next.is_some() && self.renewed.chunks.len() < self.chunks.len();
        let length = self.renewed.chunks.back().copied().unwrap_or(0);
        self.note(number, length, next);
        if goes_on {
            return;
        }
        let Renewed { rows, chunks } = std::mem::take(&mut self.renewed);
        // The rows before have all gone: there is a beginning to be read.
        if rows.is_empty() && self.first_chunk > 0 {
            self.go_top();
            return;
        }
        let selected = self.row(self.cursor).map(|row| row.key.clone());
        let old: Vec<String> =
            self.rows.iter().filter_map(|row| Some(row.target.as_ref()?.id.clone())).collect();
        (self.rows, self.chunks) = (rows, chunks);
        self.refilter();
        self.select(selected.as_deref());
        self.unmark_vanished(&old);
    }

    /// Notes how long a chunk is, and where the one behind it begins.
    fn note(&mut self, number: usize, length: usize, next: Option<String>) {
        self.starts.truncate(number + 1);
        self.starts.extend(next.map(Some));
        self.lengths.truncate(number);
        self.lengths.push(length);
    }

    fn refilter(&mut self) {
        if let Some(fuzzy) = &mut self.fuzzy {
            fuzzy.matches = fuzzy::matches(&fuzzy.text, &self.rows);
        }
        // What is gone or done elsewhere is what it is now.
        for row in &self.rows {
            if let Some(target) = &row.target
                && let Some(marked) = self.marks.get_mut(&target.id)
            {
                *marked = target.clone();
            }
        }
    }
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
