//! Many clients at once: how many durable writes a second, and how long they wait beside two that misbehave.

use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use heph_protocol::request::{TaskAdd, TaskList, TaskNext};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::floors::Floors;
use super::measure::Samples;
use super::ours::Subject;
use super::table::{Row, Table, shown};
use super::wire::{self, Wire};
use crate::daemon::Daemon;

/// Clients at once.
const CLIENTS: usize = 64;

/// How long each figure is measured.
const DURING: Duration = Duration::from_secs(4);

/// How long all clients may wait for their replies.
const PATIENCE: Timespec = Timespec { tv_sec: 30, tv_nsec: 0 };

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
///
/// One thread waits on all connections: a thread a client would share two cores with the daemon, and measure that.
fn together(clients: usize, socket: &Path, work: Work, nuisances: &[Nuisance]) -> anyhow::Result<Samples> {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for nuisance in nuisances {
            let stop = &stop;
            scope.spawn(move || nuisance(socket, stop));
        }
        let samples = at_work(clients, socket, work);
        stop.store(true, Ordering::SeqCst);
        samples
    })
}

/// A client: its connection, and when it sent what it waits for.
struct Client {
    wire: Wire,
    sent: Instant,
    turn: u64,
}

fn at_work(clients: usize, socket: &Path, work: Work) -> anyhow::Result<Samples> {
    let open = |_| Ok(Client { wire: Wire::open(socket)?, sent: Instant::now(), turn: 0 });
    let mut clients = (0..clients).map(open).collect::<anyhow::Result<Vec<Client>>>()?;
    let next = wire::encoded(&TaskNext { limit: Some(20), ..TaskNext::default() })?;
    for (number, client) in clients.iter_mut().enumerate() {
        client.go_on(number, work, &next)?;
    }
    let (began, mut samples) = (Instant::now(), Samples::default());
    while began.elapsed() < DURING {
        let streams = clients.iter().map(|client| PollFd::new(client.wire.as_stream(), PollFlags::IN));
        let mut waiting: Vec<PollFd<'_>> = streams.collect();
        if poll(&mut waiting, Some(&PATIENCE))? == 0 {
            bail!("no well-behaved client was served for {} s", PATIENCE.tv_sec);
        }
        let ready: Vec<bool> = waiting.iter().map(|stream| !stream.revents().is_empty()).collect();
        drop(waiting);
        for (number, client) in clients.iter_mut().enumerate().filter(|(number, _)| ready[*number]) {
            client.wire.reply().context("a well-behaved client was not served")?;
            samples.push(client.sent.elapsed());
            client.go_on(number, work, &next)?;
        }
    }
    Ok(samples)
}

impl Client {
    fn go_on(&mut self, number: usize, work: Work, next: &[u8]) -> anyhow::Result<()> {
        let turn = self.turn;
        self.turn += 1;
        if work == Work::Mixed && turn.is_multiple_of(2) {
            self.sent = Instant::now();
            return self.wire.send(next);
        }
        let line = format!("Fetch parcel {turn} of client {number} p3 +errand");
        let framed = wire::encoded(&TaskAdd { line, ..TaskAdd::default() })?;
        self.sent = Instant::now();
        self.wire.send(&framed)
    }
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
