//! Fingerprints of a server's certificate: `ssl_fp` and `ssl_fplist`.
//!
//! # Source
//! MariaDB Connector/C: hexadecimal digits in any case, a colon allowed between two bytes, and
//! their count chooses the hash.

/// A hash that the peer's own certificate may have.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pin {
    /// The bits of the SHA-2 hash: 256, 384 or 512.
    pub bits: u32,
    pub digest: Vec<u8>,
}

/// The content of one line of `ssl_fplist`.
#[derive(Debug, PartialEq)]
pub enum Line {
    Pin(Pin),
    /// Empty, or a comment that begins with `#`.
    Nothing,
    Invalid,
}

impl Pin {
    /// Reads one fingerprint.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it, without a final stop.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("an empty fingerprint".to_owned());
        }
        let digits = digits(text).ok_or("only hexadecimal digits, with a colon between bytes")?;
        let bits = match digits.len() {
            40 => return Err(format!("40 digits are SHA-1, which can be forged: {GIVE_SHA256}")),
            56 => return Err(format!("56 digits are SHA-224, not supported: {GIVE_SHA256}")),
            64 => 256,
            96 => 384,
            128 => 512,
            // MariaDB's words.
            _ => return Err("Unknown or invalid fingerprint hash size detected".to_owned()),
        };
        let digest = digits.chunks_exact(2).filter_map(byte).collect();
        Ok(Self { bits, digest })
    }

    /// Reads several, separated by commas.
    ///
    /// # Errors
    /// As `parse`, for the first that is invalid.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, String> {
        text.split(',').map(|one| Self::parse(one.trim_matches(' '))).collect()
    }

    /// Reads a line of a file.
    pub fn parse_line(line: &[u8]) -> Line {
        match std::str::from_utf8(line.trim_ascii()) {
            Ok(text) if text.is_empty() || text.starts_with('#') => Line::Nothing,
            Ok(text) => Self::parse(text).map_or(Line::Invalid, Line::Pin),
            Err(_) => Line::Invalid,
        }
    }
}

/// Returns the digits without the colons; `None` if anything else is there, or a colon elsewhere.
fn digits(text: &str) -> Option<Vec<u8>> {
    let mut digits = Vec::new();
    let mut after_colon = false;
    for byte in text.bytes() {
        match byte {
            b':' if !after_colon && !digits.is_empty() && digits.len() % 2 == 0 => {
                after_colon = true;
            }
            byte if byte.is_ascii_hexdigit() => {
                digits.push(byte);
                after_colon = false;
            }
            _ => return None,
        }
    }
    (!after_colon).then_some(digits)
}

fn byte(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

const GIVE_SHA256: &str = "give the SHA-256 one, of 64 digits (openssl x509 -in FILE -noout \
                           -fingerprint -sha256)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_of_digits_chooses_the_hash() {
        for (count, bits) in [(64, 256), (96, 384), (128, 512)] {
            let pin = Pin::parse(&"aB".repeat(count / 2)).unwrap();
            assert_eq!(pin, Pin { bits, digest: vec![0xab; count / 2] });
        }
        for (count, words) in [(40, "SHA-1"), (56, "SHA-224")] {
            let why = Pin::parse(&"ab".repeat(count / 2)).unwrap_err();
            assert!(why.contains(words) && why.contains("SHA-256"), "{why}");
        }
        for count in [2, 32, 39, 63, 65, 66, 95, 127, 129, 256] {
            let why = Pin::parse(&"a".repeat(count)).unwrap_err();
            assert_eq!(why, "Unknown or invalid fingerprint hash size detected", "{count}");
        }
    }

    #[test]
    fn colons_stand_between_bytes_only() {
        let expected = Pin { bits: 256, digest: vec![0x0f; 32] };
        let all = vec!["0F"; 32].join(":");
        let some = format!("{}:{}", "0f".repeat(16), "0F".repeat(16));
        assert_eq!([Pin::parse(&all), Pin::parse(&some)], [Ok(expected.clone()), Ok(expected)]);
        let plain = "0f".repeat(32);
        for text in [
            format!(":{plain}"),
            format!("{plain}:"),
            format!("0:f{}", &plain[2..]),
            format!("0f::{}", &plain[2..]),
            format!("0x{plain}"),
            format!("{} ", plain),
            plain.replace(":", "-").replacen("0f", "0g", 1),
        ] {
            let why = Pin::parse(&text).unwrap_err();
            assert_eq!(why, "only hexadecimal digits, with a colon between bytes", "{text}");
        }
    }

    #[test]
    fn a_list_is_separated_by_commas() {
        let (one, two) = ("01".repeat(32), "02".repeat(64));
        let found = Pin::parse_list(&format!("{one}, {two}")).unwrap();
        assert_eq!(found.iter().map(|pin| pin.bits).collect::<Vec<_>>(), [256, 512]);
        for text in [format!("{one},"), format!(",{one}"), format!("{one},,{two}"), String::new()] {
            assert_eq!(Pin::parse_list(&text), Err("an empty fingerprint".to_owned()), "{text}");
        }
    }

    #[test]
    fn a_line_is_a_fingerprint_or_nothing_or_invalid() {
        let pin = Pin { bits: 256, digest: vec![0x11; 32] };
        let text = format!(" {}\r", "11".repeat(32));
        assert_eq!(Pin::parse_line(text.as_bytes()), Line::Pin(pin));
        assert_eq!(Pin::parse_line(b" \t\r"), Line::Nothing);
        assert_eq!(Pin::parse_line(b"# db1"), Line::Nothing);
        for line in [&b"db1"[..], b"\xff\xfe", &[b'1'; 40], &[b'1'; 63]] {
            assert_eq!(Pin::parse_line(line), Line::Invalid);
        }
    }
}
