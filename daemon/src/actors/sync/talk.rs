//! What clients are told of sync, and what they ask of it.

use std::time::Duration;

use heph_protocol::envelope::to_map;
use heph_protocol::request::Request as R;
use heph_protocol::response::{AuthStatus, LoginBegun, SyncDevices, SyncStatus};
use heph_protocol::types::{ParkedChange, SyncDevice, SyncState};
use heph_protocol::{ErrorCode, Request, WireError};
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

use super::block::{Block, of_hub, of_login};
use super::courier::Carrying;
use super::desk::{Ask, ask};
use super::standing::Standing;
use super::{Answers, Command, FETCHING, Fetched};
use crate::actors::store_handle::{StoreHandle, SyncJob, SyncReport};
use crate::domain::id::DeviceId;
use crate::sync::hub::HubError;
use crate::sync::login::Who;
use crate::sync::way::Way;

/// How long is waited for what is known of the login; less than a client waits.
const RECALL: Duration = Duration::from_secs(3);

/// How long is waited for the hub's next answer before what is known is told.
const SILENCE: Duration = Duration::from_secs(15);

/// Answers the requests that are about sync and logins.
#[derive(Clone)]
pub(super) struct Talk {
    pub(super) hub: Way,
    pub(super) store: StoreHandle,
    pub(super) desk: mpsc::Sender<Ask>,
    pub(super) driver: mpsc::Sender<Command>,
    pub(super) standing: watch::Receiver<Standing>,
    pub(super) carrying: watch::Receiver<Carrying>,
    pub(super) who: watch::Receiver<Option<Who>>,
    pub(super) device: DeviceId,
    pub(super) url: String,
}

impl Talk {
    pub(super) async fn answer(&self, request: Request) -> Result<Vec<u8>, WireError> {
        match request {
            R::SyncStatus(_) => Ok(to_map(&self.status().await?)),
            R::SyncNow(_) => self.commanded(Command::Now).await,
            R::SyncJoin(_) => self.commanded(Command::Join).await,
            R::SyncRetry(_) => {
                self.store.sync(SyncJob::Retry).await?;
                self.commanded(Command::Now).await
            }
            R::SyncDiscard(_) => {
                self.store.sync(SyncJob::Discard).await?;
                self.commanded(Command::Now).await
            }
            R::SyncPreview(_) => Ok(to_map(&self.preview().await?)),
            R::SyncDevices(_) => Ok(to_map(&self.devices().await?)),
            R::SyncRevoke(asked) => self.revoke(&asked.device).await,
            R::SyncCheck(_) => Ok(to_map(&self.check().await)),
            R::AuthLogin(_) => Ok(to_map(&self.login().await?)),
            R::AuthWait(_) => self.wait().await,
            R::AuthStatus(_) => Ok(to_map(&self.who(None).await?)),
            R::AuthLogout(_) => {
                let undone = ask(&self.desk, Ask::End).await.ok_or_else(gone)?;
                Ok(to_map(&self.who(undone).await?))
            }
            other => {
                Err(WireError::new(ErrorCode::Unsupported, format!("sync does not know {}", other.name())))
            }
        }
    }

    /// Has the driver do something, and tells how things stand then.
    async fn commanded(
        &self,
        command: impl FnOnce(watch::Sender<Answers>) -> Command,
    ) -> Result<Vec<u8>, WireError> {
        let (reply, mut answers) = watch::channel(Answers::default());
        self.driver.send(command(reply)).await.map_err(|_| gone())?;
        let mut is_silent = false;
        while !is_silent && !answers.borrow_and_update().is_done {
            match timeout(SILENCE, answers.changed()).await {
                Ok(changed) => changed.map_err(|_| gone())?,
                Err(_) => is_silent = true,
            }
        }
        let mut status = self.status().await?;
        if is_silent && status.problem.is_none() {
            status.state = SyncState::Backoff;
            let seconds = SILENCE.as_secs();
            status.problem = Some(format!("the hub has not answered for {seconds} s; it is waited for"));
        }
        Ok(to_map(&status))
    }

    pub(super) async fn status(&self) -> Result<SyncStatus, WireError> {
        let standing = self.standing.borrow().clone();
        let report = self.store.sync(SyncJob::Report).await?;
        Ok(status(standing, report, self.carrying.borrow().clone()))
    }

    /// Waits a little for a file that was asked for.
    pub(super) async fn fetched(&self, here: oneshot::Receiver<()>) -> Fetched {
        let standing = self.standing.borrow().clone();
        if standing.is_stuck() && !standing.is_full {
            return Fetched::Later(standing.problem.unwrap_or_else(|| "the hub cannot be asked".to_owned()));
        }
        match timeout(FETCHING, here).await {
            Ok(Ok(())) => Fetched::Here,
            Err(_) => Fetched::Coming,
            Ok(Err(_)) => {
                let problem = self.carrying.borrow().problem.clone();
                Fetched::Later(problem.unwrap_or_else(|| "it cannot be fetched now".to_owned()))
            }
        }
    }

    async fn devices(&self) -> Result<SyncDevices, WireError> {
        let (bearer, head) = (self.bearer().await?, self.standing.borrow().head);
        let own = self.store.sync(SyncJob::State).await?.map_or(0, |state| state.cursor);
        let devices = self.hub.devices(&bearer).await.map_err(|error| wire(of_hub(error)))?;
        let devices = devices.devices.into_iter().map(|device| {
            let id = DeviceId::from_bytes(*device.device);
            SyncDevice {
                id: id.to_string(),
                name: device.name,
                registered_at: instant(device.registered_ms).unwrap_or_default(),
                seen_at: instant(device.seen_ms).unwrap_or_default(),
                // The hub learns a little later what was read.
                behind: head.saturating_sub(if id == self.device { own } else { device.cursor }),
                is_this: id == self.device,
                is_revoked: device.revoked,
            }
        });
        Ok(SyncDevices { devices: devices.collect() })
    }

    async fn revoke(&self, named: &str) -> Result<Vec<u8>, WireError> {
        let devices = self.devices().await?.devices;
        let is_meant = |device: &&SyncDevice| {
            !named.is_empty() && (device.name == named || device.id.starts_with(&named.to_lowercase()))
        };
        let mut meant = devices.iter().filter(is_meant);
        let (Some(device), None) = (meant.next(), meant.next()) else {
            let message = format!("no one device is called “{named}”");
            return Err(WireError::new(ErrorCode::NotFound, message).hint("heph sync devices lists them"));
        };
        let id = device.id.parse().map_err(|_| gone())?;
        let bearer = self.bearer().await?;
        self.hub.revoke(&bearer, id).await.map_err(|error| wire(of_hub(error)))?;
        Ok(to_map(&self.devices().await?))
    }

    async fn login(&self) -> Result<LoginBegun, WireError> {
        let begun = ask(&self.desk, Ask::Begin).await.ok_or_else(gone)?;
        let begun = begun.map_err(|error| wire(of_login(error)))?;
        Ok(LoginBegun {
            user_code: begun.user_code,
            verification_uri: begun.verification_uri,
            verification_uri_complete: begun.verification_uri_complete,
            expires_at: instant(begun.expires_ms).unwrap_or_default(),
            issuer: begun.issuer,
        })
    }

    async fn wait(&self) -> Result<Vec<u8>, WireError> {
        match ask(&self.desk, Ask::Wait).await.ok_or_else(gone)? {
            Ok(()) => Ok(to_map(&self.who(None).await?)),
            Err(error) => Err(WireError::new(ErrorCode::Unauthenticated, error.to_string())
                .hint("heph auth login begins anew")),
        }
    }

    async fn who(&self, problem: Option<String>) -> Result<AuthStatus, WireError> {
        let mut known = self.who.clone();
        // Known as soon as the store is ready and has told which account it joined.
        let who = match timeout(RECALL, known.wait_for(Option::is_some)).await {
            Ok(Ok(who)) => who.clone().unwrap_or_default(),
            Ok(Err(_)) => return Err(gone()),
            Err(_) => Who::default(),
        };
        let standing = self.standing.borrow().clone();
        let needed = standing.problem.filter(|_| standing.state == SyncState::AuthRequired);
        Ok(AuthStatus {
            logged_in: who.is_logged_in || !self.hub.needs_login(),
            client_id: who.issuer.is_some().then_some(who.client_id),
            issuer: who.issuer,
            subject: standing.subject.filter(|subject| who.is_logged_in && !subject.is_empty()),
            expires_at: who.expires_ms.and_then(instant),
            problem: problem.or(needed),
        })
    }

    /// A token to ask the hub with, for what is not the driver's.
    pub(super) async fn bearer(&self) -> Result<String, WireError> {
        if !self.hub.needs_login() {
            return Ok(String::new());
        }
        let hello = self.hub.hello().await.map_err(|error| wire(of_hub(error)))?;
        ask(&self.desk, |reply| Ask::Meet(hello, reply))
            .await
            .ok_or_else(gone)?
            .map_err(|error| wire(of_login(error)))?;
        let bearer = self.token(None).await?;
        match self.hub.account(&bearer).await {
            Ok(_) => Ok(bearer),
            Err(HubError::Unauthorized(_)) => self.token(Some(bearer)).await,
            Err(error) => Err(wire(of_hub(error))),
        }
    }

    pub(super) async fn token(&self, refused: Option<String>) -> Result<String, WireError> {
        let bearer = ask(&self.desk, |reply| Ask::Bearer(refused, reply)).await.ok_or_else(gone)?;
        bearer.map(|bearer| bearer.token).map_err(|error| wire(of_login(error)))
    }
}

/// How things stand, for clients.
pub(super) fn status(standing: Standing, report: SyncReport, carrying: Carrying) -> SyncStatus {
    let state = report.state;
    SyncStatus {
        hub: Some(standing.hub),
        state: standing.state,
        problem: standing.problem,
        hint: standing.hint,
        retry_at: standing.retry_at_ms.and_then(instant),
        live: Some(standing.live.name().to_owned()),
        account: standing.subject.filter(|subject| !subject.is_empty()),
        cursor: state.as_ref().map_or(0, |state| state.cursor),
        head: standing.head,
        unsent: report.counts.unsent,
        parked: report.parked.into_iter().map(|(node, reason)| ParkedChange { node, reason }).collect(),
        conflicts: report.conflicts,
        unfit: report.counts.unfit,
        synced_at: state
            .as_ref()
            .filter(|state| state.synced_at > 0)
            .and_then(|state| instant(state.synced_at)),
        clock_ahead_s: state.map_or(0, |state| i32::try_from(state.shift_ms / 1_000).unwrap_or_default()),
        files_unsent: carrying.unsent,
        files_wanted: carrying.wanted,
        files_problem: carrying.problem,
    }
}

/// An instant as clients read it.
fn instant(ms: i64) -> Option<String> {
    Timestamp::from_millisecond(ms).ok().map(|at| at.to_string())
}

pub(super) fn gone() -> WireError {
    WireError::new(ErrorCode::Internal, "sync has ended")
        .hint("the daemon is stopping; try again in a moment")
}

/// A block as a client sees it.
pub(super) fn wire(block: Block) -> WireError {
    match block {
        Block::Away { reason, .. } => {
            WireError::new(ErrorCode::Busy, reason).hint("what is typed here is kept; try again later")
        }
        Block::Login { problem, .. } => {
            WireError::new(ErrorCode::Unauthenticated, problem).hint("heph auth login")
        }
        Block::Upgrade(problem) => WireError::new(ErrorCode::Unsupported, problem),
        Block::Full(problem) => WireError::new(ErrorCode::Refused, problem),
        Block::Person { problem, hint } => WireError::new(ErrorCode::Refused, problem).hint(hint),
    }
}
