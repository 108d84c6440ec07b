//! The daemon's log: its last lines, and what is added to it.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Bytes that are looked at for the last lines.
const TAIL: u64 = 1 << 20;

/// The last lines of a file, without their ends.
///
/// # Errors
/// When the file cannot be read.
pub fn last_lines(path: &Path, count: usize) -> io::Result<Vec<String>> {
    lines_from(&mut File::open(path)?, 0, count)
}

/// The last lines behind a place, without their ends.
fn lines_from(file: &mut File, place: u64, count: usize) -> io::Result<Vec<String>> {
    let length = file.metadata()?.len();
    let from = place.max(length.saturating_sub(TAIL));
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    // Where it begins further on, it begins in the middle of a line.
    let text = if from == place { &*text } else { text.split_once('\n').map_or("", |(_, whole)| whole) };
    let lines: Vec<&str> = text.lines().collect();
    Ok(lines[lines.len().saturating_sub(count)..].iter().map(|line| (*line).to_owned()).collect())
}

/// A place in a log that may be put aside later.
#[derive(Debug)]
pub(crate) struct LogMark {
    path: PathBuf,
    /// The file and its length then, if it was there.
    then: Option<(u64, u64)>,
}

impl LogMark {
    /// Where the log ends now.
    pub(crate) fn new(path: &Path) -> Self {
        let then = std::fs::metadata(path).ok().map(|file| (file.ino(), file.len()));
        Self { path: path.to_owned(), then }
    }

    /// The last lines that came since.
    pub(crate) fn lines_since(&self, count: usize) -> Vec<String> {
        let read = || -> io::Result<Vec<String>> {
            let mut file = File::open(&self.path)?;
            let metadata = file.metadata()?;
            let place = match self.then {
                Some((inode, length)) if inode == metadata.ino() => length.min(metadata.len()),
                _ => 0,
            };
            lines_from(&mut file, place, count)
        };
        read().unwrap_or_default()
    }
}

/// Reads what is added to a log, also after it was put aside and begun anew.
#[derive(Debug)]
pub struct Follow {
    path: PathBuf,
    file: Option<(File, u64)>,
}

impl Follow {
    /// Begins at the end of the file, if it is there.
    pub fn new(path: &Path) -> Self {
        let mut follow = Self { path: path.to_owned(), file: None };
        if let Ok(mut file) = File::open(path)
            && let Ok(metadata) = file.metadata()
            && file.seek(SeekFrom::End(0)).is_ok()
        {
            follow.file = Some((file, metadata.ino()));
        }
        follow
    }

    /// What was added since, which may be nothing.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn more(&mut self) -> io::Result<Vec<u8>> {
        let mut added = Vec::new();
        if let Some((file, _)) = &mut self.file {
            if file.metadata()?.len() < file.stream_position()? {
                file.rewind()?;
            }
            file.take(TAIL).read_to_end(&mut added)?;
        }
        let now = std::fs::metadata(&self.path).map(|metadata| metadata.ino()).ok();
        let is_same = now.is_none() || now == self.file.as_ref().map(|(_, inode)| *inode);
        if added.is_empty() && !is_same {
            let mut file = File::open(&self.path)?;
            (&mut file).take(TAIL).read_to_end(&mut added)?;
            let inode = file.metadata()?.ino();
            self.file = Some((file, inode));
        }
        Ok(added)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn the_last_lines_are_whole_ones() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        std::fs::write(&log, "a\nb\nc").unwrap();
        assert_eq!(last_lines(&log, 2).unwrap(), ["b", "c"]);
        assert_eq!(last_lines(&log, 9).unwrap(), ["a", "b", "c"]);
        std::fs::write(&log, format!("{}\nend\n", "x".repeat(2 << 20))).unwrap();
        assert_eq!(last_lines(&log, 9).unwrap(), ["end"]);
        std::fs::write(&log, b"\xff\xfe\n").unwrap();
        assert_eq!(last_lines(&log, 1).unwrap().len(), 1);
        assert!(last_lines(&folder.path().join("none"), 1).is_err());
    }

    #[test]
    fn what_came_since_a_mark_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let none = LogMark::new(&log);
        std::fs::write(&log, "old\n").unwrap();
        let mark = LogMark::new(&log);
        assert_eq!((none.lines_since(9), mark.lines_since(9)), (vec!["old".to_owned()], vec![]));
        File::options().append(true).open(&log).unwrap().write_all(b"one\ntwo\n").unwrap();
        assert_eq!(mark.lines_since(1), ["two"]);
        std::fs::rename(&log, folder.path().join("log.1")).unwrap();
        std::fs::write(&log, "new\n").unwrap();
        assert_eq!(mark.lines_since(9), ["new"]);
    }

    #[test]
    fn what_is_added_is_followed_through_a_rotation() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let mut early = Follow::new(&log);
        assert_eq!(early.more().unwrap(), b"");
        std::fs::write(&log, "old\n").unwrap();
        assert_eq!(early.more().unwrap(), b"old\n");
        let mut follow = Follow::new(&log);
        let mut file = File::options().append(true).open(&log).unwrap();
        file.write_all(b"one\n").unwrap();
        assert_eq!(follow.more().unwrap(), b"one\n");
        assert_eq!(follow.more().unwrap(), b"");
        file.write_all(b"two\n").unwrap();
        std::fs::rename(&log, folder.path().join("log.1")).unwrap();
        std::fs::write(&log, "three\n").unwrap();
        assert_eq!(follow.more().unwrap(), b"two\n");
        assert_eq!(follow.more().unwrap(), b"three\n");
        std::fs::write(&log, "cut\n").unwrap();
        assert_eq!(follow.more().unwrap(), b"cut\n");
    }
}
