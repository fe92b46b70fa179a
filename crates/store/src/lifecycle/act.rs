//! What people and programs ask of a callback, one move in one transaction.

use jiff::Timestamp;
use ringback_domain::{
    attempt::CalledOff,
    callback::{ContactOutcome, EscalationKind, EscalationReason, IllegalMove, Move, Priority, Status},
    event::EventType,
    ids::{CallbackId, PhoneId, StaffId},
    time::plus_seconds,
};
use serde_json::json;

use super::{
    CallbackRow,
    beside::{Calling, called_by_another, open_beside},
    escalation::{Escalation, by_hand_is_legal, fruitless_is_told, next_above},
    moves::{By, Legal},
};
use crate::{
    attempts::phones_of_waiting,
    db::{Result, Tx, params},
    store::retrying,
    tenant::TenantStore,
};

/// A move with what it needs.
#[derive(Debug, Clone, Copy)]
pub enum Ask<'a> {
    Assign(StaffId),
    Contact {
        outcome: ContactOutcome,
        notes: Option<&'a str>,
    },
    /// Contacts first where that is the way (several calls in one go).
    ContactThenComplete {
        notes: Option<&'a str>,
    },
    Complete {
        notes: Option<&'a str>,
    },
    Cancel {
        reason: Option<&'a str>,
    },
    Escalate {
        reason: EscalationReason,
        details: Option<&'a str>,
        to: Option<StaffId>,
    },
    Snooze {
        until: Timestamp,
    },
    Reopen,
    Prioritize(Priority),
    /// A person begins to call, or goes on: for [`CALLING_SECONDS`] no machine and no colleague does.
    Claim,
    Release,
}

/// How long a person's call keeps everybody else away unless it is claimed again. Long enough for a talk between two signs of
/// life of an open page, short enough that a forgotten one does not hold up the machine.
pub const CALLING_SECONDS: i64 = 10 * 60;

/// As many characters as the API takes for notes.
const LONGEST_NOTES: usize = 5000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// On these phones attempts may be eligible now.
    Yes {
        wake: Vec<PhoneId>,
    },
    Unknown,
    Illegal(IllegalMove),
    /// Somebody else is calling until then.
    PersonCalling {
        /// By name; a program has none.
        who: Option<String>,
        until: Timestamp,
        allowed: Vec<Move>,
    },
    /// The machine is calling at this moment.
    MachineCalling {
        allowed: Vec<Move>,
    },
    /// This one of the person is open already, and requests join it.
    AnotherOpen {
        callback: CallbackId,
        allowed: Vec<Move>,
    },
    /// What is not open has neither a priority nor a due time to change.
    Closed {
        status: Status,
        allowed: Vec<Move>,
    },
    /// Nobody who works here has this id.
    NoSuchStaff,
}

impl<'a> Ask<'a> {
    /// What somebody noted with the move.
    fn notes(self) -> Option<&'a str> {
        match self {
            Self::Contact { notes, .. } | Self::ContactThenComplete { notes } | Self::Complete { notes } => notes,
            _ => None,
        }
    }
}

impl From<IllegalMove> for Moved {
    fn from(illegal: IllegalMove) -> Self {
        Self::Illegal(illegal)
    }
}

impl TenantStore<'_> {
    pub async fn move_callback(&self, id: CallbackId, ask: Ask<'_>, by: By<'_>, now: Timestamp) -> Result<Moved> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            let Some(mut row) = self.seen_row(&mut tx, id).await?.filter(|row| row.is.deleted_at.is_none()) else {
                return Ok(Moved::Unknown);
            };
            if let Some(refused) = self.act(&mut tx, &mut row, ask, by, now).await? {
                return Ok(refused);
            }
            row.save(&mut tx, now).await?;
            let wake = phones_of_waiting(&mut tx, id).await?;
            self.store.commit(tx, self.company).await?;
            Ok(Moved::Yes { wake })
        })
    }

    /// The callback under its person's lock, where whoever asks sees it.
    pub(crate) async fn seen_row(&self, tx: &mut Tx, id: CallbackId) -> Result<Option<CallbackRow>> {
        let row = CallbackRow::lock(tx, self.company, id).await?;
        Ok(row.filter(|row| self.sight.sees(row.is.branch_id, row.is.assigned_to)))
    }

    /// What came in the way; nothing is written then.
    async fn act(&self, tx: &mut Tx, row: &mut CallbackRow, ask: Ask<'_>, by: By<'_>, now: Timestamp) -> Result<Option<Moved>> {
        let store = self.store;
        let done: Legal<()> = match ask {
            Ask::Assign(staff) => {
                if let Err(illegal) = row.standing().after(Move::Assign) {
                    return Ok(Some(illegal.into()));
                }
                if !self.sees_at_work(tx, staff).await? {
                    return Ok(Some(Moved::NoSuchStaff));
                }
                if row.is.assigned_to == Some(staff) {
                    // He has it: nothing changes, and nothing is told.
                    return Ok(None);
                }
                store.assign_in(tx, row, staff, "by hand", by.actor, now)
            }
            Ask::Contact { outcome, notes } => self.contacted(tx, row, outcome, notes, by, now).await?,
            Ask::ContactThenComplete { notes } => {
                let contacted = match row.standing().after(Move::Complete) {
                    Ok(_) => Ok(()),
                    Err(_) => store.contact_in(tx, row, ContactOutcome::Reached, notes, by, now).await?,
                };
                match contacted {
                    Ok(()) => store.complete_in(tx, row, notes, by.actor, now).await?,
                    Err(illegal) => Err(illegal),
                }
            }
            Ask::Complete { notes } => store.complete_in(tx, row, notes, by.actor, now).await?,
            Ask::Cancel { reason } => store.cancel_in(tx, row, reason, by.actor, now).await?,
            Ask::Escalate { reason, details, to } => return self.escalated(tx, row, (reason, details, to), by, now).await,
            Ask::Snooze { until } => store.snooze_in(tx, row, until, by, now).await?,
            Ask::Reopen => return self.reopened(tx, row, by, now).await,
            Ask::Prioritize(_) if !row.is.status.is_open() => return Ok(Some(row.closed())),
            Ask::Prioritize(priority) => {
                self.prioritized(tx, row, priority, by, now)?;
                Ok(())
            }
            Ask::Claim => return self.claimed(tx, row, by, now).await,
            Ask::Release => return self.released(tx, row, by, now).await,
        };
        if let (Ok(()), Some(notes)) = (&done, ask.notes()) {
            append_notes(tx, row.is.id, notes).await?;
        }
        Ok(done.err().map(Moved::Illegal))
    }

    /// A person has called. Only a talk makes it contacted; the rest is a try that reached nobody.
    async fn contacted(
        &self,
        tx: &mut Tx,
        row: &mut CallbackRow,
        outcome: ContactOutcome,
        notes: Option<&str>,
        by: By<'_>,
        now: Timestamp,
    ) -> Result<Legal<()>> {
        let legal = row.standing().after(Move::Contact);
        if let Err(illegal) = legal {
            return Ok(Err(illegal));
        }
        let data = json!({"attempt": {"callback_id": row.is.id, "by": "person", "outcome": outcome, "notes": notes}});
        let about = crate::store::About { actor: by.actor, callback: Some(row.is.id), phone: None };
        let kind = if outcome.is_success() { EventType::AttemptCompleted } else { EventType::AttemptFailed };
        self.store.event(tx, now, self.company, kind, about, data);
        if outcome.is_success() {
            return self.store.contact_in(tx, row, outcome, notes, by, now).await;
        }
        self.store.take_on(tx, row, by, now);
        if outcome == ContactOutcome::Later {
            row.is.asked_at = now;
        }
        if outcome.calls_off_the_machine() {
            self.store.cancel_waiting(tx, self.company, row.is.id, CalledOff::PersonCalled, now).await?;
            if row.is.assigned_to.is_none() {
                // Nobody waits for the machine any more.
                row.is.acts_at = Some(now);
            }
        }
        self.free(tx, row, by, now).await?;
        if !outcome.is_fruitless() {
            return Ok(Ok(()));
        }
        row.is.staff_attempts += 1;
        if row.is.staff_attempts >= row.settings.staff_attempts.max(1) && !fruitless_is_told(tx, row).await? {
            return self.store.escalate_fruitless(tx, row, now).await;
        }
        Ok(Ok(()))
    }

    /// One that is still open, because it was contacted, may be opened again beside others: they were open before.
    async fn reopened(&self, tx: &mut Tx, row: &mut CallbackRow, by: By<'_>, now: Timestamp) -> Result<Option<Moved>> {
        let legal = row.standing().after(Move::Reopen).is_ok();
        if legal
            && !row.is.status.is_open()
            && let Some(callback) = open_beside(tx, row, now).await?
        {
            return Ok(Some(Moved::AnotherOpen { callback, allowed: row.allowed_beside(&[Move::Reopen]) }));
        }
        Ok(self.store.reopen_in(tx, row, by.actor, now).await?.err().map(Moved::Illegal))
    }

    async fn escalated(
        &self,
        tx: &mut Tx,
        row: &mut CallbackRow,
        (reason, details, to): (EscalationReason, Option<&str>, Option<StaffId>),
        by: By<'_>,
        now: Timestamp,
    ) -> Result<Option<Moved>> {
        if let Err(illegal) = by_hand_is_legal(row) {
            return Ok(Some(illegal.into()));
        }
        let to = match to {
            Some(staff) if !self.sees_at_work(tx, staff).await? => return Ok(Some(Moved::NoSuchStaff)),
            Some(staff) => Some(staff),
            None => next_above(tx, row, now).await?,
        };
        row.is.asked_at = now;
        let escalation = Escalation { kind: EscalationKind::Manual, reason, details, to };
        Ok(self.store.escalate_in(tx, row, &escalation, by.actor, now).err().map(Moved::Illegal))
    }

    fn prioritized(&self, tx: &mut Tx, row: &mut CallbackRow, priority: Priority, by: By<'_>, now: Timestamp) -> Result<()> {
        if priority != row.is.priority {
            let before = row.is.priority;
            row.set_priority(priority, "given".to_owned(), now)?;
            let more = json!({"changed": {"priority": {"from": before, "to": priority}}, "due_at": row.is.due_at});
            self.store.tell(tx, row, EventType::CallbackChanged, by.actor, &more, now);
        }
        Ok(())
    }

    /// While a person is calling, the machine waits and no colleague calls, either.
    async fn claimed(&self, tx: &mut Tx, row: &mut CallbackRow, by: By<'_>, now: Timestamp) -> Result<Option<Moved>> {
        if let Err(illegal) = row.standing().after(Move::Claim) {
            return Ok(Some(illegal.into()));
        }
        if let Some(other) = called_by_another(tx, row, by, now).await? {
            return Ok(Some(calling(tx, row, &other).await?));
        }
        let until = plus_seconds(now, CALLING_SECONDS);
        // Claimed by the dispatcher at this moment, the row is `processing` once this has waited for it, and found below.
        const WAIT: &str = "update attempts set waiting_because = case when look_at is null or waiting_because is not null then $4 end,
                look_at = $3
            where company_id = $1 and number = $2 and status = 'pending' and status in ('pending', 'processing', 'unknown')
              and (look_at is null or look_at < $3)";
        let because = r#"{"code":"person_calling"}"#;
        tx.execute(WAIT, params![self.company, &row.is.number, until, because]).await?;
        const RUNS: &str = "select cast(1 as bigint) from attempts
            where company_id = $1 and number = $2 and status in ('processing', 'unknown') limit 1";
        if tx.optional::<(i64,)>(RUNS, params![self.company, &row.is.number]).await?.is_some() {
            return Ok(Some(Moved::MachineCalling { allowed: row.allowed_beside(&[Move::Claim]) }));
        }
        // Whoever goes on is told of once.
        if row.is.claimed_until.is_none_or(|until| until <= now) {
            let more = json!({"claimed_by": by.staff, "claimed_until": until});
            self.store.tell(tx, row, EventType::CallbackClaimed, by.actor, &more, now);
        }
        (row.is.claimed_by, row.is.claimed_actor, row.is.claimed_until) = (by.staff, Some(by.actor.to_owned()), Some(until));
        Ok(None)
    }

    async fn released(&self, tx: &mut Tx, row: &mut CallbackRow, by: By<'_>, now: Timestamp) -> Result<Option<Moved>> {
        if let Err(illegal) = row.standing().after(Move::Release) {
            return Ok(Some(illegal.into()));
        }
        let calls = row.calling(now);
        if let Some(other) = calls.as_ref().filter(|it| !it.is_by(by)) {
            return Ok(Some(calling(tx, row, other).await?));
        }
        if calls.is_some() {
            self.store.tell(tx, row, EventType::CallbackReleased, by.actor, &json!({}), now);
        }
        self.free(tx, row, by, now).await?;
        Ok(None)
    }

    /// Nobody calls any more, unless it is somebody else; what waited for that is looked at again.
    async fn free(&self, tx: &mut Tx, row: &mut CallbackRow, by: By<'_>, now: Timestamp) -> Result<()> {
        if row.is.claimed_until.is_some() && row.calling(now).is_none_or(|it| it.is_by(by)) {
            row.stop_calling();
            self.store.look_again_at(tx, row).await?;
        }
        Ok(())
    }
}

/// To what was noted before, below it. What would make that too long is in the timeline alone.
pub(super) async fn append_notes(tx: &mut Tx, id: CallbackId, more: &str) -> Result<()> {
    let (before,) = tx.one::<(Option<String>,)>("select notes from callbacks where id = $1", params![id]).await?;
    let notes = match before.filter(|before| !before.is_empty()) {
        Some(before) => format!("{before}\n{more}"),
        None => more.to_owned(),
    };
    if !more.is_empty() && notes.chars().count() <= LONGEST_NOTES {
        tx.later("update callbacks set notes = $2 where id = $1", params![id, notes]);
    }
    Ok(())
}

async fn calling(tx: &mut Tx, row: &CallbackRow, it: &Calling) -> Result<Moved> {
    const NAME: &str = "select name from staff where company_id = $1 and id = $2";
    let who = tx.optional::<(String,)>(NAME, params![row.is.company_id, it.claimed_by]).await?.map(|(name,)| name);
    Ok(Moved::PersonCalling { who, until: it.claimed_until, allowed: row.allowed_beside(&[Move::Claim, Move::Release]) })
}

impl CallbackRow {
    pub(super) fn closed(&self) -> Moved {
        Moved::Closed { status: self.is.status, allowed: self.standing().allowed() }
    }

    pub(super) fn allowed_beside(&self, refused: &[Move]) -> Vec<Move> {
        self.standing().allowed().into_iter().filter(|it| !refused.contains(it)).collect()
    }
}
