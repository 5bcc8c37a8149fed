//! What option files say, compared with MySQL's and MariaDB's own programs: the options of two
//! groups, in order, with their values, of fixed files and of random ones.
//!
//! `TLSQL_MY_PRINT_DEFAULTS` names that program, else it is looked for in PATH; `TLSQL_MYSQLD` names
//! a `mysqld` of 5.7, which tells the same with `--print-defaults`.

mod contents;
mod deviations;
#[path = "../support/runner.rs"]
mod runner;
#[path = "../support/mod.rs"]
mod support;

use std::process::{Command, ExitCode};

use deviations::Deviation;
use runner::Outcome;
use support::Files;
use tlsql::OptionFileReader;

const GROUPS: [&str; 2] = ["mysqld", "server"];

/// A program that prints what it reads.
#[derive(Clone, Debug)]
enum Peer {
    MyPrintDefaults(String),
    Mysqld(String),
}

fn main() -> ExitCode {
    runner::main("option_file_peers", || {
        let named = std::env::var("TLSQL_MY_PRINT_DEFAULTS");
        let program = named.unwrap_or_else(|_| "my_print_defaults".to_owned());
        let mysqld = std::env::var("TLSQL_MYSQLD").ok();
        vec![
            ("as_my_print_defaults_reads_them", compare(Some(Peer::MyPrintDefaults(program)))),
            ("as_mysqld_reads_them", compare(mysqld.map(Peer::Mysqld))),
        ]
    })
}

fn compare(peer: Option<Peer>) -> Outcome {
    let Some(peer) = peer else { return Outcome::Skipped("TLSQL_MYSQLD is not set".to_owned()) };
    if let Err(why) = Command::new(peer.program()).arg("--version").output() {
        return Outcome::Skipped(format!("{}: {why}", peer.program()));
    }
    let (mut same, mut refused, mut options, mut wrong) = (0, 0, 0, Vec::new());
    let all = contents::all();
    for content in &all {
        let files = written(content);
        let (ours, theirs) = (ours(&files), peer.read(&files));
        match (&ours, &theirs) {
            (Ok(found), Some(theirs)) if peer.print(found) == *theirs => {
                same += 1;
                options += found.len();
            }
            (Err(_), None) => refused += 1,
            _ => wrong.push(format!("{content:?}: {peer:?} {theirs:?}, we {ours:?}")),
        }
    }
    println!(
        "{}: {same} files with {options} options alike, {refused} refused by both, of {}",
        peer.program(),
        all.len()
    );
    if same < 200 {
        wrong.push(format!("{same} files are too few"));
    }
    wrong.extend(deviations::ALL.iter().filter_map(|deviation| peer.deviates(deviation)));
    wrong.extend(peer.cuts_long_lines());
    println!("{}: {} deviations", peer.program(), deviations::ALL.len() + 1);
    match wrong.is_empty() {
        true => Outcome::Passed,
        false => Outcome::Failed(wrong),
    }
}

/// Writes `my.cnf`, and what the files here may include.
fn written(content: &str) -> Files {
    let files = Files::new();
    files.write("my.cnf", content);
    files.write("one.cnf", "[mysqld]\none=1\n[client]\nx=1\n");
    files.write("two.cnf", "# c\n[other]\n!include @one.cnf\n[server]\ntwo = \"2\" # c\n");
    files.write("empty.cnf", "");
    files.write("groupless.cnf", "groupless=1\n[mysqld]\nlate=1\n");
    for name in ["b", "a", "Z", ".h", "10", "9"] {
        files.write(&format!("d/{name}.cnf"), format!("[mysqld]\nin-{name}=1\n"));
    }
    files.write("d/x.cnf.bak", "[mysqld]\nbackup=1\n");
    files.write("d/y.CNF", "[mysqld]\ncapitals=1\n");
    files.write("d/z.ini", "[mysqld]\nwindows=1\n");
    files.write("open.cnf", "[mysqld]\nopen=1\n");
    files.set_mode("open.cnf", 0o666);
    files
}

/// An option's name, and its value if it has one.
type Pair = (Vec<u8>, Option<Vec<u8>>);

fn ours(files: &Files) -> Result<Vec<Pair>, tlsql::Error> {
    let mut all = Vec::new();
    OptionFileReader::new(&GROUPS, |found| {
        let value = found.line.value.map(|value| value.text().into_owned());
        all.push((found.line.name.to_vec(), value));
        Ok(())
    })
    .read(&files.path("my.cnf"))?;
    Ok(all)
}

fn owned(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|part| (*part).to_owned()).collect()
}

impl Peer {
    fn program(&self) -> &str {
        match self {
            Self::MyPrintDefaults(program) | Self::Mysqld(program) => program,
        }
    }

    /// Returns what it prints of `my.cnf`; `None` where it fails.
    fn read(&self, files: &Files) -> Option<Vec<u8>> {
        let mut command = Command::new(self.program());
        command.arg(format!("--defaults-file={}", files.path("my.cnf")));
        match self {
            Self::MyPrintDefaults(_) => command.args(GROUPS),
            Self::Mysqld(_) => command.arg("--print-defaults"),
        };
        let output = command.output().expect("it ran before");
        if !output.status.success() {
            return None;
        }
        match self {
            Self::MyPrintDefaults(_) => Some(output.stdout),
            // Behind a line of its own.
            Self::Mysqld(_) => {
                let end = output.stdout.iter().position(|byte| *byte == b'\n')?;
                output.stdout.get(end + 1..).map(<[u8]>::to_vec)
            }
        }
    }

    /// Compares a deviation with what is listed; returns what is wrong.
    fn deviates(&self, listed: &Deviation) -> Option<String> {
        let files = written(listed.content);
        let (ours, theirs) = (ours(&files), self.read(&files));
        let in_theirs = theirs.as_deref().map(|text| self.options(text));
        let is_theirs = in_theirs.as_deref() == listed.theirs.map(owned).as_deref();
        let is_ours = match (&ours, listed.ours) {
            (Ok(found), Ok(expected)) => self.options(&self.print(found)) == owned(expected),
            (Err(error), Err(part)) => error.message().contains(part),
            _ => false,
        };
        let is_as_listed = is_theirs && is_ours;
        let text = || format!("{:?} ({}): {in_theirs:?}, we {ours:?}", listed.content, listed.why);
        (!is_as_listed).then(text)
    }

    /// A line of more than 4094 bytes goes on as another one in theirs, and is one here: the rest of
    /// a long comment or value must not be an option.
    fn cuts_long_lines(&self) -> Option<String> {
        let long = "x".repeat(5000);
        let files = written(&format!("[mysqld]\nk={long}\n#{long}\n"));
        let ours = ours(&files).map(|found| self.options(&self.print(&found)));
        let theirs = self.read(&files).map(|text| self.options(&text));
        let (cut, rest) = (&long[..4092], &long[4092..]);
        let expected = [format!("--k={cut}"), format!("--{rest}"), format!("--{}", &long[4093..])];
        let is_right = theirs.as_deref() == Some(&expected[..])
            && ours.is_ok_and(|ours| ours == [format!("--k={long}")]);
        let lengths = theirs.unwrap_or_default().iter().map(String::len).collect::<Vec<_>>();
        (!is_right).then(|| format!("long lines: {lengths:?}"))
    }

    /// Writes options as it prints them.
    fn print(&self, found: &[Pair]) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, value) in found {
            out.extend(b"--");
            out.extend(name);
            if let Some(value) = value {
                out.push(b'=');
                out.extend(value);
            }
            out.push(self.separator());
        }
        if let Self::Mysqld(_) = self {
            out.push(b'\n');
        }
        out
    }

    /// Splits what it prints, where no value has the separator in it.
    fn options(&self, text: &[u8]) -> Vec<String> {
        let separator = self.separator();
        let parts = text.split(|byte| *byte == separator || *byte == b'\n');
        let parts = parts.filter(|part| !part.is_empty());
        parts.map(|part| String::from_utf8_lossy(part).into_owned()).collect()
    }

    fn separator(&self) -> u8 {
        match self {
            Self::MyPrintDefaults(_) => b'\n',
            Self::Mysqld(_) => b' ',
        }
    }
}
