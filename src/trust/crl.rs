//! Certificate revocation lists (RFC 5280 section 5), as OpenSSL reads them.
//!
//! A list is one owned buffer of DER and an index into it: [`Revoked`] has four octets for an
//! entry, where a tree of parsed values would have several hundred.

use std::ops::Range;
use std::sync::OnceLock;

use super::authority_key_id::AuthorityKeyId;
use super::distribution_point::IssuingDistributionPoint;
use super::raw_extension::{Extension, Once};
use super::revoked_serials::Revoked;
use super::{Dn, Malformed, time};
use crate::crypto::{self, SignatureFailure};
use crate::der::{Reader, Value, is_integer, tag};

/// A list, read once.
#[derive(Debug)]
pub struct RevocationList {
    der: Box<[u8]>,
    /// What is signed: tbsCertList, tag and length included.
    signed: Range<usize>,
    /// The outer AlgorithmIdentifier; `None` if the inner one says something else.
    algorithm: Option<Range<usize>>,
    /// `None` if the BIT STRING does not end with an octet.
    signature: Option<Range<usize>>,
    issuer: Dn,
    this_update: Option<i64>,
    next_update: NextUpdate,
    revoked: Revoked,
    extensions: Extensions,
    /// The SubjectPublicKeyInfo under which the signature was found good.
    ///
    /// A list of a million entries has 40 MB to hash, which no handshake should wait for twice. Only
    /// a key that verified is kept, so whoever sends another key cannot displace the issuer's.
    verified: OnceLock<Box<[u8]>>,
}

/// A list's end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum NextUpdate {
    /// OpenSSL takes such a list for good, for ever.
    Absent,
    Unreadable,
    At(i64),
}

/// What a list's extensions say.
#[derive(Debug, Default)]
struct Extensions {
    authority_key_id: Option<AuthorityKeyId>,
    issuing_distribution_point: Option<IssuingDistributionPoint>,
    delta: bool,
    critical: bool,
    malformed: bool,
}

impl RevocationList {
    /// # Errors
    /// `Malformed` if OpenSSL could not read it, if it is not DER, or if it is out of bounds.
    pub fn parse(der: &[u8]) -> Result<Self, Malformed> {
        if der.len() > MAX_LEN {
            return Err(Malformed("the list is longer than 256 MiB"));
        }
        let der: Box<[u8]> = der.into();
        let fields = Fields::read(&der)?;
        let issuer = Dn::parse(fields.issuer.raw).ok_or(Malformed("the issuer is no Name"))?;
        let extensions = Extensions::read(fields.extensions, &issuer)?;
        let revoked = Revoked::read(&der, fields.entries, &issuer)?;
        let within = |part| span(&der, part).ok_or(Malformed("the list is not whole"));
        Ok(Self {
            signed: within(fields.signed)?,
            // RFC 5280 section 5.1.1.2: both MUST be the same. OpenSSL does not compare them; we
            // take a difference for a bad signature, as OpenSSL does with certificates.
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
            verified: OnceLock::new(),
            der,
        })
    }

    pub fn der(&self) -> &[u8] {
        &self.der
    }

    pub fn issuer(&self) -> &Dn {
        &self.issuer
    }

    /// Unix seconds; `None` if the field has a form that RFC 5280 does not allow.
    pub fn this_update(&self) -> Option<i64> {
        self.this_update
    }

    /// Number of revoked serial numbers.
    #[cfg(feature = "internals")]
    pub fn entry_count(&self) -> usize {
        self.revoked.entry_count()
    }

    /// Whether it only says what changed since another list.
    ///
    /// OpenSSL 3.0.19 takes it for a full list, by which a newer delta without a certificate hides
    /// that the full list has it. OpenSSL 3.0.22 ignores it, and so do we.
    pub fn is_delta(&self) -> bool {
        self.extensions.delta
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

    /// Whether the list or any of its entries has a critical extension that is not understood.
    pub(super) fn has_unhandled_critical(&self) -> bool {
        self.extensions.critical || self.revoked.has_unhandled_critical()
    }

    /// Whether an extension that is understood cannot be read, or is there twice.
    pub(super) fn has_malformed_extension(&self) -> bool {
        self.extensions.malformed || self.revoked.has_malformed_extension()
    }

    /// Whether the issuer's certificate with this serial number, as INTEGER content, is revoked.
    pub fn revokes(&self, serial: &[u8]) -> bool {
        self.revoked.contains(&self.der, serial)
    }

    /// Whether the signature was found good under this SubjectPublicKeyInfo before.
    pub(super) fn is_verified(&self, spki: &[u8]) -> bool {
        self.verified.get().is_some_and(|known| **known == *spki)
    }

    /// # Errors
    /// `Unsupported` if the provider lacks the algorithm; `Bad` for anything else that is wrong.
    pub(super) fn verify(&self, spki: &[u8]) -> Result<(), SignatureFailure> {
        if self.is_verified(spki) {
            return Ok(());
        }
        let part = |range: &Range<usize>| self.der.get(range.clone()).ok_or(SignatureFailure::Bad);
        let algorithm = part(self.algorithm.as_ref().ok_or(SignatureFailure::Bad)?)?;
        let signature = part(self.signature.as_ref().ok_or(SignatureFailure::Bad)?)?;
        crypto::verify_signed(algorithm, part(&self.signed)?, signature, spki)
    }

    /// The same, for the key of a CA that is trusted or vouched for.
    ///
    /// # Errors
    /// As `verify`.
    pub(super) fn verify_and_remember(&self, spki: &[u8]) -> Result<(), SignatureFailure> {
        self.verify(spki)?;
        // Another thread may have been first, with the same key or with an equal one that is written
        // differently; either is as good.
        let _ = self.verified.set(spki.into());
        Ok(())
    }
}

impl Extensions {
    fn read(extensions: Option<Reader<'_>>, issuer: &Dn) -> Result<Self, Malformed> {
        let mut this = Self::default();
        let Some(mut extensions) = extensions else { return Ok(this) };
        let [mut authority_key, mut number, mut point] = [Once::default(); 3];
        while !extensions.is_empty() {
            let extension = Extension::read(&mut extensions).ok_or(MALFORMED_EXTENSION)?;
            let handled = match extension.oid {
                AUTHORITY_KEY_IDENTIFIER => authority_key.put(extension.value),
                ISSUING_DISTRIBUTION_POINT => point.put(extension.value),
                DELTA_CRL_INDICATOR => {
                    this.delta = true;
                    true
                }
                // OpenSSL reads the number, and yet counts a critical one as not handled.
                CRL_NUMBER => {
                    number.put(extension.value);
                    false
                }
                _ => false,
            };
            this.critical |= extension.critical && !handled;
        }
        this.authority_key_id = this.decode(authority_key, AuthorityKeyId::parse);
        this.issuing_distribution_point =
            this.decode(point, |value| IssuingDistributionPoint::parse(value, issuer));
        let _ = this.decode(number, |value| {
            Value::whole_of(value, tag::INTEGER).filter(|integer| is_integer(integer))
        });
        Ok(this)
    }

    fn decode<'a, T>(
        &mut self,
        once: Once<'a>,
        parse: impl Fn(&'a [u8]) -> Option<T>,
    ) -> Option<T> {
        match once {
            Once::Never => None,
            Once::Value(value) => {
                let decoded = parse(value);
                self.malformed |= decoded.is_none();
                decoded
            }
            Once::Again => {
                self.malformed = true;
                None
            }
        }
    }
}

/// A CertificateList's fields, uninterpreted.
struct Fields<'a> {
    signed: &'a [u8],
    inner_algorithm: &'a [u8],
    algorithm: &'a [u8],
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
            signed: signed.raw,
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

/// An AlgorithmIdentifier, tag and length included.
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

/// The octets of a BIT STRING, `Some(None)` if bits are left over.
#[expect(clippy::option_option, reason = "no BIT STRING at all, and one that no signature is")]
fn whole_octets(body: &[u8]) -> Option<Option<&[u8]>> {
    match body.split_first()? {
        (0, octets) => Some(Some(octets)),
        (1..=7, [_, ..]) => Some(None),
        _ => None,
    }
}

/// Where `part` lies in `whole`.
fn span(whole: &[u8], part: &[u8]) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    let range = start..start.checked_add(part.len())?;
    (range.end <= whole.len()).then_some(range)
}

const MALFORMED_EXTENSION: Malformed = Malformed("an extension cannot be read");

/// What a file may have: room for seven million entries of CAs that use random serial numbers, and
/// every offset fits 32 bits.
pub const MAX_LEN: usize = 256 << 20;

// RFC 5280 sections 5.2.1 to 5.2.5.
const AUTHORITY_KEY_IDENTIFIER: &[u8] = b"\x55\x1d\x23";
const CRL_NUMBER: &[u8] = b"\x55\x1d\x14";
const DELTA_CRL_INDICATOR: &[u8] = b"\x55\x1d\x1b";
const ISSUING_DISTRIBUTION_POINT: &[u8] = b"\x55\x1d\x1c";

#[cfg(test)]
mod tests {
    use super::super::crl_builder::{List, entry, extension, name, sequence, utc, value};
    use super::*;

    fn parse(list: &List) -> RevocationList {
        RevocationList::parse(&list.der()).unwrap()
    }

    fn refusal(list: &List) -> &'static str {
        RevocationList::parse(&list.der()).unwrap_err().0
    }

    #[test]
    fn what_openssl_reads_is_read() {
        let list = parse(&List::of(&[entry(b"\x14", &[]), entry(b"\x00\x80", &[])]));
        assert_eq!(list.entry_count(), 2);
        assert_eq!(list.issuer().raw(), name("Root"));
        assert_eq!(list.this_update(), Some(1_672_531_200));
        assert_eq!(list.next_update(), NextUpdate::At(1_988_150_400));
        assert!(list.revokes(b"\x14") && list.revokes(b"\x00\x80"));
        assert!(!list.revokes(b"\x80") && !list.revokes(b"") && !list.revokes(b"\x14\x00"));
        assert!(!list.is_delta() && !list.has_unhandled_critical());

        for (what, list) in [
            ("v1", List { version: vec![], ..List::default() }),
            ("version 10", List { version: vec![2, 1, 9], ..List::default() }),
            ("no entries", List::of(&[])),
            ("no extensions", List::with(&[])),
            ("v1 with extensions", List { version: vec![], ..List::with(&[number(false)]) }),
            ("no issuer", List { issuer: sequence(&[]), ..List::default() }),
        ] {
            let list = parse(&list);
            assert_eq!(list.entry_count(), 0, "{what}");
            assert!(!list.has_malformed_extension(), "{what}");
        }
        let endless = parse(&List { next_update: vec![], ..List::default() });
        assert_eq!(endless.next_update(), NextUpdate::Absent);
    }

    #[test]
    fn times_are_judged_later() {
        let odd = || value(0x17, &[b"2301010000Z"]);
        let list = parse(&List { this_update: odd(), next_update: odd(), ..List::default() });
        assert_eq!(list.this_update(), None);
        assert_eq!(list.next_update(), NextUpdate::Unreadable);
    }

    /// d2i_X509_CRL() of OpenSSL 3.0.19 fails on each of them, but for the first and the long length.
    #[test]
    fn malformed_lists_are_refused() {
        let mut trailing = List::default().der();
        trailing.push(0);
        assert!(RevocationList::parse(&trailing).is_err());
        assert!(RevocationList::parse(b"").is_err());
        for (list, says) in [
            (List { version: vec![2, 2, 0, 1], ..List::default() }, "the version is no INTEGER"),
            (List::of(&[entry(b"", &[])]), "an entry cannot be read"),
            (List::of(&[entry(b"\x00\x14", &[])]), "an entry cannot be read"),
            (List::of(&[entry(b"\xff\xff", &[])]), "an entry cannot be read"),
            (
                List { this_update: value(0x13, &[b"230101000000Z"]), ..List::default() },
                "there is no thisUpdate",
            ),
            (
                List { algorithm: sequence(&[&[2, 1, 1]]), ..List::default() },
                "there is no AlgorithmIdentifier",
            ),
            (
                List { signature: value(3, &[b""]), ..List::default() },
                "the signature is no BIT STRING, or something follows it",
            ),
            (
                List { signature: value(3, &[b"\x08\xfe"]), ..List::default() },
                "the signature is no BIT STRING, or something follows it",
            ),
            (
                List { extensions: value(0xa0, &[]), ..List::default() },
                "an extension cannot be read",
            ),
            (
                List { extensions: value(0xa1, &[]), ..List::default() },
                "a field of tbsCertList is not understood",
            ),
            (List { issuer: value(0x31, &[]), ..List::default() }, "there is no issuer"),
        ] {
            assert_eq!(refusal(&list), says);
        }
    }

    #[test]
    fn every_shorter_prefix_is_an_error_and_none_panics() {
        let der =
            List { entries: sequence(&[&entry(b"\x14", &[])]), ..List::with(&[number(false)]) };
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
            (List::with(&[unknown(false)]), false),
            (List::with(&[unknown(true)]), true),
            (List::with(&[unknown(false), unknown(false)]), false),
            (List::with(&[number(true)]), true),
            (List::with(&[extension(35, true, b"\x30\x00")]), false),
            (List::with(&[extension(28, true, b"\x30\x00")]), false),
            (List::with(&[extension(46, false, b"")]), false),
            (List::with(&[extension(46, true, b"")]), true),
            (List::of(&[entry(b"\x01", &[unknown(false)])]), false),
            (List::of(&[entry(b"\x01", &[unknown(true)])]), true),
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
            assert!(parse(&List::with(&extensions)).has_malformed_extension(), "{extensions:02x?}");
        }
    }

    #[test]
    fn a_delta_is_known_by_its_extension() {
        for payload in [&b"\x02\x01\x01"[..], b"", b"\x04\x00"] {
            let list = parse(&List::with(&[extension(27, true, payload)]));
            assert!(list.is_delta() && !list.has_unhandled_critical());
        }
    }

    #[test]
    fn other_inner_algorithms_and_odd_bits_are_bad_signatures() {
        let other = sequence(&[b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03"]);
        for list in [
            List { algorithm: other, ..List::default() },
            List { signature: value(3, &[b"\x01\xfe"]), ..List::default() },
        ] {
            assert_eq!(parse(&list).verify(b""), Err(SignatureFailure::Bad));
        }
    }

    /// Times are printed, not asserted: `cargo test --release million -- --nocapture`.
    #[test]
    fn a_million_entries() {
        const COUNT: u32 = 1_000_000;
        // Sixteen octets, as CAs make them: positive, and in no order.
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
        let der = List { entries: sequence(&[&entries]), ..List::default() }.der();
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
        assert!(parse(&List::of(&[odd])).revokes(b"\x14"));
        let none = sequence(&[b"\x02\x01\x14", &utc("230101000000Z"), b"\x05\x00"]);
        assert_eq!(refusal(&List::of(&[none])), "an entry cannot be read");
    }
}
