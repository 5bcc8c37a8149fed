//! A connection whose every step is compared with what the header promises of steps.

use tlsql::{AppOut, Code, Conn, Context, Error, Io, Role, Sink, SslMode, Step, event, want};

use super::contexts;
use super::heap;
use super::outgoing::{Outgoing, Unit};

/// The header's buffer sizes, "that always let a step progress".
pub const WIRE_IN_SIZE: usize = 18437;
pub const WIRE_OUT_SIZE: usize = 16704;
pub const APP_OUT_SIZE: usize = 16384;

/// Most memory that a connection may hold: the greeting and its parts, or a handshake message of
/// 64 KiB in a vector that doubles, and flights.
const LARGEST: isize = 512 << 10;

const GOING: u32 = event::SECURED | event::PLAIN;
const PHASE_PLAIN: u32 = 5;
const PHASE_CLOSED: u32 = 6;
const PHASE_FAILED: u32 = 7;

pub struct CheckedConn {
    pub conn: Conn,
    role: Role,
    mode: SslMode,
    /// Bytes from the peer that were not used yet.
    pub wire: Vec<u8>,
    /// So many of them were presented already.
    pub shown: usize,
    /// The copy that steps are given, used again: a new one for each step is memory that
    /// AddressSanitizer keeps, up to its limit for the process.
    presented: Vec<u8>,
    /// Events in the order of their reports.
    pub events: Vec<u32>,
    pub plain: Vec<u8>,
    /// The first final failure.
    pub failure: Option<Code>,
    pub outgoing: Outgoing,
    /// The host writes the greeting or the SSLRequest itself.
    pub told: bool,
    /// The peer's certificate is not to be trusted.
    pub impostor: bool,
    local: bool,
    held: isize,
}

/// Where plaintext shall go.
#[derive(Clone, Copy, Debug)]
pub enum Take {
    Room(usize),
    View(usize),
}

/// What one step gave, its counts checked.
pub struct Moved {
    pub step: Step,
    pub wire_out: Vec<u8>,
}

impl Moved {
    pub fn did_anything(&self) -> bool {
        let step = &self.step;
        step.events != 0
            || step.wire_in_used + step.wire_out_made + step.app_in_used != 0
            || step.app_out_made + step.view_len != 0
    }
}

impl CheckedConn {
    pub fn client(bits: u8, local: bool) -> Self {
        let (context, mode) = contexts::client(bits);
        let mut checked = Self::new(&context, mode, local);
        checked.conn.set("host", contexts::HOST).unwrap();
        checked
    }

    pub fn server(bits: u8, local: bool) -> Self {
        Self::new(&contexts::server(bits), SslMode::Preferred, local)
    }

    pub fn rsa_server() -> Self {
        Self::new(&contexts::rsa_server(), SslMode::Preferred, false)
    }

    fn new(context: &Context, mode: SslMode, local: bool) -> Self {
        let before = heap::live();
        let conn = Conn::new(context);
        let mut checked = Self {
            held: heap::live() - before,
            role: conn.role(),
            conn,
            mode,
            wire: Vec::new(),
            shown: 0,
            presented: Vec::new(),
            events: Vec::new(),
            plain: Vec::new(),
            failure: None,
            outgoing: Outgoing::default(),
            told: false,
            impostor: false,
            local,
        };
        if local {
            checked.conn.set("transport", "unix").unwrap();
        }
        checked
    }

    pub fn had(&self, events: u32) -> bool {
        self.events.iter().any(|event| event & events != 0)
    }

    /// The application's bytes flow.
    pub fn is_up(&self) -> bool {
        self.had(GOING) && self.failure.is_none()
    }

    /// A step with the first `window` unused bytes, or none; what was shown once is shown again.
    pub fn step(&mut self, window: usize, out_cap: usize, app_in: &[u8], take: Take) -> Moved {
        let window = if window == 0 { 0 } else { window.max(self.shown).min(self.wire.len()) };
        let mut wire_in = std::mem::take(&mut self.presented);
        wire_in.clear();
        wire_in.extend_from_slice(&self.wire[..window]);
        let mut out = Lent { bytes: Vec::with_capacity(out_cap), cap: out_cap };
        let room = match take {
            Take::Room(cap) => cap,
            Take::View(_) => 0,
        };
        let mut app = Lent { bytes: Vec::with_capacity(room), cap: room };
        let before = heap::live();
        let (step, result) = self.conn.step(&mut Io {
            wire_in: &mut wire_in,
            wire_out: &mut out,
            app_in,
            app_out: match take {
                Take::Room(_) => AppOut::Room(&mut app),
                Take::View(limit) => AppOut::View { limit },
            },
        });
        let result = result.map_err(|error| error.code);
        self.hold(before);

        assert!(step.wire_in_used <= window, "{step:?}: of {window}");
        assert_eq!(step.wire_out_made, out.bytes.len(), "{step:?}");
        assert!(step.app_in_used <= app_in.len(), "{step:?}: of {}", app_in.len());
        assert_eq!(step.app_out_made, app.bytes.len(), "{step:?}");
        if let Take::View(limit) = take {
            assert!(step.view_len <= limit, "{step:?}: view of {limit}");
            assert!(step.view_off + step.view_len <= step.wire_in_used, "{step:?}");
        } else {
            assert_eq!(step.view_len, 0, "{step:?}");
        }
        assert_eq!(
            &wire_in[step.wire_in_used..],
            &self.wire[step.wire_in_used..window],
            "unused bytes changed"
        );
        let view = &wire_in[step.view_off..step.view_off + step.view_len];
        let plain = [app.bytes.as_slice(), view].concat();
        if self.had(event::PLAIN) && result.is_ok() {
            assert_eq!(plain, self.wire[..step.wire_in_used], "clear text is passed as it is");
            assert_eq!(step.view_off, 0, "{step:?}");
        }
        let moved = Moved { step, wire_out: out.bytes };
        self.check_plaintext(&moved.step, &plain);
        self.check_result(&moved, result, window);
        if self.failure.is_none() {
            self.check_progress(&moved, window, out_cap, app_in.len(), take);
        }
        for bit in 0..5 {
            let bit = 1 << bit;
            if moved.step.events & bit != 0 {
                assert!(!self.had(bit), "event {bit:#x} twice");
                self.events.push(bit);
            }
        }
        self.check_events(&moved.step);
        if !self.had(event::PLAIN) {
            self.outgoing.take(self.role, self.told, &moved.wire_out);
            let tail = matches!(self.outgoing.last(), Some(Unit::Err { .. }));
            assert!(!tail || moved.step.phase == PHASE_FAILED, "an ERR packet without a failure");
        }
        self.plain.extend_from_slice(&plain);
        self.presented = wire_in;
        self.wire.drain(..moved.step.wire_in_used);
        self.shown = self.shown.max(window).saturating_sub(moved.step.wire_in_used);
        moved
    }

    /// Any other call on the connection: what it holds is counted, its failure remembered.
    pub fn call(&mut self, call: impl FnOnce(&mut Conn) -> Result<(), Error>) -> bool {
        let before = heap::live();
        let result = call(&mut self.conn).map_err(|error| error.code);
        self.hold(before);
        if result.is_ok() {
            assert_eq!(self.failure, None, "a call works on a failed connection");
        }
        result.map_err(|code| self.note(code)).is_ok()
    }

    /// Whatever is left to be said and read, with ample buffers. Returns bytes for the peer.
    pub fn drain(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        for round in 0.. {
            // A record or an event a step; alerts and flights are few.
            assert!(round < 10_000, "no end");
            let moved = self.step(usize::MAX, WIRE_OUT_SIZE, &[], Take::Room(APP_OUT_SIZE));
            if !moved.did_anything() {
                break;
            }
            out.extend(moved.wire_out);
        }
        out
    }

    /// The end of a script: nothing is queued without end, and a failure stays.
    pub fn finish(&mut self) {
        self.drain();
        let want = self.step(0, 0, &[], Take::Room(0)).step.want;
        assert_eq!(want & want::WIRE_OUT, 0, "drained, and bytes are queued");
        if self.failure.is_some() {
            assert_eq!(want, 0, "failed and drained");
        }
    }

    fn hold(&mut self, before: isize) {
        self.held += heap::live() - before;
        assert!(self.held < LARGEST, "holds {} bytes", self.held);
    }

    fn note(&mut self, code: Code) {
        if code.is_misuse() {
            return;
        }
        match self.failure {
            None => self.failure = Some(code),
            Some(first) => assert_eq!(first, code, "a failure is repeated"),
        }
    }

    fn check_plaintext(&self, step: &Step, plain: &[u8]) {
        if !self.had(GOING) || step.events & (GOING | event::GREETING) != 0 {
            assert!(plain.is_empty(), "{} bytes surface before the decision", plain.len());
            assert_eq!(step.app_in_used, 0, "application bytes leave before the decision");
        }
    }

    fn check_result(&mut self, moved: &Moved, result: Result<(), Code>, window: usize) {
        let step = &moved.step;
        let Err(code) = result else {
            assert_eq!(self.failure, None, "a step works on a failed connection");
            assert_ne!(step.phase, PHASE_FAILED, "FAILED without a failure");
            return;
        };
        assert!(!code.is_misuse(), "a step fails with {code:?}");
        assert!(!code.row().reserved, "{code:?} is reserved");
        assert_eq!(step.phase, PHASE_FAILED, "{code:?}");
        assert_eq!((step.app_out_made, step.view_len, step.app_in_used), (0, 0, 0), "{step:?}");
        assert_eq!(step.events, 0, "{step:?}");
        assert_eq!(step.wire_in_used, window, "FAILED uses up all of wire_in");
        assert!(!self.had(event::PEER_CLOSED), "{code:?} behind close_notify");
        assert!(step.want & !want::WIRE_OUT == 0, "{step:?}");
        self.note(code);
    }

    /// A step that did nothing names what the caller did not give.
    fn check_progress(&self, moved: &Moved, window: usize, out: usize, app: usize, take: Take) {
        let step = &moved.step;
        assert!(step.need_wire_in <= WIRE_IN_SIZE, "{step:?}");
        assert!(step.need_wire_out <= WIRE_OUT_SIZE, "{step:?}");
        if moved.did_anything() {
            return;
        }
        let room = match take {
            Take::Room(cap) | Take::View(cap) => cap,
        };
        assert!(step.want != 0 || step.phase == PHASE_CLOSED, "{step:?}");
        if step.want & want::WIRE_IN != 0 && window > 0 {
            assert!(step.need_wire_in > window, "{window} bytes presented, {step:?}");
        }
        if step.want & want::WIRE_OUT != 0 {
            assert!(step.need_wire_out > out, "room for {out} bytes, {step:?}");
        }
        if step.want & want::APP_OUT != 0 {
            assert!(step.need_app_out > room || room == 0, "room for {room} bytes, {step:?}");
            assert!(step.need_app_out <= APP_OUT_SIZE || step.phase == PHASE_PLAIN, "{step:?}");
        }
        if step.want & want::APP_IN != 0 && app > 0 {
            assert!(step.want & want::WIRE_OUT != 0, "{app} bytes to send, {step:?}");
        }
    }

    fn check_events(&self, step: &Step) {
        if step.events & event::PLAIN != 0 {
            assert!(!self.had(event::SECURED), "clear text after TLS");
            if self.role == Role::Client {
                // invariant: a client without a greeting cannot have decided.
                let offered = self.conn.greeting().unwrap().view().unwrap().offers_tls();
                let may = match self.mode {
                    SslMode::Disabled => true,
                    SslMode::Preferred => !offered || self.local,
                    _ => false,
                };
                assert!(may, "clear text under {:?}", self.mode);
            }
        }
        if step.events & event::SECURED != 0 {
            assert!(!self.had(event::PLAIN), "TLS after clear text");
            assert_ne!(self.mode, SslMode::Disabled, "TLS under DISABLED");
            let verifies = matches!(self.mode, SslMode::VerifyCa | SslMode::VerifyIdentity);
            assert!(!(verifies && self.impostor), "an impostor is let through");
            assert!(!verifies || self.conn.verified() & 1 != 0, "not verified");
        }
    }
}

/// Room of a size that the library cannot see beyond.
struct Lent {
    bytes: Vec<u8>,
    cap: usize,
}

impl Sink for Lent {
    fn room(&self) -> usize {
        self.cap - self.bytes.len()
    }

    fn put(&mut self, bytes: &[u8]) {
        assert!(bytes.len() <= self.room(), "{} bytes into {}", bytes.len(), self.room());
        self.bytes.extend_from_slice(bytes);
    }
}
