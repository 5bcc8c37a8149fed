//! The state machine of a connection: each phase holds its own data, and a transition consumes the
//! state that it leaves.
//!
//! ```text
//! client   GREETING ──greeting read──► NEGOTIATE ──start──► HANDSHAKE ──finished──► TLS
//!                                          └──────start, clear text──────────────► PLAIN
//! server   GREETING ──greeting sent──► NEGOTIATE ──SSLRequest──► HANDSHAKE ──finished──► TLS
//!                                          └──────plain login────────────────────► PLAIN
//! any but CLOSED and FAILED ──close, drained──► CLOSED, or ──failure──► FAILED
//! ```

use super::client::{ClientGreeting, ClientNegotiate};
use super::context_choice::ContextChoice;
use super::early_bytes::EarlyBytes;
use super::handshake::Handshaking;
use super::inbound::InboundEnd;
use super::plain::Plain;
use super::server::{ServerGreeting, ServerNegotiate};
use super::tls::Tls;
use super::tls_session::Session;
use super::{Phase, want};
use crate::config::{Outcome, Role};
use crate::error::{Code, Error};

/// A connection's phase, with what belongs to it alone.
#[derive(Debug)]
pub enum State {
    ClientGreeting(ClientGreeting),
    ClientNegotiate(ClientNegotiate),
    ServerGreeting(ServerGreeting),
    ServerNegotiate(ServerNegotiate),
    /// HANDSHAKE of a server whose host sees the first ClientHello.
    ContextChoice(Box<ContextChoice>),
    Handshake(Box<Handshaking>),
    Tls(Box<Tls>),
    Plain(Plain),
    /// `close` was called in this phase, and bytes for the peer are still queued.
    Closing(Phase, Ended),
    Closed(Ended),
    Failed(Error, Ended),
}

/// What is still known of a connection that is closing, closed or failed.
#[derive(Debug, Default)]
pub struct Ended {
    /// How it was to go on after the greeting.
    pub outcome: Outcome,
    /// The TLS session, if the handshake was done.
    pub session: Option<Box<Session>>,
    /// A close_notify came.
    pub peer_closed: bool,
}

impl State {
    pub fn new(role: Role) -> Self {
        match role {
            Role::Client => Self::ClientGreeting(ClientGreeting::default()),
            Role::Server => Self::ServerGreeting(ServerGreeting::default()),
        }
    }

    pub fn phase(&self) -> Phase {
        match self {
            Self::ClientGreeting(_) | Self::ServerGreeting(_) => Phase::Greeting,
            Self::ClientNegotiate(_) | Self::ServerNegotiate(_) => Phase::Negotiate,
            Self::ContextChoice(_) | Self::Handshake(_) => Phase::Handshake,
            Self::Tls(_) => Phase::Tls,
            Self::Plain(_) => Phase::Plain,
            Self::Closing(phase, _) => *phase,
            Self::Closed(_) => Phase::Closed,
            Self::Failed(..) => Phase::Failed,
        }
    }

    /// `want` bits, those for queued bytes left out.
    pub fn want(&self) -> u32 {
        match self {
            Self::ClientGreeting(_) | Self::ServerNegotiate(_) | Self::ContextChoice(_) => {
                want::WIRE_IN
            }
            Self::Handshake(handshaking) => handshaking.want(),
            Self::ServerGreeting(greeting) if greeting.is_queued() => 0,
            Self::ServerGreeting(_) | Self::ClientNegotiate(_) => want::START,
            Self::Tls(tls) => tls.inbound.want(),
            Self::Plain(plain) => plain.inbound.want(),
            Self::Closing(..) | Self::Closed(_) | Self::Failed(..) => 0,
        }
    }

    /// How the connection goes on after the greeting.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::ContextChoice(_) | Self::Handshake(_) | Self::Tls(_) => Outcome::Tls,
            Self::Plain(plain) => plain.outcome,
            Self::Closing(_, ended) | Self::Closed(ended) | Self::Failed(_, ended) => ended.outcome,
            Self::ClientGreeting(_)
            | Self::ServerGreeting(_)
            | Self::ClientNegotiate(_)
            | Self::ServerNegotiate(_) => Outcome::Undecided,
        }
    }

    /// The outcome of a connection that is up, or was closed when it was up; else `Undecided`.
    pub fn outcome_when_up(&self) -> Outcome {
        match self {
            Self::Tls(_) | Self::Plain(_) => self.outcome(),
            Self::Closing(_, ended) | Self::Closed(ended)
                if ended.outcome != Outcome::Tls || ended.session.is_some() =>
            {
                ended.outcome
            }
            _ => Outcome::Undecided,
        }
    }

    /// The TLS session, also after the connection ended.
    pub fn session(&self) -> Option<&Session> {
        match self {
            Self::Tls(tls) => Some(&tls.session),
            Self::Closing(_, ended) | Self::Closed(ended) | Self::Failed(_, ended) => {
                ended.session.as_deref()
            }
            Self::ClientGreeting(_)
            | Self::ServerGreeting(_)
            | Self::ClientNegotiate(_)
            | Self::ServerNegotiate(_)
            | Self::ContextChoice(_)
            | Self::Handshake(_)
            | Self::Plain(_) => None,
        }
    }

    /// Whether the handshake has come to where what we send leaves encrypted.
    pub fn encrypts(&self) -> bool {
        matches!(self, Self::Handshake(handshaking) if handshaking.encrypts())
    }

    /// Whether a close_notify came.
    pub fn peer_closed(&self) -> bool {
        match self {
            Self::Tls(tls) => tls.inbound.end == InboundEnd::CloseNotify,
            Self::Closing(_, ended) | Self::Closed(ended) | Self::Failed(_, ended) => {
                ended.peer_closed
            }
            Self::ClientGreeting(_)
            | Self::ServerGreeting(_)
            | Self::ClientNegotiate(_)
            | Self::ServerNegotiate(_)
            | Self::ContextChoice(_)
            | Self::Handshake(_)
            | Self::Plain(_) => false,
        }
    }

    /// Client: the greeting was read, and `early` beyond it.
    pub fn greeting_read(&mut self, early: EarlyBytes) -> Result<(), Error> {
        self.change(|old| match old {
            Self::ClientGreeting(_) => Ok(Self::ClientNegotiate(ClientNegotiate { early })),
            other => Err(other),
        })
    }

    /// Server: the greeting's last byte was handed out.
    pub fn greeting_sent(&mut self, offers_tls: bool) -> Result<(), Error> {
        self.change(|old| match old {
            Self::ServerGreeting(_) => Ok(Self::ServerNegotiate(ServerNegotiate::new(offers_tls))),
            other => Err(other),
        })
    }

    /// Client: TLS was decided. Server: an SSLRequest was read.
    pub fn tls_chosen(&mut self, handshaking: Handshaking) -> Result<(), Error> {
        self.change(|old| match old {
            Self::ClientNegotiate(_) | Self::ServerNegotiate(_) => {
                Ok(Self::Handshake(Box::new(handshaking)))
            }
            other => Err(other),
        })
    }

    /// Server: an SSLRequest was read, and the host sees the ClientHello first.
    pub fn hello_awaited(&mut self, choice: ContextChoice) -> Result<(), Error> {
        self.change(|old| match old {
            Self::ServerNegotiate(_) => Ok(Self::ContextChoice(Box::new(choice))),
            other => Err(other),
        })
    }

    /// Server: the ClientHello is whole, and the host has chosen the context.
    pub fn context_chosen(&mut self, handshaking: Handshaking) -> Result<(), Error> {
        self.change(|old| match old {
            Self::ContextChoice(_) => Ok(Self::Handshake(Box::new(handshaking))),
            other => Err(other),
        })
    }

    /// Client: the mode allows clear text. Server: a plain login was read.
    pub fn plain_chosen(&mut self, outcome: Outcome) -> Result<(), Error> {
        self.change(|old| match old {
            Self::ClientNegotiate(_) | Self::ServerNegotiate(_) => {
                Ok(Self::Plain(Plain::new(outcome)))
            }
            other => Err(other),
        })
    }

    /// Both Finished messages were checked.
    pub fn handshake_done(&mut self) -> Result<(), Error> {
        self.change(|old| match old {
            Self::Handshake(handshaking) if handshaking.is_done() => Ok(handshaking.finish()),
            other => Err(other),
        })?;
        if let Self::Failed(error, _) = self { Err(error.clone()) } else { Ok(()) }
    }

    /// `close` was called.
    pub fn closing(&mut self) -> Result<(), Error> {
        self.change(|old| match old {
            ended @ (Self::Closing(..) | Self::Closed(_) | Self::Failed(..)) => Err(ended),
            old => Ok(Self::Closing(old.phase(), old.end())),
        })
    }

    /// Everything queued was handed out.
    pub fn drained(&mut self) -> Result<(), Error> {
        self.change(|old| match old {
            Self::Closing(_, ended) => Ok(Self::Closed(ended)),
            other => Err(other),
        })
    }

    /// The connection failed; an end stays as it is.
    pub fn failed(&mut self, error: Error) -> Result<(), Error> {
        self.change(|old| match old {
            ended @ (Self::Closed(_) | Self::Failed(..)) => Err(ended),
            old => Ok(Self::Failed(error, old.end())),
        })
    }

    /// Replaces the state by what `next` makes of it, or leaves it as it is.
    ///
    /// # Errors
    /// `Tls` if there is no such transition, which is a defect of ours.
    fn change(&mut self, next: impl FnOnce(Self) -> Result<Self, Self>) -> Result<(), Error> {
        let (state, result) = match next(std::mem::replace(self, Self::Closed(Ended::default()))) {
            Ok(next) => (next, Ok(())),
            Err(old) => {
                let what = format!("no such transition from {}", old.phase().name());
                (old, Err(Error::detail(Code::Tls, what)))
            }
        };
        *self = state;
        result
    }

    /// Keeps what outlives every phase.
    fn end(self) -> Ended {
        let (outcome, peer_closed) = (self.outcome(), self.peer_closed());
        match self {
            Self::Tls(tls) => Ended { outcome, session: Some(tls.session), peer_closed },
            Self::Closing(_, ended) | Self::Closed(ended) | Self::Failed(_, ended) => ended,
            Self::ClientGreeting(_)
            | Self::ServerGreeting(_)
            | Self::ClientNegotiate(_)
            | Self::ServerNegotiate(_)
            | Self::ContextChoice(_)
            | Self::Handshake(_)
            | Self::Plain(_) => Ended { outcome, session: None, peer_closed },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::progress::Progress;
    use super::super::{AppOut, Conn, Context, Io, SliceSink, SslRequest};
    use super::*;
    use crate::config::Builder;
    use crate::tls::Next;

    /// What moves a connection on.
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    enum Trigger {
        GreetingDone,
        TlsChosen,
        PlainChosen,
        HandshakeDone,
        Close,
        Drained,
        Failure,
    }

    use Trigger::*;

    /// Every way from one phase to the next; there is no other.
    const TRANSITIONS: &[(Phase, Trigger, Phase)] = &[
        (Phase::Greeting, GreetingDone, Phase::Negotiate),
        (Phase::Greeting, Close, Phase::Greeting),
        (Phase::Greeting, Failure, Phase::Failed),
        (Phase::Negotiate, TlsChosen, Phase::Handshake),
        (Phase::Negotiate, PlainChosen, Phase::Plain),
        (Phase::Negotiate, Close, Phase::Negotiate),
        (Phase::Negotiate, Failure, Phase::Failed),
        (Phase::Handshake, HandshakeDone, Phase::Tls),
        (Phase::Handshake, Close, Phase::Handshake),
        (Phase::Handshake, Failure, Phase::Failed),
        (Phase::Tls, Close, Phase::Tls),
        (Phase::Tls, Failure, Phase::Failed),
        (Phase::Plain, Close, Phase::Plain),
        (Phase::Plain, Failure, Phase::Failed),
    ];

    /// The same for a connection that is closing: its phase is shown until all is handed out.
    const CLOSING: &[(Trigger, Phase)] = &[(Drained, Phase::Closed), (Failure, Phase::Failed)];

    const TRIGGERS: [Trigger; 7] =
        [GreetingDone, TlsChosen, PlainChosen, HandshakeDone, Close, Drained, Failure];

    #[test]
    fn every_state_has_the_transitions_of_the_table_and_no_other() {
        for role in [Role::Client, Role::Server] {
            for at in Phase::ALL {
                for trigger in TRIGGERS {
                    let expected = TRANSITIONS.iter().find(|row| (row.0, row.1) == (at, trigger));
                    check(state(role, at), role, trigger, expected.map(|row| row.2));
                }
            }
        }
    }

    #[test]
    fn a_closing_connection_is_drained_or_fails() {
        let open = [Phase::Greeting, Phase::Negotiate, Phase::Handshake, Phase::Tls, Phase::Plain];
        for role in [Role::Client, Role::Server] {
            for at in open {
                for trigger in TRIGGERS {
                    let mut state = state(role, at);
                    state.closing().unwrap();
                    assert_eq!((state.phase(), state.want()), (at, 0));
                    let expected = CLOSING.iter().find(|row| row.0 == trigger).map(|row| row.1);
                    check(state, role, trigger, expected);
                }
            }
        }
    }

    #[test]
    fn clear_text_cannot_be_reached_once_tls_was_chosen() {
        let mut reached = vec![Phase::Handshake];
        let mut i = 0;
        while i < reached.len() {
            for (from, _, to) in TRANSITIONS {
                if *from == reached[i] && !reached.contains(to) {
                    reached.push(*to);
                }
            }
            i += 1;
        }
        assert!(!reached.contains(&Phase::Plain));
        assert!(reached.contains(&Phase::Tls));
    }

    #[test]
    fn a_session_outlives_its_phase_and_an_outcome_needs_one() {
        for role in [Role::Client, Role::Server] {
            let mut state = state(role, Phase::Tls);
            let version = state.session().unwrap().negotiated.version;
            state.closing().unwrap();
            state.drained().unwrap();
            assert_eq!(state.session().unwrap().negotiated.version, version);
            assert_eq!(state.outcome_when_up(), Outcome::Tls);

            let mut state = self::state(role, Phase::Handshake);
            state.closing().unwrap();
            assert!(state.session().is_none());
            assert_eq!(state.outcome_when_up(), Outcome::Undecided, "it never came up");
        }
    }

    #[test]
    fn a_handshake_that_is_not_done_cannot_end() {
        for role in [Role::Client, Role::Server] {
            let mut state = state(role, Phase::Handshake);
            assert_eq!(state.handshake_done().unwrap_err().code, Code::Tls);
            assert_eq!(state.phase(), Phase::Handshake);
        }
    }

    /// The state in which the host sees the ClientHello is one of HANDSHAKE, with a way of its own to
    /// the next.
    #[test]
    fn a_context_is_chosen_once_and_before_the_handshake() {
        for trigger in TRIGGERS.into_iter().filter(|trigger| *trigger != HandshakeDone) {
            let row = TRANSITIONS.iter().find(|row| (row.0, row.1) == (Phase::Handshake, trigger));
            check(context_choice(), Role::Server, trigger, row.map(|row| row.2));
        }
        let handshaking = || match state(Role::Server, Phase::Handshake) {
            State::Handshake(handshaking) => *handshaking,
            other => panic!("{other:?}"),
        };
        let mut state = context_choice();
        assert_eq!(state.handshake_done().unwrap_err().code, Code::Tls);
        assert_eq!((state.want(), state.outcome()), (want::WIRE_IN, Outcome::Tls));
        state.context_chosen(handshaking()).unwrap();
        assert!(matches!(state, State::Handshake(_)));
        for phase in Phase::ALL {
            let mut state = self::state(Role::Server, phase);
            assert_eq!(state.context_chosen(handshaking()).unwrap_err().code, Code::Tls);
            assert_eq!(state.phase(), phase);
        }
    }

    /// Applies a trigger; without a transition the state must stay and the call must fail.
    fn check(mut state: State, role: Role, trigger: Trigger, expected: Option<Phase>) {
        let before = state.phase();
        let result = match trigger {
            GreetingDone if role == Role::Client => state.greeting_read(EarlyBytes::default()),
            GreetingDone => state.greeting_sent(true),
            TlsChosen => match self::state(role, Phase::Handshake) {
                State::Handshake(handshaking) => state.tls_chosen(*handshaking),
                other => panic!("{other:?}"),
            },
            PlainChosen => state.plain_chosen(Outcome::PlainNoTls),
            HandshakeDone => {
                if matches!(state, State::Handshake(_)) {
                    // The one in `state` has just begun.
                    state = done_handshake(role);
                }
                state.handshake_done()
            }
            Close => state.closing(),
            Drained => state.drained(),
            Failure => state.failed(Code::Eof.into()),
        };
        let what = format!("{role:?} {before:?} {trigger:?}");
        assert_eq!(result.is_ok(), expected.is_some(), "{what}");
        assert_eq!(state.phase(), expected.unwrap_or(before), "{what}");
    }

    /// A connection's state in this phase.
    fn state(role: Role, phase: Phase) -> State {
        let mut pair = Pair::new();
        let at = usize::from(role == Role::Server);
        match phase {
            Phase::Greeting => {}
            Phase::Negotiate | Phase::Handshake | Phase::Tls => pair.talk_until(at, phase),
            Phase::Plain => {
                pair.talk_until(at, Phase::Negotiate);
                pair.conns[at].state.plain_chosen(Outcome::PlainNoTls).unwrap();
            }
            Phase::Closed => {
                pair.conns[at].state.closing().unwrap();
                pair.conns[at].state.drained().unwrap();
            }
            Phase::Failed => pair.conns[at].state.failed(Code::Eof.into()).unwrap(),
        }
        std::mem::replace(&mut pair.conns[at].state, State::new(role))
    }

    /// The state HANDSHAKE of a connection whose handshake is done: what comes next is the
    /// transition, which a step makes at once.
    fn done_handshake(role: Role) -> State {
        let mut pair = Pair::new();
        let at = usize::from(role == Role::Server);
        pair.talk_until(at, Phase::Handshake);
        for _ in 0..100 {
            if pair.feed_handshake(at) == Next::Done {
                return std::mem::replace(&mut pair.conns[at].state, State::new(role));
            }
            pair.step(at);
            pair.step(1 - at);
        }
        panic!("never done");
    }

    /// The state of a server whose host is to see the ClientHello.
    fn context_choice() -> State {
        let mut pair = Pair::new();
        let mut builder = builder(Role::Server);
        builder.set("tlsql_hello_event", "ON").unwrap();
        pair.conns[1] = Conn::new(&Context::new(&builder).unwrap());
        pair.talk_until(1, Phase::Handshake);
        std::mem::replace(&mut pair.conns[1].state, State::new(Role::Server))
    }

    fn conn(role: Role) -> Conn {
        Conn::new(&Context::new(&builder(role)).unwrap())
    }

    fn builder(role: Role) -> Builder {
        let mut builder = Builder::new(role);
        if role == Role::Server {
            let certificate = include_bytes!("../../tests/data/keys/p256-cert.pem");
            let key = include_bytes!("../../tests/data/keys/p256-sec1.pem");
            builder.set_identity(certificate, key).unwrap();
        }
        builder
    }

    /// A client and a server, and what each of them has still to read.
    struct Pair {
        conns: [Conn; 2],
        wire: [Vec<u8>; 2],
    }

    impl Pair {
        fn new() -> Self {
            Self { conns: [Role::Client, Role::Server].map(conn), wire: Default::default() }
        }

        fn talk_until(&mut self, at: usize, phase: Phase) {
            for turn in 0..100 {
                if self.conns[at].phase() == phase {
                    return;
                }
                self.step(turn % 2);
            }
            panic!("never in {phase:?}");
        }

        fn step(&mut self, at: usize) {
            let conn = &mut self.conns[at];
            if conn.want() & want::START != 0 {
                start(conn);
            }
            let mut out = [0; 8192];
            let (step, result) = conn.step(&mut Io {
                wire_in: &mut self.wire[at],
                wire_out: &mut SliceSink::new(&mut out),
                app_in: &[],
                app_out: AppOut::View { limit: 0 },
            });
            result.unwrap();
            self.wire[at].drain(..step.wire_in_used);
            self.wire[1 - at].extend_from_slice(&out[..step.wire_out_made]);
        }

        /// Gives the handshake the records that came, as a step does, but makes no transition.
        fn feed_handshake(&mut self, at: usize) -> Next {
            let conn = &mut self.conns[at];
            let State::Handshake(handshaking) = &mut conn.state else { panic!("{:?}", conn.state) };
            let io = Io {
                wire_in: &mut self.wire[at],
                wire_out: &mut SliceSink::new(&mut []),
                app_in: &[],
                app_out: AppOut::View { limit: 0 },
            };
            let mut progress = Progress::default();
            loop {
                let used = progress.step.wire_in_used;
                let next = handshaking.advance(&io, &mut progress, &mut conn.outbox).unwrap();
                if next == Next::Done || progress.step.wire_in_used == used {
                    self.wire[at].drain(..progress.step.wire_in_used);
                    return next;
                }
            }
        }
    }

    fn start(conn: &mut Conn) {
        if conn.role() == Role::Server {
            return conn.server_start(GREETING).unwrap();
        }
        let login = [&[0, 0xa2, 8][..], &[0; 29]].concat();
        conn.client_start(&mut SslRequest::parse_login(&login).unwrap()).unwrap();
    }

    /// MySQL 5.7.29's, with TLS.
    const GREETING: &[u8] = b"\x0a5.7.29\0\x03\0\0\0%Nd\x1e\x04Epj\0\xff\xff\x08\x02\0\xff\xc1\x15\
        \0\0\0\0\0\0\0\0\0\0E:j(,V,\x1f8@SB\0mysql_native_password\0";
}
