//! The key of a server's session tickets: AES-256-GCM, with a key of its own for each ticket.

use ring::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Prk};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

/// A name, by which a ticket's key is found, and a secret.
///
/// HKDF makes the key of each ticket of the secret and 32 random octets, which stand in the ticket.
/// Each key is used once, so that any number of tickets, of any number of servers that share the
/// secret, is safe, where random nonces of 96 bits under one key allow 2^32 of them.
pub struct TicketKey {
    name: [u8; NAME],
    secret: Zeroizing<Vec<u8>>,
}

impl TicketKey {
    /// Octets of a key in its portable form: name and secret.
    pub const LEN: usize = NAME + SECRET;

    /// Reads the portable form; `None` if it is not `LEN` octets, or the secret is all zeros, as
    /// memory that nobody filled.
    pub fn new(octets: &[u8]) -> Option<Self> {
        let (name, secret) = octets.split_first_chunk::<NAME>()?;
        let is_made = secret.len() == SECRET && secret.iter().any(|octet| *octet != 0);
        is_made.then(|| Self { name: *name, secret: Zeroizing::new(secret.to_vec()) })
    }

    /// Makes a key; `None` if the system's source of randomness fails.
    pub fn random() -> Option<Self> {
        let mut octets = Zeroizing::new([0; Self::LEN]);
        SystemRandom::new().fill(&mut *octets).ok()?;
        Self::new(&*octets)
    }

    /// Returns a ticket: the name, the random octets, and what only the secret opens; `None` if the
    /// system's source of randomness fails.
    pub fn seal(&self, plain: &[u8]) -> Option<Vec<u8>> {
        let mut seed = [0; SEED];
        SystemRandom::new().fill(&mut seed).ok()?;
        let tag_len = aead::AES_256_GCM.tag_len();
        let mut ticket =
            Vec::with_capacity(HEAD.saturating_add(plain.len()).saturating_add(tag_len));
        ticket.extend_from_slice(&self.name);
        ticket.extend_from_slice(&seed);
        ticket.extend_from_slice(plain);
        let (head, body) = ticket.split_at_mut_checked(HEAD)?;
        let key = self.key(&seed)?;
        let tag = key.seal_in_place_separate_tag(only_nonce(), Aad::from(head), body).ok()?;
        ticket.extend_from_slice(tag.as_ref());
        Some(ticket)
    }

    /// Returns what `seal` was given; `None` for whatever is no ticket of this key.
    pub fn open(&self, ticket: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (head, body) = ticket.split_at_checked(HEAD)?;
        let (name, seed) = head.split_first_chunk::<NAME>()?;
        if *name != self.name {
            return None;
        }
        let key = self.key(seed)?;
        let mut plain = Zeroizing::new(body.to_vec());
        let len = key.open_in_place(only_nonce(), Aad::from(head), &mut plain).ok()?.len();
        plain.truncate(len);
        Some(plain)
    }

    fn key(&self, seed: &[u8]) -> Option<LessSafeKey> {
        let prk = Prk::new_less_safe(HKDF_SHA256, &self.secret);
        let info = [LABEL, seed];
        let key = prk.expand(&info, &aead::AES_256_GCM).ok()?;
        Some(LessSafeKey::new(UnboundKey::from(key)))
    }
}

/// The key is used for one message, so that its nonce may be constant.
fn only_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; aead::NONCE_LEN])
}

const NAME: usize = 16;
const SECRET: usize = 32;
const SEED: usize = 32;
/// What stands in clear in front of a ticket.
const HEAD: usize = NAME + SEED;
/// As long as one block of SHA-256 takes beside the random octets.
const LABEL: &[u8] = b"tlsql session ticket 2";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_opened_by_its_key_alone_and_only_whole() {
        let (key, other) = (TicketKey::random().unwrap(), TicketKey::random().unwrap());
        for plain in [&b""[..], b"a session", &[7; 70_000]] {
            let ticket = key.seal(plain).unwrap();
            assert_eq!(ticket.len(), HEAD + plain.len() + 16);
            assert_eq!(key.open(&ticket).unwrap().as_slice(), plain);
            assert!(other.open(&ticket).is_none());
            assert_ne!(key.seal(plain).unwrap(), ticket, "each has a key of its own");
        }
        let ticket = key.seal(b"a session").unwrap();
        for len in 0..ticket.len() {
            assert!(key.open(&ticket[..len]).is_none(), "{len} octets");
        }
        for at in 0..ticket.len() {
            let mut forged = ticket.clone();
            forged[at] ^= 1;
            assert!(key.open(&forged).is_none(), "octet {at}");
        }
        assert!(key.open(&[&ticket[..], &[0]].concat()).is_none());
    }

    #[test]
    fn the_portable_form_is_the_key() {
        let octets: Vec<u8> = (0..48).collect();
        let [one, other] = [(); 2].map(|()| TicketKey::new(&octets).unwrap());
        let ticket = one.seal(b"a session").unwrap();
        assert_eq!(ticket[..16], octets[..16]);
        assert_eq!(other.open(&ticket).unwrap().as_slice(), b"a session");
        let mut renamed = octets.clone();
        renamed[0] ^= 1;
        assert!(TicketKey::new(&renamed).unwrap().open(&ticket).is_none());
        let mut of_another_secret = octets.clone();
        of_another_secret[47] ^= 1;
        assert!(TicketKey::new(&of_another_secret).unwrap().open(&ticket).is_none());
        for len in (0..48).chain(49..60) {
            assert!(TicketKey::new(&vec![1; len]).is_none(), "{len} octets");
        }
        assert!(TicketKey::new(&[[1; 16], [0; 16], [0; 16]].concat()).is_none(), "never filled");
    }
}
