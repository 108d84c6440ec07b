use heph_protocol::types::{LinkState, NodeRef};
use proptest::prelude::*;

use super::*;

fn shown(text: &str, links: &[Link], columns: usize) -> String {
    render(text, links, columns).iter().map(|line| line.render(false) + "\n").collect()
}

fn plain(text: &str) -> String {
    shown(text, &[], 40)
}

#[test]
fn blocks_stand_apart_and_paragraphs_wrap() {
    let text = "# One `x`\nfirst para that is long enough to be wrapped *here*\nor there\n\n---\n## Two\nhard  \nbreak";
    assert_eq!(
        plain(text),
        "# One `x`\n\nfirst para that is long enough to be\nwrapped here or there\n\n────────────────────────────────────────\n\n## Two\n\nhard\nbreak\n"
    );
    assert_eq!(plain(""), "");
}

#[test]
fn lists_nest_and_boxes_keep_their_tokens() {
    let text = "- [ ] open ^t-7k3fq2mw\n- [/] half way and long enough to be wrapped around\n  - deeper\n    1. first\n    2. second\n- last\n\nafter";
    assert_eq!(
        plain(text),
        "- [ ] open ^t-7k3fq2mw\n- [/] half way and long enough to be\n  wrapped around\n  - deeper\n    1. first\n    2. second\n- last\n\nafter\n"
    );
    assert_eq!(plain("- one\n\n- two\n\n  more of two\n"), "- one\n- two\n\n  more of two\n");
    assert_eq!(plain("-\n- x"), "-\n- x\n");
}

#[test]
fn quotes_code_and_frontmatter() {
    let text = "---\ntags: x\n---\n> [!note] Title\n> body\n>\n> - item\n\n```rust\nfn main() {\n\tlong_line_that_is_not_wrapped_whatever_happens();\n}\n```\n\n<div>\nraw\n</div>\n";
    assert_eq!(
        plain(text),
        "tags: x\n\n│ [!note] Title\n│ body\n│\n│ - item\n\n  rust\n  fn main() {\n      long_line_that_is_not_wrapped_whatever_happens();\n  }\n\n<div>\nraw\n</div>\n"
    );
}

#[test]
fn tables_fit() {
    let text = "| Name | What it is |\n|---|---|\n| `a` | short |\n| 日本 | a long cell that has to be wrapped in its column |\n";
    assert_eq!(
        shown(text, &[], 30),
        "Name │ What it is\n─────┼────────────────────────\n`a`  │ short\n日本 │ a long cell that has to\n     │ be wrapped in its\n     │ column\n"
    );
}

#[test]
fn of_a_table_that_cannot_fit_each_row_stands_by_itself() {
    let row = |cells: &[&str]| format!("| {} |\n", cells.join(" | "));
    let names: Vec<String> = (0..9).map(|n| format!("column{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let text =
        row(&names) + &"|-".repeat(9) + "|\n" + &row(&["1"; 9]) + &row(&["a value of several words"; 9]);
    let shown = shown(&text, &[], 22);
    assert!(shown.starts_with("column0\n  1\ncolumn1\n  1\n"), "{shown}");
    assert!(shown.contains("\n\ncolumn0\n  a value of several\n  words\n"), "{shown}");
    assert!(shown.lines().all(|line| width(line) <= 22), "{shown}");
}

#[test]
fn an_image_with_a_size_is_shown_by_its_name() {
    assert_eq!(
        plain("![[pic.png|300]] ![[pic.png|300x200]] ![alt](a.png) [[Page|300]]"),
        "![pic.png] ![pic.png] ![alt] 300\n"
    );
}

#[test]
fn links_show_where_they_lead() {
    let text = "[[Rome]] [[Plan|the plan]] [[Gone#x]] ![[pic.png]] [site](https://a.b) <https://c.d> [[#Here]]\n\n| [[Rome\\|r]] |\n|-|\n";
    let at = |piece: &str| text.find(piece).unwrap() as u32;
    let link = |piece: &str, target: &str, state| Link {
        start: at(piece),
        line: 1,
        target: target.into(),
        state,
        ..Link::default()
    };
    let to = |short: &str| Some(NodeRef { short: short.into(), ..NodeRef::default() });
    let links = [
        Link { to: to("7k3"), ..link("[[Rome]]", "Rome", LinkState::Resolved) },
        Link { candidates: vec![NodeRef::default(); 2], ..link("[[Plan", "Plan", LinkState::Ambiguous) },
        link("[[Gone", "Gone", LinkState::Unresolved),
        link("![[pic", "pic.png", LinkState::Unresolved),
        Link { to: to("9ab"), ..link("[[#Here", "", LinkState::Resolved) },
        Link { to: to("7k3"), ..link("[[Rome\\", "Rome", LinkState::Resolved) },
    ];
    assert_eq!(
        shown(text, &links, 100),
        "Rome ‹7k3› the plan ‹2?› Gone#x ‹?› ![pic.png] ‹?› site <https://a.b> https://c.d #Here\n\nr ‹7k3›\n───────\n"
    );
}

#[test]
fn nothing_drives_the_terminal_and_nothing_is_too_deep() {
    assert_eq!(plain("a \u{1b}[31mred\u{7} \u{202e}x"), "a [31mred x\n");
    let deep = shown(&format!("{} text", "> ".repeat(100)), &[], 30);
    assert!(deep.lines().all(|line| width(line) <= 30), "{deep}");
}

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        2 => "[a-zé日😀 ]{0,12}",
        2 => prop::sample::select(vec![
            "\n", "\n\n", "# ", "- ", "  ", "> ", "1. ", "| ", "|-|-|\n", "[[", "]]", "](", "`", "*", "**", "_", "![", "[ ] ", "---\n", "\\",
            "<b>", "[^1]", "[^1]: ", "\t", "~~", "&amp;", "\u{1b}", "^a",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_line_is_too_wide_and_none_ends_in_spaces(text in text(), columns in 20usize..60) {
        prop_assume!(!text.contains(['`', '~']) && !text.contains("    ") && !text.contains('\t') && !text.contains('<') && !text.contains("---"));
        for line in shown(&text, &[], columns).lines() {
            prop_assert!(width(line) <= columns, "{line:?}");
        }
    }

    #[test]
    fn nothing_panics(text in text()) {
        let _ = shown(&text, &[], 33);
    }

    #[test]
    fn every_word_of_a_paragraph_comes_out_in_order(words in prop::collection::vec("[a-zé日]{1,30}", 1..30), columns in 20usize..50) {
        let rendered = shown(&words.join(" "), &[], columns);
        let all: String = rendered.split_whitespace().collect();
        prop_assert_eq!(all, words.concat());
    }
}
