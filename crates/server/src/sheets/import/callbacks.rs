//! Callbacks: each row is a request, as if it had come by the API. The same row again, while its promise stands, asks for
//! nothing new.

use ringback_domain::{
    callback::{Source, Status},
    ids::CallbackId,
};
use ringback_store::{NewCallback, Writing};

use super::{Body, Reading, Rejected, Row, Step, Summary};
use crate::{
    api::{body::Fields, callbacks::create, read},
    sheets::{columns::Cell, file},
};

const STATUS: &str = "status";
const SOURCE: &str = "source";

impl Reading<'_> {
    pub(super) async fn callbacks(&mut self, rows: &[Row]) -> Result<Summary, Rejected> {
        let store = self.import.rows();
        let keys: Vec<String> = rows.iter().map(file::key).collect();
        let standing = store.standing_requests(&keys).await?;
        let ids: Vec<Option<CallbackId>> = rows.iter().map(|row| self.id(row)).collect();
        let there = store.callbacks_among(&ids.iter().copied().flatten().collect::<Vec<_>>()).await?;
        let (mut requests, mut unchanged, mut closed) = (Vec::new(), 0, 0);
        for (nth, ((row, key), id)) in rows.iter().zip(keys).zip(ids).enumerate() {
            if standing.contains(&key) || id.is_some_and(|id| there.contains(&id)) {
                unchanged += 1;
            } else if self.is_closed(row) {
                closed += 1;
            } else if let Some(new) = self.request(row).await? {
                requests.push(NewCallback { imported_as: Some(key), ..new });
            }
            self.checked(nth, rows.len());
        }
        self.all_right()?;
        let progress = &mut self.progress;
        let of = requests.len();
        let writing = Writing { rehearsal: self.import.dry_run, progress: &mut |nth| progress(Step::Written, nth, of) };
        let done = store.import_callbacks(&requests, "operator", self.import.now, writing).await?;
        Ok(Summary {
            created: done.created,
            merged: Some(done.merged),
            unchanged: unchanged + done.unchanged,
            passed_over: Some(closed),
            ..self.import.summary(rows.len())
        })
    }

    fn id(&mut self, row: &Row) -> Option<CallbackId> {
        let (column, id) = row.cells.iter().find(|(column, _)| column.cell == Cell::Id)?;
        match read::id(id.trim()) {
            Ok(id) => Some(id),
            Err(wrong) => {
                self.wrong(row, column.name, wrong.message);
                None
            }
        }
    }

    /// Of an export: somebody kept the promise, or took it back. What has expired still stands.
    fn is_closed(&mut self, row: &Row) -> bool {
        let Some((_, cell)) = row.cells.iter().find(|(column, _)| column.name == STATUS) else { return false };
        match read::word::<Status>(cell.trim()) {
            Ok(status) => matches!(status, Status::Completed | Status::Cancelled),
            Err(wrong) => {
                self.wrong(row, STATUS, wrong.message);
                false
            }
        }
    }

    async fn request(&mut self, row: &Row) -> Result<Option<NewCallback>, Rejected> {
        let Body { mut fields, unread } = self.body(row);
        fields.remove(STATUS);
        fields.entry(SOURCE).or_insert_with(|| Source::Import.as_str().into());
        let read = create::read(self.import.rows(), self.import.company, self.import.now, Fields::new(fields)).await;
        self.accepted(row, &unread, read)
    }
}
