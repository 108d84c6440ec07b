//! heph at one size: its commands as processes, its requests on an open connection, its start and its memory.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, bail};
use heph_protocol::envelope::from_map;
use heph_protocol::request::{PageNew, PageSave, Search, TaskList, TaskNext};
use heph_protocol::response;

use super::data;
use super::floors::Floors;
use super::measure::{self, Samples};
use super::pin::Apart;
use super::table::{Row, Table, shown};
use super::wire::{self, Wire};
use crate::daemon::{Daemon, Place};
use crate::workspace::Binaries;

/// Requests on an open connection for one figure.
const REQUESTS: usize = 3_000;

/// Starts for one figure.
const STARTS: usize = 5;

/// Bytes of the page that is saved.
const PAGE: usize = 20_000;

/// What is measured and where.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    /// The programs.
    pub(crate) binaries: &'a Binaries,
    /// What they are measured against.
    pub(crate) floors: &'a Floors,
    /// Folder for sockets; short, and not for data.
    pub(crate) sockets: &'a Path,
    /// Folder for data, on a disk.
    pub(crate) disk: &'a Path,
    /// Open tasks.
    pub(crate) size: usize,
    /// Times each process is run.
    pub(crate) runs: usize,
}

impl Subject<'_> {
    /// Starts the daemon of this size; the first time on an empty store.
    pub(crate) fn start(&self) -> anyhow::Result<Daemon> {
        let home = self.disk.join(format!("home-{}", self.size));
        std::fs::create_dir_all(&home)?;
        let place = Place {
            db: home.join("heph.db"),
            socket: self.sockets.join(format!("hephd-{}.sock", self.size)),
            home,
        };
        let log = place.home.join("hephd.out");
        Daemon::start(&self.binaries.hephd, place, &log)
    }

    /// Writes the tasks of this size as a Taskwarrior export.
    pub(crate) fn export(&self) -> anyhow::Result<PathBuf> {
        let path = self.disk.join(format!("tasks-{}.json", self.size));
        std::fs::write(&path, data::export(&data::tasks(self.size)))?;
        Ok(path)
    }

    /// Imports the tasks into a new daemon; returns it and how long that took.
    pub(crate) fn import(&self, export: &Path) -> anyhow::Result<(Daemon, Samples)> {
        let daemon = self.start()?;
        let mut import = daemon.place.command(&self.binaries.heph);
        import.args(["import", "taskwarrior"]).arg(export);
        let mut samples = Samples::default();
        samples.push(measure::process(&mut import)?);
        Ok((daemon, samples))
    }

    /// Restarts: until ready, until the first answer to `next`, and what is then resident.
    pub(crate) fn restarts(&self, daemon: Daemon, table: &mut Table) -> anyhow::Result<Daemon> {
        let (mut ready, mut first) = (Samples::default(), Samples::default());
        let mut daemon = daemon;
        for _ in 0..STARTS {
            daemon.process.stop(Duration::from_secs(20));
            daemon = self.start()?;
            ready.push(daemon.ready_after);
            let (took, _) = measure::time(|| Wire::open(&daemon.place.socket)?.call(&first_page()))?;
            first.push(took);
        }
        // What was imported is indexed once, whenever there is time; the rows below are of a daemon that has done so.
        let mut wire = Wire::open(&daemon.place.socket)?;
        wire.patient()?;
        wire.call(&Search { query: "indexed".to_owned(), ..Search::default() })?;
        let (ready_at_most, first_at_most) = (Duration::from_millis(150), Duration::from_millis(500));
        table.push(
            Row::plain(self.named("hephd, start until ready"), &ready)
                .budget(format!("≤ {}", shown(ready_at_most)), ready.p50() <= ready_at_most),
        );
        table.push(
            Row::plain(self.named("the first `task.next` after it"), &first)
                .budget(format!("≤ {}", shown(first_at_most)), first.p50() <= first_at_most),
        );
        let resident = resident_mib(daemon.process.id())?;
        let at_most = if self.size <= 1_000 { 40.0 } else { 150.0 };
        table.push(
            Row::fact(self.named("hephd, resident"), format!("{resident:.1} MiB"))
                .budget(format!("≤ {at_most} MiB"), resident <= at_most),
        );
        Ok(daemon)
    }

    /// The commands, each turn by turn with its floor; returns their times for the peers' rows.
    pub(crate) fn commands(
        &self,
        daemon: &Daemon,
        table: &mut Table,
    ) -> anyhow::Result<Vec<(&'static str, Samples)>> {
        let heph = |arguments: &[&str]| -> Command {
            let mut command = daemon.place.command(&self.binaries.heph);
            command.args(arguments);
            command
        };
        let printing = || self.floors.connect_and_print();
        let durable = || self.floors.commit_and_print();
        let references = self.references(daemon)?;
        let (next_floor, next) = measure::paired(self.runs, printing, |_| heph(&["next"]))?;
        let (add_floor, add) = measure::paired(self.runs, durable, |turn| {
            heph(&["add", &format!("Buy oat milk, carton {turn}"), "due:fri", "p2", "+errand", "proj:Home"])
        })?;
        let (done_floor, done) =
            measure::paired(self.runs, durable, |turn| heph(&["done", &references[turn]]))?;
        let (list_floor, list) = measure::paired(self.runs, printing, |_| {
            heph(&["list", "+errand", "proj:Home", "--limit", "50"])
        })?;
        let (print, commit) = ("connect and print", "FULL commit and print");
        for (what, samples, floor, name, at_most) in [
            ("`heph next`", &next, &next_floor, print, 2.0),
            ("`heph add`", &add, &add_floor, commit, 2.0),
            ("`heph done`", &done, &done_floor, commit, 2.0),
            ("`heph list +errand proj:Home`, 50 rows", &list, &list_floor, print, 3.0),
        ] {
            table.push(Row::against(self.named(what), samples, (name, floor), Some(at_most)));
        }
        Ok(vec![("next", next), ("add", add), ("done", done), ("list", list)])
    }

    /// Tasks to finish; whole ids, as a prefix may become ambiguous while others are added.
    fn references(&self, daemon: &Daemon) -> anyhow::Result<Vec<String>> {
        let wanted = self.runs + 1;
        let list = TaskList { limit: u32::try_from(wanted).ok(), ..TaskList::default() };
        let list: response::TaskList = from_map(&Wire::open(&daemon.place.socket)?.call(&list)?)?;
        if list.tasks.len() < wanted {
            bail!("{wanted} runs need as many tasks");
        }
        Ok(list.tasks.into_iter().map(|task| task.id).collect())
    }

    /// Requests on an open connection.
    pub(crate) fn requests(&self, daemon: &Daemon, table: &mut Table) -> anyhow::Result<()> {
        let ping = self.floors.ping_pong(REQUESTS)?;
        let mut wire = Wire::open(&daemon.place.socket)?;
        let framed = wire::encoded(&first_page())?;
        let apart = Apart::from(daemon.process.id())?;
        let next = measure::repeat(REQUESTS, || wire.ping(&framed))?;
        let tail = next.p99().as_secs_f64() / ping.p99().as_secs_f64();
        table.push(Row::against(self.named("`task.next`, 20 rows"), &next, ("ping-pong", &ping), Some(3.0)));
        table.push(
            Row::fact(self.named("… its p99"), shown(next.p99()))
                .beside(format!("ping-pong's p99 {}", shown(ping.p99())), tail)
                .budget("≤ 5×", tail <= 5.0),
        );
        let mut client = daemon.place.client();
        let decoded =
            measure::repeat(REQUESTS, || client.call(&first_page()).map(drop).context("task.next"))?;
        drop(apart);
        table.push(Row::plain(self.named("… decoded by heph-client"), &decoded));
        self.saves(&mut wire, table)
    }

    /// Saves of one page, each with another line changed.
    fn saves(&self, wire: &mut Wire, table: &mut Table) -> anyhow::Result<()> {
        let lines: Vec<String> =
            (0..PAGE / 40).map(|at| format!("- line {at:>5} of a page to be saved, ok\n")).collect();
        let title = "A page to be saved".to_owned();
        let saved = wire.call(&PageNew { title, text: lines.concat(), ..PageNew::default() })?;
        let mut saved: response::PageSaved = from_map(&saved)?;
        let mut samples = Samples::default();
        for turn in 0..200 {
            let mut text = lines.clone();
            text[turn] = format!("- changed in turn {turn}\n");
            let base_rev = std::mem::take(&mut saved.rev);
            let save =
                PageSave { id: saved.page.id.clone(), base_rev, text: text.concat(), ..PageSave::default() };
            let framed = wire::encoded(&save)?;
            let (took, reply) = measure::time(|| wire.exchange(&framed))?;
            samples.push(took);
            saved = from_map(&reply)?;
        }
        let at_most = Duration::from_millis(2);
        table.push(
            Row::plain(self.named("`page.save`, 20 KB"), &samples)
                .budget(format!("p50 ≤ {}", shown(at_most)), samples.p50() <= at_most),
        );
        Ok(())
    }

    /// A row's name with the size.
    pub(crate) fn named(&self, what: &str) -> String {
        format!("{what} · {}", size_shown(self.size))
    }
}

/// A size as people say it.
pub(crate) fn size_shown(size: usize) -> String {
    if size.is_multiple_of(1_000) { format!("{}k", size / 1_000) } else { size.to_string() }
}

/// What `heph next` asks for.
fn first_page() -> TaskNext {
    TaskNext { limit: Some(20), ..TaskNext::default() }
}

/// Memory of a process that is in RAM, in MiB.
fn resident_mib(pid: u32) -> anyhow::Result<f64> {
    Ok(status_field(&format!("/proc/{pid}/status"), "VmRSS")? as f64 / 1_024.0)
}

/// Times a process's threads went to sleep by themselves and were woken up, over some seconds.
pub(crate) fn wake_ups(pid: u32, during: Duration) -> anyhow::Result<u64> {
    let before = switches(pid)?;
    std::thread::sleep(during);
    Ok(switches(pid)?.saturating_sub(before))
}

fn switches(pid: u32) -> anyhow::Result<u64> {
    let mut switches = 0;
    for thread in
        std::fs::read_dir(format!("/proc/{pid}/task")).context("only Linux tells of a process's threads")?
    {
        let status = thread?.path().join("status");
        switches += status_field(&status.to_string_lossy(), "voluntary_ctxt_switches")?;
    }
    Ok(switches)
}

/// The number of a line of a status file in /proc.
pub(crate) fn status_field(path: &str, name: &str) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.with_context(|| format!("{path} tells no {name}"))
}
