//! The folders of the store and the socket: made private, and refused on a network.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// A folder cannot hold a store or a socket.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// It is on a file system of another machine.
    #[error(
        "{} is on a network file system, where locks and SQLite's log cannot be relied on; choose a local folder \
         with --db and --socket",
        folder.display()
    )]
    Network {
        /// The folder.
        folder: PathBuf,
    },
    /// It cannot be made or looked at.
    #[error("the folder {} cannot be used: {source}; choose another one with --db and --socket", folder.display())]
    Io {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        source: io::Error,
    },
}

/// Makes the folder of a file, readable by its owner only, and checks that it is local.
///
/// A folder that was there keeps its mode: it may be one that others are meant to enter. The files in it are private
/// by their own modes.
///
/// # Errors
/// [`PlaceError`] when it cannot be made or is on another machine.
pub fn prepare_folder_of(file: &Path) -> Result<(), PlaceError> {
    let folder = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let failed = |source| PlaceError::Io { folder: folder.to_owned(), source };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    if is_on_network(folder).map_err(|errno| failed(errno.into()))? {
        return Err(PlaceError::Network { folder: folder.to_owned() });
    }
    warn_if_open(folder).map_err(failed)
}

/// Makes a folder that only heph uses private to its owner, whatever it was.
///
/// # Errors
/// When it is another user's.
pub fn make_private(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

fn warn_if_open(folder: &Path) -> io::Result<()> {
    const STICKY: u32 = 0o1000;
    const WRITABLE_BY_OTHERS: u32 = 0o022;
    let mode = fs::metadata(folder)?.mode();
    if mode & WRITABLE_BY_OTHERS != 0 && mode & STICKY == 0 {
        tracing::warn!(folder = %folder.display(), "other users may replace files in this folder; make it private");
    }
    Ok(())
}

/// Whether a magic number of `statfs(2)` is one of a network file system (`linux/magic.h`, `fs/smb/client`).
#[cfg(any(target_os = "linux", test))]
fn is_network_magic(magic: u32) -> bool {
    const NFS: u32 = 0x6969;
    const SMB: u32 = 0x517b;
    const CIFS: u32 = 0xff53_4d42;
    const SMB2: u32 = 0xfe53_4d42;
    const CEPH: u32 = 0x00c3_6400;
    const AFS: u32 = 0x5346_414f;
    const KAFS: u32 = 0x6b41_4653;
    const CODA: u32 = 0x7375_7245;
    [NFS, SMB, CIFS, SMB2, CEPH, AFS, KAFS, CODA].contains(&magic)
}

#[cfg(target_os = "linux")]
fn is_on_network(folder: &Path) -> rustix::io::Result<bool> {
    // The kernel's type is as wide as a word; the number itself has 32 bits, in some file systems the sign bit too.
    Ok(is_network_magic(rustix::fs::statfs(folder)?.f_type as u32))
}

#[cfg(target_vendor = "apple")]
fn is_on_network(folder: &Path) -> rustix::io::Result<bool> {
    /// `MNT_LOCAL` of `sys/mount.h`.
    const LOCAL: u32 = 0x1000;
    Ok(rustix::fs::statfs(folder)?.f_flags & LOCAL == 0)
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn is_on_network(_folder: &Path) -> rustix::io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_folder_is_private() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("share/heph/heph.db");
        prepare_folder_of(&file).unwrap();
        for folder in ["share", "share/heph"] {
            let mode = root.path().join(folder).metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{folder}");
        }
        prepare_folder_of(&file).unwrap();
        assert!(!file.exists());
    }

    #[test]
    fn a_folder_that_was_there_keeps_its_mode_unless_it_is_ours() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("shared");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        prepare_folder_of(&folder.join("heph.db")).unwrap();
        assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o755);
        make_private(&folder).unwrap();
        assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_file_in_the_way_is_an_error_with_its_path() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("share"), "").unwrap();
        let error = prepare_folder_of(&root.path().join("share/heph.db")).unwrap_err();
        assert!(matches!(&error, PlaceError::Io { folder, .. } if folder.ends_with("share")), "{error}");
    }

    #[test]
    fn network_file_systems_are_known_by_their_numbers() {
        for magic in [0x6969, 0xff53_4d42, 0xfe53_4d42, 0x00c3_6400] {
            assert!(is_network_magic(magic));
        }
        for (name, magic) in
            [("ext4", 0xef53), ("btrfs", 0x9123_683e), ("tmpfs", 0x0102_1994), ("9p", 0x0102_1997)]
        {
            assert!(!is_network_magic(magic), "{name}");
        }
    }
}
