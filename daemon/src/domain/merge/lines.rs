//! Lines: what each side kept, dropped, changed, moved and put in, and the text that both make together.

use std::collections::HashMap;
use std::ops::Range;

use super::common::{Budget, common};
use super::tokens::{likeness, sorted_words};
use super::union::{Whose, union};
use super::words;

/// Lines of a changed piece, gone and come, up to which they are compared with each other.
const MOST_PAIRED: usize = 2_000;

/// From this likeness on a line that went and one that came are one line, changed.
const ALIKE: f64 = 0.5;

/// What a side made of a line of the base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Kept,
    Dropped,
    /// The line of the side it became.
    Changed(usize),
}

/// A side: its lines, and what it made of the base.
struct Side<'a> {
    lines: Vec<&'a str>,
    /// By line of the base.
    fates: Vec<Fate>,
    /// By gap of the base (the one before a line, and the last): lines of the side that came there.
    came: Vec<Vec<usize>>,
    /// By line of the base that went and came elsewhere, verbatim: the line it now is.
    moved: HashMap<usize, usize>,
    /// The same, the other way round.
    moved_to: HashMap<usize, usize>,
}

impl<'a> Side<'a> {
    fn new(base: &[&str], text: &'a str, budget: &mut Budget) -> Self {
        let lines: Vec<&str> = text.split('\n').collect();
        let mut side = Self {
            fates: vec![Fate::Dropped; base.len()],
            came: vec![Vec::new(); base.len() + 1],
            moved: HashMap::new(),
            moved_to: HashMap::new(),
            lines,
        };
        let pairs = common(base, &side.lines, budget);
        let (mut from_base, mut from_side) = (0, 0);
        for (in_base, in_side) in pairs.into_iter().chain([(base.len(), side.lines.len())]) {
            side.piece(base, from_base..in_base, from_side..in_side, budget);
            if in_base < base.len() {
                side.fates[in_base] = Fate::Kept;
            }
            (from_base, from_side) = (in_base + 1, in_side + 1);
        }
        side.find_moves(base);
        side
    }

    /// Takes in a piece where nothing is the same: lines that are alike are one line changed.
    fn piece(&mut self, base: &[&str], gone: Range<usize>, come: Range<usize>, budget: &mut Budget) {
        let pairs = alike(&base[gone.clone()], &self.lines[come.clone()], budget);
        let (mut gap, mut next) = (gone.start, come.start);
        for (in_base, in_side) in pairs {
            let (in_base, in_side) = (gone.start + in_base, come.start + in_side);
            self.came[gap].extend(next..in_side);
            self.fates[in_base] = Fate::Changed(in_side);
            (gap, next) = (in_base + 1, in_side + 1);
        }
        self.came[gap].extend(next..come.end);
    }

    /// Finds lines that went and came once each, verbatim.
    fn find_moves(&mut self, base: &[&str]) {
        let mut came: HashMap<&str, Option<usize>> = HashMap::new();
        for at in self.came.iter().flatten() {
            came.entry(self.lines[*at]).and_modify(|place| *place = None).or_insert(Some(*at));
        }
        let mut went: HashMap<&str, Option<usize>> = HashMap::new();
        for (at, line) in base.iter().enumerate().filter(|(at, _)| self.fates[*at] == Fate::Dropped) {
            went.entry(line).and_modify(|place| *place = None).or_insert(Some(at));
        }
        for (line, place) in went {
            if let (Some(from), Some(Some(to))) = (place, came.get(line))
                && !sorted_words(line).is_empty()
            {
                self.moved.insert(from, *to);
                self.moved_to.insert(*to, from);
            }
        }
    }

    fn line(&self, at: usize) -> &'a str {
        self.lines[at]
    }
}

/// Pairs of alike lines, in order, so that they are most alike together.
fn alike<'a>(gone: &[&'a str], come: &[&'a str], budget: &mut Budget) -> Vec<(usize, usize)> {
    if gone.is_empty() || come.is_empty() || gone.len() + come.len() > MOST_PAIRED {
        return Vec::new();
    }
    let size = |lines: &[&str]| lines.iter().map(|line| line.len() as u64 / 4 + 1).sum::<u64>();
    // Each line is walked through once for each line of the other side.
    let steps = size(gone).saturating_mul(come.len() as u64) + size(come).saturating_mul(gone.len() as u64);
    if !budget.take(steps) {
        return Vec::new();
    }
    let words = |line: &&'a str| sorted_words(line);
    best(&gone.iter().map(words).collect::<Vec<_>>(), &come.iter().map(words).collect::<Vec<_>>())
}

/// The pairs in order with the largest likeness together.
fn best(gone: &[Vec<&str>], come: &[Vec<&str>]) -> Vec<(usize, usize)> {
    let width = come.len() + 1;
    let mut likeness_of = vec![0.0_f64; gone.len() * come.len()];
    let mut sums = vec![0.0_f64; (gone.len() + 1) * width];
    for i in (0..gone.len()).rev() {
        for j in (0..come.len()).rev() {
            let alike = likeness(&gone[i], &come[j]);
            likeness_of[i * come.len() + j] = alike;
            let apart = sums[(i + 1) * width + j].max(sums[i * width + j + 1]);
            let together = if alike >= ALIKE { sums[(i + 1) * width + j + 1] + alike } else { 0.0 };
            sums[i * width + j] = apart.max(together);
        }
    }
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < gone.len() && j < come.len() {
        let alike = likeness_of[i * come.len() + j];
        if alike >= ALIKE && sums[(i + 1) * width + j + 1] + alike >= sums[i * width + j] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if sums[(i + 1) * width + j] >= sums[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

/// Merges two texts.
pub(super) fn merge(base: &str, theirs: &str, mine: &str, budget: &mut Budget) -> String {
    let base: Vec<&str> = base.split('\n').collect();
    let theirs = Side::new(&base, theirs, budget);
    let mine = Side::new(&base, mine, budget);
    let fenced = fenced(&base);
    let mut merging = Merging { base: &base, theirs: &theirs, mine: &mine, fenced: &fenced, out: Vec::new() };
    for gap in 0..=base.len() {
        merging.gap(gap, budget);
        if gap < base.len() {
            merging.line(gap, budget);
        }
    }
    merging.out.join("\n")
}

/// By line: whether it stands between fences, where every character counts.
fn fenced(lines: &[&str]) -> Vec<bool> {
    let mut open: Option<&str> = None;
    lines
        .iter()
        .map(|line| {
            let mark = fence(line);
            match (open, mark) {
                (None, Some(mark)) => {
                    open = Some(mark);
                    true
                }
                (Some(begun), Some(mark)) if mark == begun => {
                    open = None;
                    true
                }
                (open, _) => open.is_some(),
            }
        })
        .collect()
}

/// The mark of a line that opens or closes a block of code.
fn fence(line: &str) -> Option<&'static str> {
    let line = line.trim_start();
    ["```", "~~~"].into_iter().find(|mark| line.starts_with(mark))
}

struct Merging<'a> {
    base: &'a [&'a str],
    theirs: &'a Side<'a>,
    mine: &'a Side<'a>,
    fenced: &'a [bool],
    out: Vec<String>,
}

impl Merging<'_> {
    /// Puts in what came at a gap.
    fn gap(&mut self, gap: usize, budget: &mut Budget) {
        let of_theirs = came(self.theirs, self.mine, gap);
        let mut of_mine = came(self.mine, self.theirs, gap);
        // A line that both moved comes once.
        of_mine.retain(|(moved, _)| moved.is_none_or(|from| !self.theirs.moved.contains_key(&from)));
        let theirs: Vec<String> = of_theirs.into_iter().map(|(_, line)| line).collect();
        let mine: Vec<String> = of_mine.into_iter().map(|(_, line)| line).collect();
        let has_fence = |lines: &[String]| lines.iter().any(|line| fence(line).is_some());
        if theirs != mine && (has_fence(&theirs) || has_fence(&mine)) {
            // Blocks of code are not woven into each other.
            self.out.extend(theirs.into_iter().chain(mine));
            return;
        }
        for piece in union(&theirs, &mine, budget) {
            self.out.push(match piece {
                Whose::Theirs(at) => theirs[at].clone(),
                Whose::Mine(at) => mine[at].clone(),
            });
        }
    }

    /// Puts in what became of a line of the base.
    fn line(&mut self, at: usize, budget: &mut Budget) {
        let is_moved = self.theirs.moved.contains_key(&at) || self.mine.moved.contains_key(&at);
        let base = self.base[at];
        match (self.theirs.fates[at], self.mine.fates[at]) {
            (Fate::Kept, Fate::Kept) => self.out.push(base.to_owned()),
            (Fate::Changed(to), Fate::Kept) => self.out.push(self.theirs.line(to).to_owned()),
            (Fate::Kept, Fate::Changed(to)) => self.out.push(self.mine.line(to).to_owned()),
            // Where one side moved it, the change of the other went along.
            (Fate::Dropped, Fate::Changed(to)) if !is_moved => self.out.push(self.mine.line(to).to_owned()),
            (Fate::Changed(to), Fate::Dropped) if !is_moved => self.out.push(self.theirs.line(to).to_owned()),
            (Fate::Dropped, _) | (_, Fate::Dropped) => {}
            (Fate::Changed(to_theirs), Fate::Changed(to_mine)) => {
                let (theirs, mine) = (self.theirs.line(to_theirs), self.mine.line(to_mine));
                if theirs == mine {
                    self.out.push(theirs.to_owned());
                } else if self.fenced[at] {
                    self.out.extend([theirs.to_owned(), mine.to_owned()]);
                } else {
                    self.out.push(words::merge(base, theirs, mine, budget));
                }
            }
        }
    }
}

/// The lines a side put at a gap; one that it moved there is as the other side changed it. With each, which line of
/// the base it is, if it was moved.
fn came(side: &Side<'_>, other: &Side<'_>, gap: usize) -> Vec<(Option<usize>, String)> {
    let line = |at: &usize| {
        let from = side.moved_to.get(at).copied();
        let line = match from.map(|from| other.fates[from]) {
            Some(Fate::Changed(to)) => other.line(to),
            _ => side.line(*at),
        };
        (from, line.to_owned())
    };
    side.came[gap].iter().map(line).collect()
}
