//! When the machine may ring somebody: in the callee's own local time, across daylight saving (decision 17).

use jiff::{Timestamp, Zoned, tz::TimeZone};

use crate::{phone_number::PhoneNumber, settings::CallingHours};

/// Country → its time zones, from the tz database's `zone.tab` (public domain).
const ZONES: &str = include_str!("calling_hours/zones.tsv");

/// The zones in which the number's owner may be. Inside the company's own country that is the company's zone: its
/// customers live around it. Elsewhere all zones of the number's country count; a number of no country counts as local.
pub fn zones_of(number: &PhoneNumber, company_country: &str, company_zone: &str) -> Vec<TimeZone> {
    let own = || vec![TimeZone::get(company_zone).unwrap_or(TimeZone::UTC)];
    match number.country() {
        Some(country) if country != company_country => {
            let zones: Vec<_> = zones_of_country(&country).filter_map(|name| TimeZone::get(name).ok()).collect();
            if zones.is_empty() { own() } else { zones }
        }
        _ => own(),
    }
}

/// The country's zones, the one where most people live first; none for what is not a country (ISO 3166, two letters).
pub fn zones_of_country(country: &str) -> impl Iterator<Item = &'static str> {
    let line = ZONES.lines().find(|line| line.split_once('\t').is_some_and(|(code, _)| code == country));
    line.and_then(|line| line.split_once('\t')).into_iter().flat_map(|(_, zones)| zones.split(' '))
}

/// `None`: it may ring now. Else the next instant at which it may, in every one of the zones.
pub fn opens_at(now: Timestamp, hours: CallingHours, zones: &[TimeZone]) -> Option<Timestamp> {
    let mut open = now;
    // Each round moves to the opening of a zone that is closed; a day has passed long before this ends.
    for _ in 0..zones.len() * 3 + 3 {
        match zones.iter().find_map(|zone| zone_opens_at(open, hours, zone)) {
            Some(later) => open = later,
            None => break,
        }
    }
    (open > now).then_some(open)
}

fn zone_opens_at(now: Timestamp, hours: CallingHours, zone: &TimeZone) -> Option<Timestamp> {
    let local: Zoned = now.to_zoned(zone.clone());
    let (time, today) = (local.time(), local.date());
    let within =
        if hours.from <= hours.until { hours.from <= time && time < hours.until } else { time >= hours.from || time < hours.until };
    if within {
        return None;
    }
    let day = if time < hours.from { today } else { today.tomorrow().ok()? };
    day.to_datetime(hours.from).to_zoned(zone.clone()).ok().map(|opening| opening.timestamp()).filter(|opening| *opening > now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin(now: &str) -> Option<String> {
        let zone = TimeZone::get("Europe/Berlin").expect("bundled");
        let opens = opens_at(now.parse().expect("an instant"), CallingHours::default(), std::slice::from_ref(&zone))?;
        Some(opens.to_zoned(zone).strftime("%F %H:%M %z").to_string())
    }

    #[test]
    fn calling_hours_are_the_callees_eight_to_nine_in_the_evening() {
        assert_eq!(berlin("2026-06-01T08:00:00+02:00"), None);
        assert_eq!(berlin("2026-06-01T20:59:59+02:00"), None);
        assert_eq!(berlin("2026-06-01T07:59:59+02:00").as_deref(), Some("2026-06-01 08:00 +0200"));
        assert_eq!(berlin("2026-06-01T21:00:00+02:00").as_deref(), Some("2026-06-02 08:00 +0200"));
    }

    #[test]
    fn daylight_saving_moves_nothing() {
        assert_eq!(berlin("2026-03-28T22:00:00+01:00").as_deref(), Some("2026-03-29 08:00 +0200"));
        assert_eq!(berlin("2026-10-24T22:00:00+02:00").as_deref(), Some("2026-10-25 08:00 +0100"));
    }

    #[test]
    fn a_country_of_many_zones_waits_until_it_is_day_in_all_of_them() {
        let number = PhoneNumber::parse("+12125552368", "DE").expect("valid");
        let zones = zones_of(&number, "DE", "Europe/Berlin");
        assert!(zones.len() > 5);
        let open = opens_at("2026-06-01T13:00:00Z".parse().expect("an instant"), CallingHours::default(), &zones);
        let open = open.expect("09:00 in New York is night in Honolulu");
        assert_eq!(opens_at(open, CallingHours::default(), &zones), None);
    }

    #[test]
    fn every_listed_zone_exists() {
        for zone in ZONES.lines().flat_map(|line| line.split_once('\t').expect("two columns").1.split(' ')) {
            assert!(TimeZone::get(zone).is_ok(), "{zone}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_opens_is_open_and_nothing_was_open_before(
            millis in 1_700_000_000_000_i64..1_900_000_000_000,
            from in 0_i8..24,
            until in 0_i8..24,
            zone in proptest::sample::select(vec!["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]),
        ) {
            proptest::prop_assume!(from != until);
            let hours = CallingHours { from: jiff::civil::time(from, 0, 0, 0), until: jiff::civil::time(until, 0, 0, 0) };
            let zones = [TimeZone::get(zone).expect("bundled")];
            let now = crate::time::from_millis(millis);
            if let Some(opens) = opens_at(now, hours, &zones) {
                proptest::prop_assert_eq!(opens_at(opens, hours, &zones), None, "it is open when it opens");
                let before = crate::time::plus_seconds(opens, -1);
                proptest::prop_assert!(before < now || opens_at(before, hours, &zones).is_some(), "it was closed just before");
            }
        }
    }
}
