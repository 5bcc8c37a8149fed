//! Tickets of any bytes at a server: whatever is no ticket of its own means a full handshake, and what
//! a holder of its keys may write into one, no panic.

use std::sync::LazyLock;

use tlsql::crypto::TicketKey;
use tlsql::{AppOut, Conn, Context, Io, Phase, SliceSink};

use super::contexts;
use super::cursor::Cursor;

/// The first byte chooses. Bit 0: the ticket of TLS 1.2, or the identity of TLS 1.3; bit 1: the rest
/// is the ticket, or what the server's key seals as one; bit 2: octets of that ticket are changed.
pub fn run(data: &[u8]) {
    let mut script = Cursor::new(data);
    let what = script.u8();
    let (is_tls13, is_sealed, is_changed) = (what & 1 != 0, what & 2 != 0, what & 4 != 0);
    let (at, by) = (usize::from(script.u8()), script.u8() | 1);
    let mut ticket = script.take(MAX).to_vec();
    if is_sealed {
        ticket = TicketKey::new(&KEY).unwrap().seal(&ticket).unwrap();
        if is_changed {
            let at = at % ticket.len();
            ticket[at] ^= by;
        }
    }
    if ticket.is_empty() {
        return;
    }
    let (phase, sent) = meet(&hello(is_tls13, &ticket));
    if !is_sealed || is_changed {
        assert_eq!(phase, Phase::Handshake, "a forged ticket ended the handshake");
        // A record with a ServerHello, and in TLS 1.2 the certificate, that of a full handshake.
        assert_eq!(sent[..1], [22], "{sent:?}");
        assert_eq!(sent[5], 2, "{sent:?}");
        assert!(sent.len() > 400, "no certificate in {} bytes", sent.len());
    }
}

/// Gives a ClientHello to a server; returns how far it is, and what it sent behind its greeting.
fn meet(hello: &[u8]) -> (Phase, Vec<u8>) {
    let mut conn = Conn::new(&SERVER);
    conn.server_start(contexts::GREETING).unwrap();
    let greeting = step(&mut conn, &[]).len();
    assert!(greeting > 0);
    let request = [&b"\x20\0\0\x01\x85\xaa\xbf\x19\0\0\0\x01\xff"[..], &[0; 23], hello].concat();
    let sent = step(&mut conn, &request);
    (conn.phase(), sent)
}

fn step(conn: &mut Conn, bytes: &[u8]) -> Vec<u8> {
    let (mut wire, mut sent) = (bytes.to_vec(), Vec::new());
    loop {
        let mut room = vec![0; 32 << 10];
        let mut wire_out = SliceSink::new(&mut room);
        let app_out = AppOut::View { limit: 0 };
        let mut io = Io { wire_in: &mut wire, wire_out: &mut wire_out, app_in: &[], app_out };
        let (step, result) = conn.step(&mut io);
        sent.extend_from_slice(&room[..step.wire_out_made]);
        wire.drain(..step.wire_in_used);
        if result.is_err() || (step.wire_in_used == 0 && step.wire_out_made == 0) {
            return sent;
        }
    }
}

/// A ClientHello with a ticket, for which it has no key.
fn hello(is_tls13: bool, ticket: &[u8]) -> Vec<u8> {
    let suites: &[u8] = if is_tls13 { &[0x13, 1, 0x13, 2] } else { &[0xc0, 0x2b, 0xc0, 0x2f] };
    let mut extensions = [
        extension(10, &[0, 2, 0, 29]),
        extension(11, &[1, 0]),
        extension(13, &[0, 8, 4, 3, 8, 4, 4, 1, 8, 7]),
    ]
    .concat();
    if is_tls13 {
        let share = [&[0, 36, 0, 29, 0, 32, 9][..], &[0; 31]].concat();
        extensions.extend(extension(43, &[2, 3, 4]));
        extensions.extend(extension(51, &share));
        extensions.extend(extension(45, &[1, 1]));
        let identity = [&sized(ticket)[..], &[0; 4]].concat();
        let binders = [&[0, 33, 32][..], &[7; 32]].concat();
        extensions.extend(extension(41, &[sized(&identity), binders].concat()));
    } else {
        extensions.extend(extension(23, &[]));
        extensions.extend(extension(35, ticket));
    }
    let body = [&[3, 3][..], &[7; 32], &[0], &sized(suites), &[1, 0], &sized(&extensions)].concat();
    let len = (body.len() as u32).to_be_bytes();
    let message = [&[1][..], &len[1..], &body].concat();
    let record = |part: &[u8]| [&[22, 3, 3][..], &sized(part)].concat();
    message.chunks(16384).flat_map(record).collect()
}

fn extension(kind: u16, body: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &sized(body)].concat()
}

/// Returns bytes behind their length.
fn sized(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u16).to_be_bytes()[..], bytes].concat()
}

static SERVER: LazyLock<Context> = LazyLock::new(|| {
    let context = contexts::server_of_tickets();
    context.set_ticket_keys(&KEY, None).unwrap();
    context
});

const KEY: [u8; 48] = [5; 48];

/// Most bytes of a ticket here: a ClientHello has some more in its 16 KiB.
const MAX: usize = 15_000;
