//! Looks through the folder: which files there are, and what is in those that changed since the last look.

use std::collections::{BTreeMap, HashMap};
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use unicode_normalization::UnicodeNormalization as _;
use walkdir::{DirEntry, WalkDir};

use super::folder::{Folder, Read, is_part, node_of_left_over};
use crate::domain::change::text_hash;
use crate::domain::id::NodeId;
use crate::domain::vault::{Content, FileId, Seen, is_ours};

/// The most files that are looked at; a folder with more is no folder of pages.
const MOST_FILES: usize = 200_000;

/// A file that was changed within this before it was read is read again: two changes may bear one time. Nanoseconds.
const RACY_NS: i128 = 1_000_000_000;

/// What was found in the folder.
#[derive(Debug, Clone, Default)]
pub struct Scan {
    /// Files that may be pages, by their paths below the folder, NFC.
    pub seen: BTreeMap<String, Seen>,
    /// The same as the file system spells them, where that differs.
    pub spelled: HashMap<String, PathBuf>,
    /// What is left alone, and why.
    pub unfit: Vec<(String, String)>,
    /// What a kill left behind.
    pub left_over: Vec<LeftOver>,
}

/// A file that the mirror had made for a moment when it was killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOver {
    /// Where it is.
    pub path: PathBuf,
    /// Whose file it was about; nothing for one that was not written whole.
    pub node: Option<NodeId>,
}

impl Scan {
    /// The path of a file as the file system spells it.
    pub fn spelled(&self, path: &str) -> PathBuf {
        self.spelled.get(path).cloned().unwrap_or_else(|| PathBuf::from(path))
    }
}

/// What tells that a file is as it was when it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Signature {
    modified_ns: i128,
    changed_ns: i128,
    bytes: u64,
    inode: u64,
}

impl Signature {
    fn of(metadata: &Metadata) -> Self {
        let ns = |seconds: i64, ns: i64| i128::from(seconds) * 1_000_000_000 + i128::from(ns);
        Self {
            modified_ns: ns(metadata.mtime(), metadata.mtime_nsec()),
            changed_ns: ns(metadata.ctime(), metadata.ctime_nsec()),
            bytes: metadata.len(),
            inode: metadata.ino(),
        }
    }
}

#[derive(Debug, Clone)]
struct Known {
    signature: Signature,
    is_racy: bool,
    seen: Seen,
}

/// Remembers what was read, so that only what changed is read again.
#[derive(Debug, Default)]
pub struct Scanner {
    known: HashMap<PathBuf, Known>,
}

impl Scanner {
    /// Looks through the folder at an instant, in Unix milliseconds.
    ///
    /// # Errors
    /// When the folder cannot be looked through, or has too many files.
    pub fn scan(&mut self, folder: &Folder, now_ms: i64) -> io::Result<Scan> {
        let mut scan = Scan::default();
        let mut known = HashMap::with_capacity(self.known.len());
        let walk = WalkDir::new(folder.path()).follow_links(false).sort_by_file_name();
        let is_entered =
            |entry: &DirEntry| entry.depth() == 0 || !entry.file_type().is_dir() || !is_hidden(entry);
        for entry in walk.into_iter().filter_entry(is_entered) {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) => self.look_at(folder, &entry, now_ms, &mut scan, &mut known)?,
                // Gone since its folder was read.
                Err(error)
                    if error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound) =>
                {
                    if error.depth() == 0 {
                        return Err(io::ErrorKind::NotFound.into());
                    }
                }
                // What cannot be looked at must not be taken for gone.
                Err(error) => return Err(error.into()),
            }
            if scan.seen.len() > MOST_FILES {
                return Err(io::Error::other(format!("there are over {MOST_FILES} files")));
            }
        }
        self.known = known;
        Ok(scan)
    }

    fn look_at(
        &mut self,
        folder: &Folder,
        entry: &DirEntry,
        now_ms: i64,
        scan: &mut Scan,
        known: &mut HashMap<PathBuf, Known>,
    ) -> io::Result<()> {
        let below = entry.path().strip_prefix(folder.path()).unwrap_or(entry.path()).to_owned();
        let Some(spelled) = below.to_str() else {
            if below.extension().is_some_and(|end| end.eq_ignore_ascii_case("md")) {
                let shown = below.to_string_lossy().into_owned();
                scan.unfit.push((shown, "its name is not UTF-8; give it another name".to_owned()));
            }
            return Ok(());
        };
        let name = entry.file_name().to_str().unwrap_or_default();
        if is_part(name) || node_of_left_over(name).is_some() {
            scan.left_over.push(LeftOver { node: node_of_left_over(name), path: below });
            return Ok(());
        }
        let path: String = spelled.nfc().collect();
        if entry.path_is_symlink() {
            let why = "a symbolic link, which is not followed".to_owned();
            if is_ours(name) {
                // In the place of a page's file: that is not there, and not gone either.
                scan.seen.insert(path, Seen { content: Content::Unfit(why), file: None, changed_ms: now_ms });
            } else if !name.starts_with('.') && entry.path().is_dir() {
                scan.unfit.push((path, why));
            }
            return Ok(());
        }
        if !is_ours(name) {
            return Ok(());
        }
        let Some(found) = self.seen(folder, entry, &below, now_ms)? else { return Ok(()) };
        if scan.seen.contains_key(&path) {
            let why = "another file of the same name differs in its normal form only; give it another name";
            scan.unfit.push((path, why.to_owned()));
            return Ok(());
        }
        if path != spelled {
            scan.spelled.insert(path.clone(), below.clone());
        }
        scan.seen.insert(path, found.seen.clone());
        known.insert(below, found);
        Ok(())
    }

    /// What is in a file; nothing when it is gone by now.
    fn seen(
        &self,
        folder: &Folder,
        entry: &DirEntry,
        below: &Path,
        now_ms: i64,
    ) -> io::Result<Option<Known>> {
        let metadata = match entry.metadata() {
            Ok(metadata) => metadata,
            Err(error) if error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound) => {
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let signature = Signature::of(&metadata);
        let before = self.known.get(below);
        if let Some(before) = before.filter(|before| before.signature == signature && !before.is_racy) {
            return Ok(Some(before.clone()));
        }
        let content = match folder.read(below) {
            Ok(Read::Text(text)) => Content::Text { hash: text_hash(&text), is_empty: text.is_empty() },
            Ok(Read::Unfit(why)) => Content::Unfit(why),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => Content::Unfit(format!("cannot be read: {error}")),
        };
        let wall_ns = std::time::SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_nanos());
        let is_racy = signature.changed_ns + RACY_NS > i128::try_from(wall_ns).unwrap_or(0);
        let changed_ms = match before {
            Some(before) if before.seen.content == content => before.seen.changed_ms,
            Some(_) => now_ms,
            // What was changed before the first look was changed when the file says.
            None => (signature.modified_ns / 1_000_000).try_into().map_or(now_ms, |ms: i64| ms.min(now_ms)),
        };
        let seen = Seen { content, file: file_id(&metadata), changed_ms };
        Ok(Some(Known { signature, is_racy, seen }))
    }

    /// Notes what the mirror itself wrote: nobody else is at that file.
    pub fn wrote(&mut self, folder: &Folder, below: &Path, content: Content) -> Option<FileId> {
        let metadata = folder.path().join(below).symlink_metadata().ok()?;
        let seen = Seen { content, file: file_id(&metadata), changed_ms: i64::MIN };
        let file = seen.file;
        // It is read once more: somebody may have been quicker than this look at it.
        let known = Known { signature: Signature::of(&metadata), is_racy: true, seen };
        self.known.insert(below.to_owned(), known);
        file
    }
}

fn file_id(metadata: &Metadata) -> Option<FileId> {
    let born = metadata.created().ok()?;
    let ns = match born.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_nanos()).ok()?,
        Err(_) => return None,
    };
    Some((metadata.ino(), ns))
}

/// `.obsidian`, `.trash`, `.git` and the like.
fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}
