//! Where trust comes from: directories with hashed names, the platform's roots, PEM files of every
//! shape (T58 to T60).

mod support;

use std::path::{Path, PathBuf};

use support::{Host, Schedule, link, pki, run};
use tlsql::{Builder, Code, Context, Error, Role, Severity};

const ROLES: [Role; 2] = [Role::Client, Role::Server];

/// `openssl x509 -hash` of the two authorities: their names are the same in every run.
const CA: &str = "8bcb9849";
const OTHER_CA: &str = "55e018ed";

// Directories

#[test]
fn a_directory_of_hashed_names_is_trusted() {
    // T58
    let dir = directory("capath", &[(&format!("{CA}.0"), &pki::read("ca.pem"))]);
    for mode in ["VERIFY_CA", "VERIFY_IDENTITY"] {
        let builder = client(&[("ssl_mode", mode), ("ssl_capath", &dir)]);
        assert_eq!([met(&builder, "server"), met(&builder, "other")], [None, UNKNOWN], "{mode}");
    }
    // D1: as with ssl_ca, the mode becomes VERIFY_CA.
    let context = Context::new(&client(&[("ssl_capath", &dir)])).unwrap();
    assert_eq!(context.value("ssl_mode").as_deref(), Some("VERIFY_CA"));
    // And on a server, for client certificates.
    let server = pki::server_as("server", &[("ssl_capath", &dir)]);
    for (name, code) in [("client", None), ("other-client", UNKNOWN)] {
        let client = pki::client_as(name, &[]);
        let (mut client, mut server) = link(&client, &server, Schedule::Whole);
        run(&mut client, &mut server);
        assert_eq!(server.error.map(|e| e.code), code, "{name}");
    }
}

#[test]
fn names_without_a_hash_mean_nothing() {
    // T59: and verification stays on, though nothing can pass it.
    let ca = pki::read("ca.pem");
    for name in ["ca.pem", "8BCB9849.0", "8bcb9849", "8bcb9849.00", "08bcb9849.0", "8bcb9849.r0"] {
        let dir = directory("unhashed", &[(name, &ca), ("junk", b"no certificate")]);
        let builder = client(&[("ssl_mode", "VERIFY_CA"), ("ssl_capath", &dir)]);
        assert_eq!(met(&builder, "server"), UNKNOWN, "{name}");
        let builder = client(&[("ssl_capath", &dir)]);
        assert_eq!(met(&builder, "server"), UNKNOWN, "{name}");
    }
    let empty = directory("empty-directory", &[]);
    let builder = client(&[("ssl_capath", &empty)]);
    assert_eq!(met(&builder, "server"), UNKNOWN);
    let [note] = builder.notes() else { panic!("{:?}", builder.notes()) };
    assert_eq!(note.severity, Severity::Warning);
    assert!(note.text.contains(&empty) && note.text.contains("openssl rehash"), "{}", note.text);
}

#[test]
fn numbers_count_up_to_the_first_gap() {
    let (ca, other) = (pki::read("ca.pem"), pki::read("other-ca.pem"));
    let name = |number: u32| format!("{CA}.{number}");
    let gap = directory("gap", &[(&name(1), &ca), (&name(2), &ca)]);
    assert_eq!(met(&client(&[("ssl_capath", &gap)]), "server"), UNKNOWN);
    // What lies behind the gap is not even opened.
    let gap = directory("gap-junk", &[(&name(0), &ca), (&name(2), b"junk")]);
    assert_eq!(met(&client(&[("ssl_capath", &gap)]), "server"), None);
    let many: Vec<_> = (0..12).map(name).collect();
    let mut files: Vec<(&str, &[u8])> = many.iter().map(|n| (n.as_str(), &other[..])).collect();
    files[11].1 = &ca;
    let long = directory("long", &files);
    let builder = client(&[("ssl_capath", &long)]);
    assert_eq!(met(&builder, "server"), None, "number 11 comes after 10, not after 1");
    assert_eq!(builder.notes().len(), 11, "the others have another name");
}

#[test]
fn a_certificate_under_a_foreign_hash_is_left_out_with_a_note() {
    let (ca, other) = (pki::read("ca.pem"), pki::read("other-ca.pem"));
    let both = [&ca[..], b"\n", &other].concat();
    let dir = directory("foreign", &[(&format!("{OTHER_CA}.0"), &both)]);
    let builder = client(&[("ssl_capath", &dir)]);
    assert_eq!([met(&builder, "server"), met(&builder, "other")], [UNKNOWN, None]);
    let [note] = builder.notes() else { panic!("{:?}", builder.notes()) };
    assert_eq!(note.severity, Severity::Warning);
    assert!(note.text.starts_with("ssl_capath: ") && note.text.contains(CA), "{}", note.text);
    assert!(note.text.contains(&format!("{dir}/{OTHER_CA}.0")), "{}", note.text);
}

#[test]
fn notes_on_files_are_those_of_the_last_load() {
    let (ca, hash) = (pki::read("ca.pem"), format!("{OTHER_CA}.0"));
    let dir = directory("noted", &[(&hash, &ca)]);
    let mut builder = client(&[("ssl_capath", &dir), ("tls_version", "TLSv1.1,TLSv1.2")]);
    assert_eq!(builder.notes().len(), 2);
    builder.load_files().unwrap();
    assert_eq!(builder.notes().len(), 2);
    std::fs::write(Path::new(&dir).join(&hash), pki::read("other-ca.pem")).unwrap();
    builder.load_files().unwrap();
    let [note] = builder.notes() else { panic!("{:?}", builder.notes()) };
    assert_eq!(note.option, "tls_version");
}

#[test]
fn a_file_of_a_directory_that_cannot_be_read_is_named() {
    let name = format!("{CA}.0");
    let trusted = trusted(&pki::read("ca.pem"));
    let der = pki::der(&pki::read("ca.pem"));
    let cut = &pki::read("ca.pem")[..200];
    let bad: [(&[u8], Code); 6] = [
        (b"", Code::Pem),
        (b"words", Code::Pem),
        (cut, Code::Pem),
        (&der, Code::Pem),
        (&pki::read("crl.pem"), Code::Pem),
        (&trusted, Code::TrustedCert),
    ];
    for (content, code) in bad {
        let dir = directory("bad-file", &[(&name, content)]);
        for role in ROLES {
            let error = pki::builder(role, &[("ssl_capath", &dir)]).unwrap_err();
            assert_eq!((error.code, error.mysql_errno()), (code, 2026));
            let named = format!("(ssl_capath={dir}/{name})");
            assert!(error.message().contains(&named), "{error}");
        }
    }
    // A link that leads nowhere.
    let dir = directory("broken-link", &[]);
    std::os::unix::fs::symlink("nowhere", Path::new(&dir).join(&name)).unwrap();
    let error = pki::builder(Role::Client, &[("ssl_capath", &dir)]).unwrap_err();
    assert_eq!(error.code, Code::File);
    assert!(error.message().contains(&format!("{dir}/{name}")), "{error}");
    // One that leads somewhere, as openssl rehash makes it.
    std::fs::remove_file(Path::new(&dir).join(&name)).unwrap();
    std::os::unix::fs::symlink(pki::path("ca.pem"), Path::new(&dir).join(&name)).unwrap();
    assert_eq!(met(&client(&[("ssl_capath", &dir)]), "server"), None);
}

#[test]
fn a_directory_that_cannot_be_read_is_an_error_with_option_and_path() {
    // T60
    for role in ROLES {
        for option in ["ssl_capath", "ssl_crlpath"] {
            for path in ["/nonexistent/directory", &pki::path("ca.pem")] {
                let error = pki::builder(role, &[(option, path)]).unwrap_err();
                assert_eq!((error.code, error.mysql_errno()), (Code::File, 2026), "{option}");
                assert!(error.message().contains(&format!("({option}={path})")), "{error}");
                assert_ne!(error.details().unwrap().os_errno, 0);
            }
        }
    }
}

#[test]
fn more_files_than_any_real_directory_has_are_refused() {
    let dir = directory("crowded", &[]);
    for number in 0..=4096 {
        std::fs::write(Path::new(&dir).join(format!("{CA}.{number}")), b"").unwrap();
    }
    let error = pki::builder(Role::Client, &[("ssl_capath", &dir)]).unwrap_err();
    assert_eq!(error.code, Code::File);
    assert!(error.message().contains("4096") && error.message().contains(&dir), "{error}");
}

#[test]
fn a_directory_that_nobody_loaded_is_an_error() {
    for option in ["ssl_capath", "ssl_crlpath"] {
        let dir = directory("not-loaded", &[]);
        let mut builder = Builder::new(Role::Client);
        builder.set(option, &dir).unwrap();
        let error = Context::new(&builder).unwrap_err();
        assert_eq!(error.code, Code::NotLoaded);
        assert!(error.message().contains(&format!("{option}={dir}")), "{error}");
    }
}

// Revocation lists

#[test]
fn lists_of_a_directory_are_used() {
    for (list, code) in [("crl.pem", None), ("crl-revoked.pem", Some(Code::CertRevoked))] {
        let dir = directory("crlpath", &[(&format!("{CA}.r0"), &pki::read(list))]);
        let builder = client(&[("ssl_ca", "ca.pem"), ("ssl_crlpath", &dir)]);
        assert_eq!(met(&builder, "server"), code, "{list}");
        // OpenSSL has one store for both: lists in ssl_capath count once revocation is checked.
        let mixed = directory("mixed", &[(&format!("{CA}.r0"), &pki::read(list))]);
        let empty = directory("no-lists", &[]);
        let options = [("ssl_ca", "ca.pem"), ("ssl_capath", &mixed), ("ssl_crlpath", &empty)];
        assert_eq!(met(&client(&options), "server"), code, "{list}");
        let builder = client(&[("ssl_ca", "ca.pem"), ("ssl_capath", &mixed)]);
        assert_eq!(met(&builder, "server"), None, "nobody asked for revocation");
    }
}

#[test]
fn naming_lists_turns_the_check_on_also_where_there_are_none() {
    let junk = [("ca.pem", &pki::read("ca.pem")[..]), ("8bcb9849.r1", b"behind a gap")];
    for files in [&[][..], &junk] {
        let dir = directory("no-crl", files);
        let builder = client(&[("ssl_ca", "ca.pem"), ("ssl_crlpath", &dir)]);
        assert_eq!(met(&builder, "server"), Some(Code::CrlState));
    }
    let foreign = directory("foreign-crl", &[(&format!("{OTHER_CA}.r0"), &pki::read("crl.pem"))]);
    let builder = client(&[("ssl_ca", "ca.pem"), ("ssl_crlpath", &foreign)]);
    assert_eq!(met(&builder, "server"), Some(Code::CrlState));
    let [note] = builder.notes() else { panic!("{:?}", builder.notes()) };
    assert!(note.text.starts_with("ssl_crlpath: ") && note.text.contains(CA), "{}", note.text);
}

#[test]
fn certificates_beside_lists_do_not_become_trusted() {
    let both = [pki::read("other-ca.pem"), pki::read("crl.pem")].concat();
    let file = scratch("ca-and-crl", &both);
    let dir = directory(
        "crl-and-ca",
        &[(&format!("{CA}.r0"), &both), (&format!("{OTHER_CA}.0"), &pki::read("other-ca.pem"))],
    );
    for option in [("ssl_crl", file.as_str()), ("ssl_crlpath", dir.as_str())] {
        let builder = client(&[("ssl_ca", "ca.pem"), option]);
        assert_eq!([met(&builder, "server"), met(&builder, "other")], [None, UNKNOWN]);
    }
    // Without a list in it the file is an error; a directory's too.
    let dir = directory("no-crl-in-it", &[(&format!("{CA}.r0"), &pki::read("ca.pem"))]);
    let error = pki::builder(Role::Client, &[("ssl_crlpath", &dir)]).unwrap_err();
    assert_eq!(error.code, Code::Crl);
    assert!(error.message().contains(&format!("(ssl_crlpath={dir}/{CA}.r0)")), "{error}");
}

#[test]
fn lists_in_the_ca_file_count_once_revocation_is_checked() {
    let both = [pki::read("ca.pem"), pki::read("crl-revoked.pem")].concat();
    let file = scratch("ca-with-list", &both);
    assert_eq!(met(&client(&[("ssl_ca", &file)]), "server"), None);
    let empty = directory("empty-crlpath", &[]);
    let builder = client(&[("ssl_ca", &file), ("ssl_crlpath", &empty)]);
    assert_eq!(met(&builder, "server"), Some(Code::CertRevoked));
}

#[test]
fn lists_that_were_not_read_with_the_ca_are_not_forgotten() {
    let both = [pki::read("ca.pem"), pki::read("crl-revoked.pem")].concat();
    let file = scratch("ca-with-unread-list", &both);
    let files = [(format!("{CA}.0"), "ca.pem"), (format!("{CA}.r0"), "crl-revoked.pem")];
    let files = files.map(|(name, from)| (name, pki::read(from)));
    let files: Vec<_> = files.iter().map(|(name, data)| (name.as_str(), data.as_slice())).collect();
    let dir = directory("capath-with-unread-list", &files);
    for (option, place) in [("ssl_ca", &file), ("ssl_capath", &dir)] {
        let mut builder = client(&[(option, place)]);
        builder.add_crl(&pki::read("crl.pem")).unwrap();
        let error = Context::new(&builder).unwrap_err();
        assert_eq!(error.code, Code::NotLoaded, "{error}");
        assert!(error.message().contains(&format!("{option}={place}")), "{error}");
        builder.load_files().unwrap();
        assert!(Context::new(&builder).is_ok(), "{option}");
    }
    // Without a list there is nothing to load again.
    let mut builder = client(&[("ssl_ca", "ca.pem")]);
    builder.add_crl(&pki::read("crl.pem")).unwrap();
    assert_eq!(met(&builder, "server"), None);
}

// PEM

#[test]
fn a_ca_file_holds_any_number_of_blocks_of_both_labels() {
    let text = |name| String::from_utf8(pki::read(name)).unwrap();
    let old = text("other-ca.pem").replace(" CERTIFICATE", " X509 CERTIFICATE");
    let all = format!("Two authorities\nsubject=...\n\n{}\nand\n{old}the end", text("ca.pem"));
    for content in [all.clone(), all.replace('\n', "\r\n"), all.trim_end().to_owned()] {
        let file = scratch("two-labels", content.as_bytes());
        let builder = client(&[("ssl_ca", &file)]);
        assert_eq!([met(&builder, "server"), met(&builder, "other")], [None, None]);
        let mut builder = Builder::new(Role::Client);
        builder.add_ca(content.as_bytes()).unwrap();
        assert_eq!([met(&builder, "server"), met(&builder, "other")], [None, None]);
    }
    // Without a newline at the end.
    let file = scratch("no-newline", text("ca.pem").trim_end().as_bytes());
    assert_eq!(met(&client(&[("ssl_ca", &file)]), "server"), None);
}

#[test]
fn a_trusted_certificate_is_refused_with_the_way_out() {
    let file = scratch("trusted", &trusted(&pki::read("ca.pem")));
    for (option, more) in [("ssl_ca", None), ("ssl_cert", Some(("ssl_key", "server-key.pem")))] {
        for role in ROLES {
            let options: Vec<_> = [(option, file.as_str())].into_iter().chain(more).collect();
            let error = pki::builder(role, &options).unwrap_err();
            assert_eq!((error.code, error.mysql_errno()), (Code::TrustedCert, 2026));
            let message = error.message();
            assert!(message.contains(&format!("({option}={file})")), "{message}");
            assert!(message.contains("openssl x509 -in FILE -out FILE2"), "{message}");
        }
    }
}

#[test]
fn one_damaged_block_spoils_the_file() {
    let good = String::from_utf8(pki::read("ca.pem")).unwrap();
    let lines: Vec<_> = good.lines().collect();
    let without = |at: usize| [&lines[..at], &lines[at + 1..]].concat().join("\n");
    for bad in [
        without(2),
        without(lines.len() - 1),
        good.replace("END", "END X509"),
        good.replace("END CERTIFICATE-----", "END CERTIFICATE----"),
        good.replace("BEGIN CERTIFICATE-----", "BEGIN CERTIFICATE----"),
        good.replacen('\n', "\nName: value\n\n", 1),
        good.replacen("MI", "!I", 1),
        "-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----\n".to_owned(),
        "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n".to_owned(),
    ] {
        for content in [bad.clone(), format!("{good}{bad}\n"), format!("{bad}\n{good}")] {
            let file = scratch("damaged", content.as_bytes());
            let error = pki::builder(Role::Client, &[("ssl_ca", &file)]).unwrap_err();
            assert_eq!((error.code, error.mysql_errno()), (Code::Pem, 2026), "{content}");
            assert!(error.message().contains(&format!("(ssl_ca={file})")), "{error}");
        }
    }
}

#[test]
fn a_damaged_list_among_certificates_spoils_the_file_too() {
    let (ca, crl) = (pki::read("ca.pem"), pki::read("crl.pem"));
    let crl = String::from_utf8(crl).unwrap();
    let ca = String::from_utf8(ca).unwrap();
    for (option, good, bad, code) in [
        ("ssl_ca", &ca, crl.replacen("MI", "!I", 1), Code::Pem),
        ("ssl_crl", &crl, ca.replacen("MI", "!I", 1), Code::Crl),
    ] {
        assert!(bad.contains("!I"));
        for content in [format!("{good}{bad}"), format!("{bad}{good}")] {
            let file = scratch("damaged-other", content.as_bytes());
            let error = pki::builder(Role::Client, &[(option, &file)]).unwrap_err();
            assert_eq!(error.code, code, "{content}");
            assert!(error.message().contains("is not base64"), "{error}");
        }
    }
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    let marked = |name| [b"\xef\xbb\xbf", &pki::read(name)[..]].concat();
    let ca = scratch("marked-ca", &marked("ca.pem"));
    let crl = scratch("marked-crl", &marked("crl.pem"));
    let cert = scratch("marked-cert", &marked("client-cert.pem"));
    let key = scratch("marked-key", &marked("client-key.pem"));
    assert_eq!(met(&client(&[("ssl_ca", &ca), ("ssl_crl", &crl)]), "server"), None);
    assert!(pki::server(&[("ssl_cert", &cert), ("ssl_key", &key)]).has_tls());
}

// The platform's roots

/// The variables are the process's, so each case is a process of its own.
#[test]
fn the_platforms_roots_are_asked_for_by_name() {
    let nothing = directory("no-roots", &[]);
    let junk = b"-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----\n";
    let spoiled = scratch("spoiled-roots", &[&pki::read("ca.pem")[..], junk].concat());
    let only_junk = scratch("junk-roots", junk);
    for (case, file, dir) in [
        ("met", pki::path("ca.pem").as_str(), None),
        ("spoiled", &spoiled, None),
        ("unread", pki::path("ca.pem").as_str(), Some("/nonexistent/roots")),
        ("none", "/nonexistent", Some(nothing.as_str())),
        ("junk", &only_junk, None),
    ] {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "as_a_process_of_its_own", "--nocapture"]);
        child.env("TLSQL_TEST_CASE", case).env("SSL_CERT_FILE", file);
        child.env("TLSQL_TEST_CA", pki::path("ca.pem")).env_remove("SSL_CERT_DIR");
        if let Some(dir) = dir {
            child.env("SSL_CERT_DIR", dir);
        }
        let output = child.output().unwrap();
        assert!(output.status.success(), "{case}: {}", String::from_utf8_lossy(&output.stdout));
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(told.contains(&format!("case {case} done")), "{told}");
    }
}

/// A case of `the_platforms_roots_are_asked_for_by_name`, which runs it: the environment belongs to a
/// whole process.
#[test]
fn as_a_process_of_its_own() {
    let Ok(case) = std::env::var("TLSQL_TEST_CASE") else { return };
    let mut builder = Builder::new(Role::Client);
    builder.set("ssl_ca", "system").unwrap();
    assert_eq!(Context::new(&builder).unwrap_err().code, Code::NotLoaded, "it opens files");
    let loaded = builder.load_files();
    match case.as_str() {
        "met" | "spoiled" | "unread" => {
            loaded.unwrap();
            let context = Context::new(&builder).unwrap();
            assert_eq!(context.value("ssl_ca").as_deref(), Some("system"));
            assert_eq!(context.value("ssl_mode").as_deref(), Some("VERIFY_CA"));
            let notes: Vec<_> = builder.notes().iter().map(|note| note.text.as_str()).collect();
            assert_eq!(notes.len(), usize::from(case != "met"), "{notes:?}");
            assert_eq!(case == "unread", notes.iter().any(|n| n.contains("/nonexistent/roots")));
        }
        _ => {
            let error = loaded.unwrap_err();
            assert_eq!((error.code, error.mysql_errno()), (Code::File, 2026));
            let message = error.message();
            assert!(message.contains("(ssl_ca=system)"), "{message}");
            let words: &[&str] = match case.as_str() {
                "none" => &["SSL_CERT_FILE=/nonexistent and SSL_CERT_DIR=/"],
                _ => &["none of this system's"],
            };
            assert!(words.iter().all(|words| message.contains(words)), "{message}");
            let os_errno = error.details().unwrap().os_errno;
            assert_eq!(os_errno, if case == "none" { libc::ENOENT as u32 } else { 0 });
        }
    }
    println!("case {case} done");
}

#[test]
fn a_path_names_a_file_called_system() {
    let dir = directory("place", &[("system", &pki::read("ca.pem"))]);
    let builder = client(&[("ssl_ca", &format!("{dir}/system"))]);
    assert_eq!(met(&builder, "server"), None);
    let error = pki::builder(Role::Client, &[("ssl_ca", "./system")]).unwrap_err();
    assert_eq!(error.code, Code::File, "no such file here");
    // Elsewhere it is an ordinary name.
    let error = pki::builder(Role::Client, &[("ssl_cert", "system")]).unwrap_err();
    assert_eq!(error.code, Code::File);
}

// Levels and strictness

#[test]
fn the_security_level_decides_on_sha1() {
    let ca = pki::kept("keys/rsa2048-ca.pem");
    let (cert, key) = (pki::kept("keys/p256-sha1-cert.pem"), pki::kept("keys/p256-sec1.pem"));
    let server = pki::server(&[("ssl_cert", &cert), ("ssl_key", &key)]);
    let weak = Some(Code::CertWeak);
    for (level, code) in [(None, weak), (Some("2"), weak), (Some("1"), weak), (Some("0"), None)] {
        let mut options = vec![("ssl_ca", ca.as_str())];
        options.extend(level.map(|level| ("tlsql_security_level", level)));
        let mut builder = client(&options);
        builder.set_clock(1_800_000_000);
        let context = Context::new(&builder).unwrap();
        let (mut client, mut server) = link(&context, &server, Schedule::Whole);
        run(&mut client, &mut server);
        let error = client.error.map(|error| (error.code, error.x509_error()));
        // X509_V_ERR_CA_MD_TOO_WEAK, of the leaf's own signature.
        assert_eq!(error, code.map(|code| (code, Some((68, 0)))), "{level:?}");
    }
}

#[test]
fn strict_refuses_what_webpki_refuses() {
    for (name, code) in [("server", None), ("v1", Some(Code::CertForm))] {
        let options = [("ssl_ca", "ca.pem"), ("tlsql_strict", "ON")];
        assert_eq!(met(&client(&options), name), code, "{name}");
        assert_eq!(met(&client(&[("ssl_ca", "ca.pem"), ("tlsql_strict", "OFF")]), name), None);
    }
}

#[test]
fn a_strict_refusal_says_that_it_is_one() {
    let context = pki::client(&[("ssl_ca", "ca.pem"), ("tlsql_strict", "ON")]);
    let (mut client, mut server) = link(&context, &pki::server_as("v1", &[]), Schedule::Whole);
    run(&mut client, &mut server);
    let message = client.failure().message();
    assert!(message.contains("tlsql_strict"), "{message}");
    // A CA below another one is no end of a chain for webpki.
    let options = [("ssl_ca", "server-cert.pem"), ("tlsql_strict", "ON")];
    let error = pki::try_context(Role::Client, &options).unwrap_err();
    assert_eq!(error.code, Code::Pem);
    let message = error.message();
    assert!(message.contains("tlsql_strict: no self-signed CA certificate"), "{message}");
}

// Facts

#[test]
fn a_host_in_brackets_is_refused_when_it_is_set() {
    let context = pki::client(&[]);
    for fact in ["host", "verify_name"] {
        for value in ["[::1]", "[::1]:3306", "["] {
            let error = Host::new(&context, Schedule::Whole).conn.set(fact, value).unwrap_err();
            assert_eq!(error.code, Code::OptionValue);
            let message = error.message();
            assert!(message.contains("brackets") && message.contains("connection"), "{message}");
        }
        Host::new(&context, Schedule::Whole).conn.set(fact, "::1").unwrap();
    }
    let error = Host::new(&context, Schedule::Whole).conn.set("hots", "db").unwrap_err();
    assert_eq!(error.code, Code::OptionName);
    assert!(error.message().contains("verify_name"), "{error}");
}

#[test]
fn a_name_that_starts_with_a_dot_is_refused_when_it_is_set() {
    // T69
    let context = pki::client(&[("ssl_mode", "VERIFY_IDENTITY"), ("ssl_ca", "ca.pem")]);
    for fact in ["host", "verify_name", "verify-name"] {
        for value in [".localhost", ".", ".example.com"] {
            let mut host = Host::new(&context, Schedule::Whole);
            let error = host.conn.set(fact, value).unwrap_err();
            assert_eq!(error.code, Code::OptionValue);
            let message = error.message();
            assert!(message.contains(fact) && message.contains("starts with a dot"), "{message}");
        }
        let mut host = Host::new(&context, Schedule::Whole);
        let error = host.conn.set(fact, "").unwrap_err();
        assert!(error.code == Code::OptionValue && error.message().contains("empty"), "{error}");
        host.conn.set(fact, "localhost").unwrap();
    }
}

const UNKNOWN: Option<Code> = Some(Code::CertUnknownCa);

/// What a client of this builder makes of a server with this certificate.
fn met(builder: &Builder, server: &str) -> Option<Code> {
    let client = Context::new(builder).unwrap();
    let (mut client, mut server) = link(&client, &pki::server_as(server, &[]), Schedule::Whole);
    run(&mut client, &mut server);
    client.error.map(|error: Error| error.code)
}

fn client(options: &[(&str, &str)]) -> Builder {
    pki::builder(Role::Client, options).unwrap()
}

/// As OpenSSL labels a certificate with trust settings.
fn trusted(pem: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(pem).unwrap();
    text.replace(" CERTIFICATE", " TRUSTED CERTIFICATE").into_bytes()
}

/// A directory with these files and no others.
fn directory(name: &str, files: &[(&str, &[u8])]) -> String {
    static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let dir: PathBuf = pki::dir().join(format!("{name}-{count}"));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir(&dir).unwrap();
    for (name, content) in files {
        std::fs::write(dir.join(name), content).unwrap();
    }
    dir.to_str().unwrap().to_owned()
}

/// A file with this content, for this test program only.
fn scratch(name: &str, content: &[u8]) -> String {
    let path = pki::dir().join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}
