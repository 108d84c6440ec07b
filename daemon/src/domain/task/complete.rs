//! What a half-typed word of a filter or of a change can become.

use super::Status;
use super::filter::{self, Grouping, SortKey};
use super::own::OwnFields;
use super::quick_add;
use crate::domain::date::{DateWord, Now, describe, parse_date};
use crate::domain::settings::fold_name;

/// What can stand behind a part of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// Nothing that is known.
    Nothing,
    /// These words, each with what it means.
    Words(&'static [(&'static str, &'static str)]),
    /// The words behind `is:`.
    IsWords,
    /// Statuses.
    Statuses,
    /// Dates.
    Dates,
    /// Tags.
    Tags,
    /// Projects, by path.
    Projects,
    /// Areas, by path.
    Areas,
    /// Open tasks, by short id.
    Tasks,
    /// Pages, as `[[title]]`.
    Pages,
}

/// A word cut where it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed<'a> {
    /// A key is typed, in whole or in part, behind what stands before it.
    Key(&'a str, &'a str),
    /// A modifier of a key, behind the key and its dot.
    Modifier(&'a str, &'a str),
    /// A value: what stands before it, what can stand there, what is typed of it.
    Value(&'a str, Of, &'a str),
}

/// A word and what it means.
pub type Offered = (String, String);

/// Dates that people type most.
const DATES: [&str; 24] = [
    "today",
    "tomorrow",
    "mon",
    "tue",
    "wed",
    "thu",
    "fri",
    "sat",
    "sun",
    "eow",
    "eom",
    "eoq",
    "eoy",
    "sow",
    "som",
    "yesterday",
    "1d",
    "3d",
    "1w",
    "2w",
    "1mo",
    "3mo",
    "1y",
    "now",
];

/// Priorities as the value of a key.
pub const PRIORITIES: &[(&str, &str)] = &[("1", "the highest"), ("2", ""), ("3", ""), ("4", "the lowest")];

/// Cuts what is typed of a word with commas in it before its last part.
pub fn last_part(typed: &str) -> (&str, &str) {
    typed.split_at(typed.rfind(',').map_or(0, |comma| comma + 1))
}

/// The last word of a line: words end at spaces outside quotes and `[[ ]]`.
pub fn last_word(line: &str) -> (&str, &str) {
    let (mut start, mut is_quoted, mut is_link) = (0, false, false);
    for (at, c) in line.char_indices() {
        match c {
            '"' if !is_link => is_quoted = !is_quoted,
            '[' if line[at..].starts_with("[[") && !is_quoted => is_link = true,
            ']' if line[at..].starts_with("]]") => is_link = false,
            c if (c.is_whitespace() || matches!(c, '(' | ')')) && !is_quoted && !is_link => {
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    line.split_at(start)
}

/// Words that begin as typed, of those that can stand there; nothing for what only the store knows.
pub fn words(of: Of, typed: &str, now: &Now) -> Vec<Offered> {
    let typed = typed.to_lowercase();
    let begun = |words: &mut dyn Iterator<Item = (&'static str, &'static str)>| {
        let begun = words.filter(|(word, _)| word.starts_with(&*typed));
        begun.map(|(word, about)| (word.to_owned(), about.to_owned())).collect()
    };
    match of {
        Of::Words(words) => begun(&mut words.iter().copied()),
        Of::IsWords => begun(&mut filter::is_words()),
        Of::Statuses => begun(&mut Status::ALL.into_iter().map(|status| (status.word(), ""))),
        Of::Dates => dates(&typed, now),
        Of::Nothing | Of::Tags | Of::Projects | Of::Areas | Of::Tasks | Of::Pages => Vec::new(),
    }
}

/// Date words that begin as typed, each with its day; if there are none, what is typed when it is a date itself.
fn dates(typed: &str, now: &Now) -> Vec<Offered> {
    let day = |word: &str| match parse_date(word, now, &|_| None) {
        Ok(DateWord::When(when)) => Some(describe(&when, now)),
        _ => None,
    };
    let known = DATES.into_iter().filter(|word| word.starts_with(typed));
    let mut offered: Vec<Offered> = known.filter_map(|word| Some((word.to_owned(), day(word)?))).collect();
    if offered.is_empty() {
        offered.extend(day(typed).map(|day| (typed.to_owned(), day)));
    }
    offered
}

/// Keys to sort by that begin as the last of those typed; whole ones can be turned round.
pub fn sort_keys(typed: &str, own: &OwnFields) -> Vec<Offered> {
    let (before, last) = last_part(typed);
    let last = fold_name(last);
    let known = SortKey::ALL.iter().map(|key| -> &str { key.word() });
    let keys = known.chain(own.names());
    let used = |word: &str| before.split(',').any(|used| used.trim_end_matches(['+', '-']) == word);
    let begun = keys.filter(|word| word.starts_with(&*last) && !used(word));
    let offered = begun.flat_map(|word| {
        let turned = (word == last).then(|| (format!("{before}{word}-"), "descending".to_owned()));
        [(format!("{before}{word}"), String::new())].into_iter().chain(turned)
    });
    offered.collect()
}

/// What a list can be grouped by.
pub fn groupings(typed: &str) -> Vec<Offered> {
    let words = Grouping::ALL.map(Grouping::word).into_iter().chain(["none"]);
    words.filter(|word| word.starts_with(typed)).map(|word| (word.to_owned(), String::new())).collect()
}

/// Cuts a word of a filter.
pub fn of_filter(word: &str) -> Typed<'_> {
    filter::typed(word)
}

/// Cuts a word of quick-add or of a change.
pub fn of_change(word: &str) -> Typed<'_> {
    quick_add::typed(word)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::domain::task::own::{FieldKind, OwnField};

    fn now() -> Now {
        Now::new("2026-11-23T09:00:00Z".parse().unwrap(), TimeZone::UTC)
    }

    #[test]
    fn a_word_of_a_filter_goes_on_as_its_key_has_it() {
        for (word, expected) in [
            ("", Typed::Key("", "")),
            ("du", Typed::Key("", "du")),
            ("-du", Typed::Value("-", Of::Tags, "du")),
            ("+ho", Typed::Value("+", Of::Tags, "ho")),
            ("due:fr", Typed::Value("due:", Of::Dates, "fr")),
            ("due<=fr", Typed::Value("due<=", Of::Dates, "fr")),
            ("-due.by:fri,sa", Typed::Value("-due.by:fri,", Of::Dates, "sa")),
            ("due.bef", Typed::Modifier("due.", "bef")),
            ("is:ov", Typed::Value("is:", Of::IsWords, "ov")),
            ("status:", Typed::Value("status:", Of::Statuses, "")),
            ("proj:Ho", Typed::Value("proj:", Of::Projects, "Ho")),
            ("proj:\"Big H", Typed::Value("proj:", Of::Projects, "Big H")),
            ("links:[[Ro", Typed::Value("links:", Of::Pages, "Ro")),
            ("links:[[A]],[[Ro", Typed::Value("links:[[A]],", Of::Pages, "Ro")),
            ("under:7k", Typed::Value("under:", Of::Tasks, "7k")),
            ("title:x", Typed::Value("title:", Of::Nothing, "x")),
            ("foo:x", Typed::Value("foo:", Of::Nothing, "x")),
        ] {
            assert_eq!(of_filter(word), expected, "{word}");
        }
        assert!(matches!(of_filter("priority:"), Typed::Value("priority:", Of::Words(_), "")));
        assert_eq!(of_change("-ho"), Typed::Value("-", Of::Tags, "ho"));
        assert_eq!(of_change("plan:to"), Typed::Value("plan:", Of::Dates, "to"));
        assert_eq!(of_change("dep:7k"), Typed::Value("dep:", Of::Tasks, "7k"));
        assert_eq!(of_change("pro"), Typed::Key("", "pro"));
    }

    #[test]
    fn words_have_their_meaning_beside_them() {
        let offered = |of, typed: &str| words(of, typed, &now());
        assert_eq!(offered(Of::Dates, "tom"), [("tomorrow".into(), "Tue 2026-11-24".into())]);
        assert_eq!(offered(Of::Dates, "5d"), [("5d".into(), "Sat 2026-11-28".into())]);
        assert_eq!(offered(Of::Dates, "nonsense"), []);
        assert_eq!(offered(Of::IsWords, "overd")[0].0, "overdue");
        let mut own = OwnFields::NONE;
        own.insert(OwnField { name: "effort".into(), kind: FieldKind::Number, label: None });
        let sorted =
            |typed: &str| sort_keys(typed, &own).into_iter().map(|(word, _)| word).collect::<Vec<_>>();
        assert_eq!(sorted("due,sco"), ["due,score"]);
        assert_eq!(sorted("due,eff"), ["due,effort"]);
        assert_eq!(sorted("score"), ["score", "score-"]);
        assert!(!sorted("due-,").contains(&"due-,due".to_owned()));
        assert_eq!(groupings("pr").len(), 2);
    }

    #[test]
    fn a_line_is_completed_in_its_last_word() {
        assert_eq!(last_word("+home due:fr"), ("+home ", "due:fr"));
        assert_eq!(last_word("(+home or proj:\"Big H"), ("(+home or ", "proj:\"Big H"));
        assert_eq!(last_word("links:[[Big H"), ("", "links:[[Big H"));
        assert_eq!(last_word("links:[[Big H]] -x"), ("links:[[Big H]] ", "-x"));
        assert_eq!(last_word(""), ("", ""));
        assert_eq!(last_word("漢字 (+ä"), ("漢字 (", "+ä"));
    }
}
