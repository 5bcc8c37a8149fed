//! Base64 of public material (RFC 4648 section 4), line by line.
//!
//! Not for keys: it takes a time that depends on what it reads.

/// Text of a block so far.
#[derive(Debug, Default)]
pub struct Decoder {
    out: Vec<u8>,
    /// Up to three digits that make no whole byte group yet, six bits each.
    bits: u32,
    digits: u32,
    padding: u32,
}

impl Decoder {
    /// Takes a line; spaces and tabs in it mean nothing. `None` if it is not base64.
    pub fn add(&mut self, line: &[u8]) -> Option<()> {
        for byte in line {
            match byte {
                b' ' | b'\t' => {}
                b'=' => self.padding = self.padding.checked_add(1).filter(|n| *n <= 2)?,
                // Nothing follows the padding.
                _ if self.padding > 0 => return None,
                byte => self.digit(value(*byte)?),
            }
        }
        Some(())
    }

    /// What the text stands for; `None` if its last group is not whole.
    pub fn finish(mut self) -> Option<Vec<u8>> {
        match (self.digits, self.padding) {
            (0, 0) => {}
            (3, 1) => {
                let [_, high, middle, _] = (self.bits << 6).to_be_bytes();
                self.out.extend([high, middle]);
            }
            (2, 2) => {
                let [_, high, _, _] = (self.bits << 12).to_be_bytes();
                self.out.push(high);
            }
            _ => return None,
        }
        Some(self.out)
    }

    fn digit(&mut self, value: u32) {
        self.bits = self.bits << 6 | value;
        self.digits = self.digits.wrapping_add(1);
        if self.digits == 4 {
            let [_, high, middle, low] = self.bits.to_be_bytes();
            self.out.extend([high, middle, low]);
            (self.bits, self.digits) = (0, 0);
        }
    }
}

fn value(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit.wrapping_sub(b'A'),
        b'a'..=b'z' => digit.wrapping_sub(b'a').wrapping_add(26),
        b'0'..=b'9' => digit.wrapping_sub(b'0').wrapping_add(52),
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(lines: &[&str]) -> Option<Vec<u8>> {
        let mut decoder = Decoder::default();
        lines.iter().try_for_each(|line| decoder.add(line.as_bytes()))?;
        decoder.finish()
    }

    #[test]
    fn the_vectors_of_rfc_4648() {
        for (text, expected) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert_eq!(decode(&[text]).unwrap(), expected.as_bytes());
            let digits: Vec<_> = text.split("").collect();
            assert_eq!(decode(&digits).unwrap(), expected.as_bytes(), "split");
        }
        assert_eq!(decode(&["+/9 \tA"]).unwrap(), [0xfb, 0xff, 0x40]);
    }

    #[test]
    fn what_is_cut_or_continued_is_none() {
        for text in
            ["Z", "Zg", "Zg=", "Zm8", "Zg===", "Zg==Zg==", "=", "====", "Zm9v=", "Zm9v-", "é"]
        {
            assert_eq!(decode(&[text]), None, "{text}");
        }
    }
}
