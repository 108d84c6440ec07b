//! Whether the hub lives, and whether it can do its work; asked without a token.

use actix_web::{HttpResponse, web};

use crate::hub::refusal::Refusal;
use crate::hub::state::Hub;

/// `GET /healthz`: the process lives.
pub(super) async fn lives() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

/// `GET /readyz`: the store answers, and the hub is not about to stop.
pub(super) async fn is_ready(hub: web::Data<Hub>) -> Result<HttpResponse, Refusal> {
    match !hub.closing.is_cancelled() && hub.store.is_alive().await {
        true => Ok(HttpResponse::Ok().content_type("text/plain").body("ok\n")),
        false => Err(Refusal::busy()),
    }
}
