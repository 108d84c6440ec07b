//! Runs the service manager's own programs.

use std::io::{self, Read as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

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
        let command = || format!("{program} {}", arguments.join(" "));
        match self.run(program, arguments) {
            Ok(answer) if answer.is_success() => Ok(answer),
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

/// Runs a command within a deadline and takes what it says.
pub(crate) fn finish(command: &mut Command, deadline: Duration) -> io::Result<Answer> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let read = |pipe: Option<Box<dyn io::Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            // More than this says nothing to a person; the rest is left unread.
            let _ = pipe.map(|pipe| pipe.take(1 << 20).read_to_end(&mut bytes));
            String::from_utf8_lossy(&bytes).into_owned()
        })
    };
    let output = read(child.stdout.take().map(|pipe| Box::new(pipe) as _));
    let errors = read(child.stderr.take().map(|pipe| Box::new(pipe) as _));
    let began = Instant::now();
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None if began.elapsed() > deadline => {
                child.kill()?;
                child.wait()?;
                return Err(io::Error::new(io::ErrorKind::TimedOut, "it did not end in time"));
            }
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    let text = |reader: std::thread::JoinHandle<String>| reader.join().unwrap_or_default();
    Ok(Answer { code: status.code(), output: text(output), errors: text(errors) })
}
