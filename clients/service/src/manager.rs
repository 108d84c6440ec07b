//! What a service manager is asked for, and what it answers.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::ServiceError;
use crate::flags::Word;

/// What a service runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The program, in full.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<Word>,
}

/// A service as its file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Installed {
    /// What it runs; `None` when the file does not say so, or says what is not understood.
    pub command: Option<Command>,
    /// What it says it runs, when that is not understood.
    pub unreadable: Option<String>,
    /// Variables it sets.
    pub environment: Vec<(String, String)>,
    /// Whether the program was named by a person, and is not just the one beside `heph`.
    pub is_given: bool,
    /// What the file has that is not understood.
    pub strange: Vec<String>,
    /// The file as it is.
    pub text: Vec<u8>,
}

/// What a service's file has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What it runs.
    pub command: Command,
    /// Whether a person named the program.
    pub is_given: bool,
    /// Whether it needs a `PATH` that finds cargo.
    pub needs_path: bool,
    /// That `PATH`.
    pub path: String,
    /// Variables that the file, or one beside it, sets.
    pub variables: Vec<String>,
    /// The log for what is said before hephd's own log is open, where the manager keeps none.
    pub errors: PathBuf,
}

#[cfg(test)]
impl Plan {
    /// A plan for tests.
    pub(crate) fn sample(program: &str, arguments: &[&str]) -> Self {
        Self {
            command: Command {
                program: program.into(),
                arguments: arguments.iter().map(|text| Word::from(*text)).collect(),
            },
            is_given: false,
            needs_path: false,
            path: "/home/x/.cargo/bin:/usr/bin".to_owned(),
            variables: Vec::new(),
            errors: "/home/x/.local/share/heph/hephd.stderr.log".into(),
        }
    }
}

/// A service's file as it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The file.
    pub text: String,
    /// What of the present file is kept beside what heph writes.
    pub kept: Vec<String>,
    /// What of the present file is not as it was, and what it was.
    pub replaced: Vec<String>,
}

/// What a service is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Nothing.
    #[default]
    Stopped,
    /// It was started and is not ready yet.
    Starting,
    /// It is ready.
    Running,
    /// It is about to end.
    Stopping,
    /// It ended and will be started again in a moment.
    Waiting,
    /// It ended and is not started again.
    Failed,
}

/// What a service manager knows of the service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// What it is doing.
    pub activity: Activity,
    /// Whether it starts at login.
    pub is_enabled: bool,
    /// Whether somebody forbade to start it.
    pub is_masked: bool,
    /// Whether the manager has read the file as it is now.
    pub is_fresh: bool,
    /// Its main process.
    pub pid: Option<u32>,
    /// When it came to what it is doing, in Unix seconds.
    pub since: Option<i64>,
    /// How its main process ended last: an exit code, or the name of a signal.
    pub ended: Option<Ended>,
    /// How often the manager started it again.
    pub restarts: u32,
    /// Why the manager ended it, if it did: `timeout`, `watchdog`.
    pub ended_for: Option<String>,
    /// Files that change what the service's own file says.
    pub drop_ins: Vec<PathBuf>,
}

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// With an exit code.
    Code(i32),
    /// By a signal.
    Signal(String),
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
        }
    }
}

/// A service manager of the user.
pub trait Manager: std::fmt::Debug {
    /// Its name.
    fn name(&self) -> &'static str;

    /// The name it has for the service.
    fn unit(&self) -> &'static str;

    /// The service's file, whether it is there or not.
    fn file(&self) -> &Path;

    /// Whether it can be spoken to.
    ///
    /// # Errors
    /// What is missing, in a sentence.
    fn reach(&self) -> Result<(), String>;

    /// Reads a service's file, with others that change it.
    ///
    /// # Errors
    /// [`ServiceError::Malformed`]
    fn read(&self, text: &[u8], drop_ins: &[String]) -> Result<Installed, ServiceError>;

    /// Writes a service's file; what a person added to the present one stays.
    ///
    /// # Errors
    /// [`ServiceError`] for what cannot be said in such a file.
    fn render(&self, plan: &Plan, present: Option<&[u8]>) -> Result<Rendered, ServiceError>;

    /// What it knows of the service.
    ///
    /// # Errors
    /// [`ServiceError::Command`]
    fn state(&self) -> Result<State, ServiceError>;

    /// Takes in what the files say now.
    ///
    /// # Errors
    /// [`ServiceError::Command`]
    fn reload(&self) -> Result<(), ServiceError>;

    /// Takes in that the file is new or changed, and has it started at login from now on.
    ///
    /// # Errors
    /// [`ServiceError::Command`]
    fn enable(&self) -> Result<(), ServiceError>;

    /// Starts the service, unless it runs.
    ///
    /// # Errors
    /// [`ServiceError::Command`]
    fn start(&self) -> Result<(), ServiceError>;

    /// Stops it and starts it anew, as its file now is.
    ///
    /// # Errors
    /// [`ServiceError::Command`]
    fn restart(&self) -> Result<(), ServiceError>;

    /// Stops it until the next login, or until it is started.
    ///
    /// # Errors
    /// [`ServiceError::Command`]
    fn stop(&self) -> Result<(), ServiceError>;

    /// Stops it and has it started no more; the file is removed between this and [`Manager::forget`].
    ///
    /// # Errors
    /// [`ServiceError::Command`] when it still runs.
    fn disable(&self) -> Result<(), ServiceError>;

    /// Removes what starts it at login and is not in its file, without the manager; answers whether there was any.
    fn unlink(&self) -> bool;

    /// Takes in that the file is gone.
    ///
    /// # Errors
    /// [`ServiceError::Command`]
    fn forget(&self) -> Result<(), ServiceError>;

    /// Whether the service goes on while nobody is logged in; `None` where that is no question.
    fn is_lingering(&self) -> Option<bool>;
}
