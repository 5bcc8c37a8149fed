//! A server whose host reads and writes the packets itself and tells the engine.

mod support;

use support::wire::{self, BAD_HANDSHAKE, CLIENT_SSL, MYSQL57, PROTOCOL_41};
use support::{Host, SCHEDULES, Schedule, link, pki, run};
use tlsql::{Code, Context, Error, Outcome, Phase, event, want};

const ASKED: u32 = wire::MYSQL_PROGRAM;

#[test]
fn told_of_greeting_and_request_the_server_goes_on_alike() {
    for schedule in SCHEDULES {
        let client = pki::client(&[]);
        let (mut client, mut server) = link(&client, &good_server(), schedule);
        assert!(server.conn.will_use_tls());
        server.starts = false;
        server.conn.server_greeting_sent(MYSQL57).unwrap();
        client.deliver(&wire::packet(0, &wire::greeting(MYSQL57)));
        let flight = client.take_sent();
        let (request, hello) = flight.split_at(36);
        server.conn.server_request_read(&request[4..], request[3]).unwrap();
        assert_eq!(server.conn.phase(), Phase::Handshake);
        server.deliver(hello);
        run(&mut client, &mut server);
        assert_eq!(server.conn.outcome(), Outcome::Tls, "{schedule:?}");
        assert_eq!(server.conn.request().unwrap().capabilities, ASKED | CLIENT_SSL);
        assert_eq!(wire::records(&server.sent)[0].0, wire::HANDSHAKE, "no greeting of its own");
    }
}

#[test]
fn told_of_a_plain_login_the_server_reports_plain() {
    let mut host = greeting_sent(&good_server(), MYSQL57);
    let login = wire::login(ASKED & !CLIENT_SSL);
    host.conn.server_request_read(&login, 1).unwrap();
    host.settle();
    assert!(host.has(event::PLAIN));
    assert_eq!((host.conn.outcome(), host.conn.sequence()), (Outcome::PlainNoTls, 2));
    host.deliver(b"next");
    assert_eq!(host.got, b"next", "the login's bytes are the host's");
}

#[test]
fn told_of_a_bad_request_the_err_packet_is_still_the_engines() {
    let ooo = wire::packet(1, &wire::err(1156, "Got packets out of order"));
    for (payload, sequence, code, said) in [
        (wire::ssl_request(ASKED), 0, Code::Sequence, &ooo[..]),
        (wire::ssl_request(ASKED)[..31].to_vec(), 1, Code::SslRequest, BAD_HANDSHAKE),
    ] {
        for schedule in SCHEDULES {
            let mut host = Host::new(&good_server(), schedule).by_hand();
            host.conn.server_greeting_sent(MYSQL57).unwrap();
            let result = host.conn.server_request_read(&payload, sequence);
            assert_eq!(host.note_call(result).unwrap_err().code, code);
            host.settle();
            assert_eq!(host.sent, said, "{schedule:?}");
        }
    }
}

#[test]
fn an_offer_that_cannot_be_kept_is_a_wrong_call() {
    let mut host = Host::new(&pki::server(&[]), Schedule::Whole).by_hand();
    assert_eq!(host.conn.server_greeting_sent(MYSQL57).unwrap_err().code, Code::Argument);
    host.conn.server_greeting_sent(wire::MYSQL57_OFF).unwrap();
    // The other way round is allowed, and then an SSLRequest is refused.
    let mut host = greeting_sent(&good_server(), wire::MYSQL57_OFF);
    let result = host.conn.server_request_read(&wire::ssl_request(ASKED), 1);
    let refused = host.note_call(result).unwrap_err();
    assert_eq!(refused.code, Code::SslRequest);
    assert!(refused.message().contains("the greeting offered none"), "{refused}");
    for schedule in SCHEDULES {
        let mut host = Host::new(&good_server(), schedule).by_hand();
        host.conn.server_greeting_sent(wire::MYSQL57_OFF).unwrap();
        host.deliver(&wire::packet(1, &wire::ssl_request(ASKED)));
        assert_eq!(host.failure().code, Code::SslRequest, "{schedule:?}");
        assert_eq!(host.sent, BAD_HANDSHAKE);
    }
}

#[test]
fn calls_at_the_wrong_moment_change_nothing() {
    let mut host = Host::new(&good_server(), Schedule::Whole).by_hand();
    let wrong = |result: Result<(), Error>| assert_eq!(result.unwrap_err().code, Code::State);
    let request = host.request;
    wrong(host.conn.server_request_read(&wire::login(PROTOCOL_41), 1));
    wrong(host.conn.client_start(&mut request.clone()));
    wrong(host.conn.client_request_sent(&request));
    wrong(host.conn.client_greeting_read(&wire::greeting(MYSQL57), 0, b""));
    wrong(host.conn.rekey());
    assert_eq!(host.conn.phase(), Phase::Greeting);
    host.conn.server_greeting_sent(MYSQL57).unwrap();
    wrong(host.conn.server_greeting_sent(MYSQL57));
    wrong(host.conn.server_start(&wire::greeting(MYSQL57)));
    assert_eq!(host.conn.want(), want::WIRE_IN);
    host.deliver(&wire::packet(1, &wire::ssl_request(ASKED)));
    wrong(host.conn.server_request_read(&wire::ssl_request(ASKED), 1));
    assert!(host.error.is_none());
}

/// A server with the good certificate and no CA.
fn good_server() -> Context {
    pki::server_as("server", &[])
}

/// A server whose host has sent the greeting itself.
fn greeting_sent(server: &Context, capabilities: u32) -> Host {
    let mut host = Host::new(server, Schedule::Whole).by_hand();
    host.conn.server_greeting_sent(capabilities).unwrap();
    host
}
