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
    ]), @r"
    $ heph next
    q22  Fri  Call the bank
    j43       Read the paper  +reading
    $ heph config set weight:tag:reading 10
    set weight:tag:reading to 10
    $ heph next
    j43       Read the paper  +reading
    q22  Fri  Call the bank
    $ heph why @last
    j43  Read the paper
    number 1 of what is next
    age     0.00  0 days old   2 after 365 days
    tag    10.00  tag reading  10
    score  10.00
    $ heph config set weight:tag:reading 10
    it is so already
    $ heph undo
    undid: set weight:tag:reading to 10
    $ heph next
    q22  Fri  Call the bank
    j43       Read the paper  +reading
    $ heph redo
    redid: set weight:tag:reading to 10
    $ heph config unset weight:tag:reading
    unset weight:tag:reading
    $ heph config set weight:due -2.5
    set weight:due to -2.5
    $ heph config set weight:horizon 3
    set weight:horizon to 3
    $ heph why Call the bank
    q22  Call the bank
    number 1 of what is next
    due    0.00  due in 4 days  -2.5 today, from 3 days ahead
    age    0.00  0 days old     2 after 365 days
    score  0.00
    changes by itself Wed 2026-11-25: due falls by 0.8
    ");
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
    ]), @r"
    $ heph config set weight:deu 3
    error: there is no setting `weight:deu`
      weight:deu
      ^^^^^^^^^^
    hint: did you mean `weight:due`?
    [exit 2]
    $ heph config set weight:due many
    error: `many` is no value of weight:due
      many
      ^^^^
    hint: a number from -100 to 100, with three decimal places at most
    [exit 2]
    $ heph config set weight:due 100.5
    error: `100.5` is no value of weight:due
      100.5
      ^^^^^
    hint: a number from -100 to 100, with three decimal places at most
    [exit 2]
    $ heph config set weight:tag:home 11
    error: `11` is no value of weight:tag:home
      11
      ^^
    hint: a number from -10 to 10, with three decimal places at most
    [exit 2]
    $ heph config set week_start someday
    error: `someday` is no value of week_start
      someday
      ^^^^^^^
    hint: a weekday, such as monday or sunday
    [exit 2]
    $ heph config unset weight:pim
    error: there is no setting `weight:pim`
      weight:pim
      ^^^^^^^^^^
    hint: did you mean `weight:pin`?
    [exit 2]
    $ heph config set weight:due
    error: the following required arguments were not provided:
      <VALUE>

    Usage: heph config set <KEY> <VALUE>

    For more information, try '--help'.
    [exit 2]
    ");
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
    ]), @r"
    $ heph add Pay due:eow
    added azd  Pay
      due Sat 2026-11-28
    $ heph filter explain due.after:sow
    due > Sun 2026-11-22
    written as due>sow
    answered from memory
    $ heph agenda week
    Sat 2026-11-28
        due  azd  Pay

    Coming up
      Sun 2026-11-29  due  q22  Rest
    $ heph config set week_start sunday
    it is so already
    ");
    let time = hephd.run(&["time", "--json"]).json();
    assert_eq!(time["from"], "2026-11-22T00:00:00Z", "{time}");
}

#[test]
fn a_project_weighs_too() {
    let hephd = Hephd::new();
    let _ = hephd.add("Dig proj:Garden");
    insta::assert_snapshot!(hephd.session(&[
        &["mod", "Garden", "weight:-3"],
        &["why", "Dig"],
        &["mod", "Garden", "weight:11"],
        &["undo"],
        &["why", "Dig"],
        &["config", "set", "view:x", "+a"],
    ]), @r#"
    $ heph mod Garden weight:-3
    changed 4zb  Garden
    $ heph why Dig
    nnj  Dig
    number 1 of what is next
    age       0.00  0 days old        2 after 365 days
    project  -3.00  project "Garden"  -3
    score    -3.00
    $ heph mod Garden weight:11
    error: `11` is no weight of a project
      weight:11
      ^^^^^^^^^
    hint: whole points from -10 to 10
    [exit 2]
    $ heph undo
    undid: mod “Garden”
      4zb  Garden
    $ heph why Dig
    nnj  Dig
    number 1 of what is next
    age    0.00  0 days old  2 after 365 days
    score  0.00
    $ heph config set view:x +a
    error: `view:x` is set by a verb of its own
      view:x
      ^^^^^^
    hint: heph view save --help
    [exit 2]
    "#);
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
    ]), @r"
    $ heph context
    no contexts: heph context set work proj:Work/ --new '+work proj:Work' makes one
    $ heph context set work proj:Work/ --new +work proj:Work
    context work: proj:Work/ --new '+work proj:Work'
    a task added in it gets +work proj:Work
    $ heph context set errands +shop
    context errands: +shop
    a task added in it gets +shop, as its filter says; --new '…' changes that
    $ heph context use work
    in context work: proj:Work/
    $ heph next
    nnj  Fri  Write the report  Work    +work
    wma       Call Anna         Hiring
    context work: proj:Work/ · --no-context shows all
    $ heph list is:overdue or due:fri
    nnj  Fri  Write the report  Work  +work
    context work: proj:Work/ · --no-context shows all
    $ heph list --no-context
    nnj  Fri  Write the report  Work    +work
    eyh       Water the plants          +home
    wma       Call Anna         Hiring
    $ heph agenda week
    Fri 2026-11-27
        due  nnj  Write the report  Work
    context work: proj:Work/ · --no-context shows all
    $ heph review
    nothing to look at: everything is in order
    context work: proj:Work/ · --no-context shows all
    $ heph add Send the invoice p2
    added pfa  Send the invoice
      priority p2
    context work adds +work proj:Work
    $ heph add Plan the garden proj:Garden
    added 0bd  Plan the garden
      project Garden
    context work adds +work
    made project “Garden”
    warning: context `work` hides this task; heph list --no-context shows it
    $ heph add Later proj:Work defer:2w
    added 09m  Later
      project Work · defer Mon 2026-12-07
    context work adds +work
    heph next does not show it before Mon 2026-12-07
    $ heph why Water the plants
    eyh  Water the plants
    not in next:
      out of context work: proj:Work/
    age    0.00  0 days old  2 after 365 days
    score  0.00
    $ heph why Water the plants --no-context
    eyh  Water the plants
    number 3 of what is next
    age    0.00  0 days old  2 after 365 days
    score  0.00
    $ heph context list
       errands  +shop       +shop (from the filter)
    *  work     proj:Work/  +work proj:Work
    $ heph context use none
    in no context: lists show all
    $ heph next -n 2
    nnj      Fri  Write the report  Work  +work
    pfa  p2       Send the invoice  Work  +work
    ");
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
    let _ = hephd.run(&["context", "set", "work", "+work", "-q"]).clean();
    let _ = hephd.run(&["context", "set", "home", "+home", "--new", "", "-q"]).clean();
    let _ = hephd.run(&["context", "use", "work"]).clean();
    hephd.home.set("HEPH_CONTEXT", "home");
    insta::assert_snapshot!(hephd.session(&[
        &["list", "--columns", "title"],
        &["add", "Paint the fence"],
        &["context", "use", "home"],
    ]), @r"
    $ heph list --columns title
    Water
    context home: +home · --no-context shows all
    $ heph add Paint the fence
    added npv  Paint the fence
    warning: context `home` hides this task; heph list --no-context shows it
    $ heph context use home
    in context home: +home
    warning: where HEPH_CONTEXT or cli.context is set, as here, that holds
    ");
    hephd.home.set("HEPH_CONTEXT", "");
    assert_eq!(
        hephd.run(&["list", "--columns", "title", "title.has:wat or title.has:wri"]).clean().lines().count(),
        2
    );
    hephd.home.set("HEPH_CONTEXT", "hom");
    insta::assert_snapshot!(hephd.session(&[&["list"], &["context", "use", "wrok"], &["context", "use", "+work"]]), @r"
    $ heph list
    error: there is no context “hom”
    hint: did you mean home?
    [exit 3]
    $ heph context use wrok
    error: there is no context “wrok”
    hint: did you mean work?
    [exit 3]
    $ heph context use +work
    error: `+work` is no name of a context
    hint: heph context set work … makes one, heph context use work goes into it
    [exit 2]
    ");
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
    ]), @r"
    $ heph context set none +a
    error: `none` says that there is no context
      none
      ^^^^
    hint: name it otherwise
    [exit 2]
    $ heph context set 2nd +a
    error: `2nd` is no name for a context
      2nd
      ^^^
    hint: a letter, then letters, digits, - and _; 40 characters at most
    [exit 2]
    $ heph context set work
    error: the following required arguments were not provided:
      <FILTER>...

    Usage: heph context set <NAME> <FILTER>...

    For more information, try '--help'.
    [exit 2]
    $ heph context set work due<flyday
    error: unknown date `flyday`
      due<flyday
          ^^^^^^
    hint: did you mean `friday`?
    [exit 2]
    $ heph context set work +work --new due:flyday
    error: unknown date `flyday`
      due:flyday
          ^^^^^^
    hint: did you mean `friday`?
    [exit 2]
    $ heph context set work +work --new +work Call
    error: `Call` is no token of a new task
      +work Call
            ^^^^
    hint: write tokens as in heph add: +tag proj:Home p1 est:30m
    [exit 2]
    $ heph context set work +work or +study
    context work: +work or +study
    a task added in it gets nothing from it: --new '+tag proj:Home' says what it gets
    $ heph context delete wrk
    error: there is no context “wrk”
    hint: did you mean work?
    [exit 3]
    $ heph context use work
    in context work: +work or +study
    $ heph context delete work
    delete context work
    $ heph list
    no task matches
    $ heph context
    warning: this machine is in context work, which is no more: heph context use none
    no contexts: heph context set work proj:Work/ --new '+work proj:Work' makes one
    $ heph undo
    undid: delete context work
    $ heph context
    *  work  +work or +study  nothing
    ");
}

/// What was typed is kept, whatever became of the context the machine is in.
#[test]
fn a_context_that_cannot_be_used_refuses_no_task() {
    let hephd = Hephd::new();
    let page = hephd.home.run_with_input(&["page", "new", "Trip", "--stdin", "-q"], "one\n").clean();
    let _ = hephd.run(&["context", "set", "trip", "links:[[Trip]]"]);
    let _ = hephd.run(&["context", "use", "trip"]);
    let _ = hephd.run(&["delete", page.trim()]);
    let added = hephd.run(&["add", "Pack the bags"]);
    assert_eq!(added.code, 0, "{added}");
    assert!(
        added.stderr.contains("added outside the context: context “trip” cannot be used: nothing"),
        "{added}"
    );
    let _ = hephd.run(&["view", "save", "work", "+work"]);
    let _ = hephd.run(&["context", "set", "work", "view:work"]);
    let _ = hephd.run(&["context", "use", "work"]);
    let _ = hephd.run(&["view", "delete", "work"]);
    let added = hephd.run(&["add", "Write the report"]);
    assert_eq!(added.code, 0, "{added}");
    assert!(added.stderr.contains("added outside the context: context “work” cannot be used"), "{added}");
    let titles = hephd.run(&["list", "--no-context", "--columns", "title", "--sort", "title"]).clean();
    assert_eq!(titles, "Pack the bags\nWrite the report\n");
    // One that is named is meant: it has to be there.
    let mut hephd = hephd;
    hephd.home.set("HEPH_CONTEXT", "nowhere");
    assert_ne!(hephd.run(&["add", "Elsewhere"]).code, 0);
}

#[test]
fn a_view_keeps_its_filter_and_names_that_mean_something_are_no_fields() {
    let hephd = Hephd::new();
    let _ = hephd.run(&["view", "save", "errands", "+shop"]);
    let saved = hephd.run(&["view", "save", "errands", "--sort", "title"]);
    assert_eq!(saved.code, 5, "{saved}");
    assert!(saved.stderr.contains("view errands has a filter, and none is given"), "{saved}");
    assert!(hephd.run(&["view", "list"]).clean().contains("+shop"));
    for name in ["https", "depends-on", "flags", "p1"] {
        let added = hephd.run(&["field", "add", name, "string"]);
        assert_eq!(added.code, 2, "{name}: {added}");
    }
    let line = hephd.add("see https://example.com/x");
    assert_eq!(
        hephd.run(&["list", &format!("id:{line}"), "--columns", "title"]).clean(),
        "see https://example.com/x\n"
    );
}

/// Whoever takes a word out of the language is told what spoke of it.
#[test]
fn what_a_change_breaks_is_named() {
    let hephd = Hephd::new();
    all(&hephd, &["field add effort number", "field add size choice small,large"]);
    all(&hephd, &["view save hard effort>3", "view save sorted --sort effort-", "view save plain +home"]);
    all(&hephd, &["context set big size:large", "context set fresh +work --new effort:1"]);
    let broken = |line: &str| {
        let ran = hephd.run(&line.split(' ').collect::<Vec<_>>());
        assert_eq!(ran.code, 0, "{line}: {ran}");
        let said = ran.stderr.lines().filter(|line| line.ends_with("cannot be used any more"));
        let named = said.map(|line| line.trim_end_matches(" cannot be used any more").to_owned());
        named.collect::<Vec<_>>()
    };
    assert_eq!(broken("field delete effort"), ["view hard", "view sorted", "context fresh"]);
    let problems = |what: &str| {
        let listed = hephd.run(&[what, "list", "--json"]).json()[format!("{what}s")].clone();
        let listed = listed.as_array().unwrap().iter().filter(|one| !one["problem"].is_null());
        listed.map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(problems("view"), ["hard", "sorted"]);
    assert_eq!(problems("context"), ["fresh"]);
    assert_eq!(broken("undo"), [""; 0]);
    assert_eq!(problems("view"), [""; 0]);
    assert_eq!(broken("field add size choice small,huge"), ["context big"]);
    assert_eq!(broken("config unset field:effort"), ["view hard", "view sorted", "context fresh"]);
}

/// Runs lines, each of which has to go well.
fn all(hephd: &Hephd, lines: &[&str]) {
    for line in lines {
        let ran = hephd.run(&line.split(' ').collect::<Vec<_>>());
        assert_eq!(ran.code, 0, "{line}: {ran}");
    }
}
