//! Runs a program with a deadline, keeps what it says, and leaves nothing of it running.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

/// Lines that are kept for who asks what went wrong.
const KEPT_LINES: usize = 12;

/// Bytes of a line that are kept.
const LINE: usize = 400;

/// Bytes of the log; a program that says more is not believed to come to an end.
const MAX_LOG: u64 = 64 << 20;

/// A program could not be run to its end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It cannot be started.
    #[error("{program} cannot be run: {source}")]
    Start {
        /// The program.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// It took too long and was ended.
    #[error("{program} did not finish in {} s and was ended", deadline.as_secs())]
    TooLong {
        /// The program.
        program: String,
        /// How long it might have taken.
        deadline: Duration,
    },
    /// It says too much.
    #[error("{program} says too much and was ended")]
    TooMuch {
        /// The program.
        program: String,
    },
    /// What it says cannot be kept.
    #[error("the log {} cannot be written: {source}", path.display())]
    Log {
        /// The log.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// How.
    pub status: ExitStatus,
    /// The last lines it said, on standard output and standard error.
    pub lines: Vec<String>,
}

impl Finished {
    /// How it ended, with the last line it said.
    pub fn told(&self) -> String {
        let how = match (self.status.code(), self.status.signal()) {
            (Some(code), _) => format!("exit code {code}"),
            (None, Some(signal)) => format!("signal {signal}"),
            (None, None) => "an unknown end".to_owned(),
        };
        let error =
            self.lines.iter().rev().find(|line| line.starts_with("error") || line.starts_with("hephd: "));
        match error.or(self.lines.last()) {
            Some(line) => format!("{how}: {line}"),
            None => how,
        }
    }
}

/// A program that runs in a group of its own, which ends with this value.
#[derive(Debug)]
pub struct Running {
    child: Child,
    program: String,
    group: Option<Pid>,
}

impl Running {
    /// Starts a program; nothing is piped unless the command says so.
    ///
    /// # Errors
    /// [`RunError::Start`]
    pub fn start(mut command: Command) -> Result<Self, RunError> {
        let program = Path::new(command.as_std().get_program());
        let program = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
        command.process_group(0).stdin(Stdio::null()).kill_on_drop(true);
        // Nothing that is started here speaks for us to the service manager.
        for variable in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] {
            command.env_remove(variable);
        }
        let child = command.spawn().map_err(|source| RunError::Start { program: program.clone(), source })?;
        let group = child.id().and_then(|id| Pid::from_raw(id as i32));
        Ok(Self { child, program, group })
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// [`RunError::Start`] when it cannot be waited for.
    pub async fn ended(&mut self) -> Result<ExitStatus, RunError> {
        let ended = self.child.wait().await;
        ended.map_err(|source| RunError::Start { program: self.program.clone(), source })
    }

    /// Asks it to end, and sees to it after a while.
    pub async fn end(mut self, patience: Duration) {
        if let Some(group) = self.group {
            // Gone already is as good.
            let _ = kill_process_group(group, Signal::TERM);
        }
        // Dropping it kills what is left.
        let _ = tokio::time::timeout(patience, self.child.wait()).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(group) = self.group {
            // What it started may outlive it; an empty group is no failure.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Where a program is on the path.
pub fn find(name: &str, path: Option<&OsStr>) -> Option<PathBuf> {
    std::env::split_paths(path?)
        .map(|folder| folder.join(name))
        .find(|file| rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok() && file.is_file())
}

/// Runs a program to its end; what it says goes to the log, where there is one, and line by line to `said`.
///
/// # Errors
/// [`RunError`]; it is not running any more then.
pub async fn run(
    mut command: Command,
    deadline: Duration,
    log: Option<&Path>,
    said: &mut dyn FnMut(&str),
) -> Result<Finished, RunError> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running::start(command)?;
    let program = running.program.clone();
    let heard = hear(&mut running, log, said);
    match tokio::time::timeout(deadline, heard).await {
        Ok(finished) => finished,
        Err(_) => Err(RunError::TooLong { program, deadline }),
    }
}

async fn hear(
    running: &mut Running,
    log: Option<&Path>,
    said: &mut dyn FnMut(&str),
) -> Result<Finished, RunError> {
    let (sender, mut pieces) = mpsc::channel(16);
    let (output, errors) = (running.child.stdout.take(), running.child.stderr.take());
    let reading = async {
        tokio::join!(read(0, output, sender.clone()), read(1, errors, sender.clone()));
        drop(sender);
    };
    let mut kept = Kept::open(log).await?;
    let (keeper, listener) = (&mut kept, &mut *said);
    // It owns the queue: when it gives up, the readers find it closed.
    let keeping = async move {
        while let Some((stream, piece)) = pieces.recv().await {
            keeper.take(stream, &piece, listener).await?;
        }
        keeper.flush().await
    };
    let ((), kept_all) = tokio::join!(reading, keeping);
    kept_all.map_err(|error| match error {
        KeepError::TooMuch => RunError::TooMuch { program: running.program.clone() },
        KeepError::Log(source) => RunError::Log { path: log.unwrap_or(Path::new("")).to_owned(), source },
    })?;
    let status = running.ended().await?;
    Ok(Finished { status, lines: kept.finish(said) })
}

/// Standard output is stream 0, standard error 1: a line is of one of them.
async fn read(stream: usize, from: Option<impl AsyncRead + Unpin>, to: mpsc::Sender<(usize, Vec<u8>)>) {
    let Some(mut from) = from else { return };
    let mut buffer = vec![0; 8 << 10];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if to.send((stream, buffer[..count].to_vec())).await.is_err() {
            return;
        }
    }
}

enum KeepError {
    TooMuch,
    Log(io::Error),
}

/// What a program said.
struct Kept {
    log: Option<tokio::fs::File>,
    bytes: u64,
    unfinished: [Vec<u8>; 2],
    lines: VecDeque<String>,
}

impl Kept {
    async fn open(log: Option<&Path>) -> Result<Self, RunError> {
        let log = match log {
            Some(path) => {
                let file = tokio::fs::File::options().append(true).create(true).open(path).await;
                Some(file.map_err(|source| RunError::Log { path: path.to_owned(), source })?)
            }
            None => None,
        };
        Ok(Self { log, bytes: 0, unfinished: Default::default(), lines: VecDeque::new() })
    }

    /// Sees to it that all of the log is written.
    async fn flush(&mut self) -> Result<(), KeepError> {
        match &mut self.log {
            Some(log) => log.flush().await.map_err(KeepError::Log),
            None => Ok(()),
        }
    }

    async fn take(
        &mut self,
        stream: usize,
        piece: &[u8],
        said: &mut dyn FnMut(&str),
    ) -> Result<(), KeepError> {
        self.bytes += piece.len() as u64;
        if self.bytes > MAX_LOG {
            return Err(KeepError::TooMuch);
        }
        if let Some(log) = &mut self.log {
            log.write_all(piece).await.map_err(KeepError::Log)?;
        }
        for byte in piece {
            match byte {
                b'\n' | b'\r' => self.end_line(stream, said),
                _ if self.unfinished[stream].len() < LINE => self.unfinished[stream].push(*byte),
                _ => {}
            }
        }
        Ok(())
    }

    fn end_line(&mut self, stream: usize, said: &mut dyn FnMut(&str)) {
        let line = std::mem::take(&mut self.unfinished[stream]);
        let text: String = String::from_utf8_lossy(&line).chars().filter(|c| !c.is_control()).collect();
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        said(text);
        self.lines.push_back(text.to_owned());
        if self.lines.len() > KEPT_LINES {
            self.lines.pop_front();
        }
    }

    fn finish(mut self, said: &mut dyn FnMut(&str)) -> Vec<String> {
        for stream in 0..self.unfinished.len() {
            self.end_line(stream, said);
        }
        self.lines.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn what_is_said_is_kept_line_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let mut lines = Vec::new();
        let finished = run(
            shell("echo one; echo two >&2; printf three; exit 3"),
            Duration::from_secs(20),
            Some(&log),
            &mut |line| {
                lines.push(line.to_owned());
            },
        )
        .await
        .unwrap();
        lines.sort_unstable();
        assert_eq!(lines, ["one", "three", "two"]);
        assert_eq!(finished.status.code(), Some(3));
        assert!(finished.told().starts_with("exit code 3: "), "{}", finished.told());
        assert_eq!(std::fs::read(&log).unwrap().len(), "one\ntwo\nthree".len());
    }

    #[tokio::test]
    async fn what_takes_too_long_is_ended_with_all_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        let script = format!("sleep 600 & echo $! > {}; wait", pid.display());
        let error = run(shell(&script), Duration::from_millis(300), None, &mut |_| {}).await.unwrap_err();
        assert!(matches!(error, RunError::TooLong { .. }), "{error}");
        let child: i32 = std::fs::read_to_string(&pid).unwrap().trim().parse().unwrap();
        // It is a zombie at most until whoever adopted it looks.
        let is_gone = || match std::fs::read_to_string(format!("/proc/{child}/stat")) {
            Ok(stat) => stat.rsplit(')').next().unwrap().trim_start().starts_with('Z'),
            Err(_) => true,
        };
        let began = std::time::Instant::now();
        while !is_gone() {
            assert!(began.elapsed() < Duration::from_secs(20), "it runs on");
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_named() {
        let error = run(Command::new("/nowhere/cargo"), Duration::from_secs(5), None, &mut |_| {}).await;
        assert!(error.unwrap_err().to_string().starts_with("cargo cannot be run: "));
    }

    #[test]
    fn programs_are_found_on_the_path() {
        assert!(find("sh", Some(OsStr::new("/nowhere:/usr/bin:/bin"))).is_some());
        assert_eq!(find("sh", Some(OsStr::new("/nowhere"))), None);
        assert_eq!(find("sh", None), None);
    }
}
