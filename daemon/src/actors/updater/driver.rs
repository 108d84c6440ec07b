//! Looks for releases when it is time or somebody asks, and updates.

use std::sync::Arc;
use std::time::Duration;

use heph_protocol::{ErrorCode, WireError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::standing::Standing;
use crate::actors::lifecycle::{StopHandle, StopReason};
use crate::config::Config;
use crate::domain::update::{Choice, Offered, Phase, Poll, first_poll, next_poll};
use crate::environment::Environment;
use crate::update::round::{Round, RoundError};

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// Look whether there is a newer release.
    Look,
    /// Update to it.
    Update,
}

/// What somebody asks for, and where the answer goes.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) task: Task,
    pub(super) reply: oneshot::Sender<Result<(), WireError>>,
}

/// Whether the daemon goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    GoOn,
    HandOff,
}

/// Does it.
pub(super) struct Driver {
    pub(super) config: Arc<Config>,
    pub(super) round: Round,
    pub(super) standing: watch::Sender<Standing>,
    pub(super) environment: Environment,
    pub(super) stop: StopHandle,
}

impl Driver {
    /// Works until the daemon ends, or hands over to a new version.
    pub(super) async fn run(self, mut commands: mpsc::Receiver<Command>, ends: CancellationToken) {
        let worked = tokio::select! {
            then = self.work(&mut commands) => then,
            () = ends.cancelled() => Then::GoOn,
        };
        match worked {
            Then::HandOff => {
                tracing::info!("handing over to the new version");
                self.note(|standing| standing.phase = Phase::HandingOff);
                self.stop.stop(StopReason::Update);
            }
            Then::GoOn => self.round.cut_off(),
        }
    }

    async fn work(&self, commands: &mut mpsc::Receiver<Command>) -> Then {
        let mut failures = 0;
        let mut wait = self.wait(None);
        loop {
            let asked = tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => Some(command),
                    None => return std::future::pending().await,
                },
                () = self.due(wait) => None,
            };
            let task = asked.as_ref().map_or(Task::Update, |command| command.task);
            let done = self.round(task, asked.is_some()).await;
            let poll = match &done {
                Err(RoundError::Forge(_)) => {
                    failures += 1;
                    Poll::Failed(failures)
                }
                _ => {
                    failures = 0;
                    Poll::Answered
                }
            };
            wait = self.wait(Some(poll));
            let then = self.tell(done, asked);
            if then == Then::HandOff {
                return then;
            }
        }
    }

    /// Notes what came of a round, and answers who asked for it.
    fn tell(&self, done: Result<Then, RoundError>, asked: Option<Command>) -> Then {
        let answer = match &done {
            Ok(_) => Ok(()),
            Err(error) => {
                tracing::warn!(%error, "no update");
                self.note(|standing| {
                    standing.phase = if standing.phase > Phase::Found { Phase::Refused } else { Phase::Idle };
                    standing.problem = Some(error.to_string());
                    standing.detail.clear();
                });
                Err(wire(error))
            }
        };
        if let Some(command) = asked {
            // Who asked may have gone.
            let _ = command.reply.send(answer);
        }
        done.unwrap_or(Then::GoOn)
    }

    /// How long until the forge is asked; for ever where nobody wants it, and then no randomness is taken.
    fn wait(&self, poll: Option<Poll>) -> Option<Duration> {
        let update = &self.config.update;
        update.is_on.then(|| match poll {
            None => first_poll(update.interval, self.random()),
            Some(poll) => next_poll(poll, update.interval, self.random()),
        })
    }

    /// Waits until the forge is to be asked.
    async fn due(&self, wait: Option<Duration>) {
        let Some(wait) = wait else { return std::future::pending().await };
        let at = self.environment.clock.now().checked_add(wait).ok();
        self.note(|standing| standing.next_check_at = at);
        sleep(wait).await;
    }

    async fn round(&self, task: Task, by_hand: bool) -> Result<Then, RoundError> {
        self.note(|standing| {
            standing.phase = Phase::Polling;
            standing.problem = None;
            standing.detail = "asking the forge".to_owned();
        });
        let choice = self.round.look(by_hand).await?;
        let now = self.environment.clock.now();
        self.note(|standing| {
            standing.checked_at = Some(now);
            standing.detail.clear();
        });
        match choice {
            Choice::Stay => {
                self.note(|standing| {
                    standing.phase = Phase::Idle;
                    standing.release = None;
                });
                Ok(Then::GoOn)
            }
            Choice::Avoid { version, reason } => {
                self.note(|standing| {
                    standing.phase = Phase::Refused;
                    standing.release = Some(version.clone());
                    standing.problem = Some(reason);
                });
                Ok(Then::GoOn)
            }
            Choice::Take(release) => self.take(task, release).await,
        }
    }

    async fn take(&self, task: Task, release: Offered) -> Result<Then, RoundError> {
        tracing::info!(release = %release.version, "there is a newer release");
        self.note(|standing| {
            standing.phase = Phase::Found;
            standing.release = Some(release.version.clone());
        });
        self.round.check_ours()?;
        if task == Task::Look {
            // It is there for who asks; nothing is under way.
            self.note(|standing| standing.phase = Phase::Idle);
            return Ok(Then::GoOn);
        }
        let mut said = |phase: Phase, detail: &str| {
            self.note(|standing| {
                standing.phase = phase;
                detail.clone_into(&mut standing.detail);
            });
        };
        self.round.take(&release, &mut said).await?;
        Ok(Then::HandOff)
    }

    fn note(&self, change: impl FnOnce(&mut Standing)) {
        self.standing.send_modify(change);
    }

    fn random(&self) -> u64 {
        let mut bytes = [0; 8];
        self.environment.entropy.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}

/// Why there was no update, for who asked for one.
fn wire(error: &RoundError) -> WireError {
    let hint = match error {
        RoundError::Build(_) | RoundError::Verify(_) | RoundError::Asset(_) => {
            "the version that runs goes on; heph daemon logs has more"
        }
        _ => "the version that runs goes on",
    };
    WireError::new(ErrorCode::Refused, error.to_string()).hint(hint)
}
