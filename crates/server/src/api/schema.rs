//! What the OpenAPI document says of our words, and of the parameters that all lists share.

use ringback_telephony::voice_agent::VoicePlatform;
use utoipa::{
    IntoParams,
    openapi::schema::{AdditionalProperties, ArrayBuilder, Object, ObjectBuilder, Schema, SchemaType, Type},
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

pub(crate) fn voice_platform() -> Object {
    words(VoicePlatform::ALL.iter().map(|platform| platform.as_str()).collect())
}

pub(crate) fn carrier() -> Object {
    words(vec!["exotel", "twilio", "simulator"])
}

/// A time of day, such as `08:00:00`.
pub(crate) fn time_of_day() -> Object {
    ObjectBuilder::new().schema_type(Type::String).examples(["08:00:00"]).build()
}

fn hours(kinds: impl IntoIterator<Item = Type>) -> Object {
    let times = || ArrayBuilder::new().items(ObjectBuilder::new().schema_type(Type::String)).min_items(Some(2)).max_items(Some(2));
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
    #[param(minimum = 1)]
    page: Option<u32>,
    #[param(minimum = 1, maximum = 100)]
    per_page: Option<u32>,
    /// `meta.next_cursor` of the answer before, instead of `page`.
    cursor: Option<String>,
}
