//! What the OpenAPI document says of our words, and of the parameters that all lists share.

mod query;
mod texts;

use ringback_domain::callback::EscalationReason;
use ringback_telephony::voice_agent::VoicePlatform;
use utoipa::{
    IntoParams,
    openapi::schema::{AdditionalProperties, ArrayBuilder, Object, ObjectBuilder, Schema, SchemaType, Type},
};

pub(crate) use query::{
    IncludeParams, age, appointment_statuses, attempt_statuses, callback_priorities, callback_sources, callback_statuses, id_or_none,
    one_of, parts,
};
pub(crate) use texts::{
    countries, country, days, language_or_null, languages, stream_url_or_null, time_of_day, time_window, time_window_or_null, time_zone,
};

fn words(words: Vec<&'static str>) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build()
}

macro_rules! word_schemas {
    ($($name:ident: $type:ty),+ $(,)?) => {$(
        pub(crate) fn $name() -> Object {
            words(<$type>::ALL.iter().map(|word| word.as_str()).collect())
        }
    )+};
}

word_schemas!(
    locale: ringback_domain::callback::Language,
    auto_callback: ringback_domain::settings::AutoCallback,
    when_full: ringback_domain::settings::WhenFull,
    dedupe: ringback_domain::settings::Dedupe,
    sla_clock: ringback_domain::settings::SlaClock,
    entry_type: ringback_domain::credits::EntryType,
    direction: ringback_domain::call::Direction,
    call_status: ringback_domain::call::CallStatus,
    call_outcome: ringback_domain::call::CallOutcome,
    missed_reason: ringback_domain::call::MissedReason,
    attempt_outcome: ringback_domain::call::AttemptOutcome,
    attempt_status: ringback_domain::attempt::ShownStatus,
    attempt_priority: ringback_domain::attempt::Priority,
    callback_status: ringback_domain::callback::Status,
    callback_priority: ringback_domain::callback::Priority,
    callback_source: ringback_domain::callback::Source,
    return_by: ringback_domain::callback::ReturnBy,
    contact_outcome: ringback_domain::callback::ContactOutcome,
    escalation_reason: ringback_domain::callback::EscalationReason,
    escalation_kind: ringback_domain::callback::EscalationKind,
    strategy: ringback_domain::assignment::Strategy,
    campaign_state: ringback_domain::campaign::State,
    inbound_misses: ringback_domain::campaign::InboundMisses,
    event_type: ringback_domain::event::EventType,
    role: ringback_domain::access::Role,
    appointment_status: ringback_domain::appointment::Status,
);

/// What may be null is null in the list of its words, too.
fn or_null(mut words: Object) -> Object {
    words.schema_type = SchemaType::from_iter([Type::String, Type::Null]);
    words.enum_values.get_or_insert_default().push(serde_json::Value::Null);
    words
}

macro_rules! or_null {
    ($($name:ident: $words:ident),+ $(,)?) => {$(
        pub(crate) fn $name() -> Object {
            or_null($words())
        }
    )+};
}

or_null!(
    call_outcome_or_null: call_outcome,
    missed_reason_or_null: missed_reason,
    attempt_outcome_or_null: attempt_outcome,
    callback_priority_or_null: callback_priority,
);

pub(crate) fn escalation_reason_by_people() -> Object {
    words(EscalationReason::BY_PEOPLE.into_iter().map(EscalationReason::as_str).collect())
}

pub(crate) fn voice_platform() -> Object {
    words(VoicePlatform::ALL.iter().map(|platform| platform.as_str()).collect())
}

pub(crate) fn carrier() -> Object {
    words(vec!["exotel", "twilio", "simulator"])
}

fn hours(kinds: impl IntoIterator<Item = Type>) -> Object {
    let times = || ArrayBuilder::new().items(texts::end_of_block()).min_items(Some(2)).max_items(Some(2));
    let example = serde_json::json!({"mon": [["09:00", "12:30"], ["13:30", "18:00"]], "sat": []});
    let object = ObjectBuilder::new().schema_type(SchemaType::from_iter(kinds)).examples([example]);
    let days = ringback_domain::business_time::Weekday::ALL.iter();
    let object = days.fold(object, |object, day| object.property(day.as_str(), ArrayBuilder::new().items(times()).max_items(Some(24))));
    object.additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false))).build()
}

/// For each weekday its blocks of local time, from 00:00 to 24:00.
pub(crate) fn opening_hours() -> Object {
    hours([Type::Object])
}

/// The same, or null: at any hour.
pub(crate) fn working_hours() -> Object {
    hours([Type::Object, Type::Null])
}

/// How a list is paged.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `Params::paging` reads")]
pub(crate) struct PageParams {
    /// From 1.
    #[param(minimum = 1, maximum = 1_000_000_000)]
    page: Option<u32>,
    #[param(minimum = 1, maximum = 100)]
    per_page: Option<u32>,
    /// `meta.next_cursor` of the answer before, instead of `page`.
    #[param(min_length = 34, max_length = 34, pattern = "^[A-Za-z0-9_-]{34}$")]
    cursor: Option<String>,
}
