//! The program itself in a terminal: tmux presses the keys and shows what is seen.
//!
//! A suite of its own, `cargo xtask test --only tui`, which sees to it that tmux and the other programs are there.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::stage::Hephd;

/// How long something may take until it is seen.
const PATIENCE: Duration = Duration::from_secs(20);

/// A terminal with the program in it.
struct Tmux {
    folder: PathBuf,
    name: String,
}

impl Tmux {
    fn start(hephd: &Hephd, size: (u16, u16), variables: &[(&str, &str)], arguments: &str) -> Self {
        let folder = hephd.folder.path().to_owned();
        // A server that ends may still hold its socket: no two have one name.
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let name = format!("heph-{}-{}", std::process::id(), STARTED.fetch_add(1, Ordering::Relaxed));
        let tmux = Self { folder, name };
        let variables: String =
            variables.iter().map(|(name, value)| format!("export {name}='{value}'; ")).collect();
        let folder = tmux.folder.display();
        let script = format!(
            "export HOME='{folder}' TMPDIR='{folder}' TZ=UTC HEPH_SOCKET='{folder}/s'; unset NO_COLOR VISUAL EDITOR; \
             {variables} echo before; '{}' {arguments}; echo \"exit $?\"; exec cat",
            env!("CARGO_BIN_EXE_heph-tui")
        );
        let [columns, lines] = [size.0, size.1].map(|cells| cells.to_string());
        let started =
            tmux.run(&["-f", "/dev/null", "new-session", "-d", "-x", &columns, "-y", &lines, &script]);
        assert!(started.status.success(), "tmux: {}", String::from_utf8_lossy(&started.stderr));
        tmux
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new("tmux").args(["-L", &self.name]).args(arguments).output().expect("tmux is there")
    }

    fn keys(&self, keys: &[&str]) {
        self.run(&[&["send-keys"], keys].concat());
    }

    fn text(&self, text: &str) {
        self.run(&["send-keys", "-l", text]);
    }

    fn seen(&self) -> String {
        String::from_utf8(self.run(&["capture-pane", "-p"]).stdout).unwrap()
    }

    /// Waits until something is seen, and gives the screen.
    #[track_caller]
    fn until(&self, text: &str) -> String {
        self.wait(text, |seen| seen.contains(text))
    }

    #[track_caller]
    fn wait(&self, what: &str, is_there: impl Fn(&str) -> bool) -> String {
        let began = Instant::now();
        loop {
            let seen = self.seen();
            if is_there(&seen) {
                return seen.replace(&self.folder.display().to_string(), "[HOME]");
            }
            assert!(began.elapsed() < PATIENCE, "`{what}` is not seen:\n{seen}");
            std::thread::yield_now();
        }
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.run(&["kill-server"]);
    }
}

#[test]
fn a_working_day_with_the_daemon_gone_in_the_middle() {
    let mut hephd = Hephd::new();
    let folder = hephd.folder.path().to_owned();
    let editor = folder.join("editor");
    std::fs::write(&editor, "#!/bin/sh\necho 'saw a kingfisher, [[Garden plan]]' >> \"$1\"\n").unwrap();
    let editor = format!("sh {}", editor.display());
    let tmux = Tmux::start(&hephd, (80, 16), &[("EDITOR", &editor), ("NO_COLOR", "1")], "");
    tmux.until("Press a to add a task");
    for line in ["Call the bank fri 10:00 p1 +phone", "Buy milk +shop", "Write the report due:tomorrow p2"] {
        tmux.keys(&["a"]);
        tmux.until("add>");
        tmux.text(line);
        tmux.until("“");
        tmux.keys(&["Enter"]);
        tmux.until("added ");
    }
    tmux.until("1/3");
    tmux.keys(&["d"]);
    tmux.until("1/2");
    tmux.keys(&["u"]);
    tmux.until("undone: ");
    insta::assert_snapshot!("the_morning", steady(&tmux.until("2/3")));

    tmux.keys(&["4"]);
    tmux.until("not written yet");
    tmux.keys(&["e"]);
    tmux.until("saved ");
    tmux.until("1/1");
    tmux.keys(&["Enter"]);
    insta::assert_snapshot!("the_journal", tmux.until("saw a kingfisher"));

    tmux.keys(&["1", "a"]);
    tmux.until("add>");
    tmux.text("Typed in between");
    tmux.until("“Typed in between”");
    hephd.stop();
    tmux.until("no daemon");
    tmux.keys(&["BSpace"]);
    let shorter = |seen: &str| seen.lines().any(|line| line.trim_end() == " add> Typed in betwee");
    insta::assert_snapshot!("the_daemon_is_gone", steady(&tmux.wait("what is left", shorter)));
    hephd.start();
    tmux.until("“Typed in betwee”");
    tmux.keys(&["n", "Enter"]);
    tmux.until("added ");
    tmux.until("2/4");
    tmux.keys(&["q"]);
    tmux.until("exit 0");
}

/// The screen without what differs from run to run: short ids, which hang on how often was asked while it was typed,
/// and the path of the socket.
fn steady(seen: &str) -> String {
    let line = |line: &str| {
        let line = line.split(" --socket").next().unwrap_or_default();
        let mut characters: Vec<char> = line.chars().collect();
        if let Some(id @ [' ', _, _, _, ' ']) = characters.get_mut(3..8)
            && id[1..4].iter().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        {
            id[1..4].fill('#');
        }
        characters.into_iter().chain(['\n']).collect::<String>()
    };
    seen.lines().map(line).collect()
}

#[test]
fn it_waits_for_a_daemon_and_what_is_typed_survives() {
    let mut hephd = Hephd::new();
    hephd.stop();
    let tmux = Tmux::start(&hephd, (80, 16), &[], "");
    let seen = tmux.until("no daemon");
    assert!(seen.contains("start it: hephd --mode local --socket"), "{seen}");
    tmux.keys(&["a"]);
    tmux.until("add>");
    tmux.text("Typed while nobody was there");
    tmux.until("nobody was there");
    hephd.start();
    tmux.until("“Typed while nobody was there”");
    tmux.keys(&["Enter"]);
    tmux.until("added ");
    tmux.wait("the bar is gone", |seen| !seen.contains("no daemon"));
}

#[test]
fn the_terminal_is_as_it_was_at_the_end_and_after_a_fault() {
    let hephd = Hephd::new();
    let tmux = Tmux::start(&hephd, (80, 16), &[], "");
    tmux.until("Nothing to do next");
    tmux.keys(&["q"]);
    assert_eq!(tmux.until("exit 0").trim_end(), "before\nexit 0");
    drop(tmux);
    let tmux = Tmux::start(&hephd, (80, 16), &[], "--fault");
    let seen = tmux.until("exit 70");
    assert!(
        seen.starts_with("before\nheph-tui had a fault of its own and ended: a fault for the test"),
        "{seen}"
    );
    let report = report(hephd.folder.path());
    let text = std::fs::read_to_string(&report).unwrap();
    assert!(text.contains("a fault for the test") && text.contains("run.rs"), "{text}");
    assert!(seen.replace('\n', "").contains(report.file_name().unwrap().to_str().unwrap()), "{seen}");
}

/// The report of a fault.
fn report(folder: &Path) -> PathBuf {
    let mut files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.find(|file| file.file_name().unwrap().to_str().unwrap().starts_with("heph-tui-fault-")).unwrap()
}

#[test]
fn a_terminal_changes_its_size_and_a_verb_runs_in_a_pane() {
    let hephd = Hephd::new();
    let tmux = Tmux::start(&hephd, (100, 30), &[("NO_COLOR", "1")], "tasks");
    tmux.until("There is no open task");
    tmux.run(&["resize-window", "-x", "50", "-y", "10"]);
    tmux.until("heph needs 60 columns and 15 lines here");
    tmux.run(&["resize-window", "-x", "90", "-y", "20"]);
    tmux.until("There is no open task");
    tmux.keys(&[":"]);
    tmux.text("add Buy bread");
    tmux.keys(&["Enter"]);
    tmux.until("1/1");
    tmux.keys(&[":"]);
    tmux.text("help");
    tmux.keys(&["Enter"]);
    tmux.until("Usage: heph");
    tmux.keys(&["Escape"]);
    tmux.wait("the list again", |seen| seen.contains("Buy bread") && !seen.contains("heph help"));
}

#[test]
fn changes_of_others_are_seen_at_once_and_an_idle_screen_sleeps() {
    let hephd = Hephd::new();
    let tmux = Tmux::start(&hephd, (80, 16), &[], "");
    tmux.until("Nothing to do next");
    let line = heph_protocol::request::TaskAdd { line: "From elsewhere".into(), ..Default::default() };
    hephd.client().call(&line).unwrap();
    tmux.until("From elsewhere");
    let pid = String::from_utf8(tmux.run(&["list-panes", "-F", "#{pane_pid}"]).stdout).unwrap();
    let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", pid.trim())).unwrap();
    let program = children.split_whitespace().next().unwrap().to_owned();
    let before = switches(&program);
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(2) {
        std::thread::park_timeout(Duration::from_secs(2));
    }
    assert_eq!(switches(&program), before, "it wakes up without a reason");
}

/// How often the threads of a process gave the processor away.
fn switches(pid: &str) -> u64 {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    threads
        .map(|thread| {
            let status = std::fs::read_to_string(thread.unwrap().path().join("status")).unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
            line.unwrap().trim().parse::<u64>().unwrap()
        })
        .sum()
}
