//! From a phone's `carrier` word and configuration to the carrier that serves it.

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use serde_json::Value;

pub use crate::settings::{ConfigError, Fault};
use crate::{
    carrier::Carrier,
    exotel::{self, Exotel},
    settings::Reader,
    simulator::Simulator,
    twilio::{self, Twilio},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CarrierKind {
    Exotel,
    Twilio,
    Simulator,
}

impl CarrierKind {
    /// Write-only fields of the configuration: no answer shows them.
    pub fn secret_fields(self) -> &'static [&'static str] {
        match self {
            Self::Exotel => &["api_key", "api_token"],
            Self::Twilio => &["auth_token"],
            Self::Simulator => &[],
        }
    }
}

impl fmt::Display for CarrierKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exotel => "exotel",
            Self::Twilio => "twilio",
            Self::Simulator => "simulator",
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be one of: exotel, twilio, simulator")]
pub struct UnknownCarrier;

impl FromStr for CarrierKind {
    type Err = UnknownCarrier;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "exotel" => Ok(Self::Exotel),
            "twilio" => Ok(Self::Twilio),
            "simulator" => Ok(Self::Simulator),
            _ => Err(UnknownCarrier),
        }
    }
}

/// Builds carriers; they share one HTTP client and its kept-alive connections.
pub struct Registry {
    http: reqwest::Client,
    timeout: Duration,
    simulator: Option<Simulator>,
}

impl Registry {
    /// `timeout`: how long a carrier may take to answer. TLS's cryptography must have been installed before.
    pub fn new(timeout: Duration, simulator: impl Into<Option<Simulator>>) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(64)
            .tcp_nodelay(true)
            // Whether asking again is safe is the dispatcher's decision, never the client's.
            .retry(reqwest::retry::never())
            // Half of the whole: a connection that does not come about must be known as such, not as a lost answer.
            .connect_timeout(timeout / 2)
            .build()?;
        Ok(Self { http, timeout, simulator: simulator.into() })
    }

    pub fn carrier(&self, kind: CarrierKind, config: &Value) -> Result<Arc<dyn Carrier>, Vec<ConfigError>> {
        match kind {
            CarrierKind::Exotel => Ok(Arc::new(Exotel::new(self.http.clone(), self.timeout, exotel::Config::read(config)?))),
            CarrierKind::Twilio => Ok(Arc::new(Twilio::new(self.http.clone(), self.timeout, twilio::Config::read(config)?))),
            CarrierKind::Simulator => {
                Reader::new(config).finish(&[], || ())?;
                match &self.simulator {
                    Some(simulator) => Ok(Arc::new(simulator.clone())),
                    None => Err(vec![ConfigError::new("carrier", Fault::Unavailable, "the simulator does not run here")]),
                }
            }
        }
    }
}
