//! A small file of secrets for its owner alone, replaced whole or not at all.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::credentials::CredentialsError;

/// Most bytes of the file that are read: a few tokens of 16 KiB.
const MAX_FILE: u64 = 256 << 10;

/// The file; it need not be there.
#[derive(Debug, Clone)]
pub(super) struct TokenFile(PathBuf);

impl TokenFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// What is in it; `None` if it is not there. One that others may read is refused.
    pub(super) fn read(&self) -> Result<Option<Vec<u8>>, CredentialsError> {
        // A link is not followed: it could lead to a file that somebody else writes.
        self.read_with(OFlags::NOFOLLOW)
    }

    /// The same of a file that a person named, which may be a link.
    pub(super) fn read_named(&self) -> Result<Option<Vec<u8>>, CredentialsError> {
        self.read_with(OFlags::empty())
    }

    fn read_with(&self, flags: OFlags) -> Result<Option<Vec<u8>>, CredentialsError> {
        let failed = |error| self.failed("read", error);
        // A pipe is not waited for.
        let flags = (flags | OFlags::NONBLOCK).bits() as i32;
        let file = match OpenOptions::new().read(true).custom_flags(flags).open(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(failed)?,
        };
        let about = file.metadata().map_err(failed)?;
        if about.mode() & 0o077 != 0 || about.uid() != rustix::process::geteuid().as_raw() {
            return Err(CredentialsError::Exposed(self.0.clone()));
        }
        let mut bytes = Vec::new();
        file.take(MAX_FILE).read_to_end(&mut bytes).map_err(failed)?;
        Ok(Some(bytes))
    }

    /// Puts other contents in place of those before; they are on disk when this returns. After an error the old ones
    /// are still there whole.
    pub(super) fn write(&self, bytes: &[u8]) -> Result<(), CredentialsError> {
        self.replace(bytes).map_err(|error| self.failed("written", error))
    }

    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        let temporary = self.temporary();
        // One that a crash left behind may have any mode: it is made anew.
        remove_file(&temporary)?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&temporary, &self.0)?;
        self.sync_folder()
    }

    /// Removes it; if it is not there, that is well too.
    pub(super) fn remove(&self) -> Result<(), CredentialsError> {
        let removed = || {
            let temporary = remove_file(&self.temporary())?;
            if remove_file(&self.0)? || temporary { self.sync_folder() } else { Ok(()) }
        };
        removed().map_err(|error| self.failed("removed", error))
    }

    fn temporary(&self) -> PathBuf {
        self.0.with_extension("json.new")
    }

    /// A name that was made or removed is on disk only when its folder is.
    fn sync_folder(&self) -> io::Result<()> {
        let folder = self.0.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }

    fn failed(&self, verb: &'static str, error: io::Error) -> CredentialsError {
        CredentialsError::File { path: self.0.clone(), verb, error }
    }
}

/// Whether there was one to remove.
fn remove_file(path: &Path) -> io::Result<bool> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        result => result.map(|()| true),
    }
}
