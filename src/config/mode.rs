//! `ssl-mode` and the transport: the client's decision between TLS and clear text.

use crate::error::{Code, Error};

/// A client's `ssl-mode`. A later one is stricter.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum SslMode {
    Disabled,
    Preferred,
    Required,
    VerifyCa,
    VerifyIdentity,
}

impl SslMode {
    /// Reads one of the five full names, in any case (T41, T42, T128).
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name().eq_ignore_ascii_case(name))
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Disabled => "DISABLED",
            Self::Preferred => "PREFERRED",
            Self::Required => "REQUIRED",
            Self::VerifyCa => "VERIFY_CA",
            Self::VerifyIdentity => "VERIFY_IDENTITY",
        }
    }

    const ALL: [Self; 5] =
        [Self::Disabled, Self::Preferred, Self::Required, Self::VerifyCa, Self::VerifyIdentity];
}

/// How client and server are connected.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Transport {
    #[default]
    Tcp,
    Unix,
    SharedMemory,
    NamedPipe,
}

impl Transport {
    pub fn parse(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "tcp" => Some(Self::Tcp),
            "unix" => Some(Self::Unix),
            "shared-memory" => Some(Self::SharedMemory),
            "named-pipe" => Some(Self::NamedPipe),
            _ => None,
        }
    }

    pub fn is_local(self) -> bool {
        self != Self::Tcp
    }

    /// Whether it counts as secure without TLS. A named pipe does not: other machines can reach it
    /// (D15).
    pub fn is_secure(self) -> bool {
        matches!(self, Self::Unix | Self::SharedMemory)
    }
}

/// How a connection goes on after the greeting.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Outcome {
    /// Not decided yet, or the connection ended before it was up.
    #[default]
    Undecided,
    Tls,
    PlainDisabled,
    PlainNoTls,
    PlainLocal,
}

impl Outcome {
    /// Decides on clear text: if and only if the mode is DISABLED, or PREFERRED and the server
    /// offers no TLS, or PREFERRED on a local transport.
    ///
    /// # Errors
    /// `NoTlsOffered` under REQUIRED and above.
    pub fn decide(mode: SslMode, transport: Transport, offered: bool) -> Result<Self, Error> {
        match mode {
            SslMode::Disabled => Ok(Self::PlainDisabled),
            SslMode::Preferred if transport.is_local() => Ok(Self::PlainLocal),
            SslMode::Preferred if !offered => Ok(Self::PlainNoTls),
            _ if !offered => Err(Code::NoTlsOffered.into()),
            _ => Ok(Self::Tls),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_case_and_nothing_else() {
        assert_eq!(SslMode::parse("required"), Some(SslMode::Required));
        assert_eq!(SslMode::parse("Verify_Identity"), Some(SslMode::VerifyIdentity));
        for value in ["3", "VERIFY", "REQ", "", " REQUIRED", "REQUIRED ", "0", "6", "99"] {
            assert_eq!(SslMode::parse(value), None, "{value:?}");
        }
        assert_eq!(Transport::parse("Unix"), Some(Transport::Unix));
        assert_eq!(Transport::parse("SHARED-MEMORY"), Some(Transport::SharedMemory));
        for value in ["", "shared_memory", "pipe", " tcp"] {
            assert_eq!(Transport::parse(value), None, "{value:?}");
        }
    }

    #[test]
    fn clear_text_in_four_cases_only() {
        use Outcome::{PlainDisabled, PlainLocal, PlainNoTls, Tls};
        use SslMode::*;
        use Transport::*;
        let cases = [
            (Disabled, Tcp, true, Some(PlainDisabled)),
            (Disabled, Tcp, false, Some(PlainDisabled)),
            (Disabled, Unix, true, Some(PlainDisabled)),
            (Preferred, Tcp, true, Some(Tls)),
            (Preferred, Tcp, false, Some(PlainNoTls)),
            (Preferred, Unix, true, Some(PlainLocal)),
            (Preferred, SharedMemory, true, Some(PlainLocal)),
            (Preferred, NamedPipe, true, Some(PlainLocal)),
            (Required, Tcp, true, Some(Tls)),
            (Required, Tcp, false, None),
            (Required, Unix, true, Some(Tls)),
            (Required, Unix, false, None),
            (VerifyCa, Tcp, true, Some(Tls)),
            (VerifyCa, Tcp, false, None),
            (VerifyIdentity, Unix, true, Some(Tls)),
            (VerifyIdentity, Tcp, false, None),
        ];
        for (mode, transport, offered, expected) in cases {
            let got = Outcome::decide(mode, transport, offered);
            match expected {
                Some(outcome) => {
                    assert_eq!(got.unwrap(), outcome, "{mode:?} {transport:?} {offered}")
                }
                None => assert_eq!(got.unwrap_err().code, Code::NoTlsOffered),
            }
        }
    }
}
