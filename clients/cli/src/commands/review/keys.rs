//! One key at a time from the terminal.

use std::io::{self, Read as _};

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};

use crate::error::Failure;
use crate::output::Outcome;

/// What was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// A letter, a digit, a space, return.
    Char(char),
    /// The end: Ctrl-C, Ctrl-D, or the terminal is gone.
    End,
    /// Something else, such as an arrow.
    Other,
}

/// Waits for a key; the terminal is as it was afterwards.
pub(super) fn key() -> Outcome<Key> {
    let _raw = Raw::begin().map_err(|error| Failure::io("cannot read keys", &error))?;
    let mut bytes = [0; 16];
    let count =
        io::stdin().lock().read(&mut bytes).map_err(|error| Failure::io("cannot read keys", &error))?;
    Ok(read(&bytes[..count]))
}

/// What the bytes of one read say; an arrow comes as several.
fn read(bytes: &[u8]) -> Key {
    match bytes {
        [] | [0x03 | 0x04] => Key::End,
        [b'\r' | b'\n'] => Key::Char('\n'),
        [byte @ b' '..=b'~'] => Key::Char(char::from(*byte)),
        _ => Key::Other,
    }
}

/// The terminal without lines and echo.
struct Raw(Termios);

impl Raw {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut raw = before.clone();
        raw.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG);
        raw.special_codes[SpecialCodeIndex::VMIN] = 1;
        raw.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(io::stdin(), OptionalActions::Flush, &raw)?;
        Ok(Self(before))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // There is nobody to tell: the terminal is gone.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_apart() {
        for (bytes, key) in [
            (&b"d"[..], Key::Char('d')),
            (b" ", Key::Char(' ')),
            (b"\r", Key::Char('\n')),
            (b"\x03", Key::End),
            (b"", Key::End),
            (b"\x1b[A", Key::Other),
            ("ü".as_bytes(), Key::Other),
        ] {
            assert_eq!(read(bytes), key, "{bytes:?}");
        }
    }
}
