//! heph.nvim in a real Neovim: what a person waits for who opens, follows, saves and types in a large store.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use heph_protocol::request::Search;

use super::measure::{self, Samples};
use super::ours::{Subject, size_shown};
use super::pages;
use super::table::{Row, Table, shown};
use super::wire::Wire;
use crate::{components, neovim, output, process, workspace};

/// Times each is done.
const TURNS: usize = 300;

/// A completion may take no longer, at the 99th percentile.
const COMPLETION: Duration = Duration::from_millis(30);

/// What is measured, as the script names it, and as the table does.
const MEASURED: [(&str, &str); 4] = [
    ("open", "a page is opened by its title"),
    ("follow", "`:Heph follow`"),
    ("save", "`:write`"),
    ("complete", "`[[` is completed"),
];

/// Measures at one number of pages.
pub(crate) fn measure(subject: &Subject<'_>, count: usize, table: &mut Table) -> anyhow::Result<()> {
    let named = |what: &str| format!("Neovim: {what} · {} pages", size_shown(count));
    let editor = match components::neovim(false) {
        Ok(editor) => editor,
        Err(reason) => {
            table.push(Row::fact(named("nothing"), reason));
            return Ok(());
        }
    };
    output::note(format_args!("Neovim · {count} pages"));
    let vault = subject.disk.join(format!("vault-nvim-{count}"));
    pages::write(&vault, &subject.disk.join(format!("fts-nvim-{count}.db")), count)?;
    let daemon = subject.start()?;
    let mut import = daemon.place.command(&subject.binaries.heph);
    import.args(["import", "obsidian"]).arg(&vault);
    measure::process(&mut import)?;
    // What the import left to do is done before anything is measured.
    let mut wire = Wire::open(&daemon.place.socket)?;
    wire.patient()?;
    pages::indexed(&mut wire, &Search { query: "w3".to_owned(), ..Search::default() })?;

    let mut script = neovim::command(&editor);
    script.args(["--clean", "--headless", "-l"]).arg(workspace::root().join("xtask/src/bench/nvim.lua"));
    script.arg(neovim::plugin()).arg(TURNS.to_string()).env("HEPH_SOCKET", &daemon.place.socket);
    let measured = process::read(&mut script)?;
    let measured: BTreeMap<String, Vec<u64>> =
        serde_json::from_str(measured.trim()).context("the script prints no figures")?;
    for (name, what) in MEASURED {
        let mut samples = Samples::default();
        for &microseconds in measured.get(name).map_or(&[][..], Vec::as_slice) {
            samples.push(Duration::from_micros(microseconds));
        }
        let row = Row::plain(named(what), &samples);
        table.push(match name {
            "complete" => row.budget(format!("p99 ≤ {}", shown(COMPLETION)), samples.p99() <= COMPLETION),
            _ => row,
        });
    }
    Ok(())
}
