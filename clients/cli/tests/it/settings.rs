//! What all machines share, with a real daemon: weights, the start of the week, contexts.

use crate::hephd::Hephd;

#[test]
fn weights_are_set_shown_used_and_taken_back() {
    let hephd = Hephd::new();
    let _ = hephd.add("Call the bank due:fri");
    let _ = hephd.add("Read the paper +reading");
    insta::assert_snapshot!(hephd.session(&[
        &["next"],
        &["config", "set", "weight:tag:reading", "10"],
        &["next"],
        &["why", "@last"],
        &["config", "set", "weight:tag:reading", "10"],
        &["undo"],
        &["next"],
        &["redo"],
        &["config", "unset", "weight:tag:reading"],
        &["config", "set", "weight:due", "-2.5"],
        &["config", "set", "weight:horizon", "3"],
        &["why", "Call the bank"],
    ]), @"");
    let rows = hephd.run(&["config", "show", "--json"]).json();
    let row = |key: &str| {
        let rows = rows["synced"].as_array().unwrap();
        rows.iter().find(|row| row["key"] == key).unwrap_or_else(|| panic!("{key}")).clone()
    };
    assert_eq!((&row("weight:due")["value"], &row("weight:due")["default"]), (&"-2.5".into(), &"9".into()));
    assert_eq!(row("weight:due")["is_own"], true);
    assert_eq!((&row("week_start")["value"], row("week_start").get("changed")), (&"monday".into(), None));
    assert!(rows["synced"].as_array().unwrap().iter().all(|row| row["key"] != "weight:tag:reading"));
}

#[test]
fn what_is_no_setting_or_no_value_is_refused_with_what_to_write() {
    let hephd = Hephd::new();
    insta::assert_snapshot!(hephd.session(&[
        &["config", "set", "weight:deu", "3"],
        &["config", "set", "weight:due", "many"],
        &["config", "set", "weight:due", "100.5"],
        &["config", "set", "weight:tag:home", "11"],
        &["config", "set", "week_start", "someday"],
        &["config", "unset", "weight:pim"],
        &["config", "set", "weight:due"],
    ]), @"");
}

#[test]
fn a_week_begins_where_the_settings_say() {
    let hephd = Hephd::new();
    // Monday, 2026-11-23: the week of a Sunday person began yesterday, and ends on Saturday.
    let _ = hephd.add("Rest due:2026-11-29");
    assert!(hephd.run(&["list", "is:week"]).clean().contains("Rest"));
    assert!(hephd.run(&["agenda", "week"]).clean().contains("Rest"));
    let _ = hephd.run(&["config", "set", "week_start", "sunday"]).clean();
    assert_eq!(hephd.run(&["list", "is:week", "-q"]).clean(), "");
    insta::assert_snapshot!(hephd.session(&[
        &["add", "Pay due:eow"],
        &["filter", "explain", "due.after:sow"],
        &["agenda", "week"],
        &["config", "set", "week_start", "sunday"],
    ]), @"");
    let time = hephd.run(&["time", "--json"]).json();
    assert_eq!(time["from"], "2026-11-22T00:00:00Z", "{time}");
}

#[test]
fn the_settings_are_in_no_list_and_no_count() {
    let hephd = Hephd::new();
    let _ = hephd.run(&["config", "set", "weight:due", "3"]).clean();
    for list in [
        &["list", "status.any:", "-q"][..],
        &["page", "list", "-q"],
        &["page", "orphans", "-q"],
        &["page", "lint"],
        &["page", "unresolved"],
        &["search", "settings", "-q"],
        &["search", "-nothing", "-q"],
        &["projects", "-q"],
        &["journals", "-q"],
        &["tags"],
        &["review", "-q"],
    ] {
        let ran = hephd.run(list);
        assert_eq!((ran.stdout.as_str(), ran.code), ("", 0), "{list:?}: {ran}");
    }
    let folder = hephd.home.path().join("out");
    let exported = hephd.run(&["export", "markdown", folder.to_str().unwrap()]);
    assert_eq!(exported.code, 0, "{exported}");
    assert_eq!(std::fs::read_dir(&folder).map_or(0, Iterator::count), 0);
    let status = hephd.run(&["daemon", "status", "--json"]).json();
    assert_eq!(status["status"]["nodes"], 0, "{status}");
    // Nor is it a node that one can name, whatever it is called.
    let id = "8e1f1f6d-82be-549f-ad67-43522eafddf4";
    for verb in
        [&["show", id][..], &["delete", id], &["page", "show", id], &["mod", id, "p1"], &["history", id]]
    {
        assert_eq!(hephd.run(verb).code, 3, "{verb:?}");
    }
    assert_eq!(hephd.run(&["show", "@last"]).code, 3);
}

#[test]
fn a_context_is_made_entered_and_left() {
    let hephd = Hephd::new();
    let _ = hephd.add("Write the report proj:Work +work due:fri");
    let _ = hephd.add("Call Anna proj:Work/Hiring");
    let _ = hephd.add("Water the plants +home");
    insta::assert_snapshot!(hephd.session(&[
        &["context"],
        &["context", "set", "work", "proj:Work/", "--new", "+work proj:Work"],
        &["context", "set", "errands", "+shop"],
        &["context", "use", "work"],
        &["next"],
        &["list", "is:overdue or due:fri"],
        &["list", "--no-context"],
        &["agenda", "week"],
        &["review"],
        &["add", "Send the invoice p2"],
        &["add", "Plan the garden proj:Garden"],
        &["add", "Later proj:Work defer:2w"],
        &["why", "Water the plants"],
        &["why", "Water the plants", "--no-context"],
        &["context", "list"],
        &["context", "use", "none"],
        &["next", "-n", "2"],
    ]), @"");
    let json = hephd.run(&["next", "--json"]).json();
    assert_eq!(json.get("context"), None);
    let _ = hephd.run(&["context", "use", "Work"]).clean();
    let json = hephd.run(&["list", "--json"]).json();
    assert_eq!(json["context"]["name"], "work");
    assert_eq!(hephd.run(&["agenda", "--json"]).json()["context"]["filter"], "proj:Work/");
    // What a command changes by a filter is not narrowed: it says itself what it means.
    let changed = hephd.run(&["mod", "--where", "+home", "p3", "--yes", "--json"]).json();
    assert_eq!(changed["count"], 1, "{changed}");
}

#[test]
fn the_environment_names_a_context_or_none_for_one_command() {
    let mut hephd = Hephd::new();
    let _ = hephd.add("Write +work");
    let _ = hephd.add("Water +home");
    let _ = hephd.run(&["context", "set", "work", "+work"]).clean();
    let _ = hephd.run(&["context", "set", "home", "+home", "--new", ""]).clean();
    let _ = hephd.run(&["context", "use", "work"]).clean();
    hephd.home.set("HEPH_CONTEXT", "home");
    insta::assert_snapshot!(hephd.session(&[
        &["list", "--columns", "title"],
        &["add", "Paint the fence"],
        &["context", "use", "home"],
    ]), @"");
    hephd.home.set("HEPH_CONTEXT", "");
    assert_eq!(
        hephd.run(&["list", "--columns", "title", "title.has:wat or title.has:wri"]).clean().lines().count(),
        2
    );
    hephd.home.set("HEPH_CONTEXT", "hom");
    insta::assert_snapshot!(hephd.session(&[&["list"], &["context", "use", "wrok"], &["context", "use", "+work"]]), @"");
}

#[test]
fn contexts_that_make_no_sense_are_refused_and_broken_ones_named() {
    let hephd = Hephd::new();
    insta::assert_snapshot!(hephd.session(&[
        &["context", "set", "none", "+a"],
        &["context", "set", "2nd", "+a"],
        &["context", "set", "work"],
        &["context", "set", "work", "due<flyday"],
        &["context", "set", "work", "+work", "--new", "due:flyday"],
        &["context", "set", "work", "+work", "--new", "+work Call"],
        &["context", "set", "work", "+work or +study"],
        &["context", "delete", "wrk"],
        &["context", "use", "work"],
        &["context", "delete", "work"],
        &["list"],
        &["context"],
        &["undo"],
        &["context"],
    ]), @"");
}
