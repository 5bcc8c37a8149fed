//! OpenSSL in a separate process: `tests/openssl/oracle.c`.

use std::path::{Path, PathBuf};

use super::c_program::{self, Running};
pub use super::c_program::{field, read, send};

/// Builds the program and returns its path, or the reason why it cannot be built.
pub fn build() -> Result<PathBuf, String> {
    c_program::build("oracle", "x509_vfy.h", &["-lcrypto"])
}

pub struct Oracle(pub Running);

impl Oracle {
    pub fn start(program: &Path) -> Self {
        Self(Running::start(program, &[]))
    }

    pub fn version(&mut self) -> String {
        String::from_utf8(self.ask(b"I")).expect("text")
    }

    /// Stores a key under the next number, from 0 on, and returns its public key.
    pub fn keep_key(&mut self, key: &[u8]) -> Vec<u8> {
        self.ask(&[b"K", field(key).as_slice()].concat())
    }

    pub fn sign(&mut self, key: usize, digest: &str, message: &[u8]) -> Vec<u8> {
        let number = (key as u32).to_be_bytes();
        let fields = [field(digest.as_bytes()), field(message)].concat();
        self.ask(&[b"S", number.as_slice(), &fields].concat())
    }

    /// Sends a request and waits for the answer.
    pub fn ask(&mut self, request: &[u8]) -> Vec<u8> {
        self.0.ask(request)
    }
}

/// Encodes a list: the number of fields, then the fields.
pub fn list<'a>(items: impl ExactSizeIterator<Item = &'a Vec<u8>>) -> Vec<u8> {
    let mut out = (items.len() as u32).to_be_bytes().to_vec();
    items.for_each(|item| out.extend(field(item)));
    out
}
