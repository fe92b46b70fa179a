//! Callers and a carrier that go on whatever happens to us.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use ringback_domain::ids::{AttemptId, CallId};
use ringback_store::{Node, Patience, Store, db::Db};
use ringback_telephony::fakes::{Account, Answer, Dial, Encoding, Ending, FakeExotel};
use tokio::task::JoinHandle;

use crate::{
    books::Books,
    pause,
    process::{SID, Server},
};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mischief {
    None,
    Everything,
}

#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) carrier: FakeExotel,
    pub(crate) books: Arc<Books>,
    phones: Arc<Vec<(String, String)>>,
    http: reqwest::Client,
    hostile: Arc<AtomicBool>,
}

pub(crate) struct Callers {
    stop: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Callers {
    pub(crate) async fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.expect("the callers leave in peace");
    }
}

impl Line {
    pub(crate) async fn open(server: &Server, mischief: Mischief) -> Self {
        let account = Account { sid: SID.to_owned(), user: "key".to_owned(), password: "token".to_owned() };
        let carrier = FakeExotel::start(account).await.expect("a fake carrier");
        let mut phones = Vec::new();
        for nth in 0..server.phones {
            phones.push(server.connect_phone(nth, &carrier.base_url()).await);
        }
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        let hostile = Arc::new(AtomicBool::new(mischief == Mischief::Everything));
        let line = Self { carrier, books: Arc::default(), phones: Arc::new(phones), http, hostile };
        tokio::spawn(line.clone().play_outbound_calls());
        line
    }

    pub(crate) fn behave(&self) {
        self.hostile.store(false, Ordering::Relaxed);
        self.carrier.answer_always(Answer::Accept);
    }

    fn is_hostile(&self) -> bool {
        self.hostile.load(Ordering::Relaxed)
    }

    /// Somebody rings about every `millis`.
    pub(crate) fn ring_for_ever(&self, millis: u64) -> Callers {
        let stop = Arc::new(AtomicBool::new(false));
        let (line, stopped) = (self.clone(), Arc::clone(&stop));
        let task = tokio::spawn(async move {
            let mut nth = 0_usize;
            while !stopped.load(Ordering::Relaxed) {
                if line.is_hostile() {
                    line.choose_next_answer();
                }
                tokio::spawn(line.clone().one_caller(nth));
                nth += 1;
                let millis = rand::random_range(1..millis * 2);
                pause(millis).await;
            }
        });
        Callers { stop, task }
    }

    /// What the carrier answers to a coming request: mostly trouble.
    fn choose_next_answer(&self) {
        let answers = [
            (Answer::Accept, ""),
            (Answer::Accept, ""),
            (Answer::Throttle { retry_after_seconds: Some(1) }, "429"),
            (Answer::FailAfterAcceptance(502), "502 after acceptance"),
            (Answer::Refuse(500), "500 before acceptance"),
            (Answer::Refuse(404), "404"),
            (Answer::TimeOutBeforeAcceptance, "time-out before acceptance"),
            (Answer::TimeOutAfterAcceptance, "time-out after acceptance"),
            (Answer::Malformed, "malformed"),
            (Answer::EmptySid, "no id"),
            (Answer::BrokenBody, "broken off"),
        ];
        let asked = self.carrier.requests();
        // One at a time: an answer that waits for a request is no fault yet.
        if self.books.faults() > asked * 4 + 20 {
            return;
        }
        let (answer, name) = answers[rand::random_range(0..answers.len())];
        self.carrier.answer_next([answer]);
        if !name.is_empty() {
            self.books.fault(name);
        }
    }

    async fn one_caller(self, nth: usize) {
        let (phone, ingress) = &self.phones[nth % self.phones.len()];
        let (sid, person) = (format!("in-{nth}-{:08x}", rand::random::<u32>()), format!("+4915112{nth:06}"));
        let query = [("CallSid", sid.as_str()), ("CallFrom", &person), ("CallTo", phone), ("Direction", "incoming")];
        let asked = self.http.get(with_query(&format!("{ingress}/incoming"), &query)).send().await;
        // No answer: the carrier's flow ends, the caller hears nothing and was promised nothing.
        let Ok(answer) = asked else { return };
        self.books.rang();
        match answer.status().as_u16() {
            200 => {
                self.books.begins(phone);
                let talk = rand::random_range(30..250);
                pause(talk).await;
                self.books.ends(phone);
                let query =
                    [("CallSid", sid.as_str()), ("CallType", "completed"), ("DialCallDuration", "31"), ("DialCallStatus", "completed")];
                let url = with_query(&format!("{ingress}/ended"), &query);
                self.until_taken(|| self.http.get(&url)).await;
            }
            302 => self.books.promised(&sid),
            503 => {}
            other => panic!("a caller was answered {other}"),
        }
    }

    /// Carriers repeat what was not taken.
    async fn until_taken(&self, request: impl Fn() -> reqwest::RequestBuilder) {
        for _ in 0..100 {
            if request().send().await.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            pause(50).await;
        }
    }

    /// Plays the life of every call that the carrier accepted.
    async fn play_outbound_calls(self) {
        let mut known = 0;
        loop {
            let dials = self.carrier.wait_for_dials(known + 1).await;
            for dial in &dials[known..] {
                self.books.begins(&dial.phone);
                tokio::spawn(self.clone().play(dial.clone()));
            }
            known = dials.len();
        }
    }

    async fn play(self, dial: Dial) {
        let draw = |range: std::ops::Range<u64>| rand::random_range(range);
        let sometimes = |kind: &'static str| {
            let happens = self.is_hostile() && rand::random_bool(0.15);
            if happens {
                self.books.fault(kind);
            }
            happens
        };
        pause(draw(20..120)).await;
        if !sometimes("answered event missing") {
            // An event that is not taken is one that is missing.
            let _ = self.carrier.answered(&dial.call_sid, Encoding::Json).await;
        }
        pause(draw(20..150)).await;
        let ending = match draw(0..4) {
            0 => Ending::busy(),
            1 => Ending::no_answer(),
            _ => Ending::talked(u32::try_from(draw(21..90)).expect("small")),
        };
        self.books.ends(&dial.phone);
        self.carrier.end(&dial.call_sid, &ending);
        if sometimes("end event missing") {
            return;
        }
        if sometimes("end event late") {
            pause(draw(500..4000)).await;
        }
        let encoding = Encoding::ALL[usize::try_from(draw(0..3)).expect("small")];
        for _ in 0..100 {
            if self.carrier.finish(&dial.call_sid, &ending, encoding).await.is_ok_and(|status| status.is_success()) {
                break;
            }
            pause(50).await;
        }
        if sometimes("end event doubled") {
            // It was taken once; this one may go wrong.
            let _ = self.carrier.finish(&dial.call_sid, &ending, encoding).await;
        }
        if sometimes("answered event after the end") {
            let _ = self.carrier.answered(&dial.call_sid, Encoding::Urlencoded).await;
        }
    }

    /// Within two seconds of the start somebody is dialed, unless nobody waits or no channel is free.
    pub(crate) async fn until_work_resumes(&self, server: &Server, dials_before: usize, started: Instant) {
        let patience = Duration::from_secs(2).saturating_sub(started.elapsed());
        if tokio::time::timeout(patience, self.carrier.wait_for_dials(dials_before + 1)).await.is_ok() {
            return;
        }
        let waiting = server.get("/callbacks/missed?status=pending&limit=1").await["meta"]["total"].as_u64().unwrap_or(0);
        let phones = server.get("/phones").await;
        let free =
            phones["data"].as_array().expect("a list").iter().any(|phone| phone["channels_in_use"].as_u64() < phone["channels"].as_u64());
        assert!(waiting == 0 || !free, "two seconds after the start nobody is dialed, although {waiting} wait and a channel is free");
    }

    /// Everything under way comes to its end: however much it is, it becomes less all the time.
    pub(crate) async fn until_quiet(&self, server: &Server) {
        let db = Db::connect(&server.database).await.expect("connects");
        let (mut least, mut since) = (i64::MAX, Instant::now());
        loop {
            const BUSY: &str = "select (select count(*) from calls where settled_at is null) +
                (select count(*) from attempts where status = 'pending' and look_at is null) as busy";
            let busy = db.optional::<(i64,)>(BUSY, vec![]).await.expect("reads").map_or(0, |(busy,)| busy);
            if busy == 0 {
                break;
            }
            if busy < least {
                (least, since) = (busy, Instant::now());
            }
            assert!(since.elapsed() < Duration::from_secs(90), "for 90 s no fewer than {least} calls and attempts are under way");
            pause(100).await;
        }
        db.close().await;
    }

    pub(crate) async fn check(&self, server: &Server) {
        let db = Db::connect(&server.database).await.expect("connects");
        let node = Node { name: "check".to_owned(), run: uuid::Uuid::nil() };
        let store = Store::new(db.clone(), node, Patience::default(), None);
        assert_eq!(server.errors(), "", "the process met errors of its own");
        assert_eq!(store.violations().await.expect("reads"), vec![]);
        for (phone, most) in self.books.most_at_once() {
            assert!(most <= 2, "I1: {phone} carried {most} calls on 2 channels");
        }
        let attempts: HashMap<CallId, AttemptId> = db
            .all::<(CallId, AttemptId)>("select id, attempt_id from calls where attempt_id is not null", vec![])
            .await
            .expect("reads")
            .into_iter()
            .collect();
        let mut dialed = HashSet::new();
        for dial in self.carrier.dials() {
            let call: CallId = dial.reference.as_deref().and_then(|text| text.parse().ok()).expect("our reference travels along");
            let attempt = attempts.get(&call).unwrap_or_else(|| panic!("I4: {call} was dialed and is not on disk"));
            assert!(dialed.insert(*attempt), "I2: attempt {attempt} was dialed twice");
        }
        let known: HashSet<String> = db
            .all::<(String,)>(
                "select k.carrier_call_id from calls k join callbacks b on b.id = k.callback_id where k.outcome = 'missed'",
                vec![],
            )
            .await
            .expect("reads")
            .into_iter()
            .map(|(sid,)| sid)
            .collect();
        for sid in self.books.promises() {
            assert!(known.contains(&sid), "I4: {sid} was promised a callback and has none");
        }
        let leases = db.all::<(i64,)>("select channel from channel_leases where call_id is not null", vec![]).await.expect("reads");
        assert!(leases.is_empty(), "{} leases are left", leases.len());
        db.close().await;
    }
}

fn with_query(url: &str, query: &[(&str, &str)]) -> String {
    format!("{url}?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish())
}
