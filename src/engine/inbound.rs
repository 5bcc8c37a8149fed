//! How the peer's bytes stand once the connection is up: whether more are read, and what waits for
//! room.

use super::want;
use crate::error::{Code, Error};

/// How the peer's bytes stand in TLS and in clear text.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Inbound {
    pub end: InboundEnd,
    /// Room that a record, or clear bytes, of the last step that presented any wait for; 0 if none do.
    pub awaited_room: usize,
}

/// Whether more bytes of the peer are read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum InboundEnd {
    #[default]
    Open,
    /// The transport ended.
    Eof,
    /// A close_notify came.
    CloseNotify,
}

impl Inbound {
    /// Whether bytes of the peer are still read.
    pub fn is_open(self) -> bool {
        self.end == InboundEnd::Open
    }

    /// Notes the room that a step asked for, and returns what is still asked for: a step that presented
    /// nothing of the peer's leaves it as it was.
    pub fn note_room(&mut self, need: usize, presented: bool) -> usize {
        if presented {
            self.awaited_room = need;
        }
        self.awaited_room
    }

    /// `want` bits.
    pub fn want(self) -> u32 {
        match self.end {
            InboundEnd::Open if self.awaited_room > 0 => want::APP_OUT | want::APP_IN,
            InboundEnd::Open => want::WIRE_IN | want::APP_IN,
            InboundEnd::Eof | InboundEnd::CloseNotify => want::APP_IN,
        }
    }

    /// Notes that the transport ended; returns whether all of its bytes were used.
    ///
    /// # Errors
    /// `State` while whole records, or clear bytes, wait for room: the host reads them first.
    pub fn eof(&mut self, left: usize) -> Result<bool, Error> {
        if self.awaited_room > 0 {
            return Err(unread());
        }
        self.end = InboundEnd::Eof;
        Ok(left == 0)
    }
}

/// The reason of an end that came before what can be read was read.
#[cold]
pub fn unread() -> Error {
    let why = "what came has to be read first: step with room for plaintext, need_app_out \
               bytes at least, until all counts and events are 0";
    Error::detail(Code::State, why)
}
