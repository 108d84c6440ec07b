//! The keyring of the system: the Secret Service on Linux, the Keychain on macOS.
//!
//! A keyring may ask the person to unlock it and wait for that as long as it takes. So each call has a deadline, on a
//! thread of its own; while one is still waiting no other is begun.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use keyring::v1::{Entry, Error};

/// The name of all entries of heph; each has a second name of its own.
const SERVICE: &str = "heph";

/// How long a call may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// Why a keyring does not serve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// This system, or this session, has none.
    #[error("there is no keyring")]
    NotThere,
    /// There is one and it fails, or waits for the person. What was asked may still happen later.
    #[error("{0}")]
    Failed(String),
}

/// A place for secrets, each under a name.
pub trait Keyring: Send + Sync {
    /// Reads a secret; `None` if there is none of that name.
    ///
    /// # Errors
    /// [`KeyringError`].
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, KeyringError>;

    /// Keeps a secret in place of the one before.
    ///
    /// # Errors
    /// [`KeyringError`].
    fn write(&self, name: &str, secret: &[u8]) -> Result<(), KeyringError>;

    /// Removes a secret; if there is none, that is well too.
    ///
    /// # Errors
    /// [`KeyringError`].
    fn remove(&self, name: &str) -> Result<(), KeyringError>;
}

/// The keyring of the system this runs on.
#[derive(Debug, Clone, Default)]
pub struct SystemKeyring {
    is_waiting: Arc<AtomicBool>,
}

impl SystemKeyring {
    /// Does something with an entry, within the deadline.
    fn within_deadline<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce(&Entry) -> Result<T, Error> + Send + 'static,
    ) -> Result<Option<T>, KeyringError> {
        if self.is_waiting.swap(true, Ordering::SeqCst) {
            return Err(KeyringError::Failed("it still waits to be unlocked".into()));
        }
        let (name, is_waiting) = (name.to_owned(), Arc::clone(&self.is_waiting));
        let (answer, answered) = sync_channel(1);
        let thread = thread::Builder::new().name("keyring".into()).spawn(move || {
            let result = Entry::new(SERVICE, &name).and_then(|entry| work(&entry));
            is_waiting.store(false, Ordering::SeqCst);
            // Nobody waits any more after the deadline.
            let _ = answer.send(result);
        });
        if let Err(error) = thread {
            self.is_waiting.store(false, Ordering::SeqCst);
            return Err(KeyringError::Failed(error.to_string()));
        }
        match answered.recv_timeout(DEADLINE) {
            Ok(Ok(value)) => Ok(Some(value)),
            Ok(Err(Error::NoEntry)) => Ok(None),
            Ok(Err(Error::NoDefaultStore)) => Err(KeyringError::NotThere),
            Ok(Err(error)) => Err(KeyringError::Failed(words(&error))),
            Err(_) => Err(KeyringError::Failed("it waits to be unlocked, or does not answer".into())),
        }
    }
}

/// An error in words. Those that quote the secret are not.
fn words(error: &Error) -> String {
    match error {
        Error::PlatformFailure(cause) | Error::NoStorageAccess(cause) => cause.to_string(),
        Error::TooLong(_, limit) => format!("it takes no more than {limit} bytes"),
        _ => "it cannot be used".to_owned(),
    }
}

impl Keyring for SystemKeyring {
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, KeyringError> {
        self.within_deadline(name, Entry::get_secret)
    }

    fn write(&self, name: &str, secret: &[u8]) -> Result<(), KeyringError> {
        let secret = secret.to_owned();
        let kept = self.within_deadline(name, move |entry| entry.set_secret(&secret))?;
        kept.ok_or_else(|| KeyringError::Failed("it keeps no entry".into()))
    }

    fn remove(&self, name: &str) -> Result<(), KeyringError> {
        self.within_deadline(name, Entry::delete_credential).map(drop)
    }
}
