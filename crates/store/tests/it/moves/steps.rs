//! What may happen to a callback.

use proptest::prelude::*;
use ringback_domain::callback::{ContactOutcome, Priority};

#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    Assign(usize),
    AutoAssign,
    Reassign,
    Contact(ContactOutcome),
    Complete,
    CallAndComplete,
    Cancel,
    Escalate,
    Snooze(i64),
    Reopen,
    Prioritize(Priority),
    Claim(usize),
    Release(usize),
    AskAgain,
    Split,
    Delete,
    Restore,
    Wait(i64),
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let outcome = prop::sample::select(ContactOutcome::ALL.to_vec());
    let seconds = prop_oneof![3 => 1..400_i64, 2 => 400..20_000_i64, 1 => 20_000..400_000_i64];
    prop_oneof![
        2 => (0..3_usize).prop_map(Step::Assign),
        1 => Just(Step::AutoAssign),
        1 => Just(Step::Reassign),
        4 => outcome.prop_map(Step::Contact),
        2 => Just(Step::Complete),
        1 => Just(Step::CallAndComplete),
        1 => Just(Step::Cancel),
        1 => Just(Step::Escalate),
        1 => (1..1_000_000_i64).prop_map(Step::Snooze),
        3 => Just(Step::Reopen),
        1 => prop::sample::select(Priority::ALL.to_vec()).prop_map(Step::Prioritize),
        2 => (0..2_usize).prop_map(Step::Claim),
        2 => (0..2_usize).prop_map(Step::Release),
        3 => Just(Step::AskAgain),
        1 => Just(Step::Split),
        1 => Just(Step::Delete),
        2 => Just(Step::Restore),
        4 => seconds.prop_map(Step::Wait),
    ]
}
