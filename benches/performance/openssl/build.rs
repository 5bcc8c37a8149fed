//! Builds OpenSSL, or says why it cannot be built here.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=PATH");
    for tool in ["perl", "make"] {
        if !Command::new(tool).arg("--version").output().is_ok_and(|run| run.status.success()) {
            println!("cargo:missing=no {tool}");
            return;
        }
    }
    match std::panic::catch_unwind(|| openssl_src::Build::new().build()) {
        Ok(built) => println!("cargo:dir={}", built.lib_dir().with_file_name("").display()),
        Err(_) => println!("cargo:missing=openssl-src did not build"),
    }
}
