//! A client and a server that reads ahead: it takes all that is there when it reads the SSLRequest,
//! and starts TLS on what comes later, so that a ClientHello in the same read would be lost. asyncio's
//! `StreamWriter.start_tls` (Python 3.11) is of this kind; libmysqlclient 26.10 connects to it ten
//! times of ten.

mod support;

use support::promises::AppRoom;
use support::{Host, Schedule, pki, wire};
use tlsql::{Phase, event, want};

/// Length of the SSLRequest, header included.
const REQUEST: usize = 36;

/// Takes what each step of the client hands out as one read.
struct ReadsAhead {
    tls: Host,
    /// What came up to the end of the SSLRequest.
    request: Vec<u8>,
    /// Bytes that were read with the SSLRequest and never reach TLS.
    lost: usize,
}

impl ReadsAhead {
    fn new() -> Self {
        let tls = Host::new(&pki::server_as("server", &[]), Schedule::Whole);
        Self { tls, request: Vec::new(), lost: 0 }
    }

    fn read(&mut self, bytes: &[u8]) {
        if self.request.len() == REQUEST {
            return self.tls.deliver(bytes);
        }
        self.request.extend(bytes);
        if self.request.len() >= REQUEST {
            self.lost = self.request.len() - REQUEST;
            self.request.truncate(REQUEST);
            self.tls.deliver(&self.request);
        }
    }
}

#[test]
fn the_ssl_request_leaves_in_a_step_of_its_own() {
    for room in [1, 7, 35, 36, 37, 71, 72, 100, 300, 16_704] {
        let mut client = Host::new(&pki::client(&[]), Schedule::Whole);
        let mut server = ReadsAhead::new();
        server.tls.settle();
        let greeting = server.tls.take_sent();
        client.deliver_by_hand(&greeting);
        client.conn.client_start(&mut client.request).unwrap();
        for _ in 0..40_000 {
            let step = client.step_with(room, AppRoom::View(0));
            let sent = client.take_sent();
            assert_eq!(sent.len(), step.wire_out_made);
            server.read(&sent);
            if client.sent.len() == REQUEST {
                assert_eq!(step.want, want::WIRE_OUT, "{room}: the ClientHello comes next");
                assert_eq!(step.need_wire_out, 1);
            }
            client.wire.extend(server.tls.take_sent());
            if client.conn.phase() == Phase::Tls && step.want & want::WIRE_OUT == 0 {
                break;
            }
        }
        assert_eq!(server.lost, 0, "{room}");
        assert!(client.has(event::SECURED), "{room}: {:?}", client.error);
        assert_eq!(server.tls.conn.phase(), Phase::Tls, "{room}");
    }
}

/// A byte that is presented between the two is as early as one before the SSLRequest.
#[test]
fn a_byte_between_the_two_is_early() {
    for byte in [0x16, 0xff] {
        let mut client = Host::new(&pki::client(&[]), Schedule::Whole);
        client.deliver_by_hand(&wire::packet(0, &wire::greeting(wire::MYSQL57)));
        client.conn.client_start(&mut client.request).unwrap();
        client.step_with(16_704, AppRoom::View(0));
        assert_eq!(client.sent.len(), REQUEST);
        client.wire.push(byte);
        client.step_with(16_704, AppRoom::View(0));
        assert_eq!(client.failure().code, tlsql::Code::EarlyBytes);
        assert_eq!(client.sent.len(), REQUEST, "nothing follows");
    }
}

/// The ClientHello of a host that wrote the SSLRequest itself leaves in its first step.
#[test]
fn a_host_that_wrote_the_ssl_request_gets_the_client_hello_at_once() {
    let mut client = Host::new(&pki::client(&[]), Schedule::Whole).by_hand();
    client.conn.client_greeting_read(&wire::greeting(wire::MYSQL57), 0, b"").unwrap();
    let mut request = client.request;
    request.capabilities |= wire::CLIENT_SSL;
    client.conn.client_request_sent(&request).unwrap();
    let step = client.step_with(16_704, AppRoom::View(0));
    assert_eq!(client.sent[..2], [wire::HANDSHAKE, 3]);
    assert_eq!(step.want, want::WIRE_IN);
}

trait ByHand {
    fn deliver_by_hand(&mut self, bytes: &[u8]);
}

impl ByHand for Host {
    /// Presents a greeting, and leaves the answer to the test.
    fn deliver_by_hand(&mut self, bytes: &[u8]) {
        self.starts = false;
        self.deliver(bytes);
    }
}
