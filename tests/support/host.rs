//! A host program in memory: it steps one connection, and each step has to keep the promises.

use tlsql::{
    AppOut, Conn, Context, Error, Io, Role, Sink, SliceSink, SslRequest, Step, event, want,
};

pub use super::promises::moved;
use super::promises::{Failure, Observed, Promises};
use super::schedule::{AppRoom, Cutter, Schedule};
use super::wire;

/// One connection with the bytes on both of its sides.
pub struct Host {
    pub conn: Conn,
    /// Bytes from the peer that are not used up.
    pub wire: Vec<u8>,
    /// Application bytes to send.
    pub app: Vec<u8>,
    /// All bytes that were sent to the peer.
    pub sent: Vec<u8>,
    /// Plaintext from the peer.
    pub got: Vec<u8>,
    /// All events so far.
    pub events: u32,
    /// The first final failure.
    pub error: Option<Error>,
    /// The last step.
    pub last: Step,
    /// Client: the SSLRequest's content; then what the login must repeat.
    pub request: SslRequest,
    /// Server: the payload of its greeting.
    pub greeting: Vec<u8>,
    /// Whether it answers `START` by itself.
    pub starts: bool,
    /// Server: what it does between the event `HELLO` and the next step.
    pub on_hello: Box<dyn FnMut(&mut Conn)>,
    promises: Promises,
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
            on_hello: Box::new(|_| ()),
            promises: Promises::default(),
            cutter: Cutter::new(schedule),
            taken: 0,
        }
    }

    /// Makes a client that got a greeting with these capabilities, and answered it.
    pub fn greeted(context: &Context, schedule: Schedule, capabilities: u32) -> Self {
        let mut host = Self::new(context, schedule);
        host.deliver(&wire::packet(0, &wire::greeting(capabilities)));
        host
    }

    /// Sets a fact of the connection.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.conn.set(name, value).expect("a fact");
        self
    }

    /// Leaves `START` to the test.
    pub fn by_hand(mut self) -> Self {
        self.starts = false;
        self
    }

    /// Presents bytes of the peer, cut as the schedule says.
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

    /// Returns what left since the peer last took something.
    pub fn take_sent(&mut self) -> Vec<u8> {
        let new = self.sent[self.taken..].to_vec();
        self.taken = self.sent.len();
        new
    }

    /// Tells the connection that the peer's half of the transport ended.
    pub fn eof(&mut self) -> Result<(), Error> {
        let result = self.conn.eof(self.wire.len());
        self.note_call(result)
    }

    /// Remembers a failure that another call than a step returned.
    pub fn note_call(&mut self, result: Result<(), Error>) -> Result<(), Error> {
        let failure = result.as_ref().err().map(Failure::from);
        self.promises.remember(0, failure.as_ref());
        self.keep_failure(&result);
        result
    }

    fn keep_failure(&mut self, result: &Result<(), Error>) {
        if let Err(error) = result {
            if !error.code.is_misuse() {
                self.error.get_or_insert_with(|| error.clone());
            }
        }
    }

    /// Steps with buffers as the schedule says.
    pub fn step(&mut self) -> Step {
        let room = self.cutter.wire_room(self.last.need_wire_out);
        let app_room = self.cutter.app_room(self.last.need_app_out);
        self.step_with(room, app_room)
    }

    /// Steps with these rooms.
    pub fn step_with(&mut self, room: usize, app_room: AppRoom) -> Step {
        let mut wire = std::mem::take(&mut self.wire);
        let before = wire.clone();
        let mut out = vec![0xa5; room];
        let mut wire_out = SliceSink::new(&mut out);
        let mut copied = vec![0xa5; if let AppRoom::Copy(n) = app_room { n } else { 0 }];
        let copy_len = copied.len();
        let mut copy = SliceSink::new(&mut copied);
        let app_out = match app_room {
            AppRoom::Copy(_) => AppOut::Buffer(&mut copy),
            AppRoom::View(limit) => AppOut::View { limit },
        };
        let mut io = Io { wire_in: &mut wire, wire_out: &mut wire_out, app_in: &self.app, app_out };
        let (step, result) = self.conn.step(&mut io);
        let (out_len, copied_len) = (room - wire_out.remaining(), copy_len - copy.remaining());

        let failure = result.as_ref().err().map(Failure::from);
        assert!(failure.as_ref().is_none_or(|failure| !failure.code.is_misuse()), "{failure:?}");
        self.promises.check(&Observed {
            step: &step,
            failure: failure.as_ref(),
            conn_phase: self.conn.phase(),
            conn_failure: self.conn.failure().map(Failure::from).as_ref(),
            presented: &before,
            left: &wire,
            wire_out_cap: room,
            wire_out_len: out_len,
            app_in_len: self.app.len(),
            app_room,
            app_out: &copied[..copied_len],
        });
        self.keep_failure(&result);

        self.events |= step.events;
        self.sent.extend(&out[..step.wire_out_made]);
        self.got.extend(&copied[..step.app_out_made]);
        self.got.extend(&wire[step.view_off..step.view_off + step.view_len]);
        self.app.drain(..step.app_in_used);
        wire.drain(..step.wire_in_used);
        self.wire = wire;
        self.last = step.clone();
        if step.events & event::HELLO != 0 {
            (self.on_hello)(&mut self.conn);
        }
        step
    }

    /// Returns the final failure's code and words.
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

    /// Returns whether the schedule gave less room than the step could use.
    fn asks_for_room(&self, step: &Step) -> bool {
        let wire = step.want & want::WIRE_OUT != 0 && step.need_wire_out > 0;
        wire || step.want & want::APP_OUT != 0
    }
}

/// Returns a client and a server of these contexts, under one schedule.
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

/// Checks that the alert that a failure claims to send is the one that the peer gets.
fn check_alerts(sender: &Host, receiver: &Host) {
    let seen = receiver.error.as_ref().and_then(Error::alert).filter(|alert| alert.from_peer);
    let (Some(seen), Some(error)) = (seen, &sender.error) else { return };
    let claimed = error.alert().filter(|alert| !alert.from_peer).map(|alert| alert.number);
    assert_eq!(claimed, Some(seen.number), "{error}");
}
