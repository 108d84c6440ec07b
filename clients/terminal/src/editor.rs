//! The user's editor on a text, so that nothing typed is ever lost.

use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::{NamedTempFile, TempPath};

use crate::text::system_words;

/// A text in a file of its own (mode 0600) while it is edited.
#[derive(Debug)]
pub struct Draft {
    file: NamedTempFile,
    saved: String,
}

/// Why a text could not be edited.
#[derive(Debug)]
pub struct EditorError {
    /// What went wrong.
    pub problem: EditorProblem,
    /// Where what was typed is kept, in a sentence, if anything was.
    pub kept: Option<String>,
    /// The file it is kept in, from which it can be edited on.
    pub file: Option<PathBuf>,
}

/// What went wrong with an editor, as the beginning of a sentence.
#[derive(Debug, thiserror::Error)]
pub enum EditorProblem {
    /// There is no place for the text.
    #[error("cannot write a file for the editor: {}", system_words(.0))]
    NoFile(io::Error),
    /// There is no shell.
    #[error("cannot start a shell for the editor: {}", system_words(.0))]
    NoShell(io::Error),
    /// There is no such program.
    #[error("the editor `{0}` cannot be found")]
    Missing(String),
    /// It ended with a code that means failure.
    #[error("the editor `{0}` failed with exit code {1}")]
    Failed(String, i32),
    /// A signal ended it.
    #[error("the editor `{0}` was stopped")]
    Stopped(String),
    /// It left bytes that are no text.
    #[error("the edited text is not UTF-8")]
    NotUtf8,
    /// Its file is gone.
    #[error("cannot read the edited text: {}", system_words(.0))]
    Unreadable(io::Error),
}

impl EditorError {
    /// What to do next, beginning with where the text is.
    pub fn hint(&self) -> Option<String> {
        let hint = match self.problem {
            EditorProblem::NoFile(_) => Some("TMPDIR names another folder".to_owned()),
            EditorProblem::Missing(_) => Some("set VISUAL or EDITOR".to_owned()),
            _ => None,
        };
        match (&self.kept, hint) {
            (Some(kept), Some(hint)) => Some(format!("{kept}; {hint}")),
            (kept, hint) => kept.clone().or(hint),
        }
    }
}

impl fmt::Display for EditorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)
    }
}

impl std::error::Error for EditorError {}

impl From<EditorProblem> for EditorError {
    fn from(problem: EditorProblem) -> Self {
        Self { problem, kept: None, file: None }
    }
}

impl Draft {
    /// Writes a text for the editor. `saved` is what the store has of it: a text that differs is worth keeping.
    ///
    /// # Errors
    /// [`EditorProblem::NoFile`].
    pub fn new(text: &str, saved: &str) -> Result<Self, EditorError> {
        let write = || {
            let mut file = tempfile::Builder::new().prefix("heph-").suffix(".md").tempfile()?;
            file.write_all(text.as_bytes())?;
            file.flush()?;
            Ok(file)
        };
        let file = write().map_err(EditorProblem::NoFile)?;
        Ok(Self { file, saved: saved.to_owned() })
    }

    /// Takes up a text that was kept in a file. The file goes with the draft unless it is kept again.
    ///
    /// # Errors
    /// [`EditorProblem::Unreadable`] when it is not there any more.
    pub fn of_file(file: &Path, saved: &str) -> Result<Self, EditorError> {
        let open = fs::OpenOptions::new().read(true).write(true).open(file);
        let path = TempPath::try_from_path(file);
        let (open, path) = open.and_then(|open| Ok((open, path?))).map_err(EditorProblem::Unreadable)?;
        Ok(Self { file: NamedTempFile::from_parts(open, path), saved: saved.to_owned() })
    }

    /// Opens the editor, a command of the shell, on it and gives the text back.
    ///
    /// # Errors
    /// When the editor cannot be started or fails. A text that was changed is then kept in its file, which is named.
    pub fn edit(self, editor: &str) -> Result<(Self, String), EditorError> {
        // Through the shell, as git does: the setting may hold arguments and quotes.
        let status = Command::new("sh")
            .arg("-c")
            .arg(format!("{editor} \"$1\""))
            .arg("heph")
            .arg(self.file.path())
            .status();
        let failed = match status {
            Ok(status) if status.success() => None,
            Ok(status) => Some(match status.code() {
                Some(127) => EditorProblem::Missing(editor.to_owned()),
                Some(code) => EditorProblem::Failed(editor.to_owned(), code),
                None => EditorProblem::Stopped(editor.to_owned()),
            }),
            Err(error) => Some(EditorProblem::NoShell(error)),
        };
        // Read by path: many editors write a new file and rename it over the old one.
        let text = fs::read(self.file.path()).map(String::from_utf8);
        match (failed, text) {
            (None, Ok(Ok(text))) => Ok((self, text)),
            (None, Ok(Err(_))) => Err(self.keeping(EditorProblem::NotUtf8)),
            (None, Err(error)) => Err(EditorProblem::Unreadable(error).into()),
            (Some(problem), Ok(Ok(text))) if text == self.saved => Err(problem.into()),
            (Some(problem), _) => Err(self.keeping(problem)),
        }
    }

    /// Keeps the file, and says where it is.
    pub fn keep(self) -> String {
        kept(&self.into_file())
    }

    /// Lets the file stay, and gives its path.
    ///
    /// # Errors
    /// When the system does not let it stay.
    pub fn into_file(self) -> io::Result<PathBuf> {
        self.file.keep().map(|(_, path)| path).map_err(|error| error.error)
    }

    fn keeping(self, problem: EditorProblem) -> EditorError {
        let file = self.into_file();
        EditorError { problem, kept: Some(kept(&file)), file: file.ok() }
    }
}

fn kept(file: &io::Result<PathBuf>) -> String {
    match file {
        Ok(path) => format!("your text is kept in {}", path.display()),
        Err(error) => format!("your text could not be kept: {}", system_words(error)),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_editor_gets_a_private_file_and_its_text_comes_back() {
        let draft = Draft::new("one\n", "one\n").unwrap();
        let mode = draft.file.as_file().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let (_, text) = draft.edit("sed -i s/one/two/").unwrap();
        assert_eq!(text, "two\n");
    }

    #[test]
    fn what_was_typed_is_kept_when_the_editor_fails() {
        let editor = "f() { echo typed > \"$1\"; return 3; }; f";
        let error = Draft::new("", "").unwrap().edit(editor).map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), format!("the editor `{editor}` failed with exit code 3"));
        let hint = error.hint().unwrap();
        let path = hint.strip_prefix("your text is kept in ").unwrap();
        assert_eq!(fs::read_to_string(path).unwrap(), "typed\n");
        let file = error.file.unwrap();
        let again = Draft::of_file(&file, "").unwrap().edit("false").map(|_| ()).unwrap_err();
        assert_eq!(again.file.as_ref(), Some(&file), "it is the same file that is edited on");
        let (draft, text) = Draft::of_file(&file, "").unwrap().edit("true").unwrap();
        assert_eq!(text, "typed\n");
        drop(draft);
        assert!(!file.exists());
        assert!(Draft::of_file(&file, "").is_err());
    }

    #[test]
    fn a_missing_editor_is_named() {
        let error = Draft::new("", "").unwrap().edit("no-such-editor-here").map(|_| ()).unwrap_err();
        assert_eq!(error.hint().unwrap(), "set VISUAL or EDITOR");
    }
}
