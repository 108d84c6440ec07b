//! Running other programs: nothing is left behind, every failure names its command.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::interrupt;

/// Runs a command to its end with our terminal.
///
/// # Errors
/// When it cannot start, exits other than 0, or we were interrupted.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let shown = shown(command);
    let mut child = command.spawn().with_context(|| format!("cannot start `{shown}`"))?;
    let watched = interrupt::watch(&child);
    let status = child.wait().with_context(|| format!("lost `{shown}`"))?;
    drop(watched);
    if !status.success() || interrupt::happened() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// Runs a command and returns what it printed.
///
/// # Errors
/// As [`run`]; and when it prints what is not UTF-8.
pub(crate) fn read(command: &mut Command) -> anyhow::Result<String> {
    feed(command, None)
}

/// Runs a command with a text as its input and returns what it printed.
///
/// # Errors
/// As [`read`].
pub(crate) fn feed(command: &mut Command, input: Option<&str>) -> anyhow::Result<String> {
    let shown = shown(command);
    command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot start `{shown}`"))?;
    let watched = interrupt::watch(&child);
    if let (Some(input), Some(mut stdin)) = (input, child.stdin.take()) {
        use std::io::Write as _;
        stdin.write_all(input.as_bytes()).with_context(|| format!("`{shown}` does not read its input"))?;
    }
    let output = child.wait_with_output().with_context(|| format!("lost `{shown}`"))?;
    drop(watched);
    if !output.status.success() || interrupt::happened() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!("`{shown}` failed ({}): {}", output.status, errors.trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{shown}` printed what is not UTF-8"))
}

/// Runs a command and returns what it printed, however it ended.
///
/// # Errors
/// When it cannot start.
pub(crate) fn answer(command: &mut Command) -> anyhow::Result<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start `{}`", shown(command)))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a command is there and runs.
pub(crate) fn is_there(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// A command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let program = program.file_name().unwrap_or(command.get_program()).to_string_lossy().into_owned();
    let words = command.get_args().map(|word| {
        let word = word.to_string_lossy();
        if word.is_empty() || word.contains(|c: char| c.is_whitespace() || "\"'$&|<>*?()[]".contains(c)) {
            format!("\"{}\"", word.replace('"', "\\\""))
        } else {
            word.into_owned()
        }
    });
    std::iter::once(program).chain(words).collect::<Vec<_>>().join(" ")
}

/// A child that ends with this value.
#[derive(Debug)]
pub(crate) struct Background {
    child: Child,
    _watched: interrupt::Watched,
}

impl Background {
    /// Starts a command.
    ///
    /// # Errors
    /// When it cannot start.
    pub(crate) fn start(command: &mut Command) -> anyhow::Result<Self> {
        let shown = shown(command);
        let child = command.spawn().with_context(|| format!("cannot start `{shown}`"))?;
        let watched = interrupt::watch(&child);
        Ok(Self { child, _watched: watched })
    }

    /// Its process id.
    #[cfg(any(test, feature = "bench"))]
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it did.
    pub(crate) fn ended(&mut self) -> Option<std::process::ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When the system lost it.
    pub(crate) fn wait(&mut self) -> anyhow::Result<std::process::ExitStatus> {
        self.child.wait().context("lost the child")
    }

    /// Asks it to end, and kills it when it does not within the deadline.
    pub(crate) fn stop(&mut self, deadline: Duration) {
        let asked = Instant::now();
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        while asked.elapsed() < deadline {
            if self.ended().is_some() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if self.ended().is_none() {
            self.stop(Duration::from_secs(5));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_shown_as_typed() {
        let mut command = Command::new("/somewhere/bin/heph");
        command.args(["add", "Call the bank", "due:fri", "[[Page]]"]);
        assert_eq!(shown(&command), r#"heph add "Call the bank" due:fri "[[Page]]""#);
    }

    #[test]
    fn a_failure_names_the_command_and_what_it_said() {
        let error = read(Command::new("sh").args(["-c", "echo lost >&2; exit 3"])).unwrap_err().to_string();
        assert!(error.contains("exit status: 3") && error.ends_with("lost"), "{error}");
    }

    #[test]
    fn a_background_child_ends_with_its_value() {
        let child = Background::start(Command::new("sleep").arg("60")).unwrap();
        let pid = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
        assert!(rustix::process::test_kill_process(pid).is_ok());
        drop(child);
        assert!(rustix::process::test_kill_process(pid).is_err());
    }
}
