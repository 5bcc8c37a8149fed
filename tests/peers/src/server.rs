//! A running server: data directory, accounts, start, readiness, stop.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::fetch::{self, Tree};
pub use crate::kind::Kind;

/// The account of ordinary cells, and the one that demands a client certificate.
pub const USER: &str = "app";
pub const USER_X509: &str = "app_x509";
/// The account of which the password may be proved in clear text: MySQL 8's default has another
/// plugin.
pub const USER_NATIVE: &str = "app_native";
pub const PASSWORD: &str = "Correct-Horse-9";

const START_LIMIT: Duration = Duration::from_secs(60);

/// A server with its data directory, not running.
pub struct Installed {
    pub kind: Kind,
    pub tree: Tree,
    pub data: PathBuf,
}

impl Installed {
    /// Makes a new data directory and the file that creates the accounts at every start.
    pub fn new(kind: Kind, tree: Tree, peers: &Path) -> Result<Installed, String> {
        let data = peers.join(format!("data-{}", kind.stem()));
        let _ = fs::remove_dir_all(&data);
        let this = Installed { kind, tree, data };
        fs::create_dir_all(this.file("tmp")).map_err(|e| e.to_string())?;
        fs::write(this.init_file(), accounts(kind)).map_err(|e| e.to_string())?;
        let mut init = match kind.installer() {
            None => {
                let mut init = this.daemon();
                init.arg("--initialize-insecure");
                init
            }
            Some(installer) => {
                let mut init = this.command(&this.tree.base.join(installer));
                init.args(["--no-defaults", "--auth-root-authentication-method=normal"]);
                init.args(["--skip-test-db"]);
                this.add_places(&mut init);
                init
            }
        };
        let log = File::create(this.file("init.log")).map_err(|e| e.to_string())?;
        let errors = log.try_clone().map_err(|e| e.to_string())?;
        let status = init.stdin(Stdio::null()).stdout(log).stderr(errors).status();
        match status {
            Ok(status) if status.success() => Ok(this),
            Ok(status) => Err(format!("{status}: {}", this.tail("init.log"))),
            Err(error) => Err(error.to_string()),
        }
    }

    /// A second one of the same accounts, in a directory of its own; this one must not run.
    pub fn copy(&self, name: &str) -> Result<Installed, String> {
        let data = self.file(name);
        let _ = fs::remove_dir_all(&data);
        let this = Installed { kind: self.kind, tree: self.tree.clone(), data };
        fs::create_dir_all(this.file("tmp")).map_err(|e| e.to_string())?;
        fs::write(this.init_file(), accounts(self.kind)).map_err(|e| e.to_string())?;
        let copied = Command::new("cp").arg("-a").arg(&self.data).arg(&this.data).output();
        match copied {
            Ok(output) if output.status.success() => Ok(this),
            Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
            Err(error) => Err(format!("cp: {error}")),
        }
    }

    /// What is run at every start; `copy` makes it anew.
    pub fn init_file(&self) -> PathBuf {
        self.file("init.sql")
    }

    /// The error log of the last start.
    pub fn log(&self) -> PathBuf {
        self.file("log")
    }

    /// Starts the server on a free loopback port and waits for its greeting.
    pub fn start(&self, options: &[String]) -> Result<Running, String> {
        let mut last = String::new();
        // Another program may take the free port between our look and the server's bind.
        for _ in 0..3 {
            match self.start_once(options) {
                Ok(running) => return Ok(running),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn start_once(&self, options: &[String]) -> Result<Running, String> {
        let port = free_port().map_err(|e| e.to_string())?;
        let log_file = self.log();
        let _ = fs::remove_file(&log_file);
        let mut command = self.daemon();
        command
            .args(["--bind-address=127.0.0.1", "--socket=s.sock", "--pid-file=pid"])
            .args(["--skip-name-resolve", "--max-connect-errors=1000000"])
            .args(self.kind.start_options())
            .arg(format!("--port={port}"))
            .arg(format!("--init-file={}", self.init_file().display()))
            .arg(format!("--log-error={}", log_file.display()))
            .args(options);
        let mut running = Running::guarded(command, Stdio::null(), Stdio::null(), port)?;
        let began = Instant::now();
        while began.elapsed() < START_LIMIT {
            if running.exited() {
                return Err(format!("it ended at start: {}", self.tail("log")));
            }
            match greeting(port) {
                Some(version) if version.contains(self.kind.version_mark()) => return Ok(running),
                Some(version) => return Err(format!("port {port} greets as {version}")),
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        }
        Err(format!("no greeting in {START_LIMIT:?}: {}", self.tail("log")))
    }

    fn daemon(&self) -> Command {
        let mut command = self.command(&self.tree.base.join(self.kind.daemon()));
        command.arg("--no-defaults").args(self.kind.options());
        self.add_places(&mut command);
        if let Some(share) = self.kind.share() {
            let share = self.tree.base.join(share);
            command.arg(format!("--lc-messages-dir={}", share.display()));
            command.arg(format!("--character-sets-dir={}", share.join("charsets").display()));
        }
        command
    }

    fn add_places(&self, command: &mut Command) {
        command.arg(format!("--basedir={}", self.tree.base.display()));
        command.arg(format!("--datadir={}", self.data.display()));
        // Temporary tables of another server of this machine are none of its own.
        command.arg(format!("--tmpdir={}", self.file("tmp").display()));
        if fetch::is_root() {
            command.arg("--user=root");
        }
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if !self.tree.libraries.is_empty() {
            let path = std::env::join_paths(&self.tree.libraries).unwrap_or_default();
            command.env("LD_LIBRARY_PATH", path);
        }
        command
    }

    /// A file beside the data directory: `mysqld` wants its own to be empty at first.
    fn file(&self, end: &str) -> PathBuf {
        let mut path = self.data.clone().into_os_string();
        path.push(".");
        path.push(end);
        path.into()
    }

    fn tail(&self, end: &str) -> String {
        last_lines(&self.file(end))
    }
}

fn last_lines(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(3)..].join(" | ")
}

/// A program that ends when this value goes, or when the run is killed: a shell between us and it
/// ends it by its pid once our end of a pipe closes, and ends with it.
pub struct Running {
    guard: Child,
    pub port: u16,
}

const GUARD: &str = r#"trap '' INT
exec 3<&0
"$@" </dev/null 3<&- &
program=$!
{ read signal <&3; kill -${signal:-TERM} $program; } &
reader=$!
wait $program
code=$?
kill $reader 2>/dev/null
exit $code"#;

impl Running {
    fn guarded(
        command: Command,
        stdout: Stdio,
        stderr: Stdio,
        port: u16,
    ) -> Result<Running, String> {
        let mut guard = Command::new("sh");
        guard.arg("-c").arg(GUARD).arg("guard").arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                guard.env(name, value);
            }
        }
        let spawned = guard.stdin(Stdio::piped()).stdout(stdout).stderr(stderr).spawn();
        Ok(Running { guard: spawned.map_err(|e| e.to_string())?, port })
    }

    /// A program that says `listening on HOST:PORT`, as the C server does; it complains to `log`.
    pub fn listening(command: Command, log: &Path) -> Result<Running, String> {
        let file = File::create(log).map_err(|e| e.to_string())?;
        let mut running = Running::guarded(command, Stdio::piped(), file.into(), 0)?;
        let mut line = String::new();
        if let Some(out) = running.guard.stdout.take() {
            BufReader::new(out).read_line(&mut line).map_err(|e| e.to_string())?;
        }
        let port = line.trim().strip_prefix("listening on ").and_then(|at| at.rsplit(':').next());
        running.port = port
            .and_then(|port| port.parse().ok())
            .ok_or_else(|| format!("it said {line:?}; {}", last_lines(log)))?;
        Ok(running)
    }

    /// At once: the server finds its data again by its log.
    pub fn kill(mut self) {
        if let Some(stdin) = &mut self.guard.stdin {
            let _ = stdin.write_all(b"KILL\n");
        }
    }

    fn exited(&mut self) -> bool {
        matches!(self.guard.try_wait(), Ok(Some(_)) | Err(_))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

fn accounts(kind: Kind) -> String {
    let native = match kind {
        Kind::MySql8015 | Kind::MySql8031 => "WITH mysql_native_password",
        _ => "",
    };
    format!(
        "DROP USER IF EXISTS ''@'localhost';\n\
         CREATE USER IF NOT EXISTS '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';\n\
         CREATE USER IF NOT EXISTS '{USER_NATIVE}'@'%' IDENTIFIED {native} BY '{PASSWORD}';\n\
         CREATE USER IF NOT EXISTS '{USER_X509}'@'%' IDENTIFIED BY '{PASSWORD}' REQUIRE X509;\n"
    )
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// The server version of the greeting, once the server answers at all.
fn greeting(port: u16) -> Option<String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let mut header = [0; 5];
    stream.read_exact(&mut header).ok()?;
    let mut version = vec![0; usize::from(header[0]).checked_sub(1)?];
    stream.read_exact(&mut version).ok()?;
    let end = version.iter().position(|&byte| byte == 0)?;
    (header[4] == 10).then(|| String::from_utf8_lossy(&version[..end]).into_owned())
}
