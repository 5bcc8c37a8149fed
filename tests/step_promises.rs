//! The checks that every step in these tests and in the fuzz targets has to pass: each has its
//! sentence in the header, and each finds a step that breaks it.

mod support;

use std::collections::BTreeSet;

use support::promises::{
    APP_OUT_SIZE, AppRoom, Failure, Observed, PROMISES, Promises, WIRE_IN_SIZE, WIRE_OUT_SIZE,
};
use tlsql::{Code, Phase, Step, event, want};

#[test]
fn each_promise_stands_in_the_header() {
    let header = words(&support::source::read("include/tlsql.h"));
    for promise in PROMISES {
        assert!(
            header.contains(&words(promise.header)),
            "tlsql.h does not say: {}",
            promise.header
        );
    }
}

#[test]
fn a_step_that_keeps_them_passes() {
    assert_eq!(Sample::default().broken(), [""; 0]);
    let quiet = Sample { change: |step, _| *step = idle(), ..Sample::default() };
    assert_eq!(quiet.broken(), [""; 0]);
    let failed = Sample { change: |step, _| *step = fail(), failure: FAILURE, ..Sample::default() };
    assert_eq!(failed.broken(), [""; 0]);
}

/// One step, changed so that it breaks one promise.
#[test]
fn each_promise_finds_a_step_that_breaks_it() {
    let mut found = BTreeSet::new();
    for (name, sample) in samples() {
        let broken = sample.broken();
        assert!(broken.contains(&name), "{name} was not found broken, only {broken:?}");
        found.insert(name);
    }
    let all: BTreeSet<_> = PROMISES.iter().map(|promise| promise.name).collect();
    assert_eq!(found, all);
}

#[test]
#[should_panic(expected = "an event comes once: Each event is reported by exactly one step.")]
fn a_broken_promise_ends_the_test() {
    let mut promises = Promises::default();
    let step = Step { events: event::PEER_CLOSED, phase: Phase::Tls, ..idle() };
    let seen = Observed {
        step: &step,
        failure: None,
        conn_phase: Phase::Tls,
        conn_failure: None,
        presented: &[],
        left: &[],
        wire_out_cap: 0,
        wire_out_len: 0,
        app_in_len: 0,
        app_room: AppRoom::View(0),
        app_out: &[],
    };
    promises.check(&seen);
    promises.check(&seen);
}

#[test]
#[should_panic(expected = "the first failure is final")]
fn another_failure_of_a_call_ends_the_test() {
    let mut promises = Promises::default();
    for code in [Code::Eof, Code::Argument, Code::Record] {
        promises.remember(0, Some(&Failure { code, message: String::new() }));
    }
}

/// A step in the TLS phase that took ten bytes of twelve and left three of them as a view.
struct Sample {
    change: fn(&mut Step, &mut Vec<u8>),
    wire_out_len: usize,
    app_room: AppRoom,
    app_out: &'static [u8],
    failure: Option<Code>,
    conn_failure: Option<Code>,
    conn_phase: Option<Phase>,
    /// What came before.
    events: u32,
    first_failure: Option<Code>,
}

impl Default for Sample {
    fn default() -> Self {
        Self {
            change: |_, _| {},
            wire_out_len: 2,
            app_room: AppRoom::View(3),
            app_out: &[],
            failure: None,
            conn_failure: None,
            conn_phase: None,
            events: event::GREETING | event::SECURED,
            first_failure: None,
        }
    }
}

impl Sample {
    fn broken(&self) -> Vec<&'static str> {
        let presented: Vec<u8> = (0..12).collect();
        let mut left = presented.clone();
        let mut step = Step {
            want: want::WIRE_IN | want::APP_IN,
            phase: Phase::Tls,
            wire_in_used: 10,
            wire_out_made: 2,
            app_in_used: 4,
            view_off: 5,
            view_len: 3,
            need_wire_in: 7,
            ..Step::default()
        };
        (self.change)(&mut step, &mut left);
        left[..step.wire_in_used.min(11)].fill(0xff);
        let wire_out_len = if step.wire_out_made == 0 { 0 } else { self.wire_out_len };
        let of = |code: Option<Code>| code.map(|code| Failure { code, message: String::new() });
        let failure = of(self.failure);
        let conn_failure = of(self.conn_failure.or(self.failure));
        let mut past = Promises::default();
        past.remember(self.events, of(self.first_failure).as_ref());
        let seen = Observed {
            step: &step,
            failure: failure.as_ref(),
            conn_phase: self.conn_phase.unwrap_or(step.phase),
            conn_failure: conn_failure.as_ref(),
            presented: &presented,
            left: &left,
            wire_out_cap: 30,
            wire_out_len,
            app_in_len: 4,
            app_room: self.app_room,
            app_out: self.app_out,
        };
        past.broken(&seen).map(|promise| promise.name).collect()
    }
}

const FAILURE: Option<Code> = Some(Code::Record);

/// A step that waits for the rest of a record.
fn idle() -> Step {
    let phase = Phase::Tls;
    Step { want: want::WIRE_IN, phase, need_wire_in: 40, ..Step::default() }
}

/// The step that returns a failure.
fn fail() -> Step {
    let phase = Phase::Failed;
    Step { want: want::WIRE_OUT, phase, wire_in_used: 12, need_wire_out: 1, ..Step::default() }
}

type Named = (&'static str, Sample);

fn with(change: fn(&mut Step, &mut Vec<u8>)) -> Sample {
    Sample { change, ..Sample::default() }
}

fn failed(change: fn(&mut Step, &mut Vec<u8>)) -> Sample {
    Sample { change, failure: FAILURE, ..Sample::default() }
}

fn samples() -> impl Iterator<Item = Named> {
    [counts(), plaintext(), failures(), events(), needs()].into_iter().flatten()
}

fn counts() -> Vec<Named> {
    let name = "a step stays within its buffers";
    let too_much = |step: &mut Step, _: &mut Vec<u8>| step.wire_out_made = 31;
    vec![
        (name, with(|step, _| step.wire_in_used = 13)),
        (name, with(|step, _| step.wire_out_made = 3)),
        (name, with(|step, _| step.app_in_used = 5)),
        (name, with(|step, _| step.app_out_made = 1)),
        (name, Sample { change: too_much, wire_out_len: 31, ..Sample::default() }),
        ("unused bytes stay as they were", with(|_, left| left[11] ^= 1)),
        ("unused bytes stay as they were", with(|_, left| left.truncate(11))),
    ]
}

fn plaintext() -> Vec<Named> {
    let name = "plaintext goes where app_out says";
    let copied = Sample {
        change: |step, _| (step.view_len, step.app_out_made) = (0, 2),
        app_room: AppRoom::Copy(1),
        app_out: b"ab",
        ..Sample::default()
    };
    let undecided = Sample { events: event::GREETING, ..Sample::default() };
    vec![
        (name, with(|step, _| step.view_len = 4)),
        (name, Sample { app_room: AppRoom::Copy(9), ..Sample::default() }),
        (name, copied),
        ("a view lies in used bytes", with(|step, _| step.view_off = 8)),
        ("nothing passes before the decision", undecided),
        ("clear text is passed unchanged", Sample { events: event::PLAIN, ..Sample::default() }),
    ]
}

fn failures() -> Vec<Named> {
    let passes = "a failed step passes nothing";
    let repeated = "the first failure is repeated";
    let kept = "FAILED goes with a failure that is kept";
    let wrong_call = Sample { failure: Some(Code::Argument), ..Sample::default() };
    let other = failed(|step, _| *step = fail());
    let other_kept = failed(|step, _| *step = fail());
    let wants = failed(|step, _| *step = Step { want: want::WIRE_IN, ..fail() });
    let unfailed = failed(|step, _| *step = Step { phase: Phase::Tls, ..fail() });
    vec![
        ("a wrong call changes nothing", wrong_call),
        (repeated, Sample { first_failure: FAILURE, ..Sample::default() }),
        (repeated, Sample { first_failure: Some(Code::Eof), ..other }),
        (passes, failed(|step, _| *step = Step { view_len: 1, ..fail() })),
        (passes, failed(|step, _| *step = Step { app_in_used: 1, ..fail() })),
        (passes, failed(|step, _| *step = Step { events: event::PEER_CLOSED, ..fail() })),
        ("FAILED uses up wire_in", failed(|step, _| *step = Step { wire_in_used: 11, ..fail() })),
        ("FAILED wants nothing but to send", wants),
        (kept, with(|step, _| *step = fail())),
        (kept, unfailed),
        (kept, Sample { conn_failure: Some(Code::Eof), ..other_kept }),
    ]
}

fn events() -> Vec<Named> {
    let phase = Sample { conn_phase: Some(Phase::Plain), ..Sample::default() };
    let closed = with(|step, _| *step = Step { phase: Phase::Closed, ..idle() });
    vec![
        ("the step's phase is the connection's", phase),
        ("an event comes once", with(|step, _| step.events = event::SECURED)),
        ("a step that decides stops", with(|step, _| step.events = event::SECURED)),
        ("what does nothing wants something", with(|step, _| *step = Step { want: 0, ..idle() })),
        ("CLOSED wants nothing", closed),
    ]
}

fn needs() -> Vec<Named> {
    let wire_in = with(|step, _| step.need_wire_in = WIRE_IN_SIZE + 1);
    let wire_out = with(|step, _| step.need_wire_out = WIRE_OUT_SIZE + 1);
    let app_out = with(|step, _| step.need_app_out = APP_OUT_SIZE + 1);
    let more_in = "need_wire_in is more than was there";
    let more_out =
        with(|step, _| *step = Step { want: want::WIRE_OUT, need_wire_out: 30, ..idle() });
    let more_app = with(|step, _| *step = Step { want: want::APP_OUT, need_app_out: 3, ..idle() });
    let untaken = with(|step, _| *step = Step { want: want::APP_IN, ..idle() });
    vec![
        ("wire_in need not be larger than its size", wire_in),
        ("wire_out need not be larger than its size", wire_out),
        ("app_out need not be larger than its size", app_out),
        (more_in, with(|step, _| *step = Step { need_wire_in: 12, ..idle() })),
        (more_in, with(|step, _| *step = Step { need_wire_in: 0, ..idle() })),
        ("need_wire_out is more than was there", more_out),
        ("need_app_out is more than was there", more_app),
        ("app_in is taken where it fits", untaken),
    ]
}

/// A text of a C comment in one line.
fn words(text: &str) -> String {
    let lines = text.lines().map(|line| line.trim_start().trim_start_matches(['/', '*']));
    lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}
