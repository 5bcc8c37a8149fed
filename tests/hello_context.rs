//! What the context decides that a host chooses for a connection by the name in the first ClientHello:
//! `Conn::use_context`.

mod support;

use support::hello_choice::*;
use support::plain_client::{Keeps, PlainClient, WAYS};
use support::{Host, SCHEDULES, Schedule, link, pki, run, wire};
use tlsql::{Code, Context, Phase};

#[test]
fn what_verifies_clients_is_the_chosen_contexts() {
    let ca = [("ssl_ca", "ca.pem")];
    let other_ca = [("ssl_ca", "other-ca.pem")];
    let shows = ("ssl_cert", "client-cert.pem");
    for version in VERSIONS {
        let known = client(version, &[shows, ("ssl_key", "client-key.pem")]);
        for schedule in [Schedule::Whole, Schedule::Bytes, Schedule::Random(2)] {
            let meet = |before: Options<'_>, after: Options<'_>| {
                meet(&known, &front(before), Some(&tenant(after)), schedule).1
            };
            let server = meet(&[], &ca);
            assert_eq!(subject(&server.conn), "/CN=tlsql test client", "{version}");
            assert_ne!(server.conn.verified(), 0);
            let server = meet(&ca, &other_ca);
            assert_eq!(server.failure().code, Code::CertUnknownCa, "{version}");
            let server = meet(&other_ca, &ca);
            assert_ne!(server.conn.verified(), 0, "{version}: {:?}", server.error);
            let crl = [("ssl_ca", "ca.pem"), ("ssl_crl", "crl-client.pem")];
            assert_eq!(meet(&ca, &crl).failure().code, Code::CertRevoked, "{version}");
            assert_ne!(meet(&crl, &ca).conn.verified(), 0, "{version}");
            let server = meet(&ca, &[ca[0], ("tlsql_keep_peer_chain", "OFF")]);
            assert_eq!(subject(&server.conn), "", "{version}");
        }
    }
}

#[test]
fn accounts_and_the_proof_are_judged_under_the_chosen_context() {
    use tlsql::{Account, Login, UsedPassword};
    let mut account = Account::default();
    account.set("clause", "REQUIRE X509").unwrap();
    let login = Login { user: b"bob", host: b"db.example", password: UsedPassword::Yes };
    let shows = [("ssl_cert", "client-cert.pem"), ("ssl_key", "client-key.pem")];
    let client = client("TLSv1.3", &shows);
    let ca = [("ssl_ca", "ca.pem")];
    let without_chain = [ca[0], ("tlsql_keep_peer_chain", "OFF")];
    for (before, after, is_let_in) in [(&[][..], &ca[..], true), (&ca, &without_chain, false)] {
        let (client, server, _) =
            meet(&client, &front(before), Some(&tenant(after)), Schedule::Whole);
        assert_eq!(server.conn.check_account(&account, &login).is_ok(), is_let_in);
        // The digits are over the certificate that the client got.
        let (salt, scramble) = (&[b'1'; 20], &[b'2'; 20]);
        let own = server.conn.own_proof(salt, scramble).unwrap();
        assert_eq!(own, client.conn.peer_proof(salt, scramble).unwrap());
    }
}

#[test]
fn a_snapshot_of_the_context_is_kept() {
    let client = client("TLSv1.3", &[]);
    let (front, other) = (front(&[]), tenant(&[]));
    // Both are reloaded between the choice and the answer, and one is freed.
    let (one, mut server) = link(&client, &front, Schedule::Whole);
    let mut one = one.with("sni", "localhost");
    let (chosen, reloaded) = (other.clone(), front.clone());
    server.on_hello = Box::new(move |conn| {
        conn.use_context(&chosen).unwrap();
        let options = [("ssl_cert", "cn-cert.pem"), ("ssl_key", "cn-key.pem")];
        for context in [&chosen, &reloaded] {
            let more: Options<'_> =
                if context.value("tlsql_hello_event").unwrap() == "ON" { &[ON] } else { &[] };
            let options = [&options[..], more].concat();
            let builder = pki::builder(tlsql::Role::Server, &options).unwrap();
            context.reload(&builder, tlsql::Reload { options: true, no_rollback: false }).unwrap();
        }
    });
    drop((front, other.clone()));
    run(&mut one, &mut server);
    is_up([&one, &server]);
    assert_eq!(subject(&one.conn), TENANT);
    drop(other);
    one.app = b"olleh".to_vec();
    run(&mut one, &mut server);
    assert_eq!(server.got, b"olleh");
}

#[test]
fn the_own_context_may_be_chosen_anew_after_a_reload() {
    let own = front(&[]);
    let (client, mut server) = link(&client("TLSv1.3", &[]), &own, Schedule::Whole);
    let mut client = client.with("sni", "localhost");
    server.settle();
    let options = [("ssl_cert", "server-cert.pem"), ("ssl_key", "server-key.pem"), ON];
    let builder = pki::builder(tlsql::Role::Server, &options).unwrap();
    own.reload(&builder, tlsql::Reload { options: true, no_rollback: false }).unwrap();
    choose(&mut server, Some(&own));
    run(&mut client, &mut server);
    is_up([&client, &server]);
    assert_eq!(subject(&client.conn), TENANT);
}

#[test]
fn the_bound_on_the_handshake_stays_that_of_the_first() {
    let list = [pki::read("client-cert.pem"), pki::read("ca.pem").repeat(10)].concat();
    let mut builder = tlsql::Builder::new(tlsql::Role::Client);
    builder.set_identity(&list, &pki::read("client-key.pem")).unwrap();
    let client = Context::new(&builder).unwrap();
    let bound = |bytes| [("tlsql_max_handshake_bytes", bytes)];
    for (before, after, code) in
        [("65536", "4096", None), ("4096", "65536", Some(Code::HandshakeSize))]
    {
        let tenant = tenant(&[bound(after)[0], ("ssl_ca", "ca.pem")]);
        let (_, server, _) = meet(&client, &front(&bound(before)), Some(&tenant), Schedule::Whole);
        assert_eq!(server.error.map(|error| error.code), code, "{before} {after}");
    }
    // It counts from the first record on.
    let records =
        cut_anew(&hello(&[with_name(b"localhost"), vec![(21, vec![0; 2000])]].concat()), 1);
    let server = given(&[ON, bound("4096")[0]], Schedule::Whole, &records);
    assert_eq!(server.failure().code, Code::HandshakeSize);
    assert!(server.failure().message().contains("more than 4096 bytes"), "{}", server.failure());
}

#[test]
fn a_connection_is_counted_where_it_goes_on() {
    let (front, tenant) = (front(&[]), tenant(&[]));
    let client = client("TLSv1.3", &[]);
    meet(&client, &front, Some(&tenant), Schedule::Whole);
    assert_eq!((counts(&front), counts(&tenant)), ([0, 0], [1, 1]));
    meet(&client, &front, None, Schedule::Whole);
    assert_eq!((counts(&front), counts(&tenant)), ([1, 1], [1, 1]));
    // One that fails has begun, under the context that it has by then.
    let refusing = pki::client(&[("ssl_ca", "other-ca.pem")]);
    meet(&refusing, &front, Some(&tenant), Schedule::Whole);
    assert_eq!((counts(&front), counts(&tenant)), ([1, 1], [2, 1]));
    let mut server = Host::new(&front, Schedule::Bytes);
    server.settle();
    server.deliver(&wire::packet(1, &wire::ssl_request(wire::MYSQL_PROGRAM)));
    assert_eq!(counts(&front), [1, 1], "no ClientHello yet");
    server.deliver(&wire::record(wire::HANDSHAKE, &wire::handshake(20, &[0; 12])));
    assert_eq!(server.conn.phase(), Phase::Failed);
    assert_eq!(counts(&front), [2, 1]);
    // One that its host closes or frees before the choice has not begun.
    for closes in [true, false] {
        let mut server = Host::new(&front, Schedule::Whole);
        server.settle();
        server.deliver(&wire::packet(1, &wire::ssl_request(wire::MYSQL_PROGRAM)));
        if closes {
            server.conn.close().unwrap();
        }
        drop(server);
        assert_eq!(counts(&front), [2, 1], "{closes}");
    }
    // What a status variable says of the connection is the chosen context's.
    let (_, server, _) = meet(&client, &front, Some(&tenant), Schedule::Whole);
    let file = server.conn.status("Current_tls_cert").unwrap();
    assert!(file.ends_with("server-cert.pem"), "{file}");
    assert_eq!(server.conn.status("Ssl_finished_accepts").as_deref(), Some("2"));
}

#[test]
fn a_session_is_judged_under_the_chosen_context() {
    for keeps in WAYS {
        let client = PlainClient::new(keeps, "client");
        let ca = [("ssl_ca", "ca.pem")];
        let (front, one) = (front(&ca), tenant(&ca));
        let other = tenant(&[ca[0], ("tlsql_strict", "ON")]);
        let meet = |context: &Context| join(&client, &front, context, Schedule::Random(1));
        assert!(!meet(&one).resumed());
        let next = meet(&one);
        assert!(next.offered && next.resumed(), "{keeps:?}");
        assert_ne!(next.host.conn.verified(), 0, "{keeps:?}");
        // Another context has other ticket keys, and the first context's count for nothing.
        let next = meet(&other);
        assert!(next.offered && !next.resumed(), "{keeps:?}");
        if keeps == Keeps::Id {
            continue;
        }
        for context in [&front, &one, &other] {
            context.set_ticket_keys(&[7; 48], None).unwrap();
        }
        assert!(!meet(&one).resumed(), "{keeps:?}: the old key is gone");
        assert!(meet(&one).resumed(), "{keeps:?}");
        // The same keys, and another policy.
        let next = meet(&other);
        assert!(next.offered && !next.resumed(), "{keeps:?}");
        assert!(meet(&other).resumed(), "{keeps:?}");
    }
}

#[test]
fn clients_with_dhe_alone_and_with_tls_1_2_are_served_by_both() {
    let rsa = |options: Options<'_>| {
        let mut builder = pki::builder(tlsql::Role::Server, options).unwrap();
        let [certificate, key] = ["rsa2048-cert", "rsa2048-pkcs8"]
            .map(|name| std::fs::read(pki::kept(&format!("keys/{name}.pem"))).unwrap());
        builder.set_identity(&certificate, &key).unwrap();
        Context::new(&builder).unwrap()
    };
    let suites = ["DHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384"];
    let (with_rsa, with_ecdsa) = (rsa(&[]), tenant(&[]));
    for (front, context) in
        [(rsa(&[ON]), Some(&with_rsa)), (rsa(&[ON]), None), (front(&[]), Some(&with_rsa))]
    {
        for suite in suites {
            for schedule in SCHEDULES {
                let client = client("TLSv1.2", &[("ssl_cipher", suite)]);
                let (client, server, _) = meet(&client, &front, context, schedule);
                is_up([&client, &server]);
                assert_eq!(server.conn.cipher_name(), suite);
            }
        }
    }
    // DHE signs with RSA: the chosen context's key counts.
    let client = client("TLSv1.2", &[("ssl_cipher", suites[0])]);
    let (_, server, names) = meet(&client, &rsa(&[ON]), Some(&with_ecdsa), Schedule::Whole);
    assert_eq!(names, ["localhost"]);
    assert_eq!(server.failure().code, Code::Cipher, "{}", server.failure());
}

#[test]
fn threads_choose_contexts_that_are_reloaded_meanwhile() {
    let (front, tenant) = (front(&[]), tenant(&[]));
    let client = client("TLSv1.3", &[]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..25 {
                    let (client, server, _) = meet(&client, &front, Some(&tenant), Schedule::Whole);
                    is_up([&client, &server]);
                    assert_eq!(subject(&client.conn), TENANT);
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..50 {
                for (context, name, more) in
                    [(&front, "wrongname", &[ON][..]), (&tenant, "server", &[])]
                {
                    let (cert, key) = (format!("{name}-cert.pem"), format!("{name}-key.pem"));
                    let pair = [("ssl_cert", cert.as_str()), ("ssl_key", key.as_str())];
                    let builder =
                        pki::builder(tlsql::Role::Server, &[&pair[..], more].concat()).unwrap();
                    context.reload(&builder, tlsql::Reload::default()).unwrap();
                }
            }
        });
    });
    assert_eq!((counts(&front), counts(&tenant)), ([0, 0], [100, 100]));
}
