//! The library's own names as C strings.

use std::ffi::{CStr, CString};

use libc::c_char;
use once_cell::race::OnceBox;

use crate::config::cipher;
use crate::engine::Phase;
use crate::error::TABLE;
use crate::status;

/// Returns the text as a C string, never freed; "" for a name that is not the library's.
///
/// The table is made by whichever thread comes first, without a lock: no call blocks, and a fork in
/// between leaves nothing locked in the child.
pub fn c_string(name: &str) -> *const c_char {
    static NAMES: OnceBox<Vec<(&'static str, CString)>> = OnceBox::new();
    let names = NAMES.get_or_init(|| {
        let codes = TABLE.iter().map(|row| row.name);
        let phases = Phase::ALL.iter().map(|phase| phase.name());
        let suites = cipher::ALL.iter().map(|suite| suite.name);
        let status = status::NAMES.iter().copied();
        let all = codes.chain(phases).chain(suites).chain(status).chain(["TLSQL_OK", "UNKNOWN"]);
        Box::new(all.filter_map(|name| Some((name, CString::new(name).ok()?))).collect())
    });
    let found = names.iter().find(|(known, _)| *known == name);
    found.map_or(EMPTY.as_ptr(), |(_, text)| text.as_ptr())
}

pub const EMPTY: &CStr = c"";
