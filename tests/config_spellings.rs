//! The option names of other versions: `ssl`, `skip-ssl`, `ssl-verify-server-cert`, and what they
//! make of `ssl-mode` (D12).

mod support;

use support::{Host, Schedule, link, pki, run, wire};
use tlsql::{Builder, Code, Context, Outcome, Role, Severity};

/// Options in the order in which they are set, and the mode that comes of them with a CA.
const MODES: &[(&[(&str, &str)], &str)] = &[
    (&[], "VERIFY_CA"),
    // T43
    (&[(VERIFY, "ON")], "VERIFY_IDENTITY"),
    (&[(VERIFY, "1")], "VERIFY_IDENTITY"),
    (&[(VERIFY, "OFF")], "VERIFY_CA"),
    (&[(VERIFY, "ON"), (VERIFY, "OFF")], "VERIFY_CA"),
    (&[(VERIFY, "ON"), ("skip-ssl-verify-server-cert", "")], "VERIFY_CA"),
    (&[(VERIFY, "OFF"), (VERIFY, "ON")], "VERIFY_IDENTITY"),
    (&[(MODE, "VERIFY_IDENTITY"), (VERIFY, "OFF")], "VERIFY_IDENTITY"),
    (&[(VERIFY, "OFF"), (MODE, "VERIFY_IDENTITY")], "VERIFY_IDENTITY"),
    (&[(MODE, "VERIFY_IDENTITY"), (VERIFY, "ON"), (VERIFY, "OFF")], "VERIFY_IDENTITY"),
    // T44
    (&[("ssl", "ON")], "VERIFY_CA"),
    (&[("enable-ssl", "")], "VERIFY_CA"),
    (&[("ssl", "1"), (MODE, "PREFERRED")], "PREFERRED"),
    (&[(MODE, "PREFERRED"), ("ssl", "1")], "PREFERRED"),
    (&[(MODE, "DISABLED"), ("ssl", "1")], "DISABLED"),
    (&[(MODE, "REQUIRED"), ("ssl", "1")], "REQUIRED"),
    (&[(MODE, "VERIFY_IDENTITY"), ("ssl", "1")], "VERIFY_IDENTITY"),
    (&[("ssl", "1"), (VERIFY, "ON")], "VERIFY_IDENTITY"),
    // Off, unless that would lower what was asked for.
    (&[("ssl", "OFF")], "DISABLED"),
    (&[("skip-ssl", "")], "DISABLED"),
    (&[("skip_ssl", "1")], "DISABLED"),
    (&[("disable-ssl", "")], "DISABLED"),
    (&[("ssl", "ON"), ("skip-ssl", "")], "DISABLED"),
    (&[("skip-ssl", ""), ("ssl", "ON")], "VERIFY_CA"),
    (&[("skip-ssl", ""), (VERIFY, "OFF")], "DISABLED"),
    (&[("skip-ssl", ""), (VERIFY, "ON")], "VERIFY_IDENTITY"),
    (&[(VERIFY, "ON"), ("skip-ssl", "")], "VERIFY_IDENTITY"),
    (&[(VERIFY, "ON"), (VERIFY, "OFF"), ("skip-ssl", "")], "VERIFY_CA"),
    (&[(MODE, "PREFERRED"), ("skip-ssl", "")], "PREFERRED"),
    (&[(MODE, "REQUIRED"), ("skip-ssl", "")], "REQUIRED"),
    (&[("skip-ssl", ""), (MODE, "REQUIRED")], "REQUIRED"),
    (&[(MODE, "VERIFY_CA"), ("skip-ssl", "")], "VERIFY_CA"),
    (&[(MODE, "VERIFY_IDENTITY"), ("disable-ssl", "")], "VERIFY_IDENTITY"),
    (&[(MODE, "DISABLED"), (VERIFY, "ON"), (VERIFY, "OFF")], "DISABLED"),
];

const MODE: &str = "ssl-mode";
const VERIFY: &str = "ssl-verify-server-cert";

#[test]
fn what_the_spellings_make_of_the_mode() {
    for (options, expected) in MODES {
        let mut builder = Builder::new(Role::Client);
        builder.add_ca(&pki::read("ca.pem")).unwrap();
        for (name, value) in *options {
            builder.set(name, value).unwrap();
        }
        let client = Context::new(&builder).unwrap();
        assert_eq!(client.value("ssl_mode").as_deref(), Some(*expected), "{options:?}");
        assert_eq!(client.has_tls(), *expected != "DISABLED", "{options:?}");
    }
}

#[test]
fn without_a_ca_they_do_what_the_mode_does() {
    for (options, expected) in [
        (&[("ssl", "ON")][..], "REQUIRED"),
        (&[("ssl", "OFF")], "DISABLED"),
        (&[(VERIFY, "OFF")], "PREFERRED"),
    ] {
        assert_eq!(pki::client(options).value("ssl_mode").as_deref(), Some(expected));
    }
    for options in [&[(VERIFY, "ON")][..], &[(VERIFY, "ON"), (VERIFY, "OFF")]] {
        let error = pki::try_context(Role::Client, options).unwrap_err();
        assert_eq!((error.code, error.mysql_errno()), (Code::NoCa, 2026), "{options:?}");
    }
}

#[test]
fn a_check_that_a_mode_excludes_is_an_error() {
    for mode in ["DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA"] {
        for options in [[(MODE, mode), (VERIFY, "ON")], [(VERIFY, "ON"), (MODE, mode)]] {
            let mut builder = Builder::new(Role::Client);
            builder.add_ca(&pki::read("ca.pem")).unwrap();
            options.iter().for_each(|(name, value)| builder.set(name, value).unwrap());
            let error = Context::new(&builder).unwrap_err();
            assert_eq!(error.code, Code::OptionValue);
            for words in ["ssl_verify_server_cert", mode] {
                assert!(error.message().contains(words), "{error}");
            }
        }
    }
}

#[test]
fn what_has_no_effect_is_told() {
    for (options, expected) in [
        (
            &[(MODE, "PREFERRED"), ("ssl", "1")][..],
            &["ssl: ON has no effect beside ssl_mode=PREFERRED"][..],
        ),
        (
            &[("skip-ssl", ""), (MODE, "REQUIRED")],
            &["ssl: OFF has no effect beside ssl_mode=REQUIRED"],
        ),
        (&[(MODE, "REQUIRED"), ("ssl", "1")], &[]),
        (&[(MODE, "DISABLED"), ("ssl", "0")], &[]),
        (
            &[(VERIFY, "0"), (MODE, "VERIFY_IDENTITY")],
            &["ssl_verify_server_cert: OFF has no effect beside ssl_mode=VERIFY_IDENTITY"],
        ),
        (&[(VERIFY, "1"), (MODE, "VERIFY_IDENTITY")], &[]),
        (
            &[("skip-ssl", ""), (VERIFY, "1")],
            &["ssl: OFF has no effect beside ssl_verify_server_cert"],
        ),
        (&[(VERIFY, "0"), ("ssl", "1")], &[]),
        (
            &[("ssl_cipher", "DEFAULT@SECLEVEL=1"), ("tlsql_security_level", "2")],
            &["ssl_cipher: @SECLEVEL has no effect beside tlsql_security_level=2"],
        ),
        (&[("ssl_cipher", "DEFAULT@SECLEVEL=1"), ("tlsql_security_level", "1")], &[]),
    ] {
        let mut builder = Builder::new(Role::Client);
        options.iter().for_each(|(name, value)| builder.set(name, value).unwrap());
        let notes: Vec<_> = builder.notes().iter().map(|note| note.text.as_str()).collect();
        assert_eq!(notes, expected, "{options:?}");
        assert!(builder.notes().iter().all(|note| note.severity == Severity::Warning));
    }
}

#[test]
fn nothing_lowers_a_mode_that_was_set() {
    // T127, with everything that 5.7 and 8.0 could set beside it.
    let crl = pki::path("crl.pem");
    let beside = [
        ("tls_version", "TLSv1.2"),
        ("ssl_crl", crl.as_str()),
        ("ssl_cipher", "DEFAULT@SECLEVEL=0"),
        ("tls_ciphersuites", ""),
        ("ssl", "0"),
        ("skip-ssl", ""),
        ("disable-ssl", ""),
        (VERIFY, "0"),
        ("skip-ssl-verify-server-cert", ""),
        ("tls_sni_servername", "other.example.test"),
        ("tlsql_profile", "mariadb"),
        ("tlsql_security_level", "0"),
    ];
    for mode in ["REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"] {
        for (name, value) in beside {
            for options in [[(MODE, mode), (name, value)], [(name, value), (MODE, mode)]] {
                let mut builder = pki::builder(Role::Client, &options).unwrap();
                builder.add_ca(&pki::read("ca.pem")).unwrap();
                let client = Context::new(&builder).unwrap();
                assert_eq!(client.value("ssl_mode").as_deref(), Some(mode), "{options:?}");
                let mut host = Host::new(&client, Schedule::Whole);
                host.deliver(&wire::packet(0, &wire::greeting(wire::MYSQL57_OFF)));
                assert_eq!(host.failure().code, Code::NoTlsOffered, "{options:?}");
                assert!(host.take_sent().is_empty());
            }
        }
    }
}

#[test]
fn off_means_clear_text_and_no_files() {
    for (name, value) in [("ssl", "OFF"), ("skip-ssl", ""), ("disable_ssl", "ON")] {
        let options = [(name, value), ("ssl_ca", "/nonexistent"), ("ssl_cert", "/nonexistent")];
        let client = pki::client(&options);
        let server = pki::server_as("server", &[]);
        let (mut client, mut server) = link(&client, &server, Schedule::Whole);
        run(&mut client, &mut server);
        assert_eq!(client.conn.outcome(), Outcome::PlainDisabled);
        assert!(!pki::server(&options).has_tls());
    }
}

#[test]
fn a_name_that_turns_a_switch_takes_no_other_value() {
    for value in ["0", "OFF", "yes", " "] {
        let error = Builder::new(Role::Client).set("skip-ssl", value).unwrap_err();
        assert_eq!(error.code, Code::OptionValue, "{value:?}");
        assert!(error.message().contains("skip-ssl"), "{error}");
    }
    for name in ["skip-ssl-ca", "skip-ssl-mode", "skip-tlsql-strict", "skip", "loose-ssl"] {
        let error = Builder::new(Role::Client).set(name, "").unwrap_err();
        assert_eq!(error.code, Code::OptionName, "{name}");
    }
    let mut server = Builder::new(Role::Server);
    server.set("enable-require-secure-transport", "").unwrap();
    assert_eq!(server.get("require_secure_transport").unwrap(), "ON");
    server.set("skip-require-secure-transport", "").unwrap();
    assert_eq!(server.get("require_secure_transport").unwrap(), "OFF");
}

#[test]
fn a_servers_sessions_can_be_set_and_a_clients_not_be_read() {
    for (name, value, mode, timeout) in [
        ("ssl_session_cache_mode", "ON", "ON", "300"),
        ("ssl_session_cache_mode", "OFF", "OFF", "300"),
        ("skip-ssl-session-cache-mode", "", "OFF", "300"),
        ("ssl_session_cache_timeout", "60", "ON", "60"),
    ] {
        let mut builder = Builder::new(Role::Server);
        builder.set(name, value).unwrap();
        assert_eq!(builder.notes().len(), 0, "{name}");
        assert_eq!(builder.get("ssl_session_cache_mode").unwrap(), mode);
        assert_eq!(builder.get("ssl_session_cache_timeout").unwrap(), timeout);
    }
    let error = Builder::new(Role::Client).set("ssl-session-data", "session.pem").unwrap_err();
    assert!(error.message().contains("rustls writes no session down"), "{error}");
}
