//! Staff: known again by their address. An empty cell leaves what is there.

use std::collections::HashMap;

use ringback_domain::ids::StaffId;
use ringback_store::{Put, Staff};
use serde_json::Value as Json;

use super::{Body, Reading, Rejected, Row, Summary};
use crate::{
    api::{
        body::Fields,
        staff::{change, create},
    },
    email,
};

impl Reading<'_> {
    pub(super) async fn staff(&mut self, rows: &[Row]) -> Result<Summary, Rejected> {
        let (mut named, mut puts) = (HashMap::new(), Vec::new());
        for (nth, row) in rows.iter().enumerate() {
            if let Some(put) = self.person(row).await? {
                if let Some(before) = named.insert(put.row.email.clone(), row.number) {
                    self.wrong(row, "email", format!("is in row {before}, too"));
                }
                puts.push(put);
            }
            self.checked(nth, rows.len());
        }
        let company = self.import.rows();
        self.put(puts, rows.len(), async |puts, writing| company.import_staff(puts, writing).await).await
    }

    async fn person(&mut self, row: &Row) -> Result<Option<Put<Staff>>, Rejected> {
        let Body { fields, unread } = self.body(row);
        let (rows, now) = (self.import.rows(), self.import.now);
        let address = fields.get("email").and_then(Json::as_str).and_then(|text| email::parse(text).ok());
        let seen = match address {
            Some(address) => rows.staff_by_email(&address).await?,
            None => None,
        };
        let Some(seen) = seen else {
            let id = StaffId(self.import.store.new_id(now));
            let new = create::new(rows, id, now, Fields::new(fields)).await;
            return Ok(self.accepted(row, &unread, new)?.map(|row| Put { row, seen: None }));
        };
        let changed = change::changed(rows, &seen, now, Fields::new(fields)).await;
        let Some((changed, _)) = self.accepted(row, &unread, changed)? else { return Ok(None) };
        let unchanged = Staff { updated_at: seen.updated_at, ..changed.clone() } == seen;
        Ok(Some(Put { row: if unchanged { seen.clone() } else { changed }, seen: Some(seen) }))
    }
}
