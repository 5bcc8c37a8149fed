//! The refusals that people meet, each with its own sentence: a fact, and the option or action that
//! helps, in two lines at most. `docs/errors.md` prints them.

use std::collections::{BTreeMap, BTreeSet};

use rustls_pki_types::CertificateDer;
use tlsql::error::Message;
use tlsql::{Code, Error};

use crate::failures::*;
use crate::support::rustls_peers::CertRequestServer;
use crate::support::wire::{self, MARIADB, MYSQL57};
use crate::support::{Host, Schedule, link, pki, run};

/// One kind of refusal, in one of its forms.
pub struct Refusal {
    pub number: u8,
    pub what: &'static str,
    code: Code,
    provoke: fn() -> Error,
    /// What must be read even where a client library keeps 100 bytes of the fact.
    first: &'static str,
    /// Parts of the message: what is known, and what to change.
    says: &'static [&'static str],
}

const fn row(
    number: u8,
    what: &'static str,
    code: Code,
    provoke: fn() -> Error,
    first: &'static str,
    says: &'static [&'static str],
) -> Refusal {
    Refusal { number, what, code, provoke, first, says }
}

/// Two lines of 132 characters.
const MOST: usize = 264;

#[rustfmt::skip]
pub const REFUSALS: &[Refusal] = &[
    row(1, "a Diffie-Hellman group that is not known", Code::DhGroup,
        || met_group("unknown2048"), "not known here: 2048 bits, SHA-256 of p is 9c2f86b6", &["2048 bits", "SHA-256 of p is ", "tlsql_dh_params"]),
    row(2, "a small Diffie-Hellman group", Code::DhSmall,
        || met_group("small1024"), "too small: it has 1024 bits", &["1024 bits", "tlsql_security_level", "2048 bits"]),
    row(3, "a server with CBC suites only", Code::CbcOnly,
        || chose("5.7.29", 0x0303, 0xc027), "CBC cipher suite: MySQL 5.7.29 chose ECDHE-RSA-AES128-SHA256", &["MySQL 5.7.29 chose ECDHE-RSA-AES128-SHA256", "server's ssl_cipher", "in ssl_cipher here"]),
    row(3, "the same with RSA key exchange", Code::CbcOnly,
        || chose("5.7.29", 0x0303, 0x002f), "CBC cipher suite: MySQL 5.7.29 chose AES128-SHA", &["MySQL 5.7.29 chose AES128-SHA", "server's ssl_cipher"]),
    row(4, "a server with RSA key exchange only", Code::RsaKeyExchange,
        || chose("5.7.29", 0x0303, 0x009c), "RSA key exchange: MySQL 5.7.29 chose AES128-GCM-SHA256", &["MySQL 5.7.29 chose AES128-GCM-SHA256", "server's ssl_cipher"]),
    row(5, "a server with TLS 1.1 or older only", Code::OldTls,
        || alerted("5.7.29", &[], 70), "MySQL 5.7.29 refused TLS 1.2 and 1.3", &["MySQL 5.7.29 refused TLS 1.2 and 1.3", "TLSv1.2", "tls_version"]),
    // OpenSSL 3.0's s_server -tls1_3 sends alert 70 with keys on secp256k1 and brainpoolP256r1.
    row(5, "the same, or one with TLS 1.3 only", Code::Version,
        || alerted("8.0.36", &[], 70), "MySQL 8.0.36 refused TLS 1.2 and 1.3", &["older ones only", "see tls_version", "TLS 1.3 with a key", "RSA or P-256"]),
    row(5, "a MariaDB", Code::Version,
        || hello_answered_by("5.5.5-10.11.5-MariaDB", MARIADB, &[], &wire::alert(70)),
        "MariaDB 10.11.5 refused TLS 1.2 and 1.3", &["older ones only", "TLS 1.3 with a key"]),
    row(5, "the same, and OpenSSL 1.0.x", Code::OldTls,
        || chose("8.0.15", 0x0302, 0x002f), "MySQL 8.0.15 answered with an older version", &["MySQL 8.0.15 answered with an older version", "TLSv1.2", "tls_version"]),
    row(6, "a server with yaSSL", Code::OldTls,
        || chose("5.7.22", 0x0302, 0x0035), "MySQL 5.7.22 answered with an older version", &["MySQL 5.7.22 answered with an older version", "yaSSL", "5.7.28"]),
    row(6, "the same, without a suite in common", Code::ServerError,
        || hello_answered_by("5.7.22", MYSQL57, &[("ssl_cipher", "ECDHE-RSA-AES128-GCM-SHA256")], wire::BAD_HANDSHAKE),
        "1043 Bad handshake, in answer to the SSLRequest", &["1043 Bad handshake", "yaSSL", "5.7.28"]),
    row(6, "a MariaDB with yaSSL", Code::OldTls,
        || hello_answered_by("5.5.5-10.1.48-MariaDB", MARIADB, &[], &wire::server_hello(0x0302, 0x0035)),
        "MariaDB 10.1.48 answered with an older version", &["yaSSL", "MariaDB 10.4.6"]),
    row(6, "the same, and it sends an alert", Code::OldTls,
        || hello_answered_by("5.5.5-10.1.48-MariaDB", MARIADB, &[], &wire::alert(70)),
        "MariaDB 10.1.48 refused TLS 1.2 and 1.3", &["yaSSL", "MariaDB 10.4.6"]),
    row(6, "the same, without a suite in common", Code::ServerError,
        || hello_answered_by("5.5.5-10.1.48-MariaDB", MARIADB, &[], wire::BAD_HANDSHAKE),
        "1043 Bad handshake, in answer to the SSLRequest", &["yaSSL", "MariaDB 10.4.6"]),
    row(6, "a MySQL before TLS 1.2", Code::OldTls,
        || chose("5.6.30-76.3-log", 0x0301, 0x0035), "MySQL 5.6.30 answered with an older version", &["MySQL 5.7.28", "no TLS 1.2"]),
    row(7, "the same, and no MySQL of its own", Code::Version,
        || alerted("8.0.11-TiDB-v7.5.0", &[("tls_version", "TLSv1.3")], 70),
        "the server (version 8.0.11) refused TLS 1.3", &["the server (version 8.0.11) refused TLS 1.3", "server's tls_version"]),
    row(7, "a TLS 1.3 client and a TLS 1.2 server", Code::Version,
        || alerted("5.7.29", &[("tls_version", "TLSv1.3")], 70), "MySQL 5.7.29 refused TLS 1.3", &["MySQL 5.7.29 refused TLS 1.3", "add TLSv1.2 to tls_version"]),
    row(7, "the same, and OpenSSL 1.0.x", Code::Version,
        || hello_answered_by("8.0.15", MYSQL57, &[("tls_version", "TLSv1.3")], &wire::server_hello(0x0303, 0x009f)),
        "MySQL 8.0.15 refused TLS 1.3", &["MySQL 8.0.15 refused TLS 1.3", "add TLSv1.2 to tls_version"]),
    row(7, "the same, and a server that may have TLS 1.3", Code::Version,
        || alerted("8.0.36", &[("tls_version", "TLSv1.3")], 70), "MySQL 8.0.36 refused TLS 1.3", &["MySQL 8.0.36 refused TLS 1.3", "server's tls_version"]),
    row(8, "a web server", Code::NotMysql,
        || greeted(b"HTTP/1.1 400 Bad Request\r\n"), "a web server answered (HTTP)", &["HTTP", "port", "3306"]),
    row(9, "an SSH server", Code::NotMysql,
        || greeted(b"SSH-2.0-OpenSSH_9.2p1\r\n"), "an SSH server answered", &["SSH", "port"]),
    row(10, "X Protocol", Code::NotMysql,
        || greeted(b"\x05\0\0\0\x0b\x08\x05\x1a\0"), "MySQL's X Protocol answered", &["X Protocol", "33060", "3306"]),
    row(11, "a PostgreSQL server", Code::NotMysql, postgresql, "a PostgreSQL server answered", &["PostgreSQL", "5432", "3306"]),
    row(12, "the server closes before its greeting", Code::Eof,
        || closed(&[]), "before its greeting", &["before its greeting", "host and port", "max_connections"]),
    row(12, "the same, at a port that the host named", Code::Eof, closed_at_port_8080,
        "before its greeting", &["at 'db.example.test', port 8080", "host and port", "may wait for the client"]),
    row(12, "the same, in the middle of it", Code::Eof,
        || closed(&[b"\x4a\0\0\0\x0a5.7."]), "in the middle of its", &["in the middle of its greeting", "error log"]),
    row(13, "the server closes after the SSLRequest", Code::Eof,
        || closed(&[&wire::packet(0, &wire::greeting(MYSQL57))]), "after the SSLRequest", &["after the SSLRequest", "error log", "proxy"]),
    row(13, "the same, in the middle of an answer", Code::Eof,
        || closed(&[&wire::packet(0, &wire::greeting(MYSQL57)), b"\x16\0\0\x02\xff\x13\x04"]),
        "in the middle of its answer", &["in the middle of its answer", "proxy"]),
    row(14, "the server closes in the handshake", Code::Eof,
        || closed(&[&wire::packet(0, &wire::greeting(MYSQL57)), &wire::server_hello(0x0303, 0xc02f)]),
        "in the middle of the TLS handshake", &["in the middle of the TLS handshake", "error log", "ssl_cert"]),
    row(15, "an ERR packet in place of the greeting: 1040", Code::ServerError,
        || greeted(&wire::packet(0, &wire::err(1040, "#08004Too many connections"))),
        "1040 Too many connections", &["1040 Too many connections", "max_connections"]),
    row(15, "1129", Code::ServerError,
        || greeted(&wire::packet(0, &wire::err(1129, "Host '2001:db8:1111:2222:3333:4444:5555:6666' is blocked because of many \
                                                       connection errors; unblock with 'mysqladmin flush-hosts'"))),
        "1129 Host '2001:db8:1111:2222:3333:4444:5555:6666' is blocked", &["1129 Host '2001:db8:", "many connection errors", "max_connect_errors"]),
    row(15, "1130", Code::ServerError,
        || greeted(&wire::packet(0, &wire::err(1130, "Host '2001:db8:1111:2222:3333:4444:5555:6666' is not allowed to connect \
                                                       to this MariaDB server"))),
        "1130 Host '2001:db8:1111:2222:3333:4444:5555:6666' is not all", &["1130 Host '2001:db8:", "CREATE USER"]),
    row(15, "1040 with the number 1", Code::ServerError,
        || greeted(&wire::packet(1, &wire::err(1040, "Too many connections to us"))),
        "1040 Too many connections to us", &["not authenticated", "max_connections"]),
    row(15, "1040 without a text", Code::ServerError,
        || greeted(&wire::packet(0, &wire::err(1040, ""))),
        "refused the connection: 1040, in clear", &["not authenticated", "max_connections"]),
    row(16, "an ERR packet after the SSLRequest", Code::ServerError,
        || hello_answered_by("8.0.36", MYSQL57, &[], wire::BAD_HANDSHAKE),
        "1043 Bad handshake, in answer to the SSLRequest", &["in answer to the SSLRequest", "1043 Bad handshake", "proxy"]),
    row(16, "the same, and our own options are narrow", Code::ServerError,
        || hello_answered_by("5.5.5-10.11.5-MariaDB", MARIADB, &[("ssl_cipher", "CHACHA20")], wire::BAD_HANDSHAKE),
        "1043 Bad handshake, in answer to the SSLRequest", &["1043 Bad handshake", "ssl_cipher", "tls_version"]),
    row(16, "the same, and the packet had a wrong number", Code::ServerError,
        || hello_answered_by("8.0.36", MYSQL57, &[], &wire::packet(1, &wire::err(1156, "#08S01Got packets out of order"))),
        "1156 Got packets out of order, in answer to", &["1156 Got packets out of order", "proxy"]),
    row(16, "the same, and the host wrote it", Code::ServerError, a_wrong_number_of_the_host,
        "1156 Got packets out of order", &["1156 Got packets out of order", "packet number"]),
    row(17, "a server without TLS under REQUIRED", Code::NoTlsOffered,
        required_without_tls, "MySQL 5.7.29 offers no TLS", &["MySQL 5.7.29 offers no TLS", "Turn TLS on", "somebody in between"]),
    row(18, "an unknown CA", Code::CertUnknownCa,
        || verified_kept("mysql-auto/server-cert", "mysql-auto/server-key", &[]),
        "not signed by a trusted CA: issued by '/CN=MySQL_Server_5.7.29", &["'/CN=MySQL_Server_5.7.29_Auto_Generated_CA_Certificate' (", "OpenSSL error 20", "ssl_ca"]),
    row(19, "a self-signed certificate", Code::CertSelfSigned,
        || verified_kept("keys/p256-cert", "keys/p256-sec1", &[]), "self-signed certificate of the peer is not trusted here: '/CN=tlsql kept p256'", &["OpenSSL error 18", "ssl_ca", "ssl_fp"]),
    row(19, "a self-signed CA among what it sends", Code::CertSelfSigned, a_self_signed_ca_in_the_chain,
        "self-signed certificate of the peer is not trusted here: '/CN=tlsql test CA'", &["OpenSSL error 19 at depth 1", "Set ssl_ca to that CA"]),
    row(20, "an expired certificate", Code::CertExpired, || verified("expired", &[]), "has expired: '/CN=tlsql test server', on 20", &["OpenSSL error 10", "Renew"]),
    row(21, "a certificate that is not valid yet", Code::CertNotYet,
        || verified_at(1_000_000_000), "not valid yet: '/CN=tlsql test CA', before 20", &["OpenSSL error 9", "clock"]),
    row(22, "a wrong name", Code::CertName,
        || verified("wrongname", &[("ssl_mode", "VERIFY_IDENTITY")]), "wanted 'localhost', it is for 'other.example.test'", &["wanted 'localhost'", "other.example.test", "verify_name", "VERIFY_CA"]),
    row(23, "a revoked certificate", Code::CertRevoked,
        || verified("server", &[("ssl_crl", "crl-revoked.pem")]), "revoked: '/CN=tlsql test server', serial 1002", &["OpenSSL error 23", "ssl_crl"]),
    row(24, "no revocation list of the CA", Code::CrlState, a_list_of_another_ca, "no revocation list for a certificate of the peer: '/CN=tlsql test server' by '/CN=tlsql other CA'", &["OpenSSL error 3", "ssl_crl"]),
    row(25, "an expired revocation list", Code::CrlExpired, an_expired_list, "the list of '/CN=tlsql refusals ca', until 2026-12-01 00:00:00 UTC", &["OpenSSL error 12", "ssl_crl"]),
    row(26, "a certificate for another purpose", Code::CertPurpose,
        || verified("client", &[]), "'/CN=tlsql test client', not for servers", &["OpenSSL error 26", "extendedKeyUsage"]),
    row(27, "a weak signature", Code::CertWeak, a_certificate_signed_with_sha1, "'/CN=tlsql kept sha1'", &["OpenSSL error 68", "tlsql_security_level"]),
    row(27, "a weak key", Code::CertWeak, a_key_of_1024_bits, "'/CN=tlsql kept rsa1024'", &["OpenSSL error 66", "tlsql_security_level"]),
    row(28, "a client certificate refused in TLS 1.2", Code::ClientCertRefused,
        || own_certificate_refused("TLSv1.2"), "does not know its CA", &["does not know its CA", "unknown_ca", "ssl_cert", "ssl_ca"]),
    row(28, "the same, and out of date", Code::ClientCertRefused,
        || own_certificate_answered(45), "it has expired", &["it has expired", "certificate_expired", "ssl_cert"]),
    row(28, "the same, and its CA was made anew", Code::ClientCertRefused,
        || own_certificate_answered(51), "a signature is wrong to it", &["a signature is wrong to it", "made anew", "ssl_cert", "alters"]),
    row(28, "the same, and the server does not say why", Code::ClientCertRefused,
        || own_certificate_answered(42), "the server cannot verify it", &["dates", "CA", "purpose", "clientAuth"]),
    row(29, "a client certificate refused in TLS 1.3, after the handshake", Code::ClientCertRefused,
        || own_certificate_refused("TLSv1.3"), "does not know its CA", &["does not know its CA", "unknown_ca", "ssl_cert", "ssl_ca"]),
    row(29, "the same, and the alert is lost", Code::Eof, own_certificate_met_with_silence,
        "after it was shown a client certificate", &["after it was shown a client certificate", "ssl_cert", "ssl_ca"]),
    row(30, "a client certificate missing in TLS 1.2", Code::ClientCertMissing,
        || certificate_demanded(&rustls::version::TLS12, 40), "none is configured", &["none is configured", "ssl_cert", "ssl_key"]),
    row(30, "the same in TLS 1.3", Code::ClientCertMissing,
        || certificate_demanded(&rustls::version::TLS13, 116), "none is configured", &["none is configured", "ssl_cert", "ssl_key"]),
    row(31, "a key that does not fit the certificate", Code::KeyMismatch,
        || made(&[("ssl_cert", "cn-cert.pem"), ("ssl_key", "ca-key.pem")]), "not the key of ssl_cert (ssl_key=", &["ssl_key=", "ssl_cert"]),
    row(32, "an encrypted key", Code::KeyEncrypted, an_encrypted_key, "the private key is encrypted (ssl_key=", &["ssl_key=", "encrypted", "openssl pkey"]),
    row(33, "no cipher in common because of our own ssl_cipher", Code::Cipher,
        || alerted("5.7.29", &[("ssl_cipher", "CHACHA20")], 40),
        "MySQL 5.7.29 takes none of ssl_cipher=CHACHA20", &["MySQL 5.7.29", "ssl_cipher=CHACHA20", "Widen ssl_cipher"]),
    row(33, "the same, and a blank stands behind it", Code::Cipher,
        || alerted("5.7.29", &[("ssl_cipher", "CHACHA20 ")], 40),
        "MySQL 5.7.29 takes none of ssl_cipher='CHACHA20 '", &["Widen ssl_cipher"]),
    row(33, "the same, by our own tls_ciphersuites", Code::Cipher,
        || alerted("8.0.36", &[("tls_ciphersuites", "TLS_CHACHA20_POLY1305_SHA256")], 40),
        "MySQL 8.0.36 takes no ECDHE with AES-GCM, and in TLS 1.3", &["MySQL 8.0.36", "tls_ciphersuites=TLS_CHACHA20_POLY1305_SHA256", "or tls_ciphersuites here"]),
    row(33, "the same, by both", Code::Cipher,
        || alerted("8.0.36", &[("tls_ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"), ("ssl_cipher", "HIGH")], 40),
        "MySQL 8.0.36 takes none of ssl_cipher=HIGH and tls_cipher", &["ssl_cipher=HIGH and tls_ciphersuites=TLS_", "Widen both"]),
    row(33, "one of the two, and TLS 1.2 too", Code::Cipher,
        || alerted("5.5.5-10.3.39-MariaDB", &[("tls_ciphersuites", "TLS_AES_128_GCM_SHA256")], 40),
        "MariaDB 10.3.39 takes no ECDHE with AES-GCM, and in TLS 1.3", &["MariaDB 10.3.39 takes no ECDHE", "in TLS 1.3 none of tls_ciphersuites=", "server's ssl_cipher"]),
    row(33, "the same in TLS 1.3 only", Code::Cipher,
        || alerted("8.0.36", &[("tls_version", "TLSv1.3"), ("tls_ciphersuites", "TLS_AES_128_GCM_SHA256")], 40),
        "none of tls_ciphersuites=TLS_AES_128_GCM", &["none of tls_ciphersuites=TLS_AES_128_GCM_SHA256", "Widen tls_ciphersuites here"]),
    row(33, "by ssl_cipher, and TLS 1.3 too", Code::Cipher,
        || alerted("8.0.36", &[("ssl_cipher", "CHACHA20")], 40),
        "MySQL 8.0.36 takes none of ssl_cipher=CHACHA20 nor", &["none of ssl_cipher=CHACHA20 nor of TLS 1.3", "Widen ssl_cipher here", "tls_ciphersuites at the server"]),
    row(33, "a TLS 1.3 server with other suites or curves", Code::Cipher,
        || alerted("8.0.36", &[("tls_version", "TLSv1.3")], 40),
        "MySQL 8.0.36 takes none of TLS 1.3", &["MySQL 8.0.36", "P-384", "tls_ciphersuites"]),
    row(33, "the same, and OpenSSL 1.0.x", Code::Cipher,
        || alerted("8.0.15", &[("ssl_cipher", "ECDHE-RSA-AES128-GCM-SHA256")], 40),
        "MySQL 8.0.15 takes none of ssl_cipher=ECDHE-RSA-AES128-GCM", &["MySQL 8.0.15", "OpenSSL 1.0.x", "no ECDHE", "Add DHE-RSA-AES128-GCM-SHA256 to ssl_cipher"]),
    row(33, "a newer server with DHE, CBC or RSA key exchange only", Code::Cipher,
        || alerted("8.0.36", &[], 40), "MySQL 8.0.36 takes no ECDHE", &["MySQL 8.0.36 takes no ECDHE", "give it an RSA key", "ssl_cipher"]),
    row(33, "an old server that takes nothing", Code::Cipher,
        || hello_answered_by("5.5.5-10.3.39-MariaDB", MARIADB, &[], &wire::alert(40)),
        "MariaDB 10.3.39 takes none that its certificate", &["MariaDB 10.3.39", "RSA certificate", "ssl_cipher"]),
    row(33, "the same in a MariaDB of 10.5 or later, which has ECDHE", Code::Cipher,
        || hello_answered_by("5.5.5-10.11.5-MariaDB", MARIADB, &[("ssl_cipher", "ECDHE-RSA-CHACHA20-POLY1305")], &wire::alert(40)),
        "MariaDB 10.11.5 takes none of ssl_cipher=ECDHE-RSA-CHACHA20", &["ssl_cipher=ECDHE-RSA-CHACHA20-POLY1305", "Widen ssl_cipher here"]),
    row(33, "by a list of DHE alone", Code::Cipher,
        || alerted("5.7.29", &[("ssl_cipher", "DHE-RSA-AES128-GCM-SHA256")], 40),
        "MySQL 5.7.29 takes none of ssl_cipher=DHE-RSA-AES128-GCM", &["no RSA certificate", "Widen ssl_cipher here", "server's ssl_cipher"]),
    row(33, "TLS 1.2 only, and a server that may allow TLS 1.3 only", Code::Cipher,
        || hello_answered_by("11.8.6-MariaDB", MARIADB, &[("tls_version", "TLSv1.2")], &wire::alert(40)),
        "MariaDB 11.8.6 takes none of TLS 1.2", &["ompare tls_version", "TLS 1.3 only", "its ssl_cipher"]),
    row(33, "the same, and our own ssl_cipher", Code::Cipher,
        || hello_answered_by("11.8.6-MariaDB", MARIADB, &[("tls_version", "TLSv1.2"), ("ssl_cipher", "CHACHA20")], &wire::alert(40)),
        "MariaDB 11.8.6 takes none of ssl_cipher=CHACHA20", &["Widen ssl_cipher or tls_version here"]),
    row(33, "a MariaDB with an older version, CBC or RSA key exchange only", Code::Cipher,
        || hello_answered_by("5.5.5-10.11.5-MariaDB", MARIADB, &[], &wire::alert(40)),
        "MariaDB 10.11.5 takes none that its certificate", &["TLSv1.2 in tls_version", "ECDHE with AES-GCM in ssl_cipher"]),
    row(34, "no version in common because of our own tls_version", Code::Version,
        || alerted("8.0.36", &[("tls_version", "TLSv1.2")], 70), "MySQL 8.0.36 refused TLS 1.2", &["MySQL 8.0.36 refused TLS 1.2", "Add TLSv1.3 to tls_version"]),
    row(35, "server: a PROXY header, version 1", Code::NotMysql,
        || asked(b"PROXY TCP4 192.0.2.1 192.0.2.2 40000 3306\r\n"), "a PROXY header (version 1)", &["PROXY protocol off", "load balancer"]),
    row(35, "the same, version 2", Code::NotMysql,
        || asked(b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"), "a PROXY header (version 2)", &["PROXY protocol off", "load balancer"]),
    row(35, "an HTTP client", Code::NotMysql,
        || asked(b"GET / HTTP/1.1\r\n"), "an HTTP client connects", &["HTTP", "host and port"]),
    row(35, "an SSH client", Code::NotMysql,
        || asked(b"SSH-2.0-OpenSSH_9.2\r\n"), "an SSH client connects", &["SSH", "host and port"]),
    row(35, "a client that begins with TLS", Code::NotMysql,
        || asked(&wire::client_hello(0x0303, &[0xc02f], &wire::usual_extensions(&[29]))), "the client begins with TLS", &["without an SSLRequest", "TLS upgrade"]),
    row(35, "a part of a first packet, and the end", Code::Eof,
        || asked_and_left(b"\x20\0\0\x01\x85"), "the client closed in the middle of its first packet", &["client's log"]),
    row(35, "a client that closes after its SSLRequest", Code::Eof,
        || asked_and_left(&behind_the_request(b"")), "after its SSLRequest, without a ClientHello", &["client's log"]),
    row(35, "in the middle of its ClientHello", Code::Eof,
        || asked_and_left(&behind_the_request(b"\x16\x03\x01")), "in the middle of its ClientHello", &["client's log"]),
    row(35, "a first packet with another number", Code::Sequence,
        || asked(&wire::packet(2, &wire::ssl_request(wire::MYSQL_PROGRAM))), "the client's first packet has another number than 1", &["Look for what connects"]),
    row(35, "a first packet of another size", Code::PacketSize,
        || asked(&[&[0xff, 0xff, 0x2f, 1][..], &wire::ssl_request(wire::MYSQL_PROGRAM)].concat()), "A first packet of this size", &["Look for what connects"]),
    row(35, "an SSLRequest to a server without TLS", Code::SslRequest, asked_for_tls_that_is_off,
        "the client asks for TLS, and this server has none", &["Set ssl_cert and ssl_key here", "ssl_mode=DISABLED at the client"]),
    row(36, "a record of no known type behind others", Code::Record,
        || hello_answered(&[wire::server_hello(0x0303, 0xc02f), wire::record(24, b"abc")].concat()), "sent no valid TLS record", &["what alters the traffic"]),
    row(36, "server: an alert behind the SSLRequest", Code::EarlyBytes,
        || asked(&behind_the_request(&wire::alert(80))), "the client sent an alert in place", &["in place of its ClientHello", "alert 80 internal_error", "client's log"]),
    row(36, "something else behind the SSLRequest", Code::EarlyBytes,
        || asked(&behind_the_request(b"\x55\0\0\x02\x85\xa6")), "no TLS handshake begins behind the SSLRequest", &["ClientHello belongs there"]),
    row(36, "a client that has another certificate of our CA's name", Code::Alert,
        || answered_with(51), "a signature is wrong to it", &["made anew under its name", "present CA", "alters the traffic"]),
    row(36, "a client that takes no certificate list of this length", Code::Alert,
        || answered_with(50), "it could not read a message", &["list of certificates", "Shorten ssl_cert's chain", "tlsql_max_handshake_bytes"]),
];

/// However much of another protocol came before the end, it is named; in either role.
#[test]
fn a_part_of_another_protocol_is_named() {
    for (stream, name) in [
        (&b"PROXY TCP4 192.0.2.1 192.0.2.2 40000 3306\r\n"[..], "PROXY header (version 1)"),
        (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01", "PROXY header (version 2)"),
        (b"GET / HTTP/1.1\r\n", "HTTP"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH"),
        (b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", "TLS"),
    ] {
        for len in 3..=stream.len() {
            let error = asked_and_left(&stream[..len]);
            assert_eq!(error.code, Code::NotMysql, "{len}: {error}");
            assert!(error.message().contains(name), "{len}: {error}");
        }
    }
    // A record of 256 to 511 bytes has the packet number 1.
    let hello =
        b"\x16\x03\x01\x01\x17\x01\0\x01\x13\x03\x03\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\
                  \x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07";
    for len in (3..=hello.len()).filter(|len| !(4..7).contains(len)) {
        let error = asked_and_left(&hello[..len]);
        assert_eq!(error.code, Code::NotMysql, "{len}: {error}");
    }
    for (stream, name) in [
        (&b"HTTP/1.1 400 Bad Request\r\n"[..], "HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH"),
        (b"220 mail.example.test ESMTP\r\n", "SMTP"),
        (b"\x15\x03\x01\0\x02\x02\x46", "TLS"),
    ] {
        for len in 3..=stream.len() {
            let mut host = Host::new(&pki::client(&[]), Schedule::Whole);
            host.deliver(&stream[..len]);
            let error = host.eof().unwrap_err();
            assert!(error.message().contains(name), "{len}: {error}");
        }
    }
    // One byte may be anyone's.
    assert_eq!(asked_and_left(b"G").code, Code::Eof);
}

#[test]
fn each_refusal_has_its_sentence() {
    let mut wrong = Vec::new();
    let mut sentences = BTreeMap::new();
    for refusal in REFUSALS {
        let error = (refusal.provoke)();
        let message = error.message();
        let name = format!("({}) {}", refusal.number, refusal.what);
        if error.code != refusal.code {
            wrong.push(format!("{name}: {:?} and not {:?}", error.code, refusal.code));
        }
        for part in refusal.says.iter().filter(|part| !message.contains(**part)) {
            wrong.push(format!("{name}: no {part:?} in {message:?}"));
        }
        if shown(&error).chars().count() > MOST || message.contains('\n') || !message.ends_with('.')
        {
            wrong.push(format!("{name}: {} characters: {message}", shown(&error).chars().count()));
        }
        if message.to_lowercase().contains("unknown error") {
            wrong.push(format!("{name}: {message}"));
        }
        let fact = kept_by_a_client_library(&error);
        if !fact.contains(refusal.first) {
            wrong.push(format!("{name}: no {:?} in {fact:?}", refusal.first));
        }
        if let Some(other) = sentences.insert(message, name.clone()) {
            // What a server says of a certificate is the same in either version.
            let alike = [("(28)", "(29)"), ("(30)", "(30)")];
            let is_alike = alike.iter().any(|(a, b)| other.starts_with(a) && name.starts_with(b));
            if !is_alike {
                wrong.push(format!("{name} says what {other} says"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The fact as a library shows it that writes "SSL connection error: " itself and keeps 100 bytes.
fn kept_by_a_client_library(error: &Error) -> String {
    let Message { text, fact } = error.to_message();
    let fact = &text[fact];
    assert!(!fact.starts_with("SSL connection error"), "{fact}");
    String::from_utf8_lossy(&fact.as_bytes()[..fact.len().min(100)]).into_owned()
}

#[test]
fn all_36_are_there() {
    let numbers: BTreeSet<u8> = REFUSALS.iter().map(|refusal| refusal.number).collect();
    assert_eq!(numbers, (1..=36).collect());
    assert!(REFUSALS.windows(2).all(|two| two[0].number <= two[1].number));
}

/// What is true of one moment only is not said in another.
#[test]
fn an_alert_means_what_its_moment_allows() {
    // No certificate was asked for.
    for number in [42, 48, 51, 116] {
        assert_eq!(alerted("5.7.29", &[], number).code, Code::Alert, "{number}");
        assert_eq!(alerted("8.0.36", &[], number).code, Code::Alert, "{number}");
    }
    // Session tickets came: the server has taken the certificate that it was shown.
    let mut client = Host::greeted(&pki::client_as("client", &[]), Schedule::Whole, MYSQL57);
    CertRequestServer::new(&rustls::version::TLS13).upgrade(&mut client);
    assert!(client.eof().is_ok());
    // Nor is a proxy, or a build by others, taken for yaSSL.
    for version in ["5.7.22-22-log", "5.7.25-TiDB-v6.1.0", "5.6.51-log", "5.7.29"] {
        let message = hello_answered_by(version, MYSQL57, &[], wire::BAD_HANDSHAKE).message();
        assert!(message.contains("proxy") && !message.contains("yaSSL"), "{version}: {message}");
    }
    // All that is spoken, in another order, is not what a server has nothing of.
    let all = "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384";
    let message = alerted("8.0.36", &[("tls_ciphersuites", all)], 40).message();
    assert!(!message.contains("tls_ciphersuites"), "{message}");
    let both = [("tls_version", "TLSv1.3,TLSv1.2")];
    let message = hello_answered_by("8.0.36", MYSQL57, &both, wire::BAD_HANDSHAKE).message();
    assert!(!message.contains("tls_version"), "{message}");
}

/// A server names the option of the version that was negotiated on.
#[test]
fn a_server_names_its_own_list() {
    for (version, option, own, theirs) in [
        ("TLSv1.3", "tls_ciphersuites", "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"),
        ("TLSv1.2", "ssl_cipher", "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"),
    ] {
        let client = pki::client(&[("tls_version", version), (option, theirs)]);
        let (mut client, mut server) =
            link(&client, &pki::server_as("server", &[(option, own)]), Schedule::Whole);
        run(&mut client, &mut server);
        let message = server.failure().message();
        assert!(message.contains(&format!("none of {option}={own}")), "{message}");
        assert!(message.contains(&format!("Widen {option} here")), "{message}");
    }
}

/// What is not known of a server is not said of it.
#[test]
fn a_sentence_fits_the_servers_version() {
    let narrow = [("ssl_cipher", "ECDHE-RSA-CHACHA20-POLY1305")];
    let wolfssl = |version, options: &[(&str, &str)]| {
        hello_answered_by(version, MARIADB, options, &wire::alert(40)).message()
    };
    for version in ["5.5.5-10.5.8-MariaDB", "5.5.5-10.11.5-MariaDB", "11.8.6-MariaDB", "8.0.36"] {
        let message = wolfssl(version, &narrow);
        assert!(!message.contains("OpenSSL 1.0"), "{version}: {message}");
        // A server with another version answers with this alert too.
        for only in ["TLSv1.2", "TLSv1.3"] {
            let message = wolfssl(version, &[("tls_version", only)]);
            assert!(message.contains("tls_version"), "{version} {only}: {message}");
        }
        let message = wolfssl(version, &[]);
        assert!(message.contains("tls_version"), "{version}: {message}");
    }
    for version in ["5.5.5-10.0.38-MariaDB", "5.5.68-MariaDB", "5.5.5-10.3.39-MariaDB"] {
        for answer in [wire::server_hello(0x0302, 0x0035), wire::alert(70), wire::alert(40)] {
            let message = hello_answered_by(version, MARIADB, &[], &answer).message();
            assert!(!message.contains("in tls_version"), "{version}: {message}");
            assert!(!message.contains("peer's tls_version"), "{version}: {message}");
        }
    }
    // No curve counts for DHE, and no circle leads from one list to another.
    for list in ["DHE", "kDHE+AESGCM", "DHE-RSA-AES256-GCM-SHA384:DHE-RSA-CHACHA20-POLY1305"] {
        let message = alerted("5.7.29", &[("ssl_cipher", list)], 40).message();
        assert!(!message.contains("curve") && !message.contains("X25519"), "{list}: {message}");
    }
    let first = chose("5.7.29", 0x0303, 0x009c).message();
    let second = alerted("5.7.29", &[("ssl_cipher", "ECDHE-RSA-AES128-GCM-SHA256:DHE")], 40);
    for message in [first, second.message()] {
        assert!(
            message.contains("server's ssl_cipher") || message.contains("its ssl_cipher"),
            "{message}"
        );
        assert!(!message.contains("leave it out"), "{message}");
    }
    let message = alerted("8.0.36", &[], 80).message();
    assert!(!message.contains("connect again") && message.contains("ssl_key"), "{message}");
}

/// Whatever a peer sends, the message tells more than the alert's name.
#[test]
fn no_alert_stands_alone() {
    for number in 0..=u8::MAX {
        for version in ["5.7.29", "8.0.36"] {
            let error = alerted(version, &[], number);
            let message = error.message();
            assert!(message.len() > 120 && message.ends_with('.'), "{number}: {message}");
            assert!(!message.to_lowercase().contains("unknown error"), "{number}: {message}");
            let alert = error.alert().map(|alert| (alert.number, alert.from_peer));
            assert_eq!(alert, Some((number, true)), "{message}");
        }
    }
}

/// The message as `docs/errors.md` shows it: without the paths and the dates of this run.
pub fn shown(error: &Error) -> String {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/");
    let own = format!("{}/", pki::dir().display());
    let mut text = error.message().replace(&own, "").replace(root, "");
    let (from, to) = (" 20", " UTC");
    let places: Vec<_> = text.match_indices(from).map(|(at, _)| at + 1).collect();
    for at in places {
        let end = at + "2026-01-01 00:00:00".len();
        if text.get(end..).is_some_and(|rest| rest.starts_with(to)) {
            text.replace_range(at..end, "2026-01-01 00:00:00");
        }
    }
    text
}

impl Refusal {
    pub fn sentence(&self) -> (&'static str, String) {
        let error = (self.provoke)();
        (error.row().name, shown(&error))
    }
}

/// What a client makes of an answer to its ClientHello.
fn hello_answered_by(
    version: &str,
    capabilities: u32,
    options: &[(&str, &str)],
    answer: &[u8],
) -> Error {
    let greeting = wire::packet(0, &wire::greeting_of(version, capabilities, 0));
    client_fed(&pki::client(options), &[&greeting, answer])
}

fn alerted(version: &str, options: &[(&str, &str)], number: u8) -> Error {
    hello_answered_by(version, MYSQL57, options, &wire::alert(number))
}

fn chose(version: &str, tls: u16, suite: u16) -> Error {
    hello_answered_by(version, MYSQL57, &[], &wire::server_hello(tls, suite))
}

/// What a client makes of a stream that ends.
fn closed(streams: &[&[u8]]) -> Error {
    let mut host = Host::new(&pki::client(&[]), Schedule::Whole);
    streams.iter().for_each(|stream| host.deliver(stream));
    host.eof().unwrap_err()
}

fn closed_at_port_8080() -> Error {
    let mut host = Host::new(&pki::client(&[]), Schedule::Whole);
    host.conn.set("host", "db.example.test").unwrap();
    host.conn.set("port", "8080").unwrap();
    host.eof().unwrap_err()
}

/// What a server makes of a client that sends this and ends the stream.
fn asked_and_left(stream: &[u8]) -> Error {
    let mut host = Host::new(&pki::server_as("server", &[]), Schedule::Whole);
    host.deliver(stream);
    host.eof().unwrap_err()
}

/// An ErrorResponse that is shorter than the packet that its first bytes announce.
fn postgresql() -> Error {
    let mut message =
        b"E\0\0\0\0SFATAL\0VFATAL\0C53300\0Msorry, too many clients already\0\0".to_vec();
    message[4] = message.len() as u8 - 1;
    let mut host = Host::new(&pki::client(&[]), Schedule::Whole);
    host.deliver(&message);
    host.eof().unwrap_err()
}

/// What a host is told that wrote its SSLRequest with the number 2.
fn a_wrong_number_of_the_host() -> Error {
    let mut host = Host::new(&pki::client(&[]), Schedule::Whole).by_hand();
    host.conn.client_greeting_read(&wire::greeting(MYSQL57), 0, &[]).unwrap();
    let mut request = host.request;
    request.capabilities |= wire::CLIENT_SSL;
    host.conn.client_request_sent(&request).unwrap();
    host.settle();
    host.deliver(&wire::packet(1, &wire::err(1156, "Got packets out of order")));
    host.failure().clone()
}

fn a_key_of_1024_bits() -> Error {
    let ca = pki::kept("keys/rsa1024-cert.pem");
    let leaf = CertificateDer::from(pki::der(&std::fs::read(&ca).unwrap()));
    shown_chain(&pki::client(&[("ssl_ca", &ca)]), vec![leaf])
}

/// A client whose certificate is of a CA that the server does not know.
fn own_certificate_refused(version: &str) -> Error {
    let client = pki::client_as("other-client", &[("tls_version", version)]);
    let server = pki::server_as("server", &[("ssl_ca", "ca.pem")]);
    ended(&client, &server)
}

/// A client that has shown its certificate in TLS 1.2, and gets this alert.
fn own_certificate_answered(number: u8) -> Error {
    let options = [("tls_version", "TLSv1.2")];
    let mut client = shown_to(&pki::client_as("client", &options), &rustls::version::TLS12);
    client.deliver(&wire::alert(number));
    client.failure().clone()
}

fn own_certificate_met_with_silence() -> Error {
    let mut client = shown_to(&pki::client_as("client", &[]), &rustls::version::TLS13);
    client.eof().unwrap_err()
}

/// A client after its last flight, which the server never takes.
fn shown_to(client: &tlsql::Context, version: &'static rustls::SupportedProtocolVersion) -> Host {
    let mut client = Host::greeted(client, Schedule::Whole, MYSQL57);
    CertRequestServer::new(version).ask(&mut client);
    client
}

pub fn no_certificate_for_tls_13() -> Error {
    certificate_demanded(&rustls::version::TLS13, 116)
}

/// A server whose list of certificates ends with its self-signed CA, which is not ours.
fn a_self_signed_ca_in_the_chain() -> Error {
    let der = |name: &str| CertificateDer::from(pki::der(&pki::read(name)));
    let client = pki::client(&[("ssl_ca", &pki::kept("refusals/ca.pem"))]);
    shown_chain(&client, vec![der("server-cert.pem"), der("ca.pem")])
}

/// A server that ends the handshake with this alert where no certificate is shown.
fn certificate_demanded(version: &'static rustls::SupportedProtocolVersion, number: u8) -> Error {
    if version == &rustls::version::TLS12 {
        let mut client = shown_to(&pki::client(&[]), version);
        client.deliver(&wire::alert(number));
        return client.failure().clone();
    }
    let mut client = Host::greeted(&pki::client(&[]), Schedule::Whole, MYSQL57);
    CertRequestServer::new(version).upgrade(&mut client);
    client.failure().clone()
}
