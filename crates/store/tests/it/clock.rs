//! The service-level clock as it runs: from a request through the branch's opening hours to the warning, the breach, the
//! ladder and the end, second by second, whatever moves in between.

use jiff::Timestamp;
use ringback_domain::{
    access::Role,
    callback::{Due, Language, Priority, Source, Wish},
    event::EventType::{self, CallbackAssigned, CallbackDueSoon, CallbackEscalated, CallbackExpired, CallbackOverdue},
    ids::{BranchId, CallbackId, StaffId},
    time::{plus_seconds, seconds_between},
};
use ringback_store::{Ask, By, CallbackChange, Moved, NewCallback};
use serde_json::Value as Json;

use crate::bench::{Bench, caller};

on_each_engine! {
    a_weekend_with_lunch_and_a_holiday_is_kept_to_the_second,
    the_night_in_which_the_clocks_go_forward_moves_nothing,
    the_night_in_which_the_clocks_go_back_moves_nothing,
    what_each_instant_asks_for_is_done_within_two_seconds_of_it,
    a_day_without_a_server_is_caught_up_once_and_the_ladder_climbed_rung_by_rung,
    a_raised_priority_counts_from_the_request_and_restarts_nothing,
    a_lowered_priority_is_told_anew_at_its_new_time,
    a_due_time_set_by_hand_rules,
    a_snoozed_callback_counts_from_its_end,
    a_reopened_callback_has_a_life_of_its_own,
    the_old_owner_is_told_who_has_it_now,
    every_due_time_says_how_it_came_about,
}

const HOUR: i64 = 3600;

/// Open on weekdays from nine to six but for lunch, and not at Easter.
async fn shop(bench: &Bench) -> BranchId {
    let branch = bench.branch().await;
    let day = r#"[["09:00","12:30"],["13:30","18:00"]]"#;
    let hours = format!(r#"{{"mon":{day},"tue":{day},"wed":{day},"thu":{day},"fri":{day}}}"#);
    let holidays = r#"["2026-04-03","2026-04-06"]"#;
    const SQL: &str = "update branches set opening_hours = $2, holidays = $3 where id = $1";
    bench.execute(SQL, vec![branch.into(), hours.into(), holidays.into()]).await;
    branch
}

struct Team {
    colleague: StaffId,
    manager: StaffId,
    owner: StaffId,
}

async fn team(bench: &Bench, branch: BranchId) -> Team {
    let team = Team {
        colleague: bench.staff(Role::Staff).await,
        manager: bench.staff(Role::Manager).await,
        owner: bench.staff(Role::Owner).await,
    };
    bench.works_at(team.colleague, branch).await;
    bench.works_at(team.manager, branch).await;
    team
}

/// Somebody asks to be called back by people of this branch.
async fn asks(bench: &Bench, branch: BranchId, priority: Priority) -> CallbackId {
    let new = NewCallback { branch_id: Some(branch), priority: Some(priority), ..NewCallback::new(caller(bench.count()), Source::Api) };
    bench.tenant().create_callback(&new, "test", bench.now()).await.unwrap().callback
}

async fn instant(bench: &Bench, column: &'static str, callback: CallbackId) -> Option<Timestamp> {
    bench.optional::<(Option<Timestamp>,)>(column, vec![callback.into()]).await.unwrap().0
}

async fn due(bench: &Bench, callback: CallbackId) -> Timestamp {
    instant(bench, "select due_at from callbacks where id = $1", callback).await.unwrap()
}

async fn acts_at(bench: &Bench, callback: CallbackId) -> Option<Timestamp> {
    instant(bench, "select acts_at from callbacks where id = $1", callback).await
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// What was told, and when, in the order in which it was.
async fn story(bench: &Bench, callback: CallbackId) -> Vec<(EventType, Timestamp)> {
    const SQL: &str = "select type, occurred_at from events where callback_id = $1 and type <> 'callback.created' order by id";
    bench.all::<(EventType, Timestamp)>(SQL, vec![callback.into()]).await
}

async fn data(bench: &Bench, kind: EventType) -> Vec<Json> {
    const SQL: &str = "select data from events where type = $1 order by id";
    let rows = bench.all::<(String,)>(SQL, vec![kind.as_str().into()]).await;
    rows.into_iter().map(|(data,)| serde_json::from_str::<Json>(&data).unwrap()["callback"].clone()).collect()
}

/// Goes from one instant at which time has something to do to the next, until the end. A second before each nothing happens.
async fn lives_on(bench: &Bench, callback: CallbackId, until: Timestamp) {
    while let Some(next) = acts_at(bench, callback).await.filter(|next| *next <= until) {
        if next > bench.now() {
            bench.advance(seconds_between(bench.now(), next) - 1);
            let before = story(bench, callback).await;
            assert_eq!(bench.time_acts().await, 0, "a second before {next} nothing is due");
            assert_eq!(story(bench, callback).await, before);
            bench.set_clock(&next.to_string());
        }
        bench.time_acts().await;
        let told = story(bench, callback).await;
        bench.time_acts().await;
        assert_eq!(story(bench, callback).await, told, "once");
        assert!(acts_at(bench, callback).await.is_none_or(|then| then > next), "it goes on from {next}");
    }
}

fn after(due: Timestamp, hours: i64) -> Timestamp {
    plus_seconds(due, hours * HOUR)
}

/// Assigned when it was asked for, and then what an unkept promise comes to.
fn life(asked: Timestamp, due: Timestamp) -> Vec<(EventType, Timestamp)> {
    vec![
        (CallbackAssigned, asked),
        (CallbackDueSoon, after(due, -1)),
        (CallbackOverdue, due),
        (CallbackEscalated, due),
        (CallbackAssigned, due),
        (CallbackEscalated, after(due, 4)),
        (CallbackAssigned, after(due, 4)),
        (CallbackExpired, after(due, 72)),
    ]
}

async fn lives_from(bench: &Bench, branch: BranchId, asked: &str, priority: Priority, is_due: &str) -> CallbackId {
    bench.set_clock(asked);
    let callback = asks(bench, branch, priority).await;
    assert_eq!(due(bench, callback).await, at(is_due));
    lives_on(bench, callback, after(at(is_due), 1000)).await;
    assert_eq!(story(bench, callback).await, life(at(asked), at(is_due)));
    assert_eq!(acts_at(bench, callback).await, None, "nothing is left for time to do");
    callback
}

async fn a_weekend_with_lunch_and_a_holiday_is_kept_to_the_second(bench: &Bench) {
    let branch = shop(bench).await;
    team(bench, branch).await;
    // Ten minutes of the Thursday before Easter, and the rest of four hours on the Tuesday behind it, without its lunch.
    lives_from(bench, branch, "2026-04-02T17:50:07+02:00", Priority::High, "2026-04-07T13:50:07+02:00").await;
}

async fn the_night_in_which_the_clocks_go_forward_moves_nothing(bench: &Bench) {
    let branch = shop(bench).await;
    team(bench, branch).await;
    lives_from(bench, branch, "2026-03-27T17:10:00+01:00", Priority::Urgent, "2026-03-30T10:10:00+02:00").await;
    lives_from(bench, branch, "2026-03-27T10:00:00+01:00", Priority::Normal, "2026-03-30T10:00:00+02:00").await;
}

async fn the_night_in_which_the_clocks_go_back_moves_nothing(bench: &Bench) {
    let branch = shop(bench).await;
    team(bench, branch).await;
    lives_from(bench, branch, "2026-10-23T17:10:00+02:00", Priority::Urgent, "2026-10-26T10:10:00+01:00").await;
    lives_from(bench, branch, "2026-10-23T10:00:00+02:00", Priority::Normal, "2026-10-26T10:00:00+01:00").await;
}

async fn what_each_instant_asks_for_is_done_within_two_seconds_of_it(bench: &Bench) {
    let branch = shop(bench).await;
    team(bench, branch).await;
    bench.set_clock("2026-03-03T10:00:00.250+01:00");
    let callback = asks(bench, branch, Priority::Urgent).await;
    let due = due(bench, callback).await;
    // As the loop does it, every second, and each a little later than the last.
    for hours in [-1, 0, 4, 72] {
        bench.set_clock(&plus_seconds(after(due, hours), -2).to_string());
        for _ in 0..5 {
            bench.time_acts().await;
            bench.advance(1);
        }
    }
    let told = story(bench, callback).await;
    let expected = life(at("2026-03-03T10:00:00.250+01:00"), due);
    assert_eq!(told.iter().map(|it| it.0).collect::<Vec<_>>(), expected.iter().map(|it| it.0).collect::<Vec<_>>());
    for ((kind, done), (_, at)) in told.iter().zip(&expected) {
        assert!(at <= done && seconds_between(*at, *done) < 2, "{kind} of {at} was done at {done}");
    }
}

async fn a_day_without_a_server_is_caught_up_once_and_the_ladder_climbed_rung_by_rung(bench: &Bench) {
    let branch = shop(bench).await;
    let team = team(bench, branch).await;
    bench.set_clock("2026-03-03T10:00:00+01:00");
    let callback = asks(bench, branch, Priority::Urgent).await;
    bench.set_clock("2026-03-04T12:00:00+01:00");
    let again = bench.on_same_database().await;
    again.time_acts().await;
    again.time_acts().await;
    let now = again.now();
    let caught_up = [CallbackDueSoon, CallbackOverdue, CallbackEscalated, CallbackAssigned].map(|kind| (kind, now));
    assert_eq!(story(&again, callback).await[1..], caught_up);
    assert_eq!(again.owner_of(callback).await, Some(team.manager), "who gets it has his four hours");
    lives_on(&again, callback, after(now, 5)).await;
    assert_eq!(story(&again, callback).await[5..], [CallbackEscalated, CallbackAssigned].map(|kind| (kind, after(now, 4))));
    assert_eq!(again.owner_of(callback).await, Some(team.owner));
    again.store.db().close().await;
}

async fn prioritized(bench: &Bench, callback: CallbackId, priority: Priority) {
    let moved = bench.tenant().move_callback(callback, Ask::Prioritize(priority), By::SYSTEM, bench.now()).await.unwrap();
    assert!(matches!(moved, Moved::Yes { .. }), "{moved:?}");
}

async fn a_raised_priority_counts_from_the_request_and_restarts_nothing(bench: &Bench) {
    let branch = shop(bench).await;
    team(bench, branch).await;
    bench.set_clock("2026-03-03T10:00:00+01:00");
    let (early, late) = (asks(bench, branch, Priority::High).await, asks(bench, branch, Priority::High).await);
    assert_eq!(due(bench, early).await, at("2026-03-03T15:00:00+01:00"), "four hours without the lunch");
    bench.set_clock("2026-03-03T10:30:00+01:00");
    prioritized(bench, early, Priority::Urgent).await;
    assert_eq!(due(bench, early).await, at("2026-03-03T12:00:00+01:00"), "two hours from ten, not from half past");
    prioritized(bench, early, Priority::High).await;
    assert_eq!(due(bench, early).await, at("2026-03-03T15:00:00+01:00"), "and back");
    // Two hours are over already: it is overdue at this moment, once.
    bench.set_clock("2026-03-03T13:45:00+01:00");
    prioritized(bench, late, Priority::Urgent).await;
    assert_eq!(due(bench, late).await, at("2026-03-03T12:00:00+01:00"));
    bench.time_acts().await;
    prioritized(bench, late, Priority::High).await;
    prioritized(bench, late, Priority::Urgent).await;
    bench.time_acts().await;
    let now = bench.now();
    let told: Vec<_> = story(bench, late).await.into_iter().filter(|(kind, _)| *kind != EventType::CallbackChanged).collect();
    assert_eq!(told[1..], [CallbackDueSoon, CallbackOverdue, CallbackEscalated, CallbackAssigned].map(|kind| (kind, now)));
}

async fn a_lowered_priority_is_told_anew_at_its_new_time(bench: &Bench) {
    let branch = shop(bench).await;
    team(bench, branch).await;
    bench.set_clock("2026-03-03T10:00:00+01:00");
    let callback = asks(bench, branch, Priority::Urgent).await;
    lives_on(bench, callback, at("2026-03-03T12:00:00+01:00")).await;
    prioritized(bench, callback, Priority::Normal).await;
    assert_eq!(due(bench, callback).await, at("2026-03-04T10:00:00+01:00"));
    lives_on(bench, callback, at("2026-03-04T10:00:00+01:00")).await;
    assert_eq!((bench.events(CallbackDueSoon).await, bench.events(CallbackOverdue).await), (2, 2));
}

async fn a_due_time_set_by_hand_rules(bench: &Bench) {
    let branch = shop(bench).await;
    team(bench, branch).await;
    bench.set_clock("2026-03-03T10:00:00+01:00");
    let callback = asks(bench, branch, Priority::High).await;
    // At night, when no business clock would be due.
    let by_hand = at("2026-03-03T22:00:00+01:00");
    let change = CallbackChange { due_at: Some(by_hand), ..CallbackChange::default() };
    bench.tenant().change_callback(callback, &change, By::SYSTEM, bench.now()).await.unwrap();
    prioritized(bench, callback, Priority::Urgent).await;
    assert_eq!(due(bench, callback).await, by_hand, "a priority moves no time that a person set");
    lives_on(bench, callback, by_hand).await;
    let told = story(bench, callback).await;
    assert!(told.contains(&(CallbackDueSoon, after(by_hand, -1))) && told.contains(&(CallbackOverdue, by_hand)), "{told:?}");
    assert_eq!((bench.events(CallbackDueSoon).await, bench.events(CallbackOverdue).await), (1, 1));
}

async fn a_snoozed_callback_counts_from_its_end(bench: &Bench) {
    let branch = shop(bench).await;
    team(bench, branch).await;
    bench.set_clock("2026-03-03T10:00:00+01:00");
    let callback = asks(bench, branch, Priority::Urgent).await;
    lives_on(bench, callback, at("2026-03-03T11:00:00+01:00")).await;
    let until = at("2026-03-05T17:30:00+01:00");
    bench.tenant().move_callback(callback, Ask::Snooze { until }, By::SYSTEM, bench.now()).await.unwrap();
    let is_due = at("2026-03-06T10:30:00+01:00");
    assert_eq!(due(bench, callback).await, is_due);
    lives_on(bench, callback, is_due).await;
    let told: Vec<_> = story(bench, callback).await.into_iter().filter(|(kind, _)| *kind != CallbackAssigned).collect();
    assert_eq!(told[0], (CallbackDueSoon, at("2026-03-03T11:00:00+01:00")), "of the time that it had before");
    assert_eq!(told[2..], [(CallbackDueSoon, after(is_due, -1)), (CallbackOverdue, is_due), (CallbackEscalated, is_due)]);
}

async fn a_reopened_callback_has_a_life_of_its_own(bench: &Bench) {
    let branch = shop(bench).await;
    team(bench, branch).await;
    let callback = lives_from(bench, branch, "2026-03-03T10:00:00+01:00", Priority::Urgent, "2026-03-03T12:00:00+01:00").await;
    bench.set_clock("2026-03-09T15:00:00+01:00");
    bench.tenant().move_callback(callback, Ask::Reopen, By::SYSTEM, bench.now()).await.unwrap();
    let is_due = at("2026-03-09T17:00:00+01:00");
    assert_eq!(due(bench, callback).await, is_due);
    lives_on(bench, callback, after(is_due, 1000)).await;
    let told = story(bench, callback).await;
    let again = told[9..].iter().filter(|(kind, _)| *kind != CallbackAssigned).copied().collect::<Vec<_>>();
    let once_more: Vec<_> = life(is_due, is_due).into_iter().filter(|(kind, _)| *kind != CallbackAssigned).collect();
    assert_eq!(again, once_more, "{told:?}");
}

async fn the_old_owner_is_told_who_has_it_now(bench: &Bench) {
    let branch = shop(bench).await;
    let team = team(bench, branch).await;
    lives_from(bench, branch, "2026-03-03T10:00:00+01:00", Priority::Urgent, "2026-03-03T12:00:00+01:00").await;
    let assigned = data(bench, CallbackAssigned).await;
    let owners: Vec<_> = assigned.iter().map(|it| (it["assigned_from"].clone(), it["assigned_to"].clone())).collect();
    let [colleague, manager, owner] = [team.colleague, team.manager, team.owner].map(|it| Json::from(it.to_string()));
    assert_eq!(owners, [(Json::Null, colleague.clone()), (colleague.clone(), manager.clone()), (manager.clone(), owner.clone())]);
    let escalated = data(bench, CallbackEscalated).await;
    for (nth, (from, to)) in [(&colleague, &manager), (&manager, &owner)].into_iter().enumerate() {
        let told = &escalated[nth];
        assert_eq!((&told["from"], &told["to"]), (from, to));
        assert_eq!((&told["kind"], &told["reason"]), (&Json::from("auto"), &Json::from("sla_breach")));
        assert_eq!(told["escalations_count"], nth + 1);
    }
    let due_soon = &data(bench, CallbackDueSoon).await[0];
    assert_eq!((&due_soon["assigned_to"], &due_soon["minutes_remaining"]), (&colleague, &Json::from(60)));
    assert_eq!(data(bench, CallbackOverdue).await[0]["assigned_to"], colleague);
}

async fn told_in_words(bench: &Bench, callback: CallbackId) -> String {
    let record = bench.tenant().callback(callback).await.unwrap().unwrap();
    let due: Due = serde_json::from_str(&record.due_because).unwrap();
    assert_eq!(due.at, record.due_at, "the explanation is that of the due time");
    assert_eq!(record.due_explanation().as_deref(), Some(due.tell(Language::German, &zone()).as_str()), "in the company's language");
    due.tell(Language::English, &zone())
}

fn zone() -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::get("Europe/Berlin").unwrap()
}

async fn every_due_time_says_how_it_came_about(bench: &Bench) {
    let branch = shop(bench).await;
    team(bench, branch).await;
    bench.set_clock("2026-03-06T17:10:00+01:00");
    let callback = asks(bench, branch, Priority::Urgent).await;
    let told = async || told_in_words(bench, callback).await;
    assert_eq!(told().await, "2 h business time from Fri 17:10, closed 18:00–Mon 09:00 → Mon 10:10");
    prioritized(bench, callback, Priority::Normal).await;
    assert_eq!(told().await, "1 business day from Fri 17:10, closed 18:00–Mon 09:00 → Mon 17:10");
    let until = at("2026-03-10T17:30:00+01:00");
    bench.tenant().move_callback(callback, Ask::Snooze { until }, By::SYSTEM, bench.now()).await.unwrap();
    prioritized(bench, callback, Priority::Urgent).await;
    assert_eq!(told().await, "2 h business time from Tue 17:30 (end of snooze), closed 18:00–Wed 09:00 → Wed 10:30");
    let wish = Wish::new("wish", at("2026-03-10T14:00:00+01:00"), at("2026-03-10T16:00:00+01:00"), bench.now()).unwrap();
    let change = CallbackChange { wish: Some(Some((wish, Json::Null))), ..CallbackChange::default() };
    bench.tenant().change_callback(callback, &change, By::SYSTEM, bench.now()).await.unwrap();
    assert_eq!(told().await, "wished for Tue 10 Mar 14:00–16:00 → Tue 10 Mar 16:00");
    let change = CallbackChange { due_at: Some(until), ..CallbackChange::default() };
    bench.tenant().change_callback(callback, &change, By::SYSTEM, bench.now()).await.unwrap();
    assert_eq!(told().await, "set by hand → Tue 10 Mar 17:30");
    bench.tenant().move_callback(callback, Ask::Cancel { reason: None }, By::SYSTEM, bench.now()).await.unwrap();
    bench.tenant().move_callback(callback, Ask::Reopen, By::SYSTEM, bench.now()).await.unwrap();
    assert_eq!(told().await, "2 h business time from Fri 17:10 (reopened), closed 18:00–Mon 09:00 → Mon 10:10");
    let wall = NewCallback { priority: Some(Priority::High), ..NewCallback::new(caller(bench.count()), Source::Api) };
    let wall = bench.tenant().create_callback(&wall, "test", bench.now()).await.unwrap().callback;
    assert_eq!(told_in_words(bench, wall).await, "4 h from Fri 17:10 → Fri 21:10", "without a branch there is the wall clock");
}
