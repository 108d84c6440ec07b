//! The order of the measurements.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

use super::floors::Floors;
use super::ours::{self, Subject};
use super::peers::Taskwarrior;
use super::table::{Row, Table};
use super::{Bench, Part};
use super::{crowd, measure, nvim, pages, sync, tui};
use crate::workspace::{self, Binaries, Profile};
use crate::{output, process};

/// Pages that Neovim is measured at, as the budget of its completion has it.
const NVIM_PAGES: usize = 10_000;

/// Measures everything and prints the table.
pub(crate) fn run(bench: &Bench) -> anyhow::Result<()> {
    let mut floor = workspace::cargo();
    floor.args([
        "build",
        "--locked",
        "--release",
        "--package",
        "xtask",
        "--features",
        "bench",
        "--bin",
        "bench-floor",
        "--bin",
        "bench-search",
    ]);
    process::run(&mut floor)?;
    let target = workspace::target(Profile::Release)?;
    // The data lies beside the build, on a disk: a temporary folder may be memory.
    let disk =
        tempfile::Builder::new().prefix("bench-").tempdir_in(&target).context("no folder for the data")?;
    let sockets =
        tempfile::Builder::new().prefix("heph-bench-").tempdir().context("no folder for sockets")?;
    let floors = Floors::start(target.join("bench-floor"), sockets.path(), disk.path())?;

    let mut table = Table::default();
    let measured = everything(bench, &floors, sockets.path(), disk.path(), &mut table);
    // What was measured before a failure or Ctrl-C is worth having.
    report(bench, &table)?;
    measured
}

fn everything(
    bench: &Bench,
    floors: &Floors,
    sockets: &Path,
    disk: &Path,
    table: &mut Table,
) -> anyhow::Result<()> {
    floor_rows(floors, bench.runs, table)?;
    if bench.floors {
        return Ok(());
    }
    let binaries = workspace::build(Profile::Release)?;
    binary_rows(&binaries, table)?;
    let is_asked = |part| bench.only.is_none_or(|only| only == part);
    if is_asked(Part::Sync) {
        sync::measure(&binaries, sockets, disk, table)?;
    }
    for &size in bench.sizes.iter().filter(|_| is_asked(Part::Tasks)) {
        let subject = Subject { binaries: &binaries, floors, sockets, disk, size, runs: bench.runs };
        at_size(&subject, bench, table)?;
    }
    for &count in bench.pages.iter().filter(|_| is_asked(Part::Pages)) {
        let disk = &disk.join(format!("pages-{count}"));
        std::fs::create_dir_all(disk)?;
        let subject = Subject { binaries: &binaries, floors, sockets, disk, size: count, runs: bench.runs };
        output::note(format_args!("heph · {count} pages"));
        pages::measure(&subject, count, table)?;
    }
    if is_asked(Part::Nvim) {
        let (size, runs) = (NVIM_PAGES, bench.runs);
        let subject = Subject { binaries: &binaries, floors, sockets, disk, size, runs };
        nvim::measure(&subject, size, table)?;
    }
    Ok(())
}

fn floor_rows(floors: &Floors, runs: usize, table: &mut Table) -> anyhow::Result<()> {
    table.push(Row::plain(
        "floor: socket ping-pong, 100 B, open connection, two cores",
        &floors.ping_pong(5_000)?,
    ));
    let print = || floors.connect_and_print();
    let (print, commit) = measure::paired(runs, print, |_| floors.commit_and_print())?;
    table.push(Row::plain("floor: process that connects, sends 100 B, prints", &print));
    table.push(Row::plain("floor: the same, one row committed FULL", &commit));
    let rate = floors.commits_per_second(Duration::from_secs(3))?;
    table.push(Row::fact("floor: SQLite, one-row FULL commits", format!("{rate:.0}/s")));
    Ok(())
}

fn binary_rows(binaries: &Binaries, table: &mut Table) -> anyhow::Result<()> {
    let programs = [
        ("heph", &binaries.heph, 8.0),
        ("heph-tui", &binaries.heph_tui, 8.0),
        ("hephd", &binaries.hephd, 30.0),
    ];
    for (name, path, at_most) in programs {
        let size = std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.len();
        let mebibytes = size as f64 / f64::from(1 << 20);
        table.push(
            Row::fact(format!("`{name}`, stripped"), format!("{mebibytes:.1} MiB"))
                .budget(format!("≤ {at_most} MiB"), mebibytes <= at_most),
        );
    }
    Ok(())
}

/// Everything at one size.
fn at_size(subject: &Subject<'_>, bench: &Bench, table: &mut Table) -> anyhow::Result<()> {
    output::note(subject.named("heph"));
    let export = subject.export()?;
    let (daemon, import) = subject.import(&export)?;
    table.push(Row::plain(subject.named("`heph import taskwarrior`"), &import));
    let daemon = subject.restarts(daemon, table)?;
    if Some(&subject.size) == bench.sizes.first() {
        let during = Duration::from_secs(10);
        let wake_ups = ours::wake_ups(daemon.process.id(), during)?;
        table.push(Row::fact("hephd, wake-ups in 10 idle seconds", wake_ups.to_string()));
    }
    let mut ours = subject.commands(&daemon, table)?;
    ours.extend(subject.lists(&daemon, table)?);
    subject.requests(&daemon, table)?;
    tui::measure(&subject.named("heph-tui"), &daemon, table)?;
    crowd::measure(subject, subject.floors, &daemon, table)?;
    drop(daemon);
    ours.push(("import", import));
    if !bench.no_peers {
        peer_rows(subject, &export, &ours, table)?;
    }
    Ok(())
}

fn peer_rows(
    subject: &Subject<'_>,
    export: &Path,
    ours: &[(&'static str, measure::Samples)],
    table: &mut Table,
) -> anyhow::Result<()> {
    match Taskwarrior::installed(subject.disk, subject.size)? {
        Some(taskwarrior) => {
            output::note(subject.named("Taskwarrior"));
            taskwarrior.measure(subject, export, ours, table)
        }
        None => {
            table.push(Row::fact(subject.named("Taskwarrior"), "not installed"));
            Ok(())
        }
    }
}

fn report(bench: &Bench, table: &Table) -> anyhow::Result<()> {
    let (held, budgets) = table.held();
    let now = jiff::ZonedDateTime::now().strftime("%Y-%m-%d %H:%M").to_string();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let text = format!(
        "Measured {now} on {cores} cores, {} runs a process; p99 of a process is its slowest run. {held} of {budgets} \
         budgets hold.\n\n{}",
        bench.runs,
        table.render()
    );
    output::text(&text);
    if let Some(path) = &bench.output {
        std::fs::write(path, &text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
