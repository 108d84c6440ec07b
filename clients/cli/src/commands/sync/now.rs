//! `heph sync now`

use heph_protocol::request::SyncNow;

use crate::output::Outcome;
use crate::output::progress::{Progress, Unit};
use crate::session::Session;

/// Syncs, and tells what came of it.
pub(super) fn run(session: &mut Session) -> Outcome {
    let status = {
        let progress = Progress::new(&session.out, "syncing", Unit::Steps, 0);
        session.call_long(&SyncNow {}, &mut |news| progress.of_daemon(&news))?
    };
    super::settled(session, &status)
}
