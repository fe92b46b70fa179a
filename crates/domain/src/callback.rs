//! A callback: the promise to call one person back, from creation to its outcome.

mod sla;
mod state;

pub use sla::{Priority, due_at, missed_call_priority, warns_at};
pub use state::{IllegalMove, Move, Status};

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
