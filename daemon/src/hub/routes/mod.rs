//! The routes, a file each noun.

mod accounts;
mod blobs;
mod devices;
mod events;
mod health;
mod ops;
mod push;
mod query;

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
        .route("/v1/blobs/missing", web::post().to(blobs::missing))
        .route("/v1/blobs/{hash}", web::head().to(blobs::head))
        .route("/v1/blobs/{hash}", web::get().to(blobs::get))
        .route("/v1/blobs/{hash}", web::put().to(blobs::put))
        .route("/v1/push", web::post().to(push::push))
        .route("/v1/ops", web::get().to(ops::ops))
        .route("/v1/status", web::post().to(ops::status))
        .route("/v1/events", web::get().to(events::events))
        .default_service(web::to(nothing));
}

/// Puts the routes in their place that tell how the hub is.
pub(super) fn configure_metrics(services: &mut ServiceConfig) {
    services
        .route("/healthz", web::get().to(health::lives))
        .route("/readyz", web::get().to(health::is_ready))
        .route("/metrics", web::get().to(health::metrics))
        .default_service(web::to(nothing));
}

async fn nothing() -> Result<HttpResponse, Refusal> {
    Err(Refusal::not_found())
}
