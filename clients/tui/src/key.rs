//! Keys, as they are pressed and as they are written in the configuration file.

use std::fmt;
use std::str::FromStr;

use cursive::event::{Event, Key as Pressed};

/// What is on the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// A character; capitals are characters of their own.
    Char(char),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// A function key.
    F(u8),
}

/// A key with what is held down beside it. Shift counts only where it makes no other character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Key {
    /// What is on it.
    pub code: Code,
    /// Whether Ctrl is held.
    pub ctrl: bool,
    /// Whether Alt is held.
    pub alt: bool,
    /// Whether Shift is held.
    pub shift: bool,
}

/// Names of keys that are no characters, as they are written.
const NAMES: &[(&str, Code)] = &[
    ("enter", Code::Enter),
    ("esc", Code::Esc),
    ("tab", Code::Tab),
    ("backspace", Code::Backspace),
    ("delete", Code::Delete),
    ("up", Code::Up),
    ("down", Code::Down),
    ("left", Code::Left),
    ("right", Code::Right),
    ("home", Code::Home),
    ("end", Code::End),
    ("pageup", Code::PageUp),
    ("pagedown", Code::PageDown),
    ("space", Code::Char(' ')),
];

impl Key {
    /// A key alone.
    pub const fn plain(code: Code) -> Self {
        Self { code, ctrl: false, alt: false, shift: false }
    }

    /// A character.
    pub const fn char(character: char) -> Self {
        Self::plain(Code::Char(character))
    }

    /// A character with Ctrl.
    pub const fn ctrl(character: char) -> Self {
        Self { ctrl: true, ..Self::char(character) }
    }

    /// The key of an event of the screen library, if it is one.
    pub fn from_event(event: &Event) -> Option<Self> {
        let with = |code, (ctrl, alt, shift)| Some(Self { code, ctrl, alt, shift });
        match event {
            Event::Char('\t') => Some(Self::plain(Code::Tab)),
            Event::Char('\n' | '\r') => Some(Self::plain(Code::Enter)),
            Event::Char(c) => Some(Self::char(*c)),
            Event::CtrlChar(c) => with(Code::Char(*c), (true, false, false)),
            Event::AltChar(c) => with(Code::Char(*c), (false, true, false)),
            Event::Key(key) => with(code(*key)?, (false, false, false)),
            Event::Shift(key) => with(code(*key)?, (false, false, true)),
            Event::Alt(key) => with(code(*key)?, (false, true, false)),
            Event::AltShift(key) => with(code(*key)?, (false, true, true)),
            Event::Ctrl(key) => with(code(*key)?, (true, false, false)),
            Event::CtrlShift(key) => with(code(*key)?, (true, false, true)),
            Event::CtrlAlt(key) => with(code(*key)?, (true, true, false)),
            _ => None,
        }
    }
}

fn code(key: Pressed) -> Option<Code> {
    Some(match key {
        Pressed::Enter => Code::Enter,
        Pressed::Esc => Code::Esc,
        Pressed::Tab => Code::Tab,
        Pressed::Backspace => Code::Backspace,
        Pressed::Del => Code::Delete,
        Pressed::Up => Code::Up,
        Pressed::Down => Code::Down,
        Pressed::Left => Code::Left,
        Pressed::Right => Code::Right,
        Pressed::Home => Code::Home,
        Pressed::End => Code::End,
        Pressed::PageUp => Code::PageUp,
        Pressed::PageDown => Code::PageDown,
        other => return (1..=12).find(|number| Pressed::from_f(*number) == other).map(Code::F),
    })
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, name) in [(self.ctrl, "ctrl-"), (self.alt, "alt-"), (self.shift, "shift-")] {
            if held {
                f.write_str(name)?;
            }
        }
        if let Some((name, _)) = NAMES.iter().find(|(_, code)| *code == self.code) {
            return f.write_str(name);
        }
        match self.code {
            Code::F(number) => write!(f, "f{number}"),
            Code::Char(character) => write!(f, "{character}"),
            other => unreachable!("{other:?} has a name"),
        }
    }
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (mut key, mut rest) = (Self::char(' '), text);
        loop {
            let (held, behind) = match rest.split_once('-') {
                Some(("ctrl", behind)) => (&mut key.ctrl, behind),
                Some(("alt", behind)) => (&mut key.alt, behind),
                Some(("shift", behind)) => (&mut key.shift, behind),
                _ => break,
            };
            *held = true;
            rest = behind;
        }
        let named = NAMES.iter().find(|(name, _)| *name == rest).map(|(_, code)| *code);
        let function = || {
            let number: u8 = rest.strip_prefix('f')?.parse().ok()?;
            (1..=12).contains(&number).then_some(Code::F(number))
        };
        let mut characters = rest.chars();
        let single = match (characters.next(), characters.next()) {
            (Some(character), None) if !character.is_control() => Some(Code::Char(character)),
            _ => None,
        };
        key.code = single.or(named).or_else(function).ok_or_else(|| {
            format!("there is no key `{text}`: write `x`, `X`, `ctrl-x`, `alt-x`, `space`, `enter`, `tab`, `up`, `pageup`, `f5`")
        })?;
        if key.shift && matches!(key.code, Code::Char(_)) {
            return Err(format!("`{text}`: write the character that Shift makes, as `X`"));
        }
        Ok(key)
    }
}

impl TryFrom<String> for Key {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_as_it_is_written() {
        for text in [
            "j",
            "G",
            "ctrl-d",
            "alt-x",
            "space",
            "enter",
            "shift-tab",
            "f12",
            "-",
            "ctrl--",
            "/",
            "ö",
            "pageup",
        ] {
            let key: Key = text.parse().unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(key.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "jj", "f13", "hyper-x", "ctrl-", "shift-x"] {
            assert!(text.parse::<Key>().is_err(), "{text}");
        }
    }

    #[test]
    fn events_are_keys() {
        assert_eq!(Key::from_event(&Event::CtrlChar('d')), Some(Key::ctrl('d')));
        assert_eq!(Key::from_event(&Event::Key(Pressed::F5)), Some(Key::plain(Code::F(5))));
        let back = Key { shift: true, ..Key::plain(Code::Tab) };
        assert_eq!(Key::from_event(&Event::Shift(Pressed::Tab)), Some(back));
        assert_eq!(Key::from_event(&Event::Refresh), None);
    }
}
