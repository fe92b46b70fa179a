use super::*;
use crate::time::plus_seconds;

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn candidate(number: &str) -> Candidate {
    Candidate {
        number: PhoneNumber::parse(number, "DE").expect("valid"),
        missed_at: None,
        no_call: false,
        own_number: false,
        answered_here: false,
        recent_attempts: 0,
        recent_until: None,
        on_the_line_until: None,
        claimed_until: None,
    }
}

fn judge(candidate: &Candidate, now: Timestamp) -> Verdict {
    let settings = Settings::default();
    admit(candidate, CompanyFacts { country: "DE", time_zone: "Europe/Berlin", settings: &settings }, now)
}

const NOON: &str = "2026-03-02T12:00:00+01:00";
const NIGHT: &str = "2026-03-02T23:00:00+01:00";

#[test]
fn a_subscriber_inside_calling_hours_is_dialed() {
    assert_eq!(judge(&candidate("+4915112345678"), at(NOON)), Verdict::Dial);
}

#[test]
fn at_night_only_somebody_who_just_rang_is_called_back() {
    let mut it = candidate("+4915112345678");
    let opens = at("2026-03-03T08:00:00+01:00");
    let wait = Verdict::Wait { because: WaitingBecause::OutsideCallingHours { until: opens }, until: opens };
    assert_eq!(judge(&it, at(NIGHT)), wait);
    it.missed_at = Some(plus_seconds(at(NIGHT), -14 * 60));
    assert_eq!(judge(&it, at(NIGHT)), Verdict::Dial);
    it.missed_at = Some(plus_seconds(at(NIGHT), -15 * 60));
    assert_eq!(judge(&it, at(NIGHT)), wait);
}

#[test]
fn costly_foreign_and_own_numbers_are_never_dialed_by_machine() {
    for (number, why) in [
        ("+499001234567", NotDialable::Premium),
        ("+491801234567", NotDialable::SharedCost),
        ("+881612345678", NotDialable::Satellite),
        ("+498001234567", NotDialable::NoSubscriber),
        ("+919845012345", NotDialable::Country { country: "IN".to_owned() }),
    ] {
        assert_eq!(judge(&candidate(number), at(NOON)), Verdict::Refuse(WaitingBecause::NotDialable(why)), "{number}");
    }
    let own = Candidate { own_number: true, answered_here: true, ..candidate("+4915112345678") };
    assert_eq!(judge(&own, at(NOON)), Verdict::Refuse(WaitingBecause::NotDialable(NotDialable::OwnNumber)));
}

#[test]
fn a_number_that_another_company_answers_here_is_told_from_no_other() {
    let theirs = Candidate { answered_here: true, ..candidate("+4915112345678") };
    assert_eq!(judge(&theirs, at(NOON)), judge(&candidate("+498001234567"), at(NOON)));
}

#[test]
fn a_company_may_list_further_countries() {
    let settings = Settings { allowed_countries: vec!["IN".to_owned()], ..Settings::default() };
    let company = CompanyFacts { country: "DE", time_zone: "Europe/Berlin", settings: &settings };
    // 12:00 in Berlin is 16:30 in India: inside the callee's hours.
    assert_eq!(admit(&candidate("+919845012345"), company, at(NOON)), Verdict::Dial);
    // 18:00 in Berlin is 22:30 in India: outside them.
    assert!(matches!(admit(&candidate("+919845012345"), company, at("2026-03-02T18:00:00+01:00")), Verdict::Wait { .. }));
}

#[test]
fn person_and_machine_never_both_ring_the_customer() {
    let now = at(NOON);
    let until = plus_seconds(now, 60);
    let claimed = Candidate { claimed_until: Some(until), ..candidate("+4915112345678") };
    assert_eq!(judge(&claimed, now), Verdict::Wait { because: WaitingBecause::PersonCalling, until });
    assert_eq!(judge(&claimed, until), Verdict::Dial);
    let on_line = Candidate { on_the_line_until: Some(until), ..candidate("+4915112345678") };
    assert_eq!(judge(&on_line, now), Verdict::Wait { because: WaitingBecause::CallerOnTheLine, until });
}

#[test]
fn no_call_customers_and_a_fourth_attempt_in_a_day_are_not_dialed() {
    let now = at(NOON);
    let no_call = Candidate { no_call: true, ..candidate("+4915112345678") };
    assert_eq!(judge(&no_call, now), Verdict::Refuse(WaitingBecause::NoCall));
    let until = plus_seconds(now, 3600);
    let often = Candidate { recent_attempts: 3, recent_until: Some(until), ..candidate("+4915112345678") };
    assert_eq!(judge(&often, now), Verdict::Wait { because: WaitingBecause::TooManyAttempts { limit: 3 }, until });
}

#[test]
fn a_phone_says_what_stands_against_dialing() {
    let settings = Settings::default();
    let now = at(NOON);
    let free = PhoneFacts {
        active: true,
        auto_callback: AutoCallback::On,
        dialing_paused: false,
        paused: None,
        free_channels: 1,
        reserved_inbound: 0,
        account: Account { balance: 101, reserved: 0 },
    };
    assert_eq!(free.blocked(&settings, now), None);
    let blocked = |facts: PhoneFacts| facts.blocked(&settings, now);
    assert_eq!(blocked(PhoneFacts { free_channels: 0, ..free.clone() }), Some(WaitingBecause::ChannelsBusy));
    assert_eq!(blocked(PhoneFacts { reserved_inbound: 1, ..free.clone() }), Some(WaitingBecause::ChannelsBusy));
    assert_eq!(blocked(PhoneFacts { dialing_paused: true, ..free.clone() }), Some(WaitingBecause::DialingPaused));
    assert_eq!(blocked(PhoneFacts { auto_callback: AutoCallback::RecordOnly, ..free.clone() }), Some(WaitingBecause::RecordOnly));
    assert_eq!(
        blocked(PhoneFacts { account: Account { balance: 200, reserved: 100 }, ..free.clone() }),
        Some(WaitingBecause::CreditsShort { available: 100, minimum: 100 })
    );
    let until = plus_seconds(now, 5);
    assert!(matches!(
        blocked(PhoneFacts { paused: Some(("503".into(), until)), ..free.clone() }),
        Some(WaitingBecause::PhonePaused { .. })
    ));
    assert_eq!(PhoneFacts { paused: Some(("503".into(), until)), ..free }.blocked(&settings, until), None);
}

#[test]
fn a_reason_is_stored_and_read_back_as_it_was() {
    let until = at(NOON);
    for because in [
        WaitingBecause::ChannelsBusy,
        WaitingBecause::CampaignRunning { name: "Spring".to_owned() },
        WaitingBecause::CreditsShort { available: -3, minimum: 100 },
        WaitingBecause::OutsideCallingHours { until },
        WaitingBecause::PhonePaused { because: "503".to_owned(), until },
        WaitingBecause::NotDialable(NotDialable::Country { country: "IN".to_owned() }),
    ] {
        let stored = serde_json::to_string(&because).expect("plain");
        assert_eq!(serde_json::from_str::<WaitingBecause>(&stored).expect("reads itself"), because, "{stored}");
        assert!(!because.to_string().is_empty());
    }
}
