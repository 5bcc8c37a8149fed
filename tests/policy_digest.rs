//! `Tlsql_policy_digest`: equal where the settings are, and another one after each change on which
//! a verdict or a choice depends; and the time in which a verdict holds.

mod support;

use std::collections::BTreeMap;

use support::{SCHEDULES, link, pki, run};
use tlsql::trust::Certificate;
use tlsql::{Builder, Context, Role, event};

fn digest(context: &Context) -> String {
    let digest = context.status("Tlsql_policy_digest").unwrap();
    assert!(digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit()), "{digest}");
    digest
}

type Options<'a> = &'a [(&'a str, &'a str)];

/// Settings of a client each of which differs from every other.
const CLIENTS: &[Options<'_>] = &[
    &[],
    &[("ssl_mode", "DISABLED")],
    &[("ssl_mode", "REQUIRED")],
    &[("ssl_ca", "ca.pem")],
    &[("ssl_ca", "other-ca.pem")],
    &[("ssl_ca", "ca.pem"), ("ssl_mode", "VERIFY_IDENTITY")],
    &[("ssl_ca", "ca.pem"), ("ssl_crl", "crl.pem")],
    &[("ssl_ca", "ca.pem"), ("ssl_crl", "crl-revoked.pem")],
    &[("ssl_ca", "ca.pem"), ("tlsql_strict", "ON")],
    &[("ssl_ca", "ca.pem"), ("tlsql_security_level", "1")],
    &[("ssl_ca", "ca.pem"), ("tlsql_max_chain", "3")],
    &[("tls_version", "TLSv1.2")],
    &[("tls_version", "TLSv1.3")],
    &[("ssl_cipher", "ECDHE-RSA-AES128-GCM-SHA256")],
    &[("tls_ciphersuites", "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384")],
    &[("tls_ciphersuites", "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256")],
    &[("ssl_cert", "both.pem")],
    &[("ssl_cert", "client-cert.pem"), ("ssl_key", "client-key.pem")],
    &[("ssl_fp", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")],
    &[("ssl_fp", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b856")],
    &[("tlsql_peer_proof", "ON"), ("ssl_mode", "REQUIRED")],
    &[("tls_sni_servername", "db.example.test")],
];

#[test]
fn each_setting_that_counts_makes_another_digest() {
    let mut seen = BTreeMap::new();
    for options in CLIENTS {
        let found = digest(&pki::client(options));
        assert_eq!(found, digest(&pki::client(options)), "{options:?}: made twice");
        assert_eq!(seen.insert(found, options), None, "{options:?}");
    }
    let server = digest(&pki::server(&[]));
    assert!(!seen.contains_key(&server), "a server's");
}

/// The digest is one of values, and no address, order of calls or hash of a table is in it: what
/// another process has found under it may be used here.
#[test]
fn the_digest_of_known_settings_stays_as_it_is() {
    let context = pki::client(&[
        ("ssl_mode", "REQUIRED"),
        ("tls_version", "TLSv1.3"),
        ("tls_ciphersuites", "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384"),
        ("ssl_cipher", "ECDHE-RSA-AES128-GCM-SHA256"),
    ]);
    assert_eq!(digest(&context), KNOWN);
}

/// SHA-256 of `tlsql policy digest 1` with a NUL, and of fields as number, length in eight octets,
/// and value: 1 `01 01`, 2 `REQUIRED`, 3 `00 01 00`, 4 `02 00`, 5 `00 01`, 14 `10` in
/// eight octets, and three times 6 with SHA-256 of `1301`, `1302` and `c02f`; computed with Python's
/// hashlib.
const KNOWN: &str = "f8c2ded9a6325929f8900426eadd98d96002233358d5de64a1bf05c67bf2014d";

#[test]
fn the_order_of_certificates_of_other_names_does_not_count() {
    let (ca, other) = (pki::read("ca.pem"), pki::read("other-ca.pem"));
    let with = |order: [&[u8]; 2]| {
        let mut builder = Builder::new(Role::Client);
        order.iter().for_each(|pem| builder.add_ca(pem).unwrap());
        digest(&Context::new(&builder).unwrap())
    };
    assert_eq!(with([&ca, &other]), with([&other, &ca]));
    assert_ne!(with([&ca, &other]), with([&ca, &ca]));
}

/// As a certificate that is added again.
#[test]
fn a_list_that_is_added_again_does_not_count() {
    let with = |lists: &[&str]| {
        let mut builder = Builder::new(Role::Client);
        builder.add_ca(&pki::read("ca.pem")).unwrap();
        lists.iter().for_each(|name| builder.add_crl(&pki::read(name)).unwrap());
        digest(&Context::new(&builder).unwrap())
    };
    let once = with(&["crl.pem"]);
    assert_eq!(with(&["crl.pem", "crl.pem"]), once);
    assert_ne!(with(&["crl.pem", "crl-revoked.pem"]), once);
}

#[test]
fn the_renewal_of_a_servers_certificate_does_not_count() {
    let ca = [("ssl_ca", "ca.pem")];
    assert_eq!(digest(&pki::server_as("server", &ca)), digest(&pki::server_as("wrongname", &ca)));
    assert_ne!(digest(&pki::client_as("client", &ca)), digest(&pki::client_as("v1-client", &ca)));
}

#[test]
fn a_verdict_holds_between_the_latest_and_the_earliest_date() {
    let server = pki::server_as("server", &[]);
    let dates = |options: Options<'_>| {
        let (mut client, mut server) = link(&pki::client(options), &server, SCHEDULES[0]);
        run(&mut client, &mut server);
        assert!(client.has(event::SECURED), "{options:?}");
        let value = |name| client.conn.status(name).unwrap();
        let verified = [value("Tlsql_verified_from"), value("Tlsql_verified_until")];
        (verified, [value("Ssl_server_not_before"), value("Ssl_server_not_after")])
    };
    let none = [String::new(), String::new()];
    assert_eq!(dates(&[("ssl_mode", "REQUIRED")]).0, none, "nothing was verified");
    // The server's certificate was made after its CA's, and each for ten years.
    let ca = Certificate::parse(&pki::der(&pki::read("ca.pem"))).unwrap();
    let (verified, [not_before, _]) = dates(&[("ssl_ca", "ca.pem")]);
    let expected = [not_before, ca.not_after_text().unwrap()];
    assert_eq!(verified, expected);
    let (verified, _) = dates(&[("ssl_ca", "ca.pem"), ("ssl_crl", "crl.pem")]);
    assert!(verified.iter().all(|date| date.ends_with(" GMT")), "{verified:?}");
    assert_eq!(dates(&[("ssl_ca", "ca.pem"), ("tlsql_strict", "ON")]).0, expected);
    let global = pki::client(&[("ssl_ca", "ca.pem")]);
    assert_eq!(global.status("Tlsql_verified_until").as_deref(), Some(""));
}
