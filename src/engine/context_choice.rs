//! HANDSHAKE of a server with `tlsql_hello_event`: the first ClientHello is put together, and the host
//! may choose another context for the connection before it is answered (D20).

use super::conn::Conn;
use super::context::Context;
use super::early_bytes::begins_handshake;
use super::event;
use super::handshake::Handshaking;
use super::io::Io;
use super::outbox::Outbox;
use super::progress::Progress;
use super::snapshot::TlsConfig;
use super::state::State;
use crate::config::Role;
use crate::error::{Code, Error};
use crate::tls::record::Frame;
use crate::tls::{AwaitedHello, ServerTls};

/// A server's connection between its SSLRequest and the answer to its ClientHello.
#[derive(Debug)]
pub struct ContextChoice {
    hello: AwaitedHello,
    /// A TLS record came from the client.
    pub saw_record: bool,
    /// The host chose another context.
    is_made: bool,
}

impl ContextChoice {
    pub fn new(tls: &ServerTls) -> Self {
        Self { hello: AwaitedHello::new(tls), saw_record: false, is_made: false }
    }

    /// Whether the ClientHello is whole, so that the host may choose until the next step.
    pub fn is_due(&self) -> bool {
        self.hello.server_name().is_some()
    }

    /// Takes one record; reports the event if it ends the ClientHello.
    fn advance(
        &mut self,
        io: &Io<'_>,
        tls: &ServerTls,
        progress: &mut Progress,
        outbox: &mut Outbox,
    ) -> Result<(), Error> {
        let bytes = progress.rest(io.wire_in);
        if !self.saw_record {
            if let Some(len) = begins_handshake(bytes)? {
                progress.need(bytes, len);
                return Ok(());
            }
        }
        match Frame::next(bytes) {
            Frame::Need(len) => progress.need(bytes, len),
            Frame::NotTls(why) => return Err(self.hello.refuse(why, outbox.tail())),
            Frame::Whole(_, record) => {
                self.saw_record = true;
                let is_whole = self.hello.feed(record, tls, outbox.tail())?;
                progress.used(record.len());
                if is_whole {
                    progress.stop_with(event::HELLO);
                }
            }
        }
        Ok(())
    }
}

impl Conn {
    /// Returns the SNI of the first ClientHello between the event `HELLO` and the next step: in lower
    /// case and without a dot at its end, "" where there is none that is a DNS name.
    ///
    /// # Errors
    /// The connection's failure; `NoHello` at any other time.
    pub fn hello_name(&self) -> Result<&str, Error> {
        match &self.state {
            State::ContextChoice(choice) => choice.hello.server_name().ok_or(Code::NoHello.into()),
            State::Failed(error, _) => Err(error.clone()),
            _ => Err(Code::NoHello.into()),
        }
    }

    /// Puts the settings of another server's context in force for this connection, between the event
    /// `HELLO` and the next step. What the greeting said, and the bound on the bytes of the handshake,
    /// stay as they were.
    ///
    /// # Errors
    /// The connection's failure; `NoHello` at any other time; `ContextChosen` the second time; `Argument` for the context of a
    /// client, `ContextNoTls` for one without TLS. Nothing is changed then.
    pub fn use_context(&mut self, context: &Context) -> Result<(), Error> {
        self.call(|conn| {
            let State::ContextChoice(choice) = &mut conn.state else {
                return Err(Code::NoHello.into());
            };
            if !choice.is_due() {
                return Err(Code::NoHello.into());
            }
            if choice.is_made {
                return Err(Code::ContextChosen.into());
            }
            if context.role() != Role::Server {
                return Err(Error::detail(Code::Argument, "the context is of the other role"));
            }
            let snapshot = context.snapshot();
            if !matches!(snapshot.tls(), TlsConfig::Server(_)) {
                return Err(snapshot.settings().refuse_without_tls());
            }
            choice.is_made = true;
            conn.snapshot = snapshot;
            Ok(())
        })
    }

    /// Reads the first ClientHello.
    pub(super) fn read_hello(&mut self, io: &Io<'_>, progress: &mut Progress) -> Result<(), Error> {
        match (&mut self.state, self.snapshot.tls()) {
            (State::ContextChoice(choice), TlsConfig::Server(tls)) => {
                choice.advance(io, tls, progress, &mut self.outbox)
            }
            _ => Ok(()),
        }
    }

    /// Begins the handshake with the ClientHello that the host has seen, under the settings in force
    /// now.
    pub(super) fn go_on_with_hello(&mut self) -> Result<(), Error> {
        let (State::ContextChoice(choice), TlsConfig::Server(tls)) =
            (&mut self.state, self.snapshot.tls())
        else {
            return Ok(());
        };
        let Some((handshake, hello)) = choice.hello.begin(tls)? else { return Ok(()) };
        self.snapshot.totals().count_start();
        self.state.context_chosen(Handshaking::server(handshake))?;
        match &mut self.state {
            State::Handshake(handshaking) => handshaking.take_hello(&hello, &mut self.outbox),
            _ => Ok(()),
        }
    }
}
