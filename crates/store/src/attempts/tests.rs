use ringback_domain::settings::AutoCallback;

use super::*;

fn at(seconds: i64) -> Timestamp {
    time::from_millis(1_772_000_000_000 + seconds * 1000)
}

fn attempt() -> AttemptRecord {
    let id = uuid::Uuid::from_u128(1);
    AttemptRecord {
        id: AttemptId(id),
        callback_id: CallbackId(id),
        phone_id: PhoneId(id),
        agent_id: None,
        number: PhoneNumber::parse("+4915112345678", "DE").expect("a number"),
        priority: Priority::High,
        status: Status::Pending,
        outcome: None,
        not_before: at(0),
        look_at: None,
        put_off: None,
        campaign_id: None,
        campaign_name: None,
        held: false,
        others_before: false,
        missed_at: at(0),
        missed_reason: Some(MissedReason::Busy),
        missed_call_id: None,
        call_id: None,
        dials: 0,
        max_dials: 1,
        created_at: at(0),
        updated_at: at(0),
    }
}

fn free_phone() -> PhoneState {
    let facts = PhoneFacts {
        active: true,
        auto_callback: AutoCallback::On,
        dialing_paused: false,
        paused: None,
        free_channels: 1,
        reserved_inbound: 0,
        account: Account { balance: 1000, reserved: 0 },
    };
    PhoneState { facts, settings: Settings::default() }
}

#[test]
fn the_reason_that_lasts_longest_is_told_first() {
    let mut it = attempt();
    let mut phone = free_phone();
    let now = at(10);
    assert_eq!(it.waiting_because(&phone, now), None);
    it.others_before = true;
    assert_eq!(it.waiting_because(&phone, now), Some(WaitingBecause::NotItsTurn));
    phone.facts.free_channels = 0;
    assert_eq!(it.waiting_because(&phone, now), Some(WaitingBecause::ChannelsBusy));
    it.held = true;
    it.campaign_name = Some("Autumn".to_owned());
    assert_eq!(it.waiting_because(&phone, now), Some(WaitingBecause::CampaignRunning { name: "Autumn".to_owned() }));
    it.look_at = Some(at(20));
    it.put_off = serde_json::to_string(&WaitingBecause::CallerOnTheLine).ok();
    assert_eq!(it.waiting_because(&phone, now), Some(WaitingBecause::CallerOnTheLine));
    // What it was put off for is over: it counts no longer, although nobody has put it back yet.
    assert_eq!(it.waiting_because(&phone, at(20)), Some(WaitingBecause::CampaignRunning { name: "Autumn".to_owned() }));
    it.put_off = None;
    assert_eq!(it.waiting_because(&phone, now), Some(WaitingBecause::NotBefore { at: at(20) }));
    it.status = Status::Processing;
    assert_eq!(it.waiting_because(&phone, now), None);
}

#[test]
fn what_is_refused_for_good_has_no_next_attempt() {
    let mut it = attempt();
    assert_eq!(it.next_attempt_at(), Some(at(0)));
    it.look_at = Some(at(60));
    assert_eq!(it.next_attempt_at(), Some(at(60)));
    it.look_at = Some(time::from_millis(NEVER));
    assert_eq!(it.next_attempt_at(), None);
    it.status = Status::Failed;
    it.look_at = Some(at(60));
    assert_eq!(it.next_attempt_at(), None);
}
