//! The passphrase of a private key.

use std::fmt;

use zeroize::Zeroizing;

/// The passphrase of a private key; wiped when dropped, and shown to nobody.
#[derive(Clone, Eq, PartialEq)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    #[cfg_attr(not(feature = "encrypted-keys"), allow(dead_code, reason = "nothing decrypts then"))]
    pub fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hidden")
    }
}
