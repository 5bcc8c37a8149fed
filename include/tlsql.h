/* tlsql.h - MySQL's TLS upgrade as an engine: bytes in, bytes out.
 *
 * ABI 0 may still change; ABI 1 never will, except by addition.
 *
 * Objects: a builder takes settings by their MySQL names, a context holds them in force, a
 * connection is one client or one server of a context. The host owns the sockets and the MySQL
 * packets. A client's loop on a blocking socket (README.md and examples/ have whole programs):
 *
 *   tlsql_step s = { sizeof s };
 *   for (;;) {
 *     rc = tlsql_conn_step(conn, in, in_len, out, sizeof out, app, app_len,
 *                          NULL, TLSQL_ANY_ROOM, &s);
 *     take(in + s.view_off, s.view_len);
 *     send_all(fd, out, s.wire_out_made);
 *     memmove(in, in + s.wire_in_used, in_len -= s.wire_in_used);
 *     app += s.app_in_used, app_len -= s.app_in_used;
 *     if (s.want & TLSQL_WANT_START) tlsql_client_start(conn, &request);
 *     else if (s.wire_in_used || s.wire_out_made || s.app_in_used || s.events) continue;
 *     else if (rc || !(s.want & TLSQL_WANT_WIRE_IN)) break;
 *     else if ((got = receive(fd, in + in_len, sizeof in - in_len)) > 0) in_len += got;
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
 * I/O: no call opens a socket, blocks, starts a thread or calls back. Only the calls marked
 * OPENS FILES open files. No pointer passed in is kept after the call returns.
 *
 * Threads: a tlsql_context may be used from any threads at once. A builder or a connection may
 * move between threads but serves one call at a time, getters included: a call that meets another
 * returns TLSQL_E_BUSY, a getter without a code 0, "" or NULL (as it does for NULL and for a
 * poisoned object), but tlsql_conn_needs_peer_proof() 1. tlsql_conn_free must not overlap any
 * call. After fork() a connection may be used by one of the two processes only, a context by both
 * if no other thread was in a call at the fork.
 *
 * Codes: -1..-19 report a wrong call. They change nothing and are not remembered (TLSQL_E_PANIC
 * alone poisons the object); where *step can be written its counts and events are 0 and its want
 * is still true. Any other failure is final when tlsql_conn_step, _seal, _rekey, _eof, _close or a
 * tlsql_client_ or tlsql_server_ call returned it: it is repeated by later ones. A call that
 * returns a failure delivers no plaintext; a step that did work first returns TLSQL_OK with that,
 * and the next one the failure. Bytes for the peer (an alert, an ERR packet) may still be waiting
 * then: keep stepping while TLSQL_WANT_WIRE_OUT is set. In FAILED all of wire_in is used up and
 * ignored. Setters, getters and checks never end a connection.
 *
 * Structs: set struct_size to sizeof before the call. TLSQL_E_STRUCT_SIZE if it is smaller than in
 * ABI 0.1, or if an input struct has nonzero bytes beyond what the library knows. Output beyond
 * what the library knows is zeroed. */

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
#define TLSQL_ANY_ROOM ((size_t)-1)
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
/** Struct_size is smaller than in ABI 0.1, or bytes that this library does not know are set */
#define TLSQL_E_STRUCT_SIZE (-6)
/** Another call on the same object is running */
#define TLSQL_E_BUSY (-7)
/** A defect inside the library was caught, and the object is unusable from now on */
#define TLSQL_E_PANIC (-8)

/* Settings. */
/** Unknown option */
#define TLSQL_E_OPTION_NAME (-20)
/** The option does not take this value */
#define TLSQL_E_OPTION_VALUE (-21)
/** Cannot read a file that an option names */
#define TLSQL_E_FILE (-22)
/** Neither PEM nor DER of the kind that the option needs */
#define TLSQL_E_PEM (-23)
/** Unable to get certificate */
#define TLSQL_E_NO_CERT (-24)
/** Unable to get private key */
#define TLSQL_E_NO_KEY (-25)
/** Private key does not match the certificate public key */
#define TLSQL_E_KEY_MISMATCH (-26)
/** The private key is of a kind that is not supported */
#define TLSQL_E_KEY_FORM (-27)
/** CA certificate is required if ssl-mode is VERIFY_CA or VERIFY_IDENTITY */
#define TLSQL_E_NO_CA (-28)
/** The revocation list cannot be used */
#define TLSQL_E_CRL (-29)
/** Failed to set ciphers to use */
#define TLSQL_E_NO_CIPHER (-30)
/** TLS version is invalid */
#define TLSQL_E_NO_VERSION (-31)
/** A file that an option names was not loaded, or the last load failed */
#define TLSQL_E_NOT_LOADED (-32)
/** No server hostname supplied, and ssl-mode is VERIFY_IDENTITY */
#define TLSQL_E_NO_NAME (-33)
/** A TRUSTED CERTIFICATE block, whose trust settings would be ignored */
#define TLSQL_E_TRUSTED_CERT (-34)
/** The private key is encrypted */
#define TLSQL_E_KEY_ENCRYPTED (-35)

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
/** Malformed packet: what answers at this port is not a MySQL server */
#define TLSQL_E_NOT_MYSQL (-60)
/** Lost connection: the peer did not answer within the time allowed */
#define TLSQL_E_TIMEOUT (-61)

/* TLS. */
/** The peer ended TLS with an alert */
#define TLSQL_E_ALERT (-80)
/** A TLS record was changed on its way or is not of this connection */
#define TLSQL_E_DECRYPT (-81)
/** What the peer sent is not a TLS record */
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
/** The peer's handshake is larger than any honest one */
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

/* Accounts: reserved. */
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

#ifdef __cplusplus
extern "C" {
#endif

/* Versions and names -------------------------------------------------------------------------- */

/** 0, or a negative TLSQL_E_ number. */
typedef int32_t tlsql_code;

/** Of the library that is linked: major << 16 | minor << 8 | patch. */
TLSQL_API uint32_t tlsql_version_number(void);

/** "tlsql/0.1.0 rustls/0.23.46 ring/0.17.14". */
TLSQL_API const char *tlsql_version_string(void);

/** The SONAME number. */
TLSQL_API uint32_t tlsql_abi_version(void);

/** "TLSQL_E_CERT_EXPIRED"; "UNKNOWN" for no code of this library, never NULL. */
TLSQL_API const char *tlsql_code_name(tlsql_code code);

/** "HANDSHAKE"; "UNKNOWN" for no phase, never NULL. */
TLSQL_API const char *tlsql_phase_name(uint32_t phase);

/* Errors -------------------------------------------------------------------------------------- */

/** Size of a message in bytes, its NUL included; MySQL's MYSQL_ERRMSG_SIZE is the same. */
#define TLSQL_MESSAGE_SIZE 512
/** Size of an option's name in bytes, its NUL included. */
#define TLSQL_OPTION_SIZE 32
/** A setting that is taken, and something to know about it. */
#define TLSQL_SEVERITY_NOTE 1u
/** A setting that is taken and lowers security or has no effect. */
#define TLSQL_SEVERITY_WARNING 2u
/** A failure. */
#define TLSQL_SEVERITY_ERROR 3u
/** No TLS alert belongs to the failure. */
#define TLSQL_ALERT_NONE 0u
/** The alert goes to the peer. */
#define TLSQL_ALERT_SENT 1u
/** The alert came from the peer. */
#define TLSQL_ALERT_RECEIVED 2u
/** The text came in clear before TLS: do not trust it. */
#define TLSQL_ERROR_UNAUTHENTICATED 0x01u

/**
 * The chain leads to a CA that is trusted here. These bits stand in tlsql_conn_verified() for what
 * was checked and holds, in a failure's verify_flags for what does not.
 */
#define TLSQL_VERIFY_TRUST 0x01u
/** The certificate is for the server that was asked for. */
#define TLSQL_VERIFY_NAME 0x02u
/** Each certificate of the chain is within its dates. */
#define TLSQL_VERIFY_TIME 0x04u
/** A current revocation list was there for each certificate of the chain, and none lists it. */
#define TLSQL_VERIFY_REVOCATION 0x08u
/** The certificate is for a server, or for a client. */
#define TLSQL_VERIFY_PURPOSE 0x10u
/** The certificates can be read and their extensions are known. Only in verify_flags of a failure. */
#define TLSQL_VERIFY_FORM 0x20u
/** The peer's certificate has a fingerprint of ssl_fp or ssl_fplist. */
#define TLSQL_VERIFY_PIN 0x40u
/** The server proved that it knows the password (tlsql_conn_confirm_peer). */
#define TLSQL_VERIFY_PROOF 0x80u

/** A failure or a note. */
typedef struct tlsql_error {
  uint32_t struct_size;
  /** TLSQL_OK when there is none. */
  tlsql_code code;
  /** TLSQL_ERROR_ bits. */
  uint32_t flags;
  /** TLSQL_SEVERITY_; 0 when there is no failure. */
  uint32_t severity;
  /** The server error-log number MY-nnnnnn; 0 none (always, in 0.1). */
  uint32_t log_code;
  /** TLSQL_VERIFY_ bits that failed. */
  uint32_t verify_flags;
  /** OpenSSL's X509_V_ERR_ number where a certificate chain was refused; 0 none. */
  int32_t x509_error;
  /** Whose certificate x509_error is about: 0 leaf, 1 its issuer, ...; -1 none. */
  int32_t x509_depth;
  /** From opening a file; else 0. */
  uint32_t os_errno;
  /** 2026, 3159, 1045, ...; 0 when none fits. */
  uint16_t mysql_errno;
  /** The alert's number (RFC 8446 section 6.2); meaningful unless alert_from is TLSQL_ALERT_NONE. */
  uint8_t tls_alert;
  /** TLSQL_ALERT_. */
  uint8_t alert_from;
  /** "08S01" or "". */
  char sqlstate[8];
  /** The sentence for people: what happened, and what to change. */
  char message[TLSQL_MESSAGE_SIZE];
  /** The option, or the name given to tlsql_conn_set(), that the failure is about; "" none. */
  char option[TLSQL_OPTION_SIZE];
  /**
   * Where in message the fact stands: what happened, without "SSL connection error: ", which
   * client libraries write themselves, and without what to change, which names tlsql's options.
   * Its first 100 bytes say what matters.
   */
  uint32_t fact_off;
  /** Bytes of the fact. */
  uint32_t fact_len;
} tlsql_error;

/** What is known of a code alone. */
TLSQL_API tlsql_code tlsql_code_info(tlsql_code code_number, struct tlsql_error *out);

/* Settings ------------------------------------------------------------------------------------ */

#define TLSQL_CLIENT 1u
#define TLSQL_SERVER 2u

/** Mutable settings. */
typedef struct tlsql_builder tlsql_builder;

/** Settings for TLSQL_CLIENT or TLSQL_SERVER connections. */
TLSQL_API tlsql_code tlsql_builder_new(uint32_t role, struct tlsql_builder **out);

/** NULL is fine. */
TLSQL_API void tlsql_builder_free(struct tlsql_builder *b);

/**
 * One option by its MySQL name: ssl-mode, ssl_ca, ssl_capath, ssl_cert, ssl_key, ssl_cipher,
 * ssl_crl, ssl_crlpath, tls_version, tls_ciphersuites, require_secure_transport, ...; those of
 * other versions, as ssl, skip-ssl and ssl-verify-server-cert, set ssl-mode where it is not set;
 * MariaDB's ssl_fp and ssl_fplist; '-' and '_' are equal. tlsql's own options start with tlsql_:
 * tlsql_profile (mysql57, mysql8, mariadb), tlsql_security_level (0, 1, 2), tlsql_strict,
 * tlsql_peer_proof, tlsql_dh_params. ssl_ca=system means the platform's root certificates;
 * ssl_cipher is a list in OpenSSL's language. A fingerprint (ssl_fp, ssl_fplist) replaces CA,
 * dates, name and revocation in every mode, VERIFY_IDENTITY included. docs/defaults.md lists all.
 * Names are compared as they are, keywords among the values in any case, but for system; a switch
 * that stands alone in an option file is passed as ON; a value with a NUL byte is refused. Paths
 * are only remembered here. An option cannot be taken back: setting it again replaces it. A
 * failure leaves the builder as it was.
 */
TLSQL_API
tlsql_code tlsql_builder_set(struct tlsql_builder *b,
                             const char *name,
                             size_t name_len,
                             const char *value,
                             size_t value_len);

/**
 * The value that was set, or the default: ssl_mode is PREFERRED while nobody set it, also with a
 * CA. tlsql_context_get() has the mode in force.
 */
TLSQL_API
tlsql_code tlsql_builder_get(const struct tlsql_builder *b,
                             const char *name,
                             size_t name_len,
                             char *buf,
                             size_t cap,
                             size_t *needed);

/** CA certificates from memory, PEM or DER, beside those that ssl_ca names. */
TLSQL_API
tlsql_code tlsql_builder_add_ca(struct tlsql_builder *b,
                                const uint8_t *pem_or_der,
                                size_t len);

/** Revocation lists from memory, PEM or DER, beside those that ssl_crl names. */
TLSQL_API
tlsql_code tlsql_builder_add_crl(struct tlsql_builder *b,
                                 const uint8_t *pem_or_der,
                                 size_t len);

/**
 * Certificate chain, leaf first, and its key from memory, PEM or DER, instead of what ssl_cert and
 * ssl_key name; files that are named must load all the same.
 */
TLSQL_API
tlsql_code tlsql_builder_set_identity(struct tlsql_builder *b,
                                      const uint8_t *chain,
                                      size_t chain_len,
                                      const uint8_t *key,
                                      size_t key_len);

/** A fixed time, for tests. */
TLSQL_API tlsql_code tlsql_builder_set_clock(struct tlsql_builder *b, uint64_t unix_seconds);

/**
 * OPENS FILES: all that options name, all or nothing, in place of what an earlier call loaded.
 * A load that fails leaves the earlier one in force. A directory (ssl_capath, ssl_crlpath) is read
 * now and never during a handshake. What is neither a regular file nor a link to one, such as a
 * pipe, is TLSQL_E_FILE. With ssl-mode=DISABLED no file is opened, required or reported:
 * there is a note that a CA or a fingerprint has no effect.
 */
TLSQL_API tlsql_code tlsql_builder_load_files(struct tlsql_builder *b);

/**
 * Of the last failed call on it, tlsql_context_new() included; a later success does not clear it,
 * and wrong calls are not remembered.
 */
TLSQL_API tlsql_code tlsql_builder_error(const struct tlsql_builder *b, struct tlsql_error *out);

/**
 * What to show for a code that a call on this builder returned: its last failure if it is this
 * code, else what tlsql_code_info() gives, also while another call runs and after TLSQL_E_PANIC.
 * TLSQL_E_ARGUMENT for no code of this library.
 */
TLSQL_API
tlsql_code tlsql_builder_explain(const struct tlsql_builder *b,
                                 tlsql_code code_number,
                                 struct tlsql_error *out);

/**
 * Notes on the settings in the builder, as "tls_version: TLSv1.1 is not supported and left out".
 * Each call that changes a setting makes them anew; look at them before tlsql_context_new(): an
 * option without effect beside the others is no failure, but has a note.
 */
TLSQL_API size_t tlsql_builder_note_count(const struct tlsql_builder *b);

/** Note number i, from 0; its code is TLSQL_OK. */
TLSQL_API
tlsql_code tlsql_builder_note(const struct tlsql_builder *b,
                              size_t i,
                              struct tlsql_error *out);

/* Settings in force --------------------------------------------------------------------------- */

/** Settings in force, and counters. */
typedef struct tlsql_context tlsql_context;

/**
 * A context from the builder's settings; the builder stays yours. A file that an option names and
 * that was not loaded is TLSQL_E_NOT_LOADED: a setting is never dropped silently.
 */
TLSQL_API tlsql_code tlsql_context_new(struct tlsql_builder *b, struct tlsql_context **out);

/** One more reference to the same context, to be freed by itself. */
TLSQL_API tlsql_code tlsql_context_ref(struct tlsql_context *ctx, struct tlsql_context **out);

/** NULL is fine; connections keep what they need. */
TLSQL_API void tlsql_context_free(struct tlsql_context *ctx);

/** have_ssl: 1 YES, 0 DISABLED. */
TLSQL_API uint32_t tlsql_context_has_tls(const struct tlsql_context *ctx);

/** An option by its MySQL name, as it was set or by default; ssl_mode as it is in force. */
TLSQL_API
tlsql_code tlsql_context_get(const struct tlsql_context *ctx,
                             const char *name,
                             size_t name_len,
                             char *buf,
                             size_t cap,
                             size_t *needed);

/** A status value that is global, by name: "Ssl_accepts", ... */
TLSQL_API
tlsql_code tlsql_context_status(const struct tlsql_context *ctx,
                                const char *name,
                                size_t name_len,
                                char *buf,
                                size_t cap,
                                size_t *needed);

/** Names of the status variables in order; NULL past the last. */
TLSQL_API const char *tlsql_status_variable(size_t i);

/* Connections --------------------------------------------------------------------------------- */

#define TLSQL_PHASE_GREETING 1u
#define TLSQL_PHASE_NEGOTIATE 2u
#define TLSQL_PHASE_HANDSHAKE 3u
#define TLSQL_PHASE_TLS 4u
#define TLSQL_PHASE_PLAIN 5u
#define TLSQL_PHASE_CLOSED 6u
#define TLSQL_PHASE_FAILED 7u
/** For tlsql_conn_seal() buffers laid out in advance. */
#define TLSQL_HEADROOM_MAX 16u
#define TLSQL_TAILROOM_MAX 32u

/** One connection. */
typedef struct tlsql_conn tlsql_conn;

/** A client connection of a client context. why may be NULL. */
TLSQL_API
tlsql_code tlsql_client_new(const struct tlsql_context *ctx,
                            struct tlsql_conn **out,
                            struct tlsql_error *why);

/** A server connection of a server context. why may be NULL. */
TLSQL_API
tlsql_code tlsql_server_new(const struct tlsql_context *ctx,
                            struct tlsql_conn **out,
                            struct tlsql_error *why);

/** NULL is fine. Must not overlap any call. */
TLSQL_API void tlsql_conn_free(struct tlsql_conn *conn);

/**
 * Facts of this connection, until its first step or the first tlsql_client_ or tlsql_server_ call
 * on it: host, port, transport = tcp | unix | shared-memory | named-pipe in any case (default: tcp),
 * verify_name (default: host; localhost on a local transport without host), sni (default: that of
 * tls_sni_servername, or none; an address is not sent). Later it is TLSQL_E_STATE. A host or
 * verify_name that starts with a dot, or has an address in brackets, is refused. A server has
 * transport, host and port only. A refusal is not remembered, but told in *why, which may be
 * NULL: TLSQL_E_OPTION_NAME for a name that is none of these, TLSQL_E_OPTION_VALUE.
 */
TLSQL_API
tlsql_code tlsql_conn_set(struct tlsql_conn *conn,
                          const char *name,
                          size_t name_len,
                          const char *value,
                          size_t value_len,
                          struct tlsql_error *why);

/**
 * The peer's half of the transport ended (end of file or reset), with unused bytes of wire_in left
 * over. Call it after a step with room for plaintext whose counts are all 0; while a record waits
 * for room (WANT_APP_OUT) it is TLSQL_E_STATE. It ends reading only: a reader stops when want lacks
 * WANT_WIRE_IN, and the phase stays until tlsql_conn_close(). Before TLS and PLAIN it is
 * TLSQL_E_EOF, and in TLS 1.3 too where a client showed its certificate and the server closed
 * without a word. Else in TLS and PLAIN it is TLSQL_OK when none are left, and TLSQL_E_TRUNCATED
 * when some are: MySQL peers close without close_notify, so TLSQL_OK is no proof of an orderly
 * end; whether the last MySQL packet was whole is the host's to judge, and tlsql_conn_peer_closed()
 * tells whether close_notify came.
 */
TLSQL_API tlsql_code tlsql_conn_eof(struct tlsql_conn *conn, size_t wire_in_left);

/**
 * Say goodbye, in both directions: in TLS close_notify is queued, else nothing is sent, and what is
 * queued before TLS and PLAIN is dropped. From then on app_in and wire_in are not taken; CLOSED once
 * drained, no reply is awaited. Allowed in every phase; in FAILED it returns that failure.
 */
TLSQL_API
tlsql_code tlsql_conn_close(struct tlsql_conn *conn);

/**
 * TLS 1.3 KeyUpdate: queued once; no effect until application data was sent since the last one.
 * TLSQL_E_STATE outside TLS 1.3, and while the peer is in the middle of a message.
 */
TLSQL_API tlsql_code tlsql_conn_rekey(struct tlsql_conn *conn);

/**
 * Encrypt where it lies: plaintext (1 to 16384 bytes) at buf + headroom, record at buf.
 * TLSQL_E_STATE while tlsql_conn_want() has WANT_WIRE_OUT, and outside TLS and PLAIN. In PLAIN
 * headroom and tailroom are 0 and the bytes stay as they are. TLSQL_E_ROOM: cap is smaller than
 * headroom + plain_len + tailroom; nothing behind that is written, whatever cap is. It is
 * TLSQL_E_STATE too where TLS itself has to send something first, such as the answer to a KeyUpdate:
 * step, and call it again.
 */
TLSQL_API
tlsql_code tlsql_conn_seal(struct tlsql_conn *conn,
                           uint8_t *buf,
                           size_t cap,
                           size_t plain_len,
                           size_t *record_len);

/** Bytes before the plaintext in a record; valid from SECURED or PLAIN on. */
TLSQL_API size_t tlsql_conn_headroom(const struct tlsql_conn *conn);

/** Bytes after the plaintext in a record; valid from SECURED or PLAIN on. */
TLSQL_API size_t tlsql_conn_tailroom(const struct tlsql_conn *conn);

/** TLSQL_WANT_ bits; here WANT_WIRE_OUT tells of queued bytes only. */
TLSQL_API uint32_t tlsql_conn_want(const struct tlsql_conn *conn);

/** TLSQL_PHASE_. */
TLSQL_API uint32_t tlsql_conn_phase(const struct tlsql_conn *conn);

/** 1 if close_notify came. */
TLSQL_API uint32_t tlsql_conn_peer_closed(const struct tlsql_conn *conn);

/**
 * The failure that ended the connection; its code is TLSQL_OK when there is none. Of a wrong call
 * or a refused tlsql_conn_set() tlsql_code_info() tells.
 */
TLSQL_API tlsql_code tlsql_conn_error(const struct tlsql_conn *conn, struct tlsql_error *out);

/**
 * What to show for a code that a call on this connection returned: the failure that ended the
 * connection if it is this code, else what tlsql_code_info() gives, also while another call runs
 * and after TLSQL_E_PANIC. Why tlsql_conn_set() or tlsql_client_new() refused is in their *why.
 * TLSQL_E_ARGUMENT for no code of this library.
 */
TLSQL_API
tlsql_code tlsql_conn_explain(const struct tlsql_conn *conn,
                              tlsql_code code_number,
                              struct tlsql_error *out);

/**
 * Server: TLSQL_OK, or TLSQL_E_SECURE_TRANSPORT with the 3159 to send, where
 * require_secure_transport is on; TLSQL_E_STATE outside TLS and PLAIN. refusal may be NULL.
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
 * What the connection wants next: any set of bits; 0 only in CLOSED, and in FAILED once drained.
 * Wait for I/O only after a step whose counts are all 0; otherwise step again.
 * WIRE_IN: bytes from the peer.
 */
#define TLSQL_WANT_WIRE_IN 0x01u

/**
 * Room in wire_out: bytes for the peer are queued, or app_in did not fit. A reader that lends no
 * wire_out needs a writer that steps when this bit shows.
 */
#define TLSQL_WANT_WIRE_OUT 0x02u
/** Application bytes are welcome. */
#define TLSQL_WANT_APP_IN 0x04u
/** Room for plaintext: a record is waiting. */
#define TLSQL_WANT_APP_OUT 0x08u

/**
 * Client: tlsql_client_start() or _request_sent(); server: tlsql_server_start() or
 * _greeting_sent().
 */
#define TLSQL_WANT_START 0x10u

/**
 * Each event is reported by exactly one step. A step that reports GREETING, SECURED or PLAIN stops
 * there: app_in_used, app_out_made and view_len are 0, so that a host never sends or reads before
 * it decided. GREETING: tlsql_conn_greeting() is ready.
 */
#define TLSQL_EVENT_GREETING 0x01u
/** Server: tlsql_conn_request() is ready. */
#define TLSQL_EVENT_SSL_REQUEST 0x02u
/** Handshake done, peer verified as configured. */
#define TLSQL_EVENT_SECURED 0x04u
/** Goes on without TLS; tlsql_conn_outcome() says why. */
#define TLSQL_EVENT_PLAIN 0x08u
/** close_notify seen; may come with the last plaintext: read that first. */
#define TLSQL_EVENT_PEER_CLOSED 0x10u

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
  size_t app_in_used;
  size_t app_out_made;
  /** With app_out NULL: plaintext at wire_in + view_off. */
  size_t view_off;
  size_t view_len;
  /** Length that wire_in must have next time to go on; 0 if none was presented. */
  size_t need_wire_in;
  /** 1 for queued bytes, else the smallest record that app_in could become. */
  size_t need_wire_out;
  /** Most plaintext that the waiting record can hold; 1 in PLAIN. */
  size_t need_app_out;
} tlsql_step;

/**
 * Do all the work the four buffers allow, then say what is wanted.
 *
 * wire_in   bytes from the peer, oldest first, writable: records are decrypted in place. Bytes not
 *           used must be presented again, unchanged, at the front of the next call that presents
 *           any; a length of 0 is always allowed.
 * wire_out  room for bytes to the peer. Queued bytes leave in any amounts, app_in in whole records.
 *           Everything any call writes goes out in the order of the calls.
 * app_in    bytes to send; only read.
 * app_out   room for plaintext. NULL: read in place; app_out_cap is then the most bytes that the
 *           view may hold (TLSQL_ANY_ROOM: no limit). app_out_cap 0 always means no room: nothing
 *           is decrypted. A view is one record over 4 KiB, or several records of at most 4 KiB each
 *           made adjacent; in PLAIN it is all of wire_in up to app_out_cap, unchanged, at view_off
 *           0.
 * The buffers must not overlap. A record is delivered whole or not touched. In TLS and PLAIN,
 * reading never waits for room in wire_out and writing never waits for wire_in.
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

/** The server's greeting; its pointers live as long as the connection. */
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
  const uint8_t *auth_data;
  size_t auth_data_len;
  const uint8_t *payload;
  size_t payload_len;
} tlsql_greeting;

/** The SSLRequest, which HandshakeResponse41 must repeat. */
typedef struct tlsql_request {
  uint32_t struct_size;
  uint32_t capabilities;
  uint32_t max_packet;
  uint32_t charset;
  uint32_t mariadb_capabilities;
} tlsql_request;

/** TLSQL_E_STATE before the greeting was read. */
TLSQL_API tlsql_code tlsql_conn_greeting(const struct tlsql_conn *conn, struct tlsql_greeting *out);

/**
 * Client: answer the greeting. CLIENT_SSL is set or cleared as ssl-mode and the greeting decide,
 * and what MariaDB's first bit or a server before 4.1 needs is adapted; other bits stay as given;
 * CLIENT_PROTOCOL_41 left out where the server has it is TLSQL_E_ARGUMENT. On return *req holds
 * the values to repeat in HandshakeResponse41. A refusal by ssl-mode is returned here, and nothing
 * was sent then.
 */
TLSQL_API tlsql_code tlsql_client_start(struct tlsql_conn *conn, struct tlsql_request *req);

/**
 * Server: the greeting to send, without its 4-byte header; CLIENT_SSL is set or cleared for you. A
 * plain login that answers it is looked at and delivered as plaintext after EVENT_PLAIN.
 */
TLSQL_API
tlsql_code tlsql_server_start(struct tlsql_conn *conn,
                              const uint8_t *payload,
                              size_t len);

/**
 * The client's first packet. After a plain login: capabilities, and the rest as far as the packet
 * has it. TLSQL_E_STATE before.
 */
TLSQL_API tlsql_code tlsql_conn_request(const struct tlsql_conn *conn, struct tlsql_request *out);

/**
 * Number for the next packet that the host itself sends, until the first application byte. Client:
 * 1 in clear, 2 in TLS; server: 0 for the greeting, then the client's last number + 1 (2 in clear,
 * 3 in TLS). Meaningless later.
 */
TLSQL_API uint8_t tlsql_conn_sequence(const struct tlsql_conn *conn);

/**
 * For a host that reads and writes these packets itself: instead of letting the engine see them on
 * the wire, tell it. Client: the greeting's payload and sequence number, and every byte already
 * read beyond it. Those are looked at, not taken: with TLS any of them is TLSQL_E_EARLY_BYTES,
 * without TLS present them as the first wire_in. A refusal by ssl-mode is returned here. Then
 * either tlsql_client_start() or, if the host wrote the SSLRequest (or its plain login),
 * tlsql_client_request_sent(); CLIENT_SSL other than tlsql_conn_will_use_tls() said is
 * TLSQL_E_ARGUMENT. What was told is not reported as an event, nor delivered.
 */
TLSQL_API
tlsql_code tlsql_client_greeting_read(struct tlsql_conn *conn,
                                      const uint8_t *payload,
                                      size_t len,
                                      uint8_t sequence,
                                      const uint8_t *ahead,
                                      size_t ahead_len);

/**
 * Client: as tlsql_client_greeting_read(), for a host whose TLS hook is called when the greeting's
 * bytes are gone. Of *greeting only server_version, capabilities and mariadb_capabilities count;
 * its other pointers may be NULL. server_version_len 0 means that the version is not known. Bytes
 * of ahead as in tlsql_client_greeting_read().
 */
TLSQL_API
tlsql_code tlsql_client_greeting_facts(struct tlsql_conn *conn,
                                       const struct tlsql_greeting *greeting,
                                       const uint8_t *ahead,
                                       size_t ahead_len);

/** The host wrote the SSLRequest, or its plain login, with these values. */
TLSQL_API
tlsql_code tlsql_client_request_sent(struct tlsql_conn *conn,
                                     const struct tlsql_request *req);

/**
 * The host wrote the greeting, with these capabilities; CLIENT_SSL that cannot be kept is
 * TLSQL_E_ARGUMENT.
 */
TLSQL_API tlsql_code tlsql_server_greeting_sent(struct tlsql_conn *conn, uint32_t capabilities);

/**
 * The host read the client's first packet: no EVENT_SSL_REQUEST follows, and a plain login is not
 * delivered again. Bytes behind it are presented as wire_in; the ERR packet after a failure is still
 * the engine's.
 */
TLSQL_API
tlsql_code tlsql_server_request_read(struct tlsql_conn *conn,
                                     const uint8_t *payload,
                                     size_t len,
                                     uint8_t sequence);

/** Client, after the greeting: 1 if TLS will be used. Server: 1 if the greeting may set CLIENT_SSL. */
TLSQL_API uint32_t tlsql_conn_will_use_tls(const struct tlsql_conn *conn);

/**
 * Write an ERR packet, header included, that tells the peer of err; the SQLSTATE goes along where
 * capabilities has CLIENT_PROTOCOL_41.
 */
TLSQL_API
tlsql_code tlsql_error_packet(const struct tlsql_error *err,
                              uint8_t sequence,
                              uint32_t capabilities,
                              uint8_t *buf,
                              size_t cap,
                              size_t *needed);

/* What was negotiated ------------------------------------------------------------------------- */

/** Not decided yet, or failed. */
#define TLSQL_OUTCOME_NONE 0u
#define TLSQL_OUTCOME_TLS 1u
/** ssl-mode=DISABLED, or the server has no TLS configured. */
#define TLSQL_OUTCOME_PLAIN_DISABLED 2u
/** Client: PREFERRED, and the server offers no TLS. Server: the client did not ask for it. */
#define TLSQL_OUTCOME_PLAIN_NO_TLS 3u
/** PREFERRED on a local transport. */
#define TLSQL_OUTCOME_PLAIN_LOCAL 4u

/** TLSQL_OUTCOME_, once the connection is up. */
TLSQL_API uint32_t tlsql_conn_outcome(const struct tlsql_conn *conn);

/** TLSQL_VERIFY_ bits that were checked and hold. */
TLSQL_API uint32_t tlsql_conn_verified(const struct tlsql_conn *conn);

/** 1 in TLS, or on a local transport that counts as secure. */
TLSQL_API uint32_t tlsql_conn_secure_transport(const struct tlsql_conn *conn);

/** 0x0303, 0x0304; 0 none. */
TLSQL_API uint16_t tlsql_conn_tls_version(const struct tlsql_conn *conn);

/** IANA number; 0 none. */
TLSQL_API uint16_t tlsql_conn_cipher_id(const struct tlsql_conn *conn);

/** As Ssl_cipher shows it; "" none. Lives for ever. */
TLSQL_API const char *tlsql_conn_cipher_name(const struct tlsql_conn *conn);

/**
 * Certificates that the peer showed, once the handshake is done: 0 before, and after one that
 * failed or was refused.
 */
TLSQL_API size_t tlsql_conn_peer_cert_count(const struct tlsql_conn *conn);

/**
 * Certificate number i in DER, the peer's own first; lives until the next call that is not a
 * getter. TLSQL_E_STATE if the peer showed none, TLSQL_E_ARGUMENT past the last.
 */
TLSQL_API
tlsql_code tlsql_conn_peer_cert(const struct tlsql_conn *conn,
                                size_t i,
                                const uint8_t **der,
                                size_t *len);

/**
 * Hash of the peer's own certificate: bits is 256, 384 or 512 (SHA-2). TLSQL_E_STATE if the peer
 * showed none.
 */
TLSQL_API
tlsql_code tlsql_conn_peer_fingerprint(const struct tlsql_conn *conn,
                                       uint32_t bits,
                                       uint8_t *buf,
                                       size_t cap,
                                       size_t *needed);

/**
 * "Ssl_cipher", "Ssl_version", ...; the session's values, and the context's for those that are
 * global. TLSQL_E_OPTION_NAME for an unknown one.
 */
TLSQL_API
tlsql_code tlsql_conn_status(const struct tlsql_conn *conn,
                             const char *name,
                             size_t name_len,
                             char *buf,
                             size_t cap,
                             size_t *needed);

/* Who the peer is ----------------------------------------------------------------------------- */

/** As OpenSSL 3 writes a name in one line. */
#define TLSQL_NAME_OPENSSL3 3u
/** As OpenSSL 1.1.1 does: ambiguous where a value holds '/' or '+'. */
#define TLSQL_NAME_OPENSSL1 1u

/**
 * The subject of the peer's own certificate in one line, as MySQL shows and compares it: raw bytes,
 * without a NUL. form is TLSQL_NAME_. TLSQL_E_STATE if the peer showed no certificate. It says
 * nothing about trust: tlsql_conn_verified() does.
 */
TLSQL_API
tlsql_code tlsql_conn_peer_subject(const struct tlsql_conn *conn,
                                   uint32_t form,
                                   uint8_t *buf,
                                   size_t cap,
                                   size_t *needed);

/** The issuer of the peer's own certificate, else as tlsql_conn_peer_subject(). */
TLSQL_API
tlsql_code tlsql_conn_peer_issuer(const struct tlsql_conn *conn,
                                  uint32_t form,
                                  uint8_t *buf,
                                  size_t cap,
                                  size_t *needed);

/**
 * 1 while a client with tlsql_peer_proof=ON does not know who its server is: nothing but the
 * password can vouch for it (ssl_mode is REQUIRED or above, with neither CA nor fingerprint). From
 * the start until tlsql_conn_confirm_peer() succeeds; 0 for all other connections, but 1 wherever
 * it cannot be told: for NULL, while another call runs, and for a poisoned object. WHILE IT IS 1,
 * SEND NO PASSWORD IN CLEAR, AND ANSWER A PLUGIN THAT HASHES ONLY: mysql_native_password, ed25519
 * or parsec, with the server's scramble, and a password that is not empty. Refuse a switch to any
 * other plugin (mysql_clear_password, dialog, sha256_password, caching_sha2_password), send no
 * statement and believe no result.
 */
TLSQL_API uint32_t tlsql_conn_needs_peer_proof(const struct tlsql_conn *conn);

/**
 * What a MariaDB server (11.4 and later) that has this connection's certificate and keeps this salt
 * of the password says: 64 capital hexadecimal digits, of SHA-256(salt, scramble,
 * SHA-256(certificate)). salt: for mysql_native_password SHA1(SHA1(password)), 20 bytes; for
 * ed25519 the public key, 32 bytes; for parsec 'P', the iteration byte, the salt (18 bytes) and the
 * public key (32 bytes). scramble: as the server sent it for that plugin. An empty one, and the
 * SHA1(SHA1()) of an empty password, is TLSQL_E_ARGUMENT. TLSQL_E_STATE for a server and outside
 * TLS.
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
 * Takes the server's proof: said is the text of the OK packet that ends the login, a byte 0x01 and
 * the 64 digits of tlsql_conn_peer_proof(), compared in constant time. If they are equal
 * tlsql_conn_needs_peer_proof() is 0 and tlsql_conn_verified() has TLSQL_VERIFY_PROOF from now on. Anything
 * else, length 0 included, ends the connection with TLSQL_E_PEER_PROOF, also after an earlier
 * success. salt and scramble as for tlsql_conn_peer_proof(). TLSQL_E_STATE without
 * tlsql_peer_proof=ON, where something else vouches for the server, and outside TLS.
 */
TLSQL_API
tlsql_code tlsql_conn_confirm_peer(struct tlsql_conn *conn,
                                   const uint8_t *salt,
                                   size_t salt_len,
                                   const uint8_t *scramble,
                                   size_t scramble_len,
                                   const uint8_t *said,
                                   size_t said_len);

#ifdef __cplusplus
}
#endif

#endif /* TLSQL_H */
