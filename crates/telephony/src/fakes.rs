//! Carriers that speak real HTTP and answer as a test tells them. Each keeps a record of the calls it accepted, plays
//! their lives when told to, and posts their events. TLS's cryptography must have been installed before.

mod board;
mod exotel;
mod post;
mod twilio;

use std::{io, net::SocketAddr, sync::Arc};

use axum::Router;
use tokio::{net::TcpListener, task::JoinHandle};

pub use self::{
    board::{Answer, Dial, Ending},
    exotel::FakeExotel,
    post::Encoding,
    twilio::FakeTwilio,
};

/// The account that a fake knows.
#[derive(Debug, Clone)]
pub struct Account {
    pub sid: String,
    pub user: String,
    pub password: String,
}

/// Serves until the last holder is gone.
#[derive(Clone)]
struct Serving {
    address: SocketAddr,
    _task: Arc<Stopping>,
}

struct Stopping(JoinHandle<()>);

impl Drop for Stopping {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn serve(address: SocketAddr, router: Router) -> io::Result<Serving> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let task = tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "a fake carrier stopped");
        }
    });
    Ok(Serving { address, _task: Arc::new(Stopping(task)) })
}
