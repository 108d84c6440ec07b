//! Files to and from the daemon, a piece at a time: it opens only its own folders.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

use crate::error::{Exit, Failure};
use crate::output::Outcome;
use crate::output::progress::{Progress, Unit};
use crate::session::Session;

/// Bytes of a piece that is sent.
const PIECE: usize = 1 << 20;

/// Opens a file to send, and tells its size. What is no file is refused: a pipe or device has no size.
pub(super) fn open(file: &Path) -> Outcome<(File, u64)> {
    let cannot = |error: &std::io::Error| Failure::io(format_args!("cannot read {}", file.display()), error);
    let opened = File::open(file).map_err(|error| cannot(&error))?;
    let metadata = opened.metadata().map_err(|error| cannot(&error))?;
    if !metadata.is_file() {
        return Err(Failure::usage(format!("{} is no file", file.display())));
    }
    Ok((opened, metadata.len()))
}

/// Sends all of a file, piece after piece.
pub(super) fn send(
    session: &mut Session,
    (source, bytes): (&File, u64),
    file: &Path,
    mut write: impl FnMut(&mut Session, u64, Vec<u8>) -> Outcome,
) -> Outcome {
    let cannot = |error: &std::io::Error| Failure::io(format_args!("cannot read {}", file.display()), error);
    let progress = Progress::new(&session.out, "sending", Unit::Bytes, bytes);
    let mut offset = 0;
    loop {
        let mut piece = Vec::with_capacity(PIECE);
        (&mut &*source).take(PIECE as u64).read_to_end(&mut piece).map_err(|error| cannot(&error))?;
        if piece.is_empty() {
            return Ok(());
        }
        let length = piece.len() as u64;
        write(session, offset, piece)?;
        offset += length;
        progress.at(offset);
    }
}

/// Writes a file of so many bytes, which comes piece after piece until an empty one, whole or not at all.
pub(super) fn receive(
    session: &mut Session,
    file: &Path,
    bytes: u64,
    mode: Option<u32>,
    mut read: impl FnMut(&mut Session, u64) -> Outcome<Vec<u8>>,
) -> Outcome {
    let cannot = |error: &std::io::Error| Failure::io(format_args!("cannot write {}", file.display()), error);
    // Beside the target, so that the finished file takes its place in one step and a broken one never does.
    let folder = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut copy =
        tempfile::Builder::new().prefix(".heph-").tempfile_in(folder).map_err(|error| cannot(&error))?;
    let progress = Progress::new(&session.out, "writing", Unit::Bytes, bytes);
    let mut offset = 0;
    loop {
        let piece = read(session, offset)?;
        if piece.is_empty() {
            break;
        }
        copy.write_all(&piece).map_err(|error| cannot(&error))?;
        offset += piece.len() as u64;
        progress.at(offset);
    }
    drop(progress);
    if offset != bytes {
        return Err(Failure::new(Exit::Internal, format!("the copy has {offset} bytes instead of {bytes}"))
            .hint("nothing was written; try again"));
    }
    if let Some(mode) = mode {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        copy.as_file().set_permissions(mode).map_err(|error| cannot(&error))?;
    }
    copy.as_file().sync_all().map_err(|error| cannot(&error))?;
    copy.persist(file).map_err(|error| cannot(&error.error))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| cannot(&error))
}
