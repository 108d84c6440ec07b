//! The way to a hub: over HTTP, or to the one in this very daemon.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use heph_protocol::hub::{Account, Devices, Hello};

use super::hub::{HttpHub, HubError, Page, Pushed};
use super::own::OwnHub;
use crate::domain::id::DeviceId;
use crate::domain::page::BlobHash;
use crate::domain::sync::hub::Offered;

/// The way to a hub.
#[derive(Clone)]
pub enum Way {
    /// Over HTTP, with a token.
    Http(HttpHub),
    /// To the hub in this daemon, which needs none.
    Own(OwnHub),
}

impl Way {
    /// Whether a person has to log in to go it.
    pub fn needs_login(&self) -> bool {
        matches!(self, Self::Http(_))
    }

    /// What hub this is.
    ///
    /// # Errors
    /// [`HubError`]
    pub async fn hello(&self) -> Result<Hello, HubError> {
        match self {
            Self::Http(hub) => hub.hello().await,
            Self::Own(hub) => Ok(hub.hello()),
        }
    }

    /// The account of a login.
    ///
    /// # Errors
    /// [`HubError`]
    pub async fn account(&self, bearer: &str) -> Result<Account, HubError> {
        match self {
            Self::Http(hub) => hub.account(bearer).await,
            Self::Own(hub) => hub.account().await,
        }
    }

    /// Makes this device known.
    ///
    /// # Errors
    /// [`HubError::LoginTooOld`] when the person did not log in just now.
    pub async fn register(&self, bearer: &str, name: &str) -> Result<(), HubError> {
        match self {
            Self::Http(hub) => hub.register(bearer, name).await,
            Self::Own(hub) => hub.register(name).await,
        }
    }

    /// The devices of the account.
    ///
    /// # Errors
    /// [`HubError`]
    pub async fn devices(&self, bearer: &str) -> Result<Devices, HubError> {
        match self {
            Self::Http(hub) => hub.devices(bearer).await,
            Self::Own(hub) => hub.devices().await,
        }
    }

    /// Locks a device out.
    ///
    /// # Errors
    /// [`HubError`]
    pub async fn revoke(&self, bearer: &str, device: DeviceId) -> Result<(), HubError> {
        match self {
            Self::Http(hub) => hub.revoke(bearer, device).await,
            Self::Own(hub) => hub.revoke(device).await,
        }
    }

    /// Offers operations.
    ///
    /// # Errors
    /// [`HubError`]; what became of the operations is unknown then, and they may be offered again as they are.
    pub async fn push(&self, bearer: &str, epoch: u64, ops: Vec<Offered>) -> Result<Pushed, HubError> {
        match self {
            Self::Http(hub) => hub.push(bearer, epoch, ops).await,
            Self::Own(hub) => hub.push(epoch, ops).await,
        }
    }

    /// A page of the log after a place. Bodies of what this device sent may be left out if it has them: `brief`.
    ///
    /// # Errors
    /// [`HubError`]
    pub async fn ops(&self, bearer: &str, after: u64, brief: bool) -> Result<Page, HubError> {
        match self {
            Self::Http(hub) => hub.ops(bearer, after, Duration::ZERO, brief).await,
            Self::Own(hub) => hub.ops(after).await,
        }
    }

    /// A page of the log, for a device that is not the account's yet and could be made known now.
    ///
    /// # Errors
    /// [`HubError::LoginTooOld`] when it could not.
    pub async fn peek(&self, bearer: &str, after: u64) -> Result<Page, HubError> {
        match self {
            Self::Http(hub) => hub.peek(bearer, after).await,
            Self::Own(hub) => hub.peek(after).await,
        }
    }

    /// Which of these files the account has not.
    ///
    /// # Errors
    /// [`HubError`]
    pub async fn missing_files(&self, bearer: &str, hashes: &[BlobHash]) -> Result<Vec<BlobHash>, HubError> {
        match self {
            Self::Http(hub) => hub.missing_files(bearer, hashes).await,
            Self::Own(hub) => hub.missing_files(hashes).await,
        }
    }

    /// Sends a file of this hash and size.
    ///
    /// # Errors
    /// [`HubError::Full`] when the account has no room for it.
    pub async fn send_file(
        &self,
        bearer: &str,
        hash: BlobHash,
        bytes: u64,
        file: File,
    ) -> Result<(), HubError> {
        match self {
            Self::Http(hub) => hub.send_file(bearer, hash, bytes, file).await,
            Self::Own(hub) => hub.send_file(hash, bytes, file).await,
        }
    }

    /// Fetches a file of a hash and size into a file, going on with what is there. What came has to be hashed yet.
    ///
    /// # Errors
    /// [`HubError::Absent`] when the hub has not got it.
    pub async fn fetch_file(
        &self,
        bearer: &str,
        hash: BlobHash,
        bytes: u64,
        into: &Path,
    ) -> Result<(), HubError> {
        match self {
            Self::Http(hub) => hub.fetch_file(bearer, hash, bytes, into).await,
            Self::Own(hub) => hub.fetch_file(hash, into).await,
        }
    }
}
