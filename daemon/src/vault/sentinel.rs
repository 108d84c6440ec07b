//! The file that says whose mirror a folder is.

use std::io::{self, Write as _};
use std::path::Path;

use crate::domain::id::{DeviceId, StoreId};

/// Its name.
pub const SENTINEL: &str = ".heph-vault";

/// The most bytes of it that are read.
const MOST: u64 = 4096;

/// Whose mirror a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sentinel {
    /// Nobody's.
    Absent,
    /// That of this store on this machine.
    Ours,
    /// Another one's.
    Foreign,
}

impl Sentinel {
    /// Reads it.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn read(folder: &Path, store: StoreId, device: DeviceId) -> io::Result<Self> {
        let path = folder.join(SENTINEL);
        match path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::Absent),
            Err(error) => return Err(error),
            Ok(found) if !found.is_file() || found.len() > MOST => return Ok(Self::Foreign),
            Ok(_) => {}
        }
        let bytes = std::fs::read(&path)?;
        let text = String::from_utf8_lossy(&bytes);
        let ours = lines(store, device);
        let is_ours = ours.iter().all(|line| text.lines().any(|found| found.trim() == line));
        Ok(if is_ours { Self::Ours } else { Self::Foreign })
    }

    /// Makes the folder the mirror of this store on this machine.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(folder: &Path, store: StoreId, device: DeviceId) -> io::Result<()> {
        let [store, device] = lines(store, device);
        let text = format!(
            "# heph mirrors its pages here (heph vault status). Without this file it stops to.\n{store}\n{device}\n"
        );
        let part = folder.join(format!("{SENTINEL}.part"));
        let mut file = std::fs::File::create(&part)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(part, folder.join(SENTINEL))
    }
}

fn lines(store: StoreId, device: DeviceId) -> [String; 2] {
    [format!("store {store}"), format!("device {device}")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_of_one_store_and_machine() {
        let folder = tempfile::tempdir().unwrap();
        let (store, device) = (StoreId::from_bytes([1; 16]), DeviceId::from_bytes([2; 16]));
        let read = |store, device| Sentinel::read(folder.path(), store, device).unwrap();
        assert_eq!(read(store, device), Sentinel::Absent);
        Sentinel::write(folder.path(), store, device).unwrap();
        assert_eq!(read(store, device), Sentinel::Ours);
        assert_eq!(read(StoreId::from_bytes([3; 16]), device), Sentinel::Foreign);
        assert_eq!(read(store, DeviceId::from_bytes([3; 16])), Sentinel::Foreign);
        std::fs::write(folder.path().join(SENTINEL), b"\xff").unwrap();
        assert_eq!(read(store, device), Sentinel::Foreign);
    }
}
