//! Query parameters that take words: one, or some with commas between them.

use utoipa::{
    IntoParams,
    openapi::schema::{AnyOfBuilder, Array, ArrayBuilder, KnownFormat, Object, ObjectBuilder, Schema, SchemaFormat, Type},
};

pub(crate) fn one_of(words: &[&'static str]) -> Object {
    super::words(words.to_vec())
}

fn some_of(words: Object) -> Array {
    ArrayBuilder::new().items(words).min_items(Some(1)).build()
}

macro_rules! some_of {
    ($($name:ident: $words:ident),+ $(,)?) => {$(
        pub(crate) fn $name() -> Array {
            some_of(super::$words())
        }
    )+};
}

some_of!(
    callback_statuses: callback_status,
    callback_priorities: callback_priority,
    callback_sources: callback_source,
    attempt_statuses: attempt_status,
    appointment_statuses: appointment_status,
);

pub(crate) fn age() -> Object {
    one_of(&["created_at", "-created_at"])
}

/// What belongs to a callback or an appointment.
pub(crate) fn parts() -> Array {
    some_of(one_of(&["customer", "branch", "service", "staff"]))
}

/// Somebody's id, or the word for nobody.
pub(crate) fn id_or_none() -> Schema {
    let id = ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)));
    AnyOfBuilder::new().item(id).item(one_of(&["none"])).build().into()
}

/// Of one thing alone.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what the handlers read")]
pub(crate) struct IncludeParams {
    /// What is shown with it; several with commas between them.
    #[param(style = Form, explode = false, schema_with = parts)]
    include: Option<String>,
}
