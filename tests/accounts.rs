//! Who may log in: the requirements of an account against whole connections (T107 to T114).

mod support;

use std::sync::OnceLock;

use support::issued::{Issued, Issuer, name};
use support::{Host, Schedule, link, pki, run, wire};
use tlsql::{
    Account, Builder, Code, Conn, Context, Denied, Error, Login, Outcome, Phase, Role, UsedPassword,
};

/// Subject and issuer of the good client.
const SUBJECT: &str = "/C=SE/ST=Uppsala/O=MySQL AB/CN=client";
const ISSUER: &str = "/C=SE/O=MySQL AB/CN=test CA";

const BOB: Login<'_> = Login { user: b"bob", host: b"db.example", password: UsedPassword::Yes };
const DENIED: &str = "Access denied for user 'bob'@'db.example' (using password: YES)";

// Each form

#[test]
fn none_admits_everybody() {
    for server in [plain("mysql57"), anonymous("mysql57"), good("mysql57")] {
        assert_admitted(&server, &account(&[("require", "NONE")]));
        assert_admitted(&server, &account(&[("clause", "REQUIRE NONE")]));
    }
}

#[test]
fn ssl_needs_tls() {
    // T107
    let accounts = [account(&[("require", "ssl")]), account(&[("clause", "REQUIRE SSL")])];
    for account in accounts {
        for profile in PROFILES {
            assert_refused(&plain(profile), &account, Code::AccountSsl);
            assert_admitted(&anonymous(profile), &account);
            assert_admitted(&good(profile), &account);
        }
    }
}

#[test]
fn x509_needs_a_verified_certificate() {
    // T108
    let account = account(&[("require", "X509")]);
    for profile in PROFILES {
        assert_refused(&plain(profile), &account, Code::AccountSsl);
        assert_refused(&anonymous(profile), &account, Code::AccountX509);
        assert_admitted(&good(profile), &account);
    }
}

#[test]
fn a_local_transport_is_not_ssl() {
    let server = in_clear("mysql57", "unix");
    assert!(server.conn.is_secure());
    assert_refused(&server, &account(&[("require", "SSL")]), Code::AccountSsl);
}

#[test]
fn cipher_compares_the_name_of_the_suite() {
    let suite = |name: &str| account(&[("cipher", name)]);
    for (version, right, wrong) in [
        ("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384"),
        ("TLSv1.3", "TLS_AES_128_GCM_SHA256", "tls_aes_128_gcm_sha256"),
    ] {
        let option = if version == "TLSv1.2" { "ssl_cipher" } else { "tls_ciphersuites" };
        // The key of this server is of P-256.
        let right = right.replace("RSA", "ECDSA");
        let client = [("tls_version", version), (option, right.as_str())];
        let met = meet(&server("mysql57"), &client_with(Some(&good_client()), &client));
        assert_eq!(met.conn.cipher_name(), right);
        assert_admitted(&met, &suite(&right));
        let refused = assert_refused(&met, &suite(wrong), Code::AccountCipher);
        assert_eq!(
            refused.log.message(),
            format!("X509 ciphers mismatch: should be '{wrong}' but is '{right}'")
        );
        assert_refused(&plain("mysql57"), &suite(&right), Code::AccountSsl);
    }
}

#[test]
fn cipher_alone_needs_a_certificate_in_mysql_and_not_in_mariadb() {
    // T110
    for profile in PROFILES {
        let met = anonymous(profile);
        let account = account(&[("cipher", met.conn.cipher_name())]);
        match profile {
            "mariadb" => assert_admitted(&met, &account),
            _ => assert_eq!(assert_refused(&met, &account, Code::AccountX509).log.log_code(), 0),
        }
        let with_issuer = self::account(&[("cipher", met.conn.cipher_name()), ("issuer", ISSUER)]);
        assert_refused(&met, &with_issuer, Code::AccountX509);
        let wrong = self::account(&[("cipher", "AES128-SHA")]);
        assert_refused(&met, &wrong, Code::AccountCipher);
    }
}

#[test]
fn issuer_and_subject_are_compared_octet_by_octet() {
    // T109, T114
    let met = good("mysql8");
    for (subject, issuer) in
        [(Some(SUBJECT), Some(ISSUER)), (Some(SUBJECT), None), (None, Some(ISSUER))]
    {
        let set = [("subject", subject), ("issuer", issuer)];
        let set: Vec<_> = set.iter().filter_map(|(name, value)| Some((*name, (*value)?))).collect();
        assert_admitted(&met, &account(&set));
    }
    for wrong in [
        "/C=SE/ST=Uppsala/O=MySQL AB/CN=cliens",
        "/C=SE/ST=Uppsala/O=MySQL AB/CN=Client",
        "/C=SE/ST=Uppsala/O=MySQL AB/CN=client ",
        "/C=SE/ST=Uppsala/O=MySQL AB",
        "/CN=client/O=MySQL AB/ST=Uppsala/C=SE",
        "/C=SE/ST=Uppsala/O=MySQL AB+CN=client",
        "/c=SE/ST=Uppsala/O=MySQL AB/CN=client",
    ] {
        let refused = assert_refused(
            &met,
            &account(&[("issuer", ISSUER), ("subject", wrong)]),
            Code::AccountSubject,
        );
        let expected = format!("X.509 subject mismatch: should be '{wrong}' but is '{SUBJECT}'");
        assert_eq!((refused.log.message(), refused.log.log_code()), (expected, 10291));
        let refused = assert_refused(&met, &account(&[("issuer", wrong)]), Code::AccountIssuer);
        let expected = format!("X.509 issuer mismatch: should be '{wrong}' but is '{ISSUER}'");
        assert_eq!((refused.log.message(), refused.log.log_code()), (expected, 10290));
    }
}

#[test]
fn the_first_failure_in_mysqls_order_counts() {
    let wrong = [("subject", "/CN=x"), ("issuer", "/CN=x"), ("cipher", "x"), ("san", "DNS:x")];
    let met = good("mysql57");
    let right = [("subject", SUBJECT), ("issuer", ISSUER), ("cipher", met.conn.cipher_name())];
    for (wrong, right, code) in [
        (&wrong[..], &[][..], Code::AccountCipher),
        (&wrong, &right[2..], Code::AccountIssuer),
        (&wrong, &right[1..], Code::AccountSubject),
        (&wrong, &right, Code::AccountSan),
    ] {
        assert_refused(&met, &account(&[wrong, right].concat()), code);
    }
    assert_admitted(&met, &account(&right));
    assert_refused(&plain("mysql57"), &account(&wrong), Code::AccountSsl);
    assert_refused(&anonymous("mysql57"), &account(&wrong), Code::AccountCipher);
    assert_refused(&anonymous("mysql57"), &account(&wrong[..2]), Code::AccountX509);
}

/// A server that keeps no certificates has none to compare, and refuses.
#[test]
fn a_certificate_that_was_not_kept_satisfies_nothing() {
    let mut builder = server_builder("mysql57");
    builder.set("tlsql_keep_peer_chain", "OFF").unwrap();
    let client = client_with(Some(&good_client()), &[("ssl_mode", "REQUIRED")]);
    let met = meet(&Context::new(&builder).unwrap(), &client);
    assert_admitted(&met, &account(&[("require", "SSL")]));
    for required in [("require", "X509"), ("subject", SUBJECT), ("issuer", ISSUER)] {
        assert_refused(&met, &account(&[required]), Code::AccountX509);
    }
}

#[test]
fn the_issuer_is_the_one_next_to_the_certificate() {
    let sub = ca().sub_ca(&name(&[&[("O", b"MySQL AB")], &[("CN", b"sub CA")]]));
    let client = sub.client(&client_name(), &[]).with(&sub);
    let met = meet(&server("mysql57"), &client_with(Some(&client), &[]));
    assert_admitted(&met, &account(&[("issuer", "/O=MySQL AB/CN=sub CA"), ("subject", SUBJECT)]));
    assert_refused(&met, &account(&[("issuer", ISSUER)]), Code::AccountIssuer);
}

#[test]
fn san_is_one_of_the_certificates_names() {
    let names = [
        &b"\x82\x0adb.example\x82\x09*.example"[..],
        b"\x86\x0bspiffe://a/",
        b"\x87\x04\x0a\0\0\x01",
        b"\x87\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01",
    ];
    let client = ca().client(&client_name(), &names.concat());
    let met = meet(&server("mysql57"), &client_with(Some(&client), &[]));
    for san in [
        "DNS:db.example",
        "dns:DB.Example",
        "DNS:*.example",
        "URI:spiffe://a/",
        "IP:10.0.0.1",
        "IP:::1",
    ] {
        assert_admitted(&met, &account(&[("san", san)]));
        assert_admitted(&met, &account(&[("san", san), ("subject", SUBJECT)]));
        assert_refused(&good("mysql57"), &account(&[("san", san)]), Code::AccountSan);
        assert_refused(&anonymous("mysql57"), &account(&[("san", san)]), Code::AccountX509);
    }
    for san in ["DNS:a.example", "URI:spiffe://A/", "URI:db.example", "IP:10.0.0.2", "DNS:10.0.0.1"]
    {
        let refused = assert_refused(&met, &account(&[("san", san)]), Code::AccountSan);
        let expected = format!(
            "X509 subjectAltName mismatch: should be '{san}' but is 'DNS:db.example, \
             DNS:*.example, URI:spiffe://a/, IP:10.0.0.1, IP:::1'"
        );
        assert_eq!((refused.log.message(), refused.log.log_code()), (expected, 0));
    }
}

// Names in one line

#[test]
fn the_form_decides_and_what_is_ambiguous_satisfies_nothing() {
    // T112, T113, D6
    let slash = name(&[&[("CN", b"cl/ient")]]);
    let imitation = name(&[&[("O", b"x/CN=admin")]]);
    let multi = name(&[&[("O", b"Interop")], &[("OU", b"a"), ("CN", b"multi")]]);
    let plus = name(&[&[("CN", b"a+b")]]);
    let escape = name(&[&[("CN", br"zo\xC3\xAB")]]);
    let umlaut = name(&[&[("CN", "zoë".as_bytes())]]);
    let backslash = name(&[&[("CN", br"DOMAIN\user")]]);
    let behind = name(&[&[("CN", br"a\/b")]]);
    let end = name(&[&[("CN", br"a\")], &[("O", b"b")]]);
    for (subject, line, admitted) in [
        (&slash, r"/CN=cl\/ient", &["openssl3"][..]),
        (&imitation, "/O=x/CN=admin", &[]),
        (&imitation, r"/O=x\/CN=admin", &["openssl3"]),
        (&multi, "/O=Interop/OU=a+CN=multi", &["openssl3"]),
        (&multi, "/O=Interop/OU=a/CN=multi", &["openssl1"]),
        (&plus, r"/CN=a\+b", &["openssl3"]),
        (&behind, r"/CN=a\\/b", &["openssl3"]),
        (&umlaut, r"/CN=zo\xC3\xAB", &["openssl3", "openssl1", "any"]),
        (&escape, r"/CN=zo\xC3\xAB", &[]),
        (&backslash, r"/CN=DOMAIN\user", &["openssl3", "openssl1", "any"]),
        (&end, r"/CN=a\/O=b", &[]),
        (&client_name(), SUBJECT, &["openssl3", "openssl1", "any"]),
    ] {
        let met = meet(&server("mysql57"), &client_with(Some(&ca().client(subject, &[])), &[]));
        for form in ["openssl3", "openssl1", "any"] {
            let account = account(&[("one_line", form), ("subject", line)]);
            if admitted.contains(&form) {
                assert_admitted(&met, &account);
            } else {
                assert_refused(&met, &account, Code::AccountSubject);
            }
        }
    }
}

#[test]
fn the_log_says_that_a_line_is_ambiguous() {
    let met = meet(
        &server("mysql57"),
        &client_with(Some(&ca().client(&name(&[&[("O", b"x/CN=admin")]]), &[])), &[]),
    );
    let account = account(&[("subject", "/O=x/CN=admin"), ("one_line", "openssl1")]);
    let refused = assert_refused(&met, &account, Code::AccountSubject);
    assert_eq!(
        refused.log.message(),
        "X509 subject mismatch: should be '/O=x/CN=admin' but is '/O=x/CN=admin', a line that \
         another name could have too"
    );
}

#[test]
fn a_clause_means_what_it_says() {
    let met = good("mysql57");
    let cipher = met.conn.cipher_name();
    for clause in [
        format!("REQUIRE SUBJECT '{SUBJECT}' AND ISSUER '{ISSUER}'"),
        format!("require issuer \"{ISSUER}\" subject \"{SUBJECT}\" cipher '{cipher}'"),
    ] {
        assert_admitted(&met, &account(&[("clause", &clause)]));
    }
    let other = format!("REQUIRE SUBJECT '{SUBJECT}' AND ISSUER '/CN=x'");
    let replaced = [("clause", other.as_str()), ("clause", "REQUIRE X509")];
    assert_refused(&met, &account(&replaced[..1]), Code::AccountIssuer);
    assert_admitted(&met, &account(&replaced));
}

// The refusal

#[test]
fn the_peer_learns_no_more_than_of_a_wrong_password() {
    let plain = plain("mysql57");
    let good = good("mysql57");
    let wrong_password = BOB.denied(Code::State.into()).refusal;
    for (met, set) in [
        (&plain, ("require", "SSL")),
        (&anonymous("mysql57"), ("require", "X509")),
        (&good, ("cipher", "x")),
        (&good, ("issuer", "/CN=x")),
        (&good, ("subject", "/CN=x")),
        (&good, ("san", "DNS:x")),
    ] {
        let Denied { refusal, .. } = met.conn.check_account(&account(&[set]), &BOB).unwrap_err();
        for error in [refusal, wrong_password.clone()] {
            assert_eq!((error.mysql_errno(), error.sqlstate().as_str()), (1045, "28000"));
            assert_eq!(error.message(), DENIED, "{set:?}");
            assert_eq!((error.log_code(), error.verify_flags()), (0, 0));
        }
    }
}

#[test]
fn the_password_is_mentioned_as_the_host_says() {
    let met = plain("mysql57");
    for (password, errno, text) in [
        (UsedPassword::No, 1045, "Access denied for user 'bob'@'db.example' (using password: NO)"),
        (UsedPassword::Yes, 1045, DENIED),
        (UsedPassword::NotMentioned, 1698, "Access denied for user 'bob'@'db.example'"),
    ] {
        let login = Login { password, ..BOB };
        let denied = met.conn.check_account(&account(&[("require", "SSL")]), &login).unwrap_err();
        assert_eq!(denied.refusal.mysql_errno(), errno);
        assert_eq!(
            (denied.refusal.sqlstate().as_str(), denied.refusal.message()),
            ("28000", text.to_owned())
        );
        assert_eq!(denied.refusal.code, Code::AccountSsl);
    }
}

#[test]
fn names_stand_in_the_refusal_as_far_as_mysql_has_them() {
    let long = "u".repeat(81);
    let wide = "ä".repeat(80);
    let host = "h".repeat(256);
    for (user, host, shown) in [
        (&b""[..], &b""[..], "''@''".to_owned()),
        (long.as_bytes(), b"h", format!("'{}'@'h'", "u".repeat(80))),
        (wide.as_bytes(), host.as_bytes(), format!("'{wide}'@'{}'", "h".repeat(255))),
        (b"a\x1b[2Jb\n", b"\0", r"'a\u{1b}[2Jb\n'@'\u{0}'".to_owned()),
        (b"a\xff\xc3", b"\xe4", r"'a\xFF\xC3'@'\xE4'".to_owned()),
        ("a\u{202e}b".as_bytes(), b"o'h", r"'a\u{202e}b'@'o'h'".to_owned()),
    ] {
        let login = Login { user, host, password: UsedPassword::Yes };
        let denied = plain("mysql57").conn.check_account(&account(&[("require", "SSL")]), &login);
        let expected = format!("Access denied for user {shown} (using password: YES)");
        assert_eq!(denied.unwrap_err().refusal.message(), expected);
        assert!(expected.len() < 512, "MYSQL_ERRMSG_SIZE");
    }
}

#[test]
fn long_texts_stay_apart_in_the_log() {
    let long = format!("/CN={}", "x".repeat(900));
    let refused =
        assert_refused(&good("mysql57"), &account(&[("subject", &long)]), Code::AccountSubject);
    let message = refused.log.message();
    assert!(
        message.len() < 512 && message.ends_with(&format!("' but is '{SUBJECT}'")),
        "{message}"
    );
}

// When it may be asked

#[test]
fn an_account_is_asked_about_at_a_server_that_is_up() {
    let account = account(&[("require", "NONE")]);
    let early = Conn::new(&server("mysql57"));
    for login in [BOB, Login { password: UsedPassword::NotMentioned, ..BOB }] {
        let denied = early.check_account(&account, &login).unwrap_err();
        assert_eq!((denied.log.code, denied.refusal.code), (Code::State, Code::State));
        assert!(DENIED.starts_with(&denied.refusal.message()), "the peer may know that");
    }
    let (mut client, mut server) =
        link(&client_with(None, &[]), &server("mysql57"), Schedule::Whole);
    run(&mut client, &mut server);
    assert_eq!(code(client.conn.check_account(&account, &BOB)), Some(Code::State), "a client");
    for _ in 0..2 {
        assert_eq!(code(server.conn.check_account(&account, &BOB)), None, "COM_CHANGE_USER");
    }
    server.conn.close().unwrap();
    server.settle();
    assert_eq!(code(server.conn.check_account(&account, &BOB)), Some(Code::State), "closed");
}

#[test]
fn an_account_that_says_nothing_is_an_error() {
    for set in [&[][..], &[("one_line", "any")]] {
        for met in [plain("mysql57"), good("mysql57")] {
            let denied = met.conn.check_account(&account(set), &BOB).unwrap_err();
            assert_eq!(denied.log.code, Code::Argument);
            assert!(denied.log.message().contains("require=NONE"), "{}", denied.log);
            assert_eq!(denied.refusal.message(), DENIED);
        }
    }
}

// What may be set

#[test]
fn what_is_not_taken_is_named_and_changes_nothing() {
    for (before, name, value, code, says) in [
        (&[][..], "requires", "SSL", Code::OptionName, "one_line, clause"),
        (&[], "REQUIRE", "SSL", Code::OptionName, "one_line, clause"),
        (&[], "require", "", Code::OptionValue, "'' is none of NONE, SSL, X509"),
        (&[], "require", "TLS", Code::OptionValue, "'TLS' is none of NONE, SSL, X509"),
        (&[], "one_line", "3", Code::OptionValue, "'3' is none of openssl3, openssl1, any"),
        (&[], "cipher", "", Code::OptionValue, "'' is no name of a cipher suite"),
        (&[], "subject", "CN=x", Code::OptionValue, "'CN=x' is no name in one line"),
        (&[], "issuer", "/CN=a/b", Code::OptionValue, "'b' is no attribute"),
        (&[], "subject", "/CN=a\0", Code::OptionValue, r"\x00"),
        (&[], "san", "db.example", Code::OptionValue, "'db.example' is none of URI:"),
        (&[], "san", "EMAIL:a@b", Code::OptionValue, "'EMAIL:a@b' is none of URI:"),
        (&[], "san", "IP:10.0.0", Code::OptionValue, "'IP:10.0.0' is not an address"),
        (&[], "san", "DNS:a,DNS:b", Code::OptionValue, "is not one name"),
        (&[], "san", "DNS:", Code::OptionValue, "is not one name"),
        (&[], "clause", "", Code::OptionValue, "an empty clause"),
        (&[], "clause", "REQUIRE FOO", Code::OptionValue, "'FOO' is none of"),
        (&[], "clause", "REQUIRE SUBJECT 'x'", Code::OptionValue, "'x' is no name in one line"),
        (&[], "clause", r"REQUIRE SUBJECT '/CN=cl\/ient'", Code::OptionValue, "'ient' is no"),
        (&[("require", "SSL")], "subject", "/CN=x", Code::OptionValue, "SSL stands alone"),
        (&[("subject", "/CN=x")], "require", "NONE", Code::OptionValue, "NONE stands alone"),
        (&[("san", "DNS:x")], "clause", "REQUIRE X509", Code::OptionValue, "X509 stands alone"),
    ] {
        let mut account = account(before);
        let unchanged = format!("{account:?}");
        let error: Error = account.set(name, value).unwrap_err();
        assert_eq!(error.code, code, "{name}={value}: {error}");
        assert!(error.message().contains(says), "{name}={value}: {error}");
        assert!(error.message().contains(&format!("({name})")), "{error}");
        assert!(error.message().contains("tlsql_account_set()"), "{error}");
        assert_eq!(format!("{account:?}"), unchanged);
    }
    account(&[("one-line", "OpenSSL1"), ("clause", r"REQUIRE SUBJECT '/CN=cl\\/ient'")]);
}

#[test]
fn the_reason_stands_behind_the_longest_name() {
    let long = format!("/CN=a/{}", "b".repeat(70_000));
    for (name, value) in
        [("subject", long.clone()), ("clause", format!("REQUIRE SUBJECT '{long}'"))]
    {
        let message = account(&[]).set(name, &value).unwrap_err().message();
        assert!(message.contains("...' is no attribute (a / or + of a value"), "{message}");
        assert!(message.len() < 512, "TLSQL_MESSAGE_SIZE: {message}");
    }
}

// Connections

const PROFILES: [&str; 3] = ["mysql57", "mysql8", "mariadb"];

fn account(set: &[(&str, &str)]) -> Account {
    let mut account = Account::default();
    for (name, value) in set {
        account.set(name, value).unwrap_or_else(|error| panic!("{error}"));
    }
    account
}

fn assert_admitted(met: &Host, account: &Account) {
    let denied = met.conn.check_account(account, &BOB);
    assert!(denied.is_ok(), "{}", denied.unwrap_err().log);
}

fn assert_refused(met: &Host, account: &Account, code: Code) -> Denied {
    let denied = met.conn.check_account(account, &BOB).unwrap_err();
    assert_eq!((denied.refusal.code, denied.log.code), (code, code), "{}", denied.log);
    assert_eq!(denied.refusal.message(), DENIED);
    denied
}

fn code(result: Result<(), Denied>) -> Option<Code> {
    result.err().map(|denied| denied.log.code)
}

fn ca() -> &'static Issuer {
    static CA: OnceLock<Issuer> = OnceLock::new();
    CA.get_or_init(|| {
        Issuer::new(&name(&[&[("C", b"SE")], &[("O", b"MySQL AB")], &[("CN", b"test CA")]]))
    })
}

fn client_name() -> Vec<u8> {
    name(&[&[("C", b"SE")], &[("ST", b"Uppsala")], &[("O", b"MySQL AB")], &[("CN", b"client")]])
}

fn good_client() -> Issued {
    ca().client(&client_name(), &[])
}

fn server(profile: &str) -> Context {
    Context::new(&server_builder(profile)).unwrap()
}

fn server_builder(profile: &str) -> Builder {
    let mut builder = Builder::new(Role::Server);
    builder.set("tlsql_profile", profile).unwrap();
    builder.set_identity(&pki::read("server-cert.pem"), &pki::read("server-key.pem")).unwrap();
    builder.add_ca(&ca().certificate).unwrap();
    builder
}

fn client_with(identity: Option<&Issued>, options: &[(&str, &str)]) -> Context {
    let mut builder = pki::builder(Role::Client, options).unwrap();
    if let Some(issued) = identity {
        builder.set_identity(&issued.pem(), &issued.key).unwrap();
    }
    Context::new(&builder).unwrap()
}

/// A server that met a client in clear text.
fn plain(profile: &str) -> Host {
    in_clear(profile, "tcp")
}

fn in_clear(profile: &str, transport: &str) -> Host {
    let mut host = Host::new(&server(profile), Schedule::Whole).with("transport", transport);
    host.conn.server_start(&wire::greeting(wire::MYSQL97)).unwrap();
    host.settle();
    host.deliver(&wire::packet(1, &wire::login(wire::MYSQL_PROGRAM & !wire::CLIENT_SSL)));
    assert_eq!(host.conn.phase(), Phase::Plain);
    host
}

/// A server that met a client without a certificate.
fn anonymous(profile: &str) -> Host {
    meet(&server(profile), &client_with(None, &[("ssl_mode", "REQUIRED")]))
}

fn good(profile: &str) -> Host {
    meet(&server(profile), &client_with(Some(&good_client()), &[("ssl_mode", "REQUIRED")]))
}

fn meet(server: &Context, client: &Context) -> Host {
    let (mut client, mut server) = link(client, server, Schedule::Whole);
    run(&mut client, &mut server);
    assert_eq!(server.conn.outcome(), Outcome::Tls, "{:?}", server.conn.failure());
    server
}
