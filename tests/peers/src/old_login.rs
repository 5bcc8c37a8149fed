//! Logins in the form of before MySQL 4.1 (`HandshakeResponse320` of the manual): the C server
//! answers as MariaDB does.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use crate::report::Report;
use crate::server::USER;

/// The answer to the scramble, and the ERR packet's number and the words that it begins with. The
/// SQLSTATE came with 4.1.
const CASES: [(&str, &[u8], u16, &str); 4] = [
    ("none", b"", 1045, "Access denied for user"),
    ("an empty one", b"\0", 1045, "Access denied for user"),
    ("eight bytes", b"ABCDEFGH\0", 1251, "Client does not support authentication protocol"),
    ("five bytes", b"ABCDE\0", 1251, "Client does not support authentication protocol"),
];

/// `servers` have an account with a password, and are named for the report.
pub fn run(servers: &[(&str, u16)], report: &mut Report) {
    for (server, port) in servers {
        for (answer, bytes, number, text) in CASES {
            for user in [USER, "nobody"] {
                let name = format!("{server}, a login before 4.1, user {user}, answer: {answer}");
                let [low, high] = number.to_le_bytes();
                let expected = [&[0xff, low, high], text.as_bytes()].concat();
                match refusal(*port, user, bytes) {
                    Ok((2, payload)) if payload.starts_with(&expected) => report.ok(name),
                    Ok((sequence, payload)) => {
                        let got = String::from_utf8_lossy(&payload).into_owned();
                        report.fail(name, text, format!("packet {sequence}: {got:?}"));
                    }
                    Err(error) => report.fail(name, text, error),
                }
            }
        }
    }
}

/// Logs in and returns the server's answer: its number and payload.
fn refusal(port: u16, user: &str, answer: &[u8]) -> io::Result<(u8, Vec<u8>)> {
    /// CLIENT_LONG_PASSWORD, LONG_FLAG and TRANSACTIONS; the largest packet.
    const HEAD: [u8; 5] = [0x05, 0x20, 0xff, 0xff, 0xff];
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    packet(&mut stream)?;
    let payload = [&HEAD, user.as_bytes(), b"\0", answer].concat();
    let len = u8::try_from(payload.len()).unwrap_or(u8::MAX);
    stream.write_all(&[&[len, 0, 0, 1], payload.as_slice()].concat())?;
    packet(&mut stream)
}

fn packet(stream: &mut TcpStream) -> io::Result<(u8, Vec<u8>)> {
    let mut header = [0; 4];
    stream.read_exact(&mut header)?;
    let [a, b, c, sequence] = header;
    let mut payload = vec![0; u32::from_le_bytes([a, b, c, 0]) as usize];
    stream.read_exact(&mut payload)?;
    Ok((sequence, payload))
}
