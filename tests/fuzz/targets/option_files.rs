//! Option files of any bytes, one that may include another, beside values that the program sets. What
//! is refused leaves no trace, the order of the calls does not matter, and no file lowers the mode.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use tlsql::{Builder, Code, Context, Error, OPTIONS, OptionFileReader, Role};

use super::cursor::Cursor;
use super::heap;

/// Bit 0 of the first byte is the role, bits 1 to 3 the number of the program's calls, each an
/// option's and a value's number. Then a size and the included file, and the file itself; in both
/// `@` stands for the directory.
pub fn run(data: &[u8]) {
    let mut script = Cursor::new(data);
    let first = script.u8();
    let role = if first & 1 == 0 { Role::Client } else { Role::Server };
    let calls: Vec<_> =
        (0..first >> 1 & 7).map(|_| (script.pick(&NAMES), script.pick(&VALUES))).collect();
    let files = Files::new(script.bytes(), script.rest());
    let mut own = Builder::new(role);
    for (name, value) in &calls {
        let _ = own.set(name, value);
    }
    list(&files);
    let before = state(&own);
    let mut layered = Builder::new(role);
    for (name, value) in &calls {
        let _ = layered.set(name, value);
    }
    match files.read(&mut layered) {
        Err(error) => {
            check(&error, &files);
            assert_eq!(state(&layered), before, "a refused file changed something");
        }
        Ok(()) => {
            in_other_order(role, &calls, &files, &state(&layered));
            keeps_its_mode(&own, &layered);
        }
    }
    for note in layered.notes() {
        assert!(!note.text.contains(char::is_control), "{note:?}");
    }
}

/// Reads the file as the parser of all options does: what is found is no longer than the file.
fn list(files: &Files) {
    let mut found = 0;
    let before = heap::live();
    let listed = OptionFileReader::new(&["client", "mysqld"], |option| {
        let line = option.line;
        found += line.name.len() + line.value.map_or(0, |value| value.text().len());
        Ok(())
    })
    .read(&files.path);
    // The included file may be named in each line.
    assert!(found <= files.len * (1 + files.len), "{found} of {}", files.len);
    drop(listed);
    assert_eq!(heap::live(), before, "what a reader held is given back");
}

/// The program's calls behind the file, where that takes them, come to the same.
fn in_other_order(role: Role, calls: &[(&str, &str)], files: &Files, expected: &[String]) {
    let mut builder = Builder::new(role);
    if files.read(&mut builder).is_err() {
        return;
    }
    for (name, value) in calls {
        let _ = builder.set(name, value);
    }
    assert_eq!(state(&builder), expected, "of {calls:?}");
}

/// Compares the mode of what the program set alone with that beside the file. Files that are named
/// are not loaded, and then there is no context.
fn keeps_its_mode(own: &Builder, layered: &Builder) {
    const MODES: [&str; 5] = ["DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"];
    let mode = |builder: &Builder| {
        let context = Context::new(builder).ok()?;
        MODES.iter().position(|mode| context.value("ssl_mode").as_deref() == Some(*mode))
    };
    if let (Some(own), Some(layered)) = (mode(own), mode(layered)) {
        assert!(layered >= own || own <= 1, "{} for {}", MODES[layered], MODES[own]);
    }
}

fn check(error: &Error, files: &Files) {
    assert_eq!(error.mysql_errno(), 2026, "{error}");
    let message = error.message();
    assert!(!message.contains(char::is_control), "{message:?}");
    let is_ours = matches!(
        error.code,
        Code::OptionFile
            | Code::OptionSyntax
            | Code::OptionInclude
            | Code::OptionName
            | Code::OptionValue
            | Code::NoVersion
            | Code::NoCipher
    );
    assert!(is_ours, "{error}");
    // A detail that is too long loses its middle, and the file's path ends it.
    let name = files.dir.file_name().and_then(|name| name.to_str()).unwrap();
    assert!(message.contains(name) && message.contains(".cnf, line "), "{message}");
}

/// Every value, and what is noted.
fn state(builder: &Builder) -> Vec<String> {
    let own = |option: &&&tlsql::OptionSpec| option.roles.contains(&builder.role());
    let names = OPTIONS.iter().filter(own).map(|option| option.name);
    let values = names.map(|name| format!("{name}={}", builder.get(name).unwrap()));
    values.chain(builder.notes().iter().map(|note| note.text.clone())).collect()
}

struct Files {
    dir: PathBuf,
    path: String,
    len: usize,
}

impl Files {
    fn new(included: &[u8], main: &[u8]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("tlsql-fuzz-options-{}-{number}", std::process::id());
        let dir = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&dir).unwrap();
        let at = format!("{}/", dir.display()).into_bytes();
        let write = |name: &str, content: &[u8]| {
            let content: Vec<u8> = content
                .iter()
                .flat_map(|byte| if *byte == b'@' { &at[..] } else { std::slice::from_ref(byte) })
                .copied()
                .collect();
            std::fs::write(dir.join(name), &content).unwrap();
            content.len()
        };
        let len = write("b.cnf", included) + write("my.cnf", main);
        let path = text(&dir.join("my.cnf"));
        Self { dir, path, len }
    }

    fn read(&self, builder: &mut Builder) -> Result<(), Error> {
        builder.read_options(&self.path, "client,mysqld")
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// Their places are written in scripts.
pub const NAMES: [&str; 13] = [
    "ssl_mode",
    "ssl",
    "ssl_verify_server_cert",
    "ssl_ca",
    "ssl_fp",
    "ssl_cert",
    "tls_version",
    "ssl_cipher",
    "tlsql_channel",
    "datadir",
    "tlsql_peer_proof",
    "require_secure_transport",
    "tlsql_on_config_error",
];

pub const VALUES: [&str; 13] = [
    "ON",
    "OFF",
    "DISABLED",
    "PREFERRED",
    "REQUIRED",
    "VERIFY_CA",
    "VERIFY_IDENTITY",
    "TLSv1.2",
    "HIGH",
    "mysql_admin",
    "/nonexistent",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "disable",
];
