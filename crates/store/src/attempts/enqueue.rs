//! The one way into a phone's queue.

use jiff::Timestamp;
use ringback_domain::{
    attempt,
    call::MissedReason,
    dialing::WaitingBecause,
    ids::{AgentId, AttemptId, CallId, CallbackId, CampaignId, CompanyId, PhoneId},
    phone_number::PhoneNumber,
};

use crate::{
    claim::NEVER,
    db::{Result, Tx, params},
    faults::{self, fault},
    store::Store,
};

pub(crate) struct NewAttempt<'a> {
    pub(crate) company: CompanyId,
    pub(crate) callback: CallbackId,
    pub(crate) phone: PhoneId,
    pub(crate) agent: Option<AgentId>,
    pub(crate) number: &'a PhoneNumber,
    pub(crate) priority: attempt::Priority,
    pub(crate) campaign: Option<CampaignId>,
    /// No campaign holds it beyond this.
    pub(crate) hold_until: Timestamp,
    pub(crate) not_before: Timestamp,
    pub(crate) missed_at: Timestamp,
    /// `None`: nobody was missed, a call was asked for.
    pub(crate) reason: Option<MissedReason>,
    pub(crate) missed_call: Option<CallId>,
    pub(crate) max_dials: u32,
    /// The machine never rings this person: the attempt waits, and says why.
    pub(crate) refused: Option<WaitingBecause>,
}

impl Store {
    /// For a first attempt, for a retry and for one that was asked for alike.
    pub(crate) fn enqueue(&self, tx: &mut Tx, new: &NewAttempt<'_>, now: Timestamp) -> AttemptId {
        let id = AttemptId(self.new_id(now));
        const SQL: &str = "insert into attempts (id, company_id, callback_id, phone_id, agent_id, number, priority, status, not_before,
                look_at, campaign_id, hold_until, missed_at, missed_reason, missed_call_id, fence, dials, max_dials, created_at, updated_at,
                waiting_because)
            values ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9, $10, $16, $11, $12, $13, 0, 0, $14, $15, $15, $17)";
        let look_at = (new.not_before > now).then_some(new.not_before.as_millisecond());
        let look_at = if new.refused.is_some() { Some(NEVER) } else { look_at };
        // A retry concerns an earlier miss.
        let look_at = if fault(14) && new.missed_at < now { Some(NEVER) } else { look_at };
        let params = params![
            id,
            new.company,
            new.callback,
            new.phone,
            new.agent,
            new.number,
            new.priority.rank(),
            new.not_before,
            look_at,
            new.campaign,
            new.missed_at,
            new.reason.map(MissedReason::as_str).map(str::to_owned),
            new.missed_call,
            new.max_dials,
            now,
            new.hold_until,
            new.refused.as_ref().map(|because| serde_json::to_string(because).expect("a reason is plain JSON")),
        ];
        tx.later(SQL, params);
        if fault(13) {
            faults::remember(self.node.run, id);
        }
        id
    }
}

/// On which phones attempts of this callback wait.
pub(crate) async fn phones_of_waiting(tx: &mut Tx, callback: CallbackId) -> Result<Vec<PhoneId>> {
    const SQL: &str = "select phone_id from attempts where callback_id = $1 and status = 'pending'";
    Ok(tx.all::<(PhoneId,)>(SQL, params![callback]).await?.into_iter().map(|(phone,)| phone).collect())
}
