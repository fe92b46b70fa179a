//! `ringback serve`: from the configuration to a server that answers, and to its end.

mod loops;

use std::{
    io::ErrorKind,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use ringback_domain::time::Clock;
use ringback_telephony::{registry::Registry, simulator::Simulator};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use loops::Loops;

use super::{Outcome, open, say};
use crate::{
    app::{self, App},
    clock::SystemClock,
    clockwork::Clockwork,
    config::{Config, NodeName, reachable},
    simulated, telemetry,
    vault::Vault,
};

/// For everything that must end after SIGTERM; the process is gone within ten seconds whatever hangs.
const FAREWELL: Duration = Duration::from_secs(9);
/// For requests that run when the server is told to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(5);
/// For what they began, when the dispatcher has ended before them.
const LAST_WORK: Duration = Duration::from_millis(500);

pub(super) async fn run(config: &Config) -> Outcome {
    let started = Instant::now();
    // Before anything else, so that no signal falls between: until then it would kill the process.
    let stop = stop_on_signal()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let simulator = Simulator::new(rand::random(), ringback_telephony::simulator::Profile::default(), Arc::clone(&clock));
    let server = Server::start(config, clock, simulator).await?;
    say(format!("url: {}", server.app.public_url))?;
    tracing::info!(
        event = "server.listening", address = %server.address, public_url = %server.app.public_url, engine = server.app.store.db().engine(),
        version = env!("CARGO_PKG_VERSION"), after_ms = started.elapsed().as_secs_f64() * 1000.0, "serving"
    );
    server.run(stop).await
}

/// A server that is bound and migrated, and serves once it runs.
pub(crate) struct Server {
    pub(crate) app: App,
    pub(crate) address: SocketAddr,
    listener: TcpListener,
    simulator: Simulator,
    _node: NodeName,
}

impl Server {
    pub(crate) async fn start(config: &Config, clock: Arc<dyn Clock>, simulator: Simulator) -> anyhow::Result<Self> {
        telemetry::recorder();
        config.make_data_dir()?;
        let node = config.node_name()?;
        if node.is_a_second() {
            tracing::warn!(event = "server.second_on_data_dir", "another server runs on this data directory; this one is another node");
        }
        let vault = Arc::new(Vault::new(&config.secret_key()?));
        let store = Arc::new(open::open(config, node.name.clone()).await?);
        let listener = TcpListener::bind(&config.listen).await.map_err(|error| not_listening(&config.listen, &error))?;
        let address = listener.local_addr()?;
        let public_url = config.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
        let carriers = Arc::new(Registry::new(config.patience.carrier_timeout, simulator.clone())?);
        for key in &config.unused {
            tracing::warn!(event = "config.unused", key, "accepted, not used by this version");
        }
        Ok(Self { app: App::new(store, clock, carriers, vault, &public_url), address, listener, simulator, _node: node })
    }

    /// Serves until `stop`; then takes no more requests, lets the running ones finish, and stops dialing. Fails when something of
    /// it ended before.
    pub(crate) async fn run(self, stop: CancellationToken) -> Outcome {
        let Self { app, address, listener, simulator, .. } = self;
        let mut loops = Loops::default();
        loops.spawn("the dispatcher", Arc::clone(&app.dispatcher).run(stop.clone()));
        loops.spawn("the clockwork", Clockwork::new(Arc::clone(&app.store), Arc::clone(&app.clock)).run(stop.clone()));
        loops.spawn("the upkeep of metrics", telemetry::upkeep(stop.clone()));
        let here = format!("http://{}", reachable(address));
        let delivering = simulated::deliver_until(stop.clone(), simulator, Arc::clone(&app.clock), reqwest::Client::new(), here);
        loops.spawn("the simulator", delivering);
        // A client that never finishes what it began is left after a while.
        let requests_end = CancellationToken::new();
        loops.spawn("serving", {
            let router = app::router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
            let (stop, requests_end) = (stop.clone(), requests_end.clone());
            async move {
                let serving = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).into_future();
                if let Some(Err(error)) = requests_end.run_until_cancelled_owned(serving).await {
                    tracing::error!(event = "server.not_serving", %error, "requests are taken no more");
                }
            }
        });
        let ended_early = loops.until(&stop).await;
        if let Some(why) = &ended_early {
            tracing::error!(event = "server.broken", why, "the server stops: it would keep no promise without it");
        }
        stop.cancel();
        app.stopping.cancel();
        tracing::info!(event = "server.stopping", "no new requests; finishing those that run");
        let farewell = async {
            if timeout(LAST_REQUESTS, loops.end()).await.is_err() {
                requests_end.cancel();
                loops.end().await;
            }
            app.dispatcher.idle_within(LAST_WORK).await;
            app.store.db().close().await;
        };
        if timeout(FAREWELL, farewell).await.is_ok() {
            tracing::info!(event = "server.stopped", "everything is on disk");
        } else {
            tracing::warn!(event = "server.stopped_early", "something still ran; the next start asks the carriers about it");
        }
        ended_early.map_or(Ok(()), |why| Err(anyhow::anyhow!("{why}; what it did is on disk, start the server again")))
    }
}

fn not_listening(listen: &str, error: &std::io::Error) -> anyhow::Error {
    let hint = match error.kind() {
        ErrorKind::AddrInUse => "; another program has this port: --listen takes another address, --listen 127.0.0.1:0 any free port",
        _ => "; --listen takes another address",
    };
    anyhow::anyhow!("listening on {listen}: {error}{hint}")
}

/// Cancelled at SIGTERM or SIGINT.
pub(crate) fn stop_on_signal() -> std::io::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::spawn({
        let stop = stop.clone();
        async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            stop.cancel();
        }
    });
    Ok(stop)
}
