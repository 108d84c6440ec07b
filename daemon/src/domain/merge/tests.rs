//! Examples, and the laws over random pages that two sides edit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use unicode_segmentation::UnicodeSegmentation as _;

use super::{merge3, take_back};

#[test]
fn both_edits_stand_in_the_merge() {
    for (what, base, theirs, mine, merged) in [
        ("each its own line", "a\nb\nc", "a1\nb\nc", "a\nb\nc1", "a1\nb\nc1"),
        ("both at the end", "one\n", "one\ntwo\n", "one\nthree\n", "one\ntwo\nthree\n"),
        ("without a last line end", "one", "one\ntwo", "one\nthree", "one\ntwo\nthree"),
        ("the same line twice", "x\n", "x\nbuy milk\n", "x\nbuy milk\n", "x\nbuy milk\n"),
        ("shared among others", "x\n", "x\na\nmilk\n", "x\nmilk\nb\n", "x\na\nmilk\nb\n"),
        ("both tick", "- [ ] call bank\n", "- [x] call bank\n", "- [x] call bank\n", "- [x] call bank\n"),
        ("one begins, one does", "- [ ] call bank", "- [/] call bank", "- [x] call bank", "- [x] call bank"),
        (
            "tick and reword",
            "- [ ] call bank",
            "- [x] call bank",
            "- [ ] call the bank",
            "- [x] call the bank",
        ),
        (
            "another day each",
            "meet on Monday at noon",
            "meet on Tuesday at noon",
            "meet on Thursday at noon",
            "meet on Tuesday/Thursday at noon",
        ),
        (
            "ends of one long word",
            "see the colour here",
            "see the Colour here",
            "see the colours here",
            "see the Colours here",
        ),
        ("deleted and edited", "a\nold line here\nb", "a\nb", "a\nold line there\nb", "a\nold line there\nb"),
        ("both delete", "a\nb\nc", "a\nc", "a\nc", "a\nc"),
        (
            "moved and edited",
            "a\nthe second item\nb\nc",
            "a\nb\nc\nthe second item",
            "a\nthe second new item\nb\nc",
            "a\nb\nc\nthe second new item",
        ),
        ("both moved", "a\nthe item\nb\nc", "a\nb\nthe item\nc", "a\nb\nc\nthe item", "a\nb\nthe item\nc"),
        (
            "rewritten and edited",
            "q\nalpha beta gamma\nz",
            "q\nsomething else entirely\nz",
            "q\nalpha beta delta\nz",
            "q\nsomething else entirely\nalpha beta delta\nz",
        ),
        ("two links", "go [[A]] now", "go [[B]] now", "go [[C]] now", "go [[B]]/[[C]] now"),
        (
            "a separator gone meets a word come",
            "call Bob - now",
            "call Bob now",
            "call Bob - right now",
            "call Bob right now",
        ),
        ("two words come side by side", "to be", "to really be", "to surely be", "to really surely be"),
        ("Chinese needs no spaces", "我去北京", "我去東京", "我也去北京", "我也去東京"),
        ("carriage returns", "a\r\nb\r\n", "a1\r\nb\r\n", "a\r\nb1\r\n", "a1\r\nb1\r\n"),
        (
            "code is not cut",
            "```\nlet a = 1;\n```",
            "```\nlet a = 2;\n```",
            "```\nlet a = 3;\n```",
            "```\nlet a = 2;\nlet a = 3;\n```",
        ),
        ("blocks stay whole", "x", "x\n```\na\n```", "x\n```\nb\n```", "x\n```\na\n```\n```\nb\n```"),
        (
            "both begin a journal",
            "",
            "# 2026-11-26\nrain\n",
            "# 2026-11-26\nsun\n",
            "# 2026-11-26\nrain\nsun\n",
        ),
    ] {
        assert_eq!(merge3(base, theirs, mine), merged, "{what}");
    }
}

#[test]
fn large_pieces_that_changed_alike_are_not_doubled() {
    let lines = |end: &str| (0..1_500).map(|n| format!("line {n} of many{end}")).collect::<Vec<_>>();
    let base = lines("").join("\n");
    let theirs = lines("\r").join("\n");
    let mine = base.replace("line 700 of", "line 700 out of");
    let merged = merge3(&base, &theirs, &mine);
    assert_eq!(merged, theirs.replace("line 700 of", "line 700 out of"));
    let (theirs, mine) = (base.replace("line", "row"), base.replace("many", "some"));
    assert_eq!(merge3(&base, &theirs, &mine), theirs.replace("many", "some"));
}

#[test]
fn what_is_taken_back_leaves_what_was_changed_since() {
    for (what, before, after, now, taken_back) in [
        ("nothing since", "a", "a\nb", "a\nb", "a"),
        ("a line since", "a", "a\nb", "a\nb\nc", "a\nc"),
        (
            "another link since",
            "see [[Alpha]] now",
            "see [[Beta]] now",
            "see [[Gamma]] now",
            "see [[Gamma]] now",
        ),
        ("deleted since", "old words here\nx", "new words here\nx", "x", "x"),
    ] {
        assert_eq!(take_back(after, now, before), taken_back, "{what}");
    }
}

#[test]
fn odd_texts_are_merged_too() {
    for (base, theirs, mine) in [
        ("", "", ""),
        ("\n", "", "\n\n"),
        ("\0a\u{feff}", "\0b\u{feff}", "c\0"),
        ("👨‍👩‍👧 e\u{301}", "👨‍👩‍👧 e\u{301}x", "y👨‍👩‍👧"),
        ("[[", "[[x", "]]"),
        ("```", "```\n```", "~~~"),
    ] {
        let merged = merge3(base, theirs, mine);
        assert_eq!(words(&merged), words(&merge3(base, mine, theirs)), "{base:?} {theirs:?} {mine:?}");
    }
}

/// The words of a text, with how often each stands there.
fn words(text: &str) -> BTreeMap<&str, usize> {
    let mut words = BTreeMap::new();
    for word in text.unicode_words() {
        *words.entry(word).or_default() += 1;
    }
    words
}

/// A page as people write them, of words too short to be merged by their characters.
fn page() -> impl Strategy<Value = Vec<String>> {
    let word =
        || prop::sample::select(&["ant", "bee", "cat", "dog", "eel", "fox", "gnu", "hen", "日", "é"][..]);
    let words = || prop::collection::vec(word(), 1..6).prop_map(|words| words.join(" "));
    let line = prop_oneof![
        6 => words(),
        3 => (prop::sample::select(&["- [ ] ", "- [x] ", "- ", "## ", "> ", "1. "][..]), words())
            .prop_map(|(mark, words)| format!("{mark}{words}")),
        2 => (words(), word()).prop_map(|(words, page)| format!("{words} [[{page}]], ok.")),
        1 => word().prop_map(|word| format!("| {word} | https://x.example/{word} |")),
        1 => Just(String::new()),
        1 => Just("```".to_owned()),
    ];
    prop::collection::vec(line, 0..14)
}

/// What a person does to a page in one go.
#[derive(Debug, Clone)]
enum Edit {
    Insert(usize, String),
    Delete(usize),
    Word(usize, usize, String),
    Tick(usize),
    Move(usize, usize),
    Append(usize, String),
}

fn edit() -> impl Strategy<Value = Edit> {
    edit_within(16)
}

/// The same on a page of any length.
fn edit_anywhere() -> impl Strategy<Value = Edit> {
    edit_within(10_000)
}

fn edit_within(lines: usize) -> impl Strategy<Value = Edit> {
    let place = move || 0..lines;
    let text = || "[k-t]{3}( [k-t]{3}){0,2}";
    prop_oneof![
        (place(), text()).prop_map(|(at, line)| Edit::Insert(at, line)),
        place().prop_map(Edit::Delete),
        (place(), place(), "[k-t]{3}").prop_map(|(line, word, text)| Edit::Word(line, word, text)),
        place().prop_map(Edit::Tick),
        (place(), place()).prop_map(|(from, to)| Edit::Move(from, to)),
        (place(), text()).prop_map(|(at, text)| Edit::Append(at, text)),
    ]
}

fn edited(page: &[String], edits: &[Edit]) -> String {
    let mut lines = page.to_vec();
    for edit in edits {
        let count = lines.len();
        match edit {
            Edit::Insert(at, line) => lines.insert(at % (count + 1), line.clone()),
            _ if count == 0 => {}
            Edit::Delete(at) => drop(lines.remove(at % count)),
            Edit::Word(at, word, text) => {
                let line = &mut lines[at % count];
                let pieces: Vec<&str> = line.split(' ').collect();
                let word = word % pieces.len();
                let pieces =
                    pieces.iter().enumerate().map(|(n, piece)| if n == word { text } else { *piece });
                *line = pieces.collect::<Vec<_>>().join(" ");
            }
            Edit::Tick(at) => lines[at % count] = lines[at % count].replacen("[ ]", "[x]", 1),
            Edit::Move(from, to) => {
                let line = lines.remove(from % count);
                lines.insert(to % count, line);
            }
            Edit::Append(at, text) => lines[at % count].push_str(&format!(" {text}")),
        }
    }
    lines.join("\n")
}

/// Fails when a merge loses, invents or breaks something.
fn check(base: &str, theirs: &str, mine: &str) -> Result<(), TestCaseError> {
    let merged = merge3(base, theirs, mine);
    let [in_base, in_theirs, in_mine, in_merged] = [base, theirs, mine, &merged].map(words);
    let count = |words: &BTreeMap<&str, usize>, word| words.get(word).copied().unwrap_or_default();
    for word in in_theirs.keys().chain(in_mine.keys()) {
        let was = count(&in_base, word);
        let (by_theirs, by_mine) = (count(&in_theirs, word), count(&in_mine, word));
        // What a side put in, or both kept, is there.
        let is_due = by_theirs > was || by_mine > was;
        prop_assert!(!is_due || count(&in_merged, word) > 0, "{word} is lost in {merged:?}");
    }
    for word in in_merged.keys() {
        let is_known = [&in_base, &in_theirs, &in_mine].iter().any(|words| words.contains_key(word));
        prop_assert!(is_known, "nobody typed {word}: {merged:?}");
    }
    let boxes = |text: &str| -> BTreeSet<String> {
        let after = text.match_indices("- [").filter_map(|(at, _)| text.get(at + 2..at + 5));
        after.map(str::to_owned).collect()
    };
    for checkbox in boxes(&merged) {
        prop_assert!(
            [base, theirs, mine].iter().any(|text| boxes(text).contains(&checkbox)),
            "{checkbox}: {merged:?}"
        );
    }
    let swapped = merge3(base, mine, theirs);
    prop_assert_eq!(words(&merged), words(&swapped), "{:?} is not {:?}", merged, swapped);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("HEPH_LONG").is_some() { 20_000 } else { 1_000 }))]

    #[test]
    fn nothing_typed_is_lost_and_no_word_is_made_up(
        page in page(),
        theirs in prop::collection::vec(edit(), 1..6),
        mine in prop::collection::vec(edit(), 1..6),
        shared in prop::option::weighted(0.25, edit()),
    ) {
        let base = page.join("\n");
        let with_shared = |edits: &[Edit]| edits.iter().cloned().chain(shared.clone()).collect::<Vec<_>>();
        check(&base, &edited(&page, &with_shared(&theirs)), &edited(&page, &with_shared(&mine)))?;
    }

    #[test]
    fn who_changed_nothing_changes_nothing(base in ".{0,60}(\n.{0,20}){0,4}", other in ".{0,60}(\n.{0,20}){0,4}") {
        let merge = |theirs: &str, mine: &str| {
            super::lines::merge(&base, theirs, mine, super::Clash::Both, &mut super::Budget::new(super::STEPS))
        };
        prop_assert_eq!(merge(&base, &other), other.clone());
        prop_assert_eq!(merge(&other, &base), other.clone());
        prop_assert_eq!(merge(&other, &other), other.clone());
        prop_assert_eq!(merge3(&base, &other, &base), other);
    }

    #[test]
    fn any_texts_are_merged(base in "[ab\n \\[\\]x`😀é\r]{0,60}", theirs in "[ab\n \\[\\]x`😀é\r]{0,60}", mine in "[ab\n \\[\\]x`😀é\r]{0,60}") {
        let _ = merge3(&base, &theirs, &mine);
    }

    #[test]
    fn without_a_budget_nothing_is_lost_either(page in page(), theirs in prop::collection::vec(edit(), 1..6), mine in prop::collection::vec(edit(), 1..6), steps in 0_u64..3_000) {
        let base = page.join("\n");
        let (theirs, mine) = (edited(&page, &theirs), edited(&page, &mine));
        let merged = super::lines::merge(&base, &theirs, &mine, super::Clash::Both, &mut super::Budget::new(steps));
        let (before, after) = (words(&base), words(&merged));
        for (word, count) in words(&theirs).into_iter().chain(words(&mine)) {
            prop_assert!(count <= before.get(word).copied().unwrap_or_default() || after.contains_key(word), "{word}");
        }
    }
}

/// Pages of people: our own small vault, and the sample vault where it is.
fn corpus() -> Vec<String> {
    let ours = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../clients/cli/tests/vault");
    let shared = std::env::var_os("HEPH_SHARED_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from);
    let mut folders = vec![ours, shared.join("obsidian-help-en")];
    let mut pages = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.extend(std::fs::read_to_string(path));
            }
        }
    }
    pages.sort();
    pages
}

#[test]
fn pages_of_people_keep_what_both_typed() {
    let pages = corpus();
    assert!(pages.len() > 3, "our own vault is there");
    let mut runner = TestRunner::deterministic();
    let edits = prop::collection::vec(edit_anywhere(), 1..5);
    for page in pages {
        let lines: Vec<String> = page.split('\n').map(str::to_owned).collect();
        for _ in 0..3 {
            let mut side = || edited(&lines, &edits.new_tree(&mut runner).unwrap().current());
            let (theirs, mine) = (side(), side());
            if let Err(error) = check(&page, &theirs, &mine) {
                panic!("{error}");
            }
        }
    }
}

#[test]
fn odd_and_large_texts_end_soon() {
    let scheme_behind_digits = "9ab://".repeat(20_000);
    let (blank, word, link) = ("\n".repeat(20_000), "word ".repeat(20_000), "[[".repeat(20_000));
    let scheme = "a://".repeat(20_000);
    for text in [blank, word, link, scheme, scheme_behind_digits] {
        let (theirs, mine) = (format!("a{text}"), format!("{}b", text.replacen("word", "ward", 1)));
        assert!(merge3(&text, &theirs, &mine).len() >= text.len());
    }
}
