//! A daemon that does not answer: seen by how long calls wait, told by the loop that has the clock.

use std::time::Duration;

use super::{Action, Effect, Link, Model, Purpose};

/// After so long a call that waits is shown.
pub(crate) const SHOWN_AFTER: Duration = Duration::from_millis(300);

/// After so long without an answer the daemon is said not to answer.
pub(crate) const SAID_AFTER: Duration = Duration::from_secs(3);

/// How long no call was answered while one waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Silence {
    /// Nothing waits, or not for long.
    #[default]
    None,
    /// Long enough to be shown.
    Waits,
    /// So long that the daemon does not answer.
    Silent,
}

impl Silence {
    /// What so long a silence is.
    pub(crate) fn after(silent: Duration) -> Self {
        match silent {
            silent if silent >= SAID_AFTER => Self::Silent,
            silent if silent >= SHOWN_AFTER => Self::Waits,
            _ => Self::None,
        }
    }

    /// How much longer until it is the next worse one.
    pub(crate) fn until_worse(silent: Duration) -> Option<Duration> {
        [SHOWN_AFTER, SAID_AFTER].into_iter().find(|limit| *limit > silent).map(|limit| limit - silent)
    }
}

impl Model {
    /// How many calls wait for an answer, but for those that may take long.
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// Notes that the daemon does not answer, or that it does.
    pub(super) fn note_silence(&mut self, action: &Action) {
        match action {
            Action::Silence(silence) => self.silence = self.silence.max(*silence),
            Action::Answered(purpose, answer) => {
                if !is_long(purpose) {
                    self.waiting = self.waiting.saturating_sub(1);
                }
                match answer {
                    Err(problem) if problem.is_late => {
                        self.silence = Silence::Silent;
                        // What is shown is asked for again, so that it is seen when the daemon answers; each time its
                        // whole deadline long.
                        self.expire(|_| true);
                    }
                    Ok(_) | Err(_) => self.answers_again(),
                }
            }
            Action::Connected { .. } | Action::Changed { .. } | Action::Sync(_) | Action::Reminder(_) => {
                self.answers_again();
            }
            Action::Away(_) => self.silence = Silence::None,
            _ => {}
        }
    }

    fn answers_again(&mut self) {
        if std::mem::take(&mut self.silence) == Silence::Silent {
            // What could not be read meanwhile is read now.
            self.expire(|_| true);
        }
    }

    /// Counts the calls that are to be made.
    pub(super) fn count_calls(&mut self, effects: &[Effect]) {
        let is_call = |effect: &&Effect| matches!(effect, Effect::Call(_, call) if !call.is_long());
        self.waiting += effects.iter().filter(is_call).count();
    }

    /// Whether a bar stands below the views.
    pub fn has_bar(&self) -> bool {
        matches!(self.link, Link::Away(_)) || self.silence == Silence::Silent
    }
}

/// Whether the answer is one that may have taken long.
fn is_long(purpose: &Purpose) -> bool {
    matches!(purpose, Purpose::Change(super::SYNCED))
}
