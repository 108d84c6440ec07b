//! A round of an update, from the question to the forge to the new programs in place.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use semver::Version;

use super::asset::{self, AssetError};
use super::build::{self, BuildError};
use super::forge::{Forge, ForgeError, Limits};
use super::installation::{Foreign, Installation};
use super::staging::{ROOM_TO_BUILD, ROOM_TO_FETCH, Staging, StagingError, check_memory};
use super::verify::{VerifyError, verify};
use super::{ledger_file, staging, swap};
use crate::config::{Config, Mode};
use crate::domain::update::{Attempt, Choice, Ledger, Offered, Phase, Rules, StoreBefore, choose};
use crate::store::{self, StoreError};

/// Why a round came to no update.
#[derive(Debug, thiserror::Error)]
pub enum RoundError {
    /// Nobody knows where releases are.
    #[error("no repository is known to have releases of heph; set update.repo in the configuration")]
    NoRepository,
    /// The programs are not ours to replace.
    #[error(transparent)]
    Foreign(#[from] Foreign),
    /// The forge says nothing.
    #[error(transparent)]
    Forge(#[from] ForgeError),
    /// There is no room.
    #[error(transparent)]
    Staging(#[from] StagingError),
    /// It does not build.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Its file is not used.
    #[error(transparent)]
    Asset(#[from] AssetError),
    /// It is not fit.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The store does not tell its format.
    #[error("the store cannot be read: {0}")]
    Store(#[from] StoreError),
    /// The programs cannot be replaced, or that cannot be noted.
    #[error("the programs cannot be replaced: {0}; is there room on the disk?")]
    Io(#[from] io::Error),
    /// The daemon stops.
    #[error("the daemon stops")]
    Stopped,
}

impl RoundError {
    /// Whether it is the release that is wrong, and not this machine or the way to it.
    pub fn is_of_release(&self) -> bool {
        match self {
            Self::Build(BuildError::Failed { .. } | BuildError::Lacks { .. } | BuildError::Run(_)) => true,
            Self::Asset(
                AssetError::Checksum { .. } | AssetError::Signature { .. } | AssetError::Unpack { .. },
            ) => true,
            Self::Verify(error) => error.is_of_release(),
            _ => false,
        }
    }
}

/// Hears how far a round is, with what it is at in words.
pub type Said<'a> = &'a mut dyn FnMut(Phase, &str);

/// What rounds are made of.
#[derive(Debug, Clone)]
pub struct Round {
    config: Arc<Config>,
    arguments: Vec<OsString>,
    running: Version,
}

impl Round {
    /// The rounds of a daemon with these settings and arguments.
    pub fn new(config: Arc<Config>, arguments: Vec<OsString>, running: Version) -> Self {
        Self { config, arguments, running }
    }

    /// The version that runs.
    pub fn running(&self) -> &Version {
        &self.running
    }

    /// What is noted; nothing when that cannot be read.
    pub fn ledger(&self) -> Ledger {
        let installation = Installation::of_process().ok();
        installation.and_then(|ours| ledger_file::read(&ours.ledger()).ok()).unwrap_or_default()
    }

    /// Where what a build says is kept: beside the daemon's log.
    pub fn log(&self) -> PathBuf {
        let log = self.config.log_file().unwrap_or(&self.config.db);
        log.with_file_name("update.log")
    }

    /// Asks the forge, and chooses.
    ///
    /// # Errors
    /// [`RoundError::NoRepository`], [`RoundError::Forge`]
    pub async fn look(&self, by_hand: bool) -> Result<Choice, RoundError> {
        let forge = self.forge()?;
        let asked = tokio::task::spawn_blocking(move || forge.releases(Limits::default())).await;
        let offered = asked.map_err(|_| RoundError::Stopped)??;
        let rules = Rules { pre_releases: self.config.update.pre_releases, failed: by_hand };
        Ok(choose(&self.running, offered, &self.ledger(), rules))
    }

    /// Whether the programs are ours to replace.
    ///
    /// # Errors
    /// [`RoundError::Foreign`]
    pub fn check_ours(&self) -> Result<Installation, RoundError> {
        let installation = Installation::of_process()?;
        installation.check_ours()?;
        Ok(installation)
    }

    /// Builds or fetches a release, tries it, and puts it in place; what fails is noted and leaves the old in place.
    ///
    /// # Errors
    /// [`RoundError`]
    pub async fn take(&self, release: &Offered, said: Said<'_>) -> Result<(), RoundError> {
        let installation = self.check_ours()?;
        let mut ledger = ledger_file::read(&installation.ledger())?;
        ledger.begin(Attempt {
            from: self.running.clone(),
            to: release.version.clone(),
            phase: Phase::Staging,
            starts: 0,
            programs: installation.programs(),
            stores: self.stores().await?,
        });
        ledger_file::write(&installation.ledger(), &ledger)?;
        let taken = self.stage_and_swap(release, &installation, &mut ledger, said).await;
        if let Err(error) = &taken {
            self.give_up(&installation, ledger, error);
        }
        taken
    }

    /// Notes that the daemon ends in the middle of a round. It is nobody's fault, and tried again.
    pub fn cut_off(&self) {
        let Ok(installation) = Installation::of_process() else { return };
        let Ok(mut ledger) = ledger_file::read(&installation.ledger()) else { return };
        let phase = ledger.attempt.as_ref().map(|attempt| attempt.phase);
        if matches!(phase, Some(Phase::Staging | Phase::Verified)) {
            ledger.reach(Phase::Refused);
            // The next start notes it as a crash otherwise.
            let _ = ledger_file::write(&installation.ledger(), &ledger);
            let _ = staging::clear(&installation);
        }
    }

    async fn stage_and_swap(
        &self,
        release: &Offered,
        installation: &Installation,
        ledger: &mut Ledger,
        said: Said<'_>,
    ) -> Result<(), RoundError> {
        let staging = self.stage(release, installation, said).await?;
        let mut at = |what: &str| said(Phase::Staging, what);
        verify(&staging, &release.version, &self.config, &self.arguments, &mut at).await?;
        ledger.reach(Phase::Verified);
        ledger_file::write(&installation.ledger(), ledger)?;
        said(Phase::Verified, "it is fit to run");
        // Whatever replaced a program meanwhile is not ours to replace.
        self.check_ours()?;
        said(Phase::Swapping, "it is put in place");
        swap::put_in_place(installation, &staging, ledger)?;
        said(Phase::Swapped, "it is in place");
        Ok(())
    }

    async fn stage(
        &self,
        release: &Offered,
        installation: &Installation,
        said: Said<'_>,
    ) -> Result<Staging, RoundError> {
        let update = &self.config.update;
        if let (true, Some(key), Some(files)) = (update.assets, update.key, asset::files_of(release)) {
            said(Phase::Staging, &format!("fetching {}", files.0.name));
            let staging = Staging::prepare(installation, ROOM_TO_FETCH)?;
            let into = staging.clone();
            let fetched = tokio::task::spawn_blocking(move || asset::fetch(&files, key, &into)).await;
            match fetched.map_err(|_| RoundError::Stopped)? {
                Ok(()) => return Ok(staging),
                // A file that is not there can be built; one that is not what it should be makes all of it suspicious.
                Err(error @ AssetError::Fetch { .. }) => said(Phase::Staging, &error.to_string()),
                Err(error) => return Err(error.into()),
            }
        }
        check_memory()?;
        let staging = Staging::prepare(installation, ROOM_TO_BUILD)?;
        let log = self.log();
        std::fs::write(&log, format!("building {}\n", release.tag()))?;
        said(Phase::Staging, &format!("building {}", release.tag()));
        let mut line = |line: &str| said(Phase::Staging, line);
        build::build(&self.forge()?, &release.tag(), &staging, &log, &mut line).await?;
        staging.forget_build();
        Ok(staging)
    }

    /// Takes back what a round did, and notes what was wrong.
    fn give_up(&self, installation: &Installation, mut ledger: Ledger, error: &RoundError) {
        let phase = ledger.attempt.as_ref().map(|attempt| attempt.phase).unwrap_or_default();
        if phase >= Phase::Swapping {
            // The store was not touched: this version still has it open.
            let back = swap::put_back(installation, &mut ledger, &error.to_string(), None, &mut |_| Ok(()));
            if let Err(error) = back {
                tracing::error!(%error, "an update that failed is taken back at the next start");
                return;
            }
        } else if error.is_of_release() {
            ledger.refuse(&error.to_string());
        } else {
            ledger.reach(Phase::Refused);
        }
        if let Err(error) = ledger_file::write(&installation.ledger(), &ledger) {
            tracing::warn!(%error, "the end of an update is not noted");
        }
        if let Err(error) = staging::clear(installation) {
            tracing::warn!(%error, "what an update left is not removed");
        }
    }

    /// The databases of this daemon with their formats.
    async fn stores(&self) -> Result<Vec<StoreBefore>, RoundError> {
        let mut stores = Vec::new();
        let personal = match self.config.mode {
            Mode::Local => None,
            Mode::Server => self.config.owners_db(),
        };
        for path in [Some(self.config.main_db()), personal].into_iter().flatten() {
            let format = store::format_of(&path).await?;
            stores.push(StoreBefore { path, format });
        }
        Ok(stores)
    }

    fn forge(&self) -> Result<Forge, RoundError> {
        self.config.update.forge.clone().ok_or(RoundError::NoRepository)
    }
}
