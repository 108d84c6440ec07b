//! News of accounts, for those who wait for them: only the newest counts.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::record::AccountId;

/// Entries after which those nobody watches are looked for.
const SWEEP_FROM: usize = 64;

/// How far an account is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Head {
    /// Its epoch.
    pub epoch: u64,
    /// The newest place of its log.
    pub head: u64,
    /// Raised whenever one of its devices is locked out.
    pub revocations: u64,
}

#[derive(Debug)]
struct Watched {
    accounts: HashMap<AccountId, watch::Sender<Head>>,
    sweep_at: usize,
}

/// The accounts somebody watches.
#[derive(Debug)]
pub(super) struct News(Mutex<Watched>);

impl News {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Watched { accounts: HashMap::new(), sweep_at: SWEEP_FROM }))
    }

    /// Watches an account that is at least as far as this.
    pub(super) fn watch(&self, account: AccountId, epoch: u64, head: u64) -> watch::Receiver<Head> {
        let mut watched = self.lock();
        if watched.accounts.len() >= watched.sweep_at {
            watched.accounts.retain(|_, sender| sender.receiver_count() > 0);
            watched.sweep_at = SWEEP_FROM.max(2 * watched.accounts.len());
        }
        let new = || watch::Sender::new(Head { epoch, head, revocations: 0 });
        let sender = watched.accounts.entry(account).or_insert_with(new);
        let receiver = sender.subscribe();
        advance(sender, epoch, head);
        receiver
    }

    /// Tells how far an account is; one that nobody watches is forgotten.
    pub(super) fn tell(&self, account: AccountId, epoch: u64, head: u64) {
        self.to_watchers(account, |sender| advance(sender, epoch, head));
    }

    /// Tells that a device of an account was locked out.
    pub(super) fn tell_revoked(&self, account: AccountId) {
        self.to_watchers(account, |sender| sender.send_modify(|news| news.revocations += 1));
    }

    fn to_watchers(&self, account: AccountId, tell: impl FnOnce(&watch::Sender<Head>)) {
        let mut watched = self.lock();
        match watched.accounts.get(&account) {
            Some(sender) if sender.receiver_count() > 0 => tell(sender),
            Some(_) => drop(watched.accounts.remove(&account)),
            None => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, Watched> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.lock().accounts.len()
    }
}

/// Never goes back: who reads and who commits may come in either order.
fn advance(sender: &watch::Sender<Head>, epoch: u64, head: u64) {
    sender.send_if_modified(|news| {
        let is_news = (epoch, head) > (news.epoch, news.head);
        if is_news {
            (news.epoch, news.head) = (epoch, head);
        }
        is_news
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_told_to_those_who_watch() {
        let news = News::new();
        news.tell(AccountId(1), 1, 5);
        assert_eq!(news.len(), 0);
        let mut watcher = news.watch(AccountId(1), 1, 5);
        news.tell(AccountId(1), 1, 4);
        news.tell(AccountId(2), 1, 9);
        assert!(!watcher.has_changed().unwrap());
        news.tell(AccountId(1), 1, 6);
        assert_eq!(*watcher.borrow_and_update(), Head { epoch: 1, head: 6, revocations: 0 });
        news.tell_revoked(AccountId(1));
        assert_eq!(watcher.borrow_and_update().revocations, 1);
        drop(watcher);
        news.tell(AccountId(1), 1, 7);
        assert_eq!(news.len(), 0);
    }

    #[test]
    fn accounts_nobody_watches_do_not_pile_up() {
        let news = News::new();
        let _stays = news.watch(AccountId(0), 1, 0);
        for account in 1..1_000 {
            drop(news.watch(AccountId(account), 1, 0));
        }
        assert!(news.len() <= SWEEP_FROM, "{}", news.len());
    }
}
