//! The smallest campaign: it holds back the misses that happen while it runs on a phone (decision 6).

use crate::words::words;

words!(State {
    Draft = "draft",
    Active = "active",
    Paused = "paused",
    Completed = "completed",
    Cancelled = "cancelled",
});

words!(InboundMisses { AfterCampaign = "after_campaign", Immediate = "immediate" });

words!(Move { Start = "start", Pause = "pause", Complete = "complete", Cancel = "cancel" });

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a campaign that is {state} cannot {asked}; {}", possible(.allowed))]
pub struct IllegalMove {
    pub state: State,
    pub asked: Move,
    pub allowed: Vec<Move>,
}

fn possible(allowed: &[Move]) -> String {
    if allowed.is_empty() {
        return "it is over, nothing can be done with it any more".to_owned();
    }
    format!("allowed are: {}", allowed.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(", "))
}

impl State {
    pub fn after(self, asked: Move) -> Result<Self, IllegalMove> {
        self.next(asked).ok_or_else(|| IllegalMove {
            state: self,
            asked,
            allowed: Move::ALL.iter().copied().filter(|m| self.next(*m).is_some()).collect(),
        })
    }

    fn next(self, asked: Move) -> Option<Self> {
        match (self, asked) {
            (Self::Draft | Self::Paused, Move::Start) => Some(Self::Active),
            (Self::Active, Move::Pause) => Some(Self::Paused),
            (Self::Active | Self::Paused, Move::Complete) => Some(Self::Completed),
            (Self::Draft | Self::Active | Self::Paused, Move::Cancel) => Some(Self::Cancelled),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finished_campaign_stays_finished() {
        assert_eq!(State::Draft.after(Move::Start), Ok(State::Active));
        let over = State::Completed.after(Move::Start).expect_err("is over");
        assert_eq!(over.allowed, []);
        assert_eq!(over.to_string(), "a campaign that is completed cannot start; it is over, nothing can be done with it any more");
        assert_eq!(State::Paused.after(Move::Pause).map_err(|e| e.allowed), Err(vec![Move::Start, Move::Complete, Move::Cancel]));
    }
}
