//! What the header promises of every step: one named check for each promise, with the sentence of
//! `include/tlsql.h` that makes it.
//!
//! The hosts of the tests and of the fuzz targets show each step of a connection to its
//! [`Promises`]. Nothing but the library's interface is needed here, so that both can share the file.

use tlsql::ffi::{TLSQL_APP_OUT_SIZE, TLSQL_WIRE_IN_SIZE, TLSQL_WIRE_OUT_SIZE};
use tlsql::{Code, Error, Phase, Step, event, want};

/// Buffer sizes that always let a step progress.
pub const WIRE_IN_SIZE: usize = TLSQL_WIRE_IN_SIZE as usize;
pub const WIRE_OUT_SIZE: usize = TLSQL_WIRE_OUT_SIZE as usize;
pub const APP_OUT_SIZE: usize = TLSQL_APP_OUT_SIZE as usize;

/// Where a step's plaintext goes: into a buffer of this size, or into a view of `wire_in` of at
/// most so many bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AppRoom {
    View(usize),
    Copy(usize),
}

/// One step: what was lent to it, and what it did.
#[derive(Clone, Copy)]
pub struct Observed<'a> {
    pub step: &'a Step,
    /// The failure that the call returned.
    pub failure: Option<&'a Failure>,
    /// The phase and the failure that the connection has after the step.
    pub conn_phase: Phase,
    pub conn_failure: Option<&'a Failure>,
    /// wire_in before and after the call.
    pub presented: &'a [u8],
    pub left: &'a [u8],
    pub wire_out_cap: usize,
    /// Bytes that were written to wire_out.
    pub wire_out_len: usize,
    pub app_in_len: usize,
    pub app_room: AppRoom,
    /// Bytes that were written to app_out.
    pub app_out: &'a [u8],
}

/// A failure as far as the interface shows it: C calls return the code alone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Failure {
    pub code: Code,
    pub message: String,
}

/// What a connection's earlier steps and calls bind its next step to.
#[derive(Clone, Debug, Default)]
pub struct Promises {
    /// The events that were reported.
    events: u32,
    /// The first final failure of any call.
    failure: Option<Failure>,
}

/// A promise, and whether a step keeps it.
pub struct Promise {
    pub name: &'static str,
    /// The sentence of the header, or the part of it that says so.
    pub header: &'static str,
    keeps: fn(&Observed<'_>, &Promises) -> bool,
}

impl Promises {
    /// Checks a step, and remembers what later ones are bound to.
    pub fn check(&mut self, seen: &Observed<'_>) {
        if let Some(promise) = self.broken(seen).next() {
            panic!("{}: {}\n{seen:?}", promise.name, promise.header);
        }
        self.remember(seen.step.events, seen.failure);
    }

    /// Returns the promises that a step breaks.
    pub fn broken(&self, seen: &Observed<'_>) -> impl Iterator<Item = &'static Promise> {
        PROMISES.iter().filter(|promise| !(promise.keeps)(seen, self))
    }

    /// Remembers the result of a call that is not checked as a step.
    pub fn remember(&mut self, events: u32, failure: Option<&Failure>) {
        self.events |= events;
        if let Some(failure) = failure.filter(|failure| !failure.code.is_misuse()) {
            let first = self.failure.get_or_insert_with(|| failure.clone());
            assert_eq!(first, failure, "the first failure is final");
        }
    }

    /// Returns whether one of these events was reported.
    pub fn had(&self, events: u32) -> bool {
        self.events & events != 0
    }

    /// Returns whether application bytes may pass: the host knows whether they are encrypted.
    pub fn is_decided(&self) -> bool {
        self.had(event::SECURED | event::PLAIN)
    }

    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }
}

impl Observed<'_> {
    /// Returns whether the step did anything.
    pub fn moved(&self) -> bool {
        moved(self.step)
    }

    /// Returns whether application bytes passed, in either direction.
    fn passed_app(&self) -> bool {
        self.step.app_in_used + self.step.app_out_made + self.step.view_len != 0
    }

    fn view(&self) -> &[u8] {
        let from = self.step.view_off;
        self.left.get(from..from + self.step.view_len).unwrap_or_default()
    }

    fn app_room_len(&self) -> usize {
        match self.app_room {
            AppRoom::View(len) | AppRoom::Copy(len) => len,
        }
    }

    fn wants(&self, bit: u32) -> bool {
        self.step.want & bit != 0
    }

    fn is_misuse(&self) -> bool {
        self.failure.is_some_and(|failure| failure.code.is_misuse())
    }

    /// Returns the failure, if it is one that ends the connection.
    fn final_failure(&self) -> Option<&Failure> {
        self.failure.filter(|failure| !failure.code.is_misuse())
    }
}

impl std::fmt::Debug for Observed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Observed")
            .field("step", self.step)
            .field("failure", &self.failure)
            .field("conn_phase", &self.conn_phase)
            .field("conn_failure", &self.conn_failure)
            .field("wire_in_len", &self.presented.len())
            .field("wire_out_cap", &self.wire_out_cap)
            .field("wire_out_len", &self.wire_out_len)
            .field("app_in_len", &self.app_in_len)
            .field("app_room", &self.app_room)
            .field("app_out_len", &self.app_out.len())
            .finish()
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        Self { code: error.code, message: error.message() }
    }
}

/// Returns whether a step did anything.
pub fn moved(step: &Step) -> bool {
    let counts = step.wire_in_used + step.wire_out_made + step.app_in_used + step.app_out_made;
    step.events != 0 || counts + step.view_len != 0
}

/// Returns the phase of a number that a C call returned.
pub fn phase(number: u32) -> Phase {
    use tlsql::ffi as c;
    match number {
        c::TLSQL_PHASE_GREETING => Phase::Greeting,
        c::TLSQL_PHASE_NEGOTIATE => Phase::Negotiate,
        c::TLSQL_PHASE_HANDSHAKE => Phase::Handshake,
        c::TLSQL_PHASE_TLS => Phase::Tls,
        c::TLSQL_PHASE_PLAIN => Phase::Plain,
        c::TLSQL_PHASE_CLOSED => Phase::Closed,
        c::TLSQL_PHASE_FAILED => Phase::Failed,
        other => panic!("no phase {other}"),
    }
}

/// All promises, in the order in which a broken one is named.
pub const PROMISES: &[Promise] = &[
    Promise {
        name: "a step stays within its buffers",
        header: "Does all the work the four buffers allow",
        keeps: |seen, _| {
            seen.step.wire_in_used <= seen.presented.len()
                && seen.step.wire_out_made == seen.wire_out_len
                && seen.wire_out_len <= seen.wire_out_cap
                && seen.step.app_in_used <= seen.app_in_len
                && seen.step.app_out_made == seen.app_out.len()
        },
    },
    Promise {
        name: "plaintext goes where app_out says",
        header: "NULL: read in place; app_out_cap is then the most bytes that the view may hold",
        keeps: |seen, _| match seen.app_room {
            AppRoom::Copy(cap) => seen.step.app_out_made <= cap && seen.step.view_len == 0,
            AppRoom::View(limit) => seen.step.view_len <= limit && seen.step.app_out_made == 0,
        },
    },
    Promise {
        name: "a view lies in used bytes",
        header: "Drop this many bytes from the front of wire_in, after using the view.",
        keeps: |seen, _| seen.step.view_off + seen.step.view_len <= seen.step.wire_in_used,
    },
    Promise {
        name: "unused bytes stay as they were",
        header: "A record is delivered whole or not touched.",
        keeps: |seen, _| {
            let used = seen.step.wire_in_used;
            seen.left.get(used..) == seen.presented.get(used..)
        },
    },
    Promise {
        name: "a wrong call changes nothing",
        header: "its counts, needs and events are 0",
        keeps: |seen, _| !seen.is_misuse() || !seen.moved(),
    },
    Promise {
        name: "the first failure is repeated",
        header: "it is repeated by later ones",
        keeps: |seen, past| {
            seen.is_misuse() || past.failure().is_none() || seen.failure == past.failure()
        },
    },
    Promise {
        name: "a failed step passes nothing",
        header: "A call that returns a failure delivers no plaintext; a step that did work first \
                 returns TLSQL_OK with that, and the next of these calls the failure",
        keeps: |seen, _| seen.failure.is_none() || (!seen.passed_app() && seen.step.events == 0),
    },
    Promise {
        name: "FAILED uses up wire_in",
        header: "In FAILED all of wire_in is used up and ignored.",
        keeps: |seen, _| {
            seen.final_failure().is_none() || seen.step.wire_in_used == seen.presented.len()
        },
    },
    Promise {
        name: "FAILED wants nothing but to send",
        header: "keep stepping while TLSQL_WANT_WIRE_OUT is set",
        keeps: |seen, _| seen.final_failure().is_none() || seen.step.want & !want::WIRE_OUT == 0,
    },
    Promise {
        name: "FAILED goes with a failure that is kept",
        header: "the failure that ended the connection; its code is TLSQL_OK when there is none.",
        keeps: |seen, _| {
            let is_failed = seen.step.phase == Phase::Failed;
            seen.is_misuse()
                || (is_failed == seen.failure.is_some() && seen.conn_failure == seen.failure)
        },
    },
    Promise {
        name: "the step's phase is the connection's",
        header: "TLSQL_PHASE_.",
        keeps: |seen, _| seen.step.phase == seen.conn_phase,
    },
    Promise {
        name: "an event comes once",
        header: "Each event is reported by exactly one step.",
        keeps: |seen, past| !past.had(seen.step.events),
    },
    Promise {
        name: "a step that decides stops",
        header: "A step that reports GREETING, HELLO, SECURED or PLAIN stops there: app_in_used, \
                 app_out_made and view_len are 0",
        keeps: |seen, _| {
            let stops = event::GREETING | event::HELLO | event::SECURED | event::PLAIN;
            seen.step.events & stops == 0 || !seen.passed_app()
        },
    },
    Promise {
        name: "nothing passes before the decision",
        header: "so that a host never sends or reads before it decided",
        keeps: |seen, past| past.is_decided() || !seen.passed_app(),
    },
    Promise {
        name: "clear text is passed unchanged",
        header: "in PLAIN it is all of wire_in up to app_out_cap, unchanged, at view_off 0",
        keeps: |seen, past| {
            let used = seen.presented.get(..seen.step.wire_in_used);
            let passed = match seen.app_room {
                AppRoom::Copy(_) => seen.app_out,
                AppRoom::View(_) => seen.view(),
            };
            !past.had(event::PLAIN)
                || seen.failure.is_some()
                || (used == Some(passed) && seen.step.view_off == 0)
        },
    },
    Promise {
        name: "wire_in need not be larger than its size",
        header: "Buffer sizes that always let a step progress: the largest TLS record, header \
                 included.",
        keeps: |seen, _| seen.step.need_wire_in <= WIRE_IN_SIZE,
    },
    Promise {
        name: "wire_out need not be larger than its size",
        header: "One full record out plus one control record.",
        keeps: |seen, _| seen.step.need_wire_out <= WIRE_OUT_SIZE,
    },
    Promise {
        name: "app_out need not be larger than its size",
        header: "Largest plaintext of one record.",
        keeps: |seen, _| seen.step.need_app_out <= APP_OUT_SIZE,
    },
    Promise {
        name: "need_wire_in is more than was there",
        header: "Length that wire_in must have next time to go on, counted from the first byte that was \
                 not used; 0 if that is not known, as where none was presented",
        keeps: |seen, _| match seen.step.need_wire_in {
            0 => seen.moved() || !seen.wants(want::WIRE_IN) || seen.presented.is_empty(),
            need => need > seen.presented.len().saturating_sub(seen.step.wire_in_used),
        },
    },
    Promise {
        name: "need_wire_out is more than was there",
        header: "What makes progress: 1 for queued bytes, else a record of one byte of app_in.",
        keeps: |seen, _| {
            let waits = seen.wants(want::WIRE_OUT) && !seen.moved();
            !waits || seen.step.need_wire_out > seen.wire_out_cap
        },
    },
    Promise {
        name: "need_app_out is more than was there",
        header: "Most plaintext that the waiting record can hold, also of one that turns out to hold \
                 none, such as a close_notify; 1 in PLAIN.",
        keeps: |seen, _| {
            // A step that presented nothing left the record where it was.
            let presented = !seen.presented.is_empty();
            let waits = seen.wants(want::APP_OUT) && !seen.moved() && presented;
            let room = seen.app_room_len();
            !waits || seen.step.need_app_out > room || room == 0
        },
    },
    Promise {
        name: "app_in is taken where it fits",
        header: "bytes for the peer are queued, or app_in did not fit",
        keeps: |seen, _| {
            let waits = seen.wants(want::APP_IN) && !seen.moved() && seen.app_in_len != 0;
            !waits || seen.wants(want::WIRE_OUT)
        },
    },
    Promise {
        name: "what does nothing wants something",
        header: "0 only in CLOSED, and in FAILED once drained.",
        keeps: |seen, _| {
            let is_over = matches!(seen.conn_phase, Phase::Closed | Phase::Failed);
            seen.moved() || seen.step.want != 0 || is_over
        },
    },
    Promise {
        name: "CLOSED wants nothing",
        header: "0 only in CLOSED, and in FAILED once drained.",
        keeps: |seen, _| seen.moved() || seen.conn_phase != Phase::Closed || seen.step.want == 0,
    },
];
