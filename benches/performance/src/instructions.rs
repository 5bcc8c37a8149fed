//! Instructions, counted by valgrind. Each work is done by two processes, in one of them more often:
//! their difference is the work's alone, without what sets it up.

use std::process::Command;

use crate::child;
use crate::library::{Column, IN_PLACE, RAW, WITH_COPY};
use crate::pki::Pki;
use crate::sheet::{Cell, Sheet};

struct Work {
    id: &'static str,
    name: &'static str,
    /// How often the first process does it, and the second.
    times: [usize; 2],
    columns: fn(&Column) -> bool,
}

/// The name that its gate refers to.
pub const RESUMED: &str = "resumed handshake TLS 1.3, both sides, instructions";

const WORKS: [Work; 7] = [
    Work { id: "idle", name: "an empty step, instructions", times: [1000, 2000], columns: is_ours },
    Work {
        id: "trip-100-300",
        name: "round trip 100/300 B, instructions",
        times: [200, 400],
        columns: is_any,
    },
    Work {
        id: "trip-11-11",
        name: "round trip 11/11 B, instructions",
        times: [200, 400],
        columns: is_any,
    },
    Work {
        id: "handshake",
        name: "full handshake TLS 1.3 P-256, both sides, instructions",
        times: [10, 20],
        columns: is_library,
    },
    Work { id: "resumed", name: RESUMED, times: [10, 20], columns: is_ours },
    // The first of a process pays for what a library makes once.
    Work {
        id: "hello-1",
        name: "process start to ClientHello, instructions",
        times: [0, 1],
        columns: is_library,
    },
    Work {
        id: "hello-144",
        name: "process start to ClientHello, 144 roots, instructions",
        times: [0, 1],
        columns: is_library,
    },
];

fn is_ours(column: &Column) -> bool {
    column.name == IN_PLACE
}

fn is_any(_: &Column) -> bool {
    true
}

fn is_library(column: &Column) -> bool {
    column.name != WITH_COPY && column.name != RAW
}

pub fn measure(sheet: &mut Sheet, columns: &[Column], pki: &Pki) {
    if Command::new("valgrind").arg("--version").output().is_err() {
        sheet.missing.push("instructions: no valgrind".into());
        return;
    }
    for work in &WORKS {
        let cells = columns.iter().filter(|column| (work.columns)(column)).map(|column| {
            let [fewer, more] = work.times.map(|times| count(work.id, &column.name, times, pki));
            let each = (more - fewer) / (work.times[1] - work.times[0]) as f64;
            Cell::one(&column.name, each.round())
        });
        let cells = cells.collect();
        sheet.add("Instructions", work.name, "", cells);
    }
}

/// Instructions of a whole process.
fn count(work: &str, column: &str, times: usize, pki: &Pki) -> f64 {
    let output = child::command("valgrind", work, column, times, pki).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    let refs = text.lines().find_map(|line| line.split_once("I   refs:")).unwrap().1;
    refs.trim().replace(',', "").parse().unwrap()
}
