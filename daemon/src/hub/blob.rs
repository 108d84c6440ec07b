//! The bytes of files on their way: to the disk as they come, from the disk as they are taken.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use actix_web::body::{MessageBody, SizedStream};
use actix_web::web::{Bytes, Payload};
use futures_util::{StreamExt as _, stream};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout_at};

use super::presence::ReadPlace;
use super::refusal::Refusal;
use crate::domain::page::BlobHash;
use crate::store::StoreError;
use crate::store::hub::HubError;

/// Bytes of a piece that is sent.
const PIECE: usize = 64 << 10;

/// Bytes that have to come within a deadline, for each.
const STEP: u64 = 1 << 20;

/// A file that comes. It is gone when this is dropped, unless it was moved to its place.
#[derive(Debug)]
pub(super) struct Incoming {
    path: PathBuf,
}

impl Incoming {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes what comes to the disk, and makes it durable: its hash and its size, or nothing when it is longer than it
    /// may be. Every MiB has to come within the deadline.
    pub(super) async fn receive(
        &self,
        mut payload: Payload,
        most: u64,
        deadline: Duration,
    ) -> Result<Option<(BlobHash, u64)>, Refusal> {
        let mut file = create(&self.path).await.map_err(failed)?;
        let mut hasher = blake3::Hasher::new();
        let (mut bytes, mut step, mut until) = (0_u64, STEP, Instant::now() + deadline);
        loop {
            let slow = |_| Refusal::slow();
            let chunk = match timeout_at(until, payload.next()).await.map_err(slow)? {
                Some(Ok(chunk)) => chunk,
                Some(Err(_)) => return Err(Refusal::malformed("the body cannot be read")),
                None => break,
            };
            bytes += chunk.len() as u64;
            if bytes > most {
                return Ok(None);
            }
            if bytes >= step {
                (step, until) = (bytes + STEP, Instant::now() + deadline);
            }
            hasher.update(&chunk);
            file.write_all(&chunk).await.map_err(failed)?;
        }
        file.flush().await.map_err(failed)?;
        file.sync_all().await.map_err(failed)?;
        Ok(Some((BlobHash::from_bytes(*hasher.finalize().as_bytes()), bytes)))
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // Moved away, as a rule.
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn create(path: &Path) -> io::Result<tokio::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    tokio::fs::OpenOptions::from(options).open(path).await
}

fn failed(error: io::Error) -> Refusal {
    HubError::from(StoreError::from(error)).into()
}

/// So many bytes of a file from a place on, read as they are taken.
pub(super) fn outgoing(file: File, first: u64, length: u64, place: ReadPlace) -> impl MessageBody {
    let file = tokio::fs::File::from_std(file);
    let bytes =
        stream::unfold((file, Some(first), length, place), |(mut file, seek, left, place)| async move {
            if left == 0 {
                return None;
            }
            let piece = read_piece(&mut file, seek, left).await;
            let left = piece.as_ref().map_or(0, |piece| left - piece.len() as u64);
            Some((piece, (file, None, left, place)))
        });
    SizedStream::new(length, Box::pin(bytes))
}

async fn read_piece(file: &mut tokio::fs::File, seek: Option<u64>, left: u64) -> io::Result<Bytes> {
    if let Some(first) = seek {
        file.seek(io::SeekFrom::Start(first)).await?;
    }
    let mut piece = vec![0; PIECE.min(usize::try_from(left).unwrap_or(PIECE))];
    let read = file.read(&mut piece).await?;
    if read == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    piece.truncate(read);
    Ok(piece.into())
}
