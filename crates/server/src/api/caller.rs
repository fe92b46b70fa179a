//! Who asks, and what he may do.

use std::marker::PhantomData;

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use ringback_domain::{
    access::{Role, Scope, Sight},
    ids::{BranchId, CompanyId, StaffId, TokenId},
};
use ringback_store::{Store, TenantStore, Token};

use crate::errors::ApiError;

/// The bearer of a token that the gate has let in.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) token: TokenId,
    pub(crate) company: CompanyId,
    pub(crate) scope: Scope,
    pub(crate) staff: Option<StaffId>,
    /// Of that person.
    pub(crate) role: Option<Role>,
    pub(crate) sight: Sight,
    /// By which the token is found again, for what lasts longer than a request.
    pub(crate) token_hash: [u8; 32],
}

impl Caller {
    pub(crate) fn new(token: &Token, token_hash: [u8; 32]) -> Self {
        Self {
            token: token.id,
            company: token.company_id,
            scope: token.scope,
            staff: token.staff_id,
            role: token.role,
            sight: token.sight(),
            token_hash,
        }
    }

    pub(crate) fn lacks(&self, needed: Scope) -> ApiError {
        let detail = format!("This needs a token of scope {needed}; this one has {}.", self.scope);
        ApiError::refused(StatusCode::FORBIDDEN, detail)
    }

    /// As events and the ledger name him.
    pub(crate) fn actor(&self) -> String {
        self.staff.map_or_else(|| format!("token:{}", self.token), |staff| format!("staff:{staff}"))
    }

    /// Refuses what neither the company itself nor this person's role arranges: what belongs to this branch, or to all.
    pub(crate) fn arrange(&self, belongs_to: Option<BranchId>) -> Result<(), ApiError> {
        if self.sight.arranges(self.role, belongs_to) {
            return Ok(());
        }
        let who = if belongs_to.is_some() { "an owner, or a manager of that branch" } else { "an owner" };
        Err(ApiError::refused(StatusCode::FORBIDDEN, format!("Only {who} may do this.")))
    }

    /// What he sees of his company.
    pub(crate) fn rows<'a>(&self, store: &'a Store) -> TenantStore<'a> {
        store.tenant(self.company).seen_by(self.sight)
    }
}

/// The first argument of every handler: a caller whose token's scope includes the one that is needed.
pub(crate) struct May<N>(pub(crate) Caller, pub(crate) PhantomData<N>);

pub(crate) trait Needs {
    const SCOPE: Scope;
}

macro_rules! scopes {
    ($($(#[$meta:meta])* $name:ident: $scope:ident),+ $(,)?) => {$(
        $(#[$meta])*
        pub(crate) struct $name;
        impl Needs for $name { const SCOPE: Scope = Scope::$scope; }
    )+};
}
scopes!(Read: Read, Write: Write, Administer: Admin, Operate: Operator);

impl<N: Needs, S: Sync> FromRequestParts<S> for May<N> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let caller = parts.extensions.get::<Caller>().cloned();
        let caller = caller.ok_or_else(|| anyhow::anyhow!("a route of the API is not behind its gate"))?;
        if caller.scope.includes(N::SCOPE) {
            return Ok(Self(caller, PhantomData));
        }
        Err(caller.lacks(N::SCOPE))
    }
}
