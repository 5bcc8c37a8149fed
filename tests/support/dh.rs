//! A server on plain rustls that knows DHE in one group, which need not be a good one.

use std::sync::Arc;

use rustls::crypto::{
    ActiveKeyExchange, CipherSuiteCommon, KeyExchangeAlgorithm, SharedSecret, SupportedKxGroup,
};
use rustls::ffdhe_groups::FfdheGroup;
use rustls::{CipherSuite, Error, NamedGroup, ServerConfig, SupportedCipherSuite};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use super::{Host, pki, wire};

/// Returns p and g of a file that `openssl dhparam` made.
pub fn parameters(pem: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let der = pki::der(pem);
    let body = value(&der).0;
    let (p, rest) = value(body);
    let (g, _) = value(rest);
    let trimmed = |n: &[u8]| n.iter().copied().skip_while(|byte| *byte == 0).collect();
    (trimmed(p), trimmed(g))
}

/// Returns the body of a DER value, and what is behind it.
fn value(der: &[u8]) -> (&[u8], &[u8]) {
    let (len, at) = match der[1] {
        len @ 0..=0x7f => (usize::from(len), 2),
        0x81 => (usize::from(der[2]), 3),
        _ => (usize::from(u16::from_be_bytes([der[2], der[3]])), 4),
    };
    der[at..].split_at(len)
}

/// A server whose public value is `public`, whatever its secret would be: its handshakes end where
/// the client answers at the latest.
pub struct OneGroupServer(rustls::ServerConnection);

impl OneGroupServer {
    pub fn new(p: &[u8], g: &[u8], public: &[u8]) -> Self {
        let leak = |bytes: &[u8]| -> &'static [u8] { Box::leak(bytes.into()) };
        let group: &'static Fixed =
            Box::leak(Box::new(Fixed { p: leak(p), g: leak(g), public: leak(public) }));
        let mut provider = rustls::crypto::ring::default_provider();
        let stock = rustls::crypto::ring::cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256;
        let SupportedCipherSuite::Tls12(like) = stock else { panic!("TLS 1.2") };
        let suite = rustls::Tls12CipherSuite {
            common: CipherSuiteCommon {
                suite: CipherSuite::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256,
                hash_provider: like.common.hash_provider,
                confidentiality_limit: like.common.confidentiality_limit,
            },
            prf_provider: like.prf_provider,
            kx: KeyExchangeAlgorithm::DHE,
            sign: like.sign,
            aead_alg: like.aead_alg,
        };
        provider.cipher_suites = vec![SupportedCipherSuite::Tls12(Box::leak(Box::new(suite)))];
        provider.kx_groups = vec![group];
        let read = |name: &str| std::fs::read(pki::kept(name)).expect("a file that is kept");
        let key = PrivatePkcs8KeyDer::from(pki::der(&read("keys/rsa2048-pkcs8.pem")));
        let chain = vec![CertificateDer::from(pki::der(&read("keys/rsa2048-cert.pem")))];
        let config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[&rustls::version::TLS12])
            .expect("TLS 1.2")
            .with_no_client_auth()
            .with_single_cert(chain, key.into())
            .expect("a pair");
        Self(rustls::ServerConnection::new(Arc::new(config)).expect("a connection"))
    }

    /// Answers the client, which has got its greeting, until one of them has no more to say.
    pub fn upgrade(&mut self, client: &mut Host) {
        let mut up = client.take_sent().split_off(36);
        while !up.is_empty() {
            let mut rest = &up[..];
            while !rest.is_empty() {
                self.0.read_tls(&mut rest).expect("memory");
                // Its own failures are alerts that the client gets.
                let _ = self.0.process_new_packets();
            }
            let mut down = Vec::new();
            while self.0.wants_write() {
                self.0.write_tls(&mut down).expect("memory");
            }
            client.deliver(&down);
            up = client.take_sent();
        }
    }
}

/// Returns a server's whole first flight in TLS 1.2, in as few records as can be, with key exchange
/// parameters as given under a good signature, which no library would send; it asks for a
/// certificate.
pub fn flight(hello: &[u8], suite: u16, params: &[u8]) -> Vec<u8> {
    let read = |name: &str| pki::der(&std::fs::read(pki::kept(name)).expect("a file that is kept"));
    let [chain, key] = ["keys/rsa2048-cert.pem", "keys/rsa2048-pkcs8.pem"].map(read);
    let key = ring::signature::RsaKeyPair::from_pkcs8(&key).expect("a key");
    let (_, message) = wire::records(hello).remove(0);
    let (client_random, server_random) = (&message[6..38], [9; 32]);
    // RFC 5746 and 7627: renegotiation_info, extended_master_secret.
    let extensions = [0, 9, 0xff, 1, 0, 1, 0, 0, 23, 0, 0];
    let hello = [&[3, 3], &server_random[..], &[0], &suite.to_be_bytes(), &[0], &extensions];
    let certificates = [sized::<3>(&sized::<3>(&chain))].concat();
    let mut signature = vec![0; key.public().modulus_len()];
    let signed = [client_random, &server_random, params].concat();
    let (algorithm, random) = (&ring::signature::RSA_PKCS1_SHA256, ring::rand::SystemRandom::new());
    key.sign(algorithm, &random, &signed, &mut signature).expect("a signature");
    let exchange = [params, &[4, 1], &sized::<2>(&signature)];
    let messages = [
        wire::handshake(2, &hello.concat()),
        wire::handshake(11, &certificates),
        wire::handshake(12, &exchange.concat()),
        // Of any kind, RSA-PSS or ECDSA with SHA-256, from any CA.
        wire::handshake(13, &[2, 1, 64, 0, 4, 8, 4, 4, 3, 0, 0]),
        wire::handshake(14, &[]),
    ];
    messages.concat().chunks(16_000).flat_map(|part| wire::record(wire::HANDSHAKE, part)).collect()
}

/// Returns bytes behind their length, which has `LEN` octets.
fn sized<const LEN: usize>(bytes: &[u8]) -> Vec<u8> {
    let len = bytes.len().to_be_bytes();
    [&len[len.len() - LEN..], bytes].concat()
}

#[derive(Clone, Copy, Debug)]
struct Fixed {
    p: &'static [u8],
    g: &'static [u8],
    public: &'static [u8],
}

impl SupportedKxGroup for Fixed {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        Ok(Box::new(*self))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        Some(FfdheGroup { p: self.p, g: self.g })
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::FFDHE2048
    }
}

impl ActiveKeyExchange for Fixed {
    fn complete(self: Box<Self>, _: &[u8]) -> Result<SharedSecret, Error> {
        Ok(SharedSecret::from(&[1][..]))
    }

    fn pub_key(&self) -> &[u8] {
        self.public
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        Some(FfdheGroup { p: self.p, g: self.g })
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::FFDHE2048
    }
}
