//! `heph sync retry`, `heph sync discard`: what becomes of changes that the hub refuses.

use heph_protocol::request::{SyncDiscard, SyncRetry, SyncStatus};

use crate::output::progress::{Progress, Unit};
use crate::output::{Document, Outcome, sync};
use crate::session::Session;

/// Offers them again.
pub(super) fn retry(session: &mut Session) -> Outcome {
    let status = {
        let progress = Progress::new(&session.out, "sending", Unit::Steps, 0);
        session.call_long(&SyncRetry {}, &mut |news| progress.of_daemon(&news))?
    };
    let settled = super::settled(session, &status);
    if status.parked.is_empty() {
        return settled;
    }
    settled
        .map_err(|failure| failure.hint_instead("change what is refused, or give it up: heph sync discard"))
}

/// Says what will be given up, asks, and gives it up.
pub(super) fn discard(session: &mut Session) -> Outcome {
    let before = session.call(&SyncStatus {})?;
    let count = before.parked.len() as u64;
    if count == 0 {
        if session.out.is_json() {
            return session.out.document(&Document::new("sync", &before).with("discarded", &0));
        }
        session.out.note("the hub refuses nothing: there is nothing to give up");
        return Ok(());
    }
    if !session.out.is_json() {
        sync::parked(&mut session.out, &before.parked)?;
    }
    session.confirm(&format!("give up {} and take what the hub has", sync::changes(count)))?;
    let after = {
        let progress = Progress::new(&session.out, "giving up", Unit::Steps, 0);
        session.call_long(&SyncDiscard {}, &mut |news| progress.of_daemon(&news))?
    };
    let gone = count.saturating_sub(after.parked.len() as u64);
    if session.out.is_json() {
        return session.out.document(&Document::new("sync", &after).with("discarded", &gone));
    }
    session.out.line(format!("gave up {}", sync::changes(gone)))
}
