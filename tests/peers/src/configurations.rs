//! A server's configuration, MySQL 5.7.29's and ours beside it: which files of the data directory
//! are used or made, what a bad setting comes to, and what the error log says of it.
//!
//! Ours is the C server of `examples/` with `tlsql_on_config_error=disable`, which goes on without
//! TLS as MySQL does. Both get the same options, which name the same files.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::authority::Workshop;
use crate::client::Tools;
use crate::docs::Table;
use crate::example_server;
use crate::login::{log_in, offers_tls};
use crate::report::Report;
use crate::server::{Installed, PASSWORD, USER};

/// What a data directory holds and what the servers are told; `@` in options is the workshop.
struct Case {
    name: String,
    files: Vec<&'static str>,
    options: Vec<String>,
    /// Where ours differs: what its `have_ssl` is and how its lines end, and why.
    differs: Option<Difference>,
}

#[derive(Clone, Copy)]
struct Difference {
    have_ssl: &'static str,
    /// The end of the line on TLS; empty where there is none.
    line: &'static str,
}

/// What a server says of itself.
#[derive(PartialEq)]
struct Seen {
    /// The variable, or the error of the login that was to ask for it.
    have_ssl: String,
    offers_tls: bool,
    /// What the error log has about TLS, without date and connection.
    lines: Vec<String>,
}

/// Both servers on one case.
struct Pair {
    name: String,
    theirs: Result<Seen, String>,
    ours: Result<Seen, String>,
    differs: Option<Difference>,
}

const CA: &str = "ca.pem";
const CERT: &str = "server-cert.pem";
const KEY: &str = "server-key.pem";
/// Before a file's name: there is nothing in it that is of use.
const SPOILED: char = '!';

/// Those with which nothing is looked for, and the two that do not count. `both.pem` has a key too.
const OPTIONS: [&str; 9] = [
    "",
    "--ssl-cert=@both.pem",
    "--ssl-key=@both.pem",
    "--ssl-ca=@ca.pem",
    "--ssl-capath=@hashed",
    "--ssl-crl=@crl-none.pem",
    "--ssl-crlpath=@crl-none",
    "--ssl-cipher=ECDHE-RSA-AES256-GCM-SHA384",
    "--tls-version=TLSv1.2",
];

const TLS: &str = "YES";
const OFF: &str = "DISABLED";
const INSECURE: &str = "error 3159";

const NOT_USABLE: &str = "SSL context is not usable without certificate and private key";
const NO_KEY: &str = "Unable to get private key";
const NO_CERT: &str = "Unable to get certificate";
const PATHS: &str = "SSL_CTX_set_default_verify_paths failed";
const VERSION: &str = "TLS version is invalid";
const CIPHERS: &str = "Failed to set ciphers to use";

/// A configuration of 5.7.29: its `have_ssl`, and the library's error where it has none.
struct Configuration {
    title: &'static str,
    options: &'static [&'static str],
    have_ssl: &'static str,
    error: &'static str,
    differs: Option<Difference>,
    /// Why ours differs, for the reader.
    reason: &'static str,
}

const fn works(title: &'static str, options: &'static [&'static str]) -> Configuration {
    Configuration { title, options, have_ssl: TLS, error: "", differs: None, reason: "" }
}

const fn fails(
    title: &'static str,
    options: &'static [&'static str],
    error: &'static str,
) -> Configuration {
    Configuration { title, options, have_ssl: OFF, error, differs: None, reason: "" }
}

impl Configuration {
    const fn ours(
        self,
        have_ssl: &'static str,
        line: &'static str,
        reason: &'static str,
    ) -> Configuration {
        Configuration { differs: Some(Difference { have_ssl, line }), reason, ..self }
    }
}

const THE_CA: &str = "--ssl-ca=@ca.pem";
const THE_CERT: &str = "--ssl-cert=@san.pem";
const THE_KEY: &str = "--ssl-key=@leaf-key.pem";

#[rustfmt::skip]
const CONFIGURATIONS: [Configuration; 27] = [
    fails("nothing", &[], NOT_USABLE),
    fails("ssl_cipher only", &["--ssl-cipher=ECDHE-RSA-AES256-GCM-SHA384"], NOT_USABLE),
    works("ssl_cert and ssl_key only", &[THE_CERT, THE_KEY]),
    fails("ssl_ca only", &[THE_CA], NOT_USABLE),
    fails("ssl_cert only", &[THE_CERT], NO_KEY),
    fails("ssl_key only", &[THE_KEY], NO_CERT),
    fails("the key of another certificate",
        &[THE_CA, THE_CERT, "--ssl-key=@client-key.pem"], NO_KEY),
    fails("an ssl_ca that is not there", &["--ssl-ca=@nonexist.pem", THE_CERT, THE_KEY], PATHS),
    works("ssl_ca of another CA", &["--ssl-ca=@foreign.pem", THE_CERT, THE_KEY]),
    works("tls_version=TLSv1.2", &[THE_CA, THE_CERT, THE_KEY, "--tls-version=TLSv1.2"]),
    works("tls_version=TLSv1,TLSv1.2",
        &[THE_CA, THE_CERT, THE_KEY, "--tls-version=TLSv1,TLSv1.2"]),
    works("tls_version=TLSv1.1", &[THE_CA, THE_CERT, THE_KEY, "--tls-version=TLSv1.1"])
        .ours(OFF, VERSION, "TLS 1.0 and 1.1 are not spoken"),
    fails("tls_version=TLSv1.3", &[THE_CA, THE_CERT, THE_KEY, "--tls-version=TLSv1.3"], VERSION)
        .ours(TLS, "", "TLS 1.3 is known here"),
    fails("tls_version=bogus", &[THE_CA, THE_CERT, THE_KEY, "--tls-version=bogus"], VERSION),
    fails("tls_version=", &[THE_CA, THE_CERT, THE_KEY, "--tls-version="], VERSION),
    works("tls_version=tlsv1.2", &[THE_CA, THE_CERT, THE_KEY, "--tls-version=tlsv1.2"]),
    works("tls_version=TLSv1.2,TLSv1.3",
        &[THE_CA, THE_CERT, THE_KEY, "--tls-version=TLSv1.2,TLSv1.3"]),
    works("ssl_cipher=DHE-RSA-AES128-GCM-SHA256",
        &[THE_CA, THE_CERT, THE_KEY, "--ssl-cipher=DHE-RSA-AES128-GCM-SHA256"]),
    works("ssl_cipher=AES128-SHA", &[THE_CA, THE_CERT, THE_KEY, "--ssl-cipher=AES128-SHA"])
        .ours(OFF, CIPHERS, "CBC and key exchange by RSA are not spoken"),
    fails("ssl_cipher=BOGUS", &[THE_CA, THE_CERT, THE_KEY, "--ssl-cipher=BOGUS"], CIPHERS),
    works("ssl_cipher=RC4-SHA:ECDHE-RSA-CHACHA20-POLY1305",
        &[THE_CA, THE_CERT, THE_KEY, "--ssl-cipher=RC4-SHA:ECDHE-RSA-CHACHA20-POLY1305"]),
    works("ssl_cipher=ECDHE-RSA-CHACHA20-POLY1305",
        &[THE_CA, THE_CERT, THE_KEY, "--ssl-cipher=ECDHE-RSA-CHACHA20-POLY1305"]),
    works("ssl_crl", &[THE_CA, THE_CERT, THE_KEY, "--ssl-crl=@crl-revoked.pem"]),
    fails("an ssl_crl that is not there",
        &[THE_CA, THE_CERT, THE_KEY, "--ssl-crl=@nope.pem"], PATHS),
    works("an ECDSA certificate", &[THE_CA, "--ssl-cert=@ecdsa.pem", "--ssl-key=@ecdsa-key.pem"]),
    Configuration { reason: "the whole chain is sent", ..works("a chain in ssl_cert",
        &[THE_CA, "--ssl-cert=@chain.pem", THE_KEY]) },
    Configuration { have_ssl: INSECURE, ..fails("require_secure_transport without TLS",
        &["--skip-ssl", "--require-secure-transport=ON"], "") },
];

/// T120: data directories in which one file is not what its name says.
const SPOILED_FILES: [([&str; 3], Configuration); 3] = [
    (["!ca.pem", CERT, KEY], fails("a ca.pem that is none", &[], PATHS)),
    ([CA, "!server-cert.pem", KEY], fails("a server-cert.pem that is none", &[], NO_CERT)),
    ([CA, CERT, "!server-key.pem"], fails("a server-key.pem that is none", &[], NO_KEY)),
];

/// Data directories, as a table of `docs/compatibility.md`, and configurations, as another.
pub fn run(
    mysql: &Installed,
    tools: &Tools,
    shop: &Workshop,
    report: &mut Report,
) -> Option<[Table; 2]> {
    if let Err(error) = shop.join("both.pem", &["san.pem", "leaf-key.pem"]) {
        report.fail("configurations", "their files", error);
        return None;
    }
    let mut cases = directories();
    let count = cases.len();
    cases.extend(configurations());
    cases.extend(SPOILED_FILES.map(spoiled));
    let pairs = match meet_all(mysql, &cases, tools, shop) {
        Ok(pairs) => pairs,
        Err(error) => {
            report.fail("configurations", "copies of a data directory", error);
            return None;
        }
    };
    for pair in &pairs {
        pair.judge(report);
    }
    let (directories, configurations) = pairs.split_at(count);
    let spoiled = SPOILED_FILES.map(|(_, stated)| stated);
    for (stated, pair) in CONFIGURATIONS.iter().chain(&spoiled).zip(configurations) {
        stated.judge(pair, report);
    }
    Some([directory_table(directories), configuration_table(configurations)])
}

/// T121: neither MariaDB nor our server in its profile starts with a certificate that is none.
pub fn refuse(mariadb: &Installed, tools: &Tools, shop: &Workshop, report: &mut Report) {
    let own = tools.root.join("target/peers/own-data.log");
    let file = tools.root.join("target/peers/garbage.pem");
    if let Err(error) = fs::write(&file, "garbage\n") {
        report.fail("a server-cert.pem that is none", "a file of that", error);
        return;
    }
    let key = format!("--ssl-key={}", shop.dir.join("leaf-key.pem").display());
    let options = [format!("--ssl-cert={}", file.display()), key];
    let profile = ["--tlsql-profile=mariadb", "--tlsql-on-config-error=disable"];
    let profile = profile.map(str::to_string);
    let theirs = mariadb.start(&options);
    let ours = example_server::listen_with_log(&[&profile[..], &options].concat(), tools, &own);
    for (server, started, says) in [
        (mariadb.kind.name(), theirs, "Failed to setup SSL"),
        ("C server, profile mariadb", ours, "Unable to get certificate"),
    ] {
        let name = format!("{server}, a certificate that is none");
        match started {
            Err(error) if error.contains(says) => report.ok(name),
            Err(error) => report.fail(name, says, error),
            Ok(_) => report.fail(name, "a refusal to start", "a running server"),
        }
    }
}

/// The names of the three files of which bit `i` of a number says whether one is there.
fn subset(bits: usize) -> Vec<&'static str> {
    let three = [CA, CERT, KEY].into_iter().enumerate();
    three.filter(|(i, _)| bits >> i & 1 == 1).map(|(_, name)| name).collect()
}

fn subset_name(bits: usize) -> String {
    match bits {
        0 => "none".to_string(),
        7 => "all three".to_string(),
        _ => subset(bits).join(", "),
    }
}

/// Each subset of the three files, with each option, with and without generation.
fn directories() -> Vec<Case> {
    let mut cases = Vec::new();
    for bits in 0..8 {
        for option in OPTIONS {
            for switch in ["ON", "OFF"] {
                let option = Some(option.to_string()).filter(|option| !option.is_empty());
                let shown = option.as_deref().unwrap_or("no option");
                let name = format!("{}; {shown}; generation {switch}", subset_name(bits));
                let generation = format!("--auto-generate-certs={switch}");
                let options = option.into_iter().chain([generation]).collect();
                cases.push(Case { name, files: subset(bits), options, differs: None });
            }
        }
    }
    cases
}

fn configurations() -> Vec<Case> {
    let case = |stated: &Configuration| {
        let options = stated.options.iter().map(|option| option.to_string());
        let options = options.chain(["--auto-generate-certs=OFF".to_string()]).collect();
        let (name, differs) = (stated.title.to_string(), stated.differs);
        Case { name, files: Vec::new(), options, differs }
    };
    CONFIGURATIONS.iter().map(case).collect()
}

/// What is found is not what it should be.
fn spoiled((files, stated): ([&'static str; 3], Configuration)) -> Case {
    let options = vec!["--auto-generate-certs=OFF".to_string()];
    Case { name: stated.title.to_string(), files: files.to_vec(), options, differs: None }
}

/// All cases, two at a time; each of the two has a data directory of its own.
fn meet_all(
    mysql: &Installed,
    cases: &[Case],
    tools: &Tools,
    shop: &Workshop,
) -> Result<Vec<Pair>, String> {
    let desks = [0, 1].map(|i| Desk::new(mysql, i, tools, shop));
    let next = AtomicUsize::new(0);
    let pairs = Mutex::new(Vec::new());
    let work = |desk: &Desk| {
        while let Some((i, case)) = take(&next, cases) {
            let pair = desk.meet(case);
            pairs.lock().unwrap_or_else(PoisonError::into_inner).push((i, pair));
        }
    };
    std::thread::scope(|scope| {
        let work = &work;
        for desk in desks.iter().flatten() {
            scope.spawn(move || work(desk));
        }
    });
    for desk in desks {
        desk?;
    }
    let mut pairs = pairs.into_inner().unwrap_or_else(PoisonError::into_inner);
    pairs.sort_by_key(|(i, _)| *i);
    Ok(pairs.into_iter().map(|(_, pair)| pair).collect())
}

fn take<'a>(next: &AtomicUsize, cases: &'a [Case]) -> Option<(usize, &'a Case)> {
    let i = next.fetch_add(1, Ordering::Relaxed);
    cases.get(i).map(|case| (i, case))
}

/// Where cases are run, one after the other.
struct Desk<'a> {
    mysql: Installed,
    /// The data directory and the log of ours.
    own: PathBuf,
    own_log: PathBuf,
    tools: &'a Tools,
    shop: &'a Workshop,
}

impl Desk<'_> {
    fn new<'a>(
        mysql: &Installed,
        i: usize,
        tools: &'a Tools,
        shop: &'a Workshop,
    ) -> Result<Desk<'a>, String> {
        let mysql = mysql.copy(&format!("configurations-{i}"))?;
        let own = tools.root.join(format!("target/peers/own-data-{i}"));
        let own_log = tools.root.join(format!("target/peers/own-data-{i}.log"));
        let _ = fs::remove_dir_all(&own);
        fs::create_dir_all(&own).map_err(|e| e.to_string())?;
        Ok(Desk { mysql, own, own_log, tools, shop })
    }

    fn meet(&self, case: &Case) -> Pair {
        let options: Result<Vec<_>, _> =
            case.options.iter().map(|option| self.shop.option(option)).collect();
        let run =
            |side: fn(&Self, &[String]) -> Result<Seen, String>| side(self, &options.clone()?);
        let (name, differs) = (case.name.clone(), case.differs);
        let prepared = |place: &Path| fill(place, &case.files, self.shop);
        let theirs = prepared(&self.mysql.data).and_then(|()| run(Self::theirs));
        let ours = prepared(&self.own).and_then(|()| run(Self::ours));
        Pair { name, theirs, ours, differs }
    }

    fn theirs(&self, options: &[String]) -> Result<Seen, String> {
        let fixed = "--sha256-password-auto-generate-rsa-keys=OFF".to_string();
        let running = self.mysql.start(&[options, &[fixed]].concat())?;
        let seen = Seen::of(running.port, &self.mysql.log());
        running.kill();
        seen
    }

    fn ours(&self, options: &[String]) -> Result<Seen, String> {
        let fixed = [
            format!("--datadir={}", self.own.display()),
            "--tlsql-on-config-error=disable".to_string(),
        ];
        // What comes before it would be refused at once.
        let options = [&fixed, options].concat();
        let running = example_server::listen_with_log(&options, self.tools, &self.own_log)?;
        Seen::of(running.port, &self.own_log)
    }
}

/// Makes the directory have these PEM files and no others.
fn fill(place: &Path, files: &[&str], shop: &Workshop) -> Result<(), String> {
    for entry in fs::read_dir(place).map_err(|e| e.to_string())?.flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "pem") {
            fs::remove_file(entry.path()).map_err(|e| e.to_string())?;
        }
    }
    for &file in files {
        if let Some(spoiled) = file.strip_prefix(SPOILED) {
            fs::write(place.join(spoiled), "garbage\n").map_err(|e| e.to_string())?;
            continue;
        }
        let from = match file {
            CA => "ca.pem",
            CERT => "san.pem",
            _ => "leaf-key.pem",
        };
        fs::copy(shop.dir.join(from), place.join(file)).map_err(|e| format!("{file}: {e}"))?;
    }
    Ok(())
}

impl Seen {
    fn of(port: u16, log: &Path) -> Result<Seen, String> {
        let offers_tls = offers_tls(port).map_err(|e| e.to_string())?;
        let mut session = log_in(port, None, USER, PASSWORD).map_err(|e| e.to_string())?;
        let have_ssl = match session.result() {
            Err(errno) => format!("error {errno}"),
            Ok(()) => {
                let rows = session.ask("SELECT @@have_ssl").map_err(|e| e.to_string())?;
                rows.concat().concat()
            }
        };
        let text = fs::read_to_string(log).map_err(|e| format!("{}: {e}", log.display()))?;
        Ok(Seen { have_ssl, offers_tls, lines: text.lines().filter_map(line).collect() })
    }
}

/// A line about TLS without its first two words, which are the time and the connection; none that
/// MySQL has not, which ours are marked as.
fn line(text: &str) -> Option<String> {
    let is_about = text.contains("SSL") || text.contains("CA certificate");
    let is_about = is_about && !text.contains("] [tlsql] ");
    let mut words = text.splitn(3, ' ');
    words.nth(2).filter(|_| is_about).map(str::to_string)
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let offer = if self.offers_tls { "offers TLS" } else { "offers no TLS" };
        write!(f, "{}, {offer}, {}", self.have_ssl, self.lines.join(" | "))
    }
}

impl Pair {
    /// Ours says what theirs says, or what was stated of it.
    fn judge(&self, report: &mut Report) {
        let name = format!("configuration: {}", self.name);
        let (theirs, ours) = match (&self.theirs, &self.ours) {
            (Ok(theirs), Ok(ours)) => (theirs, ours),
            (theirs, ours) => {
                for error in [theirs, ours].into_iter().filter_map(|seen| seen.as_ref().err()) {
                    report.fail(&name, "a running server", error);
                }
                return;
            }
        };
        let Some(difference) = self.differs else {
            report.check(name, theirs, ours, "");
            return;
        };
        let name = format!("{name} (ours differs)");
        let expected = format!("{}, {}", difference.have_ssl, difference.line);
        let error = ours.lines.iter().find_map(|line| library_error(line)).unwrap_or_default();
        report.check(&name, &expected, &format!("{}, {error}", ours.have_ssl), "");
        report.check(name, &(difference.have_ssl == TLS), &ours.offers_tls, "");
    }

    fn have_ssl(&self, of: fn(&Pair) -> &Result<Seen, String>) -> String {
        of(self).as_ref().map_or_else(String::clone, |seen| seen.have_ssl.clone())
    }
}

/// What the TLS library did not do, as the line has it.
fn library_error(line: &str) -> Option<&str> {
    line.split_once("because of the following SSL library error: ").map(|(_, error)| error)
}

impl Configuration {
    /// The real server does what is stated of it.
    fn judge(&self, pair: &Pair, report: &mut Report) {
        let Ok(seen) = &pair.theirs else { return };
        let name = format!("configuration: {}, MySQL 5.7.29", self.title);
        let error = seen.lines.iter().find_map(|line| library_error(line)).unwrap_or_default();
        let expected = format!("{}, {}", self.have_ssl, self.error);
        report.check(&name, &expected, &format!("{}, {error}", seen.have_ssl), "");
        report.check(name, &(self.have_ssl == TLS), &seen.offers_tls, "");
    }
}

/// `have_ssl` with generation on and off, once where it is the same.
fn directory_table(pairs: &[Pair]) -> Table {
    let mut table = Table::new("Which files of the data directory are used");
    let mut pairs = pairs.chunks(2);
    for bits in 0..8 {
        for option in OPTIONS {
            let mut cells: Vec<String> = pairs
                .next()
                .unwrap_or_default()
                .iter()
                .map(|pair| pair.have_ssl(|pair| &pair.ours))
                .collect();
            cells.dedup();
            let option = option.trim_start_matches("--").split('=').next().unwrap_or_default();
            let column = match option.replace('-', "_") {
                none if none.is_empty() => "no option".to_string(),
                option => format!("`{option}`"),
            };
            table.push(&subset_name(bits), &column, cells.join(" / "));
        }
    }
    table
}

fn configuration_table(pairs: &[Pair]) -> Table {
    let mut table = Table::new("What a setting comes to");
    for (stated, pair) in CONFIGURATIONS.iter().zip(pairs) {
        let ours = match stated.reason {
            "" => pair.have_ssl(|pair| &pair.ours),
            reason => format!("{}: {reason}", pair.have_ssl(|pair| &pair.ours)),
        };
        table.push(stated.title, "MySQL 5.7.29", pair.have_ssl(|pair| &pair.theirs));
        table.push(stated.title, "the library's error there", stated.error.to_string());
        table.push(stated.title, "C server", ours);
    }
    table
}
