//! The verifier of a context: answers to rustls' questions about a peer's certificate.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::ffdhe_groups::FfdheGroup;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, PeerMisbehaved, SignatureScheme,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::alert;
use super::cert_request;
use super::chain::ChainVerifier;
use super::checks::{PeerChecks, Verified};
use crate::config::Pin;
use crate::crypto::{self, ChosenGroup, HandshakeFailure};
use crate::error::{Code, Error};
use crate::trust::Purpose;

/// One for each context, shared by its connections: what it needs of a connection, and what it
/// finds, stands in that connection's `PeerChecks`.
pub struct PeerVerifier {
    /// `None`: only the handshake signature is checked (PREFERRED and REQUIRED without a CA), and
    /// on a server no certificate is acceptable (D7).
    pub chain: Option<Arc<ChainVerifier>>,
    /// Fingerprints, one of which a server's certificate must have; if there are any, nothing else
    /// is checked.
    pub pins: Arc<[Pin]>,
    pub provider: Arc<CryptoProvider>,
    /// Fewest bits of a server's Diffie-Hellman group.
    pub dh_bits: u32,
}

/// rustls asks for it. What was derived would keep the code for all that a verifier holds.
impl fmt::Debug for PeerVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PeerVerifier")
    }
}

impl PeerVerifier {
    /// Checks a certificate for the connection that rustls works for.
    fn check(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        purpose: Purpose,
        now: UnixTime,
    ) -> Result<(), rustls::Error> {
        PeerChecks::current(|checks| {
            let name = checks.name.as_ref();
            let verdict = match (&self.chain, purpose) {
                (_, Purpose::Server) if !self.pins.is_empty() => self.check_pins(leaf),
                (Some(chain), _) => {
                    let verdict = chain.verify(leaf, others, purpose, name, now);
                    verdict.map(|window| Verified { chain: true, window, ..Verified::default() })
                }
                (None, Purpose::Server) => Ok(Verified::default()),
                (None, Purpose::Client) => {
                    let why = "no ssl_ca is configured to check client certificates with";
                    Err(Error::detail(Code::CertUnknownCa, why))
                }
            };
            let key = crypto::check_key(leaf);
            let verdict = verdict.and_then(|verified| match key {
                Ok(_) => Ok(verified),
                Err(failure) => Err(refusal(leaf, None, &failure)),
            });
            let result = verdict.as_ref().map(drop).map_err(|e| nearest(e.code).into());
            checks.verdict = Some(verdict);
            result
        })
        .unwrap_or_else(|| Err(no_connection()))
    }

    /// Compares the certificate's fingerprints: a pin takes the place of CA and name, and holds
    /// where nothing is verified too.
    fn check_pins(&self, leaf: &CertificateDer<'_>) -> Result<Verified, Error> {
        let fits = |pin: &Pin| {
            let digest = crypto::fingerprint(leaf, pin.bits);
            digest.is_some_and(|digest| digest.as_ref() == pin.digest)
        };
        if self.pins.iter().any(fits) {
            return Ok(Verified { pin: true, ..Verified::default() });
        }
        let digest = crypto::fingerprint(leaf, 256);
        let digits: String =
            digest.iter().flat_map(|d| d.as_ref()).map(|byte| format!("{byte:02x}")).collect();
        Err(Error::detail(Code::CertPin, format!("the certificate shown has SHA-256 {digits}")))
    }

    fn tls12(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let supported = &self.provider.signature_verification_algorithms;
        signed_by(leaf, signed.scheme, crypto::verify_tls12(message, leaf, signed, supported))
    }

    fn tls13(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let supported = &self.provider.signature_verification_algorithms;
        signed_by(leaf, signed.scheme, crypto::verify_tls13(message, leaf, signed, supported))
    }

    /// Refuses a Diffie-Hellman group that is small or unknown: whether its p is a safe prime cannot
    /// be found out in the time of a handshake. rustls refuses unknown groups too, without a word on
    /// which group it was.
    fn check_group(&self, params: &[u8]) -> Result<(), Error> {
        let Some(chosen) = ChosenGroup::parse(params) else {
            return match params {
                // rustls would find an ffdhe group by its number here (RFC 7919 section 2).
                [NAMED_CURVE, 1, ..] => {
                    let why = "a Diffie-Hellman group is named in an ECDHE suite";
                    Err(Error::detail(Code::Misbehaved, why))
                }
                _ => Ok(()),
            };
        };
        let (bits, needed) = (chosen.bits(), self.dh_bits);
        if bits < needed {
            let why = format!("it has {bits} bits, and tlsql_security_level asks for {needed}");
            return Err(Error::detail(Code::DhSmall, why));
        }
        let group = Some(FfdheGroup { p: chosen.p, g: chosen.g });
        if self.provider.kx_groups.iter().any(|known| known.ffdhe_group() == group) {
            return Ok(());
        }
        let p = chosen.fingerprint();
        Err(Error::detail(Code::DhGroup, format!("{bits} bits, SHA-256 of p is {p}")))
    }

    /// Returns the schemes that handshake signatures are verified by.
    pub fn schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

impl ServerCertVerifier for PeerVerifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.check(leaf, others, Purpose::Server, now).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let valid = match PeerChecks::current(|checks| checks.kx_scheme).flatten() {
            Some(scheme) => {
                let mut signed = signed.clone();
                signed.scheme = scheme.into();
                self.tls12(message, leaf, &signed)?
            }
            None => self.tls12(message, leaf, signed)?,
        };
        // Both randoms and ServerKeyExchange.params (RFC 5246 section 7.4.3).
        let params = message.get(RANDOMS..).unwrap_or_default();
        self.check_group(params).map_err(|refusal| {
            refuse(refusal.clone());
            // Alert 40, as OpenSSL sends it for a group that is too small.
            rustls::Error::Other(rustls::OtherError(Arc::new(refusal)))
        })?;
        Ok(valid)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.tls13(message, leaf, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes()
    }
}

/// A client certificate is requested and never demanded: the account decides. A bad one ends the
/// handshake.
impl ClientCertVerifier for PeerVerifier {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        self.check(leaf, others, Purpose::Client, now).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.tls12(&crypto::on_the_wire(message), leaf, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.tls13(message, leaf, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        // TLS 1.2: see `cert_request`.
        cert_request::with_stand_ins(&self.schemes())
    }
}

fn is_pss(scheme: SignatureScheme) -> bool {
    use SignatureScheme as S;
    matches!(scheme, S::RSA_PSS_SHA256 | S::RSA_PSS_SHA384 | S::RSA_PSS_SHA512)
}

/// Returns rustls' answer to the outcome of a handshake signature's check.
fn signed_by(
    leaf: &CertificateDer<'_>,
    scheme: SignatureScheme,
    outcome: Result<(), HandshakeFailure>,
) -> Result<HandshakeSignatureValid, rustls::Error> {
    let Err(failure) = outcome else { return Ok(HandshakeSignatureValid::assertion()) };
    if failure == HandshakeFailure::NotOffered {
        return Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into());
    }
    let refusal = refusal(leaf, Some(scheme), &failure);
    let answer = nearest(refusal.code).into();
    refuse(refusal);
    Err(answer)
}

/// Returns the error for a peer's key, or a handshake signature, that was refused.
///
/// A short RSA key is told from a wrong signature: ring checks signatures by RSA keys below 2048
/// bits only with its legacy algorithms, which have no PSS, and so none of TLS 1.3.
fn refusal(
    leaf: &CertificateDer<'_>,
    scheme: Option<SignatureScheme>,
    failure: &HandshakeFailure,
) -> Error {
    let wrong = |why: &str| Error::detail(Code::CertSignature, why).with_hint(ONE_PAIR);
    match (failure, crypto::rsa_bits(leaf)) {
        (HandshakeFailure::Unreadable, _) => {
            Error::detail(Code::CertForm, "its public key cannot be read")
        }
        (HandshakeFailure::Unsupported(kind), _) => {
            Error::detail(Code::CertOther, format!("its key is {kind}"))
        }
        (_, Some(bits @ ..2048)) if scheme.is_some_and(is_pss) => {
            // No level helps.
            let why = format!(
                "the peer signs with RSA-PSS and a key of {bits} bits, which cannot be checked \
                 below 2048"
            );
            let hint = "Issue the peer's certificate with RSA-2048 or P-256.";
            Error::detail(Code::CertWeak, why).with_hint(hint)
        }
        (_, Some(bits @ ..2048)) => {
            let why = format!(
                "the peer signs with an RSA key of {bits} bits, which is checked under \
                 tlsql_security_level=1 and tls_version=TLSv1.2 only"
            );
            Error::detail(Code::CertWeak, why)
        }
        (HandshakeFailure::Bad, _) => {
            wrong("the handshake's does not verify with the key of the certificate shown")
        }
        (HandshakeFailure::OtherKind | HandshakeFailure::NotOffered, _) => {
            wrong("the handshake's is of a kind that the certificate's key does not make")
        }
    }
}

/// Remembers why a handshake is refused after its certificate was accepted.
fn refuse(refusal: Error) {
    let _ = PeerChecks::current(|checks| checks.verdict = Some(Err(refusal)));
}

/// What helps against a wrong handshake signature, where the certificate's chain is not in question.
const ONE_PAIR: &str = "Set ssl_cert and ssl_key at the peer to files of one pair; if they are, look for what is in between.";

/// ECCurveType of ServerECDHParams (RFC 8422 section 5.4); ffdhe groups have the numbers 0x01xx.
const NAMED_CURVE: u8 = 3;

/// Octets of client_random and server_random together.
const RANDOMS: usize = 64;

/// The rustls error that sends the alert of our table.
fn nearest(code: Code) -> CertificateError {
    match code.row().alert {
        Some(alert::UNSUPPORTED_CERTIFICATE) => CertificateError::InvalidPurpose,
        Some(alert::CERTIFICATE_REVOKED) => CertificateError::Revoked,
        Some(alert::CERTIFICATE_EXPIRED) => CertificateError::Expired,
        Some(alert::CERTIFICATE_UNKNOWN) => {
            CertificateError::Other(rustls::OtherError(Arc::new(Error::from(code))))
        }
        Some(alert::UNKNOWN_CA) => CertificateError::UnknownIssuer,
        Some(alert::DECRYPT_ERROR) => CertificateError::BadSignature,
        _ => CertificateError::BadEncoding,
    }
}

/// The failure of a check that no connection asked for: nothing is accepted then.
fn no_connection() -> rustls::Error {
    rustls::Error::General("a certificate was checked for no connection".to_owned())
}

#[cfg(test)]
mod tests {
    use rustls::AlertDescription;
    use rustls_pki_types::pem::PemObject;

    use super::*;
    use crate::error::TABLE;

    #[test]
    fn a_signature_by_a_short_key_is_no_wrong_one() {
        for (file, code) in [
            ("rsa1024-cert.pem", Code::CertWeak),
            ("rsa2048-cert.pem", Code::CertSignature),
            ("p384-cert.pem", Code::CertSignature),
        ] {
            let path = format!("{}/tests/data/keys/{file}", env!("CARGO_MANIFEST_DIR"));
            let leaf = CertificateDer::from_pem_file(path).unwrap();
            let mut checks = PeerChecks::default();
            for (scheme, hint) in [
                (SignatureScheme::RSA_PKCS1_SHA256, "lower tlsql_security_level"),
                (SignatureScheme::RSA_PSS_SHA256, "with RSA-2048 or P-256"),
            ] {
                let outcome = Err(HandshakeFailure::Bad);
                let result = checks.during(|| signed_by(&leaf, scheme, outcome)).unwrap();
                assert!(result.is_err());
                assert_eq!(checks.refusal().map(|refusal| refusal.code), Some(code), "{file}");
                let message = checks.refusal().map(Error::message).unwrap_or_default();
                let is_weak = code == Code::CertWeak;
                assert_eq!(message.contains(hint), is_weak, "{file}: {message}");
            }
        }
    }

    #[test]
    fn nothing_is_accepted_for_no_connection() {
        let path = format!("{}/tests/data/keys/p384-cert.pem", env!("CARGO_MANIFEST_DIR"));
        let leaf = CertificateDer::from_pem_file(path).unwrap();
        let check = || verifier().check(&leaf, &[], Purpose::Server, UnixTime::now());
        assert!(check().is_err());
        assert!(
            PeerChecks::default().during(check).unwrap().is_ok(),
            "REQUIRED takes any certificate"
        );
    }

    fn verifier() -> PeerVerifier {
        PeerVerifier {
            chain: None,
            pins: Arc::default(),
            provider: crypto::provider(&[], Vec::new(), false),
            dh_bits: 0,
        }
    }

    #[test]
    fn a_refused_certificate_gets_the_alert_of_its_row() {
        let is_refusal = |number| (-139..=-120).contains(&number);
        for row in TABLE.iter().filter(|row| is_refusal(row.code.number())) {
            let sent = u8::from(AlertDescription::from(nearest(row.code)));
            // rustls itself finds that there is none, and PEER_PROOF comes after the handshake.
            let is_other = matches!(row.code, Code::CertMissing | Code::PeerProof);
            assert!(is_other || row.alert == Some(sent), "{} sends {sent}", row.name);
        }
    }
}
