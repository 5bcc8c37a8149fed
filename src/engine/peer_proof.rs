//! Who the server is, where its certificate alone does not tell: MariaDB's proof by password.

use crate::error::{Code, Error};
use crate::tls::{is_same_proof, password_proof};

/// Returns the 64 capital hexadecimal digits that a server with this certificate, in DER, and this
/// salt of the password sends.
///
/// # Errors
/// `Argument` without salt or scramble, or for the salt of no password.
pub fn digits(certificate: &[u8], salt: &[u8], scramble: &[u8]) -> Result<String, Error> {
    let why = if salt.is_empty() {
        "an empty salt proves nothing"
    } else if salt == EMPTY_PASSWORD {
        "the salt must be of a password, not the hash of an empty password"
    } else if scramble.is_empty() {
        "an empty scramble proves nothing"
    } else {
        return Ok(password_proof(certificate, salt, scramble));
    };
    Err(Error::detail(Code::Argument, why))
}

/// Checks that an answer to this authentication plugin, named as on the wire, shows the password to
/// nobody, and that a server can prove itself with it.
///
/// # Errors
/// `PeerProof` for every other plugin.
pub fn check_plugin(name: &[u8]) -> Result<(), Error> {
    if PLUGINS.contains(&name) { Ok(()) } else { Err(Code::PeerProof.into()) }
}

/// Compares with the text of the server's OK packet: 0x01 and the digits.
pub fn is_same(digits: &str, text: &[u8]) -> bool {
    is_same_proof(&[&[SHA256], digits.as_bytes()].concat(), text)
}

/// Plugins whose answer is a hash or a signature, and of which MariaDB's servers send the proof.
const PLUGINS: [&[u8]; 3] = [b"mysql_native_password", b"client_ed25519", b"parsec"];

/// The first byte of the text: which hash the proof is.
const SHA256: u8 = 1;

/// SHA1(SHA1("")), which anybody can compute: a server keeps no hash for an empty password.
const EMPTY_PASSWORD: [u8; 20] = [
    0xbe, 0x1b, 0xde, 0xc0, 0xaa, 0x74, 0xb4, 0xdc, 0xb0, 0x79, 0x94, 0x3e, 0x70, 0x52, 0x80, 0x96,
    0xcc, 0xa9, 0x85, 0xf8,
];
