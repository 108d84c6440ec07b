//! Where the tokens of a login are kept between two runs: a file 0600 in the store's folder.
//!
//! A file is replaced whole, and is on disk before [`Credentials::save`] returns: a refresh token that an issuer has
//! rotated is never in memory only. No lock is needed beyond the store's own, as one daemon has a store.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::oidc::tokens::Tokens;

/// Most bytes of the file that are read: a few tokens of 16 KiB.
const MAX_FILE: u64 = 256 << 10;

/// Format of the file.
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
    /// The file holds something else.
    #[error("{} holds no tokens this version of heph can read; remove it and log in again", .0.display())]
    Unreadable(PathBuf),
}

/// The place for the tokens of one login: of a store, at an issuer, as a client.
#[derive(Debug, Clone)]
pub struct Credentials {
    path: PathBuf,
    issuer: String,
    client_id: String,
}

/// The file, as JSON. What it is for stands in it too, so that a file that was moved is not used.
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
    /// The place beside a store's database. Nothing is read or made yet.
    pub fn new(store: &Path, issuer: &str, client_id: &str) -> Self {
        Self {
            path: store.with_file_name(file_name(store, issuer, client_id)),
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
        }
    }

    /// The file, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the tokens; `None` without a login. It blocks.
    ///
    /// # Errors
    /// [`CredentialsError`]; a file that others may read is refused.
    pub fn load(&self) -> Result<Option<Tokens>, CredentialsError> {
        let Some(bytes) = self.read()? else {
            return Ok(None);
        };
        let unreadable = || CredentialsError::Unreadable(self.path.clone());
        let saved: Saved = serde_json::from_slice(&bytes).map_err(|_| unreadable())?;
        if saved.format != FORMAT || saved.issuer != self.issuer || saved.client_id != self.client_id {
            return Err(unreadable());
        }
        let Saved { access_token, id_token, refresh_token, received_ms, expires_ms, .. } = saved;
        Ok(Some(Tokens { access_token, id_token, refresh_token, received_ms, expires_ms }))
    }

    fn read(&self) -> Result<Option<Vec<u8>>, CredentialsError> {
        let failed = |error| self.failed("read", error);
        // A link is not followed: it could lead to a file that somebody else writes.
        let flags = rustix::fs::OFlags::NOFOLLOW.bits() as i32;
        let file = match OpenOptions::new().read(true).custom_flags(flags).open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(failed)?,
        };
        let about = file.metadata().map_err(failed)?;
        if about.mode() & 0o077 != 0 || about.uid() != rustix::process::geteuid().as_raw() {
            return Err(CredentialsError::Exposed(self.path.clone()));
        }
        let mut bytes = Vec::new();
        file.take(MAX_FILE).read_to_end(&mut bytes).map_err(failed)?;
        Ok(Some(bytes))
    }

    /// Keeps tokens in place of those before. They are on disk when this returns; after an error the old ones are
    /// still there whole. It blocks.
    ///
    /// # Errors
    /// [`CredentialsError::File`].
    pub fn save(&self, tokens: &Tokens) -> Result<(), CredentialsError> {
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
        let bytes = serde_json::to_vec(&saved).map_err(|error| self.failed("written", error.into()))?;
        self.replace(&bytes).map_err(|error| self.failed("written", error))
    }

    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        let temporary = self.path.with_extension("json.new");
        // One that a crash left behind may have any mode: it is made anew.
        remove_file(&temporary)?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&temporary, &self.path)?;
        self.sync_folder()
    }

    /// Forgets the tokens; without any it succeeds too. It blocks.
    ///
    /// # Errors
    /// [`CredentialsError::File`].
    pub fn forget(&self) -> Result<(), CredentialsError> {
        let failed = |error| self.failed("removed", error);
        remove_file(&self.path.with_extension("json.new")).map_err(failed)?;
        remove_file(&self.path).map_err(failed)?;
        self.sync_folder().map_err(failed)
    }

    /// A name that was made or removed is on disk only when its folder is.
    fn sync_folder(&self) -> io::Result<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }

    fn failed(&self, verb: &'static str, error: io::Error) -> CredentialsError {
        CredentialsError::File { path: self.path.clone(), verb, error }
    }
}

fn remove_file(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// A name for each store in a folder, issuer and client: `login-<16 hex digits>.json`.
fn file_name(store: &Path, issuer: &str, client_id: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    let store = store.file_name().unwrap_or_default();
    for part in [store.as_encoded_bytes(), issuer.as_bytes(), client_id.as_bytes()] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    format!("login-{}.json", &hasher.finalize().to_hex()[..16])
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const ISSUER: &str = "https://idp.example/application/o/heph/";

    fn tokens(refresh: &str) -> Tokens {
        Tokens {
            access_token: "access".into(),
            id_token: Some("id".into()),
            refresh_token: Some(refresh.into()),
            received_ms: 1,
            expires_ms: Some(2),
        }
    }

    fn place(folder: &Path) -> Credentials {
        Credentials::new(&folder.join("heph.db"), ISSUER, "heph")
    }

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn tokens_are_kept_for_their_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let place = place(folder.path());
        assert_eq!(place.load().unwrap(), None);
        for refresh in ["first", "second"] {
            place.save(&tokens(refresh)).unwrap();
            assert_eq!(place.load().unwrap(), Some(tokens(refresh)));
            assert_eq!(mode(place.path()), 0o600);
        }
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
        place.forget().unwrap();
        place.forget().unwrap();
        assert_eq!(place.load().unwrap(), None);
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    }

    #[test]
    fn stores_issuers_and_clients_have_places_of_their_own() {
        let store = Path::new("heph.db");
        let all = [
            file_name(store, ISSUER, "heph"),
            file_name(Path::new("work.db"), ISSUER, "heph"),
            file_name(store, ISSUER.trim_end_matches('/'), "heph"),
            file_name(store, ISSUER, "heph2"),
            file_name(store, &format!("{ISSUER}h"), "eph"),
        ];
        for (at, name) in all.iter().enumerate() {
            assert!(name.starts_with("login-") && name.len() == 27, "{name}");
            assert!(!all[..at].contains(name));
        }
    }

    #[test]
    fn what_a_crash_left_behind_does_not_matter() {
        let folder = tempfile::tempdir().unwrap();
        let place = place(folder.path());
        let left = place.path().with_extension("json.new");
        std::fs::write(&left, "half").unwrap();
        std::fs::set_permissions(&left, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(place.load().unwrap(), None);
        place.save(&tokens("first")).unwrap();
        assert_eq!(mode(place.path()), 0o600);
        assert_eq!(place.load().unwrap(), Some(tokens("first")));
    }

    #[test]
    fn a_failed_write_leaves_the_old_tokens() {
        let folder = tempfile::tempdir().unwrap();
        let place = place(folder.path());
        place.save(&tokens("first")).unwrap();
        // A folder where the temporary file would be.
        std::fs::create_dir(place.path().with_extension("json.new")).unwrap();
        let error = place.save(&tokens("second")).unwrap_err();
        assert!(error.to_string().contains("cannot be written"), "{error}");
        assert_eq!(place.load().unwrap(), Some(tokens("first")));
    }

    #[test]
    fn a_file_of_others_or_of_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let place = place(folder.path());
        place.save(&tokens("first")).unwrap();
        std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(place.load(), Err(CredentialsError::Exposed(_))));
        std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o600)).unwrap();
        let other = Credentials::new(&folder.path().join("heph.db"), "https://other.example", "heph");
        std::fs::rename(place.path(), other.path()).unwrap();
        assert!(matches!(other.load(), Err(CredentialsError::Unreadable(_))));
        std::fs::write(other.path(), "{}").unwrap();
        assert!(matches!(other.load(), Err(CredentialsError::Unreadable(_))));
        std::fs::remove_file(other.path()).unwrap();
        std::os::unix::fs::symlink("/dev/null", other.path()).unwrap();
        assert!(matches!(other.load(), Err(CredentialsError::File { .. })));
    }

    #[test]
    fn errors_hold_no_token() {
        let folder = tempfile::tempdir().unwrap();
        let place = place(&folder.path().join("missing"));
        let error = format!("{:?}", place.save(&tokens("secret")).unwrap_err());
        assert!(!error.contains("secret"), "{error}");
    }
}
