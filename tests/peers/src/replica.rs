//! The replication thread of MySQL 5.7.29 with our server as its source. Both have server number 1,
//! at which the thread ends once it has logged in and asked.

use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::client::{Cli, HOST, Tools};
use crate::client_rules::{Cell, Server};
use crate::server::{Installed, PASSWORD, Running, USER};
use crate::three_clients::Mode;

/// `ER_SLAVE_FATAL_ERROR`, here for equal server numbers.
const EQUAL_NUMBERS: &str = "1593";
const LIMIT: Duration = Duration::from_secs(20);

pub struct Replica<'a> {
    _running: Running,
    socket: PathBuf,
    cli: &'a Cli,
}

impl Replica<'_> {
    pub fn start<'a>(server: &Installed, cli: &'a Cli) -> Result<Replica<'a>, String> {
        let options = ["--server-id=1", "--relay-log=relay", "--skip-slave-start"];
        let running = server.start(&options.map(str::to_string))?;
        Ok(Replica { _running: running, socket: server.data.join("s.sock"), cli })
    }

    /// Makes one connection; answers as the programs of `clients/` do.
    pub fn connect(&self, cell: Cell, port: u16, tools: &Tools) -> String {
        let answer = self.begin(cell, port, tools).and_then(|()| self.last_error());
        match answer {
            Ok(number) if number == EQUAL_NUMBERS => format!("in {}", version(cell)),
            Ok(number) => format!("out {number}"),
            Err(error) => format!("failed {error}"),
        }
    }

    fn begin(&self, cell: Cell, port: u16, tools: &Tools) -> Result<(), String> {
        // The thread asks for no `Ssl_version`: the account tells that there is TLS.
        let user = match (cell.certificate, cell.mode) {
            (true, _) => format!("{USER}_x509"),
            (false, Mode::Disabled) => USER.to_string(),
            (false, _) => format!("{USER}_ssl"),
        };
        let mut sql = format!(
            "STOP SLAVE; RESET SLAVE ALL; CHANGE MASTER TO MASTER_HOST='{HOST}', \
             MASTER_PORT={port}, MASTER_USER='{user}', MASTER_PASSWORD='{PASSWORD}', \
             MASTER_CONNECT_RETRY=1, MASTER_RETRY_COUNT=1, MASTER_SSL={}",
            u8::from(cell.mode != Mode::Disabled)
        );
        if cell.certificate {
            sql += &format!(
                ", MASTER_SSL_CERT='{}', MASTER_SSL_KEY='{}'",
                tools.cert("client-cert.pem"),
                tools.cert("client-key.pem")
            );
        }
        if cell.mode.verifies() {
            sql += &format!(", MASTER_SSL_CA='{}'", tools.cert("ca.pem"));
        }
        if cell.mode == Mode::VerifyIdentity {
            sql += ", MASTER_SSL_VERIFY_SERVER_CERT=1";
        }
        self.execute(&(sql + "; START SLAVE IO_THREAD")).map(|_| ())
    }

    /// The number with which the thread ended.
    fn last_error(&self) -> Result<String, String> {
        let began = Instant::now();
        while began.elapsed() < LIMIT {
            let status = self.execute(r"SHOW SLAVE STATUS\G")?;
            let number =
                status.lines().find_map(|line| line.trim().strip_prefix("Last_IO_Errno: "));
            match number {
                Some("0") => sleep(Duration::from_millis(20)),
                Some(number) => return Ok(number.to_string()),
                None => return Err(format!("no Last_IO_Errno in {status}")),
            }
        }
        Err("the thread is still running".into())
    }

    fn execute(&self, sql: &str) -> Result<String, String> {
        let mut command = self.cli.administrator(&self.socket);
        let output = command.arg(format!("--execute={sql}")).output();
        let output = output.map_err(|e| e.to_string())?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// The server has no other one, and its accounts tell TLS from clear text.
fn version(cell: Cell) -> &'static str {
    match (cell.mode, cell.server) {
        (Mode::Disabled, _) | (_, Server::Off) => "",
        (_, Server::Tls(_, version)) => version,
    }
}
