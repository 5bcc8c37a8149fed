//! Records of other implementations: the same bytes are opened and sealed.
//!
//! TLS 1.3: RFC 8448 section 3, keys and complete records as printed there. TLS 1.2: recorded between
//! `openssl s_server` and `s_client` 3.0.19 with `-tls1_2 -cipher SUITE -keylogfile`; the keys are
//! those that `openssl kdf TLS1-PRF` makes of the logged secret and both randoms.

use super::*;
use crate::crypto::aead;

/// One direction of a connection.
struct Side {
    what: &'static str,
    algorithm: &'static aead::Algorithm,
    is_tls13: bool,
    key: &'static str,
    /// For AES-GCM in TLS 1.2 the salt, and the explicit nonce of record 0: OpenSSL counts from it.
    iv: &'static str,
    /// Number of the first record.
    first: u64,
    /// Content type, content, and record.
    records: &'static [(u8, &'static [u8], &'static str)],
}

const SIDES: &[Side] = &[
    Side {
        what: "RFC 8448, client",
        algorithm: &aead::AES_128_GCM,
        is_tls13: true,
        key: "17422dda596ed5d9acd890e3c63f5051",
        iv: "5b78923dee08579033e523d9",
        first: 0,
        records: &[
            (
                APPLICATION_DATA,
                &COUNT,
                "1703030043a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5b46b395bd54a9a\
                 20441e2b62974e1f5a6292a2977014bd1e3deae63aeebb21694915e4",
            ),
            (ALERT, &[1, 0], "1703030013c9872760655666b74d7ff1153efd6db6d0b0e3"),
        ],
    },
    Side {
        what: "RFC 8448, server",
        algorithm: &aead::AES_128_GCM,
        is_tls13: true,
        key: "9f02283b6c9c07efc26bb9f2ac92e356",
        iv: "cf782b88dd83549aadf1e984",
        // A ticket was record 0.
        first: 1,
        records: &[
            (
                APPLICATION_DATA,
                &COUNT,
                "17030300432e937e11ef4ac740e538ad36005fc4a46932fc3225d05f82aa1b36e30efaf97d90e6dffc602dcb\
                 501a59a8fcc49c4bf2e5f0a21c0047c2abf332540dd032e167c2955d",
            ),
            (ALERT, &[1, 0], "1703030013b58fd67166ebf599d24720cfbe7efa7a8864a9"),
        ],
    },
    Side {
        what: "OpenSSL, ECDHE-RSA-AES128-GCM-SHA256, client",
        algorithm: &aead::AES_128_GCM,
        is_tls13: false,
        key: "1ad4cb5e16632873a98c05af6672cc37",
        iv: "7e58d5d01319d9f81345d2f8",
        first: 1,
        records: &[
            (
                APPLICATION_DATA,
                b"SELECT 1",
                "17030300201319d9f81345d2f9b98db525da91bbf82397dbaad3336e7b5df6bf08f0870557",
            ),
            (ALERT, &[1, 0], "150303001a1319d9f81345d2fa2e36111bfedf2caa29fde43e16d5204b7927"),
        ],
    },
    Side {
        what: "OpenSSL, ECDHE-RSA-AES128-GCM-SHA256, server",
        algorithm: &aead::AES_128_GCM,
        is_tls13: false,
        key: "478d79b384db17f5e6b4f7bd4c167f18",
        iv: "961b54d322631308c0b7c40c",
        first: 1,
        records: &[
            (
                APPLICATION_DATA,
                b"the answer",
                "170303002222631308c0b7c40d03297d9e3fcb9127f15dba2b513569bc0c7c3836658cfd97f448",
            ),
            (ALERT, &[1, 0], "150303001a22631308c0b7c40e7d5d60bf8f6e595b8ea78aa8d3f4f64be0ea"),
        ],
    },
    Side {
        what: "OpenSSL, ECDHE-RSA-AES256-GCM-SHA384, client",
        algorithm: &aead::AES_256_GCM,
        is_tls13: false,
        key: "f038797079d106b0119f207788862d4acc53c231b17ad889ac8cb40885ba14c1",
        iv: "31ecf0dd80118afeb1c928c8",
        first: 1,
        records: &[
            (
                APPLICATION_DATA,
                b"SELECT 1",
                "170303002080118afeb1c928c9b5e30abde8e79b0ad872b56052e872a699968c5ce4fca1d7",
            ),
            (ALERT, &[1, 0], "150303001a80118afeb1c928ca15e068740836611208e7dd8cec24b5bdc40a"),
        ],
    },
    Side {
        what: "OpenSSL, ECDHE-RSA-CHACHA20-POLY1305, client",
        algorithm: &aead::CHACHA20_POLY1305,
        is_tls13: false,
        key: "866a4397733bf24f53b4fb30101188f30882275f7bfa7dea0c36c376e213bfcc",
        iv: "601ea91a45e7b9b1d9a7fc19",
        first: 1,
        records: &[
            (
                APPLICATION_DATA,
                b"SELECT 1",
                "1703030018abd03a76051f79973983fe405159ca8b4ca86495760fe449",
            ),
            (ALERT, &[1, 0], "1503030012334538a93b348bc5f88481a4b96ceded972d"),
        ],
    },
    Side {
        what: "OpenSSL, ECDHE-RSA-CHACHA20-POLY1305, server",
        algorithm: &aead::CHACHA20_POLY1305,
        is_tls13: false,
        key: "7bf335f726b016a9ecf57ab517b85a2be5ec4f33ef073fe04338a3c5a4a37978",
        iv: "86330c46b9c23c7ed6a99cd7",
        first: 1,
        records: &[
            (
                APPLICATION_DATA,
                b"the answer",
                "170303001a2e2215f62651559579eda66b76b506edba6465fa8140b3ba1a50",
            ),
            (ALERT, &[1, 0], "1503030012ab98836bc2d8913c3b051e0819fbe63d13db"),
        ],
    },
];

/// 00 to 31 (hexadecimal), which RFC 8448 sends.
const COUNT: [u8; 50] = {
    let mut count = [0; 50];
    let mut at = 0;
    while at < 50 {
        count[at] = at as u8;
        at += 1;
    }
    count
};

#[test]
fn records_are_opened_to_what_was_in_them() {
    for side in SIDES {
        let mut keys = side.keys(0);
        for (kind, content, record) in side.records {
            let mut record = hex(record);
            let opened = keys.open(&mut record).expect(side.what);
            assert_eq!((opened.kind, &record[opened.content]), (*kind, *content), "{}", side.what);
        }
    }
}

#[test]
fn what_was_in_them_is_sealed_to_the_same_records() {
    for side in SIDES {
        let mut keys = side.keys(0);
        for (kind, content, record) in side.records {
            assert_eq!(sealed(&mut keys, *kind, content), hex(record), "{}", side.what);
        }
    }
}

#[test]
fn a_record_is_opened_once_and_in_its_turn() {
    for side in SIDES {
        let [first, second] = side.records else { panic!("two records") };
        let mut keys = side.keys(0);
        assert_eq!(keys.open(&mut hex(second.2)), Err(BadRecord::Decrypt), "{}", side.what);
        let mut keys = side.keys(0);
        keys.open(&mut hex(first.2)).expect(side.what);
        assert_eq!(keys.open(&mut hex(first.2)), Err(BadRecord::Decrypt), "{}", side.what);
    }
}

/// RFC 8446 section 5.2 and RFC 5246 section 6.2.3.3 authenticate the header.
#[test]
fn each_changed_bit_is_found() {
    for side in SIDES {
        let record = hex(side.records[0].2);
        // In TLS 1.2 the length is that of the record's end, which the frame has found by the header.
        let lengths = if side.is_tls13 { 0..0 } else { 3..5 };
        for at in (0..record.len()).filter(|at| !lengths.contains(at)) {
            for bit in 0..8 {
                let mut changed = record.clone();
                changed[at] ^= 1 << bit;
                let error = side.keys(0).open(&mut changed).expect_err(side.what);
                let kind = changed[0];
                let is_known = if side.is_tls13 { kind == 23 } else { matches!(kind, 21..=23) };
                // A changed type may be another that is known.
                let expected =
                    if at > 0 || is_known { BadRecord::Decrypt } else { BadRecord::Type(kind) };
                assert_eq!(error, expected, "{} byte {at} bit {bit}", side.what);
            }
        }
        for len in 0..record.len() {
            let error = side.keys(0).open(&mut record[..len].to_vec()).expect_err(side.what);
            assert_eq!(error, BadRecord::Decrypt, "{} {len} bytes", side.what);
        }
    }
}

#[test]
fn nothing_is_left_of_a_record_that_is_refused() {
    let side = &SIDES[0];
    let mut record = hex(side.records[0].2);
    *record.last_mut().unwrap() ^= 1;
    assert!(side.keys(0).open(&mut record).is_err());
    assert!(!record.windows(4).any(|window| COUNT.windows(4).any(|part| part == window)));
}

/// RFC 8446 section 5.4 and RFC 5246 section 6.2.1: 2^14 bytes of content, with padding or without.
#[test]
fn sizes_have_their_limits() {
    for side in SIDES {
        let most = sealed(&mut side.keys(0), 23, &[7; MAX_PLAINTEXT]);
        let opened = side.keys(0).open(&mut most.clone()).expect(side.what);
        assert_eq!(opened.content.len(), MAX_PLAINTEXT, "{}", side.what);
        let mut more = sealed(&mut side.keys(0), 23, &[7; MAX_PLAINTEXT + 1]);
        let error = side.keys(0).open(&mut more).expect_err(side.what);
        assert_eq!(error, BadRecord::Size(MAX_PLAINTEXT + 1, MAX_PLAINTEXT), "{}", side.what);
        if !side.is_tls13 {
            continue;
        }
        // Content, padding, and the type that the caller adds: zero, so that all of it is padding.
        let padded = |content: usize, padding: usize| {
            let inner = [&vec![7; content][..], &[23], &vec![0; padding]].concat();
            sealed(&mut side.keys(0), 0, &inner)
        };
        let mut full = padded(100, MAX_PLAINTEXT - 100 - 1);
        assert_eq!(side.keys(0).open(&mut full).map(|opened| opened.content.len()), Ok(100));
        let mut longer = padded(100, MAX_PLAINTEXT - 100);
        assert!(matches!(side.keys(0).open(&mut longer), Err(BadRecord::Size(..))));
        let mut zeros = sealed(&mut side.keys(0), 0, &[0; 40]);
        assert_eq!(side.keys(0).open(&mut zeros), Err(BadRecord::NoType));
        let mut large = [&[23, 3, 3, 0x41, 1][..], &[7; MAX_TLS13_BODY + 1]].concat();
        let size = BadRecord::Size(MAX_TLS13_BODY + 1, MAX_TLS13_BODY);
        assert_eq!(side.keys(0).open(&mut large), Err(size));
    }
}

#[test]
fn no_number_comes_twice() {
    for side in SIDES {
        let last = u64::MAX - side.first - 1;
        let mut keys = side.keys(last);
        let mut record = sealed(&mut keys, 23, b"the last but one");
        let mut zeroed = vec![7; 60];
        let error = keys.seal(23, &mut zeroed).unwrap_err();
        assert_eq!((error.code, zeroed), (crate::error::Code::KeysUsedUp, vec![0; 60]));
        let mut keys = side.keys(last);
        keys.open(&mut record).expect(side.what);
        assert_eq!(keys.open(&mut record), Err(BadRecord::Number));
    }
}

#[test]
fn a_key_of_aes_gcm_protects_2_to_the_24_records() {
    for side in SIDES {
        let left = side.keys((1 << 24) - side.first - 1).records_left();
        let is_gcm = *side.algorithm != aead::CHACHA20_POLY1305;
        assert_eq!(left == 1, is_gcm, "{} {left}", side.what);
        assert_eq!(side.keys((1 << 24) - side.first).records_left() == 0, is_gcm);
    }
}

#[test]
fn a_slot_that_is_no_record_is_zeroed() {
    for side in SIDES {
        let keys = side.keys(0);
        for len in 0..keys.headroom() + keys.tailroom() {
            let mut slot = vec![7; len];
            let result = side.keys(0).seal(23, &mut slot);
            assert!(result.is_err(), "{} {len}", side.what);
            assert_eq!(slot, vec![0; len]);
        }
        let mut slot = vec![7; 1 << 17];
        assert!(side.keys(0).seal(23, &mut slot).is_err());
        assert!(slot.iter().all(|byte| *byte == 0));
    }
}

impl Keys {
    /// Returns the number of the next record.
    pub fn number(&self) -> u64 {
        self.sequence
    }

    /// Leaves out the numbers of some records.
    pub fn skip(&mut self, records: u64) {
        self.sequence += records;
    }
}

impl Side {
    /// Returns the keys `later` records after the first.
    fn keys(&self, later: u64) -> Keys {
        let (key, iv) = (hex(self.key), hex(self.iv));
        Keys::from_parts(self.algorithm, &key, &iv, self.first + later, self.is_tls13).unwrap()
    }
}

pub fn sealed(keys: &mut Keys, kind: u8, content: &[u8]) -> Vec<u8> {
    let (head, tail) = (vec![0; keys.headroom()], vec![0; keys.tailroom()]);
    let mut record = [&head, content, &tail].concat();
    keys.seal(kind, &mut record).unwrap();
    record
}

pub fn hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}
