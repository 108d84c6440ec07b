//! Marks, and reading on until all rows are there to be marked or looked through.

use std::collections::HashSet;

use super::{List, Target};

/// The most rows that are read to mark them or to look through them; the daemon takes no more tasks at once.
pub(super) const MOST_GATHERED: usize = 10_000;

impl List {
    /// What an action is for: what is marked, or else what is selected. What a fuzzy filter hides is left alone.
    pub fn targets(&self) -> Vec<Target> {
        if self.marks.is_empty() {
            return self.selected().and_then(|row| row.target.clone()).into_iter().collect();
        }
        let shown = self.shown_ids();
        let is_meant = |id: &str| shown.as_ref().is_none_or(|shown| shown.contains(id));
        self.marks.values().filter(|target| is_meant(&target.id)).cloned().collect()
    }

    /// How many marks stand at rows that a fuzzy filter hides.
    pub fn hidden_marks(&self) -> usize {
        match self.shown_ids() {
            Some(shown) => self.marks.keys().filter(|id| !shown.contains(id.as_str())).count(),
            None => 0,
        }
    }

    /// The ids that a fuzzy filter leaves; none without one.
    fn shown_ids(&self) -> Option<HashSet<&str>> {
        let fuzzy = self.fuzzy.as_ref()?;
        let id = |place: &usize| Some(self.rows.get(*place)?.target.as_ref()?.id.as_str());
        Some(fuzzy.matches.iter().filter_map(id).collect())
    }

    /// Marks the selection, or takes its mark away, and goes on to the next.
    pub fn toggle_mark(&mut self) {
        if let Some(target) = self.selected().and_then(|row| row.target.clone()) {
            if self.marks.remove(&target.id).is_none() {
                self.marks.insert(target.id.clone(), target);
            }
            self.step(1);
        }
    }

    /// Begins to mark all rows: what is not loaded yet is read first.
    pub fn begin_marking(&mut self) {
        self.seeks_end = false;
        self.marking = true;
    }

    /// Whether rows are read to be marked.
    pub fn is_marking(&self) -> bool {
        self.marking
    }

    /// Ends the reading of rows to be marked; tells whether any were read.
    pub fn stop_marking(&mut self) -> bool {
        let was_marking = std::mem::take(&mut self.marking);
        self.trim();
        was_marking
    }

    /// Marks all rows once they are there, as far as they are; tells then how many are marked and whether there are more.
    /// Where all are marked already their marks are taken away.
    pub fn finish_marking(&mut self) -> Option<(usize, bool)> {
        let waits = self.asking.is_some() || !self.loaded && self.problem.is_none();
        if !self.marking || waits {
            return None;
        }
        let shown: Vec<Target> =
            (0..self.len()).filter_map(|place| self.row(place)?.target.clone()).take(MOST_GATHERED).collect();
        let more = !self.is_whole() || self.len() > MOST_GATHERED;
        if shown.iter().all(|target| self.marks.contains_key(&target.id)) {
            self.marks.clear();
        } else {
            self.marks.extend(shown.into_iter().map(|target| (target.id.clone(), target)));
        }
        self.stop_marking();
        Some((self.marks.len(), more))
    }

    /// Whether all rows there are are loaded.
    pub fn is_whole(&self) -> bool {
        let known = self.rows.iter().filter(|row| !row.key.is_empty()).count() as u64;
        self.first_chunk == 0 && !self.has_more() && self.total.is_none_or(|total| total <= known)
    }

    /// Whether the loaded rows are the first ones.
    pub fn is_from_the_first(&self) -> bool {
        self.first_chunk == 0
    }

    /// Whether rows are read that nobody scrolled to: to look through them, or to mark them.
    pub(crate) fn is_gathering(&self) -> bool {
        (self.marking || self.fuzzy.is_some()) && self.rows.len() < MOST_GATHERED
    }

    /// Takes the marks of what was there and is not any more. Rows beyond the first and the last that stayed may only
    /// have moved out of what is loaded.
    pub(super) fn unmark_vanished(&mut self, old: &[String]) {
        if self.marks.is_empty() {
            return;
        }
        let here: HashSet<&str> =
            self.rows.iter().filter_map(|row| Some(row.target.as_ref()?.id.as_str())).collect();
        if self.is_whole() {
            return self.marks.retain(|id, _| here.contains(id.as_str()));
        }
        let stayed = |id: &String| here.contains(id.as_str());
        let first = if self.first_chunk == 0 { Some(0) } else { old.iter().position(stayed) };
        if let (Some(first), Some(last)) = (first, old.iter().rposition(stayed)) {
            for id in old.iter().take(last).skip(first).filter(|id| !stayed(id)) {
                self.marks.remove(id);
            }
        }
    }
}
