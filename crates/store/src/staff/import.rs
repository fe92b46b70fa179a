//! The people of a file.

use super::{
    Staff,
    change::{has_owner, no_longer_owner},
};
use crate::{
    assignment::Pool,
    db::Result,
    imports::{Imported, Put, Writing},
    store::retrying,
    tenant::TenantStore,
};

impl TenantStore<'_> {
    /// Writes all of them or none. Nobody new can sign in.
    pub async fn import_staff(&self, puts: &[Put<Staff>], writing: Writing<'_>) -> Result<Imported> {
        let mut in_order: Vec<&Put<Staff>> = puts.iter().collect();
        in_order.sort_unstable_by_key(|put| put.row.id);
        let takes_owners = puts.iter().any(|put| put.seen.as_ref().is_some_and(|seen| no_longer_owner(&put.row, seen)));
        let written = retrying!({
            let mut tx = self.store.db.begin().await?;
            if takes_owners {
                Pool::take_turn(&mut tx, self.company).await?;
            }
            for (nth, put) in in_order.iter().enumerate() {
                match &put.seen {
                    None => self.insert_staff(&mut tx, &put.row, None).await?,
                    Some(seen) if !self.update_staff(&mut tx, &put.row, seen).await? => return Ok(Imported::Changed),
                    Some(_) => {}
                }
                (writing.progress)(nth + 1);
            }
            if takes_owners && !has_owner(&mut tx, self.company).await? {
                return Ok(Imported::LastOwner);
            }
            self.store.finish(tx, self.company, writing.rehearsal).await?;
            Ok(Imported::Yes)
        });
        match written {
            // One of the addresses signs somebody else in by now.
            Err(error) if error.is_taken() => Ok(Imported::Changed),
            written => written,
        }
    }
}
