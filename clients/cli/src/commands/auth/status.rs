//! `heph auth status`, `heph auth logout`

use heph_protocol::request;
use heph_protocol::response::AuthStatus;

use crate::error::{Exit, Failure};
use crate::output::style::{GOOD, WARNING};
use crate::output::{Document, Line, Outcome, Output, when};
use crate::session::Session;

/// Tells who is logged in; fails where nobody is.
pub(super) fn run(session: &mut Session) -> Outcome {
    let status = session.call(&request::AuthStatus {})?;
    let out = &mut session.out;
    if out.is_json() {
        out.document(&Document::new("auth", &status))?;
    } else {
        print(out, &status)?;
    }
    if status.logged_in {
        return Ok(());
    }
    if !out.is_json() && (status.issuer.is_some() || status.problem.is_none()) {
        out.hint("log in with: heph auth login");
    }
    Err(Failure::Told(Exit::Unauthenticated))
}

/// Ends the login.
pub(super) fn logout(session: &mut Session) -> Outcome {
    let status = session.call_long(&request::AuthLogout {}, &mut |_| {})?;
    let out = &mut session.out;
    if out.is_json() {
        return out.document(&Document::new("auth", &status));
    }
    if status.logged_in {
        // A hub on this machine takes a token from a file; there is nobody to log out.
        return print(out, &status);
    }
    out.line("logged out")?;
    if let Some(problem) = &status.problem {
        out.warn(problem);
    }
    out.note("the store stays as it is, and what is written now waits for the next login");
    Ok(())
}

/// Who is logged in, in a line or two.
pub(super) fn print(out: &mut Output, status: &AuthStatus) -> Outcome {
    let who = match (&status.subject, &status.issuer) {
        _ if !status.logged_in => return nobody(out, status),
        (_, None) => return out.line("this hub needs no login"),
        (Some(subject), Some(issuer)) => format!(" as {subject} at {issuer}"),
        (None, Some(issuer)) => format!(" at {issuer}"),
    };
    out.line(Line::new().styled(GOOD, "logged in").plain(who))?;
    match (&status.problem, &status.expires_at) {
        (Some(problem), _) => out.line(Line::new().styled(WARNING, problem)),
        (None, Some(at)) => {
            out.note(&format!("the token counts until {}, and is renewed by itself", when::instant(at)));
            Ok(())
        }
        (None, None) => Ok(()),
    }
}

fn nobody(out: &mut Output, status: &AuthStatus) -> Outcome {
    let problem = status.problem.as_ref().map(|problem| format!(": {problem}"));
    out.line(Line::new().styled(WARNING, "not logged in").plain(problem.unwrap_or_default()))
}
