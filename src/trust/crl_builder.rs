//! Builds CRLs in DER for unit tests. The signature is a placeholder unless a test sets one.

/// Returns a DER value; its body is given in parts.
pub fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut made = vec![tag];
    match body.len() {
        len @ 0..=0x7f => made.push(len as u8),
        len => {
            let octets = (len as u32).to_be_bytes();
            let zeros = octets.iter().take_while(|octet| **octet == 0).count();
            made.push(0x80 | (4 - zeros) as u8);
            made.extend_from_slice(&octets[zeros..]);
        }
    }
    made.extend(body);
    made
}

pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    value(0x30, parts)
}

/// Returns a Name with one common name.
pub fn name(common_name: &str) -> Vec<u8> {
    sequence(&[&value(0x31, &[&common_name_attribute(common_name)])])
}

/// Returns an AttributeTypeAndValue for a common name.
pub fn common_name_attribute(common_name: &str) -> Vec<u8> {
    sequence(&[b"\x06\x03\x55\x04\x03", &value(0x0c, &[common_name.as_bytes()])])
}

/// Returns a UTCTime.
pub fn utc(text: &str) -> Vec<u8> {
    value(0x17, &[text.as_bytes()])
}

/// Returns the extension with the OID 2.5.29.`id`.
pub fn extension(id: u8, critical: bool, payload: &[u8]) -> Vec<u8> {
    let critical = if critical { &b"\x01\x01\xff"[..] } else { b"" };
    sequence(&[&[6, 3, 0x55, 0x1d, id], critical, &value(4, &[payload])])
}

/// Returns an entry of revokedCertificates.
pub fn entry(serial: &[u8], extensions: &[Vec<u8>]) -> Vec<u8> {
    let extensions = match extensions {
        [] => Vec::new(),
        some => sequence(&[&some.concat()]),
    };
    sequence(&[&value(2, &[serial]), &utc("230101000000Z"), &extensions])
}

/// The parts of a CertificateList; each is a whole DER value, or empty to leave it out.
pub struct CrlBuilder {
    pub version: Vec<u8>,
    pub algorithm: Vec<u8>,
    pub outer_algorithm: Vec<u8>,
    pub issuer: Vec<u8>,
    pub this_update: Vec<u8>,
    pub next_update: Vec<u8>,
    pub entries: Vec<u8>,
    pub extensions: Vec<u8>,
    pub signature: Vec<u8>,
}

impl Default for CrlBuilder {
    fn default() -> Self {
        // ecdsa-with-SHA256
        let algorithm = sequence(&[b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"]);
        Self {
            version: vec![2, 1, 1],
            algorithm: algorithm.clone(),
            outer_algorithm: algorithm,
            issuer: name("Root"),
            this_update: utc("230101000000Z"),
            next_update: utc("330101000000Z"),
            entries: Vec::new(),
            extensions: Vec::new(),
            signature: value(3, &[b"\x00sig"]),
        }
    }
}

impl CrlBuilder {
    pub fn with_entries(entries: &[Vec<u8>]) -> Self {
        Self { entries: sequence(&[&entries.concat()]), ..Self::default() }
    }

    pub fn with_extensions(extensions: &[Vec<u8>]) -> Self {
        let all = sequence(&[&extensions.concat()]);
        Self { extensions: value(0xa0, &[&all]), ..Self::default() }
    }

    /// Puts the parts together.
    pub fn der(&self) -> Vec<u8> {
        let signed = sequence(&[
            &self.version,
            &self.algorithm,
            &self.issuer,
            &self.this_update,
            &self.next_update,
            &self.entries,
            &self.extensions,
        ]);
        sequence(&[&signed, &self.outer_algorithm, &self.signature])
    }
}
