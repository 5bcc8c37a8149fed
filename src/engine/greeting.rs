//! What a server said first: its greeting, or an ERR packet in its place.

use crate::error::{Code, Details, Error, Said};
use crate::packet::err::ErrPacket;
use crate::packet::greeting::{Build, Greeting};

/// The server's greeting, kept for the connection's life.
#[derive(Clone, Debug)]
pub struct StoredGreeting {
    pub payload: Vec<u8>,
    /// Both parts of the scramble, without the NUL that ends it.
    pub auth_data: Vec<u8>,
}

impl StoredGreeting {
    pub(super) fn new(payload: &[u8]) -> Result<Self, Error> {
        let parsed = Greeting::parse(payload)?;
        let mut auth_data = vec![0; payload.len()];
        let len = parsed.auth_data(&mut auth_data).map_err(|_| Code::Greeting)?;
        auth_data.truncate(len);
        auth_data.shrink_to_fit();
        Ok(Self { payload: payload.to_vec(), auth_data })
    }

    /// What the server says it is, for messages: "MySQL 8.0.15", "MariaDB 10.11.5".
    pub(super) fn product(&self) -> String {
        let Some(view) = self.view() else { return "the server".to_owned() };
        // Not the text behind the numbers, which anyone may have written.
        match view.version_number() {
            Some((a, b, c)) if view.is_mariadb() => format!("MariaDB {a}.{b}.{c}"),
            Some((a, b, c)) if view.build() == Build::Other => {
                format!("the server (version {a}.{b}.{c})")
            }
            Some((a, b, c)) => format!("MySQL {a}.{b}.{c}"),
            None => "the server".to_owned(),
        }
    }

    /// The greeting's fields.
    pub fn view(&self) -> Option<Greeting<'_>> {
        Greeting::parse(&self.payload).ok()
    }
}

/// An ERR packet in clear text, as a failure that says so.
pub(super) fn server_said(payload: &[u8]) -> Result<Error, Error> {
    let packet = ErrPacket::parse(payload)?;
    let said = Said {
        errno: packet.code,
        sqlstate: packet.sqlstate.unwrap_or(*b"HY000"),
        text: packet.message.iter().copied().take(ErrPacket::MAX_MESSAGE).collect(),
    };
    Ok(Error::with(Code::ServerError, Details { said: Some(said), ..Details::default() }))
}
