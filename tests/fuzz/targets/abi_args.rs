//! Arguments for C calls: memory with marks around it, so that a write beyond it is seen.

use std::mem::size_of;

use super::cursor::Cursor;

const MARK: u8 = 0xa5;
const MARGIN: usize = 32;

/// A buffer of a caller.
pub struct Buffer {
    memory: Vec<u8>,
    cap: usize,
}

impl Buffer {
    pub fn new(cap: usize) -> Self {
        Self { memory: vec![MARK; MARGIN + cap + MARGIN], cap }
    }

    pub fn of(bytes: &[u8]) -> Self {
        let mut buffer = Self::new(bytes.len());
        buffer.memory[MARGIN..MARGIN + bytes.len()].copy_from_slice(bytes);
        buffer
    }

    /// Returns the buffer's pointer; NULL if it is empty.
    pub fn pointer(&mut self) -> *mut u8 {
        if self.cap == 0 { std::ptr::null_mut() } else { self.memory[MARGIN..].as_mut_ptr() }
    }

    pub fn cap(&self) -> usize {
        self.cap
    }

    pub fn bytes(&self) -> &[u8] {
        &self.memory[MARGIN..MARGIN + self.cap]
    }

    /// Checks that nothing was written outside, nor inside from byte `used` on.
    pub fn check(&self, used: usize) {
        let tail = &self.memory[MARGIN + used..];
        assert!(self.memory[..MARGIN].iter().all(|&byte| byte == MARK), "written before it");
        assert!(tail.iter().all(|&byte| byte == MARK), "written beyond {used} of {}", self.cap);
    }
}

/// A struct of a caller, with a struct_size that may be wrong.
pub struct Place<T> {
    memory: Vec<u64>,
    size: usize,
    is_null: bool,
    of: std::marker::PhantomData<T>,
}

impl<T: Copy> Place<T> {
    /// Makes a place for results.
    pub fn output(script: &mut Cursor<'_>) -> Self {
        Self::new(script, MARK)
    }

    /// Makes a place that calls read: all zero but its size.
    pub fn input(script: &mut Cursor<'_>) -> Self {
        Self::new(script, 0)
    }

    /// Makes a place of the right size.
    pub fn right(fill: u8) -> Self {
        Self::with(fill, size_of::<T>(), false)
    }

    fn new(script: &mut Cursor<'_>, fill: u8) -> Self {
        let size = size_of::<T>();
        match script.u8() {
            0xff => Self::with(fill, size, true),
            small @ 0xf0..=0xf7 => Self::with(fill, usize::from(small - 0xf0) * 4, false),
            large @ 0xf8..=0xfb => Self::with(fill, size + usize::from(large - 0xf7) * 3, false),
            0xfc => {
                let mut place = Self::with(fill, size + 8, false);
                place.bytes_mut()[size + 7] = 1;
                place
            }
            _ => Self::with(fill, size, false),
        }
    }

    fn with(fill: u8, size: usize, is_null: bool) -> Self {
        let words = (size_of::<T>().max(size) + MARGIN).div_ceil(8);
        let memory = vec![u64::from_ne_bytes([fill; 8]); words];
        let mut place = Self { memory, size, is_null, of: std::marker::PhantomData };
        place.bytes_mut()[..4].copy_from_slice(&(size as u32).to_ne_bytes());
        place
    }

    pub fn pointer(&mut self) -> *mut T {
        if self.is_null { std::ptr::null_mut() } else { self.memory.as_mut_ptr().cast() }
    }

    /// Returns whether it is large enough, and not NULL.
    pub fn is_good(&self) -> bool {
        !self.is_null && self.size >= size_of::<T>()
    }

    /// Returns whether it is one where NULL is allowed.
    pub fn is_allowed(&self) -> bool {
        self.is_null || self.is_good()
    }

    /// Returns whether it is good, and all zero beyond what the library knows.
    pub fn is_known(&self) -> bool {
        self.is_good() && self.bytes()[size_of::<T>()..self.size].iter().all(|&byte| byte == 0)
    }

    /// Returns what lies there; only a good place has it.
    pub fn value(&self) -> T {
        assert!(self.is_good());
        // SAFETY: `with` made it large enough and aligned, and every field is a plain number or
        // pointer, for which all bits are allowed.
        unsafe { self.memory.as_ptr().cast::<T>().read() }
    }

    /// Fills a good place.
    pub fn set(&mut self, value: T) {
        assert!(self.is_good());
        // SAFETY: `with` made it large enough and aligned.
        unsafe { self.memory.as_mut_ptr().cast::<T>().write(value) };
    }

    /// Checks that a result was written as struct_size says, or not at all.
    pub fn check(&self, code: i32, fill: u8) {
        let bytes = self.bytes();
        assert!(bytes[self.size.max(4)..].iter().all(|&byte| byte == fill), "written beyond it");
        if !self.is_good() {
            assert!(self.is_null || code != 0, "a struct of {} bytes is taken", self.size);
            assert!(bytes[4..].iter().all(|&byte| byte == fill), "a bad struct is written");
        } else if code == 0 {
            let size = self.size as u32;
            assert_eq!(bytes[..4], size.to_ne_bytes(), "struct_size changed");
            assert!(bytes[size_of::<T>()..self.size].iter().all(|&byte| byte == 0), "not zeroed");
        }
    }

    pub fn bytes_mut(&mut self) -> &mut [u8] {
        let len = self.memory.len() * 8;
        // SAFETY: the same memory, as bytes.
        unsafe { std::slice::from_raw_parts_mut(self.memory.as_mut_ptr().cast(), len) }
    }

    fn bytes(&self) -> &[u8] {
        let len = self.memory.len() * 8;
        // SAFETY: the same memory, as bytes.
        unsafe { std::slice::from_raw_parts(self.memory.as_ptr().cast(), len) }
    }
}

/// What `Place::output` is filled with.
pub const UNTOUCHED: u8 = MARK;

/// Checks what the header promises of every text that the library writes.
pub fn check_text(bytes: &[u8]) {
    let (nul, text) = bytes.split_last().expect("a NUL at least");
    assert_eq!(*nul, 0, "not terminated");
    let text = std::str::from_utf8(text).expect("not UTF-8");
    assert!(!text.chars().any(char::is_control), "a control character in {text:?}");
}
