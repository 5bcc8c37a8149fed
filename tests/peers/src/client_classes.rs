//! Each class of client certificate, as our C client presents it to real servers and to the C
//! server, and as the `mariadb` program presents it to the C server: whoever refuses it says so
//! with the same alert.

use std::fmt;

use crate::authority::{Workshop, path};
use crate::client::{HOST, Tools};
use crate::docs::Table;
use crate::example_server;
use crate::program::{self, Outcome, QUERY, Refusal, Seen};
use crate::report::Report;
use crate::server::{Installed, Kind, PASSWORD, Running, USER, USER_X509};

struct Class {
    name: &'static str,
    cert: &'static str,
    server: Server,
    /// Of the server; none where the certificate is good.
    alert: Option<&'static str>,
}

/// What the server checks with.
#[derive(Clone, Copy, PartialEq)]
enum Server {
    /// `ssl_ca` with the root, and with a self-signed certificate of a client.
    Root,
    /// `ssl_ca` with the root, `ssl_crl` with its list.
    List,
    /// What MySQL made for itself.
    Own,
}

/// Who is asked, and with which TLS.
#[derive(Clone, Copy)]
enum Peer<'a> {
    Real(&'a Installed, &'static str),
    Example(&'static str),
}

const UNKNOWN: Option<&str> = Some("unknown_ca");
const BAD: Option<&str> = Some("bad_certificate");
const EXPIRED: Option<&str> = Some("certificate_expired");
const UNSUPPORTED: Option<&str> = Some("unsupported_certificate");
const REVOKED: Option<&str> = Some("certificate_revoked");

const CLASSES: [Class; 15] = [
    class("the manual's recipe (version 1)", "v1-client", None),
    class("version 3", "v3-client", None),
    class("intermediate sent", "client-chain", None),
    class("intermediate not sent", "client-below", UNKNOWN),
    class("extendedKeyUsage clientAuth", "client-eku-client", None),
    class("extendedKeyUsage serverAuth", "client-eku-server", UNSUPPORTED),
    class("expired", "client-expired", EXPIRED),
    class("not valid yet", "client-future", BAD),
    class("another CA", "client-foreign", UNKNOWN),
    class("self-signed", "client-own", UNKNOWN),
    class("self-signed, itself in ssl_ca", "client-listed", None),
    Class { server: Server::List, ..class("ssl_crl without it", "v3-client", None) },
    Class { server: Server::List, ..class("revoked in ssl_crl", "client-revoked", REVOKED) },
    Class { server: Server::List, ..class("ssl_crl without its CA's", "client-chain", UNKNOWN) },
    Class { server: Server::Own, ..class("what MySQL made for itself", "auto-client", None) },
];

const fn class(name: &'static str, cert: &'static str, alert: Option<&'static str>) -> Class {
    Class { name, cert, server: Server::Root, alert }
}

pub fn run(
    mysql: &Installed,
    mariadb: &Installed,
    tools: &Tools,
    shop: &Workshop,
    report: &mut Report,
) -> Table {
    let peers = [
        Peer::Real(mysql, "TLSv1.2"),
        Peer::Real(mariadb, "TLSv1.2"),
        Peer::Real(mariadb, "TLSv1.3"),
        Peer::Example("TLSv1.2"),
        Peer::Example("TLSv1.3"),
    ];
    let mut columns = Vec::new();
    for peer in peers {
        columns.push((peer.to_string(), column(peer, tools, shop, report)));
    }
    let mut table = Table::new("Who accepts them");
    for (i, class) in CLASSES.iter().enumerate() {
        for (title, cells) in &columns {
            table.push(class.name, title, cells[i].clone());
        }
    }
    table
}

fn column(peer: Peer, tools: &Tools, shop: &Workshop, report: &mut Report) -> Vec<String> {
    let mut cells = Vec::new();
    let mut running: Option<(Server, Running)> = None;
    for class in &CLASSES {
        let is_mysql = matches!(peer, Peer::Real(server, _) if server.kind == Kind::MySql57);
        if class.server == Server::Own && !is_mysql {
            cells.push("–".to_string());
            continue;
        }
        let name = format!("{peer}, client certificate: {}", class.name);
        if running.as_ref().is_none_or(|(server, _)| *server != class.server) {
            drop(running.take());
            match peer.start(class.server, tools, shop) {
                Ok(started) => running = Some((class.server, started)),
                Err(error) => {
                    report.fail(&name, "a running server", &error);
                    cells.push(error);
                    continue;
                }
            }
        }
        let Some((_, at)) = &running else { continue };
        cells.push(class.present(peer, at.port, &name, tools, shop, report));
        if let Peer::Example(version) = peer {
            class.present_by_mariadb(version, at.port, &name, tools, shop, report);
        }
    }
    cells
}

impl Peer<'_> {
    fn version(self) -> &'static str {
        match self {
            Peer::Real(_, version) | Peer::Example(version) => version,
        }
    }

    fn start(self, server: Server, tools: &Tools, shop: &Workshop) -> Result<Running, String> {
        let option = |name: &str, file: &str| format!("--ssl-{name}={}", path(&shop.dir, file));
        let mut options = vec![option("cert", "eku-server.pem"), option("key", "leaf-key.pem")];
        match server {
            Server::Root => options.push(option("ca", "client-cas.pem")),
            Server::List => {
                options.extend([option("ca", "ca.pem"), option("crl", "crl-revoked.pem")]);
            }
            Server::Own => options.clear(),
        }
        match self {
            Peer::Real(installed, _) => installed.start(&options),
            Peer::Example(_) => example_server::listen(&options, tools),
        }
    }
}

impl fmt::Display for Peer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let name = match self {
            Peer::Real(server, _) => server.kind.name(),
            Peer::Example(_) => "C server",
        };
        write!(f, "{name}, {}", self.version())
    }
}

impl Class {
    fn files(&self, shop: &Workshop) -> [String; 2] {
        let key = if self.server == Server::Own { "auto-client" } else { "client" };
        [
            format!("--ssl-cert={}", path(&shop.dir, &format!("{}.pem", self.cert))),
            format!("--ssl-key={}", path(&shop.dir, &format!("{key}-key.pem"))),
        ]
    }

    /// Our client, to an account that demands a certificate.
    fn present(
        &self,
        peer: Peer,
        port: u16,
        name: &str,
        tools: &Tools,
        shop: &Workshop,
        report: &mut Report,
    ) -> String {
        let ca = if self.server == Server::Own { "auto-ca.pem" } else { "ca.pem" };
        let user = if matches!(peer, Peer::Real(..)) { USER_X509 } else { USER };
        let mut command = tools.connection("client", HOST, port, user);
        command.args([
            "--ssl-mode=VERIFY_CA".to_string(),
            format!("--tls-version={}", peer.version()),
        ]);
        command.arg(format!("--ssl-ca={}", path(&shop.dir, ca))).args(self.files(shop));
        let expected = match self.alert {
            None => Outcome::Tls(peer.version()),
            Some(_) => Refusal::ours(program::CLIENT_CERT),
        };
        let seen = match program::see(command) {
            Ok(seen) => seen,
            Err(error) => {
                report.fail(name, expected, &error);
                return error;
            }
        };
        let Some(alert) = self.alert else {
            report.check(name, &expected, &seen.outcome, &seen.text);
            return "yes".to_string();
        };
        report.check(name, &format!("{expected} {alert}"), &told(&seen), &seen.text);
        alert.to_string()
    }

    fn present_by_mariadb(
        &self,
        version: &'static str,
        port: u16,
        name: &str,
        tools: &Tools,
        shop: &Workshop,
        report: &mut Report,
    ) {
        let Some(cli) = &tools.cli else { return };
        let name = format!("{name}, presented by mariadb");
        let mut command = cli.base(port, USER, PASSWORD);
        command.args(["--ssl".to_string(), format!("--tls-version={version}")]);
        command.args(self.files(shop)).arg(format!("--execute={QUERY}"));
        let refused = Refusal::servers(2026, *b"HY000");
        let expected = match self.alert {
            None => vec![Outcome::Tls(version)],
            // With TLS 1.3 its handshake is over, and it may miss the alert.
            Some(_) if version == "TLSv1.3" => vec![refused, Refusal::servers(2013, *b"HY000")],
            Some(_) => vec![refused],
        };
        match program::see(command) {
            Ok(seen) if expected.contains(&seen.outcome) => report.ok(name),
            Ok(seen) => report.check(name, &expected[0], &seen.outcome, &seen.text),
            Err(error) => report.fail(name, expected[0], error),
        }
    }
}

/// The outcome with the name of the alert in it: `... with an alert: unknown_ca (48). ...`.
fn told(seen: &Seen) -> String {
    let alert = seen.text.split(" alert: ").nth(1).and_then(|rest| rest.split(' ').next());
    format!("{} {}", seen.outcome, alert.unwrap_or("no alert"))
}
