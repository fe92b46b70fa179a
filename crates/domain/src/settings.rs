//! What a company may set for itself. Absent keys have the defaults of the product's decisions.

use jiff::civil;
use serde::{Deserialize, Serialize};

use crate::words::words;

words!(Dedupe { Open = "open", ThirtyMinutes = "30m" });
words!(SlaClock { Business = "business", Wall = "wall" });
words!(
    /// Whether missed calls are called back by machine, or only recorded for people.
    AutoCallback { On = "on", RecordOnly = "record_only" }
);
words!(
    /// What a caller hears when all channels are busy (decision 18).
    WhenFull { Announce = "announce", Busy = "busy" }
);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub dedupe: Dedupe,
    pub auto_assign: bool,
    pub sla_minutes: SlaMinutes,
    pub sla_clock: SlaClock,
    pub warn_minutes: u32,
    pub escalation_cooldown_minutes: u32,
    pub expire_grace_minutes: u32,
    /// Automatic attempts per missed call; never retried by themselves.
    pub automatic_attempts: u32,
    pub staff_attempts: u32,
    /// An automatic attempt needs an unreserved balance above this; as much is reserved for it.
    pub minimum_credits: u32,
    pub auto_callback: AutoCallback,
    /// From which length on an unclassified talk counts as a person reached.
    pub reached_seconds: u32,
    /// Automatic attempts per number within 24 hours, over all sources.
    pub attempts_per_number: u32,
    pub calling_hours: CallingHours,
    /// Countries (ISO 3166) that may be called besides the company's own.
    pub allowed_countries: Vec<String>,
    /// How long a called phone may ring.
    pub ring_seconds: u32,
    pub announcements: Announcements,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SlaMinutes {
    pub urgent: u32,
    pub high: u32,
    pub normal: u32,
}

/// When the machine may ring somebody, in that person's local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallingHours {
    pub from: civil::Time,
    pub until: civil::Time,
}

/// What is said when all channels are busy, per language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Announcements {
    pub de: String,
    pub en: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            dedupe: Dedupe::Open,
            auto_assign: true,
            sla_minutes: SlaMinutes::default(),
            sla_clock: SlaClock::Business,
            warn_minutes: 60,
            escalation_cooldown_minutes: 4 * 60,
            expire_grace_minutes: 72 * 60,
            automatic_attempts: 1,
            staff_attempts: 3,
            minimum_credits: 100,
            auto_callback: AutoCallback::On,
            reached_seconds: 20,
            attempts_per_number: 3,
            calling_hours: CallingHours::default(),
            allowed_countries: Vec::new(),
            ring_seconds: 30,
            announcements: Announcements::default(),
        }
    }
}

impl Default for SlaMinutes {
    fn default() -> Self {
        Self { urgent: 120, high: 240, normal: 1440 }
    }
}

impl Default for CallingHours {
    fn default() -> Self {
        Self { from: civil::time(8, 0, 0, 0), until: civil::time(21, 0, 0, 0) }
    }
}

impl Default for Announcements {
    fn default() -> Self {
        Self {
            de: "Alle Leitungen sind gerade belegt. Wir rufen Sie gleich zurück.".to_owned(),
            en: "All our lines are busy. We will call you back shortly.".to_owned(),
        }
    }
}

impl Announcements {
    /// The text and its language for a locale such as `de` or `en-GB`; English where there is none.
    pub fn in_locale(&self, locale: &str) -> (&str, &'static str) {
        if locale.starts_with("de") { (&self.de, "de") } else { (&self.en, "en") }
    }
}
