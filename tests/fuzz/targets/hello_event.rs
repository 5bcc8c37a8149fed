//! Any ClientHello at a server whose host sees it first: the connection ends as it does without that,
//! and none is answered that the host has not seen.

use tlsql::{AppOut, Conn, Context, Io, Phase, SliceSink, event};

use super::contexts;
use super::cursor::Cursor;

/// The first byte: how many bytes a step gets; 0 is all of them. The rest is what the client sends.
pub fn run(data: &[u8]) {
    let mut script = Cursor::new(data);
    let part = match script.u8() {
        0 => MAX,
        part => usize::from(part),
    };
    let hello = script.take(MAX);
    let without = meet(&contexts::server(0), hello, part);
    let with = meet(&contexts::server_of_hellos(), hello, part);
    assert_eq!(with.phase, without.phase);
    assert_eq!(with.failure, without.failure);
    assert!(!without.was_seen);
    if !with.was_seen {
        assert_eq!(with.sent, without.sent, "it was answered, and nobody saw it");
    }
    // An ERR packet may begin with 22 too.
    let is_answered = with.sent.starts_with(&[HANDSHAKE, 3]);
    assert!(with.was_seen || !is_answered, "it was answered, and nobody saw it");
}

/// How a connection stands that got its bytes.
struct Met {
    phase: Phase,
    failure: Option<String>,
    was_seen: bool,
    sent: Vec<u8>,
}

fn meet(context: &Context, hello: &[u8], part: usize) -> Met {
    let mut conn = Conn::new(context);
    conn.server_start(contexts::GREETING).unwrap();
    let mut wire = [&b"\x20\0\0\x01\x85\xaa\xbf\x19\0\0\0\x01\xff"[..], &[0; 23]].concat();
    let (mut was_seen, mut sent) = (false, Vec::new());
    let mut parts = hello.chunks(part);
    let mut is_greeted = false;
    loop {
        let mut room = vec![0; 32 << 10];
        let mut wire_out = SliceSink::new(&mut room);
        let app_out = AppOut::View { limit: 0 };
        let presented = if is_greeted { &mut wire[..] } else { &mut [] };
        let mut io = Io { wire_in: presented, wire_out: &mut wire_out, app_in: &[], app_out };
        let (step, result) = conn.step(&mut io);
        if is_greeted {
            sent.extend_from_slice(&room[..step.wire_out_made]);
        }
        is_greeted = true;
        wire.drain(..step.wire_in_used);
        if step.events & event::HELLO != 0 {
            assert!(!was_seen && sent.is_empty());
            let name = conn.hello_name().unwrap();
            assert!(name.len() < 256 && !name.ends_with('.'));
            assert!(name.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase()));
            was_seen = true;
        }
        let moved = step.events != 0 || step.wire_in_used + step.wire_out_made != 0;
        match parts.next() {
            Some(part) if result.is_ok() => wire.extend_from_slice(part),
            _ if moved && result.is_ok() => {}
            _ => {
                let failure = conn.failure().map(|error| format!("{error} {:?}", error.alert()));
                return Met { phase: conn.phase(), failure, was_seen, sent };
            }
        }
    }
}

/// The type of a record in a handshake.
const HANDSHAKE: u8 = 22;
const MAX: usize = 24 << 10;
