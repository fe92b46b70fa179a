//! One company's view of the store.

use ringback_domain::{access::Sight, ids::CompanyId};

use crate::{db::Value, store::Store};

/// Everything that is reached through this handle belongs to its company (I7).
#[derive(Clone, Copy)]
pub struct TenantStore<'a> {
    pub(crate) store: &'a Store,
    pub(crate) company: CompanyId,
    /// What of the company is there for whoever asks.
    pub(crate) sight: Sight,
}

impl TenantStore<'_> {
    /// The same company as somebody sees it who does not see all of it.
    #[must_use]
    pub fn seen_by(self, sight: Sight) -> Self {
        Self { sight, ..self }
    }

    /// For a statement with phones `p`: the condition that they are seen.
    pub(crate) fn and_seen_phones(&self, params: &mut Vec<Value>) -> String {
        let Sight::Branch { branch, .. } = self.sight else { return String::new() };
        params.push(branch.into());
        format!(" and (p.branch_id is null or p.branch_id = ${})", params.len())
    }

    /// Whether there may be things of the company that are not seen: then a thing is looked up before it is changed.
    pub(crate) fn sees_part(&self) -> bool {
        self.sight != Sight::All
    }

    pub fn company(&self) -> CompanyId {
        self.company
    }
}
