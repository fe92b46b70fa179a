use proptest::prelude::*;
use uuid::Uuid;

use super::{Strategy, *};

fn id(n: u128) -> StaffId {
    StaffId(Uuid::from_u128(n))
}

fn person(n: u128) -> Candidate {
    Candidate {
        staff: id(n),
        role: Role::Staff,
        available: true,
        returns_at: None,
        asked_for: false,
        served_before: false,
        has_skill: false,
        load: 0,
        last_turn: 0,
    }
}

fn chosen(candidates: &[Candidate]) -> (StaffId, Because) {
    let choice = choose(candidates, Strategy::Relationship, None).expect("somebody");
    (choice.staff, choice.because)
}

#[test]
fn who_served_before_comes_before_skill_and_skill_before_load() {
    let served = Candidate { served_before: true, load: 9, ..person(1) };
    let skilled = Candidate { has_skill: true, load: 5, ..person(2) };
    let idle = person(3);
    assert_eq!(chosen(&[idle.clone(), skilled.clone(), served.clone()]), (id(1), Because::ServedBefore));
    assert_eq!(chosen(&[idle.clone(), skilled.clone()]), (id(2), Because::HasSkill));
    assert_eq!(chosen(&[idle, Candidate { load: 1, ..person(4) }]), (id(3), Because::LeastLoaded { load: 0 }));
    let asked = Candidate { asked_for: true, load: 9, ..person(5) };
    assert_eq!(chosen(&[served, skilled, asked]), (id(5), Because::AskedFor));
}

#[test]
fn managers_get_it_only_when_no_other_can_and_owners_after_them() {
    let manager = Candidate { role: Role::Manager, served_before: true, ..person(1) };
    let owner = Candidate { role: Role::Owner, ..person(2) };
    let busy = Candidate { load: 40, ..person(3) };
    assert_eq!(chosen(&[owner.clone(), manager.clone(), busy]), (id(3), Because::LeastLoaded { load: 40 }));
    let off = Candidate { available: false, ..person(3) };
    assert_eq!(chosen(&[owner.clone(), manager, off.clone()]).0, id(1));
    assert_eq!(chosen(&[owner, off]).0, id(2));
}

#[test]
fn in_turn_means_whoever_waited_longest() {
    let people = [Candidate { last_turn: 7, ..person(1) }, Candidate { last_turn: 3, load: 50, ..person(2) }];
    let choice = choose(&people, Strategy::RoundRobin, None).expect("somebody");
    assert_eq!(choice, Choice { staff: id(2), because: Because::NextInTurn });
    assert_eq!(choose(&people, Strategy::LoadBased, None).map(|it| it.staff), Ok(id(1)));
}

#[test]
fn nobody_is_told_with_the_reason() {
    let zone = TimeZone::get("Europe/Berlin").expect("a zone");
    let monday = "2026-03-02T09:00:00+01:00".parse().ok();
    let off = [
        Candidate { available: false, returns_at: monday, ..person(1) },
        Candidate { available: false, returns_at: "2026-03-05T09:00:00+01:00".parse().ok(), ..person(2) },
    ];
    let nobody = choose(&off, Strategy::Relationship, None).expect_err("all are off");
    assert_eq!(nobody.tell(&zone), "nobody on shift until Mon 09:00");
    assert_eq!(choose(&[person(1)], Strategy::LoadBased, Some(id(1))), Err(Nobody::ElseInBranch));
    let unknown = Candidate { available: false, ..person(1) };
    assert_eq!(choose(&[unknown], Strategy::RoundRobin, None).expect_err("off").tell(&zone), "nobody on shift");
}

#[test]
fn the_ladder_goes_to_the_managers_then_to_the_owners() {
    let manager = |n| Candidate { role: Role::Manager, ..person(n) };
    let owner = |n| Candidate { role: Role::Owner, ..person(n) };
    let all = [manager(1), owner(2)];
    assert_eq!(hand_up(&all, 0, Some(id(9))), Handed { to: Some(id(1)), rung: 1 });
    assert_eq!(hand_up(&all, 1, Some(id(1))), Handed { to: Some(id(2)), rung: 2 });
    assert_eq!(hand_up(&all, 0, Some(id(1))), Handed { to: Some(id(2)), rung: 2 }, "a manager's own goes to an owner");
    assert_eq!(hand_up(&[owner(2)], 0, None), Handed { to: Some(id(2)), rung: TOP_RUNG }, "no managers: the owners");
    assert_eq!(hand_up(&[manager(1)], 1, Some(id(1))), Handed { to: Some(id(1)), rung: TOP_RUNG }, "nobody else: he himself");
    assert_eq!(hand_up(&[], 0, None), Handed { to: None, rung: TOP_RUNG });
    let off = Candidate { available: false, ..manager(1) };
    assert_eq!(hand_up(&[off.clone(), manager(3)], 0, None).to, Some(id(3)));
    assert_eq!(hand_up(&[off.clone(), owner(2)], 0, None), Handed { to: Some(id(2)), rung: TOP_RUNG }, "who is at work");
    assert_eq!(hand_up(&[off, Candidate { available: false, ..owner(2) }], 0, None).to, Some(id(1)), "at night nobody is");
}

prop_compose! {
    fn anybody()(n in 1_u128..20, role in 0_usize..3, available: bool, flags in 0_u8..8, load in 0_i64..5, last_turn in 0_i64..9) -> Candidate {
        Candidate {
            role: Role::ALL[role], available, asked_for: flags & 1 > 0, served_before: flags & 2 > 0, has_skill: flags & 4 > 0,
            load, last_turn, ..person(n)
        }
    }
}

proptest! {
    #[test]
    fn only_who_is_there_and_not_excluded_is_chosen_whatever_the_order(
        mut people in prop::collection::vec(anybody(), 0..12), strategy in 0_usize..3, excluded in prop::option::of(1_u128..20),
    ) {
        people.sort_by_key(|it| it.staff);
        people.dedup_by_key(|it| it.staff);
        let (strategy, excluded) = (Strategy::ALL[strategy], excluded.map(id));
        let eligible: Vec<_> = people.iter().filter(|it| it.available && Some(it.staff) != excluded).cloned().collect();
        let choice = choose(&people, strategy, excluded);
        prop_assert_eq!(choice.is_ok(), !eligible.is_empty());
        if let Ok(choice) = choice {
            let it = eligible.iter().find(|it| it.staff == choice.staff).expect("an eligible one");
            prop_assert!(eligible.iter().all(|other| other.role <= it.role), "{:?} before somebody lower", it.role);
        }
        people.reverse();
        prop_assert_eq!(choose(&people, strategy, excluded), choice);
    }
}
