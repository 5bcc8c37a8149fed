//! The library's modules depend on each other in one direction only, and each keeps to its trade.

#[path = "support/rust_code.rs"]
mod rust_code;
#[path = "support/source.rs"]
mod source;

use rust_code::{code, functions, named_behind, names, public_modules, uses, without_tests};
use std::collections::BTreeSet;

/// Modules from the outside in: each may use those of later rows, and of its own row only what
/// `BESIDE` lists.
const ROWS: &[&[&str]] = &[
    &["ffi"],
    &["engine"],
    &["status"],
    &["tls", "packet"],
    &["config", "trust", "fs"],
    &["crypto"],
    &["error", "bytes", "der"],
    &["text"],
];

/// Uses within a row.
const BESIDE: &[(&str, &str)] = &[("config", "fs"), ("config", "trust")];

/// The files of a module from the outside in: each may use those of later rows. Files in a row do
/// not use each other, but for those of a row that is one `Unit`, such as a state and the types
/// that it holds.
const INSIDE: &[(&str, &[Row])] = &[
    (
        "ffi",
        &[
            Apart(&[
                "account",
                "hello",
                "library",
                "packet",
                "peer",
                "resumption",
                "session",
                "step",
            ]),
            Apart(&["conn"]),
            Apart(&["context"]),
            Apart(&["builder"]),
            Apart(&["error"]),
            Apart(&["buffer", "handle", "name"]),
        ],
    ),
    (
        "engine",
        &[
            Apart(&["account", "key_log", "session", "step"]),
            Unit(&[
                "conn",
                "state",
                "client",
                "server",
                "context_choice",
                "handshake",
                "tls",
                "plain",
                "diagnosis",
            ]),
            Apart(&["context"]),
            Apart(&["snapshot", "greeting", "options", "err_packet", "early_bytes"]),
            Apart(&["inbound", "outbox", "tls_session"]),
            Apart(&["io", "peer_proof", "progress"]),
            Apart(&["phase"]),
        ],
    ),
    (
        "config",
        &[
            Apart(&["resolve"]),
            Apart(&["builder"]),
            Apart(&["policy_digest", "replacement"]),
            Apart(&["ineffective", "own_certificate", "generate"]),
            Apart(&["new_certificates"]),
            Apart(&["load", "file_options"]),
            Apart(&["server_fault", "list_dates"]),
            Unit(&[
                "options",
                "unknown_option",
                "mode_aliases",
                "replication",
                "settings",
                "datadir",
                "server_log",
            ]),
            Apart(&["inclusion", "counted_notes"]),
            Apart(&["server_names"]),
            Apart(&["cipher_list", "identity", "version"]),
            Apart(&["value", "cipher_name"]),
            Unit(&["pem", "pem_sections", "encrypted_key"]),
            Apart(&["base64", "cipher", "clock", "fingerprint", "setting", "mode", "note"]),
            Apart(&["file_kind", "option_file", "passphrase"]),
        ],
    ),
    (
        "tls",
        &[
            Apart(&["awaited_hello"]),
            Unit(&["handshake", "negotiated", "traffic", "own_records", "rustls_records"]),
            Apart(&["resumption", "intake"]),
            Apart(&["config", "hello", "kx_scheme", "unbuffered", "post"]),
            Apart(&["kernel", "session_keeper", "saved_session"]),
            Apart(&["session_cache"]),
            Apart(&["client_policy"]),
            Apart(&[
                "verifier",
                "credentials",
                "secret_log",
                "session_store",
                "ticket",
                "server_sessions",
            ]),
            Apart(&["session_stamp", "ticket_keys"]),
            Apart(&["chain", "checks"]),
            Apart(&["cert_request", "chain_cache", "strict", "session_ticket"]),
            Apart(&["error"]),
            Apart(&["alert"]),
            Apart(&["record", "server_name", "peer_chain", "clear_messages", "key_log"]),
        ],
    ),
    (
        "packet",
        &[
            Apart(&["ssl_request"]),
            Apart(&["greeting", "err"]),
            Apart(&["header", "capability", "errno", "other_protocol"]),
        ],
    ),
    (
        "trust",
        &[
            Apart(&["account", "names_digest", "own_certificate"]),
            Apart(&["path", "explain"]),
            Apart(&["check", "window"]),
            Apart(&["revocation"]),
            Apart(&["store"]),
            Apart(&["crl"]),
            Apart(&["revoked_serials", "refusal"]),
            Unit(&["certificate", "extensions", "authority_key_id"]),
            Apart(&["name_constraints", "host", "budget"]),
            Apart(&["subtree", "distribution_point", "policy"]),
            Apart(&["general_name", "raw_extension", "x509_error"]),
            Apart(&["one_line"]),
            Apart(&["dn", "span", "time"]),
            Apart(&["short_name", "crl_builder", "require_clause"]),
        ],
    ),
    (
        "crypto",
        &[
            Apart(&["certificate_signature", "handshake_signature", "key", "dhe"]),
            Apart(&["key_name", "legacy_rsa", "dh_group", "new_key"]),
            Apart(&["public_key", "dh_modulus", "dh_primes"]),
            Apart(&["explicit_curve", "pss", "encrypted_key"]),
            Apart(&["algorithm_id", "integer", "ecdhe", "recognised", "sealing", "transcript"]),
            Apart(&["early_secret", "record_keys", "stack", "ticket_key"]),
            Apart(&["aead"]),
        ],
    ),
];

enum Row {
    Apart(&'static [&'static str]),
    Unit(&'static [&'static str]),
}
use Row::{Apart, Unit};

#[test]
fn every_module_has_its_row() {
    let found: BTreeSet<_> = source::all().iter().map(|(path, _)| module(path)).collect();
    let mut expected: BTreeSet<_> =
        ROWS.iter().copied().flatten().map(|m| (*m).to_owned()).collect();
    expected.insert("lib".to_owned());
    assert_eq!(found, expected);
}

#[test]
fn dependencies_run_one_way() {
    let mut wrong = Vec::new();
    for (path, text) in source::all() {
        let from = module(&path);
        if from == "lib" {
            continue;
        }
        for to in uses(&code(&text)) {
            let beside = BESIDE.contains(&(from.as_str(), to.as_str()));
            if from != to && row(&to) <= row(&from) && !beside {
                wrong.push(format!("{path} uses crate::{to}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_file_of_a_room_has_its_row() {
    for (room, rows) in INSIDE {
        let inside = source::all().into_iter().filter(|(path, _)| module(path) == *room);
        let found: BTreeSet<_> = inside.map(|(path, _)| file(&path)).collect();
        let rows = rows.iter().flat_map(Row::files);
        let mut expected: BTreeSet<_> = rows.map(|name| (*name).to_owned()).collect();
        expected.insert("mod".to_owned());
        assert_eq!(found, expected, "{room}");
    }
}

#[test]
fn files_of_a_room_use_each_other_one_way() {
    let mut wrong = Vec::new();
    for (room, rows) in INSIDE {
        let place = |name: &str| rows.iter().position(|row| row.files().contains(&name));
        for (path, text) in source::all() {
            let from = file(&path);
            if module(&path) != *room || from == "mod" {
                continue;
            }
            for to in siblings(room, &path, &code(without_tests(&text))) {
                let Some(below) = place(&to).filter(|_| from != to) else { continue };
                let above = place(&from).unwrap_or_else(|| panic!("{path} has no row"));
                let in_unit = below == above && matches!(rows[above], Unit(_));
                if below < above || (below == above && !in_unit) {
                    wrong.push(format!("{path} uses {to}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// MySQL's error numbers have names, and the names one file; the error table has them as data.
#[test]
fn error_numbers_of_mysql_are_in_one_file() {
    let all = source::all();
    let (_, home) = all.iter().find(|(path, _)| path == "packet/errno.rs").unwrap();
    let values = home.lines().filter_map(|line| line.split(": u16 = ").nth(1));
    let values: Vec<_> = values.map(|value| value.trim_end_matches(';')).collect();
    assert!(values.len() > 5, "{values:?}");
    for (path, text) in &all {
        if matches!(path.as_str(), "packet/errno.rs" | "error/table.rs") {
            continue;
        }
        let text = code(without_tests(text));
        let found: Vec<_> = values.iter().filter(|value| names(&text, value)).collect();
        assert!(found.is_empty(), "{path} has {found:?}");
    }
}

#[test]
fn modules_beside_each_other_make_no_circle() {
    for (from, to) in BESIDE {
        assert!(!BESIDE.contains(&(*to, *from)), "{from} and {to}");
        assert_eq!(row(from), row(to));
    }
    for (path, text) in source::all() {
        let text = code(&text);
        match module(&path).as_str() {
            "packet" => assert!(!names(&text, "tls"), "{path} names tls"),
            "tls" => assert!(!names(&text, "packet"), "{path} names packet"),
            _ => {}
        }
    }
}

#[test]
fn only_tls_and_crypto_name_rustls_and_ring() {
    for (path, text) in source::all() {
        let allowed = matches!(module(&path).as_str(), "tls" | "crypto");
        for library in ["rustls", "ring", "webpki", "aws_lc_rs"] {
            assert!(allowed || !names(&code(&text), library), "{path} names {library}");
        }
    }
}

/// Rooms inside a module: what one file alone may name, where the rest must go through it.
const ROOMS: &[(&str, &[&str])] = &[
    // rustls' next version replaces this interface.
    ("UnbufferedStatus", &["tls/unbuffered.rs", "tls/unbuffered/traffic.rs"]),
    ("ConnectionState", &["tls/unbuffered.rs", "tls/unbuffered/traffic.rs"]),
    // The record layer in use is chosen in one file.
    ("rustls_records", &["tls/mod.rs", "tls/traffic.rs"]),
    ("own_records", &["tls/mod.rs", "tls/traffic.rs"]),
    // The records' AEADs are chosen in one file.
    ("aws_lc_rs", &["crypto/aead.rs"]),
    ("ring::aead", &["crypto/aead.rs", "crypto/ticket_key.rs"]),
    // Secrets leave rustls in one place.
    ("impl KeyLog", &["tls/secret_log.rs"]),
    // Alert records in clear are made by one function.
    ("LEGACY_VERSION", &["tls/alert.rs"]),
    // The rule on early bytes stands in one file, and its table row.
    ("EarlyBytes::default", &["engine/early_bytes.rs", "engine/client.rs", "engine/handshake.rs"]),
    ("Code::EarlyBytes", &["engine/early_bytes.rs", "engine/step.rs"]),
    // A verifier and a resolver are made once for a context.
    ("PeerVerifier {", &["tls/verifier.rs", "tls/config.rs"]),
    ("ClientCertResolver(", &["tls/credentials.rs", "tls/config.rs"]),
    // One place tells a misuse from a failure.
    ("is_misuse()", &["engine/step.rs", "ffi/builder.rs"]),
];

#[test]
fn what_has_a_room_of_its_own_stays_there() {
    for (word, files) in ROOMS {
        let all = source::all();
        let found = all.iter().filter(|(_, text)| code(without_tests(text)).contains(word));
        let found: Vec<_> = found.map(|(path, _)| path.as_str()).collect();
        let outside: Vec<_> = found.iter().filter(|path| !files.contains(path)).collect();
        assert!(outside.is_empty(), "{word} stands in {outside:?}");
        assert!(!found.is_empty(), "nothing names {word} any more");
    }
    for (path, text) in source::all() {
        assert!(!without_tests(&text).contains("[21, 3, "), "{path} has an alert as bytes");
    }
}

/// Other code uses the row's constant, or its field, so that a misspelt option does not compile.
#[test]
fn the_table_of_options_alone_knows_their_names() {
    for (path, text) in source::all() {
        for option in tlsql::OPTIONS {
            let literal = format!("\"{}\"", option.name);
            let known = path == "config/options.rs" || !without_tests(&text).contains(&literal);
            assert!(known, "{path} has {literal}");
        }
    }
}

/// Options whose parser takes nothing but the behaviour that there is anyway: a note or a refusal of
/// the parser is all that they do, and no field has to be read.
const NEVER_READ: &[&str] =
    &["ssl_fips_mode", "ssl_session_data", "ssl_session_data_continue_on_failed_reuse"];

/// An option that is parsed and then forgotten would be dropped in silence.
#[test]
fn every_option_is_read_beside_its_row() {
    let all = source::all();
    let code: Vec<_> = all.iter().map(|(path, text)| (path, code(without_tests(text)))).collect();
    for option in tlsql::OPTIONS {
        let is_read = code.iter().any(|(path, text)| reads_field(path, text, option.name));
        let expected = !NEVER_READ.contains(&option.name);
        assert_eq!(is_read, expected, "whether any code reads the field {}", option.name);
    }
    let names: Vec<_> = tlsql::OPTIONS.iter().map(|option| option.name).collect();
    assert!(NEVER_READ.iter().all(|name| names.contains(name)), "{NEVER_READ:?}");
    assert!(!reads_field("config/load.rs", "options.ssl_cert;", "ssl_ca"), "another field");
}

/// Fields of `Options` are read as `options.ssl_ca`, by its own methods as `self.ssl_ca`.
fn reads_field(path: &str, code: &str, name: &str) -> bool {
    let owner = if path == "config/options.rs" { "self" } else { "options" };
    let field = format!("{owner}.{name}");
    let after = |at: usize| code[at + field.len()..].chars().next();
    let ends = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    code.match_indices(&field).any(|(at, _)| ends(after(at)))
}

#[test]
fn a_connection_keeps_no_flags() {
    let all = source::all();
    let (_, text) = all.iter().find(|(path, _)| path == "engine/conn.rs").unwrap();
    let (_, fields) = text.split_once("pub struct Conn {").unwrap();
    let (fields, _) = fields.split_once("\n}").unwrap();
    assert!(fields.contains("state: State,"), "{fields}");
    assert!(!fields.contains("bool"), "what belongs to one phase lives in its state: {fields}");
    assert!(text.lines().count() < 250);
}

#[test]
fn only_ffi_is_unsafe() {
    for (path, text) in source::all() {
        let is_ffi = module(&path) == "ffi";
        assert!(is_ffi || !names(&code(&text), "unsafe"), "{path} is unsafe");
    }
    let (_, root) = source::all().into_iter().find(|(path, _)| path == "lib.rs").unwrap();
    assert!(root.contains("#![deny(unsafe_code)]"));
    assert_eq!(root.matches("allow(unsafe_code").count(), 1, "for ffi");
}

#[test]
fn only_fs_opens_files_and_nothing_opens_sockets_or_threads() {
    for (path, text) in source::all() {
        let text = code(&text);
        assert!(module(&path) == "fs" || !text.contains("std::fs"), "{path} names std::fs");
        for part in ["TcpStream", "TcpListener", "UdpSocket", "UnixStream", "std::thread", "sleep("]
        {
            assert!(!text.contains(part), "{path} names {part}");
        }
    }
}

#[test]
fn files_are_short() {
    for (path, text) in source::all() {
        let lines = text.lines().count();
        assert!(lines < 600, "{path} has {lines} lines");
    }
}

/// Functions that are longer than the rest may be, with their lines at most.
const LONG: &[(&str, &str, usize)] = &[
    // The contract of the step: its four buffers are checked one by one.
    ("ffi/step.rs", "tlsql_conn_step", 60),
    // rustls' states, one arm for each.
    ("tls/unbuffered.rs", "run", 60),
    // Each kind of record that a peer sends.
    ("engine/tls.rs", "read_records", 60),
];

#[test]
fn functions_are_short() {
    let mut count = 0;
    for (path, text) in source::all() {
        for (name, lines) in functions(&text) {
            let known = LONG.iter().find(|row| (row.0, row.1) == (path.as_str(), name.as_str()));
            let most = known.map_or(50, |row| row.2);
            assert!(lines <= most, "{path}: {name} has {lines} lines");
            count += 1;
        }
    }
    assert!(count > 1000, "{count} functions were read");
}

/// A user of the library gets the C ABI as a module and all else by name. The feature `internals`
/// opens further modules to the tests, fuzz targets and benches of this package, and is off unless
/// they switch it on.
#[test]
fn only_ffi_is_a_public_module_without_internals() {
    let (_, root) = source::all().into_iter().find(|(path, _)| path == "lib.rs").unwrap();
    assert_eq!(public_modules(&root), ["ffi"]);
    let manifest = source::read("Cargo.toml");
    assert!(manifest.contains("\ndefault = [\"generate\"]\n"), "the default features");
    assert!(manifest.contains("\ninternals = []\n"));
}

/// The example is compiled along with the tests, so that the compiler lets it see the internals.
#[test]
fn the_example_uses_no_internals() {
    let example = code(&source::read("examples/client.rs"));
    let inner = ROWS.iter().copied().flatten();
    let named: Vec<_> = inner.filter(|m| example.contains(&format!("tlsql::{m}"))).collect();
    assert!(named.is_empty(), "{named:?}");
}

#[test]
fn the_readers_of_this_test_read() {
    let text =
        "use crate::{bytes, error::{Code}};\nlet x = crate::tls::f(\"crate::no\"); // crate::no";
    let found: Vec<_> = uses(&code(text)).into_iter().collect();
    assert_eq!(found, ["bytes", "error", "tls"]);
    assert!(names("use rustls::x", "rustls") && !names("rustls_pki_types", "rustls"));
    let root = "#[cfg(feature = \"internals\")]\npub mod a;\n#[doc(hidden)]\npub mod b;\nmod c;\n\
                pub mod d {}";
    assert_eq!(public_modules(root), ["b", "d"]);

    let text = "use super::{a, b::{C, D}, e};\nuse crate::room::f;\n#[cfg(test)]\nmod tests {\n\
                use super::g; }";
    let found: Vec<_> = siblings("room", "room/x.rs", without_tests(text)).into_iter().collect();
    assert_eq!(found, ["a", "b", "e", "f"]);
    let text = "use super::a;\nuse super::super::b;";
    let found: Vec<_> = siblings("room", "room/x/y.rs", text).into_iter().collect();
    assert_eq!(found, ["b"]);

    let text = "impl X {\n    pub fn a(\n    ) {\n        if b {\n        }\n    }\n}\n\
                unsafe extern \"C\" fn c() {\n}\n// of fn d\n";
    assert_eq!(functions(text), [("a".to_owned(), 5), ("c".to_owned(), 2)]);
}

/// The module that a file belongs to.
fn module(path: &str) -> String {
    path.split(['/', '.']).next().unwrap_or(path).to_owned()
}

/// The file, or the folder, in a module that a path leads to.
fn file(path: &str) -> String {
    path.split(['/', '.']).nth(1).unwrap_or(path).to_owned()
}

impl Row {
    fn files(&self) -> &'static [&'static str] {
        match self {
            Apart(files) | Unit(files) => files,
        }
    }
}

/// The names that code in this file takes from its room's `mod.rs` or the files beside it.
fn siblings(room: &str, path: &str, code: &str) -> BTreeSet<String> {
    let up = "super::".repeat(path.matches('/').count());
    let mut found = named_behind(&format!("crate::{room}::"), code);
    found.extend(named_behind(&up, code));
    found
}

fn row(module: &str) -> usize {
    let found = ROWS.iter().position(|row| row.contains(&module));
    found.unwrap_or_else(|| panic!("no module {module}"))
}
