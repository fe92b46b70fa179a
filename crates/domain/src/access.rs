//! Who may do what: the roles of staff and the scopes of tokens.

use crate::words::words;

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
}
