//! The requirements on a peer's chain: purpose, name, strength, and limits on the work.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

/// The requirements that a chain must meet.
#[derive(Clone, Debug)]
pub struct Policy {
    pub purpose: Purpose,
    /// Name of the server, under VERIFY_IDENTITY.
    pub name: Option<Name>,
    pub name_rule: NameRule,
    pub level: Level,
    pub limits: Limits,
}

/// The role of the peer whose chain it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Purpose {
    /// The peer is a TLS server.
    Server,
    /// The peer is a TLS client.
    Client,
}

/// The name that a server's certificate must be for: the reference identifier of RFC 6125.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Name {
    Dns(String),
    Ip {
        address: IpAddr,
        /// The address as it was given: `NameRule::Mysql57` compares it with names too.
        text: String,
    },
}

/// The rule for comparing an address. Host names are compared the same way under both rules.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum NameRule {
    /// MySQL 5.7: with iPAddress entries, or as text with dNSName entries or common names.
    #[default]
    Mysql57,
    /// MySQL 8.4: with iPAddress entries only.
    Mysql84,
}

/// OpenSSL's security level, which sets the least strength of keys and signatures.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Level {
    /// Any key that a signature can be verified with, and SHA-1; never MD5.
    Zero,
    /// 80 bits of security.
    One,
    /// 112 bits of security.
    #[default]
    Two,
}

/// Bounds on the work that a peer can cause.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Certificates that the peer sends, its own included.
    pub certificates: usize,
    /// Bytes of the certificates that the peer sends, its own aside.
    pub bytes: usize,
    /// Certificates in a chain, the anchor included.
    pub chain: usize,
    /// Signature checks for one verdict, those of CRLs included.
    pub signatures: usize,
    /// Bytes of CRLs that are hashed to check them with the key of a certificate whose
    /// own signature was not verified.
    pub unverified_crl_bytes: usize,
    /// Comparisons of a name in cRLDistributionPoints with a CRL.
    pub distribution_point_comparisons: usize,
    /// Comparisons of a name with a constraint, for one verdict.
    pub name_comparisons: usize,
    /// Paths that are tried where several CA certificates have one subject; OpenSSL tries 1.
    pub paths: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // OpenSSL's depth of 100, and some that are not needed.
            certificates: 128,
            // rustls accepts 64 KiB; OpenSSL's SSL_MAX_CERT_LIST_DEFAULT is 100 KiB.
            bytes: 128 << 10,
            // Real chains have four at most; OpenSSL accepts 100.
            chain: 16,
            // A whole chain, its CRLs, and a second path.
            signatures: 64,
            // Most CRLs are shorter; one of a million entries has 40 MB.
            unverified_crl_bytes: 1 << 20,
            // Real certificates have one or two distribution points, and a CA has a few CRLs.
            distribution_point_comparisons: 1 << 16,
            // OpenSSL's NAME_CHECK_MAX, which it applies to each pair of certificates.
            name_comparisons: 1 << 20,
            // A CA that was renewed with a new key a few times.
            paths: 8,
        }
    }
}

impl Level {
    /// Returns the fewest bits of security of a key or signature.
    pub fn bits(self) -> u32 {
        match self {
            Self::Zero => 0,
            Self::One => 80,
            Self::Two => 112,
        }
    }

    /// Returns the fewest bits of a server's Diffie-Hellman prime: OpenSSL counts 2048 as 112 bits
    /// of security and 1024 as 80, and demands 80 on level 0 too.
    pub fn dh_bits(self) -> u32 {
        match self {
            Self::Zero | Self::One => 1024,
            Self::Two => 2048,
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dns(text) | Self::Ip { text, .. } => text,
        })
    }
}

impl Name {
    /// Reads an address, or else a host name.
    ///
    /// `None` for text that names no server: an empty one, with which later versions of MySQL check
    /// nothing; one that begins with a dot, which in OpenSSL matches every name below; one with a
    /// NUL.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.starts_with('.') || text.contains('\0') {
            return None;
        }
        let address = address(text);
        let text = text.to_owned();
        Some(match address {
            Some(address) => Self::Ip { address, text },
            None => Self::Dns(text),
        })
    }
}

/// Reads an address as OpenSSL's `a2i_IPADDRESS()` does: std's forms, and IPv4 as `scanf()` reads
/// it.
fn address(text: &str) -> Option<IpAddr> {
    match text.rsplit_once(':') {
        None => ipv4(text).map(IpAddr::V4),
        Some((head, tail)) if tail.contains('.') => {
            format!("{head}:{}", ipv4(tail)?).parse().ok().map(IpAddr::V6)
        }
        Some(_) => text.parse().ok().map(IpAddr::V6),
    }
}

/// Reads four decimal numbers; leading zeros are allowed: `0177` is 177. White space may precede
/// each number, and anything may follow white space at the end.
fn ipv4(text: &str) -> Option<Ipv4Addr> {
    let mut octets = [0; 4];
    let mut rest = text;
    for (i, octet) in octets.iter_mut().enumerate() {
        if i > 0 {
            rest = rest.strip_prefix('.')?;
        }
        rest = rest.trim_start_matches(is_space);
        rest = rest.strip_prefix('+').unwrap_or(rest);
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at_checked(digits)?;
        *octet = number.parse().ok()?;
        rest = after;
    }
    rest.chars().next().is_none_or(is_space).then(|| octets.into())
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\x0b' | '\x0c' | '\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reads_as_an_address_is_one() {
        for text in ["127.0.0.1", "::1", "2001:DB8::5", "::ffff:10.0.0.1"] {
            let address = text.parse().unwrap();
            assert_eq!(Name::parse(text), Some(Name::Ip { address, text: text.to_owned() }));
        }
        for text in
            ["db.example.com", "127.1", "127.0.0.1.", "127.0.0.256", "[::1]", "a.", "*", "1"]
        {
            assert_eq!(Name::parse(text), Some(Name::Dns(text.to_owned())));
        }
    }

    #[test]
    fn addresses_are_read_as_openssl_reads_them() {
        for (text, address) in [
            ("127.0.0.01", "127.0.0.1"),
            ("0177.0.0.1", "177.0.0.1"),
            (" 127. 0.+0.1 x", "127.0.0.1"),
            ("::ffff:127.0.0.01", "::ffff:127.0.0.1"),
        ] {
            let address = address.parse().unwrap();
            assert_eq!(Name::parse(text), Some(Name::Ip { address, text: text.to_owned() }));
        }
    }

    #[test]
    fn what_can_name_no_server_is_none() {
        for text in ["", ".", ".example.com", "a\0", "\0", "127.0.0.1\0"] {
            assert_eq!(Name::parse(text), None, "{text:?}");
        }
    }
}
