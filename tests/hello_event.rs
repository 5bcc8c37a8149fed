//! A host sees the first ClientHello of a server's connection before it is answered:
//! `tlsql_hello_event`, `Conn::hello_name`.

mod support;

use support::hello_choice::*;
use support::plain_client::{Keeps, PlainClient};
use support::schedule::AppRoom;
use support::{SCHEDULES, Schedule, link, pki, run, wire};
use tlsql::{Code, Conn, Context, Phase, event};

#[test]
fn the_connection_goes_on_under_the_context_that_was_chosen() {
    let (front, tenant) = (front(&[]), tenant(&[]));
    for version in VERSIONS {
        let client = client(version, &[]);
        for schedule in SCHEDULES {
            for (context, expected) in [(Some(&tenant), TENANT), (None, FRONT)] {
                // That the event comes once, and that its step stops, is among the promises.
                let (client, server, names) = meet(&client, &front, context, schedule);
                is_up([&client, &server]);
                assert_eq!(names, ["localhost"], "{version} {schedule:?}");
                assert_eq!(subject(&client.conn), expected, "{version} {schedule:?}");
                assert!(server.has(event::SSL_REQUEST | event::HELLO | event::SECURED));
                assert!(!client.has(event::HELLO));
            }
        }
    }
}

#[test]
fn without_the_option_and_without_tls_there_is_no_event() {
    let client = client("TLSv1.3", &[]);
    let tenant = tenant(&[]);
    for options in [&[][..], &[("tlsql_hello_event", "OFF")]] {
        let server = pki::server_as("server", options);
        let (_, server, names) = meet(&client, &server, Some(&tenant), Schedule::Whole);
        assert_eq!(server.conn.phase(), Phase::Tls);
        assert!(!server.has(event::HELLO) && names.is_empty());
    }
    let plain = pki::client(&[("ssl_mode", "DISABLED")]);
    let (_, server, names) = meet(&plain, &front(&[]), Some(&tenant), Schedule::Whole);
    assert!(!server.has(event::HELLO) && names.is_empty());
    let error = pki::builder(tlsql::Role::Client, &[ON]).unwrap_err();
    assert_eq!(error.code, Code::OptionName, "a client has no such option");
}

#[test]
fn a_host_that_reads_the_ssl_request_itself_gets_the_event_too() {
    let tenant = tenant(&[]);
    for schedule in SCHEDULES {
        let (mut client, server) = link(&client("TLSv1.3", &[]), &front(&[]), schedule);
        let mut server = server.by_hand();
        let names = choose(&mut server, Some(&tenant));
        server.conn.server_greeting_sent(wire::MYSQL57).unwrap();
        client.deliver(&wire::packet(0, &server.greeting));
        let mut first = client.take_sent();
        let hello = first.split_off(36);
        server.conn.server_request_read(&first[4..], 1).unwrap();
        server.deliver(&hello);
        client.deliver(&server.take_sent());
        run(&mut client, &mut server);
        is_up([&client, &server]);
        assert_eq!(*names.borrow(), [""], "no SNI was set");
        assert_eq!(subject(&client.conn), TENANT);
    }
}

#[test]
fn a_client_hello_in_any_number_of_records_is_one() {
    let (front, tenant) = (front(&[]), tenant(&[]));
    for size in [1, 3, 4, 100] {
        for schedule in [Schedule::Whole, Schedule::Bytes, Schedule::Random(1)] {
            let (client, mut server) = link(&client("TLSv1.3", &[]), &front, schedule);
            let mut client = client.with("sni", "localhost");
            let names = choose(&mut server, Some(&tenant));
            server.settle();
            client.deliver(&server.take_sent());
            let mut first = client.take_sent();
            let hello = cut_anew(&first.split_off(36), size);
            server.deliver(&first);
            let (last, before) = hello.split_last().unwrap();
            server.deliver(before);
            assert!(!server.has(event::HELLO), "{size} {schedule:?}");
            assert_eq!(server.conn.hello_name().unwrap_err().code, Code::NoHello);
            server.deliver(&[*last]);
            assert!(server.has(event::HELLO));
            client.deliver(&server.take_sent());
            run(&mut client, &mut server);
            is_up([&client, &server]);
            assert_eq!(*names.borrow(), ["localhost"]);
            assert_eq!(subject(&client.conn), TENANT);
        }
    }
}

/// What is no ClientHello that a server could take.
fn malformed() -> Vec<(&'static str, Vec<u8>)> {
    let good = hello(&with_name(b"localhost"));
    let message = wire::records(&good).remove(0).1;
    let record = |body: &[u8]| wire::record(wire::HANDSHAKE, body);
    let behind_its_beginning = |next: &[u8]| [&record(&message[..9]), next].concat();
    let claims = |len: u32| record(&[&[1], &len.to_be_bytes()[1..], &[0; 90]].concat());
    let twice = [with_name(b"localhost"), vec![(13, wire::list16(&[0x0403]))]].concat();
    let two_names = (0, [&[0, 12][..], &[0, 0, 3], b"a.b", &[0, 0, 3], b"c.d"].concat());
    let two_names = [wire::usual_extensions(&[29]), vec![two_names]].concat();
    let renegotiating = [with_name(b"localhost"), vec![(0xff01, vec![1, 7])]].concat();
    let mut odd_compression = good.clone();
    // Header, type and length, version and random, session, and two suites stand in front of it.
    odd_compression[5 + 4 + 34 + 1 + 6 + 1] = 1;
    let mut all = vec![
        ("another message", record(&wire::handshake(20, &[0; 12]))),
        ("a ServerHello", wire::server_hello(0x0303, 0xc02f)),
        ("no signature_algorithms", hello(&with_name(b"localhost")[..1])),
        ("no compression that is none", odd_compression),
        ("an extension twice", hello(&twice)),
        ("a name that is none", hello(&with_name(b"a\0b"))),
        ("a name of 300 octets", hello(&with_name(&[b'a'; 300]))),
        ("two names", hello(&two_names)),
        ("TLS 1.1", wire::client_hello(0x0302, &[0xc013], &with_name(b"localhost"))),
        ("one of another handshake", hello(&renegotiating)),
        ("two in one record", record(&message.repeat(2))),
        ("one of 16 KiB", claims((16 << 10) + 1)),
        ("one of 16 MiB", claims(0xff_ffff)),
        ("an empty record in front of it", [record(&[]), good].concat()),
        ("an empty record inside it", behind_its_beginning(&record(&[]))),
        ("an alert inside it", behind_its_beginning(&wire::alert(40))),
        ("a warning inside it", behind_its_beginning(&wire::record(wire::ALERT, &[1, 90]))),
        ("a change_cipher_spec inside it", behind_its_beginning(&wire::record(20, &[1]))),
        ("application data inside it", behind_its_beginning(&wire::record(23, &[0; 40]))),
        ("no TLS inside it", behind_its_beginning(b"GET / HTTP/1.1")),
        ("a login in place of it", wire::packet(2, &wire::login(wire::MYSQL_PROGRAM))),
        ("an alert in place of it", wire::alert(40)),
        ("a warning in place of it", wire::record(wire::ALERT, &[1, 90])),
        ("a change_cipher_spec in place of it", wire::record(20, &[1])),
    ];
    let cuts = (0..message.len() - 4).filter(|len| *len < 60 || len % 7 == 0);
    let cut = cuts.map(|len| record(&wire::handshake(1, &message[4..4 + len])));
    all.extend(cut.map(|cut| ("one that ends early", cut)));
    all
}

#[test]
fn a_malformed_client_hello_ends_as_without_the_option() {
    for (what, bytes) in malformed() {
        for schedule in SCHEDULES {
            let [off, on] = [&[][..], &[ON]].map(|options| given(options, schedule, &bytes));
            let [of_off, of_on] = [&off, &on].map(|host| {
                let alert = host.failure().alert().map(|alert| (alert.number, alert.from_peer));
                (host.failure().code, host.failure().message(), alert, host.sent.clone())
            });
            assert_eq!(of_on, of_off, "{what} {schedule:?}");
            assert!(!on.has(event::HELLO), "{what} {schedule:?}");
        }
    }
}

#[test]
fn a_client_hello_that_only_its_context_refuses_has_its_event() {
    let (front, tenant) = (front(&[]), tenant(&[("tls_version", "TLSv1.3")]));
    for schedule in SCHEDULES {
        let (client, server, names) =
            meet(&client("TLSv1.2", &[]), &front, Some(&tenant), schedule);
        assert_eq!(names, ["localhost"]);
        assert_eq!(server.failure().code, Code::Version, "{}", server.failure());
        assert_eq!(client.failure().alert().map(|alert| alert.number), Some(70));
    }
}

#[test]
fn a_name_is_told_in_lower_case_and_an_address_is_none() {
    for (sent, told) in [
        ("localhost", "localhost"),
        ("LocalHost", "localhost"),
        ("db.example.test.", "db.example.test"),
        ("127.0.0.1", ""),
        ("127.1", ""),
        ("db.example.test:3306", ""),
    ] {
        for schedule in SCHEDULES {
            let mut server = given(&[ON], schedule, &[]);
            let names = choose(&mut server, None);
            server.deliver(&hello(&with_name(sent.as_bytes())));
            assert_eq!(*names.borrow(), [told], "{sent}");
            assert!(server.error.is_none(), "{sent}: {:?}", server.error);
            assert_eq!(server.take_sent()[5], 2, "{sent}: a ServerHello");
        }
    }
}

#[test]
fn a_choice_that_cannot_be_changes_nothing() {
    let (front, tenant) = (front(&[]), tenant(&[]));
    let of_a_client = pki::client(&[]);
    let off = [
        (pki::server_as("server", &[("ssl", "OFF")]), "no TLS: ssl=OFF is set, and"),
        (pki::server(&FAULT), "no TLS: a fault in its settings turned it off, and"),
        (pki::server(&[]), "begun it. Make it with ssl_cert and ssl_key, or reload it"),
    ];
    for chooses in [false, true] {
        let (tenant, of_a_client, off) = (tenant.clone(), of_a_client.clone(), off.clone());
        let other = tenant.clone();
        let (client, mut server) = link(&client("TLSv1.3", &[]), &front, Schedule::Bytes);
        let mut client = client.with("sni", "localhost");
        let refused = move |conn: &mut Conn, other: &Context, code, words: &str| {
            let error = conn.use_context(other).unwrap_err();
            assert_eq!(error.code, code);
            assert_eq!(conn.explain(code).message(), error.message(), "it is explained");
            assert!(error.message().contains(words), "{error}");
        };
        refused(&mut server.conn, &tenant, Code::NoHello, "tlsql_hello_event=ON");
        refused(&mut client.conn, &tenant, Code::NoHello, "TLSQL_EVENT_HELLO");
        server.on_hello = Box::new(move |conn| {
            refused(conn, &of_a_client, Code::Argument, "other role");
            for (off, words) in &off {
                refused(conn, off, Code::ContextNoTls, words);
            }
            if chooses {
                conn.use_context(&tenant).unwrap();
                refused(conn, &tenant, Code::ContextChosen, "already");
                refused(conn, &of_a_client, Code::ContextChosen, "already");
            }
            assert_eq!(conn.hello_name().unwrap(), "localhost", "it can be asked again");
        });
        run(&mut client, &mut server);
        is_up([&client, &server]);
        assert_eq!(subject(&client.conn), if chooses { TENANT } else { FRONT });
        refused(&mut server.conn, &other, Code::NoHello, "waits");
        assert_eq!(server.conn.hello_name().unwrap_err().code, Code::NoHello);
        assert_eq!(server.conn.phase(), Phase::Tls, "a wrong call ends nothing");
    }
}

/// A server that goes on without TLS.
const FAULT: [(&str, &str); 2] =
    [("tlsql_on_config_error", "disable"), ("ssl_cert", "missing.pem")];

/// Stops at the event; a step without buffers goes on.
#[test]
fn any_step_ends_the_moment() {
    let (tenant, client) = (tenant(&[]), client("TLSv1.3", &[]));
    let (mut client, mut server) = link(&client, &front(&[]), Schedule::Whole);
    server.settle();
    client.deliver(&server.take_sent());
    server.wire = client.take_sent();
    while server.step().events & event::HELLO == 0 {}
    assert_eq!(server.conn.want(), tlsql::want::WIRE_IN);
    assert!(server.wire.is_empty());
    server.step_with(0, AppRoom::View(0));
    assert_eq!(server.conn.use_context(&tenant).unwrap_err().code, Code::NoHello);
    run(&mut client, &mut server);
    is_up([&client, &server]);
    assert_eq!(subject(&client.conn), FRONT);
}

#[test]
fn an_end_in_the_moment_is_one_of_the_handshake() {
    let tenant = tenant(&[]);
    for chooses in [false, true] {
        let mut server = given(&[ON], Schedule::Whole, &[]);
        server.wire = hello(&with_name(b"localhost"));
        while server.step().events & event::HELLO == 0 {}
        if chooses {
            server.conn.use_context(&tenant).unwrap();
        }
        let error = server.eof().unwrap_err();
        assert_eq!(error.code, Code::Eof);
        assert!(error.message().contains("closed before its ClientHello was answered"), "{error}");
        assert_eq!(server.conn.use_context(&tenant).unwrap_err().code, Code::Eof, "it is final");
        assert_eq!(server.conn.hello_name().unwrap_err().code, Code::Eof, "for each call");
        let mut server = given(&[ON], Schedule::Whole, &[]);
        server.wire = hello(&with_name(b"localhost"));
        while server.step().events & event::HELLO == 0 {}
        server.take_sent();
        server.conn.close().unwrap();
        server.settle();
        assert_eq!(server.conn.phase(), Phase::Closed);
        assert!(server.take_sent().is_empty(), "nothing is sent before TLS");
        assert_eq!(server.conn.use_context(&tenant).unwrap_err().code, Code::NoHello);
    }
}

/// docs/operations.md: the host that closes in the moment says why itself.
#[test]
fn a_host_can_send_an_alert_of_its_own_in_the_moment() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/operations.md");
    let text = std::fs::read_to_string(path).unwrap();
    let record = text.split("unrecognized_name[] = { ").nth(1).unwrap().split(" }").next().unwrap();
    let record: Vec<u8> = record.split(", ").map(|byte| byte.parse().unwrap()).collect();
    for version in ["TLSv1.2", "TLSv1.3"] {
        let (mut client, mut server) = link(&client(version, &[]), &front(&[]), Schedule::Whole);
        server.settle();
        client.deliver(&server.take_sent());
        server.wire = client.take_sent();
        while server.step().events & event::HELLO == 0 {}
        server.conn.close().unwrap();
        server.settle();
        assert!(server.take_sent().is_empty());
        client.deliver(&record);
        let error = client.failure();
        assert_eq!(error.code, Code::Alert, "{version}: {error}");
        assert!(error.message().contains("unrecognized_name"), "{version}: {error}");
    }
}

#[test]
fn a_hello_retry_request_gives_no_second_event() {
    let (front, tenant) = (front(&[]), tenant(&[]));
    for schedule in SCHEDULES {
        // The promises of the host's steps say that it comes once.
        let met = join(&PlainClient::retrying(Keeps::Ticket13), &front, &tenant, schedule);
        assert_eq!(met.host.conn.phase(), Phase::Tls, "{:?}", met.host.error);
        assert_eq!(met.kind, Some(rustls::HandshakeKind::FullWithHelloRetryRequest));
        assert!(met.host.has(event::HELLO));
    }
}
