//! Rust text without what is not code: comments, the insides of literals, test modules.
//!
//! Lines stay where they are, so that a finding can name its line.

/// Blanks comments and the insides of string and character literals.
pub(crate) fn without_comments(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = skipped(&chars, at);
        if end == at {
            code.push(chars[at]);
            at += 1;
        } else {
            code.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    code
}

/// End of the comment or literal that begins at a place; the place itself if none does.
fn skipped(chars: &[char], at: usize) -> usize {
    let next = |ahead: usize| chars.get(at + ahead).copied();
    let begins_word = at == 0 || !is_word(chars[at - 1]);
    match chars[at] {
        '/' if next(1) == Some('/') => find(chars, at, |c| c == '\n'),
        '/' if next(1) == Some('*') => block_comment(chars, at),
        '"' => string(chars, at + 1),
        'b' | 'c' if begins_word && next(1) == Some('"') => string(chars, at + 2),
        'r' if begins_word => raw_string(chars, at + 1).unwrap_or(at),
        'b' | 'c' if begins_word && next(1) == Some('r') => raw_string(chars, at + 2).unwrap_or(at),
        '\'' => character(chars, at),
        _ => at,
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn find(chars: &[char], from: usize, stop: impl Fn(char) -> bool) -> usize {
    chars[from..].iter().position(|c| stop(*c)).map_or(chars.len(), |ahead| from + ahead)
}

/// Block comments nest.
fn block_comment(chars: &[char], from: usize) -> usize {
    let (mut at, mut depth) = (from, 0);
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at.min(chars.len())
}

/// End of a string whose quote stands before `from`.
fn string(chars: &[char], from: usize) -> usize {
    let mut at = from;
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

/// End of a raw string whose `r` stands before `from`; `None` if it is none.
fn raw_string(chars: &[char], from: usize) -> Option<usize> {
    let open = find(chars, from, |c| c != '#');
    if chars.get(open) != Some(&'"') {
        return None;
    }
    let hashes = open - from;
    let closes = |at: usize| {
        chars[at] == '"' && chars.get(at + 1..=at + hashes).is_some_and(|rest| rest.iter().all(|c| *c == '#'))
    };
    Some((open + 1..chars.len()).find(|at| closes(*at)).map_or(chars.len(), |at| at + 1 + hashes))
}

/// End of a character literal; a lifetime is none.
fn character(chars: &[char], at: usize) -> usize {
    match (chars.get(at + 1), chars.get(at + 2)) {
        (Some('\\'), _) => (find(chars, at + 3, |c| c == '\'') + 1).min(chars.len()),
        (Some(_), Some('\'')) => at + 3,
        _ => at,
    }
}

/// Blanks modules under `#[cfg(test)]`; what is given has no comments any more.
pub(crate) fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut kept = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(start) = rest.find(MARK) {
        let (before, from) = rest.split_at(start);
        let end = item_end(from);
        kept.push_str(before);
        kept.extend(from[..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = &from[end..];
    }
    kept.push_str(rest);
    kept
}

/// End of the item a text begins with: its closing brace, or the semicolon before any brace.
fn item_end(text: &str) -> usize {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            ';' if depth == 0 => return at + 1,
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth <= 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_go_and_lines_stay() {
        let code = without_comments(concat!(
            "let a = \"sqlx \\\" // not\"; // actix\n",
            "/* one /* two */ still */ let b = r#\"std::fs \" \"#;\n",
            "let c: &'static str = b\"x\"; let d = '\"'; let e = '\\''; for r in rows {}\n",
        ));
        assert_eq!(code.lines().count(), 3);
        for gone in ["sqlx", "actix", "one", "still", "std::fs"] {
            assert!(!code.contains(gone), "{gone} in {code}");
        }
        for kept in ["let a =", "let b =", "&'static str", "let d =", "let e =", "for r in rows {}"] {
            assert!(code.contains(kept), "{kept} not in {code}");
        }
    }

    #[test]
    fn test_modules_go_and_what_follows_stays() {
        let code = "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { if x {} } }\nfn c() {}\n#[cfg(test)]\nuse d;\nfn e() {}";
        let kept = without_tests(code);
        assert_eq!(kept.lines().count(), code.lines().count());
        assert!(kept.contains("fn a") && kept.contains("fn c") && kept.contains("fn e"), "{kept}");
        assert!(!kept.contains("fn b") && !kept.contains("use d"), "{kept}");
    }
}
