//! How far an import or export is, on stderr: one line that rewrites itself on a terminal, a line for each tenth of a long
//! file elsewhere.

use std::io::{IsTerminal as _, Write as _};

use crate::sheets::Step;

/// Shorter files say nothing outside a terminal.
const LONG: usize = 1000;

pub(super) struct Progress {
    terminal: bool,
    /// Something stands on the terminal's line.
    shown: bool,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self { terminal: std::io::stderr().is_terminal(), shown: false }
    }

    pub(super) fn of_import(&mut self, step: Step, nth: usize, of: usize) {
        let parts = if self.terminal { 100 } else { 10 };
        let whole = nth * parts / of.max(1) > (nth.saturating_sub(1)) * parts / of.max(1);
        if whole && (self.terminal || of >= LONG) {
            self.tell(&match step {
                Step::Checked => format!("checked {nth} of {of} rows"),
                Step::Written => format!("wrote {nth} of {of} rows, kept at the end"),
            });
        }
    }

    pub(super) fn of_export(&mut self, rows: usize) {
        if self.terminal {
            self.tell(&format!("wrote {rows} rows"));
        }
    }

    fn tell(&mut self, text: &str) {
        let mut stderr = std::io::stderr().lock();
        // Nobody reads how far it is: it goes on.
        let _ = if self.terminal { write!(stderr, "\r{text}\u{1b}[K") } else { writeln!(stderr, "{text}") };
        let _ = stderr.flush();
        self.shown = true;
    }

    /// Leaves the terminal's line clean for what comes.
    pub(super) fn end(&self) {
        if self.terminal && self.shown {
            let _ = write!(std::io::stderr().lock(), "\r\u{1b}[K");
        }
    }
}
