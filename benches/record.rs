//! Instructions of one record of TLS 1.3 in `tls/record`, above those of the AEAD's call inside of it.
//!
//! valgrind counts this program doing the work, in one process more often than in another. A count does
//! not depend on the machine's speed: one that misses its gate is a failure.

use std::hint::black_box;
use std::process::{Command, ExitCode};

use tlsql::crypto::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use tlsql::tls::record::{APPLICATION_DATA, Keys};

/// Bytes of plaintext in a record.
const SIZES: [usize; 3] = [64, 1024, 16384];

/// Records in the first process; in the second there are twice as many.
const TIMES: usize = 200;

const HEAD: usize = 5;
/// The content type, and the tag.
const TAIL: usize = 17;

/// Most instructions of sealing and of opening: in place, and with a copy of `size` bytes.
fn gates(size: usize, copies: bool) -> [usize; 2] {
    if copies { [350 + size / 8, 450 + size / 8] } else { [250, 350] }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--child") {
        let [size, times] = [1, 2].map(|behind| arguments[at + 3 + behind].parse().unwrap());
        let is = |index: usize, word: &str| arguments[at + index] == word;
        Work { is_raw: is(1, "raw"), copies: is(2, "copies"), opens: is(3, "opens"), size }
            .run(times);
        return ExitCode::SUCCESS;
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("skipped records alone: no valgrind");
        return ExitCode::SUCCESS;
    }
    let mut is_missed = false;
    for copies in [false, true] {
        for size in SIZES {
            let of = |is_raw, opens| Work { is_raw, copies, opens, size }.count();
            let [ours, raw] = [false, true].map(|is_raw| {
                let seal = of(is_raw, false);
                [seal, of(is_raw, true) - seal]
            });
            let above = [ours[0] - raw[0], ours[1] - raw[1]];
            let gates = gates(size, copies).map(|gate| gate as i64);
            let verdict =
                if above[0] <= gates[0] && above[1] <= gates[1] { "held" } else { "missed" };
            is_missed |= verdict == "missed";
            let way = if copies { "with copy" } else { "in place" };
            println!(
                "a record of {size} bytes {way}, instructions above the AEAD's: seal {} of {}, open {} \
                 of {}, {verdict}",
                above[0], gates[0], above[1], gates[1]
            );
        }
    }
    if is_missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// What a process does.
#[derive(Clone, Copy)]
struct Work {
    /// The AEAD's calls alone. They copy nothing.
    is_raw: bool,
    /// From a buffer of the caller's, and to one.
    copies: bool,
    /// Each record is opened again.
    opens: bool,
    size: usize,
}

impl Work {
    /// Returns the instructions of one record.
    fn count(self) -> i64 {
        let [fewer, more] = [TIMES, 2 * TIMES].map(|times| self.count_of(times));
        (more - fewer) / i64::try_from(TIMES).unwrap()
    }

    fn count_of(self, times: usize) -> i64 {
        let words = [
            if self.is_raw { "raw" } else { "ours" },
            if self.copies { "copies" } else { "stays" },
            if self.opens { "opens" } else { "seals" },
        ];
        let output = Command::new("valgrind")
            .args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"])
            // valgrind counts each byte of `rep movsb`, with which glibc copies more than 2 KB.
            .env("GLIBC_TUNABLES", "glibc.cpu.x86_rep_movsb_threshold=1048576")
            .arg(std::env::current_exe().unwrap())
            .arg("--child")
            .args(words)
            .args([self.size, times].map(|number| number.to_string()))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}");
        let count = text.lines().find_map(|line| line.split_once("I   refs:")).unwrap().1;
        count.trim().replace(',', "").parse().unwrap()
    }

    fn run(self, times: usize) {
        let plain = vec![b'x'; self.size];
        let mut out = vec![0; self.size];
        let mut record = [&[0; HEAD][..], &plain, &[0; TAIL]].concat();
        let (mut sealing, mut opening) = (Side::new(), Side::new());
        for _ in 0..times {
            if self.copies && !self.is_raw {
                record[HEAD..HEAD + self.size].copy_from_slice(black_box(&plain));
            }
            if self.is_raw {
                sealing.seal_raw(&mut record)
            } else {
                sealing.seal(&mut record)
            }
            if self.opens {
                let len = if self.is_raw {
                    opening.open_raw(&mut record)
                } else {
                    opening.open(&mut record)
                };
                assert_eq!(len, self.size);
                if self.copies && !self.is_raw {
                    out.copy_from_slice(black_box(&record[HEAD..HEAD + self.size]));
                }
            }
        }
        black_box((&record, &out));
    }
}

/// One direction, by our record layer and by the AEAD alone.
struct Side {
    keys: Keys,
    raw: LessSafeKey,
    number: u64,
}

impl Side {
    fn new() -> Self {
        let keys = Keys::from_parts(&AES_128_GCM, &[7; 16], &[7; 12], 0, true).unwrap();
        let raw = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &[7; 16]).unwrap());
        Self { keys, raw, number: 0 }
    }

    fn seal(&mut self, record: &mut [u8]) {
        self.keys.seal(APPLICATION_DATA, record).unwrap();
    }

    fn open(&mut self, record: &mut [u8]) -> usize {
        self.keys.open(record).unwrap().content.len()
    }

    fn seal_raw(&mut self, record: &mut [u8]) {
        let nonce = self.nonce();
        let (head, body) = record.split_first_chunk_mut::<HEAD>().unwrap();
        let (inner, tag) = body.split_last_chunk_mut::<16>().unwrap();
        let made = self.raw.seal_in_place_separate_tag(nonce, Aad::from(*head), inner).unwrap();
        *tag = made.as_ref().try_into().unwrap();
    }

    fn open_raw(&mut self, record: &mut [u8]) -> usize {
        let nonce = self.nonce();
        let (head, body) = record.split_first_chunk_mut::<HEAD>().unwrap();
        self.raw.open_in_place(nonce, Aad::from(*head), body).unwrap().len() - 1
    }

    fn nonce(&mut self) -> Nonce {
        let mut nonce = [0; 12];
        nonce[4..].copy_from_slice(&self.number.to_be_bytes());
        self.number += 1;
        Nonce::assume_unique_for_key(nonce)
    }
}
