//! The validator beside webpki. They differ by design, in the ways that `Lax` and `Strict` list and
//! in no others.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::{CertificateError, RootCertStore};
use tlsql::trust::{Certificate, GeneralName, Level, Name, Purpose, Refusal, verify};

use super::asn1::contains;
use super::chain_case::ChainCase;
use super::cursor::Cursor;

pub fn run(data: &[u8]) {
    compare(data);
}

/// Returns whether we accept, and webpki does; `None` if webpki cannot be asked.
pub fn compare(data: &[u8]) -> Option<(bool, bool)> {
    let mut script = Cursor::new(data);
    let case = ChainCase::read(&mut script)?;
    // Without a list webpki does not look for revocation at all.
    if case.lists.is_empty() && case.store.checks_revocation() {
        return None;
    }
    match verify(&case.store, &case.leaf, &case.others, &case.policy, case.now) {
        Ok((chain, _)) => {
            let (last, others) = chain[1..].split_last().unwrap_or((&chain[0], &[]));
            match ask_webpki(&case, others, &[*last])? {
                Ok(()) => Some((true, true)),
                Err(error) => {
                    let reason = format!("{error:?}");
                    assert!(Lax::of(&case, &chain).may(&reason), "webpki says {reason}");
                    Some((true, false))
                }
            }
        }
        Err(refusal) => {
            let others: Vec<_> = case.others.iter().collect();
            let anchors: Vec<_> = case.anchors.iter().collect();
            let accepts = ask_webpki(&case, &others, &anchors)?.is_ok();
            let (number, depth) = (refusal.error.number(), refusal.depth);
            let expected = !accepts || Strict::of(&case, &refusal).may(number);
            assert!(expected, "webpki accepts what has {number} at {depth}");
            Some((false, accepts))
        }
    }
}

/// Returns webpki's verdict; `None` if it cannot use the anchors or lists.
fn ask_webpki(
    case: &ChainCase,
    others: &[&Certificate],
    anchors: &[&Certificate],
) -> Option<Result<(), rustls::Error>> {
    static PROVIDER: LazyLock<Arc<CryptoProvider>> =
        LazyLock::new(|| Arc::new(rustls::crypto::ring::default_provider()));
    let der = |certificate: &Certificate| CertificateDer::from(certificate.der().to_vec());
    let mut roots = RootCertStore::empty();
    for anchor in anchors {
        // One that it cannot read makes it trust less.
        let _ = roots.add(der(anchor));
    }
    let (roots, provider) = (Arc::new(roots), PROVIDER.clone());
    let lists = case.lists.iter().cloned().map(CertificateRevocationListDer::from);
    let lists: Vec<_> = lists.collect();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(case.now).ok()?));
    let leaf = der(&case.leaf);
    let others: Vec<_> = others.iter().map(|other| der(other)).collect();
    Some(match case.policy.purpose {
        Purpose::Server => {
            let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider)
                .with_crls(lists)
                .enforce_revocation_expiration()
                .build()
                .ok()?;
            let name = match &case.policy.name {
                None => ServerName::try_from("unnamed.test").unwrap(),
                Some(Name::Dns(host)) => ServerName::try_from(host.clone()).unwrap(),
                Some(Name::Ip { address, .. }) => ServerName::from(*address),
            };
            match verifier.verify_server_cert(&leaf, &others, &name, &[], now) {
                Ok(_) => Ok(()),
                // The name comes last: everything before it holds.
                Err(rustls::Error::InvalidCertificate(
                    CertificateError::NotValidForName
                    | CertificateError::NotValidForNameContext { .. },
                )) if case.policy.name.is_none() => Ok(()),
                Err(error) => Err(error),
            }
        }
        Purpose::Client => WebPkiClientVerifier::builder_with_provider(roots, provider)
            .with_crls(lists)
            .enforce_revocation_expiration()
            .build()
            .ok()?
            .verify_client_cert(&leaf, &others, now)
            .map(drop),
    })
}

/// What makes us accept a chain that webpki refuses.
struct Lax<'a> {
    case: &'a ChainCase,
    chain: &'a [&'a Certificate],
}

impl<'a> Lax<'a> {
    fn of(case: &'a ChainCase, chain: &'a [&'a Certificate]) -> Self {
        Self { case, chain }
    }

    fn may(&self, reason: &str) -> bool {
        let is_of = |kinds: &[&str]| kinds.iter().any(|kind| reason.contains(kind));
        LAX.iter().find(|(kinds, _)| is_of(kinds)).is_some_and(|(_, may)| may(self))
    }

    fn has_self_issued_between(&self) -> bool {
        self.between().iter().any(|certificate| certificate.is_self_issued())
    }

    fn between(&self) -> &[&'a Certificate] {
        let end = self.chain.len().saturating_sub(1);
        self.chain.get(1..end).unwrap_or_default()
    }

    fn any_has(&self, oid: &[u8]) -> bool {
        self.chain.iter().any(|certificate| contains(certificate.der(), oid))
    }

    /// Returns whether the certificate has one name, the one that was asked for, on which webpki
    /// and OpenSSL cannot differ.
    fn has_just_the_name(&self) -> bool {
        let names = self.case.leaf.alt_names();
        match (names.as_deref(), &self.case.policy.name) {
            (Some([GeneralName::Dns(name)]), Some(Name::Dns(host))) => *name == host.as_bytes(),
            _ => false,
        }
    }

    fn names_are_the_same_octets(&self) -> bool {
        let links = self.chain.windows(2);
        let mut same = links.map(|link| link[0].issuer().raw() == link[1].subject().raw());
        let lists = self.case.store.lists();
        let mut of_lists = lists.map(|list| {
            let same = |of: &&Certificate| of.issuer().raw() == list.issuer().raw();
            self.chain.iter().filter(|of| of.issuer() == list.issuer()).all(same)
        });
        // The last one issued itself.
        let last = self.chain.last().is_none_or(|last| last.issuer().raw() == last.subject().raw());
        last && same.all(|same| same) && of_lists.all(|same| same)
    }

    fn repeats_a_key(&self) -> bool {
        let name = |of: &Certificate| (of.subject().raw().to_vec(), of.spki().to_vec());
        (1..self.chain.len())
            .any(|i| self.chain[..i].iter().any(|c| name(c) == name(self.chain[i])))
    }

    /// Returns whether each issuer has one list at most, and none takes an entry back or has a
    /// scope.
    fn lists_are_simple(&self) -> bool {
        let lists: Vec<_> = self.case.store.lists().collect();
        let single = lists
            .iter()
            .all(|list| lists.iter().filter(|other| other.issuer() == list.issuer()).count() == 1);
        let limits = [REASON_CODE, CERTIFICATE_ISSUER, ISSUING_POINT];
        single && lists.iter().all(|list| !limits.iter().any(|oid| contains(list.der(), oid)))
    }
}

type MayRefuse = fn(&Lax<'_>) -> bool;

/// webpki's reasons, and when each may be given.
const LAX: &[(&[&str], MayRefuse)] = &[
    // Versions 1, 2 and 4; a CA's certificate as a server's; critical extensions that OpenSSL
    // handles; unique identifiers and what else webpki does not read.
    (&["UnsupportedCertVersion", "CaUsedAsEndEntity", "CriticalExtension"], |_| true),
    (&["BadEncoding", "InvalidSerialNumber", "MalformedExtensions"], |_| true),
    (&["NotValidForName"], |this| !this.has_just_the_name()),
    // Names that are equal but not octet by octet; a path that returns to a name and a key.
    (&["UnknownIssuer"], |this| !this.names_are_the_same_octets() || this.repeats_a_key()),
    // It takes the first list, and OpenSSL the newest: one with a wrong signature may be either.
    (&["InvalidCertRevocationList"], |this| !this.lists_are_simple()),
    // webpki has no algorithm that the lower levels add.
    // Nor does an anchor's own signature matter to OpenSSL.
    (&["BadSignature", "UnsupportedSignatureAlgorithm"], |this| {
        this.case.policy.level != Level::Two || this.chain.len() == 1
    }),
    (&["UnsupportedCrlSignatureAlgorithm"], |_| true),
    (&["InvalidPurpose", "RequiredEkuNotFound"], |this| {
        this.any_has(SGC) || this.any_has(MICROSOFT_SGC)
    }),
    // Self-issued certificates count there.
    (&["PathLenConstraintViolated"], |this| this.has_self_issued_between()),
    (&["MaximumPathDepthExceeded"], |this| this.chain.len() > 6),
    (&["NameConstraintViolation"], |this| {
        !has_simple_names(this.chain) || this.has_self_issued_between()
    }),
    (&["UnknownRevocationStatus"], |this| {
        !this.lists_are_simple() || !this.names_are_the_same_octets()
    }),
    (&["Revoked", "ExpiredRevocationList"], |this| !this.lists_are_simple()),
];

/// What makes us refuse a chain that webpki accepts.
struct Strict<'a> {
    case: &'a ChainCase,
    refusal: &'a Refusal,
}

impl<'a> Strict<'a> {
    fn of(case: &'a ChainCase, refusal: &'a Refusal) -> Self {
        Self { case, refusal }
    }

    fn may(&self, number: i32) -> bool {
        let leaf = &self.case.leaf;
        let has = |oid: &[u8]| self.certificate().is_some_and(|c| contains(c.der(), oid));
        match number {
            // webpki reads neither the leaf's key nor all of its extensions.
            1 => leaf.is_inconsistent() || !is_ed25519(leaf),
            66 => !is_ed25519(leaf),
            62 | 64 => false,
            // A path may go elsewhere here.
            _ if !self.is_plain() => true,
            // It looks at no extension and no date of an anchor; nor at RFC 3779.
            34 => self.is_anchor() && has(CRITICAL) || has(ADDRESSES) || has(AS_NUMBERS),
            40 => has(PROXY),
            25 => self.is_anchor(),
            9 | 10 | 13 | 14 => !self.is_in_time(),
            // Nor at keyUsage and Netscape's type.
            79 | 24 => !self.may_sign(),
            26 => match self.is_anchor() && self.refusal.depth > 0 {
                true => has(EXTENDED_KEY_USAGE),
                false => has(KEY_USAGE) || has(NETSCAPE_TYPE) || has(EXTENDED_KEY_USAGE),
            },
            47 | 48 => !has_simple_names(&self.all()) || !has_dns(leaf),
            49 | 51 | 52 | 53 => true,
            // OpenSSL wants a list for the anchor too, and asks more of lists.
            3 | 11 | 35 | 36 | 41 | 44 => true,
            8 | 12 | 23 => self.is_anchor() || self.case.lists.len() > 1,
            _ => false,
        }
    }

    fn certificate(&self) -> Option<&Certificate> {
        self.refusal.certificate.as_ref()
    }

    /// Returns whether it is in time by our rule, by which notAfter itself is too late.
    fn is_in_time(&self) -> bool {
        let now = self.case.now;
        self.certificate().is_some_and(|certificate| {
            let begun = certificate.not_before().is_some_and(|begin| begin <= now);
            begun && certificate.not_after().is_some_and(|end| end > now)
        })
    }

    /// Returns whether basicConstraints and keyUsage let it sign certificates.
    fn may_sign(&self) -> bool {
        self.certificate().is_some_and(|certificate| {
            certificate.is_ca() && certificate.key_usage().is_none_or(|bits| bits & CERT_SIGN != 0)
        })
    }

    fn is_anchor(&self) -> bool {
        self.certificate().is_some_and(|certificate| self.case.anchors.contains(certificate))
    }

    fn all(&self) -> Vec<&'a Certificate> {
        let ChainCase { leaf, others, anchors, .. } = self.case;
        [leaf].into_iter().chain(others).chain(anchors).collect()
    }

    /// Returns whether there is one path at most, and only names say which: every anchor ends one,
    /// no two certificates have one name, none names its issuer's key or cannot be read in full.
    fn is_plain(&self) -> bool {
        let all = self.all();
        self.case.anchors.iter().all(Certificate::is_self_signed)
            && all.iter().all(|a| all.iter().all(|b| a == b || a.subject() != b.subject()))
            && all.iter().all(|c| !c.is_inconsistent() && !contains(c.der(), AUTHORITY_KEY))
    }
}

/// Returns whether constraints and names have DNS names and addresses only: webpki refuses others.
fn has_simple_names(all: &[&Certificate]) -> bool {
    let ordinary =
        |octet: &u8| octet.is_ascii_lowercase() || octet.is_ascii_digit() || b".*".contains(octet);
    let simple = |name: &GeneralName<'_>| match name {
        GeneralName::Dns(name) => name.iter().all(ordinary),
        GeneralName::Ip(octets) => matches!(octets.len(), 4 | 16),
        _ => false,
    };
    let names = |of: &&Certificate| of.alt_names().unwrap_or_default().iter().all(simple);
    // Other forms of names have these tags in a subtree.
    let made: [&[u8]; 2] =
        [b"\x30\x0d\x82\x0bexample.com", b"\x30\x0a\x87\x08\x7f\0\0\0\xff\0\0\0"];
    let constraints = |of: &&Certificate| {
        of.name_constraints().is_none() || made.iter().any(|subtree| contains(of.der(), subtree))
    };
    all.iter().all(names) && all.iter().all(constraints)
}

fn has_dns(leaf: &Certificate) -> bool {
    let names = leaf.alt_names().unwrap_or_default();
    names.iter().any(|name| matches!(name, GeneralName::Dns(_)))
}

fn is_ed25519(certificate: &Certificate) -> bool {
    certificate.spki().starts_with(&[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0])
}

/// keyUsage's bit for it.
const CERT_SIGN: u16 = 0x0400;
/// An extension's BOOLEAN that is TRUE.
const CRITICAL: &[u8] = &[1, 1, 0xff];

// Object identifiers, whole where they would be found by chance.
const KEY_USAGE: &[u8] = &[6, 3, 0x55, 0x1d, 15];
const REASON_CODE: &[u8] = &[6, 3, 0x55, 0x1d, 21];
const ISSUING_POINT: &[u8] = &[6, 3, 0x55, 0x1d, 28];
const CERTIFICATE_ISSUER: &[u8] = &[6, 3, 0x55, 0x1d, 29];
const EXTENDED_KEY_USAGE: &[u8] = &[6, 3, 0x55, 0x1d, 37];
const AUTHORITY_KEY: &[u8] = &[6, 3, 0x55, 0x1d, 35];
const ADDRESSES: &[u8] = &[6, 8, 0x2b, 6, 1, 5, 5, 7, 1, 7];
const AS_NUMBERS: &[u8] = &[6, 8, 0x2b, 6, 1, 5, 5, 7, 1, 8];
const PROXY: &[u8] = &[6, 8, 0x2b, 6, 1, 5, 5, 7, 1, 14];
const NETSCAPE_TYPE: &[u8] = &[0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 1, 1];
const SGC: &[u8] = &[0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 4, 1];
const MICROSOFT_SGC: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 10, 3, 3];
