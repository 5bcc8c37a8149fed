//! A TLS 1.2 server made by hand, for what no library leaves out: one suite, X25519, RSA, and no
//! extension but those that it is given.

use ring::agreement::{EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use ring::{aead, digest, hmac};

use super::{Host, pki, wire};

/// What the server sends first, and in records of which size.
#[derive(Clone, Default)]
pub struct ServerFlight {
    /// The extensions' bytes; `None` has no block of them at all.
    pub extensions: Option<Vec<u8>>,
    /// The session id.
    pub session: Vec<u8>,
    /// The body of a CertificateRequest.
    pub request: Option<Vec<u8>>,
    /// Most octets of handshake messages in one record.
    pub record_size: usize,
    /// Group and public value of its key exchange, in place of its own.
    pub share: Option<(u8, Vec<u8>)>,
}

pub struct HandmadeServer {
    flight: ServerFlight,
    /// All handshake messages so far.
    transcript: Vec<u8>,
    client_random: Vec<u8>,
    secret: Option<EphemeralPrivateKey>,
    master: Vec<u8>,
    reads: Option<Direction>,
    writes: Option<Direction>,
}

impl HandmadeServer {
    /// Takes a client that has got its greeting through the upgrade, as far as it goes.
    pub fn upgrade(flight: ServerFlight, client: &mut Host) -> Self {
        let mut server = Self {
            flight,
            transcript: Vec::new(),
            client_random: Vec::new(),
            secret: None,
            master: Vec::new(),
            reads: None,
            writes: None,
        };
        let hello = client.take_sent().split_off(36);
        let flight = server.first_flight(&hello);
        client.deliver(&flight);
        let answer = client.take_sent();
        if client.error.is_none() {
            let finish = server.finish(&answer);
            client.deliver(&finish);
        }
        server
    }

    /// Seals a record.
    pub fn record(&mut self, kind: u8, body: &[u8]) -> Vec<u8> {
        self.writes.as_mut().expect("keys").seal(kind, body)
    }

    /// Opens records, and gives each one's type and content.
    pub fn open(&mut self, stream: &[u8]) -> Vec<(u8, Vec<u8>)> {
        let reads = self.reads.as_mut().expect("keys");
        let open = |(kind, body): (u8, Vec<u8>)| (kind, reads.open(kind, &body));
        wire::records(stream).into_iter().map(open).collect()
    }

    fn first_flight(&mut self, hello: &[u8]) -> Vec<u8> {
        let (_, hello) = wire::records(hello).remove(0);
        self.client_random = hello[6..38].to_vec();
        self.transcript.extend(hello);
        let mut server_hello = [&[3, 3], &RANDOM[..], &[self.flight.session.len() as u8]].concat();
        server_hello.extend(&self.flight.session);
        server_hello.extend([0xc0, 0x2f, 0]);
        if let Some(extensions) = &self.flight.extensions {
            server_hello.extend(vector(extensions));
        }
        let mut flight = wire::handshake(2, &server_hello);

        let read = |name: &str| pki::der(&std::fs::read(pki::kept(name)).expect("a kept file"));
        let leaf = read("keys/rsa2048-cert.pem");
        let entry = [&[0], &vector(&leaf)[..]].concat();
        flight.extend(wire::handshake(11, &[&[0], &vector(&entry)[..]].concat()));

        let random = SystemRandom::new();
        let secret = EphemeralPrivateKey::generate(&X25519, &random).expect("a key");
        let public = secret.compute_public_key().expect("a key");
        self.secret = Some(secret);
        let (group, public) =
            self.flight.share.clone().unwrap_or_else(|| (29, public.as_ref().to_vec()));
        let params = [&[3, 0, group, public.len() as u8], &public[..]].concat();
        let key = RsaKeyPair::from_pkcs8(&read("keys/rsa2048-pkcs8.pem")).expect("a key");
        let signed = [&self.client_random[..], &RANDOM, &params].concat();
        let mut signature = vec![0; 256];
        key.sign(&RSA_PKCS1_SHA256, &random, &signed, &mut signature).expect("a signature");
        flight.extend(wire::handshake(12, &[&params[..], &[4, 1], &vector(&signature)].concat()));
        if let Some(request) = &self.flight.request {
            flight.extend(wire::handshake(13, request));
        }
        flight.extend(wire::handshake(14, &[]));
        self.transcript.extend(&flight);
        self.cut(&flight)
    }

    /// Reads the client's Finished, checks it, and answers with its own.
    fn finish(&mut self, answer: &[u8]) -> Vec<u8> {
        let records = wire::records(answer);
        let change = records.iter().position(|(kind, _)| *kind == CHANGE).expect("a change");
        let clear: Vec<u8> = records[..change].iter().flat_map(|(_, body)| body.clone()).collect();
        self.transcript.extend(&clear);
        // ClientKeyExchange is the last: its length, and the public value behind one of its own.
        let public = &clear[clear.len() - 32..];
        let peer = UnparsedPublicKey::new(&X25519, public);
        let secret = self.secret.take().expect("one handshake");
        let shared = agree_ephemeral(secret, &peer, <[u8]>::to_vec).expect("a secret");
        let (ours, theirs) = (&RANDOM[..], &self.client_random[..]);
        self.master = prf(&shared, b"master secret", &[theirs, ours].concat(), 48);
        let keys = prf(&self.master, b"key expansion", &[ours, theirs].concat(), 40);
        self.reads = Some(Direction::new(&keys[..16], &keys[32..36]));
        self.writes = Some(Direction::new(&keys[16..32], &keys[36..40]));

        let reads = self.reads.as_mut().expect("keys");
        let finished = reads.open(wire::HANDSHAKE, &records[change + 1].1);
        let expected = wire::handshake(20, &self.verify_data(b"client finished"));
        assert_eq!(finished, expected, "the client's Finished");
        self.transcript.extend(finished);
        let own = wire::handshake(20, &self.verify_data(b"server finished"));
        [wire::record(CHANGE, &[1]), self.record(wire::HANDSHAKE, &own)].concat()
    }

    fn verify_data(&self, label: &[u8]) -> Vec<u8> {
        let hash = digest::digest(&digest::SHA256, &self.transcript);
        prf(&self.master, label, hash.as_ref(), 12)
    }

    fn cut(&self, messages: &[u8]) -> Vec<u8> {
        let parts = messages.chunks(self.flight.record_size.max(1));
        parts.flat_map(|part| wire::record(wire::HANDSHAKE, part)).collect()
    }
}

/// AES-128-GCM of RFC 5288.
pub struct Direction {
    key: aead::LessSafeKey,
    salt: Vec<u8>,
    sequence: u64,
}

impl Direction {
    pub fn new(key: &[u8], salt: &[u8]) -> Self {
        let key = aead::UnboundKey::new(&aead::AES_128_GCM, key).expect("16 octets");
        Self { key: aead::LessSafeKey::new(key), salt: salt.to_vec(), sequence: 0 }
    }

    pub fn seal(&mut self, kind: u8, body: &[u8]) -> Vec<u8> {
        let explicit = self.sequence.to_be_bytes();
        let (nonce, aad) = self.next(&explicit, kind, body.len());
        let mut sealed = body.to_vec();
        self.key.seal_in_place_append_tag(nonce, aad, &mut sealed).expect("a record");
        wire::record(kind, &[&explicit[..], &sealed].concat())
    }

    pub fn open(&mut self, kind: u8, body: &[u8]) -> Vec<u8> {
        let (explicit, sealed) = body.split_at(8);
        let (nonce, aad) = self.next(explicit, kind, sealed.len() - 16);
        let mut sealed = sealed.to_vec();
        self.key.open_in_place(nonce, aad, &mut sealed).expect("a record of the client").to_vec()
    }

    fn next(&mut self, explicit: &[u8], kind: u8, len: usize) -> (aead::Nonce, aead::Aad<Vec<u8>>) {
        let nonce: Vec<u8> = [&self.salt, explicit].concat();
        let nonce = aead::Nonce::try_assume_unique_for_key(&nonce).expect("12 octets");
        let number = self.sequence.to_be_bytes();
        self.sequence += 1;
        let aad = [&number[..], &[kind, 3, 3], &(len as u16).to_be_bytes()].concat();
        (nonce, aead::Aad::from(aad))
    }
}

/// Computes the PRF of RFC 5246 section 5, with SHA-256.
pub fn prf(secret: &[u8], label: &[u8], seed: &[u8], len: usize) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let seed = [label, seed].concat();
    let mut a = seed.clone();
    let mut out = Vec::new();
    while out.len() < len {
        a = hmac::sign(&key, &a).as_ref().to_vec();
        out.extend(hmac::sign(&key, &[&a[..], &seed].concat()).as_ref());
    }
    out.truncate(len);
    out
}

/// Returns bytes behind their length in two octets.
fn vector(body: &[u8]) -> Vec<u8> {
    [&(body.len() as u16).to_be_bytes(), body].concat()
}

const CHANGE: u8 = 20;
const RANDOM: [u8; 32] = [0x5e; 32];
