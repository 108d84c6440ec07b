//! The way from the daemon to its hub, as `heph doctor` shows it.

use heph_protocol::request::{SyncCheck, SyncStatus};
use heph_protocol::types::CheckStep;
use heph_protocol::{ErrorCode, response};

use super::{Check, Verdict};
use crate::error::Failure;
use crate::output::sync;
use crate::session::Session;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// A line each.
    pub(super) checks: Vec<Check>,
    /// The steps as the daemon tells them, where it has a hub.
    pub(super) steps: Option<Vec<CheckStep>>,
}

impl Found {
    fn only(check: Check) -> Self {
        Self { checks: vec![check], steps: None }
    }
}

/// Has the daemon try the way to its hub, if it has one.
pub(super) fn look(session: &Session) -> Found {
    let mut client = session.quiet_client();
    let status = match client.call(&SyncStatus {}) {
        Ok(status) => status,
        // A daemon of before there was sync, or a hub itself.
        Err(heph_client::ClientError::Daemon(error)) if error.code == ErrorCode::Unsupported => {
            return Found::default();
        }
        Err(error) => return Found::only(failed(error.into())),
    };
    let Some(hub) = &status.hub else {
        return Found::only(Check::new("hub", Verdict::Ok, "no hub (optional)"));
    };
    let steps = match client.call(&SyncCheck {}) {
        Ok(checked) => checked.steps,
        Err(error) => return Found::only(failed(error.into())),
    };
    let mut checks = vec![Check::new("hub", Verdict::Ok, hub)];
    checks.extend(steps.iter().map(step));
    checks.extend(standing(&status));
    Found { checks, steps: Some(steps) }
}

fn failed(failure: Failure) -> Check {
    match failure {
        Failure::Problem(problem) => {
            let check = Check::new("hub", Verdict::Warn, problem.message);
            Check { hint: problem.hint, ..check }
        }
        Failure::ClosedPipe | Failure::Told(_) => Check::new("hub", Verdict::Warn, "it cannot be asked for"),
    }
}

fn step(step: &CheckStep) -> Check {
    let verdict = if step.ok { Verdict::Ok } else { Verdict::Fail };
    let found = match step.message.is_empty() {
        true => step.name.clone(),
        false => format!("{}: {}", step.name, step.message),
    };
    let check = Check::new("hub", verdict, found);
    // A step that went well needs no advice.
    Check { hint: step.hint.clone().filter(|_| !step.ok), ..check }
}

/// What a person should know of sync although the way is open.
fn standing(status: &response::SyncStatus) -> Vec<Check> {
    let parked = status.parked.len() as u64;
    let warn = |found: String| Check::new("sync", Verdict::Warn, found);
    let of_others = format!("{} of other machines could not be taken in", sync::changes(status.unfit));
    [
        (parked > 0).then(|| {
            warn(format!("the hub refuses {}", sync::changes(parked))).hint("heph sync names them and why")
        }),
        (status.unfit > 0)
            .then(|| warn(of_others).hint("they are kept as they came; a newer hephd may understand them")),
        sync::clock_says(status.clock_ahead_s).map(warn),
    ]
    .into_iter()
    .flatten()
    .collect()
}
