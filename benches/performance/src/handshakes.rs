//! Full handshakes: what the client's calls take and what the server's take, counted apart.

use crate::library::{Column, RAW, WITH_COPY};
use crate::pair::{Contexts, Wires};
use crate::pki::{Case, Pki, USUAL};
use crate::rounds::{alternate, time};
use crate::sheet::{Cell, Sheet};

/// Handshakes of one column in a round.
const TIMES: usize = 3;

pub fn measure(sheet: &mut Sheet, columns: &[Column], pki: &Pki) {
    let columns: Vec<&Column> =
        columns.iter().filter(|column| ![WITH_COPY, RAW].contains(&column.name.as_str())).collect();
    for is_tls13 in [true, false] {
        for is_rsa in [false, true] {
            for has_client_cert in [false, true] {
                let case = Case { is_tls13, is_rsa, has_client_cert, ..USUAL };
                rows(sheet, &columns, pki, case);
            }
        }
    }
}

fn rows(sheet: &mut Sheet, columns: &[&Column], pki: &Pki, case: Case) {
    let contexts: Vec<Contexts> =
        columns.iter().map(|column| Contexts::new(&*column.measured, pki, case)).collect();
    let mut wires = Wires::new();
    let samples = alternate(columns.len(), |at| {
        let mut ends = [0.0; 2];
        for _ in 0..TIMES {
            contexts[at].watched_pair(&mut wires, &mut |end, work| ends[end] += time(work));
        }
        let [client, server] = ends.map(|ns| ns / TIMES as f64 / 1e3);
        [client, server, client + server]
    });
    let key = if case.is_rsa { "RSA-2048" } else { "P-256" };
    let proof = if case.has_client_cert { ", client certificate" } else { "" };
    for (figure, end) in ["client", "server", "both sides"].iter().enumerate() {
        let cells = columns.iter().zip(&samples);
        let cells = cells.map(|(column, all)| Cell::new(&column.name, all[figure].clone()));
        let work = format!("full handshake {} {key}{proof}, {end}", case.version());
        sheet.add("Handshakes", &work, "µs", cells.collect());
    }
}
