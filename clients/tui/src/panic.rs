//! A fault of our own: the terminal is given back, and a file says what happened.

use std::backtrace::Backtrace;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::panic::PanicHookInfo;
use std::path::PathBuf;
use std::sync::{Mutex, TryLockError};

use crate::{output, terminal};

/// The code the program leaves with, as the command line's for a fault of its own.
const FAULT: i32 = 70;

/// What is being typed, for the report.
static TYPED: Mutex<String> = Mutex::new(String::new());

/// Notes what would be lost.
pub(crate) fn note_typed(text: Option<&str>) {
    if let Ok(mut typed) = TYPED.lock() {
        typed.clear();
        typed.push_str(text.unwrap_or_default());
    }
}

/// From now on a panic, on whichever thread, ends the program with a report.
pub(crate) fn catch() {
    std::panic::set_hook(Box::new(|info| {
        terminal::give_back();
        let typed = match TYPED.try_lock() {
            Ok(typed) => typed.clone(),
            Err(TryLockError::Poisoned(typed)) => typed.into_inner().clone(),
            Err(TryLockError::WouldBlock) => String::new(),
        };
        output::note(&format!("heph-tui had a fault of its own and ended: {}", said(info)));
        match write(&report(info, &typed)) {
            Ok(path) => output::note(&format!("the report is in {}", path.display())),
            Err(error) => output::note(&format!("the report could not be written: {error}")),
        }
        if !typed.is_empty() {
            output::note(&format!("not sent: {typed}"));
        }
        std::process::exit(FAULT);
    }));
}

fn said(info: &PanicHookInfo<'_>) -> String {
    info.payload_as_str().unwrap_or("no reason given").to_owned()
}

/// What the file says.
fn report(info: &PanicHookInfo<'_>, typed: &str) -> String {
    let mut text = format!("heph-tui {}\n{}\n", env!("CARGO_PKG_VERSION"), said(info));
    if let Some(place) = info.location() {
        let _ = writeln!(text, "at {place}");
    }
    if !typed.is_empty() {
        let _ = writeln!(text, "\ntyped and not sent:\n{typed}");
    }
    let _ = writeln!(text, "\n{}", Backtrace::force_capture());
    text
}

/// Writes the report into a file nobody else can read.
fn write(text: &str) -> io::Result<PathBuf> {
    let mut file = tempfile::Builder::new().prefix("heph-tui-fault-").suffix(".txt").tempfile()?;
    file.write_all(text.as_bytes())?;
    file.keep().map(|(_, path)| path).map_err(|error| error.error)
}
