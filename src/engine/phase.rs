//! Every phase of a connection, and every way from one to the next.
//!
//! ```text
//! client   GREETING ──greeting read──► NEGOTIATE ──start──► HANDSHAKE ──finished──► TLS
//!                                          └──────start, clear text──────────────► PLAIN
//! server   GREETING ──greeting sent──► NEGOTIATE ──SSLRequest──► HANDSHAKE ──finished──► TLS
//!                                          └──────plain login────────────────────► PLAIN
//! any      ──close, drained──► CLOSED          any but CLOSED ──failure──► FAILED
//! ```

/// Values as in the header.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
    Greeting = 1,
    Negotiate = 2,
    Handshake = 3,
    Tls = 4,
    Plain = 5,
    Closed = 6,
    Failed = 7,
}

/// What moves a connection on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Trigger {
    /// Client: the greeting was read. Server: its last byte was handed out.
    GreetingDone,
    /// Client: TLS was decided and queued. Server: an SSLRequest was read.
    TlsChosen,
    /// Client: the mode allows clear text. Server: a plain login.
    PlainChosen,
    /// Both Finished messages were checked.
    HandshakeDone,
    /// `close` was called and everything queued was handed out.
    Drained,
    Failure,
}

/// The whole table; what is not in it cannot happen.
pub const TRANSITIONS: &[(Phase, Trigger, Phase)] = &[
    (Phase::Greeting, Trigger::GreetingDone, Phase::Negotiate),
    (Phase::Greeting, Trigger::Drained, Phase::Closed),
    (Phase::Greeting, Trigger::Failure, Phase::Failed),
    (Phase::Negotiate, Trigger::TlsChosen, Phase::Handshake),
    (Phase::Negotiate, Trigger::PlainChosen, Phase::Plain),
    (Phase::Negotiate, Trigger::Drained, Phase::Closed),
    (Phase::Negotiate, Trigger::Failure, Phase::Failed),
    (Phase::Handshake, Trigger::HandshakeDone, Phase::Tls),
    (Phase::Handshake, Trigger::Drained, Phase::Closed),
    (Phase::Handshake, Trigger::Failure, Phase::Failed),
    (Phase::Tls, Trigger::Drained, Phase::Closed),
    (Phase::Tls, Trigger::Failure, Phase::Failed),
    (Phase::Plain, Trigger::Drained, Phase::Closed),
    (Phase::Plain, Trigger::Failure, Phase::Failed),
];

impl Phase {
    /// Where `trigger` leads from here; a failed or closed connection stays as it is.
    pub fn next(self, trigger: Trigger) -> Option<Self> {
        TRANSITIONS.iter().find(|(from, by, _)| (*from, *by) == (self, trigger)).map(|row| row.2)
    }

    /// Application bytes flow.
    pub fn is_traffic(self) -> bool {
        matches!(self, Self::Tls | Self::Plain)
    }

    pub fn number(self) -> u32 {
        match self {
            Self::Greeting => 1,
            Self::Negotiate => 2,
            Self::Handshake => 3,
            Self::Tls => 4,
            Self::Plain => 5,
            Self::Closed => 6,
            Self::Failed => 7,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Greeting => "GREETING",
            Self::Negotiate => "NEGOTIATE",
            Self::Handshake => "HANDSHAKE",
            Self::Tls => "TLS",
            Self::Plain => "PLAIN",
            Self::Closed => "CLOSED",
            Self::Failed => "FAILED",
        }
    }

    pub const ALL: [Self; 7] = [
        Self::Greeting,
        Self::Negotiate,
        Self::Handshake,
        Self::Tls,
        Self::Plain,
        Self::Closed,
        Self::Failed,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clear_text_cannot_be_reached_once_tls_was_chosen() {
        let mut reached = vec![Phase::Handshake];
        let mut i = 0;
        while i < reached.len() {
            for (from, _, to) in TRANSITIONS {
                if *from == reached[i] && !reached.contains(to) {
                    reached.push(*to);
                }
            }
            i += 1;
        }
        assert!(!reached.contains(&Phase::Plain));
        assert!(reached.contains(&Phase::Tls));
    }

    #[test]
    fn the_ends_are_final_and_every_other_phase_can_fail() {
        for phase in Phase::ALL {
            let end = matches!(phase, Phase::Closed | Phase::Failed);
            assert_eq!(TRANSITIONS.iter().any(|(from, _, _)| *from == phase), !end);
            assert_eq!(phase.next(Trigger::Failure), (!end).then_some(Phase::Failed));
        }
    }

    #[test]
    fn no_phase_has_two_ways_for_one_trigger() {
        for (i, a) in TRANSITIONS.iter().enumerate() {
            assert!(!TRANSITIONS[i + 1..].iter().any(|b| (a.0, a.1) == (b.0, b.1)), "{a:?}");
        }
    }
}
