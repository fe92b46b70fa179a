//! A callback: the promise to call one person back, from creation to its outcome.

mod clockwork;
mod due;
mod sla;
mod state;
mod wish;

pub use clockwork::{Act, Next, TOP_RUNG, Watched, acts_at, minutes_remaining};
pub use due::{Due, Language, More, Skipped, Start, StartedBy, Why};
pub use sla::{DueClock, Priority, due, due_at, missed_call_priority, warns_at};
pub use state::{IllegalMove, Move, Status};
pub use wish::{TimeWindow, Wish};

use crate::words::words;

words!(
    /// Where a callback came from.
    Source {
        MissedCall = "missed_call",
        Api = "api",
        Form = "form",
        VoiceAgent = "voice_agent",
        Campaign = "campaign",
        Transcript = "transcript",
        Import = "import",
    }
);
