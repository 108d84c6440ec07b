//! Settings: flags, then the environment, then the file, then defaults.
//!
//! The file is the daemon's and the command line's too; read here are `socket`, `cli.context`, `cli.editor` and the table `[tui]`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use heph_protocol::request::Span;
use heph_terminal::config_file::{self, ConfigFileError};
use heph_terminal::environment::{path_variable, variable, variable_if_set};
use serde::Deserialize;

use crate::keymap::Keymap;
use crate::model::ViewId;
use crate::theme::{Look, RoleName, Theme, ThemeName};

/// The file, as far as it is read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct File {
    socket: Option<PathBuf>,
    cli: Cli,
    tui: Tui,
}

/// What is read of the command line's table; the rest of it is its own.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Cli {
    context: Option<String>,
    editor: Option<String>,
}

/// The table `[tui]`.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Tui {
    start: ViewId,
    span: Span,
    filter: String,
    theme: ThemeName,
    mouse: bool,
    keys: Keymap,
    colors: BTreeMap<RoleName, Look>,
}

impl Default for Tui {
    fn default() -> Self {
        Self {
            start: ViewId::Next,
            span: Span::Day,
            filter: String::new(),
            theme: ThemeName::Terminal,
            mouse: true,
            keys: Keymap::default(),
            colors: BTreeMap::new(),
        }
    }
}

/// The settings in force.
#[derive(Debug)]
pub(crate) struct Config {
    /// The daemon's socket.
    pub(crate) socket: PathBuf,
    /// The editor, a command of the shell.
    pub(crate) editor: String,
    /// The context to ask in, a name or a filter, empty for none; without it the one this machine is in.
    pub(crate) context: Option<String>,
    /// The view it begins with.
    pub(crate) start: ViewId,
    /// What the agenda begins with.
    pub(crate) span: Span,
    /// The filter Tasks begins with.
    pub(crate) filter: String,
    /// How it looks.
    pub(crate) theme: Theme,
    /// Whether the mouse is heeded.
    pub(crate) mouse: bool,
    /// Which key does what.
    pub(crate) keymap: Keymap,
}

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    /// When the file cannot be read or understood.
    pub(crate) fn load(socket: Option<PathBuf>, start: Option<ViewId>) -> Result<Self, ConfigFileError> {
        Self::from_file(&config_file::path(), socket, start)
    }

    fn from_file(
        path: &Path,
        socket: Option<PathBuf>,
        start: Option<ViewId>,
    ) -> Result<Self, ConfigFileError> {
        let File { socket: from_file, cli, tui } = config_file::load(path)?;
        let socket = socket.or_else(|| path_variable("HEPH_SOCKET")).or(from_file);
        let editor = variable("VISUAL").or_else(|| variable("EDITOR")).or(cli.editor);
        let has_colour = variable("NO_COLOR").is_none();
        Ok(Self {
            socket: socket.unwrap_or_else(heph_client::default_socket),
            context: variable_if_set("HEPH_CONTEXT").or(cli.context).map(|context| context.trim().to_owned()),
            editor: editor.unwrap_or_else(|| "vi".to_owned()),
            start: start.unwrap_or(tui.start),
            span: tui.span,
            filter: tui.filter,
            theme: Theme::new(tui.theme, &tui.colors, has_colour),
            mouse: tui.mouse,
            keymap: tui.keys,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;
    use crate::keymap::Command;

    fn understand(text: &str) -> Result<Tui, String> {
        config_file::understand::<File>(text).map(|file| file.tui)
    }

    #[test]
    fn the_table_is_read_and_those_of_others_are_left_alone() {
        let tui = understand(
            "mode = 'local'\n[cli]\nlimit = 9\neditor = 'ed'\n[tui]\nstart = 'agenda'\nspan = 'week'\nmouse = false\n\
             theme = 'light'\n[tui.keys]\ndown = ['n', 'ctrl-n']\n[tui.colors]\noverdue = 'red bold'\n",
        )
        .unwrap();
        assert_eq!(
            (tui.start, tui.span, tui.mouse, tui.theme),
            (ViewId::Agenda, Span::Week, false, ThemeName::Light)
        );
        assert_eq!(tui.keys.command(Key::ctrl('n')), Some(Command::Down));
        assert_eq!(tui.keys.command(Key::char('k')), Some(Command::Up));
        assert_eq!(tui.colors.len(), 1);
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        for (text, said) in [
            ("\n[tui]\ncolour = 'x'\n", "line 3: unknown field `colour`"),
            ("[tui]\nstart = 'tomorrow'\n", "line 2: "),
            ("[tui]\ntheme = 'pink'\n", "line 2: "),
            ("[tui.keys]\nup = ['u']\ndwon = ['n']\n", "line 3: there is no command `dwon`"),
            ("[tui.keys]\ndown = ['j', 'nn']\n", "line 2: there is no key `nn`"),
            ("[tui.colors]\nid = 'pink'\n", "line 2: `pink` is no colour"),
            ("[tui.colors]\nids = 'red'\n", "line 2: nothing is called `ids`"),
            ("\n[tui.keys]\ndown = ['n']\nup = ['n']\n", "line 2: `n` is set for `down` and for `up`"),
        ] {
            let error = understand(text).unwrap_err();
            assert!(error.starts_with(said), "{text}: {error}");
        }
    }
}
