//! `tlsql-certs DIR` writes the throw-away certificates into DIR.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = std::env::args_os().skip(1).collect::<Vec<_>>();
    let [dir] = arguments.as_slice() else {
        eprintln!("usage: tlsql-certs DIR");
        return ExitCode::from(2);
    };
    let dir = Path::new(dir);
    match tlsql_certs::make_all(dir) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tlsql-certs: {}: {error}", dir.display());
            ExitCode::FAILURE
        }
    }
}
