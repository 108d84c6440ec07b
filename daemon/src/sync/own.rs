//! The hub of this very daemon, asked without a network: the second way of the same sync.

use heph_protocol::hub::{Account, Devices, Hello, PROTO};

use super::hub::{HubError, Page, Pushed};
use crate::domain::change::Kind;
use crate::domain::id::DeviceId;
use crate::domain::sync::Arrived;
use crate::domain::sync::hub::Offered;
use crate::environment::Environment;
use crate::hub::wire;
use crate::store::hub::{AccountId, DeviceState, Head, HubError as StoreError, HubStore};

/// The most operations of one page.
const PAGE: u32 = 1_000;

/// The hub of this daemon, and the one of its accounts that is the owner's.
#[derive(Clone)]
pub struct OwnHub {
    store: HubStore,
    issuer: String,
    subject: String,
    device: DeviceId,
    environment: Environment,
}

impl OwnHub {
    /// The account of a subject, none and none on a hub without an issuer.
    pub fn new(
        store: HubStore,
        issuer: Option<String>,
        subject: &str,
        device: DeviceId,
        environment: Environment,
    ) -> Self {
        let subject = if issuer.is_some() { subject.to_owned() } else { String::new() };
        Self { store, issuer: issuer.unwrap_or_default(), subject, device, environment }
    }

    pub(super) fn hello(&self) -> Hello {
        let issuer = Some(self.issuer.clone()).filter(|issuer| !issuer.is_empty());
        let server_version = env!("CARGO_PKG_VERSION").to_owned();
        Hello { proto: [PROTO, PROTO], server_version, issuer, server_ms: self.now_ms(), ..Hello::default() }
    }

    pub(super) async fn account(&self) -> Result<Account, HubError> {
        let account = self.id().await?;
        let record = self.store.account(account).await.map_err(refused)?;
        Ok(Account {
            epoch: record.epoch,
            head: record.head,
            floor: record.floor,
            snapshot: record.snapshot,
            bytes: record.bytes,
            quota: record.quota,
            devices: record.devices,
            subject: self.subject.clone(),
            server_ms: self.now_ms(),
        })
    }

    pub(super) async fn register(&self, name: &str) -> Result<(), HubError> {
        let account = self.id().await?;
        self.store.register_device(account, self.device, name, None).await.map_err(refused)
    }

    pub(super) async fn devices(&self) -> Result<Devices, HubError> {
        let account = self.id().await?;
        let devices = self.store.devices(account).await.map_err(refused)?.into_iter();
        let devices = devices.map(wire::device);
        Ok(Devices { devices: devices.collect() })
    }

    pub(super) async fn revoke(&self, device: DeviceId) -> Result<(), HubError> {
        let account = self.id().await?;
        match self.store.revoke_device(account, device).await.map_err(refused)? {
            true => Ok(()),
            false => Err(HubError::UnknownDevice),
        }
    }

    pub(super) async fn push(&self, epoch: u64, ops: Vec<Offered>) -> Result<Pushed, HubError> {
        let account = self.let_in().await?;
        let ids: Vec<_> = ops.iter().map(|op| op.id).collect();
        let pushed = self.store.push(account, self.device, epoch, ops, None).await.map_err(refused)?;
        let verdicts = pushed.verdicts.into_iter().map(wire::verdict);
        Ok(Pushed {
            head: pushed.head,
            received_at: u64::try_from(pushed.received_at).unwrap_or_default(),
            verdicts: ids.into_iter().zip(verdicts).collect(),
        })
    }

    pub(super) async fn ops(&self, after: u64) -> Result<Page, HubError> {
        let account = self.let_in().await?;
        let page = self.page(account, after).await?;
        self.store.note_seen(account, self.device, after.min(page.head));
        Ok(page)
    }

    pub(super) async fn peek(&self, after: u64) -> Result<Page, HubError> {
        self.page(self.id().await?, after).await
    }

    async fn page(&self, account: AccountId, after: u64) -> Result<Page, HubError> {
        let page = self.store.ops(account, after, PAGE, None).await.map_err(refused)?;
        let ops = page.ops.into_iter().map(|op| Arrived {
            seq: op.seq,
            received_at: u64::try_from(op.received_at).unwrap_or_default(),
            cursor: op.cursor,
            id: op.id,
            device: op.device,
            entity: op.stream,
            kind: Kind(op.kind),
            body: op.body,
        });
        let (epoch, head, more) = (page.epoch, page.head, page.more);
        Ok(Page { epoch, head, server_ms: self.now_ms(), ops: ops.collect(), more })
    }

    /// News of the account, as long as the hub runs.
    ///
    /// # Errors
    /// [`HubError::Away`]
    pub async fn watch(&self) -> Result<tokio::sync::watch::Receiver<Head>, HubError> {
        let account = self.id().await?;
        self.store.watch(account).await.map_err(refused)
    }

    async fn id(&self) -> Result<AccountId, HubError> {
        Ok(self.store.caller(&self.issuer, &self.subject, None).await.map_err(refused)?.account)
    }

    /// The account, if this device is one of its own.
    async fn let_in(&self) -> Result<AccountId, HubError> {
        let caller =
            self.store.caller(&self.issuer, &self.subject, Some(self.device)).await.map_err(refused)?;
        match caller.device {
            DeviceState::Known => Ok(caller.account),
            DeviceState::Revoked => Err(HubError::Revoked),
            DeviceState::Unknown => Err(HubError::UnknownDevice),
        }
    }

    fn now_ms(&self) -> i64 {
        self.environment.clock.now().as_millisecond()
    }
}

fn refused(error: StoreError) -> HubError {
    match error {
        StoreError::Epoch { current } => HubError::Epoch(current),
        StoreError::UnknownDevice => HubError::UnknownDevice,
        StoreError::RevokedDevice => HubError::Revoked,
        StoreError::Quota => HubError::Full("the account holds as much as it may".to_owned()),
        StoreError::LoginTooOld => HubError::LoginTooOld(error.to_string()),
        StoreError::TooManyDevices
        | StoreError::OlderSnapshot
        | StoreError::FutureSnapshot
        | StoreError::NoSnapshot
        | StoreError::SnapshotParts => HubError::Refused(error.to_string()),
        StoreError::Busy | StoreError::Store(_) => {
            HubError::Away { reason: format!("the hub of this machine: {error}"), retry_after: None }
        }
    }
}
