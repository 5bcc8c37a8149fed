//! Records that a peer with the right keys makes, good ones and others.

use super::super::cursor::Cursor;
use super::record_keys::Direction;

/// A record on its way, and what is known of it.
#[derive(Clone, Debug, Default)]
pub struct Forged {
    /// Its type, in TLS 1.3 the inner one; 0 for bytes of which nothing is known.
    pub kind: u8,
    pub content: Vec<u8>,
    /// Zeros behind the content in TLS 1.3.
    pub padding: usize,
    pub change: Change,
    pub bytes: Vec<u8>,
}

/// What was done to a record after it was sealed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Change {
    #[default]
    None,
    /// Another outer type.
    Outer(u8),
    Version(u8, u8),
    /// A bit of the body.
    Bit,
    /// Its end is missing, of which its header knows.
    Cut,
    /// More than the record ends here: its header claims more than there is.
    Unfinished,
    /// Not sealed at all: this is the type.
    Clear(u8),
    /// It came before.
    Replay,
    /// One before it did not come.
    Skip,
    /// A body of this type that was not sealed with any key.
    Garbage(u8),
    /// The header claims so many bytes.
    Claims(u8, usize),
}

impl Forged {
    /// Seals a record.
    pub fn new(keys: &mut Direction, kind: u8, content: &[u8], padding: usize) -> Self {
        let bytes = if keys.is_tls13() {
            keys.inner(&[content, &[kind], &vec![0; padding]].concat())
        } else {
            keys.record(kind, content)
        };
        let padding = if keys.is_tls13() { padding } else { 0 };
        let content = content.to_vec();
        Self { kind, content, padding, change: Change::None, bytes }
    }

    pub fn data(keys: &mut Direction, len: usize) -> Self {
        let content: Vec<u8> = (0..len).map(|i| (i ^ i >> 8).to_le_bytes()[0]).collect();
        Self::new(keys, APPLICATION_DATA, &content, 0)
    }

    /// Changes the record as the script says.
    pub fn changed(mut self, keys: &mut Direction, script: &mut Cursor<'_>) -> Self {
        let body = self.bytes.len() - 5;
        let (which, a, b) = (script.u8(), script.u8(), script.u16());
        let near = [20, 21, 22, 23, 24, 0][usize::from(a) % 6];
        self.change = match which % 12 {
            0 | 1 => Change::Outer(near),
            2 => Change::Version([3, 3, 3, 2, 0, a][usize::from(a) % 6], b.to_le_bytes()[0] & 7),
            3 | 4 => Change::Bit,
            5 => Change::Cut,
            6 => Change::Unfinished,
            7 => Change::Clear(near),
            8 => Change::Replay,
            9 => Change::Skip,
            10 => Change::Garbage(near),
            _ => Change::Claims(
                near,
                [16384 + 256, 16384 + 257, 18432, 18433, 65535][usize::from(b) % 5],
            ),
        };
        match self.change {
            Change::Outer(kind) => self.bytes[0] = kind,
            Change::Version(major, minor) => self.bytes[1..3].copy_from_slice(&[major, minor]),
            Change::Bit => self.bytes[5 + usize::from(b) % body] ^= 1 << (a & 7),
            Change::Cut => {
                self.bytes.truncate(5 + usize::from(b) % body);
                self.set_len();
            }
            Change::Unfinished => self.bytes.truncate(1 + usize::from(b) % (4 + body)),
            Change::Clear(kind) => {
                self.content.truncate(16384);
                self.bytes = [&[kind, 3, 3, 0, 0], &self.content[..]].concat();
                self.set_len();
            }
            Change::Skip => self.bytes = Self::new(keys, self.kind, &self.content, 0).bytes,
            Change::Garbage(kind) => {
                self.bytes = [&[kind, 3, 3, 0, 0][..], &vec![a; usize::from(b) % 64]].concat();
                self.set_len();
            }
            Change::Claims(kind, len) => {
                let [high, low] = u16::try_from(len).expect("a length").to_be_bytes();
                self.bytes = [&[kind, 3, 3, high, low][..], &vec![a; len]].concat();
            }
            Change::None | Change::Replay => {}
        }
        if self.change == Change::Outer(self.kind_outside(keys))
            || self.change == Change::Version(3, 3)
        {
            self.change = Change::None;
        }
        self
    }

    fn kind_outside(&self, keys: &Direction) -> u8 {
        if keys.is_tls13() { APPLICATION_DATA } else { self.kind }
    }

    fn set_len(&mut self) {
        let len = u16::try_from(self.bytes.len() - 5).expect("a length");
        self.bytes[3..5].copy_from_slice(&len.to_be_bytes());
    }
}

/// Handshake messages for one record or several.
#[derive(Clone, Debug, Default)]
pub struct Messages {
    pub bytes: Vec<u8>,
    /// The last is a KeyUpdate that is taken.
    pub updates_keys: bool,
}

impl Messages {
    pub fn read(script: &mut Cursor<'_>) -> Self {
        let mut all = Self::default();
        for _ in 0..[1, 1, 1, 2, 3][usize::from(script.u8()) % 5] {
            let message = message(script);
            all.updates_keys = [&UPDATE[..], &UPDATE_AND_ASK].contains(&&message[..]);
            all.bytes.extend(message);
        }
        all
    }
}

fn message(script: &mut Cursor<'_>) -> Vec<u8> {
    let (which, a) = (script.u8(), script.u8());
    match which % 16 {
        0..=2 => sized(KEY_UPDATE, &[a & 1]),
        3 => sized(KEY_UPDATE, &[a]),
        4 => sized(KEY_UPDATE, &[1, 0, 0][..usize::from(a) % 4 % 3]),
        5 | 6 => sized(TICKET, &ticket(0)),
        7 | 8 => sized(TICKET, &ticket(a)),
        9 => sized(0, &[]),
        10 => sized(0, &[a; 3][..usize::from(a) % 4]),
        11 => sized(1, &client_hello()),
        12 => sized(1, &client_hello()[..usize::from(a) % 44]),
        13 => sized(script.u8(), script.bytes()),
        14 => vec![[TICKET, KEY_UPDATE, 1, 11][usize::from(a) % 4], a & 1, 0, 0],
        _ => vec![a; 1 + usize::from(a) % 5],
    }
}

/// The body of a NewSessionTicket (RFC 8446 section 4.6.1): a good one, or one of these.
fn ticket(form: u8) -> Vec<u8> {
    let lifetime = if form % 8 == 1 { [0x10, 0, 0, 0] } else { [0, 0, 1, 0] };
    let (ticket, extensions): (&[u8], &[u8]) = match form % 8 {
        2 => (&[0, 0], &[0, 0]),
        3 => (&[0, 2, 7, 7], &[0, 8, 0, 42, 0, 4, 0, 0, 1, 0]),
        4 => (&[0, 2, 7, 7], &[0, 8, 0, 99, 0, 0, 0, 99, 0, 0]),
        5 => (&[0, 2, 7, 7], &[0, 0, 9]),
        6 => (&[0, 9, 7, 7], &[0, 0]),
        7 => (&[0, 2, 7], &[]),
        _ => (&[0, 2, 7, 7], &[0, 0]),
    };
    [&lifetime, &[0, 0, 0, 1, 1, 5][..], ticket, extensions].concat()
}

/// The body of a ClientHello without extensions.
fn client_hello() -> Vec<u8> {
    [&[3, 3][..], &[7; 32], &[0, 0, 2, 0xc0, 0x2b, 1, 0, 0, 0]].concat()
}

fn sized(kind: u8, body: &[u8]) -> Vec<u8> {
    let [_, a, b, c] = u32::try_from(body.len()).expect("a length").to_be_bytes();
    [&[kind, a, b, c], body].concat()
}

pub const ALERT: u8 = 21;
pub const HANDSHAKE: u8 = 22;
pub const APPLICATION_DATA: u8 = 23;
pub const TICKET: u8 = 4;
pub const KEY_UPDATE: u8 = 24;
/// A KeyUpdate, and one that asks for one.
pub const UPDATE: [u8; 5] = [KEY_UPDATE, 0, 0, 1, 0];
pub const UPDATE_AND_ASK: [u8; 5] = [KEY_UPDATE, 0, 0, 1, 1];
