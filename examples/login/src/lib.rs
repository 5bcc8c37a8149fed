//! MySQL's password hashes for the example programs; the contract is in `login.h`.
//!
//! Both plugins prove the password without sending it: the client sends
//! `H(password) XOR H(scramble and H(H(password)))`, and the server, which keeps only
//! `H(H(password))`, takes the second half off again and hashes what is left. The plugins differ in
//! the hash and in the order in which the scramble and the double hash are put together.
//!
//! # Source
//! MySQL manual, "Native Pluggable Authentication" and "Caching SHA-2 Pluggable Authentication".

use ring::digest::{Context, Digest, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use ring::rand::{SecureRandom, SystemRandom};

/// Size of the greeting's auth data, without the NUL at its end.
pub const SCRAMBLE_SIZE: usize = 20;
/// Size of an answer or a stored hash of `mysql_native_password`.
pub const NATIVE_SIZE: usize = 20;
/// Size of an answer or a stored hash of `caching_sha2_password`.
pub const SHA2_SIZE: usize = 32;

/// Makes a scramble of printable characters: some clients end it at a NUL. `None` without random
/// numbers.
pub fn scramble() -> Option<[u8; SCRAMBLE_SIZE]> {
    let mut random = [0; SCRAMBLE_SIZE];
    SystemRandom::new().fill(&mut random).ok()?;
    // 64 characters from '0' (0x30) to 'o' (0x6f), each as likely: '$' and NUL are not among them.
    Some(random.map(|byte| b'0' + (byte & 0x3f)))
}

/// Computes a client's answer for `mysql_native_password`.
pub fn native(password: &[u8], scramble: &[u8; SCRAMBLE_SIZE]) -> [u8; NATIVE_SIZE] {
    mask(sha1(&[password]), native_mask(scramble, &native_stored(password)))
}

/// Computes a client's answer for fast authentication with `caching_sha2_password`.
pub fn sha2(password: &[u8], scramble: &[u8; SCRAMBLE_SIZE]) -> [u8; SHA2_SIZE] {
    mask(sha256(&[password]), sha2_mask(scramble, &sha2_stored(password)))
}

/// Computes the double hash that a server stores for `mysql_native_password`.
pub fn native_stored(password: &[u8]) -> [u8; NATIVE_SIZE] {
    sha1(&[&sha1(&[password])])
}

/// Computes the double hash that a server keeps in its cache for `caching_sha2_password`.
pub fn sha2_stored(password: &[u8]) -> [u8; SHA2_SIZE] {
    sha256(&[&sha256(&[password])])
}

/// Checks whether `answer` proves the password of which `stored` is the double hash.
pub fn native_check(
    answer: &[u8; NATIVE_SIZE],
    scramble: &[u8; SCRAMBLE_SIZE],
    stored: &[u8; NATIVE_SIZE],
) -> bool {
    same(&sha1(&[&mask(*answer, native_mask(scramble, stored))]), stored)
}

/// Checks whether `answer` proves the password of which `stored` is the double hash.
pub fn sha2_check(
    answer: &[u8; SHA2_SIZE],
    scramble: &[u8; SCRAMBLE_SIZE],
    stored: &[u8; SHA2_SIZE],
) -> bool {
    same(&sha256(&[&mask(*answer, sha2_mask(scramble, stored))]), stored)
}

fn native_mask(scramble: &[u8], stored: &[u8]) -> [u8; NATIVE_SIZE] {
    sha1(&[scramble, stored])
}

fn sha2_mask(scramble: &[u8], stored: &[u8]) -> [u8; SHA2_SIZE] {
    sha256(&[stored, scramble])
}

fn sha1(parts: &[&[u8]]) -> [u8; NATIVE_SIZE] {
    sized(hash(Context::new(&SHA1_FOR_LEGACY_USE_ONLY), parts))
}

fn sha256(parts: &[&[u8]]) -> [u8; SHA2_SIZE] {
    sized(hash(Context::new(&SHA256), parts))
}

fn hash(mut context: Context, parts: &[&[u8]]) -> Digest {
    for part in parts {
        context.update(part);
    }
    context.finish()
}

fn sized<const N: usize>(digest: Digest) -> [u8; N] {
    let mut out = [0; N];
    out.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
    out
}

fn mask<const N: usize>(mut hash: [u8; N], with: [u8; N]) -> [u8; N] {
    hash.iter_mut().zip(with).for_each(|(byte, other)| *byte ^= other);
    hash
}

/// Compares all bytes, so that the time does not depend on where the first difference is.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |sum, (x, y)| sum | (x ^ y)) == 0
}

mod c {
    //! The functions of `login.h`.

    use super::{NATIVE_SIZE, SCRAMBLE_SIZE, SHA2_SIZE};

    const WRONG_CALL: i32 = -1;

    #[unsafe(no_mangle)]
    unsafe extern "C" fn login_scramble(out: *mut u8, out_len: usize) -> i32 {
        let Some(scramble) = super::scramble() else { return WRONG_CALL };
        // SAFETY: the caller's promise in login.h, that out has room for out_len bytes.
        unsafe { write(scramble, out, out_len) }
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn login_native(
        password: *const u8,
        password_len: usize,
        scramble: *const u8,
        scramble_len: usize,
        out: *mut u8,
        out_len: usize,
    ) -> i32 {
        // SAFETY: the caller's promise in login.h, that each pointer holds its length.
        unsafe {
            let Some(password) = bytes(password, password_len) else { return WRONG_CALL };
            let Some(scramble) = array::<SCRAMBLE_SIZE>(scramble, scramble_len) else {
                return WRONG_CALL;
            };
            write(super::native(password, scramble), out, out_len)
        }
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn login_sha2(
        password: *const u8,
        password_len: usize,
        scramble: *const u8,
        scramble_len: usize,
        out: *mut u8,
        out_len: usize,
    ) -> i32 {
        // SAFETY: the caller's promise in login.h, that each pointer holds its length.
        unsafe {
            let Some(password) = bytes(password, password_len) else { return WRONG_CALL };
            let Some(scramble) = array::<SCRAMBLE_SIZE>(scramble, scramble_len) else {
                return WRONG_CALL;
            };
            write(super::sha2(password, scramble), out, out_len)
        }
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn login_native_stored(
        password: *const u8,
        password_len: usize,
        out: *mut u8,
        out_len: usize,
    ) -> i32 {
        // SAFETY: the caller's promise in login.h, that each pointer holds its length.
        unsafe {
            let Some(password) = bytes(password, password_len) else { return WRONG_CALL };
            write(super::native_stored(password), out, out_len)
        }
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn login_sha2_stored(
        password: *const u8,
        password_len: usize,
        out: *mut u8,
        out_len: usize,
    ) -> i32 {
        // SAFETY: the caller's promise in login.h, that each pointer holds its length.
        unsafe {
            let Some(password) = bytes(password, password_len) else { return WRONG_CALL };
            write(super::sha2_stored(password), out, out_len)
        }
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn login_native_check(
        answer: *const u8,
        answer_len: usize,
        scramble: *const u8,
        scramble_len: usize,
        stored: *const u8,
        stored_len: usize,
    ) -> i32 {
        // SAFETY: the caller's promise in login.h, that each pointer holds its length.
        let parts = unsafe {
            (
                array::<NATIVE_SIZE>(answer, answer_len),
                array::<SCRAMBLE_SIZE>(scramble, scramble_len),
                array::<NATIVE_SIZE>(stored, stored_len),
            )
        };
        match parts {
            (Some(answer), Some(scramble), Some(stored)) => {
                super::native_check(answer, scramble, stored).into()
            }
            _ => WRONG_CALL,
        }
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn login_sha2_check(
        answer: *const u8,
        answer_len: usize,
        scramble: *const u8,
        scramble_len: usize,
        stored: *const u8,
        stored_len: usize,
    ) -> i32 {
        // SAFETY: the caller's promise in login.h, that each pointer holds its length.
        let parts = unsafe {
            (
                array::<SHA2_SIZE>(answer, answer_len),
                array::<SCRAMBLE_SIZE>(scramble, scramble_len),
                array::<SHA2_SIZE>(stored, stored_len),
            )
        };
        match parts {
            (Some(answer), Some(scramble), Some(stored)) => {
                super::sha2_check(answer, scramble, stored).into()
            }
            _ => WRONG_CALL,
        }
    }

    /// Returns the bytes; `None` for NULL with a length.
    unsafe fn bytes<'a>(at: *const u8, len: usize) -> Option<&'a [u8]> {
        match (at.is_null(), len) {
            (_, 0) => Some(&[]),
            (true, _) => None,
            // SAFETY: not NULL, and the caller passes len readable bytes.
            (false, _) => Some(unsafe { std::slice::from_raw_parts(at, len) }),
        }
    }

    /// Returns the bytes; `None` for any other length than `N`.
    unsafe fn array<'a, const N: usize>(at: *const u8, len: usize) -> Option<&'a [u8; N]> {
        // SAFETY: as for bytes().
        unsafe { bytes(at, len) }?.try_into().ok()
    }

    unsafe fn write<const N: usize>(from: [u8; N], out: *mut u8, out_len: usize) -> i32 {
        if out.is_null() || out_len != N {
            return WRONG_CALL;
        }
        // SAFETY: not NULL, and the caller passes out_len = N writable bytes.
        unsafe { out.copy_from_nonoverlapping(from.as_ptr(), N) };
        0
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use std::ptr::{null, null_mut};

        #[test]
        fn lengths_are_checked() {
            let scramble = [b'a'; SCRAMBLE_SIZE];
            let mut out = [0xee; SHA2_SIZE];
            // SAFETY: every pointer holds at least the length passed with it, or is NULL.
            unsafe {
                let (s, o) = (scramble.as_ptr(), out.as_mut_ptr());
                assert_eq!(login_native(null(), 0, s, 20, o, 20), 0);
                assert_eq!(login_native(null(), 1, s, 20, o, 20), -1);
                assert_eq!(login_native(s, 3, s, 19, o, 20), -1);
                assert_eq!(login_native(s, 3, null(), 20, o, 20), -1);
                assert_eq!(login_native(s, 3, s, 20, o, 19), -1);
                assert_eq!(login_native(s, 3, s, 20, null_mut(), 20), -1);
                assert_eq!(login_sha2(s, 3, s, 20, o, 20), -1);
                assert_eq!(login_sha2_stored(s, 3, o, 20), -1);
                assert_eq!(login_native_check(s, 19, s, 20, s, 20), -1);
                assert_eq!(login_native_check(s, 20, s, 20, s, 20), 0);
                assert_eq!(login_sha2_check(s, 20, s, 20, s, 20), -1);
                assert_eq!(login_scramble(o, 21), -1);
                assert_eq!(login_scramble(o, 20), 0);
            }
            assert!(out[20..].iter().all(|byte| *byte == 0xee));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn stored_hash_is_what_the_server_shows() {
        // SELECT PASSWORD('password') on MySQL 5.7.
        assert_eq!(hex(&native_stored(b"password")), "2470c0c06dee42fd1618bb99005adca2ec9d1e19");
    }

    #[test]
    fn answers_prove_the_password_and_nothing_else() {
        let scramble = scramble().unwrap();
        for password in [
            &b"secret"[..],
            b"",
            b"a longer one, of more than 64 bytes, so that the \
                         hash takes a second block of it",
        ] {
            let (native_hash, sha2_hash) = (native_stored(password), sha2_stored(password));
            assert!(native_check(&native(password, &scramble), &scramble, &native_hash));
            assert!(sha2_check(&sha2(password, &scramble), &scramble, &sha2_hash));
            assert!(!native_check(&native(b"other", &scramble), &scramble, &native_hash));
            assert!(!sha2_check(&sha2(b"other", &scramble), &scramble, &sha2_hash));
            assert!(!native_check(&native(password, &[1; 20]), &scramble, &native_hash));
            assert!(!sha2_check(&sha2(password, &[1; 20]), &scramble, &sha2_hash));
        }
    }

    #[test]
    fn scrambles_are_printable_and_fresh() {
        let (first, second) = (scramble().unwrap(), scramble().unwrap());
        assert_ne!(first, second);
        assert!(first.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'$'));
    }
}
