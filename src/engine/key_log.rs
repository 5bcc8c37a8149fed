//! The secrets of a connection, for whoever asked for them with `tlsql_keylog`.

use super::conn::Conn;
#[cfg(feature = "keylog")]
use super::state::State;
use crate::error::{Code, Error};
#[cfg(feature = "keylog")]
use crate::tls::SecretLines;

impl Conn {
    /// Returns the lines of a key log that the handshake has made so far.
    ///
    /// # Errors
    /// `State` without `tlsql_keylog`.
    pub fn key_log(&self) -> Result<&str, Error> {
        if !self.settings().hands_out_secrets {
            return Err(Error::detail(Code::State, "tlsql_keylog is not ON"));
        }
        Ok(self.secrets())
    }

    #[cfg(feature = "keylog")]
    fn secrets(&self) -> &str {
        let kept = match &self.state {
            State::Handshake(handshaking) => handshaking.key_log(),
            _ => self.negotiated().map(|negotiated| &negotiated.key_log),
        };
        kept.map(SecretLines::text).unwrap_or_default()
    }

    /// invariant: without the feature no context has the option.
    #[cfg(not(feature = "keylog"))]
    fn secrets(&self) -> &str {
        ""
    }
}
