//! What is said of a filter: how it was understood, or what is wrong with it.

use super::*;

#[test]
fn explained_with_dates() {
    let explained = |text: &str| bind(text).explain(&now());
    for (text, expected) in [
        ("", "everything"),
        ("+home due<fri", "tag home or below and due < Fri 2026-11-27"),
        ("(+a or p1) and not bank", "(tag a or below or priority = 1) and not title or body has \"bank\""),
        ("due.by:fri 17:00", "due <= Fri 2026-11-27 17:00"),
        ("due:", "not due is set"),
        ("is:today", "due <= Mon 2026-11-23 or planned <= Mon 2026-11-23 or is pinned"),
        ("proj:Home/ est>1h", "project \"Home\" or below and est > 60 min"),
        ("/a|b/ title.word:x", "title or body matches /a|b/ and title has the word \"x\""),
        ("status:todo,done under:4444", "(status todo or status done) and under 4444"),
        (
            "+x is:today",
            "tag x or below and (due <= Mon 2026-11-23 or planned <= Mon 2026-11-23 or is pinned)",
        ),
        ("links:[[Home#Plan|here]] age>1mo", "links to [[Home]] and age > 30 days"),
        ("area:Life every.any:", "area \"Life\" and every is set"),
        ("not is:open", "not status todo or doing or waiting or someday"),
    ] {
        assert_eq!(explained(text), expected, "{text}");
    }
}

fn error(text: &str) -> (String, String) {
    let node = |_: &str| None;
    let error = parse(text, &Vocabulary::NONE).and_then(|filter| filter.bind(&now(), &node)).unwrap_err();
    let caret = " ".repeat(error.start) + &"^".repeat((error.end - error.start).max(1));
    (error.message, format!("{caret} {}", error.hint.unwrap()))
}

#[test]
fn errors_have_a_place_and_a_hint() {
    for (text, message, caret) in [
        ("+home deu:fri", "unknown key `deu`", "      ^^^ did you mean `due`?"),
        ("ä foo:x", "unknown key `foo`", "  ^^^ to look for a text, write it in quotes"),
        ("due.befor:fri", "unknown modifier `.befor`", "^^^^^^^^^ did you mean `.before`?"),
        ("due:frii", "unknown date `frii`", "    ^^^^ did you mean `fri`?"),
        ("due:fri,frii", "unknown date `frii`", "        ^^^^ did you mean `fri`?"),
        ("due<someday", "`someday` is a status, not a date", "    ^^^^^^^ write `is:someday`"),
        ("is:opne", "unknown word `opne` behind `is:`", "   ^^^^ did you mean `open`?"),
        ("status:dnoe", "unknown status `dnoe`", "       ^^^^ did you mean `done`?"),
        ("links:[[Big", "`[[Big` is no link to one page", "      ^^^^^ write `links:[[Page]]`"),
        ("🎉 漢字 links:[[ ]]", "`[[ ]]` is no link to one page", "           ^^^^^ write `links:[[Page]]`"),
        (
            "links.any:",
            "`links.any` cannot be asked like that",
            "^^^^^^^^^ ask it as `key:value`, or look the modifiers up in the reference of filters",
        ),
        (
            "every:week",
            "there is a value too much",
            "      ^^^^ every.any: asks whether it is set, every: whether it is not",
        ),
        ("e\u{301} 👩‍👩‍👧 deu:fri", "unknown key `deu`", "         ^^^ did you mean `due`?"),
        ("age>3", "`3` is no value of age", "    ^ write `30d`, `6mo` or `1y`"),
        ("is:inbx", "unknown word `inbx` behind `is:`", "   ^^^^ did you mean `inbox`?"),
        ("proj:\"A b\",,x", "a value is missing beside the comma", "           ^ write `key:a,b`"),
        ("priority:9", "`9` is no value of priority", "         ^ write p1, p2, p3 or p4"),
        ("score>x", "`x` is no value of score", "      ^ write a number"),
        ("score>nan", "`nan` is no value of score", "      ^^^ write a number"),
        ("+a,b", "`a,b` is no tag", " ^^^ write a text in quotes to look for it"),
        (
            "+a view:",
            "the name of a view is missing",
            "   ^^^^ heph view list shows the views, as `view:errands` names one",
        ),
        ("tag:a,,b", "a value is missing beside the comma", "      ^ write `key:a,b`"),
        ("(+a or +b", "this `(` is not closed", "^ add a `)`"),
        ("+a)", "there is no `(` to this `)`", "  ^ leave it out or open it"),
        ("+a or", "the filter ends where a term should stand", "     ^ add a term as `+tag` or `due:today`"),
        ("or +a", "a term is missing before `or`", "^^ add a term as `+tag` or `due:today`"),
        ("()", "a term is missing before `)`", " ^ add a term as `+tag` or `due:today`"),
        ("+a and or", "a term is missing before `or`", "       ^^ add a term as `+tag` or `due:today`"),
        ("\"abc", "the quotes are not closed", "^^^^ add a `\"` at the end"),
        (
            "title<x",
            "`title` cannot be asked like that",
            "^^^^^ ask it as `key:value`, or look the modifiers up in the reference of filters",
        ),
        ("title:", "a value is missing", "^^^^^^ write it behind the key, without a space"),
        ("due<", "a value is missing", "^^^^ write it behind the key, without a space"),
        (
            "due.none:fri",
            "there is a value too much",
            "         ^^^ write `key.none:` or `key.any:`, with nothing behind it",
        ),
        (
            "due.before<fri",
            "a modifier and an operator do not go together",
            "^^^^^^^^^^ write `key.before:value` or `key<value`, not both",
        ),
        ("under:zzz", "`zzz` means no task, or several", "      ^^^ write more of its id"),
        ("id:u!", "`u!` is no id", "   ^^ an id is what lists show in their first column"),
        (
            "planned<due-3d",
            "`due-3d` counts from a task's own date, which differs from task to task",
            "        ^^^^^^ write a date as `fri` or `2026-11-27`",
        ),
    ] {
        assert_eq!(error(text), (message.into(), caret.into()), "{text}");
    }
    assert!(error("/(/").0.starts_with("the expression has an error: "));
    assert_eq!(error("/(a{1000}){1000}/").0, "the expression is too large");
    assert_eq!(error(&"(".repeat(60)).0, "more than 50 levels");
    assert_eq!(error(&"not ".repeat(60)).0, "more than 50 levels");
    assert_eq!(error(&"x ".repeat(3000)).0, "the filter is longer than 4096 characters");
    assert_eq!(error("due<9999-12-31+1d").0, "`9999-12-31+1d` is beyond the calendar");
}

#[test]
fn canonical_filters() {
    for (text, expected) in [
        ("", ""),
        ("due.by:FRI AND +Home", "due<=FRI and +home"),
        ("due.before:next fri 17:00 +x", "due<\"next fri 17:00\" and +x"),
        ("tag:home,garden -due:today", "tag:home,garden -due:today"),
        ("+a or +b", "tag:a,b"),
        ("+a or due:fri or p1", "+a or due:fri or p1"),
        ("+a (+b or p1)", "+a (+b or p1)"),
        ("(+a p1) or (+b (p2 p3))", "+a p1 or +b (p2 p3)"),
        ("not (+a p1) not +b -is:today", "not (+a p1) -b -is:today"),
        ("is:today,overdue status:done", "is:today,overdue is:done"),
        ("due: planned.any: tags.none", "due.none: planned.any: tag.none:"),
        ("proj:\"Big House/\" project:Home", "proj:\"Big House/\" proj:Home"),
        ("bank \"the bank\" \"or\" -\"no such\" /a b/", "bank \"the bank\" \"or\" not \"no such\" /a b/"),
        (
            "title:/^call,/ body.word:x waiting.is:\"Bob S\"",
            "title:/^call,/ body.word:x waiting.is:\"Bob S\"",
        ),
        ("links:[[Big Page|here]],[[B]]", "links:[[Big Page|here]],[[B]]"),
        ("est>90m lead:1w age>2mo score>=8.5 priority<3", "est>1h30m lead:7d age>60d score>=8.5 priority<3"),
        ("due:fri,sat or due:sun", "due:fri,sat or due:sun"),
        ("status.any: trashed", "status.any: is:trashed"),
        ("(due<fri) +3d", "due<fri and +3d"),
    ] {
        assert_eq!(parse(text, &Vocabulary::NONE).unwrap().canonical(), expected, "{text}");
    }
}

/// The page that explains the language names every key, modifier, word, sort key and grouping.
#[test]
fn the_page_about_filters_is_whole() {
    let page = include_str!("../../../../../../docs/how-to/filters.md");
    let words = is_words().map(|(word, _)| word);
    let modifiers = ["before", "after", "by", "is", "not", "has", "word", "none", "any"];
    let sorts = SortKey::ALL.map(SortKey::word);
    let groupings = Grouping::ALL.map(Grouping::word);
    let named = keys().map(|(key, _)| key).chain(words).chain(modifiers).chain(sorts).chain(groupings);
    for name in named {
        assert!(page.contains(&format!("`{name}`")), "`{name}` is not named");
    }
}
