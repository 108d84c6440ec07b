//! `heph attach`, `heph attachment`: files that belong to a page.

use std::path::{Path, PathBuf};

use clap::{ArgMatches, Command};
use heph_protocol::request::{
    AttachmentBegin, AttachmentCommit, AttachmentDelete, AttachmentList, AttachmentRead, AttachmentWrite,
};
use heph_protocol::response::Attached;
use heph_protocol::types::Attachment;

use super::pieces;
use crate::args;
use crate::error::Failure;
use crate::output::stream::Stream;
use crate::output::style::{ID, PLAIN};
use crate::output::table::{Cell, Column, Fit};
use crate::output::{Document, Line, Outcome, changes, when};
use crate::session::Session;
use crate::verbs::described;

const COLUMNS: &[Column] = &[
    Column { heading: "NAME", fit: Fit::Shrinks { soft: 24, hard: 8 }, right: false },
    Column { heading: "SIZE", fit: Fit::Fixed, right: true },
    Column { heading: "ADDED", fit: Fit::Fixed, right: false },
];

const EXAMPLES: &str = "  heph attach \"[[Trip to Rome]]\" ~/Pictures/forum.jpg
  heph attach 7k3 contract.pdf --name \"Contract 2026.pdf\"
  heph attach 7k3 forum.jpg --no-insert";

/// Permissions of a file that is written out: for whoever reads the folder.
const MODE: u32 = 0o644;

#[derive(Debug, clap::Args)]
struct Attach {
    /// The page or task
    #[arg(value_name = "REF")]
    reference: String,
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The name it has there, if it is to be another
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Do not show it at the end of the page's text
    #[arg(long)]
    no_insert: bool,
}

#[derive(Debug, clap::Args)]
struct Of {
    /// The page or task
    #[arg(value_name = "REF")]
    reference: String,
}

#[derive(Debug, clap::Args)]
struct Named {
    #[command(flatten)]
    of: Of,
    /// The file's name, as `heph attachment list` shows it
    #[arg(value_name = "NAME")]
    name: String,
}

#[derive(Debug, clap::Args)]
struct Save {
    #[command(flatten)]
    named: Named,
    /// The file to write, or a folder
    #[arg(value_name = "TO", default_value = ".")]
    to: PathBuf,
}

/// The command line of `heph attach`.
pub(crate) fn attach_command() -> Command {
    args::command::<Attach>("attach", "Attach a file to a page and show it there", EXAMPLES)
}

/// The command line of `heph attachment`.
pub(crate) fn command() -> Command {
    let examples = "  heph attachment list 7k3\n  heph attachment save 7k3 forum.jpg ~/Pictures";
    described(Command::new("attachment"), "List, save and take away files attached to a page", examples)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(args::command::<Of>(
            "list",
            "List the files of a page",
            "  heph attachment list \"[[Trip to Rome]]\"\n  heph attachment list 7k3 --json",
        ))
        .subcommand(args::command::<Save>(
            "save",
            "Write a file of a page out",
            "  heph attachment save 7k3 forum.jpg\n  heph attachment save 7k3 forum.jpg ~/Pictures/rome.jpg",
        ))
        .subcommand(args::command::<Named>(
            "delete",
            "Take a file away from a page; heph undo takes that back",
            "  heph attachment delete 7k3 forum.jpg",
        ))
}

/// Attaches.
pub(crate) fn attach(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let Attach { reference, file, name, no_insert } = args::read(matches)?;
    let (source, bytes) = pieces::open(&file)?;
    let own = || file.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.or_else(own).unwrap_or_default();
    let begin = AttachmentBegin { reference, key: None, name, bytes };
    let id = session.call_long(&begin, &mut |_| {})?.id;
    pieces::send(session, (&source, bytes), &file, |session, offset, bytes| {
        let write = AttachmentWrite { id: id.clone(), offset, bytes };
        session.call_long(&write, &mut |_| {}).map(drop)
    })?;
    let attached = session.call(&AttachmentCommit { id, insert: !no_insert })?;
    print_attached(session, &attached)
}

fn print_attached(session: &mut Session, attached: &Attached) -> Outcome {
    let Attached { attachment, link, page, rev, group } = attached;
    let out = &mut session.out;
    if out.is_json() {
        let document = Document::new("attachment", attachment)
            .with("link", link)
            .with("rev", rev)
            .with_some("page", page.as_ref())
            .with_some("group", group.as_ref());
        return out.document(&document);
    }
    if out.look.quiet {
        return out.line(&attachment.name);
    }
    let size = when::bytes(attachment.bytes);
    let line = Line::new().plain(format!("attached {} ({size})", attachment.name));
    match page {
        Some(page) => out.line(line.plain(" to ").styled(ID, &page.short).plain("  ").plain(&page.title)),
        None => out.line(line),
    }
}

/// Runs a verb of `heph attachment`.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    match matches.subcommand() {
        Some(("list", matches)) => list(session, args::read::<Of>(matches)?.reference),
        Some(("save", matches)) => save(session, args::read(matches)?),
        Some(("delete", matches)) => {
            let Named { of: Of { reference }, name } = args::read(matches)?;
            let changed = session.call(&AttachmentDelete { reference, name: name.clone() })?;
            changes::nodes(&mut session.out, &format!("took {name} away from"), "unchanged", &changed)
        }
        _ => {
            Err(Failure::usage("a verb of `attachment` is expected")
                .hint("heph attachment --help lists them"))
        }
    }
}

fn list(session: &mut Session, reference: String) -> Outcome {
    let attachments = session.call(&AttachmentList { reference })?.attachments;
    session.out.page();
    let row = |attachment: &Attachment| {
        let (size, added) = (when::bytes(attachment.bytes), when::instant(&attachment.added));
        [&attachment.name, &size, &added].map(|text| Cell::styled(PLAIN, text)).into()
    };
    let mut stream = Stream::new("attachments", COLUMNS.to_vec(), row, |own: &Attachment| &own.name);
    let shown = super::paging::wanted(session).map_or(usize::MAX, |wanted| wanted as usize);
    let shown = shown.min(attachments.len());
    stream.push(&mut session.out, &attachments[..shown])?;
    stream.end(&mut session.out, &[])?;
    super::paging::tell_more(session, shown < attachments.len(), shown as u64);
    Ok(())
}

fn save(session: &mut Session, save: Save) -> Outcome {
    let Save { named: Named { of: Of { reference }, name }, to } = save;
    let first =
        session.call(&AttachmentRead { reference: reference.clone(), name: name.clone(), offset: 0 })?;
    // The name is the one the page has, which cannot lead out of a folder; what was typed may be spelled otherwise.
    let file = match to.is_dir() {
        true => to.join(Path::new(&name).file_name().unwrap_or_default()),
        false => to,
    };
    if file.exists() {
        session.confirm(&format!("replace {}", file.display()))?;
    }
    let mut first = Some(first.bytes).zip(Some(first.total));
    let total = first.as_ref().map_or(0, |(_, total)| *total);
    pieces::receive(session, &file, total, Some(MODE), |session, offset| match first.take() {
        Some((bytes, _)) => Ok(bytes),
        None => {
            let read = AttachmentRead { reference: reference.clone(), name: name.clone(), offset };
            Ok(session.call(&read)?.bytes)
        }
    })?;
    if session.out.is_json() {
        let written = serde_json::json!({ "name": name, "file": file.display().to_string(), "bytes": total });
        return session.out.document(&Document::new("saved", &written));
    }
    session.out.line(format!("wrote {} ({})", file.display(), when::bytes(total)))
}
