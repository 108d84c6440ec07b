//! What went wrong, the code it leaves with, and the words and JSON that tell it.

use std::io;

use heph_client::ClientError;
use heph_protocol::error::{ErrorCode, ErrorData, Span, WireError};
use heph_terminal::editor::{Draft, EditorError, EditorProblem};
use heph_terminal::text::system_words;
use serde_json::{Value, json};

use crate::output::text::{clean, width};

/// Exit codes of `heph`, as the reference lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(crate) enum Exit {
    /// A fault while running.
    Runtime = 1,
    /// The command line, a filter or a date cannot be understood.
    Usage = 2,
    /// Nothing answers to a reference.
    NotFound = 3,
    /// Several things answer to a reference.
    Ambiguous = 4,
    /// Understood, but a rule forbids it.
    Refused = 5,
    /// The thing changed meanwhile.
    Conflict = 6,
    /// No daemon answers.
    Unreachable = 69,
    /// A fault of heph itself.
    Internal = 70,
    /// Try again later.
    Busy = 75,
    /// Log in first.
    Unauthenticated = 77,
    /// This version, or this daemon, does not do that.
    Unsupported = 78,
    /// The user stopped it.
    Interrupted = 130,
}

impl Exit {
    /// The code's name in JSON errors.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Runtime => "runtime",
            Self::Usage => "invalid",
            Self::NotFound => "not_found",
            Self::Ambiguous => "ambiguous",
            Self::Refused => "refused",
            Self::Conflict => "conflict",
            Self::Unreachable => "unreachable",
            Self::Internal => "internal",
            Self::Busy => "busy",
            Self::Unauthenticated => "unauthenticated",
            Self::Unsupported => "unsupported",
            Self::Interrupted => "interrupted",
        }
    }

    fn of(code: ErrorCode) -> Self {
        match code {
            ErrorCode::NotFound => Self::NotFound,
            ErrorCode::Ambiguous => Self::Ambiguous,
            ErrorCode::Invalid => Self::Usage,
            ErrorCode::Conflict => Self::Conflict,
            ErrorCode::Refused => Self::Refused,
            ErrorCode::Busy => Self::Busy,
            ErrorCode::Unauthenticated => Self::Unauthenticated,
            ErrorCode::Unsupported => Self::Unsupported,
            ErrorCode::Internal => Self::Internal,
        }
    }
}

/// What went wrong, in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The code the program leaves with.
    pub(crate) exit: Exit,
    /// What happened, in one sentence without a full stop.
    pub(crate) message: String,
    /// What to do next.
    pub(crate) hint: Option<String>,
    /// Candidates and places in a text.
    pub(crate) data: Option<ErrorData>,
}

/// Why a command did not end well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The reader of standard output went away, which is success.
    ClosedPipe,
    /// It was said already; only the exit code is left.
    Told(Exit),
    /// To be reported.
    Problem(Box<Problem>),
}

impl Failure {
    /// A problem without a hint.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self::Problem(Box::new(Problem { exit, message: message.into(), hint: None, data: None }))
    }

    /// Says what to do next, unless that is said already.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Self::Problem(problem) = &mut self
            && problem.hint.is_none()
        {
            problem.hint = Some(hint.into());
        }
        self
    }

    /// Says what to do, whatever was said before.
    #[must_use]
    pub(crate) fn hint_instead(mut self, hint: impl Into<String>) -> Self {
        if let Self::Problem(problem) = &mut self {
            problem.hint = Some(hint.into());
        }
        self
    }

    /// Says what to do first, before what is said already.
    #[must_use]
    pub(crate) fn hint_first(mut self, hint: impl Into<String>) -> Self {
        if let Self::Problem(problem) = &mut self {
            let mut first = hint.into();
            if let Some(rest) = problem.hint.take() {
                first.push_str("; ");
                first.push_str(&rest);
            }
            problem.hint = Some(first);
        }
        self
    }

    /// Keeps what was typed in its file, and says first where that is.
    #[must_use]
    pub(crate) fn keeping(self, draft: Draft) -> Self {
        self.hint_first(draft.keep())
    }

    /// The command line cannot be understood.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// A file or program of the user's did not do as wanted.
    pub(crate) fn io(what: impl std::fmt::Display, error: &io::Error) -> Self {
        Self::new(Exit::Runtime, format!("{what}: {}", system_words(error)))
    }

    /// Standard output could not be written.
    pub(crate) fn output(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::ClosedPipe;
        }
        Self::io("cannot write standard output", &error)
    }

    /// The exit code, `None` for success.
    pub(crate) fn exit(&self) -> Option<Exit> {
        match self {
            Self::ClosedPipe => None,
            Self::Told(exit) => Some(*exit),
            Self::Problem(problem) => Some(problem.exit),
        }
    }
}

impl From<WireError> for Failure {
    fn from(error: WireError) -> Self {
        Self::Problem(Box::new(Problem {
            exit: Exit::of(error.code),
            message: error.message,
            hint: error.hint,
            data: error.data,
        }))
    }
}

impl From<EditorError> for Failure {
    fn from(error: EditorError) -> Self {
        let exit = match error.problem {
            EditorProblem::NotUtf8 => Exit::Usage,
            EditorProblem::Stopped(_) => Exit::Interrupted,
            _ => Exit::Runtime,
        };
        let hint = error.hint();
        Self::Problem(Box::new(Problem { exit, message: error.to_string(), hint, data: None }))
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let exit = match &error {
            ClientError::NotRunning { .. }
            | ClientError::StaleSocket { .. }
            | ClientError::Timeout { .. }
            | ClientError::Closed
            | ClientError::Io(_) => Exit::Unreachable,
            ClientError::Protocol(_) => Exit::Internal,
            ClientError::Daemon(wire) => return wire.clone().into(),
            // A mutation whose outcome is not known, and what later versions of the client may add.
            _ => Exit::Runtime,
        };
        let hint = error.hint();
        Self::Problem(Box::new(Problem { exit, message: error.to_string(), hint, data: None }))
    }
}

impl Problem {
    /// The JSON form.
    pub(crate) fn to_json(&self) -> Value {
        let mut error = json!({ "code": self.exit.name(), "message": self.message, "hint": self.hint });
        if let (Some(data), Some(map)) = (&self.data, error.as_object_mut()) {
            if !data.candidates.is_empty() {
                map.insert("candidates".to_owned(), json!(data.candidates));
            }
            if let Some(span) = &data.span {
                map.insert("span".to_owned(), json!(span));
            }
            if let Some(request) = &data.request_id {
                map.insert("request_id".to_owned(), json!(request));
            }
        }
        json!({ "error": error })
    }

    /// Lines between the message and the hint: the place in the text, the candidates.
    pub(crate) fn details(&self) -> Vec<String> {
        let Some(data) = &self.data else { return Vec::new() };
        let mut lines = data.span.as_ref().map(underline).unwrap_or_default();
        for node in &data.candidates {
            let folder = node.folder.as_ref().map(|folder| format!("{folder}/")).unwrap_or_default();
            lines.push(clean(&format!("  {}  {folder}{}", node.short, node.title)).into_owned());
        }
        if let Some(request) = &data.request_id {
            lines.push(
                clean(&format!("  the daemon's log has the cause under request {request}")).into_owned(),
            );
        }
        lines
    }
}

/// Characters shown of a text with a mistake in it.
const SHOWN_TEXT: u32 = 100;

/// Characters shown before the mistake when not all are.
const SHOWN_BEFORE: u32 = 40;

/// The text and below it a line that marks the place.
fn underline(span: &Span) -> Vec<String> {
    let at = |from: u32, to: u32| -> String {
        let count = to.saturating_sub(from);
        span.text.chars().skip(from as usize).take(count as usize).collect()
    };
    let (from, to) = window(span);
    let end = span.end.min(to);
    let lead = if from > 0 { "…" } else { "" };
    let tail = if (to as usize) < span.text.chars().count() { "…" } else { "" };
    let before = width(lead) + width(&clean(&at(from, span.start)));
    let marked = width(&clean(&at(span.start, end))).max(1);
    vec![
        format!("  {lead}{}{tail}", clean(&at(from, to))),
        format!("  {}{}", " ".repeat(before), "^".repeat(marked)),
    ]
}

/// The part of a text that is shown, in characters: all of a short one, of a long one what is around the place.
fn window(span: &Span) -> (u32, u32) {
    let count = u32::try_from(span.text.chars().count()).unwrap_or(u32::MAX);
    if count <= SHOWN_TEXT {
        return (0, count.max(span.start));
    }
    let from = span.start.min(count).saturating_sub(SHOWN_BEFORE);
    (from, count.min(from.saturating_add(SHOWN_TEXT)))
}

#[cfg(test)]
mod tests {
    use heph_protocol::types::NodeRef;

    use super::*;

    fn problem(failure: Failure) -> Problem {
        match failure {
            Failure::Problem(problem) => *problem,
            other => panic!("{other:?} is no problem"),
        }
    }

    #[test]
    fn every_wire_code_has_its_exit_code() {
        for (code, exit) in [
            (ErrorCode::NotFound, 3),
            (ErrorCode::Ambiguous, 4),
            (ErrorCode::Invalid, 2),
            (ErrorCode::Conflict, 6),
            (ErrorCode::Refused, 5),
            (ErrorCode::Busy, 75),
            (ErrorCode::Unauthenticated, 77),
            (ErrorCode::Unsupported, 78),
            (ErrorCode::Internal, 70),
        ] {
            let problem = problem(WireError::new(code, "no").into());
            assert_eq!(problem.exit as u8, exit, "{code:?}");
            assert_eq!(json!(problem.exit.name()), json!(code));
        }
    }

    #[test]
    fn a_daemon_that_does_not_answer_is_69() {
        let socket = std::path::PathBuf::from("/nowhere");
        for error in [
            ClientError::NotRunning { socket: socket.clone() },
            ClientError::StaleSocket { socket },
            ClientError::Closed,
        ] {
            assert_eq!(problem(error.into()).exit as u8, 69);
        }
        assert_eq!(problem(ClientError::OutcomeUnknown.into()).exit as u8, 1);
        assert_eq!(problem(ClientError::Protocol("odd".into()).into()).exit as u8, 70);
    }

    #[test]
    fn a_closed_pipe_is_success() {
        assert_eq!(Failure::output(io::ErrorKind::BrokenPipe.into()).exit(), None);
        assert_eq!(Failure::output(io::ErrorKind::StorageFull.into()).exit(), Some(Exit::Runtime));
    }

    #[test]
    fn the_caret_stands_below_its_place_with_wide_characters_before_it() {
        let span = Span { text: "漢字 dew:fri".into(), start: 3, end: 6 };
        assert_eq!(underline(&span), ["  漢字 dew:fri", "       ^^^"]);
        let beyond = Span { text: "ab".into(), start: 9, end: 3 };
        assert_eq!(underline(&beyond), ["  ab", "    ^"]);
    }

    #[test]
    fn of_a_long_text_only_the_surroundings_of_the_place_are_shown() {
        let whole = Span { text: "a".repeat(10_000), start: 0, end: 10_000 };
        assert_eq!(underline(&whole), [format!("  {}…", "a".repeat(100)), format!("  {}", "^".repeat(100))]);
        let text = format!("{} due:x {}", "b".repeat(500), "c".repeat(500));
        let within = Span { text, start: 505, end: 506 };
        let [shown, carets] = &underline(&within)[..] else { panic!("two lines") };
        assert_eq!(
            shown.chars().position(|character| character == 'x'),
            carets.chars().position(|c| c == '^')
        );
        assert!(shown.starts_with("  …bbb") && shown.ends_with("ccc…"), "{shown}");
        let at_the_end = Span { text: "d".repeat(500), start: 500, end: 500 };
        assert_eq!(
            underline(&at_the_end),
            [format!("  …{}", "d".repeat(40)), format!("  {}^", " ".repeat(41))]
        );
    }

    #[test]
    fn candidates_are_listed_and_go_into_the_json() {
        let candidate = NodeRef { short: "7k3f".into(), title: "Call\u{1b}[2J".into(), ..NodeRef::default() };
        let data = ErrorData { candidates: vec![candidate], ..ErrorData::default() };
        let problem =
            problem(WireError::new(ErrorCode::Ambiguous, "2 nodes begin with 7k").data(data).into());
        assert_eq!(problem.details(), ["  7k3f  Call[2J"]);
        let json = problem.to_json();
        assert_eq!(json["error"]["code"], "ambiguous");
        assert_eq!(json["error"]["hint"], Value::Null);
        assert_eq!(json["error"]["candidates"][0]["short"], "7k3f");
    }

    #[test]
    fn a_second_hint_does_not_hide_the_first() {
        let failure = Failure::usage("no").hint("first").hint("second").hint_first("before");
        assert_eq!(problem(failure).hint.as_deref(), Some("before; first"));
    }
}
