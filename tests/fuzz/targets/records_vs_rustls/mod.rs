//! The same records into our record layer and into rustls' own, made by a peer that has the keys:
//! each step gives the same plaintext, the same answers, alert, code and state, or a difference that
//! is listed.

pub mod differences;
mod ends;
mod forged;
#[path = "../../../support/record_keys.rs"]
mod record_keys;
mod secrets;

use tlsql::event;

use super::cursor::Cursor;
use super::promises::{APP_OUT_SIZE, AppRoom};
use differences::{Difference, State};
use ends::{Ours, Peer, ROOM, Rustls, Verdict};
use forged::{ALERT, APPLICATION_DATA, Change, Forged, HANDSHAKE, Messages};

/// What a script's operations are; the seeds are written with these.
pub mod op {
    pub const DATA: u8 = 0;
    pub const BURST: u8 = 1;
    pub const ANY: u8 = 2;
    pub const ALERT: u8 = 3;
    pub const MESSAGES: u8 = 4;
    pub const FRAGMENTS: u8 = 5;
    pub const SIZE: u8 = 6;
    pub const CHANGED: u8 = 7;
    pub const FLOOD: u8 = 8;
    pub const HOLD: u8 = 9;
    pub const WRITE: u8 = 10;
    pub const SEAL: u8 = 11;
    pub const REKEY: u8 = 12;
    pub const CLOSE: u8 = 13;
    pub const EOF: u8 = 14;
    pub const REST: u8 = 15;
    pub const COUNT: u8 = 16;
}

/// A script that goes on longer costs time and shows nothing new.
const MAX_OPS: usize = 256;

/// What a script came to.
#[derive(Clone, Debug)]
pub struct Compared {
    pub records: u64,
    /// What became of ours and of rustls' end.
    pub ends: (Verdict, Verdict),
    /// The listed difference with which it ended.
    pub difference: Option<&'static Difference>,
}

/// Runs a script: a byte for suite and role, one for the cuts, then operations.
pub fn compare(data: &[u8]) -> Compared {
    let mut script = Cursor::new(data);
    let (first, cuts) = (usize::from(script.u8()), script.u8());
    let mut run = Run::new(first & 1 == 0, first / 2 % secrets::SUITES, cuts);
    for _ in 0..MAX_OPS {
        if script.is_empty() || run.is_over {
            break;
        }
        run.act(&mut script);
    }
    run.flush();
    run.compared
}

pub fn run(data: &[u8]) {
    compare(data);
}

struct Run {
    ours: Ours,
    rustls: Rustls,
    peer: Peer,
    state: State,
    part: usize,
    room: AppRoom,
    /// Records that are to be delivered together, and so many more wait for their company.
    held: Vec<Forged>,
    hold: usize,
    /// The rest of messages of which a part was sent.
    rest: Messages,
    last: Option<Forged>,
    compared: Compared,
    /// The record that is delivered is in the list.
    may_differ: bool,
    /// Our KeyUpdate asks for none, since one is due, and rustls' does.
    asks_for_none: bool,
    is_over: bool,
}

impl Run {
    fn new(is_client: bool, suite: usize, cuts: u8) -> Self {
        let (ours, rustls, peer) = ends::pair(is_client, suite);
        let rooms = [ROOM, AppRoom::View(usize::MAX), AppRoom::View(APP_OUT_SIZE), ROOM];
        Self {
            ours,
            rustls,
            peer,
            state: State::new(is_client, suite < secrets::SUITES / 2),
            part: [usize::MAX, usize::MAX, 1000, 7][usize::from(cuts >> 2 & 3)],
            room: rooms[usize::from(cuts & 3)],
            held: Vec::new(),
            hold: 0,
            rest: Messages::default(),
            last: None,
            compared: Compared {
                records: 0,
                ends: (Verdict::Taken, Verdict::Taken),
                difference: None,
            },
            may_differ: false,
            asks_for_none: false,
            is_over: false,
        }
    }

    fn act(&mut self, script: &mut Cursor<'_>) {
        let keys = &mut self.peer.writes;
        match script.u8() % op::COUNT {
            op::DATA => {
                let (len, padding) = (script.size() % 16385, usize::from(script.u8() & 15));
                let record = Forged::new(keys, APPLICATION_DATA, &vec![7; len], padding);
                self.send(record);
            }
            op::BURST => {
                let (count, len) = (1 + script.u8() % 128, usize::from(script.u8()));
                for i in 0..count {
                    let record = Forged::data(
                        &mut self.peer.writes,
                        1 + len.wrapping_add(usize::from(i)) % 64,
                    );
                    self.hold += 1;
                    self.send(record);
                }
                self.flush();
            }
            op::ANY => {
                let (kind, padding) = (script.u8(), usize::from(script.u8() & 3));
                let kind = [kind, 20, 21, 22, 23, 24][usize::from(kind) % 6];
                let record = Forged::new(keys, kind, script.bytes(), padding);
                self.send(record);
            }
            op::ALERT => {
                let (level, number, form) = (script.u8(), script.u8(), script.u8());
                let level = [1, 1, 2, 1, 0, level][usize::from(level) % 6];
                let number = [0, 90, 40, 100, number, number][usize::from(number) % 6];
                let alert = [level, number, level, number];
                let len = [2, 2, 2, 2, 2, 2, 0, 1, 3, 4][usize::from(form) % 10];
                let record = Forged::new(keys, ALERT, &alert[..len], usize::from(form & 1));
                self.send(record);
            }
            op::MESSAGES => {
                let messages = Messages::read(script);
                let record = Forged::new(keys, HANDSHAKE, &messages.bytes, 0);
                if messages.updates_keys {
                    keys.update();
                }
                self.send(record);
            }
            op::FRAGMENTS => self.fragments(script),
            op::REST => self.send_rest(),
            op::SIZE => self.size(script),
            op::CHANGED => self.changed(script),
            op::FLOOD => self.flood(script),
            op::HOLD => self.hold = usize::from(script.u8() % 8),
            op::WRITE => self.write(script.size() % 16385),
            op::SEAL => self.seal(1 + script.size() % 1000),
            op::REKEY => self.rekey(),
            op::CLOSE => self.close(),
            _ => self.eof(),
        }
    }

    /// Sends the first part of messages; the rest comes later, or at once.
    fn fragments(&mut self, script: &mut Cursor<'_>) {
        let mut messages = Messages::read(script);
        let (at, at_once) = (usize::from(script.u8()), script.u8() & 1 == 0);
        let at = at % messages.bytes.len().max(1);
        let rest = messages.bytes.split_off(at);
        let record = Forged::new(&mut self.peer.writes, HANDSHAKE, &messages.bytes, 0);
        self.send(record);
        self.rest = Messages { bytes: rest, updates_keys: messages.updates_keys };
        if at_once {
            self.send_rest();
        }
    }

    fn send_rest(&mut self) {
        let rest = std::mem::take(&mut self.rest);
        if !rest.bytes.is_empty() {
            let record = Forged::new(&mut self.peer.writes, HANDSHAKE, &rest.bytes, 0);
            if rest.updates_keys {
                self.peer.writes.update();
            }
            self.send(record);
        }
    }

    /// Sends a record of a size about the limits.
    fn size(&mut self, script: &mut Cursor<'_>) {
        let (kind, len, padding) = (script.u8(), script.u8(), script.u8());
        let kind = [23, 23, 22, 21, 20, 99][usize::from(kind) % 6];
        let most = 1 << 14;
        let lens =
            [0, 1, 2, most - 1, most, most + 1, most + 2, most + 200, most + 256, most + 2024];
        let len = lens[usize::from(len) % lens.len()];
        let paddings = [0, 0, 1, 100, 238, 239, 240, 255, 256];
        let padding = paddings[usize::from(padding) % paddings.len()];
        let record = Forged::new(&mut self.peer.writes, kind, &vec![kind; len], padding);
        self.send(record);
    }

    fn changed(&mut self, script: &mut Cursor<'_>) {
        let len = script.u8();
        let replayed = self.last.clone();
        let record = Forged::data(&mut self.peer.writes, usize::from(len));
        let mut record = record.changed(&mut self.peer.writes, script);
        if let (Change::Replay, Some(old)) = (record.change, replayed) {
            record.bytes = old.bytes;
        }
        self.send(record);
    }

    /// Sends many of one kind.
    fn flood(&mut self, script: &mut Cursor<'_>) {
        let (which, count) = (script.u8(), 1 + script.u8() % 40);
        for i in 0..count {
            let keys = &mut self.peer.writes;
            let is_tls13 = keys.is_tls13();
            let (kind, content): (u8, &[u8]) = match which % 7 {
                0 => (APPLICATION_DATA, &[]),
                1 => (HANDSHAKE, &forged::UPDATE),
                2 => (HANDSHAKE, &forged::UPDATE_AND_ASK),
                3 => (ALERT, &[1, 90]),
                4 => (HANDSHAKE, &[0, 0, 0, 0]),
                5 if i % 2 == 0 => (APPLICATION_DATA, &[]),
                5 => (HANDSHAKE, &forged::UPDATE),
                _ => (HANDSHAKE, &[4, 0, 0, 14, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 7, 0, 0]),
            };
            let record = Forged::new(keys, kind, content, 0);
            if is_tls13 && content.first() == Some(&24) {
                keys.update();
            }
            self.send(record);
        }
    }

    /// Puts a record to those that are delivered together.
    fn send(&mut self, record: Forged) {
        if self.is_over {
            return;
        }
        self.last = Some(record.clone());
        if differences::may_differ(&self.state, &record) {
            self.flush();
            self.held.push(record.clone());
            self.may_differ = true;
            self.flush();
            self.may_differ = false;
            self.state.note(&record);
            return;
        }
        self.state.note(&record);
        self.held.push(record);
        self.hold = self.hold.saturating_sub(1);
        if self.hold == 0 {
            self.flush();
        }
    }

    /// Delivers what is held, and compares.
    fn flush(&mut self) {
        self.hold = 0;
        let held = std::mem::take(&mut self.held);
        if self.is_over || held.is_empty() {
            return;
        }
        self.compared.records += held.len() as u64;
        let is_unfinished = held.iter().any(|record| record.change == Change::Unfinished);
        let joined: Vec<u8> = held.iter().flat_map(|record| record.bytes.iter().copied()).collect();
        self.ours.deliver(&joined, self.part, self.room);
        for record in &held {
            self.rustls.deliver(&record.bytes);
        }
        self.compare(&held);
        // What follows would be its end.
        self.is_over |= is_unfinished;
    }

    fn write(&mut self, len: usize) {
        self.flush();
        if !self.is_over && len > 0 {
            let data = vec![9; len];
            self.ours.write(&data);
            self.rustls.write(&data);
            self.compared.records += 1;
            self.compare(&[]);
        }
    }

    fn seal(&mut self, len: usize) {
        self.flush();
        if !self.is_over {
            let data = vec![11; len];
            assert!(self.ours.seal(&data), "nothing was queued");
            self.rustls.write(&data);
            self.compared.records += 1;
            self.compare(&[]);
        }
    }

    /// Changes our keys: where ours sends a KeyUpdate, so does rustls.
    fn rekey(&mut self) {
        self.flush();
        if self.is_over {
            return;
        }
        let may = self.ours.end.call(|conn| conn.rekey());
        self.ours.settle(ROOM);
        assert!(!may || self.state.is_tls13, "KeyUpdate in TLS 1.2");
        // Ours sends none where nothing was sent since the last.
        if self.ours.has_sent() {
            self.rustls.update_keys();
            self.asks_for_none = !self.state.asks_for_update();
        }
        self.compare(&[]);
    }

    fn close(&mut self) {
        self.flush();
        if !self.is_over {
            self.ours.end.call(|conn| conn.close());
            self.ours.settle(ROOM);
            self.rustls.close();
            self.compare(&[]);
            // Ours reads nothing behind it.
            self.is_over = true;
        }
    }

    fn eof(&mut self) {
        self.flush();
        if !self.is_over {
            let left = self.ours.end.wire.len();
            self.ours.end.call(|conn| conn.eof(left));
            let is_closed = self.ours.end.had(event::PEER_CLOSED);
            assert_eq!(is_closed, self.rustls.may_end(), "the end of the transport");
            self.is_over = true;
        }
    }

    /// Compares what both did with the records, or with a call.
    fn compare(&mut self, held: &[Forged]) {
        let before = self.ours.has_sent();
        if before && self.answers_key_update(held) {
            // rustls sends its answer before the next record.
            self.ours.write(b"k");
            self.rustls.write(b"k");
        }
        let [of_ours, of_rustls] = &mut self.peer.reads;
        let mut ours = opened(of_ours, &self.ours.take_sent());
        let mut rustls = opened(of_rustls, &self.rustls.take_sent());
        if std::mem::take(&mut self.asks_for_none) {
            assert_eq!(ours, [(HANDSHAKE, forged::UPDATE.to_vec())]);
            ours = vec![(HANDSHAKE, forged::UPDATE_AND_ASK.to_vec())];
        }
        let alert = rustls.last().and_then(fatal);
        let verdicts = (self.ours.verdict(), self.rustls.verdict(alert));
        self.compared.ends = verdicts;
        let plain = std::mem::take(&mut self.ours.end.plain);
        let expected = std::mem::take(&mut self.rustls.plain);
        let show = || {
            let what: Vec<_> = held.iter().map(brief).collect();
            format!("{:?}: {what:?}, rustls: {:?}", self.state, self.rustls.error())
        };
        if let Verdict::Refused(_, Some(number)) = verdicts.0 {
            assert_eq!(ours.last().and_then(fatal), Some(number), "its alert left; {}", show());
        }
        self.is_over = !matches!(
            verdicts,
            (Verdict::Taken, Verdict::Taken) | (Verdict::Closed, Verdict::Closed)
        );
        if !differences::is_same(verdicts) {
            let ([record], true) = (held, self.may_differ) else {
                panic!("{verdicts:?}: {}", show());
            };
            self.compared.difference = differences::listed(&self.state, record, verdicts);
            assert!(self.compared.difference.is_some(), "{verdicts:?}: {}", show());
            assert!(plain.is_empty(), "plaintext with a failure: {}", show());
            return;
        }
        assert!(
            plain == expected,
            "{} and {} bytes of plaintext: {}",
            plain.len(),
            expected.len(),
            show()
        );
        if self.is_over {
            // Answers that only one sends before the end: rustls those of a record that it refuses,
            // ours those that rustls would have sent with its next record.
            ours.retain(|record| !is_answer(record));
            rustls.retain(|record| !is_answer(record));
        }
        if let (Verdict::Refused(..), Verdict::Refused(_, None)) = verdicts {
            ours.pop();
        }
        assert_eq!(ours, rustls, "what was sent: {}", show());
    }

    fn answers_key_update(&self, held: &[Forged]) -> bool {
        let is_up = self.ours.verdict() == Verdict::Taken && self.rustls.error().is_none();
        is_up && !held.is_empty() && self.state.is_tls13
    }
}

/// Opens what an end sent; KeyUpdates in a row are one.
fn opened(keys: &mut record_keys::Direction, mut sent: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut all: Vec<(u8, Vec<u8>)> = Vec::new();
    while let [kind, _, _, high, low, rest @ ..] = sent {
        let (body, rest) = rest.split_at(usize::from(u16::from_be_bytes([*high, *low])));
        let record = keys.open(*kind, body.to_vec());
        if is_key_update(&record) {
            keys.update();
        }
        if !is_key_update(&record) || all.last() != Some(&record) {
            all.push(record);
        }
        sent = rest;
    }
    assert!(sent.is_empty(), "whole records leave");
    all
}

/// Whether a record answers something.
fn is_answer(record: &(u8, Vec<u8>)) -> bool {
    is_key_update(record) || *record == (ALERT, vec![1, 100])
}

fn is_key_update((kind, content): &(u8, Vec<u8>)) -> bool {
    *kind == HANDSHAKE && content.first() == Some(&forged::KEY_UPDATE)
}

/// The number of a fatal alert.
fn fatal((kind, content): &(u8, Vec<u8>)) -> Option<u8> {
    match content[..] {
        [2, number] if *kind == ALERT => Some(number),
        _ => None,
    }
}

/// What a record is, for the message of a failure.
fn brief(record: &Forged) -> String {
    let start = &record.content[..record.content.len().min(24)];
    let (kind, len) = (record.kind, record.content.len());
    format!("{:?} type {kind}, {len} bytes {start:?} + {}", record.change, record.padding)
}
