//! One company's view of the store.

use ringback_domain::ids::CompanyId;

use crate::store::Store;

/// Everything that is reached through this handle belongs to its company (I7).
#[derive(Clone, Copy)]
pub struct TenantStore<'a> {
    pub(crate) store: &'a Store,
    pub(crate) company: CompanyId,
}

impl TenantStore<'_> {
    pub fn company(&self) -> CompanyId {
        self.company
    }
}
