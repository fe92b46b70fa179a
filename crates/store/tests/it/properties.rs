//! Anything in any order: the invariants hold after every step.

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use ringback_domain::{
    call::{AnsweredBy, End, EndedHow, News},
    campaign::{InboundMisses, Move, State},
    ids::{AttemptId, CampaignId},
    time::plus_seconds,
};
use ringback_store::{CarrierSays, Claim, IngressPhone, Placement};

use crate::{
    bench::{self, Bench, Engine, caller, found},
    campaigns::campaign,
};

#[derive(Debug, Clone)]
enum Step {
    Inbound { phone: usize, from: u32 },
    InboundEnds { which: usize, end: End },
    Claim { phone: usize },
    Answer { which: usize, answer: Answer },
    News { which: usize, news: News, may_dial: bool },
    LookUp { says: Says },
    Wait { seconds: i64 },
    Credits { amount: i64 },
    Cancel { which: usize },
    Retry { which: usize },
    Campaign,
    Restart,
}

#[derive(Debug, Clone)]
enum Answer {
    Accepted,
    Rejected,
    NotProcessed,
    Throttled,
    Lost,
}

#[derive(Debug, Clone)]
enum Says {
    Found(News),
    NoTrace,
    Nothing,
}

fn end() -> impl Strategy<Value = End> {
    let how = prop_oneof![
        3 => Just(EndedHow::Completed),
        1 => Just(EndedHow::Busy),
        1 => Just(EndedHow::NoAnswer),
        1 => Just(EndedHow::Failed),
        1 => Just(EndedHow::Canceled),
    ];
    let by = prop_oneof![2 => Just(None), 1 => Just(Some(AnsweredBy::Human)), 1 => Just(Some(AnsweredBy::Machine))];
    (how, by, prop::option::weighted(0.7, 0..200_u32), prop::bool::weighted(0.1))
        .prop_map(|(how, answered_by, talk_seconds, abandoned)| End { answered_by, talk_seconds, abandoned, ..End::plain(how) })
}

fn news() -> impl Strategy<Value = News> {
    prop_oneof![1 => Just(News::Ringing), 1 => Just(News::Answered { by: None }), 3 => end().prop_map(News::Ended)]
}

fn step() -> impl Strategy<Value = Step> {
    let which = 0..1000_usize;
    let answer = prop_oneof![
        5 => Just(Answer::Accepted),
        1 => Just(Answer::Rejected),
        1 => Just(Answer::NotProcessed),
        1 => Just(Answer::Throttled),
        2 => Just(Answer::Lost),
    ];
    let says = prop_oneof![2 => news().prop_map(Says::Found), 1 => Just(Says::NoTrace), 1 => Just(Says::Nothing)];
    let seconds = prop_oneof![4 => 0..5_i64, 3 => 5..100_i64, 1 => 100..5000_i64];
    prop_oneof![
        6 => (0..2_usize, 0..5_u32).prop_map(|(phone, from)| Step::Inbound { phone, from }),
        3 => (which.clone(), end()).prop_map(|(which, end)| Step::InboundEnds { which, end }),
        5 => (0..2_usize).prop_map(|phone| Step::Claim { phone }),
        5 => (which.clone(), answer).prop_map(|(which, answer)| Step::Answer { which, answer }),
        5 => (which.clone(), news(), any::<bool>()).prop_map(|(which, news, may_dial)| Step::News { which, news, may_dial }),
        4 => says.prop_map(|says| Step::LookUp { says }),
        4 => seconds.prop_map(|seconds| Step::Wait { seconds }),
        1 => (-300..600_i64).prop_map(|amount| Step::Credits { amount }),
        1 => which.clone().prop_map(|which| Step::Cancel { which }),
        1 => which.prop_map(|which| Step::Retry { which }),
        1 => Just(Step::Campaign),
        1 => Just(Step::Restart),
    ]
}

#[test]
fn sqlite_the_invariants_hold_after_every_step() {
    check(Engine::Sqlite, 40);
}

#[test]
fn postgres_the_invariants_hold_after_every_step() {
    check(Engine::Postgres, 12);
}

/// `PROPTEST_CASES` asks for more.
fn check(engine: Engine, cases: u32) {
    let cases = std::env::var("PROPTEST_CASES").map_or(cases, |text| text.parse().unwrap());
    let config = Config { cases, max_shrink_iters: 40, failure_persistence: None, ..Config::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = TestRunner::new(config).run(&prop::collection::vec(step(), 20..120), |steps| {
        runtime.block_on(bench::run(engine, async |bench| play(bench, &steps).await));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

#[derive(Default)]
struct Seen {
    claims: Vec<Claim>,
    /// By phone and carrier call id.
    callers: Vec<(usize, String)>,
}

async fn play(bench: &Bench, steps: &[Step]) {
    let phones = [bench.phone(2).await, bench.phone(1).await];
    bench.store.add_credits(bench.company, -9_000, "few, so that they run short", "operator", bench.now()).await.unwrap();
    let campaign = campaign(bench, &phones[0], InboundMisses::AfterCampaign).await;
    let mut seen = Seen::default();
    for step in steps {
        take(bench, &phones, campaign, &mut seen, step).await;
        let violations = bench.store.violations().await.unwrap();
        assert!(violations.is_empty(), "after {step:?}: {violations:#?}");
    }
    bench.hang_up().await;
}

async fn take(bench: &Bench, phones: &[IngressPhone], campaign: CampaignId, seen: &mut Seen, step: &Step) {
    let pick = |which: usize, len: usize| (len > 0).then(|| which % len);
    match step {
        Step::Inbound { phone, from } => {
            let (id, _) = bench.inbound(&phones[*phone], &caller(*from)).await;
            seen.callers.push((*phone, id));
        }
        Step::InboundEnds { which, end } => {
            if let Some((phone, id)) = pick(*which, seen.callers.len()).map(|at| &seen.callers[at]) {
                bench.inbound_ends(&phones[*phone], id, end).await;
            }
        }
        Step::Claim { phone } => seen.claims.extend(bench.claim(&phones[*phone]).await),
        Step::Answer { which, answer } => {
            if let Some(at) = pick(*which, seen.claims.len()) {
                answers(bench, &seen.claims[at], answer).await;
            }
        }
        Step::News { which, news, may_dial } => {
            if let Some(at) = pick(*which, seen.claims.len()) {
                let applied = bench.hears(&seen.claims[at], news, *may_dial).await;
                seen.claims.extend(applied.claim.map(|claim| *claim));
            }
        }
        Step::LookUp { says } => {
            let says = |ask: &_| match says {
                Says::Found(news) => found(ask, news.clone()),
                Says::NoTrace => CarrierSays::NoTrace,
                Says::Nothing => CarrierSays::Nothing,
            };
            bench.reconcile(says).await;
        }
        Step::Wait { seconds } => {
            bench.advance(*seconds);
            bench.store.promote_due(bench.now()).await.unwrap();
        }
        Step::Credits { amount } => {
            bench.store.add_credits(bench.company, *amount, "test", "operator", bench.now()).await.unwrap();
        }
        Step::Cancel { which } => {
            if let Some(attempt) = attempt(bench, *which).await {
                bench.tenant().cancel_attempt(attempt, "staff", bench.now()).await.unwrap();
            }
        }
        Step::Retry { which } => {
            if let Some(attempt) = attempt(bench, *which).await {
                bench.tenant().retry_attempt(attempt, "staff:test", bench.now()).await.unwrap();
            }
        }
        Step::Campaign => {
            let running = bench.tenant().campaign(campaign).await.unwrap().unwrap().state == State::Active;
            let asked = if running { Move::Pause } else { Move::Start };
            bench.tenant().move_campaign(campaign, asked, "staff", bench.now()).await.unwrap();
        }
        Step::Restart => {
            let after = bench.restarted().await;
            after.recover(bench.now()).await.unwrap();
            after.db().close().await;
        }
    }
}

async fn answers(bench: &Bench, claim: &Claim, answer: &Answer) {
    let until = plus_seconds(bench.now(), 2);
    let placement = match answer {
        Answer::Accepted => return bench.accept(claim).await,
        Answer::Rejected => Placement::Rejected,
        Answer::NotProcessed => Placement::NotProcessed { reason: "refused".to_owned(), counts: true },
        Answer::Throttled => Placement::Throttled { until },
        Answer::Lost => Placement::Lost { counts: true },
    };
    bench.place(claim, &placement).await;
}

async fn attempt(bench: &Bench, which: usize) -> Option<AttemptId> {
    let attempts = bench.all::<(AttemptId,)>("select id from attempts order by id", vec![]).await;
    (!attempts.is_empty()).then(|| attempts[which % attempts.len()].0)
}
