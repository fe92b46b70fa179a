//! How a fake's events travel.

use form_urlencoded::Serializer;
use serde_json::{Map, Value};

/// The three ways in which Exotel posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Urlencoded,
    Multipart,
    Json,
}

const BOUNDARY: &str = "----ringback-fake-7d1f0c";

impl Encoding {
    pub const ALL: [Self; 3] = [Self::Urlencoded, Self::Multipart, Self::Json];

    /// The content type and the body. Bracketed names (`Legs[0][Status]`) become a tree in JSON.
    pub fn encode(self, fields: &[(String, String)]) -> (String, Vec<u8>) {
        match self {
            Self::Urlencoded => {
                let body = Serializer::new(String::new()).extend_pairs(fields).finish();
                ("application/x-www-form-urlencoded".to_owned(), body.into_bytes())
            }
            Self::Multipart => {
                let part = |(name, value): &(String, String)| {
                    format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                };
                let body = fields.iter().map(part).chain([format!("--{BOUNDARY}--\r\n")]).collect::<String>();
                (format!("multipart/form-data; boundary={BOUNDARY}"), body.into_bytes())
            }
            Self::Json => ("application/json".to_owned(), json(fields).to_string().into_bytes()),
        }
    }
}

/// Only what Exotel nests is nested: the legs.
fn json(fields: &[(String, String)]) -> Value {
    let mut object = Map::new();
    let mut leg = Map::new();
    for (name, value) in fields {
        match name.strip_prefix("Legs[0][").and_then(|rest| rest.strip_suffix(']')) {
            Some(inner) => leg.insert(inner.to_owned(), Value::String(value.clone())),
            None => object.insert(name.clone(), Value::String(value.clone())),
        };
    }
    if !leg.is_empty() {
        object.insert("Legs".to_owned(), Value::Array(vec![Value::Object(leg)]));
    }
    Value::Object(object)
}
