//! The one place where time is read.

use jiff::Timestamp;
use ringback_domain::time::{Clock, cut};

pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is handed")]
    fn now(&self) -> Timestamp {
        cut(Timestamp::now())
    }
}
