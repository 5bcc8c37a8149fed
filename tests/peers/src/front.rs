//! `openssl s_server` behind a greeting: a server with whatever OpenSSL can be told to have.
//!
//! The front greets, takes the SSLRequest and passes bytes. Once `s_server` says that a handshake
//! is whole, it is given the answers to a login and to one query, which tell what it said itself.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::authority::Workshop;
use crate::greeting::{greeting, ok, rows};

const PATIENCE: Duration = Duration::from_secs(20);

/// Longer than the cells of one server may take, lest a killed run leave it behind.
const SECONDS: &str = "300";

/// In the second byte of a client's capabilities.
const CLIENT_SSL: u8 = 0x08;
/// In the third: such a client goes on to log in.
const CLIENT_PLUGIN_AUTH: u8 = 0x08;

/// A front with its server, until it is dropped.
pub struct Front {
    pub port: u16,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Front {
    /// Greets as `version`; `arguments` are those of `s_server`, with files of the workshop.
    pub fn start(shop: &Workshop, version: &str, arguments: &[&str]) -> Result<Front, String> {
        let server = Server::start(shop, arguments)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|e| e.to_string())?;
        let port = listener.local_addr().map_err(|e| e.to_string())?.port();
        let ended = Arc::new(AtomicBool::new(false));
        let (told, greeting) = (Arc::clone(&ended), greeting(version));
        let thread = thread::spawn(move || {
            let mut server = server;
            while let Ok((client, _)) = listener.accept() {
                if told.load(Ordering::SeqCst) {
                    return;
                }
                // What a client misses it says itself.
                let _ = server.serve(client, &greeting);
            }
        });
        Ok(Front { port, ended, thread: Some(thread) })
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Server {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
    port: u16,
}

impl Server {
    fn start(shop: &Workshop, arguments: &[&str]) -> Result<Server, String> {
        let mut command = Command::new("timeout");
        command
            .args([SECONDS, "openssl", "s_server", "-accept", "127.0.0.1:0"])
            .args(arguments)
            .current_dir(&shop.dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().map_err(|e| format!("openssl s_server: {e}"))?;
        let stdin = child.stdin.take().ok_or("openssl s_server takes no input")?;
        let out = child.stdout.take().ok_or("openssl s_server has no output")?;
        let (lines, received) = channel();
        thread::spawn(move || tell(BufReader::new(out), &lines));
        let mut server = Server { child, stdin, lines: received, port: 0 };
        while server.port == 0 {
            let line = server.lines.recv_timeout(PATIENCE);
            let line = line.map_err(|_| "openssl s_server does not listen")?;
            let port = line.strip_prefix("ACCEPT ").and_then(|at| at.rsplit(':').next());
            server.port = port.and_then(|port| port.parse().ok()).unwrap_or(0);
        }
        Ok(server)
    }

    /// One connection to its end.
    fn serve(&mut self, mut client: TcpStream, greeting: &[u8]) -> std::io::Result<()> {
        client.set_read_timeout(Some(PATIENCE))?;
        client.write_all(greeting)?;
        let first = packet(&mut client)?;
        if first.get(1).is_none_or(|byte| byte & CLIENT_SSL == 0) {
            return in_clear(client);
        }
        let logs_in = first.get(2).is_some_and(|byte| byte & CLIENT_PLUGIN_AUTH != 0);
        let server = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        let back = pass(server.try_clone()?, client.try_clone()?);
        let forth = pass(client, server);
        let mut suite = None;
        while !forth.is_finished() {
            match self.lines.recv_timeout(Duration::from_millis(5)) {
                Ok(line) => suite = suite.or(line.strip_prefix("CIPHER is ").map(str::to_string)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if let (true, Some(suite)) = (logs_in, suite.take()) {
                let version = if suite.starts_with("TLS_") { "TLSv1.3" } else { "TLSv1.2" };
                let told = rows([["Ssl_cipher", &suite], ["Ssl_version", version]]);
                // What it reads it sends; the first byte is none of its commands.
                self.stdin.write_all(&[ok(3), told].concat())?;
            }
        }
        let _ = (forth.join(), back.join());
        // Of this connection, not of the next one.
        while self.lines.recv_timeout(Duration::from_millis(10)).is_ok() {}
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // `timeout` passes it on to the program, which a kill would leave alone.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

fn tell(mut out: impl BufRead, lines: &Sender<String>) {
    let mut line = Vec::new();
    // What clients send comes out too, and need not be text.
    while out.read_until(b'\n', &mut line).is_ok_and(|len| len > 0) {
        if lines.send(String::from_utf8_lossy(&line).trim_end().to_string()).is_err() {
            return;
        }
        line.clear();
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream) -> JoinHandle<()> {
    thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    })
}

/// The login came at once: it is taken, and so is what is asked.
fn in_clear(mut client: TcpStream) -> std::io::Result<()> {
    client.write_all(&ok(2))?;
    packet(&mut client)?;
    client.write_all(&rows([["Ssl_cipher", ""], ["Ssl_version", ""]]))?;
    // COM_QUIT.
    packet(&mut client).map(|_| ())
}

/// The payload of one packet.
fn packet(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut header = [0; 4];
    stream.read_exact(&mut header)?;
    let mut payload = vec![0; usize::from(u16::from_le_bytes([header[0], header[1]]))];
    stream.read_exact(&mut payload)?;
    Ok(payload)
}
