//! Making a callback from a request that came by the API, a form, a voice agent, a transcript or a file.

use jiff::Timestamp;
use ringback_domain::{
    attempt,
    callback::{Priority, ReturnBy, Source, Wish},
    ids::{BranchId, CallId, CallbackId, CustomerId, PhoneId, ServiceId, StaffId},
    phone_number::PhoneNumber,
};
use serde_json::{Value as Json, json};

use super::{Request, Requested};
use crate::{
    attempts::NewAttempt,
    call_reports::PlatformCall,
    companies::Company,
    db::{Result, Tx},
    person,
    store::retrying,
    tenant::TenantStore,
};

/// A request to be called back. What it speaks of (branch, staff …) is the company's own: whoever builds it has looked.
#[derive(Debug, Clone)]
pub struct NewCallback {
    pub number: PhoneNumber,
    pub source: Source,
    /// `None`: as the customer with that number is called, else the number.
    pub customer_name: Option<String>,
    /// `None`: whose number it is.
    pub customer_id: Option<CustomerId>,
    pub branch_id: Option<BranchId>,
    pub service_id: Option<ServiceId>,
    /// Whom the customer would like to be called by.
    pub staff_id: Option<StaffId>,
    /// On which it came, and on which an automatic attempt is made.
    pub phone_id: Option<PhoneId>,
    /// The call that it came from.
    pub call_id: Option<CallId>,
    /// `None`: after what is known of the person and the request.
    pub priority: Option<Priority>,
    /// When the customer would like to be called: not before its beginning, due at its end.
    pub wish: Option<Wish>,
    /// The wish as it was written.
    pub preferred_time_window: Option<Json>,
    pub not_before: Option<Timestamp>,
    /// By an agent: one automatic attempt on `phone_id`, not before the wished time.
    pub return_by: ReturnBy,
    pub topic: Option<String>,
    pub language: Option<String>,
    pub notes: Option<String>,
    /// An object.
    pub metadata: Json,
    /// By which the row of a file that it came from is known when the file comes again.
    pub imported_as: Option<String>,
    /// In which it was asked for, by a tool of the agent.
    pub platform_call: Option<PlatformCall>,
}

impl NewCallback {
    pub fn new(number: PhoneNumber, source: Source) -> Self {
        Self {
            number,
            source,
            customer_name: None,
            customer_id: None,
            branch_id: None,
            service_id: None,
            staff_id: None,
            phone_id: None,
            call_id: None,
            priority: None,
            wish: None,
            preferred_time_window: None,
            not_before: None,
            return_by: ReturnBy::Staff,
            topic: None,
            language: None,
            notes: None,
            metadata: json!({}),
            imported_as: None,
            platform_call: None,
        }
    }

    /// Before this the customer does not want to be called.
    pub(super) fn wished_from(&self) -> Option<Timestamp> {
        self.not_before.or(self.wish.map(Wish::from))
    }
}

/// What came of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Created {
    pub callback: CallbackId,
    /// It joined a callback that was open already (decision 1).
    pub merged: bool,
    /// On which an automatic attempt now waits: wake it.
    pub wake: Option<PhoneId>,
}

impl TenantStore<'_> {
    /// Writes a request: a new callback, or part of the person's open one. A hundred at once make one.
    pub async fn create_callback(&self, new: &NewCallback, actor: &str, now: Timestamp) -> Result<Created> {
        let company = self.own_company().await?;
        retrying!({
            let mut tx = self.store.db.begin().await?;
            // It does not note that he rang: a form is no call.
            person::lock(&mut tx, self.company, &new.number).await?;
            let created = self.create_in(&mut tx, &company, new, actor, now).await?;
            self.store.commit(tx, self.company).await?;
            Ok(created)
        })
    }

    /// The same inside a transaction that holds the person's lock.
    pub(crate) async fn create_in(
        &self,
        tx: &mut Tx,
        company: &Company,
        new: &NewCallback,
        actor: &str,
        now: Timestamp,
    ) -> Result<Created> {
        let machine_tries = new.return_by == ReturnBy::Agent && new.phone_id.is_some();
        let (country, settings) = (company.country.as_str(), &company.settings);
        let request = Request { company: self.company, country, settings, actor, new, asked_at: now, machine_tries };
        let requested = self.store.request(tx, &request, now).await?;
        if let Some(call) = &new.platform_call {
            self.deals_with(tx, call, requested.callback, now);
        }
        let wake = self.attempt_for(tx, &request, &requested, now);
        if settings.auto_assign && !requested.machine_tries && !requested.has_owner {
            self.store.auto_assign_in(tx, requested.callback, now).await?;
        }
        Ok(Created { callback: requested.callback, merged: requested.merged, wake })
    }

    /// The automatic attempt of a request that a voice agent is to return, where none waits or runs for the person.
    pub(super) fn attempt_for(&self, tx: &mut Tx, request: &Request<'_>, requested: &Requested, now: Timestamp) -> Option<PhoneId> {
        let new = request.new;
        let phone = new.phone_id.filter(|_| new.return_by == ReturnBy::Agent && !requested.facts.person.attempt_open)?;
        let attempt = NewAttempt {
            company: self.company,
            callback: requested.callback,
            phone,
            agent: requested.facts.person.agent_id,
            number: &new.number,
            priority: attempt::Priority::High,
            campaign: None,
            hold_until: requested.warns_at,
            not_before: new.wished_from().unwrap_or(now).max(now),
            missed_at: now,
            reason: None,
            missed_call: None,
            max_dials: request.settings.automatic_attempts.max(1),
            refused: requested.facts.refused(request),
        };
        self.store.enqueue(tx, &attempt, now);
        Some(phone)
    }
}
