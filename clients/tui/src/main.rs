//! The program `heph-tui`.

use std::process::ExitCode;

fn main() -> ExitCode {
    heph_tui::run(std::env::args_os())
}
