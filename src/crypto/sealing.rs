//! AEADs whose encrypters can be reached from outside of rustls.
//!
//! rustls has no call that sends an alert, does not say which one it encrypted, and once it has failed
//! it encrypts nothing more. A connection therefore shares the encrypter that rustls works with: it
//! learns which alert left, and seals one of its own where rustls sends none.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, Iv, KeyBlockShape, MessageDecrypter, MessageEncrypter,
    OutboundChunks, OutboundOpaqueMessage, OutboundPlainMessage, Tls12AeadAlgorithm,
    Tls13AeadAlgorithm, UnsupportedOperationError,
};
use rustls::{
    ConnectionTrafficSecrets, ContentType, Error, ProtocolVersion, SupportedCipherSuite,
    Tls12CipherSuite, Tls13CipherSuite,
};
