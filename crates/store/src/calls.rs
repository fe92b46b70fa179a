//! One call under the phone's lock: everything that news of it may change.

use jiff::Timestamp;
use ringback_domain::{
    attempt,
    call::{AnsweredBy, CallOutcome, CallStatus, Direction},
    ids::{AttemptId, CallId, CallbackId, CompanyId, PhoneId},
    phone_number::PhoneNumber,
    settings::Settings,
};

use crate::db::{Result, Tx, from_record, params};

pub(crate) struct OpenCall {
    pub(crate) id: CallId,
    pub(crate) company_id: CompanyId,
    pub(crate) phone_id: PhoneId,
    pub(crate) direction: Direction,
    pub(crate) number: Option<PhoneNumber>,
    pub(crate) carrier_call_id: Option<String>,
    pub(crate) status: CallStatus,
    pub(crate) turned_away: bool,
    pub(crate) given_up: bool,
    pub(crate) reserved_credits: i64,
    pub(crate) fence: i64,
    pub(crate) attempt_id: Option<AttemptId>,
    pub(crate) callback_id: Option<CallbackId>,
    pub(crate) started_at: Timestamp,
    /// Outbound: since when the carrier is known to have it.
    pub(crate) accepted_at: Option<Timestamp>,
    pub(crate) answered_at: Option<Timestamp>,
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) settled_at: Option<Timestamp>,
    pub(crate) unknown_since: Option<Timestamp>,
    pub(crate) ask_at: Option<Timestamp>,
    pub(crate) answered_by: Option<AnsweredBy>,
    pub(crate) asks: i64,
    pub(crate) max_call_seconds: u32,
    pub(crate) country: String,
    pub(crate) settings: Settings,
    pub(crate) attempt_status: Option<attempt::Status>,
    pub(crate) leased_until: Option<Timestamp>,
}
from_record!(OpenCall {
    id,
    company_id,
    phone_id,
    direction,
    number,
    carrier_call_id,
    status,
    turned_away,
    given_up,
    reserved_credits,
    fence,
    attempt_id,
    callback_id,
    started_at,
    accepted_at,
    answered_at,
    ended_at,
    settled_at,
    unknown_since,
    ask_at,
    answered_by,
    asks,
    max_call_seconds,
    country,
    settings: json,
    attempt_status,
    leased_until,
});

macro_rules! open_call {
    ($condition:literal) => {
        concat!(
            "select k.id, k.company_id, k.phone_id, k.direction, k.number, k.carrier_call_id, k.status, k.turned_away, k.given_up,
                k.reserved_credits, k.fence, k.attempt_id, k.callback_id, k.started_at, k.accepted_at, k.answered_at, k.ended_at, k.settled_at,
                k.unknown_since, k.ask_at, k.answered_by, k.asks, p.max_call_seconds, c.country, c.settings, a.status as attempt_status, l.leased_until
            from calls k
            join phones p on p.id = k.phone_id
            join companies c on c.id = k.company_id
            left join attempts a on a.id = k.attempt_id and a.call_id = k.id
            left join channel_leases l on l.call_id = k.id
            where ",
            $condition
        )
    };
}

impl OpenCall {
    pub(crate) async fn by_id(tx: &mut Tx, phone: PhoneId, call: CallId) -> Result<Option<Self>> {
        tx.optional(open_call!("k.id = $1 and k.phone_id = $2"), params![call, phone]).await
    }

    pub(crate) async fn by_carrier_id(tx: &mut Tx, phone: PhoneId, carrier_call_id: &str) -> Result<Option<Self>> {
        tx.optional(open_call!("k.carrier_call_id = $1 and k.phone_id = $2"), params![carrier_call_id, phone]).await
    }
}

/// A call's last word: what came of it and how long it talked.
pub(crate) struct LastWord {
    pub(crate) outcome: CallOutcome,
    pub(crate) missed_reason: Option<ringback_domain::call::MissedReason>,
    pub(crate) seconds: i64,
    pub(crate) recording_url: Option<String>,
    pub(crate) given_up: bool,
}

/// Written with the end of the transaction.
pub(crate) fn close(tx: &mut Tx, call: &OpenCall, word: &LastWord, now: Timestamp) {
    const SQL: &str = "update calls set status = 'ended', outcome = $2, missed_reason = $3, seconds = $4, reserved_credits = 0,
            recording_url = coalesce($5, recording_url), given_up = $6, ended_at = coalesce(ended_at, $7), settled_at = $7,
            unknown_since = null, ask_at = null, updated_at = $7
        where id = $1";
    let params = params![
        call.id,
        word.outcome.as_str(),
        word.missed_reason.map(|reason| reason.as_str().to_owned()),
        word.seconds,
        word.recording_url.clone(),
        word.given_up,
        now,
    ];
    tx.later(SQL, params);
}
