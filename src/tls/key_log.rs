//! The secrets of one connection, in the lines of a key log file (RFC 9850): with them a program like
//! Wireshark decrypts recorded traffic.

use std::fmt;

use zeroize::Zeroizing;

/// Lines of a key log; wiped when dropped, and shown to nobody who does not ask for the text.
#[derive(Clone, Default)]
pub struct SecretLines(Zeroizing<String>);

impl SecretLines {
    /// Adds a line. The text moves to memory that is large enough, and the old memory is wiped.
    pub fn add(&mut self, label: &str, client_random: &[u8], secret: &[u8]) {
        let digits = client_random.len().saturating_add(secret.len()).saturating_mul(2);
        let parts = [self.0.len(), label.len(), digits, "  \n".len()];
        let len = parts.into_iter().fold(0, usize::saturating_add);
        let mut text = Zeroizing::new(String::with_capacity(len));
        text.push_str(&self.0);
        text.push_str(label);
        for octets in [client_random, secret] {
            text.push(' ');
            for octet in octets {
                text.extend([octet >> 4, octet & 15].map(digit));
            }
        }
        text.push('\n');
        self.0 = text;
    }

    pub fn text(&self) -> &str {
        &self.0
    }
}

fn digit(value: u8) -> char {
    char::from_digit(value.into(), 16).unwrap_or_default()
}

impl fmt::Debug for SecretLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretLines(hidden)")
    }
}
