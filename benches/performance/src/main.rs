//! tlsql through its C ABI beside OpenSSL, rustls and the raw AEAD, over memory, in one run.
//!
//! `docs/performance.md` says what is measured and how. `make bench` builds the library and runs this.

mod bulk;
mod c_library;
mod child;
mod counts;
mod gates;
mod handshakes;
mod instructions;
mod library;
mod machine;
mod memory;
mod pair;
mod pki;
mod raw_aead;
mod record_layer;
mod reload;
mod report;
mod rounds;
mod rustls_library;
mod sessions;
mod sheet;
mod size;
mod stats;
mod traffic;

use std::fs;

use pki::Pki;
use report::Report;
use sheet::Sheet;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut sheet = Sheet::default();
    let columns = library::columns(&mut sheet.missing);
    if let Some(("--child", rest)) = arguments.split_first().map(|(a, b)| (a.as_str(), b)) {
        return child::run(rest, &columns);
    }
    let bulk_columns = library::bulk_columns(&mut sheet.missing);
    let machine = machine::facts(columns.iter().chain(&bulk_columns));
    let pki = Pki::new();
    size::measure(&mut sheet);
    memory::measure(&mut sheet, &columns, &pki);
    instructions::measure(&mut sheet, &columns, &pki);
    bulk::measure(&mut sheet, &columns, &bulk_columns, &pki);
    traffic::measure(&mut sheet, &columns, &pki);
    handshakes::measure(&mut sheet, &columns, &pki);
    sessions::measure(&mut sheet, &columns, &pki);
    reload::measure(&mut sheet, &columns, &pki);
    let gates = gates::judge(&sheet, machine::has_avx512());
    let report = Report { machine, sheet, gates };
    let tables = report.markdown();
    println!("{tables}");
    fs::write("target/bench.json", report.json()).unwrap();
    if std::env::var_os("TLSQL_WRITE_DOCS").is_some() {
        write_document(&tables);
    }
    if !report.counts_hold() {
        // An exit drops nothing, and the certificates would stay.
        drop(pki);
        println!("a figure that does not depend on the CPU missed its gate");
        std::process::exit(1);
    }
}

/// Replaces the tables of the document, which follow a comment that says so.
fn write_document(tables: &str) {
    const PATH: &str = "docs/performance.md";
    const MARK: &str = "<!-- written by TLSQL_WRITE_DOCS=1 make bench -->\n";
    let text = fs::read_to_string(PATH).unwrap();
    let (head, _) = text.split_once(MARK).unwrap();
    fs::write(PATH, format!("{head}{MARK}\n{tables}")).unwrap();
}
