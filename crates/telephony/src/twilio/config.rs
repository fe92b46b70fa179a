//! A phone's Twilio configuration.

use reqwest::Url;
use serde_json::Value;

use crate::settings::{ConfigError, Reader};

const ACCEPTED: [&str; 6] = ["account_sid", "auth_token", "api_base_url", "stream_url", "calls_per_second", "circuit_breaker"];

/// Holds a secret, so it has no `Debug`.
pub struct Config {
    pub account_sid: String,
    pub auth_token: String,
    pub base: Url,
    pub stream_url: Option<String>,
    pub calls_per_second: u32,
    pub circuit_breaker: bool,
}

impl Config {
    pub fn read(config: &Value) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader::new(config);
        let account_sid = reader.required("account_sid");
        let account_sid = reader.id("account_sid", Some(account_sid)).unwrap_or_default();
        let auth_token = reader.required("auth_token");
        let base = reader.base_url("api_base_url", "https://api.twilio.com");
        let stream_url = reader.stream_url("stream_url");
        let calls_per_second = reader.count("calls_per_second", 1);
        let circuit_breaker = reader.flag("circuit_breaker", true);
        reader.finish(&ACCEPTED, || Self { account_sid, auth_token, base, stream_url, calls_per_second, circuit_breaker })
    }
}
