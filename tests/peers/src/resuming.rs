//! The programs that connect several times, one connection after the other, and say which of them
//! resumed a session.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustls::client::Resumption;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, HandshakeKind, RootCertStore, version};

use crate::client::Tools;
use crate::drivers::{self, Driver};
use crate::fetch::{Missing, have};
use crate::login;
use crate::program::QUERY;
use crate::server::{PASSWORD, USER};

/// Of each series.
pub const CONNECTIONS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Clone, Copy)]
pub enum Program<'a> {
    Lines(Driver),
    /// With these options more.
    SClient(&'static [&'static str]),
    Rustls,
    MariaDb,
    /// `mysql` of MySQL 9.7, at this path.
    MySql(&'a Path),
}

/// One connection after the other, all of one client: to the only server, or to each in turn.
pub struct Series<'a> {
    pub ports: Vec<u16>,
    pub version: &'static str,
    /// The client has a certificate, and logs in to an account with `REQUIRE X509`.
    pub certificate: bool,
    pub tools: &'a Tools,
}

impl Series<'_> {
    /// The port of each connection.
    fn ports(&self) -> impl Iterator<Item = u16> + '_ {
        self.ports.iter().copied().cycle().take(CONNECTIONS)
    }

    /// For the report.
    pub fn name(&self) -> String {
        let with = if self.certificate { "with" } else { "without" };
        format!("{}, {with} a certificate", self.version)
    }

    fn line(&self) -> String {
        let with = if self.certificate { "with" } else { "without" };
        format!("{} {} {with} {CONNECTIONS}", self.ports[0], self.version)
    }

    fn user(&self) -> String {
        format!("{USER}{}", if self.certificate { "_x509" } else { "" })
    }
}

impl Program<'_> {
    /// One for each series, as the programs of `clients/` answer.
    pub fn answers(self, series: &[&Series]) -> Result<Vec<String>, Missing> {
        let Some(tools) = series.first().map(|series| series.tools) else { return Ok(Vec::new()) };
        let each = |answer: &dyn Fn(&Series) -> Result<Vec<&'static str>, String>| {
            let words = series.iter().map(|series| match answer(series) {
                Ok(words) => format!("in {}", words.join(" ")),
                Err(error) => format!("out {error}"),
            });
            Ok(words.collect())
        };
        match self {
            Program::Lines(driver) => {
                let lines: Vec<_> = series.iter().map(|series| series.line()).collect();
                let command = drivers::resuming(driver, tools)?;
                drivers::answers(command, &lines).map_err(Missing::Wrong)
            }
            Program::SClient(_) if !have("openssl") => {
                Err(Missing::Here("no openssl program here".into()))
            }
            Program::SClient(options) => each(&|series| s_client(series, options)),
            Program::Rustls => each(&|series| stock_rustls(series).map_err(|e| e.to_string())),
            Program::MariaDb if tools.cli.is_none() => {
                Err(Missing::Here("it comes with MariaDB".into()))
            }
            Program::MariaDb => each(&mariadb),
            Program::MySql(program) => each(&|series| mysql(series, program)),
        }
    }
}

/// `s_client` does not log in. It writes its session down, for the next one.
fn s_client(series: &Series, options: &[&str]) -> Result<Vec<&'static str>, String> {
    let session = series.tools.root.join("target/peers/s_client-session.pem");
    let _ = fs::remove_file(&session);
    let mut words = Vec::new();
    for port in series.ports() {
        let mut command = Command::new("timeout");
        command
            .args(["20", "openssl", "s_client", "-starttls", "mysql", "-connect"])
            .arg(format!("127.0.0.1:{port}"))
            .args(["-CAfile", &series.tools.cert("ca.pem"), "-verify_return_error"])
            .args(options);
        if series.certificate {
            let [cert, key] = ["client-cert.pem", "client-key.pem"].map(|f| series.tools.cert(f));
            command.args(["-cert", &cert, "-key", &key]);
        }
        if session.exists() {
            command.arg("-sess_in").arg(&session);
        }
        // In TLS 1.3 a session comes behind the handshake, for which it must not end before.
        let next = session.with_extension("next");
        let _ = fs::remove_file(&next);
        command.arg("-sess_out").arg(&next);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = command.spawn().map_err(|e| e.to_string())?;
        let began = Instant::now();
        let has_none = || fs::metadata(&next).map_or(0, |file| file.len()) == 0;
        while series.version == "TLSv1.3" && began.elapsed() < PATIENCE && has_none() {
            sleep(Duration::from_millis(20));
        }
        drop(running.stdin.take());
        let output = running.wait_with_output().map_err(|e| e.to_string())?;
        let out = String::from_utf8_lossy(&output.stdout);
        let _ = fs::rename(&next, &session);
        words.push(match out.lines().find_map(|line| line.split_once(", TLSv1.")?.0.into()) {
            Some("New") => "full",
            Some("Reused") => "resumed",
            _ => return Err(format!("{out} {}", String::from_utf8_lossy(&output.stderr))),
        });
    }
    Ok(words)
}

/// It has sessions by default; a login makes it read its tickets.
fn stock_rustls(series: &Series) -> io::Result<Vec<&'static str>> {
    let der = |name| {
        CertificateDer::from_pem_file(series.tools.certs.join(name)).map_err(io::Error::other)
    };
    let mut roots = RootCertStore::empty();
    roots.add(der("ca.pem")?).map_err(io::Error::other)?;
    let version = if series.version == "TLSv1.2" { &version::TLS12 } else { &version::TLS13 };
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[version])
        .map_err(io::Error::other)?
        .with_root_certificates(roots);
    let mut config = if series.certificate {
        let key = PrivateKeyDer::from_pem_file(series.tools.certs.join("client-key.pem"));
        let key = key.map_err(io::Error::other)?;
        let chain = vec![der("client-cert.pem")?];
        builder.with_client_auth_cert(chain, key).map_err(io::Error::other)?
    } else {
        builder.with_no_client_auth()
    };
    config.resumption = Resumption::in_memory_sessions(8);
    let config = Arc::new(config);
    let mut words = Vec::new();
    for port in series.ports() {
        let mut session = login::log_in(port, Some(&config), &series.user(), PASSWORD)?;
        let rows = session.ask("SHOW STATUS LIKE 'Ssl_sessions_reused'")?;
        let value = rows.first().and_then(|row| row.get(1)).map(String::as_str);
        words.push(match (session.handshake_kind(), value) {
            (Some(HandshakeKind::Resumed), Some("1")) => "resumed",
            (Some(HandshakeKind::Full), Some("0")) => "full",
            other => return Err(io::Error::other(format!("client and server: {other:?}"))),
        });
    }
    Ok(words)
}

/// The program says nothing of resumption; the server does.
fn mariadb(series: &Series) -> Result<Vec<&'static str>, String> {
    let cli = series.tools.cli.as_ref().ok_or("no mariadb program")?;
    let connect = |port| {
        let mut command = cli.base(port, &series.user(), PASSWORD);
        command.arg("--ssl-verify-server-cert");
        series.ask(command, "")
    };
    series.ports().map(connect).collect()
}

/// Writes its session down, and is told to offer that of the connection before.
fn mysql(series: &Series, program: &Path) -> Result<Vec<&'static str>, String> {
    let session = series.tools.root.join("target/peers/mysql-session.pem");
    let _ = fs::remove_file(&session);
    let connect = |port| {
        let mut command = Command::new("timeout");
        command.arg("20").arg(program);
        command.args(["--no-defaults", "--protocol=TCP", "--host=localhost", "--batch"]);
        command.args(["--skip-column-names", "--commands", "--ssl-mode=VERIFY_IDENTITY"]);
        command.arg(format!("--port={port}")).arg(format!("--user={}", series.user()));
        command.arg(format!("--password={PASSWORD}"));
        if session.exists() {
            command.arg(format!("--ssl-session-data={}", session.display()));
            command.arg("--ssl-session-data-continue-on-failed-reuse");
        }
        series.ask(command, &format!("ssl_session_data_print {}\n", session.display()))
    };
    series.ports().map(connect).collect()
}

impl Series<'_> {
    /// What the server says of the connection of such a program, which is given `more` lines behind.
    fn ask(&self, mut command: Command, more: &str) -> Result<&'static str, String> {
        command.arg(format!("--ssl-ca={}", self.tools.cert("ca.pem")));
        if self.certificate {
            command.arg(format!("--ssl-cert={}", self.tools.cert("client-cert.pem")));
            command.arg(format!("--ssl-key={}", self.tools.cert("client-key.pem")));
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = command.spawn().map_err(|e| e.to_string())?;
        if let Some(mut stdin) = running.stdin.take() {
            let lines = format!("SHOW STATUS LIKE 'Ssl_sessions_reused';\n{QUERY};\n{more}");
            // It may have ended already.
            let _ = stdin.write_all(lines.as_bytes());
        }
        let output = running.wait_with_output().map_err(|e| e.to_string())?;
        let out = String::from_utf8_lossy(&output.stdout);
        let reused = out.lines().find_map(|line| line.strip_prefix("Ssl_sessions_reused\t"));
        let is_version = out.contains(&format!("Ssl_version\t{}\n", self.version));
        match reused {
            Some("0") if is_version => Ok("full"),
            Some("1") if is_version => Ok("resumed"),
            _ => Err(format!("{out} {}", String::from_utf8_lossy(&output.stderr))),
        }
    }
}
