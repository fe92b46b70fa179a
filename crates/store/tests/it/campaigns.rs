//! Misses during a campaign wait for its end, which is computed when the dispatcher looks (decision 6).

use ringback_domain::{
    access::Role,
    attempt::{ShownStatus, Status},
    campaign::{InboundMisses, Move, State},
    event::EventType,
    ids::{CallbackId, CampaignId, PhoneId},
    settings::SlaMinutes,
    time::plus_seconds,
};
use ringback_store::{By, CallbackChange, Campaign, CampaignMoved, IngressPhone};

use crate::bench::{Bench, caller};

on_each_engine! {
    misses_during_a_campaign_wait_until_it_ends,
    a_paused_campaign_holds_nobody_and_holds_again_when_it_goes_on,
    after_the_campaign_it_is_first_come_first_served_within_the_channels,
    misses_before_the_campaign_are_not_held,
    with_immediate_nobody_is_held,
    a_campaign_that_becomes_immediate_lets_go_of_what_it_held,
    a_hold_never_lasts_beyond_the_warning_of_the_due_time,
    a_hold_follows_a_due_time_that_moves,
    a_hold_ends_at_the_warning_of_a_due_time_set_by_hand,
    what_is_held_until_its_warning_goes_to_a_person_then,
    another_campaign_does_not_hold_what_an_earlier_one_held,
    one_campaign_at_a_time_is_active_on_a_phone,
    a_campaign_on_another_phone_holds_nobody_here,
}

pub(crate) async fn campaign(bench: &Bench, phone: &IngressPhone, inbound_misses: InboundMisses) -> CampaignId {
    let id = CampaignId(bench.store.new_id(bench.now()));
    let campaign = Campaign {
        id,
        phone_id: phone.id,
        name: "Spring".to_owned(),
        state: State::Draft,
        inbound_misses,
        max_channels: None,
        created_at: bench.now(),
        updated_at: bench.now(),
    };
    bench.tenant().add_campaign(&campaign).await.unwrap();
    id
}

async fn to(bench: &Bench, campaign: CampaignId, asked: Move) -> CampaignMoved {
    bench.tenant().move_campaign(campaign, asked, "staff", bench.now()).await.unwrap()
}

pub(crate) async fn running(bench: &Bench, phone: &IngressPhone) -> CampaignId {
    let id = campaign(bench, phone, InboundMisses::AfterCampaign).await;
    assert!(matches!(to(bench, id, Move::Start).await, CampaignMoved::Yes(_)));
    id
}

async fn shown(bench: &Bench, callback: CallbackId) -> ShownStatus {
    let id = bench.attempt(callback).await.id;
    bench.tenant().attempt(id, bench.now()).await.unwrap().unwrap().status
}

async fn misses_during_a_campaign_wait_until_it_ends(bench: &Bench) {
    for (n, end) in (1..).zip([Move::Pause, Move::Complete, Move::Cancel]) {
        let phone = bench.phone(1).await;
        let campaign = running(bench, &phone).await;
        let callback = bench.missed(&phone, &caller(n)).await;
        assert_eq!(shown(bench, callback).await, ShownStatus::OnHold);
        assert_eq!(bench.waiting_because(callback).await.as_deref(), Some("campaign Spring running"));
        assert!(bench.claim(&phone).await.is_none());
        assert_eq!(bench.events(EventType::AttemptOnHold).await, i64::from(n));
        to(bench, campaign, end).await;
        assert_eq!(shown(bench, callback).await, ShownStatus::Pending);
        assert_eq!(bench.dial(&phone).await.callback, callback);
        bench.hang_up().await;
    }
}

async fn a_paused_campaign_holds_nobody_and_holds_again_when_it_goes_on(bench: &Bench) {
    let phone = bench.phone(1).await;
    let campaign = running(bench, &phone).await;
    bench.missed(&phone, &caller(1)).await;
    bench.missed(&phone, &caller(2)).await;
    to(bench, campaign, Move::Pause).await;
    bench.dial(&phone).await;
    bench.hang_up().await;
    to(bench, campaign, Move::Start).await;
    assert!(bench.claim(&phone).await.is_none());
    to(bench, campaign, Move::Complete).await;
    bench.dial(&phone).await;
    bench.hang_up().await;
}

async fn after_the_campaign_it_is_first_come_first_served_within_the_channels(bench: &Bench) {
    let phone = bench.phone(2).await;
    let campaign = running(bench, &phone).await;
    let mut missed = Vec::new();
    for n in 0..6 {
        missed.push(bench.missed(&phone, &caller(n)).await);
        bench.advance(1);
    }
    to(bench, campaign, Move::Complete).await;
    let mut dialed = Vec::new();
    for _ in 0..3 {
        let claims = bench.claim_all(&phone).await;
        assert_eq!(claims.len(), 2, "never more than there are channels");
        dialed.extend(claims.iter().map(|claim| claim.callback));
        bench.assert_sound().await;
        bench.hang_up().await;
    }
    assert_eq!(dialed, missed);
}

async fn misses_before_the_campaign_are_not_held(bench: &Bench) {
    let phone = bench.phone(1).await;
    let before = bench.missed(&phone, &caller(1)).await;
    running(bench, &phone).await;
    assert_eq!(bench.dial(&phone).await.callback, before);
    bench.hang_up().await;
}

async fn with_immediate_nobody_is_held(bench: &Bench) {
    let phone = bench.phone(1).await;
    let campaign = campaign(bench, &phone, InboundMisses::Immediate).await;
    to(bench, campaign, Move::Start).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    let priority = bench.number("select priority from attempts where callback_id = $1", vec![callback.into()]).await;
    assert_eq!(priority, 0, "high");
    assert_eq!(bench.dial(&phone).await.callback, callback);
    bench.hang_up().await;
}

async fn a_hold_never_lasts_beyond_the_warning_of_the_due_time(bench: &Bench) {
    let phone = bench.phone(1).await;
    running(bench, &phone).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    // High: due after 4 h, warned of an hour before.
    bench.advance(3 * 3600 - 1);
    assert!(bench.claim(&phone).await.is_none());
    let nobody = PhoneId(uuid::Uuid::nil());
    assert!(bench.store.phones_to_dial(nobody, 10, bench.now()).await.unwrap().is_empty());
    bench.advance(1);
    assert_eq!(bench.store.phones_to_dial(nobody, 10, bench.now()).await.unwrap(), [phone.id]);
    assert_eq!(bench.dial(&phone).await.callback, callback);
    bench.hang_up().await;
}

async fn a_hold_follows_a_due_time_that_moves(bench: &Bench) {
    let phone = bench.phone(1).await;
    running(bench, &phone).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    // As a callback of normal priority that a miss raises to high.
    let late = bench.now().as_millisecond() + 23 * 3600 * 1000;
    const CALLBACK: &str = "update callbacks set priority = 'normal', warns_at = $2, due_at = $2 + 3600000 where id = $1";
    bench.execute(CALLBACK, vec![callback.into(), late.into()]).await;
    bench.execute("update attempts set hold_until = $2 where callback_id = $1", vec![callback.into(), late.into()]).await;
    assert_eq!(SlaMinutes::default().high, 240);
    bench.missed(&phone, &caller(1)).await;
    bench.advance(3 * 3600);
    assert_eq!(bench.dial(&phone).await.callback, callback);
    bench.hang_up().await;
}

async fn a_hold_ends_at_the_warning_of_a_due_time_set_by_hand(bench: &Bench) {
    let phone = bench.phone(1).await;
    running(bench, &phone).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    let due_at = Some(plus_seconds(bench.now(), 2 * 3600));
    let change = CallbackChange { due_at, ..CallbackChange::default() };
    bench.tenant().change_callback(callback, &change, By::SYSTEM, bench.now()).await.unwrap();
    bench.advance(3600 - 1);
    assert!(bench.claim(&phone).await.is_none());
    bench.advance(1);
    assert_eq!(bench.dial(&phone).await.callback, callback);
    bench.hang_up().await;
}

async fn what_is_held_until_its_warning_goes_to_a_person_then(bench: &Bench) {
    let colleague = bench.staff(Role::Staff).await;
    let phone = bench.phone(1).await;
    running(bench, &phone).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    bench.advance(3 * 3600 - 1);
    bench.time_acts().await;
    assert_eq!((bench.owner_of(callback).await, shown(bench, callback).await), (None, ShownStatus::OnHold));
    bench.advance(1);
    bench.time_acts().await;
    assert_eq!((bench.owner_of(callback).await, shown(bench, callback).await), (Some(colleague), ShownStatus::Pending));
    assert_eq!(bench.dial(&phone).await.callback, callback);
    bench.hang_up().await;
}

async fn another_campaign_does_not_hold_what_an_earlier_one_held(bench: &Bench) {
    let phone = bench.phone(1).await;
    let first = running(bench, &phone).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    to(bench, first, Move::Complete).await;
    running(bench, &phone).await;
    assert_eq!(bench.status(callback).await, Status::Pending);
    assert_eq!(bench.dial(&phone).await.callback, callback);
    bench.hang_up().await;
}

async fn one_campaign_at_a_time_is_active_on_a_phone(bench: &Bench) {
    let phone = bench.phone(1).await;
    running(bench, &phone).await;
    let second = campaign(bench, &phone, InboundMisses::AfterCampaign).await;
    assert!(matches!(to(bench, second, Move::Start).await, CampaignMoved::PhoneTaken));
}

async fn a_campaign_on_another_phone_holds_nobody_here(bench: &Bench) {
    let (here, there) = (bench.phone(1).await, bench.phone(1).await);
    running(bench, &there).await;
    let callback = bench.missed(&here, &caller(1)).await;
    assert_eq!(bench.dial(&here).await.callback, callback);
    bench.hang_up().await;
}

async fn a_campaign_that_becomes_immediate_lets_go_of_what_it_held(bench: &Bench) {
    let phone = bench.phone(1).await;
    let id = running(bench, &phone).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    assert_eq!(shown(bench, callback).await, ShownStatus::OnHold);
    let mut campaign = bench.tenant().campaign(id).await.unwrap().unwrap();
    let seen = campaign.updated_at;
    campaign.inbound_misses = InboundMisses::Immediate;
    assert!(bench.tenant().save_campaign(&campaign, seen).await.unwrap());
    assert_eq!(shown(bench, callback).await, ShownStatus::Pending);
    assert!(bench.claim(&phone).await.is_some());
    bench.hang_up().await;
}
