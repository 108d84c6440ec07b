//! The `heph` binary: hands its arguments to the library and leaves with its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    heph_cli::run(std::env::args_os())
}
