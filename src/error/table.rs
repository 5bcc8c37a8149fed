//! Every failure the library can report, one row each.
//!
//! The header's constants and `docs/errors.md` are generated from these rows, so this file names
//! nothing else of the crate.

/// What is known of a code alone.
#[derive(Debug)]
pub struct Row {
    pub code: Code,
    /// The C constant.
    pub name: &'static str,
    /// MySQL's errno; 0 where none fits.
    pub errno: u16,
    /// SQLSTATE; empty where none fits.
    pub sqlstate: &'static str,
    /// The TLS alert that we send for it, where there is one.
    pub alert: Option<u8>,
    /// What happened.
    pub text: &'static str,
    /// A clause that follows what was known when it happened; mostly empty.
    pub clause: &'static str,
    /// What the user can change.
    pub hint: &'static str,
    /// tlsql's name of the option to change, or of a fact of the connection, where the failure itself
    /// names none; empty where only the peer can change something.
    pub option: &'static str,
    /// The certificate checks that failed, as `verify_flag` bits; 0 for other failures.
    pub verify_flags: u32,
    pub used_by: UsedBy,
}

/// Who reports a failure of a row.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum UsedBy {
    Library,
    /// A host, for what only it can know; the library gives the texts.
    Host,
    /// Nobody yet: the number is reserved.
    Nobody,
}

/// Checks of a peer's certificate, as bits.
pub mod verify_flag {
    pub const TRUST: u32 = 0x01;
    pub const NAME: u32 = 0x02;
    pub const TIME: u32 = 0x04;
    pub const REVOCATION: u32 = 0x08;
    pub const PURPOSE: u32 = 0x10;
    pub const FORM: u32 = 0x20;
    /// The leaf has one of the configured fingerprints.
    pub const PIN: u32 = 0x40;
    /// The server showed that it knows the password.
    pub const PROOF: u32 = 0x80;
}

use verify_flag::{FORM, NAME, PIN, PROOF, PURPOSE, REVOCATION, TIME, TRUST};

macro_rules! codes {
    ($($(#[$used_by:ident])? $variant:ident = $number:literal $name:literal, $errno:literal
        $sqlstate:literal, $alert:expr, $($flags:ident,)? $text:literal $(+ $clause:literal)?,
        $hint:literal $([$option:ident])?;)*) => {
        /// A failure by number; the C constants have the same values.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[repr(i32)]
        pub enum Code { $($variant = $number,)* }

        impl Code {
            /// The value of the C constant: always negative.
            pub const fn number(self) -> i32 {
                match self { $(Self::$variant => $number,)* }
            }
        }

        /// All rows, in the order of the header.
        pub const TABLE: &[Row] = &[$(Row {
            code: Code::$variant,
            name: concat!("TLSQL_E_", $name),
            errno: $errno,
            sqlstate: $sqlstate,
            alert: $alert,
            text: $text,
            clause: concat!($($clause)?),
            hint: $hint,
            option: concat!($(stringify!($option))?),
            verify_flags: codes!(@flags $($flags)?),
            used_by: codes!(@used_by $($used_by)?),
        },)*];
    };
    (@flags) => { 0 };
    (@flags $flags:ident) => { $flags };
    (@used_by) => { UsedBy::Library };
    (@used_by host) => { UsedBy::Host };
    (@used_by reserved) => { UsedBy::Nobody };
}

codes! {
    // -1..-19: a wrong call
    Null = -1 "NULL", 0 "", None,
        "A pointer that this call needs is NULL",
        "Pass NULL only where the length is 0 or the header allows it.";
    Argument = -2 "ARGUMENT", 0 "", None,
        "An argument has a value that this call does not take",
        "Compare it with the header.";
    State = -3 "STATE", 0 "", None,
        "This call is not allowed in the connection's present phase",
        "tlsql_conn_phase() tells the phase, the step's want what comes next.";
    Overlap = -4 "OVERLAP", 0 "", None,
        "Two of the buffers overlap",
        "Give each buffer and each result its own memory.";
    Room = -5 "ROOM", 0 "", None,
        "The buffer is too small for the result",
        "Call again with the number of bytes that came back in needed.";
    StructSize = -6 "STRUCT_SIZE", 0 "", None,
        "struct_size is below that of ABI 0.1 or above 65536, or bytes unknown to this library are set",
        "Set struct_size to sizeof and the rest to zero, and use a library as new as the header.";
    Busy = -7 "BUSY", 0 "", None,
        "Another call on the same object is running",
        "One connection or builder serves one call at a time: add a lock.";
    Panic = -8 "PANIC", 0 "", None,
        "A defect inside the library was caught, and the object is unusable from now on",
        "Free it, and please report the calls that led here.";
    SessionPolicy = -9 "SESSION_POLICY", 0 "", None,
        "The session was made under other settings than this connection has",
        "Set it only where tlsql_conn_status() gives the Tlsql_policy_digest that it gave when the session was taken, and free it otherwise.";
    NoHello = -10 "NO_HELLO", 0 "", None,
        "No ClientHello waits for the choice of a context now",
        "At a server with tlsql_hello_event=ON call this after TLSQL_EVENT_HELLO and before the next step." [tlsql_hello_event];
    ContextChosen = -11 "CONTEXT_CHOSEN", 0 "", None,
        "This connection was given another context already, and goes on with that",
        "Call tlsql_conn_use_context() once for each TLSQL_EVENT_HELLO.";
    ContextNoTls = -12 "CONTEXT_NO_TLS", 0 "", None,
        "This context has no TLS" + ", and the client has begun it",
        "Make it with ssl_cert and ssl_key, or reload it if a reload turned TLS off; or go on under the first context, or close." [ssl_cert];

    // -20..-49: settings
    OptionName = -20 "OPTION_NAME", 2026 "HY000", None,
        "Unknown option",
        "Options have MySQL's names (ssl-mode, ssl_ca, ...) and a role: docs/defaults.md lists them.";
    OptionValue = -21 "OPTION_VALUE", 2026 "HY000", None,
        "The option does not take this value",
        "docs/defaults.md lists the values of each option and of a connection's facts.";
    File = -22 "FILE", 2026 "HY000", None,
        "SSL connection error: cannot read a file",
        "Check the path and the permissions, or leave the option out.";
    Pem = -23 "PEM", 2026 "HY000", None,
        "SSL connection error: neither PEM nor DER of the kind that the option needs",
        "Give the option a file in PEM form of the right kind.";
    NoCert = -24 "NO_CERT", 2026 "HY000", None,
        "SSL connection error: Unable to get certificate",
        "Set ssl_cert to a file that holds the certificate, or leave out ssl_key too." [ssl_cert];
    NoKey = -25 "NO_KEY", 2026 "HY000", None,
        "SSL connection error: Unable to get private key",
        "Set ssl_key to a file that holds the certificate's private key." [ssl_key];
    KeyMismatch = -26 "KEY_MISMATCH", 2026 "HY000", None,
        "SSL connection error: Private key does not match the certificate public key",
        "Set ssl_cert and ssl_key to files of one pair." [ssl_key];
    KeyForm = -27 "KEY_FORM", 2026 "HY000", None,
        "SSL connection error: unsupported private key",
        "Set ssl_key to an unencrypted RSA (2048, 3072 or 4096 bits), P-256, P-384 or Ed25519 key." [ssl_key];
    NoCa = -28 "NO_CA", 2026 "HY000", None,
        "SSL connection error: CA certificate is required if ssl-mode is VERIFY_CA or VERIFY_IDENTITY",
        "Set ssl_ca or ssl_capath (ssl_ca=system: the platform's roots), or an ssl-mode that does not verify." [ssl_ca];
    Crl = -29 "CRL", 2026 "HY000", None,
        "SSL connection error: the revocation list cannot be used",
        "Set ssl_crl to a file with X.509 CRLs of the CAs in ssl_ca." [ssl_crl];
    NoCipher = -30 "NO_CIPHER", 2026 "HY000", None,
        "SSL connection error: Failed to set ciphers to use",
        "Name at least one supported suite in ssl_cipher or tls_ciphersuites, or leave the option out." [ssl_cipher];
    NoVersion = -31 "NO_VERSION", 2026 "HY000", None,
        "SSL connection error: TLS version is invalid",
        "Set tls_version to TLSv1.2, TLSv1.3 or both, separated by a comma." [tls_version];
    NotLoaded = -32 "NOT_LOADED", 2026 "HY000", None,
        "File not loaded",
        "Call tlsql_builder_load_files() after the last option and before tlsql_context_new() or tlsql_context_reload().";
    NoName = -33 "NO_NAME", 2026 "HY000", None,
        "SSL connection error: No server hostname supplied, and ssl-mode is VERIFY_IDENTITY",
        "Set the connection's host or verify_name to the name in the server's certificate." [verify_name];
    TrustedCert = -34 "TRUSTED_CERT", 2026 "HY000", None,
        "SSL connection error: a TRUSTED CERTIFICATE block" + ", whose trust settings would be ignored",
        "Convert it to a plain certificate: openssl x509 -in FILE -out FILE2.";
    KeyEncrypted = -35 "KEY_ENCRYPTED", 2026 "HY000", None,
        "SSL connection error: the private key is encrypted",
        "Decrypt it (openssl pkey -in KEY -out KEY2) and set ssl_key to that file." [ssl_key];
    OptionFile = -36 "OPTION_FILE", 2026 "HY000", None,
        "An option file cannot be read",
        "Check the path and the permissions.";
    OptionSyntax = -37 "OPTION_SYNTAX", 2026 "HY000", None,
        "Wrong line in an option file",
        "Write it as in MySQL's option files: [group], name, name=value, !include PATH, # comment.";
    OptionInclude = -38 "OPTION_INCLUDE", 2026 "HY000", None,
        "Wrong inclusion of a file",
        "Remove one of the !include or !includedir lines: files do not include each other in a circle.";
    FileWrite = -39 "FILE_WRITE", 2026 "HY000", None,
        "SSL connection error: a file cannot be made",
        "Check the directory's permissions and free space, or set auto_generate_certs=OFF." [auto_generate_certs];
    OwnCert = -40 "OWN_CERT", 2026 "HY000", None,
        "SSL connection error: the own certificate does not verify",
        "Set ssl_cert to a certificate that ssl_ca verifies, or tls_certificates_enforced_validation=OFF." [ssl_cert];

    // -50..-79: MySQL packets and transport
    Greeting = -50 "GREETING", 2027 "HY000", None,
        "Malformed packet: the server's greeting cannot be read",
        "Check that host and port are those of a MySQL or MariaDB server.";
    OldProtocol = -51 "OLD_PROTOCOL", 2007 "HY000", None,
        "Protocol mismatch",
        "Check that the port is a MySQL server's classic port; X Protocol and servers before 4.1 differ.";
    ServerError = -52 "SERVER_ERROR", 0 "HY000", None,
        "The server refused the connection" + ", in clear text that is not authenticated",
        "Look into the server's error log.";
    NoTlsOffered = -53 "NO_TLS_OFFERED", 2026 "HY000", None,
        "SSL connection error: SSL is required but the server doesn't support it",
        "Turn TLS on at the server; if it is on, somebody in between takes the offer away.";
    SecureTransport = -54 "SECURE_TRANSPORT", 3159 "HY000", None,
        "Connections using insecure transport are prohibited while --require_secure_transport=ON.",
        "";
    SslRequest = -55 "SSL_REQUEST", 1043 "08S01", None,
        "Bad handshake",
        "Upgrade the client: its first packet is neither a login nor an SSLRequest that this server takes.";
    Sequence = -56 "SEQUENCE", 1156 "08S01", None,
        "Got packets out of order",
        "Check host and port, and what is in between: a server's first packet has the number 0.";
    PacketSize = -57 "PACKET_SIZE", 1153 "08S01", None,
        "A first packet of this size is not a greeting or an SSLRequest",
        "Check that host and port are those of a MySQL or MariaDB server.";
    Eof = -58 "EOF", 2013 "HY000", None,
        "Lost connection",
        "Check host and port, and look into the peer's error log: it closed before the connection was up.";
    EarlyBytes = -59 "EARLY_BYTES", 2026 "HY000", None,
        "SSL connection error: bytes arrived before TLS that must not be there",
        "Nothing of it was used. If the peer did not send it, somebody in between did.";
    NotMysql = -60 "NOT_MYSQL", 2027 "HY000", None,
        "Malformed packet: the peer does not speak MySQL's protocol",
        "Check host and port: MySQL's classic protocol is at 3306 by default.";
    #[host] Timeout = -61 "TIMEOUT", 2013 "HY000", None,
        "Lost connection: the peer did not answer within the time allowed",
        "Check host, port and what is in between, or allow more time (connect_timeout).";

    // -80..-119: TLS
    Alert = -80 "ALERT", 2026 "HY000", None,
        "SSL connection error: the peer ended TLS with an alert",
        "The peer's error log says more.";
    Decrypt = -81 "DECRYPT", 2026 "HY000", Some(20),
        "SSL connection error: a TLS record or a Finished message does not fit this connection's keys",
        "Connect again; if it comes back, upgrade the peer's TLS library or look at what is in between.";
    Record = -82 "RECORD", 2026 "HY000", Some(50),
        "SSL connection error: the peer sent no valid TLS record",
        "Check that the peer speaks TLS on this port after the SSLRequest.";
    Misbehaved = -83 "MISBEHAVED", 2026 "HY000", Some(10),
        "SSL connection error: the peer broke the TLS protocol",
        "Upgrade the peer's TLS library, or look for a device that alters the traffic.";
    Incompatible = -84 "INCOMPATIBLE", 2026 "HY000", Some(40),
        "SSL connection error: no TLS parameters in common with the peer",
        "Allow TLS 1.2 or 1.3 with ECDHE and AES-GCM or CHACHA20 at the peer (tls_version, ssl_cipher).";
    Version = -85 "VERSION", 2026 "HY000", Some(70),
        "SSL connection error: no TLS version in common with the peer",
        "Allow TLSv1.2 or TLSv1.3 in tls_version on both sides." [tls_version];
    Cipher = -86 "CIPHER", 2026 "HY000", Some(40),
        "SSL connection error: no cipher suite in common with the peer",
        "Widen ssl_cipher on one of the sides: ECDHE with AES-GCM or CHACHA20-POLY1305 is needed." [ssl_cipher];
    DhGroup = -87 "DH_GROUP", 2026 "HY000", Some(40),
        "SSL connection error: the server's Diffie-Hellman group is not known here",
        "Prefer ECDHE at the server, or ssl_cipher=ECDHE here, or add its group with tlsql_dh_params." [tlsql_dh_params];
    Truncated = -88 "TRUNCATED", 2026 "HY000", None,
        "SSL connection error: the connection ended inside a TLS record",
        "Data was lost: repeat the last statement on a new connection.";
    KeysUsedUp = -89 "KEYS_USED_UP", 2026 "HY000", None,
        "SSL connection error: the keys of this TLS 1.2 connection have protected as much as they may",
        "Connect again, or allow TLSv1.3 in tls_version, which renews its keys." [tls_version];
    HandshakeSize = -90 "HANDSHAKE_SIZE", 2026 "HY000", Some(50),
        "SSL connection error: the peer's handshake, or a message of it, is larger than what is taken here",
        "Shorten the certificate chain at the peer.";
    Tls = -91 "TLS", 2026 "HY000", Some(80),
        "SSL connection error: the TLS library failed",
        "Check the machine's random source and clock, and please report it.";
    DhSmall = -92 "DH_SMALL", 2026 "HY000", Some(40),
        "SSL connection error: the server's Diffie-Hellman group is too small",
        "Prefer ECDHE at the server, or ssl_cipher=ECDHE here, or use a group of 2048 bits or more there." [ssl_cipher];
    CbcOnly = -93 "CBC_ONLY", 2026 "HY000", Some(40),
        "SSL connection error: the server chose a CBC cipher suite" + ", which is not spoken here",
        "Put ECDHE-RSA-AES128-GCM-SHA256 (OpenSSL 1.0.x: DHE-RSA-...) into the server's ssl_cipher; if it is there, name it in ssl_cipher here." [ssl_cipher];
    RsaKeyExchange = -94 "RSA_KEY_EXCHANGE", 2026 "HY000", Some(40),
        "SSL connection error: the server chose RSA key exchange" + ", which is not spoken here",
        "Put ECDHE-RSA-AES128-GCM-SHA256 (OpenSSL 1.0.x: DHE-RSA-...) into the server's ssl_cipher; if it is there, name it in ssl_cipher here." [ssl_cipher];
    OldTls = -95 "OLD_TLS", 2026 "HY000", Some(70),
        "SSL connection error: the peer has TLS 1.1 or older only",
        "Allow TLSv1.2 in the peer's tls_version, or upgrade it.";
    ClientCertRefused = -96 "CLIENT_CERT_REFUSED", 2026 "HY000", None,
        "SSL connection error: the server refused the client certificate",
        "Set ssl_cert and ssl_key to a certificate that the server's ssl_ca has signed." [ssl_cert];
    ClientCertMissing = -97 "CLIENT_CERT_MISSING", 2026 "HY000", None,
        "SSL connection error: the server demands a client certificate",
        "Set ssl_cert and ssl_key to a certificate that the server's ssl_ca has signed." [ssl_cert];

    // -120..-149: certificates
    CertUnknownCa = -120 "CERT_UNKNOWN_CA", 2026 "HY000", Some(48), TRUST,
        "SSL connection error: the peer's certificate is not signed by a trusted CA",
        "Set ssl_ca to the CA that signed it." [ssl_ca];
    CertExpired = -121 "CERT_EXPIRED", 2026 "HY000", Some(45), TIME,
        "SSL connection error: a certificate of the peer has expired",
        "Renew it at the peer, or set the clock right.";
    // RFC 8446 section 6.2 has 45 for this too; OpenSSL, and so every MySQL, sends 42.
    CertNotYet = -122 "CERT_NOT_YET", 2026 "HY000", Some(42), TIME,
        "SSL connection error: a certificate of the peer is not valid yet",
        "Set the clock right, or issue it again.";
    CertRevoked = -123 "CERT_REVOKED", 2026 "HY000", Some(44), REVOCATION,
        "SSL connection error: the peer's certificate has been revoked",
        "Install a new certificate at the peer; ssl_crl lists this one." [ssl_crl];
    CertName = -124 "CERT_NAME", 2026 "HY000", Some(42), NAME,
        "SSL connection error: the server's certificate is for another name",
        "Set verify_name to one of its names, or use ssl-mode=VERIFY_CA." [verify_name];
    CertSignature = -125 "CERT_SIGNATURE", 2026 "HY000", Some(51), TRUST,
        "SSL connection error: a signature in the peer's certificates or handshake is wrong",
        "Set ssl_ca to the present CA certificate, or issue the peer's certificate again." [ssl_ca];
    CertForm = -126 "CERT_FORM", 2026 "HY000", Some(42), FORM,
        "SSL connection error: a certificate of the peer has a form that cannot be verified",
        "Issue it again, with well-formed fields, no unknown critical extension and a short chain.";
    CertPurpose = -127 "CERT_PURPOSE", 2026 "HY000", Some(43), PURPOSE,
        "SSL connection error: the peer's certificate is for another purpose",
        "Issue it with extendedKeyUsage serverAuth (clients: clientAuth), or without.";
    CrlState = -128 "CRL_STATE", 2026 "HY000", Some(48), REVOCATION,
        "SSL connection error: no revocation list for a certificate of the peer",
        "Put a CRL of that CA into ssl_crl, or leave it out." [ssl_crl];
    CertMissing = -129 "CERT_MISSING", 2026 "HY000", Some(116),
        "SSL connection error: the peer sent no certificate",
        "Configure a certificate at the peer (ssl_cert and ssl_key).";
    CertPin = -130 "CERT_PIN", 2026 "HY000", Some(42), PIN,
        "SSL connection error: Fingerprint validation of peer certificate failed",
        "Set ssl_fp to the fingerprint of the server's present certificate." [ssl_fp];
    CertWeak = -131 "CERT_WEAK", 2026 "HY000", Some(42), TRUST,
        "SSL connection error: a key or signature in the peer's certificates is too weak",
        "Issue it with RSA-2048 and SHA-256, or lower tlsql_security_level." [tlsql_security_level];
    CertSelfSigned = -132 "CERT_SELF_SIGNED", 2026 "HY000", Some(48), TRUST,
        "SSL connection error: a self-signed certificate of the peer is not trusted here",
        "If it is right, set ssl_ca to it, or ssl_fp to its fingerprint." [ssl_ca];
    CertCa = -133 "CERT_CA", 2026 "HY000", Some(48), TRUST,
        "SSL connection error: a certificate in the peer's chain may not sign the one below it",
        "Issue the CA with basicConstraints CA:TRUE, keyUsage keyCertSign and a pathlen that suffices.";
    CertConstraint = -134 "CERT_CONSTRAINT", 2026 "HY000", Some(46), TRUST,
        "SSL connection error: the name constraints of a CA do not permit the peer's certificate",
        "Issue it with names that its CA may certify, or by another CA.";
    CrlExpired = -135 "CRL_EXPIRED", 2026 "HY000", Some(45), REVOCATION,
        "SSL connection error: a revocation list is out of date",
        "Load a fresh CRL (ssl_crl, ssl_crlpath), or set the clock right." [ssl_crl];
    CrlUnusable = -136 "CRL_UNUSABLE", 2026 "HY000", Some(46), REVOCATION,
        "SSL connection error: the revocation list for a certificate of the peer cannot be relied on",
        "Publish a CRL that the CA itself signs, for all its certificates, without critical extensions.";
    PeerProof = -137 "PEER_PROOF", 2026 "HY000", None, PROOF,
        "SSL connection error: Certificate verification failure: The certificate is NOT trusted.",
        "Check the password; or set ssl_ca to the server's CA, or ssl_fp to its fingerprint." [ssl_ca];
    CertOther = -139 "CERT_OTHER", 2026 "HY000", Some(46), TRUST,
        "SSL connection error: a certificate of the peer uses an algorithm that is not supported",
        "Issue it with RSA, P-256, P-384 or Ed25519 and SHA-256 or SHA-384.";

    // -150..: accounts
    AccountSsl = -150 "ACCOUNT_SSL", 1045 "28000", None,
        "Access denied: the account requires SSL",
        "Connect with TLS (ssl_mode=REQUIRED or above)." [ssl_mode];
    AccountX509 = -151 "ACCOUNT_X509", 1045 "28000", None,
        "Access denied: the account requires X509",
        "Set ssl_cert and ssl_key of the client to a certificate that the server's ssl_ca has signed." [ssl_cert];
    AccountCipher = -152 "ACCOUNT_CIPHER", 1045 "28000", None,
        "Access denied: the account requires another cipher",
        "Set ssl_cipher or tls_ciphersuites of the client, or alter the account." [ssl_cipher];
    AccountIssuer = -153 "ACCOUNT_ISSUER", 1045 "28000", None,
        "Access denied: the account requires another issuer",
        "Set ssl_cert of the client to a certificate of that CA, or alter the account." [ssl_cert];
    AccountSubject = -154 "ACCOUNT_SUBJECT", 1045 "28000", None,
        "Access denied: the account requires another subject",
        "Set ssl_cert of the client to a certificate with that subject, or alter the account." [ssl_cert];
    AccountSan = -155 "ACCOUNT_SAN", 1045 "28000", None,
        "Access denied: the account requires another subjectAltName",
        "Set ssl_cert of the client to a certificate with that name, or alter the account." [ssl_cert];
}
