//! SONAME, versions of the libraries inside, and the header route.

use std::env;
use std::fs;
use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=Cargo.lock");
    println!("cargo:rerun-if-env-changed=TLSQL_PACKED_RELOCATIONS");
    println!("cargo:rerun-if-env-changed=TLSQL_FOLDED_FUNCTIONS");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libtlsql.so.0");
        // A thread that ends frees what AWS-LC keeps for it, also after a dlclose().
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
        // Full RELRO, also where rustc is told -C relro-level=partial: see the Makefile.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,relro,-z,now");
        if env::var("TLSQL_PACKED_RELOCATIONS").as_deref() == Ok("1") {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-z,pack-relative-relocs");
        }
        if env::var("TLSQL_FOLDED_FUNCTIONS").as_deref() == Ok("1") {
            println!("cargo:rustc-cdylib-link-arg=-Wl,--icf=all");
        }
    }
    let root = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let lock = fs::read_to_string(Path::new(&root).join("Cargo.lock")).unwrap_or_default();
    let mut libraries = vec!["rustls", "ring"];
    if cfg!(feature = "aws-lc-rs") {
        libraries.push("aws-lc-rs");
    }
    let named = |name: &&str| format!("{name}/{}", locked(&lock, name).unwrap_or("unknown"));
    let libraries: Vec<String> = libraries.iter().map(named).collect();
    println!("cargo:rustc-env=TLSQL_LIBRARIES={}", libraries.join(" "));
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

    /// The ABI, in the header's order: each file of src/ffi/ is a section, and needs no type of a
    /// later one.
    const SECTIONS: &[(&str, &str)] = &[
        ("library", "Versions and names"),
        ("error", "Errors"),
        ("builder", "Settings"),
        ("context", "Settings in force"),
        ("conn", "Connections"),
        ("step", "The step"),
        ("packet", "MySQL packets"),
        ("hello", "A context by the name in the ClientHello"),
        ("session", "What was negotiated"),
        ("resumption", "Sessions of a client"),
        ("peer", "Who the peer is"),
        ("account", "Who may log in"),
    ];

    /// The first code of each group.
    const GROUPS: &[(i32, &str)] = &[
        (-1, "Wrong calls: they change nothing and are not remembered."),
        (-20, "Settings."),
        (-50, "MySQL packets and transport."),
        (-80, "TLS."),
        (-120, "Certificates."),
        (-150, "Accounts."),
    ];

    /// Constants that are bits: hexadecimal in C.
    const BITS: &[&str] = &["TLSQL_ERROR_", "TLSQL_VERIFY_", "TLSQL_WANT_", "TLSQL_EVENT_"];

    /// Constants that are signed in C, as sizes of arrays and what programs print with %d.
    const SIGNED: &[&str] = &["TLSQL_MESSAGE_SIZE", "TLSQL_OPTION_SIZE"];

    /// Writes tlsql.h, and tlsql_cdef.h for readers without a preprocessor.
    pub fn generate(root: &Path) {
        println!("cargo:rerun-if-changed=src");
        println!("cargo:rerun-if-changed=include");
        println!("cargo:rerun-if-changed=cbindgen.toml");
        println!("cargo:rerun-if-env-changed=TLSQL_HEADER_DIR");
        let dir = env::var_os("TLSQL_HEADER_DIR").map_or(root.join("include"), PathBuf::from);
        let config = Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml");
        write(&dir.join("tlsql.h"), &for_c(root, config.clone()));
        write(&dir.join("tlsql_cdef.h"), &for_readers(root, config));
    }

    fn for_c(root: &Path, mut config: Config) -> String {
        let opening = config.header.take().unwrap_or_default();
        let macros = config.after_includes.take().unwrap_or_default();
        format!(
            "{}\n\n#ifndef TLSQL_H\n#define TLSQL_H\n\n#include <stddef.h>\n#include <stdint.h>\n\n\
             {}{}\n#ifdef __cplusplus\nextern \"C\" {{\n#endif\n{}\n\
             #ifdef __cplusplus\n}}\n#endif\n\n#endif /* TLSQL_H */\n",
            opening.trim(),
            [versions("u").as_str(), "\n", macros.trim(), "\n"].concat(),
            [banner("Codes"), codes()].concat(),
            sections(root, config, constant_of_c),
        )
    }

    fn for_readers(root: &Path, mut config: Config) -> String {
        config.header = None;
        config.after_includes = None;
        config.documentation = false;
        config.function.prefix = None;
        let codes: String = table::TABLE
            .iter()
            .map(|row| format!("#define {} {}\n", row.name, row.code.number()))
            .collect();
        format!(
            "/* tlsql.h without a preprocessor; TLSQL_ANY_ROOM is the largest size_t. */\n\n\
             {}\n#define TLSQL_OK 0\n{codes}{}",
            versions(""),
            sections(root, config, |item| item),
        )
    }

    /// The items of each file of the ABI in its own order, under a banner.
    fn sections(root: &Path, config: Config, constant: fn(String) -> String) -> String {
        let read = |file: &str| fs::read_to_string(path(root, file)).expect("a file of src/ffi/");
        let sources: Vec<_> = SECTIONS.iter().map(|(file, _)| read(file)).collect();
        let mut items: Vec<_> = generated(root, config)
            .into_iter()
            .map(|item| {
                let name = name(&item);
                let at = |source: &String| source.find(&declaration(&name));
                let places = sources.iter().map(at).enumerate();
                let mut places = places.filter_map(|(file, at)| Some((file, at?)));
                let place = places.next().unwrap_or_else(|| panic!("{name} is in no section"));
                (place, constant(one_line(&item)))
            })
            .collect();
        items.sort();
        let mut out = String::new();
        let mut last = None;
        for ((file, _), item) in items {
            if last != Some((file, true)) && last != Some((file, false)) {
                out.push_str(&banner(SECTIONS[file].1));
                last = None;
            }
            // Constants with a comment of one line stand together.
            let is_short = item.contains("#define ") && item.lines().count() <= 2;
            out.push_str(if is_short && last == Some((file, true)) { "" } else { "\n" });
            out.push_str(&format!("{item}\n"));
            last = Some((file, item.contains("#define ")));
        }
        out
    }

    /// What cbindgen makes: constants, types and functions, each with its comment.
    fn generated(root: &Path, config: Config) -> Vec<String> {
        let mut out = Vec::new();
        let sources = SECTIONS.iter().map(|(file, _)| path(root, file));
        let builder = sources.fold(Builder::new().with_config(config), Builder::with_src);
        builder.generate().expect("cbindgen").write(&mut out);
        let text = String::from_utf8(out).expect("UTF-8");
        text.split("\n\n").map(|item| item.trim().to_owned()).filter(|i| !i.is_empty()).collect()
    }

    fn path(root: &Path, file: &str) -> PathBuf {
        root.join(format!("src/ffi/{file}.rs"))
    }

    /// The name that an item declares.
    fn name(item: &str) -> String {
        let code = item.rsplit("*/\n").next().unwrap_or(item);
        let code = if item.contains("typedef struct") { item } else { code };
        let start = ["#define ", "typedef struct ", "typedef int32_t "]
            .iter()
            .find_map(|lead| Some(code.find(lead)? + lead.len()))
            .unwrap_or_else(|| {
                let end = code.find('(').expect("a constant, a type or a function");
                code[..end].rfind([' ', '*', '\n']).map_or(0, |at| at + 1)
            });
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        code[start..].chars().take_while(|c| is_part(*c)).collect()
    }

    /// How the source begins what has this name: a constant, a struct, a type or a function.
    fn declaration(name: &str) -> String {
        let is_constant = name.starts_with("TLSQL_");
        let is_type =
            ["tlsql_code", "tlsql_error", "tlsql_step", "tlsql_greeting", "tlsql_request"];
        let is_handle =
            ["tlsql_builder", "tlsql_context", "tlsql_conn", "tlsql_session", "tlsql_account"];
        match name {
            _ if is_constant => format!("pub const {name}:"),
            "tlsql_code" => format!("pub type {name} "),
            _ if is_type.contains(&name) => format!("pub struct {name} {{"),
            _ if is_handle.contains(&name) => format!("pub struct {name}("),
            _ => format!(" fn {name}("),
        }
    }

    /// A comment of one line takes one line.
    fn one_line(text: &str) -> String {
        let lines: Vec<&str> = text.lines().collect();
        let mut out = Vec::new();
        let mut i = 0;
        while let Some(line) = lines.get(i) {
            let body = lines.get(i + 1).and_then(|next| next.trim_start().strip_prefix("* "));
            let end = lines.get(i + 2).is_some_and(|next| next.trim() == "*/");
            match body {
                Some(body) if line.trim() == "/**" && end => {
                    out.push(format!("{line} {body} */"));
                    i += 3;
                }
                _ => {
                    out.push((*line).to_owned());
                    i += 1;
                }
            }
        }
        out.join("\n")
    }

    fn write(path: &Path, text: &str) {
        if fs::read_to_string(path).ok().as_deref() != Some(text) {
            fs::write(path, text).expect("header directory");
        }
    }

    fn banner(title: &str) -> String {
        let line = "-".repeat(92usize.saturating_sub(title.len()));
        format!("\n/* {title} {line} */\n")
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

    /// Bits and sizes are unsigned in C, and bits are hexadecimal.
    fn constant_of_c(item: String) -> String {
        let Some((start, number)) = item.rsplit_once(' ').filter(|_| item.contains("#define "))
        else {
            return item;
        };
        let has =
            |names: &[&str]| names.iter().any(|name| start.contains(&format!("#define {name}")));
        let number: u32 = number.parse().expect("a constant's value");
        match (has(BITS), has(SIGNED)) {
            (true, _) => format!("{start} 0x{number:02x}u"),
            (false, true) => format!("{start} {number}"),
            (false, false) => format!("{start} {number}u"),
        }
    }

    /// The error table as constants.
    fn codes() -> String {
        let mut text = String::from(
            "\n/* Values never change or get reused. docs/errors.md explains each. */\n\
             #define TLSQL_OK 0\n",
        );
        for row in table::TABLE {
            let (name, number) = (row.name, row.code.number());
            if let Some((_, group)) = GROUPS.iter().find(|(first, _)| *first == number) {
                text.push_str(&format!("\n/* {group} */\n"));
            }
            let what = row.text.trim_start_matches("SSL connection error: ");
            let what = sentence(&[what, row.clause].concat());
            text.push_str(&format!("/** {what} */\n#define {name} ({number})\n"));
        }
        text
    }

    /// With a capital, but for a name of C in front.
    fn sentence(text: &str) -> String {
        let (first, rest) = text.split_at(1);
        let is_name = text.split(' ').next().is_some_and(|word| word.contains('_'));
        if is_name { text.to_owned() } else { [&first.to_uppercase(), rest].concat() }
    }
}
