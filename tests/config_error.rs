//! What becomes of a fault in a server's TLS settings: an error, or under
//! `tlsql_on_config_error=disable` a server without TLS and MySQL's words of the cause.

mod support;

use support::files::Files;
use support::wire::{self, BAD_HANDSHAKE, MYSQL57};
use support::{Host, Schedule, pki};
use tlsql::{Builder, Code, Context, Error, Note, Role, Severity};

const DISABLE: (&str, &str) = ("tlsql_on_config_error", "disable");
const CERT: (&str, &str) = ("ssl_cert", "server-cert.pem");
const KEY: (&str, &str) = ("ssl_key", "server-key.pem");
const CA: (&str, &str) = ("ssl_ca", "ca.pem");
const ENFORCED: (&str, &str) = ("tls_certificates_enforced_validation", "ON");

const BAD_PATHS: &str = "SSL_CTX_set_default_verify_paths failed";
const NO_CERTIFICATE: &str = "Unable to get certificate";
const NO_KEY: &str = "Unable to get private key";
const NOT_USABLE: &str = "SSL context is not usable without certificate and private key";
const CIPHERS: &str = "Failed to set ciphers to use";
const VERSION: &str = "TLS version is invalid";

/// Settings that MySQL cannot set TLS up with.
struct Fault {
    options: &'static [(&'static str, &'static str)],
    /// MySQL's sentence.
    sentence: &'static str,
    /// What they fail with else.
    code: Code,
}

const fn fault(
    options: &'static [(&'static str, &'static str)],
    sentence: &'static str,
    code: Code,
) -> Fault {
    Fault { options, sentence, code }
}

const FAULTS: &[Fault] = &[
    fault(&[CERT, KEY, ("tls_version", "bogus")], VERSION, Code::NoVersion),
    fault(&[CERT, KEY, ("tls_version", "")], VERSION, Code::NoVersion),
    fault(&[CERT, KEY, ("tls_version", "TLSv1.1")], VERSION, Code::NoVersion),
    fault(&[CERT, KEY, ("ssl_cipher", "BOGUS")], CIPHERS, Code::NoCipher),
    fault(&[CERT, KEY, ("tls_ciphersuites", "BOGUS")], CIPHERS, Code::NoCipher),
    fault(&[CERT], NO_KEY, Code::NoKey),
    fault(&[KEY], NO_CERTIFICATE, Code::NoCert),
    fault(&[CERT, ("ssl_key", "client-key.pem")], NO_KEY, Code::KeyMismatch),
    fault(&[KEY, ("ssl_cert", "/nonexistent/cert.pem")], NO_CERTIFICATE, Code::File),
    fault(&[CERT, ("ssl_key", "/nonexistent/key.pem")], NO_KEY, Code::File),
    fault(&[("ssl_key", "/nonexistent/key.pem")], NO_CERTIFICATE, Code::File),
    fault(&[CA], NOT_USABLE, Code::NoCert),
    fault(&[CERT, KEY, ("ssl_ca", "/nonexistent/ca.pem")], BAD_PATHS, Code::File),
    fault(&[CERT, KEY, ("ssl_ca", "server-key.pem")], BAD_PATHS, Code::Pem),
    fault(&[CERT, KEY, CA, ("ssl_crl", "/nonexistent/crl.pem")], BAD_PATHS, Code::File),
    fault(&[CERT, KEY, CA, ("ssl_crl", "ca.pem")], BAD_PATHS, Code::Crl),
    fault(&[CERT, KEY, ("ssl_capath", "/nonexistent")], BAD_PATHS, Code::File),
    fault(
        &[CERT, KEY, ("ssl_capath", "/nonexistent"), ("tlsql_capath_all", "ON")],
        BAD_PATHS,
        Code::File,
    ),
    fault(&[CERT, KEY, CA, ("ssl_crlpath", "/nonexistent")], BAD_PATHS, Code::File),
    fault(&[CERT, KEY, CA, ("datadir", "/nonexistent")], NOT_USABLE, Code::File),
];

fn set_up(builder: &mut Builder, options: &[(&str, &str)]) -> Result<(), Error> {
    for (name, value) in options {
        let bare = value.ends_with(".pem") && !value.contains('/');
        builder.set(name, &if bare { pki::path(value) } else { (*value).to_owned() })?;
    }
    builder.load_files()
}

/// A server's settings, and the context of them.
fn start(options: &[(&str, &str)]) -> Result<(Builder, Context), Error> {
    let mut builder = Builder::new(Role::Server);
    set_up(&mut builder, options)?;
    let context = Context::new(&builder)?;
    Ok((builder, context))
}

/// The notes with one of MySQL's numbers.
fn log(builder: &Builder) -> Vec<(u32, Severity, &str)> {
    let of_log = builder.notes().iter().filter(|note| note.log_code != 0);
    of_log.map(|note| (note.log_code, note.severity, note.text.as_str())).collect()
}

fn failed(sentence: &str) -> String {
    format!("Failed to set up SSL because of the following SSL library error: {sentence}")
}

/// What a client gets that asks for TLS.
fn answer(context: &Context) -> Host {
    let mut host = Host::new(context, Schedule::Whole);
    host.greeting = wire::greeting(MYSQL57);
    host.deliver(&wire::packet(1, &wire::ssl_request(wire::MYSQL_PROGRAM)));
    host
}

#[test]
fn a_fault_is_an_error_or_turns_tls_off_with_mysqls_sentence() {
    // T120, D5
    for &Fault { options, sentence, code } in FAULTS {
        let error = start(options).map(drop).expect_err(&format!("{options:?}"));
        assert_eq!(error.code, code, "{options:?}: {}", error.message());

        let (builder, context) = start(&[&[DISABLE], options].concat()).unwrap();
        assert!(!context.has_tls(), "{options:?}");
        let log = log(&builder);
        let last = failed(sentence);
        assert_eq!(log.last(), Some(&(10069, Severity::Warning, last.as_str())), "{options:?}");
        let of_file = [NO_CERTIFICATE, NO_KEY].contains(&sentence);
        assert_eq!(log.len(), if of_file { 2 } else { 1 }, "{log:?}");
        if of_file {
            let (59, Severity::Error, line) = log[0] else { panic!("{log:?}") };
            let start = format!("SSL error: {sentence} from '");
            assert!(line.starts_with(&start) && line.ends_with('\''), "{line}");
        }
        // What MySQL keeps to itself.
        let causes = builder.notes().iter().filter(|note| note.text.contains(": TLS is off: "));
        assert_eq!(causes.count(), usize::from(options != [CA]), "{:?}", builder.notes());
        assert_eq!(context.fault().unwrap().code, code);
    }
}

#[test]
fn a_server_without_tls_offers_none_and_refuses_to_be_asked() {
    // T85, T90, T120
    for Fault { options, .. } in FAULTS {
        let (_, context) = start(&[&[DISABLE][..], options].concat()).unwrap();
        let host = answer(&context);
        let sent = wire::greeting_capabilities(&host.sent[4..]);
        assert_eq!(sent, MYSQL57 & !0x4000_0800, "{options:?}");
        assert_eq!(host.failure().code, Code::SslRequest, "{options:?}");
        assert_eq!(host.failure().mysql_errno(), 1043);
        assert!(host.sent.ends_with(BAD_HANDSHAKE), "{options:?}");
    }
}

#[test]
fn the_file_is_named_as_its_option_names_it() {
    let (builder, _) = start(&[DISABLE, CERT]).unwrap();
    let line = format!("SSL error: {NO_KEY} from '{}'", pki::path("server-cert.pem"));
    assert_eq!(log(&builder)[0], (59, Severity::Error, line.as_str()));
    let (builder, _) = start(&[DISABLE, CERT, ("ssl_key", "client-key.pem")]).unwrap();
    let line = format!("SSL error: {NO_KEY} from '{}'", pki::path("client-key.pem"));
    assert_eq!(log(&builder)[0], (59, Severity::Error, line.as_str()));
}

#[test]
fn garbage_in_the_data_directory_turns_tls_off() {
    // T120
    let files = Files::new();
    for (name, kept) in [("ca.pem", "ca.pem"), ("server-key.pem", "server-key.pem")] {
        files.write_bytes(name, &pki::read(kept));
    }
    files.write("server-cert.pem", "garbage\n");
    let directory = files.path("");
    let error = start(&[("datadir", &directory)]).map(drop).unwrap_err();
    assert_eq!(error.code, Code::NoCert);
    let (builder, context) = start(&[DISABLE, ("datadir", &directory)]).unwrap();
    assert!(!context.has_tls());
    let found = "Found ca.pem, server-cert.pem and server-key.pem in data directory. Trying to \
        enable SSL support using them.";
    let line = format!("SSL error: {NO_CERTIFICATE} from 'server-cert.pem'");
    let expected = [
        (10182, Severity::Note, found),
        (59, Severity::Error, &line),
        (10069, Severity::Warning, &failed(NO_CERTIFICATE)),
    ];
    assert_eq!(log(&builder), expected);
    assert_eq!(
        context.value("ssl_cert").as_deref(),
        Some("server-cert.pem"),
        "as in SHOW VARIABLES"
    );
}

/// Generation finds the fault first, and leaves it to `load_files`.
#[test]
fn a_data_directory_that_is_none_turns_tls_off() {
    let files = Files::new();
    let file = files.write("file", "");
    for directory in [&*file, "/nonexistent"] {
        for generated in ["ON", "OFF"] {
            let make = |on_error: &str| {
                let mut builder = Builder::new(Role::Server);
                builder.set("tlsql_on_config_error", on_error).unwrap();
                builder.set("datadir", directory).unwrap();
                builder.set("auto_generate_certs", generated).unwrap();
                builder.generate("8.0.36", "").and_then(|()| builder.load_files())?;
                Context::new(&builder).map(|context| (context.has_tls(), log(&builder).len()))
            };
            let (has_tls, lines) = make("disable").unwrap();
            assert!(!has_tls && lines > 0, "{directory}, {generated}");
            assert_eq!(make("abort").unwrap_err().code, Code::File, "{directory}, {generated}");
        }
    }
}

#[test]
fn a_mariadb_server_does_not_start() {
    // T121
    let mariadb = ("tlsql_profile", "mariadb");
    for &Fault { options, code, .. } in FAULTS {
        for set in [&[mariadb, DISABLE][..], &[DISABLE, mariadb]] {
            let error = start(&[set, options].concat()).map(drop).unwrap_err();
            assert_eq!(error.code, code, "{options:?}");
        }
    }
    let (builder, context) = start(&[mariadb, DISABLE, CERT, KEY]).unwrap();
    let note = "tlsql_on_config_error: disable has no effect beside tlsql_profile=mariadb";
    assert!(context.has_tls() && builder.notes().iter().any(|has| has.text == note));
}

#[test]
fn with_enforced_validation_every_fault_is_an_error() {
    // T120
    for &Fault { options, code, .. } in FAULTS {
        let error = start(&[&[DISABLE, ENFORCED], options].concat()).map(drop).unwrap_err();
        assert_eq!(error.code, code, "{options:?}");
    }
    let code = |options: &[_]| start(options).map(drop).unwrap_err().code;
    let unverified = [DISABLE, ENFORCED, CERT, KEY, ("ssl_ca", "other-ca.pem")];
    assert_eq!(code(&unverified), Code::OwnCert);
    assert_eq!(code(&[DISABLE, ENFORCED, CERT, KEY]), Code::OptionValue, "no CA");
    let wish = [("tlsql_profile", "mysql8"), ENFORCED, CERT, KEY, ("tls_version", "")];
    assert_eq!(code(&wish), Code::NoVersion);
    let (builder, context) = start(&[DISABLE, ENFORCED, CERT, KEY, CA]).unwrap();
    let note = "tlsql_on_config_error: disable has no effect beside \
                tls_certificates_enforced_validation=ON";
    assert!(context.has_tls() && builder.notes().iter().any(|has| has.text == note));
    let mut builder = Builder::new(Role::Server);
    builder.set(DISABLE.0, DISABLE.1).unwrap();
    builder.set("tls_version", "bogus").unwrap();
    assert_eq!(builder.set(ENFORCED.0, ENFORCED.1).unwrap_err().code, Code::NoVersion);
    let files = Files::new();
    let (cert, key) = (pki::path("server-cert.pem"), pki::path("server-key.pem"));
    let content = format!(
        "[mysqld]\nssl_cert={cert}\nssl_key={key}\nssl_ca={}\n\
         tls_certificates_enforced_validation=ON\ntlsql_on_config_error=disable\n",
        pki::path("other-ca.pem")
    );
    let mut builder = Builder::new(Role::Server);
    builder.read_options(&files.write("my.cnf", &content), "mysqld").unwrap();
    builder.load_files().unwrap();
    assert_eq!(Context::new(&builder).unwrap_err().code, Code::OwnCert);
}

#[test]
fn mysql_8_takes_an_empty_version_for_the_wish_and_another_for_an_error() {
    // T120
    let mysql8 = ("tlsql_profile", "mysql8");
    let channel = "Failed to initialize TLS for channel: mysql_main. See below for the description \
        of exact issue.";
    for set in [&[mysql8][..], &[mysql8, DISABLE]] {
        let (builder, context) = start(&[set, &[CERT, KEY, ("tls_version", "")]].concat()).unwrap();
        assert!(!context.has_tls());
        assert_eq!(context.value("tls_version").as_deref(), Some(""));
        let expected =
            [(13595, Severity::Warning, channel), (10069, Severity::Warning, &failed(VERSION))];
        assert_eq!(log(&builder), expected);
        assert_eq!(builder.notes().len(), 2, "it was wished for: {:?}", builder.notes());
        for value in ["bogus", "TLSv1.1", ","] {
            let error = start(&[set, &[CERT, KEY, ("tls_version", value)]].concat()).map(drop);
            assert_eq!(error.unwrap_err().code, Code::NoVersion, "{value}");
        }
    }
    // The other faults are as ever, with the line on the channel.
    let admin = ("tlsql_channel", "MYSQL_ADMIN");
    assert!(start(&[mysql8, CERT, KEY, ("ssl_cipher", "BOGUS")]).is_err());
    let (builder, _) = start(&[mysql8, admin, DISABLE, CERT, KEY, ("ssl_cipher", "X")]).unwrap();
    let channel = channel.replace("mysql_main", "mysql_admin");
    let expected =
        [(13595, Severity::Warning, &*channel), (10069, Severity::Warning, &failed(CIPHERS))];
    assert_eq!(log(&builder), expected);
}

#[test]
fn a_value_that_was_kept_is_refused_once_no_server_would_go_on() {
    let mut builder = Builder::new(Role::Server);
    assert_eq!(builder.set("tls_version", "bogus").unwrap_err().code, Code::NoVersion);
    assert_eq!(builder.get("tls_version").unwrap(), "TLSv1.2,TLSv1.3", "as it was");
    builder.set(DISABLE.0, "DISABLE").unwrap();
    builder.set("tls_version", "bogus").unwrap();
    builder.set("ssl_cipher", "BOGUS").unwrap();
    assert_eq!(builder.get("tls_version").unwrap(), "bogus");
    let note = &failed(VERSION);
    assert_eq!(log(&builder), [(10069, Severity::Warning, note.as_str())], "MySQL's first");
    // Each would leave a value that is no value.
    for (name, value) in
        [(DISABLE.0, "abort"), ("tlsql_profile", "mariadb"), ("tlsql_profile", "mysql8")]
    {
        assert_eq!(builder.set(name, value).unwrap_err().code, Code::NoVersion, "{name}={value}");
    }
    assert_eq!(builder.unset(DISABLE.0).unwrap_err().code, Code::NoVersion);
    assert_eq!(builder.get(DISABLE.0).unwrap(), "DISABLE", "as it was");
    builder.set("tls_version", "TLSv1.3").unwrap();
    builder.unset("ssl_cipher").unwrap();
    assert!(log(&builder).is_empty());
    builder.set(DISABLE.0, "abort").unwrap();
}

#[test]
fn in_a_file_the_order_of_lines_does_not_matter() {
    let files = Files::new();
    let content = "[mysqld]\ntls_version=bogus\nssl-cipher=BOGUS\ntlsql-on-config-error=disable\n";
    let file = files.write("my.cnf", content);
    let mut builder = Builder::new(Role::Server);
    builder.read_options(&file, "mysqld").unwrap();
    builder.load_files().unwrap();
    assert!(!Context::new(&builder).unwrap().has_tls());
    let causes: Vec<_> = builder.notes().iter().filter(|note| note.log_code == 0).collect();
    let [Note { option: "tls_version", text, .. }] = &causes[..] else { panic!("{causes:?}") };
    assert_eq!(text.matches("line 2").count(), 1, "{text}");
    // The file's choice is none for the program's own value.
    assert_eq!(builder.set("tls_version", "TLSv1.9").unwrap_err().code, Code::NoVersion);
    assert_eq!(builder.get("tls_version").unwrap(), "bogus", "as it was");
    // A line that does not count beside it is an error where others are.
    builder.set("tls_version", "TLSv1.3").unwrap();
    builder.unset("ssl_cipher").unwrap();
    assert_eq!(builder.set(DISABLE.0, "abort").unwrap_err().code, Code::NoVersion);
    // MySQL 8's empty value, which is a line all the same.
    let wish = "[mysqld]\ntls-version=\ntlsql-profile=mysql8\nrequire_secure_transport\n";
    let wish = files.write("wish.cnf", wish);
    let mut server = Builder::new(Role::Server);
    server.read_options(&wish, "mysqld").unwrap();
    assert!(!Context::new(&server).unwrap().has_tls());
    assert_eq!(log(&server).iter().map(|line| line.0).collect::<Vec<_>>(), [13595, 10069]);
    let plain = files.write("plain.cnf", "[mysqld]\ntls_version=bogus\n");
    let error = Builder::new(Role::Server).read_options(&plain, "mysqld").unwrap_err();
    assert!(error.message().contains("line 2"), "{}", error.message());
}

#[test]
fn no_file_makes_a_server_go_on_without_the_programs_certificate() {
    // D17
    let files = Files::new();
    let certificate = |builder: &mut Builder| {
        let (chain, key) = (pki::read("server-cert.pem"), pki::read("server-key.pem"));
        builder.set_identity(&chain, &key).unwrap();
    };
    let start = |content: &str| -> Result<_, Error> {
        let file = files.write("my.cnf", content);
        let mut builder = Builder::new(Role::Server);
        certificate(&mut builder);
        builder.read_options(&file, "mysqld")?;
        builder.load_files()?;
        let texts: Vec<_> = builder.notes().iter().map(|note| note.text.clone()).collect();
        Ok((Context::new(&builder)?.has_tls(), texts))
    };
    let why = "has no effect: the program set a certificate itself (";
    let disable = "[mysqld]\ntlsql_on_config_error=disable\n";
    for content in [
        &format!("{disable}tls_version=bogus\n"),
        &format!("{disable}ssl_ca=/nonexistent\n"),
        "[mysqld]\ntls_version=\n",
    ] {
        assert!(start(content).is_err(), "{content}");
    }
    let (has_tls, notes) = start(disable).unwrap();
    let text = format!("tlsql_on_config_error: disable {why}");
    assert!(has_tls && notes[0].starts_with(&text), "{notes:?}");
    let (has_tls, notes) = start("[mysqld]\ntls_version=\ntlsql_profile=mysql8\n").unwrap();
    let text = format!("tls_version: an empty value {why}");
    assert!(has_tls && notes[0].starts_with(&text), "{notes:?}");
    // The program itself may say so, of its own faults.
    let file = files.write("my.cnf", disable);
    let mut builder = Builder::new(Role::Server);
    certificate(&mut builder);
    builder.read_options(&file, "mysqld").unwrap();
    builder.set(DISABLE.0, DISABLE.1).unwrap();
    builder.set("ssl_ca", "/nonexistent").unwrap();
    builder.load_files().unwrap();
    assert!(!Context::new(&builder).unwrap().has_tls());
}

#[test]
fn other_failures_stay_errors() {
    let file = |content: &str| {
        let files = Files::new();
        let path = files.write("my.cnf", content);
        let mut builder = Builder::new(Role::Server);
        builder.set(DISABLE.0, DISABLE.1).unwrap();
        builder.read_options(&path, "mysqld").unwrap_err().code
    };
    assert_eq!(file("[mysqld]\nssl-bogus=1\n"), Code::OptionName);
    assert_eq!(file("[mysqld]\nssl-ca=\"x\n"), Code::OptionSyntax);
    assert_eq!(file("[mysqld]\n!include /nonexistent\n"), Code::OptionFile);
    assert_eq!(file("[mysqld]\nssl=perhaps\n"), Code::OptionValue);
    let mut builder = Builder::new(Role::Server);
    builder.set(DISABLE.0, DISABLE.1).unwrap();
    for (name, value, code) in [
        ("ssl_bogus", "1", Code::OptionName),
        ("ssl", "perhaps", Code::OptionValue),
        ("ssl_ca", "", Code::OptionValue),
        ("ssl_fips_mode", "ON", Code::OptionValue),
        ("tlsql_profile", "mysql9", Code::OptionValue),
        ("tlsql_on_config_error", "ignore", Code::OptionValue),
        ("tls_version", "TLSv1.2\0", Code::OptionValue),
    ] {
        assert_eq!(builder.set(name, value).unwrap_err().code, code, "{name}={value}");
    }
    assert_eq!(builder.add_ca(b"garbage").unwrap_err().code, Code::Pem);
    assert_eq!(builder.set_identity(b"garbage", b"").unwrap_err().code, Code::NoCert);
    builder.set("ssl_cert", "/nonexistent").unwrap();
    assert_eq!(Context::new(&builder).unwrap_err().code, Code::NotLoaded, "a call is missing");
    builder.load_files().unwrap();
    Context::new(&builder).unwrap();
    builder.set("ssl_cert", "/another").unwrap();
    assert_eq!(Context::new(&builder).unwrap_err().code, Code::NotLoaded, "again");
}

#[test]
fn tls_is_back_once_the_fault_is_gone() {
    let mut builder = Builder::new(Role::Server);
    set_up(&mut builder, &[DISABLE, CERT, ("ssl_key", "client-key.pem")]).unwrap();
    let context = Context::new(&builder).unwrap();
    assert!(!context.has_tls());
    assert_eq!(log(&builder).len(), 2);
    set_up(&mut builder, &[KEY]).unwrap();
    assert!(log(&builder).is_empty(), "{:?}", builder.notes());
    assert!(Context::new(&builder).unwrap().has_tls());
    set_up(&mut builder, &[CA, ("ssl_crl", "/nonexistent")]).unwrap();
    assert!(!Context::new(&builder).unwrap().has_tls());
    builder.unset("ssl_crl").unwrap();
    assert_eq!(Context::new(&builder).unwrap_err().code, Code::NotLoaded, "what was not read");
    builder.load_files().unwrap();
    assert!(Context::new(&builder).unwrap().has_tls());
}

#[test]
fn a_value_that_is_corrected_is_no_fault_any_more() {
    let with = |builder: &mut Builder, is_set: bool| match is_set {
        true => builder.set("tls_version", "TLSv1.3").unwrap(),
        false => builder.unset("tls_version").unwrap(),
    };
    let version = ("tls_version", "bogus");
    for is_set in [true, false] {
        let mut memory = Builder::new(Role::Server);
        memory.set_identity(&pki::read("server-cert.pem"), &pki::read("server-key.pem")).unwrap();
        let mut files = Builder::new(Role::Server);
        set_up(&mut memory, &[DISABLE, version]).unwrap();
        set_up(&mut files, &[DISABLE, CERT, KEY, version]).unwrap();
        for mut builder in [memory, files] {
            assert!(!Context::new(&builder).unwrap().has_tls());
            with(&mut builder, is_set);
            assert!(Context::new(&builder).unwrap().has_tls(), "{is_set}");
            assert!(log(&builder).is_empty(), "{:?}", builder.notes());
        }
        // The file's fault is one still.
        let mut both = Builder::new(Role::Server);
        set_up(&mut both, &[DISABLE, CERT, ("ssl_key", "/nonexistent"), version]).unwrap();
        let fault = |builder: &Builder| Context::new(builder).unwrap().fault().unwrap().code;
        assert_eq!(fault(&both), Code::NoVersion);
        with(&mut both, is_set);
        assert_eq!(fault(&both), Code::File);
    }
}

#[test]
fn certificate_and_key_as_bytes_that_do_not_fit_stay_an_error() {
    let mut builder = Builder::new(Role::Server);
    builder.set(DISABLE.0, DISABLE.1).unwrap();
    builder.set_identity(&pki::read("server-cert.pem"), &pki::read("client-key.pem")).unwrap();
    builder.load_files().unwrap();
    assert_eq!(Context::new(&builder).unwrap_err().code, Code::KeyMismatch);
}

#[test]
fn with_ssl_off_no_fault_is_looked_for() {
    let off = [DISABLE, ("ssl", "OFF"), ("tls_version", "bogus"), ("ssl_cert", "/nonexistent")];
    let (builder, context) = start(&off).unwrap();
    assert!(!context.has_tls() && context.fault().is_none());
    assert!(log(&builder).is_empty(), "{:?}", builder.notes());
}

#[test]
fn a_server_that_demands_tls_and_has_none_says_whom_it_serves() {
    let demand = ("require_secure_transport", "ON");
    let only_local = |builder: &Builder| {
        let about = |note: &&Note| note.option == "require_secure_transport";
        builder.notes().iter().filter(about).map(|note| note.text.clone()).collect::<Vec<_>>()
    };
    let text = "require_secure_transport: ON without TLS: only local transports are served, a Unix \
        socket or shared memory";
    for options in [
        &[DISABLE, demand, CERT][..],
        &[DISABLE, demand, CERT, KEY, ("tls_version", "bogus")],
        &[DISABLE, demand, CERT, ("ssl_key", "client-key.pem")],
        &[demand, ("ssl", "OFF")],
    ] {
        assert_eq!(only_local(&start(options).unwrap().0), [text], "{options:?}");
    }
    for options in [&[demand, CERT, KEY][..], &[DISABLE, CERT]] {
        assert!(only_local(&start(options).unwrap().0).is_empty(), "{options:?}");
    }
}
