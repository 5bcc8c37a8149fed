//! Application bytes: views and rooms, wants and needs, both directions at once, and every end.

mod support;

use support::host::moved;
use support::rustls_peers::OneSuiteClient;
use support::schedule::{AppRoom, Random};
use support::wire::{self, MYSQL57_OFF};
use support::{Host, SCHEDULES, Schedule, link, pki, run};
use tlsql::{Code, Conn, Phase, event, want};

const VERSIONS: [(&str, u16); 2] = [("TLSv1.2", 0x0303), ("TLSv1.3", 0x0304)];

/// Bytes of a record beside its plaintext with AES-GCM: in TLS 1.2 header, nonce and tag, in
/// TLS 1.3 header, type and tag.
const OVERHEAD: [usize; 2] = [5 + 8 + 16, 5 + 1 + 16];

const NO_LIMIT: AppRoom = AppRoom::View(usize::MAX);

#[test]
fn a_mebibyte_each_way_at_once() {
    for (version, number) in VERSIONS {
        for schedule in SCHEDULES {
            let len = match schedule {
                Schedule::Whole | Schedule::Random(1) => 1 << 20,
                _ => affordable(schedule, 60_000),
            };
            let (mut client, mut server) = secured(version, schedule);
            let (up, down) = (noise(1, len), noise(2, len));
            client.app.clone_from(&up);
            server.app.clone_from(&down);
            run(&mut client, &mut server);
            assert!(server.got == up && client.got == down, "{version} {schedule:?}");
            assert_eq!(client.conn.negotiated().unwrap().version, number);
        }
    }
}

#[test]
fn every_suite_carries_bytes() {
    let rsa = [
        ("ssl_cert", pki::kept("keys/rsa2048-cert.pem")),
        ("ssl_key", pki::kept("keys/rsa2048-pkcs8.pem")),
    ];
    let rsa: Vec<(&str, &str)> = rsa.iter().map(|(name, path)| (*name, path.as_str())).collect();
    // IANA number; the name that Ssl_cipher shows.
    let suites = [
        (0x1301, "TLS_AES_128_GCM_SHA256"),
        (0x1302, "TLS_AES_256_GCM_SHA384"),
        (0x1303, "TLS_CHACHA20_POLY1305_SHA256"),
        (0xc02b, "ECDHE-ECDSA-AES128-GCM-SHA256"),
        (0xc02c, "ECDHE-ECDSA-AES256-GCM-SHA384"),
        (0xcca9, "ECDHE-ECDSA-CHACHA20-POLY1305"),
        (0xc02f, "ECDHE-RSA-AES128-GCM-SHA256"),
        (0xc030, "ECDHE-RSA-AES256-GCM-SHA384"),
        (0xcca8, "ECDHE-RSA-CHACHA20-POLY1305"),
        (0x009e, "DHE-RSA-AES128-GCM-SHA256"),
        (0x009f, "DHE-RSA-AES256-GCM-SHA384"),
        (0xccaa, "DHE-RSA-CHACHA20-POLY1305"),
    ];
    let (_, source) =
        support::source::all().into_iter().find(|(path, _)| path == "config/cipher.rs").unwrap();
    let source: String = source.split_whitespace().collect();
    assert_eq!(source.matches("(0x").count() - source.matches("name(0x").count(), suites.len());
    for (id, name) in suites {
        // A TLS 1.2 suite has a list of names, OpenSSL's first.
        let forms = ["", "["].map(|list| format!("(0x{id:04x},{list}\"{name}\""));
        assert!(forms.iter().any(|form| source.contains(form)), "{name}");
        let server = if name.contains("-RSA-") { pki::server(&rsa) } else { ecdsa_server(&[]) };
        for schedule in SCHEDULES {
            if name.starts_with("DHE-") {
                // rustls itself has no DHE; tests/dhe.rs has these.
                break;
            }
            // Towards another TLS library, because ssl_cipher does not choose in TLS 1.3 (T57).
            let mut host = Host::new(&server, schedule);
            let mut peer = OneSuiteClient::new(id);
            peer.upgrade(&mut host);
            assert_eq!(host.conn.negotiated().map(|a| a.cipher), Some(id), "{name} {schedule:?}");
            assert_eq!(host.conn.status("Ssl_cipher").as_deref(), Some(name));
            let bytes = noise(u64::from(id), affordable(schedule, 20_000));
            host.app.clone_from(&bytes);
            peer.send(&bytes);
            peer.exchange(&mut host);
            assert!(host.got == bytes && peer.got == bytes, "{name} {schedule:?}");
        }
        if !name.starts_with("TLS_") {
            let client = pki::client(&[("ssl_cipher", name), ("tls_version", "TLSv1.2")]);
            let (mut client, mut server) = link(&client, &server, Schedule::Whole);
            run(&mut client, &mut server);
            assert_eq!(client.conn.cipher_name(), name);
        }
    }
}

// Views and rooms

#[test]
fn several_small_records_make_one_view() {
    for (version, _) in VERSIONS {
        let (mut client, mut server) = secured(version, Schedule::Whole);
        for i in 0..5 {
            server.app = vec![i; 1000];
            server.settle();
        }
        client.wire = server.take_sent();
        let step = client.step_with(0, NO_LIMIT);
        assert_eq!(step.view_len, 5000, "{version}");
        assert_eq!(client.got, [0, 1, 2, 3, 4].map(|i| [i; 1000]).concat());
        assert!(client.wire.is_empty());
    }
}

#[test]
fn a_record_over_4_kib_has_a_view_of_its_own() {
    for (version, _) in VERSIONS {
        let (mut client, mut server) = secured(version, Schedule::Whole);
        for len in [100, 4096, 4097, 16384, 50] {
            server.app = vec![7; len];
            server.settle();
        }
        client.wire = server.take_sent();
        let lens: Vec<usize> = (0..5).map(|_| client.step_with(0, NO_LIMIT).view_len).collect();
        assert_eq!(lens, [100 + 4096, 4097, 16384, 50, 0], "{version}");
    }
}

#[test]
fn a_view_grows_to_its_limit_and_no_further() {
    let (mut client, mut server) = secured("TLSv1.3", Schedule::Whole);
    for _ in 0..4 {
        server.app = vec![7; 1000];
        server.settle();
    }
    client.wire = server.take_sent();
    let step = client.step_with(0, AppRoom::View(2500));
    assert_eq!(step.view_len, 2000);
    let step = client.step_with(0, AppRoom::View(1000));
    assert_eq!((step.view_len, client.got.len()), (1000, 3000));
    let step = client.step_with(0, AppRoom::View(1000));
    assert_eq!((step.view_len, client.got.len()), (1000, 4000));
}

#[test]
fn a_record_without_room_is_not_touched() {
    for ((version, _), overhead) in VERSIONS.into_iter().zip(OVERHEAD) {
        let (mut client, mut server) = secured(version, Schedule::Whole);
        server.app = noise(3, 500);
        server.settle();
        let record = server.take_sent();
        assert_eq!(record.len(), 500 + overhead, "{version}");
        client.wire.clone_from(&record);
        for room in [AppRoom::Copy(0), AppRoom::Copy(499), AppRoom::View(0), AppRoom::View(499)] {
            let step = client.step_with(100, room);
            assert!(!moved(&step), "{version} {room:?}: {step:?}");
            assert_eq!(step.want & (want::APP_OUT | want::WIRE_IN), want::APP_OUT);
            assert_eq!(step.need_app_out, 500);
            assert_eq!(client.wire, record);
        }
        let step = client.step_with(0, AppRoom::Copy(500));
        assert_eq!((step.app_out_made, step.wire_in_used), (500, record.len()));
        assert_eq!(client.got, noise(3, 500));
    }
}

#[test]
fn no_record_needs_more_room_than_the_largest_plaintext() {
    for (version, _) in VERSIONS {
        let (mut client, mut server) = secured(version, Schedule::Whole);
        server.app = vec![7; 16384];
        server.settle();
        client.wire = server.take_sent();
        let step = client.step_with(0, AppRoom::Copy(16383));
        assert_eq!((moved(&step), step.need_app_out), (false, 16384), "{version}");
        assert_eq!(client.step_with(0, AppRoom::Copy(16384)).app_out_made, 16384);
        // Even where the header claims more than a record may hold.
        client.wire = wire::record(wire::APPLICATION, &[7; 16640]);
        let step = client.step_with(0, AppRoom::Copy(0));
        assert_eq!(step.need_app_out, 16384, "{version}");
        client.step_with(0, AppRoom::Copy(16384));
        assert!(client.error.is_some(), "{version}");
    }
}

// Wants and needs

#[test]
fn need_wire_in_is_the_length_to_present_next_time() {
    for (version, _) in VERSIONS {
        let (mut client, mut server) = secured(version, Schedule::Whole);
        server.app = vec![7; 300];
        server.settle();
        let record = server.take_sent();
        for (len, need) in
            [(0, 0), (1, 5), (4, 5), (5, record.len()), (record.len() - 1, record.len())]
        {
            client.wire = record[..len].to_vec();
            let step = client.step_with(100, NO_LIMIT);
            assert!(!moved(&step));
            assert_eq!(step.need_wire_in, need, "{version}: {len} presented");
            assert_eq!(step.want, want::WIRE_IN | want::APP_IN);
        }
        client.wire = record;
        assert_eq!(client.step_with(100, NO_LIMIT).view_len, 300);
    }
}

#[test]
fn the_handshake_asks_for_whole_records_too() {
    let (mut client, mut server) = link(&pki::client(&[]), &ecdsa_server(&[]), Schedule::Whole);
    server.settle();
    let greeting = server.take_sent();
    client.wire = greeting[..3].to_vec();
    let step = client.step();
    assert!(step.need_wire_in > 0 && step.want == want::WIRE_IN, "{step:?}");
    client.deliver(&greeting[3..]);
    server.deliver(&client.take_sent());
    let flight = server.take_sent();
    let first = 5 + usize::from(u16::from_be_bytes([flight[3], flight[4]]));
    for (len, need) in [(2, 5), (5, first), (first - 1, first)] {
        client.wire = flight[..len].to_vec();
        let step = client.step();
        assert_eq!((moved(&step), step.need_wire_in), (false, need));
    }
}

#[test]
fn need_wire_out_is_the_smallest_record() {
    for ((version, _), overhead) in VERSIONS.into_iter().zip(OVERHEAD) {
        let (mut client, mut server) = secured(version, Schedule::Whole);
        client.app = b"abc".to_vec();
        for room in [0, 1, overhead] {
            let step = client.step_with(room, NO_LIMIT);
            assert!(!moved(&step), "{version}: app_in leaves in whole records");
            assert_eq!(step.need_wire_out, overhead + 1);
            assert_ne!(step.want & want::WIRE_OUT, 0);
            assert_eq!(client.conn.want() & want::WIRE_OUT, 0, "the getter: nothing is queued");
        }
        let step = client.step_with(overhead + 1, NO_LIMIT);
        assert_eq!((step.app_in_used, step.wire_out_made), (1, overhead + 1));
        let step = client.step_with(overhead + 2, NO_LIMIT);
        assert_eq!((step.app_in_used, step.wire_out_made), (2, overhead + 2));
        assert_eq!(step.want & want::WIRE_OUT, 0);
        run(&mut client, &mut server);
        assert_eq!(server.got, b"abc");
    }
}

#[test]
fn queued_bytes_leave_in_any_amounts() {
    let mut host = Host::new(&pki::client(&[]), Schedule::Whole).by_hand();
    host.deliver(&wire::packet(0, &wire::greeting(wire::MYSQL57)));
    host.conn.client_start(&mut host.request.clone()).unwrap();
    let step = host.step_with(0, NO_LIMIT);
    assert_eq!((step.want & want::WIRE_OUT, step.need_wire_out), (want::WIRE_OUT, 1));
    for room in [1, 2, 30] {
        assert_eq!(host.step_with(room, NO_LIMIT).wire_out_made, room);
    }
    host.settle();
    assert_eq!(host.conn.want(), want::WIRE_IN);
}

// Both directions

#[test]
fn reading_waits_for_no_room_and_writing_for_no_bytes() {
    for (version, _) in VERSIONS {
        let (mut client, mut server) = secured(version, Schedule::Whole);
        server.app = noise(4, 3000);
        server.settle();
        client.wire = server.take_sent();
        client.app = noise(5, 3000);
        let step = client.step_with(0, AppRoom::Copy(3000));
        assert_eq!((step.app_out_made, step.app_in_used), (3000, 0), "{version}");

        server.app = noise(6, 100);
        server.settle();
        client.wire = server.take_sent();
        let step = client.step_with(1 << 14, AppRoom::Copy(0));
        assert_eq!((step.app_out_made, step.app_in_used), (0, 3000), "{version}");

        client.app = vec![8; 10];
        let step = client.step_with(1 << 14, NO_LIMIT);
        assert_eq!((step.view_len, step.app_in_used), (100, 10), "both in one step");
        run(&mut client, &mut server);
        assert_eq!(server.got, [&noise(5, 3000)[..], &[8; 10]].concat());
    }
}

#[test]
fn half_a_record_that_came_does_not_stop_writing() {
    let (mut client, mut server) = secured("TLSv1.3", Schedule::Whole);
    server.app = vec![7; 100];
    server.settle();
    let record = server.take_sent();
    client.wire = record[..50].to_vec();
    client.app = b"up".to_vec();
    assert_eq!(client.step_with(200, NO_LIMIT).app_in_used, 2);
    // A writer's step presents nothing and changes nothing for the reader.
    let kept = std::mem::take(&mut client.wire);
    client.app = b"more".to_vec();
    assert_eq!(client.step_with(200, AppRoom::Copy(0)).app_in_used, 4);
    client.wire = [&kept, &record[50..]].concat();
    assert_eq!(client.step_with(0, NO_LIMIT).view_len, 100);
}

#[test]
fn the_step_that_reports_secured_moves_no_application_byte() {
    // TLS 1.2: the server is done last but one, so its first bytes come with its Finished.
    for (version, _) in VERSIONS {
        for schedule in SCHEDULES {
            let (mut client, mut server) = pair(version, schedule);
            client.app = b"login".to_vec();
            server.app = b"ready".to_vec();
            // Host::step checks each step; this is the sum.
            run(&mut client, &mut server);
            assert_eq!((&client.got[..], &server.got[..]), (&b"ready"[..], &b"login"[..]));
            assert!(client.has(event::SECURED) && server.has(event::SECURED), "{version}");
        }
    }
}

// KeyUpdate, seal

#[test]
fn rekey_changes_keys_under_traffic() {
    for schedule in SCHEDULES {
        let (mut client, mut server) = secured("TLSv1.3", schedule);
        for round in 0..5 {
            client.got.clear();
            server.got.clear();
            client.conn.rekey().unwrap();
            if round % 2 == 0 {
                server.conn.rekey().unwrap();
            }
            let len = affordable(schedule, 5000);
            let (up, down) = (noise(round, len), noise(round + 9, len));
            client.app.clone_from(&up);
            server.app.clone_from(&down);
            run(&mut client, &mut server);
            assert!(server.got == up && client.got == down, "{schedule:?}, round {round}");
        }
    }
}

#[test]
fn answers_to_key_updates_are_one_and_wait_for_room() {
    let (mut client, mut server) = secured("TLSv1.3", Schedule::Whole);
    for _ in 0..20 {
        server.conn.rekey().unwrap();
        server.settle();
    }
    server.app = b"read me".to_vec();
    server.settle();
    client.wire = server.take_sent();
    // No room to answer, and yet all is read.
    client.step_with(0, NO_LIMIT);
    assert_eq!((&client.got[..], client.wire.len()), (&b"read me"[..], 0));
    client.app = b"x".to_vec();
    client.settle();
    let records = wire::records(&client.take_sent());
    assert!(records.len() <= 2, "one answer and the byte: {}", records.len());
}

#[test]
fn a_step_without_wire_in_does_not_forget_a_record_that_waits() {
    for version in ["TLSv1.2", "TLSv1.3"] {
        let (mut client, mut server) = secured(version, Schedule::Whole);
        client.app = b"wait for me".to_vec();
        client.settle();
        server.wire = client.take_sent();
        let step = server.step_with(1 << 15, AppRoom::Copy(0));
        assert_eq!(step.want & (want::WIRE_IN | want::APP_OUT), want::APP_OUT, "{step:?}");
        assert_eq!(server.conn.want() & (want::WIRE_IN | want::APP_OUT), want::APP_OUT);
        // A writer's step.
        let waiting = std::mem::take(&mut server.wire);
        let step = server.step_with(1 << 15, NO_LIMIT);
        assert_eq!(step.want & (want::WIRE_IN | want::APP_OUT), want::APP_OUT, "{step:?}");
        assert_eq!(server.conn.eof(waiting.len()).unwrap_err().code, Code::State);
        server.wire = waiting;
        server.step_with(1 << 15, NO_LIMIT);
        assert_eq!(server.got, b"wait for me");
        assert_ne!(server.conn.want() & want::WIRE_IN, 0);
    }
}

#[test]
fn an_answer_to_a_key_update_is_queued_when_it_is_due() {
    let (mut client, mut server) = secured("TLSv1.3", Schedule::Whole);
    server.conn.rekey().unwrap();
    server.settle();
    client.wire = server.take_sent();
    let step = client.step_with(0, NO_LIMIT);
    assert_ne!(step.want & want::WIRE_OUT, 0, "{step:?}");
    // It leaves first, and a record is sealed behind it.
    assert_eq!(client.conn.seal(b"later").unwrap_err().code, Code::State);
    client.settle();
    let answer = client.take_sent();
    assert_eq!(wire::records(&answer).len(), 1);
    let record = client.conn.seal(b"later").unwrap();
    server.deliver(&[answer, record].concat());
    assert_eq!(server.got, b"later");
}

#[test]
fn a_rekey_without_data_between_is_sent_once() {
    let (mut client, mut server) = secured("TLSv1.3", Schedule::Whole);
    for _ in 0..1000 {
        server.conn.rekey().unwrap();
        server.settle();
    }
    let sent = server.take_sent();
    assert_eq!(wire::records(&sent).len(), 1);
    client.deliver(&sent);
    server.app = b"under new keys".to_vec();
    run(&mut client, &mut server);
    assert_eq!(client.got, b"under new keys");
}

#[test]
fn rekey_needs_tls_13() {
    let (mut client, mut server) = secured("TLSv1.2", Schedule::Whole);
    assert_eq!(client.conn.rekey().unwrap_err().code, Code::State);
    client.app = b"lives on".to_vec();
    run(&mut client, &mut server);
    assert_eq!(server.got, b"lives on");
}

#[test]
fn a_sealed_record_is_as_one_that_a_step_made() {
    for ((version, _), overhead) in VERSIONS.into_iter().zip(OVERHEAD) {
        let (mut client, mut server) = secured(version, Schedule::Whole);
        let (head, tail) = client.conn.margins();
        assert_eq!(head + tail, overhead, "{version}");
        let plain = noise(7, 16384);
        for len in [1, 1000, 16384] {
            let record = client.conn.seal(&plain[..len]).unwrap();
            assert_eq!(record.len(), head + len + tail);
            server.got.clear();
            server.deliver(&record);
            assert_eq!(server.got, plain[..len]);
        }
        // Between steps, in the order of the calls.
        client.app = b"stepped ".to_vec();
        client.settle();
        let sealed = client.conn.seal(b"sealed").unwrap();
        server.got.clear();
        server.deliver(&[client.take_sent(), sealed].concat());
        assert_eq!(server.got, b"stepped sealed", "{version}");
    }
}

#[test]
fn sealing_waits_until_queued_bytes_left() {
    let (mut client, mut server) = secured("TLSv1.3", Schedule::Whole);
    client.conn.rekey().unwrap();
    assert_eq!(client.conn.want() & want::WIRE_OUT, want::WIRE_OUT);
    assert_eq!(client.conn.seal(b"x").unwrap_err().code, Code::State);
    client.settle();
    let record = client.conn.seal(b"x").unwrap();
    server.deliver(&[client.take_sent(), record].concat());
    assert_eq!(server.got, b"x");
}

/// As tlsql_conn_seal(): a length that no record can have is a misuse in every phase.
#[test]
fn a_record_has_1_to_16384_bytes() {
    let refused = |conn: &mut Conn, what: &str| {
        for len in [0, 16385] {
            let before = (conn.phase(), conn.want());
            assert_eq!(conn.seal(&vec![7; len]).unwrap_err().code, Code::Argument, "{what} {len}");
            assert_eq!((conn.phase(), conn.want()), before, "{what} {len}");
        }
    };
    refused(&mut Conn::new(&pki::client(&[])), "before the greeting");
    refused(&mut plain(Schedule::Whole).conn, "in clear");
    for (version, _) in VERSIONS {
        let (mut client, mut server) = secured(version, Schedule::Whole);
        refused(&mut client.conn, version);
        client.conn.close().unwrap();
        refused(&mut client.conn, "closing");
        server.deliver(&[0; 5]);
        assert!(server.error.is_some());
        refused(&mut server.conn, "failed");
    }
}

// Clear text

#[test]
fn clear_text_passes_unchanged_both_ways() {
    for schedule in SCHEDULES {
        let mut host = plain(schedule);
        let (up, down) = (noise(8, 9000), noise(9, 9000));
        host.app.clone_from(&up);
        host.deliver(&down);
        assert!(host.sent == up && host.got == down, "{schedule:?}");
        assert_eq!((host.conn.margins(), host.conn.cipher_name()), ((0, 0), ""));
        assert_eq!(host.conn.seal(b"as it is").unwrap(), b"as it is");
        assert_eq!(host.conn.rekey().unwrap_err().code, Code::State);
    }
}

#[test]
fn clear_text_needs_no_more_room_than_there_is() {
    let mut host = plain(Schedule::Whole);
    host.wire = noise(8, 100);
    host.app = noise(9, 100);
    let step = host.step_with(30, AppRoom::View(40));
    assert_eq!((step.view_off, step.view_len, step.wire_in_used), (0, 40, 40));
    assert_eq!((step.app_in_used, step.wire_out_made), (30, 30));
    let step = host.step_with(0, AppRoom::Copy(0));
    assert!(!moved(&step));
    assert_eq!(step.want & (want::WIRE_OUT | want::APP_OUT), want::WIRE_OUT | want::APP_OUT);
    assert!(step.need_app_out >= 1 && step.need_wire_out == 1, "{step:?}");
    host.settle();
    assert!(host.got == noise(8, 100) && host.sent == noise(9, 100));
}

#[test]
fn status_values_tell_of_the_session() {
    // T123, T125
    let (client, server) = secured("TLSv1.2", Schedule::Whole);
    for host in [&client, &server] {
        let name = "ECDHE-ECDSA-AES256-GCM-SHA384";
        assert_eq!(host.conn.status("Ssl_cipher").as_deref(), Some(name));
        assert_eq!(host.conn.status("ssl_version").as_deref(), Some("TLSv1.2"));
        assert_eq!(host.conn.status("Ssl_none"), None);
    }
    assert_eq!(server.conn.status("Ssl_ctx_verify_mode").as_deref(), Some("5"));
    let depth = server.conn.status("Ssl_ctx_verify_depth");
    assert_eq!(depth.as_deref(), Some("18446744073709551615"));
    assert_eq!(server.conn.status("Ssl_accepts").as_deref(), Some("1"));
    assert_eq!(server.conn.status("Ssl_finished_accepts").as_deref(), Some("1"));
    assert_eq!(client.conn.status("Ssl_finished_connects").as_deref(), Some("1"));
    let plain = plain(Schedule::Whole);
    assert_eq!(plain.conn.status("Ssl_cipher").as_deref(), Some(""));
    assert_eq!(plain.conn.status("Ssl_version").as_deref(), Some(""));
    for name in tlsql::STATUS_NAMES {
        assert!(plain.conn.status(name).is_some() && server.conn.status(name).is_some());
    }
}

/// A server with a P-256 certificate.
fn ecdsa_server(options: &[(&str, &str)]) -> tlsql::Context {
    pki::server_as("server", options)
}

fn pair(version: &str, schedule: Schedule) -> (Host, Host) {
    let client = pki::client(&[("tls_version", version)]);
    link(&client, &ecdsa_server(&[]), schedule)
}

/// A client and a server in TLS, with nothing on its way.
fn secured(version: &str, schedule: Schedule) -> (Host, Host) {
    let (mut client, mut server) = pair(version, schedule);
    run(&mut client, &mut server);
    assert_eq!((client.conn.phase(), server.conn.phase()), (Phase::Tls, Phase::Tls));
    (client, server)
}

/// A client that goes on in clear text, with nothing moved yet.
fn plain(schedule: Schedule) -> Host {
    let mut host = Host::new(&pki::client(&[]), schedule);
    host.deliver(&wire::packet(0, &wire::greeting(MYSQL57_OFF)));
    assert_eq!(host.conn.phase(), Phase::Plain);
    host
}

/// A record for each byte, in steps of one byte, takes long.
fn affordable(schedule: Schedule, len: usize) -> usize {
    if schedule == Schedule::Bytes { len / 20 } else { len }
}

/// Bytes by chance, the same for the same seed.
fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut random = Random::new(seed);
    (0..len).map(|_| random.below(256) as u8).collect()
}
