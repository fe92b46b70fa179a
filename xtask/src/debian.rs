//! What a fresh Debian lacks is installed from its own packages, where that is allowed.

use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::workspace::{command, is_root, on_path};

/// Debian starts a server as soon as its package is unpacked; ours are private, so it is told not to, for as long as the
/// installation runs. Pass package names as arguments.
const SCRIPT: &str = r#"
    set -e
    export DEBIAN_FRONTEND=noninteractive
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
        printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
        chmod 755 /usr/sbin/policy-rc.d
    fi
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$@"
"#;

/// Installs packages, or fails with the command a person can type.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let by_hand = format!("apt-get install {}", packages.join(" "));
    if on_path("apt-get").is_none() {
        bail!("this is no Debian; install what its `{by_hand}` would bring");
    }
    let mut shell = if is_root() {
        command("sh")
    } else if sudo_without_password() {
        let mut sudo = command("sudo");
        sudo.args(["-n", "sh"]);
        sudo
    } else {
        bail!("not root and no passwordless sudo; run `sudo {by_hand}` first");
    };
    eprintln!("installing {}", packages.join(", "));
    let output = shell
        .arg("-c")
        .arg(SCRIPT)
        .arg("install")
        .args(packages)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("running {by_hand}"))?;
    if !output.status.success() {
        bail!("`{by_hand}` failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

fn sudo_without_password() -> bool {
    on_path("sudo").is_some()
        && command("sudo").args(["-n", "true"]).stdin(Stdio::null()).output().is_ok_and(|output| output.status.success())
}
