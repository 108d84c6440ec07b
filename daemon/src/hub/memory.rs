//! How much memory the bodies of all requests and of long answers may take together.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::refusal::Refusal;

/// Bytes a permit stands for.
const UNIT: usize = 64 << 10;

/// The most bytes of bodies at once, over all requests.
const MOST: usize = 128 << 20;

/// Pages of logs that are read and written down at once; each takes a few times its 8 MiB until that is done.
const PAGES: usize = 4;

/// How long is waited to be the next to read a page.
const PAGE_DEADLINE: Duration = Duration::from_secs(5);

/// Memory for bodies. Nobody waits for it: who waits holding some could wait for ever.
#[derive(Debug)]
pub(super) struct Memory {
    bodies: Arc<Semaphore>,
    /// Held without waiting for a client.
    pages: Semaphore,
}

impl Memory {
    pub(super) fn new() -> Self {
        Self { bodies: Arc::new(Semaphore::new(MOST / UNIT)), pages: Semaphore::new(PAGES) }
    }

    /// Begins to hold some.
    pub(super) fn hold(&self) -> Held {
        Held { bodies: Arc::clone(&self.bodies), permit: None }
    }

    /// Waits until a page may be read; the permit is held until its length is known and held.
    pub(super) async fn page(&self) -> Result<SemaphorePermit<'_>, Refusal> {
        let permit = timeout(PAGE_DEADLINE, self.pages.acquire()).await;
        permit.map_err(|_| Refusal::busy())?.map_err(|_| Refusal::busy())
    }
}

/// Memory that is held until this is dropped.
#[derive(Debug)]
pub(super) struct Held {
    bodies: Arc<Semaphore>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Held {
    /// Holds at least so many bytes.
    pub(super) fn grow_to(&mut self, bytes: usize) -> Result<(), Refusal> {
        let held = self.permit.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let missing = bytes.div_ceil(UNIT).saturating_sub(held);
        if missing == 0 {
            return Ok(());
        }
        let missing = u32::try_from(missing).map_err(|_| Refusal::busy())?;
        let more = Arc::clone(&self.bodies).try_acquire_many_owned(missing).map_err(|_| Refusal::busy())?;
        match &mut self.permit {
            Some(permit) => permit.merge(more),
            None => self.permit = Some(more),
        }
        Ok(())
    }

    /// Hands over what is held.
    pub(super) fn into_permit(self) -> Option<OwnedSemaphorePermit> {
        self.permit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_only_so_much_and_it_comes_back() {
        let memory = Memory::new();
        let mut first = memory.hold();
        for bytes in [0, 1, UNIT, UNIT + 1, MOST / 2] {
            first.grow_to(bytes).unwrap();
        }
        let mut second = memory.hold();
        second.grow_to(MOST / 2).unwrap();
        assert!(second.grow_to(MOST / 2 + 1).is_err());
        drop(first);
        second.grow_to(MOST).unwrap();
        let permit = second.into_permit();
        assert!(memory.hold().grow_to(1).is_err());
        drop(permit);
        memory.hold().grow_to(MOST).unwrap();
    }
}
