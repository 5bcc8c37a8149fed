//! Records of one size, sealed and opened in batches.

use crate::library::{Column, SUITES};
use crate::pair::{Contexts, Pair, Wires};
use crate::pki::{Case, Pki, USUAL};
use crate::rounds::{alternate, time};
use crate::sheet::{Cell, Sheet};

/// Bytes of plaintext in a record, how a row calls them, and records in a batch.
const SIZES: [(usize, &str, usize); 4] =
    [(64, "64 B", 256), (256, "256 B", 128), (1024, "1 KiB", 64), (16384, "16 KiB", 8)];

/// More than any record needs beside its plaintext, and a multiple of a cache line.
const MARGIN: usize = 64;

/// Batches of one column in a round.
const BATCHES: usize = 4;

/// `more` are the columns that no other work has.
pub fn measure(sheet: &mut Sheet, columns: &[Column], more: &[Column], pki: &Pki) {
    for is_tls13 in [true, false] {
        for (suite, name) in SUITES.iter().enumerate() {
            let case = Case { is_tls13, suite, ..USUAL };
            let columns: Vec<&Column> =
                columns.iter().chain(more).filter(|column| column.has(name)).collect();
            let mut wires = Wires::new();
            let mut pairs: Vec<Pair> = columns
                .iter()
                .map(|column| Contexts::new(&*column.measured, pki, case).pair(&mut wires))
                .collect();
            for size in SIZES {
                let work = format!("{} {name}, {}", case.version(), size.1);
                rows(sheet, &columns, &mut pairs, &work, size);
            }
        }
    }
}

fn rows(
    sheet: &mut Sheet,
    columns: &[&Column],
    pairs: &mut [Pair],
    work: &str,
    (size, _, count): (usize, &str, usize),
) {
    let mut batch = Batch::new(size, count);
    let samples = alternate(columns.len(), |at| {
        let mut sum = [0.0; 3];
        for _ in 0..BATCHES {
            let [seal, open] = batch.run(columns[at], &mut pairs[at]);
            sum = [sum[0] + seal + open, sum[1] + seal, sum[2] + open];
        }
        sum.map(|ns| ns / (BATCHES * count) as f64)
    });
    for (figure, what) in ["seal and open", "seal", "open"].iter().enumerate() {
        let cells = columns.iter().zip(&samples);
        let cells = cells.map(|(column, all)| Cell::new(&column.name, all[figure].clone()));
        sheet.add("Bulk", &format!("{work}, {what}"), "ns", cells.collect());
    }
}

/// Room for the records of a batch, each in a slot of its own.
struct Batch {
    plain: Vec<u8>,
    wire: Vec<u8>,
    lens: Vec<usize>,
    out: Vec<u8>,
}

impl Batch {
    fn new(size: usize, count: usize) -> Self {
        Self {
            plain: vec![b'x'; size],
            wire: vec![0; (size + MARGIN) * count],
            lens: vec![0; count],
            out: vec![0; size + MARGIN],
        }
    }

    /// Returns the nanoseconds of sealing and of opening.
    fn run(&mut self, column: &Column, pair: &mut Pair) -> [f64; 2] {
        let slot = self.plain.len() + MARGIN;
        let [client, server] = &mut pair.ends;
        let seal = time(|| {
            for (wire, len) in self.wire.chunks_exact_mut(slot).zip(&mut self.lens) {
                *len = column.seal(&mut **server, &self.plain, wire);
            }
        });
        let mut got = 0;
        let open = time(|| {
            for (wire, len) in self.wire.chunks_exact_mut(slot).zip(&self.lens) {
                got += column.open(&mut **client, &mut wire[..*len], &mut self.out);
            }
        });
        assert_eq!(got, self.plain.len() * self.lens.len());
        [seal, open]
    }
}
