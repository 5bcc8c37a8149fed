//! The six files that MySQL makes in an empty data directory: a CA, a server's and a client's
//! certificate, each with its key.
//!
//! # Source
//! MySQL 5.7 manual, section 6.3.3.1, and what a server 5.7.29 writes: serial numbers 1 to 3, 3650
//! days, the critical extension basicConstraints and no other, SHA-256. Differences: P-256 where MySQL
//! has RSA with 2048 bits, and alternative names for the server.

use std::net::IpAddr;

use rcgen::{
    CertificateParams, CustomExtension, DistinguishedName, DnType, IsCa, Issuer, PublicKeyData,
    SanType, SerialNumber, SignatureAlgorithm, SigningKey,
};
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

use super::{pem_sections, value};
use crate::crypto::{NewKey, NewKeyKind};
use crate::error::{Code, Error};
use crate::fs::Readers;
use crate::text::quoted;

/// A file of the data directory.
#[derive(Debug)]
pub struct GeneratedFile {
    pub name: &'static str,
    pub readers: Readers,
    pub content: Zeroizing<String>,
}

/// What goes into the certificates.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The server's version, for the common names.
    pub version: &'a str,
    /// Alternative names of the server, separated by commas.
    pub names: &'a str,
    pub key: NewKeyKind,
    /// In Unix seconds.
    pub now: i64,
}

/// Makes the six files. The three that MySQL looks for come last, and `ca.pem` very last.
///
/// # Errors
/// `Argument` for a version or a name that no certificate takes; `Tls` and `OptionValue` as
/// `NewKey::new`.
pub fn make(subject: &Subject<'_>) -> Result<[GeneratedFile; 6], Error> {
    let names = alternative_names(subject.names)?;
    let [ca_name, server_name, client_name] = common_names(subject.version)?;
    let ca_key = Key(NewKey::new(subject.key)?);
    let ca = certificate(&ca_name, 1, true, subject.now)?;
    let ca_pem = pem_of(&ca.self_signed(&ca_key).map_err(|error| not_made(&error))?)?;
    let issuer = Issuer::from_params(&ca, &ca_key);
    let issue = |common_name: &str, serial, names| -> Result<_, Error> {
        let key = Key(NewKey::new(subject.key)?);
        let mut leaf = certificate(common_name, serial, false, subject.now)?;
        leaf.subject_alt_names = names;
        Ok((pem_of(&leaf.signed_by(&key, &issuer).map_err(|error| not_made(&error))?)?, key))
    };
    let (server, server_key) = issue(&server_name, 2, names)?;
    let (client, client_key) = issue(&client_name, 3, Vec::new())?;
    Ok([
        key_file("ca-key.pem", &ca_key)?,
        key_file("client-key.pem", &client_key)?,
        certificate_file("client-cert.pem", client),
        key_file("server-key.pem", &server_key)?,
        certificate_file("server-cert.pem", server),
        certificate_file("ca.pem", ca_pem),
    ])
}

/// A key as rcgen takes it.
struct Key(NewKey);

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        self.0.public()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        match self.0.kind() {
            NewKeyKind::P256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            NewKeyKind::Rsa2048 => &rcgen::PKCS_RSA_SHA256,
        }
    }
}

impl SigningKey for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.0.sign(message).ok_or(rcgen::Error::RingUnspecified)
    }
}

fn certificate(
    common_name: &str,
    serial: u64,
    is_ca: bool,
    now: i64,
) -> Result<CertificateParams, Error> {
    let out_of_range =
        || Error::detail(Code::Tls, "the clock shows a year that no certificate has");
    let not_before = OffsetDateTime::from_unix_timestamp(now).map_err(|_| out_of_range())?;
    let not_after = not_before.checked_add(Duration::days(DAYS)).ok_or_else(out_of_range)?;
    let mut distinguished_name = DistinguishedName::new();
    distinguished_name.push(DnType::CommonName, common_name);
    // rcgen's own form would add a subjectKeyIdentifier, which MySQL's do not have.
    let content = if is_ca { CA_TRUE } else { CA_FALSE };
    let mut constraints = CustomExtension::from_oid_content(BASIC_CONSTRAINTS, content.to_vec());
    constraints.set_criticality(true);
    let mut params = CertificateParams::default();
    params.not_before = not_before;
    params.not_after = not_after;
    params.serial_number = Some(SerialNumber::from(serial));
    params.distinguished_name = distinguished_name;
    params.is_ca = IsCa::NoCa;
    params.custom_extensions = vec![constraints];
    Ok(params)
}

/// Returns the common names of CA, server and client: without the version where one of them would be
/// longer than a common name may be (T126).
fn common_names(version: &str) -> Result<[String; 3], Error> {
    if let Some(other) = version.chars().find(|c| !c.is_ascii_graphic()) {
        let why = format!("version: {other:?} has no place in a common name");
        return Err(Error::detail(Code::Argument, why));
    }
    let with = |version: &str| {
        ["CA", "Server", "Client"]
            .map(|role| format!("MySQL_Server_{version}Auto_Generated_{role}_Certificate"))
    };
    let names = with(&format!("{version}_"));
    let fits = !version.is_empty() && names.iter().all(|name| name.len() <= MAX_COMMON_NAME);
    Ok(if fits { names } else { with("") })
}

/// Reads names and addresses that stand in a list with commas.
fn alternative_names(list: &str) -> Result<Vec<SanType>, Error> {
    let listed = list.split(',').map(str::trim).filter(|name| !name.is_empty());
    listed
        .map(|name| {
            if let Ok(address) = name.parse::<IpAddr>() {
                return Ok(SanType::IpAddress(address));
            }
            let wrong =
                || Error::detail(Code::Argument, format!("{} is no host name", quoted(name)));
            let host = name.strip_prefix("*.").unwrap_or(name);
            value::server_name(host).map_err(|_| wrong())?;
            Ok(SanType::DnsName(name.try_into().map_err(|_| wrong())?))
        })
        .collect()
}

fn certificate_file(name: &'static str, content: Zeroizing<String>) -> GeneratedFile {
    GeneratedFile { name, readers: Readers::Everybody, content }
}

fn key_file(name: &'static str, key: &Key) -> Result<GeneratedFile, Error> {
    let content = pem_sections::encode("PRIVATE KEY", key.0.pkcs8())?;
    Ok(GeneratedFile { name, readers: Readers::Owner, content })
}

fn pem_of(certificate: &rcgen::Certificate) -> Result<Zeroizing<String>, Error> {
    pem_sections::encode("CERTIFICATE", certificate.der())
}

fn not_made(error: &rcgen::Error) -> Error {
    Error::detail(Code::Tls, format!("a certificate cannot be made: {error}"))
}

/// How long the certificates are valid.
const DAYS: i64 = 3650;

/// Most characters of a common name (RFC 5280 appendix A.1, ub-common-name).
const MAX_COMMON_NAME: usize = 64;

/// id-ce-basicConstraints.
const BASIC_CONSTRAINTS: &[u64] = &[2, 5, 29, 19];

/// BasicConstraints with cA TRUE, in DER.
const CA_TRUE: &[u8] = &[0x30, 3, 1, 1, 0xff];

/// BasicConstraints without cA, which is FALSE by default, in DER.
const CA_FALSE: &[u8] = &[0x30, 0];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::pem;

    const NOW: i64 = 1_795_000_000;

    fn files(version: &str, names: &str) -> [GeneratedFile; 6] {
        make(&Subject { version, names, key: NewKeyKind::P256, now: NOW }).unwrap()
    }

    #[test]
    fn names_and_readers_are_mysqls() {
        let found = files("8.0.36", "").map(|file| (file.name, file.readers));
        let (all, owner) = (Readers::Everybody, Readers::Owner);
        assert_eq!(
            found,
            [
                ("ca-key.pem", owner),
                ("client-key.pem", owner),
                ("client-cert.pem", all),
                ("server-key.pem", owner),
                ("server-cert.pem", all),
                ("ca.pem", all),
            ]
        );
    }

    #[test]
    fn a_version_too_long_for_a_common_name_is_left_out() {
        // "MySQL_Server_" + 10 + "_Auto_Generated_Server_Certificate" has 57 characters.
        let fits = common_names(&"v".repeat(17)).unwrap();
        assert_eq!(fits[1].len(), 64);
        assert_eq!(
            fits[0],
            format!("MySQL_Server_{}_Auto_Generated_CA_Certificate", "v".repeat(17))
        );
        for version in ["v".repeat(18), "v".repeat(70), String::new()] {
            let names = common_names(&version).unwrap();
            assert_eq!(names[0], "MySQL_Server_Auto_Generated_CA_Certificate");
            assert_eq!(names[1], "MySQL_Server_Auto_Generated_Server_Certificate");
            assert_eq!(names[2], "MySQL_Server_Auto_Generated_Client_Certificate");
        }
        for version in ["5.7 29", "5.7\n", "5.7\u{e9}"] {
            assert_eq!(common_names(version).unwrap_err().code, Code::Argument, "{version:?}");
        }
    }

    #[test]
    fn names_that_no_certificate_has_are_refused() {
        let names = alternative_names(" db.example.test, 10.0.0.7,::1 ,*.db.test,").unwrap();
        assert_eq!(names.len(), 4);
        assert!(matches!(names[1], SanType::IpAddress(IpAddr::V4(_))));
        for list in ["a b", "db.example.test;x", "-", "*", "10.0.0.7/8", "d\u{e9}.test", "a..b"] {
            assert_eq!(alternative_names(list).unwrap_err().code, Code::Argument, "{list}");
        }
    }

    #[test]
    fn files_read_back() {
        let files = files("5.7.29", "localhost,127.0.0.1");
        let read = |name: &str| {
            let file = files.iter().find(|file| file.name == name).unwrap();
            file.content.as_bytes().to_vec()
        };
        let ca = pem::certificates(&read("ca.pem")).unwrap();
        for who in ["server", "client"] {
            let leaf = pem::certificates(&read(&format!("{who}-cert.pem"))).unwrap();
            let key = pem::private_key(&read(&format!("{who}-key.pem")), None).unwrap();
            assert_eq!(leaf[0].issuer(), ca[0].subject());
            crate::config::Identity::new(&leaf, key).unwrap();
        }
        assert_eq!(ca[0].issuer(), ca[0].subject());
    }
}
