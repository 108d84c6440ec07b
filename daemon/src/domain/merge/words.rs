//! A line that both sides changed, merged by its words.

use std::ops::Range;

use super::common::{Budget, common};
use super::tokens::{Kind, Token, tokens};
use super::union::{Whose, union};

/// A word shorter than this is not merged by its characters.
const LONG_WORD: usize = 4;

/// What a side made of the tokens of the base.
struct Side<'a> {
    tokens: Vec<Token<'a>>,
    /// By token of the base: whether it stays.
    stays: Vec<bool>,
    /// By token of the base: how many are gone from there on.
    gone: Vec<usize>,
    /// By gap of the base: the tokens that came there.
    came: Vec<Range<usize>>,
}

impl<'a> Side<'a> {
    fn new(base: &[Token<'_>], line: &'a str, budget: &mut Budget) -> Self {
        let tokens = tokens(line);
        let pairs = common(base, &tokens, budget);
        let mut stays = vec![false; base.len()];
        let mut came = vec![0..0; base.len() + 1];
        let (mut from_base, mut from_side) = (0, 0);
        for (in_base, in_side) in pairs.into_iter().chain([(base.len(), tokens.len())]) {
            // What came in the place of something stands before it.
            came[from_base] = from_side..in_side;
            if in_base < base.len() {
                stays[in_base] = true;
            }
            (from_base, from_side) = (in_base + 1, in_side + 1);
        }
        let mut gone = vec![0; base.len()];
        let mut run = 0;
        for (gone, stays) in gone.iter_mut().zip(&stays).rev() {
            run = if *stays { 0 } else { run + 1 };
            *gone = run;
        }
        Self { tokens, stays, gone, came }
    }

    fn came(&self, gap: usize) -> &[Token<'a>] {
        &self.tokens[self.came[gap].clone()]
    }
}

/// The line as it is put together.
struct Line {
    text: String,
    ends_solid: bool,
}

impl Line {
    /// Adds a token. Two words that would touch are kept apart: no side has them side by side, or they were one.
    fn push(&mut self, token: &Token<'_>) {
        if self.ends_solid && token.is_solid() {
            self.text.push(' ');
        }
        self.text.push_str(token.text);
        self.ends_solid = token.is_solid();
    }

    fn push_all(&mut self, tokens: &[Token<'_>]) {
        tokens.iter().for_each(|token| self.push(token));
    }

    /// Sets two replacements of one thing side by side.
    fn either(&mut self, theirs: &[Token<'_>], mine: &[Token<'_>]) {
        self.push_all(theirs);
        self.text.push('/');
        self.ends_solid = false;
        self.push_all(mine);
    }
}

/// Merges a line that both sides changed, each in its way.
pub(super) fn merge(base: &str, theirs: &str, mine: &str, budget: &mut Budget) -> String {
    let base = tokens(base);
    let (theirs, mine) = (Side::new(&base, theirs, budget), Side::new(&base, mine, budget));
    let mut line = Line { text: String::new(), ends_solid: false };
    for gap in 0..=base.len() {
        let (from_theirs, from_mine) = (theirs.came(gap), mine.came(gap));
        let gone = if gap < base.len() { (theirs.gone[gap], mine.gone[gap]) } else { (0, 0) };
        match (from_theirs, from_mine) {
            (one, other) if one == other => line.push_all(one),
            (one, []) => line.push_all(one),
            ([], other) => line.push_all(other),
            ([one], [other]) if gone == (1, 1) => replaced(&mut line, &base[gap], one, other),
            (one, other) if gone.0 > 0 && gone.1 > 0 => line.either(one, other),
            (one, other) => {
                for piece in union(one, other, budget) {
                    match piece {
                        Whose::Theirs(at) => line.push(&one[at]),
                        Whose::Mine(at) => line.push(&other[at]),
                    }
                }
            }
        }
        if gap < base.len() && theirs.stays[gap] && mine.stays[gap] {
            line.push(&base[gap]);
        }
    }
    line.text
}

/// One token that both sides replaced by another.
fn replaced(line: &mut Line, base: &Token<'_>, theirs: &Token<'_>, mine: &Token<'_>) {
    match (theirs.kind, mine.kind) {
        (Kind::Box, Kind::Box) => line.push(if rank(theirs.text) >= rank(mine.text) { theirs } else { mine }),
        (Kind::Word, Kind::Word) => match by_characters(base.text, theirs.text, mine.text) {
            Some(text) => line.push(&Token { kind: Kind::Word, text: &text }),
            None => line.either(&[*theirs], &[*mine]),
        },
        (Kind::Link, Kind::Link) => line.either(&[*theirs], &[*mine]),
        (Kind::Space, Kind::Space) => line.push(if theirs.text >= mine.text { theirs } else { mine }),
        _ => line.push_all(&[*theirs, *mine]),
    }
}

/// Of two boxes the one that says more stays: done, given up, begun, open.
fn rank(checkbox: &str) -> u8 {
    match checkbox {
        "[x]" | "[X]" => 3,
        "[-]" => 2,
        "[ ]" => 0,
        _ => 1,
    }
}

/// A long word of which both sides changed different places.
fn by_characters(base: &str, theirs: &str, mine: &str) -> Option<String> {
    let base: Vec<char> = base.chars().collect();
    if base.len() < LONG_WORD {
        return None;
    }
    let (theirs, mine) = (Change::new(&base, theirs), Change::new(&base, mine));
    let (first, second) = if theirs.place.end < mine.place.start {
        (theirs, mine)
    } else if mine.place.end < theirs.place.start {
        (mine, theirs)
    } else {
        return None;
    };
    let kept = [0..first.place.start, first.place.end..second.place.start, second.place.end..base.len()];
    let [head, middle, tail] = kept.map(|range| base[range].iter().collect::<String>());
    Some([head, first.text, middle, second.text, tail].concat())
}

/// The one place where a word differs from the base.
struct Change {
    place: Range<usize>,
    text: String,
}

impl Change {
    fn new(base: &[char], word: &str) -> Self {
        let word: Vec<char> = word.chars().collect();
        let head = base.iter().zip(&word).take_while(|(one, other)| one == other).count();
        let ends = base[head..].iter().rev().zip(word[head..].iter().rev());
        let tail = ends.take_while(|(one, other)| one == other).count();
        Self { place: head..base.len() - tail, text: word[head..word.len() - tail].iter().collect() }
    }
}
