//! Who gets a callback, and why (decision 11). The facts are the store's, the choice is here.

use std::fmt;

use jiff::{Timestamp, tz::TimeZone};

use crate::{access::Role, callback::TOP_RUNG, ids::StaffId, words::words};

words!(
    /// How one is chosen among those who could do it.
    Strategy {
        /// Who is asked for, who served this customer before, who has the skill, who has least to do.
        Relationship = "relationship",
        RoundRobin = "round_robin",
        LoadBased = "load_based",
    }
);

/// A person of the callback's branch, active.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about one person")]
pub struct Candidate {
    pub staff: StaffId,
    pub role: Role,
    /// At work now; else when he comes, where that is known.
    pub available: bool,
    pub returns_at: Option<Timestamp>,
    /// The customer wishes to be called by him.
    pub asked_for: bool,
    pub served_before: bool,
    /// Has the skill for the service that is wanted; `false` where none is.
    pub has_skill: bool,
    /// Open callbacks that he was given in the last 24 hours.
    pub load: i64,
    /// Rises with every assignment of the company; 0: never got one.
    pub last_turn: i64,
}

/// Why him: stored, and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    AskedFor,
    ServedBefore,
    HasSkill,
    LeastLoaded { load: i64 },
    NextInTurn,
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AskedFor => f.write_str("the customer asked for them"),
            Self::ServedBefore => f.write_str("served this customer before"),
            Self::HasSkill => f.write_str("has the skill for this service"),
            Self::LeastLoaded { load } => write!(f, "least loaded ({load} open in 24 h)"),
            Self::NextInTurn => f.write_str("next in turn"),
        }
    }
}

/// Why nobody: stored and shown in the same place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nobody {
    /// They are off, and the first comes then.
    OnShift { until: Option<Timestamp> },
    /// The branch has no active staff, apart from who is not to get it again.
    ElseInBranch,
}

impl Nobody {
    /// In words, on the clocks of `zone`: "nobody on shift until Mon 09:00".
    pub fn tell(self, zone: &TimeZone) -> String {
        match self {
            Self::OnShift { until: Some(at) } => format!("nobody on shift until {}", at.to_zoned(zone.clone()).strftime("%a %H:%M")),
            Self::OnShift { until: None } => "nobody on shift".to_owned(),
            Self::ElseInBranch => "nobody else in this branch".to_owned(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    pub staff: StaffId,
    pub because: Because,
}

/// Managers only when nobody else can, owners only when no manager can. Whoever is excluded never gets it back. The order
/// of `candidates` decides nothing.
pub fn choose(candidates: &[Candidate], strategy: Strategy, excluded: Option<StaffId>) -> Result<Choice, Nobody> {
    let others = || candidates.iter().filter(|it| Some(it.staff) != excluded);
    let tier = [Role::Staff, Role::Manager, Role::Owner]
        .map(|role| others().filter(|it| it.available && it.role == role).collect::<Vec<_>>())
        .into_iter()
        .find(|tier| !tier.is_empty());
    let Some(tier) = tier else {
        return Err(if others().next().is_none() {
            Nobody::ElseInBranch
        } else {
            Nobody::OnShift { until: others().filter_map(|it| it.returns_at).min() }
        });
    };
    let choice = |it: &Candidate, because| Choice { staff: it.staff, because };
    let least_loaded = |wanted: fn(&Candidate) -> bool| {
        let wanted = tier.iter().filter(|it| wanted(it));
        wanted.min_by_key(|it| (it.load, it.last_turn, it.staff)).copied()
    };
    let by_load = |it: &Candidate| choice(it, Because::LeastLoaded { load: it.load });
    let chosen = match strategy {
        Strategy::RoundRobin => tier.iter().min_by_key(|it| (it.last_turn, it.staff)).map(|it| choice(it, Because::NextInTurn)),
        Strategy::LoadBased => least_loaded(|_| true).map(by_load),
        Strategy::Relationship => least_loaded(|it| it.asked_for)
            .map(|it| choice(it, Because::AskedFor))
            .or_else(|| least_loaded(|it| it.served_before).map(|it| choice(it, Because::ServedBefore)))
            .or_else(|| least_loaded(|it| it.has_skill).map(|it| choice(it, Because::HasSkill)))
            .or_else(|| least_loaded(|_| true).map(by_load)),
    };
    chosen.ok_or(Nobody::ElseInBranch)
}

/// A step of the ladder on which an overdue callback climbs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handed {
    /// `None`: there is nobody above, nor anybody else.
    pub to: Option<StaffId>,
    /// How far up that is; [`TOP_RUNG`] when nothing is above.
    pub rung: u32,
}

/// To whom a callback is handed up from a rung: the managers of its branch, above them the owners, in turn. Who is at work
/// comes before who is not, also when that is a rung higher; the present owner gets it only when there is nobody else.
pub fn hand_up(above: &[Candidate], from_rung: u32, owner: Option<StaffId>) -> Handed {
    let on_rung = |rung: u32, at_work: bool| {
        let role = if rung == 1 { Role::Manager } else { Role::Owner };
        let there = above.iter().filter(|it| it.role == role && Some(it.staff) != owner && (it.available || !at_work));
        there.min_by_key(|it| (it.last_turn, it.staff)).map(|it| Handed { to: Some(it.staff), rung })
    };
    let from = |rung: u32| [true, false].into_iter().find_map(|at_work| (rung..=TOP_RUNG).find_map(|rung| on_rung(rung, at_work)));
    // Nobody on the rungs left: whoever is above at all, else who has it already.
    from(from_rung + 1).or_else(|| from(1)).unwrap_or(Handed { to: owner, rung: TOP_RUNG })
}

#[cfg(test)]
mod tests;
