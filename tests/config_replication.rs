//! The names that replication, Group Replication and the clone plugin have for a client's options,
//! and the mode that they come to.

mod support;

use support::pki;
use tlsql::{Builder, Code, Context, Error, Note, Role, Severity};

/// Replicas of both spellings, and distributed recovery: their prefix, and the switch for TLS.
const REPLICAS: [(&str, &str); 3] = [
    ("MASTER_", "MASTER_SSL"),
    ("SOURCE_", "SOURCE_SSL"),
    ("group_replication_recovery_", "group_replication_recovery_use_ssl"),
];

#[test]
fn the_mode_is_the_one_that_mysql_would_use() {
    for (prefix, ssl) in REPLICAS {
        let ca = format!("{prefix}ssl_ca");
        let capath = format!("{prefix}ssl_capath");
        let verify = format!("{prefix}ssl_verify_server_cert");
        let dir = pki::dir().to_str().unwrap();
        let on = (ssl, "1");
        for (options, mode) in [
            (&[(ssl, "0")][..], "DISABLED"),
            (&[on], "REQUIRED"),
            (&[on, (&verify, "0")], "REQUIRED"),
            (&[on, (&ca, "ca.pem")], "VERIFY_CA"),
            (&[on, (&capath, dir)], "VERIFY_CA"),
            (&[on, (&ca, "ca.pem"), (&verify, "0")], "VERIFY_CA"),
            (&[on, (&ca, "ca.pem"), (&verify, "1")], "VERIFY_IDENTITY"),
            (&[(&verify, "1"), (&ca, "ca.pem"), on], "VERIFY_IDENTITY"),
            (&[(ssl, "0"), (&ca, "ca.pem"), (&verify, "1")], "DISABLED"),
            (&[(&ca, "ca.pem"), (&verify, "1")], "DISABLED"),
            (&[on, (ssl, "0")], "DISABLED"),
            (&[(ssl, "0"), (ssl, "ON")], "REQUIRED"),
        ] {
            assert_eq!(mode_of(options), mode, "{options:?}");
        }
        assert_eq!(failure(&[on, (&verify, "1")]).code, Code::NoCa, "nothing to verify with");
    }
}

#[test]
fn names_are_taken_in_any_case_and_with_either_dash() {
    for name in ["MASTER_SSL", "master_ssl", "Master-SSL", "source_ssl", "SOURCE-ssl"] {
        assert_eq!(mode_of(&[(name, "1")]), "REQUIRED", "{name}");
    }
    let recovery = ["GROUP_REPLICATION_RECOVERY_USE_SSL", "group-replication-recovery-use-ssl"];
    for name in recovery {
        assert_eq!(mode_of(&[(name, "ON")]), "REQUIRED", "{name}");
    }
}

#[test]
fn certificates_lists_and_versions_are_a_clients() {
    for (prefix, ssl) in REPLICAS {
        for (name, value, option) in [
            ("ssl_ca", "ca.pem", "ssl_ca"),
            ("ssl_capath", ".", "ssl_capath"),
            ("ssl_cert", "client-cert.pem", "ssl_cert"),
            ("ssl_key", "client-key.pem", "ssl_key"),
            ("ssl_cipher", "ECDHE-RSA-AES128-GCM-SHA256", "ssl_cipher"),
            ("ssl_crl", "crl.pem", "ssl_crl"),
            ("ssl_crlpath", ".", "ssl_crlpath"),
            ("tls_version", "TLSv1.3", "tls_version"),
            ("tls_ciphersuites", "TLS_AES_128_GCM_SHA256", "tls_ciphersuites"),
        ] {
            let mut builder = Builder::new(Role::Client);
            let name = [prefix, name].concat();
            builder.set(ssl, "1").unwrap();
            builder.set(&name, value).unwrap();
            assert_eq!(builder.get(&name).unwrap(), value);
            assert_eq!(builder.get(option).unwrap(), value, "{name} is {option}");
            builder.unset(&name.to_ascii_uppercase()).unwrap();
            assert_eq!(
                builder.get(option).unwrap(),
                Builder::new(Role::Client).get(option).unwrap()
            );
            assert_eq!((builder.get(ssl).unwrap(), builder.get(&name).is_ok()), ("1", true));
        }
    }
    let replica = [
        ("SOURCE_SSL", "1"),
        ("SOURCE_SSL_CA", "ca.pem"),
        ("SOURCE_SSL_CERT", "client-cert.pem"),
        ("SOURCE_SSL_KEY", "client-key.pem"),
        ("SOURCE_SSL_CRL", "crl.pem"),
        ("SOURCE_TLS_VERSION", "TLSv1.2"),
    ];
    let context = made(&replica).unwrap();
    assert_eq!(context.value("tls_version").as_deref(), Some("TLSv1.2"));
    assert!(context.value("ssl_cert").unwrap().ends_with("client-cert.pem"));
}

#[test]
fn group_communication_has_a_mode_and_the_servers_certificates() {
    for (mode, with_ca) in
        [("DISABLED", false), ("REQUIRED", false), ("VERIFY_CA", true), ("verify_identity", true)]
    {
        let mode_option = ("group_replication_ssl_mode", mode);
        let options = [mode_option, ("ssl_ca", "ca.pem"), ("ssl_cert", "client-cert.pem")];
        let key = [("ssl_key", "client-key.pem")];
        let expected = mode.to_ascii_uppercase();
        assert_eq!(mode_of(&[&options[..], &key].concat()), expected);
        match with_ca {
            true => assert_eq!(failure(&[mode_option]).code, Code::NoCa),
            false => assert_eq!(mode_of(&[mode_option]), expected),
        }
    }
    let error = refused("group_replication_ssl_mode", "PREFERRED");
    assert_eq!(error.code, Code::OptionValue);
    assert!(error.message().contains("DISABLED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY"), "{error}");
}

#[test]
fn the_clone_plugin_has_certificates_and_no_mode() {
    assert_eq!(mode_of(&[("clone_ssl_ca", "ca.pem")]), "VERIFY_CA", "D1");
    let pair = [("clone_ssl_cert", "client-cert.pem"), ("CLONE_SSL_KEY", "client-key.pem")];
    assert_eq!(mode_of(&pair), "PREFERRED");
    assert_eq!(refused("clone_ssl_crl", "x").code, Code::OptionName);
    assert_eq!(refused("clone_ssl", "1").code, Code::OptionName);
}

#[test]
fn names_of_two_kinds_do_not_go_together() {
    let kinds = [
        ("MASTER_SSL", "1"),
        ("SOURCE_SSL", "1"),
        ("group_replication_recovery_use_ssl", "1"),
        ("group_replication_ssl_mode", "REQUIRED"),
        ("clone_ssl_ca", "ca.pem"),
    ];
    for first in kinds {
        for second in kinds.iter().filter(|kind| kind.0 != first.0) {
            let error = failure(&[first, *second]);
            assert_eq!(error.code, Code::OptionValue, "{first:?} {second:?}");
            assert_eq!(option_of(&error), second.0);
            assert!(error.message().contains(first.0), "{error}");
        }
        for second in [
            ("ssl_mode", "REQUIRED"),
            ("ssl_mode", "DISABLED"),
            ("ssl", "1"),
            ("ssl_verify_server_cert", "0"),
        ] {
            for options in [[first, second], [second, first]] {
                let error = failure(&options);
                assert_eq!(error.code, Code::OptionValue, "{options:?}");
                assert_eq!(option_of(&error), second.0);
                assert!(error.message().contains(first.0), "{error}");
            }
        }
    }
    assert_eq!(
        failure(&[("MASTER_SSL", "1"), ("SOURCE_SSL_CA", "ca.pem")]).code,
        Code::OptionValue
    );
}

#[test]
fn what_is_taken_back_counts_no_more() {
    let mut builder = Builder::new(Role::Client);
    builder.set("MASTER_SSL", "1").unwrap();
    builder.set("MASTER_SSL_VERIFY_SERVER_CERT", "1").unwrap();
    builder.unset("master_ssl_verify_server_cert").unwrap();
    assert_eq!(Context::new(&builder).unwrap().value("ssl_mode").as_deref(), Some("REQUIRED"));
    builder.unset("MASTER_SSL").unwrap();
    builder.set("ssl_mode", "REQUIRED").unwrap();
    assert_eq!(Context::new(&builder).unwrap().value("ssl_mode").as_deref(), Some("REQUIRED"));
    builder.set("MASTER_TLS_VERSION", "TLSv1.2").unwrap();
    builder.unset("tls_version").unwrap();
    assert_eq!(
        Context::new(&builder).unwrap().value("tls_version").as_deref(),
        Some("TLSv1.2,TLSv1.3")
    );
}

#[test]
fn a_switch_that_is_off_says_what_it_makes_idle() {
    for (options, switch, says) in [
        (&[("MASTER_SSL_CA", "ca.pem")][..], "MASTER_SSL", "off by default"),
        (
            &[("SOURCE_SSL", "0"), ("SOURCE_SSL_VERIFY_SERVER_CERT", "1")],
            "SOURCE_SSL",
            "it is off,",
        ),
        (
            &[("group_replication_recovery_ssl_cert", "client-cert.pem")],
            "group_replication_recovery_use_ssl",
            "off by default",
        ),
    ] {
        let notes = notes(options);
        let note = notes.iter().find(|note| note.option == switch).expect("a note");
        assert_eq!(note.severity, Severity::Warning);
        assert!(note.text.contains(says) && note.text.contains("clear text"), "{}", note.text);
    }
    assert!(notes(&[("MASTER_SSL", "0")]).is_empty(), "nothing is idle");
    assert!(notes(&[("MASTER_SSL", "1"), ("MASTER_SSL_CA", "ca.pem")]).is_empty());
    let beside = notes(&[("MASTER_SSL_CA", "ca.pem")]);
    assert!(beside.iter().any(|note| note.text.contains("MASTER_SSL=0")), "{beside:?}");
}

#[test]
fn nothing_is_opened_where_the_switch_is_off() {
    // T22
    let options = [("MASTER_SSL", "0"), ("MASTER_SSL_CA", "/nonexistent")];
    assert_eq!(mode_of(&options), "DISABLED");
    let error = failure(&[("MASTER_SSL", "1"), ("MASTER_SSL_CA", "/nonexistent")]);
    assert_eq!(error.code, Code::File);
}

#[test]
fn what_is_not_taken_is_named_as_it_is_written_there() {
    for (name, value, code, option, says) in [
        ("master_ssl", "2", Code::OptionValue, "MASTER_SSL", "neither ON nor OFF"),
        ("MASTER_SSL_CA", "", Code::OptionValue, "MASTER_SSL_CA", "empty"),
        ("MASTER_TLS_VERSION", "TLSv1.1", Code::NoVersion, "MASTER_TLS_VERSION", ""),
        ("Source_SSL_Cipher", "FOO", Code::NoCipher, "SOURCE_SSL_CIPHER", "FOO"),
        ("MASTER_SSL", "1\0", Code::OptionValue, "MASTER_SSL", "NUL"),
        ("MASTER_HOST", "db", Code::OptionName, "MASTER_HOST", "no such option"),
        ("skip-master-ssl", "", Code::OptionName, "skip-master-ssl", "no such option"),
        ("GET_SOURCE_PUBLIC_KEY", "1", Code::OptionName, "GET_SOURCE_PUBLIC_KEY", "RSA"),
        ("MASTER_PUBLIC_KEY_PATH", "x", Code::OptionName, "MASTER_PUBLIC_KEY_PATH", "RSA"),
    ] {
        let error = refused(name, value);
        assert_eq!((error.code, option_of(&error)), (code, option), "{error}");
        assert!(error.message().contains(says), "{error}");
    }
    let error = Builder::new(Role::Server).set("MASTER_SSL", "1").unwrap_err();
    assert_eq!(error.code, Code::OptionName);
    assert!(error.message().contains("only a client"), "{error}");
}

fn made(options: &[(&str, &str)]) -> Result<Context, Error> {
    pki::try_context(Role::Client, options)
}

fn mode_of(options: &[(&str, &str)]) -> String {
    let context = made(options).unwrap_or_else(|error| panic!("{options:?}: {error}"));
    context.value("ssl_mode").unwrap()
}

fn failure(options: &[(&str, &str)]) -> Error {
    made(options).expect_err("an error")
}

fn refused(name: &str, value: &str) -> Error {
    Builder::new(Role::Client).set(name, value).expect_err("an error")
}

fn notes(options: &[(&str, &str)]) -> Vec<Note> {
    pki::builder(Role::Client, options).unwrap().notes().to_vec()
}

fn option_of(error: &Error) -> &str {
    error.details().and_then(|details| details.option.as_deref()).unwrap_or_default()
}
