//! A phone's Exotel configuration.

use reqwest::Url;
use serde_json::Value;

use crate::settings::{ConfigError, Reader};

const ACCEPTED: [&str; 8] =
    ["account_sid", "api_key", "api_token", "api_base_url", "app_id", "stream_url", "requests_per_minute", "circuit_breaker"];

/// Holds secrets, so it has no `Debug`.
pub struct Config {
    pub account_sid: String,
    pub api_key: String,
    pub api_token: String,
    pub base: Url,
    /// The flow that takes outbound calls; counts before `stream_url`.
    pub app_id: Option<String>,
    pub stream_url: Option<String>,
    pub requests_per_minute: u32,
    pub circuit_breaker: bool,
}

impl Config {
    pub fn read(config: &Value) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader::new(config);
        let account_sid = reader.required("account_sid");
        let account_sid = reader.id("account_sid", Some(account_sid)).unwrap_or_default();
        let api_key = reader.required("api_key");
        let api_token = reader.required("api_token");
        let base = reader.base_url("api_base_url", "https://api.exotel.com");
        let app_id = reader.text("app_id");
        let app_id = reader.id("app_id", app_id);
        let stream_url = reader.stream_url("stream_url");
        let requests_per_minute = reader.count("requests_per_minute", 200);
        let circuit_breaker = reader.flag("circuit_breaker", true);
        reader.finish(&ACCEPTED, || Self {
            account_sid,
            api_key,
            api_token,
            base,
            app_id,
            stream_url,
            requests_per_minute,
            circuit_breaker,
        })
    }
}
