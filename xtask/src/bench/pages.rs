//! Pages: import, search, backlinks, saves and renames, beside a bare FTS5 table and ripgrep over the same files.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use heph_protocol::envelope::from_map;
use heph_protocol::request::{PageBacklinks, PageOpen, PageRename, PageSave, Search};
use heph_protocol::response;
use rusqlite::Connection;

use super::data::Numbers;
use super::measure::{self, Samples};
use super::ours::{Subject, size_shown};
use super::table::{Row, Table, shown};
use super::wire::Wire;
use crate::daemon::Daemon;
use crate::process;

/// Words a page has.
const WORDS: u64 = 150;

/// Pages that link to the one that is renamed.
const BACKLINKS: usize = 1_000;

/// How often its page is renamed, and how often the one that grows old is saved.
const RENAMES: usize = 10;
const REVISIONS: usize = 2_000;

/// What is searched for: how it is called, as heph and as FTS5 take it, and as ripgrep does.
const QUERIES: [(&str, &str, &str, Option<f64>); 4] = [
    ("a rare word", "w15000", "w15000", Some(2.0)),
    ("a common word", "w3", "w3", Some(1.2)),
    ("a phrase", "\"w3 w5\"", "w3 w5", None),
    ("a prefix", "w12*", "w12", None),
];

/// Measures at one number of pages.
pub(crate) fn measure(subject: &Subject<'_>, count: usize, table: &mut Table) -> anyhow::Result<()> {
    let size = size_shown(count);
    let named = |what: &str| format!("{what} · {size} pages");
    let vault = subject.disk.join(format!("vault-{count}"));
    let floor = subject.disk.join(format!("fts-{count}.db"));
    write(&vault, &floor, count)?;
    let daemon = subject.start()?;
    let mut import = daemon.place.command(&subject.binaries.heph);
    import.args(["import", "obsidian"]).arg(&vault);
    let (took, ()) = measure::time(|| measure::process(&mut import).map(drop))?;
    table.push(
        Row::fact(named("`heph import obsidian`"), shown(took))
            .beside(format!("{:.0} files/s", count as f64 / took.as_secs_f64()), 1.0),
    );
    let mut wire = Wire::open(&daemon.place.socket)?;
    let query = Search { query: "w3".to_owned(), ..Search::default() };
    wire.patient()?;
    let (took, ()) = measure::time(|| indexed(&mut wire, &query))?;
    table.push(Row::fact(named("the first `search` after it, all of it indexed"), shown(took)));
    searches(subject, &daemon, &vault, &floor, &named, table)?;
    backlinks(&mut wire, &named, table)?;
    saves(&mut wire, &named, table)?;
    renames(&mut wire, &named, table)
}

/// Searches until all is indexed.
pub(crate) fn indexed(wire: &mut Wire, query: &Search) -> anyhow::Result<()> {
    while from_map::<response::SearchFound>(&wire.call(query)?)?.behind {}
    Ok(())
}

/// Writes the pages as files and into a bare FTS5 table.
pub(crate) fn write(vault: &Path, floor: &Path, count: usize) -> anyhow::Result<()> {
    let mut numbers = Numbers::new(count as u64);
    let connection = Connection::open(floor)?;
    connection.execute_batch(
        "CREATE VIRTUAL TABLE page USING fts5 (title, body, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'); BEGIN",
    )?;
    let mut insert = connection.prepare("INSERT INTO page (title, body) VALUES (?1, ?2)")?;
    for at in 0..count {
        let folder = vault.join(format!("Folder {}", at % 50));
        if at < 50 {
            std::fs::create_dir_all(&folder)?;
        }
        let title = format!("Page {at}");
        let mut text = format!("# {title}\n\n");
        for word in 0..WORDS {
            // The n-th word is as common as natural words are.
            let rank = (20_000_f64.powf(numbers.below(1 << 20) as f64 / f64::from(1 << 20))) as u64;
            text.push_str(&format!("w{rank}{}", if word % 12 == 11 { "\n" } else { " " }));
        }
        for _ in 0..4 {
            text.push_str(&format!("\n- see [[Page {}]]", numbers.below(count as u64)));
        }
        if at % (count / BACKLINKS) == 1 {
            text.push_str("\n- and [[The hub|the hub]]");
        }
        std::fs::write(folder.join(format!("{title}.md")), &text)?;
        insert.execute([&title, &text])?;
    }
    std::fs::write(vault.join("The hub.md"), "# The hub\n")?;
    drop(insert);
    connection.execute_batch("COMMIT; INSERT INTO page (page) VALUES ('optimize')")?;
    Ok(())
}

fn searches(
    subject: &Subject<'_>,
    daemon: &Daemon,
    vault: &Path,
    floor: &Path,
    named: &dyn Fn(&str) -> String,
    table: &mut Table,
) -> anyhow::Result<()> {
    let bare: PathBuf = subject.floors.beside("bench-search");
    let has_ripgrep = process::read(Command::new("rg").arg("--version")).is_ok();
    for (what, query, pattern, at_most) in QUERIES {
        let fts = || {
            let mut command = Command::new(&bare);
            command.arg(floor).arg(query);
            command
        };
        let heph = |_| {
            let mut command = daemon.place.command(&subject.binaries.heph);
            command.args(["search", query, "-n", "20"]);
            command
        };
        let (floor_samples, samples) = measure::paired(subject.runs, fts, heph)?;
        let row = Row::against(
            named(&format!("`heph search` {what}")),
            &samples,
            ("FTS5", &floor_samples),
            at_most,
        );
        table.push(row);
        if has_ripgrep {
            let mut ripgrep = Samples::default();
            for _ in 0..5 {
                let mut command = Command::new("rg");
                command.args(["--ignore-case", "--files-with-matches", "--word-regexp", pattern]).arg(vault);
                ripgrep.push(measure::process(&mut command)?);
            }
            table.push(Row::plain(named(&format!("ripgrep {what}")), &ripgrep));
        }
    }
    if !has_ripgrep {
        table.push(Row::fact(named("ripgrep"), "not installed"));
    }
    Ok(())
}

fn backlinks(wire: &mut Wire, named: &dyn Fn(&str) -> String, table: &mut Table) -> anyhow::Result<()> {
    let asked = PageBacklinks { reference: "[[The hub]]".to_owned(), ..PageBacklinks::default() };
    let samples = measure::repeat(20, || wire.call(&asked).map(drop))?;
    table.push(Row::plain(named("`page.backlinks`, 50 of 1,000"), &samples));
    Ok(())
}

/// Saves of a 20 KB page while it is young, and after it was saved two thousand times.
fn saves(wire: &mut Wire, named: &dyn Fn(&str) -> String, table: &mut Table) -> anyhow::Result<()> {
    let opened = wire.call(&PageOpen { reference: "Page 0".to_owned() })?;
    let page = from_map::<response::PageOpened>(&opened)?.open.page.id;
    let opened = wire.call(&PageOpen { reference: page.clone() })?;
    let mut rev = from_map::<response::PageOpened>(&opened)?.open.rev;
    let line = |at: usize| format!("- line {at:>5} of a page with [[Page {at}]] in it\n");
    let lines: Vec<String> = (0..450).map(line).collect();
    let mut save = |turn: usize, wire: &mut Wire| -> anyhow::Result<Duration> {
        let mut text = lines.clone();
        text[turn % 450] = format!("- turn {turn} with [[Page {turn}]]\n");
        let request = PageSave {
            id: page.clone(),
            base_rev: std::mem::take(&mut rev),
            text: text.concat(),
            ..PageSave::default()
        };
        let (took, reply) = measure::time(|| wire.call(&request))?;
        rev = from_map::<response::PageSaved>(&reply)?.rev;
        Ok(took)
    };
    let (mut young, mut old) = (Samples::default(), Samples::default());
    for turn in 0..REVISIONS + 200 {
        let took = save(turn, wire)?;
        match turn {
            1..200 => young.push(took),
            REVISIONS.. => old.push(took),
            _ => {}
        }
    }
    let at_most = Duration::from_millis(2);
    for (what, samples) in [("`page.save`, 20 KB with 450 links", &young), ("… after 2,000 revisions", &old)]
    {
        table.push(
            Row::plain(named(what), samples)
                .budget(format!("p50 ≤ {}", shown(at_most)), samples.p50() <= at_most),
        );
    }
    Ok(())
}

fn renames(wire: &mut Wire, named: &dyn Fn(&str) -> String, table: &mut Table) -> anyhow::Result<()> {
    let mut samples = Samples::default();
    // Between two renames the pages that were rewritten are indexed, as they are between two of a person's.
    let rest = Search { query: "hub".to_owned(), ..Search::default() };
    for turn in 0..RENAMES {
        wire.call(&rest)?;
        let (from, to) = if turn % 2 == 0 { ("The hub", "A hub") } else { ("A hub", "The hub") };
        let request = PageRename { reference: format!("[[{from}]]"), to: to.to_owned(), dry_run: false };
        let (took, reply) = measure::time(|| wire.call(&request))?;
        let links = from_map::<response::PageRenamed>(&reply)?.links;
        anyhow::ensure!(links as usize >= BACKLINKS, "{links} links were rewritten");
        samples.push(took);
    }
    let at_most = Duration::from_millis(100);
    table.push(
        Row::plain(named("`page.rename` with 1,000 backlinks"), &samples)
            .budget(format!("≤ {}", shown(at_most)), samples.p50() <= at_most),
    );
    Ok(())
}
