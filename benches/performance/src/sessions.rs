//! What a client's handshake takes when its context knows nothing yet, when it has verified the chain
//! before, and when it resumes.

use crate::library::{Column, IN_PLACE};
use crate::pair::{Contexts, Wires};
use crate::pki::{Case, Pki, USUAL};
use crate::rounds::{alternate, cpu_time};
use crate::sheet::{Cell, Sheet};

/// Handshakes of one column in a round.
const TIMES: usize = 5;

/// Columns that gates refer to.
pub const FIRST: &str = "full, the first of a context";
pub const CACHED: &str = "full, chain verified before";
pub const RESUMED: &str = "resumed";

pub fn measure(sheet: &mut Sheet, columns: &[Column], pki: &Pki) {
    let ours = columns.iter().find(|column| column.name == IN_PLACE).unwrap();
    for is_tls13 in [true, false] {
        let full = Case { is_tls13, ..USUAL };
        let resumes = Case { resumes: true, ..full };
        let contexts = |case| Contexts::new(&*ours.measured, pki, case);
        let (cached, resumed) = (contexts(full), contexts(resumes));
        let mut wires = Wires::new();
        // So that there is a session for the first round.
        resumed.pair(&mut wires);
        let mut client = |contexts: &Contexts| {
            let mut ns = 0.0;
            contexts.watched_pair(&mut wires, &mut |end, work| {
                let took = cpu_time(work);
                ns += if end == 0 { took } else { 0.0 };
            });
            ns
        };
        let samples = alternate(3, |at| {
            let all = (0..TIMES).map(|_| match at {
                // What makes the context is not counted.
                0 => client(&contexts(full)),
                1 => client(&cached),
                _ => client(&resumed),
            });
            [all.sum::<f64>() / TIMES as f64 / 1e3]
        });
        let cells = [FIRST, CACHED, RESUMED].iter().zip(&samples);
        let cells = cells.map(|(name, [all])| Cell::new(name, all.clone()));
        let work = format!("handshake {} P-256, client", full.version());
        sheet.add("Sessions", &work, "µs of CPU", cells.collect());
    }
}
