//! `ringback demo`: a salon with one phone and two channels, more callers than channels, and everything that follows.
//! The server is the real one; only the carrier is simulated.

mod callers;
mod narrator;
mod salon;

use std::{
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use clap::Args;
use ringback_domain::time::Clock;
use ringback_telephony::simulator::{Profile, Simulator};

use super::{
    Outcome, say,
    serve::{Server, stop_on_signal},
};
use crate::{
    clock::SystemClock,
    config::{Config, Flags},
};

#[derive(Args)]
pub(super) struct Demo {
    /// Address and port; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// How many times faster than life callers ring, talk and hang up
    #[arg(long, default_value_t = 1, value_name = "TIMES", value_parser = clap::value_parser!(u32).range(1..=60))]
    speed: u32,
}

impl Demo {
    /// The demo reads neither the environment nor a configuration file: it must never write into a real database.
    /// The directory is made when none is named, and removed at the end.
    pub(super) fn place(&self, data_dir: Option<PathBuf>) -> anyhow::Result<(Flags, Option<Temporary>)> {
        let temporary = if data_dir.is_none() { Some(Temporary::make()?) } else { None };
        let data_dir = data_dir.or_else(|| temporary.as_ref().map(|made| made.0.clone()));
        Ok((Flags { config: None, listen: self.listen.clone(), data_dir }, temporary))
    }
}

/// A directory that goes when the demo goes.
pub(super) struct Temporary(PathBuf);

impl Temporary {
    fn make() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("ringback-demo-{:016x}", rand::random::<u64>()));
        std::fs::DirBuilder::new().mode(0o700).create(&path).with_context(|| format!("making {}", path.display()))?;
        Ok(Self(path))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Left behind in the worst case, in the directory for that.
        let _ = std::fs::remove_dir_all(self.path());
    }
}

pub(super) async fn run(demo: &Demo, config: &Config) -> Outcome {
    let stop = stop_on_signal()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let profile = Profile {
        // A good day: most people answer, and the carrier knows who did.
        answer: 84,
        voicemail: 6,
        busy: 4,
        no_answer: 6,
        ring_seconds: (1, 4),
        talk_seconds: (7, 22),
        says_who: 0.97,
        speed: demo.speed,
        ..Profile::default()
    };
    let simulator = Simulator::new(rand::random(), profile, Arc::clone(&clock));
    let server = Server::start(config, clock, simulator.clone()).await?;
    salon::refuse_strangers(&server.app).await?;
    let salon = salon::open(&server.app).await?;
    let narrator = tokio::spawn(narrator::tell(server.app.clone(), salon.company, stop.clone()));
    let address = crate::config::reachable(server.address);
    let callers = callers::Callers::new(simulator, format!("http://{address}"), salon.clone(), demo.speed)?;
    let calling = tokio::spawn(callers.ring_until(stop.clone()));
    for (name, value) in
        [("url", server.app.public_url.as_ref()), ("email", &salon.email), ("password", &salon.password), ("token", &salon.token)]
    {
        say(format!("{name}: {value}"))?;
    }
    let done = server.run(stop).await;
    let _ = tokio::join!(narrator, calling);
    done
}
