//! Where rustls' record layer gives something else for the same record, and why.

use tlsql::Code;

use super::ends::Verdict;
use super::forged::{ALERT, APPLICATION_DATA, Change, Forged, HANDSHAKE, KEY_UPDATE, TICKET};

/// What decides on a difference beside the record.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub is_client: bool,
    pub is_tls13: bool,
    /// Part of a handshake message.
    partial: Vec<u8>,
    /// Empty records of application data, and KeyUpdates, since there was some.
    empty_records: usize,
    key_updates: usize,
    /// We asked for a KeyUpdate, and none has come since.
    awaits_update: bool,
    /// KeyUpdates since there was data that we did not ask for.
    unasked: usize,
    /// A close_notify came: what follows is dropped.
    is_closed: bool,
}

/// One difference.
#[derive(Debug)]
pub struct Difference {
    pub applies: fn(&State, &Forged) -> bool,
    pub ours: Verdict,
    pub rustls: Verdict,
    pub reason: &'static str,
}

impl State {
    pub fn new(is_client: bool, is_tls13: bool) -> Self {
        Self { is_client, is_tls13, ..Self::default() }
    }

    /// Notes a KeyUpdate of ours; returns whether it asks for one, which rustls' always does: RFC 9846
    /// section 4.7.3.
    pub fn asks_for_update(&mut self) -> bool {
        !std::mem::replace(&mut self.awaits_update, true)
    }

    /// Notes a record that is taken.
    pub fn note(&mut self, record: &Forged) {
        if self.is_closed {
            return;
        }
        let is_whole = record.change == Change::None;
        self.is_closed =
            is_whole && record.kind == ALERT && matches!(record.content[..], [1 | 2, 0]);
        let is_data = is_whole && record.kind == APPLICATION_DATA;
        if is_data && !record.content.is_empty() {
            (self.empty_records, self.key_updates, self.unasked) = (0, 0, 0);
        } else if is_data {
            self.empty_records += 1;
        }
        if record.kind == HANDSHAKE {
            let (messages, rest) = self.messages(record);
            let updates = messages.iter().filter(|(kind, _)| *kind == KEY_UPDATE).count();
            let is_answered = self.awaits_update && updates > 0;
            self.awaits_update &= !is_answered;
            self.unasked += updates - usize::from(is_answered);
            self.key_updates += updates;
            self.partial = rest;
        }
    }

    /// Returns the messages that end in a handshake record, and the beginning of another.
    fn messages(&self, record: &Forged) -> (Vec<Message>, Vec<u8>) {
        let mut rest = [&self.partial[..], &record.content].concat();
        let mut all = Vec::new();
        while let [kind, a, b, c, ..] = rest[..] {
            let end = 4 + u32::from_be_bytes([0, a, b, c]) as usize;
            if record.kind != HANDSHAKE || rest.len() < end {
                break;
            }
            all.push((kind, rest[4..end].to_vec()));
            rest.drain(..end);
        }
        (all, rest)
    }

    /// Whether a record of messages ends with one that is too large.
    fn claims_too_much(&self, record: &Forged) -> bool {
        let (messages, rest) = self.messages(record);
        record.kind == HANDSHAKE
            && !messages.is_empty()
            && matches!(rest[..], [_, high, _, _, ..] if high > 0)
    }

    fn has(&self, record: &Forged, is_it: fn(u8, &[u8]) -> bool) -> bool {
        self.messages(record).0.iter().any(|(kind, body)| is_it(*kind, body))
    }

    /// Whether a message ends in the record that has no place in this role and version.
    fn has_misplaced(&self, record: &Forged) -> bool {
        let restart = if self.is_client { 0 } else { 1 };
        self.messages(record).0.iter().any(|(kind, _)| match (self.is_tls13, *kind) {
            (true, KEY_UPDATE) => false,
            (true, TICKET) => !self.is_client,
            (true, _) => true,
            (false, kind) => kind != restart,
        })
    }
}

/// Type and body of a message.
type Message = (u8, Vec<u8>);

/// Whether a record is in the list: it is delivered alone then.
pub fn may_differ(state: &State, record: &Forged) -> bool {
    DIFFERENCES.iter().any(|difference| (difference.applies)(state, record))
}

/// Returns the difference that explains why ours did one thing and rustls another.
pub fn listed(
    state: &State,
    record: &Forged,
    verdicts: (Verdict, Verdict),
) -> Option<&'static Difference> {
    DIFFERENCES.iter().find(|difference| {
        (difference.applies)(state, record) && (difference.ours, difference.rustls) == verdicts
    })
}

/// Whether both did the same. rustls sends no alert for some failures; RFC 8446 section 6.2 has one
/// for each.
pub fn is_same((ours, rustls): (Verdict, Verdict)) -> bool {
    match (ours, rustls) {
        (Refused(Code::Misbehaved, Some(10)), Refused(Code::Misbehaved, None)) => true,
        (Refused(Code::HandshakeSize, Some(50)), Refused(Code::HandshakeSize, None)) => true,
        _ => ours == rustls,
    }
}

use Verdict::{Refused, Taken};

pub static DIFFERENCES: &[Difference] = &[
    Difference {
        applies: |_, record| !(20..=23).contains(&outer(record)),
        ours: Refused(Code::Record, Some(10)),
        rustls: Refused(Code::Record, Some(50)),
        reason: "unexpected_message for an unknown type: RFC 8446 section 5; rustls: decode_error",
    },
    Difference {
        applies: |_, record| outer(record) == 24,
        ours: Refused(Code::Record, Some(10)),
        rustls: Refused(Code::Decrypt, Some(20)),
        reason: "rustls knows the type of RFC 6520 and decrypts such a record",
    },
    Difference {
        applies: |state, record| state.is_tls13 && record.change == Change::Outer(24),
        ours: Refused(Code::Record, Some(10)),
        rustls: Taken,
        reason: ADDITIONAL_DATA,
    },
    Difference {
        applies: |state, record| state.is_tls13 && matches!(record.change, Change::Outer(21 | 22)),
        ours: Refused(Code::Misbehaved, Some(10)),
        rustls: Taken,
        reason: ADDITIONAL_DATA,
    },
    Difference {
        applies: |state, record| state.is_tls13 && matches!(record.change, Change::Version(3, _)),
        ours: Refused(Code::Decrypt, Some(20)),
        rustls: Taken,
        reason: ADDITIONAL_DATA,
    },
    Difference {
        applies: |state, record| state.is_tls13 && matches!(outer(record), ALERT | HANDSHAKE),
        ours: Refused(Code::Misbehaved, Some(10)),
        rustls: Refused(Code::Decrypt, Some(20)),
        reason: "a record in clear is unexpected: RFC 8446 section 5; rustls decrypts it",
    },
    Difference {
        applies: |_, record| outer(record) == 20,
        ours: Refused(Code::Misbehaved, Some(10)),
        rustls: Refused(Code::Misbehaved, Some(50)),
        reason: "rustls reads a change_cipher_spec before it refuses it",
    },
    Difference {
        applies: |_, record| outer(record) == 20,
        ours: Refused(Code::Misbehaved, Some(10)),
        rustls: Refused(Code::Decrypt, Some(20)),
        reason: "rustls decrypts it in TLS 1.2, and inside a message",
    },
    Difference {
        applies: |state, record| state.is_tls13 && body(record) > (1 << 14) + 256,
        ours: Refused(Code::Record, Some(22)),
        rustls: Refused(Code::Decrypt, Some(20)),
        reason: "record_overflow: RFC 8446 section 5.2; rustls has the limit of TLS 1.2 in both \
                 versions",
    },
    Difference {
        applies: |_, record| body(record) >= (1 << 14) + 2048,
        ours: Refused(Code::Record, Some(22)),
        rustls: Refused(Code::Record, Some(50)),
        reason: "record_overflow: RFC 8446 section 5.2, RFC 5246 section 7.2.2; rustls: decode_error",
    },
    Difference {
        applies: |_, record| record.kind == HANDSHAKE && record.content.is_empty(),
        ours: Refused(Code::Misbehaved, Some(10)),
        rustls: Taken,
        reason: "must not be sent empty: RFC 8446 section 5.1, RFC 5246 section 6.2.1",
    },
    Difference {
        applies: |_, record| record.kind == ALERT && record.content.is_empty(),
        ours: Refused(Code::Misbehaved, Some(10)),
        rustls: Refused(Code::Misbehaved, Some(50)),
        reason: "unexpected_message: RFC 8446 section 5.4; rustls: decode_error",
    },
    Difference {
        applies: |state, record| {
            !state.is_tls13 && state.has(record, |kind, body| kind == 0 && !body.is_empty())
        },
        ours: Refused(Code::Misbehaved, Some(50)),
        rustls: Taken,
        reason: "a HelloRequest has no fields: RFC 5246 section 7.4.1.1; rustls passes over what is there",
    },
    Difference {
        applies: |state, record| {
            !state.is_tls13 && state.has(record, |kind, body| kind == 0 && !body.is_empty())
        },
        ours: Refused(Code::Misbehaved, Some(50)),
        rustls: Refused(Code::Misbehaved, Some(10)),
        reason: "as above, and a message behind it is refused",
    },
    Difference {
        applies: |state, record| {
            !state.is_tls13 && !state.is_client && state.has(record, |kind, _| kind == 1)
        },
        ours: Taken,
        rustls: Refused(Code::Misbehaved, Some(50)),
        reason: "a ClientHello is refused with a warning whatever is in it; rustls reads it first",
    },
    Difference {
        applies: |state, record| {
            !state.is_tls13 && !state.is_client && state.has(record, |kind, _| kind == 1)
        },
        ours: Refused(Code::Misbehaved, Some(10)),
        rustls: Refused(Code::Misbehaved, Some(50)),
        reason: "as above, and a message behind it is refused",
    },
    Difference {
        applies: |state, record| state.has_misplaced(record),
        ours: Refused(Code::Misbehaved, Some(10)),
        rustls: Refused(Code::Misbehaved, Some(50)),
        reason: "rustls reads a message before it refuses its type",
    },
    Difference {
        applies: |state, record| state.has_misplaced(record),
        ours: Refused(Code::Misbehaved, Some(10)),
        rustls: Refused(Code::Misbehaved, Some(47)),
        reason: "rustls reads a message before it refuses its type",
    },
    Difference {
        applies: |state, record| state.is_tls13 && !(20..=23).contains(&record.kind),
        ours: Refused(Code::Misbehaved, Some(10)),
        rustls: Refused(Code::Record, Some(50)),
        reason: "unexpected_message for an unknown type: RFC 8446 section 5; rustls: decode_error",
    },
    Difference {
        applies: |_, record| !(20..=23).contains(&outer(record)),
        ours: Refused(Code::Record, Some(10)),
        rustls: Refused(Code::Misbehaved, None),
        reason: BEHIND_HEADER,
    },
    Difference {
        applies: |state, record| {
            state.is_tls13 && matches!(outer(record), ALERT | HANDSHAKE) && body(record) == 0
        },
        ours: Refused(Code::Misbehaved, Some(10)),
        rustls: Refused(Code::Record, Some(50)),
        reason: "a record in clear is unexpected: RFC 8446 section 5; rustls: decode_error",
    },
    Difference {
        applies: |_, record| outer(record) == 20 && body(record) >= (1 << 14) + 2048,
        ours: Refused(Code::Misbehaved, Some(10)),
        rustls: Refused(Code::Record, Some(50)),
        reason: "rustls looks at the size first",
    },
    Difference {
        applies: |state, record| {
            record.kind == APPLICATION_DATA
                && record.content.is_empty()
                && state.empty_records >= 32
        },
        ours: Refused(Code::Misbehaved, Some(10)),
        rustls: Taken,
        reason: "records without data are a flood whatever stands between them; rustls counts those in a row",
    },
    Difference {
        applies: |state, record| {
            state.key_updates >= 32 && state.has(record, |kind, _| kind == KEY_UPDATE)
        },
        ours: Refused(Code::Misbehaved, Some(10)),
        rustls: Taken,
        reason: "KeyUpdates without data between them are a flood; rustls takes an empty record for data",
    },
    Difference {
        applies: |state, record| state.is_tls13 && is_old(record),
        ours: Refused(Code::Record, Some(50)),
        rustls: Taken,
        reason: "rustls knows the versions of SSL 2.0 and DTLS, and looks at it no further",
    },
    Difference {
        applies: |state, record| !state.is_tls13 && is_old(record),
        ours: Refused(Code::Record, Some(50)),
        rustls: Refused(Code::Decrypt, Some(20)),
        reason: "rustls knows the versions of SSL 2.0 and DTLS, and decrypts such a record",
    },
    Difference {
        applies: |_, record| outer(record) == 20 && body(record) == 0,
        ours: Refused(Code::Misbehaved, Some(10)),
        rustls: Refused(Code::Record, Some(50)),
        reason: "rustls refuses the header of an empty change_cipher_spec",
    },
    Difference {
        applies: |_, record| body(record) == (1 << 14) + 2048,
        ours: Refused(Code::Decrypt, Some(20)),
        rustls: Refused(Code::Record, Some(50)),
        reason: "RFC 5246 section 6.2.3 allows so many bytes; rustls one less",
    },
    Difference {
        applies: |_, record| body(record) == (1 << 14) + 2048 && outer(record) != APPLICATION_DATA,
        ours: Refused(Code::Misbehaved, Some(10)),
        rustls: Refused(Code::Record, Some(50)),
        reason: "rustls looks at the size first",
    },
    Difference {
        applies: |state, record| state.claims_too_much(record),
        ours: Refused(Code::Misbehaved, Some(10)),
        rustls: Refused(Code::HandshakeSize, None),
        reason: "rustls looks at the lengths of all messages of a record before it handles the first",
    },
    Difference {
        applies: |state, record| state.claims_too_much(record),
        ours: Refused(Code::Misbehaved, Some(50)),
        rustls: Refused(Code::HandshakeSize, None),
        reason: "rustls looks at the lengths of all messages of a record before it handles the first",
    },
    Difference {
        applies: |state, record| state.claims_too_much(record),
        ours: Refused(Code::Misbehaved, Some(47)),
        rustls: Refused(Code::HandshakeSize, None),
        reason: "rustls looks at the lengths of all messages of a record before it handles the first",
    },
    Difference {
        applies: |state, record| {
            !state.is_tls13 && state.has(record, |kind, body| kind == 0 && !body.is_empty())
        },
        ours: Refused(Code::Misbehaved, Some(50)),
        rustls: Refused(Code::Misbehaved, None),
        reason: "as above, and another HelloRequest is one too many",
    },
    Difference {
        applies: |state, record| {
            !state.is_tls13 && matches!(outer(record), ALERT | HANDSHAKE) && body(record) == 0
        },
        ours: Refused(Code::Decrypt, Some(20)),
        rustls: Refused(Code::Record, Some(50)),
        reason: "bad_record_mac for what was not sealed: RFC 5246 section 7.2.2; rustls refuses the \
                 header",
    },
    Difference {
        applies: |_, record| outer(record) == 20 && body(record) > 1 << 14,
        ours: Refused(Code::Misbehaved, Some(10)),
        rustls: Refused(Code::Record, Some(22)),
        reason: "rustls decrypts it and looks at the size first",
    },
    Difference {
        applies: |state, record| state.is_tls13 && matches!(record.change, Change::Version(3, _)),
        ours: Refused(Code::Decrypt, Some(20)),
        rustls: Refused(Code::Misbehaved, None),
        reason: BEHIND_HEADER,
    },
    Difference {
        applies: |state, record| {
            state.key_updates >= 32
                && (state.awaits_update || state.unasked < 32)
                && state.has(record, |kind, _| kind == KEY_UPDATE)
        },
        ours: Taken,
        rustls: Refused(Code::Misbehaved, None),
        reason: "a peer that only reads may answer every KeyUpdate of ours; rustls counts answers to \
                 its own as a flood",
    },
    Difference {
        applies: |_, record| is_old(record),
        ours: Refused(Code::Record, Some(50)),
        rustls: Refused(Code::Misbehaved, None),
        reason: BEHIND_HEADER,
    },
];

const BEHIND_HEADER: &str =
    "ours refuses the header; rustls takes it, and refuses the record between parts of a message";
const ADDITIONAL_DATA: &str = "RFC 8446 section 5.2 authenticates the header; rustls makes the \
                               additional data of TLS 1.3 of constants";

/// Whether the version is that of SSL 2.0 or a DTLS.
fn is_old(record: &Forged) -> bool {
    matches!(record.change, Change::Version(0, 2) | Change::Version(0xfe, 0xff | 0xfd | 0xfc))
}

/// The type in the header.
fn outer(record: &Forged) -> u8 {
    record.bytes.first().copied().unwrap_or(APPLICATION_DATA)
}

/// The length in the header.
fn body(record: &Forged) -> usize {
    match record.bytes[..] {
        [_, _, _, high, low, ..] => usize::from(u16::from_be_bytes([high, low])),
        _ => 0,
    }
}
