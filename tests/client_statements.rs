//! The client's decisions, statement by statement (T22 to T44 and T127 of `docs/behaviour.md`).
//!
//! Each stream runs whole, byte by byte and cut by chance.

mod support;

use support::wire::{self, CLIENT_SSL, MARIADB, MYSQL57, MYSQL57_OFF, MYSQL97_OFF};
use support::{Host, SCHEDULES, Schedule, link, pki, run};
use tlsql::{Builder, Code, Context, Outcome, Role, event};

const MODES: [&str; 5] = ["DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"];

/// January 2027: the certificates in `tests/data` are valid then.
const KEPT_TIME: u64 = 1_800_000_000;

// The decision

#[test]
fn disabled_opens_no_file_and_sends_no_sslrequest() {
    // T22
    let options = [("ssl_mode", "DISABLED"), ("ssl_ca", "/nonexistent"), ("ssl_key", "/no")];
    for schedule in SCHEDULES {
        let host = Host::greeted(&pki::client(&options), schedule, MYSQL57);
        assert!(host.has(event::PLAIN) && host.sent.is_empty());
        assert_eq!(host.conn.outcome(), Outcome::PlainDisabled);
        assert_eq!(host.conn.sequence(), 1);
    }
    let mut builder = Builder::new(Role::Client);
    builder.set("ssl_ca", "/nonexistent").unwrap();
    builder.set("ssl_mode", "DISABLED").unwrap();
    assert!(Context::new(&builder).is_ok(), "no file is required either");
}

#[test]
fn preferred_goes_on_in_clear_where_the_server_has_no_tls() {
    // T23, T03, D14
    for capabilities in [MYSQL57_OFF, MYSQL97_OFF] {
        for schedule in SCHEDULES {
            let host = Host::greeted(&pki::client(&[]), schedule, capabilities);
            assert!(host.has(event::PLAIN) && host.sent.is_empty());
            assert_eq!(host.conn.outcome(), Outcome::PlainNoTls);
            assert!(!host.conn.is_secure());
        }
    }
}

#[test]
fn preferred_uses_tls_where_the_server_has_it() {
    // T24
    for schedule in SCHEDULES {
        let (mut client, mut server) = link(&pki::client(&[]), &good_server(), schedule);
        run(&mut client, &mut server);
        assert!(client.has(event::SECURED) && server.has(event::SECURED), "{schedule:?}");
        assert_eq!(client.conn.outcome(), Outcome::Tls);
        assert!(client.conn.is_secure());
        assert_eq!(client.conn.verified(), 0, "without a CA nothing is verified");
    }
}

#[test]
fn preferred_does_not_fall_back_when_the_versions_differ() {
    // T25, D14
    let server = pki::server_as("server", &[("tls_version", "TLSv1.2")]);
    let client = pki::client(&[("tls_version", "TLSv1.3")]);
    for schedule in SCHEDULES {
        let (mut client, mut server) = link(&client, &server, schedule);
        run(&mut client, &mut server);
        assert_eq!(client.failure().mysql_errno(), 2026, "{schedule:?}");
        assert_eq!(server.failure().code, Code::Version);
        assert!(!client.has(event::PLAIN));
        let hellos = wire::records(&client.sent[36..]);
        let hellos = hellos.iter().filter(|(kind, _)| *kind == wire::HANDSHAKE).count();
        assert_eq!(hellos, 1, "no second try");
    }
}

#[test]
fn a_ca_is_used_in_every_mode_that_speaks_tls() {
    // T26, D1b
    for mode in &MODES[1..] {
        let client = pki::client(&[("ssl_mode", mode), ("ssl_ca", "other-ca.pem")]);
        for schedule in SCHEDULES {
            let (mut client, mut server) = link(&client, &good_server(), schedule);
            run(&mut client, &mut server);
            let error = client.failure();
            assert_eq!((error.code, error.mysql_errno()), (Code::CertUnknownCa, 2026), "{mode}");
            assert!(!client.has(event::SECURED | event::PLAIN));
            assert_eq!(server.failure().alert().unwrap().number, 48, "{mode} {schedule:?}");
        }
    }
}

#[test]
fn neither_our_certificate_nor_finished_leaves_before_the_chain_holds() {
    for version in ["TLSv1.2", "TLSv1.3"] {
        let options = [("ssl_ca", "other-ca.pem"), ("tls_version", version)];
        let (mut client, mut server) =
            link(&pki::client_as("client", &options), &good_server(), Schedule::Whole);
        run(&mut client, &mut server);
        assert_eq!(client.failure().code, Code::CertUnknownCa);
        let kinds: Vec<u8> = wire::records(&client.sent[36..]).iter().map(|r| r.0).collect();
        // TLS 1.3 may send a ChangeCipherSpec without meaning, and its alert is encrypted.
        let expected: &[&[u8]] = match version {
            "TLSv1.2" => &[&[22, 21]],
            _ => &[&[22, 20, 23], &[22, 20, 21], &[22, 21]],
        };
        assert!(expected.contains(&&kinds[..]), "{version}: {kinds:?}");
    }
}

#[test]
fn preferred_without_a_ca_takes_a_self_signed_server() {
    // T27
    let server = pki::server(&[
        ("ssl_cert", &pki::kept("keys/p256-cert.pem")),
        ("ssl_key", &pki::kept("keys/p256-sec1.pem")),
    ]);
    for mode in ["PREFERRED", "REQUIRED"] {
        for schedule in SCHEDULES {
            let client = pki::client(&[("ssl_mode", mode)]);
            let (mut client, mut server) = link(&client, &server, schedule);
            run(&mut client, &mut server);
            assert_eq!(client.conn.outcome(), Outcome::Tls, "{mode} {schedule:?}");
            assert_eq!(client.conn.verified(), 0);
        }
    }
}

#[test]
fn required_and_above_refuse_a_server_without_tls_and_send_nothing() {
    // T28
    for mode in &MODES[2..] {
        let client = pki::client(&[("ssl_mode", mode), ("ssl_ca", "ca.pem")]);
        for schedule in SCHEDULES {
            for capabilities in [MYSQL57_OFF, MYSQL97_OFF, MARIADB & !CLIENT_SSL] {
                let host = Host::greeted(&client, schedule, capabilities);
                let error = host.failure();
                assert_eq!((error.code, error.mysql_errno()), (Code::NoTlsOffered, 2026));
                let words = "SSL is required but the server doesn't support it";
                assert!(error.message().contains(words), "{error}");
                assert!(host.sent.is_empty() && !host.has(event::PLAIN), "{mode} {schedule:?}");
            }
        }
    }
}

#[test]
fn required_without_a_ca_takes_an_expired_certificate() {
    // T29
    let server = pki::server_as("expired", &[]);
    for schedule in SCHEDULES {
        let client = pki::client(&[("ssl_mode", "REQUIRED")]);
        let (mut client, mut server) = link(&client, &server, schedule);
        run(&mut client, &mut server);
        assert_eq!(client.conn.outcome(), Outcome::Tls, "{schedule:?}");
    }
}

#[test]
fn a_ca_file_that_is_not_there_is_an_error_when_files_are_loaded() {
    // T30, D1b
    for mode in &MODES[1..] {
        let mut builder = Builder::new(Role::Client);
        builder.set("ssl_mode", mode).unwrap();
        builder.set("ssl_ca", "/nonexistent/ca.pem").unwrap();
        let error = builder.load_files().unwrap_err();
        assert_eq!((error.code, error.mysql_errno()), (Code::File, 2026), "{mode}");
        assert!(error.message().contains("ssl_ca=/nonexistent/ca.pem"), "{error}");
        assert_eq!(error.details().unwrap().os_errno, 2, "ENOENT");
    }
}

#[test]
fn a_ca_without_a_mode_means_verify_ca() {
    // T32, D1: in every profile
    for profile in ["mysql57", "mysql8", "mariadb"] {
        let client = pki::client(&[("ssl_ca", "ca.pem"), ("tlsql_profile", profile)]);
        assert_eq!(client.value("ssl_mode").as_deref(), Some("VERIFY_CA"), "{profile}");
        for schedule in SCHEDULES {
            let wrong_name = pki::server_as("wrongname", &[]);
            let (mut host, mut server) = link(&client, &wrong_name, schedule);
            run(&mut host, &mut server);
            assert_eq!(host.conn.outcome(), Outcome::Tls, "the name is not checked");
            let host = Host::greeted(&client, schedule, MYSQL57_OFF);
            assert_eq!(host.failure().code, Code::NoTlsOffered, "{profile} {schedule:?}");
        }
    }
    // From memory just the same.
    let mut builder = Builder::new(Role::Client);
    builder.add_ca(&pki::read("ca.pem")).unwrap();
    assert_eq!(Context::new(&builder).unwrap().value("ssl_mode").as_deref(), Some("VERIFY_CA"));
}

#[test]
fn a_verifying_mode_without_a_ca_is_an_error_of_the_settings() {
    // T33, D4: system roots are never implied
    for mode in ["VERIFY_CA", "VERIFY_IDENTITY"] {
        let error = pki::try_context(Role::Client, &[("ssl_mode", mode)]).unwrap_err();
        assert_eq!((error.code, error.mysql_errno()), (Code::NoCa, 2026));
        let words = "CA certificate is required if ssl-mode is VERIFY_CA or VERIFY_IDENTITY";
        assert!(error.message().contains(words), "{error}");
    }
    // A revocation list is no CA.
    let options = [("ssl_mode", "VERIFY_CA"), ("ssl_crl", "crl.pem")];
    assert_eq!(pki::try_context(Role::Client, &options).unwrap_err().code, Code::NoCa);
}

#[test]
fn the_systems_roots_do_not_vouch_for_a_private_ca() {
    // D4: asked for by name they are loaded or refused, never left out silently.
    match pki::try_context(Role::Client, &[("ssl_ca", "system")]) {
        Err(error) => assert!(error.message().contains("ssl_ca=system"), "{error}"),
        Ok(client) => {
            let (mut client, mut server) = link(&client, &good_server(), Schedule::Whole);
            run(&mut client, &mut server);
            assert_eq!(client.failure().code, Code::CertUnknownCa);
        }
    }
}

#[test]
fn verify_ca_does_not_look_at_the_name_and_verify_identity_does() {
    // T35, T36
    for schedule in SCHEDULES {
        let server = pki::server_as("wrongname", &[]);
        let (mut host, mut peer) = link(&verifying("VERIFY_CA"), &server, schedule);
        run(&mut host, &mut peer);
        assert_eq!(host.conn.outcome(), Outcome::Tls, "{schedule:?}");

        let (mut host, mut peer) = link(&verifying("VERIFY_IDENTITY"), &server, schedule);
        run(&mut host, &mut peer);
        let error = host.failure();
        assert_eq!((error.code, error.mysql_errno()), (Code::CertName, 2026), "{schedule:?}");
        assert!(error.message().contains("localhost"), "what was wanted: {error}");
        assert!(error.message().contains("other.example.test"), "what was found: {error}");
        assert_eq!(peer.failure().alert().unwrap().number, 42, "bad_certificate");
    }
}

#[test]
fn verify_identity_takes_every_name_in_the_certificate() {
    for (fact, name) in [
        ("host", "localhost"),
        ("host", "LOCALHOST"),
        ("host", "db.example.test"),
        ("host", "127.0.0.1"),
        ("host", "::1"),
        ("verify_name", "db.example.test"),
    ] {
        let client = verifying("VERIFY_IDENTITY");
        let mut client = Host::new(&client, Schedule::Whole).with(fact, name);
        let mut server = Host::new(&good_server(), Schedule::Whole);
        run(&mut client, &mut server);
        assert_eq!(client.conn.outcome(), Outcome::Tls, "{fact}={name}");
    }
    for name in ["127.0.0.2", "::2", "example.test", "a.db.example.test", "localhost.test"] {
        let client = verifying("VERIFY_IDENTITY");
        let mut client = Host::new(&client, Schedule::Whole).with("host", name);
        let mut server = Host::new(&good_server(), Schedule::Whole);
        run(&mut client, &mut server);
        assert_eq!(client.failure().code, Code::CertName, "{name}");
    }
}

#[test]
fn verify_name_comes_before_the_host() {
    let client = verifying("VERIFY_IDENTITY");
    for (host, name, fits) in
        [("10.0.0.9", "localhost", true), ("localhost", "other.example.test", false)]
    {
        let mut client =
            Host::new(&client, Schedule::Whole).with("host", host).with("verify_name", name);
        let mut server = Host::new(&good_server(), Schedule::Whole);
        run(&mut client, &mut server);
        assert_eq!(client.conn.outcome() == Outcome::Tls, fits, "{name}");
    }
}

#[test]
fn on_a_local_transport_a_host_that_was_set_is_the_name() {
    for (host, fits) in [("other.example.test", true), ("localhost", false)] {
        let client = verifying("VERIFY_IDENTITY");
        let mut client =
            Host::new(&client, Schedule::Whole).with("transport", "unix").with("host", host);
        let mut server = Host::new(&pki::server_as("wrongname", &[]), Schedule::Whole);
        run(&mut client, &mut server);
        assert_eq!(client.conn.outcome() == Outcome::Tls, fits, "{host}");
    }
}

#[test]
fn verify_identity_without_any_name_is_refused_before_anything_is_sent() {
    let host = Host::greeted(&verifying("VERIFY_IDENTITY"), Schedule::Whole, MYSQL57);
    assert_eq!((host.failure().code, host.failure().mysql_errno()), (Code::NoName, 2026));
    assert!(host.sent.is_empty());
}

#[test]
fn certificates_as_mysql_makes_them_pass_verify_ca_only() {
    // T37
    let server = pki::server(&[
        ("ssl_cert", &pki::kept("mysql-auto/server-cert.pem")),
        ("ssl_key", &pki::kept("mysql-auto/server-key.pem")),
    ]);
    for (mode, code) in [("VERIFY_CA", None), ("VERIFY_IDENTITY", Some(Code::CertName))] {
        let ca = pki::kept("mysql-auto/ca.pem");
        let options = [("ssl_mode", mode), ("ssl_ca", ca.as_str())];
        let mut builder = pki::builder(Role::Client, &options).unwrap();
        builder.set_clock(KEPT_TIME);
        let client = Context::new(&builder).unwrap();
        for schedule in SCHEDULES {
            let (mut client, mut server) = link(&client, &server, schedule);
            run(&mut client, &mut server);
            assert_eq!(client.error.as_ref().map(|e| e.code), code, "{mode} {schedule:?}");
            assert_eq!(client.has(event::SECURED), code.is_none());
        }
    }
}

// Local transports

#[test]
fn preferred_on_a_local_transport_is_clear_text() {
    // T38, D15: a named pipe is local, but does not count as secure.
    for (transport, secure) in [("unix", true), ("shared-memory", true), ("named-pipe", false)] {
        for schedule in SCHEDULES {
            let client = pki::client(&[]);
            let mut host = Host::new(&client, schedule).with("transport", transport);
            host.deliver(&wire::packet(0, &wire::greeting(MYSQL57)));
            assert!(host.has(event::PLAIN) && host.sent.is_empty(), "{transport}");
            assert_eq!(host.conn.outcome(), Outcome::PlainLocal);
            assert_eq!(host.conn.is_secure(), secure, "{transport}");
        }
    }
}

#[test]
fn required_uses_tls_on_a_local_transport_too() {
    // T39
    for transport in ["unix", "shared-memory", "named-pipe"] {
        for schedule in SCHEDULES {
            let client = pki::client(&[("ssl_mode", "REQUIRED")]);
            let mut client = Host::new(&client, schedule).with("transport", transport);
            let mut server = Host::new(&good_server(), schedule).with("transport", transport);
            run(&mut client, &mut server);
            assert_eq!(client.conn.outcome(), Outcome::Tls, "{transport} {schedule:?}");
            assert!(client.conn.is_secure() && server.conn.is_secure());
        }
    }
}

#[test]
fn verify_identity_on_a_unix_socket_wants_localhost() {
    // T40
    for (name, code) in [("server", None), ("wrongname", Some(Code::CertName))] {
        let server = pki::server_as(name, &[]);
        for schedule in SCHEDULES {
            let client = verifying("VERIFY_IDENTITY");
            let mut client = Host::new(&client, schedule).with("transport", "unix");
            let mut server = Host::new(&server, schedule);
            run(&mut client, &mut server);
            assert_eq!(client.error.as_ref().map(|e| e.code), code, "{name} {schedule:?}");
        }
    }
}

// Names of modes

#[test]
fn modes_are_read_in_any_case_and_only_in_full() {
    // T41, T42, T128
    for value in ["required", "Verify_Identity", "DISABLED", "pREFERRED"] {
        let mut builder = Builder::new(Role::Client);
        builder.set("ssl-mode", value).unwrap();
    }
    for value in ["3", "VERIFY", "0", "6", "99", "", "REQ", " REQUIRED", "REQUIRED ", "-1"] {
        let mut builder = Builder::new(Role::Client);
        builder.set("ssl_mode", "VERIFY_CA").unwrap();
        let error = builder.set("ssl-mode", value).unwrap_err();
        assert_eq!(error.code, Code::OptionValue, "{value:?}");
        assert!(error.message().contains("ssl_mode"), "{error}");
        assert_eq!(builder.get("ssl-mode").unwrap(), "VERIFY_CA", "the builder is unchanged");
    }
}

#[test]
fn no_other_option_lowers_a_mode_that_was_set() {
    // T127
    for mode in ["REQUIRED", "VERIFY_IDENTITY"] {
        for (name, value) in [
            ("tls_version", "TLSv1.2"),
            ("ssl_crl", "crl.pem"),
            ("ssl_cipher", "ECDHE-RSA-AES128-GCM-SHA256"),
            ("ssl_cert", "both.pem"),
            ("tlsql_profile", "mariadb"),
        ] {
            for order in [false, true] {
                let mut options = vec![("ssl_mode", mode), ("ssl_ca", "ca.pem"), (name, value)];
                if order {
                    options.reverse();
                }
                let client = pki::client(&options);
                assert_eq!(client.value("ssl_mode").as_deref(), Some(mode), "{name}");
                for schedule in SCHEDULES {
                    let host = Host::greeted(&client, schedule, MYSQL57_OFF);
                    assert_eq!(host.failure().code, Code::NoTlsOffered, "{mode} {name}");
                    assert!(host.sent.is_empty());
                }
            }
        }
    }
    // Nor does a CA raise or lower one.
    for mode in ["DISABLED", "PREFERRED", "REQUIRED"] {
        let client = pki::client(&[("ssl_mode", mode), ("ssl_ca", "ca.pem")]);
        assert_eq!(client.value("ssl_mode").as_deref(), Some(mode));
    }
}

#[test]
fn a_fault_in_the_settings_is_an_error_and_not_clear_text() {
    // D5
    for (name, value) in
        [("ssl_cert", "ca-key.pem"), ("ssl_ca", "ca-key.pem"), ("ssl_crl", "ca.pem")]
    {
        for role in [Role::Client, Role::Server] {
            assert!(pki::try_context(role, &[(name, value)]).is_err(), "{role:?} {name}");
        }
    }
}

#[test]
fn facts_are_taken_until_the_first_step_only() {
    let mut host = Host::new(&pki::client(&[]), Schedule::Whole);
    for (name, value) in [
        ("host", ""),
        ("host", "a\0b"),
        ("host", ".example.test"),
        ("port", "65536"),
        ("port", "x"),
        ("transport", "carrier-pigeon"),
        ("verify_name", ""),
        ("verify_name", ".example.test"),
        ("sni", "not a name"),
    ] {
        assert_eq!(host.conn.set(name, value).unwrap_err().code, Code::OptionValue, "{name}");
    }
    assert_eq!(host.conn.set("user", "root").unwrap_err().code, Code::OptionName);
    host.conn.set("verify-name", "localhost").unwrap();
    host.conn.set("port", "3306").unwrap();
    host.settle();
    assert_eq!(host.conn.set("host", "localhost").unwrap_err().code, Code::State);
}

/// A server with the good certificate.
fn good_server() -> Context {
    pki::server_as("server", &[])
}

fn verifying(mode: &str) -> Context {
    pki::client(&[("ssl_mode", mode), ("ssl_ca", "ca.pem")])
}
