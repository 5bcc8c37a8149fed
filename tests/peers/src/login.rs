//! A login by packets, in clear text or with stock rustls: what the server answers, to the octet.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, HandshakeKind, StreamOwned};

const PATIENCE: Duration = Duration::from_secs(20);

/// CLIENT_LONG_PASSWORD, PROTOCOL_41, SECURE_CONNECTION and PLUGIN_AUTH; 16 MiB; utf8.
const HEAD: [u8; 9] = [0x01, 0x82, 0x08, 0, 0, 0, 0, 1, 33];
/// In the second byte of the capabilities.
const CLIENT_SSL: u8 = 0x08;
const FILLER: [u8; 23] = [0; 23];
const PLUGIN: &[u8] = b"mysql_native_password\0";
const COM_QUERY: u8 = 3;

trait Stream: Read + Write {
    fn handshake_kind(&self) -> Option<HandshakeKind> {
        None
    }
}

impl Stream for TcpStream {}

impl Stream for StreamOwned<ClientConnection, TcpStream> {
    fn handshake_kind(&self) -> Option<HandshakeKind> {
        self.conn.handshake_kind()
    }
}

/// A connection on which the server has answered a login.
pub struct Session {
    stream: Box<dyn Stream>,
    /// Its packet, with the header.
    pub answer: Vec<u8>,
}

/// What the first packet says.
struct Greeting {
    offers_tls: bool,
    scramble: [u8; 20],
}

/// Whether the server's greeting has CLIENT_SSL.
pub fn offers_tls(port: u16) -> io::Result<bool> {
    Ok(Greeting::read(&mut connect(port)?)?.offers_tls)
}

/// Logs in with `mysql_native_password`, in TLS if there is a configuration for it.
pub fn log_in(
    port: u16,
    tls: Option<&Arc<ClientConfig>>,
    user: &str,
    password: &str,
) -> io::Result<Session> {
    let mut tcp = connect(port)?;
    let greeting = Greeting::read(&mut tcp)?;
    let mut head = HEAD;
    let mut sequence = 1;
    let mut stream: Box<dyn Stream> = match tls {
        None => Box::new(tcp),
        Some(_) if !greeting.offers_tls => return Err(io::Error::other("no TLS offered")),
        Some(config) => {
            head[1] |= CLIENT_SSL;
            send(&mut tcp, sequence, &[&head[..], &FILLER].concat())?;
            sequence += 1;
            let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
            let tls = ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
            Box::new(StreamOwned::new(tls, tcp))
        }
    };
    let proof = login::native(password.as_bytes(), &greeting.scramble);
    let name = [user.as_bytes(), b"\0\x14"].concat();
    send(&mut stream, sequence, &[&head[..], &FILLER, &name, &proof, PLUGIN].concat())?;
    let answer = receive(&mut stream)?;
    Ok(Session { stream, answer })
}

impl Greeting {
    /// Behind the version stand the connection's number, 8 octets of the scramble and the
    /// capabilities; the rest of the scramble comes 31 octets behind it.
    fn read(tcp: &mut TcpStream) -> io::Result<Greeting> {
        let packet = receive(tcp)?;
        let payload = packet.get(5..).unwrap_or_default();
        let version = payload.iter().position(|&byte| byte == 0).unwrap_or_default();
        let rest = payload.get(version + 1..).unwrap_or_default();
        let parts = [rest.get(4..12), rest.get(31..43)].map(Option::unwrap_or_default);
        let scramble = parts.concat().try_into();
        let scramble = scramble.map_err(|_| io::Error::other(format!("greeted by {packet:?}")))?;
        Ok(Greeting { offers_tls: rest[14] & CLIENT_SSL != 0, scramble })
    }
}

impl Session {
    /// Logged in, or the number of the error.
    pub fn result(&self) -> Result<(), u16> {
        match self.answer.get(4..) {
            Some([0, ..]) => Ok(()),
            Some([0xff, low, high, ..]) => Err(u16::from_le_bytes([*low, *high])),
            _ => Err(0),
        }
    }

    /// What the TLS client did; `None` in clear text.
    pub fn handshake_kind(&self) -> Option<HandshakeKind> {
        self.stream.handshake_kind()
    }

    /// The rows of a statement's answer.
    pub fn ask(&mut self, statement: &str) -> io::Result<Vec<Vec<String>>> {
        send(&mut self.stream, 0, &[&[COM_QUERY], statement.as_bytes()].concat())?;
        let first = receive(&mut self.stream)?;
        let (columns, is_rows) = match first.get(4..) {
            Some([0, ..]) => return Ok(Vec::new()),
            Some([count, ..]) if first.len() == 5 => (usize::from(*count), true),
            _ => (0, false),
        };
        if !is_rows {
            return Err(io::Error::other(String::from_utf8_lossy(&first[4..]).into_owned()));
        }
        // Definitions, and the EOF packet behind them.
        for _ in 0..=columns {
            receive(&mut self.stream)?;
        }
        let mut rows = Vec::new();
        loop {
            let packet = receive(&mut self.stream)?;
            match packet.get(4..) {
                Some([0xfe, ..]) if packet.len() < 13 => return Ok(rows),
                Some([0xff, ..]) | None => return Err(io::Error::other("an error among rows")),
                Some(row) => rows.push(texts(row)),
            }
        }
    }
}

/// The columns of a row, an empty text for NULL.
fn texts(mut row: &[u8]) -> Vec<String> {
    let mut texts = Vec::new();
    while let [len, rest @ ..] = row {
        let (len, rest) = match (*len, rest) {
            (0xfb, rest) => (0, rest),
            (0xfc, [low, high, rest @ ..]) => (u16::from_le_bytes([*low, *high]).into(), rest),
            (len, rest) => (usize::from(len), rest),
        };
        let (text, behind) = rest.split_at(len.min(rest.len()));
        texts.push(String::from_utf8_lossy(text).into_owned());
        row = behind;
    }
    texts
}

fn connect(port: u16) -> io::Result<TcpStream> {
    let tcp = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    tcp.set_read_timeout(Some(PATIENCE))?;
    tcp.set_nodelay(true)?;
    Ok(tcp)
}

/// No packet of ours is longer than two bytes of the header can say.
fn send(stream: &mut impl Write, sequence: u8, payload: &[u8]) -> io::Result<()> {
    let [low, high] = u16::try_from(payload.len()).unwrap_or(u16::MAX).to_le_bytes();
    stream.write_all(&[&[low, high, 0, sequence], payload].concat())?;
    stream.flush()
}

/// One packet, with its header.
fn receive(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut packet = vec![0; 4];
    stream.read_exact(&mut packet)?;
    let size = 4 + usize::from(u16::from_le_bytes([packet[0], packet[1]]));
    packet.resize(size, 0);
    stream.read_exact(&mut packet[4..])?;
    Ok(packet)
}
