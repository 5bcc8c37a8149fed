//! Certificate revocation lists (RFC 5280 section 5), as OpenSSL reads them.
//!
//! A list is one owned buffer of DER and an index into it: [`RevokedSerials`] has four octets for
//! an entry, where a tree of parsed values would have several hundred.

use std::sync::OnceLock;

use super::authority_key_id::AuthorityKeyId;
use super::certificate::Malformed;
use super::distribution_point::IssuingDistributionPoint;
use super::dn::Dn;
use super::raw_extension::{Extension, Occurrence};
use super::revoked_serials::RevokedSerials;
use super::span::Span;
use super::time;
use crate::crypto::{self, SignatureFailure};
use crate::der::{Reader, Value, is_integer, tag};

/// A CertificateList, read once.
#[derive(Debug)]
pub struct RevocationList {
    der: Box<[u8]>,
    /// The signed part, tbsCertList, with tag and length.
    tbs: Span,
    /// The outer AlgorithmIdentifier; `None` if the inner one differs.
    algorithm: Option<Span>,
    /// The signature's octets; `None` if the BIT STRING has unused bits.
    signature: Option<Span>,
    issuer: Dn,
    this_update: Option<i64>,
    next_update: NextUpdate,
    revoked: RevokedSerials,
    extensions: Extensions,
    /// The SubjectPublicKeyInfo of the CA with whose key the signature was verified.
    ///
    /// A list of a million entries has 40 MB to hash, which no handshake should wait for twice. It
    /// is set once, to a key that verified, so a peer with another key cannot displace it.
    verified_with: OnceLock<Box<[u8]>>,
}

/// The nextUpdate field.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum NextUpdate {
    /// No nextUpdate: OpenSSL treats the list as never expiring.
    Absent,
    /// A form of time that RFC 5280 does not allow.
    Unreadable,
    /// Unix seconds.
    At(i64),
}

/// Why a list does not hold at some time, in Unix seconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OutOfTime {
    /// It was to be replaced by then.
    Past(i64),
    /// It holds from then on.
    Future(i64),
}

/// The extensions of a list (crlExtensions), not those of its entries.
#[derive(Debug, Default)]
struct Extensions {
    authority_key_id: Option<AuthorityKeyId>,
    issuing_distribution_point: Option<IssuingDistributionPoint>,
    /// deltaCRLIndicator is there.
    is_delta: bool,
    unhandled_critical: bool,
    /// One that is handled cannot be read, or is there twice.
    malformed: bool,
}

impl RevocationList {
    /// Reads a list in DER.
    ///
    /// # Errors
    /// `Malformed` if OpenSSL could not read it, if it is not DER, or if it is too large.
    pub fn parse(der: &[u8]) -> Result<Self, Malformed> {
        if der.len() > MAX_LEN {
            return Err(Malformed("the list is longer than 256 MiB"));
        }
        // What is no list is not copied: it may be a key.
        Fields::read(der)?;
        let der: Box<[u8]> = der.into();
        let fields = Fields::read(&der)?;
        let issuer = Dn::parse(fields.issuer.raw).ok_or(Malformed("the issuer is no Name"))?;
        let extensions = Extensions::read(fields.extensions, &issuer)?;
        let revoked = RevokedSerials::read(&der, fields.entries, &issuer)?;
        let within = |part| Span::of(&der, part).ok_or(Malformed("the list is not whole"));
        Ok(Self {
            tbs: within(fields.tbs)?,
            // RFC 5280 section 5.1.1.2: both MUST be the same. OpenSSL does not compare them; here
            // a difference is a bad signature, as it is in certificates for OpenSSL.
            algorithm: if fields.inner_algorithm == fields.algorithm {
                Some(within(fields.algorithm)?)
            } else {
                None
            },
            signature: fields.signature.map(within).transpose()?,
            issuer,
            this_update: time::parse(&fields.this_update),
            next_update: match fields.next_update.map(|value| time::parse(&value)) {
                None => NextUpdate::Absent,
                Some(None) => NextUpdate::Unreadable,
                Some(Some(at)) => NextUpdate::At(at),
            },
            revoked,
            extensions,
            verified_with: OnceLock::new(),
            der,
        })
    }

    pub fn der(&self) -> &[u8] {
        &self.der
    }

    pub fn issuer(&self) -> &Dn {
        &self.issuer
    }

    /// Returns thisUpdate in Unix seconds; `None` if it has a form that RFC 5280 does not allow.
    pub fn this_update(&self) -> Option<i64> {
        self.this_update
    }

    /// Returns the number of revoked serial numbers.
    #[cfg(feature = "internals")]
    pub fn entry_count(&self) -> usize {
        self.revoked.entry_count()
    }

    /// Whether it is a delta CRL, which has only the changes since another list.
    ///
    /// OpenSSL 3.0.19 takes it for a full list, so that a newer delta without a certificate hides
    /// the entry of the full list. OpenSSL 3.0.22 ignores it, and so does this library.
    pub fn is_delta(&self) -> bool {
        self.extensions.is_delta
    }

    /// Returns why the list does not hold at this time; `None` if it does, and for dates of which nothing
    /// is known.
    pub fn out_of_time(&self, now: i64) -> Option<OutOfTime> {
        match (self.this_update, self.next_update) {
            (Some(from), _) if from > now => Some(OutOfTime::Future(from)),
            (_, NextUpdate::At(due)) if due <= now => Some(OutOfTime::Past(due)),
            _ => None,
        }
    }

    pub(super) fn next_update(&self) -> NextUpdate {
        self.next_update
    }

    pub(super) fn authority_key_id(&self) -> Option<&AuthorityKeyId> {
        self.extensions.authority_key_id.as_ref()
    }

    pub(super) fn issuing_distribution_point(&self) -> Option<&IssuingDistributionPoint> {
        self.extensions.issuing_distribution_point.as_ref()
    }

    /// Whether the list or any of its entries has a critical extension that OpenSSL does not
    /// handle.
    pub(super) fn has_unhandled_critical(&self) -> bool {
        self.extensions.unhandled_critical || self.revoked.has_unhandled_critical()
    }

    /// Whether an extension that is handled cannot be read, or is there twice.
    pub(super) fn has_malformed_extension(&self) -> bool {
        self.extensions.malformed || self.revoked.has_malformed_extension()
    }

    /// Whether the issuer's certificate with this serial number, the content octets of an INTEGER,
    /// is revoked.
    pub fn revokes(&self, serial: &[u8]) -> bool {
        self.revoked.contains(&self.der, serial)
    }

    /// Whether the signature was already verified with this SubjectPublicKeyInfo.
    pub fn is_verified(&self, spki: &[u8]) -> bool {
        self.verified_with.get().is_some_and(|known| **known == *spki)
    }

    /// Verifies the signature with the key of a SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// `Unsupported` if the provider lacks the algorithm; `Bad` for anything else that is wrong.
    pub(super) fn verify(&self, spki: &[u8]) -> Result<(), SignatureFailure> {
        if self.is_verified(spki) {
            return Ok(());
        }
        let algorithm = self.algorithm.ok_or(SignatureFailure::Bad)?;
        let signature = self.signature.ok_or(SignatureFailure::Bad)?;
        let part = |span: Span| span.within(&self.der);
        crypto::verify_signed(part(algorithm), part(self.tbs), part(signature), spki)
    }

    /// Verifies the signature, and remembers a success. The key must be that of a CA whose own
    /// signature was verified, or that is trusted.
    ///
    /// # Errors
    /// As `verify`.
    pub(super) fn verify_and_remember(&self, spki: &[u8]) -> Result<(), SignatureFailure> {
        self.verify(spki)?;
        // Another thread may have been first, with the same key or with another encoding of it;
        // either may stay.
        let _ = self.verified_with.set(spki.into());
        Ok(())
    }
}

impl Extensions {
    fn read(extensions: Option<Reader<'_>>, issuer: &Dn) -> Result<Self, Malformed> {
        let mut this = Self::default();
        let Some(mut extensions) = extensions else { return Ok(this) };
        let [mut authority_key_id, mut number, mut point] = [Occurrence::default(); 3];
        while !extensions.is_empty() {
            let extension = Extension::read(&mut extensions).ok_or(MALFORMED_EXTENSION)?;
            let handled = match extension.oid {
                AUTHORITY_KEY_IDENTIFIER => authority_key_id.add(extension.value),
                ISSUING_DISTRIBUTION_POINT => point.add(extension.value),
                DELTA_CRL_INDICATOR => {
                    this.is_delta = true;
                    true
                }
                // OpenSSL reads the number, but counts a critical one as not handled.
                CRL_NUMBER => {
                    number.add(extension.value);
                    false
                }
                _ => false,
            };
            this.unhandled_critical |= extension.critical && !handled;
        }
        this.authority_key_id = this.decode(authority_key_id, AuthorityKeyId::parse);
        this.issuing_distribution_point =
            this.decode(point, |value| IssuingDistributionPoint::parse(value, issuer));
        let _ = this.decode(number, |value| {
            Value::whole_of(value, tag::INTEGER).filter(|integer| is_integer(integer))
        });
        Ok(this)
    }

    /// Reads the value of an extension, if it is there, and notes what is malformed.
    fn decode<'a, T>(
        &mut self,
        occurrence: Occurrence<'a>,
        parse: impl Fn(&'a [u8]) -> Option<T>,
    ) -> Option<T> {
        match occurrence {
            Occurrence::Absent => None,
            Occurrence::Single(value) => {
                let decoded = parse(value);
                self.malformed |= decoded.is_none();
                decoded
            }
            Occurrence::Repeated => {
                self.malformed = true;
                None
            }
        }
    }
}

/// The fields of a CertificateList as they are encoded.
struct Fields<'a> {
    /// tbsCertList, tag and length included.
    tbs: &'a [u8],
    inner_algorithm: &'a [u8],
    algorithm: &'a [u8],
    /// `None` if the BIT STRING has unused bits.
    signature: Option<&'a [u8]>,
    issuer: Value<'a>,
    this_update: Value<'a>,
    next_update: Option<Value<'a>>,
    entries: Option<Reader<'a>>,
    extensions: Option<Reader<'a>>,
}

impl<'a> Fields<'a> {
    fn read(der: &'a [u8]) -> Result<Self, Malformed> {
        let body = Value::whole_of(der, tag::SEQUENCE)
            .ok_or(Malformed("it is not one DER SEQUENCE, or something follows it"))?;
        let mut outer = Reader::new(body);
        let signed = outer.take_value(tag::SEQUENCE).ok_or(Malformed("there is no tbsCertList"))?;
        let algorithm = take_algorithm(&mut outer)?;
        let signature = outer
            .take(tag::BIT_STRING)
            .and_then(whole_octets)
            .filter(|_| outer.is_empty())
            .ok_or(Malformed("the signature is no BIT STRING, or something follows it"))?;
        let mut tbs = Reader::new(signed.body);
        // OpenSSL takes any number, and extensions in any version.
        if tbs.peek() == Some(tag::INTEGER) {
            tbs.take(tag::INTEGER)
                .filter(|version| is_integer(version))
                .ok_or(Malformed("the version is no INTEGER"))?;
        }
        let inner_algorithm = take_algorithm(&mut tbs)?;
        let issuer = tbs.take_value(tag::SEQUENCE).ok_or(Malformed("there is no issuer"))?;
        let this_update = time::take(&mut tbs).ok_or(Malformed("there is no thisUpdate"))?;
        let next_update = time::take(&mut tbs);
        let entries = tbs.take(tag::SEQUENCE).map(Reader::new);
        let extensions = match tbs.take(tag::constructed(0)) {
            Some(explicit) => {
                let list = Value::whole_of(explicit, tag::SEQUENCE).ok_or(MALFORMED_EXTENSION)?;
                Some(Reader::new(list))
            }
            None => None,
        };
        if !tbs.is_empty() {
            return Err(Malformed("a field of tbsCertList is not understood"));
        }
        Ok(Self {
            tbs: signed.raw,
            inner_algorithm,
            algorithm,
            signature,
            issuer,
            this_update,
            next_update,
            entries,
            extensions,
        })
    }
}

/// Takes an AlgorithmIdentifier, and returns it with tag and length.
fn take_algorithm<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Malformed> {
    const NONE: Malformed = Malformed("there is no AlgorithmIdentifier");
    let value = reader.take_value(tag::SEQUENCE).ok_or(NONE)?;
    let mut inside = Reader::new(value.body);
    inside.take(tag::OID).ok_or(NONE)?;
    if !inside.is_empty() {
        inside.any().filter(|_| inside.is_empty()).ok_or(NONE)?;
    }
    Ok(value.raw)
}

/// Returns the octets of a BIT STRING; `Some(None)` if it has unused bits, `None` if it is none.
#[expect(clippy::option_option, reason = "the first refuses the list, the second its signature")]
fn whole_octets(body: &[u8]) -> Option<Option<&[u8]>> {
    match body.split_first()? {
        (0, octets) => Some(Some(octets)),
        (1..=7, [_, ..]) => Some(None),
        _ => None,
    }
}

const MALFORMED_EXTENSION: Malformed = Malformed("an extension cannot be read");

/// Bytes of the longest list: seven million entries with random serial numbers of 16 octets, and
/// every offset fits 32 bits.
pub const MAX_LEN: usize = 256 << 20;

// RFC 5280 sections 5.2.1 to 5.2.5.
const AUTHORITY_KEY_IDENTIFIER: &[u8] = b"\x55\x1d\x23";
const CRL_NUMBER: &[u8] = b"\x55\x1d\x14";
const DELTA_CRL_INDICATOR: &[u8] = b"\x55\x1d\x1b";
const ISSUING_DISTRIBUTION_POINT: &[u8] = b"\x55\x1d\x1c";

#[cfg(test)]
mod tests {
    use super::super::crl_builder::{CrlBuilder, entry, extension, name, sequence, utc, value};
    use super::*;

    fn parse(list: &CrlBuilder) -> RevocationList {
        RevocationList::parse(&list.der()).unwrap()
    }

    fn refusal(list: &CrlBuilder) -> &'static str {
        RevocationList::parse(&list.der()).unwrap_err().0
    }

    #[test]
    fn what_openssl_reads_is_read() {
        let list =
            parse(&CrlBuilder::with_entries(&[entry(b"\x14", &[]), entry(b"\x00\x80", &[])]));
        assert_eq!(list.entry_count(), 2);
        assert_eq!(list.issuer().raw(), name("Root"));
        assert_eq!(list.this_update(), Some(1_672_531_200));
        assert_eq!(list.next_update(), NextUpdate::At(1_988_150_400));
        assert!(list.revokes(b"\x14") && list.revokes(b"\x00\x80"));
        assert!(!list.revokes(b"\x80") && !list.revokes(b"") && !list.revokes(b"\x14\x00"));
        assert!(!list.is_delta() && !list.has_unhandled_critical());

        for (what, list) in [
            ("v1", CrlBuilder { version: vec![], ..CrlBuilder::default() }),
            ("version 10", CrlBuilder { version: vec![2, 1, 9], ..CrlBuilder::default() }),
            ("no entries", CrlBuilder::with_entries(&[])),
            ("no extensions", CrlBuilder::with_extensions(&[])),
            (
                "v1 with extensions",
                CrlBuilder { version: vec![], ..CrlBuilder::with_extensions(&[number(false)]) },
            ),
            ("no issuer", CrlBuilder { issuer: sequence(&[]), ..CrlBuilder::default() }),
        ] {
            let list = parse(&list);
            assert_eq!(list.entry_count(), 0, "{what}");
            assert!(!list.has_malformed_extension(), "{what}");
        }
        let endless = parse(&CrlBuilder { next_update: vec![], ..CrlBuilder::default() });
        assert_eq!(endless.next_update(), NextUpdate::Absent);
    }

    #[test]
    fn times_are_judged_later() {
        let odd = || value(0x17, &[b"2301010000Z"]);
        let list =
            parse(&CrlBuilder { this_update: odd(), next_update: odd(), ..CrlBuilder::default() });
        assert_eq!(list.this_update(), None);
        assert_eq!(list.next_update(), NextUpdate::Unreadable);
    }

    /// d2i_X509_CRL() of OpenSSL 3.0.19 fails on each, except the first and the long length.
    #[test]
    fn malformed_lists_are_refused() {
        let mut trailing = CrlBuilder::default().der();
        trailing.push(0);
        assert!(RevocationList::parse(&trailing).is_err());
        assert!(RevocationList::parse(b"").is_err());
        for (list, says) in [
            (
                CrlBuilder { version: vec![2, 2, 0, 1], ..CrlBuilder::default() },
                "the version is no INTEGER",
            ),
            (CrlBuilder::with_entries(&[entry(b"", &[])]), "an entry cannot be read"),
            (CrlBuilder::with_entries(&[entry(b"\x00\x14", &[])]), "an entry cannot be read"),
            (CrlBuilder::with_entries(&[entry(b"\xff\xff", &[])]), "an entry cannot be read"),
            (
                CrlBuilder {
                    this_update: value(0x13, &[b"230101000000Z"]),
                    ..CrlBuilder::default()
                },
                "there is no thisUpdate",
            ),
            (
                CrlBuilder { algorithm: sequence(&[&[2, 1, 1]]), ..CrlBuilder::default() },
                "there is no AlgorithmIdentifier",
            ),
            (
                CrlBuilder { signature: value(3, &[b""]), ..CrlBuilder::default() },
                "the signature is no BIT STRING, or something follows it",
            ),
            (
                CrlBuilder { signature: value(3, &[b"\x08\xfe"]), ..CrlBuilder::default() },
                "the signature is no BIT STRING, or something follows it",
            ),
            (
                CrlBuilder { extensions: value(0xa0, &[]), ..CrlBuilder::default() },
                "an extension cannot be read",
            ),
            (
                CrlBuilder { extensions: value(0xa1, &[]), ..CrlBuilder::default() },
                "a field of tbsCertList is not understood",
            ),
            (
                CrlBuilder { issuer: value(0x31, &[]), ..CrlBuilder::default() },
                "there is no issuer",
            ),
        ] {
            assert_eq!(refusal(&list), says);
        }
    }

    #[test]
    fn every_shorter_prefix_is_an_error_and_none_panics() {
        let der = CrlBuilder {
            entries: sequence(&[&entry(b"\x14", &[])]),
            ..CrlBuilder::with_extensions(&[number(false)])
        };
        let der = der.der();
        for n in 0..der.len() {
            assert!(RevocationList::parse(&der[..n]).is_err(), "{n} bytes");
            let mut spoilt = der.clone();
            spoilt[n] = !spoilt[n];
            let _ = RevocationList::parse(&spoilt);
        }
    }

    #[test]
    fn critical_extensions() {
        let unknown = |critical| extension(99, critical, b"");
        for (list, critical) in [
            (CrlBuilder::with_extensions(&[unknown(false)]), false),
            (CrlBuilder::with_extensions(&[unknown(true)]), true),
            (CrlBuilder::with_extensions(&[unknown(false), unknown(false)]), false),
            (CrlBuilder::with_extensions(&[number(true)]), true),
            (CrlBuilder::with_extensions(&[extension(35, true, b"\x30\x00")]), false),
            (CrlBuilder::with_extensions(&[extension(28, true, b"\x30\x00")]), false),
            (CrlBuilder::with_extensions(&[extension(46, false, b"")]), false),
            (CrlBuilder::with_extensions(&[extension(46, true, b"")]), true),
            (CrlBuilder::with_entries(&[entry(b"\x01", &[unknown(false)])]), false),
            (CrlBuilder::with_entries(&[entry(b"\x01", &[unknown(true)])]), true),
        ] {
            let list = parse(&list);
            assert_eq!(list.has_unhandled_critical(), critical, "{list:?}");
            assert!(!list.has_malformed_extension(), "{list:?}");
        }
    }

    #[test]
    fn known_extensions_are_there_once_and_well_formed() {
        for extensions in [
            vec![number(false), number(false)],
            vec![extension(20, false, b"\x02\x02\x00\x01")],
            vec![extension(20, false, b"\x04\x01\x01")],
            vec![extension(28, true, b"\x30\x00"), extension(28, true, b"\x30\x00")],
            vec![extension(28, true, b"\x30\x00\x05\x00")],
            vec![extension(28, true, b"\x30\x03\x86\x01\xff")],
            vec![extension(35, false, b"\x04\x00")],
            vec![extension(35, false, b"\x30\x00"), extension(35, false, b"\x30\x00")],
        ] {
            assert!(
                parse(&CrlBuilder::with_extensions(&extensions)).has_malformed_extension(),
                "{extensions:02x?}"
            );
        }
    }

    #[test]
    fn a_delta_is_known_by_its_extension() {
        for payload in [&b"\x02\x01\x01"[..], b"", b"\x04\x00"] {
            let list = parse(&CrlBuilder::with_extensions(&[extension(27, true, payload)]));
            assert!(list.is_delta() && !list.has_unhandled_critical());
        }
    }

    #[test]
    fn other_inner_algorithms_and_odd_bits_are_bad_signatures() {
        let other = sequence(&[b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03"]);
        for list in [
            CrlBuilder { algorithm: other, ..CrlBuilder::default() },
            CrlBuilder { signature: value(3, &[b"\x01\xfe"]), ..CrlBuilder::default() },
        ] {
            assert_eq!(parse(&list).verify(b""), Err(SignatureFailure::Bad));
        }
    }

    /// Times are printed, not asserted: `cargo test --release million -- --nocapture`.
    #[test]
    fn a_million_entries() {
        const COUNT: u32 = 1_000_000;
        // Sixteen octets, as CAs make them: positive, and unordered.
        let serial = |n: u32| {
            let mut octets = [0x55; 16];
            octets[..4].copy_from_slice(&n.wrapping_mul(0x9e37_79b1).to_be_bytes());
            octets[0] = octets[0] & 0x3f | 0x40;
            octets[12..].copy_from_slice(&n.to_be_bytes());
            octets
        };
        let mut entries = Vec::new();
        for n in 0..COUNT {
            entries.extend(entry(&serial(n), &[]));
        }
        let der = CrlBuilder { entries: sequence(&[&entries]), ..CrlBuilder::default() }.der();
        drop(entries);
        let start = std::time::Instant::now();
        let list = RevocationList::parse(&der).unwrap();
        let loaded = start.elapsed();
        assert_eq!(list.entry_count(), 1_000_000);
        let start = std::time::Instant::now();
        for n in 0..COUNT {
            assert!(list.revokes(&serial(n)));
        }
        let found = start.elapsed() / COUNT;
        for n in COUNT..COUNT + 1000 {
            assert!(!list.revokes(&serial(n)));
        }
        println!("{} octets: loaded in {loaded:?}, looked up in {found:?}", der.len());
    }

    fn number(critical: bool) -> Vec<u8> {
        extension(20, critical, b"\x02\x01\x01")
    }

    #[test]
    fn a_date_in_any_form_is_no_matter() {
        let odd = sequence(&[b"\x02\x01\x14", &value(0x18, &[b"then"])]);
        assert!(parse(&CrlBuilder::with_entries(&[odd])).revokes(b"\x14"));
        let none = sequence(&[b"\x02\x01\x14", &utc("230101000000Z"), b"\x05\x00"]);
        assert_eq!(refusal(&CrlBuilder::with_entries(&[none])), "an entry cannot be read");
    }
}
