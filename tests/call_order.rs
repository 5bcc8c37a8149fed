//! The order of a builder's calls: what counts in the end is what the options and the program say then,
//! whenever files were loaded.

mod support;

use support::{Files, pki};
use tlsql::{Builder, Code, Context, Reload, Role};

const NO_ROLLBACK: Reload = Reload { options: false, no_rollback: true };
const OPTIONS_TOO: Reload = Reload { options: true, no_rollback: false };

/// A data directory with the three files, and a builder that names it.
fn data_directory() -> (Files, Builder) {
    let files = Files::new();
    for name in ["ca.pem", "server-cert.pem", "server-key.pem"] {
        files.write(name, pki::read(name));
    }
    let mut builder = Builder::new(Role::Server);
    builder.set("datadir", &files.path("")).unwrap();
    (files, builder)
}

fn set(builder: &mut Builder, options: &[(&str, &str)]) {
    options.iter().for_each(|(name, value)| builder.set(name, value).unwrap());
}

fn digest(builder: &Builder) -> String {
    Context::new(builder).unwrap().status("Tlsql_policy_digest").unwrap().to_string()
}

/// Nobody looked for the files while others were named.
#[test]
fn a_data_directory_that_was_outranked_is_looked_into_first() {
    let (files, mut builder) = data_directory();
    let (_kept, mut other) = data_directory();
    other.load_files().unwrap();
    let server = Context::new(&other).unwrap();
    let own = [files.path("server-cert.pem"), files.path("server-key.pem")];
    set(&mut builder, &[("ssl_cert", &own[0]), ("ssl_key", &own[1])]);
    builder.load_files().unwrap();
    ["ssl_cert", "ssl_key"].iter().for_each(|name| builder.unset(name).unwrap());
    for error in
        [Context::new(&builder).unwrap_err(), server.reload(&builder, OPTIONS_TOO).unwrap_err()]
    {
        assert_eq!(error.code, Code::NotLoaded, "{error}");
        assert_eq!(error.details().unwrap().option.as_deref(), Some("datadir"), "{error}");
    }
    assert!(server.has_tls());
    builder.load_files().unwrap();
    assert!(Context::new(&builder).unwrap().has_tls());

    let (files, mut builder) = data_directory();
    let read = |builder: &mut Builder, line: &str| {
        let path = files.write("my.cnf", format!("[mysqld]\n{line}\n"));
        builder.read_options(&path, "mysqld").unwrap();
    };
    read(&mut builder, "ssl-ca=ca.pem");
    builder.load_files().unwrap();
    read(&mut builder, "ssl-ca=");
    assert_eq!(Context::new(&builder).unwrap_err().code, Code::NotLoaded);
}

/// Where nothing was found a pair from memory is enough.
#[test]
fn an_empty_data_directory_stays_loaded_beside_a_pair_from_memory() {
    let files = Files::new();
    let mut builder = Builder::new(Role::Server);
    builder.set("datadir", &files.path("")).unwrap();
    builder.load_files().unwrap();
    builder.set_identity(&pki::read("server-cert.pem"), &pki::read("server-key.pem")).unwrap();
    assert!(Context::new(&builder).unwrap().has_tls());
}

/// The same paths as those that were found: the CA that nobody names is none any more.
#[test]
fn what_was_found_counts_no_more_beside_an_option_that_names_the_same_file() {
    let as_program = |files: &Files, builder: &mut Builder| {
        let own = [files.path("server-cert.pem"), files.path("server-key.pem")];
        set(builder, &[("ssl_cert", &own[0]), ("ssl_key", &own[1])]);
    };
    let as_file = |files: &Files, builder: &mut Builder| {
        let lines = "[mysqld]\nssl-cert=server-cert.pem\nssl-key=server-key.pem\n";
        builder.read_options(&files.write("my.cnf", lines), "mysqld").unwrap();
    };
    for name_pair in [&as_program as &dyn Fn(&Files, &mut Builder), &as_file] {
        let (files, mut builder) = data_directory();
        builder.load_files().unwrap();
        let found = digest(&builder);
        name_pair(&files, &mut builder);
        assert_eq!(Context::new(&builder).unwrap_err().code, Code::NotLoaded);
        builder.load_files().unwrap();
        assert_ne!(digest(&builder), found, "without the CA");
        assert_eq!(Context::new(&builder).unwrap().value("ssl_ca").as_deref(), Some(""));
    }
    let (files, mut builder) = data_directory();
    builder.load_files().unwrap();
    builder.set("ssl_ca", &files.path("ca.pem")).unwrap();
    assert_eq!(Context::new(&builder).unwrap_err().code, Code::NotLoaded);
    builder.load_files().unwrap();
    assert_eq!(Context::new(&builder).unwrap_err().code, Code::NoCert);
}

/// A list from memory outranks the directory as a CA does.
#[test]
fn a_list_from_memory_makes_another_set_of_one_that_failed() {
    let (_kept, mut good) = data_directory();
    good.load_files().unwrap();
    for give in [
        (|builder| builder.add_crl(&pki::read("crl.pem")).unwrap()) as fn(&mut Builder),
        |builder| builder.add_ca(&pki::read("ca.pem")).unwrap(),
    ] {
        let server = Context::new(&good).unwrap();
        let (files, mut builder) = data_directory();
        files.write("server-cert.pem", "no certificate");
        assert_eq!(builder.load_files().unwrap_err().code, Code::NoCert);
        give(&mut builder);
        let error = server.reload(&builder, NO_ROLLBACK).unwrap_err();
        assert!(!error.is_warning() && server.has_tls(), "{error}");
        assert!(error.message().contains("tlsql_builder_load_files()"), "{error}");
    }
}

#[test]
fn a_found_file_is_taken_back_until_the_next_load() {
    let (_files, mut builder) = data_directory();
    builder.load_files().unwrap();
    builder.unset("ssl_ca").unwrap();
    assert_eq!(builder.get("ssl_ca").unwrap(), "");
    assert_eq!(Context::new(&builder).unwrap_err().code, Code::NotLoaded);
    builder.load_files().unwrap();
    assert_eq!(builder.get("ssl_ca").unwrap(), "ca.pem");
}

/// Whoever set it, as `tlsql_builder_unset()` says.
#[test]
fn that_the_certificate_was_to_be_verified_is_not_forgotten() {
    let files = Files::new();
    let path = files.write("my.cnf", "[client]\nssl-verify-server-cert\n");
    let mut builder = Builder::new(Role::Client);
    builder.read_options(&path, "client").unwrap();
    builder.unset("ssl_verify_server_cert").unwrap();
    assert_eq!(Context::new(&builder).unwrap_err().code, Code::NoCa);
    builder.add_ca(&pki::read("ca.pem")).unwrap();
    assert_eq!(Context::new(&builder).unwrap().value("ssl_mode").as_deref(), Some("VERIFY_CA"));
}

/// A file's check that was without effect is so too once it was taken back.
#[test]
fn a_check_that_was_taken_back_does_not_outrank_the_programs_off() {
    let files = Files::new();
    let path = files.write("my.cnf", "[client]\nssl-verify-server-cert\n");
    let mut builder = Builder::new(Role::Client);
    builder.set("ssl", "OFF").unwrap();
    builder.read_options(&path, "client").unwrap();
    let mode = |builder: &Builder| Context::new(builder).unwrap().value("ssl_mode");
    assert_eq!(mode(&builder).as_deref(), Some("DISABLED"));
    builder.unset("ssl_verify_server_cert").unwrap();
    assert_eq!(mode(&builder).as_deref(), Some("DISABLED"));
    builder.unset("ssl").unwrap();
    assert_eq!(Context::new(&builder).unwrap_err().code, Code::NoCa, "VERIFY_CA is left");
    builder.set("ssl", "OFF").unwrap();
    assert_eq!(mode(&builder).as_deref(), Some("DISABLED"));
}

/// The file's own mode counts alone, as beside its OFF.
#[test]
fn a_check_that_was_taken_back_outranks_no_mode_of_a_file() {
    let files = Files::new();
    let path = files.write("my.cnf", "[client]\nssl-mode=REQUIRED\nssl-verify-server-cert\n");
    let mut builder = Builder::new(Role::Client);
    builder.read_options(&path, "client").unwrap();
    assert_eq!(Context::new(&builder).unwrap_err().code, Code::OptionValue);
    builder.unset("ssl_verify_server_cert").unwrap();
    assert_eq!(Context::new(&builder).unwrap().value("ssl_mode").as_deref(), Some("REQUIRED"));
    builder.unset("ssl_mode").unwrap();
    assert_eq!(Context::new(&builder).unwrap_err().code, Code::NoCa, "VERIFY_CA");
}

/// A proof by password that is asked for in vain, since a CA vouches for the server.
#[test]
fn no_file_lowers_verify_ca_beside_a_proof_without_effect() {
    let files = Files::new();
    let path = files.write("my.cnf", "[client]\nssl-mode=REQUIRED\n");
    let mut builder = Builder::new(Role::Client);
    builder.add_ca(&pki::read("ca.pem")).unwrap();
    builder.set("tlsql_peer_proof", "ON").unwrap();
    builder.read_options(&path, "client").unwrap();
    assert_eq!(Context::new(&builder).unwrap().value("ssl_mode").as_deref(), Some("VERIFY_CA"));
}

#[test]
fn notes_on_what_was_taken_back_go_with_it() {
    let (files, mut builder) = data_directory();
    let path = files.write("my.cnf", "[mysqld]\nloose-ssl-fips-mode=ON\n");
    let own = ["ca.pem", "server-cert.pem", "server-key.pem"].map(|name| files.path(name));
    set(&mut builder, &[("ssl_ca", &own[0]), ("ssl_cert", &own[1]), ("ssl_key", &own[2])]);
    builder.read_options(&path, "mysqld").unwrap();
    builder.load_files().unwrap();
    let has =
        |builder: &Builder, part: &str| builder.notes().iter().any(|note| note.text.contains(part));
    for (option, part) in [("ssl_ca", "is self signed"), ("ssl_fips_mode", "left out")] {
        assert!(has(&builder, part), "{option}: {:?}", builder.notes());
        builder.unset(option).unwrap();
        assert!(!has(&builder, part), "{option}: {:?}", builder.notes());
    }
}

/// The advice to leave an option out holds only where that makes the directory count.
#[test]
fn an_option_is_to_be_left_out_only_where_that_is_enough() {
    let advice = "then the files in datadir count";
    for (more, with_ca, is_advised) in
        [(None, false, true), (None, true, false), (Some("ssl_ca"), false, false)]
    {
        let (_files, mut builder) = data_directory();
        builder.set("ssl_crl", &pki::path("crl.pem")).unwrap();
        if let Some(option) = more {
            builder.set(option, &pki::path("ca.pem")).unwrap();
        }
        if with_ca {
            builder.add_ca(&pki::read("ca.pem")).unwrap();
        }
        builder.load_files().unwrap();
        let error = Context::new(&builder).unwrap_err();
        assert_eq!(error.code, Code::NoCert, "{error}");
        assert_eq!(error.message().contains(advice), is_advised, "{more:?} {with_ca}: {error}");
    }
}

/// No file in the directory could make up for the call that was left out.
#[test]
fn a_forgotten_pair_turns_nothing_off_beside_a_directory_that_does_not_count() {
    let (_files, mut builder) = data_directory();
    builder.add_ca(&pki::read("ca.pem")).unwrap();
    builder.load_files().unwrap();
    let forgotten = server_with(&builder);
    let error = forgotten.reload(&builder, NO_ROLLBACK).unwrap_err();
    assert_eq!((error.code, error.is_warning()), (Code::NoCert, false), "{error}");
    assert!(forgotten.has_tls());
}

/// A list from memory outranks the directory as a CA does.
#[test]
fn a_forgotten_pair_turns_nothing_off_beside_a_list_from_memory() {
    let (_files, mut builder) = data_directory();
    let mut forgotten = Builder::new(Role::Server);
    forgotten.set("datadir", builder.get("datadir").unwrap()).unwrap();
    builder.set_identity(&pki::read("server-cert.pem"), &pki::read("server-key.pem")).unwrap();
    for builder in [&mut builder, &mut forgotten] {
        builder.add_crl(&pki::read("crl.pem")).unwrap();
        builder.load_files().unwrap();
    }
    let server = Context::new(&builder).unwrap();
    let error = server.reload(&forgotten, NO_ROLLBACK).unwrap_err();
    assert_eq!((error.code, error.is_warning()), (Code::NoCert, false), "{error}");
    assert!(server.has_tls());
}

/// A server with the options of a builder, and a pair from memory beside the same CA.
fn server_with(other: &Builder) -> Context {
    let mut builder = Builder::new(Role::Server);
    builder.set("datadir", other.get("datadir").unwrap()).unwrap();
    builder.add_ca(&pki::read("ca.pem")).unwrap();
    builder.set_identity(&pki::read("server-cert.pem"), &pki::read("server-key.pem")).unwrap();
    builder.load_files().unwrap();
    Context::new(&builder).unwrap()
}

#[test]
fn files_that_were_found_stay_in_their_directory() {
    let (_files, mut builder) = data_directory();
    builder.load_files().unwrap();
    let other = Files::new();
    builder.set("datadir", &other.path("")).unwrap();
    assert_eq!(builder.get("ssl_ca").unwrap(), "");
    let error = Context::new(&builder).unwrap_err();
    let option = error.details().unwrap().option.clone();
    assert_eq!((error.code, option.as_deref()), (Code::NotLoaded, Some("datadir")), "{error}");
}

#[test]
fn files_made_after_a_load_are_to_be_loaded() {
    let files = Files::new();
    let mut builder = Builder::new(Role::Server);
    builder.set("datadir", &files.path("")).unwrap();
    builder.load_files().unwrap();
    builder.generate("8.0.36", "").unwrap();
    assert_eq!(Context::new(&builder).unwrap_err().code, Code::NotLoaded);
    builder.load_files().unwrap();
    assert!(Context::new(&builder).unwrap().has_tls());
}

/// The failure is one of before the files were there.
#[test]
fn files_made_after_a_load_that_failed_are_to_be_loaded() {
    let (files, mut builder) = data_directory();
    builder.load_files().unwrap();
    let server = Context::new(&builder).unwrap();
    std::fs::remove_dir_all(files.path("")).unwrap();
    let mut builder = Builder::new(Role::Server);
    builder.set("datadir", &files.path("")).unwrap();
    assert_eq!(builder.load_files().unwrap_err().code, Code::File);
    std::fs::create_dir(files.path("")).unwrap();
    builder.generate("8.0.36", "").unwrap();
    let error = server.reload(&builder, NO_ROLLBACK).unwrap_err();
    assert!(!error.is_warning() && server.has_tls(), "{error}");
    assert!(error.message().contains("tlsql_builder_load_files()"), "{error}");
    builder.load_files().unwrap();
    assert!(Context::new(&builder).unwrap().has_tls());
}

/// It hid that files were found there.
#[test]
fn files_made_in_another_directory_are_not_noted() {
    let files = Files::new();
    let (_kept, mut other) = data_directory();
    other.load_files().unwrap();
    let mut builder = Builder::new(Role::Server);
    builder.set("datadir", &files.path("")).unwrap();
    builder.generate("8.0.36", "").unwrap();
    builder.set("datadir", other.get("datadir").unwrap()).unwrap();
    builder.load_files().unwrap();
    let texts = |of: &Builder| of.notes().iter().map(|note| note.text.clone()).collect::<Vec<_>>();
    assert_eq!(texts(&builder), texts(&other));
}

/// The load would have been none with `disable` set before it.
#[test]
fn what_a_server_may_go_on_after_since_a_load_is_to_be_loaded_again() {
    let mut builder = Builder::new(Role::Server);
    builder.set("ssl_cert", "/nonexistent").unwrap();
    let failed = builder.load_files().unwrap_err();
    assert_eq!(Context::new(&builder).unwrap_err().message(), failed.message());
    builder.set("tlsql_on_config_error", "disable").unwrap();
    let error = Context::new(&builder).unwrap_err();
    assert!(error.message().contains("tlsql_builder_load_files()"), "{error}");
    builder.load_files().unwrap();
    assert!(!Context::new(&builder).unwrap().has_tls());
}

#[test]
fn with_tls_off_nothing_is_said_of_files() {
    let files = Files::new();
    let mut builder = Builder::new(Role::Server);
    builder.set("datadir", &files.path("")).unwrap();
    builder.load_files().unwrap();
    builder.set("ssl", "OFF").unwrap();
    let is_about_files = |text: &str| text.contains("not usable without certificate");
    assert!(!builder.notes().iter().any(|note| is_about_files(&note.text)));
    builder.unset("ssl").unwrap();
    builder.generate("8.0.36", "").unwrap();
    assert_eq!(builder.notes().len(), 1, "{:?}", builder.notes());
    builder.set("ssl", "OFF").unwrap();
    assert!(builder.notes().is_empty(), "{:?}", builder.notes());
}

/// Nobody would read it.
#[test]
fn a_data_directory_that_is_outranked_since_is_not_watched() {
    let files = Files::new();
    let mut builder = Builder::new(Role::Server);
    builder.set("datadir", &files.path("")).unwrap();
    builder.load_files().unwrap();
    builder.set_identity(&pki::read("server-cert.pem"), &pki::read("server-key.pem")).unwrap();
    let context = Context::new(&builder).unwrap();
    files.write("ca.pem", pki::read("ca.pem"));
    assert!(!context.files_changed());
}

/// Files that do not count are not watched.
#[test]
fn a_file_that_tls_off_leaves_out_is_not_watched() {
    let files = Files::new();
    let ca = files.write("ca.pem", pki::read("ca.pem"));
    let mut builder = Builder::new(Role::Client);
    builder.set("ssl_ca", &ca).unwrap();
    builder.load_files().unwrap();
    builder.set("ssl_mode", "DISABLED").unwrap();
    let context = Context::new(&builder).unwrap();
    files.write("ca.pem", "another");
    assert!(!context.files_changed());
}
