//! The only place that prints, while the terminal is not ours.

use std::io::{self, Write as _};

use heph_terminal::text::clean;

/// Tells something on standard error.
pub(crate) fn note(text: &str) {
    // There is nowhere left to say that standard error cannot be written.
    let _ = writeln!(io::stderr(), "{}", clean(text));
}

/// Prints a text on standard output; a reader that closed the pipe has enough.
pub(crate) fn text(text: &str) {
    let _ = writeln!(io::stdout(), "{}", text.trim_end());
}
