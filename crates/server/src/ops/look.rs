//! One look at a time, however many ask: whoever comes while one is under way waits for that one.

use std::sync::{Mutex, PoisonError};

use futures::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};
use tokio::task::AbortHandle;

/// `None`: the look died.
pub(super) type Found<T> = Shared<BoxFuture<'static, Option<T>>>;

pub(super) struct OneLook<T>(Mutex<Option<(AbortHandle, Found<T>)>>);

impl<T> Default for OneLook<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Clone + Send + Sync + 'static> OneLook<T> {
    /// A task of its own goes on when nobody waits any longer: a database that is slow is not asked again by everybody who asks here.
    pub(super) fn found_by(&self, look: impl Future<Output = T> + Send + 'static) -> Found<T> {
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((task, found)) = &*under_way
            && !task.is_finished()
        {
            return found.clone();
        }
        let task = tokio::spawn(look);
        let handle = task.abort_handle();
        let found = task.map(Result::ok).boxed().shared();
        *under_way = Some((handle, found.clone()));
        found
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn whoever_asks_while_a_look_is_under_way_waits_for_that_one_and_then_there_is_another() {
        let (looks, begun, let_go) = (OneLook::default(), Arc::new(AtomicU32::new(0)), Arc::new(Semaphore::new(0)));
        let ask = || {
            let (begun, let_go) = (Arc::clone(&begun), Arc::clone(&let_go));
            looks.found_by(async move {
                let nth = begun.fetch_add(1, Ordering::SeqCst);
                let_go.acquire().await.expect("is open").forget();
                nth
            })
        };
        let given_up = ask();
        tokio::task::yield_now().await;
        drop(given_up);
        let asking: Vec<_> = (0..20).map(|_| ask()).collect();
        let_go.add_permits(1);
        assert_eq!(futures::future::join_all(asking).await, [Some(0); 20]);
        let_go.add_permits(1);
        assert_eq!(ask().await, Some(1), "what was found is not kept");
    }

    #[tokio::test]
    async fn a_look_that_dies_keeps_nobody_from_looking_again() {
        let looks = OneLook::default();
        assert_eq!(looks.found_by(async { panic!("on purpose") }).await, None);
        assert_eq!(looks.found_by(async { 7 }).await, Some(7));
    }
}
