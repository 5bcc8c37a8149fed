//! The data directory of a server: which files are found there, and which are made.

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{Schedule, link, pki, run};
use tlsql::{Builder, Code, Context, Note, Role};

const FOUND: &str = "Found ca.pem, server-cert.pem and server-key.pem in data directory. Trying to \
    enable SSL support using them.";
const SELF_SIGNED: &str = "CA certificate ca.pem is self signed.";
const NOT_USABLE: &str = "Failed to set up SSL because of the following SSL library error: SSL \
    context is not usable without certificate and private key";
const MADE: &str = "Auto generated SSL certificates are placed in data directory.";

fn skipped(why: &str) -> String {
    format!("Skipping generation of SSL certificates as {why}")
}

/// A new, empty directory.
fn directory(name: &str) -> PathBuf {
    let path = pki::dir().join(format!("datadir-{name}"));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir(&path).unwrap();
    path
}

fn builder(directory: &Path, options: &[(&str, &str)]) -> Builder {
    let mut builder = Builder::new(Role::Server);
    builder.set("datadir", directory.to_str().unwrap()).unwrap();
    for (name, value) in options {
        builder.set(name, value).unwrap();
    }
    builder
}

/// What MySQL would have written to its log, with the numbers.
fn log(builder: &Builder) -> Vec<(u32, &str)> {
    let of_log = |note: &&Note| note.log_code != 0;
    builder.notes().iter().filter(of_log).map(|note| (note.log_code, note.text.as_str())).collect()
}

fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[cfg(feature = "generate")]
#[test]
fn an_empty_directory_gets_six_files_and_uses_them() {
    // T115, T119
    let directory = directory("empty");
    let mut builder = builder(&directory, &[]);
    builder.generate("5.7.29", "localhost, 127.0.0.1").unwrap();
    assert_eq!(log(&builder), [(10305, MADE)]);
    let made = [
        "ca-key.pem",
        "ca.pem",
        "client-cert.pem",
        "client-key.pem",
        "server-cert.pem",
        "server-key.pem",
    ];
    assert_eq!(names(&directory), made);
    #[cfg(unix)]
    for name in made {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(directory.join(name)).unwrap().permissions().mode();
        let expected = if name.ends_with("key.pem") { 0o600 } else { 0o644 };
        assert_eq!(mode & 0o7777, expected, "{name}");
    }
    builder.load_files().unwrap();
    // As server 5.7.29: files that were just made are not found.
    assert_eq!(log(&builder), [(10305, MADE), (10068, SELF_SIGNED)]);
    for (option, value) in
        [("ssl_ca", "ca.pem"), ("ssl_cert", "server-cert.pem"), ("ssl_key", "server-key.pem")]
    {
        assert_eq!(builder.get(option).unwrap(), value);
    }
    assert!(Context::new(&builder).unwrap().has_tls());
    // Twice is once: what is there stays.
    let before = std::fs::read(directory.join("ca.pem")).unwrap();
    builder.generate("5.7.29", "").unwrap();
    let present = skipped("certificate files are present in data directory.");
    assert_eq!(log(&builder)[..2], [(10182, FOUND), (10304, present.as_str())]);
    assert_eq!(std::fs::read(directory.join("ca.pem")).unwrap(), before);
}

#[cfg(feature = "generate")]
#[test]
fn openssl_reads_what_was_made() {
    // T115: serial numbers, names, dates, the one critical extension.
    let directory = directory("openssl");
    let mut builder = builder(&directory, &[]);
    builder.set_clock(1_795_000_000);
    builder.generate("5.7.29", "db.example.test.,,::1").unwrap();
    // Names in RFC 2253's form: OpenSSL's own changed from 3.0 to 3.2.
    let form = ["x509", "-noout", "-text", "-nameopt", "RFC2253", "-in"];
    let show = |name: &str| openssl(&form, &directory.join(name));
    let dates = ["Not Before: Nov 18 11:06:40 2026 GMT", "Not After : Nov 15 11:06:40 2036 GMT"];
    for (name, serial, role, ca) in [
        ("ca.pem", "1 (0x1)", "CA", "CA:TRUE"),
        ("server-cert.pem", "2 (0x2)", "Server", "CA:FALSE"),
        ("client-cert.pem", "3 (0x3)", "Client", "CA:FALSE"),
    ] {
        let Some(text) = show(name) else { return };
        let issuer = "Issuer: CN=MySQL_Server_5.7.29_Auto_Generated_CA_Certificate";
        let subject = format!("Subject: CN=MySQL_Server_5.7.29_Auto_Generated_{role}_Certificate");
        for part in [&format!("Serial Number: {serial}"), issuer, &subject, dates[0], dates[1]] {
            assert!(text.contains(part), "{name}: {part}\n{text}");
        }
        let extensions = text.matches("X509v3 ").count();
        assert_eq!(extensions, if role == "Server" { 3 } else { 2 }, "{name}: with the heading");
        assert!(text.contains("X509v3 Basic Constraints: critical"), "{name}\n{text}");
        assert!(text.contains(ca), "{name}\n{text}");
        assert!(text.contains("Version: 3 (0x2)"), "{name}");
    }
    let server = show("server-cert.pem").unwrap();
    assert!(server.contains("DNS:db.example.test, IP Address:0:0:0:0:0:0:0:1"), "{server}");
    let ca = directory.join("ca.pem");
    for leaf in ["server-cert.pem", "client-cert.pem"] {
        let args = ["verify", "-attime", "1795000001", "-CAfile", ca.to_str().unwrap()];
        assert!(openssl(&args, &directory.join(leaf)).is_some(), "{leaf}");
    }
}

#[cfg(feature = "rsa-keys")]
#[test]
fn keys_are_rsa_where_that_is_asked_for() {
    // T115: 2048 bits, exponent 65537, as MySQL's own.
    let directory = directory("rsa");
    let mut builder = builder(&directory, &[("tlsql_generate_key", "rsa-2048")]);
    builder.generate("5.7.29", "localhost").unwrap();
    builder.load_files().unwrap();
    assert!(Context::new(&builder).unwrap().has_tls());
    for who in ["ca", "server", "client"] {
        let name = if who == "ca" { "ca.pem".to_owned() } else { format!("{who}-cert.pem") };
        let args = ["x509", "-noout", "-text", "-in"];
        let Some(text) = openssl(&args, &directory.join(name)) else { return };
        for part in ["(2048 bit)", "Exponent: 65537", "sha256WithRSAEncryption"] {
            assert!(text.contains(part), "{who}: {part}\n{text}");
        }
        let key = directory.join(format!("{who}-key.pem"));
        assert!(openssl(&["pkey", "-check", "-noout", "-in"], &key).is_some());
    }
}

#[cfg(not(feature = "rsa-keys"))]
#[test]
fn a_build_without_rsa_keys_says_so() {
    let mut builder = Builder::new(Role::Server);
    let error = builder.set("tlsql_generate_key", "RSA-2048").unwrap_err();
    assert_eq!(error.code, Code::OptionValue);
    assert!(error.message().contains("feature rsa-keys"), "{}", error.message());
}

#[cfg(feature = "generate")]
#[test]
fn a_long_version_is_left_out_of_the_names() {
    // T126
    let directory = directory("version");
    let mut builder = builder(&directory, &[]);
    builder.generate(&"5".repeat(70), "").unwrap();
    builder.load_files().unwrap();
    let args = ["x509", "-noout", "-subject", "-nameopt", "RFC2253", "-in"];
    let Some(subject) = openssl(&args, &directory.join("server-cert.pem")) else { return };
    assert_eq!(subject.trim(), "subject=CN=MySQL_Server_Auto_Generated_Server_Certificate");
}

#[test]
fn one_or_two_of_the_three_are_neither_used_nor_completed() {
    // T116
    let files = pki_files();
    for bits in 1..7 {
        let directory = directory("traces");
        for (i, (name, content)) in files.iter().enumerate() {
            if bits >> i & 1 == 1 {
                std::fs::write(directory.join(name), content).unwrap();
            }
        }
        let before = names(&directory);
        let mut builder = builder(&directory, &[]);
        builder.generate("5.7.29", "").unwrap();
        builder.load_files().unwrap();
        let present = skipped("certificate files are present in data directory.");
        assert_eq!(log(&builder), [(10304, present.as_str()), (10069, NOT_USABLE)], "{before:?}");
        assert!(!Context::new(&builder).unwrap().has_tls(), "{before:?}");
        assert_eq!(names(&directory), before);
    }
}

#[test]
fn options_of_files_decide_and_the_cipher_list_does_not() {
    // T117, T118
    let directory = directory("options");
    for (name, content) in pki_files() {
        std::fs::write(directory.join(name), content).unwrap();
    }
    let narrow = [("ssl_cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"), ("tls_version", "TLSv1.2")];
    let mut found = builder(&directory, &narrow);
    found.generate("5.7.29", "").unwrap();
    found.load_files().unwrap();
    let present = skipped("certificate files are present in data directory.");
    let expected = [(10182, FOUND), (10304, present.as_str()), (10068, SELF_SIGNED)];
    assert_eq!(log(&found), expected);
    assert!(Context::new(&found).unwrap().has_tls());

    let named = skipped("options related to SSL are specified.");
    let crl = pki::path("crl.pem");
    let mut without = builder(&directory, &[("ssl_crl", &crl)]);
    without.generate("5.7.29", "").unwrap();
    without.load_files().unwrap();
    assert_eq!(log(&without), [(10303, named.as_str()), (10069, NOT_USABLE)]);

    let (cert, key) = (pki::path("server-cert.pem"), pki::path("server-key.pem"));
    let mut own = builder(&directory, &[("ssl_cert", &cert), ("ssl_key", &key)]);
    own.generate("5.7.29", "").unwrap();
    own.load_files().unwrap();
    assert_eq!(log(&own), [(10303, named.as_str())]);
    assert!(Context::new(&own).unwrap().has_tls());
    assert_eq!(own.get("ssl_ca").unwrap(), "", "nothing is found beside options");
}

/// What the program gives as bytes is named too: the directory's CA must not verify a client beside it.
#[test]
fn what_is_in_memory_counts_as_named() {
    // T118, D17
    type Give = fn(&mut Builder);
    let gives: [(&str, Give); 3] = [
        ("CA", |builder| builder.add_ca(&pki::read("other-ca.pem")).unwrap()),
        ("list", |builder| builder.add_crl(&pki::read("crl.pem")).unwrap()),
        ("identity", |builder| {
            let (cert, key) = (pki::read("other-cert.pem"), pki::read("other-key.pem"));
            builder.set_identity(&cert, &key).unwrap();
        }),
    ];
    let directory = directory("memory");
    for (name, content) in pki_files() {
        std::fs::write(directory.join(name), content).unwrap();
    }
    let option_file = pki::dir().join("datadir-memory.cnf");
    std::fs::write(&option_file, format!("[mysqld]\ndatadir={}\n", directory.display())).unwrap();
    let named = skipped("options related to SSL are specified.");
    for (what, give) in gives {
        for by_file in [false, true] {
            let mut own = Builder::new(Role::Server);
            give(&mut own);
            if by_file {
                own.read_options(option_file.to_str().unwrap(), "mysqld").unwrap();
            } else {
                own.set("datadir", directory.to_str().unwrap()).unwrap();
            }
            own.generate("5.7.29", "").unwrap();
            own.load_files().unwrap();
            let not_usable = (what != "identity").then_some((10069, NOT_USABLE));
            let expected: Vec<_> =
                [(10303, named.as_str())].into_iter().chain(not_usable).collect();
            assert_eq!(log(&own), expected, "{what}");
            let values = ["ssl_ca", "ssl_cert", "ssl_key"].map(|name| own.get(name).unwrap());
            assert_eq!(values, [""; 3], "{what}");
        }
        // Found first: nothing of it is used, and the directory has to be looked into again.
        let mut found = builder(&directory, &[]);
        found.load_files().unwrap();
        assert_eq!(found.get("ssl_ca").unwrap(), "ca.pem");
        give(&mut found);
        assert_eq!(found.get("ssl_ca").unwrap(), "", "{what}");
        let error = Context::new(&found).unwrap_err();
        assert_eq!(error.code, Code::NotLoaded, "{what}");
        assert_eq!(error.details().unwrap().option.as_deref(), Some("datadir"));
        found.load_files().unwrap();
        assert!(!log(&found).contains(&(10182, FOUND)), "{what}");
    }
    // With an own CA and certificate a client of the directory's CA is a stranger.
    for datadir in [false, true] {
        let mut own = if datadir { builder(&directory, &[]) } else { Builder::new(Role::Server) };
        gives.iter().filter(|(what, _)| *what != "list").for_each(|(_, give)| give(&mut own));
        own.load_files().unwrap();
        let server = Context::new(&own).unwrap();
        let (cert, key) = (pki::path("client-cert.pem"), pki::path("client-key.pem"));
        let client =
            pki::client(&[("ssl_cert", &cert), ("ssl_key", &key), ("ssl_mode", "REQUIRED")]);
        let (mut client, mut server) = link(&client, &server, Schedule::Whole);
        run(&mut client, &mut server);
        let code = server.error.as_ref().map(|error| error.code);
        assert_eq!(code, Some(Code::CertUnknownCa), "datadir: {datadir}");
    }
}

#[test]
fn generation_can_be_turned_off_and_needs_a_directory() {
    let directory = directory("off");
    let mut off = builder(&directory, &[("auto_generate_certs", "OFF")]);
    off.generate("5.7.29", "").unwrap();
    let switched = skipped("--auto_generate_certs is set to OFF.");
    assert_eq!(log(&off), [(10306, switched.as_str())]);
    // Whatever else there is, as server 5.7.29 says it.
    let traces = self::directory("off-traces");
    std::fs::write(traces.join("ca.pem"), pki::read("ca.pem")).unwrap();
    let ca = pki::path("ca.pem");
    for named in [vec![], vec![("ssl_ca", ca.as_str())]] {
        let options = [vec![("auto_generate_certs", "OFF")], named].concat();
        let mut off = builder(&traces, &options);
        off.generate("5.7.29", "").unwrap();
        assert_eq!(log(&off), [(10306, switched.as_str())], "{options:?}");
    }
    let mut no_tls = builder(&directory, &[("ssl", "OFF")]);
    no_tls.generate("5.7.29", "").unwrap();
    no_tls.load_files().unwrap();
    assert_eq!((log(&no_tls), names(&directory).len()), (Vec::new(), 0));

    let error = Builder::new(Role::Server).generate("5.7.29", "").unwrap_err();
    assert_eq!(error.code, Code::OptionValue);
    // None is needed where options name files, as in most option files.
    let (cert, key) = (pki::path("server-cert.pem"), pki::path("server-key.pem"));
    let named = [("ssl_cert", cert.as_str()), ("ssl_key", key.as_str())];
    for options in [&named[..], &[("ssl_ca", ca.as_str())], &[("auto_generate_certs", "OFF")]] {
        let mut without = Builder::new(Role::Server);
        options.iter().for_each(|(name, value)| without.set(name, value).unwrap());
        without.generate("5.7.29", "").unwrap();
        without.load_files().unwrap();
        assert_eq!(log(&without).len(), 1, "{options:?}");
    }
    let mut client = Builder::new(Role::Client);
    client.set("ssl_ca", &ca).unwrap();
    assert_eq!(client.generate("5.7.29", "").unwrap_err().code, Code::OptionValue);
    let error = Builder::new(Role::Client).generate("5.7.29", "").unwrap_err();
    assert_eq!(error.code, Code::OptionValue);
    assert!(error.message().contains("only a server has one"), "{error}");
    // A directory that is a file, and one that is not there.
    let file = directory.join("file");
    std::fs::write(&file, "").unwrap();
    for path in [&file, &directory.join("nothing")] {
        let mut builder = builder(path, &[]);
        let error = builder.generate("5.7.29", "").unwrap_err();
        let details = error.details().unwrap();
        let is_made = cfg!(feature = "generate");
        assert!(error.code == Code::File || !is_made && error.code == Code::FileWrite, "{error:?}");
        assert_eq!(details.option.as_deref(), Some("datadir"));
        assert!(details.path.as_deref().unwrap().starts_with(path.to_str().unwrap()));
        assert_eq!(builder.load_files().unwrap_err().code, Code::File);
    }
}

#[cfg(feature = "generate")]
#[test]
fn a_certificate_has_at_most_100_names() {
    let directory = directory("names");
    let many = vec!["a.example"; 101].join(",");
    let error = builder(&directory, &[]).generate("5.7.29", &many).unwrap_err();
    assert_eq!(error.code, Code::Argument);
    assert!(error.message().contains("more than 100 names"), "{error}");
    assert_eq!(names(&directory), [""; 0]);
    // Empty ones do not count.
    builder(&directory, &[]).generate("5.7.29", &many.replacen("a.example", "", 1)).unwrap();
}

#[cfg(feature = "generate")]
#[test]
fn what_is_left_over_is_named_and_not_overwritten() {
    // MySQL overwrites these three.
    for name in ["ca-key.pem", "client-cert.pem", "client-key.pem"] {
        let directory = directory("left-over");
        std::fs::write(directory.join(name), "mine").unwrap();
        let mut builder = builder(&directory, &[]);
        let error = builder.generate("5.7.29", "").unwrap_err();
        assert_eq!(error.code, Code::FileWrite);
        let path = directory.join(name);
        assert_eq!(error.details().unwrap().path.as_deref(), path.to_str());
        assert_eq!(names(&directory), [name]);
        assert_eq!(std::fs::read_to_string(path).unwrap(), "mine");
    }
}

#[cfg(feature = "generate")]
#[test]
fn of_two_servers_at_once_one_makes_them_all() {
    let directory = directory("race");
    for round in 0..10 {
        let made = std::thread::scope(|scope| {
            let run = || builder(&directory, &[]).generate("5.7.29", "").map(drop);
            let both = [scope.spawn(run), scope.spawn(run)];
            both.map(|thread| thread.join().unwrap())
        });
        let failed = made.iter().filter_map(|result| result.as_ref().err());
        // The slower one may come when all is there, which is no failure.
        for error in failed {
            assert_eq!(error.code, Code::FileWrite, "{round}");
        }
        assert!(made.iter().any(Result::is_ok), "{round}");
        assert_eq!(names(&directory).len(), 6, "{round}");
        let mut server = builder(&directory, &[]);
        server.load_files().unwrap();
        assert!(Context::new(&server).unwrap().has_tls(), "{round}: one pair");
        for name in names(&directory) {
            std::fs::remove_file(directory.join(name)).unwrap();
        }
    }
}

#[test]
fn the_directory_is_looked_into_again_when_it_changes() {
    let directory = directory("changes");
    let mut builder = builder(&directory, &[]);
    assert_eq!(Context::new(&builder).unwrap_err().code, Code::NotLoaded);
    builder.load_files().unwrap();
    assert!(!Context::new(&builder).unwrap().has_tls());
    for (name, content) in pki_files() {
        std::fs::write(directory.join(name), content).unwrap();
    }
    builder.load_files().unwrap();
    assert!(Context::new(&builder).unwrap().has_tls());
    builder.set("datadir", pki::dir().to_str().unwrap()).unwrap();
    assert_eq!(Context::new(&builder).unwrap_err().code, Code::NotLoaded);
    builder.unset("datadir").unwrap();
    assert_eq!(builder.get("ssl_cert").unwrap(), "");
    assert!(!Context::new(&builder).unwrap().has_tls());
}

#[test]
fn every_file_of_a_directory_of_cas_is_looked_at() {
    let (directory, cas) = (directory("plain"), directory("cas"));
    let ca = std::fs::read(pki::path("ca.pem")).unwrap();
    let leaf = std::fs::read(pki::path("server-cert.pem")).unwrap();
    std::fs::write(cas.join("a.pem"), &ca).unwrap();
    // Only the first certificate of a file counts.
    std::fs::write(cas.join("b.pem"), [&leaf[..], &ca].concat()).unwrap();
    std::fs::write(cas.join("c.txt"), "no certificate").unwrap();
    let (cert, key) = (pki::path("server-cert.pem"), pki::path("server-key.pem"));
    let capath = cas.to_str().unwrap();
    let mut builder =
        builder(&directory, &[("ssl_cert", &cert), ("ssl_key", &key), ("ssl_capath", capath)]);
    builder.load_files().unwrap();
    let expected = format!("CA certificate {capath}/a.pem is self signed.");
    assert_eq!(log(&builder), [(10068, expected.as_str())]);
}

/// The three files that MySQL looks for.
fn pki_files() -> BTreeMap<&'static str, Vec<u8>> {
    let read = |name| std::fs::read(pki::path(name)).unwrap();
    ["ca.pem", "server-cert.pem", "server-key.pem"].map(|name| (name, read(name))).into()
}

/// Runs `openssl`; `None`, and a line that says so, where there is none.
#[cfg(feature = "generate")]
fn openssl(args: &[&str], file: &Path) -> Option<String> {
    match Command::new("openssl").args(args).arg(file).output() {
        Ok(out) => {
            let told =
                String::from_utf8_lossy(&[&out.stdout[..], &out.stderr].concat()).into_owned();
            assert!(out.status.success(), "{args:?}: {told}");
            Some(told)
        }
        Err(_) => {
            println!("skipped: no openssl");
            None
        }
    }
}
