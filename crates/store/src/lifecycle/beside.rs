//! The other callbacks of the same person, looked at under his lock.

use jiff::Timestamp;
use ringback_domain::ids::{CallbackId, StaffId};

use super::{CallbackRow, facts::since, moves::By};
use crate::db::{Result, Tx, from_record, params};

/// The open callback that a request of this person would join: what is closed or put away is not opened beside it (decision 1).
/// What a person has split stands open side by side on purpose.
pub(super) async fn open_beside(tx: &mut Tx, row: &CallbackRow, now: Timestamp) -> Result<Option<CallbackId>> {
    const SQL: &str = "select id from callbacks
        where company_id = $1 and number = $2 and status in ('pending', 'assigned', 'contacted') and deleted_at is null
          and created_at >= $3 and id <> $4 and coalesce(split_from, id) <> $5
        order by id desc limit 1";
    let it = &row.is;
    let params = params![it.company_id, &it.number, since(&row.settings, now), it.id, row.family()];
    Ok(tx.optional::<(CallbackId,)>(SQL, params).await?.map(|(id,)| id))
}

/// A person who is calling, about whichever of the callbacks.
#[expect(clippy::struct_field_names, reason = "they are columns of the callback")]
pub(super) struct Calling {
    pub(super) claimed_by: Option<StaffId>,
    claimed_actor: Option<String>,
    pub(super) claimed_until: Timestamp,
}
from_record!(Calling { claimed_by, claimed_actor, claimed_until });

impl Calling {
    /// Two programs are not one because neither is a person.
    pub(super) fn is_by(&self, by: By<'_>) -> bool {
        self.claimed_by == by.staff && (by.staff.is_some() || self.claimed_actor.as_deref() == Some(by.actor))
    }
}

/// Who else is calling this person.
pub(super) async fn called_by_another(tx: &mut Tx, row: &CallbackRow, by: By<'_>, now: Timestamp) -> Result<Option<Calling>> {
    const SQL: &str = "select claimed_by, claimed_actor, claimed_until from callbacks
        where company_id = $1 and number = $2 and status in ('pending', 'assigned', 'contacted') and deleted_at is null
          and claimed_until > $3
        order by claimed_until desc, id";
    let calling = tx.all::<Calling>(SQL, params![row.is.company_id, &row.is.number, now]).await?;
    Ok(calling.into_iter().find(|it| !it.is_by(by)))
}

impl CallbackRow {
    /// The callback that it was split from, else itself.
    pub(super) fn family(&self) -> CallbackId {
        self.is.split_from.unwrap_or(self.is.id)
    }

    /// Whoever is calling about this one.
    pub(super) fn calling(&self, now: Timestamp) -> Option<Calling> {
        let claimed_until = self.is.claimed_until.filter(|until| *until > now)?;
        Some(Calling { claimed_by: self.is.claimed_by, claimed_actor: self.is.claimed_actor.clone(), claimed_until })
    }

    pub(super) fn stop_calling(&mut self) {
        (self.is.claimed_by, self.is.claimed_actor, self.is.claimed_until) = (None, None, None);
    }
}
