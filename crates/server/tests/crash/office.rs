//! People and programs that go on whatever happens to us: requests to be called back, due within seconds, moves in bulk,
//! colleagues who come and go. What was not answered is asked again.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rand::seq::IndexedRandom as _;
use reqwest::Method;
use ringback_domain::{ids::CallbackId, time::Clock as _};
use ringback_server::clock::SystemClock;
use serde_json::{Value as Json, json};
use tokio::task::JoinSet;

use crate::{pause, process::Server};

const DESKS: usize = 4;

#[derive(Clone)]
pub(crate) struct Office {
    http: reqwest::Client,
    url: String,
    token: String,
    branch: Json,
    colleague: String,
    phones: Vec<Json>,
    stop: Arc<AtomicBool>,
    /// Requests that were acknowledged.
    promised: Arc<Mutex<Vec<CallbackId>>>,
}

impl Office {
    /// A branch that is always open, with people on every rung. Who was missed is warned of at once and due after a minute; what
    /// is overdue is at once escalated, and then expired.
    pub(crate) async fn open(server: &Server) -> Self {
        let day = json!([["00:00", "24:00"]]);
        let hours = json!({"mon": day, "tue": day, "wed": day, "thu": day, "fri": day, "sat": day, "sun": day});
        let branch = json!({"name": "Mitte", "time_zone": "Europe/Berlin", "opening_hours": hours});
        let branch = server.post("/branches", &branch).await["id"].clone();
        let mut staff = Vec::new();
        for (nth, role) in ["staff", "staff", "staff", "manager", "owner"].into_iter().enumerate() {
            let person = json!({"name": format!("Person {nth}"), "email": format!("{nth}@example.com"), "role": role, "branch_id": branch});
            staff.push(server.post("/staff", &person).await["id"].as_str().expect("an id").to_owned());
        }
        let phones = server.get("/phones").await;
        let phones = phones["data"].as_array().expect("a list").iter().map(|phone| phone["id"].clone()).collect();
        let office = Self {
            http: server.http.clone(),
            url: format!("{}/api/v1", server.url),
            token: server.token.clone(),
            branch,
            colleague: staff.swap_remove(0),
            phones,
            stop: Arc::default(),
            promised: Arc::default(),
        };
        let settings = json!({"settings": {
            "warn_minutes": 1, "sla_minutes": {"high": 1}, "escalation_cooldown_minutes": 1, "expire_grace_minutes": 0,
            "calling_hours": {"from": "00:00", "until": "23:59"},
        }});
        office.until_answered(Method::PATCH, "/company", &settings).await;
        office
    }

    /// So many at a time: more would meet a server that is killed before it has answered anybody.
    pub(crate) fn work_for_ever(&self) -> JoinSet<()> {
        (0..DESKS).map(|desk| self.clone().one_desk(desk)).collect()
    }

    async fn one_desk(self, desk: usize) {
        for nth in (desk..).step_by(DESKS) {
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
            self.one_request(nth).await;
            match nth / DESKS % 4 {
                0 | 2 => self.one_in_bulk(desk + nth / DESKS / 2).await,
                1 if desk == 0 => self.somebody_leaves_or_comes(nth / DESKS % 8 == 1).await,
                _ => {}
            }
            pause(rand::random_range(1..40)).await;
        }
    }

    pub(crate) async fn closes(&self, work: JoinSet<()>) {
        self.stop.store(true, Ordering::Relaxed);
        work.join_all().await;
    }

    pub(crate) fn promises(&self) -> Vec<CallbackId> {
        self.promised.lock().expect("no panic holds it").clone()
    }

    /// Somebody asks to be called back, by people or by an agent, in a few seconds.
    async fn one_request(&self, nth: usize) {
        let mut body = json!({
            "customer_name": format!("Customer {nth}"), "phone_number": format!("+4915130{nth:06}"), "priority": "urgent",
            "branch_id": self.branch,
        });
        if nth % 4 == 3 {
            body["return_by"] = json!("agent");
            body["phone_id"] = self.phones[nth / 4 % self.phones.len()].clone();
        }
        let made = self.until_answered(Method::POST, "/callbacks", &body).await;
        let id: CallbackId = made["data"]["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
        self.promised.lock().expect("no panic holds it").push(id);
        if !nth.is_multiple_of(3) {
            let due = SystemClock.now() + Duration::from_millis(rand::random_range(50..1500));
            self.until_answered(Method::PATCH, &format!("/callbacks/{id}"), &json!({"due_at": due})).await;
        }
    }

    /// In turn, so that all of it happens soon, however slow the server.
    async fn one_in_bulk(&self, nth: usize) {
        let promised = self.promises();
        let ids: Vec<&CallbackId> = promised.sample(&mut rand::rng(), 6).collect();
        if ids.is_empty() {
            return;
        }
        let mut body = json!({"ids": ids});
        let acts = [
            json!({"action": "auto_assign"}),
            json!({"action": "batch_call", "outcome": "completed"}),
            json!({"action": "cancel", "reason": "by itself"}),
            json!({"action": "contact", "outcome": "not_reached"}),
            json!({"action": "priority", "priority": "high"}),
        ];
        body.as_object_mut().expect("an object").extend(acts[nth % acts.len()].as_object().expect("an object").clone());
        self.until_answered(Method::POST, "/callbacks/bulk", &body).await;
    }

    async fn somebody_leaves_or_comes(&self, leaves: bool) {
        self.until_answered(Method::PATCH, &format!("/staff/{}", self.colleague), &json!({"present": !leaves})).await;
    }

    /// As a good client does it: with a key, again after silence, and with a new key when it is told that the first was cut off.
    async fn until_answered(&self, method: Method, path: &str, body: &Json) -> Json {
        let mut key = rand::random::<u128>();
        for _ in 0..1000 {
            let request = self.http.request(method.clone(), format!("{}{path}", self.url)).bearer_auth(&self.token).json(body);
            let request = if method == Method::POST { request.header("Idempotency-Key", format!("{key:032x}")) } else { request };
            let Ok(answer) = request.send().await else {
                pause(20).await;
                continue;
            };
            let status = answer.status().as_u16();
            match (status, answer.json::<Json>().await) {
                (200..300, Ok(answer)) => return answer,
                // Somebody else closed the callback meanwhile.
                (409, Ok(refused)) if method == Method::PATCH => return refused,
                (409, _) => key = rand::random(),
                // Cut off within the answer, or the database was not there yet.
                (200..300 | 503, _) => {}
                (_, told) => panic!("{method} {path} was answered {status} {told:?}"),
            }
            pause(20).await;
        }
        panic!("{method} {path} is not answered");
    }
}
