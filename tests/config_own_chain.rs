//! An own certificate that stands alone: its issuers come from the CA certificates (D16), and notes
//! say what a verifying peer will not like about it.
//!
//! What is sent is what `openssl s_server -cert LEAF -CAfile BUNDLE` 3.0 sends, without the root.

mod support;

use support::{Schedule, link, pki, run};
use tlsql::{Builder, Code, Context, Outcome, Role, Severity};

/// The files of `tests/data/own-chain` are valid for a hundred years from November 2026.
const IN_2027: u64 = 1_800_000_000;

#[test]
fn a_peer_with_the_root_alone_accepts_both_roles_in_both_versions() {
    for version in ["TLSv1.2", "TLSv1.3"] {
        let server = with_clock(Role::Server, "server-leaf", &[("ssl_ca", "bundle")], version);
        let mode = ("ssl_mode", "VERIFY_IDENTITY");
        let options = [("ssl_ca", "root"), ("tls_version", version), mode];
        let client = context(&builder(Role::Client, &options));
        assert_eq!(sent(&client, &server).0, ders(&["server-leaf", "inter"]), "{version}");

        let client = with_clock(Role::Client, "client-leaf", &[("ssl_ca", "bundle")], version);
        let options = [("ssl_ca", "root"), ("ssl_cert", "server-leaf"), ("ssl_key", "key")];
        let server = context(&builder(Role::Server, &options));
        let (_, of_client) = sent(&client, &server);
        assert_eq!(of_client, ders(&["client-leaf", "inter"]), "{version}");
    }
}

#[test]
fn issuers_come_from_file_directory_and_memory() {
    let directory = pki::dir().join("own-chain-capath");
    std::fs::create_dir_all(&directory).unwrap();
    for name in ["inter", "root"] {
        let hash = std::process::Command::new("openssl")
            .args(["x509", "-noout", "-hash", "-in", &path(name)])
            .output();
        let Ok(hash) = hash else { return println!("skipped: no openssl") };
        let hash = String::from_utf8(hash.stdout).unwrap();
        std::fs::copy(path(name), directory.join(format!("{}.0", hash.trim()))).unwrap();
    }
    let in_directory = own(&[("ssl_capath", directory.to_str().unwrap())]);
    let mut in_memory = own(&[]);
    in_memory.add_ca(&std::fs::read(path("bundle")).unwrap()).unwrap();
    let mut both = own(&[("ssl_ca", "root")]);
    both.add_ca(&std::fs::read(path("inter")).unwrap()).unwrap();
    let mut all = Builder::new(Role::Server);
    all.set_clock(IN_2027);
    let [leaf, key] = ["server-leaf", "key"].map(|name| std::fs::read(path(name)).unwrap());
    all.set_identity(&leaf, &key).unwrap();
    all.add_ca(&std::fs::read(path("bundle")).unwrap()).unwrap();
    for builder in [in_directory, in_memory, both, all] {
        assert_eq!(sent_by_server(&builder), ders(&["server-leaf", "inter"]));
        let expected = "ssl_cert: sent with issuers that are in the CA certificates only: \
                        '/CN=Own Inter'";
        assert_eq!(notes(&builder), [(Severity::Note, expected.to_owned())]);
    }
}

#[test]
fn a_chain_is_sent_as_the_file_has_it() {
    let chain = scratch("leaf-and-root.txt", &["server-leaf", "root"]);
    let builder =
        builder(Role::Server, &[("ssl_cert", &chain), ("ssl_key", "key"), ("ssl_ca", "bundle")]);
    assert_eq!(sent_by_server(&builder), ders(&["server-leaf", "root"]));
    assert_eq!(notes(&builder), []);
}

#[test]
fn the_issuer_is_the_one_whose_key_verifies() {
    // Neither the leaf nor other-inter has a key identifier: only the signature tells.
    for files in [["other-inter", "inter", "root"], ["inter", "other-inter", "root"]] {
        let bundle = scratch("two-of-a-name.txt", &files);
        let options = [("ssl_cert", "no-akid-leaf"), ("ssl_key", "key"), ("ssl_ca", &bundle)];
        let builder = builder(Role::Server, &options);
        assert_eq!(sent_by_server(&builder), ders(&["no-akid-leaf", "inter"]));
    }
    let bundle = scratch("of-another-key.txt", &["other-inter", "root"]);
    let options = [("ssl_cert", "no-akid-leaf"), ("ssl_key", "key"), ("ssl_ca", &bundle)];
    let builder = builder(Role::Server, &options);
    assert_eq!(sent_by_server(&builder), ders(&["no-akid-leaf"]));
    let expected = "ssl_cert: ssl_ca has '/CN=Own Inter', but with another key than the one that \
                    signed ssl_cert; if that is no root, put the one that signed into the file";
    assert_eq!(notes(&builder), [(Severity::Note, expected.to_owned())]);
}

#[test]
fn a_chain_that_does_not_end_is_sent_as_far_as_it_goes() {
    let builder = own(&[("ssl_ca", "inter")]);
    assert_eq!(sent_by_server(&builder), ders(&["server-leaf", "inter"]));
    let texts: Vec<_> = notes(&builder).into_iter().map(|(_, text)| text).collect();
    assert!(texts[0].ends_with("'/CN=Own Inter'"), "{texts:?}");
    assert!(texts[1].contains("issuer '/CN=Own Root' of the last one is not in"), "{texts:?}");
}

#[test]
fn a_missing_issuer_is_told_where_there_is_a_place_to_look_in() {
    let builder = own(&[("ssl_ca", "root")]);
    assert_eq!(sent_by_server(&builder), ders(&["server-leaf"]));
    let expected = "ssl_cert: its issuer '/CN=Own Inter' is not in the CA certificates; if that \
                    is no root, put it into the file behind the certificate";
    assert_eq!(notes(&builder), [(Severity::Note, expected.to_owned())]);
    assert_eq!(notes(&own(&[])), []);
    let off = own(&[("ssl_ca", "root"), ("ssl", "OFF")]);
    assert!(notes(&off).iter().all(|(_, text)| !text.contains("issuer")), "nothing is read");
}

#[test]
fn loops_and_long_chains_end() {
    let options = [("ssl_cert", "loop-leaf"), ("ssl_key", "key"), ("ssl_ca", "loop")];
    assert_eq!(sent_by_server(&builder(Role::Server, &options)).len(), 3);
    // 16 certificates are in a chain, as the verifier takes them.
    let options = [("ssl_cert", "long-leaf"), ("ssl_key", "key"), ("ssl_ca", "long")];
    let found = sent_by_server(&builder(Role::Server, &options));
    assert_eq!(found.len(), 16);
}

#[test]
fn an_own_certificate_that_peers_refuse_gets_a_warning() {
    let warning = |role, cert, clock, expected: &str| {
        let mut builder = builder(role, &[("ssl_cert", cert), ("ssl_key", "key")]);
        builder.set_clock(clock);
        let [(severity, text)] = &notes(&builder)[..] else { panic!("{:?}", notes(&builder)) };
        assert_eq!(*severity, Severity::Warning);
        assert!(text.starts_with("ssl_cert: ") && text.contains(expected), "{text}");
        assert!(text.chars().count() <= 264);
    };
    for (role, right, wrong) in
        [(Role::Server, "server-leaf", "client-leaf"), (Role::Client, "client-leaf", "server-leaf")]
    {
        warning(role, right, 1_000_000_000, "it is valid from ");
        warning(role, right, 6_000_000_000, "it expired on ");
        let auth = if role == Role::Server { "serverAuth" } else { "clientAuth" };
        warning(role, wrong, IN_2027, auth);
        let options = [("ssl_cert", "no-akid-leaf"), ("ssl_key", "key")];
        assert_eq!(notes(&builder(role, &options)), [], "it is for both");
    }
    let mut memory = Builder::new(Role::Server);
    memory.set_clock(6_000_000_000);
    let [leaf, key] = ["server-leaf", "key"].map(|name| std::fs::read(path(name)).unwrap());
    memory.set_identity(&leaf, &key).unwrap();
    assert_eq!(notes(&memory).len(), 1);
    // A warning, and no error: real servers start with it.
    context(&memory);
}

#[test]
fn without_a_ca_to_look_in_the_leaf_goes_alone() {
    // A client that trusts no CA but the root refuses the leaf alone.
    let server = context(&own(&[]));
    let client = context(&builder(Role::Client, &[("ssl_ca", "root")]));
    let (mut client, mut server) = link(&client, &server, Schedule::Whole);
    run(&mut client, &mut server);
    assert_eq!(client.failure().code, Code::CertUnknownCa);
}

/// OpenSSL 3.0 gives 20 with a key identifier in the leaf, and 7 without.
#[test]
fn a_ca_that_was_renewed_with_a_new_key_is_told_as_such() {
    let other_key = "ssl_ca has that CA with another key";
    for (leaf, code, ca, is_renewed) in [
        ("server-leaf", Code::CertUnknownCa, "renewed", true),
        ("no-akid-leaf", Code::CertSignature, "renewed", true),
        ("server-leaf", Code::CertUnknownCa, "root", false),
    ] {
        let server = builder(Role::Server, &[("ssl_cert", leaf), ("ssl_key", "key")]);
        let client = context(&builder(Role::Client, &[("ssl_ca", ca)]));
        let (mut client, mut server) = link(&client, &context(&server), Schedule::Whole);
        run(&mut client, &mut server);
        let (failure, message) = (client.failure().code, client.failure().message());
        assert_eq!(failure, code, "{leaf} {ca}");
        assert_eq!(message.contains(other_key), is_renewed, "{message}");
        assert!(message.chars().count() <= 264, "{message}");
    }
}

/// `openssl verify -show_chain -CAfile long.pem long-leaf.pem` prints 22 certificates. The server
/// sends the leaf and as many issuers as it looks for, 15.
#[test]
fn a_chain_has_as_many_certificates_as_tlsql_max_chain_says() {
    let server = |cert| context(&builder(Role::Server, &[("ssl_cert", cert), ("ssl_key", "key")]));
    for (cert, ca, most, is_taken) in [
        ("long-leaf", "long", None, false),
        ("long-leaf", "long", Some("21"), false),
        ("long-leaf", "long", Some("22"), true),
        ("long-leaf", "long", Some("32"), true),
        ("server-leaf", "bundle", None, true),
        ("server-leaf", "bundle", Some("3"), true),
        ("server-leaf", "bundle", Some("2"), false),
    ] {
        let mut client = builder(Role::Client, &[("ssl_ca", ca)]);
        if let Some(most) = most {
            client.set("tlsql_max_chain", most).unwrap();
        }
        let (mut client, mut server) = link(&context(&client), &server(cert), Schedule::Whole);
        run(&mut client, &mut server);
        if is_taken {
            assert_eq!(client.conn.outcome(), Outcome::Tls, "{cert} {most:?}: {:?}", client.error);
            continue;
        }
        let error = client.failure();
        let (number, _) = error.x509_error().unwrap();
        assert_eq!((error.code, number), (Code::CertForm, 22), "{cert} {most:?}");
        let hint = format!("raise tlsql_max_chain from {}.", most.unwrap_or("16"));
        assert!(error.message().contains(&hint), "{error}");
        assert_eq!(error.option_name(), Some("tlsql_max_chain"));
    }
    // A server bounds its clients' chains, and with ENFORCED its own.
    for (most, code) in [("3", None), ("2", Some(Code::CertForm))] {
        let options = [("ssl_ca", "bundle"), ("ssl_cert", "server-leaf"), ("ssl_key", "key")];
        let mut server = builder(Role::Server, &options);
        server.set("tlsql_max_chain", most).unwrap();
        let client = builder(Role::Client, &[("ssl_cert", "client-leaf"), ("ssl_key", "key")]);
        let (mut client, mut peer) = link(&context(&client), &context(&server), Schedule::Whole);
        run(&mut client, &mut peer);
        assert_eq!(peer.error.map(|error| error.code), code, "{most}");
        server.set(ENFORCED.0, ENFORCED.1).unwrap();
        let own = Context::new(&server).err().map(|error| error.code);
        assert_eq!(own, code.map(|_| Code::OwnCert), "{most}");
    }
}

const ENFORCED: (&str, &str) = ("tls_certificates_enforced_validation", "ON");

/// Number and depth are those of `openssl verify -purpose sslserver -attime TIME -CAfile CA` 3.0, its
/// first error.
#[test]
fn enforced_validation_refuses_what_a_client_would() {
    let in_file = scratch("leaf-with-issuer.txt", &["server-leaf", "inter"]);
    for (cert, ca, clock, refusal) in [
        ("server-leaf", "bundle", IN_2027, None),
        (in_file.as_str(), "root", IN_2027, None),
        ("no-akid-leaf", "bundle", IN_2027, None),
        ("server-leaf", "root", IN_2027, Some((20, 0))),
        ("server-leaf", "renewed", IN_2027, Some((20, 0))),
        ("server-leaf", "bundle", 1_000_000_000, Some((9, 2))),
        ("server-leaf", "bundle", 6_000_000_000, Some((10, 2))),
        ("client-leaf", "bundle", IN_2027, Some((26, 0))),
    ] {
        for (value, expected) in [("ON", refusal), ("OFF", None)] {
            let options = [("ssl_cert", cert), ("ssl_key", "key"), ("ssl_ca", ca)];
            let mut builder = builder(Role::Server, &options);
            builder.set(ENFORCED.0, value).unwrap();
            builder.set_clock(clock);
            let made = Context::new(&builder);
            let Some((number, depth)) = expected else {
                assert!(made.unwrap().has_tls(), "{value}: {cert} and {ca} at {clock}");
                continue;
            };
            let error = made.unwrap_err();
            assert_eq!((error.code, error.mysql_errno()), (Code::OwnCert, 2026), "{error}");
            assert_eq!(error.x509_error(), Some((number, depth)), "{error}");
            let named = if cert.contains('/') { cert.to_owned() } else { path(cert) };
            assert!(error.message().contains(&format!("(ssl_cert={named})")), "{error}");
            assert_eq!(error.alert().map(|alert| alert.number), None);
        }
    }
}

#[test]
fn enforced_validation_asks_the_lists_and_the_material_of_memory_too() {
    for (list, is_revoked) in [("crl.pem", false), ("crl-revoked.pem", true)] {
        let own = [("ssl_cert", "server-cert.pem"), ("ssl_key", "server-key.pem")];
        let with = [("ssl_ca", "ca.pem"), ("ssl_crl", list), ENFORCED];
        let made = pki::try_context(Role::Server, &[&own[..], &with].concat());
        assert_eq!(made.err().map(|e| e.code), is_revoked.then_some(Code::OwnCert), "{list}");

        let mut memory = Builder::new(Role::Server);
        memory.set(ENFORCED.0, ENFORCED.1).unwrap();
        memory.add_ca(&pki::read("ca.pem")).unwrap();
        memory.add_crl(&pki::read(list)).unwrap();
        memory.set_identity(&pki::read("server-cert.pem"), &pki::read("server-key.pem")).unwrap();
        let code = Context::new(&memory).err().map(|error| error.code);
        assert_eq!(code, is_revoked.then_some(Code::OwnCert), "{list}");
    }
    // What only tlsql_strict refuses.
    for (strict, code) in [("OFF", None), ("ON", Some(Code::OwnCert))] {
        let own = [("ssl_cert", "v1-cert.pem"), ("ssl_key", "v1-key.pem"), ("ssl_ca", "ca.pem")];
        let made = pki::try_context(
            Role::Server,
            &[&own[..], &[("tlsql_strict", strict), ENFORCED]].concat(),
        );
        assert_eq!(made.err().map(|error| error.code), code, "tlsql_strict={strict}");
    }
}

#[test]
fn enforced_validation_needs_a_ca_and_a_certificate() {
    let mut alone = own(&[ENFORCED]);
    let error = Context::new(&alone).unwrap_err();
    assert_eq!(error.code, Code::OptionValue);
    let words = "(tls_certificates_enforced_validation): ON needs ssl_ca or ssl_capath";
    assert!(error.message().contains(words), "{error}");
    alone.set(ENFORCED.0, "OFF").unwrap();
    context(&alone);

    let without = builder(Role::Server, &[ENFORCED]);
    let text = "tls_certificates_enforced_validation: no effect without ssl_cert".to_owned();
    assert_eq!(notes(&without), [(Severity::Warning, text)]);
    assert!(!context(&without).has_tls());
}

fn with_clock(role: Role, cert: &str, options: &[(&str, &str)], version: &str) -> Context {
    let own = [("ssl_cert", cert), ("ssl_key", "key"), ("tls_version", version)];
    context(&builder(role, &[&own, options].concat()))
}

/// A server with the leaf alone, and further options.
fn own(options: &[(&str, &str)]) -> Builder {
    builder(Role::Server, &[&[("ssl_cert", "server-leaf"), ("ssl_key", "key")], options].concat())
}

/// Values that are bare names stand for files of `tests/data/own-chain`.
fn builder(role: Role, options: &[(&str, &str)]) -> Builder {
    let mut builder = Builder::new(role);
    builder.set_clock(IN_2027);
    for (name, value) in options {
        let is_file = matches!(*name, "ssl_ca" | "ssl_cert" | "ssl_key") && !value.contains('/');
        let value = if is_file { path(value) } else { (*value).to_owned() };
        builder.set(name, &value).unwrap();
    }
    builder.load_files().unwrap();
    builder
}

fn context(builder: &Builder) -> Context {
    Context::new(builder).unwrap()
}

fn notes(builder: &Builder) -> Vec<(Severity, String)> {
    builder.notes().iter().map(|note| (note.severity, note.text.clone())).collect()
}

/// The chains that a client got and that a server got.
fn sent(client: &Context, server: &Context) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let (mut client, mut server) = link(client, server, Schedule::Whole);
    run(&mut client, &mut server);
    assert_eq!(client.conn.outcome(), Outcome::Tls);
    let chain = |host: &support::Host| {
        let chain = &host.conn.negotiated().unwrap().peer_chain;
        chain.iter().map(<[u8]>::to_vec).collect()
    };
    (chain(&client), chain(&server))
}

fn sent_by_server(builder: &Builder) -> Vec<Vec<u8>> {
    sent(&pki::client(&[]), &context(builder)).0
}

fn ders(names: &[&str]) -> Vec<Vec<u8>> {
    names.iter().map(|name| pki::der(&std::fs::read(path(name)).unwrap())).collect()
}

fn path(name: &str) -> String {
    pki::kept(&format!("own-chain/{name}.pem"))
}

/// A file with the content of these, for this test program only.
fn scratch(name: &str, files: &[&str]) -> String {
    let content: Vec<_> = files.iter().map(|file| std::fs::read(path(file)).unwrap()).collect();
    let file = pki::dir().join(name);
    std::fs::write(&file, content.concat()).unwrap();
    file.to_str().unwrap().to_owned()
}
