//! The people of the bench's company, and the seconds in which time acts on callbacks.

use ringback_domain::{
    access::Role,
    event::EventType,
    ids::{BranchId, CallbackId, StaffId},
};
use ringback_store::{IngressPhone, NewCompany, NewStaff};

use super::Bench;

impl Bench {
    pub(crate) async fn staff(&self, role: Role) -> StaffId {
        let n = self.count();
        let (name, email) = (format!("Person {n}"), format!("person{n}@example.com"));
        let new = NewStaff { name: &name, email: &email, role, password_hash: None };
        self.tenant().create_staff(&new, self.now()).await.unwrap().id
    }

    /// A phone that belongs to a company of its own, on the same server.
    pub(crate) async fn phone_of_another_company(&self) -> IngressPhone {
        let new = NewCompany { slug: "clinic", name: "Clinic", country: "DE", locale: "de", time_zone: "Europe/Berlin", credits: 1000 };
        let other = self.store.create_company(&new, "operator", self.now()).await.unwrap().id;
        let phone = self.phone(1).await;
        const MOVE: &str = "update phones set company_id = $2 where id = $1";
        const DIALING: &str = "update phone_dialing set company_id = $2 where phone_id = $1";
        self.execute(MOVE, vec![phone.id.into(), other.into()]).await;
        self.execute(DIALING, vec![phone.id.into(), other.into()]).await;
        IngressPhone { company_id: other, ..phone }
    }

    /// In Berlin, open on weekdays from nine to six.
    pub(crate) async fn branch(&self) -> BranchId {
        let id = BranchId(self.store.new_id(self.now()));
        const SQL: &str = "insert into branches (id, company_id, name, time_zone, opening_hours, holidays, active, created_at, updated_at)
            values ($1, $2, 'Mitte', 'Europe/Berlin', '{}', '[]', $3, $4, $4)";
        self.execute(SQL, vec![id.into(), self.company.into(), true.into(), self.now().into()]).await;
        id
    }

    pub(crate) async fn works_at(&self, staff: StaffId, branch: BranchId) {
        self.execute("update staff set branch_id = $2 where id = $1", vec![staff.into(), branch.into()]).await;
    }

    /// As when somebody sets it by hand: it is looked at at once.
    pub(crate) async fn set_present(&self, staff: StaffId, present: bool) {
        const SQL: &str = "update staff set present = $2, available_changes_at = $3 where id = $1";
        self.execute(SQL, vec![staff.into(), present.into(), self.now().into()]).await;
    }

    pub(crate) async fn set_hours(&self, staff: StaffId, hours: &str) {
        const SQL: &str = "update staff set working_hours = $2, available_changes_at = $3 where id = $1";
        self.execute(SQL, vec![staff.into(), hours.into(), self.now().into()]).await;
    }

    /// What the clock's loop does each second, until nothing is left; how many callbacks were looked at.
    pub(crate) async fn time_acts(&self) -> usize {
        let now = self.now();
        for company in self.store.companies_with_changes_of_shift(100, now).await.unwrap() {
            self.store.change_shifts(company, now).await.unwrap();
        }
        let mut looked_at = 0;
        loop {
            let due = self.store.callbacks_to_act(None, 50, now).await.unwrap();
            if due.is_empty() {
                return looked_at;
            }
            let done = self.store.act_on(self.company, &due, now).await.unwrap();
            assert!(done > 0, "what is due is dealt with");
            looked_at += done;
        }
    }

    pub(crate) async fn owner_of(&self, callback: CallbackId) -> Option<StaffId> {
        const SQL: &str = "select assigned_to from callbacks where id = $1";
        self.optional::<(Option<StaffId>,)>(SQL, vec![callback.into()]).await.unwrap().0
    }

    pub(crate) async fn assignment_reason(&self, callback: CallbackId) -> Option<String> {
        const SQL: &str = "select assignment_reason from callbacks where id = $1";
        self.optional::<(Option<String>,)>(SQL, vec![callback.into()]).await.unwrap().0
    }

    /// What was told of a callback since it was made, in order.
    pub(crate) async fn told(&self, callback: CallbackId) -> Vec<EventType> {
        const SQL: &str =
            "select type from events where callback_id = $1 and type <> 'callback.created' and type <> 'call.missed' order by id";
        self.all::<(EventType,)>(SQL, vec![callback.into()]).await.into_iter().map(|(kind,)| kind).collect()
    }
}
