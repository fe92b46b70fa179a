//! `GET /readyz`: may requests be sent here?

use std::time::Duration;

use axum::{Json, http::StatusCode, response::IntoResponse};
use jiff::SignedDuration;
use ringback_domain::ids::CallbackId;
use ringback_store::db;
use serde::Serialize;
use tokio::time::timeout;

use super::look::OneLook;
use crate::app::App;

const SWEPT_WITHIN: SignedDuration = SignedDuration::from_secs(5);
/// Named in one answer; `ringback doctor` names up to 2,000 of each kind.
const NAMED: usize = 20;
const DATABASE_PATIENCE: Duration = Duration::from_secs(2);
/// The look for the forgotten is left out of an answer for which it would take longer.
const REPORT_PATIENCE: Duration = Duration::from_secs(1);

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    checks: Checks,
    /// Says nothing about readiness: a server that does not answer keeps no promise better. Absent while it is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    forgotten: Option<Offenders>,
}

/// Callbacks that are being forgotten (I3), the first ones by name.
#[derive(Clone, Serialize)]
struct Offenders {
    number: usize,
    callbacks: Vec<Offender>,
}

#[derive(Clone, Serialize)]
struct Offender {
    callback_id: CallbackId,
    because: String,
    mend: &'static str,
}

#[derive(Serialize)]
struct Checks {
    database: Check,
    migrations: Check,
    dispatcher: Check,
}

#[derive(Serialize)]
struct Check {
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<String>,
}

impl From<Result<(), String>> for Check {
    fn from(found: Result<(), String>) -> Self {
        Self { ok: found.is_ok(), because: found.err() }
    }
}

/// The database and its migrations.
type Standing = (Result<(), String>, Result<(), String>);

/// Shared by all who ask: whoever gave up waiting has left no look behind that another one would wait for.
#[derive(Default)]
pub(super) struct Looks {
    database: OneLook<Standing>,
    forgotten: OneLook<Option<Offenders>>,
}

pub(super) async fn readyz(app: App, looks: &Looks) -> impl IntoResponse + use<> {
    // Each a task of its own: SQLite works on the thread that asks, and nothing beside it in one task would see the time pass.
    let (here, there) = (app.clone(), app.clone());
    let database = looks.database.found_by(async move { look_at_database(&here).await });
    let report = looks.forgotten.found_by(async move { look_for_forgotten(&there).await });
    let (found, forgotten) = tokio::join!(timeout(DATABASE_PATIENCE, database), timeout(REPORT_PATIENCE, report));
    let unknown = |because: &str| (Err(because.to_owned()), Err("unknown while the database does not answer".to_owned()));
    let (database, migrations) = match found {
        Ok(Some(looked)) => looked,
        Ok(None) => unknown("could not be looked at"),
        Err(_) => unknown("does not answer within 2 s"),
    };
    let forgotten = forgotten.ok().flatten().flatten();
    let checks = Checks { database: database.into(), migrations: migrations.into(), dispatcher: look_at_dispatcher(&app).into() };
    let ready = checks.database.ok && checks.migrations.ok && checks.dispatcher.ok;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, checks, forgotten }))
}

/// Anybody may ask: the answer says what is wrong, and the log says how.
async fn look_at_database(app: &App) -> Standing {
    if let Err(error) = app.store.dialing_paused().await {
        tracing::warn!(event = "readyz.database_failed", %error, "the database does not answer");
        return (Err("does not answer".to_owned()), Err("unknown while the database does not answer".to_owned()));
    }
    let migrations = match db::pending(app.store.db()).await {
        Ok(0) => Ok(()),
        Ok(pending) => Err(format!("{pending} are not applied; `ringback migrate` applies them")),
        Err(error) => {
            tracing::warn!(event = "readyz.migrations_failed", %error, "the migrations could not be read");
            Err("could not be read".to_owned())
        }
    };
    (Ok(()), migrations)
}

fn look_at_dispatcher(app: &App) -> Result<(), String> {
    let swept_at = app.dispatcher.swept_at().ok_or("has not swept yet")?;
    let ago = app.clock.now().duration_since(swept_at);
    if ago > SWEPT_WITHIN { Err(format!("swept {} s ago, not within 5 s", ago.as_secs())) } else { Ok(()) }
}

async fn look_for_forgotten(app: &App) -> Option<Offenders> {
    let forgotten = match app.store.forgotten(app.clock.now()).await {
        Ok(forgotten) => forgotten,
        Err(error) => {
            tracing::warn!(event = "readyz.forgotten_failed", %error, "whether something is forgotten could not be read");
            return None;
        }
    };
    let named = forgotten.iter().take(NAMED);
    let callbacks =
        named.map(|it| Offender { callback_id: it.callback, because: it.because.to_string(), mend: it.because.mend() }).collect();
    Some(Offenders { number: forgotten.len(), callbacks })
}
