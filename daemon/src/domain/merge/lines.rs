//! Lines: what each side kept, dropped, changed, moved and put in, and the text that both make together.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::common::{Budget, between, common};
use super::tokens::{likeness, sorted_words, split_anchor};
use super::union::{Grain, Whose, union};
use super::{Clash, words};

/// Lines of a changed piece, gone and come, up to which each is compared with each.
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

/// By what a line is known again: its block anchor if it has one, else all of it.
fn key(line: &str) -> (&str, &str) {
    match split_anchor(line) {
        (_, "") => ("", line),
        (_, anchor) => (anchor.trim(), ""),
    }
}

/// Whether a line says something: empty lines and rules are in every text, and tell nothing of what belongs together.
fn says(line: &str) -> bool {
    line.chars().any(char::is_alphanumeric)
}

/// A side: its lines, and what it made of the base.
struct Side<'a> {
    lines: Vec<&'a str>,
    /// By line of the base.
    fates: Vec<Fate>,
    /// By gap of the base (the one before a line, and the last): lines of the side that came there.
    came: Vec<Vec<usize>>,
    /// By line of the base that went and came elsewhere: the line it now is.
    moved: HashMap<usize, usize>,
    /// The same, the other way round.
    moved_to: HashMap<usize, usize>,
}

impl<'a> Side<'a> {
    fn new(base: &[&str], text: &'a str, budget: &mut Budget) -> Self {
        let lines: Vec<&str> = text.split('\n').collect();
        let pairs = same_lines(base, &lines, budget);
        let moved = moves(base, &lines, &pairs);
        let mut side = Self {
            fates: vec![Fate::Dropped; base.len()],
            came: vec![Vec::new(); base.len() + 1],
            moved_to: moved.iter().map(|(from, to)| (*to, *from)).collect(),
            moved,
            lines,
        };
        for (gone, come, pair) in between(pairs, base.len(), side.lines.len()) {
            side.piece(base, gone, come, budget);
            if let Some((in_base, in_side)) = pair {
                let is_same = base[in_base] == side.lines[in_side];
                side.fates[in_base] = if is_same { Fate::Kept } else { Fate::Changed(in_side) };
            }
        }
        side
    }

    /// Takes in a piece where nothing is the same: lines that are alike are one line changed.
    fn piece(&mut self, base: &[&str], gone: Range<usize>, come: Range<usize>, budget: &mut Budget) {
        let goes_away: Vec<usize> = gone.clone().filter(|at| !self.moved.contains_key(at)).collect();
        let comes_anew: Vec<usize> = come.clone().filter(|at| !self.moved_to.contains_key(at)).collect();
        let old: Vec<&str> = goes_away.iter().map(|at| base[*at]).collect();
        let new: Vec<&str> = comes_anew.iter().map(|at| self.lines[*at]).collect();
        let pairs = alike(&old, &new, budget);
        let became: HashMap<usize, usize> =
            pairs.into_iter().map(|(old, new)| (comes_anew[new], goes_away[old])).collect();
        let mut gap = gone.start;
        for at in come {
            match became.get(&at) {
                Some(&from) => {
                    self.fates[from] = Fate::Changed(at);
                    gap = from + 1;
                }
                None => self.came[gap].push(at),
            }
        }
    }

    /// A line of the base as this side has it, wherever.
    fn now(&self, base: &[&'a str], at: usize) -> Option<&'a str> {
        match self.fates[at] {
            Fate::Kept => Some(base[at]),
            Fate::Changed(to) => Some(self.lines[to]),
            Fate::Dropped => self.moved.get(&at).map(|to| self.lines[*to]),
        }
    }
}

/// Pairs of lines that are the same, in order: first of those that say something, then of the others between them.
fn same_lines(base: &[&str], side: &[&str], budget: &mut Budget) -> Vec<(usize, usize)> {
    let saying = |lines: &[&str]| (0..lines.len()).filter(|at| says(lines[*at])).collect::<Vec<_>>();
    let (in_base, in_side) = (saying(base), saying(side));
    let old: Vec<_> = in_base.iter().map(|at| key(base[*at])).collect();
    let new: Vec<_> = in_side.iter().map(|at| key(side[*at])).collect();
    let held = common(&old, &new, budget).into_iter().map(|(b, s)| (in_base[b], in_side[s]));
    let mut pairs = Vec::with_capacity(in_base.len());
    for (gone, come, pair) in between(held, base.len(), side.len()) {
        let same = common(&base[gone.clone()], &side[come.clone()], budget);
        pairs.extend(same.into_iter().map(|(b, s)| (gone.start + b, come.start + s)));
        pairs.extend(pair);
    }
    pairs
}

/// Lines that went and came once each: by line of the base, the line it now is.
fn moves(base: &[&str], side: &[&str], pairs: &[(usize, usize)]) -> HashMap<usize, usize> {
    let in_base: HashSet<usize> = pairs.iter().map(|(at, _)| *at).collect();
    let in_side: HashSet<usize> = pairs.iter().map(|(_, at)| *at).collect();
    let came = once(side, &in_side);
    let went = once(base, &in_base);
    let moved = went.into_iter().filter_map(|(key, from)| Some((from?, (*came.get(&key)?)?)));
    moved.filter(|(from, _)| says(base[*from])).collect()
}

/// The lines that are not among those paired, by what they are known by; `None` for what stands several times.
fn once<'b>(lines: &[&'b str], paired: &HashSet<usize>) -> HashMap<(&'b str, &'b str), Option<usize>> {
    let mut once = HashMap::new();
    for (at, line) in lines.iter().enumerate().filter(|(at, _)| !paired.contains(at)) {
        once.entry(key(line)).and_modify(|place| *place = None).or_insert(Some(at));
    }
    once
}

/// Pairs of alike lines, in order, so that they are most alike together.
fn alike(gone: &[&str], come: &[&str], budget: &mut Budget) -> Vec<(usize, usize)> {
    if gone.is_empty() || come.is_empty() {
        return Vec::new();
    }
    if gone.len() + come.len() > MOST_PAIRED {
        return side_by_side(gone, come, budget);
    }
    let size = |lines: &[&str]| lines.iter().map(|line| line.len() as u64 / 4 + 1).sum::<u64>();
    // Each line is walked through once for each line of the other side.
    let steps = size(gone).saturating_mul(come.len() as u64) + size(come).saturating_mul(gone.len() as u64);
    if !budget.take(steps) {
        return Vec::new();
    }
    let gone: Vec<Vec<&str>> = gone.iter().map(|line| sorted_words(line)).collect();
    let come: Vec<Vec<&str>> = come.iter().map(|line| sorted_words(line)).collect();
    best(&gone, &come)
}

/// The pairs of a piece too large to compare each line with each: lines that are the same without the spaces around
/// them (all were indented, or got other line ends), else those at the same place, if as many came as went.
fn side_by_side(gone: &[&str], come: &[&str], budget: &mut Budget) -> Vec<(usize, usize)> {
    let old: Vec<&str> = gone.iter().map(|line| line.trim()).collect();
    let new: Vec<&str> = come.iter().map(|line| line.trim()).collect();
    let pairs = common(&old, &new, budget);
    let bytes: usize = gone.iter().chain(come).map(|line| line.len()).sum();
    if pairs.len() * 2 >= gone.len() || gone.len() != come.len() || !budget.take(bytes as u64) {
        return pairs;
    }
    let is_alike = |at: &usize| likeness(&sorted_words(gone[*at]), &sorted_words(come[*at])) >= ALIKE;
    (0..gone.len()).filter(is_alike).map(|at| (at, at)).collect()
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
pub(super) fn merge(base: &str, theirs: &str, mine: &str, clash: Clash, budget: &mut Budget) -> String {
    let base: Vec<&str> = base.split('\n').collect();
    let theirs = Side::new(&base, theirs, budget);
    let mine = Side::new(&base, mine, budget);
    let fenced = fenced(&base);
    let mut merging =
        Merging { base: &base, theirs: &theirs, mine: &mine, fenced: &fenced, clash, out: Vec::new() };
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
    let is_fenced = |line: &&str| match (open, fence(line)) {
        (None, Some(mark)) => {
            open = Some(mark);
            true
        }
        // A closing fence has nothing behind it.
        (Some(begun), Some(mark)) if mark == begun && line.trim().chars().all(|c| mark.contains(c)) => {
            open = None;
            true
        }
        (open, _) => open.is_some(),
    };
    lines.iter().map(is_fenced).collect()
}

/// The mark of a line that opens or closes a block of code; what stands behind it has no backtick.
fn fence(line: &str) -> Option<&'static str> {
    let line = line.trim_start();
    let mark = ["```", "~~~"].into_iter().find(|mark| line.starts_with(mark))?;
    let info = line.trim_start_matches(|c| mark.contains(c));
    (mark == "~~~" || !info.contains('`')).then_some(mark)
}

/// How what came at one place is put together: item by item only in a flat list, where each line stands for itself.
fn grain(theirs: &[String], mine: &[String]) -> Grain {
    let indent = |line: &String| line.len() - line.trim_start().len();
    let mut lines = theirs.iter().chain(mine);
    let first = theirs.first().map(indent);
    let is_flat = lines.all(|line| says(line) && fence(line).is_none() && Some(indent(line)) == first);
    if is_flat { Grain::Pieces } else { Grain::Blocks }
}

struct Merging<'a> {
    base: &'a [&'a str],
    theirs: &'a Side<'a>,
    mine: &'a Side<'a>,
    fenced: &'a [bool],
    clash: Clash,
    out: Vec<String>,
}

impl<'a> Merging<'a> {
    /// Puts in what came at a gap.
    fn gap(&mut self, gap: usize, budget: &mut Budget) {
        let theirs = self.came(self.theirs, gap, |_| true, budget);
        // A line that both moved comes once.
        let mine = self.came(self.mine, gap, |from| !self.theirs.moved.contains_key(&from), budget);
        for piece in union(&theirs, &mine, grain(&theirs, &mine), |line| says(line), budget) {
            self.out.push(match piece {
                Whose::Theirs(at) => theirs[at].clone(),
                Whose::Mine(at) => mine[at].clone(),
            });
        }
    }

    /// The lines a side put at a gap; one that it moved there has the change of the other side too.
    fn came(
        &self,
        side: &Side<'a>,
        gap: usize,
        is_wanted: impl Fn(usize) -> bool,
        budget: &mut Budget,
    ) -> Vec<String> {
        let mut lines = Vec::new();
        for at in &side.came[gap] {
            let here = side.lines[*at];
            match side.moved_to.get(at) {
                Some(&from) if is_wanted(from) => {
                    let theirs = self.theirs.now(self.base, from).unwrap_or(here);
                    let mine = self.mine.now(self.base, from).unwrap_or(here);
                    lines.extend(self.both(from, theirs, mine, budget));
                }
                Some(_) => {}
                None => lines.push(here.to_owned()),
            }
        }
        lines
    }

    /// Puts in what became of a line of the base.
    fn line(&mut self, at: usize, budget: &mut Budget) {
        if self.theirs.moved.contains_key(&at) || self.mine.moved.contains_key(&at) {
            return;
        }
        let (theirs, mine) = (self.theirs.now(self.base, at), self.mine.now(self.base, at));
        let base = self.base[at];
        match (theirs, mine) {
            (Some(theirs), Some(mine)) => {
                let lines = self.both(at, theirs, mine, budget);
                self.out.extend(lines);
            }
            // One that was changed outlives its deletion by the other side.
            (Some(theirs), None) if theirs != base => self.out.push(theirs.to_owned()),
            (None, Some(mine)) if mine != base && self.clash == Clash::Both => self.out.push(mine.to_owned()),
            _ => {}
        }
    }

    /// What two versions of a line of the base make.
    fn both(&self, at: usize, theirs: &str, mine: &str, budget: &mut Budget) -> Vec<String> {
        let base = self.base[at];
        if theirs == mine || mine == base {
            vec![theirs.to_owned()]
        } else if theirs == base {
            vec![mine.to_owned()]
        } else if self.fenced[at] && self.clash == Clash::Both {
            vec![theirs.to_owned(), mine.to_owned()]
        } else if self.fenced[at] {
            vec![theirs.to_owned()]
        } else {
            vec![words::merge(base, theirs, mine, self.clash, budget)]
        }
    }
}
