//! The filter language with a real daemon: links, groups over pages, what is said of a filter.

use crate::hephd::Hephd;

#[test]
fn links_are_asked_of_the_store() {
    let hephd = Hephd::new();
    hephd.run(&["page", "new", "Travel/Rome", "--quiet"]).clean();
    hephd.run(&["page", "new", "Plan, \"B\" (old)", "--quiet"]).clean();
    let book = hephd.add("Book a train");
    hephd.home.run_with_input(&["note", &book, "--stdin"], "See [[Travel/Rome#Trains|there]]\n").clean();
    hephd.add("Pack for [[Rome]]");
    hephd.add("Read [[Plan, \"B\" (old)]]");
    hephd.add("Romance");
    let titles = |filter: &str| {
        let listed = hephd.run(&["list", filter, "--sort", "title", "--json"]).json();
        let tasks = listed["tasks"].as_array().unwrap();
        tasks.iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(titles("links:[[Rome]]"), ["Book a train", "Pack for [[Rome]]"]);
    assert_eq!(titles("links:[[Travel/Rome]] pack"), ["Pack for [[Rome]]"]);
    assert_eq!(titles("links:[[Plan, \"B\" (old)]],[[rome]]").len(), 3);
    assert_eq!(titles("-links:[[Rome]]"), ["Read [[Plan, \"B\" (old)]]", "Romance"]);
    assert_eq!(titles("text or links:[[Rome]] and romance or +x"), [""; 0]);
    // A page that is renamed takes its links along, and one that is gone is said to be.
    hephd.run(&["done", &book]).clean();
    assert_eq!(titles("links:[[Rome]] is:closed"), ["Book a train"]);
    hephd.run(&["page", "rename", "[[Travel/Rome]]", "Roma"]).clean();
    assert_eq!(titles("links:[[Roma]]"), ["Pack for [[Roma]]"]);

    let lost = hephd.run(&["list", "漢字 links:[[Nowhere]]"]);
    assert_eq!(lost.code, 3, "{lost}");
    assert!(lost.stderr.contains("\n  漢字 links:[[Nowhere]]\n             ^^^^^^^^^^^\n"), "{lost}");
    assert_eq!(hephd.run(&["filter", "explain", "links:[[Nowhere]]"]).code, 3);
    insta::assert_snapshot!(hephd.run(&["filter", "explain", "links:[[Roma]] due.by:fri or is:today"]), @r#"
    (links to [[Roma]] and due <= Fri 2026-11-27) or (due <= Mon 2026-11-23 or planned <= Mon 2026-11-23 or is pinned)
    written as links:[[Roma]] due<=fri or is:today
    answered from memory and links in the store
    --- exit 0
    "#);
}

#[test]
fn groups_have_headings_and_counts() {
    let hephd = Hephd::new();
    for line in [
        "Paint proj:Home due:fri",
        "Rake proj:Garden p1",
        "Sweep proj:Home",
        "Ask",
        "Fix proj:Home p1 due:sun",
    ] {
        hephd.add(line);
    }
    let by_title = ["list", "--columns", "title", "--sort", "title", "--group"];
    let grouped = |by: &str| hephd.run(&[&by_title[..], &[by]].concat());
    insta::assert_snapshot!(grouped("project"), @r"
    Garden  1
    Rake

    Home  3
    Fix
    Paint
    Sweep

    no project  1
    Ask
    --- exit 0
    ");
    insta::assert_snapshot!(grouped("due"), @r"
    this week  2
    Fix
    Paint

    no due date  3
    Ask
    Rake
    Sweep
    --- exit 0
    ");
    insta::assert_snapshot!(grouped("priority"), @r"
    p1  2
    Fix
    Rake

    no priority  3
    Ask
    Paint
    Sweep
    --- exit 0
    ");
    assert_eq!(grouped("none").clean(), hephd.run(&by_title[..5]).clean());
    assert_eq!(hephd.run(&["list", "--group", "project", "--quiet"]).clean().lines().count(), 5);
    let document = hephd.run(&["list", "--group", "project", "--json"]).json();
    assert_eq!(
        document["groups"],
        serde_json::json!([
            {"name": "Garden", "tasks": 1, "count": 1},
            {"name": "Home", "tasks": 3, "count": 3},
            {"name": "no project", "tasks": 1, "count": 1}
        ])
    );
    let wrong = hephd.run(&["list", "--group", "projct"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("did you mean `project`?"), "{wrong}");
    assert!(
        hephd.run(&["list", "--columns", "nothing"]).stderr.contains("heph list --help names the columns"),
        "the columns are named"
    );
}

/// What many verbs do to all that match is one step, told before and asked about above three.
#[test]
fn verbs_act_on_all_that_match() {
    let hephd = Hephd::new();
    for n in 0..5 {
        hephd.add(&format!("Errand {n} +errand"));
    }
    hephd.add("Stay");
    let open = || hephd.run(&["list", "-q"]).clean().lines().count();
    let count = |filter: &str| hephd.run(&["list", "-q", filter]).clean().lines().count();

    let told = hephd.run(&["done", "--where", "+errand", "--dry-run"]).clean();
    assert_eq!(told.matches("would finish ").count(), 5, "{told}");
    let asked = hephd.run(&["done", "--where", "+errand"]);
    assert_eq!(asked.code, 5, "{asked}");
    assert!(asked.stderr.contains("finish 5 tasks") && asked.stderr.contains("--yes"), "{asked}");
    assert_eq!(open(), 6);
    for (verb, filter, there, back) in [
        (&["done", "--where", "+errand"][..], "is:done", 5, 0),
        (&["cancel", "--where", "+errand"], "is:cancelled", 5, 0),
        (&["start", "--where", "+errand"], "is:doing", 5, 0),
        (&["defer", "--where", "+errand", "next", "week"], "is:deferred", 5, 0),
        (&["pin", "--where", "+errand"], "is:pinned", 5, 0),
        (&["delete", "--where", "+errand"], "is:trashed", 5, 0),
        (&["mod", "--where", "+errand", "p1"], "p1", 5, 0),
    ] {
        let document = hephd.run(&[verb, &["--yes", "--json"]].concat()).json();
        assert_eq!(document["count"], 5, "{verb:?}");
        assert_eq!(count(filter), there, "{verb:?}");
        hephd.run(&["undo"]).clean();
        assert_eq!(count(filter), back, "{verb:?} undone");
    }
    hephd.run(&["delete", "--where", "+errand", "--yes", "-q"]).clean();
    hephd.run(&["restore", "--where", "is:trashed +errand", "--yes", "-q"]).clean();
    assert_eq!(open(), 6);
    // Few are not asked about; none at all is said.
    hephd.run(&["done", "--where", "stay"]).clean();
    assert!(hephd.run(&["done", "--where", "stay"]).stderr.contains("nothing was changed"));
    for wrong in [
        &["done", "--where", "dew:fri"][..],
        &["done"],
        &["done", "7k3", "--where", "+x"],
        &["pin", "--where", ""],
    ] {
        assert_eq!(hephd.run(wrong).code, 2, "{wrong:?}");
    }
}
