//! rustls whose Finished message has bytes behind it in the same record.

use std::sync::Arc;

use rustls::crypto::cipher::{
    AeadKey, Iv, KeyBlockShape, MessageDecrypter, MessageEncrypter, OutboundChunks,
    OutboundOpaqueMessage, OutboundPlainMessage, Tls12AeadAlgorithm, Tls13AeadAlgorithm,
    UnsupportedOperationError,
};
use rustls::crypto::{CipherSuiteCommon, CryptoProvider, ring};
use rustls::{
    ConnectionTrafficSecrets, ContentType, Error, SupportedCipherSuite, Tls12CipherSuite,
    Tls13CipherSuite,
};

/// Returns rustls' provider, which puts `extra` behind the first encrypted handshake record: in TLS 1.2
/// it holds Finished, in TLS 1.3 all up to Finished.
pub fn provider(extra: &'static [u8]) -> Arc<CryptoProvider> {
    let mut provider = ring::default_provider();
    for suite in &mut provider.cipher_suites {
        *suite = longer(*suite, extra);
    }
    Arc::new(provider)
}

fn longer(suite: SupportedCipherSuite, extra: &'static [u8]) -> SupportedCipherSuite {
    let common = |of: &CipherSuiteCommon| CipherSuiteCommon { ..*of };
    // They live as long as the test.
    match suite {
        SupportedCipherSuite::Tls12(suite) => {
            SupportedCipherSuite::Tls12(Box::leak(Box::new(Tls12CipherSuite {
                common: common(&suite.common),
                prf_provider: suite.prf_provider,
                kx: suite.kx,
                sign: suite.sign,
                aead_alg: Box::leak(Box::new(Longer12(suite.aead_alg, extra))),
            })))
        }
        SupportedCipherSuite::Tls13(suite) => {
            SupportedCipherSuite::Tls13(Box::leak(Box::new(Tls13CipherSuite {
                common: common(&suite.common),
                hkdf_provider: suite.hkdf_provider,
                aead_alg: Box::leak(Box::new(Longer13(suite.aead_alg, extra))),
                quic: None,
            })))
        }
    }
}

struct LongerEncrypter(Box<dyn MessageEncrypter>, &'static [u8]);

impl MessageEncrypter for LongerEncrypter {
    fn encrypt(
        &mut self,
        message: OutboundPlainMessage<'_>,
        number: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        if message.typ != ContentType::Handshake || number != 0 {
            return self.0.encrypt(message, number);
        }
        let payload = [&message.payload.to_vec(), self.1].concat();
        let payload = OutboundChunks::Single(&payload);
        self.0.encrypt(OutboundPlainMessage { payload, ..message }, number)
    }

    fn encrypted_payload_len(&self, len: usize) -> usize {
        self.0.encrypted_payload_len(len)
    }
}

struct Longer12(&'static dyn Tls12AeadAlgorithm, &'static [u8]);

impl Tls12AeadAlgorithm for Longer12 {
    fn encrypter(&self, key: AeadKey, iv: &[u8], extra: &[u8]) -> Box<dyn MessageEncrypter> {
        Box::new(LongerEncrypter(self.0.encrypter(key, iv, extra), self.1))
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

struct Longer13(&'static dyn Tls13AeadAlgorithm, &'static [u8]);

impl Tls13AeadAlgorithm for Longer13 {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        Box::new(LongerEncrypter(self.0.encrypter(key, iv), self.1))
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        self.0.decrypter(key, iv)
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
