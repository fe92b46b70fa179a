//! Reports of calls that nobody searched for a promise: the server ended after it had kept them and before it had read them.

use std::time::Duration;

use jiff::tz::TimeZone;
use ringback_domain::{ids::CallReportId, time::plus_seconds};
use ringback_store::CallReport;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Clockwork;
use crate::intake::Promises;

const LOOK_EVERY: Duration = Duration::from_mins(1);
/// Whoever took a report has searched it by then.
const LEFT_SECONDS: i64 = 30;
const PER_LOOK: u32 = 100;

impl Clockwork {
    pub(super) async fn keep_taking_up_reports(&self, stop: &CancellationToken) {
        let mut every_minute = interval(LOOK_EVERY);
        every_minute.set_missed_tick_behavior(MissedTickBehavior::Skip);
        while stop.run_until_cancelled(every_minute.tick()).await.is_some() {
            if let Some(Err(error)) = stop.run_until_cancelled(self.take_up_reports()).await {
                tracing::error!(event = "clockwork.reports_failed", %error, "reports that nobody has read are looked for again in a minute");
            }
        }
    }

    /// Searches what was left, a hundred transcripts at once.
    pub async fn take_up_reports(&self) -> anyhow::Result<()> {
        let mut after = CallReportId(Uuid::nil());
        loop {
            let before = plus_seconds(self.clock.now(), -LEFT_SECONDS);
            let left = self.store.reports_to_understand(after, before, PER_LOOK).await?;
            for report in &left {
                if let Err(error) = self.take_up(report).await {
                    tracing::error!(event = "clockwork.report_failed", report_id = %report.id, %error, "it is tried again in a minute");
                }
            }
            match left.last() {
                Some(last) if left.len() == PER_LOOK as usize => after = last.id,
                _ => return Ok(()),
            }
        }
    }

    async fn take_up(&self, report: &CallReport) -> anyhow::Result<()> {
        let rows = self.store.tenant(report.company_id);
        let zone = TimeZone::get(&rows.own_company().await?.time_zone)?;
        Promises { rows, zone: &zone, now: self.clock.now() }.keep(report, None).await?;
        Ok(())
    }
}
