//! The folder beside the programs in which the next version is made.

use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use super::installation::Installation;
use crate::domain::update::Program;

/// Free space that building asks for: sources, what is compiled of them, and three programs.
pub const ROOM_TO_BUILD: u64 = 4 << 30;

/// Free space that a release file asks for, packed and unpacked.
pub const ROOM_TO_FETCH: u64 = 1 << 30;

/// Free memory that building asks for: the linker holds the whole daemon.
pub const MEMORY_TO_BUILD: u64 = 1 << 30;

/// Why nothing can be staged.
#[derive(Debug, thiserror::Error)]
pub enum StagingError {
    /// There is too little space.
    #[error("{} has {} free and an update needs {}; make room", folder.display(), shown(*free), shown(*needed))]
    Disk {
        /// Where.
        folder: PathBuf,
        /// Free bytes.
        free: u64,
        /// Bytes that are needed.
        needed: u64,
    },
    /// There is too little memory.
    #[error("{} of memory are free and building an update needs {}; it is tried again later", shown(*free), shown(*needed))]
    Memory {
        /// Free bytes.
        free: u64,
        /// Bytes that are needed.
        needed: u64,
    },
    /// The folder cannot be used.
    #[error("{} cannot be used: {source}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Bytes for people.
fn shown(bytes: u64) -> String {
    match bytes >> 20 {
        mebibytes @ 0..1024 => format!("{mebibytes} MiB"),
        mebibytes => format!("{:.1} GiB", mebibytes as f64 / 1024.0),
    }
}

/// A folder in which a version is made.
#[derive(Debug, Clone)]
pub struct Staging {
    folder: PathBuf,
}

impl Staging {
    /// Makes an empty one; what an earlier attempt left is removed first.
    ///
    /// # Errors
    /// [`StagingError`] when there is too little space, or it cannot be made.
    pub fn prepare(installation: &Installation, needed: u64) -> Result<Self, StagingError> {
        let folder = installation.staging();
        let failed = |source| StagingError::Folder { folder: folder.clone(), source };
        clear(installation).map_err(failed)?;
        let free = free_space(installation.folder()).map_err(failed)?;
        if free < needed {
            return Err(StagingError::Disk { folder: installation.folder().to_owned(), free, needed });
        }
        for path in [folder.clone(), folder.join("root/bin"), folder.join("copy")] {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
        }
        Ok(Self { folder })
    }

    /// Its root as `cargo install` has it: the programs are in `bin` below.
    pub fn root(&self) -> PathBuf {
        self.folder.join("root")
    }

    /// The file of a program.
    pub fn program(&self, program: Program) -> PathBuf {
        self.folder.join("root/bin").join(program.file_name())
    }

    /// Where it is compiled.
    pub fn build(&self) -> PathBuf {
        self.folder.join("build")
    }

    /// Where a release file is kept until it is unpacked.
    pub fn download(&self) -> PathBuf {
        self.folder.join("download")
    }

    /// Where copies of the stores are.
    pub fn copy(&self) -> PathBuf {
        self.folder.join("copy")
    }

    /// What is no longer needed once the programs are there, which is most of it.
    pub fn forget_build(&self) {
        for path in [self.build(), self.download()] {
            // What stays is removed with the rest, or before the next update.
            let _ = std::fs::remove_dir_all(path);
        }
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.folder
    }
}

/// Removes what an update left.
///
/// # Errors
/// [`io::Error`]
pub fn clear(installation: &Installation) -> io::Result<()> {
    match std::fs::remove_dir_all(installation.staging()) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Free space of a file system, for this user.
fn free_space(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Whether there is memory to build.
///
/// # Errors
/// [`StagingError::Memory`]
pub fn check_memory() -> Result<(), StagingError> {
    // Where the system does not tell, the build finds out.
    let told = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| available(&text));
    match told {
        Some(free) if free < MEMORY_TO_BUILD => Err(StagingError::Memory { free, needed: MEMORY_TO_BUILD }),
        _ => Ok(()),
    }
}

/// What `/proc/meminfo` says is there for programs, swap included.
fn available(meminfo: &str) -> Option<u64> {
    let kibibytes = |name: &str| {
        let line = meminfo.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    Some((kibibytes("MemAvailable:")? + kibibytes("SwapFree:").unwrap_or_default()) << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_attempt_is_removed_and_too_little_space_is_told() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("hephd"), "").unwrap();
        let installation = Installation::of_program(&folder.path().join("hephd")).unwrap();
        let staging = Staging::prepare(&installation, 0).unwrap();
        std::fs::write(staging.program(Program::Hephd), "half of it").unwrap();
        let staging = Staging::prepare(&installation, 0).unwrap();
        assert!(!staging.program(Program::Hephd).exists());
        let error = Staging::prepare(&installation, u64::MAX).unwrap_err();
        assert!(
            error.to_string().contains(" free and an update needs 17179869184.0 GiB; make room"),
            "{error}"
        );
        assert!(!installation.staging().exists(), "nothing is left to fill the disk");
    }

    #[test]
    fn free_memory_is_read() {
        let text =
            "MemTotal:       24000000 kB\nMemFree:  1 kB\nMemAvailable:    2048 kB\nSwapFree:    1024 kB\n";
        assert_eq!(available(text), Some(3 << 20));
        assert_eq!(available("MemTotal: 1 kB"), None);
    }
}
