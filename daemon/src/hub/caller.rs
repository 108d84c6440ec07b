//! Who makes a request: host, version, token, account, device, and how often.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, HOST};
use heph_protocol::hub::{DEVICE_HEADER, PROTO, PROTO_HEADER};

use super::auth::{Login, bearer, is_loopback_host};
use super::refusal::Refusal;
use super::state::Hub;
use crate::domain::id::DeviceId;
use crate::store::hub::{AccountId, DeviceState, HubError};

/// The longest token that is looked at.
const MAX_TOKEN: usize = 16 << 10;

/// Somebody who is logged in.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) login: Login,
    pub(super) account: AccountId,
}

/// A device of somebody.
#[derive(Debug, Clone)]
pub(super) struct Asking {
    pub(super) login: Login,
    pub(super) account: AccountId,
    pub(super) device: DeviceId,
}

/// Refuses requests to a hub of this machine that were led here under another name.
pub(super) fn check_host(hub: &Hub, request: &HttpRequest) -> Result<(), Refusal> {
    if !hub.is_loopback() {
        return Ok(());
    }
    let header = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let host = header.or_else(|| request.uri().authority().map(|authority| authority.as_str()));
    match host.is_some_and(is_loopback_host) {
        true => Ok(()),
        false => {
            let message = "this hub is asked by the name localhost, 127.0.0.1 or [::1] only";
            Err(Refusal::new(StatusCode::FORBIDDEN, "host", message))
        }
    }
}

/// The person who asks; an account is made on first use.
pub(super) async fn person(hub: &Hub, request: &HttpRequest) -> Result<Person, Refusal> {
    let login = login(hub, request).await?;
    let caller = hub.store.caller(&login.issuer, &login.subject, None).await?;
    hub.presences.count(caller.account, None)?;
    Ok(Person { login, account: caller.account })
}

/// The device that asks.
pub(super) async fn asking(hub: &Hub, request: &HttpRequest) -> Result<Asking, Refusal> {
    let login = login(hub, request).await?;
    let device = device_header(request)?;
    let caller = hub.store.caller(&login.issuer, &login.subject, Some(device)).await?;
    match caller.device {
        DeviceState::Known => hub.presences.count(caller.account, Some(device))?,
        state => {
            hub.presences.count(caller.account, None)?;
            return Err(refused(state));
        }
    }
    Ok(Asking { login, account: caller.account, device })
}

/// Looks again whether a device may ask, after it has waited.
pub(super) async fn check_device(hub: &Hub, asking: &Asking) -> Result<(), Refusal> {
    let Asking { login, device, .. } = asking;
    match hub.store.caller(&login.issuer, &login.subject, Some(*device)).await?.device {
        DeviceState::Known => Ok(()),
        state => Err(refused(state)),
    }
}

fn refused(state: DeviceState) -> Refusal {
    match state {
        DeviceState::Revoked => HubError::RevokedDevice.into(),
        DeviceState::Known | DeviceState::Unknown => Refusal::forbidden(),
    }
}

async fn login(hub: &Hub, request: &HttpRequest) -> Result<Login, Refusal> {
    check_host(hub, request)?;
    check_version(request)?;
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(bearer).filter(|token| token.len() <= MAX_TOKEN);
    let token = token.ok_or_else(|| Refusal::unauthorized("a bearer token is needed; log in"))?;
    Ok(hub.verifier.verify(token).await?)
}

fn check_version(request: &HttpRequest) -> Result<(), Refusal> {
    let Some(version) = request.headers().get(PROTO_HEADER) else { return Ok(()) };
    let version = version.to_str().ok().and_then(|text| text.trim().parse::<u32>().ok());
    match version {
        Some(PROTO) => Ok(()),
        _ => {
            let message = format!("this hub speaks version {PROTO} of the API; upgrade the older of the two");
            Err(Refusal::new(StatusCode::UPGRADE_REQUIRED, "proto", message))
        }
    }
}

pub(super) fn device_header(request: &HttpRequest) -> Result<DeviceId, Refusal> {
    let value = request.headers().get(DEVICE_HEADER).and_then(|value| value.to_str().ok());
    let device = value.and_then(|text| text.trim().parse().ok());
    device.ok_or_else(|| Refusal::malformed(format!("{DEVICE_HEADER} has to name the device that asks")))
}
