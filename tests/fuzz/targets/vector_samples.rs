//! Real certificates and revocation lists, each made once: those of the vectors.

use std::sync::LazyLock;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde_json::Value;

/// One case of the vectors.
pub struct VectorCase {
    pub leaf: Vec<u8>,
    pub others: Vec<Vec<u8>>,
    pub anchors: Vec<Vec<u8>>,
    pub lists: Vec<Vec<u8>>,
    pub is_client: bool,
    pub time: i64,
}

pub static CASES: LazyLock<Vec<VectorCase>> = LazyLock::new(|| {
    let texts = [
        include_str!("../../data/vectors/mysql_cert_matrix.json"),
        include_str!("../../data/vectors/crl_matrix.json"),
    ];
    let files = texts.map(|text| serde_json::from_str::<Value>(text).unwrap());
    files.iter().flat_map(|file| file["cases"].as_array().unwrap()).map(case).collect()
});

/// Every certificate once, those in `tests/data/keys` too.
pub static CERTIFICATES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut all: Vec<Vec<u8>> = KEYS.iter().map(|pem| from_pem(pem)).collect();
    for case in CASES.iter() {
        for der in [&case.leaf].into_iter().chain(&case.others).chain(&case.anchors) {
            if !all.contains(der) {
                all.push(der.clone());
            }
        }
    }
    all
});

pub static LISTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut all: Vec<Vec<u8>> = Vec::new();
    for der in CASES.iter().flat_map(|case| &case.lists) {
        if !all.contains(der) {
            all.push(der.clone());
        }
    }
    all
});

pub fn from_pem(pem: &[u8]) -> Vec<u8> {
    CertificateDer::from_pem_slice(pem).unwrap().to_vec()
}

fn case(case: &Value) -> VectorCase {
    let all = |name: &str| -> Vec<Vec<u8>> {
        let texts = case[name].as_array().map_or(&[][..], Vec::as_slice);
        texts.iter().map(|text| base64(text.as_str().unwrap())).collect()
    };
    VectorCase {
        leaf: base64(case["leaf"].as_str().unwrap()),
        others: all("intermediates"),
        anchors: all("anchors"),
        lists: all("crls"),
        is_client: case["role"] == "client",
        time: case["time"].as_i64().unwrap_or(MATRIX_TIME),
    }
}

/// Decodes a certificate of the vectors, which are base64 without PEM's lines.
fn base64(text: &str) -> Vec<u8> {
    let pem = format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
    from_pem(pem.as_bytes())
}

/// The certificates' matrix was made for one day in 2026.
pub const MATRIX_TIME: i64 = 1_795_617_000;

const KEYS: [&[u8]; 8] = [
    include_bytes!("../../data/keys/ed25519-cert.pem"),
    include_bytes!("../../data/keys/p256-cert.pem"),
    include_bytes!("../../data/keys/p256-sha1-cert.pem"),
    include_bytes!("../../data/keys/p384-cert.pem"),
    include_bytes!("../../data/keys/p521-cert.pem"),
    include_bytes!("../../data/keys/rsa1024-cert.pem"),
    include_bytes!("../../data/keys/rsa2048-ca.pem"),
    include_bytes!("../../data/keys/rsa2048-cert.pem"),
];
