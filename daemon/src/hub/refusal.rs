//! Answers that are errors.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpResponse, ResponseError};
use heph_protocol::hub::{CONTENT_TYPE, Problem};

use super::auth::TokenError;
use crate::store::StoreError;
use crate::store::hub::HubError;

/// Seconds after which a hub that is busy may be asked again.
const SOON: u32 = 2;

/// Seconds after which one that is full or ill may be.
const LATER: u32 = 30;

/// An answer that is an error.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    status: StatusCode,
    retry_after: Option<u32>,
    problem: Problem,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        let problem = Problem { code: code.to_owned(), message: message.into(), ..Problem::default() };
        Self { status, retry_after: None, problem }
    }

    fn retry(self, seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// A request that cannot be read.
    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", message)
    }

    /// A request without a token that counts.
    pub(super) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    /// A device that is none of the account's; the same whether it is nobody's or somebody else's.
    pub(super) fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "this account has no such device; register it first")
    }

    /// Something that is too large to be read.
    pub(super) fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
    }

    /// An operation of a push that cannot be one.
    pub(super) fn envelope(index: usize, code: &str, message: &str) -> Self {
        let mut refusal = Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message);
        refusal.problem.index = u32::try_from(index).ok();
        refusal
    }

    /// A log that begins later.
    pub(super) fn gone(floor: u64, snapshot: u64) -> Self {
        let message = "the log begins later; take the newest snapshot";
        let mut refusal = Self::new(StatusCode::GONE, "gone", message);
        (refusal.problem.floor, refusal.problem.snapshot) = (Some(floor), Some(snapshot));
        refusal
    }

    /// Nothing is here.
    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is nothing here")
    }

    /// Somebody who asks too often.
    pub(super) fn too_often(seconds: u32) -> Self {
        let message = "this device asks too often; try again in a moment";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "rate", message).retry(seconds)
    }

    /// Too many event streams.
    pub(super) fn too_many_streams() -> Self {
        let message = "too many event streams are open; close some, or ask without one";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "streams", message).retry(LATER)
    }

    /// Too many pages at once.
    pub(super) fn too_many_reads() -> Self {
        let message = "this device reads too many pages at once; read those that were asked for first";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "reads", message).retry(SOON)
    }

    /// Too much at once.
    pub(super) fn busy() -> Self {
        let message = "the hub is busy; try again in a moment";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message).retry(SOON)
    }
}

impl From<HubError> for Refusal {
    fn from(error: HubError) -> Self {
        match &error {
            HubError::Epoch { current } => {
                let mut refusal = Self::new(StatusCode::CONFLICT, "epoch", "the account has another epoch");
                refusal.problem.epoch = Some(*current);
                refusal
            }
            HubError::UnknownDevice => Self::forbidden(),
            HubError::RevokedDevice => {
                Self::new(StatusCode::FORBIDDEN, "device_revoked", "this device was locked out")
            }
            HubError::LoginTooOld => Self::new(
                StatusCode::FORBIDDEN,
                "login_too_old",
                "a device of the account was locked out after this login; log out at the issuer, then log in again",
            ),
            HubError::TooManyDevices => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "too_many_devices", error.to_string())
            }
            HubError::Quota => Self::new(
                StatusCode::INSUFFICIENT_STORAGE,
                "quota",
                "the account holds as much as it may; what is there can still be read",
            ),
            HubError::OlderSnapshot => Self::new(StatusCode::CONFLICT, "older", error.to_string()),
            HubError::FutureSnapshot => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "seq", error.to_string()),
            HubError::NoSnapshot => Self::not_found(),
            HubError::SnapshotParts => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "hash", error.to_string()),
            HubError::Busy => Self::busy(),
            HubError::Store(cause) => of_store(cause),
        }
    }
}

/// The cause stays in the log.
fn of_store(cause: &StoreError) -> Refusal {
    tracing::error!(error = %cause, "the hub's store failed");
    let message = "the hub cannot do this now; try again later";
    match cause.is_retryable() {
        true => Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "store", message).retry(LATER),
        false => Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "store", message),
    }
}

impl From<TokenError> for Refusal {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Invalid(message) => Self::unauthorized(message),
            TokenError::Unavailable(message) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "issuer", message).retry(LATER)
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem.message)
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.content_type(CONTENT_TYPE).insert_header((header::CACHE_CONTROL, "no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        response.body(rmp_serde::to_vec_named(&self.problem).unwrap_or_default())
    }
}
