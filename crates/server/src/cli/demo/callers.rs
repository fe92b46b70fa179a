//! People who ring the salon, in bursts that two channels cannot carry.

use std::time::Duration;

use anyhow::Context as _;
use rand::{RngExt as _, rngs::StdRng};
use ringback_telephony::simulator::{Outcome, Simulator};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::salon::Salon;

/// Callers in all; some come back.
const PEOPLE: usize = 400;
const REGULARS: usize = 6;
/// Of the first burst the fourth, when both channels are taken: one who is never there, so that everybody sees soon what happens
/// then.
const NEVER_THERE: usize = PEOPLE;
const NEVER_THERE_RINGS: u32 = 4;
/// How finely the time between two callers is measured.
const TICK: Duration = Duration::from_millis(20);

pub(super) struct Callers {
    simulator: Simulator,
    http: reqwest::Client,
    /// Where the server listens, whatever its public address is.
    server: String,
    salon: Salon,
    speed: u64,
    random: StdRng,
    /// How many have rung.
    rung: u32,
}

/// The nth person's number.
pub(super) fn number(nth: usize) -> String {
    format!("+4915112{:06}", 340_000 + nth * 137)
}

impl Callers {
    pub(super) fn new(simulator: Simulator, server: String, salon: Salon, speed: u32) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().no_proxy().build().context("an HTTP client for the simulated carrier")?;
        simulator.script(&number(NEVER_THERE), Outcome::Voicemail);
        Ok(Self { simulator, http, server, salon, speed: u64::from(speed), random: rand::make_rng(), rung: 0 })
    }

    /// Rings in bursts of five to seven; the next burst comes when the last is over.
    pub(super) async fn ring_until(mut self, stop: CancellationToken) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut next_caller = self.wait(500, 1_500);
        let mut left_in_burst = self.random.random_range(5..=7_u32);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            next_caller = next_caller.saturating_sub(TICK);
            if !next_caller.is_zero() {
                continue;
            }
            self.somebody_rings().await;
            left_in_burst -= 1;
            next_caller = if left_in_burst > 0 { self.wait(800, 2_500) } else { self.wait(45_000, 60_000) };
            if left_in_burst == 0 {
                left_in_burst = self.random.random_range(5..=7);
            }
        }
    }

    fn wait(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(self.random.random_range(least..=most) / self.speed)
    }

    /// Of those who are not on the phone. The regulars ring more often than the others.
    fn somebody(&mut self) -> String {
        self.rung += 1;
        if self.rung == NEVER_THERE_RINGS {
            return number(NEVER_THERE);
        }
        loop {
            let among = if self.random.random_bool(0.3) { 0..REGULARS } else { REGULARS..PEOPLE };
            let person = number(self.random.random_range(among));
            if !self.simulator.is_on_the_phone(&person) {
                return person;
            }
        }
    }

    async fn somebody_rings(&mut self) {
        let person = self.somebody();
        let base = format!("{}/voice/simulator/{}", self.server, self.salon.ingress_key);
        let id = self.simulator.ring(&self.salon.phone_number, &person, &format!("{base}/status"));
        let asked = self.http.post(format!("{base}/incoming")).json(&serde_json::json!({"call_id": id, "from": person})).send().await;
        let answer: Option<serde_json::Value> = match asked {
            Ok(response) => response.json().await.ok(),
            Err(_) => None,
        };
        if answer.is_some_and(|answer| answer["action"] == "connect") {
            self.simulator.connected(&id);
        }
    }
}
