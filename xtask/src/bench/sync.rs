//! Two machines and a hub between them on loopback: how soon a change arrives, and what joining costs.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::bail;
use heph_client::Client;
use heph_protocol::Event;
use heph_protocol::event::Topic;
use heph_protocol::request::{SyncNow, SyncStatus, TaskAdd};
use heph_protocol::types::SyncState;

use super::measure::{self, Samples};
use super::table::{Row, Table, shown};
use super::{data, ours, pages};
use crate::daemon::{Daemon, Place};
use crate::workspace::Binaries;

/// Changes for one figure.
const CHANGES: usize = 300;

/// Tasks, and pages, of a first push and pull.
const MANY: usize = 10_000;

/// Between two changes: a hub lets a device ask 20 times a second for long.
const PACE: Duration = Duration::from_millis(60);

/// How long anything here may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where the machines of one measurement are.
struct World<'a> {
    binaries: &'a Binaries,
    disk: PathBuf,
    sockets: PathBuf,
    port: u16,
}

impl World<'_> {
    fn place(&self, name: &str) -> anyhow::Result<Place> {
        let home = self.disk.join(name);
        std::fs::create_dir_all(&home)?;
        Ok(Place { db: home.join("heph.db"), socket: self.sockets.join(format!("{name}.sock")), home })
    }

    fn hub(&self) -> anyhow::Result<Daemon> {
        let place = self.place("hub")?;
        let mut command = place.hephd_as("server", &self.binaries.hephd);
        command.args(["--http-addr", &format!("127.0.0.1:{}", self.port)]);
        let log = place.home.join("out");
        Daemon::start_by(command, place, &log)
    }

    fn spoke(&self, name: &str) -> anyhow::Result<Daemon> {
        let place = self.place(name)?;
        let mut command = place.hephd(&self.binaries.hephd);
        command.args(["--hub-url", &format!("http://127.0.0.1:{}", self.port), "--hub-token-file"]);
        command.arg(self.disk.join("hub").join(format!("hub-{}.token", self.port)));
        let log = place.home.join("out");
        Daemon::start_by(command, place, &log)
    }
}

/// Measures.
pub(crate) fn measure(
    binaries: &Binaries,
    sockets: &Path,
    disk: &Path,
    table: &mut Table,
) -> anyhow::Result<()> {
    let world = |name: &str| -> anyhow::Result<World<'_>> {
        let (disk, sockets) = (disk.join(name), sockets.join(name));
        std::fs::create_dir_all(&disk)?;
        std::fs::create_dir_all(&sockets)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        Ok(World { binaries, disk, sockets, port })
    };
    changes(&world("one")?, table)?;
    let tasks = disk.join("sync-tasks.json");
    std::fs::write(&tasks, data::export(&data::tasks(MANY)))?;
    joins(&world("tasks")?, &[&tasks], "10k tasks", table)?;
    let vault = disk.join("sync-vault");
    pages::write(&vault, &disk.join("sync-fts.db"), MANY)?;
    joins(&world("all")?, &[&tasks, &vault], "10k tasks + 10k pages", table)
}

/// One change on one machine, until the other's socket tells of it.
fn changes(world: &World<'_>, table: &mut Table) -> anyhow::Result<()> {
    let (hub, one, two) = (world.hub()?, world.spoke("a")?, world.spoke("b")?);
    let (mut write, mut hear) = (one.place.client(), two.place.client());
    agreed(&mut write)?;
    agreed(&mut hear)?;
    hear.subscribe(vec![Topic::Changed])?;
    let mut took = Samples::default();
    for number in 0..CHANGES {
        let began = Instant::now();
        write.call(&TaskAdd { line: format!("Change {number}"), ..TaskAdd::default() })?;
        loop {
            match hear.next_event(Some(PATIENCE))? {
                Some(Event::Changed(_)) => break,
                Some(_) => {}
                None => bail!("a change did not arrive"),
            }
        }
        took.push(began.elapsed());
        // Each machine asks the hub once a change, which is fewer than it may.
        std::thread::sleep(PACE.saturating_sub(began.elapsed()));
    }
    let (p50, p99) = (Duration::from_millis(30), Duration::from_millis(150));
    let holds = took.p50() <= p50 && took.p99() <= p99;
    let row = Row::plain("sync, one change: commit on A to event on B", &took);
    table.push(row.budget(format!("≤ {}, p99 ≤ {}", shown(p50), shown(p99)), holds));
    let nothing = measure::repeat(CHANGES, || agreed(&mut write))?;
    table.push(Row::plain("sync, nothing to do: `sync.now`", &nothing));
    let idle = Duration::from_secs(10);
    let wakes = ours::wake_ups(one.process.id(), idle)?;
    table.push(Row::fact("hephd with a hub, wake-ups in 10 idle seconds", wakes.to_string()));
    table.push(Row::fact("hub, resident with two machines", resident(&hub)?));
    Ok(())
}

/// A machine that has much meets an empty hub, and then a new machine joins.
fn joins(world: &World<'_>, imports: &[&Path], what: &str, table: &mut Table) -> anyhow::Result<()> {
    let hub = world.hub()?;
    {
        // Before it has a hub.
        let place = world.place("a")?;
        let log = place.home.join("out");
        let daemon = Daemon::start(&world.binaries.hephd, place, &log)?;
        for import in imports {
            let mut command = daemon.place.command(&world.binaries.heph);
            let kind = if import.is_dir() { "obsidian" } else { "taskwarrior" };
            command.args(["import", kind]).arg(import);
            measure::process(&mut command)?;
        }
    }
    let (pushed, one) = until_agreed(world, "a")?;
    let budget = Duration::from_secs(3);
    table.push(
        Row::fact(format!("sync, first push of {what}"), shown(pushed))
            .budget(format!("≤ {}", shown(budget)), pushed <= budget),
    );
    let (pulled, two) = until_agreed(world, "b")?;
    table.push(
        Row::fact(format!("sync, first pull of {what}"), shown(pulled))
            .budget(format!("≤ {}", shown(budget)), pulled <= budget),
    );
    let db = world.disk.join("hub").join("hub.db");
    let bytes = std::fs::metadata(&db)?.len()
        + std::fs::metadata(db.with_extension("db-wal")).map_or(0, |file| file.len());
    table.push(Row::fact(format!("hub.db with {what}"), mebibytes(bytes)));
    table.push(Row::fact(format!("hub, most memory, {what}"), most(&hub)?));
    table.push(Row::fact(format!("hephd, most memory, push of {what}"), most(&one)?));
    table.push(Row::fact(format!("hephd, most memory, pull of {what}"), most(&two)?));
    Ok(())
}

/// From the start of a machine until it and the hub have the same.
fn until_agreed(world: &World<'_>, name: &str) -> anyhow::Result<(Duration, Daemon)> {
    let began = Instant::now();
    let daemon = world.spoke(name)?;
    let mut client = daemon.place.client();
    agreed(&mut client)?;
    let took = began.elapsed();
    let status = client.call(&SyncStatus {})?;
    if status.unsent > 0 || status.cursor != status.head || status.cursor == 0 {
        bail!("not everything was synced: {status:?}");
    }
    Ok((took, daemon))
}

fn agreed(client: &mut Client) -> anyhow::Result<()> {
    let status = client.call(&SyncNow {})?;
    if status.state == SyncState::Idle {
        return Ok(());
    }
    bail!("sync is stuck: {:?} {}", status.state, status.problem.unwrap_or_default())
}

fn resident(daemon: &Daemon) -> anyhow::Result<String> {
    memory(daemon, "VmRSS")
}

fn most(daemon: &Daemon) -> anyhow::Result<String> {
    memory(daemon, "VmHWM")
}

fn memory(daemon: &Daemon, field: &str) -> anyhow::Result<String> {
    let path = format!("/proc/{}/status", daemon.process.id());
    Ok(mebibytes(ours::status_field(&path, field)? * 1_024))
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}
