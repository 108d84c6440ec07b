//! Work with a real daemon, as a person sees it.

use crate::hephd::Hephd;

#[test]
fn a_task_from_capture_to_undo() {
    let hephd = Hephd::new();
    let bank = hephd.add("Call the bank due:fri p1 +phone proj:Home");
    let rent = hephd.add("Pay the rent due:yesterday");
    insta::assert_snapshot!(hephd.session(&[
        &["add", "Water", "the", "plants", "+home", "est:10m", "tomorrow"],
        &["next"],
        &["why", &bank],
        &["mod", &bank, "p2", "-phone", "+money", "title:Call the bank about the card"],
        &["start", &bank],
        &["done", &bank, &rent],
        &["done", &rent],
        &["undo"],
        &["next"],
        &["history", &rent],
    ]), @r"
    $ heph add Water the plants +home est:10m tomorrow
    added wqp  Water the plants
      tag home · estimate 10m · due Tue 2026-11-24
    $ heph next
    nnj  p1  Fri         Call the bank     Home  +phone
    hmd      !yesterday  Pay the rent
    wqp      tomorrow    Water the plants        +home
    $ heph why nnj
    nnj  Call the bank
    number 1 of what is next
    priority   6.00  priority 1     6
    due        6.43  due in 4 days  9 today, from 14 days ahead
    age        0.00  0 days old     2 after 365 days
    score     12.43
    changes by itself tomorrow: due rises by 0.6
    $ heph mod nnj p2 -phone +money title:Call the bank about the card
    changed nnj  Call the bank about the card
    $ heph start nnj
    started nnj  Call the bank about the card
    $ heph done nnj hmd
    done nnj  Call the bank about the card
    done hmd  Pay the rent
    $ heph done hmd
    already done: hmd Pay the rent
    $ heph undo
    undid: done 2 tasks
      hmd  Pay the rent
      nnj  Call the bank about the card
    $ heph next
    >  nnj  p2  Fri         Call the bank about the card  Home  +money
       hmd      !yesterday  Pay the rent
       wqp      tomorrow    Water the plants                    +home
    $ heph history hmd
    hmd  Pay the rent
    2026-11-23 18:00  group [id]  undoes [id]
      status  done → todo
    2026-11-23 18:00  group [id]
      status  todo → done
    2026-11-23 18:00  group [id]
      kind  task
      title  Pay the rent
      due  2026-11-22
    ");
}

#[test]
fn the_day_turns() {
    let hephd = Hephd::new();
    let task = hephd.add("Call the bank due:tomorrow");
    let later = hephd.add("Clean the gutters");
    assert_eq!(hephd.run(&["next", "-n", "1"]).clean(), format!("{task}  tomorrow  Call the bank\n"));
    let _ = hephd.run(&["defer", &later, "2w"]);
    hephd.at("2026-11-26T09:00:00Z");
    insta::assert_snapshot!(hephd.session(&[&["next"], &["list", "is:deferred"], &["show", &task]]), @r"
    $ heph next
    q22  !2 d ago  Call the bank
    $ heph list is:deferred
    z  j43  Clean the gutters
    $ heph show q22
    q22  Call the bank
      status    todo
      due       Tue 2026-11-24 (!2 d ago)
      score     9.6
      created   2026-11-23 18:00
      modified  2026-11-23 18:00
      id        [id]
    ");
}

#[test]
fn filters_find_and_errors_point() {
    let hephd = Hephd::new();
    for line in
        ["Call the bank p1 +phone", "Water the plants +home", "Fix the gate proj:\"Big House\" +home due:fri"]
    {
        let _ = hephd.add(line);
    }
    insta::assert_snapshot!(hephd.session(&[
        &["list", "-home"],
        &["list", "+home", "due<sat"],
        &["list", "proj:Big House", "+home"],
        &["list", "p1 or due.none:", "--sort", "title-", "--columns", "title,priority"],
        &["list", "dew:fri"],
        &["filter", "explain", "+home", "-errand", "due<fri"],
        &["add", "Call", "due:someday soon"],
        &["show", "zzzz"],
    ]), @r"
    $ heph list -home
    q22  p1  Call the bank  +phone
    $ heph list +home due<sat
    wma  Fri  Fix the gate  Big House  +home
    $ heph list proj:Big House +home
    wma  Fri  Fix the gate  Big House  +home
    $ heph list p1 or due.none: --sort title- --columns title,priority
    Water the plants
    Call the bank     p1
    $ heph list dew:fri
    error: unknown key `dew`
      dew:fri
      ^^^
    hint: did you mean `dep`?
    [exit 2]
    $ heph filter explain +home -errand due<fri
    tag home or below and not tag errand or below and due < Fri 2026-11-27
    written as +home -errand due<fri
    answered from memory
    $ heph add Call due:someday soon
    added eyh  Call soon
      status someday
    $ heph show zzzz
    error: nothing answers to “zzzz”
    hint: heph list shows the ids of tasks, heph page list those of pages
    [exit 3]
    ");
}

#[test]
fn bulk_changes_are_one_undo() {
    let hephd = Hephd::new();
    for number in 0..5 {
        let _ = hephd.add(&format!("Task {number} +home"));
    }
    assert_eq!(hephd.run(&["mod", "--where", "+home", "p1"]).code, 5);
    assert_eq!(hephd.run(&["mod", "--where", "+home", "p1", "--yes"]).clean().lines().count(), 5);
    assert_eq!(hephd.run(&["list", "p1", "-q"]).clean().lines().count(), 5);
    assert_eq!(hephd.run(&["undo"]).code, 0);
    assert_eq!(hephd.run(&["list", "p1", "-q"]).stdout, "");
}

#[test]
fn notes_pages_and_the_journal() {
    let mut hephd = Hephd::new();
    let task = hephd.add("Call the bank");
    let stdin =
        |hephd: &Hephd, arguments: &[&str], text: &str| hephd.home.run_with_input(arguments, text).clean();
    assert_eq!(
        stdin(&hephd, &["note", &task, "--stdin"], "Ask for Anna.\n"),
        format!("saved {task}  Call the bank\n")
    );
    let made = stdin(&hephd, &["page", "new", "Travel/Trip to Rome", "--stdin"], "# Plan\n");
    assert!(made.starts_with("made ") && made.ends_with("  Travel/Trip to Rome\n"), "{made}");
    assert_eq!(hephd.run(&["page", "show", "[[Trip to Rome]]"]).clean(), "# Plan\n");
    hephd.home.set("EDITOR", "sed -i s/Plan/Route/");
    assert_eq!(hephd.run(&["page", "edit", "Trip to Rome"]).code, 0);
    assert_eq!(hephd.run(&["page", "show", "Trip to Rome"]).clean(), "# Route\n");
    assert_eq!(hephd.run(&["capture", "saw", "a", "kingfisher"]).code, 0);
    assert!(hephd.run(&["today"]).clean().contains("- saw a kingfisher\n"));
    assert!(!hephd.run(&["today", "+1"]).clean().contains("kingfisher"));
    hephd.home.set("EDITOR", "sed -i 's/Call/Ring/'");
    assert_eq!(hephd.run(&["edit", &task]).clean(), format!("changed {task}  Ring the bank\n"));
    assert!(hephd.run(&["show", &task]).clean().contains("\n\nAsk for Anna.\n"));
    assert!(hephd.run(&["page", "list", "--journals"]).clean().contains("2026-11-23"));
}

#[test]
fn what_another_writer_saved_meanwhile_is_merged() {
    let mut hephd = Hephd::new();
    let made = hephd.home.run_with_input(&["page", "new", "Ideas", "--stdin", "-q"], "one\n").clean();
    let page = made.trim();
    // Another writer saves while the editor is open.
    let heph = env!("CARGO_BIN_EXE_heph");
    hephd.home.set(
        "EDITOR",
        format!("f() {{ echo theirs | {heph} page edit {page} --stdin -q; echo mine > \"$1\"; }}; f"),
    );
    let ran = hephd.run(&["page", "edit", page]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stderr.contains("merged with what was changed meanwhile: heph page diff"), "{ran}");
    assert_eq!(hephd.run(&["page", "show", page]).clean(), "theirs\nmine\n");
}

#[test]
fn taskwarrior_is_taken_in_once() {
    let hephd = Hephd::new();
    hephd.home.file(
        "export.json",
        r#"[
{"id":1,"description":"Call the bank","due":"20261127T000000Z","entry":"20261101T100000Z","estimate":"30","priority":"H","project":"Home","status":"pending","tags":["phone"],"uuid":"0b11967d-9dae-4333-a137-c3b1e8a641d3","urgency":12},
{"id":2,"description":"Pay the bill","depends":["0b11967d-9dae-4333-a137-c3b1e8a641d3"],"entry":"20261102T100000Z","status":"pending","uuid":"f5a18641-dc38-4ae1-80f0-588166a2aa44"},
{"id":0,"description":"Read","end":"20261110T100000Z","entry":"20261102T100000Z","status":"completed","uuid":"b3f9e124-64c2-4dc0-8351-9b2200e2863e"}
]
"#,
    );
    insta::assert_snapshot!(hephd.session(&[
        &["import", "taskwarrior", "export.json", "--dry-run"],
        &["import", "taskwarrior", "export.json"],
        &["import", "taskwarrior", "export.json"],
        &["list"],
        &["list", "status:done"],
    ]), @r"
    $ heph import taskwarrior export.json --dry-run
    would import 3 items: 3 created, 0 updated, 0 unchanged
    kept as they are: estimate (1)
    $ heph import taskwarrior export.json
    imported 3 items: 3 created, 0 updated, 0 unchanged
    kept as they are: estimate (1)
    $ heph import taskwarrior export.json
    imported 3 items: 0 created, 0 updated, 3 unchanged
    kept as they are: estimate (1)
    $ heph list
       g27  p1  Fri  Call the bank  Home  +phone
    b  zgn           Pay the bill
    $ heph list status:done
    x  ydg  Read
    ");
}

#[test]
fn a_backup_comes_back() {
    let hephd = Hephd::new();
    let task = hephd.add("Call the bank");
    assert!(hephd.run(&["store", "backup", "copy.db"]).clean().starts_with("wrote copy.db ("));
    assert_eq!(hephd.run(&["delete", &task]).code, 0);
    assert_eq!(hephd.run(&["list", "-q"]).stdout, "");
    let restored = hephd.run(&["store", "restore", "copy.db", "--yes"]).clean();
    assert!(restored.starts_with("restored copy.db\nthe store from before is kept as [HOME]/"), "{restored}");
    // The daemon has started again on it when the command ends.
    assert_eq!(hephd.run(&["list", "-q"]).clean(), format!("{task}\n"));
    hephd.home.file("no-store.db", "not a store");
    assert_eq!(hephd.run(&["store", "restore", "no-store.db", "--yes"]).code, 5);
    assert_eq!(hephd.run(&["list", "-q"]).clean(), format!("{task}\n"));
}

#[test]
fn a_context_narrows_what_is_shown_and_tells_what_it_hides() {
    let mut hephd = Hephd::new();
    let _ = hephd.add("Write the report +work");
    hephd.home.set("HEPH_CONTEXT", "+work");
    insta::assert_snapshot!(hephd.session(&[
        &["add", "Call the bank +home"],
        &["next"],
        &["next", "--no-context"],
    ]), @r"
    $ heph add Call the bank +home
    added j43  Call the bank
      tag home
    warning: context `+work` hides this task; heph list --no-context shows it
    $ heph next
    q22  Write the report  +work
    context: +work · --no-context shows all
    $ heph next --no-context
    q22  Write the report  +work
    j43  Call the bank     +home
    ");
}

#[test]
fn completions_and_doctor_speak_of_what_is_there() {
    let hephd = Hephd::new();
    let task = hephd.add("Call the bank +phone proj:Home");
    assert_eq!(hephd.run(&["__complete", "done", ""]).clean(), format!("{task}\tCall the bank\n"));
    assert!(hephd.run(&["__complete", "list", "+ph"]).clean().starts_with("+phone\t"));
    assert!(hephd.run(&["__complete", "add", "proj:H"]).clean().starts_with("proj:Home\t"));
    let doctor = hephd.run(&["doctor", "--json"]).json();
    let checks = doctor["checks"].as_array().unwrap();
    assert!(checks.iter().all(|check| check["verdict"] != "fail"), "{doctor}");
}
