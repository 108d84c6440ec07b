//! A machine with a shell, into which one pastes commands as they stand on a page.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::home::{machine, new_home};

/// How long what was pasted may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// What the shell says when all of it was run, with the exit code behind it.
const DONE: &str = "--- exit ";

/// A machine with a user manager and a home folder of its own, on the same network as the test. It ends with this value.
pub(crate) struct Shell {
    _folder: TempDir,
    home: PathBuf,
    machine: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Shell {
    pub(crate) fn start(name: &str) -> Self {
        let (folder, home) = new_home(name);
        let mut command = machine(&home);
        let path = std::env::var("PATH").unwrap();
        command.env("PATH", format!("{}:{path}", home.join("bin").display()));
        // What it says and what it complains of in one stream, in the order of a terminal.
        command.args(["sh", "-c", "exec sh 2>&1"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut machine = command.spawn().expect("unshare runs");
        let (input, output) = (machine.stdin.take(), BufReader::new(machine.stdout.take().unwrap()));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self { _folder: folder, home, machine, input, lines }
    }

    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// Runs commands one after the other, each of which has to succeed, and returns what they said.
    pub(crate) fn paste(&mut self, commands: &str) -> String {
        self.paste_and(commands, |_| {})
    }

    /// The same, and sees each line at once.
    pub(crate) fn paste_and(&mut self, commands: &str, mut sees: impl FnMut(&str)) -> String {
        std::fs::write(self.home.join("pasted.sh"), commands).unwrap();
        let input = self.input.as_mut().unwrap();
        writeln!(input, "sh -e ~/pasted.sh </dev/null; echo \"{DONE}$?\"").unwrap();
        input.flush().unwrap();
        let (began, mut said) = (Instant::now(), String::new());
        loop {
            let left = PATIENCE.saturating_sub(began.elapsed());
            let line = self.lines.recv_timeout(left);
            let line = line.unwrap_or_else(|error| panic!("{commands}\n{said}{error}\n{}", self.log()));
            if let Some(code) = line.strip_prefix(DONE) {
                assert_eq!(code, "0", "{commands}\n{said}{}", self.log());
                return said;
            }
            sees(&line);
            said.push_str(&line);
            said.push('\n');
        }
    }

    fn log(&self) -> String {
        let log = std::fs::read_to_string(self.home.join(".local/share/heph/hephd.log"));
        format!("--- hephd's log\n{}", log.unwrap_or_default())
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // The shell is the first process of its machine, and with it all others end.
        self.input = None;
        let _ = self.machine.kill();
        let _ = self.machine.wait();
    }
}
