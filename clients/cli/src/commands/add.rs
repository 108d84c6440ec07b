//! `heph add`: a task from a line.

use clap::{ArgMatches, Command};
use heph_protocol::request::TaskAdd;
use heph_protocol::response::TaskAdded;
use heph_terminal::node::understood;

use crate::args::{self, DryRun, Stdin, words};
use crate::error::Failure;
use crate::output::style::DIM;
use crate::output::{Document, Format, Line, Outcome, Output, tasks};
use crate::session::Session;

const EXAMPLES: &str = "  heph add Call the bank due:fri p1 +phone proj:Home
  heph add \"Water the plants +home est:10m tomorrow\"
  heph add --note 'ask for Anna' Call the dentist '{next mon 9:00}'
  heph add Fix the gate proj:\"Big House\" p2
  heph add --literal Read p1 of the report
  heph add -- Say --yes to the offer
  echo 'Buy milk +shop' | heph add --stdin --quiet";

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The task; +tag, proj:, p1, due:, plan:, defer:, est: anywhere, a date at the end or in {…}
    #[arg(value_name = "TASK")]
    words: Vec<String>,
    /// Take the line as the title, tokens and all
    #[arg(long)]
    literal: bool,
    /// Text for the task's body
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    stdin: Stdin,
    #[command(flatten)]
    dry: DryRun,
}

/// Its command line.
pub(crate) fn command() -> Command {
    args::command::<Arguments>("add", "Add a task", EXAMPLES)
}

/// Adds a task and tells what was understood.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let arguments: Arguments = args::read(matches)?;
    let join = if arguments.literal { words::joined } else { words::line };
    let line = session.line(arguments.stdin.stdin, &arguments.words, join)?;
    if line.trim().is_empty() {
        return Err(
            Failure::usage("the task has no title").hint("for example: heph add Call the bank due:fri")
        );
    }
    let request = TaskAdd {
        line,
        literal: arguments.literal,
        body: arguments.note,
        context: session.context(),
        dry_run: arguments.dry.dry_run,
    };
    let added = session.call(&request)?;
    print(&mut session.out, &added, request.dry_run)
}

fn print(out: &mut Output, added: &TaskAdded, dry_run: bool) -> Outcome {
    match out.look.format {
        Format::Json => {
            let document = Document::new("task", &added.task)
                .with("recognised", &added.recognised)
                .with("notes", &added.notes)
                .with_some("hidden_by", added.hidden_by.as_ref())
                .with_some("context", added.context.as_ref());
            let document = if dry_run { document.with("dry_run", &true) } else { document };
            return out.document(&document);
        }
        Format::Ndjson => return out.object(&added.task),
        Format::Text if out.look.quiet && !dry_run => return out.line(&added.task.short),
        Format::Text => {}
    }
    if dry_run {
        out.line(Line::new().plain("would add  ").plain(&added.task.title))?;
    } else {
        out.line(tasks::line("added", &added.task))?;
    }
    if !added.recognised.is_empty() {
        let understood = added.recognised.iter().map(understood).collect::<Vec<_>>().join(" · ");
        out.line(Line::new().plain("  ").styled(DIM, understood))?;
    }
    added.notes.iter().for_each(|note| out.note(note));
    if let Some(context) = &added.hidden_by {
        out.warn(&format!("context `{context}` hides this task; heph list --no-context shows it"));
    }
    Ok(())
}
