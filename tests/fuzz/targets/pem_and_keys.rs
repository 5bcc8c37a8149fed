//! CA certificates, revocation lists, certificates and keys as an application hands them over: text
//! of any kind becomes an error or settings, and what is refused leaves no trace.

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tlsql::der::Reader;
use tlsql::trust::Certificate;
use tlsql::{Builder, Code, Context, Error, Role};

use super::contexts::{MODES, NOW};
use super::cursor::Cursor;

/// The first byte is the role (bit 0) and the mode, then calls follow, each with its material:
/// `FILE`'s number and changes, or octets of the script.
pub fn run(data: &[u8]) {
    let mut script = Cursor::new(data);
    let bits = script.u8();
    // What was refused is not told to the second one at all.
    let [mut all, mut good] = [builder(bits), builder(bits)];
    let mut anchors = Vec::new();
    for _ in 0..8 {
        if script.is_empty() {
            break;
        }
        match script.u8() % call::COUNT {
            call::CA => {
                let pem = material(&mut script);
                if checked(all.add_ca(&pem)) {
                    good.add_ca(&pem).unwrap();
                    anchors.push(pem);
                }
            }
            call::CRL => {
                let pem = material(&mut script);
                if checked(all.add_crl(&pem)) {
                    good.add_crl(&pem).unwrap();
                }
            }
            _ => {
                let (chain, key) = (material(&mut script), material(&mut script));
                if checked(all.set_identity(&chain, &key)) {
                    good.set_identity(&chain, &key).unwrap();
                }
            }
        }
    }
    let made = [Context::new(&all), Context::new(&good)].map(|made| made.map(drop).map_err(code));
    assert_eq!(made[0], made[1], "a refused call changed something");
    if made[0].is_ok() {
        anchors.iter().for_each(|pem| are_certificates(pem));
    }
}

/// What the first byte of a call means.
pub mod call {
    pub const CA: u8 = 0;
    pub const CRL: u8 = 1;
    pub const IDENTITY: u8 = 2;
    pub const COUNT: u8 = 3;
}

fn builder(bits: u8) -> Builder {
    let role = if bits & 1 == 0 { Role::Client } else { Role::Server };
    let mut builder = Builder::new(role);
    builder.set_clock(NOW);
    if role == Role::Client {
        let (name, _) = MODES[usize::from(bits >> 1) % MODES.len()];
        builder.set("ssl_mode", name).unwrap();
    }
    builder
}

/// Reads material: 0 and a count of octets, or a file's number and a count of changes.
fn material(script: &mut Cursor<'_>) -> Vec<u8> {
    match script.u8() {
        0 => script.bytes().to_vec(),
        number => {
            let mut file = FILES[usize::from(number - 1) % FILES.len()].to_vec();
            let flips = script.u8() & 7;
            script.flip(&mut file, flips);
            file
        }
    }
}

fn checked(result: Result<(), Error>) -> bool {
    result.map_err(code).is_ok()
}

fn code(error: Error) -> Code {
    assert!(!error.to_string().is_empty());
    error.code
}

fn are_certificates(pem: &[u8]) {
    if pem.first() == Some(&0x30) {
        Certificate::parse(pem).expect("a DER file");
        return;
    }
    let all: Vec<_> = CertificateDer::pem_slice_iter(pem).collect();
    assert!(!all.is_empty());
    for der in all {
        // As OpenSSL, a block is read as far as its first value goes.
        let der = der.expect("a PEM section");
        let first = Reader::new(&der).any().expect("a value");
        Certificate::parse(first.raw).expect("a certificate");
    }
}

/// Their numbers in scripts begin with 1.
pub const FILES: [&[u8]; 20] = [
    include_bytes!("../../data/certs/ca.pem"),
    include_bytes!("../../data/certs/server-cert.pem"),
    include_bytes!("../../data/certs/server-key.pem"),
    include_bytes!("../../data/mysql-auto/ca.pem"),
    include_bytes!("../../data/mysql-auto/server-cert.pem"),
    include_bytes!("../../data/mysql-auto/server-key.pem"),
    include_bytes!("../../data/anchors/ca-and-inter.pem"),
    include_bytes!("../../data/keys/ed25519-cert.pem"),
    include_bytes!("../../data/keys/ed25519-pkcs8.pem"),
    include_bytes!("../../data/keys/p256-cert.pem"),
    include_bytes!("../../data/keys/p256-pkcs8.pem"),
    include_bytes!("../../data/keys/p256-sec1.pem"),
    include_bytes!("../../data/keys/p256-encrypted-pkcs8.pem"),
    include_bytes!("../../data/keys/p384-cert.pem"),
    include_bytes!("../../data/keys/p384-sec1.pem"),
    include_bytes!("../../data/keys/p521-sec1.pem"),
    include_bytes!("../../data/keys/rsa1024-pkcs8.pem"),
    include_bytes!("../../data/keys/rsa2048-cert.pem"),
    include_bytes!("../../data/keys/rsa2048-pkcs1.pem"),
    include_bytes!("../../data/keys/rsa2048-encrypted-pkcs1.pem"),
];
