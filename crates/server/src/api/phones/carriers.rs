//! What the OpenAPI document says of `carrier_config`: one shape per carrier, as `ringback_telephony` reads them.

use utoipa::openapi::schema::{
    AdditionalProperties, AnyOfBuilder, Object, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, SchemaType, Type,
};

enum Kind {
    Text,
    Url(Option<&'static str>),
    Count(u32),
    Flag(bool),
}

struct Field {
    name: &'static str,
    kind: Kind,
    says: &'static str,
    required: bool,
    secret: bool,
}

impl Field {
    const fn new(name: &'static str, kind: Kind, says: &'static str) -> Self {
        Self { name, kind, says, required: false, secret: false }
    }

    const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    const fn secret(self) -> Self {
        Self { required: true, secret: true, ..self }
    }
}

const BREAKER: &str = "Pauses the phone when half of the requests to the carrier fail; calls that nobody answers do not count.";

const EXOTEL: [Field; 8] = [
    Field::new("account_sid", Kind::Text, "The account.").required(),
    Field::new("api_key", Kind::Text, "Never shown.").secret(),
    Field::new("api_token", Kind::Text, "Never shown.").secret(),
    Field::new("api_base_url", Kind::Url(Some("https://api.exotel.com")), "Where the account's region answers."),
    Field::new("app_id", Kind::Text, "The flow that takes outbound calls. It, or a `stream_url`, is needed to call back."),
    Field::new("stream_url", Kind::Url(None), "The voice agent's socket, when there is no `app_id`."),
    Field::new("requests_per_minute", Kind::Count(200), "What the account may ask."),
    Field::new("circuit_breaker", Kind::Flag(true), BREAKER),
];

const TWILIO: [Field; 6] = [
    Field::new("account_sid", Kind::Text, "The account.").required(),
    Field::new("auth_token", Kind::Text, "Never shown; also proves that a request comes from the carrier.").secret(),
    Field::new("api_base_url", Kind::Url(Some("https://api.twilio.com")), "Of a carrier that speaks Twilio's API."),
    Field::new("stream_url", Kind::Url(None), "The voice agent's socket. Needed unless the phone's agent has one."),
    Field::new("calls_per_second", Kind::Count(1), "What the account may begin."),
    Field::new("circuit_breaker", Kind::Flag(true), BREAKER),
];

const CARRIERS: [(&str, &[Field]); 3] = [("exotel", &EXOTEL), ("twilio", &TWILIO), ("simulator", &[])];

/// Of a new phone: whole.
pub(super) fn new_config() -> Schema {
    let shapes = CARRIERS.iter().map(|(carrier, fields)| shape(carrier, fields.iter(), |field| field.required, false));
    shapes.fold(OneOfBuilder::new().description(Some("What the phone's `carrier` needs.")), OneOfBuilder::item).build().into()
}

/// Of a change: what is given replaces what is stored, null takes it away.
pub(super) fn changed_config() -> Schema {
    let says = "Joined with what is stored: what is not given stays, the secrets above all; null removes a field. Another `carrier` needs \
                all of its own.";
    let shapes = CARRIERS.iter().map(|(carrier, fields)| shape(carrier, fields.iter(), |_| false, true));
    shapes.fold(AnyOfBuilder::new().description(Some(says)), AnyOfBuilder::item).build().into()
}

/// Of an answer: without the secrets.
pub(super) fn shown_config() -> Schema {
    let says = "As it was given, without its secrets. Null when it cannot be opened with the installation's key.";
    let shapes = CARRIERS.iter().map(|(carrier, fields)| shape(carrier, fields.iter().filter(|it| !it.secret), |it| it.required, false));
    let any = shapes.fold(AnyOfBuilder::new().description(Some(says)), AnyOfBuilder::item);
    any.item(ObjectBuilder::new().schema_type(Type::Null)).build().into()
}

fn shape<'a>(carrier: &str, fields: impl Iterator<Item = &'a Field>, required: impl Fn(&Field) -> bool, nullable: bool) -> Object {
    let object = ObjectBuilder::new().title(Some(carrier)).schema_type(Type::Object);
    let object = object.additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
    let object = fields.fold(object, |object, field| {
        let object = object.property(field.name, value(field, nullable));
        if required(field) { object.required(field.name) } else { object }
    });
    object.build()
}

fn value(field: &Field, nullable: bool) -> ObjectBuilder {
    let (kind, value) = match field.kind {
        Kind::Text => (Type::String, ObjectBuilder::new().max_length(Some(600))),
        Kind::Url(default) => {
            let url = ObjectBuilder::new().format(Some(SchemaFormat::Custom("uri".to_owned())));
            (Type::String, url.default(default.filter(|_| !nullable).map(Into::into)))
        }
        Kind::Count(default) => {
            (Type::Integer, ObjectBuilder::new().minimum(Some(1)).default((!nullable).then_some(default).map(Into::into)))
        }
        Kind::Flag(default) => (Type::Boolean, ObjectBuilder::new().default((!nullable).then_some(default).map(Into::into))),
    };
    let kind = if nullable { SchemaType::from_iter([kind, Type::Null]) } else { kind.into() };
    let value = value.schema_type(kind).description(Some(field.says));
    if field.secret { value.write_only(true) } else { value }
}
