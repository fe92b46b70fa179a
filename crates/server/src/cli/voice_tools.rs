//! `ringback voice-tools URL`

use clap::Args;
use reqwest::Url;
use ringback_telephony::voice_agent::VoicePlatform;

use super::{Outcome, say_json};

#[derive(Args)]
pub(super) struct Address {
    /// The intake key's URL; it says which platform
    #[arg(value_name = "URL", value_parser = intake_url)]
    url: (VoicePlatform, String),
}

fn intake_url(text: &str) -> Result<(VoicePlatform, String), String> {
    let refused = || "is not the URL of an intake key: …/intake/retell/KEY or …/intake/vapi/KEY".to_owned();
    let url = Url::parse(text).map_err(|_| refused())?;
    let parts: Vec<&str> = url.path_segments().map(Iterator::collect).unwrap_or_default();
    match parts.as_slice() {
        [.., "intake", platform, key] if !key.is_empty() => Ok((platform.parse().map_err(|_| refused())?, text.to_owned())),
        _ => Err(refused()),
    }
}

pub(super) fn run(address: &Address) -> Outcome {
    let (platform, url) = &address.url;
    say_json(&platform.tool_definitions(url))
}
