//! Peers on plain rustls, for what our own options cannot ask for.

use std::io::{Read, Write};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, CipherSuite, DigitallySignedStruct, DistinguishedName, Error,
    SignatureScheme, SupportedProtocolVersion,
};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};

use super::{Host, pki, wire};

/// Knows one cipher suite and believes any certificate.
pub struct OneSuiteClient {
    tls: rustls::ClientConnection,
    pub got: Vec<u8>,
}

impl OneSuiteClient {
    pub fn new(suite: u16) -> Self {
        let mut provider = stock();
        provider.cipher_suites.retain(|known| known.suite() == CipherSuite::from(suite));
        let config = rustls::ClientConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .expect("a suite")
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AnyCertificate))
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").expect("a name");
        let tls = rustls::ClientConnection::new(Arc::new(config), name).expect("a connection");
        Self { tls, got: Vec::new() }
    }

    /// Takes this server through the whole upgrade.
    pub fn upgrade(&mut self, server: &mut Host) {
        server.deliver(&wire::packet(1, &wire::ssl_request(wire::MYSQL_PROGRAM)));
        let greeting = server.take_sent();
        assert_eq!(greeting[3], 0, "the greeting");
        self.exchange(server);
    }

    /// Carries bytes until neither side has more to say.
    pub fn exchange(&mut self, server: &mut Host) {
        loop {
            let mut up = Vec::new();
            while self.tls.wants_write() {
                self.tls.write_tls(&mut up).expect("memory");
            }
            server.deliver(&up);
            let down = server.take_sent();
            if up.is_empty() && down.is_empty() {
                return;
            }
            let mut rest = &down[..];
            while !rest.is_empty() {
                self.tls.read_tls(&mut rest).expect("memory");
                self.tls.process_new_packets().expect("TLS");
                // What is there; then it would block.
                let _ = self.tls.reader().read_to_end(&mut self.got);
            }
        }
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.tls.writer().write_all(bytes).expect("memory");
    }
}

/// A server that asks for a client certificate and believes any whose key signed the handshake.
pub struct CertRequestServer(rustls::ServerConnection);

impl CertRequestServer {
    pub fn new(version: &'static SupportedProtocolVersion) -> Self {
        let key = PrivatePkcs8KeyDer::from(pki::der(&pki::read("server-key.pem")));
        let chain = vec![CertificateDer::from(pki::der(&pki::read("server-cert.pem")))];
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(stock()))
            .with_protocol_versions(&[version])
            .expect("a version")
            .with_client_cert_verifier(Arc::new(AnyCertificate))
            .with_single_cert(chain, key.into())
            .expect("a pair");
        Self(rustls::ServerConnection::new(Arc::new(config)).expect("a connection"))
    }

    /// Takes the client, which has got its greeting, to the end of the handshake, or to the alert
    /// of who ends it before.
    pub fn upgrade(&mut self, client: &mut Host) {
        let mut up = client.take_sent().split_off(36);
        loop {
            let down = self.answer(&up);
            client.deliver(&down);
            up = client.take_sent();
            if up.is_empty() && down.is_empty() {
                return;
            }
        }
    }

    /// Gives the client the server's first flight only.
    pub fn ask(&mut self, client: &mut Host) {
        let hello = client.take_sent().split_off(36);
        let flight = self.answer(&hello);
        client.deliver(&flight);
    }

    fn answer(&mut self, mut up: &[u8]) -> Vec<u8> {
        let mut went_wrong = false;
        while !up.is_empty() && !went_wrong {
            self.0.read_tls(&mut up).expect("memory");
            went_wrong = self.0.process_new_packets().is_err();
        }
        let mut down = Vec::new();
        while self.0.wants_write() {
            self.0.write_tls(&mut down).expect("memory");
        }
        down
    }

    /// Returns what the client showed.
    pub fn client_chain(&self) -> Vec<Vec<u8>> {
        self.0.peer_certificates().unwrap_or_default().iter().map(|der| der.to_vec()).collect()
    }

    pub fn is_done(&self) -> bool {
        !self.0.is_handshaking()
    }
}

fn stock() -> CryptoProvider {
    rustls::crypto::ring::default_provider()
}

/// Any certificate, of any version, whose key made the signature.
#[derive(Debug)]
pub struct AnyCertificate;

impl AnyCertificate {
    fn check(
        message: &[u8],
        certificate: &[u8],
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let bad = Error::InvalidCertificate(CertificateError::BadSignature);
        let parsed = x509_parser::parse_x509_certificate(certificate);
        let (_, certificate) = parsed.map_err(|_| bad.clone())?;
        let key = &certificate.public_key().subject_public_key.data;
        let known = stock().signature_verification_algorithms;
        let row = known.mapping.iter().find(|(scheme, _)| *scheme == signed.scheme);
        let mut algorithms = row.map(|(_, list)| list.iter()).into_iter().flatten();
        let holds =
            algorithms.any(|a| a.verify_signature(key, message, signed.signature()).is_ok());
        holds.then(HandshakeSignatureValid::assertion).ok_or(bad)
    }
}

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Self::check(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Self::check(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        stock().signature_verification_algorithms.supported_schemes()
    }
}

impl ClientCertVerifier for AnyCertificate {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Self::check(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Self::check(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        stock().signature_verification_algorithms.supported_schemes()
    }
}
