//! The facts of an assignment: who there is, who is at work, who has how much, whose turn it is.

use std::collections::{HashMap, HashSet};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use ringback_domain::{
    access::Role,
    assignment::Candidate,
    availability::{Availability, Away, Presence},
    business_time::OpeningHours,
    ids::{BranchId, CompanyId, CustomerId, ServiceId, StaffId},
    time::plus_seconds,
};

use super::Wanted;
use crate::db::{Error, Result, Tx, Value, from_record, params, places};

/// Beyond this nobody counts: whoever has that much gets the next one in turn.
const MOST_LOAD: i64 = 200;
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// The active staff of a company as they are now. In a transaction that holds the company's turn nobody else assigns.
pub(crate) struct Pool {
    company: CompanyId,
    people: Vec<Person>,
    zone: TimeZone,
    branches: HashMap<BranchId, TimeZone>,
    served: HashSet<(CustomerId, StaffId)>,
    turn: i64,
    given: HashMap<StaffId, i64>,
    now: Timestamp,
}

pub(crate) struct Person {
    pub(crate) id: StaffId,
    role: Role,
    branch_id: Option<BranchId>,
    skills: Vec<ServiceId>,
    pub(crate) availability: Availability,
    load: i64,
    turn: i64,
}

struct Row {
    id: StaffId,
    role: Role,
    branch_id: Option<BranchId>,
    branch_zone: Option<String>,
    skills: Vec<ServiceId>,
    active: bool,
    present: bool,
    absent_from: Option<String>,
    absent_until: Option<String>,
    working_hours: Option<String>,
    turn: i64,
}
from_record!(Row { id, role, branch_id, branch_zone, skills: json, active, present, absent_from, absent_until, working_hours, turn });

impl Row {
    fn presence(&self, zone: TimeZone) -> Result<Presence> {
        let hours = self.working_hours.as_deref().map(serde_json::from_str::<Option<OpeningHours>>).transpose();
        let corrupt = |column: &str, reason: String| Error::Corrupt { column: column.to_owned(), reason };
        Ok(Presence {
            active: self.active,
            present: self.present,
            absent_from: date("absent_from", self.absent_from.as_deref())?,
            absent_until: date("absent_until", self.absent_until.as_deref())?,
            working_hours: hours.map_err(|error| corrupt("working_hours", error.to_string()))?.flatten(),
            zone,
        })
    }
}

fn date(column: &str, text: Option<&str>) -> Result<Option<Date>> {
    let date = text.map(str::parse::<Date>).transpose();
    date.map_err(|error| Error::Corrupt { column: column.to_owned(), reason: error.to_string() })
}

impl Pool {
    /// Takes the company's turn until the transaction ends, and looks at its people behind that. Persons are locked before,
    /// never after.
    pub(crate) async fn lock(tx: &mut Tx, company: CompanyId, now: Timestamp) -> Result<Self> {
        let turn = Self::take_turn(tx, company).await?;
        Self::read(tx, company, turn, now).await
    }

    /// The lock under which people are given callbacks, leave, and stop being owners.
    pub(crate) async fn take_turn(tx: &mut Tx, company: CompanyId) -> Result<i64> {
        const TURN: &str = "insert into assignment_turns (company_id, turn) values ($1, 0)
            on conflict (company_id) do update set turn = assignment_turns.turn returning turn";
        Ok(tx.one::<(i64,)>(TURN, params![company]).await?.0)
    }

    /// Looks at them without a turn: nobody is given anything.
    pub(crate) async fn look(tx: &mut Tx, company: CompanyId, now: Timestamp) -> Result<Self> {
        Self::read(tx, company, 0, now).await
    }

    async fn read(tx: &mut Tx, company: CompanyId, turn: i64, now: Timestamp) -> Result<Self> {
        const PEOPLE: &str = "select s.id, s.role, s.branch_id, r.time_zone as branch_zone, s.skills, s.active, s.present, s.absent_from,
                s.absent_until, s.working_hours, coalesce(t.turn, 0) as turn
            from staff s
            left join branches r on r.id = s.branch_id
            left join staff_turns t on t.staff_id = s.id
            where s.company_id = $1 and s.deleted_at is null
            order by s.id";
        const ZONE: &str = "select time_zone from companies where id = $1";
        const BRANCHES: &str = "select id, time_zone from branches where company_id = $1 and deleted_at is null";
        let rows = tx.all::<Row>(PEOPLE, params![company]).await?;
        let zone = |name: &str| TimeZone::get(name).unwrap_or(TimeZone::UTC);
        let of_company = zone(&tx.one::<(String,)>(ZONE, params![company]).await?.0);
        let branches = tx.all::<(BranchId, String)>(BRANCHES, params![company]).await?;
        let mut people = Vec::with_capacity(rows.len());
        for row in rows {
            let own_zone = row.branch_zone.as_deref().map_or_else(|| of_company.clone(), zone);
            let availability = row.presence(own_zone)?.at(now);
            let Row { id, role, branch_id, skills, turn, .. } = row;
            people.push(Person { id, role, branch_id, skills, availability, load: 0, turn });
        }
        let branches = branches.into_iter().map(|(id, name)| (id, zone(&name))).collect();
        Ok(Self { company, people, zone: of_company, branches, served: HashSet::new(), turn, given: HashMap::new(), now })
    }

    /// Reads what a choice is made by: who has how much, and who served these customers before.
    pub(crate) async fn meet(&mut self, tx: &mut Tx, wanted: &[Wanted]) -> Result<()> {
        self.read_loads(tx).await?;
        self.read_served(tx, wanted).await
    }

    /// The open callbacks that each was given in the last 24 hours.
    async fn read_loads(&mut self, tx: &mut Tx) -> Result<()> {
        const LOADS: &str =
            "select s.id, (select count(*) from (select 1 from callbacks b where b.assigned_to = s.id and b.assigned_at > $2
                and b.status in ('pending', 'assigned', 'contacted') and b.deleted_at is null and b.assigned_to is not null
                limit $3) q)
            from staff s
            where s.company_id = $1 and s.deleted_at is null
            order by s.id";
        let since = plus_seconds(self.now, -DAY_SECONDS);
        let loads: HashMap<StaffId, i64> =
            tx.all::<(StaffId, i64)>(LOADS, params![self.company, since, MOST_LOAD]).await?.into_iter().collect();
        for it in &mut self.people {
            it.load = loads.get(&it.id).copied().unwrap_or(0);
        }
        Ok(())
    }

    /// Had a callback that was completed, or an appointment.
    async fn read_served(&mut self, tx: &mut Tx, wanted: &[Wanted]) -> Result<()> {
        let customers: HashSet<CustomerId> = wanted.iter().filter_map(|it| it.customer_id).collect();
        if customers.is_empty() {
            return Ok(());
        }
        let mut rows: Vec<[Value; 1]> = customers.into_iter().map(|it| [it.into()]).collect();
        rows.sort_by_key(|[it]| format!("{it:?}"));
        let (list, params) = places(rows, 0);
        let sql = format!(
            "with u(id) as (values {list})
            select b.customer_id, b.assigned_to from u join callbacks b on b.customer_id = u.id
                where b.customer_id is not null and b.status = 'completed' and b.assigned_to is not null
            union select a.customer_id, a.staff_id from u join appointments a on a.customer_id = u.id
                where a.deleted_at is null and a.status <> 'cancelled' and a.staff_id is not null"
        );
        self.served.extend(tx.all_built::<(CustomerId, StaffId)>(sql, params).await?);
        Ok(())
    }

    /// Who is active and belongs to the branch; whoever belongs to none belongs to all, like a callback without one.
    pub(crate) fn candidates(&self, wanted: &Wanted) -> Vec<Candidate> {
        let active = self.people.iter().filter(|it| it.availability.away != Some(Away::Inactive));
        let of_branch = active.filter(|it| wanted.branch_id.is_none() || it.branch_id.is_none() || it.branch_id == wanted.branch_id);
        of_branch
            .map(|it| Candidate {
                staff: it.id,
                role: it.role,
                available: it.availability.is_available(),
                returns_at: it.availability.changes_at,
                asked_for: wanted.staff_id == Some(it.id),
                served_before: wanted.customer_id.is_some_and(|customer| self.served.contains(&(customer, it.id))),
                has_skill: wanted.service_id.is_some_and(|service| it.skills.contains(&service)),
                load: it.load,
                last_turn: it.turn,
            })
            .collect()
    }

    pub(crate) fn people(&self) -> &[Person] {
        &self.people
    }

    /// Whether this owner is away, and when he comes back. Whoever is not of the company any more never does.
    pub(crate) fn away(&self, staff: StaffId) -> Option<(Away, Option<Timestamp>)> {
        match self.people.iter().find(|it| it.id == staff) {
            None => Some((Away::Inactive, None)),
            Some(it) => it.availability.away.map(|away| (away, it.availability.changes_at)),
        }
    }

    /// The clocks of a branch, else of the company.
    pub(crate) fn zone(&self, branch: Option<BranchId>) -> TimeZone {
        branch.and_then(|branch| self.branches.get(&branch)).unwrap_or(&self.zone).clone()
    }

    pub(crate) fn give(&mut self, staff: StaffId) {
        self.turn += 1;
        self.given.insert(staff, self.turn);
        if let Some(it) = self.people.iter_mut().find(|it| it.id == staff) {
            it.load += 1;
            it.turn = self.turn;
        }
    }

    /// Writes whose turn it was.
    pub(crate) fn write(&mut self, tx: &mut Tx) {
        if self.given.is_empty() {
            return;
        }
        const TURN: &str = "update assignment_turns set turn = $2 where company_id = $1";
        tx.later(TURN, params![self.company, self.turn]);
        let mut given: Vec<_> = self.given.drain().collect();
        given.sort_unstable();
        let rows = given.into_iter().map(|(staff, turn)| [staff.into(), self.company.into(), turn.into()]);
        let (list, params) = places(rows, 0);
        let sql = format!(
            "insert into staff_turns (staff_id, company_id, turn) values {list}
            on conflict (staff_id) do update set turn = excluded.turn"
        );
        tx.later_built(sql, params);
    }
}
