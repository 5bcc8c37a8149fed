//! What rustls' own record layer sends after the handshake.

use rustls::unbuffered::{ConnectionState, EncryptError, UnbufferedStatus, WriteTraffic};

use super::super::error;
use super::{Connection, Side, append};
use crate::error::{Code, Error};

impl Connection {
    /// Lets rustls read a record, after what it left of earlier ones. What it sends is appended to
    /// `wire`, also if it fails; plaintext is appended to `plain`.
    pub fn read(
        &mut self,
        record: &[u8],
        wire: &mut Vec<u8>,
        plain: &mut Vec<u8>,
    ) -> Result<(), rustls::Error> {
        append(&mut self.inbox, record);
        self.run(wire, plain)
    }

    /// Appends what TLS itself has to send before application data: the answer to a KeyUpdate, or a
    /// KeyUpdate of our own once the keys have protected as much as they may.
    ///
    /// # Errors
    /// `KeysUsedUp`; `Tls` before the handshake is done.
    pub fn send_due(&mut self, wire: &mut Vec<u8>) -> Result<(), Error> {
        // rustls queues it when it is about to encrypt, and without room it encrypts nothing.
        self.write(&mut Vec::new(), |traffic, _| match traffic.encrypt(&[0], &mut []) {
            Err(EncryptError::InsufficientSize(_)) => Ok(0),
            other => other,
        })?;
        self.run(wire, &mut Vec::new()).map_err(|e| error::from_rustls(&e))
    }

    /// Appends `plain` to `wire` as one record of application data, after what TLS itself has to
    /// send.
    ///
    /// # Errors
    /// `KeysUsedUp`; `Tls` before the handshake is done.
    pub fn seal(&mut self, plain: &[u8], wire: &mut Vec<u8>) -> Result<(), Error> {
        self.write(wire, |traffic, out| traffic.encrypt(plain, out))
    }

    /// Appends a close_notify to `wire`.
    ///
    /// # Errors
    /// As `seal`.
    pub fn close(&mut self, wire: &mut Vec<u8>) -> Result<(), Error> {
        self.write(wire, |traffic, out| traffic.queue_close_notify(out))
    }

    /// Appends a KeyUpdate to `wire`.
    pub fn update_keys(&mut self, wire: &mut Vec<u8>) -> Result<(), rustls::Error> {
        match &mut self.side {
            Side::Client(c) => refresh(c.process_tls_records(&mut self.inbox))?,
            Side::Server(s) => refresh(s.process_tls_records(&mut self.inbox))?,
        }
        self.note_keys();
        self.run(wire, &mut Vec::new())
    }

    fn write(
        &mut self,
        wire: &mut Vec<u8>,
        encode: impl FnMut(&mut dyn Traffic, &mut [u8]) -> Result<usize, EncryptError>,
    ) -> Result<(), Error> {
        let result = match &mut self.side {
            Side::Client(c) => write(c.process_tls_records(&mut self.inbox), wire, encode),
            Side::Server(s) => write(s.process_tls_records(&mut self.inbox), wire, encode),
        };
        self.note_keys();
        result
    }
}

/// Either side's `WriteTraffic`.
trait Traffic {
    fn encrypt(&mut self, plain: &[u8], out: &mut [u8]) -> Result<usize, EncryptError>;
    fn queue_close_notify(&mut self, out: &mut [u8]) -> Result<usize, EncryptError>;
}

impl<Data> Traffic for WriteTraffic<'_, Data> {
    fn encrypt(&mut self, plain: &[u8], out: &mut [u8]) -> Result<usize, EncryptError> {
        self.encrypt(plain, out)
    }

    fn queue_close_notify(&mut self, out: &mut [u8]) -> Result<usize, EncryptError> {
        self.queue_close_notify(out)
    }
}

fn write<Data>(
    status: UnbufferedStatus<'_, '_, Data>,
    wire: &mut Vec<u8>,
    mut encode: impl FnMut(&mut dyn Traffic, &mut [u8]) -> Result<usize, EncryptError>,
) -> Result<(), Error> {
    let Ok(ConnectionState::WriteTraffic(mut traffic)) = status.state else {
        // invariant: the caller is in the TLS phase.
        return Err(Code::Tls.into());
    };
    let start = wire.len();
    let mut room = 0;
    loop {
        wire.resize(start.saturating_add(room), 0);
        match encode(&mut traffic, wire.get_mut(start..).unwrap_or_default()) {
            Ok(made) => {
                wire.truncate(start.saturating_add(made));
                return Ok(());
            }
            Err(EncryptError::InsufficientSize(size)) if size.required_size > room => {
                room = size.required_size;
            }
            Err(e) => {
                wire.truncate(start);
                return Err(error::from_encrypt(&e));
            }
        }
    }
}

fn refresh<Data>(status: UnbufferedStatus<'_, '_, Data>) -> Result<(), rustls::Error> {
    match status.state? {
        ConnectionState::WriteTraffic(traffic) => traffic.refresh_traffic_keys(),
        _ => Err(rustls::Error::HandshakeNotComplete),
    }
}
