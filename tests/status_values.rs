//! The status variables: all that MySQL has, in its order, with what its servers print.

mod support;

use serde_json::Value;
use support::wire;
use support::{Host, Schedule, link, pki, run};
use tlsql::{Builder, Context, Phase, Role, STATUS_NAMES};

/// MySQL 8's names, in the order of SHOW STATUS, and our own.
const NAMES: [&str; 39] = [
    "Current_tls_ca",
    "Current_tls_capath",
    "Current_tls_cert",
    "Current_tls_cipher",
    "Current_tls_ciphersuites",
    "Current_tls_crl",
    "Current_tls_crlpath",
    "Current_tls_key",
    "Current_tls_version",
    "Ssl_accept_renegotiates",
    "Ssl_accepts",
    "Ssl_callback_cache_hits",
    "Ssl_cipher",
    "Ssl_cipher_list",
    "Ssl_client_connects",
    "Ssl_connect_renegotiates",
    "Ssl_ctx_verify_depth",
    "Ssl_ctx_verify_mode",
    "Ssl_default_timeout",
    "Ssl_finished_accepts",
    "Ssl_finished_connects",
    "Ssl_server_not_after",
    "Ssl_server_not_before",
    "Ssl_session_cache_hits",
    "Ssl_session_cache_misses",
    "Ssl_session_cache_mode",
    "Ssl_session_cache_overflows",
    "Ssl_session_cache_size",
    "Ssl_session_cache_timeout",
    "Ssl_session_cache_timeouts",
    "Ssl_sessions_reused",
    "Ssl_used_session_cache_entries",
    "Ssl_verify_depth",
    "Ssl_verify_mode",
    "Ssl_version",
    "Tlsql_days_left",
    "Tlsql_policy_digest",
    "Tlsql_verified_from",
    "Tlsql_verified_until",
];

/// The servers of the recording, and the profile that goes by each.
const SERVERS: [(&str, &str); 4] =
    [("5.7.29", "mysql57"), ("9.7.4", "mysql8"), ("10.11", "mariadb"), ("11.8.6", "mariadb")];

/// Values that ours have otherwise, and why.
const DIFFERENCES: &[(&str, &str)] = &[
    ("Ssl_accepts", "a counter"),
    ("Ssl_finished_accepts", "a counter"),
    ("Ssl_cipher", "the client's choice"),
    ("Ssl_cipher_list", "suites that are not spoken"),
    ("Ssl_version", "the client's choice"),
    ("Ssl_server_not_after", "another certificate"),
    ("Ssl_server_not_before", "another certificate"),
    ("Ssl_session_cache_hits", "a counter"),
    ("Ssl_session_cache_misses", "a counter"),
    ("Ssl_used_session_cache_entries", "sessions of TLS 1.3 are in tickets only"),
];

#[test]
fn the_names_are_mysqls_in_its_order() {
    assert_eq!(STATUS_NAMES, NAMES);
    let recorded = recorded();
    for (server, _) in SERVERS {
        let names = names(&recorded[server]["tls"]);
        // Variables of MySQL 8.0.16, 8.0.29 and ours.
        let has = |name: &&&str| {
            !name.starts_with("Current_")
                && !name.starts_with("Tlsql_")
                && (server == "9.7.4" || **name != "Ssl_session_cache_timeout")
        };
        let ours: Vec<_> = NAMES.iter().filter(has).copied().collect();
        assert_eq!(names, ours, "{server}");
    }
}

#[test]
fn sessions_have_what_the_servers_of_the_profile_print() {
    // T123, T124, T125
    let recorded = recorded();
    let (mut matched, mut listed) = (0, 0);
    for (server, profile) in SERVERS {
        let context = server_of(profile);
        for (kind, host) in [("tls", tls(&context)), ("plain", plain(&context))] {
            for pair in recorded[server][kind].as_array().unwrap() {
                let (name, printed) = (pair[0].as_str().unwrap(), pair[1].as_str().unwrap());
                let ours = host.conn.status(name).unwrap();
                if ours == printed {
                    matched += 1;
                    continue;
                }
                // What is empty there is empty here, and the other way round.
                assert_eq!(ours.is_empty(), printed.is_empty(), "{server} {kind} {name}");
                let is_listed = DIFFERENCES.iter().any(|(listed, _)| *listed == name);
                assert!(is_listed, "{server} {kind} {name}: {ours:?}, not {printed:?}");
                listed += 1;
            }
        }
    }
    println!("status values: matched {matched} of {}, listed {listed}", matched + listed);
    assert_eq!(matched + listed, 3 * 25 + 26 + 4 * 7);
    assert!(matched > 85, "{matched}");
}

#[test]
fn a_session_tells_of_its_tls_and_one_without_of_none() {
    // T123
    for (_, profile) in SERVERS {
        let context = server_of(profile);
        let (secured, plain) = (tls(&context), plain(&context));
        let values = |host: &Host| {
            ["Ssl_cipher", "Ssl_version", "Ssl_verify_mode", "Ssl_default_timeout"]
                .map(|name| host.conn.status(name).unwrap())
        };
        // The suite that the profile's server prefers, or the client.
        let bits = if profile == "mysql8" { "128_GCM_SHA256" } else { "256_GCM_SHA384" };
        let suite = format!("TLS_AES_{bits}");
        assert_eq!(values(&secured), [suite.as_str(), "TLSv1.3", "5", "7200"]);
        assert_eq!(values(&plain), ["", "", "0", "0"]);
    }
}

#[test]
fn dates_are_the_servers_and_in_mariadb_the_connections() {
    // T124: `openssl x509 -dates` of mysql-auto/server-cert.pem
    const AFTER: &str = "Nov 21 01:53:53 2036 GMT";
    for (_, profile) in SERVERS {
        let context = server_of(profile);
        let date = |host: Host| host.conn.status("Ssl_server_not_after").unwrap();
        assert_eq!(date(tls(&context)), AFTER, "{profile}");
        let without = if profile == "mariadb" { "" } else { AFTER };
        assert_eq!(date(plain(&context)), without, "{profile}");
        assert_eq!(context.status("Ssl_server_not_after").as_deref(), Some(AFTER), "{profile}");
    }
}

#[test]
fn a_server_asks_for_a_certificate_and_does_not_demand_it() {
    // T125
    let context = server_of("mysql57");
    for (name, value) in
        [("Ssl_ctx_verify_mode", "5"), ("Ssl_ctx_verify_depth", "18446744073709551615")]
    {
        assert_eq!(context.status(name).as_deref(), Some(value));
        assert_eq!(plain(&context).conn.status(name).as_deref(), Some(value));
    }
}

#[test]
fn a_server_without_tls_asks_for_nothing() {
    // T125: 5.7.29 with --skip-ssl
    for options in [&[][..], &[("ssl", "OFF")]] {
        let context = pki::server(options);
        for name in ["Ssl_ctx_verify_mode", "Ssl_ctx_verify_depth"] {
            assert_eq!(context.status(name).as_deref(), Some("0"), "{name}");
            assert_eq!(plain(&context).conn.status(name).as_deref(), Some("0"), "{name}");
        }
    }
}

#[test]
fn current_values_are_those_of_the_context_in_both_scopes() {
    let options = [
        ("ssl_ca", "ca.pem"),
        ("ssl_cert", "server-cert.pem"),
        ("ssl_key", "server-key.pem"),
        ("ssl_crl", "crl.pem"),
        ("ssl_cipher", "ECDHE+AESGCM"),
        ("tls_ciphersuites", "TLS_AES_128_GCM_SHA256"),
        ("tls_version", "tlsv1.3,TLSv1.2"),
    ];
    let context = pki::server(&options);
    let host = tls(&context);
    for (option, value) in options {
        let name = format!("Current_tls_{}", &option[4..]);
        let value = if value.ends_with(".pem") { pki::path(value) } else { value.to_owned() };
        assert_eq!(context.status(&name).unwrap(), value, "{name}");
        assert_eq!(context.status(&name.to_uppercase()).unwrap(), value, "in any case");
        assert_eq!(host.conn.status(&name).unwrap(), value, "{name}");
        assert_eq!(context.value(option).unwrap(), value, "{option}");
    }
    for name in ["Current_tls_capath", "Current_tls_crlpath"] {
        assert_eq!(context.status(name).as_deref(), Some(""));
    }
    // Those of defaults are what tlsql_context_get has.
    let context = server_of("mysql8");
    assert_eq!(context.status("Current_tls_version").as_deref(), Some("TLSv1.2,TLSv1.3"));
    let suites = context.status("Current_tls_ciphersuites");
    assert_eq!(suites, context.value("tls_ciphersuites"));
}

#[test]
fn a_context_outlives_a_change_of_the_settings() {
    // As MySQL's Current_tls_ca beside ssl_ca, between SET GLOBAL and ALTER INSTANCE RELOAD TLS.
    let mut builder = pki::builder(Role::Server, &[("tls_version", "TLSv1.2")]).unwrap();
    let context = Context::new(&builder).unwrap();
    builder.set("tls_version", "TLSv1.3").unwrap();
    assert_eq!(context.status("Current_tls_version").as_deref(), Some("TLSv1.2"));
}

#[test]
fn counters_count_and_those_of_sessions_stay() {
    let server = server_of("mysql57");
    let client = pki::client(&[("tlsql_session_cache_size", "0")]);
    for n in 0..3 {
        for (context, started, finished) in [
            (&server, "Ssl_accepts", "Ssl_finished_accepts"),
            (&client, "Ssl_client_connects", "Ssl_finished_connects"),
        ] {
            for name in [started, finished] {
                assert_eq!(context.status(name), Some(n.to_string()), "{name}");
            }
        }
        let (mut one, mut other) = link(&client, &server, Schedule::Whole);
        run(&mut one, &mut other);
        let of_session = other.conn.status("Ssl_finished_accepts");
        assert_eq!(of_session, server.status("Ssl_finished_accepts"), "global there too");
    }
    // One that fails was begun.
    let refusing = pki::client(&[("ssl_ca", "other-ca.pem")]);
    let (mut one, mut other) = link(&refusing, &server, Schedule::Whole);
    run(&mut one, &mut other);
    assert_eq!(one.conn.phase(), Phase::Failed);
    assert_eq!(server.status("Ssl_accepts").as_deref(), Some("4"));
    assert_eq!(server.status("Ssl_finished_accepts").as_deref(), Some("3"));
    // No client has offered a session.
    for name in NAMES.iter().filter(|name| name.contains("_session") || name.contains("_cache")) {
        let expected = match *name {
            "Ssl_session_cache_mode" => "SERVER",
            "Ssl_session_cache_size" => "128",
            "Ssl_session_cache_timeout" => "300",
            _ => "0",
        };
        assert_eq!(server.status(name).as_deref(), Some(expected), "{name}");
        let of_client = if *name == "Ssl_session_cache_mode" { "NONE" } else { "0" };
        assert_eq!(client.status(name).as_deref(), Some(of_client), "{name}");
    }
}

#[test]
fn have_ssl_is_a_servers() {
    let value = |context: &Context, name| context.value(name);
    for name in ["have_ssl", "have_openssl", "have-ssl"] {
        assert_eq!(value(&server_of("mysql57"), name).as_deref(), Some("YES"));
        assert_eq!(value(&pki::server(&[]), name).as_deref(), Some("DISABLED"));
        let off = pki::server(&[("ssl", "OFF"), ("ssl_cert", "server-cert.pem")]);
        assert_eq!(value(&off, name).as_deref(), Some("DISABLED"));
        assert_eq!(value(&pki::client(&[]), name), None);
    }
    // They are read-only.
    let mut builder = Builder::new(Role::Server);
    assert_eq!(builder.set("have_ssl", "YES").unwrap_err().code, tlsql::Code::OptionName);
    assert!(builder.get("have_ssl").is_err());
}

#[test]
fn a_context_knows_every_option_of_its_role() {
    for option in tlsql::OPTIONS.iter().filter(|option| option.roles.contains(&Role::Server)) {
        let server = pki::server(&[]);
        let value = server.value(option.name);
        assert_eq!(value.as_deref(), Some(option.default), "{}", option.name);
    }
}

/// A server with MySQL's own certificate, and the CA of `client-cert.pem`.
fn server_of(profile: &str) -> Context {
    let file = |name: &str| pki::kept(&format!("mysql-auto/{name}.pem"));
    let (cert, key) = (file("server-cert"), file("server-key"));
    pki::server(&[
        ("tlsql_profile", profile),
        ("ssl_cert", &cert),
        ("ssl_key", &key),
        ("ssl_ca", "ca.pem"),
    ])
}

/// The server of a connection with TLS.
fn tls(context: &Context) -> Host {
    let (mut client, mut server) = link(&pki::client(&[]), context, Schedule::Whole);
    run(&mut client, &mut server);
    assert_eq!(server.conn.phase(), Phase::Tls);
    server
}

/// The server of a connection without.
fn plain(context: &Context) -> Host {
    let mut host = Host::new(context, Schedule::Whole);
    host.deliver(&wire::packet(1, &wire::login(wire::MYSQL_PROGRAM & !wire::CLIENT_SSL)));
    assert_eq!(host.conn.phase(), Phase::Plain);
    host
}

fn recorded() -> Value {
    let file = std::fs::read_to_string(pki::kept("captures/ssl_status.json")).unwrap();
    let mut file: Value = serde_json::from_str(&file).unwrap();
    file["servers"].take()
}

fn names(pairs: &Value) -> Vec<&str> {
    pairs.as_array().unwrap().iter().map(|pair| pair[0].as_str().unwrap()).collect()
}
