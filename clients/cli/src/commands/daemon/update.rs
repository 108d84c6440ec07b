//! `heph daemon update`

use std::time::{Duration, Instant};

use heph_protocol::request::{UpdateCheck, UpdateRun, UpdateStatus};
use heph_protocol::response;

use crate::error::{Exit, Failure};
use crate::output::progress::{Progress, Unit};
use crate::output::style::GOOD;
use crate::output::{Document, Line, Outcome};
use crate::session::Session;

/// How long the new version may take until it is confirmed or taken back: it is started three times at most, and may have
/// to migrate a large store.
const SETTLED_WITHIN: Duration = Duration::from_secs(900);

/// Between two looks at how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Looks for a release, and updates to it unless it is only to be told.
pub(super) fn run(only_check: bool, session: &mut Session) -> Outcome {
    if only_check {
        let progress = Progress::new(&session.out, "asking the forge", Unit::Steps, 0);
        let status = session.call_long(&UpdateCheck {}, &mut |news| progress.of_daemon(&news))?;
        drop(progress);
        return told(&status, session);
    }
    let progress = Progress::new(&session.out, "updating", Unit::Steps, 0);
    let mut status = session.call_long(&UpdateRun {}, &mut |news| progress.of_daemon(&news))?;
    let before = status.running.clone();
    if matches!(status.phase.as_str(), "swapped" | "handing off") {
        status = settled(session)?;
    }
    drop(progress);
    if session.out.is_json() {
        return session.out.document(&Document::new("update", &status));
    }
    match (status.phase.as_str(), &status.release) {
        ("confirmed", Some(release)) if *release == status.running && status.running != before => {
            let line = Line::new().styled(GOOD, "updated").plain(format!(" from {before} to {release}"));
            session.out.line(line)
        }
        ("rolled back", Some(release)) => {
            let reason = status.problem.unwrap_or_else(|| "it did not start".to_owned());
            let failure = Failure::new(Exit::Runtime, format!("{release} was taken back: {reason}"));
            Err(failure.hint(format!("{} runs again; heph daemon logs has more", status.running)))
        }
        _ => told(&status, session),
    }
}

/// Waits until the new version is confirmed, or the old one is back.
fn settled(session: &mut Session) -> Outcome<response::UpdateStatus> {
    let began = Instant::now();
    loop {
        // It is away for a moment, and busy until it is confirmed.
        if let Ok(status) = session.quiet_client().call(&UpdateStatus {})
            && matches!(status.phase.as_str(), "confirmed" | "rolled back")
        {
            return Ok(status);
        }
        if began.elapsed() > SETTLED_WITHIN {
            return Err(Failure::new(Exit::Unreachable, "the new version is not confirmed yet")
                .hint("heph daemon status tells how far it is"));
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// Tells what there is.
fn told(status: &response::UpdateStatus, session: &mut Session) -> Outcome {
    if session.out.is_json() {
        return session.out.document(&Document::new("update", status));
    }
    let running = &status.running;
    match (status.phase.as_str(), &status.release) {
        ("idle", Some(release)) => {
            session.out.line(format!("{release} is there, {running} runs"))?;
            session.out.note("heph daemon update takes it");
            Ok(())
        }
        ("refused" | "rolled back", Some(release)) => {
            let reason = status.problem.as_deref().unwrap_or("it failed before");
            session.out.line(format!("{release} is there and not taken: {reason}"))?;
            session.out.note(&format!("{running} runs"));
            Ok(())
        }
        _ => session.out.line(format!("{running} is the newest release")),
    }
}
