//! Files attached to pages, kept by their hash in a folder beside the database.
//!
//! A file comes in under a name of its own, is hashed, made durable and then moved to `blobs/ab/cd/<hash>`; only after
//! that is it recorded. So a record never names bytes that a crash could take, and one file is kept once.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::domain::page::BlobHash;

/// Bytes read at a time.
const PIECE: usize = 1 << 20;

/// The folder, beside the database.
const FOLDER: &str = "blobs";

/// What is fetched gathers there, in that folder.
const GATHERING: &str = "fetching";

/// What somebody asked for is noted there: a file each, with its size.
const WANTED: &str = "wanted";

/// The files beside a database.
#[derive(Debug, Clone)]
pub struct Blobs {
    folder: PathBuf,
}

/// How a kept file stands to its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlobState {
    /// It is there, and what it should be.
    Sound,
    /// It is not there.
    Absent,
    /// It is there, and something else.
    Damaged,
}

impl Blobs {
    /// Those beside a database.
    pub fn beside(db: &Path) -> Self {
        Self::in_folder(db.with_file_name(FOLDER))
    }

    /// Those of a folder, which is made with the first of them.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where a file is kept. The two levels above it keep folders small.
    fn path(&self, hash: BlobHash) -> PathBuf {
        let name = hash.to_string();
        self.folder.join(&name[..2]).join(&name[2..4]).join(&name)
    }

    /// Takes a file of the same file system in: it is moved, and is there after a crash once this returns.
    ///
    /// # Errors
    /// When it cannot be read, or there is no room; the file stays where it is then.
    pub fn keep(&self, incoming: &Path) -> io::Result<(BlobHash, u64)> {
        let file = File::open(incoming)?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        let (hash, bytes) = hash_of(&file)?;
        file.sync_all()?;
        self.place(incoming, hash)?;
        Ok((hash, bytes))
    }

    /// Moves a durable file of a known hash to its place.
    ///
    /// # Errors
    /// When there is no room; the file stays where it is then.
    pub fn place(&self, incoming: &Path, hash: BlobHash) -> io::Result<()> {
        let path = self.path(hash);
        let mut made = Vec::new();
        for folder in path.ancestors().skip(1).take(3) {
            made.push(folder);
        }
        for folder in made.iter().rev() {
            match DirBuilder::new().mode(0o700).create(folder) {
                Ok(()) => sync_folder(folder.parent())?,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        // Over a file that is there already: what was damaged is whole again.
        fs::rename(incoming, &path)?;
        sync_folder(path.parent())
    }

    /// Opens a file; none for one that is not here.
    ///
    /// # Errors
    /// When it is here and cannot be opened.
    pub fn open(&self, hash: BlobHash) -> io::Result<Option<File>> {
        match File::open(self.path(hash)) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether a file of a size is here; what is in it is not looked at.
    pub fn has(&self, hash: BlobHash, bytes: u64) -> bool {
        fs::metadata(self.path(hash)).is_ok_and(|file| file.is_file() && file.len() == bytes)
    }

    /// Takes a file away, if it is here.
    ///
    /// # Errors
    /// When it is here and stays.
    pub fn remove(&self, hash: BlobHash) -> io::Result<()> {
        remove(&self.path(hash))
    }

    /// Takes a file in as [`Blobs::keep`] does, if it has this hash; `false` when it has another, and is removed then.
    ///
    /// # Errors
    /// As there.
    pub fn keep_as(&self, incoming: &Path, hash: BlobHash) -> io::Result<bool> {
        if hash_of(&File::open(incoming)?)?.0 != hash {
            fs::remove_file(incoming)?;
            return Ok(false);
        }
        self.keep(incoming)?;
        self.forget_wanted(hash)?;
        Ok(true)
    }

    /// Where a file gathers that is fetched; what is there after a kill is gone on with.
    ///
    /// # Errors
    /// When its folder cannot be made.
    pub fn gathering(&self, hash: BlobHash) -> io::Result<PathBuf> {
        let folder = self.folder.join(GATHERING);
        DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        Ok(folder.join(hash.to_string()))
    }

    /// Notes that somebody asked for a file that is not here, and its size.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn want(&self, hash: BlobHash, bytes: u64) -> io::Result<()> {
        let folder = self.folder.join(WANTED);
        DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        fs::write(folder.join(hash.to_string()), bytes.to_string())
    }

    /// The files that somebody asked for and that are not here.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn wanted(&self) -> io::Result<Vec<(BlobHash, u64)>> {
        let entries = match fs::read_dir(self.folder.join(WANTED)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut wanted = Vec::new();
        for entry in entries {
            let entry = entry?;
            let hash = entry.file_name().to_str().and_then(|name| name.parse().ok());
            let bytes = fs::read_to_string(entry.path())?.parse().ok();
            wanted.extend(hash.zip(bytes).filter(|(hash, bytes)| !self.has(*hash, *bytes)));
        }
        Ok(wanted)
    }

    /// Forgets that somebody asked for a file.
    ///
    /// # Errors
    /// When it cannot be.
    pub fn forget_wanted(&self, hash: BlobHash) -> io::Result<()> {
        remove(&self.folder.join(WANTED).join(hash.to_string()))
    }

    /// Reads a piece; none for a file that is not here.
    ///
    /// # Errors
    /// When it is here and cannot be read.
    pub fn read(&self, hash: BlobHash, offset: u64, most: usize) -> io::Result<Option<Vec<u8>>> {
        let Some(mut file) = self.open(hash)? else { return Ok(None) };
        file.seek(SeekFrom::Start(offset))?;
        let mut piece = Vec::new();
        file.take(most as u64).read_to_end(&mut piece)?;
        Ok(Some(piece))
    }

    /// Whether a file is here, and what its record says.
    ///
    /// # Errors
    /// When it is here and cannot be read.
    pub fn state(&self, hash: BlobHash, bytes: u64) -> io::Result<BlobState> {
        let Some(file) = self.open(hash)? else { return Ok(BlobState::Absent) };
        let is_sound = hash_of(&file)? == (hash, bytes);
        Ok(if is_sound { BlobState::Sound } else { BlobState::Damaged })
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn hash_of(mut file: &File) -> io::Result<(BlobHash, u64)> {
    let mut hasher = blake3::Hasher::new();
    let mut piece = vec![0; PIECE];
    let mut bytes = 0;
    loop {
        let read = match file.read(&mut piece) {
            Ok(0) => return Ok((BlobHash::from_bytes(*hasher.finalize().as_bytes()), bytes)),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hasher.update(&piece[..read]);
        bytes += read as u64;
    }
}

fn sync_folder(folder: Option<&Path>) -> io::Result<()> {
    folder.map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_kept_once_and_privately_under_its_hash() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::beside(&folder.path().join("heph.db"));
        let incoming = |text: &str| {
            let path = folder.path().join("incoming");
            fs::write(&path, text).unwrap();
            path
        };
        let (hash, bytes) = blobs.keep(&incoming("hello")).unwrap();
        assert_eq!(bytes, 5);
        assert_eq!(hash.to_string(), blake3::hash(b"hello").to_hex().to_string());
        assert!(!folder.path().join("incoming").exists());
        assert_eq!(blobs.state(hash, 5).unwrap(), BlobState::Sound);
        assert_eq!(blobs.read(hash, 1, 2).unwrap(), Some(b"el".to_vec()));
        assert_eq!(blobs.read(hash, 5, 2).unwrap(), Some(Vec::new()));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let path = blobs.path(hash);
        assert_eq!(mode(&path), 0o600);
        assert!(path.ancestors().skip(1).take(3).all(|folder| mode(folder) == 0o700));

        assert_eq!(blobs.state(hash, 6).unwrap(), BlobState::Damaged);
        fs::write(&path, "hellO").unwrap();
        assert_eq!(blobs.state(hash, 5).unwrap(), BlobState::Damaged);
        assert_eq!(blobs.keep(&incoming("hello")).unwrap(), (hash, 5), "a second copy mends the first");
        assert_eq!(blobs.state(hash, 5).unwrap(), BlobState::Sound);
        fs::remove_file(&path).unwrap();
        assert_eq!(blobs.state(hash, 5).unwrap(), BlobState::Absent);
        assert_eq!(blobs.read(hash, 0, 9).unwrap(), None);
    }
}
