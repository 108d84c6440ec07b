//! Words as the index has them: runs of letters and digits, folded; Chinese, Japanese and Korean by characters.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// First Unicode scalar.
    pub(super) start: usize,
    /// One past the last.
    pub(super) end: usize,
    /// Lower case, without accents.
    pub(super) folded: String,
}

/// Whether a character belongs to a script that puts no spaces between words.
pub(super) fn is_cjk(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}'
        | '\u{3031}'..='\u{3035}' | '\u{3040}'..='\u{30ff}' | '\u{3100}'..='\u{312f}' | '\u{3130}'..='\u{318f}'
        | '\u{31a0}'..='\u{31bf}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}'
        | '\u{20000}'..='\u{3ffff}')
}

/// Whether a character stands in words.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// Latin letters that are none with a mark, as people without them on their keyboard write them. The index folds marks
/// itself (`remove_diacritics`) and knows nothing of these.
fn plain_letters(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' | 'ẞ' => "ss",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ø' | 'Ø' => "o",
        'ł' | 'Ł' => "l",
        'đ' | 'Đ' | 'ð' | 'Ð' => "d",
        'þ' | 'Þ' => "th",
        'ħ' | 'Ħ' => "h",
        'ı' => "i",
        _ => return None,
    })
}

/// A text with plain letters in the place of those.
pub(super) fn spelled_plainly(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.chars().any(|c| plain_letters(c).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match plain_letters(c) {
            Some(letters) => plain.push_str(letters),
            None => plain.push(c),
        }
    }
    Cow::Owned(plain)
}

/// The words of a text, each CJK character one of its own.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut open = false;
    for (place, c) in text.chars().enumerate() {
        if !is_word(c) {
            open = false;
            continue;
        }
        let alone = is_cjk(c);
        match words.last_mut() {
            Some(word) if open && !alone => {
                fold_into(&mut word.folded, c);
                word.end = place + 1;
            }
            _ => {
                let mut folded = String::new();
                fold_into(&mut folded, c);
                words.push(Word { start: place, end: place + 1, folded });
            }
        }
        open = !alone;
    }
    words.retain(|word| !word.folded.is_empty());
    words
}

fn fold_into(word: &mut String, c: char) {
    if c.is_ascii() {
        return word.push(c.to_ascii_lowercase());
    }
    if let Some(letters) = plain_letters(c) {
        return word.push_str(letters);
    }
    for lower in c.to_lowercase() {
        word.extend(std::iter::once(lower).nfd().filter(|part| !is_combining_mark(*part)));
    }
}

/// CJK runs of a text as the index has them: of each run first its pairs, then its single characters.
pub(super) fn cjk_shadow(text: &str) -> String {
    let mut shadow = String::new();
    if !text.chars().any(is_cjk) {
        return shadow;
    }
    // Names and texts of some systems come taken apart into their parts.
    let text: String = text.nfc().collect();
    for run in text.split(|c| !is_cjk(c)).filter(|run| !run.is_empty()) {
        let mut push = |word: &str| {
            if !shadow.is_empty() {
                shadow.push(' ');
            }
            shadow.push_str(word);
        };
        pairs(run).iter().for_each(|pair| push(pair));
        let mut utf8 = [0; 4];
        run.chars().for_each(|c| push(c.encode_utf8(&mut utf8)));
    }
    shadow
}

/// The pairs of a run: of one character that alone.
pub(super) fn pairs(run: &str) -> Vec<String> {
    let characters: Vec<char> = run.chars().collect();
    match characters[..] {
        [only] => vec![only.to_string()],
        _ => characters.windows(2).map(|pair| pair.iter().collect()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_and_cjk_stands_alone() {
        let shown: Vec<_> = words("Ärger, Ünder-x 日本go! é\u{301}")
            .into_iter()
            .map(|w| (w.start, w.end, w.folded))
            .collect();
        let word = |start, end, text: &str| (start, end, text.to_owned());
        assert_eq!(
            shown,
            [
                word(0, 5, "arger"),
                word(7, 12, "under"),
                word(13, 14, "x"),
                word(15, 16, "日"),
                word(16, 17, "本"),
                word(17, 19, "go"),
                word(21, 23, "e")
            ]
        );
        let folded: Vec<_> = words("Straße ØRE łódź").into_iter().map(|word| word.folded).collect();
        assert_eq!(folded, ["strasse", "ore", "lodz"]);
        assert_eq!(spelled_plainly("Straße und Æble"), "Strasse und aeble");
        assert_eq!(cjk_shadow("a日本語b 中 x"), "日本 本語 日 本 語 中 中");
        assert_eq!(cjk_shadow("abc"), "");
        assert_eq!(cjk_shadow("\u{1112}\u{1161}\u{11ab}가"), cjk_shadow("한가"));
    }
}
