//! `heph filter explain`: how a filter is understood.

use clap::{ArgMatches, Command};
use heph_protocol::request::FilterExplain;

use crate::args::{self, words};
use crate::error::Failure;
use crate::output::{Document, Outcome};
use crate::session::Session;
use crate::verbs::described;

const EXAMPLES: &str = "  heph filter explain '+home -errand due<fri'
  heph filter explain 'proj:Home/ or (p1 and is:overdue)'";

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The filter
    #[arg(required = true, num_args = 1.., value_name = "FILTER")]
    words: Vec<String>,
}

/// Its command line.
pub(crate) fn command() -> Command {
    described(Command::new("filter"), "Look into the filter language", EXAMPLES)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(args::command::<Arguments>(
            "explain",
            "Show how a filter is understood, dates resolved",
            EXAMPLES,
        ))
}

/// Explains a filter.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let Some(("explain", matches)) = matches.subcommand() else {
        return Err(
            Failure::usage("a verb of `filter` is expected").hint("heph filter explain '+home due<fri'")
        );
    };
    let arguments: Arguments = args::read(matches)?;
    let explained = session.call(&FilterExplain { filter: words::line(&arguments.words) })?;
    if session.out.is_json() {
        let document = Document::new("parse", &explained.parse)
            .with("canonical", &explained.canonical)
            .with("answered_from", &explained.answered_from);
        return session.out.document(&document);
    }
    session.out.body(&explained.parse)?;
    if !explained.canonical.is_empty() {
        session.out.line(format!("written as {}", explained.canonical))?;
    }
    session.out.line(format!("answered from {}", explained.answered_from))
}
