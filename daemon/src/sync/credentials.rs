//! Where the tokens of a login are kept between two runs: in the keyring of the system, or without one in a file 0600
//! in the store's folder.
//!
//! They are kept before [`Credentials::save`] returns: a refresh token that an issuer has rotated is never in memory
//! only. No lock is needed beyond the store's own, as one daemon has a store.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::keyring::{Keyring, KeyringError};
use super::token_file::TokenFile;
use crate::oidc::tokens::Tokens;

/// Format of what is kept.
const FORMAT: u32 = 1;

/// Why tokens cannot be kept or had.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// The file cannot be read or written.
    #[error("the tokens in {} cannot be {verb}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was tried: `read`, `written`, `removed`.
        verb: &'static str,
        /// What the system says.
        error: io::Error,
    },
    /// Others could read the file.
    #[error("{} can be read by others or is another's; change that (chmod 600) and log in again", .0.display())]
    Exposed(PathBuf),
    /// There is a keyring, but not now.
    #[error("the keyring of the system does not give the tokens: {0}; unlock it, or log in again")]
    Keyring(String),
    /// What is kept is something else.
    #[error("{0} holds no tokens this version of heph can read; log out, then log in again")]
    Unreadable(String),
}

/// The place for the tokens of one login: of a store, at an issuer, as a client.
#[derive(Clone)]
pub struct Credentials {
    keyring: Option<Arc<dyn Keyring>>,
    /// The name in the keyring.
    name: String,
    file: TokenFile,
    issuer: String,
    client_id: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("name", &self.name)
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

/// What is kept, as JSON. What it is for stands in it too, so that a file that was moved is not used.
#[derive(Serialize, Deserialize)]
struct Saved {
    format: u32,
    issuer: String,
    client_id: String,
    access_token: String,
    id_token: Option<String>,
    refresh_token: Option<String>,
    received_ms: i64,
    expires_ms: Option<i64>,
}

impl Credentials {
    /// The place of a store's login. Nothing is read or made yet.
    ///
    /// # Errors
    /// When the path of the store is relative and there is no working folder.
    pub fn new(
        store: &Path,
        issuer: &str,
        client_id: &str,
        keyring: Option<Arc<dyn Keyring>>,
    ) -> io::Result<Self> {
        let store = std::path::absolute(store)?;
        // The file stands in the store's folder, which may be moved; the keyring is the same for all folders.
        let in_folder = name(Path::new(store.file_name().unwrap_or_default()), issuer, client_id);
        Ok(Self {
            keyring,
            name: name(&store, issuer, client_id),
            file: TokenFile::new(store.with_file_name(format!("{in_folder}.json"))),
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
        })
    }

    /// The file that is used without a keyring, for messages.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Reads the tokens; `None` without a login. It blocks, seconds if the keyring asks the person to unlock it.
    ///
    /// # Errors
    /// [`CredentialsError`]; a file that others may read is refused.
    pub fn load(&self) -> Result<Option<Tokens>, CredentialsError> {
        let file = self.file.read()?.map(|bytes| self.tokens(&bytes, &self.path().display())).transpose()?;
        let kept = match self.keyring.as_deref().map(|keyring| keyring.read(&self.name)) {
            None | Some(Ok(None) | Err(KeyringError::NotThere)) => None,
            Some(Ok(Some(bytes))) => Some(self.tokens(&bytes, &"the keyring")?),
            // The file is written when the keyring fails, so it is the newer.
            Some(Err(KeyringError::Failed(_))) if file.is_some() => None,
            Some(Err(KeyringError::Failed(reason))) => return Err(CredentialsError::Keyring(reason)),
        };
        // Both, after a crash between writing one and removing the other.
        Ok([file, kept].into_iter().flatten().max_by_key(|tokens| tokens.received_ms))
    }

    fn tokens(&self, bytes: &[u8], place: &dyn fmt::Display) -> Result<Tokens, CredentialsError> {
        let unreadable = || CredentialsError::Unreadable(place.to_string());
        let saved: Saved = serde_json::from_slice(bytes).map_err(|_| unreadable())?;
        if saved.format != FORMAT || saved.issuer != self.issuer || saved.client_id != self.client_id {
            return Err(unreadable());
        }
        let Saved { access_token, id_token, refresh_token, received_ms, expires_ms, .. } = saved;
        Ok(Tokens { access_token, id_token, refresh_token, received_ms, expires_ms })
    }

    /// Keeps tokens in place of those before. They are kept when this returns; after an error the old ones are still
    /// there whole. It blocks as [`Credentials::load`] does.
    ///
    /// # Errors
    /// [`CredentialsError::File`], when there is no keyring or it fails, and the file cannot be written either.
    pub fn save(&self, tokens: &Tokens) -> Result<(), CredentialsError> {
        let bytes = self.bytes(tokens)?;
        match self.keyring.as_deref().map(|keyring| keyring.write(&self.name, &bytes)) {
            Some(Ok(())) => return self.file.remove(),
            Some(Err(KeyringError::Failed(reason))) => {
                tracing::warn!(reason, "the keyring keeps no tokens now: a file does");
            }
            None | Some(Err(KeyringError::NotThere)) => {}
        }
        self.file.write(&bytes)
    }

    fn bytes(&self, tokens: &Tokens) -> Result<Vec<u8>, CredentialsError> {
        let saved = Saved {
            format: FORMAT,
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            access_token: tokens.access_token.clone(),
            id_token: tokens.id_token.clone(),
            refresh_token: tokens.refresh_token.clone(),
            received_ms: tokens.received_ms,
            expires_ms: tokens.expires_ms,
        };
        serde_json::to_vec(&saved).map_err(|error| CredentialsError::File {
            path: self.path().to_owned(),
            verb: "written",
            error: error.into(),
        })
    }

    /// Forgets the tokens; without any it succeeds too. It blocks as [`Credentials::load`] does.
    ///
    /// # Errors
    /// [`CredentialsError`]; what could be forgotten is.
    pub fn forget(&self) -> Result<(), CredentialsError> {
        let kept = self.keyring.as_deref().map(|keyring| keyring.remove(&self.name));
        self.file.remove()?;
        match kept {
            Some(Err(KeyringError::Failed(reason))) => Err(CredentialsError::Keyring(reason)),
            _ => Ok(()),
        }
    }
}

/// A name for each store, issuer and client: `login-<16 hex digits>`.
fn name(store: &Path, issuer: &str, client_id: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in [store.as_os_str().as_encoded_bytes(), issuer.as_bytes(), client_id.as_bytes()] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    format!("login-{}", &hasher.finalize().to_hex()[..16])
}

#[cfg(test)]
#[path = "credentials_tests.rs"]
mod tests;
