//! `heph page`: wiki pages.

use clap::{ArgMatches, Command};
use heph_protocol::request::{NodeShow, PageList, PageNew, PageOpen};
use heph_protocol::response::NodeShown;
use heph_protocol::types::Page;
use heph_terminal::editor::Draft;

use super::writing::{self, Source};
use super::{links, paging, preview::preview, rename, revisions};
use crate::args::words::joined;
use crate::args::{self, DryRun, Stdin};
use crate::error::{Exit, Failure};
use crate::output::stream::Stream;
use crate::output::style::{DIM, HEADING, ID};
use crate::output::table::{Cell, Column, Fit};
use crate::output::{self, Document, Line, Outcome, Output, changes, tasks, when};
use crate::session::Session;
use crate::verbs::described;

const BACKLINKS: &[Column] = &[
    Column { heading: "", fit: Fit::Fixed, right: false },
    Column { heading: "", fit: Fit::Shrinks { soft: 20, hard: 8 }, right: false },
    Column { heading: "", fit: Fit::Shrinks { soft: 20, hard: 0 }, right: false },
];

pub(super) const COLUMNS: &[Column] = &[
    Column { heading: "ID", fit: Fit::Fixed, right: false },
    Column { heading: "TITLE", fit: Fit::Shrinks { soft: 24, hard: 8 }, right: false },
    Column { heading: "TAGS", fit: Fit::Shrinks { soft: 10, hard: 0 }, right: false },
    Column { heading: "MODIFIED", fit: Fit::Fixed, right: false },
];

#[derive(Debug, clap::Args)]
struct New {
    /// Its title, with its folder before the last /
    #[arg(required = true, num_args = 1.., value_name = "TITLE")]
    words: Vec<String>,
    /// Begin with this page of the folder Templates
    #[arg(long, short, value_name = "NAME")]
    template: Option<String>,
    #[command(flatten)]
    stdin: Stdin,
    #[command(flatten)]
    dry: DryRun,
}

#[derive(Debug, clap::Args)]
struct Named {
    /// The page
    #[arg(value_name = "REF")]
    reference: String,
}

#[derive(Debug, clap::Args)]
struct Show {
    #[command(flatten)]
    named: Named,
    /// Print the text as it is written, on a terminal too
    #[arg(long, conflicts_with = "rendered")]
    raw: bool,
    /// Print it as on a terminal, into a pipe too
    #[arg(long)]
    rendered: bool,
}

#[derive(Debug, clap::Args)]
struct Edit {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    stdin: Stdin,
    #[command(flatten)]
    dry: DryRun,
}

/// Which pages to list.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// Only this folder and what is below
    pub(super) folder: Option<String>,
    /// Only titles that contain this
    #[arg(long, value_name = "TEXT")]
    pub(super) text: Option<String>,
    /// Journals instead of pages, newest first
    #[arg(long)]
    pub(super) journals: bool,
}

/// Its command line.
pub(crate) fn command() -> Command {
    let examples =
        "  heph page new Travel/Trip to Rome\n  heph page show \"[[Trip to Rome]]\"\n  heph page list Travel";
    described(Command::new("page"), "Write and read pages", examples)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(args::command::<New>(
            "new",
            "Make a page",
            "  heph page new Travel/Trip to Rome\n  heph page new Work/Kick-off --template Meeting\n  heph page new Recipes --stdin < recipes.md\n  heph page new Ideas --quiet",
        ))
        .subcommand(args::command::<Show>(
            "show",
            "Read a page; into a pipe it prints the text as it is written",
            "  heph page show \"[[Trip to Rome]]\"\n  heph page show 7k3 --raw\n  heph page show 7k3 > trip.md",
        ))
        .subcommand(args::command::<Edit>(
            "edit",
            "Edit a page's text",
            "  heph page edit \"[[Trip to Rome]]\"\n  heph page edit 7k3 --stdin < trip.md",
        ))
        .subcommand(args::command::<List>(
            "list",
            "List pages by title",
            "  heph page list\n  heph page list Travel --text rome\n  heph page list --journals -n 7",
        ))
        .subcommand(rename::command())
        .subcommands(links::commands())
        .subcommands(revisions::commands())
}

/// Runs one of its verbs.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    match matches.subcommand() {
        Some(("new", matches)) => new(session, args::read(matches)?),
        Some(("show", matches)) => show(session, args::read(matches)?),
        Some(("edit", matches)) => edit(session, args::read(matches)?),
        Some(("list", matches)) => list(session, &args::read(matches)?),
        Some(("rename", matches)) => rename::run(session, args::read(matches)?),
        Some(("links", matches)) => links::links(session, args::read(matches)?),
        Some(("backlinks", matches)) => links::backlinks(session, args::read(matches)?),
        Some(("unresolved", _)) => links::unresolved(session),
        Some(("orphans", _)) => links::orphans(session),
        Some(("lint", matches)) => links::lint(session, &args::read(matches)?),
        Some(("history", matches)) => revisions::history(session, &args::read(matches)?),
        Some(("diff", matches)) => revisions::diff(session, args::read(matches)?),
        Some(("revert", matches)) => revisions::revert(session, args::read(matches)?),
        _ => Err(Failure::usage("a verb of `page` is expected").hint("heph page --help lists them")),
    }
}

fn new(session: &mut Session, arguments: New) -> Outcome {
    let title = joined(&arguments.words);
    if title.trim().is_empty() {
        return Err(Failure::usage("the page has no title").hint("for example: heph page new Trip to Rome"));
    }
    let template = arguments.template;
    if arguments.dry.dry_run {
        let request = PageNew { title: title.clone(), template, dry_run: true, ..PageNew::default() };
        session.call(&request)?;
        return session.out.line(format!("would make {title}"));
    }
    if template.is_some() && !arguments.stdin.stdin {
        return from_template(session, title, template);
    }
    // Where a person sits, the page is made to be written at once; a script says --stdin.
    let at_desk =
        output::can_ask() && session.out.look.terminal && !session.global.quiet && !session.out.is_json();
    let (draft, text) = match (arguments.stdin.stdin, at_desk) {
        (true, _) => (None, session.read_input()?),
        (false, true) => {
            let (draft, text) = Draft::new("", "")?.edit(&session.editor()?)?;
            (Some(draft), text)
        }
        (false, false) => (None, String::new()),
    };
    let made =
        session.call(&PageNew { title, text, template, ..PageNew::default() }).map_err(
            |failure| match draft {
                Some(draft) => failure.keeping(draft),
                None => failure,
            },
        )?;
    changes::page_saved(&mut session.out, "made", &made)
}

/// Makes a page of a template; where a person sits, it is opened at once.
fn from_template(session: &mut Session, title: String, template: Option<String>) -> Outcome {
    let made = session.call(&PageNew { title, template, ..PageNew::default() })?;
    let at_desk =
        output::can_ask() && session.out.look.terminal && !session.global.quiet && !session.out.is_json();
    changes::page_saved(&mut session.out, "made", &made)?;
    if !at_desk {
        return Ok(());
    }
    let open = session.call(&PageOpen { reference: made.page.id })?.open;
    writing::write(session, &open, Source::Editor)
}

fn show(session: &mut Session, asked: Show) -> Outcome {
    let shown = session.call(&NodeShow { reference: asked.named.reference })?;
    let Some(page) = &shown.page else { return Err(not_a_page(&shown.node.title)) };
    if session.out.is_json() {
        let document = Document::new("page", page)
            .with("text", &shown.text)
            .with("rev", &shown.rev)
            .with("links", &shown.links)
            .with("backlinks", &shown.backlinks)
            .with("attachments", &shown.attachments);
        return session.out.document(&document);
    }
    session.out.page();
    // Into a pipe goes the text itself, so that it can be kept in a file.
    if asked.raw || !(session.out.look.terminal || asked.rendered) {
        return session.out.body(&shown.text);
    }
    session.out.markdown(&shown.text, &shown.links)?;
    print_files(&mut session.out, &shown)?;
    print_backlinks(&mut session.out, &shown)
}

/// The files of a page, below it.
fn print_files(out: &mut Output, shown: &NodeShown) -> Outcome {
    if shown.attachments.is_empty() {
        return Ok(());
    }
    out.line("")?;
    out.line(Line::new().styled(HEADING, "files"))?;
    for attachment in &shown.attachments {
        let size = when::bytes(attachment.bytes);
        out.line(Line::new().plain("  ").plain(&attachment.name).plain("  ").styled(DIM, size))?;
    }
    Ok(())
}

/// What links here, below a page.
fn print_backlinks(out: &mut Output, shown: &NodeShown) -> Outcome {
    if shown.backlinks.is_empty() {
        return Ok(());
    }
    out.line("")?;
    out.line(Line::new().styled(HEADING, "linked from"))?;
    let rows: Vec<Vec<Cell>> = shown
        .backlinks
        .iter()
        .map(|link| {
            vec![
                Cell::styled(ID, &format!("  {}", link.from.short)),
                Cell::from(tasks::node_name(&link.from)),
                Cell::styled(DIM, &link.context),
            ]
        })
        .collect();
    let layout = out.layout(BACKLINKS, &rows);
    out.rows(&layout, &rows)?;
    if shown.more_backlinks {
        out.line(Line::new().styled(DIM, format!("  and more: heph page backlinks {}", shown.node.short)))?;
    }
    Ok(())
}

fn edit(session: &mut Session, arguments: Edit) -> Outcome {
    let reference = arguments.named.reference;
    if arguments.dry.dry_run {
        return preview(session, "edit", &[reference]);
    }
    let open = session.call(&PageOpen { reference })?.open;
    writing::write(session, &open, Source::of(arguments.stdin.stdin))
}

fn not_a_page(title: &str) -> Failure {
    Failure::new(Exit::NotFound, format!("`{title}` is no page")).hint("heph show shows tasks")
}

/// Lists pages or journals.
pub(super) fn list(session: &mut Session, arguments: &List) -> Outcome {
    let stream = Stream::new("pages", COLUMNS.to_vec(), row, |page: &Page| &page.short);
    let nothing = "no page matches: heph page new … makes one";
    paging::list(session, stream, nothing, |session, limit, page| {
        let List { folder, text, journals } = arguments;
        let request = PageList {
            folder: folder.clone(),
            text: text.clone(),
            journals: *journals,
            limit: Some(limit),
            page,
        };
        let list = session.call(&request)?;
        Ok((list.pages, list.next_page))
    })
}

/// A page as a row of [`COLUMNS`].
pub(super) fn row(page: &Page) -> Vec<Cell> {
    let modified = if page.modified.is_empty() { String::new() } else { when::instant(&page.modified) };
    vec![
        Cell::styled(ID, &page.short),
        Cell::from(tasks::page_name(page)),
        Cell::styled(DIM, &page.tags.join(" ")),
        Cell::styled(DIM, &modified),
    ]
}
