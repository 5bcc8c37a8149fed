//! Faults of an option file beside a server's own certificate, after which it never goes on without
//! TLS.

mod support;

use support::{Files, pki};
use tlsql::{Builder, Code, Context, Error, Role};

use Role::Server;

const DISABLE: (&str, &str) = ("tlsql_on_config_error", "disable");
const ABORT: (&str, &str) = ("tlsql_on_config_error", "abort");
const MYSQL8: (&str, &str) = ("tlsql_profile", "mysql8");
const IS_NO_WISH: &str = "tls_version: an empty value has no effect: the program set a certificate";

type Calls = &'static [(&'static str, &'static str)];

/// Calls of a program that has its own certificate, lines of a file, and the warning or the error.
const FAULTS_OF_FILES: &[(Calls, &str, Result<&str, Code>)] = &[
    (
        &[],
        "tlsql_on_config_error=disable",
        Ok("tlsql_on_config_error: disable has no effect: the program set a certificate itself ("),
    ),
    (&[], "tlsql_on_config_error=disable\ntls_version=bogus", Err(Code::NoVersion)),
    (&[], "tlsql_on_config_error=disable\nssl_cipher=BOGUS", Err(Code::NoCipher)),
    (&[], "tlsql_on_config_error=disable\nssl_ca=/nonexistent", Err(Code::File)),
    (&[], "tlsql_on_config_error=disable\nssl_crl=/nonexistent", Err(Code::File)),
    (&[], "tlsql_profile=mysql8\ntls_version=", Ok(IS_NO_WISH)),
    (&[ABORT], "tlsql_profile=mysql8\ntls_version=", Ok(IS_NO_WISH)),
    (&[MYSQL8, ABORT], "tls_version=", Ok(IS_NO_WISH)),
    (&[DISABLE], "tlsql_profile=mysql8\ntls_version=", Ok(IS_NO_WISH)),
    // The program would go on, and not after what is a file's alone.
    (&[DISABLE], "tls_version=bogus", Err(Code::NoVersion)),
    (&[DISABLE], "tls_version=", Err(Code::NoVersion)),
    (&[DISABLE], "ssl_cipher=BOGUS", Err(Code::NoCipher)),
    (&[DISABLE], "ssl_ca=/nonexistent", Err(Code::File)),
    (&[DISABLE], "ssl_crl=/nonexistent", Err(Code::File)),
    (&[DISABLE], "datadir=/nonexistent", Err(Code::File)),
    (&[DISABLE], "tlsql_on_config_error=disable\nssl_ca=/nonexistent", Err(Code::File)),
    // Nor after what is one beside a line of a file only.
    (&[DISABLE, ("tls_ciphersuites", "")], "tls_version=TLSv1.3", Err(Code::NoCipher)),
    (
        &[DISABLE, ("ssl_cipher", "ECDHE-RSA-AES128-GCM-SHA256")],
        "tls_version=TLSv1.2",
        Err(Code::NoCipher),
    ),
];

/// Starts a server that sets its certificate itself; `Ok` has its notes once it has TLS.
fn beside_a_certificate(
    calls: &[(&str, &str)],
    content: &str,
    file_first: bool,
) -> Result<Vec<String>, Error> {
    let files = Files::new();
    let path = files.write("my.cnf", format!("[g]\n{content}\n"));
    let mut builder = Builder::new(Server);
    for (name, value) in calls {
        builder.set(name, value)?;
    }
    if file_first {
        builder.read_options(&path, "g")?;
    }
    builder.set_identity(&pki::read("server-cert.pem"), &pki::read("server-key.pem"))?;
    if !file_first {
        builder.read_options(&path, "g")?;
    }
    builder.load_files()?;
    let context = Context::new(&builder)?;
    assert!(context.has_tls(), "{calls:?} and {content:?}, file first: {file_first}");
    Ok(builder.notes().iter().map(|note| note.text.clone()).collect())
}

/// TLS is on with a warning, or there is an error.
#[test]
fn no_fault_of_a_file_turns_tls_off_beside_the_programs_certificate() {
    for (calls, content, expected) in FAULTS_OF_FILES {
        for file_first in [true, false] {
            let found = beside_a_certificate(calls, content, file_first);
            let is_right = match (&found, expected) {
                (Ok(notes), Ok(note)) => notes.iter().any(|text| text.starts_with(note)),
                (Err(error), Err(code)) => error.code == *code,
                _ => false,
            };
            assert!(is_right, "{calls:?} and {content:?}, file first: {file_first}: {found:?}");
        }
    }
}

/// A file's choice is none for what the program sets.
#[test]
fn a_file_does_not_make_the_programs_own_fault_one_to_go_on_after() {
    for (content, name, value, code) in [
        ("tlsql_on_config_error=disable", "tls_version", "bogus", Code::NoVersion),
        ("tlsql_on_config_error=disable", "ssl_cipher", "BOGUS", Code::NoCipher),
        ("tlsql_profile=mysql8", "tls_version", "", Code::NoVersion),
        ("tlsql_on_config_error=disable", "ssl_ca", "/nonexistent", Code::File),
    ] {
        let files = Files::new();
        let path = files.write("my.cnf", format!("[g]\n{content}\n"));
        let mut builder = Builder::new(Server);
        builder.read_options(&path, "g").unwrap();
        let result = builder.set(name, value).and_then(|()| builder.load_files());
        assert_eq!(result.unwrap_err().code, code, "{content} and {name}={value}");
    }
}

#[test]
fn a_certificate_that_is_refused_beside_a_file_is_not_kept() {
    let files = Files::new();
    let path = files.write("my.cnf", "[g]\ntlsql_on_config_error=disable\ntls_version=bogus\n");
    let mut builder = Builder::new(Server);
    builder.read_options(&path, "g").unwrap();
    let (chain, key) = (pki::read("server-cert.pem"), pki::read("server-key.pem"));
    assert_eq!(builder.set_identity(&chain, &key).unwrap_err().code, Code::NoVersion);
    assert!(!Context::new(&builder).unwrap().has_tls(), "as before");
}
