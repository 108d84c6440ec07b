//! What the machine allows: a socket echo, a process that connects and prints, a durable row.

use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rusqlite::Connection;

use super::measure::{Samples, repeat};
use super::pin::Apart;
use crate::process::Background;

/// Length of the messages of the floors, in bytes.
const MESSAGE: usize = 100;

/// The floor's servers and its client program.
#[derive(Debug)]
pub(crate) struct Floors {
    program: PathBuf,
    echo: PathBuf,
    durable: PathBuf,
    database: PathBuf,
    echoing: Background,
}

impl Floors {
    /// Starts the servers.
    pub(crate) fn start(program: PathBuf, sockets: &Path, disk: &Path) -> anyhow::Result<Self> {
        let echo = sockets.join("echo.sock");
        let echoing = Background::start(Command::new(&program).arg("--serve").arg(&echo))?;
        while !echo.exists() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let floors = Self {
            program,
            echo,
            durable: sockets.join("durable.sock"),
            database: disk.join("floor.db"),
            echoing,
        };
        let connection = open(&floors.database)?;
        serve(&floors.durable, move || insert(&connection))?;
        Ok(floors)
    }

    /// A process that connects, sends and prints.
    pub(crate) fn connect_and_print(&self) -> Command {
        self.client(&self.echo)
    }

    /// The same, whose server commits one row.
    pub(crate) fn commit_and_print(&self) -> Command {
        self.client(&self.durable)
    }

    /// Another program that was built beside this one's.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.program.with_file_name(name)
    }

    fn client(&self, socket: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(socket);
        command
    }

    /// Messages back and forth between two cores, on an open connection.
    pub(crate) fn ping_pong(&self, times: usize) -> anyhow::Result<Samples> {
        let _apart = Apart::from(self.echoing.id())?;
        let mut stream = UnixStream::connect(&self.echo)?;
        let mut message = [b'.'; MESSAGE];
        repeat(times, || {
            stream.write_all(&message)?;
            stream.read_exact(&mut message).context("the echo went away")
        })
    }

    /// One-row transactions a second, each on disk before the next.
    pub(crate) fn commits_per_second(&self, during: Duration) -> anyhow::Result<f64> {
        let connection = open(&self.database.with_extension("rate.db"))?;
        let (began, mut commits) = (Instant::now(), 0_u32);
        while began.elapsed() < during {
            insert(&connection)?;
            commits += 1;
        }
        Ok(f64::from(commits) / began.elapsed().as_secs_f64())
    }
}

/// Opens a database as durable as heph's.
fn open(path: &Path) -> anyhow::Result<Connection> {
    let connection = Connection::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection
        .execute_batch("CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")?;
    Ok(connection)
}

fn insert(connection: &Connection) -> anyhow::Result<()> {
    connection
        .prepare_cached("INSERT INTO row (text) VALUES (?1)")?
        .execute(["a task of some forty letters, or so"])?;
    Ok(())
}

/// Answers every message with itself, after some work; one connection at a time.
fn serve(socket: &Path, work: impl Fn() -> anyhow::Result<()> + Send + 'static) -> anyhow::Result<()> {
    let listener =
        UnixListener::bind(socket).with_context(|| format!("cannot listen on {}", socket.display()))?;
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut message = [0; MESSAGE];
            // A failed commit closes the connection, and so fails the client that is timed.
            while stream.read_exact(&mut message).is_ok()
                && work().is_ok()
                && stream.write_all(&message).is_ok()
            {}
        }
    });
    Ok(())
}
