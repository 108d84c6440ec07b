//! Tries the whole way to the hub, and compares the two before they join.

use std::collections::HashSet;

use heph_protocol::response::{SyncChecked, SyncPreview};
use heph_protocol::types::{CheckStep, SyncState};
use heph_protocol::{ErrorCode, WireError};

use super::block::{Block, of_hello, of_hub, of_login};
use super::desk::{Ask, ask};
use super::talk::{Talk, gone, wire};
use crate::actors::store_handle::SyncJob;
use crate::domain::id::NodeId;
use crate::sync::hub::{HubError, OPENLY};

/// The most operations of an account that are looked at to compare.
const MOST_COMPARED: usize = 2_000_000;

/// The steps that were taken.
#[derive(Default)]
struct Steps(Vec<CheckStep>);

impl Steps {
    fn good(&mut self, name: &str, message: impl Into<String>) {
        self.0.push(CheckStep { name: name.to_owned(), ok: true, message: message.into(), hint: None });
    }

    fn bad(mut self, name: &str, block: Block) -> SyncChecked {
        let WireError { message, hint, .. } = wire(block);
        self.0.push(CheckStep { name: name.to_owned(), ok: false, message, hint });
        SyncChecked { steps: self.0 }
    }
}

impl Talk {
    /// Takes each step of the way; ends with the first that fails.
    pub(super) async fn check(&self) -> SyncChecked {
        let mut steps = Steps::default();
        let hello = match self.hub.hello().await {
            Ok(hello) => hello,
            Err(error) => {
                let has_joined = self.store.sync(SyncJob::State).await.is_ok_and(|state| state.is_some());
                return steps.bad("reach the hub", of_hello(error, has_joined));
            }
        };
        steps.good("reach the hub", format!("{} answers, version {}", self.url, hello.server_version));
        if reqwest::Url::parse(&self.url).is_ok_and(|url| crate::http::is_open(&url)) {
            steps.good("be private", OPENLY);
        }
        let issuer = hello.issuer.clone();
        let mut bearer = if self.hub.needs_login() {
            match ask(&self.desk, |reply| Ask::Meet(hello, reply)).await {
                Some(Ok(())) => {}
                Some(Err(error)) => return steps.bad("agree on the issuer", of_login(error)),
                None => return steps.bad("agree on the issuer", closing()),
            }
            let trusted = issuer.unwrap_or_else(|| "none; a token in a file".to_owned());
            steps.good("agree on the issuer", trusted);
            let bearer = match ask(&self.desk, |reply| Ask::Bearer(None, reply)).await {
                Some(Ok(bearer)) => bearer.token,
                Some(Err(error)) => return steps.bad("be logged in", of_login(error)),
                None => return steps.bad("be logged in", closing()),
            };
            steps.good("be logged in", "there is a token");
            bearer
        } else {
            String::new()
        };
        let mut account = self.hub.account(&bearer).await;
        if matches!(account, Err(HubError::Unauthorized(_))) && self.hub.needs_login() {
            // Renewed, it may be taken; where nobody logs in, this tells which file it is from.
            bearer = match ask(&self.desk, |reply| Ask::Bearer(Some(bearer), reply)).await {
                Some(Ok(bearer)) => bearer.token,
                Some(Err(error)) => return steps.bad("be let in", of_login(error)),
                None => return steps.bad("be let in", closing()),
            };
            account = self.hub.account(&bearer).await;
        }
        let account = match account {
            Ok(account) => account,
            Err(error) => return steps.bad("be let in", of_hub(error)),
        };
        let whose = if account.subject.is_empty() { "this machine's" } else { &account.subject };
        steps.good("be let in", format!("the account is {whose}, with {}", changes(account.head)));
        let standing = self.standing.borrow().clone();
        let decision = standing.problem.filter(|_| standing.state == SyncState::Paused).map(|problem| {
            let hint = standing.hint.unwrap_or_else(|| "heph sync status".to_owned());
            Block::Person { problem, hint }
        });
        match (self.hub.ops(&bearer, account.head, true).await, decision) {
            (Err(error @ HubError::Revoked), _) => {
                return steps.bad("be a device of the account", of_hub(error));
            }
            (Ok(_), Some(full)) if standing.is_full => {
                steps.good("read the log", "this device may read it");
                return steps.bad("have all sent", full);
            }
            // Whatever a person has to decide comes before this device may read.
            (_, Some(decision)) => return steps.bad("be joined", decision),
            (Err(error), None) => return steps.bad("read the log", of_hub(error)),
            (Ok(_), None) => steps.good("read the log", "this device may read it"),
        }
        let status = match self.status().await {
            Ok(status) => status,
            Err(error) => {
                return steps.bad("ask the store", Block::Away { reason: error.message, retry_after: None });
            }
        };
        if let Some(problem) = status.problem {
            let hint = status.hint.unwrap_or_else(|| "heph sync now tries again".to_owned());
            return steps.bad("have the same", Block::Person { problem, hint });
        }
        if status.unfit > 0 {
            let named = self.store.sync(SyncJob::Report).await.map(|report| report.unfit).unwrap_or_default();
            let named: Vec<String> = named
                .into_iter()
                .take(3)
                .map(|(node, reason)| format!("“{}”: {reason}", node.title))
                .collect();
            let problem = format!(
                "{} of others cannot be taken in, and kept as it came ({})",
                changes(status.unfit),
                named.join("; ")
            );
            let hint = "the machine that made them may run another version: upgrade both".to_owned();
            return steps.bad("take in what came", Block::Person { problem, hint });
        }
        if !status.parked.is_empty() {
            let problem = format!("the hub refuses {}", changes(status.parked.len() as u64));
            let hint = "heph sync status names them; heph sync retry or heph sync discard".to_owned();
            return steps.bad("have all sent", Block::Person { problem, hint });
        }
        let waits = match status.unsent {
            0 => "nothing waits".to_owned(),
            1 => "1 change waits".to_owned(),
            more => format!("{} wait", changes(more)),
        };
        let live = status.live.unwrap_or_default();
        steps.good("have the same", format!("{waits}, news come by {live}"));
        SyncChecked { steps: steps.0 }
    }

    /// Compares what this store and the account have.
    pub(super) async fn preview(&self) -> Result<SyncPreview, WireError> {
        let mut bearer = self.bearer().await?;
        let has_joined = self.store.sync(SyncJob::State).await?.is_some();
        if !has_joined && let Err(HubError::LoginTooOld(_)) = self.hub.peek(&bearer, u64::MAX).await {
            // The token may be too old to look at the account while the login is not.
            bearer = self.token(Some(bearer)).await?;
        }
        let (mut after, mut there) = (0, HashSet::new());
        let mut read = 0;
        loop {
            let page = match has_joined {
                true => self.hub.ops(&bearer, after, true).await,
                // To look makes nothing known at the hub.
                false => self.hub.peek(&bearer, after).await,
            };
            let page = page.map_err(|error| wire(of_hub(error)))?;
            let Some(last) = page.ops.last() else { break };
            after = last.seq;
            read += page.ops.len();
            there.extend(page.ops.iter().map(|op| op.entity));
            if !page.more {
                break;
            }
            if read > MOST_COMPARED {
                return Err(WireError::new(ErrorCode::Refused, "the account is too large to compare"));
            }
        }
        let there: Vec<NodeId> = there.into_iter().collect();
        let count = there.len() as u64;
        let compared = self.store.sync(|reply| SyncJob::Compare(there, reply)).await?;
        Ok(SyncPreview {
            here: compared.here,
            there: count,
            both: compared.both,
            both_count: compared.both_count,
            joined: has_joined,
        })
    }
}

fn changes(count: u64) -> String {
    if count == 1 { "1 change".to_owned() } else { format!("{count} changes") }
}

fn closing() -> Block {
    Block::Away { reason: gone().message, retry_after: None }
}
