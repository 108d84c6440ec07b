//! `heph export markdown`: a file for every page, byte for byte.

use std::collections::HashSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{ArgMatches, Command};
use heph_protocol::request::{AttachmentRead, PageExport};
use heph_protocol::types::{Attachment, ExportedPage, NodeKind, Page};
use unicode_segmentation::UnicodeSegmentation as _;

use super::pieces;
use crate::args::{self, DryRun};
use crate::error::{Exit, Failure};
use crate::output::progress::{Progress, Unit};
use crate::output::{Document, Outcome};
use crate::session::Session;
use crate::verbs::described;

/// Bytes a file name can have on the file systems in use.
const MAX_NAME: usize = 255;

/// What is written is for whoever reads the folder, not for its owner alone as temporary files are.
const MODE: u32 = 0o644;

/// Where journals go that came from no folder.
const JOURNALS: &str = "Journal";

const EXAMPLES: &str = "  heph export markdown ~/heph-pages
  heph export markdown ~/heph-pages --overwrite
  heph export markdown ~/heph-pages --dry-run";

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The folder to write to; made if it is not there
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Write into a folder that is not empty, over files of the same names; nothing is deleted
    #[arg(long)]
    overwrite: bool,
    #[command(flatten)]
    dry: DryRun,
}

/// Its command line.
pub(crate) fn command() -> Command {
    described(Command::new("export"), "Write your data out in other forms", EXAMPLES)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(args::command::<Arguments>(
            "markdown",
            "Write every page and journal as a Markdown file",
            EXAMPLES,
        ))
}

/// Exports.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    match matches.subcommand() {
        Some(("markdown", matches)) => markdown(session, &args::read(matches)?),
        _ => Err(Failure::usage("a form is expected").hint("heph export markdown <folder>")),
    }
}

/// What was done so far.
#[derive(Debug, Default)]
struct Report {
    written: u64,
    unchanged: u64,
    paths: Vec<String>,
}

fn markdown(session: &mut Session, arguments: &Arguments) -> Outcome {
    let root = &arguments.folder;
    let dry_run = arguments.dry.dry_run;
    if !arguments.overwrite && !dry_run && !is_free(root)? {
        return Err(Failure::usage(format!("{} is not empty", root.display()))
            .hint("name another folder, or --overwrite writes over files of the same names"));
    }
    let progress = Progress::new(&session.out, "exporting", Unit::Steps, 0);
    let (mut names, mut report, mut token) = (Names::default(), Report::default(), None);
    loop {
        let part = session.call(&PageExport { page: token })?;
        for ExportedPage { page, text, attachments } in &part.pages {
            let path = names.path(page);
            let is_written = dry_run || write(root, &path, text)?;
            *(if is_written { &mut report.written } else { &mut report.unchanged }) += 1;
            for attachment in attachments {
                let file = names.attachment(&path, &attachment.name, &page.short);
                if dry_run || write_attachment(session, root, &file, page, attachment)? {
                    report.written += 1;
                    report.paths.push(file);
                }
            }
            report.paths.push(path);
        }
        progress.at(report.written + report.unchanged);
        token = part.next_page;
        if token.is_none() {
            break;
        }
    }
    drop(progress);
    print(session, &report, dry_run, root)
}

fn print(session: &mut Session, report: &Report, dry_run: bool, root: &Path) -> Outcome {
    let out = &mut session.out;
    if out.is_json() {
        let document = Document::new("files", &report.paths)
            .with("written", &report.written)
            .with("unchanged", &report.unchanged)
            .with("dry_run", &dry_run);
        return out.document(&document);
    }
    if dry_run || out.look.quiet {
        return report.paths.iter().try_for_each(|path| out.line(path));
    }
    let Report { written, unchanged, .. } = report;
    let unchanged = if *unchanged > 0 { format!(", {unchanged} unchanged") } else { String::new() };
    out.line(format!("wrote {written} files to {}{unchanged}", root.display()))
}

/// Whether nothing is there that could be written over.
fn is_free(root: &Path) -> Outcome<bool> {
    match fs::read_dir(root) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(Failure::io(format_args!("cannot open {}", root.display()), &error)),
    }
}

/// Where a file goes, in a folder that is made. A link among those above it could lead out of the target.
fn place(root: &Path, below: &str) -> Outcome<PathBuf> {
    let path = root.join(below);
    if let Some(link) =
        path.ancestors().skip(1).take_while(|level| *level != root).find(|level| level.is_symlink())
    {
        let message = format!("{} is a symbolic link; nothing is written through it", link.display());
        return Err(Failure::usage(message).hint("take it out of the folder, or export into another one"));
    }
    Ok(path)
}

/// Writes a file that is attached to a page beside it; `false` when its bytes are not on this machine.
fn write_attachment(
    session: &mut Session,
    root: &Path,
    below: &str,
    page: &Page,
    attachment: &Attachment,
) -> Outcome<bool> {
    let path = &place(root, below)?;
    let read = |offset| AttachmentRead { reference: page.id.clone(), name: attachment.name.clone(), offset };
    let mut first = match session.call(&read(0)) {
        Ok(first) => Some(first.bytes),
        Err(failure) if matches!(failure.exit(), Some(Exit::NotFound | Exit::Busy)) => {
            session.out.warn(&format!("{below} is not written: its bytes are not on this machine"));
            return Ok(false);
        }
        Err(failure) => return Err(failure),
    };
    pieces::receive(session, path, attachment.bytes, Some(MODE), |session, offset| match first.take() {
        Some(bytes) => Ok(bytes),
        None => Ok(session.call(&read(offset))?.bytes),
    })?;
    Ok(true)
}

/// Writes a file whole or not at all; `false` when it is so already.
fn write(root: &Path, below: &str, text: &str) -> Outcome<bool> {
    let path = &place(root, below)?;
    let is_file = fs::symlink_metadata(path).is_ok_and(|there| there.is_file());
    if is_file && fs::read(path).is_ok_and(|there| there == text.as_bytes()) {
        return Ok(false);
    }
    let written = || -> std::io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        let mode = std::os::unix::fs::PermissionsExt::from_mode(MODE);
        file.as_file().set_permissions(mode)?;
        file.persist(path)?;
        Ok(())
    };
    written()
        .map(|()| true)
        .map_err(|error| Failure::io(format_args!("cannot write {}", path.display()), &error))
}

/// Gives every page a path of its own, on file systems too that do not tell case or normal forms apart.
#[derive(Debug, Default)]
struct Names(HashSet<String>);

impl Names {
    fn path(&mut self, page: &Page) -> String {
        let folder = match (&page.folder, page.kind) {
            (Some(folder), _) => folder.split('/').map(file_name).collect::<Vec<_>>().join("/") + "/",
            (None, NodeKind::Journal) => format!("{JOURNALS}/"),
            (None, _) => String::new(),
        };
        // One that is too long is cut below, where its id stands behind it.
        let title =
            if page.title.len() < MAX_NAME { file_name(&page.title) } else { page.title.replace('/', "∕") };
        let whole = format!("{folder}{title}.md");
        if title.len() + ".md".len() <= MAX_NAME && self.0.insert(whole.to_lowercase()) {
            return whole;
        }
        // The beginning of the id mostly tells two apart; the whole one always does.
        let with = |id: &str| {
            let end = format!(" ({id}).md");
            format!("{folder}{}{end}", cut(&title, MAX_NAME - end.len()))
        };
        let path = Some(with(&page.short)).filter(|path| !self.0.contains(&path.to_lowercase()));
        let path = path.unwrap_or_else(|| with(&page.id));
        self.0.insert(path.to_lowercase());
        path
    }

    /// A file that is attached to the page of a path lies beside it; of two of the same name the second has its page's
    /// id behind the name.
    fn attachment(&mut self, page: &str, name: &str, short: &str) -> String {
        let folder = page.rfind('/').map_or("", |end| &page[..=end]);
        let name = file_name(name);
        let whole = format!("{folder}{name}");
        if self.0.insert(whole.to_lowercase()) {
            return whole;
        }
        let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, ""));
        let end = format!(" ({short}){}{extension}", if extension.is_empty() { "" } else { "." });
        let other = format!("{folder}{}{end}", cut(stem, MAX_NAME.saturating_sub(end.len())));
        self.0.insert(other.to_lowercase());
        other
    }
}

/// A title or level of a folder as a file name: it cannot lead elsewhere.
fn file_name(title: &str) -> String {
    let name = title.replace('/', "∕").replace('\0', "");
    match name.as_str() {
        "" | "." | ".." => name.replace('.', "․") + "_",
        _ => cut(&name, MAX_NAME).to_owned(),
    }
}

/// The beginning of a text, cut between graphemes.
fn cut(text: &str, bytes: usize) -> &str {
    let end = text
        .grapheme_indices(true)
        .map(|(at, piece)| at + piece.len())
        .take_while(|end| *end <= bytes)
        .last();
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(title: &str, folder: Option<&str>, short: &str) -> Page {
        let (title, folder) = (title.to_owned(), folder.map(str::to_owned));
        Page { title, folder, short: short.to_owned(), id: format!("id-{short}"), ..Page::default() }
    }

    #[test]
    fn every_page_has_a_path_of_its_own_inside_the_folder() {
        let mut names = Names::default();
        let mut path = |title: &str, folder| names.path(&page(title, folder, "7k3"));
        assert_eq!(path("Plan", Some("Work/Big Co")), "Work/Big Co/Plan.md");
        assert_eq!(path("PLAN", Some("work/big co")), "work/big co/PLAN (7k3).md");
        assert_eq!(path("plan", Some("work/big co")), "work/big co/plan (id-7k3).md");
        assert_eq!(path("a/b", None), "a∕b.md");
        assert_eq!(path("x", Some("../..")), "․․_/․․_/x.md");
        assert_eq!(path("..", None), "․․_.md");
        let long = path(&"é".repeat(200), None);
        assert!(long.len() <= MAX_NAME && long.ends_with(" (7k3).md"), "{long}");
        let mut names = Names::default();
        assert_eq!(names.path(&page("a", Some("W"), "7k3")), "W/a.md");
        assert_eq!(names.attachment("W/a.md", "x.png", "7k3"), "W/x.png");
        assert_eq!(names.attachment("W/b.md", "X.png", "8k4"), "W/X (8k4).png");
        assert_eq!(names.attachment("a.md", "a", "7k3"), "a");
        assert_eq!(names.attachment("b.md", "a", "8k4"), "a (8k4)");
        let journal = Page { kind: NodeKind::Journal, ..page("2026-11-23", None, "j1") };
        assert_eq!(Names::default().path(&journal), "Journal/2026-11-23.md");
    }
}
