//! Whose store this is.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::SystemTime;

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::error::StoreError;
use super::log_row::tick_from_number;
use super::sync::adopt;
use crate::domain::change::Tick;
use crate::domain::id::{DeviceId, StoreId};
use crate::environment::Environment;

/// Who a store is, and how far it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The store's id, which a restored copy keeps.
    pub store_id: StoreId,
    /// This installation's id, new in a restored or cloned store.
    pub device: DeviceId,
    /// The newest revision, 0 for none.
    pub revision: u64,
    /// The last tick the clock gave out.
    pub clock: Tick,
}

/// Where a store lies. A copy lies elsewhere.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Hash of the machine's id.
    pub(super) machine: Vec<u8>,
    /// Of the file's inode and birth time: a copy that is put in the place of a deleted file may get its inode.
    pub(super) inode: i64,
}

impl Place {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        // The machine's id is not to be shown around (machine-id(5)), so only a hash is kept.
        let hash = blake3::derive_key("heph machine id", machine_id().as_bytes());
        let file = std::fs::metadata(path)?;
        let born = file.created().ok().and_then(|born| born.duration_since(SystemTime::UNIX_EPOCH).ok());
        let born = born.map_or(0, |born| born.as_nanos() as u64);
        Ok(Self { machine: hash[..16].to_vec(), inode: (file.ino() ^ born.rotate_left(32)) as i64 })
    }
}

/// Reads who the store is; a new one, a restored one and a clone get a new device id.
pub(super) async fn settle_identity(
    connection: &mut SqliteConnection,
    path: &Path,
    environment: &Environment,
) -> Result<Identity, StoreError> {
    let place = Place::of(path)?;
    let known =
        sqlx::query("SELECT store_id, device, machine, inode FROM meta").fetch_optional(&mut *connection);
    let (store_id, device) = match known.await? {
        Some(row) => {
            let malformed = || StoreError::malformed("the identity of the store");
            let store_id = StoreId::from_slice(row.try_get("store_id")?).map_err(|_| malformed())?;
            let was = Place { machine: row.try_get("machine")?, inode: row.try_get("inode")? };
            if was == place {
                (store_id, DeviceId::from_slice(row.try_get("device")?).map_err(|_| malformed())?)
            } else {
                let device = new_device(environment);
                tracing::info!(%device, "the store was restored or copied: it has a new device id");
                adopt(connection, device, environment).await?;
                write(connection, store_id, device, &place).await?;
                (store_id, device)
            }
        }
        None => {
            let mut random = [0; 16];
            environment.entropy.fill(&mut random);
            let (store_id, device) = (StoreId::from_bytes(random), new_device(environment));
            write(connection, store_id, device, &place).await?;
            (store_id, device)
        }
    };
    let newest =
        sqlx::query("SELECT rev, tick FROM txn ORDER BY rev DESC LIMIT 1").fetch_optional(connection);
    let (revision, clock) = match newest.await? {
        Some(row) => (row.try_get::<i64, _>("rev")? as u64, tick_from_number(row.try_get("tick")?)),
        None => (0, Tick::default()),
    };
    Ok(Identity { store_id, device, revision, clock })
}

async fn write(
    connection: &mut SqliteConnection,
    store_id: StoreId,
    device: DeviceId,
    place: &Place,
) -> Result<(), StoreError> {
    sqlx::query("INSERT OR REPLACE INTO meta (one, store_id, device, machine, inode) VALUES (1, ?, ?, ?, ?)")
        .bind(store_id.as_bytes().as_slice())
        .bind(device.as_bytes().as_slice())
        .bind(place.machine.as_slice())
        .bind(place.inode)
        .execute(connection)
        .await?;
    Ok(())
}

fn new_device(environment: &Environment) -> DeviceId {
    let mut random = [0; 10];
    environment.entropy.fill(&mut random);
    DeviceId::v7(unix_ms(environment.clock.now()), random)
}

fn unix_ms(now: Timestamp) -> u64 {
    u64::try_from(now.as_millisecond()).unwrap_or_default()
}

/// The machine's id, empty where it has none.
#[cfg(not(target_os = "macos"))]
fn machine_id() -> String {
    ["/etc/machine-id", "/var/lib/dbus/machine-id"]
        .into_iter()
        .find_map(|path| std::fs::read_to_string(path).ok())
        .map(|id| id.trim().to_owned())
        .unwrap_or_default()
}

/// The machine's id, empty where it has none.
#[cfg(target_os = "macos")]
fn machine_id() -> String {
    std::process::Command::new("/usr/sbin/sysctl")
        .args(["-n", "kern.uuid"])
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default()
}
