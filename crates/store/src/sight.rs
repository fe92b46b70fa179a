//! What somebody sees of a company (ADR 0005), as conditions of queries that are built.

use ringback_domain::{
    access::Sight,
    ids::{AttemptId, BranchId, StaffId},
};

use crate::{
    assignment::Pool,
    db::{Result, Tx, Value, from_record, params},
    tenant::TenantStore,
};

struct Belongs {
    branch_id: Option<BranchId>,
    assigned_to: Option<StaffId>,
}
from_record!(Belongs { branch_id, assigned_to });

impl TenantStore<'_> {
    /// ` and …`: the row's callback, whose id is `callback`, is seen. Nothing where all is seen.
    pub(crate) fn and_callback_seen(&self, callback: &str, params: &mut Vec<Value>) -> String {
        let Sight::Branch { branch, person } = self.sight else { return String::new() };
        params.extend(params![branch, person]);
        let (branch, person) = (params.len() - 1, params.len());
        format!(
            " and exists (select 1 from callbacks seen where seen.id = {callback}
                and (seen.branch_id is null or seen.branch_id = ${branch} or seen.assigned_to = ${person}))"
        )
    }

    /// The row has a callback that is seen, or none and a phone that is.
    pub(crate) fn and_call_seen(&self, callback: &str, phone: &str, params: &mut Vec<Value>) -> String {
        let Sight::Branch { branch, person } = self.sight else { return String::new() };
        params.extend(params![branch, person]);
        let (branch, person) = (params.len() - 1, params.len());
        format!(
            " and (exists (select 1 from callbacks seen where seen.id = {callback}
                    and (seen.branch_id is null or seen.branch_id = ${branch} or seen.assigned_to = ${person}))
                or ({callback} is null and exists (select 1 from phones heard where heard.id = {phone}
                    and (heard.branch_id is null or heard.branch_id = ${branch}))))"
        )
    }

    pub(crate) async fn sees_attempt(&self, tx: &mut Tx, attempt: AttemptId) -> Result<bool> {
        const SQL: &str = "select b.branch_id, b.assigned_to from attempts a join callbacks b on b.id = a.callback_id
            where a.company_id = $1 and a.id = $2";
        let belongs = tx.optional::<Belongs>(SQL, params![self.company, attempt]).await?;
        Ok(belongs.is_some_and(|it| self.sight.sees(it.branch_id, it.assigned_to)))
    }

    /// Whether this is a person of the company who can be given something, by somebody who sees him; he does not leave until the
    /// transaction ends.
    pub(crate) async fn sees_at_work(&self, tx: &mut Tx, staff: StaffId) -> Result<bool> {
        Pool::take_turn(tx, self.company).await?;
        const SQL: &str = "select branch_id, id from staff where company_id = $1 and id = $2 and active and deleted_at is null";
        let found = tx.optional::<(Option<BranchId>, StaffId)>(SQL, params![self.company, staff]).await?;
        Ok(found.is_some_and(|(branch, id)| self.sight.sees(branch, Some(id))))
    }
}
