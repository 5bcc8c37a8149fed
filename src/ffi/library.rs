//! Version, names of codes and phases.

use std::ffi::CStr;

use libc::c_char;

use super::conn::phase_number;
use super::name::c_string;
use crate::engine::Phase;
use crate::error::Code;

/// TLSQL_OK, or a negative TLSQL_E_ number.
pub type tlsql_code = i32;

/// Returns the version of the library that is linked: major << 16 | minor << 8 | patch.
#[unsafe(no_mangle)]
pub extern "C" fn tlsql_version_number() -> u32 {
    let part = |text: &str| text.parse::<u32>().unwrap_or(0);
    part(env!("CARGO_PKG_VERSION_MAJOR")) << 16
        | part(env!("CARGO_PKG_VERSION_MINOR")) << 8
        | part(env!("CARGO_PKG_VERSION_PATCH"))
}

/// Returns the versions of tlsql and of its libraries, as "tlsql/0.1.0 rustls/0.23.46
/// ring/0.17.14", with that of aws-lc-rs behind them in builds with this feature: a static string,
/// never freed.
#[unsafe(no_mangle)]
pub extern "C" fn tlsql_version_string() -> *const c_char {
    const TEXT: &str =
        concat!("tlsql/", env!("CARGO_PKG_VERSION"), " ", env!("TLSQL_LIBRARIES"), "\0");
    CStr::from_bytes_with_nul(TEXT.as_bytes()).unwrap_or(c"tlsql").as_ptr()
}

/// Returns the number in the SONAME; compare it with TLSQL_ABI_VERSION.
#[unsafe(no_mangle)]
pub extern "C" fn tlsql_abi_version() -> u32 {
    0
}

/// Returns "TLSQL_E_CERT_EXPIRED" for its number, "UNKNOWN" for no code of this library: a static
/// string, never NULL and never freed.
#[unsafe(no_mangle)]
pub extern "C" fn tlsql_code_name(code: tlsql_code) -> *const c_char {
    match code {
        0 => c_string("TLSQL_OK"),
        code => c_string(Code::from_number(code).map_or("UNKNOWN", |code| code.row().name)),
    }
}

/// Returns "HANDSHAKE" for TLSQL_PHASE_HANDSHAKE, "UNKNOWN" for no phase: a static string, never
/// NULL and never freed.
#[unsafe(no_mangle)]
pub extern "C" fn tlsql_phase_name(phase: u32) -> *const c_char {
    let found = Phase::ALL.iter().find(|known| phase_number(**known) == phase);
    c_string(found.map_or("UNKNOWN", |phase| phase.name()))
}
