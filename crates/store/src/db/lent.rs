//! Connections that are lent to one task at a time, in the order of asking. The one that was used last goes first: its plans
//! and pages are warm, and so is the server's process behind it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{Error, Result};

/// How long anybody waits for a connection.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Some connections to one database.
pub struct Lent<C>(Arc<Shared<C>>);

struct Shared<C> {
    free: Mutex<Vec<C>>,
    number: u32,
    permits: Arc<Semaphore>,
}

/// The right to one connection, until it is dropped.
pub(super) struct Place<C> {
    of: Arc<Shared<C>>,
    _permit: OwnedSemaphorePermit,
}

impl<C> Lent<C> {
    /// At most `number` at once, of which these are there already.
    pub(super) fn of(number: u32, free: Vec<C>) -> Self {
        let permits = Arc::new(Semaphore::new(number as usize));
        Self(Arc::new(Shared { free: Mutex::new(free), number, permits }))
    }

    /// How many there are at most.
    pub fn number(&self) -> u32 {
        self.0.number
    }

    pub(super) async fn place(&self) -> Result<Place<C>> {
        let permits = || Arc::clone(&self.0.permits);
        let permit = match permits().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => timeout(PATIENCE, permits().acquire_owned()).await.map_err(|_| Error::Busy)?.map_err(|_| Error::Closed)?,
        };
        Ok(Place { of: Arc::clone(&self.0), _permit: permit })
    }

    /// Waits for those that are lent, lends no more, and hands them all over to be closed.
    pub(super) async fn close(&self) -> Vec<C> {
        let all = self.0.permits.acquire_many(self.0.number).await;
        self.0.permits.close();
        drop(all);
        std::mem::take(&mut *self.0.free())
    }
}

impl<C> Shared<C> {
    fn free(&self) -> MutexGuard<'_, Vec<C>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C> Place<C> {
    /// `None`: whoever has the place may open one.
    pub(super) fn take(&self) -> Option<C> {
        self.of.free().pop()
    }

    /// The last used of those that are like this.
    pub(super) fn take_one(&self, like_this: impl Fn(&C) -> bool) -> Option<C> {
        let mut free = self.of.free();
        let place = free.iter().rposition(like_this)?;
        Some(free.remove(place))
    }

    pub(super) fn give_back(&self, connection: C) {
        self.of.free().push(connection);
    }
}

impl<C> Clone for Lent<C> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_one_that_was_used_last_goes_first() {
        let lent = Lent::of(2, vec!['a', 'b']);
        let (first, second) = (lent.place().await.unwrap(), lent.place().await.unwrap());
        let (b, a) = (first.take().unwrap(), second.take().unwrap());
        second.give_back(a);
        first.give_back(b);
        drop((first, second));
        assert_eq!(lent.place().await.unwrap().take(), Some('b'));
    }

    #[tokio::test]
    async fn closing_waits_for_those_that_are_lent_and_lends_no_more() {
        let lent = Lent::of(2, vec!['a', 'b']);
        let kept = lent.place().await.unwrap();
        let connection = kept.take().unwrap();
        let closing = tokio::spawn({
            let lent = lent.clone();
            async move { lent.close().await }
        });
        tokio::task::yield_now().await;
        assert!(!closing.is_finished());
        kept.give_back(connection);
        drop(kept);
        assert_eq!(closing.await.unwrap(), ['a', 'b']);
        assert!(matches!(lent.place().await.err(), Some(Error::Closed)));
    }
}
