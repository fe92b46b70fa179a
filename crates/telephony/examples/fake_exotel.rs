//! Serves the fake Exotel for clients that others wrote:
//! `cargo run -p ringback-telephony --features fakes --example fake_exotel -- [PORT] [ACCOUNT_SID] [API_KEY] [API_TOKEN]`.
#![expect(clippy::print_stdout, reason = "its address is what it is asked for")]

use std::{env, io, net::SocketAddr};

use ringback_telephony::fakes::{Account, FakeExotel};

#[tokio::main]
async fn main() -> io::Result<()> {
    rustls::crypto::ring::default_provider().install_default().map_err(|_| io::Error::other("cryptography was installed already"))?;
    let mut arguments = env::args().skip(1);
    let port = arguments.next().map_or(Ok(0), |port| port.parse()).map_err(io::Error::other)?;
    let mut next = |default: &str| arguments.next().unwrap_or_else(|| default.to_owned());
    let account = Account { sid: next("ringback"), user: next("ringback"), password: next("token") };
    let fake = FakeExotel::start_on(SocketAddr::from(([127, 0, 0, 1], port)), account).await?;
    println!("listening on {}", fake.base_url());
    tokio::signal::ctrl_c().await
}
