//! `cargo xtask docs pictures`: docs/pictures/, drawn from what `heph` prints and `heph-tui` shows on the demo's data.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::svg;
use crate::demo::Stage;
use crate::workspace::{self, Profile};
use crate::{components, output, process};

/// The terminal's width, in columns.
const COLUMNS: &str = "96";

/// Draws every picture.
pub(crate) fn draw() -> anyhow::Result<()> {
    let binaries = workspace::build(Profile::Dev)?;
    let folder = tempfile::Builder::new().prefix("heph-picture-").tempdir().context("no temporary folder")?;
    let stage = Stage::set(binaries, folder.path())?;
    let shown = stage.load()?;
    picture(&stage, "next", &[&["next", "-n", "8"], &["add", "Ring the bank fri 10:00 p1 +phone"]])?;
    picture(&stage, "show", &[&["show", &shown], &["why", &shown]])?;
    if let Some(reason) = components::missing(&components::TMUX, false) {
        anyhow::bail!("the terminal UI cannot be pictured: {reason}");
    }
    for (name, keys, seen) in SCREENS {
        screen(&stage, folder.path(), name, keys, seen)?;
    }
    Ok(())
}

/// Pictures of the terminal UI: the name, the keys that lead there, and what is seen when it is there.
const SCREENS: [(&str, &[&str], &str); 3] = [
    ("tui-next", &["a", "Ring the bank fri 10:00 p1 +phone"], "tag phone"),
    ("tui-agenda", &["2", "W"], "Week of"),
    ("tui-page", &["5", "/", "garden", "Enter", "Enter"], "modified  "),
];

/// How long a screen may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Presses keys in the terminal UI and draws what is seen then.
fn screen(stage: &Stage, folder: &Path, name: &str, keys: &[&str], wanted: &str) -> anyhow::Result<()> {
    let socket = folder.join(format!("{name}.tmux"));
    let tmux = |arguments: &[&str]| {
        let mut command = Command::new("tmux");
        command.arg("-S").arg(&socket).args(["-f", "/dev/null"]).args(arguments).env_remove("TMUX");
        command
    };
    let program = stage.heph_tui();
    let mut start = tmux(&["new-session", "-d", "-x", COLUMNS, "-y", "24"]);
    for (variable, value) in program.get_envs() {
        if let Some(value) = value {
            start.arg("-e").arg(format!("{}={}", variable.display(), value.display()));
        }
    }
    process::read(start.arg(program.get_program()))?;
    let look = || process::read(&mut tmux(&["capture-pane", "-e", "-p"]));
    let seen = until(look, "Next").and_then(|_| {
        for key in keys {
            // A name of a key is one word; what is longer is typed as it is.
            let literal: &[&str] = if key.contains(' ') { &["-l"] } else { &[] };
            process::read(tmux(&["send-keys"]).args(literal).arg(key))?;
        }
        until(look, wanted)
    });
    let _ = process::read(&mut tmux(&["kill-server"]));
    save(name, &format!("heph-tui, {}", name.trim_start_matches("tui-")), &seen?)
}

/// Looks until something is seen, and twice the same.
fn until(look: impl Fn() -> anyhow::Result<String>, wanted: &str) -> anyhow::Result<String> {
    let began = Instant::now();
    let mut before = String::new();
    loop {
        let seen = look()?;
        if seen == before && seen.contains(wanted) {
            return Ok(seen);
        }
        anyhow::ensure!(began.elapsed() < PATIENCE, "`{wanted}` is not seen:\n{seen}");
        before = seen;
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Runs commands as on a terminal and draws what they print.
fn picture(stage: &Stage, name: &str, commands: &[&[&str]]) -> anyhow::Result<()> {
    let mut screen = String::new();
    for arguments in commands {
        let mut command = stage.heph(arguments);
        screen.push_str(&format!("\u{1b}[32m$\u{1b}[0m \u{1b}[1m{}\u{1b}[0m\n", process::shown(&command)));
        command.args(["--color", "always"]).env("COLUMNS", COLUMNS).env("TERM", "xterm-256color");
        screen.push_str(&process::read(&mut command)?);
        screen.push('\n');
    }
    save(name, &format!("heph {name} in a terminal"), &screen)
}

fn save(name: &str, title: &str, screen: &str) -> anyhow::Result<()> {
    let folder = workspace::root().join("docs/pictures");
    std::fs::create_dir_all(&folder).context("cannot make docs/pictures")?;
    let path = folder.join(format!("{name}.svg"));
    std::fs::write(&path, svg::draw(title, screen))
        .with_context(|| format!("cannot write {}", path.display()))?;
    output::note(format_args!("drew docs/pictures/{name}.svg"));
    Ok(())
}
