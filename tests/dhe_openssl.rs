//! DHE with the `openssl` program at the other end, on sockets: a server behind a MySQL greeting in
//! each kind of group, and a client. `TLSQL_DHE_TIMES` handshakes look for shared secrets with
//! leading zeros, by default 20.

#[path = "support/runner.rs"]
mod runner;
mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::Duration;

use runner::Outcome;
use support::wire::MYSQL57;
use support::{Host, Schedule, pki};
use tlsql::Code;

const SUITES: [&str; 3] =
    ["DHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES256-GCM-SHA384", "DHE-RSA-CHACHA20-POLY1305"];

/// Where p and g of a server come from, and what the client makes of them.
struct Group {
    name: &'static str,
    from: From,
    refused: Option<Code>,
}

enum From {
    /// A file of `tests/data/dh`.
    Kept(&'static str),
    /// A group that OpenSSL knows by this name.
    Named(&'static str),
}

use From::{Kept, Named};

const fn good(name: &'static str, from: From) -> Group {
    Group { name, from, refused: None }
}

const GROUPS: [Group; 14] = [
    good("MySQL's prime", Kept("mysql")),
    good("MariaDB's prime", Kept("mariadb")),
    good("ffdhe2048", Named("ffdhe2048")),
    good("ffdhe3072", Named("ffdhe3072")),
    good("ffdhe4096", Named("ffdhe4096")),
    good("ffdhe6144", Named("ffdhe6144")),
    good("ffdhe8192", Named("ffdhe8192")),
    good("RFC 3526, 2048 bits", Named("modp_2048")),
    good("RFC 3526, 3072 bits", Named("modp_3072")),
    good("RFC 3526, 4096 bits", Named("modp_4096")),
    good("RFC 3526, 6144 bits", Named("modp_6144")),
    good("RFC 3526, 8192 bits", Named("modp_8192")),
    Group { name: "unknown", from: Kept("unknown2048"), refused: Some(Code::DhGroup) },
    Group { name: "1024 bits", from: Kept("small1024"), refused: Some(Code::DhSmall) },
];

fn main() -> ExitCode {
    runner::main("dhe_openssl", || match Command::new("openssl").arg("version").output() {
        Ok(output) => {
            println!("{}", String::from_utf8_lossy(&output.stdout).trim());
            vec![
                ("our_client_in_every_group", our_client_in_every_group()),
                ("our_client_with_every_suite", our_client_with_every_suite()),
                ("our_client_with_an_added_group", our_client_with_an_added_group()),
                ("our_server_with_every_suite", our_server_with_every_suite()),
                ("leading_zeros_are_stripped_alike", leading_zeros_are_stripped_alike()),
            ]
        }
        Err(error) => {
            let why = format!("no openssl program: {error}");
            vec![("dhe_openssl", Outcome::Skipped(why))]
        }
    })
}

fn our_client_in_every_group() -> Outcome {
    let mut wrong = Vec::new();
    for group in &GROUPS {
        let file = group.from.file();
        let client = met(&file, SUITES[0], &[]);
        match group.refused {
            None if is_good(&client, SUITES[0]) => println!("{}: {}", group.name, SUITES[0]),
            Some(code) if client.error.as_ref().map(|e| e.code) == Some(code) => {
                println!("{}: {}", group.name, client.failure());
            }
            _ => wrong.push(format!("{}: {}", group.name, ending(&client))),
        }
    }
    outcome(wrong)
}

fn our_client_with_every_suite() -> Outcome {
    let mut wrong = Vec::new();
    for suite in SUITES {
        let client = met(&Kept("mysql").file(), suite, &[("ssl_cipher", suite)]);
        if !is_good(&client, suite) {
            wrong.push(format!("{suite}: {}", ending(&client)));
        }
    }
    outcome(wrong)
}

fn our_client_with_an_added_group() -> Outcome {
    let file = Kept("unknown2048").file();
    let path = file.to_str().expect("UTF-8").to_owned();
    let client = met(&file, SUITES[0], &[("tlsql_dh_params", &path)]);
    outcome(if is_good(&client, SUITES[0]) { vec![] } else { vec![ending(&client)] })
}

/// One secret of 256 begins with a zero byte; the sides disagree about Finished if they take
/// different bytes for it.
fn leading_zeros_are_stripped_alike() -> Outcome {
    let times = std::env::var("TLSQL_DHE_TIMES").ok().and_then(|n| n.parse().ok()).unwrap_or(20);
    let server = Server::start(&Kept("mariadb").file(), SUITES[0]);
    let context = pki::client(&[("ssl_mode", "REQUIRED")]);
    let mut wrong = Vec::new();
    for i in 0..times {
        let client = server.meet(&context);
        if !is_good(&client, SUITES[0]) {
            wrong.push(format!("handshake {i}: {}", ending(&client)));
        }
    }
    println!("{times} handshakes");
    outcome(wrong)
}

fn our_server_with_every_suite() -> Outcome {
    let (cert, key) = pair();
    let context = pki::server(&[("ssl_cert", cert.as_str()), ("ssl_key", key.as_str())]);
    let mut wrong = Vec::new();
    for suite in SUITES {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let arguments = ["s_client", "-starttls", "mysql", "-connect", &address, "-tls1_2"];
        let mut client = openssl(&[&arguments[..], &["-cipher", suite]].concat());
        client.stdin.take().expect("a pipe").write_all(b"olleh\n").expect("the client reads");
        let (stream, _) = listener.accept().expect("the client connects");
        let mut host = Host::new(&context, Schedule::Whole);
        host.app = b"hello from tlsql\n".to_vec();
        carry(&mut host, stream, |host| host.got.ends_with(b"olleh\n"));
        let _ = client.kill();
        let output = client.wait_with_output().expect("its output");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        // OpenSSL 3.5 calls it the peer's.
        let parts = [suite, " Temp Key: DH, 2048 bits", "hello from tlsql"];
        for part in parts {
            if !text.contains(part) {
                wrong.push(format!("{suite}: s_client does not say {part}"));
            }
        }
        if host.conn.cipher_name() != suite {
            wrong.push(format!("{suite}: {}", ending(&host)));
        }
    }
    outcome(wrong)
}

/// A client that met `openssl s_server` in this group.
fn met(group: &std::path::Path, suite: &str, options: &[(&str, &str)]) -> Host {
    let server = Server::start(group, suite);
    server.meet(&pki::client(&[&[("ssl_mode", "REQUIRED")], options].concat()))
}

/// `openssl s_server`, which sends lines back reversed.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(group: &std::path::Path, suite: &str) -> Self {
        let (cert, key) = pair();
        let suite = format!("{suite}@SECLEVEL=0");
        let group = group.to_str().expect("UTF-8");
        let mut process = openssl(&[
            "s_server",
            "-accept",
            "127.0.0.1:0",
            "-tls1_2",
            "-cipher",
            &suite,
            "-dhparam",
            group,
            "-cert",
            &cert,
            "-key",
            &key,
            "-rev",
        ]);
        let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("ACCEPT ").map(str::to_owned));
        // What else it says is read, so that it does not wait for that.
        thread::spawn(move || lines.for_each(drop));
        Self { process, address: address.expect("s_server tells where it listens") }
    }

    /// Connects, after a greeting that stands in for the server's.
    fn meet(&self, context: &tlsql::Context) -> Host {
        let stream = TcpStream::connect(&self.address).expect("s_server");
        let mut host = Host::greeted(context, Schedule::Whole, MYSQL57);
        host.app = b"hello\n".to_vec();
        let request = host.take_sent();
        // The SSLRequest is the greeting's and does not concern s_server.
        assert_eq!(request[..4], [32, 0, 0, 1], "an SSLRequest");
        (&stream).write_all(&request[36..]).expect("s_server reads");
        carry(&mut host, stream, |host| host.got.ends_with(b"olleh\n"));
        host
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Carries bytes until this holds, the connection failed, or ten seconds without any have passed.
fn carry(host: &mut Host, mut stream: TcpStream, is_done: impl Fn(&Host) -> bool) {
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a socket");
    let mut buffer = [0; 4096];
    loop {
        host.settle();
        if stream.write_all(&host.take_sent()).is_err() || is_done(host) || host.error.is_some() {
            break;
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(n) => host.deliver(&buffer[..n]),
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
}

fn openssl(arguments: &[&str]) -> Child {
    let mut command = Command::new("openssl");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().expect("openssl")
}

impl From {
    fn file(&self) -> PathBuf {
        match self {
            Kept(name) => pki::kept(&format!("dh/{name}.pem")).into(),
            Named(name) => {
                let path = pki::dir().join(format!("{name}.pem"));
                let group = format!("group:{name}");
                let mut arguments = vec!["genpkey", "-genparam", "-algorithm", "DH"];
                arguments.extend(["-pkeyopt", &group, "-out", path.to_str().expect("UTF-8")]);
                let status = openssl(&arguments).wait().expect("openssl");
                assert!(status.success(), "openssl {}", arguments.join(" "));
                path
            }
        }
    }
}

fn pair() -> (String, String) {
    (pki::kept("keys/rsa2048-cert.pem"), pki::kept("keys/rsa2048-pkcs8.pem"))
}

fn is_good(client: &Host, suite: &str) -> bool {
    client.got == b"olleh\n" && client.conn.cipher_name() == suite
}

fn ending(host: &Host) -> String {
    match &host.error {
        Some(error) => error.to_string(),
        None => format!(
            "{:?}, {:?}, got {:?}",
            host.conn.phase(),
            host.conn.cipher_name(),
            String::from_utf8_lossy(&host.got)
        ),
    }
}

fn outcome(wrong: Vec<String>) -> Outcome {
    if wrong.is_empty() { Outcome::Passed } else { Outcome::Failed(wrong) }
}
