//! Throw-away certificates for the tests and the demo: one call, one directory.
//!
//! Every key is a new P-256 key, every certificate is valid from yesterday for ten years unless its
//! name says otherwise. [`make_all`] lists them.

mod der;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevokedCertParams, SerialNumber,
};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use std::error::Error;
use std::io::Write;
use std::path::Path;
use time::{Duration, OffsetDateTime};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Names of a server on this machine.
const SERVER_NAMES: &[&str] = &["localhost", "db.example.test", "127.0.0.1", "::1"];
const REVOKED: &[u8] = &[0x10, 0x02];

/// Serial number of the client's, in `crl-client.pem`.
const REVOKED_CLIENT: &[u8] = &[0x52, 0x43];

/// Writes every file, all in PEM, into `dir`, which is made if it does not exist.
///
/// | file | certificate |
/// |---|---|
/// | `ca`, `other-ca` | two authorities |
/// | `server` | localhost, db.example.test, 127.0.0.1, ::1 |
/// | `wrongname` | other.example.test |
/// | `client`, `other-client` | for clients, by `ca` and by `other-ca` |
/// | `v1`, `v1-client` | X.509 version 1, the server's with the common name localhost |
/// | `cn` | common name localhost and no subject alternative name |
/// | `expired` | the server's names, until yesterday |
/// | `other` | the server's names, by `other-ca` |
///
/// The authorities are `NAME.pem` and `NAME-key.pem`, the rest `NAME-cert.pem` and `NAME-key.pem`.
/// `both.pem` is the server's certificate and key in one file; `crl.pem` is a list by `ca` without
/// entries, `crl-renewed.pem` the next one, which has none either, `crl-tomorrow.pem` the same, from
/// tomorrow on, `crl-client.pem` the next one with the client's certificate, and `crl-revoked.pem` one
/// with the server's.
///
/// # Errors
/// The error of the first file that cannot be written.
pub fn make_all(dir: &Path) -> Result<()> {
    std::fs::create_dir_all(dir)?;
    let ca = Authority::new("tlsql test CA")?;
    let other = Authority::new("tlsql other CA")?;
    write(dir, "ca.pem", &ca.certificate.pem())?;
    write_key(dir, "ca-key.pem", ca.issuer.key())?;
    write(dir, "other-ca.pem", &other.certificate.pem())?;
    write_key(dir, "other-ca-key.pem", other.issuer.key())?;

    let mut server = server("tlsql test server", SERVER_NAMES)?;
    server.serial_number = Some(SerialNumber::from_slice(REVOKED));
    let (certificate, key) = ca.issue(dir, "server", &server)?;
    write_secret(dir, "both.pem", &(certificate.pem() + &key.serialize_pem()))?;
    server.serial_number = None;
    other.issue(dir, "other", &server)?;
    server.not_before = OffsetDateTime::now_utc() - Duration::days(30);
    server.not_after = OffsetDateTime::now_utc() - Duration::days(1);
    ca.issue(dir, "expired", &server)?;

    ca.issue(dir, "wrongname", &self::server("tlsql wrong name", &["other.example.test"])?)?;
    let localhost = self::server("localhost", &[])?;
    ca.issue(dir, "cn", &localhost)?;
    ca.issue_v1(dir, "v1", &localhost)?;

    let mut client = client("tlsql test client")?;
    client.serial_number = Some(SerialNumber::from_slice(REVOKED_CLIENT));
    ca.issue(dir, "client", &client)?;
    other.issue(dir, "other-client", &client)?;
    ca.issue_v1(dir, "v1-client", &client)?;

    write(dir, "crl.pem", &ca.revoke(1, &[])?)?;
    write(dir, "crl-renewed.pem", &ca.revoke(2, &[])?)?;
    write(dir, "crl-tomorrow.pem", &ca.revoke_from(Duration::days(1), 2, &[])?)?;
    write(dir, "crl-client.pem", &ca.revoke(2, &[REVOKED_CLIENT])?)?;
    write(dir, "crl-revoked.pem", &ca.revoke(1, &[REVOKED])?)
}

struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str) -> Result<Self> {
        let mut params = params(name, &[])?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        Ok(Self { certificate, issuer: Issuer::new(params, key) })
    }

    /// Writes a certificate made from `params` to `NAME-cert.pem`, and its key to `NAME-key.pem`.
    fn issue(
        &self,
        dir: &Path,
        name: &str,
        params: &CertificateParams,
    ) -> Result<(Certificate, KeyPair)> {
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        write(dir, &format!("{name}-cert.pem"), &certificate.pem())?;
        write_key(dir, &format!("{name}-key.pem"), &key)?;
        Ok((certificate, key))
    }

    /// Writes the same in version 1: without extensions, and signed again.
    fn issue_v1(&self, dir: &Path, name: &str, params: &CertificateParams) -> Result<()> {
        let key = KeyPair::generate()?;
        let v3 = params.signed_by(&key, &self.issuer)?;
        let v3 = der::Certificate::parse(v3.der()).ok_or("a certificate that cannot be read")?;
        let tbs = v3.tbs_v1().ok_or("a certificate that cannot be read")?;
        let v1 = v3.with(&tbs, &self.sign(&tbs)?);
        write(dir, &format!("{name}-cert.pem"), &pem(v1))?;
        write_key(dir, &format!("{name}-key.pem"), &key)
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let random = SystemRandom::new();
        let pkcs8 = self.issuer.key().serialize_der();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &pkcs8, &random)
            .map_err(|_| "ring refuses the key")?;
        let signature = key.sign(&random, message).map_err(|_| "ring does not sign")?;
        Ok(signature.as_ref().to_vec())
    }

    fn revoke(&self, number: u64, serials: &[&[u8]]) -> Result<String> {
        self.revoke_from(Duration::days(-1), number, serials)
    }

    /// Makes a list that is current from this long after now.
    fn revoke_from(&self, wait: Duration, number: u64, serials: &[&[u8]]) -> Result<String> {
        let begin = OffsetDateTime::now_utc() + wait;
        let revoked_certs = serials
            .iter()
            .map(|serial| RevokedCertParams {
                serial_number: SerialNumber::from_slice(serial),
                revocation_time: begin,
                reason_code: None,
                invalidity_date: None,
            })
            .collect();
        let list = CertificateRevocationListParams {
            this_update: begin,
            next_update: begin + Duration::days(3650),
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(list.signed_by(&self.issuer)?.pem()?)
    }
}

fn params(name: &str, names: &[&str]) -> Result<CertificateParams> {
    let names = names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = OffsetDateTime::now_utc() - Duration::days(1);
    params.not_after = params.not_before + Duration::days(3650);
    Ok(params)
}

fn server(name: &str, names: &[&str]) -> Result<CertificateParams> {
    leaf(name, names, ExtendedKeyUsagePurpose::ServerAuth)
}

fn client(name: &str) -> Result<CertificateParams> {
    leaf(name, &[], ExtendedKeyUsagePurpose::ClientAuth)
}

fn leaf(name: &str, names: &[&str], purpose: ExtendedKeyUsagePurpose) -> Result<CertificateParams> {
    let mut params = params(name, names)?;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![purpose];
    Ok(params)
}

fn write_key(dir: &Path, name: &str, key: &KeyPair) -> Result<()> {
    write_secret(dir, name, &key.serialize_pem())
}

fn write(dir: &Path, name: &str, text: &str) -> Result<()> {
    Ok(std::fs::write(dir.join(name), text)?)
}

/// Writes a file that only its owner may read.
fn write_secret(dir: &Path, name: &str, text: &str) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(options.open(dir.join(name))?.write_all(text.as_bytes())?)
}

fn pem(certificate: Vec<u8>) -> String {
    let lines = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new("CERTIFICATE", certificate), lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_file_is_there() {
        let dir = std::env::temp_dir().join(format!("tlsql-certs-{}", std::process::id()));
        make_all(&dir).unwrap();
        let leaves = "server wrongname client v1 v1-client cn expired other other-client";
        let others = "ca ca-key other-ca other-ca-key both crl crl-renewed crl-tomorrow crl-client crl-revoked";
        let mut expected =
            others.split(' ').map(|name| format!("{name}.pem")).collect::<BTreeSet<_>>();
        for leaf in leaves.split(' ') {
            expected.extend([format!("{leaf}-cert.pem"), format!("{leaf}-key.pem")]);
        }
        let found = std::fs::read_dir(&dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect::<BTreeSet<_>>();
        std::fs::remove_dir_all(&dir).unwrap();
        assert_eq!(found, expected);
    }

    #[test]
    fn version_1_is_signed_again() {
        let ca = Authority::new("authority").unwrap();
        let key = KeyPair::generate().unwrap();
        let v3 = server("localhost", SERVER_NAMES).unwrap().signed_by(&key, &ca.issuer).unwrap();
        let v3 = der::Certificate::parse(v3.der()).unwrap();
        let tbs = v3.tbs_v1().unwrap();
        let public = ca.issuer.key().public_key_raw();
        ring::signature::UnparsedPublicKey::new(&ring::signature::ECDSA_P256_SHA256_ASN1, public)
            .verify(&tbs, &ca.sign(&tbs).unwrap())
            .unwrap();
        // A certificate of version 1 has no extensions that could be removed.
        let v1 = v3.with(&tbs, &[1, 2, 3]);
        assert_eq!(der::Certificate::parse(&v1).unwrap().tbs_v1().unwrap(), tbs);
    }
}
