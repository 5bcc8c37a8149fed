//! The extensions of a certificate, read once for all checks (RFC 5280 section 4.2).
//!
//! A certificate with an extension that cannot be read, or occurs twice, can neither be an issuer
//! nor have one, as in OpenSSL; that is no error by itself.

use super::authority_key_id::AuthorityKeyId;
use super::distribution_point::RawDistributionPoint;
use super::dn::is_oid;
use super::general_name::GeneralName;
use super::name_constraints::NameConstraints;
use super::raw_extension::Extension;
use super::span::Span;
use crate::der::{Reader, Value, tag};

/// Bits of keyUsage; bit 0 of the BIT STRING is the highest.
pub mod key_usage {
    pub const DIGITAL_SIGNATURE: u16 = 0x8000;
    pub const KEY_ENCIPHERMENT: u16 = 0x2000;
    pub const KEY_AGREEMENT: u16 = 0x0800;
    pub const CERT_SIGN: u16 = 0x0400;
    pub const CRL_SIGN: u16 = 0x0200;
}

/// Bits of extendedKeyUsage.
pub mod extended_key_usage {
    pub const SERVER_AUTH: u8 = 1;
    pub const CLIENT_AUTH: u8 = 2;
    /// Server Gated Cryptography, Netscape's or Microsoft's: counts as serverAuth.
    pub const SGC: u8 = 4;
}

/// Bits of Netscape's certificate type.
pub mod netscape {
    pub const SSL_CLIENT: u8 = 0x80;
    pub const SSL_SERVER: u8 = 0x40;
    pub const SSL_CA: u8 = 0x04;
    pub const ANY_CA: u8 = 0x07;
}

#[derive(Clone, Copy, Debug)]
pub struct BasicConstraints {
    pub ca: bool,
    pub path_len: Option<u64>,
}

/// The values of the extensions; `None` for one that is missing or cannot be read.
#[derive(Clone, Debug, Default)]
pub struct Extensions {
    pub basic_constraints: Option<BasicConstraints>,
    pub key_usage: Option<u16>,
    pub extended_key_usage: Option<u8>,
    pub netscape_type: Option<u8>,
    pub subject_key_id: Option<Span>,
    pub authority_key_id: Option<AuthorityKeyId>,
    pub alt_names: Option<Span>,
    pub name_constraints: Option<NameConstraints>,
    pub crl_distribution_points: Option<Span>,
    /// A critical one is not handled.
    pub unhandled_critical: bool,
    /// The certificate is a proxy certificate (RFC 3820).
    pub proxy: bool,
    /// One cannot be read, occurs twice, or contradicts another.
    pub invalid: bool,
}

impl Extensions {
    /// Reads all extensions of the certificate `der`, in which their values lie.
    pub fn read(der: &[u8], all: &[Extension<'_>]) -> Self {
        let mut this = Self::default();
        let mut seen = 0;
        for raw in all {
            match Kind::of(raw.oid) {
                Some(kind) => {
                    // One of each kind (RFC 5280 section 4.2).
                    this.invalid |= kind.is_read() && seen & kind.bit() != 0;
                    seen |= kind.bit();
                    // OpenSSL ignores bytes after the value.
                    let value = Reader::new(raw.value).any().map(|value| value.raw);
                    let taken = value.and_then(|value| this.take(kind, der, value));
                    this.invalid |= kind.is_read() && taken.is_none();
                    this.unhandled_critical |= raw.critical && !kind.may_be_critical();
                    // Address and AS resources (RFC 3779) are not checked along the chain, so a
                    // certificate with them counts as having an unhandled critical extension.
                    this.unhandled_critical |= kind == Kind::Resources;
                }
                None => this.unhandled_critical |= raw.critical,
            }
        }
        // A proxy certificate is no CA and has no alternative names (RFC 3820 sections 3.3 to 3.5).
        let is_ca = this.basic_constraints.is_some_and(|constraints| constraints.ca);
        let names = Kind::AltNames.bit() | Kind::IssuerAltNames.bit();
        this.invalid |= this.proxy && (is_ca || seen & names != 0);
        this
    }

    /// Reads and keeps the value of one extension; `None` if it cannot be read.
    fn take(&mut self, kind: Kind, der: &[u8], value: &[u8]) -> Option<()> {
        match kind {
            Kind::BasicConstraints => self.basic_constraints = Some(basic_constraints(value)?),
            Kind::KeyUsage => {
                let bits = named_bits(value)?;
                // At least one bit must be set (RFC 5280 section 4.2.1.3).
                self.key_usage = Some(bits);
                (bits != 0).then_some(())?;
            }
            Kind::ExtendedKeyUsage => {
                self.extended_key_usage = Some(extended_key_usage_bits(value)?)
            }
            Kind::NetscapeType => {
                self.netscape_type = named_bits(value)?.to_be_bytes().first().copied();
            }
            Kind::SubjectKeyId => {
                let id = Value::whole_of(value, tag::OCTET_STRING)?;
                self.subject_key_id = Span::of(der, id);
            }
            Kind::AuthorityKeyId => self.authority_key_id = Some(AuthorityKeyId::parse(value)?),
            Kind::AltNames => {
                GeneralName::parse(value)?;
                self.alt_names = Span::of(der, value);
            }
            Kind::NameConstraints => self.name_constraints = Some(NameConstraints::parse(value)?),
            Kind::CrlDistributionPoints => {
                RawDistributionPoint::parse_all(value)?;
                self.crl_distribution_points = Span::of(der, value);
            }
            Kind::Proxy => {
                self.proxy = true;
                proxy_policy(value)?;
            }
            Kind::IssuerAltNames => {}
            Kind::Resources | Kind::Policy | Kind::OcspNoCheck => {}
        }
        Some(())
    }
}

/// The extensions that OpenSSL handles.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    BasicConstraints,
    KeyUsage,
    ExtendedKeyUsage,
    NetscapeType,
    SubjectKeyId,
    AuthorityKeyId,
    AltNames,
    IssuerAltNames,
    NameConstraints,
    CrlDistributionPoints,
    Proxy,
    Resources,
    /// certificatePolicies and the three extensions that qualify it: handled, and not used.
    Policy,
    OcspNoCheck,
}

impl Kind {
    fn of(oid: &[u8]) -> Option<Self> {
        Some(match oid {
            [0x55, 0x1d, id] => match id {
                14 => Self::SubjectKeyId,
                15 => Self::KeyUsage,
                17 => Self::AltNames,
                18 => Self::IssuerAltNames,
                19 => Self::BasicConstraints,
                30 => Self::NameConstraints,
                31 => Self::CrlDistributionPoints,
                32 | 33 | 36 | 54 => Self::Policy,
                35 => Self::AuthorityKeyId,
                37 => Self::ExtendedKeyUsage,
                _ => return None,
            },
            [0x2b, 6, 1, 5, 5, 7, 1, id] => match id {
                7 | 8 => Self::Resources,
                14 => Self::Proxy,
                _ => return None,
            },
            [0x2b, 6, 1, 5, 5, 7, 0x30, 1, 5] => Self::OcspNoCheck,
            [0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 1, 1] => Self::NetscapeType,
            _ => return None,
        })
    }

    fn bit(self) -> u32 {
        1 << match self {
            Self::BasicConstraints => 0,
            Self::KeyUsage => 1,
            Self::ExtendedKeyUsage => 2,
            Self::NetscapeType => 3,
            Self::SubjectKeyId => 4,
            Self::AuthorityKeyId => 5,
            Self::AltNames => 6,
            Self::NameConstraints => 7,
            Self::CrlDistributionPoints => 8,
            Self::Proxy => 9,
            Self::Resources => 10,
            Self::Policy => 11,
            Self::OcspNoCheck => 12,
            Self::IssuerAltNames => 13,
        }
    }

    /// Whether its value is used. `Policy` stands for four extensions.
    fn is_read(self) -> bool {
        !matches!(self, Self::Policy | Self::OcspNoCheck | Self::IssuerAltNames | Self::Resources)
    }

    /// Whether OpenSSL handles it where it is critical. Key identifiers must not be (RFC 5280
    /// sections 4.2.1.1 and 4.2.1.2).
    fn may_be_critical(self) -> bool {
        !matches!(self, Self::SubjectKeyId | Self::AuthorityKeyId | Self::IssuerAltNames)
    }
}

fn basic_constraints(value: &[u8]) -> Option<BasicConstraints> {
    let mut fields = Value::whole(value)?.sequence()?;
    let ca = match fields.take(tag::BOOLEAN) {
        None => false,
        Some([octet]) => *octet != 0,
        Some(_) => return None,
    };
    let path_len = match fields.take(tag::INTEGER) {
        None => None,
        Some(octets) => Some(path_len(octets)?),
    };
    fields.is_empty().then_some(BasicConstraints { ca, path_len })
}

/// Checks the form of a ProxyCertInfo (RFC 3820 section 3.8).
fn proxy_policy(value: &[u8]) -> Option<()> {
    let mut fields = Value::whole(value)?.sequence()?;
    let _ = fields.take(tag::INTEGER);
    let mut policy = fields.any()?.sequence()?;
    policy.take(tag::OID)?;
    let _ = policy.take(tag::OCTET_STRING);
    (policy.is_empty() && fields.is_empty()).then_some(())
}

/// Reads pathLenConstraint, which is not negative; a number above 64 bits becomes the largest.
fn path_len(octets: &[u8]) -> Option<u64> {
    match octets {
        [] => None,
        [first, ..] if first & 0x80 != 0 => None,
        [0, second, ..] if second & 0x80 == 0 => None,
        _ if octets.len() > 8 => Some(u64::MAX),
        _ => Some(octets.iter().fold(0, |len, octet| len << 8 | u64::from(*octet))),
    }
}

/// Returns the first sixteen bits of a BIT STRING; bit 0 is the highest.
fn named_bits(value: &[u8]) -> Option<u16> {
    let (&unused, octets) = Value::whole_of(value, tag::BIT_STRING)?.split_first()?;
    if unused > 7 || (octets.is_empty() && unused != 0) {
        return None;
    }
    let mut bits = [0; 2];
    for (to, from) in bits.iter_mut().zip(octets) {
        *to = *from;
    }
    let mask = u8::MAX << unused;
    if let (Some(last), true) = (bits.get_mut(octets.len().saturating_sub(1)), octets.len() <= 2) {
        *last &= mask;
    }
    Some(u16::from_be_bytes(bits))
}

/// Returns the `extended_key_usage` bits of an ExtKeyUsageSyntax.
fn extended_key_usage_bits(value: &[u8]) -> Option<u8> {
    let mut purposes = Value::whole(value)?.sequence()?;
    let mut bits = 0;
    while !purposes.is_empty() {
        let oid = purposes.take(tag::OID).filter(|oid| is_oid(oid))?;
        bits |= match oid {
            [0x2b, 6, 1, 5, 5, 7, 3, 1] => extended_key_usage::SERVER_AUTH,
            [0x2b, 6, 1, 5, 5, 7, 3, 2] => extended_key_usage::CLIENT_AUTH,
            // 1.3.6.1.4.1.311.10.3.3 and 2.16.840.1.113730.4.1
            [0x2b, 6, 1, 4, 1, 0x82, 0x37, 10, 3, 3]
            | [0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 4, 1] => extended_key_usage::SGC,
            _ => 0,
        };
    }
    Some(bits)
}
