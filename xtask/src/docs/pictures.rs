//! `cargo xtask docs pictures`: docs/pictures/, drawn from what `heph` prints on the demo's data.

use anyhow::Context as _;

use super::svg;
use crate::demo::Stage;
use crate::workspace::{self, Profile};
use crate::{output, process};

/// The terminal's width, in columns.
const COLUMNS: &str = "96";

/// Draws every picture.
pub(crate) fn draw() -> anyhow::Result<()> {
    let binaries = workspace::build(Profile::Dev)?;
    let folder = tempfile::Builder::new().prefix("heph-picture-").tempdir().context("no temporary folder")?;
    let stage = Stage::set(binaries, folder.path())?;
    let shown = stage.load()?;
    picture(&stage, "next", &[&["next", "-n", "8"], &["add", "Ring the bank fri 10:00 p1 +phone"]])?;
    picture(&stage, "show", &[&["show", &shown], &["why", &shown]])
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
    let folder = workspace::root().join("docs/pictures");
    std::fs::create_dir_all(&folder).context("cannot make docs/pictures")?;
    let path = folder.join(format!("{name}.svg"));
    std::fs::write(&path, svg::draw(&format!("heph {name} in a terminal"), &screen))
        .with_context(|| format!("cannot write {}", path.display()))?;
    output::note(format_args!("drew docs/pictures/{name}.svg"));
    Ok(())
}
