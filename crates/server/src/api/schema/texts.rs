//! Texts that are written in one way only.

use ringback_domain::phone_number;
use utoipa::openapi::schema::{
    AdditionalProperties, Array, ArrayBuilder, KnownFormat, Object, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, SchemaType, Type,
};

fn text(pattern: &str, example: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).examples([example])
}

/// ISO 3166: the countries that have telephones.
pub(crate) fn country() -> Object {
    let pairs = (b'A'..=b'Z').flat_map(|first| (b'A'..=b'Z').map(move |second| format!("{}{}", char::from(first), char::from(second))));
    let codes: Vec<String> = pairs.filter(|code| phone_number::calling_code(code).is_some()).collect();
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(codes)).examples(["DE"]).build()
}

pub(crate) fn countries() -> Array {
    ArrayBuilder::new().items(country()).max_items(Some(250)).unique_items(true).build()
}

/// BCP 47.
pub(crate) fn language() -> Object {
    text("^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", "de").max_length(Some(35)).build()
}

pub(crate) fn language_or_null() -> Object {
    let mut language = language();
    language.schema_type = SchemaType::from_iter([Type::String, Type::Null]);
    language
}

pub(crate) fn languages() -> Array {
    ArrayBuilder::new().items(language()).max_items(Some(20)).unique_items(true).build()
}

/// A socket or a web address.
pub(crate) fn stream_url_or_null() -> Object {
    let address = text(r"^(wss?|https?)://[A-Za-z0-9]\S*$", "wss://agent.example.com/stream").max_length(Some(600));
    address.schema_type(SchemaType::from_iter([Type::String, Type::Null])).build()
}

/// Days such as `2026-12-25`.
pub(crate) fn days() -> Array {
    let day = ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)));
    ArrayBuilder::new().items(day).max_items(Some(1000)).build()
}

/// Of the IANA database, whose names no pattern tells.
pub(crate) fn time_zone() -> Object {
    text("^[A-Za-z][A-Za-z0-9_+/-]*$", "Europe/Berlin").build()
}

pub(crate) fn time_of_day() -> Object {
    text("^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$", "08:00:00").build()
}

fn time_window_of(kinds: OneOfBuilder) -> Schema {
    const PARTS: [&str; 8] = ["date", "day", "from", "start", "until", "to", "end", "time"];
    let text = || ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(200));
    let pair = ArrayBuilder::new().items(text()).min_items(Some(2)).max_items(Some(2));
    let object = PARTS.iter().fold(ObjectBuilder::new().schema_type(Type::Object), |object, part| object.property(*part, text()));
    let object = object.additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
    kinds.item(text().examples(["tomorrow 14:00-16:00"])).item(pair).item(object).build().into()
}

/// As people and forms write when they would like to be called.
pub(crate) fn time_window() -> Schema {
    time_window_of(OneOfBuilder::new())
}

pub(crate) fn time_window_or_null() -> Schema {
    time_window_of(OneOfBuilder::new().item(ObjectBuilder::new().schema_type(Type::Null)))
}

/// Where a block of opening hours begins or ends.
pub(super) fn end_of_block() -> Object {
    text("^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", "09:00").build()
}
