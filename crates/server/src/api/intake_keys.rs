//! Intake keys: addresses under which a company's voice platforms reach us.

use axum::{Json, extract::State, http::StatusCode};
use jiff::Timestamp;
use ringback_domain::ids::{IntakeKeyId, PhoneId};
use ringback_store::IntakeKey as Record;
use ringback_telephony::voice_agent::VoicePlatform;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    answer::{Answer, Created, List, One, list, one},
    body::Fields,
    caller::{Administer, Caller, May},
    params::{Id, NoParams, Params},
    phones::ingress_key,
    read,
    schema::{self, PageParams},
};
use crate::{
    app::App,
    errors::{ApiError, Code},
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(index, create)).routes(routes!(show, remove)).routes(routes!(rotate))
}

/// Lets a voice platform report its calls and use our tools.
#[derive(Debug, Serialize, ToSchema)]
struct IntakeKey {
    #[schema(value_type = Uuid)]
    id: IntakeKeyId,
    name: String,
    #[schema(schema_with = schema::voice_platform)]
    kind: String,
    /// Whose calls it reports; null: those of any phone.
    #[schema(value_type = Option<Uuid>)]
    phone_id: Option<PhoneId>,
    /// Posts must be signed with the secret, which is never shown.
    has_secret: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// An intake key whose address was just made.
#[derive(Debug, Serialize, ToSchema)]
struct OpenedIntakeKey {
    #[serde(flatten)]
    intake_key: IntakeKey,
    /// Where the platform posts. Contains the key, and is shown in this answer alone.
    url: String,
}

impl From<Record> for IntakeKey {
    fn from(it: Record) -> Self {
        let Record { id, name, kind, phone_id, secret, created_at, updated_at } = it;
        Self { id, name, kind, phone_id, has_secret: secret.is_some(), created_at, updated_at }
    }
}

impl OpenedIntakeKey {
    fn new(app: &App, record: Record, key: &str) -> Self {
        let url = format!("{}/intake/{}/{key}", app.public_url, record.kind);
        Self { intake_key: record.into(), url }
    }
}

/// What an intake key is made of.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `read_new` reads")]
struct NewIntakeKey {
    #[schema(max_length = 100)]
    name: String,
    #[schema(schema_with = schema::voice_platform)]
    kind: String,
    #[schema(value_type = Option<Uuid>)]
    phone_id: Option<PhoneId>,
    /// Retell: the API key with the webhook badge. Vapi: the token or HMAC secret of the credential. Without one, whoever
    /// knows the address is believed.
    #[schema(max_length = 500, write_only)]
    secret: Option<String>,
}

const READ_ONLY: [&str; 6] = ["id", "company_id", "has_secret", "url", "created_at", "updated_at"];

async fn read_new(app: &App, caller: &Caller, mut fields: Fields) -> Answer<Record> {
    let now = app.clock.now();
    fields.read_only(&READ_ONLY);
    let name = fields.required("name", read::line(100));
    let kind: Option<VoicePlatform> = fields.required("kind", read::text(read::word));
    let phone_id: Option<PhoneId> = fields.nullable("phone_id", read::text(read::id)).flatten();
    let secret = fields.nullable("secret", read::line(500)).flatten();
    if let Some(phone) = phone_id
        && caller.rows(&app.store).phone(phone).await?.is_none()
    {
        fields.refuse("phone_id", Code::Reference, "is not the id of one of the company's phones");
    }
    let id = IntakeKeyId(app.store.new_id(now));
    let sealed = secret.map(|secret| app.vault.seal(caller.company, id, secret.as_bytes())).transpose();
    let secret = sealed.map_err(|error| ApiError::Internal(error.into()))?;
    fields.finish(|| Some(Record { id, name: name?, kind: kind?.to_string(), phone_id, secret, created_at: now, updated_at: now }))
}

/// As it is stored and found again.
pub(crate) fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key).into()
}

/// The intake keys, in the order of their making.
#[utoipa::path(get, path = "/intake-keys", tag = "intake-keys", operation_id = "list_intake_keys", params(PageParams),
    responses((status = 200, body = List<IntakeKey>)), security(("token" = ["admin"])))]
async fn index(May(caller, _): May<Administer>, State(app): State<App>, mut params: Params) -> Answer<Json<List<IntakeKey>>> {
    let paging = params.paging(20, 0);
    let paging = paging.keeping(params.finish()?);
    let slice = caller.rows(&app.store).intake_keys(paging.window()).await?;
    Ok(list(&app, &paging, slice, IntakeKey::from))
}

/// Makes an intake key. Its `url` is in this answer and in no other.
#[utoipa::path(post, path = "/intake-keys", tag = "intake-keys", operation_id = "create_intake_key", request_body = NewIntakeKey,
    responses((status = 201, body = One<OpenedIntakeKey>)), security(("token" = ["admin"])))]
async fn create(May(caller, _): May<Administer>, State(app): State<App>, _: NoParams, fields: Fields) -> Answer<Created<OpenedIntakeKey>> {
    let record = read_new(&app, &caller, fields).await?;
    let key = ingress_key();
    caller.rows(&app.store).add_intake_key(&record, &hash(&key)).await?;
    Ok(Created(OpenedIntakeKey::new(&app, record, &key)))
}

/// One intake key.
#[utoipa::path(get, path = "/intake-keys/{id}", tag = "intake-keys", operation_id = "show_intake_key", params(("id" = Uuid, Path)),
    responses((status = 200, body = One<IntakeKey>)), security(("token" = ["admin"])))]
async fn show(
    May(caller, _): May<Administer>,
    State(app): State<App>,
    Id(id): Id<IntakeKeyId>,
    _: NoParams,
) -> Answer<Json<One<IntakeKey>>> {
    let record = caller.rows(&app.store).intake_key(id).await?.ok_or(ApiError::NotFound)?;
    Ok(one(record.into()))
}

/// Gives it a new `url`. The old one stops working with this.
#[utoipa::path(post, path = "/intake-keys/{id}/rotate", tag = "intake-keys", operation_id = "rotate_intake_key",
    params(("id" = Uuid, Path)), responses((status = 200, body = One<OpenedIntakeKey>)), security(("token" = ["admin"])))]
async fn rotate(
    May(caller, _): May<Administer>,
    State(app): State<App>,
    Id(id): Id<IntakeKeyId>,
    _: NoParams,
    fields: Fields,
) -> Answer<Json<One<OpenedIntakeKey>>> {
    fields.none()?;
    let rows = caller.rows(&app.store);
    let key = ingress_key();
    if !rows.rotate_intake_key(id, &hash(&key), app.clock.now()).await? {
        return Err(ApiError::NotFound);
    }
    let record = rows.intake_key(id).await?.ok_or(ApiError::NotFound)?;
    Ok(one(OpenedIntakeKey::new(&app, record, &key)))
}

/// Deletes an intake key: nothing more comes in with it. What came stays.
#[utoipa::path(delete, path = "/intake-keys/{id}", tag = "intake-keys", operation_id = "delete_intake_key", params(("id" = Uuid, Path)),
    responses((status = 204)), security(("token" = ["admin"])))]
async fn remove(May(caller, _): May<Administer>, State(app): State<App>, Id(id): Id<IntakeKeyId>, _: NoParams) -> Answer<StatusCode> {
    let deleted = caller.rows(&app.store).delete_intake_key(id).await?;
    if deleted { Ok(StatusCode::NO_CONTENT) } else { Err(ApiError::NotFound) }
}
