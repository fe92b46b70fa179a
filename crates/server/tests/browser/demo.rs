//! `ringback demo`, the real binary, until the last one who looks at it goes.

use std::{
    env,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::Arc,
};

#[derive(Clone)]
pub(crate) struct Demo {
    pub(crate) url: String,
    pub(crate) email: String,
    pub(crate) password: String,
    _process: Arc<Process>,
}

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Demo {
    pub(crate) fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringback"));
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("RINGBACK_")) {
            command.env_remove(name);
        }
        let folder = env!("CARGO_TARGET_TMPDIR");
        let mut child = command
            .args(["demo", "--listen", "127.0.0.1:0", "--speed", "2"])
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the demo starts");
        let mut lines = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
        let mut value = |name: &str| {
            let line = lines.next().expect("the demo prints what one needs").expect("the demo prints text");
            line.strip_prefix(name).unwrap_or_else(|| panic!("{name} and not {line}")).trim().to_owned()
        };
        let demo = (value("url:"), value("email:"), value("password:"));
        // Somebody has to read on, or the demo would wait for him.
        std::thread::spawn(move || lines.for_each(drop));
        Self { url: demo.0, email: demo.1, password: demo.2, _process: Arc::new(Process(child)) }
    }
}
