//! What is looked for in freed memory, and the allocator that looks.

use std::alloc::{GlobalAlloc, Layout, System};
use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::{Left, PASSWORD};

/// How many blocks were freed, by the form of the secret in them and whose code freed them.
pub type Found = BTreeMap<(&'static str, &'static str), usize>;

/// Parts of secrets: any 31 bytes of one that stand together in a block are found.
pub struct Needles {
    parts: Vec<([u8; PART], &'static str)>,
    /// Whether a part begins with these two bytes.
    begins: Vec<bool>,
}

pub const PART: usize = 16;

impl Needles {
    /// The forms of a private key. What is public in it stands in the certificate too.
    pub fn of_key(pem: &[u8], der: &[u8], cert: &[u8]) -> &'static Self {
        let mut parts = Vec::new();
        for line in pem.split(|byte| *byte == b'\n').filter(|line| !line.starts_with(b"-----")) {
            add(&mut parts, line, "base64");
        }
        for secret in secrets(der) {
            add(&mut parts, &secret, "bytes");
            // As ring keeps numbers: words of 64 bits, the least significant first, or the last.
            let limbs: Vec<u8> = secret.iter().rev().copied().collect();
            add(&mut parts, &limbs, "limbs");
            let reversed: Vec<u8> = limbs.chunks(8).rev().flatten().copied().collect();
            add(&mut parts, &reversed, "limbs");
        }
        // A public key inside stands in the certificate too, with a bit of luck at the same digit.
        let public: Vec<u8> = cert.iter().copied().filter(|byte| *byte != b'\n').collect();
        parts.retain(|(part, _)| !public.windows(PART).any(|window| window == part));
        assert!(parts.len() > 6);
        Self::new(parts)
    }

    pub fn of_plaintext() -> &'static Self {
        let mut parts = Vec::new();
        add(&mut parts, PASSWORD, "plaintext");
        Self::new(parts)
    }

    /// They are used by the allocator, and live as long as the test.
    pub fn new(parts: Vec<([u8; PART], &'static str)>) -> &'static Self {
        let mut begins = vec![false; 1 << 16];
        parts.iter().for_each(|(part, _)| begins[begin(part)] = true);
        Box::leak(Box::new(Self { parts, begins }))
    }

    /// Runs `work`, and looks into what this thread frees meanwhile.
    pub fn watch(&'static self, work: impl FnOnce()) -> Found {
        HITS.with(|hits| hits.borrow_mut().clear());
        WATCHED.with(|watched| watched.set(Some(self)));
        armed(work);
        WATCHED.with(|watched| watched.set(None));
        let mut found = Found::new();
        HITS.with(|hits| {
            for hit in hits.borrow().iter() {
                *found.entry((hit.form, hit.owner)).or_default() += 1;
            }
        });
        found
    }

    /// Returns the form of the first secret in these bytes.
    pub fn find(&self, bytes: &[u8]) -> Option<&'static str> {
        bytes.windows(PART).filter(|window| self.begins[begin(window)]).find_map(|window| {
            self.parts.iter().find(|(part, _)| part == window).map(|(_, form)| *form)
        })
    }
}

pub fn begin(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

/// Cuts a secret into parts, the last one up to its end.
pub fn add(parts: &mut Vec<([u8; PART], &'static str)>, secret: &[u8], form: &'static str) {
    let Some(last) = secret.len().checked_sub(PART) else { return };
    for at in (0..last).step_by(PART).chain([last]) {
        parts.push((secret[at..at + PART].try_into().unwrap(), form));
    }
}

/// Returns what is secret in a key: scalar or seed; exponents, primes and coefficient of RSA.
pub fn secrets(der: &[u8]) -> Vec<Vec<u8>> {
    const RSA: &[u8] = b"\x02\x01\x00\x02\x82\x01\x01\x00";
    if let Some(at) = der.windows(RSA.len()).position(|window| window == RSA) {
        // version, modulus, public exponent; then the secret ones.
        let integers = integers(&der[at..]);
        assert_eq!(integers.len(), 9);
        return integers[3..].to_vec();
    }
    // privateKey of RFC 5915 or RFC 8410: the first OCTET STRING of that length.
    for len in [32_u8, 48] {
        for head in [[4, len], [4, len]] {
            let found = der.windows(2).position(|window| window == head);
            let secret = found.and_then(|at| der.get(at + 2..at + 2 + usize::from(len)));
            if let Some(secret) = secret {
                return vec![secret.to_vec()];
            }
        }
    }
    panic!("a key of another form");
}

/// Returns the INTEGERs that follow each other, without zeros in front.
pub fn integers(mut der: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while let [2, rest @ ..] = der {
        let (len, body) = match rest {
            [0x82, high, low, body @ ..] => (usize::from(*high) << 8 | usize::from(*low), body),
            [0x81, len, body @ ..] | [len, body @ ..] => (usize::from(*len), body),
            [] => break,
        };
        let (value, rest) = body.split_at(len);
        let zeros = value.iter().take_while(|byte| **byte == 0).count();
        found.push(value[zeros..].to_vec());
        der = rest;
    }
    found
}

#[track_caller]
pub fn assert_left(found: &Found, left: &[Left], what: &str) {
    let left: Found = left.iter().map(|(form, owner, count)| ((*form, *owner), *count)).collect();
    assert!(*found == left, "{what}: {found:?}, not {left:?}\n{}", traces());
}

// The allocator.

pub struct Looking;

#[global_allocator]
static ALLOCATOR: Looking = Looking;

pub struct Hit {
    form: &'static str,
    owner: &'static str,
    trace: String,
}

thread_local! {
    static WATCHED: Cell<Option<&'static Needles>> = const { Cell::new(None) };
    static ARMED: Cell<bool> = const { Cell::new(false) };
    static HITS: RefCell<Vec<Hit>> = const { RefCell::new(Vec::new()) };
}

// SAFETY: memory is the system's. A block that grows is a new one, and the old one is freed: the
// trait's own `realloc` does so.
unsafe impl GlobalAlloc for Looking {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller's. A block is filled, so that nobody reads what another left.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // Also while the thread ends and its variables are gone.
        let is_armed = ARMED.try_with(Cell::get) == Ok(true);
        if let (true, Ok(Some(needles))) = (is_armed, WATCHED.try_with(Cell::get)) {
            // SAFETY: the block is the caller's until it is freed, and was filled when allocated.
            let bytes = unsafe { std::slice::from_raw_parts(block, layout.size()) };
            if let Some(form) = needles.find(bytes) {
                pause(|| note(form, layout.size()));
            }
        }
        // SAFETY: as the caller's.
        unsafe { System.dealloc(block, layout) };
    }
}

/// Runs a call of the library: what it frees is looked into.
pub fn armed<T>(work: impl FnOnce() -> T) -> T {
    let before = ARMED.with(|armed| armed.replace(true));
    let done = work();
    ARMED.with(|armed| armed.set(before));
    done
}

/// Runs the test's own work, in which nothing is looked into.
pub fn pause<T>(work: impl FnOnce() -> T) -> T {
    let before = ARMED.with(|armed| armed.replace(false));
    let done = work();
    ARMED.with(|armed| armed.set(before));
    done
}

/// Remembers a block that has a secret in it, and whose function frees it: the innermost one that
/// is none of the standard library's.
pub fn note(form: &'static str, size: usize) {
    let trace = Backtrace::force_capture().to_string();
    let frames = trace.lines().filter(|line| !line.trim_start().starts_with("at "));
    // Without debug information a function for C has no path in front of its name.
    let names =
        [("tlsql::", "tlsql"), (" tlsql_", "tlsql"), ("rustls::", "rustls"), ("ring::", "ring")];
    let owner = |line: &str| names.iter().find(|(name, _)| line.contains(name));
    let own = |line: &&str| owner(line).is_some() && !line.contains("freed_secrets::note");
    let frames: Vec<&str> = frames.filter(own).take(6).collect();
    let owner = frames.first().and_then(|frame| owner(frame)).map(|(_, owner)| *owner);
    let trace = format!("{form} in {size} bytes freed by\n{}\n", frames.join("\n"));
    HITS.with(|hits| hits.borrow_mut().push(Hit { form, owner: owner.unwrap_or("?"), trace }));
}

/// Returns what was found last, with the functions that freed it.
pub fn traces() -> String {
    HITS.with(|hits| {
        hits.borrow().iter().map(|hit| hit.trace.as_str()).collect::<Vec<_>>().concat()
    })
}
