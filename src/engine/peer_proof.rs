//! Who the server is, where its certificate alone does not tell: MariaDB's proof by password.

use crate::config::{Role, Settings};
use crate::error::{Code, Error};
use crate::packet::header::Header;
use crate::text::quoted;
use crate::tls::{is_same_proof, password_proof};

/// Returns the 64 capital hexadecimal digits that a server with the certificate of this SHA-256 and
/// this salt of the password sends.
///
/// The lengths are exact: a SHA-256 can be continued behind its padding. With a longer scramble the
/// proof that a true server sent to somebody in between would lead to one for another certificate.
///
/// # Errors
/// `Argument` for a salt or scramble of another length, or for the salt of no password.
///
/// # Source
/// MariaDB 11.4: `make_ssl_info` of the server and `run_plugin_auth` of Connector/C hash
/// `SCRAMBLE_LENGTH` bytes of the session's scramble, whatever the plugin.
pub fn digits(certificate: &[u8], salt: &[u8], scramble: &[u8]) -> Result<String, Error> {
    let why = if !SALT_LENS.contains(&salt.len()) {
        "the salt must have 20 bytes of mysql_native_password, 32 of ed25519 or 52 of parsec"
    } else if salt == NATIVE_OF_NO_PASSWORD || salt == ED25519_OF_NO_PASSWORD {
        "the salt must be of a password, not the hash of an empty password"
    } else if scramble.len() != SCRAMBLE_LEN {
        "the scramble must have 20 bytes, whatever the plugin"
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
    if PLUGINS.contains(&name) {
        return Ok(());
    }
    let name = quoted(&String::from_utf8_lossy(name));
    let hint = format!(
        "The plugin {name} does more than hash the password, or proves nothing: set ssl_ca to the \
         server's CA, or ssl_fp to its fingerprint."
    );
    Err(Error::from(Code::PeerProof).with_hint(hint))
}

/// What is left to send of a login's packet, in whatever parts it is handed in.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoginPacket {
    /// The header, of which `known` bytes have left.
    header: [u8; Header::WIRE_LEN],
    known: usize,
    /// Bytes of the payload, once the header is known.
    payload: usize,
}

impl LoginPacket {
    /// Returns what is left once these bytes have left; `None` if they go beyond the packet.
    pub fn after(mut self, bytes: &[u8]) -> Option<Self> {
        let missing = self.header.get_mut(self.known..)?;
        let (start, payload) = bytes.split_at_checked(missing.len()).unwrap_or((bytes, b""));
        missing.iter_mut().zip(start).for_each(|(place, byte)| *place = *byte);
        self.known = self.known.checked_add(start.len())?;
        if !start.is_empty() && self.known == Header::WIRE_LEN {
            self.payload = usize::try_from(Header::parse(&self.header)?.len).ok()?;
        }
        self.payload = self.payload.checked_sub(payload.len())?;
        Some(self)
    }

    /// Whether part of it has left, and the rest has not.
    pub fn is_under_way(&self) -> bool {
        self.known > 0 && !self.is_whole()
    }

    /// Whether all of it has left.
    pub fn is_whole(&self) -> bool {
        self.known == Header::WIRE_LEN && self.payload == 0
    }
}

/// Compares with the text of the server's OK packet: 0x01 and the digits.
pub fn is_same(digits: &str, text: &[u8]) -> bool {
    is_same_proof(&[&[SHA256], digits.as_bytes()].concat(), text)
}

/// The reason of what would send while the server has not proved itself.
#[cold]
pub fn unproven() -> Error {
    let why = "the server has not proved itself yet; name the plugin that is answered next \
               (tlsql_client_auth_plugin), or check the proof (tlsql_conn_confirm_peer)";
    Error::detail(Code::State, why)
}

/// The reason of what goes beyond the packet that may leave.
#[cold]
pub fn beyond_packet() -> Error {
    let why = "this goes beyond the one packet, by the length in its header, that \
               tlsql_client_auth_plugin allowed; name the plugin before each packet";
    Error::detail(Code::State, why)
}

/// Checks that a client waits for the proof.
///
/// # Errors
/// `State`, for a client with what keeps it from waiting.
pub fn check_awaited(settings: &Settings) -> Result<(), Error> {
    match settings.role {
        Role::Client if settings.awaits_proof => Ok(()),
        Role::Client => {
            let why = "tlsql_peer_proof is OFF, or ssl_ca or ssl_fp vouches for the server";
            Err(Error::detail(Code::State, why))
        }
        Role::Server => Err(Code::State.into()),
    }
}

/// Plugins whose answer is a hash or a signature, and of which MariaDB's servers send the proof.
const PLUGINS: [&[u8]; 3] = [b"mysql_native_password", b"client_ed25519", b"parsec"];

/// The first byte of the text: which hash the proof is.
const SHA256: u8 = 1;

/// Bytes of the server's scramble: `SCRAMBLE_LENGTH` of MySQL and MariaDB.
const SCRAMBLE_LEN: usize = 20;

/// Bytes of a salt: SHA1(SHA1(password)), the public key of ed25519, and for parsec the algorithm's
/// letter, the iterations, 18 bytes of salt and a public key.
const SALT_LENS: [usize; 3] = [20, 32, 1 + 1 + 18 + 32];

/// SHA1(SHA1("")), which anybody can compute: a server keeps no hash for an empty password.
const NATIVE_OF_NO_PASSWORD: [u8; 20] = [
    0xbe, 0x1b, 0xde, 0xc0, 0xaa, 0x74, 0xb4, 0xdc, 0xb0, 0x79, 0x94, 0x3e, 0x70, 0x52, 0x80, 0x96,
    0xcc, 0xa9, 0x85, 0xf8,
];

/// MariaDB's `ed25519_password("")`, in binary: it has no salt of its own.
const ED25519_OF_NO_PASSWORD: [u8; 32] = [
    0xe0, 0xb1, 0xfe, 0x74, 0x11, 0x7e, 0x1b, 0x95, 0xb6, 0x08, 0xa4, 0xf2, 0x21, 0xdf, 0x31, 0x47,
    0x74, 0xb2, 0x0e, 0xa6, 0x68, 0x42, 0x35, 0x0d, 0x51, 0x53, 0x71, 0xc7, 0xc6, 0x96, 0x6c, 0x6e,
];
