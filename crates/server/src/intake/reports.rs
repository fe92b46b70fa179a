//! Reports of calls that are over: kept, given to our call, and searched for a promise to call again.

use ringback_domain::{
    callback::{Source, Wish},
    follow_up::{self, FollowUp, Language, Speaker},
    ids::CallbackId,
    phone_number::PhoneNumber,
};
use ringback_store::{CallReport as Kept, NewCallReport, NewCallback, ReportedCall};
use ringback_telephony::voice_agent::{CallReport, Role};
use serde_json::json;

use super::{ACTOR, Desk};
use crate::ingress::IngressError;

/// What of a summary says what the call was about.
const LONGEST_TOPIC: usize = 200;

impl Desk<'_> {
    /// On disk when this returns: the platform is told only then.
    pub(super) async fn take_report(&self, report: &CallReport) -> Result<(), IngressError> {
        let call = ReportedCall { started_at: report.started_at, ended_at: report.ended_at, ..self.reported(&report.call) };
        let analysis = report.analysis.as_ref().map(serde_json::to_string).transpose().map_err(anyhow::Error::from)?;
        let new = NewCallReport {
            key: self.door.id,
            kind: self.platform.to_string(),
            provider_call_id: report.call.provider_call_id.clone(),
            call,
            disconnection_reason: report.disconnection_reason.clone(),
            recording_url: report.recording_url.clone(),
            transcript: report.transcript.clone(),
            analysis,
        };
        let Some(kept) = self.rows().keep_call_report(&new, self.now).await? else {
            tracing::info!(event = "intake.report_of_erased", company = %self.door.company_id, platform = %self.platform, "not kept");
            return Ok(());
        };
        let callback_id = self.follow_up(report, &kept).await?;
        let (call_id, callback_id) = (kept.call_id.map(tracing::field::display), callback_id.map(tracing::field::display));
        tracing::info!(event = "intake.report", company = %self.door.company_id, platform = %self.platform, call_id, callback_id, "kept");
        Ok(())
    }
}

impl Desk<'_> {
    /// Once per call: a promise in its transcript makes a callback. What the agent noted during the call by a tool is the same
    /// promise, understood better.
    async fn follow_up(&self, report: &CallReport, kept: &Kept) -> Result<Option<CallbackId>, IngressError> {
        let Some(transcript) = kept.transcript.as_deref().filter(|_| kept.understood_at.is_none()) else { return Ok(kept.callback_id) };
        let turns = turns(report, transcript);
        let heard_at = kept.ended_at.or(kept.started_at).unwrap_or(self.now);
        let promise = follow_up::understand(&turns, heard_at, &self.zone);
        let callback = match (promise, &kept.number) {
            (Some(promise), Some(number)) => match self.noted_in_call(number, &report.call.provider_call_id).await? {
                Some(noted) => Some(noted.id),
                None => return self.promised(report, kept, number, &promise).await,
            },
            (Some(_), None) => {
                tracing::warn!(
                    event = "intake.promise_without_number", company = %self.door.company_id, report_id = %kept.id,
                    "a call was promised to somebody whose number is withheld: the sentence is in the transcript"
                );
                None
            }
            (None, _) => None,
        };
        self.rows().report_understood(kept.id, callback, self.now).await?;
        Ok(callback)
    }

    async fn promised(
        &self,
        report: &CallReport,
        kept: &Kept,
        number: &PhoneNumber,
        promise: &FollowUp<'_>,
    ) -> Result<Option<CallbackId>, IngressError> {
        let summary = report.analysis.as_ref().and_then(|analysis| analysis.summary.as_deref());
        let new = NewCallback {
            phone_id: kept.phone_id,
            call_id: kept.call_id,
            wish: promise.window.and_then(|window| Wish::new("transcript", window.start.max(self.now), window.end, self.now).ok()),
            topic: summary.map(|summary| summary.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST_TOPIC).collect()),
            language: Some(promise.language.to_string()),
            notes: Some(notes(promise)),
            metadata: json!({
                "transcript": {"evidence": promise.evidence, "time_words": promise.time_words, "rule": promise.rule, "turn": promise.turn},
                "voice_agent": self.mark(&report.call.provider_call_id),
            }),
            ..NewCallback::new(number.clone(), Source::Transcript)
        };
        // `None`: the same report came twice at once, and the other one was first.
        let created = self.rows().keep_promise(kept.id, &new, ACTOR, self.now).await?;
        Ok(created.map(|created| created.callback))
    }
}

/// What was said, for people who read the callback.
fn notes(promise: &FollowUp<'_>) -> String {
    let quoted = |text: &str| match promise.language {
        Language::German => format!("„{text}“"),
        Language::English | Language::Hindi => format!("“{text}”"),
    };
    let when = promise.time_words.filter(|words| !promise.evidence.contains(words));
    let when = when.map(|words| format!(" … {}", quoted(words)));
    format!("{}{}", quoted(promise.evidence), when.unwrap_or_default())
}

/// As the platform tells them apart, else as the transcript does.
fn turns<'a>(report: &'a CallReport, transcript: &'a str) -> Vec<follow_up::Turn<'a>> {
    if report.turns.is_empty() {
        return follow_up::turns(transcript);
    }
    let speaker = |role| match role {
        Role::Agent => Speaker::Agent,
        Role::User => Speaker::Person,
    };
    report.turns.iter().map(|turn| follow_up::Turn { speaker: speaker(turn.role), text: &turn.text }).collect()
}
