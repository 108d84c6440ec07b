//! Text for cells: how wide it is, cut to a width, and nothing in it that a terminal would obey.
//!
//! The screen puts each grapheme into cells of its own, so widths here are sums over graphemes.

use heph_terminal::text::shown;
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// Cells a grapheme may take; wider ones are no characters anybody writes, and the screen takes none over 5.
const WIDEST: usize = 4;

/// Columns of a text.
pub(crate) fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.graphemes(true).map(|grapheme| grapheme.width()).sum() }
}

/// The text as it can be shown: control characters as signs, nothing without width, nothing too wide.
pub(crate) fn fit_to_show(text: &str) -> String {
    let text = shown(text);
    if text.is_ascii() {
        return text.into_owned();
    }
    let graphemes = text.graphemes(true).filter_map(|grapheme| match grapheme.width() {
        0 => None,
        1..=WIDEST => Some(grapheme),
        _ => Some("\u{fffd}"),
    });
    graphemes.collect()
}

/// The text cut to at most so many columns, with `…` where it was cut.
pub(crate) fn cut(text: &str, limit: usize) -> String {
    if width(text) <= limit {
        return text.to_owned();
    }
    let mut kept = take(text, limit.saturating_sub(1)).to_owned();
    if limit > 0 {
        kept.push('…');
    }
    kept
}

/// As much of the beginning as fits, without a mark.
pub(crate) fn take(text: &str, limit: usize) -> &str {
    let (mut used, mut end) = (0, 0);
    for (at, grapheme) in text.grapheme_indices(true) {
        used += grapheme.width();
        if used > limit {
            break;
        }
        end = at + grapheme.len();
    }
    &text[..end]
}

/// The text in exactly so many columns: cut, or filled with spaces.
pub(crate) fn column(text: &str, columns: usize) -> String {
    let mut text = cut(text, columns);
    text.extend(std::iter::repeat_n(' ', columns.saturating_sub(width(&text))));
    text
}

/// Lines of at most so many columns, broken between words where that goes.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_inclusive(' ') {
        let bare = word.trim_end_matches(' ');
        if used > 0 && used + width(bare) > columns {
            lines.push(String::new());
            used = 0;
        }
        let mut rest = word;
        while used + width(rest.trim_end_matches(' ')) > columns {
            let part = take(rest, columns - used);
            // A grapheme wider than the line cannot be shown there.
            if part.is_empty() {
                break;
            }
            lines.last_mut().expect("there is always one").push_str(part);
            rest = &rest[part.len()..];
            lines.push(String::new());
            used = 0;
        }
        lines.last_mut().expect("there is always one").push_str(rest);
        used += width(rest);
    }
    lines.into_iter().map(|line| line.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_counts_cells() {
        assert_eq!(cut("漢字漢字", 5), "漢字…");
        assert_eq!(cut("hello", 5), "hello");
        assert_eq!(cut("hello", 0), "");
        assert_eq!(column("ab", 4), "ab  ");
        assert_eq!(column("漢字漢", 4), "漢…  ".trim_end().to_owned() + " ");
    }

    #[test]
    fn a_title_is_seen_and_not_obeyed() {
        assert_eq!(fit_to_show("\u{1b}[31mred\u{202e}"), "␛[31mred‹U+202E›");
        assert_eq!(
            fit_to_show("ᄀᄀᄀ!"),
            "\u{fffd}!",
            "a cluster of six cells would end the screen library"
        );
        assert_eq!(fit_to_show("a\u{200b}b"), "ab");
        assert_eq!(width(&fit_to_show("👩‍👩‍👧 ok")), 5);
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(wrap("漢字漢字", 3), ["漢", "字", "漢", "字"]);
    }
}
