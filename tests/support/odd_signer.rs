//! Peers on plain rustls that show a certificate and sign the handshake with a key and a scheme of
//! the test's choice, whether they fit the certificate or not.

use std::sync::{Arc, Mutex};

use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair};
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::{Error, SignatureAlgorithm, SignatureScheme, SupportedProtocolVersion};
use rustls_pki_types::{CertificateDer, ServerName};
use tlsql::der::{Value, tag};

use super::{Host, pki, rustls_peers, wire};

/// A certificate, and the RSA key of `tests/data/keys` that signs as `scheme`.
#[derive(Clone, Debug)]
pub struct OddSigner {
    pub certificate: Vec<u8>,
    pub key: &'static str,
    pub scheme: u16,
    /// What suites of TLS 1.2 it signs for.
    pub algorithm: SignatureAlgorithm,
}

/// Lets such a server meet a client that has got its greeting.
pub fn serve(signer: OddSigner, version: &'static SupportedProtocolVersion, client: &mut Host) {
    let config = rustls::ServerConfig::builder_with_protocol_versions(&[version]);
    let config = config.with_no_client_auth();
    meet(config.with_cert_resolver(Arc::new(Always(signer.certified()))), client);
}

/// The same with a server that needs a certificate of the client's; returns what it verified.
pub fn serve_asking(
    signer: OddSigner,
    version: &'static SupportedProtocolVersion,
    client: &mut Host,
) -> Option<Vec<u8>> {
    let config = rustls::ServerConfig::builder_with_protocol_versions(&[version])
        .with_client_cert_verifier(Arc::new(rustls_peers::AnyCertificate));
    let tls = meet(config.with_cert_resolver(Arc::new(Always(signer.certified()))), client);
    tls.peer_certificates().and_then(<[_]>::first).map(|leaf| leaf.to_vec())
}

fn meet(config: rustls::ServerConfig, client: &mut Host) -> rustls::ServerConnection {
    let mut tls = rustls::ServerConnection::new(Arc::new(config)).expect("a connection");
    let mut up = client.take_sent().split_off(36);
    while !up.is_empty() {
        let down = carry(&mut tls, &up);
        client.deliver(&down);
        up = client.take_sent();
    }
    tls
}

/// Lets such a client meet a server.
pub fn connect(signer: OddSigner, version: &'static SupportedProtocolVersion, server: &mut Host) {
    connect_with(Arc::new(Always(signer.certified())), version, server);
}

/// Lets a client without a certificate meet a server; returns the schemes that it is asked for.
pub fn asked(version: &'static SupportedProtocolVersion, server: &mut Host) -> Vec<u16> {
    let resolver = Arc::new(Asked::default());
    connect_with(resolver.clone(), version, server);
    let asked = resolver.0.lock().expect("no panic");
    asked.iter().map(|scheme| u16::from(*scheme)).collect()
}

fn connect_with(
    resolver: Arc<dyn rustls::client::ResolvesClientCert>,
    version: &'static SupportedProtocolVersion,
    server: &mut Host,
) {
    let config = rustls::ClientConfig::builder_with_protocol_versions(&[version])
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(rustls_peers::AnyCertificate))
        .with_client_cert_resolver(resolver);
    let name = ServerName::try_from("localhost").expect("a name");
    let mut tls = rustls::ClientConnection::new(Arc::new(config), name).expect("a connection");
    server.settle();
    server.take_sent();
    server.deliver(&wire::packet(1, &wire::ssl_request(wire::MYSQL_PROGRAM)));
    let mut up = carry(&mut tls, &[]);
    while !up.is_empty() {
        server.deliver(&up);
        let down = server.take_sent();
        up = carry(&mut tls, &down[..wire::records_len(&down)]);
    }
}

/// Returns the certificate with another SubjectPublicKeyInfo; its signature is not made anew.
pub fn with_key(certificate: &[u8], spki: &[u8]) -> Vec<u8> {
    let mut outer = Value::whole(certificate).and_then(|v| v.sequence()).expect("a certificate");
    let mut inner = outer.any().and_then(|tbs| tbs.sequence()).expect("its fields");
    let mut fields = Vec::new();
    while let Some(field) = inner.any() {
        fields.push(field.raw.to_vec());
    }
    // Behind version, serial number, algorithm, issuer, validity and subject.
    fields[6] = spki.to_vec();
    let tbs = value(tag::SEQUENCE, &fields.concat());
    value(tag::SEQUENCE, &[&tbs, outer.rest()].concat())
}

/// Returns a SubjectPublicKeyInfo without parameters.
pub fn spki(oid: &[u8], key: &[u8]) -> Vec<u8> {
    let algorithm = value(tag::SEQUENCE, &value(tag::OID, oid));
    let bits = value(tag::BIT_STRING, &[&[0], key].concat());
    value(tag::SEQUENCE, &[algorithm, bits].concat())
}

fn value(tag: u8, body: &[u8]) -> Vec<u8> {
    let len = u16::try_from(body.len()).expect("a short value").to_be_bytes();
    let head = match body.len() {
        0..=0x7f => vec![tag, len[1]],
        0x80..=0xff => vec![tag, 0x81, len[1]],
        _ => vec![tag, 0x82, len[0], len[1]],
    };
    [&head[..], body].concat()
}

impl OddSigner {
    pub fn certified(self) -> Arc<CertifiedKey> {
        let chain = vec![CertificateDer::from(self.certificate.clone())];
        Arc::new(CertifiedKey::new(chain, Arc::new(self)))
    }
}

impl SigningKey for OddSigner {
    fn choose_scheme(&self, _: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        Some(Box::new(self.clone()))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }
}

impl Signer for OddSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let pem = std::fs::read(pki::kept(&format!("keys/{}.pem", self.key))).expect("a key");
        let pkcs8 = pki::der(&pem);
        // The RSAPrivateKey is the third field (RFC 5958 section 2).
        let mut fields = Value::whole(&pkcs8).and_then(|v| v.sequence()).expect("a key");
        let key = fields.any().and(fields.any()).and_then(|_| fields.take(tag::OCTET_STRING));
        let key = RsaKeyPair::from_der(key.expect("a key")).expect("an RSA key");
        let padding: &dyn RsaEncoding =
            if self.scheme == 0x0401 { &RSA_PKCS1_SHA256 } else { &RSA_PSS_SHA256 };
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(padding, &SystemRandom::new(), message, &mut signature).expect("a signature");
        Ok(signature)
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme.into()
    }
}

/// Shows the one certificate, whatever is asked for.
#[derive(Debug)]
pub struct Always(pub Arc<CertifiedKey>);

impl rustls::server::ResolvesServerCert for Always {
    fn resolve(&self, _: rustls::server::ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

impl rustls::client::ResolvesClientCert for Always {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Shows none, and remembers the schemes that it is asked for.
#[derive(Debug, Default)]
struct Asked(Mutex<Vec<SignatureScheme>>);

impl rustls::client::ResolvesClientCert for Asked {
    fn resolve(&self, _: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        *self.0.lock().expect("no panic") = schemes.to_vec();
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Gives a peer bytes, and returns its answer.
fn carry<D>(
    tls: &mut (impl std::ops::DerefMut<Target = rustls::ConnectionCommon<D>> + ?Sized),
    mut bytes: &[u8],
) -> Vec<u8> {
    let mut went_wrong = false;
    while !bytes.is_empty() && !went_wrong {
        tls.read_tls(&mut bytes).expect("memory");
        went_wrong = tls.process_new_packets().is_err();
    }
    let mut answer = Vec::new();
    while tls.wants_write() {
        tls.write_tls(&mut answer).expect("memory");
    }
    answer
}
