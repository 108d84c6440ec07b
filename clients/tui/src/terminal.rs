//! The terminal: raw mode, the alternate screen, keys and mouse in, escape sequences out.
//!
//! A backend of the screen library, of our own so that pasted text is told from keys, the mouse wakes nobody by moving,
//! and what the shell had printed is there again at the end.

use std::cell::{Cell, RefCell};
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::time::Duration;

use base64::Engine as _;
use crossterm::event::{
    DisableBracketedPaste, EnableBracketedPaste, Event as Arrived, KeyCode, KeyEvent, KeyEventKind,
    KeyModifiers, MouseButton, MouseEventKind,
};
use crossterm::style::{
    Attribute, Color as Shown, Print, SetAttribute, SetBackgroundColor, SetForegroundColor,
};
use crossterm::terminal::{Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen};
use crossterm::{cursor, execute, queue, terminal};
use cursive::Vec2;
use cursive::backend::Backend;
use cursive::event::{Event, Key, MouseButton as Button, MouseEvent};
use cursive::theme::{BaseColor, Color, ColorPair, Effect};

/// Presses, releases and the wheel, with coordinates as numbers; not every move.
const MOUSE_ON: &str = "\u{1b}[?1000h\u{1b}[?1006h";

const MOUSE_OFF: &str = "\u{1b}[?1006l\u{1b}[?1000l";

/// The terminal while it is ours.
pub(crate) struct Terminal {
    out: RefCell<BufWriter<File>>,
    colours: Cell<ColorPair>,
    intensity: Cell<Intensity>,
}

/// Whether what is written is bold or dim. A terminal ends both at once, so that ending one begins the other anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Intensity {
    bold: bool,
    dim: bool,
}

impl Intensity {
    /// What it is with an effect begun or ended; unchanged for effects that are none of it.
    fn with(self, effect: Effect, is_on: bool) -> Self {
        match effect {
            Effect::Bold => Self { bold: is_on, ..self },
            Effect::Dim => Self { dim: is_on, ..self },
            _ => self,
        }
    }

    /// What tells the terminal.
    fn attributes(self) -> impl Iterator<Item = Attribute> {
        let set = [(self.bold, Attribute::Bold), (self.dim, Attribute::Dim)];
        let set = set.into_iter().filter_map(|(is_on, attribute)| is_on.then_some(attribute));
        [Attribute::NormalIntensity].into_iter().chain(set)
    }
}

impl Terminal {
    /// Takes the terminal.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn take(with_mouse: bool) -> io::Result<Self> {
        let mut out = BufWriter::new(tty()?);
        terminal::enable_raw_mode()?;
        execute!(out, EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)?;
        if with_mouse {
            out.write_all(MOUSE_ON.as_bytes())?;
            out.flush()?;
        }
        let colours = Cell::new(ColorPair::terminal_default());
        Ok(Self { out: RefCell::new(out), colours, intensity: Cell::default() })
    }

    fn set_intensity(&self, effect: Effect, is_on: bool) {
        let intensity = self.intensity.get().with(effect, is_on);
        if self.intensity.replace(intensity) != intensity {
            self.queue(|out| intensity.attributes().try_for_each(|one| queue!(out, SetAttribute(one))));
        }
    }

    fn queue(&self, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) {
        // A terminal that is gone is noticed where it is read.
        let _ = write(&mut self.out.borrow_mut());
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
    }
}

/// The terminal to write to.
fn tty() -> io::Result<File> {
    OpenOptions::new().write(true).open("/dev/tty")
}

/// Leaves the terminal as it was found, whoever has it.
pub(crate) fn give_back() {
    if let Ok(mut out) = tty() {
        // Nobody is left to tell when this fails.
        let _ = out.write_all(MOUSE_OFF.as_bytes());
        let _ = execute!(
            out,
            SetAttribute(Attribute::Reset),
            DisableBracketedPaste,
            LeaveAlternateScreen,
            cursor::Show
        );
    }
    let _ = terminal::disable_raw_mode();
}

/// Puts a text on the clipboard of the terminal's user, by OSC 52: through ssh too.
pub(crate) fn copy(text: &str) -> io::Result<()> {
    let encoded = base64::engine::general_purpose::STANDARD.encode(text);
    tty()?.write_all(format!("\u{1b}]52;c;{encoded}\u{7}").as_bytes())
}

impl Backend for Terminal {
    fn poll_event(&mut self) -> Option<Event> {
        while matches!(crossterm::event::poll(Duration::ZERO), Ok(true)) {
            match crossterm::event::read() {
                Ok(arrived) => {
                    if let Some(event) = understood(arrived) {
                        return Some(event);
                    }
                }
                Err(_) => return None,
            }
        }
        None
    }

    fn set_title(&mut self, title: String) {
        self.queue(|out| queue!(out, terminal::SetTitle(title)));
    }

    fn refresh(&mut self) {
        self.queue(Write::flush);
    }

    fn has_colors(&self) -> bool {
        true
    }

    fn screen_size(&self) -> Vec2 {
        Vec2::from(size())
    }

    fn move_to(&self, at: Vec2) {
        let [x, y] = [at.x, at.y].map(|cell| u16::try_from(cell).unwrap_or(u16::MAX));
        self.queue(|out| queue!(out, cursor::MoveTo(x, y)));
    }

    fn print(&self, text: &str) {
        self.queue(|out| queue!(out, Print(text)));
    }

    fn clear(&self, colour: Color) {
        self.set_color(ColorPair { front: colour, back: colour });
        self.queue(|out| queue!(out, Clear(ClearType::All)));
    }

    fn set_color(&self, colours: ColorPair) -> ColorPair {
        let before = self.colours.replace(colours);
        if before != colours {
            self.queue(|out| {
                queue!(out, SetForegroundColor(shown(colours.front)), SetBackgroundColor(shown(colours.back)))
            });
        }
        before
    }

    fn set_effect(&self, effect: Effect) {
        let attribute = match effect {
            Effect::Simple => return,
            Effect::Dim | Effect::Bold => return self.set_intensity(effect, true),
            Effect::Reverse => Attribute::Reverse,
            Effect::Blink => Attribute::SlowBlink,
            Effect::Italic => Attribute::Italic,
            Effect::Strikethrough => Attribute::CrossedOut,
            Effect::Underline => Attribute::Underlined,
        };
        self.queue(|out| queue!(out, SetAttribute(attribute)));
    }

    fn unset_effect(&self, effect: Effect) {
        let attribute = match effect {
            Effect::Simple => return,
            Effect::Dim | Effect::Bold => return self.set_intensity(effect, false),
            Effect::Reverse => Attribute::NoReverse,
            Effect::Blink => Attribute::NoBlink,
            Effect::Italic => Attribute::NoItalic,
            Effect::Strikethrough => Attribute::NotCrossedOut,
            Effect::Underline => Attribute::NoUnderline,
        };
        self.queue(|out| queue!(out, SetAttribute(attribute)));
    }

    fn is_persistent(&self) -> bool {
        true
    }

    fn name(&self) -> &str {
        "terminal"
    }
}

/// Columns and lines of the terminal.
pub(crate) fn size() -> (u16, u16) {
    terminal::size().unwrap_or((80, 24))
}

fn shown(colour: Color) -> Shown {
    let (base, is_light) = match colour {
        Color::TerminalDefault => return Shown::Reset,
        Color::Rgb(r, g, b) => return Shown::Rgb { r, g, b },
        Color::RgbLowRes(r, g, b) => return Shown::AnsiValue(16 + 36 * r.min(5) + 6 * g.min(5) + b.min(5)),
        Color::Dark(base) => (base, false),
        Color::Light(base) => (base, true),
    };
    match (base, is_light) {
        (BaseColor::Black, false) => Shown::Black,
        (BaseColor::Red, false) => Shown::DarkRed,
        (BaseColor::Green, false) => Shown::DarkGreen,
        (BaseColor::Yellow, false) => Shown::DarkYellow,
        (BaseColor::Blue, false) => Shown::DarkBlue,
        (BaseColor::Magenta, false) => Shown::DarkMagenta,
        (BaseColor::Cyan, false) => Shown::DarkCyan,
        (BaseColor::White, false) => Shown::Grey,
        (BaseColor::Black, true) => Shown::DarkGrey,
        (BaseColor::Red, true) => Shown::Red,
        (BaseColor::Green, true) => Shown::Green,
        (BaseColor::Yellow, true) => Shown::Yellow,
        (BaseColor::Blue, true) => Shown::Blue,
        (BaseColor::Magenta, true) => Shown::Magenta,
        (BaseColor::Cyan, true) => Shown::Cyan,
        (BaseColor::White, true) => Shown::White,
    }
}

/// What arrived, as the screen library has it. Pasted text has no event there: it travels as unknown bytes.
fn understood(arrived: Arrived) -> Option<Event> {
    match arrived {
        Arrived::Key(key) if key.kind != KeyEventKind::Release => of_key(key),
        Arrived::Paste(text) => Some(Event::Unknown(text.into_bytes())),
        Arrived::Resize(..) => Some(Event::WindowResize),
        Arrived::Mouse(mouse) => {
            let event = match mouse.kind {
                MouseEventKind::Down(MouseButton::Left) => MouseEvent::Press(Button::Left),
                MouseEventKind::ScrollUp => MouseEvent::WheelUp,
                MouseEventKind::ScrollDown => MouseEvent::WheelDown,
                _ => return None,
            };
            Some(Event::Mouse {
                offset: Vec2::zero(),
                position: Vec2::from((mouse.column, mouse.row)),
                event,
            })
        }
        _ => None,
    }
}

fn of_key(key: KeyEvent) -> Option<Event> {
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    let shift = key.modifiers.contains(KeyModifiers::SHIFT);
    let named = match key.code {
        KeyCode::Char(c) if ctrl => return Some(Event::CtrlChar(c)),
        KeyCode::Char(c) if alt => return Some(Event::AltChar(c)),
        KeyCode::Char(c) => return Some(Event::Char(c)),
        // It comes without Shift.
        KeyCode::BackTab => return Some(Event::Shift(Key::Tab)),
        KeyCode::Esc => Key::Esc,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Delete => Key::Del,
        KeyCode::Insert => Key::Ins,
        KeyCode::Enter => Key::Enter,
        KeyCode::Tab => Key::Tab,
        KeyCode::F(number @ 1..=12) => Key::from_f(number),
        _ => return None,
    };
    Some(match (ctrl, alt, shift) {
        (false, false, false) => Event::Key(named),
        (false, false, true) => Event::Shift(named),
        (false, true, false) => Event::Alt(named),
        (false, true, true) => Event::AltShift(named),
        (true, false, false) => Event::Ctrl(named),
        (true, false, true) => Event::CtrlShift(named),
        (true, true, _) => Event::CtrlAlt(named),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_bold_leaves_dim_and_the_other_way_round() {
        let begun = Intensity::default().with(Effect::Bold, true).with(Effect::Dim, true);
        let attributes = |of: Intensity| of.attributes().collect::<Vec<_>>();
        assert_eq!(attributes(begun.with(Effect::Bold, false)), [Attribute::NormalIntensity, Attribute::Dim]);
        assert_eq!(attributes(begun.with(Effect::Dim, false)), [Attribute::NormalIntensity, Attribute::Bold]);
        assert_eq!(begun.with(Effect::Italic, false), begun);
    }

    #[test]
    fn pasted_text_is_no_key() {
        assert_eq!(understood(Arrived::Paste("dd".into())), Some(Event::Unknown(b"dd".to_vec())));
    }

    #[test]
    fn modifiers_are_kept() {
        let key = |code, modifiers| understood(Arrived::Key(KeyEvent::new(code, modifiers)));
        assert_eq!(key(KeyCode::Char('d'), KeyModifiers::CONTROL), Some(Event::CtrlChar('d')));
        assert_eq!(key(KeyCode::Char('G'), KeyModifiers::SHIFT), Some(Event::Char('G')));
        assert_eq!(key(KeyCode::BackTab, KeyModifiers::SHIFT), Some(Event::Shift(Key::Tab)));
        assert_eq!(key(KeyCode::Up, KeyModifiers::ALT), Some(Event::Alt(Key::Up)));
    }
}
