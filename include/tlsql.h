/* tlsql.h - MySQL's TLS upgrade as an engine: bytes in, bytes out.
 *
 * ABI 0 may still change; ABI 1 never will, except by addition.
 *
 * Objects: a builder takes settings by their MySQL names, a context holds them in force, a
 * connection is one client or one server of a context, an account says who may log in at a server.
 * The host owns the sockets and the MySQL packets. A client's loop on a blocking socket (README.md
 * and examples/ have whole programs):
 *
 *   memset(&s, 0, sizeof s);
 *   s.struct_size = sizeof s;
 *   for (;;) {
 *     rc = tlsql_conn_step(conn, in, in_len, out, sizeof out, app, app_len,
 *                          NULL, TLSQL_ANY_ROOM, &s);
 *     take(in + s.view_off, s.view_len);
 *     send_all(fd, out, s.wire_out_made);
 *     memmove(in, in + s.wire_in_used, in_len -= s.wire_in_used);
 *     app += s.app_in_used, app_len -= s.app_in_used;
 *     if (s.want & TLSQL_WANT_START) rc = tlsql_client_start(conn, &request);
 *     if (s.want & TLSQL_WANT_START && rc == TLSQL_OK) continue;
 *     if (s.wire_in_used || s.wire_out_made || s.app_in_used || s.events) continue;
 *     else if (rc || !(s.want & TLSQL_WANT_WIRE_IN)) break;
 *     else if ((got = receive(fd, in + in_len, sizeof in - in_len)) > 0) in_len += (size_t)got;
 *     else { rc = tlsql_conn_eof(conn, in_len); break; }
 *   }
 *
 * Units: every length is bytes; every time is Unix seconds. Names and values passed in are UTF-8
 * given as (pointer, length), and NULL is allowed when the length is 0. Text that came from a peer
 * (server version, ERR text, certificate names) is raw bytes with a length. Text that the library
 * writes into a caller's buffer is UTF-8, NUL-terminated, without control characters other than in
 * an option's value that the caller set. *needed gets the size of a result, a text's NUL included,
 * also when the buffer is too small for it (TLSQL_E_ROOM, buffer untouched; NULL with cap 0 is
 * allowed). No out-parameter may be NULL unless it says so; a new object's is NULL after a failure.
 * A length beyond PTRDIFF_MAX is TLSQL_E_ARGUMENT.
 *
 * I/O: no call opens a socket, starts a thread or calls back, and none waits but
 * tlsql_context_reload(), for another reload of the same context. Only the calls marked
 * OPENS FILES open files or look at them. No pointer passed in is kept after the call returns.
 *
 * Threads: a tlsql_context and a tlsql_session may be used from any threads at once, and so may a
 * tlsql_account from its first check on. A builder or a connection may move between threads but
 * serves one call at a time, getters included: a call that meets another returns TLSQL_E_BUSY, a
 * getter without a code 0, "" or NULL (as it does for NULL and for a poisoned object), but
 * tlsql_conn_needs_peer_proof() 1. No _free() may overlap another call with the same pointer. After
 * fork(), if no thread was in any call at that moment, both processes may use all that there is,
 * but a connection and a session of TLS 1.3 in one of them only: the other may free it. A ticket
 * that a client's context keeps may then be offered by both.
 *
 * Codes: -1..-19 report a wrong call. They change nothing, except that tlsql_conn_seal() may queue
 * a KeyUpdate, and are not remembered (TLSQL_E_PANIC alone poisons the object, which can only be
 * freed then). Where *step can be written, which is neither where it lies in another buffer nor
 * after TLSQL_E_STRUCT_SIZE (memset it once), its counts, needs and events are 0 and its want is
 * still true, but 0 where the connection could not be asked: after TLSQL_E_BUSY, which says nothing
 * about it (call again), after TLSQL_E_PANIC and for NULL. Any other failure is final when
 * tlsql_conn_step, _seal, _rekey, _eof, _close, tlsql_conn_confirm_peer or a tlsql_client_ or
 * tlsql_server_ call returned it: it is repeated by later ones. A call that returns a failure
 * delivers no plaintext; a step that did work first returns TLSQL_OK with that, and the next of
 * these calls the failure: until then the getters know nothing of it and want stays as it was, but
 * has WANT_WIRE_OUT too while its alert is queued. Bytes for the peer (an alert, an ERR packet) may
 * still be waiting then: keep stepping while TLSQL_WANT_WIRE_OUT is set. In FAILED all of
 * wire_in is used up and ignored. Setters, getters and checks never end a connection.
 *
 * Structs: set struct_size to sizeof before the call. TLSQL_E_STRUCT_SIZE if it is smaller than in
 * ABI 0.1 or above 65536, or if an input struct has nonzero bytes beyond what the library knows.
 * Output beyond what the library knows is zeroed. */

#ifndef TLSQL_H
#define TLSQL_H

#include <stddef.h>
#include <stdint.h>

#define TLSQL_VERSION_MAJOR 0
#define TLSQL_VERSION_MINOR 1
#define TLSQL_VERSION_PATCH 0
/** major << 16 | minor << 8 | patch */
#define TLSQL_VERSION_NUMBER 256u
/** Compare with tlsql_abi_version(). */
#define TLSQL_ABI_VERSION 0u

#if defined(_WIN32) && !defined(TLSQL_STATIC)
# define TLSQL_API __declspec(dllimport)
#else
# define TLSQL_API
#endif

/** With app_out NULL: no limit to the view. */
#define TLSQL_ANY_ROOM SIZE_MAX
/** A string literal as the two arguments (pointer, length) of a name or a value. */
#define TLSQL_STR(literal) (literal), sizeof(literal) - 1

/* Codes --------------------------------------------------------------------------------------- */

/* Values never change or get reused. docs/errors.md explains each. */
#define TLSQL_OK 0

/* Wrong calls: they change nothing and are not remembered. */
/** A pointer that this call needs is NULL */
#define TLSQL_E_NULL (-1)
/** An argument has a value that this call does not take */
#define TLSQL_E_ARGUMENT (-2)
/** This call is not allowed in the connection's present phase */
#define TLSQL_E_STATE (-3)
/** Two of the buffers overlap */
#define TLSQL_E_OVERLAP (-4)
/** The buffer is too small for the result */
#define TLSQL_E_ROOM (-5)
/** struct_size is below that of ABI 0.1 or above 65536, or bytes unknown to this library are set */
#define TLSQL_E_STRUCT_SIZE (-6)
/** Another call on the same object is running */
#define TLSQL_E_BUSY (-7)
/** A defect inside the library was caught, and the object is unusable from now on */
#define TLSQL_E_PANIC (-8)
/** The session was made under other settings than this connection has */
#define TLSQL_E_SESSION_POLICY (-9)
/** No ClientHello waits for the choice of a context now */
#define TLSQL_E_NO_HELLO (-10)
/** This connection was given another context already, and goes on with that */
#define TLSQL_E_CONTEXT_CHOSEN (-11)
/** This context has no TLS, and the client has begun it */
#define TLSQL_E_CONTEXT_NO_TLS (-12)

/* Settings. */
/** Unknown option */
#define TLSQL_E_OPTION_NAME (-20)
/** The option does not take this value */
#define TLSQL_E_OPTION_VALUE (-21)
/** Cannot read a file */
#define TLSQL_E_FILE (-22)
/** Neither PEM nor DER of the kind that the option needs */
#define TLSQL_E_PEM (-23)
/** Unable to get certificate */
#define TLSQL_E_NO_CERT (-24)
/** Unable to get private key */
#define TLSQL_E_NO_KEY (-25)
/** Private key does not match the certificate public key */
#define TLSQL_E_KEY_MISMATCH (-26)
/** Unsupported private key */
#define TLSQL_E_KEY_FORM (-27)
/** CA certificate is required if ssl-mode is VERIFY_CA or VERIFY_IDENTITY */
#define TLSQL_E_NO_CA (-28)
/** The revocation list cannot be used */
#define TLSQL_E_CRL (-29)
/** Failed to set ciphers to use */
#define TLSQL_E_NO_CIPHER (-30)
/** TLS version is invalid */
#define TLSQL_E_NO_VERSION (-31)
/** File not loaded */
#define TLSQL_E_NOT_LOADED (-32)
/** No server hostname supplied, and ssl-mode is VERIFY_IDENTITY */
#define TLSQL_E_NO_NAME (-33)
/** A TRUSTED CERTIFICATE block, whose trust settings would be ignored */
#define TLSQL_E_TRUSTED_CERT (-34)
/** The private key is encrypted */
#define TLSQL_E_KEY_ENCRYPTED (-35)
/** An option file cannot be read */
#define TLSQL_E_OPTION_FILE (-36)
/** Wrong line in an option file */
#define TLSQL_E_OPTION_SYNTAX (-37)
/** Wrong inclusion of a file */
#define TLSQL_E_OPTION_INCLUDE (-38)
/** A file cannot be made */
#define TLSQL_E_FILE_WRITE (-39)
/** The own certificate does not verify */
#define TLSQL_E_OWN_CERT (-40)

/* MySQL packets and transport. */
/** Malformed packet: the server's greeting cannot be read */
#define TLSQL_E_GREETING (-50)
/** Protocol mismatch */
#define TLSQL_E_OLD_PROTOCOL (-51)
/** The server refused the connection, in clear text that is not authenticated */
#define TLSQL_E_SERVER_ERROR (-52)
/** SSL is required but the server doesn't support it */
#define TLSQL_E_NO_TLS_OFFERED (-53)
/** Connections using insecure transport are prohibited while --require_secure_transport=ON. */
#define TLSQL_E_SECURE_TRANSPORT (-54)
/** Bad handshake */
#define TLSQL_E_SSL_REQUEST (-55)
/** Got packets out of order */
#define TLSQL_E_SEQUENCE (-56)
/** A first packet of this size is not a greeting or an SSLRequest */
#define TLSQL_E_PACKET_SIZE (-57)
/** Lost connection */
#define TLSQL_E_EOF (-58)
/** Bytes arrived before TLS that must not be there */
#define TLSQL_E_EARLY_BYTES (-59)
/** Malformed packet: the peer does not speak MySQL's protocol */
#define TLSQL_E_NOT_MYSQL (-60)
/** Lost connection: the peer did not answer within the time allowed */
#define TLSQL_E_TIMEOUT (-61)

/* TLS. */
/** The peer ended TLS with an alert */
#define TLSQL_E_ALERT (-80)
/** A TLS record or a Finished message does not fit this connection's keys */
#define TLSQL_E_DECRYPT (-81)
/** The peer sent no valid TLS record */
#define TLSQL_E_RECORD (-82)
/** The peer broke the TLS protocol */
#define TLSQL_E_MISBEHAVED (-83)
/** No TLS parameters in common with the peer */
#define TLSQL_E_INCOMPATIBLE (-84)
/** No TLS version in common with the peer */
#define TLSQL_E_VERSION (-85)
/** No cipher suite in common with the peer */
#define TLSQL_E_CIPHER (-86)
/** The server's Diffie-Hellman group is not known here */
#define TLSQL_E_DH_GROUP (-87)
/** The connection ended inside a TLS record */
#define TLSQL_E_TRUNCATED (-88)
/** The keys of this TLS 1.2 connection have protected as much as they may */
#define TLSQL_E_KEYS_USED_UP (-89)
/** The peer's handshake, or a message of it, is larger than what is taken here */
#define TLSQL_E_HANDSHAKE_SIZE (-90)
/** The TLS library failed */
#define TLSQL_E_TLS (-91)
/** The server's Diffie-Hellman group is too small */
#define TLSQL_E_DH_SMALL (-92)
/** The server chose a CBC cipher suite, which is not spoken here */
#define TLSQL_E_CBC_ONLY (-93)
/** The server chose RSA key exchange, which is not spoken here */
#define TLSQL_E_RSA_KEY_EXCHANGE (-94)
/** The peer has TLS 1.1 or older only */
#define TLSQL_E_OLD_TLS (-95)
/** The server refused the client certificate */
#define TLSQL_E_CLIENT_CERT_REFUSED (-96)
/** The server demands a client certificate */
#define TLSQL_E_CLIENT_CERT_MISSING (-97)

/* Certificates. */
/** The peer's certificate is not signed by a trusted CA */
#define TLSQL_E_CERT_UNKNOWN_CA (-120)
/** A certificate of the peer has expired */
#define TLSQL_E_CERT_EXPIRED (-121)
/** A certificate of the peer is not valid yet */
#define TLSQL_E_CERT_NOT_YET (-122)
/** The peer's certificate has been revoked */
#define TLSQL_E_CERT_REVOKED (-123)
/** The server's certificate is for another name */
#define TLSQL_E_CERT_NAME (-124)
/** A signature in the peer's certificates or handshake is wrong */
#define TLSQL_E_CERT_SIGNATURE (-125)
/** A certificate of the peer has a form that cannot be verified */
#define TLSQL_E_CERT_FORM (-126)
/** The peer's certificate is for another purpose */
#define TLSQL_E_CERT_PURPOSE (-127)
/** No revocation list for a certificate of the peer */
#define TLSQL_E_CRL_STATE (-128)
/** The peer sent no certificate */
#define TLSQL_E_CERT_MISSING (-129)
/** Fingerprint validation of peer certificate failed */
#define TLSQL_E_CERT_PIN (-130)
/** A key or signature in the peer's certificates is too weak */
#define TLSQL_E_CERT_WEAK (-131)
/** A self-signed certificate of the peer is not trusted here */
#define TLSQL_E_CERT_SELF_SIGNED (-132)
/** A certificate in the peer's chain may not sign the one below it */
#define TLSQL_E_CERT_CA (-133)
/** The name constraints of a CA do not permit the peer's certificate */
#define TLSQL_E_CERT_CONSTRAINT (-134)
/** A revocation list is out of date */
#define TLSQL_E_CRL_EXPIRED (-135)
/** The revocation list for a certificate of the peer cannot be relied on */
#define TLSQL_E_CRL_UNUSABLE (-136)
/** Certificate verification failure: The certificate is NOT trusted. */
#define TLSQL_E_PEER_PROOF (-137)
/** A certificate of the peer uses an algorithm that is not supported */
#define TLSQL_E_CERT_OTHER (-139)

/* Accounts. */
/** Access denied: the account requires SSL */
#define TLSQL_E_ACCOUNT_SSL (-150)
/** Access denied: the account requires X509 */
#define TLSQL_E_ACCOUNT_X509 (-151)
/** Access denied: the account requires another cipher */
#define TLSQL_E_ACCOUNT_CIPHER (-152)
/** Access denied: the account requires another issuer */
#define TLSQL_E_ACCOUNT_ISSUER (-153)
/** Access denied: the account requires another subject */
#define TLSQL_E_ACCOUNT_SUBJECT (-154)
/** Access denied: the account requires another subjectAltName */
#define TLSQL_E_ACCOUNT_SAN (-155)

#ifdef __cplusplus
extern "C" {
#endif

/* Versions and names -------------------------------------------------------------------------- */

/** TLSQL_OK, or a negative TLSQL_E_ number. */
typedef int32_t tlsql_code;

/** Returns the version of the library that is linked: major << 16 | minor << 8 | patch. */
TLSQL_API uint32_t tlsql_version_number(void);

/**
 * Returns the versions of tlsql and of its libraries, as "tlsql/0.1.0 rustls/0.23.46
 * ring/0.17.14", with that of aws-lc-rs behind them in builds with this feature: a static string,
 * never freed.
 */
TLSQL_API const char *tlsql_version_string(void);

/** Returns the number in the SONAME; compare it with TLSQL_ABI_VERSION. */
TLSQL_API uint32_t tlsql_abi_version(void);

/**
 * Returns "TLSQL_E_CERT_EXPIRED" for its number, "UNKNOWN" for no code of this library: a static
 * string, never NULL and never freed.
 */
TLSQL_API const char *tlsql_code_name(tlsql_code code);

/**
 * Returns "HANDSHAKE" for TLSQL_PHASE_HANDSHAKE, "UNKNOWN" for no phase: a static string, never
 * NULL and never freed.
 */
TLSQL_API const char *tlsql_phase_name(uint32_t phase);

/* Errors -------------------------------------------------------------------------------------- */

/** Bytes of a message, its NUL included, as in MySQL's MYSQL_ERRMSG_SIZE. */
#define TLSQL_MESSAGE_SIZE 512
/** Bytes of an option's name in an error, its NUL included: all known names are shorter. */
#define TLSQL_OPTION_SIZE 64
/** A setting is in force, with something to know about it. */
#define TLSQL_SEVERITY_NOTE 1u

/**
 * A setting has no effect, or lowers the security; of a failure: a reload left TLS off
 * (TLSQL_RELOAD_NO_ROLLBACK).
 */
#define TLSQL_SEVERITY_WARNING 2u
/** A call failed, or MySQL's error log has this note as ERROR. */
#define TLSQL_SEVERITY_ERROR 3u
/** The failure has no TLS alert. */
#define TLSQL_ALERT_NONE 0u
/** The alert goes to the peer. */
#define TLSQL_ALERT_SENT 1u
/** The alert came from the peer. */
#define TLSQL_ALERT_RECEIVED 2u
/** The text came in clear before TLS: anyone may have written it. */
#define TLSQL_ERROR_UNAUTHENTICATED 0x01u

/**
 * The chain leads to a CA that is trusted here. tlsql_conn_verified() returns the bits of what was
 * checked and holds, verify_flags of a failure has those of what does not.
 */
#define TLSQL_VERIFY_TRUST 0x01u
/** The certificate is for the server that was asked for. */
#define TLSQL_VERIFY_NAME 0x02u
/** Each certificate of the chain is within its dates. */
#define TLSQL_VERIFY_TIME 0x04u
/** Each certificate of the chain has a current revocation list, and none lists it. */
#define TLSQL_VERIFY_REVOCATION 0x08u
/** The certificate is for a server, or for a client. */
#define TLSQL_VERIFY_PURPOSE 0x10u
/** Each certificate can be read, its extensions are known; only in verify_flags. */
#define TLSQL_VERIFY_FORM 0x20u
/** The peer's certificate has a fingerprint of ssl_fp or ssl_fplist. */
#define TLSQL_VERIFY_PIN 0x40u
/** The server proved that it knows the password (tlsql_conn_confirm_peer). */
#define TLSQL_VERIFY_PROOF 0x80u

/** A failure or a note. */
typedef struct tlsql_error {
  uint32_t struct_size;
  /** TLSQL_OK if there is no failure, and in a note. */
  tlsql_code code;
  /** TLSQL_ERROR_ bits. */
  uint32_t flags;
  /** TLSQL_SEVERITY_; 0 if there is no failure. */
  uint32_t severity;
  /** Number of the entry in the server's error log, MY-nnnnnn; 0 if it has none. */
  uint32_t log_code;
  /** TLSQL_VERIFY_ bits of the checks that failed. */
  uint32_t verify_flags;
  /** OpenSSL's X509_V_ERR_ number of a refused certificate chain; 0 for other failures. */
  int32_t x509_error;
  /** Place in the chain that x509_error is about: 0 leaf, 1 its issuer, ...; -1 none. */
  int32_t x509_depth;
  /** errno of opening a file; 0 for other failures. */
  uint32_t os_errno;
  /** MySQL's error number: 2026, 3159, 1045, ...; 0 if none fits. */
  uint16_t mysql_errno;
  /** Number of the TLS alert (RFC 8446 section 6.2), unless alert_from is NONE. */
  uint8_t tls_alert;
  /** TLSQL_ALERT_. */
  uint8_t alert_from;
  /** Five characters, as "08S01", or "". */
  char sqlstate[8];
  /** What happened and what to change, for people. */
  char message[TLSQL_MESSAGE_SIZE];
  /**
   * The option to change, by tlsql's name with "_", or a name of tlsql_conn_set(): the one that the
   * failure is about, or that the message advises. "" if only the peer can change something, and
   * for a code alone.
   */
  char option[TLSQL_OPTION_SIZE];
  /**
   * Where the fact begins in message: what happened, without "SSL connection error: ", which
   * client libraries write themselves, and without what to change. It may name tlsql's options, as
   * in "(ssl_ca=/etc/ca.pem)", where the failure is about their values. Its first 100 bytes say
   * what matters, a path of up to 60 bytes included if a file cannot be read or an option file is
   * wrong itself; of a wrong value file and line come behind the reason. A longer path, name or
   * reason is shortened in the middle, at 160, 60 and 300 characters, and message is cut to
   * TLSQL_MESSAGE_SIZE; no cut divides a UTF-8 character. Who cuts the fact at 100 bytes has to
   * take care of that.
   */
  uint32_t fact_off;
  /** Bytes of the fact. */
  uint32_t fact_len;
} tlsql_error;

/**
 * Describes a code by itself, without what was known when a call returned it. TLSQL_E_ARGUMENT if
 * this library does not have the code.
 */
TLSQL_API tlsql_code tlsql_code_info(tlsql_code code_number, struct tlsql_error *out);

/* Settings ------------------------------------------------------------------------------------ */

/** Roles of a builder, its contexts and their connections. */
#define TLSQL_CLIENT 1u
#define TLSQL_SERVER 2u

/** Settings that can be changed. */
typedef struct tlsql_builder tlsql_builder;

/** Makes settings for TLSQL_CLIENT or TLSQL_SERVER connections, all at their defaults. */
TLSQL_API tlsql_code tlsql_builder_new(uint32_t role, struct tlsql_builder **out);

/** Frees the builder; contexts made from it stay. NULL is allowed. */
TLSQL_API void tlsql_builder_free(struct tlsql_builder *b);

/**
 * Sets one option by its MySQL name; setting it again replaces the value. A failure leaves the
 * builder as it was. docs/defaults.md lists all options and values.
 *
 * Names are those of my.cnf, and "-" and "_" are equal in them: ssl-mode, ssl_ca, ssl_capath,
 * ssl_cert, ssl_key, ssl_cipher, ssl_crl, ssl_crlpath, tls_version, tls_ciphersuites,
 * require_secure_transport, datadir, ... Names of other versions, such as ssl, skip-ssl and
 * ssl-verify-server-cert, set ssl-mode where it is not set. MariaDB's ssl_fp and ssl_fplist hold
 * fingerprints, which replace CA, dates, name and revocation in every mode, VERIFY_IDENTITY
 * included. Names of tlsql start with tlsql_: tlsql_profile (mysql57, mysql8, mariadb),
 * tlsql_security_level (0, 1, 2), tlsql_strict, tlsql_keep_peer_chain, tlsql_peer_proof,
 * tlsql_capath_all, tlsql_max_chain, tlsql_max_handshake_bytes, tlsql_session_cache_size,
 * tlsql_dh_params, tlsql_generate_key, tlsql_channel (mysql_main, mysql_admin),
 * tlsql_hello_event, tlsql_on_config_error.
 *
 * tlsql_on_config_error says what becomes of a fault in a server's TLS settings: abort makes it an
 * error; disable, as in MySQL, a note with MySQL's sentence and contexts without TLS. With either
 * a reload reports a fault as an error and changes nothing; with TLSQL_RELOAD_NO_ROLLBACK it turns
 * TLS off, for other failures too: see tlsql_context_reload().
 *
 * A fault is what MySQL cannot set TLS up with: a file that cannot be read or is not what the
 * option needs, certificate and key that do not fit, a tls_version, ssl_cipher or tls_ciphersuites
 * that leaves nothing. Set tlsql_on_config_error and tlsql_profile before tls_version, ssl_cipher
 * and tls_ciphersuites. Where an option file sets tlsql_on_config_error, that does not count for
 * values that the program sets; and where the program sets ssl_cert, ssl_key or a pair from memory,
 * no fault in what an option file sets turns TLS off.
 *
 * Other failures stay errors: a wrong call, material from memory, also a certificate and a key
 * from memory that do not fit, an unknown option, another option's wrong value, an option file
 * that cannot be read, certificates that cannot be made. With tlsql_profile=mariadb, and with
 * tls_certificates_enforced_validation=ON, every fault is an error; with mysql8 so is a
 * tls_version without TLSv1.2 or TLSv1.3, and an empty one turns TLS off.
 *
 * A client knows the names of replication, Group Replication and the clone plugin too, in any case:
 * MASTER_SSL, SOURCE_SSL_CA, group_replication_ssl_mode, group_replication_recovery_use_ssl,
 * clone_ssl_ca, ... They set the mode that MySQL would use, and do not go together with ssl_mode.
 *
 * Other names are in lower case; keywords among the values are taken in any case, except system:
 * ssl_ca=system means the platform's root certificates. ssl_cipher is a list in OpenSSL's
 * language. A switch that stands alone in an option file is passed as ON; better let
 * tlsql_builder_read_options() read the file. A value with a NUL byte is refused. A path is only
 * remembered here: see tlsql_builder_load_files(). A relative one that is set here is looked up
 * from the working directory at each call that OPENS FILES, also if datadir is set: a program that
 * calls chdir() sets absolute ones.
 */
TLSQL_API
tlsql_code tlsql_builder_set(struct tlsql_builder *b,
                             const char *name,
                             size_t name_len,
                             const char *value,
                             size_t value_len);

/**
 * Reads the TLS options of an option file such as my.cnf (OPENS FILES), and of what it includes,
 * in MySQL's syntax: docs/option-files.md. groups are names separated by commas, such as
 * "mysqld,server,mysqld-5.7" or "client,mysql". Options that are not about TLS are passed over.
 * Blanks around a name are nothing, and its case does not count. A failure leaves the builder as it
 * was; TLSQL_E_ARGUMENT for an empty path or group, and for brackets, blanks or a semicolon in one.
 *
 * Of two lines for one option the later counts, also of two files. What the program sets itself
 * counts before every file, whatever the order of the calls, and no file lowers the mode that it
 * asks for: set a datadir of yours after this call, and only where tlsql_builder_get() says that
 * it is empty. Relative paths in a server's option file are relative to datadir if that is set,
 * all others to the working directory; tlsql_builder_load_files() opens what they name. With
 * tlsql_channel=mysql_admin admin_ssl_ca counts in place of ssl_ca, and so on.
 *
 * Errors and notes name file and line. A TLS option that is unknown or cannot be honoured is an
 * error, or a note if its name begins with loose-. A file that everybody may write is passed over
 * with a warning, as by MySQL. TLSQL_E_OPTION_FILE for what is no regular file or has more than
 * 1 MiB, TLSQL_E_OPTION_INCLUDE above 10 levels of inclusion, TLSQL_E_OPTION_SYNTAX for a line
 * that is none.
 */
TLSQL_API
tlsql_code tlsql_builder_read_options(struct tlsql_builder *b,
                                      const char *path,
                                      size_t path_len,
                                      const char *groups,
                                      size_t groups_len);

/**
 * Takes an option back, wherever its value came from: its default is in force again, and what
 * tlsql_builder_load_files() read for it is forgotten, and its notes. TLSQL_OK too if it was not
 * set. What came from memory stays. Once ssl_verify_server_cert was ON, VERIFY_CA is left, as after
 * OFF: nothing lowers what was asked for, but the program's own ssl=OFF where a file asked.
 * TLSQL_E_OPTION_NAME for an unknown name, and for one with skip- or the like in front: name the
 * switch itself. If one of ssl_cert and ssl_key is left, its file has to hold both: load it again.
 */
TLSQL_API
tlsql_code tlsql_builder_unset(struct tlsql_builder *b,
                               const char *name,
                               size_t name_len);

/**
 * Copies the value that was set, or the default; of ssl_ca, ssl_cert and ssl_key also what
 * tlsql_builder_load_files() found in datadir. ssl_mode is PREFERRED here until somebody sets it,
 * also with a CA; tlsql_context_get() has the mode in force.
 */
TLSQL_API
tlsql_code tlsql_builder_get(const struct tlsql_builder *b,
                             const char *name,
                             size_t name_len,
                             char *buf,
                             size_t cap,
                             size_t *needed);

/** Adds CA certificates from memory, PEM or DER, to those that ssl_ca names. */
TLSQL_API
tlsql_code tlsql_builder_add_ca(struct tlsql_builder *b,
                                const uint8_t *pem_or_der,
                                size_t len);

/** Adds revocation lists from memory, PEM or DER, to those that ssl_crl names. */
TLSQL_API
tlsql_code tlsql_builder_add_crl(struct tlsql_builder *b,
                                 const uint8_t *pem_or_der,
                                 size_t len);

/**
 * Sets the certificate chain, leaf first, and its private key from memory, PEM or DER. They
 * replace what ssl_cert and ssl_key name; files that these name must load all the same. For an
 * encrypted key set ssl_passphrase before. That the key is the certificate's is checked by
 * tlsql_context_new() and tlsql_context_reload().
 */
TLSQL_API
tlsql_code tlsql_builder_set_identity(struct tlsql_builder *b,
                                      const uint8_t *chain,
                                      size_t chain_len,
                                      const uint8_t *key,
                                      size_t key_len);

/**
 * Adds a server's certificate chain, leaf first, and private key from memory, PEM or DER, for
 * connections whose SNI is name: a host name in ASCII (xn-- for others) without a dot at its end,
 * or *. and one, for all names with one label more. Case does not count, and underscores are taken;
 * an exact name counts before a *. one. Without SNI, with one that is no host name, and for all
 * other names, the client gets the certificate of ssl_cert or tlsql_builder_set_identity(),
 * without which tlsql_context_new() fails with TLSQL_E_NO_CERT. A name that was added before
 * gets the new pair. For an encrypted key set ssl_passphrase before.
 *
 * The pair is checked at once, and the error says of which name: TLSQL_E_KEY_MISMATCH,
 * TLSQL_E_KEY_FORM and those of tlsql_builder_set_identity(). A certificate without the name has a
 * note. TLSQL_E_ARGUMENT for a client, for what is no such name, and above 1000 names. A failure
 * leaves the builder as it was, and no later call repeats it.
 *
 * The builder keeps its names; none can be taken out: make another builder. For
 * tlsql_context_reload() names are like files: they are those of its builder, and may be others. A
 * reload whose builder lacks names of before is no error.
 */
TLSQL_API
tlsql_code tlsql_builder_add_name(struct tlsql_builder *b,
                                  const char *name,
                                  size_t name_len,
                                  const uint8_t *chain,
                                  size_t chain_len,
                                  const uint8_t *key,
                                  size_t key_len);

/** Fixes the time that certificates are checked at, for tests. */
TLSQL_API tlsql_code tlsql_builder_set_clock(struct tlsql_builder *b, uint64_t unix_seconds);

/**
 * Reads all files that options name (OPENS FILES), all or nothing, in place of what an earlier
 * call loaded. After a failure tlsql_context_new() and tlsql_context_reload() fail with the same
 * error, until a call of this succeeds or no option names a file any more; contexts that are there
 * keep what they have. Directories (ssl_capath, ssl_crlpath) are read now, never during a
 * handshake. TLSQL_E_FILE for what is neither a regular file nor a link to one, such as a pipe;
 * with tlsql_on_config_error=disable a server has notes instead. With ssl-mode=DISABLED no file is
 * opened or required: a note says that a CA or a fingerprint has no effect. A server's datadir is
 * looked into only where no option names a file and nothing but certificates for names was given
 * from memory.
 */
TLSQL_API tlsql_code tlsql_builder_load_files(struct tlsql_builder *b);

/**
 * Makes the files that MySQL makes in a data directory that has none (OPENS FILES, WRITES FILES):
 * ca.pem, server-cert.pem and client-cert.pem, each with its key, in datadir, all or nothing. Call
 * it before tlsql_builder_load_files(), which finds them then.
 *
 * Nothing is made, and a note has MySQL's reason, where options name files, with datadir or
 * without, where one of ca.pem, server-cert.pem and server-key.pem exists, and with
 * auto_generate_certs=OFF; nothing with ssl=OFF either. version stands in the common names, as
 * "5.7.29", unless it is empty or has more than 17 characters, which no note says. names, at most
 * 100, separated by commas, become the server certificate's alternative names, so that
 * VERIFY_IDENTITY works; blanks around one are cut, *.example.com is one too, empty ones do not
 * count, and with NULL there are none, as in MySQL. Keys are of P-256, readable for their owner
 * alone; tlsql_generate_key=RSA-2048 makes MySQL's, in builds with the feature rsa-keys.
 *
 * TLSQL_E_OPTION_VALUE for a client, and where no datadir is set, no file is named and no
 * certificate, CA or revocation list is given from memory (those for names do not count), unless
 * ssl or auto_generate_certs is OFF. Set datadir then, after tlsql_builder_read_options(): what
 * the program sets counts before the file's. TLSQL_E_ARGUMENT for a version that is not printable
 * ASCII without blanks, and for what is neither a host name nor an address;
 * TLSQL_E_FILE where datadir cannot be looked into, which tlsql_on_config_error=disable leaves to
 * tlsql_builder_load_files(); TLSQL_E_FILE_WRITE with the path that cannot be made, also if another
 * of the six files exists: none is overwritten.
 */
TLSQL_API
tlsql_code tlsql_builder_generate(struct tlsql_builder *b,
                                  const char *version,
                                  size_t version_len,
                                  const char *names,
                                  size_t names_len);

/**
 * Copies the last failure recorded on this builder, tlsql_context_new() included. A later success
 * does not clear it; wrong calls are not recorded here: see tlsql_builder_explain().
 */
TLSQL_API tlsql_code tlsql_builder_error(const struct tlsql_builder *b, struct tlsql_error *out);

/**
 * Copies what to show for a code that a call on this builder returned: the last failure recorded
 * if it has this code, or the reason of the last wrong call if that has it, such as a value that is
 * not UTF-8; else what tlsql_code_info() writes, also while another call runs and after
 * TLSQL_E_PANIC. TLSQL_E_ARGUMENT if this library does not have the code, TLSQL_E_NULL if b or out
 * is NULL.
 */
TLSQL_API
tlsql_code tlsql_builder_explain(const struct tlsql_builder *b,
                                 tlsql_code code_number,
                                 struct tlsql_error *out);

/**
 * Returns the number of notes on the settings. Each call that changes a setting makes the notes
 * anew: repeated calls do not double them. Read them after tlsql_context_new() and after
 * tlsql_context_reload(), also if it failed, and before it too if a note shall stop you: an option
 * that has no effect beside the others is no failure, but has a note, and so has an own certificate
 * that expired. Read them after tlsql_builder_read_options() too: that it returned TLSQL_OK does
 * not mean that each line or file was taken.
 */
TLSQL_API size_t tlsql_builder_note_count(const struct tlsql_builder *b);

/**
 * Copies note i, counted from 0, as "tls_version: 'TLSv1.1' is not supported and left out"; its
 * code is TLSQL_OK. TLSQL_E_ARGUMENT past the last.
 */
TLSQL_API
tlsql_code tlsql_builder_note(const struct tlsql_builder *b,
                              size_t i,
                              struct tlsql_error *out);

/* Settings in force --------------------------------------------------------------------------- */

/** Reload: other values of options are put in force too. */
#define TLSQL_RELOAD_OPTIONS 1u

/**
 * Reload: a set that cannot be used (tlsql_context_reload()) turns a server's TLS off for new
 * connections.
 */
#define TLSQL_RELOAD_NO_ROLLBACK 2u
/** Bytes of a key of session tickets. */
#define TLSQL_TICKET_KEY_SIZE 48u

/** Settings in force, and counters; shared by any number of connections and threads. */
typedef struct tlsql_context tlsql_context;

/**
 * Makes a context of the builder's settings; the builder stays yours. TLSQL_E_NOT_LOADED if an
 * option names a file that was not loaded, and the error of the last tlsql_builder_load_files() if
 * that failed: no setting is dropped silently. What options say together is checked here, as that
 * the key is the certificate's (TLSQL_E_KEY_MISMATCH); with tlsql_on_config_error=disable such a
 * fault of a server becomes notes on the builder. tlsql_builder_error() has the reason of any
 * failure.
 */
TLSQL_API tlsql_code tlsql_context_new(struct tlsql_builder *b, struct tlsql_context **out);

/**
 * Makes one more reference to the same context. It is another pointer, to be freed by itself, and
 * good until then, whatever becomes of ctx.
 */
TLSQL_API tlsql_code tlsql_context_ref(struct tlsql_context *ctx, struct tlsql_context **out);

/** Frees one reference; connections keep what they need. NULL is allowed. */
TLSQL_API void tlsql_context_free(struct tlsql_context *ctx);

/**
 * Puts a builder's settings in force for connections that are made from now on, such as renewed
 * certificates, CAs and revocation lists; connections that are there keep what they have, and
 * counters go on. All or nothing, but for TLSQL_RELOAD_NO_ROLLBACK: after a failure everything is
 * as it was, and why, which may be NULL, says which file and what is wrong with it; after TLSQL_OK
 * its code is TLSQL_OK. Any thread may call it while others use the context: a second reload of
 * the same context waits for the first, and nothing else waits for either. The builder, which
 * serves one call at a time, stays yours, and may be the one that the context was made of: threads
 * that share it take one lock around tlsql_builder_load_files(), this and the builder's notes, or
 * meet TLSQL_E_BUSY, which is not repeated here. flags are TLSQL_RELOAD_ bits.
 *
 * CAs and revocation lists of before, which take long to free, stay in memory until no connection
 * has them, and from then on until the next call of this or of tlsql_context_files_changed(), so
 * that no tlsql_conn_free() takes long while the context lives. Keys do not stay.
 *
 * It opens no file: call tlsql_builder_load_files() before. If that failed, this fails with the
 * same error, so that it is enough to look at the result of this call. Read the builder's notes
 * too: an own certificate that expired is no failure, only a warning there.
 *
 * What files and memory hold may differ. Another value of an option is TLSQL_E_OPTION_VALUE with
 * its name, and material of a kind that is missing now is TLSQL_E_NO_CERT, TLSQL_E_NO_CA or
 * TLSQL_E_CRL, as where tlsql_builder_add_ca() was forgotten; TLSQL_RELOAD_OPTIONS takes both. A
 * client's mode is never lowered.
 *
 * Clients still resume sessions of before if Tlsql_policy_digest stays the same, and then see the
 * certificate of before: where a server's old one must not count any more, make a new context
 * instead, with other ticket keys. Keys alone leave TLS 1.2 sessions that are kept by id.
 *
 * For a server mysql_errno is 3888, as for ALTER INSTANCE RELOAD TLS, except for a wrong call,
 * where it is 0.
 *
 * A set cannot be used if tlsql_context_new() would fail with it, or would make a context without
 * TLS because of a fault (tlsql_on_config_error=disable, with which tlsql_builder_load_files()
 * returned TLSQL_OK). Both are failures here, whether files or bytes from memory are at fault. With
 * TLSQL_RELOAD_NO_ROLLBACK such a set turns TLS off for new connections until a reload succeeds, as
 * with NO ROLLBACK ON ERROR, except in the cases below. The call returns the set's failure all the
 * same, with severity WARNING in *why, and MySQL's statement succeeds then with that warning. After
 * severity WARNING the context has no TLS; it may have had none before the call.
 *
 * Severity ERROR means that nothing changed, with TLSQL_RELOAD_NO_ROLLBACK too. It is that of
 * - a wrong call;
 * - another value of an option, without TLSQL_RELOAD_OPTIONS, whatever the files hold;
 * - missing material, without TLSQL_RELOAD_OPTIONS: it is in force, or was when a reload turned TLS
 *   off, and a set that tlsql_context_new() would take has none, as after a forgotten
 *   tlsql_builder_add_ca() and where files left datadir;
 * - TLSQL_E_NOT_LOADED, and the failure of an earlier tlsql_builder_load_files(), where options for
 *   files have other values since, or tlsql_builder_generate() made files;
 * - TLSQL_E_NO_CERT where CAs, revocation lists or certificates for names come from memory,
 *   tlsql_builder_set_identity() was not called, neither ssl_cert nor ssl_key is set, and no
 *   datadir that is looked into;
 * - TLSQL_E_CRL where a CA has revocation lists of which none is valid now, by thisUpdate and
 *   nextUpdate. Where that is so of those in force too, their newest may stay. With ssl_fp no list
 *   counts, and where TLS is off any is taken.
 *
 * With TLSQL_RELOAD_OPTIONS a set with ssl=OFF, or without certificate, CA, revocation list and
 * names, as where the files left datadir, is one that can be used: TLSQL_OK, and no TLS. Ask
 * tlsql_context_has_tls().
 * TLSQL_E_ARGUMENT for TLSQL_RELOAD_NO_ROLLBACK on a client, for other flags, and for a builder of
 * the other role.
 */
TLSQL_API
tlsql_code tlsql_context_reload(struct tlsql_context *ctx,
                                struct tlsql_builder *b,
                                uint32_t flags,
                                struct tlsql_error *why);

/**
 * Sets the keys of a server's session tickets: servers that have the same ones resume each other's
 * sessions, if their policies (Tlsql_policy_digest) and the names in their certificates are equal:
 * a client that resumes checks no certificate. A key is TLSQL_TICKET_KEY_SIZE random bytes, which
 * are copied. New tickets are made with current; those of previous, which may be NULL, are taken
 * too. The library, which otherwise makes a key of its own with the first ticket and another each
 * day, changes none from now on: change them each day. A reload keeps them. Any thread may call
 * this at any time.
 *
 * A client whose ticket has another key makes a full handshake: bring a new key in when
 * ssl_session_cache_timeout has passed since the last one. A server alone then goes from current
 * and previous (old, older) to (new, old). Servers that share keys all go to (old, new) first, and
 * to (new, old) once all of them have that (docs/operations.md).
 *
 * A server that forks calls this before the fork: else processes that were forked before the first
 * ticket never have the same key, and others only until its next daily change. After the fork a
 * call changes the keys of its own process only: pass each new key to all of them. Sessions that
 * are kept by id (TLS 1.2) are never shared between processes.
 *
 * TLSQL_E_ARGUMENT for a client's context, and for a key whose last 32 bytes are zeros, as of a
 * previous one that nobody filled: pass NULL where there is none. After a failure the keys are as
 * before.
 */
TLSQL_API
tlsql_code tlsql_context_set_ticket_keys(struct tlsql_context *ctx,
                                         const uint8_t *current,
                                         const uint8_t *previous);

/**
 * Returns 1 if a file or directory that was read for the settings in force is another one now: it
 * has other metadata, is gone, or is behind a link that leads elsewhere (OPENS FILES). Then it is
 * time for tlsql_builder_load_files() and tlsql_context_reload() with flags 0: while files are
 * replaced they may be missing or not fit for a moment, and with either flag TLS could go off then.
 *
 * While TLSQL_RELOAD_NO_ROLLBACK keeps TLS off it is always 1, since the old files may come back
 * unchanged; also where no file was read. Otherwise 0 if nothing changed or nothing was read; 0 for
 * NULL. Option files do not count, nor do files that the host read itself.
 *
 * What was looked for and missing counts once it is there: files in datadir, and one that a server
 * went on without (tlsql_on_config_error=disable). chmod, touch and a new hard link change the
 * metadata too; reading a file does not. A reload that is refused leaves it at 1: try again at
 * each poll, and log the failure only when its text changes.
 */
TLSQL_API uint32_t tlsql_context_files_changed(const struct tlsql_context *ctx);

/** Returns 1 if TLS can be used (have_ssl YES), 0 if not (DISABLED). */
TLSQL_API uint32_t tlsql_context_has_tls(const struct tlsql_context *ctx);

/**
 * Copies an option's value by its MySQL name, as it was set or by default; a switch as ON or OFF,
 * ssl_mode as it is in force, and ssl_passphrase as "hidden"; of a server also have_ssl and
 * have_openssl, YES or DISABLED. MASTER_SSL and its like are 1 or 0, as the mode in force is.
 * TLSQL_E_OPTION_NAME if it is unknown. A context, which threads share, keeps no errors:
 * tlsql_code_info() has the text, without the name.
 */
TLSQL_API
tlsql_code tlsql_context_get(const struct tlsql_context *ctx,
                             const char *name,
                             size_t name_len,
                             char *buf,
                             size_t cap,
                             size_t *needed);

/**
 * Copies a global status value by name, such as "Ssl_accepts" or "Current_tls_version", in any case
 * and with "_" only; in an option's name "-" is taken for "_", and the case counts. What is known
 * of one connection alone is empty here. TLSQL_E_OPTION_NAME if the name is unknown. Beside MySQL's
 * there are
 *
 * - "Tlsql_days_left": whole days until the own certificate expires, or the first of those for
 *   names, by the context's clock when asked; 0 on the last day, negative after it, "" without a
 *   certificate.
 * - "Tlsql_policy_digest": 64 hexadecimal digits, equal for contexts that give every peer the same
 *   verdict and offer the same, in other processes too. Modes, versions, suites, CAs, revocation
 *   lists, fingerprints, security level and a client's own certificates change it, by a reload as
 *   well; a server's own certificate does not.
 * - "Tlsql_verified_from", "Tlsql_verified_until" of one connection: no date on which the verdict
 *   on the peer's chain depends lies between; "" where no chain was verified.
 */
TLSQL_API
tlsql_code tlsql_context_status(const struct tlsql_context *ctx,
                                const char *name,
                                size_t name_len,
                                char *buf,
                                size_t cap,
                                size_t *needed);

/**
 * Returns the name of status variable i, counted from 0 in the order of SHOW STATUS: a static
 * string, never freed; NULL past the last. The names are those of all profiles: MySQL 5.7 and
 * MariaDB have neither Current_tls_... nor Ssl_session_cache_timeout.
 */
TLSQL_API const char *tlsql_status_variable(size_t i);

/* Connections --------------------------------------------------------------------------------- */

/** The greeting has not come, or has not left, as a whole. */
#define TLSQL_PHASE_GREETING 1u
/** The greeting is done; an SSLRequest or a plain login comes next. */
#define TLSQL_PHASE_NEGOTIATE 2u
/** The TLS handshake. */
#define TLSQL_PHASE_HANDSHAKE 3u
/** Application bytes in TLS. */
#define TLSQL_PHASE_TLS 4u
/** Application bytes in clear text. */
#define TLSQL_PHASE_PLAIN 5u
/** tlsql_conn_close() was called, and everything queued has left. */
#define TLSQL_PHASE_CLOSED 6u
/** A failure ended the connection: see tlsql_conn_error(). */
#define TLSQL_PHASE_FAILED 7u
/** Most bytes before and after a plaintext in tlsql_conn_seal(), to lay out buffers with. */
#define TLSQL_HEADROOM_MAX 16u
#define TLSQL_TAILROOM_MAX 32u

/** One connection. */
typedef struct tlsql_conn tlsql_conn;

/**
 * Makes a connection of a context whose role is TLSQL_CLIENT; else it is TLSQL_E_ARGUMENT. *why
 * gets the reason of a failure and may be NULL.
 */
TLSQL_API
tlsql_code tlsql_client_new(const struct tlsql_context *ctx,
                            struct tlsql_conn **out,
                            struct tlsql_error *why);

/**
 * Makes a connection of a context whose role is TLSQL_SERVER; else it is TLSQL_E_ARGUMENT. *why
 * gets the reason of a failure and may be NULL.
 */
TLSQL_API
tlsql_code tlsql_server_new(const struct tlsql_context *ctx,
                            struct tlsql_conn **out,
                            struct tlsql_error *why);

/**
 * Frees the connection; it sends nothing, tlsql_conn_close() does. Must not overlap any other call
 * on it. NULL is allowed.
 */
TLSQL_API void tlsql_conn_free(struct tlsql_conn *conn);

/**
 * Sets one option of this connection before its first step and its first tlsql_client_ or
 * tlsql_server_ call; later it is TLSQL_E_STATE. host; port; transport: tcp (default), unix,
 * shared-memory or named-pipe, in any case; verify_name (default: host, or localhost on a local
 * transport without host); sni (default: tls_sni_servername, or none; an address is not sent). A
 * server has transport, host and port only.
 *
 * TLSQL_E_OPTION_NAME for another name, TLSQL_E_OPTION_VALUE for a value that is not taken, such
 * as a host or verify_name that starts with a dot or has an address in brackets. *why gets the
 * reason and may be NULL; these two do not end the connection.
 */
TLSQL_API
tlsql_code tlsql_conn_set(struct tlsql_conn *conn,
                          const char *name,
                          size_t name_len,
                          const char *value,
                          size_t value_len,
                          struct tlsql_error *why);

/**
 * Says that the peer's half of the transport ended (end of file or reset), with wire_in_left unused
 * bytes of wire_in. Call it after a step with room for plaintext whose counts and events are all 0;
 * while the choice after TLSQL_EVENT_HELLO is open call it without a further step, which would end
 * the choice. While a record waits for room (WANT_APP_OUT), and in PLAIN while bytes are left, it
 * is TLSQL_E_STATE: read them first. It ends reading only: a reader stops when want lacks
 * WANT_WIRE_IN, what is presented then is dropped in TLS and left alone in PLAIN, and the phase
 * stays until tlsql_conn_close(). Once it returned TLSQL_OK, and after tlsql_conn_close(), it does
 * nothing and returns TLSQL_OK whatever is left, unless the connection failed.
 *
 * Before TLS and PLAIN it is TLSQL_E_EOF, and in TLS 1.3 too if a client showed its certificate
 * and the server closed without sending anything. Else in TLS and PLAIN it is TLSQL_OK if no bytes
 * are left; in TLS it is TLSQL_E_TRUNCATED if some are, but TLSQL_OK whatever is left after a
 * close_notify, for nothing behind that counts. MySQL peers close without close_notify, so TLSQL_OK
 * does not prove an orderly end: the host knows whether the last MySQL packet was whole, and
 * tlsql_conn_peer_closed() returns whether close_notify came.
 */
TLSQL_API tlsql_code tlsql_conn_eof(struct tlsql_conn *conn, size_t wire_in_left);

/**
 * Ends the connection in both directions. In TLS it queues close_notify; before TLS and PLAIN it
 * drops what is queued. From then on app_in and wire_in are not taken, and the phase is CLOSED
 * once wire_out has left; no reply is awaited. Allowed in every phase; in FAILED it returns that
 * failure.
 */
TLSQL_API tlsql_code tlsql_conn_close(struct tlsql_conn *conn);

/**
 * Queues a TLS 1.3 KeyUpdate, once: another call has no effect until application data was sent. It
 * asks the peer for one, unless one that was asked for has not come yet: a connection that read
 * that has WANT_WIRE_OUT until the answer has left.
 * TLSQL_E_STATE outside TLS 1.3, and while a message of the peer that spans records is half read.
 */
TLSQL_API tlsql_code tlsql_conn_rekey(struct tlsql_conn *conn);

/**
 * Encrypts in place: makes one record at buf of the plain_len bytes (1 to 16384) at buf +
 * tlsql_conn_headroom(), and writes its length, never 0, to *record_len. In PLAIN headroom and
 * tailroom are 0 and the bytes stay as they are.
 *
 * TLSQL_E_ARGUMENT for another plain_len, in every phase. TLSQL_E_STATE outside TLS and PLAIN, in
 * PLAIN before a step has reported EVENT_PLAIN, where the server has to prove itself first
 * (tlsql_conn_needs_peer_proof()), and while bytes for the peer are queued (tlsql_conn_want() has
 * WANT_WIRE_OUT), such as a KeyUpdate, which this call queues itself when it is due: step until
 * they have left, and call again. TLSQL_E_ROOM if cap is smaller than headroom + plain_len +
 * tailroom; nothing is written beyond these, whatever cap is. TLSQL_E_OVERLAP if *record_len lies
 * in buf. In TLS 1.2 TLSQL_E_KEYS_USED_UP, which is final, after 2^24 - 1 records of AES-GCM.
 */
TLSQL_API
tlsql_code tlsql_conn_seal(struct tlsql_conn *conn,
                           uint8_t *buf,
                           size_t cap,
                           size_t plain_len,
                           size_t *record_len);

/** Returns the bytes before the plaintext in a record; valid from SECURED or PLAIN on. */
TLSQL_API size_t tlsql_conn_headroom(const struct tlsql_conn *conn);

/** Returns the bytes after the plaintext in a record; valid from SECURED or PLAIN on. */
TLSQL_API size_t tlsql_conn_tailroom(const struct tlsql_conn *conn);

/**
 * Returns the TLSQL_WANT_ bits that a step without buffers would report, for a host that did
 * something else since its last step; WANT_WIRE_OUT means that bytes for the peer are queued. 0 if
 * nothing moves the connection any more, and while another call runs.
 */
TLSQL_API uint32_t tlsql_conn_want(const struct tlsql_conn *conn);

/** Returns TLSQL_PHASE_. */
TLSQL_API uint32_t tlsql_conn_phase(const struct tlsql_conn *conn);

/** Returns 1 if the peer's close_notify came, else 0. */
TLSQL_API uint32_t tlsql_conn_peer_closed(const struct tlsql_conn *conn);

/**
 * Copies the failure that ended the connection; its code is TLSQL_OK when there is none. Wrong
 * calls and what tlsql_conn_set() refused are not recorded: see tlsql_conn_explain().
 */
TLSQL_API tlsql_code tlsql_conn_error(const struct tlsql_conn *conn, struct tlsql_error *out);

/**
 * Copies what to show for a code that a call on this connection returned: the failure that ended
 * the connection if it has this code, or the reason of the last wrong call, name or value if that
 * has it, such as which bit a TLSQL_E_ARGUMENT is about; else what tlsql_code_info() writes, also
 * while another call runs and after TLSQL_E_PANIC. A reason stays until a wrong call that has
 * one replaces it, or one of the same code without any clears it: ask at once. TLSQL_E_ARGUMENT if
 * this library does not have the code, TLSQL_E_NULL if conn or out is NULL.
 */
TLSQL_API
tlsql_code tlsql_conn_explain(const struct tlsql_conn *conn,
                              tlsql_code code_number,
                              struct tlsql_error *out);

/**
 * Server: returns TLSQL_OK, or TLSQL_E_SECURE_TRANSPORT if require_secure_transport is on and the
 * transport is not secure; *refusal gets the error 3159 to send, and may be NULL. TLSQL_E_STATE
 * outside TLS and PLAIN.
 */
TLSQL_API
tlsql_code tlsql_conn_check_transport(const struct tlsql_conn *conn,
                                      struct tlsql_error *refusal);

/* The step ------------------------------------------------------------------------------------ */

/** Buffer sizes that always let a step progress: the largest TLS record, header included. */
#define TLSQL_WIRE_IN_SIZE 18437u
/** One full record out plus one control record. */
#define TLSQL_WIRE_OUT_SIZE 16704u
/** Largest plaintext of one record. */
#define TLSQL_APP_OUT_SIZE 16384u

/**
 * Bytes from the peer. These bits say what the connection wants next: any set of them; 0 only in
 * CLOSED, and in FAILED once drained. After TLSQL_E_BUSY 0 says nothing. Wait for I/O only after a
 * step whose counts and events are all 0; otherwise step again: what comes after an event or behind
 * a view has not been looked at. Such a step counts only with the room that you have now: while
 * want has WANT_WIRE_OUT and your output buffer is free, step again before you wait.
 */
#define TLSQL_WANT_WIRE_IN 0x01u

/**
 * Room in wire_out: bytes for the peer are queued, or app_in did not fit. If a reader lends no
 * wire_out, a writer has to step when this bit shows.
 */
#define TLSQL_WANT_WIRE_OUT 0x02u

/**
 * Application bytes: they can be sent, in PLAIN from EVENT_PLAIN on. With tlsql_peer_proof=ON the
 * bit says that TLS is up: what is sent before the proof needs tlsql_client_auth_plugin() too, else
 * it is TLSQL_E_STATE.
 */
#define TLSQL_WANT_APP_IN 0x04u
/** Room for plaintext: a record is waiting. */
#define TLSQL_WANT_APP_OUT 0x08u

/**
 * Client: tlsql_client_start() or tlsql_client_request_sent(). Server: tlsql_server_start() or
 * tlsql_server_greeting_sent().
 */
#define TLSQL_WANT_START 0x10u

/**
 * tlsql_conn_greeting() is ready. Each event is reported by exactly one step. A step that reports
 * GREETING, HELLO, SECURED or PLAIN stops there: app_in_used, app_out_made and view_len are 0, so
 * that a host never sends or reads before it decided.
 */
#define TLSQL_EVENT_GREETING 0x01u
/** Server: tlsql_conn_request() is ready. */
#define TLSQL_EVENT_SSL_REQUEST 0x02u
/** The handshake is done, and the peer verified as configured. */
#define TLSQL_EVENT_SECURED 0x04u
/** The connection goes on without TLS; tlsql_conn_outcome() says why. */
#define TLSQL_EVENT_PLAIN 0x08u

/**
 * close_notify came; it may come with the last plaintext: read that first. From then on want has no
 * WANT_WIRE_IN, and bytes behind it are used up and dropped: do not poll for input.
 */
#define TLSQL_EVENT_PEER_CLOSED 0x10u

/**
 * Server with tlsql_hello_event=ON: the first ClientHello is whole, and the next step answers it.
 * tlsql_conn_hello_name() is ready, and tlsql_conn_use_context() is allowed until then. The client
 * waits now: once the context is chosen, step without waiting for input, whatever want says. Any
 * step, an empty one too, ends the choice; one that was a wrong call does not. The event may come
 * with SSL_REQUEST. A ClientHello that no server could take ends the connection without it.
 * Ssl_accepts counts the connection when the next step answers the ClientHello, or when the
 * connection fails before that, as where tlsql_conn_eof() says that the client has gone; not where
 * the host closes or frees it first.
 */
#define TLSQL_EVENT_HELLO 0x20u

/** What a step did and wants. struct_size and flags are set before the call. */
typedef struct tlsql_step {
  uint32_t struct_size;
  /** In: 0; else TLSQL_E_ARGUMENT. */
  uint32_t flags;
  /** TLSQL_WANT_ bits. */
  uint32_t want;
  /** TLSQL_PHASE_. */
  uint32_t phase;
  /** TLSQL_EVENT_ bits. */
  uint32_t events;
  /** Drop this many bytes from the front of wire_in, after using the view. */
  size_t wire_in_used;
  /** Send this many bytes of wire_out, also when the call failed. */
  size_t wire_out_made;
  /** Bytes of app_in that were taken: do not present them again. */
  size_t app_in_used;
  /** Bytes of plaintext in app_out. */
  size_t app_out_made;
  /** With app_out NULL: plaintext at wire_in + view_off. */
  size_t view_off;
  size_t view_len;
  /**
   * Length that wire_in must have next time to go on, counted from the first byte that was not
   * used; 0 if that is not known, as where none was presented, and while no input is wanted.
   */
  size_t need_wire_in;
  /**
   * What makes progress: 1 for queued bytes, else a record of one byte of app_in. Lend
   * TLSQL_WIRE_OUT_SIZE for full ones.
   */
  size_t need_wire_out;
  /**
   * Most plaintext that the waiting record can hold, also of one that turns out to hold none,
   * such as a close_notify; 1 in PLAIN.
   */
  size_t need_app_out;
} tlsql_step;

/**
 * Does all the work the four buffers allow, and says what is wanted next.
 *
 * wire_in   bytes from the peer, oldest first, writable: records are decrypted in place. Present
 *           bytes that were not used again, unchanged, at the front of the next call that presents
 *           any; a length of 0 is always allowed.
 * wire_out  room for bytes to the peer. Queued bytes leave in any amounts, app_in in whole
 *           records. What any call writes goes out in the order of the calls. Send what a step
 *           made at once, before the next step, with TCP_NODELAY.
 * app_in    bytes to send; only read.
 * app_out   room for plaintext, of as many whole records as fit. NULL: read in place; app_out_cap
 *           is then the most bytes that the view may hold (TLSQL_ANY_ROOM: no limit). app_out_cap
 *           0 always means no room: nothing is decrypted. A view is one record over 4 KiB, or
 *           several records of at most 4 KiB each made adjacent; in PLAIN it is all of wire_in up
 *           to app_out_cap, unchanged, at view_off 0.
 *
 * The buffers must not overlap, and *step must not lie in one. A record is delivered whole or not
 * touched. In TLS and PLAIN, reading never waits for room in wire_out and writing never waits for
 * wire_in.
 *
 * Plaintext is pending, as a host may be asked before it waits in poll(), while the host itself
 * holds some that it has not passed on, or the counts and events of its last step were not all 0,
 * or want has WANT_APP_OUT. A non-blocking write must not return before the wire_out of its step
 * has left: the app_in_used bytes that it reports as written are nowhere else.
 */
TLSQL_API
tlsql_code tlsql_conn_step(struct tlsql_conn *conn,
                           uint8_t *wire_in,
                           size_t wire_in_len,
                           uint8_t *wire_out,
                           size_t wire_out_cap,
                           const uint8_t *app_in,
                           size_t app_in_len,
                           uint8_t *app_out,
                           size_t app_out_cap,
                           struct tlsql_step *step);

/* MySQL packets ------------------------------------------------------------------------------- */

/** The server's greeting. Its pointers live as long as the connection. */
typedef struct tlsql_greeting {
  uint32_t struct_size;
  uint32_t protocol;
  uint32_t connection_id;
  uint32_t capabilities;
  uint32_t mariadb_capabilities;
  uint32_t status;
  uint32_t charset;
  const uint8_t *server_version;
  size_t server_version_len;
  const uint8_t *auth_plugin;
  size_t auth_plugin_len;
  /** Both parts of the scramble, without the NUL that ends it. */
  const uint8_t *auth_data;
  size_t auth_data_len;
  /** The packet without its 4-byte header. */
  const uint8_t *payload;
  size_t payload_len;
} tlsql_greeting;

/**
 * The SSLRequest, whose values HandshakeResponse41 must repeat; or the same fields of a plain
 * login, where there is no TLS.
 */
typedef struct tlsql_request {
  uint32_t struct_size;
  uint32_t capabilities;
  /** Largest packet that the client will send, in bytes; 0 is allowed. */
  uint32_t max_packet;
  /** Collation; the packet has room for the low 8 bits. */
  uint32_t charset;
  /** 0 for a MySQL server. */
  uint32_t mariadb_capabilities;
} tlsql_request;

/**
 * Copies the greeting. What tlsql_client_greeting_facts() did not give is 0, and empty.
 * TLSQL_E_STATE before the greeting was read.
 */
TLSQL_API tlsql_code tlsql_conn_greeting(const struct tlsql_conn *conn, struct tlsql_greeting *out);

/**
 * Client: answers the greeting, once it was read. CLIENT_SSL is set or cleared as ssl-mode and the
 * greeting decide, and what MariaDB's first bit or a server before 4.1 needs is adapted; other
 * bits stay as given. On return *req has the values to repeat in HandshakeResponse41.
 * TLSQL_E_ARGUMENT if CLIENT_PROTOCOL_41 is missing where the server has it. A refusal by ssl-mode
 * is returned here, and nothing was sent then. The SSLRequest leaves in a step of its own and the
 * ClientHello in the next. Send each at once, on a socket with TCP_NODELAY: a server that reads
 * both together may lose the ClientHello.
 */
TLSQL_API tlsql_code tlsql_client_start(struct tlsql_conn *conn, struct tlsql_request *req);

/**
 * Server: queues the greeting, given without its 4-byte header; sets CLIENT_SSL if this context
 * has TLS, clears it otherwise. A plain login that answers it is delivered as plaintext after
 * EVENT_PLAIN.
 */
TLSQL_API
tlsql_code tlsql_server_start(struct tlsql_conn *conn,
                              const uint8_t *payload,
                              size_t len);

/**
 * Copies the client's first packet; of a plain login the capabilities, and the rest as far as the
 * packet has it. TLSQL_E_STATE before it came.
 */
TLSQL_API tlsql_code tlsql_conn_request(const struct tlsql_conn *conn, struct tlsql_request *out);

/**
 * Returns the number of the next packet that the host itself sends, until the first application
 * byte; meaningless later. Client: 1 in clear, 2 in TLS. Server: 0 for the greeting, then the
 * client's last number + 1 (2 in clear, 3 in TLS).
 */
TLSQL_API uint8_t tlsql_conn_sequence(const struct tlsql_conn *conn);

/**
 * Client: hands in a greeting that the host read itself: its payload, its sequence number, and
 * every byte that was read beyond it (ahead). For a host that reads and writes the packets itself;
 * none of what is handed in is reported as an event or delivered. Bytes of ahead are looked at,
 * not taken: with TLS any of them is TLSQL_E_EARLY_BYTES, without TLS present them as the first
 * wire_in. A refusal by ssl-mode is returned here.
 *
 * Go on with tlsql_client_start() or, if the host writes the SSLRequest or its plain login itself,
 * with tlsql_client_request_sent().
 */
TLSQL_API
tlsql_code tlsql_client_greeting_read(struct tlsql_conn *conn,
                                      const uint8_t *payload,
                                      size_t len,
                                      uint8_t sequence,
                                      const uint8_t *ahead,
                                      size_t ahead_len);

/**
 * Client: does what tlsql_client_greeting_read() does, for a host whose TLS hook is called when
 * the greeting's bytes are gone. Of *greeting only server_version, capabilities and
 * mariadb_capabilities count; its other pointers may be NULL. server_version_len 0 means that the
 * version is not known.
 */
TLSQL_API
tlsql_code tlsql_client_greeting_facts(struct tlsql_conn *conn,
                                       const struct tlsql_greeting *greeting,
                                       const uint8_t *ahead,
                                       size_t ahead_len);

/**
 * Client: says that the host wrote the SSLRequest, or its plain login, with these values.
 * TLSQL_E_ARGUMENT if CLIENT_SSL in them is not what tlsql_conn_will_use_tls() returns.
 */
TLSQL_API
tlsql_code tlsql_client_request_sent(struct tlsql_conn *conn,
                                     const struct tlsql_request *req);

/**
 * Server: says that the host wrote the greeting, with these capabilities. TLSQL_E_ARGUMENT for a
 * CLIENT_SSL that cannot be kept.
 */
TLSQL_API tlsql_code tlsql_server_greeting_sent(struct tlsql_conn *conn, uint32_t capabilities);

/**
 * Server: hands in the client's first packet, read by the host: its payload and its sequence
 * number. No EVENT_SSL_REQUEST follows, and a plain login is not delivered again. Present the
 * bytes behind the packet as wire_in. After a failure the engine still sends the ERR packet.
 */
TLSQL_API
tlsql_code tlsql_server_request_read(struct tlsql_conn *conn,
                                     const uint8_t *payload,
                                     size_t len,
                                     uint8_t sequence);

/**
 * Returns 1 if TLS will be used (client, once the greeting was read), or if the greeting may set
 * CLIENT_SSL (server); else 0.
 */
TLSQL_API uint32_t tlsql_conn_will_use_tls(const struct tlsql_conn *conn);

/**
 * Writes an ERR packet, header included, with the number and the message of *err; the SQLSTATE
 * goes along if capabilities has CLIENT_PROTOCOL_41. A failure without a MySQL number, such as a
 * wrong call, is sent as 1105, ER_UNKNOWN_ERROR. TLSQL_E_ARGUMENT if there is no failure in *err.
 */
TLSQL_API
tlsql_code tlsql_error_packet(const struct tlsql_error *err,
                              uint8_t sequence,
                              uint32_t capabilities,
                              uint8_t *buf,
                              size_t cap,
                              size_t *needed);

/* A context by the name in the ClientHello ---------------------------------------------------- */

/**
 * Copies the name of the server that the first ClientHello asks for, its SNI, in lower case and
 * without a dot at its end; "" where it has none that is a DNS name, as an address is none.
 * Nothing vouches for it. TLSQL_E_NO_HELLO before TLSQL_EVENT_HELLO, and from the next step on;
 * once the connection failed its failure, as from tlsql_conn_use_context().
 */
TLSQL_API
tlsql_code tlsql_conn_hello_name(const struct tlsql_conn *conn,
                                 char *buf,
                                 size_t cap,
                                 size_t *needed);

/**
 * Makes the connection go on under another server's context, as that is now; call it once, after
 * the step that reported TLSQL_EVENT_HELLO and before the next. Without it the connection goes on
 * under its own. The context stays yours, to be reloaded at any time and freed once this returned.
 *
 * What TLS decides is the other's from here on: certificate, versions and suites, the verification
 * of clients with tlsql_max_chain, sessions and ticket keys, what tlsql_conn_check_account() is
 * asked about, tlsql_keylog, tlsql_profile; and its counters count the connection, those of the
 * first context do not. What the greeting said stays, and so does the first context's
 * tlsql_max_handshake_bytes; tlsql_hello_event of the other means nothing here.
 *
 * Each wrong call changes nothing: TLSQL_E_NO_HELLO at any other time, TLSQL_E_CONTEXT_CHOSEN the
 * second time, TLSQL_E_ARGUMENT for a client's context, TLSQL_E_CONTEXT_NO_TLS for one that has
 * none now (tlsql_context_has_tls()): the client has begun TLS, and the host goes on under the
 * first context or closes.
 */
TLSQL_API
tlsql_code tlsql_conn_use_context(struct tlsql_conn *conn,
                                  const struct tlsql_context *ctx);

/* What was negotiated ------------------------------------------------------------------------- */

/** Not decided yet, or the connection failed. */
#define TLSQL_OUTCOME_NONE 0u
/** TLS. */
#define TLSQL_OUTCOME_TLS 1u
/** Clear text: ssl-mode=DISABLED, or the server has no TLS configured. */
#define TLSQL_OUTCOME_PLAIN_DISABLED 2u
/** Clear text: PREFERRED and no TLS offered (client), or not asked for (server). */
#define TLSQL_OUTCOME_PLAIN_NO_TLS 3u
/** Clear text: PREFERRED on a local transport. */
#define TLSQL_OUTCOME_PLAIN_LOCAL 4u

/** Returns TLSQL_OUTCOME_ once the connection is up. */
TLSQL_API uint32_t tlsql_conn_outcome(const struct tlsql_conn *conn);

/** Returns the TLSQL_VERIFY_ bits of what was checked and holds. */
TLSQL_API uint32_t tlsql_conn_verified(const struct tlsql_conn *conn);

/** Returns 1 in TLS, and on a local transport that counts as secure; else 0. */
TLSQL_API uint32_t tlsql_conn_secure_transport(const struct tlsql_conn *conn);

/** Returns 0x0303 for TLS 1.2, 0x0304 for TLS 1.3; 0 without TLS. */
TLSQL_API uint16_t tlsql_conn_tls_version(const struct tlsql_conn *conn);

/** Returns the cipher suite's IANA number; 0 without TLS. */
TLSQL_API uint16_t tlsql_conn_cipher_id(const struct tlsql_conn *conn);

/**
 * Returns 1 if the handshake resumed a session, so that the certificate and the checks are those of
 * the session's first connection; else 0.
 */
TLSQL_API uint32_t tlsql_conn_resumed(const struct tlsql_conn *conn);

/** Returns the suite as Ssl_cipher shows it: a static string, never freed; "" without TLS. */
TLSQL_API const char *tlsql_conn_cipher_name(const struct tlsql_conn *conn);

/**
 * Returns the number of certificates that the peer showed: 0 before the handshake is done, and
 * after one that failed or was refused. With tlsql_keep_peer_chain=OFF it is 0, and this and all
 * other getters answer as for a peer that showed none, as tlsql_conn_check_account() does;
 * tlsql_conn_verified() does not, and tlsql_peer_proof=ON keeps the certificates all the same.
 */
TLSQL_API size_t tlsql_conn_peer_cert_count(const struct tlsql_conn *conn);

/**
 * Points *der at certificate i in DER, the peer's own being number 0; it lives until the next call
 * whose conn is not const. TLSQL_E_STATE if the peer showed none, TLSQL_E_ARGUMENT past the last.
 */
TLSQL_API
tlsql_code tlsql_conn_peer_cert(const struct tlsql_conn *conn,
                                size_t i,
                                const uint8_t **der,
                                size_t *len);

/**
 * Copies the SHA-2 hash of the peer's own certificate; bits is 256, 384 or 512. TLSQL_E_STATE if
 * the peer showed none.
 */
TLSQL_API
tlsql_code tlsql_conn_peer_fingerprint(const struct tlsql_conn *conn,
                                       uint32_t bits,
                                       uint8_t *buf,
                                       size_t cap,
                                       size_t *needed);

/**
 * Copies the secrets of the connection that there are so far, in the lines of a key log file
 * (SSLKEYLOGFILE), with which a program decrypts recorded traffic: WHO HAS THEM READS ALL THAT WAS
 * SENT. "" before TLS; a handshake that failed has none any more. TLSQL_E_STATE without
 * tlsql_keylog=ON, which is refused by builds without the cargo feature keylog.
 */
TLSQL_API
tlsql_code tlsql_conn_keylog(const struct tlsql_conn *conn,
                             char *buf,
                             size_t cap,
                             size_t *needed);

/**
 * Copies a status value by name, such as "Ssl_cipher" or "Ssl_version": this connection's, or the
 * context's if the variable is global, by the settings with which the connection was made, or by
 * those of tlsql_conn_use_context(); no later reload changes them. Names as for
 * tlsql_context_status(). TLSQL_E_OPTION_NAME if it is unknown.
 */
TLSQL_API
tlsql_code tlsql_conn_status(const struct tlsql_conn *conn,
                             const char *name,
                             size_t name_len,
                             char *buf,
                             size_t cap,
                             size_t *needed);

/* Sessions of a client ------------------------------------------------------------------------ */

/** A session of a client, taken out of a connection. */
typedef struct tlsql_session tlsql_session;

/**
 * Takes a session of this client connection's server out of those that its context keeps, for
 * tlsql_conn_set_session(). A context resumes its sessions by itself (tlsql_session_cache_size):
 * this is for a host that keeps one beside its pool, or for another context.
 *
 * Sessions are kept by host, port, transport, verify_name and sni as they were set, in the same
 * case: another port is another server, and so is LOCALHOST beside localhost. Of a server by TCP
 * without host none is kept, nor of a MariaDB server where the client has a certificate.
 *
 * In TLS 1.3 a server gives its tickets after the handshake, so that there is none before a step
 * has read them, and one that was taken is kept no more. In TLS 1.2 there is one after the
 * handshake, and it stays when it is taken. TLSQL_E_STATE for a server, outside TLS, while
 * tlsql_conn_needs_peer_proof() is 1, and where there is none, as where tlsql_session_cache_size
 * is 0: such a context takes sessions of others only (tlsql_conn_set_session()).
 *
 * The outcome of the login does not matter to a session: one that is taken after a refused login
 * is as good. Take it before you close or free the connection. It is yours, and outlives connection
 * and context.
 */
TLSQL_API tlsql_code tlsql_conn_session(struct tlsql_conn *conn, struct tlsql_session **out);

/**
 * Makes a client connection offer this session, and no other; call it before the connection's
 * first step and its first tlsql_client_ call, before or after tlsql_conn_set(). TLSQL_OK does not
 * mean that the session is offered. It is where this connection could have taken it from its own
 * context, in every ssl_mode, and is not if it has expired, or is of another host, port, transport,
 * verify_name, sni or kind of server (MySQL or MariaDB). If it is not offered, or the server
 * refuses it, the handshake is a full one, and tlsql_conn_resumed() returns 0 after it. New
 * sessions of this connection are kept by its own context.
 *
 * The session stays yours. One of TLS 1.2 may be set on many connections, one of TLS 1.3 on one:
 * this call spends it, whatever becomes of the connection. Any threads may set it.
 * TLSQL_E_SESSION_POLICY if this connection's Tlsql_policy_digest differs from that of the
 * connection that the session was taken from; one of TLS 1.3 is not spent then. TLSQL_E_STATE for
 * a server, later, for a second session, and for one of TLS 1.3 that was set before.
 */
TLSQL_API
tlsql_code tlsql_conn_set_session(struct tlsql_conn *conn,
                                  const struct tlsql_session *session);

/** Frees a session; connections that it was set on keep what they need. NULL is allowed. */
TLSQL_API void tlsql_session_free(struct tlsql_session *session);

/* Who the peer is ----------------------------------------------------------------------------- */

/** A name in one line as OpenSSL 3 writes it. */
#define TLSQL_NAME_OPENSSL3 3u
/** As OpenSSL 1.1.1 writes it: ambiguous if a value holds '/' or '+'. */
#define TLSQL_NAME_OPENSSL1 1u

/**
 * Copies the subject of the peer's own certificate in one line, as MySQL shows and compares it:
 * raw bytes, without a NUL. form is TLSQL_NAME_. TLSQL_E_STATE if the peer showed no certificate.
 * It says nothing about trust: tlsql_conn_verified() does.
 */
TLSQL_API
tlsql_code tlsql_conn_peer_subject(const struct tlsql_conn *conn,
                                   uint32_t form,
                                   uint8_t *buf,
                                   size_t cap,
                                   size_t *needed);

/** Copies the issuer of the peer's own certificate, else as tlsql_conn_peer_subject(). */
TLSQL_API
tlsql_code tlsql_conn_peer_issuer(const struct tlsql_conn *conn,
                                  uint32_t form,
                                  uint8_t *buf,
                                  size_t cap,
                                  size_t *needed);

/**
 * Returns 1 while a client with tlsql_peer_proof=ON does not know who its server is: only the
 * password can vouch for it (ssl_mode is REQUIRED or above, with neither CA nor fingerprint), and
 * tlsql_conn_confirm_peer() has not succeeded. Each connection needs a proof of its own, one that
 * resumed a session too: what the session's first connection proved was that the server knows one
 * account's password. Returns 0 for all other connections, but 1 if it cannot be known: for NULL,
 * while another call runs, and for a poisoned object.
 *
 * WHILE IT IS 1, SEND NO PASSWORD IN CLEAR, AND ANSWER A PLUGIN THAT HASHES ONLY:
 * mysql_native_password, client_ed25519 or parsec, with the server's scramble, and a password that
 * is not empty. Refuse a switch to any other plugin (mysql_clear_password, dialog,
 * sha256_password, caching_sha2_password), send no statement and believe no result. So that a host
 * cannot forget it, app_in and tlsql_conn_seal() are TLSQL_E_STATE in TLS meanwhile, but while
 * tlsql_client_auth_plugin() allows them.
 *
 * These plugins are not bound to the connection: somebody in between who passes the answer on is
 * logged in at the true server before the missing proof ends this connection, and no client can
 * prevent that. Where it matters, give the client ssl_ca or ssl_fp.
 */
TLSQL_API uint32_t tlsql_conn_needs_peer_proof(const struct tlsql_conn *conn);

/**
 * Tells the engine of a client which authentication plugin the host answers next, named as on the
 * wire: call it before each packet of the login, the first one included. While
 * tlsql_conn_needs_peer_proof() is 1 each call allows one packet in app_in or tlsql_conn_seal(),
 * header included and in any parts, that is begun before plaintext of the server is delivered; all
 * of app_in is TLSQL_E_STATE if it goes beyond. Calls do not add up: a second one before the packet
 * is begun allows no second packet, and one while it is half sent none but its rest. A plugin other
 * than mysql_native_password, client_ed25519 and parsec ends the connection with
 * TLSQL_E_PEER_PROOF, before an answer to it can leave. Otherwise it does nothing. TLSQL_E_STATE
 * for a server, and before TLS if the proof is needed.
 */
TLSQL_API
tlsql_code tlsql_client_auth_plugin(struct tlsql_conn *conn,
                                    const char *name,
                                    size_t name_len);

/**
 * Copies the proof that a MariaDB server (11.4 and later) sends if it has this connection's
 * certificate and knows this salt of the password: 64 capital hexadecimal digits, of SHA-256(salt,
 * scramble, SHA-256(certificate)). salt is SHA1(SHA1(password)) for mysql_native_password (20
 * bytes), the public key for client_ed25519 (32 bytes), and for parsec 'P', the iteration byte,
 * the salt (18 bytes) and the public key (32 bytes). scramble is the server's scramble without its
 * NUL: the 20 bytes of the greeting (auth_data), or of a later AuthSwitchRequest for
 * mysql_native_password, and not the 32 bytes that client_ed25519 and parsec sign.
 *
 * TLSQL_E_ARGUMENT unless salt has 20, 32 or 52 bytes and scramble 20: out of a longer scramble and
 * the true server's proof, somebody in between could make a proof of his own. TLSQL_E_ARGUMENT too
 * for the salt of an empty password, except parsec's, which cannot be recognised. TLSQL_E_STATE for
 * a server and outside TLS.
 */
TLSQL_API
tlsql_code tlsql_conn_peer_proof(const struct tlsql_conn *conn,
                                 const uint8_t *salt,
                                 size_t salt_len,
                                 const uint8_t *scramble,
                                 size_t scramble_len,
                                 char *buf,
                                 size_t cap,
                                 size_t *needed);

/**
 * Compares the server's proof in constant time: text is that of the OK packet which ends the
 * login, a byte 0x01 and the 64 digits of tlsql_conn_peer_proof(). MariaDB writes that text behind
 * its length, also to a client without CLIENT_SESSION_TRACK, for which MySQL's manual has the rest
 * of the packet: the length is not part of text. If they are equal
 * tlsql_conn_needs_peer_proof() returns 0 and tlsql_conn_verified() has TLSQL_VERIFY_PROOF from
 * now on. Any other text, length 0 included, ends the connection with TLSQL_E_PEER_PROOF, also
 * after an earlier success, and the context forgets this server's sessions. salt and scramble as
 * for tlsql_conn_peer_proof(). TLSQL_E_STATE without tlsql_peer_proof=ON, if something else
 * vouches for the server, and outside TLS.
 *
 * MariaDB sends no proof after COM_CHANGE_USER: what another account does then, its password
 * included, rests on the proof of the first one's. Where not all accounts are trusted with each
 * other's logins, open a connection for each.
 */
TLSQL_API
tlsql_code tlsql_conn_confirm_peer(struct tlsql_conn *conn,
                                   const uint8_t *salt,
                                   size_t salt_len,
                                   const uint8_t *scramble,
                                   size_t scramble_len,
                                   const uint8_t *text,
                                   size_t text_len);

/**
 * Server: copies the proof that this server knows the salt of a client's password, for clients
 * that have no CA: a MariaDB server (11.4 and later) sends a byte 0x01 and these 64 digits as the
 * text of the OK packet that ends the login. They are what tlsql_conn_peer_proof() is at the
 * client with the same salt and scramble, of the certificate that this connection's handshake, or
 * that of its session, showed. Send none for an account without a password, for a plugin other
 * than mysql_native_password, client_ed25519 and parsec, and after COM_CHANGE_USER.
 *
 * TLSQL_E_ARGUMENT as for tlsql_conn_peer_proof(). TLSQL_E_STATE for a client and outside TLS.
 */
TLSQL_API
tlsql_code tlsql_conn_own_proof(const struct tlsql_conn *conn,
                                const uint8_t *salt,
                                size_t salt_len,
                                const uint8_t *scramble,
                                size_t scramble_len,
                                char *buf,
                                size_t cap,
                                size_t *needed);

/* Who may log in ------------------------------------------------------------------------------ */

/** The client sent no password: "using password: NO". */
#define TLSQL_PASSWORD_NO 0u
/** The client sent a password: "using password: YES". */
#define TLSQL_PASSWORD_YES 1u
/** The plugin asks for none (auth_socket): the refusal is 1698, which does not mention one. */
#define TLSQL_PASSWORD_NOT_MENTIONED 2u

/** What one account requires of a connection: the REQUIRE of CREATE USER. */
typedef struct tlsql_account tlsql_account;

/**
 * Makes an account that requires nothing yet: tlsql_conn_check_account() refuses to judge by it,
 * until require, cipher, issuer, subject, san or clause is set.
 */
TLSQL_API tlsql_code tlsql_account_new(struct tlsql_account **out);

/**
 * Frees the account; connections keep nothing of it. Must not overlap any other call on it. NULL
 * is allowed.
 */
TLSQL_API void tlsql_account_free(struct tlsql_account *acct);

/**
 * Sets one requirement by name; setting it again replaces the value, and a failure leaves the
 * account as it was. Once tlsql_conn_check_account() judged a connection by the account it is
 * TLSQL_E_STATE. "-" and "_" are equal in names, keywords are taken in any case.
 *
 * require: NONE, SSL or X509, which stand alone: beside one of the next four, whichever came
 * first, each is TLSQL_E_OPTION_VALUE. cipher: a suite as Ssl_cipher shows it. issuer and subject:
 * a name in one line, such as "/C=SE/O=MySQL AB/CN=client", compared octet by octet. san: a name
 * that the certificate has among others, as URI:urn:a:b, DNS:host or IP:10.0.0.1; MySQL has no
 * such clause. These four go together, and all that are set must hold. With any of them the client
 * has to show a certificate, as in MySQL; under tlsql_profile=mariadb cipher alone asks for none.
 *
 * clause: the REQUIRE clause of CREATE USER and ALTER USER alone, as REQUIRE SUBJECT '...' AND
 * ISSUER '...', with the escapes of SQL. It replaces require, cipher, issuer and subject, and
 * leaves san as it is. No other call takes a requirement out: make another account.
 *
 * one_line: openssl3 (default), openssl1 or any, the form in which issuer and subject are meant.
 * A certificate satisfies no issuer or subject if another name could have the same line: one with
 * a value that ends in a backslash or holds one that could be an escape, as in "\xC3"; with
 * openssl1 and any also one with '/' or '+' in a value, since OpenSSL 1.1.1, which MySQL 5.7 has,
 * does not tell a '/' in a value from one between attributes. With any that is so too where the
 * two forms differ otherwise, so that no certificate has two lines.
 *
 * TLSQL_E_OPTION_NAME, TLSQL_E_OPTION_VALUE: *why names the word, the quote or the attribute that
 * was not taken, and may be NULL.
 */
TLSQL_API
tlsql_code tlsql_account_set(struct tlsql_account *acct,
                             const char *name,
                             size_t name_len,
                             const char *value,
                             size_t value_len,
                             struct tlsql_error *why);

/**
 * Server: checks whether this connection meets what an account requires, in MySQL's order, once
 * the password was checked and again after COM_CHANGE_USER: TLSQL_OK, or TLSQL_E_ACCOUNT_ for the
 * first requirement that it does not meet. Any threads may check against one account at once.
 *
 * user is the account's user as the client sent it, host the client's host name or address, both
 * raw bytes; used_password is TLSQL_PASSWORD_. *refusal gets what the peer may know, and may be
 * NULL: send its mysql_errno, sqlstate and message, which are those of a wrong password whatever
 * the reason, also of a wrong call: 1045 (28000) or 1698. user and host stand in it with at most
 * 80 and 255 characters, control characters and octets that are no UTF-8 escaped. To send the same
 * for a wrong password, call this with acct NULL: TLSQL_E_NULL, which is no fault of the caller's
 * here, with *refusal and an empty *log (code TLSQL_OK, no message).
 *
 * *log gets what the server's error log should say, and may be NULL; it is not for the peer. Of
 * cipher, issuer and subject it is MySQL's words, with its number in log_code (MY-010289 to
 * MY-010291) and severity NOTE. MySQL logs no other refusal: log_code is 0 then, with severity NOTE
 * for TLSQL_E_ACCOUNT_ and ERROR for a wrong call, such as the next two.
 *
 * TLSQL_E_STATE for a client and outside TLS and PLAIN, TLSQL_E_ARGUMENT if the account requires
 * nothing, not even NONE. Any result but TLSQL_OK refuses the login. With
 * tlsql_keep_peer_chain=OFF no account is met that requires a certificate.
 */
TLSQL_API
tlsql_code tlsql_conn_check_account(const struct tlsql_conn *conn,
                                    const struct tlsql_account *acct,
                                    const char *user,
                                    size_t user_len,
                                    const char *host,
                                    size_t host_len,
                                    uint32_t used_password,
                                    struct tlsql_error *refusal,
                                    struct tlsql_error *log);

#ifdef __cplusplus
}
#endif

#endif /* TLSQL_H */
