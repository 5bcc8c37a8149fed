//! Our own certificate and key: which option is missing or wrong, keys of every form, chains, memory
//! (T45 to T48).

mod support;

use support::{Schedule, link, pki, run};
use tlsql::{Builder, Code, Context, Error, Outcome, Role};

const ROLES: [Role; 2] = [Role::Client, Role::Server];

#[test]
fn a_certificate_without_its_key_is_the_key_that_is_missing() {
    // T45
    for role in ROLES {
        let error = refused(role, &[("ssl_cert", "server-cert.pem")]);
        assert_eq!((error.code, error.mysql_errno()), (Code::NoKey, 2026));
        assert!(error.message().contains("Unable to get private key"), "{error}");
        assert!(error.message().contains(&pki::path("server-cert.pem")), "{error}");
    }
}

#[test]
fn one_file_may_hold_both() {
    // T46
    for option in ["ssl_cert", "ssl_key"] {
        for role in ROLES {
            pki::try_context(role, &[(option, "both.pem")]).unwrap();
        }
        let (mut client, mut server) = link(
            &pki::client(&[("ssl_ca", "ca.pem"), ("ssl_mode", "VERIFY_IDENTITY")]),
            &pki::server(&[(option, "both.pem")]),
            Schedule::Whole,
        );
        run(&mut client, &mut server);
        assert_eq!(client.conn.outcome(), Outcome::Tls, "{option}");
    }
}

#[test]
fn a_key_without_its_certificate_is_the_certificate_that_is_missing() {
    // T47
    for role in ROLES {
        let error = refused(role, &[("ssl_key", "server-key.pem")]);
        assert_eq!((error.code, error.mysql_errno()), (Code::NoCert, 2026));
        assert!(error.message().contains("Unable to get certificate"), "{error}");
        assert!(error.message().contains(&pki::path("server-key.pem")), "{error}");
    }
}

#[test]
fn the_key_of_another_certificate_is_refused_with_its_file() {
    // T48
    for role in ROLES {
        let options = [("ssl_cert", "server-cert.pem"), ("ssl_key", "client-key.pem")];
        let error = refused(role, &options);
        assert_eq!((error.code, error.mysql_errno()), (Code::KeyMismatch, 2026));
        assert!(error.message().contains("ssl_key"), "{error}");
        assert!(error.message().contains(&pki::path("client-key.pem")), "{error}");
    }
}

#[test]
fn the_key_of_another_certificate_from_memory_is_no_files() {
    for files in [&[][..], &[("ssl_cert", "server-cert.pem"), ("ssl_key", "server-key.pem")]] {
        let mut builder = pki::builder(Role::Server, files).unwrap();
        builder.set_identity(&pki::read("server-cert.pem"), &pki::read("client-key.pem")).unwrap();
        let error = Context::new(&builder).unwrap_err();
        assert_eq!(error.code, Code::KeyMismatch);
        assert!(error.message().ends_with("Pass chain and key of one pair."), "{error}");
        assert!(!error.message().contains(".pem"), "{error}");
    }
}

/// Certificate and key in `tests/data/keys`, and how the key is written.
const KEYS: &[(&str, &str)] = &[
    ("rsa2048-cert", "rsa2048-pkcs1"),
    ("rsa2048-cert", "rsa2048-pkcs8"),
    ("rsa3072-cert", "rsa3072-pkcs8"),
    ("rsa4096-cert", "rsa4096-pkcs8"),
    ("p256-cert", "p256-sec1"),
    ("p256-cert", "p256-pkcs8"),
    ("p384-cert", "p384-sec1"),
    ("p384-cert", "p384-pkcs8"),
    ("ed25519-cert", "ed25519-pkcs8"),
];

#[test]
fn keys_are_taken_in_every_form_from_file_and_memory_in_pem_and_der() {
    for (cert, key) in KEYS {
        let (cert, key) = (pem(cert), pem(key));
        let (chain, secret) = (std::fs::read(&cert).unwrap(), std::fs::read(&key).unwrap());
        let pairs = [
            (chain.clone(), secret.clone()),
            (pki::der(&chain), pki::der(&secret)),
            (pki::der(&chain), secret.clone()),
        ];
        let from_file = pki::builder(Role::Server, &[("ssl_cert", &cert), ("ssl_key", &key)]);
        let mut servers = vec![from_file.unwrap()];
        for (chain, key) in &pairs {
            let mut builder = Builder::new(Role::Server);
            builder.set_identity(chain, key).unwrap();
            servers.push(builder);
        }
        let der = [scratch("key-test.crt", &pairs[1].0), scratch("key-test.der", &pairs[1].1)];
        let options = [("ssl_cert", der[0].as_str()), ("ssl_key", der[1].as_str())];
        servers.push(pki::builder(Role::Server, &options).unwrap());
        for version in ["TLSv1.2", "TLSv1.3"] {
            for builder in &servers {
                let server = Context::new(builder).unwrap();
                let client = pki::client(&[("tls_version", version)]);
                let (mut client, mut server) = link(&client, &server, Schedule::Whole);
                run(&mut client, &mut server);
                assert_eq!(client.conn.outcome(), Outcome::Tls, "{key} {version}");
                let shown = &client.conn.negotiated().unwrap().peer_chain;
                assert_eq!(shown.iter().collect::<Vec<_>>(), [pki::der(&chain)]);
            }
        }
    }
}

/// One key, whether its curve is named or written out, and its point compressed or not: OpenSSL's
/// `X509_check_private_key()` compares keys, and no forms.
#[test]
fn a_pair_is_one_in_whatever_form_the_certificate_has_the_key() {
    for (name, is_taken) in [("p256-explicit", true), ("p384-explicit", true)] {
        let (cert, key) = (pem(&format!("{name}-cert")), pem(&format!("{name}-named-pkcs8")));
        let server = pki::server(&[("ssl_cert", &cert), ("ssl_key", &key)]);
        for version in ["TLSv1.2", "TLSv1.3"] {
            let client = pki::client(&[("tls_version", version)]);
            let (mut client, mut server) = link(&client, &server, Schedule::Whole);
            run(&mut client, &mut server);
            assert_eq!(client.conn.outcome() == Outcome::Tls, is_taken, "{name} {version}");
        }
        for other in ["p256-pkcs8", "p384-pkcs8"] {
            let error = refused(Role::Server, &[("ssl_cert", &cert), ("ssl_key", &pem(other))]);
            assert_eq!(error.code, Code::KeyMismatch, "{name} {other}");
        }
    }
    let (cert, key) = (pem("p256-compressed-cert"), pem("p256-compressed-named-pkcs8"));
    for role in ROLES {
        let context = pki::try_context(role, &[("ssl_cert", &cert), ("ssl_key", &key)]);
        assert!(context.is_ok(), "{:?}", context.err());
    }
}

#[test]
fn keys_of_other_forms_are_refused_with_option_and_file() {
    let (encrypted, form) = (Code::KeyEncrypted, Code::KeyForm);
    for (cert, key, code, words) in [
        ("p256-cert", "p256-encrypted-pkcs8", encrypted, "encrypted"),
        ("rsa2048-cert", "rsa2048-encrypted-pkcs1", encrypted, "encrypted"),
        ("rsa1024-cert", "rsa1024-pkcs8", form, "RSA of 1024 bits"),
        ("rsa2560-cert", "rsa2560-pkcs8", form, "RSA of 2560 bits"),
        ("rsa8192-cert", "rsa8192-pkcs8", form, "RSA of 8192 bits"),
        ("rsa-exponent3-cert", "rsa-exponent3-pkcs8", form, "RSA with the public exponent 3"),
        ("rsa-3primes-cert", "rsa-3primes-pkcs8", form, "RSA with more than two primes"),
        ("pss-cert", "pss-pkcs8", form, "RSASSA-PSS"),
        ("p521-cert", "p521-sec1", form, "P-521"),
        ("p521-cert", "p521-pkcs8", form, "P-521"),
        ("secp256k1-cert", "secp256k1-pkcs8", form, "secp256k1"),
        ("brainpool-cert", "brainpool-pkcs8", form, "brainpoolP256r1"),
        ("p256-explicit-cert", "p256-explicit-pkcs8", form, "EC with its parameters written out"),
        ("ed448-cert", "ed448-pkcs8", form, "Ed448"),
        ("dsa-cert", "dsa-pkcs8", form, "DSA"),
    ] {
        let (cert, key) = (pem(cert), pem(key));
        for role in ROLES {
            let error = refused(role, &[("ssl_cert", &cert), ("ssl_key", &key)]);
            assert_eq!((error.code, error.mysql_errno()), (code, 2026), "{key}");
            assert!(error.message().contains("ssl_key"), "{error}");
            assert!(error.message().contains(&key), "{error}");
            assert!(error.message().contains(words), "{error}");
            if code == Code::KeyForm {
                // The true limits: ring's, which signs with no other sizes.
                let message = error.message();
                assert!(message.contains("RSA (2048, 3072 or 4096 bits)"), "{message}");
            }
        }
        let mut builder = Builder::new(Role::Client);
        let result =
            builder.set_identity(&std::fs::read(&cert).unwrap(), &std::fs::read(&key).unwrap());
        let error = result.and_then(|()| Context::new(&builder).map(drop)).unwrap_err();
        assert_eq!(error.code, code, "{key}");
        assert!(error.message().contains("ssl_key"), "{error}");
    }
}

#[test]
fn an_encrypted_key_in_der_is_told_as_such_too() {
    let pem = std::fs::read(pem("p256-encrypted-pkcs8")).unwrap();
    let der = scratch("encrypted.der", &pki::der(&pem));
    for role in ROLES {
        let error = refused(role, &[("ssl_cert", "server-cert.pem"), ("ssl_key", &der)]);
        assert_eq!((error.code, error.mysql_errno()), (Code::KeyEncrypted, 2026));
        assert!(error.message().contains(&format!("(ssl_key={der})")), "{error}");
        assert!(error.message().contains("openssl pkey"), "{error}");
    }
    let mut builder = Builder::new(Role::Client);
    let error = builder.set_identity(&pki::read("server-cert.pem"), &pki::der(&pem)).unwrap_err();
    assert_eq!(error.code, Code::KeyEncrypted);
    assert!(error.message().contains("(ssl_key)"), "{error}");
}

#[test]
fn a_chain_is_sent_as_the_file_has_it() {
    let chain =
        [&pki::read("server-cert.pem")[..], b"\nSome words.\n", &pki::read("ca.pem")].concat();
    let file = scratch("chain.pem.txt", &chain);
    let server = pki::server(&[("ssl_cert", &file), ("ssl_key", "server-key.pem")]);
    let (mut client, mut server) = link(&pki::client(&[]), &server, Schedule::Whole);
    run(&mut client, &mut server);
    let expected = ["server-cert.pem", "ca.pem"].map(|name| pki::der(&pki::read(name)));
    let shown = &client.conn.negotiated().unwrap().peer_chain;
    assert_eq!(shown.iter().collect::<Vec<_>>(), expected);
}

#[test]
fn an_identity_from_memory_takes_the_place_of_the_files() {
    let mut builder = pki::builder(Role::Server, &[("ssl_cert", "both.pem")]).unwrap();
    builder.set_identity(&pki::read("cn-cert.pem"), &pki::read("cn-key.pem")).unwrap();
    let server = Context::new(&builder).unwrap();
    let (mut client, mut server) = link(&pki::client(&[]), &server, Schedule::Whole);
    run(&mut client, &mut server);
    let shown = &client.conn.negotiated().unwrap().peer_chain;
    assert_eq!(shown.iter().collect::<Vec<_>>(), [pki::der(&pki::read("cn-cert.pem"))]);
}

fn refused(role: Role, options: &[(&str, &str)]) -> Error {
    pki::try_context(role, options).unwrap_err()
}

fn pem(name: &str) -> String {
    pki::kept(&format!("keys/{name}.pem"))
}

/// A file with this content, for this test program only.
fn scratch(name: &str, content: &[u8]) -> String {
    let path = pki::dir().join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}
