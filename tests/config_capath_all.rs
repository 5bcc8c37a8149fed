//! `tlsql_capath_all`: every PEM file of `ssl_capath` is read, whatever its name.

mod support;

use std::path::Path;

use support::{Schedule, link, pki, run};
use tlsql::{Builder, Code, Context, Note, Role, Severity};

const ALL: (&str, &str) = ("tlsql_capath_all", "ON");
const UNKNOWN: Option<Code> = Some(Code::CertUnknownCa);

#[test]
fn any_name_is_read_with_it_and_none_without() {
    let (ca, other) = (pki::read("ca.pem"), pki::read("other-ca.pem"));
    for name in ["ca.pem", "ca.crt", "ca", "Root CA 1.pem~", "8bcb9849.7", "zertifikat-ä.pem"] {
        let dir = directory("any-name", &[(name, &ca)]);
        let with = client(&[("ssl_capath", &dir), ALL]);
        assert_eq!([met(&with, "server"), met(&with, "other")], [None, UNKNOWN], "{name}");
        assert_eq!(texts(&with), [""; 0], "{name}");
        for off in [&[][..], &[("tlsql_capath_all", "OFF")]] {
            let options = [&[("ssl_capath", dir.as_str())], off].concat();
            assert_eq!(met(&client(&options), "server"), UNKNOWN, "{name}");
        }
    }
    // Of several files, and of several blocks in one.
    let bundle = [&ca[..], b"and\n", &other].concat();
    for files in [&[("a.pem", &ca[..]), ("b.pem", &other)][..], &[("bundle", &bundle)]] {
        let dir = directory("two-authorities", files);
        let with = client(&[("ssl_capath", &dir), ALL]);
        assert_eq!([met(&with, "server"), met(&with, "other")], [None, None]);
    }
    // A server trusts them for client certificates.
    let dir = directory("of-a-server", &[("clients.pem", &ca)]);
    let server = pki::server_as("server", &[("ssl_capath", &dir), ALL]);
    for (name, code) in [("client", None), ("other-client", UNKNOWN)] {
        let (mut client, mut server) = link(&pki::client_as(name, &[]), &server, Schedule::Whole);
        run(&mut client, &mut server);
        assert_eq!(server.error.map(|e| e.code), code, "{name}");
    }
}

#[test]
fn what_is_no_certificate_is_left_out_with_a_note() {
    let (ca, der) = (pki::read("ca.pem"), pki::der(&pki::read("other-ca.pem")));
    let key = pki::read("server-key.pem");
    let dir = directory("others", &[("ca.pem", &ca), ("a.der", &der), ("key.pem", &key)]);
    let builder = client(&[("ssl_capath", &dir), ALL]);
    assert_eq!([met(&builder, "server"), met(&builder, "other")], [None, UNKNOWN]);
    let [note] = builder.notes() else { panic!("{:?}", builder.notes()) };
    assert_eq!((note.severity, note.option), (Severity::Note, "ssl_capath"));
    let words = format!("no certificate in PEM in '{dir}/a.der', left out; 1 more like it");
    assert_eq!(note.text, format!("ssl_capath: {words}"));
}

#[test]
fn a_directory_without_a_certificate_verifies_nobody() {
    for files in [&[][..], &[("README", &b"words"[..])]] {
        let dir = directory("nobody", files);
        let builder = client(&[("ssl_capath", &dir), ALL]);
        assert_eq!(met(&builder, "server"), UNKNOWN);
        let is_warning = |note: &&Note| note.severity == Severity::Warning;
        let warning = builder.notes().iter().find(is_warning).map(|note| note.text.clone());
        assert_eq!(warning, Some(format!("ssl_capath: no certificate in '{dir}'")));
    }
}

#[test]
fn hidden_files_and_directories_are_passed_over() {
    let ca = pki::read("ca.pem");
    let dir = directory("hidden", &[(".ca.pem.swp", &ca)]);
    std::fs::create_dir(Path::new(&dir).join("old")).unwrap();
    std::fs::write(Path::new(&dir).join("old/ca.pem"), &ca).unwrap();
    let builder = client(&[("ssl_capath", &dir), ALL]);
    assert_eq!(met(&builder, "server"), UNKNOWN);
    assert_eq!(texts(&builder), [format!("ssl_capath: no certificate in '{dir}'")]);
    // As Kubernetes mounts a secret: a link through a hidden directory.
    let dir = directory("mounted", &[]);
    let at = |name: &str| Path::new(&dir).join(name);
    std::fs::create_dir(at("..2026_11_29")).unwrap();
    std::fs::write(at("..2026_11_29/ca.crt"), &ca).unwrap();
    std::os::unix::fs::symlink("..2026_11_29", at("..data")).unwrap();
    std::os::unix::fs::symlink("..data/ca.crt", at("ca.crt")).unwrap();
    let builder = client(&[("ssl_capath", &dir), ALL]);
    assert_eq!((met(&builder, "server"), texts(&builder)), (None, Vec::new()));
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_with_option_and_path() {
    let ca = pki::read("ca.pem");
    let trusted = String::from_utf8(ca.clone()).unwrap().replace(" CERT", " TRUSTED CERT");
    let cases: [(&[u8], Code); 3] =
        [(&ca[..200], Code::Pem), (trusted.as_bytes(), Code::TrustedCert), (JUNK, Code::Pem)];
    for (content, code) in cases {
        let dir = directory("damaged", &[("a.pem", &ca), ("b.pem", content)]);
        for role in [Role::Client, Role::Server] {
            let error = pki::builder(role, &[("ssl_capath", &dir), ALL]).unwrap_err();
            assert_eq!((error.code, error.mysql_errno()), (code, 2026));
            assert!(error.message().contains(&format!("(ssl_capath={dir}/b.pem)")), "{error}");
        }
    }
    let dir = directory("dangling", &[("a.pem", &ca)]);
    std::os::unix::fs::symlink("nowhere", Path::new(&dir).join("b.pem")).unwrap();
    let error = pki::builder(Role::Client, &[("ssl_capath", &dir), ALL]).unwrap_err();
    assert_eq!(error.code, Code::File);
    assert!(error.message().contains(&format!("{dir}/b.pem")), "{error}");
    let error = pki::builder(Role::Client, &[("ssl_capath", "/nonexistent"), ALL]).unwrap_err();
    assert_eq!(error.code, Code::File);
    assert!(error.message().contains("(ssl_capath=/nonexistent)"), "{error}");
}

#[test]
fn lists_count_where_revocation_is_checked() {
    let both = [pki::read("ca.pem"), pki::read("crl-revoked.pem")].concat();
    let apart = [("ca.pem", pki::read("ca.pem")), ("revoked.pem", pki::read("crl-revoked.pem"))];
    let apart: Vec<_> = apart.iter().map(|(name, data)| (*name, &data[..])).collect();
    for files in [&[("both.pem", &both[..])][..], &apart] {
        let dir = directory("lists", files);
        let empty = directory("no-lists", &[]);
        let mut builder = client(&[("ssl_capath", &dir), ALL]);
        assert_eq!(met(&builder, "server"), None, "nobody asked for revocation");
        let options = [("ssl_capath", dir.as_str()), ALL, ("ssl_crlpath", &empty)];
        assert_eq!(met(&client(&options), "server"), Some(Code::CertRevoked));
        // They have to be read once they count.
        builder.add_crl(&pki::read("crl.pem")).unwrap();
        let error = Context::new(&builder).unwrap_err();
        assert_eq!(error.code, Code::NotLoaded, "{error}");
    }
}

#[test]
fn a_directory_that_was_read_the_other_way_is_not_loaded() {
    let dir = directory("either-way", &[("ca.pem", &pki::read("ca.pem"))]);
    let mut builder = client(&[("ssl_capath", &dir)]);
    for (value, code) in [("ON", None), ("OFF", UNKNOWN)] {
        builder.set("tlsql_capath_all", value).unwrap();
        let error = Context::new(&builder).unwrap_err();
        assert_eq!(error.code, Code::NotLoaded, "{value}");
        assert!(error.message().contains(&format!("ssl_capath={dir}")), "{error}");
        builder.load_files().unwrap();
        assert_eq!(met(&builder, "server"), code, "{value}");
        // The same value again changes nothing.
        builder.set("tlsql_capath_all", value).unwrap();
        assert_eq!(met(&builder, "server"), code, "{value}");
    }
}

#[test]
fn without_a_directory_it_has_no_effect_and_a_warning() {
    for role in [Role::Client, Role::Server] {
        let mut builder = Builder::new(role);
        builder.set(ALL.0, ALL.1).unwrap();
        assert_eq!(texts(&builder), ["tlsql_capath_all: no effect without ssl_capath"]);
        builder.set(ALL.0, "OFF").unwrap();
        assert_eq!(texts(&builder), [""; 0]);
    }
}

/// A block that holds no certificate.
const JUNK: &[u8] = b"-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----\n";

fn texts(builder: &Builder) -> Vec<String> {
    builder.notes().iter().map(|note| note.text.clone()).collect()
}

fn client(options: &[(&str, &str)]) -> Builder {
    pki::builder(Role::Client, options).unwrap()
}

/// What a client of this builder makes of a server with this certificate.
fn met(builder: &Builder, server: &str) -> Option<Code> {
    let client = Context::new(builder).unwrap();
    let (mut client, mut server) = link(&client, &pki::server_as(server, &[]), Schedule::Whole);
    run(&mut client, &mut server);
    client.error.map(|error| error.code)
}

/// Makes an empty directory of this name anew, with these files.
fn directory(name: &str, files: &[(&str, &[u8])]) -> String {
    let dir = pki::dir().join("capath-all").join(name);
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    for (name, content) in files {
        std::fs::write(dir.join(name), content).unwrap();
    }
    dir.to_str().unwrap().to_owned()
}
