//! AEADs whose encrypters can be reached from outside of rustls, and whose decrypters look at what
//! rustls does not.
//!
//! rustls has no call that sends an alert, does not say which one it encrypted, and once it has failed
//! it encrypts nothing more. A connection therefore shares the encrypter that rustls works with: it
//! learns which alert left, and seals one of its own where rustls sends none.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::crypto::CipherSuiteCommon;
use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, KeyBlockShape, MessageDecrypter,
    MessageEncrypter, OutboundChunks, OutboundOpaqueMessage, OutboundPlainMessage,
    Tls12AeadAlgorithm, Tls13AeadAlgorithm, UnsupportedOperationError,
};
use rustls::{
    ConnectionTrafficSecrets, ContentType, Error, PeerMisbehaved, ProtocolVersion,
    SupportedCipherSuite, Tls12CipherSuite, Tls13CipherSuite,
};

use super::early_secret;

/// The encrypter of one set of keys, shared with rustls. Numbers of records are counted here, so that
/// no two records get the same one, whoever seals them.
#[derive(Clone)]
pub struct SharedSealer(Arc<Mutex<Sealer>>);

struct Sealer {
    encrypter: Box<dyn MessageEncrypter>,
    next_record: u64,
    /// Number of the last fatal alert that was sealed.
    alert: Option<u8>,
    /// rustls uses TLS 1.3 keys from the moment when it makes them.
    is_tls13: bool,
}

impl SharedSealer {
    /// Takes the sealer of the keys that rustls made last in this thread, if it made any since.
    pub fn take_new() -> Option<Self> {
        NEW.take()
    }

    /// Whether the keys are in use.
    pub fn is_active(&self) -> bool {
        self.with(|sealer| sealer.is_tls13 || sealer.next_record > 0)
    }

    /// The fatal alert that these keys sealed.
    pub fn alert(&self) -> Option<u8> {
        self.with(|sealer| sealer.alert)
    }

    /// Returns a fatal alert as a sealed record; `None` if its keys are used up.
    pub fn seal_alert(&self, number: u8) -> Option<Vec<u8>> {
        let body = [FATAL, number];
        let message = OutboundPlainMessage {
            typ: ContentType::Alert,
            version: ProtocolVersion::TLSv1_2,
            payload: OutboundChunks::Single(&body),
        };
        self.with(|sealer| sealer.seal(message)).ok().map(OutboundOpaqueMessage::encode)
    }

    /// Wraps the encrypter of new keys, and keeps a copy for `take_new`.
    fn share(encrypter: Box<dyn MessageEncrypter>, is_tls13: bool) -> Box<dyn MessageEncrypter> {
        let sealer = Sealer { encrypter, next_record: 0, alert: None, is_tls13 };
        let shared = Self(Arc::new(Mutex::new(sealer)));
        NEW.set(Some(shared.clone()));
        Box::new(shared)
    }

    fn with<R>(&self, use_it: impl FnOnce(&mut Sealer) -> R) -> R {
        // A panic while it was held ended that connection.
        use_it(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Sealer {
    fn seal(&mut self, message: OutboundPlainMessage<'_>) -> Result<OutboundOpaqueMessage, Error> {
        if message.typ == ContentType::Alert {
            if let [FATAL, number] = message.payload.to_vec()[..] {
                self.alert = Some(number);
            }
        }
        let number = self.next_record;
        self.next_record = number.checked_add(1).ok_or(Error::EncryptError)?;
        self.encrypter.encrypt(message, number)
    }
}

impl MessageEncrypter for SharedSealer {
    fn encrypt(
        &mut self,
        message: OutboundPlainMessage<'_>,
        _: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        self.with(|sealer| sealer.seal(message))
    }

    fn encrypted_payload_len(&self, len: usize) -> usize {
        self.with(|sealer| sealer.encrypter.encrypted_payload_len(len))
    }
}

impl std::fmt::Debug for SharedSealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedSealer")
    }
}

thread_local! {
    /// Made by the last call of rustls, and not taken yet.
    static NEW: RefCell<Option<SharedSealer>> = const { RefCell::new(None) };
}

/// Returns the same suite, with encrypters that are shared.
pub(super) fn with_shared_sealer(suite: SupportedCipherSuite) -> SupportedCipherSuite {
    // Once for each suite that rustls can use: the caller keeps the result.
    match suite {
        SupportedCipherSuite::Tls12(suite) => {
            SupportedCipherSuite::Tls12(Box::leak(Box::new(Tls12CipherSuite {
                common: common(&suite.common),
                prf_provider: suite.prf_provider,
                kx: suite.kx,
                sign: suite.sign,
                aead_alg: Box::leak(Box::new(Shared12(suite.aead_alg))),
            })))
        }
        SupportedCipherSuite::Tls13(suite) => {
            SupportedCipherSuite::Tls13(Box::leak(Box::new(Tls13CipherSuite {
                common: common(&suite.common),
                hkdf_provider: early_secret::hkdf(suite),
                aead_alg: Box::leak(Box::new(Shared13(suite.aead_alg))),
                quic: None,
            })))
        }
    }
}

fn common(of: &CipherSuiteCommon) -> CipherSuiteCommon {
    CipherSuiteCommon {
        suite: of.suite,
        hash_provider: of.hash_provider,
        confidentiality_limit: of.confidentiality_limit,
    }
}

struct Shared12(&'static dyn Tls12AeadAlgorithm);

impl Tls12AeadAlgorithm for Shared12 {
    fn encrypter(&self, key: AeadKey, iv: &[u8], extra: &[u8]) -> Box<dyn MessageEncrypter> {
        SharedSealer::share(self.0.encrypter(key, iv, extra), false)
    }

    fn decrypter(&self, key: AeadKey, iv: &[u8]) -> Box<dyn MessageDecrypter> {
        self.0.decrypter(key, iv)
    }

    fn key_block_shape(&self) -> KeyBlockShape {
        self.0.key_block_shape()
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: &[u8],
        explicit: &[u8],
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.0.extract_keys(key, iv, explicit)
    }
}

struct Shared13(&'static dyn Tls13AeadAlgorithm);

impl Tls13AeadAlgorithm for Shared13 {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        SharedSealer::share(self.0.encrypter(key, iv), true)
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        Box::new(Opener(self.0.decrypter(key, iv)))
    }

    fn key_len(&self) -> usize {
        self.0.key_len()
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: Iv,
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.0.extract_keys(key, iv)
    }
}

/// A decrypter of TLS 1.3. An unknown type inside of the encryption, and a handshake message or an
/// alert without content, are due unexpected_message (RFC 8446 sections 5 and 5.4): rustls sends
/// decode_error for the one, and passes over the other.
struct Opener(Box<dyn MessageDecrypter>);

impl MessageDecrypter for Opener {
    fn decrypt<'a>(
        &mut self,
        message: InboundOpaqueMessage<'a>,
        number: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        let plain = self.0.decrypt(message, number)?;
        let is_known = match plain.typ {
            ContentType::ApplicationData => true,
            ContentType::Handshake | ContentType::Alert => !plain.payload.is_empty(),
            _ => false,
        };
        // rustls sends no alert for this one: the connection does, with the encrypter that it shares.
        if is_known { Ok(plain) } else { Err(PeerMisbehaved::IllegalTlsInnerPlaintext.into()) }
    }
}

/// AlertLevel.
const FATAL: u8 = 2;
