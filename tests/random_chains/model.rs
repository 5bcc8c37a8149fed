//! A case: the structured form that is generated and printed, and its encoding.

use crate::der::{self, value};
use crate::keys::{Algorithm, Keys};
use crate::oracle::{field, list};

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attribute {
    pub kind: &'static str,
    pub tag: u8,
    pub text: Vec<u8>,
}

/// A Name: a list of RDNs, each a list of attributes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Name(pub Vec<Vec<Attribute>>);

pub const COMMON_NAME: &str = "2.5.4.3";
pub const COUNTRY: &str = "2.5.4.6";
pub const ORGANIZATION: &str = "2.5.4.10";
pub const UNIT: &str = "2.5.4.11";
pub const EMAIL: &str = "1.2.840.113549.1.9.1";

pub fn attribute(kind: &'static str, tag: u8, text: &str) -> Attribute {
    Attribute { kind, tag, text: text.as_bytes().to_vec() }
}

impl Name {
    pub fn der(&self) -> Vec<u8> {
        let sets = self.0.iter().map(|set| {
            let attributes = set.iter().map(|attribute| {
                let text = value(attribute.tag, &attribute.text);
                der::sequence(&[der::oid(attribute.kind), text])
            });
            value(der::SET, &attributes.collect::<Vec<_>>().concat())
        });
        der::sequence(&sets.collect::<Vec<_>>())
    }

    /// Returns a key that is equal for names that differ in case and spaces only.
    pub fn rough(&self) -> Vec<u8> {
        let texts = self.0.iter().flatten().flat_map(|attribute| attribute.text.iter());
        texts.filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect()
    }
}

/// A date: type and text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Date(pub u8, pub String);

impl Date {
    pub fn der(&self) -> Vec<u8> {
        value(self.0, self.1.as_bytes())
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Extension {
    pub oid: &'static str,
    pub critical: bool,
    pub body: Vec<u8>,
}

impl Extension {
    fn der(&self) -> Vec<u8> {
        let critical = if self.critical { der::boolean(true) } else { Vec::new() };
        der::sequence(&[der::oid(self.oid), critical, value(der::OCTET_STRING, &self.body)])
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Spoiled {
    No,
    Signature,
    /// Bytes after the certificate.
    Trailing,
}

#[derive(Clone, Debug)]
pub struct Certificate {
    /// The whole `version` INTEGER; empty for version 1.
    pub version: Vec<u8>,
    pub serial: Vec<u8>,
    pub inner: Algorithm,
    pub outer: Algorithm,
    pub issuer: Name,
    pub not_before: Date,
    pub not_after: Date,
    pub subject: Name,
    pub key: usize,
    pub issuer_id: Option<Vec<u8>>,
    pub subject_id: Option<Vec<u8>>,
    pub extensions: Option<Vec<Extension>>,
    pub signer: usize,
    pub spoiled: Spoiled,
}

impl Certificate {
    /// Sets value and criticality of the first extension with this OID, or adds it.
    pub fn set(&mut self, oid: &'static str, critical: bool, body: Vec<u8>) {
        let extensions = self.extensions.get_or_insert_default();
        let new = Extension { oid, critical, body };
        match extensions.iter_mut().find(|extension| extension.oid == oid) {
            Some(extension) => *extension = new,
            None => extensions.push(new),
        }
    }

    pub fn has(&self, oid: &str) -> bool {
        self.extensions.iter().flatten().any(|extension| extension.oid == oid)
    }

    fn der(&self, keys: &mut Keys) -> Vec<u8> {
        let explicit = |n, body: &[u8]| value(der::constructed(n), body);
        let mut tbs = Vec::new();
        if !self.version.is_empty() {
            tbs.push(explicit(0, &self.version));
        }
        tbs.push(value(der::INTEGER, &self.serial));
        tbs.extend([self.inner.der(), self.issuer.der()]);
        tbs.push(der::sequence(&[self.not_before.der(), self.not_after.der()]));
        tbs.extend([self.subject.der(), keys.all[self.key].public.clone()]);
        for (n, id) in [(1, &self.issuer_id), (2, &self.subject_id)] {
            tbs.extend(id.iter().map(|id| value(der::context(n), &[&[0], id.as_slice()].concat())));
        }
        if let Some(extensions) = &self.extensions {
            let all = extensions.iter().map(Extension::der).collect::<Vec<_>>();
            tbs.push(explicit(3, &der::sequence(&all)));
        }
        signed(&der::sequence(&tbs), self.signer, self.inner, self.outer, self.spoiled, keys)
    }
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub serial: Vec<u8>,
    pub date: Date,
    pub extensions: Vec<Extension>,
}

#[derive(Clone, Debug)]
pub struct List {
    pub version: Vec<u8>,
    pub inner: Algorithm,
    pub outer: Algorithm,
    pub issuer: Name,
    pub this_update: Date,
    pub next_update: Option<Date>,
    /// The entries; `None` leaves the field out.
    pub entries: Option<Vec<Entry>>,
    pub extensions: Option<Vec<Extension>>,
    pub signer: usize,
    pub spoiled: Spoiled,
}

impl List {
    fn der(&self, keys: &mut Keys) -> Vec<u8> {
        let mut tbs = vec![self.version.clone(), self.inner.der(), self.issuer.der()];
        tbs.push(self.this_update.der());
        tbs.extend(self.next_update.iter().map(Date::der));
        if let Some(entries) = &self.entries {
            let entries = entries.iter().map(|entry| {
                let mut parts = vec![value(der::INTEGER, &entry.serial), entry.date.der()];
                if !entry.extensions.is_empty() {
                    let all = entry.extensions.iter().map(Extension::der).collect::<Vec<_>>();
                    parts.push(der::sequence(&all));
                }
                der::sequence(&parts)
            });
            tbs.push(der::sequence(&entries.collect::<Vec<_>>()));
        }
        if let Some(extensions) = &self.extensions {
            let all = extensions.iter().map(Extension::der).collect::<Vec<_>>();
            tbs.push(value(der::constructed(0), &der::sequence(&all)));
        }
        signed(&der::sequence(&tbs), self.signer, self.inner, self.outer, self.spoiled, keys)
    }
}

fn signed(
    tbs: &[u8],
    signer: usize,
    inner: Algorithm,
    outer: Algorithm,
    spoiled: Spoiled,
    keys: &mut Keys,
) -> Vec<u8> {
    // Where the two differ, the signature is made with the outer algorithm, which verifies it.
    let algorithm = if inner == outer { inner } else { outer };
    let mut signature = keys.signature(signer, algorithm, tbs);
    if let (Spoiled::Signature, Some(last)) = (spoiled, signature.last_mut()) {
        *last ^= 1;
    }
    let mut out = der::sequence(&[tbs.to_vec(), outer.der(), der::bits(&signature)]);
    if spoiled == Spoiled::Trailing {
        out.extend([5, 0]);
    }
    out
}

/// A case: the certificates, and the parameters of the verification.
#[derive(Clone, Debug)]
pub struct Case {
    pub client: bool,
    pub level: u8,
    pub host: Option<String>,
    pub now: i64,
    /// All certificates by number; 0 is the leaf.
    pub pool: Vec<Certificate>,
    pub others: Vec<usize>,
    pub anchors: Vec<usize>,
    /// CRLs; `None` if revocation is not checked.
    pub lists: Option<Vec<List>>,
}

pub const LEAF: usize = 0;

/// The encoding of a case. It is made once, since an ECDSA signature is different each time.
pub struct Encoded {
    pub leaf: Vec<u8>,
    pub others: Vec<Vec<u8>>,
    pub anchors: Vec<Vec<u8>>,
    pub lists: Vec<Vec<u8>>,
}

impl Case {
    pub fn encode(&self, keys: &mut Keys) -> Encoded {
        let used = |i: usize| i == LEAF || self.others.contains(&i) || self.anchors.contains(&i);
        let pool = self.pool.iter().enumerate();
        let pool = pool.map(|(i, c)| if used(i) { c.der(keys) } else { Vec::new() });
        let pool = pool.collect::<Vec<_>>();
        let of = |numbers: &[usize]| numbers.iter().map(|i| pool[*i].clone()).collect();
        Encoded {
            leaf: pool[LEAF].clone(),
            others: of(&self.others),
            anchors: of(&self.anchors),
            lists: self.lists.iter().flatten().map(|list| list.der(keys)).collect(),
        }
    }

    /// Returns the request in the form that `oracle.c` reads.
    pub fn request(&self, encoded: &Encoded) -> Vec<u8> {
        let purpose = if self.client { b'c' } else { b's' };
        let mut out = vec![b'V', purpose, self.level, u8::from(self.lists.is_some())];
        out.extend(self.now.to_be_bytes());
        out.extend(field(self.host.as_deref().unwrap_or_default().as_bytes()));
        for items in [&encoded.anchors, &encoded.others, &encoded.lists] {
            out.extend(list(items.iter()));
        }
        out.extend(field(&encoded.leaf));
        out
    }

    /// Whether two CA certificates have subjects that may compare equal.
    pub fn has_two_of_one_subject(&self) -> bool {
        let mut subjects = Vec::new();
        let mut numbers = [self.anchors.as_slice(), &self.others].concat();
        numbers.sort_unstable();
        numbers.dedup();
        for i in numbers {
            subjects.push(self.pool[i].subject.rough());
        }
        let all = subjects.len();
        subjects.sort_unstable();
        subjects.dedup();
        subjects.len() < all
    }
}
