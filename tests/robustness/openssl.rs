//! OpenSSL as the other end: `tests/openssl/peer.c`, and meetings with it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use tlsql::{Context, Phase};

use super::c_program::{self, Running};
use super::support::{Host, Schedule, pki, wire};

/// The program, or why there is none.
pub fn build() -> Result<PathBuf, String> {
    c_program::build("peer", "ssl.h", &["-lssl", "-lcrypto"])
}

pub fn version() -> String {
    let output = Command::new("openssl").arg("version").output();
    let said = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    said.unwrap_or_else(|_| "no program openssl to ask for the version".to_owned())
}

/// One connection's other end.
pub struct Peer(Running);

impl Peer {
    /// A server with a certificate of `pki`, and settings as `peer.c` takes them.
    pub fn server(program: &Path, pair: Pair, settings: &[&str]) -> Self {
        Self::start(program, "server", Some(pair), settings)
    }

    pub fn client(program: &Path, settings: &[&str]) -> Self {
        Self::start(program, "client", None, settings)
    }

    pub fn client_as(program: &Path, pair: Pair, settings: &[&str]) -> Self {
        Self::start(program, "client", Some(pair), settings)
    }

    fn start(program: &Path, role: &str, pair: Option<Pair>, settings: &[&str]) -> Self {
        let mut arguments = vec![role.to_owned()];
        if let Some(Pair { cert, key }) = pair {
            arguments.extend([format!("Certificate={cert}"), format!("PrivateKey={key}")]);
        }
        arguments.extend(settings.iter().map(|setting| (*setting).to_owned()));
        Self(Running::start(program, &arguments))
    }

    /// What it says to these bytes of ours.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.0.ask(&[b"F", bytes].concat())
    }

    /// What leaves when its application says this.
    pub fn write(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.0.ask(&[b"W", bytes].concat())
    }

    pub fn key_update(&mut self, asks_for_one: bool) -> Vec<u8> {
        self.0.ask(if asks_for_one { b"K" } else { b"k" })
    }

    pub fn renegotiate(&mut self) -> Vec<u8> {
        self.0.ask(b"R")
    }

    pub fn new_ticket(&mut self) -> Vec<u8> {
        self.0.ask(b"T")
    }

    /// What our application said since it was last asked.
    pub fn got(&mut self) -> Vec<u8> {
        self.0.ask(b"G")
    }

    pub fn facts(&mut self) -> BTreeMap<String, String> {
        let text = String::from_utf8(self.0.ask(b"Q")).expect("text");
        let pairs = text.lines().map(|line| line.split_once('=').expect("NAME=VALUE"));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    pub fn fact(&mut self, name: &str) -> String {
        self.facts().remove(name).expect("a fact")
    }
}

/// Files of a certificate, or a chain of them, and its key.
#[derive(Clone)]
pub struct Pair {
    pub cert: String,
    pub key: String,
}

impl Pair {
    /// One of the throw-away certificates, all of them P-256.
    pub fn made(name: &str) -> Self {
        Self {
            cert: pki::path(&format!("{name}-cert.pem")),
            key: pki::path(&format!("{name}-key.pem")),
        }
    }

    /// One that is kept and self-signed: `rsa2048`, `p256`, `p384`, `ed25519`.
    pub fn kept(name: &str) -> Self {
        let file = |what| pki::kept(&format!("keys/{name}-{what}.pem"));
        Self { cert: file("cert"), key: file("pkcs8") }
    }

    pub fn options(&self) -> [(&str, &str); 2] {
        [("ssl_cert", &self.cert), ("ssl_key", &self.key)]
    }
}

/// Our client when it has got a greeting and has sent its ClientHello.
pub fn client_to(context: &Context, host: &str, schedule: Schedule) -> Host {
    let mut client = Host::new(context, schedule).with("host", host);
    client.deliver(&wire::packet(0, &wire::greeting(wire::MYSQL57)));
    client
}

/// Takes our client and a server as far as they come. Returns how many flights the client sent, and
/// all that the server did.
pub fn meet(client: &mut Host, server: &mut Peer) -> (usize, Vec<u8>) {
    meet_on(client, server, |down| down)
}

/// The same where something is done to the server's bytes on their way.
pub fn meet_on(
    client: &mut Host,
    server: &mut Peer,
    mut change: impl FnMut(Vec<u8>) -> Vec<u8>,
) -> (usize, Vec<u8>) {
    let (mut flights, mut all) = (0, Vec::new());
    let mut up = client.take_sent().split_off(36);
    while !up.is_empty() {
        flights += 1;
        let down = change(server.feed(&up));
        client.deliver(&down);
        all.extend(down);
        up = client.take_sent();
    }
    (flights, all)
}

/// Takes our server and a client as far as they come. Returns how many flights the server sent, and
/// all of them.
pub fn accept(server: &mut Host, client: &mut Peer) -> (usize, Vec<u8>) {
    server.settle();
    server.take_sent();
    server.deliver(&wire::packet(1, &wire::ssl_request(wire::MYSQL_PROGRAM)));
    let (mut flights, mut all) = (0, Vec::new());
    let mut up = client.feed(&[]);
    while !up.is_empty() {
        server.deliver(&up);
        let down = server.take_sent();
        if down.is_empty() {
            break;
        }
        flights += 1;
        // Behind a failure's alert is MySQL's ERR packet, which is none of OpenSSL's business.
        let records = wire::records_len(&down);
        up = client.feed(&down[..records]);
        all.extend(&down[..records]);
    }
    (flights, all)
}

/// Both ends are up, and bytes get through in both directions.
pub fn is_up(ours: &mut Host, peer: &mut Peer, what: &str) {
    assert!(ours.error.is_none(), "{what}: {:?}", ours.error);
    assert_eq!(ours.conn.phase(), Phase::Tls, "{what}");
    assert_eq!(peer.fact("done"), "1", "{what}");
    let (up, down) = (vec![b'u'; 20_000], vec![b'd'; 700]);
    ours.got.clear();
    ours.app.clone_from(&up);
    ours.settle();
    let answer = peer.feed(&ours.take_sent());
    ours.deliver(&answer);
    assert!(peer.got() == up, "{what}: not what we said");
    ours.deliver(&peer.write(&down));
    assert!(ours.got == down, "{what}: not what the peer said");
}
