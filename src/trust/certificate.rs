//! One X.509 certificate of any version, read once.
//!
//! x509-parser checks the form of the public key. All other fields are read here, since x509-parser
//! accepts serial numbers, strings, times and extensions that OpenSSL refuses, and does not keep
//! every part as it is encoded.

use x509_parser::prelude::{FromDer, SubjectPublicKeyInfo};

use super::dn::Dn;
use super::extensions::{Extensions, key_usage, netscape};
use super::general_name::GeneralName;
use super::name_constraints::NameConstraints;
use super::policy::Level;
use super::raw_extension::Extension;
use super::span::Span;
use super::time;
use crate::crypto::{
    KeyKind, PublicKey, SignatureFailure, SignatureKind, describe_key, verify_signed,
};
use crate::der::{Reader, Value, is_integer, tag};

/// An owned certificate: its DER, and what the checks need of it.
#[derive(Clone, Debug)]
pub struct Certificate {
    der: Box<[u8]>,
    /// The signed part, tbsCertificate, with tag and length.
    tbs: Span,
    /// The outer AlgorithmIdentifier.
    algorithm: Span,
    /// The signature's octets; `None` if the BIT STRING has unused bits.
    signature: Option<Span>,
    serial: Span,
    spki: Span,
    is_v1: bool,
    issuer: Dn,
    subject: Dn,
    not_before: Option<i64>,
    not_after: Option<i64>,
    /// notBefore and notAfter in more forms than RFC 5280 allows, to be shown only.
    shown_dates: [Option<i64>; 2],
    /// The inner and the outer AlgorithmIdentifier are the same.
    algorithms_agree: bool,
    /// `None` if OpenSSL could not decode the key.
    key: Option<KeyStrength>,
    /// The algorithm of the signature, by the outer AlgorithmIdentifier.
    signed_with: Option<SignatureKind>,
    /// The kind of the issuer's key, by the inner AlgorithmIdentifier, which OpenSSL looks at.
    issuer_key: Option<KeyKind>,
    extensions: Extensions,
    self_issued: bool,
    self_signed: bool,
}

/// The reason why bytes cannot be read as a certificate or a CRL.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Malformed(pub &'static str);

/// Kind and strength of a public key.
#[derive(Clone, Copy, Debug)]
struct KeyStrength {
    kind: KeyKind,
    security_bits: u32,
    explicit_curve: bool,
}

impl Certificate {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// `Malformed` if OpenSSL could not read it.
    pub fn parse(der: &[u8]) -> Result<Self, Malformed> {
        let cut = Malformed("not an X.509 certificate in DER");
        let fields = Fields::read(der).ok_or(cut)?;
        let name = Malformed("a certificate with a name that cannot be read");
        let issuer = Dn::parse(fields.issuer).ok_or(name)?;
        let subject = Dn::parse(fields.subject).ok_or(name)?;
        let raw = read_extensions(fields.extensions)
            .ok_or(Malformed("a certificate with extensions that cannot be read"))?;
        let extensions = Extensions::read(der, &raw);
        let key = PublicKey::parse(fields.spki).map(|key| KeyStrength {
            kind: key.kind,
            security_bits: key.security_bits,
            explicit_curve: key.explicit_curve,
        });
        let span = |part: &[u8]| Span::of(der, part).ok_or(cut);
        let mut certificate = Self {
            tbs: span(fields.tbs)?,
            algorithm: span(fields.algorithm)?,
            signature: fields.signature.and_then(|signature| Span::of(der, signature)),
            serial: span(fields.serial)?,
            spki: span(fields.spki)?,
            is_v1: fields.version == [0],
            self_issued: issuer == subject,
            issuer,
            subject,
            not_before: fields.not_before,
            not_after: fields.not_after,
            shown_dates: fields.shown_dates,
            algorithms_agree: fields.inner_algorithm == fields.algorithm,
            key,
            signed_with: SignatureKind::parse(fields.algorithm),
            issuer_key: SignatureKind::parse(fields.inner_algorithm).map(|kind| kind.key),
            extensions,
            self_signed: false,
            der: der.into(),
        };
        certificate.self_signed =
            certificate.self_issued && certificate.may_be_issued_by(&certificate);
        Ok(certificate)
    }

    /// Returns the whole certificate.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    pub fn subject(&self) -> &Dn {
        &self.subject
    }

    pub fn issuer(&self) -> &Dn {
        &self.issuer
    }

    /// Returns the serial number: the content octets of the INTEGER.
    pub fn serial(&self) -> &[u8] {
        self.serial.within(&self.der)
    }

    /// Returns the SubjectPublicKeyInfo, tag and length included.
    pub fn spki(&self) -> &[u8] {
        self.spki.within(&self.der)
    }

    /// Returns notBefore in Unix seconds; `None` if it has a form that RFC 5280 does not allow.
    pub fn not_before(&self) -> Option<i64> {
        self.not_before
    }

    /// Returns notAfter in Unix seconds; `None` if it has a form that RFC 5280 does not allow.
    pub fn not_after(&self) -> Option<i64> {
        self.not_after
    }

    /// Returns notBefore as MySQL shows it, "Nov 19 06:55:31 2026 GMT" (T124); `None` if OpenSSL
    /// could not print it.
    pub fn not_before_text(&self) -> Option<String> {
        let [not_before, _] = self.shown_dates;
        not_before.and_then(time::openssl_text)
    }

    /// Returns notAfter as MySQL shows it, "Nov 19 06:55:31 2036 GMT" (T124); `None` if OpenSSL
    /// could not print it.
    pub fn not_after_text(&self) -> Option<String> {
        let [_, not_after] = self.shown_dates;
        not_after.and_then(time::openssl_text)
    }

    /// Whether subject and issuer are the same name.
    pub fn is_self_issued(&self) -> bool {
        self.self_issued
    }

    /// Whether it is self-issued, and key identifiers and the kind of its key allow that it signed
    /// itself. The signature is not verified.
    pub fn is_self_signed(&self) -> bool {
        self.self_signed
    }

    /// Whether basicConstraints has cA set.
    pub fn is_ca(&self) -> bool {
        self.extensions.basic_constraints.is_some_and(|constraints| constraints.ca)
    }

    /// Returns the bits of keyUsage, as in [`key_usage`]; `None` without the extension.
    pub fn key_usage(&self) -> Option<u16> {
        self.extensions.key_usage
    }

    pub fn subject_key_id(&self) -> Option<&[u8]> {
        self.extensions.subject_key_id.map(|span| span.within(&self.der))
    }

    /// Returns the value of cRLDistributionPoints; `None` without the extension, and where it
    /// cannot be read.
    pub fn crl_distribution_points(&self) -> Option<&[u8]> {
        self.extensions.crl_distribution_points.map(|span| span.within(&self.der))
    }

    /// Returns the names of subjectAltName; `None` without the extension, and where it cannot be
    /// read.
    pub fn alt_names(&self) -> Option<Vec<GeneralName<'_>>> {
        GeneralName::parse(self.extensions.alt_names?.within(&self.der))
    }

    pub fn name_constraints(&self) -> Option<&NameConstraints> {
        self.extensions.name_constraints.as_ref()
    }

    /// Whether an extension cannot be read, or contradicts another.
    #[cfg(feature = "internals")]
    pub fn is_inconsistent(&self) -> bool {
        self.extensions.invalid
    }

    pub(super) fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// Whether its key is strong enough for the level. One that cannot be decoded is so on level 0
    /// only.
    pub(super) fn key_suffices(&self, level: Level) -> bool {
        let decoded = self.has_key() || level == Level::Zero;
        decoded && self.key_bits() >= level.bits()
    }

    /// Whether the key could be decoded.
    pub(super) fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// Returns words for the kind of its key, if OpenSSL does not know the algorithm either: such a
    /// key is neither weak nor malformed.
    pub(super) fn unknown_key(&self) -> Option<String> {
        let spki = self.spki();
        let is_unknown = !self.has_key() && !PublicKey::is_known(spki);
        is_unknown.then(|| describe_key(spki))
    }

    /// Returns words for the algorithm that it is signed with, if OpenSSL does not know it either.
    pub(super) fn unknown_signature(&self) -> Option<String> {
        let is_unknown = self.signed_with.is_none() || self.issuer_key.is_none();
        is_unknown.then(|| SignatureKind::describe(self.algorithm.within(&self.der)))
    }

    fn key_bits(&self) -> u32 {
        self.key.map_or(0, |key| key.security_bits)
    }

    /// Whether the key's curve is given by its parameters and not by name.
    pub(super) fn has_explicit_curve(&self) -> bool {
        self.key.is_some_and(|key| key.explicit_curve)
    }

    /// Returns the signature algorithm; `None` for one that OpenSSL does not know.
    pub(super) fn signed_with(&self) -> Option<SignatureKind> {
        self.signed_with
    }

    /// Whether notBefore has come and notAfter has not.
    pub(super) fn is_in_time(&self, now: i64) -> bool {
        let has_begun = self.not_before.is_some_and(|begin| begin <= now);
        has_begun && self.not_after.is_some_and(|end| end > now)
    }

    /// Returns what makes it a CA, as OpenSSL's X509_check_ca(): 0 nothing, 1 basicConstraints, 3
    /// being a self-signed version 1, 4 keyUsage, 5 Netscape's certificate type.
    pub(super) fn ca_kind(&self) -> u8 {
        let extensions = &self.extensions;
        let may_sign = |usage| usage & key_usage::CERT_SIGN != 0;
        match (extensions.key_usage, extensions.basic_constraints) {
            _ if extensions.invalid => 0,
            (Some(usage), _) if !may_sign(usage) => 0,
            (_, Some(constraints)) => u8::from(constraints.ca),
            _ if self.is_v1 && self.self_signed => 3,
            (Some(_), None) => 4,
            (None, None) => match extensions.netscape_type {
                Some(kind) if kind & netscape::ANY_CA != 0 => 5,
                _ => 0,
            },
        }
    }

    /// Whether `issuer` can have issued it, by names, key identifiers and the kind of key. The
    /// signature is not verified (OpenSSL's x509_likely_issued()).
    pub(super) fn may_be_issued_by(&self, issuer: &Self) -> bool {
        self.issuer == issuer.subject
            && !issuer.extensions.invalid
            && !self.extensions.invalid
            && self.names_issuer(issuer)
            && self.key_fits(issuer)
    }

    /// Verifies its signature with the issuer's key.
    ///
    /// # Errors
    /// `Bad` if the signature is wrong, `Unsupported` if it cannot be verified.
    pub(super) fn verify_signature(&self, issuer: &Self) -> Result<(), SignatureFailure> {
        if !self.algorithms_agree {
            return Err(SignatureFailure::Bad);
        }
        let signature = self.signature.ok_or(SignatureFailure::Bad)?;
        let at = |span: Span| span.within(&self.der);
        verify_signed(at(self.algorithm), at(self.tbs), at(signature), issuer.spki())
    }

    /// Whether another key than that of this certificate of the issuer's name signed it: by the kind
    /// of key, by key identifiers, or by the signature where these are missing.
    pub(super) fn is_by_other_key(&self, issuer: &Self) -> bool {
        let key_id = self.extensions.authority_key_id.as_ref();
        let differs = key_id.and_then(|key_id| key_id.is_of_other_key(issuer));
        !self.key_fits(issuer)
            || differs
                .unwrap_or_else(|| self.verify_signature(issuer) == Err(SignatureFailure::Bad))
    }

    /// Whether authorityKeyIdentifier, if there is one, identifies `issuer`.
    fn names_issuer(&self, issuer: &Self) -> bool {
        self.extensions.authority_key_id.as_ref().is_none_or(|key_id| key_id.identifies(issuer))
    }

    /// Whether the issuer's key is of the kind that the signature algorithm needs.
    fn key_fits(&self, issuer: &Self) -> bool {
        match (self.issuer_key, issuer.key) {
            (Some(needed), Some(key)) => key.kind.signs(needed),
            _ => false,
        }
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

/// The fields of a certificate (RFC 5280 section 4.1) as they are encoded.
struct Fields<'a> {
    tbs: &'a [u8],
    algorithm: &'a [u8],
    /// `None` if the BIT STRING has unused bits.
    signature: Option<&'a [u8]>,
    version: &'a [u8],
    serial: &'a [u8],
    inner_algorithm: &'a [u8],
    issuer: &'a [u8],
    not_before: Option<i64>,
    not_after: Option<i64>,
    shown_dates: [Option<i64>; 2],
    subject: &'a [u8],
    spki: &'a [u8],
    /// The SEQUENCE inside its explicit tag.
    extensions: Option<&'a [u8]>,
}

impl<'a> Fields<'a> {
    fn read(der: &'a [u8]) -> Option<Self> {
        let mut outer = Value::whole(der)?.sequence()?;
        let tbs = outer.take_value(tag::SEQUENCE)?;
        let algorithm = outer.take_value(tag::SEQUENCE)?.raw;
        let signature = outer.take(tag::BIT_STRING)?.split_first()?;
        if !outer.is_empty() {
            return None;
        }
        let mut inner = Reader::new(tbs.body);
        // Version 1 is the default, and some certificates encode it. Any number is accepted, as by
        // OpenSSL.
        let version = match inner.take(tag::constructed(0)) {
            Some(explicit) => Value::whole_of(explicit, tag::INTEGER).filter(|v| is_integer(v))?,
            None => &[0],
        };
        let serial = inner.take(tag::INTEGER).filter(|serial| is_integer(serial))?;
        let inner_algorithm = inner.take_value(tag::SEQUENCE)?.raw;
        let issuer = inner.take_value(tag::SEQUENCE)?.raw;
        let mut validity = Reader::new(inner.take(tag::SEQUENCE)?);
        let (begin, end) = (time::take(&mut validity)?, time::take(&mut validity)?);
        let subject = inner.take_value(tag::SEQUENCE)?.raw;
        let spki = inner.take_value(tag::SEQUENCE)?.raw;
        // x509-parser ignores what follows the BIT STRING inside; OpenSSL does not.
        SubjectPublicKeyInfo::from_der(spki).ok().filter(|(_, info)| info.raw == spki)?;
        // issuerUniqueID and subjectUniqueID are not used.
        for unique_id in [1, 2] {
            let bits = inner.take(tag::context(unique_id));
            bits.is_none_or(is_bit_string).then_some(())?;
        }
        let extensions = inner.take(tag::constructed(3));
        if !inner.is_empty() || !validity.is_empty() {
            return None;
        }
        Some(Self {
            tbs: tbs.raw,
            algorithm,
            signature: (signature.0 == &0).then_some(signature.1),
            version,
            serial,
            inner_algorithm,
            issuer,
            not_before: time::parse(&begin),
            not_after: time::parse(&end),
            shown_dates: [&begin, &end].map(time::parse_printable),
            subject,
            spki,
            extensions,
        })
    }
}

/// Reads the Extensions of a certificate; `None` if one cannot be read.
fn read_extensions(list: Option<&[u8]>) -> Option<Vec<Extension<'_>>> {
    let Some(list) = list else { return Some(Vec::new()) };
    let mut list = Reader::new(Value::whole_of(list, tag::SEQUENCE)?);
    let mut found = Vec::new();
    while !list.is_empty() {
        found.push(Extension::read(&mut list)?);
    }
    Some(found)
}

/// Whether these can be a BIT STRING's content octets.
fn is_bit_string(body: &[u8]) -> bool {
    matches!(body, [0] | [0..=7, _, ..])
}

#[cfg(test)]
mod tests {
    use super::super::crl_builder::{name, sequence, utc, value};
    use super::*;

    /// Returns a certificate with `behind` at the end of its SubjectPublicKeyInfo, and `tail` after
    /// that.
    fn certificate(behind: &[u8], tail: &[u8]) -> Vec<u8> {
        let algorithm = sequence(&[b"\x06\x03\x2b\x65\x70"]);
        let bits = value(tag::BIT_STRING, &[&[0; 33]]);
        let (root, dates) = (name("Root"), [utc("200101000000Z"), utc("491231000000Z")].concat());
        let tbs = sequence(&[
            b"\xa0\x03\x02\x01\x02",
            &value(tag::INTEGER, &[&[1]]),
            &algorithm,
            &root,
            &sequence(&[&dates]),
            &root,
            &sequence(&[&algorithm, &bits, behind]),
            tail,
        ]);
        sequence(&[&tbs, &algorithm, &value(tag::BIT_STRING, &[&[0; 65]])])
    }

    #[test]
    fn dates_are_shown_as_mysql_shows_them() {
        let certificate = Certificate::parse(&certificate(b"", b"")).unwrap();
        let shown = |text: &str| Some(text.to_owned());
        assert_eq!(certificate.not_before_text(), shown("Jan  1 00:00:00 2020 GMT"));
        assert_eq!(certificate.not_after_text(), shown("Dec 31 00:00:00 2049 GMT"));
    }

    /// The expected results are those of OpenSSL's d2i_X509().
    #[test]
    fn nothing_follows_the_bits_of_a_key() {
        assert!(Certificate::parse(&certificate(b"", b"")).is_ok());
        for behind in [&b"\x05\x00"[..], b"\x00", b"\x03\x01\x00"] {
            assert!(Certificate::parse(&certificate(behind, b"")).is_err(), "{behind:02x?}");
        }
    }

    /// The expected results are those of OpenSSL's d2i_X509().
    #[test]
    fn what_follows_the_key_has_its_form() {
        let extension = |fields: &[u8]| {
            let list = sequence(&[&sequence(&[b"\x06\x03\x2a\x03\x04", fields])]);
            value(tag::constructed(3), &[&list])
        };
        for (tail, good) in [
            (extension(b"\x04\x00"), true),
            (extension(b"\x01\x01\xff\x04\x00"), true),
            (extension(b"\x04\x00\xde\xad"), false),
            (extension(b"\x04\x00\x01\x01\xff"), false),
            (extension(b"\x84\x00"), false),
            (extension(b"\x44\x00"), false),
            (extension(b"\xc4\x00"), false),
            (extension(b"\x81\x01\xff\x04\x00"), false),
            (extension(b"\x41\x01\xff\x04\x00"), false),
            (b"\xa3\x00".to_vec(), false),
            (b"\x81\x00".to_vec(), false),
            (b"\x82\x01\xff".to_vec(), false),
            (b"\x81\x02\x00\x01\x82\x01\x00".to_vec(), true),
        ] {
            assert_eq!(Certificate::parse(&certificate(b"", &tail)).is_ok(), good, "{tail:02x?}");
        }
    }
}
