//! tlsql through its C ABI beside OpenSSL, rustls and the raw AEAD, over memory, in one run.
//!
//! `docs/performance.md` says what is measured and how. `make bench` builds the library and runs this.

mod c_library;
mod child;
mod counts;
mod instructions;
mod library;
mod memory;
mod pair;
mod pki;
mod raw_aead;
mod rounds;
mod rustls_library;
mod sheet;
mod size;
mod stats;
mod traffic;

use pki::Pki;
use sheet::Sheet;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut sheet = Sheet::default();
    let columns = library::columns(&mut sheet.missing);
    if let Some(("--child", rest)) = arguments.split_first().map(|(a, b)| (a.as_str(), b)) {
        return child::run(rest, &columns);
    }
    let pki = Pki::new();
    size::measure(&mut sheet);
    memory::measure(&mut sheet, &columns, &pki);
    instructions::measure(&mut sheet, &columns, &pki);
    for row in &sheet.rows {
        println!("{} {}", row.work, row.unit);
        for cell in &row.cells {
            println!("    {:20} {}", cell.column, cell.spread().median);
        }
    }
    println!("{:?}", sheet.missing);
}
