//! Whether the hub lives, whether it can do its work, and its figures; asked without a token.

use actix_web::{HttpResponse, web};

use crate::hub::refusal::Refusal;
use crate::hub::state::Hub;
use crate::store::hub::HubError;

/// What Prometheus calls its text.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// `GET /healthz`: the process lives.
pub(super) async fn lives() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

/// `GET /readyz`: the store reads and writes, and the hub is not about to stop. While it migrates nothing answers.
pub(super) async fn is_ready(hub: web::Data<Hub>) -> Result<HttpResponse, Refusal> {
    match ready(&hub).await {
        true => Ok(HttpResponse::Ok().content_type("text/plain").body("ok\n")),
        false => Err(Refusal::busy()),
    }
}

async fn ready(hub: &Hub) -> bool {
    !hub.closing.is_cancelled() && hub.store.is_alive().await && hub.store.is_writing().await
}

/// `GET /metrics`.
pub(super) async fn metrics(hub: web::Data<Hub>) -> Result<HttpResponse, Refusal> {
    let figures = hub.store.figures().await.map_err(|error: HubError| Refusal::from(error))?;
    let text = hub.metrics.text(&figures, hub.presences.streams(), ready(&hub).await);
    Ok(HttpResponse::Ok().content_type(METRICS).body(text))
}
