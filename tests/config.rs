//! Settings: every option by name, files and memory, keys of every form, and faults that name option
//! and file (T30, T49 to T53).

mod support;

use std::collections::BTreeSet;

use support::{Host, Schedule, link, pki, run};
use tlsql::{Builder, Code, Context, Error, Role};

/// January 2027: the certificates in `tests/data` are valid then.
const KEPT_TIME: u64 = 1_800_000_000;

const ROLES: [Role; 2] = [Role::Client, Role::Server];

/// One option: name, its roles, its default, and values that it takes and does not take.
struct Known {
    name: &'static str,
    roles: &'static [Role],
    default: &'static str,
    takes: &'static [&'static str],
    refuses: &'static [&'static str],
}

const fn both(
    name: &'static str,
    default: &'static str,
    takes: &'static [&'static str],
    refuses: &'static [&'static str],
) -> Known {
    Known { name, roles: &ROLES, default, takes, refuses }
}

const SWITCH: &[&str] = &["ON", "off", "1", "0", "True", "FALSE"];
const NO_SWITCH: &[&str] = &["", "2", "yes", "ON "];

const OPTIONS: &[Known] = &[
    Known {
        name: "ssl_mode",
        roles: &[Role::Client],
        default: "PREFERRED",
        takes: &["DISABLED", "Preferred", "required", "VERIFY_CA", "VERIFY_IDENTITY"],
        refuses: &["", "3", "VERIFY", "REQUIRED "],
    },
    both("ssl", "ON", SWITCH, NO_SWITCH),
    Known {
        name: "ssl_verify_server_cert",
        roles: &[Role::Client],
        default: "OFF",
        takes: SWITCH,
        refuses: NO_SWITCH,
    },
    Known {
        name: "tls_sni_servername",
        roles: &[Role::Client],
        default: "",
        takes: &["db.example.test", "db1", "192.0.2.1"],
        refuses: &["", "db example", ".test", "a..b", "-"],
    },
    Known {
        name: "tls_certificates_enforced_validation",
        roles: &[Role::Server],
        default: "OFF",
        takes: SWITCH,
        refuses: NO_SWITCH,
    },
    Known {
        name: "ssl_session_cache_mode",
        roles: &[Role::Server],
        default: "ON",
        takes: SWITCH,
        refuses: NO_SWITCH,
    },
    Known {
        name: "ssl_session_cache_timeout",
        roles: &[Role::Server],
        default: "300",
        takes: &["0", "7200", "86400"],
        refuses: &["", "86401", "-1", "+5", " 5", "5s", "99999999999"],
    },
    // Known, and nothing that this build can do.
    Known {
        name: "ssl_session_data",
        roles: &[Role::Client],
        default: "",
        takes: &[],
        refuses: &["", "session.pem"],
    },
    Known {
        name: "ssl_session_data_continue_on_failed_reuse",
        roles: &[Role::Client],
        default: "",
        takes: &[],
        refuses: SWITCH,
    },
    Known {
        name: "require_secure_transport",
        roles: &[Role::Server],
        default: "OFF",
        takes: SWITCH,
        refuses: NO_SWITCH,
    },
    both("ssl_ca", "", &["any/path"], &[""]),
    both("ssl_cert", "", &["any/path"], &[""]),
    both("ssl_key", "", &["any/path"], &[""]),
    // In builds that decrypt keys tests/config_passphrase.rs has what it takes.
    both("ssl_passphrase", "", &[], &[""]),
    both("ssl_crl", "", &["any/path"], &[""]),
    both("ssl_capath", "", &["any/directory"], &[""]),
    both("ssl_crlpath", "", &["any/directory"], &[""]),
    Known {
        name: "ssl_fp",
        roles: &[Role::Client],
        default: "",
        takes: &[SHA256, SHA256_COLONS, SHA384, SHA512, TWO],
        refuses: &["", "db1", SHA1, SHA224, "ab", ","],
    },
    Known {
        name: "ssl_fplist",
        roles: &[Role::Client],
        default: "",
        takes: &["any/path"],
        refuses: &[""],
    },
    both(
        "ssl_cipher",
        "",
        &["FOO:ECDHE-ECDSA-CHACHA20-POLY1305", "HIGH:!aNULL", "DEFAULT@SECLEVEL=1"],
        &["HIGH:@SECLEVEL=3", "SUITEB128"],
    ),
    both(
        "tls_ciphersuites",
        TLS13,
        &["TLS_AES_128_GCM_SHA256", "FOO:TLS_AES_256_GCM_SHA384", ""],
        &[],
    ),
    both("ssl_fips_mode", "OFF", &["OFF", "Off", "0"], &["ON", "on", "1", "STRICT", "2", "", "3"]),
    // T50, T52, T53
    both(
        "tls_version",
        "TLSv1.2,TLSv1.3",
        &["TLSv1.2", "tlsv1.2", "TLSv1.3", "TLSv1.1,TLSv1.2", "bogus,TLSv1.2"],
        &[],
    ),
    both(
        "tlsql_profile",
        "mysql57",
        &["mysql57", "mysql8", "mariadb", "MariaDB", "MYSQL8"],
        &["", "MySQL", "9"],
    ),
    both("tlsql_security_level", "2", &["0", "1", "2"], &["", "3", "-1", "02", " 2", "two"]),
    both("tlsql_strict", "OFF", SWITCH, NO_SWITCH),
    both("tlsql_capath_all", "OFF", SWITCH, NO_SWITCH),
    both("tlsql_keep_peer_chain", "ON", SWITCH, NO_SWITCH),
    // tests/key_log.rs has what it takes in builds that hand out secrets.
    both("tlsql_keylog", "OFF", &["OFF", "off", "0", "False"], NO_SWITCH),
    both("tlsql_max_chain", "16", &["2", "16", "32"], &["", "0", "1", "33", "-2", "02 ", "two"]),
    both(
        "tlsql_max_handshake_bytes",
        "262144",
        &["4096", "65536", "1048576"],
        &["", "4095", "1048577", "-1", "64K", " 65536", "+65536", "99999999999999999999"],
    ),
    Known {
        name: "tlsql_hello_event",
        roles: &[Role::Server],
        default: "OFF",
        takes: SWITCH,
        refuses: NO_SWITCH,
    },
    Known {
        name: "tlsql_dh_params",
        roles: &[Role::Client],
        default: "",
        takes: &["any/path"],
        refuses: &[""],
    },
    Known {
        name: "datadir",
        roles: &[Role::Server],
        default: "",
        takes: &["/var/lib/mysql", "any/directory"],
        refuses: &[""],
    },
    Known {
        name: "tlsql_channel",
        roles: &[Role::Server],
        default: "mysql_main",
        takes: &["mysql_main", "mysql_admin", "MYSQL_ADMIN"],
        refuses: &["", "main", "mysql_admin "],
    },
    Known {
        name: "tlsql_on_config_error",
        roles: &[Role::Server],
        default: "abort",
        takes: &["abort", "disable", "ABORT", "Disable"],
        refuses: &["", "ON", "ignore", "disable "],
    },
    Known {
        name: "auto_generate_certs",
        roles: &[Role::Server],
        default: "ON",
        takes: SWITCH,
        refuses: NO_SWITCH,
    },
    Known {
        name: "tlsql_generate_key",
        roles: &[Role::Server],
        default: "P-256",
        takes: &["P-256", "p-256"],
        refuses: &["", "RSA", "P256", "rsa-1024"],
    },
    Known {
        name: "tlsql_session_cache_size",
        roles: &[Role::Client],
        default: "256",
        takes: &["0", "1", "65536"],
        refuses: &["", "65537", "-1", "ON", "1k"],
    },
    Known {
        name: "tlsql_peer_proof",
        roles: &[Role::Client],
        default: "OFF",
        takes: SWITCH,
        refuses: NO_SWITCH,
    },
];

const TLS13: &str = "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256";

/// Fingerprints of 40, 56, 64, 96 and 128 digits.
const SHA1: &str = "0123456789abcdef0123456789abcdef01234567";
const SHA224: &str = "0123456789abcdef0123456789abcdef0123456789abcdef01234567";
const SHA256: &str = "0123456789abcdef0123456789abcdef0123456789ABCDEF0123456789ABCDEF";
const SHA256_COLONS: &str = "01:23:45:67:89:AB:CD:EF:01:23:45:67:89:ab:cd:ef:\
                             01:23:45:67:89:AB:CD:EF:01:23:45:67:89:ab:cd:ef";
const SHA384: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\
                      0123456789abcdef0123456789abcdef";
const SHA512: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\
                      0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const TWO: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef, \
                   fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210";

#[test]
fn every_option_is_known_by_both_spellings() {
    for known in OPTIONS {
        let dashed = known.name.replace('_', "-");
        for role in ROLES {
            let mut builder = Builder::new(role);
            if !known.roles.contains(&role) {
                for name in [known.name, &dashed] {
                    let error = builder.set(name, known.takes.first().unwrap_or(&"x")).unwrap_err();
                    assert_eq!(error.code, Code::OptionName, "{role:?} {name}");
                    assert!(error.message().contains(name), "{error}");
                    assert_eq!(builder.get(name).unwrap_err().code, Code::OptionName);
                }
                continue;
            }
            for name in [known.name, &dashed] {
                assert_eq!(Builder::new(role).get(name).unwrap(), known.default, "{name}");
                for value in known.takes {
                    builder.set(name, value).unwrap_or_else(|e| panic!("{name}={value}: {e}"));
                    assert_eq!(builder.get(known.name).unwrap(), *value);
                    assert_eq!(builder.get(&dashed).unwrap(), *value);
                }
                let before = builder.get(name).unwrap().to_owned();
                for value in known.refuses {
                    let error = builder.set(name, value).unwrap_err();
                    assert_eq!(error.code, Code::OptionValue, "{name}={value}");
                    assert!(error.message().contains(known.name), "{error}");
                    assert_eq!(builder.get(name).unwrap(), before, "unchanged");
                }
            }
        }
    }
}

#[test]
fn the_list_above_is_the_librarys() {
    let names: BTreeSet<_> = tlsql::OPTIONS.iter().map(|spec| spec.name).collect();
    assert_eq!(names, OPTIONS.iter().map(|known| known.name).collect());
}

#[test]
fn names_that_no_role_has_are_refused() {
    for role in ROLES {
        for name in ["", "ssl__ca", "ssl_c", "SSL_CA", "host", "password", "ssl_ca\0"] {
            let error = Builder::new(role).set(name, "x").unwrap_err();
            assert_eq!(error.code, Code::OptionName, "{name:?}");
            // What a connection has is said of a connection.
            assert!(!error.message().contains("verify_name"), "{error}");
        }
        let message = Builder::new(role).set("SSL_CA", "x").unwrap_err().message();
        let sentence = "Unknown option (SSL_CA): the name is ssl_ca, in lower case. ";
        assert!(message.starts_with(sentence), "{message}");
    }
}

#[test]
fn fips_mode_is_off_because_this_build_is_not_validated() {
    for role in ROLES {
        for value in ["ON", "STRICT", "1", "strict"] {
            let error = Builder::new(role).set("ssl-fips-mode", value).unwrap_err();
            let why =
                "needs a FIPS-validated cryptographic module, and this build is not validated";
            let words = format!("(ssl_fips_mode): '{value}' {why}.");
            assert_eq!(error.code, Code::OptionValue);
            assert!(error.message().contains(&words), "{error}");
        }
        let error = Builder::new(role).set("ssl_fips_mode", "yes").unwrap_err();
        assert!(error.message().contains("'yes' is none of OFF, ON, STRICT"), "{error}");
        // It is no switch.
        let error = Builder::new(role).set("skip-ssl-fips-mode", "").unwrap_err();
        assert_eq!(error.code, Code::OptionName);
    }
    let client = pki::client(&[("ssl-fips-mode", "OFF")]);
    assert_eq!(client.value("ssl_fips_mode").as_deref(), Some("OFF"));
}

#[test]
fn a_value_with_a_nul_byte_is_refused() {
    for name in ["ssl_ca", "ssl_capath", "ssl_cert", "ssl_mode", "tls_version", "ssl_cipher"] {
        let mut builder = Builder::new(Role::Client);
        let error = builder.set(name, "TLSv1.2\0/etc/ca.pem").unwrap_err();
        assert_eq!(error.code, Code::OptionValue, "{name}");
        assert!(error.message().contains(&format!("({name}): a NUL byte in it")), "{error}");
    }
}

#[test]
fn a_long_unknown_name_leaves_room_for_the_reason() {
    let error = Builder::new(Role::Client).set(&"ssl_ca".repeat(200), "x").unwrap_err();
    let message = error.message();
    assert!(message.len() < 512 && message.contains("a client has no such option"), "{message}");
}

#[test]
fn a_context_tells_the_values_in_force() {
    let options = [("ssl_ca", "ca.pem"), ("tls_version", "TLSv1.3"), ("tlsql_profile", "mysql8")];
    let client = pki::client(&options);
    assert_eq!(client.value("ssl-ca").as_deref(), Some(pki::path("ca.pem").as_str()));
    assert_eq!(client.value("tls_version").as_deref(), Some("TLSv1.3"));
    assert_eq!(client.value("ssl_mode").as_deref(), Some("VERIFY_CA"));
    assert_eq!(client.value("ssl_key").as_deref(), Some(""));
    assert_eq!(client.value("require_secure_transport").as_deref(), None, "a server's");
    assert_eq!(client.value("nothing").as_deref(), None);
}

// Files

#[test]
fn a_bad_file_is_an_error_with_option_and_path() {
    // T30, T49
    let empty = scratch("empty", b"");
    let text = scratch("text", b"These are words and no certificate.\n");
    let cut = scratch("cut", &pki::read("ca.pem")[..200]);
    let torn = b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n";
    let torn = scratch("torn", torn);
    let not_der = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let not_der = scratch("not-der", not_der);
    let directory = pki::dir().to_str().unwrap().to_owned();
    for (option, code) in [
        ("ssl_ca", Code::Pem),
        ("ssl_crl", Code::Crl),
        ("ssl_cert", Code::NoCert),
        ("ssl_key", Code::NoKey),
    ] {
        for (path, code) in [
            ("/nonexistent/file", Code::File),
            (directory.as_str(), Code::File),
            (empty.as_str(), code),
            (text.as_str(), code),
            (cut.as_str(), code),
            (torn.as_str(), code),
            (not_der.as_str(), code),
        ] {
            for role in ROLES {
                let mut options = vec![(option, path)];
                match option {
                    "ssl_cert" => options.push(("ssl_key", "server-key.pem")),
                    "ssl_key" => options.push(("ssl_cert", "server-cert.pem")),
                    _ => {}
                }
                let error = pki::builder(role, &options).unwrap_err();
                assert_eq!((error.code, error.mysql_errno()), (code, 2026), "{option}={path}");
                let named = format!("{option}={path}");
                assert!(error.message().contains(&named), "{error}");
            }
        }
    }
}

#[test]
fn bad_bytes_from_memory_name_the_option() {
    let bad: [&[u8]; 4] = [b"", b"words", b"\x30\x03\x02\x01\x05", &pki::read("server-key.pem")];
    for bytes in bad {
        let mut builder = Builder::new(Role::Client);
        let error = builder.add_ca(bytes).unwrap_err();
        assert!(error.code == Code::Pem && error.message().contains("ssl_ca"), "{error}");
        let error = builder.add_crl(bytes).unwrap_err();
        assert!(error.code == Code::Crl && error.message().contains("ssl_crl"), "{error}");
        let error = builder.set_identity(bytes, &pki::read("server-key.pem")).unwrap_err();
        assert!(error.code == Code::NoCert && error.message().contains("ssl_cert"), "{error}");
    }
    for bytes in [&b""[..], b"words", b"\x30\x03\x02\x01\x05", &pki::read("server-cert.pem")] {
        let mut builder = Builder::new(Role::Client);
        let error = builder.set_identity(&pki::read("server-cert.pem"), bytes).unwrap_err();
        assert!(error.code == Code::NoKey && error.message().contains("ssl_key"), "{error}");
        assert!(Context::new(&builder).is_ok(), "nothing of it was kept");
    }
}

#[test]
fn a_named_file_that_was_not_loaded_is_an_error() {
    for role in ROLES {
        for (option, file) in
            [("ssl_ca", "ca.pem"), ("ssl_crl", "crl.pem"), ("ssl_cert", "both.pem")]
        {
            let mut builder = Builder::new(role);
            builder.set(option, &pki::path(file)).unwrap();
            let error = Context::new(&builder).unwrap_err();
            assert_eq!(error.code, Code::NotLoaded);
            let named = format!("{option}={}", pki::path(file));
            assert!(error.message().contains(&named), "{error}");
        }
    }
    // Nor is a path that was set again after loading.
    let mut builder = pki::builder(Role::Client, &[("ssl_ca", "ca.pem")]).unwrap();
    assert!(Context::new(&builder).is_ok());
    builder.set("ssl_ca", &pki::path("other-ca.pem")).unwrap();
    assert_eq!(Context::new(&builder).unwrap_err().code, Code::NotLoaded);
    builder.load_files().unwrap();
    assert!(Context::new(&builder).is_ok());
}

#[test]
fn loading_is_all_or_nothing() {
    let ca = scratch("changing-ca", &pki::read("ca.pem"));
    let crl = scratch("changing-crl", &pki::read("crl.pem"));
    let options = [("ssl_ca", ca.as_str()), ("ssl_crl", crl.as_str())];
    let mut builder = pki::builder(Role::Client, &options).unwrap();
    let before = [None, Some(Code::CertUnknownCa)];
    assert_eq!([met(&builder, "server"), met(&builder, "other")], before);
    // A new CA and a bad list: neither counts.
    scratch("changing-ca", &pki::read("other-ca.pem"));
    scratch("changing-crl", b"");
    assert_eq!(builder.load_files().unwrap_err().code, Code::Crl);
    let error = Context::new(&builder).map(drop).unwrap_err();
    assert_eq!((error.code, error.message().contains(&crl)), (Code::Crl, true), "{error}");
    // Nothing is required of files where TLS is off, and the failure is back where it is not.
    builder.set("ssl_mode", "DISABLED").unwrap();
    Context::new(&builder).unwrap();
    builder.unset("ssl_mode").unwrap();
    assert_eq!(Context::new(&builder).map(drop).unwrap_err().code, Code::Crl);
    // A good list: both count, in place of what there was.
    scratch("changing-crl", &pki::read("crl-revoked.pem"));
    builder.load_files().unwrap();
    assert_eq!(met(&builder, "server"), Some(Code::CertUnknownCa));
}

// Trust

#[test]
fn several_cas_and_lists_count_together() {
    let cas = [pki::read("ca.pem"), pki::read("other-ca.pem")].concat();
    let file = scratch("both-cas", &cas);
    let builder = pki::builder(Role::Client, &[("ssl_ca", &file)]).unwrap();
    assert_eq!([met(&builder, "server"), met(&builder, "other")], [None, None]);
    // File and memory, PEM and DER.
    for other in [pki::read("other-ca.pem"), pki::der(&pki::read("other-ca.pem"))] {
        let mut builder = pki::builder(Role::Client, &[("ssl_ca", "ca.pem")]).unwrap();
        builder.add_ca(&other).unwrap();
        assert_eq!([met(&builder, "server"), met(&builder, "other")], [None, None]);
    }
    let der = scratch("ca.der", &pki::der(&pki::read("ca.pem")));
    let builder = pki::builder(Role::Client, &[("ssl_ca", &der)]).unwrap();
    assert_eq!(
        [met(&builder, "server"), met(&builder, "other")],
        [None, Some(Code::CertUnknownCa)]
    );
}

#[test]
fn revocation_lists_are_taken_from_file_and_memory_in_pem_and_der() {
    for (list, code) in [("crl.pem", None), ("crl-revoked.pem", Some(Code::CertRevoked))] {
        let (text, der) = (pki::read(list), pki::der(&pki::read(list)));
        let file = scratch("list.der", &der);
        for path in [pki::path(list), file] {
            let options = [("ssl_ca", "ca.pem"), ("ssl_crl", path.as_str())];
            assert_eq!(
                met(&pki::builder(Role::Client, &options).unwrap(), "server"),
                code,
                "{list}"
            );
        }
        for bytes in [text, der] {
            let mut builder = pki::builder(Role::Client, &[("ssl_ca", "ca.pem")]).unwrap();
            builder.add_crl(&bytes).unwrap();
            assert_eq!(met(&builder, "server"), code, "{list}");
        }
    }
}

#[test]
fn a_revocation_list_without_a_ca_is_read_and_not_used() {
    // T78
    let options = [("ssl_mode", "REQUIRED"), ("ssl_crl", "crl-revoked.pem")];
    assert_eq!(met(&pki::builder(Role::Client, &options).unwrap(), "server"), None);
    let error = refused(Role::Client, &[("ssl_mode", "REQUIRED"), ("ssl_crl", "ca.pem")]);
    assert_eq!(error.code, Code::Crl);
}

#[test]
fn the_clock_can_be_fixed() {
    let ca = pki::kept("mysql-auto/ca.pem");
    let options = [
        ("ssl_cert", pki::kept("mysql-auto/server-cert.pem")),
        ("ssl_key", pki::kept("mysql-auto/server-key.pem")),
    ];
    let options: Vec<_> = options.iter().map(|(name, path)| (*name, path.as_str())).collect();
    let server = pki::server(&options);
    for (time, code) in [
        (KEPT_TIME, None),
        (1_000_000_000, Some(Code::CertNotYet)),
        (4_000_000_000, Some(Code::CertExpired)),
    ] {
        let mut builder = pki::builder(Role::Client, &[("ssl_ca", &ca)]).unwrap();
        builder.set_clock(time);
        let client = Context::new(&builder).unwrap();
        let (mut client, mut server) = link(&client, &server, Schedule::Whole);
        run(&mut client, &mut server);
        assert_eq!(client.error.map(|error| error.code), code, "at {time}");
    }
}

#[test]
fn a_server_with_a_ca_and_no_certificate_is_an_error() {
    let error = refused(Role::Server, &[("ssl_ca", "ca.pem")]);
    assert_eq!((error.code, error.mysql_errno()), (Code::NoCert, 2026));
    let words = "SSL context is not usable without certificate and private key";
    assert!(error.message().contains(words), "{error}");
    assert!(!pki::server(&[]).has_tls(), "without any of them it is a server without TLS");
}

// Versions and ciphers

#[test]
fn what_is_printed_for_debugging_holds_no_key() {
    let builder = pki::builder(Role::Server, &[("ssl_cert", "both.pem")]).unwrap();
    let server = Context::new(&builder).unwrap();
    let host = Host::new(&server, Schedule::Whole);
    for text in [format!("{builder:?}"), format!("{server:?}"), format!("{:?}", host.conn)] {
        let key = pki::der(&pki::read("server-key.pem"));
        let secret = &key[key.len() / 2..][..8];
        let listed = format!("{secret:?}");
        assert!(!text.contains(listed.trim_matches(['[', ']'])), "the key's bytes are in it");
        assert!(!text.contains("PRIVATE KEY"));
    }
}

/// What a client of this builder makes of a server with this certificate.
fn met(builder: &Builder, server: &str) -> Option<Code> {
    let client = Context::new(builder).unwrap();
    let server = pki::server_as(server, &[]);
    let (mut client, mut server) = link(&client, &server, Schedule::Whole);
    run(&mut client, &mut server);
    client.error.map(|error| error.code)
}

fn refused(role: Role, options: &[(&str, &str)]) -> Error {
    pki::try_context(role, options).unwrap_err()
}

/// A file with this content, for this test program only.
fn scratch(name: &str, content: &[u8]) -> String {
    let path = pki::dir().join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}
