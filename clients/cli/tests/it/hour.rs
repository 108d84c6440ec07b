//! An hour of a person's work, from thirty things in the head to half of them done. What is printed is kept: what reads
//! awkwardly there is to be mended.

use crate::hephd::Hephd;

/// What was in the head, as it comes out.
const CAPTURED: [&str; 26] = [
    "Fix the gate +home",
    "Clean gutters +home defer:2w",
    "Learn Rust someday",
    "Plan holiday proj:Trip",
    "Book flights proj:Trip due:eom",
    "Passport renewal proj:Trip p2",
    "Gym 3 times a week",
    "Read Dune",
    "Email Bob re: invoice +work",
    "Back up the laptop every 2 weeks",
    "Change tyres due:2026-12-05",
    "Birthday present for mum due:12 dec +shop",
    "Call plumber +phone",
    "Return parcel +errand due:sat",
    "Tax papers proj:Money due:31 dec lead:3w",
    "Sort photos someday",
    "Meeting notes +work",
    "Order filters +shop",
    "Repair bike +home est:2h",
    "Thank every guest",
    "Create monthly report template +work",
    "The 9/11 report",
    "Ask Ada for figures +work proj:Report",
    "Write the report due:mon est:3h +work proj:Report",
    "Dentist appointment {thu 14:00} remind:due-1d",
    "Buy milk and eggs tomorrow +shop",
];

#[test]
fn an_hour_of_work() {
    let hephd = Hephd::new();
    for line in CAPTURED {
        let _ = hephd.add(line);
    }
    insta::assert_snapshot!(hephd.session(&[
        &["add", "Call the bank about the card", "due:fri", "p1", "+phone", "proj:Money"],
        &["add", "Water the plants every! 5 days +home"],
        &["add", "Standup every weekday at 9:30 +work"],
        &["add", "Pay rent every month on last p1 proj:Money"],
        &["next", "-n", "8"],
        // The week is planned.
        &["agenda", "week"],
        &["dep", "Write the report", "after", "Ask Ada for figures"],
        &["mod", "--where", "+shop", "plan:sat", "--dry-run"],
        &["mod", "--where", "+shop", "plan:sat", "--yes"],
        &["mod", "Fix the gate", "plan:sat", "p2"],
        &["list", "plan:sat", "--sort", "due"],
        // Work is done, put off and waited for.
        &["done", "Buy milk"],
        &["done", "Buy milk and eggs", "Call the bank about the card", "Water the plants", "Standup"],
        &["done", "Ask Ada for figures"],
        &["defer", "Read Dune", "2w"],
        &["wait", "Email Bob re: invoice", "Bob", "--follow-up", "mon"],
        &["skip", "Back up the laptop"],
        &["start", "Write the report"],
        &["log", "Call plumber", "no answer"],
        &["stop", "Write the report"],
        // Things are found again.
        &["list", "is:inbox"],
        &["search", "report"],
        &["list", "--group", "project", "is:available"],
        &["view", "save", "errands", "+shop or +errand", "--sort", "due"],
        &["view", "show", "errands"],
        &["why", "Write the report"],
        // Slips cost nothing.
        &["delete", "--where", "+errand", "--yes"],
        &["undo"],
        &["undo"],
        &["redo"],
        &["list", "efort>2"],
    ]));
    let open = hephd.run(&["list", "-q", "--limit", "100"]).clean().lines().count();
    assert_eq!((open, CAPTURED.len() + 4), (27, 30), "three are done, two come again");
    let review = hephd.run(&["review", "--json"]).json();
    let sections: Vec<&str> =
        review["steps"].as_array().unwrap().iter().map(|step| step["section"].as_str().unwrap()).collect();
    assert!(sections.contains(&"inbox"), "{review}");
}
