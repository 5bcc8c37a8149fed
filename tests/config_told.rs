//! What a program is told of its settings: values in force, notes, and what to do after a failure.

mod support;

use support::files::Files;
use support::pki;
use tlsql::{Builder, Code, Context, Error, Note, Role, Severity};

use Role::{Client, Server};

const DISABLE: (&str, &str) = ("tlsql_on_config_error", "disable");
const CERT: (&str, &str) = ("ssl_cert", "server-cert.pem");
const KEY: (&str, &str) = ("ssl_key", "server-key.pem");

#[test]
fn a_server_without_tls_that_demands_it_has_a_note() {
    let text = "require_secure_transport: ON without TLS: only local transports are served, a Unix \
        socket or shared memory";
    for (options, is_noted) in [
        (&[][..], true),
        (&[("ssl", "ON")], true),
        (&[("ssl", "OFF")], true),
        (&[CERT, KEY], false),
    ] {
        let options = [options, &[("require_secure_transport", "1")]].concat();
        let builder = pki::builder(Server, &options).unwrap();
        Context::new(&builder).unwrap();
        let noted: Vec<_> = builder.notes().iter().filter(|note| note.text == text).collect();
        assert_eq!(noted.len(), usize::from(is_noted), "{options:?}: {:?}", builder.notes());
        assert!(noted.iter().all(|note| note.severity == Severity::Warning));
    }
    let mut builder = pki::builder(Server, &[("require_secure_transport", "1")]).unwrap();
    Context::new(&builder).unwrap();
    assert!(!builder.notes().is_empty());
    builder.set_identity(&pki::read(CERT.1), &pki::read(KEY.1)).unwrap();
    assert!(builder.notes().is_empty(), "it has TLS now: {:?}", builder.notes());
}

#[test]
fn a_directory_is_no_option_file_whoever_may_write_it() {
    for mode in [0o755, 0o777] {
        let files = Files::new();
        files.set_mode("", mode);
        let error = Builder::new(Client).read_options(&files.path(""), "client").unwrap_err();
        assert_eq!(error.code, Code::OptionFile, "{mode:o}");
    }
}

#[test]
fn switches_and_numbers_are_shown_as_mysql_shows_them() {
    for (role, name, value, shown) in [
        (Server, "require_secure_transport", "1", "ON"),
        (Server, "auto_generate_certs", "false", "OFF"),
        (Server, "ssl", "true", "ON"),
        (Server, "ssl_session_cache_mode", "0", "OFF"),
        (Server, "ssl_session_cache_timeout", "007", "7"),
        (Client, "ssl_fips_mode", "0", "OFF"),
        (Client, "tlsql_strict", "off", "OFF"),
        (Client, "tlsql_max_chain", "016", "16"),
        (Client, "tlsql_max_handshake_bytes", "0004096", "4096"),
        (Client, "tls_version", "tlsv1.3", "tlsv1.3"),
    ] {
        let context = pki::try_context(role, &[(name, value)]).unwrap();
        assert_eq!(context.value(name).as_deref(), Some(shown), "{name}={value}");
    }
}

#[test]
fn a_context_knows_the_names_of_replication() {
    let options = [("MASTER_SSL", "1"), ("MASTER_SSL_CA", "ca.pem")];
    let verifying = [&options[..], &[("MASTER_SSL_VERIFY_SERVER_CERT", "1")]].concat();
    let ca = pki::path("ca.pem");
    for (options, name, value) in [
        (&options[..], "MASTER_SSL", "1"),
        (&options, "master-ssl-ca", &*ca),
        (&options, "MASTER_SSL_VERIFY_SERVER_CERT", "0"),
        (&verifying, "master_ssl_verify_server_cert", "1"),
        (&[("MASTER_SSL", "0")], "MASTER_SSL", "0"),
        (&[("clone_ssl_ca", "ca.pem")], "clone_ssl_ca", &*ca),
        (&[("group_replication_ssl_mode", "required")], "group_replication_ssl_mode", "REQUIRED"),
        (&[], "group_replication_ssl_mode", "PREFERRED"),
        (
            &[("group_replication_recovery_use_ssl", "ON")],
            "GROUP_REPLICATION_RECOVERY_USE_SSL",
            "1",
        ),
    ] {
        let context = pki::client(options);
        assert_eq!(context.value(name).as_deref(), Some(value), "{name} of {options:?}");
    }
    assert_eq!(pki::client(&[]).value("clone_ssl_crl"), None);
    assert_eq!(pki::server(&[]).value("MASTER_SSL"), None, "a client's");
}

#[test]
fn a_group_that_no_line_can_name_is_refused() {
    let files = Files::new();
    let path = files.write("my.cnf", "[mysqld]\nssl-cert=x\n");
    for groups in ["[mysqld]", "mysqld;server", "mysqld server", "mysqld,x]", "a\tb", "a\nb"] {
        let error = Builder::new(Server).read_options(&path, groups).unwrap_err();
        assert_eq!(error.code, Code::Argument, "{groups:?}");
        assert!(error.message().contains("separate groups by commas"), "{error}");
    }
    let mut builder = Builder::new(Server);
    builder.read_options(&path, " MYSQLD\t, mysqld-8.0 ,server").unwrap();
    assert_eq!(builder.get("ssl_cert").unwrap(), "x");
}

#[test]
fn a_note_of_a_fault_says_what_to_do() {
    let version = "tls_version: TLS is off: TLS version is invalid: ";
    let advice = ". Set tls_version to TLSv1.2, TLSv1.3 or both, separated by a comma";
    let note = fault(&[DISABLE, CERT, KEY, ("tls_version", "TLSv1.1")]);
    assert!(note.text.starts_with(version) && note.text.ends_with(advice), "{}", note.text);
    assert_eq!((note.option, note.os_errno), ("tls_version", 0));
    let note = fault(&[DISABLE, KEY, ("ssl_cert", "/nonexistent/cert.pem")]);
    let what = "ssl_cert: TLS is off: cannot read a file (/nonexistent/cert.pem): No such file or \
        directory (os error 2). Check the path and the permissions, or leave the option out";
    assert_eq!((note.text.as_str(), note.os_errno), (what, 2));
}

#[test]
fn an_option_that_nobody_set_names_no_file() {
    let key = pki::path(KEY.1);
    let error = refused(Server, &[KEY]);
    let what =
        format!("no certificate in it: it is a private key (ssl_key={key}). Set ssl_cert to ");
    assert!(error.message().contains(&what), "{error}");
    assert_eq!((error.code, error.option_name()), (Code::NoCert, Some("ssl_cert")));
    let cert = pki::path(CERT.1);
    let error = refused(Client, &[CERT]);
    let what =
        format!("no private key in it: it is a certificate (ssl_cert={cert}). Set ssl_key to ");
    assert!(error.message().contains(&what), "{error}");
    assert_eq!((error.code, error.option_name()), (Code::NoKey, Some("ssl_key")));
    let files = Files::new();
    let path = files.write("my.cnf", format!("[mysqld]\nssl_key={key}\n"));
    let mut builder = Builder::new(Server);
    builder.read_options(&path, "mysqld").unwrap();
    let error = builder.load_files().unwrap_err();
    assert!(error.message().contains(&format!("({path}, line 2)")), "{error}");
}

#[test]
fn what_keeps_the_data_directory_from_counting_is_named() {
    let directory = pki::dir().to_str().unwrap();
    let builder = pki::builder(Server, &[("datadir", directory), ("ssl_ca", "ca.pem")]).unwrap();
    let error = Context::new(&builder).unwrap_err();
    assert_eq!(error.code, Code::NoCert);
    let advice = "Set ssl_cert to a file that holds the certificate, or leave out ssl_ca: then \
        the files in datadir count.";
    assert!(error.message().ends_with(advice), "{error}");
    let error = Context::new(&pki::builder(Server, &[("ssl_ca", "ca.pem")]).unwrap()).unwrap_err();
    assert!(!error.message().contains("datadir"), "{error}");
}

#[test]
fn a_file_that_was_not_loaded_is_named_with_its_line() {
    let files = Files::new();
    let path = files.write("my.cnf", "[mysqld]\ndatadir=/var/lib/mysql\n");
    let mut builder = Builder::new(Server);
    builder.read_options(&path, "mysqld").unwrap();
    let message = Context::new(&builder).unwrap_err().message();
    let what = format!("File not loaded (datadir=/var/lib/mysql; {path}, line 2). Call ");
    assert!(message.starts_with(&what), "{message}");
}

#[test]
fn what_is_refused_beside_a_fault_is_named() {
    let mut builder = Builder::new(Server);
    builder.set(DISABLE.0, DISABLE.1).unwrap();
    builder.set("tls_version", "TLSv1.1").unwrap();
    for (name, value) in [
        ("tlsql-on-config-error", "abort"),
        ("tlsql_profile", "mariadb"),
        ("tls_certificates_enforced_validation", "ON"),
    ] {
        let error = builder.set(name, value).unwrap_err();
        let what = format!("(tls_version): {}={value} is refused: ", name.replace('-', "_"));
        assert!(error.message().contains(&what), "{error}");
    }
    let error = builder.unset(DISABLE.0).unwrap_err();
    let what = "(tls_version): tlsql_on_config_error=abort is refused: ";
    assert!(error.message().contains(what), "{error}");
    let error = Builder::new(Server).set("tls_version", "TLSv1.1").unwrap_err();
    assert!(!error.message().contains("is refused"), "{error}");
}

#[test]
fn bytes_that_are_refused_are_no_file() {
    let (cert, key) = (pki::read(CERT.1), pki::read(KEY.1));
    let mut builder = Builder::new(Server);
    for (error, advice) in [
        (builder.add_ca(b"x"), "Pass certificates in PEM, or one in DER."),
        (builder.add_ca(&key), "Pass certificates in PEM, or one in DER."),
        (builder.add_crl(b"x"), "Pass X.509 CRLs in PEM, or one in DER."),
        (builder.set_identity(b"x", &key), "Pass the certificate, in PEM or DER, as chain."),
        (
            builder.set_identity(&cert, b"x"),
            "Pass the certificate's private key, in PEM or DER, as key.",
        ),
    ] {
        let error = error.unwrap_err();
        assert!(error.message().ends_with(advice), "{error}");
    }
    // What is known better stays.
    let error = builder.add_ca(b"-----BEGIN TRUSTED CERTIFICATE-----\n").unwrap_err();
    assert!(error.message().contains("openssl x509"), "{error}");
}

#[test]
fn a_line_for_the_other_channel_is_named_by_its_option() {
    let files = Files::new();
    for (name, value) in [
        ("admin_ssl", "ON"),
        ("admin_ssl_ca", "x"),
        ("admin_ssl_capath", "x"),
        ("admin_ssl_cert", "x"),
        ("admin_ssl_cipher", "DEFAULT"),
        ("admin_ssl_crl", "x"),
        ("admin_ssl_crlpath", "x"),
        ("admin_ssl_key", "x"),
        ("admin_tls_ciphersuites", "TLS_AES_128_GCM_SHA256"),
        ("admin_tls_version", "TLSv1.2"),
    ] {
        let path = files.write("my.cnf", format!("[mysqld]\n{name}={value}\n"));
        let mut builder = Builder::new(Server);
        builder.read_options(&path, "mysqld").unwrap();
        let named: Vec<_> = builder.notes().iter().map(|note| note.option).collect();
        assert_eq!(named, [name]);
    }
}

fn refused(role: Role, options: &[(&str, &str)]) -> Error {
    pki::builder(role, options).unwrap_err()
}

/// The note on the cause why a server has no TLS.
fn fault(options: &[(&str, &str)]) -> Note {
    let builder = pki::builder(Server, options).unwrap();
    let mut notes = builder.notes().iter().filter(|note| note.text.contains("TLS is off: "));
    notes.next().unwrap().clone()
}
