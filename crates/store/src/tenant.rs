//! One company's view of the store.

use ringback_domain::{access::Sight, ids::CompanyId};

use crate::store::Store;

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

    pub fn company(&self) -> CompanyId {
        self.company
    }
}
