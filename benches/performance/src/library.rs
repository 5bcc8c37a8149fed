//! What the harness drives: libraries, their contexts and their connections.

use crate::{c_library, raw_aead, record_layer, rustls_library};

/// What a context is made of; the files are in PEM.
pub struct Setup {
    pub is_server: bool,
    pub is_tls13: bool,
    pub suite: usize,
    pub ca: Option<String>,
    /// The own certificate and its key.
    pub identity: Option<[String; 2]>,
    /// Whether sessions are kept and resumed; of tlsql alone.
    pub resumes: bool,
    /// A revocation list; of tlsql alone.
    pub crl: Option<String>,
}

/// The suites in each version, in the order of `Setup::suite`.
pub const SUITES: [&str; 3] = ["AES-128-GCM", "AES-256-GCM", "ChaCha20-Poly1305"];

pub trait Library {
    fn context(&self, setup: &Setup) -> Box<dyn Context>;

    /// What is known of its version.
    fn version(&self) -> String;

    /// The packet that a client waits for before it sends; empty if it sends first.
    fn greeting(&self) -> &[u8] {
        &[]
    }
}

pub trait Context: Sync {
    fn connect(&self) -> Box<dyn Conn>;

    /// Reads all files again and puts them in force for new connections.
    fn reload(&self, _setup: &Setup) {
        unreachable!("tlsql alone")
    }
}

/// One end of a connection. Buffers are lent for one call; nobody clears or copies them around it.
pub trait Conn {
    /// Uses all of `wire_in`; returns the bytes made, and whether the handshake is complete.
    fn handshake(&mut self, wire_in: &mut [u8], wire_out: &mut [u8]) -> (usize, bool);

    /// Makes records of all of `plain`; returns their length.
    fn seal(&mut self, _plain: &[u8], _wire: &mut [u8]) -> usize {
        unreachable!("not a column")
    }

    /// Reads all records of `wire`; returns the length of the plaintext.
    fn open(&mut self, _wire: &mut [u8], _plain: &mut [u8]) -> usize {
        unreachable!("not a column")
    }

    /// Makes one record of `len` bytes that lie in `buf` behind the headroom.
    fn seal_in_place(&mut self, _buf: &mut [u8], _len: usize) -> usize {
        unreachable!("not a column")
    }

    /// Reads all records of `wire` where they lie.
    fn open_in_place(&mut self, _wire: &mut [u8]) -> usize {
        unreachable!("not a column")
    }

    /// Bytes of this object that are the harness' own and not the library's.
    fn wrapper_len(&self) -> usize {
        0
    }

    /// Calls the library `times` times with nothing to do.
    fn idle(&mut self, _times: usize) {
        unreachable!("not a column")
    }
}

/// Which calls a column is measured with.
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum Mode {
    InPlace,
    /// Sealed from one buffer into another, and opened likewise.
    Copy,
    /// Sealed into another buffer, opened where the record lies.
    CopyOut,
}

/// One column of a table: a library, and how it is called.
pub struct Column {
    pub name: String,
    pub measured: Box<dyn Library>,
    pub mode: Mode,
}

/// Names that gates refer to.
pub const IN_PLACE: &str = "tlsql in place";
pub const WITH_COPY: &str = "tlsql with copy";
pub const AWS_LC_IN_PLACE: &str = "tlsql over AWS-LC in place";
pub const AWS_LC_WITH_COPY: &str = "tlsql over AWS-LC with copy";
pub const OPENSSL_30: &str = "OpenSSL 3.0";
pub const OPENSSL_35: &str = "OpenSSL 3.5";
pub const RAW: &str = "raw AEAD";
pub const LAYER: &str = "record layer alone";

/// Makes all columns; what cannot be had here is named in `missing`.
pub fn columns(missing: &mut Vec<String>) -> Vec<Column> {
    let mut columns = Vec::new();
    let mut add = |name: &str, measured: Box<dyn Library>, mode| {
        columns.push(Column { name: name.into(), measured, mode });
    };
    add(IN_PLACE, Box::new(c_library::tlsql()), Mode::InPlace);
    add(WITH_COPY, Box::new(c_library::tlsql()), Mode::Copy);
    for (library, is_ours) in [(c_library::system_openssl(), false), (c_library::openssl(), true)] {
        match library {
            Ok(library) => {
                let mut name = short_name(&library.version());
                if !is_ours && name != OPENSSL_30 {
                    name.push_str(" of the system");
                    missing.push(format!("OpenSSL 3.0: the system has {}", library.version()));
                }
                add(&name, Box::new(library), Mode::Copy);
            }
            Err(why) => missing.push(why),
        }
    }
    add("rustls buffered", Box::new(rustls_library::Rustls { buffered: true }), Mode::Copy);
    add("rustls unbuffered", Box::new(rustls_library::Rustls { buffered: false }), Mode::CopyOut);
    add(RAW, Box::new(raw_aead::RawAead), Mode::InPlace);
    columns
}

/// Makes the columns that only records in bulk have: the record layer alone, and tlsql with the feature
/// `aws-lc-rs`.
pub fn bulk_columns(missing: &mut Vec<String>) -> Vec<Column> {
    let layer = Box::new(record_layer::RecordLayer);
    let mut columns = vec![Column { name: LAYER.into(), measured: layer, mode: Mode::InPlace }];
    for (name, mode) in [(AWS_LC_IN_PLACE, Mode::InPlace), (AWS_LC_WITH_COPY, Mode::Copy)] {
        match c_library::tlsql_over_aws_lc() {
            Ok(library) => {
                columns.push(Column { name: name.into(), measured: Box::new(library), mode });
            }
            Err(why) => missing.push(format!("{name}: {why}")),
        }
    }
    columns
}

/// Returns "OpenSSL 3.0" of "OpenSSL 3.0.19 27 Jan 2026".
fn short_name(version: &str) -> String {
    let mut parts = version.split(['.', ' ']);
    let mut part = || parts.next().unwrap_or_default();
    format!("{} {}.{}", part(), part(), part())
}

impl Column {
    /// Whether it is measured with this suite: over AWS-LC only AES-GCM is.
    pub fn has(&self, suite: &str) -> bool {
        suite.ends_with("-GCM")
            || ![AWS_LC_IN_PLACE, AWS_LC_WITH_COPY].contains(&self.name.as_str())
    }

    pub fn is_tlsql(&self) -> bool {
        [IN_PLACE, WITH_COPY, AWS_LC_IN_PLACE, AWS_LC_WITH_COPY].contains(&self.name.as_str())
    }

    pub fn seal(&self, conn: &mut dyn Conn, plain: &[u8], wire: &mut [u8]) -> usize {
        match self.mode {
            Mode::InPlace => conn.seal_in_place(wire, plain.len()),
            Mode::Copy | Mode::CopyOut => conn.seal(plain, wire),
        }
    }

    pub fn open(&self, conn: &mut dyn Conn, wire: &mut [u8], plain: &mut [u8]) -> usize {
        match self.mode {
            Mode::InPlace | Mode::CopyOut => conn.open_in_place(wire),
            Mode::Copy => conn.open(wire, plain),
        }
    }
}
