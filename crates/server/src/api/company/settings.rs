//! A company's settings, one by one within their bounds.

use jiff::civil;
use ringback_domain::settings::{AutoCallback, Dedupe, Settings, SlaClock};
use utoipa::ToSchema;

use crate::{
    api::{body::Fields, read, schema},
    errors::Code,
};

/// What a company sets for itself. What is not given stays.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `read` reads")]
pub(super) struct SettingsChange {
    /// Into which open callback of the same person a new request merges.
    #[schema(schema_with = schema::dedupe)]
    dedupe: Option<Dedupe>,
    #[schema(nullable = false)]
    auto_assign: Option<bool>,
    #[schema(nullable = false)]
    sla_minutes: Option<SlaMinutes>,
    #[schema(schema_with = schema::sla_clock)]
    sla_clock: Option<SlaClock>,
    /// How long before it is due a callback is warned of.
    #[schema(maximum = 10080, nullable = false)]
    warn_minutes: Option<u32>,
    #[schema(minimum = 1, maximum = 525_600, nullable = false)]
    escalation_cooldown_minutes: Option<u32>,
    #[schema(maximum = 525_600, nullable = false)]
    expire_grace_minutes: Option<u32>,
    /// Per missed call.
    #[schema(maximum = 10, nullable = false)]
    automatic_attempts: Option<u32>,
    #[schema(minimum = 1, maximum = 20, nullable = false)]
    staff_attempts: Option<u32>,
    /// Automatic callbacks start while more than this is left; as much is reserved for each.
    #[schema(minimum = 1, maximum = 1_000_000_000, nullable = false)]
    minimum_credits: Option<u32>,
    #[schema(schema_with = schema::auto_callback)]
    auto_callback: Option<AutoCallback>,
    /// From which length on an unclassified talk counts as a person reached.
    #[schema(maximum = 3600, nullable = false)]
    reached_seconds: Option<u32>,
    /// Automatic attempts per number within 24 hours.
    #[schema(minimum = 1, maximum = 100, nullable = false)]
    attempts_per_number: Option<u32>,
    #[schema(nullable = false)]
    calling_hours: Option<CallingHours>,
    /// Countries (ISO 3166) that may be called besides the company's own.
    #[schema(schema_with = schema::countries)]
    allowed_countries: Option<Vec<String>>,
    #[schema(minimum = 5, maximum = 120, nullable = false)]
    ring_seconds: Option<u32>,
    #[schema(nullable = false)]
    announcements: Option<Announcements>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `read` reads")]
pub(super) struct SlaMinutes {
    #[schema(minimum = 1, maximum = 525_600, nullable = false)]
    urgent: Option<u32>,
    #[schema(minimum = 1, maximum = 525_600, nullable = false)]
    high: Option<u32>,
    #[schema(minimum = 1, maximum = 525_600, nullable = false)]
    normal: Option<u32>,
}

/// In the callee's local time.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `read` reads")]
pub(super) struct CallingHours {
    #[schema(schema_with = schema::time_of_day)]
    from: Option<civil::Time>,
    #[schema(schema_with = schema::time_of_day)]
    until: Option<civil::Time>,
}

/// What is said when all channels are busy.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `read` reads")]
pub(super) struct Announcements {
    #[schema(max_length = 500, nullable = false)]
    de: Option<String>,
    #[schema(max_length = 500, nullable = false)]
    en: Option<String>,
}

const YEAR_MINUTES: i64 = 525_600;

fn put<T>(place: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *place = given;
    }
}

pub(super) fn read(fields: &mut Fields, settings: &mut Settings) {
    put(&mut settings.dedupe, fields.optional("dedupe", read::text(read::word)));
    put(&mut settings.auto_assign, fields.optional("auto_assign", read::flag));
    put(&mut settings.sla_clock, fields.optional("sla_clock", read::text(read::word)));
    put(&mut settings.warn_minutes, fields.optional("warn_minutes", read::whole(0..=10_080)));
    put(&mut settings.escalation_cooldown_minutes, fields.optional("escalation_cooldown_minutes", read::whole(1..=YEAR_MINUTES)));
    put(&mut settings.expire_grace_minutes, fields.optional("expire_grace_minutes", read::whole(0..=YEAR_MINUTES)));
    put(&mut settings.automatic_attempts, fields.optional("automatic_attempts", read::whole(0..=10)));
    put(&mut settings.staff_attempts, fields.optional("staff_attempts", read::whole(1..=20)));
    put(&mut settings.minimum_credits, fields.optional("minimum_credits", read::whole(1..=1_000_000_000)));
    put(&mut settings.auto_callback, fields.optional("auto_callback", read::text(read::word)));
    put(&mut settings.reached_seconds, fields.optional("reached_seconds", read::whole(0..=3600)));
    put(&mut settings.attempts_per_number, fields.optional("attempts_per_number", read::whole(1..=100)));
    put(&mut settings.ring_seconds, fields.optional("ring_seconds", read::whole(5..=120)));
    put(&mut settings.allowed_countries, fields.optional("allowed_countries", read::list(250, read::country)));
    inside(fields, "sla_minutes", |fields| {
        put(&mut settings.sla_minutes.urgent, fields.optional("urgent", read::whole(1..=YEAR_MINUTES)));
        put(&mut settings.sla_minutes.high, fields.optional("high", read::whole(1..=YEAR_MINUTES)));
        put(&mut settings.sla_minutes.normal, fields.optional("normal", read::whole(1..=YEAR_MINUTES)));
    });
    inside(fields, "calling_hours", |fields| {
        put(&mut settings.calling_hours.from, fields.optional("from", read::text(read::time_of_day)));
        put(&mut settings.calling_hours.until, fields.optional("until", read::text(read::time_of_day)));
        if settings.calling_hours.from == settings.calling_hours.until {
            fields.refuse("until", Code::Conflict, "must not be the same as from");
        }
    });
    inside(fields, "announcements", |fields| {
        put(&mut settings.announcements.de, fields.optional("de", read::prose(500)));
        put(&mut settings.announcements.en, fields.optional("en", read::prose(500)));
    });
}

fn inside(fields: &mut Fields, name: &'static str, read: impl FnOnce(&mut Fields)) {
    if let Some(mut inside) = fields.open(name) {
        read(&mut inside);
        fields.close(inside);
    }
}
