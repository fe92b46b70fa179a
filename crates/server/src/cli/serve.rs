//! `ringback serve`: from the configuration to a server that answers, and to its end.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use ringback_domain::time::Clock;
use ringback_telephony::{registry::Registry, simulator::Simulator};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

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
    server.run(stop).await;
    Ok(())
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
        let listener = TcpListener::bind(&config.listen).await.with_context(|| format!("listening on {}", config.listen))?;
        let address = listener.local_addr()?;
        let public_url = config.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
        let carriers = Arc::new(Registry::new(config.patience.carrier_timeout, simulator.clone())?);
        for key in &config.unused {
            tracing::warn!(event = "config.unused", key, "accepted, not used by this version");
        }
        Ok(Self { app: App::new(store, clock, carriers, vault, &public_url), address, listener, simulator, _node: node })
    }

    /// Serves until `stop`; then takes no more requests, lets the running ones finish, and stops dialing.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let Self { app, address, listener, simulator, .. } = self;
        let dispatcher = tokio::spawn(Arc::clone(&app.dispatcher).run(stop.clone()));
        let clockwork = tokio::spawn(Clockwork::new(Arc::clone(&app.store), Arc::clone(&app.clock)).run(stop.clone()));
        let upkeep = tokio::spawn(telemetry::upkeep(stop.clone()));
        let here = format!("http://{}", reachable(address));
        let simulated =
            tokio::spawn(simulated::deliver_until(stop.clone(), simulator, Arc::clone(&app.clock), reqwest::Client::new(), here));
        let serving = tokio::spawn({
            let router = app::router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
            let stop = stop.clone();
            async move { axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await }
        });
        stop.cancelled().await;
        app.stopping.cancel();
        tracing::info!(event = "server.stopping", "no new requests; finishing those that run");
        let farewell = async {
            let abort = serving.abort_handle();
            let requests = async {
                if timeout(LAST_REQUESTS, serving).await.is_err() {
                    // A client that never finishes what it began.
                    abort.abort();
                }
            };
            let ((), dispatcher, clockwork, _, _) = tokio::join!(requests, dispatcher, clockwork, upkeep, simulated);
            if let Err(error) = dispatcher {
                tracing::error!(event = "dispatcher.died", %error, "the dispatcher did not end by itself");
            }
            if let Err(error) = clockwork {
                tracing::error!(event = "clockwork.died", %error, "what is due was not looked for until the end");
            }
            app.store.db().close().await;
        };
        if timeout(FAREWELL, farewell).await.is_ok() {
            tracing::info!(event = "server.stopped", "everything is on disk");
        } else {
            tracing::warn!(event = "server.stopped_early", "something still ran; the next start asks the carriers about it");
        }
    }
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
