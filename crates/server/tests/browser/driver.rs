//! Chromium, driven over `WebDriver`.

use std::{
    env,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value as Json, json};

use crate::IGNORED;

/// Waiting happens in the page; this long at most.
const PATIENCE_MILLIS: u32 = 120_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Screen {
    Desktop,
    Phone,
}

pub(crate) struct Driver {
    url: String,
    _process: Option<Process>,
}

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Driver {
    /// The one that runs at `RINGBACK_CHROMEDRIVER`, or one of our own on a free port.
    pub(crate) fn start() -> Self {
        if let Ok(url) = env::var("RINGBACK_CHROMEDRIVER") {
            return Self { url, _process: None };
        }
        let program = env::var("RINGBACK_TEST_CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
        let child = Command::new(program).arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = child.expect(IGNORED);
        let mut lines = BufReader::new(child.stdout.take().expect("stdout is piped")).lines().map_while(Result::ok);
        let port = lines.find_map(|line| line.split_once("successfully on port ").map(|(_, port)| port.trim_end_matches('.').to_owned()));
        let port = port.filter(|port| port.parse::<u16>().is_ok()).expect("the driver says its port");
        std::thread::spawn(move || lines.for_each(drop));
        Self { url: format!("http://127.0.0.1:{port}"), _process: Some(Process(child)) }
    }

    pub(crate) async fn open(&self, screen: Screen) -> Tab {
        let mut chrome = json!({"args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-dev-shm-usage", "--window-size=1280,1000", "--hide-scrollbars",
        ]});
        if screen == Screen::Phone {
            chrome["mobileEmulation"] = json!({"deviceMetrics": {"width": 360, "height": 740, "pixelRatio": 1.0}});
        }
        if let Ok(browser) = env::var("RINGBACK_TEST_CHROMIUM") {
            chrome["binary"] = Json::String(browser);
        }
        let capabilities = json!({"goog:chromeOptions": chrome, "timeouts": {"script": PATIENCE_MILLIS + 10_000}});
        let capabilities = capabilities.as_object().expect("an object").clone();
        let mut browser = ClientBuilder::new(HttpConnector::new());
        Tab(browser.capabilities(capabilities).connect(&self.url).await.expect("a browser starts"))
    }
}

#[derive(Clone)]
pub(crate) struct Tab(Client);

impl Tab {
    pub(crate) async fn go(&self, url: &str) {
        self.0.goto(url).await.expect("the page loads");
    }

    pub(crate) async fn run(&self, script: &str) -> Json {
        self.0.execute(script, vec![]).await.expect("the script runs")
    }

    pub(crate) async fn run_async(&self, script: &str) -> Json {
        self.0.execute_async(script, vec![]).await.expect("the script runs")
    }

    /// Until an expression of the page is true.
    pub(crate) async fn until(&self, condition: &str, what: &str) {
        let script = format!(
            "const done = arguments[0]; const end = Date.now() + {PATIENCE_MILLIS};
             const look = () => {{ if ({condition}) done(true); else if (Date.now() > end) done(false); else setTimeout(look, 50); }}; look();"
        );
        assert_eq!(self.run_async(&script).await, true, "never happened: {what}. The page says: {}", self.text("body").await);
    }

    pub(crate) async fn text(&self, css: &str) -> String {
        let element = self.0.find(Locator::Css(css)).await.expect("the element is there");
        element.text().await.expect("it has text").trim().to_owned()
    }

    pub(crate) async fn enter(&self, css: &str, text: &str) {
        let field = self.0.find(Locator::Css(css)).await.expect("the field is there");
        field.clear().await.expect("it can be emptied");
        field.send_keys(text).await.expect("it takes text");
    }

    /// Clicks, and waits for the page behind it.
    pub(crate) async fn submit(&self, css: &str) {
        self.run("document.documentElement.dataset.before = 'yes'").await;
        self.0.find(Locator::Css(css)).await.expect("the button is there").click().await.expect("it can be clicked");
        self.0
            .wait()
            .at_most(Duration::from_millis(PATIENCE_MILLIS.into()))
            .for_element(Locator::Css("html:not([data-before]) footer"))
            .await
            .expect("another page comes");
    }

    pub(crate) async fn accept(&self) {
        self.0.accept_alert().await.expect("a question was asked");
    }

    pub(crate) async fn screenshot(&self) -> Vec<u8> {
        self.0.screenshot().await.expect("a picture")
    }

    pub(crate) async fn close(self) {
        // The test has failed already, or it is over.
        let _ = self.0.close().await;
    }
}
