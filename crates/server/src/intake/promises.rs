//! A promise to call again in the transcript of a reported call becomes a callback, once.

use jiff::{Timestamp, tz::TimeZone};
use ringback_domain::{
    callback::{Source, Wish},
    follow_up::{self, FollowUp, Language, Turn},
    ids::CallbackId,
    phone_number::PhoneNumber,
};
use ringback_store::{CallReport, NewCallback, TenantStore, db};
use ringback_telephony::voice_agent::Analysis;
use serde_json::{Value as Json, json};

use super::ACTOR;

/// What of a summary says what the call was about.
const LONGEST_TOPIC: usize = 200;

/// In which call somebody asked: for whoever reads the callback.
pub(super) fn mark(platform: &str, provider_call_id: &str) -> Json {
    json!({"platform": platform, "call_id": provider_call_id})
}

/// Where the promises of one company's calls are searched for.
pub(crate) struct Promises<'a> {
    pub(crate) rows: TenantStore<'a>,
    pub(crate) zone: &'a TimeZone,
    pub(crate) now: Timestamp,
}

impl Promises<'_> {
    /// What the agent dealt with during the call by a tool is the same promise, understood better. `turns`: as the platform tells them
    /// apart, else (`None`) as the transcript does.
    pub(crate) async fn keep(&self, report: &CallReport, turns: Option<Vec<Turn<'_>>>) -> db::Result<Option<CallbackId>> {
        let Some(transcript) = report.transcript.as_deref().filter(|_| report.understood_at.is_none()) else {
            return Ok(report.callback_id);
        };
        let turns = turns.unwrap_or_else(|| follow_up::turns(transcript));
        let heard_at = report.ended_at.or(report.started_at).unwrap_or(self.now);
        match (follow_up::understand(&turns, heard_at, self.zone), &report.number) {
            (Some(promise), Some(number)) => return self.promised(report, number, &promise).await,
            (Some(_), None) if report.callback_id.is_none() => tracing::warn!(
                event = "intake.promise_without_number", company = %report.company_id, report_id = %report.id,
                "a call was promised to somebody whose number is withheld: the sentence is in the transcript"
            ),
            _ => {}
        }
        self.rows.report_understood(report.id, self.now).await?;
        Ok(report.callback_id)
    }

    async fn promised(&self, report: &CallReport, number: &PhoneNumber, promise: &FollowUp<'_>) -> db::Result<Option<CallbackId>> {
        let new = NewCallback {
            phone_id: report.phone_id,
            call_id: report.call_id,
            wish: promise.window.and_then(|window| Wish::new("transcript", window.start.max(self.now), window.end, self.now).ok()),
            topic: topic(report),
            language: Some(promise.language.to_string()),
            notes: Some(notes(promise)),
            metadata: json!({
                "transcript": {"evidence": promise.evidence, "time_words": promise.time_words, "rule": promise.rule, "turn": promise.turn},
                "voice_agent": mark(&report.kind, &report.provider_call_id),
            }),
            ..NewCallback::new(number.clone(), Source::Transcript)
        };
        // `None`: the same report came twice at once, and the other one was first.
        self.rows.keep_promise(report.id, &new, ACTOR, self.now).await
    }
}

fn topic(report: &CallReport) -> Option<String> {
    // Ours, as we wrote it.
    let analysis: Analysis = serde_json::from_str(report.analysis.as_deref()?).ok()?;
    let summary = analysis.summary?;
    Some(summary.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST_TOPIC).collect())
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
