//! AEADs whose encrypters and decrypters can be reached from outside of rustls, and whose decrypters
//! look at what rustls does not.
//!
//! rustls has no call that sends an alert, does not say which one it encrypted, and once it has failed
//! it encrypts nothing more. A connection therefore shares the encrypter that rustls works with: it
//! learns which alert left, and seals one of its own where rustls sends none. After the handshake the
//! record layer of `tls` goes on with the keys of both directions.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::crypto::CipherSuiteCommon;
use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, KeyBlockShape, MessageDecrypter,
    MessageEncrypter, OutboundChunks, OutboundOpaqueMessage, OutboundPlainMessage,
    Tls12AeadAlgorithm, Tls13AeadAlgorithm, UnsupportedOperationError,
};
use rustls::{
    AlertDescription, ConnectionTrafficSecrets, ContentType, Error, PeerMisbehaved,
    ProtocolVersion, SupportedCipherSuite, Tls12CipherSuite, Tls13CipherSuite,
};

use super::aead;
use super::early_secret;
use super::record_keys::{RecordKeys, aead_of};

/// The encrypter of one set of keys, shared with rustls. Numbers of records are counted here, so that
/// no two records get the same one, whoever seals them.
#[derive(Clone)]
pub struct SharedSealer(Arc<Mutex<Sealer>>);

/// The keys of a decrypter, shared with rustls.
#[cfg_attr(
    feature = "rustls-records",
    allow(dead_code, reason = "rustls itself goes on with its keys")
)]
pub struct SharedOpener(Arc<Mutex<RecordKeys>>);

struct Sealer {
    encrypter: Box<dyn MessageEncrypter>,
    keys: RecordKeys,
    /// Number of the last fatal alert that was sealed.
    alert: Option<u8>,
    /// rustls uses TLS 1.3 keys from the moment when it makes them.
    is_tls13: bool,
}

impl SharedSealer {
    /// Takes the sealer of the keys that rustls made last in this thread, if it made any since.
    pub fn take_new() -> Option<Self> {
        NEW_SEALER.take()
    }

    /// Whether the keys are in use.
    pub fn is_active(&self) -> bool {
        self.with(|sealer| sealer.is_tls13 || sealer.keys.next_record > 0)
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

    /// Lends the keys.
    #[cfg(not(feature = "rustls-records"))]
    pub fn with_keys<R>(&self, use_them: impl FnOnce(&RecordKeys) -> R) -> R {
        self.with(|sealer| use_them(&sealer.keys))
    }

    /// Wraps the encrypter of new keys, and keeps a copy for `take_new`.
    fn share(
        encrypter: Box<dyn MessageEncrypter>,
        keys: RecordKeys,
        is_tls13: bool,
    ) -> Box<dyn MessageEncrypter> {
        let sealer = Sealer { encrypter, keys, alert: None, is_tls13 };
        let shared = Self(Arc::new(Mutex::new(sealer)));
        NEW_SEALER.set(Some(shared.clone()));
        Box::new(shared)
    }

    fn with<R>(&self, use_it: impl FnOnce(&mut Sealer) -> R) -> R {
        locked(&self.0, use_it)
    }
}

impl SharedOpener {
    /// Takes the keys that rustls made last in this thread, if it made any since.
    pub fn take_new() -> Option<Self> {
        NEW_OPENER.take()
    }

    /// Lends the keys.
    #[cfg(not(feature = "rustls-records"))]
    pub fn with_keys<R>(&self, use_them: impl FnOnce(&RecordKeys) -> R) -> R {
        locked(&self.0, |keys| use_them(keys))
    }

    /// Wraps the decrypter of new keys, and keeps the keys for `take_new`.
    fn share(
        decrypter: Box<dyn MessageDecrypter>,
        keys: RecordKeys,
        is_tls13: bool,
    ) -> Box<dyn MessageDecrypter> {
        let keys = Arc::new(Mutex::new(keys));
        NEW_OPENER.set(Some(Self(keys.clone())));
        Box::new(Opener { decrypter, keys, is_tls13 })
    }
}

fn locked<T, R>(shared: &Mutex<T>, use_it: impl FnOnce(&mut T) -> R) -> R {
    // A panic while it was held ended that connection.
    use_it(&mut shared.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Sealer {
    fn seal(&mut self, message: OutboundPlainMessage<'_>) -> Result<OutboundOpaqueMessage, Error> {
        if message.typ == ContentType::Alert {
            if let [FATAL, number] = message.payload.to_vec()[..] {
                self.alert = Some(number);
            }
        }
        let number = self.keys.next_record;
        self.keys.next_record = number.checked_add(1).ok_or(Error::EncryptError)?;
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
    static NEW_SEALER: RefCell<Option<SharedSealer>> = const { RefCell::new(None) };
    static NEW_OPENER: RefCell<Option<SharedOpener>> = const { RefCell::new(None) };
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
                aead_alg: Box::leak(Box::new(Shared12 {
                    stock: suite.aead_alg,
                    aead: aead_of(suite.common.suite, suite.aead_alg.key_block_shape().enc_key_len),
                })),
            })))
        }
        SupportedCipherSuite::Tls13(suite) => {
            SupportedCipherSuite::Tls13(Box::leak(Box::new(Tls13CipherSuite {
                common: common(&suite.common),
                hkdf_provider: early_secret::hkdf(suite),
                aead_alg: Box::leak(Box::new(Shared13 {
                    stock: suite.aead_alg,
                    aead: aead_of(suite.common.suite, suite.aead_alg.key_len()),
                })),
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

struct Shared12 {
    stock: &'static dyn Tls12AeadAlgorithm,
    aead: &'static aead::Algorithm,
}

impl Tls12AeadAlgorithm for Shared12 {
    fn encrypter(&self, key: AeadKey, iv: &[u8], extra: &[u8]) -> Box<dyn MessageEncrypter> {
        let keys = RecordKeys::new(self.aead, key.as_ref(), iv, extra);
        SharedSealer::share(self.stock.encrypter(key, iv, extra), keys, false)
    }

    fn decrypter(&self, key: AeadKey, iv: &[u8]) -> Box<dyn MessageDecrypter> {
        let keys = RecordKeys::new(self.aead, key.as_ref(), iv, &[]);
        SharedOpener::share(self.stock.decrypter(key, iv), keys, false)
    }

    fn key_block_shape(&self) -> KeyBlockShape {
        self.stock.key_block_shape()
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: &[u8],
        explicit: &[u8],
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.stock.extract_keys(key, iv, explicit)
    }
}

struct Shared13 {
    stock: &'static dyn Tls13AeadAlgorithm,
    aead: &'static aead::Algorithm,
}

impl Tls13AeadAlgorithm for Shared13 {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        let keys = RecordKeys::new(self.aead, key.as_ref(), iv.as_ref(), &[]);
        SharedSealer::share(self.stock.encrypter(key, iv), keys, true)
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        let keys = RecordKeys::new(self.aead, key.as_ref(), iv.as_ref(), &[]);
        SharedOpener::share(self.stock.decrypter(key, iv), keys, true)
    }

    fn key_len(&self) -> usize {
        self.stock.key_len()
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: Iv,
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.stock.extract_keys(key, iv)
    }
}

/// A decrypter. In TLS 1.3 an unknown type inside of the encryption, and a handshake message or an
/// alert without content, are due unexpected_message (RFC 8446 sections 5 and 5.4): rustls sends
/// decode_error for the one, and passes over the other.
struct Opener {
    decrypter: Box<dyn MessageDecrypter>,
    keys: Arc<Mutex<RecordKeys>>,
    is_tls13: bool,
}

impl MessageDecrypter for Opener {
    fn decrypt<'a>(
        &mut self,
        message: InboundOpaqueMessage<'a>,
        number: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        let plain = self.decrypter.decrypt(message, number)?;
        locked(&self.keys, |keys| keys.next_record = number.saturating_add(1));
        if self.ends_handshake(&plain) {
            return Err(Error::AlertReceived(AlertDescription::CloseNotify));
        }
        let is_known = match plain.typ {
            _ if !self.is_tls13 => true,
            ContentType::ApplicationData => true,
            ContentType::Handshake | ContentType::Alert => !plain.payload.is_empty(),
            _ => false,
        };
        // rustls sends no alert for this one: the connection does, with the encrypter that it shares.
        if is_known { Ok(plain) } else { Err(PeerMisbehaved::IllegalTlsInnerPlaintext.into()) }
    }
}

impl Opener {
    /// Whether this is a close_notify of TLS 1.2, which rustls passes over in front of Finished. Our
    /// own record layer opens all that comes behind Finished.
    fn ends_handshake(&self, plain: &InboundPlainMessage<'_>) -> bool {
        cfg!(not(feature = "rustls-records"))
            && !self.is_tls13
            && plain.typ == ContentType::Alert
            && matches!(plain.payload, [_, CLOSE_NOTIFY])
    }
}

/// AlertLevel.
const FATAL: u8 = 2;

/// AlertDescription.
const CLOSE_NOTIFY: u8 = 0;
