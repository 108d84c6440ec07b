//! Settings of the client: flags, then the environment, then the file, then defaults.
//!
//! The file is the daemon's too; only `socket` and the table `[cli]` are read here, the rest is left to its owner.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use heph_protocol::types::Setting;
use heph_terminal::config_file;
use serde::Deserialize;

use crate::args::Global;
use crate::environment::{path_variable, variable, variable_if_set};
use crate::error::{Exit, Failure};
use crate::output::style::ColourChoice;

/// Rows of a list on a terminal, unless set.
pub(crate) const ROWS: u32 = 50;

/// The configuration file, as far as the client reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct File {
    socket: Option<PathBuf>,
    cli: Cli,
}

/// The table `[cli]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Cli {
    color: Option<ColourChoice>,
    context: Option<String>,
    editor: Option<String>,
    limit: Option<u32>,
    pager: Option<String>,
}

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin<T> {
    /// The value.
    pub(crate) value: T,
    /// `flag`, `environment`, `file` or `default`.
    pub(crate) origin: &'static str,
}

impl<T> Origin<T> {
    fn first(flag: Option<T>, environment: Option<T>, file: Option<T>, default: impl FnOnce() -> T) -> Self {
        let named = [(flag, "flag"), (environment, "environment"), (file, "file")];
        for (value, origin) in named {
            if let Some(value) = value {
                return Self { value, origin };
            }
        }
        Self { value: default(), origin: "default" }
    }
}

/// The settings in force.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// The configuration file, whether it is there or not.
    pub(crate) path: PathBuf,
    /// The daemon's socket.
    pub(crate) socket: Origin<PathBuf>,
    /// When to colour.
    pub(crate) colour: Origin<ColourChoice>,
    /// The context to ask in, a name or a filter, empty for none; by default the one this machine is in.
    pub(crate) context: Origin<String>,
    /// The editor, a command of the shell.
    pub(crate) editor: Origin<String>,
    /// Rows of a list on a terminal.
    pub(crate) limit: Origin<u32>,
    /// The pager, a command of the shell; empty for none.
    pub(crate) pager: Origin<String>,
}

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    /// `unsupported` (exit 78, as the daemon) for a file that cannot be read or understood.
    pub(crate) fn load(global: &Global) -> Result<Self, Failure> {
        let path = config_file::path();
        let file = read(&path)?;
        Ok(Self::resolve(path, file, global))
    }

    /// The settings as if there were no file, for when it cannot be read.
    pub(crate) fn without_file(global: &Global) -> Self {
        Self::resolve(config_file::path(), File::default(), global)
    }

    fn resolve(path: PathBuf, file: File, global: &Global) -> Self {
        let context = if global.no_context { Some(String::new()) } else { None };
        let from_environment = ColourChoice::from_environment(variable).map(|(choice, _)| choice);
        Self {
            path,
            socket: Origin::first(global.socket.clone(), path_variable("HEPH_SOCKET"), file.socket, || {
                heph_client::default_socket()
            }),
            colour: Origin::first(global.color, from_environment, file.cli.color, ColourChoice::default),
            context: Origin::first(context, variable_if_set("HEPH_CONTEXT"), file.cli.context, String::new),
            editor: Origin::first(
                None,
                variable("VISUAL").or_else(|| variable("EDITOR")),
                file.cli.editor,
                || "vi".to_owned(),
            ),
            limit: Origin::first(global.limit, None, file.cli.limit.filter(|rows| *rows > 0), || ROWS),
            pager: Origin::first(None, variable("PAGER"), file.cli.pager, String::new),
        }
    }

    /// The settings as rows.
    pub(crate) fn settings(&self) -> Vec<Setting> {
        fn row(name: &str, value: impl Display, origin: &str) -> Setting {
            Setting { name: name.to_owned(), value: value.to_string(), origin: origin.to_owned() }
        }
        vec![
            row(
                "config",
                self.path.display(),
                if path_variable("HEPH_CONFIG").is_some() { "environment" } else { "default" },
            ),
            row("socket", self.socket.value.display(), self.socket.origin),
            row("cli.color", self.colour.value.name(), self.colour.origin),
            row("cli.context", &self.context.value, self.context.origin),
            row("cli.editor", &self.editor.value, self.editor.origin),
            row("cli.limit", self.limit.value, self.limit.origin),
            row("cli.pager", &self.pager.value, self.pager.origin),
        ]
    }
}

fn read(path: &Path) -> Result<File, Failure> {
    config_file::load(path)
        .map_err(|error| Failure::new(Exit::Unsupported, error.to_string()).hint(error.hint()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn understand(text: &str) -> Result<File, String> {
        config_file::understand(text)
    }

    #[test]
    fn the_table_of_the_client_is_read_and_the_daemons_left_alone() {
        let file = understand(
            "socket = '/s'\nmode = 'local'\n[log]\nlevel = 1\n[cli]\ncolor = 'never'\nlimit = 9\n",
        );
        let file = file.unwrap();
        assert_eq!(file.socket, Some(PathBuf::from("/s")));
        assert_eq!(file.cli.color, Some(ColourChoice::Never));
        assert_eq!(file.cli.limit, Some(9));
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        assert!(
            understand("\n[cli]\ncolour = 'never'\n")
                .unwrap_err()
                .starts_with("line 3: unknown field `colour`")
        );
        assert!(understand("[cli]\ncolor = 'pink'\n").unwrap_err().starts_with("line 2: "));
        assert!(understand("[cli\n").unwrap_err().starts_with("line 1: "));
    }

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let file = || understand("[cli]\nlimit = 9\n").unwrap();
        let flag = Global { limit: Some(3), ..Global::default() };
        let resolved = |file, global: &Global| Config::resolve(PathBuf::new(), file, global).limit;
        assert_eq!(resolved(file(), &flag), Origin { value: 3, origin: "flag" });
        assert_eq!(resolved(file(), &Global::default()), Origin { value: 9, origin: "file" });
        assert_eq!(resolved(File::default(), &Global::default()), Origin { value: ROWS, origin: "default" });
    }
}
