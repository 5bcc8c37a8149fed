//! The AEADs of the records after the handshake: ring's, or AWS-LC's with the feature `aws-lc-rs`. The
//! two crates have the same types and calls.

#[cfg(feature = "aws-lc-rs")]
use aws_lc_rs::aead;
#[cfg(not(feature = "aws-lc-rs"))]
use ring::aead;

#[cfg_attr(
    feature = "rustls-records",
    allow(unused_imports, reason = "rustls itself goes on with its keys")
)]
pub use aead::{
    AES_128_GCM, AES_256_GCM, Aad, Algorithm, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce,
    Tag, UnboundKey,
};
