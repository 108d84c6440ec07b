//! Fields of the user's own and saved views, with a real daemon.

use crate::hephd::Hephd;

#[test]
fn a_field_is_declared_set_asked_sorted_and_shown() {
    let hephd = Hephd::new();
    insta::assert_snapshot!(hephd.session(&[
        &["field"],
        &["field", "add", "effort", "number"],
        &["field", "add", "size", "choice", "small,medium,large", "--label", "T-shirt size"],
        &["field", "add", "client", "string"],
        &["field", "add", "signed", "date"],
        &["field", "add", "travel", "duration"],
        &["add", "Paint the fence effort:3 size:large"],
        &["add", "Sign the contract client:\"Big Corp\" signed:next fri travel:1h30m"],
        &["add", "Sweep effort:0.5 size:small"],
        &["list", "effort>2"],
        &["list", "size:small,large", "--sort", "size-", "--columns", "title,size,effort"],
        &["list", "signed<2026-12-31", "--columns", "title,signed,client,travel"],
        &["list", "effort.none:", "-q"],
        &["mod", "Sweep", "effort:", "size:medium"],
        &["show", "Sweep"],
        &["history", "Sweep"],
        &["undo"],
        &["field", "list"],
    ]), @r#"
    $ heph field
    no fields: heph field add effort number makes one
    $ heph field add effort number
    field effort: number
    $ heph field add size choice small,medium,large --label T-shirt size
    field size: choice small,medium,large --label 'T-shirt size'
    $ heph field add client string
    field client: string
    $ heph field add signed date
    field signed: date
    $ heph field add travel duration
    field travel: duration
    $ heph add Paint the fence effort:3 size:large
    added 8kv  Paint the fence
      effort 3 · size large
    $ heph add Sign the contract client:"Big Corp" signed:next fri travel:1h30m
    added 5m7  Sign the contract
      client Big Corp · signed Fri 2026-12-04 · travel 1h30m
    $ heph add Sweep effort:0.5 size:small
    added a68  Sweep
      effort 0.5 · size small
    $ heph list effort>2
    8kv  Paint the fence
    $ heph list size:small,large --sort size- --columns title,size,effort
    Paint the fence  large  3
    Sweep            small  0.5
    $ heph list signed<2026-12-31 --columns title,signed,client,travel
    Sign the contract  2026-12-04  Big Corp  1h30m
    $ heph list effort.none: -q
    5m7
    $ heph mod Sweep effort: size:medium
    changed a68  Sweep
    $ heph show Sweep
    a68  Sweep
      status        todo
      score         0.0
      T-shirt size  medium
      created       2026-11-23 18:00
      modified      2026-11-23 18:00
      id            [id]
    $ heph history Sweep
    a68  Sweep
    2026-11-23 18:00  group [id]
      effort  0.5 → none
      size  small → medium
    2026-11-23 18:00  group [id]
      kind  task
      title  Sweep
      effort  0.5
      size  small
    $ heph undo
    undid: mod “Sweep”
      a68  Sweep
    $ heph field list
    client  string                                      1
    effort  number                                      2
    signed  date                                        1
    size    choice    small,medium,large  T-shirt size  2
    travel  duration                                    1
    "#);
    let json = hephd.run(&["list", "size:large", "--json"]).json();
    assert_eq!(json["tasks"][0]["fields"][0], serde_json::json!({"name": "effort", "value": "3"}));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let hephd = Hephd::new();
    let _ = hephd.run(&["field", "add", "effort", "number", "-q"]).clean();
    insta::assert_snapshot!(hephd.session(&[
        &["field", "add", "due", "date"],
        &["field", "add", "score", "number"],
        &["field", "add", "a.b", "number"],
        &["field", "add", "colour", "color"],
        &["field", "add", "colour", "choice"],
        &["field", "add", "colour", "choice", "red,Red"],
        &["field", "add", "colour", "number", "1,2"],
        &["add", "x effort:much"],
        &["add", "x efort:3"],
        &["list", "efort>2"],
        &["list", "--columns", "title,efort"],
        &["list", "--sort", "efort"],
        &["field", "delete", "efort"],
    ]), @r"
    $ heph field add due date
    error: `due:` means something already
      due
      ^^^
    hint: name it otherwise, as `own_due`
    [exit 2]
    $ heph field add score number
    error: `score:` means something already
      score
      ^^^^^
    hint: name it otherwise, as `own_score`
    [exit 2]
    $ heph field add a.b number
    error: `a.b` is no name for a field
      a.b
      ^^^
    hint: a letter, then letters, digits, - and _; 40 characters at most
    [exit 2]
    $ heph field add colour color
    error: `color` is no kind of field
      color
      ^^^^^
    hint: string, number, date, duration, choice
    [exit 2]
    $ heph field add colour choice
    error: a choice needs its choices
      choice
      ^^^^^^
    hint: words with commas between them: small,medium,large
    [exit 2]
    $ heph field add colour choice red,Red
    error: one choice stands twice
      red,Red
      ^^^^^^^
    hint: words with commas between them: small,medium,large
    [exit 2]
    $ heph field add colour number 1,2
    error: a number has no choices
      1,2
      ^^^
    hint: heph field add size choice small,medium,large
    [exit 2]
    $ heph add x effort:much
    error: `much` is no value of effort
      x effort:much
               ^^^^
    hint: write a number, as `effort:3` or `effort:2.5`
    [exit 2]
    $ heph add x efort:3
    added eyh  x efort:3
    `efort:` stays in the title; did you mean `effort:`?
    $ heph list efort>2
    error: unknown key `efort`
      efort>2
      ^^^^^
    hint: did you mean `effort`?
    [exit 2]
    $ heph list --columns title,efort
    error: there is no column `efort`
    hint: heph list --help names the columns, heph field list your own fields
    [exit 2]
    $ heph list --sort efort
    error: unknown sort key `efort`
      efort
      ^^^^^
    hint: did you mean `effort`?
    [exit 2]
    $ heph field delete efort
    error: there is no field “efort”
    hint: did you mean effort?
    [exit 3]
    ");
}

#[test]
fn a_declaration_goes_and_comes_back_and_values_stay() {
    let hephd = Hephd::new();
    let _ = hephd.run(&["field", "add", "effort", "number", "-q"]).clean();
    let task = hephd.add("Paint effort:3");
    insta::assert_snapshot!(hephd.session(&[
        &["field", "delete", "effort"],
        &["list", "effort:3"],
        &["field", "add", "effort", "choice", "low,high"],
        &["list", "effort.none:", "--columns", "title,effort"],
        &["field", "list"],
        &["mod", "Paint", "effort:high"],
        &["undo"],
        &["field", "add", "effort", "number"],
        &["list", "effort:3", "--columns", "title,effort"],
    ]), @r"
    $ heph field delete effort
    delete field effort
    1 open task keeps its value, to be seen again when the field is declared again
    $ heph list effort:3
    error: unknown key `effort`
      effort:3
      ^^^^^^
    hint: to look for a text, write it in quotes
    [exit 2]
    $ heph field add effort choice low,high
    field effort: choice low,high
    the value of 1 open task does not fit: it is shown, and filters as none
    $ heph list effort.none: --columns title,effort
    Paint  3
    $ heph field list
    effort  choice  low,high  1  1 value does not fit, and filters as none
    $ heph mod Paint effort:high
    changed kdt  Paint
    $ heph undo
    undid: mod “Paint”
      kdt  Paint
    $ heph field add effort number
    field effort: number
    $ heph list effort:3 --columns title,effort
    Paint  3
    ");
    let editor = "sed -i s/^effort:.*/effort:\\ 8/";
    let mut hephd = hephd;
    hephd.home.set("EDITOR", editor);
    let _ = hephd.run(&["edit", &task, "-q"]);
    assert_eq!(hephd.run(&["list", "effort:8", "-q"]).clean(), format!("{task}\n"));
}

#[test]
fn attributes_of_taskwarrior_become_fields() {
    let hephd = Hephd::new();
    let item = r#"[{"uuid":"11111111-82be-549f-ad67-43522eafddf4","status":"pending","entry":"20261101T000000Z",
        "description":"Paint","effort":"2.5","size":"huge","other":"kept"}]"#;
    hephd.home.file("tasks.json", item);
    let _ = hephd.run(&["import", "taskwarrior", "tasks.json"]);
    let fields = |hephd: &Hephd| hephd.run(&["show", "Paint", "--json"]).json()["task"]["fields"].clone();
    assert_eq!(fields(&hephd).as_array().unwrap().len(), 3);
    let _ = hephd.run(&["field", "add", "effort", "number", "-q"]).clean();
    let _ = hephd.run(&["field", "add", "size", "choice", "small,large", "-q"]).clean();
    let imported = hephd.run(&["import", "taskwarrior", "tasks.json", "--json"]).json();
    assert_eq!(imported["import"]["updated"], 1, "{imported}");
    assert_eq!(hephd.run(&["list", "effort:2.5"]).clean().lines().count(), 1);
    let names: Vec<String> = fields(&hephd)
        .as_array()
        .unwrap()
        .iter()
        .map(|field| format!("{}={}", field["name"].as_str().unwrap(), field["value"].as_str().unwrap()))
        .collect();
    assert_eq!(names, ["effort=2.5", "taskwarrior.other=kept", "taskwarrior.size=huge"]);
    let again = hephd.run(&["import", "taskwarrior", "tasks.json", "--json"]).json();
    assert_eq!(again["import"]["unchanged"], 1, "{again}");
}

#[test]
fn views_are_saved_shown_and_taken_in() {
    let hephd = Hephd::new();
    let _ = hephd.add("Buy milk +shop due:fri");
    let _ = hephd.add("Call Anna +phone p1");
    let _ = hephd.add("Write");
    insta::assert_snapshot!(hephd.session(&[
        &["view"],
        &["view", "save", "errands", "+shop", "or", "+phone", "--sort", "due", "--columns", "title,due"],
        &["view", "show", "errands"],
        &["list", "view:errands", "p1"],
        &["view", "save", "urgent", "view:errands", "p1"],
        &["view", "save", "errands", "view:urgent"],
        &["view", "save", "bad", "due<flyday"],
        &["view", "save", "bad", "--sort", "deu"],
        &["view", "save", "bad", "--columns", "title,colour"],
        &["filter", "explain", "view:urgent"],
        &["view", "list"],
        &["view", "delete", "errands"],
        &["view", "show", "urgent"],
        &["view", "show", "errands"],
        &["view", "list"],
        &["undo"],
        &["view", "show", "urgent"],
        &["config", "unset", "view:urgent"],
        &["view", "list", "-q"],
    ]), @r"
    $ heph view
    no views: heph view save errands +shop --sort due makes one
    $ heph view save errands +shop or +phone --sort due --columns title,due
    view errands: +shop or +phone --sort due --columns title,due
    $ heph view show errands
    Buy milk   Fri
    Call Anna
    $ heph list view:errands p1
    j43  p1  Call Anna  +phone
    $ heph view save urgent view:errands p1
    view urgent: view:errands p1
    $ heph view save errands view:urgent
    error: view urgent cannot be used: view errands cannot be used: the view takes itself in: urgent → errands → urgent
      view:urgent
           ^^^^^^
    hint: heph view save gives one of them another filter
    [exit 2]
    $ heph view save bad due<flyday
    error: unknown date `flyday`
      due<flyday
          ^^^^^^
    hint: did you mean `friday`?
    [exit 2]
    $ heph view save bad --sort deu
    error: unknown sort key `deu`
      deu
      ^^^
    hint: did you mean `due`?
    [exit 2]
    $ heph view save bad --columns title,colour
    error: there is no column `colour`
    hint: heph list --help names the columns, heph field list your own fields
    [exit 2]
    $ heph filter explain view:urgent
    (tag shop or below or tag phone or below) and priority = 1
    written as view:urgent
    answered from memory
    $ heph view list
    errands  +shop or +phone  due  title,due
    urgent   view:errands p1
    $ heph view delete errands
    delete view errands
    view urgent cannot be used any more
    $ heph view show urgent
    error: view urgent cannot be used: there is no view `errands`
      view:urgent
           ^^^^^^
    hint: heph view list shows the views (heph view save urgent … mends it)
    [exit 2]
    $ heph view show errands
    error: there is no view “errands”
    hint: there are urgent
    [exit 3]
    $ heph view list
    urgent  view:errands p1  there is no view `errands`
    $ heph undo
    undid: delete view errands
    $ heph view show urgent
    j43  p1  Call Anna  +phone
    $ heph config unset view:urgent
    unset view:urgent
    $ heph view list -q
    errands
    ");
    let json = hephd.run(&["view", "list", "--json"]).json();
    assert_eq!(json["views"][0]["columns"], "title,due");
}
