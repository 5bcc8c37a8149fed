//! The servers there are: where each one's files are and what it is told at every start.

/// Servers of one name are of one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    MySql57,
    /// With yaSSL, which has no TLS 1.2.
    MySql5722,
    /// With OpenSSL 1.0.2, which has no ECDHE unless a program sets a curve.
    MySql8015,
    MySql8031,
    MariaDb1011,
    /// With wolfSSL.
    MariaDb10115,
    /// With no curve but P-256, P-384 and P-521. Optional.
    MySql97,
    /// Optional.
    MariaDb118,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::MySql57 => "MySQL 5.7.29",
            Kind::MySql5722 => "MySQL 5.7.22 (yaSSL)",
            Kind::MySql8015 => "MySQL 8.0.15",
            Kind::MySql8031 => "MySQL 8.0.31",
            Kind::MariaDb1011 => "MariaDB 10.11",
            Kind::MariaDb10115 => "MariaDB 10.11.5 (wolfSSL)",
            Kind::MySql97 => "MySQL 9.7",
            Kind::MariaDb118 => "MariaDB 11.8",
        }
    }

    /// A run without it is whole.
    pub fn is_optional(self) -> bool {
        matches!(self, Kind::MySql97 | Kind::MariaDb118)
    }

    /// Of its directories under `target/peers`.
    pub fn stem(self) -> &'static str {
        match self {
            Kind::MySql57 => "mysql-5.7.29",
            Kind::MySql5722 => "mysql-5.7.22",
            Kind::MySql8015 => "mysql-8.0.15",
            Kind::MySql8031 => "mysql-8.0.31",
            Kind::MariaDb1011 => "mariadb-10.11",
            Kind::MariaDb10115 => "mariadb-10.11.5-wolfssl",
            Kind::MySql97 => "mysql-9.7",
            Kind::MariaDb118 => "mariadb-11.8",
        }
    }

    /// What the greeting of the right server holds.
    pub fn version_mark(self) -> &'static str {
        match self {
            Kind::MySql57 => "5.7.29",
            Kind::MySql5722 => "5.7.22",
            Kind::MySql8015 => "8.0.15",
            Kind::MySql8031 => "8.0.31",
            Kind::MariaDb1011 => "-10.11.",
            Kind::MariaDb10115 => "-10.11.5-",
            Kind::MySql97 => "9.7.",
            Kind::MariaDb118 => "11.8.",
        }
    }

    /// Below the tree's base.
    pub fn daemon(self) -> &'static str {
        match self {
            Kind::MySql57 => "mysqld",
            Kind::MySql5722 | Kind::MySql8015 | Kind::MySql8031 => "bin/mysqld",
            Kind::MySql97 => "sbin/mysqld",
            Kind::MariaDb1011 | Kind::MariaDb118 => "sbin/mariadbd",
            Kind::MariaDb10115 => "bin/mariadbd",
        }
    }

    /// The program that makes a data directory; a MySQL server does it itself.
    pub fn installer(self) -> Option<&'static str> {
        match self {
            Kind::MariaDb1011 => Some("bin/mariadb-install-db"),
            Kind::MariaDb10115 => Some("scripts/mariadb-install-db"),
            Kind::MariaDb118 => Some("system/usr/bin/mariadb-install-db"),
            _ => None,
        }
    }

    /// Its messages and character sets, where it does not find them below its base by itself.
    pub fn share(self) -> Option<&'static str> {
        matches!(self, Kind::MySql57 | Kind::MariaDb1011).then_some("share/mysql")
    }

    /// For making a data directory and for running.
    pub fn options(self) -> &'static [&'static str] {
        match self {
            Kind::MySql57 | Kind::MySql5722 => &["--explicit_defaults_for_timestamp"],
            _ => &[],
        }
    }

    pub fn start_options(self) -> &'static [&'static str] {
        match self {
            // Of what takes long at a start nothing is used.
            Kind::MySql57 => &[
                "--log_syslog=0",
                "--secure-file-priv=",
                "--performance-schema=OFF",
                "--innodb-buffer-pool-size=5242880",
            ],
            Kind::MySql5722 => &["--log_syslog=0", "--secure-file-priv="],
            // The X plugin would want a port and a socket of its own.
            Kind::MySql8015 | Kind::MySql8031 | Kind::MySql97 => {
                &["--mysqlx=0", "--secure-file-priv=NULL"]
            }
            Kind::MariaDb1011 | Kind::MariaDb10115 | Kind::MariaDb118 => &["--secure-file-priv="],
        }
    }
}
