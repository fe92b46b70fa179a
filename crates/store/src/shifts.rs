//! People come and go: what they own moves on before it is due, and what waited for somebody finds him.

use jiff::Timestamp;
use ringback_domain::ids::{CompanyId, StaffId};

use crate::{
    assignment::Pool,
    db::{Result, Tx, params},
    store::{Store, retrying},
};

/// Callbacks of one person that are looked at at once, the next due first; later ones are when they are warned of.
const WOKEN_AT_ONCE: u32 = 10_000;

impl Store {
    /// Companies in which somebody comes or goes now, or was changed by hand.
    pub async fn companies_with_changes_of_shift(&self, limit: u32, now: Timestamp) -> Result<Vec<CompanyId>> {
        const SQL: &str = "select company_id from (select company_id, available_changes_at from staff
                where available_changes_at is not null and available_changes_at <= $1 order by available_changes_at limit $2) q
            group by company_id order by min(available_changes_at)";
        let rows = self.db.all::<(CompanyId,)>(SQL, params![now, limit]).await?;
        Ok(rows.into_iter().map(|(company,)| company).collect())
    }

    /// Looks at who of a company has come or gone: the callbacks of those who are away, and those that nobody was found for,
    /// are looked at again at once.
    pub async fn change_shifts(&self, company: CompanyId, now: Timestamp) -> Result<()> {
        const CHANGED: &str = "select id, available_changes_at from staff
            where company_id = $1 and available_changes_at is not null and available_changes_at <= $2 order by id limit 200";
        retrying!({
            let mut tx = self.db.begin().await?;
            let changed = tx.all::<(StaffId, Timestamp)>(CHANGED, params![company, now]).await?;
            let pool = Pool::look(&mut tx, company, now).await?;
            let mut somebody_came = false;
            for (staff, seen) in changed {
                let person = pool.people().iter().find(|it| it.id == staff);
                somebody_came |= person.is_some_and(|it| it.availability.is_available());
                // Unless somebody changed him meanwhile: then he is looked at again.
                const NEXT: &str = "update staff set available_changes_at = $3 where id = $1 and available_changes_at = $2";
                tx.execute(NEXT, params![staff, seen, person.and_then(|it| it.availability.changes_at)]).await?;
                if pool.away(staff).is_some() {
                    wake_owned(&mut tx, staff, now).await?;
                }
            }
            if somebody_came {
                for person in pool.people().iter().filter(|it| !it.availability.is_available()) {
                    wake_owned(&mut tx, person.id, now).await?;
                }
                wake_wanting(&mut tx, company, now).await?;
            }
            tx.commit().await
        })
    }
}

/// What somebody owns. What is due is written, too, although it is looked at anyway: a server that looks at it at this moment
/// may not have seen that he left.
async fn wake_owned(tx: &mut Tx, owner: StaffId, now: Timestamp) -> Result<()> {
    const SQL: &str = "update callbacks set acts_at = case when acts_at < $2 then acts_at else $2 end
        where id in (select b.id from callbacks b where b.assigned_to = $1
            and b.status in ('pending', 'assigned', 'contacted') and b.deleted_at is null and b.assigned_to is not null
            order by b.due_at, b.id limit $3)";
    tx.execute_many(SQL, params![owner, now, WOKEN_AT_ONCE]).await?;
    Ok(())
}

/// What nobody could be found for; as above.
async fn wake_wanting(tx: &mut Tx, company: CompanyId, now: Timestamp) -> Result<()> {
    const SQL: &str = "update callbacks set acts_at = case when acts_at < $2 then acts_at else $2 end
        where id in (select b.id from callbacks b where b.company_id = $1
            and b.status = 'pending' and b.deleted_at is null and b.assigned_to is null and b.assignment_reason is not null
            order by b.id limit $3)";
    tx.execute_many(SQL, params![company, now, WOKEN_AT_ONCE]).await?;
    Ok(())
}
