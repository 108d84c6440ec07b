//! Many clients at once: how many durable writes a second, and how long they wait beside two that misbehave.

use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use heph_protocol::request::{TaskAdd, TaskList, TaskNext};

use super::floors::Floors;
use super::measure::{Samples, time};
use super::ours::Subject;
use super::table::{Row, Table, shown};
use super::wire::{self, Wire};
use crate::daemon::Daemon;

/// Clients at once.
const CLIENTS: usize = 64;

/// How long each figure is measured.
const DURING: Duration = Duration::from_secs(4);

/// Measures the crowd's rows.
pub(crate) fn measure(
    subject: &Subject<'_>,
    floors: &Floors,
    daemon: &Daemon,
    table: &mut Table,
) -> anyhow::Result<()> {
    let socket = &daemon.place.socket;
    let rate = floors.commits_per_second(DURING)?;
    let writes = together(CLIENTS, socket, Work::Write, &[])?;
    let per_second = writes.count() as f64 / DURING.as_secs_f64();
    table.push(
        Row::fact(subject.named("64 clients adding tasks"), format!("{per_second:.0}/s"))
            .beside(format!("SQLite, one-row FULL {rate:.0}/s"), per_second / rate)
            .budget("≥ 3×", per_second >= 3.0 * rate),
    );
    table.push(Row::plain(subject.named("… each add waits"), &writes));

    let solo = together(1, socket, Work::Mixed, &[])?;
    let alone = together(CLIENTS - 2, socket, Work::Mixed, &[])?;
    let beside = together(CLIENTS - 2, socket, Work::Mixed, &[never_reads, sends_garbage])?;
    let ratio = beside.p99().as_secs_f64() / solo.p99().as_secs_f64();
    table.push(Row::plain(subject.named("1 client, `task.next` and `task.add` in turn"), &solo));
    table.push(Row::plain(subject.named("62 clients, the same"), &alone));
    table.push(Row::plain(subject.named("62 clients, 1 that never reads, 1 that sends garbage"), &beside));
    table.push(
        Row::fact(subject.named("… their p99"), shown(beside.p99()))
            .beside(format!("solo p99 {}", shown(solo.p99())), ratio)
            .budget("< 10×", ratio < 10.0),
    );
    Ok(())
}

/// What a well-behaved client does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    Write,
    Mixed,
}

/// Somebody who misbehaves until told to stop.
type Nuisance = fn(&Path, &AtomicBool);

/// Runs clients at once and returns how long their requests took.
fn together(clients: usize, socket: &Path, work: Work, nuisances: &[Nuisance]) -> anyhow::Result<Samples> {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for nuisance in nuisances {
            let stop = &stop;
            scope.spawn(move || nuisance(socket, stop));
        }
        let running: Vec<_> =
            (0..clients).map(|client| scope.spawn(move || client_at_work(client, socket, work))).collect();
        let mut samples = Samples::default();
        let mut failure = None;
        for client in running {
            match client.join() {
                Ok(Ok(of_client)) => samples.extend(of_client),
                Ok(Err(error)) => failure = Some(error),
                Err(_) => failure = Some(anyhow::anyhow!("a client panicked")),
            }
        }
        stop.store(true, Ordering::SeqCst);
        failure.map_or(Ok(samples), Err)
    })
}

fn client_at_work(client: usize, socket: &Path, work: Work) -> anyhow::Result<Samples> {
    let mut wire = Wire::open(socket)?;
    let next = wire::encoded(&TaskNext { limit: Some(20), ..TaskNext::default() })?;
    let (began, mut samples, mut turn) = (Instant::now(), Samples::default(), 0);
    while began.elapsed() < DURING {
        let framed = if work == Work::Mixed && turn % 2 == 0 {
            next.clone()
        } else {
            let line = format!("Fetch parcel {turn} of client {client} p3 +errand");
            wire::encoded(&TaskAdd { line, ..TaskAdd::default() })?
        };
        samples.push(time(|| wire.exchange(&framed).context("a well-behaved client was not served"))?.0);
        turn += 1;
    }
    Ok(samples)
}

/// Asks for long lists and reads none of them; connects anew when it is closed.
fn never_reads(socket: &Path, stop: &AtomicBool) {
    let list = TaskList { limit: Some(1_000), ..TaskList::default() };
    let Ok(framed) = wire::encoded(&list) else { return };
    misbehave(socket, stop, &framed);
}

/// Sends bytes that are no message behind a length that fits; connects anew when it is closed.
fn sends_garbage(socket: &Path, stop: &AtomicBool) {
    let garbage: Vec<u8> = (0..4_096_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let Ok(framed) = heph_protocol::frame::encode(&garbage) else { return };
    misbehave(socket, stop, &framed);
}

fn misbehave(socket: &Path, stop: &AtomicBool, framed: &[u8]) {
    while !stop.load(Ordering::SeqCst) {
        let Ok(mut wire) = Wire::open(socket) else {
            std::thread::sleep(Duration::from_millis(10));
            continue;
        };
        // A full socket must not keep us from seeing `stop`.
        let _ = wire.stream().set_write_timeout(Some(Duration::from_millis(100)));
        while !stop.load(Ordering::SeqCst) {
            match wire.stream().write_all(framed) {
                Ok(()) => {}
                // Half a frame went out: what follows is garbage too, which is what we are here for.
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => break,
            }
        }
    }
}
