//! `openssl s_server` behind a greeting: groups of Diffie-Hellman, and ways of TLS that no server
//! at hand has.

use crate::authority::{Workshop, path};
use crate::client::{HOST, Tools};
use crate::docs::Table;
use crate::front::Front;
use crate::report::Report;
use crate::three_clients::{
    Collected, Columns, Expect, FORMS, Form, MODES, Meeting, REFUSED, all, not_stock, refused,
};

/// One `s_server`, and how our client is told to meet it.
struct Case {
    title: &'static str,
    /// Of the greeting.
    version: &'static str,
    server: Tls,
    /// Options of our client, `@` for the workshop.
    client: &'static [&'static str],
    host: &'static str,
    forms: &'static [Form],
    rsa: Expect,
    ecdsa: Expect,
}

enum Tls {
    /// TLS 1.2 with DHE alone, and this group.
    Dhe(&'static str),
    With(&'static [&'static str]),
}

const OLD: &str = "5.7.29";
const NEW: &str = "8.0.40";

const DHE: &str = "TLSv1.2 DHE-RSA-AES128-GCM-SHA256";
const TLS13: &str = "TLSv1.3 TLS_AES_256_GCM_SHA384";
const ECDHE_RSA: &str = "TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384";
const ECDHE_ECDSA: &str = "TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384";

const NO_SUITE: Expect = refused(CIPHER, REFUSED);

const fn dhe(title: &'static str, group: &'static str, rsa: Expect) -> Case {
    let server = Tls::Dhe(group);
    let (client, host, forms) = (&[], HOST, &FORMS);
    Case { title, version: OLD, server, client, host, forms, rsa, ecdsa: NO_SUITE }
}

const fn tls(
    title: &'static str,
    arguments: &'static [&'static str],
    rsa: Expect,
    ecdsa: Expect,
) -> Case {
    let server = Tls::With(arguments);
    Case { title, version: NEW, server, client: &[], host: HOST, forms: &FORMS, rsa, ecdsa }
}

impl Case {
    const fn greeting(self, version: &'static str) -> Case {
        Case { version, ..self }
    }

    const fn asked(self, client: &'static [&'static str]) -> Case {
        Case { client, ..self }
    }

    /// Of certificates without an ECDSA key.
    const fn at(self, host: &'static str, forms: &'static [Form]) -> Case {
        Case { host, forms, ..self }
    }
}

const GROUP: &str = "TLSQL_E_DH_GROUP";
const SMALL: &str = "TLSQL_E_DH_SMALL";
const CIPHER: &str = "TLSQL_E_CIPHER";

/// Groups stand in files `dh-NAME.pem` of the workshop.
#[rustfmt::skip]
const CASES: [Case; 28] = [
    dhe("MySQL's group", "mysql", not_stock(DHE)),
    dhe("MariaDB's group", "mariadb", not_stock(DHE)),
    dhe("2048 bits of RFC 3526", "modp_2048", not_stock(DHE)),
    dhe("3072 of RFC 3526", "modp_3072", not_stock(DHE)),
    dhe("4096 of RFC 3526", "modp_4096", not_stock(DHE)),
    dhe("8192 of RFC 3526", "modp_8192", not_stock(DHE)),
    dhe("ffdhe2048", "ffdhe2048", not_stock(DHE)),
    dhe("ffdhe3072", "ffdhe3072", not_stock(DHE)),
    dhe("ffdhe4096", "ffdhe4096", not_stock(DHE)),
    dhe("2048 bits of RFC 5114 (no safe prime)", "rfc5114",
        refused(GROUP, DHE).saying("tlsql_dh_params")),
    dhe("2048 bits that nobody knows", "unknown2048",
        refused(GROUP, DHE).saying("tlsql_dh_params")),
    dhe("2048 bits in `tlsql_dh_params`", "unknown2048", not_stock(DHE))
        .asked(&["--tlsql-dh-params=@dh-unknown2048.pem"]),
    dhe("1024 bits", "small1024", refused(SMALL, DHE).saying("2048")),
    dhe("1024 bits in `tlsql_dh_params` at `tlsql_security_level` 1", "small1024", not_stock(DHE))
        .asked(&["--tlsql-dh-params=@dh-small1024.pem", "--tlsql-security-level=1"]),
    dhe("MySQL's group, greeting of 8.0.40", "mysql",
        refused(CIPHER, DHE).saying("name a DHE suite in ssl_cipher")).greeting(NEW),
    dhe("MySQL's group, greeting of 8.0.40, our `ssl_cipher` names DHE", "mysql", not_stock(DHE))
        .greeting(NEW)
        .asked(&["--ssl-cipher=DHE-RSA-AES128-GCM-SHA256"]),
    dhe("MariaDB's group, greeting of MariaDB 10.11", "mariadb", not_stock(DHE))
        .greeting("5.5.5-10.11.6-MariaDB"),
    tls("no tickets", &["-no_ticket"], all(TLS13), all(TLS13)),
    tls("P-256 only", &["-groups", "P-256"], all(TLS13), all(TLS13)),
    tls("P-384 only (HelloRetryRequest)", &["-groups", "P-384"], all(TLS13), all(TLS13)),
    tls("P-384 only in TLS 1.2", &["-groups", "P-384", "-tls1_2"],
        all(ECDHE_RSA), all(ECDHE_ECDSA)),
    tls("P-521 only", &["-groups", "P-521"], refused(CIPHER, TLS13), refused(CIPHER, TLS13)),
    tls("asks for a certificate and names no CA", &["-verify", "1"], all(TLS13), all(TLS13)),
    tls("asks for a certificate in TLS 1.2", &["-verify", "1", "-tls1_2"],
        all(ECDHE_RSA), all(ECDHE_ECDSA)),
    tls("asks for one in TLS 1.2, no RSA-PSS", &["-verify", "1", "-tls1_2", "-client_sigalgs",
        "RSA+SHA256:ECDSA+SHA256"], all(ECDHE_RSA), all(ECDHE_ECDSA)),
    tls("signs without RSA-PSS in TLS 1.2", &["-sigalgs", "RSA+SHA256:ECDSA+SHA256", "-tls1_2"],
        all(ECDHE_RSA), all(ECDHE_ECDSA)),
    tls("by address", &[], all(TLS13), all(TLS13)).at("127.0.0.1", &[Form::SanAddress]),
    tls("by address in TLS 1.2", &["-tls1_2"], all(ECDHE_RSA), all(ECDHE_ECDSA))
        .at("127.0.0.1", &[Form::SanAddress]),
];

/// All cases, as one table of `docs/compatibility.md`.
pub fn run(tools: &Tools, shop: &Workshop, report: &mut Report) -> Option<Table> {
    if let Err(error) = files(tools, shop) {
        report.fail("groups of Diffie-Hellman", "their files", error);
        return None;
    }
    let mut collected = Collected::default();
    for case in &CASES {
        for &form in case.forms {
            if let Some(columns) = case.meet(form, tools, shop, report) {
                collected.add("", case.title, form, columns);
            }
        }
    }
    Some(collected.table("What each client agrees on with `openssl s_server`"))
}

/// The groups that OpenSSL knows by name, and ours.
fn files(tools: &Tools, shop: &Workshop) -> Result<(), String> {
    for group in ["modp_2048", "modp_3072", "modp_4096", "modp_8192", "ffdhe3072", "ffdhe4096"] {
        shop.dh_group(group)?;
    }
    for group in ["mysql", "mariadb", "ffdhe2048", "rfc5114", "unknown2048", "small1024"] {
        let from = tools.root.join("tests/data/dh").join(format!("{group}.pem"));
        let to = shop.dir.join(format!("dh-{group}.pem"));
        std::fs::copy(&from, to).map_err(|e| format!("{}: {e}", from.display()))?;
    }
    Ok(())
}

impl Case {
    fn meet(
        &self,
        form: Form,
        tools: &Tools,
        shop: &Workshop,
        report: &mut Report,
    ) -> Option<Columns> {
        let name = format!("s_server, {}", self.title);
        let (certificate, key) = form.files();
        let mut arguments = vec!["-cert", certificate, "-key", key];
        let group;
        match self.server {
            Tls::Dhe(name) => {
                group = path(&shop.dir, &format!("dh-{name}.pem"));
                arguments.extend(["-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0"]);
                arguments.extend(["-dhparam", &group]);
            }
            Tls::With(more) => arguments.extend(more),
        }
        let front = match Front::start(shop, self.version, &arguments) {
            Ok(front) => front,
            Err(error) => {
                report.fail(name, "a running server", error);
                return None;
            }
        };
        let expect = if form == Form::Ecdsa { self.ecdsa } else { self.rsa };
        let (host, port, options) = (self.host, front.port, self.client);
        let meeting = Meeting { name: &name, host, port, form, options, expect, modes: &MODES };
        Some(meeting.run(tools, shop, report))
    }
}
