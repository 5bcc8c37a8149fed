//! Traffic as MySQL's clients and servers have it: short packets to and fro, long results, and packets
//! that are handed in together.

use crate::library::{Column, IN_PLACE, RAW, WITH_COPY};
use crate::pair::{Contexts, Pair, Wires};
use crate::pki::{Case, Pki, USUAL};
use crate::rounds::{alternate, time};
use crate::sheet::{Cell, Sheet};

/// A query from the client, and the server's answer.
pub struct Trip {
    sizes: [usize; 2],
    plain: Vec<u8>,
    wire: Vec<u8>,
    out: Vec<u8>,
}

impl Trip {
    pub fn new(sizes: [usize; 2]) -> Self {
        Self { sizes, plain: vec![b'x'; 1024], wire: vec![0; 1024], out: vec![0; 1024] }
    }

    pub fn run(&mut self, column: &Column, pair: &mut Pair) {
        for (from, size) in self.sizes.into_iter().enumerate() {
            let plain = &self.plain[..size];
            let made = column.seal(&mut *pair.ends[from], plain, &mut self.wire);
            let wire = &mut self.wire[..made];
            let got = column.open(&mut *pair.ends[1 - from], wire, &mut self.out);
            assert_eq!(got, size);
        }
    }
}

pub fn measure(sheet: &mut Sheet, columns: &[Column], pki: &Pki) {
    for is_tls13 in [true, false] {
        let case = Case { is_tls13, ..USUAL };
        let contexts: Vec<Contexts> =
            columns.iter().map(|column| Contexts::new(&*column.measured, pki, case)).collect();
        let mut wires = Wires::new();
        let mut pairs: Vec<Pair> = contexts.iter().map(|all| all.pair(&mut wires)).collect();
        for sizes in [[11, 11], [100, 300]] {
            trips(sheet, columns, &mut pairs, case, sizes);
        }
        results(sheet, columns, &mut pairs, case);
        if is_tls13 {
            packets_together(sheet, columns, &mut pairs);
        }
    }
}

fn trips(sheet: &mut Sheet, columns: &[Column], pairs: &mut [Pair], case: Case, sizes: [usize; 2]) {
    const TIMES: usize = 300;
    let mut trip = Trip::new(sizes);
    let samples = alternate(columns.len(), |at| {
        let (column, pair) = (&columns[at], &mut pairs[at]);
        [time(|| (0..TIMES).for_each(|_| trip.run(column, pair))) / TIMES as f64]
    });
    let cells = columns.iter().zip(samples);
    let cells = cells.map(|(column, [ns])| Cell::new(&column.name, ns)).collect();
    let work = format!("{}, round trip {}/{} B", case.version(), sizes[0], sizes[1]);
    sheet.add("Traffic", &work, "ns", cells);
}

/// Bytes of a long result, and of the part of it that a server writes at once.
const RESULT: usize = 16 << 20;
const PART: usize = 65536;

fn results(sheet: &mut Sheet, columns: &[Column], pairs: &mut [Pair], case: Case) {
    // A call in place makes one record.
    let taken: Vec<usize> = (0..columns.len())
        .filter(|at| ![IN_PLACE, RAW].contains(&columns[*at].name.as_str()))
        .collect();
    let (plain, mut wire, mut out) = (vec![b'x'; PART], vec![0; PART + 1024], vec![0; PART]);
    let samples = alternate(taken.len(), |turn| {
        let (column, pair) = (&columns[taken[turn]], &mut pairs[taken[turn]]);
        let ns = time(|| {
            for _ in 0..RESULT / PART {
                let made = column.seal(&mut *pair.ends[1], &plain, &mut wire);
                let got = column.open(&mut *pair.ends[0], &mut wire[..made], &mut out);
                assert_eq!(got, PART);
            }
        });
        [ns / 1e3]
    });
    let cells = taken.iter().zip(samples);
    let cells = cells.map(|(at, [us])| Cell::new(&columns[*at].name, us)).collect();
    sheet.add("Traffic", &format!("{}, result of 16 MiB", case.version()), "µs", cells);
}

/// Names that the gate refers to.
pub const TOGETHER: &str = "256 packets of 64 B, handed in together";
pub const ONE_BY_ONE: &str = "256 packets of 64 B, one record each";

fn packets_together(sheet: &mut Sheet, columns: &[Column], pairs: &mut [Pair]) {
    const PACKETS: usize = 256;
    let at = columns.iter().position(|column| column.name == WITH_COPY).unwrap();
    let (column, pair) = (&columns[at], &mut pairs[at]);
    let (plain, mut wire, mut out) = (vec![b'x'; 64 * PACKETS], vec![0; 17000], vec![0; 17000]);
    let samples = alternate(2, |way| {
        let len = if way == 0 { plain.len() } else { 64 };
        let ns = time(|| {
            for part in plain.chunks(len) {
                let made = column.seal(&mut *pair.ends[0], part, &mut wire);
                column.open(&mut *pair.ends[1], &mut wire[..made], &mut out);
            }
        });
        [ns]
    });
    let names = [TOGETHER, ONE_BY_ONE];
    let cells = names.iter().zip(samples).map(|(name, [ns])| Cell::new(name, ns)).collect();
    sheet.add("Traffic", "256 packets of 64 B", "ns", cells);
}
