//! The requests of a file: each one as if it had come by the API, all of them or none.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;
use ringback_domain::{
    callback::ReturnBy,
    ids::{CallbackId, CompanyId},
    phone_number::PhoneNumber,
};

use super::{NewCallback, Request};
use crate::{
    companies::Company,
    db::{Result, Tx, Value, any_of, from_record},
    imports::Writing,
    person,
    store::retrying,
    tenant::TenantStore,
};

/// What came of the requests of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportedCallbacks {
    pub created: usize,
    /// Joined a callback that was open already, or one of a row before.
    pub merged: usize,
    /// The same row stands already.
    pub unchanged: usize,
}

/// What one row came to.
struct Came {
    callback: CallbackId,
    merged: bool,
    /// A person is to have it, and nobody does.
    unowned: bool,
}

struct Known {
    imported_as: String,
    open: bool,
}
from_record!(Known { imported_as, open });

impl Known {
    /// What names itself by an id is the same for ever. What is known by its content alone may be asked for again once the
    /// promise is kept: rather a callback too many than one forgotten.
    fn stands(&self) -> bool {
        self.open || self.imported_as.starts_with(BY_ID)
    }
}

/// What [`NewCallback::imported_as`] begins with where the file gave an id.
const BY_ID: &str = "id:";
/// Keys or ids of one question.
const AT_ONCE: usize = 500;
/// After so many events they are written.
const EVENTS: usize = 1000;

impl TenantStore<'_> {
    /// Writes all of them or none, and gives them to people. All persons are locked before anything is written, in one
    /// order: whoever asks at the same moment waits for the end of it. A running server sees new attempts by itself.
    pub async fn import_callbacks(
        &self,
        requests: &[NewCallback],
        actor: &str,
        now: Timestamp,
        writing: Writing<'_>,
    ) -> Result<ImportedCallbacks> {
        let company = self.own_company().await?;
        let persons: BTreeSet<&PhoneNumber> = requests.iter().map(|new| &new.number).collect();
        let keys: Vec<String> = requests.iter().filter_map(|new| new.imported_as.clone()).collect();
        retrying!({
            let mut tx = self.store.db.begin().await?;
            person::lock_all(&mut tx, self.company, &persons).await?;
            let mut known = HashSet::new();
            for some in keys.chunks(AT_ONCE) {
                let (sql, params) = known_by(self.company, some);
                known.extend(tx.all_built::<Known>(sql, params).await?.into_iter().filter(Known::stands).map(|it| it.imported_as));
            }
            let (mut done, mut unowned) = (ImportedCallbacks::default(), BTreeSet::new());
            for (nth, new) in requests.iter().enumerate() {
                if new.imported_as.as_ref().is_some_and(|key| !known.insert(key.clone())) {
                    done.unchanged += 1;
                } else {
                    let came = self.import_one(&mut tx, &company, new, actor, now).await?;
                    *(if came.merged { &mut done.merged } else { &mut done.created }) += 1;
                    if came.unowned {
                        unowned.insert(came.callback);
                    }
                }
                (writing.progress)(nth + 1);
            }
            let unowned: Vec<CallbackId> = unowned.into_iter().collect();
            self.store.auto_assign_all(&mut tx, self.company, &unowned, now).await?;
            self.store.finish(tx, self.company, writing.rehearsal).await?;
            Ok(done)
        })
    }

    async fn import_one(&self, tx: &mut Tx, company: &Company, new: &NewCallback, actor: &str, now: Timestamp) -> Result<Came> {
        let machine_tries = new.return_by == ReturnBy::Agent && new.phone_id.is_some();
        let (country, settings) = (company.country.as_str(), &company.settings);
        let request = Request { company: self.company, country, settings, actor, new, asked_at: now, machine_tries };
        let requested = self.store.request(tx, &request, now).await?;
        self.attempt_for(tx, &request, &requested, now);
        // The next row may be the same person's.
        if tx.announced().len() < EVENTS {
            tx.flush().await?;
        } else {
            tx.flush_events().await?;
        }
        Ok(Came {
            callback: requested.callback,
            merged: requested.merged,
            unowned: settings.auto_assign && !requested.machine_tries && !requested.has_owner,
        })
    }

    /// Which of these rows of a file stand already.
    pub async fn standing_requests(&self, keys: &[String]) -> Result<HashSet<String>> {
        let mut standing = HashSet::new();
        for some in keys.chunks(AT_ONCE) {
            let (sql, params) = known_by(self.company, some);
            let known: Vec<Known> = self.store.db.all_built(sql, params).await?;
            standing.extend(known.into_iter().filter(Known::stands).map(|it| it.imported_as));
        }
        Ok(standing)
    }

    /// Which of these are callbacks of the company, deleted ones too.
    pub async fn callbacks_among(&self, ids: &[CallbackId]) -> Result<HashSet<CallbackId>> {
        let mut there = HashSet::new();
        for some in ids.chunks(AT_ONCE) {
            let sql = format!("select id from callbacks where company_id = $1 and id in {}", any_of(some.len(), 1));
            let params = std::iter::once(self.company.into()).chain(some.iter().map(|id| (*id).into())).collect();
            there.extend(self.store.db.all_built::<(CallbackId,)>(sql, params).await?.into_iter().map(|(id,)| id));
        }
        Ok(there)
    }
}

fn known_by(company: CompanyId, keys: &[String]) -> (String, Vec<Value>) {
    let sql = format!(
        "select q.imported_as, (b.deleted_at is null and b.status in ('pending', 'assigned', 'contacted', 'expired')) as open
        from requests q join callbacks b on b.id = q.callback_id
        where q.company_id = $1 and q.imported_as is not null and q.imported_as in {}",
        any_of(keys.len(), 1)
    );
    (sql, std::iter::once(company.into()).chain(keys.iter().map(Value::from)).collect())
}
