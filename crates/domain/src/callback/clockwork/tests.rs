use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::time::from_millis;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// Warned of at 1,000 h, due an hour later.
const WARNS: i64 = 1_000 * HOUR;
const DUE: i64 = WARNS + HOUR;

fn at(millis: i64) -> Timestamp {
    from_millis(millis)
}

fn open() -> Watched {
    Watched {
        status: Status::Assigned,
        due_at: at(DUE),
        warns_at: at(WARNS),
        acts_at: at(WARNS),
        warned_at: None,
        overdue_at: None,
        escalated_at: None,
        rung: 0,
    }
}

/// Everything that is due by then, one rung at a time.
fn catch_up(mut watched: Watched, now: Timestamp, settings: &Settings, told: &mut Vec<Next>) -> Watched {
    while let Some(next) = watched.next(settings)
        && next.at <= now
    {
        told.push(next);
        watched = watched.after(next, 0, now);
    }
    watched
}

fn told_by(instants: &[i64], settings: &Settings) -> Vec<Next> {
    let mut told = Vec::new();
    instants.iter().fold(open(), |watched, millis| catch_up(watched, at(*millis), settings, &mut told));
    told
}

fn whole_life() -> Vec<Next> {
    [
        (WARNS, Act::Warn),
        (DUE, Act::Overdue),
        (DUE, Act::Escalate { above: 0 }),
        (DUE + 4 * HOUR, Act::Escalate { above: 1 }),
        (DUE + 72 * HOUR, Act::Expire),
    ]
    .map(|(millis, act)| Next { at: at(millis), act })
    .to_vec()
}

#[test]
fn it_is_warned_of_overdue_escalated_twice_and_expires() {
    let every_minute: Vec<i64> = (0..80 * 60).map(|minute| WARNS - HOUR + minute * MINUTE).collect();
    assert_eq!(told_by(&every_minute, &Settings::default()), whole_life());
}

#[test]
fn a_server_that_was_down_tells_it_once_and_hands_it_up_one_rung_at_a_time() {
    let (morning, noon) = (DUE + 24 * HOUR, DUE + 28 * HOUR);
    let told = [
        (WARNS, Act::Warn),
        (DUE, Act::Overdue),
        (DUE, Act::Escalate { above: 0 }),
        (noon, Act::Escalate { above: 1 }),
        (DUE + 72 * HOUR, Act::Expire),
    ];
    let told = told.map(|(millis, act)| Next { at: at(millis), act });
    assert_eq!(told_by(&[morning, morning, noon - 1, noon, noon, DUE + 500 * HOUR], &Settings::default()), told);
    // For so long that nobody has the time to climb: it has been handed up, and expires.
    let acts: Vec<Act> = told_by(&[DUE + 1_000 * HOUR, DUE + 1_000 * HOUR], &Settings::default()).iter().map(|it| it.act).collect();
    assert_eq!(acts, [Act::Warn, Act::Overdue, Act::Escalate { above: 0 }, Act::Expire]);
}

#[test]
fn seconds_of_lateness_do_not_add_up() {
    let looks: Vec<i64> = (0..100).map(|hours| DUE + hours * HOUR + 30_000).collect();
    assert_eq!(told_by(&looks, &Settings::default()), whole_life());
}

#[test]
fn what_people_escalated_just_now_is_not_escalated_again_before_the_cool_down() {
    let escalated = Watched { escalated_at: Some(at(DUE - 10 * MINUTE)), ..open() };
    let mut told = Vec::new();
    (0..100).fold(escalated, |it, hours| catch_up(it, at(DUE + hours * HOUR + 50 * MINUTE), &Settings::default(), &mut told));
    let instants: Vec<_> = told.iter().filter(|it| matches!(it.act, Act::Escalate { .. })).map(|it| it.at).collect();
    assert_eq!(instants, [at(DUE - 10 * MINUTE + 4 * HOUR), at(DUE - 10 * MINUTE + 8 * HOUR)]);
}

#[test]
fn a_later_due_time_is_told_anew_and_an_earlier_one_is_not() {
    let mut told = Vec::new();
    let overdue = catch_up(open(), at(DUE), &Settings::default(), &mut told);
    let later = Watched { due_at: at(DUE + 10 * HOUR), warns_at: at(DUE + 9 * HOUR), acts_at: at(DUE + 9 * HOUR), ..overdue };
    assert_eq!(later.next(&Settings::default()), Some(Next { at: at(DUE + 9 * HOUR), act: Act::Warn }));
    let earlier = Watched { due_at: at(DUE - 2 * HOUR), warns_at: at(WARNS - 2 * HOUR), ..overdue };
    assert!(matches!(earlier.next(&Settings::default()), Some(Next { act: Act::Escalate { above: 1 }, .. })), "one breach, told once");
}

#[test]
fn a_due_time_that_was_moved_into_the_past_begins_its_cool_down_now() {
    let now = DUE + 8 * HOUR;
    let raised = Watched { acts_at: acts_at(at(WARNS), at(now)), ..open() };
    let mut told = Vec::new();
    catch_up(raised, at(now), &Settings::default(), &mut told);
    assert_eq!(told.iter().map(|it| it.act).collect::<Vec<_>>(), [Act::Warn, Act::Overdue, Act::Escalate { above: 0 }]);
}

#[test]
fn whoever_was_contacted_does_not_expire_and_nothing_closed_is_touched() {
    let mut told = Vec::new();
    let contacted = Watched { status: Status::Contacted, ..open() };
    let looks = [at(DUE + 1_000 * HOUR), at(DUE + 1_004 * HOUR)];
    let contacted = looks.iter().fold(contacted, |it, now| catch_up(it, *now, &Settings::default(), &mut told));
    assert_eq!((told.len(), contacted.next(&Settings::default())), (4, None));
    for status in [Status::Completed, Status::Cancelled, Status::Expired] {
        assert_eq!(Watched { status, ..open() }.next(&Settings::default()), None);
    }
}

#[test]
fn minutes_are_told_as_people_count_them() {
    assert_eq!(minutes_remaining(at(DUE), at(WARNS + 1_400)), 60);
    assert_eq!(minutes_remaining(at(DUE), at(DUE + HOUR)), 0);
}

proptest! {
    #[test]
    fn whenever_it_is_looked_at_each_is_told_once_and_in_order(
        mut instants in prop::collection::vec(WARNS - HOUR..DUE + 200 * HOUR, 0..40),
        warn in 0_u32..300, cooldown in 2_u32..10_000, grace in 0_u32..10_000,
    ) {
        let settings = Settings {
            warn_minutes: warn, escalation_cooldown_minutes: cooldown, expire_grace_minutes: grace, ..Settings::default()
        };
        instants.sort_unstable();
        instants.extend([DUE + 50_000 * HOUR, DUE + 100_000 * HOUR]);
        let (mut watched, mut acts) = (open(), Vec::new());
        for now in instants.into_iter().map(at) {
            let mut told = Vec::new();
            watched = catch_up(watched, now, &settings, &mut told);
            acts.extend(told.into_iter().map(|it| (now, it)));
        }
        prop_assert!(acts.windows(2).all(|two| two[0].1.at <= two[1].1.at), "in order: {:?}", acts);
        prop_assert!(acts.iter().all(|(now, it)| it.at <= *now), "not before its time: {:?}", acts);
        let kinds: Vec<Act> = acts.iter().map(|(_, it)| it.act).collect();
        let (first, up) = ([Act::Warn, Act::Overdue, Act::Escalate { above: 0 }], Act::Escalate { above: 1 });
        prop_assert_eq!(&kinds[..3], &first);
        prop_assert!(kinds[3..] == [Act::Expire] || kinds[3..] == [up, Act::Expire], "{:?}", kinds);
        let escalated: Vec<_> = acts.iter().filter(|(_, it)| matches!(it.act, Act::Escalate { .. })).map(|(now, _)| *now).collect();
        let cooled_down = i64::from(cooldown) * 60 - BUSY_SECONDS;
        prop_assert!(escalated.windows(2).all(|two| seconds_between(two[0], two[1]) >= cooled_down), "{:?}", acts);
    }
}
