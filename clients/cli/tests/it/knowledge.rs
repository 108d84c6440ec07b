//! A wiki at work: pages, links, renames, boxes, revisions, templates, home; with the real daemon.

use crate::hephd::Hephd;
use crate::terminal;

fn page(hephd: &Hephd, title: &str, text: &str) {
    assert_eq!(hephd.home.run_with_input(&["page", "new", title, "--stdin"], text).code, 0);
}

#[test]
fn a_rename_takes_the_links_along() {
    let hephd = Hephd::new();
    page(&hephd, "Travel/Trip", "To [[Rome]], by [[Travel/Plan#Costs|the plan]]\n");
    page(&hephd, "Rome", "`[[Trip]]` and [[Trip]]\n");
    page(&hephd, "Travel/Plan", "# Costs\n");
    assert_eq!(hephd.run(&["add", "Ask about [[Trip]]"]).code, 0);
    insta::assert_snapshot!(hephd.session(&[
        &["page", "links", "Trip"],
        &["page", "backlinks", "Trip"],
        &["page", "rename", "Rome", "Città eterna", "--dry-run"],
        &["page", "rename", "Rome", "Città eterna"],
        &["page", "show", "Trip"],
        &["page", "show", "Rome"],
        &["undo"],
        &["page", "rename", "Travel/", "Reisen/"],
        &["page", "show", "Trip"],
        &["page", "rename", "Trip", "2026-11-23"],
        &["page", "rename", "Trip", "Plan"],
    ]));
}

#[test]
fn lines_become_tasks_and_boxes_follow() {
    let hephd = Hephd::new();
    page(&hephd, "List", "- [ ] Call Bob due:fri\n- [ ] Call Bob due:fri\nplain\n");
    insta::assert_snapshot!(hephd.session(&[
        &["promote", "List", "1"],
        &["promote", "List", "1"],
        &["promote", "List", "9"],
        &["done", "@last"],
        &["page", "show", "List"],
        &["undo"],
        &["page", "show", "List"],
    ]));
    let text = hephd.run(&["page", "show", "List"]).clean().replacen("[ ]", "[x]", 1);
    let saved = hephd.home.run_with_input(&["page", "edit", "List", "--stdin"], &text).clean();
    assert!(saved.contains("done") && saved.contains("Call Bob"), "{saved}");
    assert_eq!(hephd.run(&["list", "status:done", "--quiet"]).clean().lines().count(), 1);
    // A page that promotes nothing changes nothing.
    assert_eq!(hephd.run(&["list", "--quiet"]).clean(), "");
}

#[test]
fn earlier_texts_are_listed_compared_and_brought_back() {
    let hephd = Hephd::new();
    page(&hephd, "Note", "one\n");
    for text in ["one\ntwo\n", "one\nthree\n"] {
        assert_eq!(hephd.home.run_with_input(&["page", "edit", "Note", "--stdin"], text).code, 0);
    }
    insta::assert_snapshot!(hephd.session(&[
        &["page", "history", "Note"],
        &["page", "diff", "Note"],
        &["page", "diff", "Note", "1"],
        &["page", "revert", "Note", "2", "--dry-run"],
        &["page", "revert", "Note", "2"],
        &["page", "show", "Note"],
        &["page", "revert", "Note", "77"],
        &["page", "diff", "Note", "x"],
    ]));
}

#[test]
fn home_journals_and_templates() {
    let hephd = Hephd::new();
    page(&hephd, "Templates/Journal", "## Plan for {{date:dddd}}\n");
    page(&hephd, "Templates/Meeting", "# {{title}}\n{{date}} {{time}}\n");
    assert_eq!(hephd.home.run_with_input(&["home", "--stdin"], "Begin at [[Kick-off]]\n").code, 0);
    insta::assert_snapshot!(hephd.session(&[
        &["home"],
        &["page", "new", "Work/Kick-off", "--template", "Meeting"],
        &["page", "show", "Kick-off"],
        &["page", "links", "Home"],
        &["page", "new", "X", "--template", "None"],
        &["today"],
        &["capture", "rain"],
        &["today", "fri"],
        &["today", "2026-W48"],
        &["journals"],
        &["add", "Paint proj:House +home"],
        &["projects"],
        &["tags"],
    ]));
}

#[test]
fn a_terminal_shows_a_page_as_it_reads() {
    let mut hephd = Hephd::new();
    page(
        &hephd,
        "Rome",
        "# Rome\n\nA city of **stone**, see [[Trip]] and [[Gone]].\n\n| a | b |\n|---|---|\n| [[Trip\\|t]] | x |\n",
    );
    page(&hephd, "Trip", "to [[Rome]]\n");
    hephd.home.set("NO_COLOR", "1");
    hephd.home.set("PAGER", "");
    let (seen, code) = terminal::run(&hephd.home, &["page", "show", "Rome"], "", (40, 30));
    assert_eq!(code, 0);
    insta::assert_snapshot!(seen);
    let rendered = hephd.run(&["page", "show", "Rome", "--rendered"]).clean();
    assert!(rendered.starts_with("# Rome\n\nA city of stone, see Trip ‹"), "{rendered}");
    let raw = terminal::run(&hephd.home, &["page", "show", "Rome", "--raw"], "", (40, 30)).0;
    assert!(raw.contains("see [[Trip]] and [[Gone]]."), "{raw}");
}
