//! A server's handshake before its configuration is chosen: the first ClientHello is put together, and
//! waits. rustls' connection is made when it goes on.

use rustls::server::Acceptor;

use super::alert;
use super::config::ServerTls;
use super::handshake::Handshake;
use super::intake::Intake;
use super::record::{self, NotARecord};
use crate::error::{Code, Error};

/// A server's handshake until the configuration for its ClientHello is chosen.
#[derive(Debug)]
pub struct AwaitedHello {
    intake: Intake,
    /// The ClientHello, once it is whole.
    hello: Option<Hello>,
}

#[derive(Debug)]
struct Hello {
    /// As rustls gets it.
    records: Vec<u8>,
    name: Box<str>,
}

impl AwaitedHello {
    /// The bound on the bytes of the handshake stays that of `tls`.
    pub fn new(tls: &ServerTls) -> Self {
        Self { intake: Intake::new(tls.peer.max_bytes), hello: None }
    }

    /// Takes one whole record; returns whether the ClientHello is whole. What is none that rustls takes
    /// is refused by a handshake under `tls`, as without the wait. An alert is appended to `wire`.
    ///
    /// # Errors
    /// As `Handshake::feed`.
    pub fn feed(
        &mut self,
        record: &[u8],
        tls: &ServerTls,
        wire: &mut Vec<u8>,
    ) -> Result<bool, Error> {
        let taken = self.intake.take(record, true).map_err(|refusal| refuse(refusal, wire))?;
        let Some(records) = taken else { return Ok(false) };
        if let Some(name) = server_name(&records) {
            self.hello = Some(Hello { records: records.into_owned(), name: name.into() });
            return Ok(true);
        }
        Handshake::server(tls)?.pass(record, records, wire)?;
        // invariant: rustls takes nothing in front of a ClientHello, and reads that in both ways alike.
        // None may go on that the host has not seen.
        let why = "a ClientHello was taken that could not be read before";
        Err(refuse((Error::detail(Code::Tls, why), alert::INTERNAL_ERROR), wire))
    }

    /// Refuses what begins no TLS record.
    pub fn refuse(&self, why: NotARecord, wire: &mut Vec<u8>) -> Error {
        refuse(why.refusal(), wire)
    }

    /// Returns the SNI of the ClientHello, "" where it has none that is a DNS name; `None` until it is
    /// whole.
    pub fn server_name(&self) -> Option<&str> {
        self.hello.as_ref().map(|hello| &*hello.name)
    }

    /// Makes the handshake under the configuration that was chosen, and returns the ClientHello that it
    /// is to be given; `None` until that is whole, and the second time.
    ///
    /// # Errors
    /// `Tls`.
    pub fn begin(&mut self, tls: &ServerTls) -> Result<Option<(Handshake, Vec<u8>)>, Error> {
        let Some(hello) = self.hello.take() else { return Ok(None) };
        let intake = std::mem::replace(&mut self.intake, Intake::new(0));
        Ok(Some((Handshake::server_after(intake, tls)?, hello.records)))
    }
}

/// Returns the server_name that rustls reads in a ClientHello, in lower case, or ""; `None` for what it
/// does not take as a whole ClientHello, whatever the configuration.
fn server_name(records: &[u8]) -> Option<String> {
    if records.first() != Some(&record::HANDSHAKE) {
        return None;
    }
    let mut acceptor = Acceptor::default();
    let mut rest = records;
    while !rest.is_empty() {
        acceptor.read_tls(&mut rest).ok().filter(|read| *read > 0)?;
    }
    let accepted = acceptor.accept().ok()??;
    Some(accepted.client_hello().server_name().unwrap_or_default().to_owned())
}

/// Before there are keys an alert leaves in clear.
fn refuse((error, number): (Error, u8), wire: &mut Vec<u8>) -> Error {
    wire.extend(alert::fatal(number));
    error.with_alert(number)
}
