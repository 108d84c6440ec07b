//! `cargo xtask docs`: writes the reference pages from the code, and the terminal pictures from real output.

use anyhow::bail;
use clap::{Args, Subcommand};

use crate::{output, process, workspace};

mod page;
mod pictures;
#[cfg(feature = "reference")]
mod protocol;
#[cfg(feature = "reference")]
mod schema;
mod svg;

use page::Page;

/// Arguments of `cargo xtask docs`.
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask docs --check")]
pub(crate) struct Docs {
    /// Change nothing; fail when a page is not as it would be written.
    #[arg(long)]
    check: bool,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Draw the terminal pictures anew.
    Pictures,
}

impl Docs {
    /// Writes or checks the pages.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match (self.what, pages()) {
            (Some(What::Pictures), _) => pictures::draw(),
            (None, Some(pages)) if self.check => compare(&pages),
            (None, Some(pages)) => write(&pages),
            (None, None) => with_reference(self.check),
        }
    }
}

/// Checks that the reference pages are those of the code.
pub(crate) fn check() -> anyhow::Result<()> {
    match pages() {
        Some(pages) => compare(&pages),
        None => with_reference(true),
    }
}

/// The same command in an xtask that has the daemon and the command line built in.
fn with_reference(check: bool) -> anyhow::Result<()> {
    let mut command = workspace::cargo();
    command.args([
        "run",
        "--quiet",
        "--locked",
        "--package",
        "xtask",
        "--features",
        "reference",
        "--",
        "docs",
    ]);
    if check {
        command.arg("--check");
    }
    process::run(&mut command)
}

/// The pages as the code says they are; `None` in an xtask that was built without the code they describe.
#[cfg(feature = "reference")]
fn pages() -> Option<Vec<Page>> {
    let cli = Page::titled("docs/reference/cli.md", &["reference", "cli"], &heph_cli::reference_markdown());
    let config = hephd::config::reference_markdown();
    let config = Page::titled("docs/reference/config.md", &["reference", "config"], &config);
    let keys =
        Page::titled("docs/reference/tui-keys.md", &["reference", "tui"], &heph_tui::reference_markdown());
    Some(vec![cli, config, protocol::page(), keys])
}

#[cfg(not(feature = "reference"))]
fn pages() -> Option<Vec<Page>> {
    None
}

fn write(pages: &[Page]) -> anyhow::Result<()> {
    for page in pages {
        if page.write()? {
            output::note(format_args!("wrote {}", page.path));
        }
    }
    Ok(())
}

fn compare(pages: &[Page]) -> anyhow::Result<()> {
    let mut stale = Vec::new();
    for page in pages {
        if let Some(difference) = page.difference()? {
            output::note(format_args!("{}: {difference}", page.path));
            stale.push(page.path);
        }
    }
    if !stale.is_empty() {
        bail!("{} differ from the code; run `cargo xtask docs` and commit what it writes", stale.join(", "));
    }
    Ok(())
}
