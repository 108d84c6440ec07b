//! Whose account a store's is: joins one, registers the device, refuses another's.

use heph_protocol::hub::Account;

use super::Driver;
use crate::actors::store_handle::{Joined, SyncJob};
use crate::actors::sync::block::{Block, closing, in_store, of_hub};
use crate::store::SyncState as StoreState;
use crate::sync::hub::HubError;

impl Driver {
    /// Makes the account the store's own, or refuses what is another's.
    pub(super) async fn join(
        &mut self,
        state: Option<StoreState>,
        issuer: &str,
        account: &Account,
        bearer: &str,
    ) -> Result<StoreState, Block> {
        if let Some(state) = &state {
            self.same_account(state, issuer, account)?;
            if state.device == Some(self.device) && !self.must_register {
                return Ok(state.clone());
            }
        } else {
            let facts = self.store.describe().await.map_err(in_store)?;
            if facts.nodes > 0 && account.head > 0 && !self.may_join {
                return Err(Block::Person {
                    problem: "this store has content, and the account has too".to_owned(),
                    hint: "heph sync join puts the two together (--dry-run tells what that does)".to_owned(),
                });
            }
        }
        self.register(bearer).await?;
        let joined = Joined {
            issuer: issuer.to_owned(),
            subject: account.subject.clone(),
            epoch: account.epoch,
            device: self.device,
        };
        self.store.sync(|reply| SyncJob::Join(joined, reply)).await.map_err(in_store)?;
        (self.may_join, self.must_register) = (false, false);
        let state = self.store.sync(SyncJob::State).await.map_err(in_store)?;
        state.ok_or_else(closing)
    }

    /// Makes this device known. The token may be older than the hub wants while the login is not.
    async fn register(&self, bearer: &str) -> Result<(), Block> {
        match self.hub.register(bearer, &device_name()).await {
            Err(HubError::LoginTooOld(_)) if self.hub.needs_login() => {
                let renewed = self.bearer(Some(bearer.to_owned())).await?;
                self.hub.register(&renewed.token, &device_name()).await.map_err(of_hub)
            }
            registered => registered.map_err(of_hub),
        }
    }

    fn same_account(&self, state: &StoreState, issuer: &str, account: &Account) -> Result<(), Block> {
        if (state.issuer.as_str(), state.subject.as_str()) != (issuer, account.subject.as_str()) {
            return Err(Block::Person {
                problem: format!(
                    "this store belongs to the account {} of {}, and the login is of {}",
                    shown(&state.subject),
                    shown(&state.issuer),
                    shown(&account.subject)
                ),
                hint: "heph auth login as that person, or give this one a store of its own".to_owned(),
            });
        }
        if state.epoch != account.epoch || state.cursor > account.head {
            return Err(Block::Person {
                problem:
                    "the hub was restored from a backup, or is another one: it lacks what this store has read"
                        .to_owned(),
                hint: "nothing here is lost; this version of heph cannot go on with such a hub".to_owned(),
            });
        }
        Ok(())
    }
}

/// What this machine is called.
fn device_name() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    if name.is_empty() { "a machine".to_owned() } else { name.chars().take(60).collect() }
}

fn shown(name: &str) -> &str {
    if name.is_empty() { "this machine" } else { name }
}
