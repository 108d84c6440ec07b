//! The paths a source names, each with its line, groups written out.
//!
//! `use std::{fs, io::{Read, Write}}` names `std::fs`, `std::io::Read` and `std::io::Write`.

/// A path in the code, `fs::read` or `std::fs::read`, as it is written there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    /// The line, from 1.
    pub(crate) line: usize,
    /// Its segments joined by `::`.
    pub(crate) path: String,
}

impl Name {
    /// Whether this is a path or something in it.
    pub(crate) fn is_within(&self, path: &str) -> bool {
        self.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    }
}

/// Reads the paths of code without comments.
pub(crate) fn names(code: &str) -> Vec<Name> {
    let mut names = Vec::new();
    // The groups we are in: what stands before each, empty for a block of statements.
    let mut groups: Vec<String> = Vec::new();
    let mut path = String::new();
    let (mut joined, mut last) = (false, 1);
    for (line, token) in tokens(code) {
        match token {
            Token::Word(word) => {
                if !joined {
                    keep(&mut names, last, &path);
                    path = groups.last().cloned().unwrap_or_default();
                }
                if !path.is_empty() {
                    path.push_str("::");
                }
                path.push_str(word);
                (joined, last) = (false, line);
            }
            Token::Join => joined = true,
            Token::Open => {
                let group = if joined { std::mem::take(&mut path) } else { String::new() };
                keep(&mut names, last, &path);
                path.clear();
                groups.push(group);
                joined = false;
            }
            Token::Close => {
                keep(&mut names, last, &path);
                path.clear();
                groups.pop();
                joined = false;
            }
            Token::Other => {
                keep(&mut names, last, &path);
                path.clear();
                joined = false;
            }
        }
    }
    keep(&mut names, last, &path);
    names
}

fn keep(names: &mut Vec<Name>, line: usize, path: &str) {
    if !path.is_empty() {
        names.push(Name { line, path: path.to_owned() });
    }
}

enum Token<'a> {
    Word(&'a str),
    Join,
    Open,
    Close,
    Other,
}

/// Cuts code into the tokens that matter; each with the line on which it begins.
fn tokens(code: &str) -> impl Iterator<Item = (usize, Token<'_>)> {
    let (mut at, mut line) = (0, 1);
    std::iter::from_fn(move || {
        loop {
            let rest = &code[at..];
            let first = rest.chars().next()?;
            let length = if is_word(first) {
                rest.find(|c| !is_word(c)).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            let text = &rest[..length];
            at += length;
            if first == '\n' {
                line += 1;
            }
            return Some((
                line,
                match first {
                    c if c.is_whitespace() => continue,
                    '{' => Token::Open,
                    '}' => Token::Close,
                    ':' if length == 2 => Token::Join,
                    c if is_word(c) => Token::Word(text),
                    _ => Token::Other,
                },
            ));
        }
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(code: &str) -> Vec<String> {
        names(code).into_iter().map(|name| name.path).collect()
    }

    #[test]
    fn groups_are_written_out() {
        assert_eq!(
            paths("use std::{fs, io::{self, Read as _}, collections::BTreeMap};"),
            [
                "use",
                "std::fs",
                "std::io::self",
                "std::io::Read",
                "std::io::as",
                "std::io::_",
                "std::collections::BTreeMap"
            ]
        );
    }

    #[test]
    fn blocks_are_no_groups() {
        assert_eq!(paths("fn a() { b::c(); } d"), ["fn", "a", "b::c", "d"]);
    }

    #[test]
    fn lines_count_from_one() {
        let found = names("a\n\nuse b::c;\n");
        assert_eq!(found.last(), Some(&Name { line: 3, path: "b::c".into() }));
    }

    #[test]
    fn a_prefix_of_a_word_is_another_path() {
        let name = Name { line: 1, path: "std::fs::read".into() };
        assert!(name.is_within("std::fs") && name.is_within("std::fs::read"));
        assert!(!name.is_within("std::f") && !name.is_within("fs"));
    }
}
