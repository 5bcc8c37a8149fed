//! The C client and the adapter against a real server: every cell, what must come of it, and what
//! the `mariadb` program makes of the same.
//!
//! The expectations are written by hand from MySQL's behaviour: plain text only with DISABLED, or
//! with PREFERRED where the greeting lacks CLIENT_SSL; every failure after that is final.  With
//! ssl-ca the chain is checked in every mode, as libmysqlclient does it; ssl-ca alone means
//! VERIFY_CA, as the client programs read it.

use crate::client::{Certificate, Client, Mode, Tools};
use crate::docs::Table;
use crate::program::{self, Outcome, Refusal};
use crate::report::Report;
use crate::server::{Installed, Kind, Running, USER, USER_X509};

#[derive(Clone, Copy)]
pub enum Expect {
    /// Login inside the newest TLS version that the server has.
    Tls,
    /// Login inside TLS 1.2, which the client asked for.
    Tls12,
    Clear,
    /// Refused by the engine.
    Ours(&'static str),
    /// Refused by the server, which demands a secure transport.
    Insecure,
    /// Refused by the server like a wrong password.
    Denied,
}

impl Expect {
    pub fn of(self, kind: Kind) -> Outcome {
        match (self, kind) {
            (Expect::Tls, Kind::MySql57) | (Expect::Tls12, _) => Outcome::Tls("TLSv1.2"),
            (Expect::Tls, Kind::MariaDb1011) => Outcome::Tls("TLSv1.3"),
            (Expect::Clear, _) => Outcome::Clear,
            (Expect::Ours(code), _) => Refusal::ours(code),
            (Expect::Insecure, Kind::MySql57) => Refusal::servers(3159, *b"HY000"),
            // MariaDB 10.11 names no reason.
            (Expect::Insecure, Kind::MariaDb1011) => Refusal::servers(1045, *b"28000"),
            (Expect::Denied, _) => Refusal::servers(1045, *b"28000"),
        }
    }
}

const TLS: Expect = Expect::Tls;
const CLEAR: Expect = Expect::Clear;
const NO_TLS: Expect = Expect::Ours(program::NO_TLS_OFFERED);
const CA: Expect = Expect::Ours(program::UNKNOWN_CA);
const NAME: Expect = Expect::Ours(program::WRONG_NAME);
const NO_CA: Expect = Expect::Ours(program::NO_CA);
const INSECURE: Expect = Expect::Insecure;
const DENIED: Expect = Expect::Denied;
const ALERT: Expect = Expect::Ours(program::CLIENT_CERT);

/// One row of a table: a mode, with ssl-ca or without, and a cell for each certificate.
type Row = (Mode, [Expect; 4]);

const SERVER_CERTIFICATES: [Certificate; 4] =
    [Certificate::Good, Certificate::WrongCa, Certificate::WrongName, Certificate::V1];

struct Setting {
    title: &'static str,
    options: &'static [&'static str],
    user: &'static str,
    /// What the client presents.
    certificate: Option<Certificate>,
    rows: [Row; 10],
}

use Mode::{
    CaAlone, Disabled, Preferred, PreferredCa, Required, RequiredCa, VerifyCa, VerifyCaWithoutCa,
    VerifyIdentity, VerifyIdentityWithoutCa,
};

#[rustfmt::skip]
const SETTINGS: [Setting; 4] = [
    Setting { title: "TLS on", options: &[], user: USER, certificate: None, rows: [
        //                          good   wrong CA  wrong name  version 1
        (Disabled,                [CLEAR,  CLEAR,    CLEAR,      CLEAR]),
        (Preferred,               [TLS,    TLS,      TLS,        TLS]),
        (PreferredCa,             [TLS,    CA,       TLS,        TLS]),
        (Required,                [TLS,    TLS,      TLS,        TLS]),
        (RequiredCa,              [TLS,    CA,       TLS,        TLS]),
        (CaAlone,                 [TLS,    CA,       TLS,        TLS]),
        (VerifyCa,                [TLS,    CA,       TLS,        TLS]),
        (VerifyIdentity,          [TLS,    CA,       NAME,       TLS]),
        (VerifyCaWithoutCa,       [NO_CA,  NO_CA,    NO_CA,      NO_CA]),
        (VerifyIdentityWithoutCa, [NO_CA,  NO_CA,    NO_CA,      NO_CA]),
    ] },
    Setting { title: "TLS off", options: &["--skip-ssl"], user: USER, certificate: None, rows: [
        (Disabled,                [CLEAR,  CLEAR,    CLEAR,      CLEAR]),
        (Preferred,               [CLEAR,  CLEAR,    CLEAR,      CLEAR]),
        (PreferredCa,             [CLEAR,  CLEAR,    CLEAR,      CLEAR]),
        (Required,                [NO_TLS, NO_TLS,   NO_TLS,     NO_TLS]),
        (RequiredCa,              [NO_TLS, NO_TLS,   NO_TLS,     NO_TLS]),
        (CaAlone,                 [NO_TLS, NO_TLS,   NO_TLS,     NO_TLS]),
        (VerifyCa,                [NO_TLS, NO_TLS,   NO_TLS,     NO_TLS]),
        (VerifyIdentity,          [NO_TLS, NO_TLS,   NO_TLS,     NO_TLS]),
        (VerifyCaWithoutCa,       [NO_CA,  NO_CA,    NO_CA,      NO_CA]),
        (VerifyIdentityWithoutCa, [NO_CA,  NO_CA,    NO_CA,      NO_CA]),
    ] },
    Setting { title: "require_secure_transport", options: &["--require-secure-transport=ON"],
              user: USER, certificate: None, rows: [
        (Disabled,                [INSECURE, INSECURE, INSECURE, INSECURE]),
        (Preferred,               [TLS,    TLS,      TLS,        TLS]),
        (PreferredCa,             [TLS,    CA,       TLS,        TLS]),
        (Required,                [TLS,    TLS,      TLS,        TLS]),
        (RequiredCa,              [TLS,    CA,       TLS,        TLS]),
        (CaAlone,                 [TLS,    CA,       TLS,        TLS]),
        (VerifyCa,                [TLS,    CA,       TLS,        TLS]),
        (VerifyIdentity,          [TLS,    CA,       NAME,       TLS]),
        (VerifyCaWithoutCa,       [NO_CA,  NO_CA,    NO_CA,      NO_CA]),
        (VerifyIdentityWithoutCa, [NO_CA,  NO_CA,    NO_CA,      NO_CA]),
    ] },
    Setting { title: "client certificate required (REQUIRE X509)", options: &[],
              user: USER_X509, certificate: Some(Certificate::Good), rows: [
        (Disabled,                [DENIED, DENIED,   DENIED,     DENIED]),
        (Preferred,               [TLS,    TLS,      TLS,        TLS]),
        (PreferredCa,             [TLS,    CA,       TLS,        TLS]),
        (Required,                [TLS,    TLS,      TLS,        TLS]),
        (RequiredCa,              [TLS,    CA,       TLS,        TLS]),
        (CaAlone,                 [TLS,    CA,       TLS,        TLS]),
        (VerifyCa,                [TLS,    CA,       TLS,        TLS]),
        (VerifyIdentity,          [TLS,    CA,       NAME,       TLS]),
        (VerifyCaWithoutCa,       [NO_CA,  NO_CA,    NO_CA,      NO_CA]),
        (VerifyIdentityWithoutCa, [NO_CA,  NO_CA,    NO_CA,      NO_CA]),
    ] },
];

const CLIENT_CERTIFICATES: [Option<Certificate>; 4] =
    [None, Some(Certificate::Good), Some(Certificate::WrongCa), Some(Certificate::V1)];

/// The server's own view of client certificates: one that it cannot verify ends the handshake,
/// also for an account that demands none; version 1 is as good as version 3 to it.
#[rustfmt::skip]
const CLIENT_CERTIFICATE_ROWS: [(&str, Row); 8] = [
    //                            none    good   wrong CA  version 1
    (USER,      (Preferred,      [TLS,    TLS,   ALERT,    TLS])),
    (USER,      (Required,       [TLS,    TLS,   ALERT,    TLS])),
    (USER,      (VerifyCa,       [TLS,    TLS,   ALERT,    TLS])),
    (USER,      (VerifyIdentity, [TLS,    TLS,   ALERT,    TLS])),
    (USER_X509, (Preferred,      [DENIED, TLS,   ALERT,    TLS])),
    (USER_X509, (Required,       [DENIED, TLS,   ALERT,    TLS])),
    (USER_X509, (VerifyCa,       [DENIED, TLS,   ALERT,    TLS])),
    (USER_X509, (VerifyIdentity, [DENIED, TLS,   ALERT,    TLS])),
];

/// What the `mariadb` program does instead where it is known to differ, and why.
fn difference(expected: Outcome, kind: Kind) -> Option<(&'static [Outcome], &'static str)> {
    match expected {
        // With TLS 1.3 the handshake is over for the client when the server refuses its
        // certificate, and the alert may be lost with the connection.
        Outcome::Refused(Refusal { code: program::CLIENT_CERT, .. })
            if kind == Kind::MariaDb1011 =>
        {
            const MAYBE: [Outcome; 2] =
                [Refusal::servers(2026, *b"HY000"), Refusal::servers(2013, *b"HY000")];
            Some((&MAYBE, "it may miss the alert of TLS 1.3"))
        }
        _ => None,
    }
}

/// Runs all cells against one server; the tables of `docs/compatibility.md` come back.
pub fn run(server: &Installed, tools: &Tools, report: &mut Report) -> Vec<Table> {
    let mut tables: Vec<Table> = SETTINGS.iter().map(|s| Table::new(s.title)).collect();
    for (column, certificate) in SERVER_CERTIFICATES.into_iter().enumerate() {
        // Accounts are no server options: settings with the same ones share a running server.
        let mut running: Option<(&[&str], Running)> = None;
        let mut order: Vec<usize> = (0..SETTINGS.len()).collect();
        order.sort_by_key(|&i| SETTINGS[i].options);
        for i in order {
            let setting = &SETTINGS[i];
            if running.as_ref().is_none_or(|(options, _)| *options != setting.options) {
                drop(running.take());
                match server.start(&tools.server_options(certificate, setting.options)) {
                    Ok(started) => running = Some((setting.options, started)),
                    Err(error) => {
                        let name = format!("{}, {}", server.kind.name(), setting.title);
                        report.fail(name, "a running server", error);
                        continue;
                    }
                }
            }
            let Some((_, at)) = &running else { continue };
            for (mode, cells) in setting.rows {
                let client = Client {
                    mode,
                    user: setting.user,
                    certificate: setting.certificate,
                    port: at.port,
                };
                let name = format!("{}, {certificate} certificate", setting.title);
                let got = cell(server, tools, report, &name, &client, cells[column]);
                tables[i].push(mode.label(), certificate.label(), got);
            }
        }
    }
    tables.push(client_certificates(server, tools, report));
    tables
}

fn client_certificates(server: &Installed, tools: &Tools, report: &mut Report) -> Table {
    let mut table = Table::new("Client certificates");
    let running = match server.start(&tools.server_options(Certificate::Good, &[])) {
        Ok(running) => running,
        Err(error) => {
            let name = format!("{}, client certificates", server.kind.name());
            report.fail(name, "a running server", error);
            return table;
        }
    };
    for (user, (mode, cells)) in CLIENT_CERTIFICATE_ROWS {
        let account = if user == USER { "any account" } else { "REQUIRE X509" };
        for (certificate, expect) in CLIENT_CERTIFICATES.into_iter().zip(cells) {
            let shown = certificate.map_or("no", |c| c.label());
            let name = format!("{account}, {shown} client certificate");
            let client = Client { mode, user, certificate, port: running.port };
            let got = cell(server, tools, report, &name, &client, expect);
            table.push(&format!("{account}, {}", mode.label()), shown, got);
        }
    }
    table
}

/// One cell with our client, with the adapter, which shows the engine to a host that reads the
/// greeting and writes the SSLRequest itself, and, where it has such a mode, with `mariadb`.
fn cell(
    server: &Installed,
    tools: &Tools,
    report: &mut Report,
    name: &str,
    client: &Client,
    expect: Expect,
) -> String {
    let name = format!("{}, {name}, {}", server.kind.name(), client.mode.label());
    let expected = expect.of(server.kind);
    let got = ours("client", tools, report, &name, client, expected);
    ours("adapter", tools, report, &format!("{name}, adapter"), client, expected);
    compare(server, tools, report, &name, client, expected);
    got
}

fn ours(
    program: &str,
    tools: &Tools,
    report: &mut Report,
    name: &str,
    client: &Client,
    expected: Outcome,
) -> String {
    match program::see(tools.client(program, client)) {
        Ok(seen) => {
            report.check(name, &expected, &seen.outcome, &seen.text);
            seen.outcome.cell()
        }
        Err(error) => {
            report.fail(name, expected, &error);
            error
        }
    }
}

fn compare(
    server: &Installed,
    tools: &Tools,
    report: &mut Report,
    name: &str,
    client: &Client,
    expected: Outcome,
) {
    let Some(cli) = &tools.cli else { return };
    let Some(command) = cli.command(client, tools) else { return };
    let name = format!("{name}, beside mariadb");
    match program::see(command) {
        Err(error) => report.fail(name, expected, error),
        Ok(seen) => match difference(expected, server.kind) {
            None if seen.outcome.agrees(expected) => report.ok(name),
            None => report.check(name, &expected, &seen.outcome, &seen.text),
            Some((theirs, why)) if !theirs.iter().any(|t| t.agrees(seen.outcome)) => {
                report.fail(name, format!("{} ({why})", theirs[0]), seen.outcome);
            }
            Some(_) if seen.outcome.agrees(expected) => report.ok(name),
            Some((_, why)) => report.ok(format!("{name}: differs as expected, {why}")),
        },
    }
}
