//! What xtask says: results on standard output, everything else on standard error.

use std::fmt::Display;
use std::io::Write as _;

/// Prints a line of the result. A closed pipe is no error: nobody wants the rest.
pub(crate) fn line(text: impl Display) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints text as it is, without a line end.
pub(crate) fn text(text: impl Display) {
    let mut out = std::io::stdout().lock();
    let _ = write!(out, "{text}").and_then(|()| out.flush());
}

/// Width of the terminal that standard output goes to; `None` if it goes elsewhere.
pub(crate) fn columns() -> Option<u16> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    Some(size.ws_col).filter(|columns| *columns > 0)
}

/// Prints a line about the work.
pub(crate) fn note(text: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
