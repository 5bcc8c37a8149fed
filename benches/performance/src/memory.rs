//! Bytes and allocations, counted in a process of its own for each library.

use crate::child;
use crate::counts::counts;
use crate::library::{Column, Context, RAW};
use crate::pair::{Contexts, Pair, Wires};
use crate::pki::{Case, Pki, USUAL};
use crate::sheet::{Cell, Sheet};
use crate::traffic::Trip;

/// Starts a process for each column, and adds what it counted.
pub fn measure(sheet: &mut Sheet, columns: &[Column], pki: &Pki) {
    let counter = env!("BENCH_COUNT");
    if counter.is_empty() {
        let why = env!("BENCH_COUNT_MISSING");
        sheet.missing.push(format!("bytes and allocations: {why}"));
        return;
    }
    let me = std::env::current_exe().unwrap();
    let mut rows: Vec<(String, Vec<Cell>)> = Vec::new();
    for column in columns.iter().filter(|column| column.name != RAW) {
        let mut command = child::command(&me.to_string_lossy(), "memory", &column.name, 0, pki);
        let output = command.env("LD_PRELOAD", counter).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let (work, figure) = line.split_once('\t').unwrap();
            let cell = Cell::one(&column.name, figure.parse().unwrap());
            match rows.iter_mut().find(|row| row.0 == work) {
                Some(row) => row.1.push(cell),
                None => rows.push((work.into(), vec![cell])),
            }
        }
    }
    for (work, cells) in rows {
        let unit = if work.starts_with("allocations") { "" } else { "bytes" };
        sheet.add("Memory", &work, unit, cells);
    }
}

/// What one end holds, and held at most.
#[derive(Clone, Copy, Default)]
struct Held {
    live: i64,
    peak: i64,
}

impl Held {
    fn watch(&mut self, work: &mut dyn FnMut()) {
        let before = counts().unwrap().live;
        counts().unwrap().peak = before;
        work();
        let counts = counts().unwrap();
        self.peak = self.peak.max(self.live + counts.peak - before);
        self.live += counts.live - before;
    }
}

/// Counts in this process, and prints a name and a figure in each line.
pub fn print(column: &Column, pki: &Pki) {
    print_connections(column, pki, "", USUAL);
    print_connections(
        column,
        pki,
        "with client certificates, ",
        Case { has_client_cert: true, ..USUAL },
    );
    print_allocations(column, pki);
    print_contexts(column, pki);
}

fn print_connections(column: &Column, pki: &Pki, kind: &str, case: Case) {
    let contexts = Contexts::new(&*column.measured, pki, case);
    let mut wires = Wires::new();
    // What a library makes once is not a connection's.
    drop(contexts.pair(&mut wires));
    let mut held = [Held::default(); 2];
    let mut pair = contexts.watched_pair(&mut wires, &mut |at, work| held[at].watch(work));
    let setups = pki.setups(case);
    let chains = [1, 0].map(|peer| signed(pki.chain_len(&setups[peer])));
    let own = [0, 1].map(|at| signed(pair.ends[at].wrapper_len()));
    let tell = |what: &str, bytes: [i64; 2]| {
        for (end, bytes) in ["client", "server"].iter().zip(bytes) {
            println!("{kind}{what}, {end}\t{bytes}");
        }
    };
    tell(
        "bytes at the handshake's peak beside twice the peer's chain",
        [0, 1].map(|at| held[at].peak - own[at] - 2 * chains[at]),
    );
    tell("bytes per idle connection", [0, 1].map(|at| held[at].live - own[at] - chains[at]));
    exchange(column, &mut pair, &mut held);
    tell(
        "bytes per idle connection after 16 KiB each way",
        [0, 1].map(|at| held[at].live - own[at] - chains[at]),
    );
}

fn signed(len: usize) -> i64 {
    i64::try_from(len).unwrap()
}

/// Sends a full record each way.
fn exchange(column: &Column, pair: &mut Pair, held: &mut [Held; 2]) {
    let (plain, mut wire, mut out) = (vec![b'x'; 16384], vec![0; 17000], vec![0; 16384]);
    for from in [0, 1] {
        let mut made = 0;
        held[from].watch(&mut || made = column.seal(&mut *pair.ends[from], &plain, &mut wire));
        held[1 - from].watch(&mut || {
            column.open(&mut *pair.ends[1 - from], &mut wire[..made], &mut out);
        });
    }
}

fn print_allocations(column: &Column, pki: &Pki) {
    let mut pair = child::usual_pair(column, pki);
    let mut trip = Trip::new([100, 300]);
    trip.run(column, &mut pair);
    let per_call = |what: &str, work: &mut dyn FnMut()| {
        let before = counts().unwrap().allocations;
        work();
        let made = counts().unwrap().allocations - before;
        println!("allocations per {what}\t{}", made as f64 / 100.0);
    };
    per_call("round trip of 4 records", &mut || {
        (0..100).for_each(|_| trip.run(column, &mut pair));
    });
    if column.is_tlsql() {
        per_call("empty step", &mut || pair.ends[0].idle(100));
    }
}

fn print_contexts(column: &Column, pki: &Pki) {
    let [usual, _] = pki.setups(USUAL);
    for (what, setup) in [("1 root", usual), ("144 roots", pki.many_roots())] {
        drop(column.measured.context(&setup));
        let mut held = Held::default();
        let mut context: Option<Box<dyn Context>> = None;
        held.watch(&mut || context = Some(column.measured.context(&setup)));
        println!("bytes of a client's context with {what}\t{}", held.live);
    }
}
