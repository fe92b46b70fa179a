//! `ringback healthcheck`: for containers and service managers.

use std::time::Duration;

use anyhow::Context as _;

use super::{Found, Outcome, say};
use crate::config::{Config, reachable};

pub(super) async fn run(config: &Config) -> Outcome {
    let mut addresses = tokio::net::lookup_host(&config.listen).await.with_context(|| format!("looking up {}", config.listen))?;
    let address = reachable(addresses.next().with_context(|| format!("{} has no address", config.listen))?);
    if address.port() == 0 {
        anyhow::bail!("listen has port 0: give the port that the server took, as --listen 127.0.0.1:PORT");
    }
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build()?;
    let answer = client.get(format!("http://{address}/readyz")).send().await;
    let answer = answer.with_context(|| format!("no server answers at {address}"))?;
    let ready = answer.status().is_success();
    say(answer.text().await.unwrap_or_default().trim())?;
    if ready { Ok(()) } else { Err(Found.into()) }
}
