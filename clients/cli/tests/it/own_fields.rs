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
    ]), @"");
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
    ]), @"");
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
    ]), @"");
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
    assert_eq!(imported["updated"], 1, "{imported}");
    assert_eq!(hephd.run(&["list", "effort:2.5"]).clean().lines().count(), 1);
    let names: Vec<String> = fields(&hephd)
        .as_array()
        .unwrap()
        .iter()
        .map(|field| format!("{}={}", field["name"].as_str().unwrap(), field["value"].as_str().unwrap()))
        .collect();
    assert_eq!(names, ["effort=2.5", "taskwarrior.other=kept", "taskwarrior.size=huge"]);
    let again = hephd.run(&["import", "taskwarrior", "tasks.json", "--json"]).json();
    assert_eq!(again["unchanged"], 1, "{again}");
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
    ]), @"");
    let json = hephd.run(&["view", "list", "--json"]).json();
    assert_eq!(json["views"][0]["columns"], "title,due");
}
