//! Option files beside what the program sets itself, and beside each other.

mod support;

use support::{Files, pki};
use tlsql::{Builder, Code, Conn, Context, Role};

use Role::{Client, Server};

const PIN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Makes a builder of a file's content and the program's calls, in both orders, which must not
/// differ.
fn beside(role: Role, calls: &[(&str, &str)], content: &str) -> Builder {
    let files = Files::new();
    // As it stands: a cipher list may have @SECLEVEL.
    let path = files.write_bytes("my.cnf", format!("[g]\n{content}\n").as_bytes());
    let set = |builder: &mut Builder| {
        for (name, value) in calls {
            builder.set(name, value).unwrap();
        }
    };
    let mut file_last = Builder::new(role);
    set(&mut file_last);
    file_last.read_options(&path, "g").unwrap();
    let mut file_first = Builder::new(role);
    file_first.read_options(&path, "g").unwrap();
    set(&mut file_first);
    for option in tlsql::OPTIONS.iter().filter(|option| option.roles.contains(&role)) {
        let values = [&file_first, &file_last].map(|builder| builder.get(option.name).unwrap());
        assert_eq!(values[0], values[1], "{} of {calls:?} and {content:?}", option.name);
    }
    let [first, last] = [&file_first, &file_last]
        .map(|builder| builder.notes().iter().map(|note| note.text.clone()).collect::<Vec<_>>());
    assert_eq!(first, last, "{calls:?} and {content:?}");
    let modes = [&file_first, &file_last]
        .map(|builder| Context::new(builder).map(|context| context.value("ssl_mode")));
    let modes = modes.map(|mode| mode.map_err(|error| error.code));
    assert_eq!(modes[0], modes[1], "{calls:?} and {content:?}");
    file_last
}

#[test]
fn what_the_program_sets_counts_before_files() {
    for (role, calls, content, option, expected) in [
        (Client, &[("ssl_mode", "REQUIRED")][..], "ssl-mode=VERIFY_CA", "ssl_mode", "REQUIRED"),
        (Client, &[("tls-version", "TLSv1.3")], "tls_version=TLSv1.2", "tls_version", "TLSv1.3"),
        (Client, &[("ssl", "ON")], "skip-ssl", "ssl", "ON"),
        (Client, &[("ssl_ca", "own.pem")], "ssl-ca=", "ssl_ca", "own.pem"),
        (Client, &[], "ssl-ca=file.pem", "ssl_ca", "file.pem"),
        (
            Server,
            &[("require_secure_transport", "ON")],
            "require-secure-transport=OFF",
            "require_secure_transport",
            "ON",
        ),
        (
            Server,
            &[("tlsql_channel", "mysql_admin")],
            "tlsql_channel=mysql_main",
            "tlsql_channel",
            "mysql_admin",
        ),
    ] {
        let builder = beside(role, calls, content);
        assert_eq!(builder.get(option).unwrap(), expected, "{calls:?} and {content:?}");
        // The context that was made of it has no TLS.
        let is_demanded = option == "require_secure_transport";
        assert_eq!(builder.notes().len(), usize::from(is_demanded), "{:?}", builder.notes());
    }
}

/// T127
#[test]
fn no_file_lowers_a_mode_that_the_program_asks_for() {
    let (required, ca, identity) = ("REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY");
    let ca_file = pki::path("ca.pem");
    for (calls, content, mode, warning) in [
        (&[("ssl_mode", required)][..], "ssl-mode=DISABLED", required, ""),
        (&[("ssl_mode", required)], "skip-ssl", required, "ssl: OFF has no effect beside ssl_mode"),
        (
            &[("ssl_mode", required)],
            "tls-version=TLSv1.2\nssl-cipher=HIGH\nssl-fips-mode=OFF",
            required,
            "",
        ),
        (
            &[("ssl_mode", "PREFERRED")],
            "ssl-verify-server-cert",
            "PREFERRED",
            "ssl_verify_server_cert: ON has no effect beside ssl_mode=PREFERRED, which the program",
        ),
        (
            &[("ssl_mode", "DISABLED")],
            "ssl-mode=REQUIRED\nssl-ca=x",
            "DISABLED",
            "ssl_ca: no effect beside ssl_mode=DISABLED",
        ),
        // The names of other versions ask for a mode too.
        (
            &[("ssl", "ON")],
            "ssl-mode=DISABLED",
            required,
            "ssl_mode: DISABLED has no effect: the program's own settings ask for REQUIRED",
        ),
        (&[("ssl", "ON")], "ssl-mode=PREFERRED", required, "ssl_mode: PREFERRED has no effect"),
        (&[("enable-ssl", "")], "ssl-mode=REQUIRED", required, ""),
        (
            &[("ssl", "OFF")],
            "ssl-mode=REQUIRED",
            "DISABLED",
            "ssl_mode: REQUIRED has no effect beside ssl=OFF, which the program set",
        ),
        (
            &[("skip-ssl", "")],
            "ssl-verify-server-cert",
            "DISABLED",
            "ssl_verify_server_cert: ON has no effect beside ssl=OFF, which the program set",
        ),
        // What vouches for the peer does.
        (&[("ssl_fp", PIN)], "ssl-mode=PREFERRED", required, "ssl_mode: PREFERRED has no effect"),
        (
            &[("ssl_fp", PIN)],
            "skip-ssl",
            required,
            "ssl: OFF has no effect: the program's own settings ask for REQUIRED",
        ),
        (
            &[("tlsql_peer_proof", "ON")],
            "ssl-mode=DISABLED",
            required,
            "ssl_mode: DISABLED has no effect",
        ),
        // A file may ask for more, and where the program asks for nothing for what it likes.
        (&[("ssl", "ON")], "tls-version=TLSv1.3", required, ""),
        (
            &[("ssl_fp", PIN)],
            "ssl-mode=VERIFY_CA",
            ca,
            "ssl_fp: a fingerprint replaces CA, dates, name and revocation: no effect of VERIFY_CA",
        ),
        (&[("ssl_verify_server_cert", "OFF")], "ssl-mode=REQUIRED", required, ""),
        (&[], "ssl-mode=DISABLED", "DISABLED", ""),
        (&[], "skip-ssl", "DISABLED", ""),
        (&[("tls-version", "TLSv1.3")], "skip-ssl", "DISABLED", ""),
    ] {
        let builder = beside(Client, calls, content);
        let context = Context::new(&builder).unwrap();
        assert_eq!(context.value("ssl_mode").unwrap(), mode, "{calls:?} and {content:?}");
        let notes: Vec<_> = builder.notes().iter().map(|note| note.text.as_str()).collect();
        let is_right = match warning {
            "" => notes.is_empty(),
            _ => notes.len() == 1 && notes[0].starts_with(warning),
        };
        assert!(is_right, "{calls:?} and {content:?}: {notes:?}");
    }
    // With a CA, files are loaded.
    for (calls, content, mode) in [
        (&[("ssl_ca", &*ca_file)][..], "ssl-mode=REQUIRED", ca),
        (&[("ssl_ca", &ca_file)], "ssl-mode=VERIFY_IDENTITY", identity),
        (&[("ssl_ca", &ca_file)], "skip-ssl", ca),
        (&[("ssl_ca", &ca_file), ("ssl_verify_server_cert", "ON")], "ssl-mode=VERIFY_CA", identity),
        (&[("ssl_ca", &ca_file), ("ssl_verify_server_cert", "ON")], "skip-ssl", identity),
        (&[("ssl_ca", &ca_file), ("ssl_verify_server_cert", "OFF")], "ssl-verify-server-cert", ca),
    ] {
        let mut builder = beside(Client, calls, content);
        builder.load_files().unwrap();
        let context = Context::new(&builder).unwrap();
        assert_eq!(context.value("ssl_mode").unwrap(), mode, "{calls:?} and {content:?}");
    }
    // A CA in memory is the program's own, added before or behind the file.
    let files = Files::new();
    let path = files.write("my.cnf", "[g]\nskip-ssl\n");
    for file_first in [true, false] {
        let mut builder = Builder::new(Client);
        if file_first {
            builder.read_options(&path, "g").unwrap();
        }
        builder.add_ca(&pki::read("ca.pem")).unwrap();
        if !file_first {
            builder.read_options(&path, "g").unwrap();
        }
        assert_eq!(Context::new(&builder).unwrap().value("ssl_mode").unwrap(), ca);
    }
}

#[test]
fn the_programs_own_trust_is_not_widened() {
    let trust = "no effect: the program set a CA or a fingerprint itself";
    let own = "no effect: the program set a certificate itself";
    for (calls, content, option, why) in [
        (&[("ssl_capath", "/own")][..], "ssl-ca=system", "ssl_ca", trust),
        (&[("ssl_ca", "/own")], "ssl-capath=/etc/ssl/certs", "ssl_capath", trust),
        (&[("ssl_capath", "/own")], "tlsql-capath-all", "tlsql_capath_all", trust),
        (&[("ssl_ca", "/own")], &format!("ssl-fp={PIN}"), "ssl_fp", trust),
        (&[("ssl_fp", PIN)], "ssl-fplist=/x", "ssl_fplist", trust),
        (&[("ssl_fp", PIN)], "ssl-ca=/x", "ssl_ca", trust),
        (&[("ssl_cert", "/own")], "ssl-key=/x", "ssl_key", own),
        (&[("ssl_key", "/own")], "ssl-cert=/x", "ssl_cert", own),
    ] {
        let builder = beside(Client, calls, content);
        let default = if option == "tlsql_capath_all" { "OFF" } else { "" };
        assert_eq!(builder.get(option).unwrap(), default, "{calls:?} and {content}");
        let notes: Vec<_> = builder.notes().iter().map(|note| note.text.as_str()).collect();
        let [note] = notes[..] else { panic!("{calls:?} and {content}: {notes:?}") };
        assert!(note.starts_with(&format!("{option}: {why} (")), "{note}");
        assert!(note.ends_with("my.cnf, line 2)"), "{note}");
    }
    let files = Files::new();
    let path = files.write("my.cnf", "[g]\nssl-ca=/x\nssl-cert=/y\n");
    let mut builder = Builder::new(Client);
    builder.read_options(&path, "g").unwrap();
    builder.add_ca(&pki::read("ca.pem")).unwrap();
    builder.set_identity(&pki::read("client-cert.pem"), &pki::read("client-key.pem")).unwrap();
    assert_eq!(["ssl_ca", "ssl_cert"].map(|name| builder.get(name).unwrap()), ["", ""]);
    Context::new(&builder).unwrap();
}

/// Neither is it by what was loaded before the program set its own.
#[test]
fn what_a_file_named_counts_no_more_beside_the_programs_own() {
    let (option_files, files) = (Files::new(), Files::new());
    for (option, content) in
        [("ssl-fplist", PIN.into()), ("ssl-ca", pki::read("other-ca.pem")), ("ssl-capath", vec![])]
    {
        let named = files.write("named/file", &content);
        let named = if option == "ssl-capath" { files.path("named") } else { named };
        let path = option_files.write("my.cnf", format!("[g]\n{option}={named}\n"));
        let contexts = [true, false].map(|loads_first| {
            let mut builder = Builder::new(Client);
            builder.set("ssl_mode", "VERIFY_CA").unwrap();
            builder.read_options(&path, "g").unwrap();
            if loads_first {
                builder.load_files().unwrap();
            }
            builder.add_ca(&pki::read("ca.pem")).unwrap();
            if !loads_first {
                builder.load_files().unwrap();
            }
            Context::new(&builder).unwrap()
        });
        let digests = contexts.each_ref().map(|context| context.status("Tlsql_policy_digest"));
        assert_eq!(digests[0], digests[1], "{option}");
        files.write("named/file", "another now");
        assert_eq!(contexts.each_ref().map(Context::files_changed), [false; 2], "{option}");
    }
}

/// A server that is to prove itself by the account's password proves nothing if a file's CA or
/// fingerprint takes the place of that.
#[test]
fn no_file_ends_the_need_for_a_proof() {
    let (ca, directory) = (pki::path("ca.pem"), pki::dir().to_str().unwrap().to_owned());
    for (line, option) in [
        (format!("ssl-ca={ca}"), "ssl_ca"),
        ("ssl-ca=system".to_owned(), "ssl_ca"),
        (format!("ssl-capath={directory}"), "ssl_capath"),
        (format!("ssl-fp={PIN}"), "ssl_fp"),
        ("ssl-fplist=/x".to_owned(), "ssl_fplist"),
    ] {
        for mode in [None, Some("REQUIRED"), Some("VERIFY_IDENTITY")] {
            let mut calls = vec![("tlsql_peer_proof", "ON")];
            calls.extend(mode.map(|mode| ("ssl_mode", mode)));
            let mut builder = beside(Client, &calls, &line);
            builder.load_files().unwrap();
            let context = Context::new(&builder).unwrap();
            assert!(Conn::new(&context).needs_peer_proof(), "{calls:?} and {line}");
            let notes: Vec<_> = builder.notes().iter().map(|note| note.text.as_str()).collect();
            let [note] = notes[..] else { panic!("{calls:?} and {line}: {notes:?}") };
            let why = "no effect: the program set tlsql_peer_proof=ON itself";
            assert!(note.starts_with(&format!("{option}: {why} (")), "{note}");
        }
    }
    // What the program names itself vouches for the server, and a file's proof changes nothing.
    for (calls, content) in [
        (&[("tlsql_peer_proof", "ON"), ("ssl_ca", &*ca)][..], "ssl-mode=VERIFY_CA"),
        (&[("ssl_ca", &ca)], "tlsql-peer-proof"),
        (&[("tlsql_peer_proof", "OFF")], &format!("ssl-ca={ca}")),
    ] {
        let mut builder = beside(Client, calls, content);
        builder.load_files().unwrap();
        let context = Context::new(&builder).unwrap();
        assert!(!Conn::new(&context).needs_peer_proof(), "{calls:?} and {content}");
        assert_eq!(
            context.value("ssl_mode").as_deref(),
            Some("VERIFY_CA"),
            "{calls:?} and {content}"
        );
    }
}

/// A server with a certificate of the program's keeps its TLS.
#[test]
fn no_file_turns_tls_off_beside_the_programs_certificate() {
    let (cert, key) = (pki::path("server-cert.pem"), pki::path("server-key.pem"));
    let pair = [("ssl_cert", &*cert), ("ssl_key", &*key)];
    let admin = [("tlsql_channel", "mysql_admin"), pair[0], pair[1]];
    let why = "ssl: OFF has no effect: the program set a certificate itself (";
    for (calls, content, has_tls) in [
        (&pair[..], "skip-ssl", true),
        (&pair, "ssl=OFF", true),
        (&pair, "disable-ssl", true),
        (&admin, "skip-admin-ssl", true),
        (&admin, "ssl=0", true),
        (&pair[..1], "ssl=OFF", true),
        (&[], &format!("ssl-cert={cert}\nssl-key={key}\nskip-ssl"), false),
    ] {
        let builder = beside(Server, calls, content);
        assert_eq!(builder.get("ssl").unwrap(), if has_tls { "ON" } else { "OFF" }, "{calls:?}");
        let notes: Vec<_> = builder.notes().iter().map(|note| note.text.as_str()).collect();
        let is_told = notes.iter().any(|note| note.starts_with(why));
        assert_eq!(is_told, has_tls, "{calls:?} and {content:?}: {notes:?}");
        if let &[.., _, _] = calls {
            let mut builder = builder;
            builder.load_files().unwrap();
            assert!(Context::new(&builder).unwrap().has_tls(), "{calls:?} and {content:?}");
        }
    }
    // A certificate in memory, given before or behind the file.
    let files = Files::new();
    let path = files.write("my.cnf", "[g]\nskip-ssl\n");
    for file_first in [true, false] {
        let mut builder = Builder::new(Server);
        if file_first {
            builder.read_options(&path, "g").unwrap();
            assert_eq!(builder.get("ssl").unwrap(), "OFF");
        }
        builder.set_identity(&pki::read("server-cert.pem"), &pki::read("server-key.pem")).unwrap();
        if !file_first {
            builder.read_options(&path, "g").unwrap();
        }
        assert!(builder.notes().iter().any(|note| note.text.starts_with(why)));
        assert!(Context::new(&builder).unwrap().has_tls());
        // What the program itself says counts.
        builder.set("ssl", "OFF").unwrap();
        assert!(!Context::new(&builder).unwrap().has_tls());
    }
}

/// The level of a cipher list is OpenSSL's spelling of `tlsql_security_level`.
#[test]
fn no_file_lowers_the_level_in_the_other_spelling() {
    let (level, why) = ("tlsql_security_level", "no effect beside @SECLEVEL in ssl_cipher");
    for (calls, content, expected, warning) in [
        (&[("ssl_cipher", "HIGH:@SECLEVEL=2")][..], "tlsql-security-level=0", "2", why),
        (&[("ssl_cipher", "@SECLEVEL=1:HIGH")], "tlsql_security_level=0", "1", why),
        (&[("ssl_cipher", "HIGH:@SECLEVEL=2"), (level, "1")], "tlsql_security_level=0", "1", ""),
        (&[(level, "2")], "ssl-cipher=HIGH:@SECLEVEL=0", "2", "@SECLEVEL has no effect beside"),
        (&[("ssl_cipher", "HIGH")], "tlsql-security-level=1", "1", ""),
        (&[], "tlsql-security-level=0", "0", ""),
        (&[], "ssl-cipher=HIGH:@SECLEVEL=2\ntlsql-security-level=1", "1", ""),
    ] {
        for role in [Client, Server] {
            let builder = beside(role, calls, content);
            let context = Context::new(&builder).unwrap();
            assert_eq!(
                context.value(level).as_deref(),
                Some(expected),
                "{calls:?} and {content:?}"
            );
            let notes = builder.notes();
            let is_told = notes.iter().any(|note| note.text.contains(warning));
            assert!(warning.is_empty() || is_told, "{calls:?} and {content:?}: {notes:?}");
        }
    }
}

#[test]
fn an_option_that_is_taken_back_is_so_wherever_it_came_from() {
    let mut builder = beside(Client, &[("ssl_mode", "REQUIRED")], "ssl-mode=VERIFY_CA\nssl-ca=x");
    builder.unset("ssl-mode").unwrap();
    builder.unset("ssl-ca").unwrap();
    assert_eq!(["ssl_mode", "ssl_ca"].map(|name| builder.get(name).unwrap()), ["PREFERRED", ""]);
    // What counted for nothing beside the program's own counts when that is gone.
    let mut builder = beside(Client, &[("ssl_fp", PIN)], "ssl-ca=x");
    builder.unset("ssl_fp").unwrap();
    assert_eq!(builder.get("ssl_ca").unwrap(), "x");
}

#[test]
fn of_several_files_the_last_counts() {
    let files = Files::new();
    let [a, b] = [
        files.write("a.cnf", "[g]\nssl-mode=VERIFY_IDENTITY\nssl-ca=a\nssl-cert=a\n"),
        files.write("b.cnf", "[g]\nssl-mode=REQUIRED\nssl-ca=\n"),
    ];
    for (order, expected) in
        [([&a, &b], ["REQUIRED", "", "a"]), ([&b, &a], ["VERIFY_IDENTITY", "a", "a"])]
    {
        let mut builder = Builder::new(Client);
        for path in order {
            builder.read_options(path, "g").unwrap();
        }
        let found = ["ssl_mode", "ssl_ca", "ssl_cert"].map(|name| builder.get(name).unwrap());
        assert_eq!(found, expected);
    }
}

/// Of one `ssl_verify_server_cert` after the other OFF leaves VERIFY_CA, as where a program sets it.
#[test]
fn a_check_that_a_file_asked_for_is_not_forgotten() {
    let ca = pki::path("ca.pem");
    for (content, mode) in [
        ("ssl-verify-server-cert\nssl-verify-server-cert=0", "VERIFY_CA"),
        ("ssl-verify-server-cert=0\nssl-verify-server-cert", "VERIFY_IDENTITY"),
        ("ssl-verify-server-cert=0", "VERIFY_CA"),
    ] {
        let mut builder = beside(Client, &[], &format!("ssl-ca={ca}\n{content}"));
        builder.load_files().unwrap();
        assert_eq!(Context::new(&builder).unwrap().value("ssl_mode").unwrap(), mode, "{content}");
    }
    let files = Files::new();
    let path = files.write("my.cnf", "[g]\nssl-verify-server-cert\nskip-ssl-verify-server-cert\n");
    let mut builder = Builder::new(Client);
    builder.read_options(&path, "g").unwrap();
    assert_eq!(Context::new(&builder).map(drop).unwrap_err().code, Code::NoCa);
    builder.set("ssl-verify-server-cert", "OFF").unwrap();
    Context::new(&builder).unwrap();
}

#[test]
fn errors_behind_the_reading_name_file_and_line() {
    let files = Files::new();
    let path = files.write("my.cnf", "[g]\nssl-ca=/nonexistent/ca.pem\n");
    let mut builder = Builder::new(Client);
    builder.read_options(&path, "g").unwrap();
    let line = format!("{path}, line 2");
    let not_loaded = Context::new(&builder).unwrap_err().message();
    let place = format!("(ssl_ca=/nonexistent/ca.pem; {line})");
    assert!(not_loaded.contains(&place), "{not_loaded}");
    let unread = builder.load_files().unwrap_err().message();
    assert!(unread.contains("(ssl_ca=/nonexistent/ca.pem): "), "{unread}");
    assert!(unread.contains(&format!(" ({line})")), "{unread}");
}

#[test]
fn a_servers_relative_paths_are_in_datadir() {
    let pem = pki::dir().to_str().unwrap();
    let files = Files::new();
    let content = format!("[mysqld]\nssl-cert=server-cert.pem\nssl-key={pem}/server-key.pem\n");
    let path = files.write("my.cnf", &content);
    files.write("other/x", "");
    let other = files.path("other");
    let with_it = files.write("with.cnf", format!("[mysqld]\ndatadir={pem}/\n"));
    // By the program or by a file, before and behind.
    for order in ["pf", "fp", "df", "fd"] {
        let mut builder = Builder::new(Server);
        for step in order.chars() {
            match step {
                'p' => builder.set("datadir", pem).unwrap(),
                'd' => builder.read_options(&with_it, "mysqld").unwrap(),
                _ => builder.read_options(&path, "mysqld").unwrap(),
            }
        }
        assert_eq!(builder.get("ssl_cert").unwrap(), "server-cert.pem", "as it was spelled");
        builder.load_files().unwrap();
        assert!(Context::new(&builder).unwrap().has_tls());
        // Another directory is another file, which was not loaded.
        builder.set("datadir", &other).unwrap();
        assert_eq!(Context::new(&builder).map(drop).unwrap_err().code, Code::NotLoaded);
        let message = builder.load_files().unwrap_err().message();
        assert!(message.contains(&format!("(ssl_cert={other}/server-cert.pem)")), "{message}");
    }
    // What the program sets is relative to the working directory, and so is a client's file.
    let mut builder = Builder::new(Server);
    builder.set("datadir", pem).unwrap();
    builder.set("ssl_cert", "server-cert.pem").unwrap();
    assert_eq!(builder.load_files().unwrap_err().code, Code::File);
    let path = files.write("client.cnf", format!("[client]\ndatadir={pem}\nssl-ca=ca.pem\n"));
    let mut builder = Builder::new(Client);
    builder.read_options(&path, "client").unwrap();
    let message = builder.load_files().unwrap_err().message();
    assert!(message.contains("(ssl_ca=ca.pem)"), "{message}");
    // `system` is no path.
    let path = files.write("system.cnf", "[mysqld]\nssl-ca=system\ndatadir=@other\n");
    let mut builder = Builder::new(Server);
    builder.read_options(&path, "mysqld").unwrap();
    let error = builder.load_files().err().map(|error| error.message()).unwrap_or_default();
    assert!(!error.contains(&other), "{error}");
}

#[test]
fn the_administrators_channel_has_its_own_names() {
    let both = "ssl-cert=plain\nadmin-ssl-cert=own\ntls-version=TLSv1.2\nskip-admin-ssl\nadmin-ssl";
    let main = "passed over, for tlsql_channel is mysql_main";
    let admin = "passed over, for tlsql_channel is mysql_admin and has options of its own";
    let shared = "No TLS configuration was given for channel mysql_admin; re-using TLS \
                  configuration of channel mysql_main.";
    let (mysql_admin, none) = (&[("tlsql_channel", "mysql_admin")][..], &[][..]);
    for (calls, content, expected, notes) in [
        (
            none,
            both,
            ["plain", "TLSv1.2", "ON"],
            &[("admin_ssl_cert: ", main), ("admin_ssl: ", main)][..],
        ),
        (
            mysql_admin,
            both,
            ["own", "TLSv1.2,TLSv1.3", "ON"],
            &[("ssl_cert: ", admin), ("tls_version: ", admin)],
        ),
        (
            none,
            &format!("tlsql-channel=mysql_admin\n{both}"),
            ["own", "TLSv1.2,TLSv1.3", "ON"],
            &[("ssl_cert: ", admin), ("tls_version: ", admin)],
        ),
        (
            mysql_admin,
            "ssl-cert=plain\nadmin_ssl_cert=\nssl=OFF",
            ["plain", "TLSv1.2,TLSv1.3", "OFF"],
            &[("", shared)],
        ),
        (
            mysql_admin,
            "ssl-cert=plain\nadmin-ssl=OFF",
            ["plain", "TLSv1.2,TLSv1.3", "OFF"],
            &[("", shared)],
        ),
        (
            mysql_admin,
            "ssl=OFF\nadmin-tls-version=TLSv1.3\nadmin-ssl-cert=own",
            ["own", "TLSv1.3", "ON"],
            &[("ssl: ", admin)],
        ),
    ] {
        let builder = beside(Server, calls, content);
        let found = ["ssl_cert", "tls_version", "ssl"].map(|name| builder.get(name).unwrap());
        assert_eq!(found, expected, "{calls:?} and {content:?}");
        let texts: Vec<_> = builder.notes().iter().map(|note| note.text.as_str()).collect();
        assert_eq!(texts.len(), notes.len(), "{content:?}: {texts:?}");
        for ((option, text), found) in notes.iter().zip(texts) {
            assert!(found.starts_with(&format!("{option}{text}")), "{content:?}: {found}");
        }
    }
}

#[test]
fn what_is_found_in_datadir_gives_way_to_what_a_file_names() {
    let pem = pki::dir().to_str().unwrap();
    let files = Files::new();
    let found = ["ca.pem", "server-cert.pem", "server-key.pem"];
    let values = |builder: &Builder| {
        ["ssl_ca", "ssl_cert", "ssl_key"].map(|name| builder.get(name).unwrap().to_owned())
    };
    let path = files.write("my.cnf", format!("[mysqld]\ndatadir={pem}\nssl-ca=\n"));
    let named = files.write("named.cnf", format!("[mysqld]\nssl-cert={pem}/own.pem\n"));
    let mut builder = Builder::new(Server);
    builder.read_options(&path, "mysqld").unwrap();
    builder.load_files().unwrap();
    assert!(Context::new(&builder).unwrap().has_tls());
    assert_eq!(values(&builder), found);
    // Other options leave it as it is.
    builder.set("tls_version", "TLSv1.3").unwrap();
    builder.read_options(&path, "mysqld").unwrap();
    assert_eq!(values(&builder), found);
    assert!(Context::new(&builder).unwrap().has_tls());
    builder.read_options(&named, "mysqld").unwrap();
    assert_eq!(values(&builder)[1], format!("{pem}/own.pem"));
    assert_eq!(Context::new(&builder).map(drop).unwrap_err().code, Code::NotLoaded);
    let message = builder.load_files().unwrap_err().message();
    assert!(message.contains(&format!("(ssl_cert={pem}/own.pem)")), "{message}");
    assert_eq!(values(&builder), ["", &format!("{pem}/own.pem"), ""], "nothing is looked for");
    // A data directory that is relative is so to the working directory.
    let path = files.write("relative.cnf", "[mysqld]\ndatadir=nonexistent\nssl-ca=x.pem\n");
    let mut builder = Builder::new(Server);
    builder.read_options(&path, "mysqld").unwrap();
    let message = builder.load_files().unwrap_err().message();
    assert!(message.contains("(datadir=nonexistent)"), "{message}");
}
