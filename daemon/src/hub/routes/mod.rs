//! The routes, a file each noun.

mod accounts;
mod devices;
mod events;
mod health;
mod ops;
mod push;
mod query;
mod snapshots;

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};

use super::refusal::Refusal;

/// Puts every route in its place.
pub(super) fn configure(services: &mut ServiceConfig) {
    services
        .route("/healthz", web::get().to(health::lives))
        .route("/readyz", web::get().to(health::is_ready))
        .route("/v1/hello", web::get().to(accounts::hello))
        .route("/v1/account", web::get().to(accounts::account))
        .route("/v1/devices", web::get().to(devices::list))
        .route("/v1/devices", web::post().to(devices::register))
        .route("/v1/devices/{device}", web::delete().to(devices::revoke))
        .route("/v1/push", web::post().to(push::push))
        .route("/v1/ops", web::get().to(ops::ops))
        .route("/v1/status", web::post().to(ops::status))
        .route("/v1/snapshots", web::post().to(snapshots::begin))
        .route("/v1/snapshots/latest", web::get().to(snapshots::latest))
        .route("/v1/snapshots/{id}/parts/{part}", web::put().to(snapshots::put))
        .route("/v1/snapshots/{id}/parts/{part}", web::get().to(snapshots::get))
        .route("/v1/snapshots/{id}/commit", web::post().to(snapshots::commit))
        .route("/v1/events", web::get().to(events::events))
        .default_service(web::to(nothing));
}

async fn nothing() -> Result<HttpResponse, Refusal> {
    Err(Refusal::not_found())
}
