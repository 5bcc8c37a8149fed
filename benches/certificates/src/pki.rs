//! Certificates for the benchmark, made by OpenSSL.

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::extension::{
    AuthorityKeyIdentifier, BasicConstraints, KeyUsage, SubjectAlternativeName,
    SubjectKeyIdentifier,
};
use openssl::x509::{X509, X509Name};

type Key = PKey<Private>;

pub fn rsa_two() -> Vec<X509> {
    let (root_key, leaf_key) = (rsa(2048), rsa(2048));
    let root = make("Root", &root_key, None, true);
    let leaf = make("leaf", &leaf_key, Some((&root, &root_key)), false);
    vec![leaf, root]
}

pub fn p256_three() -> Vec<X509> {
    let (root_key, middle_key, leaf_key) = (p256(), p256(), p256());
    let root = make("Root", &root_key, None, true);
    let middle = make("Intermediate", &middle_key, Some((&root, &root_key)), true);
    let leaf = make("leaf", &leaf_key, Some((&middle, &middle_key)), false);
    vec![leaf, middle, root]
}

/// Makes roots, mostly of RSA-4096, as in platforms' bundles.
pub fn roots(count: usize) -> Vec<X509> {
    let keys = [rsa(4096), rsa(2048), p256()];
    (0..count)
        .map(|n| make(&format!("Root number {n}"), &keys[[0, 0, 1, 2][n % 4]], None, true))
        .collect()
}

fn rsa(bits: u32) -> Key {
    PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap()
}

fn p256() -> Key {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

fn make(name: &str, key: &Key, issuer: Option<(&X509, &Key)>, is_ca: bool) -> X509 {
    let mut subject = X509Name::builder().unwrap();
    subject.append_entry_by_text("C", "SE").unwrap();
    subject.append_entry_by_text("O", "tlsql benchmark").unwrap();
    subject.append_entry_by_text("CN", name).unwrap();
    let subject = subject.build();
    let mut made = X509::builder().unwrap();
    made.set_version(2).unwrap();
    let serial = BigNum::from_u32(4711).unwrap().to_asn1_integer().unwrap();
    made.set_serial_number(&serial).unwrap();
    made.set_subject_name(&subject).unwrap();
    made.set_issuer_name(issuer.map_or(&subject, |(issuer, _)| issuer.subject_name())).unwrap();
    made.set_pubkey(key).unwrap();
    made.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    made.set_not_after(&Asn1Time::days_from_now(365).unwrap()).unwrap();
    let issuer_certificate = issuer.map(|(issuer, _)| &**issuer);
    let key_id = {
        let context = made.x509v3_context(issuer_certificate, None);
        SubjectKeyIdentifier::new().build(&context).unwrap()
    };
    made.append_extension(key_id).unwrap();
    if issuer.is_some() {
        let context = made.x509v3_context(issuer_certificate, None);
        let id = AuthorityKeyIdentifier::new().keyid(true).build(&context).unwrap();
        made.append_extension(id).unwrap();
    }
    let mut constraints = BasicConstraints::new();
    let mut usage = KeyUsage::new();
    if is_ca {
        constraints.critical().ca();
        usage.critical().key_cert_sign().crl_sign();
    } else {
        usage.critical().digital_signature().key_encipherment();
        let context = made.x509v3_context(issuer_certificate, None);
        let names = SubjectAlternativeName::new().dns(super::HOST).build(&context).unwrap();
        made.append_extension(names).unwrap();
    }
    made.append_extension(constraints.build().unwrap()).unwrap();
    made.append_extension(usage.build().unwrap()).unwrap();
    made.sign(issuer.map_or(key, |(_, key)| key), MessageDigest::sha256()).unwrap();
    made.build()
}
