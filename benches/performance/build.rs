//! Makes one shared object of each C library behind `c/peer.h`, and the counter of allocations. What
//! cannot be made here gets an empty path and a reason, which the harness prints.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=c");
    println!("cargo:rerun-if-changed=../../include/tlsql.h");
    println!("cargo:rerun-if-changed={OVER_AWS_LC}");
    println!("cargo:rerun-if-env-changed=PATH");
    make("TLSQL", "tlsql", &["-I../../include".into()]);
    match Path::new(OVER_AWS_LC).exists() {
        true => make("AWS_LC", "tlsql", &static_tlsql()),
        false => missing("AWS_LC", "the library with the feature aws-lc-rs was not built"),
    }
    // A compiler that knows malloc makes calloc call itself.
    make("COUNT", "count", &["-fno-builtin".into()]);
    match run(Command::new("pkg-config").args(["--cflags", "--libs", "libssl", "libcrypto"])) {
        Ok(flags) => {
            let flags: Vec<String> = flags.split_whitespace().map(str::to_owned).collect();
            make("SYSTEM", "openssl", &flags);
        }
        Err(why) => missing("SYSTEM", &format!("no OpenSSL headers (libssl-dev): {why}")),
    }
    match env::var("DEP_TLSQL_BENCH_OPENSSL_DIR") {
        Ok(dir) => make("NEWEST", "openssl", &static_openssl(Path::new(&dir))),
        Err(_) => {
            let why = env::var("DEP_TLSQL_BENCH_OPENSSL_MISSING").unwrap_or_default();
            missing("NEWEST", &format!("OpenSSL 3.5 was not built: {why}"));
        }
    }
}

/// Links tlsql into the object and hides its names: a build without the feature lives in the same
/// process.
fn static_tlsql() -> Vec<String> {
    // What rustc names for the archive (--print native-static-libs).
    let libraries = "-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc".split(' ').map(str::to_owned);
    let flags =
        ["-I../../include", "-Wl,--exclude-libs,ALL", "-Wl,-Bsymbolic", "-Wl,--gc-sections"];
    flags.map(str::to_owned).into_iter().chain([OVER_AWS_LC.to_owned()]).chain(libraries).collect()
}

/// Links OpenSSL into the object and hides its names: two versions of it live in one process.
fn static_openssl(dir: &Path) -> Vec<String> {
    let library = |name: &str| dir.join("lib").join(name).display().to_string();
    vec![
        format!("-I{}", dir.join("include").display()),
        "-Wl,--exclude-libs,ALL".into(),
        "-Wl,-Bsymbolic".into(),
        library("libssl.a"),
        library("libcrypto.a"),
        "-lpthread".into(),
        "-ldl".into(),
    ]
}

fn make(name: &str, source: &str, flags: &[String]) {
    let out = PathBuf::from(env::var("OUT_DIR").unwrap());
    let object = out.join(format!("{}.so", name.to_lowercase()));
    let compiler = env::var("CC").unwrap_or_else(|_| "cc".into());
    let mut command = Command::new(compiler);
    command.args(["-std=c99", "-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-o"]).arg(&object);
    command.arg(format!("c/{source}.c")).args(flags);
    match run(&mut command) {
        Ok(_) => {
            println!("cargo:rustc-env=BENCH_{name}={}", object.display());
            println!("cargo:rustc-env=BENCH_{name}_MISSING=");
        }
        Err(why) => missing(name, &format!("c/{source}.c does not compile: {why}")),
    }
}

fn missing(name: &str, why: &str) {
    let line = why.lines().next().unwrap_or_default();
    println!("cargo:warning={line}");
    println!("cargo:rustc-env=BENCH_{name}=");
    println!("cargo:rustc-env=BENCH_{name}_MISSING={line}");
}

/// tlsql with the feature `aws-lc-rs`, where `make bench` has built it.
const OVER_AWS_LC: &str = "../../target/aws-lc/release/libtlsql.a";

fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}
