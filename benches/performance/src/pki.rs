//! Throw-away certificates: for each kind of key a CA, a server and a client; and many roots.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevokedCertParams, SerialNumber, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, pem::PemObject};

use crate::library::Setup;

/// What a pair of contexts is made for.
#[derive(Clone, Copy)]
pub struct Case {
    pub is_tls13: bool,
    pub suite: usize,
    pub is_rsa: bool,
    pub has_client_cert: bool,
    /// Whether sessions are resumed.
    pub resumes: bool,
}

/// TLS 1.3 with AES-128-GCM and keys on P-256.
pub const USUAL: Case =
    Case { is_tls13: true, suite: 0, is_rsa: false, has_client_cert: false, resumes: false };

impl Case {
    pub fn version(&self) -> &'static str {
        if self.is_tls13 { "TLS 1.3" } else { "TLS 1.2" }
    }
}

/// The directory of the files; it is removed with the value.
pub struct Pki {
    dir: PathBuf,
    is_ours: bool,
}

impl Pki {
    pub fn new() -> Self {
        let dir = std::env::temp_dir().join(format!("tlsql-bench-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let pki = Self { dir, is_ours: true };
        pki.make("p256", || KeyPair::generate().unwrap());
        let mut keys = rsa_keys().into_iter();
        pki.make("rsa", || keys.next().unwrap());
        pki.make_roots();
        pki
    }

    /// The files that another process made.
    pub fn of(dir: &str) -> Self {
        Self { dir: dir.into(), is_ours: false }
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Setups of the client and of the server.
    pub fn setups(&self, case: Case) -> [Setup; 2] {
        let kind = if case.is_rsa { "rsa" } else { "p256" };
        let ca = self.file(&format!("{kind}-ca.pem"));
        let identity = |name: &str| {
            [format!("{kind}-{name}.pem"), format!("{kind}-{name}-key.pem")].map(|f| self.file(&f))
        };
        let setup = |is_server| Setup {
            is_server,
            is_tls13: case.is_tls13,
            suite: case.suite,
            ca: (!is_server || case.has_client_cert).then(|| ca.clone()),
            identity: match is_server {
                true => Some(identity("server")),
                false => case.has_client_cert.then(|| identity("client")),
            },
            resumes: case.resumes,
            crl: None,
        };
        [setup(false), setup(true)]
    }

    /// The setup of a client that trusts `ROOTS` roots beside the server's.
    pub fn many_roots(&self) -> Setup {
        let [mut client, _] = self.setups(USUAL);
        client.ca = Some(self.file("roots.pem"));
        client
    }

    /// Setups of both ends, which trust `ROOTS` roots and have a list of `LISTED` entries.
    pub fn many_roots_and_a_list(&self, case: Case) -> [Setup; 2] {
        self.setups(case).map(|setup| Setup {
            ca: Some(self.file("roots.pem")),
            crl: Some(self.file("p256-crl.pem")),
            ..setup
        })
    }

    /// Bytes of the certificates that a server of this case shows.
    pub fn chain_len(&self, setup: &Setup) -> usize {
        let Some([cert, _]) = &setup.identity else { return 0 };
        CertificateDer::pem_file_iter(cert).unwrap().map(|cert| cert.unwrap().len()).sum()
    }

    fn file(&self, name: &str) -> String {
        self.dir.join(name).to_string_lossy().into_owned()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.dir.join(name), text).unwrap();
    }

    fn make(&self, kind: &str, mut key: impl FnMut() -> KeyPair) {
        let (ca, ca_key) = (authority(&format!("tlsql bench CA {kind}")), key());
        self.write(&format!("{kind}-ca.pem"), &ca.self_signed(&ca_key).unwrap().pem());
        let issuer = Issuer::new(ca, ca_key);
        if kind == "p256" {
            self.write("p256-crl.pem", &revocation_list(&issuer));
        }
        for (name, purpose) in [
            ("server", ExtendedKeyUsagePurpose::ServerAuth),
            ("client", ExtendedKeyUsagePurpose::ClientAuth),
        ] {
            let key = key();
            let mut params = CertificateParams::new(vec!["localhost".into()]).unwrap();
            params.distinguished_name.push(DnType::CommonName, format!("tlsql bench {name}"));
            params.use_authority_key_identifier_extension = true;
            params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
            params.extended_key_usages = vec![purpose];
            let cert = params.signed_by(&key, &issuer).unwrap();
            self.write(&format!("{kind}-{name}.pem"), &cert.pem());
            self.write(&format!("{kind}-{name}-key.pem"), &key.serialize_pem());
        }
    }

    /// Roots as in platforms' bundles, mostly of RSA-4096, with the CA of P-256 among them.
    fn make_roots(&self) {
        let rsa4096 = key_of("rsa4096-pkcs8.pem");
        let [rsa2048, ..] = rsa_keys();
        let p256 = KeyPair::generate().unwrap();
        let mut text = fs::read_to_string(self.dir.join("p256-ca.pem")).unwrap();
        for n in 1..ROOTS {
            let key = [&rsa4096, &rsa4096, &rsa2048, &p256][n % 4];
            let root = authority(&format!("tlsql bench root number {n}"));
            text.push_str(&root.self_signed(key).unwrap().pem());
        }
        self.write("roots.pem", &text);
    }
}

/// As many as Debian 12 has.
pub const ROOTS: usize = 144;

/// Revoked certificates of the list.
pub const LISTED: u64 = 100_000;

/// A list of certificates that nobody here has.
fn revocation_list(issuer: &Issuer<KeyPair>) -> String {
    let revoked = |n: u64| RevokedCertParams {
        serial_number: SerialNumber::from((1 << 60) + n),
        revocation_time: date_time_ymd(2024, 1, 1),
        reason_code: None,
        invalidity_date: None,
    };
    let list = CertificateRevocationListParams {
        this_update: date_time_ymd(2024, 1, 1),
        next_update: date_time_ymd(4096, 1, 1),
        crl_number: SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs: (0..LISTED).map(revoked).collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    list.signed_by(issuer).unwrap().pem().unwrap()
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.distinguished_name.push(DnType::OrganizationName, "tlsql benchmark");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// Three keys of RSA-2048, which ring does not make.
fn rsa_keys() -> [KeyPair; 3] {
    let chains = fs::read_to_string(keys_dir().join("chains.pem")).unwrap();
    let mut keys = vec![key_of("rsa2048-pkcs8.pem")];
    for block in chains.split_inclusive("-----END PRIVATE KEY-----") {
        let Some(start) = block.find("-----BEGIN") else { continue };
        if let Ok(key) = KeyPair::from_pem(&block[start..]) {
            // A PKCS#8 key of RSA-2048 has about 1217 bytes.
            if key.serialize_der().len() / 100 == 12 {
                keys.push(key);
            }
        }
    }
    keys.truncate(3);
    keys.try_into().unwrap_or_else(|_| panic!("too few RSA keys in chains.pem"))
}

fn key_of(name: &str) -> KeyPair {
    KeyPair::from_pem(&fs::read_to_string(keys_dir().join(name)).unwrap()).unwrap()
}

fn keys_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/keys")
}

impl Drop for Pki {
    fn drop(&mut self) {
        if self.is_ours {
            let _ = fs::remove_dir_all(&self.dir);
        }
    }
}
