//! What voice platforms report of the calls that their agents held, and the calls of ours that they mean.

use jiff::Timestamp;
use ringback_domain::{
    call::Direction,
    event::EventType,
    ids::{CallId, CallReportId, CallbackId, CompanyId, IntakeKeyId, PhoneId},
    phone_number::PhoneNumber,
    time::plus_seconds,
};
use serde_json::json;

use crate::{
    db::{Result, Tx, from_record, params},
    lifecycle::NewCallback,
    person,
    person_callbacks::PersonCallback,
    store::{About, Store, retrying},
    tenant::TenantStore,
};

/// How far the clocks of platform and carrier may be apart.
const CLOCKS_APART_SECONDS: i64 = 120;
/// How long before its report a call may have begun, when the report does not say.
const LONGEST_CALL_SECONDS: i64 = 4 * 60 * 60;

/// By what a platform names a call. Numbers are those of the person and of the business.
#[derive(Debug, Clone, Default)]
pub struct ReportedCall {
    /// Only calls of this phone can be meant.
    pub phone: Option<PhoneId>,
    pub carrier_call_id: Option<String>,
    pub direction: Option<Direction>,
    pub number: Option<PhoneNumber>,
    pub own_number: Option<PhoneNumber>,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
}

/// A call as its platform names it.
#[derive(Debug, Clone)]
pub struct PlatformCall {
    /// By which the platform posts.
    pub key: IntakeKeyId,
    /// retell, vapi
    pub kind: String,
    pub id: String,
}

/// A call of ours that a platform speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownCall {
    pub id: CallId,
    pub phone_id: PhoneId,
    pub number: Option<PhoneNumber>,
    pub callback_id: Option<CallbackId>,
}
from_record!(KnownCall { id, phone_id, number, callback_id });

#[derive(Debug, Clone)]
pub struct NewCallReport {
    pub platform_call: PlatformCall,
    pub call: ReportedCall,
    pub disconnection_reason: Option<String>,
    pub recording_url: Option<String>,
    pub transcript: Option<String>,
    /// JSON
    pub analysis: Option<String>,
}

/// A report that is on disk, together with what earlier ones of the same call said.
#[derive(Debug, Clone)]
pub struct CallReport {
    pub id: CallReportId,
    pub company_id: CompanyId,
    pub kind: String,
    pub provider_call_id: String,
    pub call_id: Option<CallId>,
    pub phone_id: Option<PhoneId>,
    /// The person's.
    pub number: Option<PhoneNumber>,
    pub transcript: Option<String>,
    /// JSON
    pub analysis: Option<String>,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// Its transcript was searched for a promise before.
    pub understood_at: Option<Timestamp>,
    pub callback_id: Option<CallbackId>,
}
from_record!(CallReport {
    id,
    company_id,
    kind,
    provider_call_id,
    call_id,
    phone_id,
    number,
    transcript,
    analysis,
    started_at,
    ended_at,
    understood_at,
    callback_id,
});

/// All that a report says; that there was one stays, so that it is known when it comes again.
const ERASE: &str = "update call_reports set number = null, disconnection_reason = null, recording_url = null, transcript = null,
    analysis = null, callback_id = null, understood_at = coalesce(understood_at, $2), erased_at = $2 where id = $1";

/// Erases what was reported of this callback's calls, and those reports that it was made of. Tells whose calls these were.
pub(crate) async fn erase_reports_of(tx: &mut Tx, callback: CallbackId, now: Timestamp) -> Result<Vec<CallId>> {
    const REPORTS: &str = "select r.id, r.call_id from call_reports r where r.callback_id = $1
        union select r.id, r.call_id from call_reports r join calls k on k.id = r.call_id where k.callback_id = $1";
    let reports: Vec<(CallReportId, Option<CallId>)> = tx.all(REPORTS, params![callback]).await?;
    for (report, _) in &reports {
        tx.execute(ERASE, params![*report, now]).await?;
    }
    Ok(reports.into_iter().filter_map(|(_, call)| call).collect())
}

impl Store {
    /// Reports of any company whose transcript nobody has searched and that have been on disk since `before`: whoever took them
    /// did not get to it. In the order of their ids, behind `after`.
    pub async fn reports_to_understand(&self, after: CallReportId, before: Timestamp, limit: u32) -> Result<Vec<CallReport>> {
        const SQL: &str = "select id, company_id, kind, provider_call_id, call_id, phone_id, number, transcript, analysis, started_at,
                ended_at, understood_at, callback_id
            from call_reports where understood_at is null and transcript is not null and id > $1 and updated_at <= $2 order by id limit $3";
        self.db.all(SQL, params![after, before, limit]).await
    }
}

impl TenantStore<'_> {
    /// Keeps a report and gives what it says to our call. One of which we know no call is kept all the same; `None`: it speaks
    /// of what was erased for good.
    pub async fn keep_call_report(&self, new: &NewCallReport, now: Timestamp) -> Result<Option<CallReport>> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            let phone = self.phone_of(&mut tx, &new.call).await?;
            let Some(mut report) = self.write_report(&mut tx, new, phone, now).await? else { return Ok(None) };
            let known = match report.call_id {
                Some(call) => self.call_of_report(&mut tx, call).await?,
                None => self.find_reported(&mut tx, &new.call, Some(report.id), now).await?,
            };
            if let Some(known) = known {
                const ERASED: &str = "select cast(1 as bigint) from calls where id = $1 and erased_at is not null";
                if tx.optional::<(i64,)>(ERASED, params![known.id]).await?.is_some() {
                    tx.execute(ERASE, params![report.id, now]).await?;
                    self.store.commit(tx, self.company).await?;
                    return Ok(None);
                }
                if report.call_id.is_none() {
                    const MATCH: &str = "update call_reports set call_id = $2, phone_id = $3, number = coalesce($4, number) where id = $1";
                    tx.execute(MATCH, params![report.id, known.id, known.phone_id, known.number.as_ref()]).await?;
                    report.number = known.number.clone().or(report.number);
                    (report.call_id, report.phone_id) = (Some(known.id), Some(known.phone_id));
                }
                self.attach(&mut tx, &report, &known, now).await?;
            }
            self.store.commit(tx, self.company).await?;
            Ok(Some(report))
        })
    }

    /// What an earlier report said stays where this one is silent. `None`: that one was erased.
    async fn write_report(&self, tx: &mut Tx, new: &NewCallReport, phone: Option<PhoneId>, now: Timestamp) -> Result<Option<CallReport>> {
        const SQL: &str = "insert into call_reports (id, company_id, intake_key_id, kind, provider_call_id, phone_id, number,
                disconnection_reason, recording_url, transcript, analysis, started_at, ended_at, created_at, updated_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)
            on conflict (company_id, kind, provider_call_id) do update set
                disconnection_reason = coalesce(excluded.disconnection_reason, call_reports.disconnection_reason),
                recording_url = coalesce(excluded.recording_url, call_reports.recording_url),
                transcript = coalesce(excluded.transcript, call_reports.transcript),
                analysis = coalesce(excluded.analysis, call_reports.analysis),
                number = coalesce(call_reports.number, excluded.number),
                phone_id = coalesce(call_reports.phone_id, excluded.phone_id),
                started_at = coalesce(excluded.started_at, call_reports.started_at),
                ended_at = coalesce(excluded.ended_at, call_reports.ended_at),
                updated_at = excluded.updated_at
                where call_reports.erased_at is null
            returning id, company_id, kind, provider_call_id, call_id, phone_id, number, transcript, analysis, started_at, ended_at,
                understood_at, callback_id";
        let params = params![
            CallReportId(self.store.new_id(now)),
            self.company,
            new.platform_call.key,
            &new.platform_call.kind,
            &new.platform_call.id,
            phone,
            new.call.number.as_ref(),
            new.disconnection_reason.clone(),
            new.recording_url.clone(),
            new.transcript.clone(),
            new.analysis.clone(),
            new.call.started_at,
            new.call.ended_at,
            now,
        ];
        tx.optional(SQL, params).await
    }

    /// Silent where it changes nothing: reports repeat.
    async fn attach(&self, tx: &mut Tx, report: &CallReport, known: &KnownCall, now: Timestamp) -> Result<()> {
        const SQL: &str = "update calls set transcript = coalesce(r.transcript, calls.transcript),
                recording_url = coalesce(r.recording_url, calls.recording_url), analysis = coalesce(r.analysis, calls.analysis),
                disconnection_reason = coalesce(r.disconnection_reason, calls.disconnection_reason),
                updated_at = case when calls.updated_at < $3 then $3 else calls.updated_at + 1 end
            from call_reports r
            where r.id = $1 and calls.id = $2 and (coalesce(r.transcript, calls.transcript) is distinct from calls.transcript
                or coalesce(r.recording_url, calls.recording_url) is distinct from calls.recording_url
                or coalesce(r.analysis, calls.analysis) is distinct from calls.analysis
                or coalesce(r.disconnection_reason, calls.disconnection_reason) is distinct from calls.disconnection_reason)";
        if tx.execute(SQL, params![report.id, known.id, now]).await? == 1 {
            let about = About { actor: "voice_agent", callback: known.callback_id, phone: Some(known.phone_id) };
            let data = json!({"call": {"id": known.id, "phone_id": known.phone_id, "callback_id": known.callback_id}});
            self.store.event(tx, now, self.company, EventType::CallReported, about, data);
        }
        Ok(())
    }

    /// The call that a platform speaks of while it still lasts.
    pub async fn reported_call(&self, call: &ReportedCall, now: Timestamp) -> Result<Option<KnownCall>> {
        let mut tx = self.store.db.begin_read().await?;
        self.find_reported(&mut tx, call, None, now).await
    }

    /// The phone on which a platform holds a call, known by the business's number where the key names none.
    pub async fn reported_phone(&self, call: &ReportedCall) -> Result<Option<PhoneId>> {
        let mut tx = self.store.db.begin_read().await?;
        self.phone_of(&mut tx, call).await
    }

    /// Its transcript was searched, and nothing is to be made of it.
    pub async fn report_understood(&self, report: CallReportId, now: Timestamp) -> Result<()> {
        retrying!({
            const SQL: &str = "update call_reports set understood_at = $3 where company_id = $1 and id = $2 and understood_at is null";
            let mut tx = self.store.db.begin().await?;
            tx.execute(SQL, params![self.company, report, now]).await?;
            self.store.commit(tx, self.company).await
        })
    }

    /// The callback that a report's transcript promises, made once in whatever order reports come: understood and written in
    /// one transaction. What the agent dealt with by a tool is the same promise, even if it has been kept since; where it was called
    /// off, what is still promised is another one. `None`: somebody else was first.
    pub async fn keep_promise(&self, report: CallReportId, new: &NewCallback, actor: &str, now: Timestamp) -> Result<Option<CallbackId>> {
        let company = self.own_company().await?;
        retrying!({
            let mut tx = self.store.db.begin().await?;
            person::lock(&mut tx, self.company, &new.number).await?;
            const FIRST: &str = "update call_reports set understood_at = $3 where company_id = $1 and id = $2 and understood_at is null
                returning (select b.id from callbacks b where b.id = call_reports.callback_id and b.status <> 'cancelled')";
            let callback = match tx.optional(FIRST, params![self.company, report, now]).await? {
                None => return Ok(None),
                Some((Some(dealt_with),)) => dealt_with,
                Some((None,)) => self.create_in(&mut tx, &company, new, actor, now).await?.callback,
            };
            const MADE: &str = "update call_reports set callback_id = $2 where id = $1";
            tx.execute(MADE, params![report, callback]).await?;
            self.store.commit(tx, self.company).await?;
            Ok(Some(callback))
        })
    }

    /// The agent deals with this callback by a tool, in this call: what the call's transcript promises is that. Its report, which is
    /// still to come, begins with it.
    pub(crate) fn deals_with(&self, tx: &mut Tx, call: &PlatformCall, callback: CallbackId, now: Timestamp) {
        self.begin_report(tx, call, callback, false, now);
    }

    /// The agent calls this callback off next. Where it dealt with another one in this call, that stays what the transcript promises.
    pub async fn agent_calls_off(&self, call: &PlatformCall, callback: CallbackId, now: Timestamp) -> Result<()> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            self.begin_report(&mut tx, call, callback, true, now);
            self.store.commit(tx, self.company).await
        })
    }

    fn begin_report(&self, tx: &mut Tx, call: &PlatformCall, callback: CallbackId, first_stays: bool, now: Timestamp) {
        const SQL: &str =
            "insert into call_reports (id, company_id, intake_key_id, kind, provider_call_id, callback_id, created_at, updated_at)
            values ($1, $2, $3, $4, $5, $6, $7, $7)
            on conflict (company_id, kind, provider_call_id) do update set updated_at = excluded.updated_at,
                callback_id = case when $8 then coalesce(call_reports.callback_id, excluded.callback_id) else excluded.callback_id end
                where call_reports.erased_at is null";
        let id = CallReportId(self.store.new_id(now));
        tx.later(SQL, params![id, self.company, call.key, &call.kind, &call.id, callback, now, first_stays]);
    }

    /// This person's open callback that the agent dealt with in this call before.
    pub async fn dealt_with(&self, call: &PlatformCall, number: &PhoneNumber) -> Result<Option<PersonCallback>> {
        const SQL: &str = "select b.id, b.status, b.number, b.due_at, b.due_because, b.customer_name, b.topic
            from call_reports r join callbacks b on b.id = r.callback_id
            where r.company_id = $1 and r.kind = $2 and r.provider_call_id = $3 and b.number = $4
                and b.status in ('pending', 'assigned', 'contacted') and b.deleted_at is null";
        self.store.db.optional(SQL, params![self.company, &call.kind, &call.id, number]).await
    }

    async fn call_of_report(&self, tx: &mut Tx, call: CallId) -> Result<Option<KnownCall>> {
        const SQL: &str = "select id, phone_id, number, callback_id from calls where company_id = $1 and id = $2";
        tx.optional(SQL, params![self.company, call]).await
    }

    /// By the carrier's id, else by the numbers and the time.
    async fn find_reported(
        &self,
        tx: &mut Tx,
        call: &ReportedCall,
        report: Option<CallReportId>,
        now: Timestamp,
    ) -> Result<Option<KnownCall>> {
        let phone = self.phone_of(tx, call).await?;
        if let Some(carrier_call_id) = &call.carrier_call_id {
            const SQL: &str = "select k.id, k.phone_id, k.number, k.callback_id
                from phones p join calls k on k.phone_id = p.id and k.carrier_call_id = $2
                where p.company_id = $1 and ($3 is null or p.id = $3) order by k.id desc limit 1";
            let known = tx.optional(SQL, params![self.company, carrier_call_id, call.phone]).await?;
            if known.is_some() {
                return Ok(known);
            }
        }
        let begun = call.started_at.or(call.ended_at).unwrap_or(now);
        let longest = if call.started_at.is_some() { 0 } else { LONGEST_CALL_SECONDS };
        let (from, until) = (plus_seconds(begun, -longest - CLOCKS_APART_SECONDS), plus_seconds(begun, CLOCKS_APART_SECONDS));
        let direction = call.direction.map(Direction::as_str);
        if let Some(number) = &call.number {
            const SQL: &str = "select k.id, k.phone_id, k.number, k.callback_id from calls k
                where k.company_id = $1 and k.number = $2 and k.started_at between $3 and $4 and not k.turned_away
                    and ($5 is null or k.direction = $5) and ($6 is null or k.phone_id = $6)
                    and not exists (select 1 from call_reports r where r.call_id = k.id and r.id <> coalesce($7, k.id))
                order by abs(k.started_at - $8), k.id limit 1";
            let params = params![self.company, number, from, until, direction, phone, report.map(|it| it.0), begun];
            return tx.optional(SQL, params).await;
        }
        // A withheld number tells nothing apart: only a call that was alone on its phone is known by its time.
        let Some(phone) = phone else { return Ok(None) };
        const SQL: &str = "select k.id, k.phone_id, k.number, k.callback_id from calls k
            where k.company_id = $1 and k.phone_id = $2 and k.started_at between $3 and $4 and k.number is null and not k.turned_away
                and k.erased_at is null
                and ($5 is null or k.direction = $5)
                and not exists (select 1 from call_reports r where r.call_id = k.id and r.id <> coalesce($6, k.id))
            order by k.id limit 2";
        let found = tx.all::<KnownCall>(SQL, params![self.company, phone, from, until, direction, report.map(|it| it.0)]).await?;
        Ok(if found.len() == 1 { found.into_iter().next() } else { None })
    }

    /// The one that the platform may speak of: the key's own, else the one with the business's number.
    async fn phone_of(&self, tx: &mut Tx, call: &ReportedCall) -> Result<Option<PhoneId>> {
        let (None, Some(own)) = (call.phone, &call.own_number) else { return Ok(call.phone) };
        const SQL: &str = "select id from phones where number = $2 and company_id = $1 and deleted_at is null order by id limit 1";
        Ok(tx.optional::<(PhoneId,)>(SQL, params![self.company, own]).await?.map(|(id,)| id))
    }
}
