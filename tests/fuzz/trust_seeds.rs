//! The seeds of the targets about certificates.

use super::targets::cursor::Cursor;
use super::targets::pem_and_keys::{FILES, call};
use super::targets::{maker, pool};

/// One of each kind of the vectors, as far as a file is small, and those with many extensions.
pub fn certificates() -> Vec<Vec<u8>> {
    let real = pool::CERTIFICATES.iter().filter(|der| der.len() < 900).step_by(5).cloned();
    let made = [
        &[0, 0, 0, 0, 0, 0, 7, 0, 4, 15, 16, 18, 21, 23][..],
        &[0, 0, 0, 0, 0, 0, 6, 0, 4, 17, 19, 20, 28],
        &[2, 0, 0, 0, 0, 2, 7, 2, 5, 10, 13, 22, 25, 0x40, 26],
        &[5, 1, 0, 0x60, 0, 5, 4, 12, 14, 27, 31],
        &[4, 7, 0, 0, 0, 3, 2, 29, 30, 18, 3, 0x30, 1, 0],
    ];
    let made = made.iter().map(|script| maker::certificate(&mut Cursor::new(script), 0));
    real.take(30).chain(made).collect()
}

pub fn lists() -> Vec<Vec<u8>> {
    let real = pool::LISTS.iter().filter(|der| der.len() < 900).cloned();
    let made = [
        &[0, 0, 0, 5, 0, 0, 1, 3, 2, 4, 5, 0x84, 4, 5, 3, 0, 1, 3][..],
        &[1, 0x10, 8, 4, 1, 6, 2, 7, 3, 0x83, 0, 0, 0],
        &[6, 0, 0x66, 0, 3, 2, 4, 5],
        &[7, 0, 0x70, 1, 1, 5, 3, 6, 7, 20, 3, 2, 1, 5],
    ];
    let made = made.iter().map(|script| maker::list(&mut Cursor::new(script), 0));
    real.take(32).chain(made).collect()
}

/// Role and mode, then calls.
pub fn materials() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let count = FILES.len() as u8;
    for file in 1..=count {
        // As anything, for either role, whole and changed.
        all.push(vec![file & 1, call::CA, file, 0, call::CRL, file, 0]);
        let chain = if file & 1 == 0 { 2 } else { file };
        all.push(vec![!file & 1, call::CA, 1, 0, call::IDENTITY, chain, 0, file, 1, 90, 0, 1]);
    }
    for (chain, key) in [(2, 3), (5, 6), (8, 9), (10, 11), (10, 12), (14, 15), (18, 19), (2, 6)] {
        all.push(vec![1, call::IDENTITY, chain, 0, key, 0]);
    }
    for der in [pool::CERTIFICATES.last().unwrap(), &pool::LISTS[0]] {
        let high = 0x80 | (der.len() >> 8) as u8;
        let bytes = [&[0, high, der.len() as u8][..], der].concat();
        all.push([&[6, call::CA][..], &bytes, &[call::CRL], &bytes].concat());
    }
    all.truncate(40);
    all
}
