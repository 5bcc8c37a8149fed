//! The TLS handshake, by rustls: one record in, records out, until there is traffic.

use rustls::client::UnbufferedClientConnection;
use rustls::server::UnbufferedServerConnection;

use super::alert;
use super::checks::{ClientAuth, PeerChecks, Verified};
use super::config::{ClientTls, Ecdhe, ServerTls};
use super::error;
use super::hello::FirstHello;
use super::negotiated::Negotiated;
use super::record::{self, Header};
use super::traffic::Traffic;
use super::unbuffered::Connection;
use crate::crypto::{self, Recognised, RecognisedKind};
use crate::error::{Code, Error};
use crate::trust::{Certificate, Name};

/// A handshake that is not done.
#[derive(Debug)]
pub struct Handshake {
    connection: Connection,
    first_hello: FirstHello,
    checks: PeerChecks,
    /// A chain is verified if the peer shows one.
    verifies_chain: bool,
}

/// What a record led to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Next {
    /// Another record of the peer is needed.
    More,
    /// Both Finished messages were checked: `finish` comes next.
    Done,
}

/// What a handshake has seen of its peer, for the explanation of a failure. Nothing of it is
/// authenticated.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// The suite that was chosen; 0 before ServerHello.
    pub suite: u16,
    pub is_tls13: bool,
    /// Client: the server's request for our certificate, once it came.
    pub client_auth: Option<ClientAuth>,
}

impl Handshake {
    /// Prepares a client's handshake; `name` is compared with the server's certificate.
    ///
    /// # Errors
    /// `OptionValue` if `sni` is no DNS name; `Tls`.
    pub fn client(
        tls: &ClientTls,
        name: Option<Name>,
        sni: Option<&str>,
        ecdhe: Ecdhe,
    ) -> Result<Self, Error> {
        let (config, server_name) = tls.connection(sni, ecdhe)?;
        let connection = UnbufferedClientConnection::new(config, server_name);
        let connection = Connection::client(connection.map_err(|e| error::from_rustls(&e))?);
        Ok(Self::new(connection, PeerChecks::new(name), tls.verifies_chain()))
    }

    /// Prepares a server's handshake.
    ///
    /// # Errors
    /// `Tls`.
    pub fn server(tls: &ServerTls) -> Result<Self, Error> {
        let connection = UnbufferedServerConnection::new(tls.config.clone());
        let connection = Connection::server(connection.map_err(|e| error::from_rustls(&e))?);
        Ok(Self::new(connection, PeerChecks::default(), tls.verifies_chain))
    }

    fn new(connection: Connection, checks: PeerChecks, verifies_chain: bool) -> Self {
        Self { connection, first_hello: FirstHello::default(), checks, verifies_chain }
    }

    /// Appends a client's ClientHello to `wire`.
    ///
    /// # Errors
    /// `Tls`.
    pub fn start(&mut self, wire: &mut Vec<u8>) -> Result<(), Error> {
        self.drive(wire, |connection, wire| connection.run(wire, &mut Vec::new()))
    }

    /// Takes one whole record. What it makes us send is appended to `wire`, also if it fails.
    ///
    /// # Errors
    /// The codes from `Alert` to `CertOther`; final.
    pub fn feed(&mut self, record: &[u8], wire: &mut Vec<u8>) -> Result<Next, Error> {
        if self.connection.pending().saturating_add(record.len()) > MAX_INBOX {
            return Err(self.refuse_size(wire));
        }
        if is_short_ciphertext(record) {
            return Err(Code::Record.into());
        }
        if let Some(hello) = self.first_hello.refusal(record) {
            wire.extend_from_slice(&alert::fatal(hello.alert));
            return Err(Error::detail(Code::Misbehaved, hello.why).with_alert(hello.alert));
        }
        let read = self.drive(wire, |c, wire| c.read(record, wire, &mut Vec::new()));
        match read {
            // rustls sends no alert for the length of a message.
            Err(error) if error.code == Code::HandshakeSize && error.alert().is_none() => {
                Err(self.refuse_size(wire))
            }
            Err(error) => Err(error),
            Ok(()) if self.is_done() => Ok(Next::Done),
            Ok(()) => Ok(Next::More),
        }
    }

    /// Refuses what begins no TLS record; rustls sends the alert for it.
    pub fn refuse(&mut self, head: &[u8], wire: &mut Vec<u8>) -> Error {
        let refused = self.drive(wire, |c, wire| c.read(head, wire, &mut Vec::new()));
        refused.err().map_or_else(|| Code::Record.into(), |error| error.with_code(Code::Record))
    }

    /// Returns what the peer has shown so far.
    pub fn seen(&self) -> Seen {
        Seen {
            suite: self.connection.suite(),
            is_tls13: self.connection.is_tls13(),
            client_auth: self.checks.client_auth,
        }
    }

    /// Whether both Finished messages were checked.
    pub fn is_done(&self) -> bool {
        !self.connection.is_handshaking()
    }

    /// Ends a handshake that is done.
    pub fn finish(self) -> (Traffic, Negotiated) {
        let Self { mut connection, checks, verifies_chain, .. } = self;
        // The certificates' memory is not kept for the traffic.
        connection.shrink();
        let PeerChecks { name, verdict, client_auth } = checks;
        let Verified { chain, pin, leaf } = verdict.and_then(Result::ok).unwrap_or_default();
        let peer_chain = connection.peer_chain();
        let read = || Certificate::parse(peer_chain.first()?).ok();
        let chain_verified = verifies_chain && chain;
        let negotiated = Negotiated {
            version: connection.version(),
            cipher: connection.suite(),
            peer: leaf.or_else(read),
            chain_verified,
            name_verified: chain_verified && name.is_some(),
            pin_matched: pin,
            client_auth,
            peer_chain,
        };
        (Traffic::new(connection), negotiated)
    }

    /// Makes a call of rustls for this connection and turns its failure into ours.
    fn drive(
        &mut self,
        wire: &mut Vec<u8>,
        call: impl FnOnce(&mut Connection, &mut Vec<u8>) -> Result<(), rustls::Error>,
    ) -> Result<(), Error> {
        let before = wire.len();
        let result = self.checks.during(|| call(&mut self.connection, wire));
        if let Some(suite) = crypto::recognised(self.connection.suite()) {
            // Where the whole flight came in one record, rustls has written a certificate, a key
            // exchange and a signature by now, and failed at the PRF only. Nothing of that may leave.
            wire.truncate(before);
            wire.extend_from_slice(&alert::fatal(alert::HANDSHAKE_FAILURE));
            return Err(refuse_suite(suite));
        }
        let Err(error) = result else { return Ok(()) };
        if error::lacks_alert(&error) {
            wire.extend_from_slice(&alert::fatal(alert::HANDSHAKE_FAILURE));
        }
        let refusal = self.checks.refusal().cloned();
        let queued = wire.get(before..).unwrap_or_default();
        let alert = error::queued_alert(&error, queued);
        let error = refusal.unwrap_or_else(|| error::from_rustls(&error));
        Err(match alert {
            Some(number) => error.with_alert(number),
            None => error,
        })
    }

    fn refuse_size(&mut self, wire: &mut Vec<u8>) -> Error {
        self.connection.send_decode_error(wire);
        Error::from(Code::HandshakeSize).with_alert(alert::DECODE_ERROR)
    }
}

fn refuse_suite(suite: &Recognised) -> Error {
    let code = match suite.kind {
        RecognisedKind::Cbc => Code::CbcOnly,
        RecognisedKind::RsaKeyExchange => Code::RsaKeyExchange,
    };
    Error::detail(code, suite.name).with_alert(alert::HANDSHAKE_FAILURE)
}

/// Whether a record of encrypted type is too short for TLS 1.3: header, one byte of inner content
/// type, tag. rustls keeps what it cannot decrypt while it waits for the end of 0-RTT data, and tries
/// it again with each record; one of length 0 would not count towards its limit.
fn is_short_ciphertext(record: &[u8]) -> bool {
    record.first() == Some(&record::APPLICATION_DATA) && record.len() < Header::LEN + 17
}

/// Most bytes of the peer that wait for the end of a handshake message. An honest one has a few KiB;
/// rustls itself stops at 64 KiB for one.
pub(super) const MAX_INBOX: usize = (64 << 10) + record::MAX_RECORD;
