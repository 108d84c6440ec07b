//! Files between a store and its hub: asked about, sent, fetched.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::Duration;

use futures_util::stream;
use heph_protocol::hub::Blobs;
use reqwest::header::{CONTENT_LENGTH, RANGE};
use reqwest::{Body, Method, Response, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use super::hub::{HttpHub, HubError, read, send, with_body};
use crate::domain::page::BlobHash;

/// Bytes of a piece that is sent.
const PIECE: usize = 64 << 10;

/// How long the next piece of a file may take to come.
const SILENCE: Duration = Duration::from_secs(60);

/// The slowest line that files are sent over, in bytes a second.
const SLOWEST: u64 = 16 << 10;

impl HttpHub {
    /// Which of these files the account has not.
    ///
    /// # Errors
    /// [`HubError`]
    pub async fn missing_files(&self, bearer: &str, hashes: &[BlobHash]) -> Result<Vec<BlobHash>, HubError> {
        let asked = Blobs { hashes: hashes.iter().map(BlobHash::to_string).collect() };
        let request = self.request(Method::POST, "v1/blobs/missing", Some(bearer))?;
        let missing: Blobs = read(send(with_body(request, &asked)?).await?).await?;
        Ok(missing.hashes.iter().filter_map(|hash| hash.parse().ok()).collect())
    }

    /// Sends a file of this hash and size.
    ///
    /// # Errors
    /// [`HubError::Full`] when the account has no room for it; any other one leaves open whether the hub has it now.
    pub async fn send_file(
        &self,
        bearer: &str,
        hash: BlobHash,
        bytes: u64,
        file: File,
    ) -> Result<(), HubError> {
        let request = self.request(Method::PUT, &path(hash), Some(bearer))?;
        let request = request
            .header(CONTENT_LENGTH, bytes)
            .timeout(SILENCE + Duration::from_secs(bytes / SLOWEST))
            .body(body(file));
        send(request).await.map(drop)
    }

    /// Fetches a file of a hash and size into a file, going on with what is there. What came has to be hashed yet.
    ///
    /// # Errors
    /// [`HubError::Absent`] when the hub has not got it; what came until then stays.
    pub async fn fetch_file(
        &self,
        bearer: &str,
        hash: BlobHash,
        bytes: u64,
        into: &Path,
    ) -> Result<(), HubError> {
        let mut there = tokio::fs::metadata(into).await.map_or(0, |file| file.len());
        if there > bytes {
            there = 0;
        }
        if there == bytes && there > 0 {
            return Ok(());
        }
        let request = self.request(Method::GET, &path(hash), Some(bearer))?;
        let request = request.timeout(SILENCE + Duration::from_secs(bytes / SLOWEST));
        let request = if there > 0 { request.header(RANGE, format!("bytes={there}-")) } else { request };
        let response = send(request).await?;
        if response.status() != StatusCode::PARTIAL_CONTENT {
            there = 0;
        }
        gather(response, into, there, bytes).await
    }
}

fn path(hash: BlobHash) -> String {
    format!("v1/blobs/{hash}")
}

/// The bytes of a file, read as they are sent.
fn body(file: File) -> Body {
    let file = tokio::fs::File::from_std(file);
    Body::wrap_stream(stream::try_unfold(file, async |mut file| {
        let mut piece = vec![0; PIECE];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        Ok::<_, io::Error>((read > 0).then_some((piece, file)))
    }))
}

/// Writes what comes behind what is there.
async fn gather(mut response: Response, into: &Path, there: u64, bytes: u64) -> Result<(), HubError> {
    let here = |error: io::Error| HubError::Away {
        reason: format!("the file cannot be kept on this machine: {error}"),
        retry_after: None,
    };
    let cut_off = |reason: String| HubError::Away {
        reason: format!("the file that came from the hub was cut off: {reason}"),
        retry_after: None,
    };
    let mut file = tokio::fs::OpenOptions::new();
    let mut file = file.create(true).append(true).mode(0o600).open(into).await.map_err(here)?;
    file.set_len(there).await.map_err(here)?;
    let mut came = there;
    loop {
        let chunk = timeout(SILENCE, response.chunk()).await;
        let chunk = chunk.map_err(|_| cut_off("it took too long".to_owned()))?;
        let Some(chunk) = chunk.map_err(|error| cut_off(crate::http::causes(&error)))? else { break };
        came += chunk.len() as u64;
        if came > bytes {
            return Err(HubError::Refused("the hub has a longer file under this hash".to_owned()));
        }
        file.write_all(&chunk).await.map_err(here)?;
    }
    file.flush().await.map_err(here)?;
    match came == bytes {
        true => Ok(()),
        false => Err(cut_off(format!("{came} of {bytes} bytes came"))),
    }
}
