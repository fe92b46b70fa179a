//! A callback: the promise to call one person back, from creation to its outcome.

mod clockwork;
mod due;
mod priority;
mod sla;
mod state;
mod wish;

pub use clockwork::{Act, Next, TOP_RUNG, Watched, acts_at, minutes_remaining};
pub use due::{Due, Language, More, Skipped, Start, StartedBy, Why};
pub use priority::{Asked, Judged, merged_priority, priority};
pub use sla::{DueClock, Priority, due, due_again, warns_at};
pub use state::{ContactOutcome, EscalationKind, EscalationReason, IllegalMove, Move, ReturnBy, Standing, Status};
pub use wish::{TimeWindow, Wish, WishedDay};

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
