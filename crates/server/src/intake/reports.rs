//! Reports of calls that are over: kept, given to our call, and searched for a promise to call again.

use ringback_domain::follow_up::{Speaker, Turn};
use ringback_store::{NewCallReport, ReportedCall};
use ringback_telephony::voice_agent::{CallReport, Role};

use super::{Desk, Promises};
use crate::ingress::IngressError;

impl Desk<'_> {
    /// On disk when this returns: the platform is told only then.
    pub(super) async fn take_report(&self, report: &CallReport) -> Result<(), IngressError> {
        let call = ReportedCall { started_at: report.started_at, ended_at: report.ended_at, ..self.reported(&report.call) };
        let analysis = report.analysis.as_ref().map(serde_json::to_string).transpose().map_err(anyhow::Error::from)?;
        let new = NewCallReport {
            platform_call: self.platform_call(&report.call.provider_call_id),
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
        let promises = Promises { rows: self.rows(), zone: &self.zone, now: self.now };
        let callback_id = promises.keep(&kept, (!report.turns.is_empty()).then(|| turns(report))).await?;
        let (call_id, callback_id) = (kept.call_id.map(tracing::field::display), callback_id.map(tracing::field::display));
        tracing::info!(event = "intake.report", company = %self.door.company_id, platform = %self.platform, call_id, callback_id, "kept");
        Ok(())
    }
}

/// As the platform tells them apart.
fn turns(report: &CallReport) -> Vec<Turn<'_>> {
    let speaker = |role| match role {
        Role::Agent => Speaker::Agent,
        Role::User => Speaker::Person,
    };
    report.turns.iter().map(|turn| Turn { speaker: speaker(turn.role), text: &turn.text }).collect()
}
