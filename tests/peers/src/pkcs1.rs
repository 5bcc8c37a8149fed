//! A server that takes PKCS#1 signatures only, and our version 1 client certificate: TLS 1.2 lets a
//! server restrict what a client signs with (RFC 5246 section 7.4.4), and old ones do.
//!
//! The server is `openssl s_server`, which speaks no MySQL. A relay greets, takes the SSLRequest and
//! then passes bytes; when the login has come through TLS, `s_server` answers with an ERR packet.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use crate::authority::{Workshop, path};
use crate::client::{HOST, Tools};
use crate::greeting::greeting;
use crate::program::{self, Refusal};
use crate::report::Report;
use crate::server::USER;

const NAME: &str = "openssl s_server with RSA+SHA256 only, version 1 client certificate";
const PATIENCE: Duration = Duration::from_secs(10);

/// Longer than the run may take, lest a killed run leave it behind.
const SECONDS: &str = "30";

/// An SSLRequest with its header.
const SSL_REQUEST_LEN: usize = 36;
const APPLICATION_DATA: u8 = 23;

/// 1045, as packet 3: the login inside TLS is packet 2.
const REFUSED: &[u8] = b"\x16\0\0\x03\xff\x15\x04#28000Access denied";

pub fn run(tools: &Tools, shop: &Workshop, report: &mut Report) {
    if let Err(error) = meet(tools, shop, report) {
        report.fail(NAME, "a run", error);
    }
}

fn meet(tools: &Tools, shop: &Workshop, report: &mut Report) -> Result<(), String> {
    let mut server = TlsServer::start(shop)?;
    let relay = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|e| e.to_string())?;
    let port = relay.local_addr().map_err(|e| e.to_string())?.port();
    let (logged_in, login) = channel();
    let to = server.port;
    let relayed = thread::spawn(move || pass(&relay, to, &logged_in).map_err(|e| e.to_string()));

    let mut command = tools.connection("client", HOST, port, USER);
    command.args(["--ssl-mode=VERIFY_CA", "--tls-version=TLSv1.2"]);
    for (name, file) in [("ca", "ca.pem"), ("cert", "v1-client.pem"), ("key", "client-key.pem")] {
        command.arg(format!("--ssl-{name}={}", path(&shop.dir, file)));
    }
    let client = thread::spawn(move || program::see(command));
    let came = login.recv_timeout(PATIENCE).map_err(|_| "no login came through TLS".to_string());
    if came.is_ok() {
        server.answer()?;
    }
    let seen = client.join().map_err(|_| "the client's thread ended early")??;
    let said = server.said();
    relayed.join().map_err(|_| "the relay's thread ended early")??;
    came?;

    let expected = Refusal::servers(1045, *b"28000");
    report.check(NAME, &expected, &seen.outcome, &format!("{}{said}", seen.text));
    let shown = shop.read("v1-client.pem")?;
    for (what, text) in [
        ("it was shown our certificate", shown.trim()),
        ("the signature's hash", "Peer signing digest: SHA256"),
        ("PKCS#1", "Peer signature type: RSA\n"),
        ("the handshake is whole", "1 server accepts that finished"),
    ] {
        let name = format!("{NAME}: {what}");
        match said.contains(text) {
            true => report.ok(name),
            false => report.fail(name, text, &said),
        }
    }
    Ok(())
}

/// One connection: greeting, SSLRequest, then bytes in both directions.
fn pass(relay: &TcpListener, to: u16, logged_in: &Sender<()>) -> std::io::Result<()> {
    let (mut client, _) = relay.accept()?;
    client.set_read_timeout(Some(PATIENCE))?;
    client.write_all(&greeting("5.7.29-relay"))?;
    let mut request = [0; SSL_REQUEST_LEN];
    client.read_exact(&mut request)?;
    if request[..4] != [32, 0, 0, 1] || request[5] & 0x08 == 0 {
        return Err(std::io::Error::other("the first packet is no SSLRequest"));
    }
    let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, to))?;
    let (mut from_server, mut to_client) = (server.try_clone()?, client.try_clone()?);
    let back = thread::spawn(move || {
        let _ = std::io::copy(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Write);
    });
    // Record by record, to see the login pass.
    let mut header = [0; 5];
    while client.read_exact(&mut header).is_ok() {
        let mut record = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
        client.read_exact(&mut record)?;
        server.write_all(&[&header[..], &record].concat())?;
        if header[0] == APPLICATION_DATA {
            let _ = logged_in.send(());
        }
    }
    let _ = server.shutdown(Shutdown::Write);
    let _ = back.join();
    Ok(())
}

struct TlsServer {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
    port: u16,
}

impl TlsServer {
    fn start(shop: &Workshop) -> Result<TlsServer, String> {
        let mut command = Command::new("timeout");
        command
            .args([SECONDS, "openssl", "s_server", "-accept", "127.0.0.1:0", "-naccept", "1"])
            .args(["-tls1_2", "-client_sigalgs", "RSA+SHA256", "-Verify", "1"])
            .args(["-verify_return_error", "-CAfile", "ca.pem"])
            .args(["-cert", "san.pem", "-key", "leaf-key.pem"])
            .current_dir(&shop.dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().map_err(|e| format!("openssl s_server: {e}"))?;
        let out = child.stdout.take().ok_or("openssl s_server has no output")?;
        let mut server = TlsServer { child, out: BufReader::new(out), port: 0 };
        let mut line = String::new();
        while server.out.read_line(&mut line).map_err(|e| e.to_string())? > 0 {
            let port = line.trim().strip_prefix("ACCEPT ").and_then(|at| at.rsplit(':').next());
            if let Some(port) = port {
                server.port = port.parse().map_err(|_| line.clone())?;
                return Ok(server);
            }
            line.clear();
        }
        Err("openssl s_server does not listen".to_string())
    }

    /// What it reads it sends; the first byte is none of its commands.
    fn answer(&mut self) -> Result<(), String> {
        let stdin = self.child.stdin.as_mut().ok_or("openssl s_server takes no input")?;
        stdin.write_all(REFUSED).and_then(|()| stdin.flush()).map_err(|e| e.to_string())
    }

    /// Everything it wrote, once it has ended.
    fn said(&mut self) -> String {
        let mut text = Vec::new();
        let _ = self.out.read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
