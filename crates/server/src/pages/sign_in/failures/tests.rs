use super::*;

fn at(seconds: i64) -> Timestamp {
    ringback_domain::time::from_millis(1_772_000_000_000 + seconds * 1000)
}

fn from(email: &str, last: u8) -> Stranger<'_> {
    Stranger { email, address: Some(IpAddr::from([198, 51, 100, last])) }
}

#[test]
fn the_sixth_try_waits_and_the_person_gets_in_from_elsewhere() {
    let failures = Failures::default();
    for second in 0..5 {
        assert_eq!(failures.begin(from("a@x.example", 1), at(second)), Ok(()));
    }
    assert_eq!(failures.begin(from("a@x.example", 1), at(10)), Err(890));
    assert_eq!(failures.begin(from("a@x.example", 2), at(10)), Ok(()));
    assert_eq!(failures.begin(from("a@x.example", 1), at(900)), Ok(()));
    assert_eq!(failures.begin(from("a@x.example", 1), at(901)), Ok(()), "a new window has begun");
}

#[test]
fn one_address_cannot_try_everybody() {
    let failures = Failures::default();
    for guess in 0..50 {
        failures.begin(from(&format!("{guess}@x.example"), 1), at(0)).expect("is allowed");
    }
    assert!(failures.begin(from("new@x.example", 1), at(1)).is_err());
    assert!(failures.begin(from("new@x.example", 2), at(1)).is_ok());
}

#[test]
fn a_right_password_counts_for_nothing() {
    let failures = Failures::default();
    for second in 0..200 {
        assert_eq!(failures.begin(from("a@x.example", 1), at(second)), Ok(()));
        failures.forget(from("a@x.example", 1));
    }
    assert!(failures.counted.lock().expect("not poisoned").is_empty());
}

#[test]
fn memory_stays_bounded_whatever_is_tried() {
    let failures = Failures::default();
    {
        let mut counted = failures.counted.lock().expect("not poisoned");
        counted.extend((0..KEPT as u64).map(|n| (key(&[&n.to_string()]), (1, at(1)))));
    }
    for guess in 0..20 {
        failures.begin(from(&format!("{guess}@x.example"), 1), at(2)).expect("is allowed");
    }
    assert!(failures.counted.lock().expect("not poisoned").len() <= KEPT);
    failures.forget(from("0@x.example", 1));
}
