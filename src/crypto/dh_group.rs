//! Finite-field Diffie-Hellman groups: those that MySQL's servers use, known by value.
//!
//! TLS 1.2 servers send p and g instead of a name. Only groups that are known here are accepted: a
//! server can choose a p for which it can compute discrete logarithms, and a client cannot detect
//! that during a handshake.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use ring::digest;
use rustls::ffdhe_groups;

use super::dh_modulus::{Modulus, trim};
use super::dh_primes as primes;
use crate::der::{Reader, Value, is_integer, tag};

/// A group whose p is a safe prime.
#[derive(Debug)]
pub struct DhGroup {
    pub(super) p: &'static [u8],
    pub(super) g: &'static [u8],
    /// Number in the supported_groups extension (RFC 7919 section 3).
    pub(super) number: u16,
    /// The ClientHello lists it.
    pub(super) is_offered: bool,
    prepared: OnceLock<Option<Arc<Prepared>>>,
}

/// The values that exponentiations in a group need.
#[derive(Debug)]
pub(super) struct Prepared {
    pub modulus: Modulus,
    /// g generates only the squares, a subgroup of order q = (p - 1) / 2. Where it generates the
    /// whole group, half of all honest public values are not squares.
    pub only_squares: bool,
}

impl DhGroup {
    /// Returns the SHA-256 of p and g.
    pub fn fingerprint(&self) -> [u8; 32] {
        let p_len = u64::try_from(self.p.len()).unwrap_or(u64::MAX);
        super::sha256(&[&p_len.to_be_bytes(), self.p, self.g])
    }

    /// Returns the groups that a client accepts: those of all known servers, and `more`.
    pub fn for_client(more: &[&'static Self]) -> Vec<&'static Self> {
        KNOWN.iter().chain(more).copied().collect()
    }

    /// Returns the groups of a server. With more than 4096 bits, clients could keep it busy.
    pub fn for_server() -> Vec<&'static Self> {
        vec![&FFDHE2048, &FFDHE3072, &FFDHE4096]
    }

    /// Reads the DER of a `DH PARAMETERS` block.
    ///
    /// # Errors
    /// The reason why it cannot be used.
    ///
    /// # Source
    /// PKCS #3 section 9: DHParameter.
    pub fn parse(der: &[u8]) -> Result<&'static Self, &'static str> {
        let (p, g) = parse_parameters(der).ok_or("no DHParameter of PKCS #3")?;
        let known = KNOWN.iter().find(|group| group.p == p && group.g == g);
        if let Some(known) = known {
            return Ok(known);
        }
        if bits(p) > MAX_BITS {
            return Err("p has more than 8192 bits");
        }
        let modulus = Modulus::new(p).ok_or("p is not odd")?;
        if !modulus.is_inside(g) {
            return Err("g is not between 1 and p - 1");
        }
        let is_known = KNOWN.iter().any(|group| group.p == p);
        // The test takes two seconds for 8192 bits, so each p is tested once, and without the lock.
        if !is_known && !Added::lock().has_prime(p) && !modulus.is_safe_prime() {
            return Err("p is no safe prime");
        }
        Added::lock().keep(p, g).ok_or("too many groups were loaded since the program began")
    }

    /// Returns the number of bits of p.
    pub fn bits(&self) -> u32 {
        bits(self.p)
    }

    pub(super) fn prepared(&self) -> Option<Arc<Prepared>> {
        let prepare = || {
            let modulus = Modulus::new(self.p)?;
            let only_squares = modulus.is_square(self.g);
            Some(Arc::new(Prepared { modulus, only_squares }))
        };
        self.prepared.get_or_init(prepare).clone()
    }

    /// Returns the bytes of a secret exponent: at least twice the strength of the group (RFC 7919
    /// section 5.2 and appendix A: 225, 275, 325, 375 and 400 bits), and never below 256 bits.
    pub(super) fn exponent_len(&self) -> usize {
        match self.bits() {
            0..=2048 => 32,
            2049..=3072 => 36,
            3073..=4096 => 44,
            4097..=6144 => 48,
            _ => 56,
        }
    }

    /// Returns a group of RFC 7919.
    const fn of(group: ffdhe_groups::FfdheGroup<'static>, number: u16) -> Self {
        Self { p: group.p, g: group.g, number, is_offered: true, prepared: OnceLock::new() }
    }

    /// Returns a group without a number of its own.
    const fn shared(p: &'static [u8], g: &'static [u8], number: u16, is_offered: bool) -> Self {
        Self { p, g, number, is_offered, prepared: OnceLock::new() }
    }
}

/// The group that a TLS 1.2 server chose.
#[derive(Clone, Copy, Debug)]
pub struct ChosenGroup<'a> {
    pub p: &'a [u8],
    pub g: &'a [u8],
}

impl<'a> ChosenGroup<'a> {
    /// Reads ServerDHParams (RFC 5246 section 7.4.3); `None` for anything else, ServerECDHParams
    /// included: these begin with 3 and have 259 bytes at most, and a p whose length begins with 3
    /// has at least 768.
    pub fn parse(params: &'a [u8]) -> Option<Self> {
        let (p, rest) = take(params)?;
        let (g, rest) = take(rest)?;
        let (_, rest) = take(rest)?;
        rest.is_empty().then_some(Self { p: trim(p), g: trim(g) })
    }

    /// Returns the number of bits of p.
    pub fn bits(&self) -> u32 {
        bits(self.p)
    }

    /// Returns the SHA-256 of p, big-endian without leading zeros, in hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        let digest = digest::digest(&digest::SHA256, self.p);
        digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Takes a vector with a length of 16 bits in front; returns it and the rest.
fn take(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))
}

/// Counts the bits of a number without leading zeros.
fn bits(p: &[u8]) -> u32 {
    p.split_first().map_or(0, |(first, rest)| {
        let rest = u32::try_from(rest.len()).unwrap_or(u32::MAX).saturating_mul(8);
        rest.saturating_add(u8::BITS.saturating_sub(first.leading_zeros()))
    })
}

/// Returns p and g of a DHParameter.
fn parse_parameters(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut fields = Reader::new(Value::whole_of(der, tag::SEQUENCE)?);
    let (p, g) = (natural(&mut fields)?, natural(&mut fields)?);
    if !fields.is_empty() {
        // privateValueLength is not used: see `exponent_len`.
        natural(&mut fields)?;
    }
    fields.is_empty().then_some((p, g))
}

/// Takes a positive INTEGER, and returns it without leading zeros.
fn natural<'a>(fields: &mut Reader<'a>) -> Option<&'a [u8]> {
    let body = fields.take(tag::INTEGER)?;
    let value = trim(body);
    let is_negative = body.first().is_some_and(|first| first & 0x80 != 0);
    (is_integer(body) && !is_negative && !value.is_empty()).then_some(value)
}

/// The groups that were added from files. rustls needs them for as long as the program runs, so
/// each is kept once: loading the same settings again takes no more memory.
struct Added {
    groups: Vec<&'static DhGroup>,
    max: usize,
}

impl Added {
    fn lock() -> MutexGuard<'static, Self> {
        static ADDED: Mutex<Added> = Mutex::new(Added { groups: Vec::new(), max: MAX_ADDED });
        ADDED.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_prime(&self, p: &[u8]) -> bool {
        self.groups.iter().any(|group| group.p == p)
    }

    /// Returns the group with this p and g, and adds it if it is new; `None` if there are too many.
    fn keep(&mut self, p: &[u8], g: &[u8]) -> Option<&'static DhGroup> {
        if let Some(group) = self.groups.iter().find(|group| group.p == p && group.g == g) {
            return Some(group);
        }
        if self.groups.len() >= self.max {
            return None;
        }
        let leak = |bytes: &[u8]| -> &'static [u8] { Box::leak(bytes.into()) };
        let group = Box::leak(Box::new(DhGroup::shared(leak(p), leak(g), OF_FILES, false)));
        self.groups.push(group);
        Some(group)
    }
}

/// Most groups that are added: some 5 MiB. A program that loads a new group every day reaches it
/// after almost three years.
const MAX_ADDED: usize = 1024;

/// Bits of the largest p, as in RFC 7919 and RFC 3526.
const MAX_BITS: u32 = 8192;

// RFC 7919 leaves four numbers to private use, and rustls finds a server's group by p and g. So
// groups without a number of their own share these four, and the ClientHello lists each number
// once. Groups that are not listed are accepted too: servers without RFC 7919 always use the same
// group, and those with it find ffdhe2048.
const OF_MYSQL: u16 = 0x01fc;
const OF_MARIADB: u16 = 0x01fd;
const OF_RFC3526: u16 = 0x01fe;
const OF_FILES: u16 = 0x01ff;

static FFDHE2048: DhGroup = DhGroup::of(ffdhe_groups::FFDHE2048, 0x0100);
static FFDHE3072: DhGroup = DhGroup::of(ffdhe_groups::FFDHE3072, 0x0101);
static FFDHE4096: DhGroup = DhGroup::of(ffdhe_groups::FFDHE4096, 0x0102);
static FFDHE6144: DhGroup = DhGroup::of(ffdhe_groups::FFDHE6144, 0x0103);
static FFDHE8192: DhGroup = DhGroup::of(ffdhe_groups::FFDHE8192, 0x0104);
static MYSQL: DhGroup = DhGroup::shared(&primes::MYSQL, &[5], OF_MYSQL, true);
static MARIADB: DhGroup = DhGroup::shared(&primes::MARIADB, &[2], OF_MARIADB, true);
static MODP2048: DhGroup = DhGroup::shared(&primes::RFC3526_2048, &[2], OF_RFC3526, true);
static MODP3072: DhGroup = DhGroup::shared(&primes::RFC3526_3072, &[2], OF_RFC3526, false);
static MODP4096: DhGroup = DhGroup::shared(&primes::RFC3526_4096, &[2], OF_RFC3526, false);
static MODP6144: DhGroup = DhGroup::shared(&primes::RFC3526_6144, &[2], OF_RFC3526, false);
static MODP8192: DhGroup = DhGroup::shared(&primes::RFC3526_8192, &[2], OF_RFC3526, false);

/// The groups that every client accepts. ffdhe2048 is first: a server that follows RFC 7919 must
/// find one that it has.
static KNOWN: [&DhGroup; 12] = [
    &FFDHE2048, &FFDHE3072, &FFDHE4096, &FFDHE6144, &FFDHE8192, &MYSQL, &MARIADB, &MODP2048,
    &MODP3072, &MODP4096, &MODP6144, &MODP8192,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_p_is_a_safe_prime_of_its_size() {
        let sizes = [2048, 3072, 4096, 6144, 8192, 2048, 2048, 2048, 3072, 4096, 6144, 8192];
        for (group, size) in KNOWN.iter().zip(sizes) {
            assert_eq!(group.bits(), size);
            // All but MySQL's and MariaDB's begin and end with 64 ones (RFC 3526, RFC 7919).
            let ones = [0xff; 8];
            let framed = group.p.starts_with(&ones) && group.p.ends_with(&ones);
            assert_eq!(framed, !matches!(group.number, OF_MYSQL | OF_MARIADB), "{size}");
            let prepared = group.prepared().unwrap();
            // A few seconds for each of the largest, without optimization.
            assert!(size > 4096 || prepared.modulus.is_safe_prime(), "{size}");
            // Both servers' own g is no square: it generates the whole group.
            assert_eq!(prepared.only_squares, framed, "{size}");
        }
    }

    #[test]
    fn known_groups_differ() {
        for (i, a) in KNOWN.iter().enumerate() {
            assert!(KNOWN.iter().skip(i + 1).all(|b| a.p != b.p), "{}", a.bits());
        }
        assert_eq!(KNOWN[0].number, 0x0100, "ffdhe2048 is first");
        let mut numbers: Vec<_> =
            KNOWN.iter().filter(|group| group.is_offered).map(|group| group.number).collect();
        numbers.dedup();
        assert_eq!(
            numbers,
            [0x0100, 0x0101, 0x0102, 0x0103, 0x0104, 0x01fc, 0x01fd, 0x01fe],
            "each once"
        );
    }

    #[test]
    fn exponents_have_twice_the_strength() {
        let needed = [225, 275, 325, 375, 400];
        for (group, needed) in KNOWN.iter().zip(needed) {
            assert!(group.exponent_len() * 8 >= needed, "{}", group.bits());
        }
        assert!(KNOWN.iter().all(|group| group.exponent_len() * 8 >= 256));
    }

    fn parameters(p: &[u8], g: &[u8], more: &[u8]) -> Vec<u8> {
        let value = |tag: u8, body: &[u8]| {
            let len = u16::try_from(body.len()).unwrap().to_be_bytes();
            match body.len() {
                0..=0x7f => [&[tag, len[1]], body].concat(),
                0x80..=0xff => [&[tag, 0x81, len[1]], body].concat(),
                _ => [&[tag, 0x82, len[0], len[1]], body].concat(),
            }
        };
        let number = |n: &[u8]| match n {
            [0x80..=0xff, ..] | [] => value(tag::INTEGER, &[&[0], n].concat()),
            _ => value(tag::INTEGER, n),
        };
        value(tag::SEQUENCE, &[&number(p)[..], &number(g), more].concat())
    }

    #[test]
    fn parameters_of_a_known_group_are_that_group() {
        for group in KNOWN {
            for more in [&[][..], &[tag::INTEGER, 2, 0, 225]] {
                let found = DhGroup::parse(&parameters(group.p, group.g, more)).unwrap();
                assert!(std::ptr::eq(found, group));
            }
        }
    }

    #[test]
    fn parameters_are_kept_once() {
        // MySQL's p with another g is another group.
        let der = parameters(MYSQL.p, &[25], &[]);
        let (a, b) = (DhGroup::parse(&der).unwrap(), DhGroup::parse(&der).unwrap());
        assert!(std::ptr::eq(a, b));
        assert_eq!((a.bits(), a.number, a.is_offered), (2048, 0x01ff, false));
        assert!(a.prepared().unwrap().only_squares, "25 is a square");
    }

    #[test]
    fn what_is_kept_has_a_bound() {
        let mut added = Added { groups: Vec::new(), max: 2 };
        let first = added.keep(MYSQL.p, &[25]).unwrap();
        assert!(added.has_prime(MYSQL.p) && !added.has_prime(MARIADB.p));
        assert!(added.keep(MYSQL.p, &[26]).is_some() && added.keep(MYSQL.p, &[27]).is_none());
        assert!(std::ptr::eq(added.keep(MYSQL.p, &[25]).unwrap(), first), "what is there stays");
    }

    #[test]
    fn what_is_no_group_has_its_reason() {
        let good = parameters(MODP2048.p, &[3], &[]);
        assert!(DhGroup::parse(&good).is_ok());
        let mut composite = MODP2048.p.to_vec();
        composite[100] ^= 1;
        let even = [MODP2048.p, &[0]].concat();
        let large = [MODP8192.p, &[1]].concat();
        for (der, why) in [
            (good[..good.len() - 1].to_vec(), "no DHParameter of PKCS #3"),
            ([&good[..], &[0]].concat(), "no DHParameter of PKCS #3"),
            (parameters(MODP2048.p, &[2], &[tag::NULL, 0]), "no DHParameter of PKCS #3"),
            (parameters(&[], &[2], &[]), "no DHParameter of PKCS #3"),
            (parameters(&large, &[2], &[]), "p has more than 8192 bits"),
            (parameters(&even, &[2], &[]), "p is not odd"),
            (parameters(MODP2048.p, &[1], &[]), "g is not between 1 and p - 1"),
            (parameters(MODP2048.p, MODP2048.p, &[]), "g is not between 1 and p - 1"),
            (parameters(&composite, &[2], &[]), "p is no safe prime"),
        ] {
            assert_eq!(DhGroup::parse(&der).err(), Some(why));
        }
    }

    #[test]
    fn a_chosen_group_is_read_and_a_curve_is_not() {
        let vector = |n: &[u8]| [&u16::try_from(n.len()).unwrap().to_be_bytes(), n].concat();
        for p in [MYSQL.p, MODP6144.p] {
            let params = [vector(&[&[0, 0], p].concat()), vector(&[0, 5]), vector(&[9; 256])];
            let params = params.concat();
            let chosen = ChosenGroup::parse(&params).unwrap();
            assert_eq!((chosen.p, chosen.g), (p, &[5][..]));
            assert!(ChosenGroup::parse(&params[..params.len() - 1]).is_none());
            assert!(ChosenGroup::parse(&[&params[..], &[0]].concat()).is_none());
        }
        let x25519 = [&[3, 0, 29, 32][..], &[7; 32]].concat();
        let p384 = [&[3, 0, 24, 97][..], &[4; 97]].concat();
        assert!(ChosenGroup::parse(&x25519).is_none() && ChosenGroup::parse(&p384).is_none());
        assert!(ChosenGroup::parse(&[]).is_none());
    }
}
