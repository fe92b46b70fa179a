//! The moves of a callback, each a route of its own.

use axum::{Json, extract::State};
use jiff::Timestamp;
use ringback_domain::{
    access::Sight,
    assignment::Strategy,
    callback::{ContactOutcome, EscalationReason, Move},
    ids::{CallbackId, StaffId},
};
use ringback_store::{Ask, AutoAssigned, By, Moved, SplitOff};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Callback, include::Wanted, shown};
use crate::{
    api::{
        answer::{Answer, One, one},
        body::Fields,
        caller::{Caller, May, Write},
        params::{Id, NoParams},
        read::{self, Reading, wrong},
        schema,
    },
    app::App,
    errors::{ApiError, Code},
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(assign))
        .routes(routes!(auto_assign))
        .routes(routes!(reassign))
        .routes(routes!(contact))
        .routes(routes!(complete))
        .routes(routes!(cancel))
        .routes(routes!(escalate))
        .routes(routes!(snooze))
        .routes(routes!(reopen))
        .routes(routes!(split))
        .routes(routes!(claim))
        .routes(routes!(release))
}

type Shown = Answer<Json<One<Callback>>>;

/// Makes the move, wakes the dispatcher where attempts may be eligible now, and shows the callback.
async fn moved(app: &App, caller: &Caller, id: CallbackId, ask: Ask<'_>) -> Shown {
    make(app, caller, id, ask).await?;
    shown_after(app, caller, id).await
}

/// What was moved may have gone to where the one who moved it does not look.
pub(super) async fn shown_after(app: &App, caller: &Caller, id: CallbackId) -> Shown {
    let whole = Caller { sight: Sight::All, ..caller.clone() };
    Ok(one(shown(app, &whole, id, Wanted::default()).await?))
}

pub(super) async fn make(app: &App, caller: &Caller, id: CallbackId, ask: Ask<'_>) -> Answer<()> {
    let actor = caller.actor();
    let by = By { actor: &actor, staff: caller.staff };
    done(app, caller.rows(&app.store).move_callback(id, ask, by, app.clock.now()).await?)
}

pub(super) fn done(app: &App, moved: Moved) -> Answer<()> {
    match moved {
        Moved::Yes { wake } => {
            for phone in wake {
                app.dispatcher.wake(phone);
            }
            Ok(())
        }
        refused => Err(refused.into()),
    }
}

/// Why a move was not made.
pub(super) fn refused(moved: Moved) -> ApiError {
    match moved {
        Moved::Unknown => ApiError::NotFound,
        Moved::Illegal(illegal) => {
            let detail = format!("A callback that is {} does not allow: {}.", illegal.status, illegal.asked);
            ApiError::illegal_move(detail, names(illegal.allowed))
        }
        Moved::PersonCalling { who, until, allowed } => {
            let who = who.as_deref().unwrap_or("Somebody else");
            ApiError::illegal_move(format!("{who} is calling, until {until} at the latest."), names(allowed))
        }
        Moved::MachineCalling { allowed } => {
            ApiError::illegal_move("The machine is calling at this moment; its outcome decides what is next.", names(allowed))
        }
        Moved::AnotherOpen { callback, allowed } => {
            ApiError::illegal_move(format!("Another callback of this person is open: {callback}."), names(allowed))
        }
        Moved::Closed { status, allowed } => {
            ApiError::illegal_move(format!("A callback that is {status} has neither a priority nor a due time to change."), names(allowed))
        }
        Moved::NoSuchStaff => ApiError::field("staff_id", Code::Reference, NO_SUCH_STAFF),
        Moved::Yes { .. } => ApiError::Internal(anyhow::anyhow!("a move that was made is no refusal")),
    }
}

/// As the routes are called: what may be assigned to somebody may be to whom the strategy chooses.
fn names(moves: Vec<Move>) -> Vec<String> {
    let routes = moves.into_iter().flat_map(|it| [Some(it.as_str()), (it == Move::Assign).then_some("auto-assign")]);
    routes.flatten().map(str::to_owned).collect()
}

const NO_SUCH_STAFF: &str = "is not the id of one of the company's active staff";

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `assign` reads")]
pub(super) struct AssignBody {
    #[schema(value_type = Uuid)]
    staff_id: StaffId,
}

/// Gives the callback to somebody.
#[utoipa::path(post, path = "/callbacks/{id}/assign", tag = "callbacks", operation_id = "assign_callback", params(("id" = Uuid, Path)),
    request_body = AssignBody, responses((status = 200, body = One<Callback>)), security(("token" = ["write"])))]
async fn assign(May(caller, _): May<Write>, State(app): State<App>, Id(id): Id<CallbackId>, _: NoParams, mut fields: Fields) -> Shown {
    exists(&app, &caller, id).await?;
    let staff = fields.required("staff_id", read::text(read::id));
    let staff = fields.finish(|| staff)?;
    moved(&app, &caller, id, Ask::Assign(staff)).await
}

/// What is not there is 404, whatever is wrong with the body.
async fn exists(app: &App, caller: &Caller, id: CallbackId) -> Answer<()> {
    caller.rows(&app.store).callback(id).await?.map(|_| ()).ok_or(ApiError::NotFound)
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `auto_assign` reads")]
pub(super) struct AutoAssignBody {
    #[schema(schema_with = schema::strategy)]
    strategy: Option<Strategy>,
}

/// Gives the callback to whoever suits best. Where nobody is there it stays as it is, and `assignment_reason` says so.
#[utoipa::path(post, path = "/callbacks/{id}/auto-assign", tag = "callbacks", operation_id = "auto_assign_callback",
    params(("id" = Uuid, Path)), request_body = AutoAssignBody, responses((status = 200, body = One<Callback>)),
    security(("token" = ["write"])))]
async fn auto_assign(May(caller, _): May<Write>, State(app): State<App>, Id(id): Id<CallbackId>, _: NoParams, mut fields: Fields) -> Shown {
    let strategy = fields.optional("strategy", read::text(read::word)).unwrap_or(Strategy::Relationship);
    let strategy = fields.finish(|| Some(strategy))?;
    assign_to_somebody(&app, &caller, id, strategy).await?;
    shown_after(&app, &caller, id).await
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `reassign` reads")]
pub(super) struct ReassignBody {
    #[schema(max_length = 500)]
    reason: Option<String>,
    #[schema(schema_with = schema::strategy)]
    strategy: Option<Strategy>,
}

/// Gives the callback to somebody else than who has it now.
#[utoipa::path(post, path = "/callbacks/{id}/reassign", tag = "callbacks", operation_id = "reassign_callback", params(("id" = Uuid, Path)),
    request_body = ReassignBody, responses((status = 200, body = One<Callback>)), security(("token" = ["write"])))]
async fn reassign(May(caller, _): May<Write>, State(app): State<App>, Id(id): Id<CallbackId>, _: NoParams, mut fields: Fields) -> Shown {
    let reason = fields.nullable("reason", read::line(500)).flatten();
    let strategy = fields.optional("strategy", read::text(read::word)).unwrap_or(Strategy::Relationship);
    let (strategy, reason) = fields.finish(|| Some((strategy, reason)))?;
    let (rows, actor) = (caller.rows(&app.store), caller.actor());
    match rows.reassign(id, strategy, reason.as_deref(), &actor, app.clock.now()).await? {
        Some(AutoAssigned::To { .. }) => shown_after(&app, &caller, id).await,
        Some(AutoAssigned::Nobody { because }) => Err(ApiError::conflict(format!("There is nobody else to give it to: {because}."))),
        Some(AutoAssigned::Illegal(illegal)) => Err(refused(Moved::Illegal(illegal))),
        None => Err(ApiError::NotFound),
    }
}

/// Lets the strategy choose. Why there is nobody, where nobody is: then it stays as it is, and says so.
pub(super) async fn assign_to_somebody(app: &App, caller: &Caller, id: CallbackId, strategy: Strategy) -> Answer<Option<String>> {
    match caller.rows(&app.store).auto_assign(id, strategy, None, &caller.actor(), app.clock.now()).await? {
        Some(AutoAssigned::To { .. }) => Ok(None),
        Some(AutoAssigned::Nobody { because }) => Ok(Some(because)),
        Some(AutoAssigned::Illegal(illegal)) => Err(refused(Moved::Illegal(illegal))),
        None => Err(ApiError::NotFound),
    }
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `contact` reads")]
pub(super) struct ContactBody {
    #[schema(schema_with = schema::contact_outcome)]
    outcome: Option<ContactOutcome>,
    #[schema(max_length = 5000)]
    notes: Option<String>,
}

/// Somebody has called. `reached` (unless told otherwise) and `booked` make the callback contacted; the others are an attempt
/// that reached nobody, and the third of them hands the callback up; `later` is not one of those.
#[utoipa::path(post, path = "/callbacks/{id}/contact", tag = "callbacks", operation_id = "contact_callback", params(("id" = Uuid, Path)),
    request_body = ContactBody, responses((status = 200, body = One<Callback>)), security(("token" = ["write"])))]
async fn contact(May(caller, _): May<Write>, State(app): State<App>, Id(id): Id<CallbackId>, _: NoParams, mut fields: Fields) -> Shown {
    let outcome = fields.optional("outcome", read::text(read::word)).unwrap_or(ContactOutcome::Reached);
    let notes = fields.nullable("notes", read::prose(5000)).flatten();
    let notes = fields.finish(|| Some(notes))?;
    moved(&app, &caller, id, Ask::Contact { outcome, notes: notes.as_deref() }).await
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `complete` reads")]
pub(super) struct CompleteBody {
    #[schema(max_length = 5000)]
    notes: Option<String>,
}

/// The promise is kept.
#[utoipa::path(post, path = "/callbacks/{id}/complete", tag = "callbacks", operation_id = "complete_callback", params(("id" = Uuid, Path)),
    request_body = CompleteBody, responses((status = 200, body = One<Callback>)), security(("token" = ["write"])))]
async fn complete(May(caller, _): May<Write>, State(app): State<App>, Id(id): Id<CallbackId>, _: NoParams, mut fields: Fields) -> Shown {
    let notes = fields.nullable("notes", read::prose(5000)).flatten();
    let notes = fields.finish(|| Some(notes))?;
    moved(&app, &caller, id, Ask::Complete { notes: notes.as_deref() }).await
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `cancel` reads")]
pub(super) struct CancelBody {
    #[schema(max_length = 500)]
    reason: Option<String>,
}

/// Nobody is to be called any more.
#[utoipa::path(post, path = "/callbacks/{id}/cancel", tag = "callbacks", operation_id = "cancel_callback", params(("id" = Uuid, Path)),
    request_body = CancelBody, responses((status = 200, body = One<Callback>)), security(("token" = ["write"])))]
async fn cancel(May(caller, _): May<Write>, State(app): State<App>, Id(id): Id<CallbackId>, _: NoParams, mut fields: Fields) -> Shown {
    let reason = fields.nullable("reason", read::line(500)).flatten();
    let reason = fields.finish(|| Some(reason))?;
    moved(&app, &caller, id, Ask::Cancel { reason: reason.as_deref() }).await
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `escalate` reads")]
pub(super) struct EscalateBody {
    /// One that people give.
    #[schema(schema_with = schema::escalation_reason_by_people)]
    reason: EscalationReason,
    #[schema(max_length = 2000)]
    details: Option<String>,
    /// Else the branch's managers, else the owners.
    #[schema(value_type = Option<Uuid>)]
    escalate_to: Option<StaffId>,
}

/// Hands the callback upwards.
#[utoipa::path(post, path = "/callbacks/{id}/escalate", tag = "callbacks", operation_id = "escalate_callback", params(("id" = Uuid, Path)),
    request_body = EscalateBody, responses((status = 200, body = One<Callback>)), security(("token" = ["write"])))]
async fn escalate(May(caller, _): May<Write>, State(app): State<App>, Id(id): Id<CallbackId>, _: NoParams, mut fields: Fields) -> Shown {
    exists(&app, &caller, id).await?;
    let reason = fields.required("reason", read::text(by_people));
    let details = fields.nullable("details", read::prose(2000)).flatten();
    let to: Option<StaffId> = fields.nullable("escalate_to", read::text(read::id)).flatten();
    if let Some(staff) = to
        && caller.rows(&app.store).staff(staff).await?.is_none_or(|staff| !staff.active)
    {
        fields.refuse("escalate_to", Code::Reference, NO_SUCH_STAFF);
    }
    let reason = fields.finish(|| reason)?;
    moved(&app, &caller, id, Ask::Escalate { reason, details: details.as_deref(), to }).await
}

fn by_people(text: &str) -> Reading<EscalationReason> {
    let accepted = EscalationReason::BY_PEOPLE;
    accepted
        .into_iter()
        .find(|reason| reason.as_str() == text)
        .map_or_else(|| wrong(Code::Choice, format!("must be one of: {}", accepted.map(EscalationReason::as_str).join(", "))), Ok)
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `snooze` reads")]
pub(super) struct SnoozeBody {
    /// At most 30 days ahead.
    until: Timestamp,
}

/// Nobody and nothing calls before then; the due time counts from there.
#[utoipa::path(post, path = "/callbacks/{id}/snooze", tag = "callbacks", operation_id = "snooze_callback", params(("id" = Uuid, Path)),
    request_body = SnoozeBody, responses((status = 200, body = One<Callback>)), security(("token" = ["write"])))]
async fn snooze(May(caller, _): May<Write>, State(app): State<App>, Id(id): Id<CallbackId>, _: NoParams, mut fields: Fields) -> Shown {
    exists(&app, &caller, id).await?;
    let until = fields.required("until", read::text(snoozed_until(app.clock.now())));
    let until = fields.finish(|| until)?;
    moved(&app, &caller, id, Ask::Snooze { until }).await
}

pub(super) fn snoozed_until(now: Timestamp) -> impl FnOnce(&str) -> Reading<Timestamp> {
    const DAYS: i64 = 30;
    move |text| {
        let until = read::instant(text)?;
        let latest = ringback_domain::time::plus_seconds(now, DAYS * 24 * 60 * 60);
        if until <= now || until > latest {
            return wrong(Code::Range, format!("must be in the future, and at most {DAYS} days ahead"));
        }
        Ok(until)
    }
}

macro_rules! plain_moves {
    ($($(#[$about:meta])* $name:ident: $path:literal, $id:literal => $ask:expr);+ $(;)?) => {$(
        $(#[$about])*
        #[utoipa::path(post, path = $path, tag = "callbacks", operation_id = $id, params(("id" = Uuid, Path)),
            responses((status = 200, body = One<Callback>)), security(("token" = ["write"])))]
        async fn $name(May(caller, _): May<Write>, State(app): State<App>, Id(id): Id<CallbackId>, _: NoParams, fields: Fields) -> Shown {
            fields.none()?;
            moved(&app, &caller, id, $ask).await
        }
    )+};
}
plain_moves!(
    /// The promise stands again, with a due time that counts from now.
    reopen: "/callbacks/{id}/reopen", "reopen_callback" => Ask::Reopen;
    /// Somebody begins to call, or goes on: for ten minutes, or until he has said what came of it, neither the machine nor a
    /// colleague calls.
    claim: "/callbacks/{id}/claim", "claim_callback" => Ask::Claim;
    /// He does not call after all.
    release: "/callbacks/{id}/release", "release_callback" => Ask::Release;
);

/// Takes the latest request that was merged into this callback out again. The answer is the callback of that request.
#[utoipa::path(post, path = "/callbacks/{id}/split", tag = "callbacks", operation_id = "split_callback", params(("id" = Uuid, Path)),
    responses((status = 200, body = One<Callback>)), security(("token" = ["write"])))]
async fn split(May(caller, _): May<Write>, State(app): State<App>, Id(id): Id<CallbackId>, _: NoParams, fields: Fields) -> Shown {
    fields.none()?;
    let actor = caller.actor();
    let by = By { actor: &actor, staff: caller.staff };
    match caller.rows(&app.store).split_callback(id, by, app.clock.now()).await? {
        SplitOff::Yes(own) => shown_after(&app, &caller, own).await,
        SplitOff::Not(moved) => Err(moved.into()),
    }
}
