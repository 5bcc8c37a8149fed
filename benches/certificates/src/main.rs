//! The path validator beside webpki and OpenSSL's X509_verify_cert() in one run, as ratios; and the
//! time that a file of 140 roots takes to load.
//!
//! Anchors are read before; the peer's certificates are read in each round, as in a handshake, but
//! for OpenSSL, which gets them read already.

mod pki;

use std::sync::Arc;
use std::time::{Duration, Instant};

use openssl::ssl::SslFiletype;
use openssl::stack::Stack;
use openssl::x509::store::{X509Lookup, X509Store, X509StoreBuilder};
use openssl::x509::verify::X509VerifyParam;
use openssl::x509::{X509, X509PurposeId, X509StoreContext};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tlsql::trust::{Certificate, Level, Limits, Name, NameRule, Policy, Purpose, Store, verify};
use tlsql::{Builder, Context, Role};

const HOST: &str = "db.example.com";

fn main() {
    for (what, chain) in
        [("RSA-2048, leaf and root", pki::rsa_two()), ("P-256, three levels", pki::p256_three())]
    {
        chains(what, &chain);
    }
    roots();
}

/// Times the three validators over a chain, the leaf first and the root last.
fn chains(what: &str, chain: &[X509]) {
    let ders: Vec<Vec<u8>> = chain.iter().map(|x| x.to_der().unwrap()).collect();
    let [ours, webpki, openssl] = race(200, [&ours(&ders), &webpki(&ders), &openssl(chain)]);
    println!(
        "{what:<24} tlsql {:>7.1} us  webpki {:>7.1} us  OpenSSL {:>7.1} us  \
         ratio to webpki {:.2}, to OpenSSL {:.2}",
        micros(ours),
        micros(webpki),
        micros(openssl),
        ours.as_secs_f64() / webpki.as_secs_f64(),
        ours.as_secs_f64() / openssl.as_secs_f64(),
    );
}

/// Returns a run of our validator over a chain; the peer's certificates are parsed each time.
fn ours(chain: &[Vec<u8>]) -> impl Fn() {
    let (root, sent) = chain.split_last().unwrap();
    let (leaf, others) = sent.split_first().unwrap();
    let mut store = Store::default();
    store.add_certificate(Certificate::parse(root).unwrap());
    let policy = Policy {
        purpose: Purpose::Server,
        name: Name::parse(HOST),
        name_rule: NameRule::Mysql84,
        level: Level::Two,
        limits: Limits::default(),
    };
    let seconds = i64::try_from(UnixTime::now().as_secs()).unwrap();
    move || {
        let leaf = Certificate::parse(leaf).unwrap();
        let others: Vec<_> = others.iter().map(|d| Certificate::parse(d).unwrap()).collect();
        verify(&store, &leaf, &others, &policy, seconds).unwrap();
    }
}

fn webpki(chain: &[Vec<u8>]) -> impl Fn() {
    let (root, sent) = chain.split_last().unwrap();
    let (leaf, others) = sent.split_first().unwrap();
    let mut anchors = RootCertStore::empty();
    anchors.add(CertificateDer::from(root.clone())).unwrap();
    let provider = Arc::new(default_provider());
    let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(anchors), provider);
    let webpki = builder.build().unwrap();
    let name = ServerName::try_from(HOST).unwrap();
    let others: Vec<_> = others.iter().map(|d| CertificateDer::from(&d[..])).collect();
    let leaf = CertificateDer::from(&leaf[..]);
    let now = UnixTime::now();
    move || {
        webpki.verify_server_cert(&leaf, &others, &name, &[], now).unwrap();
    }
}

fn openssl(chain: &[X509]) -> impl Fn() {
    let store = openssl_store(chain.last().unwrap());
    let mut untrusted = Stack::new().unwrap();
    for sent in &chain[1..chain.len() - 1] {
        untrusted.push(sent.clone()).unwrap();
    }
    move || {
        let mut context = X509StoreContext::new().unwrap();
        let good = context.init(&store, &chain[0], &untrusted, |c| c.verify_cert());
        assert!(good.unwrap());
    }
}

fn openssl_store(root: &X509) -> X509Store {
    let mut builder = X509StoreBuilder::new().unwrap();
    builder.add_cert(root.clone()).unwrap();
    let mut parameters = X509VerifyParam::new().unwrap();
    parameters.set_purpose(X509PurposeId::SSL_SERVER).unwrap();
    parameters.set_auth_level(2);
    parameters.set_host(HOST).unwrap();
    builder.set_param(&parameters).unwrap();
    builder.build()
}

/// 140 roots in one PEM file, as many as a platform's bundle has.
fn roots() {
    let pem: Vec<u8> = pki::roots(140).iter().flat_map(|root| root.to_pem().unwrap()).collect();
    let path = std::env::temp_dir().join(format!("tlsql-bench-{}.pem", std::process::id()));
    std::fs::write(&path, pem).unwrap();
    let text = path.to_str().unwrap();
    let ours = || {
        let mut builder = Builder::new(Role::Client);
        builder.set("ssl_ca", text).unwrap();
        builder.load_files().unwrap();
        Context::new(&builder).unwrap();
    };
    let openssl = || {
        let mut builder = X509StoreBuilder::new().unwrap();
        let lookup = builder.add_lookup(X509Lookup::file()).unwrap();
        lookup.load_cert_file(&path, SslFiletype::PEM).unwrap();
        builder.build();
    };
    let [ours, openssl] = race(5, [&ours, &openssl]);
    println!(
        "{:<24} tlsql {:>7.1} us  OpenSSL {:>7.1} us  ratio {:.2}",
        "140 roots loaded",
        micros(ours),
        micros(openssl),
        ours.as_secs_f64() / openssl.as_secs_f64(),
    );
    std::fs::remove_file(&path).unwrap();
}

/// Returns the best of thirty rounds of each, in turns, so that all meet the same machine; for one
/// call.
fn race<const N: usize>(times: u32, work: [&dyn Fn(); N]) -> [Duration; N] {
    let mut best = [Duration::MAX; N];
    for _ in 0..30 {
        for (best, work) in best.iter_mut().zip(work) {
            let start = Instant::now();
            (0..times).for_each(|_| work());
            *best = (*best).min(start.elapsed() / times);
        }
    }
    best
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
