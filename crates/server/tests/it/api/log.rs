//! The domain's events in the server's log: a line of fields each, without names, notes or whole numbers.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use ringback_domain::{callback::Source, phone_number::PhoneNumber};
use ringback_server::clockwork::Clockwork;
use ringback_store::{Claim, NewCallback, Placement, Writing};
use serde_json::{Value as Json, json};
use tracing::{Dispatch, subscriber::NoSubscriber};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use super::bench::{Api, new_staff, request};

/// What is logged on this thread while it lives.
pub(super) struct Log {
    written: Written,
    _until: tracing::subscriber::DefaultGuard,
    /// While there are two, no other thread's lack of one decides what is logged on this.
    _another: Dispatch,
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("not poisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Written {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    pub(super) fn new(filter: &str) -> Self {
        let another = Dispatch::new(NoSubscriber::new());
        let written = Written::default();
        let lines =
            tracing_subscriber::fmt().json().flatten_event(true).with_writer(written.clone()).with_env_filter(EnvFilter::new(filter));
        Self { written, _until: tracing::subscriber::set_default(lines.finish()), _another: another }
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8(self.written.0.lock().expect("not poisoned").clone()).expect("UTF-8")
    }

    /// Until this was told of, while others work.
    pub(super) async fn wait_for(&self, event: &str) {
        while !self.text().contains(&format!("\"{event}\"")) {
            tokio::task::yield_now().await;
        }
    }

    /// The lines of these events, since the last time.
    fn take(&self, names: &[&str]) -> Vec<Json> {
        let lines: Vec<Json> = self.text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        self.written.0.lock().expect("not poisoned").clear();
        lines.into_iter().filter(|it| names.iter().any(|name| it["event"] == *name)).collect()
    }

    #[track_caller]
    fn one(&self, name: &str) -> Json {
        let mut lines = self.take(&[name]);
        assert_eq!(lines.len(), 1, "{name}: {lines:?}");
        lines.remove(0)
    }
}

#[track_caller]
fn says(line: &Json, fields: &Json) {
    for (name, value) in fields.as_object().expect("an object") {
        assert_eq!(&line[name], value, "{name} of {line}");
    }
}

async fn claim(api: &Api, phone: &str) -> Claim {
    api.app.store.claim_next(phone.parse().expect("an id"), api.now()).await.expect("claims").expect("somebody waits")
}

async fn time_acts(api: &Api) {
    let clockwork = Clockwork::new(Arc::clone(&api.app.store), Arc::clone(&api.app.clock));
    clockwork.tick().await.expect("ticks");
}

/// The carrier's address of a phone, without what it is told there.
async fn ingress(api: &Api, phone: &str) -> String {
    let shown = api.get(&format!("/api/v1/phones/{phone}")).await;
    let url = shown.data(200)["ingress_url"].as_str().and_then(|url| url.strip_prefix("http://ringback.test")).expect("ours").to_owned();
    url.strip_suffix("/incoming").expect("of calls").to_owned()
}

#[tokio::test]
async fn calls_and_attempts_are_told_with_their_durations_and_masked_numbers() {
    for api in Api::each().await {
        let phone = api.phone(1).await;
        let path = ingress(&api, &phone).await;
        let log = Log::new("info");
        let tell = async |path: String| api.send(request(axum::http::Method::POST, &path, None)).await.status;
        assert_eq!(tell(format!("{path}/incoming?CallSid=a&CallFrom=015112345678&CallTo=030901820&Direction=incoming")).await, 200);
        let started = log.one("call.started");
        let base = json!({"level": "INFO", "company_id": api.company, "phone_id": phone});
        says(&started, &base);
        says(&started, &json!({"actor": "carrier", "number": "…5678", "direction": "inbound"}));
        assert_eq!(tell(format!("{path}/incoming?CallSid=b&CallFrom=015187654321&CallTo=030901820&Direction=incoming")).await, 302);
        let lines = log.take(&["callback.created", "call.missed"]);
        let [created, missed] = &lines[..] else { panic!("{lines:?}") };
        says(created, &base);
        says(created, &json!({"number": "…4321", "status": "pending", "source": "missed_call", "age_ms": 0}));
        assert!(created["priority"].is_string() && created["due_at"].is_string(), "{created}");
        says(missed, &base);
        says(missed, &json!({"number": "…4321", "reason": "busy", "callback_id": created["callback_id"]}));
        assert!(missed["call_id"].is_string() && missed.get("message").is_none(), "{missed}");
        // The same question again changes nothing and says nothing.
        assert_eq!(tell(format!("{path}/incoming?CallSid=b&CallFrom=015187654321&CallTo=030901820&Direction=incoming")).await, 302);
        assert!(log.take(&["call.missed"]).is_empty());
        api.advance(7);
        assert_eq!(tell(format!("{path}/status?CallSid=a&Status=completed&ConversationDuration=5")).await, 200);
        let lines = log.take(&["call.ended", "attempt.started"]);
        says(&lines[0], &json!({"event": "call.ended", "seconds": 5, "outcome": "answered", "number": "…5678"}));
        says(&lines[1], &json!({"level": "INFO", "event": "attempt.started", "status": "processing", "waited_ms": 7000, "age_ms": 7000}));
        assert_eq!(lines[1]["callback_id"], created["callback_id"]);
        assert!(lines[1]["attempt_id"].is_string(), "{}", lines[1]);
    }
}

#[tokio::test]
async fn callbacks_are_told_without_what_people_wrote() {
    for api in Api::each().await {
        let log = Log::new("info");
        let asked = json!({"customer_name": "Mia Secret", "phone_number": "0151 12345678", "notes": "Hush", "topic": "Hush"});
        let id = api.post("/api/v1/callbacks", asked.clone()).await.id(201);
        says(&log.one("callback.created"), &json!({"number": "…5678", "source": "api", "callback_id": id}));
        api.advance(30);
        let ada = api.post("/api/v1/staff", new_staff("ada@example.com")).await.id(201);
        let ben = api.post("/api/v1/staff", json!({"name": "Ben Hush", "email": "ben@example.com"})).await.id(201);
        let act = async |what: &str, body: Json| api.post(&format!("/api/v1/callbacks/{id}/{what}"), body).await.data(200).clone();
        act("assign", json!({"staff_id": ada})).await;
        let assigned = log.one("callback.assigned");
        says(&assigned, &json!({"level": "INFO", "assigned_to": ada, "reason": "by hand", "assignment_seconds": 30, "age_ms": 30_000}));
        assert!(assigned["actor"].as_str().is_some_and(|actor| actor.starts_with("token:")), "{assigned}");
        act("reassign", json!({"reason": "Hush"})).await;
        let again = log.one("callback.assigned");
        says(&again, &json!({"assigned_to": ben, "assigned_from": ada, "status": "assigned"}));
        assert!(again["reason"].as_str().is_some_and(|why| why.starts_with("least loaded")), "{again}");
        act("escalate", json!({"reason": "customer_complaint", "details": "Hush", "escalate_to": ada})).await;
        says(&log.one("callback.escalated"), &json!({"reason": "customer_complaint", "from": ben, "to": ada}));
        assert_eq!(api.post("/api/v1/callbacks", asked).await.body["data"]["id"], id.as_str());
        let merged = log.one("callback.merged");
        says(&merged, &json!({"callback_id": id, "source": "api"}));
        assert!(merged["merged_count"].is_number(), "{merged}");
        act("contact", json!({"outcome": "mailbox", "notes": "Hush"})).await;
        says(&log.one("attempt.failed"), &json!({"outcome": "mailbox", "callback_id": id}));
        act("cancel", json!({"reason": "Hush"})).await;
        let cancelled = log.one("callback.cancelled");
        says(&cancelled, &json!({"status": "cancelled"}));
        assert_eq!(cancelled.get("reason"), None, "{cancelled}");
    }
}

#[tokio::test]
async fn no_line_holds_a_name_a_note_or_a_number() {
    for api in Api::each().await {
        let log = Log::new("trace,sqlx=off");
        let ada = api.post("/api/v1/staff", json!({"name": "Ada Hushed", "email": "ada@example.com"})).await.id(201);
        let asked = json!({"customer_name": "Mia Hushed", "phone_number": "0151 12345678", "notes": "Hushed", "topic": "Hushed"});
        let id = api.post("/api/v1/callbacks", asked).await.id(201);
        let act = async |what: &str, body: Json| api.post(&format!("/api/v1/callbacks/{id}/{what}"), body).await.data(200).clone();
        act("assign", json!({"staff_id": ada})).await;
        // Whoever leaves is named in the reason why nobody has it now.
        assert_eq!(api.delete(&format!("/api/v1/staff/{ada}")).await.status, 204);
        act("contact", json!({"outcome": "reached", "notes": "Hushed"})).await;
        act("complete", json!({"notes": "Hushed"})).await;
        let text = log.text();
        for name in ["callback.created", "callback.assigned", "callback.contacted", "callback.completed"] {
            assert!(text.contains(name), "{name}: {text}");
        }
        for secret in ["Hushed", "12345678"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
}

#[tokio::test]
async fn the_operator_is_warned_of_broken_promises_and_of_what_stops_dialing() {
    for api in Api::each().await {
        let id = api.requested().await;
        // What is not a warning is not even kept.
        let log = Log::new("warn");
        api.advance(4 * 24 * 3600);
        time_acts(&api).await;
        api.advance(4 * 24 * 3600);
        time_acts(&api).await;
        let text = log.text();
        assert!(!text.contains("\"INFO\"") && !text.contains("callback.escalated"), "{text}");
        let lines = log.take(&["callback.overdue", "callback.expired"]);
        let told: Vec<_> = lines.iter().map(|it| (&it["level"], &it["event"], &it["callback_id"])).collect();
        let (warn, id) = (json!("WARN"), json!(id));
        assert_eq!(told, [(&warn, &json!("callback.overdue"), &id), (&warn, &json!("callback.expired"), &id)]);
        assert!(lines[0]["message"].is_string() && lines[0]["priority"].is_string(), "{}", lines[0]);
    }
}

#[tokio::test]
async fn the_operator_is_warned_of_credits_and_of_a_phone_that_rests() {
    for api in Api::each().await {
        let (phone, _) = api.full_phone(1).await;
        api.miss(&phone, "+4915112345678").await;
        api.patch(&format!("/api/v1/phones/{phone}"), json!({"channels": 2})).await.data(200);
        let claimed = claim(&api, &phone).await;
        let log = Log::new("info");
        let refused = Placement::NotProcessed { reason: "connection refused".to_owned(), counts: true };
        api.app.store.record_placement(&claimed, &refused, api.now()).await.expect("is written");
        let paused = log.one("phone.paused");
        says(&paused, &json!({"level": "WARN", "phone_id": phone, "reason": "connection refused", "company_id": api.company}));
        assert!(paused["paused_until"].is_string() && paused["message"].is_string(), "{paused}");
        api.advance(60);
        let empty = json!({"amount": -9_950, "reason": "Hush"});
        assert_eq!(api.post("/api/v1/credits/transactions", empty).await.status, 201);
        let removed = log.one("credits.added");
        says(&removed, &json!({"level": "INFO", "amount": -9_950, "balance": 50}));
        assert_eq!(removed.get("reason"), None, "{removed}");
        assert!(api.app.store.claim_next(phone.parse().expect("an id"), api.now()).await.expect("looks").is_none());
        let lines = log.take(&["credits.low", "attempt.insufficient_credits"]);
        assert!(!lines.is_empty() && lines.iter().all(|it| it["level"] == "WARN"), "{lines:?}");
        let short = lines.iter().find(|it| it["event"] == "attempt.insufficient_credits").expect("is told");
        says(short, &json!({"status": "insufficient_credits", "phone_id": phone}));
        if let Some(low) = lines.iter().find(|it| it["event"] == "credits.low") {
            says(low, &json!({"balance": 50, "minimum": 100}));
        }
    }
}

#[tokio::test]
async fn campaigns_are_told_when_they_start_and_stop() {
    for api in Api::each().await {
        let phone = api.phone(1).await;
        let id = api.post("/api/v1/campaigns", json!({"name": "Hush", "phone_id": phone})).await.id(201);
        let log = Log::new("info");
        for (what, event, state) in [("start", "campaign.started", "active"), ("pause", "campaign.paused", "paused")] {
            api.post(&format!("/api/v1/campaigns/{id}/{what}"), json!({})).await.data(200);
            assert!(!log.text().contains("Hush"));
            says(&log.one(event), &json!({"level": "INFO", "status": state, "phone_id": phone}));
        }
    }
}

#[tokio::test]
async fn what_is_written_in_many_statements_is_told_and_counted_once_and_a_rehearsal_not_at_all() {
    for api in Api::each().await {
        let log = Log::new("info");
        let before = api.app.store.happened().callbacks_created.values().sum::<u64>();
        let rows: Vec<NewCallback> = (0..1100)
            .map(|n| NewCallback::new(PhoneNumber::parse(&format!("+49151123{n:05}"), "DE").expect("valid"), Source::Import))
            .collect();
        for rehearsal in [true, false] {
            let writing = Writing { rehearsal, progress: &mut |_| {} };
            api.rows().import_callbacks(&rows, "operator", api.now(), writing).await.expect("is written");
            let lines = log.take(&["callback.created"]);
            assert_eq!(lines.len(), if rehearsal { 0 } else { rows.len() });
            assert!(lines.iter().all(|it| it["source"] == "import" && it["actor"] == "operator"));
        }
        assert_eq!(api.app.store.happened().callbacks_created.values().sum::<u64>() - before, 1100);
    }
}
