//! `tls_version`, `ssl_cipher` and `tls_ciphersuites`: what is taken, what is left out, and what is
//! spoken then.

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
        assert_eq!(note.text, "tls_version: 'TLSv1.1' is not supported and left out");
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
fn a_version_that_is_not_known_is_left_out_with_a_warning() {
    let no_white_space = "is not known and left out: a version has no white space";
    for (value, expected) in [
        ("TLSv1.2, TLSv1.3", &[format!("' TLSv1.3' {no_white_space}")][..]),
        ("TLSv1.2\t,TLSv1.3", &[format!("'TLSv1.2\\t' {no_white_space}")]),
        ("TLSv1.2, TLSv1.1", &[format!("' TLSv1.1' {no_white_space}")]),
        ("TLSv1.2,TLSv13", &["'TLSv13' is not known and left out".to_owned()]),
        ("TLSv1.2,TLSv1.4", &["'TLSv1.4' is not known and left out".to_owned()]),
        (
            "SSLv3,,tlsv1.1,TLSv1.2,x",
            &[
                "'SSLv3' is not known and left out".to_owned(),
                "'tlsv1.1' is not supported and left out".to_owned(),
                "'x' is not known and left out".to_owned(),
            ],
        ),
        (",TLSv1.2,,", &[]),
    ] {
        for role in ROLES {
            let mut builder = Builder::new(role);
            builder.set("tls_version", value).unwrap();
            let notes = builder.notes().iter();
            let texts: Vec<_> = notes.map(|note| note.text.clone()).collect();
            let expected: Vec<_> = expected.iter().map(|e| format!("tls_version: {e}")).collect();
            assert_eq!(texts, expected, "{value:?}");
            assert!(builder.notes().iter().all(|note| note.severity == Severity::Warning));
        }
    }
    // With a note for each token, a value has at most the 255 bytes that MySQL has room for.
    for role in ROLES {
        let mut builder = Builder::new(role);
        let longest = format!("TLSv1.2{}", ",".repeat(248));
        builder.set("tls_version", &longest).unwrap();
        let error = builder.set("tls_version", &format!("{longest},")).unwrap_err();
        assert_eq!(error.code, Code::OptionValue);
        assert!(error.message().contains("tls_version"), "{error}");
        assert_eq!(builder.get("tls_version").unwrap(), longest);
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
            assert_eq!(client.conn.negotiated().unwrap().version, version, "{value}");
        }
    }
}

#[test]
fn a_cipher_list_without_a_known_name_is_refused() {
    // T54
    for role in ROLES {
        for value in ["FOO", "", "TLS_AES_128_GCM_SHA256", "AES128-SHA", "HIGH:!ALL", "HIGH:*"] {
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
    assert_eq!(client.conn.negotiated().unwrap().version, 0x0304);
}

#[test]
fn the_list_language_is_spoken_in_both_roles() {
    // The certificate of this server is ECDSA's.
    let all = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256";
    for (client, server, expected) in [
        ("ECDHE+AESGCM:!AES256", "DEFAULT", "ECDHE-ECDSA-AES128-GCM-SHA256"),
        ("DEFAULT", "HIGH:!AESGCM", "ECDHE-ECDSA-CHACHA20-POLY1305"),
        ("DEFAULT:+AES256:+CHACHA20", all, "ECDHE-ECDSA-AES128-GCM-SHA256"),
    ] {
        let client = pki::client(&[("ssl_cipher", client), ("tls_version", "TLSv1.2")]);
        let server = pki::server_as("server", &[("ssl_cipher", server)]);
        let (mut client, mut server) = link(&client, &server, Schedule::Whole);
        run(&mut client, &mut server);
        for host in [&client, &server] {
            assert_eq!(host.conn.status("Ssl_cipher").as_deref(), Some(expected));
        }
    }
}

#[test]
fn ssl_cipher_may_set_the_security_level() {
    for role in ROLES {
        for (options, expected) in [
            (&[("ssl_cipher", "DEFAULT")][..], "2"),
            (&[("ssl_cipher", "DEFAULT@SECLEVEL=1")], "1"),
            (&[("ssl_cipher", "@SECLEVEL=0:HIGH")], "0"),
            (&[("ssl_cipher", "HIGH:@SECLEVEL=0"), ("tlsql_security_level", "2")], "2"),
            (&[("tlsql_security_level", "1"), ("ssl_cipher", "HIGH:@SECLEVEL=2")], "1"),
        ] {
            let context = pki::try_context(role, options).unwrap();
            assert_eq!(
                context.value("tlsql_security_level").as_deref(),
                Some(expected),
                "{options:?}"
            );
        }
    }
}

#[test]
fn a_security_level_that_openssl_passes_over_is_refused() {
    // Behind an entry whose parts exclude each other, or that is not in every OpenSSL.
    for role in ROLES {
        for list in [
            "HIGH:kRSA+ECDHE@SECLEVEL=0",
            "HIGH:EXP@SECLEVEL=0",
            "HIGH:RC4@SECLEVEL=0",
            "HIGH:RC4-SHA@SECLEVEL=0",
            "HIGH:DHE+ECDHE@SECLEVEL=1",
            "HIGH:!RC4+AES@SECLEVEL=1",
            "DEFAULT!RC4@SECLEVEL=0",
            "HIGH:RC4!AES128@SECLEVEL=0",
            "@SECLEVEL=1:HIGH:RC4@SECLEVEL=2",
        ] {
            let error = Builder::new(role).set("ssl_cipher", list).unwrap_err();
            assert_eq!(error.code, Code::OptionValue, "{list}");
            assert!(error.message().contains("put ':' in front of @SECLEVEL"), "{error}");
        }
        for (list, level) in [
            ("HIGH:kRSA+ECDHE:@SECLEVEL=0", "0"),
            ("HIGH:RC4 @SECLEVEL=0", "0"),
            ("HIGH:AES128+ECDHE@SECLEVEL=1", "1"),
            ("HIGH:!CHACHA20@SECLEVEL=1", "1"),
            ("HIGH:FIPS@SECLEVEL=1", "1"),
            // OpenSSL passes over what follows a name that it does not know, and so do we.
            ("HIGH:FOO@SECLEVEL=0", "2"),
            ("HIGH:HIGH+FIPS@SECLEVEL=0", "2"),
            ("HIGH:TLS_AES_128_GCM_SHA256@SECLEVEL=0", "2"),
        ] {
            let context = pki::try_context(role, &[("ssl_cipher", list)]).unwrap();
            assert_eq!(context.value("tlsql_security_level").as_deref(), Some(level), "{list}");
        }
    }
}

#[test]
fn a_list_that_lowers_the_security_level_is_told() {
    for (options, expected) in [
        (&[("ssl_cipher", "HIGH:@SECLEVEL=0")][..], Some(0)),
        (&[("ssl_cipher", "DEFAULT@SECLEVEL=1")], Some(1)),
        (&[("ssl_cipher", "DEFAULT@SECLEVEL=0:@SECLEVEL=1")], Some(1)),
        (&[("ssl_cipher", "HIGH:@SECLEVEL=2")], None),
        (&[("ssl_cipher", "HIGH")], None),
        (&[("tlsql_security_level", "0"), ("ssl_cipher", "HIGH:@SECLEVEL=0")], None),
        (&[("ssl_cipher", "HIGH:@SECLEVEL=0"), ("ssl_cipher", "HIGH")], None),
    ] {
        for role in ROLES {
            let builder = pki::builder(role, options).unwrap();
            let notes: Vec<_> = builder.notes().iter().map(|n| (n.severity, &*n.text)).collect();
            let text = expected.map(|level| {
                format!(
                    "ssl_cipher: @SECLEVEL sets tlsql_security_level={level}, below the default"
                )
            });
            let expected: Vec<_> = text.iter().map(|text| (Severity::Note, &**text)).collect();
            assert_eq!(notes, expected, "{options:?}");
        }
    }
}

#[test]
fn a_server_needs_a_suite_for_its_key() {
    let (rsa, ed25519) = (kept_pair("rsa2048"), kept_pair("ed25519"));
    let ecdsa = ["server-cert.pem".to_owned(), "server-key.pem".to_owned()];
    for (pair, kind, list, fits) in [
        (&ecdsa, "ECDSA", "DHE", false),
        (&ecdsa, "ECDSA", "ECDHE-RSA-AES128-GCM-SHA256", false),
        (&ecdsa, "ECDSA", "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256", true),
        // RFC 8422 section 5.1.1: its suites are those of ECDSA.
        (&ed25519, "ECDSA", "aRSA", false),
        (&ed25519, "ECDSA", "aECDSA", true),
        (&rsa, "RSA", "aECDSA", false),
        (&rsa, "RSA", "DHE", true),
        (&rsa, "RSA", "ECDHE-RSA-AES128-GCM-SHA256", true),
    ] {
        let with = |more: &[(&'static str, &'static str)]| {
            let pair = [("ssl_cert", &*pair[0]), ("ssl_key", &*pair[1]), ("ssl_cipher", list)];
            pki::builder(Role::Server, &[&pair[..], more].concat()).unwrap()
        };
        let both = with(&[]);
        let notes: Vec<_> = both.notes().iter().map(|n| (n.severity, &*n.text)).collect();
        let text = format!(
            "ssl_cipher: no suite with {kind} authentication, which the certificate's key needs: \
             TLS 1.2 is not spoken"
        );
        let expected = if fits { vec![] } else { vec![(Severity::Warning, &*text)] };
        assert_eq!(notes, expected, "{list}");
        assert!(Context::new(&both).is_ok());
        for more in [&[("tls_version", "TLSv1.2")][..], &[("tls_ciphersuites", "")]] {
            let builder = with(more);
            assert!(builder.notes().is_empty(), "{:?}", builder.notes());
            match Context::new(&builder) {
                Ok(_) => assert!(fits, "{list} {more:?}"),
                Err(error) => {
                    assert!(!fits, "{list} {more:?}: {error}");
                    assert_eq!((error.code, error.mysql_errno()), (Code::NoCipher, 2026));
                    for words in ["ssl_cipher", kind, "the certificate's key"] {
                        assert!(error.message().contains(words), "{error}");
                    }
                }
            }
        }
        // Without TLS 1.2 the list does not count, and without TLS nothing does.
        let idle = "ssl_cipher: no effect: tls_version has no TLSv1.2";
        let off = "ssl_cert: no effect beside ssl=OFF; the same goes for ssl_key";
        for (more, expected) in [(("tls_version", "TLSv1.3"), idle), (("ssl", "OFF"), off)] {
            let builder = with(&[more]);
            let notes: Vec<_> = builder.notes().iter().map(|note| &*note.text).collect();
            assert_eq!(notes, [expected], "{more:?}");
            assert!(Context::new(&builder).is_ok());
        }
    }
}

#[test]
fn a_key_from_memory_needs_a_suite_too() {
    let mut builder = Builder::new(Role::Server);
    builder.set("ssl_cipher", "DHE").unwrap();
    builder.set_identity(&pki::read("server-cert.pem"), &pki::read("server-key.pem")).unwrap();
    let [note] = builder.notes() else { panic!("{:?}", builder.notes()) };
    assert_eq!((note.severity, note.option), (Severity::Warning, "ssl_cipher"));
    let [cert, key] = kept_pair("rsa2048").map(|path| std::fs::read(path).unwrap());
    builder.set_identity(&cert, &key).unwrap();
    assert!(builder.notes().is_empty(), "{:?}", builder.notes());
    // A client's key says nothing about the server's suites.
    let options = [("ssl_cert", "client-cert.pem"), ("ssl_key", "client-key.pem")];
    let options = [&options[..], &[("ssl_cipher", "DHE"), ("tls_version", "TLSv1.2")]].concat();
    assert!(pki::builder(Role::Client, &options).unwrap().notes().is_empty());
    assert!(pki::try_context(Role::Client, &options).is_ok());
}

fn kept_pair(name: &str) -> [String; 2] {
    [pki::kept(&format!("keys/{name}-cert.pem")), pki::kept(&format!("keys/{name}-pkcs8.pem"))]
}

#[test]
fn suites_of_tls_13_are_chosen_by_their_own_option() {
    const CHACHA: &str = "TLS_CHACHA20_POLY1305_SHA256";
    const AES128_LAST: &str = "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";
    for (client, server, expected) in [
        (CHACHA, "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256", CHACHA),
        ("TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384", AES128_LAST, CHACHA),
        (
            "FOO:TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384",
            AES128_LAST,
            "TLS_AES_128_GCM_SHA256",
        ),
    ] {
        let option = |value| [("tls_ciphersuites", value)];
        let client = pki::client(&option(client));
        let server = pki::server_as("server", &option(server));
        let (mut client, mut server) = link(&client, &server, Schedule::Whole);
        run(&mut client, &mut server);
        assert_eq!(client.conn.cipher_name(), expected);
    }
    for role in ROLES {
        for value in ["FOO", ":", "TLS_AES_128_CCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"] {
            let error = Builder::new(role).set("tls_ciphersuites", value).unwrap_err();
            assert_eq!((error.code, error.mysql_errno()), (Code::NoCipher, 2026), "{value:?}");
            assert!(error.message().contains("tls_ciphersuites"), "{error}");
        }
        let mut builder = Builder::new(role);
        builder.set("tls_ciphersuites", "TLS_AES_128_CCM_SHA256:TLS_AES_128_GCM_SHA256").unwrap();
        let [note] = builder.notes() else { panic!("{:?}", builder.notes()) };
        let text = "tls_ciphersuites: 'TLS_AES_128_CCM_SHA256' is not supported (CCM) and left out";
        assert_eq!((note.severity, note.text.as_str()), (Severity::Note, text));
    }
}

#[test]
fn without_suites_of_tls_13_there_is_none() {
    // T56, which is found out before a connection is made.
    for role in ROLES {
        let options =
            [("tls_ciphersuites", ""), ("tls_version", "TLSv1.3"), ("ssl_cert", "both.pem")];
        let error = pki::try_context(role, &options).unwrap_err();
        assert_eq!((error.code, error.mysql_errno()), (Code::NoCipher, 2026));
        assert!(error.message().contains("tls_ciphersuites"), "{error}");
    }
    for (client, server) in
        [(&[("tls_ciphersuites", "")][..], &[][..]), (&[], &[("tls_ciphersuites", "")])]
    {
        let (client, server) = (pki::client(client), pki::server_as("server", server));
        let (mut client, mut server) = link(&client, &server, Schedule::Whole);
        run(&mut client, &mut server);
        assert_eq!(client.conn.negotiated().unwrap().version, 0x0303);
    }
}

#[test]
fn whose_order_counts_is_the_profiles_to_say() {
    // T102, D13
    const ECDSA: [&str; 2] = ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"];
    const TLS13: [&str; 2] = ["TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"];
    for (profile, server_decides) in [("mysql57", false), ("mariadb", false), ("mysql8", true)] {
        for (option, version, [a, b]) in
            [("ssl_cipher", "TLSv1.2", ECDSA), ("tls_ciphersuites", "TLSv1.3", TLS13)]
        {
            for (first, second) in [(a, b), (b, a)] {
                let theirs = [first, second].join(":");
                let ours = [second, first].join(":");
                let client = pki::client(&[(option, &theirs), ("tls_version", version)]);
                let server =
                    pki::server_as("server", &[(option, &ours), ("tlsql_profile", profile)]);
                let (mut client, mut server) = link(&client, &server, Schedule::Whole);
                run(&mut client, &mut server);
                let expected = if server_decides { second } else { first };
                assert_eq!(client.conn.cipher_name(), expected, "{profile} {version}");
            }
        }
        // The defaults: MySQL 8 prefers AES-128.
        let server = pki::server_as("server", &[("tlsql_profile", profile)]);
        let (mut client, mut server) = link(&pki::client(&[]), &server, Schedule::Whole);
        run(&mut client, &mut server);
        let expected =
            if server_decides { "TLS_AES_128_GCM_SHA256" } else { "TLS_AES_256_GCM_SHA384" };
        assert_eq!(client.conn.cipher_name(), expected, "{profile}");
    }
}
