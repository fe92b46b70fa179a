//! What the handlers' types cannot say of themselves, said of all of them alike, so that whoever generates requests from the
//! document generates those that are taken.

use std::collections::{BTreeMap, BTreeSet};

use utoipa::openapi::{
    OneOfBuilder, RefOr, Required, Schema,
    path::Operation,
    schema::{AdditionalProperties, Object, ObjectBuilder, SchemaType, Type},
};

/// Something else than blanks.
const NOT_BLANK: &str = r"\S";

/// Of a schema and of all inside it.
pub(super) fn schema(schema: &mut RefOr<Schema>) {
    let RefOr::T(it) = schema else { return };
    match it {
        Schema::Object(object) => {
            not_blank(object);
            object.properties.values_mut().for_each(self::schema);
            if let Some(AdditionalProperties::RefOr(inside)) = object.additional_properties.as_deref_mut() {
                self::schema(inside);
            }
            if let Some(either) = null_or_formatted(object) {
                *schema = RefOr::T(either);
            }
        }
        Schema::Array(array) => {
            if let utoipa::openapi::schema::ArrayItems::RefOrSchema(items) = &mut array.items {
                self::schema(items);
            }
        }
        Schema::OneOf(of) => of.items.iter_mut().for_each(self::schema),
        Schema::AllOf(of) => of.items.iter_mut().for_each(self::schema),
        Schema::AnyOf(of) => of.items.iter_mut().for_each(self::schema),
        _ => {}
    }
}

/// Only what is written has a longest length, and no text that is written may be empty or blank.
fn not_blank(object: &mut Object) {
    let open = object.max_length.is_some() && object.pattern.is_none() && object.format.is_none() && object.enum_values.is_none();
    if open {
        object.min_length = Some(1);
        object.pattern = Some(NOT_BLANK.to_owned());
    }
}

/// A format says nothing of null. Where both are possible, programs read them better apart.
fn null_or_formatted(object: &Object) -> Option<Schema> {
    let SchemaType::Array(types) = &object.schema_type else { return None };
    let [kind, Type::Null] = types.as_slice() else { return None };
    object.format.as_ref()?;
    let mut formatted = object.clone();
    formatted.schema_type = SchemaType::Type(kind.clone());
    let description = formatted.description.take();
    let null = ObjectBuilder::new().schema_type(Type::Null);
    Some(Schema::OneOf(OneOfBuilder::new().item(formatted).item(null).description(description).build()))
}

/// Bodies have no field besides those that are named: neither they nor what they refer to.
pub(super) fn close_bodies(operations: &[&Operation], schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    let bodies = operations.iter().filter_map(|it| match &it.request_body {
        Some(RefOr::T(body)) => Some(body),
        _ => None,
    });
    let contents = bodies.flat_map(|body| body.content.values());
    let mut open: Vec<String> = contents
        .filter_map(|content| match content {
            RefOr::T(content) => content.schema.as_ref().and_then(name),
            RefOr::Ref(_) => None,
        })
        .collect();
    let mut closed = BTreeSet::new();
    while let Some(next) = open.pop() {
        if let Some(RefOr::T(Schema::Object(object))) = schemas.get_mut(&next)
            && closed.insert(next)
        {
            object.additional_properties.get_or_insert_with(|| Box::new(AdditionalProperties::FreeForm(false)));
            open.extend(object.properties.values().filter_map(name));
        }
    }
}

/// Of the schema that is referred to, also where null is possible instead.
fn name(schema: &RefOr<Schema>) -> Option<String> {
    match schema {
        RefOr::Ref(to) => to.ref_location.rsplit('/').next().map(str::to_owned),
        RefOr::T(Schema::OneOf(of)) => of.items.iter().find_map(name),
        RefOr::T(_) => None,
    }
}

/// A body without any field that must be there may be left out.
pub(super) fn body(operation: &mut Operation, schemas: &BTreeMap<String, RefOr<Schema>>) {
    let Some(RefOr::T(body)) = &mut operation.request_body else { return };
    let needed = body.content.values().filter_map(|content| match content {
        RefOr::T(content) => content.schema.as_ref(),
        RefOr::Ref(_) => None,
    });
    if needed.clone().count() > 0 && needed.into_iter().all(|schema| !has_required(schema, schemas)) {
        body.required = Some(Required::False);
    }
}

fn has_required(schema: &RefOr<Schema>, schemas: &BTreeMap<String, RefOr<Schema>>) -> bool {
    match name(schema).and_then(|name| schemas.get(&name)) {
        Some(RefOr::T(Schema::Object(object))) => !object.required.is_empty(),
        _ => true,
    }
}

/// Nobody writes null into an address or a header.
pub(super) fn parameters(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        if let Some(RefOr::T(Schema::Object(object))) = &mut parameter.schema
            && let SchemaType::Array(types) = &object.schema_type
            && let [kind, Type::Null] = types.as_slice()
        {
            object.schema_type = SchemaType::Type(kind.clone());
        }
    }
}
