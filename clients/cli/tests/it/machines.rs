//! Two machines and a hub: every field and list of tasks, changed on both while they are apart.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hephd::config::{Config, Flags};
use hephd::environment::{Environment, FixedClock, SeededEntropy};
use hephd::system::Daemon;
use serde_json::Value;

use crate::hephd::Hephd;

/// A hub on a port of its own, which can be away.
struct Hub {
    folder: tempfile::TempDir,
    port: u16,
    clock: Arc<FixedClock>,
    running: Option<Daemon>,
}

impl Hub {
    fn new() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let clock = Arc::new(FixedClock::new("2026-11-23T18:00:00Z".parse().unwrap()));
        let mut hub = Self { folder: tempfile::tempdir().unwrap(), port, clock, running: None };
        hub.come();
        hub
    }

    fn come(&mut self) {
        let flags = Flags {
            mode: Some("server".into()),
            db: Some(self.folder.path().join("heph.db")),
            socket: Some(self.folder.path().join("hub.sock")),
            log: Some("-".into()),
            http_addr: Some(format!("127.0.0.1:{}", self.port)),
            ..Flags::default()
        };
        let config = Config::load(&flags, |_| None).unwrap();
        let entropy = Arc::new(SeededEntropy::new(99));
        let environment = Environment { clock: self.clock.clone(), entropy, keyring: None, notifier: None };
        self.running = Some(Daemon::start(config, environment).unwrap());
    }

    fn go(&mut self) {
        self.running.take().unwrap().stop().unwrap();
    }

    fn token(&self) -> PathBuf {
        self.folder.path().join(format!("hub-{}.token", self.port))
    }

    fn machine(&self, seed: u64) -> Hephd {
        Hephd::with(
            seed,
            Flags {
                hub_url: Some(format!("http://127.0.0.1:{}", self.port)),
                hub_token_file: Some(self.token()),
                ..Flags::default()
            },
        )
    }
}

/// Runs lines on a machine; each has to go well.
fn all(machine: &Hephd, lines: &[&[&str]]) {
    for line in lines {
        let ran = machine.run(line);
        assert_eq!(ran.code, 0, "heph {}: {ran}", line.join(" "));
    }
}

/// Syncs machines until all have the same.
fn meet(machines: &[&Hephd]) {
    let began = Instant::now();
    loop {
        let mut cursors = Vec::new();
        for machine in machines {
            let status = machine.run(&["sync", "now", "--json"]).json()["sync"].clone();
            cursors.push((status["state"].clone(), status["unsent"].as_u64(), status["cursor"].as_u64()));
        }
        let is_done = |(state, unsent, _): &(Value, Option<u64>, Option<u64>)| {
            state == "idle" && unsent.unwrap_or_default() == 0
        };
        if cursors.iter().all(is_done) && cursors.iter().all(|one| one.2 == cursors[0].2) {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "they do not agree: {cursors:?}");
    }
}

/// What lists and tasks say, without what is a machine's own.
fn seen(machine: &Hephd) -> Vec<(String, Value)> {
    const LISTS: &[&[&str]] = &[
        &["next", "--json"],
        &["list", "status.any:", "--json"],
        &["list", "is:trashed", "--json"],
        &["agenda", "--json"],
        &["agenda", "week", "--json"],
        &["review", "--json"],
        &["projects", "--all", "--json"],
        &["tags", "--json"],
        &["time", "--by", "day", "--from", "2026-11-01", "--json"],
        &["page", "list", "--json"],
    ];
    let mut seen: Vec<(String, Value)> =
        LISTS.iter().map(|line| (line.join(" "), machine.run(line).json())).collect();
    for task in machine.run(&["list", "status.any:", "--json"]).json()["tasks"].as_array().unwrap() {
        let id = task["id"].as_str().unwrap();
        seen.push((format!("show {}", task["title"]), machine.run(&["show", id, "--json"]).json()));
        seen.push((format!("why {}", task["title"]), machine.run(&["why", id, "--json"]).json()));
        seen.push((format!("time {}", task["title"]), machine.run(&["time", "show", id, "--json"]).json()));
    }
    for (_, value) in &mut seen {
        without_own(value);
    }
    seen
}

/// Takes out what a machine counts for itself.
fn without_own(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !matches!(&**name, "rev" | "revision" | "revisions" | "is_own"));
            fields.values_mut().for_each(without_own);
        }
        Value::Array(values) => values.iter_mut().for_each(without_own),
        _ => {}
    }
}

fn assert_alike(one: &Hephd, two: &Hephd) {
    let (left, right) = (seen(one), seen(two));
    for (left, right) in left.iter().zip(&right) {
        assert_eq!(left, right);
    }
    assert_eq!(left.len(), right.len());
}

/// A task of a title, as JSON.
fn task(machine: &Hephd, title: &str) -> Value {
    machine.run(&["show", title, "--json"]).json()["task"].clone()
}

#[test]
fn what_two_machines_do_apart_stands_on_both() {
    let mut hub = Hub::new();
    let (one, two) = (hub.machine(1), hub.machine(2));
    meet(&[&one, &two]);
    for line in [
        "Paint the hall",
        "Fix the roof",
        "Call Ada",
        "Water every 3 days due:2026-11-23",
        "Pay rent every month on last",
        "Report every+ week due:2026-11-23",
        "Dig proj:Garden",
        "Sow proj:Garden",
        "Harvest proj:Garden",
        "Pack the bags",
        "Write the book",
        "Sort the post",
        "Old lamp",
        "Post the letter",
        "Clean the desk",
        "Read the paper",
    ] {
        let _ = one.add(line);
    }
    all(
        &one,
        &[
            &["sub", "Pack the bags", "shirts", "shoes"],
            &["mod", "Garden", "outcome:green"],
            &["page", "new", "Notes", "--stdin"],
        ],
    );
    meet(&[&one, &two]);
    assert_alike(&one, &two);

    hub.go();
    all(
        &one,
        &[
            &["mod", "Paint the hall", "p1", "due:2026-12-01", "+garden", "proj:Home"],
            &["mod", "Fix the roof", "defer:2026-12-05", "lead:3d", "remind:2026-12-05T10:00"],
            &["wait", "Call Ada", "her answer", "--follow-up", "2026-11-30"],
            &["done", "Water"],
            &["skip", "Pay rent"],
            &["mod", "Report", "--this", "due:2026-11-25"],
            &["mod", "Garden", "outcome:A green garden", "review:2w"],
            &["dep", "Harvest", "after", "Sow"],
            &["move", "Harvest", "first"],
            &["sub", "Pack the bags", "hat"],
            &["log", "Write the book", "chapter one"],
            &["start", "Write the book"],
            &["mod", "Sort the post", "p1"],
            &["delete", "Old lamp"],
            &["done", "Post the letter"],
            &["pin", "Clean the desk"],
            &["duplicate", "Read the paper"],
            &["capture", "seen on the first"],
        ],
    );
    all(
        &two,
        &[
            &["mod", "Paint the hall", "plan:2026-11-28", "est:30m", "+house", "-garden"],
            &["mod", "Fix the roof", "expires:2026-12-24", "title:Mend the roof"],
            &["mod", "Call Ada", "p2", "remind:2026-11-30T10:00"],
            &["done", "Water"],
            &["done", "Pay rent"],
            &["done", "Report"],
            &["mod", "Garden", "status:on-hold", "sequential:yes", "area:Home"],
            &["dep", "Sow", "after", "Dig"],
            &["move", "Sow", "first"],
            &["sub", "Pack the bags", "coat"],
            &["log", "Write the book", "read it again"],
            &["time", "add", "Write the book", "30m", "--from", "9:00"],
            &["mod", "Sort the post", "p3"],
            &["mod", "Old lamp", "p2"],
            &["mod", "Post the letter", "+late"],
            &["mod", "Clean the desk", "proj:Home"],
            &["cancel", "Read the paper"],
            &["capture", "seen on the second"],
        ],
    );
    assert_eq!(one.run(&["sync", "now"]).code, 75, "the hub is away");
    hub.come();
    let later = "2026-11-23T18:20:00Z";
    hub.clock.set(later.parse().unwrap());
    one.at(later);
    two.at(later);
    meet(&[&one, &two]);
    assert_alike(&one, &two);

    let painted = task(&two, "Paint the hall");
    assert_eq!((&painted["priority"], &painted["due"]["date"]), (&1.into(), &"2026-12-01".into()));
    assert_eq!(
        (&painted["planned"]["date"], &painted["estimate_minutes"]),
        (&"2026-11-28".into(), &30.into())
    );
    assert_eq!(painted["project"]["title"], "Home");
    assert_eq!(painted["tags"], serde_json::json!(["garden", "house"]), "what was added wins");
    let roof = task(&one, "Mend the roof");
    assert_eq!(
        (&roof["defer"]["date"], &roof["expires"]["date"], &roof["lead_days"]),
        (&"2026-12-05".into(), &"2026-12-24".into(), &3.into())
    );
    let ada = task(&two, "Call Ada");
    assert_eq!((&ada["status"], &ada["waiting_on"]), (&"waiting".into(), &"her answer".into()));
    assert_eq!((&ada["priority"], ada["reminders"].as_array().unwrap().len()), (&2.into(), 1));
    assert_eq!(task(&one, "Water")["due"]["date"], "2026-11-26", "done on both is done once");
    assert_eq!(task(&one, "Pay rent")["due"]["date"], "2026-12-31");
    assert_eq!(task(&one, "Report")["due"]["date"], "2026-11-30");
    let parts: Vec<Value> = task_parts(&one, "Pack the bags");
    assert_eq!(parts.len(), 4, "{parts:?}");
    let book = one.run(&["show", "Write the book"]).clean();
    assert!(book.contains("chapter one") && book.contains("read it again"), "{book}");
    assert_eq!(task(&two, "Write the book")["status"], "doing");
    assert_eq!(
        two.run(&["time", "show", "Write the book", "--json"]).json()["intervals"].as_array().unwrap().len(),
        2
    );
    assert_eq!(task(&one, "Old lamp")["priority"], 2, "an edit that the trashing had not seen wins");
    let closed = two.run(&["list", "status:done", "--json"]).json()["tasks"].clone();
    let is_letter = |task: &&Value| task["title"] == "Post the letter";
    let letter = closed.as_array().unwrap().iter().find(is_letter).unwrap().clone();
    assert_eq!((&letter["status"], &letter["tags"]), (&"done".into(), &serde_json::json!(["late"])));
    assert_eq!(task(&two, "Clean the desk")["pinned"], true);
    let today = two.run(&["today"]).clean();
    assert!(today.contains("seen on the first") && today.contains("seen on the second"), "{today}");

    // What each overwrote unseen is told, and can be had back.
    let conflicts = |machine: &Hephd| {
        let mut conflicts = machine.run(&["conflicts", "--json"]).json();
        without_own(&mut conflicts);
        conflicts
    };
    let (there, conflicts) = (conflicts(&two), conflicts(&one));
    let fields: Vec<&str> =
        conflicts["conflicts"].as_array().unwrap().iter().map(|one| one["field"].as_str().unwrap()).collect();
    assert!(fields.contains(&"priority"), "{conflicts}");
    assert_eq!(conflicts, there);
}

/// The parts of a task.
fn task_parts(machine: &Hephd, title: &str) -> Vec<Value> {
    let id = task(machine, title)["id"].as_str().unwrap().to_owned();
    let filter = format!("under:{id}");
    machine.run(&["list", &filter, "--json"]).json()["tasks"].as_array().unwrap().clone()
}

/// Whoever wrote last without having seen the other, and takes that back, is left with what the other wrote.
#[test]
fn undoing_what_won_unseen_brings_the_other_value_back() {
    let mut hub = Hub::new();
    let (one, two) = (hub.machine(1), hub.machine(2));
    all(&one, &[&["add", "Paint the hall"], &["add", "Call Ada"]]);
    meet(&[&one, &two]);
    hub.go();
    all(&one, &[&["mod", "Paint the hall", "due:2026-12-01", "p1"]]);
    for machine in [&one, &two] {
        machine.at("2026-11-23T18:10:00Z");
    }
    all(&two, &[&["mod", "Paint the hall", "due:2026-12-24", "p3", "+house"]]);
    hub.come();
    for machine in [&one, &two] {
        machine.at("2026-11-23T18:20:00Z");
    }
    meet(&[&one, &two]);
    assert_eq!(task(&one, "Paint the hall")["due"]["date"], "2026-12-24");
    assert_eq!(one.run(&["conflicts", "--json"]).json()["conflicts"].as_array().unwrap().len(), 2);
    all(&two, &[&["undo"]]);
    meet(&[&one, &two]);
    assert_alike(&one, &two);
    let painted = task(&two, "Paint the hall");
    assert_eq!((&painted["due"]["date"], &painted["priority"]), (&"2026-12-01".into(), &1.into()));
    assert!(painted["tags"].is_null(), "{painted}");
    assert_eq!(one.run(&["conflicts", "--json"]).json()["conflicts"], serde_json::json!([]));
    // It is a step like any other: taken back, what won stands again.
    all(&two, &[&["redo"]]);
    assert_eq!(task(&two, "Paint the hall")["due"]["date"], "2026-12-24");
}
