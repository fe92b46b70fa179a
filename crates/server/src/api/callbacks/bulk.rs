//! Many callbacks at once: each by itself, so that one failure never hides the others.

use axum::{Json, extract::State};
use jiff::Timestamp;
use ringback_domain::{
    UnknownWord,
    assignment::Strategy,
    callback::{ContactOutcome, Priority},
    ids::{CallbackId, StaffId},
};
use ringback_store::{Ask, By};
use serde::Serialize;
use utoipa::{ToSchema, openapi::schema::Object};

use super::moves::{assign_to_somebody, done, make, snoozed_until};
use crate::{
    api::{
        answer::Answer,
        body::Fields,
        caller::{Caller, May, Write},
        params::NoParams,
        read::{self, Reading, wrong},
        schema,
    },
    app::App,
    errors::{ApiError, Code},
};

/// Of one request.
const MOST: usize = 100;
const ACTIONS: [&str; 10] =
    ["assign", "auto_assign", "contact", "complete", "cancel", "snooze", "priority", "delete", "restore", "batch_call"];

fn actions() -> Object {
    schema::one_of(&ACTIONS)
}

/// What is to be done with which callbacks.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `bulk` reads")]
pub(super) struct BulkBody {
    /// `assign` (with `staff_id`), `auto_assign` (`strategy`), `contact` (`outcome`, `notes`), `complete` (`notes`), `cancel`
    /// (`reason`), `snooze` (`until`), `priority` (`priority`), `delete`, `restore`, `batch_call` (`outcome`: `contacted` or
    /// `completed`, making the moves that lead there).
    #[schema(schema_with = actions)]
    action: String,
    #[schema(value_type = Vec<Uuid>, min_items = 1, max_items = 100)]
    ids: Vec<CallbackId>,
    #[schema(value_type = Option<Uuid>)]
    staff_id: Option<StaffId>,
    #[schema(schema_with = schema::strategy)]
    strategy: Option<Strategy>,
    #[schema(nullable = false)]
    outcome: Option<String>,
    notes: Option<String>,
    reason: Option<String>,
    until: Option<Timestamp>,
    #[schema(schema_with = schema::callback_priority)]
    priority: Option<Priority>,
}

/// What came of each, in the order of `ids`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BulkAnswer {
    data: Vec<BulkOutcome>,
}

#[derive(Debug, Serialize, ToSchema)]
struct BulkOutcome {
    #[schema(value_type = Uuid)]
    id: CallbackId,
    ok: bool,
    /// As this one alone would have been answered.
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

enum Act {
    Assign(StaffId),
    AutoAssign(Strategy),
    Contact { outcome: ContactOutcome, notes: Option<String> },
    Complete { notes: Option<String> },
    Cancel { reason: Option<String> },
    Snooze { until: Timestamp },
    Prioritize(Priority),
    Delete,
    Restore,
    BatchCall { completes: bool },
}

/// Does one thing with up to 100 callbacks, each by itself.
#[utoipa::path(post, path = "/callbacks/bulk", tag = "callbacks", operation_id = "bulk_callbacks", request_body = BulkBody,
    responses((status = 200, body = BulkAnswer)), security(("token" = ["write"])))]
pub(super) async fn bulk(May(caller, _): May<Write>, State(app): State<App>, _: NoParams, fields: Fields) -> Answer<Json<BulkAnswer>> {
    let (act, ids) = read(fields, app.clock.now())?;
    let mut data = Vec::with_capacity(ids.len());
    for id in ids {
        let done = one(&app, &caller, id, &act).await;
        data.push(match done {
            Ok(()) => BulkOutcome { id, ok: true, status: 200, error: None },
            Err(error) => {
                let (status, told) = error.told();
                BulkOutcome { id, ok: false, status, error: Some(told) }
            }
        });
    }
    Ok(Json(BulkAnswer { data }))
}

fn read(mut fields: Fields, now: Timestamp) -> Answer<(Act, Vec<CallbackId>)> {
    let action = fields.required("action", read::text(action));
    let ids: Option<Vec<CallbackId>> = fields.required("ids", read::list(MOST, read::id));
    if ids.as_ref().is_some_and(Vec::is_empty) {
        fields.refuse("ids", Code::Range, format!("must have 1 to {MOST} entries"));
    }
    let act = match action.unwrap_or_default() {
        "assign" => fields.required("staff_id", read::text(read::id)).map(Act::Assign),
        "auto_assign" => Some(Act::AutoAssign(fields.optional("strategy", read::text(read::word)).unwrap_or(Strategy::Relationship))),
        "contact" => Some(Act::Contact {
            outcome: fields.optional("outcome", read::text(read::word)).unwrap_or(ContactOutcome::Reached),
            notes: fields.nullable("notes", read::prose(5000)).flatten(),
        }),
        "complete" => Some(Act::Complete { notes: fields.nullable("notes", read::prose(5000)).flatten() }),
        "cancel" => Some(Act::Cancel { reason: fields.nullable("reason", read::line(500)).flatten() }),
        "snooze" => fields.required("until", read::text(snoozed_until(now))).map(|until| Act::Snooze { until }),
        "priority" => fields.required("priority", read::text(read::word)).map(Act::Prioritize),
        "delete" => Some(Act::Delete),
        "restore" => Some(Act::Restore),
        "batch_call" => fields.required("outcome", read::text(completes)).map(|completes| Act::BatchCall { completes }),
        _ => {
            // What belongs to an action cannot be judged without one.
            for name in ["staff_id", "strategy", "outcome", "notes", "reason", "until", "priority"] {
                fields.optional(name, |_| Ok(()));
            }
            None
        }
    };
    fields.finish(|| Some((act?, ids?)))
}

fn action(text: &str) -> Reading<&'static str> {
    let known = ACTIONS.into_iter().find(|action| *action == text);
    known.map_or_else(|| wrong(Code::Choice, UnknownWord { accepted: &ACTIONS }.to_string()), Ok)
}

fn completes(text: &str) -> Reading<bool> {
    match text {
        "contacted" => Ok(false),
        "completed" => Ok(true),
        _ => wrong(Code::Choice, "must be one of: contacted, completed"),
    }
}

async fn one(app: &App, caller: &Caller, id: CallbackId, act: &Act) -> Answer<()> {
    let (rows, now, actor) = (caller.rows(&app.store), app.clock.now(), caller.actor());
    let by = By { actor: &actor, staff: caller.staff };
    let ask = match act {
        Act::AutoAssign(strategy) => {
            return match assign_to_somebody(app, caller, id, *strategy).await? {
                None => Ok(()),
                // Whoever counts what was assigned is not told of it as done.
                Some(because) => Err(ApiError::conflict(format!("There is nobody to give it to: {because}."))),
            };
        }
        Act::Delete => return done(app, rows.delete_callback(id, by, now).await?),
        Act::Restore => return done(app, rows.restore_callback(id, by, now).await?),
        Act::Assign(staff) => Ask::Assign(*staff),
        Act::Contact { outcome, notes } => Ask::Contact { outcome: *outcome, notes: notes.as_deref() },
        Act::Complete { notes } => Ask::Complete { notes: notes.as_deref() },
        Act::Cancel { reason } => Ask::Cancel { reason: reason.as_deref() },
        Act::Snooze { until } => Ask::Snooze { until: *until },
        Act::Prioritize(priority) => Ask::Prioritize(*priority),
        Act::BatchCall { completes: true } => Ask::ContactThenComplete { notes: None },
        Act::BatchCall { completes: false } => Ask::Contact { outcome: ContactOutcome::Reached, notes: None },
    };
    make(app, caller, id, ask).await
}

impl ApiError {
    /// What this one alone would have been answered.
    fn told(self) -> (u16, String) {
        let (status, problem) = self.into_problem();
        (status.as_u16(), problem)
    }
}
