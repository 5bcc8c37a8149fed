//! Memory that is given back holds no secret: an allocator looks into every block that the library
//! frees, for private keys in each of their forms and for the plaintext of records.
//!
//! What ring and rustls free unwiped is counted too: `KEYS` and `LEFT_OF_A_RECORD` list it with the
//! reason, and SECURITY.md has the same numbers.

mod support;

#[path = "freed_secrets/allocator.rs"]
mod allocator;

use std::ptr;

use allocator::*;
use support::{pki, source, wire};
use tlsql::ffi::*;
use tlsql::{AppOut, Builder, Conn, Context, Io, Role, SliceSink, SslRequest};

/// A form of a secret, whose code frees the block, and the number of blocks.
type Left = (&'static str, &'static str, usize);

/// Keys, and what one context of each leaves when it is made and freed. ring wipes nothing: of an RSA
/// key it frees the private exponent and a product with a prime while it checks them, and both
/// primes and their exponents with the key.
const KEYS: [(&str, &[Left]); 7] = [
    ("p256-pkcs8.pem", &[]),
    ("p256-sec1.pem", &[]),
    ("p384-pkcs8.pem", &[]),
    ("p384-sec1.pem", &[]),
    ("ed25519-pkcs8.pem", &[]),
    ("rsa2048-pkcs8.pem", &[("limbs", "ring", 6)]),
    ("rsa2048-pkcs1.pem", &[("limbs", "ring", 6)]),
];

/// What each record that is opened leaves: nothing, as it is decrypted where it lies.
#[cfg(not(feature = "rustls-records"))]
const LEFT_OF_A_RECORD: &[Left] = &[];

/// rustls' own record layer hands plaintext out in a buffer of its own, which nobody else can write to.
#[cfg(feature = "rustls-records")]
const LEFT_OF_A_RECORD: &[Left] = &[("plaintext", "rustls", 1)];

const PASSWORD: &[u8] = b"correct horse battery staple, and 0123456789 more of the kind";

#[test]
fn keys_leave_nothing_of_ours() {
    for (name, left) in KEYS {
        let kind = name.split('-').next().unwrap();
        let paths =
            [pki::kept(&format!("keys/{kind}-cert.pem")), pki::kept(&format!("keys/{name}"))];
        let [cert, pem] = paths.clone().map(|path| std::fs::read(path).unwrap());
        let der = pki::der(&pem);
        let needles = Needles::of_key(&pem, &der, &cert);
        for role in [Role::Client, Role::Server] {
            let made = needles.watch(|| {
                let mut builder = Builder::new(role);
                builder.set("ssl_cert", &paths[0]).unwrap();
                builder.set("ssl_key", &paths[1]).unwrap();
                builder.load_files().unwrap();
                // A second load takes the first one's place.
                builder.load_files().unwrap();
                drop(Context::new(&builder).unwrap());
            });
            assert_left(&made, left, &format!("{name}, {role:?}, files"));
            for key in [&pem, &der] {
                let made = needles.watch(|| {
                    let mut builder = Builder::new(role);
                    builder.set_identity(&cert, key).unwrap();
                    builder.set_identity(&cert, key).unwrap();
                    drop(Context::new(&builder).unwrap());
                });
                assert_left(&made, left, &format!("{name}, {role:?}, memory"));
            }
        }
        for role in [TLSQL_CLIENT, TLSQL_SERVER] {
            let made = needles.watch(|| drop(CContext::of_files(role, &paths)));
            assert_left(&made, left, &format!("{name}, C, files"));
            let made = needles.watch(|| drop(CContext::of_memory(role, &cert, &pem)));
            assert_left(&made, left, &format!("{name}, C, memory"));
        }
    }
}

/// What is moved to the heap takes along what lies between its fields: here it is nothing but that.
#[test]
fn a_loaded_key_leaves_nothing_on_the_stack() {
    for (name, _) in KEYS {
        let kind = name.split('-').next().unwrap();
        let [cert, pem] = [format!("keys/{kind}-cert.pem"), format!("keys/{name}")]
            .map(|path| std::fs::read(pki::kept(&path)).unwrap());
        let needles = Needles::of_key(&pem, &pki::der(&pem), &cert);
        for role in [Role::Client, Role::Server] {
            let mut builder = Builder::new(role);
            builder.set_identity(&cert, &pem).unwrap();
            let context = Context::new(&builder).unwrap();
            let left = needles.watch(move_stack);
            assert_left(&left, &[], &format!("{name}, {role:?}"));
            drop(context);
        }
    }
}

/// Moves the stack below this function to the heap, and frees it; an optimised build moves nothing.
#[inline(never)]
fn move_stack() {
    drop(std::hint::black_box(Box::new(std::mem::MaybeUninit::<[u8; 1 << 17]>::uninit())));
}

/// A key under a passphrase, and what it is without: neither that nor the passphrase stays.
#[cfg(feature = "encrypted-keys")]
#[test]
fn decrypted_keys_leave_nothing_of_ours() {
    const ENCRYPTED: [(&str, &str, &str, &[Left]); 3] = [
        ("p256-cert", "p256-encrypted-pkcs8", "p256-pkcs8", &[]),
        ("p256-cert", "encrypted/pem-aes256", "p256-sec1", &[]),
        ("rsa2048-cert", "rsa2048-encrypted-pkcs1", "rsa2048-pkcs1", &[("limbs", "ring", 6)]),
    ];
    let file = |name: &str| pki::kept(&format!("keys/{name}.pem"));
    for (cert, key, plain, left) in ENCRYPTED {
        let (cert, key) = (file(cert), file(key));
        let [chain, pem, locked] =
            [&cert, &file(plain), &key].map(|path| std::fs::read(path).unwrap());
        let needles = Needles::of_key(&pem, &pki::der(&pem), &chain);
        for role in [Role::Client, Role::Server] {
            let made = needles.watch(|| {
                let mut builder = Builder::new(role);
                builder.set("ssl_passphrase", "secret").unwrap();
                builder.set("ssl_cert", &cert).unwrap();
                builder.set("ssl_key", &key).unwrap();
                builder.load_files().unwrap();
                builder.set_identity(&chain, &locked).unwrap();
                drop(Context::new(&builder).unwrap());
            });
            assert_left(&made, left, &format!("{plain}, {role:?}"));
            let mut builder = Builder::new(role);
            builder.set("ssl_passphrase", "secret").unwrap();
            builder.set_identity(&chain, &locked).unwrap();
            let left = needles.watch(move_stack);
            assert_left(&left, &[], &format!("{plain}, {role:?}, the stack"));
        }
    }
    let password = std::str::from_utf8(PASSWORD).unwrap();
    let files = support::Files::new();
    let path = files.write("my.cnf", format!("[client]\nssl-passphrase=\"{password}\\s\"\n"));
    let (needles, key) = (Needles::of_plaintext(), file("p256-encrypted-pkcs8"));
    for of_file in [false, true] {
        let found = needles.watch(|| {
            let mut builder = Builder::new(Role::Client);
            match of_file {
                true => builder.read_options(&path, "client").unwrap(),
                false => builder.set("ssl_passphrase", password).unwrap(),
            }
            drop(Context::new(&builder).unwrap());
            builder.set("ssl_cert", &file("p256-cert")).unwrap();
            builder.set("ssl_key", &key).unwrap();
            builder.load_files().unwrap_err();
            builder.unset("ssl_passphrase").unwrap();
        });
        assert_left(&found, &[], &format!("of a file: {of_file}"));
    }
}

/// Handshakes sign with the key, and the context outlives its builder.
#[test]
fn handshakes_leave_nothing_of_a_key() {
    for (name, _) in KEYS {
        let kind = name.split('-').next().unwrap();
        let paths =
            [pki::kept(&format!("keys/{kind}-cert.pem")), pki::kept(&format!("keys/{name}"))];
        let [cert, pem] = paths.clone().map(|path| std::fs::read(path).unwrap());
        let needles = Needles::of_key(&pem, &pki::der(&pem), &cert);
        let [cert, key] = paths.each_ref().map(String::as_str);
        for version in ["TLSv1.2", "TLSv1.3"] {
            let options = [("ssl_cert", cert), ("ssl_key", key), ("ssl_ca", cert)];
            let client = pki::client(&[&options[..2], &[("tls_version", version)]].concat());
            let contexts = [client, pki::server(&options)];
            let found = needles.watch(|| pause(|| Pair::of(&contexts).secured().free()));
            assert_left(&found, &[], &format!("{name}, {version}"));
            let contexts = [CContext::without_identity(), CContext::of_files(TLSQL_SERVER, &paths)];
            let found = needles.watch(|| pause(|| Pair::of_c(&contexts).secured().free()));
            assert_left(&found, &[], &format!("{name}, C"));
        }
    }
}

/// Option files hold passwords, which are not ours to keep.
#[test]
fn option_files_leave_no_password() {
    let files = support::Files::new();
    let password = std::str::from_utf8(PASSWORD).unwrap();
    let needles = Needles::of_plaintext();
    for (name, content) in [
        ("good", format!("[client]\npassword=\"{password}\\s\" # c\nssl-mode=REQUIRED\n")),
        ("bad", format!("[client]\npassword={password}\nssl-bogus\n")),
        ("other", format!("[mysqld]\nx={password}\n[client\n")),
        ("late", format!("[client]\n# {password}\n!include @none\n")),
    ] {
        let path = files.write(name, content);
        let found = needles.watch(|| {
            let mut builder = Builder::new(Role::Client);
            let read = builder.read_options(&path, "client");
            assert_eq!(read.is_ok(), name == "good");
        });
        assert_left(&found, &[], name);
    }
}

/// What cannot be taken as a key is wiped as well.
#[test]
fn refused_keys_leave_nothing() {
    let cert = std::fs::read(pki::kept("keys/p256-cert.pem")).unwrap();
    let pem = std::fs::read(pki::kept("keys/p256-pkcs8.pem")).unwrap();
    let der = pki::der(&pem);
    let needles = Needles::of_key(&pem, &der, &cert);
    let text = String::from_utf8(pem.clone()).unwrap();
    let mut cut = der.clone();
    cut.push(0);
    let no_end = text.replace("-----END", "----END").into_bytes();
    let no_base64 = text.replace("\n-----END", "*\n-----END").into_bytes();
    let renamed = |label: &str| text.replace("PRIVATE KEY", label).into_bytes();
    let inputs = [
        // The key where the certificate is expected, and damaged ones.
        ([&der[..], &der], "DER as certificate"),
        ([&pem[..], &pem], "PEM as certificate"),
        ([&renamed("CERTIFICATE")[..], &pem], "PEM as certificate, by its label"),
        ([&cert[..], &cut], "a byte behind DER"),
        ([&cert[..], &no_end], "no end"),
        ([&cert[..], &no_base64], "not base64"),
        ([&cert[..], &renamed("EC PRIVATE KEY")], "PKCS#8 as SEC1"),
        ([&cert[..], &renamed("RSA PRIVATE KEY")], "PKCS#8 as PKCS#1"),
        ([&cert[..], &renamed("OPENSSH PRIVATE KEY")], "another label"),
        ([&cert[..], &[&pem[..], &pem, &renamed("PUBLIC KEY")].concat()], "three"),
    ];
    for ([chain, key], what) in inputs {
        for role in [Role::Client, Role::Server] {
            let found = needles.watch(|| {
                let mut builder = Builder::new(role);
                if builder.set_identity(chain, key).is_ok() {
                    drop(Context::new(&builder));
                }
                for data in [chain, key] {
                    let _ = (builder.add_ca(data), builder.add_crl(data));
                }
            });
            let ours = found.iter().filter(|((_, owner), _)| *owner == "tlsql");
            assert_eq!(ours.count(), 0, "{what}: {found:?}\n{}", traces());
        }
    }
}

/// One connection of each role sends a password to the other, and gets it back.
#[test]
fn plaintext_leaves_nothing_of_ours() {
    for version in ["TLSv1.2", "TLSv1.3"] {
        let files = [("ssl_cert", "server-cert.pem"), ("ssl_key", "server-key.pem")];
        let options = [&files[..], &[("tls_version", version)]].concat();
        let contexts = [pki::client(&options[2..]), pki::server(&options)];
        let paths = files.map(|(_, name)| pki::path(name));
        let c_contexts = [CContext::without_identity(), CContext::of_files(TLSQL_SERVER, &paths)];
        for view in [false, true] {
            for sealed in [false, true] {
                let pairs = [Pair::of(&contexts).secured(), Pair::of_c(&c_contexts).secured()];
                for (pair, name) in pairs.into_iter().zip(["Rust", "C"]) {
                    let made = pair.exchange(view, sealed);
                    let of_each = LEFT_OF_A_RECORD.iter();
                    let left: Vec<Left> = of_each
                        .map(|(form, owner, each)| (*form, *owner, each * 2 * ROUNDS))
                        .collect();
                    let what = format!("{version}, {name}, view: {view}, sealed: {sealed}");
                    assert_left(&made, &left, &what);
                }
            }
        }
    }
    let clear = [pki::client(&[("ssl_mode", "DISABLED")]), pki::server(&[("ssl", "OFF")])];
    for view in [false, true] {
        for sealed in [false, true] {
            let made = Pair::of(&clear).secured().exchange(view, sealed);
            assert_left(&made, &[], &format!("PLAIN, view: {view}, sealed: {sealed}"));
        }
    }
}

#[test]
fn security_md_has_these_numbers() {
    let text = source::read("SECURITY.md");
    for (name, left) in KEYS {
        let row = match name.split_once('-').unwrap().0 {
            "rsa2048" => "RSA, 2048 bits",
            "ed25519" => "Ed25519",
            "p256" => "ECDSA, P-256",
            _ => "ECDSA, P-384",
        };
        let count: usize = left.iter().map(|(_, _, count)| count).sum();
        assert!(text.contains(&format!("| {row} | {count} |")), "{row}: {count}");
    }
    // The feature rustls-records is for tests; what a user builds leaves none.
    assert!(text.contains("| a record's plaintext | 0 |"));
}

#[test]
fn the_allocator_sees_what_is_freed() {
    let needles = Needles::of_plaintext();
    let found = needles.watch(|| {
        let mut grown = Vec::with_capacity(80);
        grown.extend(PASSWORD);
        grown.reserve(4096);
        // One wiped in part only.
        grown[..30].fill(0);
    });
    assert_eq!(found.values().sum::<usize>(), 2, "{found:?}");
    let found = needles.watch(|| drop(zeroize::Zeroizing::new(PASSWORD.to_vec())));
    assert!(found.is_empty(), "{found:?}");
}

const ROUNDS: usize = 3;

/// A client and a server, and the bytes between them; its buffers are the test's own.
struct Pair {
    ends: [End; 2],
    /// What each end has to read.
    wires: [Vec<u8>; 2],
}

enum End {
    Rust(Box<Conn>),
    C(*mut tlsql_conn),
}

/// What one step moved.
#[derive(Debug)]
struct Moved {
    wire_in: usize,
    wire_out: Vec<u8>,
    app_in: usize,
    plain: Vec<u8>,
}

impl Pair {
    fn of(contexts: &[Context; 2]) -> Self {
        let mut ends = contexts.each_ref().map(|context| End::Rust(Box::new(Conn::new(context))));
        if let End::Rust(client) = &mut ends[0] {
            client.set("host", "localhost").unwrap();
        }
        Self { ends, wires: [Vec::new(), Vec::new()] }
    }

    fn of_c(contexts: &[CContext; 2]) -> Self {
        let mut made = [ptr::null_mut(); 2];
        // SAFETY: the contexts live, and `made` has room for a pointer each.
        unsafe {
            assert_eq!(tlsql_client_new(contexts[0].0, &mut made[0], ptr::null_mut()), 0);
            assert_eq!(tlsql_server_new(contexts[1].0, &mut made[1], ptr::null_mut()), 0);
        }
        Self { ends: made.map(End::C), wires: [Vec::new(), Vec::new()] }
    }

    /// Goes on until both ends are up.
    fn secured(mut self) -> Self {
        for _ in 0..40 {
            for at in [1, 0] {
                let wants_start = self.ends[at].want() & TLSQL_WANT_START != 0;
                if wants_start {
                    self.ends[at].start();
                }
                self.step(at, &[], false);
            }
        }
        if self.ends[1].want() & TLSQL_WANT_APP_IN == 0 {
            // In clear it waits for the login.
            let login = wire::packet(1, &wire::login(wire::MYSQL57_OFF));
            self.step(0, &login, false);
            for _ in 0..3 {
                self.step(1, &[], false);
            }
        }
        for end in &self.ends {
            assert!(end.want() & TLSQL_WANT_APP_IN != 0, "not up");
        }
        self
    }

    fn free(self) {
        let Self { ends, wires } = self;
        armed(|| drop(ends));
        drop(wires);
    }

    fn step(&mut self, at: usize, app: &[u8], view: bool) -> Moved {
        let moved = self.ends[at].step(&mut self.wires[at], app, view);
        self.wires[at].drain(..moved.wire_in);
        self.wires[1 - at].extend(&moved.wire_out);
        moved
    }

    /// Sends the password up and down; returns what was found in freed blocks meanwhile, and when
    /// the ends are freed.
    fn exchange(mut self, view: bool, sealed: bool) -> Found {
        let exchange = || {
            for _ in 0..ROUNDS {
                for from in [0, 1] {
                    if sealed {
                        let record = self.ends[from].seal();
                        self.wires[1 - from].extend(record);
                    } else {
                        assert_eq!(self.step(from, PASSWORD, view).app_in, PASSWORD.len());
                    }
                    assert_eq!(self.step(1 - from, &[], view).plain, PASSWORD);
                }
            }
            self.free();
        };
        Needles::of_plaintext().watch(|| pause(exchange))
    }
}

impl End {
    fn want(&self) -> u32 {
        match self {
            Self::Rust(conn) => conn.want(),
            // SAFETY: the connection lives.
            Self::C(conn) => unsafe { tlsql_conn_want(*conn) },
        }
    }

    fn start(&mut self) {
        let greeting = wire::greeting(wire::MYSQL57);
        match self {
            Self::Rust(conn) if conn.role() == Role::Server => {
                conn.server_start(&greeting).unwrap();
            }
            Self::Rust(conn) => {
                let mut request = SslRequest {
                    capabilities: wire::MYSQL_PROGRAM,
                    max_packet: 1 << 24,
                    charset: 255,
                    mariadb_capabilities: 0,
                };
                armed(|| conn.client_start(&mut request)).unwrap();
            }
            // SAFETY: the connection lives, and the greeting and the request are whole.
            Self::C(conn) => unsafe {
                if tlsql_server_start(*conn, greeting.as_ptr(), greeting.len()) != 0 {
                    let mut request: tlsql_request = std::mem::zeroed();
                    request.struct_size = size_of::<tlsql_request>() as u32;
                    request.capabilities = wire::MYSQL_PROGRAM;
                    request.max_packet = 1 << 24;
                    request.charset = 255;
                    assert_eq!(tlsql_client_start(*conn, &mut request), 0);
                }
            },
        }
    }

    fn step(&mut self, wire_in: &mut [u8], app_in: &[u8], view: bool) -> Moved {
        let (mut out, mut app_out) = (vec![0; 1 << 16], vec![0; 1 << 15]);
        let step = match self {
            Self::Rust(conn) => {
                let mut copied = SliceSink::new(&mut app_out);
                let to = if view {
                    AppOut::View { limit: usize::MAX }
                } else {
                    AppOut::Buffer(&mut copied)
                };
                let mut sink = SliceSink::new(&mut out);
                let mut io = Io { wire_in, wire_out: &mut sink, app_in, app_out: to };
                let (step, result) = armed(|| conn.step(&mut io));
                result.unwrap();
                [
                    step.wire_in_used,
                    step.wire_out_made,
                    step.app_in_used,
                    step.app_out_made,
                    step.view_off,
                    step.view_len,
                ]
            }
            // SAFETY: the connection lives, and each buffer has the length that is passed.
            Self::C(conn) => unsafe {
                let mut step: tlsql_step = std::mem::zeroed();
                step.struct_size = size_of::<tlsql_step>() as u32;
                let to = if view { ptr::null_mut() } else { app_out.as_mut_ptr() };
                let room = app_out.len();
                let code = armed(|| {
                    tlsql_conn_step(
                        *conn,
                        wire_in.as_mut_ptr(),
                        wire_in.len(),
                        out.as_mut_ptr(),
                        out.len(),
                        app_in.as_ptr(),
                        app_in.len(),
                        to,
                        room,
                        &mut step,
                    )
                });
                assert_eq!(code, 0);
                [
                    step.wire_in_used,
                    step.wire_out_made,
                    step.app_in_used,
                    step.app_out_made,
                    step.view_off,
                    step.view_len,
                ]
            },
        };
        let [used, made, sent, copied, off, viewed] = step;
        let plain =
            if view { wire_in[off..off + viewed].to_vec() } else { app_out[..copied].to_vec() };
        out.truncate(made);
        Moved { wire_in: used, wire_out: out, app_in: sent, plain }
    }

    /// Returns the password as a record, made by the call for buffers that are laid out in advance.
    fn seal(&mut self) -> Vec<u8> {
        match self {
            Self::Rust(conn) => armed(|| conn.seal(PASSWORD)).unwrap(),
            // SAFETY: the connection lives, and `buf` has the length that is passed.
            Self::C(conn) => unsafe {
                let mut buf = vec![0; 1 << 10];
                let (head, mut len) = (tlsql_conn_headroom(*conn), 0);
                buf[head..head + PASSWORD.len()].copy_from_slice(PASSWORD);
                let code = armed(|| {
                    tlsql_conn_seal(*conn, buf.as_mut_ptr(), buf.len(), PASSWORD.len(), &mut len)
                });
                assert_eq!(code, 0);
                buf.truncate(len);
                buf
            },
        }
    }
}

impl Drop for End {
    fn drop(&mut self) {
        if let Self::C(conn) = self {
            // SAFETY: it came from tlsql_client_new or tlsql_server_new and is freed once.
            unsafe { tlsql_conn_free(*conn) };
        }
    }
}

/// A context of the C ABI; its builder is freed already.
struct CContext(*mut tlsql_context);

impl CContext {
    fn without_identity() -> Self {
        Self::make(TLSQL_CLIENT, |_| 0)
    }

    fn of_files(role: u32, [cert, key]: &[String; 2]) -> Self {
        // SAFETY: the builder lives, and each text has the length that is passed.
        Self::make(role, |builder| unsafe {
            for (name, value) in [("ssl_cert", cert), ("ssl_key", key)] {
                let (n, v) = (name.as_ptr().cast(), value.as_ptr().cast());
                assert_eq!(tlsql_builder_set(builder, n, name.len(), v, value.len()), 0);
            }
            tlsql_builder_load_files(builder)
        })
    }

    fn of_memory(role: u32, cert: &[u8], key: &[u8]) -> Self {
        // SAFETY: the builder lives, and chain and key have the lengths that are passed.
        Self::make(role, |builder| unsafe {
            let (chain, chain_len) = (cert.as_ptr(), cert.len());
            tlsql_builder_set_identity(builder, chain, chain_len, key.as_ptr(), key.len())
        })
    }

    fn make(role: u32, set: impl FnOnce(*mut tlsql_builder) -> tlsql_code) -> Self {
        let (mut builder, mut context) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: each handle came from the library and is freed once.
        unsafe {
            assert_eq!(tlsql_builder_new(role, &mut builder), 0);
            assert_eq!(set(builder), 0);
            assert_eq!(tlsql_context_new(builder, &mut context), 0);
            tlsql_builder_free(builder);
        }
        Self(context)
    }
}

impl Drop for CContext {
    fn drop(&mut self) {
        // SAFETY: it came from tlsql_context_new and is freed once.
        unsafe { tlsql_context_free(self.0) };
    }
}
