//! What x509-parser reads of a certificate, and whether a signature verifies by ring alone.

use ring::signature::{self as algorithm, UnparsedPublicKey, VerificationAlgorithm};
use x509_parser::nom::Parser;
use x509_parser::prelude::{X509Certificate, X509CertificateParser};

use super::asn1::{children, sequence};

/// Parses a certificate without its extensions' insides. It refuses some that OpenSSL reads.
pub fn parse(der: &[u8]) -> Option<X509Certificate<'_>> {
    let mut parser = X509CertificateParser::new().with_deep_parse_extensions(false);
    let (rest, parsed) = parser.parse(der).ok()?;
    rest.is_empty().then_some(parsed)
}

/// Returns whether one certificate's signature verifies under another's key. Both have been read.
pub fn is_signed_by(certificate: &[u8], issuer: &[u8]) -> bool {
    let [tbs, kind, signature] = parts(certificate);
    let oid = children(kind)[0].1;
    let [of_issuer, ..] = parts(issuer);
    let fields = children(of_issuer);
    let after_version = usize::from(fields[0].0 == VERSION);
    let info = children(fields[after_version + 5].1);
    let key = &info[1].1[1..];
    ALGORITHMS.iter().filter(|(known, _)| *known == oid).any(|(_, algorithm)| {
        let key = UnparsedPublicKey::new(*algorithm, key);
        key.verify(&sequence(&[tbs]), &signature[1..]).is_ok()
    })
}

fn parts(certificate: &[u8]) -> [&[u8]; 3] {
    let parts = children(children(certificate)[0].1);
    [parts[0].1, parts[1].1, parts[2].1]
}

const VERSION: u8 = 0xa0;

/// PKCS #1 (RFC 8017), X9.62 and RFC 8410. A key of another kind than the algorithm's verifies
/// nothing, so kinds need not be compared.
const ALGORITHMS: &[(&[u8], &dyn VerificationAlgorithm)] = &[
    (&rsa(5), &algorithm::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY),
    (&[0x2b, 14, 3, 2, 29], &algorithm::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY),
    (&rsa(11), &algorithm::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
    (&rsa(12), &algorithm::RSA_PKCS1_2048_8192_SHA384),
    (&rsa(13), &algorithm::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
    (&rsa(10), &algorithm::RSA_PSS_2048_8192_SHA256),
    (&rsa(10), &algorithm::RSA_PSS_2048_8192_SHA384),
    (&rsa(10), &algorithm::RSA_PSS_2048_8192_SHA512),
    (&ecdsa(2), &algorithm::ECDSA_P256_SHA256_ASN1),
    (&ecdsa(2), &algorithm::ECDSA_P384_SHA256_ASN1),
    (&ecdsa(3), &algorithm::ECDSA_P256_SHA384_ASN1),
    (&ecdsa(3), &algorithm::ECDSA_P384_SHA384_ASN1),
    (&[0x2b, 0x65, 0x70], &algorithm::ED25519),
];

const fn rsa(last: u8) -> [u8; 9] {
    [0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, last]
}

const fn ecdsa(last: u8) -> [u8; 8] {
    [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, last]
}
