//! One byte stream in two schedules: the same plaintext, the same events, the same final code.
//!
//! Keys are fresh in each run, so the stream is not the same bytes but the same parts: bytes of the
//! input, and what an honest peer says. Bytes are changed only where their places are the same.

use tlsql::{Code, Phase, Role, event, want};

use super::checked_conn::CheckedConn;
use super::contexts;
use super::cursor::Cursor;
use super::promises::{APP_OUT_SIZE, AppRoom, WIRE_OUT_SIZE};
use super::stream::{self, CAPABILITIES};

/// What a stream is made of; the seeds are written with these.
pub mod part {
    pub const BYTES: u8 = 0;
    pub const PEER: u8 = 1;
    pub const START: u8 = 2;
    pub const SAY: u8 = 3;
    pub const PEER_SAYS: u8 = 4;
    pub const PEER_REKEYS: u8 = 5;
    pub const PEER_CLOSES: u8 = 6;
    pub const CHANGED: u8 = 7;
    pub const FRAGMENTS: u8 = 8;
    pub const COUNT: u8 = 9;
}

const MAX_PARTS: usize = 24;

/// Role and settings, the schedule, then the parts.
pub fn run(data: &[u8]) {
    let mut input = Cursor::new(data);
    let first = input.u8();
    let role = if first & 1 == 0 { Role::Client } else { Role::Server };
    let (own, other) = (input.u8(), input.u8());
    let schedule = input.bytes();
    let parts = input.rest();
    let play = |schedule| Play::new(role, own, other, first & 2 != 0).run(parts, schedule);
    let whole = play(&[]);
    assert_eq!(whole, play(schedule), "whole, and {schedule:?}");
    if first & 4 != 0 {
        assert_eq!(whole, play(&[0; 4]), "whole, and byte by byte");
    }
}

/// What must not depend on the schedule.
#[derive(Debug, Eq, PartialEq)]
struct Outcome {
    events: Vec<u32>,
    plain: Vec<u8>,
    code: Option<Code>,
    phase: Phase,
    left: usize,
    /// What the peer made of what was sent.
    at_peer: Vec<u8>,
    peer_code: Option<Code>,
}

struct Play<'a> {
    role: Role,
    subject: CheckedConn,
    peer: CheckedConn,
    /// Buffer sizes, round and round; none is ample ones.
    schedule: &'a [u8],
    turn: usize,
}

impl<'a> Play<'a> {
    fn new(role: Role, own: u8, other: u8, local: bool) -> Self {
        let (mut subject, peer) = match role {
            Role::Client => (CheckedConn::client(own, local), CheckedConn::server(other, local)),
            Role::Server => (CheckedConn::server(own, local), CheckedConn::client(other, local)),
        };
        subject.impostor = role == Role::Client && !contexts::server_is_trusted(other);
        Self { role, subject, peer, schedule: &[], turn: 0 }
    }

    fn run(mut self, parts: &[u8], schedule: &'a [u8]) -> Outcome {
        self.schedule = schedule;
        let mut parts = Cursor::new(parts);
        for _ in 0..MAX_PARTS {
            if parts.is_empty() {
                break;
            }
            self.part(&mut parts);
            self.settle(&[]);
        }
        let left = self.subject.wire.len();
        self.subject.call(|conn| conn.eof(left));
        self.subject.finish();
        self.peer.drain();
        if self.subject.had(event::PLAIN) != self.peer.had(event::PLAIN) {
            // One end's TLS is the other's clear text: random bytes, alike in number only.
            self.subject.plain.fill(0);
            self.peer.plain.fill(0);
        }
        Outcome {
            code: self.subject.failure(),
            events: self.subject.events,
            plain: self.subject.plain,
            phase: self.subject.conn.phase(),
            left,
            peer_code: self.peer.failure(),
            at_peer: self.peer.plain,
        }
    }

    fn part(&mut self, parts: &mut Cursor<'_>) {
        match parts.u8() % part::COUNT {
            part::BYTES => self.subject.wire.extend_from_slice(parts.bytes()),
            part::PEER => self.run_peer(),
            part::START => match self.role {
                Role::Client => stream::start(&mut self.subject, CAPABILITIES),
                Role::Server => stream::greet(&mut self.subject),
            },
            part::SAY => {
                let said = stream::text(0, parts.size());
                self.settle(&said);
            }
            part::PEER_SAYS => drop(self.peer_says(parts.size())),
            part::PEER_REKEYS => drop(self.peer.call(|conn| conn.rekey())),
            part::PEER_CLOSES => {
                self.peer.call(|conn| conn.close());
                self.run_peer();
            }
            part::FRAGMENTS => {
                let from = self.subject.wire.len();
                self.run_peer();
                stream::fragment(&mut self.subject.wire, from, parts.size().max(1));
            }
            _ => {
                // Of traffic every length is known, so a place in it is the same in both runs.
                let (len, at, mask) = (parts.size(), parts.size(), parts.u8());
                let range = self.peer_says(len);
                if let Some(byte) = self.subject.wire[range].get_mut(at) {
                    *byte ^= mask;
                }
            }
        }
    }

    /// Queues traffic of the peer and returns its place in the wire; nothing while the handshake
    /// runs.
    fn peer_says(&mut self, len: usize) -> std::ops::Range<usize> {
        let start = self.subject.wire.len();
        if !self.peer.is_up() || !self.subject.is_up() {
            return start..start;
        }
        self.run_peer();
        let start = self.subject.wire.len();
        let said = stream::text(self.subject.plain.len(), len);
        let mut sent = 0;
        while sent < said.len() {
            let moved = self.peer.step(usize::MAX, WIRE_OUT_SIZE, &said[sent..], stream::AMPLE);
            if !moved.did_anything() {
                break;
            }
            sent += moved.step.app_in_used;
            self.subject.wire.extend(moved.wire_out);
        }
        start..self.subject.wire.len()
    }

    fn run_peer(&mut self) {
        let out = stream::answer(&mut self.peer);
        self.subject.wire.extend(out);
    }

    /// Steps until nothing moves: first what is queued goes out, then the stream is presented.
    fn settle(&mut self, said: &[u8]) {
        let (mut sent, mut need_in, mut need_out, mut room) = (0, 1, 1, 0);
        for round in 0.. {
            assert!(round < 1_000_000, "no end");
            let size = usize::from(self.size());
            let is_whole = self.schedule.is_empty();
            let queued = self.subject.conn.want() & want::WIRE_OUT != 0;
            let len = self.subject.wire.len();
            let window = match queued {
                true => 0,
                false if is_whole => len,
                false => need_in.max(size).max(self.subject.shown).min(len),
            };
            let out = if is_whole { WIRE_OUT_SIZE } else { need_out.max(size) };
            // At most 256 records, or more than a few bytes would take too long.
            let part = 1 + size + said.len() / 256;
            let app = if is_whole { said.len() } else { (sent + part).min(said.len()) };
            let room_now = room.max(size * 8);
            let take = match size & 1 {
                _ if is_whole => stream::AMPLE,
                0 => AppRoom::Copy(room_now),
                _ => AppRoom::View(room_now),
            };
            let moved = self.subject.step(window, out, &said[sent..app], take);
            let (did, step) = (moved.did_anything(), &moved.step);
            sent += step.app_in_used;
            self.peer.wire.extend(&moved.wire_out);
            (need_in, need_out, room) = (1, 1, 0);
            if did || queued {
                continue;
            }
            // What it says that it needs, it gets.
            if step.want & want::APP_OUT != 0 {
                room = step.need_app_out.clamp(1, APP_OUT_SIZE);
            } else if step.want & want::WIRE_OUT != 0 {
                need_out = step.need_wire_out;
            } else if window == len {
                return;
            } else {
                // In large records faster.
                need_in = window + if window < 2048 { size.max(1) } else { window / 4 };
            }
        }
    }

    fn size(&mut self) -> u8 {
        self.turn += 1;
        self.schedule.get(self.turn % self.schedule.len().max(1)).copied().unwrap_or(0)
    }
}

// invariant: events are compared in the order of their bits within a step.
const _: () = assert!(event::GREETING < event::SSL_REQUEST && event::SECURED < event::PEER_CLOSED);
