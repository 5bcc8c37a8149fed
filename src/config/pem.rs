//! What certificate, key and CRL files hold, in PEM or DER.

use rustls_pki_types::pem::{PemObject, SectionKind};
use rustls_pki_types::{
    CertificateDer, CertificateRevocationListDer, PrivateKeyDer, PrivatePkcs1KeyDer,
    PrivatePkcs8KeyDer, PrivateSec1KeyDer,
};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::revocation_list::CertificateRevocationList;
use zeroize::Zeroizing;

use crate::error::{Code, Error};

/// All certificates, text between them ignored.
///
/// # Errors
/// `Pem` if there is none, or if one cannot be read.
pub fn certificates(data: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let found = sections(data, SectionKind::Certificate)?;
    if found.is_empty() {
        return Err(Error::detail(Code::Pem, "no certificate in it"));
    }
    for der in &found {
        match X509Certificate::from_der(der) {
            Ok(([], _)) => {}
            _ => return Err(Error::detail(Code::Pem, "not an X.509 certificate")),
        }
    }
    Ok(found.into_iter().map(CertificateDer::from).collect())
}

/// All revocation lists.
///
/// # Errors
/// `Crl` if there is none, or if one cannot be read.
pub fn revocation_lists(data: &[u8]) -> Result<Vec<CertificateRevocationListDer<'static>>, Error> {
    let found = sections(data, SectionKind::Crl).map_err(|e| e.as_code(Code::Crl))?;
    if found.is_empty() {
        return Err(Error::detail(Code::Crl, "no X.509 CRL in it"));
    }
    for der in &found {
        match CertificateRevocationList::from_der(der) {
            Ok(([], _)) => {}
            _ => return Err(Error::detail(Code::Crl, "not an X.509 CRL")),
        }
    }
    Ok(found.into_iter().map(CertificateRevocationListDer::from).collect())
}

/// The first private key: PKCS#1, PKCS#8 or SEC1.
///
/// # Errors
/// `NoKey` if there is none, `KeyForm` if it is encrypted.
pub fn private_key(data: &[u8]) -> Result<PrivateKeyDer<'static>, Error> {
    if is_der(data) {
        let key = PrivateKeyDer::try_from(data.to_vec());
        return key.map_err(|_| Error::detail(Code::NoKey, "no private key in it"));
    }
    if contains(data, b"BEGIN ENCRYPTED PRIVATE KEY") || contains(data, b"Proc-Type: 4,ENCRYPTED") {
        return Err(Error::detail(Code::KeyForm, "the key is encrypted"));
    }
    for section in read(data).map_err(|e| e.as_code(Code::NoKey))? {
        let der = || section.1.to_vec();
        match section.0 {
            SectionKind::PrivateKey => return Ok(PrivatePkcs8KeyDer::from(der()).into()),
            SectionKind::RsaPrivateKey => return Ok(PrivatePkcs1KeyDer::from(der()).into()),
            SectionKind::EcPrivateKey => return Ok(PrivateSec1KeyDer::from(der()).into()),
            _ => {}
        }
    }
    Err(Error::detail(Code::NoKey, "no private key in it"))
}

fn sections(data: &[u8], kind: SectionKind) -> Result<Vec<Vec<u8>>, Error> {
    if is_der(data) {
        return Ok(vec![data.to_vec()]);
    }
    let mut found = Vec::new();
    for (section, der) in read(data)? {
        if section == kind {
            found.push(der.to_vec());
        }
    }
    Ok(found)
}

fn read(data: &[u8]) -> Result<Vec<Section>, Error> {
    <(SectionKind, Vec<u8>)>::pem_slice_iter(data)
        .map(|section| section.map(|(kind, der)| (kind, Zeroizing::new(der))))
        .collect::<Result<_, _>>()
        .map_err(|_| Error::detail(Code::Pem, "a PEM block in it is damaged"))
}

/// Any section may be a key, so all are wiped when dropped.
type Section = (SectionKind, Zeroizing<Vec<u8>>);

/// DER begins with a SEQUENCE; PEM, and text before it, with a letter or a dash.
fn is_der(data: &[u8]) -> bool {
    matches!(data, [0x30, 0x80..=0x84, ..] | [0x30, 0x01..=0x7f, 0x02 | 0x30, ..])
}

fn contains(data: &[u8], text: &[u8]) -> bool {
    data.windows(text.len()).any(|window| window == text)
}
