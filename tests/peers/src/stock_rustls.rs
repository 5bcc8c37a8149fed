//! rustls as it comes, with ring and webpki: what its users have with these servers.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, CipherSuite, ClientConfig, ClientConnection, DigitallySignedStruct, Error,
    OtherError, ProtocolVersion, RootCertStore, SignatureScheme,
};

use crate::three_clients::{Did, Mode, NO_TLS};

const PATIENCE: Duration = Duration::from_secs(10);

/// The second byte of the capabilities, in the greeting and in the SSLRequest.
const CLIENT_SSL: u8 = 0x08;
/// CLIENT_LONG_PASSWORD, PROTOCOL_41, SSL and SECURE_CONNECTION; 16 MiB; utf8mb4.
const SSL_REQUEST: [u8; 13] = [32, 0, 0, 1, 0x01, 0x8a, 0, 0, 0, 0, 0, 1, 45];
const FILLER: [u8; 23] = [0; 23];

/// Version and suite, or the name of the error.
pub fn meet(host: &str, port: u16, mode: Mode, ca: &Path) -> Did {
    match handshake(host, port, mode, ca) {
        Ok(agreed) => Did::new(agreed, ""),
        Err(Failure::Tls(error)) => Did::new(word(&error), format!("{error:?}")),
        Err(Failure::Other(error)) => Did::new(error, ""),
    }
}

#[derive(Debug)]
pub enum Failure {
    Tls(Error),
    Other(String),
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        let text = error.to_string();
        match error.into_inner().and_then(|inner| inner.downcast::<Error>().ok()) {
            Some(error) => Failure::Tls(*error),
            None => Failure::Other(text),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Tls(error)
    }
}

fn handshake(host: &str, port: u16, mode: Mode, ca: &Path) -> Result<String, Failure> {
    let mut tcp = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    tcp.set_read_timeout(Some(PATIENCE))?;
    if !offers_tls(&mut tcp)? {
        return Err(Failure::Other(NO_TLS.to_string()));
    }
    tcp.write_all(&[&SSL_REQUEST[..], &FILLER].concat())?;
    let name = ServerName::try_from(host.to_string());
    let name = name.map_err(|e| Failure::Other(e.to_string()))?;
    let mut tls = ClientConnection::new(Arc::new(config(mode, ca)?), name)?;
    while tls.is_handshaking() {
        tls.complete_io(&mut tcp)?;
    }
    let version = match tls.protocol_version() {
        Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
        Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
        _ => "no version",
    };
    let suite = tls.negotiated_cipher_suite().map(|suite| suite.suite());
    Ok(format!("{version} {}", suite.map(openssl_name).unwrap_or_default()))
}

/// Reads the greeting, of which the capabilities stand behind version, id and scramble.
fn offers_tls(tcp: &mut TcpStream) -> Result<bool, Failure> {
    let mut header = [0; 4];
    tcp.read_exact(&mut header)?;
    let mut greeting = vec![0; usize::from(u16::from_le_bytes([header[0], header[1]]))];
    tcp.read_exact(&mut greeting)?;
    let version = greeting.iter().position(|&byte| byte == 0).unwrap_or_default();
    Ok(greeting.get(version + 15).is_some_and(|high| high & CLIENT_SSL != 0))
}

fn config(mode: Mode, ca: &Path) -> Result<ClientConfig, Failure> {
    let provider = Arc::new(ring::default_provider());
    let verifier = verifier(mode, ca, &provider)?;
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = builder?.dangerous().with_custom_certificate_verifier(verifier);
    Ok(config.with_no_client_auth())
}

/// What a mode demands of the server, as stock rustls can check it.
pub fn verifier(
    mode: Mode,
    ca: &Path,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, Failure> {
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_file(ca).map_err(|e| Failure::Other(e.to_string()))?;
    roots.add(ca)?;
    let webpki = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map_err(|e| Failure::Other(e.to_string()))?;
    Ok(Arc::new(Lenient { mode, webpki, provider: Arc::clone(provider) }))
}

/// What MySQL's modes leave out of webpki's verdict; the handshake's signature is always checked.
#[derive(Debug)]
struct Lenient {
    mode: Mode,
    webpki: Arc<WebPkiServerVerifier>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        use CertificateError::{NotValidForName, NotValidForNameContext};
        if !self.mode.verifies() {
            return Ok(ServerCertVerified::assertion());
        }
        match self.webpki.verify_server_cert(end_entity, intermediates, name, ocsp, now) {
            Err(Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }))
                if self.mode == Mode::VerifyCa =>
            {
                Ok(ServerCertVerified::assertion())
            }
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The innermost name that it has, without values that depend on the run.
fn word(error: &Error) -> String {
    match error {
        Error::AlertReceived(alert) => format!("{alert:?}"),
        Error::PeerIncompatible(reason) => format!("{reason:?}"),
        Error::InvalidCertificate(CertificateError::NotValidForNameContext { .. }) => {
            "NotValidForName".to_string()
        }
        Error::InvalidCertificate(CertificateError::Other(OtherError(inner))) => {
            format!("{inner:?}")
        }
        Error::InvalidCertificate(reason) => format!("{reason:?}"),
        Error::InvalidMessage(_) => "InvalidMessage".to_string(),
        other => format!("{other:?}"),
    }
}

/// `TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384` is `ECDHE-RSA-AES256-GCM-SHA384` to OpenSSL.
fn openssl_name(suite: CipherSuite) -> String {
    let name = format!("{suite:?}");
    if let Some(rest) = name.strip_prefix("TLS13_") {
        return format!("TLS_{rest}");
    }
    let name = name.trim_start_matches("TLS_").replace("_WITH", "").replace("AES_", "AES");
    name.replace("POLY1305_SHA256", "POLY1305").replace('_', "-")
}
