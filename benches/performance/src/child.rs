//! Work that a process of its own does: under valgrind, or with the counter of allocations.

use std::process::Command;

use crate::library::Column;
use crate::memory;
use crate::pair::{Contexts, Pair, Wires};
use crate::pki::{Case, Pki, USUAL};
use crate::traffic::Trip;

/// Arguments: the work, the column, how often, and the directory of the certificates.
pub fn run(arguments: &[String], columns: &[Column]) {
    let [work, column, times, dir] = arguments else { panic!("{arguments:?}") };
    let column = columns.iter().find(|other| other.name == *column).unwrap();
    let (times, pki) = (times.parse().unwrap(), Pki::of(dir));
    match work.as_str() {
        "idle" => usual_pair(column, &pki).ends[0].idle(times),
        "trip-11-11" => trips(column, &pki, times, [11, 11]),
        "trip-100-300" => trips(column, &pki, times, [100, 300]),
        "handshake" => handshakes(column, &pki, times),
        "resumed" => resumed(column, &pki, times),
        "hello-1" => hellos(column, &pki, times, false),
        "hello-144" => hellos(column, &pki, times, true),
        "memory" => memory::print(column, &pki),
        other => panic!("{other}"),
    }
}

/// A command that does `work` in a process of its own.
pub fn command(program: &str, work: &str, column: &str, times: usize, pki: &Pki) -> Command {
    let mut command = Command::new(program);
    let me = std::env::current_exe().unwrap();
    if program != me.to_string_lossy() {
        command.args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]);
        command.arg(me);
    }
    command.args(["--child", work, column, &times.to_string()]).arg(pki.dir());
    command
}

pub fn usual_pair(column: &Column, pki: &Pki) -> Pair {
    Contexts::new(&*column.measured, pki, USUAL).pair(&mut Wires::new())
}

fn trips(column: &Column, pki: &Pki, times: usize, sizes: [usize; 2]) {
    let mut pair = usual_pair(column, pki);
    let mut trip = Trip::new(sizes);
    (0..times).for_each(|_| trip.run(column, &mut pair));
}

fn handshakes(column: &Column, pki: &Pki, times: usize) {
    let contexts = Contexts::new(&*column.measured, pki, USUAL);
    let mut wires = Wires::new();
    for _ in 0..times {
        contexts.pair(&mut wires);
    }
}

/// Each resumes a session of the one before, but for the first, which `times` does not count.
fn resumed(column: &Column, pki: &Pki, times: usize) {
    let case = Case { resumes: true, ..USUAL };
    let contexts = Contexts::new(&*column.measured, pki, case);
    let mut wires = Wires::new();
    for _ in 0..=times {
        contexts.pair(&mut wires);
    }
}

/// From the settings to the ClientHello, all of it each time.
fn hellos(column: &Column, pki: &Pki, times: usize, many_roots: bool) {
    let [usual, _] = pki.setups(USUAL);
    let setup = if many_roots { pki.many_roots() } else { usual };
    let (mut greeting, mut out) = (column.measured.greeting().to_vec(), vec![0; 4096]);
    for _ in 0..times {
        let context = column.measured.context(&setup);
        let (made, done) = context.connect().handshake(&mut greeting, &mut out);
        assert!(made > 100 && !done, "no ClientHello");
    }
}
