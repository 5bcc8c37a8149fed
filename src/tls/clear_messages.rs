//! The peer's handshake messages in clear, as far as their headers: what each claims to be before the
//! rest of it has come.

/// Where the peer's handshake messages stand, across records.
#[derive(Debug, Default)]
pub struct ClearMessages {
    /// The next message's header, as far as it came.
    header: Vec<u8>,
    /// Bytes of the message behind the last header that are still to come.
    missing: usize,
    /// Headers that came.
    count: usize,
    /// Of a TLS 1.2 server: a NewSessionTicket came that is not kept. rustls does not tell its size.
    pub has_large_ticket: bool,
    /// Its lifetime, or that of one which is kept, in seconds; 0 where there is none.
    pub ticket_lifetime: u32,
    /// Octets of the lifetime that are still to come.
    missing_lifetime: usize,
}

/// What the header of a message claims.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Claim {
    pub kind: u8,
    pub len: usize,
    /// Number of the message, from 0.
    pub number: usize,
}

impl ClearMessages {
    /// Takes the body of a record; returns the first header in it that claims more than `MAX_MESSAGE`.
    pub fn too_large(&mut self, mut body: &[u8]) -> Option<Claim> {
        loop {
            let come = self.missing.min(body.len());
            self.missing = self.missing.saturating_sub(come);
            let (content, behind) = body.split_at(come);
            self.note_lifetime(content);
            body = behind;
            let wanted = HEADER_LEN.saturating_sub(self.header.len());
            let (head, rest) = body.split_at(wanted.min(body.len()));
            self.header.extend_from_slice(head);
            let (kind, len) = message_header(&self.header)?;
            let number = self.count;
            (self.missing, self.count, body) = (len, number.saturating_add(1), rest);
            self.header.clear();
            if kind == NEW_SESSION_TICKET {
                self.has_large_ticket |= len > MAX_TICKET;
                // An empty ticket leaves the one that there is (RFC 5077 section 3.3).
                let has_ticket = len > LIFETIME_LEN.saturating_add(2);
                self.ticket_lifetime = 0;
                self.missing_lifetime = if has_ticket { LIFETIME_LEN } else { 0 };
            }
            if len > MAX_MESSAGE {
                return Some(Claim { kind, len, number });
            }
        }
    }

    /// Takes what came of a message's body; the lifetime is what a NewSessionTicket begins with.
    fn note_lifetime(&mut self, body: &[u8]) {
        for octet in body.iter().take(self.missing_lifetime) {
            self.ticket_lifetime = self.ticket_lifetime << 8 | u32::from(*octet);
        }
        self.missing_lifetime = self.missing_lifetime.saturating_sub(body.len());
    }
}

/// Reads the header of a handshake message: its type, and the length of its body.
pub fn message_header(bytes: &[u8]) -> Option<(u8, usize)> {
    let &[kind, a, b, c] = bytes.first_chunk()?;
    let len = u32::from_be_bytes([0, a, b, c]);
    Some((kind, usize::try_from(len).unwrap_or(usize::MAX)))
}

/// HandshakeType and length (RFC 8446 section 4).
const HEADER_LEN: usize = 4;

/// A number of seconds (RFC 5077 section 3.3).
const LIFETIME_LEN: usize = 4;

/// Largest body of a handshake message, in bytes, as rustls has it; a ticket has 65535 at most.
pub const MAX_MESSAGE: usize = 0xffff;

/// HandshakeType (RFC 5077 section 3.3, RFC 8446 section 4).
pub const NEW_SESSION_TICKET: u8 = 4;

/// Largest body of a NewSessionTicket that a client keeps, in bytes. A ticket with the client's chain in
/// it has a few KiB. It goes into the next ClientHello, which has to stay below what servers read: 16 KiB
/// here (`hello::MAX_HELLO`), 64 KiB in rustls; whoever gave it is another server perhaps.
pub const MAX_TICKET: usize = 8 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_found_at_every_split() {
        let honest: &[u8] = &[2, 0, 0, 3, 11, 1, 0, 14, 0, 0, 0];
        for (behind, expected) in [
            (&[11, 1, 0, 0][..], Some(Claim { kind: 11, len: 0x1_0000, number: 2 })),
            (&[12, 0xff, 0xff, 0xff, 7], Some(Claim { kind: 12, len: 0xff_ffff, number: 2 })),
            (&[12, 0, 0xff, 0xff, 7], None),
            (&[12, 0, 0], None),
            (&[], None),
        ] {
            let all = [honest, behind].concat();
            for at in 0..=all.len() {
                let mut messages = ClearMessages::default();
                let (first, second) = all.split_at(at);
                let found = messages.too_large(first).or_else(|| messages.too_large(second));
                assert_eq!(found, expected, "{behind:?} split at {at}");
            }
            let mut messages = ClearMessages::default();
            let found = all.iter().find_map(|byte| messages.too_large(&[*byte]));
            assert_eq!(found, expected, "{behind:?} byte by byte");
        }
    }

    #[test]
    fn a_large_ticket_is_noted() {
        for (header, expected) in [
            ([4, 0, 0x20, 0], false),
            ([4, 0, 0x20, 1], true),
            ([4, 0, 0xff, 0xff], true),
            ([11, 0, 0x20, 1], false),
        ] {
            let mut messages = ClearMessages::default();
            assert_eq!(messages.too_large(&[[2, 0, 0, 0], header].concat()), None);
            assert_eq!(messages.has_large_ticket, expected, "{header:?}");
        }
    }

    #[test]
    fn a_tickets_lifetime_is_read_at_every_split() {
        let ticket = [4, 0, 0, 7, 0, 1, 0x51, 0x80, 0, 1, 9];
        let all = [&[2, 0, 0, 1, 7][..], &ticket, &[14, 0, 0, 0]].concat();
        for at in 0..=all.len() {
            let mut messages = ClearMessages::default();
            let (first, second) = all.split_at(at);
            assert_eq!(messages.too_large(first).or_else(|| messages.too_large(second)), None);
            assert_eq!(messages.ticket_lifetime, 86_400, "split at {at}");
        }
        // Too short for one, and an empty one.
        for ticket in [&[4, 0, 0, 1, 9][..], &[4, 0, 0, 6, 0, 0, 0, 9, 0, 0]] {
            let mut messages = ClearMessages::default();
            assert_eq!(messages.too_large(&[ticket, &[11, 0, 0, 3, 1, 2, 3]].concat()), None);
            assert_eq!(messages.ticket_lifetime, 0);
        }
    }
}
