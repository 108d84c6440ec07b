//! Whose service it is, and where hephd keeps what it has.

use std::path::{Path, PathBuf};

use rustix::process::getuid;

/// A user of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The home folder.
    pub home: PathBuf,
    /// The user's number.
    pub uid: u32,
    /// The user's name.
    pub user: String,
}

impl Place {
    /// The user this process runs as; `None` without a home folder.
    pub fn of_process() -> Option<Self> {
        let home = std::env::home_dir().filter(|home| home.is_absolute())?;
        let user = ["USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
        let uid = getuid().as_raw();
        Some(Self {
            home,
            uid,
            user: user.filter(|user| !user.is_empty()).unwrap_or_else(|| uid.to_string()),
        })
    }

    /// The folder that is heph's.
    pub fn data(&self) -> PathBuf {
        self.home.join(".local/share/heph")
    }

    /// The socket a service has unless its settings say another.
    pub fn socket(&self) -> PathBuf {
        self.data().join("hephd.sock")
    }

    /// The store, likewise.
    pub fn db(&self) -> PathBuf {
        self.data().join("heph.db")
    }

    /// The log, likewise.
    pub fn log(&self) -> PathBuf {
        self.data().join("hephd.log")
    }

    /// Where launchd writes what hephd says before its own log is open.
    pub fn errors(&self) -> PathBuf {
        self.data().join("hephd.stderr.log")
    }

    /// The folder of cargo's programs, if cargo is in it.
    pub(crate) fn cargo(&self) -> Option<PathBuf> {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let named = std::env::var_os("CARGO_HOME").map(|home| Path::new(&home).join("bin"));
        let usual = self.home.join(".cargo/bin");
        std::iter::once(usual)
            .chain(named)
            .chain(std::env::split_paths(&folders))
            .find(|folder| folder.is_absolute() && folder.join("cargo").is_file())
    }
}
