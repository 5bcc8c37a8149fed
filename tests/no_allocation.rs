//! Once a connection is up, moving bytes allocates nothing and frees nothing, whatever the version, the
//! suite, the role and the sizes of the buffers: an allocator counts during each call of the C ABI.
//!
//! KeyUpdates, alerts and messages in several records are no traffic: they may.

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr;

use support::forger::{CASES, Forger};
use support::{Schedule, pki, wire};
use tlsql::ffi::*;
use tlsql::{AppOut, Io, SliceSink};

/// tls_version, the option that names the suite, and its name for the option.
const SUITES: [(&str, &str, &str); 9] = [
    ("TLSv1.3", "tls_ciphersuites", "TLS_AES_128_GCM_SHA256"),
    ("TLSv1.3", "tls_ciphersuites", "TLS_AES_256_GCM_SHA384"),
    ("TLSv1.3", "tls_ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"),
    ("TLSv1.2", "ssl_cipher", "ECDHE-RSA-AES128-GCM-SHA256"),
    ("TLSv1.2", "ssl_cipher", "ECDHE-RSA-AES256-GCM-SHA384"),
    ("TLSv1.2", "ssl_cipher", "ECDHE-RSA-CHACHA20-POLY1305"),
    ("TLSv1.2", "ssl_cipher", "DHE-RSA-AES128-GCM-SHA256"),
    ("TLSv1.2", "ssl_cipher", "DHE-RSA-AES256-GCM-SHA384"),
    ("TLSv1.2", "ssl_cipher", "DHE-RSA-CHACHA20-POLY1305"),
];

/// Bytes of a packet: small ones, the largest that share a view, one record, and several.
const SIZES: [usize; 7] = [1, 11, 300, 4096, 4097, 16384, 40_000];

/// How bytes are cut: the most that come in with a step, and the room that goes out with it.
const CUTS: [(usize, usize); 3] = [(usize::MAX, 1 << 17), (977, 600), (1, 16_704)];

#[test]
#[cfg_attr(feature = "rustls-records", ignore = "rustls' record layer allocates for each record")]
fn records_allocate_nothing() {
    let rsa = ["keys/rsa2048-cert.pem", "keys/rsa2048-pkcs8.pem"].map(pki::kept);
    for (version, option, suite) in SUITES {
        let server = Context::new(TLSQL_SERVER, &[("ssl_cert", &rsa[0]), ("ssl_key", &rsa[1])]);
        let client = Context::new(TLSQL_CLIENT, &[("tls_version", version), (option, suite)]);
        let mut pair = Pair::up(&client, &server);
        assert_eq!(pair.cipher(), suite);
        pair.carry(suite);
    }
}

#[test]
fn clear_text_allocates_nothing() {
    let server = Context::new(TLSQL_SERVER, &[("ssl", "OFF")]);
    let client = Context::new(TLSQL_CLIENT, &[("ssl_mode", "DISABLED")]);
    Pair::up(&client, &server).carry("PLAIN");
}

/// A server may send as many tickets as it likes (RFC 8446 section 4.6.1). No session is resumed, and
/// so nothing is made of one.
#[test]
#[cfg_attr(feature = "rustls-records", ignore = "rustls makes a session of each ticket")]
fn a_ticket_allocates_nothing() {
    let (is_client, version) = CASES[2];
    let (mut host, mut forger) = Forger::of(is_client, version, Schedule::Whole);
    for extensions in [&[][..], &[0, 42, 0, 4, 0, 0, 0, 1, 0x5a, 0x5a, 0, 0]] {
        for len in [1, 200, 8000] {
            let body = wire::ticket(7200, &[1], &vec![7; len], extensions);
            let mut record = forger.record(22, &wire::handshake(4, &body));
            let mut out = [0; 100];
            let ((step, result), counts) = counted(|| {
                host.conn.step(&mut Io {
                    wire_in: &mut record,
                    wire_out: &mut SliceSink::new(&mut out),
                    app_in: &[],
                    app_out: AppOut::View { limit: 1 << 16 },
                })
            });
            result.unwrap();
            assert_eq!(counts, NONE, "a ticket of {len} bytes");
            assert_eq!(step.wire_in_used, record.len());
        }
    }
}

#[test]
fn the_allocator_counts() {
    let (block, counts) = counted(|| Vec::<u8>::with_capacity(std::hint::black_box(100)));
    assert_eq!(counts, Counts { allocated: 1, freed: 0 });
    let ((), counts) = counted(|| drop(block));
    assert_eq!(counts, Counts { allocated: 0, freed: 1 });
    assert_eq!(counted(|| ()).1, NONE);
}

/// A client and a server, and the bytes between them.
struct Pair {
    ends: [*mut tlsql_conn; 2],
    /// What each end has to read.
    wires: [Vec<u8>; 2],
}

impl Pair {
    /// Connects until both ends are up.
    fn up(client: &Context, server: &Context) -> Self {
        let mut ends = [ptr::null_mut(); 2];
        // SAFETY: the contexts live, and `ends` has room for a pointer each.
        unsafe {
            assert_eq!(tlsql_client_new(client.0, &mut ends[0], ptr::null_mut()), 0);
            assert_eq!(tlsql_server_new(server.0, &mut ends[1], ptr::null_mut()), 0);
        }
        let mut pair = Self { ends, wires: [Vec::new(), Vec::new()] };
        for _ in 0..40 {
            for at in [1, 0] {
                pair.start_if_wanted(at);
                pair.step(at, &Lent::default());
            }
        }
        if pair.want(1) & TLSQL_WANT_APP_IN == 0 {
            // In clear it waits for the login.
            pair.step(
                0,
                &Lent {
                    app_in: &wire::packet(1, &wire::login(wire::MYSQL57_OFF)),
                    ..Lent::default()
                },
            );
            (0..3).for_each(|_| drop(pair.step(1, &Lent::default())));
        }
        assert!([0, 1].map(|at| pair.want(at) & TLSQL_WANT_APP_IN != 0) == [true; 2], "not up");
        pair
    }

    /// Carries packets of every size both ways, cut in every way, and counts.
    fn carry(&mut self, what: &str) {
        for from in [0, 1] {
            for len in SIZES {
                let packet: Vec<u8> = (0..len).map(|at| at as u8).collect();
                for (most_in, room) in CUTS {
                    if most_in == 1 && len > 300 {
                        continue;
                    }
                    for view in [false, true] {
                        let name =
                            format!("{what}, from {from}, {len} bytes, {most_in}, view {view}");
                        self.send(from, &packet, room, &name);
                        self.receive(1 - from, &packet, most_in, view, &name);
                    }
                }
                if len <= 16_384 {
                    let name = format!("{what}, from {from}, {len} bytes sealed");
                    self.seal(from, &packet, &name);
                    self.receive(1 - from, &packet, usize::MAX, true, &name);
                }
            }
        }
        // A step with nothing to do.
        for at in [0, 1] {
            assert_eq!(self.step(at, &Lent::default()).counts, NONE, "{what}");
        }
    }

    fn send(&mut self, from: usize, packet: &[u8], wire_room: usize, name: &str) {
        let mut sent = 0;
        while sent < packet.len() {
            let lent = Lent { app_in: &packet[sent..], wire_room, ..Lent::default() };
            let moved = self.step(from, &lent);
            assert_eq!(moved.counts, NONE, "{name}: sent");
            assert_ne!(moved.app_in, 0, "{name}");
            sent += moved.app_in;
        }
    }

    fn receive(&mut self, at: usize, packet: &[u8], most_in: usize, view: bool, name: &str) {
        let (mut got, mut shown) = (Vec::new(), 0);
        while got.len() < packet.len() {
            shown = self.wires[at].len().min(most_in.saturating_add(shown));
            let moved = self.step(at, &Lent { shown, view, ..Lent::default() });
            assert_eq!(moved.counts, NONE, "{name}: received");
            shown -= moved.wire_in;
            got.extend(moved.plain);
        }
        assert!(got == packet && self.wires[at].is_empty(), "{name}");
    }

    fn seal(&mut self, from: usize, packet: &[u8], name: &str) {
        let conn = self.ends[from];
        // SAFETY: the connection lives, and `buf` has the length that is passed.
        unsafe {
            let (head, tail) = (tlsql_conn_headroom(conn), tlsql_conn_tailroom(conn));
            let mut buf = [&vec![0xa5; head][..], packet, &vec![0xa5; tail]].concat();
            let mut len = 0;
            let (code, counts) = counted(|| {
                tlsql_conn_seal(conn, buf.as_mut_ptr(), buf.len(), packet.len(), &mut len)
            });
            assert_eq!((code, counts), (0, NONE), "{name}");
            self.wires[1 - from].extend(&buf[..len]);
        }
    }

    fn step(&mut self, at: usize, lent: &Lent<'_>) -> Moved {
        let (mut out, mut copy) = (vec![0; lent.wire_room], vec![0; lent.app_room]);
        let wire = &mut self.wires[at];
        // SAFETY: the struct has no invalid bytes; the connection lives, and each buffer has the
        // length that is passed.
        let (step, counts) = unsafe {
            let mut step: tlsql_step = std::mem::zeroed();
            step.struct_size = size_of::<tlsql_step>() as u32;
            let to = if lent.view { ptr::null_mut() } else { copy.as_mut_ptr() };
            let (code, counts) = counted(|| {
                tlsql_conn_step(
                    self.ends[at],
                    wire.as_mut_ptr(),
                    wire.len().min(lent.shown),
                    out.as_mut_ptr(),
                    out.len(),
                    lent.app_in.as_ptr(),
                    lent.app_in.len(),
                    to,
                    lent.app_room,
                    &mut step,
                )
            });
            assert_eq!(code, 0);
            (step, counts)
        };
        let plain = match lent.view {
            true => wire[step.view_off..step.view_off + step.view_len].to_vec(),
            false => copy[..step.app_out_made].to_vec(),
        };
        wire.drain(..step.wire_in_used);
        self.wires[1 - at].extend(&out[..step.wire_out_made]);
        Moved { wire_in: step.wire_in_used, app_in: step.app_in_used, plain, counts }
    }

    fn start_if_wanted(&mut self, at: usize) {
        if self.want(at) & TLSQL_WANT_START == 0 {
            return;
        }
        let greeting = wire::greeting(wire::MYSQL57);
        // SAFETY: the connection lives, and the greeting and the request are whole.
        unsafe {
            if at == 1 {
                assert_eq!(tlsql_server_start(self.ends[at], greeting.as_ptr(), greeting.len()), 0);
                return;
            }
            let mut request: tlsql_request = std::mem::zeroed();
            request.struct_size = size_of::<tlsql_request>() as u32;
            request.capabilities = wire::MYSQL_PROGRAM;
            request.max_packet = 1 << 24;
            request.charset = 255;
            assert_eq!(tlsql_client_start(self.ends[at], &mut request), 0);
        }
    }

    fn want(&self, at: usize) -> u32 {
        // SAFETY: the connection lives.
        unsafe { tlsql_conn_want(self.ends[at]) }
    }

    fn cipher(&self) -> String {
        // SAFETY: the connection lives, and the name is a string that lives for ever.
        let name = unsafe { std::ffi::CStr::from_ptr(tlsql_conn_cipher_name(self.ends[0])) };
        name.to_str().unwrap().to_owned()
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        // SAFETY: each came from the library and is freed once.
        self.ends.iter().for_each(|conn| unsafe { tlsql_conn_free(*conn) });
    }
}

/// What is lent to a step.
struct Lent<'a> {
    /// Bytes that wait to be read, at most.
    shown: usize,
    wire_room: usize,
    app_in: &'a [u8],
    view: bool,
    app_room: usize,
}

impl Default for Lent<'_> {
    fn default() -> Self {
        Self { shown: usize::MAX, wire_room: 1 << 17, app_in: &[], view: true, app_room: 1 << 16 }
    }
}

struct Moved {
    wire_in: usize,
    app_in: usize,
    plain: Vec<u8>,
    counts: Counts,
}

/// A context of the C ABI.
struct Context(*mut tlsql_context);

impl Context {
    fn new(role: u32, options: &[(&str, &str)]) -> Self {
        let (mut builder, mut context) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: each handle came from the library and is freed once, and each text has the length
        // that is passed.
        unsafe {
            assert_eq!(tlsql_builder_new(role, &mut builder), 0);
            for (name, value) in options {
                let (n, v) = (name.as_ptr().cast(), value.as_ptr().cast());
                assert_eq!(tlsql_builder_set(builder, n, name.len(), v, value.len()), 0, "{name}");
            }
            assert_eq!(tlsql_builder_load_files(builder), 0);
            assert_eq!(tlsql_context_new(builder, &mut context), 0);
            tlsql_builder_free(builder);
        }
        Self(context)
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: it came from tlsql_context_new and is freed once.
        unsafe { tlsql_context_free(self.0) };
    }
}

// The allocator.

/// What one call did in this thread.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Counts {
    allocated: usize,
    freed: usize,
}

const NONE: Counts = Counts { allocated: 0, freed: 0 };

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    static COUNTS: Cell<Counts> = const { Cell::new(NONE) };
}

/// Runs a call, and counts what it allocates and frees.
fn counted<T>(call: impl FnOnce() -> T) -> (T, Counts) {
    COUNTS.set(NONE);
    let done = call();
    (done, COUNTS.get())
}

fn count(change: impl FnOnce(&mut Counts)) {
    // Also while the thread ends and its variables are gone.
    let _ = COUNTS.try_with(|counts| {
        let mut now = counts.get();
        change(&mut now);
        counts.set(now);
    });
}

// SAFETY: memory is the system's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(|counts| counts.allocated += 1);
        // SAFETY: as the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(|counts| counts.freed += 1);
        // SAFETY: as the caller's.
        unsafe { System.dealloc(block, layout) };
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(|counts| counts.allocated += 1);
        // SAFETY: as the caller's.
        unsafe { System.realloc(block, layout, size) }
    }
}
