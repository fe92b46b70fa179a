//! Who may do what: the roles of staff and the scopes of tokens.

use crate::{
    ids::{BranchId, StaffId},
    words::words,
};

words!(
    /// What a person may do, most first.
    Role { Owner = "owner", Manager = "manager", Staff = "staff" }
);

words!(
    /// What a token may do. Each scope includes the ones before it; `operator` alone acts on what the company may not
    /// do for itself, such as adding credits.
    Scope { Read = "read", Write = "write", Admin = "admin", Operator = "operator" }
);

impl Scope {
    pub fn includes(self, needed: Self) -> bool {
        self >= needed
    }
}

/// What of a company somebody sees. What belongs to no branch is everybody's, since it may become anybody's work; and
/// what is a person's own (given to him, or he himself) is seen by him wherever it belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Owners, and whoever acts for the company rather than as one of its people.
    All,
    /// Managers and staff. Without a branch: only what belongs to none.
    Branch { branch: Option<BranchId>, person: StaffId },
}

impl Sight {
    pub fn of(role: Role, branch: Option<BranchId>, person: StaffId) -> Self {
        match role {
            Role::Owner => Self::All,
            Role::Manager | Role::Staff => Self::Branch { branch, person },
        }
    }

    /// Whether a thing is seen that belongs to this branch and is this person's own.
    pub fn sees(self, belongs_to: Option<BranchId>, own_of: Option<StaffId>) -> bool {
        match self {
            Self::All => true,
            Self::Branch { branch, person } => belongs_to.is_none() || belongs_to == branch || own_of == Some(person),
        }
    }

    /// Whether somebody in this role arranges what belongs to this branch, or to the company as a whole: owners all of it,
    /// managers their branch.
    pub fn arranges(self, role: Option<Role>, belongs_to: Option<BranchId>) -> bool {
        match (self, role) {
            (Self::All, _) => true,
            (Self::Branch { branch: Some(own), .. }, Some(Role::Manager)) => belongs_to == Some(own),
            (Self::Branch { .. }, _) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_includes_the_smaller_ones_and_never_a_greater_one() {
        assert!(Scope::Admin.includes(Scope::Read));
        assert!(Scope::Admin.includes(Scope::Admin));
        assert!(Scope::Operator.includes(Scope::Admin));
        assert!(!Scope::Read.includes(Scope::Write));
        assert!(!Scope::Admin.includes(Scope::Operator));
    }

    #[test]
    fn owners_see_all_and_others_their_branch_what_is_nobodys_and_their_own() {
        let [north, south] = [1, 2].map(|n| BranchId(uuid::Uuid::from_u128(n)));
        let [ada, bob] = [3, 4].map(|n| StaffId(uuid::Uuid::from_u128(n)));
        assert_eq!(Sight::of(Role::Owner, Some(north), ada), Sight::All);
        assert!(Sight::All.sees(Some(south), Some(bob)));
        for role in [Role::Manager, Role::Staff] {
            let sight = Sight::of(role, Some(north), ada);
            assert!(sight.sees(Some(north), None) && sight.sees(None, Some(bob)) && sight.sees(Some(south), Some(ada)));
            assert!(!sight.sees(Some(south), None) && !sight.sees(Some(south), Some(bob)));
            let nowhere = Sight::of(role, None, ada);
            assert!(nowhere.sees(None, None) && nowhere.sees(Some(north), Some(ada)));
            assert!(!nowhere.sees(Some(north), None));
        }
    }

    #[test]
    fn managers_arrange_their_branch_and_nothing_of_the_whole_company() {
        let [north, south] = [1, 2].map(|n| BranchId(uuid::Uuid::from_u128(n)));
        let ada = StaffId(uuid::Uuid::from_u128(3));
        assert!(Sight::All.arranges(None, None) && Sight::All.arranges(Some(Role::Owner), Some(north)));
        let (manager, staff) = (Some(Role::Manager), Some(Role::Staff));
        let sight = Sight::of(Role::Manager, Some(north), ada);
        assert!(sight.arranges(manager, Some(north)));
        assert!(!sight.arranges(manager, Some(south)) && !sight.arranges(manager, None) && !sight.arranges(staff, Some(north)));
        assert!(!Sight::of(Role::Manager, None, ada).arranges(manager, None));
    }
}
