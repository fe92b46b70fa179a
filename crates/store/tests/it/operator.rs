//! What the operator sees of the work at hand.

use ringback_domain::{
    attempt::ShownStatus,
    callback,
    campaign::{InboundMisses, Move, State},
    ids::CampaignId,
};
use ringback_store::Campaign;

use crate::bench::{Bench, caller};

on_each_engine! {
    the_workload_counts_open_work_as_it_is_shown,
}

async fn attempts(bench: &Bench) -> Vec<(ShownStatus, i64)> {
    bench.store.workload(bench.now()).await.unwrap().attempts.into_iter().collect()
}

async fn the_workload_counts_open_work_as_it_is_shown(bench: &Bench) {
    assert_eq!(attempts(bench).await, []);
    let phone = bench.phone(1).await;
    bench.fill(&phone).await;
    bench.missed(&phone, &caller(1)).await;
    let campaign = Campaign {
        id: CampaignId(bench.store.new_id(bench.now())),
        phone_id: phone.id,
        name: "Spring".to_owned(),
        state: State::Draft,
        inbound_misses: InboundMisses::AfterCampaign,
        max_channels: None,
        created_at: bench.now(),
        updated_at: bench.now(),
    };
    bench.tenant().add_campaign(&campaign).await.unwrap();
    bench.tenant().move_campaign(campaign.id, Move::Start, "staff", bench.now()).await.unwrap();
    bench.missed(&phone, &caller(2)).await;
    bench.missed(&phone, &caller(3)).await;
    assert_eq!(attempts(bench).await, [(ShownStatus::Pending, 1), (ShownStatus::OnHold, 2)]);

    // Without credits the one that waits cannot be dialed; those on hold are on hold first of all.
    bench.store.add_credits(bench.company, -9_950, "test", "operator", bench.now()).await.unwrap();
    assert_eq!(attempts(bench).await, [(ShownStatus::OnHold, 2), (ShownStatus::InsufficientCredits, 1)]);
    bench.tenant().move_campaign(campaign.id, Move::Complete, "staff", bench.now()).await.unwrap();
    assert_eq!(attempts(bench).await, [(ShownStatus::InsufficientCredits, 3)]);

    let workload = bench.store.workload(bench.now()).await.unwrap();
    assert_eq!(workload.channels_in_use, 1);
    assert_eq!(workload.callbacks.into_iter().collect::<Vec<_>>(), [(callback::Status::Pending, 3)]);

    bench.store.add_credits(bench.company, 9_950, "test", "operator", bench.now()).await.unwrap();
    // The one who had the channel goes without having been answered: he waits too.
    bench.hang_up().await;
    assert!(bench.claim(&phone).await.is_some());
    assert_eq!(attempts(bench).await, [(ShownStatus::Pending, 3), (ShownStatus::Processing, 1)]);
    bench.hang_up().await;
}
