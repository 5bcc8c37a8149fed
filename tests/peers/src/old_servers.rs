//! Old and unusual servers: what each client can have of them.
//!
//! The expectations are written by hand. A TLS version and suite is where OpenSSL's client comes
//! too; every refusal of what that one takes has a code of its own, which tells the cause.

use std::thread;

use crate::authority::{Workshop, path};
use crate::client::{HOST, Tools};
use crate::docs::Table;
use crate::quick_start;
use crate::report::Report;
use crate::server::{Installed, Kind};
use crate::three_clients::{
    Collected, Columns, Expect, FORMS, Form, MODES, Meeting, NO_TLS, REFUSED, all, not_stock,
    refused,
};

/// One way to run a server.
struct Setting {
    kind: Kind,
    title: &'static str,
    options: &'static [&'static str],
    /// Options of our client.
    client: &'static [&'static str],
    rsa: Expect,
    ecdsa: Expect,
    /// What the README's program says of its connection.
    quick_start: Option<&'static str>,
}

const CBC: &str = "TLSQL_E_CBC_ONLY";
const RSA: &str = "TLSQL_E_RSA_KEY_EXCHANGE";
const OLD: &str = "TLSQL_E_OLD_TLS";
const CIPHER: &str = "TLSQL_E_CIPHER";

const ECDHE_RSA: &str = "TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384";
const ECDHE_ECDSA: &str = "TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384";
const DHE_128: &str = "TLSv1.2 DHE-RSA-AES128-GCM-SHA256";
const DHE_256: &str = "TLSv1.2 DHE-RSA-AES256-GCM-SHA384";
const DHE_CHACHA: &str = "TLSv1.2 DHE-RSA-CHACHA20-POLY1305";
const TLS13: &str = "TLSv1.3 TLS_AES_256_GCM_SHA384";
const TLS13_128: &str = "TLSv1.3 TLS_AES_128_GCM_SHA256";

/// Nobody finds a suite.
const NO_SUITE: Expect = refused(CIPHER, REFUSED);

const fn too_old(openssl: &'static str) -> Expect {
    Expect::new(OLD, openssl, "ProtocolVersion").saying("in the peer's tls_version")
}

const fn setting(
    kind: Kind,
    title: &'static str,
    options: &'static [&'static str],
    rsa: Expect,
    ecdsa: Expect,
) -> Setting {
    Setting { kind, title, options, client: &[], rsa, ecdsa, quick_start: None }
}

impl Setting {
    const fn asked(self, client: &'static [&'static str]) -> Setting {
        Setting { client, ..self }
    }

    const fn quick_start(self, says: &'static str) -> Setting {
        Setting { quick_start: Some(says), ..self }
    }
}

use Kind::{
    MariaDb118, MariaDb1011, MariaDb10115, MySql57, MySql97, MySql5722, MySql8015, MySql8031,
};

/// A server without an ECDHE suite has none at all for an ECDSA certificate.
#[rustfmt::skip]
const SETTINGS: [Setting; 33] = [
    setting(MySql57, "defaults", &[], all(ECDHE_RSA), all(ECDHE_ECDSA)),
    setting(MySql57, "`DHE-RSA-AES128-GCM-SHA256`", &["--ssl-cipher=DHE-RSA-AES128-GCM-SHA256"],
            not_stock(DHE_128), NO_SUITE)
        .quick_start("TLSv1.2, DHE-RSA-AES128-GCM-SHA256, MySQL 5.7.29"),
    setting(MySql57, "`DHE-RSA-AES256-GCM-SHA384`", &["--ssl-cipher=DHE-RSA-AES256-GCM-SHA384"],
            not_stock(DHE_256), NO_SUITE),
    setting(MySql57, "`DHE-RSA-CHACHA20-POLY1305`", &["--ssl-cipher=DHE-RSA-CHACHA20-POLY1305"],
            not_stock(DHE_CHACHA), NO_SUITE),
    setting(MySql57, "`DHE-RSA-AES128-SHA256`", &["--ssl-cipher=DHE-RSA-AES128-SHA256"],
            refused(CBC, "TLSv1.2 DHE-RSA-AES128-SHA256"), NO_SUITE),
    setting(MySql57, "`DHE-RSA-AES256-SHA256`", &["--ssl-cipher=DHE-RSA-AES256-SHA256"],
            refused(CBC, "TLSv1.2 DHE-RSA-AES256-SHA256"), NO_SUITE),
    setting(MySql57, "`DHE-RSA-AES128-SHA`", &["--ssl-cipher=DHE-RSA-AES128-SHA"],
            refused(CBC, "TLSv1.2 DHE-RSA-AES128-SHA"), NO_SUITE),
    setting(MySql57, "`DHE-RSA-AES256-SHA`", &["--ssl-cipher=DHE-RSA-AES256-SHA"],
            refused(CBC, "TLSv1.2 DHE-RSA-AES256-SHA"), NO_SUITE),
    setting(MySql57, "five suites, all with CBC", &["--ssl-cipher=ECDHE-RSA-AES128-SHA256:\
            ECDHE-ECDSA-AES128-SHA256:DHE-RSA-AES128-SHA256:AES128-SHA256:AES128-SHA"],
            refused(CBC, "TLSv1.2 ECDHE-RSA-AES128-SHA256"),
            refused(CBC, "TLSv1.2 ECDHE-ECDSA-AES128-SHA256")),
    setting(MySql57, "`AES256-GCM-SHA384`", &["--ssl-cipher=AES256-GCM-SHA384"],
            refused(RSA, "TLSv1.2 AES256-GCM-SHA384"), NO_SUITE),
    setting(MySql57, "`AES128-GCM-SHA256`", &["--ssl-cipher=AES128-GCM-SHA256"],
            refused(RSA, "TLSv1.2 AES128-GCM-SHA256"), NO_SUITE),
    setting(MySql57, "TLSv1.1", &["--tls-version=TLSv1.1"],
            too_old("TLSv1.1 ECDHE-RSA-AES256-SHA"), too_old("TLSv1.1 ECDHE-ECDSA-AES256-SHA")),
    setting(MySql57, "TLSv1", &["--tls-version=TLSv1"],
            too_old("TLSv1 ECDHE-RSA-AES256-SHA"), too_old("TLSv1 ECDHE-ECDSA-AES256-SHA")),
    setting(MySql57, "TLSv1.2", &["--tls-version=TLSv1.2"], all(ECDHE_RSA), all(ECDHE_ECDSA)),
    setting(MySql5722, "defaults", &[],
            Expect::new(OLD, "TLSv1.1 DHE-RSA-AES256-SHA", "InvalidMessage").saying("yaSSL"),
            all(NO_TLS)),
    setting(MySql8015, "defaults", &[], not_stock(DHE_256), NO_SUITE)
        .quick_start("TLSv1.2, DHE-RSA-AES256-GCM-SHA384, MySQL 8.0.15"),
    setting(MySql8015, "`DHE-RSA-AES128-SHA256`", &["--ssl-cipher=DHE-RSA-AES128-SHA256"],
            refused(CBC, "TLSv1.2 DHE-RSA-AES128-SHA256"), NO_SUITE),
    setting(MySql8015, "`AES128-GCM-SHA256`", &["--ssl-cipher=AES128-GCM-SHA256"],
            refused(RSA, "TLSv1.2 AES128-GCM-SHA256"), NO_SUITE),
    setting(MySql8031, "defaults", &[], all(TLS13), all(TLS13)),
    setting(MySql8031, "TLSv1.2", &["--tls-version=TLSv1.2"], all(ECDHE_RSA), all(ECDHE_ECDSA)),
    setting(MySql8031, "TLSv1.2 and `DHE-RSA-AES128-GCM-SHA256`",
            &["--tls-version=TLSv1.2", "--ssl-cipher=DHE-RSA-AES128-GCM-SHA256"],
            refused(CIPHER, DHE_128).saying("name a DHE suite in ssl_cipher"), NO_SUITE),
    setting(MySql8031, "TLSv1.2 and `DHE-RSA-AES128-GCM-SHA256`, which our `ssl_cipher` names",
            &["--tls-version=TLSv1.2", "--ssl-cipher=DHE-RSA-AES128-GCM-SHA256"],
            not_stock(DHE_128), NO_SUITE)
        .asked(&["--ssl-cipher=DHE-RSA-AES128-GCM-SHA256"]),
    setting(MySql8031, "TLSv1.2 and suites with CBC",
            &["--tls-version=TLSv1.2",
              "--ssl-cipher=ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA256"],
            refused(CIPHER, "TLSv1.2 ECDHE-RSA-AES128-SHA256"),
            refused(CIPHER, "TLSv1.2 ECDHE-ECDSA-AES128-SHA256")),
    setting(MySql8031, "TLSv1.2 and `AES128-GCM-SHA256`",
            &["--tls-version=TLSv1.2", "--ssl-cipher=AES128-GCM-SHA256"],
            refused(CIPHER, "TLSv1.2 AES128-GCM-SHA256"), NO_SUITE),
    setting(MySql8031, "TLSv1.3", &["--tls-version=TLSv1.3"], all(TLS13), all(TLS13)),
    setting(MariaDb1011, "defaults", &[], all(TLS13), all(TLS13)),
    setting(MariaDb1011, "TLSv1.2 and `DHE-RSA-AES256-GCM-SHA384`",
            &["--tls-version=TLSv1.2", "--ssl-cipher=DHE-RSA-AES256-GCM-SHA384"],
            not_stock(DHE_256), NO_SUITE),
    setting(MariaDb1011, "TLSv1.2 and suites with CBC",
            &["--tls-version=TLSv1.2",
              "--ssl-cipher=ECDHE-RSA-AES256-SHA384:ECDHE-ECDSA-AES256-SHA384"],
            refused(CIPHER, "TLSv1.2 ECDHE-RSA-AES256-SHA384"),
            refused(CIPHER, "TLSv1.2 ECDHE-ECDSA-AES256-SHA384")),
    setting(MariaDb1011, "TLSv1.2 and `AES256-GCM-SHA384`",
            &["--tls-version=TLSv1.2", "--ssl-cipher=AES256-GCM-SHA384"],
            refused(CIPHER, "TLSv1.2 AES256-GCM-SHA384"), NO_SUITE),
    setting(MariaDb10115, "defaults", &[], all(TLS13_128), all(TLS13_128)),
    setting(MariaDb10115, "TLSv1.2", &["--tls-version=TLSv1.2"], all(ECDHE_RSA), all(ECDHE_ECDSA)),
    setting(MySql97, "defaults", &[], all(TLS13_128), all(TLS13_128)),
    setting(MariaDb118, "defaults", &[], all(TLS13), all(TLS13)),
];

/// Every setting of these servers, as one table of `docs/compatibility.md` if no server is missing.
pub fn run(
    servers: &[&Installed],
    tools: &Tools,
    shop: &Workshop,
    report: &mut Report,
) -> Option<Table> {
    // A server is waited for more than it works: the one with most settings has a thread.
    let (lane, others): (Vec<_>, Vec<_>) =
        (0..SETTINGS.len()).partition(|&i| SETTINGS[i].kind == MySql57);
    let mut met = thread::scope(|scope| {
        let meet = |lane: Vec<usize>| {
            let mut report = Report::default();
            let met = meet_all(&lane, servers, tools, shop, &mut report);
            (met, report)
        };
        let beside = scope.spawn(move || meet(others));
        let (mut met, counted) = meet(lane);
        report.add(&counted);
        match beside.join() {
            Ok((more, counted)) => {
                report.add(&counted);
                met.extend(more);
            }
            Err(_) => report.fail("old servers", "a thread's end", "a panic"),
        }
        met
    });
    met.sort_by_key(|(i, ..)| *i);
    let mut collected = Collected::default();
    // The document has what every run sees.
    met.retain(|(i, ..)| !SETTINGS[*i].kind.is_optional());
    for (i, form, columns) in met {
        collected.add(SETTINGS[i].kind.name(), SETTINGS[i].title, form, columns);
    }
    let missing = |kind: Kind| !servers.iter().any(|server| server.kind == kind);
    let whole = !SETTINGS.iter().any(|s| missing(s.kind) && !s.kind.is_optional());
    whole.then(|| collected.table("What each client agrees on with them"))
}

fn meet_all(
    settings: &[usize],
    servers: &[&Installed],
    tools: &Tools,
    shop: &Workshop,
    report: &mut Report,
) -> Vec<(usize, Form, Columns)> {
    let mut met = Vec::new();
    for &i in settings {
        let setting = &SETTINGS[i];
        // One that is not here was reported.
        let Some(server) = servers.iter().find(|server| server.kind == setting.kind) else {
            continue;
        };
        for form in FORMS {
            let columns = setting.meet(server, form, tools, shop, report);
            met.extend(columns.map(|columns| (i, form, columns)));
        }
    }
    met
}

impl Setting {
    fn meet(
        &self,
        server: &Installed,
        form: Form,
        tools: &Tools,
        shop: &Workshop,
        report: &mut Report,
    ) -> Option<Columns> {
        let name = &format!("{}, {}", self.kind.name(), self.title);
        let running = match server.start(&self.options(form, shop)) {
            Ok(running) => running,
            Err(error) => {
                report.fail(format!("{name}, {}", form.label()), "a running server", error);
                return None;
            }
        };
        if let (Form::San, Some(says)) = (form, self.quick_start) {
            let ca = path(&shop.dir, "ca.pem");
            let at = quick_start::Server { kind: self.kind, port: running.port, ca: &ca };
            quick_start::says(&at, tools, says, report);
        }
        let expect = if form == Form::Ecdsa { self.ecdsa } else { self.rsa };
        let meeting = Meeting {
            name,
            host: HOST,
            port: running.port,
            form,
            options: self.client,
            expect,
            // 9.x has no plugin by which a password may be proved in clear text.
            modes: if self.kind == MySql97 { &MODES[1..] } else { &MODES },
        };
        let columns = meeting.run(tools, shop, report);
        // A hundred servers that end in order take two minutes.
        running.kill();
        Some(columns)
    }

    fn options(&self, form: Form, shop: &Workshop) -> Vec<String> {
        let (certificate, mut key) = form.files();
        if self.kind == Kind::MySql5722 && key == "leaf-key.pem" {
            key = "leaf-pkcs1-key.pem";
        }
        let mut options: Vec<String> = [("ca", "ca.pem"), ("cert", certificate), ("key", key)]
            .map(|(name, file)| format!("--ssl-{name}={}", path(&shop.dir, file)))
            .into();
        options.extend(self.options.iter().map(|option| option.to_string()));
        options
    }
}
