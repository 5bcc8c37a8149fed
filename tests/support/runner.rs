//! Rust's test runner, as much of it as a program needs whose output is to be read when it passes
//! and which can be skipped, with the reason, when it runs.

use std::process::ExitCode;

#[derive(Debug)]
pub enum Outcome {
    Passed,
    /// Why, a line each.
    Failed(Vec<String>),
    Skipped(String),
}

/// Runs the tests of a program called `program`, if the command line asks for them, and reports in
/// the runner's words.
pub fn main(program: &str, tests: impl FnOnce() -> Vec<(&'static str, Outcome)>) -> ExitCode {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    if arguments.iter().any(|argument| argument == "--list") {
        println!("{program}: test");
        return ExitCode::SUCCESS;
    }
    let filters = filters(&arguments);
    if !filters.is_empty() && !filters.iter().any(|filter| program.contains(*filter)) {
        println!("\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 1 filtered out");
        return ExitCode::SUCCESS;
    }
    report(tests())
}

/// Returns the arguments that choose tests by name.
fn filters(arguments: &[String]) -> Vec<&str> {
    const WITH_VALUE: &[&str] = &["--test-threads", "--skip", "--logfile", "--format", "--color"];
    let mut filters = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if WITH_VALUE.contains(&argument.as_str()) {
            arguments.next();
        } else if !argument.starts_with('-') {
            filters.push(argument.as_str());
        }
    }
    filters
}

fn report(outcomes: Vec<(&'static str, Outcome)>) -> ExitCode {
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    println!();
    for (name, outcome) in outcomes {
        match outcome {
            Outcome::Passed => {
                println!("test {name} ... ok");
                passed += 1;
            }
            Outcome::Skipped(why) => {
                println!("test {name} ... ignored, {why}");
                skipped += 1;
            }
            Outcome::Failed(why) => {
                println!("test {name} ... FAILED");
                why.iter().for_each(|line| println!("  {line}"));
                failed += 1;
            }
        }
    }
    let result = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {result}. {passed} passed; {failed} failed; {skipped} ignored; \
         0 measured; 0 filtered out"
    );
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
