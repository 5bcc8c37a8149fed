//! The AEADs of the records after the handshake: ring's.

#[cfg_attr(
    feature = "rustls-records",
    allow(unused_imports, reason = "rustls itself goes on with its keys")
)]
pub use ring::aead::{
    AES_128_GCM, AES_256_GCM, Aad, Algorithm, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce,
    Tag, UnboundKey,
};
