//! IO: notifications on the person's desktop.

use std::sync::atomic::{AtomicBool, Ordering};

use notify_rust::Notification;

/// Something to be told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// In a few words.
    pub summary: String,
    /// What else there is to say; may be empty.
    pub body: String,
}

/// Tells the person something. It may block for as long as the desktop takes.
pub trait Notifier: Send + Sync {
    /// Shows a notice. That it could not be shown is for the log.
    fn show(&self, notice: &Notice);
}

/// The desktop's own notifications: over D-Bus where there is one.
#[derive(Debug, Default)]
pub struct Desktop {
    has_failed: AtomicBool,
}

impl Notifier for Desktop {
    fn show(&self, notice: &Notice) {
        let shown = Notification::new()
            .appname("heph")
            .summary(&notice.summary)
            .body(&escaped(&notice.body))
            .icon("appointment-soon")
            .show();
        match shown {
            Ok(_) => self.has_failed.store(false, Ordering::Relaxed),
            // Machines without a desktop are many: one line says it, not one a reminder.
            Err(error) if !self.has_failed.swap(true, Ordering::Relaxed) => {
                tracing::warn!(%error, "reminders cannot be shown: no notification server answers; clients are still told");
            }
            Err(_) => {}
        }
    }
}

/// A text for servers that read markup in bodies.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_title_is_no_markup() {
        assert_eq!(super::escaped("a <b> & c"), "a &lt;b&gt; &amp; c");
    }
}
