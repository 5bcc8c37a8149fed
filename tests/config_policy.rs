//! `tls_version` and `ssl_cipher`: what is taken, what is left out, and what is spoken then.

mod support;

use support::{Schedule, link, pki, run};
use tlsql::{Builder, Code, Context, Role, Severity};

const ROLES: [Role; 2] = [Role::Client, Role::Server];

#[test]
fn old_versions_are_left_out_with_a_warning_or_refused() {
    // T50, T51, T52
    for role in ROLES {
        let mut builder = Builder::new(role);
        builder.set("tls_version", "TLSv1.1,TLSv1.2").unwrap();
        let [note] = builder.notes() else { panic!("{:?}", builder.notes()) };
        assert_eq!(note.severity, Severity::Warning);
        assert_eq!(note.text, "tls_version: TLSv1.1 is not supported and left out");
        for value in ["TLSv1.1", "TLSv1,TLSv1.0", "", " TLSv1.3", "TLSv1.4", "TLSv1.2 "] {
            let mut builder = Builder::new(role);
            let error = builder.set("tls_version", value).unwrap_err();
            assert_eq!((error.code, error.mysql_errno()), (Code::NoVersion, 2026), "{value:?}");
            assert!(error.message().contains("TLS version is invalid"), "{error}");
            assert_eq!(builder.get("tls_version").unwrap(), "TLSv1.2,TLSv1.3");
            assert!(builder.notes().is_empty());
        }
    }
}

#[test]
fn only_the_versions_named_are_spoken() {
    // T50, T53
    for (value, version) in [
        ("tlsv1.2", 0x0303),
        ("TLSv1.1,TLSv1.2", 0x0303),
        ("TLSV1.3", 0x0304),
        ("bogus,,TLSv1.3", 0x0304),
        ("TLSv1.2,TLSv1.3", 0x0304),
    ] {
        for (client, server) in
            [(&[("tls_version", value)][..], &[][..]), (&[], &[("tls_version", value)])]
        {
            let server = pki::server_as("server", server);
            let (mut client, mut server) = link(&pki::client(client), &server, Schedule::Whole);
            run(&mut client, &mut server);
            assert_eq!(client.conn.agreed().unwrap().version, version, "{value}");
        }
    }
}

#[test]
fn a_cipher_list_without_a_known_name_is_refused() {
    // T54
    for role in ROLES {
        for value in ["FOO", "", "TLS_AES_128_GCM_SHA256", "AES128-SHA"] {
            let mut builder = Builder::new(role);
            let error = builder.set("ssl_cipher", value).unwrap_err();
            assert_eq!((error.code, error.mysql_errno()), (Code::NoCipher, 2026), "{value:?}");
            assert!(error.message().contains("Failed to set ciphers to use"), "{error}");
        }
    }
}

#[test]
fn of_a_cipher_list_only_the_known_names_are_used() {
    // T55
    let options = [
        ("ssl_cipher", "FOO:ECDHE-ECDSA-CHACHA20-POLY1305".to_owned()),
        ("tls_version", "TLSv1.2".to_owned()),
    ];
    let options: Vec<_> = options.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let builder = pki::builder(Role::Client, &options).unwrap();
    let [note] = builder.notes() else { panic!("{:?}", builder.notes()) };
    assert_eq!(note.severity, Severity::Note);
    assert!(note.text.contains("FOO") && note.text.contains("ssl_cipher"), "{}", note.text);
    let client = Context::new(&builder).unwrap();
    let (mut client, mut server) = link(&client, &pki::server_as("server", &[]), Schedule::Whole);
    run(&mut client, &mut server);
    assert_eq!(client.conn.cipher_name(), "ECDHE-ECDSA-CHACHA20-POLY1305");
    // T57: TLS 1.3 is not touched by it.
    let client = pki::client(&[("ssl_cipher", "ECDHE-ECDSA-CHACHA20-POLY1305")]);
    let (mut client, mut server) = link(&client, &pki::server_as("server", &[]), Schedule::Whole);
    run(&mut client, &mut server);
    assert_eq!(client.conn.agreed().unwrap().version, 0x0304);
}
