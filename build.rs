//! SONAME, versions of the libraries inside, and the header route.

use std::env;
use std::fs;
use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=Cargo.lock");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libtlsql.so.0");
    }
    let root = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let lock = fs::read_to_string(Path::new(&root).join("Cargo.lock")).unwrap_or_default();
    for name in ["rustls", "ring"] {
        let version = locked(&lock, name).unwrap_or("unknown");
        println!("cargo:rustc-env=TLSQL_{}_VERSION={version}", name.to_uppercase());
    }
    #[cfg(feature = "header")]
    header::generate(Path::new(&root));
}

/// The version that Cargo.lock holds of a package.
fn locked<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let start = lock.find(&format!("\nname = \"{name}\"\n"))?;
    let (_, rest) = lock.get(start..)?.split_once("version = \"")?;
    rest.split('"').next()
}

#[cfg(feature = "header")]
#[allow(dead_code, reason = "the library uses all of it")]
#[path = "src/error/table.rs"]
mod table;

#[cfg(feature = "header")]
mod header {
    use std::path::{Path, PathBuf};
    use std::{env, fs};

    use cbindgen::{Builder, Config};

    use crate::table;

    /// The ABI, in the header's order.
    const FILES: &[&str] =
        &["library", "error", "builder", "context", "conn", "step", "packet", "session", "peer"];

    /// Writes tlsql.h, and tlsql_cdef.h for readers without a preprocessor.
    pub fn generate(root: &Path) {
        println!("cargo:rerun-if-changed=src");
        println!("cargo:rerun-if-changed=include");
        println!("cargo:rerun-if-changed=cbindgen.toml");
        println!("cargo:rerun-if-env-changed=TLSQL_HEADER_DIR");
        let dir = env::var_os("TLSQL_HEADER_DIR").map_or(root.join("include"), PathBuf::from);
        let config = Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml");

        let mut header = config.clone();
        let extra = header.after_includes.take().unwrap_or_default();
        header.after_includes = Some(format!("{}{extra}{}", versions("u"), codes(true)));
        write(&dir.join("tlsql.h"), &unsigned(&text(root, header)));

        let mut plain = config;
        plain.header = Some("/* tlsql.h for readers without a preprocessor.  TLSQL_ANY_ROOM is the largest size_t. */".to_owned());
        plain.after_includes = Some(format!("{}{}", versions(""), codes(false)));
        plain.include_guard = None;
        plain.cpp_compat = false;
        plain.no_includes = true;
        plain.sys_includes.clear();
        plain.documentation = false;
        plain.function.prefix = None;
        write(&dir.join("tlsql_cdef.h"), &text(root, plain));
    }

    fn text(root: &Path, config: Config) -> String {
        let mut out = Vec::new();
        let sources = FILES.iter().map(|name| root.join(format!("src/ffi/{name}.rs")));
        let builder = sources.fold(Builder::new().with_config(config), Builder::with_src);
        builder.generate().expect("cbindgen").write(&mut out);
        one_line(&String::from_utf8(out).expect("UTF-8"))
    }

    /// A comment of one line takes one line.
    fn one_line(text: &str) -> String {
        let lines: Vec<&str> = text.lines().collect();
        let mut out = String::new();
        let mut i = 0;
        while let Some(line) = lines.get(i) {
            let body = lines.get(i + 1).and_then(|next| next.trim_start().strip_prefix("* "));
            let end = lines.get(i + 2).is_some_and(|next| next.trim() == "*/");
            match body {
                Some(body) if line.trim() == "/**" && end => {
                    out.push_str(&format!("{line} {body} */\n"));
                    i += 3;
                }
                _ => {
                    out.push_str(&format!("{line}\n"));
                    i += 1;
                }
            }
        }
        out
    }

    fn write(path: &Path, text: &str) {
        if fs::read_to_string(path).ok().as_deref() != Some(text) {
            fs::write(path, text).expect("header directory");
        }
    }

    fn versions(suffix: &str) -> String {
        let part = |name: &str| env::var(format!("CARGO_PKG_VERSION_{name}")).unwrap_or_default();
        let (major, minor, patch) = (part("MAJOR"), part("MINOR"), part("PATCH"));
        let number = |text: &str| text.parse::<u32>().expect("a version number");
        let packed = number(&major) << 16 | number(&minor) << 8 | number(&patch);
        format!(
            "#define TLSQL_VERSION_MAJOR {major}\n#define TLSQL_VERSION_MINOR {minor}\n\
             #define TLSQL_VERSION_PATCH {patch}\n\
             /** major << 16 | minor << 8 | patch */\n\
             #define TLSQL_VERSION_NUMBER {packed}{suffix}\n\
             /** Compare with tlsql_abi_version(). */\n\
             #define TLSQL_ABI_VERSION 0{suffix}\n"
        )
    }

    /// Bits and sizes are unsigned in C.
    fn unsigned(text: &str) -> String {
        let mut out = String::new();
        for line in text.lines() {
            let is_code = line.contains("TLSQL_E_") || line.contains("TLSQL_OK");
            let is_part = ["TLSQL_VERSION_", "TLSQL_MESSAGE_SIZE", "TLSQL_OPTION_SIZE"]
                .iter()
                .any(|part| line.contains(part));
            let ends_in_digit = line.ends_with(|c: char| c.is_ascii_digit());
            let constant = line.starts_with("#define TLSQL_") && ends_in_digit;
            let suffix = if constant && !is_code && !is_part { "u" } else { "" };
            out.push_str(&format!("{line}{suffix}\n"));
        }
        out
    }

    /// The error table as constants; a reader without a preprocessor takes no parentheses.
    fn codes(parentheses: bool) -> String {
        let mut text = String::from(
            "\n/* Codes: values never change or get reused.  docs/errors.md explains each. */\n\
             #define TLSQL_OK 0\n",
        );
        for row in table::TABLE {
            let (name, number) = (row.name, row.code.number());
            text.push_str(&match parentheses {
                true => format!("#define {name} ({number})\n"),
                false => format!("#define {name} {number}\n"),
            });
        }
        text
    }
}
