//! The daemon's settings: flags over environment over file over defaults, read once into a [`Config`].

mod file;
mod flags;
mod hub;
mod reference;
mod settings;
mod update;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use heph_protocol::types::Setting;

pub use self::flags::{Arguments, Command, Flags};
pub use self::hub::{HubConfig, SpokeConfig, TlsFiles};
pub use self::reference::{default_file, reference_markdown};
pub use self::update::UpdateConfig;

/// Exit code for a bad configuration (`EX_CONFIG`); the service manager does not try again.
pub const EXIT_CONFIG: u8 = 78;

/// What the daemon is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// One person's store on this machine.
    Local,
    /// A hub: the place where the stores of several machines meet.
    Server,
}

/// Where the log goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogTarget {
    /// A file, rotated.
    File(PathBuf),
    /// Standard error.
    Stderr,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

/// How long a session waits for what. No settings of the user: tests shorten them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// For `hello`.
    pub handshake: Duration,
    /// For the rest of a frame that was begun, and for the place of a large one.
    pub frame: Duration,
    /// For the client to read one frame.
    pub write: Duration,
    /// For the requests in flight once the connection is to end.
    pub drain: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(5),
            frame: Duration::from_secs(30),
            write: Duration::from_secs(10),
            drain: Duration::from_secs(4),
        }
    }
}

/// The settings in force, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// What the daemon is.
    pub mode: Mode,
    /// The database file.
    pub db: PathBuf,
    /// The socket.
    pub socket: PathBuf,
    /// Where the log goes.
    pub log: LogTarget,
    /// How its lines look.
    pub log_format: LogFormat,
    /// What is logged, in the syntax of `RUST_LOG`.
    pub log_filter: String,
    /// Whether reminders are shown on the desktop.
    pub notifications: bool,
    /// The most bytes of a file that is attached to a page.
    pub attachment_limit: u64,
    /// The folder that is heph's alone and kept private, if a default path is in it.
    pub own_folder: Option<PathBuf>,
    /// How long sessions wait.
    pub deadlines: Deadlines,
    /// What it needs as a hub, in mode server.
    pub hub: Option<HubConfig>,
    /// The hub it syncs with, in mode local.
    pub spoke: Option<SpokeConfig>,
    /// How it is kept up to date.
    pub update: UpdateConfig,
    /// All settings with where they came from.
    pub settings: Vec<Setting>,
}

impl Mode {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Server => "server",
        }
    }
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration {} cannot be read: {source}; check the path in HEPH_CONFIG", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: std::io::Error,
    },
    /// The file says something that is not understood.
    #[error("{}, line {line}: {message}; see the configuration reference", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
    /// A value is not one of those that are possible.
    #[error("{origin}: `{value}` is no {setting}; {expected}")]
    Value {
        /// The setting.
        setting: &'static str,
        /// Its value.
        value: String,
        /// The flag, variable or file it came from.
        origin: String,
        /// What would be possible.
        expected: String,
    },
    /// Something a later version can do.
    #[error("{what} is not in this version of hephd; take it out, or upgrade hephd")]
    NotBuilt {
        /// The flag or value.
        what: String,
    },
    /// Two settings do not go together.
    #[error("{what}")]
    Together {
        /// What is wrong and what to do, as a sentence.
        what: String,
    },
    /// No default path can be made.
    #[error("HOME is not set, so there is no default place for {what}; set HOME, or say where with {flag}")]
    NoHome {
        /// What needs a place.
        what: &'static str,
        /// The flag that says where.
        flag: &'static str,
    },
}

impl Config {
    /// Reads flags, environment and file.
    ///
    /// # Errors
    /// [`ConfigError`], with what is wrong and where; exit code [`EXIT_CONFIG`].
    pub fn load(flags: &Flags, variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, ConfigError> {
        flags.refuse_what_is_not_built()?;
        let file = file::read(&variable)?;
        settings::resolve(flags, &variable, file)
    }

    /// Everything in one folder and the log on standard error: for tests, demos and in-process daemons.
    pub fn in_folder(folder: &Path) -> Self {
        let (db, socket) = (folder.join("heph.db"), folder.join("hephd.sock"));
        let flags = Flags {
            db: Some(db.into_os_string().into()),
            socket: Some(socket.into_os_string().into()),
            log: Some("-".into()),
            ..Flags::default()
        };
        settings::resolve(&flags, &|_| None, None).expect("nothing is left to be wrong")
    }

    /// The file all else of this daemon is kept beside, and whose lock tells that it runs: the store, or the hub's database.
    pub fn main_db(&self) -> PathBuf {
        match self.mode {
            Mode::Local => self.db.clone(),
            Mode::Server => self.db.with_file_name("hub.db"),
        }
    }

    /// The personal store of a hub's owner, which lies beside the hub's database.
    pub fn owners_db(&self) -> Option<PathBuf> {
        self.hub.as_ref().and_then(|hub| hub.owner.as_ref()).map(|_| self.db.clone())
    }

    /// What is in force, as a JSON object: `mode`, `db`, `socket`, `log` (`-` for standard error).
    pub fn in_force(&self) -> String {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let log = self.log_file().map_or_else(|| "-".to_owned(), text);
        let (db, socket) = (text(&self.db), text(&self.socket));
        serde_json::json!({ "mode": self.mode.name(), "db": db, "socket": socket, "log": log }).to_string()
    }

    /// Path of the log file, if there is one.
    pub fn log_file(&self) -> Option<&Path> {
        match &self.log {
            LogTarget::File(path) => Some(path),
            LogTarget::Stderr => None,
        }
    }
}
