//! What is asked of a peer's certificate.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

/// What a chain must fulfil.
#[derive(Clone, Debug)]
pub struct Policy {
    pub purpose: Purpose,
    /// The server's name, under VERIFY_IDENTITY.
    pub name: Option<Name>,
    pub name_rule: NameRule,
    pub level: Level,
    pub limits: Limits,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Purpose {
    /// The peer is a TLS server.
    Server,
    /// The peer is a TLS client.
    Client,
}

/// A reference name for the server's certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Name {
    Dns(String),
    Ip {
        address: IpAddr,
        /// As it was given: `NameRule::Mysql57` compares it with names too.
        text: String,
    },
}

/// How an address is compared; names are compared alike.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum NameRule {
    /// With iPAddress entries, or as text with dNSName entries or common names.
    #[default]
    Mysql57,
    /// With iPAddress entries only.
    Mysql84,
}

/// OpenSSL's security level: what keys and signatures are too weak for.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Level {
    /// SHA-1 and any key that can be verified with. MD5 never.
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
    /// Certificates that the peer sends.
    pub certificates: usize,
    /// Bytes of them together.
    pub bytes: usize,
    /// Certificates in a chain, the anchor included.
    pub chain: usize,
    /// Signature checks for one verdict, those of revocation lists included.
    pub signatures: usize,
    /// Bytes of revocation lists that are hashed to check them with the key of a certificate whose
    /// own signature was not verified.
    pub unverified_crl_bytes: usize,
    /// Comparisons of a name in cRLDistributionPoints with a revocation list.
    pub distribution_point_comparisons: usize,
    /// Comparisons of a name with a constraint, for one verdict.
    pub name_comparisons: usize,
    /// Paths that are tried where several CA certificates have one subject; OpenSSL tries 1.
    pub paths: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // OpenSSL's depth of 100, and some that lead nowhere.
            certificates: 128,
            // TLS hands over 64 KiB at most (rustls); OpenSSL's SSL_MAX_CERT_LIST_DEFAULT is 100 KiB.
            bytes: 128 << 10,
            // Real chains have four at most; OpenSSL takes 100.
            chain: 16,
            // A whole chain, its revocation lists, and a second path.
            signatures: 64,
            // Most lists are shorter, and their verdict is exact; a list of a million entries has 40 MB.
            unverified_crl_bytes: 1 << 20,
            // Real certificates name one or two places, and a CA has a few lists.
            distribution_point_comparisons: 1 << 16,
            // OpenSSL's NAME_CHECK_MAX, there for each pair of certificates.
            name_comparisons: 1 << 20,
            // A CA that was renewed with a new key, a few times over.
            paths: 8,
        }
    }
}

impl Level {
    /// The security strength that OpenSSL asks for.
    pub fn bits(self) -> u32 {
        match self {
            Self::Zero => 0,
            Self::One => 80,
            Self::Two => 112,
        }
    }

    /// Fewest bits of a server's Diffie-Hellman group: OpenSSL counts 2048 as 112 bits of security
    /// and 1024 as 80, and asks for those 80 on level 0 too.
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
    /// An address if it reads as one, else a host name.
    ///
    /// `None` is no name of a server: an empty one, with which later MySQLs check nothing; one that
    /// begins with a dot, which OpenSSL lets any name below match; one with a NUL.
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

/// What `a2i_IPADDRESS()` takes for an address: std's forms, and IPv4 as `scanf()` reads it.
fn address(text: &str) -> Option<IpAddr> {
    match text.rsplit_once(':') {
        None => ipv4(text).map(IpAddr::V4),
        Some((head, tail)) if tail.contains('.') => {
            format!("{head}:{}", ipv4(tail)?).parse().ok().map(IpAddr::V6)
        }
        Some(_) => text.parse().ok().map(IpAddr::V6),
    }
}

/// Decimal, with leading zeros too: `0177` is 177. White space may stand before each number, and
/// anything behind white space at the end.
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
