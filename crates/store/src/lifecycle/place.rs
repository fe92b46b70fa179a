//! Where a callback is kept: the branch whose opening hours its clock may follow.

use jiff::tz::TimeZone;
use ringback_domain::{
    business_time::{Calendar, Holidays, OpeningHours},
    callback::DueClock,
    settings::SlaClock,
};
use serde::de::DeserializeOwned;

use crate::db::{Error, FromRecord, Record, Result};

/// A branch's hours as they are stored, where there is a branch.
pub(crate) struct Place {
    opening_hours: Option<String>,
    holidays: Option<String>,
    zone: Option<String>,
}

impl FromRecord for Place {
    fn from_record(record: &Record) -> Result<Self> {
        Ok(Self { opening_hours: record.get("opening_hours")?, holidays: record.get("holidays")?, zone: record.get("branch_zone")? })
    }
}

/// What a query reads for [`Place`], of the branch `r`.
macro_rules! place_columns {
    () => {
        "r.opening_hours, r.holidays, r.time_zone as branch_zone"
    };
}
pub(crate) use place_columns;

impl Place {
    /// Read only when a due time is asked for: most moves need none.
    pub(crate) fn calendar(&self) -> Result<Option<Calendar>> {
        let Some(hours) = &self.opening_hours else { return Ok(None) };
        let hours: OpeningHours = read("opening_hours", hours)?;
        let holidays: Holidays = read("holidays", self.holidays.as_deref().unwrap_or("[]"))?;
        let zone = self.zone.as_deref().and_then(|zone| TimeZone::get(zone).ok()).unwrap_or(TimeZone::UTC);
        Ok(Some(Calendar::new(hours, holidays, zone)))
    }
}

pub(crate) fn clock(choice: SlaClock, calendar: Option<&Calendar>) -> DueClock<'_> {
    DueClock::of(choice, calendar)
}

fn read<T: DeserializeOwned>(column: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::Corrupt { column: column.to_owned(), reason: error.to_string() })
}
