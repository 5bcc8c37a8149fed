//! Where the two record layers differ: that of the library and rustls' own, which the feature
//! `rustls-records` selects. All tests expect what the library's own does, and pass on rustls' too,
//! but for what is listed here.

use tlsql::Code;

/// Whether this build has rustls' record layer.
pub const IS_RUSTLS: bool = cfg!(feature = "rustls-records");

/// The code and the alert that a refusal has; `None` if it is none.
pub type Outcome = Option<(Code, u8)>;

/// What rustls does otherwise.
pub struct Difference {
    /// The case, as tests name it.
    pub what: &'static str,
    pub rustls: Outcome,
    pub reason: &'static str,
}

pub const DIFFERENCES: &[Difference] = &[
    Difference {
        what: "an outer type of its own",
        rustls: None,
        reason: "rustls makes the additional data of TLS 1.3 of constants, and does not see a changed \
                 outer type; RFC 8446 section 5.2 authenticates the header",
    },
    Difference {
        what: "another version",
        rustls: None,
        reason: "as for the outer type, in TLS 1.3",
    },
    Difference {
        what: "garbage of another outer type",
        rustls: Some((Code::Decrypt, 20)),
        reason: "rustls decrypts a record of every outer type but change_cipher_spec",
    },
    Difference {
        what: "2^14 + 257 bytes of ciphertext",
        rustls: Some((Code::Decrypt, 20)),
        reason: "rustls has the limit of TLS 1.2 for both versions; RFC 8446 section 5.2 has \
                 record_overflow",
    },
    Difference {
        what: "data as a change_cipher_spec",
        rustls: Some((Code::Misbehaved, 50)),
        reason: "rustls reads what a record of this type holds before it refuses it",
    },
    Difference {
        what: "a sealed change_cipher_spec",
        rustls: Some((Code::Misbehaved, 50)),
        reason: "as for data of this type, in TLS 1.2",
    },
    Difference {
        what: "a ClientHello without fields",
        rustls: Some((Code::Misbehaved, 50)),
        reason: "rustls reads a message before it refuses its type",
    },
    Difference {
        what: "a ticket of nothing to a server",
        rustls: Some((Code::Misbehaved, 50)),
        reason: "as for a ClientHello",
    },
    Difference {
        what: "a ticket cut short to a server",
        rustls: Some((Code::Misbehaved, 50)),
        reason: "as for a ClientHello",
    },
    Difference {
        what: "a ticket with an extension twice to a server",
        rustls: Some((Code::Misbehaved, 47)),
        reason: "as for a ClientHello",
    },
    Difference {
        what: "an empty handshake record",
        rustls: None,
        reason: "rustls takes 32 of them in TLS 1.2; RFC 5246 section 6.2.1 forbids to send one",
    },
    Difference {
        what: "an empty alert record",
        rustls: Some((Code::Misbehaved, 50)),
        reason: "rustls sends decode_error in TLS 1.2; RFC 8446 section 5.4 has unexpected_message",
    },
    Difference {
        what: "KeyUpdates with empty records between",
        rustls: None,
        reason: "rustls counts an empty record of application data as data",
    },
    Difference {
        what: "an empty body of handshake type",
        rustls: Some((Code::Record, 50)),
        reason: "rustls refuses the header of a record that is too short to be decrypted",
    },
];

/// Returns what this build's record layer does, where the library's own does `ours`.
pub fn expected(what: &str, ours: Outcome) -> Outcome {
    let listed = DIFFERENCES.iter().find(|difference| difference.what == what);
    if let Some(difference) = listed {
        assert_ne!(difference.rustls, ours, "{what} is no difference: {}", difference.reason);
    }
    listed.filter(|_| IS_RUSTLS).map_or(ours, |difference| difference.rustls)
}
