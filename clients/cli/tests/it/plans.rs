//! Plans, projects, reviews and time with a real daemon, as a person sees them.

use crate::hephd::Hephd;

#[test]
fn dependencies_parts_and_projects() {
    let hephd = Hephd::new();
    let door = hephd.add("Paint the door proj:Garden due:fri");
    let added = hephd.run(&["sub", &door, "-q", "Buy paint", "Sand it"]);
    let parts: Vec<&str> = added.stdout.lines().collect();
    let [buy, sand] = parts[..] else { panic!("{added}") };
    assert!(hephd.run(&["dep", sand, "after", buy]).stdout.starts_with("waits "));
    let circle = hephd.run(&["dep", buy, "after", sand]);
    assert_eq!(circle.code, 5);
    let way = format!("“Buy paint” ({buy}) after “Sand it” ({sand}) after “Buy paint” ({buy})");
    assert!(circle.stderr.contains(&way), "{circle}");
    let done = hephd.run(&["done", buy]).clean();
    assert!(done.contains(&format!("unblocked {sand}  Sand it")), "{done}");
    assert_eq!(hephd.run(&["done", &door]).code, 5);

    let changes = ["mod", "Garden", "status:on-hold", "review:2w", "outcome:A green one", "area:Home"];
    assert!(hephd.run(&changes).clean().contains("Garden"));
    assert_eq!(hephd.run(&["next", "-q"]).stdout, "");
    hephd.run(&["mod", "Garden", "status:active"]).clean();
    let projects = hephd.run(&["projects", "--json"]).json();
    let garden = &projects["projects"][0];
    assert_eq!(garden["outcome"], "A green one");
    assert_eq!((&garden["review_days"], &garden["area"]["title"]), (&14.into(), &"Home".into()));
    assert_eq!(garden["next"]["title"], "Sand it");
    assert_eq!(hephd.run(&["mod", "Garden", "due:fri"]).code, 2);
}

#[test]
fn agenda_waiting_and_review() {
    let hephd = Hephd::new();
    hephd.add("Pay the rent due:yesterday proj:Home");
    hephd.add("Meet Ada plan:2026-11-23T19:30 proj:Home");
    let ask = hephd.add("Ask Bob proj:Home");
    hephd.run(&["wait", &ask, "Bob", "--follow-up", "today"]).clean();
    let agenda = hephd.run(&["agenda", "--json"]).json();
    assert_eq!(agenda["overdue"][0]["task"]["title"], "Pay the rent");
    assert_eq!(agenda["days"][0]["timed"][0]["time"], "19:30");
    assert_eq!(agenda["days"][0]["all_day"][0]["task"]["waiting_on"], "Bob");
    assert_eq!(hephd.run(&["agenda", "week", "never"]).code, 2);

    let review = hephd.run(&["review"]);
    assert!(review.stdout.contains("Overdue") && review.stdout.contains("Ask Bob"), "{review}");
    assert!(review.stderr.contains("on a terminal heph review asks"), "{review}");
    let sections = hephd.run(&["review", "--json"]).json();
    let sections: Vec<_> =
        sections["steps"].as_array().unwrap().iter().map(|step| &step["section"]).collect();
    assert_eq!(sections, ["overdue", "follow_up"]);
}

#[test]
fn time_is_counted_and_corrected() {
    let hephd = Hephd::new();
    let id = hephd.add("Write, \"fast\" proj:Book");
    hephd.run(&["start", &id]).clean();
    hephd.at("2026-11-23T19:30:00Z");
    hephd.run(&["stop", &id]).clean();
    hephd.run(&["time", "add", &id, "30m", "--from", "9:00"]).clean();
    let csv = hephd.run(&["time", "--csv"]).stdout;
    assert!(csv.lines().nth(1).unwrap().ends_with(",\"Write, \"\"fast\"\"\",Book,7200"), "{csv}");
    let shown = hephd.run(&["time", "show", &id, "--json"]).json();
    let interval = shown["intervals"][0]["id"].as_str().unwrap();
    hephd.run(&["time", "edit", &id, &interval[..4], "15m"]).clean();
    assert_eq!(hephd.run(&["time", "--by", "day", "--json"]).json()["total_seconds"], 6_300);
    hephd.run(&["undo"]).clean();
    hephd.run(&["time", "delete", &id, interval]).clean();
    assert_eq!(hephd.run(&["time", "--by", "project", "--json"]).json()["rows"][0]["seconds"], 5_400);
    assert_eq!(hephd.run(&["time", "delete", &id, interval]).code, 3);
}
