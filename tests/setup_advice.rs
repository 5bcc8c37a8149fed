//! What a refused set of settings advises: the call or the option that helps where the program gave
//! material from memory, where it changed something since, and in a reload.

mod support;

use support::{Files, pki};
use tlsql::{Builder, Code, Context, Error, Reload, Role};

const ALL_OR_NOTHING: Reload = Reload { options: false, no_rollback: false };
const OPTIONS_TOO: Reload = Reload { options: true, no_rollback: false };
const NO_ROLLBACK: Reload = Reload { options: false, no_rollback: true };

/// Checks the end of a message: the fact and the advice.
fn ends(error: &Error, code: Code, end: &str) {
    assert_eq!(error.code, code, "{error}");
    assert!(error.message().ends_with(end), "{error}\nand not\n{end}");
}

fn builder(role: Role, options: &[(&str, &str)]) -> Builder {
    let mut builder = Builder::new(role);
    options.iter().for_each(|(name, value)| builder.set(name, value).unwrap());
    builder
}

/// A builder of material from memory.
fn of_memory(role: Role, options: &[(&str, &str)], ca: bool, crl: bool, own: bool) -> Builder {
    let mut builder = builder(role, options);
    ca.then(|| builder.add_ca(&pki::read("ca.pem")).unwrap());
    crl.then(|| builder.add_crl(&pki::read("crl.pem")).unwrap());
    own.then(|| add_identity(&mut builder, "server-key.pem"));
    builder
}

fn add_identity(builder: &mut Builder, key: &str) {
    builder.set_identity(&pki::read("server-cert.pem"), &pki::read(key)).unwrap();
}

fn fails(builder: &Builder) -> Error {
    Context::new(builder).unwrap_err()
}

#[test]
fn a_certificate_that_was_left_out_of_memory_is_to_be_passed() {
    let with_ca = of_memory(Role::Server, &[], true, false, false);
    let end = "not usable without certificate and private key. Pass them to \
               tlsql_builder_set_identity(), or set ssl_cert and ssl_key.";
    ends(&fails(&with_ca), Code::NoCert, end);
    let server = Context::new(&of_memory(Role::Server, &[], true, false, true)).unwrap();
    ends(&server.reload(&with_ca, ALL_OR_NOTHING).unwrap_err(), Code::NoCert, end);

    let mut names = Builder::new(Role::Server);
    let [cert, key] = ["server-cert.pem", "server-key.pem"].map(pki::read);
    names.add_name("db.test", &cert, &key).unwrap();
    let end = "has certificates for its names only. Pass one for all others to \
               tlsql_builder_set_identity(), or set ssl_cert and ssl_key.";
    ends(&fails(&names), Code::NoCert, end);
    ends(&server.reload(&names, ALL_OR_NOTHING).unwrap_err(), Code::NoCert, end);

    let of_file = pki::try_context(Role::Server, &[("ssl_ca", "ca.pem")]).unwrap_err();
    let end = "Set ssl_cert and ssl_key to files with the server's certificate and its key.";
    ends(&of_file, Code::NoCert, end);
}

#[test]
fn a_reload_names_the_call_for_material_that_is_missing() {
    let options = "or pass TLSQL_RELOAD_OPTIONS.";
    let server = Context::new(&of_memory(Role::Server, &[], true, true, true)).unwrap();
    let refused = |has: [bool; 3]| {
        let set = of_memory(Role::Server, &[], has[0], has[1], has[2]);
        server.reload(&set, ALL_OR_NOTHING).unwrap_err()
    };
    let none = "the new set has none, unlike the old one.";
    let no_ca = refused([false, false, true]);
    let end = format!("{none} Call tlsql_builder_add_ca() on the new builder, {options}");
    ends(&no_ca, Code::NoCa, &format!("error: CA certificates (ssl_ca) are missing: {end}"));
    assert!(!no_ca.message().contains("ssl-mode"), "a server has none: {no_ca}");
    let end = format!("{none} Call tlsql_builder_add_crl() on the new builder, {options}");
    let end = format!("error: revocation lists (ssl_crl) are missing: {end}");
    ends(&refused([true, false, true]), Code::Crl, &end);
    let end = format!("{none} Call tlsql_builder_set_identity() on the new builder, {options}");
    ends(&refused([false, false, false]), Code::NoCert, &end);

    // A client that has to verify cannot be taken at its word that options may be others.
    let verify = [("ssl_mode", "VERIFY_CA")];
    let client = Context::new(&of_memory(Role::Client, &verify, true, false, false)).unwrap();
    let end = "CA certificates (ssl_ca) are missing: the new set has none, unlike the old one. Call \
               tlsql_builder_add_ca() on the new builder.";
    for how in [ALL_OR_NOTHING, OPTIONS_TOO] {
        ends(&client.reload(&builder(Role::Client, &verify), how).unwrap_err(), Code::NoCa, end);
    }
    let by_file = [("ssl_mode", "VERIFY_CA"), ("ssl_ca", "ca.pem")];
    let client = Context::new(&pki::builder(Role::Client, &by_file).unwrap()).unwrap();
    let end = "unlike the old one. Set ssl_ca and ssl_capath as in the old set.";
    let error = client.reload(&builder(Role::Client, &verify), ALL_OR_NOTHING).unwrap_err();
    ends(&error, Code::NoCa, end);
}

/// After TLS was turned off the set that comes next has to have a certificate all the same, and files
/// are to be loaded again.
#[test]
fn what_was_forgotten_behind_a_set_that_turned_tls_off_is_missed() {
    let files = Files::new();
    let [cert, key] =
        ["server-cert.pem", "server-key.pem"].map(|name| files.write(name, pki::read(name)));
    let by_file = |cert: &str| builder(Role::Server, &[("ssl_cert", cert), ("ssl_key", &key)]);
    let mut good = by_file(&cert);
    good.load_files().unwrap();
    let server = Context::new(&good).unwrap();
    let mut other = by_file(&files.path("typo"));
    assert_eq!(other.load_files().unwrap_err().code, Code::File);
    other.set("ssl_cert", &cert).unwrap();
    let error = server.reload(&other, NO_ROLLBACK).unwrap_err();
    ends(&error, Code::File, "Call tlsql_builder_load_files() again.");
    assert!(!error.is_warning() && server.has_tls(), "a call was left out");

    let server = Context::new(&of_memory(Role::Server, &[], false, false, true)).unwrap();
    let mut wrong = Builder::new(Role::Server);
    add_identity(&mut wrong, "client-key.pem");
    assert!(server.reload(&wrong, NO_ROLLBACK).unwrap_err().is_warning() && !server.has_tls());
    for how in [ALL_OR_NOTHING, NO_ROLLBACK] {
        let error = server.reload(&Builder::new(Role::Server), how).unwrap_err();
        assert_eq!((error.code, error.is_warning()), (Code::NoCert, false), "{error}");
        assert!(server.files_changed(), "it is not as it should be still");
    }
    server.reload(&Builder::new(Role::Server), OPTIONS_TOO).unwrap();
    assert!(!server.has_tls() && !server.files_changed(), "as asked for");
}

#[test]
fn files_that_left_the_data_directory_are_to_be_put_back() {
    let files = Files::new();
    for name in ["ca.pem", "server-cert.pem", "server-key.pem"] {
        files.write(name, pki::read(name));
    }
    let mut builder = builder(Role::Server, &[("datadir", &files.path("."))]);
    builder.load_files().unwrap();
    let server = Context::new(&builder).unwrap();
    std::fs::remove_file(files.path("ca.pem")).unwrap();
    builder.load_files().unwrap();
    let error = server.reload(&builder, ALL_OR_NOTHING).unwrap_err();
    let end = "unlike the old one. Put the files back into datadir, or pass TLSQL_RELOAD_OPTIONS.";
    ends(&error, Code::NoCert, end);
}

#[test]
fn an_option_that_is_not_set_has_no_empty_value() {
    let with_ca = pki::builder(Role::Client, &[("ssl_mode", "REQUIRED"), ("ssl_ca", "ca.pem")]);
    let without = pki::builder(Role::Client, &[("ssl_mode", "REQUIRED")]);
    let (with_ca, without) = (with_ca.unwrap(), without.unwrap());
    let refused = |old, new| Context::new(old).unwrap().reload(new, ALL_OR_NOTHING).unwrap_err();
    let (advice, ca) =
        ("Reload with the options in force, or pass TLSQL_RELOAD_OPTIONS.", "ca.pem'");
    let end = format!("{ca} is in force, and it is not set now. {advice}");
    ends(&refused(&with_ca, &without), Code::OptionValue, &end);
    let error = refused(&without, &with_ca);
    ends(&error, Code::OptionValue, &format!("{ca}. {advice}"));
    let start = "A reload does not change ssl_ca: it was not set, and now it is '";
    assert!(error.message().starts_with(start), "{error}");
}

#[test]
fn files_are_to_be_loaded_again_where_the_option_is_another_since() {
    let again = "Call tlsql_builder_load_files() again.";
    let mut builder = builder(Role::Client, &[("ssl_ca", &pki::path("ca.pem"))]);
    builder.set("ssl_crl", "missing.pem").unwrap();
    assert_eq!(builder.load_files().unwrap_err().code, Code::File);
    let advice = "Check the path and the permissions, or leave the option out.";
    ends(&fails(&builder), Code::File, advice);
    for change in [
        (|builder: &mut Builder| builder.unset("ssl_crl").unwrap()) as fn(&mut Builder),
        |builder| builder.set("ssl_crl", &pki::path("crl.pem")).unwrap(),
    ] {
        change(&mut builder);
        let error = fails(&builder);
        ends(&error, Code::File, again);
        assert!(error.message().contains("(ssl_crl=missing.pem)"), "{error}");
    }
    builder.load_files().unwrap();
    Context::new(&builder).unwrap();
}

/// The failure names one option, and another one decides too on what is loaded.
#[test]
fn options_that_are_others_since_are_not_the_set_that_failed() {
    let files = Files::new();
    let readme = files.write("cas/README", "no certificate");
    let directory = readme.trim_end_matches("/README");
    std::os::unix::fs::symlink("nowhere", files.path("cas/dangling.pem")).unwrap();
    let with_list = [&pki::read("ca.pem")[..], DAMAGED_LIST].concat();
    let with_list = files.write("ca-with-list.pem", with_list);
    let list = pki::path("crl.pem");
    let own = ["server-cert.pem", "server-key.pem"].map(pki::path);
    let as_program = |builder: &mut Builder, name: &str, value: Option<&str>| match value {
        Some(value) => builder.set(name, value).unwrap(),
        None => builder.unset(name).unwrap(),
    };
    let as_file = |builder: &mut Builder, name: &str, value: Option<&str>| {
        let line = format!("[mysqld]\n{name}={}\n", value.unwrap_or_default());
        builder.read_options(&files.write("my.cnf", line), "mysqld").unwrap();
    };
    type Set<'a> = &'a dyn Fn(&mut Builder, &str, Option<&str>);
    for (base, (name, value), set) in [
        (("ssl_capath", directory), ("tlsql_capath_all", "ON"), &as_program as Set),
        (("ssl_ca", &with_list), ("ssl_crl", &list), &as_program),
        (("ssl_ca", &with_list), ("ssl_crl", &list), &as_file),
    ] {
        for choice in ["abort", "disable"] {
            let own = [("ssl_cert", own[0].as_str()), ("ssl_key", own[1].as_str())];
            let options = [("tlsql_on_config_error", choice), own[0], own[1], base];
            let mut builder = builder(Role::Server, &options);
            builder.load_files().unwrap();
            let server = Context::new(&builder).unwrap();
            set(&mut builder, name, Some(value));
            assert_eq!(builder.load_files().is_ok(), choice == "disable", "{name}");
            set(&mut builder, name, None);
            let error = server.reload(&builder, NO_ROLLBACK).unwrap_err();
            assert!(!error.is_warning() && server.has_tls(), "{choice} {name}: {error}");
            let advice = "Call tlsql_builder_load_files()";
            assert!(error.message().contains(advice), "{choice} {name}: {error}");
            builder.load_files().unwrap();
            server.reload(&builder, NO_ROLLBACK).unwrap();
        }
    }
}

/// A fault of files that no option names any more is none.
#[test]
fn a_fault_goes_away_with_the_last_option_that_names_a_file() {
    let files = Files::new();
    for (line, taken_back) in
        [("ssl-cert=missing.pem", None), ("ssl-ca=missing.pem", Some("ssl-ca="))]
    {
        let write = |line: &str| files.write("my.cnf", format!("[mysqld]\n{line}\n"));
        let path = write(line);
        let mut builder = builder(Role::Server, &[("tlsql_on_config_error", "disable")]);
        builder.read_options(&path, "mysqld").unwrap();
        builder.load_files().unwrap();
        assert!(!Context::new(&builder).unwrap().has_tls(), "{line}");
        add_identity(&mut builder, "server-key.pem");
        if let Some(line) = taken_back {
            builder.read_options(&write(line), "mysqld").unwrap();
        }
        let server = Context::new(&builder).unwrap();
        assert!(server.has_tls(), "{line}");
        server.reload(&builder, NO_ROLLBACK).unwrap();
        assert!(server.has_tls(), "{line}");
    }
}

const DAMAGED_LIST: &[u8] = b"-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n";

/// Bytes from memory that do not fit are a set that cannot be used: `tlsql_on_config_error` has
/// nothing to do with it.
#[test]
fn a_pair_from_memory_that_does_not_fit_turns_tls_off_without_a_rollback() {
    for choice in ["abort", "disable"] {
        let options = [("tlsql_on_config_error", choice)];
        let server = Context::new(&of_memory(Role::Server, &options, false, false, true)).unwrap();
        let mut wrong = builder(Role::Server, &options);
        add_identity(&mut wrong, "client-key.pem");
        let error = server.reload(&wrong, ALL_OR_NOTHING).unwrap_err();
        ends(&error, Code::KeyMismatch, "Pass chain and key of one pair.");
        assert!(server.has_tls() && !error.is_warning(), "{choice}");
        let error = server.reload(&wrong, NO_ROLLBACK).unwrap_err();
        assert_eq!((error.code, error.is_warning()), (Code::KeyMismatch, true), "{choice}");
        assert!(!server.has_tls(), "{choice}");
    }
}

/// The warning that a reload has put an expired certificate in force is a note.
#[test]
fn a_reload_leaves_its_notes_on_the_builder() {
    let server = Context::new(&of_memory(Role::Server, &[], false, false, true)).unwrap();
    let mut expired = Builder::new(Role::Server);
    let [cert, key] = ["expired-cert.pem", "expired-key.pem"].map(pki::read);
    expired.set_identity(&cert, &key).unwrap();
    server.reload(&expired, ALL_OR_NOTHING).unwrap();
    assert!(expired.notes().iter().any(|note| note.text.contains("expired on")));
}
