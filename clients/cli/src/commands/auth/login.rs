//! `heph auth login`

use heph_protocol::request::{AuthLogin, AuthWait};
use heph_protocol::response::LoginBegun;

use super::status;
use crate::error::{Exit, Failure};
use crate::output::progress::{Progress, Unit};
use crate::output::style::HEADING;
use crate::output::{Document, Line, Outcome, when};
use crate::session::Session;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Show the code and leave; the daemon goes on waiting
    #[arg(long)]
    no_wait: bool,
}

/// Shows the code, and waits until the login is granted or denied. Ctrl-C ends the waiting.
pub(super) fn run(arguments: &Arguments, session: &mut Session) -> Outcome {
    let begun = session.call_long(&AuthLogin {}, &mut |_| {})?;
    if arguments.no_wait {
        if session.out.is_json() {
            return session.out.document(&Document::new("login", &begun));
        }
        show(session, &begun)?;
        session.out.note("heph auth status tells whether it was granted");
        return Ok(());
    }
    if session.out.is_json() {
        // The one document is who is logged in; the code has to reach a person before.
        let wanted = begun.verification_uri_complete.as_ref().unwrap_or(&begun.verification_uri);
        session.out.hint(&format!("open {wanted} and enter {}", begun.user_code));
    } else {
        show(session, &begun)?;
    }
    session.out.flush()?;
    let granted = {
        let progress = Progress::new(&session.out, "waiting for the login", Unit::Steps, 0);
        session.call_long(&AuthWait {}, &mut |news| progress.of_daemon(&news))?
    };
    if !granted.logged_in {
        let said = granted.problem.unwrap_or_else(|| "the login was not granted".to_owned());
        return Err(Failure::new(Exit::Unauthenticated, said).hint("try again: heph auth login"));
    }
    if session.out.is_json() {
        return session.out.document(&Document::new("auth", &granted));
    }
    status::print(&mut session.out, &granted)?;
    session.out.note("sync begins now: heph sync tells how it stands");
    Ok(())
}

fn show(session: &mut Session, begun: &LoginBegun) -> Outcome {
    let out = &mut session.out;
    out.line(Line::new().plain("open   ").plain(&begun.verification_uri))?;
    out.line(Line::new().plain("enter  ").styled(HEADING, &begun.user_code))?;
    if let Some(complete) = &begun.verification_uri_complete {
        out.line(Line::new().plain("or     ").plain(complete))?;
    }
    out.note(&format!(
        "any browser will do, on another machine too, until {}",
        when::instant(&begun.expires_at)
    ));
    Ok(())
}
