//! A context whose settings are replaced while it serves connections.

mod support;

use support::{Files, Host, SCHEDULES, link, pki, run};
use tlsql::{Builder, Code, Context, Error, OPTIONS, Phase, Reload, Role, event};

const ALL_OR_NOTHING: Reload = Reload { options: false, no_rollback: false };
const OPTIONS_TOO: Reload = Reload { options: true, no_rollback: false };
const NO_ROLLBACK: Reload = Reload { options: false, no_rollback: true };

/// The files that a server's options name.
struct Server {
    files: Files,
}

impl Server {
    fn new() -> Self {
        let server = Self { files: Files::new() };
        server.put("ca.pem", "ca.pem");
        server.identity("server");
        server
    }

    /// Writes a file with the content of one of our certificates' files.
    fn put(&self, name: &str, from: &str) {
        self.files.write(name, pki::read(from));
    }

    fn identity(&self, name: &str) {
        self.put("cert.pem", &format!("{name}-cert.pem"));
        self.put("key.pem", &format!("{name}-key.pem"));
    }

    fn options(&self) -> Vec<(&'static str, String)> {
        [("ssl_ca", "ca.pem"), ("ssl_cert", "cert.pem"), ("ssl_key", "key.pem")]
            .map(|(name, file)| (name, self.files.path(file)))
            .to_vec()
    }

    /// Makes a builder of the same options, and reads the files as they are now. A failure of that
    /// is left for the reload to report.
    fn builder(&self, more: &[(&str, &str)]) -> Builder {
        let mut builder = Builder::new(Role::Server);
        for (name, value) in self.options() {
            builder.set(name, &value).unwrap();
        }
        more.iter().for_each(|(name, value)| builder.set(name, value).unwrap());
        let _ = builder.load_files();
        builder
    }

    fn context(&self, more: &[(&str, &str)]) -> Context {
        Context::new(&self.builder(more)).unwrap()
    }
}

fn values(context: &Context) -> Vec<(&'static str, Option<String>)> {
    OPTIONS.iter().map(|option| (option.name, context.value(option.name))).collect()
}

/// Returns the code of a client's failure at this server, or the subject that it saw.
fn shown(client: &Context, server: &Context) -> Result<String, Code> {
    let (mut client, mut server) = link(client, server, SCHEDULES[0]);
    run(&mut client, &mut server);
    subject(&client)
}

fn subject(client: &Host) -> Result<String, Code> {
    if let Some(error) = &client.error {
        return Err(error.code);
    }
    assert!(client.has(event::SECURED));
    let subject = client.conn.peer_subject(tlsql::OnelineForm::OpenSsl3).unwrap();
    Ok(String::from_utf8(subject).unwrap())
}

fn option_of(error: &Error) -> (Code, Option<String>, Option<String>) {
    let details = error.details().cloned().unwrap_or_default();
    (error.code, details.option, details.path)
}

#[test]
fn new_connections_have_the_new_set_and_others_keep_theirs() {
    let files = Server::new();
    let server = files.context(&[]);
    let client = pki::client(&[("ssl_mode", "REQUIRED"), ("tlsql_session_cache_size", "0")]);
    let before = values(&server);
    // One connection is up, one is made and not begun, one is in its handshake.
    let (mut up, mut up_server) = link(&client, &server, SCHEDULES[0]);
    run(&mut up, &mut up_server);
    let (mut made, mut made_server) = link(&client, &server, SCHEDULES[0]);
    let (mut halfway, mut halfway_server) = link(&client, &server, SCHEDULES[0]);
    halfway_server.settle();
    halfway.deliver(&halfway_server.take_sent());
    assert_eq!(halfway.conn.phase(), Phase::Handshake);

    files.identity("wrongname");
    server.reload(&files.builder(&[]), ALL_OR_NOTHING).unwrap();
    assert_eq!(shown(&client, &server).unwrap(), "/CN=tlsql wrong name");
    for (client, server) in [(&mut made, &mut made_server), (&mut halfway, &mut halfway_server)] {
        run(client, server);
        assert_eq!(subject(client).unwrap(), "/CN=tlsql test server");
    }
    up.app.extend(b"still here");
    run(&mut up, &mut up_server);
    assert_eq!(up_server.got, b"still here");
    assert_eq!(values(&server), before, "no option has another value");
    assert_eq!(server.status("Ssl_finished_accepts").as_deref(), Some("4"), "counters go on");
}

#[test]
fn a_clients_new_ca_counts_at_once() {
    let servers = [pki::server_as("server", &[]), pki::server_as("other", &[])];
    let files = Files::new();
    let ca = files.write("ca.pem", pki::read("ca.pem"));
    let mut builder = pki::builder(Role::Client, &[("ssl_ca", ca.as_str())]).unwrap();
    let client = Context::new(&builder).unwrap();
    assert!(shown(&client, &servers[0]).is_ok());
    assert_eq!(shown(&client, &servers[1]), Err(Code::CertUnknownCa));
    files.write("ca.pem", pki::read("other-ca.pem"));
    builder.load_files().unwrap();
    client.reload(&builder, ALL_OR_NOTHING).unwrap();
    assert_eq!(shown(&client, &servers[0]), Err(Code::CertUnknownCa));
    assert!(shown(&client, &servers[1]).is_ok());
    assert_eq!(client.value("ssl_mode").as_deref(), Some("VERIFY_CA"));
}

#[test]
fn a_certificate_that_a_new_list_revokes_is_refused() {
    let files = Files::new();
    let crl = files.write("crl.pem", pki::read("crl.pem"));
    let options = [("ssl_ca", "ca.pem"), ("ssl_crl", crl.as_str())];
    let client = pki::client(&options);
    let server = pki::server_as("server", &[]);
    assert!(shown(&client, &server).is_ok());
    files.write("crl.pem", pki::read("crl-revoked.pem"));
    client.reload(&pki::builder(Role::Client, &options).unwrap(), ALL_OR_NOTHING).unwrap();
    assert_eq!(shown(&client, &server), Err(Code::CertRevoked));
}

/// A change to the files, what the reload fails with, and the file that the error names.
type Damage = (&'static str, fn(&Server), Code, &'static str, &'static str);

const DAMAGES: &[Damage] = &[
    ("half of a certificate", |s| half(s, "cert.pem"), Code::NoCert, "ssl_cert", "cert.pem"),
    ("half of a key", |s| half(s, "key.pem"), Code::NoKey, "ssl_key", "key.pem"),
    ("half of a CA", |s| half(s, "ca.pem"), Code::Pem, "ssl_ca", "ca.pem"),
    ("an empty CA", |s| drop(s.files.write("ca.pem", "")), Code::Pem, "ssl_ca", "ca.pem"),
    (
        "the key of another certificate",
        |s| s.put("key.pem", "wrongname-key.pem"),
        Code::KeyMismatch,
        "ssl_key",
        "key.pem",
    ),
    ("garbage", |s| drop(s.files.write("cert.pem", "x")), Code::NoCert, "ssl_cert", "cert.pem"),
    (
        "a missing file",
        |s| std::fs::remove_file(s.files.path("key.pem")).unwrap(),
        Code::File,
        "ssl_key",
        "key.pem",
    ),
];

fn half(server: &Server, name: &str) {
    let content = std::fs::read(server.files.path(name)).unwrap();
    server.files.write(name, &content[..content.len() / 2]);
}

/// T122: what ALTER INSTANCE RELOAD TLS does with files that cannot be used.
#[test]
fn a_bad_set_leaves_the_old_one_and_says_which_file_and_why() {
    // A session would show the certificate of its first connection.
    let client = pki::client(&[("tlsql_session_cache_size", "0")]);
    for (what, damage, code, option, file) in DAMAGES {
        let files = Server::new();
        let server = files.context(&[]);
        damage(&files);
        let error = server.reload(&files.builder(&[]), ALL_OR_NOTHING).unwrap_err();
        let path = Some(files.files.path(file));
        assert_eq!(option_of(&error), (*code, Some((*option).to_owned()), path), "{what}");
        assert_eq!((error.mysql_errno(), error.sqlstate().as_str()), (3888, "HY000"), "{what}");
        assert!(!error.is_warning(), "{what}");
        let words = "Failed to set up SSL because of the following SSL library error: ";
        assert!(error.message().starts_with(words), "{what}: {error}");
        assert_eq!(shown(&client, &server).unwrap(), "/CN=tlsql test server", "{what}");
        // Once they are whole they are taken.
        files.put("ca.pem", "ca.pem");
        files.identity("wrongname");
        server.reload(&files.builder(&[]), ALL_OR_NOTHING).unwrap();
        assert_eq!(shown(&client, &server).unwrap(), "/CN=tlsql wrong name", "{what}");
    }
}

/// A server that starts without TLS rather than not at all keeps the TLS that it has.
#[test]
fn a_server_that_may_do_without_tls_keeps_it_at_a_bad_reload() {
    let client = pki::client(&[]);
    let disable = [("tlsql_on_config_error", "disable")];
    for (what, damage, code, option, _) in DAMAGES {
        let files = Server::new();
        let server = files.context(&disable);
        damage(&files);
        let error = server.reload(&files.builder(&disable), ALL_OR_NOTHING).unwrap_err();
        assert_eq!(option_of(&error).0, *code, "{what}: {error}");
        assert_eq!(option_of(&error).1.as_deref(), Some(*option), "{what}: {error}");
        assert!(shown(&client, &server).is_ok(), "{what}");
        let started = files.context(&disable);
        assert!(!started.has_tls() && !started.files_changed(), "{what}");
        files.put("ca.pem", "ca.pem");
        files.identity("server");
        assert!(started.files_changed(), "{what}: what it did without has come");
        started.reload(&files.builder(&disable), ALL_OR_NOTHING).unwrap();
        assert!(started.has_tls(), "{what}");
    }
}

/// T122: the same with NO ROLLBACK ON ERROR.
#[test]
fn without_a_rollback_a_bad_set_turns_tls_off_for_new_connections() {
    let client = pki::client(&[]);
    for (what, damage, code, _, _) in DAMAGES {
        let files = Server::new();
        let server = files.context(&[]);
        let (mut up, mut up_server) = link(&client, &server, SCHEDULES[0]);
        run(&mut up, &mut up_server);
        let before = values(&server);
        damage(&files);
        let error = server.reload(&files.builder(&[]), NO_ROLLBACK).unwrap_err();
        assert_eq!((error.code, error.mysql_errno()), (*code, 3888), "{what}");
        assert!(error.is_warning() && !server.has_tls(), "{what}");
        assert_eq!(values(&server), before, "{what}: the options are as they were");
        let (mut plain, mut plain_server) = link(&client, &server, SCHEDULES[0]);
        run(&mut plain, &mut plain_server);
        assert_eq!(plain.conn.phase(), Phase::Plain, "{what}");
        up.app.extend(b"x");
        run(&mut up, &mut up_server);
        assert_eq!(up_server.got, b"x", "{what}: those that are there go on");
        assert!(server.files_changed(), "{what}");
        files.put("ca.pem", "ca.pem");
        files.identity("server");
        server.reload(&files.builder(&[]), NO_ROLLBACK).unwrap();
        assert!(server.has_tls(), "{what}: and TLS is back");
        assert!(shown(&client, &server).is_ok(), "{what}");
    }
}

/// A wrong call is no bad set: it says nothing about the files.
#[test]
fn what_the_program_left_out_turns_nothing_off() {
    let both = Reload { options: true, no_rollback: true };
    let files = Server::new();
    let server = files.context(&[]);
    let mut unread = Builder::new(Role::Server);
    files.options().iter().for_each(|(name, value)| unread.set(name, value).unwrap());
    let (cert, key) = (pki::read("server-cert.pem"), pki::read("server-key.pem"));
    let mut own = Builder::new(Role::Server);
    own.set_identity(&cert, &key).unwrap();
    let of_memory = Context::new(&own).unwrap();
    let mut names_only = Builder::new(Role::Server);
    names_only.add_name("db.test", &cert, &key).unwrap();
    let mut ca_only = Builder::new(Role::Server);
    ca_only.add_ca(&pki::read("ca.pem")).unwrap();
    for (context, builder, code) in [
        (&server, &unread, Code::NotLoaded),
        (&of_memory, &names_only, Code::NoCert),
        (&of_memory, &ca_only, Code::NoCert),
    ] {
        for how in [ALL_OR_NOTHING, OPTIONS_TOO, NO_ROLLBACK, both] {
            let error = context.reload(builder, how).unwrap_err();
            assert_eq!((error.code, error.is_warning()), (code, false), "{how:?}: {error}");
            assert!(context.has_tls(), "{how:?}: {error}");
        }
    }
}

/// A data directory was to have the certificate: its files are gone, and no call was left out.
#[test]
fn a_certificate_that_left_the_data_directory_turns_tls_off() {
    let files = Files::new();
    let put = |name: &str| files.write(name, pki::read(name));
    let paths = ["ca.pem", "server-cert.pem", "server-key.pem"].map(put);
    let (cert, key) = (pki::read("other-cert.pem"), pki::read("other-key.pem"));
    let datadir = files.path("");
    let builder = || {
        let mut builder = pki::builder(Role::Server, &[("datadir", datadir.as_str())]).unwrap();
        builder.add_name("db.test", &cert, &key).unwrap();
        builder
    };
    let server = Context::new(&builder()).unwrap();
    paths.iter().for_each(|path| std::fs::remove_file(path).unwrap());
    let error = server.reload(&builder(), NO_ROLLBACK).unwrap_err();
    assert_eq!((error.code, error.is_warning()), (Code::NoCert, true), "{error}");
    let advice = "Put ca.pem, server-cert.pem and server-key.pem for all others into datadir,";
    assert!(error.message().contains(advice), "{error}");
    assert!(!server.has_tls());
    // Beside a CA from memory nothing in that directory counts.
    let mut with_ca = builder();
    with_ca.add_ca(&pki::read("ca.pem")).unwrap();
    let error = Context::new(&with_ca).unwrap_err();
    assert!(error.message().contains("Pass one for all others to"), "{error}");
}

/// A directory that was there when the context was made.
#[test]
fn a_directory_that_is_gone_or_cannot_be_used_leaves_the_old_set_and_is_named() {
    let (ca, crl) = (format!("cas/{}.0", pki::CA_HASH), format!("lists/{}.r0", pki::CA_HASH));
    let gone = |name: &'static str| -> Box<dyn Fn(&Server)> {
        Box::new(move |s| std::fs::remove_dir_all(s.files.path(name)).unwrap())
    };
    let file = |name: &'static str| -> Box<dyn Fn(&Server)> {
        Box::new(move |s| {
            std::fs::remove_dir_all(s.files.path(name)).unwrap();
            s.files.write(name, "no directory");
        })
    };
    let halved = |name: &str| -> Box<dyn Fn(&Server)> {
        let name = name.to_owned();
        Box::new(move |s| half(s, &name))
    };
    let damages = [
        ("no CAs", gone("cas"), Code::File, "ssl_capath", "cas"),
        ("no lists", gone("lists"), Code::File, "ssl_crlpath", "lists"),
        ("a file for CAs", file("cas"), Code::File, "ssl_capath", "cas"),
        ("a file for lists", file("lists"), Code::File, "ssl_crlpath", "lists"),
        ("half of a CA", halved(&ca), Code::Pem, "ssl_capath", &ca),
        ("half of a list", halved(&crl), Code::Crl, "ssl_crlpath", &crl),
    ];
    // The client's certificate is verified with the CA and the list of the old set.
    let client = pki::client_as("client", &[("tlsql_session_cache_size", "0")]);
    for (what, damage, code, option, name) in damages {
        let files = Server::new();
        let whole = || {
            let _ = std::fs::remove_file(files.files.path("cas"));
            let _ = std::fs::remove_file(files.files.path("lists"));
            files.put(&ca, "ca.pem");
            files.put(&crl, "crl.pem");
        };
        whole();
        let paths = [files.files.path("cas"), files.files.path("lists")];
        let directories = [("ssl_capath", paths[0].as_str()), ("ssl_crlpath", paths[1].as_str())];
        let server = files.context(&directories);
        damage(&files);
        assert!(server.files_changed(), "{what}");
        let error = server.reload(&files.builder(&directories), ALL_OR_NOTHING).unwrap_err();
        let named = (code, Some(option.to_owned()), Some(files.files.path(name)));
        assert_eq!(option_of(&error), named, "{what}: {error}");
        assert_eq!(error.mysql_errno(), 3888, "{what}");
        assert_eq!(shown(&client, &server).unwrap(), "/CN=tlsql test server", "{what}");
        whole();
        files.identity("wrongname");
        server.reload(&files.builder(&directories), ALL_OR_NOTHING).unwrap();
        assert_eq!(shown(&client, &server).unwrap(), "/CN=tlsql wrong name", "{what}");
    }
}

#[test]
fn a_data_directory_that_is_gone_leaves_the_old_set_and_is_named() {
    let files = Files::new();
    let datadir = files.path("data");
    let whole = || {
        for name in ["ca.pem", "server-cert.pem", "server-key.pem"] {
            files.write(&format!("data/{name}"), pki::read(name));
        }
    };
    whole();
    let builder = || {
        let mut builder = Builder::new(Role::Server);
        builder.set("datadir", &datadir).unwrap();
        let _ = builder.load_files();
        builder
    };
    let server = Context::new(&builder()).unwrap();
    std::fs::remove_dir_all(&datadir).unwrap();
    assert!(server.files_changed());
    let error = server.reload(&builder(), ALL_OR_NOTHING).unwrap_err();
    let named = (Code::File, Some("datadir".to_owned()), Some(datadir.clone()));
    assert_eq!(option_of(&error), named, "{error}");
    assert_eq!(error.mysql_errno(), 3888);
    assert!(shown(&pki::client(&[]), &server).is_ok());
    whole();
    server.reload(&builder(), ALL_OR_NOTHING).unwrap();
    assert!(server.has_tls());
}

#[test]
fn another_value_of_an_option_is_refused_with_its_name_unless_it_is_asked_for() {
    let files = Server::new();
    let server = files.context(&[("require_secure_transport", "ON")]);
    let before = values(&server);
    for (option, value) in [
        ("require_secure_transport", "OFF"),
        ("tls_version", "TLSv1.3"),
        ("ssl_cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"),
        ("tlsql_security_level", "1"),
        ("tlsql_profile", "mysql8"),
        ("ssl_cert", "both.pem"),
    ] {
        let path = pki::path(value);
        let value = if value.ends_with(".pem") { &path } else { value };
        let on = ("require_secure_transport", "ON");
        let builder = files.builder(&[on, (option, value)]);
        for how in [ALL_OR_NOTHING, NO_ROLLBACK] {
            let error = server.reload(&builder, how).unwrap_err();
            assert_eq!(option_of(&error).0, Code::OptionValue, "{option}: {error}");
            assert_eq!(option_of(&error).1.as_deref(), Some(option), "{error}");
            assert!(error.message().contains(value), "{error}");
            assert_eq!(values(&server), before, "{option}");
            assert!(!error.is_warning() && server.has_tls());
        }
        if option == "ssl_cert" {
            continue;
        }
        server.reload(&builder, OPTIONS_TOO).unwrap();
        assert_eq!(server.value(option).as_deref(), Some(value));
        server.reload(&files.builder(&[on]), OPTIONS_TOO).unwrap();
        assert_eq!(values(&server), before, "and back");
    }
}

/// An unused option's file must not turn off what the options in force have.
#[test]
fn a_file_of_another_option_value_turns_nothing_off() {
    let files = Server::new();
    let server = files.context(&[]);
    let elsewhere = files.files.path("missing.pem");
    let builder = files.builder(&[("ssl_cert", &elsewhere)]);
    let error = server.reload(&builder, ALL_OR_NOTHING).unwrap_err();
    assert_eq!(error.code, Code::File, "{error}");
    let error = server.reload(&builder, NO_ROLLBACK).unwrap_err();
    let option = Some("ssl_cert".to_owned());
    assert_eq!(option_of(&error), (Code::OptionValue, option, None), "{error}");
    assert!(server.has_tls() && !error.is_warning());
    let how = Reload { options: true, no_rollback: true };
    let error = server.reload(&builder, how).unwrap_err();
    assert_eq!((error.code, error.is_warning()), (Code::File, true), "{error}");
    assert!(!server.has_tls());
}

/// What is wrong is not the value: that it is another one.
#[test]
fn a_refused_change_of_an_option_is_named_as_that() {
    let files = Server::new();
    let server = files.context(&[("tls_version", "TLSv1.2,TLSv1.3")]);
    let builder = files.builder(&[("tls_version", "TLSv1.2")]);
    let error = server.reload(&builder, ALL_OR_NOTHING).unwrap_err();
    assert_eq!((error.code, error.option_name()), (Code::OptionValue, Some("tls_version")));
    assert_eq!(
        error.message(),
        "Failed to set up SSL because of the following SSL library error: A reload does not \
         change tls_version: 'TLSv1.2,TLSv1.3' is in force, and 'TLSv1.2' is another value. \
         Reload with the options in force, or pass TLSQL_RELOAD_OPTIONS."
    );
    let from_file = files.files.write("my.cnf", "[mysqld]\ntls-version=TLSv1.3\n");
    let mut builder = files.builder(&[]);
    builder.read_options(&from_file, "mysqld").unwrap();
    builder.load_files().unwrap();
    let message = server.reload(&builder, ALL_OR_NOTHING).unwrap_err().message();
    let sentence = "A reload does not change tls_version: 'TLSv1.2,TLSv1.3' is in force, and";
    assert!(message.contains(sentence), "{message}");

    let at = |mode| pki::builder(Role::Client, &[("ssl_mode", mode), ("ssl_ca", "ca.pem")]);
    let client = Context::new(&at("VERIFY_IDENTITY").unwrap()).unwrap();
    let error = client.reload(&at("VERIFY_CA").unwrap(), OPTIONS_TOO).unwrap_err();
    assert_eq!(error.option_name(), Some("ssl_mode"));
    assert_eq!(
        error.message(),
        "A reload does not lower ssl_mode: VERIFY_IDENTITY is in force, and VERIFY_CA is lower. \
         Make a context of its own for that."
    );
}

#[test]
fn a_clients_mode_is_never_lowered() {
    let at = |mode| pki::builder(Role::Client, &[("ssl_mode", mode), ("ssl_ca", "ca.pem")]);
    let modes = ["REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"];
    for (i, now) in modes.iter().enumerate() {
        for (j, next) in modes.iter().enumerate() {
            let client = Context::new(&at(now).unwrap()).unwrap();
            let expected = match (i < j, i == j) {
                (_, true) => (None, None),
                (true, _) => (Some("ssl_mode"), None),
                (false, _) => (Some("ssl_mode"), Some("ssl_mode")),
            };
            let refused = |how| {
                let error = client.reload(&at(next).unwrap(), how).err();
                error.map(|error| {
                    assert_eq!((error.code, error.mysql_errno()), (Code::OptionValue, 2026));
                    option_of(&error).1.unwrap()
                })
            };
            let found = (refused(ALL_OR_NOTHING), refused(OPTIONS_TOO));
            assert_eq!((found.0.as_deref(), found.1.as_deref()), expected, "{now} to {next}");
            let in_force = if i < j { next } else { now };
            assert_eq!(client.value("ssl_mode").as_deref(), Some(*in_force));
        }
    }
    // A CA that raised the mode, and is not given again.
    let mut builder = Builder::new(Role::Client);
    builder.add_ca(&pki::read("ca.pem")).unwrap();
    let client = Context::new(&builder).unwrap();
    for how in [ALL_OR_NOTHING, OPTIONS_TOO] {
        let error = client.reload(&Builder::new(Role::Client), how).unwrap_err();
        assert_eq!(option_of(&error), (Code::NoCa, Some("ssl_ca".to_owned()), None), "{error}");
        assert!(error.message().contains("Call tlsql_builder_add_ca()"), "{error}");
    }
    let error = client.reload(&builder, NO_ROLLBACK).unwrap_err();
    assert_eq!(error.code, Code::Argument, "its TLS is not turned off");
}

#[test]
fn material_of_memory_that_was_forgotten_is_missed() {
    let (cert, key) = (pki::read("server-cert.pem"), pki::read("server-key.pem"));
    let (ca, crl) = (pki::read("ca.pem"), pki::read("crl.pem"));
    let builder = |[has_identity, has_ca, has_crl]: [bool; 3]| {
        let mut builder = Builder::new(Role::Server);
        has_identity.then(|| builder.set_identity(&cert, &key).unwrap());
        has_ca.then(|| builder.add_ca(&ca).unwrap());
        has_crl.then(|| builder.add_crl(&crl).unwrap());
        builder
    };
    let server = Context::new(&builder([true; 3])).unwrap();
    server.reload(&builder([true; 3]), ALL_OR_NOTHING).unwrap();
    for (has, code, option) in
        [([true, false, false], Code::NoCa, "ssl_ca"), ([true, true, false], Code::Crl, "ssl_crl")]
    {
        let error = server.reload(&builder(has), ALL_OR_NOTHING).unwrap_err();
        assert_eq!(option_of(&error), (code, Some(option.to_owned()), None));
    }
    server.reload(&builder([true, false, false]), OPTIONS_TOO).unwrap();
    let error = server.reload(&builder([false; 3]), ALL_OR_NOTHING).unwrap_err();
    assert_eq!(option_of(&error), (Code::NoCert, Some("ssl_cert".to_owned()), None));
    assert!(server.has_tls());
    server.reload(&builder([false; 3]), OPTIONS_TOO).unwrap();
    assert!(!server.has_tls(), "as asked for");
}

#[test]
fn a_builder_of_the_other_role_is_a_wrong_call() {
    let files = Server::new();
    let (client, server) = (pki::client(&[]), files.context(&[]));
    let clients = pki::builder(Role::Client, &[]).unwrap();
    for how in [ALL_OR_NOTHING, OPTIONS_TOO, NO_ROLLBACK] {
        assert_eq!(server.reload(&clients, how).unwrap_err().code, Code::Argument);
        assert_eq!(client.reload(&files.builder(&[]), how).unwrap_err().code, Code::Argument);
    }
    assert!(server.has_tls());
}
