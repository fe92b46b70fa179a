//! The names of events: entries of the outbox, committed together with the change they tell.

use crate::words::words;

words!(EventType {
    CallbackCreated = "callback.created",
    CallbackMerged = "callback.merged",
    CallbackAssigned = "callback.assigned",
    CallbackContacted = "callback.contacted",
    CallbackCompleted = "callback.completed",
    CallbackCancelled = "callback.cancelled",
    CallbackDueSoon = "callback.due_soon",
    CallbackOverdue = "callback.overdue",
    CallbackEscalated = "callback.escalated",
    CallbackExpired = "callback.expired",
    CallbackReopened = "callback.reopened",
    CallbackSnoozed = "callback.snoozed",
    /// A person began to call.
    CallbackClaimed = "callback.claimed",
    /// He did not call after all.
    CallbackReleased = "callback.released",
    CallbackSplit = "callback.split",
    CallbackChanged = "callback.changed",
    CallbackDeleted = "callback.deleted",
    CallbackRestored = "callback.restored",
    CallMissed = "call.missed",
    CallStarted = "call.started",
    CallEnded = "call.ended",
    /// A voice platform told something of the call: its transcript, its recording, its analysis.
    CallReported = "call.reported",
    AttemptStarted = "attempt.started",
    AttemptCompleted = "attempt.completed",
    AttemptFailed = "attempt.failed",
    AttemptUnknown = "attempt.unknown",
    AttemptOnHold = "attempt.on_hold",
    AttemptInsufficientCredits = "attempt.insufficient_credits",
    AttemptCancelled = "attempt.cancelled",
    CreditsAdded = "credits.added",
    CreditsLow = "credits.low",
    CampaignStarted = "campaign.started",
    CampaignPaused = "campaign.paused",
    CampaignCompleted = "campaign.completed",
    CampaignCancelled = "campaign.cancelled",
    PhonePaused = "phone.paused",
});
