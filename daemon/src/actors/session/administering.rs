//! `hub.*`: the administration of a hub, for whoever can reach its socket.

use heph_protocol::envelope::to_map;
use heph_protocol::request::Request as R;
use heph_protocol::response::{HubAccounts, HubDevices};
use heph_protocol::types::{HubAccount, HubDevice};
use heph_protocol::{ErrorCode, Request, WireError};
use jiff::Timestamp;

use crate::store::hub::{AccountSummary, DeviceRecord, HubError, HubStore};

/// Answers what is asked of a hub; a daemon that is none says so.
pub(super) async fn answer(hub: Option<&HubStore>, request: Request) -> Result<Vec<u8>, WireError> {
    let hub = hub.ok_or_else(|| {
        WireError::new(ErrorCode::Unsupported, "this daemon is no hub")
            .hint("on the hub's machine: heph --socket <its socket> hub accounts")
    })?;
    match request {
        R::HubAccounts(_) => Ok(to_map(&accounts(hub).await?)),
        R::HubDevices(asked) => {
            let account = named(hub, &asked.account).await?;
            Ok(to_map(&devices(hub, &account).await?))
        }
        R::HubRevoke(asked) => {
            let account = named(hub, &asked.account).await?;
            let known = hub.devices(account.id).await.map_err(wire)?;
            let device = meant(&known, &asked.device)?;
            hub.revoke_device(account.id, device.device).await.map_err(wire)?;
            tracing::info!(account = %account.id, device = %device.device, "a device was locked out by the administration");
            Ok(to_map(&devices(hub, &account).await?))
        }
        R::HubQuota(asked) => {
            let account = named(hub, &asked.account).await?;
            hub.set_quota(account.id, asked.bytes).await.map_err(wire)?;
            tracing::info!(account = %account.id, bytes = asked.bytes, "an account has another quota");
            Ok(to_map(&accounts(hub).await?))
        }
        other => Err(WireError::new(ErrorCode::Unsupported, format!("a hub does not know {}", other.name()))),
    }
}

async fn accounts(hub: &HubStore) -> Result<HubAccounts, WireError> {
    let (accounts, total) = hub.accounts().await.map_err(wire)?;
    Ok(HubAccounts { accounts: accounts.into_iter().map(account).collect(), total })
}

async fn devices(hub: &HubStore, account: &AccountSummary) -> Result<HubDevices, WireError> {
    let head = hub.account(account.id).await.map_err(wire)?.head;
    let devices = hub.devices(account.id).await.map_err(wire)?;
    let devices = devices.into_iter().map(|known| device(known, head)).collect();
    Ok(HubDevices { account: account.id.to_string(), devices })
}

/// The one account that is called so.
async fn named(hub: &HubStore, name: &str) -> Result<AccountSummary, WireError> {
    let mut found = hub.accounts_named(name).await.map_err(wire)?;
    match (found.pop(), found.is_empty()) {
        (Some(account), true) => Ok(account),
        (None, _) => Err(WireError::new(ErrorCode::NotFound, format!("no account is called “{name}”"))
            .hint("heph hub accounts lists them")),
        (Some(_), false) => {
            Err(WireError::new(ErrorCode::Ambiguous, format!("several accounts are called “{name}”"))
                .hint("name it by its number: heph hub accounts"))
        }
    }
}

/// The one device that is called so.
fn meant<'a>(devices: &'a [DeviceRecord], name: &str) -> Result<&'a DeviceRecord, WireError> {
    let beginning = name.to_lowercase();
    let is_meant = |device: &&DeviceRecord| {
        !name.is_empty() && (device.name == name || device.device.to_string().starts_with(&beginning))
    };
    let mut found = devices.iter().filter(is_meant);
    match (found.next(), found.next()) {
        (Some(device), None) => Ok(device),
        (None, _) => Err(WireError::new(ErrorCode::NotFound, format!("no device is called “{name}”"))
            .hint("heph hub devices <account> lists them")),
        (Some(_), Some(_)) => {
            Err(WireError::new(ErrorCode::Ambiguous, format!("several devices are called “{name}”"))
                .hint("name it by its id: heph hub devices <account>"))
        }
    }
}

fn account(summary: AccountSummary) -> HubAccount {
    HubAccount {
        id: summary.id.to_string(),
        issuer: summary.issuer,
        subject: summary.subject,
        bytes: summary.bytes,
        quota: summary.quota,
        changes: summary.head,
        files: summary.files,
        file_bytes: summary.file_bytes,
        devices: summary.devices,
        seen_at: summary.seen_ms.and_then(instant),
    }
}

fn device(record: DeviceRecord, head: u64) -> HubDevice {
    HubDevice {
        id: record.device.to_string(),
        name: record.name,
        registered_at: instant(record.registered_ms).unwrap_or_default(),
        seen_at: instant(record.seen_ms).unwrap_or_default(),
        behind: head.saturating_sub(record.cursor),
        is_revoked: record.revoked,
    }
}

/// An instant as clients read it.
fn instant(ms: i64) -> Option<String> {
    Timestamp::from_millisecond(ms).ok().map(|at| at.to_string())
}

fn wire(error: HubError) -> WireError {
    match error {
        HubError::Busy => WireError::new(ErrorCode::Busy, error.to_string()),
        error => WireError::new(ErrorCode::Internal, error.to_string()).hint("see the hub's log"),
    }
}
