//! Our telephony against programs that others wrote: a client of Exotel's drives our fake of it, a fake of Twilio
//! answers our adapter, Retell's SDK signs what we verify. Were both sides ours, they could agree on the same mistake.

use anyhow::Result;

use crate::keeper::{Kept, free_port};
use crate::needs::{not_run, show};
use crate::step::run_aloud;
use crate::test::passed_tests;
use crate::tools;
use crate::workspace::{cargo, command, root, target_dir};

const FOLDER: &str = "crates/telephony/tests/interop";

/// The client knows one name for account and key.
const ACCOUNT: [&str; 3] = ["ringback", "ringback", "token"];

pub(crate) fn exotel() -> Result<()> {
    let client = tools::python_package("exotel", "0.1.5").map_err(not_run)?;
    let example = ["--quiet", "--package", "ringback-telephony", "--features", "fakes", "--example", "fake_exotel"];
    run_aloud(cargo(["build"]).args(example))?;
    let port = free_port()?;
    let mut fake = cargo(["run"]);
    fake.args(example).arg("--").arg(port.to_string()).args(ACCOUNT);
    let _fake = Kept::listening(&fake, port, &target_dir().join("interop/fake_exotel.log"))?;
    let mut python = command("python3");
    python.env("PYTHONPATH", client).arg(root().join(FOLDER).join("exotel_client.py"));
    let [account, _, token] = ACCOUNT;
    python.args([&format!("http://127.0.0.1:{port}"), account, token]);
    show(&mut python, passed_checks)
}

/// From `12 passed, 0 failed`.
fn passed_checks(line: &str) -> Option<usize> {
    line.strip_suffix(" failed")?.split_once(" passed, ")?.0.parse().ok()
}

pub(crate) fn twilio() -> Result<()> {
    let packages = tools::npm_packages("interop", FOLDER).map_err(not_run)?;
    let port = free_port()?;
    let mut emulate = command("node");
    emulate.arg(packages.join("node_modules/emulate/dist/index.js")).args(["start", "--service", "twilio", "--port", &port.to_string()]);
    let _emulate = Kept::listening(&emulate, port, &target_dir().join("interop/emulate.log"))?;
    let mut tests = cargo(["test", "--package", "ringback-telephony", "--all-features", "--test", "it", "--", "--ignored", "emulate::"]);
    show(tests.env("RINGBACK_EMULATE_URL", format!("http://127.0.0.1:{port}")), passed_tests)
}

pub(crate) fn retell() -> Result<()> {
    let sdk = tools::python_package("retell-sdk", "6.2.13").map_err(not_run)?;
    let mut tests = cargo(["test", "--package", "ringback-telephony", "--all-features", "--test", "it", "--", "--ignored", "retell_sdk::"]);
    show(tests.env("RINGBACK_RETELL_SDK", sdk), passed_tests)
}
