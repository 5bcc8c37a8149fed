//! A client's SNI that is no DNS name is ignored, as by MySQL and MariaDB, and counts in the
//! transcript: `openssl s_client` against our server, on sockets.

#[path = "support/runner.rs"]
mod runner;
mod support;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use runner::Outcome;
use support::{Host, Schedule, pki, wire};
use tlsql::{Code, Context};

/// What users typed as a host, some of which node mysql2 and PyMySQL send.
const NAMES: [&str; 9] = [
    "localhost",
    "127.1",
    "127.0.0.1",
    "db.example.test:3306",
    "db_1.example.test",
    "db.example.test.",
    "a..b",
    "-db",
    "[::1]",
];

/// The ways to a transcript: of either version, behind a HelloRetryRequest, and signed by a client's
/// key.
const WAYS: [&[&str]; 5] = [
    &["-tls1_2"],
    &["-tls1_3"],
    &["-tls1_3", "-groups", "P-521:P-256"],
    &["-tls1_2", "-cert", "client-cert.pem", "-key", "client-key.pem"],
    &["-tls1_3", "-cert", "client-cert.pem", "-key", "client-key.pem"],
];

fn main() -> ExitCode {
    runner::main("server_names", || match Command::new("openssl").arg("version").output() {
        Ok(_) => vec![
            ("every_name_connects", every_name_connects()),
            ("every_name_resumes", every_name_resumes()),
            ("a_name_that_openssl_refuses_is_quoted", a_name_that_openssl_refuses_is_quoted()),
        ],
        Err(error) => {
            let why = format!("no openssl program: {error}");
            vec![("server_names", Outcome::Skipped(why))]
        }
    })
}

fn every_name_connects() -> Outcome {
    let mut wrong = Vec::new();
    for name in NAMES {
        for way in WAYS {
            let host = met(name, way);
            if host.got != b"olleh\n" {
                wrong.push(format!("{name} {way:?}: {:?}", host.error.map(|e| e.message())));
            }
        }
    }
    outcome(wrong)
}

/// The binder of TLS 1.3 is one over the ClientHello as OpenSSL sent it.
fn every_name_resumes() -> Outcome {
    let mut wrong = Vec::new();
    for (i, name) in NAMES.iter().enumerate() {
        for (j, way) in WAYS.iter().enumerate() {
            let server = pki::server_as("server", &[("ssl_ca", "ca.pem")]);
            let file = pki::path(&format!("session-{i}-{j}.pem"));
            let resumed = ["-sess_out", "-sess_in"].map(|option| {
                let way = [way, &[option, file.as_str()][..]].concat();
                let host = met_by(&server, name, &way);
                host.conn.negotiated().map(|negotiated| negotiated.resumed)
            });
            if resumed != [Some(false), Some(true)] {
                wrong.push(format!("{name} {way:?}: {resumed:?}"));
            }
        }
    }
    outcome(wrong)
}

/// OpenSSL takes 255 octets and no zero byte.
fn a_name_that_openssl_refuses_is_quoted() -> Outcome {
    let mut wrong = Vec::new();
    for name in [&b"db\0.example.test"[..], &[b'x'; 256]] {
        let len = name.len() as u16;
        let list = [&(len + 3).to_be_bytes()[..], &[0], &len.to_be_bytes(), name].concat();
        let mut extensions = wire::usual_extensions(&[29]);
        extensions.push((0, list));
        let hello = wire::client_hello(0x0303, &[0xc02b], &extensions);
        let mut host = Host::new(&pki::server_as("server", &[]), Schedule::Whole);
        let request = wire::packet(1, &wire::ssl_request(wire::MYSQL_PROGRAM));
        host.deliver(&[request, hello].concat());
        let error = host.failure();
        let message = error.message();
        let says = ["SNI", "tls-sni-servername", "'"].iter().all(|part| message.contains(part));
        if error.code != Code::Misbehaved || !says || message.contains("alters") {
            wrong.push(message);
        }
    }
    outcome(wrong)
}

/// Our server, after it met `openssl s_client` with this SNI.
fn met(name: &str, way: &[&str]) -> Host {
    met_by(&pki::server_as("server", &[("ssl_ca", "ca.pem")]), name, way)
}

fn met_by(server: &Context, name: &str, way: &[&str]) -> Host {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let mut command = Command::new("openssl");
    command.args(["s_client", "-starttls", "mysql", "-connect", &address, "-servername", name]);
    command.args(way).current_dir(pki::dir());
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut client = command.spawn().expect("openssl");
    // At the end of its input it would leave before it has read a ticket.
    let mut input = client.stdin.take().expect("a pipe");
    input.write_all(b"olleh\n").expect("the client reads");
    let (stream, _) = listener.accept().expect("the client connects");
    let mut host = Host::new(server, Schedule::Whole);
    carry(&mut host, stream);
    // It ends by itself, once the stream has.
    let _ = client.wait();
    drop(input);
    host
}

fn carry(host: &mut Host, mut stream: TcpStream) {
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a socket");
    let mut buffer = [0; 4096];
    loop {
        host.settle();
        let is_done = host.got.ends_with(b"olleh\n") || host.error.is_some();
        if stream.write_all(&host.take_sent()).is_err() || is_done {
            break;
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(n) => host.deliver(&buffer[..n]),
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
}

fn outcome(wrong: Vec<String>) -> Outcome {
    if wrong.is_empty() { Outcome::Passed } else { Outcome::Failed(wrong) }
}
