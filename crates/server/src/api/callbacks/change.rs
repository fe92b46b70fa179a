//! Changing what a callback says.

use axum::{Json, extract::State};
use jiff::Timestamp;
use ringback_domain::{
    callback::Priority,
    ids::{BranchId, CallbackId, CustomerId, ServiceId, StaffId},
};
use ringback_store::{By, CallbackChange};
use utoipa::ToSchema;

use super::{
    Callback,
    create::{self, About},
    include::Wanted,
    moves::done,
    shown,
};
use crate::{
    api::{
        answer::{Answer, One, one},
        body::Fields,
        caller::{Caller, May, Write},
        params::{Id, NoParams},
        read, schema,
    },
    app::App,
    errors::{ApiError, Code},
};

/// What of a callback is to change. Its status changes by moves.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `change` reads")]
pub(super) struct CallbackChangeBody {
    #[schema(max_length = 200, nullable = false)]
    customer_name: Option<String>,
    #[schema(value_type = Option<Uuid>)]
    customer_id: Option<CustomerId>,
    #[schema(value_type = Option<Uuid>)]
    branch_id: Option<BranchId>,
    #[schema(value_type = Option<Uuid>)]
    service_id: Option<ServiceId>,
    #[schema(value_type = Option<Uuid>)]
    staff_id: Option<StaffId>,
    /// The due time is counted anew from where its clock began.
    #[schema(schema_with = schema::callback_priority)]
    priority: Option<Priority>,
    /// Null: at any time.
    #[schema(schema_with = schema::time_window)]
    preferred_time_window: Option<serde_json::Value>,
    not_before: Option<Timestamp>,
    /// By hand, whatever the clock says.
    #[schema(nullable = false)]
    due_at: Option<Timestamp>,
    #[schema(max_length = 200)]
    topic: Option<String>,
    #[schema(schema_with = schema::language_or_null)]
    language: Option<String>,
    #[schema(max_length = 5000)]
    notes: Option<String>,
    #[schema(value_type = Option<Object>, nullable = false)]
    metadata: Option<serde_json::Value>,
}

/// Changes the given fields of a callback; PUT does the same.
#[utoipa::path(method(patch, put), path = "/callbacks/{id}", tag = "callbacks", operation_id = "change_callback",
    params(("id" = Uuid, Path)), request_body = CallbackChangeBody, responses((status = 200, body = One<Callback>)),
    security(("token" = ["write"])))]
pub(super) async fn change(
    May(caller, _): May<Write>,
    State(app): State<App>,
    Id(id): Id<CallbackId>,
    _: NoParams,
    fields: Fields,
) -> Answer<Json<One<Callback>>> {
    let change = read(&app, &caller, id, fields).await?;
    let actor = caller.actor();
    let by = By { actor: &actor, staff: caller.staff };
    done(&app, caller.rows(&app.store).change_callback(id, &change, by, app.clock.now()).await?)?;
    // Given to another branch it is perhaps no longer seen by whoever gave it.
    let whole = Caller { sight: ringback_domain::access::Sight::All, ..caller };
    Ok(one(shown(&app, &whole, id, Wanted::default()).await?))
}

async fn read(app: &App, caller: &Caller, id: CallbackId, mut fields: Fields) -> Answer<CallbackChange> {
    let now = app.clock.now();
    let rows = caller.rows(&app.store);
    let before = rows.callback(id).await?.ok_or(ApiError::NotFound)?;
    fields.read_only(&create::READ_ONLY);
    fields.read_only(&["phone_number", "source", "phone_id", "call_id", "return_by"]);
    let customer_name = fields.optional("customer_name", read::line(200));
    let about = About::read(&mut fields);
    let priority = fields.optional("priority", read::text(read::word));
    let window = fields.nullable_shaped("preferred_time_window", create::window);
    let not_before = fields.nullable("not_before", read::text(read::instant));
    let due_at = fields.optional("due_at", read::text(read::instant));
    let topic = fields.nullable("topic", read::line(200));
    let language = fields.nullable("language", read::text(read::language));
    let notes = fields.nullable("notes", read::prose(5000));
    let metadata = fields.optional("metadata", create::metadata);
    about.check(rows, &mut fields).await?;
    let company = rows.own_company().await?;
    let zone = create::zone(rows, &company, about.branch_id.unwrap_or(before.branch_id)).await?;
    let wish = window.map(|window| window.and_then(|(window, written)| Some((create::wish(&mut fields, window, now, &zone)?, written))));
    if wish.as_ref().is_some_and(Option::is_some) && due_at.is_some() {
        fields.refuse("due_at", Code::Conflict, "must not be given together with preferred_time_window, which is due at its end");
    }
    create::within_reach(&mut fields, not_before.flatten(), now);
    fields.finish(|| {
        let About { customer_id, branch_id, service_id, staff_id } = about;
        Some(CallbackChange {
            customer_name,
            customer_id,
            branch_id,
            service_id,
            staff_id,
            priority,
            wish,
            not_before,
            due_at,
            topic,
            language,
            notes,
            metadata,
        })
    })
}
