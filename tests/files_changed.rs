//! Whether the files that a context was made from are others now.

mod support;

use support::{Files, pki};
use tlsql::{Builder, Code, Context, Reload, Role};

#[test]
fn files_that_are_others_now_are_noticed() {
    let files = Files::new();
    let put = |name: &str, from: &str| files.write(name, pki::read(from));
    let options = [
        ("ssl_ca", put("ca.pem", "ca.pem")),
        ("ssl_cert", put("cert.pem", "server-cert.pem")),
        ("ssl_key", put("key.pem", "server-key.pem")),
    ];
    let options = options.each_ref().map(|(name, path)| (*name, path.as_str()));
    let server = pki::server(&options);
    assert!(!server.files_changed() && !server.files_changed());
    let reload = || {
        let builder = pki::builder(Role::Server, &options).unwrap();
        server.reload(&builder, Reload::default()).unwrap();
    };
    // Written again with the same content.
    put("cert.pem", "server-cert.pem");
    assert!(server.files_changed() && server.files_changed(), "it does not take the change in");
    reload();
    assert!(!server.files_changed());
    // Another file under the name.
    put("new.pem", "ca.pem");
    std::fs::rename(files.path("new.pem"), files.path("ca.pem")).unwrap();
    assert!(server.files_changed());
    reload();
    std::fs::remove_file(files.path("key.pem")).unwrap();
    assert!(server.files_changed(), "gone");
    put("key.pem", "server-key.pem");
    reload();
    assert!(!server.files_changed());
    assert!(!pki::client(&[]).files_changed(), "none was read");
}

/// The files that were there before may come back as they were: to a host that asks now and then, TLS
/// would stay off for ever.
#[test]
fn files_that_come_back_are_noticed_where_tls_was_turned_off() {
    let files = Files::new();
    for (to, from) in [("cert.pem", "server-cert.pem"), ("key.pem", "server-key.pem")] {
        files.write(&format!("volume/{to}"), pki::read(from));
    }
    let options =
        [("ssl_cert", files.path("volume/cert.pem")), ("ssl_key", files.path("volume/key.pem"))];
    let options = options.each_ref().map(|(name, path)| (*name, path.as_str()));
    let loaded = || {
        let mut builder = Builder::new(Role::Server);
        options.iter().for_each(|(name, value)| builder.set(name, value).unwrap());
        let _ = builder.load_files();
        builder
    };
    let server = Context::new(&loaded()).unwrap();
    let volume = |from, to| std::fs::rename(files.path(from), files.path(to)).unwrap();
    let no_rollback = Reload { no_rollback: true, ..Reload::default() };
    for _ in 0..2 {
        volume("volume", "away");
        assert_eq!(server.reload(&loaded(), no_rollback).unwrap_err().code, Code::File);
        volume("away", "volume");
        assert!(!server.has_tls() && server.files_changed());
        server.reload(&loaded(), no_rollback).unwrap();
        assert!(server.has_tls() && !server.files_changed());
    }
}

#[test]
fn a_link_that_leads_elsewhere_is_noticed() {
    use std::os::unix::fs::symlink;
    let files = Files::new();
    for set in ["one", "two"] {
        files.write(&format!("{set}/cert.pem"), pki::read("server-cert.pem"));
        files.write(&format!("{set}/key.pem"), pki::read("server-key.pem"));
    }
    // The same files by another way are no change of theirs; the link is.
    std::fs::remove_file(files.path("two/cert.pem")).unwrap();
    std::fs::hard_link(files.path("one/cert.pem"), files.path("two/cert.pem")).unwrap();
    symlink("one", files.path("data")).unwrap();
    let cert = files.path("data/cert.pem");
    let key = files.path("one/key.pem");
    let server = pki::server(&[("ssl_cert", cert.as_str()), ("ssl_key", key.as_str())]);
    assert!(!server.files_changed());
    symlink("two", files.path("new")).unwrap();
    std::fs::rename(files.path("new"), files.path("data")).unwrap();
    assert!(server.files_changed());
}

#[test]
fn a_file_that_comes_into_a_directory_is_noticed() {
    let files = Files::new();
    files.write("cas/readme", "no certificate");
    let (path, ca) = (files.path("cas"), files.write("ca.pem", pki::read("ca.pem")));
    let client = pki::client(&[("ssl_ca", ca.as_str()), ("ssl_crlpath", path.as_str())]);
    assert!(!client.files_changed());
    files.write("cas/01234567.r0", "a list");
    assert!(client.files_changed());
}

#[test]
fn files_of_a_data_directory_may_come_later() {
    let files = Files::new();
    let datadir = files.path("");
    let builder = || pki::builder(Role::Server, &[("datadir", datadir.as_str())]).unwrap();
    let server = Context::new(&builder()).unwrap();
    assert!(!server.has_tls() && !server.files_changed());
    for (name, from) in [("ca", "ca"), ("server-cert", "server-cert"), ("server-key", "server-key")]
    {
        files.write(&format!("{name}.pem"), pki::read(&format!("{from}.pem")));
    }
    assert!(server.files_changed());
    server.reload(&builder(), Reload::default()).unwrap();
    assert!(server.has_tls());
    std::fs::remove_file(files.path("server-key.pem")).unwrap();
    assert!(server.files_changed());
    let error = server.reload(&builder(), Reload::default()).unwrap_err();
    assert_eq!(error.code, Code::NoCert, "{error}");
    assert!(server.has_tls(), "the old set stays");
}
