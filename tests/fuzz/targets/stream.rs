//! A script for one connection and an honest peer in memory, with anything done to the bytes on the
//! way to the connection.

use tlsql::{Role, SslRequest, event, want};

use super::checked_conn::CheckedConn;
use super::contexts;
use super::cursor::Cursor;
use super::promises::{APP_OUT_SIZE, AppRoom, WIRE_IN_SIZE, WIRE_OUT_SIZE};

/// What a script's operations are; the seeds are written with these.
pub mod op {
    pub const FEED: u8 = 0;
    pub const PEER: u8 = 1;
    pub const STEP: u8 = 2;
    pub const FLIP: u8 = 3;
    pub const CUT: u8 = 4;
    pub const INSERT: u8 = 5;
    pub const START: u8 = 6;
    pub const SHAKE: u8 = 7;
    pub const PEER_SAYS: u8 = 8;
    pub const EOF: u8 = 9;
    pub const CLOSE: u8 = 10;
    pub const REKEY: u8 = 11;
    pub const SEAL: u8 = 12;
    pub const PEER_CALL: u8 = 13;
    pub const RECORD: u8 = 14;
    pub const HOST_PACKET: u8 = 15;
    pub const FRAGMENT: u8 = 16;
    pub const COUNT: u8 = 17;
}

/// A script that goes on longer costs time and shows nothing new.
const MAX_OPS: usize = 64;
/// Most bytes that wait for the connection.
const MAX_WIRE: usize = 256 << 10;

/// Runs a script: three bytes that say what the subject and its peer are, then operations.
pub fn run(role: Role, data: &[u8]) -> Pair {
    let mut script = Cursor::new(data);
    let mut pair = Pair::new(role, script.u8(), script.u8(), script.u8());
    for _ in 0..MAX_OPS {
        if script.is_empty() {
            break;
        }
        pair.act(&mut script);
    }
    pair.finish();
    pair
}

pub struct Pair {
    role: Role,
    pub subject: CheckedConn,
    pub peer: CheckedConn,
    /// Application bytes that each end took.
    subject_said: Vec<u8>,
    peer_said: Vec<u8>,
    /// The bytes on the way to the subject are the peer's, all of them.
    intact: bool,
}

impl Pair {
    /// Makes a pair: `own` and `other` are bits as in `contexts`; bit 0 of `more` is a local
    /// transport.
    pub fn new(role: Role, own: u8, other: u8, more: u8) -> Self {
        let local = more & 1 != 0;
        let (mut subject, peer) = match role {
            Role::Client => (CheckedConn::client(own, local), CheckedConn::server(other, local)),
            Role::Server => (CheckedConn::server(own, local), CheckedConn::client(other, local)),
        };
        subject.impostor = role == Role::Client && !contexts::server_is_trusted(other);
        let (subject_said, peer_said) = (Vec::new(), Vec::new());
        Self { role, subject, peer, subject_said, peer_said, intact: true }
    }

    fn act(&mut self, script: &mut Cursor<'_>) {
        match script.u8() % op::COUNT {
            op::PEER => self.run_peer(),
            op::STEP => self.step(script),
            op::START => self.start(script.u32()),
            op::SHAKE => self.shake(),
            op::PEER_SAYS => {
                let said = text(self.peer_said.len(), script.size());
                let moved = self.peer.step(usize::MAX, WIRE_OUT_SIZE, &said, AMPLE);
                self.peer_said.extend_from_slice(&said[..moved.step.app_in_used]);
                self.subject.wire.extend(moved.wire_out);
            }
            op::EOF => {
                self.intact = false;
                let left = self.subject.wire.len().min(script.size());
                self.subject.call(|conn| conn.eof(left));
            }
            op::CLOSE => {
                self.intact = false;
                self.subject.call(|conn| conn.close());
            }
            op::REKEY => {
                self.subject.call(|conn| conn.rekey());
            }
            op::SEAL => self.seal(script.size() % (APP_OUT_SIZE + 1)),
            op::PEER_CALL => self.peer_call(script.u8()),
            op::HOST_PACKET => self.host_packet(script),
            change => self.change_wire(change, script),
        }
    }

    fn peer_call(&mut self, which: u8) {
        match which % 3 {
            0 => {
                self.peer.call(|conn| conn.close());
                self.intact = false;
            }
            1 => drop(self.peer.call(|conn| conn.rekey())),
            _ => {
                self.peer.call(|conn| conn.eof(0));
                self.intact = false;
            }
        }
    }

    /// Changes the bytes that the subject has not been shown.
    fn change_wire(&mut self, op: u8, script: &mut Cursor<'_>) {
        match op {
            op::FEED => self.tamper(|wire, _| wire.extend_from_slice(script.bytes())),
            op::FLIP => {
                let (at, mask) = (script.size(), script.u8());
                self.tamper(|wire, shown| {
                    if let Some(byte) = wire.get_mut(shown + at) {
                        *byte ^= mask;
                    }
                });
            }
            op::CUT => {
                let (at, len) = (script.size(), script.size());
                self.tamper(|wire, shown| {
                    let start = (shown + at).min(wire.len());
                    wire.drain(start..(start + len).min(wire.len()));
                });
            }
            op::INSERT => {
                let (at, bytes) = (script.size(), script.bytes());
                self.tamper(|wire, shown| {
                    let at = (shown + at).min(wire.len());
                    wire.splice(at..at, bytes.iter().copied());
                });
            }
            op::RECORD => {
                let kind = script.pick(&[23, 22, 21, 20, 24, 0]);
                let len = script.u16() % 18500;
                let (filler, missing) = (script.u8(), script.size());
                let [high, low] = len.to_be_bytes();
                self.tamper(|wire, _| {
                    wire.extend([kind, 3, 3, high, low]);
                    let body = usize::from(len).saturating_sub(missing);
                    wire.resize(wire.len() + body, filler);
                });
            }
            _ => {
                let size = script.size();
                self.tamper(|wire, shown| fragment(wire, shown, size.max(1)));
            }
        }
    }

    fn tamper(&mut self, change: impl FnOnce(&mut Vec<u8>, usize)) {
        self.intact = false;
        if self.subject.wire.len() < MAX_WIRE {
            change(&mut self.subject.wire, self.subject.shown);
        }
    }

    fn step(&mut self, script: &mut Cursor<'_>) {
        let window = match script.u8() {
            0xff => usize::MAX,
            0xfe => WIRE_IN_SIZE,
            small => usize::from(small),
        };
        let out = match script.u8() {
            0xff => WIRE_OUT_SIZE,
            small => usize::from(small) * 4,
        };
        let said = text(self.subject_said.len(), script.size());
        let take = match script.u8() {
            0xff => AppRoom::View(usize::MAX),
            0xfe => AMPLE,
            small if small & 1 == 0 => AppRoom::Copy(usize::from(small) * 64),
            small => AppRoom::View(usize::from(small) * 64),
        };
        let moved = self.subject.step(window, out, &said, take);
        self.subject_said.extend_from_slice(&said[..moved.step.app_in_used]);
        self.peer.wire.extend(moved.wire_out);
    }

    fn seal(&mut self, len: usize) {
        let said = text(self.subject_said.len(), len);
        let mut record = Vec::with_capacity(WIRE_IN_SIZE);
        let sealed = self.subject.call(|conn| {
            conn.seal(&said)?.into_iter().for_each(|byte| record.push(byte));
            Ok(())
        });
        if sealed {
            assert!(self.subject.is_up(), "a record is sealed before the decision");
            self.subject_said.extend_from_slice(&said);
            self.peer.wire.extend(record);
        }
    }

    /// Starts the subject, if it wants its host to.
    fn start(&mut self, capabilities: u32) {
        match self.role {
            Role::Client => start(&mut self.subject, capabilities),
            Role::Server => greet(&mut self.subject),
        }
    }

    /// Makes a call of a host that reads and writes the packets itself, with bytes of the script.
    fn host_packet(&mut self, script: &mut Cursor<'_>) {
        self.intact = false;
        let (which, number) = (script.u8(), script.u8());
        let subject = &mut self.subject;
        match (self.role, which % 3) {
            (Role::Client, 0) => {
                let (payload, ahead) = (script.bytes(), script.bytes());
                subject.call(|conn| conn.client_greeting_read(payload, number, ahead));
            }
            (Role::Client, 1) => {
                subject.call(|conn| conn.client_greeting_read(contexts::GREETING, 0, &[]));
            }
            (Role::Client, _) => {
                let request = request(script.u32());
                subject.host_packets |= subject.call(|conn| conn.client_request_sent(&request));
            }
            (Role::Server, 0) => {
                let payload = script.bytes();
                subject.call(|conn| conn.server_request_read(payload, number));
            }
            (Role::Server, 1) => {
                let capabilities = script.u32();
                subject.host_packets |=
                    subject.call(|conn| conn.server_greeting_sent(capabilities));
            }
            (Role::Server, _) => {
                let payload = script.bytes();
                subject.call(|conn| conn.server_start(payload));
            }
        }
    }

    fn run_peer(&mut self) {
        let out = answer(&mut self.peer);
        self.subject.wire.extend(out);
    }

    /// Runs both ends in turns, until neither has anything to send.
    pub fn shake(&mut self) {
        for _ in 0..16 {
            let events = self.subject.events.len();
            self.start(CAPABILITIES);
            let out = self.subject.drain();
            let quiet = out.is_empty() && self.subject.events.len() == events;
            self.peer.wire.extend(out);
            let before = self.subject.wire.len();
            self.run_peer();
            if quiet && self.subject.wire.len() == before {
                return;
            }
        }
    }

    fn finish(&mut self) {
        let out = self.subject.drain();
        self.peer.wire.extend(out);
        if self.intact {
            self.shake();
        }
        self.subject.finish();
        if self.subject.had(event::SECURED) {
            // Whatever was done to the bytes, what surfaces was said by the peer.
            assert!(self.peer_said.starts_with(&self.subject.plain), "other plaintext");
            assert!(self.subject_said.starts_with(&self.peer.plain), "other plaintext at the peer");
        }
        if self.intact && self.subject.is_up() && self.peer.is_up() {
            assert_eq!(self.subject.plain.len(), self.peer_said.len(), "plaintext is lost");
            assert_eq!(self.peer.plain.len(), self.subject_said.len(), "plaintext is lost");
        }
    }
}

/// Cuts the plaintext handshake records from byte `from` on into records of `size` bytes, which
/// leaves the messages as they are.
pub fn fragment(wire: &mut Vec<u8>, from: usize, size: usize) {
    let whole = wire.split_off(from);
    let mut rest = &whole[..];
    let mut in_clear = true;
    while let &[a, b, c, d, e, ..] = rest {
        let is_record = (20..=23).contains(&a) && b == 3;
        let len = match is_record {
            true => 5 + usize::from(u16::from_be_bytes([d, e])),
            false => 4 + (usize::from(a) | usize::from(b) << 8 | usize::from(c) << 16),
        };
        let Some((unit, tail)) = rest.split_at_checked(len) else { break };
        // Behind ChangeCipherSpec all is encrypted.
        in_clear &= a != 20;
        if is_record && a == 22 && in_clear {
            for piece in unit[5..].chunks(size) {
                // invariant: no longer than the record was.
                let [high, low] = u16::try_from(piece.len()).unwrap().to_be_bytes();
                wire.extend([a, b, c, high, low]);
                wire.extend_from_slice(piece);
            }
        } else {
            wire.extend_from_slice(unit);
        }
        rest = tail;
    }
    wire.extend_from_slice(rest);
}

/// Returns all that an honest peer sends after what it has read.
pub fn answer(peer: &mut CheckedConn) -> Vec<u8> {
    let mut out = Vec::new();
    if peer.conn.want() & want::START == 0 {
        out = peer.drain();
    }
    match peer.conn.role() {
        Role::Client => start(peer, CAPABILITIES),
        Role::Server => greet(peer),
    }
    out.extend(peer.drain());
    out
}

pub fn greet(server: &mut CheckedConn) {
    if server.conn.want() & want::START != 0 {
        server.call(|conn| conn.server_start(contexts::GREETING));
    }
}

pub fn start(client: &mut CheckedConn, capabilities: u32) {
    if client.conn.want() & want::START != 0 {
        client.call(|conn| conn.client_start(&mut request(capabilities)));
    }
}

pub fn request(capabilities: u32) -> SslRequest {
    SslRequest { capabilities, max_packet: 1 << 24, charset: 45, mariadb_capabilities: 0 }
}

/// Returns `len` bytes of what an end sends, from the byte number `at` on.
pub fn text(at: usize, len: usize) -> Vec<u8> {
    (at..at + len).map(|i| (i ^ i >> 8).to_le_bytes()[0]).collect()
}

pub const AMPLE: AppRoom = AppRoom::Copy(APP_OUT_SIZE);
/// Those of a plain client of MySQL 5.7.
pub const CAPABILITIES: u32 = 0x000f_a685;
