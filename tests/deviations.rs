//! Deviations from OpenSSL on purpose that neither a vector nor a unit test shows: chains that
//! OpenSSL 3.0 accepts and this library refuses, each beside one that both accept, and one chain
//! the other way round. The list is in `docs/compatibility.md`.

#[path = "random_chains/der.rs"]
#[allow(dead_code, reason = "a part of it is used")]
mod der;

use der::{integer, oid, sequence, value};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use tlsql::trust::{Certificate, Name, NameRule, Policy, Purpose, RevocationList, Store, verify};

const CN: &str = "2.5.4.3";
const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";
const BASIC_CONSTRAINTS: &str = "2.5.29.19";
const SUBJECT_ALT_NAME: &str = "2.5.29.17";
const NAME_CONSTRAINTS: &str = "2.5.29.30";
/// January 2027; all certificates and CRLs are valid from 2026 to 2046.
const NOW: i64 = 1_800_000_000;

#[test]
fn a_chain_has_sixteen_certificates_at_most() {
    // OpenSSL's depth is 100.
    for (count, expected) in [(16, Ok(())), (17, Err((22, 15)))] {
        let keys: Vec<_> = (0..count).map(|_| Key::new()).collect();
        let name = |i: usize| format!("CA {i}");
        let mut chain = Vec::new();
        for i in 0..count - 1 {
            chain.push(Made::new(&name(i), &keys[i], &name(i + 1), &keys[i + 1], &[ca()]));
        }
        let root = root(&name(count - 1), &keys[count - 1]);
        let others: Vec<_> = chain[1..].iter().map(Made::read).collect();
        assert_eq!(verdict(&[root], &chain[0].read(), &others), expected, "{count}");
    }
}

#[test]
fn a_peer_sends_128_certificates_at_most() {
    // OpenSSL limits their bytes, to 100 KiB.
    let key = Key::new();
    let leaf = Made::new("db", &key, "CA", &key, &[]).read();
    let other = Made::new("stranger", &key, "nobody", &key, &[]).read();
    for (count, expected) in [(127, Ok(())), (128, Err((22, 0)))] {
        assert_eq!(verdict(&[root("CA", &key)], &leaf, &vec![other.clone(); count]), expected);
    }
}

#[test]
fn several_cas_of_one_subject_are_all_tried_up_to_eight_ways() {
    // OpenSSL uses the first and reports 7.
    let right = Key::new();
    let leaf = Made::new("db", &right, "CA", &right, &[]).read();
    for (wrong, expected) in [(0, Ok(())), (1, Ok(())), (7, Ok(())), (8, Err((7, 0)))] {
        let mut roots: Vec<_> = (0..wrong).map(|_| root("CA", &Key::new())).collect();
        roots.push(root("CA", &right));
        assert_eq!(verdict(&roots, &leaf, &[]), expected, "{wrong} others");
    }
    let strangers = [root("CA", &Key::new()), root("CA", &Key::new())];
    assert_eq!(verdict(&strangers, &leaf, &[]), Err((7, 0)), "and none of them by mistake");
}

#[test]
fn a_sequence_that_is_not_constructed_cannot_be_read() {
    // X.690 section 8.9.1. OpenSSL ignores the bit; here such a certificate has no issuer.
    let key = Key::new();
    for (tag, expected) in [(der::SEQUENCE, Ok(())), (der::SEQUENCE & !0x20, Err((20, 0)))] {
        let extension = extension(BASIC_CONSTRAINTS, false, &value(tag, &[]));
        let leaf = Made::new("db", &key, "CA", &key, &[extension]).read();
        assert_eq!(verdict(&[root("CA", &key)], &leaf, &[]), expected);
    }
}

#[test]
fn resources_of_rfc_3779_are_refused_critical_or_not() {
    // OpenSSL checks them along the chain.
    let key = Key::new();
    // One autonomous system, inherited from the issuer; all IPv4 addresses, likewise.
    let systems = sequence(&[value(der::constructed(0), &[5, 0])]);
    let addresses = sequence(&[sequence(&[value(der::OCTET_STRING, &[0, 1]), vec![5, 0]])]);
    for (id, body) in [("1.3.6.1.5.5.7.1.8", systems), ("1.3.6.1.5.5.7.1.7", addresses)] {
        for critical in [false, true] {
            let extension = extension(id, critical, &body);
            let leaf = Made::new("db", &key, "CA", &key, &[extension]).read();
            assert_eq!(verdict(&[root("CA", &key)], &leaf, &[]), Err((34, 0)), "{id}");
        }
    }
}

#[test]
fn a_wildcard_common_name_is_constrained_like_a_host() {
    // OpenSSL does not treat it as a host name here, but matches it with hosts.
    let key = Key::new();
    let base = sequence(&[value(der::context(2), b"example.com")]);
    let permitted = sequence(&[value(der::constructed(0), &base)]);
    let constrained =
        Made::new("CA", &key, "CA", &key, &[ca(), extension(NAME_CONSTRAINTS, true, &permitted)]);
    for (name, expected) in [
        ("*.db.example.com", Ok(())),
        ("db.other.test", Err((47, 0))),
        ("*.other.test", Err((47, 0))),
        ("db*.other.test", Err((47, 0))),
    ] {
        let leaf = Made::new(name, &key, "CA", &key, &[]).read();
        assert_eq!(verdict(&[constrained.read()], &leaf, &[]), expected, "{name}");
    }
}

#[test]
fn ber_that_is_not_der_is_no_certificate() {
    let key = Key::new();
    let der = Made::new("db", &key, "CA", &key, &[]).0;
    Certificate::parse(&der).unwrap();
    // A length with one octet too many.
    let (length, body) = (u32::try_from(der.len() - 4).unwrap(), &der[4..]);
    let long = [&[0x30, 0x83], &length.to_be_bytes()[1..], body].concat();
    let indefinite = [&[0x30, 0x80], body, &[0, 0]].concat();
    for (form, bytes) in [("long", long), ("indefinite", indefinite)] {
        assert!(Certificate::parse(&bytes).is_err(), "{form}");
    }
    assert!(Certificate::parse(&[&der[..], &[0]].concat()).is_err(), "something behind it");
}

#[test]
fn padding_in_a_name_is_zero() {
    // X.690 section 11.2.1; OpenSSL clears the bits.
    for (bits, expected) in [([4, 0xf0], true), ([4, 0xf1], false)] {
        let one = sequence(&[oid("2.5.4.45"), value(der::BIT_STRING, &bits)]);
        let name = sequence(&[value(der::SET, &one)]);
        assert_eq!(tlsql::trust::Dn::parse(&name).is_some(), expected);
    }
}

#[test]
fn no_long_list_is_hashed_for_a_key_that_no_ca_vouches_for() {
    // OpenSSL hashes it, and reports 7 for the certificate whose signature is wrong.
    let (top, below) = (Key::new(), Key::new());
    let leaf = Made::new("db", &below, "inner", &below, &[]);
    let inner = Made::new("inner", &below, "CA", &top, &[ca()]);
    let mut forged = Made::new("inner", &below, "CA", &top, &[ca()]);
    *forged.0.last_mut().unwrap() ^= 1;
    let [short, long] = [10, 60_000].map(|count| list("inner", &below, count));
    assert!(short.len() < 1 << 20 && long.len() > 1 << 20);
    for (inner, list, expected) in [
        (&inner, &short, Ok(())),
        (&inner, &long, Ok(())),
        (&forged, &short, Err((7, 1))),
        (&forged, &long, Err((8, 0))),
    ] {
        let mut store = Store::default();
        store.add_certificate(root("CA", &top));
        for list in [list, &self::list("CA", &top, 0)] {
            store.add_list(RevocationList::parse(list).unwrap());
        }
        assert_eq!(in_store(&store, &leaf.read(), &[inner.read()]), expected);
    }
}

#[test]
fn a_subject_alt_name_is_matched_whatever_else_is_there() {
    // Chains that both accept or both refuse show that the builders above work.
    let key = Key::new();
    let names = sequence(&[value(der::context(2), b"db.example.com")]);
    let leaf =
        Made::new("x", &key, "CA", &key, &[extension(SUBJECT_ALT_NAME, false, &names)]).read();
    let mut store = Store::default();
    store.add_certificate(root("CA", &key));
    for (host, expected) in [("db.example.com", Ok(())), ("x", Err((62, 0)))] {
        let policy = Policy { name: Name::parse(host), ..policy() };
        assert_eq!(numbers(verify(&store, &leaf, &[], &policy, NOW)), expected, "{host}");
    }
}

type Numbers = Result<(), (i32, usize)>;

fn verdict(roots: &[Certificate], leaf: &Certificate, others: &[Certificate]) -> Numbers {
    let mut store = Store::default();
    roots.iter().for_each(|root| store.add_certificate(root.clone()));
    in_store(&store, leaf, others)
}

fn in_store(store: &Store, leaf: &Certificate, others: &[Certificate]) -> Numbers {
    numbers(verify(store, leaf, others, &policy(), NOW))
}

fn policy() -> Policy {
    Policy {
        purpose: Purpose::Server,
        name: None,
        name_rule: NameRule::default(),
        level: Default::default(),
        limits: Default::default(),
    }
}

fn numbers<T>(result: Result<T, Box<tlsql::trust::Refusal>>) -> Numbers {
    result.map(drop).map_err(|refusal| (refusal.error.number(), refusal.depth))
}

struct Key(EcdsaKeyPair, SystemRandom);

impl Key {
    fn new() -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Self(EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap(), random)
    }

    fn spki(&self) -> Vec<u8> {
        let algorithm = sequence(&[oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")]);
        sequence(&[algorithm, der::bits(self.0.public_key().as_ref())])
    }

    /// Signs `tbs`; returns it with algorithm and signature.
    fn sign(&self, tbs: Vec<u8>) -> Vec<u8> {
        let signature = self.0.sign(&self.1, &tbs).unwrap();
        sequence(&[tbs, sequence(&[oid(ECDSA_SHA256)]), der::bits(signature.as_ref())])
    }
}

/// A certificate in DER.
struct Made(Vec<u8>);

impl Made {
    fn new(subject: &str, key: &Key, issuer: &str, signer: &Key, extensions: &[Vec<u8>]) -> Self {
        let mut fields = vec![
            value(der::constructed(0), &integer(2)),
            integer(5),
            sequence(&[oid(ECDSA_SHA256)]),
            name(issuer),
            sequence(&[time("260101000000Z"), time("460101000000Z")]),
            name(subject),
            key.spki(),
        ];
        if !extensions.is_empty() {
            fields.push(value(der::constructed(3), &sequence(extensions)));
        }
        Self(signer.sign(sequence(&fields)))
    }

    fn read(&self) -> Certificate {
        Certificate::parse(&self.0).unwrap()
    }
}

fn root(name: &str, key: &Key) -> Certificate {
    Made::new(name, key, name, key, &[ca()]).read()
}

/// Returns a CRL with this number of entries, none for a certificate of these tests.
fn list(issuer: &str, key: &Key, count: i64) -> Vec<u8> {
    let entry = |i| sequence(&[integer(1_000 + i), time("260101000000Z")]);
    let mut fields = vec![
        integer(1),
        sequence(&[oid(ECDSA_SHA256)]),
        name(issuer),
        time("260101000000Z"),
        time("460101000000Z"),
    ];
    if count > 0 {
        fields.push(sequence(&(0..count).map(entry).collect::<Vec<_>>()));
    }
    key.sign(sequence(&fields))
}

fn name(common_name: &str) -> Vec<u8> {
    let one = sequence(&[oid(CN), value(der::UTF8_STRING, common_name.as_bytes())]);
    sequence(&[value(der::SET, &one)])
}

fn time(text: &str) -> Vec<u8> {
    value(der::UTC_TIME, text.as_bytes())
}

fn ca() -> Vec<u8> {
    extension(BASIC_CONSTRAINTS, true, &sequence(&[der::boolean(true)]))
}

fn extension(id: &str, critical: bool, body: &[u8]) -> Vec<u8> {
    let critical = if critical { der::boolean(true) } else { Vec::new() };
    sequence(&[oid(id), critical, value(der::OCTET_STRING, body)])
}
