//! Voice agents.

use axum::{Json, extract::State, http::StatusCode};
use jiff::Timestamp;
use ringback_domain::ids::AgentId;
use ringback_store::{Agent as Record, Deleted, PhoneRecord};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    answer::{Answer, Created, List, One, list, one},
    body::Fields,
    caller::{Administer, May, Read},
    changed_at,
    params::{Id, NoParams, Params},
    phones::config,
    read,
    schema::{self, PageParams},
};
use crate::{
    app::App,
    errors::{ApiError, Code},
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(index, create)).routes(routes!(show, change, remove))
}

/// A voice agent's configuration.
#[derive(Debug, Serialize, ToSchema)]
struct Agent {
    #[schema(value_type = Uuid)]
    id: AgentId,
    name: String,
    prompt: String,
    voice: Option<String>,
    llm: Option<String>,
    languages: Vec<String>,
    stream_url: Option<String>,
    /// Of an agent that is not active: no phone is given it. Phones that have it keep it, so that no call is lost; the
    /// board and `ringback doctor` name them.
    active: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Record> for Agent {
    fn from(it: Record) -> Self {
        let Record { id, name, prompt, voice, llm, languages, stream_url, active, created_at, updated_at } = it;
        Self { id, name, prompt, voice, llm, languages, stream_url, active, created_at, updated_at }
    }
}

/// What an agent is made of.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `read_new` reads")]
struct NewAgent {
    #[schema(max_length = 100)]
    name: String,
    #[schema(max_length = 20000)]
    prompt: String,
    #[schema(max_length = 100)]
    voice: Option<String>,
    #[schema(max_length = 100)]
    llm: Option<String>,
    #[schema(schema_with = schema::languages)]
    languages: Option<Vec<String>>,
    #[schema(schema_with = schema::stream_url_or_null)]
    stream_url: Option<String>,
    /// Only an active agent can be given to a phone.
    #[schema(default = true, nullable = false)]
    active: Option<bool>,
}

/// What of an agent is to change.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `read_change` reads")]
struct AgentChange {
    #[schema(max_length = 100, nullable = false)]
    name: Option<String>,
    #[schema(max_length = 20000, nullable = false)]
    prompt: Option<String>,
    #[schema(max_length = 100)]
    voice: Option<String>,
    #[schema(max_length = 100)]
    llm: Option<String>,
    #[schema(schema_with = schema::languages)]
    languages: Option<Vec<String>>,
    /// Cannot be taken away while a phone connects its calls with it alone.
    #[schema(schema_with = schema::stream_url_or_null)]
    stream_url: Option<String>,
    /// `false`: it is given to no further phone; those that have it keep it.
    #[schema(nullable = false)]
    active: Option<bool>,
}

const READ_ONLY: [&str; 4] = ["id", "company_id", "created_at", "updated_at"];

fn read_new(mut fields: Fields, id: AgentId, now: Timestamp) -> Answer<Record> {
    fields.read_only(&READ_ONLY);
    let name = fields.required("name", read::line(100));
    let prompt = fields.required("prompt", read::prose(20_000));
    let voice = fields.nullable("voice", read::line(100)).flatten();
    let llm = fields.nullable("llm", read::line(100)).flatten();
    let languages = fields.optional("languages", read::list(20, read::language)).unwrap_or_default();
    let stream_url = fields.nullable("stream_url", read::text(read::stream_url)).flatten();
    let active = fields.optional("active", read::flag).unwrap_or(true);
    fields.finish(|| {
        Some(Record { id, name: name?, prompt: prompt?, voice, llm, languages, stream_url, active, created_at: now, updated_at: now })
    })
}

fn read_change(mut fields: Fields, agent: Record, connected: &[PhoneRecord]) -> Answer<Record> {
    fields.read_only(&READ_ONLY);
    let name = fields.optional("name", read::line(100));
    let prompt = fields.optional("prompt", read::prose(20_000));
    let voice = fields.nullable("voice", read::line(100));
    let llm = fields.nullable("llm", read::line(100));
    let languages = fields.optional("languages", read::list(20, read::language));
    let stream_url = fields.nullable("stream_url", read::text(read::stream_url));
    let active = fields.optional("active", read::flag);
    if stream_url == Some(None)
        && let Some(phone) = connected.first()
    {
        let message =
            format!("is required: the phone {:?} connects its calls with it; give that a carrier_config.stream_url first", phone.label);
        fields.refuse("stream_url", Code::Required, message);
    }
    fields.finish(|| {
        Some(Record {
            name: name.unwrap_or(agent.name),
            prompt: prompt.unwrap_or(agent.prompt),
            voice: voice.unwrap_or(agent.voice),
            llm: llm.unwrap_or(agent.llm),
            languages: languages.unwrap_or(agent.languages),
            stream_url: stream_url.unwrap_or(agent.stream_url),
            active: active.unwrap_or(agent.active),
            ..agent
        })
    })
}

/// The agents, in the order of their making.
#[utoipa::path(get, path = "/agents", tag = "agents", operation_id = "list_agents", params(PageParams),
    responses((status = 200, body = List<Agent>)), security(("token" = ["read"])))]
async fn index(May(caller, _): May<Read>, State(app): State<App>, mut params: Params) -> Answer<Json<List<Agent>>> {
    let paging = params.paging(20, 0);
    let paging = paging.keeping(params.finish()?);
    let slice = caller.rows(&app.store).agents(paging.window()).await?;
    Ok(list(&app, &paging, slice, Agent::from))
}

/// Makes an agent.
#[utoipa::path(post, path = "/agents", tag = "agents", operation_id = "create_agent", request_body = NewAgent,
    responses((status = 201, body = One<Agent>)), security(("token" = ["admin"])))]
async fn create(May(caller, _): May<Administer>, State(app): State<App>, _: NoParams, fields: Fields) -> Answer<Created<Agent>> {
    let now = app.clock.now();
    let agent = read_new(fields, AgentId(app.store.new_id(now)), now)?;
    caller.rows(&app.store).add_agent(&agent).await?;
    Ok(Created(agent.into()))
}

/// One agent.
#[utoipa::path(get, path = "/agents/{id}", tag = "agents", operation_id = "show_agent", params(("id" = Uuid, Path)),
    responses((status = 200, body = One<Agent>)), security(("token" = ["read"])))]
async fn show(May(caller, _): May<Read>, State(app): State<App>, Id(id): Id<AgentId>, _: NoParams) -> Answer<Json<One<Agent>>> {
    let agent = caller.rows(&app.store).agent(id).await?.ok_or(ApiError::NotFound)?;
    Ok(one(agent.into()))
}

/// Changes the given fields of an agent; PUT does the same.
#[utoipa::path(method(patch, put), path = "/agents/{id}", tag = "agents", operation_id = "change_agent", params(("id" = Uuid, Path)),
    request_body = AgentChange, responses((status = 200, body = One<Agent>)), security(("token" = ["admin"])))]
async fn change(
    May(caller, _): May<Administer>,
    State(app): State<App>,
    Id(id): Id<AgentId>,
    _: NoParams,
    fields: Fields,
) -> Answer<Json<One<Agent>>> {
    let rows = caller.rows(&app.store);
    let agent = rows.agent(id).await?.ok_or(ApiError::NotFound)?;
    let seen = agent.updated_at;
    let connected = match agent.stream_url {
        Some(_) => config::phones_that_need_stream_url_of(&app, &caller, id).await?,
        None => Vec::new(),
    };
    let mut agent = read_change(fields, agent, &connected)?;
    agent.updated_at = changed_at(seen, app.clock.now());
    if !rows.save_agent(&agent, seen).await? {
        return Err(ApiError::outrun("Somebody else changed the agent at the same moment; try again."));
    }
    Ok(one(agent.into()))
}

/// Deletes an agent that answers on no phone.
#[utoipa::path(delete, path = "/agents/{id}", tag = "agents", operation_id = "delete_agent", params(("id" = Uuid, Path)),
    responses((status = 204)), security(("token" = ["admin"])))]
async fn remove(May(caller, _): May<Administer>, State(app): State<App>, Id(id): Id<AgentId>, _: NoParams) -> Answer<StatusCode> {
    match caller.rows(&app.store).delete_agent(id).await? {
        Deleted::Yes => Ok(StatusCode::NO_CONTENT),
        Deleted::Unknown => Err(ApiError::NotFound),
        Deleted::InUse => Err(ApiError::conflict("The agent answers on a phone; give that phone another agent first.")),
    }
}
