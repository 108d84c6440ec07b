//! The one view of the screen library: it paints the model's frame and hands keys to the model.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cursive::event::{Event, EventResult, MouseButton, MouseEvent};
use cursive::theme::{BorderStyle, Color, Effect, Palette, PaletteColor, Theme as ScreenTheme};
use cursive::view::View;
use cursive::{Cursive, Printer, Vec2};

use crate::key::Key;
use crate::model::{Action, Effect as Wanted, Model, Mouse};
use crate::text::width;
use crate::theme::Theme;
use crate::views;

/// The model, and what it wants done that is not done yet.
#[derive(Debug)]
pub struct App {
    /// The model.
    pub model: Model,
    /// What it wants done, oldest first.
    pub wanted: Vec<Wanted>,
    /// How it looks.
    pub theme: Theme,
}

/// The application, shared by the view and the loop around it; both are on one thread.
pub type Shared = Arc<Mutex<App>>;

/// The application. A panic ends the program, so nobody finds it half changed.
pub fn lock(shared: &Shared) -> MutexGuard<'_, App> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl App {
    /// Takes in what happened.
    pub fn update(&mut self, action: Action) {
        let wanted = self.model.update(action);
        self.wanted.extend(wanted);
    }
}

/// A screen with the one view on it.
pub fn screen(shared: &Shared) -> Cursive {
    let mut cursive = Cursive::new();
    // The terminal's own colours below everything.
    let mut palette = Palette::terminal_default();
    palette[PaletteColor::Background] = Color::TerminalDefault;
    palette[PaletteColor::View] = Color::TerminalDefault;
    cursive.set_theme(ScreenTheme { shadow: false, borders: BorderStyle::None, palette });
    cursive.clear_all_global_callbacks();
    cursive.add_fullscreen_layer(Root { shared: Arc::clone(shared) });
    cursive
}

struct Root {
    shared: Shared,
}

impl View for Root {
    fn layout(&mut self, size: Vec2) {
        let [columns, lines] = [size.x, size.y].map(|cells| u16::try_from(cells).unwrap_or(u16::MAX));
        let mut app = lock(&self.shared);
        if app.model.size != (columns, lines) {
            app.update(Action::Resize(columns, lines));
        }
    }

    fn required_size(&mut self, constraint: Vec2) -> Vec2 {
        constraint
    }

    fn draw(&self, printer: &Printer<'_, '_>) {
        let app = lock(&self.shared);
        let frame = views::frame(&app.model);
        for (y, line) in frame.lines.iter().enumerate() {
            let mut x = 0;
            for span in &line.spans {
                let style = app.theme.style(span.role, span.effects, line.whole);
                printer.with_style(style, |printer| printer.print((x, y), &span.text));
                x += width(&span.text);
            }
            if line.whole.is_some() && x < printer.size.x {
                let style = app.theme.style(Default::default(), Default::default(), line.whole);
                printer.with_style(style, |printer| printer.print_hline((x, y), printer.size.x - x, " "));
            }
        }
        if let Some((x, y)) = frame.cursor {
            printer.on_window(|window| {
                if let Some(style) = window.style_at_mut((x, y)) {
                    style.effects ^= Effect::Reverse;
                }
            });
        }
    }

    fn on_event(&mut self, event: Event) -> EventResult {
        let mut app = lock(&self.shared);
        if let Some(key) = Key::from_event(&event) {
            app.update(Action::Key(key));
            return EventResult::consumed();
        }
        match event {
            Event::Unknown(bytes) => app.update(Action::Paste(String::from_utf8_lossy(&bytes).into_owned())),
            Event::Mouse { event, position, .. } => {
                let mouse = match event {
                    MouseEvent::Press(MouseButton::Left) => Mouse::Press,
                    MouseEvent::WheelUp => Mouse::WheelUp,
                    MouseEvent::WheelDown => Mouse::WheelDown,
                    _ => return EventResult::Ignored,
                };
                let [column, line] =
                    [position.x, position.y].map(|cell| u16::try_from(cell).unwrap_or(u16::MAX));
                app.update(Action::Mouse(mouse, column, line));
            }
            _ => return EventResult::Ignored,
        }
        EventResult::consumed()
    }
}
