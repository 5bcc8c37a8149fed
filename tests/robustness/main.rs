//! What peers may lack, refuse or do in odd ways: OpenSSL at the other end, told to. Both ends are
//! in memory, and every byte of OpenSSL's arrives whole, byte by byte and at random splits.

mod client;
mod keys;
mod openssl;
mod pss_chains;
mod server;

#[path = "../support/c_program.rs"]
mod c_program;
#[path = "../support/runner.rs"]
mod runner;
#[path = "../support/mod.rs"]
mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;

use runner::Outcome;

/// Told where the program of OpenSSL is.
type Test = fn(&Path);

fn main() -> ExitCode {
    runner::main("robustness", || match openssl::build() {
        Ok(program) => {
            println!("{}", openssl::version());
            let tests = client::TESTS.iter().chain(keys::TESTS).chain(pss_chains::TESTS);
            let tests = tests.chain(server::TESTS);
            tests.map(|(name, test)| (*name, outcome(*test, &program))).collect()
        }
        Err(why) => vec![(
            "robustness",
            match std::env::var("CI").as_deref() {
                Ok("true") => Outcome::Failed(vec![why]),
                _ => Outcome::Skipped(why),
            },
        )],
    })
}

/// A failed assertion was printed already.
fn outcome(test: Test, program: &Path) -> Outcome {
    match catch_unwind(AssertUnwindSafe(|| test(program))) {
        Ok(()) => Outcome::Passed,
        Err(_) => Outcome::Failed(vec!["see above".to_owned()]),
    }
}
