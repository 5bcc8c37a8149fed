//! The clients of others, and what becomes of each of their connections to our server: MySQL's
//! meaning of the mode, or a deviation that is listed with its reason.

use crate::client::Certificate;
use crate::three_clients::Mode;

/// What the client connects to.
#[derive(Clone, Copy, PartialEq)]
pub enum Server {
    /// With this certificate, and one TLS version.
    Tls(Certificate, &'static str),
    /// Without TLS.
    Off,
}

/// One connection.
#[derive(Clone, Copy)]
pub struct Cell {
    pub mode: Mode,
    /// The client has a certificate, and logs in to an account with `REQUIRE X509`.
    pub certificate: bool,
    pub server: Server,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Outcome {
    /// Logged in with the server's TLS version.
    Tls,
    Clear,
    /// The client refuses: the chain, the name, a server without TLS, or its TLS version.
    Chain,
    Name,
    NoTls,
    Version,
    /// The server refuses with this number.
    Denied(&'static str),
    /// Nothing is run.
    NoSuchMode,
}

use Outcome::{Chain, Clear, Denied, Name, NoSuchMode, NoTls, Tls, Version};

/// What is otherwise than MySQL's meaning of a mode.
pub struct Deviation {
    modes: &'static [Mode],
    server: Where,
    outcome: Outcome,
    /// What a message says then, where the client's usual words are other ones.
    words: &'static str,
    pub what: &'static str,
}

#[derive(Clone, Copy)]
enum Where {
    Off,
    V1,
    Tls13,
    /// With a client certificate, wherever.
    WithCertificate,
}

/// Parts of a client's messages.
struct Words {
    chain: &'static str,
    name: &'static str,
    no_tls: &'static str,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Program {
    /// `clients.py` with this client, from the packages of `requirements.txt`.
    Python(&'static str),
    /// The same from `requirements-26.txt`.
    Python26(&'static str),
    Node,
    Go,
    Java,
    MariaDb,
    SClient,
    Replica,
}

pub struct Client {
    pub name: &'static str,
    pub program: Program,
    /// How each mode is asked for, in the order of MODES; "" where there is no such mode.
    pub how: [&'static str; 5],
    pub deviations: &'static [Deviation],
    words: Words,
}

const DEMANDING: &[Mode] = &[Mode::Required, Mode::VerifyCa, Mode::VerifyIdentity];

const OPENSSL: Words = Words {
    chain: "unable to get local issuer certificate",
    name: "Hostname mismatch",
    no_tls: "SSL is required",
};

const CONTEXT: [&str; 5] = [
    "no ssl",
    "",
    "ssl with CERT_NONE",
    "ssl with the CA, check_hostname=False",
    "ssl with the CA",
];

pub const CLIENTS: [Client; 11] = [
    Client {
        name: "mariadb 10.11",
        program: Program::MariaDb,
        how: [
            "--skip-ssl",
            "--ssl",
            "",
            "--ssl --ssl-ca",
            "--ssl --ssl-ca --ssl-verify-server-cert",
        ],
        deviations: &[Deviation {
            modes: &[Mode::VerifyCa],
            server: Where::Off,
            outcome: Clear,
            words: "",
            what: "--ssl-ca verifies the chain where there is TLS, and demands no TLS: what does \
                   demands the name too",
        }],
        words: Words { name: "Validation of SSL server certificate failed", ..OPENSSL },
    },
    Client {
        name: "PyMySQL 1.2.4",
        program: Program::Python("pymysql"),
        how: [
            "ssl_disabled",
            "nothing",
            "ssl with verify_mode none",
            "ssl_ca, ssl_verify_cert",
            "ssl_ca, ssl_verify_identity",
        ],
        deviations: &[Deviation {
            modes: &[Mode::Preferred],
            server: Where::WithCertificate,
            outcome: NoSuchMode,
            words: "",
            what: "ssl_cert and ssl_key demand TLS, as any other parameter about it: with a \
                   certificate there is no PREFERRED",
        }],
        words: OPENSSL,
    },
    Client {
        name: "aiomysql 0.3.2",
        program: Program::Python("aiomysql"),
        how: CONTEXT,
        deviations: &[Deviation {
            modes: DEMANDING,
            server: Where::Off,
            outcome: Denied("1043"),
            words: "",
            what: "it logs in in clear text although it was given an ssl.SSLContext; its packet \
                   has CLIENT_SSL set, for which the server refuses it",
        }],
        words: OPENSSL,
    },
    Client {
        name: "asyncmy 0.2.18",
        program: Program::Python("asyncmy"),
        how: CONTEXT,
        deviations: &[],
        // It does not look whether the greeting has CLIENT_SSL.
        words: Words { no_tls: "WRONG_VERSION_NUMBER", ..OPENSSL },
    },
    Client {
        name: "mysql-connector-python 9.4.0, C extension (Oracle's libmysqlclient)",
        program: Program::Python("connector-c"),
        how: CONNECTOR,
        deviations: &[Deviation {
            modes: &[Mode::VerifyCa],
            server: Where::Off,
            outcome: Clear,
            words: "",
            what: "ssl_verify_cert verifies the chain where there is TLS, and demands no TLS; \
                   ssl_verify_identity does",
        }],
        // One text for all that OpenSSL refuses.
        words: Words {
            chain: "certificate verify failed",
            name: "certificate verify failed",
            ..OPENSSL
        },
    },
    Client {
        name: "mysql-connector-python 26.10.0, pure Python",
        program: Program::Python26("connector-pure"),
        how: CONNECTOR,
        deviations: &[],
        words: OPENSSL,
    },
    Client {
        name: "mysql2 3.24.6 (Node.js)",
        program: Program::Node,
        how: [
            "no ssl",
            "",
            "ssl with rejectUnauthorized: false",
            "ssl with ca",
            "ssl with ca, verifyIdentity: true",
        ],
        deviations: &[],
        words: Words {
            chain: "unable to verify the first certificate",
            name: "does not match certificate's altnames",
            no_tls: "does not support secure connection",
        },
    },
    Client {
        name: "go-sql-driver/mysql 1.10.1",
        program: Program::Go,
        how: ["tls=false", "tls=preferred", "tls=skip-verify", "", "a tls.Config with RootCAs"],
        deviations: &[Deviation {
            modes: &[Mode::VerifyIdentity],
            server: Where::V1,
            outcome: Name,
            words: "relies on legacy Common Name field",
            what: "Go compares no common name, and a certificate of version 1 has nothing else",
        }],
        words: Words {
            chain: "signed by unknown authority",
            name: "not localhost",
            no_tls: "server does not support TLS",
        },
    },
    Client {
        name: "MySQL Connector/J 26.10.0",
        program: Program::Java,
        how: [
            "sslMode=DISABLED",
            "sslMode=PREFERRED",
            "sslMode=REQUIRED",
            "sslMode=VERIFY_CA",
            "sslMode=VERIFY_IDENTITY",
        ],
        deviations: &[],
        words: Words {
            chain: "does not chain with any of the trust anchors",
            name: "Server identity verification failed",
            no_tls: "SSL Connection required",
        },
    },
    Client {
        name: "the replication thread of MySQL 5.7.29",
        program: Program::Replica,
        how: [
            "MASTER_SSL=0",
            "",
            "MASTER_SSL=1",
            "MASTER_SSL=1, MASTER_SSL_CA",
            "MASTER_SSL=1, MASTER_SSL_CA, MASTER_SSL_VERIFY_SERVER_CERT=1",
        ],
        deviations: &[Deviation {
            modes: DEMANDING,
            server: Where::Tls13,
            outcome: Version,
            words: "2026",
            what: "it has TLS 1.2 at most",
        }],
        // `Last_IO_Errno` is all that it tells apart.
        words: Words { chain: "2026", name: "2026", no_tls: "2026" },
    },
    Client {
        name: "openssl s_client -starttls mysql",
        program: Program::SClient,
        how: [
            "",
            "",
            "nothing",
            "-CAfile -verify_return_error",
            "-CAfile -verify_return_error -verify_hostname",
        ],
        deviations: &[],
        words: Words { chain: "num=20:", name: "num=62:", no_tls: "server does not support SSL" },
    },
];

const CONNECTOR: [&str; 5] = [
    "ssl_disabled",
    "nothing",
    "",
    "ssl_ca, ssl_verify_cert",
    "ssl_ca, ssl_verify_cert, ssl_verify_identity",
];

impl Cell {
    /// By MySQL's meaning of the mode.
    fn outcome(self) -> Outcome {
        match (self.mode, self.server) {
            // REQUIRE X509.
            (Mode::Disabled, _) | (Mode::Preferred, Server::Off) if self.certificate => {
                Denied("1045")
            }
            (Mode::Disabled, _) | (Mode::Preferred, Server::Off) => Clear,
            (_, Server::Off) => NoTls,
            (mode, Server::Tls(Certificate::WrongCa, _)) if mode.verifies() => Chain,
            (Mode::VerifyIdentity, Server::Tls(Certificate::WrongName, _)) => Name,
            _ => Tls,
        }
    }
}

impl Deviation {
    fn is_of(&self, cell: Cell) -> bool {
        let there = match self.server {
            Where::Off => cell.server == Server::Off,
            Where::V1 => matches!(cell.server, Server::Tls(Certificate::V1, _)),
            Where::Tls13 => matches!(cell.server, Server::Tls(_, "TLSv1.3")),
            Where::WithCertificate => cell.certificate,
        };
        there && self.modes.contains(&cell.mode)
    }
}

impl Client {
    /// What must become of the connection, and a part of the message where it is refused.
    pub fn expected(&self, cell: Cell) -> (Outcome, &'static str) {
        if self.how[cell.mode as usize].is_empty() {
            return (NoSuchMode, "");
        }
        let deviation = self.deviations.iter().find(|deviation| deviation.is_of(cell));
        let outcome = deviation.map_or_else(|| cell.outcome(), |deviation| deviation.outcome);
        let words = match outcome {
            Chain => self.words.chain,
            Name => self.words.name,
            NoTls => self.words.no_tls,
            Denied(number) => number,
            Tls | Clear | Version | NoSuchMode => "",
        };
        let own = deviation.map_or("", |deviation| deviation.words);
        (outcome, if own.is_empty() { words } else { own })
    }
}

impl Outcome {
    pub fn label(self) -> &'static str {
        match self {
            Tls => "TLS",
            Clear => "clear text",
            Chain => "refused: chain",
            Name => "refused: name",
            NoTls => "refused: no TLS",
            Version => "refused: version",
            Denied(number) => number,
            NoSuchMode => "–",
        }
    }
}
