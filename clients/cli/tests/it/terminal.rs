//! `heph` on a terminal: a pseudo-terminal of a given size.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::process::Stdio;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::harness::Home;

/// Runs `heph` on a terminal, with these keys typed ahead; gives what is seen and the exit code.
pub(crate) fn run(home: &Home, arguments: &[&str], keys: &str, (columns, rows): (u16, u16)) -> (String, i32) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let slave = OpenOptions::new().read(true).write(true).open(name).unwrap();
    tcsetwinsize(&master, Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let stream = || Stdio::from(slave.try_clone().unwrap());
    let mut child =
        home.command(arguments).stdin(stream()).stdout(stream()).stderr(stream()).spawn().unwrap();
    drop(slave);
    let mut master = File::from(master);
    master.write_all(keys.as_bytes()).unwrap();
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    // The last process to close the terminal ends the reading with an error.
    while let Ok(read) = master.read(&mut buffer) {
        if read == 0 {
            break;
        }
        seen.extend_from_slice(&buffer[..read]);
    }
    let code = child.wait().unwrap().code().expect("heph was not killed");
    (home.shown(&seen).replace("\r\n", "\n"), code)
}
