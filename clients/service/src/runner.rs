//! Runs the service manager's own programs.

use std::io::{self, Read as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::error::ServiceError;

/// How long a program of the service manager may take. `systemctl restart` waits for the daemon to stop and start.
const DEADLINE: Duration = Duration::from_secs(120);

/// What a program answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub output: String,
    /// Its standard error.
    pub errors: String,
}

impl Answer {
    /// Whether it succeeded.
    pub fn is_success(&self) -> bool {
        self.code == Some(0)
    }
}

/// Runs programs; a recording stand-in in tests.
pub trait Runner {
    /// Runs a program to its end.
    ///
    /// # Errors
    /// When it cannot be started, or does not end in time.
    fn run(&self, program: &str, arguments: &[&str]) -> io::Result<Answer>;

    /// Runs a program that has to succeed.
    ///
    /// # Errors
    /// [`ServiceError::Command`] with what it said.
    fn succeed(&self, program: &str, arguments: &[&str]) -> Result<Answer, ServiceError> {
        self.succeed_or(&[], program, arguments)
    }

    /// The same, where some exit codes are as good as success.
    ///
    /// # Errors
    /// [`ServiceError::Command`] with what it said.
    fn succeed_or(&self, also: &[i32], program: &str, arguments: &[&str]) -> Result<Answer, ServiceError> {
        let command = || format!("{program} {}", arguments.join(" "));
        match self.run(program, arguments) {
            Ok(answer) if answer.is_success() || answer.code.is_some_and(|code| also.contains(&code)) => {
                Ok(answer)
            }
            Ok(answer) => {
                let said = if answer.errors.trim().is_empty() { answer.output } else { answer.errors };
                Err(ServiceError::Command { command: command(), said: said.trim().to_owned() })
            }
            Err(error) => Err(ServiceError::Command { command: command(), said: error.to_string() }),
        }
    }
}

/// Runs the programs of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRunner;

impl Runner for SystemRunner {
    fn run(&self, program: &str, arguments: &[&str]) -> io::Result<Answer> {
        finish(Command::new(program).args(arguments).env("LC_ALL", "C.UTF-8"), DEADLINE)
    }
}

/// How long what it left behind may hold the pipes once a program has ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The most that is read of a program; more says nothing to a person.
const MOST_SAID: u64 = 1 << 20;

/// Runs a command, in a process group of its own, within a deadline, and takes what it says.
pub(crate) fn finish(command: &mut Command, deadline: Duration) -> io::Result<Answer> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.process_group(0).spawn()?;
    let output = reader(child.stdout.take());
    let errors = reader(child.stderr.take());
    let began = Instant::now();
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None if began.elapsed() > deadline => {
                // Whatever it started ends with it.
                if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
                    let _ = kill_process_group(group, Signal::KILL);
                }
                child.wait()?;
                return Err(io::Error::new(io::ErrorKind::TimedOut, "it did not end in time"));
            }
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    let text = |said: mpsc::Receiver<String>| said.recv_timeout(LAST_WORDS).unwrap_or_default();
    Ok(Answer { code: status.code(), output: text(output), errors: text(errors) })
}

/// Reads a pipe to its end, apart from who waits for it.
fn reader(pipe: Option<impl io::Read + Send + 'static>) -> mpsc::Receiver<String> {
    let (told, said) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe {
            let mut pipe = pipe.take(MOST_SAID);
            let _ = pipe.read_to_end(&mut bytes);
            // A program that says more must not wait for ever until somebody reads it.
            let _ = io::copy(&mut pipe.into_inner(), &mut io::sink());
        }
        let _ = told.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn what_a_program_leaves_behind_is_not_waited_for() {
        let began = Instant::now();
        let answer = finish(&mut shell("sleep 60 & echo said"), Duration::from_secs(30)).unwrap();
        assert_eq!(answer.code, Some(0));
        assert!(began.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn a_program_that_does_not_end_is_ended_with_all_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        // As long as the child of the child lives, the pipe has no end.
        let (told, ended) = mpsc::channel();
        let read = pipe.clone();
        std::thread::spawn(move || told.send(std::fs::read(read)));
        let script = format!("sleep 60 >'{}' & sleep 60", pipe.display());
        let error = finish(&mut shell(&script), Duration::from_millis(500)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let said = ended.recv_timeout(Duration::from_secs(30)).expect("the child of the child is gone too");
        assert_eq!(said.unwrap(), b"");
    }

    #[test]
    fn a_program_that_says_much_is_read_to_its_end() {
        let answer = finish(&mut shell("head -c 3000000 /dev/zero"), Duration::from_secs(30)).unwrap();
        assert_eq!((answer.code, answer.output.len()), (Some(0), MOST_SAID as usize));
    }
}
