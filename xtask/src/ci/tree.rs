//! The files of the working tree that the checks read.

use std::path::Path;

use anyhow::Context as _;

use super::code;
use crate::{process, workspace};

/// A text file.
#[derive(Debug, Clone)]
pub(crate) struct File {
    /// Its path from the root, with `/`.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

impl File {
    /// Whether it is Rust.
    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Its code: no comments, no literals, no test modules.
    pub(crate) fn code(&self) -> String {
        code::without_tests(&code::without_comments(&self.text))
    }
}

/// Reads every text file that git knows or would take in.
///
/// # Errors
/// When git is not there or a file cannot be read.
pub(crate) fn files() -> anyhow::Result<Vec<File>> {
    let root = workspace::root();
    let mut git = std::process::Command::new("git");
    git.current_dir(&root).args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]);
    let list = process::read(&mut git).context("cannot list the files of the tree")?;
    let mut files = Vec::new();
    for path in list.split('\0').filter(|path| !path.is_empty()) {
        if let Some(text) = read(&root.join(path))? {
            files.push(File { path: path.to_owned(), text });
        }
    }
    Ok(files)
}

/// A file's text; `None` for what is no text, or was deleted.
fn read(path: &Path) -> anyhow::Result<Option<String>> {
    if !path.is_file() {
        return Ok(None);
    }
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(String::from_utf8(bytes).ok())
}
