//! Options that have no effect beside others are said so in a note.

mod support;

use support::pki;
use tlsql::{Builder, Context, Role, Severity};

const PIN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

#[test]
fn an_option_without_effect_is_noted() {
    let (client, server) = (Role::Client, Role::Server);
    let cert = ("ssl_cert", "both.pem");
    let replaced = "ssl_fp: a fingerprint replaces CA, dates, name and revocation: no effect of ";
    let no_ca = "ssl_crl: no effect without ssl_ca or ssl_capath: no certificate is verified";
    let preferred = "ssl_mode: PREFERRED goes on in clear text where a server offers no TLS, also \
                     beside ";
    let empty = pki::dir().join("no-lists");
    std::fs::create_dir_all(&empty).unwrap();
    let empty = empty.to_str().unwrap();
    for (role, options, expected) in [
        (client, &[("ssl_crl", "crl.pem")][..], &[no_ca.to_owned()][..]),
        (server, &[cert, ("ssl_crl", "crl.pem")], &[no_ca.to_owned()]),
        (client, &[("ssl_crl", "crl.pem"), ("ssl_ca", "ca.pem")], &[]),
        (client, &[("tlsql_peer_proof", "ON"), ("ssl_crl", "crl.pem")], &[no_ca.to_owned()]),
        (
            client,
            &[("ssl_crl", "crl.pem"), ("ssl_crlpath", empty)],
            &[format!("{no_ca}; the same goes for ssl_crlpath")],
        ),
        (client, &[("ssl_fp", PIN)], &[]),
        (client, &[("ssl_fp", PIN), ("ssl_mode", "REQUIRED")], &[]),
        (client, &[("ssl_fp", PIN), ("ssl_ca", "ca.pem")], &[format!("{replaced}ssl_ca")]),
        (client, &[("ssl_fp", PIN), ("ssl_crl", "crl.pem")], &[format!("{replaced}ssl_crl")]),
        (
            client,
            &[("ssl_ca", "ca.pem"), ("ssl_mode", "VERIFY_IDENTITY"), ("ssl-fp", PIN)],
            &[format!("{replaced}ssl_ca, VERIFY_IDENTITY")],
        ),
        (
            client,
            &[("tlsql_peer_proof", "ON"), ("ssl_ca", "ca.pem")],
            &["tlsql_peer_proof: no effect beside ssl_ca, which vouches for the server".to_owned()],
        ),
        (
            client,
            &[("tlsql_peer_proof", "ON"), ("ssl_fp", PIN)],
            &["tlsql_peer_proof: no effect beside ssl_fp, which vouches for the server".to_owned()],
        ),
        (
            client,
            &[
                ("ssl_fp", PIN),
                ("ssl_ca", "ca.pem"),
                ("ssl_crl", "crl.pem"),
                ("ssl_crlpath", empty),
            ],
            &[format!("{replaced}ssl_ca, ssl_crl, ssl_crlpath")],
        ),
        (
            client,
            &[("ssl_mode", "PREFERRED"), ("ssl_ca", "ca.pem")],
            &[format!("{preferred}ssl_ca: set VERIFY_CA or VERIFY_IDENTITY to prevent that")],
        ),
        (
            client,
            &[("ssl_fp", PIN), ("ssl_mode", "PREFERRED")],
            &[format!("{preferred}ssl_fp: set REQUIRED to prevent that")],
        ),
        (client, &[("ssl_mode", "PREFERRED")], &[]),
        (client, &[("ssl_mode", "REQUIRED"), ("ssl_ca", "ca.pem")], &[]),
        (client, &[("tlsql_peer_proof", "ON")], &[]),
        (
            client,
            &[("tlsql_peer_proof", "ON"), ("tlsql_keep_peer_chain", "OFF")],
            &["tlsql_keep_peer_chain: OFF has no effect beside tlsql_peer_proof, which needs the \
               chain"
                .to_owned()],
        ),
        (client, &[("ssl_ca", "ca.pem"), ("tlsql_keep_peer_chain", "OFF")], &[]),
        (
            server,
            &[cert, ("tlsql_strict", "ON")],
            &["tlsql_strict: no effect without ssl_ca or ssl_capath".to_owned()],
        ),
        (
            client,
            &[("tlsql_strict", "ON"), ("ssl_fp", PIN)],
            &["tlsql_strict: no effect beside ssl_fp".to_owned()],
        ),
        (client, &[("tlsql_strict", "OFF")], &[]),
        (
            client,
            &[("tls_version", "TLSv1.3"), ("ssl_cipher", "HIGH")],
            &["ssl_cipher: no effect: tls_version has no TLSv1.2".to_owned()],
        ),
        (
            client,
            &[("tls_ciphersuites", "TLS_AES_128_GCM_SHA256"), ("tls_version", "TLSv1.2")],
            &["tls_ciphersuites: no effect: tls_version has no TLSv1.3".to_owned()],
        ),
        (client, &[("ssl_cipher", "HIGH"), ("tls_version", "TLSv1.2,TLSv1.3")], &[]),
        (client, &[("ssl_cipher", "HIGH:@SECLEVEL=2"), ("tls_version", "TLSv1.3")], &[]),
        (client, &[("tlsql_strict", "ON"), ("ssl_ca", "ca.pem")], &[]),
    ] {
        let builder = pki::builder(role, options).unwrap();
        let notes: Vec<_> = builder.notes().iter().map(|note| note.text.clone()).collect();
        assert_eq!(notes, expected, "{options:?}");
        assert!(builder.notes().iter().all(|note| note.severity == Severity::Warning));
    }
}

#[test]
fn what_comes_from_memory_counts() {
    let mut builder = Builder::new(Role::Client);
    builder.add_crl(&pki::read("crl.pem")).unwrap();
    assert_eq!(builder.notes().len(), 1);
    builder.add_ca(&pki::read("ca.pem")).unwrap();
    assert!(builder.notes().is_empty(), "{:?}", builder.notes());
    builder.set("ssl_fp", PIN).unwrap();
    let [note] = builder.notes() else { panic!("{:?}", builder.notes()) };
    assert!(note.text.ends_with("no effect of ssl_ca, ssl_crl"), "{}", note.text);
    builder.set("ssl_mode", "DISABLED").unwrap();
    let [note] = builder.notes() else { panic!("{:?}", builder.notes()) };
    let beside = "ssl_fp: no effect beside ssl_mode=DISABLED; the same goes for ssl_ca, ssl_crl";
    assert_eq!(note.text, beside);
    let mut builder = Builder::new(Role::Client);
    builder.add_ca(&pki::read("ca.pem")).unwrap();
    builder.set("skip-ssl", "").unwrap();
    let [note] = builder.notes() else { panic!("{:?}", builder.notes()) };
    assert_eq!(note.text, "ssl_ca: no effect beside ssl=OFF");
    let mut builder = Builder::new(Role::Server);
    builder.set_identity(&pki::read("server-cert.pem"), &pki::read("server-key.pem")).unwrap();
    builder.set("ssl", "OFF").unwrap();
    let [note] = builder.notes() else { panic!("{:?}", builder.notes()) };
    assert_eq!(note.text, "ssl_cert: no effect beside ssl=OFF");
}

#[test]
fn what_has_no_effect_beside_clear_text_is_noted() {
    let (client, server) = (Role::Client, Role::Server);
    let nowhere = "/nonexistent";
    let (ca, fp) = (("ssl_ca", nowhere), ("ssl_fp", PIN));
    let (capath, fplist) = (("ssl_capath", nowhere), ("ssl_fplist", nowhere));
    let (off, disabled) = (("ssl", "OFF"), ("ssl_mode", "DISABLED"));
    let cert = ("ssl_cert", nowhere);
    for (role, options, expected) in [
        (client, &[ca, off][..], Some("ssl_ca: no effect beside ssl=OFF")),
        (client, &[off, capath], Some("ssl_capath: no effect beside ssl=OFF")),
        (client, &[ca, ("skip-ssl", "")], Some("ssl_ca: no effect beside ssl=OFF")),
        (client, &[fp, disabled], Some("ssl_fp: no effect beside ssl_mode=DISABLED")),
        (client, &[fplist, disabled], Some("ssl_fplist: no effect beside ssl_mode=DISABLED")),
        (client, &[fp, off, disabled], Some("ssl_fp: no effect beside ssl_mode=DISABLED")),
        (
            client,
            &[capath, ca, fplist, fp, off, ("ssl_crl", nowhere)],
            Some(
                "ssl_fp: no effect beside ssl=OFF; the same goes for ssl_fplist, ssl_ca, \
                 ssl_capath, ssl_crl",
            ),
        ),
        (
            server,
            &[capath, ca, off],
            Some("ssl_ca: no effect beside ssl=OFF; the same goes for ssl_capath"),
        ),
        (client, &[("ssl_crl", nowhere), ("tlsql_strict", "ON"), off], None),
        (client, &[cert, disabled], None),
        (server, &[ca, off], Some("ssl_ca: no effect beside ssl=OFF")),
        (server, &[cert, off], Some("ssl_cert: no effect beside ssl=OFF")),
        (
            server,
            &[cert, ("ssl_key", nowhere), ("skip-ssl", "")],
            Some("ssl_cert: no effect beside ssl=OFF; the same goes for ssl_key"),
        ),
        (server, &[("ssl_key", nowhere), ca, off], Some("ssl_ca: no effect beside ssl=OFF")),
    ] {
        // Its files are loaded, which would fail if one were opened (T22).
        let builder = pki::builder(role, options).unwrap();
        let notes: Vec<_> = builder.notes().iter().map(|n| (n.severity, &*n.text)).collect();
        let expected: Vec<_> = expected.iter().map(|text| (Severity::Warning, *text)).collect();
        assert_eq!(notes, expected, "{options:?}");
        assert!(!Context::new(&builder).unwrap().has_tls());
    }
}
