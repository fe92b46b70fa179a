//! Somebody leaves: what he had promised goes back to where everybody sees it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use ringback_domain::{
    callback::{Status, TOP_RUNG},
    event::EventType,
    ids::{CallbackId, CompanyId, StaffId},
    phone_number::PhoneNumber,
};
use serde_json::json;

use super::change::has_owner;
use crate::{
    assignment::Pool,
    db::{Result, Tx, from_record, params},
    person,
    removal::{Dependents, Removed},
    store::{About, Store, retrying},
    tenant::TenantStore,
};

const DEPENDENTS: Dependents<1> = Dependents {
    sql: "select cast(0 as bigint), count(*) from appointments where staff_id = $2 and company_id = $1 and deleted_at is null
        and status = 'booked' and ends_at > $3",
    names: [("booked appointment", "booked appointments")],
};

struct Owned {
    id: CallbackId,
    number: PhoneNumber,
    status: Status,
}
from_record!(Owned { id, number, status });

async fn owned_by(tx: &mut Tx, company: CompanyId, owner: StaffId) -> Result<Vec<Owned>> {
    const OWNED: &str = "select id, number, status from callbacks
        where company_id = $1 and assigned_to = $2 and status in ('pending', 'assigned', 'contacted') and deleted_at is null
        order by number, id";
    tx.all(OWNED, params![company, owner]).await
}

impl TenantStore<'_> {
    /// Somebody with appointments to come stays, and so does the last owner. His open callbacks are nobody's from now on.
    pub async fn delete_staff(&self, id: StaffId, actor: &str, now: Timestamp) -> Result<Removed> {
        loop {
            if let Some(removed) = self.try_to_delete(id, actor, now).await? {
                return Ok(removed);
            }
        }
    }

    /// Whoever is given something is given it under the turn, and whoever holds that waits for no person: so the persons of what
    /// he owns are locked before it. `None`: he was given something of somebody else's until the turn was ours.
    async fn try_to_delete(&self, id: StaffId, actor: &str, now: Timestamp) -> Result<Option<Removed>> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            let before = owned_by(&mut tx, self.company, id).await?;
            let persons: BTreeSet<&PhoneNumber> = before.iter().map(|it| &it.number).collect();
            person::lock_all(&mut tx, self.company, &persons).await?;
            Pool::take_turn(&mut tx, self.company).await?;
            let after = owned_by(&mut tx, self.company, id).await?;
            if !after.iter().all(|it| persons.contains(&it.number)) {
                return Ok(None);
            }
            let Some((name,)) = self.deleted_name(&mut tx, id, now).await? else { return Ok(Some(Removed::Unknown)) };
            if let Some(told) = DEPENDENTS.of(&mut tx, params![self.company, id, now]).await? {
                return Ok(Some(Removed::InUse(told)));
            }
            if !has_owner(&mut tx, self.company).await? && self.was_owner(&mut tx, id).await? {
                return Ok(Some(Removed::InUse("the company, whose only owner this is".to_owned())));
            }
            tx.execute("delete from sessions where staff_id = $1", params![id]).await?;
            self.store.give_back(&mut tx, self.company, id, after, &format!("{name} left"), actor, now).await?;
            self.store.commit(tx, self.company).await?;
            Ok(Some(Removed::Yes))
        })
    }

    /// He is looked at once more, for what he takes on himself at this moment.
    async fn deleted_name(&self, tx: &mut Tx, id: StaffId, now: Timestamp) -> Result<Option<(String,)>> {
        const SQL: &str = "update staff set deleted_at = $3, active = $4, available_changes_at = $3, updated_at = $3
            where company_id = $1 and id = $2 and deleted_at is null returning name";
        tx.optional(SQL, params![self.company, id, now, false]).await
    }

    async fn was_owner(&self, tx: &mut Tx, id: StaffId) -> Result<bool> {
        const SQL: &str = "select role = 'owner' from staff where id = $1";
        Ok(tx.one::<(bool,)>(SQL, params![id]).await?.0)
    }
}

impl Store {
    /// Makes everything open that somebody owns nobody's again, visibly: it is in the unassigned list with the due time
    /// and the warning that it had, so that it escalates there (I3), unless the look at it that is due now finds somebody else. Whom he was calling just now, he no
    /// longer is. What he had at the top of the ladder, spoken about but not done, is handed up again. Under the locks
    /// of their persons.
    #[expect(clippy::too_many_arguments, reason = "who left what, why, and who says so")]
    async fn give_back(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        owner: StaffId,
        callbacks: Vec<Owned>,
        because: &str,
        actor: &str,
        now: Timestamp,
    ) -> Result<()> {
        for owned in callbacks {
            let status = if owned.status == Status::Assigned { Status::Pending } else { owned.status };
            const SQL: &str = "update callbacks set status = $3, assigned_to = null, assigned_at = null, assignment_reason = $4,
                    claimed_by = null, claimed_actor = null, claimed_until = null, acts_at = $5, updated_at = $5,
                    rung = case when status = 'contacted' and rung >= $6 then 0 else rung end,
                    escalated_at = case when status = 'contacted' and rung >= $6 then null else escalated_at end
                where id = $1 and assigned_to = $2 and status in ('pending', 'assigned', 'contacted')";
            if tx.execute(SQL, params![owned.id, owner, status.as_str(), because, now, TOP_RUNG]).await? == 0 {
                // Somebody moved it before the lock was ours.
                continue;
            }
            let about = About { actor, callback: Some(owned.id), phone: None };
            let data = json!({"callback": {
                "id": owned.id, "status": status, "assigned_to": null, "assigned_from": owner, "assignment_reason": because,
            }});
            self.event(tx, now, company, EventType::CallbackAssigned, about, data);
        }
        Ok(())
    }
}
