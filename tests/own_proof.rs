//! The proof by password of a server is over the certificate that its client has: on a resumed
//! connection the one that the session's full handshake showed, whatever this server shows by now.

mod support;

use support::hello_choice::{front, join};
use support::plain_client::{Keeps, Met, PlainClient, WAYS};
use support::{Host, SCHEDULES, Schedule, link, pki, run};
use tlsql::{Builder, Context, Reload, Role};

const SALT: [u8; 20] = [3; 20];
const SCRAMBLE: [u8; 20] = *b"abcdefghijklmnopqrst";

const OPTIONS_TOO: Reload = Reload { options: true, no_rollback: false };

/// Two certificates of the same names.
const PAIRS: [&str; 2] = ["server", "other"];

fn builder(pair: &str) -> Builder {
    let (cert, key) = (format!("{pair}-cert.pem"), format!("{pair}-key.pem"));
    let options = [("ssl_cert", &cert[..]), ("ssl_key", &key), ("ssl_ca", "ca.pem")];
    pki::builder(Role::Server, &options).expect("a pair")
}

/// A server that shows this certificate for one name, and another for all others.
fn builder_with_name(pair: &str) -> Builder {
    let mut builder = builder("wrongname");
    let [cert, key] = ["cert", "key"].map(|kind| pki::read(&format!("{pair}-{kind}.pem")));
    builder.add_name("localhost", &cert, &key).expect("a pair");
    builder
}

fn context(pair: &str) -> Context {
    Context::new(&builder(pair)).expect("a context")
}

fn own(host: &Host) -> String {
    host.conn.own_proof(&SALT, &SCRAMBLE).expect("digits")
}

fn client(keeps: Keeps) -> PlainClient {
    PlainClient::new(keeps, "client")
}

/// A connection of a client that keeps its session.
fn connect(client: &Context, server: &Context) -> (Host, Host) {
    let (client, mut server) = link(client, server, Schedule::Whole);
    let mut client = client.with("host", "localhost");
    run(&mut client, &mut server);
    server.app = b"behind the tickets".to_vec();
    run(&mut client, &mut server);
    (client, server)
}

/// The digits that clients await of each certificate, both in full handshakes.
fn awaited() -> [String; 2] {
    let mode = [("ssl_mode", "REQUIRED")];
    let both = PAIRS.map(|pair| {
        let (client, server) = connect(&pki::client(&mode), &context(pair));
        let digits = client.conn.peer_proof(&SALT, &SCRAMBLE).expect("digits");
        assert_eq!(own(&server), digits);
        digits
    });
    assert_ne!(both[0], both[1]);
    both
}

/// Resumes a few times, each time by the ticket of the connection before.
fn resumes(expected: &str, what: &str, connect: impl Fn() -> Met) {
    for n in 0..4 {
        let next = connect();
        assert!(next.offered && next.resumed(), "{what}, {n}");
        assert_eq!(own(&next.host), expected, "{what}, {n}");
    }
}

#[test]
fn a_renewed_certificate_changes_nothing_for_a_session() {
    let digits = awaited();
    for make in [builder, builder_with_name] {
        for keeps in WAYS {
            for schedule in SCHEDULES {
                let (server, client) = (Context::new(&make(PAIRS[0])).unwrap(), client(keeps));
                let meet = |client: &PlainClient| client.meet_as(&server, "localhost", schedule);
                assert!(!meet(&client).resumed());
                let what = format!("{keeps:?} {schedule:?}");
                resumes(&digits[0], &what, || meet(&client));
                server.reload(&make(PAIRS[1]), OPTIONS_TOO).unwrap();
                resumes(&digits[0], &what, || meet(&client));
            }
        }
    }
}

#[test]
fn a_session_that_is_offered_in_vain_proves_nothing() {
    let digits = awaited();
    for version in ["TLSv1.2", "TLSv1.3"] {
        let client = pki::client(&[("ssl_mode", "REQUIRED"), ("tls_version", version)]);
        let server = context(PAIRS[0]);
        assert_eq!(own(&connect(&client, &server).1), digits[0]);
        let mut stricter = builder(PAIRS[1]);
        stricter.set("tlsql_strict", "ON").unwrap();
        server.reload(&stricter, OPTIONS_TOO).unwrap();
        for resumed in [false, true] {
            let (one, server) = connect(&client, &server);
            let negotiated = one.conn.negotiated().unwrap();
            assert!(negotiated.offered_session, "{version}");
            assert_eq!(negotiated.resumed, resumed, "{version}");
            assert_eq!(own(&server), digits[1], "{version}");
        }
    }
}

#[test]
fn the_client_believes_every_node_that_has_the_ticket_keys() {
    let nodes = PAIRS.map(context);
    nodes.iter().for_each(|node| node.set_ticket_keys(&[5; 48], None).unwrap());
    for version in ["TLSv1.2", "TLSv1.3"] {
        for first in [0, 1] {
            let client = pki::client(&[("tlsql_peer_proof", "ON"), ("tls_version", version)]);
            for n in 0..8 {
                let (mut one, server) = connect(&client, &nodes[(first + n) % 2]);
                let what = format!("{version}, connection {n} from node {first} on");
                assert_eq!(one.conn.negotiated().unwrap().resumed, n > 0, "{what}");
                let text = [b"\x01", own(&server).as_bytes()].concat();
                let result = one.conn.confirm_peer(&SALT, &SCRAMBLE, &text);
                assert!(result.is_ok(), "{what}: {result:?}");
            }
        }
    }
}

#[test]
fn a_session_of_another_node_goes_on_under_a_context_that_is_chosen() {
    let digits = awaited();
    let front = front(&[]);
    let nodes = PAIRS.map(context);
    nodes.iter().for_each(|node| node.set_ticket_keys(&[5; 48], None).unwrap());
    for keeps in [Keeps::Ticket12, Keeps::Ticket13] {
        let client = client(keeps);
        let meet = |context: &Context| join(&client, &front, context, Schedule::Random(1));
        assert!(!meet(&nodes[0]).resumed(), "{keeps:?}");
        resumes(&digits[0], &format!("{keeps:?}"), || meet(&nodes[1]));
        resumes(&digits[0], &format!("{keeps:?}"), || meet(&nodes[0]));
    }
}
