//! tlsql beside plain rustls in one run, as ratios: full handshakes, and records one way.
//!
//! Both ends of a pair run on one thread over memory; the client verifies chain and name. tlsql's
//! figures include the greeting, the SSLRequest and a second key share.

use std::io::{Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use rustls::{ClientConfig, ClientConnection, Connection, RootCertStore, ServerConfig};
use tlsql::{AppOut, Builder, Conn, Context, Io, Role, SliceSink, SslRequest, Step, want};

const GREETING: &[u8] = b"\n5.7.29\0\x03\0\0\0%Nd\x1e\x04Epj\0\xff\xff\x08\x02\0\xff\xc1\x15\
    \0\0\0\0\0\0\0\0\0\0E:j(,V,\x1f8@SB\0mysql_native_password\0";

const PROTOCOL_41: u32 = 0x0000_0200;
const SECURE_CONNECTION: u32 = 0x0000_8000;
const PLUGIN_AUTH: u32 = 0x0008_0000;
/// Most plaintext of one record.
const RECORD: usize = 16384;

fn main() {
    let dir = std::env::temp_dir().join(format!("tlsql-bench-{}", std::process::id()));
    tlsql_certs::make_all(&dir).unwrap();
    let file = |name: &str| dir.join(name).to_string_lossy().into_owned();
    let (ca, cert, key) = (file("ca.pem"), file("server-cert.pem"), file("server-key.pem"));
    let client = context(Role::Client, &[("ssl_mode", "VERIFY_IDENTITY"), ("ssl_ca", &ca)]);
    let server = context(Role::Server, &[("ssl_cert", &cert), ("ssl_key", &key)]);
    let (client_config, server_config) = configs(&ca, &cert, &key);
    std::fs::remove_dir_all(&dir).unwrap();

    let (mut wires, mut stock_wires) = (Wires::new(), StockWires::new());
    compare(
        "handshakes/s",
        200,
        || drop(engine_pair(&client, &server, &mut wires)),
        || drop(stock_pair(&client_config, &server_config, &mut stock_wires)),
    );
    let chunk = [b'x'; RECORD];
    let mut ours = engine_pair(&client, &server, &mut wires);
    let mut stock = stock_pair(&client_config, &server_config, &mut stock_wires);
    compare(
        "16 KiB records/s",
        4096,
        || send(&mut ours, &mut wires, &chunk),
        || send_stock(&mut stock, &mut stock_wires, &chunk),
    );
}

/// Prints the best of fifteen rounds of each, taken in turns, so that both see the same load.
fn compare(what: &str, times: u32, mut ours: impl FnMut(), mut stock: impl FnMut()) {
    let time = |work: &mut dyn FnMut()| {
        let start = Instant::now();
        (0..times).for_each(|_| work());
        start.elapsed()
    };
    let mut best = [Duration::MAX; 2];
    for _ in 0..15 {
        best = [best[0].min(time(&mut ours)), best[1].min(time(&mut stock))];
    }
    let rate = best.map(|time| f64::from(times) / time.as_secs_f64());
    let ratio = rate[0] / rate[1];
    println!("{what:>16}: tlsql {:8.0}  rustls {:8.0}  ratio {ratio:.2}", rate[0], rate[1]);
}

fn context(role: Role, options: &[(&str, &str)]) -> Context {
    let mut builder = Builder::new(role);
    options.iter().for_each(|(name, value)| builder.set(name, value).unwrap());
    builder.load_files().unwrap();
    Context::new(&builder).unwrap()
}

/// What carries bytes between the two ends. It is made once, so that no step pays for it.
struct Wires {
    out: Vec<u8>,
    /// Bytes for each end that it has not used yet.
    to: [Vec<u8>; 2],
}

impl Wires {
    fn new() -> Self {
        Self { out: vec![0; 16704], to: [Vec::new(), Vec::new()] }
    }
}

fn engine_pair(client: &Context, server: &Context, wires: &mut Wires) -> [Conn; 2] {
    wires.to.iter_mut().for_each(Vec::clear);
    let mut pair = [Conn::new(client), Conn::new(server)];
    let mut request = SslRequest {
        capabilities: PROTOCOL_41 | SECURE_CONNECTION | PLUGIN_AUTH,
        max_packet: 1 << 24,
        charset: 45,
        mariadb_capabilities: 0,
    };
    pair[0].set("host", "localhost").unwrap();
    pair[1].server_start(GREETING).unwrap();
    while pair.iter().any(|conn| conn.want() & want::APP_IN == 0) {
        step(&mut pair, wires, 1, &[]);
        step(&mut pair, wires, 0, &[]);
        if pair[0].want() & want::START != 0 {
            pair[0].client_start(&mut request).unwrap();
        }
    }
    pair
}

fn step(pair: &mut [Conn; 2], wires: &mut Wires, at: usize, app: &[u8]) -> Step {
    let mut wire_out = SliceSink::new(&mut wires.out);
    let (step, result) = pair[at].step(&mut Io {
        wire_in: &mut wires.to[at],
        wire_out: &mut wire_out,
        app_in: app,
        app_out: AppOut::View { limit: usize::MAX },
    });
    result.unwrap();
    wires.to[at].drain(..step.wire_in_used);
    wires.to[1 - at].extend_from_slice(&wires.out[..step.wire_out_made]);
    step
}

fn send(pair: &mut [Conn; 2], wires: &mut Wires, chunk: &[u8]) {
    let (mut sent, mut got) = (0, 0);
    while got < chunk.len() {
        sent += step(pair, wires, 0, &chunk[sent..]).app_in_used;
        got += step(pair, wires, 1, &[]).view_len;
    }
}

fn configs(ca: &str, cert: &str, key: &str) -> (Arc<ClientConfig>, Arc<ServerConfig>) {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca).unwrap()).unwrap();
    let mut client = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    client.resumption = rustls::client::Resumption::disabled();
    let chain = vec![CertificateDer::from_pem_file(cert).unwrap()];
    let key = PrivateKeyDer::from_pem_file(key).unwrap();
    let server = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key);
    let mut server = server.unwrap();
    server.send_tls13_tickets = 0;
    (Arc::new(client), Arc::new(server))
}

/// The same for plain rustls.
struct StockWires {
    wire: Vec<u8>,
    got: Vec<u8>,
}

impl StockWires {
    fn new() -> Self {
        Self { wire: Vec::new(), got: vec![0; RECORD] }
    }
}

fn stock_pair(
    client: &Arc<ClientConfig>,
    server: &Arc<ServerConfig>,
    wires: &mut StockWires,
) -> [Connection; 2] {
    let client = ClientConnection::new(client.clone(), "localhost".try_into().unwrap()).unwrap();
    let server = rustls::ServerConnection::new(server.clone()).unwrap();
    let mut pair: [Connection; 2] = [client.into(), server.into()];
    while pair.iter().any(|end| end.is_handshaking()) {
        pass(&mut pair, wires, 0);
        pass(&mut pair, wires, 1);
    }
    pair
}

fn pass(pair: &mut [Connection; 2], wires: &mut StockWires, from: usize) {
    wires.wire.clear();
    while pair[from].wants_write() {
        pair[from].write_tls(&mut wires.wire).unwrap();
    }
    let mut rest = wires.wire.as_slice();
    while !rest.is_empty() {
        pair[1 - from].read_tls(&mut rest).unwrap();
        pair[1 - from].process_new_packets().unwrap();
    }
}

fn send_stock(pair: &mut [Connection; 2], wires: &mut StockWires, chunk: &[u8]) {
    pair[0].writer().write_all(chunk).unwrap();
    pass(pair, wires, 0);
    pair[1].reader().read_exact(&mut wires.got[..chunk.len()]).unwrap();
}
