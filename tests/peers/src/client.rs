//! The client programs and the files that they and the servers are given.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::QUERY;
use crate::server::{Installed, PASSWORD};

/// All clients use the name, over TCP: the address is a case of its own to some of them.
pub const HOST: &str = "localhost";

/// A client that waits for ever fails its cell.
const SECONDS: &str = "20";

#[derive(Clone, Copy, PartialEq)]
pub enum Certificate {
    Good,
    WrongCa,
    WrongName,
    V1,
}

impl Certificate {
    pub fn label(self) -> &'static str {
        match self {
            Certificate::Good => "good",
            Certificate::WrongCa => "wrong CA",
            Certificate::WrongName => "wrong name",
            Certificate::V1 => "X.509 version 1",
        }
    }

    fn server_stem(self) -> &'static str {
        match self {
            Certificate::Good => "server",
            Certificate::WrongCa => "other",
            Certificate::WrongName => "wrongname",
            Certificate::V1 => "v1",
        }
    }

    fn client_stem(self) -> &'static str {
        match self {
            // A client's name is nobody's concern.
            Certificate::Good | Certificate::WrongName => "client",
            Certificate::WrongCa => "other-client",
            Certificate::V1 => "v1-client",
        }
    }
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// ssl-mode together with the presence of ssl-ca.
#[derive(Clone, Copy)]
pub enum Mode {
    Disabled,
    Preferred,
    PreferredCa,
    Required,
    RequiredCa,
    CaAlone,
    VerifyCa,
    VerifyIdentity,
    VerifyCaWithoutCa,
    VerifyIdentityWithoutCa,
}

impl Mode {
    pub fn label(self) -> &'static str {
        match self {
            Mode::Disabled => "DISABLED",
            Mode::Preferred => "PREFERRED",
            Mode::PreferredCa => "PREFERRED and ssl-ca",
            Mode::Required => "REQUIRED",
            Mode::RequiredCa => "REQUIRED and ssl-ca",
            Mode::CaAlone => "ssl-ca alone",
            Mode::VerifyCa => "VERIFY_CA and ssl-ca",
            Mode::VerifyIdentity => "VERIFY_IDENTITY and ssl-ca",
            Mode::VerifyCaWithoutCa => "VERIFY_CA without ssl-ca",
            Mode::VerifyIdentityWithoutCa => "VERIFY_IDENTITY without ssl-ca",
        }
    }

    /// Options of our client: MySQL's own.
    fn options(self) -> (Option<&'static str>, bool) {
        match self {
            Mode::Disabled => (Some("DISABLED"), false),
            Mode::Preferred => (Some("PREFERRED"), false),
            Mode::PreferredCa => (Some("PREFERRED"), true),
            Mode::Required => (Some("REQUIRED"), false),
            Mode::RequiredCa => (Some("REQUIRED"), true),
            Mode::CaAlone => (None, true),
            Mode::VerifyCa => (Some("VERIFY_CA"), true),
            Mode::VerifyIdentity => (Some("VERIFY_IDENTITY"), true),
            Mode::VerifyCaWithoutCa => (Some("VERIFY_CA"), false),
            Mode::VerifyIdentityWithoutCa => (Some("VERIFY_IDENTITY"), false),
        }
    }

    /// The same for the `mariadb` program of 10.11, which knows no ssl-mode.  It has nothing
    /// that demands TLS without the name check (REQUIRED, VERIFY_CA), and where verification is
    /// asked for without a CA it turns to the system's roots: such cells are not comparable.
    fn cli_options(self) -> Option<(&'static [&'static str], bool)> {
        match self {
            Mode::Disabled => Some((&["--skip-ssl"], false)),
            Mode::Preferred => Some((&["--ssl"], false)),
            Mode::PreferredCa => Some((&["--ssl"], true)),
            Mode::VerifyIdentity => Some((&["--ssl", "--ssl-verify-server-cert"], true)),
            Mode::Required
            | Mode::RequiredCa
            | Mode::CaAlone
            | Mode::VerifyCa
            | Mode::VerifyCaWithoutCa
            | Mode::VerifyIdentityWithoutCa => None,
        }
    }
}

/// One connection to make.
pub struct Client {
    pub mode: Mode,
    pub user: &'static str,
    pub certificate: Option<Certificate>,
    pub port: u16,
}

/// What a run needs besides the servers.
pub struct Tools {
    /// The workspace.
    pub root: PathBuf,
    /// What `tlsql-certs` made.
    pub certs: PathBuf,
    pub cli: Option<Cli>,
}

impl Tools {
    pub fn program(&self, name: &str) -> PathBuf {
        self.root.join("target/c").join(name)
    }

    pub fn cert(&self, name: &str) -> String {
        self.certs.join(name).display().to_string()
    }

    pub fn server_options(&self, certificate: Certificate, more: &[&str]) -> Vec<String> {
        let stem = certificate.server_stem();
        let mut options = vec![
            format!("--ssl-ca={}", self.cert("ca.pem")),
            format!("--ssl-cert={}", self.cert(&format!("{stem}-cert.pem"))),
            format!("--ssl-key={}", self.cert(&format!("{stem}-key.pem"))),
        ];
        // Last, because --skip-ssl must win over the certificate.
        options.extend(more.iter().map(|option| option.to_string()));
        options
    }

    /// `program` is one of our own: they take the same options. This one asks [`QUERY`].
    pub fn connection(&self, program: &str, host: &str, port: u16, user: &str) -> Command {
        self.asking(program, host, port, user, QUERY)
    }

    pub fn asking(&self, program: &str, host: &str, port: u16, user: &str, query: &str) -> Command {
        let mut command = limited(&self.program(program));
        command
            .arg(format!("--host={host}"))
            .arg(format!("--port={port}"))
            .arg(format!("--user={user}"))
            .arg(format!("--password={PASSWORD}"))
            .arg(format!("--execute={query}"));
        command
    }

    pub fn client(&self, program: &str, client: &Client) -> Command {
        let mut command = self.connection(program, HOST, client.port, client.user);
        let (mode, ca) = client.mode.options();
        if let Some(mode) = mode {
            command.arg(format!("--ssl-mode={mode}"));
        }
        self.add_files(&mut command, ca, client.certificate);
        command
    }

    fn add_files(&self, command: &mut Command, ca: bool, certificate: Option<Certificate>) {
        if ca {
            command.arg(format!("--ssl-ca={}", self.cert("ca.pem")));
        }
        if let Some(certificate) = certificate {
            let stem = certificate.client_stem();
            command.arg(format!("--ssl-cert={}", self.cert(&format!("{stem}-cert.pem"))));
            command.arg(format!("--ssl-key={}", self.cert(&format!("{stem}-key.pem"))));
        }
    }
}

/// The `mariadb` program.
pub struct Cli {
    program: PathBuf,
    libraries: std::ffi::OsString,
}

impl Cli {
    pub fn of(server: &Installed) -> Cli {
        let libraries = std::env::join_paths(&server.tree.libraries).unwrap_or_default();
        Cli { program: server.tree.base.join("bin/mariadb"), libraries }
    }

    /// Without connection options other than host, port, user and password.
    pub fn base(&self, port: u16, user: &str, password: &str) -> Command {
        let mut command = limited(&self.program);
        command.env("LD_LIBRARY_PATH", &self.libraries);
        command
            .args(["--no-defaults", "--protocol=TCP", "--batch", "--skip-column-names"])
            .arg(format!("--host={HOST}"))
            .arg(format!("--port={port}"))
            .arg(format!("--user={user}"))
            .arg(format!("--password={password}"));
        command
    }

    /// As the administrator of a server of this machine.
    pub fn administrator(&self, socket: &Path) -> Command {
        let mut command = limited(&self.program);
        command.env("LD_LIBRARY_PATH", &self.libraries);
        command.args(["--no-defaults", "--protocol=SOCKET", "--user=root", "--batch"]);
        command.arg(format!("--socket={}", socket.display()));
        command
    }

    /// The same connection as our client's, where this program has that mode.
    pub fn command(&self, client: &Client, tools: &Tools) -> Option<Command> {
        let (options, ca) = client.mode.cli_options()?;
        let mut command = self.base(client.port, client.user, PASSWORD);
        tools.add_files(&mut command, ca, client.certificate);
        // Last, because --skip-ssl must win over the certificate.
        command.args(options).arg(format!("--execute={QUERY}"));
        Some(command)
    }
}

fn limited(program: &Path) -> Command {
    let mut command = Command::new("timeout");
    command.arg(SECONDS).arg(program);
    command
}
