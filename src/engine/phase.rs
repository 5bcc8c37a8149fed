//! The phases of a connection; `state.rs` has the ways from one to the next.

/// Where a connection stands.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Phase {
    #[default]
    Greeting,
    Negotiate,
    Handshake,
    Tls,
    Plain,
    Closed,
    Failed,
}

impl Phase {
    /// Whether application bytes flow.
    pub fn is_traffic(self) -> bool {
        matches!(self, Self::Tls | Self::Plain)
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
