//! New private keys, for certificates that are made here.

use ring::rand::SystemRandom;
#[cfg(feature = "rsa-keys")]
use ring::signature::RsaKeyPair;
use ring::signature::{self, EcdsaKeyPair, KeyPair};
use zeroize::Zeroizing;

use super::stack;
use crate::error::{Code, Error};

/// What a new key is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NewKeyKind {
    P256,
    /// RSA of 2048 bits, as MySQL's own: in builds with the feature `rsa-keys`.
    Rsa2048,
}

/// A private key that was made here, and what signs with it.
pub struct NewKey {
    /// A PrivateKeyInfo (RFC 5958 section 2), in DER.
    pkcs8: Zeroizing<Vec<u8>>,
    signer: Signer,
}

enum Signer {
    P256(EcdsaKeyPair),
    #[cfg(feature = "rsa-keys")]
    Rsa(RsaKeyPair),
}

impl NewKey {
    /// Makes a key.
    ///
    /// # Errors
    /// `Tls` if the random source fails, `OptionValue` if this build makes no such keys.
    pub fn new(kind: NewKeyKind) -> Result<Self, Error> {
        stack::wiped_after(|| match kind {
            NewKeyKind::P256 => Self::p256().ok_or_else(no_key),
            NewKeyKind::Rsa2048 => Self::rsa(),
        })
    }

    /// Returns the key as a PrivateKeyInfo, in DER.
    pub fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// Returns the contents of the certificate's subjectPublicKey: a point, or an RSAPublicKey.
    pub fn public(&self) -> &[u8] {
        match &self.signer {
            Signer::P256(key) => key.public_key().as_ref(),
            #[cfg(feature = "rsa-keys")]
            Signer::Rsa(key) => key.public_key().as_ref(),
        }
    }

    pub fn kind(&self) -> NewKeyKind {
        match &self.signer {
            Signer::P256(_) => NewKeyKind::P256,
            #[cfg(feature = "rsa-keys")]
            Signer::Rsa(_) => NewKeyKind::Rsa2048,
        }
    }

    /// Signs with ECDSA or PKCS #1 and SHA-256; `None` if the random source fails.
    pub fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match &self.signer {
            Signer::P256(key) => Some(key.sign(&random, message).ok()?.as_ref().to_vec()),
            #[cfg(feature = "rsa-keys")]
            Signer::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&signature::RSA_PKCS1_SHA256, &random, message, &mut signature).ok()?;
                Some(signature)
            }
        }
    }

    fn p256() -> Option<Self> {
        let (random, curve) = (SystemRandom::new(), &signature::ECDSA_P256_SHA256_ASN1_SIGNING);
        // ring keeps its copy on the stack, and does not wipe it.
        let made = EcdsaKeyPair::generate_pkcs8(curve, &random).ok()?;
        let pkcs8 = Zeroizing::new(made.as_ref().to_vec());
        let signer = Signer::P256(EcdsaKeyPair::from_pkcs8(curve, &pkcs8, &random).ok()?);
        Some(Self { pkcs8, signer })
    }

    #[cfg(feature = "rsa-keys")]
    fn rsa() -> Result<Self, Error> {
        use rsa::pkcs8::EncodePrivateKey;
        let make = || {
            let made = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).ok()?;
            let pkcs8 = Zeroizing::new(made.to_pkcs8_der().ok()?.as_bytes().to_vec());
            let signer = Signer::Rsa(RsaKeyPair::from_pkcs8(&pkcs8).ok()?);
            Some(Self { pkcs8, signer })
        };
        make().ok_or_else(no_key)
    }

    #[cfg(not(feature = "rsa-keys"))]
    fn rsa() -> Result<Self, Error> {
        Err(Error::detail(Code::OptionValue, "this build makes no RSA keys: feature rsa-keys"))
    }
}

fn no_key() -> Error {
    Error::detail(Code::Tls, "a private key cannot be made")
}

impl std::fmt::Debug for NewKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewKey").field("kind", &self.kind()).finish_non_exhaustive()
    }
}
