//! The least a command and its server can cost, with nothing but the standard library.
//!
//! `bench-floor <socket>` connects, sends 100 bytes and prints the reply; `bench-floor --serve <socket>` sends every
//! message back.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let first = arguments.next().unwrap_or_default();
    if first == "--serve" { serve(arguments.next().unwrap_or_default()) } else { ask(first) }
}

fn ask(socket: OsString) -> std::io::Result<()> {
    let mut message = [b'.'; 100];
    let mut stream = UnixStream::connect(socket)?;
    stream.write_all(&message)?;
    stream.read_exact(&mut message)?;
    message[99] = b'\n';
    std::io::stdout().write_all(&message)
}

fn serve(socket: OsString) -> std::io::Result<()> {
    for stream in UnixListener::bind(socket)?.incoming() {
        let mut stream = stream?;
        let mut message = [0; 100];
        while stream.read_exact(&mut message).is_ok() && stream.write_all(&message).is_ok() {}
    }
    Ok(())
}
