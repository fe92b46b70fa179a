//! Who is signed in. A session is known by the hash of its token, so that nobody can sign in with what the database holds.

use jiff::Timestamp;
use ringback_domain::{
    access::{Role, Sight},
    ids::{BranchId, CompanyId, StaffId},
    time::plus_seconds,
};

use crate::{
    db::{Result, from_record, params},
    store::Store,
};

/// A session ends this long after it was last used.
pub const SESSION_SECONDS: i64 = 30 * 24 * 60 * 60;

/// Its end is put off at most this often: a page view must not cost a write.
const TOUCH_SECONDS: i64 = 60 * 60;

/// What signing in is decided by.
pub struct Credentials {
    pub staff_id: StaffId,
    pub company_id: CompanyId,
    pub active: bool,
    pub password_hash: Option<String>,
    /// The person's own choice for the pages.
    pub language: Option<String>,
}
from_record!(Credentials { staff_id, company_id, active, password_hash, language });

/// An active staff member who is signed in, with what every page shows of the company.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub staff_id: StaffId,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub branch_id: Option<BranchId>,
    /// The person's own choice for the pages.
    pub language: Option<String>,
    pub company_id: CompanyId,
    pub company_name: String,
    pub country: String,
    pub locale: String,
    pub time_zone: String,
    seen_at: Timestamp,
}
from_record!(SignedIn { staff_id, name, email, role, branch_id, language, company_id, company_name, country, locale, time_zone, seen_at });

impl SignedIn {
    pub fn sight(&self) -> Sight {
        Sight::of(self.role, self.branch_id, self.staff_id)
    }
}

impl Store {
    /// Of the person who signs in with this address, over all companies. Addresses are kept in lower case.
    pub async fn credentials(&self, email: &str) -> Result<Option<Credentials>> {
        const SQL: &str =
            "select id as staff_id, company_id, active, password_hash, language from staff where email = $1 and deleted_at is null";
        self.db.optional(SQL, params![email.trim().to_lowercase()]).await
    }

    pub async fn open_session(&self, token_hash: &[u8; 32], staff: StaffId, company: CompanyId, now: Timestamp) -> Result<()> {
        let mut tx = self.db.begin().await?;
        const LAPSED: &str = "delete from sessions where expires_at <= $1";
        tx.execute(LAPSED, params![now]).await?;
        const SQL: &str = "insert into sessions (token_hash, staff_id, company_id, created_at, seen_at, expires_at)
            values ($1, $2, $3, $4, $4, $5)";
        tx.execute(SQL, params![token_hash.to_vec(), staff, company, now, plus_seconds(now, SESSION_SECONDS)]).await?;
        tx.commit().await
    }

    /// The person behind a token, while the session lasts and the person is active; being used makes it last longer.
    pub async fn session(&self, token_hash: &[u8; 32], now: Timestamp) -> Result<Option<SignedIn>> {
        const SQL: &str =
            "select s.staff_id, f.name, f.email, f.role, f.branch_id, f.language, s.company_id, c.name as company_name, c.country, c.locale,
                c.time_zone, s.seen_at
            from sessions s
            join staff f on f.id = s.staff_id and f.company_id = s.company_id
            join companies c on c.id = s.company_id
            where s.token_hash = $1 and s.expires_at > $2 and f.active and f.deleted_at is null";
        let found: Option<SignedIn> = self.db.optional(SQL, params![token_hash.to_vec(), now]).await?;
        if let Some(session) = &found
            && plus_seconds(session.seen_at, TOUCH_SECONDS) <= now
        {
            let mut tx = self.db.begin().await?;
            const TOUCH: &str = "update sessions set seen_at = $2, expires_at = $3 where token_hash = $1 and seen_at < $2";
            tx.execute(TOUCH, params![token_hash.to_vec(), now, plus_seconds(now, SESSION_SECONDS)]).await?;
            tx.commit().await?;
        }
        Ok(found)
    }

    pub async fn close_session(&self, token_hash: &[u8; 32]) -> Result<()> {
        let mut tx = self.db.begin().await?;
        tx.execute("delete from sessions where token_hash = $1", params![token_hash.to_vec()]).await?;
        tx.commit().await
    }
}
