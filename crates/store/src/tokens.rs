//! Tokens of the API: stored as hashes, so that the database tells nobody a token.

use jiff::Timestamp;
use ringback_domain::{
    access::{Role, Scope, Sight},
    ids::{BranchId, CompanyId, StaffId, TokenId},
};

use crate::{
    db::{Result, from_record, params},
    store::{Store, retrying},
    tenant::TenantStore,
};

/// What a request with a token may do.
#[derive(Debug, Clone)]
pub struct Token {
    pub id: TokenId,
    pub company_id: CompanyId,
    pub name: String,
    pub scope: Scope,
    /// Requests per minute.
    pub rate_limit: u32,
    /// The person as whom it acts.
    pub staff_id: Option<StaffId>,
    /// Of that person.
    pub role: Option<Role>,
    pub branch_id: Option<BranchId>,
}
from_record!(Token { id, company_id, name, scope, rate_limit, staff_id, role, branch_id });

impl Token {
    /// A token that acts as nobody sees the company.
    pub fn sight(&self) -> Sight {
        self.staff_id.zip(self.role).map_or(Sight::All, |(person, role)| Sight::of(role, self.branch_id, person))
    }
}

#[derive(Debug, Clone, Copy)]
pub struct NewToken<'a> {
    pub name: &'a str,
    /// SHA-256 of the token.
    pub hash: [u8; 32],
    pub scope: Scope,
    pub rate_limit: u32,
    pub staff_id: Option<StaffId>,
}

impl Store {
    /// The token with this hash; none when the person as whom it acts is no longer active.
    pub async fn token(&self, hash: &[u8; 32]) -> Result<Option<Token>> {
        const SQL: &str = "select t.id, t.company_id, t.name, t.scope, t.rate_limit, t.staff_id, s.role, s.branch_id
            from tokens t left join staff s on s.id = t.staff_id
            where t.token_hash = $1 and (t.staff_id is null or (s.active and s.deleted_at is null))";
        self.db.optional(SQL, params![hash.to_vec()]).await
    }
}

impl TenantStore<'_> {
    /// `staff_id` must be of this company.
    pub async fn create_token(&self, new: &NewToken<'_>, now: Timestamp) -> Result<TokenId> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            const SQL: &str = "insert into tokens (id, company_id, name, token_hash, scope, rate_limit, staff_id, created_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8)";
            let id = TokenId(self.store.new_id(now));
            let params = params![id, self.company, new.name, new.hash.to_vec(), new.scope.as_str(), new.rate_limit, new.staff_id, now];
            tx.execute(SQL, params).await?;
            self.store.commit(tx, self.company).await?;
            Ok(id)
        })
    }
}
