//! Option files: which lines are options of ours, what they set, and which are errors.

mod support;

use support::Files;
use tlsql::{Builder, Code, Role, Severity};

use Role::{Client, Server};

/// Reads one file of this content, in the groups `client` and `mysql`, or `mysqld` and `server`.
fn read(role: Role, content: &str) -> (Result<Builder, tlsql::Error>, Files) {
    let files = Files::new();
    let path = files.write("my.cnf", content);
    let groups = if role == Client { "client,mysql" } else { "mysqld,server" };
    let mut builder = Builder::new(role);
    (builder.read_options(&path, groups).map(|()| builder), files)
}

#[test]
fn options_of_the_groups_are_set() {
    // The option `key` is set to `value`: a default where no line counts.
    for (role, content, expected) in [
        (Client, "[client]\nssl-mode=REQUIRED\n", &[("ssl_mode", "REQUIRED")][..]),
        (Client, "[mysql]\nssl_mode = required # c\n", &[("ssl_mode", "required")]),
        (Client, "[MySQL ]\nssl-mode='REQUIRED'\n", &[("ssl_mode", "REQUIRED")]),
        (Client, "[mysqld]\nssl-mode=REQUIRED\n", &[("ssl_mode", "PREFERRED")]),
        (
            Client,
            "[client]\nssl-mode=REQUIRED\n[x]\nssl-mode=DISABLED\n[mysql]\nssl-ca=a\n",
            &[("ssl_mode", "REQUIRED"), ("ssl_ca", "a")],
        ),
        // A later line counts, in whatever group.
        (Client, "[mysql]\nssl-ca=a\n[client]\nssl-ca=b\n", &[("ssl_ca", "b")]),
        // A switch that stands alone, and names in front of it.
        (Client, "[client]\nssl\n", &[("ssl", "ON")]),
        (Client, "[client]\nskip-ssl\n", &[("ssl", "OFF")]),
        (Client, "[client]\ndisable_ssl\nenable-ssl\n", &[("ssl", "ON")]),
        (
            Client,
            "[client]\nssl-verify-server-cert\ntlsql-strict\nssl-ca=a\n",
            &[("ssl_verify_server_cert", "ON"), ("tlsql_strict", "ON")],
        ),
        (Server, "[server]\nrequire_secure_transport\n", &[("require_secure_transport", "ON")]),
        (
            Server,
            "[mysqld]\nloose-skip-ssl\nloose_ssl_cert=a\n",
            &[("ssl", "OFF"), ("ssl_cert", "a")],
        ),
        // An empty value is as none, and takes an earlier one away.
        (
            Client,
            "[client]\nssl-ca=\nssl-cert = ''\nssl-cipher=\nssl-fp=\n",
            &[("ssl_ca", ""), ("ssl_cert", ""), ("ssl_cipher", ""), ("ssl_fp", "")],
        ),
        (Client, "[client]\nssl-ca=a\nssl-ca=\n", &[("ssl_ca", "")]),
        (
            Client,
            "[client]\nssl-session-data=\ntls-sni-servername=\n",
            &[("tls_sni_servername", "")],
        ),
        (Client, "[client]\ntls-ciphersuites=\n", &[("tls_ciphersuites", "")]),
        // Escapes, quotes and blanks.
        (
            Client,
            "[client]\nssl-ca=\"/my\\scerts/ca #1.pem\" # c\n",
            &[("ssl_ca", "/my certs/ca #1.pem")],
        ),
        (
            Client,
            "[client]\r\nssl-ca = C:\\\\certs\\\\new.pem\r\n",
            &[("ssl_ca", "C:\\certs\\new.pem")],
        ),
        (Client, "\u{feff}[client]\nssl-ca=zürich à\n", &[("ssl_ca", "zürich à")]),
        // What is not about TLS.
        (Client, "[client]\nport=3306\npassword=\"x\n", &[("ssl_ca", "")]),
        (
            Server,
            "[mysqld]\nskip-networking\nmaster_ssl_ca=x\nmysqlx_ssl_ca=y\n=z\n",
            &[("ssl_ca", "")],
        ),
        (Client, "[client]\ndatadir=/x\nrequire=1\n", &[("ssl_ca", "")]),
        (Server, "[mysqld]\ndatadir=/var/lib/mysql\n", &[("datadir", "/var/lib/mysql")]),
        // What a later line replaces need not be a value that can be honoured.
        (
            Client,
            "[client]\ntls-version=TLSv1,TLSv1.1\n[mysql]\ntls-version=TLSv1.2\n",
            &[("tls_version", "TLSv1.2")],
        ),
    ] {
        let (builder, _files) = read(role, content);
        let builder = builder.unwrap_or_else(|error| panic!("{content:?}: {error}"));
        for (name, value) in expected {
            assert_eq!(builder.get(name).unwrap(), *value, "{name} of {content:?}");
        }
        assert!(builder.notes().is_empty(), "{content:?}: {:?}", builder.notes());
    }
}

#[test]
fn errors_name_option_file_and_line() {
    let (name, value, syntax) = (Code::OptionName, Code::OptionValue, Code::OptionSyntax);
    for (role, content, code, option, line, fact) in [
        (Client, "[client]\n\nssl-bogus=1\n", name, "ssl_bogus", 3, "a client has no such option"),
        (Server, "[mysqld]\ntls_kex=x\n", name, "tls_kex", 2, "a server has no such option"),
        (Server, "[mysqld]\nssl-mode=REQUIRED\n", name, "ssl_mode", 2, "a server has no such"),
        (Client, "[client]\nrequire_secure_transport\nssl_x", name, "ssl_x", 3, "no such option"),
        // Names in capitals are other names, for MySQL too.
        (Client, "[client]\nSSL-CA=x\n", name, "SSL_CA", 2, "the name is ssl_ca, in lower case"),
        (Client, "[client]\n--ssl-ca=x\n", name, "__ssl_ca", 2, "a client has no such option"),
        (Client, "[client]\nskip-ssl-ca\n", name, "skip_ssl_ca", 2, "no such option"),
        (Client, "[client]\nskip-loose-ssl\n", name, "skip_loose_ssl", 2, "no such option"),
        (
            Server,
            "[mysqld]\nmaximum-ssl_session_cache_timeout=1\n",
            name,
            "maximum_ssl_session_cache_timeout",
            2,
            "no such option",
        ),
        // A name is to be written in full.
        (Client, "[client]\nssl-verify\n", name, "ssl_verify", 2, "as ssl_verify_server_cert"),
        (
            Server,
            "[mysqld]\nrequire_sec=ON\n",
            name,
            "require_sec",
            2,
            "as require_secure_transport",
        ),
        // What is behind it is no comment, and the line not another option's.
        (
            Server,
            "[mysqld]\nrequire_secure_transport ; all\n",
            name,
            "require_secure_transport ; all",
            2,
            "no such option",
        ),
        (
            Server,
            "[mysqld]\nrequire-secure-tranport=ON\n",
            name,
            "require_secure_tranport",
            2,
            "no such option",
        ),
        (
            Server,
            "[mysqld]\nauto_generate_certs OFF\n",
            name,
            "auto_generate_certs OFF",
            2,
            "no such option",
        ),
        (Client, "[client]\nadmin-ssl-ca=x\n", name, "admin_ssl_ca", 2, "no such option"),
        (Server, "[mysqld]\nadmin_ssl_x=x\n", name, "admin_ssl_x", 2, "no such option"),
        (Client, "[client]\nssl-ca\n", value, "ssl_ca", 2, "it needs a value"),
        (Client, "[client]\nssl-mode=\n", value, "ssl_mode", 2, "'' is none of"),
        (Client, "[client]\nssl=maybe\n", value, "ssl", 2, "'maybe' is neither ON nor OFF"),
        (Client, "[client]\nssl=\n", value, "ssl", 2, "'' is neither ON nor OFF"),
        (Client, "[client]\nskip-ssl=0\n", value, "skip_ssl", 2, "leave it out"),
        (Client, "[client]\nssl-fips-mode=ON\n", value, "ssl_fips_mode", 2, "not validated"),
        (Client, "[client]\nloose-ssl-mode=ALWAYS\n", value, "ssl_mode", 2, "'ALWAYS' is none of"),
        (Client, "[client]\ntls-version=TLSv1\n", Code::NoVersion, "tls_version", 2, "TLSv1"),
        (Client, "[client]\nssl-cipher=AES128-SHA\n", Code::NoCipher, "ssl_cipher", 2, "AES128"),
        (Client, "[client]\nssl-ca=\"/etc/ca.pem\n", syntax, "ssl_ca", 2, "a quote at one end"),
        (Client, "[client]\nskip-ssl='\n", syntax, "skip_ssl", 2, "a quote at one end"),
        (Client, "[client\nssl-ca=x\n", syntax, "", 1, "a group's name without its ]"),
        (Client, "ssl-ca=x\n", syntax, "", 1, "an option before the first [group]"),
        (Client, "[client]\n!includes x\n", syntax, "", 2, "!include PATH or !includedir PATH"),
        (Client, "[other]\nx\n\nELF\0\n", syntax, "", 4, "a NUL byte: this is no text file"),
        (Client, "[client]\rssl-ca=x\r", syntax, "", 1, "a carriage return inside the line"),
    ] {
        let (builder, files) = read(role, content);
        let error = builder.map(drop).expect_err(content);
        let message = error.message();
        assert_eq!(error.code, code, "{content:?}: {message}");
        assert_eq!((error.mysql_errno(), error.sqlstate().as_str()), (2026, "HY000"));
        let about = error.details().and_then(|details| details.option.clone()).unwrap_or_default();
        assert_eq!(about, option, "{content:?}: {message}");
        let place = format!("({}, line {line})", files.path("my.cnf"));
        for part in [option, fact, &place] {
            assert!(message.contains(part), "{content:?}: no {part:?} in {message}");
        }
    }
}

#[test]
fn what_is_loose_is_a_note() {
    for (role, content, expected) in [
        (Client, "[client]\nloose-ssl-bogus=1\n", "ssl_bogus: unknown, left out"),
        (Server, "[mysqld]\nloose_tls_kex='x'\n", "tls_kex: unknown, left out"),
        (Server, "[mysqld]\nloose-ssl-mode=REQUIRED\n", "ssl_mode: unknown, left out"),
        (Client, "[client]\nloose-ssl-fips-mode=STRICT\n", "ssl_fips_mode: left out: 'STRICT' ne"),
        (Client, "[client]\nloose-ssl-session-data=x\n", "ssl_session_data: left out: rustls"),
        (Client, "[client]\nloose-tls-version=TLSv1.1\n", "tls_version: left out: "),
        (Client, "[client]\nloose-ssl-cipher=AES128-SHA\n", "ssl_cipher: left out: "),
        (Client, "[client]\nloose-ssl-cipher=HIGH:@SECLEVEL=4\n", "ssl_cipher: left out: "),
    ] {
        let (builder, files) = read(role, content);
        let builder = builder.expect(content);
        let [note] = builder.notes() else { panic!("{content:?}: {:?}", builder.notes()) };
        assert_eq!(note.severity, Severity::Note);
        assert!(note.text.starts_with(expected), "{content:?}: {}", note.text);
        let place = format!(" ({}, line 2)", files.path("my.cnf"));
        assert!(note.text.ends_with(&place), "{content:?}: {}", note.text);
    }
}

/// A file of 1 MiB has room for 80,000 such lines.
#[test]
fn notes_of_one_kind_are_counted_behind_the_first() {
    let unknown = "loose-ssl-x\n".repeat(30);
    let idle = "loose-tls-version=TLSv1.1\nloose-ssl-mode=PREFERRED\n".repeat(20);
    let content = format!("[client]\n{unknown}{idle}loose-ssl-fips-mode=1\nloose-ssl-y\n");
    let (builder, files) = read(Client, &content);
    let mut builder = builder.unwrap();
    let texts = |builder: &Builder| -> Vec<_> {
        builder.notes().iter().map(|note| note.text.clone()).collect()
    };
    let found = texts(&builder);
    assert_eq!(found.len(), 20 + 20 + 2, "{found:?}");
    let path = files.path("my.cnf");
    assert_eq!(found[19], format!("ssl_x: unknown, left out ({path}, line 21)"));
    assert!(found[20].starts_with("tls_version: left out: 'TLSv1.1'"), "{}", found[20]);
    assert_eq!(found[40], "11 more options that are unknown are left out");
    assert_eq!(found[41], "1 more option that cannot be honoured is left out");
    assert!(builder.notes()[40..].iter().all(|note| note.option.is_empty()));
    // Files that are read later have notes of their own.
    builder.read_options(&files.write("b.cnf", "[client]\nloose-ssl-z\n"), "client").unwrap();
    assert_eq!(texts(&builder).len(), found.len() + 1);

    let (builder, _files) = read(Client, &format!("[client]\n{}", "loose-ssl-x\n".repeat(20_000)));
    let found = texts(&builder.unwrap());
    assert_eq!(found.len(), 21);
    assert_eq!(found[20], "19980 more options that are unknown are left out");
}

/// One line may be as long as the file.
#[test]
fn notes_of_one_value_are_counted_behind_the_first() {
    for (line, option, severity) in [
        (format!("ssl-cipher=HIGH{}", ":x1".repeat(5000)), "ssl_cipher", Severity::Note),
        (format!("ssl-cipher=HIGH{}", ":!x1".repeat(5000)), "ssl_cipher", Severity::Warning),
        (
            format!("tls-ciphersuites=TLS_AES_128_GCM_SHA256{}", ":x".repeat(5000)),
            "tls_ciphersuites",
            Severity::Note,
        ),
    ] {
        let (builder, files) = read(Client, &format!("[client]\n{line}\n"));
        let builder = builder.unwrap();
        let notes = builder.notes();
        assert_eq!(notes.len(), 101, "{option}");
        let path = files.path("my.cnf");
        assert_eq!(notes[100].text, format!("{option}: and 4900 more like these ({path}, line 2)"));
        assert_eq!((notes[100].option, notes[100].severity), (option, severity));
    }
}

/// It takes nothing away either.
#[test]
fn what_is_loose_leaves_an_earlier_value() {
    let content =
        "[client]\ntls-version=TLSv1.3\nloose-tls-version=TLSv1.1\nloose-ssl-fips-mode=1\n";
    let (builder, _files) = read(Client, content);
    let builder = builder.unwrap();
    assert_eq!(builder.get("tls_version").unwrap(), "TLSv1.3");
    assert_eq!(builder.get("ssl_fips_mode").unwrap(), "OFF");
    assert_eq!(builder.notes().len(), 2, "{:?}", builder.notes());
}

#[test]
fn a_failure_changes_nothing() {
    let files = Files::new();
    let good = files.write("good.cnf", "[client]\nssl-mode=REQUIRED\nloose-ssl-x\n");
    let bad = files.write("bad.cnf", "[client]\nssl-mode=VERIFY_CA\nloose-ssl-y\nssl-z\n");
    let late = files.write("late.cnf", "[client]\nssl-mode=VERIFY_CA\nssl-cipher=FOO\n");
    let mut builder = Builder::new(Client);
    builder.read_options(&good, "client").unwrap();
    for (path, code) in [(&bad, Code::OptionName), (&late, Code::NoCipher)] {
        assert_eq!(builder.read_options(path, "client").unwrap_err().code, code);
        assert_eq!(builder.get("ssl_mode").unwrap(), "REQUIRED");
        assert_eq!(builder.notes().len(), 1);
    }
    for (path, groups) in [("", "client"), (&*good, ""), (&*good, "client,"), ("a\0b", "client")] {
        let error = builder.read_options(path, groups).unwrap_err();
        assert_eq!(error.code, Code::Argument, "{path:?} {groups:?}");
    }
    builder.read_options(&good, " mysql , client ").unwrap();
}
