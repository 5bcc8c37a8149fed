//! A server that has certificates for names chooses by SNI, and shows its own for all others.

mod support;

use std::path::Path;

use support::plain_client::{PlainClient, WAYS};
use support::{Files, Host, SCHEDULES, Schedule, link, pki, run, wire};
use tlsql::{Builder, Code, Context, Error, Phase, Reload, Role, event};

const KEYS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/keys");
const SALT: [u8; 20] = [3; 20];
const SCRAMBLE: [u8; 20] = *b"abcdefghijklmnopqrst";

fn kept(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(KEYS).join(name)).unwrap()
}

/// The pairs of the names in these tests: P-256, RSA and Ed25519.
fn add(builder: &mut Builder, name: &str, key: &str) -> Result<(), Error> {
    let form = if key == "p256" { "sec1" } else { "pkcs8" };
    builder.add_name(name, &kept(&format!("{key}-cert.pem")), &kept(&format!("{key}-{form}.pem")))
}

/// A server with the certificate of `pki`, and of names.
fn builder(options: &[(&str, &str)], names: &[(&str, &str)]) -> Builder {
    let own = [("ssl_cert", "server-cert.pem"), ("ssl_key", "server-key.pem")];
    let mut builder = pki::builder(Role::Server, &[&own, options].concat()).unwrap();
    names.iter().for_each(|(name, key)| add(&mut builder, name, key).unwrap());
    builder
}

fn server(names: &[(&str, &str)]) -> Context {
    Context::new(&builder(&[], names)).unwrap()
}

/// A connection of a client with this SNI, or none for "".
fn met(client: &Context, server: &Context, sni: &str, schedule: Schedule) -> (Host, Host) {
    let (client, mut server) = link(client, server, schedule);
    let mut client = if sni.is_empty() { client } else { client.with("sni", sni) };
    run(&mut client, &mut server);
    (client, server)
}

/// The file with the certificate that the server showed.
fn shown(client: &Host) -> &'static str {
    let leaf = client.conn.negotiated().unwrap().peer_chain.get(0).unwrap().to_vec();
    if leaf == pki::der(&pki::read("server-cert.pem")) {
        return "own";
    }
    let known = ["p256", "rsa2048", "ed25519"];
    let is_it = |key: &&str| leaf == pki::der(&kept(&format!("{key}-cert.pem")));
    known.into_iter().find(is_it).unwrap_or("none that is known")
}

#[test]
fn the_certificate_is_that_of_the_name() {
    let server = server(&[
        ("www.test", "ed25519"),
        ("DB.example.test", "p256"),
        ("*.example.test", "rsa2048"),
    ]);
    for version in ["TLSv1.2", "TLSv1.3"] {
        let client = pki::client(&[("ssl_mode", "REQUIRED"), ("tls_version", version)]);
        for (sni, expected) in [
            ("www.test", "ed25519"),
            ("db.example.test", "p256"),
            ("dB.EXAMPLE.test", "p256"),
            ("other.example.test", "rsa2048"),
            ("a.b.example.test", "own"),
            ("example.test", "own"),
            ("unknown.test", "own"),
            ("", "own"),
        ] {
            for schedule in SCHEDULES {
                let (client, server) = met(&client, &server, sni, schedule);
                let what = format!("{version} {sni:?}");
                assert!(client.has(event::SECURED) && server.has(event::SECURED), "{what}");
                assert_eq!(shown(&client), expected, "{what}");
                // MariaDB's proof is of the certificate that the client saw.
                assert_eq!(
                    server.conn.own_proof(&SALT, &SCRAMBLE).unwrap(),
                    client.conn.peer_proof(&SALT, &SCRAMBLE).unwrap(),
                    "{what}"
                );
            }
        }
    }
}

/// DHE signs with RSA: a server has it for the name whose key is RSA, and for no other.
#[test]
fn a_suite_fits_the_key_of_the_name() {
    let server = server(&[("rsa.test", "rsa2048"), ("ec.test", "p256")]);
    let dhe = "DHE-RSA-AES256-GCM-SHA384";
    let both = format!("{dhe}:ECDHE-ECDSA-AES256-GCM-SHA384");
    let client = |list: &str| {
        pki::client(&[("ssl_mode", "REQUIRED"), ("tls_version", "TLSv1.2"), ("ssl_cipher", list)])
    };
    for (list, sni, expected) in [
        (dhe, "rsa.test", Some(dhe)),
        (&both, "rsa.test", Some(dhe)),
        (&both, "ec.test", Some("ECDHE-ECDSA-AES256-GCM-SHA384")),
        (dhe, "ec.test", None),
    ] {
        let (client, server) = met(&client(list), &server, sni, Schedule::Whole);
        let suite = (client.conn.phase() == Phase::Tls).then(|| client.conn.cipher_name());
        assert_eq!(suite, expected, "{list} {sni}");
        assert_eq!(server.error.is_none(), expected.is_some(), "{list} {sni}");
    }
}

/// A key for ECDSA signs in no suite of DHE, also where another name has those and the client takes no
/// curve of ours (RFC 4492 section 4).
#[test]
fn without_a_common_group_a_key_for_ecdsa_gets_no_dhe() {
    const DHE_RSA: u16 = 0x009f;
    const ECDHE_ECDSA: u16 = 0xc02c;
    const BRAINPOOL: u16 = 26;
    let server = server(&[("rsa.test", "rsa2048"), ("ec.test", "p256")]);
    let flight = |sni: &str| {
        let name = sni.as_bytes();
        let len = name.len() as u16;
        let list = [&(len + 3).to_be_bytes()[..], &[0], &len.to_be_bytes(), name].concat();
        let mut extensions = wire::usual_extensions(&[BRAINPOOL]);
        extensions.push((0, list));
        let hello = wire::client_hello(0x0303, &[ECDHE_ECDSA, DHE_RSA], &extensions);
        let mut host = Host::new(&server, Schedule::Whole);
        host.deliver(&wire::packet(1, &wire::ssl_request(wire::MYSQL_PROGRAM)));
        host.take_sent();
        host.deliver(&hello);
        (host.take_sent(), host.error.map(|error| error.code))
    };
    let (sent, error) = flight("rsa.test");
    assert_eq!(error, None);
    assert!(sent.windows(2).any(|suite| suite == DHE_RSA.to_be_bytes()));
    let (sent, error) = flight("ec.test");
    assert_eq!(error, Some(Code::Cipher));
    assert!(sent.starts_with(&wire::alert(40)), "{sent:?}");
}

/// A handshake that resumes a session shows no certificate: the one of its name counts.
#[test]
fn a_resumed_session_has_the_certificate_of_its_name() {
    let options = [("ssl_ca", "ca.pem"), ("tlsql_profile", "mariadb")];
    let server = Context::new(&builder(&options, &[("db.test", "ed25519")])).unwrap();
    for version in ["TLSv1.2", "TLSv1.3"] {
        let mode = ("ssl_mode", "REQUIRED");
        let client = pki::client_as("client", &[mode, ("tls_version", version)]);
        let mut ends = Vec::new();
        for (sni, expected) in [("db.test", "ed25519"), ("other.test", "own")] {
            for resumed in [false, true] {
                let (client, mut server) = link(&client, &server, Schedule::Whole);
                let facts = [("host", "localhost"), ("port", "3306"), ("sni", sni)];
                let mut client =
                    facts.iter().fold(client, |client, (name, value)| client.with(name, value));
                run(&mut client, &mut server);
                let what = format!("{version} {sni} {resumed}");
                assert_eq!(client.conn.negotiated().unwrap().resumed, resumed, "{what}");
                assert_eq!(shown(&client), expected, "{what}");
                assert_eq!(
                    server.conn.own_proof(&SALT, &SCRAMBLE).unwrap(),
                    client.conn.peer_proof(&SALT, &SCRAMBLE).unwrap(),
                    "{what}"
                );
                assert_ne!(server.conn.verified(), 0, "the client's certificate, {what}");
                ends.push(server.conn.status("Ssl_server_not_after").unwrap());
            }
        }
        assert_eq!([&ends[0], &ends[2]], [&ends[1], &ends[3]], "{version}");
        assert_ne!(ends[0], ends[2], "{version}: MariaDB has that of the connection");
    }
}

/// What a client knows of the server of one name is nothing about that of another (RFC 6066 section
/// 3), whatever certificate that shows.
#[test]
fn a_session_of_one_name_is_not_resumed_for_another() {
    let pair = [("ssl_cert", "wrongname-cert.pem"), ("ssl_key", "wrongname-key.pem")];
    let own = [&pair[..], &[("ssl_ca", "ca.pem")]].concat();
    let mut builder = pki::builder(Role::Server, &own).unwrap();
    let [cert, key] = ["server-cert.pem", "server-key.pem"].map(pki::read);
    builder.add_name("localhost", &cert, &key).unwrap();
    builder.add_name("db.example.test", &cert, &key).unwrap();
    let server = Context::new(&builder).unwrap();
    for keeps in WAYS {
        let peer = PlainClient::new(keeps, "client");
        let resumed = |name| {
            let met = peer.meet_as(&server, name, Schedule::Whole);
            assert_eq!(met.host.conn.phase(), Phase::Tls, "{keeps:?} {name}");
            (met.offered, met.resumed())
        };
        assert_eq!(resumed("localhost"), (false, false), "{keeps:?}");
        assert_eq!(resumed("localhost"), (true, true), "{keeps:?}");
        for name in ["db.example.test", "other.example.test", "localhost"] {
            assert_eq!(resumed(name), (true, false), "{keeps:?} {name}");
            assert_eq!(resumed(name), (true, true), "{keeps:?} {name}");
        }
    }
}

#[test]
fn what_is_no_pair_or_no_name_is_refused_and_changes_nothing() {
    let mut own = builder(&[], &[("db.test", "p256")]);
    let (cert, key) = (kept("rsa2048-cert.pem"), kept("rsa2048-pkcs8.pem"));
    for (cert, key, code, advice) in [
        (&cert, &kept("p256-sec1.pem"), Code::KeyMismatch, "Pass chain and key of one pair."),
        (&key, &key, Code::NoCert, "as chain."),
        (&Vec::new(), &key, Code::NoCert, "as chain."),
        (&cert, &cert, Code::NoKey, "as key."),
        (&cert, &kept("rsa2048-encrypted-pkcs1.pem"), Code::KeyEncrypted, "Pass it decrypted"),
        (
            &kept("secp256k1-cert.pem"),
            &kept("secp256k1-pkcs8.pem"),
            Code::KeyForm,
            "Pass an unencrypted RSA (2048",
        ),
    ] {
        let error = own.add_name("db.test", cert, key).unwrap_err();
        assert_eq!(error.code, code, "{}", error.message());
        assert!(error.message().contains("'db.test'"), "{}", error.message());
        assert!(error.message().contains(advice), "{}", error.message());
        assert_eq!(error.option_name(), None, "{}: no option has it", error.message());
    }
    for name in ["", "*", "db.test.", "127.0.0.1", "a b", "*.*.test", "b\u{fc}cher.test"] {
        let error = own.add_name(name, &cert, &key).unwrap_err();
        assert_eq!(error.code, Code::Argument, "{name}");
    }
    let (client, _) =
        met(&pki::client(&[]), &Context::new(&own).unwrap(), "db.test", Schedule::Whole);
    assert_eq!(shown(&client), "p256");
    // Another pair for a name takes the place of the first.
    add(&mut own, "DB.test", "rsa2048").unwrap();
    let (client, _) =
        met(&pki::client(&[]), &Context::new(&own).unwrap(), "db.test", Schedule::Whole);
    assert_eq!(shown(&client), "rsa2048");
    let error = add(&mut Builder::new(Role::Client), "db.test", "p256").unwrap_err();
    assert_eq!(error.code, Code::Argument);
}

#[test]
fn a_server_has_1000_names_at_most() {
    let mut own = Builder::new(Role::Server);
    (0..1000).for_each(|i| add(&mut own, &format!("n{i}.test"), "p256").unwrap());
    assert_eq!(add(&mut own, "more.test", "p256").unwrap_err().code, Code::Argument);
    add(&mut own, "n7.test", "ed25519").unwrap();
}

#[test]
fn names_need_a_certificate_for_all_others() {
    let mut names = Builder::new(Role::Server);
    add(&mut names, "db.test", "p256").unwrap();
    let error = Context::new(&names).unwrap_err();
    assert_eq!((error.code, error.option_name()), (Code::NoCert, Some("ssl_cert")));
    names.set("ssl", "OFF").unwrap();
    assert!(!Context::new(&names).unwrap().has_tls());
}

/// The certificate for all others may be a file's, or found in the data directory; a name is the
/// program's own certificate, which no file turns off (D17).
#[test]
fn the_certificate_for_all_others_comes_from_anywhere() {
    let directory = pki::dir().join("names-datadir");
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir(&directory).unwrap();
    for name in ["ca.pem", "server-cert.pem", "server-key.pem"] {
        std::fs::copy(pki::path(name), directory.join(name)).unwrap();
    }
    let pair = ["server-cert.pem", "server-key.pem"].map(pki::path);
    let [cert, key] = pair.each_ref().map(|path| std::fs::read(path).unwrap());
    let in_files = format!("ssl-cert={}\nssl-key={}", pair[0], pair[1]);
    for (is_memory, file) in [
        (true, String::new()),
        (true, "skip-ssl".to_owned()),
        (false, in_files.clone()),
        (false, format!("{in_files}\nskip-ssl")),
        (false, format!("datadir={}", directory.display())),
    ] {
        let files = Files::new();
        let path = files.write("my.cnf", format!("[g]\n{file}\n"));
        for file_first in [false, true] {
            let mut own = Builder::new(Role::Server);
            if file_first {
                own.read_options(&path, "g").unwrap();
            }
            add(&mut own, "db.test", "p256").unwrap();
            if is_memory {
                own.set_identity(&cert, &key).unwrap();
            }
            if !file_first {
                own.read_options(&path, "g").unwrap();
            }
            own.load_files().unwrap();
            let context = Context::new(&own).unwrap();
            let peer = pki::client(&[("ssl_mode", "REQUIRED")]);
            let shows = |name| shown(&met(&peer, &context, name, Schedule::Whole).0);
            assert_eq!((shows("db.test"), shows("x.test")), ("p256", "own"), "{file:?}");
        }
    }
}

/// A file cannot make a server that has names go on without TLS; the program can.
#[test]
fn only_the_program_turns_tls_off_beside_names() {
    let files = Files::new();
    let path = files.write("my.cnf", "[g]\ntlsql_on_config_error=disable\nssl-cert=/nonexistent\n");
    let mut own = Builder::new(Role::Server);
    own.read_options(&path, "g").unwrap();
    add(&mut own, "db.test", "p256").unwrap();
    assert_eq!(own.load_files().unwrap_err().code, Code::File);

    let mut own = builder(&[("ssl", "OFF")], &[("db.test", "p256")]);
    assert!(!Context::new(&own).unwrap().has_tls());
    let told = |own: &Builder| {
        own.notes().iter().any(|note| note.text.contains("no effect beside ssl=OFF"))
    };
    assert!(told(&own));
    own.unset("ssl").unwrap();
    own.load_files().unwrap();
    assert!(Context::new(&own).unwrap().has_tls() && !told(&own));
}

/// As for the other certificate, its issuers come from the CA certificates (D16).
#[test]
fn a_certificate_that_stands_alone_is_sent_with_its_issuers() {
    const IN_2027: u64 = 1_800_000_000;
    let kept = |name: &str| pki::kept(&format!("own-chain/{name}.pem"));
    let [leaf, key] = ["server-leaf", "key"].map(|name| std::fs::read(kept(name)).unwrap());
    let mut own = builder(&[("ssl_ca", &kept("bundle"))], &[]);
    own.set_clock(IN_2027);
    own.add_name("localhost", &leaf, &key).unwrap();
    let server = Context::new(&own).unwrap();
    let mut peer =
        pki::builder(Role::Client, &[("ssl_ca", &kept("root")), ("ssl_mode", "VERIFY_IDENTITY")])
            .unwrap();
    peer.set_clock(IN_2027);
    let (peer, server) = link(&Context::new(&peer).unwrap(), &server, Schedule::Whole);
    let (mut peer, mut server) = (peer.with("sni", "localhost"), server);
    run(&mut peer, &mut server);
    assert_ne!(peer.conn.verified(), 0);
    assert_eq!(peer.conn.negotiated().unwrap().peer_chain.iter().count(), 2);
}

#[cfg(feature = "encrypted-keys")]
#[test]
fn an_encrypted_key_of_a_name_is_read_with_the_passphrase() {
    let mut own = builder(&[("ssl_passphrase", "secret")], &[]);
    let (cert, key) = (kept("p256-cert.pem"), kept("encrypted/pbes2-aes256-sha1.pem"));
    own.add_name("db.test", &cert, &key).unwrap();
    let peer = pki::client(&[("ssl_mode", "REQUIRED")]);
    let (peer, _) = met(&peer, &Context::new(&own).unwrap(), "db.test", Schedule::Whole);
    assert_eq!(shown(&peer), "p256");
    own.set("ssl_passphrase", "wrong").unwrap();
    let error = own.add_name("other.test", &cert, &key).unwrap_err();
    assert_eq!(error.code, Code::KeyEncrypted);
    assert!(error.message().contains("'other.test'"), "{}", error.message());
}

#[test]
fn a_certificate_of_another_name_is_told() {
    let mut own = builder(&[], &[]);
    let [cert, key] = ["server-cert.pem", "server-key.pem"].map(pki::read);
    for name in ["db.example.test", "x.example.test", "*.example.test"] {
        own.add_name(name, &cert, &key).unwrap();
    }
    let notes: Vec<_> = own.notes().iter().map(|note| note.text.clone()).collect();
    let told = |name: &str| notes.iter().any(|note| note.contains(&format!("the name '{name}':")));
    assert!(!told("db.example.test"), "{notes:?}");
    assert!(told("x.example.test") && told("*.example.test"), "{notes:?}");
}

#[test]
fn every_name_needs_a_suite_and_is_verified_where_that_is_asked_for() {
    let list = [("ssl_cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"), ("tls_version", "TLSv1.2")];
    let error = Context::new(&builder(&list, &[("rsa.test", "rsa2048")])).unwrap_err();
    assert_eq!(error.code, Code::NoCipher);
    let of_name = "which the certificate's key needs (of the name 'rsa.test')";
    assert!(error.message().contains(of_name), "{}", error.message());

    let verified = [("ssl_ca", "ca.pem"), ("tls_certificates_enforced_validation", "ON")];
    Context::new(&builder(&verified, &[])).unwrap();
    let error = Context::new(&builder(&verified, &[("db.test", "p256")])).unwrap_err();
    assert_eq!(error.code, Code::OwnCert);
    assert!(error.message().contains("'db.test'"), "{}", error.message());
}

#[test]
fn a_reload_replaces_the_names() {
    let context = server(&[("db.test", "p256")]);
    // A resumed session shows the certificate of the first.
    let client = pki::client(&[("ssl_mode", "REQUIRED"), ("tlsql_session_cache_size", "0")]);
    let shows = |name| shown(&met(&client, &context, name, Schedule::Whole).0);
    let (mut early, mut server) = link(&client, &context, Schedule::Whole);
    early = early.with("sni", "db.test");
    let all_or_nothing = Reload { options: false, no_rollback: false };
    let names = [("db.test", "ed25519"), ("new.test", "rsa2048")];
    context.reload(&builder(&[], &names), all_or_nothing).unwrap();
    assert_eq!((shows("db.test"), shows("new.test")), ("ed25519", "rsa2048"));
    run(&mut early, &mut server);
    assert_eq!(shown(&early), "p256", "made before");
    context.reload(&builder(&[], &[]), all_or_nothing).unwrap();
    assert_eq!((shows("db.test"), shows("new.test")), ("own", "own"));
}

/// A day and a half before the server's own certificate expires, and long before, in this order: the
/// first of all certificates counts.
#[test]
fn days_left_are_those_of_the_first_that_expires() {
    let days = |names| {
        let days = server(names).status("Tlsql_days_left").unwrap();
        days.parse::<i64>().unwrap()
    };
    let mut expired = builder(&[], &[]);
    let (cert, key) = (pki::read("expired-cert.pem"), pki::read("expired-key.pem"));
    expired.add_name("old.test", &cert, &key).unwrap();
    let context = Context::new(&expired).unwrap();
    assert!(days(&[]) > 0);
    let left: i64 = context.status("Tlsql_days_left").unwrap().parse().unwrap();
    assert!(left < 0, "{left}");
    let notes: Vec<_> = expired.notes().iter().map(|note| note.text.as_str()).collect();
    let told = |note: &&str| note.contains("'old.test'") && note.contains("expired");
    assert!(notes.iter().any(told), "{notes:?}");
}
