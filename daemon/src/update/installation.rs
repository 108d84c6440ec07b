//! Where the programs are that an update replaces, and whether they are ours to replace.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{Access, access};

use crate::domain::update::Program;

/// Folders whose programs belong to a package manager, and what it is called.
const PACKAGED: &[(&str, &str)] = &[
    ("/nix/store", "Nix"),
    ("/gnu/store", "Guix"),
    ("/snap", "snap"),
    ("/var/lib/flatpak", "Flatpak"),
    ("/opt/homebrew", "Homebrew"),
    ("/home/linuxbrew", "Homebrew"),
    ("/usr/local/Cellar", "Homebrew"),
    ("/usr/bin", "the system's packages"),
    ("/usr/sbin", "the system's packages"),
    ("/usr/lib", "the system's packages"),
    ("/usr/libexec", "the system's packages"),
    ("/bin", "the system's packages"),
];

/// The programs are not ours to replace.
#[derive(Debug, thiserror::Error)]
pub enum Foreign {
    /// The running program does not know where it is.
    #[error("this hephd does not know which file it runs: {0}; start it by its full path")]
    Unknown(io::Error),
    /// Its file was replaced since it started.
    #[error("hephd was replaced by another build since it started; run: heph daemon restart")]
    Replaced,
    /// Its file has another name.
    #[error("{} is not called hephd, so an update would not replace it; update it as it was installed", path.display())]
    Named {
        /// The file.
        path: PathBuf,
    },
    /// It is in a folder that cargo builds in.
    #[error("{} is a developer's build; update it with git and cargo build", path.display())]
    Built {
        /// The file.
        path: PathBuf,
    },
    /// A package manager installed it.
    #[error("{} belongs to {manager}; update it with that", path.display())]
    Packaged {
        /// The file.
        path: PathBuf,
        /// The package manager.
        manager: &'static str,
    },
    /// It is another user's.
    #[error("{} belongs to another user (uid {uid}); let them update it, or install heph as yourself", path.display())]
    OtherUser {
        /// The file.
        path: PathBuf,
        /// The user.
        uid: u32,
    },
    /// Its folder cannot be written to.
    #[error("{} cannot be written to ({source}); install heph where you may write, such as ~/.cargo/bin", path.display())]
    NotWritable {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A folder with the programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    folder: PathBuf,
}

impl Installation {
    /// The one this process runs from.
    ///
    /// # Errors
    /// [`Foreign::Unknown`] and [`Foreign::Replaced`]
    pub fn of_process() -> Result<Self, Foreign> {
        let running = std::env::current_exe().map_err(Foreign::Unknown)?;
        // What Linux says of a program whose file is gone or another one.
        if running.to_string_lossy().ends_with(" (deleted)") {
            return Err(Foreign::Replaced);
        }
        Self::of_program(&running)
    }

    /// The one a hephd is in.
    ///
    /// # Errors
    /// [`Foreign::Named`]
    pub fn of_program(hephd: &Path) -> Result<Self, Foreign> {
        let named = hephd.file_name() == Some(Program::Hephd.file_name().as_ref());
        match hephd.parent() {
            Some(folder) if named => Ok(Self { folder: folder.to_owned() }),
            _ => Err(Foreign::Named { path: hephd.to_owned() }),
        }
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file of a program.
    pub fn program(&self, program: Program) -> PathBuf {
        self.folder.join(program.file_name())
    }

    /// What a program is kept as when it is replaced.
    pub fn kept(&self, program: Program) -> PathBuf {
        self.folder.join(format!("{}.old", program.file_name()))
    }

    /// The programs that are there.
    pub fn programs(&self) -> Vec<Program> {
        Program::ALL.into_iter().filter(|program| self.program(*program).exists()).collect()
    }

    /// Where the next version is made: on the same file system, so that a rename puts it in place.
    pub fn staging(&self) -> PathBuf {
        self.folder.join(".heph-update")
    }

    /// The file of what is noted. Beside the programs and not beside the store: the guard has to find it before any flag
    /// or setting is read, since a new version may refuse those.
    pub fn ledger(&self) -> PathBuf {
        self.folder.join(".heph-update.json")
    }

    /// Whether the programs may be replaced by us.
    ///
    /// # Errors
    /// [`Foreign`] says whose they are.
    pub fn check_ours(&self) -> Result<(), Foreign> {
        let hephd = self.program(Program::Hephd);
        let real = hephd.canonicalize().map_err(Foreign::Unknown)?;
        if [&hephd, &real].iter().any(|path| is_in_target(path)) {
            return Err(Foreign::Built { path: hephd });
        }
        let manager =
            PACKAGED.iter().find(|(folder, _)| hephd.starts_with(folder) || real.starts_with(folder));
        if let Some((_, manager)) = manager {
            return Err(Foreign::Packaged { path: real, manager });
        }
        if real
            != hephd.parent().and_then(|folder| folder.canonicalize().ok()).unwrap_or_default().join("hephd")
        {
            // A link leads to a file that somebody keeps elsewhere.
            return Err(Foreign::Packaged { path: hephd, manager: "what its link leads to" });
        }
        for program in self.programs() {
            let path = self.program(program);
            let uid = std::fs::symlink_metadata(&path).map_err(Foreign::Unknown)?.uid();
            if uid != rustix::process::geteuid().as_raw() {
                return Err(Foreign::OtherUser { path, uid });
            }
        }
        access(&self.folder, Access::WRITE_OK | Access::EXEC_OK)
            .map_err(|error| Foreign::NotWritable { path: self.folder.clone(), source: error.into() })
    }
}

/// Whether a path goes through a folder that cargo builds in.
fn is_in_target(path: &Path) -> bool {
    path.components().any(|part| part == Component::Normal("target".as_ref()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn install(folder: &Path) -> Installation {
        std::fs::create_dir_all(folder).unwrap();
        for program in [Program::Heph, Program::Hephd] {
            std::fs::write(folder.join(program.file_name()), "").unwrap();
        }
        Installation::of_program(&folder.join("hephd")).unwrap()
    }

    fn refusal(installation: &Installation) -> String {
        installation.check_ours().unwrap_err().to_string()
    }

    #[test]
    fn what_cargo_installed_for_this_user_is_ours() {
        let folder = tempfile::tempdir().unwrap();
        let ours = install(folder.path());
        ours.check_ours().unwrap();
        assert_eq!(ours.programs(), [Program::Heph, Program::Hephd]);
    }

    #[test]
    fn a_developers_build_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let built = install(&folder.path().join("target/release"));
        assert!(refusal(&built).ends_with("is a developer's build; update it with git and cargo build"));
    }

    #[test]
    fn what_a_package_manager_or_a_link_owns_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = install(&folder.path().join("store/heph"));
        let linked = folder.path().join("bin");
        std::fs::create_dir(&linked).unwrap();
        symlink(elsewhere.program(Program::Hephd), linked.join("hephd")).unwrap();
        let linked = Installation::of_program(&linked.join("hephd")).unwrap();
        assert!(refusal(&linked).contains("belongs to what its link leads to"), "{}", refusal(&linked));
        // A program of the system, whichever there is.
        let of_system =
            PACKAGED.iter().find(|(path, _)| Path::new("/usr/bin/env").starts_with(path)).unwrap();
        assert_eq!(of_system.1, "the system's packages");
    }

    #[test]
    fn another_name_is_no_installation() {
        assert!(matches!(Installation::of_program(Path::new("/x/hephd-dev")), Err(Foreign::Named { .. })));
    }
}
