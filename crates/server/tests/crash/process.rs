//! The real server, which may be killed and started again under the same address.

use std::{
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{SETTINGS, pause};

pub(crate) const SID: &str = "salon1";
const SECRET_KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

pub(crate) struct Server {
    child: Option<Child>,
    pub(crate) url: String,
    pub(crate) database: String,
    pub(crate) token: String,
    dir: PathBuf,
    #[allow(dead_code, reason = "the benchmarks know")]
    pub(crate) phones: usize,
    pub(crate) breaker: bool,
    pub(crate) http: reqwest::Client,
}

impl Server {
    /// Started, with a company that has credits.
    pub(crate) async fn start(database: &str, phones: usize, breaker: bool) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("bound").port();
        let dir = std::env::temp_dir().join(format!("ringback-crash-home-{:016x}", rand::random::<u64>()));
        std::fs::create_dir_all(&dir).expect("a directory");
        let mut server = Self {
            child: None,
            url: format!("http://127.0.0.1:{port}"),
            database: database.to_owned(),
            token: String::new(),
            dir,
            phones,
            breaker,
            http: reqwest::Client::builder().no_proxy().build().expect("a client"),
        };
        server.command(&["company", "create", "Salon", "--slug", "salon", "--credits", "100000000"]);
        server.token =
            server.command(&["token", "create", "--company", "salon", "--name", "t", "--scope", "admin", "--rate-limit", "1000000"]);
        server.start_again().await;
        server
    }

    fn prepared(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringback"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("RINGBACK_") {
                command.env_remove(name);
            }
        }
        command
            .env("RINGBACK_DATABASE_URL", &self.database)
            .env("RINGBACK_SECRET_KEY", SECRET_KEY)
            .env("RINGBACK_DATA_DIR", &self.dir)
            .env("RINGBACK_LOG", "error")
            .envs(SETTINGS.iter().copied())
            .current_dir(&self.dir);
        command
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> String {
        let output = self.prepared().args(arguments).output().expect("starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("prints UTF-8").trim().to_owned()
    }

    pub(crate) async fn start_again(&mut self) {
        let listen = self.url.trim_start_matches("http://").to_owned();
        let log = std::fs::File::options().append(true).create(true).open(self.log()).expect("a log file");
        let child = self.prepared().args(["serve", "--listen", &listen]).stdout(Stdio::null()).stderr(log).spawn().expect("starts");
        self.child = Some(child);
        let since = Instant::now();
        while !self.is_ready().await {
            assert!(since.elapsed() < Duration::from_secs(10), "not ready after ten seconds");
            pause(5).await;
        }
    }

    fn log(&self) -> PathBuf {
        self.dir.join("log")
    }

    /// What the process had to say at level error, over all its runs.
    #[allow(dead_code, reason = "the benchmarks do not ask")]
    pub(crate) fn errors(&self) -> String {
        std::fs::read_to_string(self.log()).expect("a log file")
    }

    async fn is_ready(&self) -> bool {
        self.http.get(format!("{}/readyz", self.url)).send().await.is_ok_and(|answer| answer.status().is_success())
    }

    #[allow(dead_code, reason = "the benchmarks ask for it")]
    pub(crate) fn process_id(&self) -> u32 {
        self.child.as_ref().expect("runs").id()
    }

    /// SIGKILL: no farewell.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("is killed");
            child.wait().expect("is gone");
        }
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.http.post(format!("{}/api/v1{path}", self.url)).bearer_auth(&self.token).json(body);
        let answer = request.send().await.expect("answers");
        let status = answer.status();
        let body: Value = answer.json().await.expect("is JSON");
        assert!(status.is_success(), "{path}: {status} {body}");
        body["data"].clone()
    }

    #[allow(dead_code, reason = "the benchmarks do not ask")]
    pub(crate) async fn get(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}/api/v1{path}", self.url)).bearer_auth(&self.token);
        request.send().await.expect("answers").json().await.expect("is JSON")
    }

    /// A phone of two channels at this carrier; its number and where its events go.
    pub(crate) async fn connect_phone(&self, nth: usize, carrier: &str) -> (String, String) {
        let agent = self.post("/agents", &json!({"name": "Mila", "prompt": "Hello"})).await;
        let number = format!("+4930901{:03}", 820 + nth);
        let config = json!({
            "account_sid": SID, "api_key": "key", "api_token": "token", "api_base_url": carrier, "app_id": "77",
            "requests_per_minute": 100_000, "circuit_breaker": self.breaker,
        });
        let phone = json!({
            "label": number, "number": number, "carrier": "exotel", "carrier_config": config, "channels": 2, "agent_id": agent["id"],
        });
        let phone = self.post("/phones", &phone).await;
        let ingress = phone["ingress_url"].as_str().expect("shown").trim_end_matches("/incoming").to_owned();
        (number, ingress)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        // Nothing depends on it any more.
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}
