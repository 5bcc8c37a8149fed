//! The lines that a run prints and its count.

use std::fmt::Display;
use std::process::ExitCode;

/// What happened so far. Nothing ends a run early: every cell is reported.
#[derive(Default)]
pub struct Report {
    passed: u32,
    failed: u32,
    skipped: u32,
}

impl Report {
    pub fn ok(&mut self, name: impl Display) {
        println!("ok {name}");
        self.passed += 1;
    }

    pub fn fail(&mut self, name: impl Display, expected: impl Display, got: impl Display) {
        println!("FAILED {name}: expected {expected}, got {got}");
        self.failed += 1;
    }

    /// Counts what another thread reported.
    pub fn add(&mut self, other: &Report) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// A peer that no run needs.
    pub fn skip_optional(&mut self, name: impl Display, reason: impl Display) {
        println!("skipped {name} (optional): {reason}");
        self.skipped += 1;
    }

    /// Where `CI` is `true`, a skip is a failure.
    pub fn skip(&mut self, name: impl Display, reason: impl Display) {
        println!("skipped {name}: {reason}");
        self.skipped += 1;
        if std::env::var("CI").is_ok_and(|ci| ci == "true") {
            self.fail(name, "no skip where CI=true", "a skip");
        }
    }

    /// Compares and reports; `detail` is printed below a failure.
    pub fn check<T: PartialEq + Display>(
        &mut self,
        name: impl Display,
        expected: &T,
        got: &T,
        detail: &str,
    ) {
        if expected == got {
            self.ok(name);
            return;
        }
        self.fail(name, expected, got);
        for line in detail.lines() {
            println!("    {line}");
        }
    }

    pub fn finish(&self) -> ExitCode {
        println!("{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped);
        if self.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
