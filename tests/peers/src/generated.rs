//! The certificates that our server makes in an empty data directory, as MySQL 5.7.29 and MariaDB
//! 10.11 use them for their own, and as OpenSSL reads them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::client::{Cli, HOST, Tools};
use crate::example_server;
use crate::login::log_in;
use crate::program::{self, Outcome, QUERY, Refusal};
use crate::report::Report;
use crate::server::{Installed, Kind, PASSWORD, Running, USER, USER_X509};

const SIX: [&str; 6] = [
    "ca.pem",
    "ca-key.pem",
    "server-cert.pem",
    "server-key.pem",
    "client-cert.pem",
    "client-key.pem",
];

/// The account of a replica, and the one that may start it.
const REPLICA: &str = "replica";
const ADMIN: &str = "admin";

/// The errors of a replica: another certificate, and what comes once it is logged in at a server
/// with its own number, which is itself.
const REFUSED: &str = "2026";
const ITSELF: &str = "1593";
/// It tries once in a minute, and at once when it starts.
const PATIENCE: Duration = Duration::from_secs(20);

/// Both servers with these certificates, and their clients and ours at each.
pub fn run(servers: &[&Installed], tools: &Tools, report: &mut Report) {
    let place = tools.root.join("target/peers/generated");
    let made = match Made::new(&place, tools) {
        Ok(made) => made,
        Err(error) => {
            report.fail("generated certificates", "six files and a running server", error);
            return;
        }
    };
    made.read_by_openssl(report);
    made.meet("C server", made.running.port, tools, report);
    for server in servers {
        let name = server.kind.name();
        match made.use_in(server) {
            Ok(running) => {
                temporary_directory(server, running.port, report);
                made.meet(name, running.port, tools, report);
                if server.kind == Kind::MySql57 {
                    made.replicate(running.port, tools, report);
                }
            }
            Err(error) => report.fail(format!("{name}, generated certificates"), "a start", error),
        }
    }
}

/// The files, and the C server that made them.
struct Made {
    place: PathBuf,
    running: Running,
}

impl Made {
    fn new(place: &Path, tools: &Tools) -> Result<Made, String> {
        let _ = fs::remove_dir_all(place);
        fs::create_dir_all(place).map_err(|e| e.to_string())?;
        let option = format!("--datadir={}", place.display());
        let running = example_server::listen(&[option], tools)?;
        let missing = SIX.iter().find(|name| !place.join(name).exists());
        match missing {
            None => Ok(Made { place: place.to_path_buf(), running }),
            Some(name) => Err(format!("no {name}")),
        }
    }

    fn file(&self, name: &str) -> String {
        self.place.join(name).display().to_string()
    }

    /// MySQL finds them in its data directory; MariaDB looks for none and is told.
    fn use_in(&self, server: &Installed) -> Result<Running, String> {
        if server.kind != Kind::MySql57 {
            return server.start(&[
                format!("--ssl-ca={}", self.file("ca.pem")),
                format!("--ssl-cert={}", self.file("server-cert.pem")),
                format!("--ssl-key={}", self.file("server-key.pem")),
            ]);
        }
        let copy = server.copy("generated")?;
        for name in SIX {
            fs::copy(self.place.join(name), copy.data.join(name)).map_err(|e| e.to_string())?;
        }
        let accounts = fs::read_to_string(copy.init_file()).map_err(|e| e.to_string())?;
        let more = format!(
            "CREATE USER '{REPLICA}'@'%' IDENTIFIED BY '{PASSWORD}' REQUIRE SSL;\n\
             CREATE USER '{ADMIN}'@'%' IDENTIFIED BY '{PASSWORD}';\n\
             GRANT SUPER, REPLICATION CLIENT ON *.* TO '{ADMIN}'@'%';\n\
             GRANT REPLICATION SLAVE ON *.* TO '{REPLICA}'@'%';\n"
        );
        fs::write(copy.init_file(), accounts + &more).map_err(|e| e.to_string())?;
        copy.start(&["--server-id=57".to_string(), "--relay-log=relay".to_string()])
    }

    /// Serial numbers 1, 2 and 3, and a chain that verifies.
    fn read_by_openssl(&self, report: &mut Report) {
        for (name, serial) in [("ca", "01"), ("server-cert", "02"), ("client-cert", "03")] {
            let (file, ca) = (self.file(&format!("{name}.pem")), self.file("ca.pem"));
            let read = openssl(&["x509", "-in", &file, "-noout", "-serial"]);
            let title = format!("generated {name}.pem, openssl x509");
            report.check(title, &format!("serial={serial}\n"), &read, "");
            let verified = openssl(&["verify", "-CAfile", &ca, &file]);
            let title = format!("generated {name}.pem, openssl verify");
            report.check(title, &format!("{file}: OK\n"), &verified, "");
        }
    }

    /// Our client and the `mariadb` program, which check the chain, then the name too; ours shows
    /// its certificate.
    fn meet(&self, server: &str, port: u16, tools: &Tools, report: &mut Report) {
        let name = |what: &str| format!("{server}, generated certificates, {what}");
        let version = if server == Kind::MySql57.name() { "TLSv1.2" } else { "TLSv1.3" };
        let tls = Outcome::Tls(version);
        let ca = format!("--ssl-ca={}", self.file("ca.pem"));
        let user = if server == "C server" { USER } else { USER_X509 };
        for mode in ["VERIFY_CA", "VERIFY_IDENTITY"] {
            for host in [HOST, "127.0.0.1"] {
                let mut command = tools.connection("client", host, port, user);
                command.args([&ca, &format!("--ssl-mode={mode}")]);
                command.arg(format!("--ssl-cert={}", self.file("client-cert.pem")));
                command.arg(format!("--ssl-key={}", self.file("client-key.pem")));
                see(name(&format!("our {mode} at {host}")), command, tls, report);
            }
        }
        let Some(cli) = &tools.cli else { return };
        let cells = [
            ("mariadb, chain", vec![ca.clone()], tls),
            ("mariadb, chain and name", vec![ca, "--ssl-verify-server-cert".into()], tls),
            (
                "mariadb, another CA",
                vec![format!("--ssl-ca={}", tools.cert("other-ca.pem"))],
                Refusal::servers(2026, *b"HY000"),
            ),
        ];
        for (what, options, expected) in cells {
            see(name(what), ask(cli, port, &options), expected, report);
        }
    }

    /// MySQL 5.7.29's own client, which its package has as the replication thread alone: with the
    /// server itself for its source it ends with the error that comes behind the login.
    fn replicate(&self, port: u16, tools: &Tools, report: &mut Report) {
        let (own, other) = (self.file("ca.pem"), tools.cert("other-ca.pem"));
        for (what, ca, verify, expected) in [
            ("its chain", &own, 0, ITSELF),
            ("another CA", &other, 0, REFUSED),
            ("its chain and name", &own, 1, ITSELF),
        ] {
            let name = format!("MySQL 5.7.29, generated certificates, replica that checks {what}");
            match replica_error(port, ca, verify) {
                Ok((number, text)) => report.check(name, &expected.to_string(), &number, &text),
                Err(error) => report.fail(name, expected, error),
            }
        }
    }
}

/// A server deletes what it finds in its own when it starts: two must not share one.
fn temporary_directory(server: &Installed, port: u16, report: &mut Report) {
    let name = format!("{}, a temporary directory of its own", server.kind.name());
    let asked = log_in(port, None, USER, PASSWORD).and_then(|mut s| s.ask("SELECT @@tmpdir"));
    match asked {
        Ok(rows) => {
            let place = rows.concat().concat();
            let is_own = place.contains(server.kind.stem()) && place.ends_with(".tmp");
            report.check(name, &true, &is_own, &place);
        }
        Err(error) => report.fail(name, "a directory", error),
    }
}

fn see(name: String, command: Command, expected: Outcome, report: &mut Report) {
    match program::see(command) {
        Ok(seen) => report.check(name, &expected, &seen.outcome, &seen.text),
        Err(error) => report.fail(name, expected, error),
    }
}

fn ask(cli: &Cli, port: u16, options: &[String]) -> Command {
    let mut command = cli.base(port, USER, PASSWORD);
    command.arg("--ssl").args(options).arg(format!("--execute={QUERY}"));
    command
}

/// Starts the thread and returns the number and text of the error that it ends with.
fn replica_error(port: u16, ca: &str, verify: u8) -> Result<(String, String), String> {
    // SHOW SLAVE STATUS has Last_IO_Errno and Last_IO_Error in these columns.
    const NUMBER: usize = 34;
    let mut session = log_in(port, None, ADMIN, PASSWORD).map_err(|e| e.to_string())?;
    session.result().map_err(|errno| format!("error {errno} at the login"))?;
    let mut say = |statement: &str| session.ask(statement).map_err(|e| format!("{statement}: {e}"));
    say("STOP SLAVE")?;
    say(&format!(
        "CHANGE MASTER TO MASTER_HOST='{HOST}', MASTER_PORT={port}, MASTER_USER='{REPLICA}', \
         MASTER_PASSWORD='{PASSWORD}', MASTER_SSL=1, MASTER_SSL_CA='{ca}', \
         MASTER_SSL_VERIFY_SERVER_CERT={verify}"
    ))?;
    say("START SLAVE IO_THREAD")?;
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let rows = say("SHOW SLAVE STATUS")?;
        let cell = |i: usize| rows.first().and_then(|row| row.get(i)).cloned().unwrap_or_default();
        if cell(NUMBER) != "0" {
            say("STOP SLAVE")?;
            return Ok((cell(NUMBER), cell(NUMBER + 1)));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err("no error".to_string())
}

fn openssl(arguments: &[&str]) -> String {
    match Command::new("openssl").args(arguments).output() {
        Ok(output) => {
            let text = [output.stdout, output.stderr].concat();
            String::from_utf8_lossy(&text).into_owned()
        }
        Err(error) => error.to_string(),
    }
}
