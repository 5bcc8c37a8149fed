//! Reads back what a connection sends: before clear text was decided on, nothing but the packets of
//! the upgrade and TLS records.

use tlsql::Role;

/// Reads the bytes of one direction as they come.
#[derive(Default)]
pub struct SentStream {
    /// Of a unit that is not whole yet.
    part: Vec<u8>,
    last: Option<Unit>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unit {
    Greeting,
    SslRequest,
    Record { kind: u8 },
    Err { sequence: u8 },
}

impl SentStream {
    /// Takes the next bytes of a connection whose greeting or SSLRequest the host writes itself if
    /// `host_packets`.
    pub fn take(&mut self, role: Role, host_packets: bool, bytes: &[u8]) {
        self.part.extend_from_slice(bytes);
        while let Some((unit, len)) = self.read(role, host_packets) {
            let last = self.last;
            assert!(
                may_follow(role, host_packets, last, unit),
                "{role:?}: {unit:?} after {last:?}"
            );
            self.last = Some(unit);
            self.part.drain(..len);
        }
        // A first byte that belongs to none of them would stay here.
        if let Some(&first) = self.part.first() {
            let packet = self.last.is_none() || role == Role::Server;
            assert!((20..=23).contains(&first) || packet, "{role:?}: byte {first:#x} leaves");
        }
    }

    /// Returns the last whole unit.
    pub fn last(&self) -> Option<Unit> {
        self.last
    }

    /// Returns the first unit and its length, once all of it is there.
    fn read(&self, role: Role, host_packets: bool) -> Option<(Unit, usize)> {
        let &[a, b, c, d, e, ..] = self.part.as_slice() else { return None };
        let is_first = self.last.is_none() && !host_packets;
        let (unit, len) = if !is_first && (20..=23).contains(&a) && b == 3 {
            let len = usize::from(d) << 8 | usize::from(e);
            assert!(len <= 16384 + 2048, "a record of {len} bytes");
            (Unit::Record { kind: a }, 5 + len)
        } else {
            let unit = match (role, d, e) {
                (Role::Server, 0, 10) if is_first => Unit::Greeting,
                (Role::Server, sequence, 0xff) => Unit::Err { sequence },
                (Role::Client, 1, _) if is_first => Unit::SslRequest,
                _ => panic!("{role:?}: {a:#x} {b:#x} {c:#x} {d:#x} {e:#x} is none of the upgrade"),
            };
            (unit, 4 + (usize::from(a) | usize::from(b) << 8 | usize::from(c) << 16))
        };
        if self.part.len() < len {
            return None;
        }
        if unit == Unit::SslRequest {
            assert!(matches!(len, 9 | 36), "an SSLRequest of {len} bytes");
            assert!(self.part[5] & 0x08 != 0, "an SSLRequest without CLIENT_SSL");
        }
        Some((unit, len))
    }
}

fn may_follow(role: Role, host_packets: bool, last: Option<Unit>, unit: Unit) -> bool {
    match (role, last, unit) {
        (Role::Client, None, Unit::SslRequest) => !host_packets,
        (Role::Client, None, Unit::Record { .. }) => host_packets,
        (Role::Client, Some(Unit::SslRequest | Unit::Record { .. }), Unit::Record { .. }) => true,
        (Role::Server, None, Unit::Greeting) => !host_packets,
        (Role::Server, None, Unit::Record { .. } | Unit::Err { .. }) => host_packets,
        (Role::Server, Some(Unit::Greeting | Unit::Record { .. }), Unit::Record { .. }) => true,
        (Role::Server, Some(Unit::Greeting | Unit::Record { .. }), Unit::Err { sequence }) => {
            matches!(sequence, 1 | 2)
        }
        _ => false,
    }
}
