//! How far long work is, on a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Output, stderr_is_terminal};

/// What a bar counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Bytes.
    Bytes,
    /// Steps of the daemon.
    Steps,
}

/// A bar on standard error; it draws nothing when nobody looks.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// A bar for work of a known length, or a spinner for 0.
    pub(crate) fn new(out: &Output, what: &'static str, unit: Unit, total: u64) -> Self {
        if out.look.quiet || !stderr_is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let template = match (total, unit) {
            (0, Unit::Bytes) => "{spinner} {prefix} {bytes}",
            (0, Unit::Steps) => "{spinner} {prefix} {wide_msg}",
            (_, Unit::Bytes) => "{prefix} {bar:30} {bytes}/{total_bytes}",
            (_, Unit::Steps) => "{prefix} {bar:30} {pos}/{len}",
        };
        let style = ProgressStyle::with_template(template).expect("the templates above are well formed");
        let bar = ProgressBar::with_draw_target((total > 0).then_some(total), ProgressDrawTarget::stderr());
        Self(bar.with_style(style).with_prefix(what))
    }

    /// So far it is.
    pub(crate) fn at(&self, done: u64) {
        self.0.set_position(done);
    }

    /// So far it is, by the daemon's count.
    pub(crate) fn of_daemon(&self, progress: &heph_protocol::event::Progress) {
        if progress.total > 0 {
            self.0.set_length(progress.total);
        }
        self.0.set_position(progress.done);
        if !progress.note.is_empty() {
            self.0.set_message(fit(&progress.note));
        }
        self.0.tick();
    }
}

/// A note without what would drive the terminal.
fn fit(note: &str) -> String {
    note.chars().filter(|c| !c.is_control()).collect()
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
