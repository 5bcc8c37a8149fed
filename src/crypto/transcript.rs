//! The transcript of a handshake, where rustls has another message than the one on the wire.
//!
//! rustls refuses a client whose server_name is no DNS name; MySQL and MariaDB ignore the name. Such
//! an extension is given to rustls under a number that nobody knows, so that it is ignored. rustls
//! refuses `rsa_pss_pss_*` in a ServerKeyExchange too, and gets `rsa_pss_rsae_*` in its place; our own
//! CertificateRequest names schemes that it leaves out. The hash functions put the numbers of the wire
//! back before they hash, so that the transcript is that of the messages on the wire (RFC 8446
//! section 4.4.1): no Finished and no signature would fit otherwise.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::{Arc, LazyLock};

use rustls::crypto::CryptoProvider;
use rustls::crypto::hash::{Context, Hash, HashAlgorithm, Output};
use rustls::sign::{Signer, SigningKey};
use rustls::{
    SignatureAlgorithm, SignatureScheme, SupportedCipherSuite, Tls12CipherSuite, Tls13CipherSuite,
};
use rustls_pki_types::SubjectPublicKeyInfoDer;

use super::USABLE;

/// A message as rustls has it, and the numbers that are in it on the wire.
#[derive(Clone, Debug)]
pub struct Renumbered {
    /// From its header on; what follows the numbers may be left out.
    message: Vec<u8>,
    at: usize,
    original: Vec<u8>,
}

impl Renumbered {
    /// Puts another number at this offset of a message.
    pub fn new(message: &mut [u8], at: usize, number: u16) -> Option<Self> {
        let [high, low] = message.get_mut(at..)?.first_chunk_mut::<2>()?;
        let original = vec![*high, *low];
        [*high, *low] = number.to_be_bytes();
        Some(Self { message: message.to_vec(), at, original })
    }

    /// Takes a message of rustls that has other octets at this offset on the wire.
    pub fn with(message: Vec<u8>, at: usize, original: Vec<u8>) -> Self {
        Self { message, at, original }
    }

    /// Puts the numbers of the wire into `data`, if this is one of the messages there, or its beginning
    /// is the last: a binder of TLS 1.3 is made over all that stands in front of the binders (RFC 8446
    /// section 4.2.11.2).
    fn restore(&self, data: &mut Cow<'_, [u8]>) {
        let Some(start) = self.start_in(data) else { return };
        let at = start.saturating_add(self.at);
        let end = at.saturating_add(self.original.len());
        if let Some(numbers) = data.to_mut().get_mut(at..end) {
            numbers.copy_from_slice(&self.original);
        }
    }

    /// Returns where this message begins in `data`, which is a series of messages or anything else.
    fn start_in(&self, data: &[u8]) -> Option<usize> {
        let mut start = 0_usize;
        loop {
            let rest = data.get(start..)?;
            let is_beginning = !rest.is_empty() && self.message.starts_with(rest);
            if rest.starts_with(&self.message) || is_beginning {
                return Some(start);
            }
            // HandshakeType and length (RFC 8446 section 4).
            let [_, a, b, c] = *rest.first_chunk()?;
            let len = usize::try_from(u32::from_be_bytes([0, a, b, c])).ok()?;
            start = start.checked_add(4)?.checked_add(len)?;
        }
    }
}

/// Runs a call of rustls for the connection with these messages.
pub fn during<R>(messages: &mut Vec<Renumbered>, call: impl FnOnce() -> R) -> R {
    CURRENT.set(std::mem::take(messages));
    let result = call();
    *messages = CURRENT.take();
    result
}

/// Returns handshake messages as they were on the wire.
pub fn on_the_wire(messages: &[u8]) -> Cow<'_, [u8]> {
    CURRENT.with_borrow(|current| {
        let mut data = Cow::Borrowed(messages);
        current.iter().for_each(|message| message.restore(&mut data));
        data
    })
}

thread_local! {
    /// Of the connection that rustls works for in this thread.
    static CURRENT: RefCell<Vec<Renumbered>> = const { RefCell::new(Vec::new()) };
}

/// Replaces a provider's suites by those that hash what was on the wire; leaves those that are only
/// recognised, with which no handshake is finished.
pub fn with_own_transcript(provider: Arc<CryptoProvider>) -> Arc<CryptoProvider> {
    let mut provider = Arc::unwrap_or_clone(provider);
    let own = |suite: &SupportedCipherSuite| -> SupportedCipherSuite {
        let number = suite.suite();
        let tls13 = TLS13.iter().find(|own| own.common.suite == number);
        let tls12 = || TLS12.iter().find(|own| own.common.suite == number);
        let tls13 = tls13.map(SupportedCipherSuite::Tls13);
        tls13.or_else(|| tls12().map(SupportedCipherSuite::Tls12)).unwrap_or(*suite)
    };
    provider.cipher_suites = provider.cipher_suites.iter().map(own).collect();
    Arc::new(provider)
}

static TLS13: LazyLock<Vec<Tls13CipherSuite>> = LazyLock::new(|| {
    let suites = USABLE.iter().filter_map(|suite| suite.tls13());
    suites
        .map(|suite| {
            let mut common = rustls::crypto::CipherSuiteCommon { ..suite.common };
            common.hash_provider = own_hash(common.hash_provider);
            Tls13CipherSuite {
                common,
                hkdf_provider: suite.hkdf_provider,
                aead_alg: suite.aead_alg,
                quic: suite.quic,
            }
        })
        .collect()
});

static TLS12: LazyLock<Vec<Tls12CipherSuite>> = LazyLock::new(|| {
    let suites = USABLE.iter().filter_map(|suite| match suite {
        SupportedCipherSuite::Tls12(suite) => Some(suite),
        SupportedCipherSuite::Tls13(_) => None,
    });
    suites
        .map(|suite| {
            let mut common = rustls::crypto::CipherSuiteCommon { ..suite.common };
            common.hash_provider = own_hash(common.hash_provider);
            Tls12CipherSuite {
                common,
                prf_provider: suite.prf_provider,
                kx: suite.kx,
                sign: suite.sign,
                aead_alg: suite.aead_alg,
            }
        })
        .collect()
});

fn own_hash(hash: &'static dyn Hash) -> &'static dyn Hash {
    // Once for each suite of a table that lives as long as the program.
    Box::leak(Box::new(OnTheWire(hash)))
}

/// Returns a key that signs what was on the wire: a CertificateVerify of TLS 1.2 is over all messages
/// before it (RFC 5246 section 7.4.8).
pub fn with_own_messages(key: Arc<dyn SigningKey>) -> Arc<dyn SigningKey> {
    Arc::new(OnTheWireKey(key))
}

#[derive(Debug)]
struct OnTheWireKey(Arc<dyn SigningKey>);

impl SigningKey for OnTheWireKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let signer = self.0.choose_scheme(offered)?;
        Some(Box::new(OnTheWireSigner(signer)))
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        self.0.public_key()
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.0.algorithm()
    }
}

#[derive(Debug)]
struct OnTheWireSigner(Box<dyn Signer>);

impl Signer for OnTheWireSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        self.0.sign(&on_the_wire(message))
    }

    fn scheme(&self) -> SignatureScheme {
        self.0.scheme()
    }
}

/// A hash function of what was on the wire.
struct OnTheWire(&'static dyn Hash);

impl Hash for OnTheWire {
    fn start(&self) -> Box<dyn Context> {
        Box::new(Hashing(self.0.start()))
    }

    fn hash(&self, data: &[u8]) -> Output {
        self.0.hash(&on_the_wire(data))
    }

    fn output_len(&self) -> usize {
        self.0.output_len()
    }

    fn algorithm(&self) -> HashAlgorithm {
        self.0.algorithm()
    }
}

struct Hashing(Box<dyn Context>);

impl Context for Hashing {
    fn fork_finish(&self) -> Output {
        self.0.fork_finish()
    }

    fn fork(&self) -> Box<dyn Context> {
        Box::new(Self(self.0.fork()))
    }

    fn finish(self: Box<Self>) -> Output {
        self.0.finish()
    }

    fn update(&mut self, data: &[u8]) {
        self.0.update(&on_the_wire(data));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_hashed_as_it_was_and_only_during_its_own_call() {
        let hash = TLS13[0].common.hash_provider;
        let wire = b"\x01\0\0\x04\0\0xy";
        let mut read = *wire;
        let mut messages = vec![Renumbered::new(&mut read, 4, 0xfff1).unwrap()];
        assert_eq!(&read, b"\x01\0\0\x04\xff\xf1xy");
        let stock = ring::digest::digest(&ring::digest::SHA256, wire);
        let other = hash.algorithm() != HashAlgorithm::SHA256;
        let hash = if other { own_hash(sha256()) } else { hash };
        let inside = during(&mut messages, || {
            let mut context = hash.start();
            context.update(&read);
            context.fork_finish()
        });
        assert_eq!(inside.as_ref(), stock.as_ref());
        assert_ne!(hash.hash(&read).as_ref(), stock.as_ref());
        assert_eq!(during(&mut messages, || hash.hash(&read)).as_ref(), stock.as_ref());
        assert_eq!(hash.hash(wire).as_ref(), stock.as_ref());
        // Without its last byte, as for a binder, and without the number.
        for len in [7, 6, 5, 0] {
            let inside = during(&mut messages, || hash.hash(&read[..len]));
            let wire = if len > 5 { &wire[..len] } else { &read[..len] };
            let stock = ring::digest::digest(&ring::digest::SHA256, wire);
            assert_eq!(inside.as_ref(), stock.as_ref(), "{len}");
        }
    }

    #[test]
    fn a_message_is_found_among_others_and_nowhere_else() {
        let mut read = *b"\x0c\0\0\x06abcdef";
        let first = Renumbered::new(&mut read[..8], 6, 0x7878).unwrap();
        for (before, is_found) in [
            (&b""[..], true),
            (b"\x01\0\0\x02yz", true),
            (b"\x01\0\0\x02yz\x0b\0\0\0", true),
            // Inside of another message, or behind one that goes on.
            (b"\x01\0\0\x0cyz", false),
            (b"\x01\0\0\x03yz", false),
            (b"\xff\xff\xff\xff", false),
        ] {
            let data = [before, &read, b"\x0e\0\0\0"].concat();
            let mut restored = Cow::Borrowed(&data[..]);
            first.restore(&mut restored);
            let body: &[u8] = if is_found { b"abcdef" } else { b"abxxef" };
            let expected = [before, b"\x0c\0\0\x06", body, b"\x0e\0\0\0"].concat();
            assert_eq!(restored.as_ref(), expected, "{before:?}");
        }
    }

    #[test]
    fn every_suite_stays_where_it_is() {
        // The last one is only recognised.
        let ids = [0x1301, 0x1302, 0x1303, 0xc02f, 0x009e, 0xc024];
        let after = with_own_transcript(super::super::provider(&ids, vec![], false));
        let numbers = after.cipher_suites.iter().map(|suite| u16::from(suite.suite()));
        assert_eq!(numbers.collect::<Vec<_>>(), ids);
    }

    fn sha256() -> &'static dyn Hash {
        let all = USABLE.iter().filter_map(|suite| suite.tls13());
        let mut hashes = all.map(|suite| suite.common.hash_provider);
        hashes.find(|hash| hash.algorithm() == HashAlgorithm::SHA256).unwrap()
    }
}
