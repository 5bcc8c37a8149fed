//! Vectors: files of cases with OpenSSL's verdicts, compared with this library's.
//!
//! Reads each `*.json` in the directories of `TLSQL_VECTORS`, colon-separated, by default
//! `tests/data/vectors`; a file's keys show what it holds, not its name. `TLSQL_LIMBO` names a
//! directory with the files of x509-limbo, which are not in this tree. A difference that
//! `deviations.tsv` does not list is a failure, and so is an entry there without a difference. The
//! table of certificate forms in `docs/compatibility.md` comes from this run.

mod chain;
mod forms;
mod limbo;
mod matrices;
mod names;
mod report;
mod text;

#[path = "../support/base64.rs"]
mod base64;
#[path = "../support/runner.rs"]
mod runner;

use limbo::{Baseline, Expectation};
use report::{Counts, Deviations, Report};
use runner::Outcome;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    text::check();
    runner::main("vectors", || {
        let mut all = All::default();
        let own = all.own();
        let unset = "optional data: TLSQL_LIMBO is not set";
        let (limbo, expectation) = match std::env::var_os("TLSQL_LIMBO") {
            Some(directory) => all.limbo(Path::new(&directory)),
            None => {
                println!("skipped: x509-limbo ({unset})");
                (Outcome::Skipped(unset.to_owned()), None)
            }
        };
        let unused = all.deviations.unused(&all.sources);
        let list = if unused.is_empty() { Outcome::Passed } else { Outcome::Failed(unused) };

        let forms = forms::check();

        let Counts { compared, matched, laxer, .. } = all.counts;
        println!("parity with OpenSSL: {matched} of {compared}");
        match expectation {
            Some(Expectation { compared, matched }) => {
                println!("parity with limbo's own expectation: {matched} of {compared}");
            }
            None => println!("parity with limbo's own expectation: skipped"),
        }
        println!("laxer than OpenSSL outside the list: {laxer}");
        vec![
            ("own_vectors", own),
            ("x509_limbo", limbo),
            ("every_deviation_is_needed", list),
            ("docs_compatibility_md_is_current", forms),
        ]
    })
}

struct All {
    deviations: Deviations,
    sources: Vec<String>,
    counts: Counts,
}

impl Default for All {
    fn default() -> Self {
        let deviations = Deviations::parse(include_str!("deviations.tsv"));
        Self { deviations, sources: Vec::new(), counts: Counts::default() }
    }
}

impl All {
    /// The files of `TLSQL_VECTORS`.
    fn own(&mut self) -> Outcome {
        let files = files();
        if files.is_empty() {
            return Outcome::Failed(vec!["no vector file found".to_owned()]);
        }
        let mut wrong = Vec::new();
        for path in files {
            let text = std::fs::read_to_string(&path);
            let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            match serde_json::from_str::<Value>(&text).ok().as_ref().and_then(schema) {
                Some((run, file)) => wrong.extend(self.count(&name, |report| run(file, report))),
                None => wrong.push(format!("{name}: unknown schema")),
            }
        }
        outcome(wrong)
    }

    fn limbo(&mut self, directory: &Path) -> (Outcome, Option<Expectation>) {
        let baseline = Baseline::read(directory);
        let mut expectation = Expectation::default();
        let mut wrong = Vec::new();
        for (name, file) in limbo::files(directory) {
            wrong.extend(self.count(&name, |report| {
                limbo::run(&file, &baseline, report, &mut expectation);
            }));
        }
        (outcome(wrong), Some(expectation))
    }

    /// Compares one file, and reports the differences that are not listed.
    fn count(&mut self, name: &str, run: impl FnOnce(&mut Report<'_>)) -> Option<String> {
        let source = name.split('.').next().unwrap_or(name);
        self.sources.push(source.to_owned());
        let mut report = Report::new(source, &mut self.deviations);
        run(&mut report);
        let counts = report.counts;
        self.counts.add(counts);
        println!("{name}: matched {} of {}", counts.matched, counts.compared);
        println!("{name}: the same verdict for {}, numbers and depths aside", counts.alike);
        match counts {
            Counts { compared: 0, .. } => Some(format!("{name}: no case")),
            Counts { unlisted: 0, .. } => None,
            Counts { unlisted, .. } => Some(format!("{name}: {unlisted} not as listed")),
        }
    }
}

fn outcome(wrong: Vec<String>) -> Outcome {
    if wrong.is_empty() { Outcome::Passed } else { Outcome::Failed(wrong) }
}

/// Returns all vector files, in order.
fn files() -> Vec<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/vectors");
    let directories = std::env::var_os("TLSQL_VECTORS")
        .map_or_else(|| vec![own], |list| std::env::split_paths(&list).collect());
    let mut files = Vec::new();
    for directory in directories {
        let entries = std::fs::read_dir(&directory);
        let entries = entries.unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
        let paths = entries.map(|entry| entry.expect("an entry").path());
        files.extend(paths.filter(|path| path.extension().is_some_and(|ending| ending == "json")));
    }
    files.sort();
    files
}

type Run = fn(&Value, &mut Report<'_>);

/// Returns the comparison for a file with these keys.
fn schema(file: &Value) -> Option<(Run, &Value)> {
    let first = |list: &str| file[list].get(0);
    let run: Run = if let Some(case) = first("cases") {
        match () {
            () if case.get("role").is_some() => matrices::certificates,
            () if case.get("crls").is_some() => matrices::revocation,
            () => return None,
        }
    } else if let Some(vector) = first("vectors") {
        match () {
            () if vector.get("x509_check_host").is_some() => names::hosts,
            () if vector.get("openssl_1_1_1").is_some() => names::one_lines,
            () if vector.get("hash_old").is_some() => names::hashes,
            () => return None,
        }
    } else if file.get("openssl_3_0_19").is_some_and(Value::is_object) {
        names::short_names
    } else {
        return None;
    };
    Some((run, file))
}
