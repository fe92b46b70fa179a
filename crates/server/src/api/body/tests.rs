use serde_json::json;

use super::*;
use crate::api::read;

fn fields(value: Json) -> Fields {
    match value {
        Json::Object(values) => Fields::new(values),
        _ => panic!("an object"),
    }
}

fn told(error: ApiError) -> Vec<(String, Code)> {
    match error {
        ApiError::Invalid(errors) => errors.into_iter().map(|error| (error.field, error.code)).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_error_is_told_not_only_the_first() {
    let mut it = fields(json!({"name": 7, "channels": 0, "colour": "red", "inside": {"a": true, "b": 1}, "id": "x"}));
    let name = it.required("name", read::line(10));
    let label = it.required("label", read::line(10));
    let channels: Option<u32> = it.optional("channels", read::whole(1..=100));
    let mut inside = it.open("inside").expect("an object");
    assert_eq!(inside.optional("a", read::flag), Some(true));
    it.close(inside);
    it.read_only(&["id"]);
    assert!(name.is_none() && label.is_none() && channels.is_none());
    let mut errors = told(it.finish(|| Some(())).expect_err("much is wrong"));
    errors.sort_by(|one, other| one.0.cmp(&other.0));
    let expected = [
        ("channels", Code::Range),
        ("colour", Code::Unknown),
        ("id", Code::ReadOnly),
        ("inside.b", Code::Unknown),
        ("label", Code::Required),
        ("name", Code::Type),
    ];
    assert_eq!(errors, expected.map(|(field, code)| (field.to_owned(), code)));
}

#[test]
fn null_is_a_value_only_where_it_means_something() {
    let mut it = fields(json!({"a": null, "b": null}));
    assert_eq!(it.nullable("a", read::flag), Some(None));
    assert_eq!(it.nullable("c", read::flag), None);
    assert_eq!(it.optional("b", read::flag), None);
    assert_eq!(told(it.none().expect_err("b is null")), [("b".to_owned(), Code::Type)]);
}

#[test]
fn only_json_is_taken_for_json() {
    for kind in ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"] {
        assert!(is_json(kind.as_bytes()), "{kind}");
    }
    for kind in ["text/plain", "application/jsonp", "application/x-www-form-urlencoded", "", "json"] {
        assert!(!is_json(kind.as_bytes()), "{kind}");
    }
}
