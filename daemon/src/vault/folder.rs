//! The folder: files are read, written, moved and removed below it, and no symbolic link leads out.
//!
//! Every level of a path is opened from the one above it, and none may be a link. A file is written beside its place,
//! made durable, and exchanged with what stands there; what comes out has to be what was expected, else it is put back:
//! an edit that came in between is never written over.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use crate::domain::change::{MAX_TEXT, TextHash, text_hash};
use crate::domain::id::NodeId;

/// The folder, held open.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    fd: OwnedFd,
}

/// What became of a file that was to be written, moved or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// It is done.
    Done,
    /// Somebody was at the file meanwhile: nothing was done.
    Overtaken,
}

/// What a text is to be put in place of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replaced {
    /// No file.
    Nothing,
    /// A file with this text.
    Text(TextHash),
}

/// What was read of a file.
#[derive(Debug)]
pub(super) enum Read {
    /// A text.
    Text(String),
    /// What no page can have.
    Unfit(String),
}

impl Folder {
    /// Opens the folder itself, which may be reached through a link.
    ///
    /// # Errors
    /// When it is not there or no folder.
    pub fn open(path: &Path) -> io::Result<Self> {
        let path = path.canonicalize()?;
        let fd =
            rustix::fs::open(&path, OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(Self { path, fd })
    }

    /// Makes the folder where it is not there.
    ///
    /// # Errors
    /// When it cannot be made or opened.
    pub fn make(path: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(path)?;
        Self::open(path)
    }

    /// Its path without links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Device and inode of the folder: another pair is another folder, or the same one mounted anew.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn identity(&self) -> io::Result<(u64, u64)> {
        let stat = rustix::fs::fstat(&self.fd)?;
        Ok((stat.st_dev as u64, stat.st_ino as u64))
    }

    /// Whether the file system does not tell case apart, by a file that is there.
    pub fn is_blind_to_case(&self, name: &str) -> bool {
        let upper = name.to_uppercase();
        upper != name && rustix::fs::statat(&self.fd, upper.as_str(), AtFlags::SYMLINK_NOFOLLOW).is_ok()
    }

    /// Opens the folder a path is in, and tells its last level.
    fn above<'a>(&self, below: &'a Path, makes: bool) -> io::Result<(OwnedFd, &'a OsStr)> {
        let name = below.file_name().ok_or(Errno::INVAL)?;
        let mut folder = self.fd.try_clone()?;
        for level in below.parent().unwrap_or(Path::new("")).components() {
            let Component::Normal(level) = level else { return Err(Errno::INVAL.into()) };
            let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::RDONLY | OFlags::CLOEXEC;
            let open = |folder: &OwnedFd| rustix::fs::openat(folder, level, flags, Mode::empty());
            folder = match open(&folder) {
                Err(Errno::NOENT) if makes => {
                    match rustix::fs::mkdirat(&folder, level, Mode::from_raw_mode(0o777)) {
                        Ok(()) | Err(Errno::EXIST) => open(&folder)?,
                        Err(error) => return Err(error.into()),
                    }
                }
                other => other?,
            };
        }
        Ok((folder, name))
    }

    /// Reads a file that is a text, or tells why it is none.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub(super) fn read(&self, below: &Path) -> io::Result<Read> {
        let (folder, name) = self.above(below, false)?;
        read_in(&folder, name)
    }

    /// Reads the text of a file; nothing when it is none any more.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn text(&self, below: &Path) -> io::Result<Option<String>> {
        match self.read(below) {
            Ok(Read::Text(text)) => Ok(Some(text)),
            Ok(Read::Unfit(_)) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes a text to the file of a node, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written, such as on a full disk; what stood there stands.
    pub fn write(&self, id: NodeId, below: &Path, text: &str, over: Replaced) -> io::Result<Done> {
        let (folder, name) = self.above(below, true)?;
        let (part, out) = (part_name(id), out_name(id));
        let mode = match rustix::fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) if matches!(over, Replaced::Text(_)) => Mode::from_raw_mode(stat.st_mode & 0o777),
            _ => Mode::from_raw_mode(0o600),
        };
        if let Err(error) = write_new(&folder, &part, text, mode) {
            let _ = rustix::fs::unlinkat(&folder, part.as_str(), AtFlags::empty());
            return Err(error);
        }
        rustix::fs::renameat(&folder, part.as_str(), &folder, out.as_str())?;
        match over {
            Replaced::Nothing => {
                let done = put(&folder, &out, name);
                drop_out(&folder, &out);
                done
            }
            Replaced::Text(hash) => exchange(&folder, &out, name, hash),
        }
    }

    /// Moves a file to a place where none is.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub fn rename(&self, from: &Path, to: &Path) -> io::Result<Done> {
        let (folder, name) = self.above(from, false)?;
        let (target, new_name) = self.above(to, true)?;
        let is_case = from.parent() == to.parent()
            && name.to_string_lossy().to_lowercase() == new_name.to_string_lossy().to_lowercase();
        let moved = rustix::fs::renameat_with(&folder, name, &target, new_name, RenameFlags::NOREPLACE);
        let done = match moved {
            Ok(()) => Ok(Done::Done),
            Err(Errno::NOENT) => Ok(Done::Overtaken),
            Err(Errno::EXIST) if is_case && self.is_same(&folder, name, &target, new_name) => {
                rustix::fs::renameat(&folder, name, &target, new_name)?;
                Ok(Done::Done)
            }
            Err(Errno::EXIST) => Ok(Done::Overtaken),
            Err(error) if is_unsupported(error) => {
                if rustix::fs::statat(&target, new_name, AtFlags::SYMLINK_NOFOLLOW).is_ok() {
                    return Ok(Done::Overtaken);
                }
                rustix::fs::renameat(&folder, name, &target, new_name)?;
                Ok(Done::Done)
            }
            Err(error) => Err(error.into()),
        };
        self.remove_empty_above(from);
        done
    }

    fn is_same(&self, one: &OwnedFd, name: &OsStr, other: &OwnedFd, other_name: &OsStr) -> bool {
        let stat = |folder, name| rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW);
        match (stat(one, name), stat(other, other_name)) {
            (Ok(one), Ok(other)) => (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino),
            _ => false,
        }
    }

    /// Removes the file of a node if this is what is in it.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(&self, id: NodeId, below: &Path, expected: TextHash) -> io::Result<Done> {
        let (folder, name) = self.above(below, false)?;
        let out = out_name(id);
        match rustix::fs::renameat(&folder, name, &folder, out.as_str()) {
            Ok(()) => {}
            Err(Errno::NOENT) => return Ok(Done::Done),
            Err(error) => return Err(error.into()),
        }
        if !matches!(read_in(&folder, OsStr::new(&out)), Ok(Read::Text(text)) if text_hash(&text) == expected)
        {
            put(&folder, &out, name)?;
            return Ok(Done::Overtaken);
        }
        rustix::fs::unlinkat(&folder, out.as_str(), AtFlags::empty())?;
        self.remove_empty_above(below);
        Ok(Done::Done)
    }

    /// Removes a file that a kill left behind.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove_left_over(&self, below: &Path) -> io::Result<()> {
        let (folder, name) = self.above(below, false)?;
        Ok(rustix::fs::unlinkat(&folder, name, AtFlags::empty())?)
    }

    /// Removes the folders above a path that have nothing in them any more.
    fn remove_empty_above(&self, below: &Path) {
        for folder in below.ancestors().skip(1).take_while(|folder| !folder.as_os_str().is_empty()) {
            let Ok((above, name)) = self.above(folder, false) else { return };
            if rustix::fs::unlinkat(&above, name, AtFlags::REMOVEDIR).is_err() {
                return;
            }
        }
    }

    /// Makes what was done to the files of some folders durable.
    ///
    /// # Errors
    /// When it cannot be.
    pub fn sync<'a>(&self, files: impl Iterator<Item = &'a Path>) -> io::Result<()> {
        let mut folders: Vec<&Path> = files.filter_map(Path::parent).collect();
        folders.sort_unstable();
        folders.dedup();
        for folder in folders {
            match self.above(&folder.join("x"), false) {
                Ok((folder, _)) => rustix::fs::fsync(&folder)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The node whose file the mirror was at, by the name of a file that it makes for a moment.
pub(super) fn node_of_left_over(name: &str) -> Option<NodeId> {
    name.strip_prefix(".heph-")?.strip_suffix(".out")?.parse().ok()
}

/// Whether a file is one that was not written whole.
pub(super) fn is_part(name: &str) -> bool {
    name.strip_prefix(".heph-")
        .and_then(|rest| rest.strip_suffix(".part"))
        .is_some_and(|id| id.parse::<NodeId>().is_ok())
}

fn part_name(id: NodeId) -> String {
    format!(".heph-{id}.part")
}

fn out_name(id: NodeId) -> String {
    format!(".heph-{id}.out")
}

fn is_unsupported(error: Errno) -> bool {
    matches!(error, Errno::INVAL | Errno::NOSYS | Errno::NOTSUP)
}

fn write_new(folder: &OwnedFd, name: &str, text: &str, mode: Mode) -> io::Result<()> {
    let flags = OFlags::CREATE | OFlags::TRUNC | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fd = rustix::fs::openat(folder, name, flags, mode)?;
    rustix::fs::fchmod(&fd, mode)?;
    let mut file = File::from(fd);
    file.write_all(text.as_bytes())?;
    file.sync_data()
}

/// Puts a file where none is.
fn put(folder: &OwnedFd, out: &str, name: &OsStr) -> io::Result<Done> {
    match rustix::fs::renameat_with(folder, out, folder, name, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(Done::Done),
        Err(Errno::EXIST) => Ok(Done::Overtaken),
        Err(error) if is_unsupported(error) => {
            if rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).is_ok() {
                return Ok(Done::Overtaken);
            }
            rustix::fs::renameat(folder, out, folder, name)?;
            Ok(Done::Done)
        }
        Err(error) => Err(error.into()),
    }
}

/// Exchanges a file with one of a known text, or leaves it when it has another one by now.
fn exchange(folder: &OwnedFd, out: &str, name: &OsStr, expected: TextHash) -> io::Result<Done> {
    let swap = || rustix::fs::renameat_with(folder, out, folder, name, RenameFlags::EXCHANGE);
    let is_expected =
        |name: &OsStr| matches!(read_in(folder, name), Ok(Read::Text(text)) if text_hash(&text) == expected);
    let done = match swap() {
        Ok(()) if is_expected(OsStr::new(out)) => Ok(Done::Done),
        Ok(()) => match swap() {
            Ok(()) => Ok(Done::Overtaken),
            // What came out is an edit that cannot be put back: it stays, and is taken in as what a kill left behind.
            Err(_) => return Ok(Done::Overtaken),
        },
        Err(Errno::NOENT) => Ok(Done::Overtaken),
        Err(error) if is_unsupported(error) && !is_expected(name) => Ok(Done::Overtaken),
        Err(error) if is_unsupported(error) => match rustix::fs::renameat(folder, out, folder, name) {
            Ok(()) => return Ok(Done::Done),
            Err(error) => Err(error.into()),
        },
        Err(error) => Err(error.into()),
    };
    drop_out(folder, out);
    done
}

/// Removes what stood in a file's place, or was to be put there.
fn drop_out(folder: &OwnedFd, out: &str) {
    let _ = rustix::fs::unlinkat(folder, out, AtFlags::empty());
}

fn read_in(folder: &OwnedFd, name: &OsStr) -> io::Result<Read> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let fd = match rustix::fs::openat(folder, name, flags, Mode::empty()) {
        Err(Errno::LOOP) => return Ok(Read::Unfit("a symbolic link, which is not followed".to_owned())),
        other => other?,
    };
    let file = File::from(fd);
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(Read::Unfit("not an ordinary file".to_owned()));
    }
    let too_long =
        |bytes: u64| Read::Unfit(format!("a page can have 4 MiB at most, this file has {bytes} bytes"));
    if metadata.len() > MAX_TEXT as u64 {
        return Ok(too_long(metadata.len()));
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize);
    file.take(MAX_TEXT as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_TEXT {
        return Ok(too_long(bytes.len() as u64));
    }
    Ok(match String::from_utf8(bytes) {
        Ok(text) => Read::Text(text),
        Err(_) => Read::Unfit("not UTF-8, which a page has to be".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> NodeId {
        NodeId::from_bytes([1; 16])
    }

    fn files(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = folder
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_written_over_what_was_expected_and_over_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::open(root.path()).unwrap();
        let path = Path::new("a/b/x.md");
        assert_eq!(folder.write(id(), path, "one", Replaced::Nothing).unwrap(), Done::Done);
        assert_eq!(folder.write(id(), path, "two", Replaced::Nothing).unwrap(), Done::Overtaken);
        assert_eq!(folder.write(id(), path, "two", Replaced::Text(text_hash("one"))).unwrap(), Done::Done);
        assert_eq!(folder.write(id(), path, "3", Replaced::Text(text_hash("one"))).unwrap(), Done::Overtaken);
        assert_eq!(folder.text(path).unwrap().as_deref(), Some("two"));
        assert_eq!(folder.remove(id(), path, text_hash("one")).unwrap(), Done::Overtaken);
        assert_eq!(files(&root.path().join("a/b")), ["x.md"]);
        assert_eq!(folder.rename(path, Path::new("c/y.md")).unwrap(), Done::Done);
        assert_eq!(files(root.path()), ["c"], "folders that were emptied are gone");
        assert_eq!(folder.remove(id(), Path::new("c/y.md"), text_hash("two")).unwrap(), Done::Done);
        assert_eq!(files(root.path()), Vec::<String>::new());
    }

    #[test]
    fn nothing_leads_out_of_the_folder() {
        let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(outside.path().join("x.md"), "theirs").unwrap();
        std::os::unix::fs::symlink(outside.path(), root.path().join("link")).unwrap();
        std::os::unix::fs::symlink(outside.path().join("x.md"), root.path().join("x.md")).unwrap();
        let folder = Folder::open(root.path()).unwrap();
        let theirs = Replaced::Text(text_hash("theirs"));
        assert!(folder.write(id(), Path::new("link/x.md"), "mine", theirs).is_err());
        assert!(folder.write(id(), Path::new("../x.md"), "mine", Replaced::Nothing).is_err());
        assert_eq!(folder.write(id(), Path::new("x.md"), "mine", theirs).unwrap(), Done::Overtaken);
        assert!(root.path().join("x.md").is_symlink(), "the link is as it was");
        assert!(folder.read(Path::new("link/x.md")).is_err());
        assert_eq!(std::fs::read_to_string(outside.path().join("x.md")).unwrap(), "theirs");
        assert_eq!(files(outside.path()), ["x.md"]);
    }

    #[test]
    fn what_no_page_can_have_is_said() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::open(root.path()).unwrap();
        std::fs::write(root.path().join("latin.md"), b"caf\xe9").unwrap();
        std::fs::write(root.path().join("huge.md"), vec![b'x'; MAX_TEXT + 1]).unwrap();
        std::fs::create_dir(root.path().join("dir.md")).unwrap();
        for (name, why) in [("latin.md", "not UTF-8"), ("huge.md", "4 MiB at most"), ("dir.md", "ordinary")] {
            let read = folder.read(Path::new(name)).unwrap();
            assert!(matches!(&read, Read::Unfit(reason) if reason.contains(why)), "{read:?}");
        }
    }
}
