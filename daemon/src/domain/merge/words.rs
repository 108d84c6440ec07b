//! A line that both sides changed, merged by its words.

use std::ops::Range;

use super::Clash;
use super::common::{Budget, between, common};
use super::tokens::{Kind, Token, split_anchor, tokens};
use super::union::{Grain, Whose, union};

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
        for (away, here, pair) in between(pairs, base.len(), tokens.len()) {
            // What came in the place of something stands before it.
            came[away.start] = here;
            if let Some((kept, _)) = pair {
                stays[kept] = true;
            }
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

/// Where a token comes from: whose it is, and its place there.
type Origin = (u8, usize);

/// The line as it is put together.
struct Line {
    text: String,
    ends_solid: bool,
    last: Option<Origin>,
    clash: Clash,
}

impl Line {
    /// Adds a token. Two words that would touch are kept apart, unless they stand side by side where they come from.
    fn push(&mut self, token: &Token<'_>, origin: Origin) {
        let follows = self.last.is_some_and(|(whose, at)| (whose, at + 1) == origin);
        if self.ends_solid && token.is_solid() && !follows {
            self.text.push(' ');
        }
        self.text.push_str(token.text);
        self.ends_solid = token.is_solid();
        self.last = Some(origin);
    }

    fn push_all(&mut self, tokens: &[Token<'_>], (whose, from): Origin) {
        for (token, at) in tokens.iter().zip(from..) {
            self.push(token, (whose, at));
        }
    }

    /// Two replacements of one thing: side by side, or the one that stands.
    fn either(&mut self, theirs: (&[Token<'_>], Origin), mine: (&[Token<'_>], Origin)) {
        self.push_all(theirs.0, theirs.1);
        if self.clash == Clash::Both {
            self.text.push('/');
            self.ends_solid = false;
            self.push_all(mine.0, mine.1);
        }
    }
}

const BASE: u8 = 0;
const THEIRS: u8 = 1;
const MINE: u8 = 2;

/// Merges a line that both sides changed, each in its way. Its block anchor stays what and where it is.
pub(super) fn merge(base: &str, theirs: &str, mine: &str, clash: Clash, budget: &mut Budget) -> String {
    if !budget.take((base.len() + theirs.len() + mine.len()) as u64) {
        return if clash == Clash::Both { format!("{theirs}\n{mine}") } else { theirs.to_owned() };
    }
    let [(base, old), (theirs, their_anchor), (mine, my_anchor)] = [base, theirs, mine].map(split_anchor);
    let (first, second) =
        if their_anchor == old { (my_anchor, their_anchor) } else { (their_anchor, my_anchor) };
    let anchor = if first.is_empty() { second } else { first };
    by_tokens(base, theirs, mine, clash, budget) + anchor
}

fn by_tokens(base: &str, theirs: &str, mine: &str, clash: Clash, budget: &mut Budget) -> String {
    if base == theirs || theirs == mine {
        return mine.to_owned();
    }
    if base == mine {
        return theirs.to_owned();
    }
    let base = tokens(base);
    let (theirs, mine) = (Side::new(&base, theirs, budget), Side::new(&base, mine, budget));
    let mut line = Line { text: String::new(), ends_solid: false, last: None, clash };
    for gap in 0..=base.len() {
        let (from_theirs, from_mine) = (theirs.came(gap), mine.came(gap));
        let (their_place, my_place) = ((THEIRS, theirs.came[gap].start), (MINE, mine.came[gap].start));
        let gone = if gap < base.len() { (theirs.gone[gap], mine.gone[gap]) } else { (0, 0) };
        match (from_theirs, from_mine) {
            (one, other) if one == other => line.push_all(one, their_place),
            (one, []) => line.push_all(one, their_place),
            ([], other) => line.push_all(other, my_place),
            ([one], [other]) if gone == (1, 1) => {
                replaced(&mut line, &base[gap], (one, their_place), (other, my_place));
            }
            (one, other) if gone.0 > 0 && gone.1 > 0 => line.either((one, their_place), (other, my_place)),
            // What one put before a thing stands before what the other made of the thing.
            (one, other) if gone.0 > 0 => {
                line.push_all(other, my_place);
                line.push_all(one, their_place);
            }
            (one, other) if gone.1 > 0 => {
                line.push_all(one, their_place);
                line.push_all(other, my_place);
            }
            ([one], [other]) if [one.kind, other.kind] == [Kind::Space; 2] => {
                line.push(if one.text >= other.text { one } else { other }, their_place);
            }
            (one, other) => {
                let says = |token: &Token<'_>| !matches!(token.kind, Kind::Space | Kind::Mark);
                for piece in union(one, other, Grain::Blocks, says, budget) {
                    match piece {
                        Whose::Theirs(at) => line.push(&one[at], (THEIRS, their_place.1 + at)),
                        Whose::Mine(at) => line.push(&other[at], (MINE, my_place.1 + at)),
                    }
                }
            }
        }
        if gap < base.len() && theirs.stays[gap] && mine.stays[gap] {
            line.push(&base[gap], (BASE, gap));
        }
    }
    line.text
}

/// One token that both sides replaced by another.
fn replaced(
    line: &mut Line,
    base: &Token<'_>,
    (theirs, their_place): (&Token<'_>, Origin),
    (mine, my_place): (&Token<'_>, Origin),
) {
    let either = |line: &mut Line| line.either((&[*theirs], their_place), (&[*mine], my_place));
    match (theirs.kind, mine.kind) {
        (Kind::Box, Kind::Box) if line.clash == Clash::Both => {
            line.push(if rank(theirs.text) >= rank(mine.text) { theirs } else { mine }, their_place);
        }
        (Kind::Word, Kind::Word) if line.clash == Clash::Both => {
            match by_characters(base.text, theirs.text, mine.text) {
                Some(text) => line.push(&Token { kind: Kind::Word, text: &text }, their_place),
                None => either(line),
            }
        }
        (Kind::Space, Kind::Space) => {
            line.push(if theirs.text >= mine.text { theirs } else { mine }, their_place);
        }
        (Kind::Mark | Kind::Space, _) | (_, Kind::Mark | Kind::Space) if line.clash == Clash::Both => {
            line.push(theirs, their_place);
            line.push(mine, my_place);
        }
        _ => either(line),
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
    // Of numbers and ids that would be one that nobody typed.
    if [base, theirs, mine].iter().any(|word| !word.chars().all(char::is_alphabetic)) {
        return None;
    }
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
