//! The ECDHE groups.
//!
//! The first ClientHello has shares for X25519 and P-256, so that servers with NIST curves only
//! (MySQL 8.0.28 and later, wolfSSL builds of MariaDB) need no HelloRetryRequest (D9). One that offers
//! a session knows what its server takes, and makes one share.

use std::cell::Cell;

use rustls::crypto::ring::kx_group::{SECP256R1, SECP384R1, X25519};
use rustls::crypto::{ActiveKeyExchange, CompletedKeyExchange, SharedSecret, SupportedKxGroup};
use rustls::{Error, NamedGroup};

/// All groups, in order of preference.
pub const ALL: &[&dyn SupportedKxGroup] = &[&X25519WithP256, SECP256R1, SECP384R1];

/// Runs a call of rustls in which X25519 comes without the share of P-256.
pub fn with_one_share<R>(call: impl FnOnce() -> R) -> R {
    let _both_again = BothAgain(ONE_SHARE.replace(true));
    call()
}

/// Puts back what was there before, also while a panic unwinds.
struct BothAgain(bool);

impl Drop for BothAgain {
    fn drop(&mut self) {
        ONE_SHARE.set(self.0);
    }
}

thread_local! {
    static ONE_SHARE: Cell<bool> = const { Cell::new(false) };
}

/// X25519, with a P-256 share beside it where TLS 1.3 allows a second one. rustls sends the second
/// part of a "hybrid" group as a share of its own.
#[derive(Debug)]
struct X25519WithP256;

impl SupportedKxGroup for X25519WithP256 {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        if ONE_SHARE.get() {
            return X25519.start();
        }
        Ok(Box::new(TwoShares { x25519: X25519.start()?, p256: SECP256R1.start()? }))
    }

    /// Makes the X25519 share only: the peer has already chosen it.
    fn start_and_complete(&self, peer: &[u8]) -> Result<CompletedKeyExchange, Error> {
        X25519.start_and_complete(peer)
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}

/// The secrets of both shares.
struct TwoShares {
    x25519: Box<dyn ActiveKeyExchange>,
    p256: Box<dyn ActiveKeyExchange>,
}

impl ActiveKeyExchange for TwoShares {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        self.x25519.complete(peer)
    }

    fn hybrid_component(&self) -> Option<(NamedGroup, &[u8])> {
        Some((NamedGroup::secp256r1, self.p256.pub_key()))
    }

    fn complete_hybrid_component(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        self.p256.complete(peer)
    }

    fn pub_key(&self) -> &[u8] {
        self.x25519.pub_key()
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}
