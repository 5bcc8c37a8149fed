//! `Builder::unset`: a value is taken back, and what was loaded for it.

mod support;

use support::{Schedule, link, pki, run};
use tlsql::{Builder, Code, Context, OPTIONS, Role};

const ROLES: [Role; 2] = [Role::Client, Role::Server];
const VERIFY: &str = "ssl_verify_server_cert";
const UNKNOWN: Option<Code> = Some(Code::CertUnknownCa);

#[test]
fn each_option_goes_back_to_its_default_by_both_spellings() {
    for option in OPTIONS {
        for role in option.roles {
            for name in [option.name.to_owned(), option.name.replace('_', "-")] {
                let mut builder = Builder::new(*role);
                builder.unset(&name).unwrap();
                assert_eq!(builder.get(&name).unwrap(), option.default, "not set, and no error");
                let value = match option.name {
                    "ssl_mode" => "REQUIRED",
                    "ssl_cipher" => "HIGH",
                    "ssl_fp" => PIN,
                    "ssl_fips_mode" => "0",
                    "tls_version" => "TLSv1.2",
                    "tls_ciphersuites" => "",
                    "tls_sni_servername" => "db1",
                    "ssl_session_cache_timeout" => "60",
                    "ssl_session_data" | "ssl_session_data_continue_on_failed_reuse" => continue,
                    // Refused, or not given back.
                    "ssl_passphrase" | "tlsql_keylog" => continue,
                    "tlsql_profile" => "mysql8",
                    "tlsql_security_level" => "1",
                    "tlsql_max_chain" => "2",
                    "tlsql_max_handshake_bytes" => "4096",
                    "tlsql_session_cache_size" => "0",
                    "tlsql_generate_key" => "p-256",
                    "tlsql_channel" => "mysql_admin",
                    "tlsql_on_config_error" => "disable",
                    _ if option.default.is_empty() => "/nonexistent",
                    _ if option.default == "ON" => "OFF",
                    _ => "ON",
                };
                builder.set(&name, value).unwrap();
                assert_eq!(builder.get(&name).unwrap(), value);
                builder.unset(&name).unwrap();
                assert_eq!(builder.get(&name).unwrap(), option.default, "{name}");
                let left = builder.notes();
                assert!(left.is_empty(), "{name}: {left:?}");
                // Also a path that nobody loaded.
                let context = Context::new(&builder).map(|context| context.value(option.name));
                match option.name {
                    VERIFY => assert_eq!(context.unwrap_err().code, Code::NoCa, "VERIFY_CA"),
                    _ => assert_eq!(context.unwrap().as_deref(), Some(option.default), "{name}"),
                }
            }
        }
    }
}

#[test]
fn a_name_that_the_role_does_not_have_is_refused() {
    for (role, name, words) in [
        (Role::Client, "ssl__ca", "a client has no such option"),
        (Role::Client, "require_secure_transport", "a client has no such option"),
        (Role::Server, "ssl_mode", "a server has no such option"),
        (Role::Client, "", "a client has no such option"),
        (Role::Client, "skip-ssl", "a client has no such option"),
    ] {
        let mut builder = Builder::new(role);
        builder.set("ssl", "OFF").unwrap();
        let error = builder.unset(name).unwrap_err();
        assert_eq!(error.code, Code::OptionName, "{name}");
        assert!(error.message().contains(words), "{error}");
        assert_eq!(builder.get("ssl").unwrap(), "OFF", "unchanged");
    }
}

#[test]
fn what_was_loaded_for_it_counts_no_longer() {
    let other = pki::dir().join("unset-other-ca");
    std::fs::write(&other, pki::read("other-ca.pem")).unwrap();
    let mut builder = pki::builder(Role::Client, &[("ssl_ca", other.to_str().unwrap())]).unwrap();
    builder.add_ca(&pki::read("ca.pem")).unwrap();
    assert_eq!([met(&builder, "server"), met(&builder, "other")], [None, None]);
    builder.unset("ssl_ca").unwrap();
    assert_eq!([met(&builder, "server"), met(&builder, "other")], [None, UNKNOWN]);
    // The same path again has to be loaded again.
    builder.set("ssl_ca", other.to_str().unwrap()).unwrap();
    assert_eq!(Context::new(&builder).unwrap_err().code, Code::NotLoaded);
    builder.load_files().unwrap();
    assert_eq!([met(&builder, "server"), met(&builder, "other")], [None, None]);
}

#[test]
fn lists_are_not_asked_for_any_more() {
    let both = pki::dir().join("unset-ca-with-list");
    let content = [pki::read("ca.pem"), pki::read("crl-revoked.pem")].concat();
    std::fs::write(&both, content).unwrap();
    let empty = pki::dir().join("unset-empty-crlpath");
    std::fs::create_dir_all(&empty).unwrap();
    let (both, empty) = (both.to_str().unwrap(), empty.to_str().unwrap());
    let options = [("ssl_ca", both), ("ssl_crlpath", empty)];
    let mut builder = pki::builder(Role::Client, &options).unwrap();
    assert_eq!(met(&builder, "server"), Some(Code::CertRevoked), "by the list beside the CA");
    builder.unset("ssl_crlpath").unwrap();
    assert_eq!(met(&builder, "server"), None, "nobody asks for revocation");
    builder.set("ssl_crlpath", empty).unwrap();
    builder.load_files().unwrap();
    assert_eq!(met(&builder, "server"), Some(Code::CertRevoked));
    // Lists from memory ask on.
    builder.unset("ssl_crlpath").unwrap();
    builder.add_crl(&pki::read("crl-revoked.pem")).unwrap();
    assert_eq!(met(&builder, "server"), Some(Code::CertRevoked));
}

#[test]
fn one_of_certificate_and_key_alone_is_loaded_again() {
    for (unset, left, code) in
        [("ssl_key", "ssl_cert", Code::NoKey), ("ssl_cert", "ssl_key", Code::NoCert)]
    {
        for role in ROLES {
            let options = [("ssl_cert", "server-cert.pem"), ("ssl_key", "server-key.pem")];
            let mut builder = pki::builder(role, &options).unwrap();
            builder.unset(unset).unwrap();
            let error = Context::new(&builder).unwrap_err();
            assert_eq!(error.code, Code::NotLoaded);
            assert_eq!(error.details().unwrap().option.as_deref(), Some(left));
            assert_eq!(builder.load_files().unwrap_err().code, code, "{left} names both now");
            builder.unset(left).unwrap();
            let context = Context::new(&builder).unwrap();
            assert_eq!(context.has_tls(), role == Role::Client, "a server without certificate");
        }
    }
}

#[test]
fn notes_are_made_anew() {
    let mut builder = Builder::new(Role::Client);
    let notes = |builder: &Builder| -> Vec<_> {
        builder.notes().iter().map(|note| note.text.clone()).collect()
    };
    let none: [&str; 0] = [];
    builder.set("tls_version", "TLSv1.1,TLSv1.2").unwrap();
    builder.set("tls_ciphersuites", "TLS_AES_128_GCM_SHA256").unwrap();
    assert_eq!(
        notes(&builder),
        [
            "tls_version: 'TLSv1.1' is not supported and left out",
            "tls_ciphersuites: no effect: tls_version has no TLSv1.3"
        ]
    );
    builder.unset("tls_version").unwrap();
    assert_eq!(notes(&builder), none);
    builder.set("tlsql_strict", "ON").unwrap();
    assert_eq!(notes(&builder), ["tlsql_strict: no effect without ssl_ca or ssl_capath"]);
    builder.unset("tlsql-strict").unwrap();
    assert_eq!(notes(&builder), none);
    // A note on a file goes with the file.
    let empty = pki::dir().join("unset-empty-directory");
    std::fs::create_dir_all(&empty).unwrap();
    builder.set("ssl_capath", empty.to_str().unwrap()).unwrap();
    builder.load_files().unwrap();
    assert_eq!(notes(&builder).len(), 1, "no certificate in it");
    builder.unset("ssl_capath").unwrap();
    assert_eq!(notes(&builder), none);
}

#[test]
fn a_check_that_was_asked_for_is_not_forgotten() {
    // T43: as with OFF, VERIFY_CA is left, in any order.
    for steps in [
        &[(VERIFY, Some("ON")), (VERIFY, None)][..],
        &[(VERIFY, Some("ON")), (VERIFY, Some("OFF")), (VERIFY, None)],
        &[(VERIFY, Some("ON")), (VERIFY, None), ("ssl", Some("OFF"))],
        &[("ssl", Some("OFF")), (VERIFY, Some("ON")), (VERIFY, None)],
        &[(VERIFY, Some("ON")), (VERIFY, None), ("ssl", Some("ON")), ("ssl", None)],
        &[
            ("ssl_mode", Some("VERIFY_IDENTITY")),
            (VERIFY, Some("ON")),
            (VERIFY, None),
            ("ssl_mode", None),
        ],
    ] {
        let mut builder = Builder::new(Role::Client);
        builder.add_ca(&pki::read("ca.pem")).unwrap();
        for (name, value) in steps {
            match value {
                Some(value) => builder.set(name, value).unwrap(),
                None => builder.unset(name).unwrap(),
            }
        }
        assert_eq!(builder.get(VERIFY).unwrap(), "OFF");
        let client = Context::new(&builder).unwrap();
        assert_eq!(client.value("ssl_mode").as_deref(), Some("VERIFY_CA"), "{steps:?}");
    }
    // It never was ON.
    let mut builder = Builder::new(Role::Client);
    builder.set(VERIFY, "OFF").unwrap();
    builder.unset(VERIFY).unwrap();
    assert_eq!(Context::new(&builder).unwrap().value("ssl_mode").as_deref(), Some("PREFERRED"));
}

#[test]
fn a_mode_is_that_of_the_other_options_again() {
    let mut builder = Builder::new(Role::Client);
    builder.set("ssl_mode", "DISABLED").unwrap();
    builder.set("ssl_ca", &pki::path("ca.pem")).unwrap();
    builder.load_files().unwrap();
    assert!(!Context::new(&builder).unwrap().has_tls());
    builder.unset("ssl_mode").unwrap();
    // With TLS off no file was opened.
    assert_eq!(Context::new(&builder).unwrap_err().code, Code::NotLoaded);
    builder.load_files().unwrap();
    assert_eq!(Context::new(&builder).unwrap().value("ssl_mode").as_deref(), Some("VERIFY_CA"));
    builder.unset("ssl_ca").unwrap();
    assert_eq!(Context::new(&builder).unwrap().value("ssl_mode").as_deref(), Some("PREFERRED"));
}

const PIN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// What a client of this builder makes of a server with this certificate.
fn met(builder: &Builder, server: &str) -> Option<Code> {
    let client = Context::new(builder).unwrap();
    let (mut client, mut server) = link(&client, &pki::server_as(server, &[]), Schedule::Whole);
    run(&mut client, &mut server);
    client.error.map(|error| error.code)
}
