//! Where a local time lies in real time, on the days on which clocks are changed. A time that is skipped stands for the
//! moment of the change. Of a time that comes twice, a beginning takes the first coming and an end the last, so that a
//! block is one piece and holds every moment at which the local clock shows a time of it.

use jiff::{
    Timestamp,
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone},
};

/// The first instant at which the local clock shows `local` or later. `None` only at the ends of the calendar.
pub(crate) fn begins(zone: &TimeZone, local: DateTime) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => offset.to_timestamp(local).ok(),
        AmbiguousOffset::Gap { after, .. } => change_after(zone, after.to_timestamp(local).ok()?),
    }
}

/// The instant from which on the local clock never again shows a time before `local`.
pub(crate) fn ends(zone: &TimeZone, local: DateTime) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Fold { before, after } => {
            let (first, last) = (before.to_timestamp(local).ok()?, after.to_timestamp(local).ok()?);
            // Clocks are set back to just this time: nothing before it comes again.
            if change_after(zone, first) == Some(last) { Some(first) } else { Some(last) }
        }
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Gap { .. } => begins(zone, local),
    }
}

/// The next change of the clocks. From just before a gap or a first coming, that is the change which makes it.
fn change_after(zone: &TimeZone, at: Timestamp) -> Option<Timestamp> {
    zone.following(at).next().map(|change| change.timestamp())
}
