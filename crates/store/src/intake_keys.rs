//! Intake keys: under which address a voice platform reaches a company.

use jiff::Timestamp;
use ringback_domain::{
    ids::{CompanyId, IntakeKeyId, PhoneId},
    settings::Settings,
};

use crate::{
    db::{Result, from_record, params},
    listing::{Listing, Mark, Order, Slice, Window},
    store::{Store, retrying},
    tenant::TenantStore,
};

#[derive(Debug, Clone)]
pub struct IntakeKey {
    pub id: IntakeKeyId,
    pub name: String,
    /// Which voice platform posts with it.
    pub kind: String,
    /// Whose calls it reports; `None`: those of any phone.
    pub phone_id: Option<PhoneId>,
    /// Sealed; `None`: the key alone is the proof.
    pub secret: Option<Vec<u8>>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
from_record!(IntakeKey { id, name, kind, phone_id, secret, created_at, updated_at });

const COLUMNS: &str = "i.id, i.name, i.kind, i.phone_id, i.secret, i.created_at, i.updated_at";

/// A key as a platform's post finds it, and what its company needs to be served.
#[derive(Debug, Clone)]
pub struct IntakeDoor {
    pub id: IntakeKeyId,
    pub company_id: CompanyId,
    pub phone_id: Option<PhoneId>,
    pub secret: Option<Vec<u8>>,
    pub country: String,
    pub locale: String,
    pub time_zone: String,
    pub settings: Settings,
}
from_record!(IntakeDoor { id, company_id, phone_id, secret, country, locale, time_zone, settings: json });

impl Store {
    pub async fn intake_door(&self, kind: &str, key_hash: &[u8]) -> Result<Option<IntakeDoor>> {
        const SQL: &str = "select i.id, i.company_id, i.phone_id, i.secret, c.country, c.locale, c.time_zone, c.settings
            from intake_keys i join companies c on c.id = i.company_id
            where i.key_hash = $1 and i.kind = $2";
        self.db.optional(SQL, params![key_hash.to_vec(), kind]).await
    }
}

impl TenantStore<'_> {
    pub async fn intake_keys(&self, window: Window) -> Result<Slice<IntakeKey>> {
        let listing = self.intake_key_listing();
        let order = Order { key: None, id: "i.id", descending: false };
        listing.slice(&self.store.db, &order, window, |it: &IntakeKey| Mark { key: 0, id: it.id.0 }).await
    }

    pub async fn intake_key(&self, id: IntakeKeyId) -> Result<Option<IntakeKey>> {
        let mut listing = self.intake_key_listing();
        listing.only("i.id = ?", params![id]);
        Ok(listing.all(&self.store.db, "i.id").await?.pop())
    }

    fn intake_key_listing(&self) -> Listing {
        let mut listing = Listing::new(COLUMNS, "intake_keys i");
        listing.only("i.company_id = ?", params![self.company]);
        listing.only_with_seen_phone(self.sight, "i.phone_id");
        listing
    }

    pub async fn add_intake_key(&self, key: &IntakeKey, key_hash: &[u8]) -> Result<()> {
        retrying!({
            const SQL: &str = "insert into intake_keys (id, company_id, name, kind, phone_id, key_hash, secret, created_at, updated_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
            let mut tx = self.store.db.begin().await?;
            let params = params![
                key.id,
                self.company,
                &key.name,
                &key.kind,
                key.phone_id,
                key_hash.to_vec(),
                key.secret.clone(),
                key.created_at,
                key.updated_at,
            ];
            tx.execute(SQL, params).await?;
            self.store.commit(tx, self.company).await
        })
    }

    /// The old key stops working with this; `false` when there is no such intake key.
    pub async fn rotate_intake_key(&self, id: IntakeKeyId, key_hash: &[u8], now: Timestamp) -> Result<bool> {
        if self.sees_part() && self.intake_key(id).await?.is_none() {
            return Ok(false);
        }
        retrying!({
            const SQL: &str = "update intake_keys set key_hash = $3, updated_at = case when updated_at < $4 then $4 else updated_at + 1 end
                where company_id = $1 and id = $2";
            let mut tx = self.store.db.begin().await?;
            let rotated = tx.execute(SQL, params![self.company, id, key_hash.to_vec(), now]).await? == 1;
            self.store.commit(tx, self.company).await?;
            Ok(rotated)
        })
    }

    /// What came with it stays.
    pub async fn delete_intake_key(&self, id: IntakeKeyId) -> Result<bool> {
        if self.sees_part() && self.intake_key(id).await?.is_none() {
            return Ok(false);
        }
        retrying!({
            let mut tx = self.store.db.begin().await?;
            let deleted = tx.execute("delete from intake_keys where company_id = $1 and id = $2", params![self.company, id]).await? == 1;
            self.store.commit(tx, self.company).await?;
            Ok(deleted)
        })
    }
}
