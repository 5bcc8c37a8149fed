//! A host program in memory: it steps one connection and checks at every step what always holds.

use tlsql::{AppOut, Conn, Context, Error, Io, Role, SliceSink, SslRequest, Step, event, want};

use super::schedule::{AppRoom, Cutter, Schedule};
use super::wire;

/// One connection, what came for it, and what it made.
pub struct Host {
    pub conn: Conn,
    /// Came from the peer and is not used up.
    pub wire: Vec<u8>,
    /// To be encrypted and sent.
    pub app: Vec<u8>,
    /// All that ever left for the peer.
    pub sent: Vec<u8>,
    /// Plaintext from the peer.
    pub got: Vec<u8>,
    /// All events so far.
    pub events: u32,
    pub error: Option<Error>,
    pub last: Step,
    /// Client: what it asks for; then what the login must repeat.
    pub request: SslRequest,
    /// Server: the greeting that it sends.
    pub greeting: Vec<u8>,
    /// Answers `START` by itself.
    pub starts: bool,
    cutter: Cutter,
    /// Bytes of `sent` that the peer has taken.
    taken: usize,
}

impl Host {
    pub fn new(context: &Context, schedule: Schedule) -> Self {
        Self {
            conn: Conn::new(context),
            wire: Vec::new(),
            app: Vec::new(),
            sent: Vec::new(),
            got: Vec::new(),
            events: 0,
            error: None,
            last: Step::default(),
            request: SslRequest {
                capabilities: wire::MYSQL_PROGRAM,
                max_packet: 1 << 24,
                charset: 255,
                mariadb_capabilities: 0,
            },
            greeting: wire::greeting(wire::MYSQL57),
            starts: true,
            cutter: Cutter::new(schedule),
            taken: 0,
        }
    }

    /// A client that got a greeting with these capabilities, and answered it.
    pub fn greeted(context: &Context, schedule: Schedule, capabilities: u32) -> Self {
        let mut host = Self::new(context, schedule);
        host.deliver(&wire::packet(0, &wire::greeting(capabilities)));
        host
    }

    /// A fact of the connection.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.conn.set(name, value).expect("a fact");
        self
    }

    /// Leaves `START` to the test.
    pub fn by_hand(mut self) -> Self {
        self.starts = false;
        self
    }

    /// The peer's bytes arrive, cut as the schedule says.
    pub fn deliver(&mut self, mut bytes: &[u8]) {
        self.settle();
        while !bytes.is_empty() {
            let (part, rest) = bytes.split_at(self.cutter.part(bytes.len()));
            self.wire.extend(part);
            bytes = rest;
            self.settle();
        }
    }

    /// Steps until nothing moves.
    pub fn settle(&mut self) {
        loop {
            self.start_if_wanted();
            let step = self.step();
            if self.error.is_some() && step.wire_out_made == 0 && step.want == 0 {
                return;
            }
            let starts = self.starts && self.conn.want() & want::START != 0;
            if !moved(&step) && !starts && self.error.is_none() && !self.asks_for_room(&step) {
                return;
            }
        }
    }

    /// What left since the peer last took something.
    pub fn take_sent(&mut self) -> Vec<u8> {
        let new = self.sent[self.taken..].to_vec();
        self.taken = self.sent.len();
        new
    }

    /// The peer's half of the transport ends.
    pub fn eof(&mut self) -> Result<(), Error> {
        let result = self.conn.eof(self.wire.len());
        self.note_call(result)
    }

    /// Remembers a failure that another call than a step returned.
    pub fn note_call(&mut self, result: Result<(), Error>) -> Result<(), Error> {
        if let Err(error) = &result {
            if !error.code.is_misuse() {
                self.error.get_or_insert_with(|| error.clone());
            }
        }
        result
    }

    /// One step with buffers as the schedule says.
    pub fn step(&mut self) -> Step {
        let room = self.cutter.wire_room(self.last.need_wire_out);
        let app_room = self.cutter.app_room(self.last.need_app_out);
        self.step_with(room, app_room)
    }

    /// One step with these rooms. Every promise that holds for all steps is checked here.
    pub fn step_with(&mut self, room: usize, app_room: AppRoom) -> Step {
        let mut wire = std::mem::take(&mut self.wire);
        let before = wire.clone();
        let mut out = vec![0xa5; room];
        let mut wire_out = SliceSink::new(&mut out);
        let mut copied = vec![0xa5; if let AppRoom::Copy(n) = app_room { n } else { 0 }];
        let mut copy = SliceSink::new(&mut copied);
        let app_out = match app_room {
            AppRoom::Copy(_) => AppOut::Room(&mut copy),
            AppRoom::View(limit) => AppOut::View { limit },
        };
        let mut io = Io { wire_in: &mut wire, wire_out: &mut wire_out, app_in: &self.app, app_out };
        let (step, result) = self.conn.step(&mut io);

        self.check_counts(&step, &before, room, app_room);
        self.check_result(&step, &result, before.len());
        assert_eq!(wire[step.wire_in_used..], before[step.wire_in_used..], "unused bytes changed");
        assert_eq!(self.events & step.events, 0, "an event came twice: {step:?}");

        self.events |= step.events;
        self.sent.extend(&out[..step.wire_out_made]);
        self.got.extend(&copied[..step.app_out_made]);
        self.got.extend(&wire[step.view_off..step.view_off + step.view_len]);
        self.app.drain(..step.app_in_used);
        wire.drain(..step.wire_in_used);
        self.wire = wire;
        self.last = step.clone();
        step
    }

    /// The final failure's code and words.
    pub fn failure(&self) -> &Error {
        self.error.as_ref().expect("a failure")
    }

    pub fn has(&self, event: u32) -> bool {
        self.events & event != 0
    }

    fn start_if_wanted(&mut self) {
        if !self.starts || self.conn.want() & want::START == 0 {
            return;
        }
        let result = match self.conn.role() {
            Role::Client => self.conn.client_start(&mut self.request),
            Role::Server => self.conn.server_start(&self.greeting),
        };
        let _ = self.note_call(result);
    }

    /// The schedule gave less room than the step could use.
    fn asks_for_room(&self, step: &Step) -> bool {
        let wire = step.want & want::WIRE_OUT != 0 && step.need_wire_out > 0;
        wire || step.want & want::APP_OUT != 0
    }

    fn check_counts(&self, step: &Step, wire: &[u8], room: usize, app_room: AppRoom) {
        assert!(step.wire_in_used <= wire.len(), "{step:?}");
        assert!(step.wire_out_made <= room, "{step:?}");
        assert!(step.app_in_used <= self.app.len(), "{step:?}");
        match app_room {
            AppRoom::Copy(n) => assert!(step.app_out_made <= n && step.view_len == 0, "{step:?}"),
            AppRoom::View(n) => assert!(step.view_len <= n && step.app_out_made == 0, "{step:?}"),
        }
        assert!(step.view_off + step.view_len <= step.wire_in_used, "the view is used: {step:?}");
        assert!(step.need_wire_in <= WIRE_IN_SIZE, "{step:?}");
        assert!(step.need_wire_out <= WIRE_OUT_SIZE, "{step:?}");
        let in_clear = self.conn.phase() == tlsql::Phase::Plain;
        assert!(step.need_app_out <= APP_OUT_SIZE || in_clear, "{step:?}");
        let waits = step.need_wire_in > 0 && step.wire_in_used == 0;
        assert!(!waits || step.need_wire_in > wire.len(), "it is there: {step:?}");
        if step.events & (event::GREETING | event::SECURED | event::PLAIN) != 0 {
            let counts = (step.app_in_used, step.app_out_made, step.view_len);
            assert_eq!(counts, (0, 0, 0), "the step stops there: {step:?}");
        }
    }

    fn check_result(&mut self, step: &Step, result: &Result<(), Error>, wire_len: usize) {
        match (result, &self.error) {
            (Err(new), Some(first)) => {
                assert_eq!(new.message(), first.message(), "the first failure is final");
            }
            (Err(new), None) => {
                assert!(!new.code.is_misuse(), "{new}");
                self.error = Some(new.clone());
            }
            (Ok(()), Some(first)) => panic!("{first} is not repeated"),
            (Ok(()), None) => {
                let named = step.want != 0 || self.conn.phase() == tlsql::Phase::Closed;
                assert!(named || moved(step), "no progress and nothing wanted: {step:?}");
                return;
            }
        }
        assert_eq!((step.app_out_made, step.view_len), (0, 0), "a failure delivers no plaintext");
        assert_eq!(step.wire_in_used, wire_len, "FAILED uses up all of wire_in");
        assert_eq!(self.conn.phase(), tlsql::Phase::Failed);
        assert_eq!(
            self.conn.failure().map(Error::message),
            result.as_ref().err().map(Error::message)
        );
    }
}

/// Buffer sizes that always let a step progress, as the header has them.
const WIRE_IN_SIZE: usize = 18437;
const WIRE_OUT_SIZE: usize = 16704;
const APP_OUT_SIZE: usize = 16384;

/// Whether a step did anything.
pub fn moved(step: &Step) -> bool {
    let counts = step.wire_in_used + step.wire_out_made + step.app_in_used + step.app_out_made;
    step.events != 0 || counts + step.view_len > 0
}

/// A client and a server of these contexts, under one schedule.
pub fn link(client: &Context, server: &Context, schedule: Schedule) -> (Host, Host) {
    let client = Host::new(client, schedule).with("host", "localhost");
    (client, Host::new(server, schedule))
}

/// Carries bytes between two hosts until neither has more to say.
pub fn run(client: &mut Host, server: &mut Host) {
    loop {
        client.settle();
        server.settle();
        let (up, down) = (client.take_sent(), server.take_sent());
        if up.is_empty() && down.is_empty() {
            break;
        }
        server.deliver(&up);
        client.deliver(&down);
    }
    check_alerts(client, server);
    check_alerts(server, client);
}

/// The alert that a failure claims to send is the one that the peer gets.
fn check_alerts(sender: &Host, receiver: &Host) {
    let seen = receiver.error.as_ref().and_then(Error::alert).filter(|alert| alert.from_peer);
    let (Some(seen), Some(error)) = (seen, &sender.error) else { return };
    let claimed = error.alert().filter(|alert| !alert.from_peer).map(|alert| alert.number);
    assert_eq!(claimed, Some(seen.number), "{error}");
}
