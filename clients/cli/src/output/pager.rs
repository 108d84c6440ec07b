//! Long text on a terminal, handed to the user's pager when it does not fit.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::terminal_size;

/// Text held back until its length is known.
pub(crate) struct Pager {
    command: String,
    held: Vec<u8>,
}

impl Pager {
    /// Holds text for a pager, a command of the shell.
    pub(crate) fn new(command: &str) -> Self {
        Self { command: command.to_owned(), held: Vec::new() }
    }

    /// Holds back some more.
    pub(crate) fn hold(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    /// Shows the text in the pager if it overflows the terminal. Gives it back if it does not, or if the pager
    /// cannot be started.
    pub(crate) fn show(self) -> Option<Vec<u8>> {
        let rows = terminal_size().map_or(usize::MAX, |(_, rows)| rows);
        let lines = self.held.iter().filter(|byte| **byte == b'\n').count();
        if lines < rows {
            return Some(self.held);
        }
        let started = Command::new("sh")
            .args(["-c", &self.command])
            // As git does: less keeps colours, leaves short texts alone and does not clear the screen.
            .env("LESS", std::env::var_os("LESS").unwrap_or_else(|| "FRX".into()))
            .stdin(Stdio::piped())
            .spawn();
        let Ok(mut child) = started else { return Some(self.held) };
        if let Some(mut stdin) = child.stdin.take() {
            // A pager that was left early closes the pipe; that is no error.
            let _ = stdin.write_all(&self.held);
        }
        // Its exit code says nothing about us.
        let _ = child.wait();
        None
    }
}
