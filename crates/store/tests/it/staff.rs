//! Staff come, change and leave: when it is looked at who is available, and what becomes of what they owned.

use jiff::Timestamp;
use ringback_domain::{access::Role, callback::Status, event::EventType, ids::StaffId};
use ringback_store::{Branch, NewStaff, Removed, Staff, StaffSaved};

use crate::bench::{Bench, caller};

on_each_engine! {
    whoever_is_new_is_looked_at_at_once,
    a_change_is_looked_at_when_it_decides_something,
    the_clocks_of_a_branch_are_those_of_its_staff,
    of_two_who_change_somebody_one_sees_it,
    what_somebody_leaves_behind_finds_somebody_else,
    the_last_owner_cannot_leave,
}

async fn person(bench: &Bench, name: &str, role: Role) -> Staff {
    let email = format!("{name}@example.com");
    let new = NewStaff { name, email: &email, role, password_hash: None };
    bench.tenant().create_staff(&new, bench.now()).await.unwrap()
}

/// Saves what `change` makes of somebody.
async fn change(bench: &Bench, id: StaffId, change: impl Fn(&mut Staff)) -> StaffSaved {
    let seen = bench.tenant().staff(id).await.unwrap().unwrap();
    let mut staff = seen.clone();
    change(&mut staff);
    bench.advance(1);
    staff.updated_at = bench.now();
    bench.tenant().save_staff(&staff, &seen).await.unwrap()
}

async fn looked_at(bench: &Bench, id: StaffId) -> Option<Timestamp> {
    const SQL: &str = "select available_changes_at from staff where id = $1";
    bench.optional::<(Option<Timestamp>,)>(SQL, vec![id.into()]).await.unwrap().0
}

#[expect(clippy::unnecessary_wraps, reason = "as the column has it")]
fn at(text: &str) -> Option<Timestamp> {
    Some(text.parse().unwrap())
}

async fn whoever_is_new_is_looked_at_at_once(bench: &Bench) {
    let ada = person(bench, "ada", Role::Staff).await;
    assert_eq!(looked_at(bench, ada.id).await, Some(bench.now()));
    bench.time_acts().await;
    assert_eq!(looked_at(bench, ada.id).await, None, "nothing of hers changes by itself");
}

async fn a_change_is_looked_at_when_it_decides_something(bench: &Bench) {
    let ada = person(bench, "ada", Role::Staff).await.id;
    bench.time_acts().await;
    let tomorrow = bench.now().to_zoned(jiff::tz::TimeZone::get("Europe/Berlin").unwrap()).date().tomorrow().unwrap();
    assert_eq!(change(bench, ada, |it| it.absent_from = Some(tomorrow)).await, StaffSaved::Yes);
    let midnight = tomorrow.to_zoned(jiff::tz::TimeZone::get("Europe/Berlin").unwrap()).unwrap().timestamp();
    assert_eq!(looked_at(bench, ada).await, Some(midnight), "she is there until then");
    change(bench, ada, |it| "Ada L.".clone_into(&mut it.name)).await;
    assert_eq!(looked_at(bench, ada).await, Some(midnight));
    change(bench, ada, |it| it.present = false).await;
    assert_eq!(looked_at(bench, ada).await, Some(bench.now()));
    bench.time_acts().await;
    assert_eq!(looked_at(bench, ada).await, None);
    change(bench, ada, |it| it.role = Role::Manager).await;
    assert_eq!(looked_at(bench, ada).await, Some(bench.now()), "she is eligible for other things");
}

async fn the_clocks_of_a_branch_are_those_of_its_staff(bench: &Bench) {
    let id = bench.branch().await;
    let ada = person(bench, "ada", Role::Staff).await.id;
    change(bench, ada, |it| {
        it.branch_id = Some(id);
        it.absent_until = Some("2030-03-30".parse().unwrap());
    })
    .await;
    bench.time_acts().await;
    // On the 31st of March 2030 clocks are put forward in Berlin: midnight comes before that.
    assert_eq!(looked_at(bench, ada).await, at("2030-03-30T23:00:00Z"));
    let branch = bench.tenant().branch(id).await.unwrap().unwrap();
    bench.advance(1);
    let kolkata = Branch { time_zone: "Asia/Kolkata".to_owned(), updated_at: bench.now(), ..branch.clone() };
    assert!(bench.tenant().save_branch(&kolkata, branch.updated_at).await.unwrap());
    assert!(!bench.tenant().save_branch(&kolkata, branch.updated_at).await.unwrap(), "somebody else was first");
    bench.time_acts().await;
    assert_eq!(looked_at(bench, ada).await, at("2030-03-30T18:30:00Z"));
}

async fn of_two_who_change_somebody_one_sees_it(bench: &Bench) {
    let seen = person(bench, "ada", Role::Staff).await;
    let taken = person(bench, "bea", Role::Staff).await.email;
    bench.advance(1);
    let changed = Staff { name: "Ada L.".to_owned(), updated_at: bench.now(), ..seen.clone() };
    assert_eq!(bench.tenant().save_staff(&changed, &seen).await.unwrap(), StaffSaved::Yes);
    assert_eq!(bench.tenant().save_staff(&changed, &seen).await.unwrap(), StaffSaved::Changed);
    assert_eq!(change(bench, seen.id, |it| it.email.clone_from(&taken)).await, StaffSaved::EmailTaken);
}

async fn what_somebody_leaves_behind_finds_somebody_else(bench: &Bench) {
    let phone = bench.phone(1).await;
    let ada = person(bench, "ada", Role::Staff).await.id;
    let callback = bench.missed(&phone, &caller(1)).await;
    bench.execute("update attempts set status = 'failed'", vec![]).await;
    bench.execute("update callbacks set assigned_to = $1, status = 'assigned'", vec![ada.into()]).await;
    assert_eq!(bench.tenant().delete_staff(ada, "operator", bench.now()).await.unwrap(), Removed::Yes);
    assert_eq!(bench.tenant().delete_staff(ada, "operator", bench.now()).await.unwrap(), Removed::Unknown);
    assert_eq!((bench.owner_of(callback).await, bench.callback_status(callback).await), (None, Status::Pending));
    assert_eq!(bench.told(callback).await, [EventType::CallbackAssigned]);
    let bea = person(bench, "bea", Role::Staff).await.id;
    bench.time_acts().await;
    assert_eq!(bench.owner_of(callback).await, Some(bea));
}

async fn the_last_owner_cannot_leave(bench: &Bench) {
    let ada = person(bench, "ada", Role::Owner).await.id;
    assert!(matches!(bench.tenant().delete_staff(ada, "operator", bench.now()).await.unwrap(), Removed::InUse(_)));
    assert_eq!(change(bench, ada, |it| it.active = false).await, StaffSaved::LastOwner);
    person(bench, "bea", Role::Owner).await;
    assert_eq!(change(bench, ada, |it| it.active = false).await, StaffSaved::Yes);
    assert_eq!(bench.tenant().delete_staff(ada, "operator", bench.now()).await.unwrap(), Removed::Yes);
}
