//! `heph sync status`

use heph_protocol::request::SyncStatus;
use jiff::Timestamp;

use crate::error::Failure;
use crate::output::{Document, Outcome, sync};
use crate::session::Session;

/// Tells how the store stands to its hub; fails when a person or time has to do something.
pub(super) fn run(session: &mut Session) -> Outcome {
    let status = session.call(&SyncStatus {})?;
    let out = &mut session.out;
    if out.is_json() {
        out.document(&Document::new("sync", &status))?;
    } else if out.look.quiet {
        out.line(sync::state(status.state))?;
    } else {
        sync::print(out, &status, Timestamp::now())?;
    }
    sync::exit(&status).map_or(Ok(()), |exit| Err(Failure::Told(exit)))
}
