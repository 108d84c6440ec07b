//! The user's editor on a text, so that nothing typed is ever lost.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use tempfile::NamedTempFile;

use crate::error::{Exit, Failure};
use crate::output::Outcome;

/// A text in a file of its own (mode 0600) while it is edited.
pub(crate) struct Draft {
    file: NamedTempFile,
    saved: String,
}

impl Draft {
    /// Writes a text for the editor. `saved` is what the store has of it: a text that differs is worth keeping.
    pub(crate) fn new(text: &str, saved: &str) -> Outcome<Self> {
        let write = || {
            let mut file = tempfile::Builder::new().prefix("heph-").suffix(".md").tempfile()?;
            file.write_all(text.as_bytes())?;
            file.flush()?;
            Ok(file)
        };
        let file = write().map_err(|error: std::io::Error| {
            Failure::io("cannot write a file for the editor", &error).hint("TMPDIR names another folder")
        })?;
        Ok(Self { file, saved: saved.to_owned() })
    }

    /// Opens the editor on it and gives the text back.
    ///
    /// # Errors
    /// When the editor cannot be started or fails. A text that was changed is then kept in its file, which is named.
    pub(crate) fn edit(self, editor: &str) -> Outcome<(Self, String)> {
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
                Some(127) => Failure::new(Exit::Runtime, format!("the editor `{editor}` cannot be found"))
                    .hint("set VISUAL or EDITOR"),
                Some(code) => {
                    Failure::new(Exit::Runtime, format!("the editor `{editor}` failed with exit code {code}"))
                }
                None => Failure::new(Exit::Interrupted, format!("the editor `{editor}` was stopped")),
            }),
            Err(error) => Some(Failure::io("cannot start a shell for the editor", &error)),
        };
        // Read by path: many editors write a new file and rename it over the old one.
        let text = fs::read(self.file.path()).map(String::from_utf8);
        match (failed, text) {
            (None, Ok(Ok(text))) => Ok((self, text)),
            (None, Ok(Err(_))) => Err(self.keep(Failure::usage("the edited text is not UTF-8"))),
            (None, Err(error)) => Err(Failure::io("cannot read the edited text", &error)),
            (Some(failure), Ok(Ok(text))) if text == self.saved => Err(failure),
            (Some(failure), _) => Err(self.keep(failure)),
        }
    }

    /// Keeps the file and says in the failure where it is.
    pub(crate) fn keep(self, failure: Failure) -> Failure {
        let path: PathBuf = self.file.path().to_owned();
        match self.file.keep() {
            Ok(_) => failure.hint_first(format!("your text is kept in {}", path.display())),
            Err(error) => failure.hint_first(format!("your text could not be kept: {}", error.error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn hint(failure: Failure) -> String {
        match failure {
            Failure::Problem(problem) => problem.hint.unwrap_or_default(),
            other => panic!("{other:?}"),
        }
    }

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
        let failure = Draft::new("", "").unwrap().edit(editor).map(|_| ()).unwrap_err();
        let hint = hint(failure);
        let path = hint.strip_prefix("your text is kept in ").unwrap();
        assert_eq!(fs::read_to_string(path).unwrap(), "typed\n");
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_missing_editor_is_named() {
        let failure = Draft::new("", "").unwrap().edit("no-such-editor-here").map(|_| ()).unwrap_err();
        assert_eq!(hint(failure), "set VISUAL or EDITOR");
    }
}
