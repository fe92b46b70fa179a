//! `GET /readyz`: may requests be sent here?

use std::time::Duration;

use axum::{Json, extract::State, http::StatusCode, response::IntoResponse};
use jiff::SignedDuration;
use ringback_store::db;
use serde::Serialize;
use tokio::time::timeout;

use crate::app::App;

const SWEPT_WITHIN: SignedDuration = SignedDuration::from_secs(5);
const DATABASE_PATIENCE: Duration = Duration::from_secs(2);

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    checks: Checks,
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

pub(super) async fn readyz(State(app): State<App>) -> impl IntoResponse {
    let (database, migrations) = timeout(DATABASE_PATIENCE, look_at_database(&app))
        .await
        .unwrap_or_else(|_| (Err("does not answer within 2 s".to_owned()), Err("unknown while the database does not answer".to_owned())));
    let checks = Checks { database: database.into(), migrations: migrations.into(), dispatcher: look_at_dispatcher(&app).into() };
    let ready = checks.database.ok && checks.migrations.ok && checks.dispatcher.ok;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, checks }))
}

/// Anybody may ask: the answer says what is wrong, and the log says how.
async fn look_at_database(app: &App) -> (Result<(), String>, Result<(), String>) {
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
