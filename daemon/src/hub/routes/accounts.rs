//! What hub this is, and the account of a token.

use actix_web::{HttpRequest, HttpResponse, web};
use heph_protocol::hub::Account;

use crate::hub::caller::{check_host, person};
use crate::hub::refusal::Refusal;
use crate::hub::reply::reply;
use crate::hub::state::Hub;

/// `GET /v1/hello`, without a token.
pub(super) async fn hello(request: HttpRequest, hub: web::Data<Hub>) -> Result<HttpResponse, Refusal> {
    check_host(&hub, &request)?;
    reply(&request, &hub.hello())
}

/// `GET /v1/account`; the account is made on first use.
pub(super) async fn account(request: HttpRequest, hub: web::Data<Hub>) -> Result<HttpResponse, Refusal> {
    let person = person(&hub, &request).await?;
    let record = hub.store.account(person.account).await?;
    let account = Account {
        epoch: record.epoch,
        head: record.head,
        floor: record.floor,
        snapshot: record.snapshot,
        bytes: record.bytes,
        quota: record.quota,
        devices: record.devices,
        subject: person.login.subject,
        server_ms: hub.now_ms(),
    };
    reply(&request, &account)
}
