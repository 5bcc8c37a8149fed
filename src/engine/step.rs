//! The calls that move a connection in every phase: the four-buffer step, eof, close, rekey, seal;
//! and the two ways in which any call ends badly: a misuse changes nothing, any other failure is
//! final. See `tlsql_conn_step` in the header for the contract.

use super::conn::Conn;
use super::diagnosis::{self, Evidence};
use super::err_packet;
use super::io::Io;
use super::outbox::bytes_are_queued;
use super::peer_proof::{LoginPacket, unproven};
use super::progress::{Progress, Step};
use super::state::State;
use super::{Phase, event, want};
use crate::config::Role;
use crate::error::{Code, Error};
use crate::tls::Next;
use crate::tls::record::MAX_PLAINTEXT;

impl Conn {
    /// Does all the work that the four buffers allow. What was done is told also with a failure.
    #[inline]
    pub fn step(&mut self, io: &mut Io<'_>) -> (Step, Result<(), Error>) {
        let mut progress = Progress::default();
        let presented = !io.wire_in.is_empty();
        self.options.freeze();
        if !io.app_in.is_empty() && self.deferred.is_none() && self.needs_peer_proof() {
            if let Err(error) = self.after_answer(io.app_in) {
                let step = Step { want: self.want(), phase: self.phase(), ..Step::default() };
                return (step, Err(error));
            }
        }
        self.outbox.begin_step();
        let result = if self.check_alive().is_ok() {
            let moved = self.advance(io, &mut progress);
            moved.or_else(|error| self.fail_step(error, io, &mut progress))
        } else {
            self.report_failure(io, &mut progress)
        };
        self.finish(&mut progress, presented, io.app_in);
        (progress.step, result)
    }

    /// Ends a step in which the connection failed.
    ///
    /// # Errors
    /// The failure, unless the step did something before it: then the next one returns it.
    #[cold]
    fn fail_step(
        &mut self,
        error: Error,
        io: &mut Io<'_>,
        progress: &mut Progress,
    ) -> Result<(), Error> {
        self.deferred = Some(self.prepare_failure(error));
        if progress.step.did_anything() {
            progress.used(progress.spoilt);
            return Ok(());
        }
        // Nothing comes before it: it is reported at once.
        self.report_failure(io, progress)
    }

    /// Ends a step of a connection that failed: uses all of `wire_in` up and ignores it; the alert and
    /// the ERR packet still leave.
    ///
    /// # Errors
    /// The failure.
    #[cold]
    fn report_failure(&mut self, io: &mut Io<'_>, progress: &mut Progress) -> Result<(), Error> {
        let result = self.check_alive();
        self.outbox.hand_out(io, progress);
        progress.step.wire_in_used = io.wire_in.len();
        result
    }

    /// Ends reading: the peer's half of the transport ended, with `left` unused bytes of `wire_in`.
    ///
    /// # Errors
    /// `Truncated` or `Eof`; `State` while a record waits for room, and in PLAIN while bytes are left;
    /// the connection's failure if it has one.
    pub fn eof(&mut self, left: usize) -> Result<(), Error> {
        self.options.freeze();
        self.call(|conn| {
            let is_whole = match &mut conn.state {
                State::Closing(..) | State::Closed(_) => return Ok(()),
                State::Tls(tls) if !tls.inbound.is_open() => return Ok(()),
                State::Plain(plain) if !plain.inbound.is_open() => return Ok(()),
                State::Tls(tls) => tls.inbound.eof(left)? && !tls.holds_partial_message(),
                State::Plain(plain) => plain.eof(left)?,
                State::ClientGreeting(_)
                | State::ServerGreeting(_)
                | State::ClientNegotiate(_)
                | State::ServerNegotiate(_)
                | State::ContextChoice(_)
                | State::Handshake(_)
                | State::Failed(..) => {
                    return Err(diagnosis::end(&Evidence { left, ..Evidence::of(conn) }));
                }
            };
            if !is_whole {
                return Err(Code::Truncated.into());
            }
            match diagnosis::silence(&Evidence::of(conn)) {
                Some(error) => Err(error),
                None => Ok(()),
            }
        })
    }

    /// Ends the connection in both directions: queues close_notify in TLS, else nothing.
    ///
    /// # Errors
    /// The connection's failure if it has one; `KeysUsedUp`.
    pub fn close(&mut self) -> Result<(), Error> {
        self.options.freeze();
        self.call(|conn| {
            match &mut conn.state {
                State::Closing(..) | State::Closed(_) => return Ok(()),
                State::Tls(tls) => tls.close(&mut conn.outbox)?,
                State::Plain(_) => {}
                // What was queued for a connection that never came up is not sent.
                State::ClientGreeting(_)
                | State::ServerGreeting(_)
                | State::ClientNegotiate(_)
                | State::ServerNegotiate(_)
                | State::ContextChoice(_)
                | State::Handshake(_)
                | State::Failed(..) => conn.outbox.clear(),
            }
            conn.state.closing()?;
            if conn.outbox.is_empty() { conn.state.drained() } else { Ok(()) }
        })
    }

    /// Whether `close` was called; the phase stays what it was until the queued bytes have left.
    pub fn is_closing(&self) -> bool {
        matches!(self.state, State::Closing(..) | State::Closed(_))
    }

    /// Queues a KeyUpdate.
    ///
    /// # Errors
    /// `State` unless the phase is TLS and the version TLS 1.3, and while only part of a handshake
    /// message of the peer has come.
    pub fn rekey(&mut self) -> Result<(), Error> {
        self.call(|conn| match &mut conn.state {
            State::Tls(tls) => tls.update_keys(&mut conn.outbox),
            _ => Err(Code::State.into()),
        })
    }

    /// Returns 1 to 16384 bytes as one record.
    ///
    /// # Errors
    /// `Argument` for another number of bytes, in every phase; else as `seal_in_place`.
    pub fn seal(&mut self, plain: &[u8]) -> Result<Vec<u8>, Error> {
        if plain.is_empty() || plain.len() > MAX_PLAINTEXT {
            return Err(Code::Argument.into());
        }
        let (head, tail) = self.margins();
        let mut record = Vec::new();
        self.seal_in_place(
            || plain,
            || {
                record.reserve_exact(head.saturating_add(plain.len()).saturating_add(tail));
                record.resize(head, 0);
                record.extend_from_slice(plain);
                record.resize(record.len().saturating_add(tail), 0);
                record.as_mut_slice()
            },
        )?;
        Ok(record)
    }

    /// Seals a record where its plaintext lies: 1 to 16384 bytes, which the caller has checked. `plain`
    /// lends these, and then `record`, if a record can be sealed now, lends them with the bytes of
    /// `margins` before and behind.
    ///
    /// # Errors
    /// `State` outside TLS and PLAIN, while bytes are queued, and where the server's proof comes
    /// first; `KeysUsedUp`.
    pub(crate) fn seal_in_place<'a, 'b>(
        &mut self,
        plain: impl FnOnce() -> &'a [u8],
        record: impl FnOnce() -> &'b mut [u8],
    ) -> Result<(), Error> {
        self.call(|conn| {
            let is_up = matches!(conn.state, State::Tls(_) | State::Plain(_));
            let mut login_packet = None;
            if is_up && conn.needs_peer_proof() {
                login_packet = conn.after_answer(plain())?;
            }
            if is_up && !conn.outbox.is_empty() {
                return Err(bytes_are_queued());
            }
            match &mut conn.state {
                State::Tls(tls) => {
                    tls.prepare_seal(&mut conn.outbox)?;
                    if login_packet.is_some() {
                        tls.session.login_packet = login_packet;
                    }
                    tls.seal(record())
                }
                State::Plain(plain) => {
                    plain.prepare_seal()?;
                    record();
                    Ok(())
                }
                _ => Err(Code::State.into()),
            }
        })
    }

    /// Runs a call of the host. A misuse is returned and changes nothing; any other failure ends the
    /// connection.
    pub(super) fn call<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.check_alive()?;
        work(self).map_err(|error| self.refuse_call(error))
    }

    #[cold]
    #[inline(never)]
    fn refuse_call(&mut self, error: Error) -> Error {
        self.note_misuse(&error);
        if error.code.is_misuse() {
            return error;
        }
        let error = self.prepare_failure(error);
        self.fail(error.clone());
        error
    }

    /// Returns the connection's failure, or its last misuse with a reason, if it has this code.
    pub fn known_error(&self, code: Code) -> Option<&Error> {
        let mut known = self.failure().into_iter().chain(&self.misuse);
        known.find(|error| error.code == code)
    }

    /// Keeps the reason of a misuse, or of a name or value that was not taken, for `explain`, in place
    /// of an earlier one of this code; nothing else of the connection depends on it.
    pub fn note_misuse(&mut self, error: &Error) {
        if error.code.is_misuse() || matches!(error.code, Code::OptionName | Code::OptionValue) {
            error.replace_reason(&mut self.misuse);
        }
    }

    /// Returns the connection's failure, if it has one: it is final and repeated.
    #[inline]
    pub(super) fn check_alive(&mut self) -> Result<(), Error> {
        if self.deferred.is_some() {
            self.fail_deferred();
        }
        match &self.state {
            State::Failed(error, _) => Err(error.clone()),
            _ => Ok(()),
        }
    }

    /// Returns what is left of the login's packet once these application bytes were sent before the
    /// server's proof. Those that are left over when the connection closes hold nothing up.
    ///
    /// # Errors
    /// `State` where they may not be sent.
    #[cold]
    fn after_answer(&self, bytes: &[u8]) -> Result<Option<LoginPacket>, Error> {
        match &self.state {
            State::Tls(tls) => tls.session.after_answer(bytes).map(Some),
            State::Plain(_) => Err(unproven()),
            _ => Ok(None),
        }
    }

    /// Works on the state until nothing moves or an event ends the step.
    fn advance(&mut self, io: &mut Io<'_>, progress: &mut Progress) -> Result<(), Error> {
        match &mut self.state {
            State::Tls(tls) => {
                self.outbox.hand_out(io, progress);
                tls.advance(io, progress, &mut self.outbox)
            }
            _ => self.advance_others(io, progress),
        }
    }

    /// Does that in all states but TLS, which has its own way for the sake of speed.
    #[inline(never)]
    fn advance_others(&mut self, io: &mut Io<'_>, progress: &mut Progress) -> Result<(), Error> {
        match &mut self.state {
            State::Handshake(handshaking) => handshaking.check_early(io.wire_in)?,
            // The host has chosen by now.
            State::ContextChoice(choice) if choice.is_due() => self.go_on_with_hello()?,
            _ => {}
        }
        loop {
            self.hand_out(io, progress);
            let before = (self.phase(), progress.step.wire_in_used);
            match &mut self.state {
                State::ClientGreeting(_) => self.read_greeting(io.wire_in, progress)?,
                State::ServerGreeting(_) => self.finish_greeting()?,
                State::ClientNegotiate(negotiate) => negotiate.early.note(io.wire_in),
                State::ServerNegotiate(_) => self.read_request(io.wire_in, progress)?,
                State::ContextChoice(_) => self.read_hello(io, progress)?,
                State::Handshake(handshaking) => {
                    if handshaking.advance(io, progress, &mut self.outbox)? == Next::Done {
                        self.state.handshake_done()?;
                        let Some(session) = self.state.session() else { return self.check_alive() };
                        self.snapshot.totals().count_finish(&session.negotiated);
                        progress.stop_with(event::SECURED);
                    }
                }
                // SECURED has ended the step that came here.
                State::Tls(_) => return Ok(()),
                State::Plain(plain) => {
                    plain.advance(io, progress, &mut self.outbox);
                    return Ok(());
                }
                State::Closing(..) if self.outbox.is_empty() => self.state.drained()?,
                State::Closing(..) | State::Closed(_) | State::Failed(..) => {}
            }
            if progress.stopped || before == (self.phase(), progress.step.wire_in_used) {
                self.hand_out(io, progress);
                return Ok(());
            }
        }
    }

    fn hand_out(&mut self, io: &mut Io<'_>, progress: &mut Progress) {
        self.outbox.hand_out(io, progress);
        if let State::Handshake(handshaking) = &mut self.state {
            if self.outbox.is_empty() {
                handshaking.flight_sent();
            }
        }
    }

    /// Explains a failure, and queues what tells the peer of it beside the TLS alert.
    fn prepare_failure(&mut self, error: Error) -> Error {
        let error = diagnosis::explain(error, &Evidence::of(self));
        let is_early = error.code == Code::EarlyBytes;
        if let State::ContextChoice(_) = &self.state {
            // A handshake that ended before its context was chosen is one too.
            self.snapshot.totals().count_start();
        }
        match (self.role(), self.phase()) {
            // A man in the middle is likely: the rest of the first flight is dropped.
            (Role::Client, _) if is_early => self.outbox.clear(),
            (Role::Server, Phase::Negotiate | Phase::Handshake)
                if error.code != Code::Eof && self.is_told_in_clear(&error) =>
            {
                let packet = err_packet::refusal(&error, self.request.as_ref());
                self.outbox.tail().extend_from_slice(&packet);
            }
            _ => {}
        }
        error
    }

    /// Whether an ERR packet in clear follows: as long as what we send leaves in clear, and behind the
    /// alert for a certificate, as from real servers (T97). It has no place in an encrypted stream
    /// otherwise.
    fn is_told_in_clear(&self, error: &Error) -> bool {
        let is_certificate = error.code == Code::CertMissing || error.row().verify_flags != 0;
        is_certificate || !self.state.encrypts()
    }

    #[cold]
    fn fail_deferred(&mut self) {
        if let Some(error) = self.deferred.take() {
            self.fail(error);
        }
    }

    fn fail(&mut self, error: Error) {
        // invariant: only a connection that did not end fails.
        let _ = self.state.failed(error);
    }

    /// Completes the result of a step that `presented` bytes of the peer, or none.
    #[inline(always)]
    fn finish(&mut self, progress: &mut Progress, presented: bool, app_in: &[u8]) {
        let Progress { step, unsent, .. } = progress;
        match &mut self.state {
            State::Tls(tls) => {
                step.need_app_out = tls.inbound.note_room(step.need_app_out, presented);
                if tls.session.login_packet.is_some() {
                    let sent = app_in.get(..step.app_in_used).unwrap_or_default();
                    tls.session.note_answer(sent, step.app_out_made > 0 || step.view_len > 0);
                }
            }
            State::Plain(plain) => {
                step.need_app_out = plain.inbound.note_room(step.need_app_out, presented);
            }
            State::ClientGreeting(_)
            | State::ServerGreeting(_)
            | State::ClientNegotiate(_)
            | State::ServerNegotiate(_)
            | State::ContextChoice(_)
            | State::Handshake(_)
            | State::Closing(..)
            | State::Closed(_)
            | State::Failed(..) => {}
        }
        step.phase = self.phase();
        step.want = self.want();
        if !self.outbox.is_empty() {
            step.need_wire_out = 1;
        }
        if *unsent {
            step.want |= want::WIRE_OUT;
        }
    }
}
