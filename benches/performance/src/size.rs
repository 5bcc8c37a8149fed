//! Bytes of the shared objects, without symbols.

use std::process::Command;

use crate::c_library::{OVER_AWS_LC_PATH, tlsql_path};
use crate::library::OPENSSL_30;
use crate::sheet::{Cell, Sheet};

pub fn measure(sheet: &mut Sheet) {
    let Some(ours) = stripped(&tlsql_path()) else {
        sheet.missing.push("size of the stripped cdylib: no strip".into());
        return;
    };
    let mut cells = vec![Cell::one("tlsql", ours)];
    if let Some(size) = stripped(OVER_AWS_LC_PATH) {
        cells.push(Cell::one("tlsql over AWS-LC", size));
    }
    let sizes: Option<Vec<f64>> =
        ["libssl.so.3", "libcrypto.so.3"].iter().map(|name| stripped(&loaded(name)?)).collect();
    if let Some(sizes) = sizes {
        cells.push(Cell::one(OPENSSL_30, sizes.iter().sum()));
    }
    sheet.add("Size", "size of the stripped cdylib", "bytes", cells);
}

fn stripped(path: &str) -> Option<f64> {
    let out = std::env::temp_dir().join(format!("tlsql-bench-{}.so", std::process::id()));
    let done = Command::new("strip").arg("-o").arg(&out).arg(path).status().ok()?.success();
    let len = std::fs::metadata(&out).ok()?.len();
    std::fs::remove_file(out).ok()?;
    done.then_some(len as f64)
}

/// The path of a library of this process.
fn loaded(name: &str) -> Option<String> {
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    let path = maps.lines().filter_map(|line| line.split_whitespace().last());
    path.filter(|path| path.ends_with(name)).map(str::to_owned).next()
}
