//! A request to be called back, as the API takes it.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jiff::{Timestamp, tz::TimeZone};
use ringback_domain::{
    Written, WrongField,
    callback::{Priority, ReturnBy, Source, Start, TimeWindow, Wish},
    ids::{BranchId, CallId, CustomerId, PhoneId, ServiceId, StaffId},
};
use ringback_store::{Company, NewCallback, TenantStore, Window};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{Callback, include::Wanted, shown};
use crate::{
    api::{
        answer::{Answer, Created, One},
        body::Fields,
        caller::{Caller, May, Write},
        params::NoParams,
        read::{self, Reading, wrong},
        schema,
    },
    app::App,
    errors::{ApiError, Code},
};

/// Shown, never set here.
pub(super) const READ_ONLY: [&str; 27] = [
    "id",
    "company_id",
    "status",
    "priority_reason",
    "assigned_to",
    "assigned_at",
    "assignment_reason",
    "expires_at",
    "due_because",
    "due_explanation",
    "is_overdue",
    "contacted_at",
    "completed_at",
    "closed_because",
    "attempts",
    "staff_attempts",
    "escalations",
    "escalations_count",
    "requests",
    "merged_count",
    "waiting_because",
    "next_action",
    "claimed_by",
    "claimed_until",
    "deleted_at",
    "created_at",
    "updated_at",
];
const METADATA_BYTES: usize = 16 * 1024;

/// What a callback is made from.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `create` reads")]
pub(super) struct NewCallbackBody {
    #[schema(max_length = 200)]
    customer_name: String,
    /// E.164, or as people of the company's country write it.
    phone_number: String,
    /// At most 30 days ahead.
    #[schema(nullable = false)]
    not_before: Option<Timestamp>,
    /// By an agent: an automatic attempt at that time.
    #[schema(schema_with = schema::return_by)]
    return_by: Option<ReturnBy>,
    /// Needed with `return_by` agent, unless the company has a single phone.
    #[schema(value_type = Option<Uuid>)]
    phone_id: Option<PhoneId>,
    #[schema(max_length = 200)]
    topic: Option<String>,
    /// BCP 47.
    #[schema(schema_with = schema::language_or_null)]
    language: Option<String>,
    #[schema(value_type = Option<Uuid>)]
    call_id: Option<CallId>,
    #[schema(value_type = Option<Uuid>)]
    branch_id: Option<BranchId>,
    #[schema(value_type = Option<Uuid>)]
    service_id: Option<ServiceId>,
    #[schema(value_type = Option<Uuid>)]
    customer_id: Option<CustomerId>,
    /// Whom the customer would like to be called by.
    #[schema(value_type = Option<Uuid>)]
    staff_id: Option<StaffId>,
    #[schema(schema_with = schema::callback_priority_or_null)]
    priority: Option<Priority>,
    /// When the customer would like to be called, at most 30 days ahead: `{"date", "from", "until"}`, `["14:00", "16:00"]`, or
    /// text such as `tomorrow 14:00-16:00`. Times without an offset are the branch's, else the company's.
    #[schema(schema_with = schema::time_window_or_null)]
    preferred_time_window: Option<Value>,
    #[schema(max_length = 5000)]
    notes: Option<String>,
    #[schema(value_type = Option<Object>, nullable = false)]
    metadata: Option<Value>,
    #[schema(schema_with = schema::callback_source)]
    source: Option<Source>,
}

/// The open callback that the request joined.
#[derive(Debug, Serialize, ToSchema)]
struct Merged {
    data: Callback,
    meta: MergedMeta,
}

#[derive(Debug, Serialize, ToSchema)]
struct MergedMeta {
    merged: bool,
}

/// Asks for somebody to be called back. While a callback of that number is open the request joins it: 200, with
/// `meta.merged`.
#[utoipa::path(post, path = "/callbacks", tag = "callbacks", operation_id = "create_callback", request_body = NewCallbackBody,
    responses((status = 201, body = One<Callback>), (status = 200, body = Merged)), security(("token" = ["write"])))]
pub(super) async fn create(May(caller, _): May<Write>, State(app): State<App>, _: NoParams, fields: Fields) -> Answer<Response> {
    let (rows, now) = (caller.rows(&app.store), app.clock.now());
    let new = read(rows, &rows.own_company().await?, now, fields).await?;
    // What somebody asks for belongs to the company, whoever wrote it down.
    let created = rows.create_callback(&new, &caller.actor(), now).await?;
    if let Some(phone) = created.wake {
        app.dispatcher.wake(phone);
    }
    let whole = Caller { sight: ringback_domain::access::Sight::All, ..caller };
    let data = shown(&app, &whole, created.callback, Wanted::default()).await?;
    if created.merged {
        let seen = rows.callback(created.callback).await?.is_some();
        let data = if seen { data } else { unseen(data, new, now) };
        return Ok((StatusCode::OK, Json(Merged { data, meta: MergedMeta { merged: true } })).into_response());
    }
    Ok(Created(data).into_response())
}

/// The callback that a request joined, for somebody who does not see it: that it is kept, and what he sent himself.
fn unseen(joined: Callback, sent: NewCallback, now: Timestamp) -> Callback {
    Callback {
        customer_name: sent.customer_name.unwrap_or_else(|| sent.number.reveal().to_owned()),
        priority: sent.priority.unwrap_or(Priority::Normal),
        priority_reason: String::new(),
        source: sent.source,
        customer_id: sent.customer_id,
        phone_id: sent.phone_id,
        branch_id: sent.branch_id,
        service_id: sent.service_id,
        staff_id: sent.staff_id,
        assigned_to: None,
        assigned_at: None,
        assignment_reason: None,
        topic: sent.topic,
        language: sent.language,
        preferred_time_window: sent.preferred_time_window,
        not_before: sent.not_before,
        return_by: sent.return_by,
        call_id: sent.call_id,
        notes: sent.notes,
        metadata: sent.metadata,
        due_because: None,
        due_explanation: None,
        contacted_at: None,
        completed_at: None,
        closed_because: None,
        attempts: 0,
        staff_attempts: 0,
        escalations_count: 0,
        merged_count: 0,
        claimed_by: None,
        claimed_until: None,
        waiting_because: None,
        next_action: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
        escalations: None,
        requests: None,
        ..joined
    }
}

/// Reads a request.
pub(crate) async fn read(rows: TenantStore<'_>, company: &Company, now: Timestamp, mut fields: Fields) -> Answer<NewCallback> {
    fields.read_only(&READ_ONLY);
    fields.read_only(&["due_at"]);
    let customer_name = fields.required("customer_name", read::line(200));
    let number = fields.required("phone_number", read::text(read::phone_number(&company.country)));
    let not_before = fields.optional("not_before", read::text(read::instant));
    let return_by = fields.optional("return_by", read::text(read::word)).unwrap_or(ReturnBy::Staff);
    let phone_id = fields.nullable("phone_id", read::text(read::id)).flatten();
    let topic = fields.nullable("topic", read::line(200)).flatten();
    let language = fields.nullable("language", read::text(read::language)).flatten();
    let call_id = fields.nullable("call_id", read::text(read::id)).flatten();
    let about = About::read(&mut fields);
    let priority = fields.nullable("priority", read::text(read::word)).flatten();
    let window = fields.nullable_shaped("preferred_time_window", window).flatten();
    let notes = fields.nullable("notes", read::prose(5000)).flatten();
    let metadata = fields.optional("metadata", metadata);
    let source = fields.optional("source", read::text(read::word)).unwrap_or(Source::Api);
    about.check(rows, &mut fields).await?;
    if let Some(call) = call_id
        && rows.call(call).await?.is_none()
    {
        none_of(&mut fields, "call_id", "calls");
    }
    let phone_id = phone(rows, &mut fields, phone_id, return_by).await?;
    let zone = zone(rows, company, about.branch_id.flatten()).await?;
    let wish = window.as_ref().and_then(|(window, _)| wish(&mut fields, *window, now, &zone));
    within_reach(&mut fields, not_before, now);
    fields.finish(|| {
        Some(NewCallback {
            customer_name,
            customer_id: about.customer_id.flatten(),
            branch_id: about.branch_id.flatten(),
            service_id: about.service_id.flatten(),
            staff_id: about.staff_id.flatten(),
            phone_id,
            call_id,
            priority,
            wish,
            preferred_time_window: window.map(|(_, written)| written),
            not_before,
            return_by,
            topic,
            language,
            notes,
            metadata: metadata.unwrap_or_else(|| serde_json::json!({})),
            ..NewCallback::new(number?, source)
        })
    })
}

/// Whom and what a request speaks of.
#[expect(clippy::option_option, reason = "left out and null mean different things")]
#[expect(clippy::struct_field_names, reason = "as the fields of the body are called")]
pub(super) struct About {
    pub(super) customer_id: Option<Option<CustomerId>>,
    pub(super) branch_id: Option<Option<BranchId>>,
    pub(super) service_id: Option<Option<ServiceId>>,
    pub(super) staff_id: Option<Option<StaffId>>,
}

impl About {
    pub(super) fn read(fields: &mut Fields) -> Self {
        Self {
            customer_id: fields.nullable("customer_id", read::text(read::id)),
            branch_id: fields.nullable("branch_id", read::text(read::id)),
            service_id: fields.nullable("service_id", read::text(read::id)),
            staff_id: fields.nullable("staff_id", read::text(read::id)),
        }
    }

    /// All of it must be the company's own.
    pub(super) async fn check(&self, rows: TenantStore<'_>, fields: &mut Fields) -> Answer<()> {
        if let Some(id) = self.customer_id.flatten()
            && rows.customer(id).await?.is_none()
        {
            none_of(fields, "customer_id", "customers");
        }
        if let Some(id) = self.branch_id.flatten()
            && rows.branch(id).await?.is_none()
        {
            none_of(fields, "branch_id", "branches");
        }
        if let Some(id) = self.service_id.flatten()
            && rows.service(id).await?.is_none()
        {
            none_of(fields, "service_id", "services");
        }
        if let Some(id) = self.staff_id.flatten()
            && rows.staff(id).await?.is_none()
        {
            none_of(fields, "staff_id", "staff");
        }
        Ok(())
    }
}

pub(super) fn none_of(fields: &mut Fields, field: &str, things: &str) {
    fields.refuse(field, Code::Reference, format!("is not the id of one of the company's {things}"));
}

/// The phone that was named, or the company's only one where an agent is to call.
async fn phone(rows: TenantStore<'_>, fields: &mut Fields, named: Option<PhoneId>, by: ReturnBy) -> Answer<Option<PhoneId>> {
    if let Some(phone) = named {
        if rows.phone(phone).await?.is_none() {
            none_of(fields, "phone_id", "phones");
        }
        return Ok(named);
    }
    if by == ReturnBy::Staff {
        return Ok(None);
    }
    let phones = rows.phones(Window { limit: 2, start: ringback_store::Start::Offset(0) }).await?.rows;
    if let [only] = phones.as_slice() {
        return Ok(Some(only.id));
    }
    fields.refuse("phone_id", Code::Required, "is required when an agent is to call, unless the company has exactly one phone");
    Ok(None)
}

/// On which clocks a time without an offset is read.
pub(super) async fn zone(rows: TenantStore<'_>, company: &Company, branch: Option<BranchId>) -> Answer<TimeZone> {
    let branch = match branch {
        Some(branch) => rows.branch(branch).await?,
        None => None,
    };
    let name = branch.map_or_else(|| company.time_zone.clone(), |branch| branch.time_zone);
    Ok(TimeZone::get(&name).unwrap_or(TimeZone::UTC))
}

/// The window and how it was written.
pub(super) fn window(field: &str, written: Written) -> Result<(TimeWindow, Value), Vec<WrongField>> {
    let as_written = as_json(&written);
    TimeWindow::read(field, written).map(|window| (window, as_written)).map_err(|wrong| vec![wrong])
}

fn as_json(written: &Written) -> Value {
    match written {
        Written::Text(text) => text.clone().into(),
        Written::List(list) => list.iter().map(as_json).collect(),
        Written::Fields(fields) => Value::Object(fields.iter().map(|(name, value)| (name.clone(), as_json(value))).collect()),
        Written::Other(_) => Value::Null,
    }
}

pub(super) fn wish(fields: &mut Fields, window: TimeWindow, now: Timestamp, zone: &TimeZone) -> Option<Wish> {
    match window.at("preferred_time_window", now, zone) {
        Ok(wish) => Some(wish),
        Err(wrong) => {
            fields.refuse(&wrong.field, Code::Range, wrong.message);
            None
        }
    }
}

pub(super) fn within_reach(fields: &mut Fields, not_before: Option<Timestamp>, now: Timestamp) {
    if let Some(Err(wrong)) = not_before.map(|at| Start::not_before("not_before", at, now)) {
        fields.refuse(&wrong.field, Code::Range, wrong.message);
    }
}

/// An object of whatever the caller keeps beside it.
pub(super) fn metadata(value: &Value) -> Reading<Value> {
    if !value.is_object() {
        return wrong(Code::Type, "must be an object");
    }
    if value.to_string().len() > METADATA_BYTES {
        return wrong(Code::Range, format!("must have at most {METADATA_BYTES} bytes"));
    }
    Ok(value.clone())
}

impl From<ringback_store::Moved> for ApiError {
    fn from(moved: ringback_store::Moved) -> Self {
        super::moves::refused(moved)
    }
}
