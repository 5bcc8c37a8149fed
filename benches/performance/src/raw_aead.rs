//! The limit: ring's AEAD alone, over bytes laid out as a record of TLS 1.3.

use ring::aead::{
    AES_128_GCM, AES_256_GCM, Aad, Algorithm, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey,
};

use crate::library::{Conn, Context, Library, Setup};

pub struct RawAead;

const HEADER: usize = 5;
const TAG: usize = 16;

impl Library for RawAead {
    fn context(&self, setup: &Setup) -> Box<dyn Context> {
        let algorithm = [&AES_128_GCM, &AES_256_GCM, &CHACHA20_POLY1305][setup.suite];
        Box::new(RawContext { algorithm })
    }

    fn version(&self) -> String {
        "ring".into()
    }
}

struct RawContext {
    algorithm: &'static Algorithm,
}

impl Context for RawContext {
    fn connect(&self) -> Box<dyn Conn> {
        let key = vec![7; self.algorithm.key_len()];
        let key = LessSafeKey::new(UnboundKey::new(self.algorithm, &key).unwrap());
        Box::new(RawConn { key, sealed: 0, opened: 0 })
    }
}

/// Both ends have one key; each counts the records of either direction.
struct RawConn {
    key: LessSafeKey,
    sealed: u64,
    opened: u64,
}

fn next_nonce(count: &mut u64) -> Nonce {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&count.to_be_bytes());
    *count += 1;
    Nonce::assume_unique_for_key(nonce)
}

impl Conn for RawConn {
    fn handshake(&mut self, _: &mut [u8], _: &mut [u8]) -> (usize, bool) {
        (0, true)
    }

    fn seal_in_place(&mut self, buf: &mut [u8], len: usize) -> usize {
        let nonce = next_nonce(&mut self.sealed);
        // The last byte is the content type.
        let (header, body) = buf[..HEADER + len + 1 + TAG].split_at_mut(HEADER);
        let (plain, place) = body.split_at_mut(len + 1);
        let aad = Aad::from(&*header);
        let tag = self.key.seal_in_place_separate_tag(nonce, aad, plain).unwrap();
        place.copy_from_slice(tag.as_ref());
        HEADER + len + 1 + TAG
    }

    fn open_in_place(&mut self, wire: &mut [u8]) -> usize {
        let nonce = next_nonce(&mut self.opened);
        let (header, body) = wire.split_at_mut(HEADER);
        self.key.open_in_place(nonce, Aad::from(&*header), body).unwrap().len() - 1
    }
}
