//! The devices of an account.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use heph_protocol::hub::{Devices, MAX_DEVICE_NAME, RegisterDevice};

use crate::domain::id::DeviceId;
use crate::hub::auth::Login;
use crate::hub::body;
use crate::hub::caller::person;
use crate::hub::refusal::Refusal;
use crate::hub::reply::{reply, reply_with};
use crate::hub::state::Hub;
use crate::hub::wire;

/// How old a token may be that registers a device.
const FRESH_MS: i64 = 10 * 60 * 1000;

/// `POST /v1/devices`; a repeat gives the device another name.
pub(super) async fn register(
    request: HttpRequest,
    mut payload: web::Payload,
    hub: web::Data<Hub>,
) -> Result<HttpResponse, Refusal> {
    let person = person(&hub, &request).await?;
    let (wanted, _held): (RegisterDevice, _) = body::read(&hub, &request, &mut payload).await?;
    let login_ms = fresh(&hub, &person.login)?;
    let device = DeviceId::from_bytes(*wanted.device);
    let name = name_of(&wanted.name)?;
    if device == DeviceId::from_bytes([0; 16]) {
        return Err(unprocessable("device", "a device has an id of 16 bytes that are not all zero"));
    }
    hub.store.register_device(person.account, device, name, login_ms).await?;
    let devices = hub.store.devices(person.account).await?;
    let record = devices.into_iter().find(|known| known.device == device).ok_or_else(Refusal::busy)?;
    reply_with(&request, StatusCode::CREATED, &wire::device(record))
}

/// When the person logged in. A token that was stolen from a machine does not register another one for long: it has to
/// be new, and the login behind it newer than the last time a device was locked out. How long ago the person typed a
/// password is no measure: many approve a code in a browser that has been logged in for weeks.
pub(super) fn fresh(hub: &Hub, login: &Login) -> Result<Option<i64>, Refusal> {
    if hub.is_loopback() {
        return Ok(None);
    }
    match login.issued_ms.is_some_and(|at| hub.now_ms() - at < FRESH_MS) {
        true => Ok(Some(login.authenticated_ms.unwrap_or_default())),
        false => Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "login_too_old",
            "registering a device needs a token of the last 10 minutes; log in again",
        )),
    }
}

fn name_of(name: &str) -> Result<&str, Refusal> {
    match name.len() <= MAX_DEVICE_NAME && !name.chars().any(char::is_control) {
        true => Ok(name),
        false => Err(unprocessable("name", "a device's name is short and has no control characters")),
    }
}

fn unprocessable(code: &str, message: &str) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
}

/// `GET /v1/devices`.
pub(super) async fn list(request: HttpRequest, hub: web::Data<Hub>) -> Result<HttpResponse, Refusal> {
    let person = person(&hub, &request).await?;
    let devices = hub.store.devices(person.account).await?;
    reply(&request, &Devices { devices: devices.into_iter().map(wire::device).collect() })
}

/// `DELETE /v1/devices/{device}`: locks it out; a repeat is no error.
pub(super) async fn revoke(
    request: HttpRequest,
    path: web::Path<String>,
    hub: web::Data<Hub>,
) -> Result<HttpResponse, Refusal> {
    let person = person(&hub, &request).await?;
    let device = path.parse().map_err(|_| Refusal::malformed("a device is named in hexadecimal"))?;
    match hub.store.revoke_device(person.account, device).await? {
        true => Ok(HttpResponse::NoContent().finish()),
        false => Err(Refusal::forbidden()),
    }
}
