//! How long a reload in another thread keeps a connection's calls waiting.

use std::fs::File;
use std::mem::MaybeUninit;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::gates::number;
use crate::library::{Column, IN_PLACE};
use crate::pair::{Contexts, Wires};
use crate::pki::{Case, LISTED, Pki, ROOTS, USUAL};
use crate::rounds::{ROUNDS, cpu_time, time};
use crate::sheet::{Cell, Sheet};

/// Connections of one column in a round.
const TIMES: usize = 100;

/// Names that gates refer to.
pub const LONGEST: &str = "longest call";
pub const LONGEST_BY_CPU: &str = "longest call by its CPU";
pub const LONGEST_WAIT: &str = "longest of those that waited for anything but a core";
pub const RELOADING: &str = "while a thread reloads";
pub const QUIET: &str = "beside other work";

/// What one call of the thread that serves connections took, in nanoseconds.
struct Call {
    /// Wall time without that in which the thread was ready to run and had no core: waiting for a
    /// lock is in it, other programs are not.
    elapsed: f64,
    cpu: f64,
    /// Whether the thread left its core by itself, as it does for a lock.
    has_waited: bool,
}

/// The calls of a round.
struct Round {
    calls: Vec<Call>,
    reloads: usize,
}

pub fn measure(sheet: &mut Sheet, columns: &[Column], pki: &Pki) {
    let Some(queue) = Queue::open() else {
        sheet.missing.push("the stall of a reload: no /proc/thread-self/schedstat".into());
        return;
    };
    let ours = columns.iter().find(|column| column.name == IN_PLACE).unwrap();
    let case = Case { has_client_cert: true, ..USUAL };
    let setups = pki.many_roots_and_a_list(case);
    let contexts = Contexts::of(&*ours.measured, &setups);
    let mut wires = Wires::new();
    let mut rounds = [Vec::new(), Vec::new()];
    // The first round only warms up.
    for round in 0..=ROUNDS {
        for turn in 0..2 {
            let at = (turn + round) % 2;
            let other_work = |count: usize| match at {
                0 => compute(),
                _ => contexts.reload(count % 2, &setups[count % 2]),
            };
            let (calls, count) = connections_beside(other_work, &contexts, &mut wires, &queue);
            if round > 0 {
                rounds[at].push(Round { calls, reloads: if at == 0 { 0 } else { count } });
            }
        }
    }
    add_rows(sheet, &rounds);
}

fn add_rows(sheet: &mut Sheet, rounds: &[Vec<Round>; 2]) {
    let mut row = |work: &str, unit, samples: &dyn Fn(&[Round]) -> Vec<f64>| {
        let cells = [QUIET, RELOADING].iter().zip(rounds);
        let cells = cells.map(|(name, rounds)| Cell::new(name, samples(rounds))).collect();
        sheet.add("Reload", work, unit, cells);
    };
    let waits = |calls: &mut dyn Iterator<Item = &Call>| {
        calls.filter(|call| call.has_waited).map(|call| call.elapsed).collect::<Vec<_>>()
    };
    for (name, most) in [(LONGEST, 1.0), ("99.9 % of calls", 0.999), ("half of calls", 0.5)] {
        let longest = |rounds: &[Round]| part(all(rounds).map(|call| call.elapsed).collect(), most);
        row(name, "µs", &|rounds| vec![longest(rounds) / 1e3]);
    }
    let longest_cpu = |rounds: &[Round]| part(all(rounds).map(|call| call.cpu).collect(), 1.0);
    row(LONGEST_BY_CPU, "µs of CPU", &|rounds| vec![longest_cpu(rounds) / 1e3]);
    row("calls", "", &|rounds| vec![all(rounds).count() as f64]);
    row("calls longer than 1 ms", "", &|rounds| {
        vec![all(rounds).filter(|call| call.elapsed > 1e6).count() as f64]
    });
    row("calls that waited for anything but a core", "", &|rounds| {
        vec![waits(&mut all(rounds)).len() as f64]
    });
    row(LONGEST_WAIT, "µs", &|rounds| vec![part(waits(&mut all(rounds)), 1.0) / 1e3]);
    let reloads = format!("reloads of {ROOTS} roots and {} revoked", number(LISTED as f64));
    row(&reloads, "", &|rounds| vec![rounds.iter().map(|round| round.reloads as f64).sum()]);
}

fn all(rounds: &[Round]) -> impl Iterator<Item = &Call> {
    rounds.iter().flat_map(|round| &round.calls)
}

/// Makes and ends connections while another thread works, which is told how often it has by then;
/// returns the calls, and how often it did in the end.
fn connections_beside(
    other_work: impl Fn(usize) + Sync,
    contexts: &Contexts,
    wires: &mut Wires,
    queue: &Queue,
) -> (Vec<Call>, usize) {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            let mut count = 0;
            while !is_over.load(Ordering::Relaxed) {
                other_work(count);
                count += 1;
            }
            count
        });
        let calls = connections(contexts, wires, queue);
        is_over.store(true, Ordering::Relaxed);
        (calls, other.join().unwrap())
    })
}

/// Work that shares nothing with anybody but the machine.
fn compute() {
    let mut sum = 0_u64;
    for number in 0..1_000_000 {
        sum = std::hint::black_box(sum ^ number);
    }
}

fn connections(contexts: &Contexts, wires: &mut Wires, queue: &Queue) -> Vec<Call> {
    let mut calls = Vec::new();
    for _ in 0..TIMES {
        let mut watch = |_: usize, work: &mut dyn FnMut()| {
            let (queued, waits) = (queue.time(), waits());
            let mut cpu = 0.0;
            let elapsed = time(|| cpu = cpu_time(&mut *work));
            let has_waited = self::waits() > waits;
            calls.push(Call { elapsed: elapsed - (queue.time() - queued), cpu, has_waited });
        };
        let pair = contexts.watched_pair(wires, &mut watch);
        for (at, end) in pair.ends.into_iter().enumerate() {
            let mut end = Some(end);
            watch(at, &mut || drop(end.take()));
        }
    }
    calls
}

/// How often this thread left its core by itself.
fn waits() -> i64 {
    let mut usage = MaybeUninit::zeroed();
    // SAFETY: `usage` is a place for one, which the call fills.
    let usage: libc::rusage = unsafe {
        assert_eq!(libc::getrusage(libc::RUSAGE_THREAD, usage.as_mut_ptr()), 0);
        usage.assume_init()
    };
    usage.ru_nvcsw
}

/// What the scheduler says of this thread.
struct Queue(File);

impl Queue {
    fn open() -> Option<Self> {
        let queue = Self(File::open("/proc/thread-self/schedstat").ok()?);
        queue.read().map(|_| queue)
    }

    /// Nanoseconds for which the thread was ready to run and had no core.
    fn time(&self) -> f64 {
        self.read().unwrap()
    }

    fn read(&self) -> Option<f64> {
        let mut text = [0; 128];
        let len = self.0.read_at(&mut text, 0).ok()?;
        // Time on a core, time in the queue, turns.
        std::str::from_utf8(&text[..len]).ok()?.split(' ').nth(1)?.parse().ok()
    }
}

/// The figure that this part of all does not exceed; 0 if there are none.
fn part(mut samples: Vec<f64>, part: f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    let last = samples.len().saturating_sub(1) as f64;
    samples.get((last * part).ceil() as usize).copied().unwrap_or(0.0)
}
