//! NewSessionTicket of TLS 1.3: its form is checked before anything is made of it. A server may send as
//! many as it likes, so that no more than the form is looked at of most.

use super::alert;
use crate::error::{Code, Error};

/// A failure, and the alert for it.
type Refusal = (Error, u8);

/// Checks the body of a NewSessionTicket (RFC 8446 section 4.6.1).
///
/// Every lifetime will do: a server must not send one above 604800 seconds, but all that a client must
/// do then is to keep the ticket no longer.
///
/// # Errors
/// A `Refusal`; final.
pub fn check(body: &[u8]) -> Result<(), Refusal> {
    let mut rest = body;
    let [_lifetime, _age_add] = [take(&mut rest, 4)?, take(&mut rest, 4)?];
    let nonce_len = number(&mut rest, 1)?;
    let _nonce = take(&mut rest, nonce_len)?;
    if vector(&mut rest)?.is_empty() {
        return Err(malformed("an empty ticket"));
    }
    check_extensions(vector(&mut rest)?)?;
    end(rest)
}

/// Returns the lifetime in seconds that a NewSessionTicket begins with.
pub fn lifetime(body: &[u8]) -> Option<u32> {
    body.first_chunk().map(|octets| u32::from_be_bytes(*octets))
}

/// Checks that each extension is whole and comes once. Unknown ones may hold anything (RFC 8446
/// section 4.2).
fn check_extensions(mut rest: &[u8]) -> Result<(), Refusal> {
    if rest.is_empty() {
        return Ok(());
    }
    // A bit for each number: there may be 16383 of them, and the time must not grow with the square.
    let mut seen = [0_u64; (1 << 16) / 64];
    while !rest.is_empty() {
        let kind = number(&mut rest, 2)?;
        let mut content = vector(&mut rest)?;
        if kind == EARLY_DATA {
            let _max_early_data_size = take(&mut content, 4)?;
            end(content)?;
        }
        let bit = 1 << (kind % 64);
        // invariant: the number has 16 bits.
        let Some(word) = seen.get_mut(kind / 64) else { return Err(malformed(SHORT)) };
        if *word & bit != 0 {
            let error = Error::detail(Code::Misbehaved, "duplicate extension");
            return Err((error, alert::ILLEGAL_PARAMETER));
        }
        *word |= bit;
    }
    Ok(())
}

/// Takes a vector with a length of two bytes.
fn vector<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], Refusal> {
    let len = number(rest, 2)?;
    take(rest, len)
}

/// Takes a number of `len` bytes, the highest first.
fn number(rest: &mut &[u8], len: usize) -> Result<usize, Refusal> {
    Ok(take(rest, len)?.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
}

fn take<'a>(rest: &mut &'a [u8], len: usize) -> Result<&'a [u8], Refusal> {
    let (taken, behind) = rest.split_at_checked(len).ok_or_else(|| malformed(SHORT))?;
    *rest = behind;
    Ok(taken)
}

fn end(rest: &[u8]) -> Result<(), Refusal> {
    if rest.is_empty() { Ok(()) } else { Err(malformed(LONG)) }
}

fn malformed(what: &str) -> Refusal {
    (Error::detail(Code::Misbehaved, what), alert::DECODE_ERROR)
}

const SHORT: &str = "a message ends before its last field";
const LONG: &str = "a message goes on behind its last field";

/// ExtensionType (RFC 8446 section 4.2).
const EARLY_DATA: usize = 42;
