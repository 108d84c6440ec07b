use proptest::prelude::*;

use super::*;

/// Each link as it is written, its target and what else is known of it.
fn links(text: &str) -> Vec<String> {
    parse(text)
        .links
        .iter()
        .map(|link| {
            let fragment = link.fragment.as_ref().map(|fragment| format!(" #{fragment}")).unwrap_or_default();
            let shown = link.text.as_ref().map(|shown| format!(" |{shown}")).unwrap_or_default();
            format!("{} → {}{fragment}{shown}", &text[link.span.clone()], &text[link.target_span.clone()])
        })
        .collect()
}

#[test]
fn wiki_links_in_all_their_forms() {
    for (text, expected) in [
        ("a [[P]] b", &["[[P]] → P"][..]),
        ("[[P|the text]]", &["[[P|the text]] → P |the text"]),
        ("[[ P #A b|t]]", &["[[ P #A b|t]] → P #A b |t"]),
        ("[[P#^anchor]]", &["[[P#^anchor]] → P #^anchor"]),
        ("[[#H]] [[#^a]]", &["[[#H]] →  #H", "[[#^a]] →  #^a"]),
        ("![[P]] ![[pic.png|200]]", &["![[P]] → P", "![[pic.png|200]] → pic.png |200"]),
        ("[[Folder/P]]é😀[[Q]]", &["[[Folder/P]] → Folder/P", "[[Q]] → Q"]),
        ("[[P#One#Two]]", &["[[P#One#Two]] → P #One#Two"]),
        ("# H [[P]]\n\n> [!note] [[Q]]\n\n- [ ] x [[R]]\n", &["[[P]] → P", "[[Q]] → Q", "[[R]] → R"]),
        ("|a|b|\n|-|-|\n|[[P\\|t]]|![[e.jpg\\|9]]|\n", &["[[P\\|t]] → P |t", "![[e.jpg\\|9]] → e.jpg |9"]),
        ("text[^1]\n\n[^1]: [[P]]\n", &["[[P]] → P"]),
        ("[[a\nb]] [[]] [[ ]] [[|x]]", &[]),
        ("`[[c]]`\n\n```\n[[c]]\n```\n\n    [[c]]\n\n<div>[[c]]</div>\n", &[]),
        ("---\nup: \"[[c]]\"\n---\n[[P]]", &["[[P]] → P"]),
        ("\\[[c]] [[P]] [[unclosed", &["[[P]] → P"]),
    ] {
        assert_eq!(links(text), expected, "{text}");
    }
}

#[test]
fn markdown_links_to_pages_and_into_the_store() {
    for (text, expected) in [
        ("[t](heph:0abc#H)", &["[t](heph:0abc#H) → 0abc #H |t"][..]),
        ("[t](Some%20Page.md)", &["[t](Some%20Page.md) → Some%20Page.md |t"]),
        (
            "[t](<Some Page.md#A%20b> \"title\")",
            &["[t](<Some Page.md#A%20b> \"title\") → Some Page.md #A b |t"],
        ),
        ("[t](../x/P.MD)", &["[t](../x/P.MD) → ../x/P.MD |t"]),
        ("[t](https://a.b/P.md) [t](a.png) [t](#h) [t](.md) ![t](P.md) [t](//h/P.md)", &[]),
        ("[a](mailto:x.md) [a]: x.md", &[]),
    ] {
        assert_eq!(links(text), expected, "{text}");
    }
    assert_eq!(parse("[t](Some%20Page.md)").links[0].target, "Some Page.md");
    assert_eq!(parse("[t](%ff.md)").links, []);
    assert_eq!(parse("[t](a%2.md)").links[0].target, "a%2.md");
}

#[test]
fn a_link_is_rewritten_as_it_is_written() {
    let naming = |text: &str, path: &str| parse(text).links[0].naming(path);
    assert_eq!(naming("[[P]]", "New (1)"), "New (1)");
    assert_eq!(naming("[[P.md]]", "New"), "New.md");
    assert_eq!(naming("[t](P.md)", "A/New (1)"), "A/New%20%281%29.md");
    assert_eq!(naming("[t](heph:P)", "A b"), "A%20b");
    let text = format!("[t]({})", naming("[t](P.md)", "é 100% #x"));
    assert_eq!(parse(&text).links[0].target, "é 100% #x.md");
}

#[test]
fn tags_stand_behind_white_space() {
    let tags = |text: &str| parse(text).tags;
    assert_eq!(tags("#One and #two/Three, (#no) a#no \\#no #_x #a-b."), ["one", "two/three", "_x", "a-b"]);
    assert_eq!(tags("#ärger #日本 #🏠 #12 #1a #a/ #a//b"), ["ärger", "日本", "🏠", "1a", "a"]);
    assert_eq!(tags("`#no` [[P#no]] [[#no]] [x #no](y) https://a/#no\n\n    #no\n"), Vec::<String>::new());
    assert_eq!(tags("# Heading #yes\n\n- #li\n> #quote\n\n|#cell|\n|-|\n"), ["yes", "li", "quote"]);
    assert_eq!(tags("---\ntags: [a, '#B/c', 12]\n---\n#d"), ["a", "b/c", "d"]);
}

#[test]
fn frontmatter_gives_aliases_and_tags() {
    for (yaml, aliases, tags) in [
        ("aliases:\n  - One\n  - Two: three\n", &["One"][..], &[][..]),
        ("aliases: [A, \"B, c\"]\ntags:\n- x\n- y z\n", &["A", "B, c"], &["x"]),
        ("alias: A, B\ntag: \"x y, #z\"", &["A", "B"], &["x", "y", "z"]),
        ("Aliases:\nother: [a]\ntags: ", &[], &[]),
        ("other:\n  aliases: [no]\naliases: yes it is\n", &["yes it is"], &[]),
        ("- aliases\n- no", &[], &[]),
        ("a: &x [1, 2]\nb: *x\naliases: [A]\n", &["A"], &[]),
        ("aliases: [A, \"broken", &["A"], &[]),
        ("\t", &[], &[]),
    ] {
        let read = Frontmatter::read(yaml);
        assert_eq!(read.aliases, aliases, "{yaml}");
        assert_eq!(read.tags, tags, "{yaml}");
    }
}

#[test]
fn headings_and_anchors() {
    let text = "# One `two` [[Three|3]]\n\npara ^a-1\n\n- item\n\n^list\n\n```\nno ^no\n```\n\nx^2 no^\n\nSetext\n===\n";
    let document = parse(text);
    let headings: Vec<_> = document.headings.iter().map(|h| (h.level, h.text.as_str(), h.start)).collect();
    assert_eq!(headings, [(1, "One two 3", 0), (1, "Setext", text.find("Setext").unwrap())]);
    let anchors: Vec<_> = document.anchors.iter().map(|anchor| anchor.name.as_str()).collect();
    assert_eq!(anchors, ["a-1", "list"]);
    assert_eq!(heading_key("One: `two` #x [y]"), heading_key("one `two`  x y"));
}

#[test]
fn boxes_of_list_items() {
    let text = "- [ ] one ^t-7k3fq2mw\n* [/]\ttwo  \r\n  1. [x] three\n> - [-] four ^b\n- [] no\n- [ ]no\n-[ ] no\n- [é] five\n\n```\n- [ ] no\n```\n- [ ]\n";
    let expected = [" |one|t-7k3fq2mw", "/|two|", "x|three|", "-|four|b", "é|five|", " ||"];
    assert_eq!(boxes(text), expected);
}

#[test]
fn an_item_may_be_indented_as_far_as_its_list() {
    let text = "- [x] one\n - [ ] two ^t-7k3fq2mw\n\n   1. [ ] three\n  2. [/] four\n";
    assert_eq!(boxes(text), ["x|one|", " |two|t-7k3fq2mw", " |three|", "/|four|"]);
}

fn boxes(text: &str) -> Vec<String> {
    let shown = |item: &ListBox| {
        let anchor = item.anchor.clone().map(|anchor| &text[anchor]).unwrap_or_default();
        format!("{}|{}|{anchor}", &text[item.token.clone()], &text[item.text.clone()])
    };
    parse(text).boxes.iter().map(shown).collect()
}

/// Texts in which markup is likely and anything can stand.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => "[a-zA-Zé😀日 ]{0,5}".prop_map(|s| s),
        4 => prop::sample::select(vec![
            "[[", "]]", "|", "#", "^", "![[", "](", "[", ")", ".md", "heph:", "`", "```\n", "\n", "\n\n", "- [ ] ", "- [x] ",
            "> ", "\\", "---\n", "aliases: ", "%20", "<", ">", "|-|\n", "\r\n", "\u{0}", "\u{feff}", "~~", "*", "^t-7k3fq2mw",
            "    ", "\t", "&amp;", "[^1]", "1. ",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn places_lie_on_characters_and_hold_what_they_say(text in text()) {
        let document = parse(&text);
        let mut end = 0;
        for link in &document.links {
            prop_assert!(text.get(link.span.clone()).is_some());
            let target = text.get(link.target_span.clone());
            prop_assert!(target.is_some(), "{:?}", link);
            prop_assert!(link.span.start <= link.target_span.start && link.target_span.end <= link.span.end);
            prop_assert!(link.target_span.start >= end, "targets overlap: {:?}", document.links);
            end = link.target_span.end;
            if matches!(link.kind, LinkKind::Wiki | LinkKind::Embed) {
                prop_assert_eq!(target.unwrap(), &link.target);
            }
        }
        for item in &document.boxes {
            prop_assert_eq!(text[item.token.clone()].chars().count(), 1);
            prop_assert!(text.get(item.text.clone()).is_some() && text.get(item.line.clone()).is_some());
            prop_assert!(item.line.start <= item.token.start && item.text.end <= item.line.end);
            if let Some(anchor) = &item.anchor {
                prop_assert_eq!(&text[anchor.start - 1..anchor.start], "^");
            }
        }
        for anchor in &document.anchors {
            prop_assert!(text.is_char_boundary(anchor.line_start));
        }
    }

    #[test]
    fn tokens_are_written_and_read_back(text in text()) {
        use crate::domain::page::{task_anchors, ticked, with_tokens};
        use crate::domain::task::Status;
        for status in [Status::Done, Status::Todo, Status::Doing, Status::Cancelled] {
            let all = task_anchors(&text).into_iter().map(|anchor| (anchor, status)).collect();
            let shown = with_tokens(&text, &all);
            prop_assert_eq!(with_tokens(&shown, &all), shown.clone());
            prop_assert_eq!(ticked(&shown, &shown), vec![]);
            let known = ticked(&text, &shown);
            prop_assert!(known.iter().all(|(_, ticked)| *ticked == status), "{:?}", known);
        }
    }
}
