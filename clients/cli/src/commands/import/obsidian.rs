//! A vault: every Markdown file below a folder becomes a page.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use heph_protocol::request::{PageLint, PageUnresolved};
use heph_protocol::types::ImportProblem;
use walkdir::{DirEntry, WalkDir};

use super::Import;
use crate::args::DryRun;
use crate::error::Failure;
use crate::output::progress::{Progress, Unit};
use crate::output::{Outcome, Output};
use crate::session::Session;

/// Bytes a page can have, as the daemon has it; larger files are not even read.
const MAX_BYTES: u64 = 4 << 20;

/// Bytes of an item on the wire, whose frames hold 16 MiB; escaped, a text of control characters grows sixfold.
const MAX_ITEM: usize = 12 << 20;

/// The most links that are counted for the report.
const COUNTED: u32 = 1_000;

/// The vault.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The folder of the vault
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    #[command(flatten)]
    dry: DryRun,
}

/// A vault, looked through.
#[derive(Debug, Default)]
struct Vault {
    /// Markdown files with their sizes, in order of their paths.
    files: Vec<(PathBuf, Metadata)>,
    /// Files that are no pages, by extension.
    others: BTreeMap<String, u64>,
    problems: Vec<ImportProblem>,
}

/// Takes a vault in.
pub(super) fn run(session: &mut Session, arguments: &Arguments) -> Outcome {
    let root = &arguments.folder;
    let metadata = std::fs::metadata(root);
    let metadata =
        metadata.map_err(|error| Failure::io(format_args!("cannot open {}", root.display()), &error))?;
    if !metadata.is_dir() {
        let hint = "name the folder of the vault, in which .obsidian is";
        return Err(Failure::usage(format!("{} is no folder", root.display())).hint(hint));
    }
    let vault = Vault::look_through(root);
    let bytes = vault.files.iter().map(|(_, metadata)| metadata.len()).sum();
    let progress = Progress::new(&session.out, "importing", Unit::Bytes, bytes);
    let mut import = Import::new("obsidian", arguments.dry.dry_run);
    import.sum.problems = vault.problems;
    let mut imported = Ok(());
    for (path, metadata) in &vault.files {
        imported = take(session, &mut import, root, path, metadata);
        progress.at(import.read);
        if imported.is_err() {
            break;
        }
    }
    let imported = import.finish(session, imported);
    drop(progress);
    import.explain(imported)?;
    if session.out.is_json() {
        return session.out.document(&import.document().with("others", &vault.others));
    }
    import.print_counts(&mut session.out)?;
    tell_others(&mut session.out, &vault.others);
    if !import.dry_run {
        report_links(session)?;
    }
    import.print_problems(&mut session.out);
    Ok(())
}

impl Vault {
    fn look_through(root: &Path) -> Self {
        let mut vault = Self::default();
        let is_shown = |entry: &DirEntry| entry.depth() == 0 || !is_hidden(entry);
        for entry in WalkDir::new(root).sort_by_file_name().into_iter().filter_entry(is_shown) {
            match entry {
                Ok(entry) => vault.take(root, &entry),
                Err(error) => {
                    let path = error.path().map(|path| relative(root, path)).unwrap_or_default();
                    vault.problem(path, format!("cannot be read: {error}"));
                }
            }
        }
        vault
    }

    fn take(&mut self, root: &Path, entry: &DirEntry) {
        let path = entry.path();
        if entry.file_type().is_dir() {
            return;
        }
        if entry.path_is_symlink() {
            return self.problem(relative(root, path), "a symbolic link, which is not followed".to_owned());
        }
        if !entry.file_type().is_file() {
            return self.problem(relative(root, path), "not an ordinary file".to_owned());
        }
        let extension = path.extension().map(|end| end.to_string_lossy().to_lowercase()).unwrap_or_default();
        if extension != "md" {
            *self.others.entry(extension).or_default() += 1;
            return;
        }
        match entry.metadata() {
            Ok(metadata) if metadata.len() > MAX_BYTES => {
                let message =
                    format!("a page can have 4 MiB at most, this file has {} bytes", metadata.len());
                self.problem(relative(root, path), message);
            }
            Ok(metadata) => self.files.push((path.to_owned(), metadata)),
            Err(error) => self.problem(relative(root, path), format!("cannot be read: {error}")),
        }
    }

    fn problem(&mut self, item: String, message: String) {
        self.problems.push(ImportProblem { item, message });
    }
}

/// `.obsidian`, `.trash`, `.git` and the like.
fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

/// The path in the vault, with `/` between its levels.
fn relative(root: &Path, path: &Path) -> String {
    let levels = path.strip_prefix(root).unwrap_or(path).iter();
    levels.map(|level| level.to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn take(
    session: &mut Session,
    import: &mut Import,
    root: &Path,
    path: &Path,
    metadata: &Metadata,
) -> Outcome {
    let name = relative(root, path);
    let is_named = path.strip_prefix(root).unwrap_or(path).to_str().is_some();
    let read = std::fs::read(path).map_err(|error| error.to_string());
    let text = read.and_then(|bytes| {
        String::from_utf8(bytes).map_err(|_| "not UTF-8, which a page has to be".to_owned())
    });
    match text {
        Ok(text) if is_named => {
            let mut item = serde_json::json!({"path": name, "text": text});
            if let Some(created) = created(metadata) {
                item["created"] = created.into();
            }
            let item = item.to_string();
            if item.len() > MAX_ITEM {
                let message = "left out: too many control characters for a page".to_owned();
                import.sum.problems.push(ImportProblem { item: name, message });
                return Ok(());
            }
            import.add(session, item)
        }
        Ok(_) => {
            let message = "its name is not UTF-8".to_owned();
            import.sum.problems.push(ImportProblem { item: name, message });
            Ok(())
        }
        Err(message) => {
            import.sum.problems.push(ImportProblem { item: name, message: format!("left out: {message}") });
            Ok(())
        }
    }
}

/// When a file was made, or changed if that is earlier: copying makes a file anew and keeps the other time.
fn created(metadata: &Metadata) -> Option<String> {
    let modified = metadata.modified().ok();
    let at = metadata.created().ok().into_iter().chain(modified).min()?;
    let seconds = at.duration_since(UNIX_EPOCH).ok()?.as_secs();
    jiff::Timestamp::from_second(i64::try_from(seconds).ok()?).ok().map(|at| at.to_string())
}

fn tell_others(out: &mut Output, others: &BTreeMap<String, u64>) {
    if others.is_empty() {
        return;
    }
    let named = |(extension, count): (&String, &u64)| match extension.as_str() {
        "" => format!("{count} without extension"),
        extension => format!("{count} .{extension}"),
    };
    let all: Vec<String> = others.iter().map(named).collect();
    out.note(&format!("other files stay where they are: {}", all.join(", ")));
}

/// Says which links lead nowhere, or to more than one page.
fn report_links(session: &mut Session) -> Outcome {
    let unresolved = session.call(&PageUnresolved { limit: Some(COUNTED), page: None })?;
    let links: u64 = unresolved.targets.iter().map(|target| target.count).sum();
    let more = if unresolved.next_page.is_some() { " and more" } else { "" };
    if links > 0 {
        let targets = unresolved.targets.len();
        session.out.note(&format!(
            "{targets} link targets{more} answer to no page or are attachments: heph page unresolved"
        ));
    }
    let lint = session.call(&PageLint { limit: Some(COUNTED), ..PageLint::default() })?;
    let ambiguous = lint.findings.iter().filter(|finding| finding.code == "ambiguous-link").count();
    if ambiguous > 0 {
        session.out.note(&format!("{ambiguous} links may mean several pages: heph page lint"));
    }
    Ok(())
}
