//! `client.c` in Rust: connects, upgrades to TLS, logs in, runs one query and prints its rows, on
//! one blocking socket.
//!
//! ```text
//! client --host=H --user=U --password=P --ssl-mode=VERIFY_IDENTITY --ssl-ca=ca.pem --execute=SQL
//! ```

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::thread::sleep;
use std::time::Duration;

use tlsql::{AppOut, Builder, Conn, Context, Error, Io, Role, SliceSink, SslRequest, want};

/// The largest TLS record, header included: `TLSQL_WIRE_IN_SIZE` of the C header.
const WIRE: usize = 18437;
/// The largest packet, and one record more.
const PLAIN: usize = (1 << 24) + WIRE;
const NATIVE: &[u8] = b"mysql_native_password";
const SHA2: &[u8] = b"caching_sha2_password";
const CLIENT_PLUGIN_AUTH: u32 = 0x0008_0000;
const CLIENT_DEPRECATE_EOF: u32 = 0x0100_0000;
const CLIENT_LONG_PASSWORD: u32 = 0x0000_0001;
const CLIENT_LONG_FLAG: u32 = 0x0000_0004;
const CLIENT_PROTOCOL_41: u32 = 0x0000_0200;
const CLIENT_TRANSACTIONS: u32 = 0x0000_2000;
const CLIENT_SECURE_CONNECTION: u32 = 0x0000_8000;
const CAPABILITIES: u32 = CLIENT_LONG_PASSWORD
    | CLIENT_LONG_FLAG
    | CLIENT_PROTOCOL_41
    | CLIENT_TRANSACTIONS
    | CLIENT_SECURE_CONNECTION;

const HELP: &str = "\
A MySQL client that runs one statement and prints its rows; options as those of mysql.

  --host=NAME            the server (localhost)
  --port=NUMBER          its port (3306)
  --user=NAME            the account (root)
  --password=TEXT        its password (none)
  --execute=STATEMENT    what to run (SELECT 1)
  --help                 show this

Options about TLS, --ssl-..., --tls-... and --tlsql-..., are described in docs/defaults.md.";

fn main() -> ExitCode {
    if std::env::args().skip(1).any(|argument| argument == "--help") {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match Options::read(std::env::args().skip(1)).and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Failure> {
    let context = Context::new(&options.builder)?;
    let mut conn = Conn::new(&context);
    conn.set("host", &options.host)?;
    conn.set("port", &options.port.to_string())?;
    let mut link = Link::connect(options, conn)?;

    link.drive(want::START, &[])?;
    let greeting = link.conn.greeting().cloned().ok_or(MALFORMED)?;
    let view = greeting.view().ok_or(MALFORMED)?;
    let mut request = SslRequest {
        capabilities: CAPABILITIES
            | view.capabilities & (CLIENT_PLUGIN_AUTH | CLIENT_DEPRECATE_EOF),
        max_packet: 1 << 24,
        charset: 45,
        mariadb_capabilities: 0,
    };
    link.conn.client_start(&mut request)?;
    if link.conn.will_use_tls() {
        // The SSLRequest, with time to read it: a server that reads ahead takes a ClientHello that
        // has come by then with it, and waits for one for ever.
        link.step(&mut &[][..])?;
        sleep(Duration::from_millis(10));
    }
    // The handshake is done, or ssl-mode allows clear text, before a password is sent.
    link.drive(want::APP_IN, &[])?;

    log_in(&mut link, options, &request, view.auth_plugin, greeting.auth_data())?;
    link.socket.set_read_timeout(None)?;
    let no_eof = request.capabilities & CLIENT_DEPRECATE_EOF != 0;
    let answered = query(&mut link, &options.query, no_eof);
    // COM_QUIT: without it a server counts an aborted client. It closes without an answer, so a
    // failure to send it is none of the program.
    let quit = link.send(0, &[1]);
    if quit.is_ok() && link.conn.close().is_ok() {
        let _ = link.step(&mut &[][..]);
    }
    answered.map(|()| report(&link.conn))
}

/// Sends HandshakeResponse41 and answers what the server asks for then. Where the server has to prove
/// itself by the password, only `mysql_native_password` is answered.
fn log_in(
    link: &mut Link,
    options: &Options,
    request: &SslRequest,
    plugin: &[u8],
    scramble: &[u8],
) -> Result<(), Failure> {
    let is_proved = !link.conn.needs_peer_proof();
    if !is_proved && options.password.is_empty() {
        let text = "SSL connection error: the server proves itself by the password, and it is \
                    empty. Set a password, ssl_ca or ssl_fp.";
        return Err(Failure::Client(2026, text));
    }
    let mut plugin = if plugin == SHA2 && is_proved { SHA2 } else { NATIVE };
    let mut scramble = scramble.to_vec();
    let answer = answer(plugin, &options.password, &scramble)?;
    let mut login = Vec::new();
    login.extend(request.capabilities.to_le_bytes());
    login.extend(request.max_packet.to_le_bytes());
    login.push(request.charset);
    login.extend([0; 19]);
    login.extend(request.mariadb_capabilities.to_le_bytes());
    login.extend(options.user.as_bytes());
    login.push(0);
    login.push(answer.len() as u8);
    login.extend(answer);
    login.extend(plugin);
    login.push(0);
    // The engine sends nothing to an unproven server without it.
    link.conn.auth_plugin(plugin)?;
    link.send(link.conn.sequence(), &login)?;
    loop {
        let (sequence, packet) = link.receive()?;
        let next = sequence.wrapping_add(1);
        match packet.as_slice() {
            [0x00, ok @ ..] if link.conn.needs_peer_proof() => {
                return confirm(link, &options.password, &scramble, ok);
            }
            [0x00, ..] => return Ok(()),
            [0xff, ..] => return Err(Failure::server(&packet)),
            [0xfe, switch @ ..] => {
                let end = switch.iter().position(|byte| *byte == 0).ok_or(MALFORMED)?;
                link.conn.auth_plugin(&switch[..end])?;
                plugin = if &switch[..end] == SHA2 { SHA2 } else { NATIVE };
                if plugin != &switch[..end] {
                    return Err(Failure::Client(2059, "Authentication plugin cannot be loaded"));
                }
                scramble = switch[end + 1..].to_vec();
                link.send(next, &self::answer(plugin, &options.password, &scramble)?)?;
            }
            // The answer was right; OK follows.
            [0x01, 0x03] if plugin == SHA2 => {}
            // Not in the server's cache: it wants the password itself.
            [0x01, 0x04] if plugin == SHA2 && link.conn.is_secure() => {
                link.conn.auth_plugin(plugin)?;
                link.send(next, &[options.password.as_bytes(), &[0]].concat())?;
            }
            [0x01, 0x04] if plugin == SHA2 => {
                return Err(Failure::Client(2061, "Authentication requires secure connection."));
            }
            _ => return Err(MALFORMED),
        }
    }
}

/// Takes the server's proof from an OK packet, behind its first byte: the length-encoded text behind
/// the rows changed, the last id, status and warnings.
fn confirm(link: &mut Link, password: &str, scramble: &[u8], ok: &[u8]) -> Result<(), Failure> {
    let mut values = Values(ok);
    values.length().and_then(|_| values.length()).ok_or(MALFORMED)?;
    let mut text = Values(values.0.get(4..).ok_or(MALFORMED)?);
    let len = text.length().and_then(|len| usize::try_from(len).ok()).unwrap_or(0);
    let proof = text.0.get(..len).unwrap_or_default();
    let scramble = scramble.first_chunk::<{ login::SCRAMBLE_SIZE }>().ok_or(MALFORMED)?;
    link.conn.confirm_peer(&login::native_stored(password.as_bytes()), scramble, proof)?;
    Ok(())
}

/// Computes the plugin's answer to a scramble; it is empty for an empty password.
fn answer(plugin: &[u8], password: &str, scramble: &[u8]) -> Result<Vec<u8>, Failure> {
    let scramble = scramble.first_chunk::<{ login::SCRAMBLE_SIZE }>().ok_or(MALFORMED)?;
    Ok(match password.as_bytes() {
        [] => Vec::new(),
        password if plugin == SHA2 => login::sha2(password, scramble).to_vec(),
        password => login::native(password, scramble).to_vec(),
    })
}

/// Sends COM_QUERY and prints its answer with tabs between the values.
fn query(link: &mut Link, sql: &str, no_eof: bool) -> Result<(), Failure> {
    link.send(0, &[b"\x03", sql.as_bytes()].concat())?;
    let (_, first) = link.receive()?;
    let columns = match first.first() {
        Some(0x00) => return Ok(()),
        Some(0xff) => return Err(Failure::server(&first)),
        _ => Values(&first).length().filter(|count| *count > 0).ok_or(MALFORMED)?,
    };
    let mut names = Vec::new();
    for _ in 0..columns {
        let (_, definition) = link.receive()?;
        // A definition begins with six texts, of which the name is the fifth.
        names.push(Values(&definition).nth(4).flatten().ok_or(MALFORMED)?.to_owned());
    }
    println!("{}", names.join("\t"));
    if !no_eof {
        link.receive()?;
    }
    loop {
        let (_, row) = link.receive()?;
        match row.first() {
            Some(0xfe) => return Ok(()),
            Some(0xff) => return Err(Failure::server(&row)),
            _ => {}
        }
        let values = Values(&row).map(|value| value.unwrap_or("NULL".to_owned()));
        let values = values.collect::<Vec<_>>();
        if values.len() as u64 != columns {
            return Err(MALFORMED);
        }
        println!("{}", values.join("\t"));
    }
}

/// Prints what was negotiated.
fn report(conn: &Conn) {
    match conn.negotiated() {
        None => eprintln!("TLS: none"),
        Some(_) => {
            let version = conn.status("Ssl_version").unwrap_or_default();
            eprintln!("TLS: {version}, {}", conn.cipher_name());
        }
    }
}

/// One socket, one connection of the engine, and the loop between them.
struct Link {
    socket: TcpStream,
    conn: Conn,
    /// From the peer, not used yet: the first `wire_len` bytes.
    wire_in: Box<[u8]>,
    wire_len: usize,
    wire_out: Box<[u8]>,
    /// Plaintext, not taken yet: the first `plain_len` bytes.
    plain: Box<[u8]>,
    plain_len: usize,
    want: u32,
}

impl Link {
    fn connect(options: &Options, conn: Conn) -> Result<Self, Failure> {
        let socket = TcpStream::connect((options.host.as_str(), options.port))
            .map_err(|_| Failure::Client(2003, "Can't connect to MySQL server"))?;
        socket.set_read_timeout(Some(Duration::from_secs(10)))?;
        socket.set_nodelay(true)?;
        Ok(Self {
            socket,
            conn,
            wire_in: vec![0; WIRE].into(),
            wire_len: 0,
            wire_out: vec![0; WIRE].into(),
            plain: vec![0; PLAIN].into(),
            plain_len: 0,
            want: 0,
        })
    }

    /// Makes one step and sends all that it wrote; returns `false` if nothing moved.
    fn step(&mut self, app: &mut &[u8]) -> Result<bool, Failure> {
        let mut room = SliceSink::new(&mut self.plain[self.plain_len..]);
        let (step, result) = self.conn.step(&mut Io {
            wire_in: &mut self.wire_in[..self.wire_len],
            wire_out: &mut SliceSink::new(&mut self.wire_out),
            app_in: app,
            app_out: AppOut::Buffer(&mut room),
        });
        self.wire_in.copy_within(step.wire_in_used..self.wire_len, 0);
        self.wire_len -= step.wire_in_used;
        self.plain_len += step.app_out_made;
        *app = &app[step.app_in_used..];
        self.want = step.want;
        // Also after a failure: then it is the alert.
        self.socket.write_all(&self.wire_out[..step.wire_out_made])?;
        match result {
            Err(error) if step.want & want::WIRE_OUT == 0 => return Err(error.into()),
            _ => {}
        }
        let moved = step.wire_in_used + step.wire_out_made + step.app_in_used + step.app_out_made;
        Ok(moved > 0 || step.events != 0)
    }

    /// Steps until all of `app` is sent and the engine wants one of `until`.
    fn drive(&mut self, until: u32, mut app: &[u8]) -> Result<(), Failure> {
        loop {
            let moved = self.step(&mut app)?;
            if app.is_empty() && self.want & until != 0 {
                return Ok(());
            }
            if !moved {
                self.fill()?;
            }
        }
    }

    /// Waits for bytes from the peer.
    fn fill(&mut self) -> Result<(), Failure> {
        let count = loop {
            match self.socket.read(&mut self.wire_in[self.wire_len..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        self.wire_len += count;
        if count == 0 {
            self.conn.eof(self.wire_len)?;
            return Err(Failure::Client(2013, "Lost connection to MySQL server"));
        }
        Ok(())
    }

    fn send(&mut self, sequence: u8, payload: &[u8]) -> Result<(), Failure> {
        let len = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes();
        if len[3] != 0 || len[..3] == [0xff; 3] {
            return Err(Failure::Client(2020, "Got packet bigger than 'max_allowed_packet' bytes"));
        }
        let packet = [&[len[0], len[1], len[2], sequence], payload].concat();
        self.drive(want::APP_IN, &packet)
    }

    /// Receives the next packet: its number and its payload.
    fn receive(&mut self) -> Result<(u8, Vec<u8>), Failure> {
        loop {
            let had = &self.plain[..self.plain_len];
            if let Some((&[a, b, c, sequence], rest)) = had.split_first_chunk() {
                let size = u32::from_le_bytes([a, b, c, 0]) as usize;
                if let Some(payload) = rest.get(..size) {
                    let payload = payload.to_vec();
                    self.plain.copy_within(4 + size..self.plain_len, 0);
                    self.plain_len -= 4 + size;
                    return Ok((sequence, payload));
                }
            }
            if PLAIN - self.plain_len < WIRE {
                let text = "Got packet bigger than 'max_allowed_packet' bytes";
                return Err(Failure::Client(2020, text));
            }
            if !self.step(&mut &[][..])? {
                self.fill()?;
            }
        }
    }
}

/// Iterates over the values of a row, `None` for NULL, up to the packet's end or a malformed one.
struct Values<'a>(&'a [u8]);

impl Values<'_> {
    fn length(&mut self) -> Option<u64> {
        let (&first, rest) = self.0.split_first()?;
        let size = match first {
            0xfb | 0xff => return None,
            0xfc => 2,
            0xfd => 3,
            0xfe => 8,
            _ => 0,
        };
        let (bytes, rest) = rest.split_at_checked(size)?;
        self.0 = rest;
        let value = bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        Some(if size == 0 { first.into() } else { value })
    }
}

impl Iterator for Values<'_> {
    type Item = Option<String>;

    fn next(&mut self) -> Option<Option<String>> {
        if let [0xfb, rest @ ..] = self.0 {
            self.0 = rest;
            return Some(None);
        }
        let len = usize::try_from(self.length()?).ok()?;
        let (value, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        let text = String::from_utf8_lossy(value).replace('\\', "\\\\");
        Some(Some(text.replace('\n', "\\n").replace('\t', "\\t").replace('\0', "\\0")))
    }
}

struct Options {
    builder: Builder,
    host: String,
    port: u16,
    user: String,
    password: String,
    query: String,
}

impl Options {
    /// Reads `--name=value` and `--name value`; options about TLS go to the builder by name.
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let mut options = Self {
            builder: Builder::new(Role::Client),
            host: "localhost".to_owned(),
            port: 3306,
            user: "root".to_owned(),
            password: String::new(),
            query: "SELECT 1".to_owned(),
        };
        while let Some(argument) = arguments.next() {
            let wrong = Failure::Client(2000, "unknown option, or its value is wrong");
            let Some(option) = argument.strip_prefix("--") else { return Err(wrong) };
            let (name, value) = match option.split_once('=') {
                Some((name, value)) => (name, value.to_owned()),
                None => (option, arguments.next().unwrap_or_default()),
            };
            match name {
                "host" => options.host = value,
                "port" => options.port = value.parse().map_err(|_| wrong)?,
                "user" => options.user = value,
                "password" => options.password = value,
                "execute" => options.query = value,
                _ => options.builder.set(name, &value)?,
            }
        }
        options.builder.load_files()?;
        Ok(options)
    }
}

enum Failure {
    Engine(Error),
    /// An ERR packet: number, SQLSTATE, text.
    Server(u16, String, String),
    Client(u16, &'static str),
    Transport(std::io::Error),
}

const MALFORMED: Failure = Failure::Client(2027, "Malformed packet");

impl Failure {
    fn server(packet: &[u8]) -> Self {
        let Some((&[_, low, high], text)) = packet.split_first_chunk() else { return MALFORMED };
        let (sqlstate, text) = match text {
            [b'#', a, b, c, d, e, text @ ..] => (&[*a, *b, *c, *d, *e][..], text),
            _ => (&b"HY000"[..], text),
        };
        let clean = |text: &[u8]| String::from_utf8_lossy(text).replace(char::is_control, "?");
        Self::Server(u16::from_le_bytes([low, high]), clean(sqlstate), clean(text))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Transport(error)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Engine(error) => {
                let (number, state) = match error.mysql_errno() {
                    0 => (2000, "HY000".to_owned()),
                    number => (number, error.sqlstate()),
                };
                write!(f, "ERROR {number} ({state}): {error}")
            }
            Self::Server(number, state, text) => write!(f, "ERROR {number} ({state}): {text}"),
            Self::Client(number, text) => write!(f, "ERROR {number} (HY000): {text}"),
            Self::Transport(error) => {
                write!(f, "ERROR 2013 (HY000): Lost connection to MySQL server: {error}")
            }
        }
    }
}
