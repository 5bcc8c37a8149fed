//! A connection whose every step has to keep the header's promises, and what a fuzzer can see
//! broken besides them.

use tlsql::error::UsedBy;
use tlsql::{
    AppOut, Code, Conn, Context, Error, Io, Phase, Role, Sink, SslMode, Step, event, want,
};

use super::contexts;
use super::heap;
use super::promises::{APP_OUT_SIZE, AppRoom, Failure, Observed, Promises, WIRE_OUT_SIZE, moved};
use super::sent_stream::{SentStream, Unit};

/// Most memory that a connection may hold: the greeting and its parts, or a handshake message of
/// 64 KiB in a vector that doubles, and flights.
const LARGEST: isize = 512 << 10;

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
    promises: Promises,
    pub sent: SentStream,
    /// The host writes the greeting or the SSLRequest itself.
    pub host_packets: bool,
    /// The peer's certificate is not to be trusted.
    pub impostor: bool,
    local: bool,
    held: isize,
}

/// What one checked step gave.
pub struct Moved {
    pub step: Step,
    pub wire_out: Vec<u8>,
}

impl Moved {
    pub fn did_anything(&self) -> bool {
        moved(&self.step)
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
            promises: Promises::default(),
            sent: SentStream::default(),
            host_packets: false,
            impostor: false,
            local,
        };
        if local {
            checked.conn.set("transport", "unix").unwrap();
        }
        checked
    }

    pub fn had(&self, events: u32) -> bool {
        self.promises.had(events)
    }

    /// Returns the code of the first final failure.
    pub fn failure(&self) -> Option<Code> {
        self.promises.failure().map(|failure| failure.code)
    }

    /// Returns whether application bytes may pass: decided, and not failed.
    pub fn is_up(&self) -> bool {
        self.promises.is_decided() && self.failure().is_none()
    }

    /// Steps with the first `window` unused bytes, or none; what was shown once is shown again.
    pub fn step(&mut self, window: usize, out_cap: usize, app_in: &[u8], room: AppRoom) -> Moved {
        let window = if window == 0 { 0 } else { window.max(self.shown).min(self.wire.len()) };
        let mut wire_in = std::mem::take(&mut self.presented);
        wire_in.clear();
        wire_in.extend_from_slice(&self.wire[..window]);
        let mut out = Lent::new(out_cap);
        let copy_cap = if let AppRoom::Copy(cap) = room { cap } else { 0 };
        let mut app = Lent::new(copy_cap);
        let before = heap::live();
        let (step, result) = self.conn.step(&mut Io {
            wire_in: &mut wire_in,
            wire_out: &mut out,
            app_in,
            app_out: match room {
                AppRoom::Copy(_) => AppOut::Buffer(&mut app),
                AppRoom::View(limit) => AppOut::View { limit },
            },
        });
        let failure = result.err().map(|error| Failure::from(&error));
        self.hold(before, failure.as_ref());

        self.check_failure(failure.as_ref());
        self.promises.check(&Observed {
            step: &step,
            failure: failure.as_ref(),
            conn_phase: self.conn.phase(),
            conn_failure: self.conn.failure().map(Failure::from).as_ref(),
            presented: &self.wire[..window],
            left: &wire_in,
            wire_out_cap: out_cap,
            wire_out_len: out.bytes.len(),
            app_in_len: app_in.len(),
            app_room: room,
            app_out: &app.bytes,
        });
        self.keep_events(step.events);
        self.check_decision(step.events);
        if !self.had(event::PLAIN) {
            self.check_sent(&step, &out.bytes);
        }
        self.plain.extend_from_slice(&app.bytes);
        self.plain.extend_from_slice(&wire_in[step.view_off..step.view_off + step.view_len]);
        self.presented = wire_in;
        self.wire.drain(..step.wire_in_used);
        self.shown = self.shown.max(window).saturating_sub(step.wire_in_used);
        Moved { step, wire_out: out.bytes }
    }

    /// Makes any other call on the connection, counts what it holds and remembers its failure.
    pub fn call(&mut self, call: impl FnOnce(&mut Conn) -> Result<(), Error>) -> bool {
        let before = heap::live();
        let failure = call(&mut self.conn).err().map(|error| Failure::from(&error));
        self.hold(before, failure.as_ref());
        if failure.is_none() {
            assert_eq!(self.failure(), None, "a call works on a failed connection");
        }
        self.promises.remember(0, failure.as_ref());
        failure.is_none()
    }

    /// Steps with ample buffers until nothing moves; returns the bytes for the peer.
    pub fn drain(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        for round in 0.. {
            // A record or an event a step; alerts and flights are few.
            assert!(round < 10_000, "no end");
            let moved = self.step(usize::MAX, WIRE_OUT_SIZE, &[], AppRoom::Copy(APP_OUT_SIZE));
            if !moved.did_anything() {
                break;
            }
            out.extend(moved.wire_out);
        }
        out
    }

    /// Checks a connection at the end of a script: it can be drained, and a failure stays.
    pub fn finish(&mut self) {
        self.drain();
        let want = self.step(0, 0, &[], AppRoom::Copy(0)).step.want;
        assert_eq!(want & want::WIRE_OUT, 0, "drained, and bytes are queued");
        if self.failure().is_some() {
            assert_eq!(want, 0, "failed and drained");
        }
    }

    /// Counts what the connection holds since `before`, its failure's own text left out.
    fn hold(&mut self, before: isize, failure: Option<&Failure>) {
        let text = failure.map_or(0, |failure| failure.message.capacity());
        self.held += heap::live() - before - text as isize;
        assert!(self.held < LARGEST, "holds {} bytes", self.held);
    }

    fn check_failure(&self, failure: Option<&Failure>) {
        let Some(Failure { code, .. }) = failure else { return };
        assert!(!code.is_misuse(), "a step fails with {code:?}");
        assert_eq!(code.row().used_by, UsedBy::Library, "{code:?}");
        assert!(!self.had(event::PEER_CLOSED), "{code:?} behind close_notify");
    }

    fn check_sent(&mut self, step: &Step, wire_out: &[u8]) {
        self.sent.take(self.role, self.host_packets, wire_out);
        let tail = matches!(self.sent.last(), Some(Unit::Err { .. }));
        let failed = step.phase == Phase::Failed;
        assert!(!tail || failed, "an ERR packet without a failure");
    }

    fn keep_events(&mut self, events: u32) {
        self.events.extend((0..5).map(|bit| 1 << bit).filter(|bit| events & bit != 0));
    }

    /// Compares the decision of a step that made one with the mode.
    fn check_decision(&self, events: u32) {
        if events & event::PLAIN != 0 {
            assert!(!self.had(event::SECURED), "clear text after TLS");
            assert!(self.may_be_plain(), "clear text under {:?}", self.mode);
        }
        if events & event::SECURED != 0 {
            assert!(!self.had(event::PLAIN), "TLS after clear text");
            assert_ne!(self.mode, SslMode::Disabled, "TLS under DISABLED");
            let verifies = matches!(self.mode, SslMode::VerifyCa | SslMode::VerifyIdentity);
            assert!(!(verifies && self.impostor), "an impostor is let through");
            assert!(!verifies || self.conn.verified() & 1 != 0, "not verified");
        }
    }

    fn may_be_plain(&self) -> bool {
        if self.role == Role::Server {
            return true;
        }
        // invariant: a client without a greeting cannot have decided.
        let offered = self.conn.greeting().unwrap().view().unwrap().offers_tls();
        match self.mode {
            SslMode::Disabled => true,
            SslMode::Preferred => !offered || self.local,
            _ => false,
        }
    }
}

/// Room of a size that the library cannot see beyond.
struct Lent {
    bytes: Vec<u8>,
    staged: Vec<u8>,
    cap: usize,
}

impl Lent {
    /// All memory is there at once: what a step allocates is the connection's.
    fn new(cap: usize) -> Self {
        Self { bytes: Vec::with_capacity(cap), staged: Vec::with_capacity(cap), cap }
    }
}

impl Sink for Lent {
    fn remaining(&self) -> usize {
        self.cap - self.bytes.len()
    }

    fn put(&mut self, bytes: &[u8]) {
        assert!(bytes.len() <= self.remaining(), "{} bytes into {}", bytes.len(), self.remaining());
        self.bytes.extend_from_slice(bytes);
    }

    fn stage(&mut self, head: usize, bytes: &[u8], tail: usize) -> &mut [u8] {
        let len = head + bytes.len() + tail;
        assert!(len <= self.remaining(), "{len} bytes into {}", self.remaining());
        self.staged.clear();
        self.staged.resize(head, 0);
        self.staged.extend_from_slice(bytes);
        self.staged.resize(len, 0);
        &mut self.staged
    }

    fn commit(&mut self, len: usize) {
        assert_eq!(len, self.staged.len(), "what was staged is a whole record");
        self.bytes.append(&mut self.staged);
    }
}
