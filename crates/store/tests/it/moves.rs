//! Any moves in any order, by people and by time: what is illegal is refused with what is legal, what is legal equals the pure
//! state machine, is told exactly once, and leaves every promise with somebody or something that keeps it.

mod steps;

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use ringback_domain::{
    access::Role,
    assignment,
    callback::{ContactOutcome, EscalationReason, Move, Priority, Source, Standing, Status},
    event::EventType::{self, *},
    ids::{CallbackId, EventId, StaffId},
    time::plus_seconds,
};
use ringback_store::{Ask, AutoAssigned, By, CALLING_SECONDS, ForgottenBecause, Moved, NewCallback, SplitOff};

use crate::bench::{self, Bench, Engine, caller};
use steps::{Step, step};

#[test]
fn sqlite_every_move_equals_the_state_machine() {
    check(Engine::Sqlite, 40);
}

#[test]
fn postgres_every_move_equals_the_state_machine() {
    check(Engine::Postgres, 15);
}

/// `PROPTEST_CASES` asks for more.
fn check(engine: Engine, cases: u32) {
    let cases = std::env::var("PROPTEST_CASES").map_or(cases, |text| text.parse().unwrap());
    let config = Config { cases, max_shrink_iters: 60, failure_persistence: None, ..Config::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = TestRunner::new(config).run(&prop::collection::vec(step(), 10..80), |steps| {
        runtime.block_on(bench::run(engine, async |bench| Play::begin(bench).await.all(&steps).await));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

/// What the callback must be, by the pure rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Model {
    status: Status,
    owner: Option<StaffId>,
    merged: u32,
    priority: Priority,
    /// Nobody has changed the priority.
    as_asked: bool,
    deleted: bool,
    tries: u32,
    /// By whom of the staff somebody is calling, and until when.
    calling: Option<(usize, jiff::Timestamp)>,
}

struct Play<'a> {
    bench: &'a Bench,
    id: CallbackId,
    /// Two of the staff, and the owner to whom all is handed up.
    people: [StaffId; 3],
    told: Vec<(EventId, EventType)>,
    model: Model,
    was_split: bool,
    /// What the same person asked for while this one was closed or put away.
    other: Option<CallbackId>,
}

/// What a step came to: it was made and told so, or refused.
enum Outcome {
    Told(Vec<EventType>),
    Refused,
}

impl<'a> Play<'a> {
    async fn begin(bench: &'a Bench) -> Self {
        // Whom time would give it to is told elsewhere.
        bench.set(|settings| settings.auto_assign = false).await;
        let people = [bench.staff(Role::Staff).await, bench.staff(Role::Staff).await, bench.staff(Role::Owner).await];
        let new = NewCallback::new(caller(1), Source::Api);
        let id = bench.tenant().create_callback(&new, "token:test", bench.now()).await.unwrap().callback;
        let model = Model {
            status: Status::Pending,
            owner: None,
            merged: 0,
            priority: Priority::Normal,
            as_asked: true,
            deleted: false,
            tries: 0,
            calling: None,
        };
        let mut play = Self { bench, id, people, told: Vec::new(), model, was_split: false, other: None };
        play.told = play.timeline().await;
        play
    }

    async fn all(mut self, steps: &[Step]) {
        for step in steps {
            let before = self.model;
            let expected = match self.take(*step).await {
                Outcome::Told(kinds) => kinds,
                Outcome::Refused => {
                    assert_eq!(self.model, before, "{step:?}");
                    Vec::new()
                }
            };
            self.look(*step, &expected).await;
        }
    }

    async fn timeline(&self) -> Vec<(EventId, EventType)> {
        const SQL: &str = "select id, type from events where callback_id = $1 order by id";
        self.bench.all(SQL, vec![self.id.into()]).await
    }

    /// The database says what the model says, the timeline has grown by what was to be told, and nothing is forgotten.
    async fn look(&mut self, step: Step, expected: &[EventType]) {
        let now = self.timeline().await;
        assert!(now.starts_with(&self.told), "after {step:?} the timeline was rewritten");
        let told: Vec<EventType> = now[self.told.len()..].iter().map(|(_, kind)| *kind).collect();
        if let Step::Wait(_) = step {
            self.time_acted(&told).await;
        } else {
            assert_eq!(told, expected, "after {step:?}, {:?}", self.model);
        }
        self.told = now;
        let (status, owner, merged, priority) = self.row().await;
        let model = self.model;
        assert_eq!((status, owner, merged, priority), (model.status, model.owner, model.merged, model.priority), "after {step:?}");
        let forgotten = self.bench.store.forgotten(self.bench.now()).await.unwrap();
        let bad: Vec<_> = forgotten.iter().filter(|it| it.because != ForgottenBecause::Expired).collect();
        assert!(bad.is_empty(), "after {step:?}: {bad:?}");
        let violations = self.bench.store.violations().await.unwrap();
        assert!(violations.is_empty(), "after {step:?}: {violations:#?}");
    }

    async fn row(&self) -> (Status, Option<StaffId>, u32, Priority) {
        const SQL: &str = "select status, assigned_to, merged_count, priority from callbacks where id = $1";
        let (status, owner, merged, priority) =
            self.bench.optional::<(Status, Option<StaffId>, i64, Priority)>(SQL, vec![self.id.into()]).await.unwrap();
        (status, owner, u32::try_from(merged).unwrap(), priority)
    }

    /// What time may do: warn, breach, hand up (to the owner of the company), expire; nothing to what is closed or put away.
    async fn time_acted(&mut self, told: &[EventType]) {
        let (before, (status, owner, ..)) = (self.model, self.row().await);
        if !before.status.is_open() || before.deleted {
            assert!(told.is_empty(), "{told:?} of what is closed");
            return;
        }
        let times = |kind| told.iter().filter(|it| **it == kind).count();
        const OF_TIME: [EventType; 5] = [CallbackDueSoon, CallbackOverdue, CallbackEscalated, CallbackAssigned, CallbackExpired];
        assert!(told.iter().all(|it| OF_TIME.contains(it)), "{told:?}");
        assert!(times(CallbackDueSoon) <= 1 && times(CallbackOverdue) <= 1 && times(CallbackExpired) <= 1, "{told:?}");
        let escalated = times(CallbackEscalated) > 0;
        let handed_up = if escalated { Some(self.people[2]) } else { before.owner };
        assert_eq!(owner, handed_up);
        assert_eq!(times(CallbackAssigned), usize::from(owner != before.owner), "{told:?}");
        let expected = match before.status {
            _ if times(CallbackExpired) == 1 => before.status.after(Move::Expire).unwrap(),
            Status::Pending if escalated => Status::Assigned,
            other => other,
        };
        assert_eq!(status, expected);
        (self.model.status, self.model.owner) = (status, owner);
    }

    fn standing(&self) -> Standing {
        Standing { status: self.model.status, has_merged: self.model.merged > 0, is_claimed: self.model.calling.is_some() }
    }

    async fn ask(&self, ask: Ask<'_>, by: usize) -> Moved {
        let by = By { actor: "staff:test", staff: Some(self.people[by]) };
        self.bench.tenant().move_callback(self.id, ask, by, self.bench.now()).await.unwrap()
    }

    /// Makes a move; `false`: it was refused, as it had to be.
    async fn moves(&self, asked: Move, ask: Ask<'_>, by: usize) -> bool {
        let (moved, legal) = (self.ask(ask, by).await, self.standing().after(asked));
        match (&moved, legal) {
            (Moved::Unknown, _) => {
                assert!(self.model.deleted);
                false
            }
            (Moved::Yes { .. }, Ok(_)) => {
                assert!(!self.model.deleted);
                true
            }
            (Moved::Illegal(illegal), Err(expected)) => {
                assert_eq!(*illegal, expected);
                assert!(!illegal.allowed.contains(&asked) && illegal.allowed.iter().all(|it| self.standing().after(*it).is_ok()));
                false
            }
            (Moved::PersonCalling { who: Some(_), until, allowed }, Ok(_)) => {
                assert!(matches!(asked, Move::Claim | Move::Release));
                assert!(self.calling_now().is_some_and(|(other, at)| other != by && at == *until), "{moved:?}");
                assert!(allowed.iter().all(|it| self.standing().after(*it).is_ok()));
                false
            }
            (_, legal) => panic!("{asked} came to {moved:?}, and {legal:?} was to be"),
        }
    }

    fn calling_now(&self) -> Option<(usize, jiff::Timestamp)> {
        self.model.calling.filter(|(_, until)| *until > self.bench.now())
    }

    /// Handed to the owner; what is told of it.
    fn handed_up(&mut self) -> Vec<EventType> {
        let mut told = vec![CallbackEscalated];
        if self.model.owner != Some(self.people[2]) {
            told.extend(self.given_to(2));
        }
        told
    }

    fn given_to(&mut self, whom: usize) -> Vec<EventType> {
        if self.model.owner.replace(self.people[whom]) == Some(self.people[whom]) {
            return Vec::new();
        }
        if self.model.status == Status::Pending {
            self.model.status = Status::Assigned;
        }
        vec![CallbackAssigned]
    }

    fn opened(&mut self) {
        self.model.status = if self.model.owner.is_some() { Status::Assigned } else { Status::Pending };
        self.model.tries = 0;
    }

    async fn take(&mut self, step: Step) -> Outcome {
        let told = match step {
            Step::Assign(whom) => {
                if !self.moves(Move::Assign, Ask::Assign(self.people[whom]), 0).await {
                    return Outcome::Refused;
                }
                self.given_to(whom)
            }
            Step::AutoAssign | Step::Reassign => return self.chosen(matches!(step, Step::Reassign)).await,
            Step::Contact(outcome) => return self.contacted(outcome).await,
            Step::Complete => return self.plain(Move::Complete, Ask::Complete { notes: None }, Status::Completed, CallbackCompleted).await,
            Step::CallAndComplete => return self.called_and_completed().await,
            Step::Cancel => return self.plain(Move::Cancel, Ask::Cancel { reason: None }, Status::Cancelled, CallbackCancelled).await,
            Step::Escalate => {
                let ask = Ask::Escalate { reason: EscalationReason::Other, details: None, to: None };
                if !self.moves(Move::Escalate, ask, 0).await {
                    return Outcome::Refused;
                }
                self.handed_up()
            }
            Step::Snooze(seconds) => {
                let until = plus_seconds(self.bench.now(), seconds);
                return self.plain(Move::Snooze, Ask::Snooze { until }, self.model.status, CallbackSnoozed).await;
            }
            Step::Reopen => {
                let opens = !self.model.deleted && !self.model.status.is_open() && self.standing().after(Move::Reopen).is_ok();
                if opens && let Some(other) = self.other_open().await {
                    let moved = self.ask(Ask::Reopen, 0).await;
                    return self.not_beside(other, moved).await;
                }
                if !self.moves(Move::Reopen, Ask::Reopen, 0).await {
                    return Outcome::Refused;
                }
                self.opened();
                vec![CallbackReopened]
            }
            Step::Prioritize(priority) => {
                let moved = self.ask(Ask::Prioritize(priority), 0).await;
                assert_eq!(moved == Moved::Unknown, self.model.deleted);
                assert_eq!(matches!(moved, Moved::Closed { .. }), !self.model.deleted && !self.model.status.is_open());
                if !matches!(moved, Moved::Yes { .. }) {
                    return Outcome::Refused;
                }
                if self.model.priority == priority {
                    return Outcome::Told(Vec::new());
                }
                (self.model.priority, self.model.as_asked) = (priority, false);
                vec![CallbackChanged]
            }
            Step::Claim(by) | Step::Release(by) => return self.presence(by, matches!(step, Step::Claim(_))).await,
            Step::AskAgain => return self.asked_again().await,
            Step::Split => return self.split().await,
            Step::Delete | Step::Restore => return self.put_away(matches!(step, Step::Delete)).await,
            Step::Wait(seconds) => {
                self.bench.advance(seconds);
                self.bench.time_acts().await;
                Vec::new()
            }
        };
        Outcome::Told(told)
    }

    /// A move that does nothing but lead to a status; nobody is calling after it.
    async fn plain(&mut self, asked: Move, ask: Ask<'_>, to: Status, kind: EventType) -> Outcome {
        if !self.moves(asked, ask, 0).await {
            return Outcome::Refused;
        }
        (self.model.status, self.model.calling) = (to, None);
        Outcome::Told(vec![kind])
    }

    async fn chosen(&mut self, reassigns: bool) -> Outcome {
        let (rows, now) = (self.bench.tenant(), self.bench.now());
        let strategy = assignment::Strategy::RoundRobin;
        let (asked, chosen) = if reassigns {
            (Move::Reassign, rows.reassign(self.id, strategy, Some("ill"), "test", now).await.unwrap())
        } else {
            (Move::Assign, rows.auto_assign(self.id, strategy, None, "test", now).await.unwrap())
        };
        match (chosen, self.standing().after(asked)) {
            (None, _) => {
                assert!(self.model.deleted);
                Outcome::Refused
            }
            (Some(AutoAssigned::Illegal(illegal)), Err(expected)) => {
                assert_eq!(illegal, expected);
                Outcome::Refused
            }
            (Some(AutoAssigned::To { staff, .. }), Ok(_)) => {
                assert!(!reassigns || self.model.owner != Some(staff), "never to who has it");
                let whom = self.people.iter().position(|it| *it == staff).expect("one of ours");
                Outcome::Told(self.given_to(whom))
            }
            (chosen, legal) => panic!("{chosen:?}, and {legal:?} was to be"),
        }
    }

    async fn contacted(&mut self, outcome: ContactOutcome) -> Outcome {
        if !self.moves(Move::Contact, Ask::Contact { outcome, notes: None }, 0).await {
            return Outcome::Refused;
        }
        if outcome.is_success() || self.calling_now().is_none_or(|(who, _)| who == 0) {
            self.model.calling = None;
        }
        let mut told = vec![if outcome.is_success() { AttemptCompleted } else { AttemptFailed }];
        if self.model.status == Status::Pending {
            told.extend(self.given_to(0));
        }
        if outcome.is_success() {
            self.model.status = Status::Contacted;
            told.push(CallbackContacted);
            return Outcome::Told(told);
        }
        if !outcome.is_fruitless() {
            return Outcome::Told(told);
        }
        self.model.tries += 1;
        if self.model.tries == 3 {
            told.extend(self.handed_up());
        }
        Outcome::Told(told)
    }

    async fn called_and_completed(&mut self) -> Outcome {
        let asked = if self.model.status == Status::Contacted { Move::Complete } else { Move::Contact };
        if !self.moves(asked, Ask::ContactThenComplete { notes: None }, 0).await {
            return Outcome::Refused;
        }
        let mut told = Vec::new();
        if self.model.status == Status::Pending {
            told.extend(self.given_to(0));
        }
        if asked == Move::Contact {
            told.push(CallbackContacted);
        }
        told.push(CallbackCompleted);
        (self.model.status, self.model.calling) = (Status::Completed, None);
        Outcome::Told(told)
    }

    async fn presence(&mut self, by: usize, claims: bool) -> Outcome {
        let (asked, ask) = if claims { (Move::Claim, Ask::Claim) } else { (Move::Release, Ask::Release) };
        if !self.moves(asked, ask, by).await {
            return Outcome::Refused;
        }
        let before = self.calling_now();
        assert!(before.is_none_or(|(other, _)| other == by), "two are calling");
        self.model.calling = claims.then(|| (by, plus_seconds(self.bench.now(), CALLING_SECONDS)));
        Outcome::Told(match (before, claims) {
            (None, true) => vec![CallbackClaimed],
            (Some(_), false) => vec![CallbackReleased],
            (Some(_), true) | (None, false) => Vec::new(),
        })
    }

    async fn other_open(&self) -> Option<CallbackId> {
        let other = self.other?;
        self.bench.callback_status(other).await.is_open().then_some(other)
    }

    /// One person has one open callback; closed, the other is in nobody's way any more.
    async fn not_beside(&self, other: CallbackId, moved: Moved) -> Outcome {
        assert!(matches!(moved, Moved::AnotherOpen { callback, .. } if callback == other), "{moved:?}");
        let cancelled = self.bench.tenant().move_callback(other, Ask::Cancel { reason: None }, By::SYSTEM, self.bench.now()).await;
        assert!(matches!(cancelled.unwrap(), Moved::Yes { .. }));
        Outcome::Refused
    }

    /// Another request joins while this one is open; else it makes another callback, beside which this one is not opened.
    async fn asked_again(&mut self) -> Outcome {
        if self.was_split {
            return Outcome::Refused;
        }
        if self.model.deleted || !self.model.status.is_open() {
            let new = NewCallback::new(caller(1), Source::Api);
            let other = self.bench.tenant().create_callback(&new, "token:test", self.bench.now()).await.unwrap().callback;
            assert_ne!(other, self.id);
            self.other = Some(other);
            return Outcome::Told(Vec::new());
        }
        let new = NewCallback::new(caller(1), Source::Api);
        let created = self.bench.tenant().create_callback(&new, "token:test", self.bench.now()).await.unwrap();
        assert!(created.merged && created.callback == self.id);
        self.model.merged += 1;
        if self.model.merged == 2 && self.model.priority != Priority::Urgent {
            self.model.priority = if self.model.priority == Priority::Normal { Priority::High } else { Priority::Urgent };
        }
        if self.model.status != Status::Contacted {
            return Outcome::Told(vec![CallbackMerged]);
        }
        self.opened();
        Outcome::Told(vec![CallbackReopened, CallbackMerged])
    }

    async fn split(&mut self) -> Outcome {
        let split = self.bench.tenant().split_callback(self.id, By::SYSTEM, self.bench.now()).await.unwrap();
        match (split, self.standing().after(Move::Split)) {
            (SplitOff::Not(Moved::Unknown), _) => {
                assert!(self.model.deleted);
                Outcome::Refused
            }
            (SplitOff::Not(Moved::Illegal(illegal)), Err(expected)) => {
                assert_eq!(illegal, expected);
                Outcome::Refused
            }
            (SplitOff::Yes(own), Ok(_)) => {
                assert_ne!(own, self.id);
                if self.model.merged == 2 && self.model.as_asked {
                    // It was the third that had raised it.
                    self.model.priority = Priority::Normal;
                }
                (self.was_split, self.model.merged) = (true, self.model.merged - 1);
                Outcome::Told(vec![CallbackSplit])
            }
            (split, legal) => panic!("{split:?}, and {legal:?} was to be"),
        }
    }

    async fn put_away(&mut self, away: bool) -> Outcome {
        let (rows, now, was) = (self.bench.tenant(), self.bench.now(), self.model.deleted);
        if !away
            && was
            && self.model.status.is_open()
            && let Some(other) = self.other_open().await
        {
            let moved = rows.restore_callback(self.id, By::SYSTEM, now).await.unwrap();
            return self.not_beside(other, moved).await;
        }
        let moved = if away {
            rows.delete_callback(self.id, By::SYSTEM, now).await.unwrap()
        } else {
            rows.restore_callback(self.id, By::SYSTEM, now).await.unwrap()
        };
        if away && was {
            assert_eq!(moved, Moved::Unknown);
            return Outcome::Refused;
        }
        assert!(matches!(moved, Moved::Yes { .. }));
        if away {
            self.model.calling = None;
        }
        self.model.deleted = away;
        Outcome::Told(match (was, away) {
            (false, true) => vec![CallbackDeleted],
            (true, false) => vec![CallbackRestored],
            _ => Vec::new(),
        })
    }
}
